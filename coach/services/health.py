"""Whether what is stored can be used: for `coach doctor`, never for a page."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from coach.db import tables as t


def try_keys(db: Session) -> bool:
    """Decrypts one account's name. False where there is no account yet; raises WrongKey where the keys do not fit."""
    return db.scalar(select(t.Account.name).limit(1)) is not None
