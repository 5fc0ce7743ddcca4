"""Today: what there is to do on the patient's own calendar day, what is left, and what was begun."""

from __future__ import annotations

from flask import Blueprint, request

from coach.services import clinics, notices, placements, plans
from coach.web.access import patients_only
from coach.web.context import clock, database, viewer
from coach.web.notice_words import to_read
from coach.web.pages import is_htmx, render
from coach.web.patient.rungs import offer_in_words
from coach.web.plan import page_of

bp = Blueprint("today", __name__)


@bp.get("/today")
@patients_only
def show() -> str:
    with database().read() as db:
        today = plans.today(db, viewer(), now=clock())
        contact = clinics.contact(db, viewer())
        told = notices.open_of(db, viewer())
        offers = placements.offers(db, viewer(), now=clock())
    template = "patient/_plan.html" if is_htmx() else "patient/today.html"
    is_changed = "changed" in request.args  # what she had opened may not be begun any more
    return render(
        template,
        plan=page_of(today, contact),
        notices=to_read(told, today=today.day, language=today.language),
        thanked=False,
        is_changed=is_changed,
        read_only=False,
        offers=tuple(offer_in_words(each) for each in offers),
    )
