"""What has to hold across a file: every name and reference leads somewhere, every exercise has one shape.

What only follows from an entry that is already broken is not said again.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar

from coach.domain.program import Comparison, Condition, DayAnchor, Frequency, Reference
from coach.domain.questions import BUILT_IN
from coach.language import notation, shapes
from coach.language.partly import sound_part
from coach.language.problems import listed
from coach.language.reading import Map, Path, Seq
from coach.language.structure import Source
from coach.language.values import MOST_DAYS, MOST_ENTRIES, MOST_SAFETY_CHECKS, Amount, RungName, Wrong

LONGEST_CONTRACTION_MS = 120_000
_MOST_PARTS = 200  # entries with errors that are looked through once more

S = TypeVar("S", bound=shapes.Shape)

# What a reference in each of these keys has to stand for.
_EXPECTED = {
    "hold": "duration",
    "contract": "duration",
    "relax": "duration",
    "at_most": "duration",
    "rest": "duration",
    "set_rest": "duration",
    "switch": "duration",
    "get_ready": "duration",
    "reps": "count",
    "sets": "count",
    "size": "size",
}
_SHAPE_KEYS = ("hold", "contract", "relax", "breathe", "until", "at_most", "for", "reps")
_STEP_KEYS = ("steps", "warm_up", "finish", "alternate")
_KIND_NAMES = {"duration": "a duration", "count": "a number", "size": "a size", "share": "a share"}
_EXAMPLES = {"duration": "10s", "count": "5", "size": "13mm", "share": "80%"}


def _as(kind: str, written: Amount) -> str:
    """How a bare number becomes an amount of that kind; an example where something else was written."""
    if written.kind != "count" or kind == "count":
        return f"Write for example `{_EXAMPLES[kind]}`."
    number = f"{written.value:g}"
    return {
        "duration": f"Write `{number}s` or `{number}min`.",
        "size": f"Write `{number}mm`.",
        "share": f"Write `{number}%`.",
    }[kind]


@dataclass(slots=True)
class Names:
    """Everything that names can lead to, over the program and what it imports. None: there, but not well formed."""

    main: Source
    imports: Mapping[str, Source | None] = field(default_factory=dict)
    exercises: dict[str, tuple[shapes.ExerciseShape | None, Source]] = field(default_factory=dict)
    sessions: dict[str, tuple[shapes.SessionShape | None, Source]] = field(default_factory=dict)
    is_incomplete: bool = False  # an import or a section could not be read: nothing is said to be unknown
    is_library: bool = False  # checked by itself: what the importing program has to bring is not known

    @property
    def scales(self) -> Iterable[str]:
        return (*BUILT_IN, *self.main.scales)


def gathered(main: Source, imports: Mapping[str, Source | None]) -> Names:
    """One namespace; what the file writes itself goes before what it imports."""
    names = Names(main, imports, is_library=main.is_library)
    for index, (name, source) in enumerate(imports.items()):
        if source is None:
            names.is_incomplete = True
            continue
        # a misspelt section of an import is told there, and what it would have offered is not known
        names.is_incomplete = names.is_incomplete or not {"exercises", "sessions"}.issuperset(source.root)
        for section in ("exercises", "sessions"):
            into: dict[str, Any] = getattr(names, section)
            own: dict[str, Any] = getattr(main, section)
            for entry, shape in getattr(source, section).items():
                if entry in into and entry not in own:
                    other = into[entry][1].file
                    main.problems.add(
                        "import-conflict",
                        main.at("import", index),
                        f"`{entry}` comes from `{name}` and from {other}",
                        f"Write `{entry}` in this file, or import one of the two only.",
                    )
                into[entry] = (shape, source)
    for section in ("exercises", "sessions"):
        into = getattr(names, section)
        into.update({entry: (shape, main) for entry, shape in getattr(main, section).items()})
        if section in main.root and main.root[section] is not None and not isinstance(main.root[section], Map):
            names.is_incomplete = True
    if main.has_lost((), "import", "exercises", "sessions"):
        names.is_incomplete = True
    return names


def merged(exercise: shapes.ExerciseShape, override: shapes.OverrideShape | None) -> shapes.ExerciseShape:
    """The exercise as a step does it. An override's `for` replaces `reps`, and the reverse."""
    if override is None:
        return exercise
    update = {name: getattr(override, name) for name in override.model_fields_set}
    if "for_" in update and "reps" not in update:
        update["reps"] = None
    if "reps" in update and "for_" not in update and exercise.breathe is not None:
        update["for_"] = None
    if "parts" in update and "reps" not in update:
        update["reps"] = None
    return exercise.model_copy(update=update)


