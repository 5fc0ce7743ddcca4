"""Consultations, the intake and those after it: each thing asked has a value of its own, a correction is a further
record with a reason, and nothing is overwritten or deleted.

Nothing needs an answer: None is what was not asked, or what she did not wish to say. Only therapists read any of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.services import access
from coach.services.access import NotFound, Viewer
from coach.services.charts import N_
from coach.services.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class Contraindication:
    """One line of the checklist: the column that holds its answer, how it is called, what is asked, and by whom it is
    said to matter."""

    field: str
    name: str
    sentence: str
    source: str


_BOTOX, _DYSPORT = "Botox, US prescribing information", "Dysport, US prescribing information"
_TRIAL = "excluded from the trial IRCT 23111 (Iranian Registry of Clinical Trials)"

# Reasons to think again before an injection. A yes is told to whoever charts one, and forbids nothing.
CONTRAINDICATIONS = (
    Contraindication(
        "toxin_allergy",
        N_("allergy to a toxin product"),
        N_("Allergic to any botulinum toxin, or to anything else that is in the vial."),
        f"{_BOTOX}, section 4",
    ),
    Contraindication(
        "milk_allergy",
        N_("allergy to cow's milk protein"),
        N_("Allergic to cow's milk protein, of which abobotulinumtoxinA (Dysport) may hold traces."),
        f"{_DYSPORT}, section 4",
    ),
    Contraindication(
        "infection",
        N_("infection at the site"),
        N_("An infection where the needle would go."),
        f"{_BOTOX}, section 4",
    ),
    Contraindication(
        "pregnancy",
        N_("pregnant, or hoping to be soon"),
        N_("Pregnant, or hoping to become so within the next months."),
        f"{_BOTOX}, section 8; {_TRIAL}",
    ),
    Contraindication(
        "breastfeeding",
        N_("breastfeeding"),
        N_("Breastfeeding: little is known of the toxin in milk."),
        f"{_DYSPORT}, section 8",
    ),
    Contraindication(
        "neuromuscular",
        N_("disease of nerve and muscle"),
        N_(
            "A disease in which nerve and muscle do not meet well, such as myasthenia gravis or Lambert-Eaton syndrome."
        ),
        f"{_BOTOX}, section 5; {_TRIAL}",
    ),
    Contraindication(
        "bleeding_disorder",
        N_("bleeding disorder"),
        N_("A disorder by which blood clots slowly or not at all."),
        _TRIAL,
    ),
    Contraindication(
        "anticoagulants",
        N_("anticoagulants"),
        N_("Takes medicine against clotting."),
        _TRIAL,
    ),
    Contraindication(
        "blocking_medicine",
        N_("medicine that weakens muscles as well"),
        N_("Takes aminoglycosides, muscle relaxants or other medicine that acts where nerve meets muscle."),
        f"{_BOTOX}, section 7",
    ),
    Contraindication(
        "other_toxin",
        N_("another toxin injection lately"),
        N_("Had botulinum toxin for anything else, within twelve weeks."),
        f"{_BOTOX}, section 7",
    ),
)

# What may have been tried before: code -> how it is called. An open list: others are typed in.
TREATMENTS: Mapping[str, str] = MappingProxyType(
    {
        "physiotherapy": N_("pelvic floor physiotherapy"),
        "home_exercises": N_("exercises at home"),
        "breathing": N_("breathing or relaxation"),
        "dilators": N_("dilators"),
        "biofeedback": N_("biofeedback"),
        "electrical_stimulation": N_("electrical stimulation"),
        "sex_therapy": N_("sex therapy or counselling"),
        "psychotherapy": N_("psychotherapy"),
        "topical_anaesthetic": N_("anaesthetic gel or cream"),
        "pain_medicine": N_("medicine for pain"),
        "toxin": N_("botulinum toxin"),
        "surgery": N_("an operation"),
    }
)

GOALS = ("comfort", "tampon", "examination", "finger", "intercourse", "none_of_these")
NONE_OF_THESE = "none_of_these"
ONSETS = ("lifelong", "acquired")
PENETRATIONS = ("swab", "tampon", "finger", "examination", "dilator", "intercourse")
RATING = (0, 10)

# Lowest and highest of each number. `grade`: 1 to 4 after Lamont, 5 after Pacik; 0 where none
# was found. `oxford`, `power`: modified Oxford.
# `endurance_s`, `repetitions`, `fast`: PERFECT asks for up to 10 of each (Laycock & Jerwood, Physiotherapy 2001;87).
LIMITS: Mapping[str, tuple[int, int]] = MappingProxyType(
    {
        "lasted_months": (0, 1200),
        "grade": (0, 5),
        "oxford": (0, 5),
        "power": (0, 5),
        "endurance_s": (0, 10),
        "repetitions": (0, 10),
        "fast": (0, 10),
    }
)

MOST_TREATMENTS = 40
LONGEST_LINE = 120  # characters: a treatment
LONGEST_TEXT = 10_000  # characters: history, notes, reason
EARLIEST_YEAR = 1990


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """Pain and anxiety, 0 to 10, of one kind of penetration that she wished to name."""

    penetration: str
    pain: int | None = None
    anxiety: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsultationEntry:
    """What was taken down, days on the patient's calendar. `goals` in the order that she gave; `treatments` are codes
    of TREATMENTS or words of one's own."""

    on: date
    goals: tuple[str, ...] = ()
    onset: str | None = None
    lasted_months: int | None = None
    history: str | None = None
    treatments: tuple[str, ...] = ()
    grade: int | None = None
    oxford: int | None = None
    power: int | None = None
    endurance_s: int | None = None
    repetitions: int | None = None
    fast: int | None = None
    baselines: tuple[BaselineEntry, ...] = ()
    toxin_allergy: bool | None = None
    milk_allergy: bool | None = None
    infection: bool | None = None
    pregnancy: bool | None = None
    breastfeeding: bool | None = None
    neuromuscular: bool | None = None
    bleeding_disorder: bool | None = None
    anticoagulants: bool | None = None
    blocking_medicine: bool | None = None
    other_toxin: bool | None = None
    consents: bool | None = None
    consent_on: date | None = None
    notes: str | None = None


