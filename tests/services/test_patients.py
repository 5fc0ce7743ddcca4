"""A patient's entry: her zone and her set are checked, and her rungs stay hers."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.services import dilators, patients
from coach.services.access import NotFound
from coach.services.refusals import Refused
from tests.cast import NOW


def added(db, cast, **changes):
    entry = {"name": "Linden", "zone": "Europe/Berlin", "language": "en", "dilators_mm": (), "now": NOW, **changes}
    return patients.add(db, cast.therapist.viewer, **entry)


def test_a_new_patient_belongs_to_the_therapists_team(db, cast):
    patient = added(db, cast, name="  Linden   7 ")
    assert patient.name == "Linden 7"
    assert (patient.clinic_id, patient.team_id) == (cast.therapist.clinic_id, cast.therapist.team_id)
    assert patient.therapist_id == cast.therapist.account_id


def test_the_day_of_her_entry_is_hers_and_not_the_servers(db, cast):
    patient = added(db, cast, zone="Pacific/Auckland", now=datetime(2026, 3, 2, 20, 0, tzinfo=UTC))
    assert patient.created_on == date(2026, 3, 3)


def test_rungs_follow_the_size_whatever_the_order_of_entry(db, cast):
    patient = added(db, cast, dilators_mm=[22, 13, 18.5])
    own = dilators.of_patient(db, cast.therapist.viewer, patient.id)
    assert [(dilator.rung, dilator.size_mm) for dilator in own] == [("d1", 13), ("d2", 18.5), ("d3", 22)]


def test_a_dilator_added_later_leaves_the_others_their_rungs(db, cast):
    patient = added(db, cast, dilators_mm=[13, 22])
    dilators.add(db, cast.therapist.viewer, patient.id, sizes_mm=[25, 18], now=NOW)
    own = dilators.of_patient(db, cast.therapist.viewer, patient.id)
    assert [(dilator.rung, dilator.size_mm) for dilator in own] == [("d1", 13), ("d3", 18), ("d2", 22), ("d4", 25)]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"name": "   "}, ("name", "missing")),
        ({"name": "x" * 121}, ("name", "too_long")),
        ({"zone": "Europe/Nowhere"}, ("zone", "unknown_zone")),
        ({"zone": "../../etc/passwd"}, ("zone", "unknown_zone")),
        ({"zone": ""}, ("zone", "unknown_zone")),
        ({"language": "xx"}, ("language", "unknown_language")),
        ({"dilators_mm": [0]}, ("dilators_mm", "impossible_size")),
        ({"dilators_mm": [130]}, ("dilators_mm", "impossible_size")),
        ({"dilators_mm": [float("nan")]}, ("dilators_mm", "impossible_size")),
        ({"dilators_mm": [13, 18, 13]}, ("dilators_mm", "size_twice")),
        ({"dilators_mm": list(range(1, 30))}, ("dilators_mm", "too_many")),
    ],
)
def test_an_entry_that_cannot_be_is_refused_and_writes_nothing(db, cast, changes, expected):
    before = db.scalar(select(func.count()).select_from(t.Patient))
    with pytest.raises(Refused) as refused:
        added(db, cast, **changes)
    assert [(refusal.where, refusal.code) for refusal in refused.value.refusals] == [expected]
    assert db.scalar(select(func.count()).select_from(t.Patient)) == before


def test_a_size_that_she_has_already_is_refused(db, cast):
    patient = added(db, cast, dilators_mm=[13])
    with pytest.raises(Refused):
        dilators.add(db, cast.therapist.viewer, patient.id, sizes_mm=[13], now=NOW)


def test_a_patient_adds_nobody_and_nothing(db, cast):
    with pytest.raises(NotFound):
        patients.add(db, cast.patient.viewer, name="Me", zone="UTC", language="en", now=NOW)
    with pytest.raises(NotFound):
        dilators.add(db, cast.patient.viewer, cast.patient.patient_id, sizes_mm=[13], now=NOW)


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "other_patient"])
def test_others_do_not_see_her_set(db, cast, who):
    with pytest.raises(NotFound):
        dilators.of_patient(db, getattr(cast, who).viewer, cast.patient.patient_id)
    with pytest.raises(NotFound):
        dilators.add(db, getattr(cast, who).viewer, cast.patient.patient_id, sizes_mm=[13], now=NOW)
