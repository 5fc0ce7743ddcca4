"""The player in a real browser: what the clock says, what is written down, and that it is never lost."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect
from sqlalchemy import select

from coach.db import tables as t
from coach.services import pauses, sessions
from coach.web.addresses import code_of
from tests.browser.conftest import LiveServer
from tests.cast import NOW
from tests.given import give_practice, give_text
from tests.prepare import ROOT

AXE = ROOT / ".cache" / "js" / "axe.js"
PLAYER = ROOT / "static" / "js" / "player"

# 30 s of breaths, 3 s of getting ready and 20 s of two releases: 53 s and nothing to ask.
QUIET = """
title: Quiet
language: en
exercises:
  breaths: {kind: relaxation, title: Breaths, cue: Slowly., breathe: {in: 4s, out: 6s}, reps: 3}
  release: {kind: relaxation, title: Release, cue: Let it go., contract: 4s, relax: 6s, reps: 2}
sessions: {calm: {title: Calm, steps: [breaths, release]}}
phases: [{id: all, title: All, from: start, do: {calm: 3 per day}}]
"""

# A gate, a tap, half a minute at a size with a question in it; rules on pain.
SIZES = """
title: Sizes
language: en
exercises:
  come: {kind: dilator, title: Come, cue: Wait for it., size: 22mm, until: tap, at_most: 1min, dose: none}
  stay: {kind: dilator, title: Stay, cue: Nothing to do., size: 22mm, for: 60s, check: {pain: every 20s}}
  rest: {kind: relaxation, title: Rest, cue: Rest., for: 20s}
sessions:
  calm:
    title: Calm
    steps: [come, stay]
    finish: [rest]
    ask_before: [pain]
    ask_after: [pain]
    ease_when: {pain_at_least: 4}
    stop_when: [{pain_at_least: 7}]
phases: [{id: all, title: All, from: start, do: {calm: 3 per day}}]
"""


class Story:
    """A patient with a program, at her page; the page's clock stands still and moves when told."""

    def __init__(self, live: LiveServer, context: BrowserContext, sign_in: Callable) -> None:
        self.live = live
        self.context = context
        self.page = context.new_page()
        self._sign_in = sign_in
        self.assignment_id = ""

    def give(self, text: str) -> Story:
        with self.live.database.write() as db:
            cast = self.live.cast
            for number, size_mm in enumerate((13.0, 18.0, 22.0), 1):
                db.add(
                    t.Dilator(
                        clinic_id=cast.patient.clinic_id,
                        team_id=cast.patient.team_id,
                        patient_id=cast.patient.patient_id,
                        rung=f"d{number}",
                        size_mm=size_mm,
                    )
                )
            self.assignment_id = str(give_text(db, cast, "given", text).id)
        return self

    def sign_in(self) -> Story:
        self._sign_in(self.page, self.live.cast.patient)
        return self

    def open(self, key: str = "calm", *, tones: bool = False, still: bool = True) -> Locator:
        """Her session, not begun; from here on the page's clock moves only when it is told to."""
        self.page.goto(f"/assignments/{self.assignment_id}/sessions/{code_of(key)}")
        self.page.get_by_label("Tones").set_checked(tones)
        self.page.get_by_role("button", name="Start").click()
        expect(self.player).to_have_attribute("data-pane", "begin")
        if still:
            self.page.clock.pause_at(self.page.evaluate("Date.now()") / 1000 + 1)
        return self.player

    def begin(self, key: str = "calm", *, tones: bool = False) -> Locator:
        player = self.open(key, tones=tones)
        player.get_by_role("button", name="Begin").click()
        expect(player).not_to_have_attribute("data-pane", "begin")  # it asks the plan once more
        return player

    @property
    def player(self) -> Locator:
        return self.page.locator("session-player")

    def press(self, name: str) -> None:
        self.player.get_by_role("button", name=name, exact=True).click()

    def answer(self, value: int) -> None:
        self.player.get_by_role("button", name=re.compile(rf"^{value}(,|$)")).click()

    def pass_(self, seconds: float) -> None:
        """Time passes as it does for a page that is seen."""
        self.page.clock.run_for(int(seconds * 1000))

    def sleep(self, seconds: float) -> None:
        """Time passes as it does for a device that sleeps: no timer runs, and all are late."""
        self.page.clock.fast_forward(int(seconds * 1000))

    def session(self) -> t.Session:
        with self.live.database.read() as db:
            return db.scalars(select(t.Session).order_by(t.Session.opened_at.desc())).first()

    def log(self) -> list[dict]:
        with self.live.database.read() as db:
            return sessions.log_of(db, self.live.cast.patient.viewer, self.session().id)

    def guided_s(self) -> float:
        with self.live.database.read() as db:
            return sessions.summary(db, self.live.cast.patient.viewer, self.session().id).result.guided_ms / 1000

    def expect_saved(self) -> None:
        expect(self.player.locator(".player-hint")).to_have_text("Saved.")

    def waiting(self) -> int:
        return self.page.evaluate(
            """async () => {
                const asked = (r) => new Promise((yes, no) => { r.onsuccess = () => yes(r.result); r.onerror = no; });
                const db = await asked(indexedDB.open("daily", 1));
                return asked(db.transaction("waiting").objectStore("waiting").count());
            }"""
        )


