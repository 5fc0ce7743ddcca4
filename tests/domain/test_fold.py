from __future__ import annotations

import random
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain import fold as rules
from tests.scripts import question, random_log, random_script


def step(id_: str, *cues: tuple[str, float | None], kind: str = "relaxation", **more: Any) -> dict[str, Any]:
    rows, at = [], 0.0
    for do, for_s in cues:
        rows.append({"at_s": at, "for_s": for_s, "do": do, "rep": 1, "of": 1, "set": 1, "side": None, "label": None})
        if for_s is None:
            rows[-1]["at_most_s"] = 300
        at += for_s or 0
    size = more.get("size_mm")
    return {
        "id": id_,
        "kind": kind,
        "title": id_,
        "gate": kind == "dilator",
        "dose": None if cues[0][1] is None else kind,
        "size_mm": size,
        "rung": None if size is None else f"mm{size}",
        "smaller": [{"rung": f"mm{mm}", "size_mm": mm} for mm in (22, 18, 13) if size is not None and mm < size],
        "check": None,
        "cues": rows,
        **more,
    }


def script(*steps: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "steps": list(steps),
        "counts_when": 0.8,
        "counts": 1.0,
        "ask_before": [],
        "ask_after": [],
        "during": [question("pain"), question("anxiety")],
        "safety": [],
        "stop_when": [],
        "ease_when": [],
        "instead": [],
        **more,
    }


def log(*events: tuple[Any, ...]) -> list[dict[str, Any]]:
    """(kind, guided seconds, body): one event each, the monotonic clock running on with the guided time."""
    rows, mono = [], 0
    for number, event in enumerate(events, 1):
        kind, guided_s, body = (*event, 0, {})[:3] if len(event) == 1 else (*event, {})[:3]
        mono += int(guided_s * 1000)
        rows.append(
            {"seq": number, "kind": kind, "guided_ms": int(guided_s * 1000), "mono_ms": mono, "at": mono, "body": body}
        )
    return rows


def answer(moment: str, scale: str, value: int | None, **more: Any) -> dict[str, Any]:
    return {"moment": moment, "scale": scale, "value": value, **more}


CALM = script(step("breathe", *[("in", 4), ("out", 6)] * 6), step("rest", ("get_ready", 3), ("block", 120)))
PRACTICE = script(
    step("settle", ("block", 60)),
    step("advance", ("tap", None), kind="dilator", size_mm=22),
    step("stay", ("get_ready", 3), ("block", 600), kind="dilator", size_mm=22),
    step("rest", ("block", 60)),
    ask_before=[question("pain"), question("anxiety")],
    ask_after=[question("pain")],
    stop_when=[
        {"all": [{"scale": "pain", "test": "at_least", "value": 7}], "still_after_s": 0},
        {"all": [{"scale": "anxiety", "test": "at_least", "value": 7}], "still_after_s": 120},
    ],
    ease_when=[{"all": [{"scale": "pain", "test": "at_least", "value": 4}], "still_after_s": 30}],
)
BEGUN = (("started",), ("answered", 0, answer("before", "pain", 1)), ("answered", 0, answer("before", "anxiety", None)))
IN_PLACE = (*BEGUN, ("ready", 60), ("tapped", 45), ("ready",))  # the long step is running


def test_a_session_played_to_its_end_is_complete_by_itself():
    result = rules.result_of(CALM, log(("started",), ("paused", 60 + 3 + 120)))
    assert (result.outcome, result.share, result.credit) == ("complete", 1.0, 1.0)
    assert result.dose_ms == result.asked_ms == {"relaxation": 180_000}
    assert result.guided_ms == 183_000


def test_nothing_happens_before_the_start():
    assert rules.fold(CALM, log(("resumed", 50), ("stopped",), ("finished",)))["status"] == "new"


def test_time_while_paused_is_not_guided_time():
    state = rules.fold(CALM, log(("started",), ("paused", 20, {"lost_ms": 7000}), ("resumed", 500)))
    assert (state["guided_ms"], state["lost_ms"], state["status"]) == (20_000, 7_000, "running")


def test_time_at_a_gate_and_at_a_question_is_not_guided_time():
    state = rules.fold(PRACTICE, log(*BEGUN, ("noted", 500)))
    assert rules.current_stage(PRACTICE, state)["type"] == "gate"
    assert state["guided_ms"] == 60_000


