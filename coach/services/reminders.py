"""Reminders: what the patient chose, what is due, and the one gate that each passes before it is handed over.

A row goes pending -> claimed -> sending -> sent; from sending also to unknown (handed over without an answer: held, and
never sent again) or back to pending (surely not accepted). Whatever is not sent ends with its reason. Nothing is handed
over before `sending` is committed, so that a full disk stops messages instead of doubling them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any, Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.reminders import QuietHours, Slot, day_of, due_on, is_quiet
from coach.services import access, plans
from coach.services.access import NotFound, Viewer
from coach.services.refusals import Refusal, Refused

WORDING = "1"  # version of the consent text that the settings page shows; raise it with the text
# Everything that a mail server, a lock screen or a person nearby may see, by language: neutral and always the same.
# The settings page shows the same words.
TEXTS = {
    "en": ("Daily plan", "Daily plan: you have something planned."),
    "es": ("Plan diario", "Plan diario: tienes algo previsto."),
}
MOST_A_DAY = 4
APART = timedelta(minutes=30)  # a patient gets no two messages closer than this
HORIZON = timedelta(hours=1)
LEASE = timedelta(seconds=90)  # longer than any hand-over may take
_LONGEST_OUTAGE = timedelta(days=14)  # further back nothing is written down
_BACK_OFF = tuple(timedelta(seconds=s) for s in (30, 120, 480, 1200, 2700))
_NO_LEASE = {"lease_owner": None, "lease_until_at": None}
_HANDED_OVER = ("sending", "sent", "unknown")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a patient last chose. `address_refused`: a mail server said for good that it does not take the address."""

    channel: Literal["none", "email"]
    address: str | None
    times: tuple[time, ...]
    chosen_at: datetime | None
    quiet: QuietHours
    address_refused: bool


@dataclass(frozen=True, slots=True)
class Claimed:
    """A reminder that one worker holds. Every later step names the fence: a worker that lost it changes nothing."""

    reminder_id: UUID
    patient_id: UUID
    fence: int


@dataclass(frozen=True, slots=True)
class Message:
    """What is handed over. `key` is the same for every attempt at the same reminder."""

    claimed: Claimed
    address: str
    language: str
    key: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Not to be handed over now, and why."""

    reason: str


def choose(
    db: Session,
    viewer: Viewer,
    *,
    channel: str,
    address: str | None,
    times: Sequence[time],
    now: datetime,
) -> t.ReminderChoice:
    """Keep the patient's own choice as a new row: consent has its wording and its time.

    Raises Refused: channel unknown (it is "none" or "email"); address malformed;
    times none, many (most), close (minutes) or quiet (time, start, end).
    """
    patient = _own(db, viewer)
    # The gate takes the same lock: no message goes out after the commit that withdraws consent.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    address = (address or "").strip()
    times = sorted(times) if channel == "email" else []
    if channel not in ("none", "email"):
        raise Refused(Refusal("channel", "unknown"))
    if channel == "email" and (refusals := _refusals(address, times, _quiet_hours(db, patient.clinic_id))):
        raise Refused(*refusals)
    db.execute(
        update(t.ReminderChoice)
        .where(t.ReminderChoice.patient_id == patient.id, t.ReminderChoice.is_current)
        .values(is_current=False)
    )
    # What waits was planned by the choice before; what this one makes due is planned at the next tick.
    db.execute(delete(t.Reminder).where(t.Reminder.patient_id == patient.id, t.Reminder.state == "pending"))
    choice = t.ReminderChoice(
        clinic_id=patient.clinic_id,
        team_id=patient.team_id,
        patient_id=patient.id,
        channel=channel,
        address=address if channel == "email" else None,
        wording=WORDING if channel == "email" else None,
        chosen_at=now,
        is_current=True,
    )
    db.add(choice)
    db.flush()
    db.add_all(
        t.ReminderTime(
            clinic_id=patient.clinic_id, team_id=patient.team_id, choice_id=choice.id, slot=slot, local_time=wall
        )
        for slot, wall in enumerate(times)
    )
    db.flush()
    return choice


def current_choice(db: Session, viewer: Viewer) -> Choice:
    """The patient's own choice; channel "none" where she has not chosen yet. Raises NotFound for anybody else."""
    patient = _own(db, viewer)
    quiet = _quiet_hours(db, patient.clinic_id)
    choice = _current(db, patient.id)
    if choice is None or choice.channel != "email":
        return Choice("none", None, (), choice.chosen_at if choice else None, quiet, False)
    times = tuple(wall for _, wall in _times(db, choice.id))
    return Choice("email", choice.address, times, choice.chosen_at, quiet, _address_refused(db, choice))


