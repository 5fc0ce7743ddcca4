"""`coach programs simulate`: what a program asks of a virtual patient day by day, and what comes of it."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby, zip_longest
from random import Random
from typing import Any, cast
from uuid import UUID

from coach.cli.programs.files import NoProgram, clinic_defaults, program_in, refuse
from coach.cli.programs.rung_words import because_in_words, step_in_words
from coach.cli.programs.trial import ENDING_PHRASES, add_days, assignment_from, given_days, not_reached
from coach.cli.tables import table, wrapped
from coach.domain.adherence import Attendance, NoRecord, NothingDue, Practised, StillOpen
from coach.domain.bands import BandRule
from coach.domain.course import AssignmentFacts, Performed, needs_injection
from coach.domain.ladders import rungs_of
from coach.domain.program import Program
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
from coach.domain.weeks import days_before_injection
from coach.language.explaining.phrases import Words
from coach.language.parameters import BadValue
from coach.language.titles import told_apart

_SECOND = UUID(int=3)  # nobody's: of the second injection, and of the assignment that goes by it
START = date(2026, 1, 5)  # a Monday: without --start and --injection the first day, so that no clock is asked
INSERTION_AFTER_DAYS = 3  # stands for what the injector says; --insertion gives another day
MOST_DAYS = 1_000
_WIDTH = 110
_PHASE_WIDTH = 14
_SESSION = 4  # the column of what is said of a session
_SKIPPED = "·"
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
    add_days(
        parser,
        start=f"otherwise {START}, or the day that puts the first phase before the injection where it is due",
        injection="otherwise the day that puts the first phase at the start, where the program counts from one",
        insertion=f"otherwise {INSERTION_AFTER_DAYS} days after the injection",
    )
    parser.add_argument(
        "--locked",
        action="store_true",
        help="leave locked ladders locked of which no --rung is given; otherwise each is unlocked when the first phase "
        "that uses it begins",
    )
    parser.add_argument(
        "--second-injection",
        type=int,
        metavar="DAYS",
        help="a second injection so many days after the first: the program is given again for it, her rungs are kept",
    )
    parser.add_argument("--language", metavar="LANGUAGE", help="of the titles; otherwise the program's own")
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
        given = _given(assignment, arguments.second_injection)
    except BadValue as error:
        return refuse(str(error))
    found = simulate(
        given,
        cast(PatientKind, arguments.patient),
        first=assignment.start_on,
        days=arguments.days,
        chance=Random(arguments.seed),
        bands=_bands(),
        flare=clinic_defaults().flare,
    )
    if arguments.format == "json":
        print(json.dumps(_as_json(found, given[0], arguments.seed), ensure_ascii=False, indent=2))
    else:
        words = Words(arguments.language or program.language)
        print("\n".join(_as_text(found, given[0], arguments.seed, words)))
    return 0


# -- whom the program is given to ------------------------------------------------------------------------------------


def _assignment(program: Program, arguments: argparse.Namespace) -> AssignmentFacts:
    """The program as it would be given to a patient with these days, rungs and parameters. Raises BadValue."""
    given = given_days(arguments)
    start, injection, insertion = given.start, given.injection, given.insertion
    if needs_injection(program):
        before = timedelta(days=days_before_injection(program, insertion_after=INSERTION_AFTER_DAYS))
        if injection is None:
            injection = (start or START) + before
        start = start or injection - before
    start = start or injection or START
    if injection is not None and insertion is None:
        insertion = injection + timedelta(days=INSERTION_AFTER_DAYS)
    assignment = assignment_from(program, arguments, start=start, injection=injection, insertion=insertion)
    return assignment if arguments.locked else unlocked(assignment)


def _given(assignment: AssignmentFacts, second_after: int | None) -> list[AssignmentFacts]:
    """The assignment, and the same program given again for a second injection. Raises BadValue."""
    first = assignment.injection
    if second_after is None:
        return [assignment]
    if first is None:
        raise BadValue("--second-injection goes with a program that counts from an injection")
    if not 1 <= second_after <= MOST_DAYS:
        raise BadValue(f"--second-injection {second_after}: from 1 to {MOST_DAYS} days after the first")
    later = timedelta(days=second_after)
    insertion = first.insertion_on + later if first.insertion_on is not None else None
    second = replace(first, id=_SECOND, on=first.on + later, insertion_on=insertion)
    both = (first, second)
    again = replace(
        assignment,
        id=_SECOND,
        start_on=assignment.start_on + later,
        injection=second,
        injections=both,
        placements=(),
        ended={},
    )
    return [replace(assignment, injections=both), again]


def _bands() -> tuple[BandRule, ...]:
    bands = clinic_defaults().effect_bands
    return tuple(BandRule(name=each.band, from_day=each.from_day, to_day=each.to_day) for each in bands)


# -- what is said of it ----------------------------------------------------------------------------------------------


def _notes(assignment: AssignmentFacts, locked: Sequence[str]) -> Iterator[str]:
    program = assignment.program
    yield "This patient is invented, to try the program on: nothing here is evidence of what it does to anybody."
    if not program.is_reviewed:
        yield "No clinician has reviewed this program."
    if any(ladder.up or ladder.down or ladder.after_gap for ladder in program.ladders.values()):
        yield "Rungs follow by the program's rules; where a therapist is asked, she says yes on the next Monday."
    if any(phase.until is not None and phase.id not in assignment.ended for phase in program.phases):
        yield "A phase with `until` goes on to its last day or until it is ended: its rule is not acted on."
    yield from not_reached(assignment, Words("en", ENDING_PHRASES))
    for place in assignment.placements:
        if program.ladders[place.ladder].locked:
            yield f"The locked ladder `{place.ladder}` is taken to be unlocked on {place.from_on}, at {place.rung}."
    for ladder in locked:
        yield f"The ladder `{ladder}` stays locked, and its sessions are held."


def _locked(assignment: AssignmentFacts) -> list[str]:
    placed = {place.ladder for place in assignment.placements}
    return [name for name, ladder in assignment.program.ladders.items() if ladder.locked and name not in placed]


def _as_text(found: Simulation, assignment: AssignmentFacts, seed: int, words: Words) -> Iterator[str]:
    program, injection = assignment.program, assignment.injection
    yield from wrapped(
        f"{words.text(program.title)}: {found.patient} ({PATIENTS[found.patient]}), {len(found.days)} days, "
        f"seed {seed}",
        width=_WIDTH,
    )
    for each in assignment.injections or ((injection,) if injection is not None else ()):
        yield f"Injection on {each.on}, insertion from {each.insertion_on}"
    for note in _notes(assignment, _locked(assignment)):
        yield from wrapped(note, width=_WIDTH)
    yield from wrapped(
        f"Ratings: before→highest→after, {_SKIPPED} where one was skipped. Minutes: guided, and of them work.",
        width=_WIDTH,
    )
    yield ""
    yield _Table(assignment, words).drawn(found.days)
    yield ""
    yield f"Attendance: {_attendance(found.attendance)}"
    outcomes = [sitting.performed.outcome for sitting in found.sittings]
    yield from wrapped(
        f"Sittings: {len(outcomes)}, of them {outcomes.count('complete')} whole, {outcomes.count('partial')} in part, "
        f"{outcomes.count('stopped')} stopped, which counts as attended where it was for pain or fear",
        width=_WIDTH,
    )
    yield f"Guided minutes: {_minutes(sum(day.guided_ms for day in found.days))}"
    for kind, dose in found.dose.items():
        yield f"{kind.capitalize()}: {_minutes(dose.done_ms)} of {_minutes(dose.asked_ms)} min in these sittings"


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of a day: a session with its first sitting, a further sitting, or what is said of the day."""

    said: str
    sitting: SimulatedSitting | None = None
    indent: str = ""


