"""Consultations: everything may be left out, what is known grows, corrections add and never overwrite."""

from __future__ import annotations

import threading
import uuid
from dataclasses import fields, replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.services import access, consultations
from coach.services.access import NotFound
from coach.services.consultations import CONTRAINDICATIONS, BaselineEntry, ConsultationEntry
from coach.services.refusals import Refused
from tests.cast import NOW, make_cast
from tests.statements import statements

TODAY = date(2026, 3, 2)
INTAKE = ConsultationEntry(
    on=TODAY,
    goals=("comfort", "tampon"),
    onset="lifelong",
    lasted_months=64,
    history="Since the first attempt with a tampon.",
    treatments=("physiotherapy", "a warm bath"),
    grade=3,
    oxford=2,
    power=2,
    endurance_s=4,
    repetitions=3,
    fast=5,
    baselines=(BaselineEntry(penetration="tampon", pain=8, anxiety=9), BaselineEntry(penetration="finger", pain=5)),
    anticoagulants=True,
    pregnancy=False,
    consents=True,
    consent_on=TODAY,
    notes="She came with a friend.",
)


def consulted(db, cast, entry=INTAKE, now=NOW):
    return consultations.consult(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=now)


def corrected(db, cast, record, entry=INTAKE, *, reason="Misheard", after=None, now=NOW):
    return consultations.correct(
        db, cast.therapist.viewer, record.consultation_id, entry, reason=reason, after=after, now=now
    )


def history(db, cast):
    db.expire_all()
    return consultations.history_of(db, cast.therapist.viewer, cast.patient.patient_id)


def flagged(db, cast):
    found = consultations.contraindicated_for(db, cast.therapist.viewer, cast.patient.patient_id)
    return [(each.on, [one.field for one in each.found]) for each in found]


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[tuple[str, str]]:
    return {(refusal.where, refusal.code) for refusal in refused.value.refusals}


def values(db, cast, field):
    return [known.value for known in history(db, cast).fields[field]]


def test_a_consultation_is_read_back_as_it_was_taken_down(db, cast):
    added = consulted(db, cast)
    (read,) = history(db, cast).consultations
    assert read.id == added.consultation_id
    assert (read.holds.number, read.holds.on, read.holds.reason) == (1, TODAY, None)
    assert (read.holds.history, read.holds.notes) == (
        "Since the first attempt with a tampon.",
        "She came with a friend.",
    )
    assert (read.earlier, read.by(read.holds)) == ((), "Ines")
    assert dict(read.values) == {
        "goals": ("comfort", "tampon"),
        "onset": "lifelong",
        "lasted_months": 64,
        "treatments": ("physiotherapy", "a warm bath"),
        "grade": 3,
        "oxford": 2,
        "power": 2,
        "endurance_s": 4,
        "repetitions": 3,
        "fast": 5,
        "pain.tampon": 8,
        "anxiety.tampon": 9,
        "pain.finger": 5,
        "anticoagulants": True,
        "pregnancy": False,
        "consents": True,
        "consent_on": TODAY,
    }


def test_everything_but_the_day_can_be_left_out(db, cast):
    consulted(db, cast, ConsultationEntry(on=TODAY))
    (read,) = history(db, cast).consultations
    assert (dict(read.values), read.holds.history, read.holds.notes) == ({}, None, None)
    assert history(db, cast).fields == {}


def test_goals_keep_the_order_that_she_gave(db, cast):
    consulted(db, cast, ConsultationEntry(on=TODAY, goals=("examination", "comfort", "intercourse")))
    assert values(db, cast, "goals") == [("examination", "comfort", "intercourse")]


def test_none_of_these_may_be_a_goal_by_itself(db, cast):
    consulted(db, cast, ConsultationEntry(on=TODAY, goals=("none_of_these",)))
    assert values(db, cast, "goals") == [("none_of_these",)]


