"""Each problem stands at its line and column, with its code.

In the texts of `problems.txt` a `‹code›` marks the place right before which a problem of that code is expected. All
else in them is right, so that exactly the marked problems are found.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from coach.language import check, render
from coach.language.problems import WHY, near_name
from coach.language.reading import MOST_BYTES, MOST_LEVELS, MOST_LINES, MOST_NODES
from tests.language.texts import SMALL, marked, nothing

_UNASKED = {"no-reviewer", "unused", "strengthening-unlocked", "strengthening-first"}


def _corpus(name: str) -> dict[str, str]:
    """The texts of a file beside this one, by the title that stands above each after `=== `."""
    parts = (Path(__file__).parent / name).read_text().split("=== ")[1:]
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


CORPUS = {
    **_corpus("problems.txt"),
    **_corpus("limits.txt"),
    "five thousand digits": f"title: T\nparameters: {{p: {{type: count, default: ‹number-too-long›{'9' * 5000}}}}}\n",
    "NUL": "title: a‹hidden-character›\0b\n",
    "right to left": "title: T\nauthor: a‹hidden-character›\u202eb\n",
    "line separator": "title: a‹hidden-character›\u2028b\n",
    "text too long": f"title: ‹text-too-long›{'a ' * 1100}b\n",
    "text of a cue too long": (
        "title: T\nexercises:\n  one: {kind: relaxation, title: One, for: 60s, cue: ‹text-too-long›"
        f"{'a ' * 1100}b}}\nsessions: {{calm: {{title: C, steps: [one]}}}}\n"
    ),
    "a space of no width": "title:‹hidden-character›\u200b T\n",
    "other spaces as indentation": "title: T\nreviewed:\n‹odd-space›\u00a0 by: A\n  date: 2026-03-01\n",
    "another space after a colon": "title:‹odd-space›\u00a0T\nauthor: ‹odd-space›\u202fA\n",
    "another space before a colon": "title‹odd-space›\u00a0: T\n",
    "another space after a hyphen": "title: T\nequipment:\n  -‹odd-space›\u00a0a pillow\n",
    "one letter too many": "‹too-big›" + "title: T\n" + "#" * (MOST_BYTES - 8),
    "small to look at, large as bytes": "‹too-big›title: " + "€" * (MOST_BYTES // 3),
    "one value too many": "title: T\nequipment: [" + "a," * (MOST_NODES - 5) + "‹too-many-values›a]\n",
    "too many keys": "title: T\nreviewed: {"
    + "".join(f"k{n}: 1, " for n in range(MOST_NODES // 2 - 3))
    + "k: ‹too-many-values›1}\n",
    "one line too many": "‹too-big›title: T\n" + "\n" * MOST_LINES,
    "brackets without end": "title: " + "[" * (MOST_LEVELS - 1) + "‹too-deep›[[[\n",
    "indentation without end": "".join(" " * level + "a:\n" for level in range(MOST_LEVELS))
    + " " * MOST_LEVELS
    + "‹too-deep›a: 1\n",
    "another space in braces": "title: T\nreviewed: {by:‹odd-space›\u00a0A, date: 2026-03-01}\n",
}
CONSEQUENCES = _corpus("consequences.txt")
NOT_UTF_8 = {
    "another encoding": ("title: Calm\nsummary: Respiración\n".encode("latin-1"), 2, 19),
    "half a letter at the end": ("title: Calm é".encode()[:-1], 1, 13),
    "two bytes a letter": ("title: Calm\n".encode("utf-16"), 1, 1),
}
_ONE = "exercises:\n  one: {kind: relaxation, title: One, for: 60s}\n"
_CALM = "sessions:\n  calm: {title: C, steps: [one]}\n"
IMPORTS = {"library/a": _ONE, "library/b": _ONE, "library/c": _ONE + _CALM, "library/d": _CALM}
CONFLICTS = {
    "one exercise from two imports": ("title: T\nimport: [library/a, library/b]\n" + _CALM, [(2, 21)]),
    "one session from two imports": ("title: T\nimport:\n  - library/d\n  - library/c\n", [(4, 5)]),
    "one exercise from three imports": ("title: T\nimport: [library/a, library/b, library/c]\n", [(2, 21), (2, 32)]),
}


@pytest.mark.parametrize("name", CORPUS)
def test_each_problem_is_found_at_its_place_and_nothing_else_is(name):
    text, expected = marked(CORPUS[name])
    codes = {code for _, _, code in expected}

    checked = check(text, file="a.yaml", read=nothing)

    found = [(p.line, p.column, p.code) for p in checked.problems if p.code in codes or p.code not in _UNASKED]
    assert sorted(found) == sorted(expected), "\n".join(map(render, checked.problems))
    assert (checked.program is None) == any(p.severity == "error" for p in checked.problems)


def test_every_code_has_a_reason_and_stands_in_the_corpus_in_two_different_circumstances():
    times = Counter(code for text in CORPUS.values() for code in {code for _, _, code in marked(text)[1]})

    times.update({"not-utf-8": len(NOT_UTF_8), "import-conflict": len(CONFLICTS)})

    assert set(times) == set(WHY)
    assert [code for code in WHY if times[code] < 2] == []


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("unknown key", "Did you mean `title`?"),
        ("unknown exercise", "Did you mean `two`?"),
        ("unknown session", "Did you mean `calm`?"),
        ("unknown key in a condition", "Did you mean `pain_at_least`?"),
        ("unknown parameter", "Did you mean `still`?"),
        ("kind misspelt", "Did you mean `relaxation`?"),
        ("unknown anchor", "Did you mean `injection`?"),
        ("field misspelt", "Did you mean `hold`?"),
        ("yes for true", "Write `true`."),
        ("duration without unit", "Write `45s` or `45min`."),
        ("size without unit", "Write `22mm`, or `$dilator` for the patient's rung."),
        ("share without sign", "Write `80%`."),
        ("no space in braces", "Write `pain_at_least: 3`."),
        ("phase gap", "Begin at `start + 4d`, or leave `from` out."),
        ("a section without a colon", "Write `exercises:`."),
        ("a key without a colon", "Write `kind: relaxation`."),
        ("an equals sign for a colon", "Write `author: A`."),
        (
            "one word of a text goes on without being indented",
            "Write `key: value`; indent a text that goes on further than its key.",
        ),
        ("a bullet for a hyphen", "Write `- a pillow`."),
        ("a phase's hyphen without a space", "Write `- id: a`."),
        ("colon in curly quotes", 'Use straight quotation marks (`"`) around the text: curly ones do not count.'),
        ("semicolon in braces", "Write `,` instead of `;`."),
        ("brace closed by a bracket", "Write `}`."),
        ("a brace too many", "Leave it out."),
        ("anchor without unit", "Write `injection + 2d`."),
        ("a date of another country", "Write year, month and day, for example `2026-03-01`."),
        ("a comma at the end of a number", "Write `10`, without the `,`."),
        ("a colon in a caution", "Put a text that holds a colon in quotes; languages are written `en`, `es`."),
        ("a ladder that goes up because it hurts", "Write for example `pain_at_most: 2`."),
        ("easier as long as it does not hurt", "Write for example `pain_at_least: 4`."),
        ("higher with much pain", "Write `pain_at_most: 2`; never more than 3."),
        ("days before the first phase", "Begin at `start`, the first day, or put a phase before this one."),
        ("a gap that depends on the injection", "End `a` at `injection - 1d`, or leave `from` out."),
    ],
)
def test_a_problem_says_how_to_mend_it(name, suggestion):
    text, expected = marked(CORPUS[name])
    problems = [p for p in check(text, file="a.yaml", read=nothing).problems if p.code == expected[0][2]]

    assert problems[0].suggestion == suggestion


@pytest.mark.parametrize(
    ("kind", "number", "suggestion"),
    [
        ("duration", "12", "Write `12s` or `12min`."),
        ("size", "22", "Write `22mm`."),
        ("share", "80", "Write `80%`."),
        ("count", "80%", "Write for example `5`."),
    ],
)
def test_a_bare_number_gets_its_unit(kind, number, suggestion):
    text = f"title: T\nparameters:\n  still: {{type: {kind}, default: {number}, label: Still}}\n"

    (problem,) = check(text, file="a.yaml", read=nothing).errors

    assert (problem.line, problem.column, problem.code) == (3, text.split("\n")[2].index(number) + 1, "wrong-type")
    assert problem.suggestion == suggestion


def test_five_independent_errors_are_told_at_once_in_order_of_line():
    text, expected = marked("""\
