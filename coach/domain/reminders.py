"""When a reminder is due and until when it may go out: wall-clock times on calendar days, over both clock changes.

A reminder is a patient, her calendar day and a slot. Its instant is worked out from these and may be worked out again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

# How late a reminder may still go out: later than this it no longer helps with the time that she chose.
LATENESS = timedelta(hours=3)

_MINUTE = timedelta(minutes=1)
_LONGEST_GAP = timedelta(hours=26)  # a zone that crosses the date line skips a whole day


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Wall-clock hours without messages, `start` inside and `end` outside; may wrap midnight. Equal ends mean none."""

    start: time
    end: time

    def __contains__(self, wall: time) -> bool:
        if self.start <= self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end


def resolve(day: date, wall: time, zone: tzinfo) -> datetime | None:
    """The UTC instant of a wall-clock time on a calendar day in a zone; None on a day that the zone skips.

    A time that comes twice is its first. A time that a clock change leaves out is moved on by as much as the clock was
    (02:30 becomes 03:30, RFC 5545 3.3.5), but never onto the next day: then it is the last whole minute before the gap.
    """
    instant = datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).date() == day:
        return instant
    earliest = instant - _LONGEST_GAP
    instant = instant.replace(second=0, microsecond=0)
    while instant > earliest:
        if instant.astimezone(zone).date() <= day:
            return instant if instant.astimezone(zone).date() == day else None
        instant -= _MINUTE
    return None


def day_of(instant: datetime, zone: tzinfo) -> date:
    """The calendar day of an instant in a zone."""
    return instant.astimezone(zone).date()


def is_quiet(instant: datetime, *, quiet: QuietHours, zone: tzinfo) -> bool:
    return instant.astimezone(zone).time() in quiet


def expiry(due_at: datetime, *, next_due_at: datetime | None, quiet: QuietHours, zone: tzinfo) -> datetime:
    """The instant from which a reminder is too late: three hours on, the next slot, the start of quiet hours or the
    end of her day, whichever is first. Always after `due_at`."""
    day = day_of(due_at, zone)
    ends = [due_at + LATENESS, _first_instant_after(day, due_at, zone)]
    if next_due_at is not None:
        ends.append(next_due_at)
    if quiet.start != quiet.end and (quiet_at := resolve(day, quiet.start, zone)) is not None:
        ends.append(quiet_at)
    return min(end for end in ends if end > due_at)


@dataclass(frozen=True, slots=True)
class Slot:
    """One reminder of one day: what `due_on` makes of a chosen time."""

    number: int
    due_at: datetime
    expires_at: datetime


def due_on(day: date, times: Sequence[tuple[int, time]], *, quiet: QuietHours, zone: tzinfo) -> tuple[Slot, ...]:
    """The slots of a day, `times` being (slot number, wall-clock time). Two times that fall on one instant are one."""
    resolved = sorted((instant, number) for number, wall in times if (instant := resolve(day, wall, zone)) is not None)
    slots: list[Slot] = []
    for position, (due_at, number) in enumerate(resolved):
        if position and resolved[position - 1][0] == due_at:
            continue
        later = next((instant for instant, _ in resolved[position + 1 :] if instant > due_at), None)
        slots.append(Slot(number, due_at, expiry(due_at, next_due_at=later, quiet=quiet, zone=zone)))
    return tuple(slots)


def _first_instant_after(day: date, instant: datetime, zone: tzinfo) -> datetime:
    """The first whole minute, after `instant` on `day`, that is no longer on that day."""
    for ahead in (1, 2):  # two where the zone skips the day between
        midnight = resolve(day + timedelta(days=ahead), time.min, zone)
        if midnight is not None and midnight > instant:
            return midnight
    return instant + LATENESS
