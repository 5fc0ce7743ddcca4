"""Today from the database."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from coach.services import access, plans
from coach.services.access import NotFound
from tests import reviewed
from tests.domain.courses import sitting
from tests.domain.cycles import LADDER, course, steady

INJECTED = date(2026, 3, 2)
EARLY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, 2, hour, 0, tzinfo=UTC) + timedelta(days=day)


@contextmanager
def counted(db):
    """The statements that the database is asked meanwhile."""
    statements: list[str] = []

    def count(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    event.listen(db.get_bind(), "before_cursor_execute", count)
    yield statements
    event.remove(db.get_bind(), "before_cursor_execute", count)


@pytest.fixture
def running(db, cast):
    """The cast's patient after an injection on 2 March 2026, with her own set and a place on the ladder."""
    program = reviewed.publish(db, cast.therapist, now=EARLY)
    reviewed.dilators(db, cast.patient, (13.0, 16.0, 19.0, 22.0))
    injection = reviewed.inject(db, cast.therapist, cast.patient, INJECTED, now=EARLY)
    return reviewed.assign(
        db, cast.therapist, cast.patient, program,
        start_on=INJECTED - timedelta(days=14), injection=injection,
        places=[(INJECTED - timedelta(days=14), "dilator", "d2")], now=EARLY,
    )  # fmt: skip


def test_today_has_title_length_reason_and_what_is_left(db, cast, running):
    today = plans.today(db, cast.patient.viewer, now=at(5))
    assert today.day == date(2026, 3, 7)
    assert today.days_since_injection == 5
    assert [(item.session_key, item.title, item.left) for item in today.items] == [
        ("calm", "Calm", 1),
        ("dilate", "Practice", 1),
    ]
    dilate = today.items[1]
    assert dilate.minutes == (pytest.approx(12, abs=0.2), pytest.approx(12, abs=0.2))
    assert dilate.kinds == ("relaxation", "dilator")
    assert dilate.reason.code == "per_day"
    assert dilate.reason.params["day"] == 5
    assert [(variant.id, variant.title) for variant in dilate.variants] == [("gentle", "Gentle")]
    assert [phase.title for phase in today.phases] == ["Starting"]
    assert today.anything_left


def test_today_is_the_day_of_her_own_zone(db, cast, running):
    late = datetime(2026, 3, 7, 23, 30, tzinfo=UTC)  # half past midnight in Berlin
    assert plans.today(db, cast.patient.viewer, now=late).day == date(2026, 3, 8)


def test_what_was_done_today_is_not_left(db, cast, running):
    log = [sitting(course(), key, date(2026, 3, 7)) for key in ("calm", "dilate")]
    reviewed.write_sittings(db, cast.patient, running, log)
    today = plans.today(db, cast.patient.viewer, now=at(5))
    assert not today.anything_left
    assert [item.more for item in today.items] == [0, 1]


def test_what_was_begun_is_there_to_go_on_with(db, cast, running):
    (begun,) = reviewed.write_sittings(
        db, cast.patient, running, [sitting(course(), "dilate", date(2026, 3, 7), outcome="open", credit=0.0)]
    )
    assert plans.today(db, cast.patient.viewer, now=at(5)).open_sitting.id == begun


def test_the_same_plan_for_patient_therapist_and_reminders(db, cast, running):
    hers = plans.today(db, cast.patient.viewer, now=at(5))
    assert plans.today(db, cast.therapist.viewer, cast.patient.patient_id, now=at(5)) == hers
    patient = access.patient(db, cast.patient.viewer, cast.patient.patient_id)
    plan = plans.plan_today(db, patient, now=at(5))
    assert [(item.session_key, item.left) for item in plan.items] == [(i.session_key, i.left) for i in hers.items]


@pytest.mark.parametrize("who", ["other_patient", "outside_patient", "team_outsider", "outsider"])
def test_nobody_else_sees_her_today(db, cast, running, who):
    with pytest.raises(NotFound):
        plans.today(db, getattr(cast, who).viewer, cast.patient.patient_id, now=at(5))


def test_a_patient_without_a_program_has_an_empty_day(db, cast):
    today = plans.today(db, cast.patient.viewer, now=at(5))
    assert today.items == ()
    assert not today.has_program
    assert not today.anything_left


