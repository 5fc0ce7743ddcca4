"""What a chart does to her plan is looked at before it is written down, with a script and without one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from tests.given import INJECTED, TODAY, give_practice
from tests.web.digest import digest

HTMX = {"HX-Request": "true"}


@pytest.fixture
def practice(database, cast, clock):
    with database.write() as db:
        return give_practice(db, cast, now=clock()).injection_id


@pytest.fixture
def therapist(client_for, cast):
    return client_for(cast.therapist)


@pytest.fixture
def path(cast):
    return f"/patients/{cast.patient.patient_id}/injections"


def chart(**changes):
    form = {
        "state": "given",
        "on": INJECTED.isoformat(),
        "insertion_on": (INJECTED + timedelta(days=3)).isoformat(),
        "product": "Example",
        "units": "100",
        "reason": "The day was misread",
        "after": "1",
    }
    return form | changes


MOVED = {
    "on": (INJECTED + timedelta(days=2)).isoformat(),
    "insertion_on": (INJECTED + timedelta(days=5)).isoformat(),
}


def unchanged(database):
    return digest(database, but=("sign_in",))


def token(page):
    found = re.search(r'name="seen" value="([^"]*)"', page)
    return found and found[1]


def test_the_effect_is_told_while_one_fills_in_the_form_and_nothing_is_written(therapist, path, practice, database):
    before = unchanged(database)
    answer = therapist.post(f"{path}/{practice}", data=chart(**MOVED, tell="effect", product=""), headers=HTMX)
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="plan-effect"')
    assert "Her plan changes from March 21, 2026 on." in answer.text
    assert "<td>until Mar 22</td>" in answer.text
    assert unchanged(database) == before


def test_a_chart_that_cannot_be_read_yet_shows_no_effect(therapist, path, practice):
    for changes in ({"on": ""}, {"on": "soon"}, {"on": "2036-01-01"}):
        answer = therapist.post(f"{path}/{practice}", data=chart(**changes, tell="effect"), headers=HTMX)
        assert (answer.status_code, token(answer.text)) == (200, None)


def test_an_effect_that_was_not_seen_is_shown_first_and_written_when_it_was(therapist, path, practice, database):
    before = unchanged(database)
    page = therapist.post(f"{path}/{practice}", data=chart(**MOVED))
    assert page.status_code == 200
    assert "Not written down yet: it changes her plan." in page.text
    assert "The day was misread" in page.text
    assert unchanged(database) == before
    assert therapist.post(f"{path}/{practice}", data=chart(**MOVED, seen=token(page.text))).status_code == 303
    with database.read() as db:
        assert db.scalars(select(t.InjectionChart.number)).all() == [1, 2]
        assert "injection_moved" in db.scalars(select(t.Notice.kind)).all()


def test_an_effect_that_is_another_one_by_now_is_shown_again(therapist, path, practice, database):
    seen = token(therapist.post(f"{path}/{practice}", data=chart(**MOVED)).text)
    other = {**MOVED, "on": (INJECTED + timedelta(days=4)).isoformat()}
    before = unchanged(database)
    page = therapist.post(f"{path}/{practice}", data=chart(**other, seen=seen))
    assert (page.status_code, token(page.text) == seen) == (200, False)
    assert unchanged(database) == before


def test_what_the_form_told_is_what_the_chart_does(therapist, path, practice):
    told = therapist.post(f"{path}/{practice}", data=chart(**MOVED, tell="effect", product="", units=""), headers=HTMX)
    answer = therapist.post(f"{path}/{practice}", data=chart(**MOVED, seen=token(told.text)))
    assert answer.status_code == 303


def test_a_correction_that_moves_nothing_is_written_at_once(therapist, path, practice):
    assert therapist.post(f"{path}/{practice}", data=chart(units="150")).status_code == 303


def test_what_is_wrong_is_said_before_an_effect_is_shown(therapist, path, practice):
    page = therapist.post(f"{path}/{practice}", data=chart(**MOVED, reason=""))
    assert page.status_code == 422
    assert token(page.text) is None


def test_a_new_injection_shows_its_effect_too(therapist, path, practice, database):
    form = {"state": "planned", "on": (TODAY + timedelta(days=20)).isoformat()}
    before = unchanged(database)
    told = therapist.post(path, data=form | {"tell": "effect"}, headers=HTMX).text
    assert "Held back" in told
    page = therapist.post(path, data=form)
    assert (page.status_code, token(page.text)) == (200, token(told))
    assert unchanged(database) == before
    assert therapist.post(path, data=form | {"seen": token(told)}).status_code == 303


def test_the_effect_is_not_told_to_others(client_for, cast, path, practice):
    for who in ("team_outsider", "outsider", "patient", "other_patient"):
        for address in (path, f"{path}/{practice}"):
            form = chart(**MOVED, tell="effect")
            assert client_for(getattr(cast, who)).post(address, data=form, headers=HTMX).status_code == 404, who
