"""`coach programs calendar`: a program week by week, in a terminal and as JSON."""

from __future__ import annotations

import json
from datetime import datetime

import pytest

from coach.cli import main
from tests.language.texts import PROGRAMS, SAMPLE, SMALL

WITH_START = SMALL.replace("title: Every day", "title: Every day\n    from: start\n    to: start + 2w")
LOCKED = """\
title: Strength
exercises:
  lifts: {kind: strengthening, title: Lifts, contract: $strength.hold, relax: 10s, reps: 5}
ladders:
  strength:
    rungs: [{id: l1, hold: 5s}, {id: l2, hold: 10s}]
    locked: true
sessions:
  lift: {title: Lifting, steps: [lifts]}
phases:
  - {id: all, title: All along, from: start, to: start + 6d, do: {lift: 1 per day}}
"""
STEPS = (
    SMALL[: SMALL.index("phases:")]
    + """\
phases:
  - {id: one, title: One, from: start, until: {after: 4 of 5 sessions, pain_at_most: 2}, do: {calm: 1 per day}}
  - {id: two, title: Two, until: {after: 2 of 3 sessions, pain_at_most: 2}, until_needs: patient, do: {calm: 1 per day}}
  - {id: three, title: Three, do: {calm: 1 per day}}
"""
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "library").symlink_to(PROGRAMS / "library")
    (tmp_path / "sample.yaml").write_text(SAMPLE)
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "start.yaml").write_text(WITH_START)
    (tmp_path / "locked.yaml").write_text(LOCKED)
    (tmp_path / "none.yaml").write_text(SMALL[: SMALL.index("phases:")])
    (tmp_path / "long.yaml").write_text(WITH_START.replace("start + 2w", "start + 2000d"))
    (tmp_path / "broken.yaml").write_text(SMALL.replace("reps: 10", "resp: 10"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def calendar(capsys, *arguments: str) -> dict:
    assert main(["programs", "calendar", *arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def text(capsys, *arguments: str) -> str:
    assert main(["programs", "calendar", *arguments]) == 0
    return capsys.readouterr().out


def test_a_week_has_its_days_phases_sessions_and_minutes(folder, capsys):
    lines = text(capsys, "start.yaml", "--start", "2026-03-04").splitlines()

    table = lines[lines.index(next(line for line in lines if line.startswith("week of"))) :]
    assert table[:5] == [
        "week of     day       phase      session  times  days  min/day  min/week",
        "----------  --------  ---------  -------  -----  ----  -------  --------",
        "2026-03-02  1 to 5    Every day  Calm     5      all   2        8",
        "2026-03-09  6 to 12   Every day  Calm     7      all   2        12",
        "2026-03-16  13 to 15  Every day  Calm     3      all   2        5",
    ]


def test_a_week_in_which_a_phase_ends_has_the_sessions_beside_their_phase(folder, capsys):
    out = text(capsys, "sample.yaml", "--injection", "2026-03-02", "--insertion", "2026-03-05", "--weeks", "3")

    assert "2026-03-02  0 to 6     Settling  Calm      6      Mon Tue Wed" in out
    assert "\n                       Starting  Calm      4      Thu-Sun" in out
    assert "\n                                 Practice  4-8    Thu-Sun" in out


def test_no_line_is_wider_than_a_terminal(folder, capsys):
    for language in ("en", "es"):
        out = text(
            capsys, str(PROGRAMS / "after-injection-dilation.yaml"), "--injection", "2026-03-01",
            "--insertion", "2026-03-05", "--language", language,
        )  # fmt: skip
        assert max(len(line) for line in out.splitlines()) <= 100


def test_json_holds_the_same_weeks(folder, capsys):
    found = calendar(capsys, "sample.yaml", "--injection", "2026-03-02", "--insertion", "2026-03-05", "--weeks", "3")

    assert (found["program"], found["start"], found["reviewed"], found["more"]) == (
        "sample", "2026-02-16", False, True,
    )  # fmt: skip
    week = found["weeks"][2]
    assert (week["monday"], week["since_injection"]) == ("2026-03-02", [0, 6])
    assert [phase["id"] for phase in week["phases"]] == ["settle", "start"]
    assert week["sessions"][0] == {
        "id": "calm",
        "phase": "settle",
        "title": "Calm",
        "least": 6,
        "most": 6,
        "flexible": False,
        "days": ["2026-03-02", "2026-03-03", "2026-03-04"],
        "length_s": [363, 363],
    }
    assert [check["id"] for check in week["safety_checks"]] == ["spreading"]
    assert week["held"] == []


def test_the_words_are_in_the_language_that_is_asked_for(folder, capsys):
    out = text(capsys, "start.yaml", "--start", "2026-03-04", "--language", "es")
    assert "Un ejemplo: ningún profesional clínico ha revisado este programa." in out
    assert "semana del" in out


def test_a_program_that_nobody_reviewed_says_so(folder, capsys):
    out = text(capsys, "start.yaml", "--start", "2026-03-04")
    assert "An example: no clinician has reviewed this program." in out


# -- what does not show in the weeks ----------------------------------------------------------------------------------


def test_a_safety_question_is_told_with_its_real_last_day_not_that_of_the_weeks_shown(folder, capsys):
    days = ("--injection", "2026-03-02", "--insertion", "2026-03-05")
    short = text(capsys, "sample.yaml", *days, "--weeks", "3")
    assert "  - 2026-03-02 to 2026-04-13, every day: Any trouble swallowing" in short

    (check,) = calendar(capsys, "sample.yaml", *days, "--weeks", "3")["safety_checks"]
    assert (check["id"], check["first"], check["last"], check["every_days"]) == (
        "spreading", "2026-03-02", "2026-04-13", 1,
    )  # fmt: skip


def test_a_safety_question_whose_last_day_is_not_charted_goes_on_after_these_weeks(folder, capsys):
    (folder / "open.yaml").write_text(SAMPLE.replace("to: injection + 6w", "to: insertion + 6w"))
    out = text(capsys, "open.yaml", "--injection", "2026-03-02")
    assert "  - From 2026-03-02 on, every day; it goes on after these weeks: Any trouble" in out


def test_a_safety_question_whose_days_are_over_before_the_start_is_not_told(folder, capsys):
    days = ("--injection", "2026-03-02", "--insertion", "2026-03-05", "--start", "2026-06-01")
    assert "Safety questions" not in text(capsys, "sample.yaml", *days)


def test_an_injection_is_taken_into_account_by_a_program_that_does_not_count_from_one(folder, capsys):
    (folder / "later.yaml").write_text(
        WITH_START.replace("    reps: 10\n", "    reps: 10\n    not_before: injection + 7d\n")
    )
    days = ("later.yaml", "--start", "2026-03-02")
    assert calendar(capsys, *days)["weeks"][0]["sessions"][0]["least"] == 7
    tied = calendar(capsys, *days, "--injection", "2026-03-02")
    assert tied["weeks"][0]["sessions"] == []
    assert tied["weeks"][0]["since_injection"] == [0, 6]
    assert tied["weeks"][0]["held"][0]["opens_on"] == "2026-03-09"


def test_phases_that_begin_when_somebody_ends_the_one_above_are_named(folder, capsys):
    (folder / "steps.yaml").write_text(STEPS)
    out = text(capsys, "steps.yaml", "--start", "2026-03-02")
    assert "After “One”, once the therapist ends it: “Two” and “Three”." in out
    assert "--ends one=DATE" in out
    assert calendar(capsys, "steps.yaml", "--start", "2026-03-02")["not_reached"] == ["two", "three"]


def test_who_ends_a_phase_is_said(folder, capsys):
    (folder / "steps.yaml").write_text(STEPS)
    first = ("steps.yaml", "--start", "2026-03-02", "--ends", "one=2026-03-08")
    assert "After “Two”, once the patient ends it: “Three”." in text(capsys, *first)
    assert "Después de “Two”, cuando la paciente la termine: “Three”." in text(capsys, *first, "--language", "es")


def test_a_phase_that_is_ended_makes_way_for_the_next_on_the_day_after(folder, capsys):
    (folder / "steps.yaml").write_text(STEPS)
    ends = ("--ends", "one=2026-03-08", "--ends", "two=2026-03-10")
    found = calendar(capsys, "steps.yaml", "--start", "2026-03-02", *ends)
    assert [[(each["id"], each["first"], each["last"]) for each in week["phases"]] for week in found["weeks"][:2]] == [
        [("one", "2026-03-02", "2026-03-08")],
        [("two", "2026-03-09", "2026-03-10"), ("three", "2026-03-11", "2026-03-15")],
    ]
    assert (found["ended"], found["not_reached"]) == ({"one": "2026-03-08", "two": "2026-03-10"}, [])


# -- days that are not given ------------------------------------------------------------------------------------------


def test_the_start_is_the_first_day_of_the_earliest_phase_before_the_injection(folder, capsys):
    assert calendar(capsys, "sample.yaml", "--injection", "2026-03-02")["start"] == "2026-02-16"


def test_without_an_injection_the_start_is_today(folder, capsys):
    before = datetime.now().astimezone().date()
    found = calendar(capsys, "small.yaml")["start"]
    assert found in (str(before), str(datetime.now().astimezone().date()))


def test_while_the_insertion_day_is_not_charted_the_phase_before_it_goes_on_and_this_is_said(folder, capsys):
    found = calendar(capsys, "sample.yaml", "--injection", "2026-03-02")
    assert (found["goes_on"], found["waits_for"], found["weeks"][-1]["last"]) == (True, "insertion", "2026-03-29")
    assert [week["asks"] for week in found["weeks"]] == [[], [], *[["insertion"]] * 4]

    out = text(capsys, "sample.yaml", "--injection", "2026-03-02")
    assert (
        "“Settling” goes on until the first day on which insertion is allowed is charted, on\n"
        "2026-03-02 or later. Add --insertion DATE to see what comes after it." in out
    )


def test_of_a_last_phase_without_end_four_weeks_are_shown(folder, capsys):
    found = calendar(capsys, "small.yaml", "--start", "2026-03-02")
    assert (len(found["weeks"]), found["weeks"][-1]["last"], found["goes_on"]) == (4, "2026-03-29", True)
    assert "“Every day” goes on from there." in text(capsys, "small.yaml", "--start", "2026-03-02")


def test_a_program_that_ends_is_shown_to_its_last_day(folder, capsys):
    found = calendar(capsys, "start.yaml", "--start", "2026-03-02")
    assert (found["weeks"][-1]["last"], found["goes_on"]) == ("2026-03-16", False)


def test_so_many_weeks_are_shown_as_are_asked_for(folder, capsys):
    found = calendar(capsys, "small.yaml", "--start", "2026-03-04", "--weeks", "6")
    assert (len(found["weeks"]), found["weeks"][-1]["last"]) == (6, "2026-04-12")


def test_no_more_weeks_are_shown_than_after_the_end(folder, capsys):
    assert len(calendar(capsys, "start.yaml", "--start", "2026-03-02", "--weeks", "50")["weeks"]) == 3


def test_a_very_long_program_is_shown_for_110_weeks_and_says_that_it_goes_on(folder, capsys):
    found = calendar(capsys, "long.yaml", "--start", "2026-03-02")
    assert (len(found["weeks"]), found["more"]) == (110, True)


def test_a_late_insertion_says_by_how_much_the_phases_move(folder, capsys):
    out = text(capsys, "sample.yaml", "--injection", "2026-03-02", "--insertion", "2026-03-14", "--weeks", "6")
    assert "From “Starting” on, phases end 9 days later than written" in out


def test_a_locked_ladder_is_said_to_hold_its_session_back_and_a_rung_opens_it(folder, capsys):
    closed = text(capsys, "locked.yaml", "--start", "2026-03-02")
    assert "Held back: “Lifting” until the therapist opens “strength”." in closed

    opened = calendar(capsys, "locked.yaml", "--start", "2026-03-02", "--rung", "strength=l2")
    (lifting,) = opened["weeks"][0]["sessions"]
    assert (lifting["least"], lifting["length_s"]) == (7, [103, 103])


def test_a_parameter_changes_the_minutes(folder, capsys):
    days = ("--injection", "2026-03-02", "--insertion", "2026-03-05", "--weeks", "3")

    usual = calendar(capsys, "sample.yaml", *days)["weeks"][-1]["week_s"]
    longer = calendar(capsys, "sample.yaml", *days, "--set", "still=20min")["weeks"][-1]["week_s"]

    assert [round(more - less) for less, more in zip(usual, longer, strict=True)] == [4 * 600, 8 * 600]


# -- what cannot be shown ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["sample.yaml"], "counts its days from an injection: add for example --injection 2026-03-01"),
        (["sample.yaml", "--injection", "1.3.2026"], "--injection 1.3.2026: there is no such day; write it as 2026"),
        (["sample.yaml", "--injection", "20260301"], "--injection 20260301: there is no such day"),
        (["small.yaml", "--start", "2026-02-30"], "--start 2026-02-30: there is no such day"),
        (["small.yaml", "--start", "9999-12-31"], "--start 9999-12-31: the year lies outside 1900 to 2199"),
        (
            ["sample.yaml", "--injection", "2026-03-01", "--insertion", "2026-02-28"],
            "--insertion 2026-02-28 goes with an --inj",
        ),
        (["small.yaml", "--insertion", "2026-03-01"], "--insertion 2026-03-01 goes with an --injection"),
        (["small.yaml", "--ends", "evry_day=2026-03-01"], "no phase 'evry_day'"),
        (["small.yaml", "--ends", "daily"], "--ends daily : there is no such day"),
        (["start.yaml", "--ends", "daily=2026-03-04"], "the days of 'daily' say when it ends"),
        (["small.yaml", "--weeks", "0"], "--weeks 0: from 1 to 110 weeks"),
        (["small.yaml", "--weeks", "111"], "--weeks 111: from 1 to 110 weeks"),
        (["none.yaml"], "the program has no phases"),
        (["locked.yaml", "--rung", "strength=l9"], "no rung 'l9'"),
        (["small.yaml", "--set", "still=9min"], "no parameter 'still'"),
        (["nowhere.yaml"], "cannot be read"),
    ],
)
def test_what_cannot_be_shown_ends_with_2_and_says_why(folder, capsys, arguments, said):
    assert main(["programs", "calendar", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("coach: ")
    assert said in captured.err


def test_a_start_after_the_last_phase_is_said(folder, capsys):
    (folder / "over.yaml").write_text(WITH_START.replace("start", "injection"))
    assert main(["programs", "calendar", "over.yaml", "--injection", "2026-03-02", "--start", "2026-08-01"]) == 2
    assert "no phase has a day on or after the start, 2026-08-01" in capsys.readouterr().err


def test_a_program_with_errors_ends_with_1(folder, capsys):
    assert main(["programs", "calendar", "broken.yaml"]) == 1
    assert "unknown-key" in capsys.readouterr().err


def test_a_pause_lowers_the_week_and_moves_no_phase(folder, capsys):
    given = ("sample.yaml", "--injection", "2026-03-02", "--insertion", "2026-03-05", "--weeks", "8")
    plain = calendar(capsys, *given)
    rest = "menses=2026-03-11..2026-03-14"
    paused = calendar(capsys, *given, "--pause", rest)
    assert paused["pauses"] == [{"why": "menses", "first": "2026-03-11", "last": "2026-03-14"}]
    assert [week["phases"] for week in paused["weeks"]] == [week["phases"] for week in plain["weeks"]]

    def asked(found, monday):
        (week,) = [week for week in found["weeks"] if week["monday"] == monday]
        return sum(each["least"] for each in week["sessions"]), week["week_s"][0]

    for before, after in zip(asked(plain, "2026-03-09"), asked(paused, "2026-03-09"), strict=True):
        assert 0 < after < before
    assert asked(plain, "2026-03-16") == asked(paused, "2026-03-16")
    assert "paused from 2026-03-11 to 2026-03-14" in text(capsys, *given, "--pause", rest)


@pytest.mark.parametrize(
    ("pause", "says"),
    [
        ("mens=2026-03-11..2026-03-14", "did you mean menses?"),
        ("holiday", "one of menses, illness"),
        ("travel=2026-03-11", "there is no such day"),
        ("travel=2026-03-11..2026-03-10", "its last day lies before its first"),
    ],
)
def test_a_pause_that_cannot_be_says_what_is_wrong(folder, capsys, pause, says):
    assert main(["programs", "calendar", "start.yaml", "--pause", pause]) == 2
    assert says in capsys.readouterr().err