title: T
‹unknown-key›lang: en
exercises:
  one: {kind: relaxation, title: One, for: ‹bad-duration›45}
  two: {kind: ‹bad-choice›stretch, title: Two, hold: 30s}
  ‹no-shape›three: {kind: relaxation, title: Three}
sessions:
  calm: {title: Calm, steps: [one, two, three, ‹unknown-exercise›four]}
""")
    problems = check(text, file="a.yaml", read=nothing).problems

    assert [(p.line, p.column, p.code) for p in problems] == expected


@pytest.mark.parametrize("name", CONSEQUENCES)
def test_what_follows_from_another_error_is_not_said(name):
    text, expected = marked(CONSEQUENCES[name])

    assert [(p.line, p.column, p.code) for p in check(text, file="a.yaml", read=nothing).errors] == expected


def test_an_unknown_key_hides_no_other_error():
    text = "title: T\nexercises:\n  one: {kind: relaxation, colour: red}\n"

    assert [p.code for p in check(text, file="a.yaml", read=nothing).errors] == [
        "missing-key",
        "no-shape",
        "unknown-key",
    ]


def test_an_unreadable_import_does_not_make_its_names_unknown():
    text = "title: T\nimport: [library/a]\nsessions:\n  calm: {title: C, steps: [one]}\n"

    problems = check(text, file="p/a.yaml", read={"library/a": "exercises: ["}.get).problems

    assert [(p.file, p.code) for p in problems] == [("library/a.yaml", "yaml")]


def test_a_problem_in_an_import_is_told_in_that_file():
    text = "title: T\nimport: library/a\nsessions:\n  calm: {title: C, steps: [one]}\n"
    imported = "exercises:\n  one: {kind: relaxation, title: One, for: 60s, colour: red}\n"

    checked = check(text, file="p/a.yaml", read={"library/a": imported}.get, path_of=lambda name: f"p/{name}.yaml")

    assert [(p.file, p.line, p.column, p.code) for p in checked.errors] == [("p/library/a.yaml", 2, 49, "unknown-key")]


def test_an_import_offers_exercises_and_sessions_only():
    text = "title: T\nimport: library/a\n"

    errors = check(text, file="p/a.yaml", read={"library/a": "title: Mine\n"}.get).errors

    assert [(p.file, p.code) for p in errors] == [("library/a.yaml", "unknown-key")]


@pytest.mark.parametrize("name", NOT_UTF_8)
def test_what_is_not_utf_8_is_told_at_its_first_letter(name):
    text, line, column = NOT_UTF_8[name]

    problems = check(text, file="a.yaml", read=nothing).problems

    assert [(p.line, p.column, p.code) for p in problems] == [(line, column, "not-utf-8")]


@pytest.mark.parametrize("name", CONFLICTS)
def test_one_name_from_two_imports_is_an_error_where_the_second_is_named(name):
    text, places = CONFLICTS[name]

    errors = check(text, file="a.yaml", read=IMPORTS.get).errors

    assert [(p.line, p.column, p.code) for p in errors] == [(*place, "import-conflict") for place in places]


def test_a_name_that_the_file_has_itself_may_come_from_any_number_of_imports():
    text = "title: T\nimport: [library/a, library/b]\n" + _ONE + _CALM

    assert not check(text, file="a.yaml", read=IMPORTS.get).errors


def test_the_files_own_exercise_goes_before_an_imported_one_whole():
    imported = "exercises:\n  one: {kind: relaxation, title: Theirs, cue: Softly., for: 60s}\n"
    own = "exercises:\n  one: {kind: stretching, title: Mine, hold: 5s}\n"
    text = f"title: T\nimport: library/a\n{own}sessions:\n  calm: {{title: C, steps: [one]}}\n"

    program = check(text, file="a.yaml", read={"library/a": imported}.get).program

    assert (program.exercises["one"].title.default, program.exercises["one"].cue) == ("Mine", None)


def test_the_caret_stands_under_the_place():
    text = "title: T\nlanguge: en\n"

    lines = render(check(text, file="a.yaml", read=nothing).problems[-1]).split("\n")

    assert lines[0].startswith("a.yaml:2:1: error unknown-key: ")
    assert lines[1:3] == ["    languge: en", "    ^"]
    assert lines[-1] == "    mend: Did you mean `language`?"


def test_a_comment_two_spaces_off_is_meant_as_one():
    problems = check("title: T  # of the program\n", file="a.yaml", read=nothing).problems

    assert "comment-in-text" not in [p.code for p in problems]


@pytest.mark.parametrize(
    ("written", "meant"),
    [("rset", "rest"), ("reliefs", None), ("stay-still", "stay_still"), ("x", None), ("a" * 5000, None)],
)
def test_a_near_name_is_within_a_few_slips(written, meant):
    assert near_name(written, ["rest", "stay_still", "reps"]) == meant


def test_each_problem_of_the_corpus_says_how_to_mend_it():
    silent = [
        (name, problem.code, problem.message)
        for name, text in {**CORPUS, **CONSEQUENCES}.items()
        for problem in check(marked(text)[0], file="a.yaml", read=nothing).problems
        if not problem.suggestion
    ]

    assert silent == []


def test_another_kind_of_space_is_told_and_the_rest_is_checked_as_if_it_were_plain():
    text = SMALL.replace("    reps: 10", "    reps: ten").replace("    kind:", "\u00a0   kind:")

    problems = check(text, file="a.yaml", read=nothing).errors

    assert [(p.line, p.column, p.code) for p in problems] == [(4, 1, "odd-space"), (7, 11, "bad-count")]


def test_another_kind_of_space_may_stand_in_texts_and_at_the_end_of_a_line():
    text = "title: Uno\u00a0y dos\nsummary: >-\n  Nota:\u00a0hoy\n\u00a0\nequipment: [a]\u00a0\n"

    program = check(text, file="a.yaml", read=nothing).program

    assert (program.title.default, program.summary.default) == ("Uno\u00a0y dos", "Nota:\u00a0hoy")
    assert [each.default for each in program.equipment] == ["a"]


def test_texts_of_an_import_that_lack_a_language_are_told_once_where_it_is_imported():
    library = (
        "exercises:\n  one: {kind: relaxation, title: One, cue: Softly., for: 60s, swap: two}\n"
        "  two: {kind: relaxation, title: {en: Two, es: Dos}, cue: Slowly., for: 60s, say: {half: Half.}}\n"
        "  nobodys: {kind: relaxation, title: Three, for: 60s}\n"
    )
    sound = "exercises:\n  three: {kind: relaxation, title: {en: Three, es: Tres}, for: 60s}\n"
    text = (
        "title: {en: Calm, es: Calma}\nimport:\n  - library/b\n  - library/a\n"
        "sessions:\n  calm: {title: {en: Calm, es: Calma}, steps: [one, three]}\n"
    )

    problems = check(text, file="a.yaml", read={"library/a": library, "library/b": sound}.get).problems

    told = [(p.file, p.line, p.column, p.message) for p in problems if p.code == "missing-translation"]
    assert told == [
        (
            "a.yaml", 4, 5,
            "texts of `library/a` are not there in `es`, 4 in all: `one.title`, `one.cue`, `two.cue`, ...",
        )
    ]  # fmt: skip


def test_an_import_in_one_language_is_nothing_to_tell_where_the_program_has_no_other():
    library = "exercises:\n  one: {kind: relaxation, title: One, for: 60s}\n"
    text = "title: T\nimport: library/a\nsessions:\n  calm: {title: C, steps: [one]}\n"

    problems = check(text, file="a.yaml", read={"library/a": library}.get).problems

    assert [p.code for p in problems] == ["no-reviewer"]


def test_a_step_with_cues_of_its_own_is_warned_of_though_its_exercise_is_imported():
    library = "exercises:\n  one: {kind: relaxation, title: One, for: 60s, say: {at 2min: Late.}}\n"
    text = (
        "title: T\nimport: library/a\nsessions:\n"
        "  calm: {title: C, steps: [one, one: {say: {half: Half., at 29s: Soon.}}]}\n"
    )

    problems = check(text, file="a.yaml", read={"library/a": library}.get).problems

    assert [(p.line, p.column, p.code) for p in problems if p.code != "no-reviewer"] == [(4, 44, "crowded-cues")]


def test_a_wrong_value_hides_no_name_that_leads_nowhere_in_the_same_entry():
    text, expected = marked("""\
