"""What one patient has to do today: her facts in few queries, the plan from them, and each session's length.

The number of queries does not grow with her log (docs/performance.md counts them).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from typing import cast as typed
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import (
    JSON,
    ColumnElement,
    CompoundSelect,
    Date,
    Float,
    Integer,
    Select,
    String,
    Uuid,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows
from coach.db.types import UtcDateTime
from coach.domain import fold as rules
from coach.domain.calendar import days_since, local_day, week_of
from coach.domain.course import AssignmentFacts, DayDue, InjectionFacts, Outcome, Pause, Performed, Place, Unseen
from coach.domain.ladders import lowered
from coach.domain.plan import Ask, DayPlan, Held, PlanItem, Reason, ScriptInputs, phase_on, plan_for
from coach.domain.plan import script_inputs as _script_inputs
from coach.domain.program import Program, Rung, Variant
from coach.domain.program import Session as ProgramSession
from coach.domain.script import CannotCompile, Script, compile_script
from coach.services import access, phase_log, programs
from coach.services.access import NotFound, Viewer, Whereabouts
from coach.services.phase_log import OpenPhase

_COMPILED = 4096  # script lengths kept in this process; a script follows from its key alone, so none grows stale

# The statements of one patient's facts, by `patient_id`.
_PLACEMENTS = (
    select(
        t.Placement.assignment_id,
        t.Placement.from_on,
        t.Placement.ladder,
        t.Placement.rung,
        t.Placement.by,
        t.Placement.state,
        t.Placement.code,
        t.Placement.params,
    )
    .join(t.Assignment, t.Assignment.id == t.Placement.assignment_id)
    .where(t.Assignment.patient_id == bindparam("patient_id"))
    .order_by(t.Placement.placed_at, t.Placement.from_on)  # in the order in which they were written
)


def _small(what: str, **columns: Any) -> Select[Any]:
    """One part of `_small_facts`: rows of one kind, with empty columns for what only another kind has."""
    empty = {
        "id": Uuid, "assignment_id": Uuid, "name": String, "first_on": Date, "last_on": Date, "number": Integer,
        "size_mm": Float, "due": JSON, "since": UtcDateTime, "until": UtcDateTime,
    }  # fmt: skip
    return select(
        literal(what).label("what"),
        columns.pop("patient_id").label("patient_id"),
        *(columns.get(name, cast(null(), kind())).label(name) for name, kind in empty.items()),
    )


def _small_facts(is_hers: Callable[[Any], ColumnElement[bool]]) -> CompoundSelect[Any]:
    """What there is little of, in one query: dilators, pauses, days of phases that somebody ended, revisions that
    assignments were moved from, warning signs that wait or waited for somebody to see them, and what was due on the
    days from `frozen_from` on that have opened."""
    return union_all(
        _small("dilator", patient_id=t.Dilator.patient_id, name=t.Dilator.rung, size_mm=t.Dilator.size_mm).where(
            is_hers(t.Dilator.patient_id)
        ),
        _small(
            "pause",
            id=t.Pause.id,
            patient_id=t.Pause.patient_id,
            assignment_id=t.Pause.assignment_id,
            name=t.Pause.why,
            first_on=t.Pause.first_on,
            last_on=func.coalesce(t.Pause.ended_on, t.Pause.last_on),
        ).where(is_hers(t.Pause.patient_id)),
        _small(
            "end",
            patient_id=t.Assignment.patient_id,
            assignment_id=t.PhaseEnd.assignment_id,
            name=t.PhaseEnd.phase,
            last_on=t.PhaseEnd.last_on,
            number=t.PhaseEnd.number,
        )
        .join(t.Assignment, t.Assignment.id == t.PhaseEnd.assignment_id)
        .where(is_hers(t.Assignment.patient_id)),
        _small(
            "moved",
            patient_id=t.Assignment.patient_id,
            assignment_id=t.AssignmentChange.assignment_id,
            name=t.AssignmentChange.before["revision_id"].as_string(),
            number=t.AssignmentChange.number,
        )
        .join(t.Assignment, t.Assignment.id == t.AssignmentChange.assignment_id)
        .where(is_hers(t.Assignment.patient_id), t.AssignmentChange.kind == "moved"),
        _small("unseen", patient_id=t.Alert.patient_id, since=t.Alert.raised_at, until=t.Alert.seen_at).where(
            is_hers(t.Alert.patient_id), t.Alert.kind == "warning_sign", t.Alert.urgency != "routine"
        ),
        _small(
            "due",
            patient_id=t.Assignment.patient_id,
            assignment_id=t.DueDay.assignment_id,
            first_on=t.DueDay.day_on,
            due=t.DueDay.due,
        )
        .join(t.Assignment, t.Assignment.id == t.DueDay.assignment_id)
        .where(
            is_hers(t.Assignment.patient_id),
            t.DueDay.day_on >= bindparam("frozen_from"),
        ),
    )


_SMALL_OF_ONE = _small_facts(lambda patient_id: patient_id == bindparam("patient_id"))
_SMALL_OF_MANY = _small_facts(lambda patient_id: patient_id.in_(bindparam("patient_ids", expanding=True)))
_CHARTS = (
    select(
        t.InjectionChart.injection_id,
        t.InjectionChart.state,
        t.InjectionChart.on.label("on"),
        t.InjectionChart.product,
        t.InjectionChart.units,
        t.InjectionChart.insertion_on,
    )
    .join(t.Injection, t.Injection.id == t.InjectionChart.injection_id)
    .where(t.Injection.patient_id == bindparam("patient_id"))
    .order_by(t.InjectionChart.injection_id, t.InjectionChart.number)
)
_ASSIGNMENTS = (
    select(
        t.Assignment.id,
        t.Assignment.revision_id,
        t.Assignment.injection_id,
        t.Assignment.start_on,
        t.Assignment.ends_on,
        t.Assignment.parameters,
        t.Assignment.assigned_at,
    )
    .where(t.Assignment.patient_id == bindparam("patient_id"))
    .order_by(t.Assignment.start_on, t.Assignment.assigned_at)
)
# Before the week of the plan, told singly: whether she is back after a gap hangs on how each of the last ones went.
_SINGLY = timedelta(weeks=4)
# From `singly` on each sitting by itself (`id`), before it those alike together. Which rungs were prescribed on a day
# follows from how many placements there were up to it.
_SITTINGS = (
    select(
        case((t.Session.day_on >= bindparam("singly"), t.Session.id)).label("id"),
        t.Session.assignment_id,
        t.Session.session_key,
        t.Session.variant,
        t.Session.outcome,
        t.Session.rung,
        t.Session.credit,
        (t.Session.credit > 0).label("is_credited"),
        *(
            case((t.Session.day_on >= bindparam("singly"), column)).label(column.key)
            for column in (t.Session.red_flag, t.Session.stop_reason, t.Session.pain_peak)
        ),
        t.Session.day_on,
        t.Session.opened_at,
        select(func.count())
        .where(t.Placement.assignment_id == t.Session.assignment_id, t.Placement.from_on <= t.Session.day_on)
        .scalar_subquery()
        .label("placements"),
    )
    .where(t.Session.patient_id == bindparam("patient_id"))
    .subquery()
)
_ALIKE = [
    *(_SITTINGS.c[name] for name in ("red_flag", "stop_reason", "pain_peak")),
    *(
        _SITTINGS.c[name]
        for name in ("id", "assignment_id", "session_key", "variant", "outcome", "rung", "is_credited", "placements")
    ),
]
# Of one day, or come up on it, for a device's clock may be days behind; in the order in which she gave them: the last
# answer to each question holds.
_ANSWERS = (
    select(t.SafetyAnswer.check_id, t.SafetyAnswer.is_yes, t.SafetyAnswer.urgency, t.SafetyAnswer.told)
    .where(
        t.SafetyAnswer.patient_id == bindparam("patient_id"),
        (t.SafetyAnswer.day_on == bindparam("day_on")) | (t.SafetyAnswer.received_at >= bindparam("since")),
    )
    .order_by(t.SafetyAnswer.at, t.SafetyAnswer.received_at, t.SafetyAnswer.id)
)
_PERFORMED = (
    select(
        *_ALIKE,
        func.max(_SITTINGS.c.credit).label("credit"),
        func.max(_SITTINGS.c.day_on).label("day_on"),
        func.count().label("times"),
    )
    .group_by(*_ALIKE)
    .order_by(func.max(_SITTINGS.c.day_on), func.max(_SITTINGS.c.opened_at))
)


@dataclass(frozen=True, slots=True)
class Told:
    """What her clinic says to a warning sign that she told of; `urgency` is `emergency` or `same_day`."""

    say: str
    urgency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """Everything from which a patient's plan follows. `assignments` and `injections` in order of time; `injections`
    without cancelled ones. `today` is the day on her own calendar; `performed` holds the
    sittings of this week and the four before it singly and those before together where they are alike
    (see `Performed.times`)."""

    patient_id: UUID
    zone: str
    language: str
    today: date
    assignments: tuple[AssignmentFacts, ...]
    injections: tuple[InjectionFacts, ...]
    performed: tuple[Performed, ...]
    own_set: tuple[Rung, ...]
    warnings: tuple[Told, ...] = ()  # what her clinic says to each warning sign that she told of on her own page today

    def assignment(self, assignment_id: UUID) -> AssignmentFacts:
        """Raises NotFound for one that is not hers."""
        for assignment in self.assignments:
            if assignment.id == assignment_id:
                return assignment
        raise NotFound("assignment")

    def latest_injection(self) -> InjectionFacts | None:
        """The last one that was given up to today."""
        given = [injection for injection in self.injections if injection.given and injection.on <= self.today]
        return given[-1] if given else None

    def next_injection(self) -> InjectionFacts | None:
        """The first one that is planned from today on."""
        planned = [injection for injection in self.injections if not injection.given and injection.on >= self.today]
        return planned[0] if planned else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayVariant:
    id: str
    title: str
    minutes: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayItem:
    """One session of today. `minutes` are its shortest and longest length (equal where nothing in it is open-ended),
    None where it cannot be played with what is written down (`cannot` says why, for the therapist).

    `kinds` of exercise in it, and the `equipment` that its program names for such a session.
    `left` is what is still asked for today and `more` what is welcome beyond; `flexible`: the week is prescribed, not
    this day. Where nobody asks for it on this day (`is_due`), a paused one say, it is there if she would like.
    `open_session_id`: a sitting that was begun and not ended.
    """

    assignment_id: UUID
    session_key: str
    title: str
    phase_title: str
    minutes: tuple[float, float] | None
    cannot: str | None
    kinds: tuple[str, ...]
    equipment: tuple[str, ...]
    reason: Reason
    is_due: bool
    flexible: bool
    least: int
    most: int
    done: float
    sittings: int
    left: int
    more: int
    variants: tuple[TodayVariant, ...]
    open_session_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TodayPhase:
    """`day` counts from 1 within the phase; `program_title` for more than one program at once."""

    assignment_id: UUID
    program_title: str
    is_reviewed: bool
    title: str
    first: date
    last: date | None
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSitting:
    id: UUID
    assignment_id: UUID
    session_key: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    patient_id: UUID
    day: date
    language: str
    items: tuple[TodayItem, ...]
    phases: tuple[TodayPhase, ...]
    held: tuple[Held, ...]
    asks: tuple[Ask, ...]
    days_since_injection: int | None
    days_until_injection: int | None
    begins_on: date | None  # nothing runs yet: the first day of the first assignment
    open_sitting: OpenSitting | None
    warned_by: tuple[UUID, ...]  # sittings of this day in which she told of a warning sign
    practised_on: tuple[date, ...]  # days with a sitting that ended, in order: this week's all, and the last before

    is_warned: bool = False  # she told of one today, in a sitting or on its own page: nothing more is asked of the day
    warning: tuple[str, ...] = ()  # what the clinic says to it, in her language
    is_emergency: bool = False  # what she told of is a sign of an emergency
    pauses: tuple[Pause, ...] = ()  # those of this day
    offers: tuple[OpenPhase, ...] = ()  # parts of her plan of which she may say that it is enough

    @property
    def anything_left(self) -> bool:
        return not self.is_warned and any(item.left for item in self.items)

    @property
    def has_program(self) -> bool:
        return bool(self.phases or self.items or self.held or self.asks or self.begins_on)


def facts(db: Session, patient: t.Patient | Whereabouts, *, now: datetime, performed: bool = True) -> PatientFacts:
    """The facts of a patient whom the caller has made sure that the viewer may see.

    Six queries, and one for each revision that this process has not read yet; four without what she `performed`. Of
    the days that have opened those of this week are read (`with_frozen`). Raises programs.RefusedNow; an assignment
    that is over and whose revision the check does not take any more is left out.
    """
    day = local_day(now, zone=patient.zone)
    placements: dict[UUID, list[Place]] = {}
    for row in rows(db, _PLACEMENTS, patient_id=patient.id):
        placements.setdefault(row.assignment_id, []).append(place_of(row))
    small = small_facts(db, [patient.id], frozen_from=week_of(day))[patient.id]
    injections = injection_facts(db, patient.id)
    assignments = tuple(
        AssignmentFacts(
            id=row.id,
            program=program,
            revision_id=row.revision_id,
            start_on=row.start_on,
            ends_on=row.ends_on,
            injection=injections.get(row.injection_id),
            injections=tuple(injections.values()),
            parameters=row.parameters,
            placements=tuple(placements.get(row.id, ())),
            own_set=small.own_set,
            given_on=local_day(row.assigned_at, zone=patient.zone),
            ended=small.ended.get(row.id, {}),
            pauses=small.pauses_of(row.id),
            frozen=small.frozen.get(row.id, {}),
            earlier=_earlier(db, small.earlier.get(row.id, ())),
            unseen=small.unseen_in(patient.zone),
        )
        for row in rows(db, _ASSIGNMENTS, patient_id=patient.id).all()
        if (program := program_of(db, row, day)) is not None
    )
    return PatientFacts(
        patient_id=patient.id,
        zone=patient.zone,
        language=patient.language,
        today=day,
        assignments=assignments,
        injections=tuple(
            sorted(
                (injection for injection in injections.values() if not injection.cancelled),
                key=lambda injection: injection.on,
            )
        ),
        performed=_performed(db, patient.id, week_of(day)) if performed else (),
        own_set=small.own_set,
        warnings=_warnings(db, patient, day) if performed else (),
    )


def program_of(db: Session, assignment: Any, day: date) -> Program | None:
    """The program of an assignment's row; None where the check does not take it any more and it was over before that
    day, so that what she did once stands in the way of nothing. Raises programs.RefusedNow where it still runs."""
    try:
        return programs.load(db, assignment.revision_id)
    except programs.RefusedNow:
        if assignment.ends_on is None or assignment.ends_on >= day:
            raise
        return None


def _earlier(db: Session, revision_ids: Iterable[UUID]) -> tuple[Program, ...]:
    """Without one that the check does not take any more: what it said of days that were is told by what was frozen."""
    found = []
    for revision_id in revision_ids:
        with suppress(programs.RefusedNow):
            found.append(programs.load(db, revision_id))
    return tuple(found)


def with_frozen(db: Session, known: PatientFacts, *, since: date) -> PatientFacts:
    """The same facts with the days that have opened from an earlier day on: one query."""
    frozen = small_facts(db, [known.patient_id], frozen_from=since)[known.patient_id].frozen
    return replace(
        known, assignments=tuple(replace(each, frozen=frozen.get(each.id, {})) for each in known.assignments)
    )


@dataclass(frozen=True, slots=True)
class SmallFacts:
    """What `_small_facts` says of one patient: her set from the smallest on, her pauses, and by assignment the days of
    phases that somebody ended and what was due on days that have opened."""

    own_set: tuple[Rung, ...] = ()
    pauses: tuple[Pause, ...] = ()
    ended: Mapping[UUID, Mapping[str, date]] = field(default_factory=dict)
    frozen: Mapping[UUID, Mapping[date, tuple[DayDue, ...]]] = field(default_factory=dict)
    earlier: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)  # revisions, the last one first
    unseen: tuple[tuple[datetime, datetime | None], ...] = ()  # warning signs: when told of, and when seen

    def pauses_of(self, assignment_id: UUID) -> tuple[Pause, ...]:
        """Those of the assignment and those of all her programs."""
        return tuple(pause for pause in self.pauses if pause.assignment_id in (None, assignment_id))

    def unseen_in(self, zone: str) -> tuple[Unseen, ...]:
        """The days with a warning sign that nobody had seen, on the calendar of that zone; the day on which somebody
        looks is none of them."""
        return tuple(
            Unseen(local_day(told, zone=zone), seen and local_day(seen, zone=zone) - timedelta(days=1))
            for told, seen in self.unseen
        )


def small_facts(db: Session, patient_ids: Sequence[UUID], *, frozen_from: date) -> Mapping[UUID, SmallFacts]:
    """For each of the patients, whom the caller has made sure that the viewer may see: one query."""
    dilators: dict[UUID, list[Rung]] = defaultdict(list)
    pauses: dict[UUID, list[Pause]] = defaultdict(list)
    ends: dict[UUID, dict[UUID, dict[str, tuple[int, date | None]]]] = defaultdict(dict)
    frozen: dict[UUID, dict[UUID, dict[date, tuple[DayDue, ...]]]] = defaultdict(dict)
    earlier: dict[UUID, dict[UUID, dict[int, UUID]]] = defaultdict(dict)
    unseen: dict[UUID, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    # A list in a statement is put together anew each time, so that one patient has a statement of her own.
    found = (
        rows(db, _SMALL_OF_ONE, patient_id=patient_ids[0], frozen_from=frozen_from)
        if len(patient_ids) == 1
        else rows(db, _SMALL_OF_MANY, patient_ids=list(patient_ids), frozen_from=frozen_from)
    )
    for row in found:
        match row.what:
            case "dilator":
                dilators[row.patient_id].append(Rung(row.name, size_mm=row.size_mm))
            case "pause":
                pauses[row.patient_id].append(
                    Pause(
                        first=row.first_on,
                        last=row.last_on,
                        why=row.name,
                        assignment_id=row.assignment_id,
                        id=row.id,
                    )
                )
            case "end":
                of = ends[row.patient_id].setdefault(row.assignment_id, {})
                of[row.name] = max(of.get(row.name, (0, None)), (row.number, row.last_on), key=lambda each: each[0])
            case "moved" if row.name is not None:
                earlier[row.patient_id].setdefault(row.assignment_id, {})[row.number] = UUID(row.name)
            case "unseen":
                unseen[row.patient_id].append((row.since, row.until))
            case "due":
                days = frozen[row.patient_id].setdefault(row.assignment_id, {})
                days[row.first_on] = tuple(DayDue(**line) for line in row.due)
    return {
        patient_id: SmallFacts(
            own_set=tuple(sorted(dilators[patient_id], key=lambda rung: (rung.size_mm or 0.0, rung.id))),
            pauses=tuple(sorted(pauses[patient_id], key=lambda pause: (pause.first, str(pause.id)))),
            ended={
                assignment_id: {phase: last for phase, (_, last) in of.items() if last is not None}
                for assignment_id, of in ends[patient_id].items()
            },
            frozen=frozen[patient_id],
            unseen=tuple(sorted(unseen[patient_id], key=lambda each: each[0])),
            earlier={
                assignment_id: tuple(of[number] for number in sorted(of, reverse=True))
                for assignment_id, of in earlier[patient_id].items()
            },
        )
        for patient_id in patient_ids
    }


def place_of(row: Any) -> Place:
    """From a row of a placement."""
    return Place(row.from_on, row.ladder, row.rung, by=row.by, state=row.state, code=row.code, params=row.params or {})


def injection_facts(db: Session, patient_id: UUID) -> dict[UUID, InjectionFacts]:
    """The latest chart of each injection, cancelled ones too. No free text is read."""
    found: dict[UUID, InjectionFacts] = {}
    for row in rows(db, _CHARTS, patient_id=patient_id):
        found[row.injection_id] = InjectionFacts(
            id=row.injection_id,
            on=row.on,
            given=row.state == "given",
            cancelled=row.state == "cancelled",
            insertion_on=row.insertion_on,
            product=row.product,
            units=row.units,
        )
    return found


def today(db: Session, viewer: Viewer, patient_id: UUID | None = None, *, now: datetime) -> Today:
    """The viewer's own today, or for a therapist that of a patient of hers. Raises NotFound."""
    wanted = patient_id or viewer.patient_id
    if wanted is None:
        raise NotFound("patient")
    known = facts(db, access.whereabouts(db, viewer, wanted), now=now)
    offers = phase_log.offers_of(db, known.assignments, known.today)
    return with_warnings(db, replace(today_of(known), offers=offers), known)


