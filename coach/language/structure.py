"""A file's plain values against the models: what is well formed, and a problem at its place for what is not."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from coach.language import meant, shapes
from coach.language.problems import Mark, Problems, listed
from coach.language.reading import Map, Path, Seq, locate, lost_at
from coach.language.values import NAME, Context, Wrong, name_mend, shown

S = TypeVar("S", bound=shapes.Shape)

_FOLLOWING = ("missing-key", "bad-condition", "text-without-language")  # not told where a key got lost by a slip


@dataclass(slots=True)
class Source:
    """One file that was read: its values, and the entries that are well formed (None for those that are not)."""

    file: str
    root: Map
    problems: Problems
    is_library: bool
    head: shapes.HeadShape | None = None
    parameters: dict[str, shapes.ParameterShape | None] = field(default_factory=dict)
    scales: dict[str, shapes.ScaleShape | None] = field(default_factory=dict)
    exercises: dict[str, shapes.ExerciseShape | None] = field(default_factory=dict)
    ladders: dict[str, shapes.LadderShape | None] = field(default_factory=dict)
    sessions: dict[str, shapes.SessionShape | None] = field(default_factory=dict)
    phases: list[tuple[int, shapes.PhaseShape]] = field(default_factory=list)
    safety_checks: list[tuple[int, shapes.SafetyCheckShape]] = field(default_factory=list)
    alerts: list[tuple[int, shapes.AlertShape]] = field(default_factory=list)

    def at(self, *path: str | int, key: bool = False) -> Mark:
        return locate(self.root, path, key=key)

    def has_lost(self, path: Path, *keys: str) -> bool:
        """Whether one of the keys was meant there and got lost by a slip that is told already."""
        return bool(lost_at(self.root, path) & {"*", *keys})


def structured(source: Source, language: str | None) -> None:
    """Validates every entry of the file. `language`: of the program that imports it, where it is imported."""
    root = source.root
    written = root.get("language")
    own = language or (written if isinstance(written, str) and 1 < len(written) < 8 else "en")
    sections = {**shapes.NAMED_SECTIONS, **shapes.LISTED_SECTIONS}
    if source.is_library:
        known: tuple[str, ...] = shapes.LibraryShape.known_keys()
        for key in root:
            if key not in known:
                mend = "A file that is imported holds `exercises:` and `sessions:` and nothing else."
                near = (key, known) if key not in shapes.ProgramShape.known_keys() else None
                source.problems.add(
                    "unknown-key", root.key_marks[key], f"`{key[:60]}` does not belong here", mend, near=near
                )
    else:
        head = {key: value for key, value in root.items() if key not in sections}
        source.head = _validated(source, shapes.HeadShape, head, (), own, shapes.ProgramShape.known_keys())
    for name, model in shapes.NAMED_SECTIONS.items():
        if name in root and (not source.is_library or name in ("exercises", "sessions")):
            _named(source, name, model, own)
    for name, model in shapes.LISTED_SECTIONS.items():
        if name in root and not source.is_library:
            _listed(source, name, model, own)


def _named(source: Source, section: str, model: type[S], language: str) -> None:
    entries = source.root[section]
    into: dict[str, Any] = getattr(source, section)
    if entries is None:
        return
    if not isinstance(entries, Map):
        source.problems.add(
            "wrong-type",
            source.at(section),
            f"`{section}` is {shown(entries)}, not a group of names",
            "Write each name on a line of its own, followed by a colon.",
        )
        return
    for name, entry in entries.items():
        if not NAME.fullmatch(name):
            source.problems.add(
                "bad-name",
                entries.key_marks[name],
                f"`{name[:60]}` cannot be a name",
                name_mend(name),
            )
        into[name] = _validated(source, model, entry, (section, name), language)


def _listed(source: Source, section: str, model: type[S], language: str) -> None:
    entries = source.root[section]
    into: list[Any] = getattr(source, section)
    if entries is None:
        return
    if not isinstance(entries, Seq):
        source.problems.add(
            "wrong-type",
            source.at(section),
            f"`{section}` is {shown(entries)}, not a list",
            f"Begin each entry with `- `, for example `- {_EXAMPLES[model.__name__]}`.",
        )
        return
    for index, entry in enumerate(entries):
        found = _validated(source, model, entry, (section, index), language)
        if found is not None:
            into.append((index, found))


def _validated(
    source: Source, model: type[S], data: Any, path: Path, language: str, known: tuple[str, ...] | None = None
) -> S | None:
    context = Context(language=language)
    result: S | None = None
    errors: list[Any] = []
    try:
        result = model.model_validate(data, context=context)
    except ValidationError as error:
        errors = error.errors(include_url=False)
    for where, key, allowed in context.unknown_keys:
        owner = where if isinstance(where, Map) else source.root
        names = allowed if known is None or isinstance(where, Map) else known
        mark = owner.key_marks.get(key) or source.at(*path)
        message = f"`{key[:60]}` is not known here"
        target = meant.key(key, [name for name in names if name not in owner])
        if target is not None:
            source.problems.add("unknown-key", mark, message, f"Write `{target}`.")
            owner.lost.add(target.partition(":")[0])
            continue
        near = source.problems.add("unknown-key", mark, message, f"Known here are {listed(names)}.", near=(key, names))
        if near is not None:
            owner.lost.add(near)
    for each in errors:
        _report(source, each, path)
    return result


def _report(source: Source, error: Any, path: Path) -> None:
    """One of pydantic's errors, in our words and at its place."""
    where: Path = (*path, *(part for part in error["loc"] if part not in ("list[nullable]",)))
    kind = error["type"]
    value = error.get("input")
    if kind == "wrong":
        wrongs: list[Wrong] = error["ctx"]["wrongs"]
        for wrong in wrongs:
            if wrong.code in _FOLLOWING and lost_at(source.root, (*where, *wrong.path)):
                continue
            mark = source.at(*where, *wrong.path, key=wrong.on_key)
            source.problems.add(wrong.code, mark, wrong.message, wrong.suggestion)
    elif kind == "missing":
        key = str(where[-1])
        owner = where[:-1]
        if lost_at(source.root, owner) & {key, "*"}:
            return
        mark = source.at(*owner, key=True) if owner else Mark(0, 0)
        source.problems.add("missing-key", mark, f"`{key}` is missing", f"Add `{key}: ...`.")
    elif kind in ("model_type", "dict_type", "model_attributes_type"):
        mend = _as_keys(error.get("ctx", {}).get("class_name", ""), value)
        source.problems.add("wrong-type", source.at(*where), f"{shown(value)} is not a group of keys", mend)
    elif kind == "list_type":
        mend = _as_list(str(where[-1]), value)
        source.problems.add("wrong-type", source.at(*where), f"{shown(value)} is not a list", mend)
    elif kind == "too_short":
        source.problems.add("out-of-range", source.at(*where), "the list is empty", "Write for example `5min`.")
    elif kind == "too_long":
        source.problems.add("out-of-range", source.at(*where), "the list is too long", "Keep at most 20 entries.")
    else:
        source.problems.add("wrong-type", source.at(*where), f"{shown(value)} does not fit here")


