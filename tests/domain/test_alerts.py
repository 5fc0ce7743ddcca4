"""What a program asks its therapist to look at: silence, strong ratings, and comfort that goes down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.alerts import raised_on
from coach.domain.course import Pause
from coach.domain.program import After, Alert, Comparison, Ladder, Rule
from tests.domain.courses import AFTER_INJECTION, INJECTED, assignment, injected, sitting, sittings_of

SILENT = Alert(id="silent", on="no_session", value=3)
SORE = Alert(id="sore", on="rating", comparisons=(Comparison("pain", "at_least", 7),), times=2, within_days=7)
SLIPPING = Alert(id="slipping", on="comfort_down", value=1, times=2, not_before=injected(84))
COMFORTABLE = Rule(
    after=After(3, 4),
    all_of=(Comparison("pain", "at_most", 2), Comparison("anxiety", "at_most", 3)),
    completed=1.0,
)
DAY = INJECTED + timedelta(days=20)


def with_alerts(*alerts: Alert, **more: object):
    ladders = AFTER_INJECTION.ladders | {"dilator": Ladder(id="dilator", kind="dilator", rungs=None, up=(COMFORTABLE,))}
    return assignment(replace(AFTER_INJECTION, alerts=alerts, ladders=ladders), **more)


def raised(of, performed, day=DAY):
    return [(each.alert_id, dict(each.params)) for each in raised_on(day, assignments=[of], performed=performed)]


# -- no session -------------------------------------------------------------------------------------------------------


def test_silence_counts_from_her_last_session():
    of = with_alerts(SILENT)
    log = [sitting(of, "calm", DAY - timedelta(days=3))]
    assert raised(of, log) == [("silent", {"days": 3})]
    assert raised(of, log, DAY - timedelta(days=1)) == []


def test_before_the_first_session_silence_counts_from_the_first_day():
    of = with_alerts(SILENT)
    assert raised(of, [], of.start_on + timedelta(days=2)) == []
    assert raised(of, [], of.start_on + timedelta(days=3)) == [("silent", {"days": 3})]


def test_days_before_it_was_given_to_her_are_not_silent():
    of = with_alerts(SILENT, given_on=DAY - timedelta(days=2))
    assert raised(of, []) == []
    assert raised(of, [], DAY + timedelta(days=1)) == [("silent", {"days": 3})]


def test_a_session_that_was_opened_and_left_is_none():
    of = with_alerts(SILENT)
    assert raised(of, [sitting(of, "calm", DAY, outcome="open")])


def test_days_of_a_pause_are_not_silent():
    pause = Pause(first=DAY - timedelta(days=4), last=DAY - timedelta(days=1), why="travel")
    of = with_alerts(SILENT, pauses=(pause,))
    assert raised(of, [sitting(of, "calm", DAY - timedelta(days=5))]) == []


def test_a_session_of_another_program_ends_no_silence():
    of, other = with_alerts(SILENT), with_alerts()
    assert raised(of, [sitting(other, "calm", DAY)])


def test_a_program_that_does_not_run_asks_for_nothing():
    of = with_alerts(SILENT, ends_on=DAY - timedelta(days=1))
    assert raised(of, []) == []
    assert raised(of, [], of.start_on - timedelta(days=1)) == []


# -- ratings ----------------------------------------------------------------------------------------------------------


def test_strong_ratings_ask_for_a_look_when_there_are_enough_within_the_days():
    of = with_alerts(SORE)
    two = [sitting(of, "dilate", DAY - timedelta(days=days), pain_peak=8) for days in (0, 6)]
    assert raised(of, two) == [("sore", {"times": 2, "days": 7})]
    assert raised(of, two, DAY + timedelta(days=1)) == []


def test_ratings_that_were_skipped_or_are_lower_count_for_nothing():
    of = with_alerts(SORE)
    log = [sitting(of, "dilate", DAY, pain_peak=pain) for pain in (8, 6, None)]
    assert raised(of, log) == []


@pytest.mark.parametrize(
    ("clause", "ratings", "holds"),
    [
        (Comparison("anxiety", "at_least", 7), {"anxiety_peak": 7}, True),
        (Comparison("pain", "rises_by", 2), {"pain_before": 3, "pain_peak": 5}, True),
        (Comparison("pain", "rises_by", 2), {"pain_before": 4, "pain_peak": 5}, False),
        (Comparison("pain", "rises_by", 2), {"pain_peak": 5}, False),
        (Comparison("pain", "at_most", 2), {"pain_peak": 2}, True),
        (Comparison("pain", "at_most", 2), {}, False),
        (Comparison("control", "at_least", 1), {"pain_peak": 9}, False),
    ],
)
def test_each_kind_of_clause(clause, ratings, holds):
    of = with_alerts(Alert(id="any", on="rating", comparisons=(clause,)))
    assert bool(raised(of, [sitting(of, "dilate", DAY, **ratings)])) is holds


# -- comfort ----------------------------------------------------------------------------------------------------------

LATE = INJECTED + timedelta(days=13 * 7)  # a Monday, thirteen weeks on


def weeks(of, *rungs, pain=1):
    """One sitting a week at each rung, the last one in the week of LATE."""
    first = LATE - timedelta(weeks=len(rungs) - 1)
    return [
        sitting(
            of, "dilate", first + timedelta(weeks=number), rung=rung, pain_peak=pain if rung else None, anxiety_peak=1
        )
        for number, rung in enumerate(rungs)
    ]


def test_comfort_that_lies_lower_in_two_weeks_in_a_row_asks_for_a_look():
    of = with_alerts(SLIPPING)
    assert raised(of, weeks(of, "d3", "d3", "d2", "d2"), LATE) == [("slipping", {"rungs": 1, "weeks": 2})]
    assert raised(of, weeks(of, "d4", "d1", "d2"), LATE) == [("slipping", {"rungs": 2, "weeks": 2})]


@pytest.mark.parametrize(
    "rungs", [("d3", "d3", "d2"), ("d3", "d2", "d3"), ("d2", "d2"), ("d2", "d3", "d3"), ("d2",), ()]
)
def test_one_lower_week_or_none_before_is_no_setback(rungs):
    of = with_alerts(SLIPPING)
    assert raised(of, weeks(of, *rungs), LATE) == []


def test_a_size_that_hurt_was_not_comfortable():
    of = with_alerts(SLIPPING)
    log = [*weeks(of, "d3", "d3", "d3", "d3")[:2], *weeks(of, "d3", "d3", pain=5)]
    assert raised(of, log, LATE) == [("slipping", {"rungs": 3, "weeks": 2})]


def test_a_week_without_a_rating_is_no_check():
    of = with_alerts(SLIPPING)
    log = weeks(of, "d3", "d2", "d2")
    assert raised(of, [log[0], replace(log[1], pain_peak=None), log[2]], LATE) == []


def test_before_its_day_it_asks_for_nothing():
    of = with_alerts(SLIPPING)
    early = INJECTED + timedelta(days=83)
    log = [replace(each, day_on=each.day_on - (LATE - early)) for each in weeks(of, "d3", "d3", "d1", "d1")]
    assert raised(of, log, early) == []
    assert raised(of, log, early + timedelta(days=1))


def test_without_the_injection_that_it_counts_from_it_asks_for_nothing():
    of = with_alerts(SLIPPING, injection=None)
    assert raised(of, weeks(of, "d3", "d3", "d1", "d1"), LATE) == []


@given(st.data())
def test_whatever_was_done_nothing_raises_an_error_and_order_does_not_matter(data):
    of = with_alerts(SILENT, SORE, SLIPPING)
    log = data.draw(sittings_of(of))
    day = INJECTED + timedelta(days=data.draw(st.integers(-20, 200)))
    assert raised(of, log, day) == raised(of, list(reversed(log)), day)
