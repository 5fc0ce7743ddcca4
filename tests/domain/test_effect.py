"""What a change does to her plan: told from today on, and only what differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.course import Place
from coach.domain.effect import Days, Effect, effect_of
from coach.domain.program import Ladder, Rung, Text
from tests.domain.courses import (
    AFTER_INJECTION,
    INJECTED,
    assignment,
    injection,
    per_day,
    phase,
    program,
    start,
)

TODAY = INJECTED + timedelta(days=10)  # a Thursday


def day(days: int) -> date:
    return INJECTED + timedelta(days=days)


def moved(of, **changes):
    """The assignment with its injection charted otherwise."""
    changed = replace(of.injection, **changes)
    return replace(of, injection=changed, injections=(changed,))


def phases_of(effect: Effect) -> dict[str, tuple[Days | None, Days | None]]:
    return {each.phase_id: (each.before, each.after) for each in effect.phases}


def test_a_moved_injection_moves_the_phases_that_are_still_to_come():
    stands = assignment()
    effect = effect_of([stands], [moved(stands, on=day(2), insertion_on=day(5))], today=TODAY)
    assert phases_of(effect) == {
        "build": (Days(TODAY, day(28)), Days(TODAY, day(30))),
        "hold": (Days(day(29), day(83)), Days(day(31), day(85))),
        "waning": (Days(day(84), None), Days(day(86), None)),
    }
    assert effect.first_on == day(29)


def test_a_day_of_insertion_that_is_taken_back_holds_back_what_inserts():
    stands = assignment()
    effect = effect_of([stands], [moved(stands, insertion_on=None)], today=TODAY)
    assert phases_of(effect)["settle"] == (None, Days(TODAY, None, "insertion"))
    assert phases_of(effect)["build"] == (Days(TODAY, day(28)), None)
    this_week, then = [each for each in effect.sessions if each.title.default == "Dilate"][:2]
    assert (this_week.before, this_week.after) == ((8, 8), None)  # today too, which opened with them
    assert (then.before, then.after) == ((14, 14), None)
    assert effect.first_on == TODAY


def test_weeks_with_the_same_numbers_are_told_as_one():
    less = program(phase("all", start(), None, {"calm": per_day(1)}))
    more = program(phase("all", start(), None, {"calm": per_day(2)}))
    stands = assignment(less, injection=None)
    (first, second, third) = effect_of([stands], [replace(stands, program=more)], today=TODAY).sessions
    assert (first.first, first.last, first.before, first.after) == (TODAY, day(13), (4, 4), (7, 7))
    assert (second.first, second.last, second.before, second.after) == (day(14), day(48), (7, 7), (14, 14))
    assert (third.first, third.last, third.before, third.after) == (day(49), day(51), (3, 3), (6, 6))


def test_what_is_held_back_is_told_with_its_days():
    stands = assignment(injections=())
    ahead = injection(day(20), given=False, insertion_after=5)
    effect = effect_of([stands], [replace(stands, injections=(stands.injection, ahead))], today=TODAY)
    (held,) = effect.held
    assert (held.title.default, held.before, held.after) == ("Dilate", None, Days(day(20), day(24)))
    assert effect.first_on == day(20)
    assert not effect.phases


def test_what_begins_months_ahead_is_told_from_its_own_week_on():
    stands = assignment(injections=())
    ahead = injection(day(75), given=False, insertion_after=5)
    effect = effect_of([stands], [replace(stands, injections=(stands.injection, ahead))], today=TODAY)
    assert effect.first_on == day(75)
    assert effect.sessions[0].first == day(70)  # Monday
    assert effect.held[0].after == Days(day(75), day(79))


def test_a_rung_that_is_gone_is_told_with_where_she_stands_then():
    rungs = tuple(Rung(f"l{number}", values={"reps": number + 4}) for number in (1, 2, 3))
    old = replace(AFTER_INJECTION, ladders={**AFTER_INJECTION.ladders, "strength": Ladder(id="strength", rungs=rungs)})
    new = replace(old, ladders={**old.ladders, "strength": Ladder(id="strength", rungs=(rungs[0], rungs[2]))})
    stands = assignment(old, placements=(Place(day(0), "strength", "l2"),))
    effect = effect_of([stands], [replace(stands, program=new)], today=TODAY)
    (ladder,) = effect.ladders
    assert (ladder.gone, ladder.new, ladder.before, ladder.after) == ((rungs[1],), (), rungs[1], rungs[0])


def test_a_place_on_a_later_day_is_told_with_that_day():
    stands = assignment()
    lower = replace(stands, placements=(*stands.placements, Place(day(12), "dilator", "d1")))
    effect = effect_of([stands], [lower], today=TODAY)
    (ladder,) = effect.ladders
    assert (ladder.before.id, ladder.after.id, ladder.from_on) == ("d2", "d1", day(12))
    assert effect.first_on == day(12)


def test_a_value_that_changes_is_told():
    stands = assignment()
    (value,) = effect_of([stands], [replace(stands, parameters={"still": 300_000})], today=TODAY).parameters
    assert (value.parameter.id, value.before, value.after) == ("still", 600_000, 300_000)


def test_a_session_in_which_something_is_done_otherwise_is_named():
    calm = AFTER_INJECTION.sessions["calm"]
    other = replace(calm, steps=calm.steps * 2)
    squat = replace(other, id="squat", title=Text("Squat"))
    changed = replace(AFTER_INJECTION, sessions={**AFTER_INJECTION.sessions, "squat": squat, "calm": other})
    stands = assignment()
    effect = effect_of([stands], [replace(stands, program=changed)], today=TODAY)
    assert [title.default for title in effect.contents] == ["Squat"]  # `stretch` takes turns with it; calm is over


def test_an_end_takes_away_what_would_have_come():
    stands = assignment()
    effect = effect_of([stands], [replace(stands, ends_on=day(12))], today=TODAY)
    assert phases_of(effect)["build"] == (Days(TODAY, day(28)), Days(TODAY, day(12)))
    assert phases_of(effect)["hold"] == (Days(day(29), day(83)), None)
    assert effect.sessions[-1].after is None


def test_a_program_given_anew_is_told_by_its_phases():
    stands = assignment()
    anew = assignment(start_on=TODAY)
    effect = effect_of([stands], [replace(stands, ends_on=TODAY - timedelta(days=1)), anew], today=TODAY)
    assert {(each.assignment_id, each.after is None) for each in effect.phases} == {(stands.id, True), (anew.id, False)}
    assert not effect.sessions


facts = st.builds(
    lambda on, given, insertion, begins, length, still, rung: assignment(
        id=assignment_id,
        injection=injection(day(on), given=given, insertion_after=insertion),
        start_on=day(begins),
        ends_on=None if length is None else day(begins + length),
        parameters={"still": still},
        placements=(Place(day(begins), "dilator", rung),),
    ),
    st.integers(-30, 60),
    st.booleans(),
    st.none() | st.integers(0, 14),
    st.integers(-60, 30),
    st.none() | st.integers(-1, 90),
    st.sampled_from([300_000, 600_000]),
    st.sampled_from(["d1", "d2", "gone"]),
)
assignment_id = assignment().id


@settings(deadline=None)  # a year is looked over, whatever else the machine does
@given(facts, st.integers(-60, 90))
def test_the_same_plan_twice_has_no_effect(stands, today):
    assert effect_of([stands], [stands], today=day(today)).is_empty


@settings(deadline=None)
@given(facts, facts, st.integers(-60, 90))
def test_no_day_before_today_is_ever_told(stands, would, today):
    effect = effect_of([stands], [would], today=day(today))
    days = [effect.first_on, *(each.from_on for each in effect.ladders)]
    days += [found for each in effect.sessions for found in (each.first, each.last)]
    for each in (*effect.phases, *effect.held):
        assert each.before != each.after
        for span in (each.before, each.after):
            days += [] if span is None else [span.first, span.last]
    assert all(found is None or found >= day(today) for found in days)
    assert effect.is_empty == (effect == Effect())


def test_of_what_is_over_no_rung_and_no_value_is_told():
    over = assignment(ends_on=TODAY - timedelta(days=1))
    would = replace(over, parameters={"still": 300_000}, placements=(Place(day(-14), "dilator", "d1"),))
    assert effect_of([over], [would], today=TODAY).is_empty


def test_a_change_that_no_day_ahead_shows_is_told_with_its_own_day():
    """The phase ends so late that no day that is looked at differs."""
    stands = assignment(program(phase("all", start(), start(500), {"calm": per_day(1)})), injection=None)
    longer = replace(stands, program=program(phase("all", start(), start(600), {"calm": per_day(1)})))
    effect = effect_of([stands], [longer], today=TODAY)
    assert effect.first_on == stands.start_on + timedelta(days=501)
    assert phases_of(effect)["all"] == (
        Days(TODAY, stands.start_on + timedelta(days=500)),
        Days(TODAY, stands.start_on + timedelta(days=600)),
    )


def test_a_day_that_differs_only_in_what_is_held_back_is_found():
    first = phase("first", start(), start(159), {"calm": per_day(1)})
    stands, more = (
        assignment(program(first, phase("then", start(160), None, do)), id=assignment_id, injection=None)
        for do in ({"calm": per_day(1)}, {"calm": per_day(1), "strengthen": per_day(1)})
    )
    effect = effect_of([stands], [more], today=TODAY)
    assert [each.title.default for each in effect.held] == ["Strengthen"]  # it is locked
    assert not effect.sessions
    assert effect.first_on == stands.start_on + timedelta(days=160)


def test_a_day_that_differs_only_in_the_rung_is_found():
    stands = assignment()
    lower = replace(stands, placements=(*stands.placements, Place(day(100), "dilator", "d1")))
    effect = effect_of([stands], [lower], today=TODAY)
    assert effect.first_on == day(100)
    assert not effect.sessions
