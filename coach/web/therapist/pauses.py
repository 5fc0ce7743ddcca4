"""A patient's pauses: what she said herself, what her therapist says for her, and the end of either."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import get_locale

from coach.services import access, assignments, pauses
from coach.services.pauses import WHY
from coach.services.refusals import Refusal, Refused
from coach.web import pause_words
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist.readings import day_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("pauses", __name__)

_FIELDS = ("why", "first_on", "last_on", "assignment_id", "note")


@bp.get("/patients/<uuid:patient_id>/pauses")
@therapists_only
def index(patient_id: UUID) -> str:
    return _page(patient_id, dict.fromkeys(_FIELDS, ""), {})


@bp.post("/patients/<uuid:patient_id>/pauses")
@therapists_only
def create(patient_id: UUID) -> Response:
    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    try:
        days = _days(typed, "first_on", "last_on")
        with database().write() as db:
            access.treated(db, viewer(), patient_id)
            pauses.begin(
                db,
                viewer(),
                patient_id,
                why=typed["why"],
                first_on=days["first_on"],
                last_on=days["last_on"],
                assignment_id=_id_in(typed["assignment_id"]),
                note=typed["note"],
                now=clock(),
            )
    except Refused as refused:
        return make_response(_page(patient_id, typed, errors_of(refused.refusals)), 422)
    return make_response(redirect(url_for("pauses.index", patient_id=patient_id), 303))


@bp.post("/patients/<uuid:patient_id>/pauses/<uuid:pause_id>/end")
@therapists_only
def end(patient_id: UUID, pause_id: UUID) -> Response:
    typed = {"last_on": request.form.get("last_on", "").strip()}
    try:
        last_on = _days(typed, "last_on")["last_on"]
        with database().write() as db:
            if access.pause(db, viewer(), pause_id).patient_id != patient_id:
                abort(404)
            pauses.end(db, viewer(), pause_id, last_on=last_on, now=clock())
    except Refused as refused:
        ending = {str(pause_id): {"typed": typed["last_on"], "error": errors_of(refused.refusals)["last_on"]}}
        return make_response(_page(patient_id, dict.fromkeys(_FIELDS, ""), {}, ending), 422)
    return make_response(redirect(url_for("pauses.index", patient_id=patient_id), 303))


def _page(
    patient_id: UUID,
    typed: Mapping[str, str],
    errors: Mapping[str, str],
    ending: Mapping[str, Mapping[str, str]] | None = None,
) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        known = pauses.pauses_of(db, viewer(), patient_id, now=clock())
        running = assignments.running(db, viewer(), patient_id, now=clock())
    language = str(get_locale())
    return render(
        "therapist/pauses.html",
        patient=patient,
        known=known,
        programs=[(each.assignment.id, each.program.title.in_language(language)) for each in running],
        typed=typed,
        errors=errors,
        ending=ending or {},
        whys=[(why, pause_words.why_name(why)) for why in WHY if why != "not_today"],
        words=pause_words,
        language=language,
    )


def _days(typed: Mapping[str, str], *names: str) -> dict[str, date | None]:
    """Raises Refused for a day that cannot be read."""
    days = {name: day_in(typed[name]) for name in names}
    unread = [Refusal(name, "unread_day") for name, day in days.items() if typed[name] and day is None]
    if unread:
        raise Refused(*unread)
    return days


def _id_in(text: str) -> UUID | None:
    """Raises Refused for what is no id."""
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise Refused(Refusal("assignment_id", "unknown_program")) from error
