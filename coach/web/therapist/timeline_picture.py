"""The injection timeline as shapes: scales, lanes and paths, made from the aggregate alone.

Pure: no text of the page's language and no colour. One path holds all shapes of a kind, so that two years stay small;
a filled dot is a line of no length with round ends. Lengths are SVG user units, at full width about one pixel each.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from coach.domain.bands import BandName, BandSpan, Pin
from coach.domain.calendar import days_since, week_of
from coach.domain.course import InjectionFacts
from coach.domain.program import DOSE_KINDS
from coach.domain.timeline import PauseStrip, PhaseStrip, Timeline, TimelineDay, median

LETTER_WIDTH = 6.3  # of the picture's small type, on average
_DAY_LABEL = 62.0  # what a mark with its day takes
_DUMBBELL_FROM = 4.5  # a day has to be this wide to show before and after apart
_BAR_GAP_FROM = 4.0
_WEEKS_BELOW = 2.4  # of a day narrower than this nothing can be seen: then a bar or dot stands for a week
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
class SeenShape:
    """A band with the edges that were observed: a slim bar, with a tick where an edge is one."""

    span: BandSpan
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class PinShape:
    """Something observed. `room`: letters that its label may have; `before`: it stands before the pin."""

    pin: Pin
    x: float
    room: int
    before: bool


@dataclass(frozen=True, slots=True)
class PhaseShape:
    strip: PhaseStrip
    x: float
    y: float
    width: float
    room: int  # letters that its title may have


@dataclass(frozen=True, slots=True)
class PauseShape:
    """A band over the minutes of paused days."""

    strip: PauseStrip
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class InjectionShape:
    facts: InjectionFacts
    x: float
    before: bool  # its label stands before the line, because there is no room behind it


@dataclass(frozen=True, slots=True)
class ConsultationShape:
    """`count` consultations from `first` to `last`, that would touch if each had its own mark. `label`: where their
    day has room."""

    x: float
    count: int
    first: date
    last: date
    label: Literal["after", "before", "none"]


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
class Bin:
    """A day, or a week where days are too narrow: minutes a day, and (before, strongest) of ratings."""

    first: date
    days: int
    to_come: bool
    due: float
    done: dict[str, float]
    sizes: tuple[float, ...]
    prescribed_mm: float | None
    pain: list[tuple[float | None, float | None]]
    anxiety: list[tuple[float | None, float | None]]
    stops: int
    red_flags: int

    @property
    def last(self) -> date:
        return self.first + timedelta(days=self.days - 1)


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
    seen: tuple[SeenShape, ...]
    pins: tuple[PinShape, ...]
    pins_y: float  # the line on which the pins stand
    phases: tuple[PhaseShape, ...]
    pauses: tuple[PauseShape, ...]
    injections: tuple[InjectionShape, ...]
    consultations: tuple[ConsultationShape, ...]
    consultations_y: float  # the top of their marks
    week_ticks: tuple[WeekTick, ...]
    date_ticks: tuple[DateTick, ...]
    lanes: tuple[Lane, ...]
    by_week: bool  # bars and dots stand for whole weeks: minutes a day in the mean, median ratings
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
    consultations = tuple(_consultations(timeline, scale, first))
    consultations_y = y
    y += 20 if consultations else 0
    pins = tuple(_pins(timeline, scale, first))
    seen = tuple(_seen(timeline, scale, first))
    pins_y = y + 16
    y += 26 if pins or seen else 0
    injections = tuple(_injections(timeline, scale, first))
    y += 18 if injections else 0  # the injections' own line of text
    lanes: list[Lane] = []
    by_week = scale.step < _WEEKS_BELOW
    bins = _bins(days, timeline.today, by_week=by_week)
    sizes = sorted({size for each in bins for size in (*each.sizes, each.prescribed_mm) if size is not None})
    has_anxiety = any(each.anxiety for each in bins)
    names: list[tuple[Literal["minutes", "size", "pain", "anxiety", "events"], float]] = [("minutes", form.minutes)]
    if sizes:
        names.append(("size", form.size if len(sizes) > 1 else 30))
    names.append(("pain", form.rating))
    if has_anxiety:
        names.append(("anxiety", form.rating))
    has_flags = any(each.red_flags for each in bins)
    names.append(("events", 34.0 if has_flags else 17.0))
    most = _round_up(max((max(each.due, sum(each.done.values())) for each in bins), default=0.0))
    for name, height in names:
        lane_top = y + (16 if name == "events" else 20)
        bottom = lane_top + height
        lanes.append(Lane(name, y + 11, lane_top, bottom, tuple(_grid(name, lane_top, bottom, most, sizes))))
        y = bottom + 14
    by_name = {lane.name: lane for lane in lanes}
    bottom = y - 6
    minutes = by_name["minutes"]
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
        seen=seen,
        pins=pins,
        pins_y=pins_y,
        phases=tuple(_phases(rows, scale, first, top + 20, phase_height)),
        pauses=tuple(_pauses(timeline, scale, first)),
        injections=injections,
        consultations=consultations,
        consultations_y=consultations_y,
        week_ticks=tuple(_week_ticks(timeline, scale, first)),
        date_ticks=tuple(_date_ticks(scale, first, timeline.last)),
        lanes=tuple(lanes),
        by_week=by_week,
        due=_outline([each for each in bins if not each.to_come], scale, minutes, most),
        due_to_come=_outline([each for each in bins if each.to_come], scale, minutes, most),
        done=tuple(_bars(bins, scale, minutes, most)),
        done_mean="" if by_week else _mean_line(timeline.days, first, timeline.today, scale, minutes, most),
        prescribed=_staircase(bins, scale, by_name.get("size", nowhere), sizes),
        used=_used(bins, scale, by_name.get("size", nowhere), sizes),
        pain=_ratings([(each, each.pain) for each in bins], scale, by_name["pain"]),
        anxiety=_ratings([(each, each.anxiety) for each in bins], scale, by_name["anxiety"])
        if has_anxiety
        else RatingPaths("", "", "", ""),
        marks=tuple(_marks(bins, scale)),
        marks_y=by_name["events"].top,
        today_x=round(scale.start(timeline.today + timedelta(days=1)), 1) if timeline.last > timeline.today else None,
        begins=first,
        ends=timeline.last,
    )


class _Scale:
    """Days to x."""

    __slots__ = ("_first", "left", "right", "step")

    def __init__(self, first: date, days: int, left: float, right: float) -> None:
        self._first = first.toordinal()
        self.left, self.right = left, right
        self.step = (right - left) / max(1, days)

    def start(self, day: date) -> float:
        return self.left + self.step * (day.toordinal() - self._first)

    def middle(self, first: date, days: int = 1) -> float:
        return self.left + self.step * (first.toordinal() - self._first + days / 2)

    def span(self, first: date, last: date) -> tuple[float, float]:
        """x and width of the days from first to last, both inside, cut at the picture's edges."""
        x = max(self.left, self.start(first))
        return x, min(self.right, self.start(last + timedelta(days=1))) - x


