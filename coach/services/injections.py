"""Charting injections: planned or given, corrected by a further chart with a reason, never overwritten or deleted.

What a chart does to the patient's plan can be seen before it is written, and she is told where it does anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.course import AssignmentFacts, InjectionFacts
from coach.domain.effect import Effect, effect_of
from coach.services import access, charts, due_days, notices, plans
from coach.services.access import NotFound, Viewer
from coach.services.charts import ChartEntry, SiteEntry, Warned
from coach.services.refusals import Refusal, Refused

_NOT_CHARTED_YET = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Charted:
    """What was written down, and what is worth a second look."""

    injection: t.Injection
    chart: t.InjectionChart
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class InjectionRecord:
    """One injection: the chart that holds, the ones before it (newest first), and what is worth a second look."""

    id: UUID
    patient_id: UUID
    holds: t.InjectionChart
    earlier: tuple[t.InjectionChart, ...]
    warnings: tuple[Warned, ...]
    names: Mapping[UUID, str]

    def by(self, chart: t.InjectionChart) -> str:
        """Who wrote the chart."""
        return self.names[chart.charted_by_id]

    @property
    def corrections(self) -> int:
        """How often it was charted again, but for what was planned and then given."""
        newest_first = [self.holds, *self.earlier]
        return sum(not _was_given(then, before) for then, before in pairwise(newest_first))

    @property
    def is_corrected(self) -> bool:
        """Whether the chart that holds corrects the one before it."""
        return bool(self.earlier) and not _was_given(self.holds, self.earlier[0])


def chart(
    db: Session, viewer: Viewer, patient_id: UUID, entry: ChartEntry, *, again: bool = False, now: datetime
) -> Charted:
    """A new injection. What is worth a second look is a warning, not a refusal; but a second one that was given on the
    same day is Refused with `given_that_day` unless it is confirmed by `again`: the same form may have been sent twice.
    Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    # Of two forms at once the second has to see what the first one charted.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    refusals = _about_new(patient, entry, now)
    if not refusals and entry.state == "given" and not again and entry.on in _given_on(db, patient):
        refusals.append(Refusal("again", "given_that_day", {"day": entry.on}))
    if refusals:
        raise Refused(*refusals)
    effect = _effect(db, patient, entry, None, now)
    due_days.freeze(db, patient, now=now)
    injection = t.Injection(clinic_id=patient.clinic_id, team_id=patient.team_id, patient_id=patient.id, created_at=now)
    db.add(injection)
    db.flush()
    added = _write(db, viewer, injection, entry, patient.zone, number=1, reason=None, now=now)
    _tell(db, viewer, patient, effect, entry, None, now)
    return Charted(injection, added, _warned(db, patient, entry, injection.id))


