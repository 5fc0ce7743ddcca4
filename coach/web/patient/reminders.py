"""Reminders as the patient wants them: by e-mail at her times, or none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Literal

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import format_time, get_locale, gettext, ngettext
from werkzeug.datastructures import MultiDict

from coach.services import reminders
from coach.services.refusals import Refusal, Refused
from coach.services.reminders import MOST_A_DAY, TEXTS, Choice
from coach.web.access import patients_only
from coach.web.context import clock, database, settings, viewer
from coach.web.pages import render

bp = Blueprint("reminders", __name__)

_SUGGESTED = ("09:00", "18:30")


@dataclass(frozen=True, slots=True)
class Entry:
    """The form as typed: `times` are HH:MM, empty where a field was left empty."""

    channel: str
    address: str
    times: tuple[str, ...]

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        return cls(
            form.get("channel", ""), form.get("address", "").strip(), tuple(form.getlist("time")[: MOST_A_DAY + 1])
        )

    @classmethod
    def from_choice(cls, choice: Choice) -> Entry:
        times = tuple(wall.strftime("%H:%M") for wall in choice.times) or _SUGGESTED
        return cls(choice.channel, choice.address or "", times)

    def fields(self) -> tuple[str, ...]:
        """As many fields as there may be times."""
        return (*self.times, *("",) * MOST_A_DAY)[: max(MOST_A_DAY, len(self.times))]


@bp.get("/settings/reminders")
@patients_only
def show() -> str:
    with database().read() as db:
        choice = reminders.current_choice(db, viewer())
    return _page(choice, Entry.from_choice(choice), {})


@bp.post("/settings/reminders")
@patients_only
def create() -> Response:
    entry = Entry.of(request.form)
    channel = _channel(entry.channel)
    times, unread = _times(entry.times)
    refusals: Iterable[Refusal] = ()
    if channel is None:
        refusals = [Refusal("channel", "none")]
    elif unread and channel == "email":
        refusals = [Refusal("times", "unread", {"time": unread[0]})]
    else:
        with database().write() as db:
            try:
                reminders.choose(db, viewer(), channel=channel, address=entry.address, times=times, now=clock())
            except Refused as refused:
                refusals = refused.refusals
    if not refusals:
        return make_response(redirect(url_for("reminders.show"), 303))
    with database().read() as db:
        choice = reminders.current_choice(db, viewer())
    errors = {refusal.where: _sentence(refusal) for refusal in reversed(list(refusals))}
    return make_response(_page(choice, entry, errors), 422)


def _page(choice: Choice, entry: Entry, errors: dict[str, str]) -> str:
    subject, text = TEXTS.get(str(get_locale()), TEXTS["en"])
    message = {"subject": subject, "text": text, "address": f"{settings().base_url}/"}
    return render("patient/reminders.html", choice=choice, entry=entry, errors=errors, message=message)


def _channel(value: str) -> Literal["none", "email"] | None:
    match value:
        case "none":
            return "none"
        case "email":
            return "email"
    return None


def _times(values: Iterable[str]) -> tuple[list[time], list[str]]:
    """What could be read as a wall-clock time to the minute, each once, and what could not."""
    times: set[time] = set()
    unread = []
    for value in filter(None, map(str.strip, values)):
        try:
            times.add(time.fromisoformat(value).replace(second=0, microsecond=0, tzinfo=None))
        except ValueError:
            unread.append(value)
    return sorted(times), unread


def _sentence(refusal: Refusal) -> str:
    params = refusal.params
    match refusal.where, refusal.code:
        case "channel", _:
            return gettext("Please choose one of the two.")
        case "address", _:
            return gettext("This does not look like an e-mail address. It needs a name, an @ and a domain.")
        case "times", "none":
            return gettext("Please give at least one time, or choose no reminders.")
        case "times", "many":
            most = int(str(params["most"]))
            return ngettext("At most %(num)d time a day.", "At most %(num)d times a day.", most)
        case "times", "close":
            return gettext("Please leave %(minutes)s minutes or more between two times.", minutes=params["minutes"])
        case "times", "quiet":
            return gettext(
                "%(time)s lies in the quiet hours from %(start)s to %(end)s.",
                **{name: format_time(params[name], "short", rebase=False) for name in ("time", "start", "end")},
            )
        case "times", "unread":
            return gettext("We could not read “%(time)s” as a time of day, such as 18:30.", time=params["time"])
    raise ValueError(f"no sentence for {refusal.where}: {refusal.code}")
