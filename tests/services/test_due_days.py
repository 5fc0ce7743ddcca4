"""What was due on a day that has opened stays what it was."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.due import Asked, due_windows
from coach.services import (
    assignment_changes,
    assignments,
    dilators,
    due_days,
    injections,
    phases,
    placements,
    plans,
    reviews,
    sessions,
)
from coach.services.charts import ChartEntry
from tests import reviewed
from tests.cast import make_cast
from tests.given import give_text

INJECTED = date(2026, 3, 2)
EARLY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)
DAILY = """\
title: Quiet minutes
language: en
exercises:
  breathing: {kind: relaxation, title: Breathing, cue: Breathe., breathe: {in: 4s, out: 6s}, for: 1min}
sessions:
  calm: {title: Calm, steps: [breathing]}
phases:
  - {id: weeks, title: Every day, from: start, do: {calm: 2 per day}}
"""


def at(day: int, hour: int = 9) -> datetime:
    return datetime(2026, 3, 2, hour, 0, tzinfo=UTC) + timedelta(days=day)


def patient_of(db, cast) -> t.Patient:
    return db.get_one(t.Patient, cast.patient.patient_id)


def frozen(db, assignment) -> dict[date, list[tuple[str, int]]]:
    rows = db.scalars(select(t.DueDay).where(t.DueDay.assignment_id == assignment.id).order_by(t.DueDay.day_on))
    return {row.day_on: [(line["session"], line["least"]) for line in row.due] for row in rows}


def asked(db, cast, day: int, *, first: int) -> int:
    """Sessions prescribed from one day on up to another, as the review and the caseload count them."""
    known = plans.with_frozen(db, plans.facts(db, patient_of(db, cast), now=at(day)), since=date.min)
    windows = due_windows(at(first).date(), at(day).date(), assignments=known.assignments)
    return sum(window.least for window in windows)


@pytest.fixture
def running(db, cast):
    """The cast's patient after an injection on 2 March 2026, with her own set and a place on the ladder."""
    program = reviewed.publish(db, cast.therapist, now=EARLY)
    reviewed.dilators(db, cast.patient, (13.0, 16.0, 19.0, 22.0))
    injection = reviewed.inject(db, cast.therapist, cast.patient, INJECTED, now=EARLY)
    return reviewed.assign(
        db, cast.therapist, cast.patient, program,
        start_on=INJECTED - timedelta(days=14), injection=injection,
        places=[(INJECTED - timedelta(days=14), "dilator", "d2")], now=EARLY,
    )  # fmt: skip


def test_every_day_up_to_today_is_written_down_as_the_plan_has_it(db, cast, running):
    due_days.freeze(db, patient_of(db, cast), now=at(5))
    found = frozen(db, running)
    assert list(found) == [INJECTED + timedelta(days=n) for n in range(-14, 6)]
    assert found[at(-1).date()] == [("calm", 1)]
    assert found[at(0).date()] == [("calm", 2)]
    assert found[at(5).date()] == [("calm", 1), ("dilate", 1)]


def test_freezing_again_adds_the_days_since_and_changes_none(db, cast, running):
    due_days.freeze(db, patient_of(db, cast), now=at(5))
    before = db.execute(select(t.DueDay.id, t.DueDay.frozen_at)).all()
    for _ in range(2):
        due_days.freeze(db, patient_of(db, cast), now=at(7))
    after = db.execute(select(t.DueDay.id, t.DueDay.frozen_at)).all()
    assert set(before) < set(after)
    assert len(after) == len(before) + 2


def test_days_before_a_program_was_given_ask_for_nothing(db, cast):
    given = give_text(db, cast, "quiet", DAILY, now=at(10))  # from day 0 on
    assert given.start_on == INJECTED
    assert asked(db, cast, 11, first=0) == 4
    due_days.freeze(db, patient_of(db, cast), now=at(11))
    assert list(frozen(db, given)) == [at(10).date(), at(11).date()]
    assert asked(db, cast, 11, first=0) == 4


def test_what_is_edited_begins_after_the_days_that_opened(db, cast, running):
    due_days.freeze(db, patient_of(db, cast), now=at(5))
    before = asked(db, cast, 5, first=-14)
    running.start_on, running.ends_on = at(3).date(), at(4).date()
    db.flush()
    assert asked(db, cast, 5, first=-14) == before
    assert asked(db, cast, 8, first=6) == 0


