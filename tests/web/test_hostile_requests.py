"""What no browser of ours sends: every answer to it is a refusal in time, and every page opens after it."""

from __future__ import annotations

import json
import uuid

import pytest

from coach.db import tables as t
from coach.services import sessions
from tests.web.signing_in import try_to_sign_in

CHART = {"state": "given", "on": "2026-02-02", "product": "E", "units": "50", "reason": "r"}


def test_a_name_that_no_file_can_have_is_not_there(client_for):
    client = client_for(None)
    for path in ("a" * 300 + ".css", "%00.css", "..%2f..%2fcoach.css", "css", "css/", "%ED%A0%80.css"):
        assert client.get(f"/static/{path}").status_code == 404, path


@pytest.mark.parametrize("origin", ["http://[x", "http://", "//", "http://localhost:80@evil.example", "localhost"])
def test_an_origin_that_cannot_be_read_is_another_site(client_for, cast, origin):
    assert client_for(cast.patient).post("/sign-out", headers={"Origin": origin}).status_code == 403


def test_addresses_of_the_old_kind_are_told_apart_on_a_socket_for_both(client_for, cast):
    for number in range(20):
        assert try_to_sign_in(client_for(None), f"somebody-{number}", "::ffff:192.0.2.1").status_code == 422
    assert try_to_sign_in(client_for(None), "somebody", "::ffff:192.0.2.1").status_code == 429
    assert try_to_sign_in(client_for(None), "somebody", "192.0.2.1").status_code == 429
    assert try_to_sign_in(client_for(None), "somebody", "::ffff:192.0.2.2").status_code == 422


def test_a_number_of_5000_digits_is_no_chart(client_for, cast, samples):
    path = f"/patients/{cast.patient.patient_id}/injections/{samples.injection_id}"
    answer = client_for(cast.therapist).post(path, data={**CHART, "after": "9" * 5000})
    assert answer.status_code == 422


def test_a_form_of_thousands_of_rows_is_answered_with_a_short_page(client_for, cast):
    sites = {f"site_{name}": ["1"] * 5_000 for name in ("muscle", "side", "clock", "units")}
    path = f"/patients/{cast.patient.patient_id}/injections"
    for button in ({}, {"add_site": "1"}):
        answer = client_for(cast.therapist).post(path, data={**CHART, **sites, **button})
        assert answer.status_code == (200 if button else 422)
        assert len(answer.data) < 200_000
    answer = client_for(cast.patient).post("/settings/reminders", data={"channel": "email", "time": ["1"] * 20_000})
    assert answer.status_code == 422
    assert len(answer.data) < 50_000


def test_what_cannot_be_printed_is_not_charted(client_for, cast, database):
    path = f"/patients/{cast.patient.patient_id}/injections"
    answer = client_for(cast.therapist).post(path, data={**CHART, "product": "a\0b\u202ec\x07"})
    assert answer.status_code == 303
    with database.read() as db:
        assert db.query(t.InjectionChart.product).order_by(t.InjectionChart.charted_at.desc()).first()[0] == "a b c"


ODD_EVENTS = {
    "half a letter": ("noted", r'{"text": "so far \ud83d"}', 0),
    "half a letter as a scale": ("answered", r'{"moment": "during", "scale": "\udc00", "value": "\udc00"}', 0),
    "a list as a safety question": ("answered", '{"moment": "safety", "check": [], "value": 1}', 0),
    "the last moment of time": ("noted", "{}", 10**30),
    "before time": ("noted", "{}", -(10**30)),
    "NaN": ("paused", '{"why": "gap", "lost_ms": NaN}', 0),
    "infinity": ("answered", '{"moment": "during", "scale": "pain", "value": 1e999}', 0),
    "900 levels": ("noted", '{"a":' * 900 + "1" + "}" * 900, 0),
    "a long number": ("paused", '{"why": "gap", "lost_ms": ' + "9" * 4000 + "}", 0),
}


@pytest.mark.parametrize("name", ODD_EVENTS)
def test_every_page_opens_after_an_odd_event(client_for, cast, samples, name):
    kind, body, at = ODD_EVENTS[name]
    hers, therapist = client_for(cast.patient), client_for(cast.therapist)
    path = f"/sessions/{samples.session_id}"
    event = f'{{"id": "{uuid.uuid4()}", "seq": 2, "kind": "{kind}", "guided_ms": 0, "mono_ms": 0, "at": {at}, '
    sent = f'{{"client_now": 0, "events": [{event} "body": {body}}}]}}'
    answer = hers.post(f"{path}/events", data=sent, content_type="application/json")
    assert answer.status_code in (200, 400)
    for page in (path, f"{path}/summary", "/today"):
        shown = hers.get(page)
        assert shown.status_code == 200, page
    assert therapist.get(f"/patients/{cast.patient.patient_id}{path}").status_code == 200
    assert therapist.get(f"/patients/{cast.patient.patient_id}").status_code == 200
    data = hers.get(path).text.partition('id="session-data">')[2].partition("</script>")[0]
    json.loads(data, parse_constant=pytest.fail)


def test_a_note_that_ends_in_half_a_letter_is_kept(client_for, cast, samples):
    event = {"id": str(uuid.uuid4()), "seq": 2, "kind": "noted", "guided_ms": 0, "mono_ms": 0, "at": 0}
    sent = {"events": [{**event, "body": {"text": "so far \ud83d"}}]}
    answer = client_for(cast.patient).post(f"/sessions/{samples.session_id}/events", json=sent)
    assert answer.json["answers"][0]["status"] == "stored"
    page = client_for(cast.therapist).get(f"/patients/{cast.patient.patient_id}/sessions/{samples.session_id}")
    assert "so far" in page.text


def test_a_log_has_an_end(client_for, cast, samples, database):
    client, path = client_for(cast.patient), f"/sessions/{samples.session_id}/events"

    def send(seq):
        event = {"id": str(uuid.uuid4()), "seq": seq, "kind": "noted", "guided_ms": 0, "mono_ms": 0, "at": 0}
        return client.post(path, json={"events": [event]}).json["answers"][0]

    assert send(sessions.MOST_SEQ + 1)["code"] == "seq"
    assert send(sessions.MOST_SEQ)["status"] == "stored"
    assert sessions.MOST_SEQ <= 10_000, "every upload reads the log from its beginning"


def test_only_the_beginning_of_a_megabyte_is_looked_at_as_a_name(client_for):
    """Each of these letters becomes eighteen when names are made comparable."""
    client = client_for(None)
    answer = client.post("/sign-in", data={"name": "\ufdfa" * 100_000, "password": "x"})
    assert answer.status_code == 422
    assert len(answer.data) < 20_000
