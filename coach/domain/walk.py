"""The walk over all paths of a session script: everything that a patient can do, by the fold's own rules.

At every stage everything is tried that the player offers there: ready, a smaller size, not today, waiting at the
opening, skipping, pausing, leaving the screen, answering a question with yes, no or nothing, giving a rating that meets
a rule, taking an offer or not, stopping. States that can only go on alike are one state. The walk ends for any script:
a step once left is not entered again, and sizes only go down, so that there are finitely many states; it does not
take this on trust but looks for it on each way from one state to the next.

What it shows holds for every path, because it is looked for on every way and adds up along them:

- nobody works at a size above the largest that the session names, and no gate offers one that is not smaller. What the
  session itself names is meant: `$dilator + 1`, or a size in mm above the rung;
- nobody comes into a step with a dilator but through its gate;
- guided time is no more than `longest_s`. A step at the patient's own pace that is begun again, at a smaller size or
  after she left the screen, gets its whole time again, which counts once;
- from every state going on leads to the end, and nothing leads back to a step that was left;
- every step with something to do in it can be reached;
- an end is an end: after it nothing is offered, and no event changes how it ended.

What she does within a step is tried half way through it and, where the pace is hers, when its time is up. Which ratings
she gave before is left open: any that a rule can listen to, so that every rule is met wherever it can be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, Literal

from coach.domain import fold
from coach.domain.every_script import ANY_SET, Choice, TooMany, choices_of, script_of
from coach.domain.ladders import rungs_of
from coach.domain.program import Program, Reference, Rung, Step
from coach.domain.script import largest_mm, with_safety

MOST_LOOKED_AT = 2_000_000  # see `_Known.looked_at`; the example with the most has a third of it
_COST_OF_A_CUE = 4  # as measured beside the step of a state
MOST_SCRIPTS = 1_000  # of one program; the examples have up to 225

BreachCode = Literal["size", "gate", "time", "back", "endless", "unreachable", "after_end", "not_made", "too_many"]


@dataclass(frozen=True, slots=True)
class Breach:
    """Something that no session may do. `message` is a sentence for whoever wrote the program."""

    code: BreachCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """`states` that can only go on differently, `ways` from one to the next, and the longest path in ms of guided time.

    Of a whole program: how many `scripts`, the states and ways of all, and the longest of all paths.
    """

    states: int
    ways: int
    longest_ms: int
    breaches: tuple[Breach, ...]
    scripts: int = 1


def walk(script: Mapping[str, Any], *, named_mm: float | None = None) -> Walked:
    """Walks all paths of a script. `named_mm`: the largest size that the session names, otherwise the script's own."""
    return _Walk(script, named_mm, _Known()).run()


def walk_program(program: Program, own_set: Sequence[Rung] = ANY_SET) -> Walked:
    """Walks every script of a program; a breach says in which session.

    A state from which another script went on in the same way is not walked again: most of a session at one rung is
    that of the rung above after a smaller size was taken. Of each script the lengths are added up. A program with more
    than MOST_SCRIPTS is walked at the ends and in the middle of its ladders (see `choices_of`).
    """
    known = _Known()
    scripts = states = ways = longest = 0
    breaches: dict[str, Breach] = {}
    try:
        every = list(choices_of(program, own_set, most=MOST_SCRIPTS))
    except TooMany:
        message = f"the program has more than {MOST_SCRIPTS} different sessions; give it fewer variants or phases"
        return Walked(states=0, ways=0, longest_ms=0, breaches=(Breach("too_many", message),), scripts=0)
    for choice in every:
        if (compiled := script_of(program, choice, own_set)) is None:
            # What is not for that day may leave nothing of a session, which is then not offered.
            if not choice.leave_out:
                message = f"{choice}: nothing is left of this session or it has too many steps; nobody could open it"
                breaches.setdefault(message, Breach("not_made", message))
            continue
        script = with_safety(compiled, program.safety_checks)
        walked = _Walk(script, _named(program, choice, own_set), known).run()
        scripts, states, ways = scripts + 1, states + walked.states, ways + walked.ways
        longest = max(longest, walked.longest_ms)
        for breach in walked.breaches:
            breaches.setdefault(
                f"{choice.session_id} {breach.message}", Breach(breach.code, f"{choice}: {breach.message}")
            )
        if known.looked_at > MOST_LOOKED_AT:
            break
    return Walked(states=states, ways=ways, longest_ms=longest, breaches=tuple(breaches.values()), scripts=scripts)


