"""What changed in her plan: she says that she has read it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.services import notices
from coach.web.access import patients_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render

bp = Blueprint("notices", __name__)


@bp.post("/notices/acknowledgements")
@patients_only
def acknowledge() -> Response:
    """Of those that the page showed: one that was told since then stays until she has seen it, too."""
    with database().write() as db:
        notices.acknowledge(db, viewer(), _ids(request.form.getlist("notice")), now=clock())
    if is_htmx():
        return make_response(render("patient/_notices.html", notices=(), read_only=False, thanked=True))
    return make_response(redirect(url_for("today.show"), 303))


def _ids(texts: list[str]) -> set[UUID]:
    found = set()
    for text in texts:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