def test_a_step_done_twice_never_counts_above_what_it_asked():
    result = rules.result_of(PRACTICE, log(*IN_PLACE, ("smaller", 400), ("ready",), ("skipped", 400)))
    (stay,) = [row for row in result.steps if row.id == "stay"]
    assert stay.done_ms == stay.asked_ms == 600_000


def test_a_tap_step_waits_at_its_limit_and_never_goes_on_by_itself():
    state = rules.fold(PRACTICE, log(*BEGUN, ("ready", 60), ("noted", 4000)))
    assert rules.waits(PRACTICE, state)
    assert state["guided_ms"] == 60_000 + 300_000
    assert rules.current_stage(PRACTICE, state)["step"] == 1


def test_a_touch_of_the_next_size_is_not_the_size_that_was_used():
    stay = step("stay", ("block", 600), kind="dilator", size_mm=22)
    hello = step("hello", ("block", 120), kind="dilator", size_mm=25)
    result = rules.result_of(script(stay, hello), log(("started",), ("ready",), ("ready", 600), ("finished", 120)))
    assert (result.size_mm, result.rung) == (22, "mm22")


def test_a_smaller_size_holds_for_every_later_step_and_asks_again_whether_she_is_ready():
    state = rules.fold(PRACTICE, log(*BEGUN, ("ready", 60), ("smaller", 30)))
    assert rules.current_stage(PRACTICE, state)["type"] == "gate"
    assert [rules.size_of(PRACTICE, state, index) for index in (1, 2)] == [18, 18]
    result = rules.result(PRACTICE, state)
    assert (result.size_mm, result.rung) == (22, "mm22")  # the larger one had been in use


def test_a_smaller_size_leaves_the_time_already_done_standing():
    state = rules.fold(PRACTICE, log(*IN_PLACE, ("smaller", 203), ("ready",)))
    assert state["cue_ms"] == 200_000


def test_after_a_pause_that_nobody_chose_she_is_asked_again_whether_she_is_ready():
    away = rules.fold(PRACTICE, log(*IN_PLACE, ("paused", 103, {"why": "hidden", "lost_ms": 5})))
    assert rules.current_stage(PRACTICE, away) == {"type": "gate", "moment": None, "step": 2}
    chosen = rules.fold(PRACTICE, log(*IN_PLACE, ("paused", 103, {"why": "choice"})))
    assert rules.current_stage(PRACTICE, chosen)["type"] == "step"
    again = rules.fold(PRACTICE, log(*IN_PLACE, ("paused", 103, {"why": "hidden"}), ("ready",)))
    assert (again["cue_ms"], again["status"]) == (100_000, "running")


def test_a_touch_of_the_next_size_is_left_out_once_a_smaller_one_was_taken():
    hello = step("hello", ("block", 120), kind="dilator", size_mm=25, smaller=[])
    touched = script(step("stay", ("block", 600), kind="dilator", size_mm=22), hello, step("rest", ("block", 60)))
    state = rules.fold(touched, log(("started",), ("smaller",), ("ready",), ("noted", 600)))
    assert state["marks"] == ["done", "declined", None]
    assert rules.current_stage(touched, state)["step"] == 2
    at_the_hello = rules.fold(touched, log(("started",), ("ready",), ("smaller", 600)))
    assert rules.size_of(touched, at_the_hello, 1) == 25, "nothing takes its place: it is done, or left out"


def test_below_the_smallest_size_there_is_none():
    events = log(*BEGUN, ("smaller", 60), ("smaller",), ("smaller",), ("smaller",))
    assert rules.fold(PRACTICE, events)["limit_mm"] == 13


def test_a_step_without_a_size_as_small_as_todays_is_left_out():
    no_less = step("more", ("block", 60), kind="dilator", size_mm=22, smaller=[])
    small = script(step("first", ("block", 60), kind="dilator", size_mm=22), no_less, step("rest", ("block", 60)))
    state = rules.fold(small, log(("started",), ("smaller",), ("ready",), ("noted", 60)))
    assert rules.current_stage(small, state) == {"type": "step", "moment": None, "step": 2}
    assert state["marks"] == ["done", "declined", None]


