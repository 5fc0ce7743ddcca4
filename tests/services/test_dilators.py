"""Her own set: rungs keep their ids; what she stands on changes only when it is confirmed, never to a larger size."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from coach.db import tables as t
from coach.services import dilators, placements
from coach.services.access import NotFound
from coach.services.dilators import Entry
from tests.cast import NOW
from tests.services.test_assignments import injection, refused_with, sizes, standing

__all__ = ["injection", "sizes", "standing"]  # fixtures: d1 13 mm, d2 16 mm, d3 19 mm, and she stands on d1
LATER = NOW + timedelta(hours=1)


def own(db, cast):
    return [
        (each.rung, each.size_mm, each.label)
        for each in dilators.of_patient(db, cast.therapist.viewer, cast.patient.patient_id)
    ]


def change(db, cast, *entries, confirmed=False, now=LATER):
    """Her set as it shall be; what is not named is taken away."""
    named = {each[0] for each in entries}
    gone = [Entry(rung, 0, is_gone=True) for rung, _, _ in own(db, cast) if rung not in named]
    dilators.change(
        db, cast.therapist.viewer, cast.patient.patient_id, [*(Entry(*each) for each in entries), *gone],
        confirmed=confirmed, now=now,
    )  # fmt: skip


def newest(db):
    return db.scalars(
        select(t.Placement).where(t.Placement.ladder == "dilator").order_by(t.Placement.placed_at.desc())
    ).first()


def test_sizes_and_labels_change_and_rungs_keep_their_ids(db, cast, sizes):
    change(db, cast, ("d1", 13.0, " the small one "), ("d2", 16.5), ("d3", 19.0), (None, 22.0), (None, 15.0))
    assert own(db, cast) == [
        ("d1", 13, "the small one"), ("d4", 15, None), ("d2", 16.5, None), ("d3", 19, None), ("d5", 22, None),
    ]  # fmt: skip


def test_an_id_that_was_used_is_never_given_to_another_dilator(db, cast, standing):
    viewer = cast.therapist.viewer
    placements.place(db, viewer, standing.id, ladder="dilator", rung="d3", reason="Calm", now=LATER)
    placements.place(
        db, viewer, standing.id, ladder="dilator", rung="d1", reason="Sore", now=LATER + timedelta(minutes=1)
    )
    change(db, cast, ("d1", 13.0), ("d2", 16.0), now=LATER + timedelta(minutes=2))
    dilators.add(db, viewer, cast.patient.patient_id, sizes_mm=[25], now=LATER + timedelta(minutes=3))
    assert [rung for rung, _, _ in own(db, cast)] == ["d1", "d2", "d4"]


def test_a_size_that_she_stands_on_changes_only_when_it_is_confirmed(db, cast, standing):
    larger = [("d1", 14.0), ("d2", 16.0), ("d3", 19.0)]
    (effect,) = dilators.effect_of(
        db, cast.therapist.viewer, cast.patient.patient_id, [Entry(*each) for each in larger], now=LATER
    )
    assert (effect.ladder, effect.before_mm, effect.after_mm) == ("dilator", 13, 14)
    with refused_with(("confirmed", "in_use")):
        change(db, cast, *larger)
    change(db, cast, *larger, confirmed=True)
    assert own(db, cast)[0] == ("d1", 14, None)


def test_a_size_in_use_that_goes_leaves_her_on_the_next_smaller_one(db, cast, standing):
    placements.place(
        db, cast.therapist.viewer, standing.id, ladder="dilator", rung="d2", reason="Calm",
        now=NOW + timedelta(minutes=1),
    )  # fmt: skip
    with refused_with(("confirmed", "in_use")):
        change(db, cast, ("d1", 13.0), ("d3", 19.0))
    change(db, cast, ("d1", 13.0), ("d3", 19.0), confirmed=True)
    assert (newest(db).rung, newest(db).code, newest(db).by) == ("d1", "set_changed", "therapist")


def test_the_smallest_in_use_cannot_go_so_that_nobody_is_left_with_a_larger_one(db, cast, standing):
    with refused_with(("dilators_mm", "smallest_in_use")):
        change(db, cast, ("d2", 16.0), ("d3", 19.0), confirmed=True)
    assert len(own(db, cast)) == 3


def test_a_rung_that_a_rule_gave_her_stands_as_it_is_with_another_set(db, cast, standing):
    row = newest(db)
    db.add(
        t.Placement(
            clinic_id=row.clinic_id, team_id=row.team_id, assignment_id=row.assignment_id, ladder="dilator", rung="d2",
            from_on=row.from_on, by="rule", code="up", params={}, placed_at=NOW + timedelta(minutes=1),
        )
    )  # fmt: skip
    db.flush()
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[14.5], now=LATER)
    assert (newest(db).rung, newest(db).by, newest(db).code) == ("d2", "therapist", "set_changed")


def choices(db, cast, now=LATER):
    (choice,) = placements.choices(db, cast.patient.viewer, now=now)
    return choice.rung.size_mm, [rung.size_mm for rung in choice.rungs]


@pytest.fixture
def lower(db, cast, standing):
    """Allowed up to 19 mm, she chose 16 mm herself."""
    at = NOW + timedelta(minutes=1)
    placements.place(db, cast.therapist.viewer, standing.id, ladder="dilator", rung="d3", reason="Calm", now=at)
    placements.choose(db, cast.patient.viewer, standing.id, ladder="dilator", rung="d2", now=at + timedelta(minutes=1))
    return standing


def test_a_size_that_is_open_to_her_does_not_grow_though_she_stands_lower(db, cast, lower):
    larger = [("d1", 13.0), ("d2", 16.0), ("d3", 35.0)]
    (effect,) = dilators.effect_of(
        db, cast.therapist.viewer, cast.patient.patient_id, [Entry(*each) for each in larger], now=LATER
    )
    assert (effect.is_allowed, effect.before_mm, effect.after_mm) == (True, 19, 16)
    with refused_with(("confirmed", "in_use")):
        change(db, cast, *larger)
    change(db, cast, *larger, confirmed=True)
    assert choices(db, cast) == (16, [13, 16])
    with refused_with(("rung", "unknown_rung")):
        placements.choose(db, cast.patient.viewer, lower.id, ladder="dilator", rung="d3", now=LATER)


def test_what_is_open_to_her_is_the_next_smaller_one_where_it_is_taken_away(db, cast, lower):
    placements.choose(db, cast.patient.viewer, lower.id, ladder="dilator", rung="d1", now=NOW + timedelta(minutes=5))
    change(db, cast, ("d1", 13.0), ("d2", 16.0), confirmed=True)
    assert (newest(db).rung, newest(db).params) == ("d1", {"allowed": "d2"})
    assert choices(db, cast) == (13, [13, 16])
    placements.choose(db, cast.patient.viewer, lower.id, ladder="dilator", rung="d2", now=LATER + timedelta(minutes=1))
    assert choices(db, cast, LATER + timedelta(minutes=2)) == (16, [13, 16])


def test_what_changes_nothing_for_her_writes_no_place(db, cast, lower):
    before = newest(db).id
    change(db, cast, ("d1", 13.0), ("d2", 16.0), ("d3", 19.0, "the blue one"), (None, 25.0))
    assert newest(db).id == before


def test_below_where_she_stands_everything_is_open_to_her_though_what_was_allowed_is_gone(db, cast, lower):
    db.execute(delete(t.Dilator).where(t.Dilator.rung == "d3"))
    assert choices(db, cast) == (16, [13, 16])
    placements.choose(db, cast.patient.viewer, lower.id, ladder="dilator", rung="d1", now=LATER)
    assert choices(db, cast) == (13, [13])


def test_a_rung_that_begins_later_leaves_the_one_of_today_as_it_is_told(db, cast, standing):
    row = newest(db)
    db.add(
        t.Placement(
            clinic_id=row.clinic_id, team_id=row.team_id, assignment_id=row.assignment_id, ladder="dilator", rung="d2",
            from_on=row.from_on + timedelta(days=1), by="rule", code="up", params={}, placed_at=NOW,
        )
    )  # fmt: skip
    db.flush()
    effects = dilators.effect_of(
        db, cast.therapist.viewer, cast.patient.patient_id, [Entry("d1", 18.0), Entry("d2", 16.0)], now=LATER
    )
    assert [(each.before_mm, each.after_mm) for each in effects if not each.is_allowed] == [(13, 18)]


def test_what_was_proposed_with_another_set_is_withdrawn(db, cast, standing):
    offer = t.RungProposal(
        clinic_id=standing.clinic_id, team_id=standing.team_id, assignment_id=standing.id, ladder="dilator",
        rung_from="d1", rung_to="d2", needs="patient", code="up", params={}, proposed_at=NOW,
    )  # fmt: skip
    db.add(offer)
    db.flush()
    change(db, cast, ("d1", 13.0, "the small one"), ("d2", 16.0), ("d3", 19.0))
    db.refresh(offer)
    assert offer.outcome is None
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[14.5], now=LATER)
    db.refresh(offer)
    assert (offer.outcome, offer.closed_by_id) == ("withdrawn", None)


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([("d1", 13.0), ("d2", 13.0)], "size_twice"),
        ([("d1", 130.0)], "impossible_size"),
        ([("d9", 13.0)], "corrected_meanwhile"),
        ([("d1", 13.0, "x" * 100)], "too_long"),
        ([(None, 10.0 + number) for number in range(30)], "too_many"),
    ],
)
def test_what_cannot_be_a_set_is_refused(db, cast, sizes, entries, expected):
    before = own(db, cast)
    with refused_with(("dilators_mm", expected)):
        change(db, cast, *entries)
    assert own(db, cast) == before


def test_what_a_colleague_added_meanwhile_is_not_taken_away_by_a_page_that_does_not_know_it(db, cast, sizes):
    seen = [Entry("d1", 13.0, "the small one"), Entry("d2", 16.0), Entry("d3", 19.0)]
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[17.5], now=LATER)
    before = own(db, cast)
    for stale in (seen, [*seen, Entry("d1", 12.0), Entry("d4", 17.5)], [*seen, Entry("d5", 17.5)]):
        with refused_with(("dilators_mm", "corrected_meanwhile")):
            dilators.change(db, cast.therapist.viewer, cast.patient.patient_id, stale, confirmed=True, now=LATER)
    assert own(db, cast) == before


def test_an_id_is_not_given_again_though_its_dilator_left_no_trace(db, cast, sizes):
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[22], now=LATER)
    change(db, cast, ("d1", 13.0), ("d2", 16.0), ("d3", 19.0))
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[25], now=LATER)
    assert [rung for rung, _, _ in own(db, cast)] == ["d1", "d2", "d3", "d5"]


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "patient", "other_patient"])
def test_only_her_own_therapists_change_it(db, cast, sizes, who):
    with pytest.raises(NotFound):
        dilators.change(db, getattr(cast, who).viewer, cast.patient.patient_id, [], confirmed=True, now=LATER)


def test_what_was_due_is_frozen_before_her_set_changes(db, cast, standing):
    db.execute(delete(t.DueDay))
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[25], now=LATER)
    assert db.scalars(select(t.DueDay)).first() is not None
