"""Injections as charted: a correction is a further chart with a reason, never an overwrite."""

from __future__ import annotations

import uuid
from datetime import date, datetime

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
    """Units belong to their product and are never converted or summed across products."""

    __tablename__ = "injection_chart"
    __table_args__ = (
        UniqueConstraint("injection_id", "number"),
        CheckConstraint("state IN ('planned', 'given', 'cancelled')", name="state"),
        CheckConstraint("units IS NULL OR units > 0", name="units"),
        CheckConstraint("state <> 'given' OR (product IS NOT NULL AND units IS NOT NULL)", name="given"),
    )

    injection_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection.id"), index=True)
    number: Mapped[int]
    state: Mapped[str]
    on: Mapped[date] = mapped_column("on_day")  # the day planned or given, on the patient's calendar
    product: Mapped[str | None]
    units: Mapped[float | None]
    insertion_on: Mapped[date | None]  # earliest day on which the injector allows insertion
    operator: Mapped[str | None] = mapped_column(EncryptedText("injection_chart.operator"))
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
    )

    chart_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("injection_chart.id"), index=True)
    position: Mapped[int]
    muscle: Mapped[str]
    side: Mapped[str]
    clock: Mapped[int | None]
    units: Mapped[float]
    chart: Mapped[InjectionChart] = relationship(back_populates="sites")
