"""`coach programs diff`: what it prints, and how many assignments a change reaches."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from coach.cli import main
from coach.config import settings_from
from coach.db.engine import Database, make_engine
from tests.cast import make_cast
from tests.given import give_text
from tests.language.texts import SMALL


@pytest.fixture
def old(tmp_path):
    (tmp_path / "old.yaml").write_text(SMALL)
    return str(tmp_path / "old.yaml")


@pytest.fixture
def new(tmp_path):
    (tmp_path / "calm.yaml").write_text(SMALL.replace("reps: 10", "reps: 12"))
    return str(tmp_path / "calm.yaml")


def test_each_change_is_one_line(old, new, capsys):
    assert main(["programs", "diff", old, new]) == 0
    assert capsys.readouterr().out == "reps 10 -> 12 in Breathing\n"


def test_the_same_changes_as_json(old, new, capsys):
    assert main(["programs", "diff", "--format", "json", old, new]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {
            "change": "changed",
            "section": "exercises",
            "id": "breathing",
            "title": "Breathing",
            "step": None,
            "key": "reps",
            "before": "10",
            "after": "12",
            "says": "reps 10 -> 12 in Breathing",
        }
    ]


def test_two_texts_that_say_the_same_have_no_change(old, capsys):
    assert main(["programs", "diff", old, old]) == 0
    assert capsys.readouterr().out == "nothing that the program says has changed\n"


def test_a_text_with_errors_is_not_compared(old, new, tmp_path, capsys):
    (tmp_path / "calm.yaml").write_text(SMALL.replace("reps: 10", "resp: 10"))

    assert main(["programs", "diff", old, new]) == 1
    assert "unknown-key" in capsys.readouterr().err
    assert main(["programs", "diff", old, str(tmp_path / "none.yaml")]) == 2


def test_with_a_database_each_change_says_how_many_assignments_it_reaches(old, new, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("COACH_VAR", str(tmp_path / "var"))
    main(["keys"])
    main(["database", "upgrade"])
    settings = settings_from({"COACH_VAR": str(tmp_path / "var")})
    engine = make_engine(settings.database_url, settings.keyring)
    with Database(engine).write() as db:
        give_text(db, make_cast(db), "calm", SMALL, now=datetime.now(UTC))
    engine.dispose()
    capsys.readouterr()

    assert main(["programs", "diff", "--affects", "calm", old, new]) == 0
    assert capsys.readouterr().out == "reps 10 -> 12 in Breathing; affects 1 assignment\n"
    assert main(["programs", "diff", old, new, "--affects"]) == 0
    assert capsys.readouterr().out.endswith("; affects 1 assignment\n")
    assert main(["programs", "diff", "--affects", "another", "--format", "json", old, new]) == 0
    assert [each["affects"] for each in json.loads(capsys.readouterr().out)] == [0]
