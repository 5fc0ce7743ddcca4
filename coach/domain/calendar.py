"""The patient's own calendar: which day an instant falls on for her, and how days are counted between two."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo


def local_day(instant: datetime, *, zone: str) -> date:
    """The calendar day on which an aware instant falls in an IANA zone. ValueError for a naive instant."""
    if instant.tzinfo is None:
        raise ValueError("an instant must be aware: give it a time zone")
    return instant.astimezone(ZoneInfo(zone)).date()


@lru_cache(maxsize=1024)
def week_of(day: date) -> date:
    """The Monday of the week in which the day lies: a patient's week runs from Monday to Sunday."""
    return date.fromordinal(day.toordinal() - day.weekday())


def days_since(anchor: date, day: date) -> int:
    """0 on the anchor itself, 1 on the day after, negative before. Calendar days, so DST nights count as one."""
    return (day - anchor).days


def days_from(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both inside; none where last lies before first."""
    return map(date.fromordinal, range(first.toordinal(), last.toordinal() + 1))
