"""Whole programs: the sample of the language's description, and those that come with the product."""

from __future__ import annotations

import pytest

from coach.domain.program import (
    After,
    AfterGap,
    Check,
    Comparison,
    Condition,
    DayAnchor,
    Frequency,
    Instead,
    Reference,
    Rule,
    Say,
    Text,
)
from coach.language import check
from tests.language.texts import PROGRAMS, SAMPLE, SMALL, library, nothing


@pytest.fixture(scope="module")
def sample():
    return check(SAMPLE, file="programs/after-injection-dilation.yaml", read=library).program


def test_the_sample_has_no_errors_and_only_the_warning_it_deserves():
    checked = check(SAMPLE, file="programs/after-injection-dilation.yaml", read=library)

    assert [(p.line, p.column, p.severity, p.code) for p in checked.problems] == [(5, 16, "warning", "no-reviewer")]


def test_the_id_of_a_program_is_its_files_stem(sample):
    assert sample.id == "after-injection-dilation"


def test_exercises_are_read_with_every_value(sample):
    stay_still = sample.exercises["stay_still"]
    assert stay_still.for_ms == (Reference("still"),)
    assert stay_still.size == Reference("dilator")
    assert stay_still.say == (Say(Text("Half way."), "half"), Say(Text("Ten more seconds."), "before_end", 10_000))
    assert stay_still.check == Check("pain", 120_000)
    advance = sample.exercises["advance"]
    assert (advance.at_most_ms, advance.has_dose) == (300_000, False)
    squat = sample.exercises["deep_squat"]
    assert (squat.not_before, squat.swap) == (DayAnchor("injection", 7), "childs_pose")
    assert sample.exercises["slow_lifts"].contract_ms == Reference("strength", "hold")
    assert len(sample.exercises["muscle_release"].parts) == 6


def test_what_is_imported_is_there_too(sample):
    assert {"settle", "belly_breathing", "rest", "childs_pose"} <= set(sample.exercises)
    assert "hips" in sample.sessions


def test_ladders_are_read_with_their_rules(sample):
    dilator = sample.ladders["dilator"]
    assert (dilator.rungs, dilator.chosen_at_assignment, dilator.stay_at_least_days) == (None, True, 2)
    assert dilator.up == (
        Rule(
            after=After(3, 4),
            completed=1.0,
            all_of=(
                Comparison("pain", "at_most", 2),
                Comparison("pain", "never_above", 3),
                Comparison("anxiety", "at_most", 3),
            ),
        ),
    )
    assert [rule.after for rule in dilator.down] == [After(2, 2), After(1, 1)]
    assert dilator.down[1].stayed_at_opening is True
    assert dilator.after_gap == AfterGap(3, 1)
    assert (dilator.not_up_in, dilator.not_up_while_rising) == (("waning",), "pain")
    strength = sample.ladders["strength"]
    assert strength.rungs[1].values == {"hold": 5000, "rest": 10_000, "reps": 6, "per_day": 2}
    assert strength.locked
    assert len(strength.unlocked_when) == 3


def test_overrides_are_applied_to_their_step_alone(sample):
    first, second, third, _ = (step.exercise for step in sample.sessions["dilate"].steps)
    assert (first.size, first.at_most_ms) == (Reference("dilator", offset=-1), 180_000)
    assert second.for_ms == (120_000,)
    assert third == sample.exercises["advance"]
    breathing = sample.sessions["calm"].steps[1].exercise
    assert (breathing.for_ms, breathing.reps) == ((180_000,), None)


def test_sessions_are_read_with_their_rules(sample):
    dilate = sample.sessions["dilate"]
    assert dilate.stop_when == (
        Condition((Comparison("pain", "at_least", 7),)),
        Condition((Comparison("anxiety", "at_least", 7),), 120_000),
    )
    assert [(v.id, v.scale, v.counts, v.leave_out) for v in dilate.variants] == [
        ("gentle", 1.0, 1.0, ("advance", "stay_still")),
        ("short", 0.5, 0.5, ()),
    ]
    assert sample.sessions["strengthen"].instead_when == (Instead("let_go", False, "calm"),)
    assert sample.sessions["stretch"].alternate == ("hips", "squat_day")


