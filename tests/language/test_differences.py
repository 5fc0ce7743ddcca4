"""What changed between two texts of a program, told as the author would tell it."""

from __future__ import annotations

from pathlib import Path

import pytest

from coach.language import check
from coach.language.differences import differences, sentence
from tests.language.texts import SAMPLE, SMALL, library, nothing

STILL = """\
title: T
exercises:
  stay_still: {kind: stretching, title: Stay still, hold: 20s, reps: 3}
  breathing: {kind: relaxation, title: Breathing, breathe: {in: 4s, out: 6s}, reps: 6}
sessions:
  one: {title: One, steps: [stay_still]}
  two: {title: Two, steps: [breathing]}
  turns: {title: Turns, alternate: [one, two]}
phases:
  - {id: first, title: First, from: start, to: start + 6d, do: {one: 1 per day}}
  - {id: then, title: Then, do: {turns: 1 per day, two: 2 per week}}
"""


def _program(text):
    checked = check(text, file="p/sample.yaml", read=library)
    assert checked.program is not None, checked.errors
    return checked.program


def _said(old, new):
    return [sentence(each) for each in differences(_program(old), _program(new))]


def test_a_longer_hold_is_told_in_one_line():
    assert _said(STILL, STILL.replace("hold: 20s", "hold: 30s")) == ["hold 20 s -> 30 s in Stay still"]


@pytest.mark.parametrize("change", (Path(__file__).parent / "changes.txt").read_text().strip().split("\n\n"))
def test_each_change_is_told_by_its_key_with_both_values(change):
    """Of the sample: what stood there after `- `, what stands there now after `+ `, what is said after `> `."""
    old, new, *said = (line[2:].replace("\\n", "\n") for line in change.split("\n"))
    assert old in SAMPLE

    assert _said(SAMPLE, SAMPLE.replace(old, new, 1)) == said


def test_a_part_that_came_or_went_is_named_once_with_nothing_of_what_is_in_it():
    without = STILL.replace("  turns: {title: Turns, alternate: [one, two]}\n", "").replace("turns: 1 per day, ", "")

    assert _said(STILL, without) == ["session Turns is taken out", "do turns 1 per day is taken out in Then"]
    assert _said(without, STILL) == ["session Turns is new", "do turns 1 per day is new in Then"]


def test_parts_that_share_a_title_are_told_with_their_ids():
    alike = STILL.replace("two: {title: Two", "two: {title: One")
    changed = alike.replace("steps: [stay_still]}", "steps: [stay_still], ask_before: [pain]}").replace(
        "steps: [breathing]}", "steps: [breathing], ask_before: [pain]}"
    )
    assert _said(alike, changed) == ["ask_before pain is new in One (one)", "ask_before pain is new in One (two)"]


def test_steps_of_exercises_that_share_a_title_are_told_with_their_ids():
    alike = STILL.replace("title: Breathing", "title: Stay still").replace("[stay_still]", "[stay_still: {reps: 4}]")
    assert _said(alike, alike.replace("reps: 4", "reps: 5")) == ["reps 4 -> 5 in Stay still, stay_still (One)"]


def test_a_session_and_a_phase_of_one_title_are_told_by_what_they_are():
    alike = STILL.replace("{title: One", "{title: First")
    changed = alike.replace("to: start + 6d", "to: start + 7d").replace(
        "steps: [stay_still]}", "steps: [stay_still], ask_before: [pain]}"
    )
    assert _said(alike, changed) == [
        "ask_before pain is new in the session First",
        "to start + 6d -> start + 7d in the phase First",
    ]


def test_a_phase_that_only_has_another_id_is_told_as_that():
    said = _said(STILL, STILL.replace("{id: then, title: Then", "{id: later, title: Then"))
    assert said == [
        "phase Then: id then -> later, otherwise the same (what is kept of patients under the old id does not go over)"
    ]
    more = STILL.replace("{id: then, title: Then", "{id: later, title: Later")
    assert _said(STILL, more) == ["phase Then is taken out", "phase Later is new"]


def test_what_keeps_patients_safe_is_told_first():
    changes = [
        ("default: 10min", "default: 12min"),
        ("every: 1d", "every: 2d"),
        ("- {pain_at_least: 7}\n", "- {pain_at_least: 6}\n"),
        ("ease_when: {pain_at_least: 4", "ease_when: {pain_at_least: 5"),
        ("before your clinician's earliest day", "too early"),
        ("title: Dilator progression after injection", "title: Another"),
    ]
    new = SAMPLE
    for before, after in changes:
        assert before in new
        new = new.replace(before, after, 1)

    assert [each.split(" in ")[-1] + ": " + each.split(" ")[0] for each in _said(SAMPLE, new)] == [
        "the safety question `spreading`: every",
        "Practice: ease_when",
        "Practice: stop_when",
        "the program: cautions",
        "the program: title",
        "the parameter `still`: default",
    ]


def test_a_safety_question_that_is_taken_out_is_named():
    start = SAMPLE.index("safety_checks:")
    without = SAMPLE[:start] + SAMPLE[SAMPLE.index("alerts:") :]
    assert _said(SAMPLE, without) == ["safety question `spreading` is taken out"]


def test_comments_order_of_keys_and_another_way_of_writing_are_no_change():
    again = STILL.replace("hold: 20s, reps: 3", "reps: 3, hold: 0min20s").replace("title: T\n", "# mine\ntitle: T\n")

    assert _said(STILL, again) == []


def test_what_an_import_says_differently_is_told():
    text = "title: T\nimport: library/a\nsessions:\n  calm: {title: C, steps: [one]}\n"
    imported = (
        "exercises:\n  one: {kind: relaxation, title: One, for: 60s}\n  two: {kind: relaxation, title: Two, for: 60s}\n"
    )

    def read_as(found):
        return check(text, file="a.yaml", read={"library/a": found}.get).program

    changed = differences(read_as(imported), read_as(imported.replace("for: 60s", "for: 90s")))

    assert [sentence(each) for each in changed] == ["for 1 min -> 1 min 30 s in One"]  # nobody does the other one


def test_a_text_is_told_by_its_language():
    old = SMALL.replace("    title: Breathing\n", "    title: {en: Breathing, es: Respirar}\n")

    assert _said(old, old.replace("es: Respirar", "es: Respira")) == ["title (es) “Respirar” -> “Respira” in Breathing"]


def test_a_change_knows_the_sessions_and_the_phase_that_it_touches():
    exercise = differences(_program(STILL), _program(STILL.replace("hold: 20s", "hold: 30s")))
    phase = differences(_program(STILL), _program(STILL.replace("to: start + 6d", "to: start + 7d")))

    assert [(each.touches, each.phase) for each in exercise] == [({"one", "turns"}, None)]
    assert [(each.touches, each.phase) for each in phase] == [(set(), "first")]


def test_phases_in_another_order_are_told():
    first, then = STILL.split("phases:\n")[1].splitlines(keepends=True)
    turned = STILL.replace(first + then, then.replace("do:", "from: start + 7d, do:") + first)

    assert "phases first, then -> then, first in the program" in _said(STILL, turned)


def test_nothing_imported_is_needed_to_compare():
    assert (
        differences(
            check(SMALL, file="a.yaml", read=nothing).program, check(SMALL, file="b.yaml", read=nothing).program
        )
        == ()
    )