def test_a_planned_injection_is_counted_down_to(db, cast):
    reviewed.inject(db, cast.therapist, cast.patient, INJECTED, state="planned", now=EARLY)
    assert plans.today(db, cast.patient.viewer, now=at(-4)).days_until_injection == 4


def test_without_dilators_the_session_cannot_be_played_and_says_why(db, cast, running):
    db.query(reviewed.t.Dilator).delete()
    today = plans.today(db, cast.patient.viewer, now=at(5))
    assert {each.session_key: each.reason.code for each in today.held} == {"dilate": "no_rung"}
    assert [item.session_key for item in today.items] == ["calm"]


def test_inputs_of_a_script_follow_day_rung_and_phase(db, cast, running):
    patient = access.patient(db, cast.patient.viewer, cast.patient.patient_id)
    known = plans.facts(db, patient, now=at(10))
    inputs = plans.script_inputs(known, running.id, "dilate", known.today)
    assert inputs.rungs == {"dilator": "d2"}
    assert inputs.parameters == {"still": 720_000}
    assert inputs.nth == 1
    script = plans.script_for(known, running.id, "dilate", known.today)
    assert [step["size_mm"] for step in script["steps"] if step["kind"] == "dilator"] == [16]


@pytest.mark.parametrize("day", [6, 25, 33, 62, 75, 110])
def test_a_log_told_together_gives_the_plan_that_it_gives_singly(db, cast, day):
    program = reviewed.publish(db, cast.therapist, now=EARLY)
    reviewed.dilators(db, cast.patient, (13.0, 16.0, 19.0, 22.0))
    back = [(INJECTED + timedelta(days=60), "dilator", "d2"), (INJECTED + timedelta(days=72), "dilator", "d3")]
    given_to = reviewed.assign(
        db, cast.therapist, cast.patient, program, start_on=INJECTED - timedelta(days=14),
        injection=reviewed.inject(db, cast.therapist, cast.patient, INJECTED, now=EARLY),
        places=[*((place.from_on, place.ladder, place.rung) for place in LADDER), *back], now=EARLY,
    )  # fmt: skip
    played = [replace(each, assignment_id=given_to.id) for each in steady(course()) if each.day_on <= at(day).date()]
    unlike = {
        0: {"variant": "gentle"},
        1: {"outcome": "stopped", "stop_reason": "pain"},
        2: {"outcome": "partial", "credit": 0.0},
    }
    log = [replace(each, **unlike.get(number % 11, {})) for number, each in enumerate(played)]
    reviewed.write_sittings(db, cast.patient, given_to, log)

    together = plans.facts(db, access.patient(db, cast.patient.viewer, cast.patient.patient_id), now=at(day))
    singly = replace(together, performed=tuple(log))
    # Those of the week and of the four before it are told singly anyway.
    assert len(together.performed) <= len(log) - (day > 20)
    assert len(log) == sum(each.times for each in together.performed)
    assert plans.today_of(together).items == plans.today_of(singly).items
    assert plans.today_of(together).practised_on[-1] == plans.today_of(singly).practised_on[-1]
    inputs = [
        [plans.script_inputs(known, given_to.id, key, known.today) for key in known.assignments[0].program.sessions]
        for known in (together, singly)
    ]
    assert inputs[0] == inputs[1]
    assert any(each.nth > 1 for each in inputs[0])


def test_only_sessions_of_todays_phase_are_planned(db, cast, running):
    patient = access.patient(db, cast.patient.viewer, cast.patient.patient_id)
    known = plans.facts(db, patient, now=at(1))
    assert plans.is_planned(known, running.id, "calm", known.today)
    assert not plans.is_planned(known, running.id, "dilate", known.today)
    with pytest.raises(NotFound):
        plans.script_inputs(known, running.id, "no-such-session", known.today)


def test_today_takes_at_most_nine_queries_however_long_her_log(db, cast, running):
    plans.today(db, cast.patient.viewer, now=at(5))  # the program is read once in a process
    db.expunge_all()
    with counted(db) as few:
        plans.today(db, cast.patient.viewer, now=at(5))
    log = steady(course())
    reviewed.write_sittings(db, cast.patient, running, log)
    db.expunge_all()
    with counted(db) as many:
        plans.today(db, cast.patient.viewer, now=at(118))
    assert len(few) == len(many) <= 7  # and at most two for the sign-in
