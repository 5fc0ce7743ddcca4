"""What a patient does, and giving her a program after a look at what it would be for her."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.domain.calendar import local_day
from coach.services import access, assignments, injections, programs
from coach.services.assignments import Given
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render
from coach.web.therapist import phrases
from coach.web.therapist.assignment_form import Entry, id_in, unit_of
from coach.web.therapist.effect_words import day_words, rung_words
from coach.web.therapist.first_weeks import first_weeks
from coach.web.therapist.phrases import said
from coach.web.therapist.sentences import errors_of

bp = Blueprint("assignments", __name__)


@bp.get("/patients/<uuid:patient_id>/assignments")
@therapists_only
def index(patient_id: UUID) -> str:
    now = clock()
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        return render(
            "therapist/assignments.html",
            patient=patient,
            running=assignments.running(db, viewer(), patient_id, now=now),
            ended=assignments.ended(db, viewer(), patient_id, now=now),
            injections={each.id: each.holds for each in injections.timeline_of(db, viewer(), patient_id)},
            today=local_day(now, zone=patient.zone),
            rung_words=rung_words,
            said=said,
        )


@bp.get("/patients/<uuid:patient_id>/assignments/new")
@therapists_only
def new(patient_id: UUID) -> str:
    """Without `program`: the choice. With it: the fields that this program needs, by its newest `revision` or the one
    that is named, for `injection` if it is hers."""
    chosen = id_in(request.args.get("program", ""))
    return _form(patient_id, chosen, id_in(request.args.get("revision", "")), None, {})


@bp.post("/patients/<uuid:patient_id>/assignments")
@therapists_only
def create(patient_id: UUID) -> Response:
    """`tell` asks for what it would be for her, and gives nothing."""
    entry, program_id = Entry.of(request.form), id_in(request.form.get("program_id", ""))
    revision_id = id_in(entry.revision_id)
    if program_id is None:
        errors = errors_of([Refusal("program_id", "missing")])
        return make_response(_form(patient_id, None, None, None, errors), 422)
    if request.form.get("tell") == "preview":
        return make_response(_form(patient_id, program_id, revision_id, entry, {}, part="_first_weeks.html"))
    try:
        with database().write() as db:
            needs = assignments.needs(db, viewer(), patient_id, program_id, revision_id=revision_id)
            given = {each.name: getattr(entry.read(needs), each.name) for each in fields(Given)}
            assignments.assign(db, viewer(), patient_id, **given, now=clock())
    except Refused as refused:
        page = _form(patient_id, program_id, revision_id, entry, errors_of(refused.refusals))
        return make_response(page, 422)
    return _to_overview(patient_id)


def _form(
    patient_id: UUID,
    program_id: UUID | None,
    revision_id: UUID | None,
    entry: Entry | None,
    errors: dict[str, str],
    *,
    part: str = "_assignment_fields.html",
) -> str:
    """The page, or for htmx the `part` of it."""
    now = clock()
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        timeline = [
            each for each in injections.timeline_of(db, viewer(), patient_id) if each.holds.state != "cancelled"
        ]
        needs = assignments.needs(db, viewer(), patient_id, program_id, revision_id=revision_id) if program_id else None
        today = local_day(now, zone=patient.zone)
        meant = next((each for each in timeline if str(each.id) == request.args.get("injection")), None)
        if needs and entry is None:
            nearest = meant or min(timeline, key=lambda each: abs((each.holds.on - today).days), default=None)
            entry = Entry.for_program(needs, today=today, injection_id=str(nearest.id) if nearest else "")
        preview = None
        if needs and entry is not None:
            with suppress(Refused):  # what is wrong is said when it is sent
                preview = assignments.preview(db, viewer(), patient_id, entry.read(needs), now=now)
        chosen = next((each for each in timeline if entry and str(each.id) == entry.injection_id), None)
        return render(
            f"therapist/{part}" if is_htmx() else "therapist/assignment_new.html",
            patient=patient,
            listed=[(each, programs.load(db, each.newest.id)) for each in programs.programs_of(db, viewer())],
            program_id=program_id,
            needs=needs,
            revisions=programs.revisions_of(db, viewer(), program_id) if program_id else (),
            entry=entry or Entry(),
            errors=errors,
            injections=timeline[::-1],
            for_injection=f"&injection={meant.id}" if meant else "",
            preview=preview,
            weeks=first_weeks(preview) if preview else [],
            waits_for=chosen.holds if chosen and chosen.holds.insertion_on is None else None,
            day_words=day_words,
            rung_words=rung_words,
            unit_of=unit_of,
            phrases=phrases,
            said=said,
        )


def _to_overview(patient_id: UUID) -> Response:
    return make_response(redirect(url_for("assignments.index", patient_id=patient_id), 303))