def test_a_kind_of_penetration_without_a_rating_is_not_named(db, cast):
    consulted(db, cast, ConsultationEntry(on=TODAY, baselines=(BaselineEntry(penetration="swab"),)))
    assert db.scalar(select(func.count()).select_from(t.ConsultationBaseline)) == 0


def test_a_treatment_named_twice_is_written_down_once(db, cast):
    consulted(db, cast, ConsultationEntry(on=TODAY, treatments=("dilators", "Warm  baths", "warm baths", " ")))
    assert values(db, cast, "treatments") == [("dilators", "Warm baths")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"on": TODAY + timedelta(days=1)}, ("on", "in_the_future")),
        ({"on": date(1026, 3, 2)}, ("on", "far_away")),
        ({"goals": ("comfort", "comfort")}, ("goals", "goal_twice")),
        ({"goals": ("comfort", "none_of_these")}, ("goals", "none_excludes")),
        ({"goals": ("happiness",)}, ("goals", "unknown_choice")),
        ({"onset": "sudden"}, ("onset", "unknown_choice")),
        ({"lasted_months": 1201}, ("lasted_months", "out_of_range")),
        ({"lasted_months": -1}, ("lasted_months", "out_of_range")),
        ({"grade": -1}, ("grade", "out_of_range")),
        ({"grade": 6}, ("grade", "out_of_range")),
        ({"oxford": 6}, ("oxford", "out_of_range")),
        ({"power": -1}, ("power", "out_of_range")),
        ({"endurance_s": 11}, ("endurance_s", "out_of_range")),
        ({"repetitions": 11}, ("repetitions", "out_of_range")),
        ({"fast": 11}, ("fast", "out_of_range")),
        ({"treatments": ("x" * 121,)}, ("treatments", "too_long")),
        ({"treatments": ("x",) * 41}, ("treatments", "too_many")),
        ({"baselines": (BaselineEntry(penetration="tampon", pain=11),)}, ("pain.tampon", "out_of_range")),
        ({"baselines": (BaselineEntry(penetration="swab", anxiety=-1),)}, ("anxiety.swab", "out_of_range")),
        ({"baselines": (BaselineEntry(penetration="fist", pain=1),)}, ("baselines", "unknown_choice")),
        ({"baselines": (BaselineEntry(penetration="swab", pain=1),) * 2}, ("baselines", "unknown_choice")),
        ({"consent_on": None}, ("consent_on", "missing")),
        ({"consent_on": TODAY + timedelta(days=1)}, ("consent_on", "in_the_future")),
        ({"consent_on": date(1026, 3, 2)}, ("consent_on", "far_away")),
        ({"consents": None}, ("consents", "day_without_answer")),
        ({"history": "x" * 10_001}, ("history", "too_long")),
        ({"notes": "x" * 10_001}, ("notes", "too_long")),
    ],
)
def test_an_impossible_consultation_is_refused_and_writes_nothing(db, cast, changes, expected):
    with pytest.raises(Refused) as refused:
        consulted(db, cast, replace(INTAKE, **changes))
    assert codes(refused) == {expected}
    assert db.scalar(select(func.count()).select_from(t.Consultation)) == 0


def test_all_that_is_to_be_mended_is_said_at_once(db, cast):
    with pytest.raises(Refused) as refused:
        consulted(db, cast, replace(INTAKE, oxford=9, goals=("comfort", "none_of_these"), consent_on=None))
    assert codes(refused) == {("oxford", "out_of_range"), ("goals", "none_excludes"), ("consent_on", "missing")}


def test_who_does_not_consent_need_not_have_a_day(db, cast):
    consulted(db, cast, replace(INTAKE, consents=False, consent_on=None))
    assert values(db, cast, "consents") == [False]


def test_a_day_is_judged_on_the_patients_own_calendar(db, cast):
    db.get(t.Patient, cast.patient.patient_id).zone = "Pacific/Auckland"
    late_in_utc = NOW.replace(hour=20)  # already 3 March there
    assert consulted(db, cast, replace(INTAKE, on=date(2026, 3, 3)), now=late_in_utc).on == date(2026, 3, 3)


