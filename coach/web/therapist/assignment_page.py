"""The page of one program that a patient has: what can be changed of it, what that would do, and what was changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from coach.language.differences import Difference
from coach.services import access, assignment_changes, injections
from coach.services.assignment_changes import Change, Draft, End, Entry, Extend, Held, Move, Restart
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render
from coach.web.therapist import effect_words, phrases
from coach.web.therapist.assignment_form import id_in, read_values, typed_values, unit_of, values_in
from coach.web.therapist.effect_words import NotSeen, day_words, look_first
from coach.web.therapist.phrases import said
from coach.web.therapist.readings import day_in, whole_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("assignment_page", __name__)


@dataclass(frozen=True, slots=True)
class Sent:
    """One of the page's forms as it was sent: what is to be mended in it, or the draft that is to be looked at."""

    form: str
    typed: Mapping[str, str]
    errors: Mapping[str, str]
    draft: Draft | None = None


@bp.get("/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>")
@therapists_only
def show(patient_id: UUID, assignment_id: UUID) -> str:
    return _page(patient_id, assignment_id, None)


@bp.post("/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>/revision")
@therapists_only
def move(patient_id: UUID, assignment_id: UUID) -> Response:
    return _change(patient_id, assignment_id, "revision", _moved)


@bp.post("/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>/extension")
@therapists_only
def extend(patient_id: UUID, assignment_id: UUID) -> Response:
    return _change(patient_id, assignment_id, "extension", _extended)


@bp.post("/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>/end")
@therapists_only
def end(patient_id: UUID, assignment_id: UUID) -> Response:
    return _change(patient_id, assignment_id, "end", _ended)


@bp.post("/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>/restart")
@therapists_only
def restart(patient_id: UUID, assignment_id: UUID) -> Response:
    return _change(patient_id, assignment_id, "restart", _restarted)


# -- forms ------------------------------------------------------------------------------------------------------------

_Read = Callable[[MultiDict[str, str], Held], Change]


def _change(patient_id: UUID, assignment_id: UUID, form: str, read: _Read) -> Response:
    """Makes the change once its effect was seen; `tell` asks for the effect alone, and changes nothing."""
    sent, now = request.form, clock()
    if is_htmx() and sent.get("tell") == "effect":
        return _tell(patient_id, assignment_id, form, read)
    draft: Draft | None = None
    try:
        with database().write() as db:
            held = assignment_changes.read(db, viewer(), patient_id, assignment_id, now=now)
            change = read(sent, held)
            draft = assignment_changes.preview(db, viewer(), assignment_id, change, now=now)
            after = whole_in(sent.get("after", ""))
            given = assignment_changes.apply(
                db,
                viewer(),
                assignment_id,
                change,
                reason=sent.get("reason", ""),
                after=-1 if after is None else after,
                now=now,
            )
            look_first(draft.effect, seen=sent.get("seen", ""), gone=draft.gone)
    except Refused as refused:
        return make_response(_page(patient_id, assignment_id, Sent(form, sent, errors_of(refused.refusals))), 422)
    except NotSeen:
        return make_response(_page(patient_id, assignment_id, Sent(form, sent, {}, draft)))
    to = url_for("assignment_page.show", patient_id=patient_id, assignment_id=given.id)
    return make_response(redirect(to, 303))


def _tell(patient_id: UUID, assignment_id: UUID, form: str, read: _Read) -> Response:
    draft, now = None, clock()
    with database().read() as db:
        held = assignment_changes.read(db, viewer(), patient_id, assignment_id, now=now)
        with suppress(Refused):  # what is wrong is said when it is sent
            draft = assignment_changes.preview(db, viewer(), assignment_id, read(request.form, held), now=now)
    return make_response(_effect(form, draft, held.today))


def _moved(sent: MultiDict[str, str], held: Held) -> Move:
    """Values are typed in the units of the revision that she has. What is as this revision says, and was not set for
    her, is left to the other one."""
    refusals: list[Refusal] = []
    revision_id = id_in(sent.get("revision_id", ""))
    if revision_id is None:
        refusals.append(Refusal("revision_id", "unknown_revision"))
    typed = {name: text for name, text in values_in(sent).items() if name in held.program.parameters}
    values = read_values(held.program, typed, refusals)
    injection_id = id_in(sent.get("injection_id", ""))
    if sent.get("injection_id") and injection_id is None:
        refusals.append(Refusal("injection_id", "unknown_injection"))
    if refusals or revision_id is None:
        raise Refused(*refusals)
    own = {name: parameter.default for name, parameter in held.program.parameters.items()}
    return Move(
        revision_id=revision_id,
        parameters={name: value for name, value in values.items() if value != own[name]},
        injection_id=injection_id,
    )