Value = str | int | bool | date | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What one field held at one consultation, and who wrote that down."""

    consultation_id: UUID
    on: date
    value: Value
    by: str


@dataclass(frozen=True, slots=True)
class ConsultationRead:
    """One consultation: the record that holds, and the ones before it, newest first."""

    id: UUID
    patient_id: UUID
    holds: t.ConsultationRecord
    earlier: tuple[t.ConsultationRecord, ...]
    names: Mapping[UUID, str]

    def by(self, record: t.ConsultationRecord) -> str:
        """Who wrote the record down."""
        return self.names[record.recorded_by_id]

    @property
    def values(self) -> Mapping[str, Value]:
        return values_of(self.holds)

    @property
    def is_power_doubtful(self) -> bool:
        """Whether the modified Oxford grade and the P of PERFECT differ: P is that grade (Laycock & Jerwood 2001)."""
        return None not in (self.holds.oxford, self.holds.power) and self.holds.oxford != self.holds.power


@dataclass(frozen=True, slots=True)
class ConsultationHistory:
    """`consultations` by day; `fields`: what each was at which consultation, earliest first, only where it is known.

    Fields are named as the columns are, ratings `pain.<kind of penetration>` and `anxiety.<kind>`.
    """

    consultations: tuple[ConsultationRead, ...]
    fields: Mapping[str, tuple[Known, ...]]

    @property
    def last(self) -> Mapping[str, Known]:
        """What was known last of each field."""
        return {name: known[-1] for name, known in self.fields.items()}


@dataclass(frozen=True, slots=True)
class ConsultationFacts:
    """A consultation as a mark on a timeline, with its answers to the checklist."""

    id: UUID
    on: date
    answers: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Contraindicated:
    """What was answered with yes at one consultation and has not been answered otherwise since."""

    consultation_id: UUID
    on: date
    found: tuple[Contraindication, ...]


@dataclass(frozen=True, slots=True)
class Declined:
    """She was asked last at this consultation whether she consents to treatment, and does not."""

    consultation_id: UUID
    on: date


def consult(
    db: Session, viewer: Viewer, patient_id: UUID, entry: ConsultationEntry, *, now: datetime
) -> t.ConsultationRecord:
    """A new consultation. Raises NotFound, Refused."""
    patient = access.treated(db, viewer, patient_id)
    refusals = _about(entry, local_day(now, zone=patient.zone))
    if refusals:
        raise Refused(*refusals)
    added = t.Consultation(clinic_id=patient.clinic_id, team_id=patient.team_id, patient_id=patient.id, created_at=now)
    db.add(added)
    db.flush()
    return _write(db, viewer, added, entry, number=1, reason=None, now=now)


def correct(
    db: Session,
    viewer: Viewer,
    consultation_id: UUID,
    entry: ConsultationEntry,
    *,
    reason: str,
    after: int | None = None,
    now: datetime,
) -> t.ConsultationRecord:
    """A further record with its reason; the ones before stay as they are.

    `after` is the number of the record that the corrector had before her; Refused with `changed_meanwhile` where a
    newer one stands by now. Raises NotFound, Refused.
    """
    consultation = access.consultation(db, viewer, consultation_id)
    patient = access.treated(db, viewer, consultation.patient_id)
    # Two corrections at once would take the same number.
    db.execute(select(t.Consultation.id).where(t.Consultation.id == consultation.id).with_for_update())
    last = db.scalars(
        select(t.ConsultationRecord.number)
        .where(t.ConsultationRecord.consultation_id == consultation.id)
        .order_by(t.ConsultationRecord.number.desc())
        .limit(1)
    ).one()
    refusals = _about(entry, local_day(now, zone=patient.zone))
    reason = reason.strip()
    if not reason:
        refusals.append(Refusal("reason", "missing"))
    elif len(reason) > LONGEST_TEXT:
        refusals.append(Refusal("reason", "too_long", {"most": LONGEST_TEXT}))
    if after is not None and after != last:
        refusals.append(Refusal("after", "changed_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    return _write(db, viewer, consultation, entry, number=last + 1, reason=reason, now=now)


def history_of(db: Session, viewer: Viewer, patient_id: UUID) -> ConsultationHistory:
    """Every consultation of a patient, and what each field was over them. Seven queries at most, however many there
    are. Only for therapists; raises NotFound."""
    patient = access.treated(db, viewer, patient_id)
    records = selectinload(t.Consultation.records)
    found = db.scalars(
        select(t.Consultation)
        .where(t.Consultation.patient_id == patient.id)
        .options(
            records.selectinload(t.ConsultationRecord.goals),
            records.selectinload(t.ConsultationRecord.treatments),
            records.selectinload(t.ConsultationRecord.baselines),
        )
    ).all()
    names = access.names(db, (record.recorded_by_id for each in found for record in each.records))
    consultations = tuple(
        ConsultationRead(each.id, each.patient_id, each.records[-1], tuple(each.records[-2::-1]), names)
        for each in sorted(found, key=lambda each: (each.records[-1].on, each.created_at))
    )
    fields: dict[str, list[Known]] = {}
    for each in consultations:
        for name, value in each.values.items():
            fields.setdefault(name, []).append(Known(each.id, each.holds.on, value, each.by(each.holds)))
    return ConsultationHistory(consultations, {name: tuple(known) for name, known in fields.items()})


def read(db: Session, viewer: Viewer, patient_id: UUID, consultation_id: UUID) -> ConsultationRead:
    """One consultation of this patient with all of its records. Raises NotFound."""
    for each in history_of(db, viewer, patient_id).consultations:
        if each.id == consultation_id:
            return each
    raise NotFound("consultation")


def values_of(record: t.ConsultationRecord) -> Mapping[str, Value]:
    """What the record says, without its free text: field -> value, only what is known."""
    found: dict[str, Any] = {
        "goals": tuple(each.goal for each in record.goals),
        "onset": record.onset,
        "lasted_months": record.lasted_months,
        "treatments": tuple(each.treatment for each in record.treatments),
        **{name: getattr(record, name) for name in LIMITS if name != "lasted_months"},
        **{f"pain.{each.penetration}": each.pain for each in record.baselines},
        **{f"anxiety.{each.penetration}": each.anxiety for each in record.baselines},
        **{each.field: getattr(record, each.field) for each in CONTRAINDICATIONS},
        "consents": record.consents,
        "consent_on": record.consent_on,
    }
    return {name: value for name, value in found.items() if value is not None and value != ()}


# The columns that `facts_in` reads, of any statement that joins a consultation to its records.
FACTS = (
    t.Consultation.id.label("consultation_id"),
    t.Consultation.created_at.label("consulted_at"),
    t.ConsultationRecord.number.label("record_number"),
    t.ConsultationRecord.on.label("consulted_on"),
    *(getattr(t.ConsultationRecord, each.field) for each in CONTRAINDICATIONS),
)


def facts_in(rows: Iterable[Any]) -> tuple[ConsultationFacts, ...]:
    """By day, from rows with the columns FACTS; one without a consultation says nothing. No free text is read."""
    holding: dict[UUID, Any] = {}
    for row in rows:
        known = holding.get(row.consultation_id)
        if row.consultation_id is not None and (known is None or known.record_number < row.record_number):
            holding[row.consultation_id] = row
    return tuple(
        ConsultationFacts(
            row.consultation_id,
            row.consulted_on,
            {each.field: answer for each in CONTRAINDICATIONS if (answer := getattr(row, each.field)) is not None},
        )
        for row in sorted(holding.values(), key=lambda row: (row.consulted_on, row.consulted_at))
    )


def contraindicated(facts: Iterable[ConsultationFacts]) -> tuple[Contraindicated, ...]:
    """Each yes that holds, at the consultation at which it was given last. An answer that was left open later does not
    take it back; a no does."""
    last: dict[str, ConsultationFacts] = {}
    ordered = tuple(facts)
    for each in ordered:
        last |= dict.fromkeys(each.answers, each)
    found = (
        (each, tuple(one for one in CONTRAINDICATIONS if last.get(one.field) is each and each.answers[one.field]))
        for each in ordered
    )
    return tuple(Contraindicated(each.id, each.on, lines) for each, lines in found if lines)


def contraindicated_for(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[Contraindicated, ...]:
    """As `contraindicated`, for who charts an injection. Only for therapists; raises NotFound."""
    patient = access.treated(db, viewer, patient_id)
    rows = db.execute(
        select(*FACTS)
        .join(t.ConsultationRecord, t.ConsultationRecord.consultation_id == t.Consultation.id)
        .where(t.Consultation.patient_id == patient.id)
    )
    return contraindicated(facts_in(rows))


def declined_for(db: Session, viewer: Viewer, patient_id: UUID) -> Declined | None:
    """Where she was asked last and did not consent, for who charts an injection; an answer that was left open later
    takes nothing back. Only for therapists; raises NotFound."""
    patient = access.treated(db, viewer, patient_id)
    record = t.ConsultationRecord
    found = db.execute(
        select(record.consultation_id, record.on, record.consents)
        .join(t.Consultation, t.Consultation.id == record.consultation_id)
        .where(t.Consultation.patient_id == patient.id)
        .order_by(t.Consultation.created_at, record.number)
    )
    holding = {row.consultation_id: row for row in found}  # the highest number comes last and holds
    answered = [row for row in sorted(holding.values(), key=lambda row: row.on) if row.consents is not None]
    if not answered or answered[-1].consents:
        return None
    return Declined(answered[-1].consultation_id, answered[-1].on)


def _write(
    db: Session,
    viewer: Viewer,
    consultation: t.Consultation,
    entry: ConsultationEntry,
    *,
    number: int,
    reason: str | None,
    now: datetime,
) -> t.ConsultationRecord:
    owner = {"clinic_id": consultation.clinic_id, "team_id": consultation.team_id}
    plain = (*LIMITS, *(each.field for each in CONTRAINDICATIONS), "on", "onset", "consents", "consent_on")
    added = t.ConsultationRecord(
        **owner,
        **{name: getattr(entry, name) for name in plain},
        consultation_id=consultation.id,
        number=number,
        history=_text(entry.history),
        notes=_text(entry.notes),
        reason=reason,
        recorded_by_id=viewer.account_id,
        recorded_at=now,
    )
    db.add(added)
    db.flush()
    whose = {**owner, "record_id": added.id}
    db.add_all(t.ConsultationGoal(**whose, position=at, goal=goal) for at, goal in enumerate(entry.goals, start=1))
    db.add_all(
        t.ConsultationTreatment(**whose, position=at, treatment=treatment)
        for at, treatment in enumerate(_distinct(entry.treatments), start=1)
    )
    said = [each for each in entry.baselines if (each.pain, each.anxiety) != (None, None)]
    db.add_all(
        t.ConsultationBaseline(**whose, position=at, penetration=each.penetration, pain=each.pain, anxiety=each.anxiety)
        for at, each in enumerate(said, start=1)
    )
    db.flush()
    return added


def _text(text: str | None) -> str | None:
    return (text or "").strip() or None


def _distinct(treatments: Iterable[str]) -> Iterable[str]:
    """Each on one line and once, whatever its capitals."""
    found: dict[str, str] = {}
    for each in treatments:
        line = " ".join(each.split())
        if line:
            found.setdefault(line.casefold(), line)
    return found.values()


def _about(entry: ConsultationEntry, today: date) -> list[Refusal]:
    refusals = [*_about_day("on", entry.on, today), *_about_goals(entry.goals)]
    if entry.onset is not None and entry.onset not in ONSETS:
        refusals.append(Refusal("onset", "unknown_choice"))
    for name, limits in LIMITS.items():
        refusals += _about_number(name, getattr(entry, name), limits)
    if len(entry.treatments) > MOST_TREATMENTS:
        refusals.append(Refusal("treatments", "too_many", {"most": MOST_TREATMENTS}))
    elif any(len(each) > LONGEST_LINE for each in entry.treatments):
        refusals.append(Refusal("treatments", "too_long", {"most": LONGEST_LINE}))
    refusals += _about_baselines(entry.baselines)
    if entry.consents and entry.consent_on is None:
        refusals.append(Refusal("consent_on", "missing"))
    if entry.consent_on is not None:
        refusals += _about_day("consent_on", entry.consent_on, today)
        if entry.consents is None:
            refusals.append(Refusal("consents", "day_without_answer"))
    for name in ("history", "notes"):
        if len(getattr(entry, name) or "") > LONGEST_TEXT:
            refusals.append(Refusal(name, "too_long", {"most": LONGEST_TEXT}))
    return refusals


def _about_day(where: Literal["on", "consent_on"], day: date, today: date) -> list[Refusal]:
    if day > today:
        return [Refusal(where, "in_the_future")]
    return [Refusal(where, "far_away")] if day.year < EARLIEST_YEAR else []


def _about_goals(goals: tuple[str, ...]) -> list[Refusal]:
    if any(goal not in GOALS for goal in goals):
        return [Refusal("goals", "unknown_choice")]
    if len(set(goals)) < len(goals):
        return [Refusal("goals", "goal_twice")]
    if NONE_OF_THESE in goals and len(goals) > 1:
        return [Refusal("goals", "none_excludes")]
    return []


def _about_number(where: str, value: int | None, limits: tuple[int, int]) -> list[Refusal]:
    least, most = limits
    if value is None or least <= value <= most:
        return []
    return [Refusal(where, "out_of_range", {"least": least, "most": most})]


def _about_baselines(baselines: tuple[BaselineEntry, ...]) -> list[Refusal]:
    kinds = [each.penetration for each in baselines]
    if any(kind not in PENETRATIONS for kind in kinds) or len(set(kinds)) < len(kinds):
        return [Refusal("baselines", "unknown_choice")]
    return [
        refusal
        for each in baselines
        for scale, value in (("pain", each.pain), ("anxiety", each.anxiety))
        for refusal in _about_number(f"{scale}.{each.penetration}", value, RATING)
    ]
