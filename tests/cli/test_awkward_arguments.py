"""Whatever is asked of `coach programs`, it answers or says why not, without a traceback."""

from __future__ import annotations

import pytest

from coach.cli import main
from tests.language.texts import SAMPLE, SMALL

DAYS = ["", "x", "2026-02-30", "20260301", "2026-W10-1", "0001-01-03", "9999-12-20", "2199-12-31", "1900-01-01"]
PAIRS = ["", "=", "==", "none=", "=d1", "dilator", "dilator=d1=d2", "waning=2026-13-01", "still=-1min", "still=9e9h"]


def asked(*arguments: str) -> int:
    try:
        return main(["programs", *arguments])
    except SystemExit as ended:  # how argparse says that it was asked wrongly
        return int(str(ended.code))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "sample.yaml").write_text(SAMPLE.replace("import:", "#"))
    (tmp_path / "small.yaml").write_text(SMALL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "action", [["calendar"], ["simulate", "--patient", "gap", "--days", "9"]], ids=lambda each: each[0]
)
@pytest.mark.parametrize("file", ["small.yaml", "sample.yaml"])
@pytest.mark.parametrize("option", ["--start", "--injection", "--insertion"])
@pytest.mark.parametrize("day", DAYS)
def test_an_awkward_day_is_used_or_refused(folder, capsys, action, file, option, day):
    assert asked(action[0], file, *action[1:], option, day) in (0, 1, 2)
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "action", [["calendar"], ["simulate", "--patient", "gap"], ["script", "calm"]], ids=lambda each: each[0]
)
@pytest.mark.parametrize("option", ["--ends", "--rung", "--set"])
@pytest.mark.parametrize("pair", PAIRS)
def test_an_awkward_pair_is_refused(folder, capsys, action, option, pair):
    assert asked(action[0], "small.yaml", *action[1:], option, pair) == 2
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize("action", ["check", "script", "explain", "calendar", "simulate", "diff"])
@pytest.mark.parametrize("file", ["small.yaml/none", "none.yaml", "a" * 5000])
def test_a_name_of_no_file_is_refused(folder, capsys, action, file):
    more = {"script": ["calm"], "simulate": ["--patient", "ideal"], "diff": [file]}.get(action, [])
    assert asked(action, file, *more) == 2
    assert capsys.readouterr().err.startswith(f"coach: {file} cannot be read: ")
