"""Warnings about texts: those that blame, that are cut short, or that a language lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from coach.domain.program import Program, Say, Text
from coach.domain.uses import exercises_of
from coach.language import shapes
from coach.language.checks import Names
from coach.language.problems import listed
from coach.language.reading import Map, Path, Seq, step_into
from coach.language.structure import Source

MOST_LANGUAGES = 20

# Words by language that put blame on a patient who did less than was hoped.
_BLAME = {
    "en": r"fail(?:ed|ure|s|ing)?|non-?complian(?:t|ce)|complian(?:t|ce)|missed|lazy|excuses?|bad patient|disobey\w*",
    "es": r"fracas\w*|incumpl\w*|perezos\w*|excusas?|desobedec\w*",
}
_BLAMING = re.compile(r"\b(?:" + "|".join(_BLAME.values()) + r")\b", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>")
_NAMES = ("author", "evidence")  # those of people and sources may be written once for all languages, as they are


@dataclass(frozen=True, slots=True)
class _Written:
    """A text, the path to it, and the collection and key under which it stands."""

    text: Text
    path: Path


def advise_on_texts(main: Source) -> frozenset[str]:
    """Warnings about the file's own texts; gives the languages in which they are written."""
    written = list(_all_texts(main))
    languages = sorted(_languages(main, written))
    if len(languages) == 1 and main.head is not None and languages != [main.head.language]:
        languages = sorted({*languages, main.head.language})
    own = main.head.language if main.head is not None else "en"
    for each in written:
        if main.problems.is_full("warning"):
            break
        _cut_short(main, each)
        _wording(main, each, own)
        there = each.text.by_language or {own: each.text.default}
        for language in () if _is_a_name(each) else languages:
            if language not in there:
                main.problems.warn(
                    "missing-translation",
                    main.at(*each.path),
                    f"this text is not there in `{language}`",
                    f"Add `{language}: ...`.",
                )
    return frozenset(languages)


def advise_on_imported_texts(names: Names, program: Program, languages: frozenset[str], used: frozenset[str]) -> None:
    """Told where the file is imported, of what the program uses: the file itself may serve others as it is."""
    main = names.main
    assert main.head is not None
    exercises = {each.id for name in used for each in exercises_of(program.sessions[name])}
    exercises |= {swap for name in exercises if (swap := program.exercises[name].swap)}
    lacking: dict[tuple[str, str], list[str]] = {}  # by file and language: what lacks it
    for wanted, entries in ((exercises, names.exercises), (used, names.sessions)):
        for name in (each for each in entries if each in wanted):
            shape, source = entries[name]
            if source is main or shape is None:
                continue
            for written in _texts_in(shape, (name,)):
                there = written.text.by_language or {main.head.language: ""}
                for language in sorted(languages - set(there)):
                    where = ".".join(str(part) for part in written.path if part)
                    lacking.setdefault((source.file, language), []).append(where)
    for index, imported in enumerate(main.head.import_):
        for (file, language), texts in lacking.items():
            its_own = names.imports.get(imported)
            if its_own is not None and its_own.file == file:
                first = listed(texts[:3]) + (", ..." if len(texts) > 3 else "")
                main.problems.warn(
                    "missing-translation",
                    main.at("import", index),
                    f"texts of `{imported}` are not there in `{language}`, {len(texts)} in all: {first}",
                    "Add the language to these texts in the imported file, or write them in this one.",
                )


def _is_a_name(written: _Written) -> bool:
    """A clinic, an author or a source that is called the same in every language."""
    return written.path[0] in _NAMES and not written.text.by_language


def _cut_short(main: Source, written: _Written) -> None:
    owner, key = owner_of(main.root, written.path)
    value: Any = owner[key] if owner is not None else None
    cut = [owner.cut_short.get(key)] if owner is not None else []
    cut += value.cut_short.values() if isinstance(value, Map) else ()
    for mark in cut:
        if mark is not None:
            main.problems.warn(
                "comment-in-text",
                mark,
                "a ` #` ends this text; the rest of the line is a comment",
                "Put the whole text in quotes, or two spaces before a comment that is meant as one.",
            )


def _wording(main: Source, written: _Written, own: str) -> None:
    for language, words in written.text.by_language.items() or ((own, written.text.default),):
        mark = main.at(*written.path, language)
        if written.path[0] not in _NAMES and (found := _BLAMING.search(words)):
            main.problems.warn(
                "blaming-word", mark, f"`{found[0]}` may read as blame", "Say what happened, or what comes next."
            )
        if found := _MARKUP.search(words):
            main.problems.warn(
                "bad-text", mark, f"`{found[0][:40]}` is shown to the patient as it stands", "Write plain text."
            )


def _languages(main: Source, written: Iterable[_Written]) -> set[str]:
    """Those in which a text is written, MOST_LANGUAGES of them; one more is an error."""
    languages: set[str] = set()
    for each in written:
        for language in each.text.by_language:
            if language not in languages and len(languages) == MOST_LANGUAGES:
                main.problems.add(
                    "out-of-range",
                    main.at(*each.path, language, key=True),
                    f"the texts are in more than {MOST_LANGUAGES} languages",
                    "Write a program of its own for some of them.",
                )
                return languages
            languages.add(language)
    return languages


def _all_texts(main: Source) -> Iterator[_Written]:
    if main.head is not None:
        yield from _texts_in(main.head, ())
    for section in shapes.NAMED_SECTIONS:
        for name, entry in getattr(main, section).items():
            if entry is not None:
                yield from _texts_in(entry, (section, name))
    for section in shapes.LISTED_SECTIONS:
        for index, entry in getattr(main, section):
            yield from _texts_in(entry, (section, index))


def _texts_in(value: Any, path: Path) -> Iterator[_Written]:
    if isinstance(value, Text):
        yield _Written(value, path)
    elif isinstance(value, shapes.Shape):
        written = value.model_fields_set
        for name, alias in _fields(type(value)):
            if name in written:
                yield from _texts_in(getattr(value, name), (*path, alias))
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _texts_in(each, (*path, key))
    elif isinstance(value, list | tuple):
        for index, each in enumerate(value):
            if isinstance(each, Say):
                yield _Written(each.text, (*path, _say_key(each)))
            elif isinstance(each, Text | shapes.Shape):
                yield from _texts_in(each, (*path, index))


@cache
def _fields(model: type[shapes.Shape]) -> tuple[tuple[str, str], ...]:
    """The names of its fields and of their keys, in the order of the model."""
    return tuple((name, field.alias or name) for name, field in model.model_fields.items())


def _say_key(say: Say) -> str:
    """The key is found again by its index where a duration may be written in more than one way."""
    return say.at if say.at in ("start", "half", "end") else ""


def owner_of(root: Map, path: Path) -> tuple[Map | Seq | None, Any]:
    """The collection in which a text stands, and the key or index there; None where the text is not found again."""
    at: Any = root
    for part in path[:-1]:
        inner = step_into(at, part)
        if inner is None:
            return None, None
        at = at[inner]
    last = step_into(at, path[-1]) if path else None
    return (at, last) if last is not None else (None, None)
