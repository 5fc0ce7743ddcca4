"""The page of one injection: its charts, its effect, its side effects. What is refused of them comes back on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from flask import url_for

from coach.domain.bands import BANDS, OBSERVED, BandDays, Begins, Effect, Observed, seen_days, typical_days
from coach.domain.calendar import local_day
from coach.domain.effect import Effect as PlanEffect
from coach.services import access, assignments, bands, charts, consultations, injections, observations, side_effects
from coach.services.injections import InjectionRecord
from coach.services.refusals import Refused
from coach.services.side_effects import SEVERITIES, WHAT
from coach.web.context import clock, database, viewer
from coach.web.pages import render
from coach.web.therapist import chart_warnings, consultation_words, effect_words, findings, terms
from coach.web.therapist.chart_form import Entry, groups_open

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coach.services.bands import InjectionBands


@dataclass(frozen=True, slots=True)
class Sent:
    """A small form as it was sent, and what is to be mended in it."""

    typed: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BandRow:
    """One band of one injection: `typical`, and where anything was observed also `seen`; one of the two may be None.
    Days on the calendar follow from `on`, the injection's."""

    name: str
    on: date
    typical: BandDays | None
    seen: BandDays | None

    def day(self, since: int | None) -> date | None:
        return None if since is None else self.on + timedelta(days=since)


def record_page(
    patient_id: UUID,
    injection_id: UUID,
    *,
    entry: Entry | None = None,
    errors: dict[str, str] | None = None,
    noting: Sent | None = None,
    banding: Sent | None = None,
    charting: Sent | None = None,
    effect: PlanEffect | None = None,
) -> str:
    """`entry` with `errors`: a correction of the chart, or with the `effect` on her plan that is to be looked at before
    it is written down; `noting` an observation, `banding` its bands, `charting` a side effect. Raises NotFound."""
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        record: InjectionRecord = injections.read(db, viewer(), patient_id, injection_id)
        observed = observations.of_injection(db, viewer(), injection_id)
        its_bands = bands.of_injection(db, viewer(), injection_id)
        today = local_day(clock(), zone=patient.zone)
        fitting = observations.fitting(db, viewer(), record, observed)
        return render(
            "therapist/injection.html",
            patient=patient,
            record=record,
            correcting=entry is not None,
            is_assigned=assignments.is_assigned_for(db, viewer(), injection_id),
            contraindicated=consultations.contraindicated_for(db, viewer(), patient_id),
            declined=consultations.declined_for(db, viewer(), patient_id),
            consultation_words=consultation_words,
            chart_warnings=chart_warnings,
            today=today,
            kinds=OBSERVED,
            observed=observed,
            noting=noting,
            bands=its_bands,
            band_rows=_band_rows(record, its_bands, fitting),
            misfits=frozenset(observed.holds) - {each.kind for each in fitting},
            band_typed=_band_typed(its_bands.begins, banding),
            banding=banding,
            side_effects=side_effects.of_injection(db, viewer(), injection_id),
            charting=charting,
            what_offered=WHAT,
            severities=SEVERITIES,
            words=findings,
            **form_inputs(
                entry or Entry.of_chart(record.holds),
                errors or {},
                url_for("injections.correct", patient_id=patient_id, injection_id=injection_id),
                effect=None if effect is None else effect_words.in_words(effect, today=today),
                warned=() if entry is None else warned_of(db, patient_id, entry, injection_id),
            ),
        )


def form_inputs(
    entry: Entry,
    errors: dict[str, str],
    send_to: str,
    *,
    effect: effect_words.EffectWords | None = None,
    warned: tuple[str, ...] = (),
) -> dict[str, object]:
    """What `_injection_fields.html` and `_sites.html` are filled with. `effect`: it is to be looked at first; `warned`:
    what is worth a second look in what was typed."""
    return {
        "warned": warned,
        "effect": effect,
        "confirming": effect is not None,
        "entry": entry,
        "errors": errors,
        "offered": charts,
        "terms": terms,
        "opened": groups_open(entry, errors),
        "send_to": send_to,
    }


def warned_of(db: Session, patient_id: UUID, entry: Entry, injection_id: UUID | None) -> tuple[str, ...]:
    """What is worth a second look in the form as it is typed; nothing while it cannot be read."""
    try:
        typed = entry.read()
    except Refused:
        return ()
    found = injections.warned(db, viewer(), patient_id, typed, injection_id=injection_id)
    return tuple(chart_warnings.sentence(each) for each in found)


def _band_rows(record: InjectionRecord, found: InjectionBands, noted: tuple[Observed, ...]) -> tuple[BandRow, ...]:
    effect = Effect(injection_id=record.id, on=record.holds.on, rules=found.rules, observed=noted)
    typical = {band.name: band for band in typical_days(effect)}
    seen = {band.name: band for band in seen_days(effect)} if noted else {}
    return tuple(
        BandRow(name, record.holds.on, typical.get(name), seen.get(name))
        for name in sorted(typical.keys() | seen.keys(), key=BANDS.index)
    )


def _band_typed(begins: Begins | None, sent: Sent | None) -> dict[str, str]:
    """The days as last typed, else as they hold."""
    return {
        name: sent.typed.get(name, "") if sent else "" if begins is None else str(getattr(begins, name))
        for name in BANDS
    }
