"""What the parts of a program are called where their titles alone would not tell them apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable

from coach.domain.program import Text


def told_apart(parts: Iterable[tuple[str, Text]], in_words: Callable[[Text], str]) -> dict[str, str]:
    """Id -> title; of parts that share a title the id too: `Calm (calm_long)`."""
    titles = {part_id: in_words(title) for part_id, title in parts}
    often = Counter(titles.values())
    return {part_id: title if often[title] == 1 else f"{title} ({part_id})" for part_id, title in titles.items()}