@pytest.fixture
def story(live_server, new_context, sign_in) -> Story:
    context = new_context(viewport={"width": 360, "height": 740})
    context.clock.install(time=NOW)
    return Story(live_server, context, sign_in)


def test_a_session_played_to_its_end_takes_as_long_as_its_script_and_is_written_down_whole(story):
    story.give(QUIET).sign_in().begin()
    story.pass_(53)
    expect(story.player.get_by_role("heading")).to_have_text("Thank you for practising.")
    story.pass_(1)
    story.expect_saved()
    session = story.session()
    assert (session.outcome, session.share, session.credit) == ("complete", 1.0, 1.0)
    assert story.guided_s() == 53
    log = story.log()
    assert [event["kind"] for event in log] == ["started", "finished"]
    assert abs(log[1]["mono_ms"] - log[0]["mono_ms"] - 53_000) <= 100


def test_time_stands_still_while_paused_and_goes_on_where_it_was(story):
    story.give(QUIET).sign_in().begin()
    story.pass_(7)
    story.press("Pause")
    left = story.player.get_by_role("timer")
    shown = left.inner_text()
    story.pass_(600)
    expect(left).to_have_text(shown)
    expect(story.player.locator(".player-word")).to_have_text("Paused")
    story.press("Continue")
    story.pass_(2)
    assert left.inner_text() != shown
    story.press("Stop")
    story.expect_saved()
    assert story.guided_s() == 9


def test_stop_is_one_touch_and_ends_kindly(story):
    story.give(QUIET).sign_in().begin()
    story.press("Stop")
    heading = story.player.get_by_role("heading")
    expect(heading).to_have_text("Stopped. That is fine.")
    expect(heading).to_be_focused()
    story.press("I was worried")
    expect(story.player.get_by_role("button", name="I was worried")).to_have_attribute("aria-pressed", "true")
    story.press("One minute of breathing")
    story.pass_(61)
    expect(heading).to_have_text("Stopped. That is fine.")
    story.expect_saved()
    session = story.session()
    assert (session.outcome, session.stop_reason, session.credit) == ("stopped", "fear", 1.0)


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ((), False),  # at the first gate nothing is in
        (("I'm ready",), True),
        (("I'm ready", "Go on"), True),  # at the gate of the next step
        (("I'm ready", "Go on", "I'm ready"), True),
        (("I'm ready", "Stay here"), False),
    ],
)
def test_whoever_stops_with_something_in_use_is_told_how_to_end(story, before, said):
    story.give(SIZES).sign_in().begin()
    story.answer(1)
    for button in before:
        story.press(button)
    story.press("Stop")
    expect(story.player.get_by_role("heading")).to_have_text("Stopped. That is fine.")
    expect(story.player.get_by_text("Let it come out slowly, on a breath out.")).to_have_count(int(said))


def test_yes_to_a_routine_question_is_answered_kindly_and_the_session_goes_on(story):
    weekly = (
        "safety_checks: [{id: tired, from: start, to: start + 12w, every: 1w, ask: Slept little this week?, "
        "on_yes: {urgency: routine, say: Known and harmless. Tell us at the next visit.}}]"
    )
    story.give(QUIET + weekly).sign_in().begin()
    story.press("Yes")
    expect(story.player.locator(".player-word")).to_have_text("Breathe in")
    story.pass_(54)
    expect(story.player.get_by_role("heading")).to_have_text("Thank you for practising.")
    expect(story.player.locator(".notice:not(.notice-attention)")).to_have_text(
        "Known and harmless. Tell us at the next visit."
    )
    expect(story.player).not_to_contain_text("Call 000")
    story.expect_saved()
    assert (story.session().outcome, story.session().red_flag) == ("complete", False)


