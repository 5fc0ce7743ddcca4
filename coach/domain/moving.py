"""What a patient takes with her when a program she does goes over to another revision: all that has the same id.

A rung that the new revision has not is followed by the nearest below it that it has, never by a larger one: where all
are larger the ladder is locked until her therapist places her on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from coach.domain.course import AssignmentFacts, Place
from coach.domain.ladders import place_on, rungs_of
from coach.domain.program import Program, Rung, Text

What = Literal["phase", "session", "ladder", "rung", "parameter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Something that the other revision has no more. `name`: its title, or where it has none the author's id. `hers`:
    she stands on this rung or in this phase, or has this value set. `instead`: where she goes on after a rung of hers;
    None where the ladder is locked, since no rung lies below."""

    what: What
    name: Text
    hers: bool = False
    instead: Rung | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """`places`: where she is placed from the day of the move on, since her rung is gone. `parameters`: of the values
    that were set for her those that the revision still has."""

    places: tuple[Place, ...]
    parameters: dict[str, int | float]
    gone: tuple[Gone, ...]


def moved(stands: AssignmentFacts, program: Program, *, on: date) -> Moved:
    """What goes over to `program`, another revision, on a day of hers."""
    before = stands.program
    places: list[Place] = []
    gone: list[Gone] = []
    known_phases, phase_now = {phase.id for phase in program.phases}, _phase_on(stands, on)
    gone += (
        Gone(what="phase", name=phase.title, hers=phase.id == phase_now)
        for phase in before.phases
        if phase.id not in known_phases
    )
    gone += (
        Gone(what="session", name=session.title)
        for session in before.sessions.values()
        if session.id not in program.sessions
    )
    for ladder in before.ladders.values():
        place = place_on(stands, ladder.id, on)
        new = program.ladders.get(ladder.id)
        if new is None:
            gone.append(Gone(what="ladder", name=Text(ladder.id), hers=place is not None))
            continue
        was, becomes = rungs_of(ladder, stands.own_set), rungs_of(new, stands.own_set)
        kept = {rung.id for rung in becomes}
        for rung in was:
            if rung.id in kept:
                continue
            hers = place is not None and place.rung == rung.id
            instead = nearest_below(rung, was, becomes) if hers else None
            gone.append(Gone(what="rung", name=_rung_name(ladder.id, rung), hers=hers, instead=instead))
            if place is not None and instead is not None:
                places.append(Place(on, ladder.id, instead.id, state=place.state))
            elif hers and becomes:
                places.append(Place(on, ladder.id, becomes[0].id, state="locked"))
    values = {name: value for name, value in stands.parameters.items() if name in program.parameters}
    gone += (
        Gone(what="parameter", name=parameter.label or Text(parameter.id), hers=parameter.id in stands.parameters)
        for parameter in before.parameters.values()
        if parameter.id not in program.parameters
    )
    return Moved(tuple(places), values, tuple(gone))


def nearest_below(rung: Rung, was: Sequence[Rung], becomes: Sequence[Rung]) -> Rung | None:
    """Of the rungs that there will be (lowest first) the largest that is not larger than `rung`; None where all are.
    Without a size it goes by the order in which both ladders have the rungs that they share."""
    if rung.size_mm is not None:
        smaller = [each for each in becomes if each.size_mm is not None and each.size_mm <= rung.size_mm]
        return smaller[-1] if smaller else None
    known = {each.id: each for each in becomes}
    below = [known[each.id] for each in was[: was.index(rung)] if each.id in known]
    return below[-1] if below else None


def _rung_name(ladder: str, rung: Rung) -> Text:
    return Text(f"{ladder} {rung.id}" if rung.size_mm is None else f"{ladder} {rung.size_mm:g} mm")


def _phase_on(stands: AssignmentFacts, day: date) -> str | None:
    return next((span.phase.id for span in stands.spans if span.holds(day)), None)
