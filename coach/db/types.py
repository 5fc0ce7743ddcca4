"""Column types of our own: aware UTC instants, and text that only the holder of the key can read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

from coach.db.encryption import Keyring


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant in UTC. A naive value is refused; SQLite, which forgets zones, gets them back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware: give it a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class EncryptedText(TypeDecorator[str]):
    """Text encrypted with AES-256-GCM; `purpose` (table.column) is authenticated, so ciphertext cannot move columns.

    The keyring is put on the dialect by `coach.db.engine.make_engine`; without one, reading and writing are refused.
    """

    impl = Text
    cache_ok = True

    def __init__(self, purpose: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.purpose = purpose

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keyring(dialect).encrypt(value, purpose=self.purpose)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _keyring(dialect).decrypt(value, purpose=self.purpose)


def _keyring(dialect: Dialect) -> Keyring:
    keyring = getattr(dialect, "coach_keyring", None)
    if keyring is None:
        raise RuntimeError("this engine has no keyring: make it with coach.db.engine.make_engine")
    return keyring  # type: ignore[no-any-return]
