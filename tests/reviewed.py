"""A patient with months of practice in the database, for tests of plans, reviews and their pages.

The sessions are written as rows: what the fold makes of events is the matter of other tests.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import insert
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import Performed
from coach.domain.script import compile_script
from coach.services import programs
from tests.cast import Person

TEXT = """\
title: After injection
language: en
equipment: [dilator set]
parameters:
  still: {type: duration, default: 10min, min: 3min, max: 30min, label: Staying still}
exercises:
  breathing:
    kind: relaxation
    title: Breathing
    cue: Let the breath go down.
    breathe: {in: 4s, out: 6s}
    for: 6min
  stay:
    kind: dilator
    title: Stay still
    cue: Nothing to do now.
    size: $dilator
    for: $still
  hip_stretch:
    kind: stretching
    title: Hips
    cue: Let the knees sink.
    hold: 60s
    reps: 4
  childs_pose:
    kind: stretching
    title: Child's pose
    cue: Rest on your knees.
    hold: 60s
    reps: 4
ladders:
  dilator:
    kind: dilator
    rungs: own set
    start: chosen at assignment
    up: {after: 3 of 4 sessions, pain_at_most: 2}
    down: {after: 2 sessions in a row, pain_at_least: 4}
sessions:
  calm: {title: Calm, steps: [breathing]}
  dilate:
    title: Practice
    warm_up: [breathing: {for: 2min}]
    steps: [stay]
    ask_before: [pain, anxiety]
    ask_after: [pain, anxiety]
    stop_when: {pain_at_least: 7}
    variants:
      gentle: {title: Gentle, leave_out: [stay], counts: 100%}
  hips: {title: Stretching, steps: [hip_stretch]}
  pose: {title: Stretching, steps: [childs_pose]}
  stretch: {title: Stretching, alternate: [hips, pose]}
phases:
  - {id: before, title: Before, from: injection - 14d, to: injection - 1d, do: {calm: 1 per day}}
  - {id: settle, title: Settling, from: injection, to: insertion - 1d, do: {calm: 2 per day}}
  - id: start
    title: Starting
    from: insertion
    to: injection + 7d
    at_least: 5d
    do: {calm: 1 per day, dilate: 1-2 per day}
  - id: build
    title: Building
    from: injection + 8d
    to: injection + 28d
    set: {still: 12min}
    do: {dilate: 2 per day, stretch: 5 per week}
  - id: hold
    title: Keeping
    from: injection + 29d
    to: injection + 83d
    set: {still: 15min}
    do: {dilate: 1-2 per day on any 6 days}
  - {id: waning, title: Waning, from: injection + 84d, set: {still: 15min}, do: {dilate: 4 per week}}
safety_checks:
  - id: spreading
    from: injection
    to: injection + 6w
    ask: Any trouble swallowing, speaking or breathing?
    on_yes: {urgency: emergency, say: Call the emergency number now.}
"""


def publish(
    db: Session, therapist: Person, *, key: str = "after-injection", text: str = TEXT, now: datetime
) -> t.Program:
    imported = programs.import_text(db, therapist.viewer, key=key, text=text, imports_reader=lambda name: None, now=now)
    assert imported.program is not None, imported.problems
    return imported.program


def dilators(db: Session, patient: Person, sizes: Iterable[float]) -> None:
    for number, size in enumerate(sizes, start=1):
        db.add(t.Dilator(**_owner(patient), patient_id=patient.patient_id, rung=f"d{number}", size_mm=size))
    db.flush()


def inject(
    db: Session, therapist: Person, patient: Person, on: date, *, state: str = "given", insertion_after: int | None = 3,
    units: float | None = 100.0, now: datetime,
) -> t.Injection:  # fmt: skip
    injection = t.Injection(**_owner(patient), patient_id=patient.patient_id, created_at=now)
    db.add(injection)
    db.flush()
    db.add(
        t.InjectionChart(
            **_owner(patient),
            injection_id=injection.id,
            number=1,
            state=state,
            on=on,
            product="onabotulinumtoxinA (Botox)",
            units=units,
            insertion_on=None if insertion_after is None else on + timedelta(days=insertion_after),
            charted_by_id=therapist.account_id,
            charted_at=now,
        )
    )
    db.flush()
    return injection


def assign(
    db: Session, therapist: Person, patient: Person, program: t.Program, *, start_on: date,
    injection: t.Injection | None = None, places: Iterable[tuple[date, str, str]] = (), now: datetime,
) -> t.Assignment:  # fmt: skip
    revision_id = db.query(t.Revision.id).where(t.Revision.program_id == program.id).scalar()
    assignment = t.Assignment(
        **_owner(patient),
        patient_id=patient.patient_id,
        revision_id=revision_id,
        injection_id=injection.id if injection else None,
        start_on=start_on,
        parameters={},
        assigned_by_id=therapist.account_id,
        assigned_at=now,
    )
    db.add(assignment)
    db.flush()
    for on, ladder, rung in places:
        db.add(
            t.Placement(
                **_owner(patient),
                assignment_id=assignment.id,
                ladder=ladder,
                rung=rung,
                from_on=on,
                placed_by_id=therapist.account_id,
                placed_at=now,
            )
        )
    db.flush()
    return assignment


_RESULT = (
    "credit",
    "outcome",
    "stop_reason",
    "dose_ms",
    "asked_ms",
    "size_mm",
    "rung",
    "pain_before",
    "pain_peak",
    "pain_after",
    "anxiety_before",
    "anxiety_peak",
    "anxiety_after",
    "red_flag",
)


def write_sittings(db: Session, patient: Person, assignment: t.Assignment, log: Iterable[Performed]) -> list[uuid.UUID]:
    """Rows for what was performed, all of `assignment`, each opened at seven in the evening of its day."""
    program = programs.load(db, assignment.revision_id)
    body = json.dumps(compile_script(program, "calm", rungs={}, own_set=(), parameters={}))
    script = t.Script(**_owner(patient), sha256=uuid.uuid4().hex, body=body)
    db.add(script)
    db.flush()
    rows = []
    for sitting in log:
        opened = datetime.combine(sitting.day_on, time(18, 0), tzinfo=UTC)
        rows.append(
            {
                **_owner(patient),
                "id": uuid.uuid4(),
                "patient_id": patient.patient_id,
                "assignment_id": assignment.id,
                "session_key": sitting.session_key,
                "variant": sitting.variant,
                "script_id": script.id,
                "day_on": sitting.day_on,
                "opened_at": opened,
                "started_at": opened,
                "closed_at": opened + timedelta(minutes=20) if sitting.is_closed else None,
                "share": 1.0 if sitting.outcome == "complete" else 0.4,
                **{name: getattr(sitting, name) for name in _RESULT},
            }
        )
    if rows:
        db.execute(insert(t.Session), rows)
    return [row["id"] for row in rows]


def _owner(patient: Person) -> dict[str, uuid.UUID]:
    return {"clinic_id": patient.clinic_id, "team_id": patient.team_id}
