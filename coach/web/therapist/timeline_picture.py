"""The injection timeline as shapes: scales, lanes and paths, made from the aggregate alone.

Pure: no text of the page's language and no colour. One path holds all shapes of a kind, so that two years stay small;
a filled dot is a line of no length with round ends. Lengths are SVG user units, at full width about one pixel each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

from coach.domain.bands import BandName
from coach.domain.calendar import days_since, week_of
from coach.domain.course import InjectionFacts, Performed
from coach.domain.program import DOSE_KINDS
from coach.domain.timeline import PhaseStrip, Timeline, TimelineDay

LETTER_WIDTH = 6.3  # of the picture's small type, on average
_DUMBBELL_FROM = 4.5  # a day has to be this wide to show before and after apart
_BAR_GAP_FROM = 4.0
_RUNNING = timedelta(days=6)  # a running median looks at the day and the six before


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Width of the whole picture, and how high its lanes are."""

    width: int
    minutes: int
    size: int
    rating: int

    left: int = 34
    right: int = 10


WIDE = Format(width=1060, minutes=104, size=92, rating=82)
NARROW = Format(width=344, minutes=92, size=84, rating=74)


@dataclass(frozen=True, slots=True)
class BandShape:
    name: BandName
    x: float
    width: float
    has_room: bool  # for its name


@dataclass(frozen=True, slots=True)
class PhaseShape:
    strip: PhaseStrip
    x: float
    y: float
    width: float
    room: int  # letters that its title may have


@dataclass(frozen=True, slots=True)
class InjectionShape:
    facts: InjectionFacts
    x: float
    before: bool  # its label stands before the line, because there is no room behind it


@dataclass(frozen=True, slots=True)
class WeekTick:
    x: float
    week: int


@dataclass(frozen=True, slots=True)
class DateTick:
    x: float
    day: date
    is_last: bool


@dataclass(frozen=True, slots=True)
class GridLine:
    y: float
    value: float


@dataclass(frozen=True, slots=True)
class Lane:
    """`title_y` is the baseline of its title; the drawing lies between `top` and `bottom`."""

    name: Literal["minutes", "size", "pain", "anxiety", "events"]
    title_y: float
    top: float
    bottom: float
    grid: tuple[GridLine, ...]


@dataclass(frozen=True, slots=True)
class RatingPaths:
    stems: str
    before: str
    after: str
    line: str


@dataclass(frozen=True, slots=True)
class Mark:
    """One letter of the events: S stopped, F red flag; `count` of them between two days."""

    letter: Literal["S", "F"]
    x: float
    count: int
    first: date
    last: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    width: int
    height: float
    left: float
    right: float
    top: float  # of the bands, that run to `bottom`
    bottom: float
    week_y: float
    phase_height: float
    bands: tuple[BandShape, ...]
    phases: tuple[PhaseShape, ...]
    injections: tuple[InjectionShape, ...]
    week_ticks: tuple[WeekTick, ...]
    date_ticks: tuple[DateTick, ...]
    lanes: tuple[Lane, ...]
    due: str
    due_to_come: str
    done: tuple[tuple[str, str], ...]  # (kind, path), from the bottom up
    done_mean: str  # of the day and the six before it
    prescribed: str
    used: str
    pain: RatingPaths
    anxiety: RatingPaths
    marks: tuple[Mark, ...]
    marks_y: float
    today_x: float | None  # where days to come begin
    begins: date
    ends: date

    def lane(self, name: str) -> Lane:
        return next(lane for lane in self.lanes if lane.name == name)


