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

from coach.language import further_slips, syntax
from coach.language.problems import Mark, Problems

MOST_BYTES = 256 * 1024
MOST_LINES = 5_000
MOST_NODES = 20_000
MOST_LEVELS = 12

Path = tuple[str | int, ...]

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
_WORDS = {"true": True, "false": False, "null": None}
_LINE_END = re.compile(r"\r\n|\n|\r")
# Not printable in YAML; line ends that editors do not count; what turns the direction of writing; what is of no width
# (but not the joiners, which some scripts and emoji need); a BOM inside.
_HIDDEN = re.compile(
    "[^\\t\\n\\r\\x20-\\x7e\\xa0-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]"
    "|[\\u200b\\u2028\\u2029\\u202a-\\u202e\\u2060\\u2066-\\u2069\\ufeff]"
)
_HIDDEN_BY_ESCAPE = re.compile(rf"{_HIDDEN.pattern}|\r")  # `\r` in a text itself is the end of a line
_ODD = "\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000"  # spaces to the eye, and letters to YAML
_SPACE_BAR = "Delete it and type a space with the space bar."
_ODD_SPACE = re.compile(f"[{_ODD}]")
# What stands before a value on its line: indentation, the hyphen of a list, a key with its colon.
_LEAD = re.compile(rf"[ {_ODD}]*(?:-[ {_ODD}]+)*(?:\w[\w ]{{0,60}}?[ {_ODD}]{{0,4}}:[ {_ODD}]+)?")
_COLON = re.compile(r"\s*:")
_CURLY = re.compile(f"[{re.escape(''.join(syntax.CURLY))}]")
_BLOCK = re.compile(r"(?:^|[:\s])[|>][-+0-9]{0,2}[ \t]*(?:[ \t]#.*)?$")


_NO_HYPHENS = f"-{syntax.BULLETS}"


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


class _LimitBroken(Exception):
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
    if text.count("\n") + text.count("\r") - text.count("\r\n") > MOST_LINES:
        return "too-big", start, f"the file has more than {MOST_LINES:,} lines", "Split it into several programs."
    return text


