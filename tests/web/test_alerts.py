"""Alerts on a therapist's pages: on top of the review until somebody has seen them, and then on a page of their own."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from flask_babel import force_locale

from coach.domain.alerts import Raised
from coach.services import access, alerts, notices, safety
from coach.services.safety import IncomingAnswer
from coach.web.therapist import alert_words
from tests.cast import NOW
from tests.given import give_practice

HTMX = {"HX-Request": "true"}
CHECK = {"id": "spreading", "ask": "Any trouble <b>breathing</b>?", "say": "Call now.", "urgency": "emergency"}


@pytest.fixture
def raise_one(database, cast):
    def raise_one(key="one", kind="warning_sign", urgency="emergency", body=None, now=NOW):
        with database.write() as db:
            patient = access.patient(db, cast.therapist.viewer, cast.patient.patient_id)
            said = {"check": CHECK, "day_on": "2026-03-02"} if body is None else body
            alerts.raise_alert(db, patient, key=key, kind=kind, urgency=urgency, body=said, now=now)
            return alerts.open_of(db, cast.therapist.viewer, patient.id)[0].id

    return raise_one


@pytest.fixture
def review(cast):
    return f"/patients/{cast.patient.patient_id}"


def test_an_alert_stands_on_top_of_the_review_in_the_words_that_she_read(client_for, cast, review, raise_one):
    raise_one()
    page = client_for(cast.therapist).get(review).text
    assert page.index("She told of a sign of an emergency") < page.index('id="timeline"' if "timeline" in page else "x")
    assert "Any trouble &lt;b&gt;breathing&lt;/b&gt;?" in page
    assert "Call now." in page
    assert "on her own page" in page


def test_once_somebody_has_seen_it_it_is_on_its_own_page_with_who_and_when(client_for, cast, review, raise_one):
    alert, client = raise_one(), client_for(cast.therapist)
    answer = client.post(f"{review}/alerts/{alert}/acknowledgement", data={"note": "called <her>"})
    assert (answer.status_code, answer.headers["Location"]) == (303, review)
    assert "sign of an emergency" not in client.get(review).text
    page = client.get(f"{review}/alerts").text
    assert "Seen by Ines, 2 Mar 10:00." in page
    assert "called &lt;her&gt;" in page


def test_with_htmx_the_answer_is_what_is_still_open(client_for, cast, review, raise_one):
    first = raise_one()
    raise_one("two", kind="two_stops", urgency="routine", body={"ladder": "dilator"})
    answer = client_for(cast.therapist).post(f"{review}/alerts/{first}/acknowledgement", headers=HTMX)
    assert answer.text.lstrip().startswith('<section id="alerts"')
    assert "Two sessions in a row" in answer.text
    assert "sign of an emergency" not in answer.text


def test_on_their_own_page_too_the_most_urgent_stands_first(client_for, cast, review, raise_one):
    raise_one()
    raise_one("two", kind="two_stops", urgency="routine", body={}, now=NOW + timedelta(hours=1))
    page = client_for(cast.therapist).get(f"{review}/alerts").text
    assert page.index("sign of an emergency") < page.index("Two sessions in a row")


def test_a_note_that_is_too_long_is_kept_on_the_page(client_for, cast, review, raise_one):
    alert = raise_one()
    answer = client_for(cast.therapist).post(f"{review}/alerts/{alert}/acknowledgement", data={"note": "x" * 10_001})
    assert answer.status_code == 422
    assert "Please keep this within" in answer.text
    assert "x" * 10_001 in answer.text


def test_every_kind_has_words_and_one_that_nobody_knows_yet_too(client_for, cast, review, raise_one):
    raise_one("a", urgency="same_day", body={})
    raise_one("b", urgency="routine", body={"check": {"ask": "Leaking?"}})
    raise_one("c", kind="flare", urgency="routine", body={"ladder": "strength"})
    raise_one("d", kind="another", urgency="routine", body={})
    page = client_for(cast.therapist).get(review).text
    for heading in ("a call the same day", "known and not urgent", "A flare", "Something to look at"):
        assert heading in page
    assert page.index("a call the same day") < page.index("A flare")


def test_the_caseload_marks_her_until_somebody_has_seen_it(client_for, cast, review, raise_one):
    alert, client = raise_one(), client_for(cast.therapist)
    raise_one("two", kind="two_stops", urgency="routine", body={})
    page = client.get("/patients").text
    assert "an alert that nobody has seen yet" in page
    assert "something to look at" in page
    client.post(f"{review}/alerts/{alert}/acknowledgement")
    page = client.get("/patients").text
    assert "nobody has seen yet" not in page
    assert "something to look at" in page


def test_what_she_answered_on_her_own_page_is_listed_also_a_no(client_for, cast, database, review):
    with database.write() as db:
        no = IncomingAnswer(id=uuid.uuid4(), check_id="fine", is_yes=False, at=NOW)
        safety.record(db, cast.patient.viewer, [no], usual=(), now=NOW)
    page = client_for(cast.therapist).get(f"{review}/alerts").text
    assert "What she answered on her own page" in page
    assert "<td>No</td>" in page


def test_her_therapist_sees_what_she_was_told_and_when_she_read_it(client_for, cast, database, review):
    with database.write() as db:
        patient = access.patient(db, cast.therapist.viewer, cast.patient.patient_id)
        told = notices.tell(db, patient, "rung_held", {"size_mm": 22}, by=None, now=NOW)
    client = client_for(cast.therapist)
    assert "not read yet" in client.get(review).text
    with database.write() as db:
        notices.acknowledge(db, cast.patient.viewer, {told.id}, now=NOW + timedelta(hours=1))
    page = client.get(review).text
    assert "Your plan stays at 22 mm for now." in page
    assert "read 2 Mar 11:00" in page


def test_what_her_program_watches_for_stands_on_the_review(client_for, cast, database, review, clock):
    with database.write() as db:
        give_practice(db, cast)
    assert "asks for a look" not in client_for(cast.therapist).get(review).text
    clock.advance(days=3)
    page = client_for(cast.therapist).get(review).text
    assert "Her program asks for a look: 3 days or more without a session." in page
    assert "Practice after the injection" in page


def test_each_thing_that_a_program_watches_for_has_words(app):
    with app.test_request_context(), force_locale("en"):
        for on, params in (
            ("no_session", {"days": 3}),
            ("comfort_down", {"weeks": 2, "rungs": 1}),
            ("rating", {"times": 2, "days": 7}),
            ("rating", {"times": 2}),
        ):
            assert alert_words.watched(Raised(uuid.uuid4(), "any", on, params)).startswith("Her program asks")
