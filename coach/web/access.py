"""Who may use an endpoint. Each view declares its rule; `coach.app` starts no application with one that does not."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Literal

from flask import Flask, Response, abort, make_response, redirect, request, url_for

from coach.services.access import Viewer
from coach.web.context import maybe_viewer
from coach.web.pages import is_htmx, wants_json

Rule = Literal["anyone", "signed_in", "patients_only", "therapists_only"]
View = Callable[..., Any]


class UndeclaredEndpoint(RuntimeError):
    """An endpoint without an access rule: it would be open to everybody by accident."""


def anyone(view: View) -> View:
    """Signed in or not."""
    view.access_rule = "anyone"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    return _enforcing("signed_in", view)


def patients_only(view: View) -> View:
    return _enforcing("patients_only", view)


def therapists_only(view: View) -> View:
    return _enforcing("therapists_only", view)


def rule_of(view: View) -> Rule | None:
    return getattr(view, "access_rule", None)


def is_allowed(rule: Rule | None, viewer: Viewer) -> bool:
    match rule:
        case "anyone" | "signed_in":
            return True
        case "patients_only":
            return viewer.role == "patient"
        case "therapists_only":
            return viewer.role == "therapist"
        case None:
            return False


def require_declared(app: Flask) -> None:
    """Raises UndeclaredEndpoint for the first endpoint whose view says nothing."""
    for rule in app.url_map.iter_rules():
        if rule_of(app.view_functions[rule.endpoint]) is None:
            raise UndeclaredEndpoint(
                f"{rule.endpoint} ({rule.rule}) has no access rule: put @anyone, @signed_in, @patients_only "
                "or @therapists_only below its route"
            )


def _enforcing(rule: Rule, view: View) -> View:
    @wraps(view)
    def enforced(*args: Any, **kwargs: Any) -> Any:
        viewer = maybe_viewer()
        if viewer is None:
            return _sign_in_first()
        if not is_allowed(rule, viewer):
            abort(404)  # what one may not see does not exist
        return view(*args, **kwargs)

    enforced.access_rule = rule  # type: ignore[attr-defined]
    return enforced


def _sign_in_first() -> Response:
    if wants_json():
        return make_response({"error": {"code": "signed_out"}}, 401)
    if is_htmx():
        answer = make_response("", 401)
        answer.headers["HX-Redirect"] = url_for("sign_in.show")
        return answer
    then = request.full_path.rstrip("?") if request.method in ("GET", "HEAD") and request.path != "/" else None
    return make_response(redirect(url_for("sign_in.show", next=then), 303))
