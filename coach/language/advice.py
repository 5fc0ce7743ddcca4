"""Warnings that a careful colleague would give. They never keep a program from being published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any

from coach.domain.program import Exercise, Frequency, Program, Reference, Rung, Session, Step
from coach.domain.script import CannotCompile, Script, compile_script
from coach.domain.uses import exercises_of, reached_from, steps_of
from coach.language.checks import Names
from coach.language.phase_advice import advise_on_phases
from coach.language.problems import Mark
from coach.language.reading import Path
from coach.language.rule_advice import advise_on_rules, has_stop_rule
from coach.language.structure import Source
from coach.language.text_advice import advise_on_imported_texts, advise_on_texts, owner_of

MOST_ACTIVE = 4
BIGGEST_JUMP_MM = 5
LONGEST_DAY_S = 120 * 60
LONGEST_SESSION_S = 120 * 60
MOST_CUES_PLAYED = 200_000  # over all sessions of a program, each played at both ends of its ladders
CLOSEST_CUES_S = 3
_CUES_OF_A_FAILURE = 10_000  # how far a session came that cannot be compiled is not known

# Stands for a patient's own set where lengths are estimated: they do not depend on sizes.
_ANY_SET = (Rung("small", 16.0), Rung("middle", 19.0), Rung("large", 22.0))


def advise(names: Names, program: Program | None) -> None:
    """Adds warnings to the program's file; `program` is None where there are errors, and then less can be said.

    Sessions that no patient could do in one sitting, or of which nothing is left, are errors.
    """
    main = names.main
    languages = advise_on_texts(main)
    if program is None or main.is_library:
        return
    _reviewer(main)
    advise_on_imported_texts(names, program, languages, _used_sessions(program))
    _sizes(main)
    advise_on_rules(main, program)
    _unused(main, program)
    advise_on_phases(main, program)
    _next_program(main, program)
    _strengthening(main, program)
    try:
        _played_through(main, program, _Player(program))
    except _TooMuch:
        main.problems.add(
            "too-many-values",
            main.at("sessions", key=True),
            f"played through, the sessions of this program have more than {MOST_CUES_PLAYED} cues",
            "Split it into several programs.",
        )


def _played_through(main: Source, program: Program, player: _Player) -> None:
    longest: dict[str, float] = {}  # the scripts themselves are let go of: together they can fill the memory
    for session_id, session in program.sessions.items():
        scripts = player.scripts(session_id)
        if session_id in main.sessions:
            longest[session_id] = _session(main, session, scripts)
        else:
            longest[session_id] = _longest(scripts)
    _days(main, program, player, longest)


# -- the whole program ------------------------------------------------------------------------------------------------


def _reviewer(main: Source) -> None:
    if main.head is None:
        return
    reviewed = main.head.reviewed
    if not reviewed.by:
        mark = main.at("reviewed", "by") if "reviewed" in main.root else Mark(0, 0)
        main.problems.warn(
            "no-reviewer",
            mark,
            "no clinician has reviewed this program",
            "Add `reviewed: {by: ..., date: ...}` once one has.",
        )
    elif not reviewed.date:
        main.problems.warn(
            "no-review-date",
            main.at("reviewed", "by"),
            "the day of the review is missing",
            "Add it, for example `date: 2026-03-01`.",
        )


def _sizes(main: Source) -> None:
    for name, ladder in main.ladders.items():
        if ladder is None or ladder.kind != "dilator":
            continue
        sizes = [rung.size_mm for rung in ladder.rungs or ()]
        for index, (small, large) in enumerate(pairwise(sizes), 1):
            if small is not None and large is not None and large - small > BIGGEST_JUMP_MM:
                main.problems.warn(
                    "big-jump",
                    main.at("ladders", name, "rungs", index),
                    f"from {small:g} mm to {large:g} mm in one step",
                    "Put a size between them.",
                )


def _unused(main: Source, program: Program) -> None:
    used_sessions = _used_sessions(program)
    done = [exercise for session in program.sessions.values() for exercise in exercises_of(session)]
    used_exercises = {each.id for each in done} | {each.swap for each in done}
    references = (
        {reference.name for exercise in done for reference in exercise.references}
        | {reference.name for exercise in program.exercises.values() for reference in exercise.references}
        | {
            assigned.frequency.least.name
            for phase in program.phases
            for assigned in phase.do
            if isinstance(assigned.frequency.least, Reference)
        }
    )
    for section, what, used in (
        ("exercises", "exercise", used_exercises),
        ("sessions", "session", used_sessions),
        ("ladders", "ladder", references),
        ("parameters", "parameter", references),
    ):
        for name in getattr(main, section):
            if name not in used:
                main.problems.warn(
                    "unused",
                    main.at(section, name, key=True),
                    f"nothing uses the {what} `{name}`",
                    "Use it, or take it out.",
                )


def _used_sessions(program: Program) -> frozenset[str]:
    """Those of the phases (of a program without phases all), and those that they lead to."""
    return reached_from(program, {each.session for phase in program.phases for each in phase.do} or program.sessions)


def _next_program(main: Source, program: Program) -> None:
    for index, phase in main.phases:
        if phase.then == program.id:
            main.problems.warn(
                "then-itself",
                main.at("phases", index, "then"),
                f"`{program.id}` is this program itself",
                "Name the program that follows, or leave `then` out.",
            )


# -- sessions ---------------------------------------------------------------------------------------------------------


class _TooMuch(Exception):
    """More than a program with any use; a hostile one could take the processor and the memory of the server."""


class _Player:
    """Compiles the sessions of a program, MOST_CUES_PLAYED cues in all. Raises _TooMuch."""

    def __init__(self, program: Program) -> None:
        sessions = {name: _with_places(session) for name, session in program.sessions.items()}
        self._program = replace(program, sessions=sessions)
        self._cues = 0

    def scripts(
        self, session_id: str, parameters: Mapping[str, int | float] | None = None
    ) -> Iterator[Script | CannotCompile]:
        """The session at the lowest and at the highest rungs, each as often as it takes turns."""
        program = self._program
        turns = max(1, len(program.sessions[session_id].alternate))
        for end in (0, -1):
            rungs = {name: (ladder.rungs or _ANY_SET)[end].id for name, ladder in program.ladders.items()}
            for turn in range(turns):
                try:
                    script = compile_script(
                        program,
                        session_id,
                        rungs=rungs,
                        own_set=_ANY_SET,
                        parameters=parameters or {},
                        nth=turns * 20 + turn + 1,
                    )
                except CannotCompile as error:
                    self._count(_CUES_OF_A_FAILURE)
                    yield error
                else:
                    self._count(sum(len(step["cues"]) + 1 for step in script["steps"]))
                    yield script
            if not program.ladders:
                return

    def _count(self, cues: int) -> None:
        self._cues += cues
        if self._cues > MOST_CUES_PLAYED:
            raise _TooMuch


def _with_places(session: Session) -> Session:
    """The same session; in place of its exercises' ids stands where each step is written."""

    def placed(part: str) -> tuple[Step, ...]:
        steps: tuple[Step, ...] = getattr(session, part)
        return tuple(Step(replace(step.exercise, id=f"{part} {index}")) for index, step in enumerate(steps))

    return replace(session, warm_up=placed("warm_up"), steps=placed("steps"), finish=placed("finish"))


