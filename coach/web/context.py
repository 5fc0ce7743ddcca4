"""What a view has at hand: the database, the clock, the settings, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import abort, current_app, g, request

from coach.config import Settings
from coach.db.engine import Database
from coach.domain.program import SafetyCheck
from coach.services import sign_ins
from coach.services.access import Viewer
from coach.services.passwords import Passwords
from coach.services.sign_ins import SignedIn

EXTENSION = "coach"


@dataclass(frozen=True, slots=True)
class Parts:
    """What `coach.app` put together for one application."""

    settings: Settings
    database: Database
    clock: Callable[[], datetime]
    passwords: Passwords
    usual_checks: tuple[SafetyCheck, ...]


def parts() -> Parts:
    found: Parts = current_app.extensions[EXTENSION]
    return found


def settings() -> Settings:
    return parts().settings


def database() -> Database:
    return parts().database


def passwords() -> Passwords:
    return parts().passwords


def usual_checks() -> tuple[SafetyCheck, ...]:
    """The safety questions for what a patient's own programs do not ask, from `programs/clinic/defaults.yaml`."""
    return parts().usual_checks


def clock() -> datetime:
    """The aware UTC instant now."""
    return parts().clock()


def sign_in_cookie() -> str:
    """The neutral name of the cookie that holds the sign-in's token. `__Host-` binds it to this host and to TLS."""
    return "__Host-visit" if settings().secure_cookies else "visit"


def signed_in() -> SignedIn | None:
    """The sign-in of this request, looked up once. Its `last_seen_at` is written at most once a minute."""
    if "signed_in" not in g:
        g.signed_in = _look_up()
    found: SignedIn | None = g.signed_in
    return found


def maybe_viewer() -> Viewer | None:
    found = signed_in()
    return found.viewer if found else None


def viewer() -> Viewer:
    """Who is asking. Aborts with 401 where nobody is signed in; views behind an access rule never see that."""
    found = maybe_viewer()
    if found is None:
        abort(401)
    return found


def _look_up() -> SignedIn | None:
    token = request.cookies.get(sign_in_cookie())
    if not token:
        return None
    now = clock()
    with database().read() as db:
        found = sign_ins.find(db, token, now=now)
    if found and found.is_seen_again(now):
        with database().write() as db:
            sign_ins.see(db, token, now=now)
    return found
