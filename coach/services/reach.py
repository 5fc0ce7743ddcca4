"""Whom a change of a program would reach."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import AssignmentFacts, in_force
from coach.language.differences import Difference
from coach.services import plans


def reached(db: Session, key: str, changes: Sequence[Difference], *, now: datetime) -> tuple[int, ...]:
    """For each change how many assignments of the program `key`, of any clinic and by any revision, have what it is
    about today or still before them.

    For the operator: it says how many, and never whose.
    """
    counts = [0] * len(changes)
    patients = db.scalars(
        select(t.Patient)
        .where(
            t.Patient.id.in_(
                select(t.Assignment.patient_id)
                .join(t.Revision, t.Revision.id == t.Assignment.revision_id)
                .join(t.Program, t.Program.id == t.Revision.program_id)
                .where(t.Program.key == key)
            )
        )
        .order_by(t.Patient.id)
    )
    for patient in patients:
        known = plans.facts(db, patient, now=now, performed=False)
        for assignment, ends_on in in_force(known.assignments):
            if assignment.program.id != key or (
                ends_on is not None and ends_on < max(known.today, assignment.start_on)
            ):
                continue
            ahead = [span for span in assignment.spans if span.last is None or span.last >= known.today]
            for index, change in enumerate(changes):
                counts[index] += _reaches(change, assignment, {span.phase.id for span in ahead})
    return tuple(counts)


def _reaches(change: Difference, assignment: AssignmentFacts, phases_ahead: set[str]) -> bool:
    if change.phase is not None:
        known = {phase.id for phase in assignment.program.phases}
        return change.phase in phases_ahead or change.phase not in known
    if change.touches is None:
        return True
    ahead = [phase for phase in assignment.program.phases if phase.id in phases_ahead]
    return any(assigned.session in change.touches for phase in ahead for assigned in phase.do)
