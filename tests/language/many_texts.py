"""A share of the 20,000 texts, checked in a process of its own: `python -m tests.language.many_texts FIRST COUNT`.

Prints how many gave a program. Ends with 1 at the first text that breaks a promise; its number is the last on stderr,
also where the process dies of it.
"""

from __future__ import annotations

import faulthandler
import random
import sys
from collections.abc import Callable

from coach.language import Checked, check
from coach.language.problems import WHY
from coach.language.reading import lines_of
from tests.language.texts import PROGRAMS, SAMPLE, SMALL, library

HANGS_AFTER_S = 60.0

PIECES = [
    *("\t", " ", "\n", ":", ": ", "- ", "-", "[", "]", "{", "}", ",", "#", " #", "|", ">", "&a ", "*a", "!!x ", "'"),
    *('"', "%", "@", "`", "---\n", "...\n", "? ", "<<: ", "null", "true", "no", "yes", "-1", "0", "9" * 30, "1.5"),
    *("200%", "3h", "0s", "$dilator", "$x.y", "$dilator - 9", "injection - 1d", "every 0 days", "7 per day", "\0"),
    *("\ufeff", "\u2028", "é", "\U0001f33f", "\x85", "\ud800", "\u00a0", "\u200b", "“", "”", "–", "•", "\r", "\r\n"),
    *("for: 0s", "reps: 0", "steps: []", "until: tap", "size: $l + 1", "locked: yes", "a" * 300, "\\x41", "²", "१२"),
]
NAMES = ["one", "two", "calm", "dilator", "l", "pain", "still", "a", "One", "x y", "1"]
VALUES = [
    *(
        "45s",
        "45",
        "10min",
        "2h",
        "3h",
        "0s",
        "1min30s",
        "$still",
        "$l.hold",
        "$dilator",
        "$dilator + 1",
        "$",
        "own set",
    ),
    *(
        "13mm",
        "22",
        "80%",
        "800%",
        "true",
        "yes",
        "null",
        "tap",
        "both",
        "relaxation",
        "dilator",
        "strengthening",
        "one",
    ),
    *("[one]", "[one, two]", "{one: {for: 9s}}", "[one: {reps: 0}]", "{pain_at_least: 7}", "{pain_at_least:7}", "[]"),
    *("{}", "{after: 3 of 4 sessions, pain_at_most: 2}", "start", "start + 2w", "injection - 3d", "insertion", "2d"),
    *("2 per day", "3-4 per week", "every 2 days", "$l.n per day", "{calm: 2 per day}", "{en: A, es: B}", "'a: b'"),
    *(
        "{half: Half., 10s left: Soon.}",
        "{in: 4s, out: 6s}",
        "{in: 4s}",
        "[{id: a, hold: 3s}, {id: b}]",
        "0",
        "5",
        "-1",
    ),
    *(
        "{pain: every 1min}",
        "{still: 3min}",
        "{x: {steps: [one], title: X, counts: 50%}}",
        "no: x",
        "'",
        "[",
        "2026-03-01",
    ),
]
KEYS = [
    *(
        "title",
        "cue",
        "kind",
        "for",
        "hold",
        "contract",
        "relax",
        "breathe",
        "until",
        "at_most",
        "reps",
        "sets",
        "rest",
    ),
    *(
        "set_rest",
        "sides",
        "switch",
        "get_ready",
        "size",
        "say",
        "check",
        "dose",
        "not_before",
        "swap",
        "parts",
        "steps",
    ),
    *("warm_up", "finish", "alternate", "ask_before", "ask_after", "counts_when", "variants", "ease_when", "stop_when"),
    *("instead_when", "type", "default", "min", "max", "label", "ask", "low", "high", "answer", "rungs", "start"),
    *("stay_at_least", "up", "down", "after_gap", "up_needs", "not_up_while", "locked", "id", "from", "to", "at_least"),
    *(
        "set",
        "do",
        "then",
        "every",
        "on_yes",
        "urgency",
        "when",
        "language",
        "reviewed",
        "import",
        "author",
        "cautions",
    ),
]
FIRST_NAMES = {"parameters": "still", "scales": "control", "exercises": "one", "ladders": "l", "sessions": "calm"}
CHANCES = {"exercises": 0.97, "sessions": 0.97}
SECTIONS = ["parameters", "scales", "exercises", "ladders", "sessions"]
LISTS = ["phases", "safety_checks", "alerts"]
# Sound values of the keys that most entries need, so that a good part of the texts is checked to its end.
LIKELY = {
    "parameters": "type: duration, default: 2min",
    "scales": "ask: Well?",
    "exercises": "kind: relaxation, title: One, for: 60s",
    "ladders": "rungs: [{id: a, hold: 3s, n: 2}, {id: b, hold: 5s, n: 3}]",
    "sessions": "title: Calm, steps: [one]",
    "phases": "id: a, title: A, do: {calm: 1 per day}",
    "safety_checks": "id: a, ask: Well?, from: start, to: start + 9d, on_yes: {urgency: routine, say: Call.}",
    "alerts": "id: a, when: {no_session_for: 3d}",
}

SMALL_TEXTS = [SMALL, *(f"title: T\n{text}" for text in SAMPLE.split("\n\n")[1:])]
TEXTS = [SAMPLE, *(path.read_text() for path in sorted(PROGRAMS.glob("**/*.yaml")))]