def shape_problems(exercise: shapes.ExerciseShape) -> Iterator[Wrong]:
    """What is wrong with how an exercise is timed, or with its size; `path` is the key, empty for the exercise as a
    whole."""
    if exercise.size is not None and exercise.kind != "dilator":
        yield Wrong(
            "does-not-fit",
            f"`size` belongs to a dilator, and this is of the kind `{exercise.kind}`",
            "Write `kind: dilator`, or leave the size out.",
            ("size",),
            True,
        )
    written = {
        "hold": exercise.hold is not None,
        "contract": exercise.contract is not None,
        "breathe": exercise.breathe is not None,
        "until": exercise.until is not None,
        "for": exercise.for_ is not None and exercise.breathe is None,
    }
    ways = [name for name, is_there in written.items() if is_there]
    if not ways:
        yield Wrong(
            "no-shape",
            "nothing says how this exercise is timed",
            "Add one of `hold: 30s`, `contract: 5s` with `relax: 10s`, `breathe: {in: 4s, out: 6s}` with `reps` "
            "or `for`, `for: 5min`, or `until: tap` with `at_most: 5min`.",
        )
        return
    if len(ways) > 1:
        yield Wrong(
            "two-shapes", f"{listed(ways)} are two ways to time one exercise", "Keep one of them.", (ways[1],), True
        )
        return
    way = ways[0]
    if exercise.relax is not None and way != "contract":
        yield Wrong("does-not-fit", "`relax` belongs to `contract`", "Did you mean `rest`?", ("relax",), True)
    if way == "contract" and exercise.relax is None:
        yield Wrong(
            "missing-key",
            "`contract` needs `relax`: how long to let go",
            "Add for example `relax: 10s`.",
            ("contract",),
            True,
        )
    if way == "until" and exercise.at_most is None:
        yield Wrong("missing-key", "`until: tap` needs `at_most`", "Add for example `at_most: 5min`.", ("until",), True)
    if way != "until" and exercise.at_most is not None:
        yield Wrong("does-not-fit", "`at_most` belongs to `until: tap`", "Use `for`.", ("at_most",), True)
    if exercise.reps is not None and exercise.parts is not None:
        yield Wrong(
            "does-not-fit", "`parts` are the repetitions: one each, by name", "Leave `reps` out.", ("reps",), True
        )
    if way == "breathe":
        if exercise.for_ is None and exercise.reps is None:
            yield Wrong(
                "missing-key", "`breathe` needs `reps` or `for`", "Add for example `reps: 10`.", ("breathe",), True
            )
        if exercise.for_ is not None and exercise.reps is not None:
            yield Wrong(
                "two-shapes", "`reps` and `for` both say how many breaths", "Keep one of them.", ("reps",), True
            )
    elif way in ("for", "until"):
        for key in ("reps", "parts"):
            if getattr(exercise, key) is not None:
                mend = "Use `hold` instead of `for`." if way == "for" else "Leave it out."
                yield Wrong("does-not-fit", f"`{way}` is one block and has no `{key}`", mend, (key,), True)
    contract = exercise.contract
    if isinstance(contract, int) and contract > LONGEST_CONTRACTION_MS:
        yield Wrong("out-of-range", "a contraction of more than 2 minutes", "Was `s` meant?", ("contract",))


