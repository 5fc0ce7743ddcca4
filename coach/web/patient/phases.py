"""A part of the plan of which the patient says that it was enough, where her program leaves that to her."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for

from coach.services import phases
from coach.services.refusals import Refused
from coach.web.access import patients_only
from coach.web.context import clock, database, viewer

bp = Blueprint("parts", __name__)


@bp.post("/parts/end")
@patients_only
def end() -> Response:
    """What is not offered any more, after a second press say, changes nothing; Today tells how things stand."""
    try:
        assignment_id = UUID(request.form.get("assignment_id", ""))
    except ValueError:
        abort(404)
    try:
        with database().write() as db:
            phases.end(db, viewer(), assignment_id, request.form.get("part", ""), now=clock())
    except Refused:
        pass
    return make_response(redirect(url_for("today.show"), 303))
