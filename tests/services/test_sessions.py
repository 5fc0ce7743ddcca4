"""Opening a session, writing down its events however they arrive, and what it came to."""

from __future__ import annotations

import random
import re
import threading
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.domain import fold as rules
from coach.domain.script import CannotCompile
from coach.services import alerts, plans, programs, sessions
from coach.services.access import NotFound
from coach.services.sessions import CannotOpen, EventAnswer, IncomingEvent
from tests.cast import NOW, make_cast
from tests.given import TODAY, give_calm, give_practice, give_text, named
from tests.scripts import random_log

LATER = NOW + timedelta(minutes=20)


def event(seq, kind, guided_s=0.0, *, mono_s=None, at=None, **body) -> IncomingEvent:
    return IncomingEvent(
        id=uuid.uuid4(),
        seq=seq,
        kind=kind,
        guided_ms=int(guided_s * 1000),
        mono_ms=int((seq if mono_s is None else mono_s) * 1000),
        at=at or NOW + timedelta(seconds=seq),
        body=body,
    )


def answered(seq, moment, scale, value, guided_s=0.0, **body) -> IncomingEvent:
    return event(seq, "answered", guided_s, moment=moment, scale=scale, value=value, **body)


def opened(db, cast, key="calm", variant=None, now=NOW) -> t.Session:
    (assignment_id,) = db.scalars(
        select(t.Assignment.id).where(t.Assignment.patient_id == cast.patient.patient_id)
    ).all()
    return sessions.open_session(
        db, cast.patient.viewer, assignment_id=assignment_id, session_key=key, variant=variant, now=now
    )


def record(db, cast, session, *events, now=LATER) -> list[EventAnswer]:
    return sessions.record(db, cast.patient.viewer, session.id, list(events), now=now).answers


def statuses(answers) -> list[str]:
    return [answer.status for answer in answers]


def stored(db, session) -> int:
    return db.scalar(select(func.count()).select_from(t.SessionEvent).where(t.SessionEvent.session_id == session.id))


WHOLE = (
    ("started", 0, {}),
    ("answered", 0, {"moment": "before", "scale": "pain", "value": 3}),
    ("answered", 0, {"moment": "before", "scale": "anxiety", "value": 5}),
    ("paused", 100, {"why": "choice", "lost_ms": 0}),
    ("resumed", 0, {}),
    ("answered", 2000, {"moment": "after", "scale": "pain", "value": 2}),
    ("answered", 0, {"moment": "after", "scale": "anxiety", "value": 1}),
    ("answered", 0, {"moment": "after", "scale": "let_go", "value": 1}),
    ("noted", 0, {"text": "Easier than yesterday."}),
)


def whole() -> list[IncomingEvent]:
    return [event(seq, kind, guided, **body) for seq, (kind, guided, body) in enumerate(WHOLE, 1)]


# -- opening ----------------------------------------------------------------------------------------------------------


def test_a_session_counts_for_the_day_on_which_it_was_opened_on_her_own_calendar(db, cast):
    give_calm(db, cast)
    late = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)  # 00:30 on the 3rd in Berlin
    assert opened(db, cast, now=late).day_on == date(2026, 3, 3)


def test_a_session_that_was_begun_is_gone_on_with(db, cast):
    give_calm(db, cast)
    first = opened(db, cast)
    record(db, cast, first, event(1, "started"))
    assert opened(db, cast, variant="short", now=LATER).id == first.id


def test_a_session_that_was_only_opened_may_still_become_another_variant(db, cast):
    give_calm(db, cast)
    first = opened(db, cast)
    again = opened(db, cast, variant="short")
    assert again.id == first.id
    assert sessions.script_of(db, cast.patient.viewer, again.id)["variant"] == "short"


def test_a_session_that_is_over_is_followed_by_a_new_one(db, cast):
    give_calm(db, cast)
    first = opened(db, cast)
    record(db, cast, first, event(1, "started"), event(2, "stopped"))
    second = opened(db, cast, now=LATER)
    assert second.id != first.id
    assert second.script_id == first.script_id, "one script, however often it is played"


def test_yesterdays_open_session_is_not_gone_on_with_today(db, cast):
    give_calm(db, cast)
    first = opened(db, cast)
    record(db, cast, first, event(1, "started"))
    assert opened(db, cast, now=NOW + timedelta(days=1)).id != first.id


