"""A patient's own dilators: added, changed, taken away. The id of a rung stays with its dilator and is never given to
another; where she stands on what changes, or may choose it, the effect is told before it applies. Nobody may choose a
larger size by it, and nobody ends up on one that was not confirmed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import AssignmentFacts, Place, in_force
from coach.domain.moving import allowed_on, stood_from
from coach.domain.program import LARGEST_STEP_MM, Rung, Text
from coach.services import access, due_days, plans
from coach.services.access import Viewer
from coach.services.defaults import clinic_defaults
from coach.services.plans import PatientFacts
from coach.services.refusals import Refusal, Refused

LARGEST_SET = 20  # dilators
LONGEST_LABEL = 60  # characters


@dataclass(frozen=True, slots=True)
class Entry:
    """One dilator as it shall be. `rung` None: a new one. `is_gone`: it is taken away, whatever else is said of it."""

    rung: str | None
    size_mm: float
    label: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class InUse:
    """A ladder on which she stands on a dilator that changes: from which size to which (mm). `is_allowed`: she stands
    lower by her own choice, and this is up to which size she may choose."""

    assignment_id: UUID
    ladder: str
    program: Text
    before_mm: float
    after_mm: float
    is_allowed: bool = False

    @property
    def is_changed(self) -> bool:
        return self.before_mm != self.after_mm


@dataclass(frozen=True, slots=True)
class _Follows:
    """What a change does on one ladder: told as `uses`, and where she stands then, each place with its first day."""

    assignment: AssignmentFacts
    uses: tuple[InUse, ...]
    places: tuple[Place, ...]


def of_patient(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[t.Dilator, ...]:
    """Her own set, smallest first. Raises NotFound."""
    patient = access.patient(db, viewer, patient_id)
    own = select(t.Dilator).where(t.Dilator.patient_id == patient.id).order_by(t.Dilator.size_mm, t.Dilator.rung)
    return tuple(db.scalars(own))


def generic_mm() -> tuple[float, ...]:
    """The sizes of the generic set, smallest first: nobody's brand."""
    return tuple(rung.size_mm for rung in clinic_defaults().generic_set if rung.size_mm is not None)


def jumps_in(own_set: Sequence[t.Dilator]) -> list[tuple[float, float]]:
    """Neighbouring sizes (mm) with an abrupt step between them. `own_set` smallest first."""
    sizes = [dilator.size_mm for dilator in own_set]
    return [(small, large) for small, large in pairwise(sizes) if large - small > LARGEST_STEP_MM]


def add(db: Session, viewer: Viewer, patient_id: UUID, *, sizes_mm: Sequence[float], now: datetime) -> None:
    """Further dilators of her own set (diameters in mm). Those she has keep their rungs. Raises NotFound, Refused."""
    if not sizes_mm:
        raise Refused(Refusal("dilators_mm", "missing"))
    kept = [Entry(each.rung, each.size_mm, each.label or "") for each in of_patient(db, viewer, patient_id)]
    change(db, viewer, patient_id, [*kept, *(Entry(None, size) for size in sizes_mm)], confirmed=True, now=now)


