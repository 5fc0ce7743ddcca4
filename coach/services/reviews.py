"""One patient as her therapist reviews her: the timeline's aggregate, her place on each ladder, and single sessions.

The number of queries is the same for a week and for two years (and one for each revision that this process has not
read yet).
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import String, func, select, type_coerce
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain import fold as rules
from coach.domain.alerts import Raised, raised_on
from coach.domain.calendar import days_since, week_of
from coach.domain.course import AssignmentFacts, InjectionFacts, Outcome, Pause, Performed, day_of_anchor
from coach.domain.fold import SessionResult
from coach.domain.plan import Ask, Held, PhaseOn, plan_for
from coach.domain.plan import script_inputs as _script_inputs
from coach.domain.program import Text
from coach.domain.timeline import Timeline, timeline
from coach.domain.uses import steps_of
from coach.services import access, bands, observations, side_effects
from coach.services.access import NotFound, Viewer
from coach.services.consultations import FACTS, ConsultationFacts, Contraindicated, contraindicated, facts_in
from coach.services.phases import Phases, phases_of
from coach.services.plans import PatientFacts, facts, script_length, with_frozen
from coach.services.standings import LadderPlace, places_of

Span = int | Literal["cycle", "all"]

DEFAULT_WEEKS = 16
SHORTEST_WEEKS = 6  # a picture of less says nothing about a course, unless less was asked for
_LATE = 99  # "every further session" of a length that grows with the first ones
_LISTED = 24  # latest sessions that the page lists


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One sitting in the list of them."""

    performed: Performed
    title: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """`span` is the range that is shown; `timeline` is None while nothing was ever given to her."""

    patient_id: UUID
    name: str
    zone: str
    today: date
    span: Span
    timeline: Timeline | None
    latest_injection: InjectionFacts | None
    next_injection: InjectionFacts | None
    open_injection: InjectionFacts | None  # the last one, where nothing was assigned that goes by it
    phases: tuple[PhaseOn, ...]
    programs: Mapping[UUID, Text]
    places: tuple[LadderPlace, ...]
    asks: tuple[Ask, ...]
    watched: tuple[Raised, ...]  # what her programs ask to look at, by the sessions that the page reads
    held: tuple[Held, ...]
    sessions: tuple[SessionRow, ...]
    contraindicated: tuple[Contraindicated, ...]
    side_effects: tuple[side_effects.StillThere, ...]  # those that are still there
    to_decide: Phases  # about phases whose end is somebody's to say
    pauses: tuple[Pause, ...]  # those of today

    @property
    def days_since_injection(self) -> int | None:
        return days_since(self.latest_injection.on, self.today) if self.latest_injection else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One session: what was asked, every event in order (`at` in epoch ms), and what it came to."""

    session_id: UUID
    patient_id: UUID
    name: str
    zone: str
    title: str
    program: str
    day_on: date
    opened_at: datetime
    variant: str | None
    script: Mapping[str, Any]
    events: tuple[Mapping[str, Any], ...]
    result: SessionResult
    received_at: datetime | None  # when the last event came up


def review(db: Session, viewer: Viewer, patient_id: UUID, *, now: datetime, span: Span | None = None) -> Review:
    """A patient over a number of weeks, `all` of her time, or the `cycle` since two weeks before her last injection.

    None: the cycle where there is one, else 16 weeks. Only for therapists; raises NotFound.
    """
    patient = access.patient(db, viewer, patient_id)
    if viewer.role != "therapist":
        raise NotFound("patient")
    known = facts(db, patient, now=now, performed=False)
    if span is None or (span == "cycle" and known.latest_injection() is None):
        span = "cycle" if known.latest_injection() else DEFAULT_WEEKS
    first_session_on, consultations = _long_ago(db, patient_id)
    first, last = _range(known, span, [first_session_on, *(each.on for each in consultations)])
    read_from = min(first, known.today - timedelta(days=28))
    known = replace(with_frozen(db, known, since=read_from), performed=_results(db, patient_id, since=read_from))
    plan = plan_for(known.today, assignments=known.assignments, performed=())
    return Review(
        patient_id=patient_id,
        name=patient.name,
        zone=patient.zone,
        today=known.today,
        span=span,
        timeline=timeline(
            first=first,
            last=last,
            today=known.today,
            assignments=known.assignments,
            performed=known.performed,
            injections=known.injections,
            asked_on=_Asked(known.language),
            consultations=[each.on for each in consultations],
            bands=bands.rules_of(db, patient),
            observed=observations.of_patient(db, patient_id),
        )
        if known.assignments or known.injections
        else None,
        latest_injection=known.latest_injection(),
        next_injection=known.next_injection(),
        open_injection=_open_injection(known),
        phases=plan.phases,
        programs={assignment.id: assignment.program.title for assignment in known.assignments},
        places=places_of(db, known),
        asks=plan.asks,
        watched=raised_on(known.today, assignments=known.assignments, performed=known.performed),
        held=plan.held,
        sessions=_rows(known),
        contraindicated=contraindicated(consultations),
        side_effects=side_effects.open_of(db, patient_id),
        to_decide=phases_of(db, viewer, known),
        pauses=plan.pauses,
    )


def session_record(db: Session, viewer: Viewer, patient_id: UUID, session_id: UUID) -> SessionRecord:
    """One session of this patient, event by event. Only for therapists; raises NotFound."""
    patient = access.patient(db, viewer, patient_id)
    session = access.session(db, viewer, session_id)
    if viewer.role != "therapist" or session.patient_id != patient.id:
        raise NotFound("session")
    script = json.loads(db.scalars(select(t.Script.body).where(t.Script.id == session.script_id)).one())
    rows = db.execute(
        select(
            t.SessionEvent.seq,
            t.SessionEvent.kind,
            t.SessionEvent.guided_ms,
            t.SessionEvent.mono_ms,
            t.SessionEvent.at,
            t.SessionEvent.received_at,
            t.SessionEvent.body,
        )
        .where(t.SessionEvent.session_id == session.id)
        .order_by(t.SessionEvent.seq)
    ).all()
    events = tuple(
        {
            "seq": row.seq,
            "kind": row.kind,
            "guided_ms": row.guided_ms,
            "mono_ms": row.mono_ms,
            "at": round(row.at.timestamp() * 1000),
            "body": json.loads(row.body),
        }
        for row in rows
    )
    return SessionRecord(
        session_id=session.id,
        patient_id=patient.id,
        name=patient.name,
        zone=patient.zone,
        title=script["title"],
        program=script["program"],
        day_on=session.day_on,
        opened_at=session.opened_at,
        variant=session.variant,
        script=script,
        events=events,
        result=rules.result_of(script, events),
        received_at=max((row.received_at for row in rows), default=None),
    )


class _Asked:
    """Milliseconds of work by kind that a session of the plan asks for, worked out once for each phase and place.

    Where lengths grow with the first sessions at a rung it is the length of every further one; of alternating sessions
    it is their mean.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._known: dict[tuple[UUID, str, int], Mapping[str, int]] = {}
        self._changes: dict[UUID, list[date]] = {}

    def __call__(self, assignment: AssignmentFacts, session_key: str, day: date) -> Mapping[str, int]:
        changes = self._changes.get(assignment.id)
        if changes is None:
            changes = self._changes[assignment.id] = _changes(assignment)
        key = (assignment.id, session_key, bisect_right(changes, day))
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._work_out(assignment, session_key, day)
        return found

    def _work_out(self, assignment: AssignmentFacts, session_key: str, day: date) -> Mapping[str, int]:
        turns = len(assignment.program.sessions[session_key].alternate)
        asked: dict[str, int] = {}
        for nth in range(1, turns + 1) if turns else (_LATE,):
            inputs = _script_inputs(assignment, session_key, day, nth=nth)
            length = script_length(assignment, inputs, language=self._language)
            if isinstance(length, str):
                continue
            for kind, amount in length.dose_ms.items():
                asked[kind] = asked.get(kind, 0) + amount // max(1, turns)
        return asked


