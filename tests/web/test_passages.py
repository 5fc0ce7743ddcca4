"""A program's text with its problems, however the text is laid out."""

from __future__ import annotations

import time

from coach.language import check
from coach.web.therapist.programs import passages


def test_what_is_far_from_any_problem_is_folded_and_no_line_is_lost():
    text = "title: T\n" + "\n" * 20 + "titel: T\n\n"
    problems = check(text, file="a.yaml", read=lambda name: None).errors

    found = passages(text, problems)

    assert [(each.folded, each.lines[0].number, each.lines[-1].number) for each in found] == [
        (True, 1, 18),
        (False, 19, 24),
    ]
    assert [each.number for each in found[1].lines if each.problems] == [22]


def test_a_text_of_nothing_but_line_ends_takes_a_moment():
    text = "\n" * 200_000 + "x: 1"
    began = time.process_time()

    found = passages(text, check(text, file="a.yaml", read=lambda name: None).problems)

    assert sum(len(each.lines) for each in found) == 200_001
    assert time.process_time() - began < 5
