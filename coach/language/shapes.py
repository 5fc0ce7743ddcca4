"""The structure of a program as pydantic models: one set, from which a file is validated, and from which the JSON
Schema, the editor's completion and the reference page are made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from coach.domain.program import (
    AfterGap,
    Check,
    Condition,
    DayAnchor,
    Frequency,
    Instead,
    Reference,
    Rule,
    Say,
    Text,
)
from coach.language import meant
from coach.language import values as v
from coach.language import written as w
from coach.language.problems import listed, near_name
from coach.language.written import IS, Written, choice, either, named


def _context(info: ValidationInfo) -> v.Context:
    assert isinstance(info.context, v.Context)
    return info.context


def _text(value: object, info: ValidationInfo) -> Text:
    return v.text(value, _context(info).language)


def _title(value: object, info: ValidationInfo) -> Text:
    return v.text(value, _context(info).language, may_go_on=False)


def _alone(value: object) -> object:
    """What may be written alone or as a list."""
    return value if isinstance(value, list) else [value]


def _names(value: object) -> object:
    """The same for names; several in one text were meant as a list."""
    if isinstance(value, str) and (found := meant.names(value)):
        raise v.wrong("wrong-type", f"{v.shown(value)} is not a list", f"Write `[{', '.join(found)}]`.")
    return _alone(value)


def _times(value: object) -> object:
    """The same for durations."""
    if isinstance(value, str) and "," in value and len(value) <= meant.LONGEST:
        raise v.wrong("wrong-type", f"{v.shown(value)} is not a list", f"Write `[{value}]`.")
    return _alone(value)


def _mapped(value: object, what: str, example: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise v.wrong("wrong-type", f"{v.shown(value)} is not {what}", f"Write for example `{example}`.")
    return value


def _spoken(value: object) -> str:
    text = value if isinstance(value, str) and len(value) <= meant.LONGEST else "Half way."
    return f"{{half: {meant.quoted(text)}}}"


def _say(value: object, info: ValidationInfo) -> tuple[Say, ...]:
    """`{start: ..., half: ..., end: ..., at 2min: ..., 10s left: ...}`"""

    def one(key: str, written: object) -> Say:
        if key in ("start", "half", "end"):
            return Say(_text(written, info), key)  # type: ignore[arg-type]
        if key.startswith("at "):
            return Say(_text(written, info), "after", _offset(key[3:]))
        if key.endswith(" left"):
            return Say(_text(written, info), "before_end", _offset(key[:-5]))
        near = near_name(key, ("start", "half", "end"))
        mend = f"Did you mean `{near}`?" if near else "Write `start`, `half`, `end`, `at 2min` or `10s left`."
        raise v.rejected([v.Wrong("unknown-key", f"`{key[:60]}` is not a time to speak", mend, on_key=True)])

    return tuple(v.each_of(_mapped(value, "a map of texts by time", _spoken(value)).items(), one))


def _offset(written: str) -> int:
    """The duration in a key."""
    try:
        return v.duration(written)
    except PydanticCustomError as error:
        raise v.rejected([each._replace(on_key=each.code == "bad-duration") for each in v.wrongs_of(error)]) from None


def _check(value: object) -> Check:
    example = "{pain: every 2min}"
    if isinstance(value, str) and (found := re.fullmatch(r"([a-z_]{1,40}):? (every \d{1,3}(?:s|min))", value)):
        example = f"{{{found[1]}: {found[2]}}}"
    written = _mapped(value, "a question inside the step", example)
    if len(written) != 1:
        raise v.wrong(
            "wrong-type", "one question at a time can be asked inside a step", "Write for example `{pain: every 2min}`."
        )
    ((scale, every),) = written.items()
    if not isinstance(every, str) or not every.startswith("every "):
        is_time = isinstance(every, str) and re.fullmatch(r"\d{1,4}(?:s|min)", every)
        mend = f"Write `every {every}`." if is_time else "Write for example `every 2min`."
        raise v.wrong("bad-frequency", f"{v.shown(every)} does not say how often", mend)
    every_ms = v.duration(every[6:])
    if every_ms < 10_000:
        raise v.wrong("out-of-range", f"{v.shown(every)}: not more often than every 10s")
    return Check(scale, every_ms)


def _only(written: Mapping[str, Any], *known: str) -> None:
    """Refuses other keys than these."""
    wrongs = []
    for name in written:
        if name not in known:
            near = near_name(name, known)
            mend = f"Did you mean `{near}`?" if near else f"Write {listed(known)}."
            wrongs.append(v.Wrong("unknown-key", f"`{name[:60]}` is not known here", mend, (name,), on_key=True))
    if wrongs:
        raise v.rejected(wrongs)


def _after_gap(value: object) -> AfterGap:
    written = _mapped(value, "a rule for a gap", "{of: 3d, down: 1}")
    _only(written, "of", "down")
    if set(written) != {"of", "down"}:
        raise v.wrong("missing-key", "a gap needs `of` and `down`", "Write for example `{of: 3d, down: 1}`.")
    return AfterGap(v.days(written["of"]), v.count(written["down"]))


def _instead(value: object) -> Instead:
    written = _mapped(value, "an answer and what to do", '{let_go: "no", do: calm}')
    scales = [key for key in written if key != "do"]
    if "do" not in written or len(scales) != 1:
        raise v.wrong("missing-key", "one answer and `do` are needed", 'Write for example `{let_go: "no", do: calm}`.')
    answer = written[scales[0]]
    answer = {"yes": True, "no": False}.get(answer, answer) if isinstance(answer, str) else answer
    if not isinstance(answer, bool):
        answer = v.rating(answer)
    return Instead(scales[0], answer, v.name(written["do"]))


class NotUpWhile(NamedTuple):
    phases: tuple[str, ...] = ()
    rising: str | None = None


def _not_up_while(value: object) -> NotUpWhile:
    written = _mapped(value, "a reason to stay", "{phase: [waning], rising: pain}")
    _only(written, "phase", "rising")
    phases = _alone(written.get("phase", []))
    assert isinstance(phases, list)
    return NotUpWhile(
        tuple(v.name(each) for each in phases), v.name(written["rising"]) if "rising" in written else None
    )


class RungShape(NamedTuple):
    id: str
    size_mm: float | None
    values: dict[str, v.Amount]


def _as_rung(written: object, index: int) -> str:
    is_size = isinstance(written, str) and re.fullmatch(r"\d{1,2}(?:\.\d)?mm", written)
    return f"Write `{{id: d{index + 1}, size: {written if is_size else '13mm'}}}`."


def _rungs(value: object) -> tuple[RungShape, ...] | None:
    """`own set` as None, or the rungs of a list."""
    mend = "Write `own set`, or a list such as `[{id: d1, size: 13mm}, ...]`."
    if value == "own set":
        return None
    if not isinstance(value, list) or not value:
        near = isinstance(value, str) and near_name(value, ("own_set",))
        raise v.wrong(
            "wrong-type", f"{v.shown(value)} is not a list of rungs", "Did you mean `own set`?" if near else mend
        )
    ids: set[str] = set()

    def rung(index: int, written: object) -> RungShape:
        if not isinstance(written, Mapping):
            raise v.wrong("wrong-type", f"{v.shown(written)} is not a rung", _as_rung(written, index))
        if "id" not in written:
            raise v.wrong("missing-key", "this rung has no `id`", "Add for example `id: d1`.")
        found: dict[str, Any] = dict(v.each_of(written.items(), _of_rung))
        if found["id"] in ids:
            raise v.rejected([v.Wrong("duplicate-id", f"two rungs are called `{found['id']}`", "Rename one.", ("id",))])
        ids.add(found["id"])
        return RungShape(found.pop("id"), found.pop("size", None), found)

    return tuple(v.each_of(enumerate(value), rung))


def _of_rung(key: str, written: object) -> tuple[str, Any]:
    if key == "id":
        return key, v.rung_name(written)
    if key == "size":
        size = v.size(written)
        if isinstance(size, v.RungName):
            raise v.wrong("bad-size", f"{v.shown(written)} is not a size", "Write for example `13mm`.")
        return key, size
    return v.name(key), v.amount(written)


class When(NamedTuple):
    """What an alert watches."""

    clauses: v.Clauses


def _when(value: object) -> When:
    readers = {
        "no_session_for": v.days,
        "comfort_down": v.count,
        "in_checks": v.count,
        "times": v.count,
        "within": v.days,
    }
    found = v.clauses(value, readers, example="{no_session_for: 3d}")
    watched = [key for key in ("no_session_for", "comfort_down") if key in found.others] + (
        ["rating"] if found.comparisons else []
    )
    if len(watched) != 1:
        raise v.wrong(
            "bad-condition", "an alert watches one thing", "Write `no_session_for`, `comfort_down` or a rating."
        )
    return When(found)


def _locked(value: object, info: ValidationInfo) -> bool | tuple[Text, ...]:
    if isinstance(value, list):
        return tuple(_text(each, info) for each in value)
    return v.flag(value)


def _set(value: object) -> dict[str, v.Amount]:
    written = _mapped(value, "a map of parameters", "{still: 12min}")
    return dict(v.each_of(written.items(), lambda key, each: (key, v.amount(each))))


def _due(value: object) -> str:
    """Sessions that are written as texts, as the map of them: `calm 2 per day`, `[calm, dilate]`."""
    written = value if isinstance(value, list) else [value]
    due = {}
    for each in written[:6]:
        found = re.fullmatch(r"([a-z][a-z0-9_]*)(?:[: ]\s*(.{1,60}))?", each) if isinstance(each, str) else None
        if found is None:
            return "{calm: 2 per day}"
        due[found[1]] = v.often(found[2])
    return "{" + ", ".join(f"{session}: {often}" for session, often in due.items()) + "}"


def _do(value: object) -> dict[str, Frequency]:
    written = _mapped(value, "a map of sessions", _due(value))
    return dict(v.each_of(written.items(), lambda key, each: (key, v.frequency(each))))


_WITH_TIME = re.compile(r"([A-Za-z][\w' -]*?)[ ,(:]+(?:for )?(\d[\w ]*)\)?", re.ASCII)


def _step(value: object) -> object:
    """`settle` or `belly_breathing: {for: 3min}`."""
    if isinstance(value, str):
        if found := _WITH_TIME.fullmatch(value[: meant.LONGEST]):
            (exercise,), times = meant.name(found[1]), meant.duration(found[2])
            if len(times) == 1:
                mend = f"Write `{exercise}: {{for: {times[0]}}}`."
                raise v.wrong("wrong-type", f"{v.shown(value)} is not the name of an exercise", mend)
        return {"exercise": value}
    if isinstance(value, Mapping) and len(value) == 1:
        ((exercise, override),) = value.items()
        return {"exercise": exercise} if override is None else {"exercise": exercise, "override": override}
    mend = "Write the name of an exercise, or `name: {for: 3min}`."
    if isinstance(value, Mapping) and len(value) > 1:
        mend = "Begin each exercise with `- `, and indent what belongs to it, or put that in braces."
    raise v.wrong("wrong-type", f"{v.shown(value)} is not a step", mend)


_SAY = {
    "type": "object",
    "properties": {
        "start": {IS: w.TEXT, "description": "Said when the work of the step begins."},
        "half": {IS: w.TEXT, "description": "Said when half of it is over."},
        "end": {IS: w.TEXT, "description": "Said 2 seconds before its end, while it is still on the screen."},
    },
    "patternProperties": {
        rf"^at {v._A_DURATION.pattern}$": w.TEXT,
        rf"^{v._A_DURATION.pattern} left$": w.TEXT,
    },
    "additionalProperties": False,
}
_EVERY = named(
    "interval",
    {
        "type": "string",
        "pattern": rf"^every (?=\s*\d)(?:{v._A_DURATION.pattern})$",
        "description": "How often a question comes inside a step: `every` and a duration, 10 seconds at least.",
        "examples": ["every 2min"],
    },
)
_RUNG = named(
    "rung",
    {
        "type": "object",
        "description": "One rung: its name, a size or none, and any values under names of your own.",
        "properties": {
            "id": {IS: w.RUNG_NAME, "description": "The rung's name. It stays when the file changes, and so does the "
                   "patient's place on it.", "examples": ["d1"]},
            "size": {IS: w.MILLIMETRES, "description": "The diameter of its dilator, which `$ladder` stands for.",
                     "examples": ["13mm"]},
        },
        "required": ["id"],
        "propertyNames": w.NAME,
        "additionalProperties": w.AMOUNT,
        "examples": [{"id": "d1", "size": "13mm"}, {"id": "l1", "hold": "3s", "rest": "6s", "reps": 5}],
    },
)  # fmt: skip
_RUNGS = named(
    "rungs",
    either({"const": "own set"}, {"type": "array", "items": _RUNG, "minItems": 1})
    | {
        "description": "The rungs from the lowest to the highest: a list, or `own set` for the patient's own dilators "
        "in order of their millimetres.",
        "examples": ["own set", [{"id": "d1", "size": "13mm"}, {"id": "d2", "size": "16mm"}]],
    },
)
_AFTER_GAP = {
    "type": "object",
    "properties": {
        "of": {
            IS: w.DAYS,
            "description": "So many days without any session on this ladder, beyond what the phase itself leaves free.",
            "examples": ["3d"],
        },
        "down": {IS: w.COUNT, "description": "So many rungs lower.", "examples": [1]},
    },
    "required": ["of", "down"],
    "additionalProperties": False,
}
_INSTEAD = named(
    "instead",
    {
        "type": "object",
        "description": "An answer before the session, and the session that is offered in its place.",
        "properties": {"do": {IS: w.NAME, "x-names": "sessions", "description": "The session to do instead."}},
        "required": ["do"],
        "minProperties": 2,
        "maxProperties": 2,
        "additionalProperties": either(w.RATING, {"type": "boolean"}, {"enum": ["yes", "no"]}),
        "x-keys": "scales",
        "examples": [{"let_go": "no", "do": "calm"}],
    },
)
_NOT_UP_WHILE = {
    "type": "object",
    "properties": {
        "phase": {
            IS: w.alone_or_list(w.NAME), "x-names": "phases", "description": "The phases in which it stays.",
            "examples": [["waning"]],
        },
        "rising": {
            IS: w.NAME, "x-names": "scales", "examples": ["pain"],
            "description": "A scale. It stays while the mean of the last 3 sessions' highest answers lies at least 1 "
            "above that of the 3 before.",
        },
    },
    "additionalProperties": False,
}  # fmt: skip
_WHEN_KEYS: w.Schema = {
    "no_session_for": {IS: w.DAYS, "description": "So many days without any session.", "examples": ["3d"]},
    "comfort_down": {
        IS: w.COUNT,
        "description": "The largest size that was comfortable fell by so many rungs.",
        "examples": [1],
    },
    "in_checks": {IS: w.COUNT, "description": "With `comfort_down`: in so many checks in a row.", "examples": [2]},
    "times": {IS: w.COUNT, "description": "With a rating: so many times.", "examples": [2]},
    "within": {IS: w.DAYS, "description": "With a rating: within so many days.", "examples": ["7d"]},
}
_A_RATING = {"not": {"propertyNames": {"enum": [*_WHEN_KEYS]}}}
_WHEN = w.clauses(_WHEN_KEYS) | {
    "oneOf": [{"required": ["no_session_for"]}, {"required": ["comfort_down"]}, _A_RATING],
}
_STEP = named(
    "step",
    either(w.NAME, w.one_key_of(named("override")))
    | {
        "description": "The name of an exercise, or the name with what this step does differently.",
        "x-names": "exercises",
        "x-keys": "exercises",
        "examples": ["settle", {"belly_breathing": {"for": "3min"}}],
    },
)

TextValue = Annotated[Text, Written(_text, w.TEXT, asks_context=True)]
Title = Annotated[Text, Written(_title, w.TITLE, asks_context=True)]  # on one line
Line = Annotated[str, Written(v.line, w.LINE)]
Name = Annotated[str, Written(v.name, w.NAME)]
Duration = Annotated[int | Reference, Written(v.or_reference(v.duration), w.DURATION_VALUE)]
Seconds = Annotated[int | Reference, Written(v.or_reference(v.seconds), w.DURATION_VALUE)]
Days = Annotated[int, Written(v.days, w.DAYS)]
Anchor = Annotated[DayAnchor, Written(v.anchor, w.ANCHOR)]
LastDay = Annotated[DayAnchor, Written(v.last_day, w.ANCHOR)]
Count = Annotated[int | Reference, Written(v.or_reference(v.count), w.COUNT_VALUE)]
Size = Annotated[float | Reference | v.RungName, Written(v.or_reference(v.size), w.SIZE_VALUE)]
Share = Annotated[float, Written(v.share, w.SHARE)]
Amount = Annotated[v.Amount, Written(v.amount, w.AMOUNT)]
Names = Annotated[list[Name], BeforeValidator(_names), WithJsonSchema({IS: w.alone_or_list(w.NAME)})]
FewNames = Annotated[
    list[Name],
    BeforeValidator(_names),
    Field(max_length=v.MOST_ENTRIES),
    WithJsonSchema({IS: w.alone_or_list(w.NAME, maxItems=v.MOST_ENTRIES, uniqueItems=True)}),
]
Who = Annotated[str, choice("therapist", "patient", "automatic")]
Kind = choice("stretching", "strengthening", "relaxation", "dilator", "preparation")


def key(meaning: str, *examples: Any, default: Any = ..., written: str | int | None = None, **more: Any) -> Any:
    """A key with what it means to an author, and examples. `written`: the default as it would be written.

    `names`, `keys`: the section whose names its value or its own keys are; the rest is pydantic's.
    """
    extra = {"default": written, "x-names": more.pop("names", None), "x-keys": more.pop("keys", None)}
    extra |= more.pop("extra", {})
    return Field(
        default,
        description=meaning,
        examples=list(examples) or None,
        json_schema_extra={name: value for name, value in extra.items() if value is not None},
        **more,
    )


class Shape(BaseModel):
    """Unknown keys are told to the context, which knows their place, and then left out, so that the rest is checked."""

    model_config = ConfigDict(arbitrary_types_allowed=True, populate_by_name=False)

    @model_validator(mode="before")
    @classmethod
    def _without_unknown(cls, data: Any, info: ValidationInfo) -> Any:
        if not isinstance(data, Mapping):
            return data
        known = cls.known_keys()
        unknown = [key for key in data if key not in known]
        if not unknown and None not in data.values():
            return data
        for key in unknown:
            _context(info).unknown_keys.append((data, key, known))
        # A key with nothing after it says nothing, except where nothing is an answer.
        return {key: value for key, value in data.items() if key in known and value is not None}

    @classmethod
    def known_keys(cls) -> tuple[str, ...]:
        """The names that may be written."""
        found = cls.__dict__.get("_known_keys")
        if found is None:
            found = tuple(field.alias or name for name, field in cls.model_fields.items())
            type.__setattr__(cls, "_known_keys", found)
        return found


class BreathShape(Shape):
    """The parts of one breath. A part of `0s` is left out."""

    in_: Seconds = key("How long to breathe in.", "4s", alias="in")
    hold: Seconds = key("How long to wait with the breath in.", "1s", default=0, written="0s")
    out: Seconds = key("How long to breathe out.", "6s")
    pause: Seconds = key("How long to wait before the next breath.", "1s", default=0, written="0s")


class OverrideShape(Shape):
    """What a step does differently from its exercise. What is not written here is as in the exercise; a `for` takes
    the place of the exercise's `reps`, and the reverse."""

    title: Title | None = key("What the patient sees above it.", "Stay still", default=None)
    cue: TextValue | None = key(
        "How to do it, in the words that the patient reads.", "Notice one place that can soften.", default=None
    )
    hold: Seconds | None = key("How long to hold in each repetition.", "30s", default=None)
    contract: Seconds | None = key(
        "How long to tighten in each repetition, at most 2 minutes. Every repetition is one contraction and its whole "
        "release, the last one too: the release is the exercise. Needs `relax`.",
        "5s",
        default=None,
    )
    relax: Seconds | None = key("How long to let go after each contraction.", "10s", default=None)
    breathe: BreathShape | None = key(
        "The parts of a breath. Needs `reps`, or `for`: then as many whole breaths are taken as fit, and never fewer "
        "than one.",
        {"in": "4s", "out": "6s"},
        default=None,
    )
    for_: Annotated[
        list[Duration] | None,
        BeforeValidator(_times),
        Field(min_length=1, max_length=20),
        WithJsonSchema({IS: w.alone_or_list(w.DURATION_VALUE, minItems=1, maxItems=20)}),
    ] = key(
        "How long one block lasts, or with `breathe` how long to go on. A list gives the first session at this rung, "
        "the second, and every further one its own time. `0s` leaves the step out.",
        "5min",
        ["3min", "5min", "10min"],
        default=None,
        alias="for",
    )
    until: Annotated[str | None, choice("tap")] = key(
        "The patient goes on at her own pace, by a tap. Needs `at_most`.", "tap", default=None
    )
    at_most: Duration | None = key(
        "With `until: tap`: when this time is over she may stay or finish, and neither is a failure. It counts in the "
        "longest length of the session; the shortest counts 0.",
        "5min",
        default=None,
    )
    reps: Count | None = key("How many repetitions make a set. `0` leaves the step out.", 3, default=None, written=1)
    parts: list[Title] | None = key(
        "In place of `reps`: one repetition for each of these, by its name.",
        ["feet and calves", "thighs", "belly"],
        default=None,
    )
    sets: Count | None = key("How many sets.", 2, default=None, written=1)
    rest: Seconds | None = key(
        "The rest between repetitions; there is none after the last.", "30s", default=None, written="0s"
    )
    set_rest: Seconds | None = key(
        "The rest between sets; there is none after the last.", "60s", default=None, written="0s"
    )
    sides: Annotated[str | None, choice("both", "one")] = key(
        "With `both` all of it is done on the left and then on the right.", "both", default=None, written="one"
    )
    switch: Seconds | None = key("With `sides: both`: the time to change over.", "10s", default=None, written="5s")
    get_ready: Seconds | None = key(
        "The time to get into place before it begins. Without it 3s before `hold`, `contract` and `for`, and none "
        "before `breathe`, `until` and any `preparation`.",
        "0s",
        default=None,
    )
    size: Size | None = key(
        "The size of the dilator. Left out for a fingertip. A step whose neighbouring rung does not exist is left out.",
        "$dilator",
        "$dilator - 1",
        "13mm",
        default=None,
    )
    say: Annotated[tuple[Say, ...] | None, Written(_say, _SAY, asks_context=True)] = key(
        "What is spoken and shown during the step: `start`, `half`, `end`, a time from its beginning such as "
        "`at 2min`, or a time before its end such as `10s left`. Keep texts 3 seconds apart.",
        {"half": "Half way.", "10s left": "Ten more seconds."},
        default=None,
    )
    check: Annotated[Check | None, Written(_check, w.one_key_of(_EVERY))] = key(
        "A question inside the step, every so often: the scale, and the time between. One tap, and it may be skipped.",
        {"pain": "every 2min"},
        default=None,
        keys="scales",
    )
    dose: Annotated[str | None, choice("none")] = key(
        "With `none` its time does not count as dose.", "none", default=None
    )


