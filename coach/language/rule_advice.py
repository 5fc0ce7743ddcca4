"""Warnings about rules that go by pain and anxiety: one that leads on because it hurts, or protects nobody.

Only of `pain` and `anxiety` it is known that much of them is bad; of an author's own scales either end may be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from coach.domain.program import Comparison, Condition, Program, Rule, Session
from coach.domain.questions import BUILT_IN
from coach.domain.uses import exercises_of, inserts, reached_from
from coach.language.problems import Mark
from coach.language.reading import Path
from coach.language.structure import Source

# A size is left for the next one at a peak of 2 at most, and never above 3: usual in practice, no direct evidence.
HIGHEST_PEAK = 3
_LIMITS = ("at_most", "never_above")  # what lets a patient go on
_SIGNS = ("at_least", "rises_by")  # what makes it easier or ends it


class _Use(NamedTuple):
    """What a rule under a key leads to, in words, and how it is written for pain and for anxiety."""

    because: str
    pain: str
    anxiety: str


_USES = {
    "up": _Use("this ladder goes up because it", "pain_at_most: 2", "anxiety_at_most: 3"),
    "until": _Use("the next phase begins because it", "pain_at_most: 2", "anxiety_at_most: 3"),
    "down": _Use("this ladder goes down although it", "pain_at_least: 4", "anxiety_at_least: 7"),
    "ease_when": _Use("this session gets easier although it", "pain_at_least: 4", "anxiety_at_least: 7"),
    "stop_when": _Use("this session ends although it", "pain_at_least: 7", "anxiety_at_least: 7"),
}
_FELT = {("pain", True): "hurts", ("pain", False): "does not hurt"}
_FELT |= {("anxiety", True): "frightens", ("anxiety", False): "does not frighten"}


def advise_on_rules(main: Source, program: Program) -> None:
    """Warnings about `up`, `down`, `until`, `ease_when` and `stop_when` of the file itself."""
    for name, ladder in main.ladders.items():
        if ladder is None:
            continue
        path: Path = ("ladders", name)
        _onward(main, (*path, "up"), ladder.up, needs_gate=ladder.kind == "dilator")
        _protecting(main, (*path, "down"), ladder.down)
        if ladder.kind == "dilator" and not any(map(_leads_down, ladder.down)) and not _has_backwards(ladder.down):
            main.problems.warn(
                "no-way-down",
                main.at(*path, key=True) if not ladder.down else main.at(*path, "down", key=True),
                f"the ladder `{name}` has no way down"
                if not ladder.down
                else f"the way down of `{name}` asks neither for pain nor for anything else that was hard",
                "Write for example `down: {after: 2 sessions in a row, pain_at_least: 4}`.",
            )
    for name, session in main.sessions.items():
        if session is not None:
            for key, conditions in (("ease_when", session.ease_when), ("stop_when", session.stop_when)):
                _protecting(main, ("sessions", name, key), conditions)
    for (index, phase), (_, below) in zip(main.phases, main.phases[1:], strict=False):
        if phase.until is None:
            continue
        to_sizes = any(inserts(program, session) for session in below.do)
        if to_sizes or _strengthens(program, below.do):
            needs_gate = to_sizes and any(inserts(program, session) for session in phase.do)
            _onward(main, ("phases", index, "until"), [phase.until], needs_gate=needs_gate)


def has_stop_rule(session: Session) -> bool:
    """Whether pain, fear or a sign of the author's own ends it; so too where one is written the wrong way round, which
    is told by itself."""
    return any(map(_is_a_sign, session.stop_when)) or _has_backwards(session.stop_when)


def _onward(main: Source, path: Path, rules: list[Rule], *, needs_gate: bool) -> None:
    """Rules that lead to more: as soon as one of them holds."""
    key = str(path[-1])
    lacks_gate = False
    for index, rule in enumerate(rules):
        wrong_way = [each for each in rule.all_of if each.scale in BUILT_IN and each.test in _SIGNS]
        for each in wrong_way:
            _tell_backwards(main, (*path, index), key, each)
        limits = [each for each in rule.all_of if each.scale == "pain" and each.test in _LIMITS]
        lowest = min(limits, key=lambda each: each.value, default=None)
        if lowest is not None and lowest.value > HIGHEST_PEAK:
            main.problems.warn(
                "high-pain-limit",
                main.at(*path, index, f"pain_{lowest.test}"),
                f"this leads on with pain up to {lowest.value}",
                f"Write `{_USES[key].pain}`; never more than {HIGHEST_PEAK}.",
            )
        lacks_gate = lacks_gate or not (limits or any(each.scale == "pain" for each in wrong_way))
    if needs_gate and lacks_gate:
        main.problems.warn(
            "no-pain-gate",
            main.at(*path, key=True),
            "this ladder goes up without asking for pain"
            if key == "up"
            else "the next sizes begin without asking for pain",
            f"Add for example `{_USES[key].pain}`.",
        )


def _protecting(main: Source, path: Path, rules: Iterable[Rule | Condition]) -> None:
    """Rules that lead to less."""
    for index, rule in enumerate(rules):
        for each in _backwards(rule):
            _tell_backwards(main, (*path, index), str(path[-1]), each)


def _tell_backwards(main: Source, path: Path, key: str, clause: Comparison) -> None:
    use = _USES[key]
    felt = _FELT[clause.scale, clause.test in _SIGNS]
    mark: Mark = main.at(*path, f"{clause.scale}_{clause.test}", key=True)
    mend = use.pain if clause.scale == "pain" else use.anxiety
    written = f"{clause.scale}_{clause.test}: {clause.value}"
    main.problems.warn("backwards-rule", mark, f"by `{written}` {use.because} {felt}", f"Write for example `{mend}`.")


def _backwards(rule: Rule | Condition) -> Iterator[Comparison]:
    """What is the wrong way round in a rule that protects; beside a sign, a limit may well be meant."""
    if not _is_a_sign(rule):
        yield from (each for each in rule.all_of if each.scale in BUILT_IN and each.test in _LIMITS)


def _has_backwards(rules: Iterable[Rule | Condition]) -> bool:
    return any(any(_backwards(rule)) for rule in rules)


def _is_a_sign(rule: Rule | Condition) -> bool:
    return any(each.test in _SIGNS or each.scale not in BUILT_IN for each in rule.all_of)


def _leads_down(rule: Rule) -> bool:
    return _is_a_sign(rule) or bool(rule.stayed_at_opening)


def _strengthens(program: Program, sessions: Iterable[str]) -> bool:
    return any(
        exercise.kind == "strengthening"
        for name in reached_from(program, sessions)
        for exercise in exercises_of(program.sessions[name])
    )
