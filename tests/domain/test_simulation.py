"""Programs tried on virtual patients: what holds for every program, and what tells the four patients apart."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest

from coach.domain import adherence
from coach.domain.bands import BandRule
from coach.domain.course import AssignmentFacts, InjectionFacts, Place
from coach.domain.every_script import ANY_SET
from coach.domain.plan import due_windows, plan_for
from coach.domain.program import Program, Reference
from coach.domain.simulation import PATIENTS, simulate, unlocked
from coach.domain.uses import exercises_of
from coach.language import check
from tests.domain.test_held_back import TEXT as HELD_BACK
from tests.language.texts import PROGRAMS, SAMPLE, SMALL, library, nothing

SHIPPED = sorted(path.stem for path in PROGRAMS.glob("*.yaml"))
START = date(2026, 1, 5)
INJECTED = START + timedelta(days=14)
DAYS = 180
BANDS = (
    BandRule(name="onset", from_day=1, to_day=13),
    BandRule(name="plateau", from_day=14, to_day=83),
    BandRule(name="waning", from_day=84, to_day=181),
)

LATER = SMALL.replace("    reps: 10\n", "    reps: 10\n    not_before: insertion\n")
LONGER = SMALL.replace("    breathe: {in: 4s, out: 6s}\n    reps: 10\n", "    for: [1min, 2min, 3min]\n")


def program_of(text, read, name="program") -> Program:
    found = check(text, file=f"{name}.yaml", read=read).program
    assert found is not None
    return found


def given(program: Program, *, insertion_after: int | None = 3, rung: str = "d4") -> AssignmentFacts:
    """The program from START on, an injection after two weeks, at 22 mm of eight sizes, everything unlocked."""
    injection = InjectionFacts(
        id=uuid.UUID(int=2),
        on=INJECTED,
        given=True,
        insertion_on=None if insertion_after is None else INJECTED + timedelta(days=insertion_after),
    )
    places = [Place(START, name, rung) for name, each in program.ladders.items() if each.rungs is None]
    return unlocked(
        AssignmentFacts(
            id=uuid.UUID(int=1),
            program=program,
            start_on=START,
            injection=injection,
            injections=(injection,),
            placements=tuple(places),
            own_set=ANY_SET,
        )
    )


def lived(assignment, patient, *, days=DAYS, seed=1, bands=BANDS):
    return simulate([assignment], patient, first=START, days=days, chance=Random(seed), bands=bands)


@pytest.fixture(scope="module", params=SHIPPED)
def lives(request):
    """Half a year of one program with each of the patients."""
    assignment = given(program_of(library(request.param) or b"", library, request.param))
    return assignment, {patient: lived(assignment, patient) for patient in PATIENTS}


@pytest.fixture(scope="module")
def sample():
    return given(program_of(SAMPLE, library, "sample"))


@pytest.fixture(scope="module")
def small():
    return given(program_of(SMALL, nothing, "calm"))


# -- every program, every patient --------------------------------------------------------------------------------------


def test_no_day_has_more_of_a_session_than_its_plan_asks_for(lives):
    for simulation in lives[1].values():
        for day in simulation.days:
            for item in day.items:
                assert 0 <= item.done <= item.least, (simulation.patient, day.day, item.session_key)


def test_the_plan_of_each_day_is_that_of_the_log_before_it(lives):
    assignment, lifes = lives
    simulation = lifes["irregular"]
    log = [sitting.performed for sitting in simulation.sittings]
    for day in simulation.days[30:]:
        plan = plan_for(day.day, assignments=[assignment], performed=[each for each in log if each.day_on < day.day])
        assert [(item.session_key, item.least, item.most) for item in plan.items] == [
            (item.session_key, item.least, item.most) for item in day.items
        ]


def named_mm(program: Program, session_id: str) -> float:
    """The largest size that the text of the session, its turns and its variants name at the fourth of eight sizes."""
    sizes = [0.0]
    for each in (session_id, *program.sessions[session_id].alternate):
        for exercise in exercises_of(program.sessions[each]):
            match exercise.size:
                case Reference(field=None, offset=offset):
                    sizes.append(ANY_SET[3 + offset].size_mm or 0)
                case float() as size:
                    sizes.append(size)
    return max(sizes)


def test_no_size_is_above_the_largest_that_its_session_names_at_her_rung(lives):
    assignment, lifes = lives
    sizes = {rung.id: rung.size_mm for rung in ANY_SET}
    for simulation in lifes.values():
        for day in simulation.days:
            for sitting in day.sittings:
                largest = named_mm(assignment.program, sitting.performed.session_key)
                risen = sizes.get(day.rungs.get("dilator"), 22.0) - 22.0  # `given` places her at 22 mm
                assert (sitting.performed.size_mm or 0) <= (sitting.named_mm or 0)
                assert (sitting.named_mm or 0) <= largest + max(0, risen) + 1  # steps of the set are not all alike


def test_nothing_is_inserted_from_the_injection_to_the_insertion_day(lives):
    for simulation in lives[1].values():
        for day in simulation.days:
            if INJECTED <= day.day < INJECTED + timedelta(days=3):
                assert all(sitting.performed.size_mm is None for sitting in day.sittings), day.day


def test_every_sitting_ends(lives):
    for simulation in lives[1].values():
        assert simulation.sittings
        assert {sitting.performed.outcome for sitting in simulation.sittings} <= {"complete", "partial", "stopped"}


def test_every_session_can_be_made(lives):
    for simulation in lives[1].values():
        assert not [day.cannot for day in simulation.days if day.cannot]


def test_the_ideal_patient_attends_all_of_it(lives):
    attendance = lives[1]["ideal"].attendance
    assert attendance.done == attendance.due > 0


def test_the_irregular_patient_attends_less_and_something(lives):
    share = lives[1]["irregular"].attendance.share
    assert 0.45 < share < 0.85


def test_the_patient_who_is_away_has_no_record_of_it_and_attends_nothing_in_it(lives):
    assignment, lifes = lives
    simulation = lifes["gap"]
    away = [day for day in simulation.days if day.is_away]
    assert [day.number for day in away] == list(range(84, 98))
    assert not any(day.sittings for day in away)
    first, last = away[0].day, away[-1].day
    found = adherence.attendance(
        due_windows(first, last, assignments=[assignment]),
        [sitting.performed for sitting in simulation.sittings],
        today=last + timedelta(days=1),
        first=first,
        last=last,
    )
    assert isinstance(found, adherence.NoRecord | adherence.NothingDue)
    if isinstance(found, adherence.NoRecord):  # she said that she would be away: nothing was asked of her
        assert simulation.attendance.due < lifes["ideal"].attendance.due
    later = [item.least for day in simulation.days[98:] for item in day.items]
    assert any(day.sittings for day in simulation.days[98:]) == any(later)


def test_stopping_for_pain_or_fear_counts_as_attended(lives):
    stopped = [
        sitting.performed
        for sitting in lives[1]["painful"].sittings
        if sitting.performed.stop_reason in ("pain", "fear")
    ]
    assert stopped
    assert {sitting.credit for sitting in stopped} == {1.0}


def test_the_totals_are_the_sum_over_the_days(lives):
    for simulation in lives[1].values():
        for kind, dose in simulation.dose.items():
            each = [sitting.performed for day in simulation.days for sitting in day.sittings]
            assert dose.done_ms == sum(sitting.dose_ms.get(kind, 0) for sitting in each)
            assert dose.asked_ms == sum(sitting.asked_ms.get(kind, 0) for sitting in each)
        assert sum(day.guided_ms for day in simulation.days) == sum(each.guided_ms for each in simulation.sittings)


def test_the_attendance_is_what_was_attended_of_what_was_due(small):
    """Once a day for ten days: each day's credit, of ten."""
    for patient in ("ideal", "irregular", "painful"):
        life = lived(small, patient, days=10)
        each_day = [sum(sitting.performed.credit for sitting in day.sittings) for day in life.days]
        assert (life.attendance.done, life.attendance.due) == (sum(each_day), 10)
    assert lived(small, "ideal", days=10).attendance.done == 10


