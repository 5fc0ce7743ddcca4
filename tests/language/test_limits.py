"""What a text may ask for at most, of the checker, of the engine and of the screen on which its problems are shown."""

from __future__ import annotations

import json
import time
from itertools import product

import pytest

from coach.cli import main
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
    wrong = [f"{name}x" for name in names[:195]]
    text = (
        "title: T\nparameters:\n"
        + "".join(f"  {name}: {{type: count, default: 1, label: a}}\n" for name in names)
        + "exercises:\n"
        + "".join(f"  e{i}: {{kind: relaxation, title: a, for: ${name}}}\n" for i, name in enumerate(wrong))
    )
    began = time.process_time()

    errors = check(text, file="a.yaml", read=nothing).errors

    assert [(p.code, p.near) for p in errors[:2]] == [("unknown-reference", name) for name in names[:2]]
    assert (errors[-1].code, errors[-1].near) == ("unknown-reference", None)
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


ONE = "title: T\nexercises:\n  one: {kind: relaxation, title: One, for: 60s}\n"
CALM = "sessions:\n  calm: {title: C, steps: [one]}\n"


def in_languages(number: int) -> str:
    codes = [f"{first}{second}" for first, second in product("abcdefghij", repeat=2)][: number - 1]
    return "{en: T, " + ", ".join(f"{code}: T" for code in codes) + "}"


def test_a_program_may_speak_twenty_languages_and_not_one_more():
    text = "title: {title}\nauthor: A\n" + ONE.removeprefix("title: T\n") + CALM

    assert found(text.replace("{title}", in_languages(20))) == []
    assert found(text.replace("{title}", in_languages(21))) == [(1, 149, "out-of-range")]


def test_languages_are_counted_over_all_texts():
    text = f"title: {in_languages(20)}\nequipment: [{{en: A, zz: B}}]\n"

    assert found(text) == [(2, 21, "out-of-range")]


def test_of_many_texts_that_lack_many_languages_the_first_five_hundred_are_told():
    text = f"title: {in_languages(20)}\nevidence: [a]\nequipment: [{', '.join(['a'] * 15_000)}]\n"
    began = time.process_time()

    problems = check(text, file="a.yaml", read=nothing).problems

    assert {p.code for p in problems} == {"missing-translation"}
    assert len(problems) == 500
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("kept", "section", "entry"),
    [
        (20, "scales:\n", "  s{}: {{ask: A}}\n"),
        (
            40,
            "safety_checks:\n",
            "  - {{id: s{}, from: start, to: start + 9d, ask: A, on_yes: {{urgency: routine, say: B}}}}\n",
        ),
    ],
    ids=["scales", "safety checks"],
)
def test_a_section_that_has_to_be_kept_in_mind_has_a_limit(kept, section, entry):
    entries = [entry.format(index) for index in range(kept + 1)]

    assert found(ONE + CALM + section + "".join(entries[:kept])) == []
    assert found(ONE + CALM + section + "".join(entries)) == [(6, 1, "out-of-range")]


@pytest.mark.parametrize(
    ("key", "entry"),
    [
        ("stop_when", "- {{pain_at_least: 7, still_after: {}s}}"),
        ("ease_when", "- {{pain_at_least: 4, still_after: {}s}}"),
        ("instead_when", "- {{s{}: 5, do: calm}}"),
        ("alternate", "- s{}"),
        ("ask_before", "- s{}"),
        ("ask_after", "- s{}"),
        ("variants", "  v{}: {{title: V, counts: 50%}}"),
    ],
)
def test_a_list_of_a_session_has_twenty_entries_at_most(key, entry):
    def written(number: int) -> list[str]:
        lines = "".join(f"      {entry.format(index)}\n" for index in range(1, number + 1))
        text = f"{ONE}{CALM}  other:\n    title: S\n    steps: [one]\n    {key}:\n{lines}"
        return [p.message for p in check(text, file="a.yaml", read=nothing).errors if p.code == "out-of-range"]

    assert written(20) == []
    assert written(21) == ["the list is too long"]


