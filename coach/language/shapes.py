"""The structure of a program as pydantic models: one set, from which a file is validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, ValidationInfo, model_validator
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
from coach.language import values as v
from coach.language.problems import near_name


def _context(info: ValidationInfo) -> v.Context:
    assert isinstance(info.context, v.Context)
    return info.context


def _text(value: object, info: ValidationInfo) -> Text:
    return v.text(value, _context(info).language)


def _alone(value: object) -> object:
    """What may be written alone or as a list."""
    return value if isinstance(value, list) else [value]


def _mapped(value: object, what: str, example: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise v.wrong("wrong-type", f"{v.shown(value)} is not {what}", f"Write for example `{example}`.")
    return value


def _say(value: object, info: ValidationInfo) -> tuple[Say, ...]:
    """`{start: ..., half: ..., end: ..., at 2min: ..., 10s left: ...}`"""
    wrongs: list[v.Wrong] = []
    said: list[Say] = []
    for key, written in _mapped(value, "a map of texts by time", "{half: Half way.}").items():
        try:
            if key in ("start", "half", "end"):
                said.append(Say(_text(written, info), key))  # type: ignore[arg-type]
            elif key.startswith("at "):
                said.append(Say(_text(written, info), "after", v.duration(key[3:])))
            elif key.endswith(" left"):
                said.append(Say(_text(written, info), "before_end", v.duration(key[:-5])))
            else:
                near = near_name(key, ("start", "half", "end"))
                mend = f"Did you mean `{near}`?" if near else "Write `start`, `half`, `end`, `at 2min` or `10s left`."
                wrongs.append(v.Wrong("unknown-key", f"`{key[:60]}` is not a time to speak", mend, (key,), on_key=True))
        except PydanticCustomError as error:
            wrongs += [
                w._replace(path=(key, *w.path), on_key=w.on_key or w.code == "bad-duration")
                for w in (error.context or {})["wrongs"]
            ]
    if wrongs:
        raise v.rejected(wrongs)
    return tuple(said)


def _check(value: object) -> Check:
    written = _mapped(value, "a question inside the step", "{pain: every 2min}")
    if len(written) != 1:
        raise v.wrong(
            "wrong-type", "one question at a time can be asked inside a step", "Write for example `{pain: every 2min}`."
        )
    ((scale, every),) = written.items()
    if not isinstance(every, str) or not every.startswith("every "):
        raise v.wrong("bad-frequency", f"{v.shown(every)} does not say how often", "Write for example `every 2min`.")
    every_ms = v.duration(every[6:])
    if every_ms < 10_000:
        raise v.wrong("out-of-range", f"{v.shown(every)}: not more often than every 10s")
    return Check(scale, every_ms)


def _after_gap(value: object) -> AfterGap:
    written = _mapped(value, "a rule for a gap", "{of: 3d, down: 1}")
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
    wrongs = [
        v.Wrong("unknown-key", f"`{key[:60]}` is not known here", "Write `phase` or `rising`.", (key,), on_key=True)
        for key in written
        if key not in ("phase", "rising")
    ]
    if wrongs:
        raise v.rejected(wrongs)
    phases = _alone(written.get("phase", []))
    assert isinstance(phases, list)
    return NotUpWhile(
        tuple(v.name(each) for each in phases), v.name(written["rising"]) if "rising" in written else None
    )


class RungShape(NamedTuple):
    id: str
    size_mm: float | None
    values: dict[str, v.Amount]


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
    wrongs: list[v.Wrong] = []
    rungs: list[RungShape] = []
    for index, written in enumerate(value):
        if not isinstance(written, Mapping):
            wrongs.append(
                v.Wrong("wrong-type", f"{v.shown(written)} is not a rung", "Write `{id: d1, size: 13mm}`.", (index,))
            )
            continue
        if "id" not in written:
            wrongs.append(v.Wrong("missing-key", "this rung has no `id`", "Add for example `id: d1`.", (index,)))
            continue
        found: dict[str, Any] = {}
        for key, each in written.items():
            try:
                if key == "id":
                    found[key] = v.rung_name(each)
                elif key == "size":
                    found[key] = v.size(each)
                    if isinstance(found[key], v.RungName):
                        raise v.wrong("bad-size", f"{v.shown(each)} is not a size", "Write for example `13mm`.")
                else:
                    v.name(key)
                    found[key] = v.amount(each)
            except PydanticCustomError as error:
                wrongs += [w._replace(path=(index, key)) for w in (error.context or {})["wrongs"]]
        if any(rung.id == found.get("id") for rung in rungs):
            wrongs.append(
                v.Wrong("duplicate-id", f"two rungs are called `{found['id']}`", "Rename one.", (index, "id"))
            )
        rungs.append(RungShape(found.pop("id", ""), found.pop("size", None), found))
    if wrongs:
        raise v.rejected(wrongs)
    return tuple(rungs)


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
    found = v.clauses(value, readers)
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
    wrongs: list[v.Wrong] = []
    found: dict[str, v.Amount] = {}
    for key, written in _mapped(value, "a map of parameters", "{still: 12min}").items():
        try:
            found[key] = v.amount(written)
        except PydanticCustomError as error:
            wrongs += [w._replace(path=(key,)) for w in (error.context or {})["wrongs"]]
    if wrongs:
        raise v.rejected(wrongs)
    return found


def _do(value: object) -> dict[str, Frequency]:
    wrongs: list[v.Wrong] = []
    found: dict[str, Frequency] = {}
    for key, written in _mapped(value, "a map of sessions", "{calm: 2 per day}").items():
        try:
            found[key] = v.frequency(written)
        except PydanticCustomError as error:
            wrongs += [w._replace(path=(key,)) for w in (error.context or {})["wrongs"]]
    if wrongs:
        raise v.rejected(wrongs)
    return found


def _step(value: object) -> object:
    """`settle` or `belly_breathing: {for: 3min}`."""
    if isinstance(value, str):
        return {"exercise": value}
    if isinstance(value, Mapping) and len(value) == 1:
        ((exercise, override),) = value.items()
        return {"exercise": exercise} if override is None else {"exercise": exercise, "override": override}
    mend = "Write the name of an exercise, or `name: {for: 3min}`."
    if isinstance(value, Mapping) and len(value) > 1:
        mend = "Begin each exercise with `- `, and indent what belongs to it, or put that in braces."
    raise v.wrong("wrong-type", f"{v.shown(value)} is not a step", mend)


TextValue = Annotated[Text, PlainValidator(_text)]
Line = Annotated[str, PlainValidator(v.line)]
Name = Annotated[str, PlainValidator(v.name)]
Duration = Annotated[int | Reference, PlainValidator(v.or_reference(v.duration))]
Days = Annotated[int, PlainValidator(v.days)]
Anchor = Annotated[DayAnchor, PlainValidator(v.anchor)]
Count = Annotated[int | Reference, PlainValidator(v.or_reference(v.count))]
Size = Annotated[float | Reference | v.RungName, PlainValidator(v.or_reference(v.size))]
Share = Annotated[float, PlainValidator(v.share)]
Names = Annotated[list[Name], BeforeValidator(_alone)]
Conditions = Annotated[list[Annotated[Condition, PlainValidator(v.condition)]], BeforeValidator(_alone)]
Rules = Annotated[list[Annotated[Rule, PlainValidator(v.rule)]], BeforeValidator(_alone)]
Who = Annotated[str, PlainValidator(v.choice("therapist", "patient", "automatic"))]


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
    in_: Duration = Field(alias="in")
    hold: Duration = 0
    out: Duration
    pause: Duration = 0


class OverrideShape(Shape):
    """What a step may say differently from its exercise."""

    title: TextValue | None = None
    cue: TextValue | None = None
    hold: Duration | None = None
    contract: Duration | None = None
    relax: Duration | None = None
    breathe: BreathShape | None = None
    for_: Annotated[list[Duration] | None, BeforeValidator(_alone), Field(max_length=20)] = Field(None, alias="for")
    until: Annotated[str | None, PlainValidator(v.choice("tap"))] = None
    at_most: Duration | None = None
    reps: Count | None = None
    parts: list[TextValue] | None = None
    sets: Count | None = None
    rest: Duration | None = None
    set_rest: Duration | None = None
    sides: Annotated[str | None, PlainValidator(v.choice("both", "one"))] = None
    switch: Duration | None = None
    get_ready: Duration | None = None
    size: Size | None = None
    say: Annotated[tuple[Say, ...] | None, PlainValidator(_say)] = None
    check: Annotated[Check | None, PlainValidator(_check)] = None
    dose: Annotated[str | None, PlainValidator(v.choice("none"))] = None


class ExerciseShape(OverrideShape):
    kind: Annotated[
        str, PlainValidator(v.choice("stretching", "strengthening", "relaxation", "dilator", "preparation"))
    ]
    title: TextValue
    not_before: Anchor | None = None
    swap: Name | None = None


class StepShape(Shape):
    exercise: Name
    override: OverrideShape | None = None


Steps = list[Annotated[StepShape, BeforeValidator(_step)]]


class VariantShape(Shape):
    title: TextValue
    counts: Share
    leave_out: Names = []
    scale: Share = 1.0
    steps: Steps | None = None


class SessionShape(Shape):
    title: TextValue
    warm_up: Steps = []
    steps: Steps = []
    finish: Steps = []
    alternate: list[Name] = []
    ask_before: Names = []
    ask_after: Names = []
    counts_when: Share = 0.8
    variants: dict[str, VariantShape] = {}
    ease_when: Conditions = []
    stop_when: Conditions = []
    instead_when: Annotated[list[Annotated[Instead, PlainValidator(_instead)]], BeforeValidator(_alone)] = []


class ParameterShape(Shape):
    type: Annotated[str, PlainValidator(v.choice("duration", "count", "share", "size"))]
    default: Annotated[v.Amount, PlainValidator(v.amount)]
    min: Annotated[v.Amount | None, PlainValidator(v.amount)] = None
    max: Annotated[v.Amount | None, PlainValidator(v.amount)] = None
    label: TextValue | None = None


class ScaleShape(Shape):
    ask: TextValue
    low: TextValue | None = None
    high: TextValue | None = None
    answer: Annotated[str, PlainValidator(v.choice("0-10", "yes_no"))] = "0-10"


class LadderShape(Shape):
    kind: Annotated[
        str | None, PlainValidator(v.choice("stretching", "strengthening", "relaxation", "dilator", "preparation"))
    ] = None
    rungs: Annotated[tuple[RungShape, ...] | None, PlainValidator(_rungs)]
    start: Annotated[str | None, PlainValidator(v.choice("chosen at assignment"))] = None
    stay_at_least: Days = 0
    up: Rules = []
    down: Rules = []
    after_gap: Annotated[AfterGap | None, PlainValidator(_after_gap)] = None
    up_needs: Who = "therapist"
    not_up_while: Annotated[NotUpWhile, PlainValidator(_not_up_while)] = NotUpWhile()
    locked: Annotated[bool | tuple[Text, ...], PlainValidator(_locked)] = False


class PhaseShape(Shape):
    id: Name
    title: TextValue
    from_: Anchor | None = Field(None, alias="from")
    to: Anchor | None = None
    at_least: Days = 0
    until: Annotated[Rule | None, PlainValidator(v.rule)] = None
    until_needs: Who = "therapist"
    set: Annotated[dict[str, v.Amount], PlainValidator(_set)] = {}
    do: Annotated[dict[str, Frequency], PlainValidator(_do)] = {}
    then: Line | None = None


class AnswerShape(Shape):
    urgency: Annotated[str, PlainValidator(v.choice("emergency", "same_day", "routine"))]
    say: TextValue


class SafetyCheckShape(Shape):
    id: Name
    from_: Anchor = Field(alias="from")
    to: Anchor
    every: Days = 1
    ask: TextValue
    on_yes: AnswerShape


class AlertShape(Shape):
    id: Name
    when: Annotated[When, PlainValidator(_when)]
    not_before: Anchor | None = None


class ReviewedShape(Shape):
    by: Line | None = None
    date: Line | None = None


class HeadShape(Shape):
    """What a program says of itself."""

    title: TextValue
    language: Annotated[str, PlainValidator(v.language)] = "en"
    summary: TextValue | None = None
    author: Line | None = None
    reviewed: ReviewedShape = ReviewedShape()
    evidence: list[Line] = []
    equipment: list[TextValue] = []
    cautions: list[TextValue] = []
    import_: Annotated[list[Line], BeforeValidator(_alone)] = Field([], alias="import")


class LibraryShape(Shape):
    """A file under programs/ that only offers exercises and sessions."""

    exercises: dict[str, ExerciseShape] = {}
    sessions: dict[str, SessionShape] = {}


class ProgramShape(HeadShape):
    """A whole program. Its sections are validated entry by entry, so that one mistake hides no other."""

    parameters: dict[str, ParameterShape] = {}
    scales: dict[str, ScaleShape] = {}
    exercises: dict[str, ExerciseShape] = {}
    ladders: dict[str, LadderShape] = {}
    sessions: dict[str, SessionShape] = {}
    phases: list[PhaseShape] = []
    safety_checks: list[SafetyCheckShape] = []
    alerts: list[AlertShape] = []


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
