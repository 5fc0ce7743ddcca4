"""A program that she has, in the browser: an effect is looked at before it applies, and what was done is said."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import assignments
from tests.services.test_assignment_changes import LADDER, NEWER
from tests.services.test_assignments import TODAY
from tests.web.digest import digest
from tests.web.test_assignments import publish

HTMX = {"HX-Request": "true"}
WHY = "We talked about it"


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def steps(database, cast, clock):
    program_id = publish(database, cast, clock, LADDER, "steps")
    with database.write() as db:
        return assignments.assign(
            db,
            cast.therapist.viewer,
            cast.patient.patient_id,
            program_id=program_id,
            start_on=TODAY - timedelta(days=3),
            placements={"sizes": "c"},
            now=clock() - timedelta(days=3),
        ).id


@pytest.fixture
def newer(database, cast, clock, steps):
    program_id = publish(database, cast, clock, NEWER, "steps")
    with database.read() as db:
        query = select(t.Revision.id).where(t.Revision.program_id == program_id, t.Revision.number == 2)
        return db.scalars(query).one()


@pytest.fixture
def path(cast, steps):
    return f"/patients/{cast.patient.patient_id}/assignments/{steps}"


def unchanged(database):
    return digest(database, but=("sign_in",))


def token(page):
    found = re.search(r'name="seen" value="([^"]*)"', page)
    return found and found[1]


def send(therapist, path, form, **fields):
    """Sent, looked at, and sent again."""
    fields = {"reason": WHY, "after": "0", **fields}
    page = therapist.post(f"{path}/{form}", data=fields)
    assert page.status_code == 200
    assert "Not done yet. Look at what it does" in page.text
    return therapist.post(f"{path}/{form}", data={**fields, "seen": token(page.text)})


def test_a_newer_revision_is_offered_and_its_effect_on_her_is_seen_first(therapist, path, newer, database):
    assert "Revision 2 is there. She stays with revision 1 until you move her." in therapist.get(path).text
    before = unchanged(database)
    told = therapist.post(f"{path}/revision", data={"revision_id": newer, "tell": "effect"}, headers=HTMX).text
    assert "Her rung “sizes 19 mm” is gone. She goes on at 16 mm, the nearest that is not larger." in told
    assert "Second: do practice 1 per day → 2 per day" in told
    assert "Done otherwise than before: “Calm”." in told
    assert unchanged(database) == before
    answer = send(therapist, path, "revision", revision_id=newer)
    assert answer.status_code == 303
    page = therapist.get(answer.headers["Location"]).text
    assert "Moved from revision 1 to 2" in page
    assert WHY in page
    assert "she has not read it yet" in page


def test_values_are_typed_as_she_has_them_and_told_as_otherwise(therapist, path, steps, database):
    page = therapist.get(path).text
    assert 'name="parameters.resting" value="5"' in page
    revision = re.search(r'name="revision_id" value="([^"]+)"', page)[1]
    fields = {"revision_id": revision, "parameters.resting": "7"}
    assert send(therapist, path, "revision", **fields).status_code == 303
    assert "<del>5 min</del> → <ins>7 min</ins>" in therapist.get(path).text


def test_a_value_that_is_the_programs_own_follows_the_other_revision(therapist, path, cast, clock, database):
    program_id = publish(database, cast, clock, LADDER.replace("default: 5min", "default: 8min"), "steps")
    with database.read() as db:
        query = select(t.Revision.id).where(t.Revision.program_id == program_id, t.Revision.number == 2)
        newest = db.scalars(query).one()
    fields = {"revision_id": newest, "parameters.resting": "5"}
    told = therapist.post(f"{path}/revision", data={**fields, "tell": "effect"}, headers=HTMX).text
    assert "<td>5 min</td><td>8 min</td>" in told
    assert send(therapist, path, "revision", **fields).status_code == 303
    with database.read() as db:
        assert db.scalars(select(t.Assignment.parameters)).one() == {}


def test_it_is_ended_extended_and_begun_again(therapist, client_for, cast, path, clock, database):
    end = (TODAY + timedelta(days=4)).isoformat()
    assert send(therapist, path, "end", when="day", ends_on=end).status_code == 303
    assert "last day March 6, 2026" in therapist.get(path).text
    later = (TODAY + timedelta(days=9)).isoformat()
    assert send(therapist, path, "extension", ends_on=later, after="1").status_code == 303
    assert send(therapist, path, "end", when="now", after="2").status_code == 303
    page = therapist.get(path).text
    assert page.count("Ended, last day") == 2
    assert 'id="end"' not in page  # it is over
    clock.advance(days=20)
    therapist = client_for(cast.therapist)
    again = (TODAY + timedelta(days=25)).isoformat()
    answer = send(therapist, path, "restart", on=again, down="1", anew="yes", after="3")
    assert answer.headers["Location"].rsplit("/", 1)[-1] not in path
    page = therapist.get(answer.headers["Location"]).text
    assert "Begun again" in page
    assert "from March 27, 2026" in page


def test_the_author_says_how_gently_it_begins_again(therapist, path):
    page = therapist.get(path).text
    assert "After a gap the program itself goes 2 rungs lower." in page
    assert 'name="down" value="2" checked' in page


@pytest.mark.parametrize(
    ("form", "fields", "sentence"),
    [
        ("end", {"when": "day", "ends_on": ""}, "Please fill this in."),
        ("end", {"when": "day", "ends_on": "soon"}, "We could not read this day."),
        ("end", {"when": "day", "ends_on": "2026-02-27"}, "Days that were stay as they were."),
        ("end", {"when": "now", "reason": ""}, "Please fill this in."),
        ("end", {"when": "now", "after": "7"}, "Somebody changed this program of hers meanwhile."),
        ("end", {"when": "now", "after": ""}, "Somebody changed this program of hers meanwhile."),
        ("extension", {"ends_on": "2026-03-20"}, "Nothing is written down yet."),
        ("restart", {"on": "", "down": "1"}, "Please fill this in."),
        ("restart", {"on": "2026-03-02", "down": "1"}, "Today stays as it is."),
        ("restart", {"on": "2026-03-09", "down": "many"}, "Please give a whole number."),
        ("revision", {"revision_id": "nonsense"}, "Please choose one of its revisions."),
    ],
)
def test_what_cannot_be_is_sent_back_open_with_a_sentence(therapist, path, database, form, fields, sentence):
    before = unchanged(database)
    page = therapist.post(f"{path}/{form}", data={"reason": WHY, "after": "0", **fields})
    assert page.status_code == 422
    assert sentence in page.text or form == "extension"
    assert unchanged(database) == before


def test_an_effect_that_is_another_one_by_now_is_shown_again(therapist, path, steps, database):
    fields = {"when": "day", "ends_on": (TODAY + timedelta(days=4)).isoformat(), "reason": WHY, "after": "0"}
    seen = token(therapist.post(f"{path}/end", data=fields).text)
    before = unchanged(database)
    other = {**fields, "ends_on": (TODAY + timedelta(days=8)).isoformat(), "seen": seen}
    assert therapist.post(f"{path}/end", data=other).status_code == 200
    assert unchanged(database) == before


def test_she_reads_what_changed_and_why(therapist, client_for, cast, path):
    send(therapist, path, "end", when="day", ends_on=(TODAY + timedelta(days=4)).isoformat())
    today = client_for(cast.patient).get("/today").text
    assert "The last day of “Steps” is" in today
    assert WHY in today


def test_only_her_own_therapist_sees_and_changes_it(client_for, cast, path, database):
    for who in ("team_outsider", "outsider", "patient", "other_patient"):
        browser = client_for(getattr(cast, who))
        before = unchanged(database)
        assert browser.get(path).status_code == 404, who
        for form in ("revision", "extension", "end", "restart"):
            for headers in ({}, HTMX):
                fields = {"when": "now", "reason": WHY, "after": "0", "tell": "effect"}
                assert browser.post(f"{path}/{form}", data=fields, headers=headers).status_code == 404, who
        assert unchanged(database) == before


def test_it_is_not_found_under_another_patient(therapist, cast, steps):
    theirs = f"/patients/{cast.other_patient.patient_id}/assignments/{steps}"
    assert therapist.get(theirs).status_code == 404
    assert therapist.post(f"{theirs}/end", data={"when": "now", "reason": WHY, "after": "0"}).status_code == 404
