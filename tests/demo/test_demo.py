"""The demo as a newcomer meets it: one command, a clinic in the middle of its work, and every second start at once."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

import pytest
from sqlalchemy import func, select

from coach.config import read_keys
from coach.db import tables as t
from coach.db.encryption import Keyring
from coach.db.engine import Database, make_engine
from coach.demo.clinic import COURSES, PASSWORD, THERAPISTS
from coach.domain.calendar import local_day
from coach.services import plans

ROOT = Path(__file__).parents[2]


if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Where these tests are run in the background, SIGINT is ignored by all that they start, and could stop no demo.
    signal.signal(signal.SIGINT, signal.default_int_handler)


class Running:
    """`coach demo` on a free port; `said` grows while it runs."""

    def __init__(self, var: Path, *arguments: str, before: tuple[str, ...] = ()) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("COACH_")}
        self.process = subprocess.Popen(
            [*before, sys.executable, "-m", "coach.cli", "demo", "--port", str(self.port), *arguments],
            cwd=ROOT,
            env=environment | {"COACH_VAR": str(var)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.said = ""
        self.greeted = threading.Event()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.said += line
            if "Ctrl-C" in line:
                self.greeted.set()
        self.greeted.set()

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Until all that was started has ended: each of its processes holds the pipe that is read here."""
        self.process.send_signal(how)
        self.process.wait(60)
        self._reader.join(60)
        assert not self._reader.is_alive(), "a process that it started goes on"
        assert self.process.stdout is not None
        self.process.stdout.close()
        return self.process.returncode


@contextmanager
def demo(var: Path, *arguments: str) -> Iterator[Running]:
    running = Running(var, *arguments)
    try:
        assert running.greeted.wait(300)
        assert running.process.poll() is None, running.said
        yield running
    finally:
        if running.process.poll() is None:
            running.stop()


