"""Which safety questions stand open to a patient at any time, whatever a session has asked her already."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date
from hashlib import sha256

from coach.domain.calendar import days_since
from coach.domain.course import AssignmentFacts, InjectionFacts, in_force, is_insertion
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
    no session asks it, and of the clinic's `usual` ones those of `usual_on`."""
    asked = [check for _, check in safety_checks_on(day, assignments=assignments, however_often=True)]
    return by_urgency([*asked, *usual_on(day, assignments=assignments, injections=injections, usual=usual)])


def usual_on(
    day: date,
    *,
    assignments: Sequence[AssignmentFacts],
    injections: Iterable[InjectionFacts],
    usual: Sequence[SafetyCheck],
) -> tuple[SafetyCheck, ...]:
    """Of the clinic's usual checks those of an urgency that no program of hers asks about within its days.

    Those that count from an injection: from the day of any that was not cancelled (a planned one from its day on: to
    ask for nothing does no harm). Those that count from the start are for whom a program with insertion runs, where
    nothing of their urgency is asked for an injection.
    """
    covered = {check.urgency for _, check in safety_checks_on(day, assignments=assignments, however_often=True)}
    since = [days_since(each.on, day) for each in injections if not each.cancelled]
    found = [
        check
        for check in usual
        if check.from_.on == "injection"
        and check.urgency not in covered
        and any(check.from_.days <= days <= check.to.days for days in since)
    ]
    covered |= {check.urgency for check in found}
    if any(_inserts(assignment, ends, day) for assignment, ends in in_force(assignments)):
        found += [check for check in usual if check.from_.on == "start" and check.urgency not in covered]
    return tuple(found)


def _inserts(assignment: AssignmentFacts, ends: date | None, day: date) -> bool:
    runs = assignment.start_on <= day and (ends is None or day <= ends)
    return runs and any(is_insertion(assignment.program, each) for each in assignment.program.sessions.values())


def token_of(check: SafetyCheck) -> str:
    """What a device calls the question: it tells the words that she read apart, and says nothing of them."""
    texts = [[text.default, sorted(text.by_language.items())] for text in (check.ask, check.say)]
    return sha256(json.dumps([check.id, check.urgency, texts]).encode()).hexdigest()[:_TOKEN]


def by_urgency(checks: Iterable[SafetyCheck]) -> tuple[SafetyCheck, ...]:
    """The most urgent first, otherwise as they come: a yes ends the questions, so nothing urgent stands behind it."""
    return tuple(sorted(checks, key=lambda check: _URGENCIES.index(check.urgency)))


_TOKEN = 20  # characters
_URGENCIES = ("emergency", "same_day", "routine")