class _Table:
    """Each sitting has a line of its own; the day stands beside the first, and a phase where it begins. What is said of
    a session is wrapped into what the other columns leave; columns with nothing in them are left out."""

    def __init__(self, assignment: AssignmentFacts, words: Words) -> None:
        program = assignment.program
        self._rungs = {name: rungs_of(ladder, assignment.own_set) for name, ladder in program.ladders.items()}
        self._told: tuple[str, ...] | None = None
        self._sessions = told_apart(((each.id, each.title) for each in program.sessions.values()), words.text)
        self._phases = told_apart(((each.id, each.title) for each in program.phases), words.text)

    def drawn(self, days: Sequence[SimulatedDay]) -> str:
        headings = ["date", "day", "since", "phase", "session", "min", "work", "pain", "anxiety", "mm"]
        rows = list(self._rows(days))
        shown = [
            column for column, heading in enumerate(headings)
            if heading not in ("since", "mm") or any(row[column] is not None for row in rows)
        ]  # fmt: skip
        others = [
            max([len(headings[column]), *(len(str(row[column])) for row in rows if row[column] is not None)])
            for column in shown
            if column != _SESSION
        ]
        width = max(24, _WIDTH - sum(others) - 2 * len(others))
        folded = [each for row in rows for each in _folded(row, width)]
        return table([headings[column] for column in shown], [[row[column] for column in shown] for row in folded])

    def _rows(self, days: Sequence[SimulatedDay]) -> Iterator[list[object]]:
        """Days on which nothing is due and nothing was done stand together."""
        for (is_quiet, *_), group in groupby(days, key=_alike):
            together = list(group)
            if is_quiet:
                yield from self._day(together[0], [_Line(_quiet(together))])
                continue
            for day in together:
                yield from self._day(day, list(self._lines(day)))

    def _day(self, day: SimulatedDay, lines: Sequence[_Line]) -> Iterator[list[object]]:
        is_new, self._told = day.phases != self._told, day.phases
        names = ", ".join(self._phases[key] for key in day.phases) if is_new else ""
        phases = textwrap.wrap(names, _PHASE_WIDTH)
        head: list[object] = [str(day.day), day.number, day.since]
        for phase, line in zip_longest(phases, lines):
            yield [*head, phase or "", *_cells(line or _Line(""))]
            head = [None, None, None]

    def _lines(self, day: SimulatedDay) -> Iterator[_Line]:
        for item in day.items:
            own = [each for each in day.sittings if _is_of(each, item)]
            title = f"{self._sessions[item.session_key]} {_of(item)}"
            if item.most or item.done:
                words = _words(own[0]) if own else ""
                yield _Line(f"{title}: {words}" if words else title, own[0] if own else None)
            for each in own[1:]:
                yield _Line(_words(each) or "again", each, "  ")
            for each in day.sittings:
                if each.in_place_of == item.session_key:
                    words = _words(each)
                    said = f"instead: {self._sessions[each.performed.session_key]}"
                    yield _Line(f"{said}, {words}" if words else said, each, "  ")
        for step in day.steps:
            yield _Line(step_in_words(step, self._rungs[step.ladder]))
        for key, reason in day.cannot:
            yield _Line(f"{self._sessions[key]} cannot be made: {reason}")


