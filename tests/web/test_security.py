"""What holds on every page: headers, cookies, forged requests, redirects, hosts, sign-ins, errors, logs."""

from __future__ import annotations

import json
import logging
import multiprocessing
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from coach.app import LARGEST_BODY, create_app
from coach.db import tables as t
from coach.services import sign_ins
from coach.services.sign_ins import digest_of
from coach.web.access import UndeclaredEndpoint, require_declared
from coach.web.context import EXTENSION
from coach.web.security import HEADERS, POLICY
from tests.cast import PASSWORD
from tests.conftest import KEYRING
from tests.samples import make_samples
from tests.statements import statements
from tests.web.conftest import FAST, Clock, make_app
from tests.web.digest import digest
from tests.web.routes import calls, path_of

PROCESSES = multiprocessing.get_context("spawn")


@pytest.fixture
def samples(database, cast):
    with database.write() as db:
        return make_samples(db, cast)


# --- Headers ---------------------------------------------------------------------------------------------------------


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


# --- Cookies and sign-ins --------------------------------------------------------------------------------------------


@pytest.fixture
def secure(settings, clock, cast) -> Iterator[Flask]:
    host = "plan.example.org"
    app = make_app(
        replace(settings, base_url=f"https://{host}", secure_cookies=True, trusted_hosts=(host,)),
        clock,
    )
    yield app
    app.extensions[EXTENSION].database.engine.dispose()


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


def test_a_therapists_cookie_ends_with_the_browser_and_a_patients_stays(app, client_for, cast):
    assert "Max-Age" not in _visit_cookie(_sign_in(client_for(None), cast.therapist))
    assert "Max-Age=7776000" in _visit_cookie(_sign_in(client_for(None), cast.patient))


def test_only_the_digest_of_a_token_is_kept(client_for, cast, database):
    token = _visit_cookie(_sign_in(client_for(None), cast.patient)).split(";")[0].removeprefix("visit=")
    assert len(token) >= 43  # 256 bits
    with database.read() as db:
        assert db.scalar(select(t.SignIn.token_digest)) == digest_of(token)


def test_signing_in_makes_a_new_token_and_ends_the_one_before(client_for, cast, clock, database):
    client = client_for(cast.patient)
    old = client.get_cookie("visit").value
    client.post("/sign-out")
    with database.write() as db:
        planted = sign_ins.open_sign_in(db, cast.other_patient.account_id, now=clock())
    client.set_cookie("visit", planted)
    # An attacker's own sign-in in her browser: she meets a page that is signed in, so she signs out and in again.
    client.delete_cookie("visit")
    client.set_cookie("visit", "set-by-somebody-else")
    answer = _sign_in(client, cast.patient)
    new = client.get_cookie("visit").value
    assert answer.status_code == 303
    assert new not in (old, planted, "set-by-somebody-else")
    thief = client_for(None)
    for token in (old, "set-by-somebody-else"):
        thief.set_cookie("visit", token)
        assert thief.get("/today").status_code == 303


def test_a_sign_in_over_another_one_ends_it(client_for, cast):
    client = client_for(None)
    _sign_in(client, cast.patient)
    first = client.get_cookie("visit").value
    _sign_in(client, cast.patient)
    thief = client_for(None)
    thief.set_cookie("visit", first)
    assert thief.get("/today").headers["Location"].startswith("/sign-in")


def test_signing_out_ends_the_sign_in_and_clears_what_the_browser_holds(client_for, cast):
    client = client_for(cast.patient)
    token = client.get_cookie("visit").value
    answer = client.post("/sign-out")
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"storage"'
    assert client.get_cookie("visit") is None
    thief = client_for(None)
    thief.set_cookie("visit", token)
    assert thief.get("/today").status_code == 303