def test_not_today_leaves_out_every_gated_step_and_goes_on_with_the_rest():
    state = rules.fold(PRACTICE, log(*BEGUN, ("declined", 60)))
    assert state["marks"] == ["done", "declined", "declined", None]
    assert state["status"] == "running"
    result = rules.result_of(PRACTICE, log(*BEGUN, ("declined", 60), ("finished", 60)))
    assert (result.outcome, result.share) == ("partial", 120 / 720)
    assert result.credit == 1.0, "going on without insertion is attended, as stopping there would be"


def test_after_waiting_at_the_opening_no_size_is_asked_for_again():
    waited = rules.fold(PRACTICE, log(*BEGUN, ("ready", 60), ("stayed", 300)))
    assert waited["marks"] == ["done", "stayed", "declined", None]
    assert rules.current_stage(PRACTICE, waited) == {"type": "step", "moment": None, "step": 3}
    assert waited["status"] == "running"


def test_waiting_at_the_opening_counts_as_attended():
    events = log(*BEGUN, ("ready", 60), ("stayed", 300), ("declined",), ("answered", 60, answer("after", "pain", 2)))
    result = rules.result_of(PRACTICE, events)
    assert (result.outcome, result.stayed, result.credit) == ("partial", True, 1.0)


@pytest.mark.parametrize("reason", [None, "pain", "fear", "safety"])
def test_stopping_for_pain_for_fear_or_without_a_reason_counts_as_attended(reason):
    result = rules.result_of(PRACTICE, log(*BEGUN, ("stopped", 5, {"reason": reason})))
    assert (result.outcome, result.stop_reason, result.credit) == ("stopped", reason, 1.0)
    assert result.share < 0.01


def test_stopping_for_want_of_time_counts_for_what_was_done():
    result = rules.result_of(PRACTICE, log(*BEGUN, ("stopped", 60), ("reasoned", 0, {"reason": "time"})))
    assert result.credit == result.share == 60 / 720


def test_a_reason_given_afterwards_does_not_replace_a_rules_own():
    events = log(("started",), ("answered", 0, answer("before", "pain", 8)), ("reasoned", 0, {"reason": "time"}))
    assert rules.result_of(PRACTICE, events).stop_reason == "pain"


def test_strong_pain_ends_the_session_at_once():
    state = rules.fold(PRACTICE, log(*IN_PLACE, ("answered", 30, answer("during", "pain", 7))))
    assert (state["status"], state["stop_reason"]) == ("stopped", "pain")


def test_strong_fear_ends_the_session_only_if_it_stays():
    once = (*IN_PLACE, ("answered", 30, answer("during", "anxiety", 8)))
    assert rules.fold(PRACTICE, log(*once))["status"] == "running"
    sooner = log(*once, ("answered", 119, answer("during", "anxiety", 8)))
    assert rules.fold(PRACTICE, sooner)["status"] == "running"
    still = rules.fold(PRACTICE, log(*once, ("answered", 120, answer("during", "anxiety", 7))))
    assert (still["status"], still["stop_reason"]) == ("stopped", "fear")
    between = (("answered", 60, answer("during", "anxiety", 3)), ("answered", 60, answer("during", "anxiety", 8)))
    assert rules.fold(PRACTICE, log(*once, *between))["status"] == "running"


def test_pain_that_stays_brings_an_offer_and_holds_the_clock():
    hurts = (*IN_PLACE, ("answered", 10, answer("during", "pain", 4)), ("answered", 30, answer("during", "pain", 5)))
    state = rules.fold(PRACTICE, log(*hurts, ("resumed", 100)))
    assert (state["offer"], state["status"]) == ("ease", "paused")
    assert rules.fold(PRACTICE, log(*hurts, ("continued",)))["status"] == "running"
    easier = rules.fold(PRACTICE, log(*hurts, ("smaller",)))
    assert (easier["offer"], easier["limit_mm"], rules.current_stage(PRACTICE, easier)["type"]) == (None, 18, "gate")


def test_a_skipped_rating_meets_no_condition():
    low = deepcopy(PRACTICE)
    low["stop_when"] = [{"all": [{"scale": "pain", "test": "at_most", "value": 10}], "still_after_s": 0}]
    state = rules.fold(low, log(*IN_PLACE[:1], ("answered", 0, answer("before", "pain", None))))
    assert state["status"] == "running"


