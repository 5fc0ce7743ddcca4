"""A patient's place on a ladder as people change it. Each change is a further row with its reason; none is rewritten.

A therapist places, holds, locks and unlocks, and answers what the program's rule proposes. The patient answers an offer
that is hers to answer, and may always go smaller; never above what is allowed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.course import Placer, PlaceState, in_force
from coach.domain.ladders import rungs_of
from coach.domain.program import Ladder, Program, Rung
from coach.services import access, assignments, due_days, notices, plans, programs
from coach.services.access import NotFound, Viewer
from coach.services.progress import may_be_taken, placed_on, practice_of, state_of
from coach.services.refusals import Refusal, Refused

LONGEST_REASON = 2_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class _Here:
    """Where she stands on one ladder of one assignment today, or on its first day, as it is written down; what a rule
    has written for a later day is `ahead`. `rung` None: nobody has placed her."""

    assignment: t.Assignment
    patient: t.Patient
    today: date
    last_on: date | None  # of the assignment: the same program given again takes over from it
    program: Program
    ladder: Ladder
    rungs: tuple[Rung, ...]
    rows: tuple[t.Placement, ...]  # newest first
    offer: t.RungProposal | None

    @property
    def day(self) -> date:
        return max(self.today, self.assignment.start_on)

    @property
    def is_over(self) -> bool:
        return self.last_on is not None and self.last_on < self.today

    @property
    def rung(self) -> str | None:
        place = placed_on(self.rows, self.day)
        if place is not None:
            return place.rung
        return self.rungs[0].id if self.rungs and not self.ladder.locked else None

    @property
    def state(self) -> PlaceState:
        return state_of(self.ladder, placed_on(self.rows, self.day))

    @property
    def ahead(self) -> bool:
        return bool(self.rows) and self.rows[0].from_on > self.day

    @property
    def stands(self) -> int | None:
        """The position of her rung: the lowest where the one written down is gone, as her plan has it."""
        found = self.position(self.rung)
        return 0 if found is None and self.rung is not None and self.rungs else found

    @property
    def highest(self) -> int | None:
        """The position up to which she may choose: what she is allowed, and where she stands in any case."""
        known = [each for each in (self.stands, self.position(_allowed(self))) if each is not None]
        return max(known, default=None)

    def position(self, rung_id: str | None) -> int | None:
        return next((number for number, rung in enumerate(self.rungs) if rung.id == rung_id), None)

    def told(self, rung_id: str | None) -> dict[str, notices.Value]:
        size = next((rung.size_mm for rung in self.rungs if rung.id == rung_id), None)
        what = {"size_mm": size} if size is not None else {"title": practice_of(self.program, self.ladder.id)}
        return {"ladder": self.ladder.id, **what}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the patient may choose on one ladder: `rung` is where she stands, `rungs` those that are allowed (lowest
    first, her own among them), `offered` a further one that is hers to take or leave, by `proposal_id`, with what spoke
    for it."""

    assignment_id: UUID
    ladder: Ladder
    program: Program
    rung: Rung
    rungs: tuple[Rung, ...]
    offered: Rung | None
    proposal_id: UUID | None
    code: str | None
    params: Mapping[str, Any]


def place(
    db: Session,
    viewer: Viewer,
    assignment_id: UUID,
    *,
    ladder: str,
    rung: str = "",
    state: PlaceState = "placed",
    reason: str,
    confirmed: Collection[int] = (),
    answers: UUID | None = None,
    now: datetime,
) -> t.Placement:
    """The patient's new place on a ladder from today on (her calendar), with its reason; the same rung where none is
    given. On a `held` rung no rule raises her; a `locked` ladder is not used until it is placed on again, for which all
    lines that its author wants confirmed have to be (`confirmed`: their places in the list, from 0).

    A proposal that waits is answered by it: accepted where it is the rung that was proposed. `answers`: the proposal
    that was seen, where it is meant as an answer to one. Raises NotFound, Refused.
    """
    if viewer.role != "therapist":
        raise NotFound("assignment")
    here = _here(db, viewer, assignment_id, ladder, now)
    if answers is not None and (here.offer is None or here.offer.id != answers):
        raise Refused(Refusal("ladder", "no_proposal"))
    rung = rung or here.rung or ""
    reason = reason.strip()
    refusals: list[Refusal] = []
    if here.position(rung) is None:
        refusals.append(Refusal("rung", "unknown_rung", {"rung": rung}))
    if not reason:
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_REASON:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_REASON}))
    if here.is_over:
        refusals.append(Refusal("ladder", "ended", {"ends_on": here.last_on}))
    if state == here.state and (rung == here.rung or state == "locked") and not here.ahead:
        refusals.append(Refusal("rung", "there_already", {"rung": rung}))
    elif (
        here.state == "locked" and state != "locked" and not set(range(len(here.ladder.unlocked_when))) <= {*confirmed}
    ):
        refusals.append(Refusal("confirmed", "unconfirmed"))
    if refusals:
        raise Refused(*refusals)
    due_days.freeze(db, here.patient, now=now)
    _close(here.offer, viewer, "accepted" if here.offer and rung == here.offer.rung_to else "declined", reason, now)
    placement = _add(db, viewer, here, rung, state, by="therapist", reason=reason, now=now)
    _tell(db, viewer, here, rung, state, now)
    return placement


