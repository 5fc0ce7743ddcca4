"""Today in words: the same page for the patient and for the therapist who looks at it. Nothing here counts what was not
done."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from babel import Locale
from babel.dates import get_day_names
from flask_babel import format_date, get_locale, gettext, ngettext

from coach.domain.plan import Held, Reason
from coach.domain.program import Text
from coach.services.clinics import Contact
from coach.services.phase_log import OpenPhase
from coach.services.plans import Today, TodayItem
from coach.web.addresses import code_of
from coach.web.pause_words import Resting, resting

GAP = timedelta(days=4)  # from so long without practice on, she is welcomed back

_WEEKDAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One session. `url` is None where there is nothing to open; `state` is what is done and left, in words."""

    title: str
    url: str | None
    minutes: str | None
    needs: str | None
    state: str
    is_done: bool
    why: tuple[str, ...]
    variants: tuple[str, ...]
    cannot: str | None


@dataclass(frozen=True, slots=True)
class WeekDay:
    """A day of this week: whether there was practice on it, or it is today. Nothing is said of the others."""

    name: str
    letter: str
    practised: bool
    is_today: bool


@dataclass(frozen=True, slots=True)
class Later:
    """A session that is not offered yet; `opens_on` None: when the therapist opens it, or `after_rest`, or `after_look`
    of her clinic at what she told. `instead_url`: what she may do in its place meanwhile."""

    title: str
    opens_on: str | None
    instead_url: str | None = None
    after_rest: bool = False
    after_look: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Enough:
    """A part of her plan whose end is hers to say, with what comes after it (None: nothing)."""

    assignment_id: UUID
    part: str
    title: str
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    day: str
    welcome_back: bool
    to_do: tuple[Card, ...]
    done: tuple[Card, ...]
    going_on: tuple[str, str] | None  # title and URL of a sitting that was begun
    empty: tuple[str, str] | None  # heading and text where there is nothing to do
    begins_on: str | None
    later: tuple[Later, ...]
    waits_for_clinic: bool  # for a date that somebody there has to enter
    week: tuple[WeekDay, ...]
    contact: Contact
    unreviewed: bool
    warning: tuple[str, ...]  # the clinic's words where she told of a warning sign: then the day offers nothing more
    is_emergency: bool  # among them is one for which the emergency number is called first
    pauses: tuple[Resting, ...]  # of this day, in words
    enough: tuple[Enough, ...]  # parts of which she may say that it was enough
    may_rest: bool  # whether there is something left of which she may say: not today
    resting: tuple[Card, ...]  # what was planned on such a day, to be found but not offered


def page_of(today: Today, contact: Contact) -> Page:
    cards = [_card(item, today) for item in today.items]
    offered = [] if today.is_warned else cards
    sitting = None if today.is_warned else today.open_sitting
    return Page(
        day=day_in_words(today.day),
        welcome_back=not today.is_warned and _is_back(today),
        to_do=tuple(card for card in offered if not card.is_done),
        done=tuple(card for card in offered if card.is_done),
        going_on=(sitting.title, f"/sessions/{sitting.id}") if sitting else None,
        empty=None if today.is_warned else _empty(today),
        later=tuple(_later(held, today.language) for held in today.held),
        waits_for_clinic=bool(today.asks),
        begins_on=day_in_words(today.begins_on) if today.begins_on else None,
        week=_week(today),
        contact=contact,
        unreviewed=any(not phase.is_reviewed for phase in today.phases),
        warning=(today.warning or (gettext("Please call your clinic."),)) if today.is_warned else (),
        is_emergency=today.is_emergency,
        pauses=tuple(resting(pause, today.day) for pause in today.pauses),
        enough=() if today.is_warned else tuple(_enough(offer, today.language) for offer in today.offers),
        may_rest=today.anything_left,
        resting=tuple(cards) if today.is_warned else (),
    )


def day_in_words(day: date) -> str:
    """Weekday, day and month in the page's language; the year goes without saying."""
    full = Locale.parse(str(get_locale())).date_formats["full"].pattern
    return str(format_date(day, re.sub(r"(,| 'de')? y$", "", full), rebase=False))


def minutes_in_words(minutes: tuple[float, float]) -> str:
    """Whole minutes, at least one, rounded up so that nobody is kept longer than was said."""
    shortest, longest = (max(1, math.ceil(value - 0.25)) for value in minutes)
    if shortest == longest:
        return str(ngettext("About %(num)d minute", "About %(num)d minutes", longest))
    return str(gettext("%(shortest)d to %(longest)d minutes", shortest=shortest, longest=longest))


def reason_in_words(reason: Reason, language: str) -> tuple[str, ...]:
    """Why it is in today's plan: where she is on her way, then how often it is planned."""
    params = reason.params
    sentences = [_where(params, language), _how_often(reason.code, params)]
    return tuple(sentence for sentence in sentences if sentence)


def _card(item: TodayItem, today: Today) -> Card:
    can_open = item.cannot is None
    return Card(
        title=item.title,
        url=f"/assignments/{item.assignment_id}/sessions/{code_of(item.session_key)}" if can_open else None,
        minutes=minutes_in_words(item.minutes) if item.minutes else None,
        needs=", ".join(item.equipment) if item.equipment else None,
        state=_state(item),
        is_done=not item.left and (item.sittings > 0 or not item.most),
        why=reason_in_words(item.reason, today.language),
        variants=tuple(variant.title for variant in item.variants),
        cannot=item.cannot,
    )


