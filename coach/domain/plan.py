"""What is due for one patient on one of her days, from all of her programs at once, each item with its reason."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from coach.domain.calendar import days_from, days_since
from coach.domain.course import (
    NO_INSERTION,
    AssignmentFacts,
    Awaited,
    InjectionFacts,
    Pause,
    Performed,
    PhaseSpan,
    Place,
    day_of_anchor,
    in_force,
    is_insertion,
    nothing_is_inserted_on,
    pauses_on,
)
from coach.domain.due import (
    Asked,
    AskedOf,
    DueWindow,
    Reason,
    ReasonCode,
    allowed_from,
    alternatives_of,
    due_windows,
    step_from,
)
from coach.domain.due import opens_on as first_day_of
from coach.domain.ladders import (
    Eased,
    eased_on,
    ladders_of,
    nth_on,
    parameters_in,
    place_on,
    practised_on,
    rungs_on,
    unlocked_on,
)
from coach.domain.program import Assigned, Phase, Rung, SafetyCheck, Session, Text
from coach.domain.uses import exercises_of

__all__ = [
    "Ask",
    "AssignmentFacts",
    "DayPlan",
    "DueWindow",
    "Held",
    "InjectionFacts",
    "Performed",
    "PhaseOn",
    "PhaseSpan",
    "Place",
    "PlanItem",
    "Reason",
    "ScriptInputs",
    "due_windows",
    "may_be_done",
    "phase_on",
    "phase_spans",
    "plan_for",
    "plans_between",
    "safety_checks_on",
    "script_inputs",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanItem:
    """One session on one day. `session_key` is its name in the plan, `plays` the session that is really next
    (they differ for `alternate` sessions).

    `least` and `most` are for this day; a flexible item is prescribed for the week and no single day is owed. What is
    not `is_due` is there for her and asked for by nobody: on a paused day, or where the day opened without it. `done`
    is the day's credit; `sittings` how many ended; `left` is what is still asked for, so that a session that was
    stopped is not asked for again.
    """

    assignment_id: UUID
    session_key: str
    plays: str
    title: Text
    phase_id: str
    phase_title: Text
    least: int
    most: int
    is_due: bool
    flexible: bool
    done: float
    sittings: int
    open_session_id: UUID | None
    reason: Reason

    @property
    def left(self) -> int:
        return max(0, self.least - self.sittings)

    @property
    def more(self) -> int:
        """How many beyond `least` the target still has room for."""
        return max(0, self.most - max(self.least, self.sittings))

    @property
    def open(self) -> bool:
        return self.left > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that the phase names and that is not offered yet, with the reason. `instead`: the session that takes
    its place while its ladder rests after a flare or by a therapist's word."""

    assignment_id: UUID
    session_key: str
    title: Text
    reason: Reason
    instead: str | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """A day that somebody has to chart before the plan can go on (`insertion`), or should have (`injection`)."""

    assignment_id: UUID
    what: Awaited


