"""The form of a program for one patient as typed: read strictly, kept as it was where it cannot be taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from uuid import UUID

from werkzeug.datastructures import MultiDict

from coach.domain.program import Parameter, Program
from coach.services.assignments import Given, Needs
from coach.services.refusals import Refusal, Refused
from coach.web.therapist.readings import day_in, number_in, time_in

_MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The form as typed. `placements` and `parameters` are by the program's own names."""

    start_on: str = ""
    ends_on: str = ""
    revision_id: str = ""
    injection_id: str = ""
    times: str = ""
    placements: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, form: MultiDict[str, str]) -> Entry:
        return cls(
            start_on=form.get("start_on", "").strip(),
            ends_on=form.get("ends_on", "").strip(),
            revision_id=form.get("revision_id", ""),
            injection_id=form.get("injection_id", ""),
            times=form.get("times", "").strip(),
            placements=_under("placements.", form),
            parameters=_under("parameters.", form),
        )

    @classmethod
    def for_program(cls, needs: Needs, *, today: date, injection_id: str) -> Entry:
        """What is right most often: from today, for the injection that is nearest, the program's own values."""
        return cls(
            start_on=today.isoformat(),
            revision_id=str(needs.revision.id),
            injection_id=injection_id if needs.injection else "",
            placements={
                need.ladder.id: need.rungs[0].id
                for need in needs.ladders
                if need.rungs and not need.must_choose and not need.locked
            },
            parameters=typed_values(needs.program, {}),
        )

    def read(self, needs: Needs) -> Given:
        """Raises Refused where something cannot be read as what it has to be."""
        refusals: list[Refusal] = []
        start_on = day_in(self.start_on)
        if start_on is None:
            refusals.append(Refusal("start_on", "unread_day" if self.start_on else "missing"))
        ends_on = day_in(self.ends_on)
        if self.ends_on and ends_on is None:
            refusals.append(Refusal("ends_on", "unread_day"))
        injection_id = id_in(self.injection_id)
        if self.injection_id and injection_id is None:
            refusals.append(Refusal("injection_id", "unknown_injection"))
        parameters = read_values(needs.program, self.parameters, refusals)
        times = _times(self.times, refusals)
        if refusals or start_on is None:
            raise Refused(*refusals)
        return Given(
            program_id=needs.revision.program_id,
            revision_id=needs.revision.id,
            start_on=start_on,
            ends_on=ends_on,
            injection_id=injection_id,
            placements={ladder: rung for ladder, rung in self.placements.items() if rung},
            parameters=parameters,
            times=times,
        )


def read_values(program: Program, typed: Mapping[str, str], refusals: list[Refusal]) -> dict[str, int | float]:
    """Values of parameters in the program's units; what is left empty is the program's own, and left out."""
    found: dict[str, int | float] = {}
    for name, text in typed.items():
        parameter, amount = program.parameters.get(name), number_in(text)
        if parameter is None:
            refusals.append(Refusal(f"parameters.{name}", "unknown_parameter"))
        elif not text.strip():
            continue
        elif amount is None:
            refusals.append(Refusal(f"parameters.{name}", "unread_number", {"text": text[:40]}))
        else:
            found[name] = _amount(parameter, amount)
    return found


def typed_values(program: Program, values: Mapping[str, int | float]) -> dict[str, str]:
    """Each parameter as one would type it: what is set for her, else the program's own."""
    return {
        parameter.id: _typed(parameter, values.get(parameter.id, parameter.default))
        for parameter in program.parameters.values()
    }


def unit_of(parameter: Parameter) -> str:
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


def id_in(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def values_in(form: MultiDict[str, str]) -> dict[str, str]:
    """What was typed for parameters, by their names."""
    return _under("parameters.", form)


def _under(prefix: str, form: MultiDict[str, str]) -> dict[str, str]:
    return {name.removeprefix(prefix): value.strip() for name, value in form.items() if name.startswith(prefix)}


def _times(text: str, refusals: list[Refusal]) -> tuple[time, ...]:
    """Times of the day set apart by spaces, commas or semicolons, each once."""
    found: dict[time, None] = {}
    for word in _words(text):
        at = time_in(word)
        if at is None:
            refusals.append(Refusal("times", "unread_time"))
            return ()
        found[at] = None
    return tuple(sorted(found))


def _words(text: str) -> Iterable[str]:
    return text.replace(",", " ").replace(";", " ").split()


def _typed(parameter: Parameter, amount: float) -> str:
    return f"{amount / _scale(parameter):.2f}".rstrip("0").rstrip(".")


def _amount(parameter: Parameter, typed: float) -> int | float:
    amount = typed * _scale(parameter)
    return round(amount) if parameter.type == "duration" or amount == int(amount) else amount


def _scale(parameter: Parameter) -> float:
    return {"min": _MINUTE_MS, "s": 1000, "%": 0.01}.get(unit_of(parameter), 1)
