"""What assignments ask for on each of a patient's days, line by line, and the windows in which it is due.

A day that has opened is frozen: it asks for what it asked for then, whatever is edited later. Of the others the facts
tell. Pauses are not edits of what was due: they are laid over it, and may be told afterwards. So are the days after an
injection on which nothing is inserted, and a lock: who does as she is told owes nothing, and what she did counts.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from typing import Literal
from uuid import UUID

from coach.domain.calendar import days_from, days_since, week_of
from coach.domain.course import AssignmentFacts, DayDue, Pause, PhaseSpan, day_of_anchor, in_force, is_insertion
from coach.domain.ladders import count_on, ladders_of, place_on, rungs_of, unlocked_on
from coach.domain.program import Assigned, DayAnchor, Frequency, Program, Reference, Session
from coach.domain.uses import steps_of

ReasonCode = Literal[
    "per_day",
    "on_weekdays",
    "on_any_days",
    "per_week",
    "every_days",
    "locked",
    "not_before",
    "no_rung",
    "paused",
    "unseen",
]

_DAYS_OF_A_WEEK = 7
_NO_DAY: frozenset[date] = frozenset()
_NOTHING: frozenset[tuple[date, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an item is due, or is held back: a code, and what its sentence needs.

    `params`: `phase` (Text), `least`, `most`; `day` and `since` (days since `injection` or `start`); by code also
    `weekdays` (0 = Monday), `any_days`, `days_done`, `per_week`, `done_this_week`, `every_days`, `ladder`, `opens_on`,
    `why` (of a pause).
    """

    code: ReasonCode
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueWindow:
    """One thing due: a day's sessions, or where it is flexible a week's, which leave the days to the patient.

    `least` is prescribed and `most` the target, in sessions over the window; no day counts for more than `day_cap`.
    `without`: days between the first and the last that are none of its own. `paused`: days of its own on which nothing
    is due; they lower its numbers, and what is done on them counts, up to `planned`: the sessions that it would ask for
    without them. One that is paused whole asks for nothing. `also`: the other assignments of the same program, whose
    sessions count here as well.
    """

    assignment_id: UUID
    session_key: str
    phase_id: str
    first: date
    last: date
    least: int
    most: int
    day_cap: int
    day_most: int
    planned: int
    is_flexible: bool
    without: frozenset[date] = frozenset()
    paused: frozenset[date] = frozenset()
    also: tuple[UUID, ...] = ()

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last and day not in self.without

    @property
    def due_days(self) -> tuple[date, ...]:
        """Its own days without the paused ones."""
        if self.first == self.last:
            return () if self.paused else (self.first,)
        out = self.without | self.paused
        return tuple(day for day in days_from(self.first, self.last) if day not in out)


class Asked:
    """What assignments ask for, worked out once for each day and week that somebody wants to know of."""

    def __init__(self, assignments: Iterable[AssignmentFacts]) -> None:
        self.in_force = in_force(assignments)
        by_program: dict[str, list[AskedOf]] = defaultdict(list)
        for assignment, last in self.in_force:
            by_program[assignment.program.id].append(AskedOf(assignment, last, by_program[assignment.program.id]))
        self._of = {of.assignment.id: of for same in by_program.values() for of in same}
        self.each = tuple(self._of[assignment.id] for assignment, _ in self.in_force)

    def of(self, assignment: AssignmentFacts) -> AskedOf:
        """What one of them asks for."""
        return self._of[assignment.id]

    def on(self, assignment: AssignmentFacts, day: date) -> tuple[DayDue, ...]:
        """What the day asks for, pauses apart (see `AskedOf.on`)."""
        return self._of[assignment.id].on(day)

    def windows(self, first: date, last: date) -> tuple[DueWindow, ...]:
        """Everything prescribed from first to last, both inside, paused days left out. A week that is only partly
        inside, or partly paused, is taken in part. What is paused whole is there too, and asks for nothing."""
        return tuple(window for of in self.each for window in of.windows(first, last))


