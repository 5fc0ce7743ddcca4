"""What shows only when sessions are played: how long they last, what is spoken in them, whether anything is left.

A session is put together from its steps, each of which is compiled once for every value that it can take: at each rung,
with the program's parameters, their least, their most and those of each phase, as often as it was done before, and in
each variant. So all of it is looked at in the time that a few whole sessions would take.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise, product
from typing import Any, NamedTuple

from coach.domain.every_script import ANY_SET
from coach.domain.program import Exercise, Program, Reference, Session, Step, Text, Variant
from coach.domain.script import MOST_CUES_IN_ALL, MOST_STEPS, CannotCompile, NothingLeft, compile_script
from coach.language.problems import Mark
from coach.language.reading import Path
from coach.language.structure import Source
from coach.language.text_advice import owner_of

LONGEST_DAY_S = 120 * 60
LONGEST_SESSION_S = 120 * 60
MOST_CUES_PLAYED = 200_000  # over all sessions of a program
MOST_STEPS_PLAYED = 200_000  # over all ways to play them
CLOSEST_CUES_S = 3
_MOST_WAYS = 300  # of one session; where rungs make more, the lowest, the middle and the highest of each ladder

_Parameters = Mapping[str, int | float]


def advise_on_playing(main: Source, program: Program) -> None:
    """Adds what is odd in the file's own sessions and in a day of each phase.

    Sessions that last too long for any home, of which nothing is left, or which have more than anybody could play, are
    errors.
    """
    player = _Player(program)
    try:
        for session in program.sessions.values():
            if session.id in main.sessions:
                _session(main, player, session)
        _days(main, program, player)
    except _TooMuch as error:
        main.problems.add(
            "too-many-values",
            main.at("sessions", key=True),
            f"played through, the sessions of this program have more than {error}",
            "Split it into several programs.",
        )


class _TooMuch(Exception):
    """More than a program with any use; a hostile one could take the processor and the memory of the server."""


class _Placed(NamedTuple):
    """An exercise as a step of a session does it, and where that step is written. `timing`: what makes its length and
    what is spoken differ from another's, but for the values of `references`."""

    exercise: Exercise
    path: Path
    timing: tuple[Any, ...]
    references: tuple[Reference, ...]


class _Way(NamedTuple):
    """The rungs and parameters, and the how-manieth time, with which a session is played."""

    rungs: Mapping[str, str]
    parameters: _Parameters
    nth: int


class _Compiled(NamedTuple):
    """A step by itself. `body` is None where it is left out; `longest_s` and the number of `cues` are then 0."""

    body: dict[str, Any] | None
    longest_s: float
    cues: int