@contextmanager
def opened(var: Path) -> Iterator[Database]:
    keyring = Keyring(read_keys(var / "demo" / "keys"))
    engine = make_engine(f"sqlite:///{var / 'demo' / 'coach.sqlite'}", keyring)
    yield Database(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """The folder of a demo that was started once, asked for pages, and stopped."""
    var = tmp_path_factory.mktemp("var")
    with demo(var) as running:
        assert f"http://localhost:{running.port}" in running.said
        for name, sign_in_name in THERAPISTS:
            assert name in running.said
            assert "Sofia" in page(signed_in(running.port, sign_in_name), running.port, "/patients")
        for course in COURSES:
            assert course.sign_in_name in running.said
            today = page(signed_in(running.port, course.sign_in_name), running.port, "/today")
            assert {"en": "Today", "es": "Hoy"}[course.language] in today
        assert running.stop() == 0
        assert not answers(running.port)
    return var


def signed_in(port: int, name: str) -> OpenerDirector:
    browser = build_opener(HTTPCookieProcessor(CookieJar()))
    form = page(browser, port, "/sign-in")
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', form)
    assert token is not None
    data = urlencode({"csrf_token": token[1], "name": name, "password": PASSWORD}).encode()
    with browser.open(f"http://localhost:{port}/sign-in", data) as answer:
        assert not answer.url.endswith("/sign-in"), name
    return browser


def page(browser: OpenerDirector, port: int, path: str) -> str:
    with browser.open(f"http://localhost:{port}{path}") as answer:
        return answer.read().decode()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def patients(made) -> Iterator[dict[str, t.Patient]]:
    with opened(made) as database, database.read() as db:
        yield {patient.name: patient for patient in db.scalars(select(t.Patient))}


def injection_days(made: Path, patient: t.Patient) -> list[tuple[str, int]]:
    """(state, days since) of each injection as it is charted last."""
    today = local_day(datetime.now(UTC), zone=patient.zone)
    with opened(made) as database, database.read() as db:
        found = db.scalars(
            select(t.InjectionChart)
            .join(t.Injection)
            .where(t.Injection.patient_id == patient.id)
            .order_by(t.InjectionChart.on, t.InjectionChart.number)
        )
        last = {chart.injection_id: chart for chart in found}
        return [(chart.state, (today - chart.on).days) for chart in last.values()]


def session_days(made: Path, patient: t.Patient) -> dict[date, list[t.Session]]:
    days: dict[date, list[t.Session]] = {}
    with opened(made) as database, database.read() as db:
        for session in db.scalars(select(t.Session).where(t.Session.patient_id == patient.id)):
            days.setdefault(session.day_on, []).append(session)
    return days


def test_six_patients_stand_at_six_points_of_their_treatment(made, patients):
    assert {name: injection_days(made, patient) for name, patient in patients.items()} == {
        "Mara": [("planned", -9)],
        "Noor": [("given", 5)],
        "Lena": [("given", 33)],
        "Sofia": [("given", 96)],
        "Pia": [("given", 192), ("given", 24)],
        "Ada": [],
    }


def test_two_kinds_of_dilator_sets_are_in_use(made):
    with opened(made) as database, database.read() as db:
        sets: dict[object, list[float]] = {}
        for dilator in db.scalars(select(t.Dilator).order_by(t.Dilator.size_mm)):
            sets.setdefault(dilator.patient_id, []).append(dilator.size_mm)
    assert len({tuple(sizes) for sizes in sets.values()}) == 2


def test_a_break_in_practice_stands_beside_the_pain_that_came_back(made, patients):
    days = session_days(made, patients["Sofia"])
    today = local_day(datetime.now(UTC), zone=patients["Sofia"].zone)
    injected_on = today - timedelta(days=96)

    def peaks(first: int, last: int) -> list[int]:
        wanted = [injected_on + timedelta(days=n) for n in range(first, last + 1)]
        sessions = [session for day in wanted for session in days.get(day, [])]
        return [session.pain_peak for session in sessions if session.pain_peak is not None]

    assert [day for day in days if 78 <= (day - injected_on).days <= 91] == []
    early, before, after = peaks(0, 14), peaks(50, 69), peaks(92, 96)
    assert min(len(early), len(before), len(after)) >= 2
    assert sum(before) / len(before) < sum(early) / len(early)
    assert sum(before) / len(before) < sum(after) / len(after)


def test_sessions_are_of_every_kind_and_none_lies_ahead(made):
    with opened(made) as database, database.read() as db:
        sessions = db.scalars(select(t.Session)).all()
        kinds = set(db.scalars(select(t.SessionEvent.kind).distinct()))
        assert len(sessions) > 400
        assert {session.outcome for session in sessions} >= {"complete", "partial", "stopped"}
        assert {"pain", "fear"} <= {session.stop_reason for session in sessions}
        assert kinds >= {"paused", "resumed", "smaller", "declined", "stopped", "answered", "finished"}
        assert max(session.opened_at for session in sessions) <= datetime.now(UTC)
        assert db.scalar(select(func.count()).select_from(t.EventConflict)) == 0


def test_there_is_something_left_to_do_today(made, patients):
    with opened(made) as database, database.read() as db:
        plans_now = [plans.plan_today(db, patient, now=datetime.now(UTC)) for patient in patients.values()]
    assert sum(plan.anything_left for plan in plans_now) >= 2


def test_a_second_start_keeps_the_data(made):
    def clinic() -> list[object]:
        with opened(made) as database, database.read() as db:
            return [*db.scalars(select(t.Clinic.id)), db.scalar(select(func.count()).select_from(t.Session))]

    first = clinic()
    with demo(made) as running:
        assert "Making the demo clinic" not in running.said
        assert f"http://localhost:{running.port}" in running.said
        assert THERAPISTS[0][1] in running.said
    assert clinic() == first


def test_a_demo_in_the_background_ends_with_all_that_it_started(made):
    """As after `nohup coach demo &`: a shell without job control lets what it sends there ignore SIGINT."""
    running = Running(made, before=("sh", "-c", "trap '' INT; exec \"$@\"", "sh"))
    try:
        assert running.greeted.wait(60)
        assert answers(running.port)
        running.process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            running.process.wait(1)
        assert running.stop(signal.SIGTERM) == 0
        assert "The demo has stopped" in running.said
        assert not answers(running.port)
    finally:
        running.process.kill()


def test_a_second_start_imports_neither_the_web_nor_the_database_before_the_server(made):
    question = (
        "import sys; from pathlib import Path; from coach.cli import demo\n"
        "assert demo._is_ready(Path(sys.argv[1]))\n"
        "sys.exit(', '.join({'flask', 'sqlalchemy', 'alembic', 'yaml', 'pydantic'} & set(sys.modules)) or 0)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", question, str(made / "demo")], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_start_that_was_interrupted_is_not_taken_for_a_clinic(tmp_path):
    running = Running(tmp_path)
    # Given that it was ended while it made the second patient
    while "Mara" not in running.said:
        assert running.process.poll() is None, running.said
    running.process.kill()
    running.stop()
    from coach.cli import demo as command

    assert not command._is_ready(tmp_path / "demo")
    again = Running(tmp_path)
    while "Noor" not in again.said:
        assert again.process.poll() is None, again.said
    again.process.kill()
    again.stop()
    with opened(tmp_path) as database, database.read() as db:
        assert db.scalar(select(func.count()).select_from(t.Clinic)) == 1


def test_fresh_forgets_the_demos_data_and_nothing_else(tmp_path):
    from coach.cli import demo as command

    for name in ("coach.sqlite", "keys"):
        (tmp_path / name).write_text("the operator's own")
        (tmp_path / "demo").mkdir(exist_ok=True)
        (tmp_path / "demo" / name).write_text("the demo's")
    (tmp_path / "demo" / "ready").write_text("0001\n")
    command._forget(tmp_path / "demo")
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["coach.sqlite", "keys"]


def test_a_taken_port_is_said_and_changes_nothing(tmp_path):
    with socket.create_server(("localhost", 0)) as taken:
        running = subprocess.run(
            [sys.executable, "-m", "coach.cli", "demo", "--port", str(taken.getsockname()[1])],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if not name.startswith("COACH_")}
            | {"COACH_VAR": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert running.returncode == 2
    assert "--port" in running.stderr
    assert list(tmp_path.iterdir()) == []
