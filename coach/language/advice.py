"""Warnings that a careful colleague would give. They never keep a program from being published."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any

from coach.domain.program import Exercise, Frequency, Program, Reference, Rung, Say, Session, Step, Text
from coach.domain.script import CannotCompile, Script, compile_script
from coach.language import shapes
from coach.language.checks import Names
from coach.language.phase_advice import advise_on_phases
from coach.language.problems import Mark, listed
from coach.language.reading import Map, Path, Seq, step_into
from coach.language.rule_advice import advise_on_rules, has_stop_rule
from coach.language.structure import Source

MOST_ACTIVE = 4
MOST_LANGUAGES = 20
BIGGEST_JUMP_MM = 5
LONGEST_DAY_S = 120 * 60
LONGEST_SESSION_S = 120 * 60
MOST_CUES_PLAYED = 200_000  # over all sessions of a program, each played at both ends of its ladders
CLOSEST_CUES_S = 3
_CUES_OF_A_FAILURE = 10_000  # how far a session came that cannot be compiled is not known

# Words by language that put blame on a patient who did less than was hoped.
_BLAME = {
    "en": r"fail(?:ed|ure|s|ing)?|non-?complian(?:t|ce)|complian(?:t|ce)|missed|lazy|excuses?|bad patient|disobey\w*",
    "es": r"fracas\w*|incumpl\w*|perezos\w*|excusas?|desobedec\w*",
}
_BLAMING = re.compile(r"\b(?:" + "|".join(_BLAME.values()) + r")\b", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^>]*>")

# Stands for a patient's own set where lengths are estimated: they do not depend on sizes.
_ANY_SET = (Rung("small", 16.0), Rung("middle", 19.0), Rung("large", 22.0))


def advise(names: Names, program: Program | None) -> None:
    """Adds warnings to the program's file; `program` is None where there are errors, and then less can be said.

    Sessions that no patient could do in one sitting, or of which nothing is left, are errors.
    """
    main = names.main
    languages = _texts(main)
    if program is None or main.is_library:
        return
    _reviewer(main)
    _imported_texts(names, program, languages)
    _sizes(main)
    advise_on_rules(main, program)
    _unused(main, program)
    advise_on_phases(main, program)
    _next_program(main, program)
    _strengthening(main, program)
    try:
        _played_through(main, program, _Player(program))
    except _TooMuch:
        main.problems.add(
            "too-many-values",
            main.at("sessions", key=True),
            f"played through, the sessions of this program have more than {MOST_CUES_PLAYED} cues",
            "Split it into several programs.",
        )


def _played_through(main: Source, program: Program, player: _Player) -> None:
    longest: dict[str, float] = {}  # the scripts themselves are let go of: together they can fill the memory
    for session_id, session in program.sessions.items():
        scripts = player.scripts(session_id)
        if session_id in main.sessions:
            longest[session_id] = _session(main, session, scripts)
        else:
            longest[session_id] = _longest(scripts)
    _days(main, program, player, longest)


# -- texts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Written:
    """A text, the path to it, and the collection and key under which it stands."""

    text: Text
    path: Path


def _texts(main: Source) -> frozenset[str]:
    """Warnings about the file's own texts; gives the languages in which they are written."""
    written = list(_all_texts(main))
    languages = sorted(_languages(main, written))
    if len(languages) == 1 and main.head is not None and languages != [main.head.language]:
        languages = sorted({*languages, main.head.language})
    for each in written:
        if main.problems.is_full("warning"):
            break
        owner, key = _owner(main.root, each.path)
        if owner is not None and key in owner.cut_short:
            main.problems.warn(
                "comment-in-text",
                owner.cut_short[key],
                "a ` #` ends this text; the rest of the line is a comment",
                "Put the whole text in quotes, or two spaces before a comment that is meant as one.",
            )
        value: Any = owner[key] if owner is not None else None
        if isinstance(value, Map):
            for language in value:
                if language in value.cut_short:
                    main.problems.warn(
                        "comment-in-text",
                        value.cut_short[language],
                        "a ` #` ends this text; the rest of the line is a comment",
                        "Put the whole text in quotes, or two spaces before a comment that is meant as one.",
                    )
        own = main.head.language if main.head is not None else "en"
        for language, words in each.text.by_language.items() or ((own, each.text.default),):
            mark = main.at(*each.path, language)
            if found := _BLAMING.search(words):
                main.problems.warn(
                    "blaming-word", mark, f"`{found[0]}` may read as blame", "Say what happened, or what comes next."
                )
            if found := _MARKUP.search(words):
                main.problems.warn(
                    "bad-text", mark, f"`{found[0][:40]}` is shown to the patient as it stands", "Write plain text."
                )
        there = each.text.by_language or {own: each.text.default}
        for language in languages:
            if language not in there:
                main.problems.warn(
                    "missing-translation",
                    main.at(*each.path),
                    f"this text is not there in `{language}`",
                    f"Add `{language}: ...`.",
                )
    return frozenset(languages)


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


