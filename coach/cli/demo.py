"""`coach demo`: a clinic to try on this machine, with its web server and its reminder process."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

_WAIT_SECONDS = 30


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("demo", help="a demo clinic on this machine")
    parser.add_argument("--port", type=int, default=8000, help="default %(default)s")
    parser.add_argument("--fresh", action="store_true", help="forget the demo's data and make it again")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Until Ctrl-C. A second run keeps the data. Exits 2 where the port is taken."""
    port = arguments.port
    if _answers(port):
        print(f"coach: something answers on port {port} already: stop it, or take another with --port", file=sys.stderr)
        return 2
    var = Path(os.environ.get("COACH_VAR", "var")).absolute() / "demo"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COACH_")}
    environment |= {
        "COACH_VAR": str(var),
        "COACH_DEMO": "1",
        "COACH_BASE_URL": f"http://localhost:{port}",
        "COACH_SMTP_URL": "console:",
    }
    _prepare(var, environment, fresh=arguments.fresh)
    commands = (["serve", "--bind", f"localhost:{port}"], ["reminders", "run"])
    children = [
        subprocess.Popen([sys.executable, "-m", "coach.cli", *command], env=environment) for command in commands
    ]
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        if not _wait_for(port, children):
            print("coach: the web server did not start; what it said stands above", file=sys.stderr)
            return 1
        _greet(port)
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        print("coach: a process of the demo ended; what it said stands above", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nThe demo has stopped. Its data is kept; --fresh makes it anew.")
        return 0
    finally:
        _stop(children)


def _prepare(var: Path, environment: dict[str, str], *, fresh: bool) -> None:
    from coach.config import make_keys, settings_from
    from coach.db.engine import Database, make_engine
    from coach.db.migrating import is_current, upgrade
    from coach.demo import clinic

    if fresh:
        for name in ("coach.sqlite", "coach.sqlite-wal", "coach.sqlite-shm", "keys"):
            (var / name).unlink(missing_ok=True)
    if not (var / "keys").exists():
        make_keys(var / "keys")
    settings = settings_from(environment)
    engine = make_engine(settings.database_url, settings.keyring)
    try:
        if not is_current(engine):
            upgrade(engine)
        database = Database(engine)
        with database.read() as db:
            ready = clinic.is_there(db)
        if not ready:
            print("Making the demo clinic: months of sessions, played one by one.", flush=True)
            clinic.fill(database, now=datetime.now(UTC), say=lambda line: print(f"  {line}", flush=True))
    finally:
        engine.dispose()


def _greet(port: int) -> None:
    from coach.demo.clinic import COURSES, PASSWORD, THERAPISTS

    print(f"\nThe demo is at http://localhost:{port}\n\nSign in with the password “{PASSWORD}” as")
    for name, sign_in_name in THERAPISTS:
        print(f"  {sign_in_name:<20} {name}, therapist")
    for course in COURSES:
        print(f"  {course.sign_in_name:<20} {course.name}, patient")
    print("\nExample programs: no clinician has reviewed them. Ctrl-C stops the demo.", flush=True)


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("localhost", port)) == 0


def _wait_for(port: int, children: list[subprocess.Popen[bytes]]) -> bool:
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until and all(child.poll() is None for child in children):
        if _answers(port):
            return True
        time.sleep(0.05)
    return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(25)
        except subprocess.TimeoutExpired:
            child.kill()
