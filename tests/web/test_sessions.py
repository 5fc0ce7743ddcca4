"""The pages of a session and the upload of its events: hers, and nobody else's."""

from __future__ import annotations

import gzip
import json
import re
import uuid
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.services import sign_ins
from coach.web.addresses import code_of
from coach.web.context import EXTENSION
from tests.cast import NOW
from tests.given import give_calm, give_practice
from tests.prepare import ROOT
from tests.web.conftest import make_app

AT = int(NOW.timestamp() * 1000)
OTHERS = ("other_patient", "outside_patient", "therapist", "team_outsider", "outsider")
PLAYER = ROOT / "static" / "js" / "player"


@pytest.fixture
def assignment(database, cast):
    with database.write() as db:
        return give_calm(db, cast)


@pytest.fixture
def practice(database, cast):
    with database.write() as db:
        return give_practice(db, cast)


@pytest.fixture
def patient(client_for, cast):
    return client_for(cast.patient)


def begin(client, assignment, key="calm", variant="") -> str:
    """Opens a session by the form and gives the path of its page."""
    answer = client.post(
        "/sessions", data={"assignment_id": str(assignment.id), "session_key": key, "variant": variant}
    )
    assert answer.status_code == 303, answer.text
    return answer.location


def event(seq, kind="noted", guided_ms=0, **body) -> dict:
    return {
        "id": str(uuid.uuid4()),
        "seq": seq,
        "kind": kind,
        "guided_ms": guided_ms,
        "mono_ms": seq * 1000,
        "at": AT + seq,
        "body": body,
    }


def send(client, path, *events, **more):
    return client.post(f"{path}/events", json={"client_now": AT, "events": list(events)}, **more)


def data_of(page) -> dict:
    found = re.search(r'<script type="application/json" id="session-data">(.*?)</script>', page.text, re.S)
    assert found
    return json.loads(found[1])


def events_stored(database) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(t.SessionEvent)) or 0


# -- pages ------------------------------------------------------------------------------------------------------------


def test_preparation_promises_that_she_can_stop_and_offers_not_today(patient, practice):
    page = patient.get(f"/assignments/{practice.id}/sessions/{code_of('dilate')}")
    assert page.status_code == 200
    for said in (
        "You can stop at any moment.",
        "Not today",
        "your dilator set",
        "Today: 22 mm or smaller",
        "Without dilators today",
        "No clinician has reviewed it yet",
    ):
        assert said in page.text
    assert page.text.count('name="variant"') == 3
    assert re.search(r'value=""\s+checked', page.text), "as planned unless she says otherwise"


def test_preparation_of_what_is_not_planned_today_does_not_start_it(patient, practice):
    page = patient.get(f"/assignments/{practice.id}/sessions/{code_of('familiar')}")
    assert page.status_code == 200
    assert "not part of today" in page.text
    assert '<form class="preparation"' not in page.text
    assert patient.get(f"/assignments/{practice.id}/sessions/nothing").status_code == 404


def test_the_players_page_holds_its_script_and_loads_neither_htmx_nor_anything_inline(patient, practice):
    page = patient.get(begin(patient, practice, "dilate"))
    data = data_of(page)
    assert data["script"]["session"] == "dilate"
    assert data["rate"] == 1
    assert "htmx.js" not in page.text
    for script in re.findall(r"<script[^>]*>", page.text):
        assert "src=" in script or 'type="application/json"' in script
    assert " style=" not in page.text
    assert "<style" not in page.text
    assert not re.search(r"\son[a-z]+=", page.text)


def test_what_was_opened_and_may_not_be_begun_any_more_leads_back_to_today_in_kind_words(
    patient, practice, clock, client_for, cast
):
    path = begin(patient, practice, "dilate")
    assert patient.get(path).status_code == 200
    clock.advance(days=1)
    answer = patient.get(path)
    assert (answer.status_code, answer.location) == (303, "/today?changed=yes")
    assert "Your plan is another one by now" in patient.get(answer.location).text
    assert "Your plan is another one by now" not in patient.get("/today").text


