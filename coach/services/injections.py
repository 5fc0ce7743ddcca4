"""Charting injections: planned or given, corrected by a further chart with a reason, never overwritten or deleted.

Units belong to their product (the makers' assays differ): they are never converted, nor summed across products.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.services import access
from coach.services.access import NotFound, Viewer
from coach.services.refusals import Refusal, Refused

State = Literal["planned", "given", "cancelled"]
SIDES = ("left", "right", "midline")

# An open list: others are typed in. INN (brand), as in the makers' labels.
PRODUCTS = (
    "onabotulinumtoxinA (Botox)",
    "abobotulinumtoxinA (Dysport)",
    "incobotulinumtoxinA (Xeomin)",
    "rimabotulinumtoxinB (Myobloc)",
    "daxibotulinumtoxinA (Daxxify)",
    "letibotulinumtoxinA (Letybo)",
    "prabotulinumtoxinA (Jeuveau)",
)
# Sites that published techniques name; also open.
MUSCLES = (
    "bulbospongiosus",
    "superficial transverse perinei",
    "perineal body",
    "lateral submucosal introitus",
    "puborectalis",
    "pubococcygeus",
    "iliococcygeus",
    "coccygeus",
    "obturator internus",
    "piriformis",
)

# Labels of the type A products give 12 weeks between treatments (e.g. Botox, US prescribing information, 2.1); time
# to re-treatment was 81-84 days in a cervical dystonia trial. Less is worth a second look; her clinician decides.
SHORT_INTERVAL_DAYS = 84

MOST_UNITS = 50_000
MOST_SITES = 60
LONGEST_LINE = 120  # characters: product, muscle, operator
LONGEST_TEXT = 10_000  # characters: notes, reason
FARTHEST = timedelta(days=3 * 366)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """One place that was injected; `clock` is the position 1 to 12 where one was noted."""

    muscle: str
    side: str
    units: float
    clock: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """What is charted of one injection. `on` and `insertion_on` are days on the patient's calendar."""

    state: State
    on: date
    product: str | None = None
    units: float | None = None
    sites: tuple[SiteEntry, ...] = ()
    insertion_on: date | None = None
    operator: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class ShortInterval:
    """A warning: only so many days between this injection and the nearest other one."""

    days: int
    other_on: date


@dataclass(frozen=True, slots=True)
class Charted:
    """What was written down, and what is worth a second look."""

    injection: t.Injection
    chart: t.InjectionChart
    warnings: tuple[ShortInterval, ...]


@dataclass(frozen=True, slots=True)
class InjectionRecord:
    """One injection: the chart that holds, the ones before it (newest first), and the days to its nearest neighbour."""

    id: UUID
    patient_id: UUID
    holds: t.InjectionChart
    earlier: tuple[t.InjectionChart, ...]
    warnings: tuple[ShortInterval, ...]

    @property
    def corrections(self) -> int:
        """How often it was charted again, but for what was planned and then given."""
        charts = [self.holds, *self.earlier]
        return sum(not _was_given(then, before) for then, before in pairwise(charts))

    @property
    def is_corrected(self) -> bool:
        """Whether the chart that holds corrects the one before it."""
        return bool(self.earlier) and not _was_given(self.holds, self.earlier[0])


