"""What stands on a hand-out is told with the way in which a program writes it, and that way is taken."""

from __future__ import annotations

import re

import pytest

from coach.language import check
from tests.language.texts import nothing

# Where a value may stand; the rest of each program is sound.
_ONE = "exercises:\n  one: {kind: stretching, title: One, cue: Softly., @}\n"
_SESSION = "exercises:\n  one: {kind: relaxation, title: One, for: 60s}\nsessions:\n  calm:\n    title: Calm\n"
_STEPS = _SESSION + "    steps: [one]\n"
_LADDER = "ladders:\n  l:\n    kind: dilator\n"
_RULES = _LADDER + "    rungs: own set\n"
_PHASE = _STEPS + "phases:\n  - id: a\n    title: A\n"
PLACES = {
    "hold": _ONE.replace("@", "hold: @"),
    "rest": _ONE.replace("@", "hold: 5s, rest: @"),
    "for": _ONE.replace("@", "for: @"),
    "times": _ONE.replace("@", "for: '@'"),
    "at_most": _ONE.replace("@", "until: tap, at_most: @"),
    "in": _ONE.replace("@", "reps: 3, breathe: {in: @, out: 4s}"),
    "breathe": _ONE.replace("@", "reps: 3, breathe: '@'"),
    "reps": _ONE.replace("@", "hold: 5s, reps: @"),
    "say": _ONE.replace("@", "for: 60s, say: @"),
    "check": _ONE.replace("@", "for: 60s, check: @"),
    "every": _ONE.replace("@", "for: 60s, check: {pain: @}"),
    "size": "exercises:\n  one: {kind: dilator, title: One, for: 60s, size: @}\n",
    "key": _ONE.replace("@", "hold: 5s, @"),
    "exercise": "exercises:\n  one: @\n",
    "swap": "exercises:\n  childs_pose: {kind: stretching, title: C, hold: 9s, swap: @}\n",
    "step": _SESSION + "    steps: [@]\n",
    "steps": _SESSION + "    steps: @\n",
    "session": "exercises:\n  breathing: {kind: relaxation, title: One, for: 60s}\n"
    "  resting: {kind: relaxation, title: One, for: 60s}\nsessions:\n  calm: @\n",
    "ask_after": _STEPS + "    ask_after: @\n",
    "counts_when": _STEPS + "    counts_when: @\n",
    "stop_when": _STEPS + "    stop_when: @\n",
    "rating": _STEPS + "    stop_when: {pain_at_least: @}\n",
    "ease_when": _STEPS + "    ease_when: @\n",
    "rungs": _LADDER + "    rungs: [@]\n",
    "up": _RULES + "    up: @\n",
    "down": _RULES + "    down: @\n",
    "after": _RULES + "    up: {after: @, pain_at_most: 2}\n",
    "stay_at_least": _RULES + "    stay_at_least: @\n",
    "phase": _STEPS + "phases:\n  - @\n",
    "phases": _STEPS + "phases: @\n",
    "id": _STEPS + "phases:\n  - {id: @, title: A, do: {calm: 1 per day}}\n",
    "from": _PHASE + "    from: @\n",
    "to": _PHASE + "    to: @\n",
    "do": _PHASE + "    do: @\n",
    "often": _PHASE + "    do: {calm: @}\n",
    "until": _PHASE + "    until: @\n",
    "on_yes": "safety_checks:\n  - {id: a, from: start, to: start + 6w, ask: Fever?, on_yes: @}\n",
    "alert": "alerts:\n  - @\n",
    "language": "language: @\n",
}

