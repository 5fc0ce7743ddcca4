"""The first weeks of a program for one patient, in words, before it is given: beside all else that she does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from flask_babel import gettext

from coach.domain.calendar import days_since
from coach.domain.plan import Held
from coach.domain.weeks import Span, Week, WeekSession
from coach.services.assignments import Preview
from coach.web.therapist.effect_words import day_words
from coach.web.therapist.phrases import said


@dataclass(frozen=True, slots=True)
class FirstWeek:
    """The cells of one week. `others`: what she does of other programs."""

    days: str
    since: str
    phases: str
    sessions: tuple[str, ...]
    others: tuple[str, ...]
    held: tuple[str, ...]
    asks: tuple[str, ...]
    a_day: str


def first_weeks(preview: Preview) -> list[FirstWeek]:
    return [_week(week, preview) for week in preview.weeks]


def _week(week: Week, preview: Preview) -> FirstWeek:
    others = dict.fromkeys(each.assignment_id for each in week.sessions if each.assignment_id != preview.id)
    injected = preview.injection_on
    since = None if injected is None else [days_since(injected, day) for day in (week.first, week.last)]
    return FirstWeek(
        days=day_words(week.first) if week.first == week.last else f"{day_words(week.first)} – {day_words(week.last)}",
        since="" if since is None else str(since[0]) if since[0] == since[1] else f"{since[0]} … {since[1]}",
        phases=", ".join(
            dict.fromkeys(said(each.span.phase.title) for each in week.phases if each.assignment_id == preview.id)
        ),
        sessions=tuple(_sessions(week, preview.id)),
        others=tuple(
            gettext(
                "beside it, from “%(program)s”: %(sessions)s",
                program=said(preview.titles[assignment_id]),
                sessions=", ".join(_sessions(week, assignment_id)),
            )
            for assignment_id in others
        ),
        held=tuple(dict.fromkeys(_held(each) for each in week.held if each.assignment_id == preview.id)),
        asks=tuple(_asks(week, preview.id)),
        a_day=_minutes(week.day_s),
    )


def _sessions(week: Week, assignment_id: UUID) -> Iterator[str]:
    """Each session once, of a week in which a phase ends as well."""
    found: dict[str, list[WeekSession]] = {}
    for each in week.sessions:
        if each.assignment_id == assignment_id:
            found.setdefault(each.session_key, []).append(each)
    for same in found.values():
        least, most = sum(each.least for each in same), sum(each.most for each in same)
        times = str(least) if least == most else f"{least}–{most}"
        yield gettext("%(title)s %(times)s×", title=said(same[0].title), times=times)


def _held(held: Held) -> str:
    opens_on = held.reason.params.get("opens_on")
    if held.reason.code == "locked" and opens_on is None:
        return gettext("%(session)s until you open its ladder", session=said(held.title))
    if held.reason.code == "no_rung":
        return gettext("%(session)s until her sizes are charted", session=said(held.title))
    if opens_on is None:
        return gettext("%(session)s until insertion is charted", session=said(held.title))
    return gettext("%(session)s until %(day)s", session=said(held.title), day=day_words(opens_on))  # type: ignore[arg-type]


def _asks(week: Week, assignment_id: UUID) -> Iterator[str]:
    for ask in week.asks:
        if ask.assignment_id == assignment_id:
            yield (
                gettext("waits for the earliest insertion day to be charted")
                if ask.what == "insertion"
                else gettext("waits for the injection to be charted")
            )


def _minutes(span: Span) -> str:
    least, most = math.floor(span[0] / 60), math.ceil(span[1] / 60)
    if not most:
        return "–"
    return gettext("%(minutes)s min", minutes=most if least == most else f"{least}–{most}")