def read(text: str, problems: Problems) -> Map | None:
    """The mapping that the text holds, or None with the reason among the problems."""
    lines = lines_of(text)
    if _ODD_SPACE.search(text):
        lines = _with_plain_spaces(lines, problems)
        text = "\n".join(lines)
    reader = _Reader(lines, problems)
    broken_at: int | None = None
    root = None
    try:
        root = reader.read(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _LimitBroken as breach:
        code, mark, message, suggestion = breach.problem
        problems.add(code, mark, message, suggestion)
        broken_at = mark.line
    except yaml.YAMLError as error:
        broken_at = syntax.tell(error, lines, problems).line
        further_slips.tell(lines, problems, broken_at)
    reader.tell_strays(broken_at)
    if broken_at is not None:
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


def _another_space(character: str) -> str:
    return f"a space of another kind stands here (U+{ord(character):04X})"


def _with_plain_spaces(lines: list[str], problems: Problems) -> list[str]:
    """The lines with plain spaces where YAML needs them; each line that had others is told. In texts they stay."""
    result = []
    block: int | None = None  # the indentation of the key whose block of text goes on
    for number, line in enumerate(lines):
        stripped = line.rstrip()
        indentation = len(stripped) - len(stripped.lstrip(" "))
        if block is not None and stripped and indentation <= block:
            block = None
        if block is None and (lead := _LEAD.match(stripped)) and (odd := _ODD_SPACE.search(lead[0])):
            problems.add(
                "odd-space",
                Mark(number, odd.start()),
                _another_space(odd[0]),
                _SPACE_BAR,
            )
            line = _ODD_SPACE.sub(" ", lead[0]) + line[lead.end() :]
        if (block is None or not stripped) and _ODD_SPACE.search(line[len(stripped) :]):
            line = line.rstrip()
        if block is None and _BLOCK.search(stripped):
            block = indentation
        result.append(line)
    return result


class _Reader:
    """One pass over the events, with a stack of its own."""

    def __init__(self, lines: list[str], problems: Problems) -> None:
        self._lines = lines
        self._problems = problems
        self._strays: list[tuple[str, Mark, str, str]] = []
        self._curly: tuple[int, int] = (-1, 0)  # a line, and the column of its first curly quotation mark

    def read(self, events: Iterator[Any]) -> Any:
        """The first document's value; None where there is none. Raises _LimitBroken and yaml.YAMLError."""
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
                    raise _LimitBroken(
                        "anchor",
                        mark,
                        f"`{self._word(mark)}` is read as an anchor, because it begins with `&`",
                        "Put it in quotes if it is text; otherwise write the value out, or use a parameter.",
                    )
                if event.tag is not None:
                    raise _LimitBroken(
                        "tag",
                        mark,
                        f"`{self._word(mark)}` is read as a tag, because it begins with `!`",
                        "Put it in quotes if it is text; otherwise leave it out.",
                    )
                if nodes > MOST_NODES:
                    raise _LimitBroken(
                        "too-many-values",
                        mark,
                        f"there are more than {MOST_NODES} values in the file",
                        "Split it into several programs.",
                    )
                if kind is e.ScalarEvent:
                    if stack and isinstance(stack[-1][0], Map) and stack[-1][1] is None:
                        stack[-1] = (stack[-1][0], self._key(stack[-1][0], event, mark))
                        continue
                    value = self._scalar(event, mark)
                    if not event.style and type(value) is str and value[0] in _NO_HYPHENS and stack and not flow[-1]:
                        value = self._entries(value, event, mark)
                    cut = self._cut_short(event)
                    if not stack:
                        root = value
                        continue
                    self._place(stack, value, mark, event, cut, flow[-1])
                else:
                    if len(stack) >= MOST_LEVELS:
                        raise _LimitBroken(
                            "too-deep",
                            mark,
                            f"this lies deeper than {MOST_LEVELS} levels",
                            "Look for a bracket too many, or a line that is indented too far.",
                        )
                    if stack and isinstance(stack[-1][0], Map) and stack[-1][1] is None:
                        raise _LimitBroken(
                            "key-not-text",
                            mark,
                            "a bracket stands where the name of a key is expected",
                            "Put a text that begins with `{` or `[` in quotes; close every bracket.",
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
                raise _LimitBroken(
                    "anchor",
                    mark,
                    f"`{self._word(mark)}` is read as an alias, because it begins with `*`",
                    "Put it in quotes if it is text; otherwise write the value out.",
                )
            elif kind is e.DocumentStartEvent:
                documents += 1
                mark = Mark(event.start_mark.line, event.start_mark.column)
                if documents > 1:
                    raise _LimitBroken(
                        "several-documents",
                        mark,
                        "`---` begins a second program here",
                        "Take the line out, or put the rest into a file of its own.",
                    )
                if event.tags:
                    raise _LimitBroken("tag", mark, "a line that begins with `%TAG` defines tags", "Take the line out.")
        return root

    def _key(self, into: Map, event: e.ScalarEvent, mark: Mark) -> list[Any]:
        name = event.value
        self._look_for_hidden(event, mark)
        if name == "<<" and not event.style:
            raise _LimitBroken("anchor", mark, "`<<` is a merge key", "Write the keys out, or use an override.")
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
            self._stray(name, key_mark, is_first=not into)
            into.lost.add("*")
            return
        if value is None and not flow and self._is_swallowed(event):
            self._problems.add(
                "comment-in-text",
                Mark(mark.line, mark.column + 1),
                f"` #` begins a comment, so that `{name[:60]}` has no value",
                "Put the text in quotes if it begins with `#`.",
            )
            into.lost.add(name)
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
        line, column = self._end(key)
        return _COLON.match(line, column) is None

    def _is_swallowed(self, value: Any) -> bool:
        """Whether the text of a key is taken for a comment: `title: #1 of 3`."""
        if type(value) is not e.ScalarEvent or value.style:
            return False
        line, column = self._end(value)
        return re.match(r" #[^\s#]", line[column:]) is not None

    def _end(self, event: Any) -> tuple[str, int]:
        """The line on which an event ends and the column there; the parser may count one line too many."""
        mark = event.end_mark
        return (self._lines[mark.line], mark.column) if mark.line < len(self._lines) else ("", 0)

    def _stray(self, name: str, mark: Mark, *, is_first: bool) -> None:
        if found := re.fullmatch(r"([A-Za-z_]\w*):(\S.*)", name):
            told = (
                "missing-space",
                f"`{name[:60]}` has no space after the colon",
                f"Write `{found[1]}: {found[2][:40]}`.",
            )
        elif found := re.match(rf"[A-Za-z_]\w*:([{_ODD}])", name):
            mark = Mark(mark.line, mark.column + found.start(1))
            told = (
                "odd-space",
                _another_space(found[1]),
                _SPACE_BAR,
            )
        elif is_first:
            told = (
                "stray-key",
                f"in braces `{name[:60]}` is read as a name that has no value",
                "Write `name: value` in braces; put a text that begins with `{` in quotes.",
            )
        else:
            told = (
                "stray-key",
                f"because of the comma before it, `{name[:60]}` is read as a name of its own",
                syntax.STRAIGHT
                if self._first_curly(mark.line) < mark.column
                else "Put the whole text in quotes, from before its first word to after its last.",
            )
        self._strays.append((told[0], mark, told[1], told[2]))

    def _first_curly(self, number: int) -> int:
        """The column of the first curly quotation mark on a line; its length where there is none."""
        if self._curly[0] != number:
            line = self._lines[number]
            found = _CURLY.search(line)
            self._curly = number, found.start() if found else len(line)
        return self._curly[1]

    def tell_strays(self, broken_at: int | None) -> None:
        """Adds what stood in braces without a value, but for the line at which reading ended by itself."""
        for code, mark, message, suggestion in self._strays:
            if mark.line != broken_at:
                self._problems.add(code, mark, message, suggestion)

    def _word(self, mark: Mark) -> str:
        return self._lines[mark.line][mark.column :].split(maxsplit=1)[0][:40]

    def _entries(self, value: str, event: Any, mark: Mark) -> str | Seq:
        """A list whose hyphens lack their space, or are other signs, as the list that was meant."""
        if self._lines[mark.line][: mark.column].strip():
            return value
        entries = Seq(mark)
        told = []
        for number in range(mark.line, event.end_mark.line + 1):
            line = self._lines[number].rstrip()
            if not line:
                continue
            where = Mark(number, len(line) - len(line.lstrip(" ")))
            lost = syntax.dash_lost(line, where)
            if lost is None:
                return value
            told.append(lost)
            entries.append(line[where.column + 1 :].strip())
            entries.item_marks.append(where)
        for each in told:
            self._problems.add(each.code, each.mark, each.message, each.suggestion)
        return entries

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
        if event.style == '"' and (found := _HIDDEN_BY_ESCAPE.search(event.value)):
            self._problems.add(
                "hidden-character",
                mark,
                f"an escape makes a character that cannot be seen (U+{ord(found[0]):04X})",
                "Leave it out.",
            )

    def _cut_short(self, event: Any) -> Mark | None:
        """Where ` #` ends a plain text with a single space before it; further off it is meant as a comment."""
        if event.style:
            return None
        line, column = self._end(event)
        return Mark(event.end_mark.line, column + 1) if line[column : column + 2] == " #" else None
