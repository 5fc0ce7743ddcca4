"""The programs to start from and the library they are made of: what they ask for, by the number, and in whose words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from coach.cli import main
from coach.domain.program import Program, Session, Text
from coach.domain.script import CannotCompile, compile_script
from coach.language import check
from coach.language.clinic import read_defaults
from tests.language.texts import PROGRAMS, library
from tests.wording import reproachful, telling

FILES = sorted(PROGRAMS.glob("*.yaml"))
LIBRARY = sorted((PROGRAMS / "library").glob("*.yaml"))
OWN_SET = tuple(read_defaults((PROGRAMS / "clinic" / "defaults.yaml").read_bytes()).generic_set)

# What a file of the library needs from the program that imports it.
NEEDED = {
    "dilators": "dilator: {kind: dilator, rungs: own set}",
    "strengthening": (
        "strength:\n    locked: true\n"
        "    rungs: [{id: l1, hold: 3s, rest: 6s, reps: 5, sets: 2, quick_reps: 5, quick_rest: 4s}]"
    ),
    "contrast": "contrast: {kind: strengthening, rungs: [{id: once, reps: 5}], locked: true}",
    "contract_relax": (
        "dilator: {kind: dilator, rungs: own set}\n"
        "  squeeze: {kind: dilator, rungs: [{id: once, reps: 5}], locked: true}"
    ),
}

# Sets of dilators on sale, and words that would stand for one; sizes are the patient's own or generic, in mm.
BRANDS = re.compile(
    r"vagiwell|intimate rose|soul source|amielle|owen mumford|hope\s?&\s?her|vuva|\bmilli\b|pacik (?:set|glass|size)|"
    r"\bsize\s*#?\d|#\d|\b(?:botox|dysport|xeomin|myobloc|daxxify|letybo|jeuveau)\b",
    re.IGNORECASE,
)
# Orders, and words of the trade; what is meant is said in words that one uses at home.
FORCEFUL = re.compile(
    r"\b(?:must|force yourself|push through|try harder|endure|bear down|hold on tight|"
    r"debes|tienes que|aguanta(?!ras)\w*|esfuérzate|oblígate|empuja fuerte)\b",
    re.IGNORECASE,
)
JARGON = re.compile(
    r"\b(?:kegel|hyperton\w*|hiperton\w*|introit\w*|levator|diaphragm\w*|diafragm\w*|contract(?:ion)?|contrae|"
    r"contracción|piriform\w*|adduct\w*|aductor\w*|sacr\w*|perine\w*|vagin\w*|vulv\w*)\b",
    re.IGNORECASE,
)
LONGEST_CUE = 125


@cache
def program(name: str) -> Program:
    checked = check((PROGRAMS / f"{name}.yaml").read_bytes(), file=f"{name}.yaml", read=library)
    assert checked.program is not None, checked.problems
    return checked.program


@cache
def library_program(file: Path, exercise: str | None = None) -> Program:
    """The exercises of one file of the library as a program that imports it has them, with a session of one of them."""
    text = f"title: All\nimport: [library/{file.stem}]\n"
    if file.stem in NEEDED:
        text += f"ladders:\n  {NEEDED[file.stem]}\n"
    if exercise is not None:
        # beside another, since at the ends of a set a step with the next size or the one before is left out
        text += "exercises:\n  beside: {kind: relaxation, title: Beside, for: 60s}\n"
        text += f"sessions:\n  one: {{title: One, steps: [beside, {exercise}]}}\n"
    checked = check(text, file="all.yaml", read=library)
    assert checked.program is not None, checked.problems
    return checked.program


def phase_of(name: str, phase_id: str) -> Any:
    return next(phase for phase in program(name).phases if phase.id == phase_id)


def script(
    name: str, session: str, *, phase: str | None = None, strength: str = "l1", nth: int = 3, variant: str | None = None
) -> Any:
    """What is played in the middle of the generic set. From the third session at a size staying still is at its full
    length."""
    given = program(name)
    rungs = {"dilator": "d4", "strength": strength}
    return compile_script(
        given,
        session,
        rungs={ladder: rungs[ladder] for ladder in given.ladders},
        own_set=OWN_SET,
        parameters=phase_of(name, phase).set if phase else {},
        nth=nth,
        variant=variant,
    )


# -- checked ----------------------------------------------------------------------------------------------------------


def test_all_of_them_pass_the_check(capsys):
    assert main(["programs", "check", str(PROGRAMS)]) == 0


def test_the_six_programs_are_there():
    assert [file.stem for file in FILES] == [
        "after-injection-dilation", "dilation-without-toxin", "down-training", "maintenance", "strengthening",
        "stretching",
    ]  # fmt: skip


@pytest.mark.parametrize("file", [*FILES, *LIBRARY], ids=lambda file: file.stem)
def test_a_warning_that_stays_is_named_in_its_file_with_the_reason_and_no_other_is(file):
    warned = {problem.code for problem in check(file.read_bytes(), file=str(file), read=library).problems}
    named = re.findall(r"^ *# ([a-z-]+) stays: \S.+$", file.read_text(), re.MULTILINE)

    assert sorted(named) == sorted(warned)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_says_at_its_top_that_no_clinician_has_reviewed_it(file):
    assert file.read_text().startswith("# An example to start from: no clinician has reviewed it.")
    given = program(file.stem)
    assert (given.author.default, given.is_reviewed) == ("Example program", False)
    assert given.evidence
    assert given.equipment


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_each_file_of_the_library_says_that_no_clinician_has_reviewed_it(file):
    head = file.read_text().split("exercises:")[0].replace("\n# ", " ")
    assert "None of it has been reviewed by a clinician." in head


def test_the_library_has_at_least_thirty_exercises():
    names = [name for file in LIBRARY for name in library_program(file).exercises]
    assert len(names) >= 30
    assert len(names) == len(set(names)), "one name from two files could not be imported together"


# -- words ------------------------------------------------------------------------------------------------------------


def texts_of(given: Program) -> Iterator[Text]:
    yield from (given.title, *([given.summary] if given.summary else []), *given.equipment, *given.cautions)
    for exercise in given.exercises.values():
        yield from (exercise.title, *([exercise.cue] if exercise.cue else []), *exercise.parts)
        yield from (say.text for say in exercise.say)
    for session in given.sessions.values():
        yield session.title
        yield from (variant.title for variant in session.variants)
        for step in (*session.warm_up, *session.steps, *session.finish):
            yield from (step.exercise.title, *([step.exercise.cue] if step.exercise.cue else []))
    for scale in given.scales.values():
        yield from (text for text in (scale.ask, scale.low, scale.high) if text)
    yield from (phase.title for phase in given.phases)
    yield from (parameter.label for parameter in given.parameters.values() if parameter.label)
    yield from (condition for ladder in given.ladders.values() for condition in ladder.unlocked_when)
    for asked in given.safety_checks:
        yield from (asked.ask, asked.say)


def everything() -> Iterator[tuple[str, Text]]:
    for file in FILES:
        yield from ((file.stem, text) for text in texts_of(program(file.stem)))
    for file in LIBRARY:
        made = library_program(file)
        yield from ((file.stem, text) for text in texts_of(made) if text is not made.title)


def cues() -> Iterator[tuple[str, str]]:
    for file in LIBRARY:
        for exercise in library_program(file).exercises.values():
            assert exercise.cue is not None, exercise.id
            yield from ((f"{exercise.id} {language}", text) for language, text in exercise.cue.by_language.items())


def test_every_text_is_there_in_english_and_in_spanish():
    assert [(file, text.default) for file, text in everything() if sorted(text.by_language) != ["en", "es"]] == []


def test_no_maker_and_no_makers_number_of_a_size_is_named():
    found = {file.name: BRANDS.findall(file.read_text()) for file in [*FILES, *LIBRARY]}
    assert {name: words for name, words in found.items() if words} == {}


def test_nothing_reproaches_or_forces():
    spoken = [words for _, text in everything() for words in text.by_language.values()]
    assert [words for words in spoken if reproachful(words) or FORCEFUL.search(words)] == []


def test_cues_are_short_and_in_everyday_words():
    for name, cue in cues():
        assert len(cue) <= LONGEST_CUE, name
        assert len(re.findall(r"[.!?…]+(?:\s|$)", cue)) <= 2, name
        assert not JARGON.search(cue), name


def test_the_lists_of_words_find_what_they_are_for():
    assert BRANDS.search("Begin with size 3.")
    assert BRANDS.search("the Amielle set")
    assert FORCEFUL.search("You must push through it.")
    assert FORCEFUL.search("Aguanta un poco más")
    assert JARGON.search("Contract the levator.")


def test_ids_of_sessions_give_nothing_away():
    """They may be seen in the data on a phone. `dilate` is as old as the sessions that patients have done."""
    ids = {session for file in FILES for session in program(file.stem).sessions} - {"dilate"}
    assert {each for each in ids if telling(each)} == set()


# -- rules ------------------------------------------------------------------------------------------------------------


def played_sessions() -> Iterator[tuple[str, Session]]:
    for file in FILES:
        given = program(file.stem)
        yield from ((file.stem, session) for session in given.sessions.values() if not session.alternate)


def test_every_session_asks_for_pain_and_anxiety_before_and_after():
    for name, session in played_sessions():
        assert session.ask_before[:2] == session.ask_after[:2] == ("pain", "anxiety"), (name, session.id)


def test_every_session_eases_at_pain_above_three_and_ends_at_seven():
    for name, session in played_sessions():
        rules = [
            [(c.scale, c.test, c.value, condition.still_after_ms) for c in condition.all_of]
            for condition in (*session.ease_when, *session.stop_when)
        ]
        assert rules[:2] == [[("pain", "at_least", 4, 30_000)], [("pain", "at_least", 7, 0)]], (name, session.id)
        assert [("anxiety", "at_least", 7, 120_000)] in rules, (name, session.id)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_cautions_say_when_to_ease_when_to_end_and_whom_to_call(file):
    cautions = " ".join(text.in_language("en") for text in program(file.stem).cautions)
    for words in (
        "Pain above 3", "At 7, or when it is sharp or tears", "fear stays at 7", "bleeding more than spotting", "fever",
        "foul discharge", "pass urine", "same day", "swallowing", "speaking or breathing", "double vision",
        "drooping eyelids", "weakness all over", "emergency number", "stopping counts",
    ):  # fmt: skip
        assert words.lower() in cautions.lower(), words
    in_spanish = " ".join(text.in_language("es") for text in program(file.stem).cautions)
    for words in (
        "si es punzante o como un desgarro",
        "un sangrado mayor que un simple manchado o que dura más de un día",
    ):
        assert words in in_spanish, words


# What a program that asks for it has to say beforehand, in both languages.
INSERTS = {
    "en": ("fever", "open sore", "infection", "pregnancy", "after a birth or an operation"),
    "es": ("fiebre", "herida abierta", "infección", "embarazada", "tras un parto o una operación"),
}
STRETCHES = {
    "en": ("3 of 10 at most", "No bouncing", "tingles"),
    "es": ("3 de 10 como mucho", "Sin rebotes", "hormiguea"),
}
SQUATS = {
    "en": ("the squat out with a prolapse", "knees or hips", "late in a pregnancy"),
    "es": ("las cuclillas con un prolapso", "rodillas o las caderas", "final del embarazo"),
}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_cautions_say_when_to_hold_what_goes_in_how_to_stretch_and_who_leaves_the_squat_out(file):
    given = program(file.stem)
    asked = [step.exercise for session in given.sessions.values() for step in session.steps]
    kinds, names = {each.kind for each in asked}, {each.id for each in asked}
    wanted = [
        *([INSERTS] if "dilator" in kinds else []),
        *([STRETCHES] if "stretching" in kinds else []),
        *([SQUATS] if "deep_squat" in names else []),
    ]
    for language in ("en", "es"):
        cautions = " ".join(text.in_language(language) for text in given.cautions)
        assert [words for each in wanted for words in each[language] if words not in cautions] == []


def test_the_titles_of_the_sessions_that_a_program_asks_for_differ():
    for file in FILES:
        given = program(file.stem)
        asked = {assigned.session for phase in given.phases for assigned in phase.do}
        asked |= {turn for name in asked for turn in given.sessions[name].alternate}
        for language in ("en", "es"):
            titles = [given.sessions[name].title.in_language(language) for name in sorted(asked)]
            assert len(titles) == len(set(titles)), (file.stem, titles)


SILENT_DAYS = {
    "after-injection-dilation": 3, "dilation-without-toxin": 4, "down-training": 4, "maintenance": 5,
    "strengthening": 4, "stretching": 5,
}  # fmt: skip


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_two_very_painful_sessions_in_a_week_and_some_silent_days_are_told_to_the_therapist(file):
    alerts = {alert.id: alert for alert in program(file.stem).alerts}
    assert (alerts["silent"].on, alerts["silent"].value) == ("no_session", SILENT_DAYS[file.stem])
    sore = alerts["sore"]
    assert [(c.scale, c.test, c.value) for c in sore.comparisons] == [("pain", "at_least", 7)]
    assert (sore.times, sore.within_days) == (2, 7)


def test_a_setback_while_keeping_what_was_reached_is_told():
    alerts = {alert.id: alert for alert in program("maintenance").alerts}
    assert (alerts["slipping"].on, alerts["slipping"].value, alerts["slipping"].times) == ("comfort_down", 1, 2)
    rising = alerts["rising"]
    assert [(c.scale, c.test, c.value) for c in rising.comparisons] == [("pain", "rises_by", 2)]
    assert rising.within_days == 14


def test_after_an_injection_questions_of_safety_are_asked_for_the_weeks_that_they_are_about():
    asked = program("after-injection-dilation").safety_checks
    assert [(each.id, each.urgency, each.from_.days, each.to.days, each.every_days) for each in asked] == [
        ("spreading", "emergency", 0, 42, 1),
        ("reaction", "emergency", 0, 42, 1),
        ("same_day", "same_day", 0, 14, 1),
        ("since_last_time", "same_day", 0, 140, 1),
        ("leaking", "routine", 0, 84, 7),
    ]


def test_after_an_injection_bleeding_fever_and_growing_pain_are_asked_for_as_long_as_she_practises_however_late():
    asked = {each.id: each for each in program("after-injection-dilation").safety_checks}
    assert {each.from_.on for name, each in asked.items() if name != "since_last_time"} == {"injection"}
    practising = asked["since_last_time"]
    assert (practising.from_.on, practising.to.on) == ("insertion", "injection")
    assert practising.to.days == phase_of("after-injection-dilation", "onward").from_.days
    for language, signs in (
        ("en", ("bleeding more than spotting", "fever", "foul discharge", "pain that grows")),
        ("es", ("sangrado mayor que un simple manchado", "fiebre", "mal olor", "dolor que aumenta")),
    ):
        assert [sign for sign in signs if sign not in practising.ask.in_language(language)] == []


def test_new_weakness_in_a_leg_that_outlasts_a_nerve_block_is_asked_for_in_the_first_two_weeks():
    (first,) = (each for each in program("after-injection-dilation").safety_checks if each.id == "same_day")
    assert "new weakness in a leg that lasts beyond the day of a nerve block" in first.ask.in_language("en")
    assert "debilidad nueva en una pierna" in first.ask.in_language("es")


@pytest.mark.parametrize(
    ("name", "days"), [("after-injection-dilation", 2), ("dilation-without-toxin", 7), ("maintenance", 7)]
)
def test_sizes_go_up_slowly_and_come_down(name, days):
    ladder = program(name).ladders["dilator"]
    assert (ladder.rungs, ladder.stay_at_least_days, ladder.up_needs) == (None, days, "therapist")
    (up,) = ladder.up
    assert (up.after.need, up.after.of, up.completed) == (3, 4, 1.0)
    assert [(c.scale, c.test, c.value) for c in up.all_of] == [
        ("pain", "at_most", 2),
        ("pain", "never_above", 3),
        ("anxiety", "at_most", 3),
    ]
    sore, stayed = ladder.down
    assert (sore.after.need, sore.after.of, [c.value for c in sore.all_of]) == (2, 2, [4])
    assert (stayed.after.of, stayed.stayed_at_opening) == (1, True)
    assert ladder.after_gap is not None
    assert (ladder.after_gap.of_days, ladder.after_gap.down) == (3, 1)
    assert (ladder.not_up_in, ladder.not_up_while_rising) == ((), "pain"), "no phase bars the way up, only rising pain"


def test_strengthening_is_locked_and_waits_for_week_six_and_for_a_let_go():
    given = program("strengthening")
    strength = given.ladders["strength"]
    assert strength.locked
    assert len(strength.unlocked_when) == 4
    (up,) = strength.up
    assert (strength.stay_at_least_days, up.after.need, up.after.of, up.completed) == (10, 16, 20, 1.0)
    (down,) = strength.down
    assert (down.after.need, down.after.of, [(c.scale, c.value) for c in down.all_of]) == (2, 2, [("pain", 4)])
    session = given.sessions["strengthen"]
    assert {step.exercise.not_before.days for step in session.steps} == {42}
    assert [(each.scale, each.answer, each.session) for each in session.instead_when] == [("let_go", False, "calm")]


def test_after_an_injection_stretches_wait_two_days_and_the_deep_squat_seven():
    stretches = library_program(PROGRAMS / "library" / "stretches.yaml").exercises
    assert {each.not_before.on for each in stretches.values() if each.not_before} == {"injection"}
    assert {name: each.not_before and each.not_before.days for name, each in stretches.items()} == {
        name: 7 if name == "deep_squat" else 2 for name in stretches
    }
    cautions = [text.in_language("en") for text in program("stretching").cautions]
    assert (
        "Stretch from two days after an injection if it is comfortable, and squat from seven days after it." in cautions
    )


@pytest.mark.parametrize("name", ["down-training", "maintenance", "strengthening", "stretching"])
def test_what_may_run_beside_an_injections_program_says_where_the_questions_about_an_emergency_come_from(name):
    assert program(name).safety_checks == ()
    said = (PROGRAMS / f"{name}.yaml").read_text().replace("\n# ", " ")
    assert "come from the injection's own program (after-injection-dilation)" in said


def test_cues_say_where_the_dilator_points_and_which_side_is_left_out():
    exercises = library_program(PROGRAMS / "library" / "dilators.yaml").exercises
    come, circles = exercises["advance"].cue, exercises["slow_circles"].cue
    assert [words for words in ("lubricated", "tailbone") if words not in come.in_language("en")] == []
    assert [words for words in ("lubricante", "hacia el coxis") if words not in come.in_language("es")] == []
    assert "six at the tailbone" in circles.in_language("en")
    assert "Leave out twelve, in front, over the bladder" in circles.in_language("en")
    assert "Nunca a las doce: delante, la vejiga" in circles.in_language("es")


def test_the_deep_squat_waits_for_a_week_and_can_be_swapped():
    squat = library_program(PROGRAMS / "library" / "stretches.yaml").exercises["deep_squat"]
    assert (squat.not_before.on, squat.not_before.days, squat.swap) == ("injection", 7, "childs_pose")


# -- when -------------------------------------------------------------------------------------------------------------


def anchored(anchor: Any) -> str | None:
    return None if anchor is None else f"{anchor.on}{anchor.days:+d}"


def often(frequency: Any) -> str:
    each = frequency.least if isinstance(frequency.least, int) else f"${frequency.least.name}.{frequency.least.field}"
    number = str(each) if frequency.least == frequency.most else f"{each}-{frequency.most}"
    on = f" on any {frequency.any_days}" if frequency.any_days else ""
    return f"{number} per {frequency.per}{on}"


@pytest.mark.parametrize(
    ("name", "phases"),
    [
        (
            "down-training",
            {
                "learn": ("start+0", "start+20", {"calm": "2 per day"}),
                "keep": ("start+21", None, {"calm": "1 per day"}),
            },
        ),
        (
            "stretching",
            {
                "weeks": ("start+0", "start+27", {"stretch": "5-7 per week"}),
                "further": ("start+28", "start+55", {"stretch": "5-7 per week"}),
            },
        ),
        (
            "strengthening",
            {
                "weeks": (
                    "start+0",
                    "start+41",
                    {"calm": "1 per day", "strengthen": "$strength.per_day per day on any 5"},
                ),
                "further": (
                    "start+42",
                    "start+83",
                    {"calm": "1 per day", "strengthen": "$strength.per_day per day on any 5"},
                ),
            },
        ),
        (
            "after-injection-dilation",
            {
                "before": ("injection-14", "injection-1", {"calm_long": "1 per day", "familiar": "1 per day"}),
                "settle": ("injection+0", "insertion-1", {"calm": "2 per day"}),
                "start": ("insertion+0", "injection+7", {"calm": "1 per day", "dilate": "1-2 per day"}),
                "build": ("injection+8", "injection+28", {"dilate": "2 per day", "hips": "5 per week"}),
                "hold": ("injection+29", "injection+83", {"dilate": "1-2 per day on any 6", "hips": "3 per week"}),
                "waning": ("injection+84", "injection+111", {"dilate": "1 per day", "calm": "1 per day"}),
                "easing": ("injection+112", "injection+139", {"dilate": "3-4 per week", "calm": "1 per day"}),
                "onward": ("injection+140", None, {"dilate": "3-4 per week", "calm": "1 per day"}),
            },
        ),
        (
            "dilation-without-toxin",
            {
                "familiar": ("start+0", None, {"familiar": "5 per week"}),
                "small_steps": (None, None, {"small_steps": "5 per week"}),
                "sizes": (None, None, {"practice": "5 per week"}),
            },
        ),
        (
            "maintenance",
            {
                "keep": (
                    "start+0",
                    None,
                    {"daily": "1 per day", "practice": "3 per week", "stretch": "2 per week"},
                ),
                "fewer": (
                    None,
                    None,
                    {"daily": "1 per day", "practice": "2 per week", "stretch": "2 per week"},
                ),
                "as_wished": (
                    None,
                    None,
                    {"daily": "1 per day", "practice": "1 per week", "stretch": "2 per week"},
                ),
            },
        ),
    ],
)
def test_phases_and_how_often(name, phases):
    assert {
        phase.id: (
            anchored(phase.from_),
            anchored(phase.to),
            {assigned.session: often(assigned.frequency) for assigned in phase.do},
        )
        for phase in program(name).phases
    } == phases


def test_keeping_on_after_an_injection_lasts_until_it_is_easy():
    onward = phase_of("after-injection-dilation", "onward")
    assert (onward.until.after.need, onward.until.after.of, onward.until_needs) == (6, 8, "therapist")
    assert [(c.scale, c.test, c.value) for c in onward.until.all_of] == [("pain", "at_most", 2)]


def test_starting_after_an_injection_lasts_five_days_at_least():
    assert phase_of("after-injection-dilation", "start").at_least_days == 5


@pytest.mark.parametrize(
    ("name", "phase"),
    [
        ("after-injection-dilation", "waning"),
        ("after-injection-dilation", "easing"),
        ("after-injection-dilation", "onward"),
        ("dilation-without-toxin", "sizes"),
    ],
)
def test_what_follows_is_the_program_for_the_time_after(name, phase):
    assert phase_of(name, phase).then == "maintenance"
    assert (PROGRAMS / "maintenance.yaml").is_file()


@pytest.mark.parametrize(
    ("phase", "need", "of", "needs", "rules"),
    [
        ("familiar", 4, 5, "therapist", {("anxiety", 4)}),
        ("small_steps", 3, 4, "patient", {("pain", 2), ("anxiety", 4)}),
    ],
)
def test_without_toxin_each_stage_lasts_until_it_is_easy(phase, need, of, needs, rules):
    stage = phase_of("dilation-without-toxin", phase)
    assert (stage.until.after.need, stage.until.after.of, stage.until_needs) == (need, of, needs)
    assert {(c.scale, c.value) for c in stage.until.all_of if c.test == "at_most"} == rules


def test_without_toxin_the_sizes_go_on_until_the_therapist_ends_them():
    sizes = phase_of("dilation-without-toxin", "sizes")
    assert (sizes.to, sizes.until) == (None, None)


@pytest.mark.parametrize(("phase", "days"), [("keep", 56), ("fewer", 126)])
def test_keeping_what_was_reached_becomes_less_only_after_steady_weeks_and_when_the_therapist_says_so(phase, days):
    steady = phase_of("maintenance", phase)
    assert (steady.at_least_days, steady.until.after.need, steady.until.after.of) == (days, 20, 24)
    assert [(c.scale, c.test, c.value) for c in steady.until.all_of] == [("pain", "at_most", 2)]
    assert steady.until_needs == "therapist"


# -- doses ------------------------------------------------------------------------------------------------------------


def dose(step: Any) -> str:
    """A step by its cues: seconds of work x reps, sets and sides, and its rests. `4+6 x12 x2 sets, 20 between sets`."""
    cues_ = [cue for cue in step["cues"] if cue["do"] not in ("get_ready", "switch")]
    if cues_[-1]["do"] == "tap":
        return f"tap, at most {cues_[-1]['at_most_s']}"
    sides = {cue["side"] for cue in cues_}
    one_side = [cue for cue in cues_ if cue["side"] == cues_[0]["side"]]
    reps = [
        "+".join(str(cue["for_s"]) for cue in group)
        for rep, group in groupby(
            (cue for cue in one_side if cue["do"] != "rest"), lambda cue: (cue["set"], cue["rep"])
        )
    ]
    assert len(set(reps)) == 1, "every rep is the same"
    sets = len({cue["set"] for cue in one_side if cue["set"]})
    said = f"{reps[0]} x{len(reps) // sets}"
    said += f" x{sets} sets" if sets > 1 else ""
    said += " a side" if sides == {"left", "right"} else ""
    said += "".join(f", rest {rest}" for rest in _only(cue["for_s"] for cue in one_side if _is_rest(cue, True)))
    return said + "".join(
        f", {rest} between sets" for rest in _only(cue["for_s"] for cue in one_side if _is_rest(cue, False))
    )


def _is_rest(cue: Any, between_reps: bool) -> bool:
    return cue["do"] == "rest" and (cue["rep"] is not None) == between_reps


def _only(values: Iterable[Any]) -> list[Any]:
    found = sorted(set(values))
    assert len(found) <= 1
    return found


SQUEEZE_L4 = {"settle_low": "60 x1", "slow_lifts": "10+10 x8", "check_let_go": "60 x1", "quick_lifts": "1+2 x10"}
MODULE = {"advance": "tap, at most 300", "out_and_rest": "60 x1"}
CORE = {
    "settle": "60 x1", "belly_breathing": "4+6 x12 x2 sets, 20 between sets", "base_drop": "4+6 x10",
    "muscle_release": "5+15 x7", "supported_rest": "120 x1",
}  # fmt: skip
SHORT = {"settle": "30 x1", "belly_breathing": "4+6 x12", "base_drop": "4+6 x6"}
DAY_A = {
    "belly_breathing": "4+6 x4", "childs_pose": "60 x2, rest 20", "happy_baby": "60 x2, rest 20",
    "figure_four": "30 x2 a side, rest 10", "deep_squat": "30 x3, rest 30", "rest": "60 x1",
}  # fmt: skip
DAY_B = {
    "belly_breathing": "4+6 x4", "childs_pose": "60 x2, rest 20", "butterfly": "60 x2, rest 15",
    "hip_opener": "30 x2 a side, rest 10", "happy_baby": "60 x2, rest 20", "rest": "60 x1",
}  # fmt: skip


LIBRARY_DOSES = {
    "contract_relax": {
        "contract_relax": "5+10 x5",
    },
    "contrast": {
        "contrast_squeeze": "2+10 x5",
    },
    "dilators": {
        "smaller_first": "120 x1",
        "advance": "tap, at most 300",
        "stay_still": "600 x1",
        "slow_circles": "10 x6",
        "next_hello": "60 x1",
        "out_and_rest": "60 x1",
    },
    "relaxation": {
        "settle": "60 x1",
        "settle_low": "60 x1",
        "look_around": "60 x1",
        "belly_breathing": "4+6 x12",
        "gentle_breathing": "3+4 x12",
        "even_breathing": "4+4 x10",
        "long_exhale": "4+8 x8",
        "sighing_breath": "3+1+6 x5",
        "hand_on_belly": "4+6 x10",
        "base_drop": "4+6 x10",
        "let_go_breaths": "4+6 x10",
        "exhale_release": "4+6 x6, rest 10",
        "muscle_release": "5+15 x7",
        "full_release": "7+30 x16",
        "body_scan": "300 x1",
        "supported_rest": "120 x1",
        "constructive_rest": "4+6 x10",
        "rest": "60 x1",
    },
    "strengthening": {
        "slow_lifts": "3+6 x5 x2 sets, 60 between sets",
        "check_let_go": "60 x1",
        "quick_lifts": "1+4 x5",
    },
    "stretches": {
        "childs_pose": "60 x2, rest 20",
        "butterfly": "60 x2, rest 15",
        "happy_baby": "60 x2, rest 20",
        "figure_four": "30 x2 a side, rest 10",
        "chair_figure_four": "30 x2 a side, rest 10",
        "hip_opener": "30 x2 a side, rest 10",
        "chair_hip_opener": "30 x2 a side, rest 10",
        "deep_squat": "30 x3, rest 30",
        "cat_cow": "4+6 x10",
        "inner_thigh": "30 x2 a side, rest 10",
        "knee_across": "30 x2 a side, rest 10",
        "knees_to_chest": "30 x2, rest 10",
    },
    "touch": {
        "mirror_look": "60 x1",
        "cloth_touch": "60 x1",
        "touch_outside": "60 x1",
        "let_it_be": "60 x3, rest 30",
        "fingertip": "10 x5, rest 10",
        "fingertip_still": "180 x1",
        "thumb_points": "60 x3, rest 10",
    },
}


@pytest.mark.parametrize("file", LIBRARY, ids=lambda file: file.stem)
def test_each_exercise_of_the_library_has_the_dose_that_its_file_says_and_needs_no_more_than_that(file):
    found = {}
    for name in library_program(file).exercises:
        one = library_program(file, name)
        rungs = {ladder: "d4" if each.rungs is None else each.rungs[0].id for ladder, each in one.ladders.items()}
        _, step = compile_script(one, "one", rungs=rungs, own_set=OWN_SET, parameters={})["steps"]
        found[name] = dose(step)
    assert found == LIBRARY_DOSES[file.stem]


@pytest.mark.parametrize(
    ("name", "session", "how", "doses"),
    [
        ("down-training", "calm", {}, CORE),
        ("down-training", "calm", {"variant": "short"}, SHORT),
        ("down-training", "calm", {"variant": "breathing"}, {"gentle_breathing": "3+4 x12"}),
        ("stretching", "day_a", {}, DAY_A),
        ("stretching", "day_b", {}, DAY_B),
        ("strengthening", "calm", {}, CORE),
        ("strengthening", "calm", {"variant": "short"}, SHORT),
        (
            "strengthening", "strengthen", {"strength": "l1"},
            {
                "settle_low": "60 x1", "slow_lifts": "3+6 x5 x2 sets, 60 between sets", "check_let_go": "60 x1",
                "quick_lifts": "1+4 x5", "let_go_breaths": "4+6 x10",
            },
        ),
        (
            "strengthening", "strengthen", {"strength": "l2"},
            {
                "settle_low": "60 x1", "slow_lifts": "5+10 x6 x2 sets, 60 between sets", "check_let_go": "60 x1",
                "quick_lifts": "1+4 x8", "let_go_breaths": "4+6 x10",
            },
        ),
        (
            "strengthening", "strengthen", {"strength": "l3"},
            {
                "settle_low": "60 x1", "slow_lifts": "8+8 x8 x2 sets, 60 between sets", "check_let_go": "60 x1",
                "quick_lifts": "1+3 x10", "let_go_breaths": "4+6 x10",
            },
        ),
        ("strengthening", "strengthen", {"strength": "l4"}, SQUEEZE_L4 | {"let_go_breaths": "4+6 x10"}),
        ("after-injection-dilation", "calm_long", {"phase": "before"}, CORE),
        ("after-injection-dilation", "calm_long", {"phase": "before", "variant": "short"}, SHORT),
        (
            "after-injection-dilation", "familiar", {"phase": "before"},
            {"belly_breathing": "4+6 x10", "let_it_be": "60 x3, rest 30", "rest": "60 x1"},
        ),
        (
            "after-injection-dilation", "calm", {"phase": "settle"},
            {"settle": "60 x1", "belly_breathing": "4+6 x24", "rest": "60 x1"},
        ),
        (
            "after-injection-dilation", "dilate", {"phase": "start"},
            MODULE | {"belly_breathing": "4+6 x12", "touch_outside": "60 x1", "stay_still": "600 x1"},
        ),
        (
            "after-injection-dilation", "dilate", {"phase": "build"},
            MODULE | {
                "belly_breathing": "4+6 x10", "touch_outside": "60 x1", "stay_still": "720 x1",
                "slow_circles": "10 x6", "next_hello": "120 x1",
            },
        ),
        (
            "after-injection-dilation", "dilate", {"phase": "hold"},
            MODULE | {
                "belly_breathing": "4+6 x6", "touch_outside": "30 x1", "stay_still": "900 x1",
                "slow_circles": "10 x6", "next_hello": "120 x1",
            },
        ),
        *(
            (
                "after-injection-dilation", "dilate", {"phase": phase},
                MODULE | {
                    "belly_breathing": "4+6 x6", "touch_outside": "30 x1", "stay_still": "600 x1",
                    "slow_circles": "10 x6",
                },
            )
            for phase in ("waning", "easing", "onward")
        ),
        (
            "dilation-without-toxin", "familiar", {},
            {
                "belly_breathing": "4+6 x12", "let_it_be": "60 x3, rest 30", "exhale_release": "4+6 x6, rest 10",
                "rest": "120 x1",
            },
        ),
        (
            "dilation-without-toxin", "small_steps", {},
            {
                "belly_breathing": "4+6 x12", "touch_outside": "60 x1", "fingertip": "10 x5, rest 10",
                "fingertip_still": "180 x1", "rest": "60 x1",
            },
        ),
        *(
            (
                "dilation-without-toxin", "practice", {"nth": nth},
                MODULE | {
                    "belly_breathing": "4+6 x10", "touch_outside": "60 x1", "stay_still": f"{still} x1",
                    "slow_circles": "10 x6", "next_hello": "60 x1",
                },
            )
            for nth, still in ((1, 180), (2, 300), (3, 600), (4, 600))
        ),
        (
            "maintenance", "daily", {},
            {"belly_breathing": "4+6 x12", "base_drop": "4+6 x6", "rest": "60 x1"},
        ),
        (
            "maintenance", "practice", {},
            MODULE | {
                "belly_breathing": "4+6 x6", "touch_outside": "30 x1", "stay_still": "600 x1", "slow_circles": "10 x6",
            },
        ),
        ("maintenance", "day_a", {}, DAY_A),
        ("maintenance", "day_b", {}, DAY_B),
    ],
)  # fmt: skip
def test_each_step_has_the_dose_of_its_sheet(name, session, how, doses):
    assert {step["exercise"]: dose(step) for step in script(name, session, **how)["steps"]} == doses


def test_what_only_arrives_touches_or_rests_after_it_begins_without_a_countdown():
    at_once = ("settle_low", "look_around", "touch_outside", "mirror_look", "cloth_touch", "out_and_rest")
    exercises = {name: each for file in LIBRARY for name, each in library_program(file).exercises.items()}
    assert {exercises[name].get_ready_ms for name in at_once} == {0}


def test_how_many_sessions_of_strength_a_day_is_said_by_the_level():
    rungs = program("strengthening").ladders["strength"].rungs or ()
    assert {rung.id: rung.values["per_day"] for rung in rungs} == {"l1": 2, "l2": 2, "l3": 2, "l4": 3}


# -- totals -----------------------------------------------------------------------------------------------------------

CHECK_S = 20  # of pain and anxiety, skippable; ours has no clock
# After the last lift of a set the sheet counts no rest; with us every lift is followed by its whole let-go.
LET_GO_BETWEEN_ONLY = ("slow_lifts", "quick_lifts")
# "Let it come to you" takes the patient's own time with us. The sheet counts 5 breaths of 10 s with 10 s between, or 3.
ADVANCE_5, ADVANCE_3 = {"advance": 90}, {"advance": 50}


def stated(script_: Any, *, checks: int, ours_differs: dict[str, int]) -> Decimal:
    """Minutes as the sheet counts them: work and the rests between, with 20 s for each of its checks.

    Get-ready, the change of sides and gates are ours and not in it. `ours_differs` gives, by exercise, the seconds that
    the sheet counts for a step beyond what ours does.
    """
    total = Decimal(checks * CHECK_S)
    for step in script_["steps"]:
        counted = [cue for cue in step["cues"] if cue["do"] not in ("get_ready", "switch", "tap")]
        total += sum(Decimal(str(cue["for_s"])) for cue in counted) + ours_differs.get(step["exercise"], 0)
    return (total / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)


def last_let_go_out(hold: int, sets: int, quick: int) -> dict[str, int]:
    """The let-go after the last lift of every set, which the sheet leaves out."""
    return dict(zip(LET_GO_BETWEEN_ONLY, (-hold * sets, -quick), strict=True))


@pytest.mark.parametrize(
    ("name", "session", "how", "checks", "ours_differs", "minutes"),
    [
        ("down-training", "calm", {}, 1, {}, "11.7"),
        ("down-training", "calm", {"variant": "short"}, 1, {}, "3.8"),
        ("after-injection-dilation", "calm_long", {}, 1, {}, "11.7"),
        ("stretching", "day_a", {}, 0, {}, "11.2"),
        ("stretching", "day_b", {}, 0, {}, "10.9"),
        ("strengthening", "strengthen", {"strength": "l1"}, 1, last_let_go_out(6, 2, 4), "6.7"),
        ("strengthening", "strengthen", {"strength": "l2"}, 1, last_let_go_out(10, 2, 4), "8.3"),
        ("strengthening", "strengthen", {"strength": "l3"}, 1, last_let_go_out(8, 2, 3), "9.6"),
        ("strengthening", "strengthen", {"strength": "l4"}, 1, last_let_go_out(10, 1, 2), "7.0"),
        ("after-injection-dilation", "dilate", {"phase": "start"}, 2, ADVANCE_5, "16.2"),
        ("after-injection-dilation", "dilate", {"phase": "build"}, 2, ADVANCE_5, "20.8"),
        ("after-injection-dilation", "dilate", {"phase": "hold"}, 2, ADVANCE_5, "22.7"),
        ("after-injection-dilation", "dilate", {"phase": "waning"}, 2, ADVANCE_5, "15.7"),
        ("after-injection-dilation", "dilate", {"phase": "easing"}, 2, ADVANCE_5, "15.7"),
        ("dilation-without-toxin", "practice", {}, 2, ADVANCE_5, "17.8"),
        ("dilation-without-toxin", "familiar", {}, 2, {}, "10.5"),
        ("dilation-without-toxin", "small_steps", {}, 2, {}, "9.2"),
        ("maintenance", "daily", {}, 0, {}, "4.0"),
        ("maintenance", "practice", {}, 2, ADVANCE_3, "15.0"),
        ("maintenance", "day_a", {}, 0, {}, "11.2"),
        ("maintenance", "day_b", {}, 0, {}, "10.9"),
    ],
)
def test_a_session_takes_as_long_as_its_sheet_states(name, session, how, checks, ours_differs, minutes):
    made = script(name, session, **how)
    assert set(ours_differs) <= {step["exercise"] for step in made["steps"]}
    assert stated(made, checks=checks, ours_differs=ours_differs) == Decimal(minutes)


def test_every_session_and_variant_of_every_program_can_be_played_at_every_size():
    for file in FILES:
        given = program(file.stem)
        for session in given.sessions.values():
            for variant in (None, *(each.id for each in session.variants)):
                for size in OWN_SET:
                    rungs = {"dilator": size.id, "strength": "l1"}
                    try:
                        compile_script(
                            given,
                            session.id,
                            rungs={ladder: rungs[ladder] for ladder in given.ladders},
                            own_set=OWN_SET,
                            parameters={},
                            variant=variant,
                        )
                    except CannotCompile as error:
                        pytest.fail(f"{file.stem} {session.id} {variant}: {error}")
