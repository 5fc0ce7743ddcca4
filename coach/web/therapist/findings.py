"""The timeline's findings in words: one sentence each. They describe what came first; they do not say why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from babel.numbers import format_decimal
from flask_babel import format_date, get_locale, gettext, ngettext

from coach.domain.adherence import Attendance, NoRecord, NothingDue, Practised, StillOpen
from coach.domain.bands import BandName, BandOn, Edge, ObservedKind, Pin
from coach.domain.course import Performed
from coach.domain.fold import SessionResult
from coach.domain.program import Rung
from coach.domain.timeline import Finding, Timeline
from coach.web.pause_words import why_name


def description(timeline: Timeline) -> str:
    """Every finding, as the picture's description."""
    return " ".join(sentence(finding) for finding in timeline.findings)


def answer(timeline: Timeline) -> str:
    """The last finding: whether practice or pain changed first."""
    return sentence(timeline.findings[-1])


def sentence(finding: Finding) -> str:
    params = finding.params
    match finding.code:
        case "practised":
            return gettext("Practised on %(done)s of %(due)s days.", done=params["done"], due=params["due"])
        case "consulted":
            return _consulted(params["days"])
        case "paused":
            return _paused(params)
        case "injected":
            return _injected(params)
        case "observed":
            return _observed(params["pins"])
        case "pain_moved":
            return _moved(
                params,
                rose=gettext("The strongest pain in practice rose from %(before)s to %(after)s."),
                fell=gettext("The strongest pain in practice came down from %(before)s to %(after)s."),
                same=gettext("The strongest pain in practice is at %(after)s, as at the beginning."),
            )
        case "size_moved":
            return gettext(
                "The size used went from %(before)s mm to %(after)s mm.",
                before=number(params["from"]),
                after=number(params["to"]),
            )
        case "stopped":
            return ngettext("One session was stopped.", "%(num)d sessions were stopped.", _int(params["times"]))
        case "red_flags":
            return ngettext("One red flag.", "%(num)d red flags.", _int(params["times"]))
        case _:
            return _cause(finding)


def band_name(name: BandName) -> str:
    match name:
        case "onset":
            return gettext("onset")
        case "plateau":
            return gettext("plateau")
        case "waning":
            return gettext("waning")
        case "worn_off":
            return gettext("worn off")


def pin_name(kind: ObservedKind) -> str:
    match kind:
        case "first_effect":
            return gettext("first effect")
        case "peak":
            return gettext("peak")
        case "wearing_off":
            return gettext("beginning to wear off")
        case "worn_off":
            return gettext("worn off")


def pin(found: Pin) -> str:
    """Something observed, with its day."""
    return gettext("%(what)s, day %(day)s", what=pin_name(found.kind), day=found.day)


def pin_day(found: Pin) -> str:
    return gettext("day %(day)s", day=found.day)


def edge_name(edge: Edge) -> str:
    return gettext("observed") if edge == "observed" else gettext("typical")


def n_of_n(found: Attendance) -> str:
    """The four ways of having no number, and n of N."""
    match found:
        case Practised():
            return gettext("%(done)s of %(due)s", done=number(found.done), due=found.due)
        case NoRecord():
            return gettext("no record")
        case StillOpen():
            return gettext("still open")
        case NothingDue():
            return gettext("nothing due")


def percent(found: Attendance) -> int | None:
    return found.percent if isinstance(found, Practised) else None


def rung_name(rung: Rung) -> str:
    """A size in mm where the rung has one, else its own id."""
    return gettext("%(size)s mm", size=number(rung.size_mm)) if rung.size_mm is not None else rung.id


def outcome(result: Performed | SessionResult) -> str:
    """How a session ended. Stopping is attending."""
    match result.outcome:
        case "complete":
            return gettext("complete")
        case "partial":
            return gettext("in part")
        case "open":
            return gettext("begun")
    match result.stop_reason:
        case "pain":
            return gettext("stopped for pain")
        case "fear":
            return gettext("stopped for fear")
        case "safety":
            return gettext("stopped for safety")
        case "interrupted":
            return gettext("was interrupted")
        case "time":
            return gettext("no more time")
        case "instead":
            return gettext("another session took its place")
    return gettext("stopped")


def strongest(after: int | None, peak: int | None) -> str:
    """The strongest rating of a session: the one asked after it, else the highest given while it lasted."""
    value = peak if after is None else after
    return "–" if value is None else number(value)


def mark(how: str | None) -> str:
    """How a step ended."""
    return {
        "done": gettext("done"),
        "skipped": gettext("skipped"),
        "declined": gettext("not today"),
        "stayed": gettext("stayed at the opening"),
        None: "–",
    }[how]


def number(value: object) -> str:
    """At most one decimal."""
    return _decimal(_number(value), str(get_locale()))


@lru_cache(maxsize=4096)
def _decimal(value: float, locale: str) -> str:
    return str(format_decimal(value, "#,##0.#", locale=locale))


