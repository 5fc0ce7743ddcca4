"""Programs, their immutable revisions, assignments to patients, and each patient's place on a ladder."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Program(Identified, Owned, Base):
    """`key` is the program's id: the stem of its file."""

    __tablename__ = "program"
    __table_args__ = (UniqueConstraint("clinic_id", "key"),)

    key: Mapped[str]
    title: Mapped[str]
    created_at: Mapped[datetime]


class Revision(Identified, Owned, Base):
    """Published text, never changed. `imports` holds the library texts it was checked with, by name."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("program_id", "number"), UniqueConstraint("program_id", "sha256"))

    program_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("program.id"), index=True)
    number: Mapped[int]
    sha256: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    imports: Mapped[dict[str, str]] = mapped_column(JSON)
    published_at: Mapped[datetime]
    published_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))


class Assignment(Identified, Owned, Base):
    """A revision given to a patient from a day on; tied to an injection where its phases are counted from one.

    `ends_on` before `start_on`: taken back before it began, so that no day lies inside.
    """

    __tablename__ = "assignment"
    __table_args__ = (CheckConstraint("ended_at IS NULL OR ends_on IS NOT NULL", name="ended"),)

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    revision_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("revision.id"), index=True)
    injection_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("injection.id"), index=True)
    start_on: Mapped[date]
    ends_on: Mapped[date | None]  # last day inside
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)  # parameter id -> value
    assigned_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    assigned_at: Mapped[datetime]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]


class Placement(Identified, Owned, Base):
    """A patient's place on a ladder from a day on. Rows are added, never changed: together they are the staircase."""

    __tablename__ = "placement"

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"), index=True)
    ladder: Mapped[str]
    rung: Mapped[str]
    from_on: Mapped[date]
    reason: Mapped[str | None] = mapped_column(EncryptedText("placement.reason"))
    placed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    placed_at: Mapped[datetime]
