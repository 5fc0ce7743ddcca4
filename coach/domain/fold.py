"""What a session's events add up to. The same rules stand in static/js/player/fold.js; a test holds them together.

Total: whatever the log holds, nothing raises; an event that is unknown, malformed or not possible where it stands
changes nothing. Times are whole milliseconds. Events are taken in order of `seq`, each `seq` once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

Script = Mapping[str, Any]
Status = Literal["new", "running", "paused", "stopped", "finished"]
Outcome = Literal["open", "complete", "partial", "stopped"]
Mark = Literal["done", "skipped", "declined", "stayed"]

WORK = frozenset({"hold", "contract", "relax", "in", "out", "pause", "block"})
KINDS = (
    "started",
    "paused",
    "resumed",
    "ready",
    "smaller",
    "declined",
    "skipped",
    "answered",
    "continued",
    "tapped",
    "stayed",
    "stopped",
    "reasoned",
    "noted",
    "finished",
)
# Pauses that nobody chose; what goes into the body is asked for again after them.
AWAY = ("hidden", "gap", "sleep", "state", "reload")
STOP_REASONS = ("pain", "fear", "safety", "interrupted", "time", "other")
# Stopping for one of these, or for none that was said, counts as attended:
# nobody has a reason to go on against pain or fear.
_ATTENDED = (None, "pain", "fear", "safety", "instead")
_REASON_OF_SCALE = {"pain": "pain", "anxiety": "fear"}


class Rating(TypedDict):
    """0-10, or None where nothing was answered; `last` is the latest one before the questions at the end."""

    before: int | None
    last: int | None
    peak: int | None
    after: int | None


class State(TypedDict):
    """Where a session stands. Lists have one entry a step of the script."""

    seq: int
    status: Status
    stage: int
    cue: int
    cue_ms: int
    step_ms: int
    checked: int
    asked: list[str]
    limit_mm: float | None
    declined: bool
    offer: str | None
    instead: str | None
    stop_reason: str | None
    by_rule: bool
    red_flag: bool
    stayed: bool
    guided_ms: int
    lost_ms: int
    work_ms: list[int]
    marks: list[Mark | None]
    sizes: list[float | None]
    ratings: dict[str, Rating]
    since: dict[str, int]


class Stage(TypedDict):
    """`ask` has a moment (safety, before, after); `gate` and `step` the index of their step; `end` neither."""

    type: Literal["ask", "gate", "step", "end"]
    moment: str | None
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepResult:
    """One step: work asked and done in ms, the size used in mm, and how it ended (None: not reached)."""

    id: str
    kind: str
    asked_ms: int
    done_ms: int
    size_mm: float | None
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResult:
    """What a session came to. `share` is work done of work asked; `credit` what it gives to attendance; both 0 to 1.
    `size_mm` is the size of the longest work, the larger of two: a touch of the next one does not count as using it."""

    outcome: Outcome
    stop_reason: str | None
    share: float
    credit: float
    dose_ms: dict[str, int]
    asked_ms: dict[str, int]
    size_mm: float | None
    rung: str | None
    pain_before: int | None
    pain_peak: int | None
    pain_after: int | None
    anxiety_before: int | None
    anxiety_peak: int | None
    anxiety_after: int | None
    guided_ms: int
    lost_ms: int
    red_flag: bool
    stayed: bool
    instead: str | None
    steps: tuple[StepResult, ...]


def fold(script: Script, events: Iterable[object]) -> State:
    """The state after these events, given in any order; a `seq` that comes twice counts once."""
    known = [event for event in events if isinstance(event, Mapping) and _whole(event.get("seq"), 0) > 0]
    run = _Run(script, initial(script))
    for event in sorted(known, key=lambda event: int(event["seq"])):
        run.apply(event)
    return run.state


def initial(script: Script) -> State:
    steps = len(script["steps"])
    return State(
        seq=0,
        status="new",
        stage=0,
        cue=0,
        cue_ms=0,
        step_ms=0,
        checked=0,
        asked=[],
        limit_mm=None,
        declined=False,
        offer=None,
        instead=None,
        stop_reason=None,
        by_rule=False,
        red_flag=False,
        stayed=False,
        guided_ms=0,
        lost_ms=0,
        work_ms=[0] * steps,
        marks=[None] * steps,
        sizes=[None] * steps,
        ratings={},
        since={},
    )


def apply(script: Script, state: State, event: Mapping[str, Any]) -> State:
    """The state after one more event; `state` itself is left as it was."""
    run = _Run(script, _copy(state))
    run.apply(event)
    return run.state


def advance(script: Script, state: State, guided_ms: int) -> State:
    """The state after so much more guided time; `state` itself is left as it was."""
    run = _Run(script, _copy(state))
    run.advance(guided_ms)
    return run.state


def stages(script: Script) -> list[Stage]:
    """Questions, gates and steps in the order in which they come; the last one is the end."""
    found: list[Stage] = []
    for moment, questions in (("safety", "safety"), ("before", "ask_before")):
        if script.get(questions):
            found.append(Stage(type="ask", moment=moment, step=None))
    for index, step in enumerate(script["steps"]):
        if step.get("gate"):
            found.append(Stage(type="gate", moment=None, step=index))
        found.append(Stage(type="step", moment=None, step=index))
    if script.get("ask_after"):
        found.append(Stage(type="ask", moment="after", step=None))
    found.append(Stage(type="end", moment=None, step=None))
    return found


def current_stage(script: Script, state: State) -> Stage:
    return stages(script)[state["stage"]]


def questions(script: Script, moment: str) -> list[Mapping[str, Any]]:
    """The questions of a moment; each has its `scale`, and a safety check's scale is its id."""
    if moment == "safety":
        return [{"scale": check["id"], "answer": "yes_no", **check} for check in script.get("safety") or ()]
    return list(script.get({"before": "ask_before", "after": "ask_after", "during": "during"}[moment]) or ())


