"""The injection timeline of one patient: one aggregate from which the picture, the sentence and the table are made.

It lays practice, ratings, sizes and stops beside the injections and their typical bands, so that two causes of a
setback can be told apart: the effect wearing off, and practice becoming less. It describes; it does not diagnose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal
from uuid import UUID

from coach.domain.adherence import Attendance, Practised, WindowResult, attendance_of, credit, days_practised
from coach.domain.bands import (
    BandRule,
    BandSpan,
    Effect,
    Observed,
    Pin,
    band_on,
    band_spans,
    effects_of,
    pins_of,
)
from coach.domain.calendar import days_from, days_since, week_of
from coach.domain.course import AssignmentFacts, InjectionFacts, PauseWhy, Performed, in_force
from coach.domain.ladders import rung_then, rungs_of
from coach.domain.plan import DueWindow, due_windows
from coach.domain.program import Text

LEAST_SESSIONS = 5  # below it a median of ratings says more than is known
FORTNIGHT = 14

# What makes the sentence name a change. Ours, to be weighed by the reader: a median up by 1 of 10, practice below 70 %
# of the patient's own best three weeks. Both are compared within one cycle, and practice with what was prescribed.
PAIN_ROSE_BY = 1.0
PRACTICE_FELL_TO = 0.7
PRACTICE_LESS = 0.85
LEAST_WEEKS = 4  # with ratings, and with practice asked for: below it nothing is said of what changed first
LEAST_WEEKS_LONG_AGO = 6  # the same where the last fortnight has too few ratings to say anything of now

# Milliseconds by kind that a session of the plan asks for on a day.
AskedOn = Callable[[AssignmentFacts, str, date], Mapping[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineDay:
    """One day. `due_ms` and `done_ms` by kind; what a week prescribes without days is spread over its days.

    `prescribed_mm` is the rung's size, None where no ladder with sizes is in force.
    """

    on: date
    due_ms: Mapping[str, int]
    done_ms: Mapping[str, int]
    sittings: tuple[Performed, ...]
    prescribed_mm: float | None
    due_minutes: float
    done_minutes: float
    stops: int
    red_flags: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Ratings of several sittings: the median before, that of the strongest during practice, which is asked `after` it
    (`rated`: how many have one), and the highest of any."""

    before: float | None
    after: float | None
    rated: int
    peak: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """Monday to Sunday, cut to the days of the timeline. `first_day` and `last_day` count from the injection."""

    first: date
    last: date
    first_day: int | None
    last_day: int | None
    days: Attendance
    sessions: Attendance
    due_minutes: float
    done_minutes: float
    used_mm: float | None
    prescribed_mm: float | None
    pain: Spread
    anxiety: Spread
    stops: int
    red_flags: int
    injected: tuple[InjectionFacts, ...]
    pins: tuple[Pin, ...] = ()  # what was observed of the effect
    consulted: tuple[date, ...] = ()
    paused: tuple[tuple[PauseWhy, int], ...] = ()  # on how many of its days, by reason

    @property
    def counts_parts(self) -> bool:
        """Whether its number of sessions holds one that was done in part."""
        return isinstance(self.sessions, Practised) and self.sessions.done % 1 != 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Fortnight:
    """Fourteen days as four numbers; None where fewer than `LEAST_SESSIONS` sittings say something about them.

    `pain_after` and `anxiety_after`: median of the strongest during practice.
    """

    first: date
    last: date
    sittings: int
    days: Attendance
    pain_after: float | None
    anxiety_after: float | None
    used_mm: float | None
    prescribed_mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseStrip:
    assignment_id: UUID
    program_title: Text
    title: Text
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseStrip:
    """A pause on the days of the timeline up to today or its own end; `is_partial`: not of all that runs."""

    why: PauseWhy
    first: date
    last: date
    is_partial: bool

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


