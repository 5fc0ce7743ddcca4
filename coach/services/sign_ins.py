"""Sign-ins: one row for each signed-in browser, ended by time or by hand; and the throttle on attempts.

Signing in takes two units of work, because a verification lasts too long to hold a writer's lock: `attempt` counts
the try before anything is verified (so that tries at the same time cannot exceed the limit), `open_sign_in` ends it.
Known and unknown names cost the same queries and the same one verification: here an account is a diagnosis.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import keyring_of, rows
from coach.services import accounts
from coach.services.access import Viewer
from coach.services.passwords import Role

IDLE: dict[str, timedelta] = {"therapist": timedelta(minutes=30), "patient": timedelta(days=14)}
ABSOLUTE: dict[str, timedelta] = {"therapist": timedelta(hours=12), "patient": timedelta(days=90)}
SEEN_EVERY = timedelta(minutes=1)

_KEPT = timedelta(days=1)
_PER_NAME = ((timedelta(hours=1), 10), (timedelta(days=1), 20))
_PER_ADDRESS = ((timedelta(hours=1), 20),)

# Asked at every request, so put together once.
_FOUND = (
    select(
        t.SignIn.created_at,
        t.SignIn.last_seen_at,
        t.Account.id,
        t.Account.role,
        t.Account.clinic_id,
        t.Account.team_id,
        t.Account.patient_id,
        t.Account.language,
    )
    .join(t.Account, t.Account.id == t.SignIn.account_id)
    .where(t.SignIn.token_digest == bindparam("digest"), t.SignIn.ended_at.is_(None), t.Account.closed_at.is_(None))
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A sign-in that holds now, and whose it is."""

    viewer: Viewer
    language: str
    last_seen_at: datetime

    def is_seen_again(self, now: datetime) -> bool:
        """Whether a minute passed since the sign-in was last marked as seen."""
        return now - self.last_seen_at >= SEEN_EVERY


@dataclass(frozen=True, slots=True)
class Attempt:
    """A counted try. `account_id` and `password_hash` are None for a name that nobody has."""

    ids: tuple[UUID, ...]
    account_id: UUID | None
    password_hash: str | None


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many tries; `again_in` is when the window in which they were made ends at the latest."""

    again_in: timedelta


def attempt(db: Session, sign_in_name: str, *, address: str, now: datetime) -> Attempt | Throttled:
    """Counts a try under the name and under the address it came from."""
    keyring = keyring_of(db)
    name = keyring.digest(accounts.folded(sign_in_name), purpose="sign_in_attempt.name")
    place = keyring.digest(_network(address), purpose="sign_in_attempt.address")
    counted = count_tries(db, {name: _PER_NAME, place: _PER_ADDRESS}, now=now)
    if isinstance(counted, Throttled):
        return counted
    account = accounts.by_sign_in_name(db, sign_in_name)
    if account is None or account.closed_at is not None:
        return Attempt(counted, None, None)
    return Attempt(counted, account.id, account.password_hash)


def count_tries(
    db: Session, limits: dict[bytes, tuple[tuple[timedelta, int], ...]], *, now: datetime
) -> tuple[UUID, ...] | Throttled:
    """One try under each subject, unless one of them is at its limit. The rows hold over processes and restarts."""
    _one_at_a_time(db, limits)
    db.execute(delete(t.SignInAttempt).where(t.SignInAttempt.failed_at <= now - _KEPT))
    for subject, windows in limits.items():
        for window, most in windows:
            tries = select(func.count()).where(
                t.SignInAttempt.subject == subject, t.SignInAttempt.failed_at > now - window
            )
            if db.scalar(tries) >= most:  # type: ignore[operator]
                return Throttled(window)
    rows = [t.SignInAttempt(subject=subject, failed_at=now) for subject in limits]
    db.add_all(rows)
    db.flush()
    return tuple(row.id for row in rows)


def open_sign_in(
    db: Session, account_id: UUID, *, now: datetime, tried: Attempt | None = None, password_hash: str | None = None
) -> str:
    """A new sign-in and its token, which is kept nowhere but in the browser. `tried` is no longer counted as failed;
    `password_hash` replaces one made with the parameters of another day."""
    account = db.get_one(t.Account, account_id)
    if tried:
        db.execute(delete(t.SignInAttempt).where(t.SignInAttempt.id.in_(tried.ids)))
    if password_hash:
        account.password_hash = password_hash
    token = secrets.token_urlsafe(32)
    db.add(
        t.SignIn(
            token_digest=digest_of(token),
            account_id=account.id,
            clinic_id=account.clinic_id,
            team_id=account.team_id,
            created_at=now,
            last_seen_at=now,
        )
    )
    db.flush()
    return token


def find(db: Session, token: str, *, now: datetime) -> SignedIn | None:
    """The sign-in of this token, unless it ended, was idle for too long or is too old. One query."""
    row = rows(db, _FOUND, digest=digest_of(token)).one_or_none()
    if row is None or now - row.last_seen_at >= IDLE[row.role] or now - row.created_at >= ABSOLUTE[row.role]:
        return None
    viewer = Viewer(row.id, cast(Role, row.role), row.clinic_id, row.team_id, row.patient_id)
    return SignedIn(viewer, row.language, row.last_seen_at)


def see(db: Session, token: str, *, now: datetime) -> None:
    db.execute(
        update(t.SignIn)
        .where(t.SignIn.token_digest == digest_of(token), t.SignIn.last_seen_at < now)
        .values(last_seen_at=now)
    )


def end(db: Session, token: str, *, now: datetime) -> None:
    """Ends this sign-in; one that ended keeps the time at which it did."""
    db.execute(
        update(t.SignIn)
        .where(t.SignIn.token_digest == digest_of(token), t.SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )


def digest_of(token: str) -> bytes:
    """SHA-256 is enough for 256 random bits, and lets the row be found by its key."""
    return hashlib.sha256(token.encode()).digest()


def _one_at_a_time(db: Session, subjects: dict[bytes, tuple[tuple[timedelta, int], ...]]) -> None:
    # SQLite has one writer at a time as it is; PostgreSQL would let two count before either adds.
    if db.get_bind().dialect.name == "postgresql":
        for subject in sorted(subjects):
            db.execute(select(func.pg_advisory_xact_lock(int.from_bytes(subject[:8], "big", signed=True))))


def _network(address: str) -> str:
    """One household or host: an IPv4 address, or the first 64 bits of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv6Address):
        # On a socket for both kinds an IPv4 address comes as `::ffff:...`: all of them would be one network.
        parsed = parsed.ipv4_mapped or parsed
    return str(parsed if parsed.version == 4 else ipaddress.ip_network((parsed, 64), strict=False))
