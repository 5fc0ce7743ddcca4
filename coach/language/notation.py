"""Values written out again in the author's own terms: `20 s`, `injection + 7d`, `1-2 per day`, `pain_at_least: 4`."""

from __future__ import annotations

from coach.domain.program import (
    AmountKind,
    Condition,
    DayAnchor,
    Frequency,
    Instead,
    Reference,
    Rule,
)
from coach.language.values import WEEKDAYS


def reference(value: Reference) -> str:
    field = f".{value.field}" if value.field else ""
    return f"${value.name}{field}{_signed(value.offset)}"


def duration(ms: int | Reference) -> str:
    """`20 s`, `1 min 30 s`, `1 h`; 90 seconds are a minute and a half."""
    if isinstance(ms, Reference):
        return reference(ms)
    parts = zip(parts_of_duration(ms), ("h", "min", "s"), strict=True)
    return " ".join(f"{number:g} {unit}" for number, unit in parts if number) or "0 s"


def parts_of_duration(ms: float) -> tuple[int, int, float]:
    """Hours, minutes and seconds, to a tenth of one."""
    minutes, tenths = divmod(round(ms / 100), 600)
    return (*divmod(minutes, 60), tenths / 10)


def days(number: int) -> str:
    return f"{number}d"


def anchor(day: DayAnchor) -> str:
    return f"{day.on}{_signed(day.days, 'd')}"


def count(number: int | Reference) -> str:
    return reference(number) if isinstance(number, Reference) else str(number)


def size(mm: float | Reference) -> str:
    return reference(mm) if isinstance(mm, Reference) else f"{mm:g} mm"


def share(part: float) -> str:
    return f"{part * 100:g}%"


def amount(value: float, kind: AmountKind) -> str:
    """A value of a rung or a parameter: durations in ms, shares from 0 to 1, sizes in mm."""
    match kind:
        case "duration":
            return duration(round(value))
        case "share":
            return share(value)
        case "size":
            return size(value)
        case _:
            return f"{value:g}"


def frequency(often: Frequency) -> str:
    if often.per == "every":
        return f"every {often.every_days} day{'' if often.every_days == 1 else 's'}"
    number = count(often.least)
    if often.most != often.least:
        number += f"-{count(often.most)}"
    on = ""
    if often.weekdays is not None:
        on = " on " + " ".join(WEEKDAYS[day] for day in often.weekdays)
    elif often.any_days is not None:
        on = f" on any {often.any_days} day{'' if often.any_days == 1 else 's'}"
    return f"{number} per {often.per}{on}"


def clauses(held: Condition | Rule) -> dict[str, str]:
    """A condition or a rule as the author's keys and values."""
    found: dict[str, str] = {}
    if isinstance(held, Rule):
        need, of = held.after.need, held.after.of
        row = "1 session" if of == 1 else f"{need} sessions in a row"
        found["after"] = row if need == of else f"{need} of {of} sessions"
        if held.completed is not None:
            found["completed"] = share(held.completed)
        if held.stayed_at_opening is not None:
            found["stayed_at_opening"] = "true" if held.stayed_at_opening else "false"
    found |= {f"{each.scale}_{each.test}": str(each.value) for each in held.all_of}
    if isinstance(held, Condition) and held.still_after_ms:
        found["still_after"] = duration(held.still_after_ms)
    return found


def condition(held: Condition | Rule) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in clauses(held).items()) + "}"


def instead(other: Instead) -> str:
    answer = ("yes" if other.answer else "no") if isinstance(other.answer, bool) else other.answer
    return f"{{{other.scale}: {answer}, do: {other.session}}}"


def _signed(number: int, unit: str = "") -> str:
    return f" {'-' if number < 0 else '+'} {abs(number)}{unit}" if number else ""