FindingCode = Literal[
    "consulted", "paused", "practised", "injected", "observed", "pain_moved", "size_moved", "stopped", "red_flags",
    "too_little", "no_practice_lately", "practice_fell_then_pain_rose", "pain_rose_then_practice_fell",
    "pain_rose_practice_steady", "practice_fell_pain_steady", "practice_fell", "pain_fell", "steady",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One clause of the sentence: a code, and the numbers that it names."""

    code: FindingCode
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """Days from `first` to `last`, both inside; those after `today` are to come.

    `bands` are typical; `seen` the bands with the edges that were observed, of injections of which anything was, and
    `pins` the days of that. `findings` make the sentence; the last one answers whether practice or pain changed first.
    """

    first: date
    last: date
    today: date
    days: tuple[TimelineDay, ...]
    injections: tuple[InjectionFacts, ...]
    bands: tuple[BandSpan, ...]
    phases: tuple[PhaseStrip, ...]
    weeks: tuple[Week, ...]
    now: Fortnight
    before: Fortnight
    findings: tuple[Finding, ...]
    begins: date  # day 0 of weeks where there is no injection
    seen: tuple[BandSpan, ...] = ()
    pins: tuple[Pin, ...] = ()
    consultations: tuple[date, ...] = ()
    pauses: tuple[PauseStrip, ...] = ()

    def anchor_on(self, day: date) -> date | None:
        """Day 0 of that day: the last injection given up to it; before the first one, that one; None without any."""
        return _anchor(self.injections, day)


def timeline(
    *,
    first: date,
    last: date,
    today: date,
    assignments: Sequence[AssignmentFacts],
    performed: Iterable[Performed],
    injections: Sequence[InjectionFacts],
    asked_on: AskedOn,
    bands: Sequence[BandRule] = (),
    observed: Iterable[Observed] = (),
    consultations: Iterable[date] = (),
) -> Timeline:
    """The aggregate for the days from `first` (a Monday, so that no week is cut) to `last`.

    `performed` may hold others: the two fortnights reach back before `first` where the range is shorter. Raises
    ValueError where `first` is no Monday.
    """
    if first.weekday() != 0:
        raise ValueError("a timeline begins on a Monday: its weeks are whole")
    log = sorted(performed, key=lambda sitting: sitting.day_on)
    reach = min(first, today - timedelta(days=2 * FORTNIGHT - 1))
    # Whole weeks: of one that is cut at today a part is asked for, and the outline would jump with each new day.
    windows = due_windows(reach, week_of(max(last, today)) + timedelta(days=6), assignments=assignments)
    by_day: dict[date, list[Performed]] = defaultdict(list)
    for sitting in log:
        by_day[sitting.day_on].append(sitting)
    due = _due(windows, by_day, {each.id: each for each in assignments}, asked_on)
    sizes = _prescribed_sizes(assignments, reach, max(last, today))
    all_days = {
        day: _day(day, by_day.get(day, ()), due.get(day, {}), sizes.get(day))
        for day in days_from(reach, max(last, today))
    }
    days = tuple(all_days[day] for day in days_from(first, last))
    known = tuple(sorted((each for each in injections if not each.cancelled), key=lambda each: each.on))
    effects = effects_of(known, rules=bands, observed=observed)
    pins = pins_of(effects, first=first, last=last)
    begins = min((each.start_on for each in assignments), default=first)
    consulted = tuple(sorted(on for on in consultations if first <= on <= last))
    pauses = _pauses(assignments, first, last, today)
    weeks = _with_marks(_weeks(days, windows, log, known, today), pins, consulted, pauses)
    now = _fortnight(today, today, all_days, assignments)
    before = _fortnight(today - timedelta(days=FORTNIGHT), today, all_days, assignments)
    return Timeline(
        first=first,
        last=last,
        today=today,
        days=days,
        injections=known,
        bands=band_spans(effects, first=first, last=last),
        phases=_strips(assignments, first, last),
        weeks=weeks,
        now=now,
        before=before,
        findings=(
            *([Finding("consulted", {"days": consulted})] if consulted else []),
            *([Finding("paused", _paused_days(pauses))] if pauses else []),
            *_findings(days, weeks, known, now, effects, assignments, windows, log, today),
        ),
        begins=begins,
        seen=band_spans(effects, first=first, last=last, as_observed=True),
        pins=pins,
        consultations=consulted,
        pauses=pauses,
    )


def _anchor(injections: Sequence[InjectionFacts], day: date) -> date | None:
    given = [each.on for each in injections if each.given]
    past = [on for on in given if on <= day]
    if past:
        return past[-1]
    return given[0] if given else (injections[0].on if injections else None)


def _day(on: date, sittings: Sequence[Performed], due: Mapping[str, int], size: float | None) -> TimelineDay:
    done: dict[str, int] = {}
    stops = flags = 0
    for sitting in sittings:
        for kind, worked in sitting.dose_ms.items():
            if worked:
                done[kind] = done.get(kind, 0) + worked
        stops += sitting.outcome == "stopped"
        flags += sitting.red_flag
    return TimelineDay(
        on=on,
        due_ms=due,
        done_ms=done,
        sittings=tuple(sittings),
        prescribed_mm=size,
        due_minutes=sum(due.values()) / 60_000,
        done_minutes=sum(done.values()) / 60_000,
        stops=stops,
        red_flags=flags,
    )


def _due(
    windows: Iterable[DueWindow],
    by_day: Mapping[date, Sequence[Performed]],
    assignments: Mapping[UUID, AssignmentFacts],
    asked_on: AskedOn,
) -> dict[date, dict[str, int]]:
    """Prescribed milliseconds by day and kind. A sitting that took place asked what its own script asked."""
    found: dict[date, dict[str, int]] = {}
    for window in windows:
        if not window.most:
            continue
        asked = asked_on(assignments[window.assignment_id], window.session_key, window.first)
        if window.is_flexible:
            days = window.due_days
            share = {kind: round(amount * window.least / len(days)) for kind, amount in asked.items()}
            for day in days:
                _add(found.setdefault(day, {}), share)
            continue
        into = found.setdefault(window.first, {})
        left = window.least
        for sitting in by_day.get(window.first, ()):
            if (
                left
                and sitting.session_key == window.session_key
                and sitting.assignment_id in (window.assignment_id, *window.also)
                and sitting.variant is None
                and sitting.asked_ms
            ):
                _add(into, sitting.asked_ms)
                left -= 1
        if left:
            _add(into, asked, times=left)
    return found


def _add(into: dict[str, int], amounts: Mapping[str, int], *, times: int = 1) -> None:
    for kind, amount in amounts.items():
        if amount:
            into[kind] = into.get(kind, 0) + amount * times


def _prescribed_sizes(assignments: Sequence[AssignmentFacts], first: date, last: date) -> dict[date, float]:
    found: dict[date, float] = {}
    for assignment, ends in in_force(assignments):
        until = last if ends is None else min(last, ends)
        for ladder_id, ladder in assignment.program.ladders.items():
            if not any(rung.size_mm is not None for rung in rungs_of(ladder, assignment.own_set)):
                continue
            changes = sorted({place.from_on for place in assignment.placements if place.ladder == ladder_id})
            begins = max(first, assignment.start_on)
            bounds = [begins, *(day for day in changes if begins < day <= until)]
            for position, bound in enumerate(bounds):
                rung = rung_then(assignment, ladder_id, bound)
                stop = bounds[position + 1] - timedelta(days=1) if position + 1 < len(bounds) else until
                if rung is not None and rung.size_mm is not None:
                    for day in days_from(bound, stop):
                        found[day] = max(found.get(day, 0.0), rung.size_mm)
    return found


def _strips(assignments: Sequence[AssignmentFacts], first: date, last: date) -> tuple[PhaseStrip, ...]:
    strips = []
    for assignment, ends in in_force(assignments):
        begins, until = max(first, assignment.start_on), last if ends is None else min(last, ends)
        for span in assignment.spans:
            span_first, span_last = max(begins, span.first), min(until, span.last or until)
            if span_first <= span_last:
                strips.append(
                    PhaseStrip(
                        assignment_id=assignment.id,
                        program_title=assignment.program.title,
                        title=span.phase.title,
                        first=span_first,
                        last=span_last,
                    )
                )
    return tuple(strips)


def median(values: Sequence[float]) -> float:
    """Of at least one value. Like `statistics.median`, which takes ten times as long over so few."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _spread(sittings: Iterable[Performed], scale: Literal["pain", "anxiety"]) -> Spread:
    before: list[int] = []
    after: list[int] = []
    peak: int | None = None
    for sitting in sittings:
        if scale == "pain":
            first, last, highest = sitting.pain_before, sitting.strongest_pain, sitting.pain_peak
        else:
            first, last, highest = sitting.anxiety_before, sitting.strongest_anxiety, sitting.anxiety_peak
        if first is not None:
            before.append(first)
        if last is not None:
            after.append(last)
        if highest is not None and (peak is None or highest > peak):
            peak = highest
    return Spread(
        before=median(before) if before else None,
        after=median(after) if after else None,
        rated=len(after),
        peak=peak,
    )


def _weeks(
    days: Sequence[TimelineDay],
    windows: Sequence[DueWindow],
    log: Sequence[Performed],
    injections: Sequence[InjectionFacts],
    today: date,
) -> tuple[Week, ...]:
    by_week: dict[date, list[TimelineDay]] = defaultdict(list)
    for day in days:
        if day.on <= today:
            by_week[week_of(day.on)].append(day)
    by_monday: dict[date, list[WindowResult]] = defaultdict(list)
    for result in credit(windows, log, today=today):
        by_monday[week_of(result.window.first)].append(result)
    weeks = []
    for monday, inside in sorted(by_week.items()):
        first, last = inside[0].on, inside[-1].on
        sittings = [sitting for day in inside for sitting in day.sittings]
        # What was performed after today, by a device whose clock is ahead, is in no week yet.
        results = [result for result in by_monday[monday] if result.window.first <= last]
        own = [result.window for result in results]
        anchor = _anchor(injections, last)
        used = [sitting.size_mm for sitting in sittings if sitting.size_mm]
        prescribed = [day.prescribed_mm for day in inside if day.prescribed_mm is not None]
        closed = [day for day in inside if day.on < today]
        weeks.append(
            Week(
                first=first,
                last=last,
                first_day=None if anchor is None else days_since(anchor, first),
                last_day=None if anchor is None else days_since(anchor, last),
                days=days_practised(own, sittings, today=today, first=first, last=last),
                sessions=attendance_of(results, sittings),
                due_minutes=sum(day.due_minutes for day in closed),
                done_minutes=sum(day.done_minutes for day in inside),
                used_mm=max(used) if used else None,
                prescribed_mm=prescribed[-1] if prescribed else None,
                pain=_spread(sittings, "pain"),
                anxiety=_spread(sittings, "anxiety"),
                stops=sum(day.stops for day in inside),
                red_flags=sum(day.red_flags for day in inside),
                injected=tuple(each for each in injections if each.given and first <= each.on <= last),
            )
        )
    return tuple(weeks)


def _pauses(assignments: Sequence[AssignmentFacts], first: date, last: date, today: date) -> tuple[PauseStrip, ...]:
    """Each pause once, in order; one that nobody can say the end of goes up to today."""
    known = {pause.id or pause: pause for assignment in assignments for pause in assignment.pauses}
    strips = []
    for pause in known.values():
        ends = pause.last if pause.last is not None else max(pause.first, today)
        begins, ends = max(first, pause.first), min(last, ends)
        if begins <= ends:
            is_partial = pause.assignment_id is not None and len(assignments) > 1
            strips.append(PauseStrip(why=pause.why, first=begins, last=ends, is_partial=is_partial))
    return tuple(sorted(strips, key=lambda strip: (strip.first, strip.last, strip.why)))


def _paused_days(pauses: Sequence[PauseStrip]) -> dict[str, object]:
    """How many days, and the reasons in the order in which they first came."""
    days = {day for strip in pauses for day in days_from(strip.first, strip.last)}
    return {"days": len(days), "whys": tuple(dict.fromkeys(strip.why for strip in pauses))}


def _paused_in(week: Week, pauses: Sequence[PauseStrip]) -> tuple[tuple[PauseWhy, int], ...]:
    found: dict[PauseWhy, set[date]] = {}
    for strip in pauses:
        inside = days_from(max(week.first, strip.first), min(week.last, strip.last))
        found.setdefault(strip.why, set()).update(inside)
    return tuple((why, len(days)) for why, days in found.items() if days)


def _with_marks(
    weeks: Iterable[Week], pins: Sequence[Pin], consulted: Sequence[date], pauses: Sequence[PauseStrip]
) -> tuple[Week, ...]:
    """The weeks with what was observed, the consultations and the paused days that fell into them."""
    if not pins and not consulted and not pauses:
        return tuple(weeks)
    return tuple(
        replace(
            week,
            pins=tuple(pin for pin in pins if week.first <= pin.on <= week.last),
            consulted=tuple(on for on in consulted if week.first <= on <= week.last),
            paused=_paused_in(week, pauses),
        )
        for week in weeks
    )


def _fortnight(
    last: date, today: date, days: Mapping[date, TimelineDay], assignments: Sequence[AssignmentFacts]
) -> Fortnight:
    first = last - timedelta(days=FORTNIGHT - 1)
    inside = [days[day] for day in days_from(first, last)]
    sittings = [sitting for day in inside for sitting in day.sittings]
    closed = sum(1 for sitting in sittings if sitting.is_closed)
    pain, anxiety = _spread(sittings, "pain"), _spread(sittings, "anxiety")
    used = [sitting.size_mm for sitting in sittings if sitting.size_mm]
    prescribed = [day.prescribed_mm for day in inside if day.prescribed_mm is not None]
    return Fortnight(
        first=first,
        last=last,
        sittings=closed,
        days=_days_practised(first, last, today, sittings, assignments),
        pain_after=pain.after if pain.rated >= LEAST_SESSIONS else None,
        anxiety_after=anxiety.after if anxiety.rated >= LEAST_SESSIONS else None,
        used_mm=sorted(used)[(len(used) - 1) // 2] if len(used) >= LEAST_SESSIONS else None,
        prescribed_mm=prescribed[-1] if prescribed else None,
    )


def _days_practised(
    first: date,
    last: date,
    today: date,
    sittings: Sequence[Performed],
    assignments: Sequence[AssignmentFacts],
    windows: Sequence[DueWindow] = (),
) -> Attendance:
    """Days practised of the days asked for, of a week that still runs its part so far. Today counts once something was
    practised on it. `windows`: those of whole weeks from `first` on, where they are known."""
    end = min(last, today)
    if end == today and not any(sitting.credit > 0 and sitting.day_on == today for sitting in sittings):
        end -= timedelta(days=1)
    begins = max(first, week_of(end)) if windows else first
    own = [window for window in windows if window.first >= first and window.last < begins]
    own += due_windows(begins, end, assignments=assignments)
    return days_practised(own, sittings, today=end + timedelta(days=1), first=first, last=end)


def _findings(
    days: Sequence[TimelineDay],
    weeks: Sequence[Week],
    injections: Sequence[InjectionFacts],
    now: Fortnight,
    effects: Sequence[Effect],
    assignments: Sequence[AssignmentFacts],
    windows: Sequence[DueWindow],
    log: Sequence[Performed],
    today: date,
) -> tuple[Finding, ...]:
    past = [day for day in days if day.on <= today]
    findings: list[Finding] = []
    if past:
        first, last = past[0].on, past[-1].on
        practised = _days_practised(first, last, today, log, assignments, windows)
        if isinstance(practised, Practised):
            findings.append(Finding("practised", {"done": int(practised.done), "due": practised.due}))
    latest = next((each for each in reversed(injections) if each.given and each.on <= today), None)
    effect = next((each for each in effects if latest is not None and each.injection_id == latest.id), None)
    if latest is not None:
        findings.append(
            Finding(
                "injected",
                {
                    "units": latest.units,
                    "product": latest.product,
                    "on": latest.on,
                    "day": days_since(latest.on, today),
                    "band": band_on(today, effect) if effect else None,
                },
            )
        )
    pins = pins_of([effect] if effect else [], first=date.min, last=today)
    if pins:
        findings.append(Finding("observed", {"pins": pins}))
    cause = _cause(weeks, latest, effect=effect, now=now, today=today)
    rated = [week for week in weeks if week.pain.after is not None]
    if len(rated) >= 2 and "pain_from" not in cause.params:
        begin, end = _ends([week.pain.after for week in rated])
        findings.append(Finding("pain_moved", {"from": begin, "to": end}))
    sized = [week.used_mm for week in weeks if week.used_mm is not None]
    if len(sized) >= 2 and sized[0] != sized[-1]:
        findings.append(Finding("size_moved", {"from": sized[0], "to": sized[-1]}))
    stops = sum(day.stops for day in past)
    if stops:
        findings.append(Finding("stopped", {"times": stops}))
    flags = sum(day.red_flags for day in past)
    if flags:
        findings.append(Finding("red_flags", {"times": flags}))
    return (*findings, cause)


def _ends(values: Sequence[float | None]) -> tuple[float, float]:
    present = [value for value in values if value is not None]
    return median(present[:2]), median(present[-2:])


def _cause(
    weeks: Sequence[Week],
    latest: InjectionFacts | None,
    *,
    effect: Effect | None,
    now: Fortnight,
    today: date,
) -> Finding:
    """Whether practice or pain changed, and which of them first, within the cycle that runs."""
    cycle = [week for week in weeks if latest is None or week.last >= latest.on]
    params = _where(effect, today)
    if now.sittings == 0 and any(week.done_minutes for week in cycle):
        last = max(week.last for week in cycle if week.done_minutes)
        return Finding("no_practice_lately", params | {"weeks": max(2, (today - last).days // 7)})
    pain = [(week, week.pain.after) for week in cycle if week.pain.after is not None]
    shares = [(week, min(1.0, week.done_minutes / week.due_minutes)) for week in cycle if week.due_minutes > 0]
    if min(len(pain), len(shares)) < LEAST_WEEKS or (
        now.sittings < LEAST_SESSIONS and now.pain_after is None and len(pain) < LEAST_WEEKS_LONG_AGO
    ):
        return Finding("too_little", params)
    pain_rose = _rise(pain)
    fell = _fall(shares)
    if pain_rose is not None:
        params |= {"pain_from": pain_rose[1], "pain_to": pain_rose[2]}
    if fell is not None:
        params |= _where(effect, fell[0].first, prefix="fell_") | {
            "share_from": round(fell[1] * 100),
            "share_to": round(fell[2] * 100),
        }
    if pain_rose is not None and fell is not None:
        first = (
            "practice_fell_then_pain_rose" if fell[0].first <= pain_rose[0].first else "pain_rose_then_practice_fell"
        )
        return Finding(first, params)  # type: ignore[arg-type]
    if pain_rose is not None:
        return Finding("pain_rose_practice_steady", params)
    if fell is not None:
        is_known = (today - pain[-1][0].last).days < FORTNIGHT
        return Finding("practice_fell_pain_steady" if is_known else "practice_fell", params)
    begin, end = _ends([value for _, value in pain])
    if begin - end >= PAIN_ROSE_BY:
        return Finding("pain_fell", params | {"pain_from": begin, "pain_to": end})
    return Finding("steady", params)


def _where(effect: Effect | None, day: date, *, prefix: str = "") -> dict[str, object]:
    if effect is None:
        return {f"{prefix}day": None, f"{prefix}band": None, f"{prefix}on": day}
    return {
        f"{prefix}day": days_since(effect.on, day),
        f"{prefix}band": band_on(day, effect),
        f"{prefix}on": day,
    }


def _rise(weekly: Sequence[tuple[Week, float]]) -> tuple[Week, float, float] | None:
    """(the first week of a rise that still lasts, the low before it, the level now), or None."""
    now = median([value for _, value in weekly[-2:]])
    lows = [median([value for _, value in weekly[at : at + 3]]) for at in range(max(1, len(weekly) - 3))]
    low = min(lows)
    if now - low < PAIN_ROSE_BY:
        return None
    at = len(weekly) - 1
    while at > 0 and weekly[at - 1][1] > low + PAIN_ROSE_BY / 2:
        at -= 1
    return weekly[at][0], low, now


def _fall(weekly: Sequence[tuple[Week, float]]) -> tuple[Week, float, float] | None:
    """(the first week of a fall that still lasts, the best share before it, the share now), or None."""
    now = sum(value for _, value in weekly[-2:]) / 2
    best = max(sum(value for _, value in weekly[at : at + 3]) / 3 for at in range(max(1, len(weekly) - 3)))
    if best == 0 or now > best * PRACTICE_FELL_TO:
        return None
    at = len(weekly) - 1
    while at > 0 and weekly[at - 1][1] < best * PRACTICE_LESS:
        at -= 1
    return weekly[at][0], best, now
