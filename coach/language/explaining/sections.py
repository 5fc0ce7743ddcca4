"""The sections of an explanation, one function each; a section with nothing in it is left out by the caller."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from coach.domain.program import (
    Alert,
    Condition,
    Exercise,
    Instead,
    Ladder,
    Parameter,
    Phase,
    Program,
    Rung,
    SafetyCheck,
    Scale,
    Session,
    Text,
    Variant,
)
from coach.domain.questions import BUILT_IN, Moment, built_in
from coach.domain.uses import exercises_of, steps_of
from coach.language.explaining.clauses import (
    comparisons_in_words,
    condition_in_words,
    day_in_words,
    days_in_words,
    every_so_many_days,
    instead_in_words,
    label_of,
    length_in_words,
    not_before_in_words,
    often_in_words,
    phase_titles,
    readable,
    rule_in_words,
    scale_asked,
    scale_in_words,
    session_title,
    titled,
    who_decides,
)
from coach.language.explaining.doing import step_in_words
from coach.language.explaining.outline import Block, Item, Section
from coach.language.explaining.phrases import Words, sentence
from coach.language.explaining.values import (
    Settings,
    setting_in,
    settings_of,
    told_sessions,
)

# The title of another program by its id, where it is known.
TitleOf = Callable[[str], Text | None]


def about(words: Words, program: Program) -> Section:
    """Who stands behind it, and on what it rests."""
    if not program.reviewed_by:
        review = words("not_reviewed")
    elif program.reviewed_on:
        review = words("reviewed_on", by=program.reviewed_by, on=program.reviewed_on)
    else:
        review = words("reviewed", by=program.reviewed_by)
    author = words("author", author=words.text(program.author)) if program.author else ""
    return Section(
        words("about"),
        (*_paragraph(review, author), *_list(words("evidence"), [Item(words.text(each)) for each in program.evidence])),
    )


def beforehand(words: Words, program: Program) -> Section:
    things = [words.text(each) for each in program.equipment]
    return Section(
        words("beforehand"),
        (
            *_paragraph(words("equipment", things=words.all_of(things)) if things else ""),
            *_list(words("cautions"), [Item(words.text(each)) for each in program.cautions]),
        ),
    )


# -- phases -----------------------------------------------------------------------------------------------------------


def phases(words: Words, program: Program, title_of: TitleOf) -> Section:
    told = tuple(
        _phase(words, program, phase, title_of, is_first=not number) for number, phase in enumerate(program.phases)
    )
    return Section(words("phases"), (Block(words("both_inside")),) if told else (), told)


def _phase(words: Words, program: Program, phase: Phase, title_of: TitleOf, *, is_first: bool) -> Section:
    settings = [setting_in(program, phase)]
    items = []
    for assigned in phase.do:
        often = often_in_words(words, program, assigned.frequency)
        text = words("that_often", title=session_title(words, program, assigned.session), often=often)
        length = length_in_words(words, program, assigned.session, settings)
        minutes = words("minutes_each", minutes=length) if length else ""
        items.append(Item(", ".join(part for part in (text, minutes) if part) + "."))
    values = [
        words(
            "parameter",
            label=sentence(label_of(words, program, name)),
            value=_amount(words, program.parameters.get(name), value),
        )
        for name, value in phase.set.items()
    ]
    ranges = any(assigned.frequency.least != assigned.frequency.most for assigned in phase.do)
    then = title_of(phase.then) if phase.then else None
    return Section(
        _phase_heading(words, program, phase),
        (
            *_paragraph(*_days(words, program, phase, is_first=is_first)),
            *(_list(words("in_phase"), items) or _paragraph(words("nothing_done"))),
            *_paragraph(words("least_and_goal") if ranges else ""),
            *_list(words("phase_set"), [Item(value) for value in values]),
            *_paragraph(words("then", program=words.text(then) if then else phase.then) if phase.then else ""),
        ),
    )


def _phase_heading(words: Words, program: Program, phase: Phase) -> str:
    title = phase_titles(words, program)[phase.id]
    sessions = {session_title(words, program, each.id) for each in told_sessions(program)}
    return words("is_phase", title=title) if title in sessions else title


def _days(words: Words, program: Program, phase: Phase, *, is_first: bool) -> Iterator[str]:
    first = words("first_day" if is_first else "after_above")
    if phase.from_ is not None:
        first = day_in_words(words, phase.from_)
    if phase.to is None:
        yield words("from_above") if phase.from_ is None and not is_first else words("from_on", first=first)
    elif phase.from_ is not None:
        yield days_in_words(words, phase.from_, phase.to)
    else:
        yield words("from_until", first=first, last=day_in_words(words, phase.to))
    if phase.at_least_days:
        yield words("at_least_days", days=words.some(phase.at_least_days, "day"))
    if phase.until is not None:
        who = who_decides(words, phase.until_needs)
        yield words("until_rule", rule=rule_in_words(words, program, phase.until), who=who)
    elif phase.to is None:
        yield words("no_last_day")


# -- sessions ---------------------------------------------------------------------------------------------------------


def sessions(words: Words, program: Program) -> Section:
    told = tuple(_session(words, program, session) for session in told_sessions(program))
    return Section(words("sessions"), (), told)


def alternatives(words: Words, program: Program) -> Section:
    """The exercises that may take another's place, where no step is just like them."""
    done = [exercise for session in told_sessions(program) for exercise in exercises_of(session)]
    told: dict[str, Exercise] = {}
    waiting = list(done)
    while waiting:
        other = program.exercises.get(waiting.pop(0).swap or "")
        if other is not None and other.id not in told and other not in done:
            told[other.id] = other
            waiting.append(other)
    settings = [setting_in(program, phase) for phase in (*program.phases, None)]
    items = [step_in_words(words, program, each, settings) for each in told.values()]
    return Section(words("alternatives"), _list("", items))


