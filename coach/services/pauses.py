"""Pauses: days on which nothing is asked of a patient, said by herself or by her therapist, and ended on any day.

A row is never changed but by its end, and that is written beside what was said first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, cast, get_args
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coach.db import tables as t
from coach.domain.calendar import local_day
from coach.domain.course import NO_INSERTION, PauseWhy
from coach.domain.program import Text
from coach.services import access, notices, programs
from coach.services.access import NotFound, Viewer
from coach.services.notices import Value
from coach.services.refusals import Refusal, Refused

HERSELF: tuple[PauseWhy, ...] = ("menses", "illness", "infection", "travel", "not_today")  # what she may say herself
THERAPISTS: tuple[PauseWhy, ...] = ("hold", "procedure")  # what only a therapist may begin and end
WHY: tuple[PauseWhy, ...] = get_args(PauseWhy)
# So long afterwards a patient may still say that she had a pause (ours); her therapist may at any time.
TOLD_WITHIN = timedelta(days=14)
FARTHEST = timedelta(days=366)
LONGEST_NOTE = 2_000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseRecord:
    """A pause with its history. `last_on`: the last day as it stands (None: open); `said_last_on` as it was said first.
    `program` None: all of her programs. `is_over`: its last day lies before today. `may_end`: by the viewer."""

    id: UUID
    why: PauseWhy
    program: Text | None
    first_on: date
    last_on: date | None
    said_last_on: date | None
    note: str | None
    begun_by: str
    begun_by_role: Literal["patient", "therapist"]
    begun_at: datetime
    ended_by: str | None
    ended_at: datetime | None
    is_over: bool
    may_end: bool

    @property
    def is_taken_back(self) -> bool:
        return self.last_on is not None and self.last_on < self.first_on


@dataclass(frozen=True, slots=True)
class Pauses:
    """All pauses of a patient, the latest first; `today` on her own calendar."""

    today: date
    records: tuple[PauseRecord, ...]

    @property
    def ahead(self) -> tuple[PauseRecord, ...]:
        """Those that hold today, or will."""
        return tuple(each for each in self.records if not each.is_over and not each.is_taken_back)

    @property
    def over(self) -> tuple[PauseRecord, ...]:
        return tuple(each for each in self.records if each.is_over or each.is_taken_back)


def begin(
    db: Session,
    viewer: Viewer,
    patient_id: UUID | None = None,
    *,
    why: str,
    first_on: date | None = None,
    last_on: date | None = None,
    assignment_id: UUID | None = None,
    note: str = "",
    now: datetime,
) -> t.Pause:
    """A pause from `first_on` (None: today) to `last_on` on the patient's calendar, both inside; `last_on` None: nobody
    can say yet.

    A patient says it of herself, from today or up to TOLD_WITHIN back, of all her programs; a therapist of a patient of
    hers, of one program or of all. `not_today` is today alone, and said twice it is one. Raises NotFound, Refused.
    """
    patient = access.patient(db, viewer, _whose(viewer, patient_id))
    today = local_day(now, zone=patient.zone)
    first_on = first_on or today
    if why == "not_today":
        first_on = last_on = today
    refusals = [
        *_about_why(viewer, why, assignment_id),
        *_about_days(viewer, first_on, last_on, today),
        *_about_program(db, viewer, patient, assignment_id),
    ]
    if len(note) > LONGEST_NOTE:
        refusals.append(Refusal("note", "too_long", {"most": LONGEST_NOTE}))
    if refusals:
        raise Refused(*refusals)
    if why == "not_today" and (known := _not_today(db, patient.id, today, assignment_id)) is not None:
        return known
    pause = t.Pause(
        clinic_id=patient.clinic_id,
        team_id=patient.team_id,
        patient_id=patient.id,
        assignment_id=assignment_id,
        why=why,
        first_on=first_on,
        last_on=last_on,
        note=note.strip() or None if viewer.role == "therapist" else None,
        begun_by_id=viewer.account_id,
        begun_at=now,
    )
    db.add(pause)
    db.flush()
    if viewer.role == "therapist" and (last_on is None or last_on >= today):
        body: dict[str, Value] = {"first_on": first_on, "why": why}
        if last_on is not None:
            body["last_on"] = last_on
        notices.tell(
            db, patient, "paused_by_therapist", body, assignment_id=assignment_id, by=viewer.account_id, now=now
        )
    return pause


def end(
    db: Session,
    viewer: Viewer,
    pause_id: UUID,
    *,
    last_on: date | None = None,
    is_healed: bool = False,
    now: datetime,
) -> t.Pause:
    """Ends with `last_on` as its last day, today at the latest; None: yesterday, so that the plan goes on today. One
    that begins today or later is taken back by that: no day of it was.

    What keeps insertion back is ended by who began it or by a therapist, and a patient's own infection once she says
    that it has healed or that her clinic agrees (`is_healed`). Raises NotFound, Refused.
    """
    pause = access.pause(db, viewer, pause_id)
    patient = access.patient(db, viewer, pause.patient_id)
    today = local_day(now, zone=patient.zone)
    taken_back = pause.first_on - timedelta(days=1)
    last = max(taken_back, today - timedelta(days=1)) if last_on is None else last_on
    if pause.first_on > today:
        last = taken_back
    if not _may_end(viewer, pause):
        raise Refused(Refusal("last_on", "therapists_pause"))
    if pause.ended_on is not None:
        raise Refused(Refusal("last_on", "ended", {"ends_on": pause.ended_on}))
    if last < taken_back:
        raise Refused(Refusal("last_on", "before_it_began"))
    if last > max(today, taken_back):
        raise Refused(Refusal("last_on", "still_to_come"))
    if pause.last_on is not None and last > pause.last_on:
        raise Refused(Refusal("last_on", "ended", {"ends_on": pause.last_on}))
    if viewer.role == "patient" and pause.why == "infection" and not is_healed:
        raise Refused(Refusal("is_healed", "unanswered"))
    was_running = pause.last_on is None or pause.last_on >= today
    pause.ended_on, pause.ended_by_id, pause.ended_at = last, viewer.account_id, now
    db.flush()
    if viewer.role == "therapist" and was_running:
        notices.tell(
            db,
            patient,
            "pause_ended_by_therapist",
            {"on": max(today, last + timedelta(days=1))},
            assignment_id=pause.assignment_id,
            by=viewer.account_id,
            now=now,
        )
    return pause


def pauses_of(db: Session, viewer: Viewer, patient_id: UUID | None = None, *, now: datetime) -> Pauses:
    """Her own, or for a therapist those of a patient of hers. A patient is not told what her therapist noted. Raises
    NotFound."""
    patient = access.patient(db, viewer, _whose(viewer, patient_id))
    today = local_day(now, zone=patient.zone)
    begun_by, ended_by = aliased(t.Account), aliased(t.Account)
    found = db.execute(
        select(t.Pause, begun_by.name, begun_by.role, ended_by.name, t.Assignment.revision_id)
        .join(begun_by, begun_by.id == t.Pause.begun_by_id)
        .outerjoin(ended_by, ended_by.id == t.Pause.ended_by_id)
        .outerjoin(t.Assignment, t.Assignment.id == t.Pause.assignment_id)
        .where(t.Pause.patient_id == patient.id)
        .order_by(t.Pause.first_on.desc(), t.Pause.begun_at.desc())
    ).all()
    records = tuple(
        PauseRecord(
            id=pause.id,
            why=cast(PauseWhy, pause.why),
            program=programs.load(db, revision_id).title if pause.assignment_id else None,
            first_on=pause.first_on,
            last_on=(last := pause.last_on if pause.ended_on is None else pause.ended_on),
            said_last_on=pause.last_on,
            note=pause.note if viewer.role == "therapist" else None,
            begun_by=begun_name,
            begun_by_role=cast(Literal["patient", "therapist"], role),
            begun_at=pause.begun_at,
            ended_by=ended_name,
            ended_at=pause.ended_at,
            is_over=last is not None and last < today,
            may_end=pause.ended_on is None and _may_end(viewer, pause),
        )
        for pause, begun_name, role, ended_name, revision_id in found
    )
    return Pauses(today, records)


def _whose(viewer: Viewer, patient_id: UUID | None) -> UUID:
    wanted = viewer.patient_id if viewer.role == "patient" else patient_id
    if wanted is None or (patient_id is not None and patient_id != wanted):
        raise NotFound("patient")
    return wanted


def _may_end(viewer: Viewer, pause: t.Pause) -> bool:
    if viewer.role == "therapist":
        return True
    is_hers = pause.begun_by_id == viewer.account_id
    return pause.why not in THERAPISTS and (is_hers or pause.why not in NO_INSERTION)


def _not_today(db: Session, patient_id: UUID, today: date, assignment_id: UUID | None) -> t.Pause | None:
    # Two presses of one button are one.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient_id).with_for_update())
    return db.scalars(
        select(t.Pause)
        .where(
            t.Pause.patient_id == patient_id,
            t.Pause.why == "not_today",
            t.Pause.first_on == today,
            t.Pause.ended_on.is_(None),
            t.Pause.assignment_id.is_(None) if assignment_id is None else t.Pause.assignment_id == assignment_id,
        )
        .limit(1)
    ).one_or_none()


def _about_why(viewer: Viewer, why: str, assignment_id: UUID | None) -> list[Refusal]:
    if why not in (WHY if viewer.role == "therapist" else HERSELF):
        return [Refusal("why", "unknown_why")]
    if assignment_id is not None and why in NO_INSERTION:
        return [Refusal("assignment_id", "all_programs")]  # what is not inserted in one is not inserted in another
    return []


def _about_days(viewer: Viewer, first_on: date, last_on: date | None, today: date) -> list[Refusal]:
    if viewer.role == "patient":
        if first_on > today:
            return [Refusal("first_on", "still_to_come")]
        if first_on < today - TOLD_WITHIN:
            return [Refusal("first_on", "too_long_ago", {"days": TOLD_WITHIN.days})]
    if abs(first_on - today) > FARTHEST:
        return [Refusal("first_on", "far_away")]
    if last_on is not None and last_on < first_on:
        return [Refusal("last_on", "before_it_began")]
    if last_on is not None and last_on - today > FARTHEST:
        return [Refusal("last_on", "far_away")]
    return []


def _about_program(db: Session, viewer: Viewer, patient: t.Patient, assignment_id: UUID | None) -> list[Refusal]:
    if assignment_id is None:
        return []
    try:
        assignment = access.assignment(db, viewer, assignment_id)
    except NotFound:
        return [Refusal("assignment_id", "unknown_program")]
    if assignment.patient_id != patient.id or viewer.role == "patient":
        return [Refusal("assignment_id", "unknown_program")]
    return []
