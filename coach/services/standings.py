"""How a patient stands on each of her ladders, for the pages that tell it: with the reason, the staircase to here, what
waits for an answer, and for strengthening the rung that was measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import Placer, PlaceState, in_force
from coach.domain.ladders import by_perfect, rung_on, rungs_of
from coach.domain.program import Ladder, Rung, Text
from coach.domain.progression import Because, Verdict
from coach.services import progress
from coach.services.plans import PatientFacts
from coach.services.progress import OnLadder


@dataclass(frozen=True, slots=True, kw_only=True)
class Stair:
    """One step of the staircase: who placed her there from which day on, and why. `rung` None: it is gone from her set.
    `who`: the name of the account; None for a rule."""

    rung_id: str
    rung: Rung | None
    from_on: date
    by: Placer
    state: PlaceState
    who: str | None
    because: Because | None
    reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A rung that the program's rule would raise her to, and who is asked."""

    id: UUID
    to: Rung
    needs: str
    because: Because


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """PERFECT as it was examined on a day: seconds of a hold, how many of such, how many fast ones (None: not tested);
    and the highest rung that asks for no more (None: every rung does)."""

    on: date
    endurance_s: int
    repetitions: int
    fast: int | None
    rung: Rung | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderPlace:
    """Where she is on a ladder that is in use; `rungs` lowest first, `since` None where nobody has placed her yet.
    `because`: why she goes up, stays or went down (None: nothing can be said without rungs)."""

    assignment_id: UUID
    ladder: str
    kind: str | None
    program: Text
    rungs: tuple[Rung, ...]
    rung: Rung | None
    since: date | None
    state: PlaceState
    verdict: Verdict
    because: Because | None
    proposal: Proposal | None
    stairs: tuple[Stair, ...]
    unlocked_when: tuple[Text, ...]
    measured: Measured | None

    @property
    def is_locked(self) -> bool:
        return self.state == "locked"


def places_of(db: Session, known: PatientFacts) -> tuple[LadderPlace, ...]:
    """On every ladder of what runs now or begins later. Three queries, one more where people placed her, and one where
    a strengthening ladder is in use. The caller has made sure that the viewer may see her."""
    running = [each for each, last in in_force(known.assignments) if last is None or last >= known.today]
    found = progress.on_ladders(db, running, today=known.today)
    names = _names(db, found)
    measured = _measured(db, known.patient_id) if any(_strengthens(each.ladder) for each in found) else None
    return tuple(_place(each, known.today, names, measured) for each in found)


def _place(on: OnLadder, today: date, names: Mapping[UUID, str], measured: Any) -> LadderPlace:
    assignment, ladder = on.assignment, on.ladder
    rungs = rungs_of(ladder, assignment.own_set)
    by_id = {rung.id: rung for rung in rungs}
    day = max(today, assignment.start_on)
    place, here = progress.placed_on(on.placements, day), rung_on(assignment, ladder.id, day)
    state = progress.state_of(ladder, place)
    offer = on.proposal
    return LadderPlace(
        assignment_id=assignment.id,
        ladder=ladder.id,
        kind=ladder.kind,
        program=assignment.program.title,
        rungs=rungs,
        rung=None if state == "locked" else here,
        since=place.from_on if place is not None else None,
        state=state,
        verdict=on.standing.verdict,
        because=on.standing.because if rungs else None,
        proposal=Proposal(
            id=offer.id, to=by_id[offer.rung_to], needs=offer.needs, because=Because(offer.code, offer.params)
        )
        if offer is not None and offer.rung_to in by_id
        else None,
        stairs=tuple(
            Stair(
                rung_id=row.rung,
                rung=by_id.get(row.rung),
                from_on=row.from_on,
                by=cast(Placer, row.by),
                state=cast(PlaceState, row.state),
                who=names.get(row.placed_by_id) if row.placed_by_id is not None else None,
                because=Because(row.code, row.params or {}) if row.code else None,
                reason=row.reason,
            )
            for row in on.placements
        ),
        unlocked_when=ladder.unlocked_when,
        measured=_measured_on(ladder, rungs, measured),
    )


def _names(db: Session, found: Sequence[OnLadder]) -> dict[UUID, str]:
    ids = {row.placed_by_id for each in found for row in each.placements if row.placed_by_id is not None}
    if not ids:
        return {}
    return {row.id: row.name for row in db.execute(select(t.Account.id, t.Account.name).where(t.Account.id.in_(ids)))}


def _strengthens(ladder: Ladder) -> bool:
    return ladder.kind == "strengthening" or any("hold" in rung.values for rung in ladder.rungs or ())


def _measured(db: Session, patient_id: UUID) -> Any:
    """The record that holds of her last consultation with both numbers, or None."""
    c, r = t.Consultation, t.ConsultationRecord
    rows = db.execute(
        select(c.id, r.number, r.on.label("on"), r.endurance_s, r.repetitions, r.fast)
        .join(r, r.consultation_id == c.id)
        .where(c.patient_id == patient_id)
        .order_by(c.created_at, r.number)
    ).all()
    holding = {row.id: row for row in rows}
    tested = [row for row in holding.values() if row.endurance_s is not None and row.repetitions is not None]
    return max(tested, key=lambda row: row.on, default=None)


def _measured_on(ladder: Ladder, rungs: Sequence[Rung], row: Any) -> Measured | None:
    if row is None or not _strengthens(ladder):
        return None
    rung = by_perfect(rungs, endurance_s=row.endurance_s, repetitions=row.repetitions, fast=row.fast)
    return Measured(on=row.on, endurance_s=row.endurance_s, repetitions=row.repetitions, fast=row.fast, rung=rung)