def _taken_apart(place: str) -> tuple[str, int]:
    part, _, index = place.partition(" ")
    return part, int(index)


def _longest(scripts: Iterable[Script | CannotCompile]) -> float:
    return max((script["longest_s"] for script in scripts if not isinstance(script, CannotCompile)), default=0.0)


def _session(main: Source, session: Session, scripts: Iterable[Script | CannotCompile]) -> float:
    """Tells what is odd in a session; gives how long it can last, in seconds."""
    path: Path = ("sessions", session.id)
    mark = main.at(*path, key=True)
    active = {step.exercise.id for step in session.steps if step.exercise.kind != "preparation"}
    if len(active) > MOST_ACTIVE:
        main.problems.warn(
            "many-exercises",
            mark,
            f"{len(active)} active exercises in one session",
            "Divide them between two sessions.",
        )
    longest = 0.0
    is_made = False
    reason: CannotCompile | None = None
    seen: set[tuple[Mark, str]] = set()
    for script in scripts:
        if isinstance(script, CannotCompile):
            reason = reason or script
            continue
        is_made = True
        longest = max(longest, script["longest_s"])
        for played in () if session.alternate else script["steps"]:
            part, index = _taken_apart(played["exercise"])
            step = getattr(session, part)[index]
            _captions(main, session, (*path, part, index), step.exercise, played, seen)
    if not is_made:
        main.problems.add("nothing-left", mark, str(reason), "Give it a step that is always done.")
    if longest > LONGEST_SESSION_S:
        main.problems.add(
            "too-long", mark, f"this session can last {longest / 60:.0f} minutes", "Shorten it to 2 hours at most."
        )
    dilators = [step for step in session.steps if step.exercise.kind == "dilator"]
    if dilators:
        first = session.steps.index(dilators[0])
        before = (*session.warm_up, *session.steps[:first])
        if not any(step.exercise.kind in ("relaxation", "stretching") for step in before):
            main.problems.warn(
                "no-warm-up",
                mark,
                "nothing relaxes the body before the first dilator",
                "Add `warm_up: [belly_breathing]`.",
            )
        if not has_stop_rule(session):
            main.problems.warn(
                "no-stop-rule",
                mark,
                "no rating ends this session",
                "Add for example `stop_when: [{pain_at_least: 7}]`.",
            )
    return longest


