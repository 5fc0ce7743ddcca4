"""Clinics and their teams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.bands import TYPICAL, BandRule
from coach.services.access import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicDefaults:
    """With what a new clinic begins, to be edited by it: quiet hours (local, no reminder in them) and effect bands."""

    quiet_from: time = time(21, 30)
    quiet_to: time = time(7, 30)
    bands: Sequence[BandRule] = TYPICAL


def open_clinic(
    db: Session, *, name: str, contact: str | None, now: datetime, defaults: ClinicDefaults | None = None
) -> t.Clinic:
    """`contact` is what patients are shown when they need somebody, such as a telephone number."""
    defaults = defaults or ClinicDefaults()
    clinic = t.Clinic(
        name=name, contact=contact, quiet_from=defaults.quiet_from, quiet_to=defaults.quiet_to, created_at=now
    )
    db.add(clinic)
    db.flush()
    db.add_all(
        t.EffectBand(
            clinic_id=clinic.id, product=rule.product, band=rule.name, from_day=rule.from_day, to_day=rule.to_day
        )
        for rule in defaults.bands
    )
    db.flush()
    return clinic


def open_team(db: Session, clinic_id: UUID, *, name: str) -> t.Team:
    team = t.Team(clinic_id=clinic_id, name=name)
    db.add(team)
    db.flush()
    return team


@dataclass(frozen=True, slots=True)
class Contact:
    """Whom patients turn to: the clinic's name and its own words on how, or None where it gave none."""

    name: str
    how: str | None


def contact(db: Session, viewer: Viewer) -> Contact:
    clinic = db.get_one(t.Clinic, viewer.clinic_id)
    return Contact(clinic.name, clinic.contact)
