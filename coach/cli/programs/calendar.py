"""`coach programs calendar`: week by week what a program asks for, before anybody is given it."""

from __future__ import annotations

import argparse
import json
import math
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import zip_longest
from typing import Any, cast, get_args

from coach.cli.programs.files import NoProgram, program_in, refuse
from coach.cli.programs.trial import ENDING_PHRASES, add_days, assignment_from, day_in, given_days, not_reached
from coach.cli.tables import table, wrapped
from coach.domain.calendar import week_of
from coach.domain.course import AssignmentFacts, Pause, PauseWhy, day_of_anchor, needs_injection
from coach.domain.plan import Held
from coach.domain.program import Program, SafetyCheck
from coach.domain.weeks import (
    OPEN_DAYS,
    Span,
    Week,
    WeekSession,
    days_ahead,
    days_before_injection,
    days_of_check,
    weeks_of,
)
from coach.language.explaining.clauses import day_in_words, every_so_many_days
from coach.language.explaining.phrases import Words
from coach.language.parameters import BadValue
from coach.language.problems import near_name

MOST_WEEKS = 110
_WHYS: tuple[str, ...] = get_args(PauseWhy)
_PHASE_WIDTH, _SESSION_WIDTH = 18, 20

# key: (English, Spanish)
_PHRASES: dict[str, tuple[str, str]] = {
    "headings": (
        "week of|day|phase|session|times|days|min/day|min/week",
        "semana del|día|fase|sesión|veces|días|min/día|min/sem.",
    ),
    "weekdays": ("Mon|Tue|Wed|Thu|Fri|Sat|Sun", "lun|mar|mié|jue|vie|sáb|dom"),
    "all_days": ("all", "todos"),
    "any_of_them": ("any", "a elegir"),
    "day_to_day": ("{first} to {last}", "{first} a {last}"),
    "example": (
        "An example: no clinician has reviewed this program.",
        "Un ejemplo: ningún profesional clínico ha revisado este programa.",
    ),
    "given": ("Worked out for {values}.", "Calculado para {values}."),
    "start_on": ("start {day}", "comienzo {day}"),
    "injection_on": ("injection {day}", "inyección {day}"),
    "insertion_on": ("insertion allowed from {day}", "inserción permitida desde {day}"),
    "rung_at": ("{ladder} at {rung}", "{ladder} en {rung}"),
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
    "held": ("Held back", "Se reserva"),
    "held_locked": (
        "“{session}” until the therapist opens “{ladder}”",
        "“{session}” hasta que la terapeuta abra “{ladder}”",
    ),
    "held_no_rung": ("“{session}” until “{ladder}” has a rung", "“{session}” hasta que “{ladder}” tenga un peldaño"),
    "paused": ("paused from {first} to {last}", "en pausa del {first} al {last}"),
    "held_until": ("“{session}” until {day}", "“{session}” hasta el {day}"),
    "held_not_charted": (
        "“{session}” until insertion is allowed",
        "“{session}” hasta que se permita la inserción",
    ),
    "safety_questions": ("Safety questions:", "Preguntas de seguridad:"),
    "asked": ("{first} to {last}, {often}: {ask}", "{first} a {last}, {often}: {ask}"),
    "asked_on": (
        "From {first} on, {often}; it goes on after these weeks: {ask}",
        "Desde {first}, {often}; sigue después de estas semanas: {ask}",
    ),
    **ENDING_PHRASES,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Calendar:
    """`goes_on`: the last phase does; `waits`: until the day on which insertion is allowed is charted; `more`: the
    weeks that were asked for end before the last phase."""

    program: Program
    assignment: AssignmentFacts
    weeks: tuple[Week, ...]
    goes_on: bool
    waits: bool
    more: bool


def add_parser(actions: Any) -> None:
    parser = actions.add_parser("calendar", help="week by week what a program asks for, and minutes a day")
    parser.add_argument("file", metavar="FILE")
    add_days(
        parser,
        start="otherwise that of its earliest phase before the injection, or today",
        injection="needed where the program counts from one",
        insertion="otherwise not charted yet",
    )
    parser.add_argument(
        "--weeks", type=int, metavar="N", help="otherwise to the end, or four weeks of a phase that has none"
    )
    parser.add_argument(
        "--pause",
        action="append",
        default=[],
        metavar="WHY=FIRST..LAST",
        help=f"days on which nothing is asked, such as menses=2026-03-09..2026-03-13; WHY is one of {', '.join(_WHYS)}",
    )
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
    except BadValue as error:
        return refuse(str(error))
    language = arguments.language or program.language
    if arguments.format == "json":
        print(json.dumps(_as_json(calendar, language), ensure_ascii=False, indent=2))
    else:
        print("\n".join(_lines(calendar, Words(language, _PHRASES))))
    return 0


def _worked_out(program: Program, arguments: argparse.Namespace) -> _Calendar:
    """Raises BadValue."""
    given = given_days(arguments)
    if not program.phases:
        raise BadValue("the program has no phases, so no day of it is on a calendar")
    if given.injection is None and needs_injection(program):
        raise BadValue("the program counts its days from an injection: add for example --injection 2026-03-01")
    if arguments.weeks is not None and not 1 <= arguments.weeks <= MOST_WEEKS:
        raise BadValue(f"--weeks {arguments.weeks}: from 1 to {MOST_WEEKS} weeks can be shown")
    start = given.start or datetime.now().astimezone().date()
    if given.start is None and given.injection is not None and needs_injection(program):
        start = given.injection - timedelta(days=days_before_injection(program))
    assignment = assignment_from(program, arguments, start=start, injection=given.injection, insertion=given.insertion)
    assignment = replace(assignment, pauses=tuple(_pause(written) for written in arguments.pause))
    ahead = days_ahead(assignment)
    if ahead is None:
        raise BadValue(f"with these days no phase has a day on or after the start, {start}")
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
        goes_on=reached,
        waits=reached and assignment.waits_for == "insertion",
        more=last < end and not reached,
    )