def correct(
    db: Session,
    viewer: Viewer,
    injection_id: UUID,
    entry: ChartEntry,
    *,
    reason: str,
    after: int | None = None,
    now: datetime,
) -> Charted:
    """A further chart with its reason; the ones before stay as they are. What was planned and is given now needs no
    reason: it went as it was meant to.

    `after` is the number of the chart that the corrector had before her; Refused with `corrected_meanwhile` where a
    newer one stands by now. Raises NotFound, Refused.
    """
    injection = access.injection(db, viewer, injection_id)
    patient = access.treated(db, viewer, injection.patient_id)
    # Two corrections at once would take the same number.
    db.execute(select(t.Injection.id).where(t.Injection.id == injection.id).with_for_update())
    last = db.scalars(
        select(t.InjectionChart)
        .where(t.InjectionChart.injection_id == injection.id)
        .order_by(t.InjectionChart.number.desc())
        .limit(1)
    ).one()
    refusals = charts.refusals(entry, zone=patient.zone, now=now)
    reason = reason.strip()
    if not reason and not (last.state == "planned" and entry.state == "given"):
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > charts.LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": charts.LONGEST_TEXT}))
    if after is not None and after != last.number:
        refusals.append(Refusal("after", "corrected_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    effect = _effect(db, patient, entry, injection.id, now)
    due_days.freeze(db, patient, now=now)
    number = last.number + 1
    added = _write(db, viewer, injection, entry, patient.zone, number=number, reason=reason or None, now=now)
    _tell(db, viewer, patient, effect, entry, last, now)
    return Charted(injection, added, _warned(db, patient, entry, injection.id, before=number))


def preview(
    db: Session,
    viewer: Viewer,
    patient_id: UUID,
    entry: ChartEntry,
    *,
    injection_id: UUID | None = None,
    now: datetime,
) -> Effect:
    """What the chart would do to her plan, as one of a new injection or of the one that is named. Changes nothing.
    Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    if injection_id is None:
        refusals = _about_new(patient, entry, now)
    else:
        if access.injection(db, viewer, injection_id).patient_id != patient.id:
            raise NotFound("injection")
        refusals = charts.refusals(entry, zone=patient.zone, now=now)
    if refusals:
        raise Refused(*refusals)
    return _effect(db, patient, entry, injection_id, now)


def warned(
    db: Session, viewer: Viewer, patient_id: UUID, entry: ChartEntry, *, injection_id: UUID | None = None
) -> tuple[Warned, ...]:
    """What would be worth a second look if this were charted, as of a new injection or of the one that is named.
    Changes nothing. Raises NotFound."""
    patient = access.treated(db, viewer, patient_id)
    if injection_id is not None and access.injection(db, viewer, injection_id).patient_id != patient.id:
        raise NotFound("injection")
    return _warned(db, patient, entry, injection_id)


def timeline_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[InjectionRecord, ...]:
    """Every injection of a patient by its day, cancelled ones too. Five queries, however many there are."""
    patient = access.patient(db, viewer, patient_id)
    found = db.scalars(
        select(t.Injection)
        .where(t.Injection.patient_id == patient.id)
        .options(selectinload(t.Injection.charts).selectinload(t.InjectionChart.sites))
    ).all()
    holding = [injection.charts[-1] for injection in found]
    names = access.names(db, (chart.charted_by_id for injection in found for chart in injection.charts))
    records = [_record(injection, holding, names) for injection in found]
    return tuple(sorted(records, key=lambda record: (record.holds.on, record.id)))


def read(db: Session, viewer: Viewer, patient_id: UUID, injection_id: UUID) -> InjectionRecord:
    """One injection of this patient with all of its charts. Raises NotFound."""
    for record in timeline_of(db, viewer, patient_id):
        if record.id == injection_id:
            return record
    raise NotFound("injection")


def _about_new(patient: t.Patient, entry: ChartEntry, now: datetime) -> list[Refusal]:
    refusals = charts.refusals(entry, zone=patient.zone, now=now)
    if entry.state == "cancelled":
        refusals.append(Refusal("state", "cancelled_before_planned"))
    if entry.state == "planned" and entry.on < local_day(now, zone=patient.zone):
        refusals.append(Refusal("on", "planned_in_the_past"))
    return refusals


def _effect(db: Session, patient: t.Patient, entry: ChartEntry, injection_id: UUID | None, now: datetime) -> Effect:
    known = plans.facts(db, patient, now=now, performed=False)
    charted = InjectionFacts(
        id=injection_id or _NOT_CHARTED_YET,
        on=entry.on,
        given=entry.state == "given",
        cancelled=entry.state == "cancelled",
        insertion_on=entry.insertion_on,
        product=entry.product,
        units=entry.units,
    )
    return effect_of(known.assignments, _by(charted, known.assignments), today=known.today)


def _by(charted: InjectionFacts, assignments: Sequence[AssignmentFacts]) -> list[AssignmentFacts]:
    return [
        replace(
            assignment,
            injection=charted
            if assignment.injection and assignment.injection.id == charted.id
            else assignment.injection,
            injections=(*(each for each in assignment.injections if each.id != charted.id), charted),
        )
        for assignment in assignments
    ]


def _tell(
    db: Session,
    viewer: Viewer,
    patient: t.Patient,
    effect: Effect,
    entry: ChartEntry,
    before: t.InjectionChart | None,
    now: datetime,
) -> None:
    """She is told where her plan changes by it; the reason of a correction is the clinic's own."""
    if effect.is_empty:
        return
    body: dict[str, notices.Value] = {"on": entry.on, "state": entry.state}
    if before is not None and before.on != entry.on and before.state != "cancelled":
        body["before"] = before.on
    if before is not None and before.insertion_on != entry.insertion_on:
        body["insertion_on"] = entry.insertion_on
    notices.tell(db, patient, "injection_moved", body, by=viewer.account_id, now=now)


def _was_given(chart: t.InjectionChart, before: t.InjectionChart) -> bool:
    return before.state == "planned" and chart.state == "given"


def _record(injection: t.Injection, holding: list[t.InjectionChart], names: Mapping[UUID, str]) -> InjectionRecord:
    *earlier, holds = injection.charts
    others = [chart for chart in holding if chart.injection_id != injection.id and chart.state != "cancelled"]
    return InjectionRecord(
        id=injection.id,
        patient_id=injection.patient_id,
        holds=holds,
        earlier=tuple(reversed(earlier)),
        warnings=charts.warnings(
            _entry_of(holds),
            earlier=[_entry_of(chart) for chart in reversed(earlier)],
            others=[chart.on for chart in others],
        ),
        names=names,
    )


def _given_on(db: Session, patient: t.Patient) -> set[date]:
    found = db.execute(
        select(t.InjectionChart.injection_id, t.InjectionChart.state, t.InjectionChart.on)
        .join(t.Injection)
        .where(t.Injection.patient_id == patient.id)
        .order_by(t.InjectionChart.number)
    )
    holding = {chart.injection_id: chart for chart in found}  # the highest number comes last and holds
    return {chart.on for chart in holding.values() if chart.state == "given"}


def _warned(
    db: Session, patient: t.Patient, entry: ChartEntry, injection_id: UUID | None, *, before: int | None = None
) -> tuple[Warned, ...]:
    """`before`: beside the charts that came before this number; None: beside all."""
    found = db.scalars(
        select(t.InjectionChart)
        .join(t.Injection)
        .where(t.Injection.patient_id == patient.id)
        .options(selectinload(t.InjectionChart.sites))
        .order_by(t.InjectionChart.number)
    ).all()
    own = [_entry_of(chart) for chart in found if chart.injection_id == injection_id]
    holding = {chart.injection_id: chart for chart in found}  # the highest number comes last and holds
    others = [
        chart.on for chart in holding.values() if chart.injection_id != injection_id and chart.state != "cancelled"
    ]
    return charts.warnings(entry, earlier=own[: None if before is None else before - 1][::-1], others=others)


def _entry_of(chart: t.InjectionChart) -> ChartEntry:
    names = [each.name for each in fields(ChartEntry) if each.name != "sites"]
    parts = [each.name for each in fields(SiteEntry)]
    sites = tuple(SiteEntry(**{name: getattr(site, name) for name in parts}) for site in chart.sites)
    return ChartEntry(**{name: getattr(chart, name) for name in names}, sites=sites)


def _write(
    db: Session,
    viewer: Viewer,
    injection: t.Injection,
    entry: ChartEntry,
    her_zone: str,
    *,
    number: int,
    reason: str | None,
    now: datetime,
) -> t.InjectionChart:
    owner = {"clinic_id": injection.clinic_id, "team_id": injection.team_id}
    written = {each.name: getattr(entry, each.name) for each in fields(entry) if each.name != "sites"}
    written |= {name: charts.line(written[name]) for name in charts.LINES}
    written |= {name: charts.text_of(written[name]) for name in charts.TEXTS}
    written["zone"] = entry.zone or her_zone
    added = t.InjectionChart(
        **owner,
        **written,
        injection_id=injection.id,
        number=number,
        reason=reason,
        charted_by_id=viewer.account_id,
        charted_at=now,
    )
    db.add(added)
    db.flush()
    db.add_all(
        t.InjectionSite(
            **owner,
            chart_id=added.id,
            position=position,
            muscle=charts.line(site.muscle) or "",
            side=site.side,
            clock=site.clock,
            depth=site.depth,
            units=site.units,
            ml=site.ml,
            punctures=site.punctures,
        )
        for position, site in enumerate(entry.sites, start=1)
    )
    db.flush()
    return added
