"""The walk over all paths: what it finds in doctored scripts, and that it finds nothing in those of real programs."""

from __future__ import annotations

import copy
import random
import time
from dataclasses import replace

import pytest

from coach.domain.every_script import ANY_SET, choices_of, scripts_of
from coach.domain.program import Program, Rung
from coach.domain.script import compile_script
from coach.domain.walk import MOST_LOOKED_AT, walk, walk_program
from coach.language import check
from tests.language.texts import PROGRAMS, SAMPLE, library, nothing
from tests.scripts import random_script

SHIPPED = sorted(path.stem for path in PROGRAMS.glob("*.yaml"))

TALL = """\
title: Sizes
exercises:
  stay: {kind: dilator, title: Stay, cue: Stay., size: $dilator, for: 2min}
  hello: {kind: dilator, title: Hello, cue: Hello., size: $dilator + 1, until: tap, at_most: 1min}
  fixed: {kind: dilator, title: Fixed, cue: Fixed., size: 30mm, for: 1min}
  still: {kind: relaxation, title: Still, cue: Still., for: 1min}
ladders:
  dilator:
    kind: dilator
    rungs: [{id: d1, size: 13mm}, {id: d2, size: 16mm}, {id: d3, size: 19mm}]
sessions:
  one: {title: One, steps: [stay, hello, fixed]}
  two: {title: Two, steps: [hello, still]}
"""


def program_of(name: str) -> Program:
    found = check(library(name) or b"", file=f"{name}.yaml", read=library).program
    assert found is not None
    return found


@pytest.fixture
def script():
    """The practice of the example, at the third of eight sizes with a hello to the next."""
    return copy.deepcopy(
        compile_script(
            program_of("after-injection-dilation"),
            "dilate",
            rungs={"dilator": "d3"},
            own_set=ANY_SET,
            parameters={"hello": 120_000, "circles": 3},
        )
    )


def step_of(script, name):
    return next(step for step in script["steps"] if step["id"] == name)


def codes(walked):
    return [breach.code for breach in walked.breaches]


@pytest.mark.parametrize("name", SHIPPED)
def test_every_path_of_every_session_of_the_programs_that_come_with_coach_ends_at_no_size_above_the_named(name):
    walked = walk_program(program_of(name))
    assert walked.breaches == ()
    assert walked.scripts > 0
    assert walked.ways > walked.states > 0


def test_the_sample_of_the_language_holds_on_all_paths():
    program = check(SAMPLE, file="sample.yaml", read=library).program
    assert program is not None
    assert walk_program(program).breaches == ()


@pytest.mark.parametrize("seed", range(120))
def test_every_path_of_a_random_script_ends(seed):
    made = random_script(random.Random(seed))
    total = 0.0
    for step in made["steps"]:
        for cue in step["cues"]:
            if cue["for_s"] is None and cue["at_most_s"] is None:
                cue["at_most_s"] = 60
            total += cue["at_most_s"] if cue["for_s"] is None else cue["for_s"]
    walked = walk({**made, "longest_s": round(total, 1)})
    assert walked.breaches == ()
    assert walked.longest_ms == round(total * 1000)


def test_the_longest_path_is_as_long_as_the_script_says(script):
    walked = walk(script)
    assert walked.breaches == ()
    assert walked.longest_ms == script["longest_s"] * 1000


def test_a_gate_that_offers_a_larger_size_is_found(script):
    step_of(script, "stay_still")["smaller"].insert(0, {"rung": "d8", "size_mm": 34})
    walked = walk(script)
    assert codes(walked) == ["size", "size"]
    assert walked.breaches[0].message == "the gate of `stay_still` offers a size that is not smaller"


def test_a_size_above_what_the_session_names_is_found(script):
    assert walk(script, named_mm=22).breaches == ()
    walked = walk(script, named_mm=19)
    assert [breach.message for breach in walked.breaches] == [
        "`next_hello` has a size above the largest that the session names"
    ]


def test_a_step_that_waits_without_a_limit_is_found(script):
    (tap,) = step_of(script, "advance")["cues"]
    del tap["at_most_s"]
    assert [(each.code, each.message) for each in walk(script).breaches] == [
        ("endless", "`advance` waits without a limit"),
        ("time", "its steps do not add up to the 1299 s that it says"),
    ]


def test_a_path_longer_than_the_script_says_is_found(script):
    step_of(script, "stay_still")["cues"][-1]["for_s"] += 1
    assert codes(walk(script)) == ["time"]


def test_time_that_runs_backwards_is_found(script):
    cues = step_of(script, "slow_circles")["cues"]
    cues[1]["for_s"], cues[2]["for_s"] = -5, cues[2]["for_s"] + cues[1]["for_s"] + 5
    assert walk(script).breaches[0].message == "`slow_circles` has a length below nothing"


