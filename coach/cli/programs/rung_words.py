"""Why a rung changed, in plain English, for what `coach programs simulate` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from coach.domain.program import Rung
from coach.domain.progression import Because
from coach.domain.simulation import SimulatedStep

_BY = {"rule": "by its rule", "therapist": "her therapist says yes", "patient": "she takes it"}
_TESTS = {"at_least": "{} {} or more", "at_most": "{} {} or less", "never_above": "{} never above {}"}


def step_in_words(step: SimulatedStep, rungs: Sequence[Rung]) -> str:
    """`dilator: 22 mm to 25 mm from 2026-02-09, her therapist says yes: 3 of the last 4 complete, pain 2 or less`."""
    reason = because_in_words(step.because)
    if step.is_locked:
        return f"{step.ladder}: locked from {step.from_on}, a flare: {reason}"
    before = _name(step.before, rungs)
    return f"{step.ladder}: {before} to {_name(step.rung, rungs)} from {step.from_on}, {_BY[step.by]}: {reason}"


def because_in_words(because: Because) -> str:
    params = because.params
    if "rising" in params:
        return f"{params['rising']} has been rising"
    tests: Any = params.get("tests", ())
    clauses = [_test(*test) for test in tests]
    if params.get("stayed"):
        clauses.insert(0, "stayed at the opening")
    completed: Any = params.get("completed")
    if completed is not None:
        clauses.insert(0, "complete" if completed >= 1 else f"done to {round(completed * 100)} % or more")
    return f"{params.get('met')} of the last {params.get('of')} {', '.join(clauses) or 'done'}"


def _test(scale: str, test: str, value: int) -> str:
    return _TESTS.get(test, "{} rising by {} or more").format(scale.replace("_", " "), value)


def _name(rung_id: str | None, rungs: Sequence[Rung]) -> str:
    size = next((rung.size_mm for rung in rungs if rung.id == rung_id), None)
    return f"{size:g} mm" if size is not None else str(rung_id)
