"""The page that an invitation opens: a name and a password of her own. It says nothing of what it is for."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request
from flask_babel import gettext, ngettext

from coach.services import accounts, invitations, sign_ins
from coach.services.passwords import LONGEST, SHORTEST, Refusal, refusal
from coach.web.access import anyone
from coach.web.context import clock, database, passwords
from coach.web.pages import render
from coach.web.sign_in import enter

bp = Blueprint("invitations", __name__)

_LONGEST_NAME = 120


@bp.get("/invitations/<token>")
@anyone
def show(token: str) -> Response:
    with database().read() as db:
        patient = invitations.patient_of(db, token, now=clock())
    return _form(token) if patient else _closed()


@bp.post("/invitations/<token>")
@anyone
def create(token: str) -> Response:
    now = clock()
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    with database().read() as db:
        patient = invitations.patient_of(db, token, now=now)
        if patient is None:
            return _closed()
        about = (name, *invitations.words_about(db, patient))
    errors = _errors(name, password, about)
    if errors:
        return _form(token, name=name, errors=errors, status=422)
    with database().write() as db:
        throttled = invitations.count_try(db, token, now=now)
    if throttled:
        errors = {"name": gettext("Please wait a while before trying again.")}
        return _form(token, name=name, errors=errors, status=429)
    password_hash = passwords().hash(password)  # outside of the unit of work: it would hold up every other writer
    try:
        with database().write() as db:
            account_id = invitations.accept(db, token, sign_in_name=name, password_hash=password_hash, now=now)
            if account_id is None:
                return _closed()
            opened = sign_ins.open_sign_in(db, account_id, now=now)
    except accounts.NameTaken:
        errors = {"name": gettext("Please choose another name.")}
        return _form(token, name=name, errors=errors, status=422)
    return enter(opened)


def _errors(name: str, password: str, about: tuple[str, ...]) -> dict[str, str]:
    errors = {}
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        errors["name"] = gettext("Please choose a name of up to %(most)d characters.", most=_LONGEST_NAME)
    refused = refusal(password, "patient", about)
    if refused:
        errors["password"] = _refusal_words(refused)
    return errors


def _refusal_words(refused: Refusal) -> str:
    match refused:
        case "too_short":
            least = SHORTEST["patient"]
            return ngettext("Use at least %(num)d character.", "Use at least %(num)d characters.", least)
        case "too_long":
            return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", LONGEST)
        case "too_common":
            return gettext("This is easy to guess. A few words that only you would put together work well.")


def _form(token: str, *, name: str = "", errors: dict[str, str] | None = None, status: int = 200) -> Response:
    page = render(
        "invitation.html", token=token, name=name, errors=errors or {}, least=SHORTEST["patient"], most=_LONGEST_NAME
    )
    return make_response(page, status)


def _closed() -> Response:
    return make_response(render("invitation_closed.html"), 404)
