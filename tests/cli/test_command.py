"""The `coach` command itself: what it says, and what it does not need to import."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys

import pytest

from coach.cli import COMMANDS, main
from coach.config import settings_from
from coach.db import tables as t
from coach.db.engine import Database, make_engine
from coach.services import programs
from tests.cast import make_cast
from tests.given import give_calm
from tests.prepare import ROOT


@pytest.fixture
def environment(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("COACH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COACH_VAR", str(tmp_path / "var"))
    return tmp_path / "var"


def test_help_names_every_subcommand(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert [name for name in COMMANDS if name not in said] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_every_subcommand_explains_itself(name, capsys):
    with pytest.raises(SystemExit) as ended:
        main([name, "--help"])
    assert ended.value.code == 0
    assert name in capsys.readouterr().out


@pytest.mark.parametrize("name", ["programs", "keys"])
def test_a_command_about_texts_imports_neither_web_nor_database(name):
    question = (
        "import sys; from coach.cli import main\n"
        f"try: main([{name!r}, '--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(', '.join({'flask', 'sqlalchemy', 'gunicorn'} & set(sys.modules)) or 0)"
    )
    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stderr) == (0, "")


def test_an_unknown_subcommand_ends_with_2(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == 2
    assert "dance" in capsys.readouterr().err


def test_a_bad_setting_is_said_in_one_line_and_ends_with_2(environment, monkeypatch, capsys):
    monkeypatch.setenv("COACH_DATABSE_URL", "sqlite:///x")
    assert main(["database", "upgrade"]) == 2
    assert capsys.readouterr().err.startswith("coach: unknown setting COACH_DATABSE_URL")


def test_keys_makes_a_file_for_its_owner_alone_and_never_another(environment, capsys):
    assert main(["keys"]) == 0
    file = environment / "keys"
    made = file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert main(["keys"]) == 2
    assert file.read_bytes() == made
    assert "left as it is" in capsys.readouterr().err


def test_doctor_names_what_is_missing_and_is_content_when_nothing_is(environment, capsys):
    assert main(["doctor"]) == 1
    assert "TROUBLE  settings" in capsys.readouterr().out
    assert main(["keys"]) == 0
    assert main(["doctor"]) == 1
    assert "run `coach database upgrade`" in capsys.readouterr().out
    assert main(["database", "upgrade"]) == 0
    capsys.readouterr()
    status = main(["doctor"])
    assert (status, capsys.readouterr().out.splitlines()[-1]) == (0, "all is well")


def test_doctor_names_a_program_in_use_that_this_version_refuses(environment, capsys):
    assert main(["keys"]) == 0
    assert main(["database", "upgrade"]) == 0
    settings = settings_from(os.environ)
    engine = make_engine(settings.database_url, settings.keyring)
    try:
        with Database(engine).write() as db:
            given = give_calm(db, make_cast(db))
            row = db.get(t.Revision, given.revision_id)
            row.text = row.text.replace("phases:", "fases:")
        programs._programs.clear()  # as another process, which has not read it yet
        capsys.readouterr()
        assert main(["doctor"]) == 1
    finally:
        engine.dispose()
    said = capsys.readouterr().out
    assert re.search(rf"TROUBLE  database: .*down-training, revision {given.revision_id}: line \d+", said)


@pytest.mark.parametrize("action", ["run", "tick"])
def test_no_reminder_process_begins_without_a_mail_server(action, environment, capsys):
    assert main(["keys"]) == 0
    assert main(["database", "upgrade"]) == 0
    assert main(["reminders", action]) == 2
    assert "COACH_SMTP_URL is not set" in capsys.readouterr().err


def test_who_has_read_enough_is_left_in_peace():
    command = (
        f"{sys.executable} -m coach.cli programs explain programs/down-training.yaml | true; exit ${{PIPESTATUS[0]}}"
    )
    answer = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False, cwd=ROOT)

    assert (answer.returncode, answer.stderr) == (141, "")
