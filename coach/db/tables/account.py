"""Who signs in: accounts, sign-ins (one row each, revocable), and invitations that work once."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Account(Identified, Owned, Base):
    """A therapist, or a patient once she took up her invitation. The sign-in name is found by its keyed digest."""

    __tablename__ = "account"
    __table_args__ = (
        CheckConstraint("role IN ('patient', 'therapist')", name="role"),
        CheckConstraint("(role = 'patient') = (patient_id IS NOT NULL)", name="patient"),
    )

    role: Mapped[str]
    patient_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("patient.id"), unique=True)
    sign_in_name: Mapped[str] = mapped_column(EncryptedText("account.sign_in_name"))
    sign_in_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    name: Mapped[str] = mapped_column(EncryptedText("account.name"))
    password_hash: Mapped[str]
    language: Mapped[str]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class SignIn(Base):
    """One signed-in browser. Only the SHA-256 of its token is kept; ending it is a time, not a deletion."""

    __tablename__ = "sign_in"

    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinic.id"))
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("team.id"))
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class SignInAttempt(Identified, Base):
    """Failed sign-ins by name digest and address digest, so that throttling holds over several processes."""

    __tablename__ = "sign_in_attempt"

    subject: Mapped[bytes] = mapped_column(LargeBinary(32), index=True)
    failed_at: Mapped[datetime] = mapped_column(index=True)


class Invitation(Identified, Owned, Base):
    __tablename__ = "invitation"

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    token_digest: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