def with_warnings(db: Session, today: Today, known: PatientFacts) -> Today:
    """With the clinic's words to what she told of, in a sitting or on its own page, the same words once."""
    if not today.is_warned:
        return today
    told = (*(_told(db, today.warned_by) if today.warned_by else ()), *known.warnings)
    return replace(
        today,
        warning=tuple(dict.fromkeys(each.say for each in told if each.say)),
        is_emergency=any(each.urgency == "emergency" for each in told),
    )


def plan_today(db: Session, patient: t.Patient, *, now: datetime) -> DayPlan:
    """The plan alone, for the reminder process, which acts for no viewer."""
    known = facts(db, patient, now=now)
    plan = plan_for(known.today, assignments=known.assignments, performed=known.performed)
    return replace(plan, warned=True) if known.warnings else plan


def today_of(known: PatientFacts) -> Today:
    """Today from facts at hand."""
    plan = plan_for(known.today, assignments=known.assignments, performed=known.performed)
    by_id = {assignment.id: assignment for assignment in known.assignments}
    items = tuple(_item(known, by_id[item.assignment_id], item) for item in plan.items)
    warned_by = tuple(
        sitting.id
        for sitting in known.performed
        if sitting.red_flag and sitting.day_on == known.today and sitting.id is not None
    )
    latest, planned = known.latest_injection(), known.next_injection()
    coming = [assignment.start_on for assignment in known.assignments if assignment.start_on > known.today]
    return Today(
        patient_id=known.patient_id,
        day=known.today,
        language=known.language,
        items=items,
        phases=tuple(
            TodayPhase(
                assignment_id=on.assignment_id,
                program_title=by_id[on.assignment_id].program.title.in_language(known.language),
                is_reviewed=by_id[on.assignment_id].program.is_reviewed,
                title=on.span.phase.title.in_language(known.language),
                first=on.span.first,
                last=on.span.last,
                day=days_since(on.span.first, known.today) + 1,
            )
            for on in plan.phases
        ),
        held=plan.held,
        asks=plan.asks,
        days_since_injection=days_since(latest.on, known.today) if latest else None,
        days_until_injection=days_since(known.today, planned.on) if planned else None,
        begins_on=min(coming) if coming and not plan.phases else None,
        open_sitting=_open_sitting(items),
        warned_by=warned_by,
        is_warned=bool(warned_by or known.warnings),
        practised_on=tuple(sorted({sitting.day_on for sitting in known.performed if sitting.is_closed})),
        pauses=plan.pauses,
    )


