"""Giving a program to a patient. What becomes of one that she has is changed in `assignment_changes`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.course import AssignmentFacts, Place, in_force, needs_injection
from coach.domain.effect import DAYS_AHEAD
from coach.domain.ladders import rungs_of
from coach.domain.program import Ladder, Parameter, Program, Rung, Text
from coach.domain.uses import contracting
from coach.domain.weeks import Week, weeks_of
from coach.language import notation
from coach.language.checks import LONGEST_CONTRACTION_MS
from coach.services import access, due_days, notices, plans, programs, reminders
from coach.services.access import NotFound, Viewer
from coach.services.refusals import Refusal, Refused

FARTHEST = timedelta(days=366)
LONGEST_REASON = 2_000  # characters
_NOT_GIVEN_YET = UUID(int=0)  # what a program that is only looked at goes by


@dataclass(frozen=True, slots=True)
class LadderNeeds:
    """A ladder of the program with the rungs that this patient has on it, lowest first.

    `must_choose`: the author leaves the start to the one who assigns. `locked`: nobody stands on it until the
    therapist places her there.
    """

    ladder: Ladder
    rungs: tuple[Rung, ...]
    must_choose: bool
    locked: bool


@dataclass(frozen=True, slots=True)
class Needs:
    """What has to be said to assign this program to this patient."""

    program: Program
    revision: t.Revision
    injection: bool
    ladders: tuple[LadderNeeds, ...]
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What is said to give a program. `start_on` and `ends_on` (None: goes on) are days on the patient's calendar, both
    inside. `placements` maps ladder ids to rung ids: needed where the program leaves the start to the one who assigns,
    the lowest rung elsewhere; a locked ladder is left without one, and unlocked by one. `parameters` maps ids to values
    (durations in ms). `injection_id` is needed where phases or safety checks are counted from an injection. `times`, on
    her own clock, are proposed to her as times for reminders: she chooses."""

    program_id: UUID
    revision_id: UUID | None = None  # the newest
    start_on: date
    ends_on: date | None = None
    injection_id: UUID | None = None
    placements: Mapping[str, str]
    parameters: Mapping[str, int | float]
    times: Sequence[time] = ()