def _n(value: float) -> str:
    return f"{value:.1f}"


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


def _pauses(timeline: Timeline, scale: _Scale, first: date) -> Iterable[PauseShape]:
    for strip in timeline.pauses:
        if strip.last >= first:
            x, width = scale.span(max(first, strip.first), strip.last)
            yield PauseShape(strip, round(x, 1), round(width, 1))


def _bands(timeline: Timeline, scale: _Scale, first: date) -> Iterable[BandShape]:
    for band in timeline.bands:
        if band.last >= first:
            x, width = scale.span(max(first, band.first), band.last)
            yield BandShape(band.name, round(x, 1), round(width, 1), width >= 64)


def _seen(timeline: Timeline, scale: _Scale, first: date) -> Iterable[SeenShape]:
    for span in timeline.seen:
        if span.last >= first:
            x, width = scale.span(max(first, span.first), span.last)
            yield SeenShape(span, round(x, 1), round(width, 1))


def _pins(timeline: Timeline, scale: _Scale, first: date) -> Iterable[PinShape]:
    """Each label ends where the next pin begins; the last one stands before its pin where there is more room."""
    pins = [pin for pin in timeline.pins if pin.on >= first]
    places = [scale.middle(pin.on) for pin in pins]
    for position, (pin, x) in enumerate(zip(pins, places, strict=True)):
        behind = (places[position + 1] if position + 1 < len(places) else scale.right) - x - 10
        ahead = x - (places[position - 1] if position else scale.left) - 10
        before = position + 1 == len(places) and behind < 130 < ahead and (position == 0 or ahead > 260)
        yield PinShape(pin, round(x, 1), max(0, int((ahead if before else behind) / LETTER_WIDTH)), before)


