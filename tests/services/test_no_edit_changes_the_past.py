"""Edits in any order through the use cases: no opened day changes, and attendance of past weeks only by pauses."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.adherence import attendance
from coach.domain.calendar import week_of
from coach.domain.due import due_windows
from coach.services import assignment_changes, assignments, due_days, injections, pauses, phases, placements, plans
from coach.services.access import NotFound
from coach.services.assignment_changes import End, Extend, Restart
from coach.services.charts import ChartEntry
from coach.services.refusals import Refused
from tests import reviewed
from tests.domain.courses import sitting
from tests.domain.cycles import course
from tests.services.test_due_days import DAILY

FIRST = date(2026, 3, 2)
EARLY = datetime(2026, 2, 10, 9, 0, tzinfo=UTC)


class Clinic:
    """One patient, and everything that somebody may do to her plan, drawn at random."""

    def __init__(self, db, cast, seed: int) -> None:
        self.db, self.cast, self.dice = db, cast, random.Random(seed)
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.program = reviewed.publish(db, cast.therapist, now=EARLY)
        self.daily = reviewed.publish(db, cast.therapist, key="quiet", text=DAILY, now=EARLY)
        reviewed.dilators(db, cast.patient, (13.0, 16.0, 19.0, 22.0))
        self.injection = reviewed.inject(db, cast.therapist, cast.patient, FIRST + timedelta(days=7), now=EARLY)
        given = reviewed.assign(
            db, cast.therapist, cast.patient, self.program, start_on=FIRST, injection=self.injection,
            places=[(FIRST, "dilator", "d2")], now=EARLY,
        )  # fmt: skip
        log = [
            sitting(course(), key, FIRST + timedelta(days=n)) for n in range(60) for key in ("calm", "dilate")
            if self.dice.random() < 0.6
        ]  # fmt: skip
        reviewed.write_sittings(db, cast.patient, given, log)

    @property
    def today(self) -> date:
        return self.now.date()

    def known(self):
        patient = self.db.get_one(t.Patient, self.cast.patient.patient_id)
        return plans.with_frozen(self.db, plans.facts(self.db, patient, now=self.now), since=date.min)

    def rows(self) -> dict:
        rows = self.db.scalars(select(t.DueDay)).all()
        return {(row.assignment_id, row.day_on): (row.due, row.frozen_at) for row in rows}

    def past_weeks(self) -> list:
        known = self.known()
        log = [
            sitting(assignment, row.session_key, row.day_on)
            for row in self.db.scalars(select(t.Session))
            for assignment in known.assignments
            if assignment.id == row.assignment_id
        ]
        weeks = []
        monday = FIRST
        while monday + timedelta(days=7) <= week_of(self.today):
            last = monday + timedelta(days=6)
            windows = due_windows(monday, last, assignments=known.assignments)
            weeks.append(attendance(windows, log, today=self.today, first=monday, last=last))
            monday += timedelta(days=7)
        return weeks

    def day(self, before: int, after: int) -> date:
        return self.today + timedelta(days=self.dice.randint(-before, after))

    def edit(self, what: str) -> None:
        db, hers, mine = self.db, self.cast.patient.viewer, self.cast.therapist.viewer
        given = self.dice.choice(db.scalars(select(t.Assignment).order_by(t.Assignment.assigned_at)).all())
        match what:
            case "place":
                rung = self.dice.choice(["d1", "d2", "d3"])
                placements.place(db, mine, given.id, ladder="dilator", rung=rung, reason="x", now=self.now)
            case "chart":
                entry = ChartEntry(state="planned", on=self.day(0, 30), product="onabotulinumtoxinA (Botox)", units=100)
                injections.chart(db, mine, self.cast.patient.patient_id, entry, now=self.now)
            case "correct":
                on = self.day(20, 0)
                entry = ChartEntry(
                    state="given", on=on, product="onabotulinumtoxinA (Botox)", units=100,
                    insertion_on=on + timedelta(days=self.dice.randint(0, 9)),
                )  # fmt: skip
                injections.correct(db, mine, self.injection.id, entry, reason="x", now=self.now)
            case "assign":
                assignments.assign(
                    db, mine, self.cast.patient.patient_id, program_id=self.daily.id, start_on=self.day(20, 5),
                    now=self.now,
                )  # fmt: skip
            case "end":
                assignment_changes.apply(db, mine, given.id, End(ends_on=self.day(1, 9)), reason="x", now=self.now)
            case "extend":
                assignment_changes.apply(db, mine, given.id, Extend(ends_on=None), reason="x", now=self.now)
            case "restart":
                assignment_changes.apply(
                    db,
                    mine,
                    given.id,
                    Restart(on=self.day(0, 5), anew=self.dice.random() < 0.5),
                    reason="x",
                    now=self.now,
                )
            case "phase":
                phases.end(db, mine, given.id, self.dice.choice(["waning", "weeks"]), reason="x", now=self.now)
            case "pause":
                pauses.begin(db, hers, why="menses", last_on=self.day(0, 4), now=self.now)


EDITS = ("place", "chart", "correct", "assign", "end", "extend", "restart", "phase", "pause")


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("seed", range(8))
def test_no_sequence_of_edits_changes_an_opened_day_or_the_attendance_of_weeks_past(db, cast, seed):
    clinic = Clinic(db, cast, seed)
    done: list[str] = []
    for _ in range(14):
        clinic.now += timedelta(days=clinic.dice.randint(0, 4))
        if clinic.dice.random() < 0.5:
            due_days.freeze(db, db.get_one(t.Patient, cast.patient.patient_id), now=clinic.now)
        rows, weeks = clinic.rows(), clinic.past_weeks()
        what = clinic.dice.choice(EDITS)
        try:
            with db.begin_nested():
                clinic.edit(what)
        except (Refused, NotFound):
            continue
        done.append(what)
        after = clinic.rows()
        assert {key: after.get(key) for key in rows} == rows, done
        assert clinic.past_weeks() == weeks, done
        asked = [
            (row.day_on, line["session"])
            for row in db.scalars(select(t.DueDay))
            for line in row.due
            if line["session"] == "calm" and line["phase"] == "weeks"
        ]
        assert len(asked) == len(set(asked)), "the same program asks for no day twice"
    assert done
