"""Ticks of one process and of several, before and after a power cut: each reminder once, or not at all and why."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time as real_time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Text, literal, select, update

from coach.db import tables as t
from coach.db.engine import Database
from coach.domain.reminders import QuietHours
from coach.reminders.channels import TAKEN, Answer, Smtp
from coach.reminders.tick import Ticker
from coach.services import reminders
from coach.services.reminders import Message
from tests.cast import NOW, Cast, make_cast
from tests.reminders.scene import ask_for, give_program, more_patients, practise, set_quiet_hours, set_zone
from tests.reminders.sink import Sink, mail_sink

ROOT = Path(__file__).parents[2]
NOON = datetime(2026, 3, 2, 11, 0, tzinfo=UTC)  # in Berlin, where the cast lives


class Kept:
    """A channel that keeps what it is given. `on_deliver` may look at it first, and answer or break."""

    def __init__(self, on_deliver: Callable[[Message], Answer | None] = lambda message: None) -> None:
        self.messages: list[Message] = []
        self.at: list[datetime] = []
        self._on_deliver = on_deliver

    def deliver(self, message: Message, *, now: datetime) -> Answer:
        answer = self._on_deliver(message)
        if answer is not None:
            return answer
        self.messages.append(message)
        self.at.append(now)
        return TAKEN

    def close(self) -> None:
        pass


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def ticker(database: Database, channel: Kept | Smtp, now: datetime, **options: object) -> Ticker:
    return Ticker(database, channel, worker="w", clock=lambda: now, **options)  # type: ignore[arg-type]


def states(database: Database) -> list[tuple[str, str | None]]:
    with database.read() as db:
        found = db.scalars(select(t.Reminder).order_by(t.Reminder.due_at, t.Reminder.id)).all()
        return [(row.state, row.reason) for row in found]


@pytest.fixture
def people(database) -> Cast:
    """The cast, committed. The patient wants to be reminded at noon and has something to do."""
    with database.write() as db:
        cast = make_cast(db)
        give_program(db, cast.patient, by=cast.therapist)
        ask_for(db, cast.patient, "12:00")
    return cast


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as running:
        yield running


def test_a_reminder_goes_out_once(database, people):
    channel = Kept()
    assert [ticker(database, channel, NOON + timedelta(seconds=30 * n)).tick() for n in range(4)] == [1, 0, 0, 0]
    assert len(channel.messages) == 1
    assert states(database) == [("sent", None)]


def test_nothing_goes_out_before_it_is_due(database, people):
    assert ticker(database, Kept(), NOON - timedelta(seconds=1)).tick() == 0


def test_none_goes_out_once_the_session_is_done(database, people):
    with database.write() as db:
        practise(db, db.scalars(select(t.Assignment)).one(), day_on=NOON.date(), at=NOON - timedelta(minutes=1))
    channel = Kept()
    ticker(database, channel, NOON).tick()
    assert channel.messages == []
    assert states(database) == [("suppressed", "done")]


def test_none_goes_out_for_a_session_done_while_another_message_was_on_its_way(database, people):
    # Given two patients, both due, both claimed by one worker
    with database.write() as db:
        give_program(db, people.other_patient, by=people.therapist)
        ask_for(db, people.other_patient, "12:00", address="other@inbox.example")
        programs = {row.patient_id: row.id for row in db.scalars(select(t.Assignment))}

    def the_other_one_practises(message: Message) -> None:
        with database.write() as db:
            for patient_id, assignment_id in programs.items():
                if patient_id != message.claimed.patient_id:
                    practise(db, db.get_one(t.Assignment, assignment_id), day_on=NOON.date(), at=NOON)

    channel = Kept(the_other_one_practises)
    ticker(database, channel, NOON).tick()
    assert len(channel.messages) == 1
    assert sorted(states(database)) == [("sent", None), ("suppressed", "done")]


def test_choosing_none_means_that_nothing_goes_out(database, people):
    with database.write() as db:
        reminders.choose(db, people.patient.viewer, channel="none", address=None, times=[], now=NOW)
    channel = Kept()
    for hours in range(72):
        ticker(database, channel, NOON + timedelta(hours=hours)).tick()
    assert channel.messages == []


def test_three_days_without_a_process_end_in_one_message_at_most(database, people):
    with database.write() as db:
        everybody = [people.patient, *more_patients(db, people, 4)]
        for person in everybody:
            ask_for(db, person, "09:00", "12:00", "15:00", now=NOW)
    ticker(database, Kept(), NOW).tick()
    back_at = NOON + timedelta(days=3, minutes=20)
    channel = Kept()
    for minutes in range(0, 60, 5):
        ticker(database, channel, back_at + timedelta(minutes=minutes)).tick()
    assert sorted(message.claimed.patient_id for message in channel.messages) == sorted(
        person.patient_id for person in everybody
    )
    # And what was left out stands in the record: noon and three on the first day, three a day, and this morning.
    assert states(database).count(("suppressed", "too_late")) == len(everybody) * (2 + 3 + 3 + 1)


def test_one_bad_row_stops_nobody_elses_message(database, people):
    with database.write() as db:
        others = more_patients(db, people, 3)
        for number, person in enumerate(others):
            ask_for(db, person, "12:00", address=f"number{number}@inbox.example")
        # An address that no key opens, in the row that is claimed first or last or between.
        spoiled = db.scalars(
            select(t.ReminderChoice.id).where(t.ReminderChoice.patient_id == people.patient.patient_id)
        ).one()
        spoil = update(t.ReminderChoice).where(t.ReminderChoice.id == spoiled)
        db.execute(spoil.values(address=literal("not encrypted", Text)))
    channel = Kept()
    ticker(database, channel, NOON).tick()
    assert {message.address for message in channel.messages} == {f"number{n}@inbox.example" for n in range(3)}
    for minutes in range(0, 240, 10):
        ticker(database, channel, NOON + timedelta(minutes=minutes)).tick()
    assert len(channel.messages) == 3
    assert sorted(states(database)) == [("dead", "not_decided"), *[("sent", None)] * 3]


def test_a_channel_that_breaks_leaves_the_outcome_unknown_and_the_others_go_out(database, people):
    with database.write() as db:
        [other] = more_patients(db, people, 1)
        ask_for(db, other, "12:00", address="other@inbox.example")

    def break_once(message: Message) -> None:
        if message.address == "someone@inbox.example":
            raise RuntimeError("a bug")

    channel = Kept(break_once)
    for minutes in (0, 5, 60):
        ticker(database, channel, NOON + timedelta(minutes=minutes)).tick()
    assert [message.address for message in channel.messages] == ["other@inbox.example"]
    assert sorted(states(database)) == [("sent", None), ("unknown", "channel_broke")]


def test_a_mail_server_that_is_away_for_a_while_costs_no_reminder(database, people, sink):
    channel = Smtp(sink.url, sender="plan@example.org", base_url="http://localhost")
    sink.on_rcpt = "451 4.3.0 later"
    assert ticker(database, channel, NOON).tick() == 0
    assert states(database) == [("pending", "smtp_451")]
    assert ticker(database, channel, NOON + timedelta(seconds=5)).tick() == 0
    sink.on_rcpt = None
    assert ticker(database, channel, NOON + timedelta(seconds=60)).tick() == 1
    assert len(sink.taken) == 1


def test_an_answer_that_never_came_is_not_asked_for_twice(database, people, sink):
    channel = Smtp(sink.url, sender="plan@example.org", base_url="http://localhost")
    sink.on_data = "keep and close"
    ticker(database, channel, NOON).tick()
    sink.on_data = None
    for minutes in range(1, 200, 7):
        ticker(database, channel, NOON + timedelta(minutes=minutes)).tick()
    assert len(sink.taken) == 1
    assert states(database) == [("unknown", "no_answer")]


def test_a_worker_that_was_stopped_between_gate_and_hand_over_hands_nothing_over(database, people):
    seconds = iter([0.0, 3600.0])
    channel = Kept()
    ticker(database, channel, NOON, ticks=lambda: next(seconds)).tick()
    assert channel.messages == []
    assert states(database) == [("pending", "stalled")]


def test_a_worker_that_is_told_to_end_finishes_what_is_in_flight_and_gives_back_the_rest(database, people):
    with database.write() as db:
        for person in more_patients(db, people, 3):
            ask_for(db, person, "12:00")
    channel = Kept(lambda message: one.stop())
    one = ticker(database, channel, NOON)
    assert one.tick() == 1
    assert sorted(states(database)) == [("pending", None)] * 3 + [("sent", None)]


@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Europe/Berlin", datetime(2026, 3, 28, tzinfo=UTC)),
        ("Europe/Berlin", datetime(2026, 10, 24, tzinfo=UTC)),
        ("America/Havana", datetime(2026, 3, 7, tzinfo=UTC)),
        ("Africa/Cairo", datetime(2026, 10, 28, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 6, 1, tzinfo=UTC)),
    ],
)
@pytest.mark.engines("sqlite")
def test_through_clock_changes_and_outages_each_slot_gets_one_message_at_most_and_none_at_night(
    database, people, zone, first
):
    chance = random.Random(zone + str(first))
    quiet = QuietHours(time(22), time(1))
    walls = ["01:00", "02:30", "09:00", "21:30"]
    with database.write() as db:
        set_zone(db, people.patient, zone)
        set_quiet_hours(db, people.patient, "22:00", "01:00")
        db.scalars(select(t.Assignment)).one().start_on = first.date() - timedelta(days=2)
        ask_for(db, people.patient, *walls, now=first)
    channel, clock = Kept(), Clock(first)
    one = Ticker(database, channel, worker="w", clock=clock)
    while clock.now < first + timedelta(days=3):
        one.tick()
        clock.now += timedelta(hours=5) if chance.random() < 0.02 else timedelta(minutes=10)
    assert len({message.key for message in channel.messages}) == len(channel.messages) >= 6
    local = [at.astimezone(ZoneInfo(zone)) for at in channel.at]
    assert not [at for at in local if at.time() in quiet]
    assert all(after - before >= timedelta(minutes=30) for before, after in pairwise(channel.at))
    # And whatever is over says what became of it.
    assert {state for state, _ in states(database)} <= {"sent", "suppressed", "pending"}


# Real processes


def test_three_processes_that_tick_at_once_send_each_reminder_once(database, people, sink, tmp_path):
    with database.write() as db:
        for person in more_patients(db, people, 30):
            ask_for(db, person, "12:00")
    url = database.engine.url.render_as_string(hide_password=False)
    workers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.reminders.worker", url, sink.url, NOON.isoformat()],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert sum(said) == len(sink.taken) == len(set(sink.message_ids)) == 31
    assert states(database) == [("sent", None)] * 31


@pytest.fixture
def command(database, sink, tmp_path) -> Callable[..., subprocess.Popen[str]]:
    """Starts `coach reminders ...` on this database and mail server."""
    keys = tmp_path / "keys"
    keys.write_text(f"1:{bytes(range(32)).hex()}\n")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COACH_")} | {
        "COACH_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "COACH_KEYS": str(keys),
        "COACH_SMTP_URL": sink.url,
        "COACH_MAIL_FROM": "Daily plan <plan@example.org>",
    }

    def start(*arguments: str, **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from coach.cli import main; raise SystemExit(main())", "reminders", *arguments],
            cwd=ROOT,
            env=environment | extra,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start


@pytest.fixture
def due_now(database, people) -> datetime:
    """The real now, at which the patient's reminder is due: she lives where it is about noon."""
    now = datetime.now(UTC).replace(microsecond=0)
    hours_ahead = 12 - now.hour
    with database.write() as db:
        set_zone(db, people.patient, f"Etc/GMT{-hours_ahead:+d}" if hours_ahead else "Etc/GMT")
        db.scalars(select(t.Assignment)).one().start_on = now.date() - timedelta(days=2)
        wall = (now + timedelta(hours=hours_ahead)).strftime("%H:%M")
        ask_for(db, people.patient, wall, now=now - timedelta(minutes=2))
    return now


