"""n of N, and the four ways of having no number."""

from __future__ import annotations

import random
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.adherence import NoRecord, NothingDue, Practised, StillOpen, attendance, credit, days_practised, dose
from coach.domain.plan import due_windows
from tests.domain.courses import (
    INJECTED,
    assignment,
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


DAILY = assignment(program(phase("all", start(), None, {"calm": per_day(2)})), start_on=INJECTED)
WEEKLY = assignment(program(phase("all", start(), None, {"stretch": per_week(5)})), start_on=INJECTED)


def of(given_to, log, *, first=0, last=6, today=100):
    windows = due_windows(day(first), day(last), assignments=[given_to])
    return attendance(windows, log, today=day(today), first=day(first), last=day(last))


# -- four ways of having no number


def test_nothing_due_is_not_nought_of_nought():
    assert of(DAILY, [], first=-7, last=-1) == NothingDue()


def test_nothing_recorded_is_not_the_same_as_nothing_done():
    tried = sitting(DAILY, "calm", day(0), credit=0.0, outcome="partial")
    assert of(DAILY, []) == NoRecord(14)
    assert of(DAILY, [tried]) == Practised(done=0.0, due=14)


def test_what_may_still_be_done_is_still_open():
    assert of(DAILY, [], first=0, last=0, today=0) == StillOpen(2)


# -- counting


def test_a_session_that_was_stopped_for_pain_is_attended_in_full():
    stopped = [sitting(DAILY, "calm", day(n), outcome="stopped", stop_reason="pain") for n in (0, 0, 1, 1)]
    assert of(DAILY, stopped, last=1) == Practised(done=4.0, due=4)


def test_one_day_never_makes_up_for_another():
    found = of(DAILY, [sitting(DAILY, "calm", day(0)) for _ in range(5)], last=1)
    assert found == Practised(done=2.0, due=4, extra=3.0)


def test_a_week_that_leaves_the_days_open_misses_no_day():
    log = [sitting(WEEKLY, "stretch", day(n)) for n in (2, 3, 4, 5, 6)]
    assert of(WEEKLY, log) == Practised(done=5.0, due=5)
    assert of(WEEKLY, log[:3]) == Practised(done=3.0, due=5)


def test_an_open_week_counts_once_it_is_met():
    log = [sitting(WEEKLY, "stretch", day(n)) for n in range(5)]
    assert of(WEEKLY, log[:4], today=4) == StillOpen(5)
    assert of(WEEKLY, log, today=4) == Practised(done=5.0, due=5)


def test_no_percentage_below_three_and_none_rounded_up_to_all():
    assert Practised(done=2.0, due=2).percent is None
    assert Practised(done=2.0, due=3).percent == 66
    assert Practised(done=199.9, due=200).percent == 99
    assert Practised(done=200.0, due=200).percent == 100


def test_days_practised_counts_days_and_not_sittings():
    log = [sitting(DAILY, "calm", day(n)) for n in (0, 0, 1)]
    windows = due_windows(day(0), day(6), assignments=[DAILY])
    assert days_practised(windows, log, today=day(7), first=day(0), last=day(6)) == Practised(done=2.0, due=7)


def test_today_counts_once_something_was_practised_on_it():
    windows = due_windows(day(0), day(1), assignments=[DAILY])
    log = [sitting(DAILY, "calm", day(0))]
    assert days_practised(windows, log, today=day(1), first=day(0), last=day(1)) == Practised(done=1.0, due=1)
    log.append(sitting(DAILY, "calm", day(1)))
    assert days_practised(windows, log, today=day(1), first=day(0), last=day(1)) == Practised(done=2.0, due=2)


def test_days_of_an_open_week_need_as_many_days_as_it_asks_for():
    windows = due_windows(day(0), day(6), assignments=[WEEKLY])
    log = [sitting(WEEKLY, "stretch", day(n)) for n in (0, 1, 2)]
    assert days_practised(windows, log, today=day(7), first=day(0), last=day(6)) == Practised(done=3.0, due=5)


# -- dose


def test_dose_is_capped_per_session_and_extra_work_stands_apart():
    long = sitting(DAILY, "calm", day(0), dose_ms={"relaxation": 90_000}, asked_ms={"relaxation": 60_000})
    short = sitting(DAILY, "calm", day(1), dose_ms={"relaxation": 30_000}, asked_ms={"relaxation": 60_000})
    found = dose([long, short], asked_of_nobody={"relaxation": 60_000})["relaxation"]
    assert (found.done_ms, found.asked_ms, found.extra_ms, found.share) == (90_000, 180_000, 30_000, 0.5)


def test_a_kind_that_nobody_asked_for_has_no_share():
    (found,) = dose([sitting(DAILY, "calm", day(0), dose_ms={"dilator": 1_000})]).values()
    assert found.share is None


amounts = st.dictionaries(
    st.sampled_from(["relaxation", "stretching", "strengthening", "dilator"]), st.integers(0, 3_600_000)
)


@given(st.lists(st.tuples(amounts, amounts), max_size=12))
def test_dose_is_never_above_what_was_asked(pairs):
    for found in dose([sitting(DAILY, "calm", day(0), dose_ms=did, asked_ms=asked) for did, asked in pairs]).values():
        assert 0 <= found.done_ms <= found.asked_ms


# -- laws

COURSE = assignment()


@settings(max_examples=150)
@given(log=sittings_of(COURSE), first=st.integers(-30, 180), length=st.integers(0, 200), today=st.integers(-30, 200))
def test_attendance_lies_between_none_and_all(log, first, length, today):
    found = of(COURSE, log, first=first, last=first + length, today=today)
    if isinstance(found, Practised):
        assert 0 <= found.done <= found.due
        assert 0 <= found.share <= 1
        assert found.extra >= 0


@settings(max_examples=150)
@given(log=sittings_of(COURSE), first=st.integers(-30, 180), length=st.integers(0, 60), today=st.integers(-30, 200))
def test_a_day_to_come_is_never_counted_as_not_done(log, first, length, today):
    windows = due_windows(day(first), day(first + length), assignments=[COURSE])
    for result in credit(windows, log, today=day(today)):
        if result.window.last >= day(today) and result.counts:
            assert result.credited >= result.window.least


@settings(max_examples=80)
@given(log=sittings_of(COURSE), seed=st.integers())
def test_the_order_of_the_log_does_not_matter(log, seed):
    shuffled = list(log)
    random.Random(seed).shuffle(shuffled)
    assert of(COURSE, log, first=-14, last=170) == of(COURSE, shuffled, first=-14, last=170)


@settings(max_examples=80)
@given(log=sittings_of(COURSE), at=st.integers(0, 60))
def test_one_more_complete_session_never_lowers_what_counts(log, at):
    more = [*log, sitting(COURSE, "dilate", day(at))]
    before, after = (of(COURSE, each, first=0, last=90) for each in (log, more))
    if isinstance(before, Practised):
        assert isinstance(after, Practised)
        assert after.done >= before.done


@settings(max_examples=60)
@given(first=st.integers(-20, 160), length=st.integers(0, 60), cut=st.integers(0, 60))
def test_fixed_days_are_due_the_same_however_the_range_is_cut(first, length, cut):
    last, middle = first + length, first + min(cut, length)
    whole = due_windows(day(first), day(last), assignments=[COURSE])
    parts = [
        *due_windows(day(first), day(middle), assignments=[COURSE]),
        *due_windows(day(middle + 1), day(last), assignments=[COURSE]),
    ]
    assert sorted(_fixed(whole)) == sorted(_fixed(parts))


def _fixed(windows):
    return [(w.session_key, w.first, w.least) for w in windows if w.session_key == "calm"]
