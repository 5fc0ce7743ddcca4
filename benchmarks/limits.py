"""The limits: the least that Flask and SQLite can do for the same answer, without anything of this product.

Today's page: a bare Flask application that runs the same statements by the sqlite3 driver and renders the same template
with the same values. The upload: a bare Flask application that parses the same JSON and inserts 60 rows of the same
columns and indexes and the one changed row in one durable commit. Neither looks at who asks, checks what it is told,
encrypts anything, or works out what a session came to.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Flask, request
from flask_babel import Babel
from jinja2 import Environment
from werkzeug.routing import Map

from coach.db.engine import sqlite_module


@dataclass(frozen=True)
class Page:
    """What one answer of the real page needed: its statements, and the template with the values it was given."""

    statements: Sequence[tuple[str, tuple[Any, ...]]]
    template: str
    values: Mapping[str, Any]
    environment: Environment
    config: Mapping[str, Any]
    addresses: Map  # so that the template can write its links
    endpoint: str


def bare_page(page: Page, database: str) -> Callable[[], Flask]:
    def make() -> Flask:
        app = Flask("limit")
        app.config.update(page.config)
        Babel(app)  # the template's dates and texts
        connection = _connect(database)
        environment = page.environment.overlay()
        tokens = {"csrf_field": lambda: "", "csrf_token": lambda: "token"}
        environment.globals = {**page.environment.globals, **tokens}
        template = environment.get_template(page.template)
        values = {**page.values, **tokens}

        def answer() -> str:
            for statement, parameters in page.statements:
                connection.execute(statement, parameters).fetchall()
            return template.render(values)

        app.url_map = page.addresses
        app.view_functions[page.endpoint] = answer
        return app

    return make


def bare_upload(database: str) -> Callable[[], Flask]:
    def make() -> Flask:
        app = Flask("limit")
        connection = _connect(database)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS limit_event (id TEXT PRIMARY KEY, clinic_id TEXT, team_id TEXT, "
            "session_id TEXT, seq INTEGER, kind TEXT, at INTEGER, mono_ms INTEGER, guided_ms INTEGER, body TEXT, "
            "sha256 BLOB, received_at INTEGER, UNIQUE (session_id, seq))"
        )
        for column in ("clinic_id", "team_id"):
            connection.execute(f"CREATE INDEX IF NOT EXISTS limit_{column} ON limit_event ({column})")
        connection.execute("CREATE TABLE IF NOT EXISTS limit_session (id TEXT PRIMARY KEY, events INTEGER)")
        clinic_id, team_id, digest = new_id(), new_id(), bytes(32)

        @app.post("/sessions/<session_id>/events")
        def upload(session_id: str) -> dict[str, Any]:
            events = json.loads(request.get_data())["events"]
            now = int(time.time())
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO limit_event VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        e["id"],
                        clinic_id,
                        team_id,
                        session_id,
                        e["seq"],
                        e["kind"],
                        e["at"],
                        e["mono_ms"],
                        e["guided_ms"],
                        json.dumps(e["body"]),
                        digest,
                        now,
                    )
                    for e in events
                ],
            )
            connection.execute("INSERT OR REPLACE INTO limit_session VALUES (?, ?)", (session_id, len(events)))
            connection.execute("COMMIT")
            return {"answers": [{"id": e["id"], "status": "stored"} for e in events]}

        return app

    return make


def new_id() -> str:
    return str(uuid.uuid4())


def _connect(database: str) -> Any:
    connection = sqlite_module().connect(database, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection
