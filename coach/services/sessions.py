"""Sessions: what is shown before one, opening it, writing down what the player tells of it, and what it came to.

Events are never refused for a wrong clock, a late arrival or a changed program: what happened, happened.
"""

from __future__ import annotations

import hashlib
import json
import logging
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import bindparam, insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.db.engine import rows as rows_by
from coach.domain import fold as rules
from coach.domain.calendar import local_day
from coach.domain.course import NO_INSERTION, pauses_on
from coach.domain.fold import SessionResult, StepResult
from coach.domain.ladders import ladders_of, on_ladders, place_on, rung_on, rungs_of
from coach.domain.plan import AssignmentFacts, ScriptInputs, may_be_done, safety_checks_on
from coach.domain.program import Rung, SafetyCheck
from coach.domain.safety import by_urgency, token_of, usual_on
from coach.domain.script import CannotCompile, Script, script_hash, with_safety
from coach.services import access, alerts, due_days, phases, plans, programs, progress
from coach.services.access import NotFound, Viewer
from coach.services.defaults import clinic_defaults
from coach.services.plans import PatientFacts

log = logging.getLogger("coach.errors")

MOST_EVENTS = 200  # of one upload
LONGEST_BODY = 8_000  # characters of one event's body
LONGEST_MS = 48 * 3600 * 1000  # of one event's guided time, and of a session by the monotonic clock
MOST_SEQ = 5_000  # what a long evening of taps and ratings makes is a tenth; each upload reads the whole log
DEEPEST_BODY = 8  # levels of one event's body
MOST_CONFLICTS = 1_000  # kept of one session
STRONG_PAIN = 7  # 0-10; from here on the clinic's contact is shown (ours: where the examples end a session)

Status = Literal["stored", "duplicate", "conflict", "rejected"]


class CannotOpen(ValueError):
    """This session cannot be made for her as things stand; the message is for her therapist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomingEvent:
    """An event as the player made it: its own id, its place in the log, and the player's two clocks."""

    id: UUID
    seq: int
    kind: str
    guided_ms: int
    mono_ms: int
    at: datetime
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EventAnswer:
    """What became of one event. `rejected` says why in `code`; every answer lets the player forget the event."""

    id: UUID
    status: Status
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an upload: an answer for each event, in their order, and how the session stands after them."""

    answers: tuple[EventAnswer, ...]
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantOffer:
    """One way to do a session; `id` None is the whole of it. Minutes from the shortest to the longest; `size_mm` is the
    size of the longest work, so that a touch of the next one is not announced as today's."""

    id: str | None
    title: str | None
    minutes: tuple[float, float]
    size_mm: float | None


