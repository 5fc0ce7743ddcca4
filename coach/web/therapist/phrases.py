"""A program in plain words: days, frequencies, lengths and limits as a colleague would say them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from babel.dates import get_day_names
from flask_babel import format_decimal, get_locale, gettext, ngettext

from coach.domain.program import (
    DayAnchor,
    DurationValue,
    Exercise,
    Frequency,
    Parameter,
    Phase,
    Program,
    Reference,
    Text,
)


def said(text: Text) -> str:
    """A program's text in the language of the page, or in the program's own."""
    return text.in_language(str(get_locale()))


def number(value: float) -> str:
    return str(format_decimal(value, "#,##0.##"))


def length(milliseconds: float) -> str:
    """`45 s`, `10 min`, `1 min 30 s`."""
    minutes, seconds = divmod(round(milliseconds / 1000, 1), 60)
    if not minutes:
        return gettext("%(seconds)s s", seconds=number(seconds))
    if not seconds:
        return gettext("%(minutes)s min", minutes=number(minutes))
    return gettext("%(minutes)s min %(seconds)s s", minutes=number(minutes), seconds=number(seconds))


def minutes(shortest_s: float, longest_s: float) -> str:
    """`about 12 min`, `10 to 25 min`: whole minutes, never none."""
    least, most = max(1, math.floor(shortest_s / 60)), max(1, math.ceil(longest_s / 60))
    if most - least <= 1:
        return gettext("about %(minutes)s min", minutes=max(1, round(longest_s / 60)))
    return gettext("%(least)s to %(most)s min", least=least, most=most)


def value(parameter: Parameter, amount: float) -> str:
    match parameter.type:
        case "duration":
            return length(amount)
        case "share":
            return gettext("%(percent)s %%", percent=number(amount * 100))
        case "size":
            return gettext("%(size)s mm", size=number(amount))
        case "count":
            return number(amount)


def limits(parameter: Parameter) -> str:
    """`the program says 10 min; 3 min to 30 min are allowed`."""
    says = gettext("The program says %(value)s.", value=value(parameter, parameter.default))
    least, most = parameter.minimum, parameter.maximum
    if least is not None and most is not None:
        allowed = gettext(
            "%(least)s to %(most)s are possible.", least=value(parameter, least), most=value(parameter, most)
        )
    elif least is not None:
        allowed = gettext("Not less than %(least)s.", least=value(parameter, least))
    elif most is not None:
        allowed = gettext("Not more than %(most)s.", most=value(parameter, most))
    else:
        return says
    return f"{says} {allowed}"


def days_of(phase: Phase) -> str:
    """When a phase begins and ends, both days inside."""
    if phase.from_ is not None and phase.to is not None and phase.until is None:
        words = between(phase.from_, phase.to)
    else:
        begins = gettext("after the phase above") if phase.from_ is None else day(phase.from_)
        if phase.until is not None:
            words = gettext("%(begins)s, until its goal is reached", begins=begins)
        elif phase.to is None:
            words = gettext("%(begins)s, and on from there", begins=begins)
        else:
            words = gettext("%(begins)s to %(ends)s", begins=begins, ends=day(phase.to))
    if phase.at_least_days:
        words += ", " + ngettext("%(num)d day at least", "%(num)d days at least", phase.at_least_days)
    return words[:1].upper() + words[1:]


def between(first: DayAnchor, last: DayAnchor) -> str:
    """`8 to 28 days after the injection`, `the 14 days before the injection`, `day 1 to 21`."""
    match first.on, last.on:
        case "start", "start":
            return gettext("day %(first)s to %(last)s", first=first.days + 1, last=last.days + 1)
        case "injection", "injection" if 0 < first.days < last.days:
            return gettext("%(first)s to %(last)s days after the injection", first=first.days, last=last.days)
        case "injection", "injection" if first.days < last.days == -1:
            return gettext("the %(days)s days before the injection", days=-first.days)
    return gettext("%(begins)s to %(ends)s", begins=day(first), ends=day(last))


def day(anchor: DayAnchor) -> str:
    """`the day of the injection`, `14 days before the injection`, `day 8 after the start`."""
    match anchor.on:
        case "start":
            return gettext("day %(day)s", day=anchor.days + 1)
        case "injection":
            if anchor.days == 0:
                return gettext("the day of the injection")
            if anchor.days < 0:
                return ngettext("%(num)d day before the injection", "%(num)d days before the injection", -anchor.days)
            return ngettext("%(num)d day after the injection", "%(num)d days after the injection", anchor.days)
        case "insertion":
            if anchor.days == 0:
                return gettext("the earliest insertion day")
            if anchor.days < 0:
                return ngettext(
                    "%(num)d day before the earliest insertion day",
                    "%(num)d days before the earliest insertion day",
                    -anchor.days,
                )
            return ngettext(
                "%(num)d day after the earliest insertion day",
                "%(num)d days after the earliest insertion day",
                anchor.days,
            )


def how_often(frequency: Frequency) -> str:
    """`twice a day`, `1 to 2 times a day on any 6 days a week`, `5 times a week`, `every 2 days`."""
    times = _times(frequency)
    if frequency.per == "week":
        return gettext("%(times)s a week", times=times)
    if frequency.per == "every":
        every = ngettext("every day", "every %(num)d days", frequency.every_days)
        return (
            every
            if frequency.least == frequency.most == 1
            else gettext("%(times)s %(every)s", times=times, every=every)
        )
    daily = gettext("%(times)s a day", times=times)
    if frequency.any_days is not None:
        return gettext("%(daily)s on any %(days)s days of the week", daily=daily, days=frequency.any_days)
    if frequency.weekdays is not None:
        names = get_day_names("abbreviated", locale=get_locale())
        return gettext("%(daily)s on %(days)s", daily=daily, days=", ".join(names[each] for each in frequency.weekdays))
    return daily


def dose(program: Program, exercise: Exercise) -> str:
    """`30 s × 3, rest 30 s`, `10 breaths: 4 s in, 6 s out`, `10 min`, with the program's own parameters. What only her
    rung decides is called so; empty where a parameter leaves the step out."""
    known = {name: each.default for name, each in program.parameters.items()}

    def time(amount: DurationValue) -> str:
        found = _amount(amount, known)
        return gettext("as her rung says") if found is None else length(found)

    reps = len(exercise.parts) if exercise.parts else 1 if exercise.reps is None else _amount(exercise.reps, known)
    lengths = [_amount(each, known) for each in exercise.for_ms]
    if reps == 0 or (lengths and not any(each != 0 for each in lengths)):
        return ""
    times = "" if reps == 1 else " × " + (gettext("as her rung says") if reps is None else number(reps))
    if exercise.breathe is not None:
        words = _breaths(exercise, time, reps)
    elif exercise.hold_ms is not None:
        words = time(exercise.hold_ms) + times
    elif exercise.contract_ms is not None:
        loose = time(exercise.relax_ms or 0)
        words = gettext("%(tight)s tight, %(loose)s loose", tight=time(exercise.contract_ms), loose=loose) + times
    elif exercise.at_most_ms is not None:
        words = gettext("until she goes on, %(time)s at most", time=time(exercise.at_most_ms))
    else:
        words = gettext(", then ").join(dict.fromkeys(time(each) for each in exercise.for_ms)) + times
    parts = [words]
    if exercise.rest_ms:
        parts.append(gettext("rest %(time)s", time=time(exercise.rest_ms)))
    if exercise.both_sides:
        parts.append(gettext("each side"))
    sets = _amount(exercise.sets, known)
    if sets is not None and sets > 1:
        parts.append(ngettext("%(num)d set", "%(num)d sets", int(sets)))
    return ", ".join(parts)


def _breaths(exercise: Exercise, time: Callable[[DurationValue], str], reps: float | None) -> str:
    breath = exercise.breathe
    assert breath is not None
    phases = [
        words
        for amount, words in (
            (breath.in_ms, gettext("%(time)s in", time=time(breath.in_ms))),
            (breath.hold_ms, gettext("%(time)s held", time=time(breath.hold_ms))),
            (breath.out_ms, gettext("%(time)s out", time=time(breath.out_ms))),
            (breath.pause_ms, gettext("%(time)s pause", time=time(breath.pause_ms))),
        )
        if amount
    ]
    if exercise.for_ms:
        return f"{time(exercise.for_ms[0])}: {', '.join(phases)}"
    if reps is None:
        return ", ".join(phases)
    return ngettext("%(num)d breath", "%(num)d breaths", int(reps)) + f": {', '.join(phases)}"


def _amount(value: float | Reference, parameters: Mapping[str, float]) -> float | None:
    """None for what a rung decides."""
    if not isinstance(value, Reference):
        return value
    return parameters.get(value.name) if value.field is None else None


def kind(name: str) -> str:
    return {
        "relaxation": gettext("relaxing"),
        "stretching": gettext("stretching"),
        "strengthening": gettext("strengthening"),
        "dilator": gettext("with dilators"),
        "preparation": gettext("preparing"),
    }[name]


def _times(frequency: Frequency) -> str:
    least, most = frequency.least, frequency.most
    if isinstance(least, Reference) or isinstance(most, Reference):
        return gettext("as often as her rung says,")
    if least != most:
        return gettext("%(least)s to %(most)s times", least=least, most=most)
    return {1: gettext("once"), 2: gettext("twice")}.get(least) or ngettext("%(num)d time", "%(num)d times", least)


def sessions_in(program: Program, phase: Phase) -> list[tuple[str, str]]:
    """(title, how often) of what a phase asks for."""
    return [(said(program.sessions[each.session].title), how_often(each.frequency)) for each in phase.do]
