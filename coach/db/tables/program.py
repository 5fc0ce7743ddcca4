"""Programs, their immutable revisions, assignments to patients, and each patient's place on a ladder."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned, only_where
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


class AssignmentChange(Identified, Owned, Base):
    """What was changed of an assignment. Its own row says how it stands now, these rows how it came to that: `before`
    and `after` hold the columns that changed (`revision_id`, `parameters`, `ends_on`, `injection_id`)."""

    __tablename__ = "assignment_change"
    __table_args__ = (
        UniqueConstraint("assignment_id", "number"),
        CheckConstraint("kind IN ('moved', 'extended', 'ended', 'restarted')", name="kind"),
    )

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"))
    number: Mapped[int]
    kind: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
    after: Mapped[dict[str, Any]] = mapped_column(JSON)
    reason: Mapped[str | None] = mapped_column(EncryptedText("assignment_change.reason"))
    changed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]


class Placement(Identified, Owned, Base):
    """A patient's place on a ladder from a day on. Rows are added, never changed: together they are the staircase.

    `by` says who placed her; a rule of the program has a `code` with its `params` instead of a reason in words, and
    nobody in `placed_by_id`. `state`: on a `held` rung no rule raises her, a `locked` ladder is not used.
    """

    __tablename__ = "placement"
    __table_args__ = (
        CheckConstraint("\"by\" IN ('therapist', 'patient', 'rule')", name="by"),
        CheckConstraint("state IN ('placed', 'held', 'locked')", name="state"),
        CheckConstraint("(\"by\" = 'rule') = (placed_by_id IS NULL)", name="whose"),
        CheckConstraint("\"by\" <> 'rule' OR code IS NOT NULL", name="why"),
    )

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"), index=True)
    ladder: Mapped[str]
    rung: Mapped[str]
    from_on: Mapped[date]
    by: Mapped[str] = mapped_column(default="therapist", server_default="therapist")
    state: Mapped[str] = mapped_column(default="placed", server_default="placed")
    code: Mapped[str | None]
    params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    reason: Mapped[str | None] = mapped_column(EncryptedText("placement.reason"))
    placed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))
    placed_at: Mapped[datetime]


class RungProposal(Identified, Owned, Base):
    """A rung that the program's rule would raise the patient to, where somebody has to say yes. One at a time is open;
    the log may withdraw it again."""

    __tablename__ = "rung_proposal"
    __table_args__ = (
        Index("uq_rung_proposal_open", "assignment_id", "ladder", unique=True, **only_where("closed_at IS NULL")),
        CheckConstraint("needs IN ('therapist', 'patient')", name="needs"),
        CheckConstraint("outcome IN ('accepted', 'declined', 'withdrawn')", name="outcome"),
        CheckConstraint("(closed_at IS NULL) = (outcome IS NULL)", name="closed"),
    )

    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignment.id"), index=True)
    ladder: Mapped[str]
    rung_from: Mapped[str]
    rung_to: Mapped[str]
    needs: Mapped[str]
    code: Mapped[str]
    params: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("account.id"))  # None: withdrawn by the log
    outcome: Mapped[str | None]
    reason: Mapped[str | None] = mapped_column(EncryptedText("rung_proposal.reason"))
