"""`coach doctor`: looks at everything that the product needs, changes nothing, and says plainly what is not there."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from importlib.resources import files
from typing import Any

from coach import resource
from coach.app import create_app
from coach.config import BadSetting, Settings, settings_from
from coach.db.encryption import WrongKey
from coach.db.engine import SAFE_SQLITE, Database, make_engine, sqlite_module
from coach.db.migrating import is_current
from coach.services import health, programs
from coach.services.patients import LANGUAGES

_REFERENCES = (
    re.compile(r'<link[^>]+rel="stylesheet"[^>]*href="([^"]+)"'),
    re.compile(r'<script[^>]+src="([^"]+)"'),
)


class Trouble(Exception):
    """Something is not as it is needed; the message says what, and what to do."""


def add_parser(subparsers: Any) -> None:
    parser = subparsers.add_parser("doctor", help="look whether everything needed is here, and say what is not")
    parser.set_defaults(run=run)


def run(_arguments: argparse.Namespace) -> int:
    """1 where anything is amiss. Each check is made, whatever the others found; the first, of the settings, is needed
    by some."""
    troubles = 0
    for name, check in _checks():
        try:
            print(f"ok       {name}: {check()}")
        except (Trouble, BadSetting) as trouble:
            troubles += 1
            print(f"TROUBLE  {name}: {trouble}")
        except Exception as error:  # a check that breaks is a finding too
            troubles += 1
            print(f"TROUBLE  {name}: {type(error).__name__}: {error}")
    print("all is well" if not troubles else f"{troubles} to look at")
    return 1 if troubles else 0


def _checks() -> Iterator[tuple[str, Callable[[], str]]]:
    yield "Python", platform.python_version
    yield "SQLite", _sqlite
    yield "programs", _programs
    yield "languages", _languages
    try:
        settings = settings_from(os.environ)
    except BadSetting as error:
        message = str(error)
        yield "settings", lambda: _raise(message)
        return
    yield "settings", lambda: f"for {settings.base_url}"
    yield "mail", lambda: "a server is set" if settings.smtp_url else "none: without COACH_SMTP_URL no reminder is sent"
    yield "database", lambda: _database(settings)
    yield "pages", lambda: _pages(settings)


def _sqlite() -> str:
    try:
        module = sqlite_module()
    except RuntimeError as error:
        raise Trouble(str(error)) from error
    source = "Python's own" if module is sqlite3 else "of the wheel pysqlite3"
    wanted = ".".join(map(str, SAFE_SQLITE))
    return f"{module.sqlite_version} ({source}; at least {wanted} is wanted)"


def _programs() -> str:
    folder = resource("programs")
    count = len(list(folder.rglob("*.yaml")))
    if not count:
        raise Trouble(f"no program in {folder}: the installation is not whole")
    return f"{count} files in {folder}"


def _languages() -> str:
    folder = files("coach") / "translations"
    for language in LANGUAGES[1:]:  # the first is the one that the texts are written in
        if not (folder / language / "LC_MESSAGES" / "messages.mo").is_file():
            raise Trouble(f"no compiled catalogue for {language} in {folder}: the installation is not whole")
    return ", ".join(LANGUAGES)


def _database(settings: Settings) -> str:
    engine = make_engine(settings.database_url, settings.keyring)
    try:
        if not is_current(engine):
            raise Trouble("its tables are not those of this version: run `coach database upgrade`")
        with Database(engine).read() as db:
            fits = health.try_keys(db)
            refused = programs.refused_now(db, today=datetime.now(UTC).date() - timedelta(days=1))
    except WrongKey as error:
        raise Trouble("the key file is not the one that its texts were encrypted with") from error
    finally:
        engine.dispose()
    if refused:
        raise Trouble(
            "programs that patients practise by have errors for this version, and their pages do not open: "
            + "; ".join(refused)
        )
    return f"{engine.dialect.name}, up to date, {'opened by the keys' if fits else 'nobody in it yet'}"


def _pages(settings: Settings) -> str:
    client = create_app(settings, lambda: datetime.now(UTC)).test_client()
    page = client.get("/sign-in", base_url=settings.base_url)
    if page.status_code != 200:
        raise Trouble(f"/sign-in answers {page.status_code}")
    urls = [unescape(url) for pattern in _REFERENCES for url in pattern.findall(page.text)]
    if not any("/vendor/" in url for url in urls):
        raise Trouble("/sign-in uses no script of others: the installation is not whole")
    for url in urls:
        with client.get(url, base_url=settings.base_url) as answer:
            if answer.status_code != 200 or not answer.data:
                raise Trouble(f"{url} answers {answer.status_code}")
    return f"/sign-in and its {len(urls)} files"


def _raise(message: str) -> str:
    raise Trouble(message)
