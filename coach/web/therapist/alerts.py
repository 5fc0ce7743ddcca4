"""Alerts of one patient: what nobody has seen yet, all that there was, and that somebody has seen one."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.services import access, alerts, safety
from coach.services.refusals import Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render
from coach.web.therapist import alert_words
from coach.web.therapist.sentences import errors_of

bp = Blueprint("alerts", __name__)


@bp.get("/patients/<uuid:patient_id>/alerts")
@therapists_only
def index(patient_id: UUID) -> str:
    return _page(patient_id, errors={}, typed={})


@bp.post("/patients/<uuid:patient_id>/alerts/<uuid:alert_id>/acknowledgement")
@therapists_only
def acknowledge(patient_id: UUID, alert_id: UUID) -> Response:
    note = request.form.get("note", "")
    try:
        with database().write() as db:
            alerts.see(db, viewer(), patient_id, alert_id, note=note, now=clock())
    except Refused as refused:
        page = _page(patient_id, errors={alert_id: errors_of(refused.refusals)}, typed={alert_id: note})
        return make_response(page, 422)
    if is_htmx():
        return make_response(_open(patient_id))
    return make_response(redirect(url_for("reviews.show", patient_id=patient_id), 303))


def _open(patient_id: UUID) -> str:
    with database().read() as db:
        zone = access.whereabouts(db, viewer(), patient_id).zone
        waiting = alerts.open_of(db, viewer(), patient_id)
    return render(
        "therapist/_alerts.html",
        alerts=waiting,
        patient_id=patient_id,
        zone=zone,
        alert_words=alert_words,
        errors={},
        typed={},
    )


def _page(patient_id: UUID, *, errors: dict[UUID, dict[str, str]], typed: dict[UUID, str]) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        waiting = alerts.open_of(db, viewer(), patient_id)
        everything = alerts.all_of(db, viewer(), patient_id)
        answers = safety.answers_of(db, viewer(), patient_id)
        return render(
            "therapist/alerts.html",
            patient=patient,
            patient_id=patient_id,
            zone=patient.zone,
            alerts=waiting,
            seen=tuple(alert for alert in everything if alert.seen_at is not None),
            answers=answers,
            alert_words=alert_words,
            errors=errors,
            typed=typed,
        )