def _injections(timeline: Timeline, scale: _Scale, first: date) -> Iterable[InjectionShape]:
    for injection in timeline.injections:
        if first <= injection.on <= timeline.last:
            x = scale.start(injection.on)
            yield InjectionShape(injection, round(x, 1), scale.right - x < 150)


def _consultations(timeline: Timeline, scale: _Scale, first: date) -> Iterable[ConsultationShape]:
    runs: list[tuple[float, list[date]]] = []
    for on in timeline.consultations:
        if on < first:
            continue
        x = min(max(scale.middle(on), scale.left + 8), scale.right - 8)
        if runs and x - runs[-1][0] < 26:
            runs[-1][1].append(on)
        else:
            runs.append((x, [on]))
    for position, (x, days) in enumerate(runs):
        ends = runs[position + 1][0] - 12 if position + 1 < len(runs) else scale.right
        begins = runs[position - 1][0] + 12 if position else scale.left
        label: Literal["after", "before", "none"] = "none"
        if ends - x >= _DAY_LABEL:
            label = "after"
        elif position + 1 == len(runs) and x - begins >= _DAY_LABEL * (2 if position else 1):
            label = "before"
        yield ConsultationShape(round(x, 1), len(days), days[0], days[-1], label)


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


def _bins(days: Sequence[TimelineDay], today: date, *, by_week: bool) -> list[Bin]:
    groups: dict[tuple[date, bool], list[TimelineDay]] = defaultdict(list)
    for day in days:
        groups[week_of(day.on) if by_week else day.on, day.on > today].append(day)
    bins = []
    for (_, to_come), inside in groups.items():
        done: dict[str, float] = {}
        for day in inside:
            for kind, amount in day.done_ms.items():
                done[kind] = done.get(kind, 0.0) + amount / 60_000 / len(inside)
        sittings = [sitting for day in inside for sitting in day.sittings]
        pain = [(each.pain_before, each.strongest_pain) for each in sittings]
        anxiety = [(each.anxiety_before, each.strongest_anxiety) for each in sittings]
        bins.append(
            Bin(
                first=inside[0].on,
                days=len(inside),
                to_come=to_come,
                due=sum(day.due_minutes for day in inside) / len(inside),
                done=done,
                sizes=tuple(sorted({sitting.size_mm for sitting in sittings if sitting.size_mm})),
                prescribed_mm=inside[-1].prescribed_mm,
                pain=_answered(pain, in_one=by_week),
                anxiety=_answered(anxiety, in_one=by_week),
                stops=sum(day.stops for day in inside),
                red_flags=sum(day.red_flags for day in inside),
            )
        )
    return bins


def _answered(
    pairs: Sequence[tuple[int | None, int | None]], *, in_one: bool
) -> list[tuple[float | None, float | None]]:
    """The (before, strongest) of which at least one was answered; `in_one`: their medians."""
    found: list[tuple[float | None, float | None]] = [pair for pair in pairs if pair != (None, None)]
    if not in_one or not found:
        return found
    before = [first for first, _ in found if first is not None]
    after = [last for _, last in found if last is not None]
    return [(median(before) if before else None, median(after) if after else None)]


def _outline(bins: Sequence[Bin], scale: _Scale, lane: Lane, most: float) -> str:
    """The prescribed minutes as an outline that steps from bin to bin; nothing prescribed has none."""
    height = lane.bottom - lane.top
    floor = _n(lane.bottom)
    parts: list[str] = []
    ended: date | None = None
    last_y = ""
    for each in bins:
        if not each.due:
            continue
        x, y = scale.start(each.first), _n(lane.bottom - height * each.due / most)
        if ended is not None and each.first == ended + timedelta(days=1):
            if y != last_y:
                parts.append(f"V{y}")
        else:
            if ended is not None:
                parts.append(f"V{floor}")
            parts.append(f"M{_n(x)} {floor}V{y}")
        parts.append(f"H{_n(x + scale.step * each.days)}")
        ended, last_y = each.last, y
    if parts:
        parts.append(f"V{floor}")
    return _joined(parts)


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


