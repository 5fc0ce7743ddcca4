"""How a session of a program is named in an address. Its author may have called it what it is, and addresses stay in a
browser's history: so an address holds a code of the name."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def code_of(session_key: str) -> str:
    """Twelve characters that stay the same as long as the name does."""
    return hashlib.sha256(session_key.encode()).hexdigest()[:12]


def key_of(code: str, session_keys: Iterable[str]) -> str | None:
    return next((key for key in session_keys if code_of(key) == code), None)