def answer(
    db: Session,
    viewer: Viewer,
    assignment_id: UUID,
    *,
    ladder: str,
    proposal_id: UUID | None,
    accept: bool,
    reason: str = "",
    now: datetime,
) -> None:
    """The answer to a rung that the program's rule proposes: it is hers from today, or she stays where she is and what
    spoke for it is used up. A therapist answers any; a patient what needs her. `proposal_id` is what was seen: another
    one is not answered by it. Raises NotFound, Refused."""
    here = _here(db, viewer, assignment_id, ladder, now)
    offer = here.offer
    if offer is None or offer.id != proposal_id or here.is_over:
        raise Refused(Refusal("ladder", "no_proposal"))
    if viewer.role == "patient" and offer.needs != "patient":
        raise NotFound("proposal")
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise Refused(Refusal("reason", "too_long", {"most": LONGEST_REASON}))
    if here.rung != offer.rung_from or here.position(offer.rung_to) is None or here.state != "placed":
        raise Refused(Refusal("ladder", "no_proposal"))
    if accept and not may_be_taken(db, here.patient, here.assignment.id, ladder, now=now):
        raise Refused(Refusal("ladder", "no_proposal"))
    due_days.freeze(db, here.patient, now=now)
    _close(offer, viewer, "accepted" if accept else "declined", reason, now)
    if accept:
        by: Placer = "patient" if viewer.role == "patient" else "therapist"
        _add(
            db, viewer, here, offer.rung_to, "placed", by=by, reason=reason, code=offer.code, params=offer.params,
            now=now,
        )  # fmt: skip
        if by == "therapist":
            _tell(db, viewer, here, offer.rung_to, "placed", now)
    db.flush()


def choose(db: Session, viewer: Viewer, assignment_id: UUID, *, ladder: str, rung: str, now: datetime) -> None:
    """The patient's own word from now on: a smaller rung, or back to what she is allowed, never above it. She need not
    say why. Raises NotFound, Refused."""
    if viewer.role != "patient":
        raise NotFound("assignment")
    here = _here(db, viewer, assignment_id, ladder, now)
    wanted, most = here.position(rung), here.highest
    if here.is_over or here.state == "locked" or wanted is None or most is None or wanted > most:
        raise Refused(Refusal("rung", "unknown_rung", {"rung": rung}))
    if rung == here.rung and not here.ahead:
        return
    due_days.freeze(db, here.patient, now=now)
    _close(here.offer, None, "withdrawn", "", now)
    _add(db, viewer, here, rung, here.state, by="patient", reason="", now=now)


def offers(db: Session, viewer: Viewer, *, now: datetime) -> tuple[Choice, ...]:
    """What is hers to take or leave now: one query where there is nothing. Raises NotFound for anybody else."""
    if viewer.role != "patient" or viewer.patient_id is None:
        raise NotFound("patient")
    waits = _OPEN.join(t.Assignment, t.Assignment.id == t.RungProposal.assignment_id).where(
        t.Assignment.patient_id == viewer.patient_id, t.RungProposal.needs == "patient"
    )
    if db.scalars(waits.limit(1)).first() is None:
        return ()
    return tuple(each for each in choices(db, viewer, now=now) if each.offered is not None)


def choices(db: Session, viewer: Viewer, *, now: datetime) -> tuple[Choice, ...]:
    """What the patient may choose on the ladders of what she does now. Raises NotFound for anybody else."""
    if viewer.role != "patient" or viewer.patient_id is None:
        raise NotFound("patient")
    patient = access.patient(db, viewer, viewer.patient_id)
    today = local_day(now, zone=patient.zone)
    lasts = _last_days(db, patient, now)
    begun = select(t.Assignment).where(t.Assignment.patient_id == patient.id, t.Assignment.start_on <= today)
    found = [
        each
        for each in db.scalars(begun.order_by(t.Assignment.start_on, t.Assignment.assigned_at))
        if each.id in lasts and ((last := lasts[each.id]) is None or last >= today)
    ]
    ids = [each.id for each in found]
    rows = _rows(db, ids)
    offers = list(db.scalars(_OPEN.where(t.RungProposal.assignment_id.in_(ids)))) if ids else []
    own_set = assignments.own_set_of(db, patient.id)
    result = []
    for assignment in found:
        program = programs.load(db, assignment.revision_id)
        for ladder in program.ladders.values():
            here = _Here(
                assignment=assignment, patient=patient, today=today, last_on=lasts[assignment.id], program=program,
                ladder=ladder, rungs=rungs_of(ladder, own_set),
                rows=tuple(each for each in rows if (each.assignment_id, each.ladder) == (assignment.id, ladder.id)),
                offer=next((o for o in offers if (o.assignment_id, o.ladder) == (assignment.id, ladder.id)), None),
            )  # fmt: skip
            position, most = here.stands, here.highest
            if here.state == "locked" or position is None or most is None:
                continue
            offer = here.offer if here.offer and here.offer.needs == "patient" and here.state == "placed" else None
            if offer is not None and not may_be_taken(db, patient, assignment.id, ladder.id, now=now):
                offer = None
            to = here.position(offer.rung_to) if offer else None
            result.append(
                Choice(
                    assignment_id=assignment.id,
                    ladder=ladder,
                    program=program,
                    rung=here.rungs[position],
                    rungs=here.rungs[: most + 1],
                    offered=here.rungs[to] if to is not None else None,
                    proposal_id=offer.id if offer else None,
                    code=offer.code if offer else None,
                    params=offer.params if offer else {},
                )
            )
    return tuple(result)


