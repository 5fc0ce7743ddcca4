"""`coach programs calendar`: week by week what a program asks for, before anybody is given it."""

from __future__ import annotations

import argparse
import json
import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any
from uuid import UUID

from coach.cli.programs.files import NoProgram, generic_set, program_in, refuse
from coach.cli.programs.script import add_values, parameters_from, rungs_from
from coach.cli.tables import table
from coach.domain.calendar import week_of
from coach.domain.course import AssignmentFacts, InjectionFacts, Place, needs_injection
from coach.domain.plan import Held
from coach.domain.program import Program, SafetyCheck
from coach.domain.weeks import OPEN_DAYS, Span, Week, WeekSession, days_ahead, start_before, weeks_of
from coach.language.settings import BadValue

MOST_WEEKS = 110
_YEARS = range(1900, 2200)
_A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_PHASE_WIDTH, _SESSION_WIDTH, _WIDTH = 18, 20, 88
_ASSIGNMENT, _INJECTION = UUID(int=1), UUID(int=2)  # nobody's: they only have to differ

# key: (English, Spanish)
_PHRASES: dict[str, tuple[str, str]] = {
    "headings": (
        "week of|day|phase|session|times|days|min/day|min/week",
        "semana del|día|fase|sesión|veces|días|min/día|min/sem.",
    ),
    "weekdays": ("Mon|Tue|Wed|Thu|Fri|Sat|Sun", "lun|mar|mié|jue|vie|sáb|dom"),
    "all": ("all", "todos"),
    "any": ("any", "a elegir"),
    "to": ("{first} to {last}", "{first} a {last}"),
    "not_reviewed": (
        "An example: no clinician has reviewed this program.",
        "Un ejemplo: ningún profesional clínico ha revisado este programa.",
    ),
    "given": ("Worked out for {values}.", "Calculado para {values}."),
    "start": ("start {day}", "comienzo {day}"),
    "injection": ("injection {day}", "inyección {day}"),
    "insertion": ("insertion allowed from {day}", "inserción permitida desde {day}"),
    "rung": ("{ladder} at {rung}", "{ladder} en {rung}"),
    "numbers": (
        "Times and minutes run from what is asked for, at its shortest, to the goal, at its longest.",
        "Las veces y los minutos van de lo que se pide, en lo más corto, a la meta, en lo más largo.",
    ),
    "days_since": (
        "The days count from the injection, which is day 0.",
        "Los días se cuentan desde la inyección, que es el día 0.",
    ),
    "days_of_program": (
        "The days count from the start, which is day 1.",
        "Los días se cuentan desde el comienzo, que es el día 1.",
    ),
    "waits": (
        "“{phase}” goes on until the first day on which insertion is allowed is charted, on {day} or later.",
        "“{phase}” sigue hasta que se anote el primer día en que se permite la inserción, el {day} o más tarde.",
    ),
    "add_insertion": (
        "Add --insertion DATE to see what comes after it.",
        "Añade --insertion FECHA para ver lo que viene después.",
    ),
    "goes_on": ("“{phase}” goes on from there.", "“{phase}” sigue a partir de ahí."),
    "more": ("The program goes on after these weeks.", "El programa sigue después de estas semanas."),
    "shifted": (
        "From “{phase}” on, phases end {days} later than written, so that none is shorter than it is meant to be.",
        "Desde “{phase}”, las fases acaban {days} más tarde de lo escrito, para que ninguna dure menos de lo previsto.",
    ),
    "day": ("1 day", "1 día"),
    "days": ("{number} days", "{number} días"),
    "held": ("Held back", "Se reserva"),
    "locked": (
        "“{session}” until the therapist opens “{ladder}”",
        "“{session}” hasta que la terapeuta abra “{ladder}”",
    ),
    "no_rung": ("“{session}” until “{ladder}” has a rung", "“{session}” hasta que “{ladder}” tenga un peldaño"),
    "not_before": ("“{session}” until {day}", "“{session}” hasta el {day}"),
    "not_charted": (
        "“{session}” until insertion is allowed",
        "“{session}” hasta que se permita la inserción",
    ),
    "safety": ("Safety questions:", "Preguntas de seguridad:"),
    "check": ("{first} to {last}, {often}: {ask}", "{first} a {last}, {often}: {ask}"),
    "every_day": ("every day", "todos los días"),
    "every_days": ("every {number} days", "cada {number} días"),
}  # fmt: skip


