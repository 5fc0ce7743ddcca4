"""Phases that somebody ends: what the log shows for it, who says so, and how that is taken back.

Rows are added, never changed: the latest of a phase holds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.course import AssignmentFacts, can_be_ended, in_force
from coach.domain.phase_ends import Ending, ending_on
from coach.domain.program import Phase, Program, Text
from coach.services import access, due_days, notices, plans, programs
from coach.services.access import NotFound, Viewer
from coach.services.phase_log import OpenPhase, log_of, offers_of, runs
from coach.services.plans import PatientFacts
from coach.services.refusals import Refusal, Refused

LONGEST_REASON = 2_000  # characters
FARTHEST = timedelta(days=366)
# So long after the end of the phase the program that its author names for the time after is still proposed (ours).
PROPOSED_FOR = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Proposed:
    """The program that an author names for the time after a phase; `program_id` None: the clinic has none of that
    name."""

    after: Text
    key: str
    program_id: UUID | None
    title: str | None


@dataclass(frozen=True, slots=True)
class Phases:
    """What there is to decide about a patient's phases."""

    open: tuple[OpenPhase, ...]
    ended: tuple[OpenPhase, ...]
    proposed: tuple[Proposed, ...]


def phases_of(db: Session, viewer: Viewer, known: PatientFacts) -> Phases:
    """For a therapist, from facts at hand. At most three queries, none where no phase is anybody's to end."""
    running = [each for each, last in in_force(known.assignments) if runs(each, last, known.today)]
    log = log_of(db, [each for each in running if _may_end_any(each.program)])
    open_, names = [], []
    for assignment in running:
        ending = ending_on(assignment, known.today, log.get(assignment.id, ()))
        if ending is not None and ending.phase.id not in assignment.ended:
            open_.append(
                OpenPhase(
                    assignment_id=assignment.id,
                    program=assignment.program.title,
                    phase=ending.phase,
                    needs=ending.phase.until_needs,
                    ending=ending,
                )
            )
        names += _then(assignment, ending, known.today)
    return Phases(tuple(open_), _ended(db, running), _proposed(db, viewer, known, names))


def end(
    db: Session,
    viewer: Viewer,
    assignment_id: UUID,
    phase_id: str,
    *,
    last_on: date | None = None,
    reason: str = "",
    now: datetime,
) -> t.PhaseEnd:
    """Ends a phase that runs with `last_on` as its last day (her calendar; None: today), so that the next one begins on
    the day after.

    A therapist says why; a patient may where the phase leaves it to her and the log shows it, with today as its last
    day. Raises NotFound, Refused.
    """
    assignment = access.assignment(db, viewer, assignment_id)
    patient = access.patient(db, viewer, assignment.patient_id)
    facts = plans.facts(db, patient, now=now, performed=False)
    known, today = facts.assignment(assignment_id), facts.today
    phase = _phase(known.program, phase_id)
    if viewer.role == "patient":
        offered = offers_of(db, facts.assignments, today)
        if (assignment_id, phase_id) not in {(each.assignment_id, each.phase.id) for each in offered}:
            raise Refused(Refusal("phase", "not_offered"))
        last_on, reason = today, ""
    last = last_on or today
    refusals = _about_reason(reason) if viewer.role == "therapist" else []
    here = ending_on(known, today)
    if here is None or here.phase.id != phase_id or not _is_running(facts, known):
        refusals.append(Refusal("phase", "not_now"))
    elif last < today:
        refusals.append(Refusal("last_on", "in_the_past"))
    elif last - today > FARTHEST:
        refusals.append(Refusal("last_on", "far_away"))
    elif known.ended.get(phase_id) == last:
        refusals.append(Refusal("phase", "ended_meanwhile"))
    if refusals:
        raise Refused(*refusals)
    return _write(db, patient, known, phase, last, reason=reason, by=viewer.account_id, now=now)


def take_back(
    db: Session, viewer: Viewer, assignment_id: UUID, phase_id: str, *, reason: str, now: datetime
) -> t.PhaseEnd:
    """The phase goes on as if nobody had ended it; days that were stay as they were. Only a therapist; NotFound,
    Refused."""
    assignment = access.assignment(db, viewer, assignment_id)
    patient = access.treated(db, viewer, assignment.patient_id)
    known = plans.facts(db, patient, now=now, performed=False).assignment(assignment_id)
    phase = _phase(known.program, phase_id)
    refusals = _about_reason(reason)
    if phase_id not in known.ended:
        refusals.append(Refusal("phase", "not_ended"))
    if refusals:
        raise Refused(*refusals)
    return _write(db, patient, known, phase, None, reason=reason, by=viewer.account_id, now=now)


def settle(db: Session, patient: t.Patient, session: t.Session, *, now: datetime) -> None:
    """After a result was recorded: ends the phase of today where its program needs nobody's yes and the log shows what
    it asks for. A corrected record takes that back until the next phase has begun."""
    revision_id = db.scalars(select(t.Assignment.revision_id).where(t.Assignment.id == session.assignment_id)).one()
    program = programs.load(db, revision_id)
    if not any(phase.until and phase.until_needs == "automatic" for phase in program.phases):
        return
    known = plans.facts(db, patient, now=now, performed=False)
    assignment = known.assignment(session.assignment_id)
    ending = ending_on(assignment, known.today, log_of(db, [assignment]).get(assignment.id, ()))
    if ending is None or ending.phase.until_needs != "automatic" or not _is_running(known, assignment):
        return
    ended_on = assignment.ended.get(ending.phase.id)
    if ending.is_met and ended_on is None:
        _write(db, patient, assignment, ending.phase, known.today, reason="", by=None, now=now)
    elif not ending.is_met and ended_on is not None and _latest(db, assignment.id, ending.phase.id).ended_by_id is None:
        _write(db, patient, assignment, ending.phase, None, reason="", by=None, now=now)


