"""Days on which nothing is asked of her: who may say so, what follows from it, and that history stays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import caseload, notices, pauses, plans, reminders, reviews, sessions
from coach.services.access import NotFound
from coach.services.refusals import Refused
from coach.services.reminders import Withheld
from tests import reviewed
from tests.domain.courses import sitting
from tests.domain.cycles import course
from tests.given import give_text
from tests.reminders.scene import ask_for
from tests.services.test_due_days import DAILY

INJECTED = date(2026, 3, 2)
EARLY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, 2, hour, 0, tzinfo=UTC) + timedelta(days=day)


def on(day: int) -> date:
    return at(day).date()


@pytest.fixture
def running(db, cast):
    program = reviewed.publish(db, cast.therapist, now=EARLY)
    reviewed.dilators(db, cast.patient, (13.0, 16.0, 19.0, 22.0))
    injection = reviewed.inject(db, cast.therapist, cast.patient, INJECTED, now=EARLY)
    return reviewed.assign(
        db, cast.therapist, cast.patient, program,
        start_on=INJECTED - timedelta(days=14), injection=injection,
        places=[(INJECTED - timedelta(days=14), "dilator", "d2")], now=EARLY,
    )  # fmt: skip


def codes(caught) -> list[tuple[str, str]]:
    return [(refusal.where, refusal.code) for refusal in caught.value.refusals]


def begin(db, person, cast, why, *, day=0, last=None, now=0, **more):
    last_on = None if last is None else on(last)
    return pauses.begin(
        db, person.viewer, cast.patient.patient_id, why=why, first_on=on(day), last_on=last_on, now=at(now), **more
    )


def today(db, cast, day):
    return plans.today(db, cast.patient.viewer, now=at(day))


# -- what follows from a pause


@pytest.mark.parametrize("why", ["menses", "travel", "not_today"])
def test_on_a_paused_day_nothing_is_due_and_what_is_planned_stays_open_to_her(db, cast, running, why):
    begin(db, cast.patient, cast, why, day=5, now=5)
    found = today(db, cast, 5)
    assert not found.anything_left
    assert [(item.session_key, item.left, item.is_due) for item in found.items] == [
        ("calm", 0, False), ("dilate", 0, False),
    ]  # fmt: skip
    assert [pause.why for pause in found.pauses] == [why]
    sessions.open_session(db, cast.patient.viewer, assignment_id=running.id, session_key="dilate", now=at(5))


@pytest.mark.parametrize("why", ["illness", "infection", "procedure"])
def test_with_an_illness_an_infection_or_a_procedure_nothing_is_inserted(db, cast, running, why):
    begin(db, cast.therapist, cast, why, day=5, last=8, now=5)
    found = today(db, cast, 5)
    assert [item.session_key for item in found.items] == ["calm"]
    (held,) = found.held
    assert (held.session_key, held.reason.code, held.reason.params["opens_on"]) == ("dilate", "paused", on(9))
    with pytest.raises(NotFound):
        sessions.open_session(db, cast.patient.viewer, assignment_id=running.id, session_key="dilate", now=at(5))
    assert today(db, cast, 9).anything_left


def test_of_a_program_on_hold_nothing_is_offered_and_the_others_go_on(db, cast, running):
    other = give_text(db, cast, "quiet", DAILY, now=at(0))
    begin(db, cast.therapist, cast, "hold", day=5, now=5, assignment_id=running.id)
    found = today(db, cast, 5)
    assert {item.assignment_id for item in found.items} == {other.id}
    assert {(held.session_key, held.reason.code) for held in found.held} == {("calm", "paused"), ("dilate", "paused")}
    with pytest.raises(NotFound):
        sessions.open_session(db, cast.patient.viewer, assignment_id=running.id, session_key="calm", now=at(5))


def test_no_reminder_goes_out_on_a_paused_day(db, cast, running):
    ask_for(db, cast.patient, "12:00", now=at(4))
    begin(db, cast.patient, cast, "menses", day=5, now=5)
    reminders.plan_due(db, now=at(5, 10))
    (claimed,) = reminders.claim(db, worker="w", now=at(5, 11))
    assert reminders.arm(db, claimed, now=at(5, 11)) == Withheld("paused")


def sessions_of_week(db, cast, day):
    review = reviews.review(db, cast.therapist.viewer, cast.patient.patient_id, now=at(day), span=4)
    return review.timeline.weeks[-2].sessions


def test_attendance_leaves_paused_days_out_also_where_the_pause_is_told_afterwards(db, cast, running):
    reviewed.write_sittings(db, cast.patient, running, [sitting(course(), "calm", on(7))])
    before = sessions_of_week(db, cast, 14)
    assert (before.done, before.due) == (1, 18), "one day with calm and dilate, six with twice dilate, 6/7 of 5"
    begin(db, cast.patient, cast, "illness", day=8, last=10, now=14)
    after = sessions_of_week(db, cast, 14)
    assert (after.done, after.due) == (1, 10), "one day with calm and dilate, three with twice dilate, 3/7 of 5"


def test_who_is_paused_is_not_said_to_be_silent(db, cast, running):
    reviewed.write_sittings(db, cast.patient, running, [sitting(course(), "calm", on(0))])

    def reasons(day):
        (row, *_) = [row for row in caseload.caseload(db, cast.therapist.viewer, now=at(day)) if row.name == "Mara"]
        return [(reason.code, reason.params) for reason in row.reasons]

    assert reasons(5) == [("silent", {"days": 5})]
    begin(db, cast.patient, cast, "menses", day=1, last=5, now=5)
    assert reasons(5) == []
    assert reasons(7) == []
    assert reasons(8) == [("silent", {"days": 3})]


# -- who may say what


def test_a_patient_says_it_of_today_or_of_up_to_a_fortnight_back(db, cast, running):
    begin(db, cast.patient, cast, "menses", day=-14, last=-10, now=0)
    with pytest.raises(Refused) as caught:
        begin(db, cast.patient, cast, "menses", day=-15, now=0)
    assert codes(caught) == [("first_on", "too_long_ago")]
    with pytest.raises(Refused) as caught:
        begin(db, cast.patient, cast, "travel", day=1, now=0)
    assert codes(caught) == [("first_on", "still_to_come")]
    begin(db, cast.therapist, cast, "travel", day=30, last=40, now=0)
    begin(db, cast.therapist, cast, "illness", day=-90, last=-80, now=0)


@pytest.mark.parametrize("why", ["hold", "procedure", "nothing"])
def test_what_only_a_therapist_says_a_patient_does_not(db, cast, running, why):
    with pytest.raises(Refused) as caught:
        begin(db, cast.patient, cast, why)
    assert codes(caught) == [("why", "unknown_why")]


def test_a_patient_pauses_all_of_her_programs_and_notes_nothing_for_therapists(db, cast, running):
    with pytest.raises(Refused) as caught:
        begin(db, cast.patient, cast, "menses", assignment_id=running.id)
    assert codes(caught) == [("assignment_id", "unknown_program")]
    assert begin(db, cast.patient, cast, "menses", note="mine").note is None


def test_insertion_is_paused_in_all_programs_or_in_none(db, cast, running):
    for why in ("illness", "infection", "procedure"):
        with pytest.raises(Refused) as caught:
            begin(db, cast.therapist, cast, why, assignment_id=running.id)
        assert codes(caught) == [("assignment_id", "all_programs")]


def test_a_program_of_another_patient_is_not_paused(db, cast):
    others = give_text(db, cast, "quiet", DAILY, to=cast.other_patient, now=at(0))
    with pytest.raises(Refused) as caught:
        begin(db, cast.therapist, cast, "hold", assignment_id=others.id)
    assert codes(caught) == [("assignment_id", "unknown_program")]


def test_days_that_cannot_be_are_refused(db, cast, running):
    with pytest.raises(Refused) as caught:
        begin(db, cast.therapist, cast, "travel", day=5, last=4)
    assert codes(caught) == [("last_on", "before_it_began")]
    with pytest.raises(Refused) as caught:
        begin(db, cast.therapist, cast, "travel", day=5, last=500)
    assert codes(caught) == [("last_on", "far_away")]


@pytest.mark.parametrize("who", ["other_patient", "outside_patient", "team_outsider", "outsider"])
def test_nobody_else_pauses_her_or_ends_it_or_reads_of_it(db, cast, running, who):
    pause = begin(db, cast.patient, cast, "menses")
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        pauses.begin(db, viewer, cast.patient.patient_id, why="menses", now=at(0))
    with pytest.raises(NotFound):
        pauses.end(db, viewer, pause.id, now=at(0))
    with pytest.raises(NotFound):
        pauses.pauses_of(db, viewer, cast.patient.patient_id, now=at(0))


# -- its end, and history


def test_not_today_is_that_day_alone_said_twice_it_is_one_and_it_can_be_taken_back(db, cast, running):
    one = begin(db, cast.patient, cast, "not_today", day=3, now=5)
    assert (one.first_on, one.last_on) == (on(5), on(5))
    assert begin(db, cast.patient, cast, "not_today", now=5).id == one.id
    assert today(db, cast, 6).anything_left
    pauses.end(db, cast.patient.viewer, one.id, now=at(5, 10))
    assert today(db, cast, 5).anything_left
    (record,) = pauses.pauses_of(db, cast.therapist.viewer, cast.patient.patient_id, now=at(5)).records
    assert record.is_taken_back
    assert record.said_last_on == on(5)
    assert begin(db, cast.patient, cast, "not_today", now=5).id != one.id


def test_an_open_pause_ends_yesterday_so_that_the_plan_goes_on_today(db, cast, running):
    pause = begin(db, cast.patient, cast, "menses", day=3, now=3)
    assert not today(db, cast, 6).anything_left
    pauses.end(db, cast.patient.viewer, pause.id, now=at(6))
    assert pause.ended_on == on(5)
    assert today(db, cast, 6).anything_left
    (record,) = pauses.pauses_of(db, cast.patient.viewer, now=at(6)).records
    assert (record.first_on, record.last_on, record.said_last_on) == (on(3), on(5), None)
    assert (record.begun_by, record.ended_by, record.is_over) == ("Mara", "Mara", True)


def test_what_was_said_first_stays_beside_the_end(db, cast, running):
    pause = begin(db, cast.therapist, cast, "travel", day=3, last=20, now=3, note="visits her sister")
    pauses.end(db, cast.patient.viewer, pause.id, now=at(6))
    (record,) = pauses.pauses_of(db, cast.therapist.viewer, cast.patient.patient_id, now=at(6)).records
    assert (record.last_on, record.said_last_on) == (on(5), on(20))
    assert (record.begun_by, record.ended_by, record.note) == ("Ines", "Mara", "visits her sister")
    (hers,) = pauses.pauses_of(db, cast.patient.viewer, now=at(6)).records
    assert hers.note is None
    with pytest.raises(Refused) as caught:
        pauses.end(db, cast.therapist.viewer, pause.id, now=at(7))
    assert codes(caught) == [("last_on", "ended")]


@pytest.mark.parametrize("why", ["hold", "procedure"])
def test_a_hold_and_a_procedure_are_ended_by_therapists_only(db, cast, running, why):
    pause = begin(db, cast.therapist, cast, why)
    with pytest.raises(Refused) as caught:
        pauses.end(db, cast.patient.viewer, pause.id, now=at(1))
    assert codes(caught) == [("last_on", "therapists_pause")]
    pauses.end(db, cast.therapist.viewer, pause.id, now=at(1))
    assert today(db, cast, 1).anything_left


@pytest.mark.parametrize("why", ["illness", "infection"])
def test_what_keeps_insertion_back_and_a_therapist_began_is_ended_by_therapists(db, cast, running, why):
    pause = begin(db, cast.therapist, cast, why, day=3, now=3)
    (record,) = pauses.pauses_of(db, cast.patient.viewer, now=at(4)).records
    assert not record.may_end
    with pytest.raises(Refused) as caught:
        pauses.end(db, cast.patient.viewer, pause.id, is_healed=True, now=at(4))
    assert codes(caught) == [("last_on", "therapists_pause")]
    assert [held.session_key for held in today(db, cast, 4).held] == ["dilate"]
    pauses.end(db, cast.therapist.viewer, pause.id, now=at(5))
    assert not today(db, cast, 5).held


def test_her_own_infection_ends_when_she_says_that_it_has_healed_and_an_illness_at_once(db, cast, running):
    pause = begin(db, cast.patient, cast, "infection", day=3, now=3)
    with pytest.raises(Refused) as caught:
        pauses.end(db, cast.patient.viewer, pause.id, now=at(5))
    assert codes(caught) == [("is_healed", "unanswered")]
    assert [held.session_key for held in today(db, cast, 5).held] == ["dilate"]
    pauses.end(db, cast.patient.viewer, pause.id, is_healed=True, now=at(5))
    assert not today(db, cast, 5).held
    pauses.end(db, cast.patient.viewer, begin(db, cast.patient, cast, "illness", day=5, now=5).id, now=at(6))
    pauses.end(db, cast.therapist.viewer, begin(db, cast.patient, cast, "infection", day=5, now=5).id, now=at(6))
    assert not today(db, cast, 6).held


@pytest.mark.parametrize(("last", "code"), [(1, "before_it_began"), (7, "still_to_come")])
def test_it_ends_on_a_day_from_before_its_first_to_today(db, cast, running, last, code):
    pause = begin(db, cast.patient, cast, "menses", day=3, now=3)
    with pytest.raises(Refused) as caught:
        pauses.end(db, cast.patient.viewer, pause.id, last_on=on(last), now=at(6))
    assert codes(caught) == [("last_on", code)]


def test_a_pause_that_is_still_to_come_is_taken_back(db, cast, running):
    pause = begin(db, cast.therapist, cast, "travel", day=10, last=12, now=0)
    pauses.end(db, cast.therapist.viewer, pause.id, now=at(5))
    assert today(db, cast, 11).anything_left


def test_pauses_that_overlap_each_hold_until_their_own_end(db, cast, running):
    begin(db, cast.patient, cast, "illness", day=3, last=6, now=3)
    begin(db, cast.patient, cast, "menses", day=5, last=8, now=5)
    assert [today(db, cast, day).anything_left for day in (2, 3, 6, 8, 9)] == [True, False, False, False, True]


def test_she_is_told_of_what_her_therapist_does_and_not_of_what_she_does_herself(db, cast, running):
    begin(db, cast.patient, cast, "illness", day=3, now=3)
    pause = begin(db, cast.therapist, cast, "hold", day=3, now=3)
    pauses.end(db, cast.therapist.viewer, pause.id, now=at(5))
    told = notices.open_of(db, cast.patient.viewer)
    assert sorted(notice.kind for notice in told) == ["pause_ended_by_therapist", "paused_by_therapist"]


def test_her_note_is_not_in_the_rows_as_it_was_written(db, cast, running):
    begin(db, cast.therapist, cast, "hold", note="CANARY-note")
    db.flush()
    raw = db.connection().exec_driver_sql("SELECT note FROM pause").scalar()
    assert "CANARY" not in raw
    assert db.scalars(select(t.Pause.note)).one() == "CANARY-note"
