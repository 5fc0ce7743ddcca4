"""`coach programs new`: a starter that is right from the first minute, and nothing of anybody's is written over."""

from __future__ import annotations

import re

import pytest

from coach.cli import main
from coach.domain.script import compile_script
from coach.language import check
from tests.language.texts import library

LANGUAGES = ("en", "es")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _starter(language, capsys):
    assert main(["programs", "new", "-", "--language", language]) == 0
    return capsys.readouterr().out


def _parts(text: str) -> list[list[int]]:
    """The numbers of the lines with a single #, neighbours together."""
    parts: list[list[int]] = []
    for number, line in enumerate(text.split("\n")):
        if re.match(r" *#[^#]", line):
            if not parts or parts[-1][-1] != number - 1:
                parts.append([])
            parts[-1].append(number)
    return parts


def _taken(text: str, numbers: list[int]) -> str:
    lines = text.split("\n")
    for number in numbers:
        lines[number] = lines[number].replace("#", "", 1)
    return "\n".join(lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_starter_lacks_nothing_but_a_reviewer(language, capsys):
    checked = check(_starter(language, capsys), file="a.yaml", read=library)

    assert [problem.code for problem in checked.problems] == ["no-reviewer"]
    assert checked.program.language == language
    assert len(checked.program.phases) == 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_part_in_comments_can_be_taken_alone(language, capsys):
    text = _starter(language, capsys)

    for numbers in _parts(text):
        assert check(_taken(text, numbers), file="a.yaml", read=library).errors == (), numbers
    assert len(_parts(text)) >= 8


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_parts_in_comments_can_be_taken_together(language, capsys):
    text = _starter(language, capsys)

    checked = check(_taken(text, [number for part in _parts(text) for number in part]), file="a.yaml", read=library)

    assert [problem.code for problem in checked.problems if problem.code != "missing-translation"] == ["no-reviewer"]
    assert len(checked.program.phases) == 4
    assert len(checked.program.safety_checks) == 1
    assert [alert.id for alert in checked.program.alerts] == ["silent", "sore"]


def test_both_languages_say_the_same(capsys):
    english, spanish = (check(_starter(each, capsys), file="a.yaml", read=library).program for each in LANGUAGES)
    scripts = [
        compile_script(each, "calm", rungs={}, own_set=(), parameters={})["dose_s"] for each in (english, spanish)
    ]

    assert scripts[0] == scripts[1]
    assert [phase.do for phase in english.phases] == [phase.do for phase in spanish.phases]
    assert english.exercises.keys() == spanish.exercises.keys()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_starter_is_short_and_without_tabs(language, capsys):
    text = _starter(language, capsys)

    assert text.count("\n") <= 120
    assert "\t" not in text
    assert max(map(len, text.split("\n"))) <= 120


def test_a_new_program_can_be_checked_and_played_at_once(folder, capsys):
    assert main(["programs", "new", "five-minutes.yaml"]) == 0
    assert "coach programs check five-minutes.yaml" in capsys.readouterr().out

    assert main(["programs", "check", "five-minutes.yaml"]) == 0
    assert main(["programs", "script", "five-minutes.yaml", "calm"]) == 0


@pytest.mark.parametrize("title", ["Neck: slowly", 'She said "stop"', "100% calm # really", "- a", "Calma é", "2026"])
def test_any_title_is_taken_as_it_is_written(folder, title):
    assert main(["programs", "new", "mine.yaml", "--title", title]) == 0

    program = check((folder / "mine.yaml").read_bytes(), file="mine.yaml", read=library).program
    assert program.title.default == title


@pytest.mark.parametrize("title", ["", "   ", "a\x00b", "x" * 2001])
def test_a_title_that_is_none_writes_nothing(folder, capsys, title):
    assert main(["programs", "new", "mine.yaml", "--title", title]) == 2

    assert "coach: this title cannot be used" in capsys.readouterr().err
    assert list(folder.iterdir()) == []


def test_a_file_that_is_there_stays_as_it_is(folder, capsys):
    (folder / "mine.yaml").write_text("title: Mine\n")

    assert main(["programs", "new", "mine.yaml"]) == 2

    assert "is there already" in capsys.readouterr().err
    assert (folder / "mine.yaml").read_text() == "title: Mine\n"


@pytest.mark.parametrize(
    ("name", "proposed"),
    [
        ("My Program.yml", "my-program.yaml"),
        ("estiramiento_rápido.yaml", "estiramiento-rapido.yaml"),
        ("calm", "calm.yaml"),
        ("calm-.yaml", "calm.yaml"),
        (".yaml", "yaml.yaml"),
        ("日本.yaml", "my-program.yaml"),
        ("", "my-program.yaml"),
    ],
)
def test_a_name_that_is_no_id_is_refused_with_one_that_is(folder, capsys, name, proposed):
    assert main(["programs", "new", name]) == 2

    said = capsys.readouterr().err
    assert said.startswith("coach: ")
    assert said.endswith(f"for example {proposed}\n")
    assert list(folder.iterdir()) == []


def test_a_folder_that_is_not_there_is_told(folder, capsys):
    assert main(["programs", "new", "none/mine.yaml"]) == 2

    assert capsys.readouterr().err == "coach: none/mine.yaml cannot be written: No such file or directory\n"
