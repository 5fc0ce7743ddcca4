"""What a change does to one patient's plan: phases, weeks, rungs and values as they stand and as they would, compared.

Only from today on: no change rewrites a day that was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from coach.domain.calendar import days_from, week_of
from coach.domain.course import AssignmentFacts, Awaited, in_force
from coach.domain.due import Asked
from coach.domain.ladders import parameters_in, rung_on, rungs_of, rungs_on
from coach.domain.plan import Held, Reason, due_windows, plans_between
from coach.domain.program import Parameter, Rung, Text

DAYS_AHEAD = 42  # six weeks: of so many days sessions are counted
_LOOKED_AT = 366  # days ahead in which the first day that differs is looked for

Number = tuple[int, int]  # what is prescribed, and the target


@dataclass(frozen=True, slots=True)
class Days:
    """Days from today on, both inside; `last` None goes on, until a day is charted where it `waits_for` one. What is
    there already begins today."""

    first: date
    last: date | None
    waits_for: Awaited | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseEffect:
    """A phase whose days change; None where it has none."""

    assignment_id: UUID
    phase_id: str
    title: Text
    before: Days | None
    after: Days | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEffect:
    """How often a session is asked for in each of the weeks from `first` to `last`; None: not at all."""

    title: Text
    first: date
    last: date
    before: Number | None
    after: Number | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldEffect:
    """The days on which a session is held back; None: on none. `reason` of the first of them."""

    title: Text
    reason: Reason
    before: Days | None
    after: Days | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderEffect:
    """A ladder of which rungs come or go (`is_new` and `is_gone`: all of it), or on which she stands elsewhere from
    `from_on` on."""

    ladder: str
    is_new: bool
    is_gone: bool
    new: tuple[Rung, ...]
    gone: tuple[Rung, ...]
    before: Rung | None
    after: Rung | None
    from_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterEffect:
    """A value that changes (durations in ms, shares 0 to 1, sizes in mm); None where the program has it not."""

    parameter: Parameter
    before: int | float | None
    after: int | float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What differs for her from today on. `contents`: sessions in which something is done otherwise than before.
    `first_on`: the first day on which anything differs."""

    phases: tuple[PhaseEffect, ...] = ()
    sessions: tuple[SessionEffect, ...] = ()
    held: tuple[HeldEffect, ...] = ()
    ladders: tuple[LadderEffect, ...] = ()
    parameters: tuple[ParameterEffect, ...] = ()
    contents: tuple[Text, ...] = ()
    first_on: date | None = None

    @property
    def is_empty(self) -> bool:
        return self.first_on is None


def effect_of(
    before: Sequence[AssignmentFacts], after: Sequence[AssignmentFacts], *, today: date, days: int = DAYS_AHEAD
) -> Effect:
    """Her plan by the one and by the other. Phases are compared as far as they go; sessions and what is held back for
    so many days from the week on in which the first day differs. Today has opened, and asks for what it asks for. Of a
    program that is given anew the phases count as new."""
    before, after = _with_today_open(before, after, today)
    far = today + timedelta(days=_LOOKED_AT - 1)
    first_on = _first_day(before, after, today, far)
    first = today if first_on is None else max(today, week_of(first_on))
    last = first + timedelta(days=days - 1)
    phases = tuple(_phases(_days_of_phases(before, today), _days_of_phases(after, today)))
    sessions = tuple(_sessions(before, after, first, last))
    held = tuple(_held(_held_days(before, first, last), _held_days(after, first, last)))
    pairs = tuple(_pairs(before, after, today))
    ladders = tuple(effect for pair in pairs for effect in _ladders(*pair, today, last))
    parameters = tuple(effect for pair in pairs for effect in _parameters(*pair))
    contents = tuple(title for pair in pairs for title in _contents(*pair, today))
    if not (phases or sessions or held or ladders or parameters or contents):
        return Effect()
    firsts = [
        *(day for each in phases for day in _first_difference(each.before, each.after)),
        *(each.first for each in sessions),
        *(day for each in held for day in _first_difference(each.before, each.after)),
        *(each.from_on for each in ladders),
        *([max(today, min(new.start_on for _, new in pairs))] if parameters or contents else []),
    ]
    return Effect(
        phases=phases,
        sessions=sessions,
        held=held,
        ladders=ladders,
        parameters=parameters,
        contents=contents,
        first_on=first_on or min(firsts),
    )


def _with_today_open(
    before: Sequence[AssignmentFacts], after: Sequence[AssignmentFacts], today: date
) -> tuple[Sequence[AssignmentFacts], Sequence[AssignmentFacts]]:
    asked = Asked(before)
    opened = {assignment.id: asked.on(assignment, today) for assignment in before}

    def open_today(assignments: Sequence[AssignmentFacts]) -> list[AssignmentFacts]:
        return [
            replace(each, frozen={**each.frozen, today: opened[each.id]}) if each.id in opened else each
            for each in assignments
        ]

    return open_today(before), open_today(after)


