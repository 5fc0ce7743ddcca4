"""The effect of one injection: noting what was observed, and giving it bands of its own."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.domain.bands import BANDS
from coach.services import bands, injections, observations
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.therapist.band_form import begins_in, number_of
from coach.web.therapist.injection_page import Sent, record_page
from coach.web.therapist.readings import day_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("effects", __name__)


@bp.post("/patients/<uuid:patient_id>/injections/<uuid:injection_id>/observations")
@therapists_only
def note(patient_id: UUID, injection_id: UUID) -> Response:
    typed = {name: request.form.get(name, "").strip() for name in ("kind", "on", "reason", "after")}
    takes_back = "take_back" in request.form
    try:
        on = None if takes_back else day_in(typed["on"])
        if not takes_back and on is None:
            raise Refused(Refusal("on", "unread_day" if typed["on"] else "missing"))
        with database().write() as db:
            injections.read(db, viewer(), patient_id, injection_id)
            observations.note(
                db,
                viewer(),
                injection_id,
                kind=typed["kind"],
                on=on,
                reason=typed["reason"],
                after=number_of(typed["after"]),
                now=clock(),
            )
    except Refused as refused:
        sent = Sent(typed, errors_of(refused.refusals))
        return make_response(record_page(patient_id, injection_id, noting=sent), 422)
    return _to_effect(patient_id, injection_id)


@bp.post("/patients/<uuid:patient_id>/injections/<uuid:injection_id>/bands")
@therapists_only
def change_bands(patient_id: UUID, injection_id: UUID) -> Response:
    typed = {name: request.form.get(name, "").strip() for name in (*BANDS, "reason", "after")}
    try:
        begins = None if "back" in request.form else begins_in(typed)
        with database().write() as db:
            injections.read(db, viewer(), patient_id, injection_id)
            bands.change(
                db,
                viewer(),
                injection_id,
                begins,
                reason=typed["reason"],
                after=number_of(typed["after"]),
                now=clock(),
            )
    except Refused as refused:
        sent = Sent(typed, errors_of(refused.refusals))
        return make_response(record_page(patient_id, injection_id, banding=sent), 422)
    return _to_effect(patient_id, injection_id)


def _to_effect(patient_id: UUID, injection_id: UUID) -> Response:
    page = url_for("injections.show", patient_id=patient_id, injection_id=injection_id, _anchor="effect")
    return make_response(redirect(page, 303))