def short_day(day: object) -> str:
    assert isinstance(day, date)
    return str(format_date(day, "d MMM", rebase=False))


def _cause(finding: Finding) -> str:
    params = finding.params
    values: dict[str, Any] = {
        "before": number(params["pain_from"]) if "pain_from" in params else "",
        "after": number(params["pain_to"]) if "pain_to" in params else "",
        "place": _place(params, ""),
        "fell": _place(params, "fell_"),
        "share_from": params.get("share_from"),
        "share_to": params.get("share_to"),
    }
    match finding.code:
        case "too_little":
            return gettext("There is not enough yet to say whether anything changed.")
        case "no_practice_lately":
            return ngettext(
                "There was no practice in the last week.",
                "There was no practice in the last %(num)d weeks.",
                _int(params["weeks"]),
            )
        case "practice_fell_then_pain_rose":
            return gettext(
                "Practice became less first, from %(fell)s on: from %(share_from)s %% of what was planned to "
                "%(share_to)s %%. The strongest pain in practice then rose from %(before)s to %(after)s.",
                **values,
            )
        case "pain_rose_then_practice_fell":
            return gettext(
                "The strongest pain in practice rose first, from %(before)s to %(after)s; "
                "practice became less from %(fell)s on.",
                **values,
            )
        case "pain_rose_practice_steady":
            return gettext(
                "The strongest pain in practice rose from %(before)s to %(after)s while practice went on as before. "
                "Today is %(place)s.",
                **values,
            )
        case "practice_fell_pain_steady":
            return gettext(
                "Practice became less from %(fell)s on; the strongest pain in practice has not risen.",
                **values,
            )
        case "practice_fell":
            return gettext(
                "Practice became less from %(fell)s on: from %(share_from)s %% of what was planned to %(share_to)s %%.",
                **values,
            )
        case "pain_fell":
            return gettext(
                "The strongest pain in practice came down from %(before)s to %(after)s and practice goes on.",
                **values,
            )
        case "steady":
            return gettext("Practice and pain have kept their level.")
    raise ValueError(f"no sentence for the finding {finding.code}")


def _place(params: Mapping[str, object], prefix: str) -> str:
    """A day by the injection, with its typical band, or where there is none by its date."""
    day, band, on = (params.get(f"{prefix}{name}") for name in ("day", "band", "on"))
    if on is None:
        return ""
    if day is None:
        return short_day(on)
    if band is None:
        return gettext("day %(day)s", day=day)
    assert isinstance(band, BandOn)
    if band.edge == "observed":
        return gettext("day %(day)s (%(band)s, as observed)", day=day, band=band_name(band.name))
    return gettext("day %(day)s (typically %(band)s)", day=day, band=band_name(band.name))


def _observed(pins: object) -> str:
    assert isinstance(pins, tuple)
    return gettext("Observed: %(pins)s.", pins="; ".join(pin(each) for each in pins))


def _consulted(days: object) -> str:
    assert isinstance(days, tuple)
    return ngettext(
        "Consultation on %(days)s.",
        "Consultations on %(days)s.",
        len(days),
        days=", ".join(short_day(day) for day in days),
    )


def _paused(params: Mapping[str, object]) -> str:
    whys = params["whys"]
    assert isinstance(whys, tuple)
    return ngettext(
        "Her plan was paused on one day: %(whys)s.",
        "Her plan was paused on %(num)d days: %(whys)s.",
        _int(params["days"]),
        whys=", ".join(why_name(why) for why in whys),
    )


def _injected(params: Mapping[str, object]) -> str:
    band = params["band"]
    words = {
        "day": params["day"],
        "on": short_day(params["on"]),
        "units": number(params["units"]) if params["units"] is not None else "",
        "product": params["product"] or "",
        "band": band_name(band.name) if isinstance(band, BandOn) else "",
    }
    if params["units"] is None:
        return gettext("Injection on %(on)s, day %(day)s now.", **words)
    if band is None:
        return gettext("Injection of %(units)s units of %(product)s on %(on)s, day %(day)s now.", **words)
    if isinstance(band, BandOn) and band.edge == "observed":
        return gettext(
            "Injection of %(units)s units of %(product)s on %(on)s, day %(day)s now, %(band)s as observed.", **words
        )
    return gettext(
        "Injection of %(units)s units of %(product)s on %(on)s, day %(day)s now, typically %(band)s.", **words
    )


def _moved(params: Mapping[str, object], *, rose: str, fell: str, same: str) -> str:
    before, after = _number(params["from"]), _number(params["to"])
    text = rose if after > before else fell if after < before else same
    return text % {"before": number(before), "after": number(after)}


def _number(value: object) -> float:
    assert isinstance(value, (int, float))
    return value


def _int(value: object) -> int:
    assert isinstance(value, int)
    return value