class Checks:
    """Runs over all entries of the program and of its imports, and adds to each file's problems."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._main = names.main
        self._parts_left = _MOST_PARTS
        self._contractions: set[Reference] = set()  # those that have been looked at
        self._rung_sizes: dict[str, dict[str, float]] = {}  # rung -> ladder -> mm
        for name, ladder in self._main.ladders.items():
            for rung in (ladder.rungs or ()) if ladder else ():
                if rung.size_mm is not None:
                    self._rung_sizes.setdefault(rung.id, {})[name] = rung.size_mm

    def run(self, sources: Iterable[Source]) -> None:
        for source in sources:
            for exercise_id, exercise in source.exercises.items():
                exercise = exercise or self._part(shapes.ExerciseShape, source, "exercises", exercise_id)
                if exercise is not None:
                    self._exercise(source, exercise_id, exercise)
            for session_id, session in source.sessions.items():
                session = session or self._part(shapes.SessionShape, source, "sessions", session_id)
                if session is not None:
                    self._session(source, ("sessions", session_id), session)
        if not self._main.is_library:
            self._parameters()
            self._ladders()
            self._phases()
            self._others()

    def _part(self, model: type[S], source: Source, section: str, entry: str | int) -> S | None:
        """What is sound of an entry with errors."""
        if self._parts_left == 0:
            return None
        self._parts_left -= 1
        return sound_part(model, source.root[section][entry], self._main.head.language if self._main.head else "en")

    # exercises

    def _exercise(self, source: Source, name: str, exercise: shapes.ExerciseShape) -> None:
        path: Path = ("exercises", name)
        for wrong in shape_problems(exercise):
            if wrong.code in ("no-shape", "missing-key") and source.has_lost(path, *_SHAPE_KEYS):
                continue
            if wrong.path == ("size",) and source.has_lost(path, "kind"):
                continue
            where = (*path, *wrong.path)
            mark = source.at(*where, key=wrong.on_key or not wrong.path)
            source.problems.add(wrong.code, mark, wrong.message, wrong.suggestion)
        self._values(source, path, exercise)
        if exercise.swap is not None:
            self._known("exercise", exercise.swap, source, *path, "swap")

    def _values(self, source: Source, path: Path, exercise: shapes.OverrideShape) -> None:
        for key, expected in _EXPECTED.items():
            value = getattr(exercise, key)
            if isinstance(value, Reference):
                self._reference(source, (*path, key), value, expected)
                if key == "contract":
                    self._contraction(value)
        for each in exercise.for_ or []:
            if isinstance(each, Reference):
                self._reference(source, (*path, "for"), each, "duration")
        if exercise.breathe is not None:
            for key in ("in_", "hold", "out", "pause"):
                value = getattr(exercise.breathe, key)
                if isinstance(value, Reference):
                    self._reference(source, (*path, "breathe", key.rstrip("_")), value, "duration")
        if exercise.check is not None:
            self._scale(source, exercise.check.scale, (*path, "check", exercise.check.scale), key=True)
        if isinstance(exercise.size, RungName) and not self._names.is_library:
            self._rung(source, (*path, "size"), exercise.size.name)

    def _rung(self, source: Source, path: Path, name: str) -> None:
        sizes = self._rung_sizes.get(name, {})
        if len({*sizes.values()}) > 1:
            source.problems.add(
                "bad-reference",
                source.at(*path),
                f"there is a rung `{name}` in {listed(sizes)}, and each time of another size",
                f"Write the size itself, for example `{next(iter(sizes.values())):g}mm`.",
            )
        if sizes or None in self._main.ladders.values() or self._main.has_lost((), "ladders"):
            return
        known = [f"${ladder}" for ladder in self._main.ladders]
        source.problems.add(
            "unknown-rung",
            source.at(*path),
            f"no ladder of this program has a rung `{name}` with a size",
            f"Write for example `13mm` or `{known[0] if known else '$dilator'}`.",
        )

    def rung_size(self, name: str) -> float | None:
        return next(iter(self._rung_sizes.get(name, {}).values()), None)

    def _contraction(self, reference: Reference) -> None:
        """Tells what is too long for a contraction where it is written: on a rung, at a parameter, in a phase."""
        if self._names.is_library or reference in self._contractions:
            return
        self._contractions.add(reference)
        for path, amount in self._amounts_of(reference):
            if amount.kind == "duration" and amount.value > LONGEST_CONTRACTION_MS:
                self._main.problems.add(
                    "out-of-range",
                    self._main.at(*path),
                    "an exercise contracts for so long: more than 2 minutes",
                    "Was `s` meant?",
                )

    def _amounts_of(self, reference: Reference) -> Iterator[tuple[Path, Amount]]:
        """The values that a reference can stand for, each with the path to it."""
        name, of = reference.name, reference.field
        ladder, parameter = self._main.ladders.get(name), self._main.parameters.get(name)
        if ladder is not None and of is not None:
            for index, rung in enumerate(ladder.rungs or ()):
                if of in rung.values:
                    yield ("ladders", name, "rungs", index, of), rung.values[of]
        if parameter is not None and of is None:
            for key in ("default", "min", "max"):
                if (amount := getattr(parameter, key)) is not None:
                    yield ("parameters", name, key), amount
            for position, phase in self._main.phases:
                if name in phase.set:
                    yield ("phases", position, "set", name), phase.set[name]

    def _reference(self, source: Source, path: Path, reference: Reference, expected: str) -> None:
        if self._names.is_library:
            return
        mark = source.at(*path)
        written = notation.reference(reference)
        if reference.name in self._main.parameters and reference.field is None and not reference.offset:
            parameter = self._main.parameters[reference.name]
            if parameter is not None and parameter.type != expected:
                source.problems.add(
                    "wrong-type",
                    mark,
                    f"`{written}` is {_KIND_NAMES[parameter.type]}, and {_KIND_NAMES[expected]} is needed here",
                    f"Write for example `{_EXAMPLES[expected]}`.",
                )
            return
        if reference.name not in self._main.ladders:
            if reference.name in self._main.parameters:
                source.problems.add(
                    "bad-reference",
                    mark,
                    f"`${reference.name}` is a parameter: it has no fields or neighbours",
                    f"Write `${reference.name}`.",
                )
                return
            if self._main.has_lost((), "parameters", "ladders"):
                return
            known = [*self._main.parameters, *self._main.ladders]
            source.problems.add(
                "unknown-reference",
                mark,
                f"there is no ladder or parameter `{reference.name}`",
                f"Known are {listed('$' + name for name in known)}."
                if known
                else "Add it under `ladders:` or `parameters:`.",
                near=(reference.name, known),
            )
            return
        ladder = self._main.ladders[reference.name]
        if ladder is None:
            return
        wanted = reference.field or "size"
        if expected == "size" and wanted != "size":
            source.problems.add(
                "wrong-type",
                mark,
                f"`{written}` is a value beside the size of the rung, and a dilator goes by the size itself",
                f"Write `${reference.name}`.",
            )
            return
        other, at = "size", ""  # a kind that is not the one that is needed, and the rung that has it
        if ladder.rungs is None:
            if wanted != "size":
                source.problems.add(
                    "unknown-field",
                    mark,
                    f"the patient's own set has no `{wanted}`, only sizes",
                    f"Write `${reference.name}`.",
                )
                return
        else:
            kinds = [
                ("size" if rung.size_mm is not None else None)
                if wanted == "size"
                else rung.values[wanted].kind
                if wanted in rung.values
                else None
                for rung in ladder.rungs
            ]
            if None in kinds:
                rung = ladder.rungs[kinds.index(None)]
                every = {key for each in ladder.rungs for key in each.values}
                source.problems.add(
                    "unknown-field",
                    mark,
                    f"the rung `{rung.id}` of `{reference.name}` has no `{wanted}`",
                    f"Known are {listed(sorted(every))}; every rung needs the value."
                    if every
                    else "Add it to every rung.",
                    near=(wanted, sorted(every)) if wanted not in every else None,
                )
                return
            other = next((str(kind) for kind in kinds if kind != expected), expected)
            if expected in kinds and other != expected:
                at = f" on the rung `{ladder.rungs[kinds.index(other)].id}`"
        if other != expected:
            source.problems.add(
                "wrong-type",
                mark,
                f"`{written}` is {_KIND_NAMES[other]}{at}, and {_KIND_NAMES[expected]} is needed here",
                f"Write for example `{_EXAMPLES[expected]}`.",
            )

    # sessions

    def _session(self, source: Source, path: Path, session: shapes.SessionShape) -> None:
        for part in ("warm_up", "steps", "finish"):
            self._steps(source, (*path, part), getattr(session, part))
        if session.alternate:
            if session.steps or session.warm_up or session.finish:
                source.problems.add(
                    "two-shapes",
                    source.at(*path, "alternate", key=True),
                    "a session has steps of its own or takes turns with others",
                    "Keep one of them.",
                )
            for index, name in enumerate(session.alternate):
                self._known("session", name, source, *path, "alternate", index)
                other = self._names.sessions.get(name)
                if other and other[0] is not None and other[0].alternate:
                    source.problems.add(
                        "turns-in-turns",
                        source.at(*path, "alternate", index),
                        f"`{name}` takes turns itself",
                        "Name the sessions that it takes turns with instead.",
                    )
        elif not (session.steps or session.warm_up or session.finish or source.has_lost(path, *_STEP_KEYS)):
            source.problems.add(
                "missing-key",
                source.at(*path, key=True),
                "this session has no `steps`",
                "Add for example `steps: [settle]`.",
            )
        for key in ("ask_before", "ask_after"):
            self._once(source, (*path, key), getattr(session, key))
            for index, scale in enumerate(getattr(session, key)):
                self._scale(source, scale, (*path, key, index))
        self._once(source, (*path, "instead_when"), [(each.scale, str(each.answer)) for each in session.instead_when])
        for key in ("ease_when", "stop_when"):
            conditions: list[Condition] = getattr(session, key)
            self._once(source, (*path, key), conditions)
            for index, condition in enumerate(conditions):
                self._comparisons(source, (*path, key, index), condition.all_of)
        for index, instead in enumerate(session.instead_when):
            self._scale(source, instead.scale, (*path, "instead_when", index, instead.scale), key=True)
            self._known("session", instead.session, source, *path, "instead_when", index, "do")
        exercises = {step.exercise for part in (session.warm_up, session.steps, session.finish) for step in part}
        is_lost = source.has_lost(path, *_STEP_KEYS) or not exercises.issubset(self._names.exercises)
        for name, variant in session.variants.items():
            if variant.steps is not None:
                self._steps(source, (*path, "variants", name, "steps"), variant.steps)
            for index, left_out in enumerate(variant.leave_out):
                if left_out not in exercises and not (is_lost and left_out in self._names.exercises):
                    source.problems.add(
                        "unknown-exercise",
                        source.at(*path, "variants", name, "leave_out", index),
                        f"the session has no step `{left_out}` to leave out",
                        "Write the name of one of its steps.",
                        near=(left_out, exercises),
                    )

    def _once(self, source: Source, path: Path, entries: Iterable[Hashable]) -> None:
        seen: set[Hashable] = set()
        for index, entry in enumerate(entries):
            if entry in seen:
                source.problems.add(
                    "named-twice", source.at(*path, index), "the same stands in this list already", "Leave one out."
                )
            seen.add(entry)

    def _steps(self, source: Source, path: Path, steps: list[shapes.StepShape]) -> None:
        if len(steps) > 200:
            source.problems.add(
                "out-of-range", source.at(*path), "more than 200 steps", "Divide them between sessions."
            )
        for index, step in enumerate(steps):
            where = (*path, index)
            self._known("exercise", step.exercise, source, *where, "exercise")
            if step.override is None:
                continue
            exercise = self._names.exercises.get(step.exercise, (None, None))[0]
            self._values(source, (*where, "override"), step.override)
            if exercise is None or any(wrong.code != "out-of-range" for wrong in shape_problems(exercise)):
                continue
            if source.has_lost((*where, "override"), *_SHAPE_KEYS):
                continue
            for wrong in shape_problems(merged(exercise, step.override)):
                if wrong.code == "out-of-range" and step.override.contract is None:
                    continue  # told at the exercise
                mark = source.at(*where, "override", *wrong.path, key=wrong.on_key)
                source.problems.add(wrong.code, mark, f"in this step {wrong.message}", wrong.suggestion)

    # names

    def _known(self, kind: str, name: str, source: Source, *path: str | int) -> None:
        known = self._names.exercises if kind == "exercise" else self._names.sessions
        if name in known or self._names.is_incomplete or (self._names.is_library and kind == "session"):
            return
        source.problems.add(
            f"unknown-{kind}",
            source.at(*path, key=path[-1] == name),
            f"there is no {kind} `{name}`",
            f"Add it under `{kind}s:`, or import the file that has it.",
            near=(name, known),
        )

    def _scale(self, source: Source, scale: str, path: Path, *, key: bool = False) -> None:
        known = (*BUILT_IN, *self._main.scales)
        if scale in known or self._names.is_library or self._main.has_lost((), "scales"):
            return
        source.problems.add(
            "unknown-scale",
            source.at(*path, key=key),
            f"there is no scale `{scale}`",
            f"Known are {listed(known)}; add others under `scales:`.",
            near=(scale, known),
        )

    def _comparisons(self, source: Source, path: Path, comparisons: Iterable[Comparison]) -> None:
        for clause in comparisons:
            self._scale(source, clause.scale, (*path, f"{clause.scale}_{clause.test}"), key=True)

    # the rest of the program

    def _parameters(self) -> None:
        for name, parameter in self._main.parameters.items():
            if parameter is None:
                continue
            for key in ("default", "min", "max"):
                amount: Amount | None = getattr(parameter, key)
                if amount is not None and amount.kind != parameter.type:
                    self._main.problems.add(
                        "wrong-type",
                        self._main.at("parameters", name, key),
                        f"`{name}` is {_KIND_NAMES[parameter.type]}, and this is {_KIND_NAMES[amount.kind]}",
                        _as(parameter.type, amount),
                    )
            self._within(parameter, parameter.default, ("parameters", name, "default"))

    def _within(self, parameter: shapes.ParameterShape, amount: Amount, path: Path) -> None:
        low, high = parameter.min, parameter.max
        if (low and low.kind == amount.kind and amount.value < low.value) or (
            high and high.kind == amount.kind and amount.value > high.value
        ):
            self._main.problems.add(
                "out-of-range",
                self._main.at(*path),
                "this lies outside the parameter's `min` and `max`",
                "Choose a value between them, or change them.",
            )

    def _ladders(self) -> None:
        phases = [phase.id for _, phase in self._main.phases]
        main = self._main
        is_lost = main.has_lost((), "phases")
        for name, ladder in main.ladders.items():
            if ladder is None:
                continue
            path: Path = ("ladders", name)
            if name in main.parameters:
                main.problems.add(
                    "duplicate-id", main.at(*path, key=True), f"`{name}` is a parameter and a ladder", "Rename one."
                )
            sized = [(index, rung.size_mm) for index, rung in enumerate(ladder.rungs or ()) if rung.size_mm is not None]
            for (_, below), (index, size) in pairwise(sized):
                if size <= below:
                    main.problems.add(
                        "rungs-not-rising",
                        main.at(*path, "rungs", index, "size"),
                        f"{size:g} mm stand above {below:g} mm",
                        "Write the rungs from the smallest size to the largest, each size once.",
                    )
            for key in ("up", "down"):
                for index, rule in enumerate(getattr(ladder, key)):
                    self._comparisons(main, (*path, key, index), rule.all_of)
            for phase in ladder.not_up_while.phases:
                if phase not in phases and len(phases) == len(main.root.get("phases") or ()) and not is_lost:
                    main.problems.add(
                        "unknown-phase",
                        main.at(*path, "not_up_while", "phase"),
                        f"there is no phase `{phase}`",
                        "Write the `id` of a phase of this program.",
                        near=(phase, phases),
                    )
            if ladder.not_up_while.rising:
                self._scale(main, ladder.not_up_while.rising, (*path, "not_up_while", "rising"))

    def _phases(self) -> None:
        main = self._main
        phases = dict(main.phases)
        written = main.root.get("phases")
        for index in range(len(written)) if isinstance(written, Seq) else ():
            if index not in phases and (part := self._part(shapes.PhaseShape, main, "phases", index)) is not None:
                phases[index] = part
        self._unique("phases", [(index, phase.id) for index, phase in sorted(phases.items()) if self._has_id(index)])
        at_least = 0
        for index, phase in sorted(phases.items()):
            path: Path = ("phases", index)
            before, at_least = at_least, at_least + phase.at_least
            if before <= MOST_DAYS < at_least:
                main.problems.add(
                    "out-of-range",
                    main.at(*path, "at_least"),
                    f"with the phases above these are {at_least} days at least, more than {MOST_DAYS // 7} weeks",
                    "Write fewer days.",
                )
            for session, frequency in phase.do.items():
                if session not in self._names.sessions and not self._names.is_incomplete:
                    main.problems.add(
                        "unknown-session",
                        main.at(*path, "do", session, key=True),
                        f"there is no session `{session}`",
                        "Add it under `sessions:`.",
                        near=(session, self._names.sessions),
                    )
                self._frequency(main, (*path, "do", session), frequency)
            for name, amount in phase.set.items():
                parameter = main.parameters.get(name)
                if name not in main.parameters and main.has_lost((), "parameters"):
                    continue
                if name not in main.parameters:
                    main.problems.add(
                        "unknown-parameter",
                        main.at(*path, "set", name, key=True),
                        f"there is no parameter `{name}`",
                        "Add it under `parameters:`.",
                        near=(name, main.parameters),
                    )
                elif parameter is not None and amount.kind != parameter.type:
                    main.problems.add(
                        "wrong-type",
                        main.at(*path, "set", name),
                        f"`{name}` is {_KIND_NAMES[parameter.type]}, and this is {_KIND_NAMES[amount.kind]}",
                        _as(parameter.type, amount),
                    )
                elif parameter is not None:
                    self._within(parameter, amount, (*path, "set", name))
            if phase.until is not None:
                self._comparisons(main, (*path, "until"), phase.until.all_of)
            if _is_backwards(phase.from_, phase.to):
                main.problems.add(
                    "phase-backwards",
                    main.at(*path, "to"),
                    "this day lies before the phase's first day",
                    "Change `from` or `to`.",
                )

    def _has_id(self, index: int) -> bool:
        return not self._main.has_lost(("phases", index), "id")

    def _frequency(self, source: Source, path: Path, frequency: Frequency) -> None:
        if isinstance(frequency.least, Reference):
            self._reference(source, path, frequency.least, "count")

    def _others(self) -> None:
        main = self._main
        self._unique("safety_checks", [(index, check.id) for index, check in main.safety_checks])
        self._unique("alerts", [(index, alert.id) for index, alert in main.alerts])
        for section, most in (("scales", MOST_ENTRIES), ("safety_checks", MOST_SAFETY_CHECKS)):
            entries = main.root.get(section)
            if isinstance(entries, Map | Seq) and len(entries) > most:
                main.problems.add(
                    "out-of-range",
                    main.at(section, key=True),
                    f"more than {most} entries",
                    f"Keep {most} at most.",
                )
        for index, check in main.safety_checks:
            if _is_backwards(check.from_, check.to):
                main.problems.add(
                    "phase-backwards",
                    main.at("safety_checks", index, "to"),
                    "this day lies before the first day",
                    "Change `from` or `to`.",
                )
            if check.every < 1:
                main.problems.add(
                    "out-of-range", main.at("safety_checks", index, "every"), "at least every `1d`", "Write `1d`."
                )
        for index, alert in main.alerts:
            self._comparisons(main, ("alerts", index, "when"), alert.when.clauses.comparisons)
        reviewed = main.root.get("reviewed")  # as it stands in the text: another mistake in the head hides it not
        written = reviewed.get("date") if isinstance(reviewed, Map) else None
        if isinstance(written, str) and written.strip() and not _is_date(written.strip()):
            main.problems.add(
                "bad-date",
                main.at("reviewed", "date"),
                f"`{written[:60]}` is not a date",
                "Write year, month and day, for example `2026-03-01`.",
            )
        for name, scale in main.scales.items():
            if scale is not None and name in BUILT_IN:
                main.problems.add(
                    "duplicate-id", main.at("scales", name, key=True), f"`{name}` is built in", "Choose another name."
                )

    def _unique(self, section: str, ids: list[tuple[int, str]]) -> None:
        seen: set[str] = set()
        for index, name in ids:
            if name in seen:
                self._main.problems.add(
                    "duplicate-id",
                    self._main.at(section, index, "id"),
                    f"another entry is called `{name}`",
                    "Rename one.",
                )
            seen.add(name)


def _is_backwards(first: DayAnchor | None, last: DayAnchor | None) -> bool:
    return first is not None and last is not None and first.on == last.on and last.days < first.days


def _is_date(written: str) -> bool:
    try:
        return date.fromisoformat(written).isoformat() == written
    except ValueError:
        return False
