"""A patient's place on a program's ladders, and what a reference to one is worth on a day.

The place is what was written down last, by a person or by a rule of the program (`domain.progression`). Where nothing
was written it is the lowest rung, and a ladder that the program locks stays locked until a therapist places the patient
on it. After a gap the first session back is played lower, and the place stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from coach.domain.calendar import days_since
from coach.domain.course import AssignmentFacts, OnLadder, Performed, Place
from coach.domain.fold import Script, State, result
from coach.domain.program import Comparison, Exercise, Frequency, Ladder, Phase, Program, Reference, Rung
from coach.domain.progression import STOPPED_FOR
from coach.domain.questions import BUILT_IN
from coach.domain.uses import exercises_of, steps_of


def rungs_of(ladder: Ladder, own_set: Sequence[Rung]) -> tuple[Rung, ...]:
    """The ladder's own rungs, or the patient's set from the smallest to the largest; may be empty."""
    if ladder.rungs is not None:
        return ladder.rungs
    return tuple(sorted(own_set, key=lambda rung: rung.size_mm or 0.0))


def place_on(assignment: AssignmentFacts, ladder_id: str, day: date) -> Place | None:
    """What holds for this ladder on that day: of what was written down from a day up to it the latest word, so that
    somebody who places her today overrules a rule that would from tomorrow."""
    found: Place | None = None
    for place in assignment.placements:
        if place.ladder == ladder_id and place.from_on <= day:
            found = place
    return found


def rung_on(assignment: AssignmentFacts, ladder_id: str, day: date) -> Rung | None:
    """The rung on that day: the lowest where none was written down or the one written down is gone; None: no rungs."""
    rungs = rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)
    place = place_on(assignment, ladder_id, day)
    if place is not None:
        for rung in rungs:
            if rung.id == place.rung:
                return rung
    return rungs[0] if rungs else None


def rung_then(assignment: AssignmentFacts, ladder_id: str, day: date) -> Rung | None:
    """The rung on a day that was: also one that only a revision of before has."""
    place = place_on(assignment, ladder_id, day)
    if place is not None:
        for program in (assignment.program, *assignment.earlier):
            ladder = program.ladders.get(ladder_id)
            for rung in () if ladder is None else rungs_of(ladder, assignment.own_set):
                if rung.id == place.rung:
                    return rung
    return rung_on(assignment, ladder_id, day)


def lowered(assignment: AssignmentFacts, rungs: Mapping[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    """`rungs` (ladder -> rung) with those that are wanted in their place, as far as they lie lower."""
    found = dict(rungs)
    for ladder_id, rung_id in wanted.items():
        if ladder_id in found:
            order = [rung.id for rung in rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)]
            if rung_id in order and order.index(rung_id) < order.index(found[ladder_id]):
                found[ladder_id] = rung_id
    return found


def rungs_on(assignment: AssignmentFacts, day: date) -> dict[str, str]:
    """Ladder id -> rung id for every ladder of the program that has a rung for this patient."""
    found = {ladder_id: rung_on(assignment, ladder_id, day) for ladder_id in assignment.program.ladders}
    return {ladder_id: rung.id for ladder_id, rung in found.items() if rung is not None}


def unlocked_on(assignment: AssignmentFacts, ladder_id: str) -> date | None:
    """The first day on which the ladder may be used: the start, or for one that the program locks its first place, and
    for one that was locked again the first place after that; None: not yet."""
    opens_on = None if assignment.program.ladders[ladder_id].locked else assignment.start_on
    for place in assignment.placements:
        if place.ladder == ladder_id:
            if place.state == "locked":
                opens_on = None
            elif opens_on is None or place.from_on < opens_on:
                opens_on = place.from_on
    return opens_on


@dataclass(frozen=True, slots=True)
class Eased:
    """The first session back on a ladder: played at `rung`, because of so many `days` without one beyond those that
    the phase leaves free. `of_days`, `down`: the program's rule."""

    rung: str
    days: int
    of_days: int
    down: int


def eased_on(
    assignment: AssignmentFacts,
    ladder_id: str,
    day: date,
    *,
    last_on: date | None,
    phase: Phase | None,
) -> Eased | None:
    """Whether a session on that day is the first one back after a gap, and where it is played then. `last_on`: the last
    day up to that one with a session on this ladder, `practised_on` (None: there was none, so there is nothing to come
    back to).

    A therapist who placed her meanwhile has had a look: the days before that do not count. To say yes to what a rule
    proposed (a place with a `code`) is no look at the gap.
    """
    ladder = assignment.program.ladders[ladder_id]
    rule, rung = ladder.after_gap, rung_on(assignment, ladder_id, day)
    if rule is None or rung is None or last_on is None or days_since(last_on, day) <= rule.of_days:
        return None
    looked = [
        place.from_on
        for place in assignment.placements
        if place.ladder == ladder_id and place.by == "therapist" and place.code is None and place.from_on <= day
    ]
    since = max([last_on, *looked])
    days = days_since(since, day) - 1 - _free_days(assignment.program, phase, ladder_id)
    if days < rule.of_days:
        return None
    rungs = rungs_of(ladder, assignment.own_set)
    lower = rungs[max(0, rungs.index(rung) - rule.down)]
    return Eased(rung=lower.id, days=days, of_days=rule.of_days, down=rule.down)