def test_strong_pain_ends_the_session_at_once_and_shows_whom_to_call(story):
    story.give(SIZES).sign_in().begin()
    story.answer(1)
    story.press("I'm ready")
    story.press("How does it feel?")
    story.answer(8)
    expect(story.player.get_by_role("heading")).to_have_text("We end here for today.")
    expect(story.player).to_contain_text("That protects you.")
    expect(story.player).to_contain_text("If it still hurts in a while, please call your clinic.")
    expect(story.player).to_contain_text("Call 000")
    expect(story.player.get_by_role("link", name="Call your clinic")).to_have_attribute("href", "tel:000")
    story.expect_saved()
    assert (story.session().stop_reason, story.session().by_rule) == ("pain", True)
    story.page.get_by_role("link", name="What was done").click()
    expect(story.page.locator("main")).to_contain_text("It ended early, and that was right")
    expect(story.page.locator("main")).to_contain_text("It counts.")


def test_pain_brings_an_offer_and_nothing_goes_on_by_itself(story):
    story.give(SIZES).sign_in().begin()
    story.answer(1)
    story.press("I'm ready")
    story.press("Go on")
    story.press("I'm ready")
    story.pass_(10)
    story.press("How does it feel?")
    story.answer(5)
    expect(story.player.get_by_role("heading")).to_have_text("Would something easier be kinder today?")
    story.pass_(300)
    expect(story.player.get_by_role("heading")).to_have_text("Would something easier be kinder today?")
    story.press("Use a smaller one")
    expect(story.player.locator(".player-size")).to_have_text("18 mm")
    story.press("Stop")
    story.expect_saved()
    assert story.guided_s() < 20
    assert story.session().size_mm == 22


def test_a_gate_waits_for_ever_and_sizes_only_go_down(story):
    story.give(SIZES).sign_in().begin()
    story.answer(0)
    story.pass_(1200)
    size = story.player.locator(".player-size")
    expect(size).to_have_text("22 mm")
    story.press("Use a smaller one")
    expect(size).to_have_text("18 mm")
    story.press("Use a smaller one")
    expect(size).to_have_text("13 mm")
    expect(story.player.get_by_role("button", name="Use a smaller one")).to_have_count(0)
    story.press("Not today")
    story.pass_(26)
    expect(story.player).to_contain_text("strongest pain during")
    story.answer(0)
    expect(story.player.get_by_role("heading")).to_have_text("Thank you for practising.")
    story.expect_saved()
    assert (story.session().outcome, story.session().size_mm) == ("partial", None)
    assert story.guided_s() == 23


def test_a_question_inside_a_step_is_one_touch_and_may_be_left(story):
    story.give(SIZES).sign_in().begin()
    story.answer(0)
    story.press("I'm ready")
    story.press("Go on")
    story.press("I'm ready")
    story.pass_(24)
    check = story.player.locator(".player-check")
    expect(check).to_contain_text("How much pain is there right now?")
    story.press("Prefer not to say")
    expect(check).to_be_empty()
    story.pass_(18)
    story.answer(2)
    expect(check).to_be_empty()
    expect(story.player.locator(".player-word")).to_have_text("Stay")


def test_a_reload_in_the_middle_comes_back_paused_at_the_same_place(story):
    story.give(QUIET).sign_in().begin()
    story.pass_(21)
    story.page.reload()
    expect(story.player).to_contain_text("Your place was kept. Continue when you are ready.")
    expect(story.player.locator(".player-count")).to_have_text("3 of 3")
    expect(story.player.locator(".player-word")).to_have_text("Paused")
    story.pass_(60)
    expect(story.player.locator(".player-word")).to_have_text("Paused")
    story.press("Continue")
    story.pass_(40)
    expect(story.player.get_by_role("heading")).to_have_text("Thank you for practising.")
    story.expect_saved()
    pauses = [event["body"] for event in story.log() if event["kind"] == "paused"]
    assert [body["why"] for body in pauses] == ["reload"]
    assert pauses[0]["lost_ms"] < 3000
    assert story.guided_s() == 53


