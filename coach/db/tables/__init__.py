"""One module a subject; importing this package registers every table."""

from coach.db.tables.account import Account, Invitation, SignIn, SignInAttempt
from coach.db.tables.base import Base
from coach.db.tables.clinic import Clinic, ClinicBandChange, EffectBand, Team
from coach.db.tables.consultation import (
    Consultation,
    ConsultationBaseline,
    ConsultationGoal,
    ConsultationRecord,
    ConsultationTreatment,
)
from coach.db.tables.injection import (
    BandChange,
    Injection,
    InjectionBand,
    InjectionChart,
    InjectionObservation,
    InjectionSite,
    SideEffect,
    SideEffectRecord,
)
from coach.db.tables.patient import Dilator, Patient
from coach.db.tables.plan import DueDay, Notice, Pause, PhaseEnd
from coach.db.tables.program import Assignment, AssignmentChange, Placement, Program, Revision, RungProposal
from coach.db.tables.reminder import Reminder, ReminderChoice, ReminderHeartbeat, ReminderTime
from coach.db.tables.safety import Alert, SafetyAnswer
from coach.db.tables.session import EventConflict, Script, Session, SessionEvent

__all__ = [
    "Account",
    "Alert",
    "Assignment",
    "AssignmentChange",
    "BandChange",
    "Base",
    "Clinic",
    "ClinicBandChange",
    "Consultation",
    "ConsultationBaseline",
    "ConsultationGoal",
    "ConsultationRecord",
    "ConsultationTreatment",
    "Dilator",
    "DueDay",
    "EffectBand",
    "EventConflict",
    "Injection",
    "InjectionBand",
    "InjectionChart",
    "InjectionObservation",
    "InjectionSite",
    "Invitation",
    "Notice",
    "Patient",
    "Pause",
    "PhaseEnd",
    "Placement",
    "Program",
    "Reminder",
    "ReminderChoice",
    "ReminderHeartbeat",
    "ReminderTime",
    "Revision",
    "RungProposal",
    "SafetyAnswer",
    "Script",
    "Session",
    "SessionEvent",
    "SideEffect",
    "SideEffectRecord",
    "SignIn",
    "SignInAttempt",
    "Team",
]
