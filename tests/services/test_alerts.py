"""Alerts: raised once, seen by somebody of her team, and kept."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from coach.db import tables as t
from coach.services import access, alerts
from coach.services.access import NotFound
from coach.services.refusals import Refused
from tests.cast import NOW

LATER = NOW + timedelta(hours=2)


@pytest.fixture
def patient(db, cast) -> t.Patient:
    return access.patient(db, cast.therapist.viewer, cast.patient.patient_id)


@pytest.fixture
def raise_one(db, patient):
    def raise_one(key="one", urgency="emergency", now=NOW, **body):
        return alerts.raise_alert(db, patient, key=key, kind="warning_sign", urgency=urgency, body=body, now=now)

    return raise_one


def test_an_alert_is_raised_once_for_its_key_however_often_it_is_told(db, cast, patient, raise_one):
    assert raise_one()
    assert not raise_one(now=LATER, other="words")
    [alert] = alerts.open_of(db, cast.therapist.viewer, patient.id)
    assert alert.raised_at == NOW


def test_once_seen_it_is_not_raised_again_for_the_same(db, cast, patient, raise_one):
    raise_one()
    [alert] = alerts.open_of(db, cast.therapist.viewer, patient.id)
    alerts.see(db, cast.therapist.viewer, patient.id, alert.id, now=LATER)
    assert not raise_one()
    assert alerts.open_of(db, cast.therapist.viewer, patient.id) == ()


def test_one_key_of_two_patients_is_two_alerts(db, cast, patient, raise_one):
    raise_one()
    other = access.patient(db, cast.therapist.viewer, cast.other_patient.patient_id)
    assert alerts.raise_alert(db, other, key="one", kind="warning_sign", urgency="emergency", body={}, now=NOW)


def test_the_most_urgent_stands_first_and_then_the_latest(db, cast, patient, raise_one):
    for number, urgency in enumerate(("routine", "same_day", "emergency", "same_day")):
        raise_one(str(number), urgency, now=NOW + timedelta(minutes=number), number=number)
    found = alerts.open_of(db, cast.therapist.viewer, patient.id)
    assert [alert.body["number"] for alert in found] == [2, 3, 1, 0]


def test_who_saw_it_and_when_and_what_she_noted_stays(db, cast, patient, raise_one):
    raise_one()
    [alert] = alerts.open_of(db, cast.therapist.viewer, patient.id)
    alerts.see(db, cast.therapist.viewer, patient.id, alert.id, note=" called her ", now=LATER)
    alerts.see(db, cast.therapist.viewer, patient.id, alert.id, note="again", now=LATER + timedelta(days=1))
    [kept] = alerts.all_of(db, cast.therapist.viewer, patient.id)
    assert (kept.seen_by, kept.seen_at, kept.note) == ("Ines", LATER, "called her")


def test_a_note_has_its_length(db, cast, patient, raise_one):
    raise_one()
    [alert] = alerts.open_of(db, cast.therapist.viewer, patient.id)
    with pytest.raises(Refused, match="too_long"):
        alerts.see(db, cast.therapist.viewer, patient.id, alert.id, note="x" * 100_000, now=LATER)
    assert alerts.open_of(db, cast.therapist.viewer, patient.id)


def test_nobody_else_finds_it(db, cast, patient, raise_one):
    raise_one()
    [alert] = alerts.open_of(db, cast.therapist.viewer, patient.id)
    for somebody in (cast.patient, cast.other_patient, cast.team_outsider, cast.outsider):
        with pytest.raises(NotFound):
            alerts.open_of(db, somebody.viewer, patient.id)
        with pytest.raises(NotFound):
            alerts.all_of(db, somebody.viewer, patient.id)
        with pytest.raises(NotFound):
            alerts.see(db, somebody.viewer, patient.id, alert.id, now=LATER)
    with pytest.raises(NotFound):
        alerts.see(db, cast.therapist.viewer, cast.other_patient.patient_id, alert.id, now=LATER)
    with pytest.raises(NotFound):
        alerts.see(db, cast.therapist.viewer, patient.id, uuid.uuid4(), now=LATER)


def test_what_waits_is_counted_by_urgency(db, cast, patient, raise_one):
    raise_one("a", "routine", now=NOW - timedelta(days=4))
    assert alerts.waiting(db, [patient.id])[patient.id].since == NOW - timedelta(days=4)
    raise_one("b", "same_day", now=NOW - timedelta(days=1))
    raise_one("c", "emergency")
    found = alerts.waiting(db, [patient.id, cast.other_patient.patient_id])
    assert set(found) == {patient.id}
    assert (found[patient.id].urgent, found[patient.id].routine) == (2, 1)
    assert found[patient.id].since == NOW - timedelta(days=1)


def test_what_it_says_is_not_legible_in_the_database(db, patient, raise_one):
    raise_one(asked="CANARY-asked")
    assert "CANARY" in db.scalars(select(t.Alert.body)).one()
    assert "CANARY" not in db.execute(text("SELECT body FROM alert")).scalar_one()
    assert db.scalar(select(func.count()).select_from(t.Alert)) == 1
