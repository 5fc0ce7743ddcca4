"""The demo clinic: two therapists and six patients at different points of their treatment, months of sessions each.

Everything goes through the services, day by day, with the clock of that day handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from coach import resource
from coach.db.engine import Database
from coach.domain.bands import ObservedKind
from coach.domain.calendar import local_day
from coach.domain.course import PauseWhy
from coach.domain.playing import Mood, played
from coach.domain.reminders import resolve
from coach.language.clinic import read_defaults
from coach.services import (
    accounts,
    assignment_changes,
    assignments,
    clinics,
    consultations,
    injections,
    notices,
    observations,
    patients,
    pauses,
    placements,
    plans,
    programs,
    reminders,
    sessions,
    side_effects,
    standings,
)
from coach.services.access import Viewer
from coach.services.assignment_changes import End
from coach.services.charts import ChartEntry, SiteEntry
from coach.services.consultations import BaselineEntry, ConsultationEntry
from coach.services.passwords import Passwords
from coach.services.sessions import IncomingEvent
from coach.services.side_effects import SideEffectEntry

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from coach.db import tables as t

PASSWORD = "three calm breaths"
THERAPISTS = (("Ines Ferrer", "ines@example.org"), ("Jonas Lind", "jonas@example.org"))
AFTER_INJECTION, DOWN_TRAINING = "after-injection-dilation", "down-training"
GENERIC_MM = ()  # the clinic's generic set
ONE_DEVICE_MM = (15, 18, 21, 24, 27, 30, 33, 36)


@dataclass(frozen=True, slots=True)
class Toxin:
    """One injection: days before today (negative: planned), what was given, and when insertion was allowed.

    `seen`: what was observed by days since it. `side_effect`: what, and from which to which day since it."""

    days_ago: int
    product: str = "onabotulinumtoxinA (Botox)"
    units: float = 100
    insertion_after: int = 3
    seen: Mapping[ObservedKind, int] = field(default_factory=dict)
    side_effect: tuple[str, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One consultation: days before today, what was taken down as fields of ConsultationEntry, and (pain, anxiety) by
    kind of penetration."""

    days_ago: int
    said: Mapping[str, Any]
    ratings: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def entry(self, on: date) -> ConsultationEntry:
        baselines = [BaselineEntry(penetration=kind, pain=p, anxiety=a) for kind, (p, a) in self.ratings.items()]
        consent_on = on if "consents" in self.said else None
        return ConsultationEntry(on=on, baselines=tuple(baselines), consent_on=consent_on, **self.said)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One patient's story. `practises(day since the course began, days since the last injection)` is the chance that
    a session that is due is done; `mood` how it goes. Her rungs follow from what she does: the therapist says yes to
    what is proposed on the days of the week on which she looks (`looks_on`, 0 = Monday). `rests`: what she said of
    days on which nothing is asked of her."""

    name: str
    sign_in_name: str
    therapist: int
    zone: str
    language: str
    began_days_ago: int
    toxins: tuple[Toxin, ...] = ()
    dilators_mm: tuple[float, ...] = GENERIC_MM
    looks_on: tuple[int, ...] = (0, 3)
    rests: tuple[tuple[int, int, PauseWhy], ...] = ()  # (first and last day, in days ago, why)
    visits: tuple[Visit, ...] = ()
    practises: Callable[[int, int | None], float] = field(default=lambda _day, _since: 0.85)
    mood: Callable[[int, int | None, Random], Mood] = field(default=lambda _day, _since, _chance: Mood())
    reminders: tuple[time, ...] = ()


def is_there(db: Session) -> bool:
    return clinics.is_any(db)


def fill(database: Database, *, now: datetime, say: Callable[[str], None] = lambda _line: None) -> None:
    """Makes the clinic as it stands at `now`. The same `now` gives the same clinic."""
    chance = Random(20_260_301)
    with database.write() as db:
        staff = _open_clinic(db, now - timedelta(days=400))
        program_ids = _import_programs(db, staff[0], now - timedelta(days=390))
    for course in COURSES:
        with database.write() as db:
            count = _Life(db, course, staff[course.therapist], program_ids, now, Random(chance.random())).live()
        say(f"{course.name}: {count} sessions")


def _open_clinic(db: Session, now: datetime) -> list[Viewer]:
    text = (resource("programs") / "clinic" / "defaults.yaml").read_text()
    clinic = clinics.open_clinic(
        db,
        name="Clinic by the river",
        contact="The clinic: 555 0100, on weekdays from 8 to 17. In an emergency: 112.",
        emergency_number="112",
        now=now,
        defaults=read_defaults(text),
    )
    team = clinics.open_team(db, clinic.id, name="Team")
    password_hash = Passwords().hash(PASSWORD)
    staff = []
    for name, sign_in_name in THERAPISTS:
        account = accounts.add_therapist(
            db,
            clinic_id=clinic.id,
            team_id=team.id,
            sign_in_name=sign_in_name,
            name=name,
            password_hash=password_hash,
            language="en",
            now=now,
        )
        staff.append(Viewer(account.id, "therapist", clinic.id, team.id))
    return staff


def _import_programs(db: Session, viewer: Viewer, now: datetime) -> dict[str, UUID]:
    folder = resource("programs")

    def read(name: str) -> str | None:
        path = folder / f"{name}.yaml"
        return path.read_text() if path.is_file() else None

    ids = {}
    for key in sorted(path.stem for path in folder.glob("*.yaml")):
        imported = programs.import_text(db, viewer, key=key, text=read(key) or "", imports_reader=read, now=now)
        if imported.program is None:
            raise RuntimeError(f"programs/{key}.yaml has problems: run `coach programs check`")
        ids[key] = imported.program.id
    return ids


class _Life:
    """One patient's days, from the first to today."""

    def __init__(
        self,
        db: Session,
        course: Course,
        therapist: Viewer,
        program_ids: dict[str, UUID],
        now: datetime,
        chance: Random,
    ) -> None:
        self.db, self.course, self.therapist, self.chance, self.now = db, course, therapist, chance, now
        self.program_ids = program_ids
        self.zone = ZoneInfo(course.zone)
        self.today = local_day(now, zone=course.zone)
        self.first = self.today - timedelta(days=course.began_days_ago)
        self.patient: t.Patient
        self.viewer: Viewer
        self.assignment_id: UUID | None = None
        self.injection_id: UUID | None = None
        self.plans_next = list(course.toxins)
        self.given: list[tuple[Toxin, UUID]] = []
        self.side_effects: dict[UUID, UUID] = {}

    def live(self) -> int:
        self._join()
        count = 0
        for number in range(self.course.began_days_ago + 1):
            day = self.first + timedelta(days=number)
            self._treat(day)
            count += self._practise(day, number)
        return count

    def _at(self, day: date, clock: time) -> datetime:
        """That time of her day; never later than the real now."""
        found = resolve(day, clock, self.zone) or datetime.combine(day, clock, self.zone).astimezone(UTC)
        return min(found, self.now)

    def _join(self) -> None:
        at = self._at(self.first, time(9, 5))
        self.patient = patients.add(
            self.db,
            self.therapist,
            name=self.course.name,
            zone=self.course.zone,
            language=self.course.language,
            dilators_mm=self.course.dilators_mm or _generic_mm(),
            now=at,
        )
        account = accounts.add_patient(
            self.db,
            self.patient,
            sign_in_name=self.course.sign_in_name,
            password_hash=_password_hash(),
            now=at,
        )
        patient = self.patient
        self.viewer = Viewer(account.id, "patient", patient.clinic_id, patient.team_id, patient.id)
        if not self.course.toxins:
            self._assign(DOWN_TRAINING, self.first, at)
        if self.course.reminders:
            reminders.choose(
                self.db,
                self.viewer,
                channel="email",
                address=self.course.sign_in_name,
                times=self.course.reminders,
                now=at,
            )

    def _treat(self, day: date) -> None:
        """What happens at the clinic that day: a consultation; an injection planned two weeks ahead, then given; a look
        at what is proposed. And what she says herself of the days to come."""
        for visit in self.course.visits:
            if day == self.today - timedelta(days=visit.days_ago):
                at = self._at(day, time(9, 30))
                consultations.consult(self.db, self.therapist, self.patient.id, visit.entry(day), now=at)
        for toxin in list(self.plans_next):
            given_on = self.today - timedelta(days=toxin.days_ago)
            planned_on = max(self.first, given_on - timedelta(days=14))
            if day == planned_on and given_on > day:
                self._plan(given_on, self._at(day, time(10, 0)))
            if day == given_on:
                self._give(toxin, given_on, self._at(day, time(12, 0)))
                self.plans_next.remove(toxin)
        for toxin, injection_id in self.given:
            self._follow(toxin, injection_id, day)
        if day.weekday() in self.course.looks_on:
            self._answer(self._at(day, time(6, 10)))
        for first, last, why in self.course.rests:
            if day == self.today - timedelta(days=first):
                last_on = self.today - timedelta(days=last)
                pauses.begin(self.db, self.viewer, why=why, last_on=last_on, now=self._at(day, time(6, 20)))

    def _answer(self, at: datetime) -> None:
        """She says yes to every rung that her patient's log speaks for."""
        known = plans.facts(self.db, self.patient, now=at)
        for place in standings.places_of(self.db, known):
            if place.proposal is not None:
                placements.answer(
                    self.db, self.therapist, place.assignment_id, ladder=place.ladder, proposal_id=place.proposal.id,
                    accept=True, now=at,
                )  # fmt: skip

    def _plan(self, on: date, at: datetime) -> None:
        charted = injections.chart(self.db, self.therapist, self.patient.id, ChartEntry(state="planned", on=on), now=at)
        self.injection_id = charted.injection.id
        self._assign(AFTER_INJECTION, local_day(at, zone=self.course.zone), at, injection_id=self.injection_id)

    def _give(self, toxin: Toxin, on: date, at: datetime) -> None:
        each, ml = toxin.units / 4, 0.5
        sites = (("puborectalis", 4, 8), ("bulbospongiosus", 3, 9))
        entry = ChartEntry(
            state="given",
            on=on,
            at=time(8, 30),
            zone=self.course.zone,
            operator="Dr. Sand",
            consent_on=max(self.first, on - timedelta(days=7)),
            product=toxin.product,
            units=toxin.units,
            vial_units=toxin.units,
            lot="C4711",
            expires_on=on + timedelta(days=400),
            diluent="saline 0.9 %, preservative-free",
            dilution_ml=4 * ml,
            discarded_units=0,
            sites=tuple(
                SiteEntry(muscle=muscle, side=side, clock=clock, depth="intramuscular", units=each, ml=ml, punctures=2)
                for muscle, left, right in sites
                for side, clock in (("left", left), ("right", right))
            ),
            guidance="palpation and landmarks",
            needle="30 G",
            anaesthesia="conscious sedation",
            theatre_mm=25,
            indwelling=False,
            insertion_on=on + timedelta(days=toxin.insertion_after),
            intercourse_on=on + timedelta(days=14),
            baths_on=on + timedelta(days=3),
            aftercare="Showers from the first day on.",
            follow_up_on=on + timedelta(days=28),
        )
        if self.injection_id is None:
            raise RuntimeError("an injection is planned before it is given")
        injections.correct(self.db, self.therapist, self.injection_id, entry, reason="Given as planned", now=at)
        self.given.append((toxin, self.injection_id))

    def _follow(self, toxin: Toxin, injection_id: UUID, day: date) -> None:
        """What is seen of an injection that day: its effect, a side effect that comes, and that it has gone."""
        since = (day - self.today).days + toxin.days_ago
        at = self._at(day, time(18, 0))
        for kind, seen_after in toxin.seen.items():
            if since == seen_after:
                observations.note(self.db, self.therapist, injection_id, kind=kind, on=day, now=at)
        if toxin.side_effect is None:
            return
        what, first, last = toxin.side_effect
        began_on = day - timedelta(days=since - first)
        entry = SideEffectEntry(what=what, severity="mild", began_on=began_on)
        if since == first:
            self.side_effects[injection_id] = side_effects.chart(
                self.db, self.therapist, injection_id, entry, now=at
            ).id
        elif since == last:
            ended = replace(entry, ended_on=day)
            side_effects.correct(self.db, self.therapist, self.side_effects[injection_id], ended, reason="", now=at)

    def _assign(self, key: str, start_on: date, at: datetime, injection_id: UUID | None = None) -> None:
        if self.assignment_id is not None:
            assignment_changes.apply(
                self.db, self.therapist, self.assignment_id, End(None), reason="Done as planned.", now=at
            )
        program_id = self.program_ids[key]
        wanted = assignments.needs(self.db, self.therapist, self.patient.id, program_id)
        placements = {need.ladder.id: need.rungs[1].id for need in wanted.ladders if need.must_choose}
        assignment = assignments.assign(
            self.db,
            self.therapist,
            self.patient.id,
            program_id=program_id,
            start_on=start_on,
            injection_id=injection_id,
            placements=placements,
            now=at,
        )
        self.assignment_id = assignment.id

    def _practise(self, day: date, number: int) -> int:
        known = plans.facts(self.db, self.patient, now=self._at(day, time(6, 30)))
        given = [t.days_ago for t in self.course.toxins if self.today - timedelta(days=t.days_ago) <= day]
        since = (day - (self.today - timedelta(days=min(given)))).days if given else None
        willing = self.course.practises(number, since)
        count = 0
        for item in plans.today_of(known).items:
            wanted = max(item.least, 1) if not item.flexible else 1
            for turn in range(wanted):
                # Of a weekly number the days are hers: about five of seven.
                if item.cannot or self.chance.random() > willing * (0.7 if item.reason.code == "per_week" else 1.0):
                    continue
                at = self._at(day, time(7 + 12 * min(turn, 1) + count % 2, self.chance.randint(2, 55)))
                if day == self.today and (turn > 0 or at + timedelta(minutes=40) > self.now):
                    continue
                self._read(day, at)
                self._do(item.assignment_id, item.session_key, at, number, since)
                count += 1
        return count

    def _read(self, day: date, at: datetime) -> None:
        """What she was told stands above what she opens. Of today's something is left to read."""
        if day < self.today:
            unread = [each.id for each in notices.open_of(self.db, self.viewer) if each.told_at <= at]
            notices.acknowledge(self.db, self.viewer, unread, now=at)

    def _do(self, assignment_id: UUID, session_key: str, at: datetime, number: int, since: int | None) -> None:
        mood = self.course.mood(number, since, self.chance)
        session = sessions.open_session(
            self.db, self.viewer, assignment_id=assignment_id, session_key=session_key, now=at
        )
        script = sessions.script_of(self.db, self.viewer, session.id)
        events = [
            IncomingEvent(**{each.name: getattr(event, each.name) for each in fields(event)})
            for event in played(script, mood, at=at, chance=self.chance)
        ]
        sessions.record(self.db, self.viewer, session.id, events, now=events[-1].at + timedelta(seconds=2))