def _pause(written: str) -> Pause:
    """Raises BadValue."""
    why, _, days = written.partition("=")
    if why not in _WHYS:
        near = near_name(why, _WHYS)
        raise BadValue(f"--pause {written}: " + (f"did you mean {near}?" if near else f"one of {', '.join(_WHYS)}"))
    first, last = (day_in(f"--pause {written}", day) for day in (days.partition("..")[0], days.partition("..")[2]))
    if last < first:
        raise BadValue(f"--pause {written}: its last day lies before its first")
    return Pause(first=first, last=last, why=cast(PauseWhy, why))


# -- as text ----------------------------------------------------------------------------------------------------------


def _lines(calendar: _Calendar, words: Words) -> Iterator[str]:
    program, assignment = calendar.program, calendar.assignment
    title = program.title.in_language(words.language)
    yield from (title, "=" * len(title), "")
    if not program.is_reviewed:
        yield words("example")
    yield from wrapped(words("given", values=", ".join(_given(calendar, words))))
    yield from wrapped(words("days_since" if assignment.injection else "days_of_program"))
    yield from wrapped(words("numbers"))
    yield ""
    yield table(words("headings").split("|"), [row for week in calendar.weeks for row in _rows(week, calendar, words)])
    notes = [*_endings(calendar, words), *_held(calendar, words)]
    if notes:
        yield ""
    for note in notes:
        yield from wrapped(note)
    checks = list(_checks(calendar, words))
    if checks:
        yield from ("", words("safety_questions"))
    for check in checks:
        yield from wrapped(check, first="  - ")


def _given(calendar: _Calendar, words: Words) -> Iterator[str]:
    assignment = calendar.assignment
    yield words("start_on", day=assignment.start_on)
    if assignment.injection:
        yield words("injection_on", day=assignment.injection.on)
        if assignment.injection.insertion_on:
            yield words("insertion_on", day=assignment.injection.insertion_on)
    for place in assignment.placements:
        yield words("rung_at", ladder=place.ladder.replace("_", " "), rung=place.rung)
    for pause in assignment.pauses:
        yield words("paused", first=pause.first, last=pause.last)


