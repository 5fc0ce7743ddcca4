"""The reference of the language as a therapist reads it, as Markdown: prose, and tables made from the JSON Schema."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from textwrap import wrap
from typing import Any

from coach.language import values as v
from coach.language.problems import WHY
from coach.language.reading import MOST_BYTES, MOST_LEVELS, MOST_LINES, MOST_NODES
from coach.language.reference_text import PAGE
from coach.language.schema import program_schema, reference, resolved
from coach.language.written import Schema

_MARK = re.compile(r"\{\{(.+?)\}\}")
_TABLE = re.compile(r"^#+ (.+)\n(?:(?!#).*\n)*?\{\{table (\w+)\}\}", re.MULTILINE)


def reference_page() -> str:
    """The whole page. Every table has exactly the keys that the checker knows."""
    schema = program_schema()
    headings = {model: heading for heading, model in _TABLE.findall(PAGE)}
    tables = _Tables(schema, {model: heading.lower().replace(" ", "-") for model, heading in headings.items()})
    made: dict[str, Callable[[], str]] = {
        "values": tables.values,
        "problems": lambda: "\n".join(
            ["| code | why it matters |", "|---|---|", *(f"| `{code}` | {_cell(why)} |" for code, why in WHY.items())]
        ),
        "most kib": lambda: str(MOST_BYTES // 1024),
        "most lines": lambda: f"{MOST_LINES:,}",
        "most values": lambda: f"{MOST_NODES:,}",
        "most levels": lambda: str(MOST_LEVELS),
        "most letters": lambda: f"{v.LONGEST_TEXT:,}",
    }
    return _MARK.sub(lambda mark: made[mark[1]]() if mark[1] in made else tables.table(mark[1]), PAGE.lstrip())


class _Tables:
    """`anchors`: the model -> where on the page its table stands."""

    def __init__(self, schema: Schema, anchors: Mapping[str, str]) -> None:
        self._schema = schema
        self._anchors = anchors

    def values(self) -> str:
        """All kinds of values, with examples."""
        rows = ["| value | examples | what it is |", "|---|---|---|"]
        for name, body in self._schema["$defs"].items():
            if name not in self._anchors:
                examples = ", ".join(f"`{_yaml(each)}`" for each in body["examples"])
                rows.append(f'| <a id="value-{name}"></a>{_words(name)} | {examples} | {_cell(body["description"])} |')
        return "\n".join(rows)

    def table(self, of: str) -> str:
        """What `{{table ...}}` stands for: what the model is, and its keys."""
        model, *keys = of.removeprefix("table ").split(".")
        body = self._schema if model == "program" else self._schema["$defs"][model]
        for key in keys:
            body = body["properties"][key]
        needed = body.get("required", ())
        lines = [] if keys or model == "program" else [*wrap(body["description"], 118), ""]
        lines += ["| key | what is written | without it | what it means |", "|---|---|---|---|"]
        for key, node in body["properties"].items():
            full = resolved(node, self._schema)
            without = "has to be there" if key in needed else f"`{_yaml(full['default'])}`" if "default" in full else ""
            meaning = full["description"]
            if "examples" in node and "enum" not in full:
                meaning += f" For example `{_yaml(node['examples'][0])}`."
            lines.append(f"| `{key}` | {self._form(node)} | {without} | {_cell(meaning)} |")
        for shown, node, meaning in self._other_keys(body):
            lines.append(f"| {shown} | {self._form(node)} | | {meaning} |")
        return "\n".join(lines)

    def _other_keys(self, body: Schema) -> Iterator[tuple[str, Schema, str]]:
        """Keys that are no fixed names."""
        for pattern, node in body.get("patternProperties", {}).items():
            if pattern.startswith("^at "):
                yield "`at 2min`", node, "So long after the work of the step begins."
            elif pattern.endswith(" left$"):
                yield "`10s left`", node, "So long before its end."
            else:
                yield "a scale and an ending", node, "The same for every scale of this program."
        rest = body.get("additionalProperties")
        if isinstance(rest, dict) and body.get("x-keys") == "scales":
            yield "a scale", rest, "The answer that leads to the other session."
        elif isinstance(rest, dict):
            yield (
                "a name",
                rest,
                "Any value of this rung, such as `hold: 3s` or `reps: 5`, to be used as `$ladder.hold`.",
            )

    def _form(self, node: Schema) -> str:
        """What may be written, in a few words and with links."""
        if name := reference(node):
            return f"[{_words(name)}](#{self._anchors.get(name, f'value-{name}')})"
        if "enum" in node or "const" in node:
            return ", ".join(f"`{word}`" for word in node.get("enum") or [node["const"]])
        if "anyOf" in node:
            return " or ".join(self._form(each) for each in node["anyOf"])
        match node["type"]:
            case "array":
                return f"a list: {self._form(node['items'])}"
            case "boolean":
                return "`true` or `false`"
            case "null":
                return "`null`"
        if node.get("x-keys") is None and "properties" in node:
            return "keys, see below"
        if isinstance(rest := node["additionalProperties"], dict):
            of = {"scales": "a scale", "parameters": "a parameter", "sessions": "a session"}
            return f"{of.get(node.get('x-keys', ''), 'a name')}: {self._form(rest)}"
        return "keys, see below"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _yaml(value: Any, *, inside: bool = False) -> str:
    """A value on one line, as an author would write it; `inside` brackets a comma needs quotes as well."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_yaml(each, inside=True)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_yaml(each, inside=True) for each in value) + "]"
    if isinstance(value, bool) or not isinstance(value, str):
        return json.dumps(value)
    needs_quotes = value in ("no", "yes") or ": " in value or (inside and "," in value)
    return f'"{value}"' if needs_quotes else value


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
