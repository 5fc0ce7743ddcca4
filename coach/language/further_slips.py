"""Slips of YAML on the lines below the one at which the parser stopped, as far as they are certain.

The parser reads no further than to its first complaint, and who types a hand-out has the same slip on many lines. Here
each line is looked at by itself, outside blocks of text, quotation marks and brackets. Where it is not clear in what a
line stands, nothing more is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from coach.language import syntax
from coach.language.problems import Mark, Problems

_LEAD = re.compile(r" *(?:- +)*")
_KEY = re.compile(r"(\w[^:#\"'\[\]{}]*):(?:[ \t]+|$)")
_BLOCK = re.compile(r"[|>][-+0-9]{0,2}[ \t]*(?:#.*)?$")
_CLOSED = {'"': re.compile(r'"(?:[^"\\]|\\.)*"'), "'": re.compile(r"'(?:[^']|'')*'")}
_CLOSING = {'"': re.compile(r'(?:[^"\\]|\\.)*"'), "'": re.compile(r"(?:[^']|'')*'(?!')")}
_NOTHING_MORE = re.compile(r"\s*(?:#.*)?$")
_COMMENT = re.compile(r"\s#.*")
_COLON = re.compile(r":(?=\s|$)")
_PAIRS = {"]": "[", "}": "{"}
_NEVER_FIRST = "@`%"


class _Unclear(Exception):
    """In what the next line stands cannot be said."""


def tell(lines: list[str], problems: Problems, after: int) -> None:
    """Adds what is certainly wrong on the lines below that number."""
    for told in _Lines(lines).slips():
        if told.mark.line > after:
            problems.add(told.code, told.mark, told.message, told.suggestion)


class _Lines:
    """One pass over the lines of a text."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        self._block: int | None = None  # the indentation that the lines of a block of text lie above
        self._quote: str | None = None
        self._open: list[str] = []  # brackets
        self._before = ""  # the last letter inside brackets that is no space
        self._key: tuple[int, bool] | None = None  # column of the key on the line above, whether a plain text follows

    def slips(self) -> Iterator[syntax.Told]:
        try:
            for number, line in enumerate(self._lines):
                told = self._line(number, line)
                if told is not None:
                    yield told
        except _Unclear:
            return

    def _line(self, number: int, line: str) -> syntax.Told | None:
        stripped = line.strip()
        if self._open:
            self._bracket(line, 0)
            return None
        if self._quote is not None:
            self._quotation(line)
            return None
        if self._block is not None:
            if not stripped or len(line) - len(line.lstrip(" ")) > self._block or line.lstrip(" ").startswith("\t"):
                return None
            self._block = None
        if not stripped or stripped.startswith("#"):
            self._key = None if stripped else self._key
            return None
        if line.startswith(("---", "...", "%")) and number:
            raise _Unclear
        above, self._key = self._key, None
        return self._content(number, line, above)

    def _content(self, number: int, line: str, above: tuple[int, bool] | None) -> syntax.Told | None:
        lead = _LEAD.match(line)
        assert lead is not None
        start = lead.end()
        if line[start : start + 1] == "\t":
            if not start or _KEY.match(line.lstrip()):
                return syntax.Told(Mark(number, start), *syntax.TAB)
            raise _Unclear
        key = _KEY.match(line, start)
        if key is None:
            if "-" not in lead[0] and line[start].isalpha():
                if _COLON.search(line, start):
                    raise _Unclear  # a name with odd letters in it
                return self._no_key(number, line, above) if above is not None and above[0] == start else None
            return self._value(number, line, start, lead[0].rfind("-"))
        if above is not None and above[1] and start > above[0]:
            return syntax.colon(number, start + len(key[1]), self._lines)
        self._key = start, False
        return self._value(number, line, key.end(), start, in_map=True)

    def _no_key(self, number: int, line: str, above: tuple[int, bool]) -> syntax.Told:
        """Where a key has to stand, as one does on the line above, there is none."""
        return syntax.lacks_space(number, line) or syntax.without_colon(number, self._lines)

    def _value(self, number: int, line: str, at: int, column: int, *, in_map: bool = False) -> syntax.Told | None:
        """What stands after a key or a hyphen; `column`: of that."""
        text = line[at:]
        first = text[:1]
        mark = Mark(number, at)
        if not first or first == "#":
            return None
        if first in "|>":
            if _BLOCK.match(text):
                self._block = column
                return None
            raise _Unclear
        if first in "\"'":
            closed = _CLOSED[first].match(text)
            if closed is None:
                self._quote = first
            elif not _NOTHING_MORE.match(text, closed.end()):
                if in_map and text[closed.end()] != ":":
                    return syntax.more_after_quote(Mark(number, at + closed.end()), first)
                raise _Unclear
            return None
        if first in "[{":
            self._before = ""
            self._bracket(line, at)
            return None
        if first in _NEVER_FIRST:
            return syntax.Told(mark, *syntax.FENCE) if line.startswith("```") else syntax.begins_with(mark, first)
        if first in "&*!?" or (first in "]}," and not in_map):
            raise _Unclear
        if not in_map:
            if _COLON.search(text):
                raise _Unclear
            return None
        if text.startswith("- "):
            return syntax.Told(mark, *syntax.LIST_BEGINS)
        plain = _COMMENT.sub("", text, count=1).rstrip()
        if found := _COLON.search(plain):
            return syntax.colon(number, at + found.start(), self._lines)
        self._key = column, plain == text.rstrip()
        return None

    def _quotation(self, line: str) -> None:
        """Goes on to where a text in quotation marks ends."""
        assert self._quote is not None
        found = _CLOSING[self._quote].match(line)
        if found is not None:
            self._quote = None
            if not _NOTHING_MORE.match(line, found.end()):
                raise _Unclear

    def _bracket(self, line: str, at: int) -> None:
        """Goes on to where all brackets are closed, or to the end of the line."""
        while at < len(line):
            letter = line[at]
            if letter == "#" and (at == 0 or line[at - 1].isspace()):
                return
            if letter in "\"'" and self._before in ("", "[", "{", ",", ":"):
                closed = _CLOSED[letter].match(line, at)
                if closed is None:
                    raise _Unclear
                at = closed.end()
                self._before = letter
                continue
            if letter in "[{":
                self._open.append(letter)
            elif letter in "]}":
                if not self._open or self._open.pop() != _PAIRS[letter]:
                    raise _Unclear
                if not self._open:
                    if not _NOTHING_MORE.match(line, at + 1):
                        raise _Unclear
                    return
            if not letter.isspace():
                self._before = letter
            at += 1