@pytest.mark.parametrize(
    ("who", "path", "idle", "absolute"),
    [
        ("therapist", "/patients", timedelta(minutes=30), timedelta(hours=12)),
        ("patient", "/today", timedelta(days=14), timedelta(days=90)),
    ],
)
def test_a_sign_in_ends_when_idle_and_at_the_latest(client_for, cast, clock, who, path, idle, absolute):
    person = getattr(cast, who)
    idler = client_for(person)
    clock.now += idle - timedelta(seconds=1)
    assert idler.get(path).status_code == 200
    clock.now += idle
    assert idler.get(path).status_code == 303
    busy, began = client_for(person), clock()
    while clock() + idle / 2 < began + absolute:
        clock.now += idle / 2
        assert busy.get(path).status_code == 200
    clock.now = began + absolute
    assert busy.get(path).status_code == 303


def test_being_seen_is_written_once_a_minute(client_for, cast, clock, database):
    client = client_for(cast.patient)
    before = digest(database, seen=True)
    clock.advance(seconds=59)
    client.get("/today")
    assert digest(database, seen=True) == before
    clock.advance(seconds=1)
    client.get("/today")
    assert digest(database, seen=True) != before


def test_a_closed_account_is_out_at_the_next_request(client_for, cast, clock, database):
    client = client_for(cast.patient)
    with database.write() as db:
        db.get_one(t.Account, cast.patient.account_id).closed_at = clock()
    assert client.get("/today").status_code == 303
    assert _sign_in(client, cast.patient).status_code == 422


def test_a_change_of_team_holds_at_the_next_request(client_for, cast, database):
    client = client_for(cast.therapist)
    assert client.get(f"/patients/{cast.patient.patient_id}/invitation").status_code == 200
    with database.write() as db:
        db.get_one(t.Account, cast.therapist.account_id).team_id = cast.team_outsider.team_id
    assert client.get(f"/patients/{cast.patient.patient_id}/invitation").status_code == 404


def test_a_hash_made_with_other_parameters_is_renewed_when_its_owner_signs_in(client_for, cast, database):
    from argon2 import PasswordHasher

    dated = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD)
    with database.write() as db:
        db.get_one(t.Account, cast.patient.account_id).password_hash = dated
    assert _sign_in(client_for(None), cast.patient).status_code == 303
    with database.read() as db:
        renewed = db.get_one(t.Account, cast.patient.account_id).password_hash
    assert renewed != dated
    assert not FAST.is_dated(renewed)
    assert FAST.is_right(renewed, PASSWORD)


# --- Names that nobody has -------------------------------------------------------------------------------------------


def test_a_known_and_an_unknown_name_get_the_same_answer_by_the_same_work(app, client_for, cast, monkeypatch):
    verified = []
    verify = FAST._hasher.verify
    monkeypatch.setattr(
        FAST, "_hasher", type("Counting", (), {"verify": lambda _, *given: verified.append(1) or verify(*given)})()
    )
    told = {}
    for name in (cast.patient.sign_in_name, "nobody.at.all@example.org"):
        client = client_for(None)
        token = client.token()
        verified.clear()
        with statements(app.extensions[EXTENSION].database.engine) as sent:
            answer = client.post("/sign-in", data={"name": name, "password": "not this one at all"}, csrf=token)
        body = re.sub(r'value="[^"]*"|content="[^"]*"|X-CSRFToken": "[^"]*"', "", answer.text)
        headers = {n: v for n, v in answer.headers if n not in ("Content-Length", "Set-Cookie")}
        told[name] = (answer.status_code, body, headers, len(verified), sent[:])
    known, unknown = told.values()
    assert known == unknown
    assert known[0] == 422
    assert known[3] == 1