@dataclass(frozen=True, slots=True)
class Sizes:
    """A ladder of sizes that the session stands on: what is planned today, and the smaller ones that she may take
    instead, the nearest first. `is_eased`: it is the first one back after a gap, and lower for that."""

    ladder: str
    planned: Rung
    smaller: tuple[Rung, ...]
    is_eased: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Preparation:
    """What stands before a session. `cannot`: why it cannot be played, for her therapist; then there are no offers."""

    assignment_id: UUID
    session_key: str
    title: str
    is_reviewed: bool
    is_planned: bool
    offers: tuple[VariantOffer, ...]
    steps: tuple[str, ...]
    equipment: tuple[str, ...]
    cautions: tuple[str, ...]
    open_session_id: UUID | None
    cannot: str | None
    sizes: tuple[Sizes, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A session in retrospect. `say`: the clinic's words where a safety question was answered with yes;
    `say_besides` those of a routine one, after which the practice goes on."""

    session_id: UUID
    assignment_id: UUID
    session_key: str
    title: str
    day_on: date
    result: SessionResult
    step_titles: Mapping[str, str]
    say: tuple[str, ...]
    say_besides: tuple[str, ...]
    urgency: str | None
    instead: str | None
    by_rule: bool  # ended by one of its stop rules

    @property
    def hurts(self) -> bool:
        return max(self.result.pain_peak or 0, self.result.pain_before or 0) >= STRONG_PAIN

    @property
    def steps_done(self) -> tuple[StepResult, ...]:
        return tuple(row for row in self.result.steps if row.done_ms > 0 or row.mark in ("done", "stayed"))


def keys_of(db: Session, viewer: Viewer, assignment_id: UUID) -> tuple[str, ...]:
    """The ids of the sessions of an assignment's program. Raises NotFound."""
    return tuple(programs.load(db, access.assignment(db, viewer, assignment_id).revision_id).sessions)


def preparation(db: Session, viewer: Viewer, assignment_id: UUID, session_key: str, *, now: datetime) -> Preparation:
    """What a session of today would be. Raises NotFound."""
    patient = access.patient(db, viewer, access.assignment(db, viewer, assignment_id).patient_id)
    known = plans.facts(db, patient, now=now)
    program = known.assignment(assignment_id).program
    if session_key not in program.sessions:
        raise NotFound("session")
    offers: list[VariantOffer] = []
    steps: tuple[str, ...] = ()
    kinds: set[str] = set()
    cannot: str | None = None
    inputs = plans.script_inputs(known, assignment_id, session_key, known.today)
    for variant in (None, *plans.offered_variants(program, inputs)):
        key = variant.id if variant else None
        try:
            script = plans.script_for(known, assignment_id, session_key, known.today, variant=key)
        except CannotCompile as error:
            if variant is None:
                cannot = str(error)
                break
            continue  # a variant of which nothing is left today keeps nobody from the session
        offers.append(_offer(script, variant.title.in_language(known.language) if variant else None))
        kinds |= {step["kind"] for step in script["steps"]}
        steps = steps or tuple(dict.fromkeys(step["title"] for step in script["steps"]))
    begun = _open_one(db, patient, assignment_id, session_key, known)
    if begun is not None and not _may_go_on(db, begun, known):
        begun = None
    is_meant = plans.is_meant(program, kinds)
    return Preparation(
        assignment_id=assignment_id,
        session_key=session_key,
        title=program.sessions[session_key].title.in_language(known.language),
        is_reviewed=program.is_reviewed,
        is_planned=_may_open(known, assignment_id, session_key),
        offers=tuple(offers),
        steps=steps,
        equipment=tuple(text.in_language(known.language) for text in program.equipment if is_meant),
        cautions=tuple(text.in_language(known.language) for text in program.cautions if is_meant),
        open_session_id=begun.id if begun else None,
        cannot=cannot,
        sizes=_sizes(known.assignment(assignment_id), inputs),
    )


def _sizes(assignment: AssignmentFacts, inputs: ScriptInputs) -> tuple[Sizes, ...]:
    found = []
    for ladder_id in sorted(ladders_of(assignment.program, inputs.plays)):
        rungs = rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)
        planned = next((rung for rung in rungs if rung.id == inputs.rungs.get(ladder_id)), None)
        if planned is not None and planned.size_mm is not None:
            smaller = rungs[: rungs.index(planned)][::-1]
            found.append(Sizes(ladder_id, planned, smaller, ladder_id in inputs.eased))
    return tuple(found)


def open_session(
    db: Session,
    viewer: Viewer,
    *,
    assignment_id: UUID,
    session_key: str,
    variant: str | None = None,
    smaller: Mapping[str, str] | None = None,
    now: datetime,
) -> t.Session:
    """A session of today to play; the one that was begun today and not ended, where there is one, and where nobody has
    placed her lower since.

    `smaller`: ladder id -> a lower rung than hers, for this time; a higher one is not heard. It counts for the
    patient's calendar day on which it was opened. Raises NotFound for what today's plan does not hold, CannotOpen.
    """
    patient = _herself(db, viewer)
    known = plans.facts(db, patient, now=now)
    if not _may_open(known, assignment_id, session_key):
        raise NotFound("session")
    if not due_days.has_opened(known):
        due_days.freeze(db, patient, now=now)
    found = _open_one(db, patient, assignment_id, session_key, known)
    if found is not None and found.started_at is not None:
        if _may_go_on(db, found, known):
            return found
        found = None  # what was done of it stays as it is
    try:
        script = plans.script_for(known, assignment_id, session_key, known.today, variant=variant, smaller=smaller)
    except CannotCompile as error:
        raise CannotOpen(str(error)) from error
    script_id = _script(db, patient, with_safety(script, _named_neutrally(_due_checks(db, patient, known))))
    if (
        found is not None
    ):  # opened and left before it began: nothing was played, so the way that she chose now takes its place
        found.script_id, found.variant = script_id, variant
        return found
    session = t.Session(
        clinic_id=patient.clinic_id,
        team_id=patient.team_id,
        patient_id=patient.id,
        assignment_id=assignment_id,
        session_key=session_key,
        variant=variant,
        script_id=script_id,
        day_on=local_day(now, zone=patient.zone),
        opened_at=now,
    )
    db.add(session)
    db.flush()
    return session


