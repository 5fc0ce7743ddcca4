"""Days, frequencies, comparisons and rules in words."""

from __future__ import annotations

from collections.abc import Iterable

from coach.domain.program import (
    After,
    Comparison,
    Condition,
    DayAnchor,
    Frequency,
    Instead,
    Program,
    Reference,
    Rule,
    Text,
)
from coach.domain.questions import BUILT_IN
from coach.language.explaining.phrases import Words
from coach.language.explaining.values import values_of

_EVERY = {1: "every_day", 2: "every_second", 3: "every_third"}
_WHO = {"therapist": "by_therapist", "patient": "by_patient", "automatic": "by_itself"}


def day_in_words(words: Words, anchor: DayAnchor) -> str:
    """`the day of the injection`, `2 weeks before the injection`, `day 22`."""
    days = anchor.days
    if anchor.on == "start":
        if days < 0:
            return words("before_first_day", time=words.time_of_days(-days))
        return words("day_number", number=days + 1) if days else words("first_day")
    if not days:
        return words(f"{anchor.on}_day")
    side = "before" if days < 0 else "after"
    if abs(days) == 1:
        return words(f"day_{side}_{anchor.on}")
    return words(f"{side}_{anchor.on}", time=words.time_of_days(abs(days)))


def days_in_words(words: Words, first: DayAnchor, last: DayAnchor) -> str:
    """`From the first day until day 21.`, `From 8 to 28 days after the injection.`"""
    if first == last:
        return words("only_on", first=day_in_words(words, first))
    if first.on == last.on == "injection" and min(first.days, last.days) > 1:
        even = not first.days % 7 and not last.days % 7
        if even and min(first.days, last.days) >= 14:
            return words("span_injection", least=first.days // 7, most=words.some(last.days // 7, "week"))
        return words("span_injection", least=first.days, most=words.some(last.days, "day"))
    return words("from_until", first=day_in_words(words, first), last=day_in_words(words, last))


def often_in_words(words: Words, program: Program, frequency: Frequency) -> str:
    """`once or twice a day`, `twice a day on Mondays and Fridays`, `every second day`."""
    least, most = frequency.least, frequency.most
    values = [value for each in (least, most) for value in values_of(program, each, [{}])]
    if not values:
        times = words("times", number=f"{reference_as_written(least)}-{reference_as_written(most)}")
    else:
        times = words.times(int(min(values)), int(max(values)))
    if frequency.per == "week":
        often = words("a_week", times=times)
    elif frequency.per == "every":
        often = every_so_many_days(words, frequency.every_days)
        if values != [1, 1]:
            often = words("times_on", times=times, often=often)
    else:
        often = words("a_day", times=times)
        if frequency.weekdays is not None:
            often = words("on_weekdays", often=often, days=words.weekdays(frequency.weekdays))
        if frequency.any_days is not None:
            often = words("any_day" if frequency.any_days == 1 else "any_days", often=often, days=frequency.any_days)
    for reference in dict.fromkeys(each for each in (least, most) if isinstance(each, Reference)):
        often = said_by(words, program, reference, often)
    return often


def every_so_many_days(words: Words, days: int) -> str:
    """`every day`, `every second day`, `every 5 days`."""
    return words(_EVERY.get(days, "every_days"), days=days)


def said_by(words: Words, program: Program, reference: Reference, often: str) -> str:
    if reference.name in program.parameters:
        return words("by_parameter", often=often, parameter=label_of(words, program, reference.name))
    return words("by_rung", often=often, ladder=readable(reference.name))


def label_of(words: Words, program: Program, parameter: str) -> str:
    """The parameter as its author labels it, or by its name."""
    label = program.parameters[parameter].label if parameter in program.parameters else None
    return words.text(label) if label else readable(parameter)


def readable(name: str) -> str:
    """A name in the program as a word: `pelvic_floor` is `pelvic floor`."""
    return name.replace("_", " ")


def reference_as_written(value: object) -> str:
    if not isinstance(value, Reference):
        return str(value)
    return f"${value.name}" + (f".{value.field}" if value.field else "")


def scale_in_words(words: Words, program: Program, scale: str) -> str:
    """`pain`, `anxiety`, or the answer to the question that the program asks on it."""
    own = program.scales.get(scale)
    if own is not None:
        return words("answer_to", ask=words.text(own.ask))
    return words(scale) if scale in BUILT_IN else readable(scale)


def scale_asked(words: Words, program: Program, scale: str) -> str:
    """As what is asked: `pain`, or the program's own question."""
    own = program.scales.get(scale)
    return words("asked", ask=words.text(own.ask)) if own is not None else scale_in_words(words, program, scale)


def titled(words: Words, title: Text | None, name: str) -> str:
    return words.text(title) if title else readable(name)


def session_title(words: Words, program: Program, session: str) -> str:
    found = program.sessions.get(session)
    return titled(words, found.title if found else None, session)


def condition_in_words(words: Words, program: Program, condition: Condition) -> str:
    """`pain is 4 or more, and still so after 30 s`."""
    clauses = words.all_of(_compared(words, program, condition.all_of, "is"))
    if not condition.still_after_ms:
        return clauses
    return words("still_after", clauses=clauses, time=words.duration(condition.still_after_ms))


def comparisons_in_words(words: Words, program: Program, comparisons: Iterable[Comparison]) -> str:
    return words.all_of(_compared(words, program, comparisons, "is"))


def rule_in_words(words: Words, program: Program, rule: Rule) -> str:
    """`when in 3 of the last 4 sessions every step was done in full and pain was 2 or less`."""
    clauses = []
    if rule.completed is not None:
        share = words.share(rule.completed)
        clauses.append(words("done_whole") if rule.completed >= 1 else words("done_share", share=share))
    if rule.stayed_at_opening is not None:
        clauses.append(words("at_opening" if rule.stayed_at_opening else "not_at_opening"))
    clauses += _compared(words, program, rule.all_of, "was")
    sessions = _sessions(words, rule.after)
    if not clauses:
        return words("when_done", sessions=sessions)
    return words("when_in", sessions=sessions, clauses=words.all_of(clauses))


def instead_in_words(words: Words, program: Program, instead: Instead) -> str:
    scale = scale_in_words(words, program, instead.scale)
    if isinstance(instead.answer, bool):
        return words("answer_yes" if instead.answer else "answer_no", scale=scale)
    return words("answer_number", scale=scale, number=instead.answer)


def who_decides(words: Words, who: str) -> str:
    return words(_WHO[who])


def _sessions(words: Words, after: After) -> str:
    if after.need == after.of:
        return words("one_session") if after.of == 1 else words("sessions_in_a_row", number=after.of)
    return words("of_sessions", need=after.need, of=after.of)


def _compared(words: Words, program: Program, comparisons: Iterable[Comparison], tense: str) -> list[str]:
    return [
        words(f"{tense}_{each.test}", scale=scale_in_words(words, program, each.scale), value=each.value)
        for each in comparisons
    ]
