"""Generated sessions hold nothing that the player's own rules would not."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach import resource
from coach.domain import fold
from coach.domain.playing import Mood, played
from coach.domain.program import Rung
from coach.domain.script import Script, compile_script
from coach.language import check

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)
OWN_SET = tuple(Rung(f"d{n}", size_mm=size) for n, size in enumerate((10, 13, 16, 19, 22, 25), start=1))


def read(name: str) -> str | None:
    path = resource("programs") / f"{name}.yaml"
    return path.read_text() if path.is_file() else None


@pytest.fixture(scope="module")
def script() -> Script:
    """The practice of the example program, third size."""
    checked = check(read("after-injection-dilation") or "", file="after-injection-dilation.yaml", read=read)
    assert checked.program is not None
    return compile_script(checked.program, "dilate", rungs={"dilator": "d3"}, own_set=OWN_SET, parameters={})


@pytest.mark.parametrize("name", ["after-injection-dilation", "down-training"])
def test_every_session_of_the_examples_stops_for_strong_pain_and_for_fear_that_stays(name):
    program = check(read(name) or "", file=f"{name}.yaml", read=read).program
    assert program is not None
    for key in {assigned.session for phase in program.phases for assigned in phase.do}:
        scales = {clause.scale for condition in program.sessions[key].stop_when for clause in condition.all_of}
        assert {"pain", "anxiety"} <= scales, key


def result(script: Script, mood: Mood, seed: int) -> fold.SessionResult:
    events = played(script, mood, at=AT, chance=Random(seed))
    log = [event.as_played() for event in events]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert all(one.at <= two.at and one.mono_ms <= two.mono_ms for one, two in itertools.pairwise(events))
    return fold.result_of(script, log)


MOODS = st.builds(
    Mood,
    pain=st.floats(0, 8),
    anxiety=st.floats(0, 8),
    skips_ratings=st.floats(0, 1),
    takes_smaller=st.booleans(),
    not_today=st.booleans(),
    waits_at_opening=st.booleans(),
    pauses=st.floats(0, 1),
    stops=st.none() | st.floats(0, 1),
    stop_reason=st.sampled_from((None, "pain", "fear", "time")),
)


@settings(deadline=None, max_examples=60)
@given(MOODS, st.integers(0, 1_000_000))
def test_every_generated_session_comes_to_an_end(script, mood, seed):
    assert result(script, mood, seed).outcome in ("complete", "partial", "stopped")


def test_the_same_seed_gives_the_same_session(script):
    first, second = (played(script, Mood(), at=AT, chance=Random(7)) for _ in range(2))
    assert first == second


def test_a_calm_session_is_whole(script):
    calm = result(script, Mood(pain=1.0, pauses=0.0, skips_ratings=0.0), 1)
    assert (calm.outcome, calm.credit) == ("complete", 1.0)
    assert calm.size_mm == 16


def test_a_stop_for_pain_is_a_stop_for_pain_and_counts_in_full(script):
    stopped = result(script, Mood(stops=0.6, stop_reason="pain", skips_ratings=0.0), 1)
    assert (stopped.outcome, stopped.stop_reason, stopped.credit) == ("stopped", "pain", 1.0)
    assert stopped.pain_peak is not None
    assert stopped.pain_peak >= 7


def test_a_smaller_size_is_smaller(script):
    assert result(script, Mood(pain=1.0, takes_smaller=True), 1).size_mm == 13


def test_who_waits_at_the_opening_does_not_go_in_and_has_attended(script):
    waiting = result(script, Mood(pain=1.0, waits_at_opening=True, skips_ratings=0.0), 1)
    assert (waiting.stayed, waiting.credit) == (True, 1.0)


def test_who_does_not_wait_goes_on_before_the_time_at_the_opening_is_over(script):
    hurried = {**script, "steps": [dict(step) for step in script["steps"]]}
    for step in hurried["steps"]:
        step["cues"] = [{**cue, "at_most_s": 15} if cue["for_s"] is None else cue for cue in step["cues"]]
    assert not any(result(hurried, Mood(pain=1.0), seed).stayed for seed in range(20))