def test_a_text_of_the_program_cannot_leave_the_data_block(database, cast, patient):
    text = """
title: "</script><script>alert(1)</script>"
language: en
exercises: {rest: {kind: relaxation, title: "</script><b>Rest", for: 60s}}
sessions: {calm: {title: "<!--<script>", steps: [rest]}}
phases: [{id: all, title: All, from: start, do: {calm: 1 per day}}]
"""
    from tests.given import give_text

    with database.write() as db:
        assignment = give_text(db, cast, "odd", text)
    page = patient.get(begin(patient, assignment))
    assert data_of(page)["script"]["title"] == "<!--<script>"
    assert data_of(page)["script"]["steps"][0]["title"] == "</script><b>Rest"
    assert "<b>Rest" not in page.text


def test_the_clock_runs_faster_only_in_a_demonstration(settings, clock, database, cast, patient, assignment):
    path = begin(patient, assignment)
    assert data_of(patient.get(f"{path}?rate=20"))["rate"] == 1
    demo = make_app(replace(settings, is_demo=True), clock)
    with database.write() as db:
        token = sign_ins.open_sign_in(db, cast.patient.account_id, now=clock())
    client = demo.test_client()
    client.set_cookie("visit", token, domain="localhost")
    rates = [data_of(client.get(f"{path}?rate={asked}"))["rate"] for asked in ("20", "9999", "x", "nan")]
    demo.extensions[EXTENSION].database.engine.dispose()
    assert rates == [20, 60, 1, 1]


def test_a_session_that_was_begun_is_offered_again_and_not_started_twice(patient, assignment):
    path = begin(patient, assignment)
    send(patient, path, event(1, "started"))
    page = patient.get(f"/assignments/{assignment.id}/sessions/{code_of('calm')}")
    assert f'href="{path}"' in page.text
    assert begin(patient, assignment, variant="short") == path


def test_a_variant_that_is_not_there_shows_the_choice_again(patient, assignment):
    answer = patient.post(
        "/sessions", data={"assignment_id": str(assignment.id), "session_key": "calm", "variant": "long"}
    )
    assert answer.status_code == 422
    assert "Please choose another one" in answer.text


@pytest.mark.parametrize(
    "form", [{}, {"assignment_id": "x", "session_key": "calm"}, {"assignment_id": str(uuid.uuid4())}]
)
def test_a_form_for_nothing_opens_nothing(patient, assignment, database, form):
    assert patient.post("/sessions", data=form).status_code == 404
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(t.Session)) == 0


def test_what_she_wrote_to_her_therapist_does_not_go_back_into_the_page(patient, assignment):
    path = begin(patient, assignment)
    send(patient, path, event(1, "started"), event(2, "noted", text="canary in the mine"))
    page = patient.get(path)
    assert "canary" not in page.text
    assert [row["kind"] for row in data_of(page)["log"]] == ["started", "noted"]


def test_stopping_is_told_as_something_done(patient, assignment):
    path = begin(patient, assignment)
    send(patient, path, event(1, "started"), event(2, "stopped", reason=None))
    page = patient.get(f"{path}/summary").text
    assert "You stopped when it was right for you" in page
    assert "It counts." in page
    assert not re.search(r"\b(fail|missed|only|should|must|incomplete|abort)", page, re.I)
    assert "Call 000" not in page


def test_strong_pain_brings_the_clinics_own_words(patient, assignment):
    path = begin(patient, assignment)
    pain = event(2, "answered", moment="before", scale="pain", value=8)
    assert send(patient, path, event(1, "started"), pain).json["outcome"] == "stopped"
    page = patient.get(f"{path}/summary").text
    assert "Call 000" in page
    assert "If it still hurts in a while" in page


@pytest.mark.parametrize(
    ("scale", "why"), [("pain", "It hurt a lot"), ("anxiety", "Look around the room. Feel what holds you.")]
)
def test_what_a_stop_rule_ended_is_told_as_right_with_what_helps_now(patient, assignment, scale, why):
    path = begin(patient, assignment)
    # Fear is asked for again after two minutes: a rule waits to see whether it stays.
    answers = [event(seq, "answered", moment="before", scale=scale, value=8) for seq in (2, 200)]
    found = send(patient, path, event(1, "started"), *answers)
    assert found.json["outcome"] == "stopped"
    page = patient.get(f"{path}/summary").text
    assert "It ended early, and that was right" in page
    assert why in page
    assert "It counts." in page
    assert "You stopped" not in page


