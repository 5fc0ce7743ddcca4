"""The session script: what the player plays, for one patient's rung, parameters and day. Values in, one object out.

Time is kept in whole milliseconds inside and given in seconds, exact multiples of 0.1.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypedDict

from coach.domain.program import (
    DOSE_KINDS,
    Comparison,
    Condition,
    Exercise,
    Ladder,
    Program,
    Reference,
    Rung,
    SafetyCheck,
    Scale,
    Session,
    Step,
    Text,
    Variant,
)
from coach.domain.questions import BUILT_IN, Moment, built_in

Do = Literal["get_ready", "hold", "rest", "contract", "relax", "in", "out", "pause", "switch", "tap", "block"]
Seconds = int | float

GET_READY_MS = 3000
MOST_CUES = 5000  # of one step; more is a slip of the pen, and nobody's session
MOST_STEPS, MOST_CUES_IN_ALL = 200, 10_000  # of one session
_WORK = frozenset({"hold", "contract", "relax", "in", "out", "pause", "block"})


class CannotCompile(ValueError):
    """This session cannot be made for these rungs and parameters; the message says what is missing."""


class NothingLeft(CannotCompile):
    """With these values every step of the session is left out."""


class Cue(TypedDict, total=False):
    """`for_s` is None for a tap, which then has `at_most_s`. `label` names the part, where parts are named."""

    at_s: Seconds
    for_s: Seconds | None
    at_most_s: Seconds
    do: Do
    rep: int | None
    of: int | None
    set: int | None
    side: Literal["left", "right"] | None
    label: str | None


class Script(TypedDict):
    """All texts are in `language`. `dose_s`: seconds of work per kind. `counts`: this variant's share of attendance."""

    version: int
    program: str
    session: str
    variant: str | None
    language: str
    title: str
    shortest_s: Seconds
    longest_s: Seconds
    dose_s: dict[str, Seconds]
    counts_when: float
    counts: float
    ask_before: list[dict[str, Any]]
    ask_after: list[dict[str, Any]]
    during: list[dict[str, Any]]
    safety: list[dict[str, Any]]
    stop_when: list[dict[str, Any]]
    ease_when: list[dict[str, Any]]
    instead: list[dict[str, Any]]
    steps: list[dict[str, Any]]


def compile_script(
    program: Program,
    session_id: str,
    *,
    rungs: Mapping[str, str],
    own_set: Sequence[Rung],
    parameters: Mapping[str, int | float],
    variant: str | None = None,
    nth: int = 1,
    language: str | None = None,
    leave_out: Collection[str] = (),
) -> Script:
    """The script of one session. Raises CannotCompile.

    `rungs`: ladder id to rung id; a ladder with rungs of its own starts at its first, one of the patient's own set has
    to be given. `parameters`: id to value, durations in ms; the program's defaults stand in for the rest. `nth`: the
    how-manieth session this is at its rung, from 1. `leave_out`: ids of exercises that are not for this day.
    """
    outer = _session(program, session_id)
    session = _turn(program, outer, nth)
    chosen = _variant(session, variant)
    into = language or program.language
    patient = _Patient(program, rungs, own_set, parameters, nth, into)

    steps: list[dict[str, Any]] = []
    shortest = longest = cues = 0
    dose: dict[str, int] = dict.fromkeys(DOSE_KINDS, 0)
    for exercise in _exercises(session, chosen, leave_out):
        if (made := _step(exercise, patient, chosen.scale if chosen else 1.0)) is None:
            continue
        cues += len(made.body["cues"])
        if len(steps) >= MOST_STEPS or cues > MOST_CUES_IN_ALL:
            raise CannotCompile(
                f"the session {session_id!r} would have more than {MOST_STEPS} steps or {MOST_CUES_IN_ALL} cues"
            )
        made.body["id"] = _free(exercise.id, {step["id"] for step in steps})
        steps.append({"id": made.body.pop("id"), **made.body})
        shortest += made.shortest_ms
        longest += made.longest_ms
        if made.dose_kind is not None:
            dose[made.dose_kind] += made.dose_ms
    if not steps:
        raise NothingLeft(f"nothing is left of the session {session_id!r} with these values")

    return {
        "version": 1,
        "program": program.id,
        "session": session_id,
        "variant": variant,
        "language": into,
        "title": session.title.in_language(into),
        "shortest_s": seconds(shortest),
        "longest_s": seconds(longest),
        "dose_s": {kind: seconds(ms) for kind, ms in dose.items()},
        "counts_when": session.counts_when,
        "counts": chosen.counts if chosen else 1.0,
        "ask_before": [question(program, scale, "before", into) for scale in session.ask_before],
        "ask_after": [question(program, scale, "after", into) for scale in session.ask_after],
        "during": [question(program, scale, "during", into) for scale in _asked_during(session, steps)],
        "safety": [],
        "stop_when": [_condition(condition) for condition in session.stop_when],
        "ease_when": [_condition(condition) for condition in session.ease_when],
        "instead": [
            {"scale": other.scale, "answer": other.answer, "session": other.session} for other in session.instead_when
        ],
        "steps": steps,
    }