_WAYS: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("hold",), ("contract", "relax", "breathe", "until", "at_most", "for")),
    (("contract", "relax"), ("hold", "breathe", "until", "at_most", "for")),
    (("until", "at_most"), ("hold", "contract", "relax", "breathe", "for", "reps", "parts")),
    (("for",), ("hold", "contract", "relax", "breathe", "until", "at_most", "reps", "parts")),
    (("breathe", "reps"), ("hold", "contract", "relax", "until", "at_most", "for")),
    (("breathe", "for"), ("hold", "contract", "relax", "until", "at_most", "reps")),
)


class ExerciseShape(OverrideShape):
    """One thing to do. It is timed in exactly one way: `hold`; `contract` with `relax`; `breathe` with `reps` or
    `for`; `for`, one block; or `until: tap` with `at_most`."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": w.ways(*_WAYS),
            "not": {"required": ["reps", "parts"]},
            "anyOf": [{"properties": {"kind": {"const": "dilator"}}}, {"properties": {"size": False}}],
        }
    )

    kind: Annotated[str, Kind] = key(
        "What it counts as in the dose. `preparation` is no dose and has no time to get ready; a `dilator` step opens "
        "with a question without a clock: ready, a smaller one, or not today.",
        "relaxation",
    )
    title: Title = key("What the patient sees above it.", "Supported deep squat")
    not_before: Anchor | None = key(
        "The first day on which it may be done; until then it is left out of its sessions. One that counts from an "
        "injection says nothing to a patient who has none.",
        "injection + 7d",
        default=None,
    )
    swap: Name | None = key(
        "An equal exercise that the patient may do in its place.", "childs_pose", default=None, names="exercises"
    )


class StepShape(Shape):
    """One step of a session."""

    exercise: Name = key("The name of an exercise.", names="exercises")
    override: OverrideShape | None = key("What this step does differently.", default=None)


Steps = Annotated[
    list[Annotated[StepShape, BeforeValidator(_step)]], WithJsonSchema({IS: {"type": "array", "items": _STEP}})
]


class VariantShape(Shape):
    """Another way through a session that the patient may choose. It gives to attendance and never to a ladder."""

    title: Title = key("What the patient chooses by.", "Short")
    counts: Share = key("What it gives to attendance.", "50%")
    leave_out: Names = key("Exercises that are left out.", ["advance"], default=[], names="exercises")
    scale: Share = key(
        "Shortens `for` to this share and repetitions too, rounded up. It shortens no hold, no release and no rest.",
        "50%",
        default=1.0,
        written="100%",
    )
    steps: Steps | None = key(
        "Steps of its own in place of the session's `steps`; warm-up and finish stay.",
        ["settle", "belly_breathing"],
        default=None,
    )


_PARTS = ("steps", "warm_up", "finish")


class SessionShape(Shape):
    """What is done in one sitting: steps of its own, or other sessions in turn."""

    model_config = ConfigDict(
        json_schema_extra={"anyOf": w.ways((("alternate",), _PARTS), *(((part,), ("alternate",)) for part in _PARTS))}
    )

    title: Title = key("What the patient sees above it.", "Calm")
    warm_up: Steps = key("Steps that come first, whatever variant is chosen.", ["belly_breathing"], default=[])
    steps: Steps = key(
        "The steps in their order: names of exercises, each alone or with what is different here. An exercise may come "
        "more than once.",
        ["settle", {"belly_breathing": {"for": "3min"}}],
        default=[],
    )
    finish: Steps = key("Steps that come last, whatever variant is chosen.", ["rest"], default=[])
    alternate: list[Name] = key(
        "In place of steps: sessions that take turns. The turn goes on with each one that was done, and one that may "
        "not be done yet is passed over. One that stands in it twice comes twice as often. Title, questions, rules and "
        "variants that are written here go before theirs.",
        ["hips", "squat_day"],
        default=[],
        names="sessions",
        max_length=v.MOST_ENTRIES,
    )
    ask_before: FewNames = key(
        "Scales that are asked before it begins. Every question may be skipped.",
        ["pain", "anxiety"],
        default=[],
        names="scales",
    )
    ask_after: FewNames = key(
        "Scales that are asked at the end; for `pain` and `anxiety` the strongest of the whole practice.",
        ["pain", "anxiety"],
        default=[],
        names="scales",
    )
    counts_when: Share = key(
        "From this share of the dose on the session is complete; below it is partial, and counts with its share.",
        "80%",
        default=0.8,
        written="80%",
    )
    variants: dict[str, VariantShape] = key(
        "Other ways through the session, each under its name.",
        {"short": {"title": "Short", "scale": "50%", "counts": "50%"}},
        default={},
        max_length=v.MOST_ENTRIES,
    )
    ease_when: Annotated[
        list[Annotated[Condition, Written(v.condition("{pain_at_least: 4, still_after: 30s}"), w.CONDITION)]],
        BeforeValidator(_alone),
        Field(max_length=v.MOST_ENTRIES),
        WithJsonSchema({IS: w.alone_or_list(w.CONDITION, maxItems=v.MOST_ENTRIES, uniqueItems=True)}),
    ] = key(
        "When one of these holds, one rung down or a shorter dose is offered.",
        {"pain_at_least": 4, "still_after": "30s"},
        default=[],
    )
    stop_when: Annotated[
        list[Annotated[Condition, Written(v.condition("{pain_at_least: 7}"), w.CONDITION)]],
        BeforeValidator(_alone),
        Field(max_length=v.MOST_ENTRIES),
        WithJsonSchema({IS: w.alone_or_list(w.CONDITION, maxItems=v.MOST_ENTRIES, uniqueItems=True)}),
    ] = key(
        "When one of these holds, the session ends, kindly. It counts as attended.",
        [{"pain_at_least": 7}],
        default=[],
    )
    instead_when: Annotated[
        list[Annotated[Instead, Written(_instead, _INSTEAD)]],
        BeforeValidator(_alone),
        Field(max_length=v.MOST_ENTRIES),
        WithJsonSchema({IS: w.alone_or_list(_INSTEAD, maxItems=v.MOST_ENTRIES, uniqueItems=True)}),
    ] = key(
        "When a question before the session is answered like this, another session is offered in its place. Put `no` "
        "and `yes` in quotes, or write `false` and `true`.",
        {"let_go": "no", "do": "calm"},
        default=[],
    )


class ParameterShape(Shape):
    """A value that the program leaves open. It is set by the program, over that by the assignment, over that by the
    phase; `$name` stands for it."""

    type: Annotated[str, choice("duration", "count", "share", "size")] = key("What kind of value it is.", "duration")
    default: Amount = key("The value where nobody sets another.", "10min")
    min: Amount | None = key("The lowest value that may be set.", "3min", default=None)
    max: Amount | None = key("The highest value that may be set.", "30min", default=None)
    label: Title | None = key("What it is called on the pages that set it.", "Staying still", default=None)


class ScaleShape(Shape):
    """A question of your own, beside `pain` and `anxiety`, which every program has."""

    ask: TextValue = key("The question.", "How much in control did you feel?")
    low: Title | None = key("What 0 means.", "not at all", default=None)
    high: Title | None = key("What 10 means.", "completely", default=None)
    answer: Annotated[str, choice("0-10", "yes_no")] = key(
        "How it is answered: with a number from 0 to 10, or yes or no.", "yes_no", default="0-10", written="0-10"
    )


class LadderShape(Shape):
    """What goes up and down with progress: sizes, or any values such as holds and repetitions. One rung at a time."""

    kind: Annotated[str | None, Kind] = key(
        "What kind of exercises stand on it; with `dilator` its sizes and its way down are looked after.",
        "dilator",
        default=None,
    )
    rungs: Annotated[tuple[RungShape, ...] | None, Written(_rungs, _RUNGS)] = key(
        "Its rungs, the lowest first.", "own set", [{"id": "l1", "hold": "3s", "rest": "6s", "reps": 5}]
    )
    start: Annotated[str | None, choice("chosen at assignment")] = key(
        "The first rung has to be chosen when the program is given. Without it a ladder with rungs of its own begins "
        "at the lowest; one of the patient's own set is chosen always.",
        "chosen at assignment",
        default=None,
    )
    stay_at_least: Days = key("How long to stay on each rung at least.", "2d", default=0, written="0d")
    up: Annotated[
        list[Annotated[Rule, Written(v.rule("{after: 3 of 4 sessions, pain_at_most: 2}"), w.RULE)]],
        BeforeValidator(_alone),
        WithJsonSchema({IS: w.alone_or_list(w.RULE)}),
    ] = key(
        "When to go up a rung: any of these. It looks at sessions in which every prescribed step on the ladder was "
        "done, and at their highest rating during and after.",
        {"after": "3 of 4 sessions", "completed": "100%", "pain_at_most": 2},
        default=[],
    )
    down: Annotated[
        list[Annotated[Rule, Written(v.rule("{after: 2 sessions in a row, pain_at_least: 4}"), w.RULE)]],
        BeforeValidator(_alone),
        WithJsonSchema({IS: w.alone_or_list(w.RULE)}),
    ] = key("When to go down a rung: any of these.", {"after": "2 sessions in a row", "pain_at_least": 4}, default=[])
    after_gap: Annotated[AfterGap | None, Written(_after_gap, _AFTER_GAP)] = key(
        "After so many days without any session on this ladder the first one back is easier. The place on the ladder "
        "is kept. Days that the phase itself leaves free between sessions are no gap.",
        {"of": "3d", "down": 1},
        default=None,
    )
    up_needs: Who = key(
        "Who says yes to going up: the therapist, the patient, or nobody.",
        "therapist",
        default="therapist",
        written="therapist",
    )
    not_up_while: Annotated[NotUpWhile, Written(_not_up_while, _NOT_UP_WHILE)] = key(
        "When to stay whatever `up` says: each of its keys holds the patient where she is, even alone.",
        {"phase": ["waning"], "rising": "pain"},
        default=NotUpWhile(),
    )
    locked: Annotated[
        bool | tuple[Text, ...],
        Written(_locked, either({"type": "boolean"}, {"type": "array", "items": w.TEXT}), asks_context=True),
    ] = key(
        "Its sessions wait until the therapist places the patient on a rung: `true`, or what she confirms before "
        "she does.",
        ["can let go fully after a squeeze"],
        True,
        default=False,
        written=False,
    )


class PhaseShape(Shape):
    """A part of the program, from one day to another, both inside. Phases stand in their order."""

    id: Name = key("The phase's name. It stays when the file changes.", "settling")
    title: Title = key("What the patient reads.", "Settling")
    from_: Anchor | None = key(
        "Its first day. Without it: the day after the phase above ends, and for the first phase the start.",
        "injection",
        default=None,
        alias="from",
    )
    to: LastDay | None = key(
        "Its last day. Without `to` and `until` it goes on until the next phase begins.",
        "insertion - 1d",
        default=None,
    )
    at_least: Days = key(
        "How many days it has at least. Where fewer are left, its end and all later phases move by what is lacking.",
        "5d",
        default=0,
        written="0d",
    )
    until: Annotated[Rule | None, Written(v.rule("{after: 6 of 8 sessions, pain_at_most: 2}"), w.RULE)] = key(
        "It goes on until the sessions show this.", {"after": "6 of 8 sessions", "pain_at_most": 2}, default=None
    )
    until_needs: Who = key(
        "Who says yes to its end: the therapist, the patient, or nobody.",
        "therapist",
        default="therapist",
        written="therapist",
    )
    set: Annotated[dict[str, v.Amount], Written(_set, w.a_map_of(w.AMOUNT))] = key(
        "Values that parameters have in this phase.", {"still": "12min"}, default={}, keys="parameters"
    )
    do: Annotated[dict[str, Frequency], Written(_do, w.a_map_of(w.FREQUENCY))] = key(
        "Which sessions are due, and how often each.", {"calm": "2 per day"}, default={}, keys="sessions"
    )
    then: Line | None = key(
        "The id of a program that is proposed to the therapist as the next one when this phase ends; an open phase "
        "ends when she says so.",
        "maintenance",
        default=None,
    )


class AnswerShape(Shape):
    """Who is told how soon, and what the patient reads."""

    urgency: Annotated[str, choice("emergency", "same_day", "routine")] = key(
        "How soon somebody has to know. `routine` is written down and stops nothing; the others end practice for that "
        "day.",
        "emergency",
    )
    say: TextValue = key("What the patient reads at once.", "Call the emergency number now.")


class SafetyCheckShape(Shape):
    """A question about warning signs that is asked on certain days. Its days never shift with the phases."""

    id: Name = key("The check's name.", "spreading")
    from_: Anchor = key("The first day on which it is asked.", "injection", alias="from")
    to: LastDay = key("The last day on which it is asked.", "injection + 6w")
    every: Days = key("How often it is asked.", "1d", default=1, written="1d")
    ask: TextValue = key("The question, answered with yes or no.", "Any trouble swallowing, speaking or breathing?")
    on_yes: AnswerShape = key("What a yes does.", {"urgency": "emergency", "say": "Call the emergency number now."})


class AlertShape(Shape):
    """What asks the therapist for a look. It is never a message to the patient."""

    id: Name = key("The alert's name.", "sore")
    when: Annotated[When, Written(_when, _WHEN)] = key(
        "What is watched: days without a session, a fall in the largest comfortable size, or ratings.",
        {"no_session_for": "3d"},
        {"pain_at_least": 7, "times": 2, "within": "7d"},
    )
    not_before: Anchor | None = key("The first day on which it is watched.", "injection + 12w", default=None)


class ReviewedShape(Shape):
    """Who has reviewed the program, and when. Until then every page says that it is an example."""

    model_config = ConfigDict(json_schema_extra={"x-or-null": ["by", "date"]})

    by: Line | None = key("The clinician who has reviewed it.", "Dr. A. Example", default=None)
    date: Annotated[str | None, Written(v.line, w.DATE)] = key("The day of the review.", "2026-03-01", default=None)


class HeadShape(Shape):
    """What a program says of itself."""

    title: Title = key("What the program is called.", "Letting go and breathing")
    language: Annotated[str, Written(v.language, w.LANGUAGE)] = key(
        "The program's own language, which every text has to have.", "en", default="en", written="en"
    )
    summary: TextValue | None = key("What it is for, in a sentence or two.", "Relaxation first.", default=None)
    author: Title | None = key(
        "Who wrote it. A name may be written once for all languages.", "Example clinic", default=None
    )
    reviewed: ReviewedShape = key(
        "Who has reviewed it.", {"by": "Dr. A. Example", "date": "2026-03-01"}, default=ReviewedShape()
    )
    evidence: list[Title] = key(
        "What it rests on. Put a source in quotes when it holds a colon. One that is the same in every language may "
        "be written once.",
        ["Pacik & Geletta 2017, Sex Med 5:e114"],
        default=[],
    )
    equipment: list[Title] = key("What the patient needs at hand.", ["two pillows"], default=[])
    cautions: list[TextValue] = key(
        "What the patient has to know before she begins.", ["Leave out any part that hurts."], default=[]
    )
    import_: Annotated[list[Line], BeforeValidator(_alone), WithJsonSchema({IS: w.alone_or_list(w.LINE)})] = key(
        "Files that offer exercises and sessions: their paths under `programs/` without `.yaml`.",
        ["library/relaxation"],
        default=[],
        alias="import",
    )


_NAMES = {"propertyNames": w.NAME}


class LibraryShape(Shape):
    """A file under programs/ that only offers exercises and sessions."""

    exercises: dict[str, ExerciseShape] = key("Exercises, each under its name.", default={}, extra=_NAMES)
    sessions: dict[str, SessionShape] = key("Sessions, each under its name.", default={}, extra=_NAMES)


class ProgramShape(HeadShape):
    """A whole program. Its sections are validated entry by entry, so that one mistake hides no other."""

    parameters: dict[str, ParameterShape] = key(
        "Values that the program leaves open within limits, each under its name.", default={}, extra=_NAMES
    )
    scales: dict[str, ScaleShape] = key(
        "Questions of your own, each under its name.",
        default={},
        extra=_NAMES | {"maxProperties": v.MOST_ENTRIES},
    )
    exercises: dict[str, ExerciseShape] = key("What there is to do, each under its name.", default={}, extra=_NAMES)
    ladders: dict[str, LadderShape] = key(
        "What goes up and down with progress, each under its name.", default={}, extra=_NAMES
    )
    sessions: dict[str, SessionShape] = key(
        "What is done in one sitting, each under its name.", default={}, extra=_NAMES
    )
    phases: list[PhaseShape] = key("The parts of the program in their order.", default=[])
    safety_checks: list[SafetyCheckShape] = key(
        "Questions about warning signs, asked on certain days.", default=[], extra={"maxItems": v.MOST_SAFETY_CHECKS}
    )
    alerts: list[AlertShape] = key("What asks the therapist for a look.", default=[])


NAMED_SECTIONS: dict[str, type[Shape]] = {
    "parameters": ParameterShape,
    "scales": ScaleShape,
    "exercises": ExerciseShape,
    "ladders": LadderShape,
    "sessions": SessionShape,
}
LISTED_SECTIONS: dict[str, type[Shape]] = {
    "phases": PhaseShape,
    "safety_checks": SafetyCheckShape,
    "alerts": AlertShape,
}
