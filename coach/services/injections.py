"""Charting injections: planned or given, corrected by a further chart with a reason, never overwritten or deleted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.services import access, charts
from coach.services.access import NotFound, Viewer
from coach.services.charts import ChartEntry, Warned
from coach.services.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Charted:
    """What was written down, and what is worth a second look."""

    injection: t.Injection
    chart: t.InjectionChart
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class InjectionRecord:
    """One injection: the chart that holds, the ones before it (newest first), and the days to its nearest neighbour."""

    id: UUID
    patient_id: UUID
    holds: t.InjectionChart
    earlier: tuple[t.InjectionChart, ...]
    warnings: tuple[Warned, ...]

    @property
    def corrections(self) -> int:
        """How often it was charted again, but for what was planned and then given."""
        newest_first = [self.holds, *self.earlier]
        return sum(not _was_given(then, before) for then, before in pairwise(newest_first))

    @property
    def is_corrected(self) -> bool:
        """Whether the chart that holds corrects the one before it."""
        return bool(self.earlier) and not _was_given(self.holds, self.earlier[0])


def chart(db: Session, viewer: Viewer, patient_id: UUID, entry: ChartEntry, *, now: datetime) -> Charted:
    """A new injection. What is worth a second look is a warning, not a refusal. Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    refusals = charts.refusals(entry, zone=patient.zone, now=now)
    if entry.state == "cancelled":
        refusals.append(Refusal("state", "cancelled_before_planned"))
    if entry.state == "planned" and entry.on < local_day(now, zone=patient.zone):
        refusals.append(Refusal("on", "planned_in_the_past"))
    if refusals:
        raise Refused(*refusals)
    injection = t.Injection(clinic_id=patient.clinic_id, team_id=patient.team_id, patient_id=patient.id, created_at=now)
    db.add(injection)
    db.flush()
    added = _write(db, viewer, injection, entry, patient.zone, number=1, reason=None, now=now)
    return Charted(injection, added, _warnings(added, _others(db, injection)))


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
    number = last.number + 1
    added = _write(db, viewer, injection, entry, patient.zone, number=number, reason=reason or None, now=now)
    return Charted(injection, added, _warnings(added, _others(db, injection)))


def timeline_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[InjectionRecord, ...]:
    """Every injection of a patient by its day, cancelled ones too. Three queries, however many there are."""
    patient = access.patient(db, viewer, patient_id)
    found = db.scalars(
        select(t.Injection)
        .where(t.Injection.patient_id == patient.id)
        .options(selectinload(t.Injection.charts).selectinload(t.InjectionChart.sites))
    ).all()
    holding = [injection.charts[-1] for injection in found]
    records = [_record(injection, holding) for injection in found]
    return tuple(sorted(records, key=lambda record: (record.holds.on, record.id)))


def read(db: Session, viewer: Viewer, patient_id: UUID, injection_id: UUID) -> InjectionRecord:
    """One injection of this patient with all of its charts. Raises NotFound."""
    for record in timeline_of(db, viewer, patient_id):
        if record.id == injection_id:
            return record
    raise NotFound("injection")


def _was_given(chart: t.InjectionChart, before: t.InjectionChart) -> bool:
    return before.state == "planned" and chart.state == "given"


def _record(injection: t.Injection, holding: list[t.InjectionChart]) -> InjectionRecord:
    *earlier, holds = injection.charts
    others = [chart for chart in holding if chart.injection_id != injection.id and chart.state != "cancelled"]
    days = [chart.on for chart in others]
    return InjectionRecord(injection.id, injection.patient_id, holds, tuple(reversed(earlier)), _warnings(holds, days))


def _warnings(chart: t.InjectionChart, others: list[date]) -> tuple[Warned, ...]:
    is_cancelled = chart.state == "cancelled"
    return charts.warnings(chart.on, is_cancelled=is_cancelled, expires_on=chart.expires_on, others=others)


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


def _others(db: Session, injection: t.Injection) -> list[date]:
    """Days of the patient's other injections that are planned or given."""
    charts = db.scalars(
        select(t.InjectionChart)
        .join(t.Injection)
        .where(t.Injection.patient_id == injection.patient_id, t.Injection.id != injection.id)
        .order_by(t.InjectionChart.number)
    )
    holding = {chart.injection_id: chart for chart in charts}  # the highest number comes last and holds
    return [chart.on for chart in holding.values() if chart.state != "cancelled"]
