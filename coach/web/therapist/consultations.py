"""Writing down a consultation, reading it beside those before it, and correcting it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from coach.domain.calendar import local_day
from coach.services import access, consultations
from coach.services.consultations import (
    CONTRAINDICATIONS,
    GOALS,
    LIMITS,
    MOST_TREATMENTS,
    NONE_OF_THESE,
    ONSETS,
    PENETRATIONS,
    TREATMENTS,
    BaselineEntry,
    ConsultationEntry,
    ConsultationHistory,
    Known,
)
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist import consultation_words as words
from coach.web.therapist.readings import day_in
from coach.web.therapist.sentences import errors_of

if TYPE_CHECKING:
    from coach.db import tables as t

bp = Blueprint("consultations", __name__)

_CHECKLIST = tuple(each.field for each in CONTRAINDICATIONS)
_RATINGS = tuple(f"{scale}.{kind}" for kind in PENETRATIONS for scale in ("pain", "anxiety"))
_NUMBERS = tuple(name for name in LIMITS if name != "lasted_months")
_TYPED = (
    *("on", "onset", "lasted_years", "lasted_months", "history", "other_treatments", "consents", "consent_on"),
    *("notes", "reason", "after"),
    *_NUMBERS,
    *_RATINGS,
    *_CHECKLIST,
)
_ANSWERS = {"": None, "yes": True, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The form as typed. `typed` has every field with a single value, "" where it is left out."""

    typed: Mapping[str, str]
    goals: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        return cls(
            typed={name: form.get(name, "").strip() for name in _TYPED},
            # One more than there may be is enough to be refused.
            goals=tuple(goal for goal in form.getlist("goal")[: len(GOALS) + 1] if goal),
            treatments=tuple(each for each in form.getlist("treatment")[: len(TREATMENTS)] if each in TREATMENTS),
        )

    @classmethod
    def of_record(cls, record: t.ConsultationRecord) -> Entry:
        """As it stands, to be corrected."""
        years, months = divmod(record.lasted_months or 0, 12)
        tried = tuple(each.treatment for each in record.treatments)
        known = {name: _typed(value) for name, value in consultations.values_of(record).items()} | {
            "on": record.on.isoformat(),
            "lasted_years": str(years or ""),
            "lasted_months": "" if record.lasted_months is None or (years and not months) else str(months),
            "history": record.history or "",
            "other_treatments": _others(tried),
            "notes": record.notes or "",
            "after": str(record.number),
        }
        return cls(
            typed={name: known.get(name, "") for name in _TYPED},
            goals=tuple(each.goal for each in record.goals),
            treatments=tuple(each for each in tried if each in TREATMENTS),
        )

    @classmethod
    def following(cls, history: ConsultationHistory, today: date) -> Entry:
        """A new one. What grows is carried over from the last; what is found out anew stays open, so that no finding
        gets the day of a consultation at which nobody looked."""
        blank = cls(typed=dict.fromkeys(_TYPED, "") | {"on": today.isoformat()})
        if not history.consultations:
            return blank
        last = history.last
        carried = {name: _typed(last[name].value) for name in ("onset",) if name in last}
        # By the consultation and not by its day: she may have been asked twice on one.
        if (
            "consents" in last
            and (day := last.get("consent_on"))
            and day.consultation_id == last["consents"].consultation_id
        ):
            carried |= {"consents": _typed(last["consents"].value), "consent_on": _typed(day.value)}
        record = next((each.holds for each in reversed(history.consultations) if each.holds.history), None)
        tried = last["treatments"].value if "treatments" in last else ()
        goals = last["goals"].value if "goals" in last else ()
        assert isinstance(tried, tuple)
        assert isinstance(goals, tuple)
        return replace(
            blank,
            typed={
                **blank.typed,
                **carried,
                "history": (record.history or "") if record else "",
                "other_treatments": _others(tried),
            },
            goals=goals,
            treatments=tuple(each for each in tried if each in TREATMENTS),
        )

    @property
    def places(self) -> tuple[str, ...]:
        """A goal for each place in her order, "" for those that are left."""
        return (*self.goals, *[""] * (len(GOALS) - 1 - len(self.goals)))

    @property
    def after_number(self) -> int:
        """0, which no record has, for what cannot be the number of one."""
        return _whole(self.typed["after"]) or 0

    def read(self) -> ConsultationEntry:
        """Raises Refused where something cannot be read as what it has to be."""
        reader = _Reader(self.typed)
        found: dict[str, Any] = {name: reader.whole(name) for name in _NUMBERS}
        found |= {name: reader.answer(name) for name in (*_CHECKLIST, "consents")}
        ratings = {name: reader.whole(name) for name in _RATINGS}
        on, consent_on = reader.day("on"), reader.day("consent_on")
        lasted = reader.lasted()
        if not self.typed["on"]:
            reader.refusals.append(Refusal("on", "missing"))
        if reader.refusals or on is None:
            raise Refused(*reader.refusals)
        others = [line for line in self.typed["other_treatments"].splitlines() if line.strip()]
        return ConsultationEntry(
            on=on,
            goals=self.goals,
            onset=self.typed["onset"] or None,
            lasted_months=lasted,
            history=self.typed["history"] or None,
            treatments=(*self.treatments, *others[: MOST_TREATMENTS + 1]),
            baselines=tuple(
                BaselineEntry(penetration=kind, pain=ratings[f"pain.{kind}"], anxiety=ratings[f"anxiety.{kind}"])
                for kind in PENETRATIONS
            ),
            consent_on=consent_on,
            notes=self.typed["notes"] or None,
            **found,
        )