def may_begin(db: Session, viewer: Viewer, session_id: UUID, *, now: datetime) -> bool:
    """Whether an opened session may be begun now: on its own day, while her plan offers it, with nothing in it that has
    to wait by now and on no higher rung or larger size than is hers now. One that has begun may go on at any time,
    unless her place was lowered or locked since. Raises NotFound."""
    session = access.session(db, viewer, session_id)
    if session.outcome != "open":
        return True
    known = plans.facts(db, access.patient(db, viewer, session.patient_id), now=now)
    if session.started_at is not None:
        return _may_go_on(db, session, known)
    if session.day_on != known.today or not _may_open(known, session.assignment_id, session.session_key):
        return False
    asked = (known, session.assignment_id, session.session_key, known.today)
    inputs, opened = plans.script_inputs(*asked), _script_of(db, session)
    try:
        fresh = plans.script_for(*asked, variant=session.variant)
    except CannotCompile:
        return False
    if any(step["exercise"] in inputs.leave_out for step in opened["steps"]):
        return False
    sizes = {step["id"]: step["size_mm"] or 0.0 for step in fresh["steps"]}
    largest = max(sizes.values(), default=0.0)
    if any((step["size_mm"] or 0.0) > sizes.get(step["id"], largest) for step in opened["steps"]):
        return False
    assignment = known.assignment(session.assignment_id)
    for ladder_id, rung in {each for step in opened["steps"] for each in (step.get("on") or {}).items()}:
        order = [each.id for each in rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)]
        if rung not in order or order.index(rung) > order.index(inputs.rungs[ladder_id]):
            return False
    return True


def _may_go_on(db: Session, session: t.Session, known: PatientFacts) -> bool:
    """Whether a session that has begun may go on: none of its steps stands on a rung above the one that is hers by now,
    nor on a ladder that is locked."""
    assignment = known.assignment(session.assignment_id)
    for step in _script_of(db, session)["steps"]:
        for ladder_id, rung_id in (step.get("on") or {}).items():
            if ladder_id not in assignment.program.ladders:
                continue
            place, rung = place_on(assignment, ladder_id, known.today), rung_on(assignment, ladder_id, known.today)
            if rung is None or (place is not None and place.state == "locked"):
                return False
            order = [each.id for each in rungs_of(assignment.program.ladders[ladder_id], assignment.own_set)]
            if rung_id not in order or order.index(rung_id) > order.index(rung.id):
                return False
    return True


def script_of(db: Session, viewer: Viewer, session_id: UUID) -> dict[str, Any]:
    """The script of a session as it was compiled when it was opened. Raises NotFound."""
    return _script_of(db, access.session(db, viewer, session_id))


def log_of(db: Session, viewer: Viewer, session_id: UUID) -> list[dict[str, Any]]:
    """The events of a session in order, as folding takes them, with `at` in epoch ms and `id`. Raises NotFound."""
    return _log(db, access.session(db, viewer, session_id).id)