def test_what_is_not_in_todays_plan_cannot_be_opened(db, cast):
    give_practice(db, cast)
    with pytest.raises(NotFound):
        opened(db, cast, key="familiar")  # of the phase before the injection
    with pytest.raises(NotFound):
        opened(db, cast, key="nothing")


def test_a_variant_that_is_not_there_cannot_be_opened(db, cast):
    give_calm(db, cast)
    with pytest.raises(CannotOpen):
        opened(db, cast, variant="long")


def test_nobody_opens_a_session_of_somebody_else(db, cast):
    assignment = give_calm(db, cast)
    others = (cast.other_patient, cast.outside_patient, cast.therapist, cast.team_outsider, cast.outsider)
    for person in others:
        with pytest.raises(NotFound):
            sessions.open_session(
                db, person.viewer, assignment_id=assignment.id, session_key="calm", variant=None, now=NOW
            )


def test_safety_questions_are_put_once_a_day(db, cast):
    give_practice(db, cast)
    first = opened(db, cast, "dilate")
    asked = [check["id"] for check in sessions.script_of(db, cast.patient.viewer, first.id)["safety"]]
    assert asked == [named(each) for each in ("spreading", "reaction", "same_day", "since_last_time")]
    no = {"moment": "safety", "scale": "", "value": 0}
    record(db, cast, first, event(1, "started"), event(2, "answered", check=named("spreading"), **no))
    record(db, cast, first, event(3, "stopped"))
    second = opened(db, cast, "dilate", now=LATER)
    assert sessions.script_of(db, cast.patient.viewer, second.id)["safety"], "three of the four were never answered"
    record(
        db,
        cast,
        second,
        event(1, "started"),
        event(2, "answered", check=named("spreading"), **no),
        event(3, "answered", check=named("reaction"), **no),
        event(4, "answered", check=named("same_day"), **no),
        event(5, "answered", check=named("since_last_time"), **no),
        event(6, "stopped"),
    )
    third = opened(db, cast, "dilate", now=LATER)
    assert sessions.script_of(db, cast.patient.viewer, third.id)["safety"] == []
    tomorrow = opened(db, cast, "dilate", now=NOW + timedelta(days=1))
    assert len(sessions.script_of(db, cast.patient.viewer, tomorrow.id)["safety"]) == 4


def test_preparation_says_how_long_with_what_and_how_else(db, cast):
    assignment = give_practice(db, cast)
    shown = sessions.preparation(db, cast.patient.viewer, assignment.id, "dilate", now=NOW)
    assert [offer.id for offer in shown.offers] == [None, "short", "gentle"]
    assert shown.offers[0].size_mm == 22.0, "not the next one, of which she only touches the tip"
    assert shown.offers[2].size_mm is None
    least, most = shown.offers[0].minutes
    assert 10 < least < most < 40
    assert shown.equipment[0] == "your dilator set"
    assert "Stay still" in shown.steps
    assert (shown.is_planned, shown.cannot, shown.is_reviewed, shown.open_session_id) == (True, None, False, None)
    begun = opened(db, cast, "dilate")
    again = sessions.preparation(db, cast.patient.viewer, assignment.id, "dilate", now=LATER)
    assert again.open_session_id == begun.id


def test_preparation_names_dilators_and_their_cautions_only_where_they_are_used(db, cast):
    assignment = give_practice(db, cast)
    stretches = sessions.preparation(db, cast.patient.viewer, assignment.id, "hips", now=NOW)
    assert stretches.offers
    assert (stretches.equipment, stretches.cautions) == ((), ())
    assert sessions.preparation(db, cast.patient.viewer, assignment.id, "dilate", now=NOW).cautions
    needed = {item.session_key: item.equipment for item in plans.today(db, cast.patient.viewer, now=NOW).items}
    assert needed["hips"] == ()
    assert "your dilator set" in needed["dilate"]


def test_a_program_without_dilators_names_its_equipment_for_every_session(db, cast):
    assignment = give_calm(db, cast)
    program = programs.load(db, assignment.revision_id)
    assert program.equipment
    shown = sessions.preparation(db, cast.patient.viewer, assignment.id, "calm", now=NOW)
    assert len(shown.equipment) == len(program.equipment)


