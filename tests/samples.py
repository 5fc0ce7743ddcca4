"""One row of every kind that belongs to the cast's patient, so that a test can ask for each and change each."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from coach.db import tables as t
from coach.domain.script import compile_script, script_hash
from coach.services import programs
from coach.services.sign_ins import digest_of
from tests.cast import NOW, Cast

TOKEN = "an-invitation-that-was-not-used"
PROGRAM = """\
title: Quiet minutes
language: en
exercises:
  belly_breathing:
    kind: relaxation
    title: Belly breathing
    cue: Let the belly rise and fall.
    breathe: {in: 4s, out: 6s}
    for: 1min
  stay_still:
    kind: dilator
    title: Stay still
    cue: Nothing to do now.
    size: $dilator
    for: 1min
ladders:
  dilator:
    kind: dilator
    rungs: own set
    start: chosen at assignment
    up_needs: therapist
sessions:
  calm:
    title: Calm
    steps: [belly_breathing]
  practice:
    title: Practice
    steps: [belly_breathing, stay_still]
phases:
  - {id: weeks, title: Every day, from: start, do: {calm: 1 per day, practice: 1 per day}}
"""


@dataclass(frozen=True)
class Samples:
    program_id: uuid.UUID
    other_program_id: uuid.UUID  # given to nobody yet
    revision_id: uuid.UUID
    assignment_id: uuid.UUID
    injection_id: uuid.UUID
    side_effect_id: uuid.UUID
    session_id: uuid.UUID
    event_id: uuid.UUID
    reminder_id: uuid.UUID
    choice_id: uuid.UUID
    consultation_id: uuid.UUID
    notice_id: uuid.UUID
    alert_id: uuid.UUID
    proposal_id: uuid.UUID
    pause_id: uuid.UUID
    session_key: str = "calm"
    token: str = TOKEN


def make_samples(db: Session, cast: Cast, *, now: datetime = NOW) -> Samples:
    patient, therapist = cast.patient, cast.therapist
    owner = {"clinic_id": patient.clinic_id, "team_id": patient.team_id}
    today = now.date()

    def add(row):
        db.add(row)
        db.flush()
        return row

    def publish(key, text):
        program = add(t.Program(**owner, key=key, title="Quiet minutes", created_at=now))
        revision = add(
            t.Revision(
                **owner,
                program_id=program.id,
                number=1,
                sha256=hashlib.sha256(text.encode()).hexdigest(),
                text=text,
                imports={},
                published_at=now,
                published_by_id=therapist.account_id,
            )
        )
        return program, revision

    program, revision = publish("quiet-minutes", PROGRAM)
    other_program, _ = publish("more-quiet-minutes", PROGRAM.replace("1min", "2min"))
    injection = add(t.Injection(**owner, patient_id=patient.patient_id, created_at=now))
    chart = add(
        t.InjectionChart(
            **owner,
            injection_id=injection.id,
            number=1,
            state="given",
            on=date(2026, 2, 2),
            product="Example",
            units=100,
            insertion_on=date(2026, 2, 9),
            operator="CANARY-operator",
            notes="CANARY-notes",
            charted_by_id=therapist.account_id,
            charted_at=now,
        )
    )
    add(t.InjectionSite(**owner, chart_id=chart.id, position=0, muscle="Example", side="left", clock=3, units=50))
    add(
        t.InjectionObservation(
            **owner,
            injection_id=injection.id,
            kind="first_effect",
            number=1,
            on=date(2026, 2, 5),
            reason="CANARY-seen",
            observed_by_id=therapist.account_id,
            observed_at=now,
        )
    )
    change = add(
        t.BandChange(
            **owner,
            injection_id=injection.id,
            number=1,
            reason="CANARY-band",
            changed_by_id=therapist.account_id,
            changed_at=now,
        )
    )
    for band, first, last in (("onset", 2, 9), ("plateau", 10, 59), ("waning", 60, 119), ("worn_off", 120, None)):
        add(t.InjectionBand(**owner, change_id=change.id, band=band, from_day=first, to_day=last))
    add(
        t.ClinicBandChange(
            clinic_id=patient.clinic_id,
            onset=1,
            plateau=14,
            waning=84,
            worn_off=182,
            reason="By experience",  # the whole clinic's: no patient's and no team's
            changed_by_id=therapist.account_id,
            changed_at=now,
        )
    )
    side_effect = add(t.SideEffect(**owner, patient_id=patient.patient_id, injection_id=injection.id, created_at=now))
    add(
        t.SideEffectRecord(
            **owner,
            side_effect_id=side_effect.id,
            number=1,
            what="CANARY-what",
            severity="mild",
            began_on=date(2026, 2, 4),
            withdrawn=False,
            action="CANARY-action",
            recorded_by_id=therapist.account_id,
            recorded_at=now,
        )
    )
    consultation = add(t.Consultation(**owner, patient_id=patient.patient_id, created_at=now))
    record = add(
        t.ConsultationRecord(
            **owner,
            consultation_id=consultation.id,
            number=1,
            on=date(2026, 1, 19),
            onset="lifelong",
            lasted_months=64,
            history="CANARY-history",
            grade=3,
            oxford=2,
            power=2,
            endurance_s=4,
            repetitions=3,
            fast=5,
            anticoagulants=True,
            pregnancy=False,
            consents=True,
            consent_on=date(2026, 1, 19),
            notes="CANARY-consultation-notes",
            recorded_by_id=therapist.account_id,
            recorded_at=now,
        )
    )
    add(t.ConsultationGoal(**owner, record_id=record.id, position=1, goal="comfort"))
    add(t.ConsultationTreatment(**owner, record_id=record.id, position=1, treatment="CANARY-treatment"))
    add(t.ConsultationBaseline(**owner, record_id=record.id, position=1, penetration="tampon", pain=8, anxiety=9))
    for rung, size_mm in (("d1", 13), ("d2", 16)):
        add(t.Dilator(**owner, patient_id=patient.patient_id, rung=rung, size_mm=size_mm, label="CANARY-label"))
    assignment = add(
        t.Assignment(
            **owner,
            patient_id=patient.patient_id,
            revision_id=revision.id,
            start_on=today - timedelta(days=7),
            ends_on=today + timedelta(days=300),
            parameters={},
            assigned_by_id=therapist.account_id,
            assigned_at=now,
        )
    )
    add(
        t.Placement(
            **owner,
            assignment_id=assignment.id,
            ladder="dilator",
            rung="d1",
            from_on=today,
            reason="CANARY-reason",
            placed_by_id=therapist.account_id,
            placed_at=now,
        )
    )
    proposal = add(
        t.RungProposal(
            **owner,
            assignment_id=assignment.id,
            ladder="dilator",
            rung_from="d1",
            rung_to="d2",
            needs="patient",
            code="up",
            params={"met": 3, "need": 3, "of": 4, "rung": "d1", "tests": [], "completed": 1, "stayed": None},
            proposed_at=now,
        )
    )
    script = compile_script(programs.load(db, revision.id), "calm", rungs={}, own_set=(), parameters={})
    body = json.dumps(script, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    stored = add(t.Script(**owner, sha256=script_hash(script), body=body))
    session = add(
        t.Session(
            **owner,
            patient_id=patient.patient_id,
            assignment_id=assignment.id,
            session_key="calm",
            script_id=stored.id,
            day_on=today,
            opened_at=now,
        )
    )
    event = add(
        t.SessionEvent(
            **owner,
            id=uuid.uuid4(),
            session_id=session.id,
            seq=1,
            kind="started",
            at=now,
            mono_ms=0,
            guided_ms=0,
            body="{}",
            sha256=bytes(32),
            received_at=now,
        )
    )
    # Still to come, so that it leaves today's plan as it is.
    pause = add(
        t.Pause(
            **owner,
            patient_id=patient.patient_id,
            why="travel",
            first_on=today + timedelta(days=40),
            last_on=today + timedelta(days=47),
            note="CANARY-pause-note",
            begun_by_id=therapist.account_id,
            begun_at=now,
        )
    )
    choice = add(
        t.ReminderChoice(
            **owner,
            patient_id=patient.patient_id,
            channel="email",
            address="CANARY@example.org",
            wording="1",
            chosen_at=now,
            is_current=True,
        )
    )
    add(t.ReminderTime(**owner, choice_id=choice.id, slot=0, local_time=now.time().replace(tzinfo=None)))
    reminder = add(
        t.Reminder(
            **owner,
            patient_id=patient.patient_id,
            local_on=today,
            slot=0,
            due_at=now,
            not_before_at=now,
            expires_at=now + timedelta(hours=2),
        )
    )
    notice = add(
        t.Notice(
            **owner,
            patient_id=patient.patient_id,
            assignment_id=assignment.id,
            kind="rung_held",
            body=json.dumps({"size_mm": 13, "reason": "CANARY-notice"}),
            told_by_id=therapist.account_id,
            told_at=now,
        )
    )
    check = {"id": "spreading", "ask": "CANARY-asked", "say": "CANARY-told", "urgency": "emergency"}
    add(
        t.SafetyAnswer(
            **owner,
            id=uuid.uuid4(),
            patient_id=patient.patient_id,
            check_id=check["id"],
            asked=check["ask"],
            told=check["say"],
            urgency=check["urgency"],
            is_yes=True,
            day_on=today - timedelta(days=1),
            at=now - timedelta(days=1),
            received_at=now - timedelta(days=1),
        )
    )
    alert = add(
        t.Alert(
            **owner,
            patient_id=patient.patient_id,
            key="answer:1",
            kind="warning_sign",
            urgency="emergency",
            body=json.dumps({"checks": [check]}),
            raised_at=now - timedelta(days=1),
        )
    )
    # Somebody else of the same team is invited and not here yet, so that the link has somebody to open for.
    invited = add(
        t.Patient(
            **owner,
            name="CANARY-Lena",
            zone="Europe/Berlin",
            language="en",
            therapist_id=therapist.account_id,
            created_at=now,
            created_on=today,
        )
    )
    add(
        t.Invitation(
            **owner,
            patient_id=invited.id,
            token_digest=digest_of(TOKEN),
            created_by_id=therapist.account_id,
            created_at=now,
            expires_at=now + timedelta(days=7),
        )
    )
    return Samples(
        program.id,
        other_program.id,
        revision.id,
        assignment.id,
        injection.id,
        side_effect.id,
        session.id,
        event.id,
        reminder.id,
        choice.id,
        consultation.id,
        notice.id,
        alert.id,
        proposal.id,
        pause.id,
    )
