"""A patient's place on her ladders, as her therapist changes it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, request

from coach.services import placements
from coach.services.refusals import Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.therapist.assignments import id_in, overview, own, to_overview
from coach.web.therapist.sentences import errors_of

bp = Blueprint("ladders", __name__)


@bp.post("/patients/<uuid:patient_id>/placements")
@therapists_only
def place(patient_id: UUID) -> Response:
    form = request.form
    assignment_id, ladder = id_in(form.get("assignment_id", "")), form.get("ladder", "")
    typed = {"rung": form.get("rung", ""), "reason": form.get("reason", "").strip()}
    try:
        with database().write() as db:
            own(db, patient_id, assignment_id)
            placements.place(
                db,
                viewer(),
                assignment_id,  # type: ignore[arg-type]
                ladder=ladder,
                rung=typed["rung"],
                reason=typed["reason"],
                now=clock(),
            )
    except Refused as refused:
        key = f"{assignment_id}.{ladder}"
        return make_response(overview(patient_id, {key: typed}, {key: errors_of(refused.refusals)}), 422)
    return to_overview(patient_id)
