"""A program is given with what it needs, after a look at what it would be for this patient."""

from __future__ import annotations

import uuid
from datetime import date, time, timedelta

import pytest
from sqlalchemy import delete, func, select

from coach.db import tables as t
from coach.domain.due import due_windows
from coach.services import assignment_changes, assignments, dilators, injections, notices, plans, programs
from coach.services.access import NotFound
from coach.services.assignment_changes import End
from coach.services.assignments import Given, Override
from coach.services.charts import ChartEntry
from coach.services.refusals import Refused
from tests.cast import NOW

TODAY = date(2026, 3, 2)

CALM = """\
title: Calm
language: en
parameters:
  resting: {type: duration, default: 5min, min: 2min, max: 20min, label: Resting}
  breaths: {type: count, default: 6, min: 3, max: 12, label: Breaths}
exercises:
  rest: {kind: relaxation, title: Rest, cue: Rest., for: $resting}
  breathe: {kind: relaxation, title: Breathe, cue: Breathe., breathe: {in: 4s, out: 6s}, reps: $breaths}
sessions:
  calm: {title: Calm, steps: [rest, breathe]}
phases:
  - {id: always, title: Always, from: start, do: {calm: 1 per day}}
"""

SIZES = """\
title: Sizes
language: en
exercises:
  stay: {kind: dilator, title: Stay, cue: Stay., size: $dilator, for: 5min}
  lift: {kind: strengthening, title: Lift, cue: Lift., contract: $strength.hold, relax: 10s, reps: 5}
ladders:
  dilator:
    kind: dilator
    rungs: own set
    start: chosen at assignment
  strength:
    rungs:
      - {id: l1, hold: 3s}
      - {id: l2, hold: 5s}
    locked: true
sessions:
  practice: {title: Practice, steps: [stay]}
  lifts: {title: Lifts, steps: [lift]}
phases:
  - {id: before, title: Before, from: start, to: injection - 1d, do: {lifts: 1 per day}}
  - {id: after, title: After, from: insertion, do: {practice: 1 per day}}
"""


def imported(db, cast, text=CALM, key="calm", now=NOW):
    done = programs.import_text(db, cast.therapist.viewer, key=key, text=text, imports_reader=lambda _: None, now=now)
    assert done.program is not None, done.problems
    return done.program.id


def assigned(db, cast, program_id, **entry):
    entry = {"start_on": TODAY, "now": NOW, **entry}
    return assignments.assign(db, cast.therapist.viewer, cast.patient.patient_id, program_id=program_id, **entry)


def given(program_id, **entry):
    entry = {"start_on": TODAY, "placements": {}, "parameters": {}, **entry}
    return Given(program_id=program_id, **entry)


def looked_at(db, cast, program_id, **entry):
    viewer = cast.therapist.viewer
    return assignments.preview(db, viewer, cast.patient.patient_id, given(program_id, **entry), now=NOW)


def everything(db):
    return [db.scalar(select(func.count()).select_from(table)) for table in t.Base.metadata.sorted_tables]


@pytest.fixture
def calm(db, cast):
    return imported(db, cast)


@pytest.fixture
def sizes(db, cast):
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[13, 16, 19], now=NOW)
    return imported(db, cast, SIZES, "sizes")


@pytest.fixture
def injection(db, cast):
    entry = ChartEntry(state="planned", on=TODAY + timedelta(days=7))
    return injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection


def refused_with(*expected):
    return pytest.raises(Refused, check=lambda error: {(r.where, r.code) for r in error.refusals} == set(expected))


def test_an_assignment_holds_the_newest_revision(db, cast, calm):
    imported(db, cast, CALM.replace("Rest.", "Rest well."), now=NOW + timedelta(days=1))
    assignment = assigned(db, cast, calm)
    assert db.get(t.Revision, assignment.revision_id).number == 2
    assert assignment.start_on == TODAY
    assert assignment.assigned_by_id == cast.therapist.account_id


def test_only_parameters_that_differ_from_the_program_are_kept(db, cast, calm):
    assignment = assigned(db, cast, calm, parameters={"resting": 600_000, "breaths": 6})
    assert assignment.parameters == {"resting": 600_000}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"resting": 60_000}, ("parameters.resting", "too_small")),
        ({"resting": 3_600_000}, ("parameters.resting", "too_large")),
        ({"breaths": 4.5}, ("parameters.breaths", "not_whole")),
        ({"breaths": float("nan")}, ("parameters.breaths", "not_a_number")),
        ({"speed": 3}, ("parameters.speed", "unknown_parameter")),
    ],
)
def test_a_parameter_outside_of_what_the_author_allows_is_refused(db, cast, calm, parameters, expected):
    with refused_with(expected):
        assigned(db, cast, calm, parameters=parameters)
    assert db.scalar(select(func.count()).select_from(t.Assignment)) == 0


def test_a_program_that_goes_by_an_injection_needs_one(db, cast, sizes):
    with refused_with(("injection_id", "missing")):
        assigned(db, cast, sizes, placements={"dilator": "d1"})


def test_a_program_without_an_injection_needs_none(db, cast, calm):
    assert assigned(db, cast, calm).injection_id is None


def test_an_injection_of_another_patient_is_refused(db, cast, sizes):
    entry = ChartEntry(state="planned", on=TODAY)
    other = injections.chart(db, cast.therapist.viewer, cast.other_patient.patient_id, entry, now=NOW)
    for injection_id in (other.injection.id, uuid.uuid4()):
        with refused_with(("injection_id", "unknown_injection")):
            assigned(db, cast, sizes, placements={"dilator": "d1"}, injection_id=injection_id)


def test_a_cancelled_injection_is_refused(db, cast, sizes, injection):
    cancelled = ChartEntry(state="cancelled", on=TODAY + timedelta(days=7))
    injections.correct(db, cast.therapist.viewer, injection.id, cancelled, reason="Moved", now=NOW)
    db.expire_all()
    with refused_with(("injection_id", "cancelled")):
        assigned(db, cast, sizes, placements={"dilator": "d1"}, injection_id=injection.id)


def test_where_the_author_leaves_the_start_open_it_has_to_be_chosen(db, cast, sizes, injection):
    with refused_with(("placements.dilator", "missing")):
        assigned(db, cast, sizes, injection_id=injection.id)


def test_a_rung_or_a_ladder_that_is_not_there_is_refused(db, cast, sizes, injection):
    with refused_with(("placements.dilator", "unknown_rung"), ("placements.height", "unknown_ladder")):
        assigned(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d9", "height": "d1"})


def test_without_a_set_of_her_own_a_program_that_needs_one_is_refused(db, cast):
    program_id = imported(db, cast, SIZES, "sizes")
    entry = ChartEntry(state="planned", on=TODAY)
    injection = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=NOW).injection
    with refused_with(("placements.dilator", "no_set")):
        assigned(db, cast, program_id, injection_id=injection.id)