def chart(db: Session, viewer: Viewer, patient_id: UUID, entry: ChartEntry, *, now: datetime) -> Charted:
    """A new injection. Less than 84 days to another is a warning, not a refusal. Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    today = _today(patient, now)
    refusals = _about(entry, today)
    if entry.state == "cancelled":
        refusals.append(Refusal("state", "cancelled_before_planned"))
    if entry.state == "planned" and entry.on < today:
        refusals.append(Refusal("on", "planned_in_the_past"))
    if refusals:
        raise Refused(*refusals)
    injection = t.Injection(clinic_id=patient.clinic_id, team_id=patient.team_id, patient_id=patient.id, created_at=now)
    db.add(injection)
    db.flush()
    added = _write(db, viewer, injection, entry, number=1, reason=None, now=now)
    return Charted(injection, added, _short_intervals(entry, _others(db, injection)))


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
    refusals = _about(entry, _today(patient, now))
    reason = reason.strip()
    if not reason and not (last.state == "planned" and entry.state == "given"):
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_TEXT}))
    if after is not None and after != last.number:
        refusals.append(Refusal("after", "corrected_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    added = _write(db, viewer, injection, entry, number=last.number + 1, reason=reason or None, now=now)
    return Charted(injection, added, _short_intervals(entry, _others(db, injection)))


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
    warnings = () if holds.state == "cancelled" else _nearest(holds.on, [chart.on for chart in others])
    return InjectionRecord(injection.id, injection.patient_id, holds, tuple(reversed(earlier)), warnings)


def _today(patient: t.Patient, now: datetime) -> date:
    return local_day(now, zone=patient.zone)


def _write(
    db: Session,
    viewer: Viewer,
    injection: t.Injection,
    entry: ChartEntry,
    *,
    number: int,
    reason: str | None,
    now: datetime,
) -> t.InjectionChart:
    owner = {"clinic_id": injection.clinic_id, "team_id": injection.team_id}
    added = t.InjectionChart(
        **owner,
        injection_id=injection.id,
        number=number,
        state=entry.state,
        on=entry.on,
        product=_line(entry.product),
        units=entry.units,
        insertion_on=entry.insertion_on,
        operator=_line(entry.operator),
        notes=(entry.notes or "").strip() or None,
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
            muscle=_line(site.muscle) or "",
            side=site.side,
            clock=site.clock,
            units=site.units,
        )
        for position, site in enumerate(entry.sites, start=1)
    )
    db.flush()
    return added


def _line(text: str | None) -> str | None:
    """One line; what cannot be printed counts as a space: PostgreSQL stores no NUL, and nobody reads any of it."""
    return " ".join("".join(each if each.isprintable() else " " for each in text or "").split()) or None


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


def _short_intervals(entry: ChartEntry, others: list[date]) -> tuple[ShortInterval, ...]:
    return () if entry.state == "cancelled" else _nearest(entry.on, others)


def _nearest(on: date, others: list[date]) -> tuple[ShortInterval, ...]:
    if not others:
        return ()
    nearest = min(others, key=lambda other: (abs((on - other).days), other))
    days = abs((on - nearest).days)
    return (ShortInterval(days, nearest),) if days < SHORT_INTERVAL_DAYS else ()


def _about(entry: ChartEntry, today: date) -> list[Refusal]:
    refusals: list[Refusal] = []
    if entry.state not in ("planned", "given", "cancelled"):
        refusals.append(Refusal("state", "unknown_state"))
    if entry.on - today > FARTHEST or entry.on.year < 1990:
        refusals.append(Refusal("on", "far_away"))
    if entry.state == "given" and entry.on > today:
        refusals.append(Refusal("on", "given_in_the_future"))
    if entry.insertion_on is not None and entry.insertion_on < entry.on:
        refusals.append(Refusal("insertion_on", "before_injection"))
    elif entry.insertion_on is not None and entry.insertion_on - entry.on > timedelta(days=366):
        refusals.append(Refusal("insertion_on", "far_away"))
    for name in ("product", "operator"):
        if len(getattr(entry, name) or "") > LONGEST_LINE:
            refusals.append(Refusal(name, "too_long", {"most": LONGEST_LINE}))
    if len(entry.notes or "") > LONGEST_TEXT:
        refusals.append(Refusal("notes", "too_long", {"most": LONGEST_TEXT}))
    if entry.state == "given" and _line(entry.product) is None:
        refusals.append(Refusal("product", "missing"))
    if entry.state == "given" and entry.units is None and not entry.sites:
        refusals.append(Refusal("units", "missing"))
    if entry.units is not None and _line(entry.product) is None and entry.state != "given":
        refusals.append(Refusal("product", "units_without_product"))
    if entry.units is not None and not _possible(entry.units):
        refusals.append(Refusal("units", "impossible_units", {"most": MOST_UNITS}))
    return refusals + _about_sites(entry)


def _about_sites(entry: ChartEntry) -> list[Refusal]:
    if len(entry.sites) > MOST_SITES:
        return [Refusal("sites", "too_many", {"most": MOST_SITES})]
    refusals: list[Refusal] = []
    for place, site in enumerate(entry.sites):
        where = f"sites.{place}"
        if _line(site.muscle) is None:
            refusals.append(Refusal(f"{where}.muscle", "missing"))
        elif len(site.muscle) > LONGEST_LINE:
            refusals.append(Refusal(f"{where}.muscle", "too_long", {"most": LONGEST_LINE}))
        if site.side not in SIDES:
            refusals.append(Refusal(f"{where}.side", "unknown_side"))
        if site.clock is not None and not 1 <= site.clock <= 12:
            refusals.append(Refusal(f"{where}.clock", "impossible_clock"))
        if not _possible(site.units):
            refusals.append(Refusal(f"{where}.units", "impossible_units", {"most": MOST_UNITS}))
    if refusals or not entry.sites:
        return refusals
    total = math.fsum(site.units for site in entry.sites)
    if entry.units is None:
        return [Refusal("units", "sites_without_total", {"sum": total})]
    if abs(total - entry.units) > 0.0005:
        return [Refusal("sites", "sum_differs", {"sum": total, "total": entry.units})]
    return []


def _possible(units: float) -> bool:
    return math.isfinite(units) and 0 < units <= MOST_UNITS
