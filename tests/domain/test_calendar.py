"""The patient's own days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

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


# (zone, a day, hours that its clock shows): the nights on which clocks change, by rules that hold and that held.
NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29), 23),
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),  # half an hour
    ("Australia/Lord_Howe", date(2026, 10, 4), 23.5),
    ("America/Sao_Paulo", date(2018, 11, 4), 23),  # it began at one o'clock: there was no midnight
    ("America/Sao_Paulo", date(2019, 2, 16), 25),  # its last hour came twice
    ("Asia/Kathmandu", date(2026, 3, 29), 24),
]


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS)
def test_each_instant_of_a_night_falls_on_one_day_and_the_days_follow_one_another(zone, day, hours):
    first = datetime.combine(day - timedelta(days=1), time(0), tzinfo=UTC) - timedelta(hours=14)
    minutes = [first + timedelta(minutes=n) for n in range(0, 5 * 24 * 60, 5)]
    days = [local_day(instant, zone=zone) for instant in minutes]
    assert all(days_since(before, after) in (0, 1) for before, after in pairwise(days)), "once each, none lost"
    inside = [instant for instant, on in zip(minutes, days, strict=True) if on == day]
    assert len(inside) * 5 / 60 == hours
    local = inside[0].astimezone(ZoneInfo(zone))
    assert local.time() == (time(1) if (zone, day.year) == ("America/Sao_Paulo", 2018) else time(0))


@pytest.mark.parametrize(("zone", "day", "hours"), NIGHTS)
def test_the_days_between_two_are_counted_by_the_calendar(zone, day, hours):
    noon = datetime.combine(day, time(12), tzinfo=ZoneInfo(zone))
    before, after = noon - timedelta(days=7), noon + timedelta(days=7)
    on = [local_day(instant.astimezone(UTC), zone=zone) for instant in (before, noon, after)]
    assert [days_since(day, each) for each in on] == [-7, 0, 7]


def test_one_instant_is_two_days_on_the_two_sides_of_the_date_line():
    instant = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert local_day(instant, zone="Pacific/Kiritimati") == date(2026, 3, 3)
    assert local_day(instant, zone="Pacific/Honolulu") == date(2026, 3, 2)
    assert local_day(instant, zone="Pacific/Pago_Pago") == date(2026, 3, 1)


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_a_week_begins_on_the_monday_before_or_on_the_day(day):
    monday = week_of(day)
    assert monday.weekday() == 0
    assert 0 <= days_since(monday, day) <= 6


def test_days_from_a_later_day_to_an_earlier_one_are_none():
    assert list(days_from(date(2026, 3, 2), date(2026, 3, 1))) == []
