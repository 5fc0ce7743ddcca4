"""What goes over to another revision goes by its id; a rung that is gone is never followed by a larger one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from coach.domain.course import Place
from coach.domain.moving import moved, nearest_below
from coach.domain.program import Ladder, Rung, Text
from tests.domain.courses import AFTER_INJECTION, INJECTED, assignment

TODAY = INJECTED + timedelta(days=10)
RUNGS = tuple(Rung(f"l{number}", values={"reps": number}) for number in range(1, 6))


def with_strength(*rungs):
    return replace(AFTER_INJECTION, ladders={**AFTER_INJECTION.ladders, "strength": Ladder(id="strength", rungs=rungs)})


def on(rung, **more):
    return assignment(with_strength(*RUNGS), placements=(Place(INJECTED, "strength", rung, **more),))


def test_all_that_has_the_same_id_goes_over():
    stands = replace(on("l3"), parameters={"still": 300_000})
    over = moved(stands, with_strength(*RUNGS), on=TODAY)
    assert (over.places, over.parameters, over.gone) == ((), {"still": 300_000}, ())


def test_a_rung_that_is_gone_is_followed_by_the_one_below_and_that_is_said():
    over = moved(on("l4", state="held"), with_strength(RUNGS[0], RUNGS[1], RUNGS[4]), on=TODAY)
    assert over.places == (Place(TODAY, "strength", "l2", state="held"),)
    gone = {each.name.default: (each.hers, each.instead) for each in over.gone}
    assert gone == {"strength l3": (False, None), "strength l4": (True, RUNGS[1])}


def test_where_no_rung_lies_below_the_ladder_is_locked():
    over = moved(on("l1"), with_strength(RUNGS[3], RUNGS[4]), on=TODAY)
    assert over.places == (Place(TODAY, "strength", "l4", state="locked"),)
    assert over.gone[0].instead is None


@given(st.sets(st.integers(10, 40), min_size=1), st.sets(st.integers(10, 40), min_size=1), st.data())
def test_no_size_that_follows_is_larger_than_the_one_that_is_gone(old, new, data):
    was = tuple(Rung(f"d{mm}", size_mm=mm) for mm in sorted(old))
    becomes = tuple(Rung(f"d{mm}", size_mm=mm) for mm in sorted(new))
    rung = data.draw(st.sampled_from(was))
    found = nearest_below(rung, was, becomes)
    smaller = [each for each in becomes if each.size_mm <= rung.size_mm]
    assert found == (smaller[-1] if smaller else None)


def test_what_is_no_more_is_named_and_what_was_hers_is_marked():
    stands = replace(assignment(), parameters={"still": 300_000})
    sessions = {name: each for name, each in stands.program.sessions.items() if name != "strengthen"}
    phases = tuple(each for each in stands.program.phases if each.id != "build")
    over = moved(stands, replace(stands.program, sessions=sessions, phases=phases, parameters={}, ladders={}), on=TODAY)
    assert over.parameters == {}
    assert [(each.what, each.name, each.hers) for each in over.gone] == [
        ("phase", Text("Build"), True),
        ("session", Text("Strengthen"), False),
        ("ladder", Text("dilator"), True),
        ("ladder", Text("strength"), False),
        ("parameter", Text("still"), True),
    ]
