"""Which safety questions stand open at any time: each within its days, and the clinic's usual ones for the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from coach.domain.program import DayAnchor, SafetyCheck, Text
from coach.domain.safety import by_urgency, open_checks
from tests.domain.courses import AFTER_INJECTION, INJECTED, assignment, injected, injection


def check(name, urgency="emergency", first=0, last=42, every_days=1):
    return SafetyCheck(
        id=name,
        ask=Text(name),
        urgency=urgency,
        say=Text("Call."),
        from_=injected(first),
        to=injected(last),
        every_days=every_days,
    )


USUAL = (check("usual_now"), check("usual_today", "same_day", 0, 14), check("usual_routine", "routine", 0, 84))


def asking(*checks, **more):
    return assignment(replace(AFTER_INJECTION, safety_checks=checks), **more)


def open_on(days, *, assignments=(), injections=(), usual=()):
    found = open_checks(INJECTED + timedelta(days=days), assignments=assignments, injections=injections, usual=usual)
    return [each.id for each in found]


def test_a_question_of_once_a_week_stands_open_on_every_day_between():
    of = asking(check("weekly", every_days=7))
    assert [open_on(days, assignments=[of]) for days in (-1, 0, 3, 42, 43)] == [
        [], ["weekly"], ["weekly"], ["weekly"], []
    ]  # fmt: skip


def test_usual_questions_count_from_any_injection_with_both_days_inside():
    given = [injection(INJECTED - timedelta(days=200)), injection()]
    assert [open_on(days, injections=given, usual=USUAL[:1]) for days in (-1, 0, 42, 43)] == [
        [], ["usual_now"], ["usual_now"], []
    ]  # fmt: skip


def test_a_cancelled_injection_asks_nothing():
    assert open_on(3, injections=[injection(cancelled=True)], usual=USUAL) == []


@pytest.mark.parametrize("given", [True, False])
def test_a_planned_injection_asks_from_its_day_on(given):
    assert open_on(0, injections=[injection(given=given)], usual=USUAL[:1]) == ["usual_now"]


def test_what_a_program_asks_about_leaves_the_usual_question_of_that_urgency_out():
    of = asking(check("own", "same_day", 0, 28))
    assert open_on(3, assignments=[of], injections=[of.injection], usual=USUAL) == [
        "usual_now", "own", "usual_routine"
    ]  # fmt: skip


def test_once_a_programs_own_question_has_ended_the_usual_one_stands_for_it():
    of = asking(check("own", "routine", 0, 7))
    assert open_on(8, assignments=[of], injections=[of.injection], usual=USUAL[2:]) == ["usual_routine"]


SORE = replace(check("sore", "same_day"), from_=DayAnchor("start"), to=DayAnchor("start"))


def test_whoever_has_a_program_that_inserts_is_asked_without_any_injection():
    calm = replace(AFTER_INJECTION, sessions={"calm": AFTER_INJECTION.sessions["calm"]}, phases=(), safety_checks=())
    inserting = asking(start_on=INJECTED, ends_on=INJECTED + timedelta(days=9))
    assert [open_on(days, assignments=[inserting], usual=[SORE]) for days in (-1, 0, 9, 10)] == [
        [], ["sore"], ["sore"], []
    ]  # fmt: skip
    assert open_on(3, assignments=[assignment(calm)], usual=[SORE]) == []
    assert open_on(3, usual=[SORE]) == []


def test_of_one_urgency_she_is_asked_once_by_her_program_or_for_her_injection_or_for_inserting():
    inserting = asking()
    given = [inserting.injection]
    assert open_on(3, assignments=[inserting], injections=given, usual=[USUAL[1], SORE]) == ["usual_today"]
    assert open_on(15, assignments=[inserting], injections=given, usual=[USUAL[1], SORE]) == ["sore"]
    assert open_on(3, assignments=[asking(check("own", "same_day"))], usual=[SORE]) == ["own"]


def test_the_most_urgent_come_first_and_otherwise_as_they_were_written():
    checks = [check("a", "routine"), check("b", "same_day"), check("c"), check("d", "same_day"), check("e")]
    assert [each.id for each in by_urgency(checks)] == ["c", "e", "b", "d", "a"]