def test_a_name_is_found_however_it_is_typed(client_for, cast):
    for name in (" MARA@example.org ", "mara@EXAMPLE.org"):
        answer = client_for(None).post("/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303


# --- Throttling ------------------------------------------------------------------------------------------------------


def test_one_account_takes_ten_tries_an_hour_from_wherever_they_come(client_for, cast, clock):
    for number in range(10):
        assert _try(client_for(None), cast.patient.sign_in_name, f"192.0.2.{number}").status_code == 422
    answer = _try(client_for(None), cast.patient.sign_in_name, "192.0.2.99", PASSWORD)
    assert answer.status_code == 429
    assert _try(client_for(None), "an.unknown.name", "192.0.2.98").status_code == 422
    clock.advance(hours=1, seconds=1)
    assert _try(client_for(None), cast.patient.sign_in_name, "192.0.2.99", PASSWORD).status_code == 303


def test_one_address_takes_twenty_tries_an_hour_for_whatever_names(client_for, cast, clock):
    for number in range(20):
        assert _try(client_for(None), f"somebody-{number}", "2001:db8::1").status_code == 422
    # The same network, another address of it: one household's router hands out the lower half as it likes.
    assert _try(client_for(None), cast.patient.sign_in_name, "2001:db8::2", PASSWORD).status_code == 429
    assert _try(client_for(None), cast.patient.sign_in_name, "2001:db8:1::1", PASSWORD).status_code == 303


def test_who_signs_in_is_not_counted(client_for, cast):
    for _ in range(25):
        assert _try(client_for(None), cast.patient.sign_in_name, "192.0.2.1", PASSWORD).status_code == 303


def test_the_throttle_holds_over_processes_and_restarts(settings, cast, database):
    with PROCESSES.Pool(2) as pool:
        first = pool.starmap(_try_in_another_process, [(settings.database_url, 8)] * 2)
    with PROCESSES.Pool(2) as pool:
        second = pool.starmap(_try_in_another_process, [(settings.database_url, 8)] * 2)
    statuses = [status for told in (*first, *second) for status in told]
    assert statuses.count(422) == 10
    assert statuses.count(429) == 22


def test_tries_are_forgotten_after_a_day(client_for, cast, clock, database):
    _try(client_for(None), cast.patient.sign_in_name, "192.0.2.1")
    clock.advance(days=1, seconds=1)
    _try(client_for(None), "somebody", "192.0.2.2")
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(t.SignInAttempt)) == 2


# --- Forged requests -------------------------------------------------------------------------------------------------


def test_a_forged_request_changes_nothing(app, client_for, cast, samples, database):
    unsafe = [(method, rule) for method, rule in calls(app) if method != "GET"]
    assert unsafe
    for person in (None, cast.patient, cast.therapist):
        client, stranger = client_for(person), client_for(cast.outside_patient).token()
        own = client.token()
        before = digest(database)
        for method, rule in unsafe:
            path = path_of(rule, cast, samples)
            forgeries = {
                "no token": {"csrf": False},
                "somebody else's token": {"csrf": stranger},
                "another site": {"csrf": own, "headers": {"Origin": "https://evil.example"}},
                "a sister site": {"csrf": own, "headers": {"Sec-Fetch-Site": "same-site"}},
                "another site, by the browser": {"csrf": own, "headers": {"Sec-Fetch-Site": "cross-site"}},
                "JSON as text": {"csrf": False, "data": "{}", "content_type": "text/plain"},
            }
            for name, forgery in forgeries.items():
                answer = client.open(path, method=method, **forgery)
                assert 400 <= answer.status_code < 500, f"{method} {rule.rule}: {name}"
        assert digest(database) == before


def test_a_token_holds_as_long_as_the_sign_in(client_for, cast, clock):
    client = client_for(cast.patient)
    token = client.token()
    clock.advance(days=2)
    client.get("/today")
    assert client.post("/sign-out", csrf=token).status_code == 303


def test_a_form_under_no_referrer_is_let_through(client_for, cast):
    """Browsers send `Origin: null` for it; Sec-Fetch-Site tells that it is our own."""
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert client_for(cast.patient).post("/sign-out", headers=headers).status_code == 303


def test_reading_changes_nothing(app, client_for, cast, samples, database):
    for person in (None, cast.patient, cast.therapist, cast.outsider):
        client = client_for(person)
        before = digest(database)
        for method, rule in calls(app):
            if method == "GET":
                for verb in ("GET", "HEAD", "OPTIONS"):
                    client.open(path_of(rule, cast, samples), method=verb)
                assert digest(database) == before, rule.rule


