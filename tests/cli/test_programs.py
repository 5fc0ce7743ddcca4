"""`coach programs`: what it prints and how it ends."""

from __future__ import annotations

import json
import shutil

import pytest

from coach.cli import main
from tests.language.texts import PROGRAMS, SAMPLE, SMALL

STAY_STILL = """\
title: T
exercises:
  stay_still: {kind: dilator, title: Stay still, cue: "...", size: $dilator, for: $still}
parameters:
  still: {type: duration, default: 10min, min: 3min, max: 30min}
ladders:
  dilator: {kind: dilator, rungs: own set, start: chosen at assignment}
sessions:
  example:
    title: Example
    steps: [stay_still]
    variants: {short: {title: Short, scale: 50%, counts: 50%}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A working folder with programs/, its library, and one sound and one broken program."""
    shutil.copytree(PROGRAMS / "library", tmp_path / "programs" / "library")
    (tmp_path / "programs" / "after-injection-dilation.yaml").write_text(STAY_STILL)
    (tmp_path / "programs" / "sample.yaml").write_text(SAMPLE)
    (tmp_path / "programs" / "broken.yaml").write_text(SMALL.replace("reps: 10", "resp: 10"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_sound_program_ends_with_0(folder, capsys):
    assert main(["programs", "check", "programs/sample.yaml"]) == 0
    assert capsys.readouterr().out.endswith("0 errors, 1 warning\n")


def test_a_program_with_errors_ends_with_1_and_shows_the_place(folder, capsys):
    assert main(["programs", "check", "programs/broken.yaml"]) == 1
    out = capsys.readouterr().out
    assert "programs/broken.yaml:7:5: error unknown-key: `resp` is not known here\n        resp: 10\n        ^" in out
    assert "Did you mean `reps`?" in out


def test_strict_counts_warnings_as_errors(folder, capsys):
    assert main(["programs", "check", "--strict", "--format", "json", "programs/sample.yaml"]) == 1
    assert [problem["severity"] for problem in json.loads(capsys.readouterr().out)] == ["error"]


def test_a_file_that_cannot_be_read_ends_with_2_and_the_others_are_checked(folder, capsys):
    assert main(["programs", "check", "--format", "json", "programs/none.yaml", "programs/broken.yaml"]) == 2
    captured = capsys.readouterr()
    assert "programs/none.yaml cannot be read" in captured.err
    assert {problem["file"] for problem in json.loads(captured.out)} == {"programs/broken.yaml"}


def test_json_has_exactly_the_promised_keys(folder, capsys):
    main(["programs", "check", "--format", "json", "programs/broken.yaml"])

    found = json.loads(capsys.readouterr().out)

    assert found[0] == {
        "file": "programs/broken.yaml",
        "line": 7,
        "column": 5,
        "severity": "error",
        "code": "unknown-key",
        "message": "`resp` is not known here",
        "suggestion": "Did you mean `reps`?",
    }


def test_a_folder_is_checked_whole(folder, capsys):
    assert main(["programs", "check", "programs/"]) == 1
    assert "1 error, " in capsys.readouterr().out


def test_an_import_is_found_from_a_folder_further_down(folder, capsys):
    deeper = folder / "programs" / "clinic-a" / "mine.yaml"
    deeper.parent.mkdir()
    deeper.write_text(SAMPLE)
    shutil.copy(folder / "programs" / "library" / "relaxation.yaml", folder / "relaxation.bak")
    (folder / "programs" / "library" / "relaxation.yaml").write_text("exercises:\n  rest: {kind: rest}\n")

    assert main(["programs", "check", "--format", "json", "programs/clinic-a/mine.yaml"]) == 1

    problems = json.loads(capsys.readouterr().out)
    assert ("programs/library/relaxation.yaml", 2) in {
        (p["file"], p["line"]) for p in problems if p["severity"] == "error"
    }


def test_the_script_of_a_session_at_a_rung(folder, capsys):
    assert (
        main(["programs", "script", "programs/after-injection-dilation.yaml", "example", "--rung", "dilator=d4"]) == 0
    )

    script = json.loads(capsys.readouterr().out)

    assert (script["program"], script["session"], script["variant"]) == ("after-injection-dilation", "example", None)
    assert (script["shortest_s"], script["longest_s"], script["dose_s"]["dilator"]) == (603, 603, 600)
    assert (script["steps"][0]["size_mm"], script["steps"][0]["rung"]) == (22, "d4")


def test_the_script_with_a_parameter_and_a_variant(folder, capsys):
    arguments = ["programs", "script", "programs/after-injection-dilation.yaml", "example"]

    assert main([*arguments, "--set", "still=20min", "--variant", "short"]) == 0

    assert json.loads(capsys.readouterr().out)["longest_s"] == 603


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["none"], "no session 'none'; it has example"),
        (["example", "--rung", "dilator=d9"], "no rung 'd9'"),
        (["example", "--rung", "dilater=d1"], "no ladder 'dilater'"),
        (["example", "--set", "stil=9min"], "did you mean still?"),
        (["example", "--set", "still=9"], "a duration such as 10min"),
        (["example", "--set", "still=2h"], "outside what the program allows"),
        (["example", "--variant", "long"], "no variant 'long'; it has short"),
    ],
)
def test_a_script_that_cannot_be_made_ends_with_2_and_says_why(folder, capsys, more, said):
    assert main(["programs", "script", "programs/after-injection-dilation.yaml", *more]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_the_script_of_a_broken_program_ends_with_1_and_shows_its_problems(folder, capsys):
    assert main(["programs", "script", "programs/broken.yaml", "calm"]) == 1
    captured = capsys.readouterr()
    assert "unknown-key" in captured.err
    assert captured.out == ""


def test_the_script_in_another_language(folder, capsys):
    program = str(PROGRAMS / "down-training.yaml")

    assert main(["programs", "script", program, "calm", "--language", "es"]) == 0

    assert json.loads(capsys.readouterr().out)["title"] == "Calma"
