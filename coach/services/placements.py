"""A patient's place on a ladder as people change it. Each change is a further row with its reason."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.ladders import rungs_of
from coach.services import access, assignments, programs
from coach.services.access import Viewer
from coach.services.refusals import Refusal, Refused

LONGEST_REASON = 2_000  # characters


def place(
    db: Session, viewer: Viewer, assignment_id: UUID, *, ladder: str, rung: str, reason: str, now: datetime
) -> t.Placement:
    """The patient's new place on a ladder from today on (her calendar), with its reason. Raises NotFound, Refused."""
    assignment = access.assignment(db, viewer, assignment_id)
    patient = access.treated(db, viewer, assignment.patient_id)
    today = local_day(now, zone=patient.zone)
    known = programs.load(db, assignment.revision_id).ladders.get(ladder)
    reason = reason.strip()
    refusals: list[Refusal] = []
    if known is None:
        raise Refused(Refusal("ladder", "unknown_ladder", {"ladder": ladder}))
    if rung not in {each.id for each in rungs_of(known, assignments.own_set_of(db, patient.id))}:
        refusals.append(Refusal("rung", "unknown_rung", {"rung": rung}))
    if not reason:
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_REASON:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_REASON}))
    if assignment.ends_on is not None and assignment.ends_on < today:
        refusals.append(Refusal("ladder", "ended", {"ends_on": assignment.ends_on}))
    if _newest(db, assignment.id, ladder) == rung:
        refusals.append(Refusal("rung", "there_already", {"rung": rung}))
    if refusals:
        raise Refused(*refusals)
    placement = t.Placement(
        clinic_id=assignment.clinic_id,
        team_id=assignment.team_id,
        assignment_id=assignment.id,
        ladder=ladder,
        rung=rung,
        from_on=max(today, assignment.start_on),
        reason=reason,
        placed_by_id=viewer.account_id,
        placed_at=now,
    )
    db.add(placement)
    db.flush()
    return placement


def _newest(db: Session, assignment_id: UUID, ladder: str) -> str | None:
    """The rung of the newest place on that ladder."""
    return db.scalars(
        select(t.Placement.rung)
        .where(t.Placement.assignment_id == assignment_id, t.Placement.ladder == ladder)
        .order_by(t.Placement.from_on.desc(), t.Placement.placed_at.desc())
        .limit(1)
    ).one_or_none()
