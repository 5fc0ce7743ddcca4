"""`coach programs explain`: a program in plain sentences, in a terminal and as JSON."""

from __future__ import annotations

import json

import pytest

from coach.cli import main
from tests.language.texts import PROGRAMS, SMALL

AFTER_INJECTION = str(PROGRAMS / "after-injection-dilation.yaml")
DOWN_TRAINING = str(PROGRAMS / "down-training.yaml")


def test_a_program_is_read_out_under_headings_and_no_line_is_too_long(capsys):
    assert main(["programs", "explain", AFTER_INJECTION]) == 0

    lines = capsys.readouterr().out.splitlines()

    assert lines[:2] == ["Practice after the injection", "=" * 28]
    assert "The phases, in order" in lines
    assert max(len(line) for line in lines) <= 88


def test_steps_are_numbered_and_what_is_said_of_them_stands_under_them(capsys):
    main(["programs", "explain", DOWN_TRAINING])

    out = capsys.readouterr().out

    assert "\n  1. Settle (preparation): for 1 minute.\n     “" in out


def test_a_number_stays_on_the_line_of_its_unit(capsys):
    main(["programs", "explain", AFTER_INJECTION, "--language", "es"])

    lines = capsys.readouterr().out.splitlines()

    assert not [line for line in lines if line.lstrip().startswith(("s ", "s,", "min ", "%"))]


@pytest.mark.parametrize(("language", "heading"), [("en", "What it is"), ("es", "Qué es")])
def test_the_language_can_be_chosen(capsys, language, heading):
    assert main(["programs", "explain", DOWN_TRAINING, "--language", language]) == 0
    assert heading in capsys.readouterr().out.splitlines()


def test_json_has_the_same_sections_without_line_breaks(capsys):
    assert main(["programs", "explain", DOWN_TRAINING, "--format", "json"]) == 0

    explanation = json.loads(capsys.readouterr().out)

    assert (explanation["program"], explanation["language"]) == ("down-training", "en")
    assert explanation["sections"][2] == {
        "heading": "The phases, in order",
        "blocks": [
            {
                "text": "The days named belong to the phase.",
                "numbered": False,
                "items": [],
            }
        ],
        "sections": [
            {
                "heading": "Getting to know it",
                "blocks": [
                    {"text": "From the first day until day 21.", "numbered": False, "items": []},
                    {
                        "text": "What is done:",
                        "numbered": False,
                        "items": [{"text": "Calm: twice a day, about 11 minutes each time.", "notes": []}],
                    },
                ],
                "sections": [],
            },
            {
                "heading": "Once a day",
                "blocks": [
                    {
                        "text": "From day 22 on. It has no last day: it goes on until the therapist ends it.",
                        "numbered": False,
                        "items": [],
                    },
                    {
                        "text": "What is done:",
                        "numbered": False,
                        "items": [{"text": "Calm: once a day, about 11 minutes each time.", "notes": []}],
                    },
                ],
                "sections": [],
            },
        ],
    }


NEXT = "  - {id: only, title: Only, from: start, to: start + 6d, do: {calm: 1 per day}, then: maintenance}\n"


def test_the_program_that_is_proposed_next_is_told_by_its_title_where_it_lies_beside(tmp_path, capsys):
    (tmp_path / "first.yaml").write_text(SMALL[: SMALL.index("phases:")] + "phases:\n" + NEXT)

    main(["programs", "explain", str(tmp_path / "first.yaml")])
    assert "After it the program “maintenance” is proposed to the therapist." in capsys.readouterr().out

    (tmp_path / "maintenance.yaml").write_text(SMALL.replace("title: Calm\n", "title: Keeping it up\n", 1))
    main(["programs", "explain", str(tmp_path / "first.yaml")])
    assert "After it the program “Keeping it up” is proposed to the therapist." in capsys.readouterr().out

    (tmp_path / "maintenance.yaml").write_text("title: [")
    assert main(["programs", "explain", str(tmp_path / "first.yaml")]) == 0
    assert "After it the program “maintenance” is proposed to the therapist." in capsys.readouterr().out


def test_a_program_with_errors_ends_with_1_and_shows_them(tmp_path, capsys):
    broken = tmp_path / "broken.yaml"
    broken.write_text(SMALL.replace("reps: 10", "resp: 10"))

    assert main(["programs", "explain", str(broken)]) == 1

    captured = capsys.readouterr()
    assert captured.out == ""
    assert "unknown-key" in captured.err


def test_a_file_that_is_not_there_ends_with_2(tmp_path, capsys):
    assert main(["programs", "explain", str(tmp_path / "none.yaml")]) == 2
    assert capsys.readouterr().err.startswith("coach: ")
