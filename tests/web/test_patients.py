"""Adding a patient, handing her the link once, her own set, and the caseload as it reads."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from tests.cast import NOW
from tests.services.test_caseload import TODAY, give, practise
from tests.web.digest import digest

ENTRY = {"name": "Linden 7", "zone": "Europe/Madrid", "language": "es", "dilators_mm": "13 16, 19; 22,5 mm"}


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


def unchanged(database):
    return digest(database, but=("sign_in",))


def added(database):
    with database.read() as db:
        return next(each for each in db.scalars(select(t.Patient)) if each.name == ENTRY["name"]).id


def link_in(page):
    return re.search(r"http://localhost(/invitations/[\w-]+)", page.text)


def test_a_new_patient_gets_a_link_that_is_shown_once_and_works_once(therapist, client_for, database):
    answer = therapist.post("/patients", data=ENTRY)
    assert answer.status_code == 303
    page = therapist.get(answer.headers["Location"])
    found = link_in(page)
    assert found, page.text
    assert link_in(therapist.get(answer.headers["Location"])) is None

    patient = client_for(None)
    assert patient.get(found[1]).status_code == 200
    taken = patient.post(found[1], data={"name": "linden", "password": "three slow mornings"})
    assert taken.status_code == 303
    assert client_for(None).get(found[1]).status_code == 404


def test_reloading_the_link_page_adds_nobody(therapist, database):
    answer = therapist.post("/patients", data=ENTRY)
    before = unchanged(database)
    therapist.get(answer.headers["Location"])
    therapist.get(answer.headers["Location"])
    assert unchanged(database) == before


def test_the_sizes_are_read_however_they_are_set_apart(therapist, database):
    therapist.post("/patients", data=ENTRY)
    with database.read() as db:
        sizes = db.scalars(
            select(t.Dilator.size_mm).where(t.Dilator.patient_id == added(database)).order_by(t.Dilator.rung)
        ).all()
    assert sizes == [13, 16, 19, 22.5]


def test_the_link_of_one_patient_is_not_shown_on_the_page_of_another(therapist, database, cast):
    therapist.post("/patients", data=ENTRY)
    assert link_in(therapist.get(f"/patients/{cast.other_patient.patient_id}/invitation")) is None


def test_a_new_link_puts_the_one_before_out_of_use(therapist, client_for, database):
    first = link_in(therapist.get(therapist.post("/patients", data=ENTRY).headers["Location"]))
    answer = therapist.post(f"/patients/{added(database)}/invitation")
    second = link_in(therapist.get(answer.headers["Location"]))
    assert client_for(None).get(first[1]).status_code == 404
    assert client_for(None).get(second[1]).status_code == 200


def test_a_patient_who_has_an_account_gets_no_second_link(therapist, cast, database):
    before = unchanged(database)
    answer = therapist.post(f"/patients/{cast.patient.patient_id}/invitation")
    assert answer.status_code == 303
    assert link_in(therapist.get(answer.headers["Location"])) is None
    assert unchanged(database) == before


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"name": " "}, "Please fill this in."),
        ({"name": "x" * 300}, "Please keep this within 120 characters."),
        ({"zone": "Mars/Olympus"}, "This time zone is not known."),
        ({"language": "tlh"}, "Please choose one of the languages."),
        ({"dilators_mm": "small"}, "We could not read “small”."),
        ({"dilators_mm": "13 1.000"}, "We could not read “1.000”."),
        ({"dilators_mm": "13 900"}, "900 mm cannot be a size."),
        ({"dilators_mm": "13 13"}, "13 mm is there twice."),
        ({"dilators_mm": " ".join(map(str, range(10, 40)))}, "These are more than 20."),
    ],
)
def test_a_bad_entry_is_kept_with_a_sentence_and_changes_nothing(therapist, database, changes, sentence):
    before = unchanged(database)
    page = therapist.post("/patients", data={**ENTRY, **changes})
    assert page.status_code == 422
    assert sentence in page.text
    assert 'value="Linden 7"' in page.text or "name" in changes
    assert unchanged(database) == before


def test_a_form_with_nothing_in_it_is_answered_with_what_is_missing(therapist):
    page = therapist.post("/patients", data={})
    assert page.status_code == 422
    assert page.text.count('class="error"') == 3


def test_what_a_therapist_wrote_is_shown_as_text(therapist):
    therapist.post("/patients", data={**ENTRY, "name": '<b hx-get="/sign-in">x</b>'})
    page = therapist.get("/patients").text
    assert "<b hx-get" not in page
    assert "&lt;b hx-get" in page


def test_her_set_grows_and_warns_of_an_abrupt_step(therapist, cast, database):
    path = f"/patients/{cast.patient.patient_id}/dilators"
    assert "None are charted." in therapist.get(path).text
    assert therapist.post(path, data={"dilators_mm": "13 16 24"}).status_code == 303
    assert "From 16 to 24 mm is a step of more than 5 mm." in therapist.get(path).text
    before = unchanged(database)
    page = therapist.post(path, data={"dilators_mm": "13"})
    assert page.status_code == 422
    assert "13 mm is there twice." in page.text
    assert unchanged(database) == before


def test_the_caseload_says_in_words_where_each_patient_is(therapist, cast):
    page = therapist.get("/patients").text
    assert page.index("Mara") < page.index("Noor")
    assert "no injection charted" in page
    assert "assign a program" in page
    assert "Pia" not in page


def test_the_caseload_says_that_she_is_back_and_after_how_long(therapist, cast, db):
    assignment = give(db, cast, cast.patient)
    for ago in (19, 1):
        practise(db, cast, assignment, TODAY - timedelta(days=ago))
    db.commit()
    assert "back after 18 days" in therapist.get("/patients").text


def test_a_number_of_sessions_that_is_not_whole_is_explained_in_the_caseload(therapist, cast, database):
    with database.write() as db:
        assignment = give(db, cast, cast.patient)
        practise(db, cast, assignment, TODAY - timedelta(days=1))
    assert "part sessions counted in part" not in therapist.get("/patients").text
    with database.write() as db:
        practise(db, cast, assignment, TODAY - timedelta(days=2), outcome="partial", credit=0.2)
    assert re.search(r"1\.2 of \d+ in the last 7 days.*part sessions counted in part", therapist.get("/patients").text)


def test_a_team_without_patients_is_shown_how_to_begin(client_for, cast):
    assert "No patients yet" in client_for(cast.team_outsider).get("/patients").text


@pytest.mark.parametrize("page", ["invitation", "dilators"])
def test_only_her_own_therapist_opens_her_pages(client_for, cast, page):
    path = f"/patients/{cast.patient.patient_id}/{page}"
    answers = {
        who: client_for(getattr(cast, who)).get(path).status_code
        for who in ("therapist", "team_outsider", "outsider", "patient", "other_patient")
    }
    assert answers == {
        "therapist": 200, "team_outsider": 404, "outsider": 404, "patient": 404, "other_patient": 404,
    }  # fmt: skip
    assert client_for(None).get(path).status_code == 303


def test_the_page_of_a_link_says_until_when_it_works(therapist, clock):
    page = therapist.get(therapist.post("/patients", data=ENTRY).headers["Location"])
    assert "until Monday, March 9, 2026" in page.text
    assert clock.now == NOW