def _alike(day: SimulatedDay) -> tuple[object, ...]:
    is_quiet = (
        not day.sittings
        and not day.steps
        and not day.cannot
        and (not any(item.most for item in day.items) or day.is_away)
    )
    return (is_quiet, day.phases, day.is_away) if is_quiet else (False,)


def _quiet(days: Sequence[SimulatedDay]) -> str:
    said = "away" if days[0].is_away else "nothing due"
    return said if len(days) == 1 else f"{said} until {days[-1].day}"


def _cells(line: _Line) -> list[object]:
    if line.sitting is None:
        return [line.indent + line.said, None, None, None, None, None]
    done = line.sitting.performed
    return [
        line.indent + line.said,
        _minutes(line.sitting.guided_ms),
        _minutes(sum(done.dose_ms.values())),
        _rating(done.pain_before, done.pain_peak, done.pain_after),
        _rating(done.anxiety_before, done.anxiety_peak, done.anxiety_after),
        None if done.size_mm is None else f"{done.size_mm:g}",
    ]


def _folded(row: Sequence[object], width: int) -> Iterator[list[object]]:
    """The row, with what does not fit into the column of sessions on further lines."""
    said = str(row[_SESSION])
    indent = said[: len(said) - len(said.lstrip())]
    lines = textwrap.wrap(said, width, subsequent_indent=f"{indent}  ") or [""]
    yield [*row[:4], lines[0], *row[5:]]
    for line in lines[1:]:
        yield [None, None, None, "", line, *[None] * 5]


def _of(item: SimulatedItem) -> str:
    if item.week_least is None:
        return f"{item.done} of {item.least}"
    return f"{item.done}, {item.week_done:g} of {item.week_least}{' days' if item.by_days else ''} this week"


def _is_of(sitting: SimulatedSitting, item: SimulatedItem) -> bool:
    return sitting.performed.session_key == item.session_key and sitting.in_place_of is None


def _words(sitting: SimulatedSitting) -> str:
    done = sitting.performed
    words = [
        done.variant or "",
        _ended(done) if not sitting.declined or done.outcome == "stopped" else "",
        "not today" if sitting.declined else "",
        "stayed at the opening" if sitting.stayed else "",
        "a smaller size" if sitting.smaller else "",
        "lower after a gap" if sitting.after_gap else "",
    ]
    return ", ".join(word for word in words if word)


def _ended(done: Performed) -> str:
    if done.outcome != "stopped":
        return _OUTCOMES[done.outcome]
    if done.stop_reason == "instead":
        return "another instead"
    return f"stopped for {done.stop_reason}" if done.stop_reason else "stopped"


def _rating(*values: int | None) -> str | None:
    """`4→6→5`; None where all were skipped or none was asked for."""
    if all(value is None for value in values):
        return None
    return "→".join(_SKIPPED if value is None else str(value) for value in values)


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
        "second_injection": str(assignment.injections[-1].on) if len(assignment.injections) > 1 else None,
        "ended": {name: str(day) for name, day in assignment.ended.items()},
        "not_reached": [phase.id for phase in assignment.not_reached],
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
        "phases": list(day.phases),
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
        "rungs": dict(day.rungs),
        "steps": [
            {
                "ladder": step.ladder,
                "before": step.before,
                "rung": step.rung,
                "from": str(step.from_on),
                "by": step.by,
                "locked": step.is_locked,
                "code": step.because.code,
                "params": dict(step.because.params),
                "reason": because_in_words(step.because),
            }
            for step in day.steps
        ],
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
        "after_gap": sitting.after_gap,
        "pain": {"before": done.pain_before, "peak": done.pain_peak, "after": done.pain_after},
        "anxiety": {"before": done.anxiety_before, "peak": done.anxiety_peak, "after": done.anxiety_after},
    }