def script_inputs(known: PatientFacts, assignment_id: UUID, session_key: str, day: date) -> ScriptInputs:
    """What `compile_script` needs on that day. Raises NotFound for an assignment or a session that is not hers."""
    assignment = known.assignment(assignment_id)
    if session_key not in assignment.program.sessions:
        raise NotFound("session")
    return _script_inputs(assignment, session_key, day, performed=known.performed)


def script_for(
    known: PatientFacts,
    assignment_id: UUID,
    session_key: str,
    day: date,
    *,
    variant: str | None = None,
    smaller: Mapping[str, str] | None = None,
) -> Script:
    """The script that a session of the plan has for this patient on that day, in her language. `smaller`: ladder id ->
    a lower rung that she would rather have this time. Raises NotFound, CannotCompile."""
    assignment = known.assignment(assignment_id)
    inputs = script_inputs(known, assignment_id, session_key, day)
    if smaller:
        inputs = replace(inputs, rungs=lowered(assignment, inputs.rungs, smaller))
    return _compile(assignment.program, inputs, variant, known.language)


def is_planned(known: PatientFacts, assignment_id: UUID, session_key: str, day: date) -> bool:
    """Whether the session belongs to the phase of that day (and is not held back), due on it or not."""
    assignment = known.assignment(assignment_id)
    span = phase_on(assignment, day)
    plan = plan_for(day, assignments=known.assignments, performed=known.performed)
    if span is None or assignment_id not in {on.assignment_id for on in plan.phases}:
        return False
    held = {(each.assignment_id, each.session_key) for each in plan.held}
    return any(each.session == session_key for each in span.phase.do) and (assignment_id, session_key) not in held


