"""The picture as shapes: what is drawn where, without a browser."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.bands import Observed
from coach.web.therapist.timeline_picture import NARROW, WIDE, draw
from tests.domain.courses import INJECTED, assignment, injection, sitting, sittings_of
from tests.domain.cycles import TODAY, course, fading, steady
from tests.domain.test_timeline import of


def day(n: int) -> date:
    return INJECTED + timedelta(days=n)


def numbers(path: str) -> list[float]:
    return [float(text) for text in re.findall(r"-?\d+(?:\.\d+)?", path)]


def test_the_injection_is_where_its_day_begins_and_bands_follow_it():
    patient = course()
    picture = draw(of(patient, steady(patient)))
    (mark,) = picture.injections
    days = (TODAY - picture.begins).days + 1
    assert mark.x == pytest.approx(picture.left + (picture.right - picture.left) * 14 / days, abs=0.1)
    onset, plateau, waning = picture.bands
    assert onset.x > mark.x
    assert onset.x + onset.width == pytest.approx(plateau.x, abs=0.11)
    assert waning.x + waning.width == pytest.approx(picture.right, abs=0.11)


def test_what_was_observed_is_a_pin_on_its_day_above_typical_bands_that_do_not_move():
    patient = course()
    noted = [Observed(patient.injection.id, "first_effect", day(3)), Observed(patient.injection.id, "peak", day(21))]
    plain, picture = draw(of(patient, [])), draw(of(patient, [], observed=noted))
    step = (picture.right - picture.left) / ((TODAY - picture.begins).days + 1)
    assert [(each.pin.day, each.x) for each in picture.pins] == [
        (3, pytest.approx(picture.left + step * 17.5, abs=0.1)),
        (21, pytest.approx(picture.left + step * 35.5, abs=0.1)),
    ]
    assert picture.pins[0].room < picture.pins[1].room
    assert picture.bands == plain.bands
    assert picture.seen[0].x == pytest.approx(picture.left + step * 17, abs=0.1)
    assert picture.pins_y + 8 < picture.lanes[0].top
    assert (plain.pins, plain.seen) == ((), ())


def test_a_pin_before_the_days_of_the_picture_is_not_drawn():
    patient = course()
    noted = [Observed(patient.injection.id, "first_effect", day(3)), Observed(patient.injection.id, "peak", day(100))]
    picture = draw(of(patient, [], observed=noted), NARROW, latest_weeks=8)
    assert [each.pin.kind for each in picture.pins] == ["peak"]


def test_a_consultation_is_a_mark_on_its_day_above_the_injections():
    patient = course()
    plain, picture = draw(of(patient, [])), draw(of(patient, [], consultations=[day(-7), day(40)]))
    step = (picture.right - picture.left) / ((TODAY - picture.begins).days + 1)
    assert [(each.first, each.count, each.x, each.label) for each in picture.consultations] == [
        (day(-7), 1, pytest.approx(picture.left + step * 7.5, abs=0.1), "after"),
        (day(40), 1, pytest.approx(picture.left + step * 54.5, abs=0.1), "after"),
    ]
    assert picture.consultations_y + 15 < picture.lanes[0].title_y - 26  # where the injection's own mark begins
    assert picture.lanes[0].top - plain.lanes[0].top == 20
    assert (plain.consultations, picture.injections) == ((), plain.injections)


def test_consultations_that_would_touch_become_one_mark_with_their_number():
    patient = course()
    found = draw(of(patient, [], consultations=[day(40), day(41), day(90)])).consultations
    assert [(each.count, each.first, each.last) for each in found] == [(2, day(40), day(41)), (1, day(90), day(90))]


def test_the_day_of_a_consultation_stands_before_its_mark_at_the_edge_and_nowhere_between_close_ones():
    patient = course()
    found = draw(of(patient, [], consultations=[day(90), day(97), TODAY])).consultations
    assert [each.label for each in found] == ["none", "after", "before"]


def test_weeks_before_the_injection_count_backwards_without_a_nought():
    patient = course()
    weeks = [tick.week for tick in draw(of(patient, [])).week_ticks]
    assert weeks == [-2, -1, *range(1, 18)]


@pytest.mark.parametrize("scale", ["pain", "anxiety"])
def test_a_stop_is_drawn_at_the_strongest_that_was_given_before_it(scale):
    patient = course()
    stop = {f"{scale}_before": 2, f"{scale}_peak": 8}
    asked = {f"{scale}_before": 2, f"{scale}_after": 8}
    drawn = [getattr(draw(of(patient, [sitting(patient, "dilate", day(20), **how)])), scale) for how in (stop, asked)]
    assert drawn[0].after
    assert drawn[0] == drawn[1]


def test_practice_that_fades_is_less_ink_after_day_84():
    patient = course()
    ink = [sum(draw(of(patient, log)).done[-1][1].count("M") for log in [make(patient)]) for make in (steady, fading)]
    assert ink[1] < ink[0]
    assert draw(of(patient, steady(patient))).bands == draw(of(patient, fading(patient))).bands


def test_nothing_prescribed_has_no_outline_and_nothing_done_no_bar():
    early = assignment(start_on=day(-30))  # two weeks before its first phase
    picture = draw(of(early, [], today=day(-16)))
    assert (picture.due, picture.done) == ("", ())


def test_days_to_come_have_an_outline_of_their_own():
    patient = assignment(injection=injection(given=False))
    picture = draw(of(patient, [], today=day(-6), last=day(0)))
    assert picture.due
    assert picture.due_to_come
    assert picture.today_x is not None
    assert max(numbers(picture.due)[0::1]) <= picture.right + 0.1


def test_a_phone_shows_the_last_eight_weeks():
    patient = course()
    picture = draw(of(patient, steady(patient)), NARROW, latest_weeks=8)
    assert picture.begins == date(2026, 5, 4)
    assert picture.ends == TODAY


def test_stops_that_would_touch_become_one_letter_with_their_number():
    patient = course()
    log = [sitting(patient, "dilate", day(n), outcome="stopped", stop_reason="pain") for n in (40, 41, 90)]
    marks = draw(of(patient, log)).marks
    assert [(mark.letter, mark.count) for mark in marks] == [("S", 2), ("S", 1)]


def test_a_size_below_the_rung_stays_visible_below_the_staircase():
    patient = course()
    log = [sitting(patient, "dilate", day(60), size_mm=13.0)]
    picture = draw(of(patient, log))
    lane = picture.lane("size")
    y = numbers(picture.used)[1]
    assert y == pytest.approx(lane.bottom - 7, abs=0.1)  # 13 mm is the smallest that occurs
    assert min(numbers(picture.prescribed)[1::2]) < y


PATIENT = assignment()


@settings(max_examples=60, deadline=None)
@given(log=sittings_of(PATIENT), today=st.integers(-13, 700), narrow=st.booleans())
def test_everything_lies_inside_the_picture(log, today, narrow):
    timeline = of(PATIENT, log, today=day(today))
    picture = draw(timeline, NARROW, latest_weeks=8) if narrow else draw(timeline, WIDE)
    for band in picture.bands:
        assert picture.left - 0.1 <= band.x
        assert band.x + band.width <= picture.right + 0.1
    for phase in picture.phases:
        assert picture.left - 0.1 <= phase.x
        assert phase.x + phase.width <= picture.right + 0.1
    for path in (picture.used, picture.pain.after, picture.pain.line, picture.prescribed):
        for x in re.findall(r"[ML](-?[\d.]+)", path):
            assert picture.left - 0.1 <= float(x) <= picture.right + 0.1
    for _, path in picture.done:
        for x, y, width, tall in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)", path):
            assert float(x) + float(width) <= picture.right + 0.2
            assert float(y) >= picture.lane("minutes").top - 0.1
            assert float(y) + float(tall) <= picture.lane("minutes").bottom + 0.2
    ticks = [tick.x for tick in picture.week_ticks]
    assert all(after - before >= 20 for before, after in pairwise(ticks))
