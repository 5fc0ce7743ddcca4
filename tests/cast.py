"""The cast of every test of a protected thing: two clinics, teams, therapists and patients, and nobody."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, time

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.services.access import Viewer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday
PASSWORD = "three calm breaths"
_FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
_HASH = _FAST.hash(PASSWORD)


@dataclass(frozen=True)
class Person:
    """Somebody with an account; `patient_id` for patients."""

    account_id: uuid.UUID
    clinic_id: uuid.UUID
    team_id: uuid.UUID
    sign_in_name: str
    role: str
    patient_id: uuid.UUID | None = None

    @property
    def viewer(self) -> Viewer:
        return Viewer(self.account_id, self.role, self.clinic_id, self.team_id, self.patient_id)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Cast:
    """`therapist` treats `patient` and `other_patient`; the others are of another team or another clinic."""

    therapist: Person
    patient: Person
    other_patient: Person
    team_outsider: Person  # a therapist of another team of the same clinic
    outsider: Person  # a therapist of another clinic
    outside_patient: Person  # a patient of another clinic


def make_cast(db: Session, now: datetime = NOW) -> Cast:
    near, far = _clinic(db, now), _clinic(db, now)
    team, team_two, far_team = _team(db, near), _team(db, near), _team(db, far)
    therapist = _therapist(db, near, team, "ines", now)
    return Cast(
        therapist=therapist,
        patient=_patient(db, near, team, therapist, "mara", now),
        other_patient=_patient(db, near, team, therapist, "noor", now),
        team_outsider=_therapist(db, near, team_two, "jana", now),
        outsider=(outsider := _therapist(db, far, far_team, "olga", now)),
        outside_patient=_patient(db, far, far_team, outsider, "pia", now),
    )


def _clinic(db: Session, now: datetime) -> uuid.UUID:
    clinic = t.Clinic(
        name="Example clinic", contact="Call 000", quiet_from=time(21, 30), quiet_to=time(7, 30), created_at=now
    )
    db.add(clinic)
    db.flush()
    for band, first, last in (("onset", 1, 13), ("plateau", 14, 83), ("waning", 84, 181), ("worn_off", 182, None)):
        db.add(t.EffectBand(clinic_id=clinic.id, product=None, band=band, from_day=first, to_day=last))
    return clinic.id


def _team(db: Session, clinic_id: uuid.UUID) -> uuid.UUID:
    team = t.Team(clinic_id=clinic_id, name="Team")
    db.add(team)
    db.flush()
    return team.id


def _account(
    db: Session, clinic: uuid.UUID, team: uuid.UUID, name: str, role: str, now: datetime, **extra: object
) -> uuid.UUID:
    sign_in_name = f"{name}@example.org"
    keyring = db.get_bind().dialect.coach_keyring  # type: ignore[attr-defined]
    account = t.Account(
        clinic_id=clinic,
        team_id=team,
        role=role,
        sign_in_name=sign_in_name,
        sign_in_digest=keyring.digest(sign_in_name, purpose="account.sign_in_name"),
        name=name.title(),
        password_hash=_HASH,
        language="en",
        created_at=now,
        **extra,
    )
    db.add(account)
    db.flush()
    return account.id


def _therapist(db: Session, clinic: uuid.UUID, team: uuid.UUID, name: str, now: datetime) -> Person:
    return Person(_account(db, clinic, team, name, "therapist", now), clinic, team, f"{name}@example.org", "therapist")


def _patient(db: Session, clinic: uuid.UUID, team: uuid.UUID, therapist: Person, name: str, now: datetime) -> Person:
    patient = t.Patient(
        clinic_id=clinic,
        team_id=team,
        name=name.title(),
        zone="Europe/Berlin",
        language="en",
        therapist_id=therapist.account_id,
        created_at=now,
        created_on=now.date(),
    )
    db.add(patient)
    db.flush()
    account_id = _account(db, clinic, team, name, "patient", now, patient_id=patient.id)
    return Person(account_id, clinic, team, f"{name}@example.org", "patient", patient.id)
