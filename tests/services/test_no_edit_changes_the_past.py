"""Edits in any order through the use cases: no opened day changes, written down yet or not, nor what was done of it.

What past weeks asked for is lowered only by what is laid over it: a pause, and the rest after an injection.
"""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from coach.db import tables as t
from coach.domain.adherence import Practised, attendance
from coach.domain.calendar import days_from, week_of
from coach.domain.due import Asked, due_windows
from coach.domain.ladders import rung_on
from coach.services import (
    assignment_changes,
    assignments,
    dilators,
    due_days,
    injections,
    pauses,
    phases,
    placements,
    plans,
    progress,
)
from coach.services.access import NotFound
from coach.services.assignment_changes import End, Extend, Move, Restart
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
        self.given = given
        other = reviewed.TEXT.replace("calm: 2 per day", "calm: 3 per day").replace("dilate: 2 per", "dilate: 1 per")
        reviewed.publish(db, cast.therapist, text=other, now=EARLY)

    def practises(self) -> None:
        """A calm practice today at her own size, so that the rules of the program have something to go by."""
        (given,) = [each for each in self.known().assignments if each.id == self.given.id]
        rung = rung_on(given, "dilator", self.today)
        (done,) = reviewed.write_sittings(
            self.db, self.cast.patient, self.given, [sitting(given, "dilate", self.today, pain_peak=1, rung=rung.id)]
        )
        row = self.db.get_one(t.Session, done)
        row.ladders = {"dilator": {"rung": rung.id, "is_done": True, "share": 1.0, "stayed": False, "ratings": {}}}
        self.db.flush()
        progress.settle(self.db, self.db.get_one(t.Patient, self.cast.patient.patient_id), row, now=self.now)

    @property
    def today(self) -> date:
        return self.now.date()

    def known(self):
        patient = self.db.get_one(t.Patient, self.cast.patient.patient_id)
        return plans.with_frozen(self.db, plans.facts(self.db, patient, now=self.now), since=date.min)

    def rows(self) -> dict:
        rows = self.db.scalars(select(t.DueDay)).all()
        return {(row.assignment_id, row.day_on): (row.due, row.frozen_at) for row in rows}

    def asked(self) -> dict:
        """What each day up to today asks for of each assignment, from its row or, where it has none yet, the facts."""
        known = self.known()
        asked = Asked(known.assignments)
        return {
            (each.id, day): asked.on(each, day)
            for each in known.assignments
            for day in days_from(FIRST - timedelta(days=30), self.today)
        }

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

    def assigned(self) -> list[t.Assignment]:
        return list(self.db.scalars(select(t.Assignment).order_by(t.Assignment.assigned_at)))

    def edit(self, what: str) -> None:
        db, hers, mine = self.db, self.cast.patient.viewer, self.cast.therapist.viewer
        given = self.dice.choice(self.assigned())
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
                given = self.dice.choice([each for each in self.assigned() if each.ends_on is not None] or [given])
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
                phase = "waning" if given.id == self.given.id else "weeks"
                phases.end(db, mine, given.id, phase, reason="x", now=self.now)
            case "pause":
                pauses.begin(db, hers, why="menses", last_on=self.day(0, 4), now=self.now)
            case "pause told afterwards":
                first_on = self.day(14, -1)
                pauses.begin(
                    db, hers, why="illness", first_on=first_on, last_on=first_on + timedelta(days=2), now=self.now
                )
            case "end of a pause":
                pause = self.dice.choice([*db.scalars(select(t.Pause)), None])
                if pause is None:
                    raise NotFound("pause")
                pauses.end(db, hers, pause.id, last_on=self.day(3, 0), now=self.now)
            case "another revision":
                newest = select(t.Revision.id).where(t.Revision.program_id == self.program.id)
                to = self.dice.choice(db.scalars(newest).all())
                move = Move(revision_id=to, parameters={}, injection_id=given.injection_id)
                assignment_changes.apply(db, mine, given.id, move, reason="x", now=self.now)
            case "other values":
                values = {"still": self.dice.choice([300_000, 420_000])}
                move = Move(revision_id=given.revision_id, parameters=values, injection_id=given.injection_id)
                assignment_changes.apply(db, mine, given.id, move, reason="x", now=self.now)
            case "another injection":
                to = self.dice.choice(db.scalars(select(t.Injection.id).order_by(t.Injection.created_at)).all())
                here = self.given
                move = Move(revision_id=here.revision_id, parameters=dict(here.parameters), injection_id=to)
                assignment_changes.apply(db, mine, here.id, move, reason="x", now=self.now)
            case "dilators":
                own = dilators.of_patient(db, mine, self.cast.patient.patient_id)
                sizes = self.dice.choice(([13, 16, 19, 22], [14, 17, 20, 23], [12, 16, 18, 22]))
                entries = [dilators.Entry(each.rung, size) for each, size in zip(own, sizes, strict=True)]
                dilators.change(db, mine, self.cast.patient.patient_id, entries, confirmed=True, now=self.now)
            case "answer":
                accept = self.dice.random() < 0.7
                offer = db.scalars(select(t.RungProposal.id).where(t.RungProposal.closed_at.is_(None))).first()
                placements.answer(
                    db, mine, self.given.id, ladder="dilator", proposal_id=offer, accept=accept, now=self.now
                )
            case "choose":
                rung = self.dice.choice(["d1", "d2", "d3"])
                placements.choose(db, hers, given.id, ladder="dilator", rung=rung, now=self.now)
            case _:
                raise AssertionError(what)


