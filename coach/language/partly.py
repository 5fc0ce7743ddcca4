"""What is sound of an entry that is not: so that a mistake in one of its keys hides none in the others."""

from __future__ import annotations

from typing import TypeVar

from pydantic import ValidationError

from coach.language.reading import Map
from coach.language.shapes import Shape
from coach.language.values import Context

S = TypeVar("S", bound=Shape)

_ROUNDS = 4
# Where one of these is what is wrong, anything sound will do: nobody gets to see it.
_STAND_INS = {"title": "…", "id": "a", "kind": "preparation", "rungs": "own set"}


def sound_part(model: type[S], entry: object, language: str) -> S | None:
    """The entry without the keys whose values are wrong, which the entry then counts as lost; None where nothing is
    left to go by. Tells no problems: they have been told when the whole entry was validated."""
    if not isinstance(entry, Map):
        return None
    data = dict(entry)
    wrong: set[str] = set()
    for _ in range(_ROUNDS):
        try:
            found = model.model_validate(data, context=Context(language=language))
        except ValidationError as error:
            keys = {str(each["loc"][0]) for each in error.errors(include_url=False) if each["loc"]}
            for key in keys:
                data.pop(key, None)
                if key in _STAND_INS and key not in wrong:
                    data[key] = _STAND_INS[key]
            if keys <= wrong:
                return None  # it asks for a key that nothing can stand in for
            wrong |= keys
        else:
            entry.lost |= wrong
            return found
    return None
