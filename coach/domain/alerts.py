"""What a program asks its therapist to look at (`alerts:`), from what was done. Never a message to the patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from coach.domain.calendar import days_from, days_since, week_of
from coach.domain.course import AssignmentFacts, Performed, day_of_anchor, in_force, pauses_on
from coach.domain.ladders import rungs_of
from coach.domain.plan import phase_on
from coach.domain.program import Alert, Comparison, Ladder


@dataclass(frozen=True, slots=True)
class Raised:
    """One alert of a program that holds. `params`: `days` or more without a session (no_session); `times` within `days`
    (rating); `rungs` below the best week before, in `weeks` in a row (comfort_down)."""

    assignment_id: UUID
    alert_id: str
    on: Literal["no_session", "comfort_down", "rating"]
    params: Mapping[str, int] = field(default_factory=dict)


def raised_on(
    day: date, *, assignments: Sequence[AssignmentFacts], performed: Iterable[Performed]
) -> tuple[Raised, ...]:
    """The alerts of all programs that run on that day and hold on it, by what is known of what was `performed`."""
    log = [sitting for sitting in performed if sitting.is_closed and sitting.day_on <= day]
    found = []
    for assignment, ends in in_force(assignments):
        if day < assignment.start_on or (ends is not None and day > ends) or phase_on(assignment, day) is None:
            continue
        hers = [sitting for sitting in log if sitting.assignment_id == assignment.id]
        for alert in assignment.program.alerts:
            params = _params(alert, assignment, hers, day) if _has_begun(alert, assignment, day) else None
            if params is not None:
                found.append(Raised(assignment.id, alert.id, alert.on, params))
    return tuple(found)


def _has_begun(alert: Alert, assignment: AssignmentFacts, day: date) -> bool:
    if alert.not_before is None:
        return True
    begins = day_of_anchor(alert.not_before, assignment)
    return begins is not None and begins <= day


def _params(
    alert: Alert, assignment: AssignmentFacts, hers: Sequence[Performed], day: date
) -> Mapping[str, int] | None:
    match alert.on:
        case "no_session":
            return _silence(alert, assignment, hers, day)
        case "rating":
            return _ratings(alert, hers, day)
        case "comfort_down":
            return _setback(alert, assignment, hers)


def _silence(
    alert: Alert, assignment: AssignmentFacts, hers: Sequence[Performed], day: date
) -> Mapping[str, int] | None:
    """Paused days are not silent, and neither are those before it was given to her."""
    begins = max(assignment.start_on, assignment.given_on or assignment.start_on)
    since = max((sitting.day_on for sitting in hers), default=begins)
    since = max(since, begins)
    if days_since(since, day) < alert.value:
        return None
    silent = sum(1 for each in days_from(since + timedelta(days=1), day) if not pauses_on(assignment, each))
    return {"days": alert.value} if silent >= alert.value else None


def _ratings(alert: Alert, hers: Sequence[Performed], day: date) -> Mapping[str, int] | None:
    within = alert.within_days
    looked_at = [sitting for sitting in hers if within is None or days_since(sitting.day_on, day) < within]
    times = sum(1 for sitting in looked_at if all(_holds(each, sitting) for each in alert.comparisons))
    if times < alert.times:
        return None
    return {"times": times, **({} if within is None else {"days": within})}


def _holds(clause: Comparison, sitting: Performed) -> bool:
    """A rating that was skipped, or on a scale of the program's own, meets no condition."""
    ratings = {
        "pain": (sitting.pain_before, sitting.strongest_pain),
        "anxiety": (sitting.anxiety_before, sitting.strongest_anxiety),
    }
    before, strongest = ratings.get(clause.scale, (None, None))
    if strongest is None:
        return False
    match clause.test:
        case "at_least":
            return strongest >= clause.value
        case "rises_by":
            return before is not None and strongest - before >= clause.value
        case "at_most" | "never_above":
            return strongest <= clause.value


def _setback(alert: Alert, assignment: AssignmentFacts, hers: Sequence[Performed]) -> Mapping[str, int] | None:
    """By the largest rung of each week that was comfortable, as the ladder's own way up understands it; a week is one
    check where a rung was used and rated."""
    for ladder in assignment.program.ladders.values():
        if ladder.kind != "dilator" or not ladder.up:
            continue
        rungs = [rung.id for rung in rungs_of(ladder, assignment.own_set)]
        weeks: dict[date, int] = {}
        for sitting in hers:
            if sitting.rung not in rungs or sitting.strongest_pain is None:
                continue
            place = rungs.index(sitting.rung) if _is_comfortable(ladder, sitting) else -1
            week = week_of(sitting.day_on)
            weeks[week] = max(weeks.get(week, -1), place)
        checks = [weeks[week] for week in sorted(weeks)]
        before, last = checks[: -alert.times], checks[-alert.times :]
        if before and len(last) == alert.times and max(last) <= max(before) - alert.value:
            return {"rungs": max(before) - max(last), "weeks": alert.times}
    return None


def _is_comfortable(ladder: Ladder, sitting: Performed) -> bool:
    return any(
        all(_holds(each, sitting) for each in rule.all_of if each.scale in ("pain", "anxiety")) for rule in ladder.up
    )
