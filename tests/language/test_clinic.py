"""What a new clinic starts with."""

from __future__ import annotations

from datetime import time

import pytest

from coach.language.clinic import BadDefaults, read_defaults
from tests.language.texts import PROGRAMS

TEXT = (PROGRAMS / "clinic" / "defaults.yaml").read_text()


def test_the_bands_of_typical_effect_leave_no_day_out():
    bands = read_defaults(TEXT).effect_bands

    assert [(band.band, band.from_day, band.to_day) for band in bands] == [
        ("onset", 1, 13),
        ("plateau", 14, 83),
        ("waning", 84, 181),
        ("worn_off", 182, None),
    ]
    assert all(band.source for band in bands)


def test_the_generic_set_rises_by_small_steps():
    rungs = read_defaults(TEXT).generic_set

    assert [(rung.id, rung.size_mm) for rung in rungs] == [
        ("d1", 13), ("d2", 16), ("d3", 19), ("d4", 22), ("d5", 25), ("d6", 29), ("d7", 32), ("d8", 36)
    ]  # fmt: skip


def test_the_quiet_hours_lie_over_night():
    defaults = read_defaults(TEXT)

    assert (defaults.quiet_from, defaults.quiet_to) == (time(21, 30), time(7, 30))


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("from_day: 14", "from_day: two weeks", "effect_bands.1.from_day"),
        ("size_mm: 22", "size_mm: 0", "generic_set.3.size_mm"),
        ("generic_set:", "generic:", "generic"),
        ('"21:30"', '"25:00"', "quiet_hours.from"),
        ("effect_bands:", "effect_bands: [", "defaults.yaml:6"),
    ],
)
def test_defaults_that_cannot_be_used_are_named(old, new, named):
    with pytest.raises(BadDefaults, match=named):
        read_defaults(TEXT.replace(old, new))
