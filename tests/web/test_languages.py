"""Every message is in English and in Spanish, and nothing visible bypasses them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
SPOKEN = ("aria-label", "placeholder", "title", "alt")
# The same in every language: units, names of languages in themselves, an example of a zone's name
NOT_WORDS = {"mm", "min", "yaml", "YAML", "English", "Español", "Europe", "Madrid"}
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")


@cache
def messages() -> Catalog:
    """Every message of code and templates."""
    with (ROOT / "babel.cfg").open() as config:
        methods, options = parse_mapping_cfg(config)
    catalogue = Catalog()
    for folder in ("coach", "templates"):
        for file, line, id_, _, context in extract_from_dir(ROOT / folder, methods, options):
            catalogue.add(id_, None, [(f"{folder}/{file}", line)], context=context)
    return catalogue


@cache
def spanish() -> Catalog:
    with (ROOT / "coach/translations/es/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="es")


def test_every_message_is_translated_into_spanish():
    missing = [
        f"{where(message)}: {message.id}"
        for message in messages()
        if message.id and not is_translated(spanish().get(message.id, message.context))
    ]
    assert not missing, "\n".join(missing)


def test_no_translation_is_left_over():
    known = {message.id for message in messages()}
    left_over = [message.id for message in spanish() if message.id and message.id not in known]
    assert not left_over, left_over


def test_placeholders_survive_translation():
    differing = []
    for message in translated():
        ids = (message.id,) if isinstance(message.id, str) else message.id
        texts = (message.string,) if isinstance(message.string, str) else message.string
        allowed = set().union(*map(placeholders, ids))
        for text in texts:
            # "once" may leave the number out, as the English singular may
            if not placeholders(text) <= allowed or (allowed - placeholders(text)) - {"num"}:
                differing.append((message.id, text))
        if allowed - placeholders(texts[-1]):
            differing.append((message.id, texts[-1]))
        if any("%%" in text for text in ids) != any("%%" in text for text in texts):
            differing.append((message.id, texts))
    assert not differing, differing


def test_translations_keep_the_punctuation_and_space_at_both_ends():
    differing = []
    for message in translated():
        ids = (message.id,) if isinstance(message.id, str) else message.id
        texts = (message.string,) if isinstance(message.string, str) else message.string
        if ends(ids[-1]) != ends(texts[-1]):
            differing.append((ids[-1], texts[-1]))
    assert not differing, differing


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_visible_text_of_a_template_bypasses_translation(template):
    source = template.read_text()
    assert not [*literal_text(source), *literal_expressions(source)]


def test_literal_text_is_found_where_it_stands():
    assert list(literal_text('<p class="x">{{ _("Fine") }}</p>\n<p>Not fine</p>')) == [(2, "Not fine")]
    assert list(literal_text('<a aria-label="Not fine">{# a remark #}</a>')) == [(1, "Not fine")]
    assert list(literal_text('<a {% if x %}aria-label="{{ _("Fine") }}"{% endif %}>·</a>')) == []
    assert list(literal_expressions('{{ "Not fine" if x else _("Fine") }}{{ "checked" if x }}')) == ["Not fine"]


def translated() -> list[Message]:
    return [message for message in spanish() if message.id and is_translated(message)]


def is_translated(message: Message | None) -> bool:
    if message is None or message.fuzzy:
        return False
    texts = (message.string,) if isinstance(message.string, str) else message.string
    return all(texts) and (isinstance(message.id, str) or len(texts) == spanish().num_plurals)


def where(message: Message) -> str:
    return ", ".join(f"{file}:{line}" for file, line in message.locations)


def placeholders(text: str) -> set[str]:
    return {named or brace for named, brace in _PLACEHOLDER.findall(text)}


def ends(text: str) -> tuple[str, str]:
    stop = re.search(r"[.?!:…]*$", text)
    assert stop
    return text[: len(text) - len(text.lstrip())] + text[len(text.rstrip()) :], stop[0]


def literal_text(source: str) -> Iterator[tuple[int, str]]:
    """Words of text nodes and of spoken attributes that are written out: line and text."""
    written: list[str] = []
    blocks: list[str] = []  # of those that are open; one named `*_class` holds names of classes
    names: list[str] = []
    for line, kind, value in Environment().lex(source):
        if (missing := line - 1 - "".join(written).count("\n")) > 0:
            written.append("\n" * missing)
        match kind:
            case "block_begin":
                names = []
            case "name":
                names.append(value)
            case "block_end" if names[:1] == ["block"]:
                blocks.append(names[1])
            case "block_end" if names == ["endblock"]:
                blocks.pop()
            case "data" if not any(block.endswith("_class") for block in blocks):
                written.append(value)
    reader = _Words()
    reader.feed("".join(written))
    yield from reader.found


def literal_expressions(source: str) -> Iterator[str]:
    """Strings that an expression prints as they are. What is handed to a function is that function's business."""
    for output in Environment(extensions=["jinja2.ext.i18n"]).parse(source).find_all(nodes.Output):
        for node in output.nodes:
            yield from _printed(node)


def _printed(node: nodes.Node) -> Iterator[str]:
    match node:
        case nodes.TemplateData() | nodes.Call() | nodes.Test() | nodes.Compare():
            return
        case nodes.Const(value=str() as text):
            if re.search(r"[^\W\d_]{2,}\s+[^\W\d_]|^[A-ZÁÉÍÓÚ][a-záéíóú]", text.strip()):
                yield text
        case nodes.CondExpr():
            for branch in (node.expr1, node.expr2):
                if branch is not None:
                    yield from _printed(branch)
        case _:
            for child in node.iter_child_nodes():
                yield from _printed(child)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[int, str]] = []

    def handle_data(self, data: str) -> None:
        self._look(data)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        for name, value in attributes:
            if name in SPOKEN and value:
                self._look(value)

    def _look(self, text: str) -> None:
        text = re.sub(r'[\w-]+="[^"]*"', "", text)  # what a macro of attributes is made of
        words = set(re.findall(r"[^\W\d_]{2,}", text)) - NOT_WORDS
        if words:
            self.found.append((self.getpos()[0], text.strip()))
