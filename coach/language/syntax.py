"""YAML's own complaints in plain words, at the place that has to be mended.

The parser notices a slip late: a line that lacks its colon is told at the next one that has some. What the lines around
that place look like says what was meant.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

import yaml

from coach.language.problems import Mark, Problems
from coach.language.shapes import Shape

CURLY = "“”„‟«»‘’‚‹›"
STRAIGHT = 'Use straight quotation marks (`"`) around the text: curly ones do not count.'
BULLETS = "•–—·▪◦"  # taken for the hyphen of a list

TAB = ("a tab stands at the beginning of the line", "Replace it with spaces.", "tab")
FENCE = ("a line of three backticks is not part of a program", "Take the line out.")
LIST_BEGINS = (
    "a list cannot begin here, nor can a text begin with `- `",
    "Begin the list on a line of its own, or put the text in quotes.",
)

_QUOTES = "Put the text in quotes."

_LACKS_SPACE = re.compile(r"\s*(?:- )?([A-Za-z_]\w*):([^\s:].*)$")
_LACKS_SPACE_AFTER_DASH = re.compile(r"\s*(-)([^\W\d_].*|\"[^\"]*\"|'[^']*')$")
_HAS_COLON = re.compile(r":(?:\s|$)")
_OTHER_SIGN = re.compile(r"([A-Za-z_]\w*)\s*(?:=|：|;|->|→)\s*(.*)")
_WORD_AND_REST = re.compile(r"([A-Za-z_]\w*)(?:\s+(\S.*))?")
_DECORATION = re.compile(r"[-=*_~+#./\\|<>]{3,}\s*")
_VALUE = re.compile(r"(\s*(?:- )*)((?:[^:\s][^:]*?)?:\s+)?")


class _Place(NamedTuple):
    """Where the parser stopped, where what it was reading had begun, and its own words for both."""

    mark: Mark
    start: Mark | None
    problem: str
    lines: list[str]

    @property
    def line(self) -> str:
        return self.lines[self.mark.line]

    @property
    def before(self) -> str:
        return self.line[: self.mark.column].rstrip()

    @property
    def rest(self) -> str:
        return self.line[self.mark.column :]

    def line_above(self) -> int | None:
        """The nearest line above that holds more than a comment."""
        for number in range(self.mark.line - 1, -1, -1):
            if (text := self.lines[number].strip()) and not text.startswith("#"):
                return number
        return None


class Told(NamedTuple):
    """A slip, where it stands and how to mend it."""

    mark: Mark
    message: str
    suggestion: str
    code: str = "yaml"


def tell(error: yaml.YAMLError, lines: list[str], problems: Problems) -> Mark:
    """Adds the problem that the parser ended with, and gives its place."""
    problem = str(getattr(error, "problem", None) or "")
    at = getattr(error, "problem_mark", None)
    begun = getattr(error, "context_mark", None)
    place = _Place(_within(at, lines) or Mark(0, 0), _within(begun, lines), problem, lines)
    context = str(getattr(error, "context", None) or "")
    told = _tab(place) or _missing_space(place) or _by_words(place, context)
    problems.add(told.code, told.mark, told.message, told.suggestion)
    return told.mark


def dash_lost(text: str, mark: Mark) -> Told | None:
    """A line that was meant as an entry of a list: `-calm`, `• calm`."""
    if found := _LACKS_SPACE_AFTER_DASH.match(text):
        return Told(
            mark, f"`-{found[2][:40]}` has no space after the hyphen", f"Write `- {found[2][:40]}`.", "list-dash"
        )
    if (stripped := text.strip()) and stripped[0] in BULLETS and stripped[1:].strip():
        entry = stripped[1:].strip()[:40]
        return Told(mark, f"`{stripped[0]}` begins no entry of a list", f"Write `- {entry}`.", "list-dash")
    return None


def lacks_space(number: int, line: str) -> Told | None:
    """A line such as `reps:10`."""
    if found := _LACKS_SPACE.match(line):
        return Told(
            Mark(number, found.start(1)),
            f"`{found[1]}:` has no space after the colon",
            f"Write `{found[1]}: {found[2][:40]}`.",
            "missing-space",
        )
    return None


def _within(mark: yaml.Mark | None, lines: list[str]) -> Mark | None:
    if mark is None:
        return None
    line = min(mark.line, len(lines) - 1)
    return Mark(line, min(mark.column, len(lines[line])))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


# -- slips that look alike wherever the parser stops ------------------------------------------------------------------


def _tab(place: _Place) -> Told | None:
    mark, problem = place.mark, place.problem
    for number in (mark.line, mark.line - 1):
        indentation = re.match(r"[ \t]*", place.lines[number])[0] if number >= 0 else ""  # type: ignore[index]
        if "\t" in indentation and ("token" in problem or "tab" in problem or "not allowed" in problem):
            where = Mark(number, indentation.index("\t"))
            return Told(where, *TAB)
    if "token" in problem and place.rest[:1] == "\t":
        return Told(mark, "a tab stands here", "Replace it with spaces.", "tab")
    return None


def _missing_space(place: _Place) -> Told | None:
    if "not allowed" not in place.problem and "expected ':'" not in place.problem:
        return None
    numbers = [place.mark.line, place.mark.line - 1]
    if "expected ':'" in place.problem and place.start is not None:
        numbers.insert(0, place.start.line)
    for number in numbers:
        line = place.lines[number] if number >= 0 else ""
        if told := lacks_space(number, line):
            return told
        if told := dash_lost(line, Mark(number, _indentation(line))):
            return told
    return None


# -- by the parser's words --------------------------------------------------------------------------------------------


def _by_words(place: _Place, context: str) -> Told:
    problem = place.problem
    if "mapping values are not allowed" in problem:
        return colon(place.mark.line, place.mark.column, place.lines)
    if "expected ':'" in problem:
        return without_colon((place.start or place.mark).line, place.lines)
    if "expected key" in problem:
        return _no_key(place)
    if "expected ',' or" in problem:
        return _in_brackets(place)
    start = place.start or place.mark
    if "tag" in context or "tag" in problem or "alphabetic or numeric" in problem:
        return begins_with(start, place.lines[start.line][start.column : start.column + 1] or "!")
    if "cannot start any token" in problem:
        if place.line.startswith("```"):
            return Told(place.mark, *FENCE)
        return begins_with(place.mark, place.rest[:1])
    if "mapping keys are not allowed" in problem:
        return begins_with(place.mark, "?")
    if "expected node content" in problem and place.rest[:1] in (",", "]", "}"):
        if place.before[-1:] in (",", "[", "{"):
            return Told(place.mark, "a value is missing between two commas", "Take one of the commas out.")
        return begins_with(place.mark, place.rest[0])
    for part, message, suggestion, at_start in _PLAIN_WORDS:
        if part in problem:
            return Told(start if at_start else place.mark, message, suggestion)
    return Told(place.mark, "this cannot be read as YAML", "Put texts in quotes, and compare with the lines above.")


_PLAIN_WORDS: tuple[tuple[str, str, str, bool], ...] = (
    (
        "unexpected end of stream",
        "a quotation mark is not closed",
        "Put the same quotation mark at the end of the text.",
        True,
    ),
    ("comment or line break", "a text cannot begin with `>` or `|`: these start a block of text", _QUOTES, True),
    (
        "unknown escape character",
        "a backslash in double quotes begins an escape that does not exist",
        "Use single quotes around the text.",
        False,
    ),
    (
        "expected '-' indicator",
        "a list ends here although its neighbours begin with `- `",
        "Begin the line with `- `, or indent it.",
        False,
    ),
    (
        "block sequence entries are not allowed",
        *LIST_BEGINS,
        False,
    ),
    (
        "expected <document start>",
        "something follows after the end of the program",
        "Remove the line `...` or what follows it.",
        False,
    ),
    (
        "expected node content",
        "a value is missing here, or a bracket above is not closed",
        "Look at the line above.",
        False,
    ),
    ("directive", "a line cannot begin with `%`", _QUOTES, True),
)


def begins_with(mark: Mark, sign: str) -> Told:
    shown = "a backtick" if sign == "`" else f"`{sign}`"
    return Told(mark, f"a text cannot begin with {shown}", _QUOTES)


def colon(number: int, column: int, lines: list[str]) -> Told:
    """A colon where none can stand: inside a text, or on a line that does not belong to the one above."""
    place = _Place(Mark(number, column), None, "", lines)
    found = _VALUE.match(place.line)
    assert found is not None
    if _HAS_COLON.search(place.before):
        value = place.line[found.end() :]
        if value and value[0] in CURLY:
            mend = STRAIGHT
        elif value[:1] in "'\"":
            mend = "Put one kind of quotation mark around the whole text, and the other kind inside it."
        else:
            mend = _QUOTES
        where = found.end() if found.end() < place.mark.column else len(found[1])
        return Told(Mark(place.mark.line, where), "a colon followed by a space stands inside a text", mend)
    above = place.line_above()
    if above is not None and not _HAS_COLON.search(place.lines[above]):
        return without_colon(above, lines)
    return Told(
        Mark(place.mark.line, len(found[1])),
        "this line is indented further than the one above, which has its value already",
        "Give it the indentation of its neighbours; if it goes on with a text, put the whole text in quotes.",
    )


def without_colon(number: int, lines: list[str]) -> Told:
    """A line that has no `key:`, of which the parser complains on a later one."""
    line = lines[number]
    start = _indentation(line)
    if line[start : start + 2] == "- ":
        start += 2
    text = line[start:].rstrip()
    mark = Mark(number, start)
    if told := dash_lost(line, mark):
        return told
    if found := _OTHER_SIGN.fullmatch(text):
        return Told(mark, f"`{found[1]}` has no colon after it", f"Write `{found[1]}: {found[2][:40]}`.")
    if _DECORATION.fullmatch(text):
        return Told(mark, "this line is no part of a program", "Begin it with `# ` to make it a comment.")
    if found := _WORD_AND_REST.fullmatch(text):
        name, value = found.groups()
        below = lines[number + 1] if number + 1 < len(lines) else ""
        if value is None and (name in _known_keys() or _indentation(below) > start):
            return Told(mark, f"`{name[:60]}` has no colon after it", f"Write `{name[:60]}:`.")
        if value is not None and name in _known_keys():
            return Told(mark, f"`{name}` has no colon after it", f"Write `{name}: {value[:40]}`.")
    return Told(
        mark,
        "this line has no colon, and is not indented as a part of the text above",
        "Write `key: value`; indent a text that goes on further than its key.",
    )


@cache
def _known_keys() -> frozenset[str]:
    """Every key of the language, wherever it may stand."""
    waiting: list[type[Shape]] = list(Shape.__subclasses__())
    found: set[str] = set()
    while waiting:
        shape = waiting.pop()
        found.update(shape.known_keys())
        waiting += shape.__subclasses__()
    return frozenset(found)


def _no_key(place: _Place) -> Told:
    """A map goes on, and no key follows."""
    before, rest = place.before, place.rest
    if before.strip():
        if before[-1] in "'\"":
            return more_after_quote(place.mark, before[-1])
        if before[-1] in "]}" and rest[:1] in ("]", "}"):
            return Told(place.mark, f"there is one closing `{rest[0]}` too many", "Leave it out.")
        if before[-1] in "]}":
            found = _VALUE.match(place.line)
            assert found is not None
            mark = Mark(place.mark.line, found.end())
            opened = place.line[found.end() : found.end() + 1]
            if opened in ("[", "{"):
                return Told(mark, f"a text begins with `{opened}` here", _QUOTES)
            return Told(place.mark, f"something follows after the closing `{before[-1]}`", "Take it out.")
    if rest.startswith("- "):
        return Told(
            place.mark,
            "this entry of a list stands further left than the key that it belongs to",
            "Give `- ` at least the indentation of that key.",
        )
    above = place.line_above()
    spaces = _indentation(place.line)
    others = f", the line above {_spaces(_indentation(place.lines[above]))}" if above is not None else ""
    return Told(
        place.mark,
        f"this line's indentation fits no line above it: it has {_spaces(spaces)}{others}",
        "Give lines that belong together the same indentation.",
    )


def _spaces(count: int) -> str:
    return f"{count} space{'' if count == 1 else 's'}"


def more_after_quote(mark: Mark, quote: str) -> Told:
    mend = (
        "Write an apostrophe inside single quotes twice (`''`), or put double quotes around the text."
        if quote == "'"
        else "Put single quotes around the whole text; double ones may then stand inside it."
    )
    return Told(mark, "the text ends at the quotation mark before, and more follows", mend)


def _in_brackets(place: _Place) -> Told:
    """A list or a map in brackets that neither goes on nor ends."""
    start = place.start or place.mark
    opened = place.lines[start.line][start.column : start.column + 1]
    opened = opened if opened in ("[", "{") else "[" if "']'" in place.problem else "{"
    closing = "]" if opened == "[" else "}"
    if place.rest[:1] in ("]", "}") and place.rest[0] != closing:
        return Told(place.mark, f"`{opened}` is closed by `{place.rest[0]}`", f"Write `{closing}`.")
    if start.line != place.mark.line or not place.rest.strip():
        name = "bracket" if opened == "[" else "brace"
        return Told(
            start,
            f"a {name} `{opened}` is not closed, or a comma is missing after one of its entries",
            f"Close it with `{closing}`, and put a comma between entries.",
        )
    if place.before[-1:] in ("'", '"'):
        return more_after_quote(place.mark, place.before[-1])
    if ";" in place.before[start.column :]:
        return Told(place.mark, "the entries in brackets are parted by commas", "Write `,` instead of `;`.")
    return Told(
        place.mark,
        "a comma is missing before this, or a colon stands inside a text",
        "Put a comma between entries, and a text that holds a colon in quotes.",
    )
