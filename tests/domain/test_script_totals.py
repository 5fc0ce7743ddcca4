"""For every session, rung, variant and number of every program that comes with Coach: its totals are those of its
cues."""

from __future__ import annotations

from fractions import Fraction

import pytest

from coach.domain.every_script import scripts_of
from coach.domain.program import DOSE_KINDS
from coach.language import check
from tests.language.texts import PROGRAMS, library

SHIPPED = sorted(path.stem for path in PROGRAMS.glob("*.yaml"))
WORK = {"hold", "contract", "relax", "in", "out", "pause", "block"}


def exact(value):
    return Fraction(str(value))


@pytest.fixture(scope="module", params=SHIPPED)
def scripts(request):
    name = request.param
    program = check(library(name) or b"", file=f"{name}.yaml", read=library).program
    assert program is not None
    found = list(scripts_of(program))
    assert {choice.session_id for choice, _ in found} == set(program.sessions)
    return found


def test_the_lengths_are_the_sum_of_the_cues(scripts):
    for choice, script in scripts:
        cues = [cue for step in script["steps"] for cue in step["cues"]]
        timed = sum(exact(cue["for_s"]) for cue in cues if cue["for_s"] is not None)
        taps = sum(exact(cue["at_most_s"]) for cue in cues if cue["for_s"] is None)
        assert exact(script["shortest_s"]) == timed, choice
        assert exact(script["longest_s"]) == timed + taps, choice


def test_the_dose_is_the_sum_of_the_work_in_each_kind(scripts):
    for choice, script in scripts:
        for kind in DOSE_KINDS:
            cues = [cue for step in script["steps"] if step["dose"] == kind for cue in step["cues"]]
            work = sum(exact(cue["for_s"]) for cue in cues if cue["do"] in WORK and cue["for_s"] is not None)
            assert exact(script["dose_s"][kind]) == work, choice


def test_the_cues_of_a_step_tile_it(scripts):
    for choice, script in scripts:
        for step in script["steps"]:
            at = Fraction(0)
            for cue in step["cues"]:
                assert exact(cue["at_s"]) == at, (choice, step["id"])
                at += exact(cue["for_s"] or 0)
            if all(cue["for_s"] is not None for cue in step["cues"]):
                assert exact(step["length_s"]) == at, (choice, step["id"])
            else:
                assert step["length_s"] is None, (choice, step["id"])


def test_every_time_is_a_multiple_of_a_tenth_of_a_second(scripts):
    for choice, script in scripts:
        times = [script["shortest_s"], script["longest_s"], *script["dose_s"].values()]
        for step in script["steps"]:
            times += [step["length_s"] or 0, *(caption["at_s"] for caption in step["captions"])]
            times += [value for cue in step["cues"] for value in (cue["at_s"], cue["for_s"] or 0)]
        assert all((exact(value) * 10).denominator == 1 for value in times), choice


def test_no_two_steps_have_one_id(scripts):
    for choice, script in scripts:
        ids = [step["id"] for step in script["steps"]]
        assert len(ids) == len(set(ids)), choice
