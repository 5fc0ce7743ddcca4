"""How a patient's rung follows from her log: up, hold, down or locked, each with its reason.

What people said (a therapist or she herself) stands; what the program's rules do is worked out from it and from the
sittings, each time anew, so that a corrected record gives a corrected rung. A sitting counts at the rung that was
prescribed for it and at no other; nothing is filled in for sittings that were not; a rung goes up one at a time. Where
to hold is the question, the answer is hold: a rating that is worse or skipped never raises anybody.

The shape of the rules is the program's (`domain.program.Ladder`): 3 of 4 sessions, pain 2 or less and the like are
data. That a gap, two bad sessions or two stopped ones ask for care: clinical reference 2.4 and 9 (U1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import takewhile
from typing import Literal

from coach.domain.calendar import days_since
from coach.domain.course import PlaceState
from coach.domain.program import Comparison, Ladder, Rule, Rung

Verdict = Literal["up", "hold", "down", "after_gap", "locked"]
RISING_OF, RISING_BY = 3, 1  # the mean peak of the last 3 sittings at least 1 above that of the 3 before (language)
STOPS_IN_A_ROW = 2  # ended by pain or fear: the rung is held, and her therapist told (universal stop rule U1)
STOPPED_FOR: frozenset[str] = frozenset({"pain", "fear", "safety"})  # why a sitting ended early, whoever ended it


@dataclass(frozen=True, slots=True)
class Because:
    """A reason as a code and what its sentence needs; `params` are plain values of JSON, days as ISO text.

    `up`, `down`, `flare`: `met`, `need`, `of`, `rung`, `tests` ([scale, test, value]), `completed` (share or None),
    `stayed` and `untold` (of those met, how many ended for pain without a rating). `more_needed`: the same, and `seen`
    (how many of the last `of` there are), `is_first` (she has not been on it yet), `smaller` and `smaller_rung` (how
    many of them she did smaller, and the last). `above`: `scale`, `limit`, `count` and the highest `peak` (None: they
    were not rated). `too_soon`: `days`, `needed`. `phase`: `phase`. `rising`, `unrated`: `scale`. `gap`: `days`. A
    `flare` by rising has `rising` and `rung` alone. `top`, `held`, `two_stops`, `no_rule`, `locked`: none.
    """

    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What somebody said at an instant: a rung with its state from a day on; or, `declined`, that an offered rung is
    not taken now, so that what spoke for it is used up; or, `afresh`, that the program goes by another text or other
    values from then on: she stands where she stood, with her rung and state, and what was done before speaks neither
    for a higher rung nor for a lower one."""

    at: datetime
    from_on: date
    rung: str = ""
    state: PlaceState = "placed"
    declined: bool = False
    afresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One sitting that ended, as one ladder sees it. `at`: when it was opened. `peaks`: the highest answer during and
    after by scale, without those that were skipped; `befores` likewise those before it. `stopped_for`: pain, fear or
    safety (`STOPPED_FOR`) ended it, by a stop rule or because she said so. `is_pain_untold`: she stopped for pain and
    told no rating of it afterwards. `used`: the size that she took, None where the ladder has none or she took none.
    `after_gap`: the first one back, for which less was prescribed on purpose."""

    at: datetime
    day: date
    rung: str
    is_done: bool
    share: float
    stayed: bool = False
    is_variant: bool = False
    stopped_for: str | None = None
    is_pain_untold: bool = False
    used: str | None = None
    after_gap: bool = False
    peaks: Mapping[str, int] = field(default_factory=dict)
    befores: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flare:
    """What counts as a flare of a ladder that was unlocked: in so many of the last sittings on it a comparison held
    (any of `rules`), or the mean peak of `rising` rose."""

    rules: tuple[Rule, ...] = ()
    rising: str | None = None


NO_FLARE = Flare()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One step that a rule of the program made: up from the day after, down and locked at once."""

    from_on: date
    rung: str
    state: PlaceState
    because: Because


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where she stands on a ladder. `rung` None: the ladder has none. `since`: the first day at it. `verdict` with its
    reason `because`; `up` where a rule would raise her to `to` and somebody is asked first. `changes`: what the rules
    did after the last word of a person, oldest first. `stopped_twice`: pain, fear or safety ended the last two
    sittings; `second_stop`: of all that ended so one after the other, when the second was opened. `offer_stands`: a
    proposal that waits may be taken on the day of asking; not after a gap, nor in a phase in which nobody goes up."""

    rung: str | None
    since: date | None
    state: PlaceState
    verdict: Verdict
    because: Because
    to: str | None = None
    changes: tuple[Change, ...] = ()
    second_stop: datetime | None = None
    offer_stands: bool = True

    @property
    def stopped_twice(self) -> bool:
        return self.second_stop is not None


def standing(
    ladder: Ladder,
    rungs: Sequence[Rung],
    said: Iterable[Said],
    sittings: Iterable[Sitting],
    *,
    phase_on: Callable[[date], str | None],
    start_on: date,
    flare: Flare = NO_FLARE,
    on: date | None = None,
    gap_days: int | None = None,
) -> Standing:
    """The standing after all of it: words of people in the order in which they were said, sittings in any. `rungs`
    lowest first. Without a word of anybody she stands on the lowest rung from `start_on`; a locked ladder is locked.

    `on`: the day of asking (None: that of the last sitting). `gap_days`: where she would be back on it after a gap, its
    days: what spoke for more before it speaks no more."""
    course = Course(ladder, [rung.id for rung in rungs], phase_on, flare, start_on)
    # A word of the same instant as a sitting comes before it: what was prescribed for the sitting heeded it.
    words = [((each.at, 0, number), each) for number, each in enumerate(said)]
    done = [((each.at, 1, number), each) for number, each in enumerate(sorted(sittings, key=_by_all))]
    things: list[tuple[tuple[datetime, int, int], Said | Sitting]] = [*words, *done]
    for _, each in sorted(things, key=lambda thing: thing[0]):
        course.take(each)
    return course.standing(on=on, gap_days=gap_days)


def _by_all(sitting: Sitting) -> tuple[object, ...]:
    """An order of its own for sittings of one instant, so that the order in which they arrive decides nothing."""
    return (
        sitting.at, sitting.day, sitting.rung, sitting.share, sitting.is_done, sitting.stayed, sitting.is_variant,
        sitting.stopped_for or "", sitting.is_pain_untold, sitting.used or "", sitting.after_gap,
        sorted(sitting.peaks.items()), sorted(sitting.befores.items()),
    )  # fmt: skip


def is_met(rule: Rule, window: Sequence[Sitting]) -> bool:
    """Whether the last of these sittings (oldest first) show what the rule asks for. `never_above` is meant of all of
    the last ones, also of those that need not count."""
    last = window[-rule.after.of :]
    limits = [each for each in rule.all_of if each.test == "never_above"]
    return met_by(rule, window) >= rule.after.need and all(_holds(each, one) for each in limits for one in last)


def met_by(rule: Rule, window: Sequence[Sitting]) -> int:
    """How many of the last ones show what the rule asks for."""
    return sum(_meets(rule, each) for each in window[-rule.after.of :])


def _meets(rule: Rule, sitting: Sitting) -> bool:
    if rule.completed is not None and sitting.share < rule.completed:
        return False
    if rule.stayed_at_opening is not None and sitting.stayed is not rule.stayed_at_opening:
        return False
    return all(_holds(each, sitting) for each in rule.all_of if each.test != "never_above")


def _holds(clause: Comparison, sitting: Sitting) -> bool:
    """At the highest rating during and after. One that was skipped meets no condition; but to stop for pain without
    telling how much speaks for every `at_least` of pain and for nothing that would raise her."""
    if clause.scale == "pain" and sitting.is_pain_untold and clause.test != "rises_by":
        return clause.test == "at_least"
    peak = sitting.peaks.get(clause.scale)
    if peak is None:
        return False
    match clause.test:
        case "at_least":
            return peak >= clause.value
        case "rises_by":
            before = sitting.befores.get(clause.scale)
            return before is not None and peak - before >= clause.value
        case _:  # at_most, never_above
            return peak <= clause.value


def rises(scale: str, sittings: Sequence[Sitting]) -> bool | None:
    """Whether the mean peak of the last sittings lies above that of those before; None: it would, were the worst true
    of what was skipped. Too few sittings do not rise."""
    last = [each.peaks.get(scale) for each in sittings[-2 * RISING_OF :]]
    if len(last) < 2 * RISING_OF:
        return False
    before, after = last[:RISING_OF], last[RISING_OF:]
    known_before = [each for each in before if each is not None]
    known_after = [each for each in after if each is not None]
    if known_before and known_after:
        mean_before, mean_after = sum(known_before) / len(known_before), sum(known_after) / len(known_after)
        if mean_after - mean_before >= RISING_BY:
            return True
    worst = sum(10 if each is None else each for each in after) - sum(each or 0 for each in before)
    return None if worst >= RISING_BY * RISING_OF and None in last else False


class Course:
    """The walk through what was said and done, fed in order of time; `standing` may be asked at the end of any day."""

    def __init__(
        self,
        ladder: Ladder,
        rungs: list[str],
        phase_on: Callable[[date], str | None],
        flare: Flare,
        start_on: date,
    ) -> None:
        self.ladder, self.rungs, self.phase_on, self.flare = ladder, rungs, phase_on, flare
        self.rung: str | None = rungs[0] if rungs else None
        self.since = start_on
        self.state: PlaceState = "locked" if ladder.locked else "placed"
        self.here: list[Sitting] = []  # at this rung since it was reached
        self.fresh: list[Sitting] = []  # of those, what may speak for a higher one, or against it
        self.stale = 0  # so many of them lie before a gap: they speak against it only
        self.all: list[Sitting] = []  # on this ladder, at any rung, since it was unlocked
        self.changes: list[Change] = []
        self.is_new = False  # nothing was done since the last change of a rule
        self.day: date | None = None  # of the last sitting

    def take(self, thing: Said | Sitting) -> None:
        if isinstance(thing, Said):
            self._close_day()
            self._heed(thing)
            return
        if self.day is not None and thing.day != self.day:
            self._close_day()
        self.day = thing.day
        self._sat(thing)

    def standing(self, *, on: date | None = None, gap_days: int | None = None) -> Standing:
        self._close_day()
        to: str | None = None
        if self.is_new and self.changes[-1].because.code in ("up", "down", "flare"):
            because = self.changes[-1].because
        else:
            because, to = self._next(on, gap_days)
        verdict: Verdict = "hold"
        if self.state == "locked":
            verdict = "locked"
        elif because.code == "up":
            verdict = "up"
        elif because.code == "down":
            verdict = "down"
        return Standing(
            rung=self.rung,
            since=self.since,
            state=self.state,
            verdict=verdict,
            because=because,
            to=to,
            changes=tuple(self.changes),
            second_stop=self._second_stop,
            offer_stands=gap_days is None and (on is None or self.phase_on(on) not in self.ladder.not_up_in),
        )

    # -- what people said ---------------------------------------------------------------------------------------------

    def _heed(self, said: Said) -> None:
        if said.declined:
            self.fresh, self.stale = [], 0
            return
        self.changes, self.is_new = [], False
        if said.afresh:
            self.here, self.fresh, self.stale = [], [], 0
        if said.rung != self.rung or self.state == "locked":
            self._begin(said.rung, said.from_on)
        if self.state == "locked":
            self.all = []
        self.state = said.state

    def _begin(self, rung: str, on: date) -> None:
        self.rung, self.since, self.here, self.fresh, self.stale = rung, on, [], [], 0

    # -- what was done ------------------------------------------------------------------------------------------------

    def _sat(self, sitting: Sitting) -> None:
        if self.state == "locked":
            return
        self.is_new = False
        self.all.append(sitting)
        if sitting.after_gap:
            self.stale = len(self.fresh)
        # A session back that was too much counts as one on her own rung, though it was played on a lower one.
        if sitting.rung == self.rung or (sitting.after_gap and any(_meets(rule, sitting) for rule in self.ladder.down)):
            self.here.append(sitting)
            if not sitting.is_variant and not sitting.after_gap:
                self.fresh.append(sitting)
            self._go_down(sitting.day)
        if self.ladder.locked:
            self._lock_on_flare(sitting.day)

    def _go_down(self, day: date) -> None:
        position = self._position
        rule = next((rule for rule in self.ladder.down if is_met(rule, self.here)), None)
        if rule is None or not position:
            return
        because = self._because("down", rule, self.here)
        self._begin(self.rungs[position - 1], day)
        self._changed(Change(from_on=day, rung=self.rungs[position - 1], state=self.state, because=because))

    def _lock_on_flare(self, day: date) -> None:
        rule = next((rule for rule in self.flare.rules if is_met(rule, self.all)), None)
        if rule is not None:
            because = self._because("flare", rule, self.all)
        elif self.flare.rising is not None and rises(self.flare.rising, self.all):
            because = Because("flare", {"rising": self.flare.rising, "rung": self.rung})
        else:
            return
        if self.rung is not None:
            self.state = "locked"
            self._changed(Change(from_on=day, rung=self.rung, state="locked", because=because))

    def _close_day(self) -> None:
        """A day's last sitting is done: only then is it asked whether she goes up, so that a hard second sitting is
        heard as well. The new rung is there from the day after."""
        if self.day is None or self.ladder.up_needs != "automatic":
            return
        because, to = self._next()
        if to is not None:
            from_on = self.day + timedelta(days=1)
            self._begin(to, from_on)
            self._changed(Change(from_on=from_on, rung=to, state=self.state, because=because))

    def _changed(self, change: Change) -> None:
        self.changes.append(change)
        self.is_new = True

    # -- what comes next ----------------------------------------------------------------------------------------------

    def _next(self, on: date | None = None, gap_days: int | None = None) -> tuple[Because, str | None]:
        """Why she stays, or the rung above with what speaks for it."""
        position, rules = self._position, self.ladder.up
        if self.state == "locked":
            return Because("locked"), None
        if position is None:
            return Because("no_rule"), None
        if position + 1 >= len(self.rungs):
            return Because("top"), None
        if self.state == "held":
            return Because("held"), None
        if not rules:
            return Because("no_rule"), None
        if self._second_stop is not None:
            return Because("two_stops"), None
        if gap_days is not None:
            return Because("gap", {"days": gap_days}), None
        enough = [rule for rule in rules if met_by(rule, self._counted(rule)) >= rule.after.need]
        if not enough:
            return self._more_needed(rules[0]), None
        rule = next((rule for rule in enough if not any(self._broken(rule).values())), None)
        if rule is None:
            return self._above(enough[0]), None
        assert self.day is not None  # a rule is met by sittings
        stayed, needed = days_since(self.since, self.day) + 1, self.ladder.stay_at_least_days
        if stayed < needed:
            return Because("too_soon", {"days": stayed, "needed": needed}), None
        for day in (self.day, self.day + timedelta(days=1), *([on] if on is not None else [])):
            phase = self.phase_on(day)
            if phase in self.ladder.not_up_in:
                return Because("phase", {"phase": phase}), None
        scale = self.ladder.not_up_while_rising
        if scale is not None:
            rising = rises(scale, self.all)
            if rising is not False:
                return Because("rising" if rising else "unrated", {"scale": scale}), None
        lifting = self._because("up", rule, self._counted(rule))
        return replace(lifting, params={**lifting.params, "of": len(self._asked(rule))}), self.rungs[position + 1]

    def _broken(self, rule: Rule) -> dict[Comparison, list[Sitting]]:
        """By limit (`never_above`) the sittings above it, or of which it is not known: of all that she did on this
        ladder since the first of the last ones, on whatever rung and in whatever way."""
        last = self.fresh[-rule.after.of :]
        since = next((number for number, each in enumerate(self.all) if last and each is last[0]), len(self.all))
        limits = [each for each in rule.all_of if each.test == "never_above"]
        return {limit: [each for each in self.all[since:] if not _holds(limit, each)] for limit in limits}

    def _above(self, rule: Rule) -> Because:
        """Enough of the last ones speak for more, and one that went above a limit does not."""
        limit, those = next((limit, those) for limit, those in self._broken(rule).items() if those)
        peaks = [each.peaks[limit.scale] for each in those if each.peaks.get(limit.scale, -1) > limit.value]
        return Because(
            "above",
            {"scale": limit.scale, "limit": limit.value, "peak": max(peaks, default=None), "count": len(those)},
        )

    def _more_needed(self, rule: Rule) -> Because:
        """With how many there were, and how many of them she did smaller than prescribed by her own choice."""
        found, asked = self._because("more_needed", rule, self._counted(rule)), self._asked(rule)
        lower = self.rungs[: self._position or 0]
        smaller = [each.used for each in asked if not each.is_done and each.used in lower]
        more = {
            "of": rule.after.of,
            "seen": len(asked),
            "is_first": not any(each.rung == self.rung for each in self.all),
            "smaller": len(smaller),
            "smaller_rung": smaller[-1] if smaller else None,
        }
        return replace(found, params={**found.params, **more})

    def _asked(self, rule: Rule) -> list[Sitting]:
        """The last ones that the rule asks, none from before a gap."""
        return self.fresh[max(self.stale, len(self.fresh) - rule.after.of) :]

    def _counted(self, rule: Rule) -> list[Sitting]:
        """Of the last ones those in which every prescribed step was done, as far as the rule wants each. One that pain
        or fear ended speaks for nothing more, however much of it was done."""
        return [
            each
            for each in self._asked(rule)
            if each.stopped_for is None and (each.is_done or rule.completed is not None)
        ]

    def _because(self, code: str, rule: Rule, window: Sequence[Sitting]) -> Because:
        return Because(
            code,
            {
                "met": met_by(rule, window),
                "need": rule.after.need,
                "of": min(rule.after.of, len(window)),
                "rung": self.rung,
                "tests": [[each.scale, each.test, each.value] for each in rule.all_of],
                "completed": rule.completed,
                "stayed": rule.stayed_at_opening,
                "untold": sum(each.is_pain_untold and _meets(rule, each) for each in window[-rule.after.of :]),
            },
        )

    @property
    def _position(self) -> int | None:
        return self.rungs.index(self.rung) if self.rung in self.rungs else None

    @property
    def _second_stop(self) -> datetime | None:
        stops = list(takewhile(lambda each: each.stopped_for is not None, reversed(self.all)))
        return stops[-STOPS_IN_A_ROW].at if len(stops) >= STOPS_IN_A_ROW else None