class AskedOf:
    """What one assignment asks for, until `last` (None: open). `same`: it and the others of the same program."""

    def __init__(self, assignment: AssignmentFacts, last: date | None, same: Sequence[AskedOf]) -> None:
        self.assignment, self.last = assignment, last
        self._same = same
        self._spans = assignment.spans
        self._firsts = [span.first for span in self._spans]
        self._opens_on: dict[str, tuple[date | None, Reason]] = {}
        self._lines: dict[int, _LinesOfPhase] = {}
        self._pauses: dict[date, Sequence[Pause]] = {}
        self._weeks: dict[date, Mapping[tuple[str, date], DueWindow]] = {}
        self._weeks_by_facts: dict[date, Mapping[tuple[str, date], DueWindow]] = {}
        self._nature: dict[str, tuple[bool, frozenset[str]]] = {}

    def span_on(self, day: date) -> PhaseSpan | None:
        """The phase of that day, whether the assignment is in force on it or not."""
        position = bisect_right(self._firsts, day) - 1
        return self._spans[position] if position >= 0 and self._spans[position].holds(day) else None

    def opens_on(self, session_key: str) -> tuple[date | None, Reason]:
        """The first day on which the session may be done, with the reason; None: not until somebody unlocks it."""
        found = self._opens_on.get(session_key)
        if found is None:
            found = self._opens_on[session_key] = opens_on(self.assignment, session_key)
        return found

    def on(self, day: date) -> tuple[DayDue, ...]:
        """What the day asks for, pauses apart: as it was when the day opened, else by the facts. A day that opened
        while the same program was given before is asked for by that one alone."""
        frozen = self.assignment.frozen.get(day)
        if frozen is not None:
            return frozen
        given_on = self.assignment.given_on
        if given_on is not None and day < given_on:
            return ()
        if any(other is not self and other.assignment.frozen.get(day) for other in self._same):
            return ()
        return self.by_facts(day)

    def by_facts(self, day: date) -> tuple[DayDue, ...]:
        """What the day asks for as the facts stand now, whatever was frozen, and pauses apart."""
        if day < self.assignment.start_on or (self.last is not None and day > self.last):
            return ()
        position = bisect_right(self._firsts, day) - 1
        if position < 0 or not self._spans[position].holds(day):
            return ()
        lines = self._lines.get(position)
        if lines is None:
            lines = self._lines[position] = _LinesOfPhase(self, self._spans[position])
        return lines.on(day)

    def windows(self, first: date, last: date) -> list[DueWindow]:
        """As `Asked.windows`."""
        assignment, until = self.assignment, self.last
        begins = assignment.start_on
        if assignment.frozen:
            begins = min(begins, min(assignment.frozen))
            until = until if until is None else max(until, max(assignment.frozen))
        pauses = _pauses_between(assignment, first, last)
        days = days_from(max(first, begins), last if until is None else min(last, until))
        lines = [(day, self.on(day)) for day in days]
        paused = frozenset(day for day, _ in lines if any(pause.holds(day) for pause in pauses)) if pauses else _NO_DAY
        also = tuple(other.assignment.id for other in self._same if other is not self)
        return _windows_of(assignment, lines, paused=paused, held=self._held_since(lines), also=also)

    def window(self, session_key: str, day: date) -> DueWindow | None:
        """The window of the whole week in which the program, given once or again, asks for the session on that day."""
        monday = week_of(day)
        found = self._week(monday).get((session_key, day))
        if found is None and len(self._same) > 1:
            for other in self._same:
                found = found or other._week(monday).get((session_key, day))
        return found

    def windows_on(self, session_key: str, day: date) -> tuple[DueWindow | None, DueWindow | None]:
        """The window as if nothing were frozen or paused, which says how often the session is meant to be done, and
        `window`. They are one where nothing is frozen or paused in that week."""
        monday = week_of(day)
        if self._is_as_given and not self._pauses_of_week(monday):
            meant = self._week(monday).get((session_key, day))
            return meant, meant
        if monday not in self._weeks_by_facts:
            sunday = monday + timedelta(days=_DAYS_OF_A_WEEK - 1)
            lines = [(each, self.by_facts(each)) for each in days_from(monday, sunday)]
            self._weeks_by_facts[monday] = _by_day(_windows_of(self.assignment, lines))
        return self._weeks_by_facts[monday].get((session_key, day)), self.window(session_key, day)

    def pauses_on(self, day: date) -> tuple[Pause, ...]:
        """The pauses that hold on that day."""
        return tuple(pause for pause in self._pauses_of_week(week_of(day)) if pause.holds(day))

    def _held_since(self, lines: Iterable[tuple[date, Sequence[DayDue]]]) -> frozenset[tuple[date, str]]:
        """(day, session) of what opened days ask for and what was held back since: by an injection that was charted
        after the day had opened, or by a lock that fell on it; and of any day what waits for somebody at her clinic to
        look at a warning sign."""
        of = self.assignment
        is_held_since = of.frozen and (of.rests or any(place.state == "locked" for place in of.placements))
        if not is_held_since and not of.unseen:
            return _NOTHING
        return frozenset(
            (day, line.session)
            for day, asked in lines
            for line in asked
            if self._is_unseen(line.session, day) or (day in of.frozen and self._is_held(line.session, day))
        )

    def _is_unseen(self, session_key: str, day: date) -> bool:
        return any(each.holds(day) for each in self.assignment.unseen) and self._nature_of(session_key)[0]

    def _is_held(self, session_key: str, day: date) -> bool:
        inserts, ladders = self._nature_of(session_key)
        if inserts and any(rest.holds(day) for rest in self.assignment.rests):
            return True
        places = (place_on(self.assignment, ladder_id, day) for ladder_id in ladders)
        return any(place is not None and place.state == "locked" for place in places)

    def _nature_of(self, session_key: str) -> tuple[bool, frozenset[str]]:
        """Whether the session inserts, and its ladders; also of one that only a revision of before has."""
        found = self._nature.get(session_key)
        if found is None:
            programs = (self.assignment.program, *self.assignment.earlier)
            program = next((each for each in programs if session_key in each.sessions), None)
            found = self._nature[session_key] = (
                (False, frozenset())
                if program is None
                else (is_insertion(program, program.sessions[session_key]), ladders_of(program, session_key))
            )
        return found

    @cached_property
    def _is_as_given(self) -> bool:
        """Whether its days follow from the facts alone, pauses apart."""
        of = self.assignment
        is_given = of.given_on is None or of.given_on <= of.start_on
        return is_given and not any(other.assignment.frozen for other in self._same)

    def _pauses_of_week(self, monday: date) -> Sequence[Pause]:
        if not self.assignment.pauses:
            return ()
        found = self._pauses.get(monday)
        if found is None:
            sunday = monday + timedelta(days=_DAYS_OF_A_WEEK - 1)
            found = self._pauses[monday] = _pauses_between(self.assignment, monday, sunday)
        return found

    def _week(self, monday: date) -> Mapping[tuple[str, date], DueWindow]:
        found = self._weeks.get(monday)
        if found is None:
            sunday = monday + timedelta(days=_DAYS_OF_A_WEEK - 1)
            found = self._weeks[monday] = _by_day(self.windows(monday, sunday))
        return found


