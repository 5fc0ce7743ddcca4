"""Injections as charted, what was observed of their effect, and side effects: a correction is a further row with a
reason, never an overwrite."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Injection(Identified, Owned, Base):
    """One injection, planned or given. What is known of it stands in its charts; the highest number holds."""

    __tablename__ = "injection"

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    created_at: Mapped[datetime]
    charts: Mapped[list[InjectionChart]] = relationship(order_by="InjectionChart.number", back_populates="injection")


class InjectionChart(Identified, Owned, Base):
    """Units belong to their product and are never converted or summed across products. `units` None in what was given:
    the dose is not known, as of an injection that was given elsewhere."""

    __tablename__ = "injection_chart"
    __table_args__ = (
        UniqueConstraint("injection_id", "number"),
        CheckConstraint("state IN ('planned', 'given', 'cancelled')", name="state"),
        CheckConstraint("units IS NULL OR units > 0", name="units"),
        CheckConstraint("state <> 'given' OR product IS NOT NULL", name="given"),
        CheckConstraint("vial_units IS NULL OR vial_units > 0", name="vial"),
        CheckConstraint("dilution_ml IS NULL OR dilution_ml > 0", name="dilution"),
        CheckConstraint("discarded_units IS NULL OR discarded_units >= 0", name="discarded"),
        CheckConstraint("theatre_mm IS NULL OR (theatre_mm > 0 AND theatre_mm < 100)", name="theatre"),
        CheckConstraint("indwelling_mm IS NULL OR (indwelling_mm > 0 AND indwelling_mm < 100)", name="indwelling"),
    )

    injection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection.id"), index=True)
    number: Mapped[int]
    state: Mapped[str]
    on: Mapped[date] = mapped_column("on_day")  # the day planned or given, on the patient's calendar
    at: Mapped[time | None] = mapped_column("at_time")  # on the wall clock of `zone`
    zone: Mapped[str | None]  # IANA; where she was. None: charted before it was asked
    operator: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.operator"))
    consent_on: Mapped[date | None]

    product: Mapped[str | None]
    units: Mapped[float | None]
    vial_units: Mapped[float | None]
    lot: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.lot"))
    expires_on: Mapped[date | None]
    diluent: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.diluent"))
    dilution_ml: Mapped[float | None]  # added to one vial
    discarded_units: Mapped[float | None]

    guidance: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.guidance"))  # open lists, as the next
    needle: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.needle"))
    anaesthesia: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.anaesthesia"))
    anaesthetic: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.anaesthetic"))  # agents
    theatre_mm: Mapped[float | None]  # the largest dilator in theatre
    indwelling: Mapped[bool | None]
    indwelling_mm: Mapped[float | None]
    indwelling_until: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.indwelling_until"))

    insertion_on: Mapped[date | None]  # earliest day on which the injector allows insertion
    intercourse_on: Mapped[date | None]  # the injector's other first days
    baths_on: Mapped[date | None]
    exertion_on: Mapped[date | None]
    aftercare: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.aftercare"))
    complications: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.complications"))
    follow_up_on: Mapped[date | None]
    notes: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.notes"))
    reason: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.reason"))
    charted_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    charted_at: Mapped[datetime]
    injection: Mapped[Injection] = relationship(back_populates="charts")
    sites: Mapped[list[InjectionSite]] = relationship(order_by="InjectionSite.position", back_populates="chart")


class InjectionSite(Identified, Owned, Base):
    __tablename__ = "injection_site"
    __table_args__ = (
        UniqueConstraint("chart_id", "position"),
        CheckConstraint("units > 0", name="units"),
        CheckConstraint("side IN ('left', 'right', 'midline')", name="side"),
        CheckConstraint("clock IS NULL OR (clock >= 1 AND clock <= 12)", name="clock"),
        CheckConstraint("depth IS NULL OR depth IN ('submucosal', 'intramuscular', 'fascial')", name="depth"),
        CheckConstraint("ml IS NULL OR ml > 0", name="ml"),
        CheckConstraint("punctures IS NULL OR punctures > 0", name="punctures"),
    )

    chart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection_chart.id"), index=True)
    position: Mapped[int]
    muscle: Mapped[str] = mapped_column(EncryptedText("injection_site.muscle"))
    side: Mapped[str]
    clock: Mapped[int | None]
    depth: Mapped[str | None]
    units: Mapped[float]
    ml: Mapped[float | None]
    punctures: Mapped[int | None]
    chart: Mapped[InjectionChart] = relationship(back_populates="sites")


class InjectionObservation(Identified, Owned, Base):
    """When an effect was first seen, was strongest, began to wear off or had worn off, as observed; the highest number
    of a kind holds, and one without a day takes the one before it back."""

    __tablename__ = "injection_observation"
    __table_args__ = (
        UniqueConstraint("injection_id", "kind", "number"),
        CheckConstraint("kind IN ('first_effect', 'peak', 'wearing_off', 'worn_off')", name="kind"),
    )

    injection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection.id"), index=True)
    kind: Mapped[str]
    number: Mapped[int]
    on: Mapped[date | None] = mapped_column("on_day")
    reason: Mapped[str | None] = mapped_column(EncryptedText("injection_observation.reason"))
    observed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    observed_at: Mapped[datetime]


class BandChange(Identified, Owned, Base):
    """The typical windows of effect as the therapist set them for one injection; the highest number holds, and one
    without bands goes back to the clinic's."""

    __tablename__ = "band_change"
    __table_args__ = (UniqueConstraint("injection_id", "number"),)

    injection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection.id"), index=True)
    number: Mapped[int]
    reason: Mapped[str | None] = mapped_column(EncryptedText("band_change.reason"))
    changed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
    bands: Mapped[list[InjectionBand]] = relationship(order_by="InjectionBand.from_day")


class InjectionBand(Identified, Owned, Base):
    """Days since the injection, both inside; `to_day` None goes on."""

    __tablename__ = "injection_band"
    __table_args__ = (
        UniqueConstraint("change_id", "band"),
        CheckConstraint("band IN ('onset', 'plateau', 'waning', 'worn_off')", name="band"),
        CheckConstraint("from_day >= 0 AND (to_day IS NULL OR to_day >= from_day)", name="order"),
    )

    change_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("band_change.id"), index=True)
    band: Mapped[str]
    from_day: Mapped[int]
    to_day: Mapped[int | None]


class SideEffect(Identified, Owned, Base):
    """Something that came after an injection and may come from it. What is known stands in its records."""

    __tablename__ = "side_effect"

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    injection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection.id"), index=True)
    created_at: Mapped[datetime]
    records: Mapped[list[SideEffectRecord]] = relationship(order_by="SideEffectRecord.number")


class SideEffectRecord(Identified, Owned, Base):
    """The highest number holds. `ended_on` None: still there, as far as is known."""

    __tablename__ = "side_effect_record"
    __table_args__ = (
        UniqueConstraint("side_effect_id", "number"),
        CheckConstraint("severity IN ('mild', 'moderate', 'severe')", name="severity"),
        CheckConstraint("ended_on IS NULL OR ended_on >= began_on", name="order"),
    )

    side_effect_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("side_effect.id"), index=True)
    number: Mapped[int]
    what: Mapped[str] = mapped_column(EncryptedText("side_effect_record.what"))  # an open list
    severity: Mapped[str]
    began_on: Mapped[date]
    ended_on: Mapped[date | None]
    withdrawn: Mapped[bool]  # charted by mistake
    action: Mapped[str | None] = mapped_column(EncryptedText("side_effect_record.action"))
    reason: Mapped[str | None] = mapped_column(EncryptedText("side_effect_record.reason"))
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
