"""A team's patients at a glance: where each one is, when she last practised, and why to look at her first.

A fixed number of queries, whatever the number of patients (and one for each revision that this process has not read).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal, cast
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.adherence import Attendance, NothingDue, attendance
from coach.domain.calendar import days_from, days_since, local_day
from coach.domain.course import AssignmentFacts, InjectionFacts, Outcome, Performed, Place, pauses_on
from coach.domain.plan import due_windows, plan_for
from coach.domain.program import Text
from coach.services import access
from coach.services.access import NotFound, Viewer
from coach.services.alerts import Waiting, waiting
from coach.services.plans import place_of, program_of, small_facts

WEEK = 7
# A patient who practises daily and then is silent for three days is worth a call (Coach's clinical reference, 5.1).
SILENT_DAYS = 3
# One stop in a week is ordinary: everybody is told that she may. Several ask for a look (ours).
MANY_STOPS = 2
# So long without a record, and then practice again: the place on the ladder may be too high by now (ours).
AWAY_DAYS = 7
_LOOKED_AT = timedelta(days=28)

ReasonCode = Literal[
    "alert",
    "red_flag",
    "alert_routine",
    "stopped",
    "silent",
    "returned",
    "insertion_open",
    "no_program",
    "not_begun",
]
_RANK: tuple[ReasonCode, ...] = (
    "alert", "red_flag", "alert_routine", "stopped", "silent", "returned", "insertion_open", "no_program", "not_begun",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why to look at her: `days` since it was (red_flag, silent, since the first alert that nobody has seen) or that
    she was away (returned), `times` in the last seven days (stopped), or so many alerts (alert: for a call at once or
    on the day; alert_routine: others)."""

    code: ReasonCode
    params: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PhaseNow:
    program: Text
    phase: Text


@dataclass(frozen=True, slots=True)
class LastSession:
    """`outcome` is None where it lies too far back to have been read."""

    on: date
    days_ago: int
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseloadRow:
    """`last_week` is attendance over the seven days up to today, today's only once they are met."""

    patient_id: UUID
    name: str
    phases: tuple[PhaseNow, ...]
    begins_on: date | None  # nothing runs yet, something will
    days_since_injection: int | None
    days_to_injection: int | None
    last: LastSession | None
    last_week: Attendance
    access: Literal["signed_up", "link_open", "no_link"]
    reasons: tuple[Reason, ...]


def caseload(db: Session, viewer: Viewer, *, now: datetime) -> tuple[CaseloadRow, ...]:
    """The viewer's team's patients, those first whom there is most reason to look at. NotFound for a patient."""
    if viewer.role != "therapist":
        raise NotFound("caseload")
    patients = list(db.scalars(access.patients_of(viewer)))
    known = _Known(db, patients, now)
    rows = [_row(patient, known, now) for patient in patients]
    return tuple(sorted(rows, key=_rank))


def usual_zone(db: Session, viewer: Viewer) -> str | None:
    """The zone that most of the team's patients live in; None before the first one."""
    zone = t.Patient.zone
    count = func.count()
    query = (
        select(zone)
        .where(t.Patient.clinic_id == viewer.clinic_id, t.Patient.team_id == viewer.team_id)
        .group_by(zone)
        .order_by(count.desc(), zone)
        .limit(1)
    )
    return db.scalar(query)


def _rank(row: CaseloadRow) -> tuple[int, int, int, str]:
    """By the first reason; of those who have it, the most `times` and then the most `days` come first."""
    if not row.reasons:
        return len(_RANK), 0, 0, row.name.casefold()
    first = row.reasons[0]
    return _RANK.index(first.code), -first.params.get("times", 0), -first.params.get("days", 0), row.name.casefold()


def _row(patient: t.Patient, known: _Known, now: datetime) -> CaseloadRow:
    today = local_day(now, zone=patient.zone)
    assignments = known.assignments(patient.id)
    performed = known.performed[patient.id]
    plan = plan_for(today, assignments=assignments, performed=performed)
    by_id = {assignment.id: assignment for assignment in assignments}
    injections = [each for each in known.injections[patient.id].values() if not each.cancelled]
    given = [each.on for each in injections if each.given and each.on <= today]
    planned = [each.on for each in injections if not each.given and each.on >= today]
    coming = [each.start_on for each in assignments if each.start_on > today and not _is_taken_back(each)]
    first = today - timedelta(days=WEEK - 1)
    last = known.last(patient.id, today)
    last_week = attendance(
        due_windows(first, today, assignments=assignments), performed, today=today, first=first, last=today
    )
    return CaseloadRow(
        patient_id=patient.id,
        name=patient.name,
        phases=tuple(PhaseNow(by_id[on.assignment_id].program.title, on.span.phase.title) for on in plan.phases),
        begins_on=min(coming) if coming and not plan.phases else None,
        days_since_injection=days_since(max(given), today) if given else None,
        days_to_injection=days_since(today, min(planned)) if planned else None,
        last=last,
        last_week=last_week,
        access=known.access(patient.id),
        reasons=tuple(
            _reasons(
                today,
                last,
                performed,
                known.signed_up,
                patient.id,
                away=known.away(patient.id, today),
                is_asked=not isinstance(last_week, NothingDue),
                has_program=bool(plan.phases or coming or plan.asks),
                waits_for_insertion=any(ask.what == "insertion" for ask in plan.asks),
                silent=_silent(assignments, last, today),
                waiting=known.waiting.get(patient.id, Waiting()),
                zone=patient.zone,
            )
        ),
    )


