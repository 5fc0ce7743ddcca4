"""The session script: exact examples, and laws that hold for every session that can be written."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.program import (
    DOSE_KINDS,
    Breath,
    Check,
    DayAnchor,
    Exercise,
    Instead,
    Ladder,
    Parameter,
    Program,
    Reference,
    Rung,
    SafetyCheck,
    Say,
    Scale,
    Session,
    Step,
    Text,
    Variant,
)
from coach.domain.script import CannotCompile, compile_script, largest_mm, script_hash, with_safety

OWN_SET = tuple(Rung(f"d{i}", mm) for i, mm in enumerate((13.0, 16.0, 19.0, 22.0, 25.0, 29.0, 32.0, 36.0), 1))
T = Text("…")


def exercise(name="one", kind="relaxation", **values):
    return Exercise(id=name, kind=kind, title=Text(name), **values)


def program(*exercises, session=None, **values):
    made = session or Session(id="s", title=T, steps=tuple(map(Step, exercises)))
    return Program(
        id="after-injection-dilation",
        title=T,
        language="en",
        exercises={each.id: each for each in exercises},
        ladders={"dilator": Ladder(id="dilator", kind="dilator", chosen_at_assignment=True)},
        **{"sessions": {made.id: made}, **values},
    )


def script(made, session="s", **values):
    return compile_script(made, session, **{"rungs": {"dilator": "d4"}, "own_set": OWN_SET, "parameters": {}, **values})


def cues(exercise, **values):
    """The cues of one exercise alone, as (at, for, do)."""
    (step,) = script(program(exercise), **values)["steps"]
    return [(cue["at_s"], cue["for_s"], cue["do"]) for cue in step["cues"]]


STAY_STILL = Exercise(
    id="stay_still",
    kind="dilator",
    title=Text("Stay still"),
    cue=Text("..."),
    size=Reference("dilator"),
    for_ms=(600_000,),
)


def test_staying_still_at_22_mm_for_ten_minutes_is_the_promised_script():
    made = program(STAY_STILL, session=Session(id="example", title=T, steps=(Step(STAY_STILL),)))

    found = script(made, "example")

    promised = {
        "program": "after-injection-dilation", "session": "example", "variant": None, "shortest_s": 603,
        "longest_s": 603, "dose_s": {"relaxation": 0, "stretching": 0, "strengthening": 0, "dilator": 600},
    }  # fmt: skip
    assert {key: found[key] for key in promised} == promised
    (step,) = found["steps"]
    promised = {
        "id": "stay_still", "kind": "dilator", "title": "Stay still", "cue": "...", "size_mm": 22, "rung": "d4",
    }  # fmt: skip
    assert {key: step[key] for key in promised} == promised
    keys = ("at_s", "for_s", "do", "rep", "of", "set", "side")
    assert [{key: cue[key] for key in keys} for cue in step["cues"]] == [
        {"at_s": 0, "for_s": 3, "do": "get_ready", "rep": None, "of": None, "set": None, "side": None},
        {"at_s": 3, "for_s": 600, "do": "block", "rep": 1, "of": 1, "set": 1, "side": None},
    ]
    assert '"at_s": 3, "for_s": 600,' in json.dumps(step["cues"])  # whole numbers are written as such


def test_a_dilator_step_opens_with_a_gate_that_offers_smaller_ones_only():
    (step,) = script(program(STAY_STILL))["steps"]

    assert step["gate"]
    assert step["ladder"] == "dilator"
    assert step["smaller"] == [
        {"rung": "d3", "size_mm": 19}, {"rung": "d2", "size_mm": 16}, {"rung": "d1", "size_mm": 13}
    ]  # fmt: skip


def test_a_dilator_exercise_without_a_size_is_a_fingertip():
    (step,) = script(program(exercise(kind="dilator", for_ms=(60_000,))))["steps"]

    assert (step["size_mm"], step["rung"], step["smaller"], step["gate"]) == (None, None, [], True)


def test_rest_is_between_repetitions_and_not_after_the_last():
    assert cues(exercise(kind="stretching", hold_ms=30_000, reps=3, rest_ms=10_000)) == [
        (0, 3, "get_ready"), (3, 30, "hold"), (33, 10, "rest"), (43, 30, "hold"), (73, 10, "rest"), (83, 30, "hold")
    ]  # fmt: skip


def test_rest_between_sets_is_not_after_the_last_set():
    found = cues(exercise(hold_ms=5_000, reps=2, rest_ms=1_000, sets=2, set_rest_ms=60_000, get_ready_ms=0))

    assert [(seconds, do) for _, seconds, do in found] == [
        (5, "hold"), (1, "rest"), (5, "hold"), (60, "rest"), (5, "hold"), (1, "rest"), (5, "hold")
    ]  # fmt: skip


def test_every_contraction_has_its_full_relaxation_the_last_one_too():
    found = cues(exercise(kind="strengthening", contract_ms=3_000, relax_ms=6_000, reps=2))

    assert [(seconds, do) for _, seconds, do in found] == [
        (3, "get_ready"), (3, "contract"), (6, "relax"), (3, "contract"), (6, "relax")
    ]  # fmt: skip


def test_parts_are_done_once_each_by_name():
    (step,) = script(program(exercise(contract_ms=5_000, relax_ms=15_000, parts=(Text("feet"), Text("jaw")))))["steps"]

    assert [(cue["do"], cue["label"]) for cue in step["cues"]] == [
        ("get_ready", None), ("contract", "feet"), ("relax", "feet"), ("contract", "jaw"), ("relax", "jaw")
    ]  # fmt: skip


def test_as_many_whole_breaths_as_fit_and_never_fewer_than_one():
    breathing = exercise(breathe=Breath(in_ms=4_000, out_ms=6_000), for_ms=(35_000,))
    assert [do for _, _, do in cues(breathing)] == ["in", "out"] * 3

    assert [do for _, _, do in cues(exercise(breathe=Breath(in_ms=4_000, out_ms=6_000), for_ms=(3_000,)))] == [
        "in",
        "out",
    ]


def test_a_breath_has_up_to_four_parts():
    breathing = exercise(breathe=Breath(in_ms=4_000, hold_ms=1_000, out_ms=6_000, pause_ms=2_000), reps=1)

    assert cues(breathing) == [(0, 4, "in"), (4, 1, "hold"), (5, 6, "out"), (11, 2, "pause")]


def test_both_sides_run_the_whole_block_left_then_right_with_a_switch_between():
    (step,) = script(program(exercise(kind="stretching", hold_ms=30_000, reps=2, rest_ms=10_000, both_sides=True)))[
        "steps"
    ]

    assert [(cue["do"], cue["side"]) for cue in step["cues"]] == [
        ("get_ready", None),
        ("hold", "left"), ("rest", "left"), ("hold", "left"),
        ("switch", None),
        ("hold", "right"), ("rest", "right"), ("hold", "right"),
    ]  # fmt: skip
    assert step["cues"][4]["for_s"] == 5


@pytest.mark.parametrize(
    ("made", "has"),
    [
        (exercise(hold_ms=5_000), True),
        (exercise(contract_ms=5_000, relax_ms=5_000), True),
        (exercise(for_ms=(5_000,)), True),
        (exercise(breathe=Breath(in_ms=4_000, out_ms=6_000), reps=1), False),
        (exercise(kind="preparation", for_ms=(5_000,)), False),
        (exercise(for_ms=(5_000,), get_ready_ms=0), False),
        (exercise(breathe=Breath(in_ms=4_000, out_ms=6_000), reps=1, get_ready_ms=2_000), True),
    ],
)
def test_get_ready_stands_before_holds_contractions_and_blocks(made, has):
    assert (cues(made)[0][2] == "get_ready") is has


def test_a_tap_counts_nothing_in_the_shortest_length_and_its_limit_in_the_longest():
    tap = exercise("advance", kind="dilator", size=Reference("dilator"), at_most_ms=300_000, has_dose=False)

    found = script(program(tap, exercise(for_ms=(60_000,), get_ready_ms=0)))

    assert (found["shortest_s"], found["longest_s"]) == (60, 360)
    step = found["steps"][0]
    assert step["length_s"] is None
    assert [(c["at_s"], c["for_s"], c["at_most_s"], c["do"]) for c in step["cues"]] == [(0, None, 300, "tap")]


def test_dose_counts_work_alone():
    found = script(
        program(
            exercise("ready", kind="preparation", for_ms=(60_000,)),
            exercise("breathe", breathe=Breath(in_ms=4_000, out_ms=6_000), reps=3),
            exercise("stretch", kind="stretching", hold_ms=30_000, reps=2, rest_ms=10_000, both_sides=True),
            exercise("lift", kind="strengthening", contract_ms=3_000, relax_ms=6_000, reps=2),
            exercise("touch", for_ms=(60_000,), has_dose=False),
            exercise("advance", kind="dilator", at_most_ms=300_000),
        )
    )

    assert found["dose_s"] == {"relaxation": 30, "stretching": 120, "strengthening": 18, "dilator": 0}
    assert [step["dose"] for step in found["steps"]] == [None, "relaxation", "stretching", "strengthening", None, None]


def test_a_repeated_step_gets_a_number():
    twice = exercise("stay", for_ms=(5_000,))

    assert [step["id"] for step in script(program(twice, twice, twice))["steps"]] == ["stay", "stay_2", "stay_3"]


@pytest.mark.parametrize("nothing", [{"hold_ms": 5_000, "reps": 0}, {"for_ms": (0,)}, {"hold_ms": 5_000, "sets": 0}])
def test_no_repetition_or_no_time_leaves_the_step_out(nothing):
    found = script(program(exercise("none", **nothing), exercise("some", for_ms=(5_000,))))

    assert [step["id"] for step in found["steps"]] == ["some"]


def test_a_session_of_which_nothing_is_left_cannot_be_made():
    with pytest.raises(CannotCompile, match="nothing is left"):
        script(program(exercise("none", hold_ms=5_000, reps=0)))


@pytest.mark.parametrize(("rung", "sizes"), [("d1", [13, 16]), ("d4", [19, 22, 25]), ("d8", [32, 36])])
def test_a_step_whose_neighbour_does_not_exist_is_left_out(rung, sizes):
    steps = [
        exercise(f"e{o + 1}", kind="dilator", size=Reference("dilator", offset=o), for_ms=(5_000,)) for o in (-1, 0, 1)
    ]

    assert [step["size_mm"] for step in script(program(*steps), rungs={"dilator": rung})["steps"]] == sizes


def test_a_smaller_size_takes_the_place_of_any_but_the_next_one():
    steps = [
        exercise(f"e{o + 1}", kind="dilator", size=Reference("dilator", offset=o), for_ms=(5_000,)) for o in (-1, 0, 1)
    ]

    smaller = [[rung["size_mm"] for rung in step["smaller"]] for step in script(program(*steps))["steps"]]

    assert smaller == [[16, 13], [19, 16, 13], []], "a hello to the next size at a smaller size is none"


def test_durations_may_differ_by_how_often_it_was_done_at_the_rung():
    made = program(exercise(for_ms=(180_000, 300_000, 600_000), get_ready_ms=0))

    assert [script(made, nth=nth)["longest_s"] for nth in (1, 2, 3, 4, 50)] == [180, 300, 600, 600, 600]


def test_values_come_from_the_rung_and_the_parameters():
    lift = exercise(
        "lift", kind="strengthening", contract_ms=Reference("strength", "hold"), relax_ms=Reference("loose"),
        reps=Reference("strength", "reps"), get_ready_ms=0,
    )  # fmt: skip
    rungs = (Rung("l1", None, {"hold": 3_000, "reps": 5}), Rung("l2", None, {"hold": 5_000, "reps": 6}))
    made = Program(
        id="p", title=T, language="en", ladders={"strength": Ladder(id="strength", rungs=rungs)},
        parameters={"loose": Parameter(id="loose", type="duration", default=6_000)},
        sessions={"s": Session(id="s", title=T, steps=(Step(lift),))},
    )  # fmt: skip

    def length(**values):
        return compile_script(made, "s", **{"rungs": {}, "own_set": (), "parameters": {}, **values})["longest_s"]

    assert length() == 5 * (3 + 6)
    assert length(rungs={"strength": "l2"}, parameters={"loose": 10_000}) == 6 * (5 + 10)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rungs": {}}, "'dilator' has not been chosen"),
        ({"rungs": {"dilator": "d9"}}, "no rung 'd9'; it has d1, d2"),
        ({"own_set": ()}, "she has none yet"),
        ({"variant": "tiny"}, "no variant 'tiny'; it has none"),
        ({"nth": 0}, "number 1"),
    ],
)
def test_what_is_missing_is_said(values, message):
    with pytest.raises(CannotCompile, match=message):
        script(program(STAY_STILL), **values)


def test_an_unknown_session_is_said():
    with pytest.raises(CannotCompile, match="no session 'x'; it has s"):
        script(program(STAY_STILL), "x")


# -- variants, turns, rules -------------------------------------------------------------------------------------------


def _with_variants(*variants, **values):
    steps = tuple(
        Step(each)
        for each in (
            exercise("breathe", breathe=Breath(in_ms=4_000, out_ms=6_000), reps=5),
            exercise("stretch", kind="stretching", hold_ms=30_000, reps=3, rest_ms=10_000),
            exercise("stay", kind="dilator", size=Reference("dilator"), for_ms=(600_000,)),
        )
    )
    return program(session=Session(id="s", title=T, steps=steps, variants=variants, **values))


def test_a_shorter_variant_scales_blocks_and_repetitions_but_no_hold():
    found = script(_with_variants(Variant(id="short", title=T, counts=0.5, scale=0.5)), variant="short")

    breathe, stretch, stay = found["steps"]
    assert (breathe["length_s"], stay["length_s"]) == (30, 303)
    assert [cue["for_s"] for cue in stretch["cues"] if cue["do"] == "hold"] == [30, 30]
    assert (found["counts"], found["variant"]) == (0.5, "short")


def test_a_variant_leaves_out_every_step_of_an_exercise():
    found = script(
        _with_variants(Variant(id="gentle", title=T, counts=1.0, leave_out=("stay", "stretch"))), variant="gentle"
    )

    assert [step["id"] for step in found["steps"]] == ["breathe"]


def test_a_variant_may_have_steps_of_its_own_between_warm_up_and_finish():
    warm, rest = Step(exercise("warm", for_ms=(5_000,))), Step(exercise("rest", for_ms=(5_000,)))
    own = Variant(id="own", title=T, counts=1.0, steps=(Step(exercise("other", for_ms=(9_000,))),))

    found = script(_with_variants(own, warm_up=(warm,), finish=(rest,)), variant="own")

    assert [step["id"] for step in found["steps"]] == ["warm", "other", "rest"]


def test_sessions_that_take_turns_do_so_by_number():
    a = Session(id="a", title=T, steps=(Step(exercise("in_a", for_ms=(5_000,))),))
    b = Session(id="b", title=T, steps=(Step(exercise("in_b", for_ms=(5_000,))),))
    turns = Session(id="turns", title=T, alternate=("a", "b"), ask_after=("pain",))
    made = program(sessions={each.id: each for each in (a, b, turns)})

    found = [script(made, "turns", nth=nth) for nth in (1, 2, 3)]

    assert [each["steps"][0]["id"] for each in found] == ["in_a", "in_b", "in_a"]
    assert [each["session"] for each in found] == ["turns"] * 3
    assert [q["scale"] for q in found[0]["ask_after"]] == ["pain"]


def test_questions_are_in_the_language_asked_for():
    scale = Scale(id="let_go", ask=Text("Let go?", {"en": "Let go?", "es": "¿Soltaste?"}), yes_no=True)
    session = Session(
        id="s", title=T, steps=(Step(exercise(for_ms=(5_000,))),), ask_before=("pain", "let_go"),
        instead_when=(Instead("let_go", False, "calm"),),
    )  # fmt: skip
    found = script(program(session=session, scales={"let_go": scale}), language="es")

    assert [(q["scale"], q["answer"], q["ask"]) for q in found["ask_before"]] == [
        ("pain", "0-10", "¿Cuánto dolor hay ahora mismo?"),
        ("let_go", "yes_no", "¿Soltaste?"),
    ]
    assert [q["scale"] for q in found["during"]] == ["pain", "anxiety"]
    assert found["instead"] == [{"scale": "let_go", "answer": False, "session": "calm"}]


def test_safety_checks_change_the_hash_and_nothing_else_of_the_script():
    plain = script(program(STAY_STILL))
    check = SafetyCheck(
        id="spreading", ask=Text("Trouble?"), urgency="emergency", say=Text("Call."), from_=DayAnchor("start"),
        to=DayAnchor("start", 9),
    )  # fmt: skip

    safe = with_safety(plain, [check])

    assert safe["safety"] == [{"id": "spreading", "ask": "Trouble?", "urgency": "emergency", "say": "Call."}]
    assert {**safe, "safety": []} == plain
    assert script_hash(safe) != script_hash(plain) == script_hash(script(program(STAY_STILL)))


def test_texts_are_spoken_at_their_times():
    said = (
        Say(Text("a"), "start"),
        Say(Text("b"), "half"),
        Say(Text("c"), "after", 20_000),
        Say(Text("d"), "before_end", 10_000),
        Say(Text("e"), "end"),
    )
    (step,) = script(program(exercise(for_ms=(60_000,), say=said, check=Check("pain", 120_000))))["steps"]

    assert [(each["at_s"], each["text"]) for each in step["captions"]] == [
        (3, "a"),
        (23, "c"),
        (33, "b"),
        (53, "d"),
        (61, "e"),
    ]
    assert step["check"] == {"scale": "pain", "every_s": 120}


def test_a_text_past_the_end_is_never_spoken():
    (step,) = script(program(exercise(for_ms=(60_000,), say=(Say(T, "after", 90_000), Say(T, "before_end", 90_000)))))[
        "steps"
    ]

    assert step["captions"] == []


def test_what_is_not_for_this_day_is_left_out():
    found = script(program(exercise("a", for_ms=(5_000,)), exercise("b", for_ms=(5_000,))), leave_out={"a"})

    assert [step["id"] for step in found["steps"]] == ["b"]


# -- laws -------------------------------------------------------------------------------------------------------------

tenths = st.integers(1, 600).map(lambda n: n * 100)
maybe = st.integers(0, 100).map(lambda n: n * 100)


@st.composite
def exercises(draw):
    values = {
        "kind": draw(st.sampled_from([*DOSE_KINDS, "preparation"])),
        "sets": draw(st.integers(1, 3)),
        "rest_ms": draw(maybe),
        "set_rest_ms": draw(maybe),
        "both_sides": draw(st.booleans()),
        "switch_ms": draw(maybe),
        "get_ready_ms": draw(st.none() | maybe),
        "has_dose": draw(st.booleans()),
    }
    match draw(st.sampled_from(["hold", "contract", "breathe", "breathe for", "for", "tap"])):
        case "hold":
            values |= {"hold_ms": draw(tenths), "reps": draw(st.integers(0, 5))}
        case "contract":
            values |= {"contract_ms": draw(tenths), "relax_ms": draw(tenths), "reps": draw(st.integers(1, 5))}
        case "breathe":
            values |= {
                "breathe": Breath(in_ms=draw(tenths), hold_ms=draw(maybe), out_ms=draw(tenths)),
                "reps": draw(st.integers(1, 9)),
            }
        case "breathe for":
            values |= {
                "breathe": Breath(in_ms=draw(tenths), out_ms=draw(tenths), pause_ms=draw(maybe)),
                "for_ms": (draw(tenths),),
            }
        case "for":
            values |= {"for_ms": tuple(draw(st.lists(tenths, min_size=1, max_size=3)))}
        case "tap":
            values |= {"at_most_ms": draw(tenths)}
    if values["kind"] == "dilator":
        values["size"] = draw(
            st.none() | st.just(20.0) | st.integers(-2, 2).map(lambda n: Reference("dilator", offset=n))
        )
    return exercise(f"e{draw(st.integers(0, 2))}", **values)


@st.composite
def cases(draw):
    """The exercises, a program whose one session does them (with a variant `v` that scales them), rung and number."""
    done = draw(st.lists(exercises(), min_size=1, max_size=5))
    variant = Variant(id="v", title=T, counts=1, scale=draw(st.sampled_from([0.1, 0.25, 0.5, 0.75, 1.0])))
    made = program(session=Session(id="s", title=T, steps=tuple(map(Step, done)), variants=(variant,)))
    rung = draw(st.sampled_from([rung.id for rung in OWN_SET]))
    return done, made, {"rungs": {"dilator": rung}, "nth": draw(st.integers(1, 4))}


def compiled(case, variant="v"):
    """The script, or None where nothing is left of it."""
    try:
        return script(case[1], variant=variant, **case[2])
    except CannotCompile as error:
        assert "nothing is left" in str(error)  # noqa: PT017 - the only reason there may be
        return None


def exact(seconds):
    return Fraction(str(seconds))


@settings(max_examples=150, deadline=None)
@given(cases())
def test_cues_tile_their_step_and_sum_to_the_length(case):
    found = compiled(case)
    if found is None:
        return
    shortest = longest = Fraction(0)
    for step in found["steps"]:
        at = Fraction(0)
        for cue in step["cues"]:
            assert exact(cue["at_s"]) == at
            if cue["for_s"] is not None:
                assert cue["for_s"] > 0
                assert (exact(cue["for_s"]) * 10).denominator == 1
                at += exact(cue["for_s"])
        taps = [exact(cue["at_most_s"]) for cue in step["cues"] if cue["do"] == "tap"]
        assert step["length_s"] is None if taps else exact(step["length_s"]) == at
        shortest += at
        longest += at + sum(taps)
    assert (exact(found["shortest_s"]), exact(found["longest_s"])) == (shortest, longest)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_the_dose_is_never_more_than_the_length(case):
    found = compiled(case)
    if found is None:
        return
    assert sum(exact(value) for value in found["dose_s"].values()) <= exact(found["shortest_s"])
    assert min(found["dose_s"].values()) >= 0


@settings(max_examples=150, deadline=None)
@given(cases())
def test_no_gate_offers_a_size_above_the_largest_that_the_session_names(case):
    found = compiled(case)
    if found is None:
        return
    sizes = {rung.id: rung.size_mm for rung in OWN_SET}
    mine = list(sizes).index(case[2]["rungs"]["dilator"])
    named = [
        20.0 if each.size == 20.0 else list(sizes.values())[mine + each.size.offset]
        for each in case[0]
        if each.size is not None and (each.size == 20.0 or 0 <= mine + each.size.offset < len(sizes))
    ]
    largest = largest_mm(found)
    assert largest is None or largest <= max(named)
    for step in found["steps"]:
        offered = [other["size_mm"] for other in step["smaller"]]
        assert offered == sorted(offered, reverse=True)
        assert all(size < step["size_mm"] for size in offered)


@settings(max_examples=150, deadline=None)
@given(cases())
def test_a_shorter_variant_never_shortens_a_hold_a_relaxation_or_a_rest(case):
    whole, scaled = compiled(case, None), compiled(case)
    if whole is None or scaled is None:
        return
    assert exact(scaled["longest_s"]) <= exact(whole["longest_s"])
    assert sorted(step["id"] for step in scaled["steps"]) == sorted(step["id"] for step in whole["steps"])
    for before, after in zip(whole["steps"], scaled["steps"], strict=True):
        for do in ("hold", "contract", "relax", "rest", "in", "out", "pause", "get_ready", "switch", "tap"):
            lengths = {cue["for_s"] for cue in before["cues"] if cue["do"] == do}
            assert {cue["for_s"] for cue in after["cues"] if cue["do"] == do} <= lengths


@settings(max_examples=50, deadline=None)
@given(cases())
def test_ids_of_steps_are_their_own(case):
    found = compiled(case)
    if found is not None:
        ids = [step["id"] for step in found["steps"]]
        assert len(set(ids)) == len(ids)


@settings(max_examples=50, deadline=None)
@given(cases())
def test_a_script_is_json_and_hashes_alike_after_a_journey(case):
    found = compiled(case)
    if found is not None:
        assert script_hash(json.loads(json.dumps(found))) == script_hash(found)
