"""Consultations, the intake and those after it: each thing asked in a column of its own, a correction a further record.

None in a column means that it was not asked, or that she did not wish to say.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from coach.db.tables.base import Base, Identified, Owned
from coach.db.types import EncryptedText


class Consultation(Identified, Owned, Base):
    """One consultation. What was taken down stands in its records; the highest number holds."""

    __tablename__ = "consultation"

    patient_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("patient.id"), index=True)
    created_at: Mapped[datetime]
    records: Mapped[list[ConsultationRecord]] = relationship(
        order_by="ConsultationRecord.number", back_populates="consultation"
    )


class ConsultationRecord(Identified, Owned, Base):
    """`grade`: 1 to 4 after Lamont, 5 after Pacik, 0 where none was found. `oxford`: the modified Oxford scale, 0 to 5.
    The PERFECT scheme (Laycock & Jerwood 2001): `power` 0 to 5, `endurance_s` up to 10, `repetitions` up to 10, `fast`
    up to 10.
    """

    __tablename__ = "consultation_record"
    __table_args__ = (
        UniqueConstraint("consultation_id", "number"),
        CheckConstraint("onset IS NULL OR onset IN ('lifelong', 'acquired')", name="onset"),
        CheckConstraint("lasted_months IS NULL OR lasted_months BETWEEN 0 AND 1200", name="lasted"),
        CheckConstraint("grade IS NULL OR grade BETWEEN 0 AND 5", name="grade"),
        CheckConstraint("oxford IS NULL OR oxford BETWEEN 0 AND 5", name="oxford"),
        CheckConstraint("power IS NULL OR power BETWEEN 0 AND 5", name="power"),
        CheckConstraint("endurance_s IS NULL OR endurance_s BETWEEN 0 AND 10", name="endurance"),
        CheckConstraint("repetitions IS NULL OR repetitions BETWEEN 0 AND 10", name="repetitions"),
        CheckConstraint("fast IS NULL OR fast BETWEEN 0 AND 10", name="fast"),
        CheckConstraint("consents IS NULL OR NOT consents OR consent_on IS NOT NULL", name="consent"),
    )

    consultation_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation.id"), index=True)
    number: Mapped[int]
    on: Mapped[date] = mapped_column("on_day")

    onset: Mapped[str | None]
    lasted_months: Mapped[int | None]
    history: Mapped[str | None] = mapped_column(EncryptedText("consultation_record.history"))

    grade: Mapped[int | None]
    oxford: Mapped[int | None]
    power: Mapped[int | None]
    endurance_s: Mapped[int | None]
    repetitions: Mapped[int | None]
    fast: Mapped[int | None]

    toxin_allergy: Mapped[bool | None]
    milk_allergy: Mapped[bool | None]
    infection: Mapped[bool | None]
    pregnancy: Mapped[bool | None]
    breastfeeding: Mapped[bool | None]
    neuromuscular: Mapped[bool | None]
    bleeding_disorder: Mapped[bool | None]
    anticoagulants: Mapped[bool | None]
    blocking_medicine: Mapped[bool | None]
    other_toxin: Mapped[bool | None]

    consents: Mapped[bool | None]
    consent_on: Mapped[date | None]

    notes: Mapped[str | None] = mapped_column(EncryptedText("consultation_record.notes"))
    reason: Mapped[str | None] = mapped_column(EncryptedText("consultation_record.reason"))
    recorded_by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    recorded_at: Mapped[datetime]
    consultation: Mapped[Consultation] = relationship(back_populates="records")
    goals: Mapped[list[ConsultationGoal]] = relationship(order_by="ConsultationGoal.position")
    treatments: Mapped[list[ConsultationTreatment]] = relationship(order_by="ConsultationTreatment.position")
    baselines: Mapped[list[ConsultationBaseline]] = relationship(order_by="ConsultationBaseline.position")


class ConsultationGoal(Identified, Owned, Base):
    """What she wishes for, in the order that she gave."""

    __tablename__ = "consultation_goal"
    __table_args__ = (
        UniqueConstraint("record_id", "goal"),
        CheckConstraint(
            "goal IN ('comfort', 'tampon', 'examination', 'finger', 'intercourse', 'none_of_these')", name="goal"
        ),
    )

    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation_record.id"), index=True)
    position: Mapped[int]
    goal: Mapped[str]


class ConsultationTreatment(Identified, Owned, Base):
    """What was tried before: an open list, a code of it or words of one's own."""

    __tablename__ = "consultation_treatment"
    __table_args__ = (UniqueConstraint("record_id", "position"),)

    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation_record.id"), index=True)
    position: Mapped[int]
    treatment: Mapped[str] = mapped_column(EncryptedText("consultation_treatment.treatment"))


class ConsultationBaseline(Identified, Owned, Base):
    """Pain and anxiety from 0 to 10 for one kind of penetration that she wished to name."""

    __tablename__ = "consultation_baseline"
    __table_args__ = (
        UniqueConstraint("record_id", "penetration"),
        CheckConstraint(
            "penetration IN ('swab', 'tampon', 'finger', 'examination', 'dilator', 'intercourse')", name="penetration"
        ),
        CheckConstraint("pain IS NULL OR pain BETWEEN 0 AND 10", name="pain"),
        CheckConstraint("anxiety IS NULL OR anxiety BETWEEN 0 AND 10", name="anxiety"),
    )

    record_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("consultation_record.id"), index=True)
    position: Mapped[int]
    penetration: Mapped[str]
    pain: Mapped[int | None]
    anxiety: Mapped[int | None]
