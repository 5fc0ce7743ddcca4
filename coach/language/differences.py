"""What changed between two texts of a program, in the author's terms: `hold 20 s -> 30 s in Stay still`.

Two checked programs are compared, what they import included, not two texts: comments and order of keys are no change,
and `60s` is `1min`. Parts are told apart by the ids that the author gave; one with another id is one less and one more,
but a phase that is otherwise the same. What keeps patients safe comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from typing import Any, Literal

from coach.domain import uses
from coach.domain.program import (
    AfterGap,
    Alert,
    AmountKind,
    Breath,
    Check,
    Comparison,
    Condition,
    DayAnchor,
    Exercise,
    Frequency,
    Instead,
    Ladder,
    Parameter,
    Phase,
    Program,
    Reference,
    Rule,
    Say,
    Session,
    Step,
    Text,
    Variant,
)
from coach.language import notation
from coach.language.titles import told_apart

Section = Literal[
    "program", "parameters", "scales", "exercises", "ladders", "sessions", "phases", "safety_checks", "alerts"
]
Change = Literal["changed", "added", "removed"]

# Keys that an author writes otherwise than the rules name them.
_KEYS = {
    "both_sides": "sides",
    "has_dose": "dose",
    "yes_no": "answer",
    "minimum": "min",
    "maximum": "max",
    "reviewed_by": "reviewed by",
    "reviewed_on": "reviewed date",
    "chosen_at_assignment": "start",
    "not_up_in": "not_up_while phase",
    "not_up_while_rising": "not_up_while rising",
    "unlocked_when": "locked",
    "from_": "from",
    "every_days": "every",
    "within_days": "within",
    "stay_at_least_days": "stay_at_least",
    "at_least_days": "at_least",
}
_TOLD_APART = ("warm_up", "steps", "finish", "variants")  # of a session
_LISTS = frozenset({"evidence", "equipment", "cautions", "parts", "unlocked_when"})
_SHARES = frozenset({"counts", "counts_when", "scale", "completed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One change. `title` is what the author called the part, in the program's own language, and `id` its id (empty for
    the program itself); `step`: the exercise whose step in that session it is about. `key`: as she writes it, and the
    values before and after in her notation; None where there is none, and for a part that is new or taken out.

    `touches`: the sessions that it concerns, or None where it concerns every patient who has the program.
    `phase`: the phase that it is about. `name`: what a reader knows the part by, its title, with its id where another
    has the same, or its id alone; `with_noun`: only clear with what it is, `the ladder ...`.
    """

    change: Change
    section: Section
    id: str
    title: str
    step: str | None = None
    key: str | None = None
    before: str | None = None
    after: str | None = None
    touches: frozenset[str] | None = None
    phase: str | None = None
    name: str = ""
    with_noun: bool = False


def differences(old: Program, new: Program) -> tuple[Difference, ...]:
    """What an author would tell a colleague that she changed: first safety questions, what stops or eases a session and
    what to keep in mind, then section by section."""
    both = (old, new)
    found: list[Difference] = list(_of_program(old, new))
    found += _parts("parameters", old.parameters, new.parameters, _parameter, _users(uses.of_reference, both))
    found += _parts("scales", old.scales, new.scales, _fields_of, _users(uses.of_scale, both))
    exercises = _parts("exercises", old.exercises, new.exercises, _fields_of, _users(uses.of_exercise, both))
    found += (each for each in exercises if each.touches)  # of an import nobody has to use everything
    found += _parts("ladders", old.ladders, new.ladders, _ladder, _users(uses.of_reference, both))
    found += _sessions(old, new)
    found += _phases(old, new)
    found += _parts("safety_checks", _by_id(old.safety_checks), _by_id(new.safety_checks), _fields_of, _everybody)
    found += _parts("alerts", _by_id(old.alerts), _by_id(new.alerts), _alert, _everybody)
    names = _Names(both)
    return tuple(sorted((names.given_to(each) for each in found), key=_rank))


def _rank(difference: Difference) -> int:
    if difference.section == "safety_checks":
        return 0
    first = (difference.key or "").partition(" ")[0]
    if difference.section == "sessions" and first in ("stop_when", "ease_when"):
        return 1
    return 2 if difference.section == "program" and first == "cautions" else 3


