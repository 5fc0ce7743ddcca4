"""What holds for every request and every answer: headers, forged requests refused, and one neutral log line."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import secrets
import time
import traceback
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect

from coach.web.context import settings, sign_in_cookie

requests_log = logging.getLogger("coach.requests")
errors_log = logging.getLogger("coach.errors")

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "media-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": (
        "accelerometer=(), autoplay=(self), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), screen-wake-lock=(self), serial=(), usb=()"
    ),
}
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class FormSessions(SecureCookieSessionInterface):
    """Where CSRF tokens come from; nobody is known by it.

    Signed in, the secret of the forms is derived from the sign-in's token: it holds as long as the sign-in does (a
    page that was offline for two days can still send), ends with it, and no other person's token fits. Before that,
    Flask's signed cookie holds a random one.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        token = request.cookies.get(sign_in_cookie())
        if not token:
            return super().open_session(app, request)
        key = str(app.secret_key).encode()
        return _Derived({"csrf_token": hmac.new(key, b"forms\x00" + token.encode(), hashlib.sha256).hexdigest()[:40]})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, _Derived):
            super().save_session(app, session, response)


class _Derived(SecureCookieSession):
    """Made from the sign-in on each request, never stored."""


def init_app(app: Flask) -> None:
    """Hooks in this order: begin the request's id and time, refuse other sites, check the token."""
    app.session_interface = FormSessions()
    app.before_request(_begin)
    app.before_request(_refuse_other_sites)
    CSRFProtect(app)
    app.after_request(_finish)


def request_id() -> str:
    """What the person can read out and the log can be searched for."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(4)
    found: str = g.request_id
    return found


def log_error(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Where it happened and what kind it was. Not its text: an error's text quotes what a person wrote."""
    frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
    errors_log.error(json.dumps({"id": request_id(), "route": _route(), "error": kind.__name__, "at": frames}))


def _begin() -> None:
    g.began = time.perf_counter()
    request_id()


def _refuse_other_sites() -> None:
    """A second wall beside the token. `Origin: null` is what browsers send for a form under `no-referrer`; there
    Sec-Fetch-Site decides, and the token where a browser is too old to send it."""
    if request.method in _SAFE:
        return
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        abort(403)
    origin = request.headers.get("Origin", "null")
    if origin != "null" and _host_of(origin) != request.host:
        abort(403)


def _host_of(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None


def _finish(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers[name] = value
    if settings().secure_cookies:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("HX-Request")
    requests_log.info(json.dumps(_line(response)))
    return response


def _line(response: Response) -> dict[str, Any]:
    began = g.get("began")
    return {
        "id": request_id(),
        "method": request.method if request.method in _SAFE | {"POST", "PUT", "PATCH", "DELETE"} else "other",
        "route": _route(),
        "status": response.status_code,
        "ms": round((time.perf_counter() - began) * 1000, 1) if began else None,
    }


def _route() -> str | None:
    """The template of the route: a path holds ids and, in an invitation, a secret."""
    return request.url_rule.rule if request.url_rule else None