def _done(week) -> float:
    return week.done if isinstance(week, Practised) else 0.0


def _due(week) -> int:
    return getattr(week, "due", 0)


# What has to be there before an edit can be: it is made in the step before.
NEEDS = {"extend": "end", "phase": "assign", "another injection": "chart", "end of a pause": "pause"}
# What is laid over the days that were, and what they asked for stays as it was.
LAID_OVER = ("correct", "pause told afterwards", "end of a pause")
EDITS = (
    *("place", "chart", "assign", "end", "extend", "restart", "phase", "pause", "another revision", "other values"),
    *("another injection", "dilators", "answer", "choose"),
    *LAID_OVER,
)


@pytest.mark.engines("sqlite")
@pytest.mark.parametrize("most", EDITS)
def test_no_sequence_of_edits_changes_an_opened_day_or_the_attendance_of_weeks_past(db, cast, most):
    clinic = Clinic(db, cast, EDITS.index(most))
    done: list[str] = []
    for number in range(9):
        clinic.now += timedelta(days=clinic.dice.randint(0, 3))
        clinic.practises()
        if clinic.dice.random() < 0.5:
            due_days.freeze(db, db.get_one(t.Patient, cast.patient.patient_id), now=clinic.now)
        rows, asked, weeks = clinic.rows(), clinic.asked(), clinic.past_weeks()
        drawn = clinic.dice.choice(EDITS)
        what = (drawn, NEEDS.get(most, drawn), most)[number % 3]
        is_done = False
        for _ in range(6):
            try:
                with db.begin_nested():
                    clinic.edit(what)
            except (Refused, NotFound):
                continue
            done.append(what)
            is_done = True
            break
        after, asked_after, weeks_after = clinic.rows(), clinic.asked(), clinic.past_weeks()
        assert {key: after.get(key) for key in rows} == rows, done
        assert {key: asked_after[key] for key in asked} == asked, done
        if not is_done or what not in LAID_OVER:
            assert weeks_after == weeks, done
        elif what == "correct":
            assert [_done(week) for week in weeks_after] == [_done(week) for week in weeks], done
        elif what == "pause told afterwards":
            assert all(_due(is_now) <= _due(was) for is_now, was in zip(weeks_after, weeks, strict=True)), done
        else:
            assert all(_due(is_now) >= _due(was) for is_now, was in zip(weeks_after, weeks, strict=True)), done
        named = [
            (row.day_on, line["session"])
            for row in db.scalars(select(t.DueDay))
            for line in row.due
            if line["session"] == "calm" and line["phase"] == "weeks"
        ]
        assert len(named) == len(set(named)), "the same program asks for no day twice"
    assert most in done
