"""A patient's Today as she sees it, to look at only."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint

from coach.services import access, clinics, plans
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.plan import page_of

bp = Blueprint("as_patient", __name__)


@bp.get("/patients/<uuid:patient_id>/today")
@therapists_only
def show(patient_id: UUID) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        name = patient.name
        today = plans.today(db, viewer(), patient_id, now=clock())
        contact = clinics.contact(db, viewer())
    return render(
        "therapist/as_patient.html", plan=page_of(today, contact), read_only=True, name=name, patient_id=patient_id
    )