def _pauses_between(assignment: AssignmentFacts, first: date, last: date) -> Sequence[Pause]:
    return [each for each in assignment.pauses if each.first <= last and (each.last is None or first <= each.last)]


class _LinesOfPhase:
    """The lines of one phase on its days; those that do not depend on her rung are made once."""

    def __init__(self, of: AskedOf, span: PhaseSpan) -> None:
        assignment = of.assignment
        self._assignment, self._span = assignment, span
        self._from = max(span.first, assignment.start_on)  # `every n days` counts from here
        self._lines: list[tuple[Assigned, date, DayDue | None]] = []
        for assigned in span.phase.do:
            begins, _ = of.opens_on(assigned.session)
            if begins is None:
                continue
            numbers = (assigned.frequency.least, assigned.frequency.most)
            varies = any(isinstance(each, Reference) for each in numbers)
            self._lines.append((assigned, begins, None if varies else self._line(assigned, begins)))

    def on(self, day: date) -> tuple[DayDue, ...]:
        found = []
        for assigned, begins, line in self._lines:
            if day < begins or not _falls_on(assigned.frequency, self._from, day):
                continue
            line = line or self._line(assigned, day)
            if line.most:
                found.append(line)
        return tuple(found)

    def _line(self, assigned: Assigned, day: date) -> DayDue:
        frequency = assigned.frequency
        least = count_on(frequency.least, self._assignment, day=day, phase=self._span.phase) or 0
        most = count_on(frequency.most, self._assignment, day=day, phase=self._span.phase) or 0
        return DayDue(
            session=assigned.session,
            phase=self._span.phase.id,
            per="week" if frequency.per == "week" else "day" if frequency.any_days is None else "days",
            least=least,
            most=max(least, most),
            days=frequency.any_days or 0,
        )


