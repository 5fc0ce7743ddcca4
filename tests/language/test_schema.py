"""The JSON Schema, the completion and the reference page say what the checker does, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Annotated, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from pydantic import Field, TypeAdapter
from pydantic_core import PydanticCustomError

from coach.domain.script import compile_script
from coach.language import check, shapes
from coach.language import values as v
from coach.language.completion import SNIPPETS, completion
from coach.language.problems import WHY, Problems
from coach.language.reading import lines_of, locate, read
from coach.language.reference import reference_page
from coach.language.schema import all_shapes, definition_name, library_schema, program_schema, resolved
from tests.language.test_problems import CORPUS
from tests.language.texts import PROGRAMS, SAMPLE, SMALL, library, nothing
from tests.prepare import ROOT

PAGE = ROOT / "docs" / "program-language.md"
SCHEMA = program_schema()
MODELS = {definition_name(each.__name__): each for each in all_shapes() if each is not shapes.LibraryShape}

# What a text has to be played through, or looked at as a whole, to be seen.
_NOT_IN_THE_SCHEMA = {
    # the text itself
    "anchor", "comment-in-text", "duplicate-key", "empty-block", "hidden-character", "list-dash", "missing-space",
    "number-too-long", "odd-space", "stray-key", "tab", "tag", "yaml",
    # where names lead, and one place in the light of another
    "duplicate-id", "import-conflict", "phase-backwards", "text-without-language", "turns-in-turns", "unknown-exercise",
    "rungs-not-rising", "unknown-field", "unknown-import", "unknown-parameter", "unknown-phase", "unknown-reference",
    "unknown-rung", "unknown-scale", "unknown-session",
    # what shows when it is played
    "nothing-left", "too-big", "too-long", "too-many-values",
}  # fmt: skip
# Texts of other codes that it cannot see either: they depend on a length, on a name, or on an import.
_ITS_LIMITS = {
    "duration too long": "out-of-range",
    "long contraction": "out-of-range",
    "parameter out of range": "out-of-range",
    "parameter of another kind": "wrong-type",
    "number for a duration": "wrong-type",
    "a neighbour that is needed as a duration": "wrong-type",
    "override without sense": "does-not-fit",
    "a day that no year has": "bad-date",
    "a size in a step that is no dilator": "does-not-fit",
    "a size by another value of the rung": "wrong-type",
    "a rung name of two sizes": "bad-reference",
    "a value of another kind on a later rung": "wrong-type",
    "long contractions by reference": "out-of-range",
    "too long with the phases above": "out-of-range",
}


def _pattern(validator: Any, pattern: str, instance: object, schema: object) -> Iterator[ValidationError]:
    """As an editor takes it: in JavaScript `$` is the very end, and digits are those of ASCII."""
    if isinstance(instance, str) and not re.search(re.sub(r"(?<!\\)\$", r"\\Z", pattern), instance, re.ASCII):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


_Validator = extend(Draft202012Validator, {"pattern": _pattern})


def _takes(value: object, definition: str | None = None, schema: dict[str, Any] = SCHEMA) -> bool:
    if definition is not None:
        schema = {"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    return bool(_Validator(schema).is_valid(value))


def _values_of(text: str) -> dict[str, Any] | None:
    return read(text, Problems("a.yaml", lines_of(text)))


def _texts() -> dict[str, str]:
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(PROGRAMS.glob("*.yaml"))}
    return {**found, "sample": SAMPLE, "small": SMALL}


# -- one set of keys --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_the_schema_has_exactly_the_keys_that_the_checker_knows_each_with_its_meaning(name):
    body = SCHEMA if name == "program" else SCHEMA["$defs"][name]

    assert set(body["properties"]) == set(MODELS[name].known_keys())
    assert body["additionalProperties"] is False
    assert [key for key, node in body["properties"].items() if len(node.get("description", "")) < 8] == []


def test_a_key_without_a_meaning_is_noticed():
    class Shape(shapes.Shape):
        told: int = shapes.key("What it is for.", default=0)
        untold: int = Field(0)

    body = Shape.model_json_schema()

    assert [key for key, node in body["properties"].items() if "description" not in node] == ["untold"]


def test_both_schemas_are_json_schemas():
    for schema in (SCHEMA, library_schema()):
        Draft202012Validator.check_schema(schema)
        json.dumps(schema)


def test_every_definition_says_what_it_is():
    assert [name for name, body in SCHEMA["$defs"].items() if not body.get("description")] == []


def _keys_by_place() -> dict[str, list[dict[str, Any]]]:
    return {place: each["keys"] for each in completion()["places"] if "keys" in each for place in each["at"]}


@pytest.mark.parametrize(
    ("place", "model"),
    [
        ("", "program"),
        ("reviewed", "reviewed"),
        ("parameters.*", "parameter"),
        ("scales.*", "scale"),
        ("exercises.*", "exercise"),
        ("exercises.*.breathe", "breath"),
        ("ladders.*", "ladder"),
        ("sessions.*", "session"),
        ("sessions.*.warm_up.#.*", "override"),
        ("sessions.*.variants.*.steps.#.*", "override"),
        ("sessions.*.variants.*", "variant"),
        ("phases.#", "phase"),
        ("safety_checks.#", "safety_check"),
        ("safety_checks.#.on_yes", "answer"),
        ("alerts.#", "alert"),
    ],
)
def test_an_editor_offers_exactly_the_keys_that_the_checker_knows_each_with_its_meaning(place, model):
    keys = _keys_by_place()[place]

    assert {each["key"] for each in keys} == set(MODELS[model].known_keys())
    assert [each["key"] for each in keys if not each["about"]] == []
    needed = {field.alias or name for name, field in MODELS[model].model_fields.items() if field.is_required()}
    assert {each["key"] for each in keys if each["needed"]} == needed


@pytest.mark.parametrize("name", MODELS)
def test_the_page_has_a_table_of_exactly_the_keys_that_the_checker_knows(name):
    assert sorted(MODELS[name].known_keys()) in _tables()


def _tables() -> list[list[str]]:
    found: list[list[str]] = []
    for block in re.findall(r"\| key \|.*\n\|---.*\n((?:\|.*\n)+)", PAGE.read_text(encoding="utf-8")):
        found.append(sorted(re.findall(r"^\| `(\w+)` \|", block, re.MULTILINE)))
    return found


def test_the_page_that_is_kept_is_the_one_that_is_made():
    assert PAGE.read_text(encoding="utf-8") == reference_page()


def test_the_page_tells_every_code_and_every_kind_of_value():
    page = reference_page()

    assert [code for code in WHY if f"| `{code}` |" not in page] == []
    models = {*MODELS, "rung", "instead"}
    assert [name for name in SCHEMA["$defs"] if name not in models and f'id="value-{name}"' not in page] == []


def test_links_of_the_page_lead_to_a_heading_or_a_value():
    page = reference_page()
    there = {heading.lower().replace(" ", "-") for heading in re.findall(r"^#+ (.+)$", page, re.MULTILINE)}
    there.update(re.findall(r'id="([\w-]+)"', page))

    assert set(re.findall(r"\]\(#([\w-]+)\)", page)) - there == set()


# -- defaults and examples --------------------------------------------------------------------------------------------


def _fields() -> Iterator[tuple[str, str, Any]]:
    for name, model in MODELS.items():
        for field_name, field in model.model_fields.items():
            yield name, field.alias or field_name, field


@pytest.mark.parametrize(
    ("model", "key", "field"), [pytest.param(*each, id=f"{each[0]}.{each[1]}") for each in _fields()]
)
def test_defaults_and_examples_are_what_the_checker_reads(model, key, field):
    body = SCHEMA if model == "program" else SCHEMA["$defs"][model]
    node = body["properties"][key]
    kind = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    for example in node.get("examples", []):
        adapter.validate_python(example, context=v.Context())
        assert _Validator({**node, "$defs": SCHEMA["$defs"]}).is_valid(example)
    if "default" in node and field.default is not None:
        assert adapter.validate_python(node["default"], context=v.Context()) == field.default


def test_defaults_of_an_exercise_are_what_it_has_without_them():
    short = "hold: 30s"
    long = "hold: 30s, reps: 1, sets: 1, rest: 0s, set_rest: 0s, sides: one, switch: 5s"
    properties = SCHEMA["$defs"]["exercise"]["properties"]
    told = {key: node["default"] for key, node in properties.items() if "default" in node}

    def made(keys: str) -> object:
        text = f"exercises: {{a: {{kind: stretching, title: A, {keys}}}}}\nsessions: {{s: {{title: S, steps: [a]}}}}\n"
        program = check(f"title: T\n{text}", file="a.yaml", read=nothing).program
        return compile_script(program, "s", rungs={}, own_set=(), parameters={})

    assert made(short) == made(long)
    assert told == {"reps": 1, "sets": 1, "rest": "0s", "set_rest": "0s", "sides": "one", "switch": "5s"}


@pytest.mark.parametrize("name", [name for name, body in SCHEMA["$defs"].items() if "examples" in body])
def test_examples_of_a_value_are_such_values(name):
    for example in SCHEMA["$defs"][name]["examples"]:
        assert _takes(example, name)


# -- one reading of values --------------------------------------------------------------------------------------------

_READERS = {
    "duration": v.duration,
    "days": v.days,
    "day": v.anchor,
    "reference": v.reference,
    "share": v.share,
    "count": v.count,
    "rating": v.rating,
    "name": v.name,
    "rung_name": v.rung_name,
    "language": v.language,
    "line": v.line,
    "title": lambda value: v.text(value, "en", may_go_on=False),
    "text": lambda value: v.text(value, "en"),
    "amount": v.amount,
    "frequency": v.frequency,
    "number_of_sessions": v.after,
    "size": v.or_reference(v.size),
    "condition": v.condition("{pain_at_least: 4}"),
    "rule": v.rule("{after: 1 session, pain_at_most: 2}"),
    "interval": lambda value: shapes._check({"pain": value}),
}
_SAMPLES: tuple[object, ...] = (
    "45s", "10min", "1h", "1min30s", "2.5s", "1h 5min", "2h", "0s", "s", "45", "1:30", "2.55s", "min", "45 s", "-3s",
    "5d", "2w", "9999d", "10000d", "5", "d5", "5 d", "1.5d", "5y",
    "start", "injection", "insertion", "start + 2w", "start+2w", "injection - 14d", "injection -14 d", "injection + 2",
    "injektion", "start +", "start + 10000d", "start - 0d", "inserted",
    "$still", "$strength.hold", "$dilator - 1", "$dilator+1", "$dilator - 100", "$a.b - 1", "$A", "$", "$a.b.c",
    "13mm", "22.5mm", "13 mm", "0mm", "0.0mm", "100mm", "099mm", "99.9mm", "0.5mm", "mm", "13", "size 3", "d3", "3d",
    "80%", "100%", "100.0%", "100.1%", "101%", "0%", "8.5 %", "%", "800%", "5.%",
    "2 per day", "2 a day", "1-2 per day", "2-1 per day", "0 per day", "0-1 per day", "6 per day", "7 per day",
    "5-6 per day",
    "5 per week", "42 per week", "43 per week", "3-4 per week", "0 per week", "twice a day", "2  per  day",
    "2 per month",
    "every 2 days", "every 1 day", "every 60 days", "every 61 days", "every 0 days", "every two days", "every day",
    "1 per day on mon wed fri", "1 per day on mon, wed", "1 per day on mon,wed", "1 per day on wen", "1 per day on",
    "2 per day on any 5 days", "2 per day on any 1 day", "2 per day on any 8 days", "5 per week on mon",
    "$strength.per_day per day", "$rounds per week", "$a+1 per day", "$A per day", "1 per day on Mon", "+2 per day",
    "3 of 4 sessions", "1 session", "2 sessions in a row", "1 session in a row", "0 sessions", "100 sessions", "many",
    "3 of 4", "3  of  4 sessions", "sessions",
    "a", "belly_breathing", "Belly", "a b", "1a", "_a", "a" * 64, "a" * 65, "a-b", "é", "own set",
    "en", "es-MX", "english", "EN", "e", "en-mx", "deu",
    "", " ", "Let go.", "x" * 2000, "x" * 2001, "Línea\nmás", "Línea\n", "a\tb", {"en": "a\nb"}, {"en": "a", "es": "b"},
    "every 2min", "every 10s", "every", "every min", "each 2min", "2min",
    0, 3, 10, 11, 200, 201, -1, 2.5, True, False, None, [], {}, ["a"],
    {"pain_at_least": 7}, {"pain_at_least": 11}, {"pain_at_least": "7"}, {"fear_rises_by": 2}, {"still_after": "30s"},
    {"pain_at_least": 7, "still_after": "30s"}, {"pain_at_least": 7, "still_after": 30}, {"pain": 7}, {"_at_least": 7},
    {"after": "1 session"}, {"after": "3 of 4 sessions", "pain_at_most": 2, "completed": "100%"}, {"after": 3},
    {"pain_at_most": 2}, {"after": "1 session", "stayed_at_opening": True}, {"after": "1 session", "completed": 1},
    {"after": "1 session", "stayed_at_opening": "yes"}, {"after": "1 session", "befor": 2},
)  # fmt: skip


def _reads(kind: str, value: object) -> bool:
    try:
        _READERS[kind](value)
    except PydanticCustomError:
        return False
    return True


@pytest.mark.parametrize("kind", _READERS)
def test_the_schema_takes_the_values_that_the_reader_takes_and_no_others(kind):
    assert [value for value in _SAMPLES if _reads(kind, value) != _takes(value, kind)] == []


_WORDS = (
    "start injection insertion $a .b + - 0 1 2 5 12 d w s min h mm % per a day week days on any every mon fri , of "
    "sessions session in row . en ES _"
)
_parts = st.sampled_from(_WORDS.split()) | st.just(" ")


def _is_too_fine(value: str) -> bool:
    """Longer than 2 hours, more often than every 10 s, a range downwards, or blanks around it."""
    downwards = any(int(low) > int(high) for low, high in re.findall(r"(\d+)(?:-| of )(\d+)", value))
    long = bool(re.search(r"\d+(\.\d+)?\s*(h|min|s)", value)) and bool(re.search(r"\d{2,}|[2-9]", value))
    return value != value.strip() or downwards or long or bool(re.search(r"\b0\d|\d{4}", value))


@given(st.lists(_parts, min_size=1, max_size=8).map("".join).filter(lambda value: not _is_too_fine(value)))
def test_what_is_put_together_from_parts_is_taken_by_both_or_by_neither(value):
    for kind in (
        "duration",
        "days",
        "day",
        "reference",
        "share",
        "frequency",
        "number_of_sessions",
        "name",
        "language",
    ):
        assert _reads(kind, value) == _takes(value, kind), (kind, value)


# -- whole texts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", _texts())
def test_a_program_without_errors_is_valid(name):
    assert [error.message for error in _Validator(SCHEMA).iter_errors(_values_of(_texts()[name]))] == []


@pytest.mark.parametrize("path", sorted((PROGRAMS / "library").glob("*.yaml")), ids=lambda path: path.stem)
def test_a_library_file_is_valid_as_such_and_no_program(path):
    values = _values_of(path.read_text(encoding="utf-8"))

    assert [error.message for error in _Validator(library_schema()).iter_errors(values)] == []
    assert not _takes(values)


def _codes(name: str) -> set[str]:
    return set(re.findall(r"‹([a-z0-9-]+)›", CORPUS[name]))


_ADVICE = {
    problem.code
    for text in CORPUS.values()
    for problem in check(re.sub(r"‹[a-z0-9-]+›", "", text), file="a.yaml", read=nothing).problems
    if problem.severity == "warning"
}
STRUCTURAL = [name for name in CORPUS if _codes(name) and not _codes(name) & (_NOT_IN_THE_SCHEMA | _ADVICE)]


@pytest.mark.parametrize("name", STRUCTURAL)
def test_a_structural_problem_is_refused_by_the_schema_too(name):
    values = _values_of(re.sub(r"‹[a-z0-9-]+›", "", CORPUS[name]))

    if name in _ITS_LIMITS:
        assert _codes(name) == {_ITS_LIMITS[name]}
        assert _takes(values)
    else:
        assert values is None or not _takes(values)


def test_most_of_the_corpus_is_structural():
    assert len(STRUCTURAL) >= 45
    assert set(_ITS_LIMITS) <= set(STRUCTURAL)


def _misspelt(
    values: Any, node: Mapping[str, Any], path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every key of a model in these values, with the path to it."""
    full = resolved(dict(node), SCHEMA)
    if isinstance(values, dict):
        for key, inner in values.items():
            if key in full.get("properties", {}):
                yield path, key
                yield from _misspelt(inner, full["properties"][key], (*path, key))
            else:
                for rest in _inner(full, "additionalProperties"):
                    yield from _misspelt(inner, rest, (*path, key))
    elif isinstance(values, list):
        for index, inner in enumerate(values):
            for rest in _inner(full, "items"):
                yield from _misspelt(inner, rest, (*path, index))


