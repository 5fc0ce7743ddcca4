"""Run by Alembic; the connection, already in its transaction, is handed in by `coach.db.migrating`."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from coach.db.tables import Base
from coach.db.types import EncryptedText, UtcDateTime


def render_item(kind: str, item: Any, _autogenerate: AutogenContext) -> str | Literal[False]:
    """Our own types are written as what they are in the database, so that old migrations need none of today's code."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, EncryptedText):
        return "sa.Text()"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    render_item=render_item,
    compare_server_default=True,
    transactional_ddl=True,  # SQLite can, since `coach.db.engine` says BEGIN itself
)
context.run_migrations()
