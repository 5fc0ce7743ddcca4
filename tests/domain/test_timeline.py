"""One aggregate from which picture, sentence and table are made."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.adherence import NoRecord, Practised
from coach.domain.bands import BandOn, BandRule, Observed
from coach.domain.calendar import week_of
from coach.domain.course import Pause
from coach.domain.timeline import Timeline, timeline
from tests.domain.courses import INJECTED, assignment, injection, per_day, phase, program, sitting, sittings_of, start
from tests.domain.cycles import TODAY, asked_on, course, fading, steady

BANDS = (
    BandRule(name="onset", from_day=1, to_day=13),
    BandRule(name="plateau", from_day=14, to_day=83),
    BandRule(name="waning", from_day=84, to_day=181),
)


def day(n: int) -> date:
    return INJECTED + timedelta(days=n)


def of(given_to, log, *, today=TODAY, first=None, last=None, **more) -> Timeline:
    more.setdefault("assignments", [given_to])
    more.setdefault("injections", [given_to.injection] if given_to.injection else [])
    more.setdefault("bands", BANDS)
    return timeline(
        first=first or week_of(given_to.start_on),
        last=last or today,
        today=today,
        performed=log,
        asked_on=asked_on,
        **more,
    )


def cause(found: Timeline) -> str:
    return found.findings[-1].code


# -- is it wearing off, or did practice stop?


def test_the_same_pain_has_two_causes_and_the_sentences_tell_them_apart():
    patient = course()
    waning, practising_less = of(patient, steady(patient)), of(patient, fading(patient))
    assert cause(waning) == "pain_rose_practice_steady"
    assert waning.findings[-1].params["band"] == BandOn("waning", "typical")
    assert cause(practising_less) == "practice_fell_then_pain_rose"
    assert practising_less.findings[-1].params["fell_day"] < 91


def test_practice_is_compared_with_what_was_prescribed_and_not_with_more_than_that():
    # the program itself asks for less from day 29 on and again from day 84 on
    patient = course()
    assert cause(of(patient, steady(patient), today=day(70))) in ("steady", "pain_fell")


def test_when_nobody_practised_for_two_weeks_that_is_what_is_said():
    patient = course()
    log = [each for each in steady(patient) if each.day_on <= day(90)]
    assert cause(of(patient, log)) == "no_practice_lately"


def test_little_is_known_in_the_first_weeks():
    patient = course()
    assert cause(of(patient, steady(patient, until=day(10)), today=day(10))) == "too_little"


# -- numbers


def test_four_numbers_say_not_enough_below_five_sessions():
    patient = course()
    few = [sitting(patient, "dilate", day(n), pain_after=2, size_mm=16.0) for n in (100, 104, 108, 112)]
    assert of(patient, few).now.pain_after is None
    five = [*few, sitting(patient, "dilate", day(116), pain_after=3, size_mm=16.0)]
    assert of(patient, five, today=day(118)).now.pain_after is None  # one of them lies before the fortnight
    close = [sitting(patient, "dilate", day(n), pain_after=n % 3, size_mm=16.0) for n in range(110, 115)]
    assert of(patient, close).now.pain_after == 1
    assert of(patient, close).now.used_mm == 16.0


@pytest.mark.parametrize("scale", ["pain", "anxiety"])
def test_a_stop_adds_the_strongest_that_was_given_before_it(scale):
    """Who stops is not asked afterwards: without the highest she gave, her worst days would be no part of the trend."""
    patient = course()
    mild = [sitting(patient, "dilate", day(n), **{f"{scale}_before": 1, f"{scale}_after": 2}) for n in (112, 113)]
    stops = [
        sitting(patient, "dilate", day(n), outcome="stopped", **{f"{scale}_before": 2, f"{scale}_peak": 8})
        for n in (114, 115, 116)
    ]
    found = of(patient, mild + stops)
    assert getattr(found.now, f"{scale}_after") == 8
    assert getattr(found.weeks[-1], scale).rated == len(
        [n for n in (112, 113, 114, 115, 116) if day(n) >= found.weeks[-1].first]
    )
    said_afterwards = sitting(patient, "dilate", day(117), **{f"{scale}_peak": 8, f"{scale}_after": 3})
    assert getattr(of(patient, [said_afterwards]).weeks[-1], scale).after == 3


def test_a_fortnight_without_a_session_has_no_record_rather_than_nought():
    patient = course()
    assert isinstance(of(patient, []).now.days, NoRecord)


def test_a_week_that_still_runs_counts_in_part_among_the_days_practised():
    patient = course()  # 4 per week from day 84 on; TODAY is the Sunday of a week
    log = [sitting(patient, "dilate", day(n)) for n in (105, 106, 107, 108, 112, 113, 114, 115)]
    assert of(patient, log).now.days == Practised(done=7.0, due=7)


def test_prescribed_minutes_of_a_week_without_days_are_spread_over_them():
    patient = course()
    found = {each.on: each.due_minutes for each in of(patient, []).days}
    assert sum(found[day(n)] for n in range(84, 91)) == pytest.approx(4 * 15, abs=0.01)
    assert found[day(84)] == pytest.approx(4 * 15 / 7, abs=0.01)


def test_a_sitting_asked_what_its_own_script_asked():
    patient = course()
    short = sitting(patient, "dilate", day(10), asked_ms={"dilator": 60_000}, dose_ms={"dilator": 60_000})
    (found,) = [each for each in of(patient, [short]).days if each.on == day(10)]
    assert found.due_ms["dilator"] == 60_000 + 15 * 60_000  # two a day were due, one of them was this one


def test_the_prescribed_size_is_a_staircase():
    patient = course()
    found = {each.on: each.prescribed_mm for each in of(patient, []).days}
    assert [found[day(n)] for n in (11, 12, 25, 26, 46, 47)] == [13.0, 16.0, 16.0, 19.0, 19.0, 22.0]


# -- injections


def test_weeks_count_from_the_injection_that_was_last():
    first, second = assignment(), injection(on=day(140))
    found = of(first, [], today=day(180), injections=[first.injection, second])
    assert found.anchor_on(day(-3)) == day(0)
    assert found.anchor_on(day(139)) == day(0)
    assert found.anchor_on(day(140)) == day(140)


def test_a_second_injection_rewrites_nothing_of_the_first_cycle():
    patient = course()
    log = steady(patient)
    later = assignment(start_on=day(119), injection=injection(on=day(119)))
    alone = of(patient, log)
    both = of(patient, log, assignments=[patient, later], injections=[patient.injection, later.injection])
    assert [each for each in both.days if each.on < day(119)] == [each for each in alone.days if each.on < day(119)]
    assert both.bands == alone.bands


def test_a_cancelled_injection_is_not_drawn():
    patient = course()
    cancelled = injection(on=day(60), cancelled=True)
    assert of(patient, [], injections=[patient.injection, cancelled]).injections == (patient.injection,)


def seen(patient, **kinds):
    return [Observed(patient.injection.id, kind, day(n)) for kind, n in kinds.items()]


def test_what_was_observed_is_pinned_on_its_day_and_in_its_week_over_bands_that_stay_typical():
    patient = course()
    log = steady(patient)
    found = of(patient, log, observed=seen(patient, first_effect=3, wearing_off=70))
    assert found.bands == of(patient, log).bands
    assert [(pin.kind, pin.day) for pin in found.pins] == [("first_effect", 3), ("wearing_off", 70)]
    assert [(week.first_day, [pin.kind for pin in week.pins]) for week in found.weeks if week.pins] == [
        (0, ["first_effect"]),
        (70, ["wearing_off"]),
    ]
    assert [(span.name, span.first) for span in found.seen] == [
        ("onset", day(3)),
        ("plateau", day(14)),
        ("waning", day(70)),
    ]


def test_what_was_observed_is_told_and_the_day_is_placed_by_it():
    patient = course()
    log = steady(patient, until=day(75))
    found = of(patient, log, today=day(75), observed=seen(patient, wearing_off=70))
    by_code = {each.code: each.params for each in found.findings}
    assert [pin.day for pin in by_code["observed"]["pins"]] == [70]
    assert by_code["injected"]["band"] == BandOn("waning", "observed")


def test_what_was_not_observed_yet_on_a_day_is_not_told():
    patient = course()
    found = of(patient, [], today=day(75))
    assert "observed" not in [each.code for each in found.findings]
    assert (found.pins, found.seen) == ((), ())


def test_days_to_come_are_planned_and_in_no_week():
    patient = assignment(injection=injection(given=False))
    found = of(patient, [], today=day(-6), last=day(0))
    assert found.days[-1].on == day(0)
    assert found.days[-1].due_minutes > 0
    assert found.weeks[-1].last == day(-6)


# -- pauses


def test_paused_days_are_told_in_strip_week_and_sentence_and_ask_for_no_minutes():
    hers = course()
    pauses = (
        Pause(first=day(35), last=day(38), why="menses", id=uuid.uuid4()),
        Pause(first=day(110), last=None, why="illness", id=uuid.uuid4()),
        Pause(first=day(50), last=day(49), why="travel", id=uuid.uuid4()),  # taken back
    )
    patient = replace(hers, pauses=pauses)
    found = of(patient, steady(hers))
    assert [(strip.why, strip.first, strip.last) for strip in found.pauses] == [
        ("menses", day(35), day(38)), ("illness", day(110), TODAY),
    ]  # fmt: skip
    week = next(week for week in found.weeks if week.first == day(35))
    assert week.paused == (("menses", 4),)
    assert (week.sessions.done, week.sessions.due) == (6, 6), "3 are left of 6, and she did all of them"
    (at_rest,) = [week for week in of(patient, []).weeks if week.first == day(35)]
    assert at_rest.sessions == NoRecord(3), "6 of 7 days, of which 3 are left"
    by_day = {each.on: each for each in found.days}
    assert by_day[day(36)].due_minutes == 0
    assert by_day[day(39)].due_minutes > 0
    (told,) = [finding for finding in found.findings if finding.code == "paused"]
    assert told.params == {"days": 4 + 9, "whys": ("menses", "illness")}


def test_a_pause_does_not_make_practice_fall():
    hers = course()
    log = [each for each in steady(hers) if not day(95) <= each.day_on <= day(112)]
    paused = replace(hers, pauses=(Pause(first=day(95), last=day(112), why="illness", id=uuid.uuid4()),))
    assert cause(of(hers, log)).startswith("practice_fell")
    assert not cause(of(paused, log)).startswith("practice_fell")


def test_a_timeline_begins_on_a_monday():
    patient = course()
    with pytest.raises(ValueError, match="Monday"):
        of(patient, [], first=day(1))


def test_a_patient_without_injection_has_a_timeline_too():
    given_to = assignment(program(phase("all", start(), None, {"calm": per_day(1)})), injection=None, start_on=INJECTED)
    found = of(given_to, [sitting(given_to, "calm", day(3))])
    assert found.bands == ()
    assert found.anchor_on(day(3)) is None
    assert found.weeks[0].first_day is None


# -- laws

PATIENT = assignment()


@settings(max_examples=60)
@given(log=sittings_of(PATIENT), today=st.integers(-10, 170))
def test_days_and_weeks_tell_the_same(log, today):
    found = of(PATIENT, log, today=day(today))
    past = [each for each in found.days if each.on <= day(today)]
    assert sum(week.done_minutes for week in found.weeks) == pytest.approx(sum(each.done_minutes for each in past))
    assert sum(week.stops for week in found.weeks) == sum(each.stops for each in past)
    for week in found.weeks:
        ratings = [s.strongest_pain for each in past if week.first <= each.on <= week.last for s in each.sittings]
        known = [rating for rating in ratings if rating is not None]
        assert week.pain.after == (median(known) if known else None)
        for figure in (week.days, week.sessions):
            if isinstance(figure, Practised):
                assert 0 <= figure.share <= 1


@settings(max_examples=40)
@given(log=sittings_of(PATIENT), seed=st.integers())
def test_the_order_of_the_log_does_not_matter(log, seed):
    shuffled = list(log)
    random.Random(seed).shuffle(shuffled)
    one, other = of(PATIENT, log), of(PATIENT, shuffled)
    assert (one.weeks, one.now, one.findings) == (other.weeks, other.now, other.findings)


@settings(max_examples=40)
@given(log=sittings_of(PATIENT), today=st.integers(0, 120))
def test_what_is_said_of_days_that_were_does_not_depend_on_days_to_come(log, today):
    until = [each for each in log if each.day_on <= day(today)]
    whole, part = of(PATIENT, log, today=day(today)), of(PATIENT, until, today=day(today))
    assert whole.weeks == part.weeks
    assert whole.now == part.now


# -- consultations


def test_a_consultation_stands_in_its_week_and_is_told_first():
    patient = course()
    days = [day(40), day(-10), day(400)]
    found = of(patient, [], consultations=days)
    assert found.consultations == (day(-10), day(40))
    assert [(week.first, week.consulted) for week in found.weeks if week.consulted] == [
        (week_of(day(-10)), (day(-10),)),
        (week_of(day(40)), (day(40),)),
    ]
    assert (found.findings[0].code, found.findings[0].params) == ("consulted", {"days": (day(-10), day(40))})


def test_consultations_change_nothing_else():
    patient = course()
    log = steady(patient)
    plain, with_some = of(patient, log), of(patient, log, consultations=[day(3)])
    assert with_some.findings[1:] == plain.findings
    assert (with_some.days, with_some.now, with_some.bands) == (plain.days, plain.now, plain.bands)
