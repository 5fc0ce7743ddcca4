"""Each problem stands at its line and column, with its code.

In the texts `‹code›` marks the place right before which a problem of that code is expected; everything else in them is
right, so that exactly the marked problems are found.
"""

from __future__ import annotations

import re

import pytest

from coach.language import check, render
from coach.language.problems import WHY, near_name
from tests.language.texts import nothing

_MARK = re.compile(r"‹([a-z0-9-]+)›")
_UNASKED = {"no-reviewer", "unused", "strengthening-unlocked", "strengthening-first"}

EXERCISE = """\
title: T
exercises:
  one:
    kind: relaxation
    title: One
{body}
sessions:
  calm: {{title: Calm, steps: [one]}}
"""

SESSION = """\
title: T
exercises:
  one: {{kind: relaxation, title: One, for: 60s}}
  two: {{kind: stretching, title: Two, hold: 30s, reps: 2}}
  held: {{kind: dilator, title: Held, for: 60s, size: $dilator}}
ladders:
  dilator: {{kind: dilator, rungs: own set, down: {{after: 1 session, pain_at_least: 4}}}}
sessions:
  calm:
    title: Calm
{body}
"""

PROGRAM = """\
title: T
parameters:
  still: {{type: duration, default: 2min, min: 1min, max: 5min}}
exercises:
  one: {{kind: relaxation, title: One, for: $still}}
sessions:
  calm: {{title: Calm, steps: [one]}}
{body}
"""


def _exercise(*lines: str) -> str:
    return EXERCISE.format(body="\n".join(f"    {line}" for line in lines))


def _session(*lines: str) -> str:
    return SESSION.format(body="\n".join(f"    {line}" for line in lines))


def _program(*lines: str) -> str:
    return PROGRAM.format(body="\n".join(lines))


