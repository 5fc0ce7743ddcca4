"""Opening a database that another process is just making: the web server and the reminder process start together."""

from __future__ import annotations

import threading

from coach.db.engine import make_engine, sqlite_module
from tests.conftest import KEYRING


def test_who_opens_a_new_database_while_another_writes_to_it_waits_and_gets_in(tmp_path):
    path = tmp_path / "coach.sqlite"
    other = sqlite_module().connect(str(path), isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")  # not in WAL yet
    other.execute("CREATE TABLE made (id INTEGER)")
    ends = threading.Timer(0.5, lambda: other.execute("COMMIT"))
    ends.start()
    engine = make_engine(f"sqlite:///{path}", KEYRING)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()
    ends.join()
    other.close()