MEANT = [
    ("hold", "60", "60s"),
    ("hold", "20 s", "20s"),
    ("hold", "30 seconds", "30s"),
    ("hold", "30 sec.", "30s"),
    ("rest", "1 minute", "1min"),
    ("rest", "1:30", "1min30s"),
    ("in", "4", "4s"),
    ("for", "60", "60s` or `60min"),
    ("for", "2 minutes and 30 seconds", "2min30s"),
    ("for", "5 to 10 min", "5min` or `10min"),
    ("for", "half an hour", "30min"),
    ("times", "3min, 5min", "[3min, 5min]"),
    ("at_most", "5", "5s` or `5min"),
    ("reps", "3 times", "3"),
    ("reps", "x10", "10"),
    ("reps", "ten", "10"),
    ("reps", "8-12", "8` or `12"),
    ("reps", "3.0", "3"),
    ("counts_when", "half", "50%"),
    ("counts_when", "0.8", "80%"),
    ("size", "2.2cm", "22mm"),
    ("swap", "Child's pose", "childs_pose"),
    ("id", "week 1", "week_1"),
    ("id", "Respiración", "respiracion"),
    ("step", "one 3 min", "one: {for: 3min}"),
    ("step", "one (for 5 minutes)", "one: {for: 5min}"),
    ("steps", "one", "[one]"),
    ("ask_after", "'pain, anxiety'", "[pain, anxiety]"),
    ("ask_after", "pain and anxiety", "[pain, anxiety]"),
    ("rating", "7/10", "7"),
    ("stop_when", "pain >= 7", "{pain_at_least: 7}"),
    ("stop_when", "'pain > 6'", "{pain_at_least: 7}"),
    ("stop_when", "when it hurts", "{pain_at_least: 7}"),
    ("ease_when", "when it hurts", "{pain_at_least: 4, still_after: 30s}"),
    ("up", "when it is easy", "{after: 3 of 4 sessions, pain_at_most: 2}"),
    ("up", "{pain_at_most: 2}", "{after: 3 of 4 sessions, pain_at_most: 2}"),
    ("down", "when it hurts", "{after: 2 sessions in a row, pain_at_least: 4}"),
    ("down", "{pain_at_least: 4}", "{after: 2 sessions in a row, pain_at_least: 4}"),
    ("until", "it is easy", "{after: 6 of 8 sessions, pain_at_most: 2}"),
    ("after", "3 out of 4 sessions", "3 of 4 sessions"),
    ("after", "2 consecutive sessions", "2 sessions in a row"),
    ("after", "3", "3 sessions in a row"),
    ("stay_at_least", "6 weeks", "6w"),
    ("stay_at_least", "2 months", "8w` or `60d"),
    ("rungs", "13mm", "{id: d1, size: 13mm}"),
    ("from", "day 1", "start"),
    ("from", "Day 8", "start + 7d"),
    ("from", "week 3", "start + 2w"),
    ("to", "day 7", "start + 6d"),
    ("to", "week 2", "start + 13d"),
    ("from", "injection - 1", "injection - 1d"),
    ("from", "start + 6 weeks", "start + 6w"),
    ("from", "after injection", "injection` or `injection + 1d"),
    ("to", "before injection", "injection - 1d"),
    ("from", "2 weeks after the injection", "injection + 2w"),
    ("to", "14 days before injection", "injection - 14d"),
    ("from", "day of the injection", "injection"),
    ("often", "2", "2 per day` or `2 per week"),
    ("often", "2 times per day", "2 per day"),
    ("often", "2x per day", "2 per day"),
    ("often", "1/day", "1 per day"),
    ("often", "twice a day", "2 per day"),
    ("often", "daily", "1 per day"),
    ("often", "once a day", "1 per day"),
    ("often", "1 to 2 times a day", "1-2 per day"),
    ("often", "3x per week", "3 per week"),
    ("often", "every day", "1 per day"),
    ("often", "every other day", "every 2 days"),
    ("often", "every 3rd day", "every 3 days"),
    ("often", "2 per day on 5 days", "2 per day on any 5 days"),
    ("often", "5 days a week", "1 per day on any 5 days"),
    ("often", "Monday", "1 per day on mon"),
    ("often", "mondays and thursdays", "1 per day on mon thu"),
    ("often", "1 per day on Monday", "1 per day on mon"),
    ("often", "3 per week on mon wed fri", "1 per day on mon wed fri"),
    ("often", "weekdays", "1 per day on mon tue wed thu fri"),
    ("often", "morning and evening", "2 per day"),
    ("often", "2 veces al día", "2 per day"),
    ("often", "lunes y jueves", "1 per day on mon thu"),
    ("do", "calm twice a day", "{calm: 2 per day}"),
    ("do", "[calm]", "{calm: 1 per day}"),
    ("check", "pain every 2min", "{pain: every 2min}"),
    ("every", "2min", "every 2min"),
    ("say", "Half way there.", "{half: Half way there.}"),
    ("say", "'Half way, soften.'", '{half: "Half way, soften."}'),
    ("on_yes", "Call 112", "{urgency: emergency, say: Call 112}"),
    ("alert", "silent for 3 days", "{id: silent, when: {no_session_for: 3d}}"),
    ("phase", "Week 1", "{id: week_1, title: First week, from: start, to: start + 6d, do: {calm: 1 per day}}"),
    ("session", "breathing", "{title: Calm, steps: [breathing, resting]}"),
    ("exercise", "hold it", "{kind: relaxation, title: Breathing, for: 5min}"),
    ("breathe", "4s in and 6s out", "{in: 4s, out: 6s}"),
    ("key", "each side: yes", "sides: both"),
    ("key", "both sides: yes", "sides: both"),
    ("key", "repetitions: 3", "reps"),
    ("language", "English", "en"),
]


