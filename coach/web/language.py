"""The language in which somebody wants to read, chosen at the foot of each page."""

from __future__ import annotations

from flask import Blueprint, Response, abort, make_response, redirect, request

from coach.services import accounts
from coach.services.patients import LANGUAGES
from coach.web.access import signed_in
from coach.web.context import database, viewer
from coach.web.sign_in import home_of, own_path

bp = Blueprint("language", __name__)


@bp.post("/settings/language")
@signed_in
def create() -> Response:
    language = request.form.get("language", "")
    if language not in LANGUAGES:
        abort(422)
    with database().write() as db:
        accounts.choose_language(db, viewer(), language)
    return make_response(redirect(own_path(request.form.get("next", ""), viewer()) or home_of(viewer()), 303))