def record(
    db: Session, viewer: Viewer, session_id: UUID, events: Sequence[IncomingEvent], *, now: datetime
) -> Recorded:
    """Writes down what is new and folds the whole log again; what that does to her rungs follows at once.

    The same event again is a `duplicate`. Another one under its id, or at its place, is a `conflict`: it is kept apart
    for a person to look at. Nothing here depends on the order or the number of uploads. Raises NotFound, ValueError for
    more than MOST_EVENTS.
    """
    if len(events) > MOST_EVENTS:
        raise ValueError(f"at most {MOST_EVENTS} events at once")
    if viewer.role != "patient":
        raise NotFound("session")
    # On PostgreSQL an upload waits here for another one of hers, and for whoever changes her plan: what it does to her
    # rungs heeds what they wrote. Her row before the session's, as the reminders do; on SQLite they waited already.
    rows_by(db, _LOCK_HER, patient_id=viewer.patient_id)
    session = access.session(db, viewer, session_id, for_update=True)
    log = _rows_of(db, session_id)
    by_id = _elsewhere(db, session_id, events) | {row["id"]: (session_id, row["sha256"]) for row in log}
    by_seq = {row["seq"] for row in log}
    answers, new, conflicts = [], [], []
    for event in events:
        body = _sound(event.body)
        code = _objection(event)
        if code is not None or body is None:
            answers.append(EventAnswer(event.id, "rejected", code or "body"))
            continue
        digest = _digest(event, body)
        taken = by_id.get(event.id)
        if taken is None and event.seq not in by_seq:
            by_id[event.id] = (session_id, digest)
            by_seq.add(event.seq)
            new.append(_row(session, event, digest, body, now))
            answers.append(EventAnswer(event.id, "stored"))
        elif taken == (session_id, digest):
            answers.append(EventAnswer(event.id, "duplicate"))
        else:
            conflicts.append((event, digest))
            answers.append(EventAnswer(event.id, "conflict"))
    if new:
        # On the connection: nothing here needs these rows as objects.
        db.connection().execute(_ADD_EVENTS, new)
        was_used = session.size_mm is not None
        _settle(db, session, [*log, *new], now)
        if session.size_mm is not None and not was_used:
            _look_at_its_day(db, access.patient(db, viewer, session.patient_id), session, now)
    _quarantine(db, session, conflicts, now)
    if new or conflicts:
        said = [_as_played(row) for row in (*log, *new) if row["kind"] == "answered"]
        said += [{"kind": event.kind, "body": event.body} for event, _ in conflicts]
        _raise_alerts(db, viewer, session, said, now)
    outcome = session.outcome
    if new and session.closed_at is not None:
        _bring_about(db, access.patient(db, viewer, session.patient_id), session, now)
    return Recorded(tuple(answers), outcome)


def summary(db: Session, viewer: Viewer, session_id: UUID) -> Summary:
    """What a session came to, from its events. Raises NotFound."""
    session = access.session(db, viewer, session_id)
    script = _script_of(db, session)
    log = _log(db, session.id)
    result = rules.result_of(script, log)
    told = rules.told(script, log)
    raised = [check for check in told if rules.is_urgent(check)] if result.red_flag else []
    urgencies = [check["urgency"] for check in raised]
    return Summary(
        session_id=session.id,
        assignment_id=session.assignment_id,
        session_key=session.session_key,
        title=script["title"],
        day_on=session.day_on,
        result=result,
        step_titles={step["id"]: step["title"] for step in script["steps"]},
        say=tuple(check["say"] for check in raised),
        # Together with a sign of an emergency what is harmless alone may not be: then only the emergency's words hold.
        say_besides=()
        if "emergency" in urgencies
        else tuple(check["say"] for check in told if not rules.is_urgent(check)),
        urgency=next((each for each in ("emergency", "same_day") if each in urgencies), None),
        instead=result.instead,
        by_rule=session.by_rule,
    )


def _herself(db: Session, viewer: Viewer) -> t.Patient:
    if viewer.role != "patient" or viewer.patient_id is None:
        raise NotFound("patient")
    return access.patient(db, viewer, viewer.patient_id)


def _may_open(known: PatientFacts, assignment_id: UUID, session_key: str) -> bool:
    """Sessions of today's phase, and those that a rule of one of them puts in its place, or that stand in for one whose
    ladder rests."""
    if plans.is_planned(known, assignment_id, session_key, known.today):
        return True
    if session_key in plans.instead(known, assignment_id, known.today):
        return True
    assignment = known.assignment(assignment_id)
    return (
        any(
            rule.session == session_key
            for key, session in assignment.program.sessions.items()
            for rule in session.instead_when
            if plans.is_planned(known, assignment_id, key, known.today)
        )
        and session_key in assignment.program.sessions
        and may_be_done(assignment, session_key, known.today)
    )


def _offer(script: Script, title: str | None) -> VariantOffer:
    lengths: dict[float, float] = {}
    for step in script["steps"]:
        if step["size_mm"] is not None:
            lengths[step["size_mm"]] = lengths.get(step["size_mm"], 0) + (step["length_s"] or 0)
    return VariantOffer(
        id=script["variant"],
        title=title,
        minutes=(script["shortest_s"] / 60, script["longest_s"] / 60),
        size_mm=max(lengths, key=lambda size: (lengths[size], size), default=None),
    )