def _free_days(program: Program, phase: Phase | None, ladder_id: str) -> int:
    """The longest run of days without a session on this ladder that the phase itself leaves."""
    free = [
        _free_of(assigned.frequency)
        for assigned in (phase.do if phase else ())
        if ladder_id in ladders_of(program, assigned.session)
    ]
    return min(free, default=0)


def _free_of(frequency: Frequency) -> int:
    if frequency.per == "every":
        return frequency.every_days - 1
    if frequency.per == "week":
        return max(0, 7 - frequency.least) if isinstance(frequency.least, int) else 0
    if frequency.any_days is not None:
        return 7 - frequency.any_days
    if frequency.weekdays:
        days = sorted(frequency.weekdays)
        return max((later - day - 1) % 7 for day, later in zip(days, [*days[1:], days[0] + 7], strict=True))
    return 0


def practised_on(
    assignment: AssignmentFacts, ladder_id: str, performed: Iterable[Performed], *, up_to: date
) -> date | None:
    """The last day up to that one on which she practised on the ladder: of a dilator ladder a size was used. A session
    back after a gap that was too much for her (`Practice`) is none."""
    program = assignment.program
    known = {rung.id for rung in rungs_of(program.ladders[ladder_id], assignment.own_set)}
    practice = Practice(assignment, ladder_id)
    for sitting in sorted(performed, key=lambda each: each.day_on):
        if (
            sitting.assignment_id == assignment.id
            and sitting.is_closed
            and sitting.day_on <= up_to
            and sitting.session_key in program.sessions
            and ladder_id in _ladders_of_way(program, sitting.session_key, sitting.variant)
            and (sitting.rung in known if _is_sized(program, ladder_id) else sitting.credit > 0)
        ):
            practice.take(sitting.day_on, stop_reason=sitting.stop_reason, pain_peak=sitting.pain_peak)
    return practice.last_on


class Practice:
    """The walk through her practice on one ladder in order of time: which sittings were the first ones back after a
    gap, and the last day from which the next gap counts (`last_on`). Back she is with the first one that neither pain
    nor fear ended and that did not hurt too much: until then the next one begins lower as well."""

    def __init__(self, assignment: AssignmentFacts, ladder_id: str) -> None:
        self.assignment, self.ladder_id = assignment, ladder_id
        self.gate = _pain_gate(assignment.program.ladders[ladder_id])
        self.last_on: date | None = None

    def eased_on(self, day: date) -> Eased | None:
        """Of a sitting on that day after those that were taken: whether it is the first one back, and where it is."""
        phase = next((span.phase for span in self.assignment.spans if span.holds(day)), None)
        return eased_on(self.assignment, self.ladder_id, day, last_on=self.last_on, phase=phase)

    def take(self, day: date, *, stop_reason: str | None, pain_peak: int | None) -> None:
        is_hard = stop_reason in STOPPED_FOR or (
            self.gate is not None and pain_peak is not None and pain_peak >= self.gate
        )
        if not (is_hard and self.eased_on(day) is not None):
            self.last_on = day


def _pain_gate(ladder: Ladder) -> int | None:
    """The least pain that is too much by the ladder's own rules: it lowers, or lies above what may never be passed."""
    lowers = [each.value for rule in ladder.down for each in rule.all_of if _is_of_pain(each, "at_least")]
    passed = [each.value + 1 for rule in ladder.up for each in rule.all_of if _is_of_pain(each, "never_above")]
    return min([*lowers, *passed], default=None)


def _is_of_pain(clause: Comparison, test: str) -> bool:
    return clause.scale == "pain" and clause.test == test


def _is_sized(program: Program, ladder_id: str) -> bool:
    rungs = program.ladders[ladder_id].rungs
    return rungs is None or any(rung.size_mm is not None for rung in rungs)


def _ladders_of_way(program: Program, session_key: str, variant: str | None) -> frozenset[str]:
    session = program.sessions[session_key]
    found: set[str] = set()
    for alternative in session.alternate:
        if alternative != session_key and alternative in program.sessions:
            found |= _ladders_of_way(program, alternative, variant)
    chosen = next((each for each in session.variants if each.id == variant), None)
    steps = session.steps if chosen is None or chosen.steps is None else chosen.steps
    left_out = chosen.leave_out if chosen is not None else ()
    for step in (*session.warm_up, *steps, *session.finish):
        if step.exercise.id not in left_out:
            found.update(_ladders_in(program, step.exercise))
    return frozenset(found)


def _ladders_in(program: Program, exercise: Exercise) -> set[str]:
    return {reference.name for reference in exercise.references} & set(program.ladders)