def _captions(
    main: Source, session: Session, path: Path, exercise: Exercise, played: dict[str, Any], seen: set[tuple[Mark, str]]
) -> None:
    """What is spoken, at the exercise or at the step that says something else; an imported file keeps its own."""
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


def _strengthening(main: Source, program: Program) -> None:
    relaxed = False
    phases: Iterable[tuple[str, ...]] = [tuple(a.session for a in phase.do) for phase in program.phases] or [
        tuple(program.sessions)
    ]
    warned: set[str] = set()
    for phase in phases:
        sessions = [program.sessions[name] for name in phase if name in program.sessions]
        sessions += [program.sessions[other] for session in sessions for other in session.alternate]
        for session in sessions:
            steps = [step.exercise for step in steps_of(session)]
            first = next((i for i, each in enumerate(steps) if each.kind == "strengthening"), None)
            if first is None or session.id not in main.sessions or session.id in warned:
                continue
            warned.add(session.id)
            mark = main.at("sessions", session.id, key=True)
            if not relaxed and not any(each.kind == "relaxation" for each in steps[:first]):
                main.problems.warn(
                    "strengthening-first",
                    mark,
                    "strengthening comes before any relaxation",
                    "Begin with a relaxation, or an earlier phase of it.",
                )
            ladders = {
                reference.name for each in steps if each.kind == "strengthening" for reference in each.references
            }
            if not any(name in program.ladders and program.ladders[name].locked for name in ladders):
                main.problems.warn(
                    "strengthening-unlocked",
                    mark,
                    "strengthening is open from the first day",
                    "Take its values from a ladder with `locked: true`.",
                )
        relaxed = relaxed or any(step.exercise.kind == "relaxation" for s in sessions for step in steps_of(s))


def _days(main: Source, program: Program, player: _Player, longest: Mapping[str, float]) -> None:
    for (index, _), phase in zip(main.phases, program.phases, strict=True):
        total = 0.0
        for assigned in phase.do:
            own = _taken(program, assigned.session) & set(phase.set)
            length = _longest(player.scripts(assigned.session, phase.set)) if own else longest[assigned.session]
            total += length * _times_a_day(assigned.frequency)
        if total > LONGEST_DAY_S:
            main.problems.warn(
                "long-day",
                main.at("phases", index, "do", key=True),
                f"a day of this phase can ask for {total / 60:.0f} minutes",
                "Ask for fewer or shorter sessions.",
            )


def _taken(program: Program, session_id: str) -> set[str]:
    """The ladders and parameters from which a session takes values."""
    outer = program.sessions[session_id]
    sessions = (outer, *(program.sessions[name] for name in outer.alternate))
    return {each.name for session in sessions for step in steps_of(session) for each in step.exercise.references}


def _times_a_day(frequency: Frequency) -> int:
    if frequency.per != "day":
        return 1
    return 1 if isinstance(frequency.most, Reference) else frequency.most
