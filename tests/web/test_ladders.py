"""Her ladders in the therapist's browser: where she stands and why, what waits for an answer, how she got there."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from coach.db import tables as t
from coach.services import consultations
from coach.services.consultations import ConsultationEntry
from tests.services.test_assignments import TODAY
from tests.web.test_assignments import injection, own_set, path, sizes, standing, therapist, unchanged

__all__ = ["injection", "own_set", "path", "sizes", "standing", "therapist"]  # fixtures


@pytest.fixture
def ladders(cast):
    return f"/patients/{cast.patient.patient_id}/ladders"


@pytest.fixture
def post(therapist, cast, standing):
    def send(what: str, **form):
        form = {"assignment_id": standing, "ladder": "dilator", **form}
        return therapist.post(f"/patients/{cast.patient.patient_id}/{what}", data=form)

    return send


def propose(database, standing, cast, **more):
    with database.write() as db:
        entry = {
            "assignment_id": standing, "ladder": "dilator", "rung_from": "d1", "rung_to": "d2", "needs": "therapist",
            "code": "up", "proposed_at": db.get(t.Assignment, standing).assigned_at,
            "params": {
                "met": 3, "need": 3, "of": 4, "rung": "d1", "tests": [["pain", "at_most", 2]], "completed": 1.0,
                "stayed": None,
            },
            **more,
        }  # fmt: skip
        offer = t.RungProposal(clinic_id=cast.patient.clinic_id, team_id=cast.patient.team_id, **entry)
        db.add(offer)
        db.flush()
        return offer.id


def plain(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_she_is_placed_with_a_reason_that_can_be_read(therapist, cast, ladders, standing, clock):
    clock.advance(minutes=5)
    form = {"assignment_id": standing, "ladder": "dilator", "rung": "d2", "reason": "Three calm sessions"}
    answer = therapist.post(f"/patients/{cast.patient.patient_id}/placements", data=form)
    assert answer.status_code == 303
    page = therapist.get(ladders).text
    assert '<li aria-current="step">16 mm</li>' in page
    assert "Three calm sessions" in page


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reason": ""}, "Please fill this in."),
        ({"rung": "d7"}, "Please choose one of the list."),
        ({"rung": "d1"}, "She is there already."),
    ],
)
def test_a_bad_place_is_sent_back_open_and_changes_nothing(therapist, cast, standing, database, changes, sentence):
    before = unchanged(database)
    form = {"assignment_id": standing, "ladder": "dilator", "rung": "d2", "reason": "Because", **changes}
    page = therapist.post(f"/patients/{cast.patient.patient_id}/placements", data=form)
    assert page.status_code == 422
    assert sentence in page.text
    assert "<details open>" in page.text
    assert unchanged(database) == before


@pytest.mark.parametrize("assignment_id", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_place_in_nothing_is_not_found(therapist, cast, standing, assignment_id):
    form = {"assignment_id": assignment_id, "ladder": "dilator", "rung": "d2", "reason": "Because"}
    assert therapist.post(f"/patients/{cast.patient.patient_id}/placements", data=form).status_code == 404


def test_a_proposal_says_what_spoke_for_it_and_is_accepted(therapist, cast, ladders, standing, database, post, clock):
    offer = propose(database, standing, cast)
    clock.advance(minutes=5)
    sentence = "The program would go on with 16 mm: 3 of the last 4 at 13 mm were complete, pain 2 or less."
    assert sentence in plain(therapist.get(ladders).text)
    assert sentence in plain(therapist.get(f"/patients/{cast.patient.patient_id}").text)
    assert f'name="proposal_id" value="{offer}"' in therapist.get(ladders).text
    for wrong in ({"answer": "accept"}, {"answer": "accept", "proposal_id": standing}, {"proposal_id": offer}):
        assert "This proposal is not open any more." in post("proposals", reason="She is glad", **wrong).text
    assert "Accept:" in therapist.get(ladders).text
    assert post("proposals", answer="accept", reason="She is glad", proposal_id=offer).status_code == 303
    page = plain(therapist.get(ladders).text)
    assert "Accept:" not in page
    assert "3 of the last 4 at 13 mm were complete, pain 2 or less. · She is glad" in page


def test_a_proposal_is_answered_by_holding_her_for_which_a_reason_is_wanted(
    therapist, cast, ladders, standing, database, post, clock
):
    offer = propose(database, standing, cast)
    clock.advance(minutes=5)
    before = unchanged(database)
    refused = post("proposals", answer="hold", reason="", proposal_id=offer)
    assert refused.status_code == 422
    assert "Please fill this in." in refused.text
    assert unchanged(database) == before
    assert post("proposals", answer="hold", reason="Not yet", proposal_id=offer).status_code == 303
    assert "Held by a therapist: no rule raises her." in plain(therapist.get(ladders).text)
    gone = post("proposals", answer="accept", proposal_id=offer)
    assert gone.status_code == 422
    assert "This proposal is not open any more." in gone.text


def test_a_line_that_is_confirmed_is_a_short_number(post):
    for wrong in ("9" * 5000, "²", "-1", "x"):
        assert post("placements", rung="d1", reason="Calm", confirmed=wrong).status_code == 422


def test_a_locked_ladder_shows_what_was_measured_and_opens(therapist, cast, ladders, database, post, clock):
    entry = ConsultationEntry(on=TODAY - timedelta(days=3), endurance_s=5, repetitions=6, fast=7)
    with database.write() as db:
        consultations.consult(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=clock())
    page = plain(therapist.get(ladders).text)
    assert "PERFECT: holds of 5 s, 6 of them, 7 fast ones." in page
    assert "Locked until a therapist opens it." in page
    clock.advance(minutes=5)
    assert post("placements", ladder="strength", rung="l1", reason="She lets go").status_code == 303
    clock.advance(minutes=5)
    assert post("placements", ladder="strength", rung="l1", state="locked", reason="Sore").status_code == 303
    assert "Sore" in therapist.get(ladders).text


def test_the_staircase_says_who_placed_her_and_why(therapist, ladders, post, clock):
    clock.advance(minutes=5)
    post("placements", rung="d3", reason="Four calm weeks")
    page = plain(therapist.get(ladders).text)
    assert re.search(r"19 mm March 2, 2026 · \w+ Four calm weeks", page), page


def test_ladders_under_another_patients_address_are_not_found(therapist, cast, standing):
    theirs = f"/patients/{cast.other_patient.patient_id}"
    form = {"assignment_id": standing, "ladder": "dilator", "rung": "d2", "reason": "Because", "answer": "accept"}
    assert therapist.post(f"{theirs}/placements", data=form).status_code == 404
    assert therapist.post(f"{theirs}/proposals", data=form).status_code == 404