class Override(NamedTuple):
    """Something that is otherwise for this patient than the program has it, in the author's notation. `but_in`: phases
    in which the program sets a value of its own, which then holds."""

    name: str
    label: Text | None
    here: str
    programs: str
    but_in: tuple[tuple[Text, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """A program as it would be for this patient: her first weeks with all that she does. `titles` are those of her
    programs by the ids in the weeks, the looked-at one's `id` among them. `taken_over`: programs of hers that it puts
    an end to, with their last days then. `injection_on`: the day of the injection that it goes by."""

    id: UUID
    weeks: tuple[Week, ...]
    titles: Mapping[UUID, Text]
    overrides: tuple[Override, ...]
    taken_over: tuple[tuple[Text, date], ...]
    injection_on: date | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where she is on a ladder now (None: it is locked, or has no rung), and the staircase to here, newest first."""

    ladder: Ladder
    rungs: tuple[Rung, ...]
    rung: Rung | None
    placements: tuple[t.Placement, ...]


@dataclass(frozen=True, slots=True)
class Running:
    """An assignment as the therapist changes it: its program and where she stands on each ladder."""

    assignment: t.Assignment
    program: Program
    revision: t.Revision
    standings: tuple[Standing, ...]


def needs(db: Session, viewer: Viewer, patient_id: UUID, program_id: UUID, *, revision_id: UUID | None = None) -> Needs:
    """What a revision of the program asks for (the newest where none is named), with this patient's own set. Raises
    NotFound."""
    patient = access.treated(db, viewer, patient_id)
    revision = (
        programs.newest(db, viewer, program_id) if revision_id is None else programs.revision(db, viewer, revision_id)
    )
    if revision.program_id != program_id:
        raise NotFound("revision")
    program = programs.load(db, revision.id)
    own_set = own_set_of(db, patient.id)
    return Needs(
        program,
        revision,
        needs_injection(program),
        tuple(
            LadderNeeds(ladder, rungs_of(ladder, own_set), ladder.chosen_at_assignment, ladder.locked)
            for ladder in program.ladders.values()
        ),
        tuple(program.parameters.values()),
    )


def assign(
    db: Session,
    viewer: Viewer,
    patient_id: UUID,
    *,
    program_id: UUID,
    start_on: date,
    revision_id: UUID | None = None,
    ends_on: date | None = None,
    injection_id: UUID | None = None,
    placements: Mapping[str, str] | None = None,
    parameters: Mapping[str, int | float] | None = None,
    times: Sequence[time] = (),
    now: datetime,
) -> t.Assignment:
    """Gives a program, as `Given` says; of `parameters` only what differs from the program's own value is kept. She is
    told. Raises NotFound, Refused."""
    given = Given(
        program_id=program_id,
        revision_id=revision_id,
        start_on=start_on,
        ends_on=ends_on,
        injection_id=injection_id,
        placements=placements or {},
        parameters=parameters or {},
        times=times,
    )
    patient = access.treated(db, viewer, patient_id)
    # Two presses of one button at once would both find nothing running.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    wanted = needs(db, viewer, patient_id, program_id, revision_id=revision_id)
    refusals = _about(db, viewer, patient, wanted, given, now)
    if refusals:
        raise Refused(*refusals)
    due_days.freeze(db, patient, now=now)
    if start_on <= _today(patient, now):
        _withdraw_proposals(db, patient.id, program_id, now)
    owner = {"clinic_id": patient.clinic_id, "team_id": patient.team_id}
    assignment = t.Assignment(
        **owner,
        patient_id=patient.id,
        revision_id=wanted.revision.id,
        injection_id=injection_id,
        start_on=start_on,
        ends_on=ends_on,
        parameters=set_for_her(wanted.program, given.parameters),
        assigned_by_id=viewer.account_id,
        assigned_at=now,
    )
    db.add(assignment)
    db.flush()
    db.add_all(
        t.Placement(
            **owner,
            assignment_id=assignment.id,
            ladder=place.ladder,
            rung=place.rung,
            from_on=place.from_on,
            placed_by_id=viewer.account_id,
            placed_at=now,
        )
        for place in _places(wanted, given)
    )
    db.flush()
    body: dict[str, notices.Value] = {"program": wanted.program.title, "starts_on": start_on}
    if times:
        body["times"] = ", ".join(f"{each:%H:%M}" for each in sorted(times))
    notices.tell(db, patient, "program_given", body, assignment_id=assignment.id, by=viewer.account_id, now=now)
    return assignment


def preview(db: Session, viewer: Viewer, patient_id: UUID, given: Given, *, now: datetime) -> Preview:
    """What `assign` would make of it, before it is given. Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    wanted = needs(db, viewer, patient_id, given.program_id, revision_id=given.revision_id)
    refusals = _about(db, viewer, patient, wanted, given, now)
    if refusals:
        raise Refused(*refusals)
    known = plans.facts(db, patient, now=now, performed=False)
    injections = plans.injection_facts(db, patient.id)
    new = AssignmentFacts(
        id=_NOT_GIVEN_YET,
        program=wanted.program,
        revision_id=wanted.revision.id,
        start_on=given.start_on,
        ends_on=given.ends_on,
        injection=None if given.injection_id is None else injections.get(given.injection_id),
        injections=tuple(injections.values()),
        parameters=set_for_her(wanted.program, given.parameters),
        placements=_places(wanted, given),
        own_set=known.own_set,
    )
    hers = (*known.assignments, new)
    before = {assignment.id: last for assignment, last in in_force(known.assignments)}
    first = max(given.start_on, known.today)
    last = first + timedelta(days=DAYS_AHEAD - 1)
    return Preview(
        id=new.id,
        weeks=weeks_of(hers, first, last if given.ends_on is None else max(first, min(last, given.ends_on))),
        titles={assignment.id: assignment.program.title for assignment in hers},
        overrides=overrides_of(new),
        taken_over=tuple(
            (assignment.program.title, ends)
            for assignment, ends in in_force(hers)
            if ends is not None and ends >= known.today and assignment is not new and ends != before[assignment.id]
        ),
        injection_on=None if new.injection is None else new.injection.on,
    )


def overrides_of(assignment: AssignmentFacts) -> tuple[Override, ...]:
    """Values that were set for her, and where she began on a ladder other than the program says."""
    program = assignment.program
    found = []
    for name, value in assignment.parameters.items():
        parameter = program.parameters.get(name)
        if parameter is None or value == parameter.default:
            continue
        but_in = tuple(
            (phase.title, notation.amount(phase.set[name], parameter.type))
            for phase in program.phases
            if name in phase.set
        )
        here, programs_own = (notation.amount(each, parameter.type) for each in (value, parameter.default))
        found.append(Override(name, parameter.label, here, programs_own, but_in))
    for ladder in program.ladders.values():
        rungs = rungs_of(ladder, assignment.own_set)
        begins = next((place for place in assignment.placements if place.ladder == ladder.id), None)
        if (
            begins is None
            or not rungs
            or ladder.chosen_at_assignment
            or (begins.rung == rungs[0].id and not ladder.locked)
        ):
            continue
        found.append(Override(ladder.id, None, begins.rung, "locked" if ladder.locked else rungs[0].id))
    return tuple(found)


def set_for_her(program: Program, parameters: Mapping[str, int | float]) -> dict[str, int | float]:
    """Of the values those that differ from the program's own."""
    return {
        parameter.id: parameters[parameter.id]
        for parameter in program.parameters.values()
        if parameter.id in parameters and parameters[parameter.id] != parameter.default
    }


def running(db: Session, viewer: Viewer, patient_id: UUID, *, now: datetime) -> tuple[Running, ...]:
    """What the patient does now or will do: assignments whose last day has not passed, by their first day."""
    patient = access.patient(db, viewer, patient_id)
    today = _today(patient, now)
    rows = db.execute(
        select(t.Assignment, t.Revision)
        .join(t.Revision, t.Revision.id == t.Assignment.revision_id)
        .where(
            t.Assignment.patient_id == patient.id, (t.Assignment.ends_on.is_(None)) | (t.Assignment.ends_on >= today)
        )
        .order_by(t.Assignment.start_on, t.Assignment.assigned_at)
    ).all()
    own_set = own_set_of(db, patient.id)
    placements = _placements_of(db, [assignment.id for assignment, _ in rows])
    return tuple(
        Running(
            assignment,
            program := programs.load(db, revision.id),
            revision,
            tuple(
                _standing(ladder, own_set, [p for p in placements if p.assignment_id == assignment.id])
                for ladder in program.ladders.values()
            ),
        )
        for assignment, revision in rows
        if assignment.ends_on is None or assignment.ends_on >= assignment.start_on
    )


def ended(db: Session, viewer: Viewer, patient_id: UUID, *, now: datetime) -> tuple[tuple[t.Assignment, Program], ...]:
    """What she did before, the last first, with its program; what was taken back before it began is left out."""
    patient = access.patient(db, viewer, patient_id)
    found = db.scalars(
        select(t.Assignment)
        .where(
            t.Assignment.patient_id == patient.id,
            t.Assignment.ends_on < _today(patient, now),
            t.Assignment.ends_on >= t.Assignment.start_on,
        )
        .order_by(t.Assignment.ends_on.desc(), t.Assignment.start_on.desc())
    )
    return tuple((assignment, programs.load(db, assignment.revision_id)) for assignment in found)


def is_assigned_for(db: Session, viewer: Viewer, injection_id: UUID) -> bool:
    """Whether something was assigned that goes by this injection, and not taken back. Raises NotFound."""
    injection = access.injection(db, viewer, injection_id)
    return (
        db.scalar(
            select(
                exists().where(
                    t.Assignment.injection_id == injection.id,
                    (t.Assignment.ends_on.is_(None)) | (t.Assignment.ends_on >= t.Assignment.start_on),
                )
            )
        )
        is True
    )


def own_set_of(db: Session, patient_id: UUID) -> tuple[Rung, ...]:
    """The patient's dilators as rungs, smallest first. The caller has made sure that the patient may be seen."""
    dilators = db.scalars(
        select(t.Dilator).where(t.Dilator.patient_id == patient_id).order_by(t.Dilator.size_mm, t.Dilator.rung)
    )
    return tuple(Rung(dilator.rung, size_mm=dilator.size_mm) for dilator in dilators)


def _today(patient: t.Patient, now: datetime) -> date:
    return local_day(now, zone=patient.zone)


def _standing(ladder: Ladder, own_set: tuple[Rung, ...], placements: list[t.Placement]) -> Standing:
    rungs = rungs_of(ladder, own_set)
    mine = tuple(placement for placement in placements if placement.ladder == ladder.id)
    here = next((rung for rung in rungs if mine and rung.id == mine[0].rung), None)
    return Standing(ladder, rungs, here, mine)


def _placements_of(db: Session, assignment_ids: list[UUID]) -> list[t.Placement]:
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


def _running_already(
    db: Session, patient_id: UUID, program_id: UUID, injection_id: UUID | None, start_on: date
) -> t.Assignment | None:
    """The same program for the same injection. For a further injection it takes over, and that is no repetition."""
    return db.scalars(
        select(t.Assignment)
        .join(t.Revision, t.Revision.id == t.Assignment.revision_id)
        .where(
            t.Assignment.patient_id == patient_id,
            t.Revision.program_id == program_id,
            t.Assignment.injection_id == injection_id if injection_id else t.Assignment.injection_id.is_(None),
            (t.Assignment.ends_on.is_(None))
            | ((t.Assignment.ends_on >= start_on) & (t.Assignment.ends_on >= t.Assignment.start_on)),
        )
        .order_by(t.Assignment.start_on.desc())
        .limit(1)
    ).one_or_none()


def _withdraw_proposals(db: Session, patient_id: UUID, program_id: UUID, now: datetime) -> None:
    """A rung of what is taken over is not to be answered any more."""
    theirs = (
        select(t.Assignment.id)
        .join(t.Revision, t.Revision.id == t.Assignment.revision_id)
        .where(t.Assignment.patient_id == patient_id, t.Revision.program_id == program_id)
    )
    db.execute(
        update(t.RungProposal)
        .where(t.RungProposal.assignment_id.in_(theirs), t.RungProposal.closed_at.is_(None))
        .values(closed_at=now, outcome="withdrawn")
    )


def _places(wanted: Needs, given: Given) -> tuple[Place, ...]:
    return tuple(
        Place(given.start_on, need.ladder.id, given.placements.get(need.ladder.id) or need.rungs[0].id)
        for need in wanted.ladders
        if need.ladder.id in given.placements or (need.rungs and not need.locked)
    )


def _about(
    db: Session, viewer: Viewer, patient: t.Patient, wanted: Needs, given: Given, now: datetime
) -> list[Refusal]:
    refusals = [
        *_about_days(given, _today(patient, now)),
        *about_injection(db, viewer, patient, wanted.program, given.injection_id),
        *_about_placements(wanted, given.placements),
        *about_parameters(wanted.program, given.parameters),
    ]
    if len(given.times) > reminders.MOST_A_DAY:
        refusals.append(Refusal("times", "too_many", {"most": reminders.MOST_A_DAY}))
    same = _running_already(db, patient.id, given.program_id, given.injection_id, given.start_on)
    if same is not None:
        refusals.append(Refusal("program_id", "runs_already", {"start_on": same.start_on}))
    return refusals


def _about_days(given: Given, today: date) -> list[Refusal]:
    refusals = [Refusal("start_on", "far_away")] if abs(given.start_on - today) > FARTHEST else []
    if given.ends_on is not None and given.ends_on < max(given.start_on, today):
        refusals.append(Refusal("ends_on", "before_it_begins"))
    elif given.ends_on is not None and given.ends_on - given.start_on > 3 * FARTHEST:
        refusals.append(Refusal("ends_on", "far_away"))
    return refusals


def about_injection(
    db: Session, viewer: Viewer, patient: t.Patient, program: Program, injection_id: UUID | None
) -> list[Refusal]:
    """Why a program cannot go by this injection, or by none."""
    if injection_id is None:
        return [Refusal("injection_id", "missing")] if needs_injection(program) else []
    try:
        injection = access.injection(db, viewer, injection_id)
    except NotFound:
        return [Refusal("injection_id", "unknown_injection")]
    if injection.patient_id != patient.id:
        return [Refusal("injection_id", "unknown_injection")]
    if injection.charts[-1].state == "cancelled":
        return [Refusal("injection_id", "cancelled")]
    return []


def _about_placements(wanted: Needs, placements: Mapping[str, str]) -> list[Refusal]:
    refusals = []
    known = {need.ladder.id: need for need in wanted.ladders}
    for ladder, rung in placements.items():
        need = known.get(ladder)
        if need is None:
            refusals.append(Refusal(f"placements.{ladder}", "unknown_ladder", {"ladder": ladder}))
        elif rung not in {each.id for each in need.rungs}:
            refusals.append(Refusal(f"placements.{ladder}", "unknown_rung", {"rung": rung}))
    for need in wanted.ladders:
        where = f"placements.{need.ladder.id}"
        if not need.rungs and not need.locked:
            refusals.append(Refusal(where, "no_set"))
        elif need.must_choose and not need.locked and need.ladder.id not in placements:
            refusals.append(Refusal(where, "missing"))
    return refusals


def about_parameters(program: Program, parameters: Mapping[str, int | float]) -> list[Refusal]:
    """Why values cannot be set: outside of what the author allows, or of what the language lets anybody write."""
    refusals = []
    contracts = contracting(program)
    for name, value in parameters.items():
        parameter, where = program.parameters.get(name), f"parameters.{name}"
        if parameter is None:
            refusals.append(Refusal(where, "unknown_parameter", {"parameter": name}))
        elif not math.isfinite(value):
            refusals.append(Refusal(where, "not_a_number"))
        elif parameter.type in ("count", "duration") and value != int(value):
            refusals.append(Refusal(where, "not_whole"))
        elif parameter.minimum is not None and value < parameter.minimum:
            refusals.append(Refusal(where, "too_small", {"least": parameter.minimum, "parameter": parameter}))
        elif parameter.maximum is not None and value > parameter.maximum:
            refusals.append(Refusal(where, "too_large", {"most": parameter.maximum, "parameter": parameter}))
        elif value < 0:
            refusals.append(Refusal(where, "negative"))
        elif name in contracts and value > LONGEST_CONTRACTION_MS:
            refusals.append(
                Refusal(where, "long_contraction", {"most": LONGEST_CONTRACTION_MS, "parameter": parameter})
            )
    return refusals