def with_safety(script: Script, checks: Iterable[SafetyCheck]) -> Script:
    """The same script that first asks these safety checks."""
    into = script["language"]
    asked = [
        {
            "id": check.id,
            "ask": check.ask.in_language(into),
            "urgency": check.urgency,
            "say": check.say.in_language(into),
        }
        for check in checks
    ]
    return {**script, "safety": asked}


def script_hash(script: Script) -> str:
    """SHA-256 of the canonical JSON, in hexadecimal."""
    canonical = json.dumps(script, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def question(program: Program, scale: str, moment: Moment, language: str) -> dict[str, Any]:
    """What is asked on this scale at this moment: `{scale, ask, low, high, answer: "0-10" | "yes_no"}`."""
    asked: Scale | None = program.scales.get(scale)
    if asked is None:
        if scale not in BUILT_IN:
            raise CannotCompile(f"the program has no scale {scale!r}")
        asked = built_in(scale, moment)
    return {
        "scale": scale,
        "ask": asked.ask.in_language(language),
        "low": asked.low.in_language(language) if asked.low else None,
        "high": asked.high.in_language(language) if asked.high else None,
        "answer": "yes_no" if asked.yes_no else "0-10",
    }


def largest_mm(script: Script) -> float | None:
    """The largest size that the script names. No path goes above it: a gate offers smaller ones only."""
    return max((step["size_mm"] for step in script["steps"] if step["size_mm"] is not None), default=None)


def seconds(milliseconds: int) -> Seconds:
    """Seconds to 0.1, a whole number where it is one."""
    tenths = (milliseconds + 50) // 100
    return tenths // 10 if tenths % 10 == 0 else tenths / 10


# -- which steps ------------------------------------------------------------------------------------------------------


def _session(program: Program, session_id: str) -> Session:
    try:
        return program.sessions[session_id]
    except KeyError:
        known = ", ".join(program.sessions) or "none"
        raise CannotCompile(f"the program has no session {session_id!r}; it has {known}") from None


def _turn(program: Program, outer: Session, nth: int) -> Session:
    """Of sessions done in turn the one whose turn it is; what the outer one says itself goes before it."""
    if nth < 1:
        raise CannotCompile("the first session is number 1")
    if not outer.alternate:
        return outer
    inner = _session(program, outer.alternate[(nth - 1) % len(outer.alternate)])
    if inner.alternate:
        raise CannotCompile(f"{outer.id!r} takes turns with {inner.id!r}, which takes turns itself")
    written = {
        name: value
        for name in ("ask_before", "ask_after", "variants", "ease_when", "stop_when", "instead_when")
        if (value := getattr(outer, name))
    }
    return replace(inner, title=outer.title, **written)


def _variant(session: Session, variant: str | None) -> Variant | None:
    if variant is None:
        return None
    for candidate in session.variants:
        if candidate.id == variant:
            return candidate
    known = ", ".join(each.id for each in session.variants) or "none"
    raise CannotCompile(f"the session {session.id!r} has no variant {variant!r}; it has {known}")


def _exercises(session: Session, variant: Variant | None, leave_out: Collection[str]) -> Iterable[Exercise]:
    steps: tuple[Step, ...] = session.steps if variant is None or variant.steps is None else variant.steps
    without = {*leave_out, *(variant.leave_out if variant else ())}
    for step in (*session.warm_up, *steps, *session.finish):
        if step.exercise.id not in without:
            yield step.exercise


def _asked_during(session: Session, steps: list[dict[str, Any]]) -> list[str]:
    """Pain and anxiety always, and every other scale that a rule of the session or a check inside a step listens to."""
    heard = [clause.scale for rule in (*session.stop_when, *session.ease_when) for clause in rule.all_of]
    heard += [step["check"]["scale"] for step in steps if step["check"]]
    return list(dict.fromkeys((*BUILT_IN, *heard)))


def _free(wanted: str, taken: set[str]) -> str:
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}_{number}", number + 1
    return name