def test_a_reload_while_something_is_in_use_asks_again_whether_she_is_ready(story):
    story.give(SIZES).sign_in().begin()
    story.answer(0)
    story.press("I'm ready")
    story.press("Go on")
    story.press("I'm ready")
    story.pass_(10)
    story.page.reload()
    expect(story.player).to_contain_text("Your place was kept.")
    expect(story.player.locator(".player-size")).to_have_text("22 mm")
    story.press("I'm ready")
    assert story.player.get_by_role("timer").inner_text() in ("52", "53", "54")


def test_a_device_that_slept_is_paused_and_nothing_unseen_counts(story):
    story.give(QUIET).sign_in().begin()
    story.pass_(6)
    story.sleep(600)
    expect(story.player).to_contain_text("Paused while you were away.")
    story.press("Stop")
    story.expect_saved()
    (paused,) = [event for event in story.log() if event["kind"] == "paused"]
    assert 599_000 <= paused["body"]["lost_ms"] <= 602_000
    assert story.guided_s() < 12


def hide(page: Page, hidden: bool) -> None:
    page.evaluate(
        """(hidden) => {
            Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_a_hidden_page_without_sound_is_paused_at_once(story):
    story.give(QUIET).sign_in().begin()
    story.pass_(6)
    hide(story.page, True)
    story.pass_(120)
    hide(story.page, False)
    expect(story.player).to_contain_text("Paused while you were away.")
    story.press("Stop")
    story.expect_saved()
    assert story.guided_s() < 12
    assert [event["body"]["why"] for event in story.log() if event["kind"] == "paused"] == ["hidden"]


def test_a_hidden_page_with_tones_goes_on(story):
    player = story.give(QUIET).sign_in().begin(tones=True)
    expect(player.get_by_role("button", name="Tones", pressed=True)).to_be_visible()
    story.page.wait_for_timeout(600)  # the audio clock is the device's own
    hide(story.page, True)
    story.pass_(2)
    hide(story.page, False)
    expect(player.locator(".player-word")).to_have_text(re.compile("Breathe"))
    expect(player.get_by_role("button", name="Pause")).to_be_visible()


@pytest.mark.allow_console("net::ERR_INTERNET_DISCONNECTED")
def test_a_session_without_a_network_is_kept_and_arrives_once(story):
    story.give(QUIET).sign_in().begin()
    story.context.set_offline(True)
    story.pass_(20)
    story.press("Pause")
    story.press("Continue")
    story.pass_(40)
    expect(story.player.get_by_role("heading")).to_have_text("Thank you for practising.")
    expect(story.player.locator(".player-hint")).to_contain_text("Saved on this device.")
    assert story.waiting() >= 3
    story.context.set_offline(False)
    story.pass_(40)
    story.expect_saved()
    assert story.waiting() == 0
    kinds = [event["kind"] for event in story.log()]
    assert kinds == ["started", "paused", "resumed", "finished"]
    assert story.session().outcome == "complete"


def rested(story):
    with story.live.database.write() as db:
        cast = story.live.cast
        first_on = NOW.date()
        pauses.begin(
            db,
            cast.therapist.viewer,
            cast.patient.patient_id,
            why="infection",
            first_on=first_on,
            last_on=None,
            now=NOW,
        )


def test_a_page_that_was_open_for_long_asks_the_plan_once_more_before_it_begins(story):
    player = story.give(SIZES).sign_in().open()
    rested(story)
    player.get_by_role("button", name="Begin").click()
    expect(story.page).to_have_url(re.compile("/today"))
    expect(story.page.get_by_role("status")).to_contain_text("Your plan is another one by now")
    with story.live.database.read() as db:
        assert db.scalars(select(t.Session.started_at)).all() == [None]


@pytest.mark.allow_console("net::ERR_INTERNET_DISCONNECTED")
def test_without_a_network_what_was_opened_begins(story):
    player = story.give(SIZES).sign_in().open()
    rested(story)
    story.context.set_offline(True)
    player.get_by_role("button", name="Begin").click()
    expect(player).not_to_have_attribute("data-pane", "begin")


@pytest.mark.allow_console("status of 500")
def test_a_server_in_trouble_is_asked_again_and_gets_each_event_once(story):
    story.give(QUIET).sign_in()
    story.open()
    answers = iter(["lost", "broken"])

    def trouble(route) -> None:
        match next(answers, "well"):
            case "lost":  # it arrived, and the answer never did
                route.fetch()
                route.fulfill(status=500, body="")
            case "broken":
                route.fulfill(status=500, body="")
            case _:
                route.continue_()

    story.page.route("**/events", trouble)
    story.press("Begin")
    story.press("Stop")
    for _ in range(6):  # each waiting time begins when an answer has come
        story.page.wait_for_timeout(100)
        story.pass_(5)
    story.expect_saved()
    assert [event["kind"] for event in story.log()] == ["started", "stopped"]
    assert story.waiting() == 0


@pytest.mark.allow_console("status of 400")
def test_a_sign_in_that_ends_in_the_middle_loses_nothing(story):
    story.give(QUIET).sign_in().begin()
    story.pass_(5)
    story.context.clear_cookies()
    story.press("Stop")
    expect(story.player.locator(".player-hint")).to_have_text("Saved on this device. Sign in again to send it.")
    assert story.waiting() == 1
    with story.page.expect_response("**/events") as sent:
        story.sign_in()
    assert sent.value.ok
    assert story.session().outcome == "stopped"
    story.page.wait_for_timeout(300)
    assert story.waiting() == 0


def test_one_window_at_a_time_and_the_other_may_take_over(story):
    story.give(QUIET).sign_in().begin()
    second = story.context.new_page()
    second.goto(story.page.url)
    other = second.locator("session-player")
    expect(other).to_contain_text("This session is open in another window")
    other.get_by_role("button", name="Use it here").click()
    expect(story.player).to_contain_text("This session is open in another window")
    second.clock.run_for(1000)
    expect(other).to_contain_text("Your place was kept.")
    other.get_by_role("button", name="Stop").click()
    expect(other.locator(".player-hint")).to_have_text("Saved.")
    with story.live.database.read() as db:
        assert not db.scalars(select(t.EventConflict)).all()
    assert [event["kind"] for event in story.log()] == ["started", "paused", "stopped"]


def test_every_control_by_keyboard(story):
    player = story.give(SIZES).sign_in().open()
    keys = story.page.keyboard
    keys.press("Space")
    expect(player.get_by_role("heading")).to_be_focused()
    story.answer(0)
    story.press("Not today")
    story.pass_(5)
    story.page.evaluate("document.activeElement.blur()")
    keys.press("Space")
    expect(player.locator(".player-word")).to_have_text("Paused")
    keys.press("Space")
    expect(player.locator(".player-word")).to_have_text("Rest")
    keys.press("f")
    expect(player.get_by_role("heading")).to_have_text("How much pain is there right now?")
    keys.press("Space")
    expect(player.locator(".player-word")).to_have_text("Rest")
    keys.press("ArrowRight")
    expect(player.get_by_role("heading")).to_contain_text("strongest pain")
    keys.press("Escape")
    expect(player.get_by_role("heading")).to_have_text("Stopped. That is fine.")


def test_with_less_motion_light_swells_instead_of_size(story):
    story.page.emulate_media(reduced_motion="reduce")
    story.give(QUIET).sign_in().begin()
    moved = "document.querySelector('.player-disc').getAnimations()[0].effect.getKeyframes().map(Object.keys).flat()"
    story.page.wait_for_function(f"{moved}.length > 0")
    assert "opacity" in story.page.evaluate(moved)
    assert "transform" not in story.page.evaluate(moved)
    story.press("Stop")


def test_what_is_read_out_changes_with_the_kind_of_cue_and_leaves_three_seconds_between(story):
    story.give(QUIET).sign_in().open()
    story.page.evaluate(
        """() => {
            window.heard = [];
            const region = document.querySelector("session-player [aria-live]");
            const note = () => window.heard.push([performance.now(), region.textContent]);
            new MutationObserver(note).observe(region, { childList: true, characterData: true, subtree: true });
        }"""
    )
    story.press("Begin")
    story.pass_(56)
    heard = story.page.evaluate("window.heard")
    texts = [text for _, text in heard]
    for word in ("Breathe in. Slowly.", "Breathe out", "Gently tighten. Let it go.", "Let go"):
        assert word in texts
    gaps = [after[0] - before[0] for before, after in pairwise(heard)]
    assert min(gaps[:-1]) >= 2999, heard  # the last one is the end


def test_nothing_on_the_device_says_what_it_is_for(story):
    story.give(SIZES).sign_in().begin()
    story.answer(3)
    story.press("I'm ready")
    story.pass_(3)
    stores = story.page.evaluate(
        """async () => ({
            local: Object.entries(localStorage), session: Object.entries(sessionStorage),
            databases: (await indexedDB.databases()).map(({ name }) => name), caches: await caches.keys(),
            cookies: document.cookie, title: document.title, address: location.href,
        })"""
    )
    assert {key for key, _ in stores["local"]} <= {"daily.guide", "daily.at"}
    assert stores["databases"] == ["daily"]
    assert (stores["session"], stores["caches"]) == ([], [])
    assert not re.search(r"dilat|vagin|pelvi|botul|pain", json.dumps(stores), re.I)
    story.press("Stop")
    story.expect_saved()


def faults(page: Page) -> list:
    page.evaluate(AXE.read_text())  # not as a script element: the content security policy would refuse it
    found = page.evaluate("() => axe.run()")
    return [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_pane_has_an_accessibility_fault(story, scheme):
    page = story.page
    page.emulate_media(color_scheme=scheme)
    with story.live.database.write() as db:
        story.assignment_id = str(give_practice(db, story.live.cast).id)
    story.sign_in()
    found = {}
    page.goto(f"/assignments/{story.assignment_id}/sessions/{code_of('dilate')}")
    found["preparation"] = faults(page)
    player = story.open("dilate", still=False)

    def look(name: str, pane: str) -> None:
        expect(player).to_have_attribute("data-pane", pane)
        found[name] = faults(page)

    look("begin", "begin")
    story.press("Begin")
    look("safety", "ask")
    for _ in range(4):
        story.press("No")
    look("rating", "ask")
    story.answer(1)
    story.answer(2)
    look("breathing", "step")
    story.press("Skip")
    story.press("Skip")
    look("gate", "gate")
    story.press("I'm ready")
    look("tap", "step")
    story.press("Go on")
    story.press("I'm ready")
    story.pass_(125)
    expect(player.locator(".player-check .player-grid")).to_be_visible()
    look("check", "step")
    story.press("How does it feel?")
    look("feel", "feel")
    story.answer(5)
    look("paused", "step")
    story.pass_(31)
    story.answer(6)
    look("offer", "offer")
    story.press("Go on as before")
    story.press("Stop")
    look("stopped", "stopped")
    story.press("One minute of breathing")
    look("minute", "minute")
    story.press("Enough")
    story.press("Say how it was")
    look("after", "ask")
    for _ in range(3):
        story.press("Prefer not to say")
    expect(player).to_have_attribute("data-pane", "stopped")
    story.expect_saved()
    page.get_by_role("link", name="What was done").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    found["summary"] = faults(page)
    assert {name: each for name, each in found.items() if each} == {}


def test_every_target_of_the_player_can_be_met_by_a_thumb(story):
    story.give(SIZES).sign_in().begin()

    def small() -> list:
        return story.page.evaluate(
            """() => [...document.querySelectorAll(".player-dock .button, .player-answer")]
                .map((each) => [each.textContent, each.getBoundingClientRect()])
                .filter(([, { height, width }]) => height < 56 || width < 56)
                .map(([text]) => text)"""
        )

    assert small() == []
    story.answer(0)
    assert small() == []
    story.press("I'm ready")
    assert small() == []
    stop = story.player.get_by_role("button", name="Stop").bounding_box()
    assert stop["height"] >= 56
    assert stop["width"] >= 56


def test_the_scripts_of_the_player_stay_within_their_budget():
    sizes = {file.name: len(gzip.compress(file.read_bytes(), 9)) for file in PLAYER.glob("*.js")}
    own = sum(size for name, size in sizes.items() if name != "guide-choice.js")
    assert own <= 20_000, sizes
    assert sizes["fold.js"] <= 4_500


def test_the_page_of_a_session_asks_for_nothing_elsewhere(story):
    asked: list[str] = []
    story.page.on("request", lambda request: asked.append(request.url))
    story.give(QUIET).sign_in().begin()
    story.press("Stop")
    story.expect_saved()
    assert asked
    assert {address.split("/")[2] for address in asked} == {story.live.url.split("/")[2]}