def test_a_locked_ladder_stays_without_a_place(db, cast, sizes, injection):
    assignment = assigned(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d2"})
    placed = db.scalars(select(t.Placement).where(t.Placement.assignment_id == assignment.id)).all()
    assert [(place.ladder, place.rung, place.from_on) for place in placed] == [("dilator", "d2", TODAY)]


def test_a_second_press_of_the_button_assigns_nothing_twice(db, cast, calm):
    assigned(db, cast, calm)
    with refused_with(("program_id", "runs_already")):
        assigned(db, cast, calm)


def test_the_same_program_may_be_given_again_after_it_ended(db, cast, calm):
    first = assigned(db, cast, calm)
    assignment_changes.apply(db, cast.therapist.viewer, first.id, End(TODAY), reason="Enough for now", now=NOW)
    assigned(db, cast, calm, start_on=TODAY + timedelta(days=1))


def test_the_same_program_may_be_given_for_a_further_injection(db, cast, sizes, injection):
    assigned(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d1"})
    later = ChartEntry(state="planned", on=TODAY + timedelta(days=120))
    second = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, later, now=NOW).injection
    assigned(db, cast, sizes, injection_id=second.id, placements={"dilator": "d2"})


def test_a_first_day_years_away_is_refused(db, cast, calm):
    with refused_with(("start_on", "far_away")):
        assigned(db, cast, calm, start_on=date(2036, 3, 2))


@pytest.fixture
def standing(db, cast, sizes, injection):
    return assigned(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d1"})


@pytest.mark.parametrize("who", ["team_outsider", "outsider", "patient", "other_patient"])
def test_only_her_own_therapists_look_and_assign(db, cast, calm, standing, who):
    viewer = getattr(cast, who).viewer
    with pytest.raises(NotFound):
        assignments.needs(db, viewer, cast.patient.patient_id, calm)
    with pytest.raises(NotFound):
        assignments.assign(db, viewer, cast.patient.patient_id, program_id=calm, start_on=TODAY, now=NOW)
    with pytest.raises(NotFound):
        assignments.preview(db, viewer, cast.patient.patient_id, given(calm), now=NOW)


def test_a_program_of_another_clinic_is_not_found(db, cast):
    theirs = programs.import_text(
        db, cast.outsider.viewer, key="calm", text=CALM, imports_reader=lambda _: None, now=NOW
    )
    with pytest.raises(NotFound):
        assigned(db, cast, theirs.program.id)


# -- the revision, the last day, the limits ---------------------------------------------------------------------------


def test_an_older_revision_may_be_given(db, cast, calm):
    imported(db, cast, CALM.replace("Rest.", "Rest well."), now=NOW + timedelta(days=1))
    first = programs.revisions_of(db, cast.therapist.viewer, calm)[-1]
    assert assigned(db, cast, calm, revision_id=first.id).revision_id == first.id
    with pytest.raises(NotFound):  # a revision of another program
        assigned(db, cast, imported(db, cast, CALM.replace("Calm", "Calmer"), "calmer"), revision_id=first.id)


def test_a_last_day_is_kept_and_cannot_lie_before_the_first(db, cast, calm):
    with refused_with(("ends_on", "before_it_begins")):
        assigned(db, cast, calm, ends_on=TODAY - timedelta(days=1))
    assert assigned(db, cast, calm, ends_on=TODAY + timedelta(days=20)).ends_on == TODAY + timedelta(days=20)


SQUEEZE = """\
title: Squeeze
language: en
parameters:
  tight: {type: duration, default: 5s, label: Tight}
exercises:
  squeeze: {kind: strengthening, title: Squeeze, cue: Squeeze., contract: $tight, relax: 10s, reps: 5}
sessions:
  lifts: {title: Lifts, steps: [squeeze]}
phases:
  - {id: always, title: Always, from: start, do: {lifts: 1 per day}}
"""


def test_no_value_makes_a_contraction_longer_than_the_language_lets_one_be(db, cast):
    program_id = imported(db, cast, SQUEEZE, "squeeze")
    with refused_with(("parameters.tight", "long_contraction")):
        assigned(db, cast, program_id, parameters={"tight": 120_001})
    with refused_with(("parameters.tight", "negative")):
        assigned(db, cast, program_id, parameters={"tight": -1})
    assert assigned(db, cast, program_id, parameters={"tight": 120_000}).parameters == {"tight": 120_000}


def test_she_is_told_and_times_for_reminders_are_only_proposed(db, cast, calm):
    assigned(db, cast, calm, times=[time(20), time(8, 30)])
    (notice,) = notices.open_of(db, cast.patient.viewer)
    assert (notice.kind, notice.body["times"], notice.body["starts_on"]) == (
        "program_given",
        "08:30, 20:00",
        TODAY.isoformat(),
    )
    assert db.scalar(select(func.count()).select_from(t.ReminderChoice)) == 0


def test_more_times_than_there_may_be_reminders_are_refused(db, cast, calm):
    with refused_with(("times", "too_many")):
        assigned(db, cast, calm, times=[time(hour) for hour in range(8, 13)])


def test_one_that_takes_over_from_a_day_that_was_takes_nothing_from_days_that_have_opened(db, cast, sizes, injection):
    began = TODAY - timedelta(days=9)
    before = {"start_on": began, "now": NOW - timedelta(days=9), "placements": {"dilator": "d1", "strength": "l1"}}
    assigned(db, cast, sizes, injection_id=injection.id, **before)
    later = ChartEntry(state="planned", on=TODAY + timedelta(days=120))
    second = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, later, now=NOW).injection
    db.execute(delete(t.DueDay))  # as if nobody had opened a day yet
    after = {"start_on": TODAY - timedelta(days=4), "placements": {"dilator": "d1"}}
    over = assigned(db, cast, sizes, injection_id=second.id, **after)
    known = plans.facts(db, db.get(t.Patient, cast.patient.patient_id), now=NOW, performed=False)
    known = plans.with_frozen(db, known, since=began)
    windows = due_windows(began, TODAY, assignments=known.assignments)
    assert len(windows) == 10
    assert over.id not in {window.assignment_id for window in windows}


# -- before it is given -----------------------------------------------------------------------------------------------


def test_a_look_shows_six_weeks_of_all_that_she_does_and_writes_nothing(db, cast, calm, sizes, injection):
    assigned(db, cast, calm)
    before = everything(db)
    seen = looked_at(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d2"})
    assert everything(db) == before
    assert (seen.weeks[0].first, seen.weeks[-1].last) == (TODAY, TODAY + timedelta(days=41))
    assert {seen.titles[each.assignment_id].default for each in seen.weeks[0].sessions} == {"Calm"}
    assert [(seen.titles[each.assignment_id].default, each.session_key) for each in seen.weeks[0].held] == [
        ("Sizes", "lifts")
    ]


def test_a_look_is_refused_like_the_giving(db, cast, sizes, injection):
    with refused_with(("placements.dilator", "missing")):
        looked_at(db, cast, sizes, injection_id=injection.id)


def test_what_is_otherwise_for_her_is_told_in_the_authors_notation(db, cast, calm):
    seen = looked_at(db, cast, calm, parameters={"resting": 150_000, "breaths": 6})
    assert [(each.name, each.here, each.programs) for each in seen.overrides] == [("resting", "2 min 30 s", "5 min")]


def test_a_phase_that_sets_the_value_itself_is_told_beside_it(db, cast):
    text = CALM.replace("from: start,", "from: start, set: {resting: 4min},")
    seen = looked_at(db, cast, imported(db, cast, text, "set"), parameters={"resting": 600_000})
    (override,) = seen.overrides
    assert [(title.default, value) for title, value in override.but_in] == [("Always", "4 min")]


def test_a_ladder_opened_at_once_is_told_as_otherwise(db, cast, sizes, injection):
    seen = looked_at(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d1", "strength": "l1"})
    assert seen.overrides == (Override("strength", None, "l1", "locked"),)


def test_a_program_that_it_takes_over_from_is_told(db, cast, sizes, injection):
    assigned(db, cast, sizes, injection_id=injection.id, placements={"dilator": "d1"})
    later = ChartEntry(state="planned", on=TODAY + timedelta(days=120))
    second = injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, later, now=NOW).injection
    start = TODAY + timedelta(days=30)
    seen = looked_at(db, cast, sizes, injection_id=second.id, placements={"dilator": "d1"}, start_on=start)
    assert [(title.default, last) for title, last in seen.taken_over] == [("Sizes", start - timedelta(days=1))]