def on_ladders(script: Script, state: State) -> dict[str, OnLadder]:
    """What a sitting shows for each ladder that steps of its script stand on; nothing of scripts that do not say."""
    found: dict[str, list[tuple[str, float]]] = {}
    steps = result(script, state).steps
    for index, (step, done) in enumerate(zip(script["steps"], steps, strict=True)):
        is_own_size = step.get("size_mm") is None or state["sizes"][index] == step["size_mm"]
        share = _share(done.done_ms, done.asked_ms, done.mark) if is_own_size else 0.0
        for ladder, rung in (step.get("on") or {}).items():
            found.setdefault(ladder, []).append((rung, share))
    ratings = {
        scale: rating["peak"]
        for scale, rating in state["ratings"].items()
        if scale not in BUILT_IN and rating["peak"] is not None
    }
    return {
        ladder: OnLadder(
            rung=rows[0][0],
            is_done=all(share >= 1 for _, share in rows),
            share=min(share for _, share in rows),
            stayed=state["stayed"]
            and any(step.get("size_mm") is not None and ladder in (step.get("on") or {}) for step in script["steps"]),
            ratings=ratings,
        )
        for ladder, rows in found.items()
    }


def _share(done_ms: int, asked_ms: int, mark: str | None) -> float:
    """Of one step; a step without work of its own (until a tap) is done or not."""
    return done_ms / asked_ms if asked_ms else float(mark == "done")


def by_perfect(rungs: Sequence[Rung], *, endurance_s: int, repetitions: int, fast: int | None) -> Rung | None:
    """The highest rung of a strengthening ladder that asks for no more than was measured: its `hold` within the
    endurance, its `reps` within the repetitions, and where both are known its `quick_reps` within the fast ones.

    PERFECT: endurance and repetitions of a maximal contraction, then fast ones, as the patient's own prescription
    (Laycock & Jerwood 2001, Physiotherapy 87:631). `rungs` lowest first; None where every rung asks for more, or says
    nothing of holds.
    """
    found = None
    for rung in rungs:
        hold, reps, quick = rung.values.get("hold"), rung.values.get("reps"), rung.values.get("quick_reps")
        if hold is None or reps is None:
            continue
        if hold <= endurance_s * 1000 and reps <= repetitions and (quick is None or fast is None or quick <= fast):
            found = rung
    return found


def parameters_in(assignment: AssignmentFacts, phase: Phase | None) -> dict[str, int | float]:
    """Parameter values: the program's defaults, under the assignment's, under what the phase sets."""
    values = {name: parameter.default for name, parameter in assignment.program.parameters.items()}
    values.update({name: value for name, value in assignment.parameters.items() if name in values})
    if phase is not None:
        values.update({name: value for name, value in phase.set.items() if name in values})
    return values


def count_on(value: int | Reference, assignment: AssignmentFacts, *, day: date, phase: Phase | None) -> int | None:
    """A count, or what the reference is worth on that day; None where it is worth nothing for this patient."""
    if not isinstance(value, Reference):
        return value
    if value.name in assignment.program.ladders:
        rung = rung_on(assignment, value.name, day)
        found = None if rung is None or value.field is None else rung.values.get(value.field)
    else:
        found = parameters_in(assignment, phase).get(value.name)
    return None if found is None else int(found)


def ladders_of(program: Program, session_id: str, *, with_variants: bool = False) -> frozenset[str]:
    """The ladders that the session's steps refer to, those of its alternatives included; those that only a variant has
    where they are asked for."""
    session = program.sessions[session_id]
    found: set[str] = set()
    for alternative in session.alternate:
        if alternative != session_id and alternative in program.sessions:
            found |= ladders_of(program, alternative, with_variants=with_variants)
    exercises = exercises_of(session) if with_variants else (step.exercise for step in steps_of(session))
    for exercise in exercises:
        found |= _ladders_in(program, exercise)
    return frozenset(found)


def nth_on(assignment: AssignmentFacts, session_key: str, day: date, *, performed: Iterable[Performed]) -> int:
    """1 + how often this session was completed up to and with that day at the rungs that hold on it.

    A variant, or a session at a smaller size than prescribed, does not count here.
    """
    program = assignment.program
    used = ladders_of(program, session_key)
    now = {ladder_id: rung_on(assignment, ladder_id, day) for ladder_id in used}
    sizes = {rung.id for rung in now.values() if rung is not None}
    known = {rung.id for ladder_id in used for rung in rungs_of(program.ladders[ladder_id], assignment.own_set)}
    completed = 0
    for sitting in performed:
        if (
            sitting.assignment_id != assignment.id
            or sitting.session_key != session_key
            or sitting.outcome != "complete"
            or sitting.variant is not None
            or sitting.day_on > day
        ):
            continue
        if sitting.rung in known and sitting.rung not in sizes:
            continue
        if all(rung_then(assignment, ladder_id, sitting.day_on) == rung for ladder_id, rung in now.items()):
            completed += sitting.times
    return completed + 1
