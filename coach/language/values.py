"""How each value is written: durations, days, anchors, frequencies, sizes, shares, references, conditions.

Every reader takes what stood in the text and gives the value, or raises `wrong(...)`. Durations are whole milliseconds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from pydantic_core import PydanticCustomError

from coach.domain.program import (
    After,
    Comparison,
    Condition,
    DayAnchor,
    Frequency,
    Reference,
    Rule,
    Text,
)
from coach.language import meant
from coach.language.problems import listed, near_name

K = TypeVar("K", bound=str | int)
R = TypeVar("R")

LONGEST_MS = 2 * 60 * 60 * 1000  # of anything: a session at home ends within two hours
LONGEST_TEXT = 2000
MOST_REPS = 200
MOST_ENTRIES = 20  # of a list that somebody has to keep in mind: questions, rules, variants
MOST_SAFETY_CHECKS = 40
MOST_DAYS = 520 * 7  # so that no day of a program lies outside the calendar
MOST_A_DAY = 6
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
TESTS = ("at_least", "at_most", "never_above", "rises_by")
_LONGEST_AMOUNT = 40  # letters

# Two runs of spaces side by side take the square of their length: only for texts that were seen to be short.
_A_DURATION = re.compile(r"(?:(\d+(?:\.\d)?)h)?\s*(?:(\d+(?:\.\d)?)min)?\s*(?:(\d+(?:\.\d)?)s)?", re.ASCII)
_A_DAY = re.compile(r"(\d+)\s*([dw])", re.ASCII)
_AN_ANCHOR = re.compile(r"(start|injection|insertion)(?:\s*([+-])\s*(\d+)\s*([dw]))?", re.ASCII)
_ANCHORS = ("start", "injection", "insertion")
_A_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./]\d{1,2}[./]\d{2,4}", re.ASCII)
_A_REFERENCE = re.compile(r"\$([a-z][a-z0-9_]*)(?:\.([a-z][a-z0-9_]*))?(?:\s*([+-])\s*(\d{1,2}))?", re.ASCII)
_A_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*mm", re.ASCII)
_A_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%", re.ASCII)
_A_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?", re.ASCII)
NAME = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
_A_RUNG_NAME = re.compile(r"[a-z0-9][a-z0-9_]{0,63}", re.ASCII)
_AFTER = (
    (re.compile(r"(\d{1,3}) of (\d{1,3}) sessions?", re.ASCII), False),
    (re.compile(r"(\d{1,3}) sessions? in a row", re.ASCII), True),
    (re.compile(r"(\d{1,3}) sessions?", re.ASCII), True),
)


class Wrong(NamedTuple):
    """A problem of a value; `path` leads from the value to the part that is wrong."""

    code: str
    message: str
    suggestion: str | None = None
    path: tuple[str | int, ...] = ()
    on_key: bool = False


def wrong(code: str, message: str, suggestion: str | None = None) -> PydanticCustomError:
    return rejected([Wrong(code, message, suggestion)])


def rejected(wrongs: list[Wrong]) -> PydanticCustomError:
    """An error that carries several problems of one value."""
    return PydanticCustomError("wrong", "{message}", {"message": wrongs[0].message, "wrongs": wrongs})


def each_of(entries: Iterable[tuple[K, object]], read: Callable[[K, object], R]) -> list[R]:
    """What `read` makes of each entry, by its key or index. Raises the problems of all of them at once, each with the
    entry's key before its path."""
    wrongs: list[Wrong] = []
    found: list[R] = []
    for key, written in entries:
        try:
            found.append(read(key, written))
        except PydanticCustomError as error:
            wrongs += [each._replace(path=(key, *each.path)) for each in wrongs_of(error)]
    if wrongs:
        raise rejected(wrongs)
    return found


def wrongs_of(error: PydanticCustomError) -> list[Wrong]:
    """The problems that a reader's error carries."""
    found: list[Wrong] = (error.context or {})["wrongs"]
    return found


