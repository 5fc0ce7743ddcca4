"""Warnings about phases: days between them, phases that never have a day, insertion before its day.

What is said holds for every patient of the program, by the way in which `coach.domain.course` lays its phases out: one
after the other, none before the one above has ended; the insertion day never before the injection.
"""

from __future__ import annotations

from coach.domain.program import DayAnchor, Program
from coach.domain.uses import inserts
from coach.language import notation
from coach.language.shapes import PhaseShape
from coach.language.structure import Source

# By anchor: the day, counted from it, before which a phase cannot begin for any patient.
Floor = dict[str, int]


def advise_on_phases(main: Source, program: Program) -> None:
    _between(main)
    _before_insertion(main, program)


def _between(main: Source) -> None:
    floor: Floor = {}
    above: PhaseShape | None = None
    never_ends: str | None = None  # the phase that keeps all below from their turn
    for position, (index, phase) in enumerate(main.phases, 1):
        below = main.phases[position][1] if position < len(main.phases) else None
        if above is not None and phase.from_ is None and above.to is None and above.until is None:
            never_ends = never_ends or above.id
        begins = {"start": 0} if above is None and phase.from_ is None else _with(floor, phase.from_)
        if never_ends is not None:
            main.problems.warn(
                "unreachable-phase",
                main.at("phases", index, "id"),
                f"the phase `{never_ends}` above never ends",
                "Give that one a `to` or an `until`, or this one a `from`.",
            )
        elif phase.to is not None and not phase.at_least and phase.to.days < _lowest(begins, phase.to.on):
            main.problems.warn(
                "unreachable-phase",
                main.at("phases", index, "id"),
                f"its last day, `{notation.anchor(phase.to)}`, is over before this phase can begin",
                "Let it end later, end the phases above earlier, or put it above them.",
            )
        elif _is_overtaken(phase, below, begins):
            assert below is not None
            main.problems.warn(
                "unreachable-phase",
                main.at("phases", index, "id"),
                f"this phase is open, and `{below.id}` below begins no later than it",
                "Give this one a `to`, or let the one below begin later.",
            )
        elif above is None and phase.from_ is not None and phase.from_.on == "start" and phase.from_.days > 0:
            days = phase.from_.days
            main.problems.warn(
                "phase-gap",
                main.at("phases", index, "from"),
                f"{days} day{'s' if days > 1 else ''} lie between the start and this phase",
                "Begin at `start`, the first day, or put a phase before this one.",
            )
        elif above is not None and above.to is not None and phase.from_ is not None:
            _gap(main, index, phase.from_, above.to, above.id, floor)
        # `at_least` may move all days below, how far depends on the patient
        floor = _below(phase, {} if phase.at_least and phase.to else floor, begins)
        above = phase


def _is_overtaken(phase: PhaseShape, below: PhaseShape | None, begins: Floor) -> bool:
    """Whether an open phase ends on the day before it begins, because the one below takes over."""
    if phase.to is not None or below is None or below.from_ is None:
        return False
    return below.from_.days <= _lowest(begins, below.from_.on)


def _gap(main: Source, index: int, begins: DayAnchor, ends: DayAnchor, above: str, floor: Floor) -> None:
    mark = main.at("phases", index, "from")
    free = _lowest(floor, begins.on)
    if begins.on == ends.on:
        gap = begins.days - max(ends.days + 1, free)
        if gap > 0:
            main.problems.warn(
                "phase-gap",
                mark,
                f"{gap:g} day{'s' if gap > 1 else ''} lie between `{above}` and this phase",
                f"Begin at `{notation.anchor(_later(ends, 1))}`, or leave `from` out.",
            )
        elif begins.days <= ends.days:
            main.problems.warn(
                "phases-overlap",
                mark,
                f"this phase begins before `{above}` ends",
                f"Begin at `{notation.anchor(_later(ends, 1))}`.",
            )
    elif begins.days > free:
        main.problems.warn(
            "phase-gap",
            mark,
            f"days may lie between `{above}`, which ends at `{notation.anchor(ends)}`, and this phase",
            f"End `{above}` at `{notation.anchor(_later(begins, -1))}`, or leave `from` out.",
        )


def _before_insertion(main: Source, program: Program) -> None:
    """Told once, at the first phase: what is mended there holds for those below."""
    floor: Floor = {}
    for position, (index, phase) in enumerate(main.phases, 1):
        below = main.phases[position][1] if position < len(main.phases) else None
        begins = _with(floor, phase.from_)
        next_day = _next_day(phase, below)
        ends_before = next_day is not None and next_day.on == "injection" and next_day.days <= 0
        is_tied = not {"injection", "insertion"}.isdisjoint({*begins, next_day.on if next_day else None})
        if is_tied and _lowest(begins, "insertion") < 0 and not ends_before:
            for session in phase.do:
                if session in program.sessions and inserts(program, session):
                    main.problems.warn(
                        "before-insertion",
                        main.at("phases", index, "do", session, key=True),
                        f"`{session}` is held back until the insertion day, and this phase may begin before it",
                        "Give it to a phase from `insertion` on.",
                    )
                    return
        floor = _below(phase, floor, begins)


# -- days by their anchors --------------------------------------------------------------------------------------------


def _lowest(floor: Floor, anchor: str) -> float:
    """What is not before a day after the insertion day is not before that day after the injection either."""
    found = [floor[anchor]] if anchor in floor else []
    if anchor == "injection" and "insertion" in floor:
        found.append(floor["insertion"])
    return max(found, default=float("-inf"))


def _with(floor: Floor, day: DayAnchor | None) -> Floor:
    return floor if day is None else {**floor, day.on: max(day.days, floor.get(day.on, day.days))}


def _below(phase: PhaseShape, floor: Floor, begins: Floor) -> Floor:
    """The floor of the phase below: one with a last day, if it comes out empty, keeps nobody waiting for its first."""
    return begins if phase.to is None else _with(floor, _next_day(phase, None))


def _next_day(phase: PhaseShape, below: PhaseShape | None) -> DayAnchor | None:
    """The day after its last one; an open phase ends when the one below begins."""
    if phase.to is not None:
        return DayAnchor(phase.to.on, phase.to.days + 1)
    return below.from_ if below is not None else None


def _later(anchor: DayAnchor, days: int) -> DayAnchor:
    return DayAnchor(anchor.on, anchor.days + days)
