"""What a session consists of, where it can lead, and which sessions make use of an exercise, a ladder or a scale."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from coach.domain.program import Exercise, Program, Reference, Session, Step


def steps_of(session: Session) -> tuple[Step, ...]:
    """In the order in which they are played, without those that only a variant has."""
    return session.warm_up + session.steps + session.finish


def exercises_of(session: Session) -> Iterator[Exercise]:
    """As its steps do them, those of its variants included."""
    for step in steps_of(session):
        yield step.exercise
    for variant in session.variants:
        for step in variant.steps or ():
            yield step.exercise


def leads_to(session: Session) -> tuple[str, ...]:
    """Sessions that it takes turns with, and those that a rule of it puts in its place."""
    return (*session.alternate, *(each.session for each in session.instead_when))


def reached_from(program: Program, session_ids: Iterable[str]) -> frozenset[str]:
    """These sessions and all that they can lead to."""
    found: set[str] = set()
    waiting = list(session_ids)
    while waiting:
        session_id = waiting.pop()
        if session_id in program.sessions and session_id not in found:
            found.add(session_id)
            waiting += leads_to(program.sessions[session_id])
    return frozenset(found)


def inserts(program: Program, session_id: str) -> bool:
    """Whether any way through the session, or one that it can lead to, has a dilator in it."""
    return any(
        exercise.kind == "dilator"
        for each in reached_from(program, (session_id,))
        for exercise in exercises_of(program.sessions[each])
    )


def of_session(program: Program, session_id: str) -> frozenset[str]:
    """The session itself, those that take turns with it or do it instead, and those that lead to them."""
    found = {session_id}
    waiting = [session_id]
    while waiting:
        wanted = waiting.pop()
        for session in program.sessions.values():
            if session.id not in found and wanted in leads_to(session):
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


def _where(program: Program, is_meant: Callable[[Session], bool]) -> frozenset[str]:
    found = [of_session(program, session.id) for session in program.sessions.values() if is_meant(session)]
    return frozenset().union(*found)


def contracting(program: Program) -> frozenset[str]:
    """The parameters that say how long an exercise of the program contracts."""
    of_sessions = (exercise for session in program.sessions.values() for exercise in exercises_of(session))
    return frozenset(
        exercise.contract_ms.name
        for exercise in (*program.exercises.values(), *of_sessions)
        if isinstance(exercise.contract_ms, Reference) and exercise.contract_ms.name in program.parameters
    )
