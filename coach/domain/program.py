"""A program as the rules see it: checked, imports merged, overrides applied, durations in milliseconds.

Made by `coach.language`; nothing here reads text. References ($ladder.field, $parameter) stay unresolved, because
their values depend on the patient's rung and on the phase.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["stretching", "strengthening", "relaxation", "dilator", "preparation"]
DoseKind = Literal["relaxation", "stretching", "strengthening", "dilator"]
AmountKind = Literal["duration", "count", "share", "size"]
DOSE_KINDS: tuple[DoseKind, ...] = ("relaxation", "stretching", "strengthening", "dilator")


@dataclass(frozen=True, slots=True)
class Text:
    """A patient-facing text in one or several languages; `default` is the program's own language."""

    default: str
    by_language: Mapping[str, str] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        return self.by_language.get(language, self.default)


@dataclass(frozen=True, slots=True)
class Reference:
    """`$name`, `$name.field`, `$name - 1`: resolved when a script is compiled."""

    name: str
    field: str | None = None
    offset: int = 0


Milliseconds = int
DurationValue = Milliseconds | Reference
CountValue = int | Reference
SizeValue = float | Reference  # millimetres


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath:
    """One breath; a part that is 0 is left out."""

    in_ms: DurationValue
    hold_ms: DurationValue = 0
    out_ms: DurationValue = 0
    pause_ms: DurationValue = 0


@dataclass(frozen=True, slots=True)
class Say:
    """A spoken cue (and caption) inside a step: at the start, half way, the end, or so long after or before."""

    text: Text
    at: Literal["start", "half", "end", "after", "before_end"]
    offset_ms: Milliseconds = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A one-tap question inside a step, every so often; skippable."""

    scale: str
    every_ms: Milliseconds


@dataclass(frozen=True, slots=True)
class DayAnchor:
    """A day relative to the assignment's start, its injection, or the earliest insertion day."""

    on: Literal["start", "injection", "insertion"]
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Exercise:
    """Exactly one of hold_ms, contract_ms (with relax_ms), breathe, for_ms, at_most_ms (until tap) is set."""

    id: str
    kind: Kind
    title: Text
    cue: Text | None = None
    hold_ms: DurationValue | None = None
    contract_ms: DurationValue | None = None
    relax_ms: DurationValue | None = None
    breathe: Breath | None = None
    for_ms: tuple[DurationValue, ...] = ()  # a block, or with breathe its length; first, second, every further time
    at_most_ms: DurationValue | None = None  # `until: tap`
    reps: CountValue | None = None
    parts: tuple[Text, ...] = ()
    sets: CountValue = 1
    rest_ms: DurationValue = 0
    set_rest_ms: DurationValue = 0
    both_sides: bool = False
    switch_ms: DurationValue = 5000
    get_ready_ms: DurationValue | None = None  # None: 3 s before hold, contract and for; none before the others
    size: SizeValue | None = None
    say: tuple[Say, ...] = ()
    check: Check | None = None
    has_dose: bool = True
    not_before: DayAnchor | None = None
    swap: str | None = None

    @property
    def references(self) -> tuple[Reference, ...]:
        """The values of it that depend on the patient's rung or on a parameter."""
        values: list[object] = [
            self.hold_ms, self.contract_ms, self.relax_ms, *self.for_ms, self.at_most_ms,
            self.reps, self.sets, self.rest_ms, self.set_rest_ms, self.switch_ms,
            self.get_ready_ms, self.size,
        ]  # fmt: skip
        if self.breathe is not None:
            values += [self.breathe.in_ms, self.breathe.hold_ms, self.breathe.out_ms, self.breathe.pause_ms]
        return tuple(value for value in values if isinstance(value, Reference))


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a session: the exercise with this step's overrides already applied."""

    exercise: Exercise


@dataclass(frozen=True, slots=True)
class Comparison:
    """One clause of a condition on one scale."""

    scale: str
    test: Literal["at_least", "at_most", "never_above", "rises_by"]
    value: int


@dataclass(frozen=True, slots=True)
class Condition:
    """All of its comparisons hold (and still do after `still_after_ms`). A skipped rating meets no condition."""

    all_of: tuple[Comparison, ...]
    still_after_ms: Milliseconds = 0


