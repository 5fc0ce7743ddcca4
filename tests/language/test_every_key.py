"""Each key of the language misspelt: one problem, at that key, that names the right one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from coach.language import check, shapes
from coach.language.problems import Mark, Problems
from coach.language.reading import Map, Seq, lines_of, read
from tests.language.texts import library

TEXT = (Path(__file__).parent / "every_key.yaml").read_text()
STEPS = ("warm_up", "steps", "finish")
# Keys that are no model's, because they are read with the value in which they stand.
CLAUSES = {
    "conditions": {"pain_at_least", "anxiety_at_least", "pain_rises_by", "still_after"},
    "rules": {"after", "completed", "stayed_at_opening", "pain_at_most", "pain_never_above"},
    "not_up_while": {"phase", "rising"},
    "after_gap": {"of", "down"},
    "when": {"no_session_for", "comfort_down", "in_checks", "times", "within", "pain_at_least"},
    "say": {"start", "half", "end"},
}

Key = tuple[str, str, Mark]


def _written(owner: str, value: Map | None) -> Iterator[Key]:
    for key in value or ():
        yield owner, key, value.key_marks[key]


def _keys(root: Map) -> Iterator[Key]:
    """The model (or the kind of value) to which each key of the text belongs, the key, and where it stands."""
    yield from _written("ProgramShape", root)
    yield from _written("ReviewedShape", root["reviewed"])
    for section, model in {**shapes.NAMED_SECTIONS, **shapes.LISTED_SECTIONS}.items():
        entries = root[section]
        for entry in entries.values() if isinstance(entries, Map) else entries:
            yield from _written(model.__name__, entry)
            yield from _inside(section, entry)


def _inside(section: str, entry: Map) -> Iterator[Key]:
    if section == "exercises":
        yield from _of_an_exercise(entry)
    for part in STEPS if section == "sessions" else ():
        for step in entry.get(part, ()):
            if isinstance(step, Map):
                (override,) = step.values()
                yield from _written("OverrideShape", override)
                yield from _of_an_exercise(override)
    for variant in entry.get("variants", Map(Mark(0, 0))).values():
        yield from _written("VariantShape", variant)
    yield from _written("AnswerShape", entry.get("on_yes"))
    for key, kind in {
        "up": "rules", "down": "rules", "until": "rules", "not_up_while": "not_up_while", "after_gap": "after_gap",
        "ease_when": "conditions", "stop_when": "conditions", "when": "when",
    }.items():  # fmt: skip
        if isinstance(value := entry.get(key), Map | Seq):
            for each in value if isinstance(value, Seq) else [value]:
                yield from _written(kind, each)


def _of_an_exercise(exercise: Map) -> Iterator[Key]:
    yield from _written("BreathShape", exercise.get("breathe"))
    yield from _written("say", exercise.get("say"))


KEYS = list(_keys(read(TEXT, Problems("a.yaml", lines_of(TEXT)))))


def _slip(key: str) -> str:
    """Two letters changed over, from the end as far as they differ."""
    at = next(at for at in range(len(key) - 2, -1, -1) if key[at] != key[at + 1])
    return key[:at] + key[at + 1] + key[at] + key[at + 2 :]


def test_the_text_has_no_errors():
    assert [each for each in check(TEXT, file="a.yaml", read=library).problems if each.severity == "error"] == []


def test_the_text_uses_every_key_that_a_model_knows():
    models = {"ProgramShape", "ReviewedShape", "OverrideShape", "BreathShape", "VariantShape", "AnswerShape"}
    models |= {model.__name__ for model in (*shapes.NAMED_SECTIONS.values(), *shapes.LISTED_SECTIONS.values())}
    elsewhere = {"Shape", "HeadShape", "LibraryShape", "StepShape"}  # parts of others, and the name of a step

    assert {name for name in vars(shapes) if name.endswith("Shape")} - {"RungShape"} == models | elsewhere
    known = {name: set(getattr(shapes, name).known_keys()) for name in models} | CLAUSES
    used = {name: {key for owner, key, _ in KEYS if owner == name} for name in known}
    assert used == known


@pytest.mark.parametrize(
    ("owner", "key", "mark"), KEYS, ids=[f"{owner}-{key}-{mark.line + 1}" for owner, key, mark in KEYS]
)
def test_a_misspelt_key_is_one_problem_at_its_place_that_names_the_right_one(owner, key, mark):
    lines = TEXT.split("\n")
    line = lines[mark.line]
    lines[mark.line] = line[: mark.column] + _slip(key) + line[mark.column + len(key) :]

    errors = check("\n".join(lines), file="a.yaml", read=library).errors

    assert [(p.line, p.column, p.code) for p in errors] == [(mark.line + 1, mark.column + 1, "unknown-key")]
    assert errors[0].suggestion == f"Did you mean `{key}`?"
