"""Pages in a real browser: both themes, a narrow phone and a desk; and the way out at once."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from coach.db import tables as t
from coach.web.addresses import code_of
from tests.prepare import ROOT
from tests.samples import make_samples

AXE = ROOT / ".cache" / "js" / "axe.js"
PHONE, DESK = {"width": 360, "height": 740}, {"width": 1280, "height": 900}
PATIENTS = (
    "/today",
    "/check",
    "/pause",
    "/settings/reminders",
    f"/assignments/{{assignment}}/sessions/{code_of('calm')}",
    "/no-such-page",
)
THERAPISTS = (
    "/patients",
    "/patients/new",
    "/patients/{patient}",
    "/patients/{patient}/today",
    "/patients/{patient}/alerts",
    "/patients/{patient}/assignments",
    "/patients/{patient}/assignments/new",
    "/patients/{patient}/pauses",
    "/patients/{patient}/phases",
    "/patients/{patient}/consultations",
    "/patients/{patient}/consultations/new",
    "/patients/{patient}/consultations/{consultation}",
    "/patients/{patient}/injections",
    "/patients/{patient}/injections/new",
    "/patients/{patient}/injections/{injection}",
    "/patients/{patient}/side-effects/{side_effect}",
    "/bands",
    "/patients/{patient}/sessions/{session}",
    "/programs",
    "/programs/new",
    "/programs/{program}",
)
LEAST = 43.5  # px of a target; layout rounds

SMALL_TARGETS = """least => [...document.querySelectorAll("button, .button, input, select, textarea, summary, nav a")]
    .filter(each => each.checkVisibility({visibilityProperty: true, opacityProperty: true}))
    .map(each => each.closest("label") ?? each)
    .filter(each => { const box = each.getBoundingClientRect(); return box.width && box.height < least; })
    .map(each => each.outerHTML.slice(0, 120))"""


@pytest.fixture
def samples(database, cast):
    with database.write() as db:
        return make_samples(db, cast)


@pytest.fixture
def signed_in(new_context, sign_in, samples):
    """A page on which a person of the cast is signed in, with a size, a theme and a language."""

    def signed_in(person, size=PHONE, scheme="light", language="en") -> Page:
        page = new_context(viewport=size, color_scheme=scheme).new_page()
        sign_in(page, person)
        if language != "en":
            page.locator(f"button[name=language][value={language}]").click()
        return page

    return signed_in


def faults(page: Page) -> list[object]:
    """What axe finds, what is too small to touch, and what makes the page wider than the screen."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run()")["violations"]
    return [
        *((violation["id"], violation["nodes"][0]["html"][:200]) for violation in found),
        *(("small", html) for html in page.evaluate(SMALL_TARGETS, LEAST)),
        *(["wider than the screen"] if page.evaluate("document.documentElement.scrollWidth > innerWidth") else []),
    ]


@pytest.mark.allow_console("status of 404")
@pytest.mark.parametrize(
    ("size", "scheme", "language"), [(PHONE, "light", "en"), (PHONE, "dark", "es"), (DESK, "dark", "en")]
)
def test_the_patients_pages_have_no_fault(signed_in, cast, samples, size, scheme, language):
    page = signed_in(cast.patient, size, scheme, language)
    assert look_at(page, PATIENTS, cast, samples) == {}


@pytest.mark.parametrize(("size", "scheme", "language"), [(PHONE, "dark", "es"), (DESK, "light", "en")])
def test_the_therapists_pages_have_no_fault(signed_in, cast, samples, size, scheme, language):
    page = signed_in(cast.therapist, size, scheme, language)
    assert look_at(page, THERAPISTS, cast, samples) == {}


def look_at(page: Page, paths: tuple[str, ...], cast, samples) -> dict[str, list[object]]:
    ids = {
        "patient": cast.patient.patient_id,
        "assignment": samples.assignment_id,
        "consultation": samples.consultation_id,
        "injection": samples.injection_id,
        "side_effect": samples.side_effect_id,
        "session": samples.session_id,
        "program": samples.program_id,
    }
    found = {}
    for path in paths:
        page.goto(path.format(**ids))
        if there := faults(page):
            found[path] = there
    return found


def test_leave_puts_a_neutral_page_in_the_place_of_this_one(signed_in, cast):
    page = signed_in(cast.patient)
    page.route("https://www.wikipedia.org/", lambda route: route.fulfill(body="<title>Elsewhere</title>"))
    page.goto("/settings/reminders")

    page.get_by_role("link", name="Leave").click()

    expect(page).to_have_title("Elsewhere")
    page.go_back()
    assert "/settings/reminders" not in page.url


def test_shift_three_times_leaves_too_and_other_keys_do_not(signed_in, cast):
    page = signed_in(cast.patient)
    page.route("https://www.wikipedia.org/", lambda route: route.fulfill(body="<title>Elsewhere</title>"))
    page.goto("/settings/reminders")

    for key in ("Shift", "Shift", "a", "Shift"):
        page.keyboard.press(key)
    assert page.url.endswith("/settings/reminders")
    for key in ("Shift", "Shift"):
        page.keyboard.press(key)

    expect(page).to_have_title("Elsewhere")


def test_without_scripts_the_way_out_is_a_link(new_context, sign_in, cast):
    page = new_context(java_script_enabled=False).new_page()
    sign_in(page, cast.patient)
    assert page.get_by_role("link", name="Leave").get_attribute("href") == "https://www.wikipedia.org/"


def test_what_email_needs_is_hidden_until_email_is_chosen(signed_in, cast, database):
    with database.write() as db:
        db.query(t.ReminderTime).delete()
        db.query(t.ReminderChoice).delete()
    page = signed_in(cast.patient)
    page.goto("/settings/reminders")
    expect(page.get_by_label("E-mail address")).to_be_hidden()

    page.get_by_label("By e-mail").check()

    expect(page.get_by_label("E-mail address")).to_be_visible()
