"""The patient's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.calendar import days_from, days_since, local_day, week_of


@pytest.mark.parametrize(
    ("zone", "instant", "day"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 29)),  # the night that loses an hour
        ("Europe/Berlin", datetime(2026, 10, 25, 22, 59, tzinfo=UTC), date(2026, 10, 25)),
        ("Asia/Kathmandu", datetime(2026, 3, 2, 18, 14, tzinfo=UTC), date(2026, 3, 2)),  # UTC+05:45
        ("Asia/Kathmandu", datetime(2026, 3, 2, 18, 15, tzinfo=UTC), date(2026, 3, 3)),
        ("America/New_York", datetime(2026, 3, 8, 4, 59, tzinfo=UTC), date(2026, 3, 7)),
        ("Pacific/Kiritimati", datetime(2026, 3, 2, 10, 0, tzinfo=UTC), date(2026, 3, 3)),
    ],
)
def test_an_instant_falls_on_the_day_that_her_clock_shows(zone, instant, day):
    assert local_day(instant, zone=zone) == day


def test_a_naive_instant_has_no_day():
    with pytest.raises(ValueError, match="aware"):
        local_day(datetime(2026, 3, 2, 9, 0), zone="Europe/Berlin")  # noqa: DTZ001


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_week_begins_on_the_monday_before_or_on_the_day(day):
    monday = week_of(day)
    assert monday.weekday() == 0
    assert 0 <= days_since(monday, day) <= 6


def test_days_from_a_later_day_to_an_earlier_one_are_none():
    assert list(days_from(date(2026, 3, 2), date(2026, 3, 1))) == []