def _inner(full: dict[str, Any], key: str) -> Iterator[dict[str, Any]]:
    for each in (full, *(resolved(each, SCHEMA) for each in full.get("anyOf", ()))):
        if isinstance(each.get(key), dict):
            yield each[key]


def _place_id(part: object) -> str:
    return ".".join(map(str, part)) if isinstance(part, tuple) else str(part)


_PLACES = sorted(set(_misspelt(_values_of(SAMPLE), SCHEMA)), key=str)


@pytest.mark.parametrize(("path", "key"), _PLACES, ids=_place_id)
def test_a_misspelt_key_is_refused_by_the_schema(path, key):
    values = deepcopy(_plain(_values_of(SAMPLE)))
    at = values
    for part in path:
        at = at[part]
    at[f"{key}x"] = at.pop(key)

    assert _takes(_plain(_values_of(SAMPLE)))
    assert not _takes(values)


@pytest.mark.parametrize(("path", "key"), _PLACES, ids=_place_id)
def test_a_misspelt_key_is_refused_by_the_checker(path, key):
    mark = locate(_values_of(SAMPLE), (*path, key), key=True)
    lines = SAMPLE.split("\n")
    end = mark.column + len(key)
    lines[mark.line] = f"{lines[mark.line][:end]}x{lines[mark.line][end:]}"

    errors = check("\n".join(lines), file="a.yaml", read=library).errors

    assert {problem.code for problem in errors} & {"unknown-key", "missing-key"}


