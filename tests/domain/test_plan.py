"""What is due on a day, why, and what is not."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.course import InjectionFacts, Place
from coach.domain.plan import (
    Ask,
    due_windows,
    phase_on,
    phase_spans,
    plan_for,
    plans_between,
    safety_checks_on,
    script_inputs,
)
from coach.domain.program import Frequency, Reference
from tests.domain.courses import (
    AFTER_INJECTION,
    INJECTED,
    assignment,
    injected,
    injection,
    insertion,
    per_day,
    per_week,
    phase,
    program,
    sitting,
    sittings_of,
    start,
)


def day(n: int) -> date:
    return INJECTED + timedelta(days=n)


def phases_by_day(of, first=-14, last=120):
    return {n: (span.phase.id if (span := phase_on(of, day(n))) else None) for n in range(first, last + 1)}


def plan(n: int, *given_to, performed=()):
    return plan_for(day(n), assignments=given_to, performed=performed)


def item(n: int, given_to, session_key: str, performed=()):
    (found,) = [each for each in plan(n, given_to, performed=performed).items if each.session_key == session_key]
    return found


# -- phases


def test_phases_follow_the_days_of_the_injection():
    found = phases_by_day(assignment())
    assert [found[n] for n in (-14, -1, 0, 2, 3, 7, 8, 28, 29, 83, 84, 120)] == [
        "before", "before", "settle", "settle", "start", "start", "build", "build", "hold", "hold", "waning", "waning",
    ]  # fmt: skip


def test_before_the_first_phase_nothing_is_due_and_no_phase_runs():
    early = assignment(start_on=day(-20))
    assert phase_on(early, day(-15)) is None
    assert plan(-15, early).items == ()


def test_a_program_without_an_injection_counts_from_its_start():
    of = program(
        phase("first", start(), start(6), {"calm": per_day(1)}), phase("then", None, None, {"calm": per_day(2)})
    )
    given_to = assignment(of, injection=None, start_on=INJECTED)
    assert phases_by_day(given_to, -1, 8) == {-1: None} | dict.fromkeys(range(7), "first") | {7: "then", 8: "then"}


def test_late_insertion_shifts_every_later_phase_and_skips_none():
    late = assignment(injection=injection(insertion_after=10))
    found = phases_by_day(late)
    # starts on day 10 and keeps its 5 days, 7 later than written
    assert [found[n] for n in (9, 10, 14, 15, 35, 36, 90, 91)] == [
        "settle", "start", "start", "build", "build", "hold", "hold", "waning",
    ]  # fmt: skip
    assert {span.phase.id: span.shifted_days for span in phase_spans(late)} == {
        "before": 0, "settle": 0, "start": 7, "build": 7, "hold": 7, "waning": 7,
    }  # fmt: skip


def test_without_a_charted_insertion_day_the_phase_before_goes_on_and_the_day_is_asked_for():
    waiting = assignment(injection=injection(insertion_after=None))
    assert phase_on(waiting, day(60)).phase.id == "settle"
    assert phase_on(waiting, day(60)).waits_for == "insertion"
    assert plan(60, waiting).asks == (Ask(waiting.id, "insertion"),)
    assert {each.session_key for each in plan(60, waiting).items} == {"calm"}


def test_a_planned_injection_counts_from_its_planned_day_and_is_asked_for_once_that_has_passed():
    planned = assignment(injection=injection(given=False, insertion_after=None))
    assert phase_on(planned, day(-1)).phase.id == "before"
    assert plan(-1, planned).asks == (), "the injector says the earliest day for insertion on the day itself"
    assert [ask.what for ask in plan(0, planned).asks] == ["insertion"]
    assert [ask.what for ask in plan(1, planned).asks] == ["injection"]


def test_a_cancelled_injection_places_no_phase():
    cancelled = assignment(injection=injection(cancelled=True))
    assert phase_spans(cancelled) == ()
    assert plan(10, cancelled).items == ()
    assert plan(10, cancelled).asks == (Ask(cancelled.id, "injection"),)


def test_a_phase_that_counts_from_the_start_goes_on_while_the_injection_is_not_charted():
    of = program(
        phase("waiting", start(), injected(-1), {"calm": per_day(1)}),
        phase("after", injected(), None, {"dilate": per_day(1)}),
    )
    without = assignment(of, injection=None, start_on=INJECTED)
    assert phase_on(without, day(90)).phase.id == "waiting"


def test_an_open_phase_ends_where_the_next_one_says_that_it_begins():
    of = program(
        phase("open", start(), None, {"calm": per_day(1)}),
        phase("later", injected(10), None, {"calm": per_day(2)}),
    )
    given_to = assignment(of, start_on=INJECTED)
    assert phases_by_day(given_to, 0, 11) == dict.fromkeys(range(10), "open") | {10: "later", 11: "later"}


def test_a_gap_that_the_program_leaves_stays_a_gap():
    of = program(
        phase("a", start(), start(2), {"calm": per_day(1)}), phase("b", start(5), start(6), {"calm": per_day(1)})
    )
    found = phases_by_day(assignment(of, start_on=INJECTED, injection=None), 0, 7)
    assert [found[n] for n in range(8)] == ["a", "a", "a", None, None, "b", "b", None]


@given(insertion_after=st.one_of(st.none(), st.integers(0, 200)), given=st.booleans())
def test_phases_tile_without_gap_or_overlap_whatever_the_insertion_day(insertion_after, given):
    spans = phase_spans(assignment(injection=injection(insertion_after=insertion_after, given=given)))
    for above, below in pairwise(spans):
        assert above.last is not None
        assert below.first == above.last + timedelta(days=1)
    assert spans[-1].last is None
    if insertion_after is not None:
        assert {"start", "build", "hold", "waning"} <= {span.phase.id for span in spans}
        start_span = next(span for span in spans if span.phase.id == "start")
        assert (start_span.last - start_span.first).days + 1 >= 5
        assert start_span.first >= day(insertion_after)


@given(
    lengths=st.lists(st.tuples(st.integers(-3, 20), st.integers(0, 9)), min_size=1, max_size=6),
    lates=st.integers(0, 40),
)
def test_a_phase_with_at_least_days_is_never_skipped_and_nothing_overlaps(lengths, lates):
    ends, phases = 0, []
    for number, (length, at_least) in enumerate(lengths):
        phases.append(
            phase(
                f"p{number}", insertion() if number == 0 else None, injected(ends + length), {}, at_least_days=at_least
            )
        )
        ends += length
    spans = phase_spans(assignment(program(*phases), injection=injection(insertion_after=lates)))
    by_id = {span.phase.id: span for span in spans}
    for number, (_, at_least) in enumerate(lengths):
        if at_least:
            span = by_id[f"p{number}"]
            assert (span.last - span.first).days + 1 >= at_least
    for above, below in pairwise(spans):
        assert above.last < below.first


# -- several assignments, injections, cycles


def test_a_second_injection_begins_a_new_cycle_and_rewrites_no_day_of_the_first():
    first = assignment()
    second = assignment(start_on=day(119), injection=injection(on=day(119)))  # a Monday
    for n in range(-14, 119):
        assert plan(n, first, second).phases == plan(n, first).phases
        assert plan(n, first, second).items == plan(n, first).items
    assert [on.span.phase.id for on in plan(120, first, second).phases] == ["settle"]


def test_second_and_third_injections_are_cycles_of_their_own_with_phases_before_and_after():
    dates = (day(0), day(98), day(203))
    injections = tuple(injection(on=on, insertion_after=after) for on, after in zip(dates, (3, 9, 0), strict=True))
    cycles = [
        assignment(start_on=each.on - timedelta(days=14), injection=each, injections=injections) for each in injections
    ]
    found = {}
    for n in range(-14, 320):
        phases = plan(n, *cycles).phases
        assert len(phases) == 1, f"day {n}: no day is without a phase, and none is in two"
        found.setdefault(phases[0].assignment_id, []).append(phases[0].span.phase.id)
    orders = [list(dict.fromkeys(found[cycle.id])) for cycle in cycles]
    whole = ["before", "settle", "start", "build", "hold", "waning"]
    assert orders == [whole[:5], whole, [each for each in whole if each != "settle"]], "each until the next one begins"
    assert found[cycles[1].id].count("start") == 5, "late insertion leaves the phase its days"
    inserted = {n for n in range(-14, 320) if "dilate" in keys(n, *cycles)}
    assert not inserted & {*range(3), *range(98, 107)}
    assert 203 in inserted, "where the injector allows it on the day itself"


def test_two_programs_run_at_once():
    calm = program(phase("all", start(), None, {"calm": per_day(1)}))
    other = assignment(calm.__class__(**{**_fields(calm), "id": "other"}), start_on=INJECTED, injection=None)
    dilating = assignment()
    assert {each.assignment_id for each in plan(10, dilating, other).items} == {dilating.id, other.id}


def test_an_assignment_ends_with_its_last_day():
    ended = assignment(ends_on=day(10))
    assert plan(10, ended).items
    assert plan(11, ended).items == ()


def test_an_assignment_that_was_taken_back_has_no_day_and_takes_over_from_none():
    running, taken_back = assignment(), assignment(start_on=day(10), ends_on=day(9))
    assert plan(10, running, taken_back).items == plan(10, running).items


def _fields(of):
    return {name: getattr(of, name) for name in of.__dataclass_fields__}


# -- frequencies


def test_a_range_prescribes_the_lower_number_and_aims_at_the_upper():
    found = item(5, assignment(), "dilate")
    assert (found.least, found.most, found.left, found.more) == (1, 2, 1, 1)


def test_what_was_done_is_not_left():
    given_to = assignment()
    found = item(5, given_to, "dilate", [sitting(given_to, "dilate", day(5))])
    assert (found.done, found.left, found.more) == (1.0, 0, 1)


def test_a_session_that_was_stopped_is_not_asked_for_again():
    given_to = assignment()
    stopped = sitting(given_to, "dilate", day(5), outcome="stopped", stop_reason="pain")
    assert item(5, given_to, "dilate", [stopped]).left == 0


def test_an_open_sitting_is_there_to_be_continued():
    given_to = assignment()
    begun = sitting(given_to, "dilate", day(5), outcome="open", credit=0.0)
    assert item(5, given_to, "dilate", [begun]).open_session_id == begun.id
    assert item(5, given_to, "dilate", [begun]).left == 1


def test_a_weekly_number_leaves_the_days_to_the_patient():
    given_to = assignment()
    week = [sitting(given_to, "stretch", day(n)) for n in (14, 15, 16, 17)]  # Monday to Thursday
    assert item(18, given_to, "stretch", week).left == 1
    assert item(18, given_to, "stretch", week).flexible
    done = [*week, sitting(given_to, "stretch", day(18))]
    assert item(19, given_to, "stretch", done).left == 0
    assert item(21, given_to, "stretch", done).left == 1  # a new week


def test_one_day_gives_a_week_no_more_than_its_share():
    given_to = assignment()
    many = [sitting(given_to, "stretch", day(14)) for _ in range(5)]
    assert item(15, given_to, "stretch", many).reason.params["done_this_week"] == 1


def test_any_days_of_a_week_stop_being_asked_for_once_there_were_enough():
    given_to = assignment()
    six = [sitting(given_to, "dilate", day(n)) for n in range(35, 41)]  # Monday to Saturday
    assert item(40, given_to, "dilate", six[:-1]).left == 1
    assert item(41, given_to, "dilate", six).left == 0


@pytest.mark.parametrize(
    ("frequency", "due"),
    [
        (per_day(1), list(range(14))),
        (per_day(1, weekdays=(0, 2, 4)), [0, 2, 4, 7, 9, 11]),
        (Frequency(per="every", least=1, most=1, every_days=3), [0, 3, 6, 9, 12]),
    ],
)
def test_fixed_frequencies_fall_on_their_days(frequency, due):
    given_to = assignment(program(phase("all", start(), None, {"calm": frequency})), start_on=INJECTED)
    assert [n for n in range(14) if plan(n, given_to).items] == due


def test_a_frequency_may_refer_to_the_rung():
    of = program(
        phase(
            "all",
            start(),
            None,
            {
                "strengthen": Frequency(
                    per="day", least=Reference("strength", "per_day"), most=Reference("strength", "per_day")
                )
            },
        )
    )
    given_to = assignment(
        of, start_on=INJECTED, placements=(Place(day(0), "strength", "l1"), Place(day(5), "strength", "l2"))
    )
    assert [item(n, given_to, "strengthen").least for n in (0, 4, 5)] == [2, 2, 3]


def test_a_locked_ladder_holds_its_sessions_until_the_therapist_places_the_patient_on_it():
    of = program(phase("all", start(), None, {"calm": per_day(1), "strengthen": per_day(2)}))
    locked = assignment(of, start_on=INJECTED)
    assert {each.session_key for each in plan(3, locked).items} == {"calm"}
    assert [(each.session_key, each.reason.code) for each in plan(3, locked).held] == [("strengthen", "locked")]
    unlocked = assignment(of, start_on=INJECTED, placements=(Place(day(3), "strength", "l1"),))
    assert not [each for each in plan(2, unlocked).items if each.session_key == "strengthen"]
    assert item(3, unlocked, "strengthen").least == 2


def test_a_week_that_is_cut_short_asks_for_its_part():
    of = program(phase("short", start(), start(1), {"calm": per_week(4)}), phase("rest", None, None, {}))
    given_to = assignment(of, start_on=INJECTED)
    (window,) = due_windows(day(0), day(6), assignments=[given_to])
    assert (window.first, window.last, window.least) == (day(0), day(1), 1)  # 4 x 2 / 7 = 1.1


# -- alternating sessions, not_before, parameters, nth


def test_alternating_sessions_go_round_by_what_was_done():
    given_to = assignment()
    once = [sitting(given_to, "stretch", day(9))]
    assert item(9, given_to, "stretch").plays == "hips"
    assert item(10, given_to, "stretch", once).plays == "squat"
    assert item(11, given_to, "stretch", [*once, sitting(given_to, "stretch", day(10))]).plays == "hips"
    assert script_inputs(given_to, "stretch", day(10), performed=once).nth == 2


def test_a_session_that_stands_twice_among_the_turns_comes_twice_as_often():
    of = program(phase("all", start(), None, {"turns": per_day(1)}))
    sessions = {**of.sessions, "turns": replace(of.sessions["stretch"], id="turns", alternate=("hips", "calm", "hips"))}
    given_to = assignment(replace(of, sessions=sessions))
    log = [sitting(given_to, "turns", day(n)) for n in range(9, 15)]

    assert [item(n, given_to, "turns", log[: n - 9]).plays for n in range(9, 15)] == ["hips", "calm", "hips"] * 2


def test_a_step_that_is_not_for_this_day_is_left_out():
    of = program(phase("all", start(), None, {"squat": per_day(1)}))
    given_to = assignment(of, start_on=INJECTED)
    assert script_inputs(given_to, "squat", day(6)).leave_out == {"deep_squat"}
    assert script_inputs(given_to, "squat", day(7)).leave_out == frozenset()


def test_a_rule_about_an_injection_says_nothing_to_a_patient_without_one():
    of = program(phase("all", start(), None, {"squat": per_day(1)}))
    assert script_inputs(assignment(of, injection=None), "squat", day(0)).leave_out == frozenset()


def test_parameters_are_the_programs_then_the_assignments_then_the_phases():
    own = assignment(parameters={"still": 300_000})
    assert script_inputs(assignment(), "dilate", day(5)).parameters == {"still": 600_000}
    assert script_inputs(own, "dilate", day(5)).parameters == {"still": 300_000}
    assert script_inputs(own, "dilate", day(30)).parameters == {"still": 900_000}


def test_the_how_manieth_session_counts_from_the_day_of_the_rung():
    moved = assignment(placements=(Place(day(-14), "dilator", "d2"), Place(day(10), "dilator", "d3")))
    log = [sitting(moved, "dilate", day(n), rung="d2") for n in (5, 6, 7)]
    assert script_inputs(moved, "dilate", day(8), performed=log).nth == 4
    assert script_inputs(moved, "dilate", day(10), performed=log).nth == 1
    log += [
        sitting(moved, "dilate", day(10), rung="d3"),
        sitting(moved, "dilate", day(11), rung="d2"),  # a smaller one was used
        sitting(moved, "dilate", day(11), rung="d3", variant="gentle"),
        sitting(moved, "dilate", day(11), rung="d3", outcome="stopped"),
    ]
    assert script_inputs(moved, "dilate", day(12), performed=log).nth == 2


def test_without_a_place_the_patient_is_at_the_lowest_rung():
    assert script_inputs(assignment(placements=()), "dilate", day(5)).rungs["dilator"] == "d1"
    gone = assignment(placements=(Place(day(0), "dilator", "sold"),))
    assert script_inputs(gone, "dilate", day(5)).rungs["dilator"] == "d1"


# -- reasons, safety


@settings(max_examples=60)
@given(data=st.data(), n=st.integers(-20, 200))
def test_every_item_has_a_reason_and_asks_for_no_less_than_nothing(data, n):
    given_to = assignment()
    for found in plan(n, given_to, performed=data.draw(sittings_of(given_to))).items:
        assert found.reason.code
        assert found.reason.params["phase"] == found.phase_title
        assert 0 <= found.least <= found.most
        assert found.left >= 0


@settings(max_examples=60)
@given(data=st.data(), n=st.integers(-20, 200))
def test_the_order_of_the_log_does_not_matter(data, n):
    given_to = assignment()
    log = data.draw(sittings_of(given_to))
    shuffled = list(log)
    random.Random(n).shuffle(shuffled)
    one, other = plan(n, given_to, performed=log), plan(n, given_to, performed=shuffled)
    assert [(i.session_key, i.least, i.left, i.done, i.plays) for i in one.items] == [
        (i.session_key, i.least, i.left, i.done, i.plays) for i in other.items
    ]


def test_the_plans_of_many_days_are_the_plans_of_each_day():
    given_to = assignment()
    log = [sitting(given_to, key, day(n)) for n in range(0, 100, 2) for key in ("dilate", "stretch")]
    together = plans_between(day(-14), day(110), assignments=[given_to], performed=log)
    assert list(together) == [plan(n, given_to, performed=log) for n in range(-14, 111)]


def test_a_safety_check_is_asked_from_the_planned_day_until_its_last_one_whether_the_injection_is_charted_or_not():
    given_to = assignment()
    assert [n for n in (-1, 0, 42, 43) if safety_checks_on(day(n), assignments=[given_to])] == [0, 42]
    planned = assignment(injection=injection(given=False))
    assert [n for n in (-1, 0, 3) if safety_checks_on(day(n), assignments=[planned])] == [0, 3]
    assert safety_checks_on(day(3), assignments=[assignment(injection=injection(cancelled=True))]) == ()


def test_safety_is_asked_after_a_further_injection_before_a_program_goes_by_it():
    first, further = injection(), injection(on=day(100))
    given_to = assignment(injection=first, injections=(first, further))
    assert [n for n in (42, 43, 99, 100, 142, 143) if safety_checks_on(day(n), assignments=[given_to])] == [
        42,
        100,
        142,
    ]


# -- no insertion before its day, whatever a program says


def keys(n: int, *given_to) -> set[str]:
    return {each.session_key for each in plan(n, *given_to).items}


def test_after_a_further_injection_nothing_is_inserted_until_its_day_though_the_program_goes_by_the_one_before():
    first, further = injection(), injection(on=day(100), insertion_after=4)
    given_to = assignment(injection=first, injections=(first, further))
    assert "dilate" in keys(99, given_to)
    for n in range(100, 104):
        assert "dilate" not in keys(n, given_to)
        held = [each for each in plan(n, given_to).held if each.session_key == "dilate"]
        assert [each.reason.params["opens_on"] for each in held] == [day(104)]
    assert "dilate" in keys(104, given_to)
    windows = due_windows(day(100), day(103), assignments=[given_to])
    assert "dilate" not in {window.session_key for window in windows}, "what may not be done is not owed"


def test_while_the_insertion_day_of_a_further_injection_is_open_nothing_is_inserted_and_the_day_is_asked_for():
    first, further = injection(), injection(on=day(100), insertion_after=None)
    given_to = assignment(injection=first, injections=(first, further))
    assert "dilate" not in keys(150, given_to)
    assert [ask.what for ask in plan(150, given_to).asks] == ["insertion"]
    assert plan(99, given_to).asks == ()


def test_an_injection_holds_insertion_in_a_program_that_goes_by_none():
    of = program(phase("all", start(), None, {"calm": per_day(1), "dilate": per_day(1)}))
    without = assignment(of, injection=None, injections=(injection(insertion_after=3),))
    assert [n for n in range(-3, 6) if "dilate" not in keys(n, without)] == [0, 1, 2]
    assert all("calm" in keys(n, without) for n in range(-3, 6))


def test_an_injection_that_was_called_off_holds_nothing_back():
    first, further = injection(), injection(on=day(100), insertion_after=None, cancelled=True)
    given_to = assignment(injection=first, injections=(first, further))
    assert "dilate" in keys(100, given_to)


def test_safety_checks_do_not_shift_with_the_phases():
    late = assignment(injection=injection(insertion_after=60))
    assert safety_checks_on(day(43), assignments=[late]) == ()


def test_injections_are_facts_of_their_own():
    charted = InjectionFacts(id=uuid.uuid4(), on=INJECTED, given=False)
    assert phase_spans(assignment(AFTER_INJECTION, injection=charted))[-1].waits_for == "insertion"
