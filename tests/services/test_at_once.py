"""Two who write to the same record at once: the second waits for the first, and is told."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.bands import Begins
from coach.services import bands, injections, observations, placements, sessions, side_effects
from coach.services.refusals import Refused
from coach.services.side_effects import SideEffectEntry
from tests.cast import NOW, make_cast
from tests.services.test_injections import GIVEN, TODAY, changed
from tests.services.test_progress import given
from tests.services.test_settling import events_of, open_one

CLINICS = Begins(onset=1, plateau=14, waning=84, worn_off=182)
OTHERS = (
    Begins(onset=2, plateau=20, waning=80, worn_off=190),
    Begins(onset=3, plateau=30, waning=90, worn_off=200),
)
GIVEN_BEFORE = changed(GIVEN, on=TODAY - timedelta(days=60), insertion_on=None)
SORE = SideEffectEntry(what="soreness", severity="mild", began_on=TODAY)
WHY = {"reason": "Seen again", "now": NOW}


def chart(db, viewer, injection_id, _side_effect_id, _who):
    injections.correct(db, viewer, injection_id, GIVEN_BEFORE, after=1, **WHY)


def observe(db, viewer, injection_id, _side_effect_id, _who):
    observations.note(db, viewer, injection_id, kind="peak", on=TODAY, after=0, now=NOW)


def change_bands(db, viewer, injection_id, _side_effect_id, who):
    bands.change(db, viewer, injection_id, OTHERS[who], after=0, **WHY)


def go_on(db, viewer, _injection_id, side_effect_id, _who):
    side_effects.correct(db, viewer, side_effect_id, SORE, after=1, **WHY)


def edit_every_product(db, viewer, _injection_id, _side_effect_id, who):
    bands.edit(db, viewer, product=None, begins=OTHERS[who], before=CLINICS, **WHY)


def edit_one_product(db, viewer, _injection_id, _side_effect_id, who):
    bands.edit(db, viewer, product=("P", "p")[who], begins=OTHERS[who], before=None, **WHY)


def chart_another(db, viewer, injection_id, _side_effect_id, _who):
    injections.chart(db, viewer, db.get_one(t.Injection, injection_id).patient_id, GIVEN, now=NOW)


@pytest.mark.parametrize(
    ("write", "code"),
    [
        (chart_another, "given_that_day"),
        (chart, "corrected_meanwhile"),
        (observe, "noted_meanwhile"),
        (change_bands, "moved_meanwhile"),
        (go_on, "corrected_meanwhile"),
        (edit_every_product, "moved_meanwhile"),
        (edit_one_product, "moved_meanwhile"),
    ],
)
def test_the_second_of_two_waits_for_the_first_and_is_told(database, write, code):
    with database.write() as db:
        cast = make_cast(db)
        viewer = cast.therapist.viewer
        injection = injections.chart(db, viewer, cast.patient.patient_id, GIVEN_BEFORE, now=NOW).injection
        side_effect = side_effects.chart(db, viewer, injection.id, SORE, now=NOW)
        ids = (injection.id, side_effect.id)
    told = []
    written = threading.Event()

    def second():
        written.wait(20)
        try:
            with database.write() as own:
                write(own, viewer, *ids, 1)
            told.append("written")
        except Refused as refused:
            told.extend(refusal.code for refusal in refused.refusals)
        except Exception as error:
            told.append(type(error).__name__)

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as db:
        write(db, viewer, *ids, 0)
        written.set()
        thread.join(0.5)
        early = list(told)
    thread.join(30)
    assert early == []  # it waited
    assert code in told


def test_an_upload_waits_for_her_therapist_and_heeds_the_lock(database):
    with database.write() as db:
        cast = make_cast(db)
        her = given(db, cast)
        her.sits(0)
        at = NOW + timedelta(days=1)
        opened, assignment_id = open_one(db, cast, her.assignment.id, at), her.assignment.id
        events = events_of(db, cast.patient.viewer, opened, at)
    told = []
    written = threading.Event()

    def upload():
        written.wait(20)
        try:
            with database.write() as own:
                told.append(
                    sessions.record(
                        own, cast.patient.viewer, opened.id, events, now=at + timedelta(days=1, seconds=1)
                    ).outcome
                )
        except Exception as error:
            told.append(repr(error))

    thread = threading.Thread(target=upload)
    thread.start()
    with database.write() as db:
        placements.place(
            db, cast.therapist.viewer, assignment_id, ladder="dilator", rung="d1", state="locked",
            reason="pain at the visit", now=at + timedelta(days=1),
        )  # fmt: skip
        written.set()
        thread.join(0.5)
        early = list(told)
    thread.join(30)
    assert early == []  # it waited
    assert told == ["complete"]
    with database.read() as db:
        rows = select(t.Placement).where(t.Placement.ladder == "dilator").order_by(t.Placement.placed_at)
        found = [(row.rung, row.by, row.state) for row in db.scalars(rows)]
    assert found == [("d2", "therapist", "placed"), ("d1", "therapist", "locked")]
