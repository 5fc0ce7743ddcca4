"""What becomes of a program that she has: moved, extended, ended, restarted, and days that were stay."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.due import due_windows
from coach.domain.effect import Days
from coach.domain.ladders import rung_then
from coach.domain.plan import plan_for
from coach.services import assignment_changes, assignments, injections, notices, placements, plans, reviews
from coach.services.access import NotFound
from coach.services.assignment_changes import End, Extend, Move, Restart
from coach.services.charts import ChartEntry
from tests.cast import NOW
from tests.services.test_assignments import (
    TODAY,
    assigned,
    calm,
    everything,
    imported,
    injection,
    refused_with,
    sizes,
    standing,
)

__all__ = ["calm", "injection", "sizes", "standing"]  # fixtures

BEGAN = TODAY - timedelta(days=10)
LATER = NOW + timedelta(days=10)
THEN = TODAY + timedelta(days=10)

LADDER = """\
title: Steps
language: en
parameters:
  resting: {type: duration, default: 5min, min: 2min, max: 20min, label: Resting}
exercises:
  rest: {kind: relaxation, title: Rest, cue: Rest., for: $resting}
  stay: {kind: dilator, title: Stay, cue: Stay., size: $sizes, for: 5min}
ladders:
  sizes:
    kind: dilator
    rungs: [{id: a, size: 13mm}, {id: b, size: 16mm}, {id: c, size: 19mm}]
    start: chosen at assignment
    after_gap: {of: 3d, down: 2}
sessions:
  calm: {title: Calm, steps: [rest]}
  practice: {title: Practice, steps: [stay]}
phases:
  - {id: first, title: First, from: start, to: start + 13d, do: {calm: 1 per day}}
  - {id: second, title: Second, do: {practice: 1 per day}}