def mutated(text: str, chance: random.Random) -> str:
    """The text after a few slips: pieces put in, letters and lines lost, doubled or changed over, values exchanged."""
    for _ in range(chance.randint(1, 6)):
        at, to = chance.randrange(len(text) + 1), chance.randrange(len(text) + 1)
        lines = text.split("\n")
        one, other = chance.randrange(len(lines)), chance.randrange(len(lines))
        match chance.randrange(9):
            case 0 | 1:
                text = text[:at] + chance.choice(PIECES) + text[at:]
            case 2:
                text = text[:at] + text[at + chance.randint(1, 12) :]
            case 3:
                del lines[one]
                text = "\n".join(lines)
            case 4:
                lines[one], lines[other] = lines[other], lines[one]
                text = "\n".join(lines)
            case 5:
                lines.insert(other, lines[one])
                text = "\n".join(lines)
            case 6:
                key, colon, _ = lines[one].partition(": ")
                _, _, value = lines[other].partition(": ")
                lines[one] = f"{key}{colon}{value or chance.choice(VALUES)}"
                text = "\n".join(lines)
            case 7:
                lines[one] = " " * chance.randrange(9) + lines[one].lstrip()
                text = "\n".join(lines)
            case _:
                text = text[: min(at, to)] + chance.choice(PIECES) + text[min(at, to) + 3 :]
    return text


def made(chance: random.Random) -> str:
    """A program by the grammar of the language, with some values that do not fit."""
    parts = ["title: T"]
    sections = [section for section in (*SECTIONS, *LISTS) if chance.random() < CHANCES.get(section, 0.5)]
    for section in sections:
        parts.append(f"{section}:")
        for number in range(chance.choice((1, 1, 2, 3))):
            entry = LIKELY[section] if number == 0 or chance.random() < 0.8 else ""
            for _ in range(chance.choice((0, 0, 0, 0, 1, 2))):
                entry += f"{', ' if entry else ''}{chance.choice(KEYS)}: {chance.choice(VALUES)}"
            name = FIRST_NAMES.get(section, "a") if number == 0 else chance.choice(NAMES)
            parts.append(f"  {'- ' if section in LISTS else f'{name}: '}{{{entry}}}")
    return "\n".join(parts) + "\n"


def deep(chance: random.Random) -> str:
    """Nested, referred to, tagged, or large in few letters."""
    count = chance.choice((3, 11, 12, 13, 50, 3000))
    return chance.choice(
        (
            "title: " + "[" * count + "]" * chance.choice((0, count)),
            "title: " + "{a: " * count + "}" * count,
            "".join(" " * level + "a:\n" for level in range(min(count, 200))),
            "- " * count + "a",
            "? " * count,
            f"a: &a [x]\nb: [{'*a, ' * count}]\n",
            f"title: !!python/object/apply:os.system [{count}]",
            "title: T\nsessions:\n" + f"  calm: {{title: C, steps: [{'a, ' * count}a]}}\n",
            "title: '" + "a" * count + "\n",
            "title: " + "9" * count + "\n",
            "title: T\n" + "- \n" * count,
        )
    )


def _ended_otherwise(text: str, chance: random.Random) -> str:
    return text.replace("\n", chance.choice(("\r\n", "\r", "\n\n", "\u2028", "\x85", "\n\t")))


def _bytes(text: str, chance: random.Random) -> bytes:
    data = text.encode(chance.choice(("utf-8", "utf-8-sig", "latin-1", "utf-16", "cp1252")), errors="replace")
    at = chance.randrange(len(data) + 1)
    return chance.choice((data, data[:at], data[:at] + bytes([chance.randrange(256)]) + data[at + 1 :]))


def text_of(seed: int) -> str | bytes:
    """The text of this number; most are small, so that all can be checked in a minute."""
    chance = random.Random(seed)
    makers: list[Callable[[], str | bytes]] = [
        *[lambda: mutated(chance.choice(SMALL_TEXTS), chance)] * 8,
        *[lambda: made(chance)] * 7,
        lambda: mutated(made(chance), chance),
        lambda: deep(chance),
        lambda: _ended_otherwise(mutated(chance.choice(SMALL_TEXTS), chance), chance),
        lambda: _bytes(mutated(chance.choice(SMALL_TEXTS), chance), chance),
        lambda: mutated(chance.choice(TEXTS), chance),
    ]
    return chance.choice(makers)()


def broken_promise(text: str | bytes, checked: Checked) -> str | None:
    """What is not as promised, or None."""
    if (checked.program is None) != bool(checked.errors):
        return "neither a program nor an error"
    lines = lines_of((text.decode(errors="replace") if isinstance(text, bytes) else text).removeprefix("\ufeff"))
    for problem in checked.problems:
        if problem.code not in WHY:
            return f"{problem.code} has no reason"
        if problem.file == "a.yaml" and not (
            1 <= problem.line <= len(lines) and 1 <= problem.column <= len(lines[problem.line - 1]) + 1
        ):
            return f"{problem.code} lies outside the text: {problem.line}:{problem.column}"
    return None


def main(first: int, count: int) -> int:
    programs = 0
    for seed in range(first, first + count):
        print(seed, file=sys.stderr, flush=True)  # the last one that is left of a process that dies
        faulthandler.dump_traceback_later(HANGS_AFTER_S, exit=True)
        text = text_of(seed)
        checked = check(text, file="a.yaml", read=library)
        if broken := broken_promise(text, checked):
            print(f"text {seed}: {broken}", file=sys.stderr)
            return 1
        programs += checked.program is not None
    faulthandler.cancel_dump_traceback_later()
    print(programs)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