def instead(known: PatientFacts, assignment_id: UUID, day: date) -> frozenset[str]:
    """The sessions that stand in for those of that day whose ladder rests."""
    plan = plan_for(day, assignments=known.assignments, performed=known.performed)
    return frozenset(
        each.instead for each in plan.held if each.assignment_id == assignment_id and each.instead is not None
    )


def is_meant(program: Program, kinds: Iterable[str]) -> bool:
    """Whether the program's equipment and cautions are for a session with these kinds of exercise: where a program
    has sessions with dilators and without, they are for those with."""
    return "dilator" in kinds or all(exercise.kind != "dilator" for exercise in program.exercises.values())


def offered_variants(program: Program, inputs: ScriptInputs) -> tuple[Variant, ...]:
    """The other ways through the session, without those that promise a step which is not for that day."""
    variants = program.sessions[inputs.session_id].variants or program.sessions[inputs.plays].variants
    return tuple(
        variant for variant in variants if not any(step.exercise.id in inputs.leave_out for step in variant.steps or ())
    )


def script_length(
    assignment: AssignmentFacts, inputs: ScriptInputs, *, variant: str | None = None, language: str
) -> ScriptLength | str:
    """Length and dose of a session's script, kept by revision and inputs; the reason where it cannot be made."""
    key = (
        assignment.revision_id or assignment.id,
        inputs.session_id,
        tuple(sorted(inputs.rungs.items())),
        tuple((rung.id, rung.size_mm) for rung in inputs.own_set),
        tuple(sorted(inputs.parameters.items())),
        inputs.nth,
        inputs.leave_out,
        variant,
    )
    return _lengths(_Key(key, assignment.program, inputs, variant, language))


