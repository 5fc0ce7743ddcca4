"""What may not be done on a day stays out of every way through a session: its variants, its turns, and what a rule puts
in its place."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest

from coach.domain.course import AssignmentFacts, InjectionFacts, Place
from coach.domain.plan import may_be_done, plan_for, script_inputs
from coach.domain.script import CannotCompile, compile_script
from coach.language import check
from tests.language.texts import nothing

INJECTED, INSERTION = date(2026, 3, 2), date(2026, 3, 12)
BEFORE, AFTER = INJECTED + timedelta(days=3), INSERTION + timedelta(days=1)

TEXT = """\
title: T
exercises:
  rest: {kind: relaxation, title: Rest, for: 2min}
  squat: {kind: stretching, title: Squat, hold: 30s, not_before: insertion}
  still: {kind: dilator, title: Still, size: $dilator, for: 2min}
  squeeze: {kind: strengthening, title: Squeeze, contract: $strength.hold, relax: 10s}
ladders:
  dilator: {kind: dilator, rungs: [{id: d1, size: 13mm}, {id: d2, size: 16mm}]}
  strength: {rungs: [{id: l1, hold: 3s}], locked: true}
sessions:
  calm:
    title: Calm
    steps: [rest]
    ask_before: [pain]
    instead_when: {pain: 0, do: sizes}
    variants:
      inserted: {title: More, counts: 100%, steps: [rest, still]}
      early: {title: Early, counts: 100%, steps: [rest, squat]}
      strong: {title: Strong, counts: 100%, steps: [rest, squeeze]}
      only: {title: Only, counts: 100%, steps: [still]}
  sizes: {title: Sizes, steps: [rest, still]}
  turns: {title: Turns, alternate: [calm, sizes]}
phases:
  - {id: all, title: All, from: injection, do: {calm: 1 per day, turns: 1 per day}}
"""


def given(placements=(), insertion_on=INSERTION):
    injection = InjectionFacts(id=uuid.UUID(int=2), on=INJECTED, given=True, insertion_on=insertion_on)
    return AssignmentFacts(
        id=uuid.UUID(int=1),
        program=check(TEXT, file="t.yaml", read=nothing).program,
        start_on=INJECTED,
        injection=injection,
        injections=(injection,),
        placements=placements,
    )


def played(to, day, session="calm", variant=None):
    """Ids of the exercises that are played."""
    inputs = script_inputs(to, session, day)
    script = compile_script(
        to.program,
        inputs.session_id,
        rungs=inputs.rungs,
        own_set=inputs.own_set,
        parameters=inputs.parameters,
        variant=variant,
        nth=inputs.nth,
        leave_out=inputs.leave_out,
    )
    return [step["exercise"] for step in script["steps"]]


@pytest.mark.parametrize(
    ("variant", "before", "after"),
    [
        (None, ["rest"], ["rest"]),
        ("inserted", ["rest"], ["rest", "still"]),
        ("early", ["rest"], ["rest", "squat"]),
        ("strong", ["rest"], ["rest"]),
    ],
)
def test_a_variants_own_steps_wait_for_their_day(variant, before, after):
    assert played(given(), BEFORE, variant=variant) == before
    assert played(given(), AFTER, variant=variant) == after


def test_while_the_day_is_not_charted_nothing_is_inserted():
    assert played(given(insertion_on=None), AFTER, variant="inserted") == ["rest"]


def test_a_variant_on_a_locked_ladder_opens_with_it():
    unlocked = given(placements=(Place(AFTER, "strength", "l1"),))

    assert played(unlocked, BEFORE, variant="strong") == ["rest"]
    assert played(unlocked, AFTER, variant="strong") == ["rest", "squeeze"]


def test_a_variant_of_which_nothing_is_left_that_day_cannot_be_made():
    with pytest.raises(CannotCompile):
        played(given(), BEFORE, variant="only")
    assert played(given(), AFTER, variant="only") == ["still"]


def test_a_session_that_a_rule_puts_in_the_place_of_another_waits_too():
    assert not may_be_done(given(), "sizes", BEFORE)
    assert may_be_done(given(), "sizes", AFTER)
    assert may_be_done(given(), "calm", BEFORE)
    assert "still" not in played(given(), BEFORE, session="sizes")


def test_a_session_that_takes_turns_with_insertion_is_held():
    assert [item.session_key for item in plan_for(BEFORE, assignments=(given(),), performed=()).items] == ["calm"]
    assert [item.session_key for item in plan_for(AFTER, assignments=(given(),), performed=()).items] == [
        "calm",
        "turns",
    ]