@pytest.mark.parametrize("asked", ["calm", "turns"])
@pytest.mark.parametrize("patient", ["irregular", "painful"])
def test_before_the_insertion_day_no_variant_turn_or_session_in_its_place_inserts_anything(asked, patient):
    both = "do: {calm: 1 per day, turns: 1 per day}"
    assert both in HELD_BACK
    text = HELD_BACK.replace(both, f"do: {{{asked}: 3 per day}}")
    life = lived(given(program_of(text, nothing, "held"), insertion_after=60), patient, days=150)
    sittings = [(day.since, sitting) for day in life.days for sitting in day.sittings]
    sized = {since for since, sitting in sittings if sitting.performed.size_mm is not None}
    assert max(sized) >= 60
    assert min(sized) >= 60
    if patient == "irregular" and asked == "calm":
        assert {since >= 60 for since, sitting in sittings if sitting.in_place_of is not None} == {True}


# -- what the patients are ---------------------------------------------------------------------------------------------


def test_the_same_seed_gives_the_same_days(sample):
    assert lived(sample, "painful", days=60) == lived(sample, "painful", days=60)


def test_another_seed_gives_other_days(sample):
    assert lived(sample, "painful", days=60).days != lived(sample, "painful", days=60, seed=2).days


def test_in_pain_she_takes_smaller_sizes_says_not_today_and_stops(sample):
    sittings = lived(sample, "painful").sittings
    assert any(sitting.smaller for sitting in sittings)
    assert any(sitting.declined for sitting in sittings)
    assert {"pain", "fear"} <= {sitting.performed.stop_reason for sitting in sittings}