def _owner(root: Map, path: Path) -> tuple[Map | Seq | None, Any]:
    """The collection in which a text stands, and the key or index there; None where the text is not found again."""
    at: Any = root
    for part in path[:-1]:
        inner = step_into(at, part)
        if inner is None:
            return None, None
        at = at[inner]
    last = step_into(at, path[-1]) if path else None
    return (at, last) if last is not None else (None, None)


# -- the whole program ------------------------------------------------------------------------------------------------


def _reviewer(main: Source) -> None:
    if main.head is None:
        return
    reviewed = main.head.reviewed
    if not reviewed.by:
        mark = main.at("reviewed", "by") if "reviewed" in main.root else Mark(0, 0)
        main.problems.warn(
            "no-reviewer",
            mark,
            "no clinician has reviewed this program",
            "Add `reviewed: {by: ..., date: ...}` once one has.",
        )
    elif not reviewed.date:
        main.problems.warn(
            "no-review-date",
            main.at("reviewed", "by"),
            "the day of the review is missing",
            "Add it, for example `date: 2026-03-01`.",
        )


def _imported_texts(names: Names, program: Program, languages: frozenset[str]) -> None:
    """Told where the file is imported, of what the program uses: the file itself may serve others as it is."""
    main = names.main
    assert main.head is not None
    used = _used_sessions(program)
    exercises = {step.exercise.id for name in used for step in _all_steps(program.sessions[name])}
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


def _sizes(main: Source) -> None:
    for name, ladder in main.ladders.items():
        if ladder is None or ladder.kind != "dilator":
            continue
        sizes = [rung.size_mm for rung in ladder.rungs or ()]
        for index, (small, large) in enumerate(pairwise(sizes), 1):
            if small is not None and large is not None and large - small > BIGGEST_JUMP_MM:
                main.problems.warn(
                    "big-jump",
                    main.at("ladders", name, "rungs", index),
                    f"from {small:g} mm to {large:g} mm in one step",
                    "Put a size between them.",
                )


def _unused(main: Source, program: Program) -> None:
    used_sessions = _used_sessions(program)
    steps = [step for session in program.sessions.values() for step in _all_steps(session)]
    used_exercises = {step.exercise.id for step in steps} | {step.exercise.swap for step in steps}
    references = (
        {reference.name for step in steps for reference in step.exercise.references}
        | {reference.name for exercise in program.exercises.values() for reference in exercise.references}
        | {
            assigned.frequency.least.name
            for phase in program.phases
            for assigned in phase.do
            if isinstance(assigned.frequency.least, Reference)
        }
    )
    for section, what, used in (
        ("exercises", "exercise", used_exercises),
        ("sessions", "session", used_sessions),
        ("ladders", "ladder", references),
        ("parameters", "parameter", references),
    ):
        for name in getattr(main, section):
            if name not in used:
                main.problems.warn(
                    "unused",
                    main.at(section, name, key=True),
                    f"nothing uses the {what} `{name}`",
                    "Use it, or take it out.",
                )


def _used_sessions(program: Program) -> set[str]:
    """Those of the phases (of a program without phases all), and those that they lead to."""
    used = {assigned.session for phase in program.phases for assigned in phase.do} or set(program.sessions)
    waiting = list(used)
    while waiting:
        session = program.sessions[waiting.pop()]
        for other in (*session.alternate, *(each.session for each in session.instead_when)):
            if other not in used:
                used.add(other)
                waiting.append(other)
    return used


def _next_program(main: Source, program: Program) -> None:
    for index, phase in main.phases:
        if phase.then == program.id:
            main.problems.warn(
                "then-itself",
                main.at("phases", index, "then"),
                f"`{program.id}` is this program itself",
                "Name the program that follows, or leave `then` out.",
            )


