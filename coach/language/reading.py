"""Text to plain values that remember where they stood.

Events of PyYAML's C parser, stopped at the first breach of the limits: its composer recurses in C and ends the process
on deep nesting. Scalars by rules of our own, because YAML 1.1 makes 18:30 the number 1110 and `no` false.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml
from yaml import events as e

from coach.language.problems import Mark, Problems

MOST_BYTES = 256 * 1024
MOST_NODES = 20_000
MOST_LEVELS = 12

Path = tuple[str | int, ...]

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None}
_LINE_END = re.compile(r"\r\n|\n|\r")
# Not printable in YAML; line ends that editors do not count; what turns the direction of writing; a BOM inside.
_HIDDEN = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]|[\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069\\ufeff]"
)


class Map(dict[str, Any]):
    """A mapping with the marks of its keys and values. `cut_short`: values that a ` #` ended.

    `lost`: keys that were meant and got lost by a slip that is told already; `*` where nobody can say which.
    """

    __slots__ = ("cut_short", "key_marks", "lost", "mark", "value_marks")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.key_marks: dict[str, Mark] = {}
        self.value_marks: dict[str, Mark] = {}
        self.cut_short: dict[str | int, Mark] = {}
        self.lost: set[str] = set()


class Seq(list[Any]):
    """A sequence with the marks of its items."""

    __slots__ = ("cut_short", "item_marks", "mark")

    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark
        self.item_marks: list[Mark] = []
        self.cut_short: dict[str | int, Mark] = {}


class _Breach(Exception):
    """The text breaks a limit; reading ends here."""

    def __init__(self, code: str, mark: Mark, message: str, suggestion: str | None = None) -> None:
        self.problem = (code, mark, message, suggestion)


def lines_of(text: str) -> list[str]:
    """The lines as an editor counts them."""
    return _LINE_END.split(text)


def decoded(data: str | bytes) -> str | tuple[str, Mark, str, str | None]:
    """The text without its byte order mark, or the problem that keeps it from being read: code, mark, message, mend."""
    start = Mark(0, 0)
    too_big = ("too-big", start, f"the file is larger than {MOST_BYTES // 1024} KiB", "Split it into several programs.")
    if len(data) > MOST_BYTES:
        return too_big
    if isinstance(data, bytes):
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return "not-utf-8", start, "the file is written in UTF-16", "Save it as UTF-8."
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            before = lines_of(data[: error.start].decode(errors="replace"))
            mark = Mark(len(before) - 1, len(before[-1]))
            return "not-utf-8", mark, "the file is not written in UTF-8", "Save it as UTF-8."
    else:
        text = data
    text = text.removeprefix("\ufeff")
    if found := _HIDDEN.search(text):
        before = lines_of(text[: found.start()])
        mark = Mark(len(before) - 1, len(before[-1]))
        name = f"U+{ord(found[0]):04X}"
        return (
            "hidden-character",
            mark,
            f"a character that cannot be seen ({name})",
            "Delete it and type the text anew.",
        )
    if len(text) > MOST_BYTES // 4 and len(text.encode()) > MOST_BYTES:
        return too_big
    return text


def read(text: str, problems: Problems) -> Map | None:
    """The mapping that the text holds, or None with the reason among the problems."""
    lines = lines_of(text)
    try:
        root = _Reader(lines, problems).read(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _Breach as breach:
        code, mark, message, suggestion = breach.problem
        problems.add(code, mark, message, suggestion)
        return None
    except yaml.YAMLError as error:
        _syntax(error, lines, problems)
        return None
    if root is None:
        problems.add("empty-file", Mark(0, 0), "the file is empty", "Begin with `title:`.")
    elif not isinstance(root, Map):
        problems.add("not-a-program", Mark(0, 0), "the file holds no keys", "Begin with `title: ...`.")
    return root if isinstance(root, Map) else None


def locate(root: Map | Seq, path: Path, *, key: bool = False) -> Mark:
    """Where the value under a path stands (or its key). Steps that are not in the text are passed over."""
    at: Any = root
    mark: Mark = root.mark
    for index, part in enumerate(path):
        inner = step_into(at, part)
        if inner is None:
            if part == "exercise" and isinstance(at, Map) and len(at) == 1:
                mark = next(iter(at.key_marks.values()))
        elif isinstance(at, Map):
            mark = at.key_marks[inner] if key and index == len(path) - 1 else at.value_marks[inner]
            at = at[inner]
        else:
            mark, at = at.item_marks[inner], at[inner]
    return mark


def lost_at(root: Map | Seq, path: Path) -> set[str]:
    """The keys that got lost from the mapping under a path; empty where it is none."""
    at: Any = root
    for part in path:
        if (inner := step_into(at, part)) is not None:
            at = at[inner]
    return at.lost if isinstance(at, Map) else set()


def step_into(at: object, part: str | int) -> Any:
    """The key or index under which a step of a path goes on, or None. `override`: what a step of a session changes."""
    if isinstance(at, Map):
        if part not in at and part == "override" and len(at) == 1:
            return next(iter(at))
        return part if part in at else None
    if isinstance(at, Seq) and isinstance(part, int) and part < len(at):
        return part
    return None


class _Reader:
    """One pass over the events, with a stack of its own."""

    def __init__(self, lines: list[str], problems: Problems) -> None:
        self._lines = lines
        self._problems = problems

    def read(self, events: Iterator[Any]) -> Any:
        """The first document's value; None where there is none. Raises _Breach and yaml.YAMLError."""
        stack: list[tuple[Map | Seq, list[Any] | None]] = []  # the collection; [key, its event] while one is open
        flow: list[bool] = []
        root: Any = None
        nodes = documents = 0
        for event in events:
            kind = type(event)
            if kind is e.ScalarEvent or kind is e.MappingStartEvent or kind is e.SequenceStartEvent:
                nodes += 1
                mark = Mark(event.start_mark.line, event.start_mark.column)
                if event.anchor is not None:
                    raise _Breach(
                        "anchor", mark, f"`&{event.anchor}` is an anchor", "Write the value out, or use a parameter."
                    )
                if event.tag is not None:
                    raise _Breach(
                        "tag", mark, f"`{event.tag}` is a tag", "Leave it out; put the text in quotes if it is text."
                    )
                if nodes > MOST_NODES:
                    raise _Breach("too-many-values", mark, f"there are more than {MOST_NODES} values in the file")
                if kind is e.ScalarEvent:
                    if stack and isinstance(stack[-1][0], Map) and stack[-1][1] is None:
                        stack[-1] = (stack[-1][0], self._key(stack[-1][0], event, mark))
                        continue
                    value = self._scalar(event, mark)
                    cut = self._cut_short(event)
                    if not stack:
                        root = value
                        continue
                    self._place(stack, value, mark, event, cut, flow[-1])
                else:
                    if len(stack) >= MOST_LEVELS:
                        raise _Breach("too-deep", mark, f"this lies deeper than {MOST_LEVELS} levels")
                    if stack and isinstance(stack[-1][0], Map) and stack[-1][1] is None:
                        raise _Breach(
                            "key-not-text", mark, "a key has to be a name", "Is a bracket or a quote missing?"
                        )
                    made: Map | Seq = Map(mark) if kind is e.MappingStartEvent else Seq(mark)
                    if stack:
                        self._place(stack, made, mark, event, None, False)
                    else:
                        root = made
                    stack.append((made, None))
                    flow.append(bool(event.flow_style))
            elif kind is e.MappingEndEvent or kind is e.SequenceEndEvent:
                stack.pop()
                flow.pop()
            elif kind is e.AliasEvent:
                mark = Mark(event.start_mark.line, event.start_mark.column)
                raise _Breach(
                    "anchor", mark, f"`*{event.anchor}` is an alias", "Write the value out, or put the text in quotes."
                )
            elif kind is e.DocumentStartEvent:
                documents += 1
                mark = Mark(event.start_mark.line, event.start_mark.column)
                if documents > 1:
                    raise _Breach(
                        "several-documents", mark, "a second document begins here", "Put it into a file of its own."
                    )
                if event.tags:
                    raise _Breach("tag", mark, "the file defines tags", "Leave the line out.")
        return root

    def _key(self, into: Map, event: e.ScalarEvent, mark: Mark) -> list[Any]:
        name = event.value
        self._look_for_hidden(event, mark)
        if name == "<<" and not event.style:
            raise _Breach("anchor", mark, "`<<` is a merge key", "Write the keys out, or use an override.")
        return [name, event, mark]

    def _place(
        self,
        stack: list[tuple[Map | Seq, list[Any] | None]],
        value: Any,
        mark: Mark,
        event: Any,
        cut: Mark | None,
        flow: bool,
    ) -> None:
        into, key = stack[-1]
        if isinstance(into, Seq):
            if cut is not None:
                into.cut_short[len(into)] = cut
            into.append(value)
            into.item_marks.append(mark)
            return
        assert key is not None
        stack[-1] = (into, None)
        name, key_event, key_mark = key
        if flow and value is None and self._is_stray(key_event, event):
            self._stray(name, key_mark)
            into.lost.add("*")
            return
        if name in into.key_marks:
            first = into.key_marks[name].line + 1
            self._problems.add(
                "duplicate-key",
                key_mark,
                f"`{name[:60]}` is written twice; the first is in line {first}",
                "Keep one of the two.",
            )
            return
        into[name] = value
        into.key_marks[name] = key_mark
        into.value_marks[name] = mark
        if cut is not None:
            into.cut_short[name] = cut

    def _is_stray(self, key: Any, value: Any) -> bool:
        """A key in braces that has no colon at all."""
        if key.style or type(value) is not e.ScalarEvent or value.style or value.value:
            return False
        after = self._lines[key.end_mark.line][key.end_mark.column :].lstrip()
        return not after.startswith(":")

    def _stray(self, name: str, mark: Mark) -> None:
        if found := re.fullmatch(r"([A-Za-z_]\w*):(\S.*)", name):
            self._problems.add(
                "missing-space",
                mark,
                f"`{name[:60]}` has no space after the colon",
                f"Write `{found[1]}: {found[2][:40]}`.",
            )
        else:
            self._problems.add(
                "stray-key",
                mark,
                f"because of the comma before it, `{name[:60]}` is read as a name of its own",
                "Put the whole text in quotes, from before its first word to after its last.",
            )

    def _scalar(self, event: e.ScalarEvent, mark: Mark) -> Any:
        value: str = event.value
        if event.style:
            self._look_for_hidden(event, mark)
            if event.style in "|>" and not value.strip():
                self._problems.add(
                    "empty-block",
                    mark,
                    f"`{event.style}` begins a block of text, but no text is indented under it",
                    "Indent the text under the key, or put it in quotes on the same line.",
                )
                return "…"  # stands for the text that was meant, so that nothing else is said about it
            return value
        if not value:
            return None
        first = value[0]
        if (first == "-" or first.isdigit()) and _NUMBER.fullmatch(value):
            if len(value) > 15:
                self._problems.add(
                    "number-too-long", mark, "this number has more than 15 digits", "Put it in quotes if it is text."
                )
                return 0
            return float(value) if "." in value else int(value)
        return _WORDS.get(value, value)

    def _look_for_hidden(self, event: Any, mark: Mark) -> None:
        """In double quotes an escape such as `\\0` makes a character that the text itself may not hold."""
        if event.style == '"' and (found := _HIDDEN.search(event.value)):
            self._problems.add(
                "hidden-character",
                mark,
                f"an escape makes a character that cannot be seen (U+{ord(found[0]):04X})",
                "Leave it out.",
            )

    def _cut_short(self, event: Any) -> Mark | None:
        """Where ` #` ends a plain text with a single space before it; further off it is meant as a comment."""
        end = event.end_mark
        if event.style or end.line >= len(self._lines):
            return None
        line = self._lines[end.line]
        after = line[end.column : end.column + 3]
        return Mark(end.line, end.column + 1) if after[:2] == " #" else None


