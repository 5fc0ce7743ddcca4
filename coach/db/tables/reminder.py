"""Reminders: what the patient chose, and one row for each reminder that is, or was, due."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned, only_where
from coach.db.types import EncryptedText


class ReminderChoice(Identified, Owned, Base):
    """What the patient last chose. Each choice is a new row, so that consent has its version and its time."""

    __tablename__ = "reminder_choice"
    __table_args__ = (
        CheckConstraint("channel IN ('none', 'email')", name="channel"),
        CheckConstraint("channel <> 'email' OR address IS NOT NULL", name="address"),
        Index("ix_reminder_choice_patient_id_chosen_at", "patient_id", "chosen_at"),
        Index("uq_reminder_choice_current", "patient_id", unique=True, **only_where("is_current")),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"))
    channel: Mapped[str]
    address: Mapped[str | None] = mapped_column(EncryptedText("reminder_choice.address"))
    wording: Mapped[str | None]  # version of the text that she agreed to
    chosen_at: Mapped[datetime]
    is_current: Mapped[bool]


class ReminderTime(Identified, Owned, Base):
    """A wall-clock time of a choice; `slot` is its place in the day (0, 1, ...)."""

    __tablename__ = "reminder_time"
    __table_args__ = (UniqueConstraint("choice_id", "slot"),)

    choice_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("reminder_choice.id"), index=True)
    slot: Mapped[int]
    local_time: Mapped[time]


class Reminder(Identified, Owned, Base):
    """A reminder is a patient, her calendar day and a slot, never an instant: that alone forbids a second one."""

    __tablename__ = "reminder"
    __table_args__ = (
        UniqueConstraint("patient_id", "local_on", "slot"),
        CheckConstraint(
            "state IN ('pending', 'claimed', 'sending', 'sent', 'unknown', 'dead', 'suppressed')", name="state"
        ),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent"),
        CheckConstraint("state NOT IN ('suppressed', 'dead', 'unknown') OR reason IS NOT NULL", name="reason"),
        CheckConstraint("(state IN ('claimed', 'sending')) = (lease_owner IS NOT NULL)", name="lease"),
        CheckConstraint("(lease_owner IS NULL) = (lease_until_at IS NULL)", name="lease_end"),
        CheckConstraint("expires_at > due_at", name="window"),
        Index("ix_reminder_state_not_before_at", "state", "not_before_at"),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    local_on: Mapped[date]
    slot: Mapped[int]
    due_at: Mapped[datetime]
    not_before_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="pending")
    reason: Mapped[str | None]
    fence: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    lease_owner: Mapped[str | None]
    lease_until_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class ReminderHeartbeat(Base):
    """When each reminder process last ticked."""

    __tablename__ = "reminder_heartbeat"

    worker: Mapped[str] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime]