def test_yes_to_a_safety_question_ends_the_session_and_raises_the_flag():
    asking = {**CALM, "safety": [{"id": "spreading", "ask": "?", "urgency": "emergency", "say": "Call."}]}
    yes = rules.result_of(asking, log(("started",), ("answered", 0, answer("safety", "", 1, check="spreading"))))
    assert (yes.outcome, yes.stop_reason, yes.red_flag, yes.credit) == ("stopped", "safety", True, 1.0)
    no = rules.fold(asking, log(("started",), ("answered", 0, answer("safety", "", 0, check="spreading"))))
    assert rules.current_stage(asking, no)["type"] == "step"


def test_yes_to_a_routine_question_is_written_down_and_the_practice_goes_on():
    checks = [{"id": id_, "ask": "?", "urgency": id_, "say": id_} for id_ in ("same_day", "routine")]
    asking = {**CALM, "safety": checks}
    first = (("started",), ("answered", 0, answer("safety", "", 0, check="same_day")))
    leaking = log(*first, ("answered", 0, answer("safety", "", 1, check="routine")))
    state = rules.fold(asking, leaking)
    assert (state["status"], state["red_flag"]) == ("running", False)
    assert rules.current_stage(asking, state)["type"] == "step"
    assert [check["say"] for check in rules.told(asking, leaking)] == ["routine"]
    both = log(*first[:1], *(("answered", 0, answer("safety", "", 1, check=each["id"])) for each in checks[::-1]))
    assert rules.fold(asking, both)["red_flag"], "a routine yes does not cover an urgent one"


def test_an_answer_may_lead_to_another_session_instead():
    asking = {
        **CALM,
        "ask_before": [question("let_go")],
        "instead": [{"scale": "let_go", "answer": False, "session": "calm"}],
    }
    no = rules.result_of(asking, log(("started",), ("answered", 0, answer("before", "let_go", 0))))
    assert (no.outcome, no.instead, no.credit) == ("stopped", "calm", 1.0)
    yes = rules.fold(asking, log(("started",), ("answered", 0, answer("before", "let_go", 1))))
    assert (yes["status"], yes["instead"]) == ("running", None)


def test_the_questions_at_the_end_may_still_be_answered_after_a_stop():
    result = rules.result_of(
        PRACTICE,
        log(
            *IN_PLACE, ("stopped", 10), ("answered", 0, answer("after", "pain", 3)), ("reasoned", 0, {"reason": "fear"})
        ),
    )
    assert (result.pain_before, result.pain_peak, result.pain_after, result.stop_reason) == (1, 3, 3, "fear")


def test_a_check_within_a_step_is_remembered_by_its_time():
    checked = script(step("stay", ("block", 600), check={"scale": "pain", "every_s": 120}))
    state = rules.fold(checked, log(("started",), ("answered", 250, answer("during", "pain", None, check="stay"))))
    assert state["checked"] == 2


seeds = st.integers(0, 2**32)


def drawn(seed: int) -> tuple[dict[str, Any], list[dict[str, Any]], random.Random]:
    rng = random.Random(seed)
    made = random_script(rng)
    return made, random_log(rng, made), rng


@given(seeds)
@settings(deadline=None)
def test_folding_the_same_events_twice_or_in_any_order_changes_nothing(seed):
    made, events, rng = drawn(seed)
    once = rules.fold(made, events)
    again = [*events, *deepcopy(events)]
    whole = [event for event in again if isinstance(event["seq"], int) and not isinstance(event["seq"], bool)]
    numbers = [event["seq"] for event in whole]
    if len(set(numbers)) * 2 == len(numbers):  # rubbish may have given two events one place
        rng.shuffle(again)
    assert rules.fold(made, again) == once


@given(
    seeds, st.text(max_size=12), st.dictionaries(st.text(max_size=6), st.integers() | st.text(max_size=5) | st.none())
)
@settings(deadline=None)
def test_an_unknown_event_changes_nothing(seed, kind, body):
    made, events, _ = drawn(seed)
    state = rules.fold(made, events)
    unknown = {"seq": 10_000, "kind": f"?{kind}", "guided_ms": 0, "mono_ms": 0, "at": 0, "body": body}
    assert rules.apply(made, state, unknown) == {**rules.advance(made, state, 0), "seq": 10_000}


@given(seeds, st.lists(st.recursive(st.none() | st.integers() | st.text(), st.lists), max_size=5))
@settings(deadline=None)
def test_nothing_in_a_log_makes_folding_raise(seed, rubbish):
    made, events, _ = drawn(seed)
    rules.result_of(made, [*events, *rubbish, {"seq": 3}, {"seq": 99, "kind": rubbish, "body": {"moment": rubbish}}])


