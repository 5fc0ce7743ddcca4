"""Months of practice after an injection, made from a seed: two patients whose pain takes the same course."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date, timedelta

from coach.domain.course import AssignmentFacts, Performed, Place
from coach.domain.plan import plans_between
from tests.domain.courses import INJECTED, assignment, sitting

MINUTES = {"calm": ("relaxation", 6), "dilate": ("dilator", 15), "stretch": ("stretching", 8)}
TODAY = INJECTED + timedelta(days=118)
LADDER = tuple(
    Place(INJECTED + timedelta(days=day), "dilator", rung)
    for day, rung in ((-14, "d1"), (12, "d2"), (26, "d3"), (47, "d4"))
)
_SIZES = {"d1": 13.0, "d2": 16.0, "d3": 19.0, "d4": 22.0}


def course() -> AssignmentFacts:
    return assignment(placements=LADDER)


def asked_on(of: AssignmentFacts, session_key: str, day: date) -> Mapping[str, int]:
    kind, minutes = MINUTES[session_key]
    return {kind: minutes * 60_000}


def steady(of: AssignmentFacts, *, until: date = TODAY) -> list[Performed]:
    """Practice goes on; pain comes down after the injection and up again from about day 84."""
    return _practised(of, until, lambda n: 0.92)


def fading(of: AssignmentFacts, *, until: date = TODAY) -> list[Performed]:
    """The same course of pain, but practice becomes less from about day 62 on."""
    return _practised(of, until, lambda n: 0.92 if n < 62 else max(0.4, 0.92 - (n - 62) * 0.02))


def _practised(of: AssignmentFacts, until: date, chance) -> list[Performed]:
    pain_dice, dice = random.Random(7), random.Random(11)
    log: list[Performed] = []
    for plan in plans_between(of.start_on, until, assignments=[of], performed=()):
        n = (plan.day - INJECTED).days
        base = 6.0 if n < 2 else max(1.2, 6.0 - n * 0.16) if n < 80 else 1.2 + min(3.2, (n - 80) * 0.11)
        for item in plan.items:
            often = {"per_week": 4 / 7, "on_any_days": 6 / 7}.get(item.reason.code, 1.0)
            for _ in range(max(1, item.least)):
                pain = max(0, min(10, round(base + pain_dice.uniform(-0.9, 0.9))))
                if dice.random() <= chance(n) * often:
                    log.append(_sitting(of, item.session_key, plan.day, pain, dice))
    return log


def _sitting(of: AssignmentFacts, session_key: str, day: date, pain: int, dice: random.Random) -> Performed:
    kind, minutes = MINUTES[session_key]
    if session_key != "dilate":
        done = {kind: minutes * 60_000}
        return sitting(of, session_key, day, dose_ms=done, asked_ms=done)
    stopped = dice.random() < 0.04
    place = next(each for each in reversed(LADDER) if each.from_on <= day)
    return sitting(
        of,
        session_key,
        day,
        outcome="stopped" if stopped else "complete",
        stop_reason="pain" if stopped else None,
        dose_ms={kind: round(minutes * 60_000 * (dice.uniform(0.3, 0.6) if stopped else 1.0))},
        asked_ms={kind: minutes * 60_000},
        size_mm=_SIZES[place.rung],
        rung=place.rung,
        pain_before=min(10, pain + dice.choice([0, 1, 1, 2])),
        pain_peak=min(10, pain + 1),
        pain_after=pain,
        anxiety_before=min(10, pain + dice.choice([0, 1, 2])),
        anxiety_peak=min(10, pain + 1),
        anxiety_after=max(0, pain - dice.choice([0, 1])),
    )
