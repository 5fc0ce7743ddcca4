"""Safety questions on a page of their own: which stand open to her, and what she answered. A yes raises an alert.

An answer is never refused for a wrong clock, a late arrival or a changed program: what she told is written down.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, cast
from uuid import UUID, uuid4, uuid5

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from coach.db import tables as t
from coach.db.engine import rows
from coach.domain.calendar import local_day
from coach.domain.program import DayAnchor, SafetyCheck, Text
from coach.domain.safety import open_checks, token_of
from coach.services import access, alerts, plans, programs
from coach.services.access import NotFound, Viewer
from coach.services.alerts import Urgency

MOST_ANSWERS = 200  # of one upload, as many as a device sends at once
LONGEST_ID = 200  # characters of a check's id
_MOST_UNDER_ONE = 20  # answers that one id leads to
_UNKNOWN = "unknown:"  # with what tells such questions apart
_LISTED = 60  # latest answers that a therapist is shown

Status = Literal["stored", "duplicate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question in her language, and what a yes to it is answered with. `token`: what her device calls it."""

    check_id: str
    token: str
    ask: str
    say: str
    urgency: Urgency


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What stands open to her now. `told`: what the clinic says to the warning signs that she told of today;
    `is_warned`: that she told of one, `is_emergency`: of a sign of an emergency. `answered_at`: when she last answered
    here today."""

    day: date
    zone: str
    questions: tuple[Question, ...]
    told: tuple[str, ...]
    is_warned: bool
    is_emergency: bool
    answered_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingAnswer:
    """An answer as her device made it: its own id, the token of the question, or its id, and the device's clock."""

    id: UUID
    check_id: str
    is_yes: bool
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer as it was kept, in the words that she read."""

    asked: str
    urgency: Urgency
    is_yes: bool
    day_on: date
    at: datetime


def questions(db: Session, viewer: Viewer, *, usual: Sequence[SafetyCheck], now: datetime) -> Questions:
    """The patient's own. `usual`: the clinic's, for what her programs do not ask. Raises NotFound."""
    known = plans.facts(db, _herself(db, viewer), now=now)
    today = plans.with_warnings(db, plans.today_of(known), known)
    last = db.scalars(
        select(t.SafetyAnswer.at)
        .where(t.SafetyAnswer.patient_id == known.patient_id, t.SafetyAnswer.day_on == known.today)
        .order_by(t.SafetyAnswer.at.desc())
        .limit(1)
    ).one_or_none()
    return Questions(
        day=known.today,
        zone=known.zone,
        questions=tuple(
            Question(
                check_id=check.id,
                token=token_of(check),
                ask=check.ask.in_language(known.language),
                say=check.say.in_language(known.language),
                urgency=check.urgency,
            )
            for check in open_checks(
                known.today, assignments=known.assignments, injections=known.injections, usual=usual
            )
        ),
        told=today.warning,
        is_warned=today.is_warned,
        is_emergency=today.is_emergency,
        answered_at=last,
    )


def record(
    db: Session, viewer: Viewer, answers: Sequence[IncomingAnswer], *, usual: Sequence[SafetyCheck], now: datetime
) -> tuple[Status, ...]:
    """Writes down what is new, in the order of the answers, and raises an alert for each yes.

    The same answer under the same id is a duplicate and changes nothing; another one under it is written as well.
    Raises NotFound for anybody but a patient, ValueError for more than MOST_ANSWERS.
    """
    if len(answers) > MOST_ANSWERS:
        raise ValueError(f"at most {MOST_ANSWERS} answers at once")
    patient = _herself(db, viewer)
    checks = {name: check for check in (*usual, *_ever_asked(db, patient)) for name in (check.id, token_of(check))}
    return tuple(
        _record_one(db, patient, answer, checks.get(answer.check_id) or _no_longer_asked(answer), now)
        for answer in answers
    )


def answers_of(db: Session, viewer: Viewer, patient_id: UUID) -> tuple[Answer, ...]:
    """What she answered on her own page, the latest first. Only for therapists; raises NotFound."""
    if viewer.role != "therapist":
        raise NotFound("patient")
    access.whereabouts(db, viewer, patient_id)
    return tuple(
        Answer(asked=row.asked, urgency=cast(Urgency, row.urgency), is_yes=row.is_yes, day_on=row.day_on, at=row.at)
        for row in rows(db, _ANSWERS, patient_id=patient_id)
    )


def _herself(db: Session, viewer: Viewer) -> t.Patient:
    if viewer.role != "patient" or viewer.patient_id is None:
        raise NotFound("patient")
    return access.patient(db, viewer, viewer.patient_id)


def _ever_asked(db: Session, patient: t.Patient) -> Iterator[SafetyCheck]:
    """The questions of every revision that she was ever given, the latest last. One that the check does not take any
    more keeps no answer out."""
    given, changed = t.Assignment, t.AssignmentChange
    hers = list(
        db.execute(
            select(given.id, given.revision_id).where(given.patient_id == patient.id).order_by(given.assigned_at)
        )
    )
    moved = db.scalars(
        select(changed.before["revision_id"].as_string())
        .where(changed.assignment_id.in_([row.id for row in hers]), changed.kind == "moved")
        .order_by(changed.changed_at)
    )
    earlier = [UUID(revision_id) for revision_id in moved if revision_id is not None]
    for revision_id in [*earlier, *(row.revision_id for row in hers)]:
        with suppress(programs.RefusedNow):
            yield from programs.load(db, revision_id).safety_checks


def _no_longer_asked(answer: IncomingAnswer) -> SafetyCheck:
    """A question that she was never given, as far as anybody knows. Her answer is kept all the same, as the most
    urgent: what it meant cannot be looked up. What was sent for its name is not kept as it is: it may be anything."""
    return SafetyCheck(
        id=_UNKNOWN + hashlib.sha256(answer.check_id.encode()).hexdigest()[:20],
        ask=Text(""),
        urgency="emergency",
        say=Text(""),
        from_=DayAnchor("start"),
        to=DayAnchor("start"),
    )


def _record_one(db: Session, patient: t.Patient, answer: IncomingAnswer, check: SafetyCheck, now: datetime) -> Status:
    # Her device's clock may be wrong, and still says which of two answers came later; ours saw her come.
    believable = min(max(answer.at, patient.created_at), now)
    day = local_day(believable, zone=patient.zone)
    asked, told = check.ask.in_language(patient.language), check.say.in_language(patient.language)
    into = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {
        "clinic_id": patient.clinic_id,
        "team_id": patient.team_id,
        "patient_id": patient.id,
        "check_id": check.id,
        "asked": asked,
        "told": told,
        "urgency": check.urgency,
        "is_yes": answer.is_yes,
        "day_on": day,
        "at": answer.at,
        "received_at": now,
    }
    for answer_id in _ids(answer.id, patient.id):
        written = db.execute(
            into(t.SafetyAnswer)
            .values(id=answer_id, **values)
            .on_conflict_do_nothing(index_elements=["id"])
            .returning(t.SafetyAnswer.id)
        )
        if written.first() is not None:
            break
        there = rows(db, _THERE, id=answer_id, following=_following(answer_id, patient.id)).one()
        is_same = (there.patient_id, there.check_id, there.is_yes) == (patient.id, check.id, answer.is_yes)
        if is_same and not there.is_followed:
            return "duplicate"
    if answer.is_yes:
        shown = {"id": check.id, "ask": asked, "say": told, "urgency": check.urgency}
        # All that nobody can look up is one matter of the day on which it came.
        is_unknown = check.id.startswith(_UNKNOWN)
        key = f"check:unknown:{local_day(now, zone=patient.zone)}" if is_unknown else f"check:{check.id}:{day}"
        _raise(db, patient, key, check, {"check": shown, "day_on": day.isoformat()}, now)
    return "stored"


def _ids(first: UUID, patient_id: UUID) -> Iterator[UUID]:
    """Under which ids an answer may stand: the one that it came with; where another answer stands there, a corrected
    one say, the ones that follow from it, so that this one sent again finds itself."""
    for _ in range(_MOST_UNDER_ONE):
        yield first
        first = _following(first, patient_id)
    yield uuid4()


def _following(answer_id: UUID, patient_id: UUID) -> UUID:
    return uuid5(answer_id, str(patient_id))


def _raise(
    db: Session, patient: t.Patient, key: str, check: SafetyCheck, body: dict[str, object], now: datetime
) -> None:
    """Once a day for each question; again where somebody has seen all of them by then."""
    alert = t.Alert
    raised = db.scalars(
        select(alert.seen_at).where(
            alert.patient_id == patient.id, (alert.key == key) | alert.key.startswith(f"{key}:", autoescape=True)
        )
    ).all()
    if None in raised:
        return
    alerts.raise_alert(
        db,
        patient,
        key=f"{key}:{len(raised)}" if raised else key,
        kind="warning_sign",
        urgency=check.urgency,
        body=body,
        now=now,
    )


_later = aliased(t.SafetyAnswer)
_THERE = select(
    t.SafetyAnswer.patient_id,
    t.SafetyAnswer.check_id,
    t.SafetyAnswer.is_yes,
    select(_later.id).where(_later.id == bindparam("following")).exists().label("is_followed"),
).where(t.SafetyAnswer.id == bindparam("id"))
_ANSWERS = (
    select(
        t.SafetyAnswer.asked,
        t.SafetyAnswer.urgency,
        t.SafetyAnswer.is_yes,
        t.SafetyAnswer.day_on,
        t.SafetyAnswer.at.label("at"),
    )
    .where(t.SafetyAnswer.patient_id == bindparam("patient_id"))
    .order_by(t.SafetyAnswer.at.desc(), t.SafetyAnswer.received_at.desc(), t.SafetyAnswer.id)
    .limit(_LISTED)
)
