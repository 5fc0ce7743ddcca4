"""Side effects as charted after an injection: what, how severe, from when until when, what was done. A correction is a
further record with its reason; one that was charted by mistake is withdrawn, and stays readable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from coach.db import tables as t
from coach.db.engine import rows
from coach.domain.calendar import local_day
from coach.services import access
from coach.services.access import NotFound, Viewer
from coach.services.charts import LONGEST_LINE, LONGEST_TEXT, N_, line, text_of
from coach.services.refusals import Refusal, Refused

Severity = Literal["mild", "moderate", "severe"]
SEVERITIES: tuple[Severity, ...] = ("mild", "moderate", "severe")

# An open list: others are typed in. Its terms are stored as they stand here, in whatever language they were chosen.
# Expected ones first, then those that series of pelvic injections report (Pacik &
# Geletta 2017; Adelowo 2013; Halder 2017), then what the boxed warning of the products' labels names.
WHAT = (
    N_("bruising"),
    N_("soreness"),
    N_("light bleeding"),
    N_("urine leakage"),
    N_("difficulty passing urine"),
    N_("urinary tract infection"),
    N_("leakage of wind or stool"),
    N_("constipation"),
    N_("rectal pain"),
    N_("vaginal dryness"),
    N_("blurred vision"),
    N_("leg weakness"),
    N_("fever"),
    N_("allergic reaction"),
    N_("difficulty swallowing"),
    N_("difficulty speaking"),
    N_("difficulty breathing"),
    N_("general weakness"),
    N_("double vision"),
    N_("drooping eyelids"),
    N_("hoarseness"),
)


# What may tell that the toxin spreads (boxed warning of the labels), or of an allergy: worth a look however mild.
ALARMING = frozenset(
    {
        "allergic reaction",
        "difficulty swallowing",
        "difficulty speaking",
        "difficulty breathing",
        "general weakness",
        "double vision",
        "drooping eyelids",
        "hoarseness",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SideEffectEntry:
    """Days on the patient's calendar; `ended_on` None: still there."""

    what: str
    severity: str
    began_on: date
    ended_on: date | None = None
    action: str | None = None
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One side effect: the record that holds, and the ones before it (newest first)."""

    id: UUID
    patient_id: UUID
    injection_id: UUID
    holds: t.SideEffectRecord
    earlier: tuple[t.SideEffectRecord, ...]
    names: Mapping[UUID, str]

    def by(self, record: t.SideEffectRecord) -> str:
        """Who wrote the record."""
        return self.names[record.recorded_by_id]

    @property
    def is_open(self) -> bool:
        return self.holds.ended_on is None and not self.holds.withdrawn

    @property
    def asks_for_attention(self) -> bool:
        return self.is_open and (self.holds.severity != "mild" or self.holds.what.casefold() in ALARMING)


@dataclass(frozen=True, slots=True)
class StillThere:
    """A side effect without an end, as its newest record tells it."""

    id: UUID
    what: str
    severity: Severity
    began_on: date


_newer = aliased(t.SideEffectRecord)
_STILL_THERE = (
    select(t.SideEffect.id, t.SideEffectRecord.what, t.SideEffectRecord.severity, t.SideEffectRecord.began_on)
    .join(t.SideEffect, t.SideEffect.id == t.SideEffectRecord.side_effect_id)
    .where(
        t.SideEffect.patient_id == bindparam("patient_id"),
        t.SideEffectRecord.number
        == select(func.max(_newer.number)).where(_newer.side_effect_id == t.SideEffect.id).scalar_subquery(),
        t.SideEffectRecord.ended_on.is_(None),
        t.SideEffectRecord.withdrawn.is_(False),
    )
    .order_by(t.SideEffectRecord.began_on.desc(), t.SideEffectRecord.recorded_at.desc())
)


def chart(db: Session, viewer: Viewer, injection_id: UUID, entry: SideEffectEntry, *, now: datetime) -> t.SideEffect:
    """A new one, after an injection that was given. Raises NotFound, Refused."""
    injection = access.injection(db, viewer, injection_id)
    patient = access.treated(db, viewer, injection.patient_id)
    refusals = _about(entry, _chart_of(db, injection_id), today=local_day(now, zone=patient.zone))
    if entry.withdrawn:
        refusals.append(Refusal("withdrawn", "withdrawn_before_charted"))
    if refusals:
        raise Refused(*refusals)
    added = t.SideEffect(
        clinic_id=patient.clinic_id,
        team_id=patient.team_id,
        patient_id=patient.id,
        injection_id=injection.id,
        created_at=now,
    )
    db.add(added)
    db.flush()
    _write(db, viewer, added, entry, number=1, reason=None, now=now)
    return added


def correct(
    db: Session,
    viewer: Viewer,
    side_effect_id: UUID,
    entry: SideEffectEntry,
    *,
    reason: str,
    after: int | None = None,
    now: datetime,
) -> None:
    """A further record. It needs a reason, but where it says no more than that the side effect has ended, and what was
    done: that is how it went on.

    `after` is the number of the record that the corrector had before her; Refused with `corrected_meanwhile` where a
    newer one stands by now. Raises NotFound, Refused.
    """
    found = _own(db, viewer, side_effect_id)
    patient = access.treated(db, viewer, found.patient_id)
    # Two corrections at once would take the same number.
    db.execute(select(t.SideEffect.id).where(t.SideEffect.id == found.id).with_for_update())
    last = db.scalars(
        select(t.SideEffectRecord)
        .where(t.SideEffectRecord.side_effect_id == found.id)
        .order_by(t.SideEffectRecord.number.desc())
        .limit(1)
    ).one()
    # The chart's day may have been corrected since: a beginning that stands there already is not refused for it.
    is_moved = entry.began_on != last.began_on
    refusals = _about(
        entry, _chart_of(db, found.injection_id), today=local_day(now, zone=patient.zone), is_moved=is_moved
    )
    reason = reason.strip()
    if not reason and not _went_on(last, entry):
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_TEXT}))
    if after is not None and after != last.number:
        refusals.append(Refusal("after", "corrected_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    _write(db, viewer, found, entry, number=last.number + 1, reason=reason or None, now=now)


def of_injection(db: Session, viewer: Viewer, injection_id: UUID) -> tuple[Told, ...]:
    """Those still there first, then by when they began, newest first; withdrawn ones last. Raises NotFound."""
    injection = access.injection(db, viewer, injection_id)
    access.treated(db, viewer, injection.patient_id)
    found = list(_told(db, _all(db, t.SideEffect.injection_id == injection.id)))
    found.sort(key=lambda each: each.holds.began_on, reverse=True)
    return tuple(sorted(found, key=lambda each: (each.holds.withdrawn, not each.is_open)))


def read(db: Session, viewer: Viewer, patient_id: UUID, side_effect_id: UUID) -> Told:
    """One of this patient's with all of its records. Raises NotFound."""
    found = _own(db, viewer, side_effect_id)
    if found.patient_id != patient_id:
        raise NotFound("side effect")
    access.treated(db, viewer, found.patient_id)
    return next(_told(db, [found]))


