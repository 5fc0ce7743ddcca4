"""Lists of values that are too short or too long are told at their place."""

from __future__ import annotations

import pytest

from coach.language import check
from tests.language.texts import nothing


@pytest.mark.parametrize(
    ("written", "said"), [("[]", "the list is empty"), (f"[{', '.join(['1min'] * 21)}]", "the list is too long")]
)
def test_times_by_session_are_from_one_to_twenty(written, said):
    text = f"""\
title: T
exercises:
  one: {{kind: relaxation, title: One, for: {written}}}
sessions:
  calm: {{title: Calm, steps: [one]}}
"""
    found = check(text, file="a.yaml", read=nothing).problems

    errors = [(p.line, p.column, p.code, p.message) for p in found if p.severity == "error"]
    assert errors == [(3, 44, "out-of-range", said)]


@pytest.mark.parametrize("times", [1, 20])
def test_one_to_twenty_times_are_taken(times):
    text = f"title: T\nexercises:\n  one: {{kind: relaxation, title: One, for: [{', '.join(['1min'] * times)}]}}\n"

    assert len(check(text, file="a.yaml", read=nothing).program.exercises["one"].for_ms) == times
