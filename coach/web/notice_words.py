"""Notices in words: what changed, why, and what it means for today. Kind and short; nobody is to blame for a change.

Of a notice's body every key may be left out; its sentence is then left out or shorter. Days are ISO text, sizes in mm,
titles a program's texts:

    any kind                  reason: what the therapist writes to her
    program_given             program, starts_on, times: proposed for reminders
    program_moved             program, values_only: the text is the same
    program_extended          program, ends_on (None: no last day)
    program_ended             program, ends_on
    program_restarted         program, starts_on, gentle: it begins with easier days
    rung_up, _down, _held     ladder
    rung_up, rung_down        is_corrected: a practice that came in later is the reason, not the last ones
    rung_up, rung_down        size_mm, from_on; title of the practice where it is not about a size
    rung_held                 size_mm, title
    ladder_unlocked, _locked  title
    phase_ended               phase, next, last_on
    phase_goes_on             phase
    injection_moved           on, before; state (planned, given, cancelled), insertion_on
    paused_by_therapist       first_on, last_on (None: open), why (coach.domain.course.PauseWhy)
    pause_ended_by_therapist  on: the first day that asks for something again
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import format_decimal, gettext

from coach.domain.program import Text
from coach.services.notices import Notice
from coach.web.plan import day_in_words


@dataclass(frozen=True, slots=True)
class NoticeWords:
    """One notice to read. `ids` are sent back when she has: its own, and those of earlier ones that it took over."""

    ids: tuple[UUID, ...]
    heading: str
    text: str


def in_words(notices: Iterable[Notice], *, today: date, language: str) -> tuple[NoticeWords, ...]:
    """Each in the language of the page, a program's own texts in `language`. `today` is the patient's day."""
    return tuple(_words(notice, _Body(notice, today, language)) for notice in notices)


def to_read(notices: Iterable[Notice], *, today: date, language: str) -> tuple[NoticeWords, ...]:
    """As `in_words`, the latest first. Of several about her place on one ladder only the last is told: after a while
    away the others would be a list of steps that are no longer so."""
    told: dict[object, list[Notice]] = {}
    for notice in notices:
        told.setdefault(_place(notice) or notice.id, []).append(notice)
    return tuple(
        replace(words, ids=tuple(each.id for each in group))
        for group in told.values()
        for words in in_words(group[:1], today=today, language=language)
    )


def _place(notice: Notice) -> object | None:
    """The ladder that it tells her place on."""
    if not notice.kind.startswith("rung_") or "ladder" not in notice.body:
        return None
    return notice.assignment_id, notice.body["ladder"]


class _Body:
    """What a notice says, ready to be put into sentences."""

    def __init__(self, notice: Notice, today: date, language: str) -> None:
        self._body: Mapping[str, Any] = notice.body
        self._today = today
        self._language = language
        self.by_rule = notice.by_rule

    def __contains__(self, name: str) -> bool:
        return self._body.get(name) is not None

    def says_never(self, name: str) -> bool:
        """Whether it says that there is no such day, which is not the same as saying nothing of it."""
        return name in self._body and self._body[name] is None

    def is_true(self, name: str) -> bool:
        return bool(self._body.get(name))

    def text(self, name: str) -> str:
        value = self._body.get(name)
        if isinstance(value, Text):
            return value.in_language(self._language)
        return "" if value is None else str(value)

    def size(self) -> str:
        value = self._body.get("size_mm")
        return "" if value is None else gettext("%(size)s mm", size=format_decimal(value))

    def is_over(self, name: str) -> bool:
        """Whether that day is today or has been."""
        return name in self and self._day(name) <= self._today

    def is_past(self, name: str) -> bool:
        return name in self and self._day(name) < self._today

    def day(self, name: str) -> str:
        return day_in_words(self._day(name)) if name in self else ""

    def _day(self, name: str) -> date:
        return date.fromisoformat(self._body[name])


def _words(notice: Notice, body: _Body) -> NoticeWords:
    heading, *sentences = _sentences(notice.kind, body)
    if "reason" in body:
        sentences.append(gettext("Your therapist writes: “%(text)s”", text=body.text("reason")))
    return NoticeWords((notice.id,), heading, " ".join(sentence for sentence in sentences if sentence))


def _sentences(kind: str, body: _Body) -> list[str]:
    """The heading, then its sentences; those that have nothing to say are empty."""
    match kind:
        case "program_given":
            return [
                gettext("You have a new plan"),
                gettext("Your therapist chose “%(program)s” for you.", program=body.text("program"))
                if "program" in body
                else gettext("Your therapist chose it for you."),
                _begins(body),
                gettext(
                    "For reminders, %(times)s may suit you. You choose them yourself, on your reminders page.",
                    times=body.text("times"),
                )
                if "times" in body
                else "",
            ]
        case "program_moved":
            return [
                gettext("Your plan was updated"),
                gettext("Your therapist set parts of “%(program)s” anew for you.", program=body.text("program"))
                if body.is_true("values_only") and "program" in body
                else gettext("Your therapist uses another form of “%(program)s” now.", program=body.text("program"))
                if "program" in body
                else "",
                gettext(
                    "What you have done stays, and you go on from where you are. Today shows the new plan already."
                ),
            ]
        case "program_extended":
            return [
                gettext("Your plan goes on for longer"),
                _goes_on(body),
                gettext("Nothing changes today."),
            ]
        case "program_ended":
            return [
                gettext("A plan comes to its end"),
                _ends(body),
                gettext("All that you have done stays. Thank you for it."),
            ]
        case "program_restarted":
            return [
                gettext("Your plan begins again"),
                _begins(body),
                gettext("The first days are gentle.") if body.is_true("gentle") else "",
                gettext("There is nothing to catch up on."),
            ]
        case "rung_up":
            return [
                gettext("A little further"),
                _from(body, to=gettext("Your plan goes on with %(size)s.", size=body.size()), other=_further(body)),
                _why_now(body, gettext("Your last practices went well.")),
                gettext("Going smaller is fine on any day.") if "size_mm" in body else "",
            ]
        case "rung_down":
            return [
                gettext("An easier step for now"),
                _from(body, to=gettext("Your plan goes on with %(size)s.", size=body.size()), other=_easier(body)),
                _why_now(body, gettext("Your last practices asked a lot of you.")),
                gettext("Easier is a good way to practise, and nothing is lost."),
            ]
        case "rung_held":
            return [
                gettext("Staying where you are"),
                gettext("Your plan stays at %(size)s for now.", size=body.size())
                if "size_mm" in body
                else gettext("Your plan stays at this step for now."),
                gettext("The same step again is good practice. Today goes on as before."),
            ]
        case "ladder_unlocked":
            return [
                gettext("Something new is open"),
                gettext("Your therapist opened “%(title)s” for you.", title=body.text("title"))
                if "title" in body
                else gettext("Your therapist opened a new part of your plan for you."),
                gettext("You find it under Today when it is planned."),
            ]
        case "ladder_locked":
            return [
                gettext("A part of your plan rests"),
                gettext("“%(title)s” rests for a while.", title=body.text("title")) if "title" in body else "",
                gettext("Calm practice comes first now. It opens again later."),
            ]
        case "phase_ended":
            return [
                gettext("A new part of your plan"),
                gettext("“%(phase)s” is complete.", phase=body.text("phase"))
                if "phase" in body and ("last_on" not in body or body.is_past("last_on"))
                else gettext("“%(phase)s” goes on until %(day)s.", phase=body.text("phase"), day=body.day("last_on"))
                if "phase" in body
                else "",
                gettext("Next comes “%(phase)s”.", phase=body.text("next")) if "next" in body else "",
                gettext("What you have done stays."),
            ]
        case "phase_goes_on":
            return [
                gettext("This part of your plan goes on"),
                gettext("“%(phase)s” goes on for now.", phase=body.text("phase")) if "phase" in body else "",
                gettext("What you have done stays."),
            ]
        case "injection_moved":
            return [_injection_heading(body), *_injection(body)]
        case "paused_by_therapist":
            return [
                gettext("Your plan takes a rest"),
                _rests(body),
                _because(body.text("why")),
                gettext("Resting is part of it. You may practise gently if you like.")
                if body.text("why") in ("", "travel", "not_today")
                else gettext("Resting is part of it."),
            ]
        case "pause_ended_by_therapist":
            return [
                gettext("Your plan goes on"),
                gettext("The rest is over, and your plan goes on.")
                if "on" not in body or body.is_over("on")
                else gettext("Your plan goes on from %(day)s.", day=body.day("on")),
                gettext("There is nothing to catch up on."),
            ]
    return [gettext("Your plan has changed"), gettext("Today shows the new plan already.")]


def _injection_heading(body: _Body) -> str:
    match body.text("state"):
        case "cancelled":
            return gettext("Your injection is put off")
        case "given":
            return gettext("Your injection is written down")
        case _ if "state" in body and "before" not in body:
            return gettext("A date for your injection")
        case _:
            return gettext("Another date for your injection")


def _injection(body: _Body) -> list[str]:
    state = body.text("state")
    sentences = []
    if state == "cancelled":
        sentences.append(gettext("The date of %(day)s does not hold any more.", day=body.day("on")))
    elif state == "given":
        sentences.append(gettext("You had it on %(day)s.", day=body.day("on")))
    elif "on" in body:
        sentences.append(
            gettext("It is now planned for %(day)s.", day=body.day("on"))
            if "before" in body or not state
            else gettext("It is planned for %(day)s.", day=body.day("on"))
        )
    if "before" in body and state != "given":
        sentences.append(gettext("Before, it was %(day)s.", day=body.day("before")))
    if "insertion_on" in body:
        sentences.append(gettext("What rests after it may begin again from %(day)s.", day=body.day("insertion_on")))
    return [*sentences, gettext("Your plan moves with it. Today shows the new plan already.")]


def _begins(body: _Body) -> str:
    if "starts_on" not in body:
        return ""
    if body.is_over("starts_on"):
        return gettext("You find what is for today below.")
    return gettext("It begins on %(day)s. Until then nothing changes.", day=body.day("starts_on"))


def _goes_on(body: _Body) -> str:
    program = body.text("program")
    if program and "ends_on" in body:
        return gettext("“%(program)s” goes on until %(day)s.", program=program, day=body.day("ends_on"))
    if program and body.says_never("ends_on"):
        return gettext("“%(program)s” has no last day for now.", program=program)
    return ""


def _ends(body: _Body) -> str:
    program = body.text("program")
    if not program:
        return ""
    if "ends_on" not in body or body.is_past("ends_on"):
        return gettext("“%(program)s” is over.", program=program)
    if body.is_over("ends_on"):
        return gettext("Today is the last day of “%(program)s”.", program=program)
    return gettext("The last day of “%(program)s” is %(day)s.", program=program, day=body.day("ends_on"))


def _from(body: _Body, *, to: str, other: str) -> str:
    sentence = to if "size_mm" in body else other
    if "from_on" not in body or body.is_over("from_on"):
        return sentence
    return " ".join((sentence, gettext("That begins on %(day)s.", day=body.day("from_on"))))


def _why_now(body: _Body, by_rule: str) -> str:
    if body.is_true("is_corrected"):
        return gettext("An earlier practice came in later, so your plan was worked out anew.")
    return by_rule if body.by_rule else gettext("Your therapist thinks that it fits.")


def _further(body: _Body) -> str:
    if "title" in body:
        return gettext("“%(title)s” goes one step further.", title=body.text("title"))
    return gettext("Your plan goes one step further.")


def _easier(body: _Body) -> str:
    if "title" in body:
        return gettext("“%(title)s” becomes one step easier.", title=body.text("title"))
    return gettext("Your plan becomes one step easier.")


def _rests(body: _Body) -> str:
    if "last_on" in body:
        return (
            gettext(
                "Nothing is asked of you from %(first)s to %(last)s.",
                first=body.day("first_on"),
                last=body.day("last_on"),
            )
            if "first_on" in body
            else gettext("Nothing is asked of you until %(last)s.", last=body.day("last_on"))
        )
    if "first_on" in body and not body.is_over("first_on"):
        return gettext("Nothing is asked of you from %(first)s on.", first=body.day("first_on"))
    return gettext("Nothing is asked of you for now.")


def _because(why: str) -> str:
    return {
        "menses": gettext("It is because of your period."),
        "illness": gettext("It gives you time to get well."),
        "infection": gettext("It gives your body time to heal."),
        "procedure": gettext("It is because of your treatment."),
        "travel": gettext("It is because you are away."),
        "hold": gettext("Your therapist wants to look at your plan with you first."),
    }.get(why, "")
