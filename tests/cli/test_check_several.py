"""`coach programs check` of a long program with five errors."""

from __future__ import annotations

import json
from pathlib import Path

from coach.cli import main
from tests.language.texts import marked

LONG = Path(__file__).parents[1] / "language" / "several" / "long_program.yaml"


def test_a_program_of_300_lines_with_five_errors_has_all_five_printed_at_line_and_column(tmp_path, monkeypatch, capsys):
    text, _ = marked(LONG.read_text())
    (tmp_path / "long.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)

    status = main(["programs", "check", "--format", "json", "long.yaml"])

    printed = json.loads(capsys.readouterr().out)
    assert status == 1
    assert len(text.splitlines()) >= 300
    assert [tuple(each.values()) for each in printed if each["severity"] == "error"] == [
        ("long.yaml", 107, 14, "error", "bad-duration", "`5` has no unit", "Write `5s` or `5min`."),
        (
            "long.yaml", 152, 5, "error", "unknown-key", "`stay_at_lest` is not known here",
            "Did you mean `stay_at_least`?",
        ),
        (
            "long.yaml", 192, 22, "error", "unknown-exercise", "there is no exercise `stay_stil`",
            "Did you mean `stay_still`?",
        ),
        (
            "long.yaml", 235, 9, "error", "bad-anchor", "`injection 28d` is not a day of the program",
            "Write `injection + 28d`.",
        ),
        (
            "long.yaml", 295, 12, "error", "bad-days", "`week` is not a number of days",
            "Write for example `5d` or `2w`.",
        ),
    ]  # fmt: skip