"""
NEWER = (
    LADDER.replace(", {id: c, size: 19mm}]", ", {id: d, size: 22mm}]")
    .replace("do: {practice: 1 per day}", "do: {practice: 2 per day, calm: 1 per day}")
    .replace("Rest.", "Rest well.")
)


def change(db, cast, assignment, what, *, reason="She asked for it", now=NOW, **more):
    return assignment_changes.apply(db, cast.therapist.viewer, assignment.id, what, reason=reason, now=now, **more)


def seen(db, cast, assignment, what, *, now=NOW):
    return assignment_changes.preview(db, cast.therapist.viewer, assignment.id, what, now=now)


def held(db, cast, assignment, *, now=NOW):
    return assignment_changes.read(db, cast.therapist.viewer, cast.patient.patient_id, assignment.id, now=now)


def facts(db, cast, *, now=NOW, since=date(2026, 1, 1)):
    patient = db.get(t.Patient, cast.patient.patient_id)
    return plans.with_frozen(db, plans.facts(db, patient, now=now, performed=False), since=since).assignments


def asked(db, cast, day, *, now=NOW):
    """What her plan asks for on a day: (session, times)."""
    return [
        (item.session_key, item.least)
        for item in plan_for(day, assignments=facts(db, cast, now=now), performed=()).items
    ]


def due(db, cast, first, last, *, now=NOW):
    """What was prescribed between two days, as it counts for her attendance."""
    return [
        (window.session_key, window.first, window.least)
        for window in due_windows(first, last, assignments=facts(db, cast, now=now))
        if window.most
    ]


@pytest.fixture
def steps(db, cast):
    """Given ten days ago, of which each has opened, at the middle rung."""
    began = NOW - timedelta(days=10)
    program_id = imported(db, cast, LADDER, "steps", now=began)
    return assigned(db, cast, program_id, start_on=BEGAN, placements={"sizes": "c"}, now=began)


@pytest.fixture
def newer(db, cast, steps):
    imported(db, cast, NEWER, "steps")
    return held(db, cast, steps).revisions[0]


# -- moved ------------------------------------------------------------------------------------------------------------


def test_a_newer_revision_shows_its_effect_on_this_patient_and_changes_nothing_yet(db, cast, steps, newer):
    before = everything(db)
    draft = seen(db, cast, steps, Move(revision_id=newer.id, parameters={}))
    assert everything(db) == before
    (ladder,) = draft.effect.ladders
    assert (ladder.before.id, ladder.after.id, ladder.from_on) == ("c", "b", TODAY)
    numbers = {(each.title.default, each.first): (each.before, each.after) for each in draft.effect.sessions}
    assert numbers["Practice", TODAY + timedelta(days=7)] == ((7, 7), (14, 14))
    assert [(each.what, each.name.default, each.hers, each.instead.id) for each in draft.gone] == [
        ("rung", "sizes 19 mm", True, "b")
    ]
    assert [title.default for title in draft.effect.contents] == ["Calm"]
    assert ("do practice", "1 per day", "2 per day") in {
        (each.key, each.before, each.after) for each in draft.differences
    }


def test_what_she_has_goes_over_by_its_id_and_days_that_were_stay(db, cast, steps, newer):
    change(db, cast, steps, Move(revision_id=steps.revision_id, parameters={"resting": 600_000}))
    days = due(db, cast, BEGAN, TODAY)
    moved = change(db, cast, steps, Move(revision_id=newer.id, parameters={"resting": 600_000}), now=LATER)
    assert (moved.id, moved.revision_id, moved.parameters) == (steps.id, newer.id, {"resting": 600_000})
    assert due(db, cast, BEGAN, TODAY, now=LATER) == days
    assert due(db, cast, THEN, THEN, now=LATER) == [("practice", THEN, 1)]  # it had opened
    assert due(db, cast, THEN + timedelta(days=1), THEN + timedelta(days=1), now=LATER) == [
        ("practice", THEN + timedelta(days=1), 2),
        ("calm", THEN + timedelta(days=1), 1),
    ]
    places = db.scalars(
        select(t.Placement).where(t.Placement.assignment_id == steps.id).order_by(t.Placement.placed_at)
    ).all()
    assert [(place.rung, place.from_on, place.reason) for place in places] == [
        ("c", BEGAN, None),
        ("b", THEN, "She asked for it"),
    ]


def test_a_size_that_grew_under_its_id_is_nobodys_without_a_rule_or_a_word(db, cast, steps):
    imported(db, cast, LADDER.replace("size: 19mm", "size: 25mm"), "steps")
    grown = held(db, cast, steps).revisions[0]
    draft = seen(db, cast, steps, Move(revision_id=grown.id, parameters={}))
    assert [(each.name.default, each.instead.id, each.larger.size_mm) for each in draft.gone] == [
        ("sizes 19 mm", "b", 25)
    ]
    change(db, cast, steps, Move(revision_id=grown.id, parameters={}), now=LATER)
    (choice,) = placements.choices(db, cast.patient.viewer, now=LATER)
    assert (choice.rung.size_mm, [rung.size_mm for rung in choice.rungs]) == (16, [13, 16])
    said = {each.kind: each.body for each in notices.open_of(db, cast.patient.viewer)}
    assert (said["rung_down"]["size_mm"], said["rung_down"]["ladder"]) == (16, "sizes")


def test_a_move_takes_away_nothing_of_what_she_may_come_back_to(db, cast, steps, newer):
    at = LATER - timedelta(hours=1)
    placements.choose(db, cast.patient.viewer, steps.id, ladder="sizes", rung="a", now=at)
    change(db, cast, steps, Move(revision_id=newer.id, parameters={}), now=LATER)
    (choice,) = placements.choices(db, cast.patient.viewer, now=LATER)
    assert (choice.rung.id, [rung.id for rung in choice.rungs]) == ("a", ["a", "b"])


def test_she_is_told_of_a_ladder_that_a_move_locks(db, cast, steps):
    imported(db, cast, LADDER.replace("13mm", "33mm").replace("16mm", "36mm").replace("19mm", "39mm"), "steps")
    larger = held(db, cast, steps).revisions[0]
    change(db, cast, steps, Move(revision_id=larger.id, parameters={}), now=LATER)
    assert placements.choices(db, cast.patient.viewer, now=LATER) == ()
    assert "ladder_locked" in {each.kind for each in notices.open_of(db, cast.patient.viewer)}


def test_rungs_of_days_that_were_keep_their_sizes_though_the_revision_has_them_no_more(db, cast, steps, newer):
    change(db, cast, steps, Move(revision_id=newer.id, parameters={}), now=LATER)
    (stands,) = facts(db, cast, now=LATER)
    assert [rung_then(stands, "sizes", day).size_mm for day in (BEGAN, TODAY, THEN)] == [19, 19, 16]
    viewer, patient_id = cast.therapist.viewer, cast.patient.patient_id
    days = reviews.review(db, viewer, patient_id, now=LATER).timeline.days
    assert {each.on: each.prescribed_mm for each in days if each.prescribed_mm}[TODAY] == 19


def test_two_running_patients_move_each_by_herself(db, cast, steps, newer):
    began = NOW - timedelta(days=10)
    other = assignments.assign(
        db,
        cast.therapist.viewer,
        cast.other_patient.patient_id,
        program_id=newer.program_id,
        revision_id=steps.revision_id,
        start_on=BEGAN,
        placements={"sizes": "a"},
        now=began,
    )
    change(db, cast, steps, Move(revision_id=newer.id, parameters={}))
    assert (steps.revision_id, other.revision_id == newer.id) == (newer.id, False)
    draft = seen(db, cast, other, Move(revision_id=newer.id, parameters={}))
    assert (draft.places, draft.effect.ladders[0].after.id) == ((), "a")  # her rung is there as before
    change(db, cast, other, Move(revision_id=newer.id, parameters={}))
    assert other.revision_id == newer.id
    told = {row.patient_id: row.kind for row in db.scalars(select(t.Notice).order_by(t.Notice.told_at))}
    assert set(told.values()) == {"program_moved"}


def test_values_that_change_have_their_effect_and_their_limits(db, cast, steps):
    (value,) = seen(
        db, cast, steps, Move(revision_id=steps.revision_id, parameters={"resting": 240_000})
    ).effect.parameters
    assert (value.before, value.after) == (300_000, 240_000)
    with refused_with(("parameters.resting", "too_small")):
        seen(db, cast, steps, Move(revision_id=steps.revision_id, parameters={"resting": 1000}))


def test_a_move_to_what_she_has_already_is_refused(db, cast, steps):
    with refused_with(("revision_id", "nothing_changes")):
        seen(db, cast, steps, Move(revision_id=steps.revision_id, parameters={"resting": 300_000}))


def test_a_revision_of_another_program_is_refused(db, cast, steps, calm):
    other = db.scalars(select(t.Revision).where(t.Revision.program_id == calm)).one()
    with refused_with(("revision_id", "unknown_revision")):
        seen(db, cast, steps, Move(revision_id=other.id, parameters={}))


def test_another_injection_moves_the_phases_that_count_from_it(db, cast, standing, injection):
    later = ChartEntry(state="planned", on=TODAY + timedelta(days=20))
    second = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, later, now=NOW).injection
    move = Move(revision_id=standing.revision_id, parameters={}, injection_id=second.id)
    assert change(db, cast, standing, move).injection_id == second.id
    none = Move(revision_id=standing.revision_id, parameters={}, injection_id=None)
    with refused_with(("injection_id", "missing")):
        seen(db, cast, standing, none)


def test_a_proposal_of_before_is_withdrawn(db, cast, steps, newer):
    proposal = t.RungProposal(
        clinic_id=steps.clinic_id,
        team_id=steps.team_id,
        assignment_id=steps.id,
        ladder="sizes",
        rung_from="b",
        rung_to="c",
        needs="therapist",
        code="up",
        params={},
        proposed_at=NOW,
    )
    db.add(proposal)
    db.flush()
    change(db, cast, steps, Move(revision_id=newer.id, parameters={}))
    db.refresh(proposal)
    assert proposal.outcome == "withdrawn"


# -- extended and ended -----------------------------------------------------------------------------------------------


def test_a_later_last_day_brings_the_days_between(db, cast, calm):
    assignment = assigned(db, cast, calm, ends_on=TODAY + timedelta(days=5))
    (phase,) = seen(db, cast, assignment, Extend(TODAY + timedelta(days=9))).effect.phases
    assert phase.after == Days(TODAY, TODAY + timedelta(days=9))
    assert change(db, cast, assignment, Extend(None)).ends_on is None
    with refused_with(("ends_on", "goes_on_already")):
        seen(db, cast, assignment, Extend(None))


def test_an_earlier_last_day_is_an_end_and_a_later_one_an_extension(db, cast, calm):
    assignment = assigned(db, cast, calm, ends_on=TODAY + timedelta(days=5))
    with refused_with(("ends_on", "not_later")):
        seen(db, cast, assignment, Extend(TODAY + timedelta(days=5)))
    with refused_with(("ends_on", "not_earlier")):
        seen(db, cast, assignment, End(TODAY + timedelta(days=5)))


def test_an_end_ahead_keeps_today(db, cast, calm):
    assignment = assigned(db, cast, calm, start_on=BEGAN)
    assert change(db, cast, assignment, End(TODAY)).ends_on == TODAY
    assert (asked(db, cast, TODAY), asked(db, cast, TODAY + timedelta(days=1))) == ([("calm", 1)], [])
    assert due(db, cast, TODAY, TODAY) == [("calm", TODAY, 1)]


def test_ended_at_once_today_leaves_the_denominator_and_days_before_stay(db, cast, calm):
    assignment = assigned(db, cast, calm, start_on=BEGAN, now=NOW - timedelta(days=10))
    days = due(db, cast, BEGAN, TODAY - timedelta(days=1))
    assert len(days) == 10
    change(db, cast, assignment, End(None))
    assert asked(db, cast, TODAY) == []
    assert due(db, cast, BEGAN, TODAY + timedelta(days=30)) == days


def test_what_has_not_begun_is_taken_back_without_a_day(db, cast, calm):
    assignment = assigned(db, cast, calm, start_on=THEN)
    change(db, cast, assignment, End(None))
    assert assignment.ends_on < assignment.start_on
    assert assignments.running(db, cast.therapist.viewer, cast.patient.patient_id, now=NOW) == ()
    assert assignments.ended(db, cast.therapist.viewer, cast.patient.patient_id, now=LATER) == ()
    assigned(db, cast, calm)


@pytest.mark.parametrize("ends_on", [TODAY - timedelta(days=1), date(2036, 1, 1)])
def test_a_last_day_that_was_or_is_years_away_is_refused(db, cast, calm, ends_on):
    assignment = assigned(db, cast, calm, start_on=BEGAN)
    with pytest.raises(assignment_changes.Refused):
        change(db, cast, assignment, End(ends_on))
    assert assignment.ends_on is None


def test_what_is_over_is_neither_moved_nor_extended_nor_ended(db, cast, steps, newer):
    change(db, cast, steps, End(TODAY))
    for what in (Move(revision_id=newer.id, parameters={}), Extend(None), End(None)):
        with pytest.raises(assignment_changes.Refused, match="ended"):
            change(db, cast, steps, what, now=NOW + timedelta(days=5))


# -- restarted --------------------------------------------------------------------------------------------------------


def test_after_an_end_it_goes_on_and_the_days_between_are_nobodys(db, cast, steps):
    change(db, cast, steps, End(TODAY))
    change(db, cast, steps, Restart(on=THEN + timedelta(days=3)), now=LATER)
    assert steps.ends_on is None
    late = NOW + timedelta(days=20)
    after = due(db, cast, TODAY + timedelta(days=1), THEN + timedelta(days=4), now=late)
    assert after == [("practice", THEN + timedelta(days=3), 1), ("practice", THEN + timedelta(days=4), 1)]


def test_an_easier_beginning_is_so_many_rungs_lower_and_never_below_the_lowest(db, cast, steps):
    change(db, cast, steps, End(TODAY))
    assert held(db, cast, steps).down == 2  # as its author says of a gap
    (ladder,) = seen(db, cast, steps, Restart(on=THEN, down=1), now=NOW + timedelta(days=2)).effect.ladders
    assert (ladder.before.id, ladder.after.id, ladder.from_on) == ("c", "b", THEN)
    change(db, cast, steps, Restart(on=THEN, down=5), now=NOW + timedelta(days=2))
    (stands,) = facts(db, cast, now=LATER)
    assert [(place.rung, place.from_on) for place in stands.placements] == [("c", BEGAN), ("a", THEN)]


def test_given_anew_its_phases_begin_again_with_her_rungs_and_values(db, cast, steps):
    change(db, cast, steps, Move(revision_id=steps.revision_id, parameters={"resting": 600_000}))
    change(db, cast, steps, End(TODAY))
    late = NOW + timedelta(days=30)
    on = TODAY + timedelta(days=31)
    anew = change(db, cast, steps, Restart(on=on, anew=True, down=1), now=late)
    assert (anew.id != steps.id, anew.start_on, anew.parameters) == (True, on, {"resting": 600_000})
    assert steps.ends_on == TODAY
    assert asked(db, cast, on, now=late) == [("calm", 1)]  # the first phase, though weeks have gone by
    places = db.scalars(select(t.Placement).where(t.Placement.assignment_id == anew.id)).all()
    assert [(place.rung, place.from_on) for place in places] == [("b", on)]
    assert [entry.kind for entry in held(db, cast, anew, now=late).history] == ["restarted"]


def test_while_it_runs_it_may_begin_again_too(db, cast, steps):
    anew = change(db, cast, steps, Restart(on=TODAY + timedelta(days=1), anew=True))
    assert (steps.ends_on, anew.start_on) == (TODAY, TODAY + timedelta(days=1))


@pytest.mark.parametrize(
    ("restart", "expected"),
    [
        (Restart(on=TODAY), ("on", "from_tomorrow")),
        (Restart(on=date(2036, 1, 1), down=1), ("on", "far_away")),
        (Restart(on=TODAY + timedelta(days=1)), ("on", "nothing_changes")),
        (Restart(on=TODAY + timedelta(days=1), down=-1), ("down", "not_whole")),
    ],
)
def test_a_restart_that_cannot_be_is_refused(db, cast, steps, restart, expected):
    with pytest.raises(assignment_changes.Refused) as refused:
        change(db, cast, steps, restart)
    assert (refused.value.refusals[0].where, refused.value.refusals[0].code) == expected


def test_what_was_given_anew_is_not_begun_again_beside_it(db, cast, steps):
    on = TODAY + timedelta(days=1)
    change(db, cast, steps, Restart(on=on, anew=True))
    with refused_with(("on", "runs_already")):
        seen(db, cast, steps, Restart(on=THEN), now=NOW + timedelta(days=3))


def test_in_a_pause_without_an_end_nothing_is_restarted(db, cast, steps):
    db.add(
        t.Pause(
            clinic_id=steps.clinic_id,
            team_id=steps.team_id,
            patient_id=steps.patient_id,
            why="illness",
            first_on=TODAY,
            begun_by_id=cast.therapist.account_id,
            begun_at=NOW,
        )
    )
    db.flush()
    with refused_with(("on", "paused_then")):
        seen(db, cast, steps, Restart(on=TODAY + timedelta(days=3), down=1))


# -- who, why, and two at once ----------------------------------------------------------------------------------------


def test_a_change_needs_a_reason(db, cast, steps):
    with refused_with(("reason", "missing")):
        change(db, cast, steps, End(TODAY), reason=" ")
    assert steps.ends_on is None


def test_who_comes_second_sees_that_it_changed_and_overwrites_nothing(db, cast, steps, newer):
    first = held(db, cast, steps).number
    change(db, cast, steps, End(TODAY + timedelta(days=3)), after=first)
    with refused_with(("after", "changed_by_another")):
        change(db, cast, steps, Move(revision_id=newer.id, parameters={}), after=first)
    assert steps.revision_id != newer.id


def test_the_history_says_who_when_what_why_and_when_she_read_it(db, cast, steps):
    change(db, cast, steps, End(TODAY + timedelta(days=3)))
    change(db, cast, steps, Extend(None), reason="It does her good", now=NOW + timedelta(hours=1))
    told = notices.open_of(db, cast.patient.viewer)
    assert [notice.kind for notice in told] == ["program_extended", "program_ended", "program_given"]
    assert told[0].body["reason"] == "It does her good"
    notices.acknowledge(db, cast.patient.viewer, [told[0].id], now=NOW + timedelta(hours=2))
    history = held(db, cast, steps).history
    assert [(entry.kind, entry.by, entry.reason, entry.read_at) for entry in history] == [
        ("extended", "Ines", "It does her good", NOW + timedelta(hours=2)),
        ("ended", "Ines", "She asked for it", None),
        ("given", "Ines", None, None),
    ]
    assert (history[0].before, history[0].after) == ({"ends_on": "2026-03-05"}, {"ends_on": None})


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "patient", "other_patient"])
def test_only_her_own_therapists_look_at_it_and_change_it(db, cast, steps, who):
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        assignment_changes.read(db, viewer, cast.patient.patient_id, steps.id, now=NOW)
    with pytest.raises(NotFound):
        assignment_changes.preview(db, viewer, steps.id, End(None), now=NOW)
    with pytest.raises(NotFound):
        assignment_changes.apply(db, viewer, steps.id, End(None), reason="No", now=NOW)


def test_it_is_not_found_under_another_patient(db, cast, steps):
    with pytest.raises(NotFound):
        assignment_changes.read(db, cast.therapist.viewer, cast.other_patient.patient_id, steps.id, now=NOW)
