"""Accounts: who can sign in. The sign-in name is found by a keyed digest and readable only with the key."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import keyring_of
from coach.services import access
from coach.services.access import Viewer

_PURPOSE = "account.sign_in_name"


class NameTaken(ValueError):
    """Somebody signs in under this name already."""


def add_therapist(
    db: Session,
    *,
    clinic_id: UUID,
    team_id: UUID,
    sign_in_name: str,
    name: str,
    password_hash: str,
    language: str,
    now: datetime,
) -> t.Account:
    """Raises NameTaken. `password_hash` comes from `Passwords.hash`, made before the unit of work began."""
    return _add(
        db,
        t.Account(
            clinic_id=clinic_id, team_id=team_id, role="therapist", name=name, language=language, created_at=now,
            password_hash=password_hash,
        ),
        sign_in_name,
    )  # fmt: skip


def add_patient(db: Session, patient: t.Patient, *, sign_in_name: str, password_hash: str, now: datetime) -> t.Account:
    """The patient's own account, in her name and language. Raises NameTaken."""
    return _add(
        db,
        t.Account(
            clinic_id=patient.clinic_id, team_id=patient.team_id, role="patient", patient_id=patient.id,
            name=patient.name, language=patient.language, created_at=now, password_hash=password_hash,
        ),
        sign_in_name,
    )  # fmt: skip


def of_patient(db: Session, patient_id: UUID) -> t.Account | None:
    return db.scalars(select(t.Account).where(t.Account.patient_id == patient_id)).one_or_none()


def by_sign_in_name(db: Session, sign_in_name: str) -> t.Account | None:
    return db.scalars(select(t.Account).where(t.Account.sign_in_digest == _digest(db, sign_in_name))).one_or_none()


def choose_language(db: Session, viewer: Viewer, language: str) -> None:
    """The viewer's own pages and messages are in this language from now on; a patient's program texts too."""
    db.get_one(t.Account, viewer.account_id).language = language
    if viewer.role == "patient" and viewer.patient_id is not None:
        access.patient(db, viewer, viewer.patient_id).language = language


def folded(sign_in_name: str) -> str:
    """The name as it is compared: case, width and outer spaces make no difference."""
    return unicodedata.normalize("NFKC", sign_in_name).strip().casefold()


def _add(db: Session, account: t.Account, sign_in_name: str) -> t.Account:
    if by_sign_in_name(db, sign_in_name) is not None:
        raise NameTaken
    account.sign_in_name = sign_in_name.strip()
    account.sign_in_digest = _digest(db, sign_in_name)
    db.add(account)
    try:
        db.flush()
    except IntegrityError as error:  # taken in the same moment
        raise NameTaken from error
    return account


def _digest(db: Session, sign_in_name: str) -> bytes:
    return keyring_of(db).digest(folded(sign_in_name), purpose=_PURPOSE)