def is_urgent(check: Mapping[str, Any]) -> bool:
    """Whether a yes to it ends the session; to a routine one it is written down, and the practice goes on."""
    return check.get("urgency") != "routine"


def told(script: Script, events: Iterable[object]) -> list[Mapping[str, Any]]:
    """The safety checks of a script that were answered with yes, in the script's order."""
    bodies = [event.get("body") for event in events if isinstance(event, Mapping) and event.get("kind") == "answered"]
    yes = {
        str(body.get("check"))
        for body in bodies
        if isinstance(body, Mapping) and body.get("moment") == "safety" and body.get("value") == 1
    }
    return [check for check in script.get("safety") or () if check["id"] in yes]


def size_of(script: Script, state: State, index: int) -> float | None:
    """The size in mm at which a step is done now: its own, or the largest smaller one within today's limit."""
    sizes = _sizes(script["steps"][index])
    limit = state["limit_mm"]
    return next((size for size, _ in sizes if limit is None or size <= limit), None)


def waits(script: Script, state: State) -> bool:
    """Whether a tap step has used up its time and waits for the patient to say how it goes on."""
    cue = _Run(script, state).cue()
    return cue is not None and cue["for_s"] is None and state["cue_ms"] >= _at_most(cue)


def result_of(script: Script, events: Iterable[object]) -> SessionResult:
    return result(script, fold(script, events))


def result(script: Script, state: State) -> SessionResult:
    steps = script["steps"]
    dose: dict[str, int] = {}
    asked: dict[str, int] = {}
    rows = []
    held: dict[float, tuple[int, float]] = {}  # by size: how long, then how large, to choose between two
    rungs: dict[float, str | None] = {}
    for index, step in enumerate(steps):
        want = _work(step)
        done = min(state["work_ms"][index], want)
        if step.get("dose"):
            asked[step["dose"]] = asked.get(step["dose"], 0) + want
            dose[step["dose"]] = dose.get(step["dose"], 0) + done
        size = state["sizes"][index]
        if size is not None:
            held[size] = (held.get(size, (0, size))[0] + done, size)
            rungs[size] = next((r for s, r in _sizes(step) if s == size), None)
        rows.append(
            StepResult(
                id=step["id"],
                kind=step["kind"],
                asked_ms=want,
                done_ms=done,
                size_mm=size,
                mark=state["marks"][index],
            )
        )
    used = max(held, key=lambda size: held[size]) if held else None
    total = sum(asked.values())
    if total:
        share = sum(dose.values()) / total
    else:
        share = sum(mark in ("done", "stayed") for mark in state["marks"]) / len(steps) if steps else 0.0
    counts = script.get("counts", 1)
    # Waiting at the opening without going in is a session that was attended (clinical module M), and so is going on
    # without insertion: it must not give less than stopping there would.
    enough = share >= script.get("counts_when", 0.8)
    attended = enough or ((state["stayed"] or state["declined"]) and state["status"] == "finished")
    if state["status"] == "stopped":
        outcome: Outcome = "stopped"
    elif state["status"] == "finished":
        outcome = "complete" if enough else "partial"
    else:
        outcome = "open"
    if outcome == "stopped" and state["stop_reason"] in _ATTENDED:
        credit = 1.0
    else:
        credit = counts * 1.0 if attended else share * counts
    pain = state["ratings"].get("pain", _NO_RATING)
    anxiety = state["ratings"].get("anxiety", _NO_RATING)
    return SessionResult(
        outcome=outcome,
        stop_reason=state["stop_reason"],
        share=share,
        credit=credit,
        dose_ms=dose,
        asked_ms=asked,
        size_mm=used,
        rung=rungs.get(used) if used is not None else None,
        pain_before=pain["before"],
        pain_peak=pain["peak"],
        pain_after=pain["after"],
        anxiety_before=anxiety["before"],
        anxiety_peak=anxiety["peak"],
        anxiety_after=anxiety["after"],
        guided_ms=state["guided_ms"],
        lost_ms=state["lost_ms"],
        red_flag=state["red_flag"],
        stayed=state["stayed"],
        instead=state["instead"],
        steps=tuple(rows),
    )


