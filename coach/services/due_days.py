"""Days that have opened: what each assignment asked for on them is written down once and never changed.

Every use case that changes what could be due freezes first, so that what it changes begins after the days that were.
Reading never writes: a day that nobody has frozen yet is worked out from the facts (`coach.domain.due`).
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows
from coach.domain.calendar import days_from, local_day, week_of
from coach.domain.course import AssignmentFacts, in_force
from coach.domain.due import Asked
from coach.services import plans
from coach.services.plans import PatientFacts

_LAST_FROZEN = (
    select(t.DueDay.assignment_id, func.max(t.DueDay.day_on).label("last_on"))
    .join(t.Assignment, t.Assignment.id == t.DueDay.assignment_id)
    .where(t.Assignment.patient_id == bindparam("patient_id"))
    .group_by(t.DueDay.assignment_id)
)


def freeze(db: Session, patient: t.Patient, *, now: datetime) -> None:
    """Writes down what was due on each day up to her today that has no row yet, as the facts hold at this moment.

    Of every assignment, those that are over too, so that one that is taken up again asks for none of the days between.
    The caller has made sure that the viewer may see her. Idempotent, and safe from any number of processes at once.
    """
    today = local_day(now, zone=patient.zone)
    last_on = {row.assignment_id: row.last_on for row in rows(db, _LAST_FROZEN, patient_id=patient.id)}
    known = plans.facts(db, patient, now=now, performed=False)
    first_open = {each.id: _first_open(each, last_on.get(each.id)) for each in known.assignments}
    earliest = min(first_open.values(), default=today)
    if earliest < week_of(today):  # whether another assignment of the same program has a day has to be known for each
        known = plans.with_frozen(db, known, since=earliest)
    asked = Asked(known.assignments)
    found = [
        _row(patient, assignment, day, asked, now)
        for assignment in known.assignments
        for day in days_from(first_open[assignment.id], today)
    ]
    if found:
        into = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
        db.execute(into(t.DueDay).on_conflict_do_nothing(index_elements=["assignment_id", "day_on"]), found)


def has_opened(known: PatientFacts) -> bool:
    """Whether what runs on her today has a row for it."""
    return all(
        known.today in assignment.frozen
        for assignment, last in in_force(known.assignments)
        if assignment.start_on <= known.today and (last is None or known.today <= last)
    )


def zones(db: Session) -> tuple[str, ...]:
    """The zones that patients live in."""
    return tuple(db.scalars(select(t.Patient.zone).distinct()))


def unopened(db: Session, zone: str, *, today: date) -> tuple[UUID, ...]:
    """Patients of a zone with a program on that day and no row for it yet, for the reminder process."""
    row = select(t.DueDay.id).where(t.DueDay.assignment_id == t.Assignment.id, t.DueDay.day_on == today)
    return tuple(
        db.scalars(
            select(t.Patient.id)
            .join(t.Assignment, t.Assignment.patient_id == t.Patient.id)
            .where(
                t.Patient.zone == zone,
                t.Assignment.start_on <= today,
                t.Assignment.ends_on.is_(None) | (t.Assignment.ends_on >= today),
                ~row.exists(),
            )
            .distinct()
        )
    )


def open_day(db: Session, patient_id: UUID, *, now: datetime) -> None:
    """Freezes up to her today, for the reminder process, which acts for no viewer."""
    freeze(db, db.get_one(t.Patient, patient_id), now=now)


def _first_open(assignment: AssignmentFacts, last_frozen: date | None) -> date:
    if last_frozen is not None:
        return last_frozen + timedelta(days=1)
    return max(assignment.start_on, assignment.given_on or assignment.start_on)


def _row(patient: t.Patient, assignment: AssignmentFacts, day: date, asked: Asked, now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4(),
        "clinic_id": patient.clinic_id,
        "team_id": patient.team_id,
        "assignment_id": assignment.id,
        "day_on": day,
        "due": [asdict(line) for line in asked.on(assignment, day)],
        "frozen_at": now,
    }