class _Names:
    """What the parts of two texts are known by: of a part that is in both, what the later one calls it."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._names: dict[Section, dict[str, str]] = {"exercises": {}, "sessions": {}, "phases": {}}
        for program in programs:
            titled: dict[Section, Iterable[Exercise | Session | Phase]] = {
                "exercises": program.exercises.values(),
                "sessions": program.sessions.values(),
                "phases": program.phases,
            }
            for section, parts in titled.items():
                self._names[section].update(told_apart(((part.id, part.title) for part in parts), _own_words))
        self._often = Counter(name for names in self._names.values() for name in set(names.values()))

    def given_to(self, difference: Difference) -> Difference:
        if difference.section == "program":
            return replace(difference, name="the program")
        if difference.section not in self._names:
            return replace(difference, name=f"`{difference.id}`", with_noun=True)
        name = self._names[difference.section][difference.id]
        return replace(difference, name=name, with_noun=self._often[name] > 1 and difference.step is None)


def _own_words(text: Text) -> str:
    return text.default


def sentence(difference: Difference) -> str:
    """The change in one line: `hold 20 s -> 30 s in Stay still`."""
    noun = _NOUNS[difference.section]
    if difference.key is None:
        return f"{noun} {difference.name} is {'new' if difference.change == 'added' else 'taken out'}"
    if difference.section == "phases" and difference.key == "id":
        return (
            f"phase {difference.name}: id {difference.before} -> {difference.after}, otherwise the same "
            "(what is kept of patients under the old id does not go over)"
        )
    where = f"the {noun} {difference.name}" if difference.with_noun else difference.name
    if difference.step is not None:
        where = f"{difference.step} ({where})"
    match difference.change:
        case "added":
            said = f"{difference.key} {difference.after} is new"
        case "removed":
            said = f"{difference.key} {difference.before} is taken out"
        case _:
            said = f"{difference.key} {difference.before} -> {difference.after}"
    return f"{said} in {where}"


_NOUNS: Mapping[Section, str] = {
    "program": "program",
    "parameters": "parameter",
    "scales": "scale",
    "exercises": "exercise",
    "ladders": "ladder",
    "sessions": "session",
    "phases": "phase",
    "safety_checks": "safety question",
    "alerts": "alert",
}

# -- one value --------------------------------------------------------------------------------------------------------

# A change of one value: its key, and how it was and is written.
_Value = tuple[str, str | None, str | None]


def _fields_of(old: Any, new: Any, besides: Collection[str] = ()) -> Iterator[_Value]:
    """The fields of two values of one kind that are not the same."""
    for field in fields(old):
        before, after = getattr(old, field.name), getattr(new, field.name)
        if field.name != "id" and field.name not in besides and before != after:
            yield from _value(field.name, before, after)


def _value(name: str, before: Any, after: Any) -> Iterator[_Value]:
    key = _KEYS.get(name) or name.removesuffix("_ms").rstrip("_")
    both = [value for value in (before, after) if value is not None]
    if all(isinstance(value, Text) for value in both):
        yield from _text(key, before, after)
    elif all(isinstance(value, Breath) for value in both) and len(both) == 2:
        yield from ((f"{key} {inner}", was, now) for inner, was, now in _fields_of(before, after))
    elif name == "say":
        yield from _keyed(key, {_time(each): each.text for each in before}, {_time(each): each.text for each in after})
    elif name in ("up", "down", "stop_when", "ease_when") and len(before) == len(after):
        for index, (was, now) in enumerate(zip(before, after, strict=True), 1):
            numbered = f"{key} {index}" if len(after) > 1 else key
            yield from _keyed(numbered, notation.clauses(was), notation.clauses(now))
    elif all(isinstance(value, tuple) for value in both) and name in _LISTS:
        yield from _list(key, before, after)
    else:
        yield key, _written(name, before), _written(name, after)


def _text(key: str, before: Text | None, after: Text | None) -> Iterator[_Value]:
    """By language, where a text is there in more than one."""
    was = _languages(before)
    now = _languages(after)
    for language in sorted({*was, *now}):
        if was.get(language) != now.get(language):
            named = f"{key} ({language})" if language else key
            yield named, _quoted(was.get(language)), _quoted(now.get(language))


def _languages(text: Text | None) -> Mapping[str, str]:
    return {} if text is None else (text.by_language or {"": text.default})


def _quoted(text: str | None) -> str | None:
    return None if text is None else f"“{text}”"


def _list(key: str, before: Sequence[Any], after: Sequence[Any]) -> Iterator[_Value]:
    """Entries of a list that has no ids: what is gone, what is new, and what stands in the place of what."""
    was, now = list(map(_entry, before)), list(map(_entry, after))
    for _, i, i_end, j, j_end in SequenceMatcher(a=was, b=now, autojunk=False).get_opcodes():
        if was[i:i_end] == now[j:j_end]:
            continue
        for index in range(max(i_end - i, j_end - j)):
            yield (
                key,
                was[i + index] if i + index < i_end else None,
                now[j + index] if j + index < j_end else None,
            )


def _entry(value: Text | str) -> str:
    return f"“{value}”" if isinstance(value, str) else " / ".join(f"“{each}”" for each in _languages(value).values())


def _time(say: Say) -> str:
    match say.at:
        case "after":
            return f"at {notation.duration(say.offset_ms)}"
        case "before_end":
            return f"{notation.duration(say.offset_ms)} left"
        case _:
            return say.at


def _keyed(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Value]:
    for name in (*before, *(name for name in after if name not in before)):
        was, now = before.get(name), after.get(name)
        if was == now:
            continue
        if isinstance(was, Text) or isinstance(now, Text):
            yield from _text(f"{key} {name}", was, now)
        else:
            yield f"{key} {name}", was, now


def _written(name: str, value: Any) -> str | None:
    """A value as the author writes it; the name of its field says its unit."""
    if value is None or value == ():
        return None
    match value:
        case bool():
            if name == "both_sides":
                return "both" if value else "one"
            if name == "has_dose":
                return "counted" if value else "none"
            if name == "yes_no":
                return "yes_no" if value else "0-10"
            if name == "chosen_at_assignment":
                return "chosen at assignment" if value else "lowest rung"
            return "true" if value else "false"
        case Reference():
            return notation.reference(value)
        case DayAnchor():
            return notation.anchor(value)
        case Frequency():
            return notation.frequency(value)
        case Breath():
            parts = (("in", value.in_ms), ("hold", value.hold_ms), ("out", value.out_ms), ("pause", value.pause_ms))
            return ", ".join(f"{part} {notation.duration(ms)}" for part, ms in parts if ms)
        case Check():
            return f"{value.scale} every {notation.duration(value.every_ms)}"
        case Condition() | Rule():
            return notation.condition(value)
        case Instead():
            return notation.instead(value)
        case Comparison():
            return f"{value.scale}_{value.test}: {value.value}"
        case AfterGap():
            return f"{{of: {notation.days(value.of_days)}, down: {value.down}}}"
        case Text():
            return _entry(value)
        case tuple():
            return ", ".join(filter(None, (_written(name, each) for each in value)))
    if name.endswith("_ms"):
        return notation.duration(value)
    if name.endswith("_days"):
        return notation.days(value)
    if name in ("size", "size_mm"):
        return notation.size(value)
    if name in _SHARES:
        return notation.share(value)
    return str(value)


# -- parts with ids ---------------------------------------------------------------------------------------------------


def _parts(
    section: Section,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    compare: Callable[[Any, Any], Iterable[_Value]],
    touches: Callable[[str], frozenset[str] | None],
) -> Iterator[Difference]:
    for part_id in (*old, *(part_id for part_id in new if part_id not in old)):
        before, after = old.get(part_id), new.get(part_id)
        about = Difference(
            change="changed",
            section=section,
            id=part_id,
            title=_title(after or before, part_id),
            touches=touches(part_id),
        )
        if before is None or after is None:
            yield replace(about, change="added" if before is None else "removed")
        elif before != after:
            yield from (_told(about, value) for value in compare(before, after))


def _told(about: Difference, value: _Value) -> Difference:
    key, before, after = value
    change: Change = "added" if before is None else "removed" if after is None else "changed"
    return replace(about, change=change, key=key, before=before, after=after)


def _title(part: Any, part_id: str) -> str:
    title = getattr(part, "title", None)
    return title.default if isinstance(title, Text) else part_id


def _by_id(parts: Iterable[Any]) -> dict[str, Any]:
    return {part.id: part for part in parts}


def _of_program(old: Program, new: Program) -> Iterator[Difference]:
    about = Difference(change="changed", section="program", id="", title=new.title.default)
    for name in (
        "title", "language", "summary", "author", "reviewed_by", "reviewed_on", "evidence", "equipment", "cautions",
    ):  # fmt: skip
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield from (_told(about, value) for value in _value(name, before, after))


def _parameter(old: Parameter, new: Parameter) -> Iterator[_Value]:
    for name in ("default", "minimum", "maximum"):
        before, after = getattr(old, name), getattr(new, name)
        if before != after or old.type != new.type:
            yield _KEYS.get(name, name), _amount(before, old.type), _amount(after, new.type)
    yield from _value("type", old.type, new.type) if old.type != new.type else ()
    yield from _text("label", old.label, new.label)


def _amount(value: float | None, kind: AmountKind) -> str | None:
    return None if value is None else notation.amount(value, kind)


def _ladder(old: Ladder, new: Ladder) -> Iterator[_Value]:
    if old.rungs is None or new.rungs is None:
        if old.rungs != new.rungs:
            yield "rungs", _rungs(old), _rungs(new)
    else:
        before, after = _by_id(old.rungs), _by_id(new.rungs)
        if list(before) != list(after):
            yield "rungs", _rungs(old), _rungs(new)
        for rung_id in [each for each in before if each in after]:
            yield from _keyed(f"rung {rung_id}", _rung_values(before[rung_id]), _rung_values(after[rung_id]))
    for value in _fields_of(old, new, besides=("rungs",)):
        if value[0] == "locked" and old.unlocked_when != new.unlocked_when and value[1] in ("true", "false"):
            continue  # said already by what unlocks it
        yield value


def _rungs(ladder: Ladder) -> str:
    return "own set" if ladder.rungs is None else ", ".join(rung.id for rung in ladder.rungs)


def _rung_values(rung: Any) -> dict[str, str]:
    values = {} if rung.size_mm is None else {"size": notation.size(rung.size_mm)}
    return values | {key: notation.amount(value, rung.kinds.get(key, "count")) for key, value in rung.values.items()}


def _alert(old: Alert, new: Alert) -> Iterator[_Value]:
    yield from _keyed("when", _watched(old), _watched(new))
    yield from _fields_of(old, new, besides=("on", "value", "comparisons", "times", "within_days"))


def _watched(alert: Alert) -> dict[str, str]:
    """What stands under `when`, key by key."""
    match alert.on:
        case "no_session":
            return {"no_session_for": notation.days(alert.value)}
        case "comfort_down":
            return {"comfort_down": str(alert.value), "in_checks": str(alert.times)}
        case _:
            found = {f"{each.scale}_{each.test}": str(each.value) for each in alert.comparisons}
            found["times"] = str(alert.times)
            return found if alert.within_days is None else found | {"within": notation.days(alert.within_days)}


def _users(
    of: Callable[[Program, str], frozenset[str]], programs: Sequence[Program]
) -> Callable[[str], frozenset[str] | None]:
    """Of a part's id the sessions that use it, before the change or after it."""
    return lambda part_id: frozenset().union(*(of(program, part_id) for program in programs))


