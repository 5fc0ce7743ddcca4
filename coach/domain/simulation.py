"""A program tried on a virtual patient, day by day: what it asks of her, what she does, and what that adds up to.

Virtual patients are invented, to try a program on; they are no evidence of what it does to anybody. Nothing here has
rules of its own: the plan, the script, the fold, attendance and dose are those of real patients.

What is assumed of a virtual patient, and nothing more is meant by it: pain is highest at the beginning. Where a program
goes by an injection, it eases through the onset of the effect to half, stays there, and comes back by a third of what
it lost while the effect wanes; the days are the clinic's typical ones (`domain.bands`). Without an injection it eases
to two thirds over twelve weeks of practice. Anxiety follows pain. Ratings scatter around what is expected.

Rungs follow from the sittings by the rules of real patients (`domain.progression`). Where a therapist is asked, she
says yes on the next Monday; where the patient is, she takes the step on the next day. A ladder that a flare locks stays
locked. Who is away says so: it is a pause. The same program given again, for a second injection, goes on from the rungs
of before. A phase with `until` goes on unless the facts say that it was ended.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from coach.domain import adherence, fold
from coach.domain.bands import BandRule
from coach.domain.calendar import days_from, days_since, week_of
from coach.domain.course import (
    AssignmentFacts,
    DayDue,
    InjectionFacts,
    Outcome,
    Pause,
    Performed,
    Place,
    Placer,
    in_force,
)
from coach.domain.due import Asked
from coach.domain.every_script import different_nth
from coach.domain.ladders import ladders_of, on_ladders, place_on, rungs_of, rungs_on, unlocked_on
from coach.domain.plan import (
    DueWindow,
    Held,
    PlanItem,
    due_windows,
    may_be_done,
    phase_on,
    plan_for,
    safety_checks_on,
    script_inputs,
)
from coach.domain.playing import Chance, Mood, played
from coach.domain.program import DoseKind
from coach.domain.progression import NO_FLARE, STOPPED_FOR, Because, Change, Course, Flare, Said, Sitting
from coach.domain.script import CannotCompile, Script, compile_script, largest_mm, with_safety

PatientKind = Literal["ideal", "irregular", "painful", "gap"]
PATIENTS: Mapping[PatientKind, str] = {
    "ideal": "does everything that is due, and is comfortable",
    "irregular": "leaves out about a third of what is due, now and then takes a variant, and has uneven days",
    "painful": "has strong pain: takes smaller sizes, some days none, and sometimes stops for pain or fear",
    "gap": "practises well, is away for two weeks in the middle, and comes back",
}
DAYS_AWAY = 14  # of `gap`; half of the days where fewer than twice as many are tried

_BASE_PAIN: Mapping[PatientKind, float] = {"ideal": 1.5, "irregular": 3.0, "painful": 6.0, "gap": 2.0}
_EASED, _COMES_BACK = 0.5, 1 / 3  # of the pain at the beginning, and of what it lost
_PRACTISED, _PRACTISED_DAYS = 2 / 3, 84
_SLOW_DAYS, _SKIPS_THEN, _SKIPS_ELSE = 0.25, 0.8, 0.17  # about a third in all


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedSitting:
    """One sitting. `named_mm` is the largest size that its session names; `in_place_of` the session whose rule led
    to this one; `declined`: not today at a gate; `smaller`: a size below the one that was asked for."""

    performed: Performed
    guided_ms: int
    share: float
    named_mm: float | None
    declined: bool
    stayed: bool
    smaller: bool
    in_place_of: str | None = None
    after_gap: bool = False  # the first one back, played lower


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedStep:
    """A rung that changed: from which to which, from which day on, who said so, and what spoke for it. `is_locked`: the
    ladder rests from then on."""

    ladder: str
    before: str | None
    rung: str
    from_on: date
    by: Placer
    because: Because
    is_locked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedItem:
    """What the plan asked for that day of one session, and how many sittings there were. `flexible`: so many are due in
    the week (`week_least`), of which `week_done` with this day's; `by_days`: so many days, not sittings. Of a fixed one
    both are None."""

    session_key: str
    least: int
    most: int
    done: int
    flexible: bool
    by_days: bool
    week_least: int | None
    week_done: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedDay:
    """One day. `number` counts from 1; `since`: days since the injection, negative before it. `cannot`: sessions that
    could not be made for her, with the reason."""

    day: date
    number: int
    since: int | None
    phases: tuple[str, ...]
    items: tuple[SimulatedItem, ...]
    sittings: tuple[SimulatedSitting, ...]
    held: tuple[Held, ...]
    cannot: tuple[tuple[str, str], ...]
    is_away: bool
    rungs: Mapping[str, str] = field(default_factory=dict)  # in the morning, by ladder; without those that are locked
    steps: tuple[SimulatedStep, ...] = ()  # what changed by what was done on it, or was said on it

    @property
    def guided_ms(self) -> int:
        return sum(sitting.guided_ms for sitting in self.sittings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """All days, and what they add up to as it stands on the day after the last."""

    patient: PatientKind
    days: tuple[SimulatedDay, ...]
    attendance: adherence.Attendance
    dose: Mapping[DoseKind, adherence.Dose]

    @property
    def sittings(self) -> tuple[SimulatedSitting, ...]:
        return tuple(sitting for day in self.days for sitting in day.sittings)


def simulate(
    assignments: Sequence[AssignmentFacts],
    patient: PatientKind,
    *,
    first: date,
    days: int,
    chance: Chance,
    bands: Sequence[BandRule] = (),
    flare: Flare = NO_FLARE,
) -> Simulation:
    """So many days from the first on. The same `chance` gives the same days.

    Each injection is planned until its day and charted with its insertion day on it, as far as the facts have one.
    """
    return _Life(assignments, patient, first, first + timedelta(days=days - 1), chance, bands, flare).lived()


def unlocked(assignment: AssignmentFacts) -> AssignmentFacts:
    """The assignment with every locked ladder unlocked at its lowest rung on the day on which the first phase that uses
    it begins, as a therapist would who finds all that she has to confirm."""
    program, found = assignment.program, list(assignment.placements)
    for name, ladder in program.ladders.items():
        if not ladder.locked or any(place.ladder == name for place in found):
            continue
        begins = [
            max(span.first, assignment.start_on)
            for span in assignment.spans
            if any(name in ladders_of(program, assigned.session) for assigned in span.phase.do)
        ]
        rungs = rungs_of(ladder, assignment.own_set)
        if begins and rungs:
            found.append(Place(min(begins), name, rungs[0].id))
    return replace(assignment, placements=tuple(found))


class _Life:
    def __init__(
        self,
        assignments: Sequence[AssignmentFacts],
        patient: PatientKind,
        first: date,
        last: date,
        chance: Chance,
        bands: Sequence[BandRule],
        flare: Flare,
    ) -> None:
        self.assignments, self.patient, self.first, self.last = tuple(assignments), patient, first, last
        self.chance, self.bands = chance, bands
        self.injections = {
            each.id: each
            for assignment in assignments
            for each in (*assignment.injections, assignment.injection)
            if each is not None and not each.cancelled
        }
        self.log: list[Performed] = []
        self.flare = flare
        self.courses: dict[tuple[UUID, str], Course] = {}
        self.asked: dict[tuple[UUID, str], tuple[str, Because]] = {}  # what waits for a yes: the rung, and why
        self.frozen: dict[UUID, dict[date, tuple[DayDue, ...]]] = {each.id: {} for each in assignments}
        self.steps: list[SimulatedStep] = []  # of the day
        self.scripts: dict[object, Script | CannotCompile] = {}
        self.known: dict[frozenset[UUID], tuple[AssignmentFacts, ...]] = {}
        length = days_since(first, last) + 1
        away = min(DAYS_AWAY, length // 2) if patient == "gap" else 0
        self.leaves = first + timedelta(days=(length - away) // 2)
        self.returns = self.leaves + timedelta(days=away)
        if away:
            rest = Pause(first=self.leaves, last=self.returns - timedelta(days=1), why="travel")
            self.assignments = tuple(replace(each, pauses=(*each.pauses, rest)) for each in self.assignments)
        for each in self.assignments:
            self._begin(each)

    def lived(self) -> Simulation:
        days = tuple(self._day(day) for day in days_from(self.first, self.last))
        opened = [replace(each, frozen=self.frozen[each.id]) for each in self.assignments]
        windows = due_windows(self.first, self.last, assignments=opened)
        attendance = adherence.attendance(
            windows, self.log, today=self.last + timedelta(days=1), first=self.first, last=self.last
        )
        return Simulation(patient=self.patient, days=days, attendance=attendance, dose=adherence.dose(self.log))

    # -- her rungs ----------------------------------------------------------------------------------------------------

    def _begin(self, assignment: AssignmentFacts) -> None:
        """Where she stands on its ladders, as far as it is written down."""

        def phase(day: date) -> str | None:
            span = phase_on(self._now(assignment.id), day)
            return span.phase.id if span else None

        for name, ladder in assignment.program.ladders.items():
            rungs = [rung.id for rung in rungs_of(ladder, assignment.own_set)]
            course = Course(ladder, rungs, phase, self.flare, assignment.start_on)
            for place in assignment.placements:
                if place.ladder == name:
                    course.take(_word(place))
            self.courses[assignment.id, name] = course

    def _now(self, assignment_id: UUID) -> AssignmentFacts:
        return next(each for each in self.assignments if each.id == assignment_id)

    def _morning(self, day: date) -> None:
        """The same program given again goes on from the rungs of before; and what waited for a yes gets it."""
        for each in self.assignments:
            if each.start_on == day and day > self.first:
                before = next((one for one in self.assignments if one.program.id == each.program.id), each)
                if before.id != each.id:
                    self._go_over(before, each, day)
        for (assignment_id, ladder), (rung, because) in list(self.asked.items()):
            needs = self._now(assignment_id).program.ladders[ladder].up_needs
            if needs == "patient" or day.weekday() == 0:
                by: Placer = "patient" if needs == "patient" else "therapist"
                self._place(assignment_id, Place(day, ladder, rung, by=by, code=because.code), because)
                del self.asked[assignment_id, ladder]

    def _go_over(self, before: AssignmentFacts, after: AssignmentFacts, day: date) -> None:
        places = tuple(
            replace(place, from_on=day, by="therapist")
            for name in after.program.ladders
            if (place := place_on(before, name, day)) is not None
        )
        self._change(replace(after, placements=places))
        self._begin(self._now(after.id))
        self.asked = {key: value for key, value in self.asked.items() if key[0] != before.id}

    def _place(self, assignment_id: UUID, place: Place, because: Because) -> None:
        assignment = self._now(assignment_id)
        course = self.courses[assignment_id, place.ladder]
        found = place_on(assignment, place.ladder, self.last)
        self.steps.append(
            SimulatedStep(
                ladder=place.ladder,
                before=found.rung if found is not None else None,
                rung=place.rung,
                from_on=place.from_on,
                by=place.by,
                because=because,
                is_locked=place.state == "locked",
            )
        )
        if place.by != "rule":
            course.take(_word(place))
        self._change(replace(assignment, placements=(*assignment.placements, place)))

    def _change(self, assignment: AssignmentFacts) -> None:
        self.assignments = tuple(assignment if each.id == assignment.id else each for each in self.assignments)
        self.known.clear()

    def _sat(self, assignment: AssignmentFacts, day: date, shown: Mapping[str, Sitting]) -> None:
        """What the rules make of it at once: a rung down, or a ladder that rests."""
        for ladder, sitting in shown.items():
            course = self.courses[assignment.id, ladder]
            made = len(course.changes)
            course.take(sitting)
            for change in course.changes[made:]:
                if change.from_on <= day:
                    self._write(assignment.id, ladder, change)

    def _evening(self, assignment: AssignmentFacts) -> None:
        """A rung up from tomorrow, or the question to whom the program asks."""
        for ladder in assignment.program.ladders:
            course = self.courses[assignment.id, ladder]
            made = len(course.changes)
            found = course.standing()
            for change in course.changes[made:]:
                self._write(assignment.id, ladder, change)
            if found.to is None:
                self.asked.pop((assignment.id, ladder), None)
            else:
                self.asked[assignment.id, ladder] = (found.to, found.because)

    def _write(self, assignment_id: UUID, ladder: str, change: Change) -> None:
        place = Place(change.from_on, ladder, change.rung, by="rule", state=change.state, code=change.because.code)
        self._place(assignment_id, place, change.because)

    # -- her days -----------------------------------------------------------------------------------------------------

    def _day(self, day: date) -> SimulatedDay:
        self.steps = []
        self._morning(day)
        asked = Asked(self._as_known(day))
        for each in self._as_known(day):
            self.frozen[each.id][day] = asked.on(each, day)
        rungs = {
            name: rung
            for each, last in in_force(self._as_known(day))
            if each.start_on <= day and (last is None or day <= last)
            for name, rung in rungs_on(each, day).items()
            if (opens := unlocked_on(each, name)) is not None and opens <= day
        }
        known = self._as_known(day)
        by_id = {assignment.id: assignment for assignment in known}
        plan = plan_for(day, assignments=known, performed=self.log)
        is_away = self.leaves <= day < self.returns
        is_slow = self.patient == "irregular" and self.chance.random() < _SLOW_DAYS
        sittings: list[SimulatedSitting] = []
        cannot: dict[str, str] = {}
        for item in plan.items:
            for _ in range(0 if is_away else self._wanted(item, day)):
                if self._leaves_out(is_slow):
                    continue
                try:
                    sittings += self._sit(self._on(item, day, by_id), item, day, known, asked=bool(sittings))
                except CannotCompile as error:
                    cannot[item.session_key] = str(error)
        after = plan_for(day, assignments=known, performed=self.log)
        for each in self.assignments:
            if any(sitting.performed.assignment_id == each.id for sitting in sittings):
                self._evening(each)
        return SimulatedDay(
            day=day,
            number=days_since(self.first, day) + 1,
            since=self._since(day),
            phases=tuple(on.span.phase.id for on in plan.phases),
            items=tuple(_told(before, now, sittings) for before, now in zip(plan.items, after.items, strict=True)),
            sittings=tuple(sittings),
            held=plan.held,
            cannot=tuple(cannot.items()),
            is_away=is_away,
            rungs=rungs,
            steps=tuple(self.steps),
        )

    # -- what she is asked for ----------------------------------------------------------------------------------------

    def _as_known(self, day: date) -> tuple[AssignmentFacts, ...]:
        """The assignments as they stand on a day: an injection is charted on its own day, not before."""
        ahead = frozenset(each.id for each in self.injections.values() if each.on > day)
        if ahead not in self.known:
            self.known[ahead] = tuple(
                replace(
                    each,
                    injection=_planned(each.injection, ahead),
                    injections=tuple(found for one in each.injections if (found := _planned(one, ahead)) is not None),
                )
                for each in self.assignments
            )
        return self.known[ahead]

    def _wanted(self, item: PlanItem, day: date) -> int:
        """What is due of it that day. Where the days are hers, she spreads a week's sessions evenly over it."""
        if not item.flexible:
            return item.least
        window = self._window(item, day)
        if window is None or not window.day_cap:
            return item.least
        elapsed, length = days_since(window.first, day) + 1, days_since(window.first, window.last) + 1
        if self.patient == "irregular":  # what she left out she does not make up for
            number = window.least // window.day_cap if item.reason.code == "on_any_days" else window.least
            new = _by_then(number, elapsed, length) - _by_then(number, elapsed - 1, length)
            return min(item.least, item.least * new if item.reason.code == "on_any_days" else new)
        if item.reason.code == "on_any_days":
            practised = int(str(item.reason.params["days_done"]))
            return item.least if _by_then(window.least // window.day_cap, elapsed, length) > practised else 0
        done = float(str(item.reason.params["done_this_week"]))
        return min(item.least, max(0, math.ceil(_by_then(window.least, elapsed, length) - done)))

    def _window(self, item: PlanItem, day: date) -> DueWindow | None:
        key = (item.assignment_id, item.session_key)
        monday = week_of(day)
        windows = due_windows(monday, monday + timedelta(days=6), assignments=self._as_known(day))
        for window in windows:
            if (window.assignment_id, window.session_key) == key and window.first <= day <= window.last:
                return window
        return None

    def _on(self, item: PlanItem, day: date, by_id: Mapping[UUID, AssignmentFacts]) -> AssignmentFacts:
        """Its assignment as it stands now: a sitting before may have lowered a rung."""
        return next((each for each in self._as_known(day) if each.id == item.assignment_id), by_id[item.assignment_id])

    # -- what she does ------------------------------------------------------------------------------------------------

    def _leaves_out(self, is_slow: bool) -> bool:
        if self.patient == "irregular":
            return self.chance.random() < (_SKIPS_THEN if is_slow else _SKIPS_ELSE)
        return self.patient == "gap" and self.chance.random() < 0.05

    def _sit(
        self, assignment: AssignmentFacts, item: PlanItem, day: date, known: Iterable[AssignmentFacts], *, asked: bool
    ) -> list[SimulatedSitting]:
        """One sitting, and the one that a rule of it puts in its place. Raises CannotCompile."""
        variant = self._variant(assignment, item)
        checks = [] if asked else [check for _, check in safety_checks_on(day, assignments=list(known))]
        script = with_safety(self._script(assignment, item.session_key, day, variant), checks)
        found = [self._played(assignment, item.session_key, day, script)]
        other = found[0][1].instead
        if other is not None and may_be_done(assignment, other, day):
            try:
                script = self._script(assignment, other, day, None)
            except CannotCompile:
                return [found[0][0]]  # what was done, was done
            found.append(self._played(assignment, other, day, script, in_place_of=item.session_key))
        return [sitting for sitting, _ in found]

    def _variant(self, assignment: AssignmentFacts, item: PlanItem) -> str | None:
        sessions = assignment.program.sessions
        variants = sessions[item.session_key].variants or sessions[item.plays].variants
        often = {"irregular": 0.15, "painful": 0.15}.get(self.patient, 0.0)
        if not variants or self.chance.random() >= often:
            return None
        return variants[self.chance.randint(0, len(variants) - 1)].id

    def _script(self, assignment: AssignmentFacts, session_key: str, day: date, variant: str | None) -> Script:
        """The script of that day, kept by all that it is made from: most days are like the day before."""
        inputs = script_inputs(assignment, session_key, day, performed=self.log)
        nth = min(inputs.nth, different_nth(assignment.program, session_key))
        rungs, values = tuple(sorted(inputs.rungs.items())), tuple(sorted(inputs.parameters.items()))
        key = (assignment.id, session_key, variant, nth, rungs, values, inputs.leave_out)
        if key not in self.scripts:
            try:
                self.scripts[key] = compile_script(
                    assignment.program,
                    session_key,
                    rungs=inputs.rungs,
                    own_set=inputs.own_set,
                    parameters=inputs.parameters,
                    variant=variant,
                    nth=nth,
                    leave_out=inputs.leave_out,
                )
            except CannotCompile as error:
                self.scripts[key] = error
        script = self.scripts[key]
        if isinstance(script, CannotCompile):
            raise script
        return script

    def _played(
        self,
        assignment: AssignmentFacts,
        session_key: str,
        day: date,
        script: Script,
        *,
        in_place_of: str | None = None,
    ) -> tuple[SimulatedSitting, fold.SessionResult]:
        at = datetime.combine(day, time(8), UTC)
        events = played(script, self._mood(day, script), at=at, chance=self.chance)
        state = fold.fold(script, [event.as_played() for event in events])
        result = fold.result(script, state)
        outcome: Outcome = result.outcome
        sitting = Performed(
            assignment_id=assignment.id,
            session_key=session_key,
            day_on=day,
            credit=result.credit,
            outcome=outcome,
            variant=script["variant"],
            stop_reason=result.stop_reason,
            dose_ms=result.dose_ms,
            asked_ms=result.asked_ms,
            size_mm=result.size_mm,
            rung=result.rung,
            pain_before=result.pain_before,
            pain_peak=result.pain_peak,
            pain_after=result.pain_after,
            anxiety_before=result.anxiety_before,
            anxiety_peak=result.anxiety_peak,
            anxiety_after=result.anxiety_after,
            red_flag=result.red_flag,
            by_rule=state["by_rule"] and result.instead is None,
            ladders=on_ladders(script, state),
        )
        eased = script_inputs(assignment, session_key, day, performed=self.log).eased
        self.log.append(sitting)
        self._sat(
            assignment, day, {name: self._as_sitting(sitting, name, name in eased, at) for name in sitting.ladders}
        )
        told = SimulatedSitting(
            performed=sitting,
            guided_ms=result.guided_ms,
            share=result.share,
            named_mm=largest_mm(script),
            declined=state["declined"],
            stayed=result.stayed,
            smaller=state["limit_mm"] is not None,
            in_place_of=in_place_of,
            after_gap=bool(eased.keys() & sitting.ladders.keys()),
        )
        return told, result

    @staticmethod
    def _as_sitting(done: Performed, ladder: str, after_gap: bool, at: datetime) -> Sitting:
        shown = done.ladders[ladder]
        peaks = {"pain": done.pain_peak, "anxiety": done.anxiety_peak}
        befores = {"pain": done.pain_before, "anxiety": done.anxiety_before}
        return Sitting(
            at=at,
            day=done.day_on,
            rung=shown.rung,
            is_done=shown.is_done,
            share=shown.share,
            stayed=shown.stayed,
            is_variant=done.variant is not None,
            stopped_for=done.stop_reason if done.stop_reason in STOPPED_FOR else None,
            used=done.rung,
            is_pain_untold=done.stop_reason == "pain" and done.pain_after is None,
            after_gap=after_gap,
            peaks={scale: value for scale, value in peaks.items() if value is not None} | dict(shown.ratings),
            befores={scale: value for scale, value in befores.items() if value is not None},
        )

    def _mood(self, day: date, script: Script) -> Mood:
        pain = _BASE_PAIN[self.patient] * self._eased(day)
        chance = self.chance
        if self.patient in ("ideal", "gap"):
            answers = {rule["scale"]: int(not rule["answer"]) for rule in script["instead"]}
            return Mood(pain=pain, anxiety=pain + 0.5, skips_ratings=0.0, pauses=0.05, answers=answers)
        if self.patient == "irregular":
            return Mood(pain=pain, anxiety=pain + 1.0, pauses=0.2, takes_smaller=chance.random() < 0.1)
        stops = chance.random() < 0.15
        return Mood(
            pain=pain,
            anxiety=pain + 0.5,
            takes_smaller=chance.random() < 0.4,
            not_today=chance.random() < 0.08,
            waits_at_opening=chance.random() < 0.1,
            stops=chance.uniform(0.3, 0.8) if stops else None,
            stop_reason=("pain", "fear")[chance.randint(0, 1)] if stops else None,
        )

    def _since(self, day: date) -> int | None:
        """Days since the last injection, or to the first one where there was none yet."""
        days = sorted(each.on for each in self.injections.values())
        past = [on for on in days if on <= day]
        return days_since(past[-1] if past else days[0], day) if days else None

    def _eased(self, day: date) -> float:
        """What is left of the pain at the beginning, from 0 to 1: the assumption that the module's docstring states."""
        since = self._since(day)
        if since is None:
            part = min(1.0, days_since(self.first, day) / _PRACTISED_DAYS)
            return 1 - (1 - _PRACTISED) * part
        lost = 0.0
        for band in self.bands:
            if band.product is not None or since < band.from_day:
                continue
            part = (
                1.0 if band.to_day is None else min(1.0, (since - band.from_day) / max(1, band.to_day - band.from_day))
            )
            if band.name == "onset":
                lost = (1 - _EASED) * part
            elif band.name == "waning":
                lost = (1 - _EASED) * (1 - _COMES_BACK * part)
        return 1 - lost


def _word(place: Place) -> Said:
    """A place as somebody said it, in the night before its day."""
    at = datetime.combine(place.from_on, time(0), UTC)
    return Said(at=at, from_on=place.from_on, rung=place.rung, state=place.state)


def _planned(injection: InjectionFacts | None, ahead: frozenset[UUID]) -> InjectionFacts | None:
    if injection is None or injection.id not in ahead:
        return injection
    return replace(injection, given=False, insertion_on=None)


def _by_then(number: int, elapsed: int, length: int) -> int:
    """How many of so many are done by then where they are spread evenly, rounded up."""
    return -(-number * elapsed // length)


def _told(before: PlanItem, after: PlanItem, sittings: Iterable[SimulatedSitting]) -> SimulatedItem:
    """An item as the plan had it in the morning and has it in the evening."""
    key = (after.assignment_id, after.session_key)
    own = [
        sitting
        for sitting in sittings
        if (sitting.performed.assignment_id, sitting.performed.session_key) == key and sitting.in_place_of is None
    ]
    params, least, done = after.reason.params, None, None
    by_days = after.reason.code == "on_any_days"
    if by_days:
        least = int(str(params["any_days"]))
        done = float(str(params["days_done"])) + (after.done > 0)
    elif after.flexible:
        least, done = int(str(params["per_week"])), float(str(params["done_this_week"]))
    return SimulatedItem(
        session_key=after.session_key,
        least=before.least,
        most=before.most,
        done=len(own),
        flexible=after.flexible,
        by_days=by_days,
        week_least=least,
        week_done=done,
    )
