"""A reminder process with a clock of its own: waits for a line, ticks once, says how many messages went out.

`python -m tests.reminders.worker DATABASE_URL SMTP_URL NOW`
"""

from __future__ import annotations

import sys
from datetime import datetime

from coach.db.encryption import Keyring
from coach.db.engine import Database, make_engine
from coach.reminders.channels import Smtp
from coach.reminders.process import worker_name
from coach.reminders.tick import Ticker


def main(database_url: str, smtp_url: str, now: str) -> None:
    database = Database(make_engine(database_url, Keyring({1: bytes(range(32))})))
    channel = Smtp(smtp_url, sender="Daily plan <plan@example.org>", base_url="http://localhost:8000")
    at = datetime.fromisoformat(now)
    ticker = Ticker(database, channel, worker=worker_name(), clock=lambda: at)
    print("ready", flush=True)
    sys.stdin.readline()
    print(ticker.tick(), flush=True)


main(*sys.argv[1:])
