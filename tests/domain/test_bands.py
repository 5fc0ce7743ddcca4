"""Typical effect by days since an injection."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach import resource
from coach.domain.bands import BandRule, band_on, band_spans
from coach.language.clinic import read_defaults
from tests.domain.courses import INJECTED

SHIPPED = tuple(
    BandRule(name=window.band, from_day=window.from_day, to_day=window.to_day)
    for window in read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_text()).effect_bands
)


@pytest.mark.parametrize(
    ("day", "band"),
    [(-1, None), (0, None), (1, "onset"), (13, "onset"), (14, "plateau"), (83, "plateau"), (84, "waning"),
     (181, "waning"), (182, "worn_off"), (700, "worn_off")],
)  # fmt: skip
def test_the_windows_that_a_clinic_starts_with_by_days_since_the_injection(day, band):
    assert band_on(INJECTED + timedelta(days=day), injected_on=INJECTED, rules=SHIPPED) == band


def test_a_clinic_has_its_own_bands_for_a_product():
    rules = (*SHIPPED, BandRule(name="onset", from_day=2, to_day=20, product="B"))
    spans = band_spans([(INJECTED, "B")], first=INJECTED, last=INJECTED + timedelta(days=300), rules=rules)
    assert [(span.name, (span.first - INJECTED).days, (span.last - INJECTED).days) for span in spans] == [
        ("onset", 2, 20)
    ]


def test_a_second_injection_begins_its_own_bands_and_leaves_the_first_as_they_were():
    second = INJECTED + timedelta(days=120)
    last = second + timedelta(days=30)
    alone = band_spans([(INJECTED, None)], first=INJECTED, last=last, rules=SHIPPED)
    both = band_spans([(INJECTED, None), (second, None)], first=INJECTED, last=last, rules=SHIPPED)
    for day in (INJECTED + timedelta(days=n) for n in range(120)):
        assert _on(both, day) == _on(alone, day)
    assert _on(both, second + timedelta(days=1)) == ["onset"]


@given(
    st.lists(st.integers(0, 700), max_size=5),
    st.integers(-50, 400),
    st.integers(0, 500),
)
def test_no_day_lies_in_two_bands(injections, first_day, length):
    first = INJECTED + timedelta(days=first_day)
    last = first + timedelta(days=length)
    spans = band_spans(
        [(INJECTED + timedelta(days=n), None) for n in injections], first=first, last=last, rules=SHIPPED
    )
    assert all(first <= span.first <= span.last <= last for span in spans)
    for offset in range(length + 1):
        assert len(_on(spans, first + timedelta(days=offset))) <= 1


def _on(spans, day: date) -> list[str]:
    return [span.name for span in spans if span.first <= day <= span.last]