def _copy(state: State) -> State:
    after = state.copy()
    after["asked"] = state["asked"].copy()
    after["work_ms"] = state["work_ms"].copy()
    after["marks"] = state["marks"].copy()
    after["sizes"] = state["sizes"].copy()
    after["ratings"] = {scale: rating.copy() for scale, rating in state["ratings"].items()}
    after["since"] = state["since"].copy()
    return after


_NO_RATING = Rating(before=None, last=None, peak=None, after=None)


def _whole(value: object, otherwise: int) -> int:
    """A whole number that both languages hold exactly, not negative; anything else is `otherwise`."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        return otherwise
    return value


def _ms(seconds: float) -> int:
    return int(seconds * 1000 + 0.5)


def _at_most(cue: Mapping[str, Any]) -> int:
    limit = cue.get("at_most_s")
    return 2**53 if limit is None else _ms(limit)


def _work(step: Mapping[str, Any]) -> int:
    return sum(_ms(cue["for_s"]) for cue in step["cues"] if cue["do"] in WORK and cue["for_s"] is not None)


def _sizes(step: Mapping[str, Any]) -> list[tuple[float, str | None]]:
    """The step's own size and the smaller ones, largest first; none for a step without a size."""
    if step.get("size_mm") is None:
        return []
    return [(step["size_mm"], step.get("rung")), *((r["size_mm"], r["rung"]) for r in step.get("smaller") or ())]


