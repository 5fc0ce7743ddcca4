"""`coach demo`: a clinic to try on this machine, with its web server and its reminder process."""

from __future__ import annotations

import argparse
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

_WAIT_SECONDS = 30
_READY = "ready"  # a file that holds the version of the tables, then the sign-ins as they are shown


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("demo", help="a demo clinic on this machine")
    parser.add_argument("--port", type=int, default=8000, help="default %(default)s")
    parser.add_argument("--fresh", action="store_true", help="forget the demo's data and make it again")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM. A second run keeps the data. Exits 2 where the port is taken."""
    port = arguments.port
    if _is_taken(port):
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
    if arguments.fresh:
        _forget(var)
    if not _is_ready(var):
        _prepare(var, environment)
    children: list[subprocess.Popen[bytes]] = []
    ended = _until_told()
    try:
        children.append(_start("serve", "--bind", f"localhost:{port}", environment=environment))
        if not _wait_for(port, children, ended):
            if not ended.is_set():
                print("coach: the web server did not start; what it said stands above", file=sys.stderr)
                return 1
        else:
            _greet(port, (var / _READY).read_text().partition("\n")[2])
            children.append(_start("reminders", "run", environment=environment))
        while all(child.poll() is None for child in children) and not ended.wait(0.5):
            pass
    finally:
        _stop(children)
    if not ended.is_set():
        print("coach: a process of the demo ended; what it said stands above", file=sys.stderr)
        return 1
    print("\nThe demo has stopped. Its data is kept; --fresh makes it anew.")
    return 0


def _until_told() -> threading.Event:
    """Set by Ctrl-C or SIGTERM. Not an exception: between the start of a process and its place in the list of children
    it would leave that one behind. What a shell starts in the background may be meant to ignore SIGINT, and does."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: ended.set())
    return ended


def _is_ready(var: Path) -> bool:
    """Whether the clinic was made to its end, with the tables of this version. Looks without importing any of it, so
    that a second start is a quick one."""
    ready = var / _READY
    return ready.is_file() and ready.read_text().partition("\n")[0] == _tables() and (var / "coach.sqlite").is_file()


def _tables() -> str:
    return max(path.stem for path in (Path(__file__).parents[1] / "db" / "migrations" / "versions").glob("[0-9]*.py"))


def _forget(var: Path) -> None:
    for name in (_READY, "coach.sqlite", "coach.sqlite-wal", "coach.sqlite-shm", "keys"):
        (var / name).unlink(missing_ok=True)


def _prepare(var: Path, environment: dict[str, str]) -> None:
    from coach.config import make_keys, settings_from
    from coach.db.engine import Database, make_engine
    from coach.db.migrating import upgrade
    from coach.demo import clinic

    is_made = (var / _READY).is_file()
    if not is_made:
        _forget(var)  # what an interrupted first start left
        make_keys(var / "keys")
    settings = settings_from(environment)
    engine = make_engine(settings.database_url, settings.keyring)
    try:
        upgrade(engine)
        if not is_made:
            print("Making the demo clinic: months of sessions, played one by one.", flush=True)
            clinic.fill(Database(engine), now=datetime.now(UTC), say=lambda line: print(f"  {line}", flush=True))
    finally:
        engine.dispose()
    lines = [f"Sign in with the password “{clinic.PASSWORD}” as"]
    lines += [f"  {sign_in_name:<20} {name}, therapist" for name, sign_in_name in clinic.THERAPISTS]
    lines += [f"  {course.sign_in_name:<20} {course.name}, patient" for course in clinic.COURSES]
    (var / _READY).write_text("\n".join([_tables(), *lines]))


def _start(*command: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "coach.cli", *command], env=environment)


def _greet(port: int, sign_ins: str) -> None:
    print(f"\nThe demo is at http://localhost:{port}\n\n{sign_ins}")
    print("\nExample programs: no clinician has reviewed them. Ctrl-C stops the demo.", flush=True)


def _is_taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("localhost", port)) == 0


def _wait_for(port: int, children: list[subprocess.Popen[bytes]], ended: threading.Event) -> bool:
    """Until a page comes back: the port is open before the first worker can answer on it."""
    until = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < until and not ended.is_set() and all(child.poll() is None for child in children):
        connection = HTTPConnection("localhost", port, timeout=_WAIT_SECONDS)
        try:
            connection.request("GET", "/sign-in")
            return connection.getresponse().status == 200
        except OSError:
            time.sleep(0.05)
        finally:
            connection.close()
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
