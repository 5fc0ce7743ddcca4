"""Units of work: nothing that was written is lost, and what must not be is refused by the database itself."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError, StatementError

from coach.db import engine as engines
from coach.db import tables as t
from coach.db.encryption import Keyring, WrongKey
from coach.db.engine import Database, make_engine
from coach.services import sign_ins
from coach.services.sign_ins import Throttled
from tests.cast import NOW, make_cast
from tests.conftest import KEYRING
from tests.samples import make_samples

PROCESSES = multiprocessing.get_context("spawn")
WRITERS, ROUNDS = 4, 500


@pytest.fixture
def samples(database):
    with database.write() as db:
        cast = make_cast(db)
        return cast, make_samples(db, cast)


def test_no_update_of_four_writers_is_lost(database, samples):
    cast, made = samples
    with PROCESSES.Pool(WRITERS) as pool:
        errors = pool.starmap(_count_up, [(_url(database), cast.therapist.account_id, made, ROUNDS)] * WRITERS)
    assert errors == [0] * WRITERS
    assert _counts(database, cast.therapist.account_id, made) == [WRITERS * ROUNDS] * 4


@pytest.mark.engines("sqlite")
def test_without_begin_immediate_updates_would_be_lost_or_refused(database, samples):
    """What the test above would see if writers began as readers do: it can fail."""
    cast, made = samples
    with PROCESSES.Pool(WRITERS) as pool:
        errors = pool.starmap(_count_up_plainly, [(_url(database), cast.therapist.account_id, made, 60)] * WRITERS)
    counted = _counts(database, cast.therapist.account_id, made)
    assert sum(errors) > 0 or counted != [WRITERS * 60] * 4


def test_tries_to_sign_in_are_counted_once_each_by_all_processes(database, samples):
    with PROCESSES.Pool(WRITERS) as pool:
        taken = pool.starmap(_try_to_sign_in, [(_url(database), place) for place in range(WRITERS)])
    assert sum(taken) == 10


def test_a_reader_sees_no_half_of_a_write(database, samples):
    cast, _ = samples
    with database.read() as reader, database.write() as writer:
        before = reader.get_one(t.Account, cast.therapist.account_id).language
        writer.get_one(t.Account, cast.therapist.account_id).language = "es"
        writer.flush()
        reader.expire_all()
        assert reader.get_one(t.Account, cast.therapist.account_id).language == before


def test_what_a_reader_changes_is_not_kept(database, samples):
    cast, _ = samples
    with database.read() as db:
        db.get_one(t.Account, cast.therapist.account_id).language = "es"
        db.flush()
    with database.read() as db:
        assert db.get_one(t.Account, cast.therapist.account_id).language == "en"


def test_an_exception_undoes_the_whole_unit_of_work(database, samples):
    cast, _ = samples
    with pytest.raises(ZeroDivisionError), database.write() as db:
        _break_off(db, cast.therapist.account_id)
    with database.read() as db:
        assert db.get_one(t.Account, cast.therapist.account_id).language == "en"


@pytest.mark.engines("sqlite")
def test_an_old_sqlite_is_refused_with_what_to_do(monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 46, 1))
    bundled = engines.sqlite_module()
    assert bundled is not sqlite3
    assert bundled.sqlite_version_info >= engines.SAFE_SQLITE
    monkeypatch.setitem(sys.modules, "pysqlite3.dbapi2", None)
    with pytest.raises(RuntimeError, match=r"3\.51\.3 or newer is needed"):
        engines.sqlite_module()


@pytest.mark.engines("sqlite")
def test_every_connection_to_sqlite_is_durable_and_keeps_references(database):
    with database.engine.connect() as connection:
        told = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema")
        }
    assert told == {
        "journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000, "trusted_schema": 0
    }  # fmt: skip


ILLEGAL = {
    "a patient who is nobody's": "UPDATE patient SET therapist_id = :nobody",
    "a row of no clinic": "UPDATE session SET clinic_id = :nobody",
    "a third role": "UPDATE account SET role = 'owner'",
    "a therapist with a patient's record": "UPDATE account SET role = 'therapist' WHERE patient_id IS NOT NULL",
    "two accounts under one name": "UPDATE account SET sign_in_digest = :digest",
    "two invitations with one token": (
        "INSERT INTO invitation"
        " (id, clinic_id, team_id, patient_id, token_digest, created_by_id, created_at, expires_at)"
        " SELECT :nobody, clinic_id, team_id, patient_id, token_digest, created_by_id, created_at, expires_at"
        " FROM invitation"
    ),
    "a grade that is none": "UPDATE consultation_record SET grade = 6",
    "half of what stood of a clinic's bands": "UPDATE clinic_band_change SET worn_off = NULL",
    "a given injection without a product": "UPDATE injection_chart SET product = NULL",
    "units below zero": "UPDATE injection_chart SET units = -1",
    "an injection that was perhaps given": "UPDATE injection_chart SET state = 'maybe'",
    "two charts under one number": (
        "INSERT INTO injection_chart"
        " (id, clinic_id, team_id, injection_id, number, state, on_day, charted_by_id, charted_at)"
        " SELECT :nobody, clinic_id, team_id, injection_id, number, 'planned', on_day, charted_by_id, charted_at"
        " FROM injection_chart"
    ),
    "a site at thirteen o'clock": "UPDATE injection_site SET clock = 13",
    "a site on no side": "UPDATE injection_site SET side = 'above'",
    "a dilator of no size": "UPDATE dilator SET size_mm = 0",
    "an assignment ended on no day": "UPDATE assignment SET ended_at = assigned_at, ends_on = NULL",
    "a session with a fifth outcome": "UPDATE session SET outcome = 'given up'",
    "more than a whole session": "UPDATE session SET credit = 1.5",
    "more work than was asked": "UPDATE session SET share = 1.01",
    "a pain of eleven": "UPDATE session SET pain_peak = 11",
    "two events in one place": (
        "INSERT INTO session_event"
        " (id, clinic_id, team_id, session_id, seq, kind, at, mono_ms, guided_ms, body, sha256, received_at)"
        " SELECT :nobody, clinic_id, team_id, session_id, seq, kind, at, mono_ms, guided_ms, body, sha256, received_at"
        " FROM session_event"
    ),
    "a reminder sent at no time": "UPDATE reminder SET state = 'sent'",
    "a reminder suppressed for no reason": "UPDATE reminder SET state = 'suppressed'",
    "a reminder in nobody's hands": "UPDATE reminder SET state = 'claimed'",
    "a reminder held while it waits": "UPDATE reminder SET lease_owner = 'a', lease_until_at = due_at",
    "a reminder that ends before it is due": "UPDATE reminder SET expires_at = due_at",
    "a second reminder for a day and slot": (
        "INSERT INTO reminder (id, clinic_id, team_id, patient_id, local_on, slot, due_at, not_before_at, expires_at,"
        " state, fence, attempts) SELECT :nobody, clinic_id, team_id, patient_id, local_on, slot, due_at,"
        " not_before_at, expires_at, state, fence, attempts FROM reminder"
    ),
    "two choices that both hold": (
        "INSERT INTO reminder_choice (id, clinic_id, team_id, patient_id, channel, chosen_at, is_current)"
        " SELECT :nobody, clinic_id, team_id, patient_id, 'none', chosen_at, is_current FROM reminder_choice"
    ),
    "e-mail to no address": "UPDATE reminder_choice SET address = NULL",
    "a band that ends before it begins": "UPDATE effect_band SET to_day = from_day - 1",
    "a band of no name": "UPDATE effect_band SET band = 'peak'",
    "the same band twice for every product": "UPDATE effect_band SET band = 'onset'",
    "two programs under one key": (
        "INSERT INTO program (id, clinic_id, team_id, key, title, created_at)"
        " SELECT :nobody, clinic_id, team_id, key, title, created_at FROM program"
    ),
    "a clinic that goes and leaves its patients": "DELETE FROM clinic",
}


@pytest.mark.parametrize("statement", ILLEGAL.values(), ids=list(ILLEGAL))
def test_the_database_refuses(database, samples, statement):
    if database.engine.dialect.name == "sqlite":
        given = {"nobody": "0" * 32, "digest": bytes(32)}
    else:
        given = {"nobody": "00000000-0000-0000-0000-000000000000", "digest": bytes(32)}
    wanted = {name: value for name, value in given.items() if f":{name}" in statement}
    # PostgreSQL has a type for ids and takes no text in their place.
    told = statement if database.engine.dialect.name == "sqlite" else statement.replace(":nobody", "(:nobody)::uuid")
    with pytest.raises(IntegrityError), database.engine.begin() as connection:
        connection.execute(text(told), wanted)


def test_an_instant_without_a_zone_is_refused(database, samples):
    cast, _ = samples
    with pytest.raises(StatementError, match="must be aware"), database.write() as db:
        db.get_one(t.Account, cast.therapist.account_id).closed_at = NOW.replace(tzinfo=None)


def test_an_instant_comes_back_aware_and_the_same(database, samples):
    cast, _ = samples
    with database.read() as db:
        assert db.get_one(t.Account, cast.therapist.account_id).created_at == NOW


def test_encrypted_text_is_not_in_the_database(database, samples):
    with database.engine.connect() as connection:
        rows = [
            str(row)
            for table in t.Base.metadata.sorted_tables
            for row in connection.exec_driver_sql(f'SELECT * FROM "{table.name}"')
        ]
    told = "\n".join(rows)
    for name in ("CANARY", "Mara", "mara@example.org", "Example clinic", "Call 000"):
        assert name not in told


@pytest.mark.engines("sqlite")
def test_encrypted_text_is_not_in_the_files_of_the_database(database, samples):
    path = Path(database.engine.url.database)
    held = b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))
    assert b"quiet-minutes" in held, "the rows are in other files than these"
    for name in (b"CANARY", b"Mara", b"mara@example.org"):
        assert name not in held


def test_encrypted_text_cannot_move_to_another_column(database, samples):
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE injection_chart SET notes = operator"))
    with pytest.raises(WrongKey), database.read() as db:
        db.query(t.InjectionChart).one()


def test_encrypted_text_does_not_open_with_another_key(database, samples):
    other = make_engine(_url(database), Keyring({1: bytes(32)}))
    with pytest.raises(WrongKey), Database(other).read() as db:
        db.query(t.Patient).first()
    other.dispose()


def test_a_new_key_encrypts_and_the_old_one_still_opens(database, samples):
    cast, _ = samples
    newer = make_engine(_url(database), Keyring({1: bytes(range(32)), 2: bytes(32)}))
    with Database(newer).write() as db:
        patient = db.get_one(t.Patient, cast.patient.patient_id)
        assert patient.name == "Mara"
        patient.name = "Mara the second"
    newer.dispose()
    with database.engine.connect() as connection:
        sealed = connection.execute(
            text("SELECT name FROM patient WHERE name LIKE '2:%'"),
        ).all()
    assert len(sealed) == 1


@pytest.mark.engines("sqlite")  # PostgreSQL's own message quotes the row, which is why no message is ever logged
def test_an_error_does_not_quote_what_was_written(database, samples):
    with pytest.raises(SQLAlchemyError) as caught, database.write() as db:
        db.execute(text("UPDATE account SET role = :role"), {"role": "CANARY-role"})
    assert "CANARY-role" not in str(caught.value)


def _break_off(db, account_id) -> None:
    db.get_one(t.Account, account_id).language = "es"
    db.flush()
    raise ZeroDivisionError


def _url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False)


def _count_up(url: str, account_id, made, rounds: int, *, plainly: bool = False) -> int:
    """Reads a row of each table that changes and writes it back one higher; answers how often that was refused."""
    engine = make_engine(url, KEYRING)
    if plainly:
        event.remove(engine, "begin", engines._begin)
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    database, refused = Database(engine), 0
    for _ in range(rounds):
        try:
            with database.write() as db:
                account = db.get_one(t.Account, account_id, with_for_update=True)
                account.name = str(int(account.name) + 1) if account.name.isdigit() else "1"
                session = db.get_one(t.Session, made.session_id, with_for_update=True)
                session.dose_ms = {"relaxation": session.dose_ms.get("relaxation", 0) + 1}
                reminder = db.get_one(t.Reminder, made.reminder_id, with_for_update=True)
                reminder.attempts = reminder.attempts + 1
                assignment = db.get_one(t.Assignment, made.assignment_id, with_for_update=True)
                assignment.parameters = {"n": assignment.parameters.get("n", 0) + 1}
        except SQLAlchemyError:
            refused += 1
    engine.dispose()
    return refused


def _count_up_plainly(url: str, account_id, made, rounds: int) -> int:
    return _count_up(url, account_id, made, rounds, plainly=True)


def _counts(database: Database, account_id, made) -> list[int]:
    with database.read() as db:
        return [
            int(db.get_one(t.Account, account_id).name),
            db.get_one(t.Session, made.session_id).dose_ms["relaxation"],
            db.get_one(t.Reminder, made.reminder_id).attempts,
            db.get_one(t.Assignment, made.assignment_id).parameters["n"],
        ]


def _try_to_sign_in(url: str, place: int) -> int:
    """How many of 8 tries under one name were let through, each from another address."""
    engine = make_engine(url, KEYRING)
    database, taken = Database(engine), 0
    for number in range(8):
        with database.write() as db:
            tried = sign_ins.attempt(
                db,
                "mara@example.org",
                address=f"192.0.2.{place * 8 + number}",
                now=NOW + timedelta(seconds=number),
            )
        taken += not isinstance(tried, Throttled)
    engine.dispose()
    return taken


def test_the_database_file_is_its_owners_alone(tmp_path):
    path = tmp_path / "var" / "coach.sqlite"
    engine = make_engine(f"sqlite:///{path}", KEYRING)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE kept (id INTEGER)"))
        modes = {file.name: file.stat().st_mode & 0o077 for file in (path.parent, *path.parent.iterdir())}
    engine.dispose()
    assert "coach.sqlite-wal" in modes
    assert set(modes.values()) == {0}