def change(
    db: Session,
    viewer: Viewer,
    patient_id: UUID,
    entries: Sequence[Entry],
    *,
    confirmed: bool,
    now: datetime,
) -> None:
    """Her set as it shall be: entries with a rung change it or take it away, without one they are new. Each dilator
    that she has is named by one: Refused with `corrected_meanwhile` where somebody changed the set since. Where a
    change does something to where she stands or may go, it has to be `confirmed` (`effect_of` tells it first).

    A size in use that is taken away leaves her on the next smaller one; the smallest in use cannot be taken away.
    Raises NotFound, Refused.
    """
    patient = access.treated(db, viewer, patient_id)
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    own = {each.rung: each for each in of_patient(db, viewer, patient_id)}
    named = sorted(entry.rung for entry in entries if entry.rung is not None)
    entries = _kept(entries)
    refusals = about_sizes([entry.size_mm for entry in entries])
    if named != sorted(own):
        refusals.append(Refusal("dilators_mm", "corrected_meanwhile"))
    if any(len(entry.label) > LONGEST_LABEL for entry in entries):
        refusals.append(Refusal("dilators_mm", "too_long", {"most": LONGEST_LABEL}))
    if refusals:
        raise Refused(*refusals)
    known = plans.facts(db, patient, now=now, performed=False)
    affected = _affected(known, entries)  # raises Refused
    if any(use.is_changed for each in affected for use in each.uses) and not confirmed:
        raise Refused(Refusal("confirmed", "in_use"))
    due_days.freeze(db, patient, now=now)
    for each in affected:
        _place(db, viewer, patient, each, now)
    _withdraw_proposals(db, known, own, entries, now)
    kept = {entry.rung: entry for entry in entries if entry.rung is not None}
    for rung, dilator in own.items():
        if rung in kept:
            dilator.size_mm, dilator.label = float(kept[rung].size_mm), kept[rung].label.strip() or None
        else:
            db.delete(dilator)
    db.flush()
    first = 1 + max(patient.highest_dilator, _highest(db, patient.id, own))
    new = sorted((entry for entry in entries if entry.rung is None), key=lambda entry: entry.size_mm)
    write(db, patient, [(f"d{number}", entry) for number, entry in enumerate(new, first)])


def effect_of(
    db: Session, viewer: Viewer, patient_id: UUID, entries: Sequence[Entry], *, now: datetime
) -> tuple[InUse, ...]:
    """What a change of her set does to where she stands; empty where it does nothing. Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    known = plans.facts(db, patient, now=now, performed=False)
    return tuple(use for each in _affected(known, _kept(entries)) for use in each.uses if use.is_changed)


def write(db: Session, patient: t.Patient, dilators: Iterable[tuple[str, Entry]]) -> None:
    """Adds rows of a set that was looked at, named d1, d2 and so on."""
    dilators = list(dilators)
    patient.highest_dilator = max([patient.highest_dilator, *(int(rung[1:]) for rung, _ in dilators)])
    db.add_all(
        t.Dilator(
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            patient_id=patient.id,
            rung=rung,
            size_mm=float(entry.size_mm),
            label=entry.label.strip() or None,
        )
        for rung, entry in dilators
    )
    db.flush()


def about_sizes(sizes_mm: Sequence[float]) -> list[Refusal]:
    """Why these cannot be a set."""
    if len(sizes_mm) > LARGEST_SET:
        return [Refusal("dilators_mm", "too_many", {"most": LARGEST_SET})]
    refusals = [
        Refusal("dilators_mm", "impossible_size", {"size": size})
        for size in sizes_mm
        if not (math.isfinite(size) and 0 < size < 100)
    ]
    if not refusals and len(set(sizes_mm)) < len(sizes_mm):
        twice = sorted(size for size in set(sizes_mm) if list(sizes_mm).count(size) > 1)
        refusals = [Refusal("dilators_mm", "size_twice", {"size": size}) for size in twice]
    return refusals


def _kept(entries: Sequence[Entry]) -> list[Entry]:
    return [entry for entry in entries if not entry.is_gone]


def _affected(known: PatientFacts, entries: Sequence[Entry]) -> list[_Follows]:
    """Each ladder of her own set that is in use. Raises Refused."""
    after = {entry.rung: float(entry.size_mm) for entry in entries if entry.rung is not None}
    return [
        _followed(known, assignment, ladder.id, after)
        for assignment, last in in_force(known.assignments)
        if last is None or last >= known.today
        for ladder in assignment.program.ladders.values()
        if ladder.rungs is None and known.own_set
    ]


def _followed(known: PatientFacts, assignment: AssignmentFacts, ladder: str, after: dict[str, float]) -> _Follows:
    by_id = {rung.id: rung for rung in known.own_set}
    title, uses, places = assignment.program.title, [], []
    stood = stood_from(assignment, ladder, max(known.today, assignment.start_on))
    allowed = by_id.get(allowed_on(assignment, ladder) or "")
    for place in stood:
        here = by_id[place.rung]
        rung = here.id if here.id in after else _smaller(here, after)
        up_to = rung if allowed is None else _no_larger(allowed, after, rung)
        uses.append(InUse(assignment.id, ladder, title, _mm(here), after[rung]))
        places.append(replace(place, rung=rung, params={} if up_to == rung else {"allowed": up_to}))
    if allowed is not None and stood and allowed.id not in {place.rung for place in stood}:
        up_to = _no_larger(allowed, after, places[-1].rung)
        uses.append(InUse(assignment.id, ladder, title, _mm(allowed), after[up_to], is_allowed=True))
    return _Follows(assignment, tuple(uses), tuple(places))


def _mm(rung: Rung) -> float:
    return rung.size_mm or 0.0


def _no_larger(allowed: Rung, after: dict[str, float], here: str) -> str:
    """Up to which rung she may choose: the one that it was, unless it is gone or grew; else the next smaller one, and
    at least the one that she stands on."""
    if after.get(allowed.id, math.inf) <= _mm(allowed):
        return allowed.id
    below = [(size, rung) for rung, size in after.items() if size <= _mm(allowed)]
    return max([*below, (after[here], here)])[1]


def _smaller(here: Rung, after: dict[str, float]) -> str:
    """The next smaller one that stays. Raises Refused where there is none: she would be left with a larger one."""
    below = [(size, rung) for rung, size in after.items() if size <= _mm(here)]
    if not below:
        raise Refused(Refusal("dilators_mm", "smallest_in_use", {"size": here.size_mm}))
    return max(below)[1]


def _place(db: Session, viewer: Viewer, patient: t.Patient, follows: _Follows, now: datetime) -> None:
    """Her place from now on, as somebody's word: with another set the rules would make something else of her log."""
    if not follows.places:
        return
    was = [place for place in follows.assignment.placements if place.ladder == follows.places[0].ladder]
    last = follows.places[-1]
    if was and was[-1].by != "rule" and was[-1].rung == last.rung and not any(use.is_changed for use in follows.uses):
        return
    db.add_all(
        t.Placement(
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            assignment_id=follows.assignment.id,
            ladder=place.ladder,
            rung=place.rung,
            from_on=place.from_on,
            by="therapist",
            state=place.state,
            code="set_changed",
            params=dict(place.params),
            placed_by_id=viewer.account_id,
            placed_at=now,
        )
        for place in follows.places
    )
    db.flush()


