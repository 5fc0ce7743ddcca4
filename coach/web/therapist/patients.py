"""The caseload, a new patient, her own set, and the link with which she begins."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from uuid import UUID
from zoneinfo import available_timezones

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from coach.services import access, accounts, caseload, invitations, patients
from coach.services.invitations import HasAccount
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, settings, viewer
from coach.web.pages import render
from coach.web.therapist.phrases import said
from coach.web.therapist.readings import sizes_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("patients", __name__)

# Carries a fresh link over the redirect to the page that shows it, so that a reload neither adds a patient twice nor
# shows the link twice.
_HANDOVER = "handover"
_HANDOVER_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Entry:
    """The form as typed."""

    name: str = ""
    zone: str = ""
    language: str = "en"
    dilators: str = ""

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        return cls(
            form.get("name", "").strip(),
            form.get("zone", "").strip(),
            form.get("language", ""),
            form.get("dilators_mm", "").strip(),
        )


@bp.get("/patients")
@therapists_only
def index() -> str:
    with database().read() as db:
        rows = caseload.caseload(db, viewer(), now=clock())
    return render("therapist/patients.html", rows=rows, said=said)


@bp.get("/patients/new")
@therapists_only
def new() -> str:
    with database().read() as db:
        zone = caseload.usual_zone(db, viewer()) or ""
    return _form(Entry(zone=zone), {})


@bp.post("/patients")
@therapists_only
def create() -> Response:
    entry, now = Entry.of(request.form), clock()
    sizes, unread = sizes_in(entry.dilators)
    refusals = [Refusal("dilators_mm", "unread_number", {"text": unread[0]})] if unread else []
    try:
        if refusals:
            raise Refused(*refusals)
        with database().write() as db:
            patient = patients.add(
                db, viewer(), name=entry.name, zone=entry.zone, language=entry.language, dilators_mm=sizes, now=now
            )
            token = invitations.invite(db, viewer(), patient.id, now=now)
    except Refused as refused:
        return make_response(_form(entry, errors_of(refused.refusals)), 422)
    return _hand_over(patient.id, token)


@bp.get("/patients/<uuid:patient_id>/invitation")
@therapists_only
def invitation(patient_id: UUID) -> Response:
    token = request.cookies.get(_HANDOVER)
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        has_account = accounts.of_patient(db, patient.id) is not None
        until = invitations.open_until(db, viewer(), patient_id, now=clock())
        mine = token and invitations.patient_of(db, token, now=clock())
        is_hers = bool(mine and mine.id == patient_id)
        page = render(
            "therapist/invitation.html",
            patient=patient,
            link=settings().base_url + url_for("invitations.show", token=token) if is_hers else None,
            until=until,
            has_account=has_account,
        )
    answer = make_response(page)
    if token:
        answer.delete_cookie(_HANDOVER, path=request.path)
    return answer


@bp.post("/patients/<uuid:patient_id>/invitation")
@therapists_only
def invite(patient_id: UUID) -> Response:
    try:
        with database().write() as db:
            token = invitations.invite(db, viewer(), patient_id, now=clock())
    except HasAccount:
        return make_response(redirect(url_for("patients.invitation", patient_id=patient_id), 303))
    return _hand_over(patient_id, token)


def _form(entry: Entry, errors: dict[str, str]) -> str:
    return render(
        "therapist/patient_new.html", entry=entry, errors=errors, zones=_zones(), languages=patients.LANGUAGES
    )


def _hand_over(patient_id: UUID, token: str) -> Response:
    page = url_for("patients.invitation", patient_id=patient_id)
    answer = make_response(redirect(page, 303))
    answer.set_cookie(
        _HANDOVER,
        token,
        max_age=_HANDOVER_SECONDS,
        path=page,
        httponly=True,
        secure=settings().secure_cookies,
        samesite="Strict",
    )
    return answer


@cache
def _zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")))