def _named(program: Program, choice: Choice, own_set: Sequence[Rung]) -> float | None:
    """The largest size that the session names at the rung, read from the program and not from the script."""
    session = program.sessions[choice.session_id]
    if session.alternate:
        inner = program.sessions[session.alternate[(choice.nth - 1) % len(session.alternate)]]
        variants = session.variants or inner.variants
    else:
        inner, variants = session, session.variants
    variant = next((each for each in variants if each.id == choice.variant), None)
    steps: Iterable[Step] = inner.steps if variant is None or variant.steps is None else variant.steps
    sizes = (_size(program, choice, own_set, step) for step in (*inner.warm_up, *steps, *inner.finish))
    return max((size for size in sizes if size is not None), default=None)


def _size(program: Program, choice: Choice, own_set: Sequence[Rung], step: Step) -> float | None:
    size = step.exercise.size
    if not isinstance(size, Reference):
        return size
    if (parameter := program.parameters.get(size.name)) is not None:
        return float(choice.parameters.get(size.name, parameter.default))
    rungs = rungs_of(program.ladders[size.name], own_set)
    place = [rung.id for rung in rungs].index(choice.rungs[size.name]) + size.offset
    return rungs[place].size_mm if 0 <= place < len(rungs) else None


@dataclass(frozen=True, slots=True)
class _Rule:
    """A stop rule or an offer, and an answer by which it is met, after other answers before it (`ratings`, `since`)."""

    key: str
    scale: str
    value: int
    ratings: Mapping[str, fold.Rating]
    mono_ms: int

    def ready(self, state: fold.State) -> fold.State:
        """The state one answer before."""
        before = state.copy()
        before["ratings"] = {scale: rating.copy() for scale, rating in self.ratings.items()}
        before["since"] = {self.key: 0}
        return before

    @property
    def body(self) -> dict[str, Any]:
        return {"scale": self.scale, "value": self.value}


class _Known:
    """The states that were walked from, of one script or of several."""

    def __init__(self) -> None:
        self.states: set[Any] = set()
        # What the walk costs: each state and each way from it, as often as its script has steps, questions and rules,
        # because every event passes over all of them; and each cue of a script, which is made and gone through.
        self.looked_at = 0
        self._numbers: dict[Any, int] = {}

    def number(self, ahead: Any) -> int:
        """A number for what is still to come, the same for the same."""
        return self._numbers.setdefault(ahead, len(self._numbers))