def test_irregular_days_have_variants(sample):
    assert {"short", "gentle"} <= {sitting.performed.variant for sitting in lived(sample, "irregular").sittings}


def test_pain_eases_with_the_effect_and_comes_back_a_little_as_it_wanes():
    name = "after-injection-dilation"
    life = lived(given(program_of(library(name) or b"", library, name)), "painful")

    def mean(first: int, last: int) -> float:
        peaks = [
            sitting.performed.pain_after
            for day in life.days
            if day.since is not None and first <= day.since <= last
            for sitting in day.sittings
            if sitting.performed.pain_after is not None
        ]
        return sum(peaks) / len(peaks)

    assert mean(-14, 0) > mean(84, 165) + 1
    assert mean(84, 165) > mean(20, 80)


def test_a_short_trial_leaves_half_of_it_for_being_away(small):
    days = lived(small, "gap", days=10).days
    assert [day.number for day in days if day.is_away] == [3, 4, 5, 6, 7]


def test_a_weeks_sessions_are_spread_over_it(sample):
    """Four a week from day 84 after the injection on."""
    days = [day for day in lived(sample, "ideal").days if day.day >= date(2026, 4, 20)][:7]
    done = [sum(item.done for item in day.items if item.session_key == "dilate") for day in days]
    assert done == [1, 1, 0, 1, 0, 1, 0]


def test_without_a_charted_insertion_day_nothing_is_ever_inserted():
    assignment = given(program_of(SAMPLE, library, "sample"), insertion_after=None)
    life = lived(assignment, "ideal")
    assert all(sitting.performed.size_mm is None for sitting in life.sittings)
    assert life.days[-1].phases[0] == "settle"


def test_the_insertion_day_is_not_known_before_it_is_charted_with_the_injection():
    life = lived(given(program_of(LATER, nothing, "later")), "ideal", days=20)
    opens_on = [[held.reason.params.get("opens_on") for held in day.held] for day in life.days]
    assert opens_on == [[None]] * 14 + [[INJECTED + timedelta(days=3)]] * 3 + [[]] * 3


def test_durations_follow_how_often_it_was_done_at_the_rung():
    life = lived(given(program_of(LONGER, nothing, "longer")), "ideal", days=5)
    assert [sitting.performed.dose_ms["relaxation"] for sitting in life.sittings] == [
        60_000, 120_000, 180_000, 180_000, 180_000
    ]  # fmt: skip


def test_a_locked_ladder_is_unlocked_when_the_phase_that_uses_it_begins(sample):
    places = [place for place in sample.placements if place.ladder == "strength"]
    assert places == [Place(INJECTED + timedelta(days=84), "strength", "l1")]


def test_what_stays_locked_is_held_and_never_done(sample):
    kept = replace(sample, placements=tuple(each for each in sample.placements if each.ladder != "strength"))
    last = lived(kept, "ideal").days[-1]
    assert [held.session_key for held in last.held] == ["strengthen"]
    assert "strengthen" not in {sitting.performed.session_key for sitting in lived(kept, "ideal").sittings}


def test_a_rule_that_puts_another_session_in_its_place_is_followed(sample):
    days = lived(sample, "irregular").days
    instead = [sitting for day in days for sitting in day.sittings if sitting.in_place_of is not None]
    assert {(each.in_place_of, each.performed.session_key) for each in instead} == {("strengthen", "calm")}


