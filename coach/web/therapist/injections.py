"""Charting an injection, reading it with everything that was ever charted of it, and correcting it."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.domain.calendar import local_day
from coach.domain.effect import Effect
from coach.services import access, consultations, injections
from coach.services.refusals import Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render
from coach.web.therapist import chart_warnings, consultation_words, effect_words
from coach.web.therapist.chart_form import Entry
from coach.web.therapist.effect_words import NotSeen, look_first
from coach.web.therapist.injection_page import form_inputs, record_page, warned_of
from coach.web.therapist.sentences import errors_of

bp = Blueprint("injections", __name__)


@bp.get("/patients/<uuid:patient_id>/injections")
@therapists_only
def index(patient_id: UUID) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        timeline = injections.timeline_of(db, viewer(), patient_id)
        today = local_day(clock(), zone=patient.zone)
        return render(
            "therapist/injections.html",
            patient=patient,
            timeline=timeline[::-1],
            today=today,
            chart_warnings=chart_warnings,
        )


@bp.get("/patients/<uuid:patient_id>/injections/new")
@therapists_only
def new(patient_id: UUID) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        today = local_day(clock(), zone=patient.zone)
    return _form(patient_id, Entry(state="given", on=today.isoformat(), zone=patient.zone), {})


@bp.post("/patients/<uuid:patient_id>/injections")
@therapists_only
def create(patient_id: UUID) -> Response:
    entry = Entry.of(request.form)
    if is_htmx() and request.form.get("tell") == "dilution":
        return _dilution(entry)
    changed = _with_rows_changed(entry)
    if changed is not None:
        with database().read() as db:
            access.patient(db, viewer(), patient_id)
        return make_response(_sites(changed) if is_htmx() else _form(patient_id, changed, {}))
    if is_htmx() and request.form.get("tell") == "effect":
        return _effect(patient_id, entry, None)
    try:
        with database().write() as db:
            access.patient(db, viewer(), patient_id)
            effect = injections.preview(db, viewer(), patient_id, entry.read(), now=clock())
            charted = injections.chart(db, viewer(), patient_id, entry.read(), again=entry.again == "yes", now=clock())
            look_first(effect, seen=request.form.get("seen", ""))
    except Refused as refused:
        return make_response(_form(patient_id, entry, errors_of(refused.refusals)), 422)
    except NotSeen as unseen:
        return make_response(_form(patient_id, entry, {}, unseen.effect))
    return _to_record(patient_id, charted.injection.id)


@bp.get("/patients/<uuid:patient_id>/injections/<uuid:injection_id>")
@therapists_only
def show(patient_id: UUID, injection_id: UUID) -> str:
    return record_page(patient_id, injection_id)


@bp.post("/patients/<uuid:patient_id>/injections/<uuid:injection_id>")
@therapists_only
def correct(patient_id: UUID, injection_id: UUID) -> Response:
    entry = Entry.of(request.form)
    if is_htmx() and request.form.get("tell") == "dilution":
        return _dilution(entry)
    changed = _with_rows_changed(entry)
    if changed is not None:
        with database().read() as db:
            injections.read(db, viewer(), patient_id, injection_id)
        return make_response(_sites(changed) if is_htmx() else record_page(patient_id, injection_id, entry=changed))
    if is_htmx() and request.form.get("tell") == "effect":
        return _effect(patient_id, entry, injection_id)
    try:
        with database().write() as db:
            injections.read(db, viewer(), patient_id, injection_id)
            effect = injections.preview(db, viewer(), patient_id, entry.read(), injection_id=injection_id, now=clock())
            injections.correct(
                db,
                viewer(),
                injection_id,
                entry.read(),
                reason=entry.reason,
                after=entry.after_number,
                now=clock(),
            )
            look_first(effect, seen=request.form.get("seen", ""))
    except Refused as refused:
        page = record_page(patient_id, injection_id, entry=entry, errors=errors_of(refused.refusals))
        return make_response(page, 422)
    except NotSeen as unseen:
        return make_response(record_page(patient_id, injection_id, entry=entry, effect=unseen.effect))
    return _to_record(patient_id, injection_id)


def _with_rows_changed(entry: Entry) -> Entry | None:
    """The form with a row more or less, where that is what the button asked for."""
    if "add_site" in request.form:
        return entry.with_another_site()
    if "remove_site" in request.form:
        return entry.without_site(request.form["remove_site"])
    return None


def _to_record(patient_id: UUID, injection_id: UUID) -> Response:
    return make_response(redirect(url_for("injections.show", patient_id=patient_id, injection_id=injection_id), 303))


def _form(patient_id: UUID, entry: Entry, errors: dict[str, str], effect: Effect | None = None) -> str:
    """With `effect`: it is to be looked at before the chart is written down."""
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        today = local_day(clock(), zone=patient.zone)
        send_to = url_for("injections.create", patient_id=patient_id)
        return render(
            "therapist/injection_new.html",
            patient=patient,
            contraindicated=consultations.contraindicated_for(db, viewer(), patient_id),
            declined=consultations.declined_for(db, viewer(), patient_id),
            consultation_words=consultation_words,
            **form_inputs(
                entry,
                errors,
                send_to,
                effect=None if effect is None else effect_words.in_words(effect, today=today),
                warned=warned_of(db, patient_id, entry, None) if request.method == "POST" else (),
            ),
        )


def _effect(patient_id: UUID, entry: Entry, injection_id: UUID | None) -> Response:
    """What the chart does to her plan alone and what is worth a second look, while one fills it in; nothing while it
    cannot be read."""
    now = clock()
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        shown = None
        try:
            effect = injections.preview(
                db, viewer(), patient_id, entry.for_its_days(), injection_id=injection_id, now=now
            )
            shown = effect_words.in_words(effect, today=local_day(now, zone=patient.zone))
        except Refused:
            pass  # what is wrong is said when it is sent
        warned = warned_of(db, patient_id, entry, injection_id)
    return make_response(render("therapist/_plan_effect.html", effect=shown, effect_id="plan-effect", warned=warned))


def _dilution(entry: Entry) -> Response:
    """Units per ml alone, while one types what a vial holds and what was added to it."""
    return make_response(render("therapist/_dilution.html", concentration=entry.units_per_ml))


def _sites(entry: Entry) -> str:
    return render("therapist/_sites.html", **form_inputs(entry, {}, request.path))
