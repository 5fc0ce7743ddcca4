"""A charted injection shows what it does to this patient's plan before it applies; then she is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.domain.due import due_windows
from coach.domain.effect import Days
from coach.services import injections, notices, plans
from coach.services.access import NotFound
from coach.services.charts import ChartEntry
from coach.services.refusals import Refused
from tests.cast import NOW
from tests.given import INJECTED, TODAY, give_practice
from tests.services.test_assignments import everything, refused_with

GIVEN = ChartEntry(
    state="given",
    on=INJECTED,
    product="onabotulinumtoxinA (Botox)",
    units=100,
    insertion_on=INJECTED + timedelta(days=3),
)
PLANNED = ChartEntry(state="planned", on=TODAY + timedelta(days=30))


@pytest.fixture
def practice(db, cast):
    return give_practice(db, cast, now=NOW - timedelta(days=10))


def seen(db, cast, entry, injection_id=None, now=NOW):
    viewer = cast.therapist.viewer
    return injections.preview(db, viewer, cast.patient.patient_id, entry, injection_id=injection_id, now=now)


def correct(db, cast, injection_id, entry, now=NOW):
    return injections.correct(db, cast.therapist.viewer, injection_id, entry, reason="Misread", now=now)


def told(db, cast):
    return [
        (each.kind, dict(each.body))
        for each in notices.open_of(db, cast.patient.viewer)
        if each.kind == "injection_moved"
    ]


def due(db, cast, first, last, now=NOW):
    patient = db.get(t.Patient, cast.patient.patient_id)
    known = plans.with_frozen(db, plans.facts(db, patient, now=now, performed=False), since=INJECTED)
    return [
        (each.session_key, each.first, each.least, each.planned)
        for each in due_windows(first, last, assignments=known.assignments)
    ]


def planned(windows):
    return [(session, first, number) for session, first, _, number in windows]


def dilating(windows):
    return [(first, least) for session, first, least, _ in windows if session == "dilate"]


def test_a_moved_day_shows_which_phases_move_and_writes_nothing(db, cast, practice):
    before = everything(db)
    moved = replace(GIVEN, on=INJECTED + timedelta(days=2), insertion_on=INJECTED + timedelta(days=5))
    effect = seen(db, cast, moved, practice.injection_id)
    assert everything(db) == before
    build = next(each for each in effect.phases if each.phase_id == "build")
    assert build.after.last - build.before.last == timedelta(days=2)


def test_days_that_have_opened_keep_what_was_due_on_them(db, cast, practice):
    days = due(db, cast, INJECTED, TODAY)
    ahead = due(db, cast, TODAY + timedelta(days=1), TODAY + timedelta(days=60))
    moved = replace(GIVEN, on=INJECTED + timedelta(days=9), insertion_on=None)
    correct(db, cast, practice.injection_id, moved)
    assert planned(due(db, cast, INJECTED, TODAY)) == planned(days)
    assert due(db, cast, TODAY + timedelta(days=1), TODAY + timedelta(days=60)) != ahead


def test_of_a_new_injection_told_afterwards_its_rest_alone_is_laid_over_days_that_have_opened(db, cast, practice):
    days = due(db, cast, INJECTED, TODAY)
    entry = replace(GIVEN, on=TODAY - timedelta(days=3), insertion_on=None)
    injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW)
    after = due(db, cast, INJECTED, TODAY)
    assert planned(after) == planned(days)
    assert [each for each in after if each[0] != "dilate"] == [each for each in days if each[0] != "dilate"]
    assert dilating(after) == [(on, 0 if on >= entry.on else least) for on, least in dilating(days)]
    ahead = due(db, cast, TODAY + timedelta(days=1), TODAY + timedelta(days=9))
    assert "dilate" not in {session for session, *_ in ahead}


def test_a_further_injection_holds_insertion_back_from_its_day_on(db, cast, practice):
    effect = seen(db, cast, PLANNED)
    assert [(held.before, held.after) for held in effect.held] == [(None, Days(PLANNED.on, None))]
    assert effect.first_on <= PLANNED.on


def test_what_changes_no_day_has_no_effect_and_tells_her_nothing(db, cast, practice):
    entry = replace(GIVEN, units=150)
    assert seen(db, cast, entry, practice.injection_id).is_empty
    correct(db, cast, practice.injection_id, entry)
    assert told(db, cast) == []


def test_she_is_told_of_the_new_day_and_not_why_it_was_corrected(db, cast, practice):
    injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, PLANNED, now=NOW)
    assert told(db, cast) == [("injection_moved", {"on": PLANNED.on.isoformat(), "state": "planned"})]
    further = injections.timeline_of(db, cast.therapist.viewer, cast.patient.patient_id)[1]
    later = PLANNED.on + timedelta(days=7)
    correct(db, cast, further.id, replace(PLANNED, on=later), now=NOW + timedelta(hours=1))
    assert told(db, cast)[0][1] == {
        "on": later.isoformat(),
        "before": PLANNED.on.isoformat(),
        "state": "planned",
    }
    correct(db, cast, further.id, replace(PLANNED, on=later, state="cancelled"), now=NOW + timedelta(hours=2))
    assert told(db, cast)[0][1] == {"on": later.isoformat(), "state": "cancelled"}


def test_a_first_day_of_insertion_is_told(db, cast, practice):
    correct(db, cast, practice.injection_id, replace(GIVEN, insertion_on=TODAY + timedelta(days=4)))
    assert told(db, cast)[0][1]["insertion_on"] == (TODAY + timedelta(days=4)).isoformat()


def test_a_look_is_refused_like_the_chart(db, cast, practice):
    with refused_with(("on", "planned_in_the_past")):
        seen(db, cast, replace(PLANNED, on=TODAY - timedelta(days=1)))
    with pytest.raises(Refused):
        seen(db, cast, replace(GIVEN, product=None), practice.injection_id)


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "patient", "other_patient"])
def test_only_her_own_therapists_look(db, cast, practice, who):
    for injection_id in (None, practice.injection_id):
        with pytest.raises(NotFound):
            injections.preview(
                db, getattr(cast, who).viewer, cast.patient.patient_id, GIVEN, injection_id=injection_id, now=NOW
            )
    with pytest.raises(NotFound):
        injections.preview(
            db,
            cast.therapist.viewer,
            cast.other_patient.patient_id,
            GIVEN,
            injection_id=practice.injection_id,
            now=NOW,
        )
    assert db.scalar(select(func.count()).select_from(t.InjectionChart)) == 1
