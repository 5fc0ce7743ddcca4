"""Whatever a text holds, checking it ends soon, with problems or a program, and never with a traceback."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.language import check
from tests.language.many_texts import TEXTS, broken_promise, mutated
from tests.language.texts import PROGRAMS, SMALL, library, nothing

BOMB = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


def played_for_long(*, steps: int, sessions: int) -> str:
    """Small as a text: sessions of so many steps with 600 breaths in and out each."""
    taken = ", ".join(["a"] * steps)
    return (
        "title: T\nexercises:\n  a: {kind: relaxation, title: A, cue: B, breathe: {in: 1s, out: 1s}, for: 10min}\n"
        "sessions:\n" + "".join(f"  s{i}: {{title: S, steps: [{taken}]}}\n" for i in range(sessions))
    )


def played_in_many_ways(*, phases: int, rungs: int, steps: int) -> str:
    """A session that differs with each phase, on each of the rungs of two ladders, and with each further time."""
    times = ", ".join(f"{n}s" for n in range(1, 20))
    ladder = ", ".join(f"{{id: r{n}, a: {n + 1}s}}" for n in range(rungs))
    return (
        "title: T\nparameters:\n  p: {type: duration, default: 1s}\nexercises:\n"
        f"  a: {{kind: relaxation, title: A, cue: B, for: [{times}, $p]}}\n"
        "  b: {kind: stretching, title: A, cue: B, hold: $l.a, rest: $k.a, reps: 2}\n"
        f"ladders:\n  l: {{rungs: [{ladder}]}}\n  k: {{rungs: [{ladder}]}}\n"
        f"sessions:\n  s: {{title: S, steps: [{', '.join(['a', 'b'] * steps)}]}}\nphases:\n"
        + "".join(
            f"  - {{id: p{n}, title: P, to: start + {n}d, set: {{p: {n % 7 + 1}s}}, do: {{s: 1 per day}}}}\n"
            for n in range(phases)
        )
    )


HOSTILE = {
    "ten megabytes": ("a: b\n" * 2_000_000, "too-big"),
    "ten megabytes of bytes": (b"x" * 10_000_000, "too-big"),
    "many bytes in few letters": ("title: " + "€" * 100_000, "too-big"),
    "40,000 brackets": ("title: " + "[" * 40_000, "too-deep"),
    "40,000 braces": ("title: " + "{" * 40_000, "key-not-text"),
    "40,000 nested lists": ("- " * 40_000, "too-deep"),
    "thirteen levels": ("title: " + "[" * 12 + "]" * 12, "too-deep"),
    "30,000 values": ("title: [" + "1," * 30_000 + "]", "too-many-values"),
    "bomb of aliases": (BOMB, "anchor"),
    "alias to itself": ("a: &a [*a]\n", "anchor"),
    "tag that calls": ("title: !!python/object/apply:os.system ['true']\n", "tag"),
    "tag of its own": ("title: !secret x\n", "tag"),
    "directive": ("%TAG ! tag:example.org,2026:\n---\ntitle: a\n", "tag"),
    "NUL": ("title: a\0\n", "hidden-character"),
    "NUL by an escape": ('title: "a\\0"\n', "hidden-character"),
    "right to left by an escape": ('title: T\n"a\\u202eb": c\n', "hidden-character"),
    "bell": (b"title: a\x07\n", "hidden-character"),
    "lone surrogate": ("title: \ud800\n", "hidden-character"),
    "surrogate in bytes": (b"title: \xed\xa0\x80\n", "not-utf-8"),
    "right to left": ("title: a\u202eb\n", "hidden-character"),
    "BOM in the middle": ("title: a\ufeffb\n", "hidden-character"),
    "not a character": ("title: a\uffffb\n", "hidden-character"),
    "UTF-16": ("title: a\n".encode("utf-16"), "not-utf-8"),
    "UTF-16 without BOM": ("title: a\n".encode("utf-16-le"), "hidden-character"),
    "Latin-1": ("title: Atención\n".encode("latin-1"), "not-utf-8"),
    "binary": (bytes(range(256)), "not-utf-8"),
    "PNG": (b"\x89PNG\r\n\x1a\n\0\0\0", "not-utf-8"),
    "five thousand digits": ("title: " + "9" * 5000, "number-too-long"),
    "quote without end": ('title: "' + "a" * 100_000, "yaml"),
    "question marks": ("? " * 20_000, "key-not-text"),
    "only dashes": ("---\n" * 1000, "several-documents"),
    "long key": ("a" * 200_000 + ": b\n", "yaml"),
    "thousands of times one key": ("a: b\n" * 4_900, "duplicate-key"),
    "9,000 unknown keys": ("{" + ", ".join(f"key{i}: b" for i in range(9_000)) + "}", "unknown-key"),
    "9,000 near names": ("sessions:\n" + "".join(f"  s{i}: {{titel: b}}\n" for i in range(4_000)), "unknown-key"),
    "one very long number": (SMALL.replace("reps: 10", "reps: 1" + "0" * 400), "number-too-long"),
    "very many repetitions": (SMALL.replace("reps: 10", "reps: 200\n    sets: 200"), "nothing-left"),
    "900 long sessions": (played_for_long(steps=10, sessions=900), "too-many-values"),
    "one session of 9,000 long steps": (played_for_long(steps=9_000, sessions=1), "out-of-range"),
    "a session that can be played in 40,000 ways": (
        played_in_many_ways(phases=7, rungs=17, steps=90),
        "too-many-values",
    ),
    "60 sessions that cannot be made": (played_for_long(steps=150, sessions=60), "nothing-left"),
    "very long durations": (SMALL.replace("in: 4s", "in: 99999999999999999999999999999h"), "out-of-range"),
    "200,000 spaces in an amount": (
        "title: T\nparameters:\n  a: {label: A, default: '1h" + " " * 200_000 + "x'}\n",
        "wrong-type",
    ),
    "a line too many": ("#\n" * 5_001 + "title: T", "too-big"),
    "blank lines of another country": ("\r\n" * 5_001 + "title: T", "too-big"),
    "9,000 words without a value in one line": (
        "title: T\ncautions: {a: b, c" + ", kkkkkkkkkkkkkkkkkkkk" * 9_000 + "}",
        "stray-key",
    ),
    "a day in the year 10,000,000": (SMALL + "    from: start + 99999999999999999999d\n", "out-of-range"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_gets_a_problem_soon(name):
    text, code = HOSTILE[name]
    began = time.process_time()

    checked = check(text, file="a.yaml", read=nothing)

    assert code in [problem.code for problem in checked.problems]
    assert checked.program is None
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + SMALL,
        SMALL.encode("utf-8-sig"),
        SMALL.replace("\n", "\r\n"),
        SMALL.replace("\n", "\r"),
        SMALL.rstrip("\n"),
        SMALL + "\n\n# the end",
        "---\n" + SMALL,
        SMALL.replace("title: Calm\nexercises", 'title: "Calm \\U0001F33F"\nexercises'),
        SMALL.replace("relaxation\n", "relaxation\t\n"),
    ],
    ids=[
        "BOM",
        "BOM in bytes",
        "CRLF",
        "CR",
        "no final newline",
        "final comment",
        "marked start",
        "emoji",
        "tab at the end",
    ],
)
def test_harmless_forms_of_the_same_text_give_a_program(text):
    checked = check(text, file="a.yaml", read=nothing)

    assert checked.program is not None
    assert [problem.code for problem in checked.problems] == ["no-reviewer"]


def test_lines_are_counted_alike_whatever_ends_them():
    broken = SMALL.replace("reps: 10", "reps: ten")

    places = [
        [(p.line, p.column) for p in check(broken.replace("\n", end), file="a.yaml", read=nothing).errors]
        for end in ("\n", "\r\n", "\r")
    ]

    assert places == [[(7, 11)]] * 3


def test_nothing_is_guessed_from_a_plain_text():
    words = ["18:30", "1:30", "no", "on", "012", "2026-03-29", "1_000", "1e3", "0x1f", ".5", "+1", "~", "Null", "True"]

    program = check(f"title: T\nequipment: [{', '.join(words)}]\n", file="a.yaml", read=nothing).program

    assert [text.default for text in program.equipment] == words


def test_markup_and_templates_stay_the_text_that_they_are():
    written = "{{7*7}} {% x %} {0.__class__} %(x)s ${7*7} <svg onload=alert(1)>"

    program = check(f"title: '{written}'\n", file="a.yaml", read=nothing).program

    assert program.title.default == written


@pytest.fixture(scope="module")
def many_texts():
    """20,000 texts, half of them in each of two processes; how each ended, and what it said."""
    halves = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.language.many_texts", str(first), "10000"],
            cwd=PROGRAMS.parent, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for first in (0, 10_000)
    ]  # fmt: skip
    try:
        return [(*half.communicate(timeout=500), half.returncode) for half in halves]
    finally:
        for half in halves:
            half.kill()


def test_20_000_made_and_mutated_texts_give_problems_inside_them_or_a_program_and_end_no_process(many_texts):
    assert [(status, said[-2000:] if status else "") for _, said, status in many_texts] == [(0, ""), (0, "")]


def test_some_hundreds_of_the_20_000_texts_are_sound_so_that_they_are_checked_to_the_end(many_texts):
    assert sum(int(programs) for programs, _, _ in many_texts) > 500


def test_a_text_that_breaks_a_promise_is_seen():
    checked = check(SMALL.replace("reps: 10", "resp: 10"), file="a.yaml", read=nothing)
    (error,) = checked.errors

    assert broken_promise(SMALL, checked) is None
    assert broken_promise(SMALL, replace(checked, problems=(replace(error, column=15),))) == (
        "unknown-key lies outside the text: 7:15"
    )
    assert broken_promise(SMALL, replace(checked, problems=(replace(error, code="new"),))) == "new has no reason"
    assert broken_promise(SMALL, replace(checked, problems=())) == "neither a program nor an error"


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(which=st.integers(0, len(TEXTS) - 1), seed=st.integers(0, 2**32))
def test_a_text_with_slips_gives_problems_inside_it_or_a_program(which, seed):
    text = mutated(TEXTS[which], random.Random(seed))

    assert broken_promise(text, check(text, file="a.yaml", read=library)) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200) | st.binary(max_size=200))
def test_any_text_at_all_gives_problems_or_a_program(text):
    assert broken_promise(text, check(text, file="a.yaml", read=nothing)) is None