# -- sessions ---------------------------------------------------------------------------------------------------------


class _TooMuch(Exception):
    """More than a program with any use; a hostile one could take the processor and the memory of the server."""


class _Player:
    """Compiles the sessions of a program, MOST_CUES_PLAYED cues in all. Raises _TooMuch."""

    def __init__(self, program: Program) -> None:
        sessions = {name: _with_places(session) for name, session in program.sessions.items()}
        self._program = replace(program, sessions=sessions)
        self._cues = 0

    def scripts(
        self, session_id: str, parameters: Mapping[str, int | float] | None = None
    ) -> Iterator[Script | CannotCompile]:
        """The session at the lowest and at the highest rungs, each as often as it takes turns."""
        program = self._program
        turns = max(1, len(program.sessions[session_id].alternate))
        for end in (0, -1):
            rungs = {name: (ladder.rungs or _ANY_SET)[end].id for name, ladder in program.ladders.items()}
            for turn in range(turns):
                try:
                    script = compile_script(
                        program,
                        session_id,
                        rungs=rungs,
                        own_set=_ANY_SET,
                        parameters=parameters or {},
                        nth=turns * 20 + turn + 1,
                    )
                except CannotCompile as error:
                    self._count(_CUES_OF_A_FAILURE)
                    yield error
                else:
                    self._count(sum(len(step["cues"]) + 1 for step in script["steps"]))
                    yield script
            if not program.ladders:
                return

    def _count(self, cues: int) -> None:
        self._cues += cues
        if self._cues > MOST_CUES_PLAYED:
            raise _TooMuch


def _with_places(session: Session) -> Session:
    """The same session; in place of its exercises' ids stands where each step is written."""

    def placed(part: str) -> tuple[Step, ...]:
        steps: tuple[Step, ...] = getattr(session, part)
        return tuple(Step(replace(step.exercise, id=f"{part} {index}")) for index, step in enumerate(steps))

    return replace(session, warm_up=placed("warm_up"), steps=placed("steps"), finish=placed("finish"))


def _taken_apart(place: str) -> tuple[str, int]:
    part, _, index = place.partition(" ")
    return part, int(index)


def _longest(scripts: Iterable[Script | CannotCompile]) -> float:
    return max((script["longest_s"] for script in scripts if not isinstance(script, CannotCompile)), default=0.0)


def _session(main: Source, session: Session, scripts: Iterable[Script | CannotCompile]) -> float:
    """Tells what is odd in a session; gives how long it can last, in seconds."""
    path: Path = ("sessions", session.id)
    mark = main.at(*path, key=True)
    active = {step.exercise.id for step in session.steps if step.exercise.kind != "preparation"}
    if len(active) > MOST_ACTIVE:
        main.problems.warn(
            "many-exercises",
            mark,
            f"{len(active)} active exercises in one session",
            "Divide them between two sessions.",
        )
    longest = 0.0
    is_made = False
    reason: CannotCompile | None = None
    seen: set[tuple[Mark, str]] = set()
    for script in scripts:
        if isinstance(script, CannotCompile):
            reason = reason or script
            continue
        is_made = True
        longest = max(longest, script["longest_s"])
        for played in () if session.alternate else script["steps"]:
            part, index = _taken_apart(played["exercise"])
            step = getattr(session, part)[index]
            _captions(main, session, (*path, part, index), step.exercise, played, seen)
    if not is_made:
        main.problems.add("nothing-left", mark, str(reason), "Give it a step that is always done.")
    if longest > LONGEST_SESSION_S:
        main.problems.add(
            "too-long", mark, f"this session can last {longest / 60:.0f} minutes", "Shorten it to 2 hours at most."
        )
    dilators = [step for step in session.steps if step.exercise.kind == "dilator"]
    if dilators:
        first = session.steps.index(dilators[0])
        before = (*session.warm_up, *session.steps[:first])
        if not any(step.exercise.kind in ("relaxation", "stretching") for step in before):
            main.problems.warn(
                "no-warm-up",
                mark,
                "nothing relaxes the body before the first dilator",
                "Add `warm_up: [belly_breathing]`.",
            )
        if not has_stop_rule(session):
            main.problems.warn(
                "no-stop-rule",
                mark,
                "no rating ends this session",
                "Add for example `stop_when: [{pain_at_least: 7}]`.",
            )
    return longest


