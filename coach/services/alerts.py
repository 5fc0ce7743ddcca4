"""Alerts: what a therapist looks at first, each raised once, and who has seen it when. None is ever deleted."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast
from uuid import UUID, uuid4

from sqlalchemy import bindparam, case, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from coach.db import tables as t
from coach.db.engine import rows
from coach.services import access
from coach.services.access import NotFound, Viewer, Whose
from coach.services.charts import LONGEST_TEXT
from coach.services.refusals import Refusal, Refused

Urgency = Literal["emergency", "same_day", "routine"]
_ORDER: tuple[Urgency, ...] = ("emergency", "same_day", "routine")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One alert as a therapist reads it. `body` is what its sentence needs (`coach.web.therapist.alert_words`);
    `session_id` where it comes from a sitting. `seen_at`, `seen_by` (her name) and `note` once somebody has seen it."""

    id: UUID
    kind: str
    urgency: Urgency
    body: Mapping[str, Any]
    session_id: UUID | None
    raised_at: datetime
    seen_at: datetime | None
    seen_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Of one patient: how many alerts nobody has seen yet, `urgent` those for a call on the day or at once; `since`
    when the oldest of the more urgent kind was raised. `sessions`: all that an alert was raised for, seen or not."""

    urgent: int = 0
    routine: int = 0
    since: datetime | None = None
    sessions: frozenset[UUID] = frozenset()


def raise_alert(
    db: Session,
    patient: Whose,
    *,
    key: str,
    kind: str,
    urgency: Urgency,
    body: Mapping[str, Any],
    session_id: UUID | None = None,
    now: datetime,
) -> bool:
    """Raises it unless something was raised for this `key` before, seen or not; whether it did. However many raise it
    at the same moment, one row is written."""
    into = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    written = db.execute(
        into(t.Alert)
        .values(
            id=uuid4(),
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            patient_id=patient.id,
            key=key,
            kind=kind,
            urgency=urgency,
            session_id=session_id,
            body=json.dumps(body, ensure_ascii=False),
            raised_at=now,
        )
        .on_conflict_do_nothing(index_elements=["patient_id", "key"])
        .returning(t.Alert.id)
    )
    return written.first() is not None


def open_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[Alert, ...]:
    """What nobody has seen yet, the most urgent first and then the latest. Only for therapists; raises NotFound."""
    return _hers(db, viewer, patient_id, _OPEN)


def all_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[Alert, ...]:
    """Every alert of hers, the latest first. Only for therapists; raises NotFound."""
    return _hers(db, viewer, patient_id, _ALL)


def see(db: Session, viewer: Viewer, patient_id: UUID, alert_id: UUID, *, note: str = "", now: datetime) -> None:
    """She has seen it. Who saw it first, when, and what she noted stays. Raises NotFound, Refused."""
    alert = access.alert(db, viewer, alert_id)
    if alert.patient_id != patient_id:
        raise NotFound("alert")
    note = note.strip()
    if len(note) > LONGEST_TEXT:
        raise Refused(Refusal("note", "too_long", {"most": LONGEST_TEXT}))
    if alert.seen_at is not None:
        return
    alert.seen_by_id, alert.seen_at, alert.note = viewer.account_id, now, note or None
    db.flush()


def waiting(db: Session, patient_ids: Collection[UUID]) -> Mapping[UUID, Waiting]:
    """What waits for somebody to see it, by patient, for patients whom the viewer may see. One query for all."""
    found: dict[UUID, list[Any]] = defaultdict(list)
    for row in db.execute(
        select(t.Alert.patient_id, t.Alert.urgency, t.Alert.session_id, t.Alert.raised_at, t.Alert.seen_at).where(
            t.Alert.patient_id.in_(patient_ids)
        )
    ):
        found[row.patient_id].append(row)
    return {patient_id: _counted(alerts) for patient_id, alerts in found.items()}


def _counted(alerts: list[Any]) -> Waiting:
    unseen = [alert for alert in alerts if alert.seen_at is None]
    urgent = [alert for alert in unseen if alert.urgency != "routine"]
    return Waiting(
        urgent=len(urgent),
        routine=len(unseen) - len(urgent),
        since=min((alert.raised_at for alert in urgent or unseen), default=None),
        sessions=frozenset(alert.session_id for alert in alerts if alert.session_id is not None),
    )


def _hers(db: Session, viewer: Viewer, patient_id: UUID, statement: Executable) -> tuple[Alert, ...]:
    if viewer.role != "therapist":
        raise NotFound("patient")
    access.whereabouts(db, viewer, patient_id)
    return tuple(
        Alert(
            id=row.id,
            kind=row.kind,
            urgency=cast(Urgency, row.urgency),
            body=json.loads(row.body),
            session_id=row.session_id,
            raised_at=row.raised_at,
            seen_at=row.seen_at,
            seen_by=row.seen_by,
            note=row.note,
        )
        for row in rows(db, statement, patient_id=patient_id)
    )


_HERS = (
    select(
        t.Alert.id,
        t.Alert.kind,
        t.Alert.urgency,
        t.Alert.body,
        t.Alert.session_id,
        t.Alert.raised_at,
        t.Alert.seen_at,
        t.Alert.note,
        t.Account.name.label("seen_by"),
    )
    .outerjoin(t.Account, t.Account.id == t.Alert.seen_by_id)
    .where(t.Alert.patient_id == bindparam("patient_id"))
)
_LATEST_FIRST = (t.Alert.raised_at.desc(), t.Alert.id)
_ALL = _HERS.order_by(*_LATEST_FIRST)
_OPEN = _HERS.where(t.Alert.seen_at.is_(None)).order_by(
    case({urgency: place for place, urgency in enumerate(_ORDER)}, value=t.Alert.urgency), *_LATEST_FIRST
)