# -- phases -----------------------------------------------------------------------------------------------------------

_Phase = tuple[UUID, str]


def _days_of_phases(assignments: Sequence[AssignmentFacts], today: date) -> dict[_Phase, tuple[Text, Days]]:
    """A phase in which insertion is held back on some days is one phase."""
    found: dict[_Phase, tuple[Text, Days]] = {}
    for assignment, ends in in_force(assignments):
        begins = max(today, assignment.start_on)
        for span in assignment.spans:
            lasts = [day for day in (span.last, ends) if day is not None]
            first, last = max(begins, span.first), min(lasts) if lasts else None
            if last is not None and last < first:
                continue
            key = (assignment.id, span.phase.id)
            if key in found:
                first = found[key][1].first
            found[key] = (span.phase.title, Days(first, last, span.waits_for if last is None else None))
    return found


def _phases(
    before: Mapping[_Phase, tuple[Text, Days]], after: Mapping[_Phase, tuple[Text, Days]]
) -> Iterator[PhaseEffect]:
    def begins(key: _Phase) -> date:
        return min(each[key][1].first for each in (before, after) if key in each)

    for key in sorted(before.keys() | after.keys(), key=begins):
        old, new = before.get(key), after.get(key)
        was, becomes = old[1] if old else None, new[1] if new else None
        if was != becomes:
            title = (new or old or ("", None))[0]
            assert isinstance(title, Text)
            yield PhaseEffect(assignment_id=key[0], phase_id=key[1], title=title, before=was, after=becomes)


def _first_difference(before: Days | None, after: Days | None) -> Iterator[date]:
    """The first day that is in one and not in the other, at the latest."""
    match before, after:
        case Days(), Days():
            if before.first != after.first:
                yield min(before.first, after.first)
            lasts = [each.last for each in (before, after) if each.last is not None]
            if before.last != after.last:
                yield max(min(lasts) + timedelta(days=1), min(before.first, after.first))
            elif before.first == after.first:  # the same days, and waiting for another
                yield before.first
        case Days(), None:
            yield before.first
        case None, Days():
            yield after.first


# -- sessions and what is held back -----------------------------------------------------------------------------------

_Weekly = dict[tuple[date, date], Number]


def _sessions(
    before: Sequence[AssignmentFacts], after: Sequence[AssignmentFacts], today: date, last: date
) -> Iterator[SessionEffect]:
    """Weeks that follow on one another with the same numbers are told as one."""
    was, becomes = _weekly(before, today, last), _weekly(after, today, last)
    titles = _titles(before) | _titles(after)
    for key in dict.fromkeys((*becomes, *was)):
        open_one: SessionEffect | None = None
        for week in _weeks(today, last):
            old, new = was.get(key, {}).get(week), becomes.get(key, {}).get(week)
            if open_one is not None and (old, new) == (open_one.before, open_one.after):
                open_one = SessionEffect(title=titles[key], first=open_one.first, last=week[1], before=old, after=new)
                continue
            if open_one is not None:
                yield open_one
            open_one = None
            if old != new:
                open_one = SessionEffect(title=titles[key], first=week[0], last=week[1], before=old, after=new)
        if open_one is not None:
            yield open_one


def _weeks(today: date, last: date) -> Iterator[tuple[date, date]]:
    for monday in days_from(week_of(today), last):
        if monday.weekday() == 0:
            yield max(monday, today), min(monday + timedelta(days=6), last)


def _weekly(assignments: Sequence[AssignmentFacts], today: date, last: date) -> dict[tuple[str, str], _Weekly]:
    """By program and session: of each week what it asks for at the least and at the most."""
    programs = {assignment.id: assignment.program.id for assignment in assignments}
    found: dict[tuple[str, str], _Weekly] = defaultdict(dict)
    for week in _weeks(today, last):
        for window in due_windows(*week, assignments=assignments):
            if not window.most:
                continue
            of_session = found[programs[window.assignment_id], window.session_key]
            least, most = of_session.get(week, (0, 0))
            of_session[week] = least + window.least, most + window.most
    return found


def _titles(assignments: Iterable[AssignmentFacts]) -> dict[tuple[str, str], Text]:
    return {
        (assignment.program.id, session.id): session.title
        for assignment in assignments
        for session in assignment.program.sessions.values()
    }


_Held = dict[tuple[UUID, str], tuple[Held, Days]]


