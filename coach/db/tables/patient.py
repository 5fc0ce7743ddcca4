"""Patients and their dilator sets."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Patient(Identified, Owned, Base):
    """`name` may be a pseudonym. `zone` (IANA) decides which calendar day it is for her."""

    __tablename__ = "patient"

    name: Mapped[str] = mapped_column(EncryptedText("patient.name"))
    zone: Mapped[str]
    language: Mapped[str]
    therapist_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", use_alter=True), index=True)
    created_at: Mapped[datetime]
    created_on: Mapped[date]
    # The highest number that a rung of her set was ever named by, so that none is given twice.
    highest_dilator: Mapped[int] = mapped_column(default=0, server_default="0")


class Dilator(Identified, Owned, Base):
    """One dilator of a patient's own set. `rung` is its stable id on ladders whose rungs are the patient's own set."""

    __tablename__ = "dilator"
    __table_args__ = (
        UniqueConstraint("patient_id", "rung"),
        CheckConstraint("size_mm > 0 AND size_mm < 100", name="size"),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    rung: Mapped[str]
    size_mm: Mapped[float]
    label: Mapped[str | None] = mapped_column(EncryptedText("dilator.label"))
