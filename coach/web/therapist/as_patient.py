"""A patient's Today as she sees it, to look at only."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint

from coach.services import access, clinics, notices, plans
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.notice_words import to_read
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
        told = notices.open_of(db, viewer(), patient_id)
    return render(
        "therapist/as_patient.html",
        plan=page_of(today, contact),
        notices=to_read(told, today=today.day, language=today.language),
        thanked=False,
        read_only=True,
        name=name,
        patient_id=patient_id,
    )
