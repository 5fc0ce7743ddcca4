"""Tables and paragraphs as a person reads them in a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from unicodedata import combining, east_asian_width

WIDTH = 88  # of paragraphs
_UNIT = re.compile(r"(\d) (s\b|min\b|h\b|mm\b|%)")
_STAYS = "\N{NO-BREAK SPACE}"


def wrapped(text: str, *, first: str = "", width: int = WIDTH) -> list[str]:
    """Lines of at most so many columns, the later ones indented like the text of the first, which begins with `first`;
    a number and its unit stay together."""
    lines = textwrap.wrap(
        _UNIT.sub(f"\\1{_STAYS}\\2", text),
        width,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_long_words=False,
        break_on_hyphens=False,
    )
    return [line.replace(_STAYS, " ") for line in lines]


def table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lines of aligned columns under their headings; None is an empty cell, and numbers stand to the right."""
    cells = [[("" if cell is None else str(cell)) for cell in row] for row in rows]
    numeric = [
        bool(rows) and all(row[column] is None or isinstance(row[column], int | float) for row in rows)
        for column in range(len(headings))
    ]
    widths = [
        max(_width(heading), *(_width(row[column]) for row in cells)) if cells else _width(heading)
        for column, heading in enumerate(headings)
    ]

    def line(row: Sequence[str]) -> str:
        parts = []
        for cell, width, to_the_right in zip(row, widths, numeric, strict=True):
            space = " " * (width - _width(cell))
            parts.append(space + cell if to_the_right else cell + space)
        return "  ".join(parts).rstrip()

    return "\n".join([line(list(headings)), line(["-" * width for width in widths]), *(line(row) for row in cells)])


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if combining(letter) else 2 if east_asian_width(letter) in "WF" else 1 for letter in text)
