"""One patient's review from the database."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest

from coach.domain.adherence import Practised
from coach.services import consultations, reviews, sessions
from coach.services.access import NotFound
from coach.services.consultations import ConsultationEntry
from coach.services.sessions import IncomingEvent
from tests import reviewed
from tests.domain.cycles import TODAY, course, fading, steady
from tests.services.test_plans import EARLY, INJECTED, at, counted

NOW = at(118)


@pytest.fixture
def running(db, cast):
    """The cast's patient with eighteen weeks of steady practice after an injection on 2 March 2026."""
    return months(db, cast, cast.patient, steady)


def months(db, cast, patient, make):
    program = db.query(reviewed.t.Program).one_or_none() or reviewed.publish(db, cast.therapist, now=EARLY)
    reviewed.dilators(db, patient, (13.0, 16.0, 19.0, 22.0))
    injection = reviewed.inject(db, cast.therapist, patient, INJECTED, now=EARLY)
    of = course()
    assignment = reviewed.assign(
        db, cast.therapist, patient, program, start_on=of.start_on, injection=injection,
        places=[(place.from_on, place.ladder, place.rung) for place in of.placements], now=EARLY,
    )  # fmt: skip
    reviewed.write_sittings(db, patient, assignment, make(of))
    return assignment


def of(db, cast, span=None, *, now=NOW, patient=None):
    return reviews.review(db, cast.therapist.viewer, (patient or cast.patient).patient_id, now=now, span=span)


def test_the_review_tells_where_she_stands(db, cast, running):
    review = of(db, cast)
    assert review.name == "Mara"
    assert review.days_since_injection == 118
    assert [on.span.phase.id for on in review.phases] == ["waning"]
    assert [(place.ladder, place.rung.id, place.since) for place in review.places] == [
        ("dilator", "d4", INJECTED + timedelta(days=47))
    ]
    assert review.timeline.findings[-1].code == "pain_rose_practice_steady"


def test_two_patients_with_the_same_pain_have_different_answers(db, cast, running):
    months(db, cast, cast.other_patient, fading)
    assert of(db, cast).timeline.findings[-1].code == "pain_rose_practice_steady"
    other = of(db, cast, patient=cast.other_patient)
    assert other.timeline.findings[-1].code == "practice_fell_then_pain_rose"


def test_due_minutes_come_from_the_compiled_scripts(db, cast, running):
    days = {day.on: day for day in of(db, cast).timeline.days}
    # two minutes of breathing (whole breaths of 10 s) and 15 minutes still, four times a week, spread over it
    assert days[INJECTED + timedelta(days=86)].due_minutes == pytest.approx(4 * 17 / 7, abs=0.01)


def test_the_bands_are_the_clinics(db, cast, running):
    db.query(reviewed.t.EffectBand).filter_by(band="waning").update({"from_day": 100})
    assert [(band.name, (band.first - INJECTED).days) for band in of(db, cast).timeline.bands] == [
        ("onset", 1),
        ("plateau", 14),
        ("waning", 100),
    ]


@pytest.mark.parametrize(
    ("span", "first"),
    [(4, date(2026, 6, 1)), (16, date(2026, 3, 9)), ("cycle", date(2026, 2, 16)), ("all", date(2026, 2, 16))],
)
def test_ranges_begin_on_the_monday_of_their_first_day(db, cast, running, span, first):
    assert of(db, cast, span).timeline.first == first
    assert of(db, cast, span).timeline.last == TODAY


def test_a_short_range_changes_no_number_of_the_last_fortnight(db, cast, running):
    assert of(db, cast, 4).timeline.now == of(db, cast, "all").timeline.now
    assert of(db, cast, 4).timeline.before == of(db, cast, "all").timeline.before


def test_a_near_planned_injection_is_on_the_axis(db, cast, running):
    reviewed.inject(db, cast.therapist, cast.patient, TODAY + timedelta(days=9), state="planned", now=NOW)
    assert of(db, cast).timeline.last == TODAY + timedelta(days=9)
    assert of(db, cast).next_injection.on == TODAY + timedelta(days=9)


def test_a_patient_to_whom_nothing_was_given_has_no_timeline(db, cast):
    assert of(db, cast).timeline is None