@dataclass(frozen=True, slots=True)
class After:
    """How many sessions decide: `3 of 4 sessions`, `2 sessions in a row` (2 of 2), `1 session`."""

    need: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What the last sessions have to show before a rung or a phase changes: all of what is set."""

    after: After
    all_of: tuple[Comparison, ...] = ()
    completed: float | None = None  # share of every prescribed step (0 to 1)
    stayed_at_opening: bool | None = None


@dataclass(frozen=True, slots=True)
class AfterGap:
    """After so many days without a session the first one back is so many rungs lower; the place is not lost."""

    of_days: int
    down: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """Another way through a session that the patient may choose; `counts` is its share of attendance (0 to 1)."""

    id: str
    title: Text
    counts: float
    leave_out: tuple[str, ...] = ()
    scale: float = 1.0
    steps: tuple[Step, ...] | None = None


@dataclass(frozen=True, slots=True)
class Instead:
    """`instead_when: {let_go: "no", do: calm}`: another session when the answer before says so."""

    scale: str
    answer: int | bool
    session: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A session as the program describes it. `alternate` names sessions done in turn instead of steps of its own."""

    id: str
    title: Text
    warm_up: tuple[Step, ...] = ()
    steps: tuple[Step, ...] = ()
    finish: tuple[Step, ...] = ()
    alternate: tuple[str, ...] = ()
    ask_before: tuple[str, ...] = ()
    ask_after: tuple[str, ...] = ()
    counts_when: float = 0.8
    variants: tuple[Variant, ...] = ()
    ease_when: tuple[Condition, ...] = ()
    stop_when: tuple[Condition, ...] = ()
    instead_when: tuple[Instead, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """`pain` and `anxiety` are built in (0-10); a program may declare more."""

    id: str
    ask: Text
    low: Text | None = None
    high: Text | None = None
    yes_no: bool = False


# Abrupt steps between sizes are a reason given for stopping (Coach's clinical reference, 2.2; no direct evidence).
LARGEST_STEP_MM = 5


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung: any named values, durations in ms, under the names the author wrote (`hold`, `rest`, `reps`); `kinds`
    says what each of them is."""

    id: str
    size_mm: float | None = None
    values: Mapping[str, int | float] = field(default_factory=dict)
    kinds: Mapping[str, AmountKind] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """`rungs` is None for `own set`: the patient's dilators, given when a script is compiled. Lowest rung first."""

    id: str
    kind: Kind | None = None
    rungs: tuple[Rung, ...] | None = None
    chosen_at_assignment: bool = False
    stay_at_least_days: int = 0
    up: tuple[Rule, ...] = ()  # any of them
    down: tuple[Rule, ...] = ()  # any of them
    after_gap: AfterGap | None = None
    up_needs: Literal["therapist", "patient", "automatic"] = "therapist"
    not_up_in: tuple[str, ...] = ()  # ids of phases
    not_up_while_rising: str | None = None  # a scale
    locked: bool = False
    unlocked_when: tuple[Text, ...] = ()  # what the therapist confirms before she unlocks it


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequency:
    """How often a session is due. `least` is prescribed; `most` is the target (equal unless a range was written).

    per day: on `weekdays` (0 = Monday; None: every day) or on any `any_days` days of the week that the patient picks.
    per week: any days. every: each `every_days` days from the phase's first day.
    """

    per: Literal["day", "week", "every"]
    least: CountValue
    most: CountValue
    weekdays: tuple[int, ...] | None = None
    any_days: int | None = None
    every_days: int = 1


@dataclass(frozen=True, slots=True)
class Assigned:
    """One line of a phase's `do`."""

    session: str
    frequency: Frequency


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """Days `from_` and `to` are both inside. Without `from_`: the day after the phase above ends."""

    id: str
    title: Text
    from_: DayAnchor | None = None
    to: DayAnchor | None = None
    at_least_days: int = 0
    until: Rule | None = None
    until_needs: Literal["therapist", "patient", "automatic"] = "therapist"
    set: Mapping[str, int | float] = field(default_factory=dict)  # parameter id -> value (durations in ms)
    do: tuple[Assigned, ...] = ()
    then: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    id: str
    type: AmountKind
    default: int | float
    minimum: int | float | None = None
    maximum: int | float | None = None
    label: Text | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyCheck:
    """Asked between two days, every so many days; on yes the text is shown at once and the therapist is told."""

    id: str
    ask: Text
    urgency: Literal["emergency", "same_day", "routine"]
    say: Text
    from_: DayAnchor
    to: DayAnchor
    every_days: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """An item for the therapist's review queue. `on` names what is watched, `value` its threshold.

    no_session: no session for `value` days. comfort_down: the largest comfortable rung fell by `value` in `times`
    checks in a row. rating: `comparisons` held `times` times within `within_days`.
    """

    id: str
    on: Literal["no_session", "comfort_down", "rating"]
    value: int = 0
    comparisons: tuple[Comparison, ...] = ()
    times: int = 1
    within_days: int | None = None
    not_before: DayAnchor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    id: str
    title: Text
    language: str
    summary: Text | None = None
    author: Text | None = None
    reviewed_by: str | None = None
    reviewed_on: str | None = None
    evidence: tuple[Text, ...] = ()
    equipment: tuple[Text, ...] = ()
    cautions: tuple[Text, ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    scales: Mapping[str, Scale] = field(default_factory=dict)
    exercises: Mapping[str, Exercise] = field(default_factory=dict)
    ladders: Mapping[str, Ladder] = field(default_factory=dict)
    sessions: Mapping[str, Session] = field(default_factory=dict)
    phases: tuple[Phase, ...] = ()
    safety_checks: tuple[SafetyCheck, ...] = ()
    alerts: tuple[Alert, ...] = ()

    @property
    def is_reviewed(self) -> bool:
        return bool(self.reviewed_by)
