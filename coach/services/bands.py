"""Typical bands of effect: the clinic's, for every product or for one, and a therapist's own for one injection.

The clinic's numbers are edited in place, and what stood before is kept with who changed it, when and why; for an
injection each change is a further row with its reason. An injection's own
hold before its product's, and these before the clinic's for every product (`domain.bands.rules_for`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CompoundSelect, String, Uuid, bindparam, cast, delete, func, null, select, union_all
from sqlalchemy.orm import Session, aliased, selectinload

from coach.db import tables as t
from coach.db.engine import rows
from coach.domain.bands import BANDS, BandName, BandRule, Begins, begins_of, rules_for
from coach.services import access, plans
from coach.services.access import NotFound, Viewer
from coach.services.charts import LONGEST_LINE, LONGEST_TEXT, line
from coach.services.refusals import Refusal, Refused

LATEST_DAY = 3 * 365  # on which a band may begin
MOST_PRODUCTS = 60  # with bands of their own

Source = Literal["injection", "product", "clinic", "none"]


@dataclass(frozen=True, slots=True)
class ClinicBands:
    """`every_product`, and what products have of their own by their name."""

    every_product: tuple[BandRule, ...]
    products: Mapping[str, tuple[BandRule, ...]]


@dataclass(frozen=True, slots=True)
class BandsBefore:
    """What stood until a clinic's bands were changed: `begins` None where the product had none of its own. `by`: who
    changed them."""

    change: t.ClinicBandChange
    begins: Begins | None
    by: str


@dataclass(frozen=True, slots=True)
class InjectionBands:
    """What holds for one injection and where it is from; `changes` by therapists, newest first. `begins` is None where
    the rules leave days out, which the pages do not let happen."""

    rules: tuple[BandRule, ...]
    source: Source
    begins: Begins | None
    changes: tuple[t.BandChange, ...]
    names: Mapping[UUID, str]

    def by(self, change: t.BandChange) -> str:
        """Who made the change."""
        return self.names[change.changed_by_id]

    @property
    def number(self) -> int:
        """Of the newest change; 0 where there is none."""
        return self.changes[0].number if self.changes else 0


def _rules_of_patient() -> CompoundSelect[Any]:
    """The clinic's rules, and of each injection of a patient the rules of its newest change."""
    newer = aliased(t.BandChange)
    newest = select(func.max(newer.number)).where(newer.injection_id == t.BandChange.injection_id).scalar_subquery()
    clinics = select(
        t.EffectBand.band,
        t.EffectBand.from_day.label("from_day"),
        t.EffectBand.to_day,
        t.EffectBand.product.label("product"),
        cast(null(), Uuid).label("injection_id"),
    ).where(t.EffectBand.clinic_id == bindparam("clinic_id"))
    own = (
        select(
            t.InjectionBand.band,
            t.InjectionBand.from_day,
            t.InjectionBand.to_day,
            cast(null(), String),
            t.BandChange.injection_id,
        )
        .join(t.BandChange, t.BandChange.id == t.InjectionBand.change_id)
        .join(t.Injection, t.Injection.id == t.BandChange.injection_id)
        .where(t.Injection.patient_id == bindparam("patient_id"), t.BandChange.number == newest)
    )
    return union_all(clinics, own).order_by("product", "from_day")


_RULES = _rules_of_patient()


def rules_of(db: Session, patient: t.Patient) -> tuple[BandRule, ...]:
    """Every rule that may hold for a patient whom the caller has made sure that the viewer may see. One query."""
    return tuple(
        BandRule(
            name=row.band,
            from_day=row.from_day,
            to_day=row.to_day,
            product=row.product,
            injection_id=row.injection_id,
        )
        for row in rows(db, _RULES, clinic_id=patient.clinic_id, patient_id=patient.id)
    )


def of_clinic(db: Session, viewer: Viewer) -> ClinicBands:
    """The viewer's own clinic's. Only for therapists; raises NotFound."""
    _therapist(viewer)
    products: dict[str, list[BandRule]] = {}
    every: list[BandRule] = []
    for row in _clinic_rows(db, viewer):
        rule = BandRule(name=_name(row.band), from_day=row.from_day, to_day=row.to_day, product=row.product)
        (every if row.product is None else products.setdefault(row.product, [])).append(rule)
    return ClinicBands(tuple(every), {name: tuple(found) for name, found in sorted(products.items())})


