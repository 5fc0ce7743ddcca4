"""The whole chart in a real browser: what is told while one types, what stands open, and all of it read back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.web.test_injections import SAID, WHOLE


def test_the_whole_chart_is_filled_in_and_its_effect_is_noted(page, live_server, sign_in):
    patient = f"/patients/{live_server.cast.patient.patient_id}"
    sign_in(page, live_server.cast.therapist)
    page.goto(f"{patient}/injections/new")
    page.get_by_label("Day", exact=True).fill("2026-03-02")
    page.get_by_label("Product").fill("onabotulinumtoxinA (Botox)")
    page.get_by_label("Units in total").fill("100")
    site = page.locator(".site-row").first
    site.get_by_label("Muscle").fill("puborectalis")
    site.get_by_label("Units").fill("100")
    site.get_by_text("Depth, ml, punctures").click()
    site.get_by_label("ml").fill("0,125")
    expect(page.locator("output")).to_have_text("Sites: 100 units, 0.125 ml")
    for group in page.locator(".more > details > summary").all():
        group.click()
    page.locator("#vial_units").fill("100")
    page.locator("#dilution_ml").fill("2,5")
    expect(page.locator("#dilution")).to_have_text("40 units per ml")
    expect(page).to_have_url(f"{live_server.url}{patient}/injections/new")
    for name, value in WHOLE.items():
        field = page.locator(f"[name={name}]")
        if field.evaluate("each => each.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    page.locator("[name=baths_on]").fill("2026-03-01")
    page.get_by_role("button", name="Chart it").click()
    error = page.locator(".error")
    expect(error).to_have_text("This lies before the injection.")
    expect(error).to_be_visible()
    page.locator("[name=baths_on]").fill(WHOLE["baths_on"])
    page.get_by_role("button", name="Chart it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Injection of March 2, 2026")
    chart = page.locator(".chart").first
    for words in SAID:
        expect(chart).to_contain_text(words)
    observed = page.locator("#observed > li").first
    observed.locator("summary").click()
    observed.get_by_label("Day").fill("2026-03-02")
    observed.get_by_role("button", name="Write it down").click()
    expect(page.locator("#observed > li").first).to_contain_text("March 2, 2026")
    page.goto(patient)
    expect(page.locator(".timeline-wide .pin")).to_contain_text("first effect, day 0")
