"""Values for a program's parameters as a person writes them: `12min`, `6`, `80%`, `22mm`."""

from __future__ import annotations

from pydantic_core import PydanticCustomError

from coach.domain.program import Program
from coach.language.problems import near_name
from coach.language.values import amount

_KINDS = {
    "duration": "a duration such as 10min",
    "count": "a whole number",
    "share": "a share such as 80%",
    "size": "a size such as 22mm",
}


class BadValue(ValueError):
    """The value does not fit the parameter; the message says why."""


def parameter_value(program: Program, name: str, written: str) -> int | float:
    """The value (durations in ms, shares 0-1, sizes in mm) that a text gives to a parameter. Raises BadValue."""
    parameter = program.parameters.get(name)
    if parameter is None:
        near = near_name(name, program.parameters)
        known = ", ".join(program.parameters) or "none"
        mend = f"did you mean {near}?" if near else f"it has {known}"
        raise BadValue(f"the program has no parameter {name!r}; {mend}")
    text = written.strip()
    try:
        found = amount(int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text)
    except PydanticCustomError as error:
        raise BadValue(f"{name}: {error.message()}") from None
    if found.kind != parameter.type:
        raise BadValue(f"{name} is {_KINDS[parameter.type]}, not {written!r}")
    low, high = parameter.minimum, parameter.maximum
    if (low is not None and found.value < low) or (high is not None and found.value > high):
        raise BadValue(f"{name}: {written} lies outside what the program allows")
    return found.value