def _reasons(
    today: date,
    last: LastSession | None,
    performed: Sequence[Performed],
    signed_up: set[UUID],
    patient_id: UUID,
    *,
    away: int | None,
    is_asked: bool,
    has_program: bool,
    waits_for_insertion: bool,
    silent: int,
    waiting: Waiting,
    zone: str,
) -> Iterable[Reason]:
    raised = {} if waiting.since is None else {"days": days_since(local_day(waiting.since, zone=zone), today)}
    if waiting.urgent:
        yield Reason("alert", {"times": waiting.urgent, **raised})
    # Those for which an alert was raised are told by it, until somebody has seen it.
    flagged = [each.day_on for each in performed if each.red_flag and each.id not in waiting.sessions]
    if flagged:
        yield Reason("red_flag", {"days": days_since(max(flagged), today)})
    if waiting.routine:
        yield Reason("alert_routine", {"times": waiting.routine, **({} if waiting.urgent else raised)})
    week = [sitting for sitting in performed if days_since(sitting.day_on, today) < WEEK]
    stopped = [sitting for sitting in week if sitting.stop_reason in ("pain", "fear")]
    if len(stopped) >= MANY_STOPS:
        yield Reason("stopped", {"times": len(stopped)})
    if patient_id not in signed_up:
        yield Reason("no_program") if not has_program else Reason("not_begun")
        return
    if is_asked and silent >= SILENT_DAYS:
        yield Reason("silent", {"days": silent})
    if away is not None:
        yield Reason("returned", {"days": away})
    if waits_for_insertion:
        yield Reason("insertion_open")
    if not has_program:
        yield Reason("no_program")


def _silent(assignments: Sequence[AssignmentFacts], last: LastSession | None, today: date) -> int:
    """Days since she last practised, or since she began, without those on which all of her programs were paused."""
    since = last.on if last else min((each.start_on for each in assignments), default=today)
    if not any(each.pauses for each in assignments):
        return max(0, days_since(since, today))
    return sum(
        1
        for day in days_from(since + timedelta(days=1), today)
        if not all(pauses_on(each, day) for each in assignments)
    )


def _is_taken_back(assignment: AssignmentFacts) -> bool:
    return assignment.ends_on is not None and assignment.ends_on < assignment.start_on


