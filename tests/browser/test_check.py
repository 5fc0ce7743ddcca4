"""Safety questions in a real browser: what to do stands there at once, without the network and without a script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from coach.db import tables as t
from coach.web.addresses import code_of
from tests.browser.test_look import DESK, PHONE, faults
from tests.cast import NOW
from tests.given import give_practice

EMERGENCY = "Call the emergency number now."
LEAKING = "This is known after the injection and usually passes."
OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


@pytest.fixture
def assignment(live_server):
    with live_server.database.write() as db:
        return give_practice(db, live_server.cast).id


@pytest.fixture
def patient(live_server, new_context, sign_in, assignment) -> Page:
    context = new_context(viewport=PHONE)
    context.clock.install(time=NOW)
    page = context.new_page()
    sign_in(page, live_server.cast.patient)
    return page


@pytest.fixture
def review(live_server, new_context, sign_in):
    """What stands on top of her therapist's review now."""
    page = new_context(viewport=DESK).new_page()
    sign_in(page, live_server.cast.therapist)

    def review() -> Page:
        page.goto(f"/patients/{live_server.cast.patient.patient_id}")
        return page

    return review


def answer(page: Page, question: str, word: str) -> None:
    page.get_by_role("group", name=re.compile(question)).get_by_text(word, exact=True).click()


def told(page: Page, text: str):
    return page.get_by_text(text).filter(visible=True)


@pytest.mark.allow_console(OFFLINE)
def test_with_the_network_cut_a_yes_says_at_once_what_to_do_and_the_alert_follows(patient, review):
    patient.goto("/check")
    expect(told(patient, EMERGENCY)).to_have_count(0)
    patient.context.set_offline(True)

    answer(patient, "trouble swallowing", "Yes")

    expect(told(patient, EMERGENCY)).to_have_count(1)
    expect(patient.locator("fieldset").first.get_by_role("link", name="Call Example clinic")).to_be_visible()
    expect(patient.locator("#check-status")).to_have_text("Saved on this device. It will be sent when you are online.")
    patient.get_by_role("button", name="Done").click()
    expect(told(patient, EMERGENCY)).to_have_count(1), "offline the page stays"
    expect(review().get_by_text("She told of a sign of an emergency")).to_have_count(0)

    patient.context.set_offline(False)

    patient.wait_for_url("**/today")
    expect(told(patient, EMERGENCY)).to_have_count(1)
    page = review()
    expect(page.get_by_text("She told of a sign of an emergency")).to_have_count(1)
    page.get_by_label("Note, if you like").fill("called her")
    page.get_by_role("button", name="I have seen it").click()
    expect(page.get_by_text("She told of a sign of an emergency")).to_have_count(0)
    page.get_by_role("link", name="All alerts").click()
    expect(page.get_by_text("called her")).to_be_visible()


@pytest.mark.allow_console(OFFLINE)
def test_what_was_told_offline_and_left_is_sent_when_today_is_opened_again(patient, review):
    patient.goto("/check")
    patient.context.set_offline(True)
    answer(patient, "hoarse voice", "Yes")
    expect(patient.locator("#check-status")).to_contain_text("Saved on this device")
    patient.goto("about:blank")
    patient.context.set_offline(False)
    patient.goto("/today")
    patient.wait_for_function(
        """async () => {
            const asked = (r) => new Promise((yes, no) => { r.onsuccess = () => yes(r.result); r.onerror = no; });
            const db = await asked(indexedDB.open("daily", 1));
            return (await asked(db.transaction("waiting").objectStore("waiting").count())) === 0;
        }"""
    )
    expect(review().get_by_text("She told of a sign of an emergency")).to_have_count(1)


FAILED = "the server responded with a status of 500"


@pytest.mark.allow_console(FAILED)
def test_what_the_server_fails_at_holds_no_answer_up(patient, review):
    patient.goto("/check")
    patient.evaluate(
        """async () => {
            const asked = (r) => new Promise((yes, no) => { r.onsuccess = () => yes(r.result); r.onerror = no; });
            const db = await asked(indexedDB.open("daily", 1));
            const row = { id: "0", session: "00000000-0000-4000-8000-000000000000", seq: 1, text: "{}" };
            await asked(db.transaction("waiting", "readwrite").objectStore("waiting").put(row));
        }"""
    )
    tried = []
    patient.route("**/events", lambda route: (tried.append(route.request.url), route.fulfill(status=500)))
    patient.reload()
    answer(patient, "trouble swallowing", "Yes")
    expect(patient.locator("#check-status")).to_have_text("Saved on this device. It will be sent when you are online.")
    expect(review().get_by_text("She told of a sign of an emergency")).to_have_count(1)
    assert tried


