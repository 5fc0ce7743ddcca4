"""The caseload: a team's own patients, each in words and numbers that can be trusted, at a fixed cost."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.adherence import NothingDue, Practised
from coach.services import access, alerts, assignments, caseload, injections, invitations, patients
from coach.services.access import NotFound
from coach.services.charts import ChartEntry
from tests.cast import NOW
from tests.services.test_assignments import imported
from tests.statements import statements

TODAY = date(2026, 3, 2)


def rows(db, cast, now=NOW):
    return {row.name: row for row in caseload.caseload(db, cast.therapist.viewer, now=now)}


def give(db, cast, person, days_ago=20, program_id=None):
    """CALM, once a day, since so many days."""
    return assignments.assign(
        db,
        cast.therapist.viewer,
        person.patient_id,
        program_id=program_id or imported(db, cast),
        start_on=TODAY - timedelta(days=days_ago),
        now=NOW - timedelta(days=max(0, days_ago)),
    )


def practise(db, cast, assignment, day, *, outcome="complete", credit=1.0, stop_reason=None, red_flag=False):
    owner = {"clinic_id": assignment.clinic_id, "team_id": assignment.team_id}
    script = t.Script(**owner, sha256=uuid.uuid4().hex, body="{}")
    db.add(script)
    db.flush()
    at = datetime.combine(day, NOW.timetz())
    db.add(
        t.Session(
            **owner,
            patient_id=assignment.patient_id,
            assignment_id=assignment.id,
            session_key="calm",
            script_id=script.id,
            day_on=day,
            opened_at=at,
            started_at=at,
            closed_at=at,
            outcome=outcome,
            stop_reason=stop_reason,
            credit=credit,
            red_flag=red_flag,
        )
    )
    db.flush()


def test_a_therapist_sees_her_teams_patients_and_no_others(db, cast):
    assert set(rows(db, cast)) == {"Mara", "Noor"}
    others = caseload.caseload(db, cast.outsider.viewer, now=NOW)
    assert [row.name for row in others] == ["Pia"]
    assert caseload.caseload(db, cast.team_outsider.viewer, now=NOW) == ()


def test_a_patient_has_no_caseload(db, cast):
    with pytest.raises(NotFound):
        caseload.caseload(db, cast.patient.viewer, now=NOW)


def test_n_of_n_covers_the_seven_days_up_to_today(db, cast):
    assignment = give(db, cast, cast.patient)
    for ago in (1, 2, 4, 9):
        practise(db, cast, assignment, TODAY - timedelta(days=ago))
    row = rows(db, cast)["Mara"]
    assert row.last_week == Practised(done=3.0, due=6, extra=0.0)  # today is still open, the ninth day too long ago
    assert (row.last.days_ago, row.last.outcome) == (1, "complete")
    assert [(str(now.program.default), str(now.phase.default)) for now in row.phases] == [("Calm", "Always")]


def test_a_session_that_was_done_today_counts_at_once(db, cast):
    assignment = give(db, cast, cast.patient)
    practise(db, cast, assignment, TODAY)
    assert rows(db, cast)["Mara"].last_week == Practised(done=1.0, due=7, extra=0.0)


def test_days_since_the_last_and_to_the_next_injection_are_on_her_calendar(db, cast):
    viewer, patient_id = cast.therapist.viewer, cast.patient.patient_id
    given = {"state": "given", "product": "Dysport", "units": 300}
    injections.chart(db, viewer, patient_id, ChartEntry(on=TODAY - timedelta(days=200), **given), now=NOW)
    injections.chart(db, viewer, patient_id, ChartEntry(on=TODAY - timedelta(days=36), **given), now=NOW)
    injections.chart(db, viewer, patient_id, ChartEntry(state="planned", on=TODAY + timedelta(days=60)), now=NOW)
    row = rows(db, cast)["Mara"]
    assert (row.days_since_injection, row.days_to_injection) == (36, 60)
    late = NOW.replace(hour=23, minute=30)  # after midnight in Berlin
    assert rows(db, cast, now=late)["Mara"].days_since_injection == 37


def test_without_a_program_that_is_the_reason_to_look_and_nothing_is_due(db, cast):
    row = rows(db, cast)["Mara"]
    assert isinstance(row.last_week, NothingDue)
    assert [reason.code for reason in row.reasons] == ["no_program"]


def test_three_silent_days_are_a_reason_and_two_are_none(db, cast):
    assignment = give(db, cast, cast.patient)
    practise(db, cast, assignment, TODAY - timedelta(days=2))
    assert rows(db, cast)["Mara"].reasons == ()
    later = rows(db, cast, now=NOW + timedelta(days=1))["Mara"]
    assert [(reason.code, reason.params) for reason in later.reasons] == [("silent", {"days": 3})]


def test_a_second_stop_in_a_week_is_a_reason_and_each_still_counts_in_full(db, cast):
    assignment = give(db, cast, cast.patient)
    practise(db, cast, assignment, TODAY - timedelta(days=1), outcome="stopped", stop_reason="pain")
    assert rows(db, cast)["Mara"].reasons == ()
    practise(db, cast, assignment, TODAY, outcome="stopped", stop_reason="fear")
    row = rows(db, cast)["Mara"]
    assert [(reason.code, reason.params) for reason in row.reasons] == [("stopped", {"times": 2})]
    assert row.last_week == Practised(done=2.0, due=7, extra=0.0)


def test_who_stopped_more_often_comes_first(db, cast):
    program_id = imported(db, cast)
    for person, times in ((cast.patient, 2), (cast.other_patient, 3)):
        assignment = give(db, cast, person, program_id=program_id)
        for ago in range(times):
            practise(db, cast, assignment, TODAY - timedelta(days=ago), outcome="stopped", stop_reason="pain")
    assert [row.name for row in caseload.caseload(db, cast.therapist.viewer, now=NOW)] == ["Noor", "Mara"]


@pytest.mark.parametrize(
    ("ago", "away"),
    [((19, 1), 18), ((60, 1, 0), 59), ((9, 2), 7), ((8, 2), None), ((40, 7, 2), None), ((2,), None)],
)
def test_practice_again_after_a_week_or_more_is_a_reason(db, cast, ago, away):
    """However far back the day before lies; but not what began again more than a week ago, nor the first time."""
    assignment = give(db, cast, cast.patient, days_ago=70)
    for days in ago:
        practise(db, cast, assignment, TODAY - timedelta(days=days))
    found = [(reason.code, reason.params) for reason in rows(db, cast)["Mara"].reasons]
    assert found == ([("returned", {"days": away})] if away else [])


def test_a_warning_sign_comes_before_all_else(db, cast):
    program_id = imported(db, cast)
    calm = give(db, cast, cast.other_patient, program_id=program_id)
    practise(db, cast, calm, TODAY, outcome="stopped", stop_reason="safety", red_flag=True)
    give(db, cast, cast.patient, program_id=program_id)
    listed = caseload.caseload(db, cast.therapist.viewer, now=NOW)
    assert [(row.name, row.reasons[0].code) for row in listed] == [("Noor", "red_flag"), ("Mara", "silent")]


def test_an_alert_that_nobody_has_seen_stands_first_and_for_its_session_and_a_seen_one_for_nothing(db, cast):
    program_id = imported(db, cast)
    calm = give(db, cast, cast.other_patient, program_id=program_id)
    practise(db, cast, calm, TODAY - timedelta(days=1), outcome="stopped", stop_reason="safety", red_flag=True)
    flagged = db.scalars(select(t.Session)).one()
    practise(db, cast, give(db, cast, cast.patient, program_id=program_id), TODAY, stop_reason="safety", red_flag=True)
    noor = access.patient(db, cast.therapist.viewer, cast.other_patient.patient_id)
    alerts.raise_alert(
        db, noor, key="a", kind="warning_sign", urgency="emergency", body={}, session_id=flagged.id,
        now=NOW - timedelta(days=1),
    )  # fmt: skip
    alerts.raise_alert(db, noor, key="b", kind="two_stops", urgency="routine", body={}, now=NOW)
    first, second = caseload.caseload(db, cast.therapist.viewer, now=NOW)
    assert [(reason.code, dict(reason.params)) for reason in first.reasons] == [
        ("alert", {"times": 1, "days": 1}),
        ("alert_routine", {"times": 1}),
    ]
    assert second.reasons[0].code == "red_flag"
    for alert in alerts.open_of(db, cast.therapist.viewer, noor.id):
        alerts.see(db, cast.therapist.viewer, noor.id, alert.id, now=NOW)
    assert rows(db, cast)["Noor"].reasons == ()


def test_a_link_that_is_open_is_told_from_none_and_from_an_account(db, cast):
    linden = patients.add(db, cast.therapist.viewer, name="Linden", zone="UTC", language="en", now=NOW)
    assert rows(db, cast)["Linden"].access == "no_link"
    invitations.invite(db, cast.therapist.viewer, linden.id, now=NOW)
    assert rows(db, cast)["Linden"].access == "link_open"
    assert rows(db, cast, now=NOW + timedelta(days=8))["Linden"].access == "no_link"
    assert rows(db, cast)["Mara"].access == "signed_up"


def test_the_usual_zone_is_that_of_most_of_the_teams_patients(db, cast):
    assert caseload.usual_zone(db, cast.therapist.viewer) == "Europe/Berlin"
    assert caseload.usual_zone(db, cast.team_outsider.viewer) is None


def test_the_cost_is_the_same_for_one_ten_and_fifty_patients(database, db, cast):
    viewer = cast.team_outsider.viewer  # her team has no patients yet
    program_id = imported(db, cast)
    counts = []
    total = 0
    for size in (1, 10, 50):
        for number in range(total, size):
            entry = {"name": f"P{number}", "zone": "UTC", "language": "en", "dilators_mm": [13, 16]}
            patient = patients.add(db, viewer, **entry, now=NOW)
            injections.chart(db, viewer, patient.id, ChartEntry(state="planned", on=TODAY), now=NOW)
            assignment = assignments.assign(db, viewer, patient.id, program_id=program_id, start_on=TODAY, now=NOW)
            practise(db, cast, assignment, TODAY)
        total = size
        db.flush()
        db.expire_all()
        with statements(database.engine) as seen:
            listed = caseload.caseload(db, viewer, now=NOW)
        assert len(listed) == size
        counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2] <= 10