def test_each_field_has_its_history_over_the_consultations(db, cast):
    days = [TODAY - timedelta(days=60), TODAY - timedelta(days=30), TODAY]
    for day, oxford, pain in zip(reversed(days), (3, 3, 2), (2, 5, 8), strict=True):  # written down in any order
        entry = ConsultationEntry(
            on=day, oxford=oxford, baselines=(BaselineEntry(penetration="tampon", pain=pain),), anticoagulants=True
        )
        consulted(db, cast, entry)
    found = history(db, cast)
    assert [each.holds.on for each in found.consultations] == days
    assert [(known.on, known.value, known.by) for known in found.fields["oxford"]] == [
        (days[0], 2, "Ines"),
        (days[1], 3, "Ines"),
        (days[2], 3, "Ines"),
    ]
    assert [known.value for known in found.fields["pain.tampon"]] == [8, 5, 2]
    assert set(found.fields) == {"oxford", "pain.tampon", "anticoagulants"}


def test_what_was_not_asked_again_leaves_what_was_known_last(db, cast):
    consulted(db, cast, replace(INTAKE, on=TODAY - timedelta(days=30), consent_on=TODAY - timedelta(days=30)))
    consulted(db, cast, ConsultationEntry(on=TODAY, oxford=3))
    last = history(db, cast).last
    assert (last["oxford"].value, last["oxford"].on) == (3, TODAY)
    assert (last["grade"].value, last["grade"].on) == (3, TODAY - timedelta(days=30))


def test_a_correction_adds_a_record_with_its_reason_and_keeps_the_first(db, cast):
    first = consulted(db, cast)
    later = NOW + timedelta(days=1)
    corrected(db, cast, first, replace(INTAKE, oxford=3, goals=("finger",)), after=1, now=later)
    found = history(db, cast)
    (read,) = found.consultations
    assert (read.holds.number, read.holds.oxford, read.holds.reason) == (2, 3, "Misheard")
    assert read.holds.recorded_at == later
    assert [(each.number, each.oxford, each.reason) for each in read.earlier] == [(1, 2, None)]
    assert [goal.goal for goal in read.earlier[0].goals] == ["comfort", "tampon"]
    assert [known.value for known in found.fields["oxford"]] == [3], "what holds, not what was corrected"


def test_the_newest_of_the_earlier_records_comes_first(db, cast):
    first = consulted(db, cast)
    for oxford in (3, 4):
        corrected(db, cast, first, replace(INTAKE, oxford=oxford))
    (read,) = history(db, cast).consultations
    assert [each.number for each in (read.holds, *read.earlier)] == [3, 2, 1]


def test_a_correction_without_a_reason_is_refused(db, cast):
    first = consulted(db, cast)
    with pytest.raises(Refused) as refused:
        corrected(db, cast, first, reason="  ")
    assert codes(refused) == {("reason", "missing")}


def test_a_correction_of_what_somebody_else_corrected_meanwhile_is_refused(db, cast):
    first = consulted(db, cast)
    corrected(db, cast, first, after=1)
    with pytest.raises(Refused) as refused:
        corrected(db, cast, first, after=1)
    assert codes(refused) == {("after", "changed_meanwhile")}
    assert history(db, cast).consultations[0].holds.number == 2


def test_two_corrections_at_once_take_no_same_number(database):
    """The second begins while the first is written and not kept yet: it waits, and is told."""
    with database.write() as db:
        cast = make_cast(db)
        first = consulted(db, cast)
        db.refresh(first)
        db.expunge(first)
    written, done = threading.Event(), []

    def second():
        written.wait(20)
        try:
            with database.write() as db:
                done.append(corrected(db, cast, first, replace(INTAKE, oxford=4), after=1).number)
        except Refused as refused:
            done.extend(refusal.code for refusal in refused.refusals)

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as db:
        assert corrected(db, cast, first, replace(INTAKE, oxford=3), after=1).number == 2
        written.set()
        thread.join(0.5)
        assert done == []
    thread.join(30)
    assert done == ["changed_meanwhile"]