def test_a_session_put_in_place_of_another_can_be_opened_though_it_is_not_planned(db, cast):
    text = """
title: Strength
language: en
scales: {let_go: {ask: Could you let go?, answer: yes_no}}
exercises:
  breathe: {kind: relaxation, title: Breathe, breathe: {in: 4s, out: 6s}, reps: 3}
  lift: {kind: strengthening, title: Lift, contract: 3s, relax: 6s, reps: 2}
sessions:
  calm: {title: Calm, steps: [breathe]}
  strong:
    title: Strength
    warm_up: [breathe]
    steps: [lift]
    ask_before: [let_go]
    instead_when: {let_go: "no", do: calm}
phases: [{id: all, title: All, from: start, do: {strong: 1 per day}}]
"""
    assignment = give_text(db, cast, "strength", text)
    strong = opened(db, cast, "strong")
    record(db, cast, strong, event(1, "started"), answered(2, "before", "let_go", 0))
    assert (strong.outcome, strong.stop_reason, strong.credit) == ("stopped", "instead", 1.0)
    found = sessions.summary(db, cast.patient.viewer, strong.id)
    assert found.instead == "calm"
    assert opened(db, cast, "calm").session_key == "calm"
    assert not sessions.preparation(db, cast.patient.viewer, assignment.id, "calm", now=NOW).cannot


# -- writing down -----------------------------------------------------------------------------------------------------


