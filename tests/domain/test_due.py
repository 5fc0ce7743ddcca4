"""What is due, held against its laws: every item has its reason, an opened day stays, a pause only lowers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.adherence import NothingDue, Practised, attendance, days_practised
from coach.domain.course import DayDue, Pause, Place
from coach.domain.due import Asked, due_windows
from coach.domain.plan import may_be_done, plan_for, plans_between, script_inputs
from coach.domain.program import Frequency, Reference, Rung
from tests.domain.courses import (
    AFTER_INJECTION,
    INJECTED,
    assignment,
    injected,
    injection,
    per_day,
    per_week,
    phase,
    program,
    sitting,
    sittings_of,
    start,
)

WHYS = ("menses", "illness", "infection", "procedure", "travel", "hold", "not_today")
COURSE = assignment()


def day(n: int) -> date:
    return INJECTED + timedelta(days=n)


def paused(of, *pauses):
    return replace(of, pauses=tuple(pauses))


def rest(first: int, last: int | None, why: str = "menses") -> Pause:
    return Pause(first=day(first), last=None if last is None else day(last), why=why)  # type: ignore[arg-type]


rests = st.lists(
    st.builds(
        lambda first, length, why: rest(first, None if length is None else first + length, why),
        st.integers(-20, 170),
        st.one_of(st.none(), st.integers(-1, 12)),
        st.sampled_from(WHYS),
    ),
    max_size=4,
)


def asked_for(of, first: int, last: int) -> dict[str, int]:
    found: dict[str, int] = {}
    for window in due_windows(day(first), day(last), assignments=[of]):
        found[window.session_key] = found.get(window.session_key, 0) + window.least
    return found


# -- laws


@settings(max_examples=80)
@given(pauses=rests, n=st.integers(-20, 180), data=st.data())
def test_whatever_is_due_or_held_has_its_reason_also_on_paused_days(pauses, n, data):
    of = paused(COURSE, *pauses)
    log = data.draw(sittings_of(COURSE))
    plan = plan_for(day(n), assignments=[of], performed=log)
    for item in plan.items:
        assert item.reason.code
        assert item.reason.params["phase"] == item.phase_title
        assert 0 <= item.least <= item.most
    for held in plan.held:
        assert held.reason.code
        if held.reason.code == "paused":
            assert held.reason.params["why"] in ("hold", "illness", "infection", "procedure")
    if plan.pauses:
        assert not plan.anything_left
    hidden = {item.session_key for item in plan.items} & {held.session_key for held in plan.held}
    assert not hidden


@settings(max_examples=80)
@given(pauses=rests, more=rests, first=st.integers(-20, 150), length=st.integers(0, 40), data=st.data())
def test_a_pause_only_ever_lowers_what_is_due(pauses, more, first, length, data):
    log = data.draw(sittings_of(COURSE))
    fewer, further = paused(COURSE, *pauses), paused(COURSE, *pauses, *more)
    before, after = asked_for(fewer, first, first + length), asked_for(further, first, first + length)
    assert set(after) <= set(before)
    assert all(after[key] <= before[key] for key in after)
    n = first + length
    left = {item.session_key: item.left for item in plan_for(day(n), assignments=[fewer], performed=log).items}
    for item in plan_for(day(n), assignments=[further], performed=log).items:
        assert item.left <= left[item.session_key]


@settings(max_examples=60)
@given(pauses=rests, first=st.integers(-20, 150), length=st.integers(7, 60), data=st.data())
def test_attendance_stays_within_its_bounds_whatever_is_paused(pauses, first, length, data):
    of = paused(COURSE, *pauses)
    windows = due_windows(day(first), day(first + length), assignments=[of])
    found = attendance(
        windows, data.draw(sittings_of(COURSE)), today=day(first + length + 1), first=day(first),
        last=day(first + length),
    )  # fmt: skip
    if isinstance(found, Practised):
        assert 0 <= found.done <= found.due


edits = st.fixed_dictionaries(
    {},
    optional={
        "start_on": st.integers(-20, 100).map(day),
        "ends_on": st.integers(-20, 100).map(day),
        "injection": st.builds(lambda on, after: injection(on=day(on), insertion_after=after), st.integers(-5, 60),
                               st.one_of(st.none(), st.integers(0, 30))),
        "placements": st.just(()),
        "own_set": st.just(()),
        "ended": st.dictionaries(st.sampled_from(["build", "waning"]), st.integers(0, 100).map(day), max_size=2),
    },
)  # fmt: skip


@settings(max_examples=80)
@given(edit=edits, today=st.integers(-10, 100))
def test_no_edit_changes_what_an_opened_day_asks_for_nor_attendance_of_days_past(edit, today):
    asked = Asked([COURSE])
    opened = {day(n): asked.on(COURSE, day(n)) for n in range(-14, today + 1)}
    frozen = replace(COURSE, frozen=opened)
    edited = replace(frozen, **edit)
    for on, lines in opened.items():
        assert Asked([edited]).on(edited, on) == lines
    week = today - (today % 7)  # day 0 is a Monday
    before = due_windows(day(-14), day(week - 1), assignments=[frozen])
    after = due_windows(day(-14), day(week - 1), assignments=[edited])
    if "injection" not in edit:
        assert after == before
    assert [each.planned for each in after] == [each.planned for each in before]
    assert all(each.least <= was.least for each, was in zip(after, before, strict=True))
    assert before == due_windows(day(-14), day(week - 1), assignments=[COURSE]), "freezing itself changes nothing"


@settings(max_examples=40)
@given(on=st.integers(-10, 110), begins=st.integers(-14, 120))
def test_the_same_program_given_again_makes_no_day_asked_twice_and_none_lost(on, begins):
    asked = Asked([COURSE])
    opened = {day(n): asked.on(COURSE, day(n)) for n in range(-14, on + 1)}
    first = replace(COURSE, frozen=opened)
    again = assignment(start_on=day(begins), given_on=day(on), injection=COURSE.injection)
    both = Asked([first, again])
    for n in range(-14, 140):
        lines = [both.on(of, day(n)) for of in (first, again)]
        assert len([each for each in lines if each]) <= 1, n
        assert any(lines), f"day {n} is nobody's"


# -- pauses


def test_a_week_of_which_a_part_is_paused_asks_for_its_part():
    of = program(phase("all", start(), None, {"calm": per_week(5), "hips": per_day(1, any_days=6)}))
    given_to = paused(assignment(of, start_on=INJECTED), rest(2, 4))
    windows = {each.session_key: each for each in due_windows(day(0), day(6), assignments=[given_to])}
    assert windows["calm"].least == 3, "4 of 7 days of 5 are 2.9"
    assert windows["hips"].least == 3, "4 of 7 days of 6 are 3.4"
    assert windows["calm"].paused == {day(2), day(3), day(4)}


def test_a_week_that_is_paused_whole_asks_for_nothing():
    of = program(phase("all", start(), None, {"calm": per_week(5)}))
    given_to = paused(assignment(of, start_on=INJECTED), rest(0, 6))
    (window,) = due_windows(day(0), day(6), assignments=[given_to])
    assert (window.least, window.most, window.planned, window.due_days) == (0, 0, 5, ())
    assert attendance([window], [], today=day(7), first=day(0), last=day(6)) == NothingDue()


def test_what_she_does_on_a_paused_day_of_a_flexible_week_counts():
    of = program(phase("all", start(), None, {"calm": per_week(5)}))
    given_to = paused(assignment(of, start_on=INJECTED), rest(2, 4))
    log = [sitting(given_to, "calm", day(n)) for n in (0, 3)]
    windows = due_windows(day(0), day(6), assignments=[given_to])
    assert attendance(windows, log, today=day(7), first=day(0), last=day(6)) == Practised(done=2, due=3)


# -- who does as she is told loses nothing of what she did


def attended(of, log, *, first=0, last=6, today=100):
    windows = due_windows(day(first), day(last), assignments=[of])
    return attendance(windows, log, today=day(today), first=day(first), last=day(last))


def test_what_she_did_on_days_that_are_told_later_as_a_pause_stays_in_both_numbers():
    of = assignment(program(phase("all", start(), None, {"calm": per_day(2)})), start_on=INJECTED)
    log = [sitting(of, "calm", day(n)) for n in range(5) for _ in range(2)]
    assert attended(of, log) == Practised(done=10, due=14)
    assert attended(paused(of, rest(0, 4)), log) == Practised(done=10, due=14)
    assert attended(paused(of, rest(3, 6)), log) == Practised(done=10, due=10), "of the days without practice none"
    windows = due_windows(day(0), day(6), assignments=[paused(of, rest(3, 6))])
    found = days_practised(windows, log, today=day(7), first=day(0), last=day(6))
    assert found == Practised(done=5, due=5)


def test_two_sessions_done_and_then_not_today_are_two_of_two():
    of = assignment(program(phase("all", start(), None, {"calm": per_day(3)})), start_on=INJECTED)
    log = [sitting(of, "calm", day(0)) for _ in range(2)]
    today = paused(of, rest(0, 0, "not_today"))
    assert attended(today, log, last=0, today=0) == Practised(done=2, due=2)
    assert attended(today, [], last=0, today=0) == NothingDue()


def test_what_she_did_in_a_week_that_is_paused_whole_stays():
    of = assignment(program(phase("all", start(), None, {"calm": per_week(5)})), start_on=INJECTED)
    log = [sitting(of, "calm", day(n)) for n in range(4)]
    assert attended(paused(of, rest(0, 6)), log) == Practised(done=4, due=4)
    assert attended(paused(of, rest(1, 6)), log) == Practised(done=4, due=4)
    windows = due_windows(day(0), day(6), assignments=[paused(of, rest(1, 6))])
    found = days_practised(windows, log, today=day(7), first=day(0), last=day(6))
    assert found == Practised(done=4, due=4)


def test_a_part_of_a_session_on_a_day_of_rest_is_not_held_against_her():
    of = assignment(program(phase("all", start(), None, {"calm": per_day(1)})), start_on=INJECTED)
    log = [sitting(of, "calm", day(n), credit=1.0 if n else 0.4) for n in range(5)]
    assert attended(paused(of, rest(0, 0)), log, last=4) == Practised(done=4, due=4, extra=pytest.approx(0.0))


@settings(max_examples=80)
@given(pauses=rests, more=rests, first=st.integers(-20, 150), length=st.integers(0, 40), data=st.data())
def test_no_pause_takes_away_what_was_done_nor_lowers_attendance(pauses, more, first, length, data):
    log = [sitting for sitting in data.draw(sittings_of(COURSE)) if sitting.credit in (0.0, 1.0)]
    fewer, further = paused(COURSE, *pauses), paused(COURSE, *pauses, *more)
    before = attended(fewer, log, first=first, last=first + length, today=500)
    after = attended(further, log, first=first, last=first + length, today=500)
    if isinstance(before, Practised) and before.done:
        assert isinstance(after, Practised)
        assert (after.done, after.due <= before.due) == (before.done, True)


@settings(max_examples=80)
@given(pauses=rests, first=st.integers(-20, 150), length=st.integers(0, 40), data=st.data())
def test_practising_on_a_day_of_rest_never_lowers_attendance(pauses, first, length, data):
    of = paused(COURSE, *pauses)
    log = data.draw(sittings_of(COURSE))
    further = sitting(of, data.draw(st.sampled_from(["dilate", "stretch"])), day(data.draw(st.integers(-20, 190))))
    before, after = (attended(of, each, first=first, last=first + length, today=500) for each in (log, [*log, further]))
    if isinstance(before, Practised):
        assert isinstance(after, Practised)
        assert after.share >= before.share - 1e-9


def opened(of, last: int):
    """With the days up to the last one opened as they stand."""
    asked = Asked([of])
    return replace(of, frozen={day(n): asked.on(of, day(n)) for n in range(-14, last + 1)})


def test_days_that_opened_before_a_further_injection_was_charted_are_not_due_under_its_rest():
    was = opened(COURSE, 16)
    log = [sitting(was, "dilate", day(n)) for n in (11, 11, 12)]
    further = injection(day(12), insertion_after=3)
    now = replace(was, injections=(COURSE.injection, further))
    assert asked_for(was, 11, 16)["dilate"] == 12
    assert asked_for(now, 11, 16)["dilate"] == 6, "on days 12 to 14 nothing is inserted"
    assert asked_for(now, 11, 16)["stretch"] == asked_for(was, 11, 16)["stretch"]
    dilating = [window for window in due_windows(day(11), day(16), assignments=[now]) if window.session_key == "dilate"]
    found = attendance(dilating, log, today=day(20), first=day(11), last=day(16))
    assert found == Practised(done=3, due=7), "what was done before it was given counts"
    assert Asked([now]).on(now, day(12)) == was.frozen[day(12)], "what the day opened with stays as it was"


def test_a_lock_after_the_first_of_three_leaves_one_of_one():
    strong = program(phase("all", start(), None, {"strengthen": per_day(3)}))
    placed = Place(day(0), "strength", "l1")
    was = opened(assignment(strong, start_on=INJECTED, placements=(placed,)), 2)
    log = [sitting(was, "strengthen", day(2))]
    assert attended(was, log, first=2, last=2, today=3) == Practised(done=1, due=3)
    locked = replace(was, placements=(placed, Place(day(2), "strength", "l1", by="rule", state="locked")))
    assert attended(locked, log, first=2, last=2, today=2) == Practised(done=1, due=1)
    assert asked_for(locked, 0, 1) == {"strengthen": 6}, "the days before ask for what they asked for"
    again = replace(locked, placements=(*locked.placements, Place(day(2), "strength", "l1")))
    assert attended(again, log, first=2, last=2, today=3) == Practised(done=1, due=3)


def test_every_other_day_keeps_its_rhythm_over_a_pause():
    every = Frequency(per="every", least=1, most=1, every_days=2)
    of = program(phase("all", start(), None, {"calm": every}))
    given_to = paused(assignment(of, start_on=INJECTED), rest(3, 5))
    plans = plans_between(day(0), day(9), assignments=[given_to], performed=())
    assert [(plan.day - INJECTED).days for plan in plans if plan.anything_left] == [0, 2, 6, 8]


@pytest.mark.parametrize("why", ["illness", "infection", "procedure"])
def test_nothing_is_inserted_during_an_illness_an_infection_or_a_procedure_in_no_variant_either(why):
    of = paused(COURSE, rest(10, 12, why))
    assert not may_be_done(of, "dilate", day(10))
    assert may_be_done(of, "calm", day(10))
    assert "stay" in script_inputs(of, "dilate", day(10)).leave_out
    assert may_be_done(of, "dilate", day(13))
    assert "stay" not in script_inputs(paused(COURSE, rest(10, 12, "menses")), "dilate", day(10)).leave_out


def test_of_several_pauses_the_one_that_lasts_longest_says_from_when_on():
    of = paused(COURSE, rest(10, 12, "infection"), rest(11, 20, "procedure"), rest(10, 30, "menses"))
    (held,) = [each for each in plan_for(day(11), assignments=[of], performed=()).held if each.session_key == "dilate"]
    assert held.reason.params == {"why": "procedure", "opens_on": day(21)}


def test_a_pause_that_was_taken_back_holds_no_day():
    of = paused(COURSE, rest(10, 9))
    assert plan_for(day(10), assignments=[of], performed=()).pauses == ()


# -- frozen days


def test_today_asks_for_what_the_day_opened_with_and_offers_what_holds_now():
    opened = replace(COURSE, frozen={day(10): (DayDue(session="calm", phase="build", per="day", least=1, most=1),)})
    items = {each.session_key: each for each in plan_for(day(10), assignments=[opened], performed=()).items}
    assert set(items) == {"dilate", "stretch"}, "what the program names no more is not offered"
    assert (items["dilate"].left, items["dilate"].is_due, items["dilate"].most) == (0, False, 2)


def test_a_week_is_put_together_from_frozen_days_and_from_days_to_come():
    of = program(phase("all", start(), None, {"calm": per_week(7)}))
    line = DayDue(session="calm", phase="all", per="week", least=3, most=3)
    given_to = assignment(of, start_on=INJECTED, frozen={day(n): (line,) for n in range(4)})
    (window,) = due_windows(day(0), day(6), assignments=[given_to])
    assert window.least == 5, "4 days of 3 a week and 3 of 7 a week: 4.7"


def test_days_before_it_was_given_ask_for_nothing():
    given_to = assignment(AFTER_INJECTION, given_on=day(9))
    assert asked_for(given_to, -14, 8) == {}
    assert asked_for(given_to, 9, 9) == {"dilate": 2, "stretch": 1}


# -- lines that are not there -----------------------------------------------------------------------------------------


def lines(of, n: int) -> list[str]:
    return [line.session for line in Asked([of]).on(of, day(n))]


def test_without_a_set_of_her_own_nothing_is_asked_that_needs_one():
    assert "dilate" in lines(COURSE, 10)
    assert "dilate" not in lines(replace(COURSE, own_set=()), 10)


def test_a_rung_that_asks_for_nothing_on_a_day_gives_no_line():
    count = Reference("strength", "per_day")
    of = program(
        phase("all", start(), None, {"calm": per_day(1), "strengthen": Frequency(per="day", least=count, most=count)})
    )
    none = replace(of.ladders["strength"], rungs=(Rung("l1", values={"reps": 5, "per_day": 0}),))
    places = (Place(INJECTED, "strength", "l1"),)
    assert lines(assignment(of, placements=places), 0) == ["calm", "strengthen"]
    assert lines(assignment(replace(of, ladders={**of.ladders, "strength": none}), placements=places), 0) == ["calm"]


def test_every_other_day_counts_from_the_first_day_that_she_has_the_program():
    other_day = Frequency(per="every", least=1, most=1, every_days=2)
    of = program(phase("after", injected(), None, {"calm": other_day}))
    given_late = assignment(of, start_on=day(3))
    assert [n for n in range(3, 9) if lines(given_late, n)] == [3, 5, 7]


def test_an_injection_that_was_cancelled_holds_no_session_until_a_day_after_it():
    of = program(phase("all", start(), None, {"squat": per_day(1)}))
    late = replace(of.sessions["squat"], steps=of.sessions["squat"].steps[1:])
    of = replace(of, sessions={**of.sessions, "squat": late})
    assert (lines(assignment(of), 6), lines(assignment(of), 7)) == ([], ["squat"])
    assert lines(assignment(of, injection=injection(cancelled=True)), 6) == ["squat"]
