"""What a patient's log does to her rungs: worked out anew whenever a result is recorded, written down where it differs.

Each change is a further placement with its code and what its sentence needs; where somebody has to say yes first, it is
an open proposal instead. A corrected record gives a corrected rung: a placement that supersedes, or a proposal that is
withdrawn. Nothing is erased.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import AssignmentFacts, PlaceState, in_force
from coach.domain.ladders import Practice, ladders_of, rungs_of
from coach.domain.plan import phase_on
from coach.domain.program import Ladder, Program, Rung, Text
from coach.domain.progression import STOPPED_FOR, Said, Sitting, Standing, standing
from coach.services import alerts, due_days, notices, plans
from coach.services.defaults import clinic_defaults

_BUILT_IN = ("pain", "anxiety")


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLadder:
    """One ladder of one of her assignments: how she stands, the words and steps that led there (newest first), the
    sittings on it (oldest first) and the proposal that is open (`proposal`: one that may be taken on the day asked)."""

    assignment: AssignmentFacts
    ladder: Ladder
    standing: Standing
    placements: tuple[t.Placement, ...]
    sittings: tuple[Sitting, ...]
    offer: t.RungProposal | None

    @property
    def proposal(self) -> t.RungProposal | None:
        return self.offer if self.standing.offer_stands else None


def settle(db: Session, patient: t.Patient, session: t.Session, *, now: datetime) -> None:
    """Brings her rungs to what the log says after this sitting's result was recorded or corrected.

    Days that have opened are frozen before anything changes. An assignment that is over is left as it was.
    """
    if session.outcome == "open" and session.closed_at is None:
        return
    known = plans.facts(db, patient, now=now, performed=False)
    today = known.today
    assignment = next(
        (each for each, last in in_force(known.assignments) if each.id == session.assignment_id and _runs(last, today)),
        None,
    )
    if assignment is None or not session.ladders:
        return
    for place in on_ladders(db, [assignment], today=today, only=session.ladders):
        _change(db, patient, place, today, now)
        _propose(db, place, now)
        _warn(db, patient, place, session, now)
    db.flush()


def on_ladders(
    db: Session, assignments: Sequence[AssignmentFacts], *, today: date, only: Collection[str] | None = None
) -> tuple[OnLadder, ...]:
    """How she stands today on the ladders of these assignments, all hers (`only` those named). Three queries."""
    with_ladders = [each for each in assignments if each.program.ladders]
    if not with_ladders:
        return ()
    ids = [each.id for each in with_ladders]
    placements: dict[tuple[UUID, str], list[Any]] = defaultdict(list)
    moved = (
        select(func.max(t.AssignmentChange.changed_at))
        .where(t.AssignmentChange.assignment_id == t.Assignment.id, t.AssignmentChange.kind == "moved")
        .scalar_subquery()
    )
    moved_at: dict[UUID, datetime] = {}
    for assignment_id, at, row in db.execute(
        select(t.Assignment.id, moved, t.Placement)
        .outerjoin(t.Placement, t.Placement.assignment_id == t.Assignment.id)
        .where(t.Assignment.id.in_(ids))
        .order_by(t.Placement.placed_at, t.Placement.from_on)
    ):
        if row is not None:
            placements[assignment_id, row.ladder].append(row)
        if at is not None:
            moved_at[assignment_id] = at
    offers: dict[tuple[UUID, str], list[t.RungProposal]] = defaultdict(list)
    for offer in db.scalars(
        select(t.RungProposal).where(
            t.RungProposal.assignment_id.in_(ids),
            t.RungProposal.closed_at.is_(None) | (t.RungProposal.outcome == "declined"),
        )
    ):
        offers[offer.assignment_id, offer.ladder].append(offer)
    log = _log(db, ids)
    found = []
    for assignment in with_ladders:
        for name, ladder in assignment.program.ladders.items():
            if only is not None and name not in only:
                continue
            key = (assignment.id, name)
            rows, offered = placements[key], offers[key]
            rungs = rungs_of(ladder, assignment.own_set)
            said = [*_said(rows, moved_at.get(assignment.id), ladder, rungs), *_declined(offered)]
            sittings, practice = _sittings(assignment, name, log[assignment.id])
            away = practice.eased_on(today)
            found.append(
                OnLadder(
                    assignment=assignment,
                    ladder=ladder,
                    standing=_standing(assignment, ladder, said, sittings, today, away.days if away else None),
                    placements=tuple(reversed(rows)),
                    sittings=tuple(sittings),
                    offer=next((each for each in offered if each.closed_at is None), None),
                )
            )
    return tuple(found)


def may_be_taken(db: Session, patient: t.Patient, assignment_id: UUID, ladder: str, *, now: datetime) -> bool:
    """Whether a proposal that is open on that ladder may still be taken today: no gap lies between, and this is no
    phase in which nobody goes up."""
    known = plans.facts(db, patient, now=now, performed=False)
    found = on_ladders(db, [known.assignment(assignment_id)], today=known.today, only=[ladder])
    return all(each.standing.offer_stands for each in found)


def practice_of(program: Program, ladder_id: str) -> Text | None:
    """What the practice on that ladder is called: the title of the first session that stands on it."""
    return next(
        (session.title for key, session in program.sessions.items() if ladder_id in ladders_of(program, key)), None
    )


def placed_on(newest_first: Iterable[t.Placement], day: date) -> t.Placement | None:
    """What holds on that day of what was written down, as `domain.ladders.place_on` has it."""
    return next((row for row in newest_first if row.from_on <= day), None)


def state_of(ladder: Ladder, place: t.Placement | None) -> PlaceState:
    """As it was written down; where nothing was, a ladder that the program locks is locked."""
    if place is None:
        return "locked" if ladder.locked else "placed"
    return cast(PlaceState, place.state)


def told_of(place: OnLadder, rung_id: str | None) -> dict[str, notices.Value]:
    """What the notice of a change on this ladder needs: the size, or the practice where it is not about one."""
    rungs = rungs_of(place.ladder, place.assignment.own_set)
    size = next((rung.size_mm for rung in rungs if rung.id == rung_id), None)
    what = {"size_mm": size} if size is not None else {"title": practice_of(place.assignment.program, place.ladder.id)}
    return {"ladder": place.ladder.id, **what}


# -- from rows to values ----------------------------------------------------------------------------------------------


def _runs(last: date | None, today: date) -> bool:
    return last is None or last >= today


def _standing(
    assignment: AssignmentFacts,
    ladder: Ladder,
    said: Sequence[Said],
    sittings: Sequence[Sitting],
    today: date,
    gap_days: int | None,
) -> Standing:
    def phase(day: date) -> str | None:
        span = phase_on(assignment, day)
        return span.phase.id if span else None

    return standing(
        ladder,
        rungs_of(ladder, assignment.own_set),
        said,
        sittings,
        phase_on=phase,
        start_on=assignment.start_on,
        flare=clinic_defaults().flare,
        on=today,
        gap_days=gap_days,
    )


def _said(rows: Sequence[t.Placement], moved_at: datetime | None, ladder: Ladder, rungs: Sequence[Rung]) -> list[Said]:
    """What people said, oldest first. What rules had done before the assignment went over to another revision stands
    like a word of somebody, and so does the move itself: other rules do not judge the sittings from before them."""
    before = [row for row in rows if moved_at is not None and row.placed_at <= moved_at]
    said = [_word(row) for row in rows if row in before or row.by != "rule"]
    if moved_at is None or not rungs:
        return said
    lowest = Said(at=moved_at, from_on=date.min, rung=rungs[0].id, state="locked" if ladder.locked else "placed")
    then = replace(_word(before[-1]) if before else lowest, at=moved_at, afresh=True)
    return [*said[: len(before)], then, *said[len(before) :]]


def _word(row: t.Placement) -> Said:
    return Said(at=row.placed_at, from_on=row.from_on, rung=row.rung, state=cast(PlaceState, row.state))


def _declined(offers: Sequence[t.RungProposal]) -> list[Said]:
    return [Said(at=each.closed_at, from_on=date.min, declined=True) for each in offers if each.closed_at is not None]


def _log(db: Session, assignment_ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
    """Sittings that ended, oldest first, with what they show for ladders."""
    s = t.Session
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in db.execute(
        select(
            s.assignment_id, s.day_on, s.opened_at, s.variant, s.ladders, s.rung, s.credit,
            s.stop_reason, s.pain_before, s.pain_peak, s.pain_after, s.anxiety_before, s.anxiety_peak,
        )
        .where(s.assignment_id.in_(assignment_ids), s.outcome != "open", s.ladders.is_not(None))
        .order_by(s.opened_at, s.id)
    ):  # fmt: skip
        found[row.assignment_id].append(row)
    return found


def _sittings(assignment: AssignmentFacts, ladder_id: str, rows: Sequence[Any]) -> tuple[list[Sitting], Practice]:
    """Those on one ladder, oldest first, and the walk through them, which says whether she would be back after a
    gap."""
    rungs = rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)
    is_sized = any(rung.size_mm is not None for rung in rungs)
    known = {rung.id for rung in rungs}
    practice = Practice(assignment, ladder_id)
    found = []
    for row in rows:
        shown: Mapping[str, Any] | None = row.ladders.get(ladder_id)
        if shown is None:
            continue
        found.append(
            Sitting(
                at=row.opened_at,
                day=row.day_on,
                rung=shown["rung"],
                is_done=shown["is_done"],
                share=shown["share"],
                stayed=shown["stayed"],
                is_variant=row.variant is not None,
                stopped_for=row.stop_reason if row.stop_reason in STOPPED_FOR else None,
                used=row.rung if is_sized else None,
                is_pain_untold=row.stop_reason == "pain" and row.pain_after is None,
                after_gap=practice.eased_on(row.day_on) is not None,
                peaks=_given(row.pain_peak, row.anxiety_peak) | shown["ratings"],
                befores=_given(row.pain_before, row.anxiety_before),
            )
        )
        if (row.rung in known) if is_sized else row.credit > 0:
            practice.take(row.day_on, stop_reason=row.stop_reason, pain_peak=row.pain_peak)
    return found, practice


def _given(pain: int | None, anxiety: int | None) -> dict[str, int]:
    return {scale: value for scale, value in zip(_BUILT_IN, (pain, anxiety), strict=True) if value is not None}


# -- what follows from it ---------------------------------------------------------------------------------------------


def _change(db: Session, patient: t.Patient, place: OnLadder, today: date, now: datetime) -> None:
    """Writes down where the rules have brought her, unless it stands there already."""
    now_at, rungs = place.standing, [rung.id for rung in rungs_of(place.ladder, place.assignment.own_set)]
    newest = place.placements[0] if place.placements else None
    if now_at.rung is None:
        return
    written = newest.rung if newest is not None else rungs[0]
    state = state_of(place.ladder, newest)
    if (written, state) == (now_at.rung, now_at.state):
        return
    last = now_at.changes[-1] if now_at.changes else None
    before = last.because.params["rung"] if last is not None else None  # where she stood when the rule moved her
    code, params = "corrected", cast(dict[str, Any], {"from": written, "to": now_at.rung})
    if last is not None and (last.state == "locked" or before == written):
        code, params = last.because.code, dict(last.because.params)
    due_days.freeze(db, patient, now=now)
    from_on = max([today, place.assignment.start_on, *([last.from_on] if last is not None else [])])
    db.add(
        t.Placement(
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            assignment_id=place.assignment.id,
            ladder=place.ladder.id,
            rung=now_at.rung,
            from_on=from_on,
            by="rule",
            state=now_at.state,
            code=code,
            params=params,
            placed_at=now,
        )
    )
    body = {**told_of(place, now_at.rung), "from_on": from_on, "is_corrected": code == "corrected"}
    if now_at.state == "locked":
        notices.tell(db, patient, "ladder_locked", body, assignment_id=place.assignment.id, by=None, now=now)
    elif now_at.rung != written:
        is_up = written in rungs and rungs.index(now_at.rung) > rungs.index(written)
        kind: notices.Kind = "rung_up" if is_up else "rung_down"
        notices.tell(db, patient, kind, body, assignment_id=place.assignment.id, by=None, now=now)


def _propose(db: Session, place: OnLadder, now: datetime) -> None:
    """Opens the proposal that the log speaks for, and withdraws one that it does not speak for any more."""
    wanted, offer = place.standing.to, place.offer
    if offer is not None and (wanted is None or (offer.rung_from, offer.rung_to) != (place.standing.rung, wanted)):
        offer.closed_at, offer.outcome = now, "withdrawn"
        db.flush()
        offer = None
    if wanted is None or offer is not None or place.standing.rung is None:
        return
    assignment = place.assignment
    owner = db.execute(
        select(t.Assignment.clinic_id, t.Assignment.team_id).where(t.Assignment.id == assignment.id)
    ).one()
    db.add(
        t.RungProposal(
            clinic_id=owner.clinic_id,
            team_id=owner.team_id,
            assignment_id=assignment.id,
            ladder=place.ladder.id,
            rung_from=place.standing.rung,
            rung_to=wanted,
            needs=place.ladder.up_needs,
            code=place.standing.because.code,
            params=dict(place.standing.because.params),
            proposed_at=now,
        )
    )


def _warn(db: Session, patient: t.Patient, place: OnLadder, session: t.Session, now: datetime) -> None:
    """Two sittings in a row that pain, fear or safety ended, or a flare: her therapist looks, and she is told in kind
    words."""
    body = {"ladder": place.ladder.id, "rung": place.standing.rung, "program": place.assignment.program.id}
    last = place.standing.changes[-1] if place.standing.changes else None
    if last is not None and last.state == "locked" and last.because.code == "flare":
        alerts.raise_alert(
            db, patient, key=f"flare:{place.assignment.id}:{place.ladder.id}:{last.from_on}", kind="flare",
            urgency="routine", body=body, session_id=session.id, now=now,
        )  # fmt: skip
    second = place.standing.second_stop
    if second is None:
        return
    raised = alerts.raise_alert(
        db, patient, key=f"two_stops:{place.assignment.id}:{second.isoformat()}", kind="two_stops",
        urgency="routine", body=body, session_id=session.id, now=now,
    )  # fmt: skip
    if raised:
        body_told = told_of(place, place.standing.rung)
        notices.tell(db, patient, "rung_held", body_told, assignment_id=place.assignment.id, by=None, now=now)
