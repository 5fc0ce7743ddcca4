"""The effect of a change on one patient's plan, in words: a sentence and a small table, before it applies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_skeleton
from flask_babel import format_date, get_locale, gettext

from coach.domain.effect import Days, Effect, LadderEffect, Number
from coach.domain.moving import Gone
from coach.domain.program import Rung
from coach.web.therapist import phrases
from coach.web.therapist.phrases import said


@dataclass(frozen=True, slots=True)
class EffectRow:
    """One thing that differs: what it is, how it stands and how it would be."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EffectGroup:
    title: str
    rows: tuple[EffectRow, ...]


@dataclass(frozen=True, slots=True)
class EffectWords:
    """`token` stands for what was seen: what is sent with it applies if it is still this. `notes`: what a table cannot
    say."""

    token: str
    summary: str
    groups: tuple[EffectGroup, ...]
    notes: tuple[str, ...]
    is_empty: bool


class NotSeen(Exception):
    """A change would do something to her plan that the therapist has not looked at: nothing is written."""

    def __init__(self, effect: Effect) -> None:
        super().__init__()
        self.effect = effect


def look_first(effect: Effect, *, seen: str, gone: Sequence[Gone] = ()) -> None:
    """Raises NotSeen within the unit of work that made the change, unless `seen` is the token of just this effect."""
    if seen != token_of(effect, gone):
        raise NotSeen(effect)


def token_of(effect: Effect, gone: Sequence[Gone] = ()) -> str:
    """The same for the same effect; empty where there is nothing to see."""
    if effect.is_empty and not gone:
        return ""
    return hashlib.sha256(repr((effect, gone)).encode()).hexdigest()[:20]


def in_words(effect: Effect, *, today: date, gone: Sequence[Gone] = ()) -> EffectWords:
    """`today` is the patient's day."""
    groups = [
        EffectGroup(gettext("Phases"), tuple(_phases(effect, today))),
        EffectGroup(gettext("Sessions a week"), tuple(_sessions(effect))),
        EffectGroup(gettext("Held back"), tuple(_held(effect, today))),
        EffectGroup(gettext("Rungs"), tuple(_ladders(effect, today))),
        EffectGroup(gettext("Values"), tuple(_values(effect))),
    ]
    return EffectWords(
        token=token_of(effect, gone),
        summary=_summary(effect, today),
        groups=tuple(group for group in groups if group.rows),
        notes=tuple(_notes(effect, gone)),
        is_empty=effect.is_empty and not gone,
    )


def day_words(day: date) -> str:
    """Day and month: `Mar 29`."""
    return str(format_skeleton("MMMd", day, locale=get_locale()))


def rung_words(rung: Rung) -> str:
    """`22 mm`, or the author's name of the rung."""
    return rung.id if rung.size_mm is None else gettext("%(size)s mm", size=phrases.number(rung.size_mm))


def _summary(effect: Effect, today: date) -> str:
    if effect.first_on is None:
        return gettext("Nothing in her days changes.")
    if effect.first_on == today:
        return gettext("Her plan changes from today on. Days before it stay as they were.")
    return gettext(
        "Her plan changes from %(day)s on. Days before it stay as they were.",
        day=format_date(effect.first_on, "long", rebase=False),
    )


def _phases(effect: Effect, today: date) -> Iterator[EffectRow]:
    for each in effect.phases:
        yield EffectRow(said(each.title), _days(each.before, today), _days(each.after, today))


def _sessions(effect: Effect) -> Iterator[EffectRow]:
    for each in effect.sessions:
        what = gettext(
            "%(title)s, %(first)s – %(last)s",
            title=said(each.title),
            first=day_words(each.first),
            last=day_words(each.last),
        )
        yield EffectRow(what, _number(each.before), _number(each.after))


def _held(effect: Effect, today: date) -> Iterator[EffectRow]:
    for each in effect.held:
        yield EffectRow(said(each.title), _days(each.before, today), _days(each.after, today))


def _ladders(effect: Effect, today: date) -> Iterator[EffectRow]:
    for each in effect.ladders:
        if each.before == each.after and not (each.is_new or each.is_gone):
            continue
        what = each.ladder
        if each.from_on > today:
            what = gettext("%(ladder)s, from %(day)s", ladder=each.ladder, day=day_words(each.from_on))
        yield EffectRow(what, _rung(each.before, each), _rung(each.after, each))


