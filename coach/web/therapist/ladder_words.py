"""How a patient stands on a ladder, in words: why she goes up, stays or went down, and who said what on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext, ngettext

from coach.domain.program import Rung
from coach.domain.progression import Because
from coach.services.standings import LadderPlace, Measured, Proposal, Stair
from coach.web.therapist.findings import rung_name


def standing(place: LadderPlace) -> str:
    """Why she is not on another rung: one sentence; empty where nothing can be said."""
    return because(place.because, place.rungs) if place.because is not None else ""


def proposal(found: Proposal, place: LadderPlace) -> str:
    """`The program would go on with 25 mm: 3 of the last 4 at 22 mm were complete, pain 2 or less.`"""
    reason = because(found.because, place.rungs)
    return gettext("The program would go on with %(rung)s: %(reason)s", rung=rung_name(found.to), reason=reason)


def stair(step: Stair, place: LadderPlace) -> str:
    """Why this step of the staircase was made, without its day and its rung."""
    said = []
    if step.because is not None:
        said.append(because(step.because, place.rungs))
    if step.reason:
        said.append(step.reason)
    return " · ".join(said)


def stair_by(step: Stair) -> str:
    match step.by:
        case "rule":
            return gettext("by the program's rule")
        case "patient":
            return gettext("by the patient herself")
        case "therapist":
            return step.who or gettext("by her therapist")


def state_name(state: str) -> str:
    """Of a rung that is not simply hers; empty where it is."""
    return {"held": gettext("held"), "locked": gettext("locked")}.get(state, "")


def measured(found: Measured) -> str:
    """What the examination proposes for a strengthening ladder, with its numbers."""
    numbers = gettext(
        "PERFECT: holds of %(seconds)s s, %(reps)s of them", seconds=found.endurance_s, reps=found.repetitions
    )
    if found.fast is not None:
        numbers = gettext("%(numbers)s, %(fast)s fast ones", numbers=numbers, fast=found.fast)
    if found.rung is None:
        return gettext("%(numbers)s. Every rung of this program asks for more.", numbers=numbers)
    return gettext(
        "%(numbers)s. The highest rung that asks for no more is %(rung)s.",
        numbers=numbers,
        rung=rung_name(found.rung),
    )


def because(reason: Because, rungs: Sequence[Rung]) -> str:
    """One sentence for a code of `coach.domain.progression`."""
    params = reason.params
    match reason.code:
        case "up":
            return _shown(params, rungs)
        case "down":
            return _lowered(params, rungs)
        case "more_needed":
            return _wanted(params, rungs)
        case "above":
            return _above(params)
        case "flare":
            if "rising" in params:
                return gettext(
                    "A flare: %(scale)s has been rising over the last sessions.", scale=_scale(params["rising"])
                )
            return gettext("A flare: %(shown)s", shown=_lowered(params, rungs))
        case "too_soon":
            return gettext(
                "The last sessions would do; she is there for %(days)s of at least %(needed)s days.",
                days=params["days"],
                needed=params["needed"],
            )
        case "corrected":
            return gettext(
                "The record was corrected: it speaks for %(rung)s, not %(before)s.",
                rung=_rung(params.get("to"), rungs),
                before=_rung(params.get("from"), rungs),
            )
        case "gap":
            return gettext(
                "Stays: there was no practice on %(days)s days; what was done before them speaks for nothing more.",
                days=params["days"],
            )
        case "rising":
            return gettext(
                "Stays: %(scale)s has been rising over the last six sessions.", scale=_scale(params["scale"])
            )
        case "unrated":
            return gettext(
                "Stays: too few ratings of %(scale)s to tell that it does not rise.", scale=_scale(params["scale"])
            )
    return {
        "top": gettext("The highest rung there is."),
        "held": gettext("Held by a therapist: no rule raises her."),
        "two_stops": gettext(
            "Held: the last two sessions ended for pain or fear. One that does not will open the way again."
        ),
        "phase": gettext("Stays: the program goes no further up in this phase."),
        "locked": gettext("Locked until a therapist opens it."),
        "no_rule": gettext("The program has no rule by which she goes up."),
        "set_changed": gettext("Her set was changed; she stays where she was."),
    }.get(reason.code, reason.code)


def _shown(params: Mapping[str, Any], rungs: Sequence[Rung]) -> str:
    return gettext(
        "%(met)s of the last %(of)s at %(rung)s were %(clauses)s.",
        met=params["met"],
        of=params["of"],
        rung=_rung(params["rung"], rungs),
        clauses=_clauses(params),
    )


def _lowered(params: Mapping[str, Any], rungs: Sequence[Rung]) -> str:
    rung = _rung(params["rung"], rungs)
    if params.get("stayed"):
        return ngettext(
            "The last session at %(rung)s stayed at the opening.",
            "%(num)d sessions at %(rung)s stayed at the opening.",
            int(params["met"]),
            rung=rung,
        )
    if params["met"] == 1:
        return gettext("The last session at %(rung)s: %(clauses)s.", rung=rung, clauses=_clauses(params))
    return gettext(
        "%(met)s of the last %(of)s at %(rung)s: %(clauses)s.",
        met=params["met"],
        of=params["of"],
        rung=rung,
        clauses=_clauses(params),
    )


def _wanted(params: Mapping[str, Any], rungs: Sequence[Rung]) -> str:
    rung = _rung(params["rung"], rungs)
    if not params.get("seen"):
        if params.get("is_first"):
            return gettext("Stays: no session at %(rung)s yet.", rung=rung)
        return gettext("Stays: no session at %(rung)s counts yet.", rung=rung)
    if params["smaller"] and params["met"] + params["smaller"] >= params["need"]:
        return gettext(
            "Stays: %(smaller)s of the last %(seen)s were done smaller, at %(lower)s, by her choice.",
            smaller=params["smaller"],
            seen=params["seen"],
            lower=_rung(params["smaller_rung"], rungs),
        )
    return gettext(
        "Stays: %(met)s of the last %(seen)s at %(rung)s were %(clauses)s; the program wants %(need)s of %(of)s.",
        met=params["met"],
        seen=params["seen"],
        need=params["need"],
        of=params["of"],
        rung=rung,
        clauses=_clauses(params),
    )


def _above(params: Mapping[str, Any]) -> str:
    """Enough sessions speak for more, and one of the same time does not."""
    scale, count = _scale(params["scale"]), int(params["count"])
    if params["peak"] is None:
        return ngettext(
            "Stays: one of the last sessions has no rating of %(scale)s; the limit is %(limit)s.",
            "Stays: %(num)d of the last sessions have no rating of %(scale)s; the limit is %(limit)s.",
            count,
            scale=scale,
            limit=params["limit"],
        )
    return ngettext(
        "Stays: one of the last sessions had %(scale)s %(peak)s; the limit is %(limit)s.",
        "Stays: %(num)d of the last sessions went above the limit of %(scale)s, %(limit)s; the highest was %(peak)s.",
        count,
        scale=scale,
        peak=params["peak"],
        limit=params["limit"],
    )


def _clauses(params: Mapping[str, Any]) -> str:
    """`complete, pain 2 or less`."""
    completed = params.get("completed")
    clauses = []
    if completed is not None and completed < 1:
        clauses.append(gettext("done to at least %(percent)s %%", percent=round(completed * 100)))
    elif completed is not None or not params["tests"]:
        clauses.append(gettext("complete"))
    for scale, test, value in params["tests"]:
        clauses.append(_test(_scale(scale), str(test), value))
    if params.get("untold"):
        clauses.append(gettext("or ended for pain"))
    return ", ".join(clauses)


def _test(scale: str, test: str, value: Any) -> str:
    match test:
        case "at_least":
            return gettext("%(scale)s %(value)s or more", scale=scale, value=value)
        case "at_most":
            return gettext("%(scale)s %(value)s or less", scale=scale, value=value)
        case "never_above":
            return gettext("%(scale)s never above %(value)s", scale=scale, value=value)
        case _:
            return gettext("%(scale)s rising by %(value)s or more", scale=scale, value=value)


def _scale(scale: object) -> str:
    return {"pain": gettext("pain"), "anxiety": gettext("anxiety")}.get(str(scale), str(scale).replace("_", " "))


def _rung(rung_id: object, rungs: Sequence[Rung]) -> str:
    """Its name; of one that is gone from her set its id."""
    return next((rung_name(rung) for rung in rungs if rung.id == rung_id), str(rung_id))
