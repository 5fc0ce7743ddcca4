"""Terms of the lists that are offered while one charts: stored by their English name, shown in the reader's language.
Free entries stay as they were typed."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from coach.services.charts import ANAESTHESIA, DILUENTS, GUIDANCE, MUSCLES
from coach.services.side_effects import WHAT

_OFFERED = frozenset((*MUSCLES, *GUIDANCE, *ANAESTHESIA, *DILUENTS, *WHAT))


def said(entry: str) -> str:
    """As it is shown."""
    return gettext(entry) if entry in _OFFERED else entry


def meant(entry: str, offered: Iterable[str]) -> str:
    """As it is stored: the term of the list that was typed, in the reader's language or in English; capitals make no
    difference."""
    typed = " ".join(entry.split()).casefold()
    return next((term for term in offered if typed in (term.casefold(), gettext(term).casefold())), entry)
