"""One patient's review: what was done beside the injection timeline, and one session's record."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, abort, request
from flask_babel import get_locale

from coach.services import alerts, notices, reviews
from coach.services.reviews import Review, Span
from coach.web import pause_words
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.notice_words import in_words
from coach.web.pages import is_htmx, render
from coach.web.therapist import alert_words, consultation_words, findings, ladder_words, terms
from coach.web.therapist.session_log import lines_of
from coach.web.therapist.timeline_picture import NARROW, WIDE, Picture, draw
from coach.web.therapist.week_rows import week_rows

bp = Blueprint("reviews", __name__)

RANGES: dict[str, Span] = {"4": 4, "16": 16, "cycle": "cycle", "all": "all"}
_ON_A_PHONE = 8  # weeks that can be read at 360 px


@dataclass(frozen=True, slots=True)
class Pictures:
    """The same aggregate drawn for a wide page and for a phone; None while there is nothing to draw."""

    wide: Picture
    narrow: Picture


@bp.get("/patients/<uuid:patient_id>")
@therapists_only
def show(patient_id: UUID) -> str:
    chosen = request.args.get("range")
    if chosen is not None and chosen not in RANGES:
        abort(404)
    with database().read() as db:
        review = reviews.review(db, viewer(), patient_id, now=clock(), span=RANGES[chosen] if chosen else None)
        waiting = alerts.open_of(db, viewer(), patient_id)
        latest = notices.latest_of(db, viewer(), patient_id)
    return render(
        "therapist/_timeline.html" if is_htmx() else "therapist/review.html",
        review=review,
        pictures=_pictures(review),
        week_rows=week_rows(review.timeline) if review.timeline else [],
        words=findings,
        terms=terms,
        ladder_words=ladder_words,
        consultation_words=consultation_words,
        pause_words=pause_words,
        range=str(review.span),
        ranges=tuple(name for name in RANGES if name != "cycle" or review.latest_injection),
        language=str(get_locale()),
        alerts=waiting,
        alert_words=alert_words,
        told=tuple(zip(in_words(latest, today=review.today, language=str(get_locale())), latest, strict=True)),
        patient_id=patient_id,
        zone=review.zone,
        errors={},
        typed={},
    )


@bp.get("/patients/<uuid:patient_id>/sessions/<uuid:session_id>")
@therapists_only
def session(patient_id: UUID, session_id: UUID) -> str:
    with database().read() as db:
        record = reviews.session_record(db, viewer(), patient_id, session_id)
    return render("therapist/review_session.html", record=record, lines=lines_of(record), words=findings)


def _pictures(review: Review) -> Pictures | None:
    if review.timeline is None:
        return None
    return Pictures(draw(review.timeline, WIDE), draw(review.timeline, NARROW, latest_weeks=_ON_A_PHONE))
