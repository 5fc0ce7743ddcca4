"""Today: what there is to do on the patient's own calendar day, what is left, and what was begun."""

from __future__ import annotations

from flask import Blueprint

from coach.services import plans
from coach.web.access import patients_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render

bp = Blueprint("today", __name__)


@bp.get("/today")
@patients_only
def show() -> str:
    with database().read() as db:
        today = plans.today(db, viewer(), now=clock())
    return render("patient/_plan.html" if is_htmx() else "patient/today.html", today=today, read_only=False)
