"""Pages for what goes wrong: what one can do next, and nothing that helps an attacker."""

from __future__ import annotations

from flask import Flask, Response, make_response
from flask_babel import gettext
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateError
from werkzeug.exceptions import HTTPException, SecurityError

from coach.services.access import NotFound
from coach.web.pages import is_htmx, render, wants_json
from coach.web.security import request_id

_CODES = {
    400: "bad_request",
    401: "signed_out",
    403: "refused",
    404: "not_found",
    405: "not_found",
    413: "too_large",
    415: "bad_request",
    422: "not_accepted",
    429: "too_many",
    500: "server_error",
}

_PLAIN = {"Content-Type": "text/plain; charset=utf-8"}


def init_app(app: Flask) -> None:
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(SecurityError, _answer_stranger)
    app.register_error_handler(NotFound, lambda _: _answer(404))
    app.register_error_handler(CSRFError, lambda _: _answer(400, stale=True))


def _answer_http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return make_response(error.get_response())  # a redirect
    answer = _answer(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            answer.headers[name] = value
    return answer


def _answer_stranger(_: SecurityError) -> Response:
    """A host name that is not ours: no page, because a page has links and no link can be made for it."""
    return make_response("This address is not served here.", 400, _PLAIN)


def _answer(status: int, *, stale: bool = False) -> Response:
    title, text = _stale() if stale else _words(status)
    if wants_json():
        return make_response({"error": {"code": _CODES.get(status, "bad_request"), "say": text}}, status)
    shown_id = request_id() if status >= 500 else None
    template = "_error.html" if is_htmx() else "error.html"
    try:
        return make_response(render(template, title=title, text=text, shown_id=shown_id), status)
    except (TemplateError, OSError):  # the page of the error is what is broken
        return make_response(f"{title}. {text}", status, _PLAIN)


def _words(status: int) -> tuple[str, str]:
    match status:
        case 401:
            return gettext("Please sign in"), gettext("Sign in again to go on.")
        case 403:
            return gettext("This did not come from here"), gettext("Open the page again and repeat it there.")
        case 404 | 405:
            return gettext("Nothing here"), gettext("This page does not exist, or is not yours to open.")
        case 413:
            return gettext("Too large"), gettext("This is larger than we can take. Try a smaller one.")
        case 429:
            return gettext("One moment"), gettext("Please wait a while before trying again.")
        case _ if status >= 500:
            return (
                gettext("Something went wrong on our side"),
                gettext("Nothing you did caused it. Please try again in a moment."),
            )
        case _:
            return gettext("We could not read this"), gettext("Open the page again and repeat it there.")


def _stale() -> tuple[str, str]:
    return gettext("This page is from an earlier visit"), gettext("Open it again and repeat what you did.")