def shown(value: object) -> str:
    """A value as it stood in the text, short enough for a message."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, Mapping):
        return "a group of keys"
    if isinstance(value, list):
        return "a list"
    text = str(value)
    return f"`{text[:60]}…`" if len(text) > 60 else f"`{text}`"


@dataclass(frozen=True, slots=True)
class RungName:
    """A size given by the name of a rung."""

    name: str


@dataclass(frozen=True, slots=True)
class Amount:
    """A value of a rung or a parameter that may be of several kinds."""

    kind: str  # duration (ms), count, share (0-1), size (mm)
    value: int | float


@dataclass(frozen=True, slots=True)
class Context:
    """What the readers have to know about the file that they read."""

    language: str = "en"
    unknown_keys: list[tuple[Any, str, tuple[str, ...]]] = field(default_factory=list)


def _without_end(value: object) -> str | None:
    """How to mend what a comma or a semicolon ends, as a sentence would go on."""
    if isinstance(value, str) and len(value) < _LONGEST_AMOUNT and re.fullmatch(r"[^\s,;]+[,;]", value):
        return f"Write `{value[:-1]}`, without the `{value[-1]}`."
    return None


def written_as(found: tuple[str, ...]) -> str | None:
    """The mend that shows how to write what was meant; None where nobody can say."""
    return f"Write {' or '.join(f'`{each}`' for each in found)}." if found else None


def _mend(
    propose: Callable[[str], tuple[str, ...]], value: object, read: Callable[[object], object], otherwise: str
) -> str:
    """How to write what was meant, as far as the reader takes it; else the other sentence."""
    if not isinstance(value, str) or len(value) > meant.LONGEST:
        return otherwise
    found = [each for each in propose(value) if each != value and _is_taken(each, read)]
    return written_as(tuple(found)) or _without_end(value) or otherwise


def _is_taken(proposed: str, read: Callable[[object], object]) -> bool:
    try:
        read(int(proposed) if proposed.isdigit() else proposed)
    except PydanticCustomError:
        return False
    return True


# -- time -------------------------------------------------------------------------------------------------------------


def duration(value: object, *, in_seconds: bool = False) -> int:
    """`45s`, `10min`, `1h`, `1min30s` as milliseconds, in tenths of a second.

    `in_seconds`: nobody would mean minutes by a number alone.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        mend = f"Write `{value}s`." if in_seconds else f"Write `{value}s` or `{value}min`."
        raise wrong("bad-duration", f"{shown(value)} has no unit", mend)
    found = _A_DURATION.fullmatch(value.strip()) if isinstance(value, str) and len(value) < _LONGEST_AMOUNT else None
    if not found or not any(found.groups()):
        mend = (
            "Write for example `45s` or `1min30s`." if in_seconds else "Write for example `45s`, `10min` or `1min30s`."
        )
        raise wrong("bad-duration", f"{shown(value)} is not a duration", _mend(meant.duration, value, duration, mend))
    hours, minutes, secs = (float(part or 0) for part in found.groups())
    ms = round((hours * 3600 + minutes * 60 + secs) * 10) * 100
    if ms > LONGEST_MS:
        raise wrong("out-of-range", f"{shown(value)} is longer than 2 hours", "Write `2h` at most.")
    return ms


def seconds(value: object) -> int:
    """A duration that is as a rule a few seconds: a hold, a rest."""
    return duration(value, in_seconds=True)


def days(value: object) -> int:
    """`5d`, `2w` as days."""
    found = _A_DAY.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        mend = (
            f"Write `{value}d` for days or `{value}w` for weeks."
            if isinstance(value, int) and not isinstance(value, bool)
            else _mend(meant.days, value, days, "Write for example `5d` or `2w`.")
        )
        raise wrong("bad-days", f"{shown(value)} is not a number of days", mend)
    return _days(found[1], found[2])


def _days(number: str, unit: str) -> int:
    counted = int(number) * (7 if unit == "w" else 1) if len(number) <= 4 else MOST_DAYS + 1
    if counted > MOST_DAYS:
        most = f"{MOST_DAYS // 7}w" if unit == "w" else f"{MOST_DAYS}d"
        raise wrong("out-of-range", f"this is longer than {MOST_DAYS // 7} weeks", f"Write `{most}` at most.")
    return counted