@dataclass(frozen=True, slots=True)
class ScriptLength:
    """Seconds from the shortest to the longest way through, and milliseconds of work by kind."""

    shortest_s: float
    longest_s: float
    dose_ms: Mapping[str, int]

    @property
    def minutes(self) -> tuple[float, float]:
        return (self.shortest_s / 60, self.longest_s / 60)


class _Key:
    """Equal by what the length follows from; carries what is needed to work it out."""

    __slots__ = ("inputs", "language", "program", "same", "variant")

    def __init__(
        self, same: tuple[Any, ...], program: Program, inputs: ScriptInputs, variant: str | None, language: str
    ) -> None:
        self.same = same
        self.program = program
        self.inputs = inputs
        self.variant = variant
        self.language = language

    def __hash__(self) -> int:
        return hash(self.same)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.same == other.same


@lru_cache(maxsize=_COMPILED)
def _lengths(key: _Key) -> ScriptLength | str:
    try:
        script = _compile(key.program, key.inputs, key.variant, key.language)
    except CannotCompile as error:
        return str(error)
    return ScriptLength(
        shortest_s=float(script["shortest_s"]),
        longest_s=float(script["longest_s"]),
        dose_ms={kind: round(seconds * 1000) for kind, seconds in script["dose_s"].items() if seconds},
    )