def _state(item: TodayItem) -> str:
    """What is done and what is left of this day, or of the week where the days are hers to choose."""
    if not item.is_due and not item.sittings:
        return gettext("Only if you would like to.")
    if item.sittings and not item.left:
        return _joined(gettext("Done for today."), gettext("There is room for more if you like.") if item.more else "")
    if item.flexible:
        return _week_state(item)
    if item.sittings:
        return _joined(
            _times(item.sittings, gettext("Done once today."), gettext("Done twice today."))
            or gettext("Done %(times)d times today.", times=item.sittings),
            _times(item.left, gettext("Once more is planned."), gettext("Twice more is planned."))
            or gettext("It is planned %(times)d more times.", times=item.left),
        )
    return _joined(
        _times(item.left, gettext("Once today."), gettext("Twice today."))
        or gettext("%(times)d times today.", times=item.left),
        gettext("There is room for more if you like.") if item.more else "",
    )


def _times(times: int, once: str, twice: str) -> str | None:
    return {1: once, 2: twice}.get(times)


def _week_state(item: TodayItem) -> str:
    params = item.reason.params
    if not item.least:
        return gettext("This week's are done.") if not item.most else gettext("This week's are done; more if you like.")
    if item.reason.code == "per_week":
        done, of = math.floor(_number(params["done_this_week"]) + 0.001), int(_number(params["per_week"]))
    else:
        done, of = int(_number(params["days_done"])), int(_number(params["any_days"]))
    if not done:
        return gettext("Today or another day this week, as it suits you.")
    return _joined(
        gettext("Today or another day this week, as it suits you."),
        gettext("So far this week: %(done)d of %(of)d.", done=done, of=of),
    )


def _where(params: Mapping[str, object], language: str) -> str:
    phase = params.get("phase")
    title = phase.in_language(language) if isinstance(phase, Text) else None
    day = int(_number(params.get("day", 0)))
    if params.get("since") == "injection":
        if day < 0:
            where = ngettext(
                "Your injection is planned for tomorrow.", "Your injection is planned in %(num)d days.", -day
            )
        elif day == 0:
            where = gettext("Today is the day of your injection.")
        else:
            where = ngettext("It is the day after your injection.", "It is day %(num)d after your injection.", day)
    else:
        where = gettext("It is day %(day)d of your plan.", day=day + 1)
    return _joined(where, gettext("This part is called “%(phase)s”.", phase=title) if title else "")


def _how_often(code: str, params: Mapping[str, object]) -> str:
    least, most = int(_number(params.get("least", 0))), int(_number(params.get("most", 0)))
    match code:
        case "per_day" if most > least:
            return str(gettext("It is planned %(least)d to %(most)d times a day.", least=least, most=most))
        case "per_day":
            return _times(
                least, gettext("It is planned once a day."), gettext("It is planned twice a day.")
            ) or gettext("It is planned %(times)d times a day.", times=least)
        case "on_weekdays":
            return gettext("It is planned for this day of the week.")
        case "on_any_days":
            days = int(_number(params["any_days"]))
            return str(
                ngettext(
                    "It is planned for one day of the week, whichever you like.",
                    "It is planned for %(num)d days of the week, whichever you like.",
                    days,
                )
            )
        case "per_week":
            times = int(_number(params["per_week"]))
            return _times(
                times,
                gettext("It is planned once a week, on the day you like."),
                gettext("It is planned twice a week, on the days you like."),
            ) or gettext("It is planned %(times)d times a week, on the days you like.", times=times)
        case "every_days":
            days = int(_number(params["every_days"]))
            return _times(
                days, gettext("It is planned every day."), gettext("It is planned every other day.")
            ) or gettext("It is planned every %(days)d days.", days=days)
    return ""


def _empty(today: Today) -> tuple[str, str] | None:
    """No program, not begun, nothing on this day, all done: four different things."""
    if any(item.left for item in today.items) or today.pauses:
        return None
    if not today.has_program:
        return gettext("Nothing here yet"), gettext("Your therapist is putting your plan together.")
    if today.begins_on and not today.items:
        return gettext("Your plan has not begun"), gettext("There is nothing to do until then.")
    if not today.items:
        return gettext("A free day"), gettext("Nothing is planned today. Resting is part of it.")
    if any(item.sittings for item in today.items):
        return gettext("That is all for today"), gettext("Thank you for practising. The rest of the day is yours.")
    if all(not item.most for item in today.items):
        return gettext("A free day"), gettext("What was planned for this week is done.")
    return None


def _enough(offer: OpenPhase, language: str) -> Enough:
    after = offer.ending.after if offer.ending else None
    return Enough(
        assignment_id=offer.assignment_id,
        part=offer.phase.id,
        title=offer.phase.title.in_language(language),
        after=after.title.in_language(language) if after else None,
    )


def _later(held: Held, language: str) -> Later:
    opens_on = held.reason.params.get("opens_on")
    instead = f"/assignments/{held.assignment_id}/sessions/{code_of(held.instead)}" if held.instead else None
    opens = day_in_words(opens_on) if isinstance(opens_on, date) else None
    code = held.reason.code
    title = held.title.in_language(language)
    return Later(title, opens, instead, after_rest=code == "paused", after_look=code == "unseen")


def _is_back(today: Today) -> bool:
    before = [day for day in today.practised_on if day < today.day]
    return bool(before) and today.day not in today.practised_on and today.day - before[-1] >= GAP


def _week(today: Today) -> tuple[WeekDay, ...]:
    monday = today.day - timedelta(days=today.day.weekday())
    locale = get_locale()
    letters, names = get_day_names("narrow", "stand-alone", locale), get_day_names("wide", "stand-alone", locale)
    return tuple(
        WeekDay(
            names[number],
            letters[number],
            practised=monday + timedelta(days=number) in today.practised_on,
            is_today=number == today.day.weekday(),
        )
        for number in range(_WEEKDAYS)
    )


def _joined(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _number(value: Any) -> float:
    return float(value)