def test_the_number_of_queries_does_not_grow_with_the_consultations(database, db, cast):
    counts = []
    for months in range(3):
        consulted(db, cast, replace(INTAKE, on=TODAY - timedelta(days=30 * months)))
        db.expire_all()
        with statements(database.engine) as seen:
            consultations.history_of(db, cast.therapist.viewer, cast.patient.patient_id)
        counts.append(len(seen))
    assert counts[1] == counts[2] <= 7


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "patient", "other_patient", "outside_patient"])
def test_nobody_but_her_therapists_reads_or_writes_one(db, cast, who):
    record = consulted(db, cast)
    viewer = getattr(cast, who).viewer
    patient_id = cast.patient.patient_id
    with pytest.raises(NotFound):
        access.consultation(db, viewer, record.consultation_id)
    with pytest.raises(NotFound):
        consultations.history_of(db, viewer, patient_id)
    with pytest.raises(NotFound):
        consultations.read(db, viewer, patient_id, record.consultation_id)
    with pytest.raises(NotFound):
        consultations.contraindicated_for(db, viewer, patient_id)
    with pytest.raises(NotFound):
        consultations.consult(db, viewer, patient_id, INTAKE, now=NOW)
    with pytest.raises(NotFound):
        consultations.correct(db, viewer, record.consultation_id, INTAKE, reason="No", now=NOW)


def test_a_consultation_is_not_found_under_another_patient(db, cast):
    record = consulted(db, cast)
    viewer = cast.therapist.viewer
    found = consultations.read(db, viewer, cast.patient.patient_id, record.consultation_id)
    assert found.id == record.consultation_id
    with pytest.raises(NotFound):
        consultations.read(db, viewer, cast.other_patient.patient_id, record.consultation_id)
    with pytest.raises(NotFound):
        consultations.read(db, viewer, cast.patient.patient_id, uuid.uuid4())


def test_each_line_of_the_checklist_is_a_field_and_names_its_source():
    names = {each.name for each in fields(ConsultationEntry)}
    assert {each.field for each in CONTRAINDICATIONS} <= names
    assert all(each.name and each.sentence.endswith(".") and each.source for each in CONTRAINDICATIONS)
    columns = t.ConsultationRecord.__table__.columns
    asked = {column.name for column in columns if column.type.python_type is bool} - {"consents"}
    assert asked == {each.field for each in CONTRAINDICATIONS}


def test_a_yes_of_the_checklist_is_told_with_its_day(db, cast):
    consulted(db, cast, replace(INTAKE, infection=True, milk_allergy=False))
    assert flagged(db, cast) == [(TODAY, ["infection", "anticoagulants"])]


def test_a_yes_lasts_until_it_is_answered_with_no(db, cast):
    first, second, third = (TODAY - timedelta(days=days) for days in (60, 30, 0))
    consulted(db, cast, ConsultationEntry(on=first, anticoagulants=True, infection=True, milk_allergy=True))
    consulted(db, cast, ConsultationEntry(on=second, infection=False, milk_allergy=True))
    consulted(db, cast, ConsultationEntry(on=third))
    assert flagged(db, cast) == [(first, ["anticoagulants"]), (second, ["milk_allergy"])]


def test_a_yes_that_was_corrected_is_told_no_more(db, cast):
    first = consulted(db, cast)
    corrected(db, cast, first, replace(INTAKE, anticoagulants=False))
    assert flagged(db, cast) == []


def test_no_text_of_hers_lies_open_in_the_database(database, db, cast):
    corrected(db, cast, consulted(db, cast), reason="She told it otherwise")
    db.flush()
    tables = ("consultation_record", "consultation_treatment", "consultation_goal", "consultation_baseline")
    rows = [str(row) for name in tables for row in db.connection().exec_driver_sql(f'SELECT * FROM "{name}"')]
    assert rows
    for text in ("first attempt", "with a friend", "warm bath", "otherwise"):
        assert text not in "\n".join(rows)
