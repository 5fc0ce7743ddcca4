"""A session on the patient's side: preparation, the player's page, the upload of its events, the summary."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, request, url_for
from flask_babel import format_decimal, gettext, ngettext

from coach.services import access, clinics, sessions
from coach.services.clinics import Contact
from coach.services.sessions import CannotOpen, IncomingEvent, Preparation, Summary, VariantOffer
from coach.web.access import patients_only
from coach.web.addresses import code_of, key_of
from coach.web.context import clock, database, settings, viewer
from coach.web.pages import render
from coach.web.plan import minutes_in_words
from coach.web.telephone import telephone_in

bp = Blueprint("sessions", __name__)

LARGEST_UPLOAD = 512 * 1024
FASTEST = 60  # of the speed in a demonstration
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MS = 253_370_764_799_999  # the end of the year 9998, so that it has a day in every zone; a clock may be so wrong


@dataclass(frozen=True, slots=True)
class Choice:
    """The form of the preparation as it was sent."""

    assignment_id: UUID
    session_key: str
    variant: str | None
    smaller: Mapping[str, str]  # ladder -> the rung that she would rather have

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Choice:
        try:
            assignment_id = UUID(form.get("assignment_id", ""))
        except ValueError:
            abort(404)
        smaller = {name.removeprefix("size."): rung for name, rung in form.items() if name.startswith("size.") and rung}
        return cls(assignment_id, form.get("session_key", ""), form.get("variant") or None, smaller)


class BadUpload(ValueError):
    """Not an upload as the player makes one; nothing of it was read."""


@bp.get("/assignments/<uuid:assignment_id>/sessions/<code>")
@patients_only
def prepare(assignment_id: UUID, code: str) -> str:
    with database().read() as db:
        key = key_of(code, sessions.keys_of(db, viewer(), assignment_id))
        if key is None:
            abort(404)
        shown = sessions.preparation(db, viewer(), assignment_id, key, now=clock())
    return _preparation(shown, chosen=None, error=None)


@bp.post("/sessions")
@patients_only
def create() -> Response:
    choice = Choice.of(request.form)
    with database().write() as db:
        try:
            session = sessions.open_session(
                db,
                viewer(),
                assignment_id=choice.assignment_id,
                session_key=choice.session_key,
                variant=choice.variant,
                smaller=choice.smaller,
                now=clock(),
            )
        except CannotOpen:
            shown = sessions.preparation(db, viewer(), choice.assignment_id, choice.session_key, now=clock())
            error = gettext("This way of doing it is not there today. Please choose another one.")
            return make_response(_preparation(shown, chosen=choice.variant, error=error), 422)
        session_id = session.id
    return make_response(redirect(url_for("sessions.play", session_id=session_id), 303))


@bp.get("/sessions/<uuid:session_id>")
@patients_only
def play(session_id: UUID) -> str | Response:
    """The player. Her plan may have changed since the session was opened, and it may be another day: what may not be
    begun any more leads back to Today. The player asks here again before it begins."""
    with database().read() as db:
        if not sessions.may_begin(db, viewer(), session_id, now=clock()):
            return make_response(redirect(url_for("today.show", changed="yes"), 303))
        session = access.session(db, viewer(), session_id)
        script = sessions.script_of(db, viewer(), session_id)
        log = sessions.log_of(db, viewer(), session_id)
        contact = clinics.contact(db, viewer())
        assignment_id = session.assignment_id
    for event in log:
        if event["kind"] == "noted":
            event["body"] = {}  # what she wrote stays with us; the player does not need it
    data = {
        "session": str(session_id),
        "script": script,
        "log": log,
        "length": minutes_in_words((script["shortest_s"] / 60, script["longest_s"] / 60)),
        "rate": _rate(),
        "contact": _contact(contact),
        "call": telephone_in(contact.how, besides=contact.emergency),
        "emergency": _emergency(contact),
        "check": url_for("check.show"),
        "summary": url_for("sessions.show_summary", session_id=session_id),
        "today": "/today",
        "changed": url_for("today.show", changed="yes"),
        "instead": {
            rule["session"]: url_for("sessions.prepare", assignment_id=assignment_id, code=code_of(rule["session"]))
            for rule in script["instead"]
        },
        "words": _words(),
    }
    return render("patient/session.html", data=data)


@bp.post("/sessions/<uuid:session_id>/events")
@patients_only
def upload(session_id: UUID) -> Response:
    text = request.get_data()  # the application's own limit holds while it is read
    if len(text) > LARGEST_UPLOAD:
        abort(413)
    try:
        events = read_upload(text)
    except BadUpload as error:
        return make_response({"error": {"code": "bad_upload", "say": str(error)}}, 400)
    with database().write() as db:
        recorded = sessions.record(db, viewer(), session_id, events, now=clock())
    rows = [
        {"id": str(answer.id), "status": answer.status, **({"code": answer.code} if answer.code else {})}
        for answer in recorded.answers
    ]
    return make_response({"answers": rows, "outcome": recorded.outcome})


@bp.get("/sessions/<uuid:session_id>/summary")
@patients_only
def show_summary(session_id: UUID) -> str:
    with database().read() as db:
        found = sessions.summary(db, viewer(), session_id)
        contact = clinics.contact(db, viewer())
    other = code_of(found.instead) if found.instead else None
    return render("patient/summary.html", summary=found, other=other, page=_summary(found), contact=contact)


def read_upload(text: bytes) -> list[IncomingEvent]:
    """The events of `{"client_now": ms, "events": [{id, seq, kind, guided_ms, mono_ms, at, body}]}`. Raises BadUpload
    for anything else, and then for all of it; whether an event can be believed is decided by the service."""
    try:
        data = json.loads(text.decode())
        if b"\\ud" in text.lower():
            # A device may cut a note in the middle of a letter; half a letter cannot be written to any page.
            whole = json.dumps(data, ensure_ascii=False).encode("utf-16", "surrogatepass")
            data = json.loads(whole.decode("utf-16", "replace"))
    except (ValueError, RecursionError):
        raise BadUpload("the body is not JSON") from None
    if not isinstance(data, dict) or not isinstance(events := data.get("events"), list):
        raise BadUpload("the body needs a list of events")
    if len(events) > sessions.MOST_EVENTS:
        raise BadUpload(f"at most {sessions.MOST_EVENTS} events at once")
    return [_event(event) for event in events]


def _event(event: object) -> IncomingEvent:
    if not isinstance(event, dict):
        raise BadUpload("an event is an object")
    for name in ("seq", "guided_ms", "mono_ms", "at"):
        if type(event.get(name)) is not int:  # True is none
            raise BadUpload(f"an event's {name} is a whole number")
    kind, body = event.get("kind"), event.get("body", {})
    if not isinstance(kind, str) or not isinstance(body, dict):
        raise BadUpload("an event has a kind, and a body that is an object")
    try:
        event_id = UUID(event.get("id"))
    except (ValueError, TypeError, AttributeError):
        raise BadUpload("an event's id is a UUID") from None
    at = min(max(event["at"], 0), _LAST_MS)
    return IncomingEvent(
        id=event_id,
        seq=event["seq"],
        kind=kind,
        guided_ms=event["guided_ms"],
        mono_ms=event["mono_ms"],
        at=_EPOCH + timedelta(milliseconds=at),
        body=body,
    )


def _preparation(shown: Preparation, *, chosen: str | None, error: str | None) -> str:
    return render(
        "patient/preparation.html", shown=shown, chosen=chosen, error=error, line=_line, size=_today, mm=_size
    )


def _line(offer: VariantOffer) -> str:
    return minutes_in_words(offer.minutes)


def _today(offer: VariantOffer) -> str | None:
    """The size of an offer in words; a smaller one is always right."""
    return None if offer.size_mm is None else gettext("Today: %(size)s or smaller", size=_size(offer.size_mm))


def _size(millimetres: float) -> str:
    return gettext("%(size)s mm", size=format_decimal(millimetres))


def _rate() -> float:
    """How much faster than life the clock runs: only where there are no patients."""
    if not settings().is_demo:
        return 1
    asked = request.args.get("rate", 1.0, type=float)
    return min(max(asked, 0.1), FASTEST) if math.isfinite(asked) else 1


def _contact(contact: Contact) -> str | None:
    return f"{contact.name}: {contact.how}" if contact.how else None


def _emergency(contact: Contact) -> dict[str, str] | None:
    """The call that comes first in an emergency: its address, and its words."""
    address = telephone_in(contact.emergency)
    return {"call": address, "words": gettext("Call %(number)s", number=contact.emergency)} if address else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    """A session in words."""

    heading: str
    text: str
    kind: Literal["open", "complete", "partial", "stopped"]
    facts: tuple[tuple[str, str], ...]
    steps: tuple[tuple[str, str], ...]


def _summary(found: Summary) -> _Page:
    result = found.result
    heading, text = _opening(found)
    facts = []
    if minutes := round(result.guided_ms / 60_000):
        facts.append((gettext("Guided time"), ngettext("%(num)d minute", "%(num)d minutes", minutes)))
    if result.size_mm is not None:
        facts.append((gettext("Size"), _size(result.size_mm)))
    for name, before, after, peak in (
        (gettext("Pain"), result.pain_before, result.pain_after, result.pain_peak),
        (gettext("Anxiety"), result.anxiety_before, result.anxiety_after, result.anxiety_peak),
    ):
        # Who stops is not asked afterwards; the strongest she gave before it is what is known.
        after = peak if after is None else after
        if before is not None and after is not None:
            facts.append((name, gettext("%(before)s before, %(after)s during", before=before, after=after)))
        elif before is not None or after is not None:
            facts.append((name, str(before if after is None else after)))
    return _Page(
        heading=heading,
        text=text,
        kind=result.outcome,
        facts=tuple(facts),
        steps=tuple((found.step_titles[row.id], _spent(row.done_ms)) for row in found.steps_done),
    )


def _opening(found: Summary) -> tuple[str, str]:
    match found.result.outcome:
        case "open":
            return gettext("Still open"), gettext("You can go on where you left off, or leave it as it is.")
        case "stopped" if found.result.red_flag:
            return gettext("Please read first"), gettext("That is enough for today.")
        case "stopped" if found.result.instead:
            return gettext("Something else fits today"), gettext(
                "Your answer led to another practice. That counts, too."
            )
        case "stopped" if found.by_rule:
            ended = _why_it_ended()
            why = ended.get(found.result.stop_reason or "", ended["other"])
            return gettext("It ended early, and that was right"), " ".join((why, gettext("It counts.")))
        case "stopped":
            return gettext("You stopped when it was right for you"), gettext("That is part of practising. It counts.")
        case "partial":
            return gettext("Thank you for practising"), gettext("You did a part today. Every part counts.")
        case "complete":
            return gettext("Thank you for practising"), gettext("You did what was planned.")


def _spent(milliseconds: int) -> str:
    seconds = round(milliseconds / 1000)
    if seconds <= 0:
        return ""
    if seconds < 60:
        return ngettext("%(num)d second", "%(num)d seconds", seconds)
    return ngettext("%(num)d minute", "%(num)d minutes", max(1, round(seconds / 60)))


def _why_it_ended() -> dict[str, str]:
    """What is said where a rule of the session ended it: why, and what helps now. By the reason; nobody did wrong."""
    return {
        "pain": gettext("It hurt a lot, so your plan ends a practice here. That protects you."),
        "fear": gettext(
            "It was a lot just now, so your plan ends a practice here. Look around the room. Feel what holds you. "
            "Breathe out slowly."
        ),
        "other": gettext("Your plan ends a practice here. Resting is right now."),
    }


def _words() -> dict[str, Any]:
    """Every text of the player, in the page's language. `{…}` are filled in by the player."""
    return {
        "opening": gettext("Opening…"),
        "begin": gettext("Begin"),
        "stop_any_moment": gettext("Make yourself comfortable. You can stop at any moment."),
        "stop": gettext("Stop"),
        "feel": gettext("How does it feel?"),
        "pause": gettext("Pause"),
        "paused": gettext("Paused"),
        "continue": gettext("Continue"),
        "skip": gettext("Skip"),
        "back": gettext("Back"),
        "finish_here": gettext("Finish here"),
        "away": gettext("Paused while you were away. Continue when you are ready."),
        "kept": gettext("Your place was kept. Continue when you are ready."),
        "again": gettext("Rest and breathe. We will ask again in {time}."),
        "tones": gettext("Tones"),
        "no_wake_lock": gettext(
            "This device may darken its screen. If it locks, the session pauses and keeps your place."
        ),
        "elsewhere": gettext("This session is open in another window"),
        "elsewhere_text": gettext("It goes on there. You can also take it over here."),
        "use_here": gettext("Use it here"),
        "cues": {
            "get_ready": gettext("Get ready"),
            "hold": gettext("Hold"),
            "rest": gettext("Rest"),
            "contract": gettext("Gently tighten"),
            "relax": gettext("Let go"),
            "in": gettext("Breathe in"),
            "out": gettext("Breathe out"),
            "pause": gettext("Be still"),
            "switch": gettext("Change sides"),
            "tap": gettext("In your own time"),
        },
        "sides": {"left": gettext("Left"), "right": gettext("Right")},
        "of": gettext("{rep} of {of}"),
        "next": gettext("Next: {next}"),
        "tapped": gettext("Go on"),
        "stayed": gettext("Stay here"),
        "enough": gettext("Coming this far is enough for today. Go on, or stay here."),
        "gate": gettext("Next, when you are ready"),
        "size": gettext("{size} mm"),
        "ready": gettext("I'm ready"),
        "smaller": gettext("Use a smaller one"),
        "not_today": gettext("Not today"),
        "offer": gettext("Would something easier be kinder today?"),
        "offer_text": gettext("Going smaller or leaving a part out is a good way to practise."),
        "leave_step": gettext("Leave this part out"),
        "go_on": gettext("Go on as before"),
        "yes": gettext("Yes"),
        "no": gettext("No"),
        "rather_not": gettext("Prefer not to say"),
        "stopped": gettext("Stopped. That is fine."),
        "stopped_text": gettext("That is enough for today."),
        "ended": gettext("We end here for today."),
        "ended_why": _why_it_ended(),
        "if_hurts": gettext("If it still hurts in a while, please call your clinic."),
        "out": gettext("Let it come out slowly, on a breath out."),
        "warning": gettext("Please read first"),
        "call": gettext("Please call your clinic."),
        "call_now": gettext("Call your clinic"),
        "after_that": gettext("After that, tell your clinic."),
        "check": gettext("Not feeling well?"),
        "not_at_once": gettext("Your therapist sees your answer, but not at once. Please do not wait for it."),
        "minute": gettext("One minute of breathing"),
        "enough_now": gettext("Enough"),
        "why": gettext("Why, if you like. Your therapist sees it."),
        "reasons": [
            ["pain", gettext("It hurt")],
            ["fear", gettext("I was worried")],
            ["interrupted", gettext("Interrupted")],
            ["time", gettext("No time")],
            ["other", gettext("Something else")],
        ],
        "tell_after": gettext("Say how it was"),
        "instead": gettext("Something else fits better today"),
        "instead_text": gettext("Your therapist has planned another practice for days like this."),
        "instead_open": gettext("Open it"),
        "thanks": gettext("Thank you for practising."),
        "minutes_one": gettext("1 minute, guided."),
        "minutes_many": gettext("{minutes} minutes, guided."),
        "note": gettext("Anything to tell your therapist?"),
        "note_label": gettext("A note for your therapist"),
        "note_send": gettext("Save the note"),
        "note_sent": gettext("Saved."),
        "what": gettext("What was done"),
        "today": gettext("Back to today"),
        "not_stored": gettext("This device keeps nothing. Leave this page open until it says “Saved”."),
        "sync": {
            "saved": gettext("Saved."),
            "sending": gettext("Saving…"),
            "waiting": gettext("Saved on this device. It will be sent when you are online."),
            "signed_out": gettext("Saved on this device. Sign in again to send it."),
            "refused": gettext("Saved on this device. Open Today once more to send it."),
        },
    }