title: T
exercises:
  one: {kind: ‹bad-choice›calm, title: One, for: 60s, swap: ‹unknown-exercise›two, size: ‹unknown-reference›$l}
sessions:
  calm:
    ‹unknown-key›titel: Calm
    steps: [one, ‹unknown-exercise›two]
    counts_when: ‹bad-share›half
    stop_when: {‹unknown-scale›fear_at_least: 7}
phases:
  - {id: ‹bad-name›A, title: A, from: start + 5d, to: ‹phase-backwards›start, do: {‹unknown-session›cal: 1 per day}}
  - {id: ‹bad-name›B, title: B, to: ‹bad-anchor›soon, do: {‹unknown-session›cal: 1 per day}}
""")
    problems = check(text, file="a.yaml", read=nothing).errors

    assert [(p.line, p.column, p.code) for p in problems] == expected


def test_a_reference_is_named_as_it_was_written():
    text, _ = marked(CORPUS["a neighbour that is needed as a duration"])

    (error,) = check(text, file="a.yaml", read=nothing).errors

    assert error.message == "`$l + 1` is a size, and a duration is needed here"


def test_an_author_and_sources_are_texts_that_may_be_there_in_several_languages():
    text, _ = marked(CORPUS["a source and an author in two languages, and once for both"])

    program = check(text, file="a.yaml", read=nothing).program

    assert program.author.by_language == {"en": "A clinic", "es": "Una clínica"}
    assert [each.default for each in program.evidence] == ["Compliance with dilators 2012", "A study", "Another study"]