def _windows_of(
    assignment: AssignmentFacts,
    lines: Iterable[tuple[date, Sequence[DayDue]]],
    *,
    paused: frozenset[date] = _NO_DAY,
    held: frozenset[tuple[date, str]] = _NOTHING,
    also: tuple[UUID, ...] = (),
) -> list[DueWindow]:
    """Windows from what consecutive days ask for; of a week's number each day brings a seventh. `paused`: days on which
    nothing is due, `held`: (day, session) that is not due."""
    fixed: dict[tuple[str, str], list[DueWindow]] = {}
    weekly: dict[tuple[str, str, str, date], list[tuple[date, DayDue]]] = {}
    for day, asked in lines:
        for line in asked:
            if line.per != "day":
                weekly.setdefault((line.phase, line.session, line.per, week_of(day)), []).append((day, line))
                continue
            is_due = not (day in paused or (day, line.session) in held)
            if not (is_due or line.least):
                continue
            fixed.setdefault((line.phase, line.session), []).append(
                DueWindow(
                    assignment_id=assignment.id,
                    session_key=line.session,
                    phase_id=line.phase,
                    first=day,
                    last=day,
                    least=line.least if is_due else 0,
                    most=line.most if is_due else 0,
                    day_cap=line.least,
                    day_most=line.most,
                    planned=line.least,
                    is_flexible=False,
                    paused=_NO_DAY if is_due else frozenset((day,)),
                    also=also,
                )
            )
    windows = [window for found in fixed.values() for window in found]
    for (_, session_key, _, _), days in weekly.items():
        own = frozenset(day for day, _ in days if day in paused or (day, session_key) in held)
        window = _flexible(assignment, days, own, also)
        if window.most or window.planned:
            windows.append(window)
    return windows


