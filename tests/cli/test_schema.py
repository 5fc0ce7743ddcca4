"""`coach programs schema`: one JSON object, or the reference page."""

from __future__ import annotations

import json

import pytest

from coach.cli import main
from tests.prepare import ROOT


def test_the_schema_of_a_program_is_printed(capsys):
    assert main(["programs", "schema"]) == 0

    printed = json.loads(capsys.readouterr().out)

    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert printed["required"] == ["title"]
    assert {"duration", "exercise", "session", "phase"} <= set(printed["$defs"])


def test_a_file_to_import_has_exercises_and_sessions_only(capsys):
    assert main(["programs", "schema", "--for", "library"]) == 0

    printed = json.loads(capsys.readouterr().out)

    assert set(printed["properties"]) == {"exercises", "sessions"}
    assert printed["additionalProperties"] is False
    assert "ladder" not in printed["$defs"]


def test_what_an_editor_gets_is_one_short_line(capsys):
    assert main(["programs", "schema", "--for", "editor"]) == 0

    out = capsys.readouterr().out

    assert out.count("\n") == 1
    assert len(out) < 80_000
    assert set(json.loads(out)) == {"values", "places"}


def test_the_page_to_read_is_the_one_that_is_kept(capsys):
    assert main(["programs", "schema", "--for", "reading"]) == 0

    assert capsys.readouterr().out == (ROOT / "docs" / "program-language.md").read_text(encoding="utf-8")


def test_another_use_is_refused(capsys):
    with pytest.raises(SystemExit) as end:
        main(["programs", "schema", "--for", "printing"])

    assert end.value.code == 2
    assert "printing" in capsys.readouterr().err
