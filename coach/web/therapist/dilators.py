"""A patient's own set of dilators, as her therapist writes it down: added, changed, taken away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from coach.services import access, dilators
from coach.services.dilators import Entry, InUse
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist.readings import number_in, sizes_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("dilators", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """One dilator as typed. `is_gone`: it is to be taken away."""

    rung: str
    size: str
    label: str
    is_gone: bool


@bp.get("/patients/<uuid:patient_id>/dilators")
@therapists_only
def show(patient_id: UUID) -> str:
    return _page(patient_id, "", {})


@bp.post("/patients/<uuid:patient_id>/dilators")
@therapists_only
def create(patient_id: UUID) -> Response:
    text = request.form.get("dilators_mm", "").strip()
    sizes, unread = sizes_in(text)
    try:
        if unread:
            raise Refused(Refusal("dilators_mm", "unread_number", {"text": unread[0]}))
        with database().write() as db:
            dilators.add(db, viewer(), patient_id, sizes_mm=sizes, now=clock())
    except Refused as refused:
        return make_response(_page(patient_id, text, errors_of(refused.refusals)), 422)
    return make_response(redirect(url_for("dilators.show", patient_id=patient_id), 303))


@bp.post("/patients/<uuid:patient_id>/dilators/changes")
@therapists_only
def change(patient_id: UUID) -> Response:
    """Sizes and labels by rung; what is `gone` is taken away. What that does to her place is told first."""
    rows = _rows(request.form)
    effect: Sequence[InUse] = ()
    try:
        entries = _read(rows)
        with database().write() as db:
            effect = dilators.effect_of(db, viewer(), patient_id, entries, now=clock())
            confirmed = request.form.get("confirmed") == "yes"
            dilators.change(db, viewer(), patient_id, entries, confirmed=confirmed, now=clock())
    except Refused as refused:
        errors = {f"changes.{where}": said for where, said in errors_of(refused.refusals).items()}
        return make_response(_page(patient_id, "", errors, rows=rows, effect=effect), 422)
    return make_response(redirect(url_for("dilators.show", patient_id=patient_id), 303))


def _rows(form: Mapping[str, str]) -> tuple[Row, ...]:
    return tuple(
        Row(
            rung=(rung := name.removeprefix("size.")),
            size=size.strip(),
            label=form.get(f"label.{rung}", "").strip(),
            is_gone=f"gone.{rung}" in form,
        )
        for name, size in form.items()
        if name.startswith("size.")
    )


def _read(rows: Sequence[Row]) -> list[Entry]:
    """Raises Refused where a size cannot be read."""
    entries, refusals = [], []
    for row in rows:
        if row.is_gone:
            entries.append(Entry(row.rung, 0, is_gone=True))
            continue
        size = number_in(row.size.removesuffix("mm"))
        if size is None:
            refusals.append(Refusal("dilators_mm", "unread_number", {"text": row.size[:40]}))
        else:
            entries.append(Entry(row.rung, size, row.label))
    if refusals:
        raise Refused(*refusals)
    return entries


def _page(
    patient_id: UUID,
    typed: str,
    errors: Mapping[str, str],
    *,
    rows: Sequence[Row] | None = None,
    effect: Sequence[InUse] = (),
) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        own_set = dilators.of_patient(db, viewer(), patient_id)
        if rows is None:
            rows = [Row(each.rung, f"{each.size_mm:g}", each.label or "", False) for each in own_set]
        return render(
            "therapist/dilators.html",
            patient=patient,
            own_set=own_set,
            rows=rows,
            effect=effect,
            generic=dilators.generic_mm(),
            jumps=dilators.jumps_in(own_set),
            typed=typed,
            errors=errors,
        )
