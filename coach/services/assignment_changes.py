"""What is changed of a program that a patient has: its revision or values, its last day, an end, a restart.

Days that have opened stay as they were. Each change is a row of its own with its reason, its effect on this patient can
be seen before it applies, and she is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, assert_never
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.course import AssignmentFacts, Pause, Place
from coach.domain.effect import Effect, effect_of
from coach.domain.ladders import place_on, rung_on, rungs_of
from coach.domain.moving import Gone, moved
from coach.domain.program import Program
from coach.language.differences import Difference, differences
from coach.services import access, due_days, notices, plans, programs
from coach.services.access import NotFound, Viewer
from coach.services.assignments import (
    FARTHEST,
    LONGEST_REASON,
    Override,
    about_injection,
    about_parameters,
    overrides_of,
    set_for_her,
)
from coach.services.progress import practice_of
from coach.services.refusals import Refusal, Refused

_ANEW = UUID(int=0)  # what is given anew, before it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """To another revision of the program, another injection, or other values (durations in ms, by parameter id; what is
    left out is the program's own)."""

    revision_id: UUID
    parameters: Mapping[str, int | float]
    injection_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Extend:
    """A later last day, inside; None: it goes on."""

    ends_on: date | None


@dataclass(frozen=True, slots=True)
class End:
    """With `ends_on` as its last day, from today on. None: at once, so that today asks for nothing any more; one that
    has not begun is then taken back."""

    ends_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """It goes on from `on`, after an end or a long pause. `anew`: it is given once more, and the phases that count from
    its start begin again. `down`: so many rungs lower on each ladder; she goes up again by the program's own rules."""

    on: date
    anew: bool = False
    down: int = 0


Change = Move | Extend | End | Restart


@dataclass(frozen=True, slots=True)
class Draft:
    """A change as it would be: its effect on this patient, and what the other revision has no more. `differences`: what
    its author changed, in her notation."""

    change: Change
    stands: AssignmentFacts
    would: tuple[AssignmentFacts, ...]
    places: tuple[Place, ...]
    effect: Effect
    gone: tuple[Gone, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of what happened to an assignment: `kind` is `given` or that of the change. `read_at`: when the patient
    said that she had read of it; `is_told` False where she was told nothing."""

    kind: str
    at: datetime
    by: str
    reason: str | None
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    is_told: bool
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """An assignment with all that can be changed of it. `number` is that of its last change, 0 where there is none;
    `revisions` newest first; `history` newest first. `down` is by how many rungs the program itself goes back after a
    gap (None: it says nothing of it)."""

    assignment: t.Assignment
    facts: AssignmentFacts
    today: date
    revisions: tuple[t.Revision, ...]
    overrides: tuple[Override, ...]
    number: int
    history: tuple[Entry, ...]
    down: int | None

    @property
    def program(self) -> Program:
        return self.facts.program

    @property
    def revision(self) -> t.Revision:
        return next(each for each in self.revisions if each.id == self.assignment.revision_id)

    @property
    def is_over(self) -> bool:
        return self.assignment.ends_on is not None and self.assignment.ends_on < self.today

    @property
    def counts_from_start(self) -> bool:
        """Whether a phase begins again where it is given anew."""
        return any(phase.from_ is None or phase.from_.on == "start" for phase in self.program.phases)


def read(db: Session, viewer: Viewer, patient_id: UUID, assignment_id: UUID, *, now: datetime) -> Held:
    """One assignment of this patient, for a therapist of her team. Raises NotFound."""
    patient = access.treated(db, viewer, patient_id)
    assignment = access.assignment(db, viewer, assignment_id)
    known = plans.facts(db, patient, now=now, performed=False)
    facts = known.assignment(assignment.id)  # not found where it is another patient's
    program_id = programs.revision(db, viewer, assignment.revision_id).program_id
    after_gap = [ladder.after_gap.down for ladder in facts.program.ladders.values() if ladder.after_gap is not None]
    return Held(
        assignment=assignment,
        facts=facts,
        today=known.today,
        revisions=tuple(programs.revisions_of(db, viewer, program_id)),
        overrides=overrides_of(facts),
        number=_last_number(db, assignment.id),
        history=_history(db, assignment),
        down=max(after_gap, default=None),
    )


def preview(db: Session, viewer: Viewer, assignment_id: UUID, change: Change, *, now: datetime) -> Draft:
    """What a change would do to this patient, from today on. Changes nothing. Raises NotFound, Refused."""
    assignment, patient = _hers(db, viewer, assignment_id)
    return _draft(db, viewer, assignment, patient, change, now)


def apply(
    db: Session,
    viewer: Viewer,
    assignment_id: UUID,
    change: Change,
    *,
    reason: str,
    after: int | None = None,
    now: datetime,
) -> t.Assignment:
    """Makes the change, with its reason, which she reads. The assignment that holds then: the one that was given anew
    by a restart, otherwise the same.

    `after` is the number of the last change that the therapist had before her; Refused with `changed_by_another` where
    a newer one stands by now. Raises NotFound, Refused.
    """
    assignment, patient = _hers(db, viewer, assignment_id, for_update=True)
    number = _last_number(db, assignment.id)
    if after is not None and after != number:
        raise Refused(Refusal("after", "changed_by_another"))
    reason = reason.strip()
    refusals = []
    if not reason:
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_REASON:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_REASON}))
    try:
        draft = _draft(db, viewer, assignment, patient, change, now)
    except Refused as refused:
        raise Refused(*refused.refusals, *refusals) from None
    if refusals:
        raise Refused(*refusals)
    due_days.freeze(db, patient, now=now)
    writing = _Writing(db, viewer, patient, assignment, number + 1, reason, now)
    match change:
        case Move():
            return writing.move(change, draft)
        case Extend():
            return writing.extend(change)
        case End():
            return writing.end(change, draft)
        case Restart():
            return writing.restart(change, draft)
    assert_never(change)


# -- drafts -----------------------------------------------------------------------------------------------------------


def _draft(
    db: Session, viewer: Viewer, assignment: t.Assignment, patient: t.Patient, change: Change, now: datetime
) -> Draft:
    known = plans.facts(db, patient, now=now, performed=False)
    stands, today = known.assignment(assignment.id), known.today
    gone: tuple[Gone, ...] = ()
    changed: tuple[Difference, ...] = ()
    places: tuple[Place, ...] = ()
    anew: tuple[AssignmentFacts, ...] = ()
    match change:
        case Move():
            program = _program_for(db, viewer, assignment, stands, change)
            _refuse(_about_move(db, viewer, patient, stands, program, change, today))
            over = moved(stands, program, on=max(today, stands.start_on))
            gone, places = over.gone, over.places
            changed = differences(stands.program, program) if program is not stands.program else ()
            injections = {each.id: each for each in stands.injections}
            would = replace(
                stands,
                program=program,
                revision_id=change.revision_id,
                parameters=set_for_her(program, change.parameters),
                injection=None if change.injection_id is None else injections[change.injection_id],
            )
        case Extend():
            _refuse(_about_extension(stands, change, today))
            would = replace(stands, ends_on=change.ends_on)
        case End():
            _refuse(_about_end(stands, change, today))
            would = replace(stands, ends_on=_last_day(stands, change, today))
            if change.ends_on is None and stands.start_on <= today:
                would = replace(would, pauses=(*would.pauses, Pause(first=today, last=today, why="hold")))
        case Restart():
            _refuse([*_about_restart(stands, change, today), *_about_same(stands, known.assignments, today)])
            places = tuple(_lower(stands, change))
            would = replace(stands, ends_on=None)
            if change.anew:
                last = change.on - timedelta(days=1)
                would = replace(stands, ends_on=last if stands.ends_on is None else min(stands.ends_on, last))
                anew = (_given_anew(stands, change.on, today, places),)
                places = ()
            elif stands.ends_on is not None and stands.ends_on < today:
                would = replace(would, pauses=(*would.pauses, *_between(stands.ends_on, change.on)))
    would = replace(would, placements=(*would.placements, *places))
    hers = tuple(would if each.id == stands.id else each for each in known.assignments)
    effect = effect_of(known.assignments, (*hers, *anew), today=today)
    return Draft(change, stands, (would, *anew), places, effect, gone, changed)


def _program_for(
    db: Session, viewer: Viewer, assignment: t.Assignment, stands: AssignmentFacts, change: Move
) -> Program:
    """Raises Refused for a revision that is not one of the same program, or that the checker does not take any more."""
    own = programs.revision(db, viewer, assignment.revision_id)
    try:
        if programs.revision(db, viewer, change.revision_id).program_id != own.program_id:
            raise NotFound("revision")
        return programs.load(db, change.revision_id)
    except NotFound:
        raise Refused(Refusal("revision_id", "unknown_revision")) from None
    except programs.RefusedNow:
        raise Refused(Refusal("revision_id", "revision_not_taken")) from None


def _refuse(refusals: Iterable[Refusal]) -> None:
    if found := list(refusals):
        raise Refused(*found)


def _about_move(
    db: Session,
    viewer: Viewer,
    patient: t.Patient,
    stands: AssignmentFacts,
    program: Program,
    change: Move,
    today: date,
) -> Iterable[Refusal]:
    yield from _about_ended("revision_id", stands, today)
    yield from about_parameters(program, change.parameters)
    own = None if stands.injection is None else stands.injection.id
    if change.injection_id != own or own is None:
        yield from about_injection(db, viewer, patient, program, change.injection_id)
    for ladder in program.ladders.values():
        if ladder.id not in stands.program.ladders and not ladder.locked and not rungs_of(ladder, stands.own_set):
            yield Refusal("revision_id", "no_set")
    if (change.revision_id, set_for_her(program, change.parameters), change.injection_id) == (
        stands.revision_id,
        dict(stands.parameters),
        own,
    ):
        yield Refusal("revision_id", "nothing_changes")


def _about_ended(where: str, stands: AssignmentFacts, today: date) -> Iterable[Refusal]:
    if stands.ends_on is not None and stands.ends_on < today:
        yield Refusal(where, "ended", {"ends_on": stands.ends_on})


def _about_extension(stands: AssignmentFacts, change: Extend, today: date) -> Iterable[Refusal]:
    if any(found := list(_about_ended("ends_on", stands, today))):
        yield from found
    elif stands.ends_on is None:
        yield Refusal("ends_on", "goes_on_already")
    elif change.ends_on is not None and change.ends_on <= stands.ends_on:
        yield Refusal("ends_on", "not_later", {"ends_on": stands.ends_on})
    elif change.ends_on is not None and change.ends_on - today > FARTHEST:
        yield Refusal("ends_on", "far_away")


def _about_end(stands: AssignmentFacts, change: End, today: date) -> Iterable[Refusal]:
    if any(found := list(_about_ended("ends_on", stands, today))):
        yield from found
    elif change.ends_on is None:
        return
    elif change.ends_on < today:
        yield Refusal("ends_on", "in_the_past")
    elif change.ends_on - today > FARTHEST:
        yield Refusal("ends_on", "far_away")
    elif stands.ends_on is not None and change.ends_on >= stands.ends_on:
        yield Refusal("ends_on", "not_earlier", {"ends_on": stands.ends_on})


def _about_restart(stands: AssignmentFacts, change: Restart, today: date) -> Iterable[Refusal]:
    if change.on - today > FARTHEST:
        yield Refusal("on", "far_away")
    elif change.on < today or (change.on == today and not change.anew):
        yield Refusal("on", "from_tomorrow")  # today has opened, and asks for what it asked for
    elif change.on <= stands.start_on:
        yield Refusal("on", "not_begun", {"start_on": stands.start_on})
    elif any(pause.last is None and pause.first <= change.on for pause in stands.pauses):
        yield Refusal("on", "paused_then")
    if not 0 <= change.down <= 9:
        yield Refusal("down", "not_whole")
    is_over = stands.ends_on is not None and stands.ends_on < today
    if not is_over and not change.anew and not change.down:
        yield Refusal("on", "nothing_changes")


def _about_same(stands: AssignmentFacts, hers: Iterable[AssignmentFacts], today: date) -> Iterable[Refusal]:
    """The same program for the same injection, that she was given since and still has."""
    for other in hers:
        is_same = other.program.id == stands.program.id and other.injection == stands.injection
        lasts = other.ends_on is None or other.ends_on >= max(today, other.start_on)
        if is_same and lasts and other.id != stands.id and other.start_on >= stands.start_on:
            yield Refusal("on", "runs_already", {"start_on": other.start_on})
            return


def _last_day(stands: AssignmentFacts, change: End, today: date) -> date:
    """The day before its first where no day of it comes."""
    last = today - timedelta(days=1) if change.ends_on is None else change.ends_on
    return max(last, stands.start_on - timedelta(days=1))


def _lower(stands: AssignmentFacts, change: Restart) -> Iterable[Place]:
    """One row for each ladder on which she stands above the lowest rung."""
    for ladder in stands.program.ladders.values():
        place, rungs = place_on(stands, ladder.id, change.on), rungs_of(ladder, stands.own_set)
        here = rung_on(stands, ladder.id, change.on)
        if here is None or place is None or place.state == "locked" or not change.down:
            continue
        lower = max(0, rungs.index(here) - change.down)
        if rungs[lower] != here:
            yield Place(change.on, ladder.id, rungs[lower].id, state=place.state)


def _given_anew(stands: AssignmentFacts, on: date, today: date, lower: Iterable[Place]) -> AssignmentFacts:
    return replace(
        stands,
        id=_ANEW,
        start_on=on,
        ends_on=None,
        given_on=today,
        frozen={},
        pauses=tuple(pause for pause in stands.pauses if pause.assignment_id is None),
        ended={},
        placements=_carried(stands, on, lower),
    )


def _carried(stands: AssignmentFacts, on: date, lower: Iterable[Place]) -> tuple[Place, ...]:
    """Her places as they are on that day, under those that are given instead."""
    known = (place_on(stands, ladder, on) for ladder in stands.program.ladders)
    places = {place.ladder: replace(place, from_on=on, by="therapist") for place in known if place is not None}
    return tuple((places | {place.ladder: place for place in lower}).values())


def _between(ended: date, on: date) -> Iterable[Pause]:
    """The days from its end to the day before it goes on."""
    first, last = ended + timedelta(days=1), on - timedelta(days=1)
    return (Pause(first=first, last=last, why="hold"),) if first <= last else ()


# -- writing ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Writing:
    db: Session
    viewer: Viewer
    patient: t.Patient
    assignment: t.Assignment
    number: int
    reason: str
    now: datetime

    def move(self, change: Move, draft: Draft) -> t.Assignment:
        columns = {
            "revision_id": change.revision_id,
            "parameters": dict(draft.would[0].parameters),
            "injection_id": change.injection_id,
        }
        is_newer = change.revision_id != self.assignment.revision_id
        self._change("moved", **columns)
        self._place(draft.places)
        self._withdraw_proposals()
        self._tell_places(draft)
        return self._told("program_moved", program=draft.would[0].program.title, values_only=not is_newer)

    def extend(self, change: Extend) -> t.Assignment:
        self.assignment.ended_by_id = self.assignment.ended_at = None
        self._change("extended", ends_on=change.ends_on)
        return self._told("program_extended", program=self._title(), ends_on=change.ends_on)

    def end(self, change: End, draft: Draft) -> t.Assignment:
        ends_on = draft.would[0].ends_on
        assert ends_on is not None
        self._change("ended", ends_on=ends_on)
        self.assignment.ended_by_id, self.assignment.ended_at = self.viewer.account_id, self.now
        self._hold(each for each in draft.would[0].pauses if each.id is None)
        self._withdraw_proposals()
        return self._told("program_ended", program=self._title(), ends_on=ends_on)

    def restart(self, change: Restart, draft: Draft) -> t.Assignment:
        body: dict[str, notices.Value] = {"program": self._title(), "starts_on": change.on, "gentle": change.down > 0}
        self._withdraw_proposals()
        if not change.anew:
            self.assignment.ended_by_id = self.assignment.ended_at = None
            self._change("restarted", ends_on=None)
            self._hold(each for each in draft.would[0].pauses if each.id is None)
            self._place(draft.places)
            return self._told("program_restarted", **body)
        before = self.assignment
        given = t.Assignment(
            **self._owner,
            patient_id=self.patient.id,
            revision_id=before.revision_id,
            injection_id=before.injection_id,
            start_on=change.on,
            parameters=dict(before.parameters),
            assigned_by_id=self.viewer.account_id,
            assigned_at=self.now,
        )
        self.db.add(given)
        self.db.flush()
        ends_on = draft.would[0].ends_on
        if before.ends_on is None or before.ends_on > ends_on:  # type: ignore[operator]
            before.ended_by_id, before.ended_at = self.viewer.account_id, self.now
        self._change("restarted", ends_on=ends_on)
        anew = replace(self, assignment=given, number=1)
        anew._place(draft.would[1].placements)
        anew._change("restarted")
        return anew._told("program_restarted", **body)

    @property
    def _owner(self) -> dict[str, UUID]:
        return {"clinic_id": self.assignment.clinic_id, "team_id": self.assignment.team_id}

    def _title(self) -> notices.Value:
        return programs.load(self.db, self.assignment.revision_id).title

    def _change(self, kind: str, **columns: Any) -> None:
        """The row, and the assignment's own columns. What stays as it is is not told."""
        changed = {name: value for name, value in columns.items() if getattr(self.assignment, name) != value}
        before = {name: _json(getattr(self.assignment, name)) for name in changed}
        for name, value in changed.items():
            setattr(self.assignment, name, value)
        self.db.add(
            t.AssignmentChange(
                **self._owner,
                assignment_id=self.assignment.id,
                number=self.number,
                kind=kind,
                before=before,
                after={name: _json(value) for name, value in changed.items()},
                reason=self.reason,
                changed_by_id=self.viewer.account_id,
                changed_at=self.now,
            )
        )
        self.db.flush()

    def _place(self, places: Iterable[Place]) -> None:
        self.db.add_all(
            t.Placement(
                **self._owner,
                assignment_id=self.assignment.id,
                ladder=place.ladder,
                rung=place.rung,
                from_on=place.from_on,
                state=place.state,
                params={"allowed": place.params["allowed"]} if "allowed" in place.params else None,
                reason=self.reason,
                placed_by_id=self.viewer.account_id,
                placed_at=self.now,
            )
            for place in places
        )
        self.db.flush()

    def _hold(self, pauses: Iterable[Pause]) -> None:
        self.db.add_all(
            t.Pause(
                **self._owner,
                patient_id=self.patient.id,
                assignment_id=self.assignment.id,
                why=pause.why,
                first_on=pause.first,
                last_on=pause.last,
                begun_by_id=self.viewer.account_id,
                begun_at=self.now,
            )
            for pause in pauses
        )
        self.db.flush()

    def _withdraw_proposals(self) -> None:
        """A rung that was proposed under the rules of before; the log proposes again where it still should."""
        self.db.execute(
            update(t.RungProposal)
            .where(t.RungProposal.assignment_id == self.assignment.id, t.RungProposal.closed_at.is_(None))
            .values(closed_at=self.now, outcome="withdrawn")
        )

    def _tell_places(self, draft: Draft) -> None:
        """Where she goes on elsewhere, or at another size under the same name."""
        stands, would = draft.stands, draft.would[0]
        for name, ladder in would.program.ladders.items():
            if name not in stands.program.ladders:
                continue
            days = [place.from_on for place in would.placements if place.ladder == name]
            day = max([local_day(self.now, zone=self.patient.zone), stands.start_on, *days])
            title: notices.Value = practice_of(would.program, name)
            place, before, after = place_on(would, name, day), rung_on(stands, name, day), rung_on(would, name, day)
            was_locked = (then := place_on(stands, name, day)) is not None and then.state == "locked"
            kind: notices.Kind
            if was_locked or (place is None and ladder.locked):
                continue
            if place is not None and place.state == "locked":
                kind, body = "ladder_locked", {"ladder": name, "title": title}
            elif before is None or after is None or (before.id, before.size_mm) == (after.id, after.size_mm):
                continue
            else:
                kind = "rung_up" if (after.size_mm or 0) > (before.size_mm or 0) else "rung_down"
                what = {"title": title} if after.size_mm is None else {"size_mm": after.size_mm}
                body = {"ladder": name, **what, "from_on": day}
            self._notice(kind, body)

    def _told(self, kind: notices.Kind, **body: notices.Value) -> t.Assignment:
        self._notice(kind, {**body, "reason": self.reason})
        return self.assignment

    def _notice(self, kind: notices.Kind, body: Mapping[str, notices.Value]) -> None:
        notices.tell(
            self.db,
            self.patient,
            kind,
            body,
            assignment_id=self.assignment.id,
            by=self.viewer.account_id,
            now=self.now,
        )


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else str(value) if isinstance(value, UUID) else value


# -- rows -------------------------------------------------------------------------------------------------------------


def _hers(
    db: Session, viewer: Viewer, assignment_id: UUID, *, for_update: bool = False
) -> tuple[t.Assignment, t.Patient]:
    assignment = access.assignment(db, viewer, assignment_id)
    patient = access.treated(db, viewer, assignment.patient_id)
    if for_update:  # two changes at once would take the same number
        db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
        db.refresh(assignment)
    return assignment, patient


def _last_number(db: Session, assignment_id: UUID) -> int:
    found = db.scalar(
        select(t.AssignmentChange.number)
        .where(t.AssignmentChange.assignment_id == assignment_id)
        .order_by(t.AssignmentChange.number.desc())
        .limit(1)
    )
    return found or 0


def _history(db: Session, assignment: t.Assignment) -> tuple[Entry, ...]:
    changes = db.execute(
        select(t.AssignmentChange, t.Account.name)
        .join(t.Account, t.Account.id == t.AssignmentChange.changed_by_id)
        .where(t.AssignmentChange.assignment_id == assignment.id)
        .order_by(t.AssignmentChange.number.desc())
    ).all()
    told = {
        row.told_at: row.noticed_at
        for row in db.execute(
            select(t.Notice.told_at, t.Notice.noticed_at).where(
                t.Notice.assignment_id == assignment.id, t.Notice.kind.startswith("program_")
            )
        )
    }
    entries = [
        Entry(
            change.kind,
            change.changed_at,
            name,
            change.reason,
            change.before,
            change.after,
            change.changed_at in told,
            told.get(change.changed_at),
        )
        for change, name in changes
    ]
    giver = db.get_one(t.Account, assignment.assigned_by_id).name
    at = assignment.assigned_at
    if not changes or changes[-1][0].changed_at != at:  # one that was given anew begins with its restart
        entries.append(Entry("given", at, giver, None, {}, {}, at in told, told.get(at)))
    return tuple(entries)
