"""Two injections in a real browser: each chart shows what it does before it applies, then phases and cycle change."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Page, expect

from tests.given import TODAY, give_practice

SECOND = TODAY + timedelta(days=74)  # 84 days after the first
MOVED = SECOND + timedelta(days=7)


def test_a_second_injection_begins_its_own_cycle_and_a_moved_one_shows_what_it_moves(page, live_server, sign_in):
    with live_server.database.write() as db:
        give_practice(db, live_server.cast, now=live_server.clock.now)
    patient = f"/patients/{live_server.cast.patient.patient_id}"
    sign_in(page, live_server.cast.therapist)

    page.goto(f"{patient}/injections/new")
    page.get_by_role("radio", name="Planned").check()
    type_day(page, "on", SECOND)
    effect = page.locator("#plan-effect")
    expect(effect).to_contain_text("Her plan changes from May 15, 2026 on.")
    expect(effect.locator("tr", has_text="Practice").last).to_contain_text("from May 15, no end")
    page.get_by_role("button", name="Chart it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Injection planned for May 15, 2026")

    page.get_by_role("link", name="Assign a program for this injection").click()
    page.get_by_role("link", name="Practice after the injection").click()
    type_day(page, "start_on", SECOND - timedelta(days=14))
    page.get_by_role("radio", name="22 mm").check()
    weeks = page.locator("#first-weeks")
    expect(weeks).to_contain_text("It takes over from “Practice after the injection”, whose last day is then Apr 30.")
    expect(weeks.locator("tbody tr").first).to_contain_text("day -14")
    expect(page.get_by_text("It is still ahead")).to_be_visible()
    page.get_by_role("button", name="Assign it").click()
    cards = page.locator(".assignment")
    expect(cards).to_have_count(2)
    expect(cards.nth(0)).to_contain_text("goes by the injection of February 20, 2026")
    expect(cards.nth(1)).to_contain_text("goes by the injection of May 15, 2026 (planned)")

    page.goto(f"{patient}/injections")
    page.locator(".lines h2 a").first.click()
    page.locator("#correct > summary").click()
    type_day(page, "on", MOVED)
    before = effect.locator("tr", has_text="Before")
    expect(before.locator("td").nth(0)).to_have_text("May 1 – May 14")
    expect(before.locator("td").nth(1)).to_have_text("May 8 – May 21")
    page.locator("#reason").fill("The clinic is closed")
    page.locator("#correct").get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Injection planned for May 22, 2026")

    live_server.clock.now += MOVED - TODAY
    sign_in(page, live_server.cast.therapist)
    page.goto(f"{patient}/injections")
    page.locator(".lines h2 a").first.click()
    page.locator("#correct > summary").click()
    page.get_by_role("radio", name="Given").check()
    page.locator("#product").fill("onabotulinumtoxinA (Botox)")
    page.locator("#units").fill("100")
    type_day(page, "insertion_on", MOVED + timedelta(days=3))
    expect(effect.locator("tr", has_text="Starting").locator("td").nth(1)).to_contain_text("May 25")
    page.locator("#correct").get_by_role("button", name="Write it down").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Injection of May 22, 2026")

    page.goto(patient)
    expect(page.locator("main")).to_contain_text("Day 0 after the injection of May 22, 2026")
    page.goto(f"{patient}/today")
    expect(page.locator("main")).to_contain_text("Settling")


def type_day(page: Page, name: str, day: date) -> None:
    """As a hand does: the field tells that it changed when it is left."""
    field = page.locator(f"#{name}")
    field.fill(day.isoformat())
    field.blur()