# -- values for this patient ------------------------------------------------------------------------------------------


class _NoNeighbour(Exception):
    """The ladder has no rung there: the step is left out."""


@dataclass(frozen=True, slots=True)
class _Patient:
    """Everything that a reference can mean today."""

    program: Program
    rungs: Mapping[str, str]
    own_set: Sequence[Rung]
    parameters: Mapping[str, int | float]
    nth: int
    language: str

    def text(self, text: Text | None) -> str:
        return text.in_language(self.language) if text else ""

    def ms(self, value: int | Reference) -> int:
        if isinstance(value, Reference):
            value = round(self._value(value))
        return (value + 50) // 100 * 100

    def count(self, value: int | Reference) -> int:
        return int(self._value(value)) if isinstance(value, Reference) else value

    def size(self, value: float | Reference | None) -> tuple[str | None, Rung | None, float | None]:
        """The ladder, the rung on it and the size in mm; a size written in mm stands on no ladder."""
        if value is None:
            return None, None, None
        if not isinstance(value, Reference):
            return None, None, value
        if value.name in self.program.parameters:
            return None, None, float(self._value(value))
        rung = self._neighbour(self._ladder(value.name), value.offset)
        if rung.size_mm is None:
            raise CannotCompile(f"the rung {rung.id!r} of {value.name!r} has no size")
        return value.name, rung, rung.size_mm

    def stands_on(self, exercise: Exercise) -> dict[str, str]:
        """Ladder -> today's own rung on it, for each ladder that a value of the exercise comes from. A neighbour
        (`$dilator - 1`) stands on the ladder too: the rung is still the one that the patient was placed on."""
        names = {reference.name for reference in exercise.references} & set(self.program.ladders)
        return {name: self._neighbour(self._ladder(name), 0).id for name in sorted(names)}

    def smaller(self, size: float | Reference | None) -> list[Rung]:
        """What may take the place of that size, next smaller first. A size above today's own (`$dilator + 1`) is there
        for its own sake: nothing takes its place, and with a smaller limit its step is left out."""
        ladder, _, than_mm = self.size(size)
        if than_mm is None or (isinstance(size, Reference) and size.offset > 0):
            return []
        rungs = self._rungs(self._ladder(ladder)) if ladder else self.own_set
        sized = [rung for rung in rungs if rung.size_mm is not None and rung.size_mm < than_mm]
        return sorted(sized, key=lambda rung: rung.size_mm or 0, reverse=True)

    def _value(self, reference: Reference) -> int | float:
        if reference.field is None and (parameter := self.program.parameters.get(reference.name)):
            return self.parameters.get(reference.name, parameter.default)
        rung = self._neighbour(self._ladder(reference.name), reference.offset)
        if reference.field is None or reference.field == "size":
            if rung.size_mm is not None:
                return rung.size_mm
        elif reference.field in rung.values:
            return rung.values[reference.field]
        raise CannotCompile(f"the rung {rung.id!r} of {reference.name!r} has no {reference.field or 'size'}")

    def _ladder(self, name: str) -> Ladder:
        try:
            return self.program.ladders[name]
        except KeyError:
            raise CannotCompile(f"the program has no ladder or parameter {name!r}") from None

    def _rungs(self, ladder: Ladder) -> Sequence[Rung]:
        if ladder.rungs is not None:
            return ladder.rungs
        if not self.own_set:
            raise CannotCompile(f"the ladder {ladder.id!r} is the patient's own set, and she has none yet")
        return sorted(self.own_set, key=lambda rung: rung.size_mm or 0)

    def _neighbour(self, ladder: Ladder, offset: int) -> Rung:
        rungs = self._rungs(ladder)
        placed = self.rungs.get(ladder.id)
        if placed is None:
            if ladder.rungs is None or ladder.chosen_at_assignment:
                raise CannotCompile(f"the rung on the ladder {ladder.id!r} has not been chosen")
            placed = rungs[0].id
        index = next((i for i, rung in enumerate(rungs) if rung.id == placed), None)
        if index is None:
            known = ", ".join(rung.id for rung in rungs)
            raise CannotCompile(f"the ladder {ladder.id!r} has no rung {placed!r}; it has {known}")
        if not 0 <= index + offset < len(rungs):
            raise _NoNeighbour
        return rungs[index + offset]


