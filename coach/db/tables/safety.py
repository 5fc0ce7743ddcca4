"""Safety questions that were answered on their own page, and alerts: what a therapist has to look at first."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class SafetyAnswer(Owned, Base):
    """One answer, under the id that the client made, so that it is kept once however often it is sent."""

    __tablename__ = "safety_answer"
    __table_args__ = (CheckConstraint("urgency IN ('emergency', 'same_day', 'routine')", name="urgency"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    check_id: Mapped[str]
    asked: Mapped[str] = mapped_column(EncryptedText("safety_answer.asked"))  # in the words that she read
    told: Mapped[str] = mapped_column(EncryptedText("safety_answer.told"))  # what a yes is answered with
    urgency: Mapped[str]
    is_yes: Mapped[bool]
    day_on: Mapped[date]
    at: Mapped[datetime] = mapped_column("answered_at")  # the client's wall clock
    received_at: Mapped[datetime]


class Alert(Identified, Owned, Base):
    """What stands on top of the patient's review until a therapist has said that she saw it. `key` says what it was
    raised for, so that nothing raises it twice; `body` is JSON: what its sentence needs."""

    __tablename__ = "alert"
    __table_args__ = (
        UniqueConstraint("patient_id", "key"),
        CheckConstraint("urgency IN ('emergency', 'same_day', 'routine')", name="urgency"),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"))
    key: Mapped[str]
    kind: Mapped[str]
    urgency: Mapped[str]
    session_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("session.id"))
    body: Mapped[str] = mapped_column(EncryptedText("alert.body"))
    raised_at: Mapped[datetime]
    seen_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    seen_at: Mapped[datetime | None]
    note: Mapped[str | None] = mapped_column(EncryptedText("alert.note"))
