"""What became of a plan: pauses, phases that somebody ended, what was due on the days that opened, and what the patient
is told of a change."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Pause(Identified, Owned, Base):
    """Days on which nothing is asked of the patient; `assignment_id` None: of all her programs.

    `last_on` is inside, None where nobody could say when it ends; it stays as it was said. `ended_on` is the last day
    as somebody ended it later; before `first_on` the pause was taken back and no day is inside.
    """

    __tablename__ = "pause"
    __table_args__ = (
        CheckConstraint(
            "why IN ('menses', 'illness', 'infection', 'procedure', 'travel', 'hold', 'not_today')", name="why"
        ),
        CheckConstraint("(ended_at IS NULL) = (ended_on IS NULL)", name="ended"),
    )

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignment.id"))
    why: Mapped[str]
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(EncryptedText("pause.note"))
    begun_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    begun_at: Mapped[datetime]
    ended_on: Mapped[date | None]
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime | None]


class PhaseEnd(Identified, Owned, Base):
    """The last day of a phase whose end is somebody's to say. Rows are added, never changed: the highest number of a
    phase holds, and one without a day takes the one before it back. `ended_by_id` None: a rule of the program."""

    __tablename__ = "phase_end"
    __table_args__ = (UniqueConstraint("assignment_id", "phase", "number"),)

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"))
    phase: Mapped[str]
    number: Mapped[int]
    last_on: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(EncryptedText("phase_end.reason"))
    ended_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    ended_at: Mapped[datetime]


class DueDay(Identified, Owned, Base):
    """What an assignment asked for on a day, as it stood when the day opened; never changed. `due` is a list with an
    object for each line of the phase (`coach.domain.due`), empty where nothing was asked."""

    __tablename__ = "due_day"
    __table_args__ = (UniqueConstraint("assignment_id", "day_on"),)

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"))
    day_on: Mapped[date]
    due: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    frozen_at: Mapped[datetime]


class Notice(Identified, Owned, Base):
    """Something that changed in the patient's plan, for her to read. `body` is JSON: what its sentence needs."""

    __tablename__ = "notice"
    __table_args__ = (Index("ix_notice_patient_id_noticed_at", "patient_id", "noticed_at"),)

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"))
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignment.id"))
    kind: Mapped[str]
    body: Mapped[str] = mapped_column(EncryptedText("notice.body"))
    told_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))  # None: a rule of the program
    told_at: Mapped[datetime]
    noticed_at: Mapped[datetime | None]  # when she said that she has read it
