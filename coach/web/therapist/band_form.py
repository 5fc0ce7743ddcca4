"""Four days on which bands begin, as typed; and the number of what one had before one."""

from __future__ import annotations

from collections.abc import Mapping

from coach.domain.bands import BANDS, Begins
from coach.services.refusals import Refusal, Refused
from coach.web.therapist.readings import whole_in


def begins_in(typed: Mapping[str, str]) -> Begins:
    """Raises Refused where one of the four is missing or no whole number."""
    found = {name: whole_in(typed[name]) for name in BANDS}
    refusals = [Refusal(name, "not_whole" if typed[name] else "missing") for name, day in found.items() if day is None]
    if refusals:
        raise Refused(*refusals)
    return Begins(**{name: day for name, day in found.items() if day is not None})


def told(begins: Begins | None) -> str:
    """As one word, to be sent back with a form: `1-14-84-182`; empty for None."""
    return "" if begins is None else "-".join(str(getattr(begins, name)) for name in BANDS)


def read_back(text: str) -> Begins | None:
    """What `told` told; None for anything else."""
    days = [whole_in(word) for word in text.split("-")]
    if len(days) != len(BANDS) or None in days:
        return None
    return Begins(**{name: day for name, day in zip(BANDS, days, strict=True) if day is not None})


def number_of(text: str) -> int:
    """-1, which nothing has, for what cannot be a number."""
    found = whole_in(text)
    return -1 if found is None else found