def test_a_whole_session_is_told_in_words(patient, assignment):
    path = begin(patient, assignment, variant="short")
    answers = [
        event(seq, "answered", moment=moment, scale=scale, value=value)
        for seq, (moment, scale, value) in enumerate([("before", "pain", 3), ("before", "anxiety", 5)], 2)
    ]
    after = [
        event(seq, "answered", 900_000 if seq == 4 else 0, moment="after", scale=scale, value=1)
        for seq, scale in enumerate(("pain", "anxiety", "let_go"), 4)
    ]
    assert send(patient, path, event(1, "started"), *answers, *after).json["outcome"] == "complete"
    page = patient.get(f"{path}/summary").text
    for said in ("Thank you for practising", "3 before, 1 during", "Belly and rib breathing", "2 minutes"):
        assert said in page


def test_a_stop_for_pain_is_told_with_the_pain_it_was_for(patient, assignment):
    path = begin(patient, assignment)
    answers = [
        event(seq, "answered", moment=moment, scale=scale, value=value)
        for seq, (moment, scale, value) in enumerate(
            [("before", "pain", 2), ("before", "anxiety", 1), ("during", "pain", 8)], 2
        )
    ]
    sent = send(patient, path, event(1, "started"), *answers, event(5, "stopped", reason="pain"))
    assert sent.json["outcome"] == "stopped"
    assert "2 before, 8 during" in patient.get(f"{path}/summary").text


def test_an_open_session_offers_to_go_on(patient, assignment):
    path = begin(patient, assignment)
    send(patient, path, event(1, "started"))
    page = patient.get(f"{path}/summary").text
    assert "Still open" in page
    assert f'href="{path}"' in page


# -- who --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", OTHERS)
def test_nobody_else_gets_any_page_of_hers_nor_writes_into_it(who, cast, client_for, patient, assignment, database):
    path = begin(patient, assignment)
    other = client_for(getattr(cast, who))
    for address in (path, f"{path}/summary", f"/assignments/{assignment.id}/sessions/{code_of('calm')}"):
        assert other.get(address).status_code == 404
    answer = send(other, path, event(1, "started"))
    assert answer.status_code == 404
    assert set(answer.json) == {"error"}
    opening = other.post("/sessions", data={"assignment_id": str(assignment.id), "session_key": "calm"})
    assert opening.status_code == 404
    assert events_stored(database) == 0


def test_nobody_signed_in_is_sent_to_sign_in_and_an_upload_is_told_so(client_for, patient, assignment, database):
    path = begin(patient, assignment)
    nobody = client_for(None)
    for address in (path, f"{path}/summary", f"/assignments/{assignment.id}/sessions/{code_of('calm')}"):
        answer = nobody.get(address)
        assert answer.status_code == 303
        assert answer.location.startswith("/sign-in")
    assert nobody.post("/sessions", data={}).status_code == 303
    answer = send(nobody, path, event(1, "started"))
    assert (answer.status_code, answer.json["error"]["code"]) == (401, "signed_out")
    assert events_stored(database) == 0


# -- upload -----------------------------------------------------------------------------------------------------------


def test_each_event_is_answered_by_its_id(patient, assignment):
    path = begin(patient, assignment)
    events = [event(1, "started"), event(2, "danced"), event(3, "stopped")]
    first = send(patient, path, *events)
    assert first.status_code == 200
    assert first.json == {
        "answers": [
            {"id": events[0]["id"], "status": "stored"},
            {"id": events[1]["id"], "status": "rejected", "code": "kind"},
            {"id": events[2]["id"], "status": "stored"},
        ],
        "outcome": "stopped",
    }
    again = send(patient, path, *events)
    assert [answer["status"] for answer in again.json["answers"]] == ["duplicate", "rejected", "duplicate"]