class _Run:
    """A script, the ways through it and a state that moves. The state is changed in place: callers copy."""

    __slots__ = ("script", "state", "ways")

    def __init__(self, script: Script, state: State) -> None:
        self.script = script
        self.state = state
        self.ways = stages(script)

    def stage(self) -> Stage:
        return self.ways[self.state["stage"]]

    def cue(self) -> Mapping[str, Any] | None:
        script, state = self.script, self.state
        stage = self.stage()
        if stage["type"] != "step":
            return None
        cues: Sequence[Mapping[str, Any]] = script["steps"][stage["step"]]["cues"]
        return cues[state["cue"]]

    def advance(self, guided_ms: object) -> None:
        state = self.state
        left = _whole(guided_ms, 0)
        while state["status"] == "running" and (cue := self.cue()) is not None:
            is_tap = cue["for_s"] is None
            length = _at_most(cue) if is_tap else _ms(cue["for_s"])
            taken = min(left, length - state["cue_ms"])
            left -= taken
            state["cue_ms"] += taken
            state["step_ms"] += taken
            state["guided_ms"] += taken
            if cue["do"] in WORK and not is_tap:
                index = self.stage()["step"]
                assert index is not None  # a cue belongs to a step
                state["work_ms"][index] += taken
            if is_tap or state["cue_ms"] < length:
                return
            self._next_cue()

    def _next_cue(self, mark: Mark = "done") -> None:
        script, state = self.script, self.state
        index = self.stage()["step"]
        assert index is not None  # only steps have cues
        state["cue"] += 1
        state["cue_ms"] = 0
        if state["cue"] >= len(script["steps"][index]["cues"]):
            state["marks"][index] = mark
            self._enter(state["stage"] + 1)

    def _enter(self, stage: int) -> None:
        """Goes to a stage, past steps that are declined, empty, or have no size within today's limit, and after waiting
        at the opening past all that have a size."""
        script, state = self.script, self.state
        ways = self.ways
        state["asked"] = []
        state["cue"] = state["cue_ms"] = state["step_ms"] = state["checked"] = 0
        while ways[stage]["type"] in ("gate", "step"):
            index = ways[stage]["step"]
            assert index is not None  # gates and steps name their step
            step = script["steps"][index]
            sized = bool(_sizes(step))
            too_large = sized and size_of(script, state, index) is None
            if (step.get("gate") and (state["declined"] or (state["stayed"] and sized))) or too_large:
                state["marks"][index] = "declined"
            elif not step["cues"]:
                state["marks"][index] = "done"
            else:
                break
            stage += 1
        state["stage"] = stage
        if ways[stage]["type"] == "end":
            state["status"] = "finished"

    def _leave_step(self, mark: Mark) -> None:
        """On to what follows the current step, from its gate or from within."""
        state = self.state
        ways = self.ways
        stage = ways[state["stage"]]
        assert stage["step"] is not None  # callers looked
        state["marks"][stage["step"]] = mark
        self._enter(state["stage"] + (2 if stage["type"] == "gate" else 1))

    def _chosen(self) -> None:
        """An offer was answered: that is what it waited for."""
        state = self.state
        if state["offer"] is not None:
            state["offer"] = None
            if state["status"] == "paused":
                state["status"] = "running"

    def apply(self, event: Mapping[str, Any]) -> None:
        state = self.state
        seq = _whole(event.get("seq"), 0)
        if seq <= state["seq"]:
            return
        state["seq"] = seq
        self.advance(event.get("guided_ms"))
        kind = event.get("kind")
        body = event.get("body")
        if not isinstance(body, Mapping):
            body = {}
        if kind == "started":
            if state["status"] == "new":
                state["status"] = "running"
                self._enter(0)
            return
        if state["status"] == "new":
            return
        if kind == "answered":
            self._answer(body, _whole(event.get("mono_ms"), 0))
        elif kind == "reasoned":
            if state["status"] == "stopped" and not state["by_rule"] and body.get("reason") in STOP_REASONS:
                state["stop_reason"] = body["reason"]
        elif state["status"] in ("running", "paused"):
            self._act(kind, body)

    def _act(self, kind: object, body: Mapping[str, Any]) -> None:
        script, state = self.script, self.state
        stage = self.stage()
        index = stage["step"]
        if kind == "paused":
            away = body.get("why") in AWAY
            if state["status"] == "running" or away:
                state["status"] = "paused"
                state["lost_ms"] += _whole(body.get("lost_ms"), 0)
                if away and index is not None and script["steps"][index].get("gate"):
                    self._back_to_gate()
        elif kind == "resumed":
            if state["offer"] is None:
                state["status"] = "running"
        elif kind == "continued":
            self._chosen()
        elif kind == "ready":
            if stage["type"] == "gate" and index is not None and state["offer"] is None:
                state["sizes"][index] = size_of(script, state, index)
                state["stage"] += 1
                state["status"] = "running"
        elif kind == "smaller":
            self._take_smaller()
        elif kind == "declined":
            if index is None or script["steps"][index].get("gate") or state["offer"] is not None:
                state["declined"] = True
                self._chosen()
                if index is not None and script["steps"][index].get("gate"):
                    self._leave_step("declined")
        elif kind == "skipped":
            self._chosen()
            if index is not None:
                self._leave_step("skipped")
            else:
                self._end_questions()
        elif kind in ("tapped", "stayed"):
            cue = self.cue()
            if cue is not None and cue["for_s"] is None and state["offer"] is None:
                if kind == "stayed":
                    state["stayed"] = True
                    self._leave_step("stayed")
                else:
                    self._next_cue()
        elif kind == "stopped":
            reason = body.get("reason")
            self._stop(reason if reason in STOP_REASONS else None, by_rule=False)
        elif kind == "finished":
            state["offer"] = None
            state["status"] = "finished"

    def _take_smaller(self) -> None:
        """One size down, for the step that is on or the next one that has a size, and for all after it."""
        script, state = self.script, self.state
        ways = self.ways
        here = ways[state["stage"]]
        for stage in ways[state["stage"] :]:
            index = stage["step"]
            if index is None or not script["steps"][index].get("gate"):
                continue
            size = size_of(script, state, index)
            if size is None:
                continue
            less = next((s for s, _ in _sizes(script["steps"][index]) if s < size), None)
            if less is None:
                return
            state["limit_mm"] = less
            self._chosen()
            if here["step"] == index:
                self._back_to_gate()
            return

    def _back_to_gate(self) -> None:
        """What was done stays done, but a tap gets its whole time again."""
        cue, state = self.cue(), self.state
        if cue is None:
            return
        if cue["for_s"] is None:
            state["cue_ms"] = 0
        state["stage"] -= 1

    def _stop(self, reason: str | None, *, by_rule: bool) -> None:
        state = self.state
        state["status"] = "stopped"
        state["offer"] = None
        state["stop_reason"] = reason
        state["by_rule"] = by_rule

    def _answer(self, body: Mapping[str, Any], mono_ms: int) -> None:
        script, state = self.script, self.state
        moment, value = body.get("moment"), body.get("value")
        if isinstance(value, bool):
            value = int(value)
        if value is not None and (not isinstance(value, int) or not 0 <= value <= 10):
            return
        scale = body.get("check") if moment == "safety" else body.get("scale")
        if moment not in ("safety", "before", "during", "after") or not isinstance(scale, str):
            return
        stage = self.stage()
        ended = state["status"] in ("stopped", "finished")
        if moment == "during":
            if ended or scale not in self._known():
                return
        elif moment == "after" and ended:
            if scale not in self._known():
                return
        elif ended or stage["moment"] != moment or all(q["scale"] != scale for q in questions(script, moment)):
            return
        if moment == "safety":
            if value == 1 and any(q["scale"] == scale and is_urgent(q) for q in questions(script, moment)):
                state["red_flag"] = True
                self._stop("safety", by_rule=True)
                return
        else:
            rating = state["ratings"].setdefault(scale, Rating(before=None, last=None, peak=None, after=None))
            if moment == "before":
                rating["before"] = rating["last"] = value
            elif moment == "during":
                rating["last"] = value
            else:
                rating["after"] = value
            if moment != "before" and value is not None and (rating["peak"] is None or value > rating["peak"]):
                rating["peak"] = value
        if moment == "during" and stage["type"] == "step":
            step = script["steps"][stage["step"]]
            if step.get("check") and body.get("check") == step["id"]:
                state["checked"] = state["step_ms"] // max(1, _ms(step["check"]["every_s"]))
        if moment in ("before", "during"):
            self._weigh(scale, mono_ms)
        if moment != "during" and not ended and state["status"] in ("running", "paused"):
            if scale not in state["asked"]:
                state["asked"].append(scale)
            if all(q["scale"] in state["asked"] for q in questions(script, moment)):
                self._end_questions()

    def _end_questions(self) -> None:
        script, state = self.script, self.state
        if self.stage()["moment"] == "before":
            for rule in script.get("instead") or ():
                rating = state["ratings"].get(rule["scale"], _NO_RATING)
                if rating["before"] is not None and rating["before"] == int(rule["answer"]):
                    state["instead"] = rule["session"]
                    self._stop("instead", by_rule=True)
                    return
        self._enter(state["stage"] + 1)

    def _known(self) -> set[str]:
        script = self.script
        scales = {q["scale"] for moment in ("before", "during", "after") for q in questions(script, moment)}
        return scales | {step["check"]["scale"] for step in script["steps"] if step.get("check")}

    def _weigh(self, scale: str, mono_ms: int) -> None:
        """Stop rules first, then offers of something easier; only rules on the scale that was just answered."""
        script, state = self.script, self.state
        for name in ("stop_when", "ease_when"):
            for number, condition in enumerate(script.get(name) or ()):
                if all(clause["scale"] != scale for clause in condition["all"]):
                    continue
                key = f"{name} {number}"
                if not _meets(condition, state["ratings"]):
                    state["since"].pop(key, None)
                    continue
                since = min(state["since"].get(key, mono_ms), mono_ms)
                state["since"][key] = since
                if mono_ms - since < _ms(condition.get("still_after_s") or 0):
                    continue
                if name == "stop_when":
                    self._stop(_REASON_OF_SCALE.get(scale, "safety"), by_rule=True)
                    return
                del state["since"][key]
                state["offer"] = "ease"
                state["status"] = "paused"


def _meets(condition: Mapping[str, Any], ratings: Mapping[str, Rating]) -> bool:
    for clause in condition["all"]:
        rating = ratings.get(clause["scale"], _NO_RATING)
        last, before, value = rating["last"], rating["before"], clause["value"]
        if last is None:
            return False
        if clause["test"] == "at_least":
            met = last >= value
        elif clause["test"] == "at_most":
            met = last <= value
        elif clause["test"] == "rises_by":
            met = before is not None and last - before >= value
        else:  # never_above
            met = max(last, last if rating["peak"] is None else rating["peak"]) <= value
        if not met:
            return False
    return True
