"""A warning sign that nobody at the clinic has looked at yet: nothing is inserted until somebody has."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from coach.db import tables as t
from coach.domain.due import due_windows
from coach.services import alerts, caseload, due_days, plans, safety, sessions
from coach.services.access import NotFound
from coach.services.safety import IncomingAnswer
from tests.cast import NOW
from tests.given import TODAY, give_calm, give_practice
from tests.services.test_safety import USUAL


@pytest.fixture
def practice(db, cast):
    give_calm(db, cast)
    return give_practice(db, cast)


@pytest.fixture
def today(db, cast):
    return lambda days=0: plans.today(db, cast.patient.viewer, now=NOW + timedelta(days=days))


def tell(db, cast, check, days=0):
    at = NOW + timedelta(days=days)
    told = IncomingAnswer(id=uuid4(), check_id=check, is_yes=True, at=at)
    safety.record(db, cast.patient.viewer, [told], usual=USUAL, now=at)


def look(db, cast, days):
    mara = cast.patient.patient_id
    for alert in alerts.open_of(db, cast.therapist.viewer, mara):
        alerts.see(db, cast.therapist.viewer, mara, alert.id, now=NOW + timedelta(days=days))


def held(today):
    return {each.session_key: each.reason.code for each in today.held}


@pytest.mark.parametrize("check", ["spreading", "same_day"])
def test_on_the_days_after_only_what_inserts_nothing_is_offered(db, cast, practice, today, check):
    tell(db, cast, check)
    for days in (1, 2, 9):
        assert held(today(days))["dilate"] == "unseen"
        assert [item.session_key for item in today(days).items] == ["hips", "calm"]
        with pytest.raises(NotFound):
            sessions.open_session(
                db, cast.patient.viewer, assignment_id=practice.id, session_key="dilate", now=NOW + timedelta(days=days)
            )


def test_it_is_offered_again_once_somebody_has_looked(db, cast, practice, today):
    tell(db, cast, "same_day")
    look(db, cast, 2)
    assert "dilate" in [item.session_key for item in today(2).items]
    assert "dilate" not in held(today(2))


def test_what_is_not_urgent_holds_nothing_back(db, cast, practice, today):
    tell(db, cast, "leaking")
    assert "dilate" in [item.session_key for item in today(1).items]


def test_what_was_opened_before_she_told_of_it_is_not_begun(db, cast, practice):
    opened = sessions.open_session(db, cast.patient.viewer, assignment_id=practice.id, session_key="dilate", now=NOW)
    tell(db, cast, "same_day")
    assert not sessions.may_begin(db, cast.patient.viewer, opened.id, now=NOW + timedelta(minutes=9))


def due(db, cast, days):
    """How often the opened days from the first up to that one ask for it."""
    known = plans.facts(db, db.get(t.Patient, cast.patient.patient_id), now=NOW + timedelta(days=days))
    windows = due_windows(TODAY, known.today, assignments=known.assignments)
    return sum(window.least for window in windows if window.session_key == "dilate")


def test_days_on_which_she_waited_for_her_clinic_lower_no_attendance(db, cast, practice):
    assert due(db, cast, 4) > 0
    tell(db, cast, "same_day")
    assert due(db, cast, 4) == 0
    for days in range(6):
        due_days.freeze(db, db.get(t.Patient, cast.patient.patient_id), now=NOW + timedelta(days=days))
    look(db, cast, 5)
    assert due(db, cast, 4) == 0, "nor once somebody has looked"
    assert due(db, cast, 5) > 0


def test_the_caseload_goes_by_the_same(db, cast, practice):
    def attendance():
        (row,) = [
            each
            for each in caseload.caseload(db, cast.therapist.viewer, now=NOW + timedelta(days=6))
            if each.patient_id == cast.patient.patient_id
        ]
        return row.last_week

    before = attendance()
    tell(db, cast, "same_day")
    assert attendance() != before
