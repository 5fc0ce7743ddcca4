"""The page that an invitation opens: it works once, for a week, and tells nobody anything."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from coach.db import tables as t
from coach.services import invitations
from coach.services.passwords import SHORTEST
from tests.web.digest import digest
from tests.web.signing_in import try_to_sign_in

GOOD = {"name": "lena", "password": "four quiet mornings"}


@pytest.fixture
def path(samples) -> str:
    return f"/invitations/{samples.token}"


def test_an_invitation_becomes_an_account_that_is_signed_in(client_for, path):
    client = client_for(None)
    page = client.get(path)
    assert page.status_code == 200
    answer = client.post(path, data=GOOD)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/today"
    assert client.get("/today").status_code == 200
    assert try_to_sign_in(client_for(None), "Lena", "192.0.2.1", GOOD["password"]).status_code == 303


def test_the_page_does_not_say_what_it_is_for_or_for_whom(client_for, path):
    page = client_for(None).get(path).text.casefold()
    for word in ("canary", "lena", "patient", "clinic", "therap", "pelvi", "exercise"):
        assert word not in page


def test_used_old_withdrawn_and_unknown_links_look_the_same(client_for, cast, samples, clock, database, path):
    told = [_answers(client_for(None), "/invitations/never-made")]
    clock.advance(days=7)
    told.append(_answers(client_for(None), path))
    clock.advance(days=-7)
    assert client_for(None).post(path, data=GOOD).status_code == 303
    told.append(_answers(client_for(None), path))
    with database.write() as db:
        patient = t.Patient(
            clinic_id=cast.therapist.clinic_id,
            team_id=cast.therapist.team_id,
            name="Ana",
            zone="Europe/Madrid",
            language="es",
            therapist_id=cast.therapist.account_id,
            created_at=clock(),
            created_on=clock().date(),
        )
        db.add(patient)
        db.flush()
        first = invitations.invite(db, cast.therapist.viewer, patient.id, now=clock())
        second = invitations.invite(db, cast.therapist.viewer, patient.id, now=clock())
    told.append(_answers(client_for(None), f"/invitations/{first}"))
    assert client_for(None).get(f"/invitations/{second}").status_code == 200
    assert told == [told[0]] * 4
    assert told[0][0][0] == 404


def test_a_second_before_the_week_is_over_the_link_still_works(client_for, clock, path):
    clock.now += timedelta(days=7) - timedelta(seconds=1)
    assert client_for(None).post(path, data=GOOD).status_code == 303


@pytest.mark.parametrize(
    ("form", "marked"),
    [
        ({"name": "", "password": GOOD["password"]}, "name"),
        ({"name": "x" * 121, "password": GOOD["password"]}, "name"),
        ({"name": "a\x00b", "password": GOOD["password"]}, "name"),
        ({"name": "lena", "password": ""}, "password"),
        ({"name": "lena", "password": "x" * (SHORTEST["patient"] - 1)}, "password"),
        ({"name": "lena", "password": "ab" * 129}, "password"),
        ({"name": "lena", "password": "password12345"}, "password"),
        ({"name": "lenamuster", "password": "lenamuster2026"}, "password"),
        ({"name": "lena", "password": "canary-lena-99"}, "password"),
        ({}, "name"),
    ],
)
def test_a_bad_form_says_what_to_mend_and_changes_nothing(client_for, database, path, form, marked):
    client = client_for(None)
    token, before = client.token(), digest(database)
    answer = client.post(path, data=form, csrf=token)
    assert answer.status_code == 422
    assert f'id="{marked}-error"' in answer.text
    assert digest(database) == before
    assert client.post(path, data=GOOD).status_code == 303


def test_a_password_never_comes_back(client_for, path):
    answer = client_for(None).post(path, data={"name": "", "password": "four quiet mornings"})
    assert "four quiet" not in answer.text


def test_names_of_others_cannot_be_asked_for_one_by_one(client_for, cast, path, clock):
    client = client_for(None)
    statuses = [client.post(path, data={**GOOD, "name": cast.patient.sign_in_name}).status_code for _ in range(11)]
    assert statuses == [422] * 10 + [429]
    clock.advance(hours=1, seconds=1)
    assert client.post(path, data=GOOD).status_code == 303


def test_a_taken_name_is_refused_in_the_words_of_any_other_name(client_for, cast, path):
    answer = client_for(None).post(path, data={**GOOD, "name": f" {cast.therapist.sign_in_name.upper()} "})
    assert answer.status_code == 422
    assert "Please choose another name." in answer.text


def _answers(client, path: str) -> list[tuple[int, str]]:
    answers = [client.get(path), client.post(path, data=GOOD)]
    return [
        (answer.status_code, re.sub(r'(value|content)="[^"]*"|X-CSRFToken": "[^"]*"', "", answer.text))
        for answer in answers
    ]
