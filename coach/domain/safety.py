"""Which safety questions stand open to a patient at any time, whatever a session has asked her already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256

from coach.domain.calendar import days_since
from coach.domain.course import AssignmentFacts, InjectionFacts
from coach.domain.plan import safety_checks_on
from coach.domain.program import SafetyCheck


def open_checks(
    day: date,
    *,
    assignments: Sequence[AssignmentFacts],
    injections: Iterable[InjectionFacts],
    usual: Sequence[SafetyCheck],
) -> tuple[SafetyCheck, ...]:
    """Every check within whose days that day lies, the most urgent first: of all her programs, also on days on which
    no session asks it, and of the clinic's `usual` ones those of an urgency that no program asks about.

    The `usual` ones count from the day of any injection that was not cancelled (a planned one from its day on: to ask
    for nothing does no harm).
    """
    asked = [check for _, check in safety_checks_on(day, assignments=assignments, however_often=True)]
    covered = {check.urgency for check in asked}
    since = [days_since(each.on, day) for each in injections if not each.cancelled]
    asked += [
        check
        for check in usual
        if check.urgency not in covered and any(check.from_.days <= days <= check.to.days for days in since)
    ]
    return by_urgency(asked)


def token_of(check: SafetyCheck) -> str:
    """What a device calls the question: it tells the words that she read apart, and says nothing of them."""
    texts = [[text.default, sorted(text.by_language.items())] for text in (check.ask, check.say)]
    return sha256(json.dumps([check.id, check.urgency, texts]).encode()).hexdigest()[:_TOKEN]


def by_urgency(checks: Iterable[SafetyCheck]) -> tuple[SafetyCheck, ...]:
    """The most urgent first, otherwise as they come: a yes ends the questions, so nothing urgent stands behind it."""
    return tuple(sorted(checks, key=lambda check: _URGENCIES.index(check.urgency)))


_TOKEN = 20  # characters
_URGENCIES = ("emergency", "same_day", "routine")
