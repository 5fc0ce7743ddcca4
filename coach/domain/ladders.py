"""A patient's place on a program's ladders, and what a reference to one is worth on a day.

The place comes from what the therapist wrote down. Where she wrote nothing it is the lowest rung, and a ladder that the
program locks stays locked until she places the patient on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from coach.domain.course import AssignmentFacts, Performed, Place
from coach.domain.program import Ladder, Phase, Program, Reference, Rung
from coach.domain.uses import exercises_of, steps_of


def rungs_of(ladder: Ladder, own_set: Sequence[Rung]) -> tuple[Rung, ...]:
    """The ladder's own rungs, or the patient's set from the smallest to the largest; may be empty."""
    if ladder.rungs is not None:
        return ladder.rungs
    return tuple(sorted(own_set, key=lambda rung: rung.size_mm or 0.0))


def place_on(assignment: AssignmentFacts, ladder_id: str, day: date) -> Place | None:
    """What was written down last for this ladder up to that day."""
    found: Place | None = None
    for place in assignment.placements:
        if place.ladder == ladder_id and place.from_on <= day and (found is None or place.from_on >= found.from_on):
            found = place
    return found


def rung_on(assignment: AssignmentFacts, ladder_id: str, day: date) -> Rung | None:
    """The rung on that day: the lowest where none was written down or the one written down is gone; None: no rungs."""
    rungs = rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)
    place = place_on(assignment, ladder_id, day)
    if place is not None:
        for rung in rungs:
            if rung.id == place.rung:
                return rung
    return rungs[0] if rungs else None


def rungs_on(assignment: AssignmentFacts, day: date) -> dict[str, str]:
    """Ladder id -> rung id for every ladder of the program that has a rung for this patient."""
    found = {ladder_id: rung_on(assignment, ladder_id, day) for ladder_id in assignment.program.ladders}
    return {ladder_id: rung.id for ladder_id, rung in found.items() if rung is not None}


def unlocked_on(assignment: AssignmentFacts, ladder_id: str) -> date | None:
    """The first day on which the ladder may be used: the start, or for a locked one its first place; None: not yet."""
    if not assignment.program.ladders[ladder_id].locked:
        return assignment.start_on
    days = [place.from_on for place in assignment.placements if place.ladder == ladder_id]
    return min(days) if days else None


def parameters_in(assignment: AssignmentFacts, phase: Phase | None) -> dict[str, int | float]:
    """Parameter values: the program's defaults, under the assignment's, under what the phase sets."""
    values = {name: parameter.default for name, parameter in assignment.program.parameters.items()}
    values.update({name: value for name, value in assignment.parameters.items() if name in values})
    if phase is not None:
        values.update({name: value for name, value in phase.set.items() if name in values})
    return values


def count_on(value: int | Reference, assignment: AssignmentFacts, *, day: date, phase: Phase | None) -> int | None:
    """A count, or what the reference is worth on that day; None where it is worth nothing for this patient."""
    if not isinstance(value, Reference):
        return value
    if value.name in assignment.program.ladders:
        rung = rung_on(assignment, value.name, day)
        found = None if rung is None or value.field is None else rung.values.get(value.field)
    else:
        found = parameters_in(assignment, phase).get(value.name)
    return None if found is None else int(found)


def ladders_of(program: Program, session_id: str, *, with_variants: bool = False) -> frozenset[str]:
    """The ladders that the session's steps refer to, those of its alternatives included; those that only a variant has
    where they are asked for."""
    session = program.sessions[session_id]
    found: set[str] = set()
    for alternative in session.alternate:
        if alternative != session_id and alternative in program.sessions:
            found |= ladders_of(program, alternative, with_variants=with_variants)
    exercises = exercises_of(session) if with_variants else (step.exercise for step in steps_of(session))
    for exercise in exercises:
        found.update(reference.name for reference in exercise.references if reference.name in program.ladders)
    return frozenset(found)


def nth_on(assignment: AssignmentFacts, session_key: str, day: date, *, performed: Iterable[Performed]) -> int:
    """1 + how often this session was completed up to and with that day at the rungs that hold on it.

    A variant, or a session at a smaller size than prescribed, does not count here.
    """
    program = assignment.program
    used = ladders_of(program, session_key)
    now = {ladder_id: rung_on(assignment, ladder_id, day) for ladder_id in used}
    sizes = {rung.id for rung in now.values() if rung is not None}
    known = {rung.id for ladder_id in used for rung in rungs_of(program.ladders[ladder_id], assignment.own_set)}
    completed = 0
    for sitting in performed:
        if (
            sitting.assignment_id != assignment.id
            or sitting.session_key != session_key
            or sitting.outcome != "complete"
            or sitting.variant is not None
            or sitting.day_on > day
        ):
            continue
        if sitting.rung in known and sitting.rung not in sizes:
            continue
        if all(rung_on(assignment, ladder_id, sitting.day_on) == rung for ladder_id, rung in now.items()):
            completed += sitting.times
    return completed + 1
