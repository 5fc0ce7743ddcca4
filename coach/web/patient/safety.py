"""The patient's own page of safety questions. What a yes is answered with is in the page: it needs no request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import format_time

from coach.services import access, clinics, safety
from coach.services.safety import IncomingAnswer
from coach.web.access import patients_only
from coach.web.context import clock, database, usual_checks, viewer
from coach.web.pages import render

bp = Blueprint("check", __name__)

LARGEST_UPLOAD = 64 * 1024
_MINUTE_MS = 60_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_370_764_799_999  # the end of the year 9998, so that it has a day in every zone


class BadUpload(ValueError):
    """Not an upload as the page makes one; nothing of it was read."""


@bp.get("/check")
@patients_only
def show() -> str:
    with database().read() as db:
        asked = safety.questions(db, viewer(), usual=usual_checks(), now=clock())
        contact = clinics.contact(db, viewer())
    answered = asked.answered_at and asked.answered_at.astimezone(ZoneInfo(asked.zone))
    return render(
        "patient/check.html",
        asked=asked,
        ids=[uuid4() for _ in asked.questions],
        contact=contact,
        answered=format_time(answered, "short", rebase=False) if answered else None,
    )


@bp.post("/check")
@patients_only
def create() -> Response:
    """The plain form, where the page's script does not run. Sent twice it carries the same ids."""
    with database().write() as db:
        safety.record(db, viewer(), _typed(request.form, clock()), usual=usual_checks(), now=clock())
    return make_response(redirect(url_for("check.show"), 303))


@bp.post("/check/<uuid:patient_id>/answers")
@patients_only
def upload(patient_id: UUID) -> Response:
    """Whose they are stands in the address: what waits on a shared device goes to nobody else's record."""
    text = request.get_data()
    if len(text) > LARGEST_UPLOAD:
        abort(413)
    try:
        answers = read_upload(text, now=clock())
    except BadUpload as error:
        return make_response({"error": {"code": "bad_upload", "say": str(error)}}, 400)
    with database().write() as db:
        access.whereabouts(db, viewer(), patient_id)
        statuses = safety.record(db, viewer(), answers, usual=usual_checks(), now=clock())
    rows = zip(answers, statuses, strict=True)
    return make_response({"answers": [{"id": str(answer.id), "status": status} for answer, status in rows]})


def read_upload(text: bytes, *, now: datetime) -> list[IncomingAnswer]:
    """The answers of `{"client_now": ms, "events": [{id, check, value, at}]}`, `value` being true for a yes, with their
    times as our clock has them where the device says what its own shows. Raises BadUpload for anything else, and then
    for all of it."""
    try:
        data = json.loads(text.decode())
    except (ValueError, RecursionError):
        raise BadUpload("the body is not JSON") from None
    if not isinstance(data, dict) or not isinstance(events := data.get("events"), list):
        raise BadUpload("the body needs a list of events")
    if len(events) > safety.MOST_ANSWERS:
        raise BadUpload(f"at most {safety.MOST_ANSWERS} answers at once")
    shown = data.get("client_now")
    behind = (now - _EPOCH) // timedelta(milliseconds=1) - shown if type(shown) is int else 0
    # In whole minutes: the time on the way differs from upload to upload, and may not turn two answers round.
    behind = round(behind / _MINUTE_MS) * _MINUTE_MS
    return [_answer(event, behind) for event in events]


def _answer(event: object, behind: int) -> IncomingAnswer:
    """`behind`: ms to add to what the device's clock shows."""
    if not isinstance(event, dict):
        raise BadUpload("an answer is an object")
    check, value, at = event.get("check"), event.get("value"), event.get("at")
    if not isinstance(check, str) or not 0 < len(check) <= safety.LONGEST_ID or not check.isprintable():
        raise BadUpload("an answer names its question")
    if not isinstance(value, bool):
        raise BadUpload("an answer is true or false")
    if type(at) is not int:  # True is none
        raise BadUpload("an answer's time is a whole number")
    try:
        answer_id = UUID(event.get("id"))
    except (ValueError, TypeError, AttributeError):
        raise BadUpload("an answer's id is a UUID") from None
    moment = _EPOCH + timedelta(milliseconds=min(max(at + behind, 0), _LAST_MS))
    return IncomingAnswer(id=answer_id, check_id=check, is_yes=value, at=moment)


def _typed(form: Mapping[str, str], now: datetime) -> list[IncomingAnswer]:
    """What was answered, each with the id that the page gave it; a question that was left out is none."""
    answers = []
    for number in range(safety.MOST_ANSWERS):
        check, value = form.get(f"check.{number}", ""), form.get(f"answer.{number}")
        if value not in ("yes", "no") or not 0 < len(check) <= safety.LONGEST_ID or not check.isprintable():
            continue
        try:
            answer_id = UUID(form.get(f"id.{number}", ""))
        except ValueError:
            answer_id = uuid4()
        answers.append(IncomingAnswer(id=answer_id, check_id=check, is_yes=value == "yes", at=now))
    return answers
