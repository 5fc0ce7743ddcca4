"""What a patient was given and what she did: the facts from which a day's plan, adherence and the timeline follow.

Days are dates on the patient's own calendar. Nothing here knows the time of day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Literal
from uuid import UUID

from coach.domain.program import DayAnchor, Phase, Program, Rung, Session
from coach.domain.uses import steps_of

Outcome = Literal["open", "complete", "partial", "stopped"]
Awaited = Literal["injection", "insertion"]
PauseWhy = Literal["menses", "illness", "infection", "procedure", "travel", "hold", "not_today"]
# On such days nothing is inserted: with an illness either, since nobody asks her whether she has a fever.
NO_INSERTION: frozenset[PauseWhy] = frozenset({"illness", "infection", "procedure"})
Placer = Literal["therapist", "patient", "rule"]
PlaceState = Literal["placed", "held", "locked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionFacts:
    """One injection as its latest chart says. `on` is the planned day until it was given."""

    id: UUID
    on: date
    given: bool
    cancelled: bool = False
    insertion_on: date | None = None
    product: str | None = None
    units: float | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The patient's rung on a ladder from a day on. On a `held` rung no rule raises her; a `locked` ladder is not
    used. `code` and `params` say why a rule placed her there."""

    from_on: date
    ladder: str
    rung: str
    by: Placer = "therapist"
    state: PlaceState = "placed"
    code: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)

    @property
    def allowed(self) -> str | None:
        """The rung up to which she may choose from then on; None where this is her own choice of a smaller one, which
        takes nothing away from her. Where somebody changed her ladder while she stood lower, `params` names it."""
        named = self.params.get("allowed")
        return named if isinstance(named, str) else self.rung if self.by != "patient" or self.code else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Days on which nothing is asked of her, both inside; `last` None: nobody has said when it ends; before `first`:
    it was taken back. `assignment_id` None: of all her programs."""

    first: date
    last: date | None
    why: PauseWhy
    assignment_id: UUID | None = None
    id: UUID | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True, kw_only=True)
class OnLadder:
    """What one sitting shows for one ladder: the `rung` that was prescribed, whether every prescribed step on that
    ladder was done whole and at its own size, how much of the least done of them was (0 to 1; a step at a smaller size
    gives nothing), and whether she stayed at the opening. `ratings`: the highest answer during and after on each scale
    of the program's own."""

    rung: str
    is_done: bool
    share: float
    stayed: bool = False
    ratings: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DayDue:
    """One line of what an assignment asks for on one day: a session of a phase, prescribed `least` times, `most` is the
    target. `per` day: on this day. `week`: in a week whose days are hers to choose; this day holds a seventh of it.
    `days`: on this day if it is one of the `days` of the week that she chooses."""

    session: str
    phase: str
    per: Literal["day", "week", "days"]
    least: int
    most: int
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseSpan:
    """A phase on this patient's calendar, both days inside; `last` None goes on.

    `shifted_days`: how far its end was moved so that this phase, or one above it, got its `at_least` days.
    `waits_for`: it goes on because the day on which the next one begins is not charted yet. `held`: sessions that the
    phase names and that an injection holds back on these days, until `held_until` (None: not charted yet).
    """

    phase: Phase
    first: date
    last: date | None
    shifted_days: int = 0
    waits_for: Awaited | None = None
    held: tuple[str, ...] = ()
    held_until: date | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class InsertionRest:
    """From the day of an injection (the planned one until it is charted) to the day before insertion is allowed;
    `last` None: that day is not charted, and `waits_for` says which chart is wanting."""

    first: date
    last: date | None
    waits_for: Awaited | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, slots=True)
class Unseen:
    """Days on which nobody at her clinic had looked yet at a warning sign that she told of, both inside; `last` None:
    nobody has. Nothing is inserted on them."""

    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True)
