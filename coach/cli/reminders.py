"""`coach reminders`: the reminder process. Any number may run, on any number of machines."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from datetime import UTC, datetime
from typing import Any

from coach.config import BadSetting, Settings, settings_from
from coach.db.engine import Database, make_engine
from coach.reminders.channels import Channel, channel_for
from coach.reminders.tick import CRASH_POINTS, Ticker


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("reminders", help="the reminder process")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    running = actions.add_parser("run", help="remind until it is told to end")
    running.add_argument("--every", type=float, default=30.0, metavar="SECONDS", help="default %(default)s")
    running.set_defaults(run=run)
    actions.add_parser("tick", help="remind once of what is due now").set_defaults(run=run_tick)


def run(arguments: argparse.Namespace) -> int:
    from coach.reminders.process import run as run_until_told

    if arguments.every <= 0:
        raise BadSetting("--every must be more than 0 seconds")
    database, channel, crash_at = _parts(settings_from(os.environ))
    run_until_told(database, channel, clock=_clock, tick_seconds=arguments.every, crash_at=crash_at)
    database.engine.dispose()
    return 0


def run_tick(_arguments: argparse.Namespace) -> int:
    from coach.reminders.process import worker_name

    database, channel, crash_at = _parts(settings_from(os.environ))
    sent = Ticker(database, channel, worker=worker_name(), clock=_clock, crash_at=crash_at).tick()
    print(f"{sent} sent")
    database.engine.dispose()
    return 0


def _parts(settings: Settings) -> tuple[Database, Channel, str | None]:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    crash_at = os.environ.get("COACH_CRASH_AT") or None
    if crash_at is not None and crash_at not in CRASH_POINTS:
        raise BadSetting(f"COACH_CRASH_AT is one of {', '.join(CRASH_POINTS)}, not {crash_at!r}")
    if settings.smtp_url is None:
        # Printing instead of sending would mark reminders as sent and put addresses into a log.
        raise BadSetting(
            "COACH_SMTP_URL is not set: reminders need a mail server, such as smtps://user:password@mail.example.org "
            "(console: prints them instead, to try things out)"
        )
    database = Database(make_engine(settings.database_url, settings.keyring))
    channel = channel_for(settings.smtp_url, sender=settings.mail_from, base_url=settings.base_url)
    return database, channel, crash_at


def _clock() -> datetime:
    return datetime.now(UTC)
