"""The whole story in real browsers: from a text with an error to sessions that are read beside the injection.

Nothing stands in for a part: the server, both browsers, the reminder's tick and a mail server that keeps what it takes.
Only time is moved by hand, for the server and for the patient's page alike.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from coach.db import tables as t
from coach.reminders.channels import Smtp
from coach.reminders.tick import Ticker
from tests.browser.conftest import LiveServer
from tests.reminders.sink import Sink, mail_sink

# The error: `repps`. Mended, the sessions take a minute of breathing, and a minute of breathing and two at a size.
TEXT = """\
title: In step with the weeks
language: en
summary: Calm each day, and a little practice.
exercises:
  slow_breathing:
    kind: relaxation
    title: Slow breathing
    cue: Let each breath out be a little longer.
    breathe: {in: 4s, out: 6s}
    repps: 6
  stay_still:
    kind: dilator
    title: Stay still
    cue: Nothing to do now.
    size: $dilator
    for: 2min
ladders:
  dilator: {kind: dilator, rungs: own set, start: chosen at assignment}
sessions:
  calm: {title: Calm, steps: [slow_breathing], ask_before: [pain], ask_after: [pain]}
  practice:
    title: Practice
    warm_up: [slow_breathing]
    steps: [stay_still]
    ask_before: [pain]
    stop_when: {pain_at_least: 7}
phases:
  - {id: weeks, title: First weeks, from: injection, do: {calm: 1 per day, practice: 1 per day}}
"""
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # 10:00 for the patient
NOON, EVENING, NEXT_NOON = (
    datetime(2026, 3, 2, 11, 0, tzinfo=UTC),
    datetime(2026, 3, 2, 17, 30, tzinfo=UTC),
    datetime(2026, 3, 3, 11, 0, tzinfo=UTC),
)


@dataclass
class Story:
    live: LiveServer
    therapist: Page
    patient: Page
    sink: Sink
    ticker: Ticker

    def at(self, moment: datetime) -> None:
        """The same moment for the server and for the patient's browser."""
        self.live.clock.now = moment
        self.patient.context.clock.set_system_time(moment)

    def tick(self) -> int:
        """What the reminder process does each half minute; returns how many mails went out by now in all."""
        self.ticker.tick()
        self.ticker.tick()
        return len(self.sink.taken)


@pytest.fixture
def story(live_server, new_context, sign_in):
    live_server.clock.now = MORNING
    with mail_sink() as sink:
        patient = new_context(viewport={"width": 360, "height": 740})
        patient.clock.install(time=MORNING)
        therapist = new_context().new_page()
        sign_in(therapist, live_server.cast.therapist)
        channel = Smtp(sink.url, sender="Daily plan <plan@example.org>", base_url=live_server.url)
        ticker = Ticker(live_server.database, channel, worker="story", clock=live_server.clock)
        yield Story(live_server, therapist, patient.new_page(), sink, ticker)


@pytest.mark.allow_console("status of 404")  # the link, tried a second time
def test_from_a_text_with_an_error_to_sessions_beside_the_injection(story, sign_in, tmp_path):
    import_and_mend(story.therapist, tmp_path)
    link = add_patient(story.therapist)
    chart_injection(story.therapist)
    assign(story.therapist)

    take_up(story.patient, link)
    choose_reminders(story.patient)
    story.at(NOON)
    assert story.tick() == 1, "there is something to do, and she asked to be told at noon"
    assert says_nothing_about_what_for(story.sink.taken[0])

    do_calm(story.patient)
    stop_practice_for_pain(story.patient)

    story.at(EVENING)
    assert story.tick() == 1, "both are done, so the evening is quiet: stopping counts"
    assert reminders_of_today(story) == [("sent", None), ("suppressed", "done")]
    read_both_beside_the_injection(story, sign_in)
    story.at(NEXT_NOON)
    assert story.tick() == 2, "the next day has its own"


def reminders_of_today(story: Story) -> list[tuple[str, str | None]]:
    with story.live.database.read() as db:
        today = select(t.Reminder.state, t.Reminder.reason).where(t.Reminder.local_on == MORNING.date())
        return [(row.state, row.reason) for row in db.execute(today.order_by(t.Reminder.slot))]


def import_and_mend(page: Page, folder) -> None:
    file = folder / "in-step.yaml"
    file.write_text(TEXT)
    page.get_by_role("link", name="Programs").click()
    page.get_by_role("link", name="Import a program").first.click()
    page.get_by_label("Or a file").set_input_files(file)
    page.get_by_role("button", name="Check and import").click()

    expect(page.get_by_role("alert")).to_contain_text("One thing to mend")
    line = 1 + [line.strip() for line in TEXT.splitlines()].index("repps: 6")
    expect(page.locator(f"#line-{line}")).to_have_class(re.compile("has-problem"))
    expect(page.locator(".text-problem")).to_contain_text("Did you mean `reps`?")
    box = page.get_by_label("Text of the program", exact=True).and_(page.locator("textarea"))
    expect(box).to_have_value(TEXT)
    box.fill(TEXT.replace("repps", "reps"))
    page.get_by_role("button", name="Check and import").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("In step with the weeks")
    expect(page.get_by_text("Example, not reviewed")).to_be_visible()
    expect(page.locator(".phase")).to_contain_text("First weeks")


def add_patient(page: Page) -> str:
    page.get_by_role("link", name="Patients").click()
    page.get_by_role("link", name="Add a patient").click()
    page.get_by_label("Name or pseudonym").fill("Linden")
    page.get_by_label("Her time zone").fill("Europe/Berlin")
    page.get_by_label("Her own dilators").fill("13 16 19")
    page.get_by_role("button", name="Add her and make the link").click()
    link = page.locator("#link")
    expect(link).to_be_visible()
    return str(link.text_content()).strip()


