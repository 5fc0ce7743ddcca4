"""A phase that somebody ends: what comes after it, and that no day is lost or given twice because of it."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from coach.domain.course import AssignmentFacts, can_be_ended
from coach.domain.program import After, Rule
from tests.domain.courses import INJECTED, assignment, insertion, per_day, phase, program, start

UNTIL = Rule(after=After(4, 5))
CALM = {"calm": per_day(1)}
FIRST = INJECTED - timedelta(days=14)  # the first day of every assignment here


def on(number: int) -> date:
    return FIRST + timedelta(days=number)


def days_of(given_to: AssignmentFacts) -> list[tuple[str, date, date | None]]:
    return [(span.phase.id, span.first, span.last) for span in given_to.spans]


def in_steps(**ended: date) -> AssignmentFacts:
    phases = (phase("one", start(), None, CALM, until=UNTIL), phase("two", None, None, CALM, until=UNTIL))
    return assignment(program(*phases, phase("three", None, None, CALM)), ended=ended)


def test_until_somebody_ends_it_a_phase_goes_on_and_the_later_ones_are_not_reached():
    waiting = in_steps()
    assert days_of(waiting) == [("one", on(0), None)]
    assert [each.id for each in waiting.not_reached] == ["two", "three"]


def test_a_phase_that_is_ended_has_that_day_as_its_last_and_the_next_begins_on_the_day_after():
    assert days_of(in_steps(one=on(9))) == [("one", on(0), on(9)), ("two", on(10), None)]
    both = in_steps(one=on(9), two=on(20))
    assert days_of(both) == [("one", on(0), on(9)), ("two", on(10), on(20)), ("three", on(21), None)]
    assert both.not_reached == ()


def test_a_phase_that_is_ended_before_its_first_day_is_left_out():
    assert days_of(in_steps(one=on(9), two=on(4))) == [("one", on(0), on(9)), ("three", on(10), None)]


def test_a_last_phase_that_is_ended_ends_the_program():
    alone = program(phase("one", start(), None, CALM))
    assert days_of(assignment(alone, ended={"one": on(9)})) == [("one", on(0), on(9))]


def test_of_until_and_a_last_day_the_earlier_holds_and_an_end_by_hand_asks_for_no_least_days():
    phases = (phase("one", start(), start(6), CALM, until=UNTIL, at_least_days=10), phase("two", None, None, CALM))
    assert days_of(assignment(program(*phases))) == [("one", on(0), on(9)), ("two", on(10), None)]
    early = assignment(program(*phases), ended={"one": on(3)})
    assert days_of(early) == [("one", on(0), on(3)), ("two", on(4), None)]
    assert early.spans[1].shifted_days == 0
    assert days_of(assignment(program(*phases), ended={"one": on(30)}))[0] == ("one", on(0), on(9))


def test_a_phase_is_not_ended_before_one_that_has_a_first_day_of_its_own():
    """Insertion is not brought forward, and the days up to it are not left without a phase."""
    of = program(phase("one", start(), None, CALM, until=UNTIL), phase("two", insertion(), None, CALM))
    assert not can_be_ended(of, "one")
    assert days_of(assignment(of, ended={"one": on(3)})) == days_of(assignment(of))


def test_a_phase_with_a_last_day_and_no_rule_is_not_ended():
    of = program(phase("one", start(), start(6), CALM), phase("two", None, None, CALM))
    assert (can_be_ended(of, "one"), can_be_ended(of, "two"), can_be_ended(of, "three")) == (False, True, False)
    assert days_of(assignment(of, ended={"one": on(3)})) == days_of(assignment(of))


@st.composite
def without_gaps(draw):
    """Phases that follow each other day on day as they are written, and days on which some are ended."""
    phases, last, ended = [], -1, {}
    for number in range(draw(st.integers(1, 5))):
        name, above = f"p{number}", phases[-1] if phases else None
        own_day = above is None or draw(st.booleans())
        from_ = start(last + 1) if own_day else None
        to, length = None, draw(st.integers(1, 12))
        if draw(st.booleans()):
            to = start(last + length)
        last += length
        more = {"until": UNTIL} if draw(st.booleans()) else {}
        phases.append(phase(name, from_, to, CALM, at_least_days=draw(st.integers(0, 8)) if to else 0, **more))
        if draw(st.booleans()):
            ended[name] = on(draw(st.integers(-3, 60)))
    return program(*phases), ended


@given(without_gaps())
def test_phases_neither_overlap_nor_leave_a_day_out_because_one_is_ended(drawn):
    of, ended = drawn
    given_to = assignment(of, ended=ended)
    for above, below in pairwise(given_to.spans):
        assert above.last is not None
        assert below.first == above.last + timedelta(days=1)
    order = [each.id for each in of.phases]
    reached = [span.phase.id for span in given_to.spans]
    assert reached == sorted(reached, key=order.index)
