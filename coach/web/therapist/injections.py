"""Charting an injection, reading it with everything that was ever charted of it, and correcting it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from coach.domain.calendar import local_day
from coach.services import access, assignments, injections
from coach.services.injections import MOST_SITES, MUSCLES, PRODUCTS, ChartEntry, InjectionRecord, SiteEntry
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render
from coach.web.therapist.readings import day_in, number_in
from coach.web.therapist.sentences import errors_of

if TYPE_CHECKING:
    from coach.db import tables as t

bp = Blueprint("injections", __name__)

_OTHER_SIDE = {"left": "right", "right": "left", "midline": "midline"}


@dataclass(frozen=True, slots=True)
class SiteTyped:
    """One row of the form as typed."""

    muscle: str = ""
    side: str = "left"
    clock: str = ""
    units: str = ""

    def is_blank(self) -> bool:
        return not (self.muscle or self.clock or self.units)

    def mirrored(self) -> SiteTyped:
        """The same on the other side, which is how most techniques go on."""
        clock = str((12 - int(self.clock)) % 12 or 12) if self.clock in map(str, range(1, 13)) else ""
        return replace(self, side=_OTHER_SIDE.get(self.side, "left"), clock=clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The form as typed; blank rows of sites are left out."""

    state: str
    on: str = ""
    product: str = ""
    units: str = ""
    sites: tuple[SiteTyped, ...] = ()
    insertion_on: str = ""
    operator: str = ""
    notes: str = ""
    reason: str = ""
    after: str = ""

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        names = ("state", "on", "product", "units", "insertion_on", "operator", "notes", "reason", "after")
        # One more than there may be is enough to be refused; a page of thousands would take the server's time.
        columns = [form.getlist(f"site_{name}")[: MOST_SITES + 1] for name in ("muscle", "side", "clock", "units")]
        rows = [SiteTyped(*(cell.strip() for cell in row)) for row in zip(*columns, strict=False)]
        return cls(**{name: form.get(name, "").strip() for name in names}, sites=_without_blanks(rows))

    @classmethod
    def of_chart(cls, chart: t.InjectionChart) -> Entry:
        return cls(
            state=chart.state,
            on=chart.on.isoformat(),
            product=chart.product or "",
            units=_typed(chart.units),
            sites=tuple(
                SiteTyped(site.muscle, site.side, str(site.clock or ""), _typed(site.units)) for site in chart.sites
            ),
            insertion_on=chart.insertion_on.isoformat() if chart.insertion_on else "",
            operator=chart.operator or "",
            notes=chart.notes or "",
            after=str(chart.number),
        )

    def with_another_site(self) -> Entry:
        return replace(self, sites=(*self.sites, self.sites[-1].mirrored() if self.sites else SiteTyped()))

    def without_site(self, position: str) -> Entry:
        kept = tuple(site for place, site in enumerate(self.sites) if str(place) != position)
        return replace(self, sites=kept)

    @property
    def after_number(self) -> int:
        """0, which no chart has, for what cannot be the number of one."""
        text = self.after
        return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0

    @property
    def rows(self) -> tuple[SiteTyped, ...]:
        """At least one to fill in."""
        return self.sites or (SiteTyped(),)

    @property
    def sum_of_sites(self) -> float:
        return math.fsum(number_in(site.units) or 0 for site in self.sites)

    def read(self) -> ChartEntry:
        """Raises Refused where something cannot be read as what it has to be."""
        refusals: list[Refusal] = []

        def day(name: str, text: str) -> date | None:
            found = day_in(text)
            if text and found is None:
                refusals.append(Refusal(name, "unread_day"))
            return found

        def number(name: str, text: str) -> float | None:
            found = number_in(text)
            if text and found is None:
                refusals.append(Refusal(name, "unread_number", {"text": text[:40]}))
            return found

        on, insertion_on = day("on", self.on), day("insertion_on", self.insertion_on)
        if not self.on:
            refusals.append(Refusal("on", "missing"))
        units = number("units", self.units)
        sites = []
        for place, site in enumerate(self.sites):
            site_units = number(f"sites.{place}.units", site.units)
            if not site.units:
                refusals.append(Refusal(f"sites.{place}.units", "missing"))
            clock = int(site.clock) if site.clock.isascii() and site.clock.isdigit() and len(site.clock) < 4 else None
            if site.clock and clock is None:
                refusals.append(Refusal(f"sites.{place}.clock", "impossible_clock"))
            sites.append(SiteEntry(muscle=site.muscle, side=site.side, clock=clock, units=site_units or 0.0))
        if self.state not in ("planned", "given", "cancelled"):
            refusals.append(Refusal("state", "unknown_state"))
        if refusals or on is None:
            raise Refused(*refusals)
        return ChartEntry(
            state=self.state,  # type: ignore[arg-type]
            on=on,
            product=self.product or None,
            units=units,
            sites=tuple(sites),
            insertion_on=insertion_on,
            operator=self.operator or None,
            notes=self.notes or None,
        )


