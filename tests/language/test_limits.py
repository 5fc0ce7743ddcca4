"""What a text may ask for at most, of the checker, of the engine and of the screen on which its problems are shown."""

from __future__ import annotations

import json
import time
from itertools import product

import pytest

from coach.language import check, render
from coach.language.problems import Mark, Problems, visible
from tests.language.texts import nothing

CONTROLS = [*range(0x20), *range(0x7F, 0xA0)]


def found(text: str) -> list[tuple[int, int, str]]:
    return [(p.line, p.column, p.code) for p in check(text, file="a.yaml", read=nothing).errors]


@pytest.mark.parametrize("number", CONTROLS, ids=hex)
def test_no_character_that_a_terminal_obeys_is_in_a_problem(number):
    sign = chr(number)
    problems = Problems(f"a{sign}.yaml", [f"b{sign}c: d"])
    problems.add("unknown-key", Mark(0, 0), f"`b{sign}` is not known", f"Write `{sign}`.")
    problems.add("unknown-key", Mark(0, 0), "another is not known", near=(f"bbb{sign}x", [f"bbbb{sign}"]))

    for problem in problems.all:
        told = [problem.file, problem.message, problem.suggestion, problem.source.replace("\t", "")]
        assert [text for text in told if any(ord(letter) in CONTROLS for letter in text)] == []
        assert {ord(letter) for letter in render(problem)} & {*CONTROLS} <= {0x0A, 0x09}


def test_a_character_that_a_terminal_obeys_is_shown_by_a_sign():
    assert visible("a\x1b[2J\rb\x7f\x9bc\u202ed") == "a␛[2J␍b␡\\u009bc\\u202ed"


def test_what_is_spoken_in_many_languages_stays_as_it_is():
    assert visible("¿Puedes? Ärger, 呼吸, नमस्ते, 👩‍👩‍👧") == "¿Puedes? Ärger, 呼吸, नमस्ते, 👩‍👩‍👧"


def test_escapes_anywhere_in_a_program_reach_no_terminal():
    text = (
        'title: T\nexercises:\n  b: {kind: "\\e]0;x\\a\\e[2J", title: "a\\rb", cue: C, for: "\\e[31m1min"}\n'
        '"\\e[5mkey": 1\nsessions:\n  "\\x9bq": {title: S, steps: ["\\e[7mx"]}\n'
    )

    told = "".join(render(p) for p in check(text, file="a\x1b.yaml", read=nothing).problems)

    assert {letter for letter in told if ord(letter) in CONTROLS} == {"\n"}
    assert "a␛.yaml:3:13: error bad-choice: `␛]0;x␇␛[2J` is not understood here" in told


def test_names_that_are_nearly_alike_are_compared_for_a_moment_only():
    start = "abcdefghijklmnopqrstuvwxyzabcdef"
    names = [start + "".join(each) for each, _ in zip(product("ijklmn", repeat=7), range(400), strict=False)]
    others = [start + "".join(each) + "x" for each, _ in zip(product("nmlkji", repeat=7), range(195), strict=False)]
    text = (
        "title: T\nparameters:\n"
        + "".join(f"  {name}: {{type: count, default: 1, label: a}}\n" for name in names)
        + "exercises:\n"
        + "".join(f"  e{i}: {{kind: relaxation, title: a, for: ${name}}}\n" for i, name in enumerate(others))
    )
    began = time.process_time()

    errors = check(text, file="a.yaml", read=nothing).errors

    assert {p.code for p in errors} == {"unknown-reference"}
    assert time.process_time() - began < 3


def test_of_thousands_of_names_that_were_possible_some_are_listed():
    text = (
        "title: T\nscales:\n"
        + "".join(f"  s{i}: {{ask: a}}\n" for i in range(18))
        + "sessions:\n  s: {title: S, ask_before: [zzzzzzzzzzzz]}\n"
    )
    parameters = "parameters:\n" + "".join(f"  p{i}: {{type: count, default: 1}}\n" for i in range(3000))
    text += parameters + "exercises:\n  e: {kind: relaxation, title: a, for: $zzzzzzzzzzzz}\n"

    (told,) = (p for p in check(text, file="a.yaml", read=nothing).errors if p.code == "unknown-reference")

    assert told.suggestion.endswith("`$p38`, `$p39` and others.")
    assert len(json.dumps(told.as_json())) < 1000