def _compile(program: Program, inputs: ScriptInputs, variant: str | None, language: str) -> Script:
    return compile_script(
        program,
        inputs.session_id,
        rungs=inputs.rungs,
        own_set=inputs.own_set,
        parameters=inputs.parameters,
        variant=variant,
        nth=inputs.nth,
        language=language,
        leave_out=inputs.leave_out,
    )


def _item(known: PatientFacts, assignment: AssignmentFacts, item: PlanItem) -> TodayItem:
    inputs = _script_inputs(assignment, item.session_key, known.today, performed=known.performed)
    length = script_length(assignment, inputs, language=known.language)
    kinds = _kinds(assignment.program.sessions[item.plays], inputs)
    needed = assignment.program.equipment if is_meant(assignment.program, kinds) else ()
    return TodayItem(
        assignment_id=item.assignment_id,
        session_key=item.session_key,
        title=item.title.in_language(known.language),
        phase_title=item.phase_title.in_language(known.language),
        minutes=None if isinstance(length, str) else length.minutes,
        cannot=length if isinstance(length, str) else None,
        kinds=kinds,
        equipment=tuple(text.in_language(known.language) for text in needed),
        reason=item.reason,
        is_due=item.is_due,
        flexible=item.flexible,
        least=item.least,
        most=item.most,
        done=item.done,
        sittings=item.sittings,
        left=item.left,
        more=item.more,
        variants=tuple(
            TodayVariant(
                id=variant.id,
                title=variant.title.in_language(known.language),
                minutes=_minutes(script_length(assignment, inputs, variant=variant.id, language=known.language)),
            )
            for variant in offered_variants(assignment.program, inputs)
        ),
        open_session_id=item.open_session_id,
    )