@given(seeds)
@settings(deadline=None)
def test_size_only_goes_down_time_only_up_and_work_stays_within_what_was_asked(seed):
    made, events, _ = drawn(seed)
    state = rules.initial(made)
    limit, guided, named = float("inf"), 0, max((s["size_mm"] or 0 for s in made["steps"]), default=0)
    for event in sorted((e for e in events if isinstance(e["seq"], int)), key=lambda e: e["seq"]):
        before = deepcopy(state)
        state = rules.apply(made, state, event)
        now = float("inf") if state["limit_mm"] is None else state["limit_mm"]
        assert now <= limit
        assert guided <= state["guided_ms"]
        limit, guided = now, state["guided_ms"]
        result = rules.result(made, state)
        assert 0 <= result.share <= 1
        assert 0 <= result.credit <= 1
        assert all(row.done_ms <= row.asked_ms for row in result.steps)
        assert (result.size_mm or 0) <= named
        for index in range(len(made["steps"])):
            size = rules.size_of(made, state, index)
            assert size is None or size <= limit
        if before["stayed"]:
            stage = rules.current_stage(made, state)
            entered = stage != rules.current_stage(made, before)
            assert not (entered and stage["type"] == "gate" and made["steps"][stage["step"]]["size_mm"] is not None)
        if before["status"] in ("stopped", "finished"):
            assert state["status"] == before["status"]
            assert state["guided_ms"] == before["guided_ms"]


@given(seeds, st.integers(0, 10**6), st.integers(0, 10**6))
@settings(deadline=None)
def test_time_given_in_two_parts_is_the_same_as_in_one(seed, first, second):
    made, events, _ = drawn(seed)
    state = rules.fold(made, events)
    apart = rules.advance(made, rules.advance(made, state, first), second)
    assert apart == rules.advance(made, state, first + second)


def test_every_way_through_the_practice_ends_and_never_grows():
    """All answers at every question, gate and offer: each path ends, and no size is above the one before."""
    endings = set()
    seen: set[str] = set()
    waiting = [rules.initial(PRACTICE)]
    while waiting:
        state = waiting.pop()
        key = repr(
            {**state, "seq": 0, "guided_ms": 0, "work_ms": None, "step_ms": 0, "cue_ms": 0, "since": None, "sizes": 0}
        )
        if key in seen:
            continue
        seen.add(key)
        if state["status"] in ("stopped", "finished"):
            endings.add((state["status"], state["stop_reason"]))
            continue
        ways = _choices(state)
        assert ways, state
        for kind, body in ways:
            event = {
                "seq": state["seq"] + 1,
                "kind": kind,
                "guided_ms": 1000,
                "mono_ms": state["seq"] * 40_000,
                "body": body,
            }
            after = rules.advance(PRACTICE, rules.apply(PRACTICE, state, event), 700_000)
            for index in (1, 2):
                size, was = rules.size_of(PRACTICE, after, index), rules.size_of(PRACTICE, state, index)
                assert size is not None
                assert was is not None
                assert size <= was
            waiting.append(after)
    assert endings == {("finished", None), ("stopped", None), ("stopped", "pain"), ("stopped", "fear")}


def _choices(state: rules.State) -> list[tuple[str, dict[str, Any]]]:
    if state["status"] == "new":
        return [("started", {})]
    stop: list[tuple[str, dict[str, Any]]] = [("stopped", {})]
    if state["offer"]:
        return [*stop, ("continued", {}), ("smaller", {}), ("declined", {}), ("skipped", {})]
    stage = rules.current_stage(PRACTICE, state)
    if stage["type"] == "ask":
        values = (None, 8)
        asked = rules.questions(PRACTICE, str(stage["moment"]))
        return [*stop, *(("answered", answer(str(stage["moment"]), q["scale"], v)) for q in asked for v in values)]
    if stage["type"] == "gate":
        return [*stop, ("ready", {}), ("smaller", {}), ("declined", {})]
    during = [("answered", answer("during", scale, v)) for scale, v in (("pain", 5), ("pain", 8), ("anxiety", 8))]
    return [*stop, *during, ("tapped", {}), ("stayed", {}), ("skipped", {}), ("paused", {}), ("resumed", {})]
