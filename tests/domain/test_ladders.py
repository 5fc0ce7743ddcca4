"""Places on ladders: what holds on a day, what a sitting shows, the first one back after a gap, what was measured."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain import fold
from coach.domain.course import Place
from coach.domain.ladders import (
    by_perfect,
    eased_on,
    lowered,
    on_ladders,
    place_on,
    practised_on,
    rung_on,
    unlocked_on,
)
from coach.domain.plan import script_inputs
from coach.domain.program import After, AfterGap, Comparison, Frequency, Reference, Rule, Rung
from coach.domain.script import compile_script
from tests.domain.courses import (
    INJECTED,
    OWN_SET,
    assignment,
    exercise,
    per_day,
    per_week,
    phase,
    session,
    sitting,
    start,
)
from tests.scripts import random_log

DAY = INJECTED + timedelta(days=30)
RULE = AfterGap(of_days=3, down=1)


def with_gap(facts, do: Frequency, down: int = 1):
    program = facts.program
    ladder = replace(program.ladders["dilator"], after_gap=replace(RULE, down=down))
    only = phase("only", start(), None, {"dilate": do})
    changed = replace(program, ladders={**program.ladders, "dilator": ladder}, phases=(only,))
    return replace(facts, program=changed), only


def places(*given: tuple[int, str, str]) -> tuple[Place, ...]:
    return tuple(Place(DAY + timedelta(days=days), "dilator", rung, state=state) for days, rung, state in given)


# -- what holds on a day ----------------------------------------------------------------------------------------------


def test_the_latest_word_holds_also_where_a_rule_spoke_for_a_later_day():
    facts = assignment(placements=places((-5, "d2", "placed"), (1, "d3", "placed"), (0, "d1", "placed")))
    assert place_on(facts, "dilator", DAY - timedelta(days=1)).rung == "d2"
    assert rung_on(facts, "dilator", DAY).id == "d1"
    assert rung_on(facts, "dilator", DAY + timedelta(days=1)).id == "d1"


def test_a_ladder_that_was_locked_opens_again_with_the_next_place():
    facts = assignment(placements=places((-5, "d2", "placed"), (0, "d2", "locked")))
    assert unlocked_on(facts, "dilator") is None
    facts = replace(facts, placements=(*facts.placements, *places((4, "d1", "placed"))))
    assert unlocked_on(facts, "dilator") == DAY + timedelta(days=4)
    assert unlocked_on(assignment(placements=()), "dilator") == assignment().start_on
    assert unlocked_on(assignment(placements=()), "strength") is None


def test_a_wish_for_this_time_is_heard_only_where_it_is_lower():
    facts, rungs = assignment(), {"dilator": "d3"}
    assert lowered(facts, rungs, {"dilator": "d1"}) == {"dilator": "d1"}
    assert lowered(facts, rungs, {"dilator": "d4", "height": "d1"}) == rungs
    assert lowered(facts, rungs, {"dilator": "d9"}) == rungs


# -- what a sitting shows ---------------------------------------------------------------------------------------------


def made(facts, key="dilate", **more):
    inputs = script_inputs(facts, key, DAY)
    return compile_script(facts.program, key, rungs=inputs.rungs, own_set=OWN_SET, parameters=inputs.parameters, **more)


def test_a_step_stands_on_a_ladder_by_its_size_or_by_any_other_value():
    facts = assignment(placements=(*places((-40, "d2", "placed")), Place(INJECTED, "strength", "l2")))
    assert [step["on"] for step in made(facts)["steps"]] == [{"dilator": "d2"}]
    assert [step["on"] for step in made(facts, "strengthen")["steps"]] == [{"strength": "l2"}]
    assert [step["on"] for step in made(facts, "calm")["steps"]] == [{}]


def test_a_neighbouring_size_stands_on_the_rung_that_she_was_placed_on():
    facts = assignment(placements=places((-40, "d2", "placed")))
    smaller = exercise("touch", "dilator", size=Reference("dilator", offset=-1))
    both = session("both", smaller, exercise("stay", "dilator", size=Reference("dilator")))
    facts = replace(facts, program=replace(facts.program, sessions={**facts.program.sessions, "both": both}))
    assert [(step["size_mm"], step["on"]) for step in made(facts, "both")["steps"]] == [
        (13, {"dilator": "d2"}), (16, {"dilator": "d2"}),
    ]  # fmt: skip


def events(*kinds):
    return [
        {"seq": seq, "kind": kind, "guided_ms": ms, "mono_ms": seq * 1000, "body": {}}
        for seq, (kind, ms) in enumerate(kinds, 1)
    ]


@pytest.mark.parametrize(
    ("kinds", "is_done", "share"),
    [
        ((("started", 0), ("ready", 0), ("paused", 2_000_000)), True, 1.0),
        ((("started", 0), ("ready", 0), ("stopped", 3_000 + 450_000)), False, 0.5),
        ((("started", 0), ("declined", 0)), False, 0.0),
        ((("started", 0), ("smaller", 0), ("ready", 0), ("paused", 2_000_000)), False, 0.0),
    ],
    ids=["whole", "half", "not today", "a smaller size"],
)
def test_a_step_is_done_when_it_was_done_whole_and_at_its_own_size(kinds, is_done, share):
    script = made(assignment(placements=places((-40, "d2", "placed"))))
    shown = on_ladders(script, fold.fold(script, events(*kinds)))["dilator"]
    assert (shown.rung, shown.is_done, shown.share) == ("d2", is_done, share)


@given(st.integers(0, 500))
def test_whatever_the_log_holds_shares_stay_within_0_and_1(seed):
    script = made(assignment(placements=places((-40, "d2", "placed"))))
    for shown in on_ladders(script, fold.fold(script, random_log(Random(seed), script))).values():
        assert 0 <= shown.share <= 1
        assert shown.is_done == (shown.share == 1)


# -- the first one back -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("do", "free"),
    [
        (per_day(1), 0),
        (per_day(1, weekdays=(0, 2, 4)), 2),
        (per_day(1, weekdays=(0,)), 6),
        (per_day(1, any_days=5), 2),
        (per_week(4), 3),
        (per_week(9), 0),
        (Frequency(per="every", least=1, most=1, every_days=3), 2),
    ],
    ids=["daily", "three weekdays", "mondays", "any five days", "four a week", "nine a week", "every three days"],
)
def test_a_gap_is_counted_beyond_the_days_that_the_phase_leaves_free(do, free):
    facts, only = with_gap(assignment(placements=places((-40, "d3", "placed"))), do)
    last = DAY - timedelta(days=free + 3)
    assert eased_on(facts, "dilator", DAY, last_on=last, phase=only) is None
    eased = eased_on(facts, "dilator", DAY, last_on=last - timedelta(days=1), phase=only)
    assert (eased.rung, eased.days, eased.of_days) == ("d2", 3, 3)


def test_it_is_never_lower_than_the_lowest_and_never_without_something_to_come_back_to():
    facts, only = with_gap(assignment(placements=places((-40, "d2", "placed"))), per_day(1), down=3)
    long_ago = DAY - timedelta(days=20)
    assert eased_on(facts, "dilator", DAY, last_on=long_ago, phase=only).rung == "d1"
    assert eased_on(facts, "dilator", DAY, last_on=None, phase=only) is None
    assert eased_on(facts, "dilator", DAY, last_on=DAY, phase=only) is None


def test_days_before_a_therapist_placed_her_do_not_count_but_her_own_word_does_not_end_a_gap():
    long_ago = DAY - timedelta(days=20)
    facts, only = with_gap(assignment(placements=places((-1, "d3", "placed"))), per_day(1))
    assert eased_on(facts, "dilator", DAY, last_on=long_ago, phase=only) is None
    hers = replace(facts, placements=(replace(facts.placements[0], by="patient"),))
    assert eased_on(hers, "dilator", DAY, last_on=long_ago, phase=only) is not None


def test_practice_on_a_ladder_is_a_sitting_that_used_a_size_of_it():
    facts = assignment(placements=places((-40, "d3", "placed")))
    used = sitting(facts, "dilate", DAY - timedelta(days=9), rung="d2")
    log = [
        used,
        sitting(facts, "dilate", DAY - timedelta(days=3)),  # not today at its gate
        sitting(facts, "calm", DAY - timedelta(days=2)),
        sitting(facts, "dilate", DAY - timedelta(days=1), rung="d2", outcome="open"),
    ]
    assert practised_on(facts, "dilator", log, up_to=DAY) == used.day_on
    assert practised_on(facts, "dilator", log, up_to=DAY - timedelta(days=10)) is None


@pytest.mark.parametrize(
    ("too_much", "is_back"),
    [
        ({"stop_reason": "pain", "outcome": "stopped"}, False),
        ({"stop_reason": "fear", "outcome": "stopped"}, False),
        ({"stop_reason": "safety", "outcome": "stopped"}, False),
        ({"pain_peak": 4}, False),
        ({"pain_peak": 3}, True),
        ({"stop_reason": "time", "outcome": "stopped"}, True),
    ],
    ids=lambda each: "-".join(map(str, each.values())) if isinstance(each, dict) else str(each),
)
def test_she_is_back_with_the_first_session_that_was_not_too_much(too_much, is_back):
    facts, _ = with_gap(assignment(placements=places((-40, "d3", "placed"))), per_day(1))
    limit = Rule(after=After(3, 4), all_of=(Comparison("pain", "never_above", 3),))
    down = Rule(after=After(2, 2), all_of=(Comparison("pain", "at_least", 5),))
    facts = replace(
        facts,
        program=replace(
            facts.program,
            ladders={
                **facts.program.ladders,
                "dilator": replace(facts.program.ladders["dilator"], up=(limit,), down=(down,)),
            },
        ),
    )
    last = sitting(facts, "dilate", DAY - timedelta(days=8), rung="d3")
    back = sitting(facts, "dilate", DAY - timedelta(days=1), rung="d2", **too_much)
    for day in (DAY - timedelta(days=1), DAY):
        assert ("dilator" in script_inputs(facts, "dilate", day, performed=[last, back]).eased) is not is_back
    calm = sitting(facts, "dilate", DAY, rung="d2", pain_peak=1)
    assert script_inputs(facts, "dilate", DAY, performed=[last, back, calm]).eased == {}


def test_too_much_on_a_day_without_a_gap_is_practice():
    facts, _ = with_gap(assignment(placements=places((-40, "d3", "placed"))), per_day(1))
    log = [
        sitting(facts, "dilate", DAY - timedelta(days=days), rung="d3", outcome="stopped", stop_reason="pain")
        for days in range(6, 0, -1)
    ]
    assert script_inputs(facts, "dilate", DAY, performed=log).eased == {}


def test_to_say_yes_to_a_proposal_is_no_look_at_the_gap():
    facts, only = with_gap(assignment(placements=places((-1, "d3", "placed"))), per_day(1))
    accepted = replace(facts, placements=(replace(facts.placements[0], code="up"),))
    assert eased_on(accepted, "dilator", DAY, last_on=DAY - timedelta(days=20), phase=only).rung == "d2"


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 3), st.sampled_from(["d1", "d2", "d3", "d4"]))
def test_a_gap_never_loses_the_place(days, down, rung):
    facts, _ = with_gap(assignment(placements=places((-80, rung, "placed"))), per_day(1), down=down)
    log = [sitting(facts, "dilate", DAY - timedelta(days=days + 1), rung=rung)]
    first = script_inputs(facts, "dilate", DAY, performed=log)
    order = [each.id for each in OWN_SET]
    assert max(0, order.index(rung) - down) <= order.index(first.rungs["dilator"]) <= order.index(rung)
    back = sitting(facts, "dilate", DAY, rung=first.rungs["dilator"])
    assert script_inputs(facts, "dilate", DAY, performed=[*log, back]).rungs["dilator"] == rung
    assert rung_on(facts, "dilator", DAY).id == rung


# -- PERFECT ----------------------------------------------------------------------------------------------------------


STRENGTH = tuple(
    Rung(f"l{number}", values={"hold": hold, "reps": reps, "quick_reps": quick})
    for number, (hold, reps, quick) in enumerate([(3000, 5, 5), (5000, 6, 8), (8000, 8, 10)], 1)
)


@pytest.mark.parametrize(
    ("endurance_s", "repetitions", "fast", "expected"),
    [(5, 6, None, "l2"), (10, 10, 10, "l3"), (10, 5, None, "l1"), (10, 10, 7, "l1"), (2, 10, 10, None)],
)
def test_the_highest_rung_that_asks_for_no_more_than_was_measured(endurance_s, repetitions, fast, expected):
    found = by_perfect(STRENGTH, endurance_s=endurance_s, repetitions=repetitions, fast=fast)
    assert (found.id if found else None) == expected


def test_a_ladder_that_says_nothing_of_holds_gets_no_proposal():
    assert by_perfect(OWN_SET, endurance_s=10, repetitions=10, fast=10) is None
