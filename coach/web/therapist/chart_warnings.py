"""What is worth a second look at a chart, in words: a sentence for its page and form, a few words for the list."""

from __future__ import annotations

from datetime import date

from flask_babel import format_date, format_decimal, gettext, ngettext

from coach.services.charts import (
    DiscardedMore,
    Expired,
    LeftBehind,
    ShortInterval,
    SideAgainstClock,
    VolumeDiffers,
    Warned,
)
from coach.web.therapist import terms


def sentence(warned: Warned) -> str:
    match warned:
        case Expired():
            return gettext(
                "What was given expired on %(day)s, before the injection.", day=_day(warned.expires_on, "long")
            )
        case ShortInterval():
            return ngettext(
                "Only %(num)d day lies between this and the injection of %(day)s. Twelve weeks (84 days) are usual.",
                "Only %(num)d days lie between this and the injection of %(day)s. Twelve weeks (84 days) are usual.",
                warned.days,
                day=_day(warned.other_on, "long"),
            )
        case LeftBehind():
            return gettext(
                "The injection moved from %(before)s to %(after)s, and these days stayed as they were: %(days)s. "
                "Please look whether they still hold.",
                before=_day(warned.was_on, "long"),
                after=_day(warned.on, "long"),
                days="; ".join(_first_day(warned, name, first_on) for name, first_on in warned.first_days),
            )
        case VolumeDiffers():
            return gettext(
                "%(muscle)s: %(ml)s ml at %(per_ml)s units per ml are %(would_be)s units, and %(units)s are charted.",
                muscle=terms.said(warned.muscle),
                ml=_number(warned.ml),
                per_ml=_number(warned.per_ml),
                would_be=_number(warned.ml * warned.per_ml),
                units=_number(warned.units),
            )
        case DiscardedMore():
            return gettext(
                "%(discarded)s units are charted as discarded, and a vial holds %(vial)s.",
                discarded=_number(warned.discarded),
                vial=_number(warned.vial),
            )
        case SideAgainstClock():
            return gettext(
                "%(muscle)s: %(side)s and %(clock)s o'clock do not go together. Sides are hers; the clock is seen from "
                "below while she lies on her back, with 12 in front and 3 on her left.",
                muscle=terms.said(warned.muscle),
                side=_side(warned.side),
                clock=warned.clock,
            )


def badge(warned: Warned) -> str:
    match warned:
        case Expired():
            return gettext("expired before its day")
        case ShortInterval():
            return ngettext(
                "%(num)d day from that of %(day)s",
                "%(num)d days from that of %(day)s",
                warned.days,
                day=_day(warned.other_on, "medium"),
            )
        case LeftBehind():
            return gettext("moved, first days stayed")
        case VolumeDiffers():
            return gettext("ml and units differ")
        case DiscardedMore():
            return gettext("more discarded than a vial holds")
        case SideAgainstClock():
            return gettext("side and clock differ")


def _first_day(warned: LeftBehind, name: str, first_on: date) -> str:
    what = {
        "insertion_on": gettext("Insertion from"),
        "intercourse_on": gettext("Intercourse from"),
        "baths_on": gettext("Baths from"),
        "exertion_on": gettext("Exercise and lifting from"),
    }[name]
    day = _day(first_on, "long")
    if first_on <= warned.on:
        return gettext("%(what)s %(day)s, the day of the injection itself", what=what, day=day)
    after = (first_on - warned.on).days
    return ngettext(
        "%(what)s %(day)s, %(num)d day after it", "%(what)s %(day)s, %(num)d days after it", after, what=what, day=day
    )


def _side(side: str) -> str:
    return {"left": gettext("left"), "right": gettext("right"), "midline": gettext("midline")}[side]


def _number(number: float) -> str:
    return str(format_decimal(round(number, 2), "#,##0.##"))


def _day(day: date, style: str) -> str:
    return str(format_date(day, style, rebase=False))
