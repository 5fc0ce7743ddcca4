"""Warnings that a careful colleague would give. By themselves they never keep a program from being published."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from coach.domain.program import LARGEST_STEP_MM, Program, Reference, Session
from coach.domain.uses import exercises_of, reached_from, steps_of
from coach.language.checks import Names
from coach.language.phase_advice import advise_on_phases
from coach.language.played import advise_on_playing
from coach.language.problems import Mark
from coach.language.reading import Path
from coach.language.rule_advice import advise_on_rules, has_stop_rule
from coach.language.structure import Source
from coach.language.text_advice import advise_on_imported_texts, advise_on_texts

MOST_ACTIVE = 4


def advise(names: Names, program: Program | None) -> None:
    """Adds warnings to the program's file; `program` is None where there are errors, and then less can be said.

    What shows only when it is played may be an error.
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
    advise_on_playing(main, program)
    for session in program.sessions.values():
        if session.id in main.sessions:
            _session(main, session)


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
            if small is not None and large is not None and large - small > LARGEST_STEP_MM:
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


def _session(main: Source, session: Session) -> None:
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
