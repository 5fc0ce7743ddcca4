"""What goes over to another revision goes by its id; a rung that is gone is never followed by a larger one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from coach.domain.course import Place
from coach.domain.ladders import place_on, rung_on
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


def by_size(*sizes):
    rungs = tuple(Rung(name, size_mm=mm) for name, mm in sizes if mm is not None)
    ladder = Ladder(id="strength", rungs=tuple(sorted(rungs, key=lambda rung: rung.size_mm)))
    return replace(AFTER_INJECTION, ladders={**AFTER_INJECTION.ladders, "strength": ladder})


NOW_SIZES = by_size(("a", 13), ("b", 16), ("c", 19))


def test_a_rung_that_grew_under_its_id_is_not_followed_by_itself():
    stands = assignment(NOW_SIZES, placements=(Place(INJECTED, "strength", "b"),))
    over = moved(stands, by_size(("a", 13), ("b", 22), ("c", 25)), on=TODAY)
    assert over.places == (Place(TODAY, "strength", "a"),)
    (gone,) = over.gone
    assert (gone.hers, gone.instead.size_mm, gone.larger.size_mm) == (True, 13, 22)
    all_larger = moved(stands, by_size(("a", 20), ("b", 22), ("c", 25)), on=TODAY)
    assert [(place.rung, place.state) for place in all_larger.places] == [("a", "locked")]


def test_a_rung_that_became_smaller_stays_hers():
    stands = assignment(NOW_SIZES, placements=(Place(INJECTED, "strength", "b"),))
    over = moved(stands, by_size(("a", 13), ("b", 15), ("c", 25)), on=TODAY)
    assert (over.places, over.gone) == ((), ())


def test_what_she_may_choose_does_not_grow_either_and_she_stays_where_she_chose_to_be():
    chose = (Place(INJECTED, "strength", "c"), Place(INJECTED, "strength", "a", by="patient"))
    over = moved(assignment(NOW_SIZES, placements=chose), by_size(("a", 13), ("b", 16), ("c", 30)), on=TODAY)
    assert over.places == (Place(TODAY, "strength", "a", params={"allowed": "b"}),)
    assert over.places[0].allowed == "b"


def test_a_rung_that_begins_later_and_grew_begins_then_at_one_that_is_not_larger():
    tomorrow = TODAY + timedelta(days=1)
    waits = (Place(INJECTED, "strength", "a"), Place(tomorrow, "strength", "c", by="rule", code="up"))
    over = moved(assignment(NOW_SIZES, placements=waits), by_size(("a", 13), ("b", 16), ("c", 30)), on=TODAY)
    assert [(place.from_on, place.rung) for place in over.places] == [(TODAY, "a"), (tomorrow, "b")]


IDS = "abcd"
SIZED = st.lists(st.none() | st.integers(10, 40), min_size=4, max_size=4).filter(any)
PLACES = st.lists(
    st.tuples(st.integers(-3, 2), st.sampled_from(IDS), st.sampled_from(["therapist", "patient", "rule"])), max_size=4
)


@given(SIZED, SIZED, PLACES)
def test_no_move_ends_on_a_larger_size_or_lets_her_choose_one(old, new, said):
    before, after = (by_size(*zip(IDS, sizes, strict=True)) for sizes in (old, new))
    places = tuple(Place(TODAY + timedelta(days=day), "strength", rung, by=by) for day, rung, by in said)
    stands = assignment(before, placements=places)
    would = replace(stands, program=after, placements=(*places, *moved(stands, after, on=TODAY).places))
    was, becomes = ({rung.id: rung.size_mm for rung in each.ladders["strength"].rungs} for each in (before, after))
    for day in (TODAY, TODAY + timedelta(days=9)):
        place = place_on(would, "strength", day)
        if place is None or place.state != "locked":
            assert rung_on(would, "strength", day).size_mm <= rung_on(stands, "strength", day).size_mm
    end = TODAY + timedelta(days=9)
    was_allowed, allowed = (
        next((place.allowed for place in reversed(each.placements) if place.allowed is not None), None)
        for each in (stands, would)
    )
    stood = rung_on(stands, "strength", end).size_mm
    if allowed in becomes and would.placements[-1].state != "locked":
        assert becomes[allowed] <= max(stood, was.get(was_allowed, 0))


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