def anchor(value: object, *, is_last: bool = False) -> DayAnchor:
    """`start`, `start + 2w`, `injection - 14d`, `insertion`. `is_last`: of a last day, as which `week 2` is another."""
    found = _AN_ANCHOR.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        mend = "Write for example `start + 2w`, `injection - 14d` or `insertion`."
        word, _, rest = value.strip().partition(" ") if isinstance(value, str) else ("", "", "")
        if word in _ANCHORS and (amount := _A_DAY.fullmatch(rest.strip(" +-"))):
            mend = f"Write `{word} {'-' if '-' in rest else '+'} {amount[0]}`."
        elif isinstance(value, str) and _A_DATE.fullmatch(value.strip()):
            mend = "Count from `start`, for example `start + 2w`: a date is chosen for each patient."
        elif word not in _ANCHORS and (near := near_name(word, _ANCHORS)):
            mend = f"Did you mean `{near}`?"
        mend = _mend(lambda written: meant.anchor(written, is_last=is_last), value, anchor, mend)
        raise wrong("bad-anchor", f"{shown(value)} is not a day of the program", mend)
    offset = _days(found[3], found[4]) if found[2] else 0
    return DayAnchor(found[1], -offset if found[2] == "-" else offset)  # type: ignore[arg-type]


def last_day(value: object) -> DayAnchor:
    return anchor(value, is_last=True)


def frequency(value: object) -> Frequency:
    """`2 per day`, `3-4 per week`, `every 2 days`, `1 per day on mon wed fri`, `2 per day on any 5 days`."""
    mend = "Write for example `2 per day`, `3-4 per week`, `every 2 days` or `1 per day on mon wed fri`."
    if not isinstance(value, str):
        if isinstance(value, int) and not isinstance(value, bool):
            mend = f"Write `{value} per day` or `{value} per week`."
        raise wrong("bad-frequency", f"{shown(value)} does not say how often", mend)
    words = value.split()
    if (
        len(words) == 3
        and words[0] == "every"
        and words[2] in ("day", "days")
        and words[1].isascii()
        and words[1].isdigit()
    ):
        every = int(words[1]) if len(words[1]) < 4 else 1000
        if not 1 <= every <= 60:
            raise wrong("out-of-range", f"{shown(value)}: days from 1 to 60", "Write for example `every 2 days`.")
        return Frequency(per="every", least=1, most=1, every_days=every)
    found = re.fullmatch(r"(\$\S+|\d+(?:-\d+)?) (?:per|a) (day|week)(?: on (.+))?", " ".join(words), re.ASCII)
    if not found:
        mend = _mend(meant.frequency, value, frequency, mend)
        raise wrong("bad-frequency", f"{shown(value)} does not say how often", mend)
    amount, per, on = found.groups()
    least: int | Reference
    most: int | Reference
    if amount.startswith("$"):
        least = most = reference(amount)
    else:
        low, _, high = amount.partition("-")
        least, most = int(low[:6]), int((high or low)[:6])
        if least > most:
            raise wrong("bad-frequency", f"{shown(amount)}: the lower number comes first", f"Write `{most}-{least}`.")
        limit = MOST_A_DAY if per == "day" else MOST_A_DAY * 7
        if not 1 <= most <= limit:
            raise wrong(
                "out-of-range", f"{shown(value)}: from 1 to {limit} per {per}", f"Write `{limit} per {per}` at most."
            )
    if on is None:
        return Frequency(per=per, least=least, most=most)  # type: ignore[arg-type]
    if per == "week":
        raise wrong(
            "bad-frequency",
            "`per week` leaves the days to the patient",
            _mend(meant.frequency, value, frequency, "Write `1 per day on mon wed fri` for fixed days."),
        )
    if any_days := re.fullmatch(r"any ([1-7]) days?", on):
        return Frequency(per="day", least=least, most=most, any_days=int(any_days[1]))
    names = [name for name in re.split(r"[,\s]+", on) if name]
    if not names:
        raise wrong("bad-frequency", f"{shown(value)} names no day of the week", f"Write {listed(WEEKDAYS)}.")
    for name in names:
        if name not in WEEKDAYS:
            near = near_name(name[:3], WEEKDAYS)
            mend = f"Did you mean `{near}`?" if near else f"Write {listed(WEEKDAYS)}."
            mend = _mend(meant.frequency, value, frequency, mend)
            raise wrong("bad-frequency", f"{shown(name)} is not a day of the week", mend)
    return Frequency(
        per="day", least=least, most=most, weekdays=tuple(sorted({WEEKDAYS.index(name) for name in names}))
    )


