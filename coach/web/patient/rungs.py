"""The patient's own word on sizes and steps: a smaller one from now on, back again, and an offer to take or leave."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, Response, abort, make_response, redirect, request
from flask_babel import format_decimal, get_locale, gettext

from coach.domain.program import Rung
from coach.services import placements
from coach.services.placements import Choice
from coach.services.progress import practice_of
from coach.services.refusals import Refused
from coach.web.access import patients_only
from coach.web.context import clock, database, viewer
from coach.web.pages import render

bp = Blueprint("rungs", __name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer in words, and what its answer is sent with."""

    assignment_id: UUID
    ladder: str
    proposal_id: UUID
    text: str
    take: str
    stay: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """One ladder in words: what it is for, where she is, and what she may choose (id, name, whether it is hers now)."""

    assignment_id: UUID
    ladder: str
    title: str
    now: str
    options: tuple[tuple[str, str, bool], ...]


@bp.get("/rungs")
@patients_only
def show() -> str:
    return _page()


@bp.post("/rungs")
@patients_only
def create() -> Response:
    """`rung` from now on."""
    assignment_id, ladder = _which()
    try:
        with database().write() as db:
            placements.choose(
                db, viewer(), assignment_id, ladder=ladder, rung=request.form.get("rung", ""), now=clock()
            )
    except Refused:
        return make_response(_page(gettext("This one is not there for you yet. Everything stays as it was.")), 422)
    return make_response(redirect("/rungs", 303))


@bp.post("/rungs/answers")
@patients_only
def answer() -> Response:
    """`answer`: `take` or `stay`, to the `proposal_id` that was on the page and to no other one."""
    assignment_id, ladder = _which()
    said, proposal_id = request.form.get("answer"), _id_in(request.form.get("proposal_id", ""))
    try:
        with database().write() as db:
            placements.answer(
                db, viewer(), assignment_id, ladder=ladder, accept=said == "take", now=clock(),
                proposal_id=proposal_id if said in ("take", "stay") else None,
            )  # fmt: skip
    except Refused:
        return make_response(_page(gettext("This offer has changed meanwhile. Everything stays as it was.")), 422)
    return make_response(redirect("/today", 303))


def offer_in_words(choice: Choice) -> Offer:
    assert choice.offered is not None  # the caller looked
    assert choice.proposal_id is not None
    return Offer(
        assignment_id=choice.assignment_id,
        ladder=choice.ladder.id,
        proposal_id=choice.proposal_id,
        text=gettext(
            "Your last practices with %(rung)s went well. If you like, go on with %(to)s. "
            "Staying is just as good, for as long as you want.",
            rung=name_of(choice.rung, choice),
            to=name_of(choice.offered, choice),
        ),
        take=gettext("Go on with %(to)s", to=name_of(choice.offered, choice)),
        stay=gettext("Stay with %(rung)s", rung=name_of(choice.rung, choice)),
    )


def name_of(rung: Rung, choice: Choice) -> str:
    """A size, or the how-manieth step it is: what the author called a rung is not for her."""
    if rung.size_mm is not None:
        return gettext("%(size)s mm", size=format_decimal(rung.size_mm))
    known = [each.id for each in (*choice.rungs, *([choice.offered] if choice.offered else []))]
    return gettext("step %(number)s", number=known.index(rung.id) + 1)


def _which() -> tuple[UUID, str]:
    assignment_id = _id_in(request.form.get("assignment_id", ""))
    if assignment_id is None:
        abort(404)
    return assignment_id, request.form.get("ladder", "")


def _id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _page(message: str = "") -> str:
    with database().read() as db:
        found = placements.choices(db, viewer(), now=clock())
    return render(
        "patient/rungs.html",
        ladders=tuple(_ladder(each) for each in found),
        offers=tuple(offer_in_words(each) for each in found if each.offered is not None),
        message=message,
    )


def _ladder(choice: Choice) -> Ladder:
    title = practice_of(choice.program, choice.ladder.id) or choice.program.title
    return Ladder(
        assignment_id=choice.assignment_id,
        ladder=choice.ladder.id,
        title=title.in_language(str(get_locale())),
        now=name_of(choice.rung, choice),
        options=tuple((rung.id, name_of(rung, choice), rung.id == choice.rung.id) for rung in choice.rungs[::-1]),
    )
