"""When a phase whose end is somebody's to say has shown what its program asks for, and what comes after it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from coach.domain.calendar import days_since
from coach.domain.course import AssignmentFacts, PhaseSpan, can_be_ended, is_insertion
from coach.domain.program import Phase, Program, Rule
from coach.domain.progression import Sitting, is_met, met_by
from coach.domain.uses import steps_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSitting:
    """One sitting that ended, with the session of the plan that it was."""

    session_key: str
    sitting: Sitting


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """A phase that runs and that somebody may end. `is_met`: the log shows what its `until` asks for, of `met` sessions
    of `need` (0 of 0 without a rule). `days_left`: so many of its least days are still to come. `after`: the phase that
    begins then, None where the program is over with it."""

    phase: Phase
    first: date
    is_met: bool
    met: int
    need: int
    days_left: int
    after: Phase | None


def ending_on(assignment: AssignmentFacts, day: date, log: Iterable[PhaseSitting] = ()) -> Ending | None:
    """The phase of that day, where it is somebody's to say when it ends; None elsewhere. `log`: the assignment's
    sittings, in any order."""
    parts = _parts_on(assignment, day)
    if not parts or not can_be_ended(assignment.program, parts[0].phase.id):
        return None
    phases = assignment.program.phases
    position = next(number for number, each in enumerate(phases) if each.id == parts[0].phase.id)
    phase, first = phases[position], parts[0].first
    days_left = max(0, phase.at_least_days - days_since(first, day) - 1)
    met = need = 0
    done = False
    if phase.until is not None:
        seen = _counting(assignment.program, phase.until, log, first, day)
        met, need, done = met_by(phase.until, seen), phase.until.after.need, until_met(phase.until, seen)
    return Ending(
        phase=phase,
        first=first,
        is_met=done and not days_left,
        met=min(met, need),
        need=need,
        days_left=days_left,
        after=phases[position + 1] if position + 1 < len(phases) else None,
    )


def until_met(rule: Rule, sittings: Sequence[Sitting]) -> bool:
    """Whether the last of these sittings (oldest first) show what the rule asks for. A rating that was skipped meets no
    condition."""
    return is_met(rule, sittings)


def _parts_on(assignment: AssignmentFacts, day: date) -> list[PhaseSpan]:
    """All parts of the phase of that day: an injection may cut it."""
    here = next((span for span in assignment.spans if span.holds(day)), None)
    return [] if here is None else [span for span in assignment.spans if span.phase.id == here.phase.id]


def _counting(program: Program, rule: Rule, log: Iterable[PhaseSitting], first: date, last: date) -> list[Sitting]:
    """The sittings of the phase that say something about the rule, oldest first: whole sessions in which it is asked
    for. A session without the question neither speaks for the end nor against it."""
    inside = [
        each.sitting
        for each in log
        if first <= each.sitting.day <= last
        and not each.sitting.is_variant
        and each.session_key in program.sessions
        and _speaks(program, each.session_key, rule)
    ]
    return sorted(inside, key=lambda each: (each.day, each.at))


def _speaks(program: Program, session_key: str, rule: Rule) -> bool:
    session = program.sessions[session_key]
    if rule.stayed_at_opening is not None and not is_insertion(program, session):
        return False
    whole = [session, *(program.sessions[each] for each in session.alternate if each in program.sessions)]
    asked = {scale for each in whole for scale in each.ask_after}
    asked |= {step.exercise.check.scale for each in whole for step in steps_of(each) if step.exercise.check}
    return all(comparison.scale in asked for comparison in rule.all_of)