LADDER = """\
title: Sizes
language: en
exercises:
  stay: {kind: dilator, title: Stay, cue: Stay., size: $dilator, for: 5min}
ladders:
  dilator:
    kind: dilator
    rungs: [{id: a, size: 13mm}, {id: b, size: 16mm}, {id: c, size: 19mm}, {id: d, size: 22mm}]
    stay_at_least: 3d
    up: {after: 3 of 4 sessions, completed: 100%, pain_at_most: 2}
    down: {after: 2 sessions in a row, pain_at_least: 4}
    after_gap: {of: 3d, down: 1}
    up_needs: WHO
sessions:
  practice: {title: Practice, steps: [stay], ask_before: [pain], ask_after: [pain]}
phases:
  - {id: always, title: Always, from: start, do: {practice: 1 per day}}
"""


def on_ladder(kind, who="automatic", days=40, rung="a"):
    program = program_of(LADDER.replace("WHO", who), nothing)
    facts = AssignmentFacts(
        id=uuid.UUID(int=1), program=program, start_on=START, placements=(Place(START, "dilator", rung),)
    )
    return simulate([facts], kind, first=START, days=days, chance=Random(5))


def test_a_virtual_patient_goes_up_one_rung_at_a_time_and_each_step_has_its_reason():
    simulation = on_ladder("ideal")
    steps = [step for day in simulation.days for step in day.steps]
    assert [(step.before, step.rung, step.by) for step in steps] == [
        ("a", "b", "rule"), ("b", "c", "rule"), ("c", "d", "rule"),
    ]  # fmt: skip
    assert all(step.because.code == "up" and step.because.params["met"] >= 3 for step in steps)
    for day in simulation.days:
        for sitting in day.sittings:
            assert sitting.performed.ladders["dilator"].rung == day.rungs["dilator"]


def test_pain_takes_her_down():
    steps = [step for day in on_ladder("painful", rung="c", days=10).days for step in day.steps]
    assert ("c", "b", "down") in [(step.before, step.rung, step.because.code) for step in steps]


def test_a_therapist_says_yes_on_a_monday_and_the_patient_on_the_next_day():
    asked = [step for day in on_ladder("ideal", "therapist").days for step in day.steps]
    assert asked
    assert {(step.from_on.weekday(), step.by) for step in asked} == {(0, "therapist")}
    asked = [step for day in on_ladder("ideal", "patient").days for step in day.steps]
    assert {step.by for step in asked} == {"patient"}


def test_after_being_away_the_first_one_back_is_lower_and_the_rung_stays():
    simulation = on_ladder("gap", "therapist", days=60, rung="c")
    back = next(day for day in simulation.days[37:] if day.sittings)
    assert [sitting.after_gap for sitting in back.sittings] == [True]
    assert back.sittings[0].performed.size_mm < {"c": 19, "d": 22}[back.rungs["dilator"]]
    days = iter(simulation.days)
    next(day for day in days if day is back)
    after = next(day for day in days if day.sittings)
    assert after.rungs["dilator"] == back.rungs["dilator"]
    assert after.sittings[0].after_gap is False


def test_the_same_program_for_a_second_injection_begins_anew_and_keeps_her_rungs():
    program = program_of((PROGRAMS / "after-injection-dilation.yaml").read_text(), library)
    first = given(program, rung="d2")
    later = InjectionFacts(
        id=uuid.UUID(int=3), on=INJECTED + timedelta(days=120), given=True, insertion_on=INJECTED + timedelta(days=123)
    )
    both = (first.injection, later)
    second = replace(
        first, id=uuid.UUID(int=9), start_on=later.on - timedelta(days=14), injection=later, injections=both
    )
    simulation = simulate(
        [replace(first, injections=both), second], "ideal", first=START, days=160, chance=Random(2), bands=BANDS
    )
    begins = next(day for day in simulation.days if day.day == second.start_on)
    assert begins.phases == ("before",)
    before = simulation.days[begins.number - 2]
    assert before.rungs["dilator"] == begins.rungs["dilator"] != "d2"
    assert not any(
        sitting.performed.size_mm
        for day in simulation.days
        if later.on <= day.day < later.insertion_on
        for sitting in day.sittings
    )
