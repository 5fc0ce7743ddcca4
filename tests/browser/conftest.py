"""A real server on a database with the cast in it, for a real browser: `page.goto("/today")` goes to it."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page
from werkzeug.serving import WSGIRequestHandler, make_server

from coach.app import create_app
from coach.config import Settings
from coach.db.engine import Database
from coach.services.passwords import Passwords
from coach.web.context import EXTENSION
from tests.cast import PASSWORD, Cast, Person, make_cast
from tests.conftest import KEYRING
from tests.web.conftest import Clock


@dataclass(frozen=True)
class LiveServer:
    """`clock.now` is what the server takes the time to be; a page has its own clock (`page.clock`)."""

    url: str
    database: Database
    cast: Cast
    clock: Clock = field(default_factory=Clock)


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_: object) -> None:
        pass


@pytest.fixture
def cast(database) -> Cast:
    """Committed: the server looks with its own connections."""
    with database.write() as db:
        return make_cast(db)


@pytest.fixture
def live_server(database, cast) -> Iterator[LiveServer]:
    with socket.create_server(("localhost", 0)) as listening:
        url = f"http://localhost:{listening.getsockname()[1]}"
        live = LiveServer(url, database, cast)
        settings = Settings(
            database_url=database.engine.url.render_as_string(hide_password=False),
            secret_key="a key for tests alone",
            keyring=KEYRING,
            base_url=url,
            secure_cookies=False,
            trusted_hosts=("localhost",),
        )
        app = create_app(settings, live.clock, passwords=Passwords(memory_kib=8, rounds=1))
        server = make_server("localhost", 0, app, threaded=True, request_handler=_Quiet, fd=listening.fileno())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield live
        server.shutdown()
        thread.join()
        server.server_close()
        app.extensions[EXTENSION].database.engine.dispose()


@pytest.fixture
def new_context(new_context, live_server):
    """Browser contexts whose relative addresses are the server's."""
    return lambda **options: new_context(**{"base_url": live_server.url, **options})


@pytest.fixture
def sign_in() -> Callable[[Page, Person], None]:
    """Signs a person of the cast in by the form, and waits for her first page."""

    def sign_in(page: Page, person: Person) -> None:
        page.goto("/sign-in")
        page.locator("input[name=name]").fill(person.sign_in_name)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("form:has(input[name=password]) button").click()
        page.wait_for_url(lambda url: "/sign-in" not in url)

    return sign_in
