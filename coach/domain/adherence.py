"""What was practised of what was asked for: attendance and dose, apart, always n of N.

Attendance adds up credits (complete 1, a variant what its `counts` says, stopped for pain, fear, safety or without a
reason 1, else the share of work), never more than prescribed on a day, over windows that are closed or already met.
Where a week leaves the days to the patient, no single day is owed. Where a pause, an injection or a lock takes away
what was planned, as much of it stays as was done. Dose is minutes by kind, capped per session.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from coach.domain.calendar import days_from
from coach.domain.course import Performed
from coach.domain.due import DueWindow
from coach.domain.program import DOSE_KINDS, DoseKind

LEAST_FOR_A_PERCENTAGE = 3  # below it a percentage says more than is known


@dataclass(frozen=True, slots=True)
class NothingDue:
    """The program asked for nothing: neither 0 of 0 nor 100 %."""


@dataclass(frozen=True, slots=True)
class StillOpen:
    """Something is asked for and its time has not passed."""

    due: int


@dataclass(frozen=True, slots=True)
class NoRecord:
    """Something was asked for and nothing at all is recorded; whether it was done is not known."""

    due: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Practised:
    """`done` of `due`, with 0 <= done <= due and due >= 1. `extra` is what was done beyond, never part of the share."""

    done: float
    due: int
    extra: float = 0.0

    @property
    def share(self) -> float:
        return self.done / self.due

    @property
    def percent(self) -> int | None:
        """Rounded down, so that 100 means all of it; None where too little was due to say."""
        return int(self.share * 100 + 1e-9) if self.due >= LEAST_FOR_A_PERCENTAGE else None


Attendance = NothingDue | StillOpen | NoRecord | Practised


@dataclass(frozen=True, slots=True, kw_only=True)
class Dose:
    """Milliseconds of one kind: `done` of `asked` (0 <= done <= asked), and `extra` beyond what a session asked."""

    done_ms: int
    asked_ms: int
    extra_ms: int = 0

    @property
    def share(self) -> float | None:
        """None where nothing was asked."""
        return self.done_ms / self.asked_ms if self.asked_ms else None


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowResult:
    """What was credited to one window, and whether it may still be done."""

    window: DueWindow
    credited: float
    is_open: bool

    @property
    def due(self) -> float:
        """What it asks for, and of what its paused days took away as much as was done."""
        return max(float(self.window.least), self.credited)

    @property
    def counts(self) -> bool:
        """Closed, or met before it closed."""
        return not self.is_open or (self.credited > 0 and self.credited >= self.window.least - 1e-9)


def attendance(
    windows: Iterable[DueWindow], performed: Iterable[Performed], *, today: date, first: date, last: date
) -> Attendance:
    """Attendance over the days from `first` to `last`, both inside, as it stands on `today`.

    `windows` are those of exactly these days (see `plan.due_windows`); `performed` may hold others.
    """
    log = [sitting for sitting in performed if first <= sitting.day_on <= last]
    return attendance_of(credit(windows, log, today=today), log)


def attendance_of(results: Sequence[WindowResult], log: Sequence[Performed]) -> Attendance:
    """Attendance over windows whose credits are known; `log` is what was performed on their days."""
    in_all = of_counted = done = credited = 0.0
    for result in results:
        in_all += result.due
        credited += result.credited
        if result.counts:
            of_counted += result.due
            done += result.credited
    # Whole numbers, rounded down: a part of a session on a day of rest is never held against her.
    prescribed, due = int(in_all + 1e-9), int(of_counted + 1e-9)
    if not prescribed:
        return NothingDue()
    if not due:
        return StillOpen(prescribed)
    if not any(sitting.is_closed or sitting.credit > 0 for sitting in log):
        return NoRecord(due)
    total = sum(sitting.credit for sitting in log)
    return Practised(done=min(float(due), done), due=due, extra=max(0.0, total - credited))


def credit(windows: Iterable[DueWindow], performed: Iterable[Performed], *, today: date) -> tuple[WindowResult, ...]:
    """Each window with its credits: per day at most its `day_cap`, in all at most what was `planned`."""
    by_day: dict[tuple[UUID, str], dict[date, float]] = defaultdict(lambda: defaultdict(float))
    for sitting in performed:
        by_day[sitting.assignment_id, sitting.session_key][sitting.day_on] += sitting.credit
    results = []
    for window in windows:
        days = _days_of(window, by_day)
        if window.first == window.last:
            credited = min(float(window.planned), days.get(window.first, 0.0))
        else:
            credited = min(
                float(window.planned),
                sum(min(float(window.day_cap), amount) for day, amount in days.items() if window.holds(day)),
            )
        results.append(WindowResult(window=window, credited=credited, is_open=window.last >= today))
    return tuple(results)


def _days_of(window: DueWindow, by_day: Mapping[tuple[UUID, str], Mapping[date, float]]) -> Mapping[date, float]:
    """Credit by day of the window's session, under whichever assignment of its program it was done."""
    if not window.also:
        return by_day.get((window.assignment_id, window.session_key), {})
    found: dict[date, float] = defaultdict(float)
    for assignment_id in (window.assignment_id, *window.also):
        for day, amount in by_day.get((assignment_id, window.session_key), {}).items():
            found[day] += amount
    return found


