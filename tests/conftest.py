"""Fixtures that every part of the suite shares: a database of each kind, a cast, a browser that keeps quiet."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, MetaData
from sqlalchemy.engine import URL

from coach.db.encryption import Keyring
from coach.db.engine import Database, make_engine
from coach.db.tables import Base
from hatch_build import compile_catalogues
from tests import postgres, prepare
from tests.cast import Cast, make_cast

KEYRING = Keyring({1: bytes(range(32))})

_HERE = Path(__file__).parent
_ON_BOTH_ENGINES = (_HERE / "services", _HERE / "db", _HERE / "reminders")
_ENGINES = ("sqlite", "postgresql")


def pytest_configure(config: pytest.Config) -> None:
    compile_catalogues(_HERE.parent)
    if node := prepare.node():
        os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", node)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests in a browser come last: from the first of them on, Playwright's event loop holds the main thread."""
    items.sort(key=lambda item: "playwright" in getattr(item, "fixturenames", ()))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests of services, of reminders and of the database run on SQLite and on PostgreSQL, all others on SQLite."""
    if "database" not in metafunc.fixturenames:
        return
    if any(folder in metafunc.definition.path.parents for folder in _ON_BOTH_ENGINES):
        marker = metafunc.definition.get_closest_marker("engines")
        metafunc.parametrize("database", marker.args if marker else _ENGINES, indirect=True)


def create_tables(engine: Engine) -> None:
    """Makes every table as it is declared, without the migrations."""
    # From a copy: on PostgreSQL SQLAlchemy adds the one circular foreign key by ALTER TABLE, and from then on leaves it
    # out of CREATE TABLE, on SQLite as well.
    copy = MetaData(naming_convention=Base.metadata.naming_convention)
    for table in Base.metadata.sorted_tables:
        table.to_metadata(copy)
    copy.create_all(engine)


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """An empty database with every table. Its address, for other processes, is `database.engine.url`."""
    kind = getattr(request, "param", "sqlite")
    url = request.getfixturevalue(f"{kind}_url")
    engine = make_engine(url, KEYRING)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def db(database):
    """One unit of work; a test that needs several uses `database`."""
    with database.write() as session:
        yield session


@pytest.fixture
def cast(db) -> Cast:
    return make_cast(db)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "coach.sqlite"
    engine = make_engine(f"sqlite:///{path}", KEYRING)
    create_tables(engine)
    engine.dispose()
    assert [file.name for file in path.parent.iterdir()] == [path.name], "a write-ahead log was left beside the copy"
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_sqlite: Path) -> str:
    shutil.copyfile(empty_sqlite, tmp_path / "coach.sqlite")
    return f"sqlite:///{tmp_path / 'coach.sqlite'}"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    with postgres.server() as url:
        yield url


@pytest.fixture(scope="session")
def postgresql_with_tables(postgresql_server: URL) -> URL:
    url = postgresql_server.set(database="tests")
    postgres.execute(postgresql_server, "CREATE DATABASE tests")
    engine = make_engine(url.render_as_string(hide_password=False), KEYRING)
    create_tables(engine)
    engine.dispose()
    return url


@pytest.fixture
def postgresql_url(postgresql_with_tables: URL) -> str:
    # Emptied before, not after, so that what a broken test left can be looked at and can hold nobody up. Deleting takes
    # 10 ms, TRUNCATE of as many tables 180 ms, a new database from a template 60 ms.
    postgres.execute(
        postgresql_with_tables,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        "SET session_replication_role = replica",  # deletes in any order
        ";".join(f'DELETE FROM "{table.name}"' for table in Base.metadata.sorted_tables),
    )
    return postgresql_with_tables.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def base_url() -> None:
    """In the place of pytest-playwright's own, which is of a kind that pytest warns of; each server gives its own."""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path, environment = prepare.chromium()
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--disable-sync",
        "--no-first-run",
    ]
    if os.geteuid() == 0:
        arguments.append("--no-sandbox")
    given = {**browser_type_launch_args, "args": arguments, "env": {**os.environ, **environment}}
    return {**given, "executable_path": path} if path else given


@pytest.fixture
def new_context(new_context, request: pytest.FixtureRequest):
    """Browser contexts in which any uncaught error, console error or CSP violation on any page breaks the test."""
    troubles: list[str] = []

    def make(**options):
        context = new_context(**options)
        context.on("weberror", lambda error: troubles.append(f"uncaught: {error.error}"))
        context.on("console", lambda message: _note(troubles, message))
        return context

    yield make
    allowed = [text for marker in request.node.iter_markers("allow_console") for text in marker.args]
    unexpected = [trouble for trouble in troubles if not any(text in trouble for text in allowed)]
    assert not unexpected, unexpected


def _note(troubles: list[str], message) -> None:
    is_bad_form_answered = "status of 422" in message.text  # what Chromium says of every form with a message
    if message.type == "error" and not is_bad_form_answered:
        troubles.append(f"console: {message.text} ({message.location.get('url', '')})")