def _plain(values: Any) -> Any:
    """Without the marks, so that it can be copied."""
    if isinstance(values, dict):
        return {key: _plain(each) for key, each in values.items()}
    return [_plain(each) for each in values] if isinstance(values, list) else values


# -- what is written to be copied -------------------------------------------------------------------------------------

# What a part of a program leaves out.
_BESIDE = {
    "parameters": {"still": "{type: duration, default: 2min}"},
    "ladders": {"dilator": "{kind: dilator, rungs: own set, down: {after: 1 session, pain_at_least: 4}}"},
    "exercises": {
        "breathing": "{kind: relaxation, title: Breathing, breathe: {in: 4s, out: 6s}, reps: 12}",
        "held": "{kind: dilator, title: Held, size: $dilator, for: 60s}",
    },
    "sessions": {
        "calm": "{title: Calm, steps: [breathing]}",
        "short_calm": "{title: Shorter, steps: [breathing: {reps: 6}]}",
        "dilate": "{title: Practice, steps: [held]}",
    },
}


def _whole(text: str) -> str:
    """A part of a program with what it leaves out."""
    if "title:" not in re.findall(r"^\w+:", text, re.MULTILINE):
        text = f"title: T\n{text}"
    for section, entries in _BESIDE.items():
        missing = "".join(
            f"  {name}: {entry}\n"
            for name, entry in entries.items()
            if not re.search(rf"^{section}:\n(?:  .*\n)*?  {name}:", text, re.MULTILINE)
        )
        if f"{section}:\n" in text:
            text = text.replace(f"{section}:\n", f"{section}:\n{missing}", 1)
        else:
            text += f"{section}:\n{missing}"
    return text


