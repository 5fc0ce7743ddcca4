"""Small programs and courses as values, for the tests of plan, adherence and timeline."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

from hypothesis import strategies as st

from coach.domain.course import AssignmentFacts, InjectionFacts, Performed, Place
from coach.domain.program import (
    Assigned,
    DayAnchor,
    Exercise,
    Frequency,
    Ladder,
    Parameter,
    Phase,
    Program,
    Reference,
    Rung,
    SafetyCheck,
    Session,
    Step,
    Text,
)

INJECTED = date(2026, 3, 2)  # a Monday
OWN_SET = (Rung("d1", size_mm=13.0), Rung("d2", size_mm=16.0), Rung("d3", size_mm=19.0), Rung("d4", size_mm=22.0))


def start(days: int = 0) -> DayAnchor:
    return DayAnchor("start", days)


def injected(days: int = 0) -> DayAnchor:
    return DayAnchor("injection", days)


def insertion(days: int = 0) -> DayAnchor:
    return DayAnchor("insertion", days)


def per_day(least: int, most: int | None = None, **more: object) -> Frequency:
    return Frequency(per="day", least=least, most=most or least, **more)  # type: ignore[arg-type]


def per_week(least: int, most: int | None = None) -> Frequency:
    return Frequency(per="week", least=least, most=most or least)


def phase(name: str, from_: DayAnchor | None, to: DayAnchor | None, do: dict[str, Frequency], **more: object) -> Phase:
    return Phase(
        id=name,
        title=Text(name.title()),
        from_=from_,
        to=to,
        do=tuple(Assigned(session, frequency) for session, frequency in do.items()),
        **more,  # type: ignore[arg-type]
    )


def exercise(name: str, kind: str = "relaxation", **more: object) -> Exercise:
    more.setdefault("for_ms", (60_000,))
    return Exercise(id=name, kind=kind, title=Text(name.title()), **more)  # type: ignore[arg-type]


def session(name: str, *exercises: Exercise, **more: object) -> Session:
    return Session(id=name, title=Text(name.title()), steps=tuple(Step(each) for each in exercises), **more)  # type: ignore[arg-type]


def program(*phases: Phase, **more: object) -> Program:
    calm = session("calm", exercise("breathing"))
    dilate = session("dilate", exercise("stay", "dilator", size=Reference("dilator"), for_ms=(Reference("still"),)))
    hips = session("hips", exercise("hip_stretch", "stretching"))
    squat = session("squat", exercise("childs_pose", "stretching"), exercise("deep_squat", not_before=injected(7)))
    strengthen = session("strengthen", exercise("lifts", "strengthening", reps=Reference("strength", "reps")))
    sessions = (calm, dilate, hips, squat, strengthen, session("stretch", alternate=("hips", "squat")))
    return Program(
        id="example",
        title=Text("Example"),
        language="en",
        parameters={"still": Parameter(id="still", type="duration", default=600_000)},
        ladders={
            "dilator": Ladder(id="dilator", kind="dilator", rungs=None),
            "strength": Ladder(
                id="strength",
                rungs=(
                    Rung("l1", values={"reps": 5, "per_day": 2}),
                    Rung("l2", values={"reps": 6, "per_day": 3}),
                ),
                locked=True,
            ),
        },
        sessions={each.id: each for each in sessions},
        phases=phases,
        safety_checks=(
            SafetyCheck(
                id="spreading",
                ask=Text("Any trouble swallowing?"),
                urgency="emergency",
                say=Text("Call now."),
                from_=injected(),
                to=injected(42),
            ),
        ),
        **more,  # type: ignore[arg-type]
    )


AFTER_INJECTION = program(
    phase("before", injected(-14), injected(-1), {"calm": per_day(1)}),
    phase("settle", injected(), insertion(-1), {"calm": per_day(2)}),
    phase("start", insertion(), injected(7), {"calm": per_day(1), "dilate": per_day(1, 2)}, at_least_days=5),
    phase("build", injected(8), injected(28), {"dilate": per_day(2), "stretch": per_week(5)}, set={"still": 720_000}),
    phase("hold", injected(29), injected(83), {"dilate": per_day(1, 2, any_days=6)}, set={"still": 900_000}),
    phase("waning", injected(84), None, {"dilate": per_week(4)}),
)


def injection(
    on: date = INJECTED, *, given: bool = True, insertion_after: int | None = 3, **more: object
) -> InjectionFacts:
    return InjectionFacts(
        id=uuid.uuid4(),
        on=on,
        given=given,
        insertion_on=None if insertion_after is None else on + timedelta(days=insertion_after),
        product="onabotulinumtoxinA (Botox)",
        units=100.0,
        **more,  # type: ignore[arg-type]
    )


def assignment(of: Program = AFTER_INJECTION, **more: object) -> AssignmentFacts:
    """Assigned a fortnight before `INJECTED`, with the injection given on it unless said otherwise."""
    more.setdefault("id", uuid.uuid4())
    more.setdefault("start_on", INJECTED - timedelta(days=14))
    more.setdefault("injection", injection())
    more.setdefault("own_set", OWN_SET)
    more.setdefault("placements", (Place(INJECTED - timedelta(days=14), "dilator", "d2"),))
    return AssignmentFacts(program=of, **more)  # type: ignore[arg-type]


def sitting(of: AssignmentFacts, session_key: str, on: date, **more: object) -> Performed:
    more.setdefault("credit", 1.0)
    more.setdefault("outcome", "complete")
    more.setdefault("id", uuid.uuid4())
    return Performed(assignment_id=of.id, session_key=session_key, day_on=on, **more)  # type: ignore[arg-type]


def sittings_of(of: AssignmentFacts) -> st.SearchStrategy[list[Performed]]:
    """Any log of this assignment over half a year, in any order."""
    one = st.builds(
        lambda key, days, credit, outcome: sitting(
            of, key, INJECTED + timedelta(days=days), credit=credit, outcome=outcome
        ),
        st.sampled_from(["calm", "dilate", "stretch"]),
        st.integers(-14, 170),
        st.sampled_from([0.0, 0.25, 0.5, 1.0]),
        st.sampled_from(["open", "complete", "partial", "stopped"]),
    )
    return st.lists(one, max_size=60)
