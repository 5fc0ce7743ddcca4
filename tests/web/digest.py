"""A fingerprint of everything in a database: equal before and after what must change nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from coach.db.engine import Database
from coach.db.tables import Base


def digest(database: Database, *, seen: bool = False, but: Collection[str] = ()) -> str:
    """Over every row of every table but those named. When somebody was last seen counts only where asked for."""
    told = hashlib.sha256()
    with database.engine.connect() as connection:
        for table in (table for table in Base.metadata.sorted_tables if table.name not in but):
            columns = [f'"{c.name}"' for c in table.columns if seen or c.name != "last_seen_at"]
            rows = connection.exec_driver_sql(f'SELECT {", ".join(columns)} FROM "{table.name}"')
            told.update(f"{table.name}\n".encode())
            told.update("\n".join(sorted(map(repr, rows))).encode())
    return told.hexdigest()