def _everybody(_part_id: str) -> None:
    return None


# -- sessions and phases ----------------------------------------------------------------------------------------------


def _sessions(old: Program, new: Program) -> Iterator[Difference]:
    for session_id in (*old.sessions, *(each for each in new.sessions if each not in old.sessions)):
        before, after = old.sessions.get(session_id), new.sessions.get(session_id)
        shown = after or before
        assert shown is not None
        about = Difference(
            change="changed",
            section="sessions",
            id=session_id,
            title=shown.title.default,
            touches=uses.of_session(old, session_id) | uses.of_session(new, session_id),
        )
        if before is None or after is None:
            yield replace(about, change="added" if before is None else "removed")
            continue
        yield from _session(about, before, after, old, new)


def _session(about: Difference, before: Session, after: Session, old: Program, new: Program) -> Iterator[Difference]:
    for part in ("warm_up", "steps", "finish"):
        yield from _steps(about, part, getattr(before, part), getattr(after, part), old, new)
    yield from (_told(about, value) for value in _fields_of(before, after, besides=_TOLD_APART))
    was, now = _by_id(before.variants), _by_id(after.variants)
    for variant_id in (*was, *(each for each in now if each not in was)):
        first: Variant | None = was.get(variant_id)
        second: Variant | None = now.get(variant_id)
        if first is None or second is None:
            there = first or second
            assert there is not None
            named = f"“{there.title.default}”"
            yield _told(about, (f"variant {variant_id}", named if first else None, named if second else None))
            continue
        for key, value_before, value_after in _fields_of(first, second, besides=("steps",)):
            yield _told(about, (f"variant {variant_id} {key}", value_before, value_after))
        if (first.steps is None) != (second.steps is None):
            yield _told(about, (f"variant {variant_id} steps", _order(first.steps, old), _order(second.steps, new)))
        elif first.steps is not None and second.steps is not None:
            yield from _steps(about, f"variant {variant_id} steps", first.steps, second.steps, old, new)


