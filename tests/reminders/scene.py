"""A patient with something to do once a day, who wants to be reminded of it."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time

from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.services import assignments, patients, programs, reminders
from tests.cast import NOW, Cast, Person

TODAY = NOW.date()
PROGRAM = """\
title: Quiet minutes
language: en
exercises:
  settle: {kind: relaxation, title: Settle, cue: Breathe., for: 1min}
sessions:
  calm: {title: Calm, steps: [settle]}
phases:
  - {id: all, title: All, from: start, do: {calm: 1 per day}}
"""


def give_program(
    db: Session, person: Person, *, by: Person, start_on: date = TODAY, ends_on: date | None = None
) -> t.Assignment:
    known = {listed.program.key: listed.program for listed in programs.programs_of(db, by.viewer)}
    program = (
        known.get("quiet")
        or programs.import_text(
            db, by.viewer, key="quiet", text=PROGRAM, imports_reader=lambda _: None, now=NOW
        ).program
    )
    assert program is not None
    assignment = assignments.assign(db, by.viewer, person.patient_id, program_id=program.id, start_on=start_on, now=NOW)
    assignment.ends_on = ends_on
    db.flush()
    return assignment


def more_patients(db: Session, cast: Cast, count: int) -> list[Person]:
    """Patients of the cast's therapist, each with the program."""
    found = []
    for number in range(count):
        patient = patients.add(
            db, cast.therapist.viewer, name=f"Patient {number}", zone="Europe/Berlin", language="en", now=NOW
        )
        account = t.Account(
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            role="patient",
            patient_id=patient.id,
            sign_in_name=f"patient{number}@example.org",
            sign_in_digest=uuid.uuid4().bytes * 2,
            name=patient.name,
            password_hash="-",
            language="en",
            created_at=NOW,
        )
        db.add(account)
        db.flush()
        person = Person(
            account.id, patient.clinic_id, patient.team_id, account.sign_in_name, "patient", patient_id=patient.id
        )
        give_program(db, person, by=cast.therapist)
        found.append(person)
    return found


def practise(db: Session, assignment: t.Assignment, *, day_on: date, at: datetime) -> None:
    """A session of that day, ended at `at`."""
    owned = {"clinic_id": assignment.clinic_id, "team_id": assignment.team_id}
    script = t.Script(**owned, sha256=uuid.uuid4().hex * 2, body="{}")
    db.add(script)
    db.flush()
    db.add(
        t.Session(
            **owned,
            patient_id=assignment.patient_id,
            assignment_id=assignment.id,
            session_key="calm",
            script_id=script.id,
            day_on=day_on,
            opened_at=at,
            started_at=at,
            closed_at=at,
            outcome="complete",
            credit=1.0,
            share=1.0,
        )
    )
    db.flush()


def ask_for(
    db: Session, person: Person, *times: str, address: str = "someone@inbox.example", now: datetime = NOW
) -> t.ReminderChoice:
    """She chooses e-mail at these wall-clock times."""
    walls = [time.fromisoformat(text) for text in times]
    return reminders.choose(db, person.viewer, channel="email", address=address, times=walls, now=now)


def set_quiet_hours(db: Session, person: Person, start: str, end: str) -> None:
    clinic = db.get_one(t.Clinic, person.clinic_id)
    clinic.quiet_from, clinic.quiet_to = time.fromisoformat(start), time.fromisoformat(end)
    db.flush()


def set_zone(db: Session, person: Person, zone: str) -> None:
    db.get_one(t.Patient, person.patient_id).zone = zone
    db.flush()
