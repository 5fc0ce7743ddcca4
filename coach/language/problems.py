"""What is wrong with a program's text, where, why it matters and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

Severity = Literal["error", "warning"]

MOST = 500  # of one file and severity: nobody mends more at a time, and a hostile file must not cost minutes
_NEAR_NAMES_FOR = 200
_MOST_LISTED = 40
_LETTERS_COMPARED = 1_000_000  # of one file, in search of near names: a fraction of a second
# What a terminal obeys, and what turns the direction of writing or cannot be seen.
_UNSEEN = re.compile(
    "[\\x00-\\x1f\\x7f-\\x9f\\u200b\\u2028-\\u202e\\u2060\\u2066-\\u2069\\ud800-\\udfff\\ufeff\\ufffe\\uffff]"
)


class Mark(NamedTuple):
    """A place in a text, line and column from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem. `line` and `column` count from 1; `source` is the line itself; `near` the name that was meant."""

    file: str
    line: int
    column: int
    severity: Severity
    code: str
    message: str
    why: str
    suggestion: str | None
    near: str | None = None
    source: str = ""

    def as_json(self) -> dict[str, str | int | None]:
        """The object that `coach programs check --format json` prints."""
        return {
            "file": self.file,
            "line": self.line,
            "column": self.column,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "suggestion": self.suggestion,
        }


def render(problem: Problem) -> str:
    """The problem as a person reads it: place, message, the line with a caret, why, and how to mend it."""
    head = f"{problem.file}:{problem.line}:{problem.column}: {problem.severity} {problem.code}: {problem.message}"
    lines = [head]
    if problem.source.strip():
        start = max(0, problem.column - 1 - 80)
        shown = problem.source[start : start + 140]
        before = shown[: problem.column - 1 - start]
        caret = "".join("\t" if character == "\t" else " " for character in before) + "^"
        lines += [f"    {shown}", f"    {caret}"]
    if problem.why:
        lines.append(f"    why: {problem.why}")
    if problem.suggestion:
        lines.append(f"    mend: {problem.suggestion}")
    return "\n".join(lines)


class Problems:
    """The problems of one file while it is being checked."""

    def __init__(self, file: str, lines: list[str]) -> None:
        self.file = visible(file)
        self._patience = Patience()
        self._lines = lines
        self._found: dict[tuple[Mark, str, str], Problem] = {}
        self._counts: dict[Severity, int] = {"error": 0, "warning": 0}

    def add(
        self,
        code: str,
        mark: Mark,
        message: str,
        suggestion: str | None = None,
        *,
        near: tuple[str, Iterable[str]] | None = None,
        severity: Severity = "error",
    ) -> str | None:
        """`near`: the name that was written and those that it could have been; the one that was meant is returned."""
        if self.is_full(severity):
            return None
        self._counts[severity] += 1
        line = max(0, min(mark.line, len(self._lines) - 1))
        mark = Mark(line, min(mark.column, len(self._lines[line])) if line == mark.line else len(self._lines[line]))
        meant = near_name(*near, self._patience) if near and len(self._found) < _NEAR_NAMES_FOR else None
        if meant is not None:
            suggestion = f"Did you mean `{meant}`?"
        message = visible(message)
        source = "\t".join(visible(part) for part in self._lines[mark.line][:2000].split("\t"))
        self._found.setdefault(
            (mark, code, message),
            Problem(
                file=self.file,
                line=mark.line + 1,
                column=mark.column + 1,
                severity=severity,
                code=code,
                message=message,
                why=WHY.get(code, ""),
                suggestion=visible(suggestion) if suggestion is not None else None,
                near=meant,
                source=source,
            ),
        )
        return meant

    def is_full(self, severity: Severity) -> bool:
        """Whether nothing more of this severity is taken."""
        return self._counts[severity] >= MOST

    def warn(self, code: str, mark: Mark, message: str, suggestion: str | None = None) -> None:
        self.add(code, mark, message, suggestion, severity="warning")

    @property
    def all(self) -> list[Problem]:
        """In order of line and column."""
        return sorted(self._found.values(), key=lambda each: (each.line, each.column, each.severity, each.code))

    @property
    def has_errors(self) -> bool:
        return any(problem.severity == "error" for problem in self._found.values())


def visible(text: str) -> str:
    """The text with a sign in place of each character that a terminal would obey or nobody could see."""
    return _UNSEEN.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    number = ord(found[0])
    return chr(0x2400 + number) if number < 0x20 else "\u2421" if number == 0x7F else f"\\u{number:04x}"


@dataclass(slots=True)
class Patience:
    """How many letters are still compared in search of near names."""

    letters: int = _LETTERS_COMPARED


def near_name(written: str, known: Iterable[str], patience: Patience | None = None) -> str | None:
    """The known name within two slips of what was written (one, in short names), or None; of two equally near ones
    that with the same letters. None too where the patience is at its end."""
    if len(written) > 40:
        return None
    patience = patience or Patience()
    best: tuple[int, bool, str] | None = None
    plain = written.lower().replace("-", "_").replace(" ", "_")
    letters = set(plain)
    for name in known:
        allowed = 1 if min(len(name), len(plain)) <= 3 else 2 if len(name) <= 8 else 3
        patience.letters -= 1
        if patience.letters < 0:
            return None
        if abs(len(name) - len(plain)) > allowed:
            continue
        patience.letters -= len(name)
        if len(letters ^ set(name.lower())) > 2 * allowed:  # a slip changes two letters at most
            continue
        patience.letters -= len(name) * (2 * allowed + 1)
        distance = _distance(plain, name.lower(), allowed)
        if distance is not None and name != written:
            has_others = sorted(plain) != sorted(name.lower())
            if best is None or (distance, has_others) < best[:2]:
                best = distance, has_others, name
    return best[2] if best else None


def _distance(a: str, b: str, allowed: int) -> int | None:
    """Slips of the pen between two words: a letter more, less, another, or two changed over. None above `allowed`."""
    if abs(len(a) - len(b)) > allowed:
        return None
    start, shorter = 0, min(len(a), len(b))
    while start < shorter and a[start] == b[start]:
        start += 1
    end = 0
    while end < shorter - start and a[-1 - end] == b[-1 - end]:
        end += 1
    a, b = a[start : len(a) - end], b[start : len(b) - end]
    beyond = allowed + 1
    before: list[int] = []
    row = [min(j, beyond) for j in range(len(b) + 1)]
    for i, left in enumerate(a, 1):
        older, before, row = before, row, [min(i, beyond)] + [beyond] * len(b)
        for j in range(max(1, i - allowed), min(len(b), i + allowed) + 1):  # further off it takes more slips already
            right = b[j - 1]
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (left != right))
            if i > 1 and j > 1 and left == b[j - 2] and a[i - 2] == right:
                cost = min(cost, older[j - 2] + 1)
            row[j] = cost
        if min(row) > allowed:
            return None
    return row[-1] if row[-1] <= allowed else None


def listed(names: Iterable[str]) -> str:
    """As many of them as anybody reads."""
    shown = [f"`{name}`" for name in islice(names, _MOST_LISTED + 1)]
    return ", ".join(shown[:_MOST_LISTED]) + (" and others" if len(shown) > _MOST_LISTED else "")


# Why each kind of problem matters, in one sentence for somebody who does not program.
WHY: dict[str, str] = {
    # reading
    "too-big": "A program of a few hundred lines is a few kilobytes; this is more than anybody could review.",
    "too-many-values": "A program of this size could not be reviewed.",
    "too-deep": "Nothing in a program lies this deep; a bracket or an indentation has gone astray.",
    "not-utf-8": "The text cannot be read letter by letter, so accents and units could come out wrong.",
    "hidden-character": "Characters that cannot be seen make the text mean something else than it shows.",
    "tab": "YAML allows only spaces at the beginning of a line, because tabs are of different width everywhere.",
    "odd-space": "To YAML it is a letter, so that the line means something else than it shows.",
    "yaml": "The text cannot be read beyond this place, so nothing after it was checked.",
    "tag": "Tags make a value something else than it looks like.",
    "anchor": "Anchors and aliases hide what a patient will do; parameters and imports are the way to reuse.",
    "several-documents": "One file is one program.",
    "empty-file": "There is no program in it.",
    "not-a-program": "A program is a list of keys such as `title:` and `sessions:`.",
    "key-not-text": "A key is the name of something.",
    "duplicate-key": "Of two values under one name only one could count, and nobody could tell which.",
    "stray-key": "A comma or a colon inside braces begins something new, so part of the text was lost.",
    "missing-space": "Without the space it is one long name and not a name with a value.",
    "list-dash": "An entry of a list begins with a hyphen and a space; otherwise it is read as a part of a text.",
    "empty-block": "The block has no text of its own: what follows is not indented under it.",
    "comment-in-text": "Everything after ` #` is a comment, so the patient would never read it.",
    "number-too-long": "No dose is that long a number.",
    # structure
    "unknown-key": "A key that is not known would have no effect, and nobody would notice.",
    "missing-key": "Without it the program cannot say what to do.",
    "bad-name": "Names are used in references and kept with the patient's record.",
    "wrong-type": "The value is of another kind than this key takes.",
    "bad-text": "It is what the patient reads.",
    "text-without-language": "The program's own language is what everybody falls back to.",
    "text-too-long": "Nobody reads this much on a phone.",
    "bad-duration": "Seconds and minutes look alike without their unit.",
    "bad-days": "Days are counted on the patient's calendar.",
    "bad-anchor": "Phases follow the assignment's start, the injection or the earliest insertion day.",
    "bad-frequency": "How often a session is due decides the plan of every day.",
    "bad-size": "The number of a brand means different sizes in different sets; millimetres do not.",
    "bad-share": "A share is a part of the whole.",
    "bad-count": "Repetitions are whole numbers.",
    "bad-date": "A date in figures alone means different days in different countries; this form means one.",
    "bad-reference": "A reference stands for a value of the patient's rung or of a parameter.",
    "bad-condition": "A rule that cannot be read cannot protect anybody.",
    "bad-choice": "Only these are understood.",
    "bad-flag": "Nothing is guessed: only `true` and `false` are truth values.",
    "out-of-range": "A value outside these limits is more likely a slip of the pen than a prescription.",
    "no-shape": "An exercise has to say how it is timed.",
    "two-shapes": "An exercise is timed in one way only.",
    "does-not-fit": "This key has no effect on an exercise that is timed in this way.",
    # across the file
    "unknown-exercise": "The session would ask for something that nobody described.",
    "unknown-session": "The plan would ask for a session that does not exist.",
    "unknown-scale": "Nobody would be asked, and the rule would never hold.",
    "unknown-phase": "The rule would never hold.",
    "unknown-parameter": "The value would have no effect.",
    "unknown-reference": "There would be no value to take.",
    "unknown-field": "There would be no value to take on some rung.",
    "unknown-rung": "There would be no size to take.",
    "unknown-import": "What it offers cannot be used.",
    "import-conflict": "It would be left to chance which of the two a patient does.",
    "duplicate-id": "The patient's record is kept by these names.",
    "named-twice": "The second of the two would have no effect, or one that nobody expects.",
    "rungs-not-rising": "Going down has to lead to a smaller size, whatever the rungs are called.",
    "turns-in-turns": "A session that takes turns names sessions with steps.",
    "phase-backwards": "It would never have a day.",
    "too-long": "No session at home lasts this long.",
    "nothing-left": "The session would be empty.",
    # advice
    "many-exercises": "With more than four exercises in a session people do fewer of them.",
    "strengthening-first": "In an overactive pelvic floor relaxation comes first (Faubion 2012, Frawley 2021).",
    "strengthening-unlocked": "Whether a patient can let go fully is for her therapist to see first.",
    "no-pain-gate": "A ladder that goes up whatever it costs teaches the body to guard.",
    "backwards-rule": "Pain and fear make a session easier or end it; they never lead to more.",
    "high-pain-limit": "With more than a little pain the body learns to guard.",
    "no-way-down": "After a hard day there has to be a smaller step to go back to.",
    "big-jump": "Abrupt steps between sizes are a known reason for giving up.",
    "no-warm-up": "A body that has not softened yet is more likely to close.",
    "no-stop-rule": "Pain or fear has to end a session, and not the patient's courage.",
    "crowded-cues": "Two texts closer than three seconds are spoken over each other.",
    "cue-past-end": "It would never be heard.",
    "long-day": "More than two hours a day is seldom done for long.",
    "unreachable-phase": "No day can ever be in it.",
    "phase-gap": "On the days between, the patient has nothing to do and is not told why.",
    "phases-overlap": "No phase begins before the one above has ended, so its first days would be lost.",
    "before-insertion": "Nothing is inserted before the day that the injector allows, whatever the program says.",
    "then-itself": "Whoever has done a program needs another one to go on with, or none.",
    "unused": "It has no effect; perhaps a name is misspelt elsewhere.",
    "no-reviewer": "Until a clinician has reviewed it, every page says that it is an example.",
    "no-review-date": "A program changes; only with its day can one tell what was reviewed.",
    "missing-translation": "Those who read that language would get this text in another one.",
    "blaming-word": "Stopping is never failing; words that blame make people hide what happened.",
}
