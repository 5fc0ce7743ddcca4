"""What a program asks for week by week: which days, how often, for how long, and what is held back or asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from coach.domain.course import AssignmentFacts, Pause, Place
from coach.domain.plan import due_windows, safety_checks_on
from coach.domain.program import Frequency, Reference, Session, Step
from coach.domain.weeks import Lengths, Week, WeekSession, days_ahead, days_before_injection, days_of_check, weeks_of
from tests.domain.courses import (
    AFTER_INJECTION,
    INJECTED,
    assignment,
    exercise,
    injected,
    injection,
    insertion,
    per_day,
    per_week,
    phase,
    program,
    session,
    start,
)

MONDAY = date(2026, 3, 2)  # on which `assignment` has its injection


def ten_minutes(*_: object) -> tuple[float, float]:
    return (600, 600)


def weeks(of: AssignmentFacts | None = None, *, first: date = MONDAY, days: int = 7) -> tuple[Week, ...]:
    given = assignment() if of is None else of
    return weeks_of([given], first, first + timedelta(days=days - 1), length=ten_minutes)


def asking_for(*sessions: Session, **more: object) -> AssignmentFacts:
    """A program whose one phase asks for the last of the sessions once a day."""
    of = program(phase("daily", start(), None, {sessions[-1].id: per_day(1)}))
    return assignment(replace(of, sessions={**of.sessions, **{each.id: each for each in sessions}}), **more)


def told(week: Week) -> list[tuple[str, str, int, int]]:
    return [(each.phase_id, each.session_key, each.least, each.most) for each in week.sessions]


def the(session_key: str, week: Week) -> WeekSession:
    (found,) = (each for each in week.sessions if each.session_key == session_key)
    return found


def simple(**do: Frequency) -> AssignmentFacts:
    """A program of one phase without end, begun on a Monday."""
    return assignment(program(phase("daily", start(), None, do)), start_on=MONDAY, injection=None)


# -- weeks ------------------------------------------------------------------------------------------------------------


def test_a_week_runs_from_monday_to_sunday_and_is_told_in_part_at_both_ends():
    found = weeks(first=date(2026, 3, 5), days=12)

    assert [(each.monday, each.sunday, each.first, each.last) for each in found] == [
        (date(2026, 3, 2), date(2026, 3, 8), date(2026, 3, 5), date(2026, 3, 8)),
        (date(2026, 3, 9), date(2026, 3, 15), date(2026, 3, 9), date(2026, 3, 15)),
        (date(2026, 3, 16), date(2026, 3, 22), date(2026, 3, 16), date(2026, 3, 16)),
    ]


def test_days_count_from_the_injection_and_are_negative_before_it():
    found = weeks(first=date(2026, 2, 16), days=21)
    assert [each.since_injection for each in found] == [(-14, -8), (-7, -1), (0, 6)]


def test_without_an_injection_no_days_count_from_it():
    (found,) = weeks(simple(calm=per_day(1)))
    assert found.since_injection is None


def test_a_week_that_holds_two_phases_names_both_with_their_days_and_their_sessions():
    (found,) = weeks()

    assert [(each.span.phase.id, each.first, each.last) for each in found.phases] == [
        ("settle", date(2026, 3, 2), date(2026, 3, 4)),
        ("start", date(2026, 3, 5), date(2026, 3, 8)),
    ]
    assert told(found) == [("settle", "calm", 6, 6), ("start", "calm", 4, 4), ("start", "dilate", 4, 8)]


def test_the_week_in_which_the_clocks_change_has_seven_days():
    (found,) = weeks(simple(calm=per_day(1)), first=date(2026, 3, 23))
    assert (found.sunday, the("calm", found).least) == (date(2026, 3, 29), 7)


def test_a_week_over_the_end_of_the_year_is_one_week():
    (found,) = weeks(simple(calm=per_day(1)), first=date(2026, 12, 28))
    assert (found.last, the("calm", found).least) == (date(2027, 1, 3), 7)


def test_the_weeks_hold_what_the_plan_prescribes_neither_more_nor_less():
    given = assignment()
    first, last = date(2026, 2, 16), date(2026, 7, 19)

    windows = due_windows(first, last, assignments=[given])

    found = [each for week in weeks_of([given], first, last) for each in week.sessions]
    assert sum(each.least for each in found) == sum(window.least for window in windows) == 166
    assert sum(each.most for each in found) == sum(window.most for window in windows)


def test_what_is_paused_over_the_whole_week_is_not_among_its_sessions():
    of = simple(calm=per_day(1), hips=per_week(5))
    rest = Pause(first=MONDAY, last=MONDAY + timedelta(days=6), why="travel")
    (week,) = weeks(replace(of, pauses=(rest,)))
    assert (week.sessions, week.day_s, week.week_s) == ((), (0, 0), (0, 0))


def test_two_programs_stand_in_one_week():
    other = assignment(program(phase("daily", start(), None, {"hips": per_week(2)})), start_on=MONDAY, injection=None)

    (found,) = weeks_of([assignment(), other], MONDAY, MONDAY + timedelta(days=6), length=ten_minutes)

    assert [each.assignment_id for each in found.phases][-1] == other.id
    assert told(found)[-1] == ("daily", "hips", 2, 2)


# -- how often --------------------------------------------------------------------------------------------------------


def test_of_a_range_the_lower_number_is_prescribed_and_the_upper_one_the_target():
    (found,) = weeks(simple(calm=per_day(1, 3)))
    assert (the("calm", found).least, the("calm", found).most, the("calm", found).flexible) == (7, 21, False)


def test_any_days_of_the_week_are_the_patients_to_choose():
    found = the("dilate", weeks(first=date(2026, 4, 6))[0])

    assert (found.least, found.most, found.flexible) == (6, 12, True)
    assert found.days == tuple(date(2026, 4, day) for day in range(6, 13))


@pytest.mark.parametrize(
    ("monday", "days", "times"),
    [(date(2026, 3, 9), 6, 4), (date(2026, 3, 16), 7, 5), (date(2026, 3, 30), 1, 1)],
)
def test_of_a_weekly_number_a_part_of_a_week_asks_for_its_part(monday, days, times):
    found = the("stretch", weeks(first=monday)[0])
    assert (len(found.days), found.least, found.most) == (days, times, times)


def test_every_third_day_is_counted_from_the_phases_first_day_over_the_weeks():
    found = weeks(simple(calm=Frequency(per="every", least=1, most=1, every_days=3)), days=21)

    assert [tuple(day.day for day in the("calm", each).days) for each in found] == [(2, 5, 8), (11, 14), (17, 20)]


def test_on_chosen_weekdays_the_session_is_due_on_these():
    (found,) = weeks(simple(calm=per_day(1, weekdays=(0, 4))))
    assert the("calm", found).days == (date(2026, 3, 2), date(2026, 3, 6))


# -- insertion --------------------------------------------------------------------------------------------------------


def test_a_late_insertion_day_moves_what_comes_after_it():
    late = assignment(injection=injection(insertion_after=12))

    found = weeks(late, first=date(2026, 3, 9), days=14)

    assert [[(each.span.phase.id, each.first, each.last) for each in week.phases] for week in found] == [
        [
            ("settle", date(2026, 3, 9), date(2026, 3, 13)),
            ("start", date(2026, 3, 14), date(2026, 3, 15)),
        ],
        [
            ("start", date(2026, 3, 16), date(2026, 3, 18)),
            ("build", date(2026, 3, 19), date(2026, 3, 22)),
        ],
    ]
    assert found[1].phases[0].span.shifted_days == 9


def test_while_the_insertion_day_is_not_charted_the_phase_before_it_goes_on_and_the_day_is_asked_for():
    waiting = assignment(injection=injection(insertion_after=None))

    found = weeks(waiting, first=date(2026, 2, 23), days=28)

    assert [[each.span.phase.id for each in week.phases] for week in found] == [
        ["before"], ["settle"], ["settle"], ["settle"],
    ]  # fmt: skip
    assert [[ask.what for ask in week.asks] for week in found] == [[], ["insertion"], ["insertion"], ["insertion"]]


def test_what_a_further_injection_holds_back_is_named_with_its_day():
    further = injection(date(2026, 3, 16), insertion_after=4)
    own = injection()

    (found,) = weeks(assignment(injection=own, injections=(own, further)), first=date(2026, 3, 16))

    (held,) = found.held
    assert (held.session_key, held.reason.params["opens_on"]) == ("dilate", date(2026, 3, 20))
    assert [each.span.phase.id for each in found.phases] == ["build"]


def test_a_locked_ladder_holds_its_sessions_back_until_she_is_placed_on_it():
    locked = simple(calm=per_day(1), strengthen=per_day(1))

    (found,) = weeks(locked)

    assert told(found) == [("daily", "calm", 7, 7)]
    assert [(each.session_key, each.reason.code) for each in found.held] == [("strengthen", "locked")]


# -- minutes ----------------------------------------------------------------------------------------------------------


def test_minutes_run_from_the_prescribed_number_at_its_shortest_to_the_target_at_its_longest():
    (found,) = weeks_of(
        [simple(calm=per_day(1, 2))], MONDAY, MONDAY + timedelta(days=6), length=lambda *_: (300, 420)
    )  # fmt: skip
    assert (found.day_s, found.week_s) == ((300, 840), (2100, 5880))


def test_a_day_of_a_week_that_leaves_the_days_open_may_hold_none_and_may_hold_a_days_most():
    (found,) = weeks(first=date(2026, 4, 6))
    assert (found.day_s, found.week_s) == ((0, 1200), (3600, 7200))


def test_where_every_day_of_the_week_is_needed_none_is_free():
    (found,) = weeks(simple(calm=per_week(7)))
    assert found.day_s == (600, 600)


def test_days_before_the_first_phase_do_not_make_a_week_lighter():
    before = assignment(program(phase("daily", start(3), None, {"calm": per_day(1)})), start_on=MONDAY, injection=None)
    (found,) = weeks(before)
    assert (found.day_s, found.week_s) == ((600, 600), (2400, 2400))


def test_the_length_is_that_of_the_script_with_what_the_phase_sets():
    lengths, given = Lengths(), assignment()

    assert lengths(given, "dilate", date(2026, 3, 6)) == (603, 603)
    assert lengths(given, "dilate", date(2026, 3, 20)) == (723, 723)


def test_of_sessions_in_turn_the_length_spans_what_may_be_done_on_that_day():
    lengths, given = Lengths(), assignment()

    assert lengths(given, "stretch", date(2026, 3, 8)) == (63, 63)
    assert lengths(given, "stretch", date(2026, 3, 9)) == (63, 126)


def test_a_session_in_turn_none_of_whose_steps_may_be_done_yet_has_no_length():
    deep_squat = exercise("deep_squat", for_ms=(10_000,), not_before=injected(7))
    squat = session("squat", deep_squat, warm_up=(Step(exercise("breathing", for_ms=(20_000,))),))
    hips = session("hips", exercise("hips"))
    turns = session("turns", alternate=("hips", "squat"))
    given = asking_for(squat, hips, turns)

    assert Lengths()(given, "turns", date(2026, 3, 8)) == (63, 63)
    assert Lengths()(given, "turns", date(2026, 3, 9)) == (36, 63)


def test_a_length_of_the_first_second_and_every_further_time_spans_all_of_them():
    given = asking_for(session("growing", exercise("stay", for_ms=(180_000, 300_000, Reference("still")))))

    assert Lengths()(given, "growing", MONDAY) == (183, 603)


def test_a_session_that_cannot_be_made_has_no_length_and_adds_no_minutes():
    bare = assignment(
        program(phase("daily", start(), None, {"dilate": per_day(1)})), start_on=MONDAY, injection=None, own_set=()
    )
    (found,) = weeks_of([bare], MONDAY, MONDAY + timedelta(days=6))

    assert found.week_s == (0, 0)
    assert [each.reason.code for each in found.held] == ["no_rung"]


# -- safety checks, and how far to look -------------------------------------------------------------------------------


def test_a_safety_check_is_told_with_its_days():
    found = weeks(first=date(2026, 4, 6), days=14)

    assert [[len(each.days) for each in week.safety_checks] for week in found] == [[7], [1]]
    assert found[1].safety_checks[0].check.id == "spreading"


def test_one_looks_ahead_to_the_last_day_of_the_last_phase():
    closed = assignment(program(phase("only", injected(), injected(10), {"calm": per_day(1)})))
    assert days_ahead(closed) == (INJECTED, INJECTED + timedelta(days=10), False)


def test_of_a_phase_that_goes_on_one_looks_at_four_weeks():
    assert days_ahead(assignment()) == (date(2026, 2, 16), date(2026, 6, 21), True)


def test_of_a_phase_that_began_before_the_start_one_looks_at_four_weeks_from_the_start():
    late = assignment(start_on=date(2026, 8, 3))
    assert days_ahead(late) == (date(2026, 8, 3), date(2026, 8, 30), True)


def test_where_every_phase_is_over_before_the_start_there_is_nothing_to_look_at():
    over = assignment(
        program(phase("only", injected(), injected(10), {"calm": per_day(1)})), start_on=date(2026, 5, 1)
    )  # fmt: skip
    assert days_ahead(over) is None


def test_a_program_that_counts_from_an_injection_begins_with_its_first_phase():
    assert days_before_injection(AFTER_INJECTION) == 14


def test_phases_before_the_injection_have_had_their_days_when_it_comes():
    of = program(phase("first", start(), start(6), {}), phase("then", injected(8), None, {}))
    assert days_before_injection(of) == -1
    least = program(phase("first", start(), injected(-1), {}, at_least_days=20))
    assert days_before_injection(least) == 20
    assert days_before_injection(program(phase("first", start(), injected(-1), {}))) == 14


def test_a_first_phase_from_the_insertion_day_begins_when_that_is():
    assert days_before_injection(program(phase("first", insertion(), None, {})), insertion_after=3) == -3


def check_days(check_from, check_to, *, every=1, **more):
    of = program(phase("all", start(), None, {"calm": per_day(1)}))
    check = replace(of.safety_checks[0], from_=check_from, to=check_to, every_days=every)
    return days_of_check(check, assignment(of, **more))


def test_the_last_day_of_a_safety_check_is_the_last_on_which_it_is_asked():
    assert check_days(injected(), injected(10)) == (INJECTED, INJECTED + timedelta(days=10))
    assert check_days(injected(), injected(10), every=7) == (INJECTED, INJECTED + timedelta(days=7))


def test_a_check_that_began_before_the_start_is_asked_from_the_start_on_at_its_own_pace():
    later = INJECTED + timedelta(days=3)
    assert check_days(injected(), injected(21), every=7, start_on=later) == (
        INJECTED + timedelta(days=7), INJECTED + timedelta(days=21)
    )  # fmt: skip
    assert check_days(injected(), injected(2), start_on=later) is None


def test_a_check_whose_last_day_is_not_charted_has_none_yet():
    assert check_days(injected(), insertion(-1), injection=injection(insertion_after=None)) == (INJECTED, None)
    assert check_days(insertion(), insertion(7), injection=injection(insertion_after=None)) is None


@pytest.mark.parametrize(("first", "last", "every"), [(-3, 9, 1), (0, 10, 7), (0, 0, 2), (4, 29, 5)])
def test_a_check_is_asked_on_its_first_and_last_day_and_on_none_outside(first, last, every):
    of = program(phase("all", start(), None, {"calm": per_day(1)}))
    check = replace(of.safety_checks[0], from_=injected(first), to=injected(last), every_days=every)
    given = assignment(replace(of, safety_checks=(check,)))
    days = [INJECTED + timedelta(days=number) for number in range(-14, 60)]
    asked = [day for day in days if safety_checks_on(day, assignments=[given])]
    assert days_of_check(check, given) == (asked[0], asked[-1])


def test_a_place_from_a_later_day_on_lengthens_that_day():
    lifts = exercise("lifts", "strengthening", for_ms=(), hold_ms=10_000, reps=Reference("strength", "reps"))
    places = (Place(MONDAY, "strength", "l1"), Place(MONDAY + timedelta(days=1), "strength", "l2"))
    given = asking_for(session("lifts", lifts), placements=places)

    lengths = Lengths()

    assert lengths(given, "lifts", MONDAY) == (53, 53)
    assert lengths(given, "lifts", MONDAY + timedelta(days=1)) == (63, 63)
