"""What a program asks of a patient week by week, before any of it is done: a calendar to look ahead with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from coach.domain.calendar import days_from, days_since, week_of
from coach.domain.course import AssignmentFacts, PhaseSpan, day_of_anchor
from coach.domain.every_script import different_nth
from coach.domain.plan import Ask, DayPlan, DueWindow, Held, due_windows, plans_between, safety_checks_on, script_inputs
from coach.domain.program import Program, SafetyCheck, Text
from coach.domain.script import CannotCompile, compile_script

OPEN_DAYS = 28  # so much is shown of a phase that goes on

Span = tuple[float, float]  # seconds: what is prescribed at its shortest, the target at its longest
# The shortest and the longest that a session of the plan takes on a day, in seconds; None where it cannot be made.
LengthOn = Callable[[AssignmentFacts, str, date], Span | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPhase:
    """A phase and its days within the week, both inside."""

    assignment_id: UUID
    span: PhaseSpan
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekSession:
    """How often a phase asks for a session in the week: `least` is prescribed and `most` the target.

    `days`: the days on which it is due, or where it is flexible those from which the patient chooses. `length_s`: one
    sitting; None where no script can be made of it.
    """

    assignment_id: UUID
    phase_id: str
    session_key: str
    title: Text
    least: int
    most: int
    flexible: bool
    days: tuple[date, ...]
    length_s: Span | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekCheck:
    """A safety check and the days of the week on which it is asked."""

    assignment_id: UUID
    check: SafetyCheck
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A calendar week, Monday to Sunday; `first` and `last` are the days of it that were asked for.

    `since_injection`: days from the injection to these two, negative before it; None without an injection. `day_s`:
    from what the lightest day asks for at the least to what the fullest can at the most, over the days that are in a
    phase; of a session that leaves the days to the patient a day may hold none. `week_s`: the same over the week.
    """

    monday: date
    sunday: date
    first: date
    last: date
    since_injection: tuple[int, int] | None
    phases: tuple[WeekPhase, ...]
    sessions: tuple[WeekSession, ...]
    day_s: Span
    week_s: Span
    asks: tuple[Ask, ...]
    safety_checks: tuple[WeekCheck, ...]
    held: tuple[Held, ...]


def weeks_of(
    assignments: Sequence[AssignmentFacts], first: date, last: date, *, length: LengthOn | None = None
) -> tuple[Week, ...]:
    """The weeks that hold the days from first to last, both inside; a week that is only partly inside is told in part.

    `length` is by default that of the scripts at the rungs, parameters and allowed exercises of the day.
    """
    length = length or Lengths()
    plans = {plan.day: plan for plan in plans_between(first, last, assignments=assignments, performed=())}
    windows: dict[date, list[DueWindow]] = defaultdict(list)
    for window in due_windows(first, last, assignments=assignments):
        if window.most:
            windows[week_of(window.first)].append(window)
    known = {assignment.id: assignment for assignment in assignments}
    mondays = days_from(week_of(first), last)
    return tuple(
        _week(
            [plans[day] for day in days_from(max(monday, first), min(monday + timedelta(days=6), last))],
            windows[monday],
            known,
            length,
        )
        for monday in mondays
        if monday.weekday() == 0
    )


def days_ahead(assignment: AssignmentFacts) -> tuple[date, date, bool] | None:
    """The first and the last day of its phases, and whether it goes on after them: then the last is the 28th of the
    phase that has no end, or none yet. None where it has no day."""
    if not assignment.spans:
        return None
    span = assignment.spans[-1]
    first = max(assignment.start_on, assignment.spans[0].first)
    last = span.last or max(span.first, assignment.start_on) + timedelta(days=OPEN_DAYS - 1)
    return (first, last, span.last is None) if first <= last else None