def _order(steps: Sequence[Step] | None, program: Program) -> str | None:
    return None if steps is None else ", ".join(_named(step.exercise, program) for step in steps) or "none"


def _named(exercise: Exercise, program: Program) -> str:
    """A step as it stands in a list: the exercise's id, and what this step says itself."""
    own = program.exercises[exercise.id]
    said = [f"{key} {after}" for key, _, after in _fields_of(own, exercise) if after is not None]
    return f"{exercise.id} ({', '.join(said)})" if said else exercise.id


def _steps(
    about: Difference, part: str, before: Sequence[Step], after: Sequence[Step], old: Program, new: Program
) -> Iterator[Difference]:
    """Steps that came or went, as the whole list; and what those that stayed say themselves."""
    was, now = [step.exercise.id for step in before], [step.exercise.id for step in after]
    if was != now:
        yield _told(about, (part, _order(before, old), _order(after, new)))
    for _, i, i_end, j, j_end in SequenceMatcher(a=was, b=now, autojunk=False).get_opcodes():
        if i_end - i != j_end - j or was[i:i_end] != now[j:j_end]:
            continue
        for first, second in zip(before[i:i_end], after[j:j_end], strict=True):
            yield from _step(about, first.exercise, second.exercise, old, new)


def _step(about: Difference, before: Exercise, after: Exercise, old: Program, new: Program) -> Iterator[Difference]:
    """What the step does differently, other than what its exercise already does."""
    own_before, own_after = old.exercises.get(before.id), new.exercises.get(after.id)
    for field in fields(Exercise):
        first, second = getattr(before, field.name), getattr(after, field.name)
        if first == second:
            continue
        follows = (
            own_before is not None
            and own_after is not None
            and first == getattr(own_before, field.name)
            and second == getattr(own_after, field.name)
        )
        if not follows:
            for value in _value(field.name, first, second):
                title = after.title.default
                others = [
                    each for each in new.exercises.values() if each.title.default == title and each.id != after.id
                ]
                yield replace(_told(about, value), step=f"{title}, {after.id}" if others else title)