@dataclass(frozen=True, slots=True)
class PhaseOn:
    assignment_id: UUID
    span: PhaseSpan


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlan:
    day: date
    items: tuple[PlanItem, ...]
    phases: tuple[PhaseOn, ...]
    held: tuple[Held, ...] = ()
    asks: tuple[Ask, ...] = ()
    warned: bool = False  # she told of a warning sign on this day: the plan asks for nothing more of it
    pauses: tuple[Pause, ...] = ()  # those of this day, of any of the programs that run

    @property
    def anything_left(self) -> bool:
        return not self.warned and any(item.left for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptInputs:
    """What `compile_script` needs for this patient and day, beside the program, a variant and a language. `plays`: of
    sessions that take turns the one whose turn it is, otherwise the session itself. `eased`: the ladders on which it is
    the first one back after a gap; `rungs` holds the lower rung of them already."""

    session_id: str
    plays: str
    rungs: Mapping[str, str]
    own_set: tuple[Rung, ...]
    parameters: Mapping[str, int | float]
    nth: int
    leave_out: frozenset[str]
    eased: Mapping[str, Eased] = field(default_factory=dict)


def phase_spans(assignment: AssignmentFacts) -> tuple[PhaseSpan, ...]:
    """The assignment's phases on the calendar, without the ones that come out empty."""
    return assignment.spans


def phase_on(assignment: AssignmentFacts, day: date) -> PhaseSpan | None:
    """The phase of that day; None before the first, after the last, in a gap that the program leaves."""
    for span in assignment.spans:
        if span.holds(day):
            return span
    return None


def plan_for(day: date, *, assignments: Sequence[AssignmentFacts], performed: Iterable[Performed]) -> DayPlan:
    """The plan of one day. `performed` may hold any days; what counts is that week's (and for alternating sessions
    all before)."""
    return plans_between(day, day, assignments=assignments, performed=performed)[0]


def plans_between(
    first: date, last: date, *, assignments: Sequence[AssignmentFacts], performed: Iterable[Performed]
) -> tuple[DayPlan, ...]:
    """The plans of all days from first to last, both inside, as they stand with what was performed."""
    log = _Log(performed)
    asked = Asked(assignments)
    return tuple(_plan(day, asked, log) for day in days_from(first, last))


def safety_checks_on(
    day: date, *, assignments: Sequence[AssignmentFacts], however_often: bool = False
) -> tuple[tuple[UUID, SafetyCheck], ...]:
    """(assignment id, check) for what is asked that day. Their days do not shift with the phases. A check that counts
    from an injection begins on its planned day, charted or not: to ask once for nothing does no harm. It is asked
    after a further injection too, before a program goes by that one. One whose last day is not charted yet goes on.
    `however_often`: also those that are asked on other days between their first and their last."""
    found: list[tuple[UUID, SafetyCheck]] = []
    seen: set[str] = set()
    for assignment, ends in in_force(assignments):
        if day < assignment.start_on or (ends is not None and day > ends):
            continue
        for check in assignment.program.safety_checks:
            if check.id not in seen and any(
                _is_asked(check, each, day, however_often=however_often) for each in _by_injection(assignment)
            ):
                seen.add(check.id)
                found.append((assignment.id, check))
    return tuple(found)


def _by_injection(assignment: AssignmentFacts) -> Iterator[AssignmentFacts]:
    """The assignment, and as if it went by each further injection."""
    yield assignment
    own = assignment.injection
    if own is not None:
        for further in assignment.injections:
            if not further.cancelled and further.on > own.on:
                yield replace(assignment, injection=further)


def _is_asked(check: SafetyCheck, assignment: AssignmentFacts, day: date, *, however_often: bool) -> bool:
    first, last = day_of_anchor(check.from_, assignment), day_of_anchor(check.to, assignment)
    if first is None or day < first or (last is not None and day > last):
        return False
    return however_often or days_since(first, day) % check.every_days == 0


def script_inputs(
    assignment: AssignmentFacts,
    session_key: str,
    day: date,
    *,
    performed: Iterable[Performed] = (),
    nth: int | None = None,
) -> ScriptInputs:
    """The inputs of `compile_script` for a session of the plan on a day: the next one by the log of what was
    performed, or the `nth`. KeyError where the program has no such session."""
    program = assignment.program
    log = list(performed)
    turns = program.sessions[session_key].alternate
    plays = turns[(nth - 1) % len(turns)] if turns and nth is not None else session_key
    if nth is None:
        plays = _next_alternative(assignment, session_key, day, _Log(log)) if turns else session_key
        nth = turns.index(plays) + 1 if turns else nth_on(assignment, session_key, day, performed=log)
    span = phase_on(assignment, day)
    eased = {}
    for ladder_id in ladders_of(program, session_key, with_variants=True):
        last_on = practised_on(assignment, ladder_id, log, up_to=day)
        found = eased_on(assignment, ladder_id, day, last_on=last_on, phase=span.phase if span else None)
        if found is not None:
            eased[ladder_id] = found
    return ScriptInputs(
        session_id=session_key,
        plays=plays,
        rungs=rungs_on(assignment, day) | {ladder_id: each.rung for ladder_id, each in eased.items()},
        eased=eased,
        own_set=assignment.own_set,
        parameters=parameters_in(assignment, span.phase if span else None),
        nth=nth,
        leave_out=frozenset().union(*(_not_today(assignment, name, day) for name in {session_key, plays})),
    )


def may_be_done(assignment: AssignmentFacts, session_key: str, day: date) -> bool:
    """Whether nothing holds the session back on that day, whether or not a phase names it: a locked ladder, a later
    first day, an injection after which nothing may be inserted yet, a pause, a warning sign that nobody has seen."""
    opens_on, _ = first_day_of(assignment, session_key)
    if opens_on is None or day < opens_on:
        return False
    session = assignment.program.sessions[session_key]
    inserts = is_insertion(assignment.program, session)
    if _held_by_pause(pauses_on(assignment, day), lambda: inserts) is not None:
        return False
    return not (inserts and nothing_is_inserted_on(assignment, day))


class _Log:
    """What was performed, by assignment and session, then by day."""

    def __init__(self, performed: Iterable[Performed]) -> None:
        self._by_day: dict[tuple[UUID, str], dict[date, list[Performed]]] = defaultdict(lambda: defaultdict(list))
        self.warned_on: set[date] = set()
        for sitting in performed:
            self._by_day[sitting.assignment_id, sitting.session_key][sitting.day_on].append(sitting)
            if sitting.red_flag:
                self.warned_on.add(sitting.day_on)
        self._credited: dict[tuple[UUID, str], list[date]] = {}

    def on(self, key: tuple[UUID, str], day: date) -> Sequence[Performed]:
        days = self._by_day.get(key)
        return () if days is None else days.get(day, ())

    def credited_before_end_of(self, key: tuple[UUID, str], day: date) -> int:
        if key not in self._credited:
            days = self._by_day.get(key, {})
            self._credited[key] = sorted(
                on for on, sittings in days.items() for s in sittings if s.credit > 0 for _ in range(s.times)
            )
        return bisect_right(self._credited[key], day)

    def credit(self, window: DueWindow, *, until: date) -> float:
        """What counts of the window's days up to one of them."""
        return sum(_credit(sittings, window.day_cap) for sittings in self._in(window, until))

    def days_with_credit(self, window: DueWindow, *, until: date) -> int:
        return sum(1 for sittings in self._in(window, until) if _credit(sittings, 1))

    def _in(self, window: DueWindow, until: date) -> Iterator[list[Performed]]:
        keys = [(each, window.session_key) for each in (window.assignment_id, *window.also)]
        known = [days for key in keys if (days := self._by_day.get(key)) is not None]
        if known:
            for day in days_from(window.first, until):
                if day not in window.without:
                    yield [sitting for days in known for sitting in days.get(day, ())]


def _plan(day: date, asked: Asked, log: _Log) -> DayPlan:
    items: list[PlanItem] = []
    phases: list[PhaseOn] = []
    held: list[Held] = []
    asks: list[Ask] = []
    pauses: tuple[Pause, ...] = ()
    for of in asked.each:
        assignment = of.assignment
        if day < assignment.start_on or (of.last is not None and day > of.last):
            continue
        ask = _ask(assignment, day)
        if ask is not None:
            asks.append(ask)
        span = of.span_on(day)
        if span is None:
            continue
        phases.append(PhaseOn(assignment.id, span))
        paused = of.pauses_on(day)
        pauses += paused
        for session_key in span.held:
            reason = Reason("not_before", {} if span.held_until is None else {"opens_on": span.held_until})
            title = assignment.program.sessions[session_key].title
            held.append(Held(assignment_id=assignment.id, session_key=session_key, title=title, reason=reason))
        about = _reason_params(assignment, span, day)
        for assigned in span.phase.do:
            session = assignment.program.sessions[assigned.session]
            why = _held_by(of, session, day, paused)
            if why is not None:
                instead = _instead_of(assignment, session, day, why)
                held.append(
                    Held(
                        assignment_id=assignment.id,
                        session_key=session.id,
                        title=session.title,
                        reason=why,
                        instead=instead,
                    )
                )
                continue
            item = _item(of, span, assigned, day, log, about)
            if item is not None:
                items.append(item)
    return DayPlan(
        day=day,
        items=tuple(items),
        phases=tuple(phases),
        held=tuple(held),
        asks=tuple(asks),
        warned=day in log.warned_on,
        pauses=tuple(dict.fromkeys(pauses)),
    )


def _instead_of(assignment: AssignmentFacts, session: Session, day: date, why: Reason) -> str | None:
    """What takes the place of a session whose ladder was locked again: the one that a rule of it leads to. Where it has
    none, the phase's other sessions are there as they are."""
    place = place_on(assignment, str(why.params.get("ladder")), day) if why.code == "locked" else None
    if place is None or place.state != "locked":
        return None
    others = (rule.session for rule in session.instead_when)
    return next((each for each in others if may_be_done(assignment, each, day)), None)


def _held_by(of: AskedOf, session: Session, day: date, paused: Sequence[Pause]) -> Reason | None:
    """Why the session is not offered on that day; None where it is."""
    opens_on, reason = of.opens_on(session.id)
    if opens_on is None or day < opens_on:
        return reason
    unseen = of.assignment.unseen
    if unseen and any(each.holds(day) for each in unseen) and is_insertion(of.assignment.program, session):
        return Reason("unseen")
    return _held_by_pause(paused, lambda: is_insertion(of.assignment.program, session)) if paused else None


def _held_by_pause(paused: Sequence[Pause], inserts: Callable[[], bool]) -> Reason | None:
    """Of several pauses the one that lasts longest: while one of them holds, nothing is offered."""
    holding = [pause for pause in paused if pause.why == "hold" or (pause.why in NO_INSERTION and inserts())]
    if not holding:
        return None
    longest = max(holding, key=lambda pause: pause.last or date.max)
    opens_on = {} if longest.last is None else {"opens_on": longest.last + timedelta(days=1)}
    return Reason("paused", {"why": longest.why, **opens_on})


def _ask(assignment: AssignmentFacts, day: date) -> Ask | None:
    injection = assignment.injection
    if injection is not None and not injection.given and not injection.cancelled:
        if day > injection.on:
            return Ask(assignment.id, "injection")  # its planned day went by and nobody has charted it
        if day < injection.on and assignment.waits_for == "insertion":
            return None  # the injector says it on the day
    if assignment.waits_for:
        return Ask(assignment.id, assignment.waits_for)
    # An injection that this assignment does not go by.
    return next(
        (Ask(assignment.id, rest.waits_for) for rest in assignment.rests if rest.waits_for and rest.holds(day)), None
    )


def _item(
    of: AskedOf, span: PhaseSpan, assigned: Assigned, day: date, log: _Log, about: Mapping[str, object]
) -> PlanItem | None:
    """What is offered by the facts, as often as it is due: on a paused day, and where the day opened without it, it is
    there for her and asked for by nobody. None: not on this day. `about`: what its reason says of the phase."""
    assignment = of.assignment
    meant, window = of.windows_on(assigned.session, day)
    if meant is None:
        return None
    if window is None or window.is_flexible != meant.is_flexible:
        is_due, window = False, meant
    else:
        is_due = True
    key = (assignment.id, assigned.session)
    todays = log.on(key, day)
    least, most = window.day_cap, window.day_most
    params = {**about, "least": window.least, "most": window.most}
    frequency = assigned.frequency
    if frequency.per == "week":
        before = log.credit(window, until=day - timedelta(days=1))
        remaining = max(0, math.ceil(window.least - before))
        least, most = min(window.day_cap, remaining), min(window.day_most, max(0, math.ceil(window.most - before)))
        code: ReasonCode = "per_week"
        params |= {"per_week": window.least, "done_this_week": before + _credit(todays, window.day_cap)}
    elif frequency.any_days is not None:
        before_days = log.days_with_credit(window, until=day - timedelta(days=1))
        any_days = window.least // window.day_cap if window.day_cap else 0
        if before_days >= any_days:
            least = most = 0
        code = "on_any_days"
        params |= {"any_days": any_days, "days_done": before_days, "least": window.day_cap, "most": window.day_most}
    elif frequency.per == "every":
        code = "every_days"
        params |= {"every_days": frequency.every_days}
    elif frequency.weekdays is not None:
        code = "on_weekdays"
        params |= {"weekdays": frequency.weekdays}
    else:
        code = "per_day"
    return PlanItem(
        assignment_id=assignment.id,
        session_key=assigned.session,
        plays=_next_alternative(assignment, assigned.session, day, log),
        title=assignment.program.sessions[assigned.session].title,
        phase_id=span.phase.id,
        phase_title=span.phase.title,
        least=least if is_due else 0,
        most=max(least, most),
        is_due=is_due,
        flexible=window.is_flexible,
        done=sum(sitting.credit for sitting in todays),
        sittings=sum(1 for sitting in todays if sitting.is_closed),
        # One that was left for a later one is not gone on with.
        open_session_id=todays[-1].id if todays and not todays[-1].is_closed else None,
        reason=Reason(code, params),
    )


def _credit(sittings: Iterable[Performed], cap: int) -> float:
    return min(cap, sum(sitting.credit for sitting in sittings))


def _reason_params(assignment: AssignmentFacts, span: PhaseSpan, day: date) -> dict[str, object]:
    injection = assignment.injection
    counts_from_injection = injection is not None and not injection.cancelled and _is_tied(span.phase)
    base = injection.on if injection is not None and counts_from_injection else assignment.start_on
    return {
        "phase": span.phase.title,
        "day": days_since(base, day),
        "since": "injection" if counts_from_injection else "start",
    }


def _is_tied(phase: Phase) -> bool:
    return any(anchor is not None and anchor.on != "start" for anchor in (phase.from_, phase.to))


def _next_alternative(assignment: AssignmentFacts, session_key: str, day: date, log: _Log) -> str:
    """Alternating sessions go round with each one done; one that may not be done yet is passed over."""
    session = assignment.program.sessions[session_key]
    if not session.alternate:
        return session_key
    allowed = []
    for alternative in alternatives_of(assignment.program, session_key):
        begins = allowed_from(assignment, alternative)
        if begins is not None and begins <= day:
            allowed.append(alternative.id)
    choices = allowed or list(session.alternate)
    return choices[log.credited_before_end_of((assignment.id, session_key), day) % len(choices)]


def _not_today(assignment: AssignmentFacts, session_id: str, day: date) -> frozenset[str]:
    """Exercises of the session that may not be done on that day, in any of its variants: before a later day, inserted
    while an injection or a pause forbids it, or on a ladder that is locked."""
    rests = nothing_is_inserted_on(assignment, day)
    found = set()
    for exercise in exercises_of(assignment.program.sessions[session_id]):
        begins = step_from(assignment, exercise.not_before)
        if begins is None or begins > day or (rests and exercise.kind == "dilator"):
            found.add(exercise.id)
        for ladder_id in {reference.name for reference in exercise.references} & set(assignment.program.ladders):
            unlocked = unlocked_on(assignment, ladder_id)
            if unlocked is None or unlocked > day:
                found.add(exercise.id)
    return frozenset(found)
