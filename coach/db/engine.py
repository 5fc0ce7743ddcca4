"""Engines and units of work. Every SQLite writer begins with BEGIN IMMEDIATE: with a plain BEGIN two writers that
read first and write later lose updates or fail with "database is locked" whatever the time-out."""

from __future__ import annotations

import importlib
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from sqlalchemy.sql import Executable

from coach.db.encryption import Keyring

# WAL before 3.51.3 can corrupt a database that several processes write (sqlite.org/wal.html#walresetbug).
SAFE_SQLITE = (3, 51, 3)
_PRAGMAS = (
    "busy_timeout=30000",
    "synchronous=FULL",
    "foreign_keys=ON",
    "trusted_schema=OFF",
    "secure_delete=ON",
)
_WAL_ATTEMPTS = 200  # of a twentieth of a second each


def sqlite_module() -> ModuleType:
    """Python's own sqlite3 where it is new enough for WAL, else the pysqlite3 wheel; an error where neither is."""
    if sqlite3.sqlite_version_info >= SAFE_SQLITE:
        return sqlite3
    try:
        bundled = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        bundled = None
    if bundled is not None and bundled.sqlite_version_info >= SAFE_SQLITE:
        return bundled
    raise RuntimeError(
        f"SQLite {sqlite3.sqlite_version} can corrupt a database in WAL mode; 3.51.3 or newer is needed: "
        "install the wheel `pysqlite3` or use PostgreSQL"
    )


def make_engine(url: str, keyring: Keyring, **options: Any) -> Engine:
    """An engine for `sqlite:///path` or `postgresql+psycopg://...`, with the keyring that opens its encrypted text."""
    parsed = make_url(url)
    options.setdefault("hide_parameters", True)  # an error's text ends up in logs, and parameters hold names
    if parsed.get_backend_name() == "sqlite":
        if parsed.database and parsed.database != ":memory:":
            _make_private(Path(parsed.database))
        engine = create_engine(parsed, module=sqlite_module(), **options)
        event.listen(engine, "connect", _set_pragmas)
        event.listen(engine, "begin", _begin)
    else:
        engine = create_engine(parsed, pool_pre_ping=True, **options)
    engine.dialect.coach_keyring = keyring  # type: ignore[attr-defined]
    return engine


def keyring_of(db: Session) -> Keyring:
    """The keyring with which this session's engine was made."""
    keyring: Keyring = db.get_bind().dialect.coach_keyring  # type: ignore[attr-defined]
    return keyring


def rows(db: Session, statement: Executable, **values: object) -> CursorResult[Any]:
    """Plain rows by a statement that was put together once, with its `bindparam`s. For what is asked at every request:
    `db.execute` gets ready for objects each time, which takes longer than the query."""
    if db.autoflush:
        db.flush()
    return db.connection().execute(statement, values)


def _make_private(path: Path) -> None:
    """An empty file for its owner alone; SQLite gives its companions (-wal, -shm) the same mode."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _set_pragmas(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, not the driver
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    _use_wal(connection)


def _use_wal(connection: Any) -> None:
    """A new database changes to WAL once. Where several processes open it at that moment, SQLite refuses all but one at
    once, whatever the busy time-out says, so that none waits for another for ever."""
    refused = sqlite_module().OperationalError
    for attempt in range(_WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except refused as error:
            if "locked" not in str(error) or attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(0.05)


def _begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """Units of work on one engine. Services get the session of one; only the edges open and end them."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._reading = engine.execution_options(reading=True)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Commits at the end, rolls back on an exception."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A snapshot; nothing written through it is kept. What was loaded can be read after it, as it was."""
        # Closing gives the snapshot back and lets go of what was loaded; a rollback would make it unreadable first.
        with Session(self._reading, autoflush=False) as session:
            yield session