# -- YAML's own complaints, in plain words ----------------------------------------------------------------------------

_QUOTES = "Put the text in quotes."
_PLAIN_WORDS: tuple[tuple[str, str, str], ...] = (
    (
        "mapping values are not allowed",
        "a colon followed by a space stands inside a text, or the line is indented further than the one above",
        "Put the text in quotes, or give the line the indentation of its neighbours.",
    ),
    (
        "expected ',' or '}'",
        "a brace `{` is not closed, or a colon stands inside a text in braces",
        "Close it with `}`, or put the text in quotes.",
    ),
    ("expected ',' or ']'", "a bracket `[` is not closed", "Close it with `]`."),
    (
        "unexpected end of stream",
        "a quotation mark is not closed",
        "Put the same quotation mark at the end of the text.",
    ),
    ("expected comment or line break", "`>` or `|` at the beginning of a value starts a block of text", _QUOTES),
    (
        "unknown escape character",
        "a backslash in double quotes begins an escape that does not exist",
        "Use single quotes.",
    ),
    ("expected key", "this line's indentation fits no line above it", "Give it the indentation of its neighbours."),
    (
        "expected '-' indicator",
        "a list ends here although its neighbours begin with `- `",
        "Begin the line with `- `, or indent it.",
    ),
    (
        "block sequence entries are not allowed",
        "a list item `- ` cannot begin here",
        "Begin the list on a line of its own.",
    ),
    (
        "expected ':'",
        "a key without a colon, or a text that goes on without being indented",
        "Write `key: value`; indent what belongs to the line above.",
    ),
    (
        "expected <document start>",
        "something follows after the end of the program",
        "Remove the line `...` or what follows it.",
    ),
    ("expected node content", "a value is missing here, or a bracket above is not closed", "Look at the line above."),
    ("cannot start any token", "a text cannot begin with this character", _QUOTES),
    (
        "expected alphabetic or numeric character",
        "`&` and `*` at the beginning of a value have a meaning of their own",
        _QUOTES,
    ),
)