def days_before_injection(program: Program, *, insertion_after: int = 0, at_least: int = 14) -> int:
    """How many days after the start the injection is where the first phase that counts from it begins at the start, or
    when the phases above it have had their days; 0 where only safety checks count from it.

    `insertion_after`: days from the injection to the insertion day. `at_least`: so many days for a first phase that
    goes from the start to the injection and asks for none of its own.
    """
    taken = 0
    for phase in program.phases:
        if (from_ := phase.from_) is not None and from_.on != "start":
            return taken - from_.days - (insertion_after if from_.on == "insertion" else 0)
        if (to := phase.to) is not None and to.on != "start":
            later = insertion_after if to.on == "insertion" else 0
            return max(0, taken + max(phase.at_least_days, at_least) - 1 - to.days - later)
        taken = max(taken + phase.at_least_days, to.days + 1) if to is not None else taken + phase.at_least_days
    return 0


def days_of_check(check: SafetyCheck, assignment: AssignmentFacts) -> tuple[date, date | None] | None:
    """The first and the last day on which it is asked by the assignment's own injection; the last is None while it is
    not charted. None where it is asked on no day, or its first day is not charted."""
    begins, ends = day_of_anchor(check.from_, assignment), day_of_anchor(check.to, assignment)
    if begins is None:
        return None
    every = check.every_days
    first = begins + timedelta(days=-(-max(0, days_since(begins, assignment.start_on)) // every) * every)
    limits = [day for day in (ends, assignment.ends_on) if day is not None]
    if not limits:
        return first, None
    last = begins + timedelta(days=days_since(begins, min(limits)) // every * every)
    return (first, last) if first <= last else None


class Lengths:
    """The lengths of scripts, each worked out once. Over every turn of alternating sessions, and every time at a rung
    that a step has a length of its own for: which one it will be follows from what is done."""

    def __init__(self) -> None:
        self._known: dict[object, Span | None] = {}

    def __call__(self, assignment: AssignmentFacts, session_key: str, day: date) -> Span | None:
        found = [
            span
            for nth in range(1, different_nth(assignment.program, session_key) + 1)
            if (span := self._of(assignment, session_key, day, nth)) is not None
        ]
        return (min(shortest for shortest, _ in found), max(longest for _, longest in found)) if found else None

    def _of(self, assignment: AssignmentFacts, session_key: str, day: date, nth: int) -> Span | None:
        inputs = script_inputs(assignment, session_key, day, nth=nth)
        program = assignment.program
        outer = program.sessions[session_key]
        plays = program.sessions[outer.alternate[(nth - 1) % len(outer.alternate)]] if outer.alternate else outer
        if plays.steps and all(step.exercise.id in inputs.leave_out for step in plays.steps):
            return None  # it is passed over while none of its steps may be done
        key = (
            assignment.id,
            session_key,
            nth,
            inputs.leave_out,
            tuple(sorted(inputs.rungs.items())),
            tuple(sorted(inputs.parameters.items())),
        )
        if key not in self._known:
            try:
                script = compile_script(
                    program,
                    session_key,
                    rungs=inputs.rungs,
                    own_set=inputs.own_set,
                    parameters=inputs.parameters,
                    nth=nth,
                    leave_out=inputs.leave_out,
                )
                self._known[key] = (script["shortest_s"], script["longest_s"])
            except CannotCompile:
                self._known[key] = None
        return self._known[key]


def _week(
    plans: Sequence[DayPlan],
    windows: Sequence[DueWindow],
    assignments: Mapping[UUID, AssignmentFacts],
    length: LengthOn,
) -> Week:
    first, last = plans[0].day, plans[-1].day
    spans = [(window, _length_in(window, assignments[window.assignment_id], length)) for window in windows]
    injection = next(
        (each.injection for each in assignments.values() if each.injection and not each.injection.cancelled), None
    )
    days = [_day_span(plan.day, spans) for plan in plans if plan.phases]
    return Week(
        monday=week_of(first),
        sunday=week_of(first) + timedelta(days=6),
        first=first,
        last=last,
        since_injection=(days_since(injection.on, first), days_since(injection.on, last)) if injection else None,
        phases=_phases(plans),
        sessions=_sessions(spans, assignments),
        day_s=(min(least for least, _ in days), max(most for _, most in days)) if days else (0, 0),
        week_s=(
            sum(window.least * span[0] for window, span in spans if span),
            sum(window.most * span[1] for window, span in spans if span),
        ),
        asks=_asks(plans, assignments),
        safety_checks=_safety_checks(plans, tuple(assignments.values())),
        held=_held(plans),
    )


def _length_in(window: DueWindow, assignment: AssignmentFacts, length: LengthOn) -> Span | None:
    """Over the days of the window: on some an exercise may not be allowed yet."""
    found = [span for day in window.due_days if (span := length(assignment, window.session_key, day)) is not None]
    return (min(shortest for shortest, _ in found), max(longest for _, longest in found)) if found else None


def _day_span(day: date, spans: Iterable[tuple[DueWindow, Span | None]]) -> Span:
    least = most = 0.0
    for window, span in spans:
        if span is None or not window.first <= day <= window.last or day in window.paused:
            continue
        number = window.least
        if window.is_flexible:  # what is left for this day when the others hold all that counts on them
            number = max(0, window.least - (len(window.due_days) - 1) * window.day_cap)
        least += number * span[0]
        most += min(window.most, window.day_most) * span[1]
    return least, most


def _phases(plans: Iterable[DayPlan]) -> tuple[WeekPhase, ...]:
    """A phase in which insertion is held back on some days is one phase."""
    found: dict[tuple[UUID, str], WeekPhase] = {}
    for plan in plans:
        for on in plan.phases:
            key = (on.assignment_id, on.span.phase.id)
            first = found[key].first if key in found else plan.day
            found[key] = WeekPhase(assignment_id=on.assignment_id, span=on.span, first=first, last=plan.day)
    return tuple(found.values())


def _sessions(
    spans: Iterable[tuple[DueWindow, Span | None]], assignments: Mapping[UUID, AssignmentFacts]
) -> tuple[WeekSession, ...]:
    by_session: dict[tuple[UUID, str, str], list[tuple[DueWindow, Span | None]]] = defaultdict(list)
    for window, span in spans:
        by_session[window.assignment_id, window.phase_id, window.session_key].append((window, span))
    return tuple(
        WeekSession(
            assignment_id=assignment_id,
            phase_id=phase_id,
            session_key=session_key,
            title=assignments[assignment_id].program.sessions[session_key].title,
            least=sum(window.least for window, _ in found),
            most=sum(window.most for window, _ in found),
            flexible=any(window.is_flexible for window, _ in found),
            days=tuple(sorted({day for window, _ in found for day in window.due_days})),
            length_s=_over([span for _, span in found if span is not None]),
        )
        for (assignment_id, phase_id, session_key), found in by_session.items()
    )


def _over(spans: Sequence[Span]) -> Span | None:
    return (min(span[0] for span in spans), max(span[1] for span in spans)) if spans else None


def _asks(plans: Iterable[DayPlan], assignments: Mapping[UUID, AssignmentFacts]) -> tuple[Ask, ...]:
    """What is to be charted; the day of insertion from the day of the injection on, since the injector says it then."""
    found: dict[Ask, None] = {}
    for plan in plans:
        for ask in plan.asks:
            injection = assignments[ask.assignment_id].injection
            if ask.what == "injection" or injection is None or injection.on <= plan.day:
                found[ask] = None
    return tuple(found)


def _safety_checks(plans: Iterable[DayPlan], assignments: Sequence[AssignmentFacts]) -> tuple[WeekCheck, ...]:
    days: dict[tuple[UUID, str], list[date]] = defaultdict(list)
    checks: dict[tuple[UUID, str], SafetyCheck] = {}
    for plan in plans:
        for assignment_id, check in safety_checks_on(plan.day, assignments=assignments):
            checks[assignment_id, check.id] = check
            days[assignment_id, check.id].append(plan.day)
    return tuple(WeekCheck(assignment_id=key[0], check=check, days=tuple(days[key])) for key, check in checks.items())


def _held(plans: Iterable[DayPlan]) -> tuple[Held, ...]:
    """Each session that is held back on a day of the week, with the reason of the first such day."""
    found: dict[tuple[UUID, str], Held] = {}
    for plan in plans:
        for held in plan.held:
            found.setdefault((held.assignment_id, held.session_key), held)
    return tuple(found.values())
