"""Reminder times on every wall clock there is."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.reminders import LATENESS, QuietHours, day_of, due_on, expiry, is_quiet, resolve

NIGHT = QuietHours(time(21, 30), time(7, 30))
NO_QUIET = QuietHours(time(0), time(0))
ZONES = st.sampled_from(sorted(available_timezones())).map(ZoneInfo)
DAYS = st.dates(date(1971, 1, 1), date(2037, 12, 31))
MINUTES = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@pytest.mark.parametrize(
    ("zone", "day", "wall", "instant"),
    [
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30Z"),  # left out: shown as 03:30
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30Z"),  # comes twice: the first
        ("America/Havana", "2026-03-08", "00:30", "2026-03-08T05:30Z"),
        ("Africa/Cairo", "2026-04-24", "00:15", "2026-04-23T22:15Z"),
        ("Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45Z"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z"),
        ("America/Santiago", "2026-09-06", "00:30", "2026-09-06T04:30Z"),
        ("Africa/Cairo", "2026-10-29", "23:30", "2026-10-29T20:30Z"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30Z"),
        ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:30Z"),
        ("Europe/Dublin", "2026-03-29", "01:30", "2026-03-29T01:30Z"),
        ("Asia/Kolkata", "2026-06-01", "08:00", "2026-06-01T02:30Z"),
        ("America/Nuuk", "2026-03-28", "23:30", "2026-03-29T00:59Z"),  # moved on it would be tomorrow: 22:59
    ],
)
def test_a_wall_clock_time_falls_on_its_reference_instant(zone, day, wall, instant):
    assert resolve(date.fromisoformat(day), time.fromisoformat(wall), ZoneInfo(zone)) == datetime.fromisoformat(instant)


def test_a_day_that_a_zone_skips_has_no_reminder():
    assert resolve(date(2011, 12, 30), time(8), ZoneInfo("Pacific/Apia")) is None


def test_eight_in_the_morning_stays_eight_over_a_year():
    zone = ZoneInfo("America/New_York")
    walls = {resolve(date(2026, 1, 1) + timedelta(days=n), time(8), zone).astimezone(zone).time() for n in range(365)}
    assert walls == {time(8)}


@settings(deadline=None)
@given(ZONES, DAYS, MINUTES)
def test_an_instant_is_always_on_the_day_asked_for(zone, day, wall):
    instant = resolve(day, wall, zone)
    if instant is None:
        # Only a day that no instant belongs to has none.
        noon = datetime.combine(day, time(12), UTC)
        assert all(day_of(noon + timedelta(minutes=m), zone) != day for m in range(-26 * 60, 26 * 60, 15))
    else:
        assert day_of(instant, zone) == day


@settings(deadline=None)
@given(ZONES, DAYS, MINUTES)
def test_a_wall_clock_time_that_exists_is_kept(zone, day, wall):
    instant = resolve(day, wall, zone)
    naive = datetime.combine(day, wall)
    exists = any(
        naive.replace(tzinfo=zone, fold=fold).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == naive
        for fold in (0, 1)
    )
    if exists:
        assert instant is not None
        assert instant.astimezone(zone).replace(tzinfo=None) == naive
        earlier = min(naive.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        assert instant == earlier


def test_quiet_hours_wrap_midnight_with_their_start_inside_and_their_end_outside():
    assert time(21, 30) in NIGHT
    assert time(23, 59) in NIGHT
    assert time(0) in NIGHT
    assert time(7, 29) in NIGHT
    assert time(7, 30) not in NIGHT
    assert time(21, 29) not in NIGHT


def test_quiet_hours_within_a_day_and_none_at_all():
    siesta = QuietHours(time(13), time(15))
    assert [wall in siesta for wall in (time(12, 59), time(13), time(14, 59), time(15))] == [False, True, True, False]
    assert not any(time(hour) in NO_QUIET for hour in range(24))


BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, zone=BERLIN) -> datetime:
    return datetime(2026, 3, 2, hour, minute, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("due", "next_due", "quiet", "end"),
    [
        (at(8), None, NIGHT, at(11)),
        (at(8), at(9), NIGHT, at(9)),
        (at(20), None, NIGHT, at(21, 30)),
        (at(22, 30), None, NO_QUIET, at(23) + timedelta(hours=1)),
        (at(6), None, NIGHT, at(9)),  # due in quiet hours: the gate turns it down, not the window
    ],
)
def test_a_reminder_ends_after_three_hours_at_the_next_slot_at_quiet_hours_or_with_the_day(due, next_due, quiet, end):
    assert expiry(due, next_due_at=next_due, quiet=quiet, zone=BERLIN) == end


@settings(deadline=None)
@given(ZONES, DAYS, st.lists(MINUTES, min_size=1, max_size=4), st.builds(QuietHours, MINUTES, MINUTES))
def test_a_days_windows_do_not_overlap_nor_outlast_their_day_or_lateness_or_reach_into_quiet_hours(
    zone, day, walls, quiet
):
    slots = due_on(day, list(enumerate(walls)), quiet=quiet, zone=zone)
    assert len({slot.number for slot in slots}) == len(slots) == len({slot.due_at for slot in slots})
    for slot in slots:
        assert slot.due_at < slot.expires_at <= slot.due_at + LATENESS
        assert day_of(slot.due_at, zone) == day
        assert day_of(slot.expires_at - timedelta(microseconds=1), zone) == day
    for one, two in pairwise(slots):
        assert one.expires_at <= two.due_at


@settings(deadline=None)
@given(ZONES, DAYS, MINUTES, st.builds(QuietHours, MINUTES, MINUTES))
def test_a_window_that_opens_outside_quiet_hours_closes_before_they_begin(zone, day, wall, quiet):
    # Given a day without a clock change, on which wall-clock time runs evenly
    start = datetime.combine(day, time(12), zone)
    if len({(start + timedelta(hours=h)).utcoffset() for h in range(-36, 37)}) > 1:
        return
    for slot in due_on(day, [(0, wall)], quiet=quiet, zone=zone):
        if not is_quiet(slot.due_at, quiet=quiet, zone=zone):
            span = (slot.expires_at - slot.due_at) // timedelta(minutes=1)
            minutes = [slot.due_at + timedelta(minutes=m) for m in range(span)]
            assert not any(is_quiet(minute, quiet=quiet, zone=zone) for minute in minutes)