def _open_one(
    db: Session, patient: t.Patient, assignment_id: UUID, session_key: str, known: PatientFacts
) -> t.Session | None:
    return db.scalars(
        select(t.Session)
        .where(
            t.Session.patient_id == patient.id,
            t.Session.assignment_id == assignment_id,
            t.Session.session_key == session_key,
            t.Session.day_on == known.today,
            t.Session.outcome == "open",
        )
        .order_by(t.Session.opened_at.desc(), t.Session.id)
        .limit(1)
    ).one_or_none()


def _due_checks(db: Session, patient: t.Patient, known: PatientFacts) -> list[SafetyCheck]:
    """Today's safety questions, without those that a session of today has put to her already: those of her programs,
    and after an injection the clinic's usual ones for an urgent sign that none of them asks about."""
    usual = usual_on(
        known.today,
        assignments=known.assignments,
        injections=known.injections,
        usual=[check for check in clinic_defaults().safety_checks if check.from_.on == "injection"],
    )
    due = by_urgency(
        [
            *(check for _, check in safety_checks_on(known.today, assignments=known.assignments)),
            *(check for check in usual if check.urgency != "routine"),
        ]
    )
    if not due:
        return []
    asked: set[str] = set()
    for session in db.scalars(
        select(t.Session).where(
            t.Session.patient_id == patient.id, t.Session.day_on == known.today, t.Session.started_at.is_not(None)
        )
    ):
        script = _script_of(db, session)
        state = rules.fold(script, _log(db, session.id))
        if script["safety"] and rules.current_stage(script, state)["moment"] != "safety":
            asked |= {check["id"] for check in script["safety"]}
    return [check for check in due if token_of(check) not in asked]


def _named_neutrally(checks: Iterable[SafetyCheck]) -> list[SafetyCheck]:
    """Answers wait on her device under the name of their question: one that does not say what it is about."""
    return [replace(check, id=token_of(check)) for check in checks]