def _phases(old: Program, new: Program) -> Iterator[Difference]:
    was, now = _by_id(old.phases), _by_id(new.phases)
    order = [phase_id for phase_id in was if phase_id in now]
    if order != [phase_id for phase_id in now if phase_id in was]:
        about = Difference(change="changed", section="program", id="", title=new.title.default)
        yield _told(about, ("phases", ", ".join(was), ", ".join(now)))
    renamed = _renamed(was, now)
    for phase_id in (*was, *(each for each in now if each not in was and each not in renamed.values())):
        before: Phase | None = was.get(phase_id)
        after: Phase | None = now.get(phase_id)
        shown = after or before
        assert shown is not None
        about = Difference(
            change="changed",
            section="phases",
            id=phase_id,
            title=shown.title.default,
            touches=frozenset(),
            phase=phase_id,
        )
        if phase_id in renamed:
            yield _told(about, ("id", phase_id, renamed[phase_id]))
            continue
        if before is None or after is None:
            yield replace(about, change="added" if before is None else "removed")
            continue
        values = list(_fields_of(before, after, besides=("do", "set")))
        values += _keyed("set", _set(before, old), _set(after, new))
        values += _keyed("do", _often(before), _often(after))
        yield from (_told(about, value) for value in values)


def _renamed(was: Mapping[str, Phase], now: Mapping[str, Phase]) -> dict[str, str]:
    """The old id -> the new one of each phase that is the same but for its id."""
    found: dict[str, str] = {}
    for old_id, before in was.items():
        if old_id not in now:
            for new_id, after in now.items():
                if new_id not in was and new_id not in found.values() and replace(before, id=new_id) == after:
                    found[old_id] = new_id
                    break
    return found


def _set(phase: Phase, program: Program) -> dict[str, str]:
    return {name: notation.amount(value, program.parameters[name].type) for name, value in phase.set.items()}


def _often(phase: Phase) -> dict[str, str]:
    return {assigned.session: notation.frequency(assigned.frequency) for assigned in phase.do}