def plan_due(db: Session, *, now: datetime, horizon: timedelta = HORIZON) -> int:
    """Write down what is due within `horizon`, and what fell due while no process ran; returns how many rows came new.

    Idempotent, and safe from any number of processes at once: (patient, day, slot) is unique. What is already past its
    window is written as suppressed, so that the record says that there was no reminder.
    """
    last_tick_at = db.scalar(select(func.max(t.ReminderHeartbeat.ticked_at)))
    since = max(min(last_tick_at or now, now) - LEASE, now - _LONGEST_OUTAGE)
    rows = list(_due_between(db, since, now + horizon))
    if not rows:
        return 0
    days = [row["local_on"] for row in rows]
    known = {
        (patient_id, local_on, slot)
        for patient_id, local_on, slot in db.execute(
            select(t.Reminder.patient_id, t.Reminder.local_on, t.Reminder.slot).where(
                t.Reminder.local_on.between(min(days), max(days))
            )
        )
    }
    rows = [row for row in rows if (row["patient_id"], row["local_on"], row["slot"]) not in known]
    for row in rows:
        is_over = row["expires_at"] <= now
        row |= {"id": uuid4(), "state": "suppressed" if is_over else "pending"}
        row |= {"reason": "too_late" if is_over else None}
    if rows:
        _insert(db, rows)
    return len(rows)


