"""One tick: plan what comes, end what was left behind, then claim, ask the gate, hand over and mark, one at a time; at
last write down what is due on the days that have begun.

Any number of processes may tick at once. Nothing is sent inside a transaction, and no row can stop another.
"""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Callable
from datetime import date, datetime
from time import monotonic
from uuid import UUID

from coach.db.engine import Database
from coach.domain.calendar import local_day
from coach.reminders.channels import Answer, Channel
from coach.services import due_days, reminders
from coach.services.reminders import Claimed, Message

log = logging.getLogger(__name__)

CRASH_POINTS = ("after_claim", "after_arm", "after_accept")
_BATCH = 10
# A worker that was stopped for longer between gate and hand-over asks no more whether the answer still holds.
_ARMED_SECONDS = 30.0


class Ticker:
    """What one reminder process does at each tick. `clock` gives aware UTC instants.

    `crash_at` names a point at which the process kills itself, for the tests of what a power cut leaves behind.
    """

    def __init__(
        self,
        database: Database,
        channel: Channel,
        *,
        worker: str,
        clock: Callable[[], datetime],
        ticks: Callable[[], float] = monotonic,
        crash_at: str | None = None,
    ) -> None:
        if crash_at is not None and crash_at not in CRASH_POINTS:
            raise ValueError(f"a crash point is one of {', '.join(CRASH_POINTS)}, not {crash_at!r}")
        self._database, self._channel, self._worker = database, channel, worker
        self._clock, self._ticks, self._crash_at = clock, ticks, crash_at
        self._is_stopping = False
        self._opened: dict[str, date] = {}  # by zone the last day that this process has opened there

    def stop(self) -> None:
        """End the tick after what is in flight; what is claimed and not begun is given back."""
        self._is_stopping = True

    def tick(self) -> int:
        """Everything that is due by now; returns how many messages a channel took."""
        with self._database.write() as db:
            now = self._clock()
            reminders.reap(db, now=now)
            reminders.plan_due(db, now=now)
            reminders.beat(db, worker=self._worker, now=now)
        sent = 0
        try:
            while not self._is_stopping and (batch := self._claim()):
                self._reached("after_claim")
                for claimed in batch:
                    sent += self._is_sent(claimed)
        finally:
            self._channel.close()
        self._open_days()
        return sent

    def _open_days(self) -> None:
        """Each patient's day is opened once it has begun where she lives."""
        now = self._clock()
        with self._database.read() as db:
            zones = due_days.zones(db)
        for zone in zones:
            try:
                today = local_day(now, zone=zone)
            except (KeyError, ValueError, OSError):
                continue  # one bad zone keeps nobody else waiting; `doctor` finds it
            if self._opened.get(zone) == today:
                continue
            with self._database.read() as db:
                patients = due_days.unopened(db, zone, today=today)
            if all(self._is_opened(patient_id, now) for patient_id in patients):
                self._opened[zone] = today

    def _is_opened(self, patient_id: UUID, now: datetime) -> bool:
        if self._is_stopping:
            return False
        try:
            with self._database.write() as db:
                due_days.open_day(db, patient_id, now=now)
        except Exception as error:
            log.error("a day was not opened: %s", type(error).__name__)
            return False
        return True

    def _claim(self) -> list[Claimed]:
        with self._database.write() as db:
            return reminders.claim(db, worker=self._worker, now=self._clock(), limit=_BATCH)

    def _is_sent(self, claimed: Claimed) -> bool:
        try:
            if self._is_stopping:
                with self._database.write() as db:
                    reminders.release(db, claimed)
                return False
            with self._database.write() as db:
                message = reminders.arm(db, claimed, now=self._clock())
            armed_at = self._ticks()
        except Exception as error:
            # Without the text of the error: it may hold what the row holds.
            log.error("reminder %s was not decided: %s", claimed.reminder_id, type(error).__name__)
            self._mark(claimed, Answer("later", "not_decided"))
            return False
        if not isinstance(message, Message):
            log.info("reminder %s withheld: %s", claimed.reminder_id, message.reason)
            return False
        self._reached("after_arm")
        answer = self._handed_over(message, armed_at)
        self._reached("after_accept")
        self._mark(claimed, answer)
        log.info("reminder %s %s %s", claimed.reminder_id, answer.kind, answer.code)
        return answer.kind == "taken"

    def _handed_over(self, message: Message, armed_at: float) -> Answer:
        if self._ticks() - armed_at > _ARMED_SECONDS:
            return Answer("later", "stalled")
        try:
            return self._channel.deliver(message, now=self._clock())
        except Exception as error:
            log.error("reminder %s: channel broke: %s", message.claimed.reminder_id, type(error).__name__)
            return Answer("unknown", "channel_broke")

    def _mark(self, claimed: Claimed, answer: Answer) -> None:
        try:
            with self._database.write() as db:
                now = self._clock()
                if answer.kind == "taken":
                    reminders.mark_sent(db, claimed, now=now)
                elif answer.kind == "unknown":
                    reminders.mark_unknown(db, claimed, reason=answer.code)
                else:
                    is_final = answer.kind == "never"
                    reminders.mark_failed(db, claimed, now=now, reason=answer.code, is_final=is_final)
        except Exception as error:
            # The lease ends what this could not: claimed is tried again, sending is held.
            log.error("reminder %s was not marked: %s", claimed.reminder_id, type(error).__name__)

    def _reached(self, point: str) -> None:
        if point == self._crash_at:
            os.kill(os.getpid(), signal.SIGKILL)
