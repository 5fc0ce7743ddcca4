"""What is said of phases holds for every patient: it is held against the days on which they are really laid out."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from coach.domain.course import AssignmentFacts, InjectionFacts
from coach.language import check
from tests.language.texts import SMALL, nothing

START = date(2026, 1, 1)
ANCHORS = ("start", "injection", "insertion")


def _day(chance: random.Random, anchors: tuple[str, ...]) -> str:
    days = chance.randint(-6, 12)
    return f"{chance.choice(anchors)} {'+' if days >= 0 else '-'} {abs(days)}d"


def _text(chance: random.Random, anchors: tuple[str, ...] = ANCHORS) -> str:
    """A program of a few phases from and to any days."""
    phases = []
    for number in range(chance.randint(2, 5)):
        keys = [f"id: p{number}", "title: P"]
        if chance.random() < 0.6:
            keys.append(f"from: {_day(chance, anchors)}")
        if chance.random() < 0.7:
            keys.append(f"to: {_day(chance, anchors)}")
        if chance.random() < 0.2 and anchors == ANCHORS:
            keys.append(f"at_least: {chance.randint(1, 9)}d")
        if chance.random() < 0.1:
            keys.append("until: {after: 3 sessions}")
        phases.append(f"  - {{{', '.join(keys)}, do: {{calm: 1 per day}}}}\n")
    return SMALL.partition("phases:")[0] + "phases:\n" + "".join(phases)


def _laid_out(program, chance: random.Random) -> AssignmentFacts:
    """Given to some patient, whose injection and insertion day are charted."""
    on = START + timedelta(days=chance.randint(-20, 20))
    injection = InjectionFacts(id=UUID(int=1), on=on, given=True, insertion_on=on + timedelta(chance.randint(0, 20)))
    return AssignmentFacts(id=UUID(int=2), program=program, start_on=START, injection=injection)


@pytest.mark.parametrize("seed", range(20))
def test_a_phase_that_is_called_unreachable_has_no_day_for_any_patient(seed):
    chance = random.Random(seed)
    called = 0
    for _ in range(60):
        checked = check(_text(chance), file="a.yaml", read=nothing)
        if checked.program is None:
            continue
        first = SMALL.count("\n", 0, SMALL.index("phases:")) + 2
        unreachable = {f"p{each.line - first}" for each in checked.problems if each.code == "unreachable-phase"}
        called += len(unreachable)
        for _ in range(30 if unreachable else 0):
            reached = {span.phase.id for span in _laid_out(checked.program, chance).spans}
            assert not reached & unreachable

    assert called > 5


@pytest.mark.parametrize("seed", range(20))
def test_where_no_gap_is_told_the_phases_leave_no_day_out(seed):
    chance = random.Random(seed)
    for _ in range(60):
        checked = check(_text(chance), file="a.yaml", read=nothing)
        if checked.program is None or {each.code for each in checked.problems} & {"phase-gap", "unreachable-phase"}:
            continue
        for _ in range(10):
            spans = _laid_out(checked.program, chance).spans
            assert all(
                above.last is None or below.first <= above.last + timedelta(days=1) for above, below in pairwise(spans)
            )


@pytest.mark.parametrize("seed", range(20))
def test_where_no_insertion_before_its_day_is_told_the_product_holds_none_back(seed):
    chance = random.Random(seed)
    held = "  held: {kind: dilator, title: Held, for: 60s, size: 13mm}\nsessions:"
    told = 0
    for _ in range(60):
        text = _text(chance, ("injection", "insertion")).replace("sessions:", held).replace("[breathing]", "[held]")
        checked = check(text, file="a.yaml", read=nothing)
        if checked.program is None:
            continue
        codes = [each.code for each in checked.problems]
        if "unreachable-phase" in codes or "id: p0, title: P, do:" in text:
            continue  # without a single day of its own the program says nothing of injections
        told += "before-insertion" in codes
        for _ in range(0 if "before-insertion" in codes else 10):
            assert not any(span.held for span in _laid_out(checked.program, chance).spans)

    assert told > 0