@pytest.mark.parametrize(
    ("point", "taken_at_once", "taken_in_the_end", "state"),
    [
        ("after_claim", 0, 1, ("sent", None)),
        ("after_arm", 0, 0, ("unknown", "worker_gone")),
        ("after_accept", 1, 1, ("unknown", "worker_gone")),
    ],
)
def test_a_process_killed_at_any_point_never_leads_to_a_second_message(
    database, command, sink, due_now, point, taken_at_once, taken_in_the_end, state
):
    killed = command("tick", COACH_CRASH_AT=point)
    killed.communicate(timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert len(sink.taken) == taken_at_once
    channel = Smtp(sink.url, sender="Daily plan <plan@example.org>", base_url="http://localhost:8000")
    for minutes in (0, 2, 4, 10, 60, 170, 400):
        ticker(database, channel, due_now + timedelta(minutes=minutes)).tick()
    assert len(sink.taken) == taken_in_the_end
    assert states(database) == [state]


def test_a_tick_from_the_command_line_sends_and_says_how_many(command, sink, due_now, database):
    said, logged = command("tick").communicate(timeout=60)
    assert said == "1 sent\n"
    assert len(sink.taken) == 1
    assert "someone" not in logged
    assert "inbox.example" not in logged


def test_an_unknown_crash_point_is_refused(command, sink, due_now):
    refused = command("tick", COACH_CRASH_AT="whenever")
    assert "COACH_CRASH_AT is one of" in refused.communicate(timeout=60)[1]
    assert refused.returncode == 2
    assert sink.taken == []


def test_the_reminder_process_ticks_until_it_is_told_to_end(database, command, sink, due_now):
    running = command("run", "--every", "0.2")
    ends_at = real_time.monotonic() + 30
    beats: set[datetime] = set()
    while len(beats) < 3 and real_time.monotonic() < ends_at:
        with database.read() as db:
            beats |= set(db.scalars(select(t.ReminderHeartbeat.ticked_at)))
        real_time.sleep(0.05)
    running.send_signal(signal.SIGTERM)
    _, logged = running.communicate(timeout=20)
    assert running.returncode == 0, logged
    assert len(beats) >= 3
    assert len(sink.taken) == 1


# -- days that open


def opened_days(database: Database) -> list[str]:
    with database.read() as db:
        return sorted(str(day) for day in db.scalars(select(t.DueDay.day_on)))


def test_a_tick_opens_each_day_once_it_has_begun_where_the_patient_lives(database, people):
    clock = Clock(NOON)
    one = Ticker(database, Kept(), worker="w", clock=clock)
    one.tick()
    before = opened_days(database)
    assert before[-1] == "2026-03-02"
    clock.now = datetime(2026, 3, 2, 22, 59, tzinfo=UTC)  # a minute before midnight in Berlin
    one.tick()
    assert opened_days(database) == before
    clock.now = datetime(2026, 3, 2, 23, 1, tzinfo=UTC)
    one.tick()
    assert opened_days(database) == [*before, "2026-03-03"]


def test_a_day_that_cannot_be_opened_keeps_no_other_waiting(database, people):
    with database.write() as db:
        more_patients(db, people, 1)
        set_zone(db, people.patient, "Nowhere/Land")
    ticker(database, Kept(), NOON).tick()
    assert opened_days(database)[-1] == "2026-03-02"