def often(value: object) -> str:
    """What was meant by it as a frequency; once a day where nobody can say."""
    if isinstance(value, str) and len(value) <= meant.LONGEST:
        if _is_taken(value, frequency):
            return value
        if found := [each for each in meant.frequency(value) if _is_taken(each, frequency)]:
            return found[0]
    return "1 per day"


# -- amounts ----------------------------------------------------------------------------------------------------------


def reference(value: object) -> Reference:
    """`$ladder.field`, `$parameter`, `$dilator - 1`."""
    found = _A_REFERENCE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise wrong(
            "bad-reference",
            f"{shown(value)} is not a reference",
            "Write for example `$dilator`, `$strength.hold` or `$dilator - 1`.",
        )
    name, of, sign, number = found.groups()
    if of and sign:
        raise wrong(
            "bad-reference", f"{shown(value)}: only a rung itself has neighbours", f"Write `${name} {sign} {number}`."
        )
    return Reference(name, of, (-int(number) if sign == "-" else int(number)) if sign else 0)


def or_reference(read: Callable[[object], Any]) -> Callable[[object], Any]:
    """The same reader that also takes a `$reference`."""

    def either(value: object) -> Any:
        return reference(value) if isinstance(value, str) and value.startswith("$") else read(value)

    return either


def count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        mend = _mend(meant.count, value, count, "Write for example `3`.")
        if isinstance(value, float):
            mend = f"Write `{value:.0f}`."
        raise wrong("bad-count", f"{shown(value)} is not a whole number", mend)
    if not 0 <= value <= MOST_REPS:
        raise wrong("out-of-range", f"{value} is not between 0 and {MOST_REPS}", f"Write `{MOST_REPS}` at most.")
    return value


def size(value: object) -> float | RungName:
    """`13mm` or the name of a rung."""
    if isinstance(value, str) and (found := _A_SIZE.fullmatch(value.strip())):
        mm = float(found[1])
        if not 0 < mm < 100:
            raise wrong("out-of-range", f"{shown(value)} is not between 1 mm and 99 mm", "Write for example `13mm`.")
        return mm
    if isinstance(value, str) and NAME.fullmatch(value):
        return RungName(value)
    mend = (
        f"Write `{value}mm`, or `$dilator` for the patient's rung."
        if isinstance(value, int | float) and not isinstance(value, bool)
        else _mend(meant.size, value, size, "Write for example `13mm` or `$dilator`.")
    )
    raise wrong("bad-size", f"{shown(value)} is not a size", mend)


def share(value: object) -> float:
    found = _A_SHARE.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        mend = (
            f"Write `{value}%`."
            if isinstance(value, int) and not isinstance(value, bool)
            else f"Write `{value * 100:g}%`."
            if isinstance(value, float) and 0 < value < 1
            else _mend(meant.share, value, share, "Write for example `80%`.")
        )
        raise wrong("bad-share", f"{shown(value)} is not a share", mend)
    if float(found[1]) > 100:
        raise wrong("out-of-range", f"{shown(value)} is more than the whole", "Write `100%` at most.")
    return round(float(found[1]) / 100, 6)


