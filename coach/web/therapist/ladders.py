"""A patient's ladders as her therapist sees and changes them: her place, what waits for an answer, and how she got
there."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import get_locale

from coach.domain.calendar import local_day
from coach.services import access, placements, plans, standings
from coach.services.access import NotFound
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist import findings, ladder_words
from coach.web.therapist.assignment_form import id_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("ladders", __name__)


@bp.get("/patients/<uuid:patient_id>/ladders")
@therapists_only
def show(patient_id: UUID) -> str:
    return _page(patient_id, {}, {})


@bp.post("/patients/<uuid:patient_id>/placements")
@therapists_only
def place(patient_id: UUID) -> Response:
    form = request.form
    ladder = form.get("ladder", "")
    typed = {"rung": form.get("rung", ""), "reason": form.get("reason", "").strip(), "state": form.get("state", "")}
    assignment_id = _own(patient_id, form.get("assignment_id", ""))
    try:
        with database().write() as db:
            placements.place(
                db,
                viewer(),
                assignment_id,
                ladder=ladder,
                rung=typed["rung"],
                state="held" if typed["state"] == "held" else "locked" if typed["state"] == "locked" else "placed",
                reason=typed["reason"],
                confirmed=[int(each) for each in form.getlist("confirmed") if _is_place(each)],
                now=clock(),
            )
    except Refused as refused:
        return _again(patient_id, assignment_id, ladder, typed, refused)
    return _to_ladders(patient_id)


@bp.post("/patients/<uuid:patient_id>/proposals")
@therapists_only
def answer(patient_id: UUID) -> Response:
    """`answer`: `accept`, or `hold`, which answers no and holds her where she is; then a reason is wanted. To the
    `proposal_id` that was on the page, and to no other one."""
    form = request.form
    ladder, proposal_id = form.get("ladder", ""), id_in(form.get("proposal_id", ""))
    typed = {"rung": "", "reason": form.get("reason", "").strip(), "state": ""}
    assignment_id = _own(patient_id, form.get("assignment_id", ""))
    try:
        with database().write() as db:
            if form.get("answer") not in ("accept", "hold") or proposal_id is None:
                raise Refused(Refusal("ladder", "no_proposal"))
            if form["answer"] == "hold":
                placements.place(
                    db, viewer(), assignment_id, ladder=ladder, state="held", reason=typed["reason"],
                    answers=proposal_id, now=clock(),
                )  # fmt: skip
            else:
                placements.answer(
                    db, viewer(), assignment_id, ladder=ladder, proposal_id=proposal_id, accept=True,
                    reason=typed["reason"], now=clock(),
                )  # fmt: skip
    except Refused as refused:
        return _again(patient_id, assignment_id, ladder, typed, refused)
    return _to_ladders(patient_id)


def _is_place(text: str) -> bool:
    """Whether it is the place of a line in a list, and not what would take long to read."""
    return text.isascii() and text.isdigit() and len(text) < 9


def _own(patient_id: UUID, typed: str) -> UUID:
    """An assignment under another patient's address does not exist."""
    assignment_id = id_in(typed)
    if assignment_id is None:
        raise NotFound("assignment")
    with database().read() as db:
        if access.assignment(db, viewer(), assignment_id).patient_id != patient_id:
            raise NotFound("assignment")
    return assignment_id


def _again(patient_id: UUID, assignment_id: UUID, ladder: str, typed: Mapping[str, str], refused: Refused) -> Response:
    key = f"{assignment_id}.{ladder}"
    return make_response(_page(patient_id, {key: typed}, {key: errors_of(refused.refusals)}), 422)


def _page(patient_id: UUID, typed: Mapping[str, Mapping[str, str]], errors: Mapping[str, Mapping[str, str]]) -> str:
    now = clock()
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        places = standings.places_of(db, plans.facts(db, patient, now=now, performed=False))
        return render(
            "therapist/ladders.html",
            patient=patient,
            places=places,
            today=local_day(now, zone=patient.zone),
            typed=typed,
            errors=errors,
            words=findings,
            ladder_words=ladder_words,
            language=str(get_locale()),
        )


def _to_ladders(patient_id: UUID) -> Response:
    return make_response(redirect(url_for("ladders.show", patient_id=patient_id), 303))