class _BadDay(ValueError):
    """A day that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class _Calendar:
    """`goes_on`: the last phase does; `waits`: until the day on which insertion is allowed is charted; `more`: the
    weeks that were asked for end before the last phase."""

    program: Program
    assignment: AssignmentFacts
    weeks: tuple[Week, ...]
    rungs: Mapping[str, str]
    goes_on: bool
    waits: bool
    more: bool


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("calendar", help="week by week what a program asks for, and minutes a day")
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--injection", metavar="DATE", help="the day of the injection, such as 2026-03-01")
    parser.add_argument(
        "--start",
        metavar="DATE",
        help="the program's first day; otherwise that of its earliest phase before the injection, or today",
    )
    parser.add_argument(
        "--insertion", metavar="DATE", help="the first day on which insertion is allowed; otherwise not charted yet"
    )
    parser.add_argument(
        "--weeks", type=int, metavar="N", help="otherwise to the end, or four weeks of a phase that has none"
    )
    add_values(parser)
    parser.add_argument("--language", metavar="LANGUAGE", help="en or es; otherwise the program's own")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=_calendar)


def _calendar(arguments: argparse.Namespace) -> int:
    """Exit status 0, 1 where the program has errors, 2 where it cannot be read or more has to be given."""
    try:
        program = program_in(arguments.file)
        calendar = _worked_out(program, arguments)
    except NoProgram as none:
        return none.status
    except (BadValue, _BadDay) as error:
        return refuse(str(error))
    language = arguments.language or program.language
    if arguments.format == "json":
        print(json.dumps(_as_json(calendar, language), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(calendar, _Words(language))))
    return 0


def _worked_out(program: Program, arguments: argparse.Namespace) -> _Calendar:
    """Raises BadValue and _BadDay."""
    injection, insertion, start = (
        _day(name, getattr(arguments, name)) for name in ("injection", "insertion", "start")
    )  # fmt: skip
    if not program.phases:
        raise _BadDay("the program has no phases, so no day of it is on a calendar")
    if injection is None and needs_injection(program):
        raise _BadDay("the program counts its days from an injection: add for example --injection 2026-03-01")
    if insertion is not None and (injection is None or insertion < injection):
        raise _BadDay("--insertion goes with an --injection on the same day or before it")
    if arguments.weeks is not None and not 1 <= arguments.weeks <= MOST_WEEKS:
        raise _BadDay(f"--weeks {arguments.weeks}: from 1 to {MOST_WEEKS} weeks can be shown")
    if start is None and injection is not None:
        start = start_before(program, injection)
    start = start or datetime.now().astimezone().date()
    own_set = generic_set()
    rungs = rungs_from(program, arguments.rung, own_set)
    chosen = {pair.partition("=")[0] for pair in arguments.rung}
    placed = {name: rung for name, rung in rungs.items() if name in chosen or not program.ladders[name].locked}
    assignment = AssignmentFacts(
        id=_ASSIGNMENT,
        program=program,
        start_on=start,
        injection=InjectionFacts(id=_INJECTION, on=injection, given=True, insertion_on=insertion)
        if injection
        else None,
        parameters=parameters_from(program, arguments.parameters),
        placements=tuple(Place(start, ladder, rung) for ladder, rung in placed.items()),
        own_set=own_set,
    )
    ahead = days_ahead(assignment)
    if ahead is None:
        raise _BadDay(f"with these days no phase has a day on or after the start, {start}")
    _, end, goes_on = ahead
    last = end if arguments.weeks is None else week_of(start) + timedelta(days=7 * arguments.weeks - 1)
    last = min(last, week_of(start) + timedelta(days=7 * MOST_WEEKS - 1))
    if not goes_on:
        last = min(last, end)
    reached = goes_on and last >= end - timedelta(days=OPEN_DAYS - 1)
    return _Calendar(
        program=program,
        assignment=assignment,
        weeks=weeks_of([assignment], start, last),
        rungs=placed,
        goes_on=reached,
        waits=reached and assignment.waits_for == "insertion",
        more=last < end and not reached,
    )


def _day(name: str, written: str | None) -> date | None:
    if written is None:
        return None
    try:
        day = date.fromisoformat(written) if _A_DAY.fullmatch(written) else None
    except ValueError:
        day = None
    if day is None:
        raise _BadDay(f"--{name} {written}: there is no such day; write it as 2026-03-01")
    if day.year not in _YEARS:
        raise _BadDay(f"--{name} {written}: the year lies outside {_YEARS[0]} to {_YEARS[-1]}")
    return day


# -- as text ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Words:
    language: str

    def __call__(self, key: str, **values: object) -> str:
        return _PHRASES[key][self.language.split("-")[0] == "es"].format(**values)


def _lines(calendar: _Calendar, words: _Words) -> Iterator[str]:
    program, assignment = calendar.program, calendar.assignment
    title = program.title.in_language(words.language)
    yield from (title, "=" * len(title), "")
    if not program.is_reviewed:
        yield words("not_reviewed")
    yield from _wrapped(words("given", values=", ".join(_given(calendar, words))))
    yield from _wrapped(words("days_since" if assignment.injection else "days_of_program"))
    yield from _wrapped(words("numbers"))
    yield ""
    yield table(words("headings").split("|"), [row for week in calendar.weeks for row in _rows(week, calendar, words)])
    notes = [*_endings(calendar, words), *_held(calendar, words)]
    if notes:
        yield ""
    for note in notes:
        yield from _wrapped(note)
    checks = list(_checks(calendar, words))
    if checks:
        yield from ("", words("safety"))
    for check in checks:
        yield from _wrapped(check, first="  - ")


def _given(calendar: _Calendar, words: _Words) -> Iterator[str]:
    assignment = calendar.assignment
    yield words("start", day=assignment.start_on)
    if assignment.injection:
        yield words("injection", day=assignment.injection.on)
        if assignment.injection.insertion_on:
            yield words("insertion", day=assignment.injection.insertion_on)
    for ladder, rung in calendar.rungs.items():
        yield words("rung", ladder=ladder.replace("_", " "), rung=rung)


def _rows(week: Week, calendar: _Calendar, words: _Words) -> Iterator[list[object]]:
    """The week's first line has its days and minutes; below it each phase stands beside its sessions."""
    lines: list[tuple[str, ...]] = []
    for phase in week.phases:
        name = _cell(phase.span.phase.title.in_language(words.language), _PHASE_WIDTH)
        sessions: list[tuple[str, str, str]] = []
        for each in week.sessions:
            if (each.assignment_id, each.phase_id) != (phase.assignment_id, phase.span.phase.id):
                continue
            first, *more = _cell(each.title.in_language(words.language), _SESSION_WIDTH)
            sessions.append((first, _range(each.least, each.most), _on_days(each, week, words)))
            sessions += [(line, "", "") for line in more]
        for line, session in zip_longest(name, sessions):
            lines.append((line or "", *(session or ("", "", ""))))
    head = (str(week.monday), _since(week, calendar, words))
    minutes = (_minutes(week.day_s), _minutes(week.week_s))
    for number, cells in enumerate(lines or [("", "", "", "")]):
        yield [*head, *cells, *minutes] if not number else ["", "", *cells, "", ""]


