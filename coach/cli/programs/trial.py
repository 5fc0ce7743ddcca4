"""A program as it would be given to somebody, from what the command line says: no patient and no database."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from coach.cli.programs.files import generic_set
from coach.cli.programs.script import add_values, parameters_from, rungs_from
from coach.domain.course import AssignmentFacts, InjectionFacts, Place, can_be_ended
from coach.domain.program import Program
from coach.language.explaining.phrases import Words
from coach.language.parameters import BadValue
from coach.language.problems import near_name
from coach.language.titles import told_apart

_YEARS = range(1900, 2200)
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ASSIGNMENT, _INJECTION = UUID(int=1), UUID(int=2)  # nobody's: they only have to differ

# key: (English, Spanish)
ENDING_PHRASES: dict[str, tuple[str, str]] = {
    "after_therapist": (
        "After “{phase}”, once the therapist ends it: {phases}.",
        "Después de “{phase}”, cuando la terapeuta la termine: {phases}.",
    ),
    "after_patient": (
        "After “{phase}”, once the patient ends it: {phases}.",
        "Después de “{phase}”, cuando la paciente la termine: {phases}.",
    ),
    "after_automatic": (
        "After “{phase}”, once its sessions show what its `until` asks for: {phases}.",
        "Después de “{phase}”, cuando sus sesiones muestren lo que pide su `until`: {phases}.",
    ),
    "add_ends": (
        "Add --ends {phase}=DATE, its last day, to see what comes after it.",
        "Añade --ends {phase}=FECHA, su último día, para ver lo que viene después.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GivenDays:
    """The days that were given; None where they were not."""

    start: date | None
    injection: date | None
    insertion: date | None


def add_days(parser: argparse.ArgumentParser, *, start: str, injection: str, insertion: str) -> None:
    """The days, rungs and parameters of a trial; the texts say what holds where a day is not given."""
    parser.add_argument("--start", metavar="DATE", help=f"the program's first day; {start}")
    parser.add_argument(
        "--injection", metavar="DATE", help=f"the day of the injection, such as 2026-03-01; {injection}"
    )
    parser.add_argument("--insertion", metavar="DATE", help=f"the first day on which insertion is allowed; {insertion}")
    parser.add_argument(
        "--ends",
        action="append",
        default=[],
        metavar="PHASE=DATE",
        help="the last day of a phase that goes on until somebody ends it",
    )
    add_values(parser)


def given_days(arguments: argparse.Namespace) -> GivenDays:
    """Raises BadValue."""
    written = {name: getattr(arguments, name) for name in ("start", "injection", "insertion")}
    return GivenDays(*(None if day is None else day_in(f"--{name}", day) for name, day in written.items()))


def assignment_from(
    program: Program, arguments: argparse.Namespace, *, start: date, injection: date | None, insertion: date | None
) -> AssignmentFacts:
    """The program given with these days and with the rungs, parameters and ends of phases that the arguments say. A
    locked ladder is open, from the start, only where a rung of it is given. Raises BadValue."""
    if insertion is not None and (injection is None or insertion < injection):
        raise BadValue(f"--insertion {insertion} goes with an --injection on the same day or before it")
    own_set = generic_set()
    rungs = rungs_from(program, arguments.rung, own_set)
    chosen = {pair.partition("=")[0] for pair in arguments.rung}
    facts = InjectionFacts(id=_INJECTION, on=injection, given=True, insertion_on=insertion) if injection else None
    return AssignmentFacts(
        id=_ASSIGNMENT,
        program=program,
        start_on=start,
        injection=facts,
        injections=(facts,) if facts else (),
        parameters=parameters_from(program, arguments.parameters),
        placements=tuple(
            Place(start, name, rung)
            for name, rung in rungs.items()
            if name in chosen or not program.ladders[name].locked
        ),
        own_set=own_set,
        ended=_ends(program, arguments.ends),
    )


def not_reached(assignment: AssignmentFacts, words: Words) -> Iterator[str]:
    """What comes after a phase that goes on until somebody ends it. `words` with `ENDING_PHRASES`."""
    if later := assignment.not_reached:
        phase = assignment.spans[-1].phase
        titles = told_apart(((each.id, each.title) for each in assignment.program.phases), words.text)
        names = words.all_of([f"“{titles[each.id]}”" for each in later])
        who = phase.until_needs if phase.until is not None else "therapist"
        yield f"{words(f'after_{who}', phase=titles[phase.id], phases=names)} {words('add_ends', phase=phase.id)}"


def _ends(program: Program, given: Sequence[str]) -> Mapping[str, date]:
    ends = {}
    phases = {phase.id: phase for phase in program.phases}
    for pair in given:
        name, _, written = pair.partition("=")
        if name not in phases:
            near = near_name(name, phases)
            mend = f"did you mean {near}?" if near else f"it has {', '.join(phases) or 'none'}"
            raise BadValue(f"--ends {pair}: the program has no phase {name!r}; {mend}")
        if not can_be_ended(program, name):
            raise BadValue(f"--ends {pair}: the days of {name!r} say when it ends, or those of the phase after it")
        ends[name] = day_in(f"--ends {name}", written)
    return ends


def day_in(name: str, written: str) -> date:
    """The day that the option of this name is given. Raises BadValue."""
    try:
        day = date.fromisoformat(written) if _A_DAY.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None:
        raise BadValue(f"{name} {written}: there is no such day; write it as 2026-03-01")
    if day.year not in _YEARS:
        raise BadValue(f"{name} {written}: the year lies outside {_YEARS[0]} to {_YEARS[-1]}")
    return day
