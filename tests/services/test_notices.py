"""Notices: told once to her, read once by her, and seen by her therapist."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text

from coach.db import tables as t
from coach.domain.program import Text
from coach.services import access, notices
from coach.services.access import NotFound
from tests.cast import NOW

LATER = NOW + timedelta(hours=3)


@pytest.fixture
def patient(db, cast) -> t.Patient:
    return access.patient(db, cast.therapist.viewer, cast.patient.patient_id)


def test_what_was_told_is_open_until_she_has_read_it_and_stays_on_record(db, cast, patient):
    told = notices.tell(db, patient, "rung_up", {"size_mm": 22}, by=None, now=NOW)
    [found] = notices.open_of(db, cast.patient.viewer)
    assert (found.id, found.kind, found.body, found.by_rule) == (told.id, "rung_up", {"size_mm": 22}, True)
    notices.acknowledge(db, cast.patient.viewer, {told.id}, now=LATER)
    assert notices.open_of(db, cast.patient.viewer) == ()
    [kept] = notices.latest_of(db, cast.therapist.viewer, patient.id)
    assert kept.noticed_at == LATER


def test_the_first_time_that_she_read_it_stays(db, cast, patient):
    told = notices.tell(db, patient, "rung_held", by=cast.therapist.account_id, now=NOW)
    for when in (LATER, LATER + timedelta(days=1)):
        notices.acknowledge(db, cast.patient.viewer, {told.id}, now=when)
    assert notices.latest_of(db, cast.therapist.viewer, patient.id)[0].noticed_at == LATER


def test_only_what_was_shown_is_acknowledged(db, cast, patient):
    shown = notices.tell(db, patient, "rung_held", by=None, now=NOW)
    newer = notices.tell(db, patient, "rung_down", by=None, now=LATER)
    notices.acknowledge(db, cast.patient.viewer, {shown.id}, now=LATER)
    assert [each.id for each in notices.open_of(db, cast.patient.viewer)] == [newer.id]


def test_nobody_else_reads_or_acknowledges_them(db, cast, patient):
    told = notices.tell(db, patient, "rung_held", by=None, now=NOW)
    assert notices.open_of(db, cast.other_patient.viewer) == ()
    notices.acknowledge(db, cast.other_patient.viewer, {told.id, uuid.uuid4()}, now=LATER)
    notices.acknowledge(db, cast.outside_patient.viewer, {told.id}, now=LATER)
    assert [each.id for each in notices.open_of(db, cast.patient.viewer)] == [told.id]
    for somebody in (cast.outsider, cast.team_outsider, cast.other_patient):
        with pytest.raises(NotFound):
            notices.open_of(db, somebody.viewer, patient.id)
        with pytest.raises(NotFound):
            notices.latest_of(db, somebody.viewer, patient.id)
    with pytest.raises(NotFound):
        notices.latest_of(db, cast.patient.viewer, patient.id)


def test_her_therapist_does_not_acknowledge_for_her(db, cast, patient):
    told = notices.tell(db, patient, "rung_held", by=None, now=NOW)
    with pytest.raises(NotFound):
        notices.acknowledge(db, cast.therapist.viewer, {told.id}, now=LATER)
    assert notices.open_of(db, cast.therapist.viewer, patient.id)


def test_a_programs_texts_and_days_survive_being_written_down(db, cast, patient):
    title = Text("Calm", {"en": "Calm", "es": "Calma"})
    body = {"program": title, "starts_on": date(2026, 3, 9), "ends_on": None}
    notices.tell(db, patient, "program_given", body, by=cast.therapist.account_id, now=NOW)
    [found] = notices.open_of(db, cast.patient.viewer)
    assert found.body == {"program": title, "starts_on": "2026-03-09", "ends_on": None}
    assert found.body["program"].in_language("es") == "Calma"
    assert not found.by_rule


def test_what_was_told_is_not_legible_in_the_database(db, cast, patient):
    notices.tell(db, patient, "rung_held", {"reason": "CANARY-reason"}, by=None, now=NOW)
    db.flush()
    assert db.scalars(select(t.Notice.body)).one() == '{"reason": "CANARY-reason"}'
    assert "CANARY" not in db.execute(text("SELECT body FROM notice")).scalar_one()
