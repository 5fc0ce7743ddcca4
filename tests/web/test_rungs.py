"""Her own word on her pace: smaller at any time, back again, never above what is allowed, an offer without pressure."""

from __future__ import annotations

import re
import uuid

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import sessions
from coach.web.addresses import code_of
from tests.given import give_practice
from tests.web.test_assignments import unchanged
from tests.web.test_ladders import plain, propose


@pytest.fixture
def patient(client_for, cast):
    return client_for(cast.patient)


@pytest.fixture
def practice(database, cast, clock):
    with database.write() as db:
        return give_practice(db, cast, now=clock()).id


@pytest.fixture
def post(patient, practice, clock):
    def send(path: str = "/rungs", **form):
        clock.advance(minutes=5)
        return patient.post(path, data={"assignment_id": practice, "ladder": "dilator", **form})

    return send


def waiting(database):
    with database.read() as db:
        return db.scalars(select(t.RungProposal.id).where(t.RungProposal.closed_at.is_(None))).one_or_none()


def newest(database) -> t.Placement:
    with database.read() as db:
        return db.scalars(select(t.Placement).order_by(t.Placement.placed_at.desc())).first()


def test_she_goes_smaller_from_now_on_and_back(patient, database, post):
    assert "Now: 22 mm" in plain(patient.get("/rungs").text)
    assert post(rung="d2").status_code == 303
    assert "Now: 18 mm" in plain(patient.get("/rungs").text)
    assert post(rung="d3").status_code == 303
    assert (newest(database).rung, newest(database).by) == ("d3", "patient")


def test_nothing_above_is_there_for_her(patient, database, post):
    assert "26 mm" not in patient.get("/rungs").text
    before = unchanged(database)
    answer = post(rung="d4")
    assert answer.status_code == 422
    assert "Everything stays as it was." in answer.text
    assert unchanged(database) == before


def test_an_offer_stands_on_today_and_is_taken_or_left(patient, database, cast, practice, post):
    assert "Only if you like" not in patient.get("/today").text
    propose(database, practice, cast, rung_from="d3", rung_to="d4", needs="patient")
    page = plain(patient.get("/today").text)
    assert "Your last practices with 22 mm went well. If you like, go on with 26 mm." in page
    offer = waiting(database)
    assert f'name="proposal_id" value="{offer}"' in patient.get("/rungs").text
    for wrong in ({"answer": "take"}, {"answer": "take", "proposal_id": practice}, {"proposal_id": offer}):
        refused = post("/rungs/answers", **wrong)
        assert (refused.status_code, waiting(database)) == (422, offer)
    assert "This offer has changed meanwhile." in refused.text
    assert post("/rungs/answers", answer="stay", proposal_id=offer).status_code == 303
    assert "Only if you like" not in patient.get("/today").text
    assert newest(database).rung == "d3"
    propose(database, practice, cast, rung_from="d3", rung_to="d4", needs="patient")
    assert post("/rungs/answers", answer="take", proposal_id=waiting(database)).status_code == 303
    assert (newest(database).rung, newest(database).by) == ("d4", "patient")


def test_before_a_session_she_takes_a_smaller_one_for_this_time(patient, database, cast, practice, post):
    page = patient.get(f"/assignments/{practice}/sessions/{code_of('dilate')}").text
    assert re.findall(r'<option value="(\w*)">', page) == ["", "d2", "d1"]
    answer = post("/sessions", session_key="dilate", **{"size.dilator": "d1"})
    session_id = answer.headers["Location"].rsplit("/", 1)[-1]
    with database.read() as db:
        script = sessions.script_of(db, cast.patient.viewer, session_id=uuid.UUID(session_id))
    assert {step["on"]["dilator"] for step in script["steps"] if step["on"]} == {"d1"}
    assert newest(database).rung == "d3"


def test_a_larger_one_than_hers_is_not_heard(database, cast, practice, post):
    answer = post("/sessions", session_key="dilate", **{"size.dilator": "d4"})
    session_id = answer.headers["Location"].rsplit("/", 1)[-1]
    with database.read() as db:
        script = sessions.script_of(db, cast.patient.viewer, session_id=uuid.UUID(session_id))
    assert {step["on"]["dilator"] for step in script["steps"] if step["on"]} == {"d3"}


@pytest.mark.parametrize("path", ["/rungs", "/rungs/answers"])
def test_nobody_answers_for_her(client_for, cast, practice, path):
    form = {"assignment_id": practice, "ladder": "dilator", "rung": "d1", "answer": "take"}
    for who in ("other_patient", "outside_patient", "therapist"):
        assert client_for(getattr(cast, who)).post(path, data=form).status_code == 404, who
