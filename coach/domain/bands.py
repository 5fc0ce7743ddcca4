"""Typical effect of an injection by days since it was given: a window to look at, never a computed effect.

The windows are a clinic's own data: what it starts with, and where that comes from, stands in
programs/clinic/defaults.yaml. The course is individual and differs by product.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from coach.domain.calendar import days_since

BandName = Literal["onset", "plateau", "waning", "worn_off"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BandRule:
    """Days since the injection, both inside; `to_day` None goes on. `product` None holds for every product."""

    name: BandName
    from_day: int
    to_day: int | None
    product: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BandSpan:
    """A band on the calendar, both days inside."""

    name: BandName
    first: date
    last: date


def rules_for(product: str | None, rules: Sequence[BandRule]) -> tuple[BandRule, ...]:
    """The clinic's rules for this product, else its rules for every product; none where it has neither."""
    own = tuple(rule for rule in rules if rule.product is not None and rule.product == product)
    return own or tuple(rule for rule in rules if rule.product is None)


def band_on(day: date, *, injected_on: date, rules: Sequence[BandRule]) -> BandName | None:
    """The band of a day; None on the day of the injection itself, before it, and between two windows."""
    since = days_since(injected_on, day)
    for rule in rules:
        if rule.from_day <= since and (rule.to_day is None or since <= rule.to_day):
            return rule.name
    return None


def band_spans(
    injections: Iterable[tuple[date, str | None]], *, first: date, last: date, rules: Sequence[BandRule]
) -> tuple[BandSpan, ...]:
    """The bands between two days, for (day given, product) of each injection that was given.

    A further injection begins its own bands and ends those of the one before on the day before it.
    """
    given = sorted(injections, key=lambda injection: injection[0])
    spans: list[BandSpan] = []
    for position, (on, product) in enumerate(given):
        ends = given[position + 1][0] - timedelta(days=1) if position + 1 < len(given) else last
        for rule in rules_for(product, rules):
            begins = max(first, on + timedelta(days=rule.from_day))
            until = min(last, ends, on + timedelta(days=rule.to_day) if rule.to_day is not None else last)
            if begins <= until:
                spans.append(BandSpan(name=rule.name, first=begins, last=until))
    return tuple(spans)