def _extended(sent: MultiDict[str, str], _: Held) -> Extend:
    return Extend(_day(sent, "ends_on"))


def _ended(sent: MultiDict[str, str], _: Held) -> End:
    """`when`: `now`, or the day that was chosen."""
    if sent.get("when") == "now":
        return End(None)
    ends_on = _day(sent, "ends_on")
    if ends_on is None:
        raise Refused(Refusal("ends_on", "missing"))
    return End(ends_on)


def _restarted(sent: MultiDict[str, str], _: Held) -> Restart:
    on = _day(sent, "on")
    down = whole_in(sent.get("down", "0") or "0")
    refusals = []
    if on is None:
        refusals.append(Refusal("on", "missing"))
    if down is None:
        refusals.append(Refusal("down", "not_whole"))
    if refusals or on is None or down is None:
        raise Refused(*refusals)
    return Restart(on=on, anew=sent.get("anew") == "yes", down=down)


def _day(sent: MultiDict[str, str], name: str) -> date | None:
    text = sent.get(name, "").strip()
    found = day_in(text)
    if text and found is None:
        raise Refused(Refusal(name, "unread_day"))
    return found


# -- the page ---------------------------------------------------------------------------------------------------------


def _effect(form: str, draft: Draft | None, today: date) -> str:
    return render(
        "therapist/_assignment_effect.html",
        effect=None if draft is None else effect_words.in_words(draft.effect, today=today, gone=draft.gone),
        effect_id=f"effect-{form}",
        differences=[] if draft is None else [difference_words(each) for each in draft.differences],
    )


def _page(patient_id: UUID, assignment_id: UUID, sent: Sent | None) -> str:
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        held = assignment_changes.read(db, viewer(), patient_id, assignment_id, now=clock())
        timeline = injections.timeline_of(db, viewer(), patient_id)
        draft = sent.draft if sent else None
        return render(
            "therapist/assignment.html",
            patient=patient,
            held=held,
            assignment=held.assignment,
            today=held.today,
            injections=[each for each in timeline[::-1] if each.holds.state != "cancelled"],
            injection=next((each.holds for each in timeline if each.id == held.assignment.injection_id), None),
            values=typed_values(held.program, held.facts.parameters),
            sent=sent,
            effect=None if draft is None else effect_words.in_words(draft.effect, today=held.today, gone=draft.gone),
            differences=[] if draft is None else [difference_words(each) for each in draft.differences],
            entry_words=lambda entry: _entry(entry, held),
            day_words=day_words,
            unit_of=unit_of,
            phrases=phrases,
            said=said,
        )


def difference_words(difference: Difference) -> str:
    """What the author changed, in her own notation: `Stay still: hold 20 s → 30 s`."""
    name = difference.name.strip("`")
    if difference.step is not None:
        name = f"{difference.step} ({name})"
    if difference.key is None:
        return (
            gettext("%(part)s is new", part=name)
            if difference.change == "added"
            else gettext("%(part)s is taken out", part=name)
        )
    before, after = difference.before or "–", difference.after or "–"
    return f"{name}: {difference.key} {before} → {after}"


def _entry(entry: Entry, held: Held) -> str:
    """What was done, in one line."""
    after = entry.after
    match entry.kind:
        case "given":
            return gettext("Given")
        case "moved" if "revision_id" in after:
            numbers = {str(each.id): each.number for each in held.revisions}
            return gettext(
                "Moved from revision %(before)s to %(after)s",
                before=numbers.get(entry.before["revision_id"], "–"),
                after=numbers.get(after["revision_id"], "–"),
            )
        case "moved" if "injection_id" in after:
            return gettext("Goes by another injection")
        case "moved":
            return gettext("Values changed")
        case "extended" if after.get("ends_on") is None:
            return gettext("Extended: no last day")
        case "extended":
            return gettext("Extended to %(day)s", day=day_words(date.fromisoformat(after["ends_on"])))
        case "ended" if after.get("ends_on"):
            return gettext("Ended, last day %(day)s", day=day_words(date.fromisoformat(after["ends_on"])))
        case "ended":
            return gettext("Ended")
        case _:
            return gettext("Begun again")
