"""`coach programs simulate`: what a program asks of a virtual patient day by day, and what comes of it."""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any, cast

from coach import resource
from coach.cli.programs.files import NoProgram, generic_set, program_in, refuse
from coach.cli.programs.script import add_values, parameters_from, rungs_from
from coach.cli.tables import table
from coach.domain.adherence import Attendance, NoRecord, NothingDue, Practised, StillOpen
from coach.domain.bands import BandRule
from coach.domain.course import AssignmentFacts, InjectionFacts, Performed, Place
from coach.domain.program import DOSE_KINDS, Program
from coach.domain.simulation import (
    PATIENTS,
    PatientKind,
    SimulatedDay,
    SimulatedItem,
    SimulatedSitting,
    Simulation,
    simulate,
    unlocked,
)
from coach.language.clinic import read_defaults
from coach.language.settings import BadValue

START = date(2026, 1, 5)  # a Monday: without --start and --injection the first day, so that no clock is asked
INSERTION_AFTER_DAYS = 3  # stands for what the injector says; --insertion gives another day
MOST_DAYS = 1_000
_OUTCOMES = {"complete": "", "partial": "in part", "open": "not ended"}


def add_parser(actions: Any) -> None:
    kinds = "; ".join(f"{name}: {what}" for name, what in PATIENTS.items())
    parser = actions.add_parser(
        "simulate",
        help="what a program asks of a virtual patient, day by day",
        description=f"Tries a program on a virtual patient. They are invented and no evidence. {kinds}.",
    )
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--patient", choices=tuple(PATIENTS), required=True)
    parser.add_argument("--days", type=int, default=28, metavar="N", help="how many days, otherwise 28")
    parser.add_argument("--seed", type=int, default=1, metavar="K", help="the same seed gives the same days")
    parser.add_argument("--start", type=_day, metavar="DATE", help=f"the first day, otherwise {START}")
    parser.add_argument(
        "--injection", type=_day, metavar="DATE", help="otherwise the day that puts the first phase at the start"
    )
    parser.add_argument(
        "--insertion",
        type=_day,
        metavar="DATE",
        help=f"the earliest day, otherwise {INSERTION_AFTER_DAYS} days after the injection",
    )
    parser.add_argument(
        "--locked",
        action="store_true",
        help="leave locked ladders locked; otherwise each is unlocked when the first phase that uses it begins",
    )
    add_values(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=_simulate)


def _simulate(arguments: argparse.Namespace) -> int:
    """Exit status 0, 1 where the program has errors, 2 where it is wrongly asked."""
    if not 1 <= arguments.days <= MOST_DAYS:
        return refuse(f"--days {arguments.days}: from 1 to {MOST_DAYS}")
    try:
        program = program_in(arguments.file)
    except NoProgram as none:
        return none.status
    try:
        assignment = _assignment(program, arguments)
    except BadValue as error:
        return refuse(str(error))
    found = simulate(
        [assignment],
        cast(PatientKind, arguments.patient),
        first=assignment.start_on,
        days=arguments.days,
        chance=Random(arguments.seed),
        bands=_bands(),
    )
    if arguments.format == "json":
        print(json.dumps(_as_json(found, assignment, arguments.seed), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_as_text(found, assignment, arguments.seed)))
    return 0


# -- whom the program is given to ------------------------------------------------------------------------------------