def history_of_clinic(db: Session, viewer: Viewer) -> tuple[BandsBefore, ...]:
    """What the clinic's bands were until they were changed, newest first. Only for therapists; raises NotFound."""
    _therapist(viewer)
    found = db.execute(
        select(t.ClinicBandChange, t.Account.name)
        .join(t.Account, t.Account.id == t.ClinicBandChange.changed_by_id)
        .where(t.ClinicBandChange.clinic_id == viewer.clinic_id)
        .order_by(t.ClinicBandChange.changed_at.desc())
    )
    return tuple(BandsBefore(row, _began(row), name) for row, name in found)


def edit(
    db: Session,
    viewer: Viewer,
    *,
    product: str | None,
    begins: Begins,
    before: Begins | None = None,
    reason: str,
    now: datetime,
) -> None:
    """The clinic's bands for one product, or for every product that has none of its own (None); what stood is kept.

    `before` is what the editor had before her; Refused with `moved_meanwhile` where something else stands by now.
    Raises NotFound, Refused.
    """
    _therapist(viewer)
    _locked(db, viewer)
    name = line(product)
    known = of_clinic(db, viewer)
    name = next((each for each in known.products if name is not None and each.casefold() == name.casefold()), name)
    refusals = _about(begins)
    if product is not None and name is None:
        refusals.append(Refusal("product", "missing"))
    elif name is not None and len(name) > LONGEST_LINE:
        refusals.append(Refusal("product", "too_long", {"most": LONGEST_LINE}))
    elif name is not None and name not in known.products and len(known.products) >= MOST_PRODUCTS:
        refusals.append(Refusal("product", "too_many", {"most": MOST_PRODUCTS}))
    stands = begins_of(known.every_product if name is None else known.products.get(name, ()))
    refusals += _about_change(stands, before, reason)
    if refusals:
        raise Refused(*refusals)
    _keep(db, viewer, name, stands, reason=reason, now=now)
    _take_away(db, viewer, name)
    db.add_all(
        t.EffectBand(
            clinic_id=viewer.clinic_id, product=name, band=rule.name, from_day=rule.from_day, to_day=rule.to_day
        )
        for rule in begins.rules()
    )
    db.flush()


def follow_every_product(
    db: Session, viewer: Viewer, *, product: str, before: Begins | None, reason: str, now: datetime
) -> None:
    """The product has no bands of its own any more; `before` as for `edit`. Raises NotFound for one that has none,
    Refused."""
    _therapist(viewer)
    _locked(db, viewer)
    known = of_clinic(db, viewer).products
    if product not in known:
        raise NotFound("bands")
    stands = begins_of(known[product])
    if refusals := _about_change(stands, before, reason):
        raise Refused(*refusals)
    _keep(db, viewer, product, stands, reason=reason, now=now)
    _take_away(db, viewer, product)


def of_injection(db: Session, viewer: Viewer, injection_id: UUID) -> InjectionBands:
    """Only for therapists; raises NotFound."""
    injection = access.injection(db, viewer, injection_id)
    patient = access.treated(db, viewer, injection.patient_id)
    changes = _changes(db, injection.id)
    found = rules_for(plans.injection_facts(db, patient.id)[injection.id], rules_of(db, patient))
    first = found[0] if found else None
    source: Source = (
        "none" if first is None else "injection" if first.injection_id else "product" if first.product else "clinic"
    )
    names = access.names(db, (each.changed_by_id for each in changes))
    return InjectionBands(found, source, begins_of(found), changes, names)


