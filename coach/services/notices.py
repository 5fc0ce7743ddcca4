"""Notices: what changed in a patient's plan, for her to read, and when she said that she had."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows
from coach.domain.program import Text
from coach.services import access
from coach.services.access import NotFound, Viewer, Whose

Kind = Literal[
    "program_given",
    "program_moved",
    "program_extended",
    "program_ended",
    "program_restarted",
    "rung_up",
    "rung_down",
    "rung_held",
    "ladder_unlocked",
    "ladder_locked",
    "phase_ended",
    "phase_goes_on",
    "injection_moved",
    "paused_by_therapist",
    "pause_ended_by_therapist",
]
Value = str | int | float | bool | date | Text | None

_LISTED = 20  # the latest ones that a therapist is shown; what is not read yet is shown to the patient however many


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """`body` is what its words need (`coach.web.notice_words` says what each kind reads); dates in it are ISO text.
    `by_rule`: her program did it, nobody by hand. `noticed_at`: when she said that she had read it."""

    id: UUID
    kind: Kind
    body: Mapping[str, Any]
    assignment_id: UUID | None
    by_rule: bool
    told_at: datetime
    noticed_at: datetime | None


def tell(
    db: Session,
    patient: Whose,
    kind: Kind,
    body: Mapping[str, Value] | None = None,
    *,
    assignment_id: UUID | None = None,
    by: UUID | None,
    now: datetime,
) -> t.Notice:
    """Puts a notice on her Today until she has read it. `by`: the account that made the change, None for a rule of her
    program. Values of `body` may be a program's texts: she reads them in her own language."""
    notice = t.Notice(
        clinic_id=patient.clinic_id,
        team_id=patient.team_id,
        patient_id=patient.id,
        assignment_id=assignment_id,
        kind=kind,
        body=json.dumps({name: _plain(value) for name, value in (body or {}).items()}, ensure_ascii=False),
        told_by_id=by,
        told_at=now,
    )
    db.add(notice)
    db.flush()
    return notice


def open_of(db: Session, viewer: Viewer, patient_id: UUID | None = None) -> tuple[Notice, ...]:
    """What she has not read yet, the latest first: the viewer's own, or for a therapist that of a patient of hers.
    Raises NotFound."""
    wanted = patient_id or viewer.patient_id
    if wanted is None:
        raise NotFound("patient")
    access.whereabouts(db, viewer, wanted)
    return tuple(_read(row) for row in rows(db, _OPEN, patient_id=wanted))


def latest_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[Notice, ...]:
    """The last ones told to her, read or not, the latest first. Only for therapists; raises NotFound."""
    if viewer.role != "therapist":
        raise NotFound("patient")
    access.whereabouts(db, viewer, patient_id)
    return tuple(_read(row) for row in rows(db, _LATEST, patient_id=patient_id))


def acknowledge(db: Session, viewer: Viewer, notice_ids: Collection[UUID], *, now: datetime) -> None:
    """She has read these. Ids that are not hers change nothing, and the first time that she said so stays. Raises
    NotFound for anybody but a patient."""
    if viewer.role != "patient" or viewer.patient_id is None:
        raise NotFound("notice")
    db.execute(
        update(t.Notice)
        .where(t.Notice.id.in_(notice_ids), t.Notice.patient_id == viewer.patient_id, t.Notice.noticed_at.is_(None))
        .values(noticed_at=now)
    )


def _plain(value: Value) -> Any:
    if isinstance(value, Text):
        return {**value.by_language, "": value.default}
    return value.isoformat() if isinstance(value, date) else value


def _read(row: Any) -> Notice:
    return Notice(
        id=row.id,
        kind=cast(Kind, row.kind),
        body={name: _meant(value) for name, value in json.loads(row.body).items()},
        assignment_id=row.assignment_id,
        by_rule=row.told_by_id is None,
        told_at=row.told_at,
        noticed_at=row.noticed_at,
    )


def _meant(value: Any) -> Any:
    if isinstance(value, dict):
        return Text(value[""], {language: text for language, text in value.items() if language})
    return value


_COLUMNS = (
    t.Notice.id,
    t.Notice.kind,
    t.Notice.body,
    t.Notice.assignment_id,
    t.Notice.told_by_id,
    t.Notice.told_at,
    t.Notice.noticed_at,
)
_HERS = select(*_COLUMNS).where(t.Notice.patient_id == bindparam("patient_id")).order_by(t.Notice.told_at.desc())
_OPEN = _HERS.where(t.Notice.noticed_at.is_(None))
_LATEST = _HERS.limit(_LISTED)