def _assignment(program: Program, arguments: argparse.Namespace) -> AssignmentFacts:
    """The program as it would be given to a patient with these days, rungs and parameters. Raises BadValue."""
    start, injection = _days_of(program, arguments.start, arguments.injection)
    if injection is None and (arguments.insertion or arguments.injection):
        raise BadValue("the program counts from no injection: --injection and --insertion say nothing to it")
    insertion = arguments.insertion
    if injection is not None and insertion is None:
        insertion = injection + timedelta(days=INSERTION_AFTER_DAYS)
    if injection is not None and insertion < injection:
        raise BadValue(f"--insertion {insertion} lies before the injection on {injection}")
    own_set = generic_set()
    rungs = rungs_from(program, arguments.rung, own_set)
    chosen = {pair.partition("=")[0] for pair in arguments.rung}
    facts = InjectionFacts(id=uuid.UUID(int=2), on=injection, given=True, insertion_on=insertion) if injection else None
    assignment = AssignmentFacts(
        id=uuid.UUID(int=1),
        program=program,
        start_on=start,
        injection=facts,
        injections=(facts,) if facts else (),
        parameters=parameters_from(program, arguments.parameters),
        placements=tuple(
            Place(start, name, rungs[name]) for name, ladder in program.ladders.items() if not ladder.locked
        ),
        own_set=own_set,
    )
    if arguments.locked:
        return assignment
    opened = unlocked(assignment)
    places = (
        replace(place, rung=rungs[place.ladder]) if place.ladder in chosen else place for place in opened.placements
    )
    return replace(opened, placements=tuple(places))


def _days_of(program: Program, start: date | None, injection: date | None) -> tuple[date, date | None]:
    """The first day and the day of the injection; None where the program counts from none. Where only one is given, the
    first phase that counts from the injection begins at the start, or when the phases above it have had their days."""
    before = _days_before_injection(program)
    if before is None:
        return start or START, None
    if injection is None:
        start = start or START
        return start, start + timedelta(days=before)
    return start or injection - timedelta(days=before), injection


def _days_before_injection(program: Program) -> int | None:
    """From the start to the injection; None where nothing counts from one."""
    taken = 0
    for phase in program.phases:
        if (from_ := phase.from_) is not None and from_.on != "start":
            return taken - from_.days - (INSERTION_AFTER_DAYS if from_.on == "insertion" else 0)
        if (to := phase.to) is not None and to.on != "start":
            later = INSERTION_AFTER_DAYS if to.on == "insertion" else 0
            return max(0, taken + max(phase.at_least_days, 14) - 1 - to.days - later)
        taken = max(taken + phase.at_least_days, to.days + 1) if to is not None else taken + phase.at_least_days
    checks = any(each.on != "start" for check in program.safety_checks for each in (check.from_, check.to))
    return 0 if checks else None


def _bands() -> tuple[BandRule, ...]:
    defaults = read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes())
    return tuple(BandRule(name=each.band, from_day=each.from_day, to_day=each.to_day) for each in defaults.effect_bands)


def _day(written: str) -> date:
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{written!r} is no date such as {START}") from None


# -- what is said of it ----------------------------------------------------------------------------------------------


def _notes(assignment: AssignmentFacts, locked: Sequence[str]) -> Iterator[str]:
    program = assignment.program
    yield "This patient is invented, to try the program on: nothing here is evidence of what it does to anybody."
    if not program.is_reviewed:
        yield "No clinician has reviewed this program."
    if any(ladder.up or ladder.down or ladder.after_gap for ladder in program.ladders.values()):
        yield "Rungs stay as placed: rules by which a ladder goes up or down are not acted on."
    if any(phase.until is not None for phase in program.phases):
        yield "A phase with `until` goes on: its rule is not acted on, so a phase that waits for it is not reached."
    for place in assignment.placements:
        if program.ladders[place.ladder].locked:
            yield f"The locked ladder `{place.ladder}` is taken to be unlocked on {place.from_on}, at {place.rung}."
    for ladder in locked:
        yield f"The ladder `{ladder}` stays locked, and its sessions are held."


def _locked(assignment: AssignmentFacts) -> list[str]:
    placed = {place.ladder for place in assignment.placements}
    return [name for name, ladder in assignment.program.ladders.items() if ladder.locked and name not in placed]


