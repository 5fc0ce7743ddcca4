"""What was observed of an injection's effect: first seen, strongest, beginning to wear off, worn off. Each is a further
row; one without a day takes the one before it back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows
from coach.domain.bands import OBSERVED, Observed, ObservedKind, effects_of
from coach.domain.calendar import local_day
from coach.domain.course import InjectionFacts
from coach.services import access, injections
from coach.services.access import Viewer
from coach.services.charts import LONGEST_TEXT
from coach.services.injections import InjectionRecord
from coach.services.refusals import Refusal, Refused

_OF_PATIENT = (
    select(
        t.InjectionObservation.injection_id,
        t.InjectionObservation.kind,
        t.InjectionObservation.on.label("on"),
    )
    .join(t.Injection, t.Injection.id == t.InjectionObservation.injection_id)
    .where(t.Injection.patient_id == bindparam("patient_id"))
    .order_by(t.InjectionObservation.number)
)


@dataclass(frozen=True, slots=True)
class Observations:
    """Of one injection: the row that holds for each kind that has a day, and all that was ever noted, newest first."""

    holds: Mapping[ObservedKind, t.InjectionObservation]
    history: tuple[t.InjectionObservation, ...]
    names: Mapping[UUID, str]

    def by(self, row: t.InjectionObservation) -> str:
        """Who noted it."""
        return self.names[row.observed_by_id]

    def number_of(self, kind: str) -> int:
        """Of the newest row of a kind; 0 where there is none."""
        return max((row.number for row in self.history if row.kind == kind), default=0)

    @property
    def is_changed(self) -> bool:
        """Whether the history says more than what holds."""
        return len(self.history) > len(self.holds)


def note(
    db: Session,
    viewer: Viewer,
    injection_id: UUID,
    *,
    kind: str,
    on: date | None,
    reason: str = "",
    after: int | None = None,
    now: datetime,
) -> t.InjectionObservation:
    """Notes the day on which something was observed; None takes what was noted back. Both of these need a reason once
    a day stands there, and the first note none.

    `after` is the number of the row that the noter had before her (0: none); Refused with `noted_meanwhile` where a
    newer one stands by now. Raises NotFound, Refused.
    """
    injection = access.injection(db, viewer, injection_id)
    patient = access.treated(db, viewer, injection.patient_id)
    # Two notes at once would take the same number.
    db.execute(select(t.Injection.id).where(t.Injection.id == injection.id).with_for_update())
    if kind not in OBSERVED:
        raise Refused(Refusal("kind", "unknown_kind"))
    timeline = injections.timeline_of(db, viewer, patient.id)
    record = next(each for each in timeline if each.id == injection.id)
    if record.holds.state != "given":
        raise Refused(Refusal("kind", "not_given"))
    known = _of(db, injection.id)
    next_on = min(
        (each.holds.on for each in timeline if each.holds.state == "given" and each.holds.on > record.holds.on),
        default=None,
    )
    refusals = _about_day(known, kind, on, given_on=record.holds.on, next_on=next_on, today=_today(patient, now))
    reason = reason.strip()
    if kind in known.holds and not reason:
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_TEXT}))
    if after is not None and after != known.number_of(kind):
        refusals.append(Refusal("after", "noted_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    added = t.InjectionObservation(
        clinic_id=injection.clinic_id,
        team_id=injection.team_id,
        injection_id=injection.id,
        kind=kind,
        number=known.number_of(kind) + 1,
        on=on,
        reason=reason or None,
        observed_by_id=viewer.account_id,
        observed_at=now,
    )
    db.add(added)
    db.flush()
    return added


def of_injection(db: Session, viewer: Viewer, injection_id: UUID) -> Observations:
    """Only for therapists; raises NotFound."""
    injection = access.injection(db, viewer, injection_id)
    access.treated(db, viewer, injection.patient_id)
    return _of(db, injection.id)


def fitting(db: Session, viewer: Viewer, record: InjectionRecord, known: Observations) -> tuple[Observed, ...]:
    """What of it says something about this injection, as a timeline draws it: its chart may have been corrected since,
    and then a day may lie before the injection or from the next one on. Raises NotFound."""
    noted = [Observed(record.id, kind, row.on) for kind, row in known.holds.items() if row.on is not None]
    given = [
        InjectionFacts(id=each.id, on=each.holds.on, given=True, cancelled=False)
        for each in injections.timeline_of(db, viewer, record.patient_id)
        if each.holds.state == "given"
    ]
    effects = effects_of(given, rules=(), observed=noted)
    return next((effect.observed for effect in effects if effect.injection_id == record.id), ())


def of_patient(db: Session, patient_id: UUID) -> tuple[Observed, ...]:
    """What holds of all injections of a patient whom the caller has made sure that the viewer may see. One query; no
    free text is read."""
    holds = {(row.injection_id, row.kind): row.on for row in rows(db, _OF_PATIENT, patient_id=patient_id)}
    return tuple(Observed(injection_id, kind, on) for (injection_id, kind), on in holds.items() if on is not None)


def _of(db: Session, injection_id: UUID) -> Observations:
    found = db.scalars(
        select(t.InjectionObservation)
        .where(t.InjectionObservation.injection_id == injection_id)
        .order_by(t.InjectionObservation.observed_at.desc(), t.InjectionObservation.number.desc())
    ).all()
    return Observations(_holding(found), tuple(found), access.names(db, (row.observed_by_id for row in found)))


def _holding(found: Sequence[t.InjectionObservation]) -> Mapping[ObservedKind, t.InjectionObservation]:
    newest = {row.kind: row for row in sorted(found, key=lambda row: row.number)}
    return {kind: newest[kind] for kind in OBSERVED if kind in newest and newest[kind].on is not None}


def _today(patient: t.Patient, now: datetime) -> date:
    return local_day(now, zone=patient.zone)


def _about_day(
    known: Observations, kind: str, on: date | None, *, given_on: date, next_on: date | None, today: date
) -> list[Refusal]:
    if on is None:
        return [] if kind in known.holds else [Refusal("on", "missing")]
    if on < given_on:
        return [Refusal("on", "before_injection")]
    if on > today:
        return [Refusal("on", "still_to_come")]
    if next_on is not None and on >= next_on:
        return [Refusal("on", "after_next_injection", {"day": next_on})]
    days = {each: row.on for each, row in known.holds.items() if row.on is not None} | {
        cast(ObservedKind, kind): on,
    }
    in_order = [(each, days[each]) for each in OBSERVED if each in days]
    for (first, first_on), (second, second_on) in pairwise(in_order):
        if second_on < first_on:
            return [Refusal("on", "out_of_order", {"first": first, "second": second})]
    return []
