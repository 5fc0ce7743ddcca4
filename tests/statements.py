"""The SQL statements that a piece of work sends: what a page costs whatever the size of the caseload."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """SELECTs, INSERTs, UPDATEs and DELETEs sent by this engine inside the block, in order."""
    seen: list[str] = []

    def note(_connection, _cursor, statement, _parameters, _context, _many):
        if statement.lstrip()[:6].upper() in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