_cached_hash: list[str] = []


def _password_hash() -> str:
    """One hash for all: each costs a tenth of a second of work by design."""
    if not _cached_hash:
        _cached_hash.append(Passwords().hash(PASSWORD))
    return _cached_hash[0]


def _generic_mm() -> Sequence[float]:
    text = (resource("programs") / "clinic" / "defaults.yaml").read_text()
    return [rung.size_mm for rung in read_defaults(text).generic_set if rung.size_mm is not None]


def _steady(pain: float, eases_by: float) -> Callable[[int, int | None, Random], Mood]:
    """Pain that eases over the weeks since the injection; now and then a smaller size or an early stop."""

    def mood(number: int, since: int | None, chance: Random) -> Mood:
        weeks = max(0, since or 0) / 7
        level = max(0.6, pain - eases_by * min(weeks, 8))
        stops = chance.random() < 0.04
        return Mood(
            pain=level,
            anxiety=max(1.0, level + 0.8),
            takes_smaller=chance.random() < 0.1,
            not_today=chance.random() < 0.04,
            stops=0.5 if stops else None,
            stop_reason=chance.choice(("pain", "fear", "time", None)) if stops else None,
        )

    return mood


def _practice_stopped(number: int, since: int | None) -> float:
    """Regular until day 70, then shorter of breath, nothing from day 78 to 91, and a slow return."""
    if since is None:
        return 0.85
    if since < 70:
        return 0.9
    if since < 78:
        return 0.35
    return 0.0 if since < 92 else 0.6