def _write(
    db: Session,
    patient: t.Patient,
    assignment: AssignmentFacts,
    phase: Phase,
    last: date | None,
    *,
    reason: str,
    by: UUID | None,
    now: datetime,
) -> t.PhaseEnd:
    # Two presses of one button at once would both be the same number.
    db.execute(select(t.Patient.id).where(t.Patient.id == patient.id).with_for_update())
    due_days.freeze(db, patient, now=now)
    number = select(func.coalesce(func.max(t.PhaseEnd.number), 0)).where(
        t.PhaseEnd.assignment_id == assignment.id, t.PhaseEnd.phase == phase.id
    )
    row = t.PhaseEnd(
        clinic_id=patient.clinic_id,
        team_id=patient.team_id,
        assignment_id=assignment.id,
        phase=phase.id,
        number=db.scalars(number).one() + 1,
        last_on=last,
        reason=reason.strip() or None,
        ended_by_id=by,
        ended_at=now,
    )
    db.add(row)
    db.flush()
    body: dict[str, notices.Value] = {"phase": phase.title}
    if last is not None:
        body["last_on"] = last
        phases = assignment.program.phases
        position = [each.id for each in phases].index(phase.id)
        if position + 1 < len(phases):
            body["next"] = phases[position + 1].title
    if by is None or by != _own_account(db, patient):
        kind: notices.Kind = "phase_ended" if last is not None else "phase_goes_on"
        notices.tell(db, patient, kind, body, assignment_id=assignment.id, by=by, now=now)
    return row


def _own_account(db: Session, patient: t.Patient) -> UUID | None:
    return db.scalars(select(t.Account.id).where(t.Account.patient_id == patient.id)).one_or_none()


def _is_running(known: PatientFacts, assignment: AssignmentFacts) -> bool:
    return any(each is assignment and runs(each, last, known.today) for each, last in in_force(known.assignments))


def _may_end_any(program: Program) -> bool:
    return any(phase.until is not None and can_be_ended(program, phase.id) for phase in program.phases)


def _phase(program: Program, phase_id: str) -> Phase:
    found = next((phase for phase in program.phases if phase.id == phase_id), None)
    if found is None:
        raise NotFound("phase")
    return found


def _latest(db: Session, assignment_id: UUID, phase_id: str) -> t.PhaseEnd:
    return db.scalars(
        select(t.PhaseEnd)
        .where(t.PhaseEnd.assignment_id == assignment_id, t.PhaseEnd.phase == phase_id)
        .order_by(t.PhaseEnd.number.desc())
        .limit(1)
    ).one()


def _ended(db: Session, running: Sequence[AssignmentFacts]) -> tuple[OpenPhase, ...]:
    with_end = {each.id: each for each in running if each.ended}
    if not with_end:
        return ()
    latest: dict[tuple[UUID, str], t.PhaseEnd] = {}
    for row in db.scalars(select(t.PhaseEnd).where(t.PhaseEnd.assignment_id.in_(with_end)).order_by(t.PhaseEnd.number)):
        latest[row.assignment_id, row.phase] = row
    found = []
    for (assignment_id, phase_id), row in latest.items():
        program = with_end[assignment_id].program
        phase = next((each for each in program.phases if each.id == phase_id), None)
        if phase is not None and row.last_on is not None:
            found.append(
                OpenPhase(
                    assignment_id=assignment_id,
                    program=program.title,
                    phase=phase,
                    needs=phase.until_needs,
                    ending=None,
                    ended_on=row.last_on,
                    by_rule=row.ended_by_id is None,
                    reason=row.reason,
                )
            )
    return tuple(found)


def _then(assignment: AssignmentFacts, ending: Ending | None, today: date) -> list[tuple[Text, str]]:
    """(title of the phase, key of the program that it names) where the phase is over, or its log shows that it may
    be."""
    found = []
    for span in assignment.spans:
        is_over = span.last is not None and timedelta() < today - span.last <= PROPOSED_FOR
        is_met = ending is not None and ending.phase.id == span.phase.id and ending.is_met
        if span.phase.then and (is_over or is_met):
            found.append((span.phase.title, span.phase.then))
    return found


def _proposed(
    db: Session, viewer: Viewer, known: PatientFacts, names: Sequence[tuple[Text, str]]
) -> tuple[Proposed, ...]:
    given = {each.program.id for each in known.assignments if each.ends_on is None or each.ends_on >= known.today}
    wanted = {key: after for after, key in names if key not in given}
    if not wanted:
        return ()
    there = {
        program.key: program
        for program in db.scalars(
            select(t.Program).where(t.Program.clinic_id == viewer.clinic_id, t.Program.key.in_(wanted))
        )
    }
    return tuple(
        Proposed(
            after=after,
            key=key,
            program_id=there[key].id if key in there else None,
            title=there[key].title if key in there else None,
        )
        for key, after in wanted.items()
    )


def _about_reason(reason: str) -> list[Refusal]:
    if not reason.strip():
        return [Refusal("reason", "missing")]
    return [Refusal("reason", "too_long", {"most": LONGEST_REASON})] if len(reason) > LONGEST_REASON else []