def _minutes(length: ScriptLength | str) -> tuple[float, float] | None:
    return None if isinstance(length, str) else length.minutes


def _kinds(session: ProgramSession, inputs: ScriptInputs) -> tuple[str, ...]:
    """Kinds of exercise in the order in which they first come."""
    steps = session.warm_up + session.steps + session.finish
    return tuple(dict.fromkeys(step.exercise.kind for step in steps if step.exercise.id not in inputs.leave_out))


def _open_sitting(items: Sequence[TodayItem]) -> OpenSitting | None:
    for item in items:
        if item.open_session_id is not None:
            return OpenSitting(
                id=item.open_session_id,
                assignment_id=item.assignment_id,
                session_key=item.session_key,
                title=item.title,
            )
    return None


def _told(db: Session, sittings: Sequence[UUID]) -> tuple[Told, ...]:
    """What the clinic says to the warning signs of these sittings, each once."""
    event = t.SessionEvent
    found = db.execute(
        select(t.Script.body.label("script"), event.kind, event.body)
        .join(t.Session, t.Session.script_id == t.Script.id)
        .join(event, event.session_id == t.Session.id)
        .where(t.Session.id.in_(sittings), event.kind == "answered")
        .order_by(t.Session.opened_at, event.seq)
    )
    says = [
        Told(str(check["say"]), str(check["urgency"]))
        for row in found
        for check in rules.told(json.loads(row.script), [{"kind": row.kind, "body": json.loads(row.body)}])
        if rules.is_urgent(check)
    ]
    return tuple(dict.fromkeys(says))


