"""Phases that somebody ends: by whom, from when, and what the log has to show first."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import access, notices, phases, plans, programs, reviews
from coach.services.access import NotFound
from coach.services.refusals import Refused
from tests import reviewed
from tests.domain.courses import sitting
from tests.domain.cycles import course
from tests.given import give_text
from tests.services.test_due_days import frozen
from tests.services.test_progress import Her

FIRST = date(2026, 3, 2)
TEXT = """\
title: Step by step
language: en
exercises:
  breathing: {{kind: relaxation, title: Breathing, cue: Breathe., breathe: {{in: 4s, out: 6s}}, for: 1min}}
sessions:
  calm: {{title: Calm, steps: [breathing], ask_after: [pain, anxiety]}}
  rest: {{title: Rest, steps: [breathing]}}
phases:
  - id: one
    title: First steps
    from: start
    {at_least}
    until: {{after: 2 of 3 sessions, pain_at_most: 2}}
    until_needs: {needs}
    do: {{calm: 1 per day, rest: 1 per day}}
    then: later
  - {{id: two, title: Going on, do: {{calm: 2 per day}}}}
"""


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, 2, hour, 0, tzinfo=UTC) + timedelta(days=day)


def on(day: int) -> date:
    return at(day).date()


def give(db, cast, needs="therapist", at_least=""):
    return give_text(db, cast, "steps", TEXT.format(needs=needs, at_least=at_least), now=at(0))


def practise(db, cast, given, day, pain, key="calm", **more):
    log = [sitting(course(), key, on(day), pain_peak=pain, **more)]
    (made,) = reviewed.write_sittings(db, cast.patient, given, log)
    return db.get_one(t.Session, made)


def settled(db, cast, given, day, pain, **more):
    session = practise(db, cast, given, day, pain, **more)
    phases.settle(db, db.get_one(t.Patient, cast.patient.patient_id), session, now=at(day, 19))


def known(db, cast, day):
    return plans.facts(db, access.whereabouts(db, cast.therapist.viewer, cast.patient.patient_id), now=at(day))


def days(db, cast, day):
    (assignment,) = known(db, cast, day).assignments
    return [(span.phase.id, span.first, span.last) for span in assignment.spans]


def codes(caught):
    return [(refusal.where, refusal.code) for refusal in caught.value.refusals]


def open_of(db, cast, day):
    return phases.phases_of(db, cast.therapist.viewer, known(db, cast, day))


def test_the_log_shows_whether_a_phase_may_end_and_the_review_says_so(db, cast):
    given = give(db, cast)
    for day, pain in ((0, 5), (1, 2)):
        practise(db, cast, given, day, pain)
    (found,) = open_of(db, cast, 1).open
    assert (found.ending.is_met, found.ending.met, found.ending.need) == (False, 1, 2)
    practise(db, cast, given, 2, 1)
    review = reviews.review(db, cast.therapist.viewer, cast.patient.patient_id, now=at(2))
    (found,) = review.to_decide.open
    assert (found.ending.is_met, found.phase.id, found.ending.after.id) == (True, "one", "two")


def test_a_rating_that_was_skipped_and_a_session_without_the_question_speak_for_nothing(db, cast):
    given = give(db, cast)
    practise(db, cast, given, 0, 1)
    for day in (0, 1, 1, 2):
        practise(db, cast, given, day, None, key="rest")
    practise(db, cast, given, 1, None)
    assert not open_of(db, cast, 2).open[0].ending.is_met
    practise(db, cast, given, 2, 2)
    assert open_of(db, cast, 2).open[0].ending.is_met
    practise(db, cast, given, 2, 1, variant="short")
    assert open_of(db, cast, 2).open[0].ending.met == 2


def test_a_therapist_ends_a_phase_with_today_as_its_last_day_and_she_is_told(db, cast):
    given = give(db, cast)
    phases.end(db, cast.therapist.viewer, given.id, "one", reason="she is ready", now=at(4))
    assert days(db, cast, 4) == [("one", FIRST, on(4)), ("two", on(5), None)]
    told = notices.open_of(db, cast.patient.viewer)[0]
    assert (told.kind, told.body["last_on"]) == ("phase_ended", on(4).isoformat())
    assert frozen(db, given)[on(4)] == [("calm", 1), ("rest", 1)], "the days that were stay as they were"


def test_an_end_is_taken_back_by_a_further_row(db, cast):
    given = give(db, cast)
    phases.end(db, cast.therapist.viewer, given.id, "one", reason="she is ready", now=at(4))
    phases.take_back(db, cast.therapist.viewer, given.id, "one", reason="too early", now=at(6))
    assert days(db, cast, 6) == [("one", FIRST, None)]
    rows = db.scalars(select(t.PhaseEnd).order_by(t.PhaseEnd.number)).all()
    assert [(row.number, row.last_on, row.reason) for row in rows] == [
        (1, on(4), "she is ready"),
        (2, None, "too early"),
    ]
    assert frozen(db, given)[on(6)] == [("calm", 2)], "the days of the next phase that opened stay"
    assert {"phase_ended", "phase_goes_on"} <= {told.kind for told in notices.open_of(db, cast.patient.viewer)}


def test_what_cannot_be_ended_or_taken_back_is_refused(db, cast):
    given = give(db, cast)

    def refused(what, phase, now=4, **more):
        with pytest.raises(Refused) as caught:
            what(db, cast.therapist.viewer, given.id, phase, now=at(now), **more)
        return codes(caught)

    assert refused(phases.end, "two", reason="x") == [("phase", "not_now")]
    assert refused(phases.end, "one", reason=" ") == [("reason", "missing")]
    assert refused(phases.end, "one", reason="x", last_on=on(3)) == [("last_on", "in_the_past")]
    assert refused(phases.end, "one", reason="x", last_on=on(900)) == [("last_on", "far_away")]
    assert refused(phases.take_back, "one", reason="x") == [("phase", "not_ended")]
    with pytest.raises(NotFound):
        phases.end(db, cast.therapist.viewer, given.id, "nine", reason="x", now=at(4))


@pytest.mark.parametrize("who", ["other_patient", "outside_patient", "team_outsider", "outsider"])
def test_nobody_else_ends_it(db, cast, who):
    given = give(db, cast)
    with pytest.raises(NotFound):
        phases.end(db, getattr(cast, who).viewer, given.id, "one", reason="x", now=at(4))
    with pytest.raises(NotFound):
        phases.take_back(db, cast.patient.viewer, given.id, "one", reason="x", now=at(4))


def test_a_phase_that_leaves_it_to_her_is_offered_once_the_log_shows_it(db, cast):
    given = give(db, cast, needs="patient")
    practise(db, cast, given, 0, 1)
    assert plans.today(db, cast.patient.viewer, now=at(0)).offers == ()
    with pytest.raises(Refused) as caught:
        phases.end(db, cast.patient.viewer, given.id, "one", now=at(0))
    assert codes(caught) == [("phase", "not_offered")]
    practise(db, cast, given, 1, 2)
    (offer,) = plans.today(db, cast.patient.viewer, now=at(1)).offers
    assert offer.phase.id == "one"
    phases.end(db, cast.patient.viewer, given.id, "one", now=at(1))
    assert days(db, cast, 1) == [("one", FIRST, on(1)), ("two", on(2), None)]
    assert plans.today(db, cast.patient.viewer, now=at(1)).offers == ()
    assert "phase_ended" not in {told.kind for told in notices.open_of(db, cast.patient.viewer)}


def test_a_phase_that_is_a_therapists_to_end_is_not_offered_to_her(db, cast):
    given = give(db, cast)
    for day in (0, 1):
        practise(db, cast, given, day, 1)
    assert plans.today(db, cast.patient.viewer, now=at(1)).offers == ()
    with pytest.raises(Refused):
        phases.end(db, cast.patient.viewer, given.id, "one", now=at(1))


def test_where_nobody_is_asked_the_rule_ends_it_when_the_result_is_recorded(db, cast):
    given = give(db, cast, needs="automatic")
    settled(db, cast, given, 0, 1)
    assert days(db, cast, 0) == [("one", FIRST, None)]
    settled(db, cast, given, 1, 2)
    assert days(db, cast, 1) == [("one", FIRST, on(1)), ("two", on(2), None)]
    (row,) = db.scalars(select(t.PhaseEnd)).all()
    assert row.ended_by_id is None
    settled(db, cast, given, 1, 8)
    settled(db, cast, given, 1, 9)
    assert days(db, cast, 1) == [("one", FIRST, None)], "what the day shows in the end takes it back"


def test_a_session_that_is_played_to_its_end_ends_the_phase_at_once(db, cast):
    her = Her(db, cast, give(db, cast, needs="automatic"))
    her.sits(0, 1, key="calm")
    assert days(db, cast, 0) == [("one", FIRST, None)]
    her.sits(1, 1, key="calm")
    assert days(db, cast, 1) == [("one", FIRST, on(1)), ("two", on(2), None)]


def test_a_rule_takes_back_no_end_that_somebody_said(db, cast):
    given = give(db, cast, needs="automatic")
    phases.end(db, cast.therapist.viewer, given.id, "one", reason="x", now=at(1))
    settled(db, cast, given, 1, 9)
    assert days(db, cast, 1)[0] == ("one", FIRST, on(1))


def test_its_least_days_come_first(db, cast):
    given = give(db, cast, needs="automatic", at_least="at_least: 5d")
    for day in (0, 1, 2, 3):
        settled(db, cast, given, day, 1)
    assert days(db, cast, 3) == [("one", FIRST, None)]
    settled(db, cast, given, 4, 1)
    assert days(db, cast, 4)[0] == ("one", FIRST, on(4))


def test_the_program_for_the_time_after_is_proposed_once_and_until_it_is_given(db, cast):
    given = give(db, cast)
    assert open_of(db, cast, 1).proposed == ()
    for day in (0, 1):
        practise(db, cast, given, day, 1)
    (proposed,) = open_of(db, cast, 1).proposed
    assert (proposed.key, proposed.program_id) == ("later", None)
    text = TEXT.format(needs="therapist", at_least="").replace("    then: later\n", "")
    made = programs.import_text(
        db, cast.therapist.viewer, key="later", text=text, imports_reader=lambda _: None, now=at(1)
    )
    assert open_of(db, cast, 1).proposed[0].program_id == made.program.id
    phases.end(db, cast.therapist.viewer, given.id, "one", reason="x", now=at(1))
    assert [each.key for each in open_of(db, cast, 20).proposed] == ["later"]
    assert open_of(db, cast, 60).proposed == ()
    give_text(db, cast, "later", text, now=at(2))
    assert open_of(db, cast, 20).proposed == ()


def test_a_rule_may_go_by_a_scale_of_the_programs_own(db, cast):
    text = (
        TEXT.format(needs="therapist", at_least="")
        .replace("pain_at_most: 2", "control_at_least: 7")
        .replace("ask_after: [pain, anxiety]", "ask_after: [control]")
        .replace("exercises:", "scales:\n  control: {ask: Did you feel in control?, low: no, high: yes}\nexercises:")
    )
    given = give_text(db, cast, "control", text, now=at(0))
    for day, value in ((0, 8), (1, None), (2, 3)):
        answer(db, practise(db, cast, given, day, None), value)
    assert open_of(db, cast, 2).open[0].ending.met == 1
    answer(db, practise(db, cast, given, 2, None), 9)
    answer(db, practise(db, cast, given, 2, None), 7)
    assert open_of(db, cast, 2).open[0].ending.is_met


def answer(db, session, value):
    """What the player tells of a question on the scale `control`."""
    db.add(
        t.SessionEvent(
            id=uuid.uuid4(), clinic_id=session.clinic_id, team_id=session.team_id, session_id=session.id, seq=1,
            kind="answered", at=session.opened_at, mono_ms=0, guided_ms=0,
            body=json.dumps({"scale": "control", "value": value, "moment": "after"}), sha256=bytes(32),
            received_at=session.opened_at,
        )
    )  # fmt: skip
    db.flush()
