"""What a patient does: giving her a program, ending an assignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for
from werkzeug.datastructures import MultiDict

from coach.domain.calendar import local_day
from coach.domain.program import Parameter, Rung
from coach.services import access, assignment_changes, assignments, injections, programs
from coach.services.access import NotFound
from coach.services.assignments import Needs
from coach.services.refusals import Refusal, Refused
from coach.web.access import therapists_only
from coach.web.context import clock, database, viewer
from coach.web.pages import is_htmx, render
from coach.web.therapist import phrases
from coach.web.therapist.phrases import said
from coach.web.therapist.readings import day_in, number_in
from coach.web.therapist.sentences import errors_of

bp = Blueprint("assignments", __name__)

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The form as typed. `placements` and `parameters` are by the program's own names."""

    start_on: str = ""
    injection_id: str = ""
    placements: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        return cls(
            start_on=form.get("start_on", "").strip(),
            injection_id=form.get("injection_id", ""),
            placements=_under("placements.", form),
            parameters=_under("parameters.", form),
        )

    @classmethod
    def for_program(cls, needs: Needs, *, today: date, injection_id: str) -> Entry:
        """What is right most often: from today, for the injection that is nearest, the program's own values."""
        return cls(
            start_on=today.isoformat(),
            injection_id=injection_id if needs.injection else "",
            placements={
                need.ladder.id: need.rungs[0].id for need in needs.ladders if need.rungs and not need.must_choose
            },
            parameters={parameter.id: _typed(parameter, parameter.default) for parameter in needs.parameters},
        )


@bp.get("/patients/<uuid:patient_id>/assignments")
@therapists_only
def index(patient_id: UUID) -> str:
    return overview(patient_id, {}, {})


@bp.get("/patients/<uuid:patient_id>/assignments/new")
@therapists_only
def new(patient_id: UUID) -> str:
    """Without `program`: the choice. With it: the fields that this program needs, for `injection` if it is hers."""
    chosen = id_in(request.args.get("program", ""))
    return _form(patient_id, chosen, None, {})


@bp.post("/patients/<uuid:patient_id>/assignments")
@therapists_only
def create(patient_id: UUID) -> Response:
    entry, program_id = Entry.of(request.form), id_in(request.form.get("program_id", ""))
    if program_id is None:
        errors = errors_of([Refusal("program_id", "missing")])
        return make_response(_form(patient_id, None, None, errors), 422)
    try:
        with database().write() as db:
            needs = assignments.needs(db, viewer(), patient_id, program_id)
            start_on, injection_id, parameters = _read(entry, needs)
            assignments.assign(
                db,
                viewer(),
                patient_id,
                program_id=program_id,
                start_on=start_on,
                injection_id=injection_id,
                placements={ladder: rung for ladder, rung in entry.placements.items() if rung},
                parameters=parameters,
                now=clock(),
            )
    except Refused as refused:
        return make_response(_form(patient_id, program_id, entry, errors_of(refused.refusals)), 422)
    return to_overview(patient_id)


@bp.post("/patients/<uuid:patient_id>/assignments/<uuid:assignment_id>/end")
@therapists_only
def end(patient_id: UUID, assignment_id: UUID) -> Response:
    typed = request.form.get("ends_on", "").strip()
    ends_on = day_in(typed)
    try:
        with database().write() as db:
            own(db, patient_id, assignment_id)
            if typed and ends_on is None:
                raise Refused(Refusal("ends_on", "unread_day"))
            change = assignment_changes.End(ends_on)
            assignment_changes.apply(db, viewer(), assignment_id, change, reason="–", now=clock())
    except Refused as refused:
        key = f"{assignment_id}.end"
        answer = overview(patient_id, {key: {"ends_on": typed}}, {key: errors_of(refused.refusals)})
        return make_response(answer, 422)
    return to_overview(patient_id)


def own(db: object, patient_id: UUID, assignment_id: UUID | None) -> None:
    """An assignment under another patient's address does not exist."""
    if assignment_id is None:
        raise NotFound("assignment")
    found = access.assignment(db, viewer(), assignment_id)  # type: ignore[arg-type]
    if found.patient_id != patient_id:
        raise NotFound("assignment")