_BLOCKS = re.findall(r"^```yaml\n(.*?)^```", reference_page(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", _BLOCKS, ids=lambda block: block.splitlines()[0])
def test_every_example_of_the_page_passes_the_check(block):
    assert [problem.message for problem in check(_whole(block), file="a.yaml", read=library).errors] == []


def test_the_first_program_of_the_page_lacks_nothing_but_a_reviewer():
    problems = check(_BLOCKS[0], file="five-quiet-minutes.yaml", read=nothing).problems

    assert [problem.code for problem in problems] == ["no-reviewer"]


def _placed(place: str, text: str) -> str:
    """A snippet where it is offered."""
    filled = re.sub(r"\$\{([^}]*)\}", r"\1", text)
    indented = filled.replace("\n", "\n  ")
    if place == "exercises.*.say":
        return f"exercises:\n  said: {{kind: relaxation, title: Said, for: 5min, say: {{{filled}}}}}\n"
    if place == "sessions.*.variants":
        return f"sessions:\n  long:\n    title: Long\n    steps: [breathing, held]\n    variants:\n      {filled}\n"
    if place.endswith(".#"):
        body = filled.replace("\n", "\n    ")
        return f"{place[:-2]}:\n  - {body}\n"
    return f"{place}:\n  {indented}\n"


@pytest.mark.parametrize(
    ("place", "label", "text"), [(place, *each) for place, snippets in SNIPPETS.items() for each in snippets]
)
def test_a_snippet_passes_the_check_where_it_is_offered(place, label, text):
    whole = _whole(_placed(place, text))

    assert [problem.message for problem in check(whole, file="a.yaml", read=nothing).errors] == []
    assert {"label": label, "text": text} in next(
        each["snippets"] for each in completion()["places"] if place in each["at"]
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("exercises.*.kind", ["stretching", "strengthening", "relaxation", "dilator", "preparation"]),
        ("scales.*.answer", ["0-10", "yes_no"]),
        ("ladders.*.up_needs", ["therapist", "patient", "automatic"]),
        ("safety_checks.#.on_yes.urgency", ["emergency", "same_day", "routine"]),
        ("sessions.*.steps.#.*.until", ["tap"]),
        ("ladders.*.rungs", ["own set"]),
        ("ladders.*.locked", ["true", "false"]),
    ],
)
def test_an_editor_offers_the_words_of_a_place(place, words):
    assert next(each["words"] for each in completion()["places"] if place in each["at"]) == words


@pytest.mark.parametrize(
    ("place", "offer", "section"),
    [
        ("sessions.*.steps.#", "names", "exercises"),
        ("sessions.*.alternate.#", "names", "sessions"),
        ("sessions.*.ask_after.#", "names", "scales"),
        ("ladders.*.not_up_while.phase.#", "names", "phases"),
        ("phases.#.do", "keys_from", ["sessions"]),
        ("phases.#.set", "keys_from", ["parameters"]),
        ("sessions.*.stop_when.#", "keys_from", ["scales"]),
    ],
)
def test_an_editor_knows_which_names_of_the_program_fit(place, offer, section):
    assert next(each[offer] for each in completion()["places"] if place in each["at"]) == section


def test_a_place_is_told_once():
    places = [place for each in completion()["places"] for place in each["at"]]

    assert len(places) == len(set(places))
