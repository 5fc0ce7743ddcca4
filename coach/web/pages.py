"""Pages and fragments: rendering, and telling which of the two was asked for."""

from __future__ import annotations

from typing import Any

from flask import render_template, request


def render(template: str, **context: Any) -> str:
    return render_template(template, **context)


def is_htmx() -> bool:
    """Whether htmx asks for a fragment. A whole page (boosted, restored from history) is none."""
    return (
        request.headers.get("HX-Request") == "true"
        and request.headers.get("HX-Request-Type", "partial") != "full"
        and request.headers.get("HX-History-Restore-Request") != "true"
    )


def wants_json() -> bool:
    """Whether the request comes from the player's upload or another reader of JSON."""
    return request.is_json or request.accept_mimetypes.best == "application/json"