def test_todays_plan_asks_for_what_the_day_opened_with(db, cast, running):
    due_days.freeze(db, patient_of(db, cast), now=at(2))  # insertion is allowed from the day after
    chart = db.scalars(select(t.InjectionChart)).one()
    chart.insertion_on = at(2).date()
    db.flush()
    items = {item.session_key: item for item in plans.today(db, cast.patient.viewer, now=at(2)).items}
    assert (items["dilate"].left, items["dilate"].most) == (0, 2), "it is there for her, and nobody asks for it"
    items = {item.session_key: item for item in plans.today(db, cast.patient.viewer, now=at(3)).items}
    assert items["dilate"].left == 1


def test_the_same_program_given_again_makes_no_day_asked_twice(db, cast):
    first = give_text(db, cast, "quiet", DAILY, now=at(0))
    due_days.freeze(db, patient_of(db, cast), now=at(4))
    injection = reviewed.inject(db, cast.therapist, cast.patient, INJECTED, now=EARLY)
    again = reviewed.assign(
        db, cast.therapist, cast.patient, db.scalars(select(t.Program).where(t.Program.key == "quiet")).one(),
        start_on=at(2).date(), injection=injection, now=at(4, 10),
    )  # fmt: skip
    assert asked(db, cast, 6, first=0) == 14
    due_days.freeze(db, patient_of(db, cast), now=at(6))
    assert asked(db, cast, 6, first=0) == 14
    assert [len(lines) for lines in frozen(db, first).values()] == [1, 1, 1, 1, 1, 0, 0]
    assert [len(lines) for lines in frozen(db, again).values()] == [0, 1, 1]


def test_what_is_practised_in_the_program_given_again_counts_for_the_day_that_opened_before(db, cast):
    give_text(db, cast, "quiet", DAILY, now=at(0))
    due_days.freeze(db, patient_of(db, cast), now=at(4))
    again = reviewed.assign(
        db, cast.therapist, cast.patient, db.scalars(select(t.Program).where(t.Program.key == "quiet")).one(),
        start_on=at(4).date(), now=at(4, 10),
    )  # fmt: skip
    items = plans.today(db, cast.patient.viewer, now=at(4)).items
    assert [(item.assignment_id, item.left) for item in items] == [(again.id, 2)]
    session = sessions.open_session(db, cast.patient.viewer, assignment_id=again.id, session_key="calm", now=at(4, 11))
    session.started_at = session.closed_at = at(4, 11)
    session.outcome, session.credit = "complete", 1.0
    db.flush()
    week = reviews.review(db, cast.therapist.viewer, cast.patient.patient_id, now=at(5), span=4).timeline.weeks[-1]
    assert week.sessions.done == 1.0


def test_opening_a_session_opens_the_day(db, cast, running):
    sessions.open_session(db, cast.patient.viewer, assignment_id=running.id, session_key="calm", now=at(1))
    assert max(frozen(db, running)) == at(1).date()


def place(db, cast, running):
    placements.place(db, cast.therapist.viewer, running.id, ladder="dilator", rung="d3", reason="x", now=at(9))


def choose(db, cast, running):
    placements.choose(db, cast.patient.viewer, running.id, ladder="dilator", rung="d1", now=at(9))


def change_her_set(db, cast, running):
    dilators.add(db, cast.therapist.viewer, cast.patient.patient_id, sizes_mm=[25], now=at(9))


def give_it_again(db, cast, running):
    program_id = db.scalars(select(t.Program.id).where(t.Program.key == "quiet")).one()
    viewer, hers = cast.therapist.viewer, cast.patient.patient_id
    assignments.assign(db, viewer, hers, program_id=program_id, start_on=at(9).date(), now=at(9))


def end(db, cast, running):
    change = assignment_changes.End(ends_on=at(9).date())
    assignment_changes.apply(db, cast.therapist.viewer, running.id, change, reason="x", now=at(9))


def other_values(db, cast, running):
    values = {"still": 420_000}
    change = assignment_changes.Move(
        revision_id=running.revision_id, parameters=values, injection_id=running.injection_id
    )
    assignment_changes.apply(db, cast.therapist.viewer, running.id, change, reason="x", now=at(9))


def chart(db, cast, running):
    on = at(6).date()
    entry = ChartEntry(state="given", on=on, product="onabotulinumtoxinA (Botox)", units=100, insertion_on=on)
    injections.chart(db, cast.therapist.viewer, cast.patient.patient_id, entry, now=at(9))


def correct(db, cast, running):
    on = at(6).date()
    entry = ChartEntry(state="given", on=on, product="onabotulinumtoxinA (Botox)", units=100, insertion_on=on)
    injections.correct(db, cast.therapist.viewer, running.injection_id, entry, reason="x", now=at(9))


@pytest.mark.parametrize("edit", [place, choose, change_her_set, give_it_again, end, other_values, chart, correct])
def test_days_since_the_last_one_that_opened_are_written_down_as_they_were_before_an_edit(db, cast, running, edit):
    reviewed.publish(db, cast.therapist, key="quiet", text=DAILY, now=EARLY)
    due_days.freeze(db, patient_of(db, cast), now=at(5))
    known = plans.facts(db, patient_of(db, cast), now=at(9))
    between = [at(n).date() for n in range(6, 10)]
    facts = known.assignment(running.id)
    before = {day: [(line.session, line.least) for line in Asked(known.assignments).on(facts, day)] for day in between}
    edit(db, cast, running)
    found = frozen(db, running)
    assert {day: found.get(day) for day in between} == before


def test_days_before_the_end_of_a_phase_are_written_down_as_they_were(db, cast):
    given = give_text(db, cast, "quiet", DAILY, now=at(0))
    due_days.freeze(db, patient_of(db, cast), now=at(5))
    phases.end(db, cast.therapist.viewer, given.id, "weeks", reason="x", now=at(9))
    assert frozen(db, given) == {at(n).date(): [("calm", 2)] for n in range(10)}


def test_an_ended_program_that_goes_on_later_asks_for_none_of_the_days_between(db, cast):
    given = give_text(db, cast, "quiet", DAILY, now=at(0))
    given.ends_on = at(1).date()
    db.flush()
    due_days.freeze(db, patient_of(db, cast), now=at(9))
    given.ends_on = None
    db.flush()
    assert asked(db, cast, 10, first=0) == 6


def test_days_that_were_missed_long_ago_are_not_asked_for_twice_where_the_program_was_given_again(db, cast):
    first = give_text(db, cast, "quiet", DAILY, now=at(0))
    due_days.freeze(db, patient_of(db, cast), now=at(3))
    program = db.get_one(t.Program, db.get_one(t.Revision, first.revision_id).program_id)
    again = reviewed.assign(db, cast.therapist, cast.patient, program, start_on=at(0).date(), now=at(0))
    due_days.freeze(db, patient_of(db, cast), now=at(14))
    both = [frozen(db, each) for each in (first, again)]
    for day in range(15):
        assert sum(len(rows.get(at(day).date(), ())) for rows in both) == 1, day


def test_a_day_has_opened_though_another_program_begins_tomorrow(db, cast):
    give_text(db, cast, "quiet", DAILY, now=at(-1))
    other = reviewed.publish(db, cast.therapist, key="other", text=DAILY, now=EARLY)
    reviewed.assign(db, cast.therapist, cast.patient, other, start_on=at(1).date(), now=EARLY)

    def has_opened() -> bool:
        return due_days.has_opened(plans.facts(db, patient_of(db, cast), now=at(0)))

    assert not has_opened()
    due_days.freeze(db, patient_of(db, cast), now=at(0))
    assert has_opened()


def test_the_review_reads_what_was_frozen_over_its_whole_range(db, cast, running):
    due_days.freeze(db, patient_of(db, cast), now=at(60))

    def asked_each_week():
        review = reviews.review(db, cast.therapist.viewer, cast.patient.patient_id, now=at(60), span="all")
        return [week.sessions for week in review.timeline.weeks[:-1]]

    before = asked_each_week()
    running.ends_on = at(3).date()
    db.flush()
    assert asked_each_week() == before


def test_two_processes_that_freeze_at_once_write_each_day_once(database):
    with database.write() as db:
        cast = make_cast(db)
        given = give_text(db, cast, "quiet", DAILY, now=at(0))
    start = threading.Barrier(4)
    troubles = []

    def work():
        start.wait()
        try:
            with database.write() as db:
                due_days.freeze(db, patient_of(db, cast), now=at(9))
        except Exception as error:
            troubles.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not troubles
    with database.read() as db:
        assert len(db.scalars(select(t.DueDay)).all()) == len(frozen(db, given)) == 10
