"""Invitations and accounts: one link, one account, and only for the patients of one's team."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from coach import resource
from coach.db import tables as t
from coach.db.engine import Database, make_engine
from coach.language.clinic import read_defaults
from coach.services import accounts, clinics, invitations, sign_ins
from coach.services.access import NotFound
from coach.services.accounts import NameTaken
from coach.services.invitations import HasAccount
from tests.cast import NOW, make_cast
from tests.conftest import KEYRING
from tests.samples import TOKEN, make_samples

PROCESSES = multiprocessing.get_context("spawn")


@pytest.fixture
def invited(db, cast) -> t.Patient:
    patient = t.Patient(
        clinic_id=cast.therapist.clinic_id,
        team_id=cast.therapist.team_id,
        name="Lena",
        zone="Europe/Berlin",
        language="es",
        therapist_id=cast.therapist.account_id,
        created_at=NOW,
        created_on=NOW.date(),
    )
    db.add(patient)
    db.flush()
    return patient


def test_an_account_has_the_patients_name_language_clinic_and_team(db, cast, invited):
    token = invitations.invite(db, cast.therapist.viewer, invited.id, now=NOW)
    account_id = invitations.accept(db, token, sign_in_name=" Lena ", password_hash="-", now=NOW)
    account = db.get_one(t.Account, account_id)
    assert (account.role, account.patient_id, account.name, account.language) == ("patient", invited.id, "Lena", "es")
    assert (account.clinic_id, account.team_id) == (invited.clinic_id, invited.team_id)
    assert account.sign_in_name == "Lena"
    signed_in = sign_ins.find(db, sign_ins.open_sign_in(db, account_id, now=NOW), now=NOW)
    assert signed_in.viewer.patient_id == invited.id
    assert signed_in.language == "es"


def test_a_link_works_once(db, cast, invited):
    token = invitations.invite(db, cast.therapist.viewer, invited.id, now=NOW)
    assert invitations.accept(db, token, sign_in_name="lena", password_hash="-", now=NOW)
    assert invitations.accept(db, token, sign_in_name="lena two", password_hash="-", now=NOW) is None
    with pytest.raises(HasAccount):
        invitations.invite(db, cast.therapist.viewer, invited.id, now=NOW)


def test_a_new_link_replaces_the_one_before(db, cast, invited):
    first = invitations.invite(db, cast.therapist.viewer, invited.id, now=NOW)
    second = invitations.invite(db, cast.therapist.viewer, invited.id, now=NOW)
    assert invitations.patient_of(db, first, now=NOW) is None
    assert invitations.patient_of(db, second, now=NOW).id == invited.id


def test_a_link_lasts_seven_days(db, cast, invited):
    token = invitations.invite(db, cast.therapist.viewer, invited.id, now=NOW)
    week = NOW + timedelta(days=7)
    assert invitations.open_until(db, cast.therapist.viewer, invited.id, now=NOW) == week
    assert invitations.patient_of(db, token, now=week - timedelta(seconds=1))
    assert invitations.patient_of(db, token, now=week) is None
    assert invitations.open_until(db, cast.therapist.viewer, invited.id, now=week) is None


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "other_patient", "outside_patient", "patient"])
def test_nobody_but_her_team_invites_her(db, cast, invited, who):
    with pytest.raises(NotFound):
        invitations.invite(db, getattr(cast, who).viewer, invited.id, now=NOW)


def test_of_many_who_open_a_link_at_once_one_gets_in(database):
    with database.write() as db:
        make_samples(db, make_cast(db))
    url = database.engine.url.render_as_string(hide_password=False)
    with PROCESSES.Pool(4) as pool:
        took = pool.starmap(_accept, [(url, f"lena {number}") for number in range(4)])
    assert sorted(took) == [False, False, False, True]


def test_a_name_is_taken_however_it_is_written(db, cast):
    with pytest.raises(NameTaken):
        accounts.add_therapist(
            db,
            clinic_id=cast.therapist.clinic_id,
            team_id=cast.therapist.team_id,
            sign_in_name=" INES@example.org",
            name="Ines",
            password_hash="-",
            language="en",
            now=NOW,
        )


def test_a_new_clinic_has_bands_and_quiet_hours(db):
    defaults = read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes())
    clinic = clinics.open_clinic(db, name="North", contact=None, now=NOW, defaults=defaults)
    team = clinics.open_team(db, clinic.id, name="One")
    bands = db.query(t.EffectBand).filter_by(clinic_id=clinic.id).order_by(t.EffectBand.from_day).all()
    assert [(band.band, band.from_day, band.to_day) for band in bands] == [
        (window.band, window.from_day, window.to_day) for window in defaults.effect_bands
    ]
    assert (clinic.quiet_from, clinic.quiet_to) == (defaults.quiet_from, defaults.quiet_to)
    assert team.clinic_id == clinic.id


def _accept(url: str, name: str) -> bool:
    engine = make_engine(url, KEYRING)
    with Database(engine).write() as db:
        account_id = invitations.accept(db, TOKEN, sign_in_name=name, password_hash="-", now=NOW)
    engine.dispose()
    return account_id is not None


def test_of_two_who_choose_one_name_at_the_same_moment_one_is_asked_for_another(database):
    with database.write() as db:
        cast = make_cast(db)
        ours = {"clinic_id": cast.therapist.clinic_id, "team_id": cast.therapist.team_id, "language": "en", "now": NOW}
    with ThreadPoolExecutor(1) as other, database.write() as db:
        accounts.add_therapist(db, **ours, sign_in_name="lena", name="Lena", password_hash="x")
        second = other.submit(_add_therapist, database, ours)
        with pytest.raises(TimeoutError):  # it waits for the first to end
            second.result(timeout=0.3)
        db.commit()
        with pytest.raises(NameTaken):
            second.result(timeout=10)


def _add_therapist(database: Database, ours: dict[str, Any]) -> None:
    with database.write() as db:
        accounts.add_therapist(db, **ours, sign_in_name="Lena", name="Lena", password_hash="x")