class _Walk:
    def __init__(self, script: Mapping[str, Any], named_mm: float | None, known: _Known) -> None:
        self.script, self.known = script, known
        self.steps: Sequence[Mapping[str, Any]] = script["steps"]
        self.named_mm = named_mm if named_mm is not None else largest_mm(script)  # type: ignore[arg-type]
        self.stages = fold.stages(script)
        # A gate and its step are one room: a smaller size leads from the one back to the other.
        self.rooms = [at - (stage["type"] == "step" and bool(self.steps[stage["step"] or 0].get("gate")))
                      for at, stage in enumerate(self.stages)]  # fmt: skip
        self.cues = [[_length_ms(cue) for cue in step["cues"]] for step in self.steps]
        self.cues_begin = [[0, *accumulate(lengths)] for lengths in self.cues]
        self.begins = [0]
        for lengths in self.cues:
            self.begins.append(self.begins[-1] + sum(lengths))
        self.total_ms = self.begins[-1]
        self.last_gate = max((index for index, step in enumerate(self.steps) if step.get("gate")), default=-1)
        self.rules = [*_rules(script, "stop_when"), *_rules(script, "ease_when")]
        asked = sum(len(fold.questions(script, moment)) for moment in ("safety", "before", "during", "after"))
        self.weight = len(self.steps) + asked + len(self.rules)
        known.looked_at += _COST_OF_A_CUE * sum(map(len, self.cues))
        self.ways_ahead = self._ways_ahead()
        self.sizes_at: dict[float | None, tuple[float, ...]] = {}
        self.choices_at: dict[float | None, tuple[tuple[float, ...], ...]] = {}
        self.breaches: dict[str, Breach] = {}
        self._count(0)

    # -- the script as it is written ----------------------------------------------------------------------------------

    def _ways_ahead(self) -> list[int]:
        """By stage, what is still to come: alike for two stages, of one script or of two, that lead on alike but for
        sizes. Durations and texts make no difference to a path."""
        asks = tuple(
            tuple((each["scale"], each["answer"], fold.is_urgent(each)) for each in fold.questions(self.script, moment))
            for moment in ("safety", "before", "during", "after")
        )
        rules = tuple((rule.key, rule.scale, rule.value) for rule in self.rules)
        ahead: Any = (asks, rules, repr(self.script.get("instead")))
        found: list[int] = []
        for stage in reversed(self.stages):
            step = None if stage["step"] is None else self.steps[stage["step"]]
            pattern = None if step is None else (bool(step.get("gate")), _pattern(step))
            ahead = self.known.number((stage["type"], stage["moment"], pattern, ahead))
            found.append(ahead)
        return found[::-1]

    def _lengths_agree(self) -> None:
        """Whether the lengths of the steps add up to what the script says."""
        for index, step in enumerate(self.steps):
            if any(cue["for_s"] is None and cue.get("at_most_s") is None for cue in step["cues"]):
                self._breach("endless", f"`{step['id']}` waits without a limit")
            elif any(length < 0 for length in self.cues[index]):
                self._breach("time", f"`{step['id']}` has a length below nothing")
        if self.total_ms != round(self.script["longest_s"] * 1000):
            self._breach("time", f"its steps do not add up to the {self.script['longest_s']} s that it says")

    def _sizes(self, index: int) -> list[float]:
        step = self.steps[index]
        own = step.get("size_mm")
        return [] if own is None else [own, *(other["size_mm"] for other in step.get("smaller") or ())]

    def _gates_go_down(self) -> None:
        for index, step in enumerate(self.steps):
            sizes = self._sizes(index)
            if any(after >= before for before, after in pairwise(sizes)):
                self._breach("size", f"the gate of `{step['id']}` offers a size that is not smaller")
            if sizes and (self.named_mm is None or max(sizes) > self.named_mm):
                self._breach("size", f"`{step['id']}` has a size above the largest that the session names")

    # -- the walk -----------------------------------------------------------------------------------------------------

    def run(self) -> Walked:
        self._lengths_agree()
        self._gates_go_down()
        reached, longest_ms = self._to_the_end() if not self.breaches else (set[int](), 0)
        first = fold.initial(self.script)
        waiting = [] if (key := self._key(first)) in self.known.states else [first]
        self.known.states.add(key)
        states = ways = 0
        while waiting and not self.breaches:
            state = waiting.pop()
            states += 1
            self._count(self.weight)
            if state["status"] in ("stopped", "finished"):
                self._stays_ended(state)
                continue
            self._goes_on(state)
            for after in self._after(state):
                ways += 1
                self._count(self.weight)
                self._look_at(state, after)
                after = _forgotten(after)
                key = self._key(after)
                if key not in self.known.states:
                    self.known.states.add(key)
                    waiting.append(after)
        if not self.breaches:
            for index, step in enumerate(self.steps):
                if step["cues"] and index not in reached:
                    self._breach("unreachable", f"nobody can come to `{step['id']}`")
        breaches = tuple(self.breaches.values())
        return Walked(states=states, ways=ways, longest_ms=longest_ms, breaches=breaches)

    def _count(self, more: int) -> None:
        self.known.looked_at += more
        if self.known.looked_at > MOST_LOOKED_AT:
            self._breach("too_many", "it can be gone through in too many ways; give it fewer steps or questions")

    def _to_the_end(self) -> tuple[set[int], int]:
        """Goes on, as long as that leads on, and gives the steps that it came through and the guided time in ms."""
        reached: set[int] = set()
        state = fold.initial(self.script)
        while state["status"] not in ("stopped", "finished") and not self.breaches:
            if (at := self._at(state)) is not None and state["status"] != "new":
                reached.add(at)
            state = self._goes_on(state)
        return reached, state["guided_ms"]

    def _after(self, state: fold.State) -> Iterator[fold.State]:
        """Everything that can come next."""
        if state["status"] == "new":
            yield self._apply(state, "started")
            return
        yield from self._with_time(state)
        if self._begins(state):
            return  # what she does in a step is tried half way through it
        for kind, body in self._choices_of(state):
            yield self._apply(state, kind, **body)
        stage = self.stages[state["stage"]]
        moment = stage["moment"]
        if moment is not None and state["offer"] is None:  # an offer stands before the questions
            yield from self._answers(state, moment)
        for rule in self.rules:
            heard = "before" if moment == "before" else "during"
            yield self._apply(rule.ready(state), "answered", rule.mono_ms, moment=heard, **rule.body)

    def _choices_of(self, state: fold.State) -> Iterator[tuple[str, dict[str, Any]]]:
        """What she can do there, answers apart."""
        yield from _ANYWHERE
        if state["offer"] is not None:
            yield "continued", {}
        elif self.stages[state["stage"]]["type"] == "gate":
            yield "ready", {}
        elif self._is_tap(state):
            yield from (("tapped", {}), ("stayed", {}))
        if state["status"] == "running":
            yield "paused", {"why": "asked"}
        elif state["offer"] is None:
            yield "resumed", {}

    def _with_time(self, state: fold.State) -> Iterator[fold.State]:
        """Half the step, and as much of it as goes by itself."""
        left = self._left_ms(state)
        if left:
            if self._begins(state):
                yield fold.advance(self.script, state, left // 2)
            yield fold.advance(self.script, state, left)

    def _begins(self, state: fold.State) -> bool:
        stage = self.stages[state["stage"]]
        return stage["type"] == "step" and state["cue"] == 0 and state["cue_ms"] == 0 and self._left_ms(state) > 1

    def _left_ms(self, state: fold.State) -> int:
        """How much guided time the step takes before it is over or waits for her."""
        stage = self.stages[state["stage"]]
        if stage["type"] != "step" or stage["step"] is None or state["status"] != "running":
            return 0
        cues = self.steps[stage["step"]]["cues"][state["cue"] :]
        lengths = self.cues[stage["step"]][state["cue"] :]
        until_tap = next((number for number, cue in enumerate(cues, 1) if cue["for_s"] is None), len(cues))
        return max(0, sum(lengths[:until_tap]) - state["cue_ms"])

    def _answers(self, state: fold.State, moment: str) -> Iterator[fold.State]:
        """The next question, in the order of the script: which comes first makes no difference to the rules."""
        question = self._next_question(state, moment)
        if question is None:
            return
        scale = question["scale"]
        values: list[int | None] = [None]
        if moment == "safety":
            values = [0, 1]
        for value in values:
            yield self._apply(state, "answered", moment=moment, scale=scale, check=scale, value=value)
        for rule in (self.script.get("instead") or ()) if moment == "before" else ():
            answer = int(rule["answer"])
            if rule["scale"] == scale:
                yield self._apply(state, "answered", moment=moment, scale=scale, value=answer)
            elif rule["scale"] in state["asked"]:
                said = state.copy()  # what she answered before is left open, so it may have been this
                said["ratings"] = {rule["scale"]: _rating(before=answer)}
                yield self._apply(said, "answered", moment=moment, scale=scale, value=None)
                yield self._apply(said, "skipped")

    def _next_question(self, state: fold.State, moment: str) -> Mapping[str, Any] | None:
        asked = state["asked"]
        return next((each for each in fold.questions(self.script, moment) if each["scale"] not in asked), None)

    def _apply(self, state: fold.State, kind: str, mono_ms: int = 0, **body: Any) -> fold.State:
        event = {"seq": state["seq"] + 1, "kind": kind, "guided_ms": 0, "mono_ms": mono_ms, "body": body}
        return fold.apply(self.script, state, event)

    # -- what must hold on each way -----------------------------------------------------------------------------------

    def _look_at(self, before: fold.State, after: fold.State) -> None:
        for index, size in enumerate(after["sizes"]):
            if size is not None and (size > self._sizes(index)[0] or self.named_mm is None or size > self.named_mm):
                self._breach("size", f"`{self.steps[index]['id']}` would be done at {size} mm, above what is named")
        if before["limit_mm"] != after["limit_mm"] and any(
            now > was for was, now in zip(self._ahead(before), self._ahead(after), strict=True)
        ):
            self._breach("size", f"a size grows at {self._where(before)}")
        if before["status"] == "new":
            return
        ended = after["status"] in ("stopped", "finished")
        if not ended and self._place(after) < self._place(before):
            self._breach("back", f"{self._where(before)} leads back to {self._where(after)}")
        here = self.stages[after["stage"]]
        gated = here["type"] == "step" and here["step"] is not None and bool(self.steps[here["step"]].get("gate"))
        if gated and before["stage"] not in (after["stage"], after["stage"] - 1):
            self._breach("gate", f"{self._where(after)} begins without asking whether she is ready")
        again = before["cue_ms"] if before["stage"] > after["stage"] and self._is_tap(before) else 0
        took = after["guided_ms"] - before["guided_ms"]
        if not 0 <= took <= max(0, self._position_ms(after) - self._position_ms(before) + again):
            self._breach("time", f"{self._where(before)} takes longer than it says")

    def _goes_on(self, state: fold.State) -> fold.State:
        """Whoever just goes on comes further, until there is an end; the next state."""
        stage = self.stages[state["stage"]]
        if state["status"] == "new":
            after = self._apply(state, "started")
        elif state["offer"] is not None:
            after = self._apply(state, "continued")
        elif stage["type"] == "gate":
            after = self._apply(state, "ready")
        elif stage["moment"] is not None:
            asked = self._next_question(state, stage["moment"])
            scale = asked["scale"] if asked else None
            value = 0 if stage["moment"] == "safety" else None
            after = self._apply(state, "answered", moment=stage["moment"], scale=scale, check=scale, value=value)
        elif state["status"] == "paused":
            after = self._apply(state, "resumed")
        elif left := self._left_ms(state):
            after = fold.advance(self.script, state, left)
        else:
            after = self._apply(state, "tapped")
        if after["status"] not in ("stopped", "finished") and self._progress(after) <= self._progress(state):
            self._breach("endless", f"{self._where(state)} does not go on")
        return after

    def _stays_ended(self, state: fold.State) -> None:
        if state["offer"] is not None:
            self._breach("after_end", f"something is offered after an end at {self._where(state)}")
        answers = (("answered", {"moment": "during", **rule.body}) for rule in self.rules)
        for kind, body in (*_AT_AN_END, *answers):
            after = fold.advance(self.script, self._apply(state, kind, **body), 60_000)
            if any(after[key] != state[key] for key in ("status", "stage", "sizes", "guided_ms", "offer")):
                self._breach("after_end", f"`{kind}` changes a session that has ended at {self._where(state)}")

    # -- where a state stands -----------------------------------------------------------------------------------------

    def _at(self, state: fold.State) -> int | None:
        stage = self.stages[state["stage"]]
        return stage["step"] if stage["type"] == "step" else None

    def _place(self, state: fold.State) -> tuple[int, int, int]:
        """What no event may lower: the room, the cue in it, the questions that were put."""
        return self.rooms[state["stage"]], state["cue"], len(state["asked"])

    def _progress(self, state: fold.State) -> tuple[int, ...]:
        room, cue, asked = self._place(state)
        began, runs = state["status"] != "new", state["status"] == "running"
        return began, room, cue, asked, state["stage"], state["offer"] is None, runs, state["cue_ms"]

    def _position_ms(self, state: fold.State) -> int:
        """Where in the whole length a state stands."""
        stage = self.stages[state["stage"]]
        index = stage["step"]
        if index is None:
            return 0 if stage["moment"] in ("safety", "before") else self.total_ms
        return self.begins[index] + self.cues_begin[index][state["cue"]] + state["cue_ms"]

    def _is_tap(self, state: fold.State) -> bool:
        index = self.stages[state["stage"]]["step"]
        return index is not None and self.steps[index]["cues"][state["cue"]]["for_s"] is None

    def _ahead(self, state: fold.State) -> tuple[float, ...]:
        """The size at which each step would be done; 0 for one that has none or is left out."""
        limit = state["limit_mm"]
        if limit not in self.sizes_at:
            found = (fold.size_of(self.script, state, index) for index in range(len(self.steps)))
            self.sizes_at[limit] = tuple(size or 0.0 for size in found)
        return self.sizes_at[limit]

    def _key(self, state: fold.State) -> Any:
        """What decides how a state can go on. A limit counts by the sizes that it leaves to the steps ahead."""
        ahead = self.ways_ahead[state["stage"]]
        if state["status"] in ("stopped", "finished"):
            return state["status"], ahead, state["offer"]
        here = self.stages[state["stage"]]["step"]
        first = here if here is not None else self._first_ahead(state)
        choices = self._choices(state)[first:]
        return (
            ahead,
            state["status"],
            self._part(state),
            len(state["asked"]),
            choices,
            self.last_gate >= first and state["declined"],
            any(choices) and state["stayed"],
            state["offer"],
        )

    def _choices(self, state: fold.State) -> tuple[tuple[float, ...], ...]:
        """For each step the sizes that today's limit leaves."""
        limit = state["limit_mm"]
        if limit not in self.choices_at:
            every = (self._sizes(index) for index in range(len(self.steps)))
            self.choices_at[limit] = tuple(tuple(s for s in sizes if limit is None or s <= limit) for sizes in every)
        return self.choices_at[limit]

    def _part(self, state: fold.State) -> tuple[int, int]:
        """How many taps of the step have been made, and where it stands: at its beginning, within, at a tap's limit."""
        index = self.stages[state["stage"]]["step"]
        if index is None or (state["cue"] == 0 and state["cue_ms"] == 0):
            return 0, 0
        cues = self.steps[index]["cues"]
        taps = sum(cue["for_s"] is None for cue in cues[: state["cue"]])
        if cues[state["cue"]]["for_s"] is not None:
            return taps, 1
        return taps, 2 if state["cue_ms"] == 0 else 3 if state["cue_ms"] < self.cues[index][state["cue"]] else 4

    def _first_ahead(self, state: fold.State) -> int:
        return 0 if self.stages[state["stage"]]["moment"] in ("safety", "before") else len(self.steps)

    def _where(self, state: fold.State) -> str:
        stage = self.stages[state["stage"]]
        if stage["step"] is not None:
            return f"`{self.steps[stage['step']]['id']}`"
        return "the end" if stage["moment"] is None else f"the questions {stage['moment']}"

    def _breach(self, code: BreachCode, message: str) -> None:
        self.breaches.setdefault(message, Breach(code, message))


_ANYWHERE: tuple[tuple[str, dict[str, Any]], ...] = (
    ("smaller", {}),
    ("declined", {}),
    ("skipped", {}),
    ("paused", {"why": "hidden"}),
    ("stopped", {"reason": "pain"}),
    ("finished", {}),
)
_AT_AN_END = (*_ANYWHERE, *((kind, {}) for kind in ("started", "ready", "resumed", "continued", "tapped", "stayed")))


def _rules(script: Mapping[str, Any], name: str) -> Iterator[_Rule]:
    """Its rules that some answers meet, as the fold counts them."""
    for number, condition in enumerate(script.get(name) or ()):
        scales = dict.fromkeys(clause["scale"] for clause in condition["all"])
        met = {scale: _meeting([each for each in condition["all"] if each["scale"] == scale]) for scale in scales}
        if not scales or any(value is None for value in met.values()):
            continue
        ratings = {scale: _rating(before=0, last=value) for scale, value in met.items()}
        scale = next(iter(scales))
        mono_ms = int((condition.get("still_after_s") or 0) * 1000) + 1
        yield _Rule(f"{name} {number}", scale, met[scale] or 0, ratings, mono_ms)


def _meeting(clauses: Sequence[Mapping[str, Any]]) -> int | None:
    """A rating that meets all of these, for somebody who began at 0; None where there is none."""
    least = [clause["value"] for clause in clauses if clause["test"] in ("at_least", "rises_by")]
    most = [clause["value"] for clause in clauses if clause["test"] in ("at_most", "never_above")]
    found: int = max([0, *least])
    return found if found <= min([10, *most]) else None


def _rating(*, before: int | None = None, last: int | None = None) -> fold.Rating:
    return fold.Rating(before=before, last=last, peak=last, after=None)


def _forgotten(state: fold.State) -> fold.State:
    """The state without what decides nothing about how it goes on."""
    after = state.copy()
    after["seq"] = after["guided_ms"] = after["lost_ms"] = after["step_ms"] = after["checked"] = 0
    after["ratings"] = {}
    after["since"] = {}
    return after


def _length_ms(cue: Mapping[str, Any]) -> int:
    seconds = cue.get("at_most_s") if cue["for_s"] is None else cue["for_s"]
    return int((seconds or 0) * 1000 + 0.5)


def _pattern(step: Mapping[str, Any]) -> tuple[bool, ...]:
    """Timed cues and taps (True) in turn; timed ones in a row have the same paths as a single one."""
    found: list[bool] = []
    for cue in step["cues"]:
        is_tap = cue["for_s"] is None
        if is_tap or not found or found[-1]:
            found.append(is_tap)
    return tuple(found)
