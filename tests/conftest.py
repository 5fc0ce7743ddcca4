"""Fixtures that every part of the suite shares: a database of each kind, a cast, a clock."""

from __future__ import annotations

import pytest

from coach.db.encryption import Keyring
from coach.db.engine import Database, make_engine
from coach.db.tables import Base
from tests.cast import Cast, make_cast

KEYRING = Keyring({1: bytes(range(32))})


@pytest.fixture
def database(tmp_path) -> Database:
    engine = make_engine(f"sqlite:///{tmp_path / 'coach.sqlite'}", KEYRING)
    Base.metadata.create_all(engine)
    yield Database(engine)
    engine.dispose()


@pytest.fixture
def db(database):
    """One unit of work; a test that needs several uses `database`."""
    with database.write() as session:
        yield session


@pytest.fixture
def cast(db) -> Cast:
    return make_cast(db)