def chart_injection(page: Page) -> None:
    page.get_by_role("link", name="Chart an injection").click()
    page.get_by_label("Day", exact=True).fill("2026-03-01")
    page.get_by_label("Insertion from").fill("2026-03-02")
    page.get_by_label("Product").fill("onabotulinumtoxinA (Botox)")
    page.get_by_label("Units in total").fill("100")
    rows = page.locator(".site-row")
    rows.get_by_label("Muscle").fill("puborectalis")
    rows.get_by_label("Clock").fill("3")
    rows.get_by_label("Units").fill("50")
    page.get_by_role("button", name="Add a site").click()
    expect(rows).to_have_count(2)  # by htmx: what stands in the other fields is still there
    expect(rows.nth(1).get_by_label("Side")).to_have_value("right")
    expect(rows.nth(1).get_by_label("Clock")).to_have_value("9")
    rows.nth(1).get_by_label("Units").fill("40")
    expect(page.locator("output")).to_have_text("Sites: 90 units")
    page.get_by_role("button", name="Chart it").click()
    expect(page.locator(".error")).to_contain_text("The sites sum to 90 units, the total says 100.")
    rows.nth(1).get_by_label("Units").fill("50")
    page.get_by_role("button", name="Chart it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Injection of March 1, 2026")


def assign(page: Page) -> None:
    page.locator("#patient-tabs").get_by_role("link", name="Programs").click()
    page.get_by_role("link", name="Assign a program").click()
    page.get_by_role("link", name="In step with the weeks").click()
    expect(page.get_by_role("radio", name="Sunday, March 1, 2026")).to_be_checked()
    page.get_by_role("radio", name="16 mm").check()
    page.get_by_role("button", name="Assign it").click()
    expect(page.locator(".standing-now strong")).to_have_text("16 mm")


def take_up(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Name").fill("linden")
    page.get_by_label("Password").fill("three slow mornings")
    page.locator("main form button").click()
    page.wait_for_url("**/today")
    expect(page.get_by_role("link", name="Open: Calm")).to_be_visible()
    again = page.context.new_page()
    answer = again.goto(link)
    assert answer is not None
    assert answer.status == 404
    again.close()


def choose_reminders(page: Page) -> None:
    page.get_by_role("link", name="Reminders").first.click()
    page.get_by_label("By e-mail").check()
    page.get_by_label("E-mail address").fill("linden@example.org")
    for number, wall in enumerate(("12:00", "18:30"), start=1):
        page.get_by_label(f"Time {number}").fill(wall)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").first).to_contain_text("linden@example.org")


def do_calm(page: Page) -> None:
    player = begin(page, "Calm")
    answer(player, 2)
    page.clock.run_for(70_000)  # six breaths of ten seconds
    answer(player, 1)
    expect(player.get_by_role("heading", level=1)).to_have_text("Thank you for practising.")
    expect(player).to_contain_text("Saved.")


def stop_practice_for_pain(page: Page) -> None:
    player = begin(page, "Practice")
    answer(player, 3)
    page.clock.run_for(70_000)
    expect(player).to_contain_text("16 mm")
    player.get_by_role("button", name="I'm ready").click()
    page.clock.run_for(30_000)
    player.get_by_role("button", name="Stop").click()
    expect(player.get_by_role("heading", level=1)).to_have_text("Stopped. That is fine.")
    player.get_by_role("button", name="It hurt").click()
    expect(player).to_contain_text("Saved.")


def begin(page: Page, title: str) -> Locator:
    page.goto("/today")
    page.get_by_role("link", name=f"Open: {title}").click()
    page.get_by_role("button", name="Start").click()
    player = page.locator("session-player")
    player.get_by_role("button", name="Begin").click()
    grid, no = player.locator(".player-grid"), player.get_by_role("button", name="No", exact=True)
    for _ in range(3):  # the first session of a day after an injection asks for its urgent signs
        expect(grid.or_(no).first).to_be_visible()
        if no.is_visible():
            asked = player.get_by_role("heading").first.text_content()
            no.click()
            expect(player.get_by_role("heading").first).not_to_have_text(asked)
    return player


def answer(player: Locator, value: int) -> None:
    player.locator(".player-grid").get_by_role("button", name=str(value), exact=True).click()


def read_both_beside_the_injection(story: Story, sign_in) -> None:
    page = story.therapist
    sign_in(page, story.live.cast.therapist)  # half an hour away ended her visit
    row = page.locator(".caseload-row", has_text="Linden")
    expect(row).to_contain_text("day 1 since the injection")
    expect(row).to_contain_text("stopped early")
    row.get_by_role("link", name="Linden").click()
    sessions = page.locator("#sessions .session-list > li")
    expect(sessions).to_have_count(2)
    expect(sessions.filter(has_text="Calm")).to_contain_text("complete")
    expect(sessions.filter(has_text="Practice")).to_contain_text("stopped for pain")
    expect(sessions.filter(has_text="Practice")).to_contain_text("16 mm")
    picture = page.locator("svg.timeline-wide")
    expect(picture.locator(".injection")).to_contain_text("100 units")
    expect(picture.locator(".mark-S")).to_have_count(1)


def says_nothing_about_what_for(taken: tuple[str, bytes]) -> bool:
    recipient, content = taken
    telling = ("linden in", "injection", "dilator", "practice", "in step", "calm", "pelvic", "therap", "clinic")
    text = content.decode().lower()
    return recipient == "linden@example.org" and not [word for word in telling if word in text]
