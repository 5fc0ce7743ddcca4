"""What a patient takes with her when a program she does goes over to another revision: all that has the same id.

A rung that the new revision has not, or has larger under the same id, is followed by the nearest below it that it has,
never by a larger one: where all are larger the ladder is locked until her therapist places her on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from coach.domain.course import AssignmentFacts, Place
from coach.domain.ladders import place_on, rung_on, rungs_of
from coach.domain.program import Program, Rung, Text

What = Literal["phase", "session", "ladder", "rung", "parameter"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Something that the other revision has no more. `name`: its title, or where it has none the author's id. `hers`:
    she stands on this rung, may choose up to it, or is in this phase, or has this value set. `instead`: where she goes
    on after a rung of hers; None where the ladder is locked, since no rung lies below. `larger`: the rung that has its
    id there, where it is not gone but grew."""

    what: What
    name: Text
    hers: bool = False
    instead: Rung | None = None
    larger: Rung | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """`places`: where she is placed from the day of the move on, since her rung is gone or grew; `allowed` in their
    params names the rung up to which she may choose, where that is another one. `parameters`: of the values that were
    set for her those that the revision still has."""

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
        new = program.ladders.get(ladder.id)
        if new is None:
            gone.append(Gone(what="ladder", name=Text(ladder.id), hers=place_on(stands, ladder.id, on) is not None))
            continue
        was, becomes = rungs_of(ladder, stands.own_set), rungs_of(new, stands.own_set)
        stood, allowed = stood_from(stands, ladder.id, on), allowed_on(stands, ladder.id)
        hers = {place.rung for place in stood} | {allowed}
        for rung in was:
            namesake = next((each for each in becomes if each.id == rung.id), None)
            is_hers = rung.id in hers
            if namesake is None or (is_hers and _grew(rung, namesake)):
                instead = nearest_below(rung, was, becomes) if is_hers else None
                name = _rung_name(ladder.id, rung)
                gone.append(Gone(what="rung", name=name, hers=is_hers, instead=instead, larger=namesake))
        places += _places(stands, stood, allowed, was, becomes)
    values = {name: value for name, value in stands.parameters.items() if name in program.parameters}
    gone += (
        Gone(what="parameter", name=parameter.label or Text(parameter.id), hers=parameter.id in stands.parameters)
        for parameter in before.parameters.values()
        if parameter.id not in program.parameters
    )
    return Moved(tuple(places), values, tuple(gone))


def stood_from(stands: AssignmentFacts, ladder_id: str, on: date) -> list[Place]:
    """Her place from that day on, and each that begins later; on a ladder that is open the lowest rung where nobody
    has placed her."""
    later = {place.from_on for place in stands.placements if place.ladder == ladder_id and place.from_on > on}
    found = []
    for day in (on, *sorted(later)):
        place, rung = place_on(stands, ladder_id, day), rung_on(stands, ladder_id, day)
        if place is not None:
            found.append(replace(place, from_on=day, rung=place.rung if rung is None else rung.id))
        elif rung is not None and not stands.program.ladders[ladder_id].locked:
            found.append(Place(day, ladder_id, rung.id))
    return found


def allowed_on(stands: AssignmentFacts, ladder_id: str) -> str | None:
    """The rung up to which she may choose; None where nobody else has placed her."""
    said = [place.allowed for place in stands.placements if place.ladder == ladder_id and place.allowed is not None]
    return said[-1] if said else None


def _places(
    stands: AssignmentFacts, stood: Sequence[Place], allowed: str | None, was: Sequence[Rung], becomes: Sequence[Rung]
) -> list[Place]:
    """What has to be written so that she stands on nothing larger and may choose nothing larger; none where nothing
    changes."""
    follows = {rung.id: _following(rung, was, becomes) for rung in was}
    written = [place_on(stands, place.ladder, place.from_on) or place for place in stood]
    named = {*(place.rung for place in (*stood, *written)), *([] if allowed is None else [allowed])}
    if not becomes or all(follows.get(each) == each for each in named):
        return []
    found = []
    for place in stood:
        rung, up_to = follows.get(place.rung), follows.get(allowed or place.rung)
        found.append(
            Place(place.from_on, place.ladder, becomes[0].id, state="locked")
            if rung is None
            else Place(
                place.from_on,
                place.ladder,
                rung,
                state=place.state,
                params={} if up_to in (None, rung) else {"allowed": up_to},
            )
        )
    return found


def _following(rung: Rung, was: Sequence[Rung], becomes: Sequence[Rung]) -> str | None:
    """The id of the rung that she has after it: its own, unless it is gone or grew."""
    namesake = next((each for each in becomes if each.id == rung.id), None)
    if namesake is None or _grew(rung, namesake):
        namesake = nearest_below(rung, was, becomes)
    return None if namesake is None else namesake.id


def _grew(rung: Rung, namesake: Rung) -> bool:
    return namesake.size_mm is not None and (rung.size_mm is None or namesake.size_mm > rung.size_mm)


def nearest_below(rung: Rung, was: Sequence[Rung], becomes: Sequence[Rung]) -> Rung | None:
    """Of the rungs that there will be (lowest first) the largest that is not larger than `rung`; None where all are.
    Without a size it goes by the order in which both ladders have the rungs that they share."""
    if rung.size_mm is not None:
        smaller = [each for each in becomes if each.size_mm is not None and each.size_mm <= rung.size_mm]
        return smaller[-1] if smaller else None
    known = {each.id: each for each in becomes if each.size_mm is None}
    below = [known[each.id] for each in was[: was.index(rung)] if each.id in known]
    return below[-1] if below else None


def _rung_name(ladder: str, rung: Rung) -> Text:
    return Text(f"{ladder} {rung.id}" if rung.size_mm is None else f"{ladder} {rung.size_mm:g} mm")


def _phase_on(stands: AssignmentFacts, day: date) -> str | None:
    return next((span.phase.id for span in stands.spans if span.holds(day)), None)
