"""A patient's Today as she sees it, to look at only."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint

from coach.services import access, plans
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render

bp = Blueprint("as_patient", __name__)


@bp.get("/patients/<uuid:patient_id>/today")
@therapists_only
def show(patient_id: UUID) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        name = patient.name
        today = plans.today(db, viewer(), patient_id, now=clock())
    return render("therapist/as_patient.html", today=today, read_only=True, name=name, patient_id=patient_id)