def test_one_answer_leads_to_one_other_session():
    text = ONE + CALM + "  s: {title: S, steps: [one], instead_when: [{pain: 7, do: calm}, {pain: 7, do: s}]}\n"

    assert found(text) == [(6, 67, "named-twice")]


def test_yes_is_another_answer_than_one():
    scales = "scales: {let_go: {ask: A, answer: yes_no}}\n"
    rules = "instead_when: [{let_go: true, do: calm}, {let_go: 1, do: calm}]"

    assert found(ONE + scales + CALM + f"  s: {{title: S, steps: [one], {rules}}}\n") == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ('"Calm\\tand kind"', "Calm and kind"),
        ("Calm\tand kind", "Calm and kind"),
        ("Calm\n  and kind", "Calm and kind"),
        (">-\n  Calm\n  and kind", "Calm and kind"),
        ("|\n  Calm", "Calm"),
        ('"Calm\\\n  and kind"', "Calmand kind"),
    ],
)
def test_what_yaml_makes_one_line_of_is_one_line(written, read):
    program = check(f"title: {written}\n", file="a.yaml", read=nothing).program

    assert program is not None
    assert program.title.default == read


TALKATIVE = """\
title: "Calm\tand kind"
summary: |
  Relaxation.

  Then the rest.
author: "A\tB"
evidence: ["A\tB"]
equipment: ["a\tpillow"]
cautions:
  - |
    Stop when it hurts.
    Rest.
parameters:
  p: {type: duration, default: 1min, label: "Staying\tstill"}
scales:
  s: {ask: "How\tmuch?\\nReally?", low: "no\tne", high: "all\tof it"}
exercises:
  one:
    kind: relaxation
    title: "One\tmore"
    cue: |
      Breathe in.
      Breathe out.
    for: $p
    say: {half: "Half\tway.\\nGo on."}
  two: {kind: relaxation, title: Two, cue: "In.\\nOut.", hold: 5s, reps: $l.reps}
  three: {kind: relaxation, title: Three, hold: 5s, parts: ["feet\tand calves", belly]}
ladders:
  l: {rungs: [{id: a, reps: 3}, {id: b, reps: 4}], locked: ["can let\\tgo,\\nfully"]}
sessions:
  calm:
    title: "C\tD"
    steps: [one, two: {cue: "Once\\nmore."}, three]
    ask_before: [s]
    variants: {short: {title: "Sh\tort", scale: 50%, counts: 50%}}
phases:
  - {id: a, title: "Every\tday", do: {calm: 1 per day}, then: "cal\tm"}
safety_checks:
  - {id: c, from: start, to: start + 9d, ask: "Fever?\\nPain?", on_yes: {urgency: routine, say: "Call\\nus."}}
"""


@pytest.mark.parametrize(
    "action",
    [
        ["explain", "NEW"],
        ["explain", "NEW", "--language", "es"],
        ["calendar", "NEW", "--start", "2026-03-02"],
        ["diff", "OLD", "NEW"],
        ["diff", "NEW", "OLD"],
        ["simulate", "NEW", "--patient", "ideal", "--days", "10"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_is_printed_of_a_program_holds_no_control_character(action, form, tmp_path, capsys):
    new, old = tmp_path / "new.yaml", tmp_path / "old.yaml"
    new.write_text(TALKATIVE)
    old.write_text(TALKATIVE.replace("\t", " kindly ").replace("\\t", " kindly ").replace("\\n", " then "))
    files = {"NEW": str(new), "OLD": str(old)}

    status = main(["programs", *(files.get(each, each) for each in action), "--format", form])

    printed = capsys.readouterr()
    assert (status, printed.err) == (0, "")
    assert {letter for letter in printed.out if ord(letter) in CONTROLS} == {"\n"}


@pytest.mark.parametrize("action", ["check", "explain"])
def test_a_file_that_is_not_there_is_named_without_what_a_terminal_would_obey(action, capsys):
    assert main(["programs", action, "\x1b[2J\udcff.yaml"]) == 2

    assert capsys.readouterr().err == "coach: ␛[2J\\udcff.yaml cannot be read: No such file or directory\n"
