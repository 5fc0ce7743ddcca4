"""A session that was opened is begun only while her plan still holds it; what was played all the same is looked at."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.playing import Mood, played
from coach.services import alerts, pauses, placements, plans, sessions
from coach.services.access import NotFound
from tests.cast import NOW
from tests.given import INJECTED, TODAY, give_practice
from tests.services.test_sessions import LATER, event, opened, record


@pytest.fixture
def session(db, cast):
    give_practice(db, cast)
    return opened(db, cast, "dilate")


@pytest.fixture
def may_begin(db, cast, session):
    return lambda now=LATER: sessions.may_begin(db, cast.patient.viewer, session.id, now=now)


def rest(db, cast, why="infection"):
    pauses.begin(db, cast.therapist.viewer, cast.patient.patient_id, why=why, first_on=TODAY, now=NOW)


def placed(db, cast, session, **place):
    placements.place(
        db, cast.therapist.viewer, session.assignment_id, ladder="dilator", reason="As we said.", now=NOW, **place
    )


def test_what_was_opened_may_be_begun_the_same_day(may_begin):
    assert may_begin()


def test_on_another_day_it_is_opened_anew(may_begin):
    assert not may_begin(NOW + timedelta(days=1))


@pytest.mark.parametrize("why", ["infection", "procedure", "hold"])
def test_a_rest_told_since_it_was_opened_holds_it_back(db, cast, may_begin, why):
    rest(db, cast, why)
    assert not may_begin()


def test_a_ladder_that_was_locked_since_holds_it_back(db, cast, session, may_begin):
    placed(db, cast, session, state="locked")
    assert not may_begin()


def test_a_rung_that_was_lowered_since_is_not_played_at_its_old_size(db, cast, session, may_begin):
    placed(db, cast, session, rung="d2")
    assert not may_begin()


def test_a_rung_that_was_raised_since_takes_nothing_away(db, cast, session, may_begin):
    placed(db, cast, session, rung="d4")
    assert may_begin()


def test_a_size_that_became_smaller_under_its_name_is_not_played_as_it_was(db, may_begin):
    db.scalars(select(t.Dilator).where(t.Dilator.rung == "d3")).one().size_mm = 20
    db.flush()
    assert not may_begin()


def test_a_further_injection_holds_it_back(db, cast, may_begin):
    injection = db.scalars(select(t.InjectionChart)).one()
    injection.insertion_on = TODAY + timedelta(days=2)
    db.flush()
    assert INJECTED < TODAY
    assert not may_begin()


def test_a_smaller_one_that_she_chose_may_be_begun(db, cast):
    assignment = give_practice(db, cast)
    session = sessions.open_session(
        db, cast.patient.viewer, assignment_id=assignment.id, session_key="dilate", smaller={"dilator": "d1"}, now=NOW
    )
    assert sessions.may_begin(db, cast.patient.viewer, session.id, now=LATER)


def test_what_has_begun_may_always_go_on(db, cast, session, may_begin):
    record(db, cast, session, event(1, "started"))
    rest(db, cast)
    assert may_begin()
    assert may_begin(NOW + timedelta(days=1))


def going_on(db, cast):
    """What Today offers to go on with."""
    items = plans.plan_today(db, db.get(t.Patient, cast.patient.patient_id), now=LATER).items
    return {item.open_session_id for item in items}


def test_what_has_begun_does_not_go_on_at_its_size_after_she_was_lowered(db, cast, session, may_begin):
    record(db, cast, session, event(1, "started"))
    placed(db, cast, session, rung="d2")
    assert not may_begin()
    prepared = sessions.preparation(db, cast.patient.viewer, session.assignment_id, "dilate", now=LATER)
    assert prepared.open_session_id is None
    other = opened(db, cast, "dilate", now=LATER)
    assert other.id != session.id
    script = sessions.script_of(db, cast.patient.viewer, other.id)
    assert {step["on"]["dilator"] for step in script["steps"] if step["on"]} == {"d2"}
    assert going_on(db, cast) == {other.id, None}
    record(db, cast, other, event(1, "started"), event(2, "stopped", 60))
    assert going_on(db, cast) == {None}
    record(db, cast, session, event(2, "paused", 30))  # what she did of it is heard


def test_what_has_begun_goes_on_after_she_was_raised_and_not_after_her_ladder_was_locked(db, cast, session, may_begin):
    record(db, cast, session, event(1, "started"))
    placed(db, cast, session, rung="d4")
    assert may_begin()
    placed(db, cast, session, state="locked")
    assert not may_begin()


def test_nobody_else_learns_of_it(db, cast, session):
    with pytest.raises(NotFound):
        sessions.may_begin(db, cast.other_patient.viewer, session.id, now=NOW)


def dilated(db, cast, session):
    """Plays it up to the first dilator, and uses that for a minute."""
    script = sessions.script_of(db, cast.patient.viewer, session.id)
    mood = Mood(pain=0, skips_ratings=0, pauses=0, answers={"let_go": 1})
    events = []
    for each in played(script, mood, at=NOW, chance=Random(1)):
        events.append(event(each.seq, each.kind, each.guided_ms / 1000, mono_s=each.mono_ms / 1000, **each.body))
        if each.kind == "ready":
            break
    events.append(event(events[-1].seq + 1, "stopped", 60, mono_s=events[-1].mono_ms / 1000 + 60))
    for each in events:  # an upload that comes again tells nobody twice
        record(db, cast, session, each)


def kinds(db, cast):
    return [each.kind for each in alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)]


@pytest.mark.parametrize("why", ["infection", "hold"])
def test_a_dilator_used_on_a_day_of_rest_is_kept_and_her_therapist_is_told_once(db, cast, session, why):
    rest(db, cast, why)
    dilated(db, cast, session)
    assert session.size_mm == 22
    assert kinds(db, cast) == ["inserted_at_rest"]


def test_a_dilator_used_on_any_other_day_raises_nothing(db, cast, session):
    dilated(db, cast, session)
    assert session.size_mm == 22
    assert kinds(db, cast) == []