def _script(db: Session, patient: t.Patient, script: Script) -> UUID:
    """The row of a script, written once however many open it at the same moment."""
    sha256 = script_hash(script)
    body = json.dumps(script, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    into = postgresql.insert if db.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {"clinic_id": patient.clinic_id, "team_id": patient.team_id, "sha256": sha256, "body": body}
    db.execute(into(t.Script).values(values).on_conflict_do_nothing(index_elements=["clinic_id", "sha256"]))
    return db.scalars(
        select(t.Script.id).where(t.Script.clinic_id == patient.clinic_id, t.Script.sha256 == sha256)
    ).one()


def _script_of(db: Session, session: t.Session) -> dict[str, Any]:
    found = _scripts.get(session.script_id)
    if found is None:
        body = db.scalars(select(t.Script.body).where(t.Script.id == session.script_id)).one()
        found = cast(dict[str, Any], json.loads(body))
        if len(_scripts) >= _MOST_SCRIPTS:
            _scripts.clear()
        _scripts[session.script_id] = found
    return found


# Scripts never change and name nobody; one is read for each upload of its session. Callers leave them as they are.
_scripts: dict[UUID, dict[str, Any]] = {}
_MOST_SCRIPTS = 200


def _rows_of(db: Session, session_id: UUID) -> list[dict[str, Any]]:
    """The stored events of a session in order of `seq`; `body` is still JSON."""
    return [row._asdict() for row in rows_by(db, _EVENTS, session_id=session_id)]


def _log(db: Session, session_id: UUID) -> list[dict[str, Any]]:
    return [{**_as_played(row), "id": str(row["id"]), "at": _epoch_ms(row["at"])} for row in _rows_of(db, session_id)]


def _as_played(row: Mapping[str, Any]) -> dict[str, Any]:
    """A stored event as folding takes it."""
    return {
        "seq": row["seq"],
        "kind": row["kind"],
        "guided_ms": row["guided_ms"],
        "mono_ms": row["mono_ms"],
        "body": json.loads(row["body"]),
    }


def _elsewhere(db: Session, session_id: UUID, events: Iterable[IncomingEvent]) -> dict[UUID, tuple[UUID, bytes]]:
    """Which of these ids were taken in other sessions."""
    taken = rows_by(db, _ELSEWHERE, ids=[event.id for event in events], session_id=session_id)
    return {row.id: (row.session_id, row.sha256) for row in taken}


# Asked at every upload, so put together once.
_LOCK_HER = select(t.Patient.id).where(t.Patient.id == bindparam("patient_id")).with_for_update()
_UNSETTLED = (
    select(t.Session)
    .where(
        t.Session.patient_id == bindparam("patient_id"),
        t.Session.unsettled_since.is_not(None),
        t.Session.id != bindparam("session_id"),
    )
    .order_by(t.Session.opened_at, t.Session.id)
)
_ADD_EVENTS = insert(t.SessionEvent)
_EVENTS = (
    select(
        t.SessionEvent.id,
        t.SessionEvent.seq,
        t.SessionEvent.kind,
        t.SessionEvent.guided_ms,
        t.SessionEvent.mono_ms,
        t.SessionEvent.at,
        t.SessionEvent.body,
        t.SessionEvent.sha256,
    )
    .where(t.SessionEvent.session_id == bindparam("session_id"))
    .order_by(t.SessionEvent.seq)
)
_ELSEWHERE = select(t.SessionEvent.id, t.SessionEvent.session_id, t.SessionEvent.sha256).where(
    t.SessionEvent.id.in_(bindparam("ids", expanding=True)), t.SessionEvent.session_id != bindparam("session_id")
)


def _objection(event: IncomingEvent) -> str | None:
    """Why an event cannot be taken for one of ours; a wrong clock is no reason."""
    if event.kind not in rules.KINDS:
        return "kind"
    if not 0 < event.seq <= MOST_SEQ:
        return "seq"
    if not 0 <= event.guided_ms <= LONGEST_MS or not 0 <= event.mono_ms <= LONGEST_MS:
        return "time"
    return None


def _sound(body: Mapping[str, Any]) -> str | None:
    """The body as it is stored; None where not every reader could read it again: it has to be short, not deep, and
    without a number that JSON does not know."""
    level: list[Any] = [body]
    for _ in range(DEEPEST_BODY):
        if not level:
            break
        level = [
            inner for each in level for inner in (each.values() if isinstance(each, Mapping) else each)
            if isinstance(inner, Mapping | list)
        ]  # fmt: skip
    try:
        written = None if level else _canonical(body)
    except ValueError:
        return None
    return written if written is not None and len(written) <= LONGEST_BODY else None


def _digest(event: IncomingEvent, body: str) -> bytes:
    """Of everything that the player said of the event."""
    whole = [str(event.id), event.seq, event.kind, event.guided_ms, event.mono_ms, _epoch_ms(event.at), body]
    return hashlib.sha256(_canonical(whole).encode()).digest()


_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _epoch_ms(instant: datetime) -> int:
    return (instant - _EPOCH) // timedelta(milliseconds=1)


def _row(session: t.Session, event: IncomingEvent, digest: bytes, body: str, now: datetime) -> dict[str, Any]:
    return {
        "id": event.id,
        "clinic_id": session.clinic_id,
        "team_id": session.team_id,
        "session_id": session.id,
        "seq": event.seq,
        "kind": event.kind,
        "at": event.at,
        "mono_ms": event.mono_ms,
        "guided_ms": event.guided_ms,
        "body": body,
        "sha256": digest,
        "received_at": now,
    }


def _settle(db: Session, session: t.Session, rows: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Puts the fold of the whole log on the session's row."""
    script = _script_of(db, session)
    state = rules.fold(script, [_as_played(row) for row in rows])
    result = rules.result(script, state)
    session.started_at = next((_believable(session, row["at"], now) for row in rows if row["kind"] == "started"), None)
    session.outcome = result.outcome
    if result.outcome != "open" and session.closed_at is None:
        session.closed_at = max(_believable(session, row["at"], now) for row in rows)
    session.stop_reason = result.stop_reason
    session.credit = result.credit
    session.share = result.share
    session.dose_ms = result.dose_ms
    session.asked_ms = result.asked_ms
    session.size_mm = result.size_mm
    session.rung = result.rung
    session.pain_before, session.pain_peak, session.pain_after = result.pain_before, result.pain_peak, result.pain_after
    session.anxiety_before, session.anxiety_peak = result.anxiety_before, result.anxiety_peak
    session.anxiety_after = result.anxiety_after
    session.red_flag = result.red_flag
    # Another session that took its place was chosen by an answer, not ended by what came up in it.
    session.by_rule = state["by_rule"] and result.instead is None
    shown = on_ladders(script, state) if result.outcome != "open" else {}
    session.ladders = {name: asdict(each) for name, each in shown.items()} or None
    db.flush()


def _bring_about(db: Session, patient: t.Patient, session: t.Session, now: datetime) -> None:
    """What this sitting does to her rungs and phases, and what earlier ones could not do. Whatever goes wrong in that,
    what she did and told stays written down: it is logged, and tried again with the next sitting that ends."""
    # What waits goes first, so that things happen in the order in which she sat down.
    for each in (*db.scalars(_UNSETTLED, {"patient_id": patient.id, "session_id": session.id}).all(), session):
        session_id = each.id
        try:
            with db.begin_nested():
                progress.settle(db, patient, each, now=now)
                phases.settle(db, patient, each, now=now)
                each.unsettled_since = None
        except Exception as error:
            log.error(_written_of(error, session_id))
            each.unsettled_since = each.unsettled_since or now
            db.flush()


def _written_of(error: Exception, session_id: UUID) -> str:
    """Where it went wrong, as the log keeps it: no value of hers."""
    frames = traceback.extract_tb(error.__traceback__)
    at = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    return json.dumps({"session": str(session_id), "error": type(error).__name__, "at": at})


def _look_at_its_day(db: Session, patient: t.Patient, session: t.Session, now: datetime) -> None:
    """Tells her therapist of a dilator that was used on a day on which nothing is to be inserted, by an injection or a
    pause. She may have been offline, or not have known of it: nothing is refused, and nothing is said to her."""
    if session.started_at is None:
        return
    day = local_day(session.started_at, zone=patient.zone)
    try:
        assignment = plans.facts(db, patient, now=now, performed=False).assignment(session.assignment_id)
    except (NotFound, programs.RefusedNow):  # a program that is not read any more keeps no event out
        return
    # Not a warning sign of that day: she may have told of it after she had practised.
    if any(rest.holds(day) for rest in assignment.rests) or any(
        pause.why in (*NO_INSERTION, "hold") for pause in pauses_on(assignment, day)
    ):
        alerts.raise_alert(
            db,
            patient,
            key=f"rested:{session.id}",
            kind="inserted_at_rest",
            urgency="routine",
            body={"day_on": day.isoformat()},
            session_id=session.id,
            now=now,
        )


def _raise_alerts(
    db: Session, viewer: Viewer, session: t.Session, said: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    """One for each safety question that any event answers with yes: however late it comes up, whatever came after it,
    and though it contradicts another one."""
    told = rules.told(_script_of(db, session), said)
    if not told:
        return
    patient = access.patient(db, viewer, session.patient_id)
    for check in told:
        alerts.raise_alert(
            db,
            patient,
            key=f"session:{session.id}:{check['id']}",
            kind="warning_sign",
            urgency=check["urgency"],
            body={"check": dict(check), "day_on": session.day_on.isoformat()},
            session_id=session.id,
            now=now,
        )


def _believable(session: t.Session, at: datetime, now: datetime) -> datetime:
    """When it happened. The device's clock may be wrong by hours; ours saw the session open and the event arrive."""
    return min(max(at, session.opened_at), now)


def _quarantine(
    db: Session, session: t.Session, conflicts: Sequence[tuple[IncomingEvent, bytes]], now: datetime
) -> None:
    """Keeps what contradicts the log, each contradiction once."""
    if not conflicts:
        return
    kept = t.EventConflict
    known = set(db.scalars(select(kept.sha256).where(kept.session_id == session.id)))
    for event, digest in conflicts:
        if digest in known or len(known) >= MOST_CONFLICTS:
            continue
        known.add(digest)
        whole = {
            "seq": event.seq,
            "kind": event.kind,
            "guided_ms": event.guided_ms,
            "mono_ms": event.mono_ms,
            "at": _epoch_ms(event.at),
            "body": event.body,
        }
        db.add(
            kept(
                clinic_id=session.clinic_id,
                team_id=session.team_id,
                session_id=session.id,
                event_id=event.id,
                body=_canonical(whole),
                sha256=digest,
                received_at=now,
            )
        )
