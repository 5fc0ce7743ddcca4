"""A team's patients: adding one with her zone, language and dilator set, and the caseload at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import available_timezones

from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.services import dilators
from coach.services.access import NotFound, Viewer
from coach.services.dilators import Entry
from coach.services.refusals import Refusal, Refused

LANGUAGES = ("en", "es")  # of pages and messages; the first is the one that the texts are written in
LONGEST_NAME = 120  # characters


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
    refusals = [*_about_name(name), *dilators.about_sizes(dilators_mm)]
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
    dilators.write(db, patient, [(f"d{n}", Entry(None, size)) for n, size in enumerate(sorted(dilators_mm), 1)])
    return patient


def _about_name(name: str) -> list[Refusal]:
    if not name:
        return [Refusal("name", "missing")]
    if len(name) > LONGEST_NAME:
        return [Refusal("name", "too_long", {"most": LONGEST_NAME})]
    return []
