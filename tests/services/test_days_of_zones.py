"""Which day it is for her, what is due on it and what is frozen: over the nights on which clocks change, and travel."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import due_days, plans, sessions
from tests import reviewed
from tests.services.test_due_days import DAILY, frozen, patient_of

NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Sao_Paulo", date(2018, 11, 4)),
    ("America/Sao_Paulo", date(2019, 2, 17)),
    ("Asia/Kathmandu", date(2026, 3, 29)),
]


def give(db, cast, zone: str, first: date) -> t.Assignment:
    """Quiet minutes twice a day from `first` on, given some days before it, for a patient who lives in that zone."""
    early = datetime.combine(first - timedelta(days=5), time(12), tzinfo=UTC)
    patient_of(db, cast).zone = zone
    program = reviewed.publish(db, cast.therapist, key="quiet", text=DAILY, now=early)
    return reviewed.assign(db, cast.therapist, cast.patient, program, start_on=first, now=early)


def at(day: date, wall: time, zone: str) -> datetime:
    """The instant; of a wall-clock time that comes twice the second one."""
    return datetime.combine(day, wall, tzinfo=ZoneInfo(zone)).replace(fold=1).astimezone(UTC)


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
def test_over_the_night_each_day_is_due_and_frozen_once(db, cast, zone, night):
    first = night - timedelta(days=3)
    given = give(db, cast, zone, first)
    instant, last = at(first, time(0, 5), zone), at(night + timedelta(days=2), time(23, 55), zone)
    while instant <= last:
        due_days.freeze(db, patient_of(db, cast), now=instant)
        instant += timedelta(hours=7)
    due_days.freeze(db, patient_of(db, cast), now=last)
    assert frozen(db, given) == {first + timedelta(days=n): [("calm", 2)] for n in range(6)}


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
def test_what_is_done_in_the_last_minutes_of_a_day_counts_for_it_and_the_next_one_begins_fresh(db, cast, zone, night):
    given = give(db, cast, zone, night - timedelta(days=3))
    late = at(night - timedelta(days=1), time(23, 50), zone)
    session = sessions.open_session(db, cast.patient.viewer, assignment_id=given.id, session_key="calm", now=late)
    session.started_at = session.closed_at = late
    session.outcome, session.credit = "complete", 1.0
    db.flush()
    assert session.day_on == night - timedelta(days=1)
    today = plans.today(db, cast.patient.viewer, now=late)
    assert (today.day, [item.left for item in today.items]) == (night - timedelta(days=1), [1])
    early = datetime.combine(night, time(1, 30), tzinfo=ZoneInfo(zone)).astimezone(UTC)
    today = plans.today(db, cast.patient.viewer, now=early)
    assert (today.day, [item.left for item in today.items]) == (night, [2])


def test_a_day_that_is_lived_twice_by_travel_is_due_and_frozen_once(db, cast):
    """She flies from Kiritimati to Honolulu, a day back."""
    given = give(db, cast, "Pacific/Kiritimati", date(2026, 3, 2))
    noon = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)  # the 4th there, the 3rd in Honolulu
    due_days.freeze(db, patient_of(db, cast), now=noon)
    before = db.execute(select(t.DueDay.id, t.DueDay.day_on)).all()
    patient_of(db, cast).zone = "Pacific/Honolulu"
    db.flush()
    assert plans.today(db, cast.patient.viewer, now=noon).day == date(2026, 3, 3)
    for hours in (0, 24, 48):
        due_days.freeze(db, patient_of(db, cast), now=noon + timedelta(hours=hours))
    after = db.execute(select(t.DueDay.id, t.DueDay.day_on)).all()
    assert set(before) < set(after)
    assert list(frozen(db, given)) == [date(2026, 3, day) for day in range(2, 6)]


def test_a_day_that_is_left_out_by_travel_is_not_lost(db, cast):
    """She flies from Honolulu to Kiritimati: after Monday evening comes Wednesday. A pause for travel leaves the day
    out where nobody could have practised on it."""
    given = give(db, cast, "Pacific/Honolulu", date(2026, 3, 2))
    monday = datetime(2026, 3, 3, 7, 0, tzinfo=UTC)
    due_days.freeze(db, patient_of(db, cast), now=monday)
    assert max(frozen(db, given)) == date(2026, 3, 2)
    patient_of(db, cast).zone = "Pacific/Kiritimati"
    db.flush()
    due_days.freeze(db, patient_of(db, cast), now=monday + timedelta(hours=5))
    assert list(frozen(db, given)) == [date(2026, 3, day) for day in (2, 3, 4)]