def _pain_returns(number: int, since: int | None, chance: Random) -> Mood:
    level = 4.2 if since is None else max(0.9, 2.9 - 0.3 * min(since / 7, 8))
    if since is not None and since >= 70:
        level = 2.2 if since < 92 else 4.4
    stops = since is not None and since >= 92 and chance.random() < 0.4
    return Mood(
        pain=level,
        anxiety=level + 1.0,
        takes_smaller=since is not None and since >= 92,
        stops=0.55 if stops else None,
        stop_reason="pain" if stops else None,
    )


def _examined(grade: int, *, oxford: int, perfect: tuple[int, int, int, int]) -> dict[str, int]:
    power, endurance_s, repetitions, fast = perfect
    return {
        "grade": grade,
        "oxford": oxford,
        "power": power,
        "endurance_s": endurance_s,
        "repetitions": repetitions,
        "fast": fast,
    }


COURSES = (
    Course(
        name="Mara",
        sign_in_name="mara@example.org",
        therapist=0,
        zone="Europe/Berlin",
        language="en",
        began_days_ago=5,
        toxins=(Toxin(-9),),
        visits=(
            Visit(
                5,
                {
                    "goals": ("examination", "comfort"),
                    "onset": "lifelong",
                    "lasted_months": 130,
                    "history": "An examination was broken off twice. She wants to be able to have one without dread.",
                    "treatments": ("breathing", "psychotherapy", "yoga"),
                    "grade": 3,
                    "oxford": 2,
                    "anticoagulants": True,
                    **dict.fromkeys(("toxin_allergy", "milk_allergy", "infection", "pregnancy"), False),
                },
                {"swab": (6, 8), "examination": (9, 10)},
            ),
        ),
        mood=_steady(4.5, 0.0),
    ),
    Course(
        name="Noor",
        sign_in_name="noor@example.org",
        therapist=0,
        zone="Europe/Madrid",
        language="es",
        began_days_ago=19,
        toxins=(Toxin(5, insertion_after=2, side_effect=("bruising", 1, 99)),),
        mood=_steady(4.6, 0.5),
        reminders=(time(8, 0),),
    ),
    Course(
        name="Lena",
        sign_in_name="lena@example.org",
        therapist=0,
        zone="Europe/Berlin",
        language="en",
        began_days_ago=47,
        toxins=(Toxin(33, seen={"first_effect": 4, "peak": 19}, side_effect=("urine leakage", 5, 17)),),
        visits=(
            Visit(
                47,
                {
                    "goals": ("tampon", "comfort", "intercourse"),
                    "onset": "acquired",
                    "lasted_months": 28,
                    "history": "It came after an infection two years ago and stayed.",
                    "treatments": ("physiotherapy", "dilators", "topical_anaesthetic"),
                    "consents": True,
                    **_examined(2, oxford=2, perfect=(2, 3, 3, 4)),
                    **dict.fromkeys(("toxin_allergy", "milk_allergy", "pregnancy", "anticoagulants"), False),
                },
                {"tampon": (8, 9), "finger": (5, 6)},
            ),
            Visit(
                19,
                _examined(2, oxford=3, perfect=(3, 4, 4, 5)),
                {"tampon": (5, 6), "finger": (3, 3)},
            ),
            Visit(
                4,
                {"goals": ("tampon", "intercourse"), **_examined(1, oxford=3, perfect=(3, 6, 4, 7))},
                {"tampon": (2, 3), "finger": (1, 1)},
            ),
        ),
        mood=_steady(2.7, 0.4),
        practises=lambda _day, _since: 0.9,
        reminders=(time(8, 0), time(19, 0)),
    ),
    Course(
        name="Sofia",
        sign_in_name="sofia@example.org",
        therapist=1,
        zone="Europe/Lisbon",
        language="en",
        began_days_ago=110,
        toxins=(Toxin(96, seen={"first_effect": 3, "wearing_off": 88}),),
        dilators_mm=ONE_DEVICE_MM,
        looks_on=(0,),
        visits=(
            Visit(110, {"goals": ("finger",), "oxford": 3, "milk_allergy": True}, {"finger": (6, 7)}),
            Visit(40, {"oxford": 3}, {"finger": (2, 2)}),
        ),
        practises=_practice_stopped,
        mood=_pain_returns,
    ),
    Course(
        name="Pia",
        sign_in_name="pia@example.org",
        therapist=1,
        zone="America/New_York",
        language="en",
        began_days_ago=206,
        toxins=(
            Toxin(192, product="abobotulinumtoxinA (Dysport)", units=300, insertion_after=4),
            Toxin(24, seen={"first_effect": 2}),
        ),
        practises=lambda _day, since: 0.75 if since is None or since < 100 else 0.5,
        mood=_steady(3.0, 0.35),
        looks_on=(0,),
        rests=((150, 141, "travel"), (64, 60, "menses")),
        reminders=(time(19, 30),),
    ),
    Course(
        name="Ada",
        sign_in_name="ada@example.org",
        therapist=1,
        zone="Europe/London",
        language="en",
        began_days_ago=42,
        mood=_steady(3.0, 0.0),
        practises=lambda day, _since: 0.8 if day < 30 else 0.65,
    ),
)
