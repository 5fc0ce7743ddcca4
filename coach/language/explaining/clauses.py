"""Days, frequencies, comparisons and rules in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from coach.domain.program import (
    After,
    Comparison,
    Condition,
    CountValue,
    DayAnchor,
    Frequency,
    Instead,
    Program,
    Reference,
    Rule,
    Text,
    Variant,
)
from coach.domain.questions import BUILT_IN
from coach.language import notation
from coach.language.explaining.phrases import Words, whole_minutes
from coach.language.explaining.values import Settings, lengths, lengths_by_rung, told_sessions, values_of
from coach.language.titles import told_apart

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


def not_before_in_words(words: Words, anchor: DayAnchor) -> str:
    """`Not before 6 weeks after the injection.`"""
    if anchor.on != "start" and abs(anchor.days) > 1:
        side = "before" if anchor.days < 0 else "after"
        return words(f"not_before_{side}_{anchor.on}", time=words.time_of_days(abs(anchor.days)))
    return words("not_before", day=day_in_words(words, anchor)).replace(" de el ", " del ")


def often_in_words(words: Words, program: Program, frequency: Frequency) -> str:
    """`once or twice a day`, `twice a day on Mondays and Fridays`, `every second day`; where a ladder says it, `twice a
    day on l1 to l3, 3 times on l4`."""
    least, most = frequency.least, frequency.most
    by_rung = _by_rung(program, least, most)
    values = [value for each in (least, most) for value in values_of(program, each, [{}])]
    if len(by_rung) > 1:
        parts = [
            words("on_rungs", often=often, rungs=rungs)
            for often, rungs in _told_by_rung(words, program, frequency, by_rung)
        ]
        often = ", ".join(parts)
    elif not values:
        often = _each(words, frequency, words("times", number=f"{notation.count(least)}-{notation.count(most)}"))
    else:
        often = _each(words, frequency, words.times(int(min(values)), int(max(values))))
    rest = f"{often}," if len(by_rung) > 1 else often
    if frequency.per == "week":
        often = words("days_that_suit", often=often)
    elif frequency.per == "every":
        days = every_so_many_days(words, frequency.every_days)
        often = days if values == [1, 1] else words("times_on", times=often, often=days)
    elif frequency.weekdays is not None:
        often = words("on_weekdays", often=rest, days=words.weekdays(frequency.weekdays))
    elif frequency.any_days is not None:
        often = words("any_day" if frequency.any_days == 1 else "any_days", often=rest, days=frequency.any_days)
    if not by_rung:
        for reference in dict.fromkeys(each for each in (least, most) if isinstance(each, Reference)):
            often = said_by(words, program, reference, often)
    return often


def _each(words: Words, frequency: Frequency, times: str) -> str:
    return times if frequency.per == "every" else words(f"a_{frequency.per}", times=times)


def _by_rung(program: Program, least: CountValue, most: CountValue) -> list[tuple[tuple[int, int], list[str]]]:
    """The least and the most on rungs next to each other; empty where it is not one ladder that says it."""
    names = {each.name for each in (least, most) if isinstance(each, Reference)}
    ladder = program.ladders.get(next(iter(names))) if len(names) == 1 else None
    found: list[tuple[tuple[int, int], list[str]]] = []
    for rung in (ladder.rungs or ()) if ladder else ():
        values = [
            each if not isinstance(each, Reference) else rung.values.get(each.field or "") for each in (least, most)
        ]
        if any(value is None for value in values):
            return []
        span = (int(values[0] or 0), int(values[1] or 0))
        if found and found[-1][0] == span:
            found[-1][1].append(rung.id)
        else:
            found.append((span, [rung.id]))
    return found


def _told_by_rung(
    words: Words, program: Program, frequency: Frequency, by_rung: Sequence[tuple[tuple[int, int], list[str]]]
) -> Iterator[tuple[str, str]]:
    """How often, and on which rungs; the first says what it is counted by, and whose rungs they are."""
    listed = [ladder for ladder in program.ladders.values() if ladder.rungs]
    for number, (span, rungs) in enumerate(by_rung):
        times = words.times(*span)
        named = words.between(rungs[0], rungs[-1])
        if not number and len(listed) > 1:
            reference = next(each for each in (frequency.least, frequency.most) if isinstance(each, Reference))
            named = words("rungs_of", rungs=named, ladder=readable(reference.name))
        yield (times if number else _each(words, frequency, times)), named


def length_in_words(
    words: Words, program: Program, session: str, settings: Sequence[Settings], variant: Variant | None = None
) -> str:
    """`about 12 minutes`, `about 10 to 25 minutes`; where the rung alone says it `about 6 minutes on l1 to 10 on l3`.
    Empty where the session cannot be made."""
    length = lengths(program, session, settings, variant)
    if length is None:
        return ""
    by_rung = {
        rung: whole_minutes(*each) for rung, each in lengths_by_rung(program, session, settings, variant).items()
    }
    first, last = min(by_rung, key=by_rung.__getitem__, default=""), max(by_rung, key=by_rung.__getitem__, default="")
    if by_rung and by_rung[first] != by_rung[last] and all(least == most for least, most in by_rung.values()):
        least, most = by_rung[first][0], by_rung[last][0]
        return words(
            "minutes_by_rung", least=words.some(least, "minute"), first=first, most=words.number(most), last=last
        )
    return words.minutes(*length)


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
    """Its title, with its id where another session that is told of has the same."""
    found = program.sessions.get(session)
    if found is None:
        return readable(session)
    told = {each.id: each.title for each in (*told_sessions(program), found)}
    return told_apart(told.items(), words.text)[found.id]


def phase_titles(words: Words, program: Program) -> dict[str, str]:
    """Id -> title, with the id where another phase has the same."""
    return told_apart(((phase.id, phase.title) for phase in program.phases), words.text)


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
