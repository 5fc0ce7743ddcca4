"""Addresses that come from outside, the one to go to next and the host's own, lead nowhere else."""

from __future__ import annotations

import pytest

from coach.web.security import HEADERS
from tests.web.signing_in import sign_in

ELSEWHERE = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\\\evil.example",
    "/\\/evil.example", "https://evil.example", "HTTPS://evil.example", "http:evil.example", "https:/evil.example",
    "javascript:alert(1)", "data:text/html,x", "ftp://evil.example", "evil.example", "@evil.example",
    "/@evil.example", "/%2f%2fevil.example", "/%2fevil.example", "%2f%2fevil.example", "/%5cevil.example",
    "/today%0d%0aSet-Cookie:x=1", "/today\r\nX: 1", "\t/today", " /today", "/\t/evil.example", "/today\x00",
    "//localhost@evil.example", "//evil.example/today", "/today//evil", "/../evil", "/./", "/today/..//evil.example",
    "/sign-out", "/sign-in", "/sign-in?next=/sign-in", "/static/css/tokens.css", "/nothing", "/patients", "/settings",
    "?next=//evil.example", "#", "", "/today;//evil", "/https://evil.example", "/today@evil.example",
    "http://localhost/today", "//localhost/today", "/\u2215\u2215evil.example", "/\u3000/evil", "/ today",
    "/\uff0f/evil.example", "\u2028/today", "/today\u2028", "/{{7*7}}", "/%00", "/.evil.example", "///", "//", "\\",
    "/invitations/%0d%0a", "vbscript:x", "mailto:a@evil.example",
]  # fmt: skip


def test_signing_in_leads_nowhere_else(client_for, cast):
    for then in ELSEWHERE:
        answer = sign_in(client_for(None), cast.patient, next=then)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/today"), then
        signed_in = client_for(cast.patient).get("/sign-in", query_string={"next": then})
        assert signed_in.headers["Location"] == "/today", then


def test_signing_in_leads_back_to_the_page_that_was_asked_for(client_for, cast):
    client = client_for(None)
    asked = client.get("/settings/reminders")
    assert asked.headers["Location"] == "/sign-in?next=/settings/reminders"
    answer = sign_in(client, cast.patient, next="/settings/reminders")
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
    assert sign_in(client, cast.patient).status_code == 429