@pytest.mark.allow_console(OFFLINE)
@pytest.mark.usefixtures("assignment")
def test_without_scripts_a_yes_says_at_once_what_to_do_and_is_kept(live_server, new_context, sign_in, review):
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    sign_in(page, live_server.cast.patient)
    page.goto("/check")
    page.context.set_offline(True)

    answer(page, "trouble swallowing", "Yes")

    expect(told(page, EMERGENCY)).to_have_count(1)
    page.context.set_offline(False)
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("heading", name="Please read first")).to_be_visible()
    expect(review().get_by_text("She told of a sign of an emergency")).to_have_count(1)


def test_leaking_alone_is_noted_and_beside_an_emergency_only_the_emergencys_words_stand(patient, review):
    patient.goto("/check")
    answer(patient, "leaked any urine", "Yes")
    expect(told(patient, LEAKING)).to_have_count(1)
    expect(told(patient, EMERGENCY)).to_have_count(0)
    expect(patient.locator("#check-status")).to_contain_text("Saved.")
    expect(review().get_by_text("She told of something that is known and not urgent")).to_have_count(1)

    answer(patient, "hoarse voice", "Yes")

    expect(told(patient, EMERGENCY)).to_have_count(1)
    expect(told(patient, LEAKING)).to_have_count(0)


def test_a_yes_by_mistake_is_taken_back_and_the_alert_stays(patient, review):
    patient.goto("/check")
    answer(patient, "trouble swallowing", "Yes")
    answer(patient, "trouble swallowing", "No")
    expect(told(patient, EMERGENCY)).to_have_count(0)
    patient.get_by_role("button", name="Done").click()
    patient.wait_for_url("**/today")
    expect(told(patient, EMERGENCY)).to_have_count(0)
    expect(review().get_by_text("She told of a sign of an emergency")).to_have_count(1)


def test_it_can_be_answered_by_the_keyboard_alone(patient):
    patient.goto("/check")
    patient.locator("#yes-0").focus()
    patient.keyboard.press("Space")
    expect(told(patient, EMERGENCY)).to_have_count(1)
    expect(patient.get_by_role("alert").filter(visible=True)).to_contain_text(EMERGENCY)


@pytest.mark.allow_console(OFFLINE)
def test_before_a_session_a_yes_says_at_once_what_to_do_and_the_alert_follows(patient, review, assignment, live_server):
    with live_server.database.write() as db:
        for clinic in db.scalars(select(t.Clinic)):
            clinic.emergency_number = "112"
    patient.goto(f"/assignments/{assignment}/sessions/{code_of('dilate')}")
    patient.get_by_role("button", name="Start").click()
    player = patient.locator("session-player")
    player.get_by_role("button", name="Begin").click()
    expect(player.get_by_role("heading")).to_contain_text("trouble swallowing")
    patient.context.set_offline(True)

    player.get_by_role("button", name="Yes", exact=True).click()

    expect(player.get_by_text(EMERGENCY)).to_be_visible()
    first, clinic = player.get_by_role("link", name="Call 112"), player.get_by_role("link", name="Call your clinic")
    expect(first).to_have_attribute("href", "tel:112")
    expect(clinic).to_have_attribute("href", "tel:000")
    assert first.bounding_box()["y"] < clinic.bounding_box()["y"]
    assert first.bounding_box()["height"] > 1.5 * clinic.bounding_box()["height"], "the clinic's comes after, and small"
    expect(player.get_by_role("link", name="Not feeling well?")).to_be_visible()
    expect(review().get_by_text("She told of a sign of an emergency")).to_have_count(0)

    patient.context.set_offline(False)

    expect(player.locator(".player-hint")).to_have_text("Saved.")
    page = review()
    expect(page.get_by_text("She told of a sign of an emergency")).to_have_count(1)
    expect(page.locator("#alerts").get_by_role("link", name="the session")).to_be_visible()


@pytest.mark.parametrize(("scheme", "language"), [("light", "en"), ("dark", "es")])
def test_the_page_has_no_fault_before_and_after_a_yes(live_server, new_context, sign_in, assignment, scheme, language):
    page = new_context(viewport=PHONE, color_scheme=scheme).new_page()
    sign_in(page, live_server.cast.patient)
    if language != "en":
        page.locator(f"button[name=language][value={language}]").click()
    page.goto("/check")
    assert faults(page) == []
    page.locator("label[for=yes-0]").click()
    page.locator("label[for=yes-4]").click()
    assert faults(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_therapists_pages_with_alerts_have_no_fault(live_server, new_context, sign_in, patient, scheme):
    patient.goto("/check")
    answer(patient, "trouble swallowing", "Yes")
    answer(patient, "leaked any urine", "Yes")
    expect(patient.locator("#check-status")).to_contain_text("Saved.")
    page = new_context(viewport=PHONE, color_scheme=scheme).new_page()
    sign_in(page, live_server.cast.therapist)
    found = {}
    for path in ("/patients", f"/patients/{live_server.cast.patient.patient_id}/alerts"):
        page.goto(path)
        found[path] = faults(page)
    assert found == {path: [] for path in found}