def _rows(week: Week, calendar: _Calendar, words: Words) -> Iterator[list[object]]:
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


def _since(week: Week, calendar: _Calendar, words: Words) -> str:
    """Days since the injection, or days of the program, the first of which is day 1."""
    start = calendar.assignment.start_on
    first, last = week.since_injection or ((week.first - start).days + 1, (week.last - start).days + 1)
    return str(first) if first == last else words("day_to_day", first=first, last=last)


def _on_days(session: WeekSession, week: Week, words: Words) -> str:
    if session.flexible:
        return words("any_of_them")
    if len(session.days) == (week.last - week.first).days + 1:
        return words("all_days")
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


def _endings(calendar: _Calendar, words: Words) -> Iterator[str]:
    language = words.language
    moved = next((span for span in calendar.assignment.spans if span.shifted_days), None)
    if moved is not None:
        days = words.some(moved.shifted_days, "day")
        yield words("shifted", phase=moved.phase.title.in_language(language), days=days)
    if calendar.goes_on:
        phase = calendar.assignment.spans[-1].phase.title.in_language(language)
        injection = calendar.assignment.injection
        if calendar.waits and injection is not None:
            yield f"{words('waits', phase=phase, day=injection.on)} {words('add_insertion')}"
        else:
            yield words("goes_on", phase=phase)
    yield from not_reached(calendar.assignment, words)
    if calendar.more:
        yield words("more")


def _held(calendar: _Calendar, words: Words) -> Iterator[str]:
    told = {_held_in_words(held, words): None for week in calendar.weeks for held in week.held}
    if told:
        yield f"{words('held')}: {'; '.join(told)}."


def _held_in_words(held: Held, words: Words) -> str:
    session = held.title.in_language(words.language)
    params = held.reason.params
    if held.reason.code in ("locked", "no_rung"):
        return words(f"held_{held.reason.code}", session=session, ladder=str(params["ladder"]).replace("_", " "))
    if "opens_on" in params:
        return words("held_until", session=session, day=params["opens_on"])
    return words("held_not_charted", session=session)


def _checks(calendar: _Calendar, words: Words) -> Iterator[str]:
    """Every question with its real last day, which may lie after the weeks that are shown."""
    for check in calendar.program.safety_checks:
        days = days_of_check(check, calendar.assignment)
        values = {"often": every_so_many_days(words, check.every_days), "ask": words.text(check.ask)}
        if days is None and day_of_anchor(check.from_, calendar.assignment) is not None:
            continue  # its days are over before the start
        if days is None:
            yield words("asked_on", first=day_in_words(words, check.from_), **values)
        elif days[1] is None:
            yield words("asked_on", first=days[0], **values)
        else:
            yield words("asked", first=days[0], last=days[1], **values)


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
        "rungs": {place.ladder: place.rung for place in calendar.assignment.placements},
        "parameters": dict(calendar.assignment.parameters),
        "goes_on": calendar.goes_on,
        "waits_for": "insertion" if calendar.waits else None,
        "more": calendar.more,
        "ended": {name: str(day) for name, day in calendar.assignment.ended.items()},
        "pauses": [
            {"why": pause.why, "first": str(pause.first), "last": str(pause.last)}
            for pause in calendar.assignment.pauses
        ],
        "not_reached": [phase.id for phase in calendar.assignment.not_reached],
        "safety_checks": [_check_as_json(check, calendar, language) for check in calendar.program.safety_checks],
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


def _check_as_json(check: SafetyCheck, calendar: _Calendar, language: str) -> dict[str, Any]:
    """First and last day null where they are not charted, or where there are none from the start on."""
    first, last = days_of_check(check, calendar.assignment) or (None, None)
    return {
        "id": check.id,
        "ask": check.ask.in_language(language),
        "every_days": check.every_days,
        "first": str(first) if first else None,
        "last": str(last) if last else None,
    }


def _days_as_json(days: Sequence[date]) -> list[str]:
    return [str(day) for day in days]
