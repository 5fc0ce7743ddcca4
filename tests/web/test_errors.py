"""What goes wrong is said kindly, tells nothing, and is found in the log by its id."""

from __future__ import annotations

import json
import logging

import pytest

from coach.app import LARGEST_BODY
from coach.web.security import HEADERS
from tests.web.digest import digest
from tests.web.signing_in import try_to_sign_in


@pytest.mark.parametrize("extra", [1, LARGEST_BODY * 3])
def test_a_body_over_the_limit_is_refused_in_words(client_for, cast, database, extra):
    client = client_for(cast.patient)
    token, before = client.token(), digest(database)
    body = b"a=" + b"x" * (LARGEST_BODY - 2 + extra)
    answer = client.post("/settings/reminders", data=body, content_type="application/x-www-form-urlencoded", csrf=token)
    assert answer.status_code == 413
    assert "Too large" in answer.text
    assert digest(database) == before


def test_json_gets_its_errors_as_json(client_for, cast):
    client = client_for(cast.patient)
    token = client.token()
    for path, body, status, code in (
        ("/nothing", b"{}", 404, "not_found"),
        ("/settings/reminders", b"x" * (LARGEST_BODY + 1), 413, "too_large"),
    ):
        answer = client.post(path, data=body, content_type="application/json", csrf=token)
        assert answer.status_code == status
        assert answer.json["error"]["code"] == code
    refused = client.post("/settings/reminders", data=b"{}", content_type="application/json", csrf=False)
    assert refused.status_code == 400
    assert refused.json["error"]["code"] == "bad_request"
    nobody = client_for(None)
    answer = nobody.post("/settings/reminders", json={})
    assert answer.status_code == 401
    assert answer.json == {"error": {"code": "signed_out"}}


def test_htmx_is_sent_to_the_sign_in_page_and_gets_errors_as_fragments(client_for, cast):
    asking = {"HX-Request": "true"}
    answer = client_for(None).get("/today", headers=asking)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"
    fragment = client_for(cast.patient).get("/nothing", headers=asking)
    assert fragment.status_code == 404
    assert "<html" not in fragment.text
    assert 'id="problem"' in fragment.text


def test_an_error_of_ours_shows_an_id_and_nothing_else(app, client_for, cast, caplog, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "today.show", _break)
    with caplog.at_level(logging.INFO):
        answer = client_for(cast.patient).get("/today")
    assert answer.status_code == 500
    assert "CANARY" not in answer.text
    assert "CANARY" not in caplog.text
    logged = next(json.loads(record.message) for record in caplog.records if record.name == "coach.errors")
    assert logged["id"] in answer.text
    assert logged["error"] == "ValueError"
    assert "test_errors.py" in logged["at"][-1]
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_an_error_of_the_error_page_is_still_an_answer(app, client_for, monkeypatch):
    monkeypatch.setitem(app.jinja_env.globals, "asset", lambda _: (_ for _ in ()).throw(FileNotFoundError))
    answer = client_for(None).get("/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "text/plain; charset=utf-8"


def test_a_line_in_the_log_names_the_route_and_nobody(client_for, cast, samples, caplog):
    with caplog.at_level(logging.DEBUG):
        client = client_for(None)
        try_to_sign_in(client, "CANARY-name", "192.0.2.1", "CANARY-password")
        client.get(f"/invitations/{samples.token}?CANARY=1")
        therapist = client_for(cast.therapist)
        therapist.get(f"/patients/{cast.patient.patient_id}/invitation")
    lines = [json.loads(record.message) for record in caplog.records if record.name == "coach.requests"]
    assert {line["route"] for line in lines} >= {"/sign-in", "/invitations/<token>"}
    assert "/patients/<uuid:patient_id>/invitation" in {line["route"] for line in lines}
    assert set(lines[-1]) == {"id", "method", "route", "status", "ms"}
    told = caplog.text
    for secret in (
        "CANARY", samples.token, str(cast.patient.patient_id), therapist.get_cookie("visit").value, "192.0.2.1"
    ):  # fmt: skip
        assert secret not in told


def _break() -> str:
    raise ValueError("CANARY: what somebody wrote")