def _changes(assignment: AssignmentFacts) -> list[date]:
    """The days from which a session of the plan may ask for something else."""
    days = {span.first for span in assignment.spans} | {place.from_on for place in assignment.placements}
    for session in assignment.program.sessions.values():
        for step in steps_of(session):
            if step.exercise.not_before is not None:
                day = day_of_anchor(step.exercise.not_before, assignment)
                if day is not None:
                    days.add(day)
    return sorted(days)


def _long_ago(db: Session, patient_id: UUID) -> tuple[date | None, tuple[ConsultationFacts, ...]]:
    """The day of her first session, and her consultations: one query, whether there is any of either or not."""
    first = select(func.min(t.Session.day_on)).where(t.Session.patient_id == patient_id).scalar_subquery()
    rows = db.execute(
        select(first.label("first_session_on"), *FACTS)
        .select_from(t.Patient)
        .outerjoin(t.Consultation, t.Consultation.patient_id == t.Patient.id)
        .outerjoin(t.ConsultationRecord, t.ConsultationRecord.consultation_id == t.Consultation.id)
        .where(t.Patient.id == patient_id)
    ).all()
    return rows[0].first_session_on, facts_in(rows)


def _range(known: PatientFacts, span: Span, beside: Sequence[date | None]) -> tuple[date, date]:
    """From a Monday to today, or to a planned injection that is near. `beside`: what else happened, on which day."""
    today = known.today
    begins = [assignment.start_on for assignment in known.assignments]
    begins += [injection.on for injection in known.injections]
    begins += [day for day in beside if day is not None]
    first = min(begins, default=today)
    shortest = SHORTEST_WEEKS
    if isinstance(span, int):
        first = max(first, today - timedelta(weeks=span) + timedelta(days=1))
        shortest = min(shortest, span)
    elif span == "cycle" and (injection := known.latest_injection()) is not None:
        first = max(first, injection.on - timedelta(weeks=2))
    first = min(first, today - timedelta(weeks=shortest) + timedelta(days=1))
    planned = known.next_injection()
    last = planned.on if planned is not None and planned.on - today <= timedelta(days=28) else today
    return week_of(first), last


