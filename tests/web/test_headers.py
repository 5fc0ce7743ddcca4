"""What every answer carries: the policy, its companions, how it may be kept, and the cookies."""

from __future__ import annotations

import re

import pytest

from coach.web.security import HEADERS, POLICY
from tests.cast import PASSWORD
from tests.web.routes import calls, path_of


def test_every_answer_carries_every_header(app, client_for, cast, samples):
    for person in (None, cast.patient, cast.therapist, cast.outsider):
        client = client_for(person)
        for method, rule in calls(app):
            answer = client.open(path_of(rule, cast, samples), method=method)
            for name, value in HEADERS.items():
                assert answer.headers.getlist(name) == [value], f"{method} {rule.rule}: {name}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/static/nothing.css", 404),
        ("/static/../coach/app.py", 404),
        ("/static/css/tokens.css", 200),
        ("/sign-in", 200),
        ("/", 303),
    ],
)
def test_errors_files_and_redirects_carry_every_header_too(client_for, path, status):
    answer = client_for(None).get(path)
    assert answer.status_code == status
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_the_policy_allows_nothing_inline_and_nobody_else():
    assert "unsafe" not in POLICY
    assert "http" not in POLICY
    assert "script-src 'self'" in POLICY
    assert "style-src 'self'" in POLICY


def test_pages_are_not_stored(app, client_for, cast, samples):
    for person in (None, cast.patient, cast.therapist):
        client = client_for(person)
        for method, rule in calls(app):
            if rule.endpoint != "assets.show":
                answer = client.open(path_of(rule, cast, samples), method=method)
                assert answer.headers["Cache-Control"] == "no-store", f"{method} {rule.rule}"


def test_a_file_asked_for_by_its_hash_is_kept_and_any_other_is_asked_for_again(app, client_for):
    client = client_for(None)
    with app.test_request_context():
        url = app.jinja_env.globals["asset"]("css/tokens.css")
    assert client.get(url).headers["Cache-Control"] == "public, max-age=31536000, immutable"
    for other in ("/static/css/tokens.css", "/static/css/tokens.css?v=0123456789abcdef"):
        answer = client.get(other)
        assert answer.headers["Cache-Control"] == "no-cache"
        assert client.get(other, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert "Set-Cookie" not in client.get(url).headers


def test_a_secure_host_asks_for_tls_for_a_year(secure):
    answer = secure.test_client().get("/sign-in", base_url="https://plan.example.org")
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_cookies_are_bound_to_the_host_and_out_of_reach_of_scripts(secure, cast):
    client = secure.test_client()
    https = {"base_url": "https://plan.example.org"}
    page = client.get("/sign-in", **https)
    form_cookie = page.headers["Set-Cookie"]
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    answer = client.post(
        "/sign-in",
        data={"name": cast.patient.sign_in_name, "password": PASSWORD, "csrf_token": token},
        csrf=False,
        **https,
    )
    assert answer.status_code == 303
    visit_cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("__Host-visit="))
    for cookie, name in ((form_cookie, "__Host-form"), (visit_cookie, "__Host-visit")):
        assert cookie.startswith(f"{name}=")
        parts = {part.strip().split("=")[0].lower(): part.strip() for part in cookie.split(";")[1:]}
        assert parts.keys() >= {"secure", "httponly", "path", "samesite"}
        assert parts["path"] == "Path=/"
        assert parts["samesite"] == "SameSite=Lax"
        assert "domain" not in parts


def test_cookie_names_say_nothing(secure, app):
    names = {secure.config["SESSION_COOKIE_NAME"], app.config["SESSION_COOKIE_NAME"]}
    assert names == {"__Host-form", "form"}
