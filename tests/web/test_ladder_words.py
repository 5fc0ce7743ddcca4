"""Why a patient stays or goes down, in one sentence that names what blocks."""

from __future__ import annotations

import pytest
from flask_babel import force_locale

from coach.domain.progression import Because
from coach.web.therapist import ladder_words
from tests.domain.test_progression import RUNGS, after, sat
from tests.domain.test_progression_care import stopped

OWN = [sat(day, is_done=False, share=0.5, used="d1") for day in range(4)]


def said(app, because: Because) -> str:
    with app.test_request_context(), force_locale("en"):
        return ladder_words.because(because, RUNGS)


@pytest.mark.parametrize(
    ("sittings", "sentence"),
    [
        ([], "Stays: no session at 19 mm yet."),
        (
            [sat(0), sat(1, pain=4), sat(2), sat(3)],
            "Stays: one of the last sessions had pain 4; the limit is 3.",
        ),
        (
            [sat(0), sat(1, pain=None, is_variant=True), sat(2), sat(3)],
            "Stays: one of the last sessions has no rating of pain; the limit is 3.",
        ),
        (
            [sat(0), sat(1, pain=4, is_variant=True), sat(2, "d1", 6), sat(3), sat(4)],
            "Stays: 2 of the last sessions went above the limit of pain, 3; the highest was 6.",
        ),
        ([*OWN, sat(4)], "Stays: 3 of the last 4 were done smaller, at 16 mm, by her choice."),
        (
            [sat(0), sat(1, pain=5)],
            (
                "Stays: 1 of the last 2 at 19 mm were complete, pain 2 or less, pain never above 3;"
                " the program wants 3 of 4."
            ),
        ),
        (
            [sat(0), sat(20, "d1", after_gap=True)],
            "Stays: no session at 19 mm counts yet.",
        ),
    ],
)
def test_why_she_stays_names_what_blocks(app, sittings, sentence):
    assert said(app, after(*sittings).because) == sentence


def test_a_step_down_by_stops_for_pain_says_so(app):
    found = after(stopped(0), stopped(1)).changes[0].because
    assert said(app, found) == "2 of the last 2 at 19 mm: pain 4 or more, or ended for pain."


def test_after_a_gap_it_is_said_that_what_was_before_speaks_no_more(app):
    sentence = "Stays: there was no practice on 5 days; what was done before them speaks for nothing more."
    assert said(app, Because("gap", {"days": 5})) == sentence
