"""Pauses as the patient says them herself: not today with one press, or some days with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import gettext

from coach.services import pauses
from coach.services.pauses import HERSELF
from coach.services.refusals import Refusal, Refused
from coach.web import pause_words
from coach.web.access import patients_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render

bp = Blueprint("pause", __name__)

_FIELDS = ("why", "first_on", "last_on")


@bp.get("/pause")
@patients_only
def index() -> str:
    return _page(dict.fromkeys(_FIELDS, ""), {})


@bp.post("/pause")
@patients_only
def create() -> Response:
    typed = {name: request.form.get(name, "").strip() for name in _FIELDS}
    first_on, last_on = _day_in(typed["first_on"]), _day_in(typed["last_on"])
    try:
        unread = [name for name in ("first_on", "last_on") if typed[name] and _day_in(typed[name]) is None]
        if unread:
            raise Refused(*(Refusal(name, "unread_day") for name in unread))
        with database().write() as db:
            pauses.begin(db, viewer(), why=typed["why"], first_on=first_on, last_on=last_on, now=clock())
    except Refused as refused:
        return make_response(_page(typed, _errors(refused.refusals)), 422)
    return make_response(redirect("/today", 303))


@bp.post("/pause/<uuid:pause_id>/end")
@patients_only
def end(pause_id: UUID) -> Response:
    """It goes on today; of one that is over already there is nothing to end. After an infection one question comes
    first."""
    try:
        with database().write() as db:
            pauses.end(db, viewer(), pause_id, is_healed=request.form.get("is_healed") == "yes", now=clock())
    except Refused as refused:
        if any(refusal.where == "is_healed" for refusal in refused.refusals):
            return make_response(_page(dict.fromkeys(_FIELDS, ""), {}, asked=pause_id), 422)
        return make_response(_page(dict.fromkeys(_FIELDS, ""), _errors(refused.refusals)), 422)
    return make_response(redirect(url_for("today.show"), 303))


def _day_in(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _page(typed: Mapping[str, str], errors: Mapping[str, str], *, asked: UUID | None = None) -> str:
    with database().read() as db:
        known = pauses.pauses_of(db, viewer(), now=clock())
    return render(
        "patient/pause.html",
        known=known,
        earliest=known.today - pauses.TOLD_WITHIN,
        typed=typed,
        errors=errors,
        asked=asked,
        whys=[why for why in HERSELF if why != "not_today"],
        names=_names(),
        words=pause_words,
    )


def _names() -> dict[str, str]:
    return {
        "menses": gettext("My period"),
        "illness": gettext("I am ill"),
        "infection": gettext("I have an infection"),
        "travel": gettext("I am away"),
    }


def _errors(refusals: Iterable[Refusal]) -> dict[str, str]:
    return {refusal.where: _sentence(refusal) for refusal in reversed(list(refusals))}


def _sentence(refusal: Refusal) -> str:
    match refusal.where, refusal.code:
        case "why", _:
            return gettext("Please choose one of these.")
        case _, "unread_day":
            return gettext("We could not read this day. Please choose it from the calendar.")
        case "first_on", "still_to_come":
            return gettext("Please choose today or a day that was.")
        case "first_on", _:
            return gettext("Please choose a day of the last %(days)s days.", days=pauses.TOLD_WITHIN.days)
        case "last_on", "before_it_began":
            return gettext("The last day comes before the first one. Please look at both.")
        case "last_on", "far_away":
            return gettext("This day is far away. Please leave it open if you do not know yet.")
        case "last_on", "therapists_pause":
            return gettext("Your therapist began this rest and ends it with you.")
        case "last_on", "ended":
            return gettext("This rest is over already.")
    raise ValueError(f"no sentence for {refusal.where}: {refusal.code}")