def _flexible(
    assignment: AssignmentFacts,
    days: Sequence[tuple[date, DayDue]],
    paused: frozenset[date],
    also: tuple[UUID, ...],
) -> DueWindow:
    lines = [line for _, line in days]
    due = [line for day, line in days if day not in paused] if paused else lines
    first, last, some = days[0][0], days[-1][0], lines[0]
    caps = due or lines
    if some.per == "week":
        least, most = _in_part(sum(line.least for line in due)), _in_part(sum(line.most for line in due))
        day_cap = max(math.ceil(line.least / _DAYS_OF_A_WEEK) for line in caps)
        day_most = max(math.ceil(line.most / _DAYS_OF_A_WEEK) for line in caps)
        planned = _in_part(sum(line.least for line in lines)) if paused else least
    else:
        asked_days = _in_part(sum(line.days for line in due))
        day_cap, day_most = max(line.least for line in caps), max(line.most for line in caps)
        least, most = day_cap * asked_days, day_most * asked_days
        planned = max(line.least for line in lines) * _in_part(sum(line.days for line in lines)) if paused else least
    own = {day for day, _ in days}
    return DueWindow(
        assignment_id=assignment.id,
        session_key=some.session,
        phase_id=some.phase,
        first=first,
        last=last,
        least=least,
        most=most,
        day_cap=day_cap,
        day_most=day_most,
        planned=planned,
        is_flexible=True,
        without=frozenset(day for day in days_from(first, last) if day not in own),
        paused=paused,
        also=also,
    )


def _by_day(windows: Iterable[DueWindow]) -> dict[tuple[str, date], DueWindow]:
    return {(window.session_key, day): window for window in windows for day in window.due_days}


def _in_part(sevenths: int) -> int:
    """So many sevenths of a weekly number, to the nearest whole, halves up."""
    return (sevenths * 2 + _DAYS_OF_A_WEEK) // (2 * _DAYS_OF_A_WEEK)


def _falls_on(frequency: Frequency, from_day: date, day: date) -> bool:
    if frequency.per == "every":
        return days_since(from_day, day) % frequency.every_days == 0
    return frequency.weekdays is None or day.weekday() in frequency.weekdays


def due_windows(first: date, last: date, *, assignments: Sequence[AssignmentFacts]) -> tuple[DueWindow, ...]:
    """Everything prescribed between two days, both inside (see `Asked.windows`)."""
    return Asked(assignments).windows(first, last)


def opens_on(assignment: AssignmentFacts, session_key: str) -> tuple[date | None, Reason]:
    """The first day on which the session may be done, pauses apart, with the reason for its being no earlier; None: not
    until a day is charted or somebody unlocks it."""
    program = assignment.program
    latest, reason = assignment.start_on, Reason("per_day")
    for ladder_id in sorted(ladders_of(program, session_key)):
        unlocked = unlocked_on(assignment, ladder_id)
        if unlocked is None:
            return None, Reason("locked", {"ladder": ladder_id})
        if not rungs_of(program.ladders[ladder_id], assignment.own_set):
            return None, Reason("no_rung", {"ladder": ladder_id})
        if unlocked > latest:
            latest, reason = unlocked, Reason("locked", {"ladder": ladder_id, "opens_on": unlocked})
    possible = [allowed_from(assignment, session) for session in alternatives_of(program, session_key)]
    days = [day for day in possible if day is not None]
    if not days:
        return None, Reason("not_before")
    if min(days) > latest:
        latest, reason = min(days), Reason("not_before", {"opens_on": min(days)})
    return latest, reason


def alternatives_of(program: Program, session_key: str) -> Iterator[Session]:
    session = program.sessions[session_key]
    if not session.alternate:
        yield session
    for alternative in session.alternate:
        if alternative in program.sessions:
            yield program.sessions[alternative]


def allowed_from(assignment: AssignmentFacts, session: Session) -> date | None:
    """The first day on which at least one of its main steps may be done; None while that day is not charted."""
    days: list[date] = []
    for step in session.steps or steps_of(session):
        day = step_from(assignment, step.exercise.not_before)
        if day is not None:
            days.append(day)
    return min(days) if days else (None if session.steps else assignment.start_on)


def step_from(assignment: AssignmentFacts, not_before: DayAnchor | None) -> date | None:
    if not_before is None:
        return assignment.start_on
    if not_before.on != "start" and (assignment.injection is None or assignment.injection.cancelled):
        return assignment.start_on  # a rule about an injection says nothing to a patient who has none
    return day_of_anchor(not_before, assignment)