def _read(entry: Entry, needs: Needs) -> tuple[date, UUID | None, dict[str, int | float]]:
    """Raises Refused where something cannot be read as what it has to be."""
    refusals = []
    start_on = day_in(entry.start_on)
    if start_on is None:
        refusals.append(Refusal("start_on", "unread_day" if entry.start_on else "missing"))
    injection_id = id_in(entry.injection_id)
    if entry.injection_id and injection_id is None:
        refusals.append(Refusal("injection_id", "unknown_injection"))
    parameters: dict[str, int | float] = {}
    known = {parameter.id: parameter for parameter in needs.parameters}
    for name, typed in entry.parameters.items():
        parameter, amount = known.get(name), number_in(typed)
        if parameter is None:
            refusals.append(Refusal(f"parameters.{name}", "unknown_parameter"))
        elif not typed.strip():
            continue  # the program's own value
        elif amount is None:
            refusals.append(Refusal(f"parameters.{name}", "unread_number", {"text": typed[:40]}))
        else:
            parameters[name] = _amount(parameter, amount)
    if refusals or start_on is None:
        raise Refused(*refusals)
    return start_on, injection_id, parameters


def _form(patient_id: UUID, program_id: UUID | None, entry: Entry | None, errors: dict[str, str]) -> str:
    now = clock()
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        timeline = [
            each for each in injections.timeline_of(db, viewer(), patient_id) if each.holds.state != "cancelled"
        ]
        listed = [(each, programs.load(db, each.newest.id)) for each in programs.programs_of(db, viewer())]
        needs = assignments.needs(db, viewer(), patient_id, program_id) if program_id else None
        today = local_day(now, zone=patient.zone)
        meant = next((each for each in timeline if str(each.id) == request.args.get("injection")), None)
        if needs and entry is None:
            nearest = meant or min(timeline, key=lambda each: abs((each.holds.on - today).days), default=None)
            entry = Entry.for_program(needs, today=today, injection_id=str(nearest.id) if nearest else "")
        return render(
            "therapist/_assignment_fields.html" if is_htmx() else "therapist/assignment_new.html",
            patient=patient,
            listed=listed,
            program_id=program_id,
            needs=needs,
            entry=entry or Entry(),
            errors=errors,
            injections=timeline[::-1],
            for_injection=f"&injection={meant.id}" if meant else "",
            rung_words=rung_words,
            unit_of=_unit,
            phrases=phrases,
            said=said,
        )


def overview(patient_id: UUID, typed: Mapping[str, Mapping[str, str]], errors: Mapping[str, Mapping[str, str]]) -> str:
    now = clock()
    with database().read() as db:
        patient = access.patient(db, viewer(), patient_id)
        return render(
            "therapist/assignments.html",
            patient=patient,
            running=assignments.running(db, viewer(), patient_id, now=now),
            injections={each.id: each.holds for each in injections.timeline_of(db, viewer(), patient_id)},
            today=local_day(now, zone=patient.zone),
            typed=typed,
            errors=errors,
            rung_words=rung_words,
            phrases=phrases,
            said=said,
        )


def to_overview(patient_id: UUID) -> Response:
    return make_response(redirect(url_for("assignments.index", patient_id=patient_id), 303))


def rung_words(rung: Rung) -> str:
    """`22 mm`, or the author's name of the rung with its values."""
    if rung.size_mm is not None:
        return f"{phrases.number(rung.size_mm)} mm"
    return rung.id


def _under(prefix: str, form: MultiDict[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): value.strip() for name, value in form.items() if name.startswith(prefix)}


def id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _unit(parameter: Parameter) -> str:
    """Durations from a minute on are typed in minutes, shorter ones in seconds."""
    match parameter.type:
        case "duration":
            return "min" if parameter.default >= _MINUTE_MS else "s"
        case "share":
            return "%"
        case "size":
            return "mm"
        case "count":
            return ""


def _typed(parameter: Parameter, amount: float) -> str:
    return f"{amount / _scale(parameter):.2f}".rstrip("0").rstrip(".")


def _amount(parameter: Parameter, typed: float) -> int | float:
    amount = typed * _scale(parameter)
    return round(amount) if parameter.type == "duration" or amount == int(amount) else amount


def _scale(parameter: Parameter) -> float:
    return {"min": _MINUTE_MS, "s": 1000, "%": 0.01}.get(_unit(parameter), 1)