def _cell(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width) or [""]


def _since(week: Week, calendar: _Calendar, words: _Words) -> str:
    """Days since the injection, or days of the program, the first of which is day 1."""
    start = calendar.assignment.start_on
    first, last = week.since_injection or ((week.first - start).days + 1, (week.last - start).days + 1)
    return str(first) if first == last else words("to", first=first, last=last)


def _on_days(session: WeekSession, week: Week, words: _Words) -> str:
    if session.flexible:
        return words("any")
    if len(session.days) == (week.last - week.first).days + 1:
        return words("all")
    names = words("weekdays").split("|")
    if len(session.days) > 3 and session.days[-1] - session.days[0] == timedelta(days=len(session.days) - 1):
        return f"{names[session.days[0].weekday()]}-{names[session.days[-1].weekday()]}"
    return " ".join(names[day.weekday()] for day in session.days)


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least}-{most}"


def _minutes(span: Span) -> str:
    """Whole minutes: the least rounded down, the most rounded up, so that nobody is kept longer than was said."""
    least, most = math.floor(span[0] / 60), math.ceil(span[1] / 60)
    return str(round(span[1] / 60)) if span[0] > 0 and most - least <= 1 else _range(least, most)


def _endings(calendar: _Calendar, words: _Words) -> Iterator[str]:
    language = words.language
    moved = next((span for span in calendar.assignment.spans if span.shifted_days), None)
    if moved is not None:
        days = words("day") if moved.shifted_days == 1 else words("days", number=moved.shifted_days)
        yield words("shifted", phase=moved.phase.title.in_language(language), days=days)
    if calendar.goes_on:
        phase = calendar.assignment.spans[-1].phase.title.in_language(language)
        injection = calendar.assignment.injection
        if calendar.waits and injection is not None:
            yield f"{words('waits', phase=phase, day=injection.on)} {words('add_insertion')}"
        else:
            yield words("goes_on", phase=phase)
    if calendar.more:
        yield words("more")


