"""Sessions: the script that was played, the events that came up, and the result that the fold of them gives."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Script(Identified, Owned, Base):
    """What a player plays, by the hash of its canonical JSON; never changed."""

    __tablename__ = "script"
    __table_args__ = (UniqueConstraint("clinic_id", "sha256"),)

    sha256: Mapped[str]
    body: Mapped[str] = mapped_column(Text)


_RATINGS = ("pain_before", "pain_peak", "pain_after", "anxiety_before", "anxiety_peak", "anxiety_after")


class Session(Identified, Owned, Base):
    """One sitting. Everything below `closed_at` is the fold of its events and can be made again from them."""

    __tablename__ = "session"
    __table_args__ = (
        Index("ix_session_patient_id_day_on", "patient_id", "day_on"),
        CheckConstraint("outcome IN ('open', 'complete', 'partial', 'stopped')", name="outcome"),
        CheckConstraint("credit >= 0 AND credit <= 1", name="credit"),
        CheckConstraint("share >= 0 AND share <= 1", name="share"),
        *(CheckConstraint(f"{rating} BETWEEN 0 AND 10", name=rating) for rating in _RATINGS),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"))
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"), index=True)
    session_key: Mapped[str]  # the session's id in its program
    variant: Mapped[str | None]
    script_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("script.id"))
    day_on: Mapped[date]  # the patient's calendar day that it counts for: the day on which it was started
    opened_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="open")
    stop_reason: Mapped[str | None]
    credit: Mapped[float] = mapped_column(default=0.0)
    share: Mapped[float] = mapped_column(default=0.0)  # work done of the work that the script asked for
    dose_ms: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # by kind
    asked_ms: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)  # by kind
    size_mm: Mapped[float | None]  # largest used
    rung: Mapped[str | None]
    pain_before: Mapped[int | None]
    pain_peak: Mapped[int | None]
    pain_after: Mapped[int | None]
    anxiety_before: Mapped[int | None]
    anxiety_peak: Mapped[int | None]
    anxiety_after: Mapped[int | None]
    red_flag: Mapped[bool] = mapped_column(default=False)
    by_rule: Mapped[bool] = mapped_column(default=False, server_default=false())  # ended by one of its stop rules
    # What it shows for each ladder that its steps stand on (`coach.domain.course.OnLadder`).
    ladders: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    # What it does to her rungs and phases could not be worked out then, and is tried again when another one ends.
    unsettled_since: Mapped[datetime | None]


class SessionEvent(Owned, Base):
    """A fact from a session under the id that the client made. Rows are added, never changed or removed."""

    __tablename__ = "session_event"
    __table_args__ = (UniqueConstraint("session_id", "seq"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("session.id"))
    seq: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]  # the client's wall clock
    mono_ms: Mapped[int]  # the client's monotonic clock since the session was opened there
    guided_ms: Mapped[int]  # guided time since the event before
    body: Mapped[str] = mapped_column(EncryptedText("session_event.body"))  # JSON
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]


class EventConflict(Identified, Owned, Base):
    """A second, different event under an id or a place that was taken: kept for a person to look at."""

    __tablename__ = "event_conflict"

    session_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("session.id"), index=True)
    event_id: Mapped[uuid.UUID]
    body: Mapped[str] = mapped_column(EncryptedText("event_conflict.body"))
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    received_at: Mapped[datetime]