def _bars(bins: Sequence[Bin], scale: _Scale, lane: Lane, most: float) -> Iterable[tuple[str, str]]:
    """Bars of the minutes done, one path a kind, stacked from the bottom."""
    height = lane.bottom - lane.top
    paths: dict[str, list[str]] = defaultdict(list)
    for each in bins:
        if not each.done:
            continue
        wide = scale.step * each.days
        gap = wide * 0.18 if wide >= _BAR_GAP_FROM else 0.0
        x, y, width = _n(scale.start(each.first) + gap / 2), lane.bottom, _n(wide - gap)
        for kind in DOSE_KINDS:
            if amount := each.done.get(kind):
                tall = min(height * amount / most, y - lane.top)
                y -= tall
                paths[kind].append(f"M{x} {_n(y)}h{width}v{_n(tall)}h-{width}z")
    for kind in DOSE_KINDS:
        if paths[kind]:
            yield kind, "".join(paths[kind])


def _mean_line(days: Sequence[TimelineDay], first: date, today: date, scale: _Scale, lane: Lane, most: float) -> str:
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


def _staircase(bins: Sequence[Bin], scale: _Scale, lane: Lane, sizes: Sequence[float]) -> str:
    position = _size_scale(sizes, lane.top, lane.bottom)
    parts: list[str] = []
    last: float | None = None
    for each in bins:
        if each.prescribed_mm is None:
            last = None
            continue
        x, y = scale.start(each.first), position(each.prescribed_mm)
        if last is None:
            parts.append(f"M{_n(x)} {_n(y)}")
        elif y != last:
            parts.append(f"V{_n(y)}")
        parts.append(f"H{_n(x + scale.step * each.days)}")
        last = y
    return _joined(parts)


def _used(bins: Sequence[Bin], scale: _Scale, lane: Lane, sizes: Sequence[float]) -> str:
    position = _size_scale(sizes, lane.top, lane.bottom)
    return "".join(_dot(scale.middle(each.first, each.days), position(size)) for each in bins for size in each.sizes)


def _ratings(
    rated: Sequence[tuple[Bin, Sequence[tuple[float | None, float | None]]]], scale: _Scale, lane: Lane
) -> RatingPaths:
    """A dumbbell for each sitting (before, strongest), and the running median of the week behind each day."""
    stems: list[str] = []
    before: list[str] = []
    after: list[str] = []
    line: list[str] = []
    recent: list[tuple[date, float]] = []
    last_on: date | None = None
    tenth = (lane.bottom - lane.top) / 10
    for each, pairs in rated:
        if not pairs:
            continue
        start, width = scale.start(each.first), scale.step * each.days
        recent = [(on, value) for on, value in recent if each.first - on <= _RUNNING]
        answered = False
        for position, (first, last) in enumerate(pairs, start=1):
            x = _n(start + width * position / (len(pairs) + 1))
            if last is not None:
                after.append(f"M{x} {_n(lane.bottom - tenth * last)}h0")
                recent.append((each.first, last))
                answered = True
            if first is not None and first != last and width >= _DUMBBELL_FROM:
                before.append(f"M{x} {_n(lane.bottom - tenth * first)}h0")
                if last is not None:
                    stems.append(f"M{x} {_n(lane.bottom - tenth * first)}V{_n(lane.bottom - tenth * last)}")
        if answered:
            y = lane.bottom - tenth * median([value for _, value in recent])
            is_near = last_on is not None and (each.first - last_on).days <= max(6, each.days)
            line.append(f"{'L' if is_near else 'M'}{_n(start + width / 2)} {_n(y)}")
            last_on = each.last
    return RatingPaths("".join(stems), "".join(before), "".join(after), "".join(line))


def _dot(x: float, y: float) -> str:
    return f"M{_n(x)} {_n(y)}h0"


def _marks(bins: Sequence[Bin], scale: _Scale) -> Iterable[Mark]:
    """Letters of events; those of one kind that would touch become one with their number."""
    letters: tuple[Literal["S", "F"], ...] = ("S", "F")
    for letter in letters:
        run: Mark | None = None
        for each in bins:
            count = each.stops if letter == "S" else each.red_flags
            if not count:
                continue
            x = min(scale.middle(each.first, each.days), scale.right - 12)
            if run is not None and x - run.x < 26:
                run = Mark(letter, run.x, run.count + count, run.first, each.last)
                continue
            if run is not None:
                yield run
            run = Mark(letter, round(x, 1), count, each.first, each.last)
        if run is not None:
            yield run