def _as_text(found: Simulation, assignment: AssignmentFacts, seed: int) -> Iterator[str]:
    program, injection = assignment.program, assignment.injection
    yield f"{program.title.default}: {found.patient} ({PATIENTS[found.patient]}), {len(found.days)} days, seed {seed}"
    if injection is not None:
        yield f"Injection on {injection.on}, insertion from {injection.insertion_on}"
    yield from _notes(assignment, _locked(assignment))
    yield ""
    headings = ["date", "day", "since", "phase", "sessions", "min", "dose min", "pain", "anxiety", "mm"]
    rows = list(_rows(found.days))
    if injection is None:
        headings.pop(2)
        rows = [row[:2] + row[3:] for row in rows]
    yield table(headings, rows)
    yield ""
    yield f"Attendance: {_attendance(found.attendance)}"
    outcomes = [sitting.performed.outcome for sitting in found.sittings]
    yield (
        f"Sittings: {len(outcomes)}, of them {outcomes.count('complete')} whole, {outcomes.count('partial')} in part, "
        f"{outcomes.count('stopped')} stopped, which counts as attended where it was for pain or fear"
    )
    yield f"Guided minutes: {_minutes(sum(day.guided_ms for day in found.days))}"
    for kind, dose in found.dose.items():
        yield f"{kind.capitalize()}: {_minutes(dose.done_ms)} of {_minutes(dose.asked_ms)} min in these sittings"


def _rows(days: Sequence[SimulatedDay]) -> Iterator[list[object]]:
    """One line a day; days on which nothing is due and nothing was done stand together."""
    quiet: list[SimulatedDay] = []
    for day in days:
        if not day.sittings and not day.cannot and (not any(item.most for item in day.items) or day.is_away):
            if quiet and (quiet[-1].phases, quiet[-1].is_away) != (day.phases, day.is_away):
                yield _quiet(quiet)
                quiet = []
            quiet.append(day)
            continue
        if quiet:
            yield _quiet(quiet)
            quiet = []
        yield _row(day)
    if quiet:
        yield _quiet(quiet)


def _quiet(days: Sequence[SimulatedDay]) -> list[object]:
    first, last = days[0], days[-1]
    when = str(first.day) if first is last else f"{first.day} - {last.day}"
    number = str(first.number) if first is last else f"{first.number}-{last.number}"
    said = "away" if first.is_away else "nothing due"
    return [when, number, None if first.since is None else str(first.since), _phases(first), said, *[None] * 5]


def _row(day: SimulatedDay) -> list[object]:
    done = [sitting.performed for sitting in day.sittings]
    dose = ", ".join(
        f"{kind} {_minutes(ms)}" for kind in DOSE_KINDS if (ms := sum(each.dose_ms.get(kind, 0) for each in done))
    )
    sizes = ", ".join(f"{each.size_mm:g}" for each in done if each.size_mm is not None)
    return [
        str(day.day),
        str(day.number),
        None if day.since is None else str(day.since),
        _phases(day),
        _sessions(day),
        _minutes(day.guided_ms),
        dose,
        _ratings((each.pain_before, each.pain_peak, each.pain_after) for each in done),
        _ratings((each.anxiety_before, each.anxiety_peak, each.anxiety_after) for each in done),
        sizes,
    ]


def _phases(day: SimulatedDay) -> str:
    return ", ".join(key for key, _ in day.phases)


def _sessions(day: SimulatedDay) -> str:
    parts = []
    for item in day.items:
        said = [words for each in day.sittings if _is_of(each, item) and (words := _words(each))]
        if item.most or item.done:
            parts.append(f"{item.session_key} {_of(item)}" + (f" ({', '.join(said)})" if said else ""))
    for each in day.sittings:
        if each.in_place_of is not None:
            parts.append(f"{each.performed.session_key} in place of {each.in_place_of}")
    return "; ".join([*parts, *(f"{key} cannot be made: {reason}" for key, reason in day.cannot)])


def _of(item: SimulatedItem) -> str:
    if item.week_least is None:
        return f"{item.done} of {item.least}"
    return f"{item.done} (week {item.week_done:g} of {item.week_least}{' days' if item.by_days else ''})"


def _is_of(sitting: SimulatedSitting, item: SimulatedItem) -> bool:
    return sitting.performed.session_key == item.session_key and sitting.in_place_of is None


def _words(sitting: SimulatedSitting) -> str:
    done = sitting.performed
    words = [
        _ended(done) if not sitting.declined or done.outcome == "stopped" else "",
        "not today" if sitting.declined else "",
        "stayed at the opening" if sitting.stayed else "",
        "smaller" if sitting.smaller else "",
    ]
    return ": ".join(part for part in (done.variant, " and ".join(word for word in words if word)) if part)


