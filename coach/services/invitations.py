"""Invitations: a link that a therapist hands to her patient, works once, and for a week."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.services import access, accounts
from coach.services.access import Viewer
from coach.services.sign_ins import Throttled, count_tries, digest_of

LASTS = timedelta(days=7)
_TRIES = ((timedelta(hours=1), 10),)


class HasAccount(ValueError):
    """The patient took up an invitation already; a second account is not made."""


def invite(db: Session, viewer: Viewer, patient_id: UUID, *, now: datetime) -> str:
    """A new token, good for seven days; earlier links stop working. Raises NotFound or HasAccount."""
    if viewer.role != "therapist":
        raise access.NotFound("patient")
    patient = access.patient(db, viewer, patient_id)
    # Two links made at once would both be open.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    if accounts.of_patient(db, patient.id) is not None:
        raise HasAccount
    db.execute(
        update(t.Invitation)
        .where(
            t.Invitation.patient_id == patient.id, t.Invitation.used_at.is_(None), t.Invitation.withdrawn_at.is_(None)
        )
        .values(withdrawn_at=now)
    )
    token = secrets.token_urlsafe(32)
    db.add(
        t.Invitation(
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            patient_id=patient.id,
            token_digest=digest_of(token),
            created_by_id=viewer.account_id,
            created_at=now,
            expires_at=now + LASTS,
        )
    )
    db.flush()
    return token


def open_until(db: Session, viewer: Viewer, patient_id: UUID, *, now: datetime) -> datetime | None:
    """Until when a link that was handed out still works; None where there is none."""
    patient = access.patient(db, viewer, patient_id)
    return db.scalar(
        select(t.Invitation.expires_at)
        .where(*_open(now), t.Invitation.patient_id == patient.id)
        .order_by(t.Invitation.expires_at.desc())
        .limit(1)
    )


def patient_of(db: Session, token: str, *, now: datetime) -> t.Patient | None:
    """Whom the link invites. None for a used, expired, withdrawn or unknown one alike."""
    return db.scalars(
        select(t.Patient)
        .join(t.Invitation, t.Invitation.patient_id == t.Patient.id)
        .where(*_open(now), t.Invitation.token_digest == digest_of(token))
    ).one_or_none()


def words_about(db: Session, patient: t.Patient) -> tuple[str, ...]:
    """What a stranger who knows her might try as a password."""
    clinic = db.get_one(t.Clinic, patient.clinic_id)
    return (patient.name, clinic.name)


def accept(db: Session, token: str, *, sign_in_name: str, password_hash: str, now: datetime) -> UUID | None:
    """The account that the link becomes. None where the link no longer works; raises NameTaken."""
    invitation = db.scalars(
        select(t.Invitation).where(*_open(now), t.Invitation.token_digest == digest_of(token)).with_for_update()
    ).one_or_none()
    if invitation is None:
        return None
    patient = db.get_one(t.Patient, invitation.patient_id)
    account = accounts.add_patient(db, patient, sign_in_name=sign_in_name, password_hash=password_hash, now=now)
    invitation.used_at = now
    return account.id


def count_try(db: Session, token: str, *, now: datetime) -> Throttled | None:
    """Counts a try of this link: otherwise its holder could ask, name by name, who else is a patient."""
    counted = count_tries(db, {digest_of(f"invitation {token}"): _TRIES}, now=now)
    return counted if isinstance(counted, Throttled) else None


def _open(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (t.Invitation.used_at.is_(None), t.Invitation.withdrawn_at.is_(None), t.Invitation.expires_at > now)