def _withdraw_proposals(
    db: Session, known: PatientFacts, own: Mapping[str, t.Dilator], entries: Sequence[Entry], now: datetime
) -> None:
    """What was proposed with another set is not what would be accepted; the log proposes again where it still should.
    A label alone changes nothing."""
    if sorted((each.rung, each.size_mm) for each in own.values()) == sorted(
        (entry.rung or "", float(entry.size_mm)) for entry in entries
    ):
        return
    for assignment in known.assignments:
        ladders = [ladder.id for ladder in assignment.program.ladders.values() if ladder.rungs is None]
        db.execute(
            update(t.RungProposal)
            .where(
                t.RungProposal.assignment_id == assignment.id,
                t.RungProposal.ladder.in_(ladders),
                t.RungProposal.closed_at.is_(None),
            )
            .values(closed_at=now, outcome="withdrawn")
        )


def _highest(db: Session, patient_id: UUID, own: Iterable[str]) -> int:
    """The highest number that a dilator of hers has, or had where it left a trace: some are older than the count."""
    of_hers = t.Assignment.patient_id == patient_id
    placed = select(t.Placement.rung).join(t.Assignment, t.Assignment.id == t.Placement.assignment_id).where(of_hers)
    used = select(t.Session.rung).where(t.Session.patient_id == patient_id, t.Session.rung.is_not(None))
    ids = [*own, *db.scalars(placed.distinct()), *db.scalars(used.distinct())]
    return max((int(each[1:]) for each in ids if each and re.fullmatch(r"d\d{1,6}", each)), default=0)
