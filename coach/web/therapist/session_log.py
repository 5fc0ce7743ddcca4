"""The events of one session as lines to read: when, what, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from flask_babel import format_decimal, format_time, gettext

from coach.domain import fold as rules
from coach.services.reviews import SessionRecord

Tone = Literal["plain", "answer", "stop", "flag", "step"]


@dataclass(frozen=True, slots=True)
class Line:
    """`clock` is the time on the patient's wall by her own device; `guided` minutes and seconds of the session."""

    clock: str
    guided: str
    text: str
    detail: str | None
    tone: Tone


def lines_of(record: SessionRecord) -> tuple[Line, ...]:
    """One line an event, and one where a step began."""
    zone, script = ZoneInfo(record.zone), record.script
    stages, state = rules.stages(script), rules.initial(script)
    lines: list[Line] = []
    shown: set[int] = set()
    guided_ms = 0
    for event in record.events:
        state = rules.apply(script, state, event)
        guided_ms += max(0, int(event["guided_ms"]))
        at = datetime.fromtimestamp(event["at"] / 1000, tz=UTC).astimezone(zone)
        clock, guided = str(format_time(at, "HH:mm:ss", rebase=False)), _minutes(guided_ms)
        text, detail, tone = _words(event, script)
        lines.append(Line(clock, guided, text, detail, tone))
        step = stages[state["stage"]]["step"] if stages[state["stage"]]["type"] == "step" else None
        if step is not None and step not in shown and state["status"] == "running":
            shown.add(step)
            size = rules.size_of(script, state, step)
            detail = None if size is None else gettext("%(size)s mm", size=format_decimal(size, "#,##0.#"))
            lines.append(Line(clock, guided, script["steps"][step]["title"], detail, "step"))
    return tuple(lines)


def _minutes(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 60}:{seconds % 60:02d}"


def _words(event: Mapping[str, Any], script: Mapping[str, Any]) -> tuple[str, str | None, Tone]:
    body = event["body"] if isinstance(event["body"], Mapping) else {}
    match event["kind"]:
        case "started":
            return gettext("Began"), None, "plain"
        case "paused":
            return gettext("Paused"), _why_paused(body), "plain"
        case "resumed":
            return gettext("Went on"), None, "plain"
        case "ready":
            return gettext("Ready"), None, "plain"
        case "smaller":
            return gettext("Took a smaller size"), None, "plain"
        case "declined":
            return gettext("Not today: went on without"), None, "plain"
        case "skipped":
            return gettext("Skipped a step"), None, "plain"
        case "answered":
            return _answer(body, script)
        case "continued":
            return gettext("Went on after the questions"), None, "plain"
        case "tapped":
            return gettext("Tapped to go on"), None, "plain"
        case "stayed":
            return gettext("Stayed at the opening"), None, "plain"
        case "stopped":
            return gettext("Stopped"), _reason(body.get("reason")), "stop"
        case "reasoned":
            return gettext("Said why"), _reason(body.get("reason")), "stop"
        case "noted":
            return gettext("Wrote a note"), str(body.get("text", "")), "answer"
        case "finished":
            return gettext("Reached the end"), None, "plain"
    return str(event["kind"]), None, "plain"


def _answer(body: Mapping[str, Any], script: Mapping[str, Any]) -> tuple[str, str | None, Tone]:
    value, moment = body.get("value"), body.get("moment")
    if moment == "safety":
        check = next((each for each in script["safety"] if each["id"] == body.get("check")), None)
        asked = check["ask"] if check else gettext("Safety question")
        if value is None:
            return asked, gettext("not answered"), "answer"
        is_flag = value and (check is None or rules.is_urgent(check))
        return asked, gettext("yes") if value else gettext("no"), "flag" if is_flag else "answer"
    name = _scale(str(body.get("scale", "")), script)
    when = {
        "before": gettext("before"),
        "during": gettext("during"),
        "after": gettext("strongest") if body.get("scale") in ("pain", "anxiety") else gettext("after"),
    }.get(str(moment), "")
    text = f"{name}, {when}" if when else name
    if value is None:
        return text, gettext("not answered"), "answer"
    if isinstance(value, bool):
        return text, gettext("yes") if value else gettext("no"), "answer"
    return text, str(value), "answer"


def _scale(scale: str, script: Mapping[str, Any]) -> str:
    if scale == "pain":
        return gettext("Pain")
    if scale == "anxiety":
        return gettext("Anxiety")
    for question in (*script["ask_before"], *script["during"], *script["ask_after"]):
        if question["scale"] == scale:
            return str(question["ask"])
    return scale


def _why_paused(body: Mapping[str, Any]) -> str | None:
    lost = body.get("lost_ms")
    if isinstance(lost, int) and lost >= 1000:
        return gettext("away for %(time)s", time=_minutes(lost))
    return None


def _reason(reason: object) -> str | None:
    return {
        "pain": gettext("for pain"),
        "fear": gettext("for fear"),
        "safety": gettext("for safety"),
        "interrupted": gettext("was interrupted"),
        "time": gettext("no more time"),
        "other": gettext("another reason"),
        "instead": gettext("another session took its place"),
    }.get(str(reason))
