"""A patient's place on a ladder: changed by adding, each with its reason."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from coach.db import tables as t
from coach.services import assignment_changes, assignments, dilators, injections, notices, placements, plans
from coach.services.access import NotFound
from coach.services.assignment_changes import End
from coach.services.charts import ChartEntry
from tests.cast import NOW
from tests.services.test_assignments import (
    SIZES,
    TODAY,
    assigned,
    imported,
    injection,
    refused_with,
    sizes,
    standing,
)

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


# -- holding, locking, unlocking --------------------------------------------------------------------------------------


def told(db, cast) -> list[str]:
    return [each.kind for each in reversed(notices.open_of(db, cast.patient.viewer))]


def newest(db, ladder="dilator") -> t.Placement:
    rows = db.scalars(select(t.Placement).where(t.Placement.ladder == ladder).order_by(t.Placement.placed_at.desc()))
    return rows.first()


def test_a_rung_is_held_and_the_hold_lifted_each_with_its_reason(db, cast, standing):
    place(db, cast, standing, rung="", state="held", reason="Let us look together", now=NOW + timedelta(hours=1))
    assert (newest(db).rung, newest(db).state, newest(db).reason) == ("d1", "held", "Let us look together")
    place(db, cast, standing, rung="", reason="All is well", now=NOW + timedelta(hours=2))
    assert (newest(db).rung, newest(db).state) == ("d1", "placed")
    assert told(db, cast)[-1] == "rung_held"
    with refused_with(("rung", "there_already")):
        place(db, cast, standing, rung="", reason="Again", now=NOW + timedelta(hours=3))


def test_what_the_author_wants_confirmed_is_confirmed_before_a_ladder_opens(db, cast, injection):
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[13, 16], now=NOW)
    text = SIZES.replace("locked: true", "locked: [lets go fully, pain at rest 2 or less]")
    program_id = imported(db, cast, text, "confirmed")
    given = assigned(db, cast, program_id, injection_id=injection.id, placements={"dilator": "d1"})
    for confirmed in ((), (0,), (1, 2)):
        with refused_with(("confirmed", "unconfirmed")):
            place(db, cast, given, ladder="strength", rung="l1", confirmed=confirmed)
    place(db, cast, given, ladder="strength", rung="l1", confirmed=(0, 1), now=NOW + timedelta(minutes=1))
    assert told(db, cast)[-1] == "ladder_unlocked"


def test_a_ladder_is_locked_again_and_its_sessions_wait(db, cast, standing):
    place(db, cast, standing, ladder="strength", rung="l1", now=NOW)
    known = plans.facts(db, db.get(t.Patient, cast.patient.patient_id), now=NOW + timedelta(hours=2))
    assert [item.session_key for item in plans.today_of(known).items] == ["lifts"]
    place(db, cast, standing, ladder="strength", rung="", state="locked", now=NOW + timedelta(hours=1))
    known = plans.facts(db, db.get(t.Patient, cast.patient.patient_id), now=NOW + timedelta(hours=2))
    assert [item.session_key for item in plans.today_of(known).items] == []
    assert told(db, cast)[-1] == "ladder_locked"


# -- the patient's own word -------------------------------------------------------------------------------------------


def choose(db, cast, assignment, rung, *, who=None, hours=1):
    viewer = (who or cast.patient).viewer
    placements.choose(db, viewer, assignment.id, ladder="dilator", rung=rung, now=NOW + timedelta(hours=hours))


def test_she_may_always_go_smaller_and_back_but_never_above_what_is_allowed(db, cast, standing):
    place(db, cast, standing, rung="d2", now=NOW + timedelta(minutes=1))
    choose(db, cast, standing, "d1")
    assert (newest(db).rung, newest(db).by, newest(db).reason) == ("d1", "patient", None)
    choose(db, cast, standing, "d2", hours=2)
    assert newest(db).rung == "d2"
    with refused_with(("rung", "unknown_rung")):
        choose(db, cast, standing, "d3", hours=3)
    with pytest.raises(NotFound):
        choose(db, cast, standing, "d1", who=cast.other_patient)
    with pytest.raises(NotFound):
        choose(db, cast, standing, "d1", who=cast.therapist)


def test_what_she_may_choose_reaches_up_to_where_others_placed_her(db, cast, standing):
    place(db, cast, standing, rung="d2", now=NOW + timedelta(minutes=1))
    choose(db, cast, standing, "d1")
    (choice,) = placements.choices(db, cast.patient.viewer, now=NOW + timedelta(hours=2))
    assert (choice.rung.id, [rung.id for rung in choice.rungs], choice.offered) == ("d1", ["d1", "d2"], None)


# -- proposals --------------------------------------------------------------------------------------------------------


def propose(db, assignment, needs="therapist"):
    offer = t.RungProposal(
        clinic_id=assignment.clinic_id, team_id=assignment.team_id, assignment_id=assignment.id, ladder="dilator",
        rung_from="d1", rung_to="d2", needs=needs, code="up", params={"met": 3}, proposed_at=NOW,
    )  # fmt: skip
    db.add(offer)
    db.flush()
    return offer


def respond(db, viewer, assignment, accept, **more):
    waits = db.scalars(select(t.RungProposal.id).where(t.RungProposal.closed_at.is_(None))).one_or_none()
    more = {"now": NOW + timedelta(hours=1), "proposal_id": waits, **more}
    placements.answer(db, viewer, assignment.id, ladder="dilator", accept=accept, **more)


def test_a_proposal_that_is_accepted_is_her_place_with_what_spoke_for_it(db, cast, standing):
    offer = propose(db, standing)
    respond(db, cast.therapist.viewer, standing, True, reason="Yes")
    assert (newest(db).rung, newest(db).by, newest(db).code, newest(db).reason) == ("d2", "therapist", "up", "Yes")
    assert (offer.outcome, offer.closed_by_id) == ("accepted", cast.therapist.account_id)
    assert told(db, cast)[-1] == "rung_up"


def test_another_rung_or_a_hold_answers_it_as_declined_with_the_reason(db, cast, standing):
    offer = propose(db, standing)
    place(db, cast, standing, rung="d3", reason="She asked for it", now=NOW + timedelta(hours=1))
    assert (offer.outcome, offer.reason) == ("declined", "She asked for it")
    with refused_with(("ladder", "no_proposal")):
        respond(db, cast.therapist.viewer, standing, True)


def test_what_needs_a_therapist_is_no_offer_to_her(db, cast, standing):
    propose(db, standing)
    (choice,) = placements.choices(db, cast.patient.viewer, now=NOW)
    assert choice.offered is None
    with pytest.raises(NotFound):
        respond(db, cast.patient.viewer, standing, True)


def test_an_offer_that_is_hers_she_takes_or_leaves(db, cast, standing):
    offer = propose(db, standing, "patient")
    (choice,) = placements.choices(db, cast.patient.viewer, now=NOW)
    assert choice.offered.id == "d2"
    with pytest.raises(NotFound):
        respond(db, cast.other_patient.viewer, standing, True)
    respond(db, cast.patient.viewer, standing, False)
    assert (offer.outcome, newest(db).rung) == ("declined", "d1")
    propose(db, standing, "patient")
    respond(db, cast.patient.viewer, standing, True, now=NOW + timedelta(hours=2))
    assert (newest(db).rung, newest(db).by) == ("d2", "patient")
    choose(db, cast, standing, "d1", hours=3)
    choose(db, cast, standing, "d2", hours=4)  # taken, it is hers to come back to


@pytest.mark.parametrize("who", ["patient", "therapist"])
def test_an_answer_is_heard_for_the_proposal_that_was_seen_alone(db, cast, standing, who):
    viewer = getattr(cast, who).viewer
    seen = propose(db, standing, "patient").id
    respond(db, viewer, standing, False)
    again = propose(db, standing, "patient")
    for stale in (seen, None):
        with refused_with(("ladder", "no_proposal")):
            respond(db, viewer, standing, True, proposal_id=stale, now=NOW + timedelta(hours=2))
    with refused_with(("ladder", "no_proposal")):
        place(db, cast, standing, rung="", state="held", answers=seen, now=NOW + timedelta(hours=2))
    assert (again.outcome, newest(db).rung) == (None, "d1")
    respond(db, viewer, standing, True, now=NOW + timedelta(hours=2))
    assert newest(db).rung == "d2"


@pytest.mark.parametrize("days", [0, 1])
def test_what_another_cycle_took_over_is_neither_chosen_on_nor_answered(db, cast, sizes, standing, days):
    offer = propose(db, standing, "patient")
    entry = ChartEntry(state="planned", on=TODAY + timedelta(days=90))
    second = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection
    first_on = TODAY + timedelta(days=days)
    given = assigned(db, cast, sizes, injection_id=second.id, placements={"dilator": "d2"}, start_on=first_on, now=NOW)
    db.refresh(offer)
    assert offer.outcome == ("withdrawn" if days == 0 else None)
    then = NOW + timedelta(days=days, hours=1)
    (choice,) = placements.choices(db, cast.patient.viewer, now=then)
    assert (choice.assignment_id, choice.rung.id, choice.offered) == (given.id, "d2", None)
    for who in (cast.patient, cast.therapist):
        with refused_with(("ladder", "no_proposal")):
            respond(db, who.viewer, standing, True, proposal_id=offer.id, now=then)
    with refused_with(("rung", "unknown_rung")):
        placements.choose(db, cast.patient.viewer, standing.id, ladder="dilator", rung="d1", now=then)
    with refused_with(("ladder", "ended")):
        place(db, cast, standing, rung="d3", now=then)


def test_the_word_that_was_written_last_is_hers_whatever_day_another_was_to_begin_on(db, cast, standing):
    row = newest(db)
    rule = {"by": "rule", "code": "up", "params": {}, "placed_at": NOW}
    owner = {"clinic_id": row.clinic_id, "team_id": row.team_id, "assignment_id": row.assignment_id}
    db.add(t.Placement(**owner, ladder="dilator", rung="d2", from_on=TODAY + timedelta(days=1), **rule))
    db.flush()
    place(db, cast, standing, rung="d3", now=NOW + timedelta(hours=1))
    (running,) = assignments.running(db, cast.therapist.viewer, cast.patient.patient_id, now=NOW + timedelta(days=2))
    assert running.standings[0].rung.id == "d3"


def frozen(db) -> int:
    return db.scalar(select(func.count()).select_from(t.DueDay))


def test_what_was_due_is_frozen_before_anybody_changes_her_place(db, cast, standing):
    db.execute(delete(t.DueDay))
    place(db, cast, standing, rung="d2", now=NOW + timedelta(minutes=1))
    assert frozen(db)
    propose(db, standing, "patient").rung_from = "d2"
    db.execute(delete(t.DueDay))
    respond(db, cast.patient.viewer, standing, False)
    assert frozen(db)
    db.execute(delete(t.DueDay))
    choose(db, cast, standing, "d1", hours=2)
    assert frozen(db)


def test_nothing_raises_her_from_a_held_rung_by_an_old_proposal(db, cast, standing):
    place(db, cast, standing, rung="", state="held", reason="Wait", now=NOW + timedelta(minutes=1))
    propose(db, standing)
    with refused_with(("ladder", "no_proposal")):
        respond(db, cast.therapist.viewer, standing, True)