def _results(db: Session, patient_id: UUID, *, since: date) -> tuple[Performed, ...]:
    """Sittings with their doses and ratings, by plain rows: mapping objects would cost five times the time.

    Making UUIDs and dictionaries of text is a good part of the rest: only the latest rows, which are listed, have
    their own id, and equal amounts are one mapping.
    """
    s = t.Session
    rows = db.execute(
        select(
            type_coerce(s.id, String), type_coerce(s.assignment_id, String), s.session_key, s.variant, s.day_on,
            s.credit, s.outcome, s.stop_reason, type_coerce(s.dose_ms, String), type_coerce(s.asked_ms, String),
            s.size_mm, s.rung, s.pain_before, s.pain_peak, s.pain_after, s.anxiety_before, s.anxiety_peak,
            s.anxiety_after, s.red_flag,
        )
        .where(s.patient_id == patient_id, s.day_on >= since)
        .order_by(s.day_on, s.opened_at)
    ).all()  # fmt: skip
    assignments: dict[Any, UUID] = {}
    amounts: dict[str, Mapping[str, int]] = {}
    listed_from = len(rows) - _LISTED
    found = []
    for position, row in enumerate(rows):
        assignment_id = assignments.get(row[1])
        if assignment_id is None:
            assignment_id = assignments[row[1]] = _uuid(row[1])
        found.append(
            Performed(
                id=_uuid(row[0]) if position >= listed_from else None,
                assignment_id=assignment_id,
                session_key=row[2],
                variant=row[3],
                day_on=row[4],
                credit=row[5],
                outcome=cast(Outcome, row[6]),
                stop_reason=row[7],
                dose_ms=_amounts(row[8], amounts),
                asked_ms=_amounts(row[9], amounts),
                size_mm=row[10],
                rung=row[11],
                pain_before=row[12],
                pain_peak=row[13],
                pain_after=row[14],
                anxiety_before=row[15],
                anxiety_peak=row[16],
                anxiety_after=row[17],
                red_flag=row[18],
            )
        )
    return tuple(found)


def _amounts(value: Any, known: dict[str, Mapping[str, int]]) -> Mapping[str, int]:
    """SQLite gives JSON as text, PostgreSQL's driver a dictionary."""
    if isinstance(value, dict):
        return value
    found = known.get(value)
    if found is None:
        found = known[value] = json.loads(value)
    return found


def _uuid(value: Any) -> UUID:
    """SQLite gives text, PostgreSQL's driver a UUID."""
    return value if isinstance(value, UUID) else UUID(value)


def _open_injection(known: PatientFacts) -> InjectionFacts | None:
    tied = {
        each.injection.id
        for each in known.assignments
        if each.injection is not None and (each.ends_on is None or each.ends_on >= each.start_on)
    }
    last = known.injections[-1] if known.injections else None
    return None if last is None or last.id in tied else last


def _rows(known: PatientFacts) -> tuple[SessionRow, ...]:
    titles = {
        (assignment.id, key): session.title
        for assignment in known.assignments
        for key, session in assignment.program.sessions.items()
    }
    latest = list(reversed(known.performed))[:_LISTED]
    return tuple(
        SessionRow(
            performed=sitting,
            title=titles.get((sitting.assignment_id, sitting.session_key), Text(sitting.session_key)),
        )
        for sitting in latest
    )
