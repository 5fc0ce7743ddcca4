"""The plan of a year for one patient with three programs and three injections, beside making its values alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import fields
from datetime import date, timedelta
from uuid import UUID

from benchmarks.report import Row
from coach import resource
from coach.domain.course import AssignmentFacts, InjectionFacts, Pause, Performed, Place
from coach.domain.plan import DayPlan, PlanItem, Reason, plans_between
from coach.domain.program import Program, Rung
from coach.language.check import check

FIRST, DAYS = date(2026, 1, 5), 365
_INJECTED = tuple(FIRST + timedelta(days=days) for days in (14, 134, 254))
_SET = tuple(Rung(f"d{number}", size_mm=size) for number, size in enumerate((13.0, 16.0, 19.0, 22.0), 1))
_CALLS = 3  # a round


def measure(*, rounds: int) -> Row:
    assignments, log = _course()
    last = FIRST + timedelta(days=DAYS - 1)

    def ours() -> tuple[DayPlan, ...]:
        # From new facts each time: what they work out once for all days is part of the work.
        fresh = [AssignmentFacts(**{each.name: getattr(of, each.name) for each in fields(of)}) for of in assignments]
        return plans_between(FIRST, last, assignments=fresh, performed=log)

    made = ours()

    def limit() -> None:
        for plan in made:
            for item in plan.items:
                values = {each.name: getattr(item, each.name) for each in fields(item)}
                PlanItem(**values | {"reason": Reason(item.reason.code, dict(item.reason.params))})
            DayPlan(**{each.name: getattr(plan, each.name) for each in fields(plan)})

    limit()
    times = [(_milliseconds(ours), _milliseconds(limit)) for _ in range(rounds)]
    items = sum(len(plan.items) for plan in made)
    return Row(
        "plan of a year",
        [ours_ms for ours_ms, _ in times],
        [limit_ms for _, limit_ms in times],
        goal_share=0.1,
        goal_ms=50,
        counts=f"{DAYS} days, 3 programs, 3 injections, {len(log)} sessions done, {items} planned",
    )


def _course() -> tuple[list[AssignmentFacts], list[Performed]]:
    injections = tuple(
        InjectionFacts(id=UUID(int=number), on=on, given=True, insertion_on=on + timedelta(days=3))
        for number, on in enumerate(_INJECTED, 1)
    )
    pauses = tuple(
        Pause(first=FIRST + timedelta(days=day), last=FIRST + timedelta(days=day + 4), why="menses")
        for day in range(20, DAYS, 28)
    )
    dilation, calm, strength = (
        _program(name) for name in ("after-injection-dilation", "down-training", "strengthening")
    )
    given = [(dilation, each.on - timedelta(days=14), each) for each in injections]
    given += [(calm, FIRST, None), (strength, FIRST, None)]
    assignments = [
        AssignmentFacts(
            id=UUID(int=100 + number),
            program=program,
            start_on=start_on,
            injection=injection,
            injections=injections,
            own_set=_SET,
            placements=tuple(
                Place(start_on + timedelta(days=21 * step), ladder.id, rung.id)
                for ladder in program.ladders.values()
                for step, rung in enumerate(ladder.rungs or _SET)
            ),
            pauses=pauses,
        )
        for number, (program, start_on, injection) in enumerate(given)
    ]
    log = [
        Performed(
            assignment_id=item.assignment_id, session_key=item.session_key, day_on=plan.day, credit=1.0,
            outcome="complete",
        )
        for plan in plans_between(FIRST, FIRST + timedelta(days=DAYS - 1), assignments=assignments, performed=())
        for item in plan.items
        if item.left
    ]  # fmt: skip
    return assignments, log


def _program(name: str) -> Program:
    folder = resource("programs")
    text = (folder / f"{name}.yaml").read_text()
    program = check(text, file=f"{name}.yaml", read=lambda path: (folder / f"{path}.yaml").read_bytes()).program
    if program is None:
        raise RuntimeError(f"{name} does not pass its check")
    return program


def _milliseconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(_CALLS):
        work()
    return (time.process_time() - began) * 1000 / _CALLS
