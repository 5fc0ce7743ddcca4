"""Pauses in words, for the patient and for her therapist. A rest is nothing to make up for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from babel.dates import format_skeleton
from flask_babel import format_date, get_locale, gettext

from coach.domain.course import Pause, PauseWhy


@dataclass(frozen=True, slots=True, kw_only=True)
class Resting:
    """What Today says of a pause. `may_take_back`: she said it of today alone, and may think again."""

    id: UUID | None
    heading: str
    text: str
    until: str
    may_take_back: bool


def resting(pause: Pause, today: date) -> Resting:
    texts = {
        "menses": gettext("Nothing is asked of you during your period. What is below is there if you would like."),
        "illness": gettext("Get well first. Nothing is inserted until then."),
        "infection": gettext("Your body has time to heal. Nothing is inserted until then."),
        "procedure": gettext("Your body has time to heal after your treatment. Nothing is inserted until then."),
        "travel": gettext("Nothing is asked of you while you are away. What is below is there if you would like."),
        "hold": gettext("Your therapist wants to look at your plan with you first."),
        "not_today": gettext("Today is yours. What is below is there if you would like."),
    }
    return Resting(
        id=pause.id,
        heading=gettext("Not today") if pause.why == "not_today" else gettext("Your plan takes a rest"),
        text=texts[pause.why],
        until="" if pause.why == "not_today" else _until(pause, today),
        may_take_back=pause.why == "not_today",
    )


def why_name(why: PauseWhy) -> str:
    """The reason of a pause in a word or two."""
    return {
        "menses": gettext("Period"),
        "illness": gettext("Illness"),
        "infection": gettext("Infection"),
        "procedure": gettext("Procedure"),
        "travel": gettext("Travel"),
        "hold": gettext("Hold by a therapist"),
        "not_today": gettext("Not today"),
    }[why]


def days(first: date, last: date | None) -> str:
    """The days of a pause, both inside."""
    begins = format_skeleton("MMMd", first, locale=get_locale())
    if last is None:
        return gettext("since %(day)s", day=begins)
    if last == first:
        return str(begins)
    return gettext("%(first)s to %(last)s", first=begins, last=format_skeleton("MMMd", last, locale=get_locale()))


def _until(pause: Pause, today: date) -> str:
    if pause.last is None:
        match pause.why:
            case "hold" | "procedure":
                return gettext("It lasts until your therapist says that it is over.")
            case "infection":
                return gettext("It lasts until it has healed.")
            case "illness":
                return gettext("It lasts until you are well again.")
        return gettext("It lasts until you or your therapist say that it is over.")
    if pause.last == today:
        return gettext("Today is its last day.")
    return gettext("It lasts until %(day)s.", day=format_date(pause.last, "full", rebase=False))
