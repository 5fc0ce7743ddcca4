"""`coach programs simulate`: what it prints and how it ends."""

from __future__ import annotations

import json
import re
import time

import pytest

from coach.cli import main
from tests.cli.test_calendar import STEPS
from tests.language.texts import PROGRAMS, SAMPLE, SMALL

AFTER_INJECTION = str(PROGRAMS / "after-injection-dilation.yaml")
DOWN_TRAINING = str(PROGRAMS / "down-training.yaml")


@pytest.fixture
def sample(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sample.yaml").write_text(SAMPLE)
    return "sample.yaml"


def simulated(capsys, *arguments):
    assert main(["programs", "simulate", *arguments]) == 0
    return capsys.readouterr().out


def as_json(capsys, *arguments):
    return json.loads(simulated(capsys, *arguments, "--format", "json"))


def test_a_day_is_a_line_with_what_was_due_and_what_was_done(tmp_path, capsys):
    (tmp_path / "small.yaml").write_text(SMALL)
    out = simulated(capsys, str(tmp_path / "small.yaml"), "--patient", "ideal", "--days", "2")
    lines = out.splitlines()
    assert lines[0] == "Calm: ideal (does everything that is due, and is comfortable), 2 days, seed 1"
    assert lines[lines.index("") + 1 :][:4] == [
        "date        day  phase      session      min  work  pain  anxiety",
        "----------  ---  ---------  -----------  ---  ----  ----  -------",
        "2026-01-05    1  Every day  Calm 1 of 1  1.7   1.7",
        "2026-01-06    2             Calm 1 of 1  1.7   1.7",
    ]
    assert "Attendance: 2 of 2" in lines


def test_it_is_said_that_virtual_patients_are_invented_and_the_program_is_not_reviewed(capsys):
    out = simulated(capsys, DOWN_TRAINING, "--patient", "ideal", "--days", "1")
    assert "This patient is invented, to try the program on: nothing here is evidence" in out
    assert "No clinician has reviewed this program." in out


def test_rules_that_are_not_acted_on_are_told_where_the_program_has_them(capsys):
    told = simulated(capsys, AFTER_INJECTION, "--patient", "ideal", "--days", "1")
    assert "Rungs follow by the program's rules; where a therapist is asked, she says yes on the next Monday." in told
    assert "A phase with `until` goes on to its last day or until it is ended" in told
    silent = simulated(capsys, DOWN_TRAINING, "--patient", "ideal", "--days", "1")
    assert "Rungs follow" not in silent
    assert "until" not in silent


def test_the_injection_is_where_the_first_phase_begins_at_the_start(capsys):
    found = as_json(capsys, AFTER_INJECTION, "--patient", "ideal", "--days", "1")
    assert (found["start"], found["injection"], found["insertion"]) == ("2026-01-05", "2026-01-19", "2026-01-22")
    assert found["days"][0]["phases"] == ["before"]


def test_the_start_follows_from_the_injection(capsys):
    found = as_json(capsys, AFTER_INJECTION, "--patient", "ideal", "--days", "1", "--injection", "2026-03-29")
    assert (found["start"], found["injection"], found["insertion"]) == ("2026-03-15", "2026-03-29", "2026-04-01")


def test_an_insertion_day_that_is_given_holds(capsys):
    dates = ["--injection", "2026-03-02", "--start", "2026-03-02", "--insertion", "2026-03-07"]
    found = as_json(capsys, AFTER_INJECTION, "--patient", "ideal", "--days", "8", *dates)
    sized = [day["date"] for day in found["days"] if any(each["size_mm"] for each in day["sittings"])]
    assert sized[0] == "2026-03-07"
    assert [day["since_injection"] for day in found["days"]] == list(range(8))


def test_the_rung_and_the_parameters_are_those_that_were_given(sample, capsys):
    dates = ["--injection", "2026-03-02", "--start", "2026-03-02"]
    more = ["--rung", "dilator=d4", "--set", "still=5min"]
    found = as_json(capsys, sample, "--patient", "ideal", "--days", "5", *dates, *more)
    (practice,) = [each for each in found["days"][3]["sittings"] if each["session"] == "dilate"]
    assert (practice["size_mm"], practice["rung"], practice["named_mm"]) == (22, "d4", 22)
    assert practice["dose_s"]["dilator"] == 2 * 60 + 5 * 60


def test_a_locked_ladder_is_unlocked_with_its_phase_and_it_is_told(sample, capsys):
    arguments = [sample, "--patient", "ideal", "--days", "105"]
    assert "`strength` is taken to be unlocked on 2026-04-13, at l1." in simulated(capsys, *arguments)
    at = simulated(capsys, *arguments, "--rung", "strength=l2")
    assert "`strength` is taken to be unlocked on 2026-01-05, at l2." in at
    opened = simulated(capsys, *arguments, "--locked", "--rung", "strength=l2")
    assert "`strength` is taken to be unlocked on 2026-01-05, at l2." in opened
    locked = as_json(capsys, *arguments, "--locked")
    assert "The ladder `strength` stays locked, and its sessions are held." in locked["notes"]
    assert locked["days"][-1]["held"] == [{"session": "strengthen", "reason": "locked"}]


def test_an_injection_is_taken_into_account_by_a_program_that_does_not_count_from_one(tmp_path, capsys):
    (tmp_path / "later.yaml").write_text(
        SMALL.replace("    reps: 10\n", "    reps: 10\n    not_before: injection + 7d\n")
    )
    arguments = [str(tmp_path / "later.yaml"), "--patient", "ideal", "--days", "9"]
    assert [len(day["sittings"]) for day in as_json(capsys, *arguments)["days"]] == [1] * 9
    tied = as_json(capsys, *arguments, "--injection", "2026-03-02")
    assert (tied["start"], tied["injection"], tied["insertion"]) == ("2026-03-02", "2026-03-02", "2026-03-05")
    assert [len(day["sittings"]) for day in tied["days"]] == [0] * 7 + [1] * 2


def test_phases_that_begin_when_somebody_ends_the_one_above_are_named_and_reached_when_it_is_ended(tmp_path, capsys):
    (tmp_path / "steps.yaml").write_text(STEPS)
    arguments = [str(tmp_path / "steps.yaml"), "--patient", "ideal", "--days", "4"]
    out = " ".join(simulated(capsys, *arguments).split())
    assert "After “One”, once the therapist ends it: “Two” and “Three”. Add --ends one=DATE" in out

    ends = ["--ends", "one=2026-01-06", "--ends", "two=2026-01-07"]
    found = as_json(capsys, *arguments, *ends)
    assert [day["phases"] for day in found["days"]] == [["one"], ["one"], ["two"], ["three"]]
    assert (found["ended"], found["not_reached"]) == ({"one": "2026-01-06", "two": "2026-01-07"}, [])


@pytest.mark.parametrize("patient", ["painful", "irregular", "gap"])
@pytest.mark.parametrize("file", sorted(PROGRAMS.glob("*.yaml")), ids=lambda file: file.stem)
def test_no_line_is_wider_than_110_columns(capsys, file, patient):
    for language in ("en", "es"):
        out = simulated(capsys, str(file), "--patient", patient, "--days", "120", "--language", language)
        assert max(len(line) for line in out.splitlines()) <= 110


def test_sittings_of_a_day_stand_below_each_other_with_their_ratings_and_what_became_of_them(capsys):
    out = simulated(capsys, AFTER_INJECTION, "--patient", "painful", "--days", "40")
    assert re.search(r"\n2026-\d\d-\d\d  +\d+  +\d+ .* Calm 2 of 2.* [\d·]+→[\d·]+→[\d·]+ .*\n +again ", out)
    assert re.search(r": stopped for (pain|fear)", out)


def test_the_titles_are_in_the_language_that_is_asked_for(capsys):
    out = simulated(capsys, DOWN_TRAINING, "--patient", "ideal", "--days", "1", "--language", "es")
    assert " Calma 2 of 2 " in out


def test_half_a_year_of_every_program_ends_in_seconds(capsys):
    """So that a loop without an end is found; one takes less than a second."""
    for file in PROGRAMS.glob("*.yaml"):
        begun = time.process_time()
        simulated(capsys, str(file), "--patient", "painful", "--days", "180")
        assert time.process_time() - begun < 60


def test_the_totals_are_the_sum_over_the_days(capsys):
    found = as_json(capsys, AFTER_INJECTION, "--patient", "irregular", "--days", "40")
    sittings = [each for day in found["days"] for each in day["sittings"]]
    totals = found["totals"]
    assert totals["sittings"] == len(sittings)
    assert totals["guided_s"] == pytest.approx(sum(each["guided_s"] for each in sittings))
    for kind, dose in totals["dose_s"].items():
        assert dose["done"] == pytest.approx(sum(each["dose_s"].get(kind, 0) for each in sittings))
    assert 0 < totals["attendance"]["share"] < 1


def test_days_away_stand_together(capsys):
    out = simulated(capsys, DOWN_TRAINING, "--patient", "gap", "--days", "42")
    away = [line.split() for line in out.splitlines() if " away until " in line]
    assert [(line[0], line[1], line[-1]) for line in away] == [
        ("2026-01-19", "15", "2026-01-25"), ("2026-01-26", "22", "2026-02-01")
    ]  # fmt: skip


def test_the_same_seed_prints_the_same_bytes_and_another_does_not(capsys):
    arguments = [AFTER_INJECTION, "--patient", "painful", "--days", "30"]
    first = simulated(capsys, *arguments, "--seed", "7")
    assert simulated(capsys, *arguments, "--seed", "7") == first
    assert simulated(capsys, *arguments, "--seed", "8") != first


@pytest.mark.parametrize("patient", ["ideal", "irregular", "painful", "gap"])
def test_every_patient_can_be_tried_as_table_and_as_json(sample, capsys, patient):
    assert "Attendance: " in simulated(capsys, sample, "--patient", patient, "--days", "30")
    assert as_json(capsys, sample, "--patient", patient, "--days", "30")["patient"] == patient


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--days", "0"], "--days 0: from 1 to 1000"),
        (["--insertion", "2026-01-05"], "--insertion 2026-01-05 goes with an --injection"),
        (["--start", "2026-W10-1"], "--start 2026-W10-1: there is no such day; write it as 2026-03-01"),
        (["--start", "9999-12-20"], "--start 9999-12-20: the year lies outside 1900 to 2199"),
        (["--injection", "0001-01-03"], "--injection 0001-01-03: the year lies outside 1900 to 2199"),
        (["--rung", "dilator=d1"], "the program has no ladder 'dilator'"),
        (["--set", "still=1min"], "the program has no parameter 'still'"),
    ],
)
def test_what_cannot_be_asked_ends_with_2_and_says_why(capsys, more, said):
    assert main(["programs", "simulate", DOWN_TRAINING, "--patient", "ideal", *more]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.out == ""


def test_an_insertion_before_the_injection_ends_with_2(capsys):
    dates = ["--injection", "2026-03-02", "--insertion", "2026-03-01"]
    assert main(["programs", "simulate", AFTER_INJECTION, "--patient", "ideal", *dates]) == 2
    assert "--insertion 2026-03-01 goes with an --injection on the same day or before it" in capsys.readouterr().err


def test_a_program_with_errors_ends_with_1(tmp_path, capsys):
    (tmp_path / "broken.yaml").write_text(SMALL.replace("reps: 10", "resp: 10"))
    assert main(["programs", "simulate", str(tmp_path / "broken.yaml"), "--patient", "ideal"]) == 1
    assert "unknown-key" in capsys.readouterr().err


def test_a_file_that_is_not_there_ends_with_2(capsys):
    assert main(["programs", "simulate", "none.yaml", "--patient", "ideal"]) == 2
    assert "none.yaml cannot be read" in capsys.readouterr().err


def test_a_rung_that_changes_is_told_with_who_said_so_and_why(capsys):
    arguments = [AFTER_INJECTION, "--patient", "ideal", "--days", "60"]
    out = " ".join(simulated(capsys, *arguments).split())
    assert "dilator: 13 mm to 16 mm from 2026-01-26, her therapist says yes: 3 of the last 4 complete, pain 2" in out
    steps = [step for day in as_json(capsys, *arguments)["days"] for step in day["steps"]]
    assert (steps[0]["before"], steps[0]["rung"], steps[0]["by"], steps[0]["code"]) == ("d1", "d2", "therapist", "up")
    assert steps[0]["reason"].startswith("3 of the last 4 complete, pain 2 or less")


def test_a_second_injection_begins_its_phases_and_keeps_her_rungs(capsys):
    arguments = [AFTER_INJECTION, "--patient", "ideal", "--days", "130", "--second-injection", "100"]
    found = as_json(capsys, *arguments)
    assert found["second_injection"] == "2026-04-29"
    by_day = {day["date"]: day for day in found["days"]}
    assert by_day["2026-04-15"]["phases"] == ["before"]
    assert by_day["2026-04-29"]["since_injection"] == 0
    assert by_day["2026-04-14"]["rungs"]["dilator"] == by_day["2026-04-15"]["rungs"]["dilator"] != "d1"
    assert "Injection on 2026-04-29, insertion from 2026-05-02" in simulated(capsys, *arguments)


@pytest.mark.parametrize(("file", "days"), [(DOWN_TRAINING, "100"), (AFTER_INJECTION, "0")])
def test_a_second_injection_that_cannot_be_is_refused(capsys, file, days):
    assert main(["programs", "simulate", file, "--patient", "ideal", "--second-injection", days]) == 2
    assert "--second-injection" in capsys.readouterr().err