class _Known:
    """What is read about all patients at once."""

    def __init__(self, db: Session, patients: Sequence[t.Patient], now: datetime) -> None:
        patient_ids = [patient.id for patient in patients]
        self.waiting = waiting(db, patient_ids)
        hers = t.Session.patient_id.in_(patient_ids)
        accounts = db.scalars(select(t.Account.patient_id).where(t.Account.patient_id.in_(patient_ids)))
        self.signed_up = {patient_id for patient_id in accounts if patient_id is not None}
        self._invited = set(
            db.scalars(
                select(t.Invitation.patient_id).where(
                    t.Invitation.patient_id.in_(patient_ids),
                    t.Invitation.used_at.is_(None),
                    t.Invitation.withdrawn_at.is_(None),
                    t.Invitation.expires_at > now,
                )
            )
        )
        since = (now - _LOOKED_AT).date()
        self._last_on: dict[UUID, date] = {}
        self._before: dict[UUID, date] = {}  # the last day of those that `performed` does not reach
        day_on = t.Session.day_on
        for row in db.execute(
            select(
                t.Session.patient_id,
                func.max(day_on).label("last_on"),
                func.max(case((day_on < since, day_on))).label("before"),
            )
            .where(hers, t.Session.started_at.is_not(None))
            .group_by(t.Session.patient_id)
        ):
            self._last_on[row.patient_id] = row.last_on
            if row.before is not None:
                self._before[row.patient_id] = row.before
        self.performed = self._read_performed(db, hers, since)
        self.injections = self._read_injections(db, patient_ids)
        self._assignments = self._read_assignments(db, patients, now)

    def access(self, patient_id: UUID) -> Literal["signed_up", "link_open", "no_link"]:
        if patient_id in self.signed_up:
            return "signed_up"
        return "link_open" if patient_id in self._invited else "no_link"

    def last(self, patient_id: UUID, today: date) -> LastSession | None:
        on = self._last_on.get(patient_id)
        if on is None:
            return None
        that_day = [sitting for sitting in self.performed[patient_id] if sitting.day_on == on]
        return LastSession(on, max(0, days_since(on, today)), that_day[-1].outcome if that_day else None)

    def away(self, patient_id: UUID, today: date) -> int | None:
        """The days of the longest gap that ended in the last seven days; None where none was long enough."""
        before = self._before.get(patient_id)
        days = sorted({*([before] if before else []), *(each.day_on for each in self.performed[patient_id])})
        gaps = [days_since(first, then) for first, then in pairwise(days) if days_since(then, today) < WEEK]
        longest = max(gaps, default=0)
        return longest if longest >= AWAY_DAYS else None

    def assignments(self, patient_id: UUID) -> tuple[AssignmentFacts, ...]:
        return tuple(self._assignments[patient_id])

    def _read_performed(self, db: Session, hers: object, since: date) -> Mapping[UUID, list[Performed]]:
        found: dict[UUID, list[Performed]] = defaultdict(list)
        for row in db.execute(
            select(
                t.Session.id,
                t.Session.patient_id,
                t.Session.assignment_id,
                t.Session.session_key,
                t.Session.day_on,
                t.Session.credit,
                t.Session.outcome,
                t.Session.stop_reason,
                t.Session.red_flag,
            )
            .where(hers, t.Session.day_on >= since, t.Session.started_at.is_not(None))  # type: ignore[arg-type]
            .order_by(t.Session.day_on, t.Session.opened_at)
        ):
            found[row.patient_id].append(
                Performed(
                    id=row.id,
                    assignment_id=row.assignment_id,
                    session_key=row.session_key,
                    day_on=row.day_on,
                    credit=row.credit,
                    outcome=cast(Outcome, row.outcome),
                    stop_reason=row.stop_reason,
                    red_flag=row.red_flag,
                )
            )
        return found

    def _read_injections(self, db: Session, patient_ids: list[UUID]) -> Mapping[UUID, dict[UUID, InjectionFacts]]:
        found: dict[UUID, dict[UUID, InjectionFacts]] = defaultdict(dict)
        for row in db.execute(
            select(
                t.Injection.patient_id,
                t.InjectionChart.injection_id,
                t.InjectionChart.state,
                t.InjectionChart.on,
                t.InjectionChart.insertion_on,
            )
            .join(t.Injection, t.Injection.id == t.InjectionChart.injection_id)
            .where(t.Injection.patient_id.in_(patient_ids))
            .order_by(t.InjectionChart.injection_id, t.InjectionChart.number)  # the last one holds
        ):
            found[row.patient_id][row.injection_id] = InjectionFacts(
                id=row.injection_id,
                on=row.on,
                given=row.state == "given",
                cancelled=row.state == "cancelled",
                insertion_on=row.insertion_on,
            )
        return found

    def _read_assignments(
        self, db: Session, patients: Sequence[t.Patient], now: datetime
    ) -> Mapping[UUID, list[AssignmentFacts]]:
        zones = {patient.id: patient.zone for patient in patients}
        patient_ids = list(zones)
        # A week that began before the seven days is read whole, wherever she lives.
        small = small_facts(db, patient_ids, frozen_from=now.date() - timedelta(days=2 * WEEK))
        placements: dict[UUID, list[Place]] = defaultdict(list)
        for row in db.execute(
            select(
                t.Placement.assignment_id,
                t.Placement.from_on,
                t.Placement.ladder,
                t.Placement.rung,
                t.Placement.by,
                t.Placement.state,
                t.Placement.code,
                t.Placement.params,
            )
            .join(t.Assignment, t.Assignment.id == t.Placement.assignment_id)
            .where(t.Assignment.patient_id.in_(patient_ids))
            .order_by(t.Placement.from_on, t.Placement.placed_at)
        ):
            placements[row.assignment_id].append(place_of(row))
        found: dict[UUID, list[AssignmentFacts]] = defaultdict(list)
        for row in db.execute(
            select(
                t.Assignment.id,
                t.Assignment.patient_id,
                t.Assignment.revision_id,
                t.Assignment.injection_id,
                t.Assignment.start_on,
                t.Assignment.ends_on,
                t.Assignment.parameters,
                t.Assignment.assigned_at,
            )
            .where(t.Assignment.patient_id.in_(patient_ids))
            .order_by(t.Assignment.start_on, t.Assignment.assigned_at)
        ).all():
            program = program_of(db, row, local_day(now, zone=zones[row.patient_id]))
            if program is None:
                continue
            found[row.patient_id].append(
                AssignmentFacts(
                    id=row.id,
                    program=program,
                    revision_id=row.revision_id,
                    start_on=row.start_on,
                    ends_on=row.ends_on,
                    injection=self.injections[row.patient_id].get(row.injection_id),
                    injections=tuple(self.injections[row.patient_id].values()),
                    parameters=row.parameters,
                    placements=tuple(placements.get(row.id, ())),
                    own_set=small[row.patient_id].own_set,
                    given_on=local_day(row.assigned_at, zone=zones[row.patient_id]),
                    ended=small[row.patient_id].ended.get(row.id, {}),
                    pauses=small[row.patient_id].pauses_of(row.id),
                    unseen=small[row.patient_id].unseen_in(zones[row.patient_id]),
                    frozen=small[row.patient_id].frozen.get(row.id, {}),
                )
            )
        return found