class _Reader:
    """Reads typed fields and gathers what cannot be read."""

    def __init__(self, typed: Mapping[str, str]) -> None:
        self._typed = typed
        self.refusals: list[Refusal] = []

    def whole(self, name: str) -> int | None:
        text = self._typed[name]
        found = _whole(text)
        if text and found is None:
            self.refusals.append(Refusal(name, "not_whole"))
        return found

    def answer(self, name: str) -> bool | None:
        if self._typed[name] not in _ANSWERS:
            self.refusals.append(Refusal(name, "unknown_choice"))
        return _ANSWERS.get(self._typed[name])

    def day(self, name: str) -> date | None:
        text = self._typed[name]
        found = day_in(text)
        if text and found is None:
            self.refusals.append(Refusal(name, "unread_day"))
        return found

    def lasted(self) -> int | None:
        years, months = _whole(self._typed["lasted_years"]), _whole(self._typed["lasted_months"])
        for name, found in (("lasted_years", years), ("lasted_months", months)):
            if self._typed[name] and found is None:
                self.refusals.append(Refusal("lasted_months", "not_whole"))
        return None if years is None and months is None else 12 * (years or 0) + (months or 0)


@bp.get("/patients/<uuid:patient_id>/consultations")
@therapists_only
def index(patient_id: UUID) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        history = consultations.history_of(db, viewer(), patient_id)
        return render(
            "therapist/consultations.html",
            patient=patient,
            consultations=history.consultations,
            contraindicated=consultations.contraindicated_for(db, viewer(), patient_id),
            known=words.rows([each.values for each in history.consultations]),
            words=words,
        )


@bp.get("/patients/<uuid:patient_id>/consultations/new")
@therapists_only
def new(patient_id: UUID) -> str:
    return _form(patient_id, None, {})


@bp.post("/patients/<uuid:patient_id>/consultations")
@therapists_only
def create(patient_id: UUID) -> Response:
    entry = Entry.of(request.form)
    try:
        with database().write() as db:
            access.patient(db, viewer(), patient_id)
            record = consultations.consult(db, viewer(), patient_id, entry.read(), now=clock())
            consultation_id = record.consultation_id
    except Refused as refused:
        return make_response(_form(patient_id, entry, errors_of(refused.refusals)), 422)
    return _to_record(patient_id, consultation_id)


@bp.get("/patients/<uuid:patient_id>/consultations/<uuid:consultation_id>")
@therapists_only
def show(patient_id: UUID, consultation_id: UUID) -> str:
    return _record(patient_id, consultation_id, None, {})


@bp.post("/patients/<uuid:patient_id>/consultations/<uuid:consultation_id>")
@therapists_only
def correct(patient_id: UUID, consultation_id: UUID) -> Response:
    entry = Entry.of(request.form)
    try:
        with database().write() as db:
            consultations.read(db, viewer(), patient_id, consultation_id)
            consultations.correct(
                db,
                viewer(),
                consultation_id,
                entry.read(),
                reason=entry.typed["reason"],
                after=entry.after_number,
                now=clock(),
            )
    except Refused as refused:
        return make_response(_record(patient_id, consultation_id, entry, errors_of(refused.refusals)), 422)
    return _to_record(patient_id, consultation_id)


def _to_record(patient_id: UUID, consultation_id: UUID) -> Response:
    return make_response(
        redirect(url_for("consultations.show", patient_id=patient_id, consultation_id=consultation_id), 303)
    )


def _form(patient_id: UUID, entry: Entry | None, errors: dict[str, str]) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        history = consultations.history_of(db, viewer(), patient_id)
        today = local_day(clock(), zone=patient.zone)
        return render(
            "therapist/consultation_new.html",
            patient=patient,
            is_first=not history.consultations,
            **_form_inputs(
                entry or Entry.following(history, today),
                errors,
                url_for("consultations.create", patient_id=patient_id),
                last=history.last,
            ),
        )


def _record(patient_id: UUID, consultation_id: UUID, entry: Entry | None, errors: dict[str, str]) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        record = consultations.read(db, viewer(), patient_id, consultation_id)
        return render(
            "therapist/consultation.html",
            patient=patient,
            record=record,
            values_of=consultations.values_of,
            correcting=entry is not None,
            **_form_inputs(
                entry or Entry.of_record(record.holds),
                errors,
                url_for("consultations.correct", patient_id=patient_id, consultation_id=consultation_id),
                last={},
            ),
        )


def _form_inputs(entry: Entry, errors: dict[str, str], send_to: str, *, last: Mapping[str, Known]) -> dict[str, object]:
    return {
        "entry": entry,
        "errors": errors,
        "send_to": send_to,
        "last": last,
        "words": words,
        "goals": GOALS,
        "none_of_these": NONE_OF_THESE,
        "onsets": ONSETS,
        "treatments": TREATMENTS,
        "limits": LIMITS,
        "penetrations": PENETRATIONS,
        "checklist": CONTRAINDICATIONS,
    }


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _typed(value: consultations.Value) -> str:
    """As the form's field says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _others(tried: tuple[str, ...]) -> str:
    return "\n".join(each for each in tried if each not in TREATMENTS)
