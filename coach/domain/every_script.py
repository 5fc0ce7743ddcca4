"""Every script that a program can give: each session at each rung, with the parameters of each phase, in each variant,
and as often as it was done before.

What differs without making another script is left out, so that there is an end to them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product

from coach.domain.ladders import ladders_of, rungs_of
from coach.domain.program import Program, Rung, Session
from coach.domain.script import CannotCompile, Script, compile_script
from coach.domain.uses import exercises_of

# Stands for a patient's own set where there is no patient: how many there are matters to a script, not how large.
ANY_SET = tuple(Rung(f"d{place}", size_mm=10.0 + 3 * place) for place in range(1, 9))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a script was compiled from. `parameters` are those that differ from the program's own, durations in ms."""

    session_id: str
    variant: str | None
    nth: int
    rungs: Mapping[str, str]
    parameters: Mapping[str, int | float]
    leave_out: frozenset[str]

    def __str__(self) -> str:
        at = ", ".join(f"{ladder} at {rung}" for ladder, rung in self.rungs.items())
        parts = [f"`{self.session_id}`", f"variant `{self.variant}`" if self.variant else "", at]
        return ", ".join(part for part in parts if part)


class TooMany(ValueError):
    """The program has more different scripts than were asked for."""


def scripts_of(program: Program, own_set: Sequence[Rung] = ANY_SET) -> Iterator[tuple[Choice, Script]]:
    """Each script with what it was compiled from. What cannot be compiled (no size on the lowest rung) is no script."""
    for choice in choices_of(program, own_set):
        if (script := script_of(program, choice, own_set)) is not None:
            yield choice, script


def choices_of(program: Program, own_set: Sequence[Rung] = ANY_SET, *, most: int | None = None) -> Iterator[Choice]:
    """What every script is compiled from.

    The rungs are those of the ladders that the session itself uses. Parameters: the program's own, what each phase
    sets, all at their least and all at their most. Where that makes more than `most`, of each ladder the lowest, the
    middle and the highest rung: between them a session differs in its numbers alone. Raises TooMany where that is
    still more.
    """
    if most is None or _number(_every(program, own_set, True), most) <= most:
        return _every(program, own_set, True)
    if _number(_every(program, own_set, False), most) <= most:
        return _every(program, own_set, False)
    raise TooMany


def script_of(program: Program, choice: Choice, own_set: Sequence[Rung] = ANY_SET) -> Script | None:
    try:
        return compile_script(
            program,
            choice.session_id,
            rungs=choice.rungs,
            own_set=own_set,
            parameters=choice.parameters,
            variant=choice.variant,
            nth=choice.nth,
            leave_out=choice.leave_out,
        )
    except CannotCompile:
        return None


def different_nth(program: Program, session_id: str) -> int:
    """From the first to which time a session's script may differ: its turns, or the longest list of durations in it."""
    session = program.sessions[session_id]
    lists = [len(exercise.for_ms) for each in _sittings(program, session) for exercise in exercises_of(each)]
    return max(1, len(session.alternate), *lists)


def _number(every: Iterator[Choice], most: int) -> int:
    return sum(1 for _ in islice(every, most + 1))


def _every(program: Program, own_set: Sequence[Rung], every_rung: bool) -> Iterator[Choice]:
    parameters = _parameters_of(program)
    for session in program.sessions.values():
        exercises = [exercise for each in _sittings(program, session) for exercise in exercises_of(each)]
        early = frozenset(exercise.id for exercise in exercises if exercise.not_before)
        for rungs in _rungs_of(program, session.id, own_set, every_rung):
            for values in parameters:
                yield from _choices(program, session, rungs, values, early)


def _choices(
    program: Program,
    session: Session,
    rungs: Mapping[str, str],
    values: Mapping[str, int | float],
    early: frozenset[str],
) -> Iterator[Choice]:
    for nth in range(1, different_nth(program, session.id) + 1):
        plays = session if session.variants or not session.alternate else _of_turn(program, session, nth)
        for variant in (None, *(each.id for each in plays.variants)):
            for leave_out in (frozenset[str](), early) if early else (frozenset[str](),):
                yield Choice(
                    session_id=session.id,
                    variant=variant,
                    nth=nth,
                    rungs=rungs,
                    parameters=values,
                    leave_out=leave_out,
                )


def _rungs_of(program: Program, session_id: str, own_set: Sequence[Rung], every: bool) -> Iterator[dict[str, str]]:
    ladders = sorted(ladders_of(program, session_id, with_variants=True))
    choices = [[rung.id for rung in rungs_of(program.ladders[name], own_set)] for name in ladders]
    if not every:
        choices = [list(dict.fromkeys((ids[0], ids[len(ids) // 2], ids[-1]))) if ids else [] for ids in choices]
    for rungs in product(*choices):
        yield dict(zip(ladders, rungs, strict=True))


def _parameters_of(program: Program) -> list[dict[str, int | float]]:
    least, most = (
        {
            name: limit
            for name, each in program.parameters.items()
            if (limit := each.minimum if which == "least" else each.maximum) is not None
        }
        for which in ("least", "most")
    )
    found: list[dict[str, int | float]] = []
    for values in ({}, *(dict(phase.set) for phase in program.phases), least, most):
        if values not in found:
            found.append(values)
    return found


def _of_turn(program: Program, session: Session, nth: int) -> Session:
    return program.sessions[session.alternate[(nth - 1) % len(session.alternate)]]


def _sittings(program: Program, session: Session) -> tuple[Session, ...]:
    """The session, or those that it takes turns with."""
    return tuple(program.sessions[name] for name in session.alternate) or (session,)
