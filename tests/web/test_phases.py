"""The end of a phase on the pages: a line with a button for her therapist, an offer for her."""

from __future__ import annotations

import pytest

from coach.db import tables as t
from tests.services.test_phases import at, give, practise


def shown(database, cast, needs):
    with database.write() as db:
        given = give(db, cast, needs=needs)
        for day in (0, 1):
            practise(db, cast, given, day, 1)
        return given.id


def ends(database):
    with database.read() as db:
        return [(row.phase, row.last_on) for row in db.query(t.PhaseEnd).order_by(t.PhaseEnd.number)]


def test_a_therapist_finds_the_line_on_the_review_and_ends_the_phase_with_a_reason(client_for, cast, database, clock):
    assignment_id = shown(database, cast, "therapist")
    clock.now = at(1)
    browser = client_for(cast.therapist)
    review = browser.get(f"/patients/{cast.patient.patient_id}").text
    assert "has shown what its program asks for: 2 of 2." in review
    assert "End this phase" in review
    page = f"/patients/{cast.patient.patient_id}/phases"
    form = {"assignment_id": str(assignment_id), "phase": "one"}
    answer = browser.post(page, data=form)
    assert answer.status_code == 422
    assert "Please fill this in." in answer.text
    assert browser.post(page, data=form | {"reason": "it goes well", "last_on": "soon"}).status_code == 422
    assert browser.post(page, data=form | {"reason": "it goes well", "last_on": "2026-03-03"}).status_code == 303
    assert ends(database) == [("one", at(1).date())]
    assert "it goes well" in browser.get(page).text
    assert browser.post(page, data=form | {"reason": "too early", "take_back": "1"}).status_code == 303
    assert ends(database)[-1] == ("one", None)


def test_she_finds_the_offer_on_today_and_goes_on_with_one_press(client_for, cast, database, clock):
    assignment_id = shown(database, cast, "patient")
    clock.now = at(1)
    browser = client_for(cast.patient)
    assert "Ready for the next part?" in browser.get("/today").text
    form = {"assignment_id": str(assignment_id), "part": "one"}
    for _ in range(2):
        assert browser.post("/parts/end", data=form).headers["Location"] == "/today"
    assert ends(database) == [("one", at(1).date())]
    assert "Ready for the next part?" not in browser.get("/today").text


@pytest.mark.parametrize("form", [{}, {"assignment_id": "none", "part": "one"}])
def test_a_form_of_nobody_finds_nothing(client_for, cast, form):
    assert client_for(cast.patient).post("/parts/end", data=form).status_code == 404


def test_a_phase_of_one_patient_is_not_ended_under_another(client_for, cast, database, clock):
    assignment_id = shown(database, cast, "therapist")
    clock.now = at(1)
    answer = client_for(cast.therapist).post(
        f"/patients/{cast.other_patient.patient_id}/phases",
        data={"assignment_id": str(assignment_id), "phase": "one", "reason": "x"},
    )
    assert answer.status_code == 404
    assert ends(database) == []
