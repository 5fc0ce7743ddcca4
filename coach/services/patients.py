"""A team's patients: adding one with her zone, language and dilator set, and the caseload at a glance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from uuid import UUID
from zoneinfo import available_timezones

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.services import access
from coach.services.access import NotFound, Viewer
from coach.services.refusals import Refusal, Refused

LANGUAGES = ("en", "es")  # of pages and messages; the first is the one that the texts are written in
LONGEST_NAME = 120  # characters
LARGEST_SET = 20  # dilators
# Abrupt steps between sizes are a reason given for stopping (Coach's clinical reference, 2.2; no direct evidence).
LARGEST_STEP_MM = 5


def add(
    db: Session,
    viewer: Viewer,
    *,
    name: str,
    zone: str,
    language: str,
    dilators_mm: Sequence[float] = (),
    now: datetime,
) -> t.Patient:
    """A new patient of the viewer's team, treated by the viewer.

    `name` may be a pseudonym, `zone` is an IANA name. `dilators_mm` are diameters of her own set, in any order; the
    rungs d1, d2, ... are given by size and stay theirs when dilators are added later. Raises Refused.
    """
    if viewer.role != "therapist":
        raise NotFound("team")
    name = " ".join(name.split())
    refusals = [*_about_name(name), *_about_dilators(dilators_mm)]
    if zone not in available_timezones():
        refusals.append(Refusal("zone", "unknown_zone", {"zone": zone}))
    if language not in LANGUAGES:
        refusals.append(Refusal("language", "unknown_language", {"language": language}))
    if refusals:
        raise Refused(*refusals)
    patient = t.Patient(
        clinic_id=viewer.clinic_id,
        team_id=viewer.team_id,
        name=name,
        zone=zone,
        language=language,
        therapist_id=viewer.account_id,
        created_at=now,
        created_on=local_day(now, zone=zone),
    )
    db.add(patient)
    db.flush()
    _add_dilators(db, patient, dilators_mm, first=1)
    return patient


def add_dilators(db: Session, viewer: Viewer, patient_id: UUID, *, dilators_mm: Sequence[float]) -> None:
    """Further dilators of her own set (diameters in mm). Those she has keep their rungs. Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    own = dilators_of(db, viewer, patient_id)
    if not dilators_mm:
        raise Refused(Refusal("dilators_mm", "missing"))
    refusals = _about_dilators([*(dilator.size_mm for dilator in own), *dilators_mm])
    if refusals:
        raise Refused(*refusals)
    _add_dilators(db, patient, dilators_mm, first=1 + max((int(dilator.rung[1:]) for dilator in own), default=0))


def dilators_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[t.Dilator, ...]:
    """Her own set, smallest first. Raises NotFound."""
    patient = access.patient(db, viewer, patient_id)
    own = select(t.Dilator).where(t.Dilator.patient_id == patient.id).order_by(t.Dilator.size_mm, t.Dilator.rung)
    return tuple(db.scalars(own))


def jumps_in(own_set: Sequence[t.Dilator]) -> list[tuple[float, float]]:
    """Neighbouring sizes (mm) with an abrupt step between them. `own_set` smallest first."""
    sizes = [dilator.size_mm for dilator in own_set]
    return [(small, large) for small, large in pairwise(sizes) if large - small > LARGEST_STEP_MM]


def _add_dilators(db: Session, patient: t.Patient, sizes_mm: Sequence[float], *, first: int) -> None:
    db.add_all(
        t.Dilator(
            clinic_id=patient.clinic_id,
            team_id=patient.team_id,
            patient_id=patient.id,
            rung=f"d{place}",
            size_mm=float(size),
        )
        for place, size in enumerate(sorted(sizes_mm), start=first)
    )
    db.flush()


def _about_name(name: str) -> list[Refusal]:
    if not name:
        return [Refusal("name", "missing")]
    if len(name) > LONGEST_NAME:
        return [Refusal("name", "too_long", {"most": LONGEST_NAME})]
    return []


def _about_dilators(sizes_mm: Sequence[float]) -> list[Refusal]:
    if len(sizes_mm) > LARGEST_SET:
        return [Refusal("dilators_mm", "too_many", {"most": LARGEST_SET})]
    refusals = [
        Refusal("dilators_mm", "impossible_size", {"size": size})
        for size in sizes_mm
        if not (math.isfinite(size) and 0 < size < 100)
    ]
    if not refusals and len(set(sizes_mm)) < len(sizes_mm):
        twice = sorted(size for size in set(sizes_mm) if list(sizes_mm).count(size) > 1)
        refusals = [Refusal("dilators_mm", "size_twice", {"size": size}) for size in twice]
    return refusals