# --- Redirects, hosts ------------------------------------------------------------------------------------------------

ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example", "/\\/evil.example",
    "https://evil.example", "HTTPS://evil.example", "http:evil.example", "https:/evil.example", "javascript:alert(1)",
    "data:text/html,x", "ftp://evil.example", "evil.example", "@evil.example", "/@evil.example", "/%2f%2fevil.example",
    "/%2fevil.example", "%2f%2fevil.example", "/%5cevil.example", "/today%0d%0aSet-Cookie:x=1", "/today\r\nX: 1", "\t/today",
    " /today", "/\t/evil.example", "/today\x00", "//localhost@evil.example", "//evil.example/today", "/today//evil",
    "/../evil", "/./", "/today/..//evil.example", "/sign-out", "/sign-in", "/sign-in?next=/sign-in", "/static/css/tokens.css",
    "/nothing", "/patients", "/settings", "?next=//evil.example", "#", "", "/today;//evil", "/https://evil.example",
    "/today@evil.example", "http://localhost/today", "//localhost/today", "/\u2215\u2215evil.example", "/\u3000/evil", "/ today",
    "/\uff0f/evil.example", "\u2028/today", "/today\u2028", "/{{7*7}}", "/%00", "/.evil.example", "///", "//", "\\",
    "/invitations/%0d%0a", "vbscript:x", "mailto:a@evil.example",
]  # fmt: skip


@pytest.mark.parametrize("then", ELSEWHERE)
def test_signing_in_leads_nowhere_else(client_for, cast, then):
    answer = _sign_in(client_for(None), cast.patient, next=then)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/today"
    signed_in = client_for(cast.patient).get("/sign-in", query_string={"next": then})
    assert signed_in.headers["Location"] == "/today"


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client_for, cast):
    client = client_for(None)
    asked = client.get("/settings/reminders")
    assert asked.headers["Location"] == "/sign-in?next=/settings/reminders"
    answer = _sign_in(client, cast.patient, next="/settings/reminders")
    assert answer.headers["Location"] == "/settings/reminders"


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "evil.example:80", "localhost@evil.example"]
)
def test_another_host_name_is_refused(client_for, host):
    answer = client_for(None).get("/sign-in", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_a_forwarded_host_is_not_believed_without_a_proxy_of_our_own(client_for, cast):
    client = client_for(None)
    answer = client.get("/today", headers={"X-Forwarded-Host": "evil.example", "X-Forwarded-For": "192.0.2.1"})
    assert answer.headers["Location"] == "/sign-in?next=/today"
    for number in range(20):
        client.post(
            "/sign-in",
            data={"name": f"somebody-{number}", "password": "-"},
            headers={"X-Forwarded-For": f"192.0.2.{number}"},
        )
    assert _sign_in(client, cast.patient).status_code == 429


# --- Sizes and errors ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("extra", [1, LARGEST_BODY * 3])
def test_a_body_over_the_limit_is_refused_in_words(client_for, cast, database, extra):
    client = client_for(cast.patient)
    token, before = client.token(), digest(database)
    body = b"a=" + b"x" * (LARGEST_BODY - 2 + extra)
    answer = client.post("/settings/reminders", data=body, content_type="application/x-www-form-urlencoded", csrf=token)
    assert answer.status_code == 413
    assert "Too large" in answer.text
    assert digest(database) == before


def test_json_gets_its_errors_as_json(client_for, cast):
    client = client_for(cast.patient)
    token = client.token()
    for path, body, status, code in (
        ("/nothing", b"{}", 404, "not_found"),
        ("/settings/reminders", b"x" * (LARGEST_BODY + 1), 413, "too_large"),
    ):
        answer = client.post(path, data=body, content_type="application/json", csrf=token)
        assert answer.status_code == status
        assert answer.json["error"]["code"] == code
    refused = client.post("/settings/reminders", data=b"{}", content_type="application/json", csrf=False)
    assert refused.status_code == 400
    assert refused.json["error"]["code"] == "bad_request"
    nobody = client_for(None)
    answer = nobody.post("/settings/reminders", json={})
    assert answer.status_code == 401
    assert answer.json == {"error": {"code": "signed_out"}}


def test_htmx_is_sent_to_the_sign_in_page_and_gets_errors_as_fragments(client_for, cast):
    asking = {"HX-Request": "true"}
    answer = client_for(None).get("/today", headers=asking)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/sign-in"
    fragment = client_for(cast.patient).get("/nothing", headers=asking)
    assert fragment.status_code == 404
    assert "<html" not in fragment.text
    assert 'id="problem"' in fragment.text


def test_an_error_of_ours_shows_an_id_and_nothing_else(app, client_for, cast, caplog, monkeypatch):
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "today.show", _break)
    with caplog.at_level(logging.INFO):
        answer = client_for(cast.patient).get("/today")
    assert answer.status_code == 500
    assert "CANARY" not in answer.text
    assert "CANARY" not in caplog.text
    logged = next(json.loads(record.message) for record in caplog.records if record.name == "coach.errors")
    assert logged["id"] in answer.text
    assert logged["error"] == "ValueError"
    assert "test_security.py" in logged["at"][-1]
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS


def test_an_error_of_the_error_page_is_still_an_answer(app, client_for, monkeypatch):
    monkeypatch.setitem(app.jinja_env.globals, "asset", lambda _: (_ for _ in ()).throw(FileNotFoundError))
    answer = client_for(None).get("/nothing")
    assert answer.status_code == 404
    assert answer.content_type == "text/plain; charset=utf-8"


def test_a_line_in_the_log_names_the_route_and_nobody(client_for, cast, samples, caplog):
    with caplog.at_level(logging.DEBUG):
        client = client_for(None)
        _try(client, "CANARY-name", "192.0.2.1", "CANARY-password")
        client.get(f"/invitations/{samples.token}?CANARY=1")
        therapist = client_for(cast.therapist)
        therapist.get(f"/patients/{cast.patient.patient_id}/invitation")
    lines = [json.loads(record.message) for record in caplog.records if record.name == "coach.requests"]
    assert {line["route"] for line in lines} >= {"/sign-in", "/invitations/<token>"}
    assert "/patients/<uuid:patient_id>/invitation" in {line["route"] for line in lines}
    assert set(lines[-1]) == {"id", "method", "route", "status", "ms"}
    told = caplog.text
    for secret in (
        "CANARY", samples.token, str(cast.patient.patient_id), therapist.get_cookie("visit").value, "192.0.2.1"
    ):  # fmt: skip
        assert secret not in told


# --- Declared rules --------------------------------------------------------------------------------------------------


def test_an_endpoint_without_a_rule_does_not_start(app):
    app.view_functions["open.door"] = lambda: "anybody"
    app.url_map.add(app.url_rule_class("/open-door", endpoint="open.door"))
    with pytest.raises(UndeclaredEndpoint, match=r"open\.door"):
        require_declared(app)


def test_the_application_checks_its_own_rules(settings, monkeypatch):
    monkeypatch.delattr("coach.web.sign_in.show.access_rule")
    monkeypatch.setattr("coach.web.access.rule_of", lambda view: getattr(view, "access_rule", None))
    with pytest.raises(UndeclaredEndpoint):
        create_app(settings, Clock(), passwords=FAST)


def _break() -> str:
    raise ValueError("CANARY: what somebody wrote")


def _sign_in(client, person, **more):
    return client.post("/sign-in", data={"name": person.sign_in_name, "password": PASSWORD, **more})


def _visit_cookie(answer) -> str:
    return next(cookie for cookie in answer.headers.getlist("Set-Cookie") if cookie.startswith("visit="))


def _try(client, name: str, address: str, password: str = "not this one at all"):
    data = {"name": name, "password": password}
    return client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": address})


def _try_in_another_process(url: str, times: int) -> list[int]:
    from coach.config import Settings

    settings = Settings(
        database_url=url, secret_key="a key for tests alone", keyring=KEYRING, base_url="http://localhost",
        secure_cookies=False, trusted_hosts=("localhost",),
    )  # fmt: skip
    app = make_app(settings, Clock())
    client = app.test_client()
    return [_try(client, "mara@example.org", f"192.0.2.{number}").status_code for number in range(times)]
