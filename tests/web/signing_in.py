"""Signing in through the page, as tests of it need to."""

from __future__ import annotations

from tests.cast import PASSWORD


def sign_in(client, person, **more):
    return client.post("/sign-in", data={"name": person.sign_in_name, "password": PASSWORD, **more})


def visit_cookie(answer) -> str:
    return next(cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("visit="))


def try_to_sign_in(client, name: str, address: str, password: str = "not this one at all"):
    data = {"name": name, "password": password}
    return client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": address})
