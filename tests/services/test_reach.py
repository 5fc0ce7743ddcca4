"""How many assignments a change of a program reaches."""

from __future__ import annotations

from coach.language import check
from coach.language.differences import differences
from coach.services import assignment_changes
from coach.services.assignment_changes import End
from coach.services.reach import reached
from tests.cast import NOW
from tests.given import give_calm, give_practice, shipped

_LIBRARY = ("library/dilators", "library/touch")


def _changes(key, *replaced):
    """The differences where in the program and in what it imports each first text becomes the second."""

    def changed(name):
        text = shipped(name)
        for was, now in replaced:
            text = text and text.replace(was, now, 1)
        return text

    assert all(any(was in shipped(name) for name in (key, *_LIBRARY)) for was, _ in replaced)
    return differences(
        check(shipped(key), file=f"{key}.yaml", read=shipped).program,
        check(changed(key), file=f"{key}.yaml", read=changed).program,
    )


def _reached(db, key, *replaced):
    changes = _changes(key, *replaced)
    return {(each.id, each.key): count for each, count in zip(changes, reached(db, key, changes, now=NOW), strict=True)}


def test_a_change_of_a_phase_reaches_those_who_have_it_before_them(db, cast):
    give_practice(db, cast)  # in its fourth phase, `build`

    assert _reached(
        db,
        "after-injection-dilation",
        ("from: injection - 14d", "from: injection - 10d"),
        ("to: injection + 28d", "to: injection + 27d"),
        ("to: injection + 83d", "to: injection + 82d"),
    ) == {("before", "from"): 0, ("build", "to"): 1, ("hold", "to"): 1}


def test_a_change_of_an_exercise_reaches_those_who_still_have_a_session_with_it(db, cast):
    give_practice(db, cast)

    found = _reached(
        db,
        "after-injection-dilation",
        (
            "hold: 60s\n    rest: 30s\n    parts:",
            "hold: 50s\n    rest: 30s\n    parts:",
        ),  # of `let_it_be`, before the injection only
        ("    hold: 10s\n", "    hold: 12s\n"),  # of `slow_circles`
    )

    assert found == {("let_it_be", "hold"): 0, ("slow_circles", "hold"): 1}


def test_what_is_said_of_the_program_reaches_everybody_who_has_it_now_or_will(db, cast):
    give_calm(db, cast)
    ended = give_calm(db, cast, to=cast.other_patient)
    change = ("Letting go and breathing", "Breathing and letting go")
    assert list(_reached(db, "down-training", change).values()) == [2]

    assignment_changes.apply(db, cast.therapist.viewer, ended.id, End(None), reason="Done", now=NOW)

    assert list(_reached(db, "down-training", change).values()) == [1]
    assert list(reached(db, "another", _changes("down-training", change), now=NOW)) == [0]