def _held(calendar: _Calendar, words: _Words) -> Iterator[str]:
    told = {_held_in_words(held, words): None for week in calendar.weeks for held in week.held}
    if told:
        yield f"{words('held')}: {'; '.join(told)}."


def _held_in_words(held: Held, words: _Words) -> str:
    session = held.title.in_language(words.language)
    params = held.reason.params
    if held.reason.code in ("locked", "no_rung"):
        return words(held.reason.code, session=session, ladder=str(params["ladder"]).replace("_", " "))
    if "opens_on" in params:
        return words("not_before", session=session, day=params["opens_on"])
    return words("not_charted", session=session)


def _checks(calendar: _Calendar, words: _Words) -> Iterator[str]:
    days: dict[str, list[date]] = {}
    checks: dict[str, SafetyCheck] = {}
    for week in calendar.weeks:
        for each in week.safety_checks:
            checks[each.check.id] = each.check
            days.setdefault(each.check.id, []).extend(each.days)
    for name, check in checks.items():
        often = words("every_day") if check.every_days == 1 else words("every_days", number=check.every_days)
        ask = check.ask.in_language(words.language)
        yield words("check", first=days[name][0], last=days[name][-1], often=often, ask=ask)


def _wrapped(text: str, *, first: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )


# -- as JSON ----------------------------------------------------------------------------------------------------------


def _as_json(calendar: _Calendar, language: str) -> dict[str, Any]:
    injection = calendar.assignment.injection
    return {
        "program": calendar.program.id,
        "title": calendar.program.title.in_language(language),
        "language": language,
        "reviewed": calendar.program.is_reviewed,
        "start": str(calendar.assignment.start_on),
        "injection": str(injection.on) if injection else None,
        "insertion": str(injection.insertion_on) if injection and injection.insertion_on else None,
        "rungs": dict(calendar.rungs),
        "parameters": dict(calendar.assignment.parameters),
        "goes_on": calendar.goes_on,
        "waits_for": "insertion" if calendar.waits else None,
        "more": calendar.more,
        "weeks": [_week_as_json(week, language) for week in calendar.weeks],
    }


def _week_as_json(week: Week, language: str) -> dict[str, Any]:
    return {
        "monday": str(week.monday),
        "sunday": str(week.sunday),
        "first": str(week.first),
        "last": str(week.last),
        "since_injection": week.since_injection,
        "phases": [
            {
                "id": each.span.phase.id,
                "title": each.span.phase.title.in_language(language),
                "first": str(each.first),
                "last": str(each.last),
                "shifted_days": each.span.shifted_days,
            }
            for each in week.phases
        ],
        "sessions": [
            {
                "id": each.session_key,
                "phase": each.phase_id,
                "title": each.title.in_language(language),
                "least": each.least,
                "most": each.most,
                "flexible": each.flexible,
                "days": _days_as_json(each.days),
                "length_s": each.length_s,
            }
            for each in week.sessions
        ],
        "day_s": week.day_s,
        "week_s": week.week_s,
        "asks": [ask.what for ask in week.asks],
        "safety_checks": [
            {"id": each.check.id, "ask": each.check.ask.in_language(language), "days": _days_as_json(each.days)}
            for each in week.safety_checks
        ],
        "held": [
            {
                "id": each.session_key,
                "title": each.title.in_language(language),
                "why": each.reason.code,
                "opens_on": str(each.reason.params["opens_on"]) if "opens_on" in each.reason.params else None,
            }
            for each in week.held
        ],
    }


def _days_as_json(days: Sequence[date]) -> list[str]:
    return [str(day) for day in days]
