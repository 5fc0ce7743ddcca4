"""Every page as every role in a real browser: nothing on it breaks the content security policy."""

from __future__ import annotations

import pytest

from coach.app import create_app
from coach.web.access import is_allowed, rule_of
from coach.web.context import EXTENSION
from tests.samples import make_samples
from tests.web.conftest import FAST, Clock, settings_for
from tests.web.routes import calls, path_of


@pytest.fixture
def samples(database, cast):
    with database.write() as db:
        return make_samples(db, cast)


@pytest.fixture
def pages(live_server, samples):
    """Paths of all pages that a viewer's role may open."""
    app = create_app(
        settings_for(live_server.database.engine.url.render_as_string(hide_password=False)), Clock(), passwords=FAST
    )

    def pages(viewer) -> list[str]:
        return [
            path_of(rule, live_server.cast, samples)
            for method, rule in calls(app)
            if method == "GET"
            and rule.endpoint not in ("assets.show", "sign_in.use")  # the second answers without a page
            and is_allowed(rule_of(app.view_functions[rule.endpoint]), viewer)
        ]

    yield pages
    app.extensions[EXTENSION].database.engine.dispose()


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("who", ["patient", "therapist"])
def test_no_page_breaks_the_policy_or_asks_another_host(new_context, live_server, pages, sign_in, who, locale):
    person = getattr(live_server.cast, who)
    page = new_context(locale=locale).new_page()  # what the console says of the policy fails the test
    asked = set()
    page.on("request", lambda request: asked.add(request.url))
    sign_in(page, person)
    for path in pages(person.viewer):
        answer = page.goto(path)
        assert answer.status == 200, path
        held = page.evaluate("() => [document.cookie, {...sessionStorage}, {...localStorage}]")
        assert held == ["", {}, {}], path
    assert {url for url in asked if not url.startswith((live_server.url, "data:"))} == set()


def test_signed_out_nothing_comes_back(new_context, live_server, samples, sign_in):
    page = new_context().new_page()
    sign_in(page, live_server.cast.therapist)
    page.goto(f"/patients/{live_server.cast.patient.patient_id}/injections")
    assert "Mara" in page.content()
    page.locator("form[action='/sign-out'] button").click()
    page.wait_for_url("**/sign-in")
    page.go_back()
    page.wait_for_url("**/sign-in?next=**")
    assert "Mara" not in page.content()
