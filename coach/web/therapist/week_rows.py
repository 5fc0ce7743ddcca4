"""The timeline's table as text, made in one pass: two years are a hundred rows of nine cells, and looking up a
translation or a number's pattern for each of them costs more than everything else on the page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from babel.dates import format_skeleton
from babel.numbers import format_decimal, format_percent
from flask_babel import get_locale, gettext, ngettext

from coach.domain.adherence import Attendance, NoRecord, NothingDue, Practised, StillOpen
from coach.domain.course import PauseWhy
from coach.domain.timeline import Spread, Timeline
from coach.web import pause_words
from coach.web.therapist import findings

_NOTHING = "–"


@dataclass(frozen=True, slots=True)
class WeekRow:
    """The cells of one week. `percent` of the sessions is empty where too few were due to say."""

    first: date
    name: str
    days: str
    practised: str
    sessions: str
    percent: str
    minutes: str
    size: str
    pain: str
    anxiety: str
    events: str
    injected: bool
    red_flags: str
    observed: str = ""  # of the injection's effect
    consulted: str = ""
    paused: str = ""


def week_rows(timeline: Timeline) -> list[WeekRow]:
    """Newest first."""
    locale = str(get_locale())
    words = _Words(
        gettext("%(done)s of %(due)s"), gettext("no record"), gettext("still open"), gettext("nothing due"), locale
    )
    rows = []
    for week in reversed(timeline.weeks):
        percent = week.sessions.percent if isinstance(week.sessions, Practised) else None
        rows.append(
            WeekRow(
                first=week.first,
                name=_day(week.first, locale),
                days=_NOTHING if week.first_day is None else f"{week.first_day} … {week.last_day}",
                practised=words.of(week.days),
                sessions=words.of(week.sessions),
                percent="" if percent is None else _percent(percent, locale),
                minutes=f"{_number(round(week.done_minutes), locale)} / {_number(round(week.due_minutes), locale)}",
                size=_pair(week.used_mm, week.prescribed_mm, " / ", locale),
                pain=_ratings(week.pain, locale),
                anxiety=_ratings(week.anxiety, locale),
                events=ngettext("stopped once", "stopped %(num)d times", week.stops) if week.stops else "",
                injected=bool(week.injected),
                observed="; ".join(findings.pin(pin) for pin in week.pins),
                consulted=gettext("consultation, %(day)s", day=", ".join(_day(on, locale) for on in week.consulted))
                if week.consulted
                else "",
                paused="; ".join(_paused(why, days) for why, days in week.paused),
                red_flags=ngettext("one red flag", "%(num)d red flags", week.red_flags) if week.red_flags else "",
            )
        )
    return rows


def _paused(why: PauseWhy, days: int) -> str:
    return ngettext(
        "paused on one day (%(why)s)", "paused on %(num)d days (%(why)s)", days, why=pause_words.why_name(why)
    )


@dataclass(frozen=True, slots=True)
class _Words:
    practised: str
    no_record: str
    still_open: str
    nothing_due: str
    locale: str

    def of(self, found: Attendance) -> str:
        match found:
            case Practised():
                return self.practised % {"done": _number(found.done, self.locale), "due": found.due}
            case NoRecord():
                return self.no_record
            case StillOpen():
                return self.still_open
            case NothingDue():
                return self.nothing_due


def _ratings(spread: Spread, locale: str) -> str:
    return _NOTHING if spread.after is None else _pair(spread.before, spread.after, " → ", locale)


def _pair(first: float | None, second: float | None, between: str, locale: str) -> str:
    if first is None and second is None:
        return _NOTHING
    return between.join(_NOTHING if value is None else _number(value, locale) for value in (first, second))


@lru_cache(maxsize=4096)
def _number(value: float, locale: str) -> str:
    return str(format_decimal(value, "#,##0.#", locale=locale))


@lru_cache(maxsize=4096)
def _day(day: date, locale: str) -> str:
    return str(format_skeleton("MMMd", day, locale=locale))


@lru_cache(maxsize=256)
def _percent(percent: int, locale: str) -> str:
    return str(format_percent(percent / 100, locale=locale))
