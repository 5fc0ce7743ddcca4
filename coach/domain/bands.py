"""Effect of an injection by days since it was given: what is typical, and what was observed of this one.

The typical bands are a clinic's own data: what it starts with, and where that comes from, stands in
programs/clinic/defaults.yaml. The course is individual and differs by product: nothing here is computed from a dose,
and what is typical stays to be read beside what was observed.

What was observed moves edges, and nothing else; only an edge on a day that was observed is called observed:

- The day of the first effect begins the onset, and no other band. Typical days before it are in no band. Where the
  typical onset has passed by then, the onset lasts as long as it typically does, and what is typical after it follows.
- The day of the peak is a mark. It moves no edge.
- The day on which it began to wear off begins the waning: what is typical before it reaches up to the day before. The
  waning then lasts as long as it typically does, unless the next day was observed as well.
- The day on which it had worn off begins the last band: what was there before it reaches up to the day before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal
from uuid import UUID

from coach.domain.calendar import days_since
from coach.domain.course import InjectionFacts

BandName = Literal["onset", "plateau", "waning", "worn_off"]
Edge = Literal["typical", "observed"]
ObservedKind = Literal["first_effect", "peak", "wearing_off", "worn_off"]

BANDS: tuple[BandName, ...] = ("onset", "plateau", "waning", "worn_off")
OBSERVED: tuple[ObservedKind, ...] = ("first_effect", "peak", "wearing_off", "worn_off")  # in the order they come in


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRule:
    """Days since the injection, both inside; `to_day` None goes on. `injection_id`: of that injection alone; else of
    `product`, and where that is None too of every one."""

    name: BandName
    from_day: int
    to_day: int | None
    product: str | None = None
    injection_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Begins:
    """Four bands by the days since the injection on which they begin: each ends on the day before the next one, so that
    there can be neither a gap nor an overlap, and the last one goes on."""

    onset: int
    plateau: int
    waning: int
    worn_off: int

    def rules(self, *, product: str | None = None, injection_id: UUID | None = None) -> tuple[BandRule, ...]:
        begins = [getattr(self, name) for name in BANDS]
        ends = [*(day - 1 for day in begins[1:]), None]
        return tuple(
            BandRule(name=name, from_day=first, to_day=last, product=product, injection_id=injection_id)
            for name, first, last in zip(BANDS, begins, ends, strict=True)
        )

    def unordered(self) -> tuple[BandName, BandName] | None:
        """The first pair of neighbours of which the second does not begin after the first."""
        for before, after in pairwise(BANDS):
            if getattr(self, after) <= getattr(self, before):
                return before, after
        return None


def begins_of(rules: Iterable[BandRule]) -> Begins | None:
    """None where these are not the four bands, or leave days out between them."""
    by_name = {rule.name: rule for rule in rules}
    if len(by_name) < len(BANDS):
        return None
    found = Begins(**{name: by_name[name].from_day for name in BANDS})
    is_whole = all(each.to_day == by_name[each.name].to_day for each in found.rules())
    return found if is_whole and found.unordered() is None else None


@dataclass(frozen=True, slots=True)
class Observed:
    """What was observed of an injection's effect, on which day."""

    injection_id: UUID
    kind: ObservedKind
    on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One injection that was given, with the bands that hold for it and what was observed."""

    injection_id: UUID
    on: date
    rules: tuple[BandRule, ...]
    observed: tuple[Observed, ...] = ()

    def day_of(self, kind: ObservedKind) -> int | None:
        """Days since the injection; None where nothing of that kind was observed."""
        return next((days_since(self.on, each.on) for each in self.observed if each.kind == kind), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class BandDays:
    """A band by days since the injection, both inside, and where each edge comes from."""

    name: BandName
    from_day: int
    to_day: int | None
    begins: Edge = "typical"
    ends: Edge = "typical"


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSpan:
    """A band on the calendar, both days inside, and where each edge comes from."""

    name: BandName
    first: date
    last: date
    begins: Edge = "typical"
    ends: Edge = "typical"


@dataclass(frozen=True, slots=True)
class Pin:
    """Something observed, on the calendar; `day` counts from its injection."""

    kind: ObservedKind
    on: date
    day: int


@dataclass(frozen=True, slots=True)
class BandOn:
    """The band of a day; `edge` says whether it is typical for the day, or follows from what was observed."""

    name: BandName
    edge: Edge


def rules_for(injection: InjectionFacts, rules: Sequence[BandRule]) -> tuple[BandRule, ...]:
    """The injection's own rules, else the clinic's for its product, else the clinic's for every product; none where
    there are none of these. Capitals make no other product."""
    for its_own in (
        [rule for rule in rules if rule.injection_id == injection.id],
        [rule for rule in rules if rule.injection_id is None and _is_of(rule, injection.product)],
    ):
        if its_own:
            return tuple(its_own)
    return tuple(rule for rule in rules if rule.injection_id is None and rule.product is None)


def effects_of(
    injections: Iterable[InjectionFacts], *, rules: Sequence[BandRule], observed: Iterable[Observed] = ()
) -> tuple[Effect, ...]:
    """Those that were given, in order. What was noted for a day before the injection, or from the next one on, says
    nothing about this one and is left out: a chart may have been corrected since."""
    given = sorted((each for each in injections if each.given and not each.cancelled), key=lambda each: each.on)
    noted = list(observed)
    effects = []
    for position, each in enumerate(given):
        until = given[position + 1].on if position + 1 < len(given) else date.max
        own = [one for one in noted if one.injection_id == each.id and each.on <= one.on < until]
        own.sort(key=lambda one: OBSERVED.index(one.kind))
        effects.append(Effect(injection_id=each.id, on=each.on, rules=rules_for(each, rules), observed=tuple(own)))
    return tuple(effects)


def typical_days(effect: Effect) -> tuple[BandDays, ...]:
    """As they hold for it, whatever was observed."""
    return tuple(
        BandDays(name=rule.name, from_day=rule.from_day, to_day=rule.to_day)
        for rule in sorted(effect.rules, key=lambda rule: rule.from_day)
    )


def seen_days(effect: Effect) -> tuple[BandDays, ...]:
    """The bands with the edges that were observed, by the rule at the head of this module; no day is in two."""
    typical = typical_days(effect)
    found: Sequence[BandDays] = typical
    first, wearing, worn = (effect.day_of(kind) for kind in ("first_effect", "wearing_off", "worn_off"))
    if wearing is not None:
        found = _waning_from(found, wearing)
    if worn is not None:
        found = _worn_off_from(found, worn)
    if first is not None:
        found = _onset_from(found, first, typical=typical)
    return tuple(found)


def band_on(day: date, effect: Effect) -> BandOn | None:
    """The band of a day; None on the day of the injection itself, before it, and between two bands."""
    since = days_since(effect.on, day)
    typical = _band_days_on(since, typical_days(effect))
    found = _band_days_on(since, seen_days(effect))
    if found is None:
        return None
    is_seen = "observed" in (found.begins, found.ends) and (typical is None or typical.name != found.name)
    return BandOn(found.name, "observed" if is_seen else "typical")


def band_spans(
    effects: Sequence[Effect], *, first: date, last: date, as_observed: bool = False
) -> tuple[BandSpan, ...]:
    """The typical bands between two days; `as_observed`: with the edges that were, of injections of which anything was.

    A further injection begins its own bands and ends those of the one before on the day before it.
    """
    spans: list[BandSpan] = []
    for position, effect in enumerate(effects):
        if as_observed and not effect.observed:
            continue
        ends = effects[position + 1].on - timedelta(days=1) if position + 1 < len(effects) else last
        for band in seen_days(effect) if as_observed else typical_days(effect):
            begins = max(first, effect.on + timedelta(days=band.from_day))
            its_last = effect.on + timedelta(days=band.to_day) if band.to_day is not None else None
            until = min(last, ends) if its_last is None else min(last, ends, its_last)
            if begins <= until:
                spans.append(
                    BandSpan(
                        name=band.name,
                        first=begins,
                        last=until,
                        begins=band.begins,
                        ends=band.ends if until == its_last else "typical",
                    )
                )
    return tuple(spans)


def pins_of(effects: Iterable[Effect], *, first: date, last: date) -> tuple[Pin, ...]:
    """What was observed between two days, in order."""
    pins = [
        Pin(each.kind, each.on, days_since(effect.on, each.on))
        for effect in effects
        for each in effect.observed
        if first <= each.on <= last
    ]
    return tuple(sorted(pins, key=lambda pin: (pin.on, OBSERVED.index(pin.kind))))


def _is_of(rule: BandRule, product: str | None) -> bool:
    return rule.product is not None and product is not None and rule.product.casefold() == product.casefold()


def _band_days_on(day: int, bands: Iterable[BandDays]) -> BandDays | None:
    return next((each for each in bands if each.from_day <= day and (each.to_day is None or day <= each.to_day)), None)


def _named(name: BandName, bands: Iterable[BandDays]) -> BandDays | None:
    return next((each for each in bands if each.name == name), None)


def _up_to(day: int, bands: Iterable[BandDays]) -> list[BandDays]:
    """Those that begin before `day`, the last of them up to the day before it."""
    found = [each for each in bands if each.from_day < day]
    return [*found[:-1], replace(found[-1], to_day=day - 1, ends="observed")] if found else []


def _waning_from(typical: Sequence[BandDays], day: int) -> list[BandDays]:
    """The waning and what comes after it keep their lengths and move along with the day on which it began."""
    waning = _named("waning", typical)
    if waning is None:
        return list(typical)
    moved = [
        replace(
            each,
            from_day=each.from_day + day - waning.from_day,
            to_day=None if each.to_day is None else each.to_day + day - waning.from_day,
        )
        for each in typical
        if each.from_day > waning.from_day
    ]
    began = replace(waning, from_day=day, to_day=_length_from(day, waning), begins="observed")
    return [*_up_to(day, (each for each in typical if each.from_day < waning.from_day)), began, *moved]


def _worn_off_from(found: Sequence[BandDays], day: int) -> list[BandDays]:
    """What comes before it, whether typical or observed, reaches up to the day before."""
    worn = _named("worn_off", found)
    if worn is None:
        return list(found)
    before = _up_to(day, (each for each in found if each.name != "worn_off"))
    return [*before, replace(worn, from_day=day, to_day=None, begins="observed")]


def _onset_from(found: Sequence[BandDays], day: int, *, typical: Sequence[BandDays]) -> list[BandDays]:
    """Nothing before `day`, an onset from it, and after that what is found; the next observed edge ends the onset."""
    onset = _named("onset", typical)
    if onset is None:
        return list(found)
    edge = min((each.from_day for each in found if each.begins == "observed"), default=None)
    if edge is not None and day >= edge:
        return [each for each in found if each.from_day >= edge]
    last = onset.to_day if day <= _end(onset) else _length_from(day, onset)
    ends: Edge = "typical"
    if edge is not None and (last is None or edge - 1 <= last):
        last, ends = edge - 1, "observed"
    began = BandDays(name="onset", from_day=day, to_day=last, begins="observed", ends=ends)
    if last is None:
        return [began]
    left = [each for each in found if each.name != "onset" and _end(each) > last]
    return [began, *(replace(each, from_day=max(each.from_day, last + 1)) for each in left)]


def _length_from(day: int, band: BandDays) -> int | None:
    """The last day of a band that begins on `day` and is as long as this one; None where that goes on."""
    return None if band.to_day is None else day + band.to_day - band.from_day


def _end(band: BandDays) -> int:
    return 10**6 if band.to_day is None else band.to_day