CORPUS = {
    # reading
    "anchor": "title: ‹anchor›&t Calm\n",
    "alias": "title: ‹anchor›*t\n",
    "merge key": "title: T\nsessions:\n  calm:\n    ‹anchor›<<: {a: b}\n",
    "tag": "title: ‹tag›!!str Calm\n",
    "python tag": "title: ‹tag›!!python/object/apply:os.system [ls]\n",
    "two documents": "title: T\n‹several-documents›---\ntitle: U\n",
    "empty": "‹empty-file›",
    "only a comment": "‹empty-file›# nothing\n",
    "a list": "‹not-a-program›- a\n- b\n",
    "a text": "‹not-a-program›hello\n",
    "a map as key": "title: T\n? ‹key-not-text›{a: b}\n: c\n",
    "a list as key": "title: T\n‹key-not-text›[a]: c\n",
    "duplicate key": "title: T\n‹duplicate-key›title: U\n",
    "duplicate entry": _program().replace("sessions:", "  ‹duplicate-key›one: {kind: relaxation, title: B, for: 9s}\nsessions:"),
    "comma in braces": _exercise("for: 60s", "say: {half: Half way, ‹stray-key›soften.}"),
    "comma in a title": _session("steps: [one]", "variants: {short: {title: {en: A, ‹stray-key›b c}, counts: 50%}}"),
    "no space in braces": _session("steps: [one]", "stop_when: {‹missing-space›pain_at_least:3, anxiety_at_least: 4}"),
    "no space on a line": "‹missing-space›title:T\nlanguage: en\n",
    "empty block": _exercise("for: 60s", "cue: ‹empty-block›>"),
    "empty literal block": "title: T\nsummary: ‹empty-block›|\nlanguage: en\n",
    "comment in a text": _exercise("for: 60s", "cue: Breathe ‹comment-in-text›#1 of 3"),
    "comment in a list": "title: T\nequipment:\n  - a pillow ‹comment-in-text›# two\n",
    "comment in a translation": "title:\n  en: Calm\n  es: Calma ‹comment-in-text›# sí\n",
    "tab": "title: T\nsessions:\n‹tab›\tcalm: 3\n",
    "tab in a list": "title: T\nequipment:\n‹tab›\t- pillow\n",
    "tab below a text": "title: T\nauthor: A\n‹tab›\tlanguage: en\n",
    "five thousand digits": f"title: T\nparameters: {{p: {{type: count, default: ‹number-too-long›{'9' * 5000}}}}}\n",
    "too many digits": _exercise("hold: 5s", f"reps: ‹number-too-long›{'9' * 20}"),
    "NUL": "title: a‹hidden-character›\0b\n",
    "right to left": "title: T\nauthor: a‹hidden-character›\u202eb\n",
    "line separator": "title: a‹hidden-character›\u2028b\n",
    "colon in a text": "title: T\nsummary: ‹yaml›Note: soften\n",
    "indented too far": "title: T\n  ‹yaml›language: en\n",
    "quote not closed": "title: T\nsummary: ‹yaml›'soften\nlanguage: en\n",
    "bracket not closed": "title: T\nequipment: ‹yaml›[a, b\nlanguage: en\n",
    "brace not closed": "title: T\nreviewed: ‹yaml›{by: a\nlanguage: en\n",
    "text begins with >": "title: T\nsummary: ‹yaml›> 3 times\n",
    "text begins with @": "title: T\nsummary: ‹yaml›@home\n",
    "bad indentation": "title: T\nexercises:\n  one: 1\n‹yaml› two: 2\n".replace("‹yaml› two", " ‹yaml›two"),
    "backslash": 'title: T\nsummary: "a‹yaml›\\q"\n',
    # structure
    "unknown key": "title: T\n‹unknown-key›titel: U\n",
    "unknown key in a section": _exercise("for: 60s", "‹unknown-key›reliefs: 3s"),
    "unknown key in a step": _session("steps: [one: {‹unknown-key›fro: 3min}]"),
    "unknown key in a condition": _session("steps: [one]", "stop_when: {‹unknown-key›pain_at_lest: 7}"),
    "unknown time to speak": _exercise("for: 60s", "say: {‹unknown-key›halfway: Half.}"),
    "title missing": "‹missing-key›language: en\n",
    "kind missing": "title: T\nexercises:\n  ‹missing-key›one: {title: One, for: 60s}\n",
    "name with a capital": "title: T\nexercises:\n  ‹bad-name›One: {kind: relaxation, title: One, for: 60s}\n",
    "name with a space": "title: T\nsessions:\n  ‹bad-name›in the morning: {title: A, alternate: []}\n".replace("alternate: []", "steps: [one]").replace("sessions", "exercises: {one: {kind: relaxation, title: O, for: 9s}}\nsessions"),
    "list instead of names": "title: T\nsessions: ‹wrong-type›[calm]\n",
    "names instead of list": "title: T\nphases: ‹wrong-type›{a: b}\n",
    "text instead of keys": "title: T\nsessions:\n  calm: ‹wrong-type›later\n",
    "text instead of list": _session("steps: ‹wrong-type›one"),
    "step of two keys": _session("steps:", "  - ‹wrong-type›one: {for: 3min}", "    two: {reps: 3}"),
    "number as text": "title: ‹bad-text›2026\n",
    "nothing as text": "title: T\nequipment:\n  - ‹bad-text›\n  - b\n".replace("- ‹bad-text›\n", "- ‹bad-text›''\n"),
    "text too long": f"title: ‹text-too-long›{'a ' * 1100}b\n",
    "own language missing": "title: ‹text-without-language›{es: Calma}\n",
    "no language": "title: {en: Calm, ‹bad-choice›spanish: Calma}\n",
    "duration without unit": _exercise("for: ‹bad-duration›45"),
    "duration in words": _exercise("for: ‹bad-duration›one minute"),
    "clock time": _exercise("for: ‹bad-duration›1:30"),
    "duration too long": _exercise("for: ‹out-of-range›3h"),
    "days without unit": _program("phases:", "  - {id: a, title: A, from: start, at_least: ‹bad-days›5, do: {calm: 1 per day}}"),
    "unknown anchor": _program("phases:", "  - {id: a, title: A, from: ‹bad-anchor›injektion + 2d, do: {calm: 1 per day}}"),
    "anchor without unit": _program("phases:", "  - {id: a, title: A, from: ‹bad-anchor›injection + 2, do: {calm: 1 per day}}"),
    "frequency": _program("phases:", "  - {id: a, title: A, do: {calm: ‹bad-frequency›twice a day}}"),
    "frequency backwards": _program("phases:", "  - {id: a, title: A, do: {calm: ‹bad-frequency›2-1 per day}}"),
    "weekday": _program("phases:", "  - {id: a, title: A, do: {calm: ‹bad-frequency›1 per day on mon wen}}"),
    "seven a day": _program("phases:", "  - {id: a, title: A, do: {calm: ‹out-of-range›7 per day}}"),
    "size without unit": _session("steps: [held: {size: ‹bad-size›22}]", "warm_up: [one]", "stop_when: {pain_at_least: 7}"),
    "size of a brand": _session("steps: [held: {size: ‹bad-size›size 3}]", "warm_up: [one]", "stop_when: {pain_at_least: 7}"),
    "share without sign": _session("steps: [one]", "counts_when: ‹bad-share›80"),
    "share above all": _session("steps: [one]", "counts_when: ‹out-of-range›120%"),
    "half a repetition": _exercise("hold: 5s", "reps: ‹bad-count›2.5"),
    "too many repetitions": _exercise("hold: 5s", "reps: ‹out-of-range›100000"),
    "reference": _exercise("hold: ‹bad-reference›$Strength hold"),
    "rating out of range": _session("steps: [one]", "stop_when: {pain_at_least: ‹out-of-range›11}"),
    "condition of nothing": _session("steps: [one]", "stop_when: ‹bad-condition›{still_after: 30s}"),
    "condition as text": _session("steps: [one]", "stop_when: ‹bad-condition›pain"),
    "sessions in words": _program("ladders:", "  l: {rungs: [{id: a}], up: {after: ‹bad-condition›some sessions}}"),
    "rule without after": _program("ladders:", "  l: {rungs: [{id: a}], up: ‹missing-key›{pain_at_most: 2}}"),
    "kind misspelt": "title: T\nexercises:\n  one: {kind: ‹bad-choice›relaxion, title: One, for: 60s}\n",
    "yes for true": _program("ladders:", "  l: {rungs: [{id: a}], locked: ‹bad-flag›yes}"),
    "rung without id": _program("ladders:", "  l: {rungs: [{id: a}, ‹missing-key›{hold: 3s}]}"),
    "rung named by number": _program("ladders:", "  l: {rungs: [{id: ‹bad-name›1}]}"),
    "two rungs of one name": _program("ladders:", "  l: {rungs: [{id: a}, {id: ‹duplicate-id›a}]}"),
    "own set misspelt": _program("ladders:", "  l: {rungs: ‹wrong-type›own_set}"),
    "no shape": "title: T\nexercises:\n  ‹no-shape›one: {kind: relaxation, title: One}\n",
    "two shapes": _exercise("hold: 5s", "‹two-shapes›contract: 5s", "relax: 5s"),
    "contract without relax": _exercise("‹missing-key›contract: 5s"),
    "relax without contract": _exercise("hold: 5s", "‹does-not-fit›relax: 5s"),
    "tap without end": _exercise("‹missing-key›until: tap"),
    "reps of a block": _exercise("for: 60s", "‹does-not-fit›reps: 3"),
    "reps and parts": _exercise("hold: 5s", "‹does-not-fit›reps: 3", "parts: [a, b]"),
    "breaths without number": _exercise("‹missing-key›breathe: {in: 4s, out: 6s}"),
    "breaths twice": _exercise("breathe: {in: 4s, out: 6s}", "‹two-shapes›reps: 5", "for: 3min"),
    "long contraction": _exercise("contract: ‹out-of-range›3min", "relax: 3min"),
    "override without sense": _session("steps: [one: {‹does-not-fit›reps: 3}]"),
    # across the file
    "unknown exercise": _session("steps: [one, ‹unknown-exercise›tow]"),
    "unknown exercise with override": _session("steps: [one, ‹unknown-exercise›three: {for: 3min}]"),
    "unknown exercise left out": _session("steps: [one]", "variants: {s: {title: S, counts: 50%, leave_out: [‹unknown-exercise›two]}}"),
    "unknown swap": _exercise("for: 60s", "swap: ‹unknown-exercise›onne"),
    "unknown session": _program("phases:", "  - {id: a, title: A, do: {‹unknown-session›clam: 1 per day}}"),
    "unknown session in turn": "title: T\nsessions:\n  a: {title: A, alternate: [‹unknown-session›b]}\n",
    "unknown scale": _session("steps: [one]", "ask_after: [pain, ‹unknown-scale›angst]"),
    "unknown scale in a rule": _session("steps: [one]", "stop_when: {‹unknown-scale›fear_at_least: 7}"),
    "unknown phase": _program("ladders:", "  l: {rungs: [{id: a}], not_up_while: {phase: ‹unknown-phase›[waning]}}"),
    "unknown parameter": _program("phases:", "  - {id: a, title: A, set: {‹unknown-parameter›stil: 2min}, do: {calm: 1 per day}}"),
    "parameter out of range": _program("phases:", "  - {id: a, title: A, set: {still: ‹out-of-range›9min}, do: {calm: 1 per day}}"),
    "parameter of another kind": _program("phases:", "  - {id: a, title: A, set: {still: ‹wrong-type›3}, do: {calm: 1 per day}}"),
    "unknown reference": _exercise("hold: ‹unknown-reference›$strength.hold"),
    "unknown field": _exercise("hold: ‹unknown-field›$l.hold") + "ladders:\n  l: {rungs: [{id: a, hold: 3s}, {id: b}]}\n",
    "field misspelt": _exercise("hold: ‹unknown-field›$l.hodl") + "ladders:\n  l: {rungs: [{id: a, hold: 3s}]}\n",
    "number for a duration": _exercise("hold: ‹wrong-type›$l.reps") + "ladders:\n  l: {rungs: [{id: a, reps: 3}]}\n",
    "unknown rung": _session("steps: [held: {size: ‹unknown-rung›d9}]", "warm_up: [one]", "stop_when: {pain_at_least: 7}"),
    "unknown import": "title: T\nimport: [‹unknown-import›library/relax]\n",
    "import from elsewhere": "title: T\nimport: ‹unknown-import›../../etc/passwd\n",
    "phase twice": _program("phases:", "  - {id: a, title: A, to: start + 3d, do: {calm: 1 per day}}", "  - {id: ‹duplicate-id›a, title: B, do: {calm: 1 per day}}"),
    "scale of a built-in name": _program("scales:", "  ‹duplicate-id›pain: {ask: Pain?}"),
    "turns in turns": "title: T\nexercises: {one: {kind: relaxation, title: O, for: 9s}}\nsessions:\n  a: {title: A, alternate: [‹turns-in-turns›b]}\n  b: {title: B, alternate: [c]}\n  c: {title: C, steps: [one]}\n",
    "phase backwards": _program("phases:", "  - {id: a, title: A, from: start + 5d, to: ‹phase-backwards›start + 4d, do: {calm: 1 per day}}"),
    "check backwards": _program("safety_checks:", "  - {id: a, from: start + 5d, to: ‹phase-backwards›start, ask: Well?, on_yes: {urgency: routine, say: Call.}}"),
    "nothing left": "title: T\nexercises: {one: {kind: stretching, title: O, hold: 5s, reps: 0}}\nsessions:\n  ‹nothing-left›a: {title: A, steps: [one]}\n",
    "too long": "title: T\nexercises: {one: {kind: stretching, title: O, hold: 1min, reps: 150}}\nsessions:\n  ‹too-long›a: {title: A, steps: [one]}\n",
    # advice
    "many exercises": "title: T\nexercises:\n" + "".join(f"  e{i}: {{kind: stretching, title: E, hold: 30s}}\n" for i in range(5)) + "sessions:\n  ‹many-exercises›a: {title: A, steps: [e0, e1, e2, e3, e4]}\n",
    "no way down": _program("ladders:", "  ‹no-way-down›l: {kind: dilator, rungs: own set}"),
    "no pain gate": _program("ladders:", "  l: {kind: dilator, rungs: own set, ‹no-pain-gate›up: {after: 1 session}, down: {after: 1 session, pain_at_least: 4}}"),
    "big jump": _program("ladders:", "  l: {kind: dilator, down: {after: 1 session, pain_at_least: 4}, rungs: [{id: a, size: 13mm}, ‹big-jump›{id: b, size: 20mm}]}"),
    "no warm-up": _session("steps: [held]", "stop_when: {pain_at_least: 7}").replace("  calm:", "  ‹no-warm-up›calm:"),
    "no stop rule": _session("warm_up: [one]", "steps: [held]").replace("  calm:", "  ‹no-stop-rule›calm:"),
    "crowded cues": _exercise("for: 60s", "say: ‹crowded-cues›{half: Half., at 29s: Soon.}"),
    "cue past the end": _exercise("for: 60s", "say: ‹cue-past-end›{at 2min: Soon.}"),
    "long day": _program("phases:", "  - {id: a, title: A, ‹long-day›do: {long: 5 per day}}").replace("sessions:", "  two: {kind: relaxation, title: Two, for: 30min}\nsessions:\n  long: {title: L, steps: [two]}"),
    "unreachable phase": _program("phases:", "  - {id: a, title: A, do: {calm: 1 per day}}", "  - {id: ‹unreachable-phase›b, title: B, do: {calm: 1 per day}}"),
    "phase gap": _program("phases:", "  - {id: a, title: A, to: start + 3d, do: {calm: 1 per day}}", "  - {id: b, title: B, from: ‹phase-gap›start + 6d, do: {calm: 1 per day}}"),
    "phases overlap": _program("phases:", "  - {id: a, title: A, to: start + 3d, do: {calm: 1 per day}}", "  - {id: b, title: B, from: ‹phases-overlap›start + 2d, do: {calm: 1 per day}}"),
    "unused exercise": _program().replace("sessions:", "  ‹unused›two: {kind: relaxation, title: Two, for: 9s}\nsessions:"),
    "unused ladder": _program("ladders:", "  ‹unused›l: {rungs: [{id: a}]}"),
    "no reviewer": "title: T\nreviewed: {by: ‹no-reviewer›null}\n",
    "strengthening first": _session("steps: [s]").replace("sessions:", "sessions:").replace("  two:", "  s: {kind: strengthening, title: S, contract: 5s, relax: 9s}\n  two:").replace("  calm:", "  ‹strengthening-first›‹strengthening-unlocked›calm:"),
    "missing translation": "title: {en: T, es: T}\nsummary: ‹missing-translation›Only English.\n",
    "blaming word": _exercise("for: 60s", "cue: ‹blaming-word›If you failed, try again."),
    "blaming word in Spanish": "title: T\nsummary: {en: A, es: ‹blaming-word›Has fracasado.}\n".replace("title: T", "title: {en: T, es: T}"),
    "markup": "title: T\nsummary: ‹bad-text›Let <b>go</b>.\n",
}  # fmt: skip


