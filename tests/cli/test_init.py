"""`coach init`: the first clinic and the first therapist, who can then sign in."""

from __future__ import annotations

import io

import pytest

from coach.cli import main
from coach.config import settings_from
from coach.db import tables as t
from coach.db.engine import Database, make_engine
from coach.services import sign_ins
from coach.services.passwords import Passwords
from tests.cast import NOW

ASKED = ["init", "--clinic", "By the river", "--therapist", "Ines", "--sign-in-name", "Ines@example.org"]


@pytest.fixture
def database(tmp_path, monkeypatch):
    monkeypatch.setenv("COACH_VAR", str(tmp_path / "var"))
    main(["keys"])
    main(["database", "upgrade"])
    settings = settings_from({"COACH_VAR": str(tmp_path / "var")})
    engine = make_engine(settings.database_url, settings.keyring)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def type_in(monkeypatch):
    return lambda password: monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))


def test_the_first_therapist_can_sign_in_and_her_clinic_has_the_numbers_it_starts_with(database, type_in):
    type_in("seven quiet kettles sing")
    assert main(ASKED) == 0
    with database.write() as db:
        attempt = sign_ins.attempt(db, "ines@example.org", address="127.0.0.1", now=NOW)
        assert Passwords().is_right(attempt.password_hash, "seven quiet kettles sing")
        assert {band.band for band in db.query(t.EffectBand)} == {"onset", "plateau", "waning", "worn_off"}


@pytest.mark.parametrize(("number", "code"), [("112", 0), ("an ambulance", 1)])
def test_the_number_for_emergencies_is_kept_where_it_is_one(database, type_in, number, code):
    type_in("seven quiet kettles sing")
    assert main([*ASKED, "--emergency-number", number]) == code
    with database.read() as db:
        assert [clinic.emergency_number for clinic in db.query(t.Clinic)] == ([] if code else [number])


@pytest.mark.parametrize(("password", "said"), [("short", "at least 12"), ("password password", "would try")])
def test_a_weak_password_makes_nothing(database, type_in, capsys, password, said):
    type_in(password)
    assert main(ASKED) == 1
    assert said in capsys.readouterr().err
    with database.read() as db:
        assert db.query(t.Clinic).count() == 0


def test_a_sign_in_name_that_somebody_has_makes_no_second_clinic(database, type_in, capsys):
    type_in("seven quiet kettles sing")
    main(ASKED)
    type_in("seven quiet kettles sing")
    assert main(ASKED) == 1
    assert "already" in capsys.readouterr().err
    with database.read() as db:
        assert db.query(t.Clinic).count() == 1
