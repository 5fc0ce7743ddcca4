"""The patient's own page of safety questions: what a yes is answered with is in it, and what she answers is kept."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from coach import resource
from coach.db import tables as t
from coach.services import access, alerts, injections, safety, sessions
from coach.services.charts import ChartEntry
from coach.web.telephone import telephone_in
from tests.cast import NOW
from tests.given import INJECTED, give_practice
from tests.wording import telling

AT = int(NOW.timestamp() * 1000)


@pytest.fixture
def practising(database, cast):
    with database.write() as db:
        give_practice(db, cast)


@pytest.fixture
def kept(database):
    def kept():
        with database.read() as db:
            return list(db.scalars(select(t.SafetyAnswer).order_by(t.SafetyAnswer.check_id)))

    return kept


@pytest.fixture
def open_alerts(database, cast):
    def open_alerts():
        with database.read() as db:
            return alerts.open_of(db, cast.therapist.viewer, cast.patient.patient_id)

    return open_alerts


ASKED = ("spreading", "reaction", "same_day", "since_last_time", "leaking")  # as they stand on the page


def fields_of(page: str, **answers: str) -> dict[str, str]:
    """The page's form as a browser without scripts sends it; answers by the question's id."""
    found = dict(re.findall(r'name="((?:check|id)\.\d+)" value="([^"]*)"', page))
    return found | {f"answer.{ASKED.index(check)}": value for check, value in answers.items()}


def sent(check="spreading", value=True, **other) -> dict:
    return {"id": str(uuid.uuid4()), "check": check, "value": value, "at": AT, **other}


def upload(client, person, *events, **other):
    return client.post(f"/check/{person.patient_id}/answers", json={"events": list(events), **other})


def test_what_a_yes_is_answered_with_is_in_the_page_before_anything_is_answered(client_for, cast, practising):
    page = client_for(cast.patient).get("/check").text
    assert page.count("Call the emergency number now.") == 2
    assert "Please call your clinic today." in page
    assert 'href="tel:000"' in page
    assert "Tell your clinic about it at the next visit." in page


def test_the_most_urgent_stand_first_and_leaking_is_no_emergency(client_for, cast, practising):
    page = client_for(cast.patient).get("/check").text
    assert re.findall(r'class="check check-(\w+)"', page) == [
        "emergency",
        "emergency",
        "same_day",
        "same_day",
        "routine",
    ]
    routine = page.split('class="check check-routine"')[1].split("</fieldset>")[0]
    assert 'role="alert"' not in routine
    assert "tel:" not in routine


def test_the_address_and_the_title_give_nothing_away(client_for, cast, practising):
    page = client_for(cast.patient).get("/check").text
    assert not telling(re.search("<title>(.*)</title>", page)[1])


def test_where_nothing_is_asked_she_learns_whom_to_call(client_for, cast):
    page = client_for(cast.patient).get("/check").text
    assert "There is nothing to ask you on this day." in page
    assert 'href="tel:000"' in page


def test_after_an_injection_the_clinics_usual_questions_stand_there_without_any_program(client_for, cast, database):
    with database.write() as db:
        entry = ChartEntry(state="given", on=INJECTED, product="onabotulinumtoxinA (Botox)", units=100)
        injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW)
    assert "trouble swallowing" in client_for(cast.patient).get("/check").text


def test_the_plain_form_keeps_every_answer_and_says_what_to_do(client_for, cast, practising, kept, open_alerts):
    client = client_for(cast.patient)
    fields = fields_of(client.get("/check").text, spreading="yes", same_day="no")
    answer = client.post("/check", data=fields)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/check")
    assert [(each.check_id, each.is_yes) for each in kept()] == [("same_day", False), ("spreading", True)]
    assert [alert.urgency for alert in open_alerts()] == ["emergency"]
    page = client.get("/check").text
    assert page.index("Please read first") < page.index("<form class")
    assert "Your answers of 10:00" in re.sub(r"\s", " ", page)
    today = client.get("/today").text
    assert "Call the emergency number now." in today
    assert "Nothing more is asked of you today." in today


def test_the_plain_form_sent_twice_is_one_answer(client_for, cast, practising, kept, open_alerts):
    client = client_for(cast.patient)
    fields = fields_of(client.get("/check").text, spreading="yes")
    for _ in range(2):
        client.post("/check", data=fields)
    assert len(kept()) == 1
    assert len(open_alerts()) == 1


def test_a_form_without_an_answer_keeps_nothing(client_for, cast, practising, kept):
    client = client_for(cast.patient)
    fields = fields_of(client.get("/check").text)
    assert client.post("/check", data=fields | {"answer.0": "perhaps", "check.99": ""}).status_code == 303
    assert kept() == []


def test_an_upload_is_kept_once_however_often_it_is_sent(client_for, cast, practising, kept, open_alerts):
    client, event = client_for(cast.patient), sent()
    found = [upload(client, cast.patient, event).json["answers"] for _ in range(3)]
    assert [answer["status"] for (answer,) in found] == ["stored", "duplicate", "duplicate"]
    assert {answer["id"] for (answer,) in found} == {event["id"]}
    assert len(kept()) == 1
    assert len(open_alerts()) == 1


def test_what_waited_on_a_shared_device_goes_to_nobody_elses_record(client_for, cast, practising, kept):
    client = client_for(cast.other_patient)
    assert upload(client, cast.patient, sent()).status_code == 404
    assert upload(client_for(cast.therapist), cast.patient, sent()).status_code == 404
    assert upload(client_for(None), cast.patient, sent()).status_code == 401
    assert kept() == []


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"{", b'{"events": {}}', b'{"events": [1]}', b"\xff", b"[" * 50_000,
        json.dumps({"events": [sent(value="yes")]}).encode(),
        json.dumps({"events": [sent(check="")]}).encode(),
        json.dumps({"events": [sent(check="x" * 500)]}).encode(),
        json.dumps({"events": [sent(check="a\x00b")]}).encode(),
        json.dumps({"events": [sent(check="\ud800")]}).encode(),
        json.dumps({"events": [sent(at=True)]}).encode(),
        json.dumps({"events": [sent(at=1.5)]}).encode(),
        json.dumps({"events": [sent() | {"id": "x"}]}).encode(),
        json.dumps({"events": [sent(value=False)] * (safety.MOST_ANSWERS + 1)}).encode(),
    ],
)  # fmt: skip
def test_what_is_no_upload_of_ours_keeps_nothing(client_for, cast, practising, kept, body):
    answer = client_for(cast.patient).post(
        f"/check/{cast.patient.patient_id}/answers", data=body, content_type="application/json"
    )
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "bad_upload"
    assert kept() == []


def test_an_upload_has_its_size(client_for, cast, practising):
    answer = client_for(cast.patient).post(
        f"/check/{cast.patient.patient_id}/answers", data=b" " * 70_000, content_type="application/json"
    )
    assert answer.status_code == 413


@pytest.mark.parametrize("at", [-5, 0, 10**18])
def test_a_wrong_clock_keeps_no_answer_out(client_for, cast, practising, kept, at):
    assert upload(client_for(cast.patient), cast.patient, sent(at=at)).status_code == 200
    assert len(kept()) == 1


def test_it_is_reached_from_today_and_from_every_page_that_follows_a_session(client_for, cast, samples):
    client = client_for(cast.patient)
    assert 'href="/check"' in client.get("/today").text
    assert 'href="/check"' in client.get(f"/sessions/{samples.session_id}/summary").text
    assert '"check": "/check"' in client.get(f"/sessions/{samples.session_id}").text


def test_it_speaks_her_language(client_for, cast, practising, database):
    with database.write() as db:
        access.patient(db, cast.patient.viewer, cast.patient.patient_id).language = "es"
        db.get(t.Account, cast.patient.account_id).language = "es"
    page = client_for(cast.patient).get("/check").text
    assert "¿Te pasa algo de esto" in page
    assert "Una revisión breve" in page


@pytest.fixture
def emergency_number(database):
    with database.write() as db:
        for clinic in db.scalars(select(t.Clinic)):
            clinic.emergency_number, clinic.contact = "112", "112 in an emergency, the clinic: 555 0100"


def calls(part: str) -> list[tuple[str, bool]]:
    """Every number that a tap calls, in order, and whether it looks like a button."""
    return [(number, "button" in link) for link, number in re.findall(r'(<a [^>]*href="tel:([^"]*)"[^>]*>)', part)]


def parts_of(page: str, urgency: str) -> list[str]:
    return [part.split("</fieldset>")[0] for part in page.split(f'class="check check-{urgency}"')[1:]]


def test_in_an_emergency_the_emergency_number_is_the_first_call_and_the_one_button(
    client_for, cast, practising, emergency_number, database
):
    client = client_for(cast.patient)
    page = client.get("/check").text
    for part in parts_of(page, "emergency"):
        assert calls(part) == [("112", True), ("5550100", False)]
        assert part.index("tel:112") < part.index("After that, tell your clinic.") < part.index("tel:5550100")
    client.post("/check", data=fields_of(page, same_day="yes"))
    told = client.get("/check").text.split('aria-labelledby="told"')[1].split("</section>")[0]
    assert calls(told) == [("5550100", True)], "the clinic can wait for no emergency, and its words name another first"
    client.post("/check", data=fields_of(client.get("/check").text, spreading="yes"))
    told = client.get("/check").text.split('aria-labelledby="told"')[1].split("</section>")[0]
    warning = client.get("/today").text.split('aria-labelledby="warning"')[1].split("</section>")[0]
    assert calls(told) == calls(warning) == [("112", True), ("5550100", False)]


def test_without_a_number_for_emergencies_no_other_one_takes_its_place(client_for, cast, practising):
    for part in parts_of(client_for(cast.patient).get("/check").text, "emergency"):
        assert calls(part) == [("000", False)]


def test_what_can_wait_for_the_clinic_is_no_call_for_the_emergency_number(client_for, cast, practising, database):
    with database.write() as db:
        for clinic in db.scalars(select(t.Clinic)):
            clinic.emergency_number = "112"
    for part in parts_of(client_for(cast.patient).get("/check").text, "same_day"):
        assert calls(part) == [("000", True)]


def test_the_clinics_own_number_is_not_the_one_for_emergencies():
    assert telephone_in("112, or the clinic: 555 0100", besides="112") == "tel:5550100"
    assert telephone_in("In an emergency 112.", besides="1 1 2") is None


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("Call 000", "tel:000"),
        ("+49 30 123 45-67, Mon to Fri 8-12", "tel:+49301234567"),
        ("Tel. (030) 12 34 56 (mornings)", "tel:030123456"),
        ("write to us@example.org", None),
        ("from 8 to 12", None),
        (None, None),
    ],
)
def test_the_number_in_a_clinics_words_is_called_by_a_tap(words, address):
    assert telephone_in(words) == address


def test_as_many_answers_as_a_device_sends_at_once_are_taken(client_for, cast, practising, kept):
    queue = (resource("static") / "js" / "player" / "queue.js").read_text()
    most = int(re.search(r"const MOST = (\d+);", queue)[1])
    assert most == safety.MOST_ANSWERS == sessions.MOST_EVENTS
    # `seq` is sent too: the queue adds it to whatever waits.
    events = [sent(value=bool(number % 2), at=AT + number, seq=AT + number) for number in range(most)]
    assert upload(client_for(cast.patient), cast.patient, *events, client_now=AT).status_code == 200
    assert len(kept()) == most


def test_what_waits_on_a_device_does_not_say_what_was_asked(client_for, cast, practising, kept):
    client = client_for(cast.patient)
    tokens = re.findall(r'name="check\.\d+" value="([^"]*)"', client.get("/check").text)
    assert len(set(tokens)) == len(ASKED)
    assert all(re.fullmatch("[0-9a-f]{20}", token) for token in tokens)
    for token in tokens:
        upload(client, cast.patient, sent(token, value=False))
    assert {each.check_id for each in kept()} == set(ASKED)


def test_a_no_corrected_to_yes_before_the_next_page_is_there_is_heard(client_for, cast, practising, open_alerts):
    client = client_for(cast.patient)
    page = client.get("/check").text
    client.post("/check", data=fields_of(page, spreading="no"))
    client.post("/check", data=fields_of(page, spreading="yes"))
    assert len(open_alerts()) == 1


def test_a_clock_that_is_days_behind_is_put_right_by_what_the_device_shows_now(client_for, cast, practising, kept):
    behind = AT - 3 * 24 * 3600 * 1000
    upload(client_for(cast.patient), cast.patient, sent(at=behind - 60_000), client_now=behind)
    assert [each.day_on for each in kept()] == [NOW.date()]
    assert kept()[0].at == NOW - timedelta(minutes=1)


def test_an_answer_that_was_long_on_its_way_does_not_pass_the_one_after_it(client_for, cast, practising, kept):
    """The first upload took 900 ms, the second none: by what each clock showed the first would seem the later one."""
    client = client_for(cast.patient)
    upload(client, cast.patient, sent(value=True, at=AT - 960), client_now=AT - 900)
    upload(client, cast.patient, sent(value=False, at=AT - 900), client_now=AT)
    by_time = sorted(kept(), key=lambda each: each.at)
    assert [each.is_yes for each in by_time] == [True, False]


@pytest.mark.parametrize("shown", [0, -(10**30), 10**30, True, None, "x", 1.5])
def test_whatever_a_device_says_its_clock_shows_keeps_no_answer_out(client_for, cast, practising, kept, shown):
    assert upload(client_for(cast.patient), cast.patient, sent(), client_now=shown).status_code == 200
    assert len(kept()) == 1