def _program(place: str, written: str) -> str:
    return "title: T\n" + PLACES[place].replace("@", written)


def _errors(place: str, written: str):
    return check(_program(place, written), file="a.yaml", read=nothing).errors


@pytest.mark.parametrize(
    ("place", "written", "meant"), MEANT, ids=[f"{place}: {written}" for place, written, _ in MEANT]
)
def test_what_a_hand_out_says_is_told_with_how_it_is_written(place, written, meant):
    (error,) = _errors(place, written)

    assert re.fullmatch(rf"Write (?:for example )?`{re.escape(meant)}`\.", error.suggestion), error.suggestion


@pytest.mark.parametrize(
    ("place", "proposed"),
    [(place, each) for place, _, meant in MEANT if place != "key" for each in meant.split("` or `")],
)
def test_what_is_proposed_is_taken(place, proposed):
    text = _program(place, proposed) if "'@'" not in PLACES[place] else _program(place, "@").replace("'@'", proposed)

    assert [e.message for e in check(text, file="a.yaml", read=nothing).errors] == []


def test_nothing_is_proposed_that_is_out_of_reach():
    (error,) = _errors("often", "20 times a day")

    assert (
        error.suggestion
        == "Write for example `2 per day`, `3-4 per week`, `every 2 days` or `1 per day on mon wed fri`."
    )


def test_a_date_is_no_day_of_a_program_that_many_patients_have():
    (error,) = _errors("from", "2026-03-01")

    assert error.suggestion == "Count from `start`, for example `start + 2w`: a date is chosen for each patient."


def test_several_names_in_one_entry_of_a_list_are_told_apart():
    (error,) = _errors("ask_after", "\n      - pain, anxiety")

    assert error.suggestion == "Write each name as an entry of its own."


def test_a_word_for_a_key_that_stands_there_already_is_not_proposed():
    (error,) = _errors("key", "sides: both, both sides: yes")

    assert "sides: both" not in error.suggestion


def test_a_list_of_alerts_that_is_a_text_shows_an_entry():
    errors = check("title: T\nalerts: silent\n", file="a.yaml", read=nothing).errors

    assert [error.suggestion for error in errors] == [
        "Begin each entry with `- `, for example `- {id: silent, when: {no_session_for: 3d}}`."
    ]