def test_phases_are_read_with_their_days_and_frequencies(sample):
    by_id = {phase.id: phase for phase in sample.phases}
    assert (by_id["before"].from_, by_id["before"].to) == (DayAnchor("injection", -14), DayAnchor("injection", -1))
    assert by_id["start"].at_least_days == 5
    assert by_id["build"].set == {"still": 720_000}
    assert by_id["build"].do[1].frequency == Frequency(per="week", least=5, most=5)
    assert by_id["hold"].do[0].frequency == Frequency(per="day", least=1, most=2, any_days=6)
    strengthen = by_id["waning"].do[1].frequency
    assert strengthen == Frequency(
        per="day", least=Reference("strength", "per_day"), most=Reference("strength", "per_day")
    )
    assert by_id["waning"].until == Rule(after=After(6, 8), all_of=(Comparison("pain", "at_most", 2),))
    assert by_id["waning"].then == "maintenance"


def test_safety_checks_and_alerts_are_read(sample):
    (spreading,) = sample.safety_checks
    assert (spreading.urgency, spreading.to, spreading.every_days) == ("emergency", DayAnchor("injection", 42), 1)
    silent, sore, slipping = sample.alerts
    assert (silent.on, silent.value) == ("no_session", 3)
    assert (sore.on, sore.comparisons, sore.times, sore.within_days) == (
        "rating",
        (Comparison("pain", "at_least", 7),),
        2,
        7,
    )
    assert (slipping.on, slipping.value, slipping.times, slipping.not_before) == (
        "comfort_down", 1, 2, DayAnchor("injection", 84)
    )  # fmt: skip


@pytest.mark.parametrize("path", sorted(PROGRAMS.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_programs_that_come_with_the_product_only_lack_a_reviewer(path):
    checked = check(path.read_bytes(), file=str(path), read=library)

    assert [problem.code for problem in checked.problems] == ["no-reviewer"]
    assert not checked.program.is_reviewed


@pytest.mark.parametrize("path", sorted((PROGRAMS / "library").glob("*.yaml")), ids=lambda path: path.stem)
def test_library_files_are_sound_and_no_programs(path):
    checked = check(path.read_bytes(), file=str(path), read=library)

    assert checked.problems == ()
    assert checked.program is None


def test_the_programs_are_in_english_and_spanish_throughout():
    for path in sorted(PROGRAMS.glob("*.yaml")):
        program = check(path.read_bytes(), file=str(path), read=library).program
        texts = [program.title, program.summary, *program.equipment, *program.cautions]
        texts += [text for e in program.exercises.values() for text in (e.title, e.cue, *e.parts) if text]
        texts += [session.title for session in program.sessions.values()]
        texts += [phase.title for phase in program.phases]
        assert [text.default for text in texts if set(text.by_language) != {"en", "es"}] == []


def test_a_text_falls_back_to_the_programs_own_language():
    program = check("title: {es: Calma, en: Calm}\nlanguage: es\n", file="a.yaml", read=nothing).program

    assert (program.title.in_language("en"), program.title.in_language("fr")) == ("Calm", "Calma")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2 per day", Frequency(per="day", least=2, most=2)),
        ("1-2 per day", Frequency(per="day", least=1, most=2)),
        ("5 per week", Frequency(per="week", least=5, most=5)),
        ("3-4 per week", Frequency(per="week", least=3, most=4)),
        ("every 2 days", Frequency(per="every", least=1, most=1, every_days=2)),
        ("1 per day on mon wed fri", Frequency(per="day", least=1, most=1, weekdays=(0, 2, 4))),
        ("2 per day on any 5 days", Frequency(per="day", least=2, most=2, any_days=5)),
    ],
)
def test_a_frequency_is_read(written, read):
    program = check(SMALL.replace("1 per day", written), file="a.yaml", read=nothing).program

    assert program.phases[0].do[0].frequency == read


@pytest.mark.parametrize(
    ("written", "ms"), [("45s", 45_000), ("10min", 600_000), ("1h", 3_600_000), ("1min30s", 90_000), ("2.5s", 2_500)]
)
def test_a_duration_is_read(written, ms):
    text = SMALL.replace("in: 4s", f"in: {written}").replace("reps: 10", "reps: 1")

    assert check(text, file="a.yaml", read=nothing).program.exercises["breathing"].breathe.in_ms == ms
