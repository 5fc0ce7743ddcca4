"""Today's page, signed in, with plan and reasons."""

from __future__ import annotations

from typing import Any

from flask import Flask, template_rendered
from sqlalchemy import event

from benchmarks.clinic import Clinic
from benchmarks.limits import Page, bare_page
from benchmarks.report import Row
from benchmarks.server import Server, serving
from coach.web.context import database

PATH = "/today"


def measure(clinic: Clinic, *, rounds: int, requests: int) -> Row:
    page, size = _capture(clinic)
    headers = {"Cookie": clinic.cookie, "Host": "localhost"}
    ours, limits = [], []
    with serving(clinic.application()) as app, serving(bare_page(page, str(clinic.path))) as limit:
        _many(app, headers, 10), _many(limit, headers, 10)
        for _ in range(rounds):
            ours.append(_many(app, headers, requests))
            limits.append(_many(limit, headers, requests))
    counts = f"{len(page.statements)} statements, {size / 1000:.1f} kB of HTML"
    return Row("today's page", ours, limits, goal_share=0.6, goal_ms=5, counts=counts)


def _many(server: Server, headers: dict[str, str], requests: int) -> float:
    """CPU of the server in milliseconds a request."""
    before = server.cpu_seconds()
    for _ in range(requests):
        answer = server.request("GET", PATH, headers=headers)
        if answer.status != 200:
            raise RuntimeError(f"{PATH} answered {answer.status}")
    return (server.cpu_seconds() - before) * 1000 / requests


def _capture(clinic: Clinic) -> tuple[Page, int]:
    """What one answer takes: every statement with its values, the template, and what the template was given."""
    app: Flask = clinic.application()()
    with app.app_context():
        engine = database().engine
    statements: list[tuple[str, tuple[Any, ...]]] = []
    rendered: list[tuple[str, dict[str, Any]]] = []

    def on_statement(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if not statement.startswith(("BEGIN", "UPDATE", "INSERT")):
            statements.append((statement, tuple(parameters)))

    def on_render(_app: Flask, template: Any, context: dict[str, Any], **_rest: Any) -> None:
        rendered.append((template.name, dict(context)))

    browser = app.test_client(use_cookies=False)
    headers = {"Cookie": clinic.cookie}
    browser.get(PATH, base_url="http://localhost", headers=headers)  # the first one fills caches and marks the visit
    event.listen(engine, "before_cursor_execute", on_statement)
    with template_rendered.connected_to(on_render, app):
        answer = browser.get(PATH, base_url="http://localhost", headers=headers)
    if answer.status_code != 200 or len(rendered) != 1:
        raise RuntimeError(f"{PATH} answered {answer.status_code}")
    template, values = rendered[0]
    engine.dispose()
    page = Page(
        statements,
        template,
        values,
        environment=app.jinja_env,
        config=dict(app.config),
        addresses=app.url_map,
        endpoint=app.url_map.bind("localhost").match(PATH)[0],
    )
    return page, len(answer.data)