# -- one step ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Made:
    body: dict[str, Any]
    shortest_ms: int
    longest_ms: int
    dose_ms: int
    dose_kind: str | None


class _Cues:
    """Cues laid end to end."""

    def __init__(self) -> None:
        self.all: list[Cue] = []
        self.at_ms = 0
        self.work_ms = 0

    def add(
        self,
        do: Do,
        ms: int,
        rep: int | None = None,
        of: int | None = None,
        nth_set: int | None = None,
        side: Literal["left", "right"] | None = None,
        label: str | None = None,
    ) -> None:
        if ms <= 0:
            return
        if len(self.all) >= MOST_CUES:
            raise CannotCompile(f"one step would have more than {MOST_CUES} cues")
        self.all.append(
            {
                "at_s": seconds(self.at_ms),
                "for_s": seconds(ms),
                "do": do,
                "rep": rep,
                "of": of,
                "set": nth_set,
                "side": side,
                "label": label,
            }
        )
        self.at_ms += ms
        if do in _WORK:
            self.work_ms += ms


def _step(exercise: Exercise, patient: _Patient, scale: float) -> _Made | None:
    """One step of a script, or None where it is left out: no repetition, no time, or no such neighbour."""
    try:
        ladder, rung, size_mm = patient.size(exercise.size)
        cues = _cues(exercise, patient, scale)
    except _NoNeighbour:
        return None
    if cues is None:
        return None
    is_tap = exercise.at_most_ms is not None
    at_most = patient.ms(exercise.at_most_ms) if exercise.at_most_ms is not None else 0
    before_tap = cues.at_ms
    if is_tap:
        cues.all.append(
            {
                "at_s": seconds(before_tap),
                "for_s": None,
                "at_most_s": seconds(at_most),
                "do": "tap",
                "rep": None,
                "of": None,
                "set": None,
                "side": None,
                "label": None,
            }
        )
    has_dose = exercise.has_dose and not is_tap and exercise.kind in DOSE_KINDS
    first_work = next((cue["at_s"] for cue in cues.all if cue["do"] != "get_ready"), 0)
    body = {
        "id": exercise.id,
        "exercise": exercise.id,
        "kind": exercise.kind,
        "title": patient.text(exercise.title),
        "cue": patient.text(exercise.cue),
        "size_mm": _mm(size_mm),
        "rung": rung.id if rung else None,
        "ladder": ladder,
        "on": patient.stands_on(exercise),
        "smaller": [{"rung": other.id, "size_mm": _mm(other.size_mm)} for other in patient.smaller(exercise.size)],
        "gate": exercise.kind == "dilator",
        "dose": exercise.kind if has_dose else None,
        "length_s": None if is_tap else seconds(cues.at_ms),
        "check": {"scale": exercise.check.scale, "every_s": seconds(exercise.check.every_ms)}
        if exercise.check
        else None,
        "swap": exercise.swap,
        "captions": _captions(exercise, patient, round(first_work * 1000), None if is_tap else cues.at_ms, at_most),
        "cues": cues.all,
    }
    return _Made(
        body,
        shortest_ms=before_tap,
        longest_ms=before_tap + at_most if is_tap else cues.at_ms,
        dose_ms=cues.work_ms if has_dose else 0,
        dose_kind=exercise.kind if has_dose else None,
    )


def _mm(size: float | None) -> float | None:
    return int(size) if size is not None and size == int(size) else size


def _cues(exercise: Exercise, patient: _Patient, scale: float) -> _Cues | None:
    cues = _Cues()
    if exercise.get_ready_ms is not None:
        get_ready = patient.ms(exercise.get_ready_ms)
    else:
        timed = exercise.breathe is None and exercise.at_most_ms is None and exercise.kind != "preparation"
        get_ready = GET_READY_MS if timed else 0
    cues.add("get_ready", get_ready)
    if exercise.at_most_ms is not None:
        return cues
    reps, sets = _reps(exercise, patient, scale), patient.count(exercise.sets)
    if reps <= 0 or sets <= 0:
        return None
    rest, set_rest = patient.ms(exercise.rest_ms), patient.ms(exercise.set_rest_ms)
    work = tuple(_work(exercise, patient, scale))
    sides: tuple[Literal["left", "right"] | None, ...] = ("left", "right") if exercise.both_sides else (None,)
    for side in sides:
        if side == "right":
            cues.add("switch", patient.ms(exercise.switch_ms))
        for nth_set in range(1, sets + 1):
            for rep in range(1, reps + 1):
                label = patient.text(exercise.parts[rep - 1]) if exercise.parts else None
                for do, ms in work:
                    cues.add(do, ms, rep, reps, nth_set, side, label)
                if rep < reps:
                    cues.add("rest", rest, rep, reps, nth_set, side)
            if nth_set < sets:
                cues.add("rest", set_rest, None, None, nth_set, side)
    return cues if cues.work_ms else None


def _reps(exercise: Exercise, patient: _Patient, scale: float) -> int:
    if exercise.parts:
        return len(exercise.parts)
    if exercise.breathe is not None and exercise.for_ms:
        length = _scaled(_for_ms(exercise, patient), scale)
        breath = sum(ms for _, ms in _work(exercise, patient, scale))
        return max(1, length // breath) if length > 0 and breath > 0 else 0
    if exercise.for_ms:
        return 1
    reps = patient.count(exercise.reps) if exercise.reps is not None else 1
    return math.ceil(round(reps * scale, 6))


def _work(exercise: Exercise, patient: _Patient, scale: float) -> Iterable[tuple[Do, int]]:
    """What one repetition consists of."""
    if exercise.breathe is not None:
        breath = exercise.breathe
        return (
            ("in", patient.ms(breath.in_ms)),
            ("hold", patient.ms(breath.hold_ms)),
            ("out", patient.ms(breath.out_ms)),
            ("pause", patient.ms(breath.pause_ms)),
        )
    if exercise.contract_ms is not None:
        return ("contract", patient.ms(exercise.contract_ms)), ("relax", patient.ms(exercise.relax_ms or 0))
    if exercise.hold_ms is not None:
        return (("hold", patient.ms(exercise.hold_ms)),)
    return (("block", _scaled(_for_ms(exercise, patient), scale)),)


def _for_ms(exercise: Exercise, patient: _Patient) -> int:
    return patient.ms(exercise.for_ms[min(patient.nth, len(exercise.for_ms)) - 1])


def _scaled(ms: int, scale: float) -> int:
    """Never to nothing: a shorter step is still a step."""
    return max(100, round(ms * scale / 100) * 100) if ms else 0


def _captions(
    exercise: Exercise, patient: _Patient, start: int, length: int | None, at_most: int
) -> list[dict[str, Any]]:
    """Spoken texts by time, counted from the step's own start; what would lie past its end is left out."""
    end = length if length is not None else start + at_most
    captions = []
    for say in exercise.say:
        match say.at:
            case "start":
                at = start
            case "half":
                at = start + (end - start) // 200 * 100
            case "end":
                at = max(start, end - 2000)  # said while the step is still on the screen
            case "after":
                at = start + say.offset_ms
            case _:  # before_end
                at = end - say.offset_ms
        if start <= at < end and not (length is None and say.at in ("half", "end", "before_end")):
            captions.append({"at_s": seconds(at), "text": patient.text(say.text)})
    return sorted(captions, key=lambda caption: caption["at_s"])


def _condition(condition: Condition) -> dict[str, Any]:
    return {
        "all": [_comparison(clause) for clause in condition.all_of],
        "still_after_s": seconds(condition.still_after_ms),
    }


def _comparison(clause: Comparison) -> dict[str, Any]:
    return {"scale": clause.scale, "test": clause.test, "value": clause.value}
