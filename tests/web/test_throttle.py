"""Tries to sign in are counted by name and by network, over processes and restarts."""

from __future__ import annotations

import multiprocessing

from sqlalchemy import func, select

from coach.config import Settings
from coach.db import tables as t
from tests.cast import PASSWORD
from tests.conftest import KEYRING
from tests.web.conftest import Clock, make_app
from tests.web.signing_in import try_to_sign_in

PROCESSES = multiprocessing.get_context("spawn")


def test_one_account_takes_ten_tries_an_hour_from_wherever_they_come(client_for, cast, clock):
    for number in range(10):
        assert try_to_sign_in(client_for(None), cast.patient.sign_in_name, f"192.0.2.{number}").status_code == 422
    answer = try_to_sign_in(client_for(None), cast.patient.sign_in_name, "192.0.2.99", PASSWORD)
    assert answer.status_code == 429
    assert try_to_sign_in(client_for(None), "an.unknown.name", "192.0.2.98").status_code == 422
    clock.advance(hours=1, seconds=1)
    assert try_to_sign_in(client_for(None), cast.patient.sign_in_name, "192.0.2.99", PASSWORD).status_code == 303


def test_one_address_takes_twenty_tries_an_hour_for_whatever_names(client_for, cast, clock):
    for number in range(20):
        assert try_to_sign_in(client_for(None), f"somebody-{number}", "2001:db8::1").status_code == 422
    # The same network, another address of it: one household's router hands out the lower half as it likes.
    assert try_to_sign_in(client_for(None), cast.patient.sign_in_name, "2001:db8::2", PASSWORD).status_code == 429
    assert try_to_sign_in(client_for(None), cast.patient.sign_in_name, "2001:db8:1::1", PASSWORD).status_code == 303


def test_who_signs_in_is_not_counted(client_for, cast):
    for _ in range(25):
        assert try_to_sign_in(client_for(None), cast.patient.sign_in_name, "192.0.2.1", PASSWORD).status_code == 303


def test_the_throttle_holds_over_processes_and_restarts(settings, cast, database):
    with PROCESSES.Pool(2) as pool:
        first = pool.starmap(_try_in_another_process, [(settings.database_url, 8)] * 2)
    with PROCESSES.Pool(2) as pool:
        second = pool.starmap(_try_in_another_process, [(settings.database_url, 8)] * 2)
    statuses = [status for told in (*first, *second) for status in told]
    assert statuses.count(422) == 10
    assert statuses.count(429) == 22


def test_tries_are_forgotten_after_a_day(client_for, cast, clock, database):
    try_to_sign_in(client_for(None), cast.patient.sign_in_name, "192.0.2.1")
    clock.advance(days=1, seconds=1)
    try_to_sign_in(client_for(None), "somebody", "192.0.2.2")
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(t.SignInAttempt)) == 2


def _try_in_another_process(url: str, times: int) -> list[int]:
    settings = Settings(
        database_url=url, secret_key="a key for tests alone", keyring=KEYRING, base_url="http://localhost",
        secure_cookies=False, trusted_hosts=("localhost",),
    )  # fmt: skip
    app = make_app(settings, Clock())
    client = app.test_client()
    return [try_to_sign_in(client, "mara@example.org", f"192.0.2.{number}").status_code for number in range(times)]
