"""Alerts in words: what was told or happened, and how urgent it is. What she answered is shown as she read it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import format_date, format_datetime, gettext

from coach.domain.alerts import Raised
from coach.services.alerts import Alert


def heading(alert: Alert) -> str:
    match alert.kind, alert.urgency:
        case "warning_sign", "emergency":
            return gettext("She told of a sign of an emergency")
        case "warning_sign", "same_day":
            return gettext("She told of a sign that asks for a call the same day")
        case "warning_sign", _:
            return gettext("She told of something that is known and not urgent")
        case "two_stops", _:
            return gettext("Two sessions in a row ended for pain or fear: her rung is held")
        case "inserted_at_rest", _:
            return gettext("A dilator was used on a day on which nothing was to be inserted")
        case "flare", _:
            return gettext("A flare: strengthening rests, and calm practice takes its place")
    return gettext("Something to look at")


def asked(alert: Alert) -> str | None:
    """The question to which she said yes, in the words that she read."""
    text = _check(alert).get("ask")
    return None if text is None else str(text) or gettext("A question that is not known any more")


def told(alert: Alert) -> str | None:
    """What she was told at once; empty where it is not known any more."""
    text = _check(alert).get("say")
    return None if text is None else str(text)


def where(alert: Alert) -> str:
    """From where and for which of her days; nothing for what a rule found."""
    day = alert.body.get("day_on")
    if alert.kind not in ("warning_sign", "inserted_at_rest") or day is None:
        return ""
    words = format_date(date.fromisoformat(str(day)), "long", rebase=False)
    if alert.session_id is None:
        return gettext("on her own page, %(day)s", day=words)
    return gettext("in a session, %(day)s", day=words)


def ladder(alert: Alert) -> str:
    return str(alert.body.get("ladder", ""))


def watched(raised: Raised) -> str:
    """What a program asks to look at."""
    params = raised.params
    match raised.on:
        case "no_session":
            return gettext("Her program asks for a look: %(days)s days or more without a session.", days=params["days"])
        case "comfort_down":
            return gettext(
                "Her program asks for a look: in %(weeks)s weeks in a row the comfortable size lay lower than before.",
                weeks=params["weeks"],
            )
        case "rating" if "days" in params:
            return gettext(
                "Her program asks for a look: ratings that it watches for, %(times)s times in %(days)s days.",
                times=params["times"],
                days=params["days"],
            )
        case "rating":
            return gettext(
                "Her program asks for a look: ratings that it watches for, %(times)s times.", times=params["times"]
            )


def moment(instant: datetime, zone: str) -> str:
    """An instant on the wall of the patient's zone."""
    return str(format_datetime(instant.astimezone(ZoneInfo(zone)), "d MMM HH:mm", rebase=False))


def _check(alert: Alert) -> dict[str, Any]:
    check = alert.body.get("check")
    return check if isinstance(check, dict) else {}
