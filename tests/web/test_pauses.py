"""A rest as the patient says it with one press, and as her therapist sees and says it."""

from __future__ import annotations

import re

import pytest

from coach.db import tables as t
from tests.given import give_calm, give_practice


@pytest.fixture
def given(database, cast):
    with database.write() as db:
        give_calm(db, cast)


def end_address(page) -> str:
    return re.search(r'action="(/pause/[0-9a-f-]+/end)"', page.text)[1]


def test_not_today_is_one_press_on_today_and_is_taken_back_by_another(client_for, cast, given):
    browser = client_for(cast.patient)
    assert "Not today" in browser.get("/today").text
    answer = browser.post("/pause", data={"why": "not_today"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/today")
    page = browser.get("/today")
    assert "Today is yours." in page.text
    assert "Only if you would like to." in page.text
    assert 'value="not_today"' not in page.text
    assert browser.post(end_address(page)).status_code == 303
    page = browser.get("/today")
    assert "Today is yours." not in page.text
    assert "Twice today." in page.text


def test_a_rest_of_some_days_says_until_when_and_can_be_ended(client_for, cast, given, clock):
    browser = client_for(cast.patient)
    answer = browser.post("/pause", data={"why": "menses", "first_on": "2026-03-01", "last_on": "2026-03-06"})
    assert answer.status_code == 303
    page = browser.get("/today").text
    assert "Your plan takes a rest" in page
    assert "It lasts until Friday, March 6, 2026." in page
    page = browser.get("/pause")
    assert "Mar 1 to Mar 6" in page.text
    browser.post(end_address(page))
    assert "Your plan takes a rest" not in browser.get("/today").text


def test_a_bad_day_is_said_at_its_field_and_nothing_is_written(client_for, cast, given, database):
    browser = client_for(cast.patient)
    for form, words in [
        ({"why": "", "first_on": "2026-03-02"}, "Please choose one of these."),
        ({"why": "travel", "first_on": "2026-03-09"}, "Please choose today or a day that was."),
        ({"why": "travel", "first_on": "2026-01-01"}, "Please choose a day of the last 14 days."),
        ({"why": "travel", "first_on": "soon"}, "We could not read this day."),
        ({"why": "travel", "first_on": "2026-03-02", "last_on": "2026-03-01"}, "comes before the first one"),
        ({"why": "travel", "first_on": "2026-03-02", "last_on": "2036-03-01"}, "This day is far away."),
        ({"why": "hold", "first_on": "2026-03-02"}, "Please choose one of these."),
    ]:
        answer = browser.post("/pause", data=form)
        assert answer.status_code == 422
        assert words in answer.text
    with database.read() as db:
        assert db.query(t.Pause).count() == 0


def test_a_therapist_holds_a_program_with_a_note_and_ends_it(client_for, cast, given):
    hers, patients = client_for(cast.therapist), client_for(cast.patient)
    page = f"/patients/{cast.patient.patient_id}/pauses"
    answer = hers.post(page, data={"why": "hold", "first_on": "2026-03-02", "note": "until we have talked"})
    assert answer.status_code == 303
    shown = hers.get(page).text
    assert "Hold by a therapist" in shown
    assert "until we have talked" in shown
    today = patients.get("/today").text
    assert "Your therapist wants to look at your plan with you first." in today
    assert "until we have talked" not in today
    own = patients.get("/pause")
    assert "Your therapist began this rest and ends it with you." in own.text
    end = re.search(rf'action="({page}/[0-9a-f-]+/end)"', shown)[1]
    refused = patients.post(end.replace(f"/patients/{cast.patient.patient_id}/pauses", "/pause"))
    assert refused.status_code == 422
    assert hers.post(end, data={"last_on": "2026-03-09"}).status_code == 422
    assert hers.post(end, data={}).status_code == 303
    assert "Ines" in hers.get(page).text
    assert "Twice today." in patients.get("/today").text


def test_a_therapist_pauses_one_program_alone_but_no_insertion_in_it_alone(client_for, cast, given, database):
    hers = client_for(cast.therapist)
    with database.read() as db:
        assignment_id = db.query(t.Assignment.id).scalar()
    page = f"/patients/{cast.patient.patient_id}/pauses"
    form = {"why": "infection", "first_on": "2026-03-02", "assignment_id": str(assignment_id)}
    answer = hers.post(page, data=form)
    assert answer.status_code == 422
    assert "Please choose all of her programs." in answer.text
    assert hers.post(page, data=form | {"why": "illness"}).status_code == 422
    assert hers.post(page, data=form | {"why": "travel"}).status_code == 303
    assert hers.post(page, data=form | {"why": "travel", "assignment_id": "none"}).status_code == 422


def test_before_her_own_infection_ends_she_is_asked_whether_it_has_healed(client_for, cast, given):
    browser = client_for(cast.patient)
    browser.post("/pause", data={"why": "infection", "first_on": "2026-03-01"})
    page = browser.get("/today").text
    assert "It lasts until it has healed." in page
    shown = browser.get("/pause")
    assert "Has it healed" not in shown.text
    asked = browser.post(end_address(shown))
    assert asked.status_code == 422
    assert "Has it healed, or has your clinic said yes?" in asked.text
    assert "Your plan takes a rest" in browser.get("/today").text
    assert 'name="is_healed" value="yes"' in asked.text
    assert browser.post(end_address(asked), data={"is_healed": "yes"}).status_code == 303
    assert "Your plan takes a rest" not in browser.get("/today").text


def test_an_infection_that_her_therapist_told_of_is_not_hers_to_end_and_what_is_held_comes_after_it(
    client_for, cast, database
):
    with database.write() as db:
        give_practice(db, cast)
    hers, browser = client_for(cast.therapist), client_for(cast.patient)
    hers.post(f"/patients/{cast.patient.patient_id}/pauses", data={"why": "infection", "first_on": "2026-03-02"})
    page = browser.get("/today").text
    assert "It lasts until it has healed." in page
    assert ": after your rest." in page
    assert "when your therapist opens it" not in page
    shown = browser.get("/pause").text
    assert "Your therapist began this rest and ends it with you." in shown
    assert "Go on from today" not in shown


def test_a_pause_of_one_patient_is_not_ended_under_another(client_for, cast, samples, database):
    hers = client_for(cast.therapist)
    answer = hers.post(f"/patients/{cast.other_patient.patient_id}/pauses/{samples.pause_id}/end", data={})
    assert answer.status_code == 404
    with database.read() as db:
        assert db.get_one(t.Pause, samples.pause_id).ended_on is None
