"""A patient's place on a ladder: changed by adding, each with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from coach.db import tables as t
from coach.services import assignment_changes, assignments, placements
from coach.services.access import NotFound
from coach.services.assignment_changes import End
from tests.cast import NOW
from tests.services.test_assignments import TODAY, injection, refused_with, sizes, standing

__all__ = ["injection", "sizes", "standing"]  # fixtures


def place(db, cast, assignment, **entry):
    entry = {"ladder": "dilator", "rung": "d2", "reason": "Three calm sessions", "now": NOW, **entry}
    return placements.place(db, cast.therapist.viewer, assignment.id, **entry)


def test_a_new_place_is_added_with_its_reason_and_the_old_one_stays(db, cast, standing):
    place(db, cast, standing, now=NOW + timedelta(days=3))
    (running,) = assignments.running(db, cast.therapist.viewer, cast.patient.patient_id, now=NOW + timedelta(days=3))
    dilator = next(each for each in running.standings if each.ladder.id == "dilator")
    assert dilator.rung.id == "d2"
    assert [(each.rung, each.from_on, each.reason) for each in dilator.placements] == [
        ("d2", TODAY + timedelta(days=3), "Three calm sessions"),
        ("d1", TODAY, None),
    ]


def test_a_locked_ladder_is_opened_by_placing_her_on_it(db, cast, standing):
    place(db, cast, standing, ladder="strength", rung="l1", reason="She lets go fully")
    (running,) = assignments.running(db, cast.therapist.viewer, cast.patient.patient_id, now=NOW)
    strength = next(each for each in running.standings if each.ladder.id == "strength")
    assert strength.rung.id == "l1"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": "  "}, ("reason", "missing")),
        ({"reason": "x" * 3000}, ("reason", "too_long")),
        ({"rung": "d9"}, ("rung", "unknown_rung")),
        ({"rung": "d1"}, ("rung", "there_already")),
        ({"ladder": "height"}, ("ladder", "unknown_ladder")),
    ],
)
def test_a_place_that_cannot_be_is_refused(db, cast, standing, changes, expected):
    with refused_with(expected):
        place(db, cast, standing, **changes)
    assert db.scalar(select(func.count()).select_from(t.Placement)) == 1


def test_nobody_is_placed_on_what_has_ended(db, cast, standing):
    assignment_changes.apply(db, cast.therapist.viewer, standing.id, End(TODAY), reason="Done", now=NOW)
    with refused_with(("ladder", "ended")):
        place(db, cast, standing, now=NOW + timedelta(days=1))


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "patient", "other_patient"])
def test_only_her_own_therapists_place_her(db, cast, standing, who):
    with pytest.raises(NotFound):
        placements.place(db, getattr(cast, who).viewer, standing.id, ladder="dilator", rung="d2", reason="No", now=NOW)
