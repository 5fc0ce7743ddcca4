"""What an editor offers at each place of a program, and what it says about what stands there: from the JSON Schema.

A place is a path such as `exercises.*.kind` or `phases.#.do.*`: `*` stands for any name, `#` for a place in a list.
Places that offer the same are one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from coach.language.schema import program_schema, reference, resolved
from coach.language.written import Schema

# Whole entries, by the place under which they stand. `${one}` is a field to fill in, `one` what stands in it at first.
SNIPPETS: dict[str, tuple[tuple[str, str], ...]] = {
    "parameters": (
        (
            "a duration",
            "${still}: {type: duration, default: ${10min}, min: ${3min}, max: ${30min}, label: ${Staying still}}",
        ),
        ("a number", "${rounds}: {type: count, default: ${3}, min: ${1}, max: ${5}, label: ${Rounds}}"),
    ),
    "scales": (
        ("from 0 to 10", "${control}: {ask: ${How much in control did you feel?}, low: ${not at all}, high: ${fully}}"),
        ("yes or no", "${let_go}: {ask: ${Could you let go today?}, answer: yes_no}"),
    ),
    "exercises": (
        (
            "breathe",
            ("${breathing}:\n  kind: relaxation\n  title: ${Breathing}\n  cue: ${Let the breath come and go.}\n"
            "  breathe: {in: ${4s}, out: ${6s}}\n  reps: ${12}"),
        ),
        (
            "hold",
            ("${stretch}:\n  kind: stretching\n  title: ${Stretch}\n  cue: ${Go as far as it is easy.}\n"
            "  hold: ${30s}\n  reps: ${3}\n  rest: ${30s}"),
        ),
        (
            "contract and relax",
            ("${close_and_lift}:\n  kind: strengthening\n  title: ${Close and lift}\n"
            "  cue: ${Close gently, then let go completely.}\n  contract: ${5s}\n  relax: ${10s}\n  reps: ${6}"),
        ),
        (
            "one block of time",
            "${resting}:\n  kind: relaxation\n  title: ${Rest}\n  cue: ${Nothing to do.}\n  for: ${2min}",
        ),
        (
            "at her own pace",
            ("${advance}:\n  kind: dilator\n  title: ${Let it come}\n  cue: ${Breathe out and let it come.}\n"
            "  size: ${$dilator}\n  until: tap\n  at_most: ${5min}\n  dose: none"),
        ),
    ),
    "exercises.*.say": (
        ("so long after the beginning", "at ${2min}: ${Half of it is over.}"),
        ("so long before the end", "${10s} left: ${Ten more seconds.}"),
    ),
    "ladders": (
        (
            "the patient's dilators",
            ("${dilator}:\n  kind: dilator\n  rungs: own set\n  start: chosen at assignment\n"
            "  up: {after: ${3 of 4 sessions}, completed: 100%, pain_at_most: ${2}}\n"
            "  down: {after: ${2 sessions in a row}, pain_at_least: ${4}}\n  up_needs: therapist"),
        ),
        (
            "holds and repetitions",
            ("${strength}:\n  rungs:\n    - {id: l1, hold: ${3s}, rest: ${6s}, reps: ${5}}\n"
            "    - {id: l2, hold: ${5s}, rest: ${10s}, reps: ${6}}\n"
            "  up: {after: ${8 of 10 sessions}, completed: 80%, pain_at_most: ${2}}\n  locked: true"),
        ),
    ),
    "sessions": (
        (
            "steps",
            ("${calm}:\n  title: ${Calm}\n  steps: [${breathing}]\n  ask_before: [pain, anxiety]\n"
            "  ask_after: [pain, anxiety]\n  stop_when: [{pain_at_least: ${7}}]"),
        ),
        ("sessions in turn", "${stretch}:\n  title: ${Stretching}\n  alternate: [${calm}, ${short_calm}]"),
    ),
    "sessions.*.variants": (
        ("shorter", "${short}: {title: ${Short}, scale: ${50%}, counts: ${50%}}"),
        ("without some steps", "${gentle}: {title: ${Gentle}, leave_out: [${breathing}], counts: ${100%}}"),
    ),
    "phases.#": (
        (
            "from the start",
            "id: ${first}\ntitle: ${First weeks}\nfrom: start\nto: ${start + 13d}\ndo: {${calm}: ${1 per day}}",
        ),
        (
            "from the injection",
            "id: ${settling}\ntitle: ${Settling}\nfrom: injection\nto: ${insertion - 1d}\ndo: {${calm}: ${2 per day}}",
        ),
    ),
    "safety_checks.#": (
        (
            "a warning sign",
            ("id: ${spreading}\nfrom: injection\nto: ${injection + 6w}\nevery: 1d\nask: ${The question?}\n"
            "on_yes: {urgency: emergency, say: ${What to do now.}}"),
        ),
    ),
    "alerts.#": (
        ("no session", "id: ${silent}\nwhen: {no_session_for: ${3d}}"),
        ("ratings", "id: ${sore}\nwhen: {pain_at_least: ${7}, times: ${2}, within: ${7d}}"),
        (
            "a smaller size",
            "id: ${slipping}\nwhen: {comfort_down: ${1}, in_checks: ${2}}\nnot_before: ${injection + 12w}",
        ),
    ),
}  # fmt: skip


def completion() -> dict[str, Any]:
    """`{values, places}`: what is said of each kind of value, and a list of what each place offers.

    A place: `at` (paths), `keys` (each with `key`, `about`, `needed`, `insert` and, where there are any, `default` and
    `example`), `keys_from` and `names` (the section of this program whose names fit there, as a key or as the value;
    with `endings` each of them goes behind such a name), `words`, `values` (the kinds of value), `snippets` (`label`,
    and `text` with fields as CodeMirror writes them).
    """
    schema = program_schema()
    offered: dict[str, dict[str, Any]] = {}
    for path, node, of_a_value in _walk(schema, (), schema):
        into = offered.setdefault(".".join(path), {})
        for name, offer in _offer(node, schema, of_a_value).items():
            before = into.get(name, [])
            into[name] = [*before, *(each for each in offer if each not in before)] if name != "names" else offer
    for place, snippets in SNIPPETS.items():
        alike = [each for each, offers in offered.items() if offers and offers == offered[place]]
        for each in (place, *alike):
            offered[each]["snippets"] = [{"label": label, "text": text} for label, text in snippets]
    places: dict[str, dict[str, Any]] = {}
    for place, offers in offered.items():
        if offers:
            places.setdefault(json.dumps(offers), {"at": [], **offers})["at"].append(place)
    kinds = {kind for each in places.values() for kind in each.get("values", ())}
    return {
        "values": {
            name: {"about": body["description"], "examples": body.get("examples", [])}
            for name, body in schema["$defs"].items()
            if name in kinds
        },
        "places": list(places.values()),
    }


def _walk(
    node: Schema, path: tuple[str, ...], schema: Schema, of_a_value: bool = False
) -> Iterator[tuple[tuple[str, ...], Schema, bool]]:
    """Every place that the schema knows, with what it says there and whether that is only part of a named value."""
    yield path, node, of_a_value
    full = resolved(node, schema)
    names = {"x-names": full["x-names"]} if "x-names" in full else {}
    if "properties" not in full:
        for alternative in full.get("anyOf", ()):
            yield from _walk({**names, **alternative}, path, schema, of_a_value or "$ref" in node)
    for key, inner in full.get("properties", {}).items():
        yield from _walk(inner, (*path, key), schema)
    if "items" in full:
        yield from _walk({**names, **full["items"]}, (*path, "#"), schema)
    for inner in (full.get("additionalProperties"), *full.get("patternProperties", {}).values()):
        if isinstance(inner, dict):
            yield from _walk(inner, (*path, "*"), schema)


def _offer(node: Schema, schema: Schema, of_a_value: bool) -> dict[str, Any]:
    full = resolved(node, schema)
    offer: dict[str, Any] = {}
    if properties := full.get("properties"):
        needed = full.get("required", ())
        offer["keys"] = [_key(key, inner, key in needed, schema) for key, inner in properties.items()]
    if "enum" in full or "const" in full:
        offer["words"] = full.get("enum") or [full["const"]]
    elif full.get("type") == "boolean":
        offer["words"] = ["true", "false"]
    if (name := reference(node)) and "properties" not in full and not of_a_value:
        offer["values"] = [name]
    if "x-names" in full and full.get("type") != "array":
        offer["names"] = full["x-names"]
    for ours, theirs in (("keys_from", "x-keys"), ("endings", "x-endings")):
        if theirs in full:
            offer[ours] = [full[theirs]] if isinstance(full[theirs], str) else full[theirs]
    return offer


def _key(key: str, node: Schema, needed: bool, schema: Schema) -> dict[str, Any]:
    full = resolved(node, schema)
    entry = {"key": key, "about": full["description"], "needed": needed, "insert": _insert(key, full, schema)}
    if "default" in full:
        entry["default"] = full["default"]
    if full.get("examples"):
        entry["example"] = full["examples"][0]
    return entry


def _insert(key: str, node: Schema, schema: Schema) -> str:
    """What is written for the key before its value: entries of their own stand on lines of their own."""
    if node.get("type") == "array" and "properties" in resolved(node["items"], schema):
        return f"{key}:\n  - "
    is_map = node.get("type") == "object" and isinstance(node.get("additionalProperties"), dict)
    return f"{key}:\n  " if is_map else f"{key}: "
