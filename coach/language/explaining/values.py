"""What a value can be for a patient: over all rungs, and under what the phases set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice, product
from math import prod

from coach.domain.every_script import ANY_SET, different_nth
from coach.domain.ladders import ladders_of
from coach.domain.program import Phase, Program, Reference, Session, Variant
from coach.domain.script import CannotCompile, compile_script
from coach.domain.uses import leads_to

Settings = Mapping[str, int | float]
_MOST_PLACES, _MOST_SCRIPTS = 200, 1000  # beyond them a length is told from some of what it can be


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
        waiting += leads_to(session)
    return tuple(found)


def told_sessions(program: Program) -> tuple[Session, ...]:
    """Every session that a phase leads to, in the order in which they first come; without phases all of them."""
    if not program.phases:
        return tuple(program.sessions.values())
    names = dict.fromkeys(name for phase in program.phases for name in sessions_of(program, phase))
    return tuple(program.sessions[name] for name in names)


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


def lengths(
    program: Program, session: str, settings: Sequence[Settings], variant: Variant | None = None
) -> tuple[float, float] | None:
    """The shortest and the longest that a session can be in seconds, over rungs, settings and turns; None where it
    cannot be made."""
    if not _can_be_made(program, session):
        return None
    return _over(program, session, _places(program, session), settings, variant)


def lengths_by_rung(
    program: Program, session: str, settings: Sequence[Settings], variant: Variant | None = None
) -> dict[str, tuple[float, float]]:
    """Rung -> the shortest and the longest in seconds, where the session goes by one ladder that lists its rungs."""
    if not _can_be_made(program, session):
        return {}
    names = ladders_of(program, session, with_variants=True)
    ladder = program.ladders[next(iter(names))] if len(names) == 1 else None
    found = {}
    for rung in (ladder.rungs or ()) if ladder else ():
        assert ladder is not None
        if (length := _over(program, session, [{ladder.id: rung.id}], settings, variant)) is not None:
            found[rung.id] = length
    return found


def _can_be_made(program: Program, session: str) -> bool:
    found = program.sessions.get(session)
    return found is not None and all(name in program.sessions for name in found.alternate)


def _over(
    program: Program,
    session: str,
    places: Sequence[dict[str, str]],
    settings: Sequence[Settings],
    variant: Variant | None,
) -> tuple[float, float] | None:
    found: list[float] = []
    turns = range(1, different_nth(program, session) + 1)
    for rungs, values, nth in islice(product(places, settings, turns), _MOST_SCRIPTS):
        try:
            script = compile_script(
                program,
                session,
                rungs=rungs,
                own_set=ANY_SET,
                parameters=values,
                variant=variant.id if variant else None,
                nth=nth,
            )
        except CannotCompile:
            continue
        found += [script["shortest_s"], script["longest_s"]]
    return (min(found), max(found)) if found else None


def _places(program: Program, session: str) -> list[dict[str, str]]:
    """Every combination of rungs on the ladders that the session refers to; of very many the ends and the middle."""
    names = sorted(ladders_of(program, session, with_variants=True))
    rungs = [[rung.id for rung in program.ladders[name].rungs or ANY_SET] for name in names]
    if prod(len(each) for each in rungs) > _MOST_PLACES:
        rungs = [list(dict.fromkeys((each[0], each[len(each) // 2], each[-1]))) for each in rungs]
    return [dict(zip(names, chosen, strict=True)) for chosen in product(*rungs)]
