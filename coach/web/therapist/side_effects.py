"""Side effects after an injection: charting one, reading it with all of its records, and going on with it."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.services import access, injections, side_effects
from coach.services.refusals import Refusal, Refused
from coach.services.side_effects import SEVERITIES, WHAT, SideEffectEntry
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist import terms
from coach.web.therapist.band_form import number_of
from coach.web.therapist.injection_page import Sent, record_page
from coach.web.therapist.readings import day_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("side_effects", __name__)

_FIELDS = ("what", "severity", "began_on", "ended_on", "action", "withdrawn", "reason", "after")


@bp.post("/patients/<uuid:patient_id>/injections/<uuid:injection_id>/side-effects")
@therapists_only
def create(patient_id: UUID, injection_id: UUID) -> Response:
    typed = _typed()
    try:
        entry = _read(typed)
        with database().write() as db:
            injections.read(db, viewer(), patient_id, injection_id)
            side_effects.chart(db, viewer(), injection_id, entry, now=clock())
    except Refused as refused:
        sent = Sent(typed, errors_of(refused.refusals))
        return make_response(record_page(patient_id, injection_id, charting=sent), 422)
    page = url_for("injections.show", patient_id=patient_id, injection_id=injection_id, _anchor="side-effects")
    return make_response(redirect(page, 303))


@bp.get("/patients/<uuid:patient_id>/side-effects/<uuid:side_effect_id>")
@therapists_only
def show(patient_id: UUID, side_effect_id: UUID) -> str:
    return _page(patient_id, side_effect_id, None)


@bp.post("/patients/<uuid:patient_id>/side-effects/<uuid:side_effect_id>")
@therapists_only
def correct(patient_id: UUID, side_effect_id: UUID) -> Response:
    typed = _typed()
    try:
        entry = _read(typed)
        with database().write() as db:
            side_effects.read(db, viewer(), patient_id, side_effect_id)
            side_effects.correct(
                db,
                viewer(),
                side_effect_id,
                entry,
                reason=typed["reason"],
                after=number_of(typed["after"]),
                now=clock(),
            )
    except Refused as refused:
        page = _page(patient_id, side_effect_id, Sent(typed, errors_of(refused.refusals)))
        return make_response(page, 422)
    page = url_for("side_effects.show", patient_id=patient_id, side_effect_id=side_effect_id)
    return make_response(redirect(page, 303))


def _page(patient_id: UUID, side_effect_id: UUID, sent: Sent | None) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        told = side_effects.read(db, viewer(), patient_id, side_effect_id)
        record = injections.read(db, viewer(), patient_id, told.injection_id)
        holds = told.holds
        typed = {
            "what": terms.said(holds.what),
            "severity": holds.severity,
            "began_on": holds.began_on.isoformat(),
            "ended_on": holds.ended_on.isoformat() if holds.ended_on else "",
            "action": holds.action or "",
            "withdrawn": "yes" if holds.withdrawn else "",
            "reason": "",
            "after": str(holds.number),
        }
        return render(
            "therapist/side_effect.html",
            patient=patient,
            told=told,
            injected_on=record.holds.on,
            correcting=sent is not None,
            typed=sent.typed if sent else typed,
            errors=sent.errors if sent else {},
            what_offered=WHAT,
            terms=terms,
            severities=SEVERITIES,
        )


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in _FIELDS}


def _read(typed: Mapping[str, str]) -> SideEffectEntry:
    """Raises Refused where a day is missing or cannot be read."""
    days = {name: day_in(typed[name]) for name in ("began_on", "ended_on")}
    refusals = [Refusal(name, "unread_day") for name, day in days.items() if typed[name] and day is None]
    if not typed["began_on"]:
        refusals.append(Refusal("began_on", "missing"))
    began_on = days["began_on"]
    if refusals or began_on is None:
        raise Refused(*refusals)
    return SideEffectEntry(
        what=terms.meant(typed["what"], WHAT),
        severity=typed["severity"],
        began_on=began_on,
        ended_on=days["ended_on"],
        action=typed["action"] or None,
        withdrawn=typed["withdrawn"] == "yes",
    )