def _session(words: Words, program: Program, session: Session) -> Section:
    settings = settings_of(program, session.id)
    length = length_in_words(words, program, session.id, settings)
    in_turn = [_turn(words, program, name) for name in session.alternate]
    gates = [each for each in exercises_of(session) if each.kind == "dilator"]
    gate = words("gate" if any(each.size is not None for each in gates) else "gate_unsized") if gates else ""
    counts = words("counts_when", share=words.share(session.counts_when)) if not session.alternate else ""
    return Section(
        session_title(words, program, session.id),
        (
            *_paragraph(words("takes", minutes=length) if length else ""),
            *_list(words("alternate"), in_turn),
            *_steps(words, program, session, settings),
            *_paragraph(gate),
            *_paragraph(counts, *_asked(words, program, session)),
            *_list(words("ease_when"), [_condition(words, program, each) for each in session.ease_when]),
            *_list(words("stop_when"), [_condition(words, program, each) for each in session.stop_when]),
            *_list(words("instead_when"), [_instead(words, program, each) for each in session.instead_when]),
            *_list(words("variants"), [_variant(words, program, session, each, settings) for each in session.variants]),
        ),
    )


def _turn(words: Words, program: Program, name: str) -> Item:
    """By its title and what is done in it, since such sessions often share their title."""
    title = session_title(words, program, name)
    other = program.sessions.get(name)
    steps = [words.text(step.exercise.title) for step in other.steps] if other else []
    return Item(_ended(f"{title}: {words.all_of(steps)}" if steps else title))


def _steps(words: Words, program: Program, session: Session, settings: Sequence[Settings]) -> Iterator[Block]:
    cues: set[tuple[str, str]] = set()
    for key, steps in (("warm_up", session.warm_up), ("steps", session.steps), ("finish", session.finish)):
        items = []
        for step in steps:
            exercise = step.exercise
            said = (exercise.id, words.text(exercise.cue) if exercise.cue else "")
            items.append(step_in_words(words, program, exercise, settings, with_cue=said not in cues))
            cues.add(said)  # the same words for the same exercise are read once
        yield from _list(words(key), items, numbered=True)


def _asked(words: Words, program: Program, session: Session) -> Iterator[str]:
    for key, scales in (("asked_before", session.ask_before), ("asked_after", session.ask_after)):
        if scales:
            asked = [scale_asked(words, program, scale) for scale in scales]
            yield words(key, questions=words.all_of(asked))


def _condition(words: Words, program: Program, condition: Condition) -> Item:
    return Item(_ended(sentence(condition_in_words(words, program, condition))))