def _rung(rung: Rung | None, ladder: LadderEffect) -> str:
    if rung is None:
        return "–"
    if ladder.before is not None and ladder.after is not None and ladder.before.id == ladder.after.id:
        kinds = [f"{name} {_amount(rung, name)}" for name in rung.values]
        return ", ".join([rung_words(rung), *kinds])
    return rung_words(rung)


def _amount(rung: Rung, name: str) -> str:
    value = rung.values[name]
    return phrases.length(value) if rung.kinds.get(name) == "duration" else phrases.number(value)


def _values(effect: Effect) -> Iterator[EffectRow]:
    for each in effect.parameters:
        label = said(each.parameter.label) if each.parameter.label else each.parameter.id
        before, after = (
            "–" if value is None else phrases.value(each.parameter, value) for value in (each.before, each.after)
        )
        yield EffectRow(label, before, after)


def _notes(effect: Effect, gone: Iterable[Gone]) -> Iterator[str]:
    if effect.contents:
        names = ", ".join(f"“{said(title)}”" for title in effect.contents)
        yield gettext("Done otherwise than before: %(sessions)s.", sessions=names)
    for each in effect.ladders:
        if each.new and not each.is_new:
            names = ", ".join(rung_words(rung) for rung in each.new)
            yield gettext("New rungs of “%(ladder)s”: %(rungs)s.", ladder=each.ladder, rungs=names)
    yield from (_gone(each) for each in gone)


def _gone(gone: Gone) -> str:
    name = said(gone.name)
    match gone.what:
        case "rung" if gone.larger is not None and gone.instead is not None:
            return gettext(
                "“%(rung)s” is larger there: %(larger)s. She goes on no further than %(instead)s, the nearest that is "
                "not larger.",
                rung=name,
                larger=rung_words(gone.larger),
                instead=rung_words(gone.instead),
            )
        case "rung" if gone.larger is not None:
            return gettext(
                "“%(rung)s” is larger there: %(larger)s, and all others are larger too: the ladder is locked until you "
                "place her.",
                rung=name,
                larger=rung_words(gone.larger),
            )
        case "rung" if gone.hers and gone.instead is not None:
            return gettext(
                "Her rung “%(rung)s” is gone. She goes on at %(instead)s, the nearest that is not larger.",
                rung=name,
                instead=rung_words(gone.instead),
            )
        case "rung" if gone.hers:
            return gettext(
                "Her rung “%(rung)s” is gone and all others are larger: the ladder is locked until you place her.",
                rung=name,
            )
        case "rung":
            return gettext("The rung “%(rung)s” is gone.", rung=name)
        case "ladder":
            return gettext("The ladder “%(ladder)s” is gone.", ladder=name)
        case "session":
            return gettext("The session “%(session)s” is gone. What she did of it stays on her record.", session=name)
        case "phase" if gone.hers:
            return gettext("The phase she is in, “%(phase)s”, is gone.", phase=name)
        case "phase":
            return gettext("The phase “%(phase)s” is gone.", phase=name)
        case "parameter" if gone.hers:
            return gettext("“%(value)s”, which was set for her, is gone.", value=name)
        case "parameter":
            return gettext("“%(value)s” cannot be set any more.", value=name)


def _number(number: Number | None) -> str:
    if number is None:
        return "0"
    least, most = number
    return str(least) if least == most else f"{least}–{most}"


def _days(days: Days | None, today: date) -> str:
    if days is None:
        return "–"
    if days.last is not None:
        if days.first == today:
            return gettext("until %(day)s", day=day_words(days.last))
        if days.first == days.last:
            return day_words(days.first)
        return f"{day_words(days.first)} – {day_words(days.last)}"
    begins = gettext("now") if days.first == today else gettext("from %(day)s", day=day_words(days.first))
    if days.waits_for == "insertion":
        return gettext("%(begins)s, until insertion is charted", begins=begins)
    if days.waits_for == "injection":
        return gettext("%(begins)s, until an injection is charted", begins=begins)
    return gettext("%(begins)s, no end", begins=begins)
