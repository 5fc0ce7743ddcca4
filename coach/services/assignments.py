"""Giving a program to a patient, and ending it. Nothing of it rewrites a day that was."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.course import needs_injection
from coach.domain.ladders import rungs_of
from coach.domain.program import Ladder, Parameter, Program, Rung
from coach.services import access, programs
from coach.services.access import NotFound, Viewer
from coach.services.refusals import Refusal, Refused

FARTHEST = timedelta(days=366)


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
    revision_id: UUID
    injection: bool
    ladders: tuple[LadderNeeds, ...]
    parameters: tuple[Parameter, ...]


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


def needs(db: Session, viewer: Viewer, patient_id: UUID, program_id: UUID) -> Needs:
    """What the newest revision of the program asks for, with this patient's own set. Raises NotFound."""
    patient = access.treated(db, viewer, patient_id)
    revision = programs.newest(db, viewer, program_id)
    program = programs.load(db, revision.id)
    own_set = own_set_of(db, patient.id)
    return Needs(
        program,
        revision.id,
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
    injection_id: UUID | None = None,
    placements: Mapping[str, str] | None = None,
    parameters: Mapping[str, int | float] | None = None,
    now: datetime,
) -> t.Assignment:
    """The newest revision of a program, given from `start_on` on (a day on the patient's calendar).

    `placements` maps ladder ids to rung ids: needed where the program leaves the start to the one who assigns, the
    lowest rung elsewhere; a locked ladder is left without one, and unlocked by one. `parameters` maps ids to values
    (durations in ms); only what differs from the program's own value is kept. `injection_id` is needed where phases or
    safety checks are counted from an injection. Raises NotFound, Refused.
    """
    patient = access.treated(db, viewer, patient_id)
    # Two presses of one button at once would both find nothing running.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    wanted = needs(db, viewer, patient_id, program_id)
    placements, parameters = placements or {}, parameters or {}
    refusals = [
        *_about_start(start_on, _today(patient, now)),
        *_about_injection(db, viewer, patient, wanted, injection_id),
        *_about_placements(wanted, placements),
        *_about_parameters(wanted, parameters),
    ]
    same = _running_already(db, patient.id, program_id, injection_id, start_on)
    if same is not None:
        refusals.append(Refusal("program_id", "runs_already", {"start_on": same.start_on}))
    if refusals:
        raise Refused(*refusals)
    owner = {"clinic_id": patient.clinic_id, "team_id": patient.team_id}
    assignment = t.Assignment(
        **owner,
        patient_id=patient.id,
        revision_id=wanted.revision_id,
        injection_id=injection_id,
        start_on=start_on,
        parameters={
            parameter.id: parameters[parameter.id]
            for parameter in wanted.parameters
            if parameter.id in parameters and parameters[parameter.id] != parameter.default
        },
        assigned_by_id=viewer.account_id,
        assigned_at=now,
    )
    db.add(assignment)
    db.flush()
    db.add_all(
        t.Placement(
            **owner,
            assignment_id=assignment.id,
            ladder=need.ladder.id,
            rung=placements[need.ladder.id] if need.ladder.id in placements else need.rungs[0].id,
            from_on=start_on,
            placed_by_id=viewer.account_id,
            placed_at=now,
        )
        for need in wanted.ladders
        if need.ladder.id in placements or (need.rungs and not need.locked)
    )
    db.flush()
    return assignment


def end(
    db: Session, viewer: Viewer, assignment_id: UUID, *, ends_on: date | None = None, now: datetime
) -> t.Assignment:
    """Ends with `ends_on` as its last day (her calendar; today where None). Days that were stay as they were.

    One that has not begun is taken back: no day of it comes. Raises NotFound, Refused.
    """
    assignment = access.assignment(db, viewer, assignment_id)
    patient = access.treated(db, viewer, assignment.patient_id)
    today = _today(patient, now)
    if assignment.ends_on is not None and assignment.ends_on < today:
        raise Refused(Refusal("ends_on", "ended", {"ends_on": assignment.ends_on}))
    last = today if ends_on is None else ends_on
    if last < today - timedelta(days=1):
        raise Refused(Refusal("ends_on", "in_the_past"))
    if last - today > FARTHEST:
        raise Refused(Refusal("ends_on", "far_away"))
    if assignment.start_on > today and (ends_on is None or last < assignment.start_on):
        last = assignment.start_on - timedelta(days=1)
    assignment.ends_on = max(last, assignment.start_on - timedelta(days=1))
    assignment.ended_by_id = viewer.account_id
    assignment.ended_at = now
    db.flush()
    return assignment


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
    """Newest first."""
    if not assignment_ids:
        return []
    return list(
        db.scalars(
            select(t.Placement)
            .where(t.Placement.assignment_id.in_(assignment_ids))
            .order_by(t.Placement.from_on.desc(), t.Placement.placed_at.desc())
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


def _about_start(start_on: date, today: date) -> list[Refusal]:
    return [Refusal("start_on", "far_away")] if abs(start_on - today) > FARTHEST else []


def _about_injection(
    db: Session, viewer: Viewer, patient: t.Patient, wanted: Needs, injection_id: UUID | None
) -> list[Refusal]:
    if injection_id is None:
        return [Refusal("injection_id", "missing")] if wanted.injection else []
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


def _about_parameters(wanted: Needs, parameters: Mapping[str, int | float]) -> list[Refusal]:
    refusals = []
    known = {parameter.id: parameter for parameter in wanted.parameters}
    for name, value in parameters.items():
        parameter, where = known.get(name), f"parameters.{name}"
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
    return refusals
