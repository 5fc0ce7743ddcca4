"""What an injection holds back is offered and opened in no way: not as a variant, not in another session's place."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.services import assignments, injections, programs, sessions
from coach.services.access import NotFound
from coach.services.injections import ChartEntry
from tests.cast import NOW
from tests.domain.test_held_back import TEXT
from tests.given import TODAY, shipped


def give(db, cast, *, insertion_on):
    patient_id = cast.patient.patient_id
    done = programs.import_text(db, cast.therapist.viewer, key="t", text=TEXT, imports_reader=shipped, now=NOW)
    charted = injections.chart(
        db,
        cast.therapist.viewer,
        patient_id,
        ChartEntry(state="given", on=TODAY, product="onabotulinumtoxinA (Botox)", units=100, insertion_on=insertion_on),
        now=NOW,
    )
    return assignments.assign(
        db,
        cast.therapist.viewer,
        patient_id,
        program_id=done.program.id,
        start_on=TODAY,
        injection_id=charted.injection.id,
        now=NOW,
    )


def offered(db, cast, assignment, key):
    prepared = sessions.preparation(db, cast.patient.viewer, assignment.id, key, now=NOW)
    return [offer.id for offer in prepared.offers]


def opened(db, cast, assignment, key, variant=None):
    session = sessions.open_session(
        db, cast.patient.viewer, assignment_id=assignment.id, session_key=key, variant=variant, now=NOW
    )
    script = sessions.script_of(db, cast.patient.viewer, session.id)
    return [step["exercise"] for step in script["steps"]]


def test_before_its_day_nothing_is_inserted_in_a_variant_or_in_the_place_of_another_session(db, cast):
    given = give(db, cast, insertion_on=TODAY + timedelta(days=5))

    assert offered(db, cast, given, "calm") == [None]
    assert opened(db, cast, given, "calm", "inserted") == ["rest"]
    with pytest.raises(NotFound):
        opened(db, cast, given, "sizes")
    assert db.scalars(select(t.Session.session_key)).all() == ["calm"]


def test_from_its_day_on_it_is(db, cast):
    given = give(db, cast, insertion_on=TODAY)

    assert offered(db, cast, given, "calm") == [None, "inserted", "early", "only"]  # `strong` is locked
    assert opened(db, cast, given, "calm", "inserted") == ["rest", "still"]
    assert opened(db, cast, given, "sizes") == ["rest", "still"]