def claim(db: Session, *, worker: str, now: datetime, limit: int = 10) -> list[Claimed]:
    """Take up to `limit` reminders that are due, oldest first, for LEASE. No two workers get the same one."""
    due = (
        select(t.Reminder.id)
        .where(t.Reminder.state == "pending", t.Reminder.not_before_at <= now)
        .order_by(t.Reminder.not_before_at, t.Reminder.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    taken = db.execute(
        update(t.Reminder)
        .where(t.Reminder.id.in_(select(due.c.id)))
        .values(state="claimed", fence=t.Reminder.fence + 1, lease_owner=worker, lease_until_at=now + LEASE)
        .returning(t.Reminder.not_before_at, t.Reminder.id, t.Reminder.patient_id, t.Reminder.fence)
        .execution_options(synchronize_session=False)
    ).all()
    return [Claimed(id_, patient_id, fence) for _, id_, patient_id, fence in sorted(taken)]


def arm(db: Session, claimed: Claimed, *, now: datetime) -> Message | Withheld:
    """The gate: whether the reminder may go out at this moment. A Message may be handed over once this is committed."""
    patient = db.scalars(select(t.Patient).where(t.Patient.id == claimed.patient_id).with_for_update()).one()
    reminder = db.scalars(
        select(t.Reminder)
        .where(t.Reminder.id == claimed.reminder_id, *_held(claimed, "claimed"))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if reminder is None:
        return Withheld("lost")
    choice = _current(db, patient.id)
    account = db.scalars(select(t.Account).where(t.Account.patient_id == patient.id)).one_or_none()
    slot = _slot_now(db, reminder, patient, choice)
    if choice is not None and account is not None and slot is not None and slot.due_at > now:
        # Her zone changed since this was planned: the same reminder, at its new instant.
        reminder.due_at = reminder.not_before_at = slot.due_at
        reminder.expires_at = slot.expires_at
        _let_go(reminder, "pending", reminder.reason)
        return Withheld("not_yet")
    reason = _why_not(db, reminder, patient, choice, account, slot, now)
    if reason is not None or choice is None or choice.address is None or account is None:
        reason = reason or "not_wanted"
        _let_go(reminder, "suppressed", reason)
        return Withheld(reason)
    reminder.state, reminder.reason = "sending", None
    reminder.attempts += 1
    reminder.lease_until_at = now + LEASE
    return Message(claimed, choice.address, account.language, _key(reminder))


def mark_sent(db: Session, claimed: Claimed, *, now: datetime) -> bool:
    """The channel took it. False where the row is no longer this worker's."""
    # A worker that was stopped past its lease still knows that its hand-over was answered.
    return _change(db, claimed, ("sending", "unknown"), state="sent", sent_at=now, reason=None)


def mark_unknown(db: Session, claimed: Claimed, *, reason: str) -> bool:
    """Handed over without an answer: held, shown, and not sent again, because a second message may be one too many."""
    return _change(db, claimed, ("sending",), state="unknown", reason=reason)


def mark_failed(db: Session, claimed: Claimed, *, now: datetime, reason: str, is_final: bool) -> bool:
    """Surely not accepted: tried again later within its window, or given up with the reason where that is final."""
    reminder = db.scalars(
        select(t.Reminder)
        .where(t.Reminder.id == claimed.reminder_id, *_held(claimed, "claimed", "sending", "unknown"))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if reminder is None:
        return False
    again_at = now + _pause_before(reminder)
    if is_final or again_at >= reminder.expires_at:
        _let_go(reminder, "dead", reason)
    else:
        reminder.not_before_at = again_at
        _let_go(reminder, "pending", reason)
    return True


def release(db: Session, claimed: Claimed) -> bool:
    """Give back what was claimed and not begun."""
    return _change(db, claimed, ("claimed",), state="pending")


def reap(db: Session, *, now: datetime) -> None:
    """End what a worker that went away left behind, and what fell out of its window."""
    is_over = t.Reminder.lease_until_at <= now
    for condition, values in (
        (
            (t.Reminder.state == "claimed") & is_over,  # surely not handed over
            {"state": "pending"} | _NO_LEASE,
        ),
        (
            (t.Reminder.state == "sending") & is_over,  # nobody can tell any more
            {"state": "unknown", "reason": "worker_gone"} | _NO_LEASE,
        ),
        (
            (t.Reminder.state == "pending") & (t.Reminder.expires_at <= now) & t.Reminder.reason.is_(None),
            {"state": "suppressed", "reason": "too_late"},
        ),
        (
            (t.Reminder.state == "pending") & (t.Reminder.expires_at <= now),  # the reason is that of the last attempt
            {"state": "dead"},
        ),
    ):
        db.execute(update(t.Reminder).where(condition).values(values).execution_options(synchronize_session=False))


def beat(db: Session, *, worker: str, now: datetime) -> None:
    """Say that this worker ticked. The newest tick is also how far planning has come."""
    heartbeat = db.get(t.ReminderHeartbeat, worker)
    if heartbeat is None:
        db.execute(delete(t.ReminderHeartbeat).where(t.ReminderHeartbeat.ticked_at < now - 2 * _LONGEST_OUTAGE))
        db.add(t.ReminderHeartbeat(worker=worker, ticked_at=now))
    else:
        heartbeat.ticked_at = now


def _own(db: Session, viewer: Viewer) -> t.Patient:
    if viewer.role != "patient" or viewer.patient_id is None:
        raise NotFound("patient")
    return access.patient(db, viewer, viewer.patient_id)


def _refusals(address: str, times: Sequence[time], quiet: QuietHours) -> list[Refusal]:
    refusals = []
    if len(address) > 254 or not _ADDRESS.fullmatch(address):
        refusals.append(Refusal("address", "malformed"))
    if not times:
        refusals.append(Refusal("times", "none"))
    if len(times) > MOST_A_DAY:
        refusals.append(Refusal("times", "many", {"most": MOST_A_DAY}))
    minutes = [wall.hour * 60 + wall.minute for wall in times]
    if any(timedelta(minutes=two - one) < APART for one, two in pairwise(minutes)):
        refusals.append(Refusal("times", "close", {"minutes": APART // timedelta(minutes=1)}))
    refusals += [
        Refusal("times", "quiet", {"time": wall, "start": quiet.start, "end": quiet.end})
        for wall in times
        if wall in quiet
    ]
    return refusals


def _quiet_hours(db: Session, clinic_id: UUID) -> QuietHours:
    clinic = db.get_one(t.Clinic, clinic_id)
    return QuietHours(clinic.quiet_from, clinic.quiet_to)


def _current(db: Session, patient_id: UUID) -> t.ReminderChoice | None:
    return db.scalars(
        select(t.ReminderChoice).where(t.ReminderChoice.patient_id == patient_id, t.ReminderChoice.is_current)
    ).one_or_none()


def _times(db: Session, choice_id: UUID) -> tuple[tuple[int, time], ...]:
    return tuple(
        (slot, wall)
        for slot, wall in db.execute(
            select(t.ReminderTime.slot, t.ReminderTime.local_time)
            .where(t.ReminderTime.choice_id == choice_id)
            .order_by(t.ReminderTime.slot)
        )
    )


@lru_cache(maxsize=4096)
def _slots(day: date, times: tuple[tuple[int, time], ...], quiet: QuietHours, zone: ZoneInfo) -> tuple[Slot, ...]:
    return due_on(day, times, quiet=quiet, zone=zone)


def _due_between(db: Session, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """The rows of every reminder that current choices make due in [since, until]."""
    running = (
        select(t.Assignment.id)
        .where(
            t.Assignment.patient_id == t.Patient.id,
            t.Assignment.start_on <= until.date() + timedelta(days=1),
            t.Assignment.ends_on.is_(None) | (t.Assignment.ends_on >= since.date() - timedelta(days=1)),
        )
        .exists()
    )
    chosen = db.execute(
        select(
            t.ReminderChoice.patient_id,
            t.ReminderChoice.clinic_id,
            t.ReminderChoice.team_id,
            t.ReminderChoice.chosen_at,
            t.Patient.zone,
            t.Clinic.quiet_from,
            t.Clinic.quiet_to,
            t.ReminderTime.slot,
            t.ReminderTime.local_time,
        )
        .join(t.Patient, t.Patient.id == t.ReminderChoice.patient_id)
        .join(t.Clinic, t.Clinic.id == t.ReminderChoice.clinic_id)
        .join(t.ReminderTime, t.ReminderTime.choice_id == t.ReminderChoice.id)
        .where(t.ReminderChoice.is_current, t.ReminderChoice.channel != "none", running)
        .order_by(t.ReminderChoice.patient_id, t.ReminderTime.slot)
    ).all()
    for patient_id, group in groupby(chosen, key=lambda row: row.patient_id):
        rows = list(group)
        first = rows[0]
        zone = _zone(first.zone)
        if zone is None:
            continue  # one bad zone keeps nobody else waiting; `doctor` finds it
        times = tuple((row.slot, row.local_time) for row in rows)
        quiet = QuietHours(first.quiet_from, first.quiet_to)
        day = day_of(since, zone)
        while day <= day_of(until, zone):
            for slot in _slots(day, times, quiet, zone):
                if max(since, first.chosen_at) <= slot.due_at <= until:
                    yield {
                        "clinic_id": first.clinic_id,
                        "team_id": first.team_id,
                        "patient_id": patient_id,
                        "local_on": day,
                        "slot": slot.number,
                        "due_at": slot.due_at,
                        "not_before_at": slot.due_at,
                        "expires_at": slot.expires_at,
                        "fence": 0,
                        "attempts": 0,
                    }
            day += timedelta(days=1)


def _insert(db: Session, rows: Sequence[dict[str, Any]]) -> None:
    insert = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    db.execute(insert(t.Reminder).on_conflict_do_nothing(), rows)


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None


def _slot_now(db: Session, reminder: t.Reminder, patient: t.Patient, choice: t.ReminderChoice | None) -> Slot | None:
    """The reminder's day and slot as the choice, zone and quiet hours of this moment make them."""
    if choice is None or choice.channel == "none":
        return None
    slots = _slots(
        reminder.local_on, _times(db, choice.id), _quiet_hours(db, patient.clinic_id), ZoneInfo(patient.zone)
    )
    return next((slot for slot in slots if slot.number == reminder.slot), None)


def _why_not(
    db: Session,
    reminder: t.Reminder,
    patient: t.Patient,
    choice: t.ReminderChoice | None,
    account: t.Account | None,
    slot: Slot | None,
    now: datetime,
) -> str | None:
    """The one reason for which nothing goes out, or None."""
    if now >= reminder.expires_at:
        return "too_late"
    if account is None or account.closed_at is not None:
        return "account_closed"
    if choice is None or choice.channel == "none":
        return "not_wanted"
    if slot is None:
        return "changed"
    if is_quiet(now, quiet=_quiet_hours(db, patient.clinic_id), zone=ZoneInfo(patient.zone)):
        return "quiet_hours"
    if _address_refused(db, choice):
        return "address_refused"
    handed_over = db.execute(
        select(t.Reminder.state, t.Reminder.sent_at, t.Reminder.expires_at).where(
            t.Reminder.patient_id == patient.id,
            t.Reminder.local_on == reminder.local_on,
            t.Reminder.state.in_(_HANDED_OVER),
        )
    ).all()
    if len(handed_over) >= MOST_A_DAY:
        return "enough_today"
    for state, sent_at, expires_at in handed_over:
        # Of one whose outcome is unknown only its window says when that may have been.
        if sent_at > now - APART if sent_at is not None else state == "sending" or expires_at > now:
            return "just_sent"
    return _nothing_left(db, patient, now)


def _nothing_left(db: Session, patient: t.Patient, now: datetime) -> str | None:
    # Waits for an upload that is ending a session at this moment, so that no message goes out behind its commit.
    recent = t.Session.day_on >= day_of(now, ZoneInfo(patient.zone)) - timedelta(days=1)
    db.execute(select(t.Session.id).where(t.Session.patient_id == patient.id, recent).with_for_update(read=True))
    today = plans.plan_today(db, patient, now=now)
    if today.anything_left:
        return None
    if today.pauses:
        return "paused"
    return "done" if today.items else "nothing_due"


def _address_refused(db: Session, choice: t.ReminderChoice) -> bool:
    return bool(
        db.scalar(
            select(
                select(t.Reminder.id)
                .where(
                    t.Reminder.patient_id == choice.patient_id,
                    t.Reminder.state == "dead",
                    t.Reminder.reason == "address_refused",
                    t.Reminder.due_at >= choice.chosen_at,
                )
                .exists()
            )
        )
    )


def _held(claimed: Claimed, *states: str) -> tuple[Any, ...]:
    return t.Reminder.fence == claimed.fence, t.Reminder.state.in_(states)


def _change(db: Session, claimed: Claimed, states: tuple[str, ...], **values: Any) -> bool:
    changed = db.execute(
        update(t.Reminder)
        .where(t.Reminder.id == claimed.reminder_id, *_held(claimed, *states))
        .values(**values, **_NO_LEASE)
        .returning(t.Reminder.id)
        .execution_options(synchronize_session=False)
    )
    return changed.scalar_one_or_none() is not None


def _let_go(reminder: t.Reminder, state: str, reason: str | None) -> None:
    reminder.state, reminder.reason = state, reason
    reminder.lease_owner = reminder.lease_until_at = None


def _pause_before(reminder: t.Reminder) -> timedelta:
    """Longer after each attempt, and spread by a fifth either way so that a crowd does not come back at once."""
    step = _BACK_OFF[min(max(reminder.attempts, 1), len(_BACK_OFF)) - 1]
    spread = int.from_bytes(hashlib.sha256(f"{reminder.id}|{reminder.attempts}".encode()).digest()[:2]) / 0xFFFF
    return step * (0.8 + 0.4 * spread)


def _key(reminder: t.Reminder) -> str:
    return hashlib.sha256(f"{reminder.patient_id}|{reminder.local_on}|{reminder.slot}".encode()).hexdigest()
