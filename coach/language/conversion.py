"""The models of a file without errors as the values of `coach.domain.program`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from coach.domain import program as p
from coach.language import shapes
from coach.language.checks import Names, merged
from coach.language.values import RungName


def converted(program_id: str, names: Names, rung_size: Callable[[str], float | None]) -> p.Program:
    """The program, imports merged and overrides applied. Every entry has to be well formed."""
    main = names.main
    head = main.head
    assert head is not None
    exercises = {name: shape for name, (shape, _) in names.exercises.items() if shape is not None}
    sessions = {name: shape for name, (shape, _) in names.sessions.items() if shape is not None}
    make = _Maker(exercises, rung_size)
    return p.Program(
        id=program_id,
        title=head.title,
        language=head.language,
        summary=head.summary,
        author=head.author,
        reviewed_by=head.reviewed.by,
        reviewed_on=head.reviewed.date,
        evidence=tuple(head.evidence),
        equipment=tuple(head.equipment),
        cautions=tuple(head.cautions),
        parameters={name: _parameter(name, each) for name, each in main.parameters.items() if each},
        scales={
            name: p.Scale(id=name, ask=each.ask, low=each.low, high=each.high, yes_no=each.answer == "yes_no")
            for name, each in main.scales.items()
            if each
        },
        exercises={name: make.exercise(name, each) for name, each in exercises.items()},
        ladders={name: _ladder(name, each) for name, each in main.ladders.items() if each},
        sessions={name: make.session(name, each) for name, each in sessions.items()},
        phases=tuple(_phase(each) for _, each in main.phases),
        safety_checks=tuple(
            p.SafetyCheck(
                id=each.id,
                ask=each.ask,
                urgency=cast(Any, each.on_yes.urgency),
                say=each.on_yes.say,
                from_=each.from_,
                to=each.to,
                every_days=each.every,
            )
            for _, each in main.safety_checks
        ),
        alerts=tuple(_alert(each) for _, each in main.alerts),
    )


class _Maker:
    """Exercises, and the sessions that do them."""

    def __init__(self, exercises: dict[str, shapes.ExerciseShape], rung_size: Callable[[str], float | None]) -> None:
        self._exercises = exercises
        self._rung_size = rung_size

    def exercise(self, name: str, shape: shapes.ExerciseShape) -> p.Exercise:
        size = shape.size
        breathe = shape.breathe
        return p.Exercise(
            id=name,
            kind=cast(p.Kind, shape.kind),
            title=shape.title,
            cue=shape.cue,
            hold_ms=shape.hold,
            contract_ms=shape.contract,
            relax_ms=shape.relax,
            breathe=p.Breath(in_ms=breathe.in_, hold_ms=breathe.hold, out_ms=breathe.out, pause_ms=breathe.pause)
            if breathe
            else None,
            for_ms=tuple(shape.for_ or ()),
            at_most_ms=shape.at_most if shape.until else None,
            reps=shape.reps,
            parts=tuple(shape.parts or ()),
            sets=1 if shape.sets is None else shape.sets,
            rest_ms=shape.rest or 0,
            set_rest_ms=shape.set_rest or 0,
            both_sides=shape.sides == "both",
            switch_ms=5000 if shape.switch is None else shape.switch,
            get_ready_ms=shape.get_ready,
            size=self._rung_size(size.name) if isinstance(size, RungName) else size,
            say=shape.say or (),
            check=shape.check,
            has_dose=shape.dose != "none",
            not_before=shape.not_before,
            swap=shape.swap,
        )

    def session(self, name: str, shape: shapes.SessionShape) -> p.Session:
        return p.Session(
            id=name,
            title=shape.title,
            warm_up=self._steps(shape.warm_up),
            steps=self._steps(shape.steps),
            finish=self._steps(shape.finish),
            alternate=tuple(shape.alternate),
            ask_before=tuple(shape.ask_before),
            ask_after=tuple(shape.ask_after),
            counts_when=shape.counts_when,
            variants=tuple(
                p.Variant(
                    id=variant_id,
                    title=variant.title,
                    counts=variant.counts,
                    leave_out=tuple(variant.leave_out),
                    scale=variant.scale,
                    steps=self._steps(variant.steps) if variant.steps is not None else None,
                )
                for variant_id, variant in shape.variants.items()
            ),
            ease_when=tuple(shape.ease_when),
            stop_when=tuple(shape.stop_when),
            instead_when=tuple(shape.instead_when),
        )

    def _steps(self, steps: list[shapes.StepShape]) -> tuple[p.Step, ...]:
        return tuple(
            p.Step(self.exercise(step.exercise, merged(self._exercises[step.exercise], step.override)))
            for step in steps
        )


def _parameter(name: str, shape: shapes.ParameterShape) -> p.Parameter:
    return p.Parameter(
        id=name,
        type=cast(Any, shape.type),
        default=shape.default.value,
        minimum=shape.min.value if shape.min else None,
        maximum=shape.max.value if shape.max else None,
        label=shape.label,
    )


def _ladder(name: str, shape: shapes.LadderShape) -> p.Ladder:
    rungs = None
    if shape.rungs is not None:
        rungs = tuple(
            p.Rung(
                rung.id,
                rung.size_mm,
                {key: each.value for key, each in rung.values.items()},
                {key: cast(p.AmountKind, each.kind) for key, each in rung.values.items()},
            )
            for rung in shape.rungs
        )
    return p.Ladder(
        id=name,
        kind=cast(Any, shape.kind),
        rungs=rungs,
        chosen_at_assignment=shape.start is not None,
        stay_at_least_days=shape.stay_at_least,
        up=tuple(shape.up),
        down=tuple(shape.down),
        after_gap=shape.after_gap,
        up_needs=cast(Any, shape.up_needs),
        not_up_in=shape.not_up_while.phases,
        not_up_while_rising=shape.not_up_while.rising,
        locked=bool(shape.locked),
        unlocked_when=shape.locked if isinstance(shape.locked, tuple) else (),
    )


def _phase(shape: shapes.PhaseShape) -> p.Phase:
    return p.Phase(
        id=shape.id,
        title=shape.title,
        from_=shape.from_,
        to=shape.to,
        at_least_days=shape.at_least,
        until=shape.until,
        until_needs=cast(Any, shape.until_needs),
        set={name: each.value for name, each in shape.set.items()},
        do=tuple(p.Assigned(session, frequency) for session, frequency in shape.do.items()),
        then=shape.then,
    )


def _alert(shape: shapes.AlertShape) -> p.Alert:
    comparisons, others = shape.when.clauses
    if "no_session_for" in others:
        return p.Alert(id=shape.id, on="no_session", value=others["no_session_for"], not_before=shape.not_before)
    if "comfort_down" in others:
        return p.Alert(
            id=shape.id,
            on="comfort_down",
            value=others["comfort_down"],
            times=others.get("in_checks", 1),
            not_before=shape.not_before,
        )
    return p.Alert(
        id=shape.id,
        on="rating",
        comparisons=comparisons,
        times=others.get("times", 1),
        within_days=others.get("within"),
        not_before=shape.not_before,
    )
