"""Sign-ins: a row each, new at every sign-in, ended by time or by hand; nobody's name is told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from coach.db import tables as t
from coach.services import sign_ins
from coach.services.sign_ins import digest_of
from coach.web.context import EXTENSION
from tests.cast import PASSWORD
from tests.statements import statements
from tests.web.conftest import FAST
from tests.web.digest import digest
from tests.web.signing_in import sign_in, visit_cookie


def test_a_therapists_cookie_ends_with_the_browser_and_a_patients_stays(app, client_for, cast):
    assert "Max-Age" not in visit_cookie(sign_in(client_for(None), cast.therapist))
    assert "Max-Age=7776000" in visit_cookie(sign_in(client_for(None), cast.patient))


def test_only_the_digest_of_a_token_is_kept(client_for, cast, database):
    token = visit_cookie(sign_in(client_for(None), cast.patient)).split(";")[0].removeprefix("visit=")
    assert len(token) >= 43  # 256 bits
    with database.read() as db:
        assert db.scalar(select(t.SignIn.token_digest)) == digest_of(token)


def test_signing_in_makes_a_new_token_and_ends_the_one_before(client_for, cast, clock, database):
    client = client_for(cast.patient)
    old = client.get_cookie("visit").value
    client.post("/sign-out")
    with database.write() as db:
        planted = sign_ins.open_sign_in(db, cast.other_patient.account_id, now=clock())
    client.set_cookie("visit", planted)
    # An attacker's own sign-in in her browser: she meets a page that is signed in, so she signs out and in again.
    client.delete_cookie("visit")
    client.set_cookie("visit", "set-by-somebody-else")
    answer = sign_in(client, cast.patient)
    new = client.get_cookie("visit").value
    assert answer.status_code == 303
    assert new not in (old, planted, "set-by-somebody-else")
    thief = client_for(None)
    for token in (old, "set-by-somebody-else"):
        thief.set_cookie("visit", token)
        assert thief.get("/today").status_code == 303


def test_a_sign_in_over_another_one_ends_it(client_for, cast):
    client = client_for(None)
    sign_in(client, cast.patient)
    first = client.get_cookie("visit").value
    sign_in(client, cast.patient)
    thief = client_for(None)
    thief.set_cookie("visit", first)
    assert thief.get("/today").headers["Location"].startswith("/sign-in")


def test_signing_out_ends_the_sign_in_and_clears_what_the_browser_holds(client_for, cast):
    client = client_for(cast.patient)
    token = client.get_cookie("visit").value
    answer = client.post("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert client.get_cookie("visit") is None
    thief = client_for(None)
    thief.set_cookie("visit", token)
    assert thief.get("/today").status_code == 303


@pytest.mark.parametrize(
    ("who", "path", "idle", "absolute"),
    [
        ("therapist", "/patients", timedelta(minutes=30), timedelta(hours=12)),
        ("patient", "/today", timedelta(days=14), timedelta(days=90)),
    ],
)
def test_a_sign_in_ends_when_idle_and_at_the_latest(client_for, cast, clock, who, path, idle, absolute):
    person = getattr(cast, who)
    idler = client_for(person)
    clock.now += idle - timedelta(seconds=1)
    assert idler.get(path).status_code == 200
    clock.now += idle
    assert idler.get(path).status_code == 303
    busy, began = client_for(person), clock()
    while clock() + idle / 2 < began + absolute:
        clock.now += idle / 2
        assert busy.get(path).status_code == 200
    clock.now = began + absolute
    assert busy.get(path).status_code == 303


def test_being_seen_is_written_once_a_minute(client_for, cast, clock, database):
    client = client_for(cast.patient)
    before = digest(database, seen=True)
    clock.advance(seconds=59)
    client.get("/today")
    assert digest(database, seen=True) == before
    clock.advance(seconds=1)
    client.get("/today")
    assert digest(database, seen=True) != before


def test_a_closed_account_is_out_at_the_next_request(client_for, cast, clock, database):
    client = client_for(cast.patient)
    with database.write() as db:
        db.get_one(t.Account, cast.patient.account_id).closed_at = clock()
    assert client.get("/today").status_code == 303
    assert sign_in(client, cast.patient).status_code == 422


def test_a_change_of_team_holds_at_the_next_request(client_for, cast, database):
    client = client_for(cast.therapist)
    assert client.get(f"/patients/{cast.patient.patient_id}/invitation").status_code == 200
    with database.write() as db:
        db.get_one(t.Account, cast.therapist.account_id).team_id = cast.team_outsider.team_id
    assert client.get(f"/patients/{cast.patient.patient_id}/invitation").status_code == 404


def test_a_hash_made_with_other_parameters_is_renewed_when_its_owner_signs_in(client_for, cast, database):
    dated = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with database.write() as db:
        db.get_one(t.Account, cast.patient.account_id).password_hash = dated
    assert sign_in(client_for(None), cast.patient).status_code == 303
    with database.read() as db:
        renewed = db.get_one(t.Account, cast.patient.account_id).password_hash
    assert renewed != dated
    assert not FAST.is_dated(renewed)
    assert FAST.is_right(renewed, PASSWORD)


def test_a_known_and_an_unknown_name_get_the_same_answer_by_the_same_work(app, client_for, cast, monkeypatch):
    verified = []
    verify = FAST._hasher.verify
    monkeypatch.setattr(
        FAST, "_hasher", type("Counting", (), {"verify": lambda _, *given: verified.append(1) or verify(*given)})()
    )
    told = {}
    for name in (cast.patient.sign_in_name, "nobody.at.all@example.org"):
        client = client_for(None)
        token = client.token()
        verified.clear()
        with statements(app.extensions[EXTENSION].database.engine) as sent:
            answer = client.post("/sign-in", data={"name": name, "password": "not this one at all"}, csrf=token)
        body = re.sub(r'value="[^"]*"|content="[^"]*"|X-CSRFToken": "[^"]*"', "", answer.text)
        headers = {n: v for n, v in answer.headers if n not in ("Content-Length", "Set-Cookie")}
        told[name] = (answer.status_code, body, headers, len(verified), sent[:])
    known, unknown = told.values()
    assert known == unknown
    assert known[0] == 422
    assert known[3] == 1


def test_a_name_is_found_however_it_is_typed(client_for, cast):
    for name in (" MARA@example.org ", "mara@EXAMPLE.org"):
        answer = client_for(None).post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303


def test_who_types_for_longer_than_she_may_be_idle_stays_signed_in_up_to_the_absolute_end(client_for, cast, clock):
    therapist = client_for(cast.therapist)
    text = therapist.get("/patients").text
    assert 'hx-get="/sign-in/use" hx-trigger="input from:body throttle:5m"' in text
    for _ in range(4):
        clock.advance(minutes=20)
        assert therapist.get("/sign-in/use").status_code == 204
    assert therapist.get("/patients").status_code == 200
    for _ in range(12 * 3):
        clock.advance(minutes=20)
        assert therapist.get("/sign-in/use").status_code == 204
    assert therapist.get("/patients").status_code == 303