def test_a_session_with_more_ways_than_can_be_walked_is_told_and_not_walked_for_ever(script):
    many = [{**step_of(script, "stay_still"), "id": f"stay_{number}"} for number in range(100)]
    for number, step in enumerate(many):
        sizes = [100 - number / 10 - below / 100 for below in range(20)]
        step |= {"size_mm": sizes[0], "smaller": [{"rung": f"r{size}", "size_mm": size} for size in sizes[1:]]}
    script["steps"] = many
    script["longest_s"] = sum(step["length_s"] for step in many)
    walked = walk(script)
    assert codes(walked) == ["too_many"]
    assert walked.states * 100 <= MOST_LOOKED_AT


@pytest.mark.parametrize("moment", ["ask_before", "safety"])
def test_hundreds_of_questions_are_told_soon(script, moment):
    asked = {"scale": "pain", "ask": "?", "low": None, "high": None, "answer": "0-10"}
    check_ = {"ask": "?", "urgency": "emergency", "say": "."}
    script[moment] = [
        {**asked, "scale": f"s{n}"} if moment == "ask_before" else {**check_, "id": f"c{n}"} for n in range(800)
    ]
    began = time.process_time()

    assert codes(walk(script)) == ["too_many"]
    assert time.process_time() - began < 20


def test_a_program_of_many_long_sessions_is_told_soon():
    variants = "".join(f"      v{number}: {{title: V, counts: 50%}}\n" for number in range(20))
    sessions = "".join(f"  s{n}:\n    title: S\n    steps: [b]\n    variants:\n{variants}" for n in range(40))
    exercise = "{kind: relaxation, title: B, hold: 1s, reps: 190, sets: 20}"
    text = f"title: T\nexercises:\n  b: {exercise}\nsessions:\n{sessions}"
    program = check(text, file="long.yaml", read=nothing).program
    began = time.process_time()

    assert codes(walk_program(program)) == ["too_many"]
    assert time.process_time() - began < 20


def test_what_the_session_itself_names_is_meant_though_it_is_above_the_rung():
    program = check(TALL, file="tall.yaml", read=nothing).program
    assert program is not None
    assert walk_program(program).breaches == ()


def only_the_next_size() -> Program:
    """A session with nothing in it but a size that the highest rung has not: the check would refuse its text."""
    program = check(TALL, file="sizes.yaml", read=nothing).program
    assert program is not None
    two = replace(program.sessions["two"], steps=program.sessions["two"].steps[:1])
    return replace(program, sessions={**program.sessions, "two": two})


def test_at_the_highest_rung_the_next_size_is_left_out_and_a_session_of_nothing_else_is_no_script():
    found = scripts_of(only_the_next_size())
    assert [choice.rungs["dilator"] for choice, _ in found if choice.session_id == "two"] == ["d1", "d2"]


def test_scripts_differ_by_rung_variant_number_and_what_a_phase_sets():
    found = [
        choice for choice, _ in scripts_of(program_of("after-injection-dilation")) if choice.session_id == "dilate"
    ]
    assert {choice.rungs["dilator"] for choice in found} == {rung.id for rung in ANY_SET}
    assert {choice.variant for choice in found} == {None, "short", "gentle"}
    assert {choice.parameters.get("still") for choice in found} == {None, 180_000, 720_000, 900_000, 1_800_000}


def test_with_too_many_rungs_the_ends_and_the_middle_are_walked():
    program = program_of("after-injection-dilation")
    many = tuple(Rung(f"r{number}", size_mm=10 + number / 10) for number in range(400))
    rungs = {choice.rungs.get("dilator") for choice in choices_of(program, many, most=1_000)}
    assert rungs - {None} == {"r0", "r200", "r399"}


def test_a_program_with_eight_rungs_is_walked_before_anybody_grows_impatient():
    """Against a walk that grows without bounds; it takes half a second."""
    begun = time.process_time()
    walk_program(program_of("after-injection-dilation"))
    assert time.process_time() - begun < 10


def test_a_session_of_which_nothing_is_left_at_a_rung_is_found():
    walked = walk_program(only_the_next_size())

    (breach,) = walked.breaches
    assert breach.code == "not_made"
    assert breach.message.startswith("`two`, dilator at d3: nothing is left of this session")


def test_a_ladder_that_only_a_variant_uses_is_walked_at_each_of_its_rungs():
    text = TALL.replace(
        "  two: {title: Two, steps: [hello, still]}",
        "  two: {title: Two, steps: [still], variants: {more: {title: More, counts: 100%, steps: [still, stay]}}}",
    )
    program = check(text, file="sizes.yaml", read=nothing).program

    sizes = {
        choice.rungs["dilator"]: [step["size_mm"] for step in script["steps"]]
        for choice, script in scripts_of(program)
        if (choice.session_id, choice.variant) == ("two", "more")
    }

    assert sizes == {"d1": [None, 13], "d2": [None, 16], "d3": [None, 19]}
    assert walk_program(program).breaches == ()