def draw(timeline: Timeline, form: Format = WIDE, *, latest_weeks: int | None = None) -> Picture:
    """The picture of a timeline, or of its last so many weeks where the whole would be too small to read."""
    first = timeline.first
    if latest_weeks is not None:
        first = max(first, week_of(timeline.last - timedelta(weeks=latest_weeks) + timedelta(days=1)))
    days = [day for day in timeline.days if day.on >= first]
    left, right = float(form.left), float(form.width - form.right)
    scale = _Scale(first, len(days), left, right)

    rows = _phase_rows([strip for strip in timeline.phases if strip.last >= first])
    week_y, top = 13.0, 22.0
    phase_height = 19.0
    y = top + 20 + len(rows) * (phase_height + 4) + 4
    injections = tuple(_injections(timeline, scale, first))
    y += 18 if injections else 0  # the injections' own line of text
    lanes: list[Lane] = []
    used_sizes = [sitting.size_mm for day in days for sitting in day.sittings if sitting.size_mm]
    sizes = sorted({*used_sizes, *(day.prescribed_mm for day in days if day.prescribed_mm is not None)})
    has_anxiety = any(_rating(sitting, "anxiety") for day in days for sitting in day.sittings)
    names: list[tuple[Literal["minutes", "size", "pain", "anxiety", "events"], float]] = [("minutes", form.minutes)]
    if sizes:
        names.append(("size", form.size if len(sizes) > 1 else 30))
    names.append(("pain", form.rating))
    if has_anxiety:
        names.append(("anxiety", form.rating))
    has_flags = any(day.red_flag for day in days)
    names.append(("events", 34.0 if has_flags else 17.0))
    most = _round_up(max((max(day.due_minutes, day.done_minutes) for day in days), default=0.0))
    for name, height in names:
        lane_top = y + (16 if name == "events" else 20)
        bottom = lane_top + height
        lanes.append(Lane(name, y + 11, lane_top, bottom, tuple(_grid(name, lane_top, bottom, most, sizes))))
        y = bottom + 14
    by_name = {lane.name: lane for lane in lanes}
    bottom = y - 6
    minutes = by_name["minutes"]
    due, to_come = _due_paths(days, scale, minutes, most, timeline.today)
    nowhere = Lane("size", 0, 0, 0, ())
    return Picture(
        width=form.width,
        height=round(bottom + 22, 1),
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        week_y=week_y,
        phase_height=phase_height,
        bands=tuple(_bands(timeline, scale, first)),
        phases=tuple(_phases(rows, scale, first, top + 20, phase_height)),
        injections=injections,
        week_ticks=tuple(_week_ticks(timeline, scale, first)),
        date_ticks=tuple(_date_ticks(scale, first, timeline.last)),
        lanes=tuple(lanes),
        due=due,
        due_to_come=to_come,
        done=tuple(_done_paths(days, scale, minutes, most)),
        done_mean=_mean_path(timeline.days, first, timeline.today, scale, minutes, most),
        prescribed=_staircase(days, scale, by_name.get("size", nowhere), sizes),
        used=_used(days, scale, by_name.get("size", nowhere), sizes),
        pain=_ratings(days, scale, by_name["pain"], "pain"),
        anxiety=_ratings(days, scale, by_name["anxiety"], "anxiety") if has_anxiety else RatingPaths("", "", "", ""),
        marks=tuple(_marks(days, scale)),
        marks_y=by_name["events"].top,
        today_x=round(scale.start(timeline.today + timedelta(days=1)), 1) if timeline.last > timeline.today else None,
        begins=first,
        ends=timeline.last,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    first: date
    days: int
    left: float
    right: float

    @property
    def step(self) -> float:
        return (self.right - self.left) / max(1, self.days)

    def start(self, day: date) -> float:
        return self.left + self.step * days_since(self.first, day)

    def middle(self, day: date) -> float:
        return self.start(day) + self.step / 2

    def span(self, first: date, last: date) -> tuple[float, float]:
        """x and width of the days from first to last, both inside, cut at the picture's edges."""
        x = max(self.left, self.start(first))
        return x, min(self.right, self.start(last + timedelta(days=1))) - x


def _n(value: float) -> str:
    """A coordinate with one decimal at most."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _round_up(minutes: float) -> float:
    for limit in (10, 20, 30, 40, 60, 80, 100, 120, 160, 200, 240):
        if minutes <= limit:
            return float(limit)
    return minutes


def _grid(name: str, top: float, bottom: float, most: float, sizes: Sequence[float]) -> Iterable[GridLine]:
    if name == "minutes":
        for value in (0.0, most / 2, most):
            yield GridLine(bottom - (bottom - top) * value / most, value)
    elif name == "size":
        position = _size_scale(sizes, top, bottom)
        last: float | None = None
        for size in sizes:
            y = position(size)
            if last is None or last - y >= 12:
                yield GridLine(y, size)
                last = y
    elif name in ("pain", "anxiety"):
        for value in (0.0, 5.0, 10.0):
            yield GridLine(bottom - (bottom - top) * value / 10, value)


def _size_scale(sizes: Sequence[float], top: float, bottom: float) -> Callable[[float], float]:
    """Millimetres to y, with a little room above and below the sizes that occur."""
    low, high = min(sizes, default=0.0), max(sizes, default=1.0)
    if low == high:
        return lambda _size: (top + bottom) / 2
    reach = high - low
    inner_top, inner_bottom = top + 7, bottom - 7
    return lambda size: inner_bottom - (inner_bottom - inner_top) * (size - low) / reach


def _phase_rows(strips: Sequence[PhaseStrip]) -> list[list[PhaseStrip]]:
    """One row for each assignment, and as few rows as do without overlap."""
    rows: list[list[PhaseStrip]] = []
    by_assignment: dict[object, list[PhaseStrip]] = defaultdict(list)
    for strip in strips:
        by_assignment[strip.assignment_id].append(strip)
    for group in by_assignment.values():
        for row in rows:
            if all(group[0].first > other.last or group[-1].last < other.first for other in row):
                row.extend(group)
                break
        else:
            rows.append(list(group))
    return rows


def _phases(
    rows: Sequence[Sequence[PhaseStrip]], scale: _Scale, first: date, y: float, height: float
) -> Iterable[PhaseShape]:
    for row in rows:
        for strip in row:
            x, width = scale.span(max(first, strip.first), strip.last)
            if width > 0:
                yield PhaseShape(strip, round(x + 0.75, 1), y, round(width - 1.5, 1), int((width - 14) / LETTER_WIDTH))
        y += height + 4


def _bands(timeline: Timeline, scale: _Scale, first: date) -> Iterable[BandShape]:
    for band in timeline.bands:
        if band.last >= first:
            x, width = scale.span(max(first, band.first), band.last)
            yield BandShape(band.name, round(x, 1), round(width, 1), width >= 64)


def _injections(timeline: Timeline, scale: _Scale, first: date) -> Iterable[InjectionShape]:
    for injection in timeline.injections:
        if first <= injection.on <= timeline.last:
            x = scale.start(injection.on)
            yield InjectionShape(injection, round(x, 1), scale.right - x < 150)


def _week_ticks(timeline: Timeline, scale: _Scale, first: date) -> Iterable[WeekTick]:
    """A number in the middle of each week from the injection; every second or fourth where they would touch."""
    week_width = scale.step * 7
    every = next((n for n in (1, 2, 4, 8, 13) if week_width * n >= 24), 26)
    day = first
    last_x = -100.0
    while day <= timeline.last:
        anchor = timeline.anchor_on(day) or week_of(timeline.begins)
        offset = days_since(anchor, day) % 7
        week_first = day - timedelta(days=offset)
        days = days_since(anchor, week_first) // 7
        number = days + 1 if days >= 0 else days
        x = scale.start(week_first) + week_width / 2
        shown = number == 1 or number == -1 or number % every == 0 or every == 1
        if shown and scale.left + 6 <= x <= scale.right - 4 and x - last_x >= 20:
            yield WeekTick(round(x, 1), number)
            last_x = x
        day = week_first + timedelta(days=7)
        following = timeline.anchor_on(day)
        if following is not None and following != anchor and week_first < following <= day:
            day = following


def _date_ticks(scale: _Scale, first: date, last: date) -> Iterable[DateTick]:
    every = next((n for n in (1, 2, 4, 8, 13, 26) if scale.step * 7 * n >= 58), 52)
    day = week_of(first)
    if day < first:
        day += timedelta(days=7)
    while day <= last:
        x = scale.start(day)
        yield DateTick(round(x, 1), day, scale.right - x < 44)
        day += timedelta(days=7 * every)


def _due_paths(days: Sequence[TimelineDay], scale: _Scale, lane: Lane, most: float, today: date) -> tuple[str, str]:
    """The prescribed minutes as an outline that steps from day to day: up to today, and for days to come."""
    past: list[str] = []
    to_come: list[str] = []
    height = lane.bottom - lane.top
    last: tuple[int, float] | None = None
    for day in days:
        minutes = day.due_minutes
        into = to_come if day.on > today else past
        if not minutes:
            last = None
            continue
        x, y = scale.start(day.on), lane.bottom - height * minutes / most
        if last is not None and last[0] == id(into):
            into.append(f"V{_n(y)}" if abs(last[1] - y) > 0.05 else "")
        else:
            into.append(f"M{_n(x)} {_n(lane.bottom)}V{_n(y)}")
        into.append(f"H{_n(x + scale.step)}")
        last = (id(into), y)
        following = day.on + timedelta(days=1)
        ends = following > days[-1].on or (following > today) != (day.on > today)
        if ends or not days[days_since(days[0].on, following)].due_minutes:
            into.append(f"V{_n(lane.bottom)}")
            last = None
    return _joined(past), _joined(to_come)


def _joined(parts: Sequence[str]) -> str:
    """Path commands without the steps that go on straight: H after H is one H."""
    joined: list[str] = []
    for part in parts:
        if not part:
            continue
        if part[0] == "H" and joined and joined[-1][0] == "H":
            joined[-1] = part
        else:
            joined.append(part)
    return "".join(joined)


def _done_paths(days: Sequence[TimelineDay], scale: _Scale, lane: Lane, most: float) -> Iterable[tuple[str, str]]:
    """Bars of the minutes done, one path a kind, stacked from the bottom."""
    height = lane.bottom - lane.top
    gap = scale.step * 0.18 if scale.step >= _BAR_GAP_FROM else 0.0
    paths: dict[str, list[str]] = defaultdict(list)
    for day in days:
        if not day.done_ms:
            continue
        x, y = scale.start(day.on) + gap / 2, lane.bottom
        width = scale.step - gap
        for kind in DOSE_KINDS:
            amount = day.done_ms.get(kind, 0)
            if not amount:
                continue
            tall = min(height * amount / 60_000 / most, y - lane.top)
            y -= tall
            paths[kind].append(f"M{_n(x)} {_n(y)}h{_n(width)}v{_n(tall)}h-{_n(width)}z")
    for kind in DOSE_KINDS:
        if paths[kind]:
            yield kind, "".join(paths[kind])


def _mean_path(days: Sequence[TimelineDay], first: date, today: date, scale: _Scale, lane: Lane, most: float) -> str:
    """The mean of seven days, to be read beside what is planned: bars alone hide what a week of them comes to."""
    height = lane.bottom - lane.top
    line: list[str] = []
    recent: list[float] = []
    for day in days:
        if day.on > today:
            break
        recent = [*recent[-6:], day.done_minutes]
        if day.on >= first and len(recent) == 7:
            y = lane.bottom - min(height, height * sum(recent) / 7 / most)
            line.append(f"{'L' if line else 'M'}{_n(scale.middle(day.on))} {_n(y)}")
    return "".join(line)


def _staircase(days: Sequence[TimelineDay], scale: _Scale, lane: Lane, sizes: Sequence[float]) -> str:
    position = _size_scale(sizes, lane.top, lane.bottom)
    parts: list[str] = []
    last: float | None = None
    for day in days:
        if day.prescribed_mm is None:
            last = None
            continue
        x, y = scale.start(day.on), position(day.prescribed_mm)
        if last is None:
            parts.append(f"M{_n(x)} {_n(y)}")
        elif y != last:
            parts.append(f"V{_n(y)}")
        parts.append(f"H{_n(x + scale.step)}")
        last = y
    return _joined(parts)


def _used(days: Sequence[TimelineDay], scale: _Scale, lane: Lane, sizes: Sequence[float]) -> str:
    position = _size_scale(sizes, lane.top, lane.bottom)
    return "".join(
        _dot(scale.middle(day.on), position(size))
        for day in days
        for size in sorted({sitting.size_mm for sitting in day.sittings if sitting.size_mm})
    )


def _rating(sitting: Performed, scale_name: Literal["pain", "anxiety"]) -> tuple[int | None, int | None] | None:
    """(before, after), None where neither was answered."""
    if scale_name == "pain":
        found = (sitting.pain_before, sitting.pain_after)
    else:
        found = (sitting.anxiety_before, sitting.anxiety_after)
    return None if found == (None, None) else found


def _ratings(days: Sequence[TimelineDay], scale: _Scale, lane: Lane, name: Literal["pain", "anxiety"]) -> RatingPaths:
    """A dumbbell for each sitting (before, after) and the running median of the week behind each day."""
    apart = scale.step >= _DUMBBELL_FROM
    stems: list[str] = []
    before: list[str] = []
    after: list[str] = []
    recent: list[tuple[date, int]] = []
    line: list[str] = []
    last_on: date | None = None

    def y_of(value: float) -> float:
        return lane.bottom - (lane.bottom - lane.top) * value / 10

    for day in days:
        rated = [found for sitting in day.sittings if (found := _rating(sitting, name)) is not None]
        for position, (first, last) in enumerate(rated):
            x = scale.start(day.on) + scale.step * (position + 1) / (len(rated) + 1)
            if last is not None:
                after.append(_dot(x, y_of(last)))
            if first is not None and apart and first != last:
                before.append(_dot(x, y_of(first)))
                if last is not None:
                    stems.append(f"M{_n(x)} {_n(y_of(first))}V{_n(y_of(last))}")
        answered = [last for _, last in rated if last is not None]
        recent = [(on, value) for on, value in recent if day.on - on <= _RUNNING]
        recent += [(day.on, value) for value in answered]
        if answered:
            y = y_of(median(value for _, value in recent))
            connected = last_on is not None and day.on - last_on <= _RUNNING
            line.append(f"{'L' if connected else 'M'}{_n(scale.middle(day.on))} {_n(y)}")
            last_on = day.on
    return RatingPaths("".join(stems), "".join(before), "".join(after), "".join(line))


def _dot(x: float, y: float) -> str:
    return f"M{_n(x)} {_n(y)}h0"


def _marks(days: Sequence[TimelineDay], scale: _Scale) -> Iterable[Mark]:
    """Letters of events; those of one kind that would touch become one with their number."""
    letters: tuple[Literal["S", "F"], ...] = ("S", "F")
    placed: list[Mark] = []
    for letter in letters:
        run: Mark | None = None
        for day in days:
            count = day.stops if letter == "S" else sum(1 for sitting in day.sittings if sitting.red_flag)
            if not count:
                continue
            x = scale.middle(day.on)
            if run is not None and x - run.x < 26:
                run = Mark(letter, run.x, run.count + count, run.first, day.on)
            else:
                if run is not None:
                    placed.append(run)
                run = Mark(letter, round(x, 1), count, day.on, day.on)
        if run is not None:
            placed.append(run)
    return placed
