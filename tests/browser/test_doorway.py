"""The first page in a real browser: it loads whole, and lets a person of the cast in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.prepare import ROOT

AXE = ROOT / ".cache" / "js" / "axe.js"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_sign_in_page_has_no_accessibility_fault(page, scheme):
    page.emulate_media(color_scheme=scheme)
    page.goto("/sign-in")
    page.evaluate(AXE.read_text())  # not as a script element: the content security policy would refuse it
    found = page.evaluate("() => axe.run()")
    assert [(violation["id"], violation["nodes"][0]["html"]) for violation in found["violations"]] == []


def test_a_wrong_password_says_so_and_lets_nobody_in(page, live_server):
    page.goto("/sign-in")
    page.locator("input[name=name]").fill(live_server.cast.patient.sign_in_name)
    page.locator("input[name=password]").fill("three calm breathz")
    page.locator("form button").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.goto("/today")
    expect(page.locator("input[name=password]")).to_be_visible()


def test_patient_and_therapist_each_come_to_their_own_first_page(new_context, live_server, sign_in):
    first_pages = {}
    for person in (live_server.cast.patient, live_server.cast.therapist):
        page = new_context().new_page()
        sign_in(page, person)
        first_pages[person.role] = page.url.removeprefix(live_server.url)
    assert first_pages == {"patient": "/today", "therapist": "/patients"}


@pytest.mark.allow_console("status of 404")
def test_a_page_that_is_not_there_says_so_and_is_still_a_page(page):
    answer = page.goto("/no-such-page")
    assert answer.status == 404
    expect(page.locator("main h1")).to_be_visible()
