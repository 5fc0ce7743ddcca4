"""Clinics, their teams, and the numbers that a clinic edits: typical effect bands and the generic dilator set."""

from __future__ import annotations

import uuid
from datetime import datetime, time

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coach.db.tables.base import Base, Identified, only_where
from coach.db.types import EncryptedText


class Clinic(Identified, Base):
    __tablename__ = "clinic"

    name: Mapped[str] = mapped_column(EncryptedText("clinic.name"))
    contact: Mapped[str | None] = mapped_column(EncryptedText("clinic.contact"))  # shown to patients: whom to call
    emergency_number: Mapped[str | None] = mapped_column(EncryptedText("clinic.emergency_number"))  # of its country
    quiet_from: Mapped[time]
    quiet_to: Mapped[time]
    created_at: Mapped[datetime]


class Team(Identified, Base):
    __tablename__ = "team"

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinic.id"), index=True)
    name: Mapped[str] = mapped_column(EncryptedText("team.name"))


class EffectBand(Identified, Base):
    """A typical window of effect in days since the injection, both inside; `product` None means every product."""

    __tablename__ = "effect_band"
    __table_args__ = (
        UniqueConstraint("clinic_id", "product", "band"),
        # NULLs are all different to a unique constraint, so the bands of every product need one of their own.
        Index("uq_effect_band_every_product", "clinic_id", "band", unique=True, **only_where("product IS NULL")),
        CheckConstraint("band IN ('onset', 'plateau', 'waning', 'worn_off')", name="band"),
        CheckConstraint("from_day >= 0 AND (to_day IS NULL OR to_day >= from_day)", name="order"),
    )

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinic.id"), index=True)
    product: Mapped[str | None]
    band: Mapped[str]  # onset, plateau, waning, worn_off
    from_day: Mapped[int]
    to_day: Mapped[int | None]


class ClinicBandChange(Identified, Base):
    """What stood until a clinic's bands of one product (None: of every product) were changed, by the days on which
    they began; all four None where the product had none of its own. What holds stands in EffectBand."""

    __tablename__ = "clinic_band_change"
    __table_args__ = (
        CheckConstraint("(onset IS NULL) = (plateau IS NULL) AND (onset IS NULL) = (waning IS NULL)", name="half"),
        CheckConstraint("(onset IS NULL) = (worn_off IS NULL)", name="other_half"),
    )

    clinic_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("clinic.id"), index=True)
    product: Mapped[str | None]
    onset: Mapped[int | None]
    plateau: Mapped[int | None]
    waning: Mapped[int | None]
    worn_off: Mapped[int | None]
    reason: Mapped[str] = mapped_column(EncryptedText("clinic_band_change.reason"))
    changed_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    changed_at: Mapped[datetime]