@pytest.mark.parametrize("who", ["patient", "other_patient", "outside_patient", "team_outsider", "outsider"])
def test_a_review_is_her_therapists_alone(db, cast, running, who):
    with pytest.raises(NotFound):
        reviews.review(db, getattr(cast, who).viewer, cast.patient.patient_id, now=NOW)


def consulted(db, cast, on, **more):
    entry = ConsultationEntry(on=on, **more)
    return consultations.consult(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW)


def test_consultations_stand_on_the_timeline_and_all_of_her_time_begins_with_the_first(db, cast, running):
    for days in (-30, 40):
        consulted(db, cast, INJECTED + timedelta(days=days))
    cycle, whole = of(db, cast).timeline, of(db, cast, "all").timeline
    assert cycle.consultations == (INJECTED + timedelta(days=40),)
    assert whole.consultations == (INJECTED - timedelta(days=30), INJECTED + timedelta(days=40))
    assert whole.first == date(2026, 1, 26)  # the Monday before
    assert cycle.now == whole.now


def test_a_yes_of_the_checklist_stands_on_the_review_whatever_the_range(db, cast, running):
    consulted(db, cast, INJECTED - timedelta(days=30), anticoagulants=True, pregnancy=False)
    for span in (4, "all"):
        (found,) = of(db, cast, span).contraindicated
        assert (found.on, [each.field for each in found.found]) == (INJECTED - timedelta(days=30), ["anticoagulants"])


def test_consultations_cost_no_further_query(db, cast, running):
    of(db, cast)
    db.expunge_all()
    with counted(db) as without:
        of(db, cast)
    for days in range(5):
        consulted(db, cast, INJECTED + timedelta(days=days), anticoagulants=True)
    db.expunge_all()
    with counted(db) as with_some:
        of(db, cast)
    assert len(with_some) == len(without)


def test_the_number_of_queries_does_not_grow_with_the_log_or_the_range(db, cast, running):
    of(db, cast)
    db.expunge_all()
    with counted(db) as short:
        of(db, cast, 4)
    db.expunge_all()
    with counted(db) as long:
        of(db, cast, "all")
    assert len(short) == len(long) <= 15


def test_the_record_of_a_session_reads_event_by_event(db, cast, running):
    now = at(118, 18)
    session = sessions.open_session(db, cast.patient.viewer, assignment_id=running.id, session_key="dilate", now=now)
    log = [
        ("started", {}),
        ("answered", {"scale": "pain", "value": 2, "moment": "before"}),
        ("stopped", {"reason": "pain"}),
    ]
    events = [
        IncomingEvent(
            id=uuid.uuid4(),
            seq=seq,
            kind=kind,
            guided_ms=0,
            mono_ms=seq * 1000,
            at=now + timedelta(seconds=seq),
            body=body,
        )
        for seq, (kind, body) in enumerate(log, start=1)
    ]
    sessions.record(db, cast.patient.viewer, session.id, events, now=now)
    record = reviews.session_record(db, cast.therapist.viewer, cast.patient.patient_id, session.id)
    assert [event["kind"] for event in record.events] == ["started", "answered", "stopped"]
    assert (record.result.outcome, record.result.stop_reason, record.result.credit) == ("stopped", "pain", 1.0)
    assert of(db, cast, now=now).timeline.days[-1].stops == 1


def test_a_session_is_found_under_its_own_patient_alone(db, cast, running):
    (session_id,) = reviewed.write_sittings(db, cast.patient, running, steady(course())[:1])
    for patient, viewer in (
        (cast.other_patient, cast.therapist),
        (cast.patient, cast.patient),
        (cast.patient, cast.team_outsider),
    ):
        with pytest.raises(NotFound):
            reviews.session_record(db, viewer.viewer, patient.patient_id, session_id)


def test_stopping_for_pain_is_attended_in_the_week_it_happened(db, cast, running):
    for week in of(db, cast, "all").timeline.weeks:
        if isinstance(week.sessions, Practised):
            assert week.sessions.done <= week.sessions.due


def test_local_midnight_decides_the_last_day(db, cast, running):
    late = datetime(2026, 6, 27, 22, 30, tzinfo=UTC)  # half past midnight on the 28th in Berlin
    assert of(db, cast, now=late).today == date(2026, 6, 28)