def amount(value: object) -> Amount:
    """A value whose kind shows in its unit."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Amount("count", count(value))
    if isinstance(value, str) and len(value) < _LONGEST_AMOUNT:
        if _A_SIZE.fullmatch(value):
            return Amount("size", size(value))  # type: ignore[arg-type]
        if _A_SHARE.fullmatch(value):
            return Amount("share", share(value))
        if value and _A_DURATION.fullmatch(value):
            return Amount("duration", duration(value))
    raise wrong("wrong-type", f"{shown(value)} is no amount", "Write for example `10s`, `5`, `13mm` or `80%`.")


def rating(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10:
        mend = _mend(meant.rating, value, rating, "Ratings are whole numbers from 0 to 10.")
        raise wrong("out-of-range", f"{shown(value)} is not a rating", mend)
    return value


def flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    mend = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(str(value).lower())
    raise wrong(
        "bad-flag",
        f"{shown(value)} is neither `true` nor `false`",
        f"Write `{mend}`." if mend else "Write `true` or `false`.",
    )


def choice(*allowed: str) -> Callable[[object], str]:
    """A reader of one of these words."""

    def read(value: object) -> str:
        if isinstance(value, str) and value in allowed:
            return value
        near = near_name(value, allowed) if isinstance(value, str) else None
        mend = (
            f"Did you mean `{near}`?"
            if near
            else f"Write {listed(allowed)}."
            if len(allowed) == 1
            else f"Write one of {listed(allowed)}."
        )
        raise wrong("bad-choice", f"{shown(value)} is not understood here", mend)

    return read


# -- words ------------------------------------------------------------------------------------------------------------


def name(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise wrong("bad-name", f"{shown(value)} is not a name", name_mend(value))
    return value


def name_mend(value: object) -> str:
    """How to write what cannot be a name."""
    if isinstance(value, str) and meant.names(value):
        return "Write each name as an entry of its own."
    return _mend(meant.name, value, name, "Names are of small letters, digits and _, and begin with a letter.")


def rung_name(value: object) -> str:
    if not isinstance(value, str) or not _A_RUNG_NAME.fullmatch(value):
        mend = "Names are of small letters, digits and _."
        mend = f"Write `r{value}`." if type(value) is int else _mend(meant.name, value, rung_name, mend)
        raise wrong("bad-name", f"{shown(value)} is not the name of a rung", mend)
    return value


def line(value: object, *, may_go_on: bool = False) -> str:
    """A text in one language. `may_go_on`: over more than one line, as a block of text does."""
    if not isinstance(value, str) or not value.strip():
        mend = (
            f'Write `"{value}"`.'
            if isinstance(value, int | float)
            else "Write a text; in quotes if it holds `: `, ` #` or begins with a sign."
        )
        raise wrong("bad-text", f"{shown(value)} is not a text", mend)
    if len(value) > LONGEST_TEXT:
        raise wrong("text-too-long", f"this text is longer than {LONGEST_TEXT} letters", "Shorten it.")
    written = value.strip().replace("\t", " ")
    if "\n" in written and not may_go_on:
        raise wrong(
            "hidden-character",
            "this text goes over more than one line, and has room on one only",
            "Write it on one line, or after `>-`, which makes one line of several.",
        )
    return written


def language(value: object) -> str:
    if not isinstance(value, str) or not _A_LANGUAGE.fullmatch(value):
        mend = _mend(meant.language, value, language, "Write for example `en` or `es`.")
        raise wrong("bad-choice", f"{shown(value)} is not a language", mend)
    return value


def text(value: object, own: str, *, may_go_on: bool = True) -> Text:
    """A text, or a map from language to text that has the program's own language in it."""
    if not isinstance(value, Mapping):
        return Text(line(value, may_go_on=may_go_on))

    def one(code: str, written: object) -> tuple[str, str]:
        if not _A_LANGUAGE.fullmatch(code):
            mend = "Put a text that holds a colon in quotes; languages are written `en`, `es`."
            raise rejected([Wrong("bad-choice", f"{shown(code)} is not a language", mend, on_key=True)])
        return code, line(written, may_go_on=may_go_on)

    by_language = dict(each_of(value.items(), one))
    if own not in by_language:
        raise wrong(
            "text-without-language",
            f"this text is missing in `{own}`, the program's own language",
            f"Add `{own}: ...`.",
        )
    return Text(by_language[own], by_language)