@bp.get("/patients/<uuid:patient_id>/injections")
@therapists_only
def index(patient_id: UUID) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        timeline = injections.timeline_of(db, viewer(), patient_id)
        today = local_day(clock(), zone=patient.zone)
        return render("therapist/injections.html", patient=patient, timeline=timeline[::-1], today=today)


@bp.get("/patients/<uuid:patient_id>/injections/new")
@therapists_only
def new(patient_id: UUID) -> str:
    with database().read() as db:
        today = local_day(clock(), zone=access.patient(db, viewer(), patient_id).zone)
    return _form(patient_id, Entry(state="given", on=today.isoformat()), {})


@bp.post("/patients/<uuid:patient_id>/injections")
@therapists_only
def create(patient_id: UUID) -> Response:
    entry = Entry.of(request.form)
    changed = _with_rows_changed(entry)
    if changed is not None:
        with database().read() as db:
            access.patient(db, viewer(), patient_id)
        return make_response(_sites(changed) if is_htmx() else _form(patient_id, changed, {}))
    try:
        with database().write() as db:
            access.patient(db, viewer(), patient_id)
            charted = injections.chart(db, viewer(), patient_id, entry.read(), now=clock())
    except Refused as refused:
        return make_response(_form(patient_id, entry, errors_of(refused.refusals)), 422)
    return _to_record(patient_id, charted.injection.id)


@bp.get("/patients/<uuid:patient_id>/injections/<uuid:injection_id>")
@therapists_only
def show(patient_id: UUID, injection_id: UUID) -> str:
    return _record(patient_id, injection_id, None, {})


@bp.post("/patients/<uuid:patient_id>/injections/<uuid:injection_id>")
@therapists_only
def correct(patient_id: UUID, injection_id: UUID) -> Response:
    entry = Entry.of(request.form)
    changed = _with_rows_changed(entry)
    if changed is not None:
        with database().read() as db:
            injections.read(db, viewer(), patient_id, injection_id)
        return make_response(_sites(changed) if is_htmx() else _record(patient_id, injection_id, changed, {}))
    try:
        with database().write() as db:
            injections.read(db, viewer(), patient_id, injection_id)
            injections.correct(
                db,
                viewer(),
                injection_id,
                entry.read(),
                reason=entry.reason,
                after=entry.after_number,
                now=clock(),
            )
    except Refused as refused:
        return make_response(_record(patient_id, injection_id, entry, errors_of(refused.refusals)), 422)
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


def _form(patient_id: UUID, entry: Entry, errors: dict[str, str]) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        send_to = url_for("injections.create", patient_id=patient_id)
        return render("therapist/injection_new.html", patient=patient, **_form_inputs(entry, errors, send_to))


def _record(patient_id: UUID, injection_id: UUID, entry: Entry | None, errors: dict[str, str]) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        record: InjectionRecord = injections.read(db, viewer(), patient_id, injection_id)
        return render(
            "therapist/injection.html",
            patient=patient,
            record=record,
            correcting=entry is not None,
            is_assigned=assignments.is_assigned_for(db, viewer(), injection_id),
            today=local_day(clock(), zone=patient.zone),
            **_form_inputs(
                entry or Entry.of_chart(record.holds),
                errors,
                url_for("injections.correct", patient_id=patient_id, injection_id=injection_id),
            ),
        )


def _form_inputs(entry: Entry, errors: dict[str, str], send_to: str) -> dict[str, object]:
    return {"entry": entry, "errors": errors, "products": PRODUCTS, "muscles": MUSCLES, "send_to": send_to}


def _sites(entry: Entry) -> str:
    return render("therapist/_sites.html", **_form_inputs(entry, {}, request.path))


def _without_blanks(rows: list[SiteTyped]) -> tuple[SiteTyped, ...]:
    return tuple(row for row in rows if not row.is_blank())


def _typed(number: float | None) -> str:
    """As one would type it: no digit that says nothing."""
    return "" if number is None else f"{number:.2f}".rstrip("0").rstrip(".")
