"""The JSON Schema of a program and of a file to import, made from the models that check them.

It can say less than the checker: what leads across a file, what depends on a value, and the length of a duration. It
is stricter in a few things, which the reference page names: a key with nothing after it, for one, is marked.
"""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from pydantic_core import core_schema

from coach.language import shapes
from coach.language.written import IS, NAMED, Schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Of a step these are as the exercise says, so that no default of their own holds.
_WITHOUT_DEFAULTS = "override"


def program_schema() -> Schema:
    """The JSON Schema (2020-12) of a program. `x-names` and `x-keys` name the section that names come from."""
    return _whole(shapes.ProgramShape, "A program")


def library_schema() -> Schema:
    """The JSON Schema of a file that only offers exercises and sessions."""
    return _whole(shapes.LibraryShape, "Exercises and sessions to import")


def definition_name(model: str) -> str:
    """`SafetyCheckShape` -> `safety_check`."""
    words = model.removesuffix("Shape")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words).removeprefix("_")


def all_shapes() -> tuple[type[shapes.Shape], ...]:
    """Every model of the language, the ones for whole files last."""
    found = [each for each in vars(shapes).values() if isinstance(each, type) and issubclass(each, shapes.Shape)]
    return tuple(each for each in found if each not in (shapes.Shape, shapes.HeadShape, shapes.StepShape))


class _Generator(GenerateJsonSchema):
    """Says what stands in the text: no null where a key is left out, and defaults as they are written."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> Schema:
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def sort(self, value: Schema, parent_key: str | None = None) -> Schema:
        return value


def resolved(node: Schema, schema: Schema) -> Schema:
    """The node with what it refers to; what it says itself goes before."""
    if "$ref" not in node:
        return node
    inner = resolved(schema["$defs"][reference(node)], schema)
    return {**inner, **{key: value for key, value in node.items() if key != "$ref"}}


def reference(node: Schema) -> str:
    """The name of the definition that the node refers to; empty where it refers to none."""
    return str(node.get("$ref", "")).rpartition("/")[2]


def _whole(model: type[shapes.Shape], title: str) -> Schema:
    known = all_shapes()
    made = models_json_schema([(each, "validation") for each in known], schema_generator=_Generator)[1]["$defs"]
    definitions: dict[str, Schema] = {}
    models = {definition_name(each.__name__): _model(_plain(made[each.__name__], definitions)) for each in known}
    for body in models[_WITHOUT_DEFAULTS]["properties"].values():
        body.pop("default", None)
    root = models[definition_name(model.__name__)]
    definitions |= models
    used = _used(root, definitions)
    return {
        "$schema": DIALECT,
        "title": title,
        **root,
        "$defs": {name: definitions[name] for name in sorted(used)},
    }


def _plain(node: Any, definitions: dict[str, Schema]) -> Any:
    """Without the marks of `written`: named schemas among the definitions, and references to them in their place."""
    if isinstance(node, list):
        return [_plain(each, definitions) for each in node]
    if not isinstance(node, dict):
        return node
    if IS in node:
        own = {key: _plain(value, definitions) for key, value in node.items() if key != IS}
        return {**_plain(node[IS], definitions), **own}
    if NAMED in node:
        name = node[NAMED]
        body = {key: value for key, value in node.items() if key != NAMED}
        if body and name not in definitions:
            definitions[name] = _plain(body, definitions)
        return {"$ref": f"#/$defs/{name}"}
    if "$ref" in node:
        return {**node, "$ref": f"#/$defs/{definition_name(node['$ref'].rpartition('/')[2])}"}
    return {key: _plain(value, definitions) for key, value in node.items()}


def _model(body: Schema) -> Schema:
    """A model's schema, what it needs first, and no key that it does not know."""
    del body["title"]
    may_be_null = body.pop("x-or-null", [])
    properties: dict[str, Schema] = body["properties"]
    for key in may_be_null:
        about = {name: properties[key].pop(name) for name in ("description", "examples")}
        properties[key] = {"anyOf": [properties[key], {"type": "null"}], **about}
    required = body.get("required", [])
    body["properties"] = {key: properties[key] for key in (*required, *properties)}
    body["description"] = " ".join(body["description"].split())
    return {**body, "additionalProperties": False}


def _used(node: Any, definitions: dict[str, Schema], found: set[str] | None = None) -> set[str]:
    """The names of all definitions that a schema leads to."""
    found = set() if found is None else found
    if isinstance(node, dict):
        name = reference(node)
        if name and name not in found:
            found.add(name)
            _used(definitions[name], definitions, found)
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _used(inner, definitions, found)
    return found