def _allowed(here: _Here) -> str | None:
    said = (plans.place_of(row).allowed for row in here.rows if row.from_on <= here.day)
    return next((rung for rung in said if rung is not None), here.rung)


def _last_days(db: Session, patient: t.Patient, now: datetime) -> dict[UUID, date | None]:
    """Of her assignments, as her plan has them (None: goes on)."""
    known = plans.facts(db, patient, now=now, performed=False)
    return {assignment.id: last for assignment, last in in_force(known.assignments)}


def _here(db: Session, viewer: Viewer, assignment_id: UUID, ladder: str, now: datetime) -> _Here:
    assignment = access.assignment(db, viewer, assignment_id)
    patient = access.patient(db, viewer, assignment.patient_id)
    # Two presses of one button at once would both find her where she was.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    program = programs.load(db, assignment.revision_id)
    known = program.ladders.get(ladder)
    if known is None:
        raise Refused(Refusal("ladder", "unknown_ladder", {"ladder": ladder}))
    return _Here(
        assignment=assignment,
        patient=patient,
        today=local_day(now, zone=patient.zone),
        last_on=_last_days(db, patient, now).get(assignment.id, assignment.ends_on),
        program=program,
        ladder=known,
        rungs=rungs_of(known, assignments.own_set_of(db, patient.id)),
        rows=tuple(each for each in _rows(db, [assignment.id]) if each.ladder == ladder),
        offer=db.scalars(
            _OPEN.where(t.RungProposal.assignment_id == assignment.id, t.RungProposal.ladder == ladder)
        ).one_or_none(),
    )


_OPEN = select(t.RungProposal).where(t.RungProposal.closed_at.is_(None))


def _rows(db: Session, assignment_ids: Collection[UUID]) -> list[t.Placement]:
    """Newest first, in the order in which they were written."""
    if not assignment_ids:
        return []
    return list(
        db.scalars(
            select(t.Placement)
            .where(t.Placement.assignment_id.in_(assignment_ids))
            .order_by(t.Placement.placed_at.desc(), t.Placement.from_on.desc())
        )
    )


def _add(
    db: Session,
    viewer: Viewer,
    here: _Here,
    rung: str,
    state: str,
    *,
    by: Placer,
    reason: str,
    code: str | None = None,
    params: Mapping[str, Any] | None = None,
    now: datetime,
) -> t.Placement:
    placement = t.Placement(
        clinic_id=here.assignment.clinic_id,
        team_id=here.assignment.team_id,
        assignment_id=here.assignment.id,
        ladder=here.ladder.id,
        rung=rung,
        from_on=max(here.today, here.assignment.start_on),
        by=by,
        state=state,
        code=code,
        params=dict(params) if params is not None else None,
        reason=reason or None,
        placed_by_id=viewer.account_id,
        placed_at=now,
    )
    db.add(placement)
    db.flush()
    return placement


def _close(offer: t.RungProposal | None, viewer: Viewer | None, outcome: str, reason: str, now: datetime) -> None:
    if offer is not None:
        offer.closed_at, offer.outcome, offer.reason = now, outcome, reason or None
        offer.closed_by_id = viewer.account_id if viewer is not None else None


def _tell(db: Session, viewer: Viewer, here: _Here, rung: str, state: str, now: datetime) -> None:
    """What her therapist changed, for her to read; that a hold was lifted changes nothing for her."""
    title: notices.Value = practice_of(here.program, here.ladder.id)
    from_on = max(here.today, here.assignment.start_on)
    if state == "locked":
        kind: notices.Kind = "ladder_locked"
        body: dict[str, notices.Value] = {"title": title}
    elif here.state == "locked":
        kind, body = "ladder_unlocked", {"title": title}
    elif rung != here.rung:
        is_up = (here.position(rung) or 0) > (here.position(here.rung) or 0)
        kind, body = "rung_up" if is_up else "rung_down", {**here.told(rung), "from_on": from_on}
    elif state == "held" or here.ahead:
        kind, body = "rung_held", here.told(rung)
    else:
        return
    notices.tell(db, here.patient, kind, body, assignment_id=here.assignment.id, by=viewer.account_id, now=now)
