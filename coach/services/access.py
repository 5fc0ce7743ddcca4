"""Who may see which record: every read of a record by its id passes here. What one may not see does not exist."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows


class NotFound(LookupError):
    """No such record for this viewer; whether it exists for others is not said."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody who is signed in."""

    account_id: UUID
    role: Literal["patient", "therapist"]
    clinic_id: UUID
    team_id: UUID
    patient_id: UUID | None = None


def patients_of(viewer: Viewer) -> Select[t.Patient]:
    """Every patient that the viewer may see: a therapist her team's, a patient herself."""
    query = select(t.Patient).where(t.Patient.clinic_id == viewer.clinic_id, t.Patient.team_id == viewer.team_id)
    if viewer.role == "patient":
        return query.where(t.Patient.id == viewer.patient_id)
    return query


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Of a patient, what her days and the words of her plan follow from."""

    id: UUID
    zone: str
    language: str


class Whose(Protocol):
    """A patient's row, or what stands for it where a row of hers is added."""

    @property
    def id(self) -> UUID: ...
    @property
    def clinic_id(self) -> UUID: ...
    @property
    def team_id(self) -> UUID: ...


def patient(db: Session, viewer: Viewer, patient_id: UUID) -> t.Patient:
    found = db.scalars(select(t.Patient).where(*_HER_ROW), _her_row(viewer, patient_id)).one_or_none()
    if found is None:
        raise NotFound("patient")
    return found


def whereabouts(db: Session, viewer: Viewer, patient_id: UUID) -> Whereabouts:
    """As `patient`, where her row itself is not needed."""
    found = rows(db, _WHEREABOUTS, **_her_row(viewer, patient_id)).one_or_none()
    if found is None:
        raise NotFound("patient")
    return Whereabouts(found.id, found.zone, found.language)


def _her_row(viewer: Viewer, patient_id: UUID) -> dict[str, UUID]:
    """The values of _HER_ROW. A patient sees herself."""
    if viewer.role == "patient" and patient_id != viewer.patient_id:
        raise NotFound("patient")
    return {"patient_id": patient_id, "clinic_id": viewer.clinic_id, "team_id": viewer.team_id}


_HER_ROW = (
    t.Patient.id == bindparam("patient_id"),
    t.Patient.clinic_id == bindparam("clinic_id"),
    t.Patient.team_id == bindparam("team_id"),
)
_WHEREABOUTS = select(t.Patient.id, t.Patient.zone, t.Patient.language).where(*_HER_ROW)


def treated(db: Session, viewer: Viewer, patient_id: UUID) -> t.Patient:
    """The patient, for a therapist of her team: a patient reads her record and writes nothing into it."""
    found = patient(db, viewer, patient_id)
    if viewer.role != "therapist":
        raise NotFound("patient")
    return found


def names(db: Session, account_ids: Iterable[UUID]) -> Mapping[UUID, str]:
    """Who wrote the records that the caller has made sure that the viewer may see. One query."""
    found = db.execute(select(t.Account.id, t.Account.name).where(t.Account.id.in_(set(account_ids))))
    return {row.id: row.name for row in found}


def assignment(db: Session, viewer: Viewer, assignment_id: UUID) -> t.Assignment:
    found = db.scalars(
        select(t.Assignment).where(
            t.Assignment.id == assignment_id,
            t.Assignment.patient_id.in_(_visible_patient_ids(viewer)),
        )
    ).one_or_none()
    if found is None:
        raise NotFound("assignment")
    return found


def session(db: Session, viewer: Viewer, session_id: UUID, *, for_update: bool = False) -> t.Session:
    """`for_update`: as it stands now, and locked until the end of the unit of work."""
    query = _SESSION_NOW if for_update else _SESSION
    whose = {"session_id": session_id, "clinic_id": viewer.clinic_id, "team_id": viewer.team_id}
    found = db.scalars(query, whose).one_or_none()
    if found is None or (viewer.role == "patient" and found.patient_id != viewer.patient_id):
        raise NotFound("session")
    return found


_SESSION = select(t.Session).where(
    t.Session.id == bindparam("session_id"),
    t.Session.patient_id.in_(
        select(t.Patient.id).where(
            t.Patient.clinic_id == bindparam("clinic_id"), t.Patient.team_id == bindparam("team_id")
        )
    ),
)
_SESSION_NOW = _SESSION.with_for_update(of=t.Session).execution_options(populate_existing=True)


def injection(db: Session, viewer: Viewer, injection_id: UUID) -> t.Injection:
    found = db.scalars(
        select(t.Injection).where(
            t.Injection.id == injection_id, t.Injection.patient_id.in_(_visible_patient_ids(viewer))
        )
    ).one_or_none()
    if found is None:
        raise NotFound("injection")
    return found


def pause(db: Session, viewer: Viewer, pause_id: UUID) -> t.Pause:
    found = db.scalars(
        select(t.Pause)
        .where(t.Pause.id == pause_id, t.Pause.patient_id.in_(_visible_patient_ids(viewer)))
        .with_for_update()
    ).one_or_none()
    if found is None:
        raise NotFound("pause")
    return found


def consultation(db: Session, viewer: Viewer, consultation_id: UUID) -> t.Consultation:
    """Only for therapists."""
    found = db.scalars(
        select(t.Consultation).where(
            t.Consultation.id == consultation_id, t.Consultation.patient_id.in_(_visible_patient_ids(viewer))
        )
    ).one_or_none()
    if found is None or viewer.role != "therapist":
        raise NotFound("consultation")
    return found


def alert(db: Session, viewer: Viewer, alert_id: UUID) -> t.Alert:
    """Only for therapists, and locked until the end of the unit of work."""
    found = db.scalars(
        select(t.Alert)
        .where(t.Alert.id == alert_id, t.Alert.patient_id.in_(_visible_patient_ids(viewer)))
        .with_for_update()
    ).one_or_none()
    if found is None or viewer.role != "therapist":
        raise NotFound("alert")
    return found


def program(db: Session, viewer: Viewer, program_id: UUID) -> t.Program:
    """Programs belong to the clinic; only therapists read them as such."""
    found = db.scalars(
        select(t.Program).where(t.Program.id == program_id, t.Program.clinic_id == viewer.clinic_id)
    ).one_or_none()
    if found is None or viewer.role != "therapist":
        raise NotFound("program")
    return found


def _visible_patient_ids(viewer: Viewer) -> Select[UUID]:
    return patients_of(viewer).with_only_columns(t.Patient.id)