def open_of(db: Session, patient_id: UUID) -> tuple[StillThere, ...]:
    """Those still there of a patient whom the caller has made sure that the viewer may see, the newest first. One
    query."""
    found = rows(db, _STILL_THERE, patient_id=patient_id)
    return tuple(StillThere(row.id, row.what, row.severity, row.began_on) for row in found)


def _all(db: Session, whose: object) -> Sequence[t.SideEffect]:
    return db.scalars(
        select(t.SideEffect)
        .where(whose)  # type: ignore[arg-type]
        .options(selectinload(t.SideEffect.records))
        .order_by(t.SideEffect.created_at, t.SideEffect.id)
        .execution_options(populate_existing=True)
    ).all()


def _told(db: Session, found: Sequence[t.SideEffect]) -> Iterator[Told]:
    names = access.names(db, (record.recorded_by_id for each in found for record in each.records))
    for each in found:
        *earlier, holds = each.records
        yield Told(each.id, each.patient_id, each.injection_id, holds, tuple(reversed(earlier)), names)


def _own(db: Session, viewer: Viewer, side_effect_id: UUID) -> t.SideEffect:
    found = db.scalars(
        select(t.SideEffect)
        .where(
            t.SideEffect.id == side_effect_id,
            t.SideEffect.patient_id.in_(access.patients_of(viewer).with_only_columns(t.Patient.id)),
        )
        .options(selectinload(t.SideEffect.records))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("side effect")
    return found


def _chart_of(db: Session, injection_id: UUID) -> t.InjectionChart:
    return db.scalars(
        select(t.InjectionChart)
        .where(t.InjectionChart.injection_id == injection_id)
        .order_by(t.InjectionChart.number.desc())
        .limit(1)
    ).one()


def _write(
    db: Session,
    viewer: Viewer,
    side_effect: t.SideEffect,
    entry: SideEffectEntry,
    *,
    number: int,
    reason: str | None,
    now: datetime,
) -> None:
    db.add(
        t.SideEffectRecord(
            clinic_id=side_effect.clinic_id,
            team_id=side_effect.team_id,
            side_effect_id=side_effect.id,
            number=number,
            what=line(entry.what) or "",
            severity=entry.severity,
            began_on=entry.began_on,
            ended_on=entry.ended_on,
            withdrawn=entry.withdrawn,
            action=text_of(entry.action),
            reason=reason,
            recorded_by_id=viewer.account_id,
            recorded_at=now,
        )
    )
    db.flush()


def _went_on(last: t.SideEffectRecord, entry: SideEffectEntry) -> bool:
    """Whether the entry only says that it has ended, with what was done where nothing was told before."""
    same = (last.what, last.severity, last.began_on, last.withdrawn) == (
        line(entry.what),
        entry.severity,
        entry.began_on,
        entry.withdrawn,
    )
    is_told = last.action is None or last.action == text_of(entry.action)
    return same and is_told and last.ended_on is None and entry.ended_on is not None


def _about(entry: SideEffectEntry, holds: t.InjectionChart, *, today: date, is_moved: bool = True) -> list[Refusal]:
    refusals: list[Refusal] = []
    if holds.state != "given" and not entry.withdrawn:
        refusals.append(Refusal("began_on", "not_given"))
    elif is_moved and entry.began_on < holds.on and not entry.withdrawn:
        refusals.append(Refusal("began_on", "before_injection"))
    if entry.began_on > today:
        refusals.append(Refusal("began_on", "still_to_come"))
    if entry.ended_on is not None and entry.ended_on > today:
        refusals.append(Refusal("ended_on", "still_to_come"))
    elif entry.ended_on is not None and entry.ended_on < entry.began_on:
        refusals.append(Refusal("ended_on", "ended_before_it_began"))
    if line(entry.what) is None:
        refusals.append(Refusal("what", "missing"))
    elif len(entry.what) > LONGEST_LINE:
        refusals.append(Refusal("what", "too_long", {"most": LONGEST_LINE}))
    if entry.severity not in SEVERITIES:
        refusals.append(Refusal("severity", "unknown_severity"))
    if len(entry.action or "") > LONGEST_TEXT:
        refusals.append(Refusal("action", "too_long", {"most": LONGEST_TEXT}))
    return refusals
