"""Clinics and their teams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows
from coach.language.clinic import ClinicDefaults
from coach.services.access import Viewer


def open_clinic(
    db: Session,
    *,
    name: str,
    contact: str | None,
    emergency_number: str | None = None,
    now: datetime,
    defaults: ClinicDefaults,
) -> t.Clinic:
    """`contact` is what patients are shown when they need somebody, such as a telephone number. `emergency_number` is
    what they call in an emergency: it differs by country, so nothing stands in where a clinic gives none. `defaults`:
    the numbers that the clinic begins with and edits from then on."""
    clinic = t.Clinic(
        name=name,
        contact=contact,
        emergency_number=emergency_number,
        quiet_from=defaults.quiet_from,
        quiet_to=defaults.quiet_to,
        created_at=now,
    )
    db.add(clinic)
    db.flush()
    db.add_all(
        t.EffectBand(
            clinic_id=clinic.id, product=None, band=window.band, from_day=window.from_day, to_day=window.to_day
        )
        for window in defaults.effect_bands
    )
    db.flush()
    return clinic


def is_any(db: Session) -> bool:
    """Whether any clinic has been opened in this database."""
    return db.scalar(select(t.Clinic.id).limit(1)) is not None


def open_team(db: Session, clinic_id: UUID, *, name: str) -> t.Team:
    team = t.Team(clinic_id=clinic_id, name=name)
    db.add(team)
    db.flush()
    return team


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom patients turn to: the clinic's name and its own words on how, and the number to call in an emergency; None
    where it gave none."""

    name: str
    how: str | None
    emergency: str | None = None


def contact(db: Session, viewer: Viewer) -> Contact:
    row = rows(db, _CONTACT, clinic_id=viewer.clinic_id).one()
    return Contact(row.name, row.contact, row.emergency_number)


_CONTACT = select(t.Clinic.name, t.Clinic.contact, t.Clinic.emergency_number).where(
    t.Clinic.id == bindparam("clinic_id")
)