def _captions(
    main: Source, session: Session, path: Path, exercise: Exercise, played: dict[str, Any], seen: set[tuple[Mark, str]]
) -> None:
    """What is spoken, at the exercise or at the step that says something else; an imported file keeps its own."""
    owner, _ = _owner(main.root, (*path, "override", "say"))
    if owner is None and exercise.id not in main.exercises:
        return
    mark = main.at(*path, "override", "say") if owner is not None else main.at("exercises", exercise.id, "say")
    times = [caption["at_s"] for caption in played["captions"]]
    if any(later - earlier < CLOSEST_CUES_S for earlier, later in pairwise(times)):
        if (mark, "crowded-cues") not in seen:
            main.problems.warn(
                "crowded-cues", mark, f"two texts are spoken within {CLOSEST_CUES_S} s", "Leave one out, or move it."
            )
        seen.add((mark, "crowded-cues"))
    if len(times) < len(exercise.say) and played["length_s"] is not None and (mark, "cue-past-end") not in seen:
        main.problems.warn(
            "cue-past-end",
            mark,
            f"a text lies past the end of the step, which lasts {played['length_s']} s in `{session.id}`",
            "Give it an earlier time.",
        )
        seen.add((mark, "cue-past-end"))


def _strengthening(main: Source, program: Program) -> None:
    relaxed = False
    phases: Iterable[tuple[str, ...]] = [tuple(a.session for a in phase.do) for phase in program.phases] or [
        tuple(program.sessions)
    ]
    warned: set[str] = set()
    for phase in phases:
        sessions = [program.sessions[name] for name in phase if name in program.sessions]
        sessions += [program.sessions[other] for session in sessions for other in session.alternate]
        for session in sessions:
            steps = [step.exercise for step in _played(session)]
            first = next((i for i, each in enumerate(steps) if each.kind == "strengthening"), None)
            if first is None or session.id not in main.sessions or session.id in warned:
                continue
            warned.add(session.id)
            mark = main.at("sessions", session.id, key=True)
            if not relaxed and not any(each.kind == "relaxation" for each in steps[:first]):
                main.problems.warn(
                    "strengthening-first",
                    mark,
                    "strengthening comes before any relaxation",
                    "Begin with a relaxation, or an earlier phase of it.",
                )
            ladders = {
                reference.name for each in steps if each.kind == "strengthening" for reference in each.references
            }
            if not any(name in program.ladders and program.ladders[name].locked for name in ladders):
                main.problems.warn(
                    "strengthening-unlocked",
                    mark,
                    "strengthening is open from the first day",
                    "Take its values from a ladder with `locked: true`.",
                )
        relaxed = relaxed or any(step.exercise.kind == "relaxation" for s in sessions for step in _played(s))


def _days(main: Source, program: Program, player: _Player, longest: Mapping[str, float]) -> None:
    for (index, _), phase in zip(main.phases, program.phases, strict=True):
        total = 0.0
        for assigned in phase.do:
            own = _taken(program, assigned.session) & set(phase.set)
            length = _longest(player.scripts(assigned.session, phase.set)) if own else longest[assigned.session]
            total += length * _times_a_day(assigned.frequency)
        if total > LONGEST_DAY_S:
            main.problems.warn(
                "long-day",
                main.at("phases", index, "do", key=True),
                f"a day of this phase can ask for {total / 60:.0f} minutes",
                "Ask for fewer or shorter sessions.",
            )


def _taken(program: Program, session_id: str) -> set[str]:
    """The ladders and parameters from which a session takes values."""
    outer = program.sessions[session_id]
    sessions = (outer, *(program.sessions[name] for name in outer.alternate))
    return {each.name for session in sessions for step in _played(session) for each in step.exercise.references}


def _times_a_day(frequency: Frequency) -> int:
    if frequency.per != "day":
        return 1
    return 1 if isinstance(frequency.most, Reference) else frequency.most


def _all_steps(session: Session) -> Iterator[Step]:
    yield from _played(session)
    for variant in session.variants:
        yield from variant.steps or ()


def _played(session: Session) -> tuple[Step, ...]:
    return (*session.warm_up, *session.steps, *session.finish)
