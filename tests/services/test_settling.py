"""What an upload brings about never keeps the upload out, and what goes wrong in it is made up for."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import func, select, update

from coach.db import tables as t
from coach.domain.playing import Mood, played
from coach.services import alerts, assignments, caseload, placements, plans, programs, safety, sessions
from coach.services.safety import IncomingAnswer
from coach.services.sessions import IncomingEvent
from tests.cast import NOW
from tests.given import TODAY
from tests.services.test_progress import TEXT, given

ASKING = TEXT.replace(
    "phases:\n",
    "safety_checks:\n"
    "  - {id: bad, from: start, to: start + 8w, every: 1d, ask: Bad?, on_yes: {urgency: emergency, say: Call.}}\n"
    "phases:\n",
)
STOPPING = TEXT.replace(
    "    ask_before: [pain, let_go]\n    ask_after: [pain]\n",
    "    ask_before: [pain, let_go]\n    ask_after: [pain, anxiety]\n    stop_when: {anxiety_at_least: 8}\n",
).replace("relax: 10s, reps: 3}", "relax: 10s, reps: 6, check: {anxiety: every 20s}}")


def events_of(db, viewer, session, at, *, pain=0, anxiety=0):
    script = sessions.script_of(db, viewer, session.id)
    mood = Mood(pain=pain, anxiety=anxiety, skips_ratings=0, pauses=0, answers={"let_go": 1})
    values = {"pain": pain, "anxiety": anxiety}
    return [
        IncomingEvent(
            id=each.id, seq=each.seq, kind=each.kind, guided_ms=each.guided_ms, mono_ms=each.mono_ms, at=each.at,
            body={**each.body, "value": values.get(each.body.get("scale"), each.body.get("value"))}
            if "value" in each.body else each.body,
        )
        for each in played(script, mood, at=at, chance=Random(f"{at} {session.session_key}"))
    ]  # fmt: skip


def open_one(db, cast, assignment_id, at, key="practice"):
    return sessions.open_session(db, cast.patient.viewer, assignment_id=assignment_id, session_key=key, now=at)


@pytest.fixture
def spoil(db):
    """Makes the text of a revision one that the check does not take any more."""

    def spoil(revision_id):
        db.execute(update(t.Revision).where(t.Revision.id == revision_id).values(text="title: ["))
        programs._programs.pop(revision_id, None)

    yield spoil
    programs._programs.clear()


@pytest.fixture
def her(db, cast):
    return given(db, cast, ASKING)


@pytest.fixture
def over(db, cast, her, spoil):
    """A program that was over yesterday, and that the check does not take any more."""
    text = TEXT.replace("title: Sizes", "title: Old")
    done = programs.import_text(db, cast.therapist.viewer, key="old", text=text, imports_reader=lambda _: None, now=NOW)
    assignment = assignments.assign(
        db, cast.therapist.viewer, cast.patient.patient_id, program_id=done.program.id,
        start_on=TODAY - timedelta(days=30), placements={"dilator": "d1"}, now=NOW - timedelta(days=30),
    )  # fmt: skip
    assignment.ends_on = TODAY - timedelta(days=1)
    db.flush()
    spoil(assignment.revision_id)
    return assignment


def test_a_program_that_is_over_and_refused_by_now_stands_in_the_way_of_nothing(db, cast, her, over):
    her.sits(0)
    her.sits(1)
    assert her.placements()[-1] == ("d3", "rule", "up")
    later = NOW + timedelta(days=1)
    assert plans.today(db, cast.patient.viewer, now=later).items
    assert caseload.caseload(db, cast.therapist.viewer, now=later)
    assert db.scalars(select(t.Session).where(t.Session.unsettled_since.is_not(None))).all() == []


def test_a_program_that_runs_and_is_refused_by_now_keeps_no_answer_of_hers_out(db, cast, her, spoil):
    spoil(her.assignment.revision_id)
    yes = IncomingAnswer(id=uuid.uuid4(), check_id="bad", is_yes=True, at=NOW)
    assert safety.record(db, cast.patient.viewer, [yes], usual=(), now=NOW) == ("stored",)
    [alert] = alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert alert.urgency == "emergency"


def test_what_an_upload_tells_is_kept_though_nothing_can_be_worked_out_from_it_and_is_made_up_for(
    db, cast, her, spoil, caplog
):
    her.sits(0)
    at = NOW + timedelta(days=1)
    opened = open_one(db, cast, her.assignment.id, at)
    events = events_of(db, cast.patient.viewer, opened, at)
    other = open_one(db, cast, her.assignment.id, at, key="calm")
    others = events_of(db, cast.patient.viewer, other, at)
    text = db.scalars(select(t.Revision.text)).one()
    spoil(her.assignment.revision_id)

    with caplog.at_level(logging.ERROR, "coach.errors"):
        found = sessions.record(db, cast.patient.viewer, opened.id, events, now=at + timedelta(minutes=30))

    assert {each.status for each in found.answers} == {"stored"}
    assert found.outcome == opened.outcome == "complete"
    assert db.scalar(select(func.count()).where(t.SessionEvent.session_id == opened.id)) == len(events)
    assert her.placements() == [("d2", "therapist", None)]
    assert "RefusedNow" in caplog.text
    assert "progress.py" in caplog.text
    assert "line 1" not in caplog.text, "what an error says may quote what somebody wrote"

    db.execute(update(t.Revision).values(text=text))
    sessions.record(db, cast.patient.viewer, other.id, others, now=at + timedelta(hours=2))
    assert her.placements()[-1] == ("d3", "rule", "up")
    assert opened.unsettled_since is None


def test_a_yes_raises_its_alert_though_nothing_can_be_worked_out(db, cast, her, spoil):
    opened = open_one(db, cast, her.assignment.id, NOW)
    script = sessions.script_of(db, cast.patient.viewer, opened.id)
    events = events_of(db, cast.patient.viewer, opened, NOW)
    [asked] = [number for number, each in enumerate(events) if each.kind == "answered" and "check" in each.body]
    yes = replace(events[asked], body={**events[asked].body, "value": True})
    assert script["safety"]
    spoil(her.assignment.revision_id)
    stop = IncomingEvent(
        id=uuid.uuid4(), seq=yes.seq + 1, kind="stopped", guided_ms=0, mono_ms=yes.mono_ms, at=yes.at,
        body={"reason": "safety"},
    )  # fmt: skip
    sessions.record(db, cast.patient.viewer, opened.id, [*events[:asked], yes, stop], now=NOW + timedelta(minutes=5))
    [alert] = alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert alert.urgency == "emergency"


def test_two_stops_before_a_lock_and_a_sitting_after_it_are_told_of_once(db, cast):
    her = given(db, cast, STOPPING)
    placements.place(db, cast.therapist.viewer, her.assignment.id, ladder="strength", rung="l1", reason="ok", now=NOW)
    sittings = []
    for day, pain, anxiety in ((1, 0, 9), (2, 5, 9), (3, 0, 0)):
        at = NOW + timedelta(days=day)
        opened = open_one(db, cast, her.assignment.id, at, key="lifts")
        sittings.append((opened, events_of(db, cast.patient.viewer, opened, at, pain=pain, anxiety=anxiety)))
    for opened, events in sittings:
        sessions.record(db, cast.patient.viewer, opened.id, events, now=NOW + timedelta(days=3, hours=2))
    assert [opened.by_rule for opened, _ in sittings] == [True, True, False]
    assert her.placements("strength")[-1] == ("l1", "rule", "flare")
    kinds = [each.kind for each in alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)]
    assert sorted(kinds) == ["flare", "two_stops"]
    assert db.scalars(select(t.Session).where(t.Session.unsettled_since.is_not(None))).all() == []