def _warnings(db: Session, patient: t.Patient | Whereabouts, day: date) -> tuple[Told, ...]:
    """What her clinic says to each urgent question that she answered with yes that day, and not with no after it. A yes
    that comes up on that day is one of that day too, whatever her device says of when it was given."""
    since = datetime.combine(day, time.min, tzinfo=ZoneInfo(patient.zone))
    last = {row.check_id: row for row in rows(db, _ANSWERS, patient_id=patient.id, day_on=day, since=since)}
    return tuple(Told(row.told, row.urgency) for row in last.values() if row.is_yes and row.urgency != "routine")


def _performed(db: Session, patient_id: UUID, week: date) -> tuple[Performed, ...]:
    """Her sittings as the plan of the week that begins on that day needs them: without doses, and of ratings pain
    alone, which says whether she is back after a gap."""
    return tuple(
        Performed(
            id=row.id,
            assignment_id=row.assignment_id,
            session_key=row.session_key,
            variant=row.variant,
            day_on=row.day_on,
            credit=row.credit,
            outcome=typed(Outcome, row.outcome),
            rung=row.rung,
            stop_reason=row.stop_reason,
            pain_peak=row.pain_peak,
            red_flag=bool(row.red_flag),
            times=row.times,
        )
        for row in rows(db, _PERFORMED, patient_id=patient_id, singly=week - _SINGLY)
    )