GOOD = event(1, "started")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 100_000,
        b"null",
        b"[]",
        b"{}",
        b'{"events": {}}',
        b"\xff\xfe",
        json.dumps({"events": [None]}).encode(),
        json.dumps({"events": [GOOD, {**GOOD, "id": "x"}]}).encode(),
        json.dumps({"events": [GOOD, {**GOOD, "id": None}]}).encode(),
        json.dumps({"events": [{**GOOD, "seq": True}]}).encode(),
        json.dumps({"events": [{**GOOD, "seq": 1.5}]}).encode(),
        json.dumps({"events": [{**GOOD, "guided_ms": "3"}]}).encode(),
        json.dumps({"events": [{**GOOD, "at": None}]}).encode(),
        json.dumps({"events": [{**GOOD, "kind": 3}]}).encode(),
        json.dumps({"events": [{**GOOD, "body": []}]}).encode(),
        json.dumps({"events": [{**GOOD, "id": str(uuid.uuid4())}] * 201}).encode(),
    ],
)
def test_what_the_player_does_not_send_is_answered_and_changes_nothing(patient, assignment, database, body):
    path = begin(patient, assignment)
    answer = patient.post(f"{path}/events", data=body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json["error"]["say"]
    assert events_stored(database) == 0


@pytest.mark.parametrize("at", [-(10**18), 0, 10**18])
def test_a_clock_however_wrong_is_no_reason_to_refuse(patient, assignment, at):
    path = begin(patient, assignment)
    answer = send(patient, path, {**event(1, "started"), "at": at})
    assert answer.json["answers"][0]["status"] == "stored"


def test_odd_text_comes_through_as_it_is(patient, assignment):
    path = begin(patient, assignment)
    odd = ["\ud800", "\x00", "𝔘nicode\u202e", "x" * 7000, '"}]</script>']
    answer = send(patient, path, event(1, "started"), *(event(n, "noted", text=text) for n, text in enumerate(odd, 2)))
    assert {each["status"] for each in answer.json["answers"]} == {"stored"}
    assert patient.get(path).status_code == 200
    assert patient.get(f"{path}/summary").status_code == 200


def test_an_upload_above_the_limit_is_refused(patient, assignment, database):
    path = begin(patient, assignment)
    answer = patient.post(f"{path}/events", data=b" " * (512 * 1024 + 1), content_type="application/json")
    assert answer.status_code == 413
    assert answer.json["error"]
    assert events_stored(database) == 0


def test_an_upload_without_the_forms_token_changes_nothing(patient, assignment, database):
    path = begin(patient, assignment)
    answer = send(patient, path, event(1, "started"), csrf=False)
    assert answer.status_code == 400
    assert answer.json["error"]
    assert events_stored(database) == 0


# -- neutral and light ------------------------------------------------------------------------------------------------

REVEALING = re.compile(r"pelvi|vagin|dilat|botul|toxin|muscle|intim|sex", re.I)


def test_no_title_address_or_name_that_a_device_keeps_says_what_it_is_for(patient, practice):
    path = begin(patient, practice, "dilate")
    for page in (patient.get(path), patient.get(f"{path}/summary")):
        assert not REVEALING.search(re.search(r"<title>(.*?)</title>", page.text, re.S)[1])
        addresses = re.findall(r'(?:href|src|action)="([^"]+)"', page.text)
        assert addresses
        assert not [address for address in addresses if REVEALING.search(address)]
    assert not REVEALING.search(path)
    for file in (*PLAYER.glob("*.js"), ROOT / "static" / "css" / "player.css"):
        assert not REVEALING.search(file.name)
        assert not REVEALING.search(file.read_text()), file.name


def test_the_players_page_stays_light(patient, practice):
    def weight(text: str) -> int:
        return len(gzip.compress(text.encode(), 9))

    page = patient.get(begin(patient, practice, "dilate"))
    assert weight(page.text) <= 12_000
    assert weight((ROOT / "static" / "css" / "player.css").read_text()) <= 8_000
