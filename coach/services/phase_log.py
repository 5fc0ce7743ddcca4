"""What a patient's log shows for the end of a phase, and what of it is offered to her."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import AssignmentFacts, in_force
from coach.domain.phase_ends import Ending, PhaseSitting, ending_on
from coach.domain.program import Phase, Text
from coach.domain.progression import Sitting
from coach.domain.questions import BUILT_IN


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPhase:
    """A phase that runs and that somebody may end (`ending`), or one that was ended (`ended_on`), so that it may be
    taken back. `needs`: who says yes by the program; `by_rule`: the program itself ended it."""

    assignment_id: UUID
    program: Text
    phase: Phase
    needs: Literal["therapist", "patient", "automatic"]
    ending: Ending | None
    ended_on: date | None = None
    by_rule: bool = False
    reason: str | None = None


def runs(assignment: AssignmentFacts, last: date | None, today: date) -> bool:
    return assignment.start_on <= today and (last is None or today <= last)


def offers_of(db: Session, assignments: Sequence[AssignmentFacts], today: date) -> tuple[OpenPhase, ...]:
    """What the patient herself may say is enough: phases that leave it to her, once the log shows it. One query, none
    where no phase of today does."""
    hers = [
        each
        for each, last in in_force(assignments)
        if runs(each, last, today)
        and (ending := ending_on(each, today)) is not None
        and ending.phase.until is not None
        and ending.phase.until_needs == "patient"
        and ending.phase.id not in each.ended
    ]
    log = log_of(db, hers)
    found = []
    for assignment in hers:
        ending = ending_on(assignment, today, log.get(assignment.id, ()))
        if ending is not None and ending.is_met:
            found.append(
                OpenPhase(
                    assignment_id=assignment.id,
                    program=assignment.program.title,
                    phase=ending.phase,
                    needs="patient",
                    ending=ending,
                )
            )
    return tuple(found)


def log_of(db: Session, assignments: Sequence[AssignmentFacts]) -> dict[UUID, list[PhaseSitting]]:
    """Sittings that ended, with what they show for the end of a phase: one query, none without an assignment, and one
    more where a rule goes by a scale of the program's own."""
    if not assignments:
        return {}
    assignment_ids = [each.id for each in assignments]
    s = t.Session
    own_scales = _own_scales(db, [each.id for each in assignments if _goes_by_own_scales(each)])
    found: dict[UUID, list[PhaseSitting]] = {}
    for row in db.execute(
        select(
            s.id, s.assignment_id, s.session_key, s.day_on, s.opened_at, s.variant, s.rung, s.share, s.outcome,
            s.ladders, s.pain_before, s.pain_peak, s.anxiety_before, s.anxiety_peak,
        )
        .where(s.assignment_id.in_(assignment_ids), s.outcome != "open")
        .order_by(s.opened_at, s.id)
    ):  # fmt: skip
        shown = list((row.ladders or {}).values())
        found.setdefault(row.assignment_id, []).append(
            PhaseSitting(
                session_key=row.session_key,
                sitting=Sitting(
                    at=row.opened_at,
                    day=row.day_on,
                    rung=row.rung or "",
                    is_done=row.outcome == "complete",
                    share=row.share,
                    stayed=any(each.get("stayed", False) for each in shown),
                    is_variant=row.variant is not None,
                    peaks=_given(row.pain_peak, row.anxiety_peak) | own_scales.get(row.id, {}),
                    befores=_given(row.pain_before, row.anxiety_before),
                ),
            )
        )
    return found


def _goes_by_own_scales(assignment: AssignmentFacts) -> bool:
    rules = [phase.until for phase in assignment.program.phases if phase.until is not None]
    return any(comparison.scale not in BUILT_IN for rule in rules for comparison in rule.all_of)


def _own_scales(db: Session, assignment_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """By sitting the highest answer during and after on each scale; a sitting's row holds pain and anxiety alone."""
    if not assignment_ids:
        return {}
    found: dict[UUID, dict[str, int]] = {}
    for session_id, body in db.execute(
        select(t.SessionEvent.session_id, t.SessionEvent.body)
        .join(t.Session, t.Session.id == t.SessionEvent.session_id)
        .where(t.Session.assignment_id.in_(assignment_ids), t.SessionEvent.kind == "answered")
    ):
        told = json.loads(body)
        scale, value = told.get("scale"), told.get("value")
        if isinstance(value, int) and scale not in BUILT_IN and told.get("moment") in ("during", "after"):
            peaks = found.setdefault(session_id, {})
            peaks[scale] = max(peaks.get(scale, value), int(value))
    return found


def _given(pain: int | None, anxiety: int | None) -> dict[str, int]:
    return {scale: value for scale, value in (("pain", pain), ("anxiety", anxiety)) if value is not None}
