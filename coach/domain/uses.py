"""Which sessions of a program make use of one of its exercises, ladders, parameters or scales, or lead to a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from coach.domain.ladders import steps_of
from coach.domain.program import Exercise, Program, Reference, Session


def of_session(program: Program, session_id: str) -> frozenset[str]:
    """The session itself, those that take turns with it or do it instead, and those that lead to them."""
    found = {session_id}
    waiting = [session_id]
    while waiting:
        wanted = waiting.pop()
        for session in program.sessions.values():
            if session.id not in found and wanted in _leads_to(session):
                found.add(session.id)
                waiting.append(session.id)
    return frozenset(found)


def of_exercise(program: Program, exercise_id: str) -> frozenset[str]:
    return _where(program, lambda session: any(exercise_id in (each.id, each.swap) for each in exercises_of(session)))


def of_reference(program: Program, name: str) -> frozenset[str]:
    """`name`: a ladder or a parameter; how often a session is due may refer to one too."""
    often = {
        assigned.session
        for phase in program.phases
        for assigned in phase.do
        if any(isinstance(n, Reference) and n.name == name for n in (assigned.frequency.least, assigned.frequency.most))
    }
    return _where(
        program,
        lambda session: any(
            reference.name == name for exercise in exercises_of(session) for reference in exercise.references
        ),
    ).union(often)


def of_scale(program: Program, scale: str) -> frozenset[str]:
    def hears(session: Session) -> bool:
        rules = (*session.stop_when, *session.ease_when)
        return (
            scale in (*session.ask_before, *session.ask_after)
            or any(clause.scale == scale for rule in rules for clause in rule.all_of)
            or any(other.scale == scale for other in session.instead_when)
            or any(each.check is not None and each.check.scale == scale for each in exercises_of(session))
        )

    return _where(program, hears)


def exercises_of(session: Session) -> Iterator[Exercise]:
    """As its steps do them, those of its variants included."""
    for step in steps_of(session):
        yield step.exercise
    for variant in session.variants:
        for step in variant.steps or ():
            yield step.exercise


def _where(program: Program, is_meant: Callable[[Session], bool]) -> frozenset[str]:
    found = [of_session(program, session.id) for session in program.sessions.values() if is_meant(session)]
    return frozenset().union(*found)


def _leads_to(session: Session) -> tuple[str, ...]:
    return (*session.alternate, *(each.session for each in session.instead_when))
