"""Giving a program in the browser: the fields that it needs, a form that is kept, her place and the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import assignments, dilators, injections, programs
from coach.services.charts import ChartEntry
from tests.cast import NOW
from tests.services.test_assignments import CALM, SIZES, TODAY
from tests.web.digest import digest


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def path(cast):
    return f"/patients/{cast.patient.patient_id}/assignments"


def publish(database, cast, clock, text, key):
    with database.write() as db:
        done = programs.import_text(
            db, cast.therapist.viewer, key=key, text=text, imports_reader=lambda _: None, now=clock()
        )
        return done.program.id


@pytest.fixture
def calm(database, cast, clock):
    return publish(database, cast, clock, CALM, "calm")


@pytest.fixture
def sizes(database, cast, clock):
    return publish(database, cast, clock, SIZES, "sizes")


@pytest.fixture
def own_set(database, cast):
    with database.write() as db:
        dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[13, 16, 19], now=NOW)


@pytest.fixture
def injection(database, cast, clock):
    with database.write() as db:
        entry = ChartEntry(state="planned", on=TODAY + timedelta(days=7))
        return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=clock()).injection.id


@pytest.fixture
def standing(database, cast, clock, sizes, own_set, injection):
    with database.write() as db:
        return assignments.assign(
            db,
            cast.therapist.viewer,
            cast.patient.patient_id,
            program_id=sizes,
            start_on=TODAY,
            injection_id=injection,
            placements={"dilator": "d1"},
            now=clock(),
        ).id


def unchanged(database):
    return digest(database, but=("sign_in",))


def test_without_a_choice_the_clinics_programs_are_offered(therapist, path, calm, sizes):
    page = therapist.get(f"{path}/new").text
    assert page.count("program-choice") == 2
    assert "Choose a program" in page
    assert 'name="start_on"' not in page


def test_the_fields_are_those_that_the_program_needs(therapist, path, calm, sizes, own_set, injection):
    simple = therapist.get(f"{path}/new?program={calm}").text
    assert 'name="parameters.resting" value="5"' in simple
    assert "The program says 5 min. 2 min to 20 min are possible." in simple
    assert 'name="injection_id"' not in simple
    full = therapist.get(f"{path}/new?program={sizes}").text
    assert f'name="injection_id" value="{injection}" checked' in full
    assert full.count('name="placements.dilator"') == 3
    assert "“strength” stays locked until you open it for her." in full


def test_a_further_injection_leads_to_a_program_that_goes_by_it(therapist, path, sizes, own_set, injection, cast):
    """From its own page and from the review, until one is assigned; the nearer injection is then not the one meant."""
    chart, review = f"/patients/{cast.patient.patient_id}/injections", f"/patients/{cast.patient.patient_id}"
    answer = therapist.post(chart, data={"state": "planned", "on": (TODAY + timedelta(days=100)).isoformat()})
    further = answer.headers["Location"].rsplit("/", 1)[-1]
    way = f"{path}/new?injection={further}"
    assert way in therapist.get(f"{chart}/{further}").text
    assert way in therapist.get(review).text
    choice = f"{path}/new?program={sizes}&amp;injection={further}"
    assert choice in therapist.get(way).text
    assert f'value="{further}" checked' in therapist.get(choice.replace("&amp;", "&")).text
    given = {"program_id": sizes, "start_on": TODAY.isoformat(), "injection_id": further, "placements.dilator": "d1"}
    assert therapist.post(path, data=given).status_code == 303
    assert way not in therapist.get(f"{chart}/{further}").text
    assert way not in therapist.get(review).text
    assert f"{path}/new?injection={injection}" in therapist.get(f"{chart}/{injection}").text


def test_htmx_gets_the_choice_and_the_fields_alone(therapist, path, calm):
    page = therapist.get(f"{path}/new?program={calm}", headers={"HX-Request": "true"}).text
    assert page.lstrip().startswith('<div id="assignment-fields"')


def test_where_something_has_to_be_charted_first_the_form_leads_there(therapist, path, sizes, cast):
    page = therapist.get(f"{path}/new?program={sizes}").text
    assert f'href="/patients/{cast.patient.patient_id}/injections/new"' in page
    assert f'href="/patients/{cast.patient.patient_id}/dilators"' in page


def test_a_program_is_assigned_and_stands_among_hers(therapist, path, sizes, own_set, injection, database):
    answer = therapist.post(
        path,
        data={
            "program_id": sizes,
            "start_on": "2026-03-02",
            "injection_id": injection,
            "placements.dilator": "d2",
        },
    )
    assert answer.status_code == 303
    page = therapist.get(answer.headers["Location"]).text
    assert "Sizes" in page
    assert "goes by the injection of March 9, 2026" in page
    assert "<strong>16 mm</strong>" in page
    assert "locked" in page


def test_minutes_that_were_typed_are_kept_as_prescribed(therapist, path, calm, database):
    therapist.post(path, data={"program_id": calm, "start_on": "2026-03-02", "parameters.resting": "7,5"})
    with database.read() as db:
        assert db.scalars(select(t.Assignment.parameters)).one() == {"resting": 450_000}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"start_on": ""}, "Please fill this in."),
        ({"start_on": "soon"}, "We could not read this day."),
        ({"start_on": "2126-03-02"}, "This day is very far away."),
        ({"parameters.resting": "1"}, "The program allows no less than 2 min."),
        ({"parameters.resting": "90"}, "The program allows no more than 20 min."),
        ({"parameters.resting": "long"}, "We could not read “long”."),
        ({"parameters.breaths": "4.5"}, "Please give a whole number."),
        ({"placements.height": "d1"}, "Nothing is written down yet."),
        ({"injection_id": "not-an-id"}, "Nothing is written down yet."),
    ],
)
def test_a_bad_entry_is_kept_with_a_sentence_and_changes_nothing(therapist, path, calm, database, changes, sentence):
    before = unchanged(database)
    form = {"program_id": calm, "start_on": "2026-03-04", "parameters.breaths": "9", **changes}
    page = therapist.post(path, data=form)
    assert page.status_code == 422
    assert sentence in page.text
    assert 'value="2026-03-04"' in page.text or "start_on" in changes
    assert 'name="parameters.breaths" value="9"' in page.text or "parameters.breaths" in changes
    assert unchanged(database) == before


@pytest.mark.parametrize("program_id", ["", "nonsense"])
def test_without_a_program_the_choice_is_shown_again(therapist, path, calm, program_id):
    page = therapist.post(path, data={"program_id": program_id})
    assert page.status_code == 422
    assert "program-choice" in page.text


def test_what_the_program_needs_is_asked_for(therapist, path, sizes, own_set, injection, database):
    before = unchanged(database)
    page = therapist.post(path, data={"program_id": sizes, "start_on": "2026-03-02"})
    assert page.status_code == 422
    assert page.text.count("Please fill this in.") == 2
    assert unchanged(database) == before


def test_a_second_press_assigns_nothing_twice(therapist, path, calm, database):
    form = {"program_id": calm, "start_on": "2026-03-02"}
    assert therapist.post(path, data=form).status_code == 303
    before = unchanged(database)
    page = therapist.post(path, data=form)
    assert page.status_code == 422
    assert "She does this program already, since March 2, 2026." in page.text
    assert unchanged(database) == before


def test_the_first_weeks_and_what_is_otherwise_are_there_before_it_is_given(therapist, path, calm, database):
    page = therapist.get(f"{path}/new?program={calm}").text
    assert "Her first six weeks" in page
    assert page.count("<td>Calm 7×") == 0  # beside the phase, not alone
    assert page.count("Calm 7×") == 6
    assert "Otherwise than the program says" not in page
    before = unchanged(database)
    form = {"program_id": calm, "start_on": "2026-03-05", "parameters.resting": "7.5", "tell": "preview"}
    told = therapist.post(path, data=form, headers={"HX-Request": "true"}).text
    assert told.lstrip().startswith('<div id="first-weeks"')
    assert "<del>5 min</del> → <ins>7 min 30 s</ins>" in told
    assert "Calm 4×" in told  # from Thursday on
    assert "7 min 30 s" in therapist.post(path, data=form).text  # without a script
    assert unchanged(database) == before


def test_what_an_injection_ahead_holds_back_is_said_where_it_is_chosen(therapist, path, sizes, own_set, injection):
    page = therapist.get(f"{path}/new?program={sizes}").text
    assert "all that inserts is held back from March 9, 2026 on." in page
    form = {"program_id": sizes, "start_on": "2026-03-02", "injection_id": injection, "placements.dilator": "d1"}
    told = therapist.post(path, data=form | {"tell": "preview"}, headers={"HX-Request": "true"}).text
    assert "held back:</span>" in told or "held back:" in told
    assert "Lifts until you open its ladder" in told


def test_an_older_revision_can_be_chosen(therapist, path, calm, database, cast, clock):
    publish(database, cast, clock, CALM.replace("Rest.", "Rest well."), "calm")
    with database.read() as db:
        first = db.scalars(select(t.Revision.id).where(t.Revision.program_id == calm, t.Revision.number == 1)).one()
    newest = therapist.get(f"{path}/new?program={calm}").text
    assert "revision 2, the newest" in newest
    assert f"revision={first}" in newest
    page = therapist.get(f"{path}/new?program={calm}&revision={first}").text
    assert f'name="revision_id" value="{first}"' in page
    form = {"program_id": calm, "revision_id": first, "start_on": "2026-03-02"}
    assert therapist.post(path, data=form).status_code == 303
    with database.read() as db:
        assert db.scalars(select(t.Assignment.revision_id)).one() == first


@pytest.mark.parametrize(
    ("times", "status", "sentence"),
    [
        ("8:30, 20:00", 303, ""),
        ("8 o'clock", 422, "We could not read this time."),
        ("8:00 9:00 10:00 11:00 12:00", 422, "These are more than 4."),
    ],
)
def test_times_for_reminders_are_proposed_to_her(therapist, client_for, cast, path, calm, times, status, sentence):
    form = {"program_id": calm, "start_on": "2026-03-02", "times": times}
    answer = therapist.post(path, data=form)
    assert answer.status_code == status
    assert sentence in answer.text
    today = client_for(cast.patient).get("/today").text
    assert ("08:30, 20:00 may suit you" in today) == (status == 303)


def test_what_is_over_stands_below(therapist, client_for, cast, path, calm, clock):
    therapist.post(path, data={"program_id": calm, "start_on": "2026-03-02", "ends_on": "2026-03-08"})
    clock.advance(days=10)
    page = client_for(cast.therapist).get(path).text
    assert "Nothing is assigned" in page
    assert "Mar 2, 2026 to Mar 8, 2026" in page


def test_only_her_own_therapist_looks_and_assigns(client_for, cast, path, calm, standing, database):
    for who in ("team_outsider", "outsider", "patient", "other_patient"):
        browser = client_for(getattr(cast, who))
        before = unchanged(database)
        assert browser.get(path).status_code == 404, who
        assert browser.get(f"{path}/new?program={calm}").status_code == 404, who
        for tell in ({}, {"tell": "preview"}):
            form = {"program_id": calm, "start_on": "2026-03-02", **tell}
            assert browser.post(path, data=form).status_code == 404, who
        assert unchanged(database) == before
    assert client_for(None).get(path).status_code == 303
