"""The reminder process: a tick each half minute until it is told to end. Any number of them may run.

APScheduler is only the wake-up call. What is due stands in the database, never in its jobs.
"""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime

from apscheduler.schedulers.background import BackgroundScheduler

from coach.db.engine import Database
from coach.reminders.channels import Channel
from coach.reminders.tick import Ticker

log = logging.getLogger(__name__)

TICK_SECONDS = 30.0


def worker_name() -> str:
    """A name that no other process has, now or after a restart."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def run(
    database: Database,
    channel: Channel,
    *,
    clock: Callable[[], datetime],
    tick_seconds: float = TICK_SECONDS,
    crash_at: str | None = None,
) -> None:
    """Tick until SIGTERM or SIGINT, then finish what is in flight. Must be called in the main thread."""
    ticker = Ticker(database, channel, worker=worker_name(), clock=clock, crash_at=crash_at)
    ended = threading.Event()

    def end(*_: object) -> None:
        ticker.stop()
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    _tick(ticker)
    scheduler = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(_tick, "interval", args=(ticker,), seconds=tick_seconds)
    scheduler.start()
    ended.wait()
    scheduler.shutdown(wait=True)


def _tick(ticker: Ticker) -> None:
    try:
        ticker.tick()
    except Exception as error:
        # A database that is away for a while: the next tick finds everything where it was.
        log.error("tick: %s", type(error).__name__)
