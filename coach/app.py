"""create_app: the one place where the parts are put together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from types import TracebackType
from typing import Any

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal
from flask import Flask, request
from flask_babel import Babel, format_datetime, format_percent, format_time, get_locale
from flask_wtf.csrf import generate_csrf
from jinja2 import StrictUndefined
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from coach import resource
from coach.config import Settings
from coach.db.engine import Database, make_engine
from coach.domain.calendar import local_day
from coach.language.clinic import read_defaults
from coach.services.passwords import Passwords
from coach.services.patients import LANGUAGES
from coach.web import access, assets, context, errors, invitations, language, security, sign_in
from coach.web.patient import notices, reminders, rungs, safety, sessions, today
from coach.web.patient import pauses as own_pauses
from coach.web.patient import phases as parts
from coach.web.telephone import telephone_in
from coach.web.therapist import (
    alerts,
    as_patient,
    assignment_page,
    assignments,
    bands,
    consultations,
    dilators,
    effects,
    injections,
    ladders,
    patients,
    pauses,
    phases,
    programs,
    reviews,
    side_effects,
)

BLUEPRINTS = (
    assets.bp,
    sign_in.bp,
    invitations.bp,
    language.bp,
    today.bp,
    notices.bp,
    sessions.bp,
    safety.bp,
    own_pauses.bp,
    parts.bp,
    reminders.bp,
    patients.bp,
    dilators.bp,
    programs.bp,
    assignments.bp,
    assignment_page.bp,
    ladders.bp,
    rungs.bp,
    consultations.bp,
    injections.bp,
    effects.bp,
    side_effects.bp,
    pauses.bp,
    phases.bp,
    bands.bp,
    reviews.bp,
    alerts.bp,
    as_patient.bp,
)
LARGEST_BODY = 1024 * 1024


class Coach(Flask):
    """Flask, except that it logs no path and no error text: both hold what is nobody else's business."""

    def log_exception(
        self,
        exc_info: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None],
    ) -> None:
        kind, error, trace = exc_info
        if kind is not None and error is not None:
            security.log_error(kind, error, trace)


def create_app(settings: Settings, clock: Callable[[], datetime], *, passwords: Passwords | None = None) -> Flask:
    """The web application on `settings.database_url`; `clock` gives the aware UTC instant now.

    Raises UndeclaredEndpoint where an endpoint does not say who may use it. `passwords` may be cheaper in tests.
    """
    app = Coach("coach", static_folder=None, template_folder=None)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=1000,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        SESSION_COOKIE_NAME="__Host-form" if settings.secure_cookies else "form",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which we forbid; coach.web.security asks for the origin
        STATIC_FOLDER=resource("static"),
        BABEL_DEFAULT_LOCALE=LANGUAGES[0],
        BABEL_DEFAULT_TIMEZONE="UTC",
    )
    app.template_folder = str(resource("templates"))
    app.jinja_options = {**app.jinja_options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True}
    app.extensions[context.EXTENSION] = context.Parts(
        settings=settings,
        database=Database(make_engine(settings.database_url, settings.keyring)),
        clock=clock,
        passwords=passwords or Passwords(),
        usual_checks=read_defaults((resource("programs") / "clinic" / "defaults.yaml").read_bytes()).safety_checks,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    Babel(app, locale_selector=_language)
    security.init_app(app)
    errors.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    app.context_processor(lambda: {"viewer": context.maybe_viewer()})
    app.jinja_env.globals.update(
        asset=assets.asset,
        csrf_field=_csrf_field,
        get_locale=get_locale,
        format_day=format_day,
        format_day_of=format_day_of,
        format_datetime=format_datetime,
        format_number=format_number,
        format_percent=format_percent,
        format_time=format_time,
        is_demo=settings.is_demo,
        telephone_in=telephone_in,
    )
    access.require_declared(app)
    return app


def format_day(day: date, style: str = "full") -> str:
    """A calendar day in the page's language: `full`, `long`, `medium`, `short`, or a CLDR skeleton such as `MMMd`."""
    return _day_in(str(get_locale()), day, style)


def format_day_of(instant: datetime, zone: str, style: str = "medium") -> str:
    """The calendar day that an instant lies on in a zone, as `format_day`."""
    return format_day(local_day(instant, zone=zone), style)


def format_number(number: float, decimals: int = 1) -> str:
    """At most so many decimals, none that are zero."""
    return _number_in(str(get_locale()), round(number, decimals), decimals)


# A table of weeks says the same few hundred days and numbers again and again, and Babel takes 0.1 ms for each.
@lru_cache(maxsize=8192)
def _day_in(locale: str, day: date, style: str) -> str:
    if style in ("full", "long", "medium", "short"):
        return str(format_date(day, style, locale=locale))
    return str(format_skeleton(style, day, locale=locale))


@lru_cache(maxsize=8192)
def _number_in(locale: str, number: float, decimals: int) -> str:
    return str(format_decimal(number, "#,##0." + "#" * decimals if decimals else "#,##0", locale=locale))


def _language() -> str:
    """Hers where she is signed in, else the first that her browser asks for and we speak."""
    found: Any = context.signed_in()
    if found and found.language in LANGUAGES:
        return str(found.language)
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


def _csrf_field() -> Markup:
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())