def _instead(words: Words, program: Program, instead: Instead) -> Item:
    clauses = instead_in_words(words, program, instead)
    return Item(words("instead", clauses=clauses, session=session_title(words, program, instead.session)))


def _variant(words: Words, program: Program, session: Session, variant: Variant, settings: Sequence[Settings]) -> Item:
    counts = words("counts_full") if variant.counts >= 1 else words("counts_share", share=words.share(variant.counts))
    length = length_in_words(words, program, session.id, settings, variant)
    title = words.text(variant.title)
    if length:
        text = words("variant", title=title, minutes=length, counts=counts)
    else:
        text = words("variant_plain", title=title, counts=counts)
    notes = []
    if variant.leave_out:
        titles = [f"“{_exercise_title(words, program, session, name)}”" for name in variant.leave_out]
        notes.append(words("leaves_out", steps=words.all_of(titles)))
    if variant.scale < 1:
        notes.append(words("scaled", share=words.share(variant.scale)))
    if variant.steps is not None:
        notes.append(words("own_steps"))
        for step in variant.steps:
            item = step_in_words(words, program, step.exercise, settings)
            notes.append(" ".join(["–", item.text, *item.notes]))
    return Item(text, tuple(notes))


def _exercise_title(words: Words, program: Program, session: Session, name: str) -> str:
    own = next((step.exercise for step in steps_of(session) if step.exercise.id == name), program.exercises.get(name))
    return titled(words, own.title if own else None, name)


# -- ladders and parameters -------------------------------------------------------------------------------------------


def ladders(words: Words, program: Program) -> Section:
    return Section(words("ladders"), (), tuple(_ladder(words, program, each) for each in program.ladders.values()))


def _ladder(words: Words, program: Program, ladder: Ladder) -> Section:
    name = readable(ladder.id)
    heading = words("ladder", ladder=name)
    if ladder.kind is not None:
        heading = words("ladder_of", ladder=name, kind=words(ladder.kind))
    rungs = _list(words("rungs"), [Item(_rung(words, rung)) for rung in ladder.rungs or ()])
    up = [Item(_ended(sentence(rule_in_words(words, program, rule)))) for rule in ladder.up]
    down = [Item(_ended(sentence(rule_in_words(words, program, rule)))) for rule in ladder.down]
    titles = phase_titles(words, program)
    waits = [f"“{titles.get(name, readable(name))}”" for name in ladder.not_up_in]
    gap = ladder.after_gap
    return Section(
        heading,
        (
            *(rungs or _paragraph(words("own_set"))),
            *_paragraph(
                words("start_chosen" if ladder.chosen_at_assignment else "start_lowest"),
                words("stay", days=words.some(ladder.stay_at_least_days, "day")) if ladder.stay_at_least_days else "",
                words("locked") if ladder.locked else "",
            ),
            *_list(words("unlocked_when"), [Item(_ended(sentence(words.text(each)))) for each in ladder.unlocked_when]),
            *(_list(words("up"), up) or _paragraph(words("never_up"))),
            *_paragraph(
                words("up_needs", who=who_decides(words, ladder.up_needs)),
                words("not_up_in", phases=words.all_of(waits)) if waits else "",
                words("not_up_rising", scale=scale_in_words(words, program, ladder.not_up_while_rising))
                if ladder.not_up_while_rising
                else "",
            ),
            *_list(words("down"), down),
            *_paragraph(
                words("after_gap", days=words.some(gap.of_days, "day"), rungs=words.some(gap.down, "rung"))
                if gap
                else ""
            ),
        ),
    )


def _rung(words: Words, rung: Rung) -> str:
    values = [words.amount("size", rung.size_mm)] if rung.size_mm is not None else []
    for name, value in rung.values.items():
        shown = words.amount(rung.kinds.get(name, "count"), value)
        values.append(words("rung_value", name=words.rung_value(name), value=shown))
    return words("rung", rung=rung.id, values=", ".join(values)) if values else rung.id


def parameters(words: Words, program: Program) -> Section:
    items = [_parameter(words, program, parameter) for parameter in program.parameters.values()]
    return Section(words("parameters"), _list("", items))


