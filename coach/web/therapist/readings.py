"""Numbers and days as people type them, read strictly: a dose that could be read in two ways is not guessed."""

from __future__ import annotations

import re
from datetime import date, time

_NUMBER = re.compile(r"\d{1,6}(?:[.,]\d{1,2})?|\d{1,6}[.,]\d{2}[1-9]|0[.,]\d{3}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIME = re.compile(r"([01]?\d|2[0-3])[:.h]([0-5]\d)(?::00)?")


def number_in(text: str) -> float | None:
    """`100`, `12.5`, `12,5`, `0,125`, `3.125`; None for anything else. `1,000` and `2,500` are refused: in half of
    Europe they are one and two and a half, and nobody ends three decimals with a nought."""
    text = text.strip()
    return float(text.replace(",", ".")) if _NUMBER.fullmatch(text) and text.isascii() else None


def day_in(text: str) -> date | None:
    """`2026-03-29`; None for anything else and for days that are not."""
    text = text.strip()
    if not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def time_in(text: str) -> time | None:
    """`9:05`, `09:05`, `14.30`; None for anything else."""
    found = _TIME.fullmatch(text.strip()) if text.isascii() else None
    return time(int(found[1]), int(found[2])) if found else None


def whole_in(text: str) -> int | None:
    """`12`; None for anything else, and for more than four digits."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def sizes_in(text: str) -> tuple[list[float], list[str]]:
    """Sizes set apart by spaces, commas or semicolons, and what could not be read.

    A comma with a single digit behind it (`22,5`) is a decimal one: no dilator is so small that it could be a size.
    """
    sizes: list[float] = []
    unread: list[str] = []
    apart = re.sub(r"(?<=\d),(?=\d(?!\d))", ".", text)
    for word in re.split(r"[\s,;]+", apart):
        word = word.removesuffix("mm")
        if not word:
            continue
        size = number_in(word)
        if size is None:
            unread.append(word)
        else:
            sizes.append(size)
    return sizes, unread