# How an entry of each kind is written, where something else stands in its place.
_EXAMPLES = {
    "AlertShape": "{id: silent, when: {no_session_for: 3d}}",
    "AnswerShape": "{urgency: emergency, say: Call the emergency number now.}",
    "BreathShape": "{in: 4s, out: 6s}",
    "ExerciseShape": "{kind: relaxation, title: Breathing, for: 5min}",
    "LadderShape": "{kind: dilator, rungs: own set}",
    "OverrideShape": "{for: 3min}",
    "ParameterShape": "{type: duration, default: 10min}",
    "PhaseShape": "{id: week_1, title: First week, from: start, to: start + 6d, do: {calm: 1 per day}}",
    "ReviewedShape": "{by: Dr. A. Example, date: 2026-03-01}",
    "SafetyCheckShape": "{id: fever, from: start, to: start + 6w, ask: Any fever?, "
    "on_yes: {urgency: same_day, say: Call us today.}}",
    "ScaleShape": "{ask: How much in control did you feel?, low: not at all, high: completely}",
    "SessionShape": "{title: Calm, steps: [breathing, resting]}",
    "VariantShape": "{title: Short, scale: 50%, counts: 50%}",
}
_OF_NAMES = ("steps", "warm_up", "finish", "alternate")


def _as_keys(model: str, value: object) -> str:
    """How to write something as a group of keys."""
    if isinstance(value, str) and re.match(r"[A-Za-z_]\w*:\S", value):
        return f"Put a space after the colon: `{value[:40].replace(':', ': ', 1)}`."
    example = _EXAMPLES.get(model)
    if model == "AnswerShape" and isinstance(value, str) and len(value) <= meant.LONGEST:
        example = f"{{urgency: emergency, say: {meant.quoted(value)}}}"
    return f"Write for example `{example}`." if example else "Write its keys under it, indented."


def _as_list(key: str, value: object) -> str:
    """How to write something as a list."""
    if not isinstance(value, str) or len(value) > meant.LONGEST:
        return "Begin each entry with `- `."
    if key in _OF_NAMES and (names := meant.names(value) or meant.name(value)):
        return f"Write `[{', '.join(names)}]`."
    return f"Write `[{value}]`."