def _parameter(words: Words, program: Program, parameter: Parameter) -> Item:
    least, most = (None if each is None else _amount(words, parameter, each) for each in _limits(parameter))
    notes = []
    if least is not None and most is not None:
        notes.append(words("between", least=least, most=most))
    elif least is not None:
        notes.append(words("not_less", least=least))
    elif most is not None:
        notes.append(words("not_more", most=most))
    for phase in program.phases:
        if parameter.id in phase.set:
            value = _amount(words, parameter, phase.set[parameter.id])
            notes.append(words("in_phases", phase=phase_titles(words, program)[phase.id], value=value))
    label = label_of(words, program, parameter.id)
    text = words("parameter", label=sentence(label), value=_amount(words, parameter, parameter.default))
    return Item(text, (" ".join(notes),) if notes else ())


def _limits(parameter: Parameter) -> tuple[int | float | None, int | float | None]:
    return parameter.minimum, parameter.maximum


def _amount(words: Words, parameter: Parameter | None, value: float) -> str:
    return words.number(value) if parameter is None else words.amount(parameter.type, value)


# -- what is asked, and what the therapist is told --------------------------------------------------------------------


def questions(words: Words, program: Program) -> Section:
    """What is asked in the told sessions, in the words of each moment, and every scale that the program declares."""
    asked: dict[str, None] = {}
    for session in told_sessions(program):
        for scale in session.ask_before:
            asked.update(_question(words, program.scales, scale, "before"))
        for scale in session.ask_after:
            asked.update(_question(words, program.scales, scale, "after"))
    for scale in program.scales:
        asked.update(_question(words, program.scales, scale, "after"))
    items = [Item(each) for each in asked]
    return Section(words("questions"), (*_list("", items), *_paragraph(words("may_skip") if items else "")))


def _question(words: Words, scales: Mapping[str, Scale], name: str, moment: Moment) -> dict[str, None]:
    if name not in scales and name not in BUILT_IN:
        return {}
    scale = scales.get(name) or built_in(name, moment)
    low, high = (words.text(each) if each else "" for each in (scale.low, scale.high))
    ends = "question_ends" if low and high else "question_low" if low else "question_high" if high else "question"
    told = words("question_yes_no" if scale.yes_no else ends, ask=words.text(scale.ask), low=low, high=high)
    return {told: None}


def safety(words: Words, program: Program) -> Section:
    items = [_safety(words, check) for check in program.safety_checks]
    return Section(words("safety"), _list("", items))


def _safety(words: Words, check: SafetyCheck) -> Item:
    days = words(
        "asked_from",
        often=every_so_many_days(words, check.every_days),
        first=day_in_words(words, check.from_),
        last=day_in_words(words, check.to),
    )
    return Item(words.text(check.ask), (days, words(check.urgency, say=words.text(check.say))))


def alerts(words: Words, program: Program) -> Section:
    items = [_alert(words, program, alert) for alert in program.alerts]
    return Section(words("alerts"), (*_list("", items), *_paragraph(words("only_for_her") if items else "")))


def _alert(words: Words, program: Program, alert: Alert) -> Item:
    if alert.on == "no_session":
        text = words("no_session", days=words.some(alert.value, "day"))
    elif alert.on == "comfort_down":
        checks = words("in_one_check") if alert.times == 1 else words("in_checks", number=alert.times)
        text = words("comfort_down", rungs=words.some(alert.value, "rung"), checks=checks)
    else:
        text = words(
            "rating" if alert.within_days is None else "rating_within",
            clauses=comparisons_in_words(words, program, alert.comparisons),
            times=words.times(alert.times, alert.times),
            days="" if alert.within_days is None else words.some(alert.within_days, "day"),
        )
    notes = (not_before_in_words(words, alert.not_before),) if alert.not_before else ()
    return Item(sentence(text), notes)


def _ended(text: str) -> str:
    """With a full stop, unless it has an end of its own."""
    return text if text.endswith((".", "!", "?", ".”", "!”", "?”")) else f"{text}."


# -- blocks -----------------------------------------------------------------------------------------------------------


def _paragraph(*sentences: str) -> tuple[Block, ...]:
    """The sentences that there are, as one paragraph; none: no block."""
    text = " ".join(each for each in sentences if each)
    return (Block(text),) if text else ()


def _list(heading: str, items: Sequence[Item], *, numbered: bool = False) -> tuple[Block, ...]:
    """The items under their heading; without items no block."""
    return (Block(heading, tuple(items), numbered),) if items else ()
