"""What asks for care: a stop for pain or fear, a gap, another revision. None of them ever raises anybody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.program import After, Comparison, Rule
from coach.domain.progression import Said, standing
from tests.domain.test_progression import DOWN, FIRST, FLARE, RUNGS, SITTINGS, after, at, ladder, placed, position, sat


def stopped(day: int, why: str = "pain", **more):
    return sat(
        day, **{"pain": None, "is_done": False, "share": 0.1, "is_pain_untold": why == "pain", **more}, stopped_for=why
    )


# -- stops ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("why", ["pain", "fear", "safety"])
def test_two_stops_in_a_row_hold_whoever_ended_them_and_say_which_was_the_second(why):
    easy = Rule(after=After(1, 4))
    found = after(sat(0), stopped(1, why), stopped(2, why), stopped(3, why), up=(easy,), down=(), stay_at_least_days=3)
    assert (found.because.code, found.rung) == ("two_stops", "d2")
    assert found.second_stop == stopped(2).at
    assert after(sat(0), stopped(1, why), sat(2), stopped(3, why), up=(easy,), down=()).stopped_twice is False


def test_two_stops_for_pain_lower_her_though_she_rated_none_of_them():
    found = after(stopped(0), stopped(1))
    (change,) = found.changes
    assert (change.rung, change.because.code, change.because.params["untold"]) == ("d1", "down", 2)
    assert after(stopped(0), sat(1, pain=5)).rung == "d1"
    assert after(stopped(0, "fear"), stopped(1, "fear")).rung == "d2"
    told = [sat(day, pain=2, is_done=False, share=0.1, stopped_for="pain") for day in (0, 1)]
    assert after(*told).rung == "d2"  # she said how much it was


def test_a_stop_for_pain_on_a_ladder_that_was_unlocked_is_a_flare():
    assert after(stopped(0), locked=True, down=(), flare=FLARE).changes[0].because.code == "flare"


def test_what_pain_or_fear_ended_speaks_for_nothing_more_however_much_of_it_was_done():
    half = Rule(after=After(2, 2), completed=0.5)
    for why in ("pain", "fear", "safety"):
        ended = [sat(day, share=0.8, is_done=False, stopped_for=why) for day in (0, 2)]
        assert after(ended[0], sat(1), ended[1], sat(3), up=(half,)).rung == "d2"
    assert after(sat(0, share=0.8), sat(1), up=(half,)).rung == "d3"


# -- a limit that is never passed -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "between",
    [sat(2, pain=6, is_variant=True), sat(2, "d1", 6), sat(2, "d1", 6, after_gap=False, is_done=False)],
    ids=["another way through", "a smaller rung", "a part of one"],
)
def test_a_limit_that_is_never_passed_holds_for_every_sitting_of_that_time(between):
    assert after(sat(0), sat(1), replace(between, peaks={"pain": 1}), sat(3)).rung == "d3"
    found = after(sat(0), sat(1), between, sat(3))
    assert (found.rung, found.because.code) == ("d2", "above")
    assert found.because.params == {"scale": "pain", "limit": 3, "peak": 6, "count": 1}
    assert after(replace(between, at=at(0, 6)), sat(0), sat(1), sat(3)).rung == "d3"  # from before them


def test_one_that_was_not_rated_holds_like_one_above_the_limit():
    found = after(sat(0), sat(1), sat(2, pain=None, is_variant=True), sat(3))
    assert (found.rung, found.because.code, found.because.params["peak"]) == ("d2", "above", None)


# -- back after a gap -------------------------------------------------------------------------------------------------


def test_what_was_done_before_a_gap_speaks_for_nothing_more():
    assert after(sat(0), sat(1), sat(20), sat(21)).rung == "d3"
    found = after(sat(0), sat(1), sat(20, "d1", after_gap=True), sat(21), sat(22))
    assert (found.rung, found.because.params["met"]) == ("d2", 2)
    assert after(sat(20, "d1", after_gap=True), sat(21), sat(22), sat(23)).rung == "d3"
    # What spoke against it before the gap is heard as long as it would have been without one.
    assert after(sat(1, pain=6), sat(20, "d1", after_gap=True), sat(21), sat(22), sat(23)).because.code == "above"


def test_a_session_back_that_hurt_counts_for_a_step_down_and_a_calm_one_for_nothing():
    back = sat(8, "d1", pain=8, after_gap=True)
    assert after(sat(0), back, sat(9, pain=8)).rung == "d1"
    assert after(sat(0), back, replace(back, at=at(9))).rung == "d1"
    assert after(sat(0), replace(back, peaks={"pain": 1}), sat(9, pain=8)).rung == "d2"
    assert after(sat(0), replace(back, after_gap=False), sat(9, pain=8)).rung == "d2"  # smaller by her own choice


def test_what_waits_for_an_answer_speaks_no_more_after_a_gap_or_in_a_phase_in_which_nobody_goes_up():
    three = (sat(0), sat(1), sat(2))

    def asked(day, gap_days=None, **more):
        return standing(
            ladder(up_needs="therapist", not_up_in=("waning",), **more), RUNGS, (placed(),), three, start_on=FIRST,
            phase_on=lambda on: "waning" if on >= FIRST + timedelta(days=9) else "build",
            on=FIRST + timedelta(days=day), gap_days=gap_days,
        )  # fmt: skip

    assert (asked(3).to, asked(3).offer_stands) == ("d3", True)
    away = asked(8, gap_days=5)
    assert (away.to, away.because.code, away.because.params, away.offer_stands) == (None, "gap", {"days": 5}, False)
    waning = asked(9)
    assert (waning.to, waning.because.code, waning.offer_stands) == (None, "phase", False)
    assert asked(9, up=()).offer_stands is False


# -- another revision -------------------------------------------------------------------------------------------------


def test_by_another_revision_she_stands_where_she_stood_and_nothing_before_it_counts():
    moved = Said(at=at(2, 20), from_on=FIRST, rung="d2", afresh=True)
    easier = Rule(after=After(2, 3))
    found = after(sat(0), sat(1), sat(2), said=(placed(), moved), up=(easier,))
    assert (found.rung, found.changes) == ("d2", ())
    assert found.because.params["met"] == 0
    assert after(sat(0), sat(1), sat(3), said=(placed(), moved), up=(easier,)).rung == "d2"
    assert after(sat(0), sat(3), sat(4), said=(placed(), moved), up=(easier,)).rung == "d3"
    assert after(sat(1, pain=5), sat(3, pain=5), said=(placed(), moved)).rung == "d2"
    assert after(sat(1, pain=5), sat(3, pain=5), said=(placed(),)).rung == "d1"


# -- what is told -----------------------------------------------------------------------------------------------------


def test_why_she_stays_is_told_with_what_was_seen():
    assert after().because.params["is_first"] is True
    found = after(sat(0), sat(1, pain=5)).because
    assert [found.params[name] for name in ("met", "seen", "need", "of", "is_first")] == [1, 2, 3, 4, False]
    own = [sat(day, is_done=False, share=0.5, used="d1") for day in range(4)]
    found = after(*own, sat(4)).because
    assert [found.params[name] for name in ("met", "seen", "smaller", "smaller_rung")] == [1, 4, 3, "d1"]
    assert after(*own[:3], sat(3, is_done=False, used="d2")).because.params["smaller"] == 3


# -- laws -------------------------------------------------------------------------------------------------------------

AT_D2 = st.lists(SITTINGS.filter(lambda each: each.rung == "d2"), min_size=1, max_size=15)
SOFT = Rule(after=After(2, 3), completed=0.5)
LIMITED = Rule(after=After(2, 3), all_of=(Comparison("pain", "never_above", 3),))


@given(AT_D2, st.data(), st.sampled_from([{}, {"up": (SOFT,)}, {"up": (LIMITED,)}, {"down": DOWN[1:]}]))
def test_a_stop_for_pain_never_raises(log, data, ladder):
    number = data.draw(st.integers(0, len(log) - 1))
    changed = [*log]
    changed[number] = replace(log[number], stopped_for="pain", is_pain_untold=data.draw(st.booleans()))
    assert position(after(*changed, **ladder).rung) <= position(after(*log, **ladder).rung)


@given(AT_D2, st.data(), st.sampled_from([{}, {"up": (SOFT,)}, {"up": (LIMITED,)}, {"down": DOWN[1:]}]))
def test_a_session_back_never_raises(log, data, ladder):
    number = data.draw(st.integers(0, len(log) - 1))
    changed = [*log]
    changed[number] = replace(log[number], after_gap=True)
    assert position(after(*changed, **ladder).rung) <= position(after(*log, **ladder).rung)


@given(st.lists(SITTINGS, max_size=12), st.lists(SITTINGS.filter(lambda each: each.rung == "d2"), max_size=2))
def test_a_gap_clears_what_spoke_for_more(before, later):
    """After it no fewer sittings raise her than if she had done nothing before it."""
    start = after(*before).rung
    back = sat(30, start, after_gap=True)
    again = [sat(31 + number, start, each.peaks.get("pain")) for number, each in enumerate(later)]
    assert position(after(*before, back, *again).rung) <= position(start)
