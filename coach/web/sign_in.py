"""Signing in and out, and where a visit begins."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, request, session, url_for
from flask_babel import gettext
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from coach.services import sign_ins
from coach.services.access import Viewer
from coach.services.sign_ins import ABSOLUTE, Throttled
from coach.web.access import anyone, is_allowed, rule_of, signed_in
from coach.web.context import clock, database, maybe_viewer, passwords, settings, sign_in_cookie
from coach.web.pages import render

bp = Blueprint("sign_in", __name__)

_LONGEST_NAME = 1000
_NOT_AFTER_SIGNING_IN = {
    "assets.show",
    "invitations.show",
    "sign_in.show",
    "sign_in.create",
    "sign_in.destroy",
    "sign_in.use",
}


@bp.get("/")
@anyone
def start() -> Response:
    viewer = maybe_viewer()
    return _see_other(home_of(viewer) if viewer else url_for("sign_in.show"))


@bp.get("/sign-in")
@anyone
def show() -> Response:
    viewer = maybe_viewer()
    if viewer:
        return _see_other(_next_for(viewer))
    return make_response(render("sign_in.html", name="", next=request.args.get("next", ""), error=None))


@bp.post("/sign-in")
@anyone
def create() -> Response:
    # No name is as long as that, and anybody may make us fold a megabyte.
    name, password = request.form.get("name", "")[:_LONGEST_NAME], request.form.get("password", "")
    now = clock()
    with database().write() as db:
        tried = sign_ins.attempt(db, name, address=request.remote_addr or "", now=now)
    if isinstance(tried, Throttled):
        return _form(name, gettext("Please wait a while before trying again."), 429)
    is_right = passwords().is_right(tried.password_hash, password)
    if not is_right or tried.account_id is None or tried.password_hash is None:
        return _form(name, gettext("This name and password do not go together."), 422)
    renewed = passwords().hash(password) if passwords().is_dated(tried.password_hash) else None
    with database().write() as db:
        token = sign_ins.open_sign_in(db, tried.account_id, now=now, tried=tried, password_hash=renewed)
    return enter(token)


@bp.get("/sign-in/use")
@anyone
def use() -> Response:
    """Asked while somebody types, so that a long form outlives no sign-in: each request marks it as seen, up to its
    absolute end. Anyone may ask, since who is signed out is not to be sent away from what she has typed."""
    maybe_viewer()
    return make_response("", 204)


@bp.post("/sign-out")
@signed_in
def destroy() -> Response:
    with database().write() as db:
        sign_ins.end(db, request.cookies[sign_in_cookie()], now=clock())
    answer = _see_other(url_for("sign_in.show"))
    answer.delete_cookie(sign_in_cookie(), path="/", secure=settings().secure_cookies, httponly=True, samesite="Lax")
    answer.headers["Clear-Site-Data"] = '"storage"'  # not "cache": Chrome hangs on it
    return answer


def enter(token: str) -> Response:
    """Sends a browser that has just signed in to its first page, with a new cookie whatever it held before."""
    with database().write() as db:
        if old := request.cookies.get(sign_in_cookie()):
            sign_ins.end(db, old, now=clock())
        found = sign_ins.find(db, token, now=clock())
    if found is None:
        raise RuntimeError("a sign-in opened a moment ago does not hold")
    session.clear()
    answer = _see_other(_next_for(found.viewer))
    # A therapist's browser forgets the cookie when it is closed; a patient's phone keeps it, as the home screen's app.
    lasting = ABSOLUTE["patient"] if found.viewer.role == "patient" else None
    answer.set_cookie(
        sign_in_cookie(),
        token,
        max_age=lasting,
        path="/",
        secure=settings().secure_cookies,
        httponly=True,
        samesite="Lax",
    )
    return answer


def home_of(viewer: Viewer) -> str:
    return "/today" if viewer.role == "patient" else "/patients"


def own_path(path: str, viewer: Viewer) -> str | None:
    """`path` where it is a page of this application that the viewer may open, else None: no way to another site."""
    if not path.startswith("/") or path.startswith("//") or "\\" in path or any(ord(c) < 33 for c in path):
        return None
    parts = urlsplit(path)
    try:
        endpoint, _ = current_app.url_map.bind(request.host).match(parts.path, method="GET")
    except (HTTPException, RequestRedirect):
        return None
    view = current_app.view_functions[endpoint]
    if endpoint in _NOT_AFTER_SIGNING_IN or not is_allowed(rule_of(view), viewer):
        return None
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _next_for(viewer: Viewer) -> str:
    return own_path(request.values.get("next", ""), viewer) or home_of(viewer)


def _form(name: str, error: str, status: int) -> Response:
    return make_response(render("sign_in.html", name=name, next=request.form.get("next", ""), error=error), status)


def _see_other(path: str) -> Response:
    return make_response(redirect(path, 303))