def change(
    db: Session,
    viewer: Viewer,
    injection_id: UUID,
    begins: Begins | None,
    *,
    reason: str,
    after: int | None = None,
    now: datetime,
) -> t.BandChange:
    """Bands for one injection, from its therapist; None goes back to the clinic's. Both need a reason.

    `after` is the number of the change that she had before her (0: none); Refused with `moved_meanwhile` where a
    newer one stands by now. Raises NotFound, Refused.
    """
    injection = access.injection(db, viewer, injection_id)
    access.treated(db, viewer, injection.patient_id)
    # Two changes at once would take the same number.
    db.execute(select(t.Injection.id).where(t.Injection.id == injection.id).with_for_update())
    changes = _changes(db, injection.id)
    last = changes[0] if changes else None
    refusals = _about(begins) if begins is not None else []
    if begins is None and (last is None or not last.bands):
        refusals.append(Refusal("begins", "clinics_already"))
    reason = reason.strip()
    if not reason:
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_TEXT}))
    number = last.number if last is not None else 0
    if after is not None and after != number:
        refusals.append(Refusal("after", "moved_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    owner = {"clinic_id": injection.clinic_id, "team_id": injection.team_id}
    added = t.BandChange(
        **owner,
        injection_id=injection.id,
        number=number + 1,
        reason=reason,
        changed_by_id=viewer.account_id,
        changed_at=now,
    )
    db.add(added)
    db.flush()
    db.add_all(
        t.InjectionBand(**owner, change_id=added.id, band=rule.name, from_day=rule.from_day, to_day=rule.to_day)
        for rule in (begins.rules() if begins is not None else ())
    )
    db.flush()
    return added


def _changes(db: Session, injection_id: UUID) -> tuple[t.BandChange, ...]:
    """Newest first."""
    return tuple(
        db.scalars(
            select(t.BandChange)
            .where(t.BandChange.injection_id == injection_id)
            .options(selectinload(t.BandChange.bands))
            .order_by(t.BandChange.number.desc())
        )
    )


def _clinic_rows(db: Session, viewer: Viewer) -> Iterable[t.EffectBand]:
    return db.scalars(
        select(t.EffectBand).where(t.EffectBand.clinic_id == viewer.clinic_id).order_by(t.EffectBand.from_day)
    )


def _about_change(stands: Begins | None, before: Begins | None, reason: str) -> list[Refusal]:
    refusals = [] if before == stands else [Refusal("before", "moved_meanwhile")]
    if not reason.strip():
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_TEXT}))
    return refusals


def _keep(
    db: Session, viewer: Viewer, product: str | None, stands: Begins | None, *, reason: str, now: datetime
) -> None:
    db.add(
        t.ClinicBandChange(
            clinic_id=viewer.clinic_id,
            product=product,
            **{name: None if stands is None else getattr(stands, name) for name in BANDS},
            reason=reason.strip(),
            changed_by_id=viewer.account_id,
            changed_at=now,
        )
    )


def _began(row: t.ClinicBandChange) -> Begins | None:
    if row.onset is None or row.plateau is None or row.waning is None or row.worn_off is None:
        return None
    return Begins(onset=row.onset, plateau=row.plateau, waning=row.waning, worn_off=row.worn_off)


def _take_away(db: Session, viewer: Viewer, product: str | None) -> None:
    of_product = t.EffectBand.product.is_(None) if product is None else t.EffectBand.product == product
    db.execute(delete(t.EffectBand).where(t.EffectBand.clinic_id == viewer.clinic_id, of_product))


def _locked(db: Session, viewer: Viewer) -> None:
    """Two edits at once would both stand."""
    db.execute(select(t.Clinic.id).where(t.Clinic.id == viewer.clinic_id).with_for_update())


def _therapist(viewer: Viewer) -> None:
    if viewer.role != "therapist":
        raise NotFound("bands")


def _name(band: str) -> BandName:
    return next(name for name in BANDS if name == band)


def _about(begins: Begins) -> list[Refusal]:
    found = [
        Refusal(name, "impossible_day", {"most": LATEST_DAY})
        for name in BANDS
        if not 0 <= getattr(begins, name) <= LATEST_DAY
    ]
    pair = begins.unordered()
    if not found and pair is not None:
        before, after = pair
        found.append(Refusal(after, "band_out_of_order", {"before": before, "day": getattr(begins, before)}))
    return found