def _held_days(assignments: Sequence[AssignmentFacts], today: date, last: date) -> _Held:
    found: _Held = {}
    for plan in plans_between(today, last, assignments=assignments, performed=()):
        for held in plan.held:
            key = (held.assignment_id, held.session_key)
            first, days = found.get(key, (held, Days(plan.day, None)))
            found[key] = first, Days(days.first, None if plan.day == last else plan.day)
    return found


def _held(before: _Held, after: _Held) -> Iterator[HeldEffect]:
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        was, becomes = old[1] if old else None, new[1] if new else None
        shown = new or old
        if was != becomes and shown is not None:
            yield HeldEffect(title=shown[0].title, reason=shown[0].reason, before=was, after=becomes)


# -- ladders, values, contents ----------------------------------------------------------------------------------------


def _pairs(
    before: Sequence[AssignmentFacts], after: Sequence[AssignmentFacts], today: date
) -> Iterator[tuple[AssignmentFacts, AssignmentFacts]]:
    """What is still to be done of an assignment, as it stands and as it would."""
    known = {assignment.id: assignment for assignment in before}
    for assignment, ends in in_force(after):
        if assignment.id in known and (ends is None or ends >= max(today, assignment.start_on)):
            yield known[assignment.id], assignment


def _ladders(before: AssignmentFacts, after: AssignmentFacts, today: date, last: date) -> Iterator[LadderEffect]:
    for ladder in dict.fromkeys((*before.program.ladders, *after.program.ladders)):
        old, new = before.program.ladders.get(ladder), after.program.ladders.get(ladder)
        was = () if old is None else rungs_of(old, before.own_set)
        becomes = () if new is None else rungs_of(new, after.own_set)
        known, kept = {rung.id for rung in was}, {rung.id for rung in becomes}
        first = max(today, after.start_on)
        elsewhere = (on for on in days_from(first, last) if _here(before, ladder, on) != _here(after, ladder, on))
        day = next(elsewhere, None)
        stands, would = _here(before, ladder, day or first), _here(after, ladder, day or first)
        if known == kept and old is not None and new is not None and day is None:
            continue
        yield LadderEffect(
            ladder=ladder,
            is_new=old is None,
            is_gone=new is None,
            new=tuple(rung for rung in becomes if rung.id not in known),
            gone=tuple(rung for rung in was if rung.id not in kept),
            before=stands,
            after=would,
            from_on=day or first,
        )


def _here(assignment: AssignmentFacts, ladder: str, day: date) -> Rung | None:
    return rung_on(assignment, ladder, day) if ladder in assignment.program.ladders else None


def _parameters(before: AssignmentFacts, after: AssignmentFacts) -> Iterator[ParameterEffect]:
    was, becomes = parameters_in(before, None), parameters_in(after, None)
    for name in dict.fromkeys((*was, *becomes)):
        if was.get(name) != becomes.get(name):
            parameter = after.program.parameters.get(name) or before.program.parameters[name]
            yield ParameterEffect(parameter=parameter, before=was.get(name), after=becomes.get(name))


def _contents(before: AssignmentFacts, after: AssignmentFacts, today: date) -> Iterator[Text]:
    """Sessions of the phases that are still ahead, and those that they take turns with."""
    if before.program is after.program:
        return
    ahead = {
        name
        for span in after.spans
        if span.last is None or span.last >= today
        for assigned in span.phase.do
        for name in (assigned.session, *after.program.sessions[assigned.session].alternate)
    }
    for name, session in after.program.sessions.items():
        old = before.program.sessions.get(name)
        if name in ahead and old is not None and old != session:
            yield session.title


# -- the first day ----------------------------------------------------------------------------------------------------


def _first_day(
    before: Sequence[AssignmentFacts], after: Sequence[AssignmentFacts], today: date, last: date
) -> date | None:
    both = (
        zip(_days(assignments, today, last), days_from(today, last), strict=True) for assignments in (before, after)
    )
    return next((day for (was, day), (becomes, _) in zip(*both, strict=True) if was != becomes), None)


def _days(assignments: Sequence[AssignmentFacts], first: date, last: date) -> Iterator[list[object]]:
    """What she would meet on each day, in values that can be compared."""
    by_id = {assignment.id: assignment for assignment in assignments}
    for plan in plans_between(first, last, assignments=assignments, performed=()):
        found: list[object] = []
        for on in plan.phases:
            assignment, phase = by_id[on.assignment_id], on.span.phase
            found.append((assignment.program.id, phase.id, rungs_on(assignment, plan.day)))
            found.append(parameters_in(assignment, phase))
        for item in plan.items:
            sessions = by_id[item.assignment_id].program.sessions
            found.append((item.session_key, item.least, item.most, item.flexible, sessions[item.plays]))
        found.append([(held.session_key, held.reason.code) for held in plan.held])
        yield found
