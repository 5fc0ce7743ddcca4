"""The demo clinic in a folder of its own: what the pages are measured on."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flask import Flask

from coach.app import create_app
from coach.config import Settings, make_keys, read_keys
from coach.db.encryption import Keyring
from coach.db.engine import Database, make_engine
from coach.db.migrating import upgrade
from coach.demo import clinic

PATIENT = "Lena"


@dataclass(frozen=True)
class Clinic:
    """`cookie` is that of a signed-in patient; `seconds`: how long the clinic took to make."""

    settings: Settings
    path: Path
    cookie: str
    seconds: float

    def application(self) -> Callable[[], Flask]:
        return lambda: create_app(self.settings, lambda: datetime.now(UTC))


@contextmanager
def demo_clinic() -> Iterator[Clinic]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "coach.sqlite"
        make_keys(Path(folder) / "keys")
        keyring = Keyring(read_keys(Path(folder) / "keys"))
        settings = Settings(
            database_url=f"sqlite:///{path}",
            secret_key="benchmark",
            keyring=keyring,
            base_url="http://localhost",
            secure_cookies=False,
            trusted_hosts=("localhost",),
        )
        engine = make_engine(settings.database_url, keyring)
        upgrade(engine)
        database = Database(engine)
        began = time.monotonic()
        # Made as of yesterday, so that today is before the patient as it is in the morning.
        clinic.fill(database, now=datetime.now(UTC) - timedelta(days=1))
        seconds = time.monotonic() - began
        engine.dispose()  # the servers fork
        made = Clinic(settings, path, cookie="", seconds=seconds)
        yield replace(made, cookie=_signed_in(made.application()()))


def _signed_in(app: Flask) -> str:
    """The cookie of the patient's sign-in."""
    name = next(course.sign_in_name for course in clinic.COURSES if course.name == PATIENT)
    browser = app.test_client()
    page = browser.get("/sign-in", base_url="http://localhost").get_data(as_text=True)
    answer = browser.post(
        "/sign-in",
        base_url="http://localhost",
        data={"name": name, "password": clinic.PASSWORD, "csrf_token": csrf_token(page)},
        headers={"Origin": "http://localhost"},
    )
    if answer.status_code != 303:
        raise RuntimeError(f"signing in was answered with {answer.status_code}")
    cookies = (browser.get_cookie("visit"), browser.get_cookie("form"))
    return "; ".join(f"{cookie.key}={cookie.value}" for cookie in cookies if cookie is not None)


def csrf_token(page: str) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', page)
    if found is None:
        raise RuntimeError("the page has no CSRF token")
    return found[1]