# -- rules ------------------------------------------------------------------------------------------------------------


def after(value: object) -> After:
    """`3 of 4 sessions`, `2 sessions in a row`, `1 session`."""
    if isinstance(value, str):
        for pattern, all_of_them in _AFTER:
            if found := pattern.fullmatch(" ".join(value.split())):
                need = int(found[1])
                of = need if all_of_them else int(found[2])
                if not 1 <= need <= of <= 100:
                    raise wrong(
                        "out-of-range",
                        f"{shown(value)} can never be reached",
                        "Write for example `3 of 4 sessions`: so many out of the last so many, 100 at most.",
                    )
                return After(need, of)
    raise wrong(
        "bad-condition",
        f"{shown(value)} is not a number of sessions",
        f"Write `{value} sessions in a row`."
        if type(value) is int and value > 1
        else _mend(meant.after, value, after, "Write for example `3 of 4 sessions` or `2 sessions in a row`."),
    )


def comparison(key: str, value: object) -> Comparison | None:
    """`pain_at_least: 4` as a comparison; None where the key is none."""
    for test in TESTS:
        if key.endswith(f"_{test}") and len(key) > len(test) + 1:
            return Comparison(key[: -len(test) - 1], test, rating(value))  # type: ignore[arg-type]
    return None


class Clauses(NamedTuple):
    """A map of conditions taken apart: comparisons with the keys they stood under, and the other keys' values."""

    comparisons: tuple[Comparison, ...]
    others: dict[str, Any]


def clauses(
    value: object,
    others: Mapping[str, Callable[[object], Any]],
    scales: Iterable[str] = ("pain", "anxiety"),
    *,
    example: str,
) -> Clauses:
    """Reads every key of a condition, the comparisons of any scale and the `others`; all its problems at once.

    `example`: how such a condition is written.
    """
    if not isinstance(value, Mapping):
        mend = _mend(meant.comparison, value, lambda _: None, f"Write for example `{example}`.")
        raise wrong("bad-condition", f"{shown(value)} is not a condition", mend)
    comparisons: list[Comparison] = []
    read: dict[str, Any] = {}

    def one(key: str, written: object) -> None:
        if key in others:
            read[key] = others[key](written)
        elif (found := comparison(key, written)) is not None:
            comparisons.append(found)
        else:
            known = [*others, *(f"{scale}_{test}" for scale in scales for test in TESTS)]
            near = near_name(key, known)
            mend = f"Did you mean `{near}`?" if near else f"Known are {listed(known)}, and the same for every scale."
            raise rejected([Wrong("unknown-key", f"`{key[:60]}` is not known in a condition", mend, on_key=True)])

    each_of(value.items(), one)
    return Clauses(tuple(comparisons), read)


def condition(example: str) -> Callable[[object], Condition]:
    """A reader of `{pain_at_least: 4, still_after: 30s}`: all of it."""

    def read(value: object) -> Condition:
        found = clauses(value, {"still_after": duration}, example=example)
        if not found.comparisons:
            raise wrong("bad-condition", "this condition compares nothing", f"Write for example `{example}`.")
        return Condition(found.comparisons, found.others.get("still_after", 0))

    return read


def rule(example: str) -> Callable[[object], Rule]:
    """A reader of `{after: 3 of 4 sessions, completed: 100%, pain_at_most: 2}`."""

    def read(value: object) -> Rule:
        readers = {"after": after, "completed": share, "stayed_at_opening": flag}
        if not isinstance(value, Mapping):
            raise wrong("bad-condition", f"{shown(value)} is not a rule", f"Write for example `{example}`.")
        found = clauses(value, readers, example=example)
        if "after" not in found.others:
            mend = f"Write for example `{example}`."
            raise wrong("missing-key", "`after` is missing: how many sessions decide", mend)
        return Rule(all_of=found.comparisons, **found.others)

    return read
