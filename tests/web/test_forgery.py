"""Requests that another site made a browser send change nothing; reading changes nothing."""

from __future__ import annotations

from tests.web.digest import digest
from tests.web.routes import calls, path_of


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
