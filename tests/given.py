"""What the patient of the cast has been given: a program of `programs/`, and where it needs one, an injection."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.safety import token_of
from coach.language import check
from coach.services import assignments, injections, programs
from coach.services.charts import ChartEntry
from tests.cast import NOW, Cast, Person
from tests.prepare import ROOT

TODAY = date(2026, 3, 2)
INJECTED = TODAY - timedelta(days=10)
SIZES_MM = (13.0, 18.0, 22.0, 26.0)


def shipped(name: str) -> str | None:
    file = ROOT / "programs" / f"{name}.yaml"
    return file.read_text() if file.is_file() else None


def give_calm(db: Session, cast: Cast, to: Person | None = None, now: datetime = NOW) -> t.Assignment:
    """`down-training` from today on: one session, `calm`, twice a day."""
    return give_text(db, cast, "down-training", str(shipped("down-training")), to=to, now=now)


def give_text(
    db: Session, cast: Cast, key: str, text: str, to: Person | None = None, now: datetime = NOW
) -> t.Assignment:
    """A program from its text, without an injection."""
    patient_id = (to or cast.patient).patient_id
    assert patient_id
    return assignments.assign(
        db, cast.therapist.viewer, patient_id, program_id=_import(db, cast, key, text, now), start_on=TODAY, now=now
    )


def give_practice(db: Session, cast: Cast, rung: str = "d3", now: datetime = NOW) -> t.Assignment:
    """`after-injection-dilation`, ten days after an injection: `dilate` at 22 mm, and safety questions each day."""
    patient_id = cast.patient.patient_id
    assert patient_id
    for number, size_mm in enumerate(SIZES_MM, 1):
        db.add(
            t.Dilator(
                clinic_id=cast.patient.clinic_id,
                team_id=cast.patient.team_id,
                patient_id=patient_id,
                rung=f"d{number}",
                size_mm=size_mm,
            )
        )
    db.flush()
    charted = injections.chart(
        db,
        cast.therapist.viewer,
        patient_id,
        ChartEntry(
            state="given",
            on=INJECTED,
            product="onabotulinumtoxinA (Botox)",
            units=100,
            insertion_on=INJECTED + timedelta(days=3),
        ),
        now=now,
    )
    text = str(shipped("after-injection-dilation"))
    return assignments.assign(
        db,
        cast.therapist.viewer,
        patient_id,
        program_id=_import(db, cast, "after-injection-dilation", text, now),
        start_on=INJECTED,
        injection_id=charted.injection.id,
        placements={"dilator": rung},
        now=now,
    )


def _import(db: Session, cast: Cast, key: str, text: str, now: datetime) -> uuid.UUID:
    done = programs.import_text(db, cast.therapist.viewer, key=key, text=text, imports_reader=shipped, now=now)
    assert done.program is not None, done.problems
    return done.program.id


def named(check_id: str) -> str:
    """What a device calls a safety question of `give_practice`'s program."""
    program = check(str(shipped("after-injection-dilation")), file="practice.yaml", read=shipped).program
    assert program is not None
    return next(token_of(each) for each in program.safety_checks if each.id == check_id)
