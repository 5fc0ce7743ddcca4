"""Bringing a database to the tables of this version: all of it or nothing, wherever the command is run from.

There is no way down: what a migration drops is gone, and the way back is the backup made before it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from coach.db.encryption import Keyring
from coach.db.engine import make_engine

_FOLDER = Path(__file__).parent / "migrations"
_LOCK = 7_203_115  # any number that nothing else locks


class BrokenReferences(RuntimeError):
    """After the migration a row would point to one that does not exist; nothing was changed."""


def upgrade(engine: Engine) -> None:
    """To the newest version, in one transaction: a process killed in between leaves the old one. Raises
    BrokenReferences. Two processes at once are no harm: the second waits and finds nothing to do."""
    with _migrating(engine) as connection:
        command.upgrade(_config(connection), "head")


def is_current(engine: Engine) -> bool:
    """Whether the database is at the newest version."""
    with engine.connect() as connection:
        heads = MigrationContext.configure(connection).get_current_heads()
    return set(heads) == set(ScriptDirectory.from_config(_config()).get_heads())


def draft(reason: str) -> Path:
    """Writes a new migration from the last one to the tables as they are declared now, to be read and mended."""
    with tempfile.TemporaryDirectory() as folder:
        engine = make_engine(f"sqlite:///{folder}/draft.sqlite", Keyring({1: bytes(32)}))
        upgrade(engine)
        number = len(list(ScriptDirectory.from_config(_config()).walk_revisions())) + 1
        with engine.begin() as connection:
            made = command.revision(_config(connection), reason, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()
    if made is None or isinstance(made, list):
        raise RuntimeError("Alembic made no single migration")
    return Path(made.path)


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                connection.execute(text("SET LOCAL lock_timeout = '3s'"))
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                yield connection
            return
        # To alter a table SQLite drops and remakes it. With foreign keys on, the drop deletes the rows of other tables
        # that point to it, and inside a transaction they can no longer be turned off.
        driver = connection.connection.dbapi_connection
        if driver is None:
            raise RuntimeError("this connection is closed")
        cursor = driver.cursor()
        cursor.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                broken = connection.execute(text("PRAGMA foreign_key_check")).all()
                if broken:
                    raise BrokenReferences(f"{len(broken)} rows, the first in table {broken[0][0]}")
        finally:
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.close()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
