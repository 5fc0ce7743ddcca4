"""What a value can be for a patient: over all rungs, and under what the phases set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, product

from coach.domain.program import Exercise, Phase, Program, Reference, Rung, Session, Variant
from coach.domain.script import CannotCompile, compile_script

Settings = Mapping[str, int | float]
_MOST_PLACES, _MOST_SCRIPTS = 200, 1000  # beyond them a length is told from some of what it can be
# Sizes change no length, only whether there is a smaller and a larger one: these stand for any set.
_ANY_SET = tuple(Rung(f"any{number}", size_mm=10.0 + number) for number in range(5))


def settings_of(program: Program, session: str) -> tuple[Settings, ...]:
    """The parameters' values under which the session is done: of every phase that asks for it, each once."""
    phases = [phase for phase in program.phases if session in sessions_of(program, phase)]
    found: list[Settings] = []
    for phase in phases:
        settings = setting_in(program, phase)
        if settings not in found:
            found.append(settings)
    return tuple(found) or (setting_in(program, None),)


def setting_in(program: Program, phase: Phase | None) -> Settings:
    values = {name: parameter.default for name, parameter in program.parameters.items()}
    if phase is not None:
        values.update({name: value for name, value in phase.set.items() if name in values})
    return values


def sessions_of(program: Program, phase: Phase) -> tuple[str, ...]:
    """What a phase asks for, with what may come in its turn or in its place."""
    found: dict[str, None] = {}
    waiting = [assigned.session for assigned in phase.do]
    while waiting:
        name = waiting.pop(0)
        session = program.sessions.get(name)
        if name in found or session is None:
            continue
        found[name] = None
        waiting += [*session.alternate, *(each.session for each in session.instead_when)]
    return tuple(found)


def values_of(program: Program, value: float | Reference, settings: Sequence[Settings]) -> list[float]:
    """The value itself, or what a reference is worth over the settings or the rungs; empty: nothing is known of it."""
    if not isinstance(value, Reference):
        return [value]
    if value.field is None and (parameter := program.parameters.get(value.name)):
        return [each.get(value.name, parameter.default) for each in settings]
    ladder = program.ladders.get(value.name)
    if ladder is None or ladder.rungs is None:
        return []
    if value.field in (None, "size"):
        return [rung.size_mm for rung in ladder.rungs if rung.size_mm is not None]
    return [rung.values[value.field] for rung in ladder.rungs if value.field in rung.values]


def exercises_of(session: Session) -> tuple[Exercise, ...]:
    """The exercises of its steps, those of its variants too."""
    own = [step for variant in session.variants for step in variant.steps or ()]
    return tuple(step.exercise for step in (*session.warm_up, *session.steps, *session.finish, *own))


def lengths(
    program: Program, session: str, settings: Sequence[Settings], variant: Variant | None = None
) -> tuple[float, float] | None:
    """The shortest and the longest that a session can be in seconds, over rungs, settings and turns; None where it
    cannot be made."""
    found: list[float] = []
    turns = range(1, _turns(program, session) + 1)
    for rungs, values, nth in islice(product(_places(program, session), settings, turns), _MOST_SCRIPTS):
        try:
            script = compile_script(
                program,
                session,
                rungs=rungs,
                own_set=_ANY_SET,
                parameters=values,
                variant=variant.id if variant else None,
                nth=nth,
            )
        except CannotCompile:
            continue
        found += [script["shortest_s"], script["longest_s"]]
    return (min(found), max(found)) if found else None


def _played(program: Program, session: str) -> tuple[Session, ...]:
    outer = program.sessions.get(session)
    if outer is None:
        return ()
    return (outer, *(program.sessions[name] for name in outer.alternate if name in program.sessions))


def _turns(program: Program, session: str) -> int:
    played = _played(program, session)
    lengths_in_turn = [len(exercise.for_ms) for each in played for exercise in exercises_of(each)]
    return max([1, *lengths_in_turn, *(len(each.alternate) for each in played)])


def _places(program: Program, session: str) -> list[dict[str, str]]:
    """Every combination of rungs on the ladders that the session refers to; of very many the ends and the middle."""
    names = {
        reference.name: None
        for each in _played(program, session)
        for exercise in exercises_of(each)
        for reference in exercise.references
        if reference.name in program.ladders
    }
    rungs = [[rung.id for rung in program.ladders[name].rungs or _ANY_SET] for name in names]
    places = 1
    for each in rungs:
        places *= len(each)
    if places > _MOST_PLACES:
        rungs = [list(dict.fromkeys((each[0], each[len(each) // 2], each[-1]))) for each in rungs]
    return [dict(zip(names, chosen, strict=True)) for chosen in product(*rungs)]
