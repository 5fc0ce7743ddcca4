"""One step in words: what is done, for how long, with what, and what is said and asked meanwhile."""

from __future__ import annotations

from collections.abc import Sequence

from coach.domain.program import CountValue, DurationValue, Exercise, Program, Reference, Rung, Say, SizeValue
from coach.language import notation
from coach.language.explaining.clauses import label_of, not_before_in_words, readable, scale_asked, titled
from coach.language.explaining.outline import Item
from coach.language.explaining.phrases import Words, sentence
from coach.language.explaining.values import Settings, values_of


def step_in_words(
    words: Words, program: Program, exercise: Exercise, settings: Sequence[Settings], *, with_cue: bool = True
) -> Item:
    """`Stay still (dilator): with the size of the rung, for 10 to 15 minutes.`, and in its notes the rest.

    `settings`: the parameters' values under which it is done.
    """
    return _Step(words, program, settings).told(exercise, with_cue)


class _Step:
    """Values are told as they come by; whose they are is noted at the end."""

    def __init__(self, words: Words, program: Program, settings: Sequence[Settings]) -> None:
        self._words = words
        self._program = program
        self._settings = settings
        self._told: dict[tuple[str, bool], list[str]] = {}
        self._may_be_none = False

    def told(self, exercise: Exercise, with_cue: bool) -> Item:
        words = self._words
        parts = [
            self._size(exercise.size),
            self._work(exercise),
            *self._repeated(exercise),
            self._sides(exercise),
        ]
        notes = [
            words("cue", cue=words.text(exercise.cue)) if exercise.cue and with_cue else "",
            self._get_ready(exercise.get_ready_ms),
            *(self._said(say) for say in exercise.say),
            self._check(exercise),
            words("swap", title=self._title(exercise.swap)) if exercise.swap else "",
            not_before_in_words(words, exercise.not_before) if exercise.not_before else "",
            "" if exercise.has_dose else words("no_dose"),
            *self._sources(),
        ]
        text = words(
            "step",
            title=words.text(exercise.title),
            kind=words(exercise.kind),
            work=", ".join(part for part in parts if part),
        )
        return Item(text, tuple(note for note in notes if note))

    def _size(self, size: SizeValue | None) -> str:
        words = self._words
        if size is None:
            return ""
        if not isinstance(size, Reference):
            return words("with_mm", size=words.amount("size", size))
        if size.name in self._program.parameters:
            values = values_of(self._program, size, self._settings)
            return words("with_mm", size=self._from(size, words.amount("size", min(values), max(values))))
        if size.name not in self._program.ladders:
            return words("with_mm", size=notation.reference(size))
        sized = [each for each in self._program.ladders.values() if each.rungs is None or _has_sizes(each.rungs)]
        self._from(size, words("the_size") if len(sized) > 1 else "")
        if not size.offset:
            return words("with_rung")
        if abs(size.offset) == 1:
            return words("with_smaller" if size.offset < 0 else "with_larger")
        return words("sizes_below" if size.offset < 0 else "sizes_above", number=abs(size.offset))

    def _work(self, exercise: Exercise) -> str:
        words = self._words
        if exercise.at_most_ms is not None:
            return words("own_pace", time=self._duration(exercise.at_most_ms))
        if exercise.breathe is not None:
            return self._breaths(exercise)
        if exercise.contract_ms is not None:
            tight = self._duration(exercise.contract_ms)
            if exercise.relax_ms is None:
                return words("contract_only", tight=tight)
            return words("contract", tight=tight, loose=self._duration(exercise.relax_ms))
        if exercise.hold_ms is not None:
            return words("hold", time=self._duration(exercise.hold_ms))
        return words("for", time=self._in_turn(exercise.for_ms)) if exercise.for_ms else ""

    def _breaths(self, exercise: Exercise) -> str:
        words, breathe = self._words, exercise.breathe
        assert breathe is not None
        parts = [
            words(key, time=self._duration(ms))
            for key, ms in (
                ("breath_in", breathe.in_ms),
                ("breath_hold", breathe.hold_ms),
                ("breath_out", breathe.out_ms),
                ("breath_pause", breathe.pause_ms),
            )
            if ms
        ]
        if exercise.for_ms:
            parts.append(words("breaths_in", time=self._in_turn(exercise.for_ms)))
        else:
            least, most = self._count(1 if exercise.reps is None else exercise.reps)
            parts.append(self._from(exercise.reps, words.some(least, "breath", most)))
        return ", ".join(parts)

    def _repeated(self, exercise: Exercise) -> list[str]:
        """How many times, in how many rounds, and the rests between."""
        words, parts, many = self._words, [], False
        if exercise.parts:
            many = True
            parts.append(words("one_each", parts=words.all_of([words.text(each) for each in exercise.parts])))
        elif exercise.reps is not None and exercise.breathe is None and not exercise.for_ms:
            least, most = self._count(exercise.reps)
            if (least, most) != (1, 1) or isinstance(exercise.reps, Reference):
                many = True
                parts.append(self._from(exercise.reps, words.times(least, most)))
        elif exercise.breathe is not None:
            many = True
        if exercise.rest_ms and many:
            parts.append(words("rest_between", time=self._duration(exercise.rest_ms)))
        least, most = self._count(exercise.sets)
        if (least, most) != (1, 1) or isinstance(exercise.sets, Reference):
            parts.append(words("sets", sets=self._from(exercise.sets, words.some(least, "round", most))))
            if exercise.set_rest_ms:
                parts.append(words("set_rest", time=self._duration(exercise.set_rest_ms)))
        return parts

    def _sides(self, exercise: Exercise) -> str:
        if not exercise.both_sides:
            return ""
        if not exercise.switch_ms:
            return self._words("no_switch")
        return self._words("both_sides", time=self._duration(exercise.switch_ms))

    def _in_turn(self, lengths: tuple[DurationValue, ...]) -> str:
        """`10 minutes`, or for the first, second and every further time at a rung."""
        words = self._words
        for length in lengths:
            self._leaves_out(length)
        if len(lengths) == 1:
            return self._duration(lengths[0])
        *first, last = [(words.nth(number), self._duration(ms)) for number, ms in enumerate(lengths, start=1)]
        told = [words("nth_time", time=time, nth=nth) for nth, time in first]
        return words.all_of([*told, words("from_nth_time", time=last[1], nth=last[0])])

    def _get_ready(self, ms: DurationValue | None) -> str:
        if ms is None:
            return ""
        return self._words("get_ready", time=self._duration(ms)) if ms else self._words("no_get_ready")

    def _said(self, say: Say) -> str:
        words = self._words
        return words(f"said_{say.at}", text=words.text(say.text), time=words.duration(say.offset_ms))

    def _check(self, exercise: Exercise) -> str:
        check = exercise.check
        if check is None:
            return ""
        scale = scale_asked(self._words, self._program, check.scale)
        return self._words("check", time=self._words.duration(check.every_ms), scale=scale)

    def _title(self, name: str) -> str:
        other = self._program.exercises.get(name)
        return titled(self._words, other.title if other else None, name)

    # -- values -------------------------------------------------------------------------------------------------------

    def _duration(self, value: DurationValue) -> str:
        values = values_of(self._program, value, self._settings)
        shown = self._words.duration(min(values), max(values)) if values else notation.duration(value)
        return self._from(value, shown)

    def _count(self, value: CountValue) -> tuple[int, int]:
        values = values_of(self._program, value, self._settings)
        self._leaves_out(value)
        return (int(min(values)), int(max(values))) if values else (0, 0)

    def _leaves_out(self, value: DurationValue) -> None:
        """Without a repetition or without time a step is left out."""
        values = values_of(self._program, value, self._settings)
        self._may_be_none = self._may_be_none or (bool(values) and not min(values))

    def _from(self, value: object, shown: str) -> str:
        """The value as it is shown, remembered under whose it is."""
        if isinstance(value, Reference):
            told = self._told.setdefault((value.name, value.name in self._program.parameters), [])
            if shown and shown not in told:
                told.append(shown)
            if value.offset:
                self._told.setdefault(("", False), [])
        return shown

    def _sources(self) -> list[str]:
        words, notes = self._words, []
        for (name, is_parameter), told in self._told.items():
            if is_parameter and told:
                label = label_of(words, self._program, name)
                notes.append(words("values_by_parameter", values=words.all_of(told), parameter=label))
            elif told:
                notes.append(words("values_by_rung", values=words.all_of(told), ladder=readable(name)))
        if ("", False) in self._told:
            notes.append(words("no_neighbour"))
        if self._may_be_none:
            notes.append(words("left_out_at_none"))
        return [sentence(note) for note in notes]


def _has_sizes(rungs: Sequence[Rung]) -> bool:
    return any(rung.size_mm is not None for rung in rungs)