def _expected(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without marks, and where they stood."""
    expected = []
    for number, line in enumerate(text.split("\n"), 1):
        column = 1
        at = 0
        for mark in _MARK.finditer(line):
            column += mark.start() - at
            at = mark.end()
            expected.append((number, column, mark[1]))
    return _MARK.sub("", text), expected


@pytest.mark.parametrize("name", CORPUS)
def test_each_problem_is_found_at_its_place_and_nothing_else_is(name):
    text, expected = _expected(CORPUS[name])
    codes = {code for _, _, code in expected}

    checked = check(text, file="a.yaml", read=nothing)

    found = [(p.line, p.column, p.code) for p in checked.problems if p.code in codes or p.code not in _UNASKED]
    assert sorted(found) == sorted(expected), "\n".join(map(render, checked.problems))
    assert (checked.program is None) == any(p.severity == "error" for p in checked.problems)


def test_every_code_has_a_reason_and_a_place_in_the_corpus():
    in_corpus = {code for text in CORPUS.values() for _, _, code in _expected(text)[1]}
    elsewhere = {"too-big", "too-many-values", "too-deep", "not-utf-8", "import-conflict"}  # hostile texts and imports

    assert in_corpus | elsewhere == set(WHY)
    assert not in_corpus & elsewhere


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
    ],
)
def test_a_problem_says_how_to_mend_it(name, suggestion):
    text, expected = _expected(CORPUS[name])
    problems = [p for p in check(text, file="a.yaml", read=nothing).problems if p.code == expected[0][2]]

    assert [p.suggestion for p in problems] == [suggestion]


def test_five_independent_errors_are_told_at_once_in_order_of_line():
    text, expected = _expected("""\
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


CONSEQUENCES = {
    "an exercise that is broken": "title: T\nexercises:\n  one: {kind: relaxation, title: O, for: ‹bad-duration›45}\nsessions:\n  calm: {title: C, steps: [one: {for: 9s}]}\n",
    "a shape whose key is misspelt": _exercise("‹unknown-key›hodl: 5s"),
    "a second key of a shape": _exercise("breathe: {in: 4s, out: 6s}", "‹unknown-key›resp: 10"),
    "a needed key that is misspelt": _program("safety_checks:", "  - {id: a, from: start, to: start + 5d, ‹unknown-key›aks: Well?, on_yes: {urgency: routine, say: Call.}}"),
    "steps that are misspelt": _session("‹unknown-key›stesp: [one]"),
    "a condition of which nothing is left": _session("steps: [one]", "stop_when: {‹missing-space›pain_at_least:3}"),
    "a ladder that is broken": _exercise("hold: $l.hold") + "ladders:\n  l: {rungs: [{id: a, hold: ‹wrong-type›three}]}\n",
    "an override of a broken exercise": "title: T\nexercises:\n  ‹no-shape›one: {kind: relaxation, title: O}\nsessions:\n  calm: {title: C, steps: [one: {reps: 9}]}\n",
}  # fmt: skip


@pytest.mark.parametrize("name", CONSEQUENCES)
def test_what_follows_from_another_error_is_not_said(name):
    text, expected = _expected(CONSEQUENCES[name])

    assert [(p.line, p.column, p.code) for p in check(text, file="a.yaml", read=nothing).errors] == expected


def test_an_unknown_key_hides_no_other_error():
    text = "title: T\nexercises:\n  one: {kind: relaxation, colour: red}\n"

    assert [p.code for p in check(text, file="a.yaml", read=nothing).errors] == ["missing-key", "unknown-key"]


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


def test_one_name_from_two_imports_is_an_error_unless_the_file_has_its_own():
    one = "exercises:\n  one: {kind: relaxation, title: One, for: 60s}\n"
    files = {"library/a": one, "library/b": one}
    text = "title: T\nimport: [library/a, library/b]\nsessions:\n  calm: {title: C, steps: [one]}\n"

    found = check(text, file="a.yaml", read=files.get)
    assert [(p.line, p.column, p.code) for p in found.errors] == [(2, 21, "import-conflict")]
    assert not check(text + one, file="a.yaml", read=files.get).errors


def test_the_files_own_exercise_goes_before_an_imported_one_whole():
    imported = "exercises:\n  one: {kind: relaxation, title: Theirs, cue: Softly., for: 60s}\n"
    text = "title: T\nimport: library/a\nexercises:\n  one: {kind: stretching, title: Mine, hold: 5s}\nsessions:\n  calm: {title: C, steps: [one]}\n"

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