def test_a_whole_session_is_folded_onto_its_row(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    assert set(statuses(record(db, cast, session, *whole()))) == {"stored"}
    db.expire_all()
    assert (session.outcome, session.share, session.credit) == ("complete", 1.0, 1.0)
    assert (session.pain_before, session.pain_peak, session.pain_after) == (3, 2, 2)
    assert (session.anxiety_before, session.anxiety_after) == (5, 1)
    assert session.dose_ms == session.asked_ms != {}
    assert session.started_at == NOW + timedelta(seconds=1)
    assert session.closed_at == NOW + timedelta(seconds=9)


def test_the_same_upload_twenty_times_in_any_order_is_one_record(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    events = whole()
    rng = random.Random(7)
    for _ in range(20):
        part = rng.sample(events, rng.randint(1, len(events)))
        answers = record(db, cast, session, *part)
        assert [answer.id for answer in answers] == [each.id for each in part]
        assert set(statuses(answers)) <= {"stored", "duplicate"}
    record(db, cast, session, *events)
    assert stored(db, session) == len(events)
    assert session.outcome == "complete"
    assert db.scalar(select(func.count()).select_from(t.EventConflict)) == 0


def test_another_event_under_an_id_that_is_taken_is_kept_apart_and_answered(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    first = event(1, "started")
    record(db, cast, session, first)
    changed = IncomingEvent(
        id=first.id, seq=1, kind="started", guided_ms=0, mono_ms=1000, at=first.at, body={"changed": True}
    )
    for _ in range(3):
        assert statuses(record(db, cast, session, changed)) == ["conflict"]
    (kept,) = db.scalars(select(t.EventConflict)).all()
    assert (kept.event_id, kept.session_id) == (first.id, session.id)
    assert "changed" in kept.body
    assert stored(db, session) == 1


def test_another_event_at_a_place_that_is_taken_is_kept_apart_and_answered(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    answers = record(db, cast, session, event(1, "started"), event(2, "stopped"), event(2, "noted", text="second tab"))
    assert statuses(answers) == ["stored", "stored", "conflict"]
    assert session.outcome == "stopped"


def test_an_id_of_another_persons_event_is_a_conflict_and_says_nothing_of_it(db, cast):
    give_calm(db, cast)
    give_calm(db, cast, to=cast.other_patient)
    session = opened(db, cast)
    first = event(1, "started")
    record(db, cast, session, first)
    (assignment_id,) = db.scalars(
        select(t.Assignment.id).where(t.Assignment.patient_id == cast.other_patient.patient_id)
    ).all()
    theirs = sessions.open_session(
        db, cast.other_patient.viewer, assignment_id=assignment_id, session_key="calm", variant=None, now=NOW
    )
    (answer,) = sessions.record(db, cast.other_patient.viewer, theirs.id, [first], now=LATER).answers
    assert answer == EventAnswer(first.id, "conflict")
    assert stored(db, theirs) == 0


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (event(2, "danced"), "kind"),
        (event(0, "noted"), "seq"),
        (event(2**40, "noted", mono_s=1, at=NOW), "seq"),
        (event(2, "noted", -1), "time"),
        (event(2, "noted", 10**7), "time"),
        (event(2, "noted", mono_s=-5), "time"),
        (event(2, "noted", text="x" * 9000), "body"),
    ],
)
def test_one_event_that_cannot_be_ours_does_not_hold_up_the_others(db, cast, bad, code):
    give_calm(db, cast)
    session = opened(db, cast)
    answers = record(db, cast, session, event(1, "started"), bad, event(3, "stopped"))
    assert statuses(answers) == ["stored", "rejected", "stored"]
    assert answers[1].code == code
    assert session.outcome == "stopped"


def test_more_events_than_the_limit_are_refused_whole(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    with pytest.raises(ValueError, match="at most 200"):
        record(db, cast, session, *(event(seq, "noted") for seq in range(1, 202)))
    assert stored(db, session) == 0


def test_a_clock_that_is_wrong_by_hours_loses_nothing(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    for hours in (-30, 30):
        wrong = NOW + timedelta(hours=hours)
        seq = 1 if hours < 0 else 2
        answers = record(db, cast, session, event(seq, "started" if hours < 0 else "stopped", at=wrong))
        assert statuses(answers) == ["stored"]
    assert session.opened_at <= session.started_at <= LATER
    assert session.opened_at <= session.closed_at <= LATER
    assert sessions.log_of(db, cast.patient.viewer, session.id)[0]["at"] == int(
        (NOW - timedelta(hours=30)).timestamp() * 1000
    )


def test_events_arrive_after_the_program_has_changed_and_after_the_assignment_has_ended(db, cast):
    assignment = give_calm(db, cast)
    session = opened(db, cast)
    script = sessions.script_of(db, cast.patient.viewer, session.id)
    assignment.ends_on = TODAY
    assert set(statuses(record(db, cast, session, *whole(), now=NOW + timedelta(days=3)))) == {"stored"}
    assert session.outcome == "complete"
    assert sessions.script_of(db, cast.patient.viewer, session.id) == script


def test_a_stop_still_takes_its_reason_and_the_questions_at_the_end(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    record(db, cast, session, event(1, "started"), event(2, "stopped"))
    closed = session.closed_at
    later = record(db, cast, session, event(3, "reasoned", reason="pain"), answered(4, "after", "pain", 8))
    assert statuses(later) == ["stored", "stored"]
    assert (session.stop_reason, session.pain_after, session.credit) == ("pain", 8, 1.0)
    assert session.closed_at == closed
    assert sessions.summary(db, cast.patient.viewer, session.id).hurts


def test_no_question_is_called_by_what_it_is_about_on_her_device(db, cast):
    give_practice(db, cast)
    script = sessions.script_of(db, cast.patient.viewer, opened(db, cast, "dilate").id)
    assert script["safety"]
    assert all(re.fullmatch("[0-9a-f]{20}", check["id"]) for check in script["safety"])


def test_yes_to_a_safety_question_shows_the_clinics_words(db, cast):
    give_practice(db, cast)
    session = opened(db, cast, "dilate")
    record(db, cast, session, event(1, "started"), answered(2, "safety", "", 1, check=named("spreading")))
    assert session.red_flag
    found = sessions.summary(db, cast.patient.viewer, session.id)
    assert [words.startswith("Call the emergency number now.") for words in found.say] == [True]
    assert found.urgency == "emergency"


def test_yes_to_the_weekly_question_reaches_the_record_and_stops_nothing(db, cast):
    give_practice(db, cast)
    in_week_two = NOW + timedelta(days=4)  # two weeks after the injection
    session = opened(db, cast, "dilate", now=in_week_two)
    checks = [check["id"] for check in sessions.script_of(db, cast.patient.viewer, session.id)["safety"]]
    assert checks[-1] == named("leaking")
    answers = [
        answered(seq, "safety", "", int(id_ == named("leaking")), check=id_) for seq, id_ in enumerate(checks, 2)
    ]
    record(db, cast, session, event(1, "started"), *answers, now=in_week_two)
    assert (session.outcome, session.red_flag) == ("open", False)
    found = sessions.summary(db, cast.therapist.viewer, session.id)
    assert (found.say, found.urgency) == ((), None)
    assert [said.startswith("This is known after the injection") for said in found.say_besides] == [True]
    assert not plans.today(db, cast.patient.viewer, now=in_week_two).warned_by


def test_a_yes_raises_an_alert_once_however_often_and_late_it_comes_up(db, cast):
    give_practice(db, cast)
    session = opened(db, cast, "dilate")
    yes = answered(2, "safety", "", 1, check=named("spreading"))
    for _ in range(3):
        record(db, cast, session, yes, now=NOW + timedelta(days=3))
    record(db, cast, session, event(1, "started"), now=NOW + timedelta(days=4))
    [alert] = alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert (alert.kind, alert.urgency, alert.session_id) == ("warning_sign", "emergency", session.id)
    assert alert.body["check"]["ask"].startswith("Any of these: trouble swallowing")
    assert alert.body["day_on"] == session.day_on.isoformat()


def test_a_routine_yes_is_listed_and_is_no_emergency(db, cast):
    give_practice(db, cast)
    in_week_two = NOW + timedelta(days=4)
    session = opened(db, cast, "dilate", now=in_week_two)
    checks = [check["id"] for check in sessions.script_of(db, cast.patient.viewer, session.id)["safety"]]
    answers = [
        answered(seq, "safety", "", int(id_ == named("leaking")), check=id_) for seq, id_ in enumerate(checks, 2)
    ]
    record(db, cast, session, event(1, "started"), *answers, now=in_week_two)
    [alert] = alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert alert.urgency == "routine"


def test_a_yes_that_contradicts_an_answer_still_raises_an_alert(db, cast):
    """Two devices wrote at one place of the log: which of them holds is for a person to say, and the yes is told."""
    give_practice(db, cast)
    session = opened(db, cast, "dilate")
    record(db, cast, session, event(1, "started"), answered(2, "safety", "", 0, check=named("spreading")))
    other = replace(answered(2, "safety", "", 1, check=named("spreading")), id=uuid.uuid4())
    record(db, cast, session, other)
    assert not session.red_flag
    [alert] = alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)
    assert alert.urgency == "emergency"


def test_what_is_harmless_alone_is_not_called_so_beside_an_emergency(db, cast):
    give_practice(db, cast)
    in_week_two = NOW + timedelta(days=4)
    session = opened(db, cast, "dilate", now=in_week_two)
    leaking, spreading = (
        answered(seq, "safety", "", 1, check=id_) for seq, id_ in ((2, named("leaking")), (3, named("spreading")))
    )
    record(db, cast, session, event(1, "started"), leaking, spreading, now=in_week_two)
    found = sessions.summary(db, cast.patient.viewer, session.id)
    assert len(found.say) == 1
    assert found.say_besides == ()


def test_the_most_urgent_question_comes_first_whatever_the_author_wrote_first(db, cast):
    """A yes to the first one ends the questions: the others are not put to her any more."""
    text = """
title: Asking
language: en
exercises: {breaths: {kind: relaxation, title: Breaths, cue: Slowly., breathe: {in: 4s, out: 6s}, reps: 3}}
sessions: {calm: {title: Calm, steps: [breaths]}}
phases: [{id: all, title: All, from: start, do: {calm: 1 per day}}]
safety_checks:
  - {id: leak, from: start, to: start + 2w, ask: Leaking?, on_yes: {urgency: routine, say: Fine.}}
  - {id: fever, from: start, to: start + 2w, ask: Fever?, on_yes: {urgency: same_day, say: Call today.}}
  - {id: breath, from: start, to: start + 2w, ask: Breath?, on_yes: {urgency: emergency, say: Call now.}}
"""
    give_text(db, cast, "asking", text)
    session = opened(db, cast, "calm")
    script = sessions.script_of(db, cast.patient.viewer, session.id)
    assert [check["ask"] for check in script["safety"]] == ["Breath?", "Fever?", "Leaking?"]


def test_free_text_lies_encrypted_in_the_database(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    record(db, cast, session, *whole())
    db.flush()
    raw = db.connection().exec_driver_sql("SELECT body FROM session_event").scalars().all()
    assert raw
    assert not any("Easier" in text or "pain" in text for text in raw)


def test_the_row_can_be_made_again_from_the_events_alone(db, cast):
    give_practice(db, cast)
    rng = random.Random(11)
    for number in range(12):
        session = opened(db, cast, "dilate", now=NOW + timedelta(minutes=number))
        script = sessions.script_of(db, cast.patient.viewer, session.id)
        made = [each for each in random_log(rng, script) if each["kind"] in rules.KINDS]
        sent = [
            IncomingEvent(
                id=uuid.uuid4(),
                at=NOW,
                **{name: each[name] for name in ("seq", "kind", "guided_ms", "mono_ms", "body")},
            )
            for each in made
            if all(isinstance(each[n], int) and not isinstance(each[n], bool) for n in ("seq", "guided_ms", "mono_ms"))
            and isinstance(each["body"], dict)
        ]
        rng.shuffle(sent)
        record(db, cast, session, *sent)
        log = sessions.log_of(db, cast.patient.viewer, session.id)
        result = rules.result_of(script, log)
        assert (session.outcome, session.credit, session.share) == (result.outcome, result.credit, result.share)
        assert (session.dose_ms, session.size_mm, session.rung) == (result.dose_ms, result.size_mm, result.rung)
        if session.outcome == "open":
            record(db, cast, session, event(90_000, "started"), event(90_001, "finished"))


def test_nobody_writes_into_a_session_of_somebody_else(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    for person in (cast.other_patient, cast.outside_patient, cast.therapist, cast.team_outsider, cast.outsider):
        with pytest.raises(NotFound):
            sessions.record(db, person.viewer, session.id, whole(), now=LATER)
    assert stored(db, session) == 0


def test_her_therapist_reads_what_she_reads_and_outsiders_nothing(db, cast):
    give_calm(db, cast)
    session = opened(db, cast)
    record(db, cast, session, *whole())
    assert sessions.summary(db, cast.therapist.viewer, session.id).result.outcome == "complete"
    assert len(sessions.log_of(db, cast.therapist.viewer, session.id)) == len(WHOLE)
    for person in (cast.other_patient, cast.outside_patient, cast.team_outsider, cast.outsider):
        for read in (sessions.summary, sessions.log_of, sessions.script_of):
            with pytest.raises(NotFound):
                read(db, person.viewer, session.id)


def test_what_the_plan_shows_agrees_with_what_is_played(db, cast):
    assignment = give_practice(db, cast)
    session = opened(db, cast, "dilate")
    script = sessions.script_of(db, cast.patient.viewer, session.id)
    result = rules.result(script, rules.initial(script))
    assert {kind: seconds * 1000 for kind, seconds in script["dose_s"].items() if seconds} == result.asked_ms
    item = next(i for i in plans.today(db, cast.patient.viewer, now=NOW).items if i.session_key == "dilate")
    assert item.assignment_id == assignment.id
    assert item.open_session_id == session.id
    with pytest.raises(CannotCompile):
        plans.script_for(
            plans.facts(db, db.get_one(t.Patient, cast.patient.patient_id), now=NOW),
            assignment.id,
            "dilate",
            TODAY,
            variant="nothing",
        )


# -- at the same moment -----------------------------------------------------------------------------------------------


def test_two_uploads_of_the_same_events_at_once_leave_each_event_once(database):
    with database.write() as db:
        cast = make_cast(db)
        give_calm(db, cast)
        session_id = opened(db, cast).id
    events = whole()
    answers: list[EventAnswer] = []
    troubles: list[BaseException] = []
    together = threading.Barrier(8)

    def upload() -> None:
        try:
            together.wait()
            for _ in range(3):
                with database.write() as db:
                    done = sessions.record(db, cast.patient.viewer, session_id, events, now=LATER)
                answers.extend(done.answers)
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=upload) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert troubles == []
    assert len(answers) == 8 * 3 * len(events)
    assert statuses(answers).count("stored") == len(events)
    assert set(statuses(answers)) == {"stored", "duplicate"}
    with database.read() as db:
        session = db.get_one(t.Session, session_id)
        assert stored(db, session) == len(events)
        assert session.outcome == "complete"


def test_the_same_script_opened_by_many_at_once_is_stored_once(database):
    with database.write() as db:
        cast = make_cast(db)
        give_calm(db, cast)
        give_calm(db, cast, to=cast.other_patient)
        assignments = {row.patient_id: row.id for row in db.scalars(select(t.Assignment))}
    troubles: list[BaseException] = []
    together = threading.Barrier(2)

    def open_one(person) -> None:
        try:
            together.wait()
            with database.write() as db:
                sessions.open_session(
                    db,
                    person.viewer,
                    assignment_id=assignments[person.patient_id],
                    session_key="calm",
                    variant=None,
                    now=NOW,
                )
        except BaseException as error:
            troubles.append(error)

    threads = [threading.Thread(target=open_one, args=(person,)) for person in (cast.patient, cast.other_patient)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(t.Script)) == 1
        assert db.scalar(select(func.count()).select_from(t.Session)) == 2