def dose(
    performed: Iterable[Performed], *, asked_of_nobody: Mapping[DoseKind, int] | None = None
) -> dict[DoseKind, Dose]:
    """Dose by kind: of each session what was done of what it asked, capped per session.

    `asked_of_nobody`: milliseconds that were prescribed and for which there is no session at all.
    """
    done: dict[DoseKind, int] = dict.fromkeys(DOSE_KINDS, 0)
    asked: dict[DoseKind, int] = dict.fromkeys(DOSE_KINDS, 0)
    extra: dict[DoseKind, int] = dict.fromkeys(DOSE_KINDS, 0)
    for sitting in performed:
        for kind in DOSE_KINDS:
            worked, wanted = sitting.dose_ms.get(kind, 0), sitting.asked_ms.get(kind, 0)
            done[kind] += min(worked, wanted)
            asked[kind] += wanted
            extra[kind] += max(0, worked - wanted)
    for kind, amount in (asked_of_nobody or {}).items():
        asked[kind] += amount
    return {
        kind: Dose(done_ms=done[kind], asked_ms=asked[kind], extra_ms=extra[kind])
        for kind in DOSE_KINDS
        if asked[kind] or extra[kind]
    }


def days_practised(
    windows: Sequence[DueWindow], performed: Iterable[Performed], *, today: date, first: date, last: date
) -> Attendance:
    """The same question in days: on how many of the days that were asked for was something practised.

    A week that leaves the days to the patient asks for as many days as it needs at one sitting a day. Today counts
    once something was practised on it, and so does a paused day.
    """
    log = [sitting for sitting in performed if first <= sitting.day_on <= min(last, today)]
    practised = {sitting.day_on for sitting in log if sitting.credit > 0}
    fixed: set[date] = set()
    flexible: dict[frozenset[date], int] = defaultdict(int)
    ahead = 0
    for window in windows:
        if not window.planned:
            continue
        if not window.is_flexible:
            if window.paused:
                fixed |= {window.first} & practised
            elif window.first < today or window.first in practised:
                fixed.add(window.first)
            else:
                ahead += 1
        elif window.last < today:
            own = frozenset(day for day in days_from(window.first, window.last) if window.holds(day))
            needed = min(len(window.due_days), -(-window.least // max(1, window.day_cap)))
            if window.paused:
                planned = min(len(own), -(-window.planned // max(1, window.day_cap)))
                needed = max(needed, min(planned, len(own & practised)))
            flexible[own] = max(flexible[own], needed)
        elif window.least:
            ahead += 1
    done = due = 0
    counted: set[date] = set()
    for days, needed in flexible.items():
        inside, fixed_inside = days & practised, days & fixed
        wanted = max(needed, len(fixed_inside))
        due += wanted
        done += min(wanted, len(inside))
        counted |= fixed_inside | inside
        fixed -= fixed_inside
    due += len(fixed)
    done += len(fixed & practised)
    counted |= fixed
    if not due:
        return StillOpen(ahead) if ahead else NothingDue()
    if not any(sitting.is_closed or sitting.credit > 0 for sitting in log):
        return NoRecord(due)
    return Practised(done=float(done), due=due, extra=float(len(practised - counted)))