class _Player:
    """Plays the sessions of a program, MOST_CUES_PLAYED cues and MOST_STEPS_PLAYED steps in all. Raises _TooMuch."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._alone: dict[str, Session] = {}  # the step that is being compiled, as a session
        self._lowest = {name: (ladder.rungs or ANY_SET)[0].id for name, ladder in program.ladders.items()}
        self._of_one = replace(program, sessions=self._alone)
        self._timings: dict[int, tuple[tuple[Any, ...], tuple[Reference, ...]]] = {}
        self._compiled: dict[Any, _Compiled | CannotCompile] = {}
        self._cues = self._steps = 0
        limits = [
            {name: limit for name, each in program.parameters.items() if (limit := getattr(each, which)) is not None}
            for which in ("minimum", "maximum")
        ]
        self.parameters: tuple[_Parameters, ...] = ({}, *(phase.set for phase in program.phases), *limits)

    def sittings(self, session: Session) -> list[Session]:
        """The session, or those that it takes turns with; its own variants go before theirs."""
        if not session.alternate:
            return [session]
        inner = [self.program.sessions[name] for name in session.alternate]
        return [replace(each, variants=session.variants or each.variants) for each in inner]

    def steps(self, session: Session, variant: Variant | None) -> list[_Placed]:
        """Those of a session, or of a variant of it."""
        path: Path = ("sessions", session.id)
        own: tuple[tuple[str | int, ...], tuple[Step, ...]] = ((*path, "steps"), session.steps)
        if variant is not None and variant.steps is not None:
            own = (*path, "variants", variant.id, "steps"), variant.steps
        without = variant.leave_out if variant is not None else ()
        parts = (((*path, "warm_up"), session.warm_up), own, ((*path, "finish"), session.finish))
        return [
            _Placed(step.exercise, (*where, index), *self._timing(step.exercise))
            for where, steps in parts
            for index, step in enumerate(steps)
            if step.exercise.id not in without
        ]

    def _timing(self, exercise: Exercise) -> tuple[tuple[Any, ...], tuple[Reference, ...]]:
        if (found := self._timings.get(id(exercise))) is None:
            found = self._timings[id(exercise)] = _timing(exercise), _telling(exercise)
        return found

    def ways(self, steps: list[_Placed], parameters: Iterable[_Parameters]) -> Iterator[_Way]:
        """Every way that makes a difference to one of these steps; at least one."""
        references = {each for step in steps for each in step.references}
        used = {each.name for each in references}
        ladders = {name: ladder for name, ladder in self.program.ladders.items() if name in used}
        by_value = {each.name for each in references if each.name in ladders and each.field not in (None, "size")}
        rungs = {
            name: [rung.id for rung in (ANY_SET if ladder.rungs is None else ladder.rungs)]
            for name, ladder in ladders.items()
        }
        few = {name: list(dict.fromkeys((ids[0], ids[len(ids) // 2], ids[-1]))) for name, ids in rungs.items()}
        choices = {name: ids if name in by_value else few[name] for name, ids in rungs.items()}
        number = 1
        for ids in choices.values():
            number *= len(ids)
        choices = choices if number <= _MOST_WAYS else few
        sets: dict[tuple[tuple[str, float], ...], _Parameters] = {}
        for each in parameters:
            self._look(1 + len(each))
            own = {name: value for name, value in each.items() if name in used}
            sets.setdefault(tuple(sorted(own.items())), own)
        times = max((len(step.exercise.for_ms) for step in steps), default=1)
        for chosen in product(*choices.values()):
            at = dict(zip(choices, chosen, strict=True))
            for values in sets.values():
                for nth in range(1, max(1, times) + 1):
                    yield _Way(at, values, nth)

    def played(self, steps: list[_Placed], way: _Way, scale: float) -> list[tuple[_Placed, _Compiled]]:
        """The steps that are done. Raises CannotCompile where nothing is left, or more than a session may have."""
        done = []
        cues = 0
        self._look(1 + len(steps))
        for each in steps:
            made = self._made(each, way, scale)
            if made is not None:
                cues += made.cues
                done.append((each, made))
            if len(done) > MOST_STEPS or cues > MOST_CUES_IN_ALL:
                self._add([cues])
                raise CannotCompile(f"it would have more than {MOST_STEPS} steps or {MOST_CUES_IN_ALL} cues")
        if not done:
            raise CannotCompile("nothing is left of it")
        return done

    def add(self, done: list[tuple[_Placed, _Compiled]]) -> None:
        """Counts what was played."""
        self._add(made.cues + 1 for _, made in done)

    def _add(self, cues: Iterable[int]) -> None:
        self._cues += sum(cues)
        if self._cues > MOST_CUES_PLAYED:
            raise _TooMuch(f"{MOST_CUES_PLAYED} cues")

    def _look(self, steps: int) -> None:
        self._steps += steps
        if self._steps > MOST_STEPS_PLAYED:
            raise _TooMuch(f"{MOST_STEPS_PLAYED} steps in all the ways to play them")

    def _made(self, step: _Placed, way: _Way, scale: float) -> _Compiled | None:
        """The step compiled, or None where it is left out. Raises CannotCompile."""
        values = tuple((way.rungs.get(each.name), way.parameters.get(each.name)) for each in step.references)
        key = (step.timing, values, min(way.nth, len(step.exercise.for_ms) or 1), scale)
        if (found := self._compiled.get(key)) is None:
            try:
                found = self._compile(step.exercise, way, scale)
            except NothingLeft:
                found = _Compiled(None, 0, 0)
            except CannotCompile as error:
                found = error
            self._compiled[key] = found
        if isinstance(found, CannotCompile):
            raise found
        return found if found.body is not None else None

    def _compile(self, exercise: Exercise, way: _Way, scale: float) -> _Compiled:
        self._alone["one"] = Session(
            id="one",
            title=Text("…"),
            steps=(Step(exercise),),
            variants=(Variant(id="scaled", title=Text("…"), counts=1.0, scale=scale),) if scale != 1 else (),
        )
        script = compile_script(
            self._of_one,
            "one",
            rungs={**self._lowest, **way.rungs},
            own_set=ANY_SET,
            parameters=way.parameters,
            nth=way.nth,
            variant="scaled" if scale != 1 else None,
        )
        body = script["steps"][0]
        compiled = _Compiled(body, script["longest_s"], len(body["cues"]))
        self._add([compiled.cues])
        body["cues"] = ()  # they are many, and have been counted
        return compiled


def _timing(exercise: Exercise) -> tuple[Any, ...]:
    return (
        exercise.kind == "preparation", exercise.hold_ms, exercise.contract_ms, exercise.relax_ms, exercise.breathe,
        exercise.for_ms, exercise.at_most_ms, exercise.reps, len(exercise.parts), exercise.sets, exercise.rest_ms,
        exercise.set_rest_ms, exercise.both_sides, exercise.switch_ms, exercise.get_ready_ms,
        exercise.size if _telling(exercise) else None, tuple((say.at, say.offset_ms) for say in exercise.say),
    )  # fmt: skip


def _telling(exercise: Exercise) -> tuple[Reference, ...]:
    """The references that matter to its length: all but the size itself, of which only a neighbour may be absent."""
    size = exercise.size
    return tuple(each for each in exercise.references if each.offset or each is not size)


# -- sessions ---------------------------------------------------------------------------------------------------------


def _session(main: Source, player: _Player, session: Session) -> None:
    """Tells what is odd in a session and in its variants; the same is told once."""
    path: Path = ("sessions", session.id)
    seen: set[tuple[Mark, str]] = set()
    sittings = player.sittings(session)
    is_told = False
    for sitting in sittings:
        is_told = _one(main, player, sitting, None, main.at(*path, key=True), seen, is_in_turn=sitting is not session)
        if is_told:
            break
    for variant in session.variants if not is_told else ():
        for sitting in sittings:
            mark = main.at(*path, "variants", variant.id, key=True)
            if _one(main, player, sitting, variant, mark, seen, is_in_turn=sitting is not session):
                break


def _one(
    main: Source,
    player: _Player,
    session: Session,
    variant: Variant | None,
    mark: Mark,
    seen: set[tuple[Mark, str]],
    *,
    is_in_turn: bool,
) -> bool:
    """Plays one session or variant in every way; whether it cannot be played or is too long."""
    steps = player.steps(session, variant)
    scale = variant.scale if variant is not None else 1.0
    what = "this session" if variant is None else "this variant"
    longest: list[tuple[_Placed, _Compiled]] = []
    longest_s = 0.0
    for way in player.ways(steps, player.parameters):
        try:
            done = player.played(steps, way, scale)
        except CannotCompile as error:
            main.problems.add(
                "nothing-left",
                mark,
                f"{what} cannot be played{_at(way)}: {error}",
                "Give it a step that is always done, and no more than anybody could do.",
            )
            return True
        lasts = sum(made.longest_s for _, made in done)
        if lasts >= longest_s:
            longest, longest_s = done, lasts
        for each, made in () if is_in_turn else done:
            if each.exercise.say and made.body is not None:
                _captions(main, session, each, made.body, seen)
    if variant is None:
        player.add(longest)
    if longest_s > LONGEST_SESSION_S:
        main.problems.add(
            "too-long", mark, f"{what} can last {longest_s / 60:.0f} minutes", "Shorten it to 2 hours at most."
        )
    return longest_s > LONGEST_SESSION_S


def _at(way: _Way) -> str:
    return f" at {', '.join(f'`{rung}` of `{ladder}`' for ladder, rung in way.rungs.items())}" if way.rungs else ""


def _captions(
    main: Source, session: Session, placed: _Placed, played: dict[str, Any], seen: set[tuple[Mark, str]]
) -> None:
    """What is spoken, at the exercise or at the step that says something else; an imported file keeps its own."""
    exercise, path = placed.exercise, placed.path
    owner, _ = owner_of(main.root, (*path, "override", "say"))
    if owner is None and exercise.id not in main.exercises:
        return
    mark = main.at(*path, "override", "say") if owner is not None else main.at("exercises", exercise.id, "say")
    times = [caption["at_s"] for caption in played["captions"]]
    if any(later - earlier < CLOSEST_CUES_S for earlier, later in pairwise(times)):
        if (mark, "crowded-cues") not in seen:
            main.problems.warn(
                "crowded-cues", mark, f"two texts are spoken within {CLOSEST_CUES_S} s", "Leave one out, or move it."
            )
        seen.add((mark, "crowded-cues"))
    if len(times) < len(exercise.say) and played["length_s"] is not None and (mark, "cue-past-end") not in seen:
        main.problems.warn(
            "cue-past-end",
            mark,
            f"a text lies past the end of the step, which lasts {played['length_s']} s in `{session.id}`",
            "Give it an earlier time.",
        )
        seen.add((mark, "cue-past-end"))


# -- days -------------------------------------------------------------------------------------------------------------


def _days(main: Source, program: Program, player: _Player) -> None:
    for (index, _), phase in zip(main.phases, program.phases, strict=True):
        total = 0.0
        for assigned in phase.do:
            session = program.sessions[assigned.session]
            length = max(_longest_s(player, each, phase.set) for each in player.sittings(session))
            total += length * _most_a_day(program, assigned.frequency.per, assigned.frequency.most, phase.set)
        if total > LONGEST_DAY_S:
            main.problems.warn(
                "long-day",
                main.at("phases", index, "do", key=True),
                f"a day of this phase can ask for {total / 60:.0f} minutes",
                "Ask for fewer or shorter sessions.",
            )


def _longest_s(player: _Player, session: Session, parameters: _Parameters) -> float:
    steps = player.steps(session, None)
    longest = 0.0
    for way in player.ways(steps, (parameters,)):
        try:
            longest = max(longest, sum(made.longest_s for _, made in player.played(steps, way, 1.0)))
        except CannotCompile:
            continue  # told at the session
    return longest


def _most_a_day(program: Program, per: str, most: int | Reference, parameters: _Parameters) -> float:
    """How often at most on one day; of a reference its largest value."""
    if per != "day":
        return 1
    if not isinstance(most, Reference):
        return most
    if most.name in program.parameters:
        return parameters.get(most.name, program.parameters[most.name].default)
    ladder = program.ladders[most.name]
    return max((rung.values.get(most.field or "", 1) for rung in ladder.rungs or ()), default=1)
