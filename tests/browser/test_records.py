"""The therapist's pages in a real browser: no accessibility fault, nothing wider than a phone, rows by htmx."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from coach.db import tables as t
from tests.given import give_practice
from tests.prepare import ROOT

AXE = ROOT / ".cache" / "js" / "axe.js"


@pytest.fixture
def pages(live_server):
    """Every kind of page of a therapist's records, for a patient with an injection and a program."""
    with live_server.database.write() as db:
        assignment = give_practice(db, live_server.cast)
        injection_id = assignment.injection_id
        program_id = db.get_one(t.Revision, assignment.revision_id).program_id
    patient = f"/patients/{live_server.cast.patient.patient_id}"
    return (
        "/patients",
        "/patients/new",
        f"{patient}/invitation",
        f"{patient}/dilators",
        f"{patient}/assignments",
        f"{patient}/assignments/new",
        f"{patient}/assignments/new?program={program_id}",
        f"{patient}/assignments/{assignment.id}",
        f"{patient}/injections",
        f"{patient}/injections/new",
        f"{patient}/injections/{injection_id}",
        "/bands",
        "/programs",
        "/programs/new",
        f"/programs/{program_id}",
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_of_a_record_has_an_accessibility_fault(page, live_server, sign_in, pages, scheme):
    page.emulate_media(color_scheme=scheme)
    sign_in(page, live_server.cast.therapist)
    faults = []
    for path in pages:
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("each => { each.open = true }")
        page.evaluate(AXE.read_text())  # not as a script element: the content security policy would refuse it
        found = page.evaluate("() => axe.run()")
        faults += [(path, each["id"], each["nodes"][0]["html"]) for each in found["violations"]]
    assert faults == []


def test_no_page_of_a_record_is_wider_than_a_phone(page, live_server, sign_in, pages):
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, live_server.cast.therapist)
    widths = {}
    for path in pages:
        page.goto(path)
        for details in page.locator("details").all():
            details.evaluate("each => { each.open = true }")
        widths[path] = page.evaluate("document.documentElement.scrollWidth")
    assert set(widths.values()) == {360}, widths


def test_choosing_a_program_brings_its_fields_without_leaving_the_page(page, live_server, sign_in, pages):
    sign_in(page, live_server.cast.therapist)
    page.goto(f"/patients/{live_server.cast.patient.patient_id}/assignments/new")
    page.evaluate("window.stayed = true")
    page.locator(".program-choice").first.click()
    expect(page.get_by_role("button", name="Assign it")).to_be_visible()
    assert page.evaluate("window.stayed")
    assert "program=" in page.url


def test_a_problem_is_shown_and_mended_with_the_keyboard_alone(page, live_server, sign_in):
    sign_in(page, live_server.cast.therapist)
    page.goto("/programs/new")
    page.locator("#text").fill("title: Calm\nlanguag: en\n")
    page.locator("#text").press("Tab")
    page.get_by_role("button", name="Only check").press("Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator(".text-problem").first).to_contain_text("Did you mean `language`?")
    page.evaluate(AXE.read_text())
    found = page.evaluate("() => axe.run()")
    assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []


def test_a_file_that_is_too_large_is_not_even_sent(page, live_server, sign_in, tmp_path):
    large = tmp_path / "large.yaml"
    large.write_text("title: x\n" * 300_000)
    sign_in(page, live_server.cast.therapist)
    page.goto("/programs/new")
    page.locator("#text").fill("title: what stands in the box")
    page.locator("#file").set_input_files(large)
    page.get_by_role("button", name="Check and import").click()
    assert page.locator("#file").evaluate("each => each.validationMessage") == (
        "This is larger than a program may be (256 KiB)."
    )
    expect(page.locator("#text")).to_have_value("title: what stands in the box")