def _ended(done: Performed) -> str:
    if done.outcome != "stopped":
        return _OUTCOMES[done.outcome]
    if done.stop_reason == "instead":
        return "another instead"
    return f"stopped for {done.stop_reason}" if done.stop_reason else "stopped"


def _ratings(ratings: Iterator[tuple[int | None, ...]]) -> str:
    """Before/peak/after of each sitting, `-` where it was skipped."""
    return " ".join("/".join("-" if value is None else str(value) for value in each) for each in ratings)


def _attendance(attendance: Attendance) -> str:
    match attendance:
        case Practised():
            percent = "" if attendance.percent is None else f" ({attendance.percent} %)"
            return f"{attendance.done:g} of {attendance.due}{percent}"
        case NoRecord() | StillOpen():
            return f"0 of {attendance.due}"
        case NothingDue():
            return "nothing was due"


def _minutes(ms: int) -> float:
    return round(ms / 60_000, 1)


# -- the same for other programs -------------------------------------------------------------------------------------


def _as_json(found: Simulation, assignment: AssignmentFacts, seed: int) -> dict[str, Any]:
    """Lengths in seconds, shares from 0 to 1, ratings 0-10 or null."""
    injection, attendance = assignment.injection, found.attendance
    return {
        "program": assignment.program.id,
        "patient": found.patient,
        "seed": seed,
        "start": str(assignment.start_on),
        "injection": str(injection.on) if injection else None,
        "insertion": str(injection.insertion_on) if injection else None,
        "notes": list(_notes(assignment, _locked(assignment))),
        "days": [_day_as_json(day) for day in found.days],
        "totals": {
            "attendance": {
                "done": attendance.done if isinstance(attendance, Practised) else 0,
                "due": 0 if isinstance(attendance, NothingDue) else attendance.due,
                "share": attendance.share if isinstance(attendance, Practised) else None,
            },
            "sittings": len(found.sittings),
            "guided_s": sum(day.guided_ms for day in found.days) / 1000,
            "dose_s": {
                kind: {"done": dose.done_ms / 1000, "asked": dose.asked_ms / 1000} for kind, dose in found.dose.items()
            },
        },
    }


def _day_as_json(day: SimulatedDay) -> dict[str, Any]:
    return {
        "date": str(day.day),
        "day": day.number,
        "since_injection": day.since,
        "phases": [key for key, _ in day.phases],
        "due": [
            {
                "session": item.session_key,
                "least": item.least,
                "most": item.most,
                "done": item.done,
                "flexible": item.flexible,
                "by_days": item.by_days,
                "week_least": item.week_least,
                "week_done": item.week_done,
            }
            for item in day.items
        ],
        "sittings": [_sitting_as_json(sitting) for sitting in day.sittings],
        "held": [{"session": each.session_key, "reason": each.reason.code} for each in day.held],
        "cannot": [{"session": key, "reason": reason} for key, reason in day.cannot],
        "away": day.is_away,
        "guided_s": day.guided_ms / 1000,
    }


def _sitting_as_json(sitting: SimulatedSitting) -> dict[str, Any]:
    done = sitting.performed
    return {
        "session": done.session_key,
        "variant": done.variant,
        "in_place_of": sitting.in_place_of,
        "outcome": done.outcome,
        "stop_reason": done.stop_reason,
        "credit": done.credit,
        "share": sitting.share,
        "guided_s": sitting.guided_ms / 1000,
        "dose_s": {kind: ms / 1000 for kind, ms in done.dose_ms.items()},
        "size_mm": done.size_mm,
        "named_mm": sitting.named_mm,
        "rung": done.rung,
        "not_today": sitting.declined,
        "stayed_at_opening": sitting.stayed,
        "smaller": sitting.smaller,
        "pain": {"before": done.pain_before, "peak": done.pain_peak, "after": done.pain_after},
        "anxiety": {"before": done.anxiety_before, "peak": done.anxiety_peak, "after": done.anxiety_after},
    }
