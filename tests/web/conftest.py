"""An application on a database with the cast in it, a clock that tests set, and browsers that are signed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coach.app import create_app
from coach.config import Settings
from coach.db.engine import Database, make_engine
from coach.services import sign_ins
from coach.services.passwords import Passwords
from coach.web.context import EXTENSION, Parts
from tests.cast import NOW, Cast, Person, make_cast
from tests.conftest import KEYRING
from tests.samples import Samples, make_samples

FAST = Passwords(memory_kib=8, rounds=1)


class Clock:
    """Stands still until it is set or moved on."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **span: float) -> None:
        self.now += timedelta(**span)


class Browser(FlaskClient):
    """A test client that sends the CSRF token of its pages as the header that htmx and the player send.

    `csrf=False` sends none; `csrf="..."` sends that one.
    """

    csrf_token: str | None = None

    def open(self, *args: Any, csrf: bool | str = True, **kwargs: Any) -> Any:
        if csrf is not False and str(kwargs.get("method", "GET")).upper() not in ("GET", "HEAD", "OPTIONS"):
            token = csrf if isinstance(csrf, str) else self.token()
            kwargs["headers"] = {"X-CSRFToken": token, **dict(kwargs.get("headers") or {})}
        return super().open(*args, buffered=True, **kwargs)

    def token(self) -> str:
        """The token of a page as this browser sees it now."""
        page = self.get("/no-such-page", headers={"Accept": "text/html"})
        found = re.search(r'<meta name="csrf-token" content="([^"]+)"', page.text)
        assert found, "a page without a CSRF token"
        return found[1]


@pytest.fixture
def cast(database) -> Cast:
    """Committed, unlike the cast of the services' tests: the application looks with its own connections."""
    with database.write() as db:
        return make_cast(db)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(database) -> Settings:
    return settings_for(database.engine.url.render_as_string(hide_password=False))


def settings_for(database_url: str) -> Settings:
    return Settings(
        database_url=database_url,
        secret_key="a key for tests alone",
        keyring=KEYRING,
        base_url="http://localhost",
        secure_cookies=False,
        trusted_hosts=("localhost",),
    )


@pytest.fixture(scope="session")
def application(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One for all tests, since building its routes and templates takes longer than a test."""
    url = f"sqlite:///{tmp_path_factory.mktemp('none') / 'unused.sqlite'}"
    return make_app(settings_for(url), Clock())


@pytest.fixture
def app(application, settings, clock) -> Iterator[Flask]:
    parts = Parts(
        settings=settings,
        database=Database(make_engine(settings.database_url, settings.keyring)),
        clock=clock,
        passwords=FAST,
        usual_checks=application.extensions[EXTENSION].usual_checks,
    )
    application.extensions[EXTENSION] = parts
    yield application
    parts.database.engine.dispose()


def make_app(settings: Settings, clock: Callable[[], datetime]) -> Flask:
    app = create_app(settings, clock, passwords=FAST)
    app.testing = True
    app.test_client_class = Browser
    return app


@pytest.fixture
def samples(database, cast) -> Samples:
    """One of everything that is the cast's patient's."""
    with database.write() as db:
        return make_samples(db, cast)


@pytest.fixture
def secure(settings, clock, cast) -> Iterator[Flask]:
    """The application as it runs behind TLS, at https://plan.example.org."""
    host = "plan.example.org"
    app = make_app(
        replace(settings, base_url=f"https://{host}", secure_cookies=True, trusted_hosts=(host,)),
        clock,
    )
    yield app
    app.extensions[EXTENSION].database.engine.dispose()


@pytest.fixture
def client_for(app, clock, database) -> Callable[[Person | None], Browser]:
    """A browser in which this person has just signed in; of nobody for None."""

    def client_for(person: Person | None) -> Browser:
        client = app.test_client()
        assert isinstance(client, Browser)
        if person is not None:
            with database.write() as db:
                token = sign_ins.open_sign_in(db, person.account_id, now=clock())
            client.set_cookie("visit", token, domain="localhost")
        return client

    return client_for
