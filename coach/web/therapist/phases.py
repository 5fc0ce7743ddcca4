"""A patient's phases that somebody ends: what her log shows for it, and the end with its reason."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import get_locale

from coach.services import access, phases, plans
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist.readings import day_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("phases", __name__)


@bp.get("/patients/<uuid:patient_id>/phases")
@therapists_only
def index(patient_id: UUID) -> str:
    return _page(patient_id, {}, {})


@bp.post("/patients/<uuid:patient_id>/phases")
@therapists_only
def create(patient_id: UUID) -> Response:
    """Ends a phase, or takes its end back (`take_back`)."""
    typed = {name: request.form.get(name, "").strip() for name in ("assignment_id", "phase", "last_on", "reason")}
    try:
        assignment_id = UUID(typed["assignment_id"])
    except ValueError:
        abort(404)
    last_on = day_in(typed["last_on"])
    try:
        if typed["last_on"] and last_on is None:
            raise Refused(Refusal("last_on", "unread_day"))
        with database().write() as db:
            if access.assignment(db, viewer(), assignment_id).patient_id != patient_id:
                abort(404)
            if request.form.get("take_back"):
                phases.take_back(db, viewer(), assignment_id, typed["phase"], reason=typed["reason"], now=clock())
            else:
                phases.end(
                    db, viewer(), assignment_id, typed["phase"], last_on=last_on, reason=typed["reason"], now=clock()
                )
    except Refused as refused:
        return make_response(_page(patient_id, typed, errors_of(refused.refusals)), 422)
    return make_response(redirect(url_for("phases.index", patient_id=patient_id), 303))


def _page(patient_id: UUID, typed: Mapping[str, str], errors: Mapping[str, str]) -> str:
    with database().read() as db:
        patient = access.treated(db, viewer(), patient_id)
        known = plans.facts(db, patient, now=clock(), performed=False)
        found = phases.phases_of(db, viewer(), known)
    return render(
        "therapist/phases.html",
        patient=patient,
        phases=found,
        today=known.today,
        typed=typed,
        errors=errors,
        language=str(get_locale()),
    )
