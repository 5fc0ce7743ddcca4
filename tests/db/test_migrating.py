"""Migrations: what they make is what the tables say, all of it or nothing."""

from __future__ import annotations

import multiprocessing
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, String, column, inspect, table, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from coach.db import migrating
from coach.db import tables as t
from coach.db.engine import Database, make_engine
from coach.db.tables import Base
from tests import postgres
from tests.cast import NOW, make_cast
from tests.conftest import KEYRING, create_tables

PROCESSES = multiprocessing.get_context("spawn")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without any table."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite'}"
    server = request.getfixturevalue("postgresql_server")
    postgres.execute(server, "DROP DATABASE IF EXISTS empty WITH (FORCE)", "CREATE DATABASE empty")
    return server.set(database="empty").render_as_string(hide_password=False)


@pytest.fixture
def empty(empty_url: str) -> Iterator[Engine]:
    engine = make_engine(empty_url, KEYRING)
    yield engine
    engine.dispose()


def test_a_migrated_database_is_what_the_tables_say(empty, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # migrations are found wherever the command is run
    migrating.upgrade(empty)
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    migrated = _described(empty)
    _empty_again(empty)
    create_tables(empty)
    assert migrated == _described(empty), "read the newest migration again: `coach.db.migrating.draft` writes one"


def test_an_empty_database_is_not_current_until_it_is_migrated(empty):
    assert not migrating.is_current(empty)
    migrating.upgrade(empty)
    assert migrating.is_current(empty)
    migrating.upgrade(empty)
    assert migrating.is_current(empty)


def test_processes_that_migrate_at_the_same_time_do_it_once(empty_url, empty):
    with PROCESSES.Pool(3) as pool:
        assert pool.map(_upgrade, [empty_url] * 3) == [True] * 3
    assert migrating.is_current(empty)


def test_a_migration_that_breaks_half_way_leaves_nothing(empty, monkeypatch):
    monkeypatch.setattr(migrating.command, "upgrade", _half_a_migration)
    with pytest.raises((OperationalError, ProgrammingError)):
        migrating.upgrade(empty)
    assert inspect(empty).get_table_names() == []


def test_a_process_killed_in_a_migration_leaves_nothing(empty_url, empty):
    process = PROCESSES.Process(target=_die_half_way, args=(empty_url,))
    process.start()
    process.join(60)
    assert process.exitcode == 9
    assert inspect(empty).get_table_names() == []
    migrating.upgrade(empty)
    assert migrating.is_current(empty)


@pytest.mark.engines("sqlite")
def test_remaking_a_table_keeps_the_rows_that_point_to_it(database, cast_in, monkeypatch):
    before = _counted(database.engine)
    monkeypatch.setattr(migrating.command, "upgrade", _remake_patient)
    migrating.upgrade(database.engine)
    assert _counted(database.engine) == before
    with database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1


@pytest.mark.engines("sqlite")
def test_a_migration_that_leaves_rows_pointing_nowhere_is_undone(database, cast_in, monkeypatch):
    before = _counted(database.engine)
    monkeypatch.setattr(migrating.command, "upgrade", _lose_the_clinics)
    with pytest.raises(migrating.BrokenReferences):
        migrating.upgrade(database.engine)
    assert _counted(database.engine) == before


def test_what_stood_in_plain_text_is_encrypted_and_reads_as_before(empty, monkeypatch):
    upgrade = migrating.command.upgrade
    monkeypatch.setattr(migrating.command, "upgrade", lambda config, _newest: upgrade(config, "0002"))
    migrating.upgrade(empty)
    chart_id, site_id = _chart_in_plain_text(empty)
    monkeypatch.undo()
    migrating.upgrade(empty)
    with Database(empty).read() as db:
        chart, site = db.get(t.InjectionChart, chart_id), db.get(t.InjectionSite, site_id)
        for name in LINES:
            assert getattr(chart, name) == f"CANARY {name}"
        assert (site.muscle, chart.operator) == ("CANARY muscle", None)
    with empty.connect() as connection:
        rows = [*connection.execute(text("SELECT * FROM injection_chart")), *connection.execute(SITES)]
    assert "CANARY" not in str([tuple(row) for row in rows])


@pytest.fixture
def cast_in(database):
    with database.write() as db:
        make_cast(db)


LINES = ("lot", "diluent", "guidance", "needle", "anaesthesia", "anaesthetic", "indwelling_until")
SITES = text("SELECT * FROM injection_site")


def _chart_in_plain_text(engine: Engine) -> tuple[uuid.UUID, uuid.UUID]:
    """A chart and its site as version 2 wrote them."""
    with Database(engine).write() as db:
        # The tables of today make the cast; a column that version 2 did not have is gone again after it.
        db.execute(text("ALTER TABLE clinic ADD COLUMN emergency_number TEXT"))
        db.execute(text("ALTER TABLE patient ADD COLUMN highest_dilator INTEGER DEFAULT 0"))
        cast = make_cast(db)
        db.execute(text("ALTER TABLE clinic DROP COLUMN emergency_number"))
        db.execute(text("ALTER TABLE patient DROP COLUMN highest_dilator"))
        owner = {"clinic_id": cast.patient.clinic_id, "team_id": cast.patient.team_id}
        injection = t.Injection(**owner, patient_id=cast.patient.patient_id, created_at=NOW)
        db.add(injection)
        db.flush()
        chart = owner | {
            "id": uuid.uuid4(),
            "injection_id": injection.id,
            "number": 1,
            "state": "planned",
            "on_day": NOW.date(),
            "charted_by_id": cast.therapist.account_id,
            "charted_at": NOW,
        }
        site = owner | {"id": uuid.uuid4(), "chart_id": chart["id"], "position": 1, "side": "left", "units": 5.0}
        for name, values in (
            ("injection_chart", chart | {name: f"CANARY {name}" for name in LINES}),
            ("injection_site", site | {"muscle": "CANARY muscle"}),
        ):
            declared = Base.metadata.tables[name].columns
            columns = [
                column(key, String() if str(values[key])[:6] == "CANARY" else declared[key].type) for key in values
            ]
            db.execute(table(name, *columns).insert().values(values))
    return chart["id"], site["id"]


def _upgrade(url: str) -> bool:
    engine = make_engine(url, KEYRING)
    migrating.upgrade(engine)
    done = migrating.is_current(engine)
    engine.dispose()
    return done


def _die_half_way(url: str) -> None:
    def half_then_die(config, _revision) -> None:
        config.attributes["connection"].execute(text("CREATE TABLE half (id INTEGER)"))
        os._exit(9)

    migrating.command.upgrade = half_then_die
    migrating.upgrade(make_engine(url, KEYRING))


def _half_a_migration(config, _revision) -> None:
    connection = config.attributes["connection"]
    connection.execute(text("CREATE TABLE half (id INTEGER)"))
    connection.execute(text("CREATE TABLE no good"))


def _remake_patient(config, _revision) -> None:
    """As batch mode does it: copy, drop, rename."""
    connection = config.attributes["connection"]
    connection.execute(text("CREATE TABLE copied AS SELECT * FROM patient"))
    declared = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'patient'")).scalar_one()
    connection.execute(text("DROP TABLE patient"))
    connection.exec_driver_sql(declared)
    connection.execute(text("INSERT INTO patient SELECT * FROM copied"))
    connection.execute(text("DROP TABLE copied"))


def _lose_the_clinics(config, _revision) -> None:
    config.attributes["connection"].execute(text("DELETE FROM clinic"))


def _counted(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {
            table.name: connection.execute(text(f'SELECT count(*) FROM "{table.name}"')).scalar_one()
            for table in Base.metadata.sorted_tables
        }


def _described(engine: Engine) -> dict[str, object]:
    """Columns, keys, indexes and checks of every table as the database tells them."""
    told = inspect(engine)
    return {
        name: {
            "columns": sorted((c["name"], str(c["type"]), c["nullable"], c["default"]) for c in told.get_columns(name)),
            "primary": told.get_pk_constraint(name)["constrained_columns"],
            "foreign": sorted(
                (str(f["name"]), f["constrained_columns"], f["referred_table"], sorted(f["options"].items()))
                for f in told.get_foreign_keys(name)
            ),
            "unique": sorted((str(u["name"]), u["column_names"]) for u in told.get_unique_constraints(name)),
            "indexes": sorted(
                (i["name"], i["column_names"], bool(i["unique"]), _texts(i.get("dialect_options")))
                for i in told.get_indexes(name)
            ),
            "checks": sorted((str(c["name"]), c["sqltext"]) for c in told.get_check_constraints(name)),
        }
        for name in told.get_table_names()
        if name != "alembic_version"
    }


def _texts(options: dict[str, object] | None) -> list[tuple[str, str]]:
    return sorted((name, str(value)) for name, value in (options or {}).items())


def _empty_again(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        path = Path(str(engine.url.database))
        engine.dispose()
        for file in path.parent.glob(f"{path.name}*"):
            file.unlink()
        return
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