def _syntax(error: yaml.YAMLError, lines: list[str], problems: Problems) -> None:
    problem = str(getattr(error, "problem", None) or "")
    at = getattr(error, "problem_mark", None)
    context = getattr(error, "context_mark", None)
    opened = ("end of stream", "expected ',' or", "comment or line break")
    if context is not None and any(part in problem for part in opened):
        at = context  # where it was opened; the end of the file helps nobody
    mark = Mark(min(at.line, len(lines) - 1), at.column) if at is not None else Mark(0, 0)
    line = lines[mark.line]
    for candidate in (mark.line, mark.line - 1):
        indentation = re.match(r"[ \t]*", lines[candidate])[0] if candidate >= 0 else ""  # type: ignore[index]
        if "\t" in indentation and ("token" in problem or "tab" in problem or "not allowed" in problem):
            where = Mark(candidate, indentation.index("\t"))
            problems.add("tab", where, "a tab stands at the beginning of the line", "Replace it with spaces.")
            return
    if "token" in problem and line[mark.column : mark.column + 1] == "\t":
        problems.add("tab", mark, "a tab stands here", "Replace it with spaces.")
        return
    for above in (mark.line, mark.line - 1):
        if "not allowed" in problem or "expected ':'" in problem:
            found = re.match(r"\s*(?:- )?([A-Za-z_]\w*):([^\s:].*)$", lines[above]) if above >= 0 else None
            if found:
                where = Mark(above, found.start(1))
                problems.add(
                    "missing-space",
                    where,
                    f"`{found[1]}:` has no space after the colon",
                    f"Write `{found[1]}: {found[2][:40]}`.",
                )
                return
    if "mapping values" in problem and (found := re.match(r"(\s*(?:- )*)([^:]*?: +)?\S", line)):
        value = len(found[1] + (found[2] or ""))  # the text that holds the colon, or the key that cannot stand here
        mark = Mark(mark.line, value if value < mark.column else len(found[1]))
    for part, message, suggestion in _PLAIN_WORDS:
        if part in problem:
            problems.add("yaml", mark, message, suggestion)
            return
    problems.add("yaml", mark, f"this is not YAML: {problem or 'it cannot be read'}", _QUOTES)