class AssignmentFacts:
    """A program given to the patient. `places` in the order in which they were written: of two from one day the later
    holds. `ends_on` is inside; before `start_on` it means that no day is. `parameters`: id -> value, durations in ms.
    `injections` are all of hers: one that this assignment does not go by holds insertion back as well.
    `pauses` are those of this assignment and those of all her programs.
    `ended`: phase id -> the last day of it, where somebody ended it (`can_be_ended`); one that lies before its first
    day leaves it empty, and one after its `to` changes nothing.
    `given_on`: the day on which it was given to her (None: before it began); on days before it nothing was asked.
    `frozen`: what was due on days that have opened, pauses apart; of the days that were read.
    `earlier`: the revisions of its program that she had before, the last one first.
    `unseen`: her days with a warning sign at which nobody had looked yet.
    """

    id: UUID
    program: Program
    start_on: date
    ends_on: date | None = None
    injection: InjectionFacts | None = None
    injections: tuple[InjectionFacts, ...] = ()
    parameters: Mapping[str, int | float] = field(default_factory=dict)
    placements: tuple[Place, ...] = ()
    own_set: tuple[Rung, ...] = ()
    revision_id: UUID | None = None
    ended: Mapping[str, date] = field(default_factory=dict)
    pauses: tuple[Pause, ...] = ()
    given_on: date | None = None
    frozen: Mapping[date, tuple[DayDue, ...]] = field(default_factory=dict)
    earlier: tuple[Program, ...] = ()
    unseen: tuple[Unseen, ...] = ()

    @cached_property
    def spans(self) -> tuple[PhaseSpan, ...]:
        """Its phases on the calendar, in order, without the ones that come out empty."""
        return _without_insertion(self, _lay_out(self)[0])

    @cached_property
    def waits_for(self) -> Awaited | None:
        """The day without which the remaining phases cannot be placed, or None."""
        return _lay_out(self)[1]

    @property
    def not_reached(self) -> tuple[Phase, ...]:
        """The phases that begin only when somebody ends the last of its spans; none while a day is not charted."""
        spans, awaited = _lay_out(self)
        if not spans or awaited is not None or spans[-1].last is not None:
            return ()
        phases = self.program.phases
        return phases[1 + next(number for number, phase in enumerate(phases) if phase.id == spans[-1].phase.id) :]

    @cached_property
    def rests(self) -> tuple[InsertionRest, ...]:
        """The days on which nothing may be inserted, whatever the program says, in order of the injections."""
        return _rests(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Performed:
    """One sitting. `session_key` is the session as the plan names it (of `alternate` sessions the one above them).

    Ratings are 0-10 or None where they were skipped; `dose_ms` and `asked_ms` are by kind. `by_rule`: one of its stop
    rules ended it. `ladders`: ladder id -> what it shows for it, where it was read. `times` above 1: so many
    sittings alike, with the same rungs prescribed, told as one on the last of their days. A plan only counts those
    from before its week, so they need not be told singly.
    """

    assignment_id: UUID
    session_key: str
    day_on: date
    credit: float
    outcome: Outcome
    id: UUID | None = None
    variant: str | None = None
    stop_reason: str | None = None
    dose_ms: Mapping[str, int] = field(default_factory=dict)
    asked_ms: Mapping[str, int] = field(default_factory=dict)
    size_mm: float | None = None
    rung: str | None = None
    pain_before: int | None = None
    pain_peak: int | None = None
    pain_after: int | None = None
    anxiety_before: int | None = None
    anxiety_peak: int | None = None
    anxiety_after: int | None = None
    red_flag: bool = False
    by_rule: bool = False
    ladders: Mapping[str, OnLadder] = field(default_factory=dict)
    times: int = 1

    @property
    def is_closed(self) -> bool:
        return self.outcome != "open"

    @property
    def strongest_pain(self) -> int | None:
        """What she said afterwards of the whole practice; of one that was broken off before it was asked, the highest
        that she gave during it."""
        return self.pain_peak if self.pain_after is None else self.pain_after

    @property
    def strongest_anxiety(self) -> int | None:
        """Like `strongest_pain`."""
        return self.anxiety_peak if self.anxiety_after is None else self.anxiety_after


def day_of_anchor(anchor: DayAnchor, assignment: AssignmentFacts) -> date | None:
    """The day that an anchor means for this patient; None while it is not charted, or where there is none."""
    if anchor.on == "start":
        base: date | None = assignment.start_on
    elif assignment.injection is None or assignment.injection.cancelled:
        base = None
    elif anchor.on == "injection":
        base = assignment.injection.on
    else:
        base = assignment.injection.insertion_on
    return None if base is None else base + timedelta(days=anchor.days)


def needs_injection(program: Program) -> bool:
    """True where a phase or a safety check is counted from an injection or from its earliest insertion day."""
    anchors: list[DayAnchor | None] = []
    for phase in program.phases:
        anchors += (phase.from_, phase.to)
    for check in program.safety_checks:
        anchors += (check.from_, check.to)
    return any(anchor is not None and anchor.on != "start" for anchor in anchors)


def is_insertion(program: Program, session: Session) -> bool:
    """Whether the session is held back while nothing may be inserted: its own steps, or those of a session that it
    takes turns with, have a dilator. Where only a variant has one the session stays, and the step is left out."""
    return any(step.exercise.kind == "dilator" for step in steps_of(session)) or any(
        is_insertion(program, program.sessions[name])
        for name in session.alternate
        if name != session.id and name in program.sessions
    )


def pauses_on(assignment: AssignmentFacts, day: date) -> tuple[Pause, ...]:
    """The pauses that hold on that day."""
    return tuple(pause for pause in assignment.pauses if pause.holds(day))


def nothing_is_inserted_on(assignment: AssignmentFacts, day: date) -> bool:
    """Whether an injection, a pause or a warning sign that nobody has seen forbids insertion on that day, whatever the
    program says."""
    return (
        any(rest.holds(day) for rest in assignment.rests)
        or any(unseen.holds(day) for unseen in assignment.unseen)
        or any(pause.why in NO_INSERTION for pause in pauses_on(assignment, day))
    )


def in_force(assignments: Iterable[AssignmentFacts]) -> tuple[tuple[AssignmentFacts, date | None], ...]:
    """Each assignment with its last day (None: open). The same program given again, for a further injection say,
    takes over from its first day on; of two that start on one day the later in order holds."""
    ordered = list(assignments)
    result = []
    for position, assignment in enumerate(ordered):
        last = assignment.ends_on
        for later_position, other in enumerate(ordered):
            if other.program.id != assignment.program.id or _has_no_day(other):
                continue
            if (other.start_on, later_position) > (assignment.start_on, position):
                taken_over = other.start_on - timedelta(days=1)
                last = taken_over if last is None else min(last, taken_over)
        result.append((assignment, last))
    return tuple(result)


def _has_no_day(assignment: AssignmentFacts) -> bool:
    return assignment.ends_on is not None and assignment.ends_on < assignment.start_on


def can_be_ended(program: Program, phase_id: str) -> bool:
    """Whether it is somebody's to say when the phase ends: it has an `until`, or no end at all, and the phase after it
    has no first day of its own. Where that has one, the days up to it would be nobody's."""
    for phase, below in zip(program.phases, (*program.phases[1:], None), strict=True):
        if phase.id == phase_id:
            return (phase.until is not None or phase.to is None) and (below is None or below.from_ is None)
    return False


def _lay_out(assignment: AssignmentFacts) -> tuple[tuple[PhaseSpan, ...], Awaited | None]:
    spans: list[PhaseSpan] = []
    free: date | None = None  # the first day that the phases above leave
    shift = 0
    for phase in assignment.program.phases:
        above_is_open = bool(spans) and spans[-1].last is None
        if phase.from_ is None:
            if above_is_open:
                break  # it begins when somebody ends the phase above
            first = assignment.start_on if free is None else free
        else:
            anchored = day_of_anchor(phase.from_, assignment)
            if anchored is None:
                awaited = _awaited(phase.from_, assignment)
                if spans:
                    spans[-1] = _changed(spans[-1], last=None, waits_for=awaited)
                return tuple(spans), awaited
            first = anchored + timedelta(days=shift)
            if free is not None:
                first = max(first, free)
            if above_is_open:
                _close(spans, first - timedelta(days=1))
        last = None if phase.to is None else day_of_anchor(phase.to, assignment)
        added = 0
        if last is not None:
            last += timedelta(days=shift)
            if phase.at_least_days:
                added = max(0, (first + timedelta(days=phase.at_least_days) - last).days - 1)
                last += timedelta(days=added)
        ended = assignment.ended.get(phase.id)
        if ended is not None and (last is None or ended < last) and can_be_ended(assignment.program, phase.id):
            if first <= ended:
                spans.append(PhaseSpan(phase=phase, first=first, last=ended, shifted_days=shift))
            free = max(first, ended + timedelta(days=1))
            continue
        if last is None:
            lacks = None if phase.to is None else _awaited(phase.to, assignment)
            spans.append(PhaseSpan(phase=phase, first=first, last=None, shifted_days=shift, waits_for=lacks))
            if lacks is not None:
                return tuple(spans), lacks
            free = first
            continue
        shift += added
        free = last + timedelta(days=1) if free is None else max(free, last + timedelta(days=1))
        if first <= last:
            spans.append(PhaseSpan(phase=phase, first=first, last=last, shifted_days=shift))
    return tuple(spans), None


def _awaited(anchor: DayAnchor, assignment: AssignmentFacts) -> Awaited:
    injection = assignment.injection
    if anchor.on == "insertion" and injection is not None and not injection.cancelled:
        return "insertion"
    return "injection"


def _close(spans: list[PhaseSpan], last: date) -> None:
    open_span = spans.pop()
    if open_span.first <= last:
        spans.append(_changed(open_span, last=last, waits_for=None))


def _changed(span: PhaseSpan, *, last: date | None, waits_for: Awaited | None) -> PhaseSpan:
    return PhaseSpan(phase=span.phase, first=span.first, last=last, shifted_days=span.shifted_days, waits_for=waits_for)


def _rests(assignment: AssignmentFacts) -> tuple[InsertionRest, ...]:
    known = {each.id: each for each in (*assignment.injections, assignment.injection) if each is not None}
    valid = sorted((each for each in known.values() if not each.cancelled), key=lambda each: each.on)
    rests = []
    for position, injection in enumerate(valid):
        later = valid[position + 1].on if position + 1 < len(valid) else None
        last = None if injection.insertion_on is None else injection.insertion_on - timedelta(days=1)
        if last is None and later is not None:
            last = later - timedelta(days=1)  # the next injection's own rest goes on from there
        waits_for: Awaited | None = None if last is not None else "insertion" if injection.given else "injection"
        if last is None or injection.on <= last:
            rests.append(InsertionRest(injection.on, last, waits_for))
    return tuple(rests)


def _without_insertion(assignment: AssignmentFacts, spans: tuple[PhaseSpan, ...]) -> tuple[PhaseSpan, ...]:
    """The spans, cut where a rest begins and ends; within it a phase keeps what inserts nothing."""
    for rest in assignment.rests:
        spans = tuple(part for span in spans for part in _cut(assignment.program, span, rest))
    return spans


def _cut(program: Program, span: PhaseSpan, rest: InsertionRest) -> list[PhaseSpan]:
    held = tuple(each.session for each in span.phase.do if is_insertion(program, program.sessions[each.session]))
    first = max(span.first, rest.first)
    ends = [day for day in (span.last, rest.last) if day is not None]
    last = min(ends) if ends else None
    if not held or (last is not None and last < first):
        return [span]
    parts = []
    if span.first < first:
        parts.append(replace(span, last=first - timedelta(days=1), waits_for=None))
    kept = replace(span.phase, do=tuple(each for each in span.phase.do if each.session not in held))
    parts.append(
        replace(
            span,
            phase=kept,
            first=first,
            last=last,
            waits_for=span.waits_for if last == span.last else None,
            held=held,
            held_until=None if rest.last is None else rest.last + timedelta(days=1),
        )
    )
    if last is not None and (span.last is None or last < span.last):
        parts.append(replace(span, first=last + timedelta(days=1)))
    return parts
