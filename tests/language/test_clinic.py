"""What a new clinic starts with."""

from __future__ import annotations

from datetime import time

import pytest

from coach.language import check
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


def test_the_usual_safety_questions_are_worded_as_in_the_example_program():
    usual = [each for each in read_defaults(TEXT).safety_checks if each.from_.on == "injection"]
    name = "after-injection-dilation.yaml"
    checked = check((PROGRAMS / name).read_bytes(), file=name, read=lambda key: (PROGRAMS / f"{key}.yaml").read_text())
    of_program = {each.id: each for each in checked.program.safety_checks}

    assert [each.id for each in usual] == ["spreading", "reaction", "same_day", "leaking"]
    for each in usual:
        example = of_program[each.id]
        assert (each.urgency, each.from_, each.to) == (example.urgency, example.from_, example.to)
        for language in ("en", "es"):
            assert each.ask.in_language(language) == example.ask.in_language(language)
            assert each.say.in_language(language) == example.say.in_language(language)


def test_whoever_inserts_something_is_asked_for_what_needs_a_call_the_same_day():
    (each,) = [each for each in read_defaults(TEXT).safety_checks if each.from_.on == "start"]
    assert each.urgency == "same_day"
    assert "fever" in each.ask.in_language("en")
    assert "fiebre" in each.ask.in_language("es")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("from_day: 14", "from_day: two weeks", "effect_bands.1.from_day"),
        ("size_mm: 22", "size_mm: 0", "generic_set.3.size_mm"),
        ("generic_set:", "generic:", "generic"),
        ('"21:30"', '"25:00"', "quiet_hours.from"),
        ("from_day: 0\n    to_day: 14", "from_day: 15\n    to_day: 14", "safety_checks.2"),
        ("ask:\n      en: Have you", "ask:\n      fr: Have you", "safety_checks.3.ask"),
        ("effect_bands:", "effect_bands: [", "defaults.yaml:6"),
    ],
)
def test_defaults_that_cannot_be_used_are_named(old, new, named):
    with pytest.raises(BadDefaults, match=named):
        read_defaults(TEXT.replace(old, new))
