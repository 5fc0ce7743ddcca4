"""A patient's hand on the player: the events that a script gives rise to on one day, from a seeded generator.

The player's own rules decide what follows what, so that nothing is written here that a real session could not hold.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from coach.domain import fold

_MOST_EVENTS = 150  # of one session: an upload holds 200
_STILL_WELCOME = 0.8  # of a tap's limit: who does not wait at the opening has gone on by then


class Chance(Protocol):
    """A seeded `random.Random` that is handed in: the rules draw no lots of their own."""

    def random(self) -> float: ...
    def uniform(self, a: float, b: float) -> float: ...
    def gauss(self, mu: float, sigma: float) -> float: ...
    def randint(self, a: int, b: int) -> int: ...
    def getrandbits(self, k: int, /) -> int: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedEvent:
    """One event as a player would have made it: its own id, its place in the log, and the player's two clocks in ms."""

    id: uuid.UUID
    seq: int
    kind: str
    guided_ms: int
    mono_ms: int
    at: datetime
    body: Mapping[str, Any]

    def as_played(self) -> dict[str, Any]:
        """The event as `domain.fold` takes it."""
        return {
            "seq": self.seq,
            "kind": self.kind,
            "guided_ms": self.guided_ms,
            "mono_ms": self.mono_ms,
            "body": self.body,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """How a session goes. Ratings are expected values from 0 to 10; `stops` is where she stops, as a share of the
    steps, and `stop_reason` why (None: she does not say). `waits_at_opening`: where the pace is hers she does not go
    in. `answers`: by scale, what she says every time."""

    pain: float = 1.0
    anxiety: float = 2.0
    skips_ratings: float = 0.05
    takes_smaller: bool = False
    not_today: bool = False
    waits_at_opening: bool = False
    pauses: float = 0.1
    stops: float | None = None
    stop_reason: str | None = None
    answers: Mapping[str, int] = field(default_factory=dict)


def played(script: Mapping[str, Any], mood: Mood, *, at: datetime, chance: Chance) -> list[PlayedEvent]:
    """The events of one session that begins at `at`."""
    hand = _Hand(script, mood, at, chance)
    hand.play()
    return hand.events


class _Hand:
    def __init__(self, script: Mapping[str, Any], mood: Mood, at: datetime, chance: Chance) -> None:
        self.script, self.mood, self.at, self.chance = script, mood, at, chance
        self.ways = fold.stages(script)
        self.state = self.now = fold.initial(script)
        self.now_ms = 0  # the guided time since the last event that `now` stands for
        self.events: list[PlayedEvent] = []
        self.guided_ms = 0  # guided time since the last event
        self.mono_ms = 0
        steps = len(script["steps"])
        self.stop_at = None if mood.stops is None else min(steps - 1, int(steps * mood.stops))

    def play(self) -> None:
        self._send("started")
        while self._goes_on() and len(self.events) < _MOST_EVENTS:
            stage = self._stage()
            if stage["type"] == "ask":
                self._answer_all(str(stage["moment"]))
            elif stage["type"] == "gate":
                self._at_gate()
            elif stage["step"] is not None:
                self._through_step(stage["step"])
        if self._now()["status"] == "finished":
            self._send("finished")
        elif self._now()["status"] == "stopped":
            for question in fold.questions(self.script, "after"):
                self._answer(question, "after")

    def _now(self) -> fold.State:
        """Where the session stands with the guided time since the last event; nothing here changes it."""
        if self.now_ms != self.guided_ms:
            self.now = fold.advance(self.script, self.now, self.guided_ms - self.now_ms)
            self.now_ms = self.guided_ms
        return self.now

    def _stage(self) -> fold.Stage:
        return self.ways[self._now()["stage"]]

    def _goes_on(self) -> bool:
        return self._now()["status"] in ("running", "paused")

    def _send(self, kind: str, **body: Any) -> None:
        self.mono_ms += self.guided_ms + self.chance.randint(400, 4000)
        seq = len(self.events) + 1
        event = PlayedEvent(
            id=uuid.UUID(int=self.chance.getrandbits(128), version=4),
            seq=seq,
            kind=kind,
            guided_ms=self.guided_ms,
            mono_ms=self.mono_ms,
            at=self.at + timedelta(milliseconds=self.mono_ms),
            body=body,
        )
        self.events.append(event)
        self.state = self.now = fold.apply(self.script, self.state, event.as_played())
        self.guided_ms = self.now_ms = 0

    def _answer_all(self, moment: str) -> None:
        for question in fold.questions(self.script, moment):
            if not self._goes_on() or self._stage()["moment"] != moment:
                return
            self._answer(question, moment)
        if self._goes_on() and self._stage()["moment"] == moment:
            self._send("skipped")

    def _answer(self, question: Mapping[str, Any], moment: str) -> None:
        if moment == "safety":
            self._send("answered", check=question["scale"], value=0, moment=moment)
            return
        scale = question["scale"]
        value: int | None
        if scale in self.mood.answers:
            value = self.mood.answers[scale]
        elif question["answer"] == "yes_no":
            value = int(self.chance.random() < 0.8)
        elif scale == "pain":
            value = self._rating(self.mood.pain - (1.0 if moment == "before" else 0.0))
        elif scale == "anxiety":
            value = self._rating(self.mood.anxiety + (0.7 if moment == "before" else -0.5))
        else:
            value = self._rating(8.0 - self.mood.anxiety * 0.6)
        if scale not in self.mood.answers and self.chance.random() < self.mood.skips_ratings:
            value = None
        self._send("answered", scale=scale, value=value, moment=moment)

    def _rating(self, expected: float) -> int:
        return max(0, min(10, round(self.chance.gauss(expected, 0.8))))

    def _at_gate(self) -> None:
        before = self._now()["limit_mm"]
        if self.mood.not_today:
            self._send("declined")
            return
        if self.mood.takes_smaller and before is None:
            self._send("smaller")
        self._send("ready")

    def _through_step(self, index: int) -> None:
        step = self.script["steps"][index]
        now = self._now()
        length = step["length_s"]
        if self.stop_at is not None and index >= self.stop_at:
            left = round((length or 30) * 1000) - now["step_ms"]
            self.guided_ms += max(0, int(left * self.chance.uniform(0.1, 0.6)))
            self._stop()
            return
        if length is None:
            taken, limit = self.chance.randint(20_000, 110_000), self._limit(step)
            self.guided_ms += limit if self.mood.waits_at_opening else min(taken, int(limit * _STILL_WELCOME))
            if fold.waits(self.script, self._now()):
                self._send("stayed")
            else:
                self._send("tapped")
            return
        left = round(length * 1000) - now["step_ms"]
        if self.chance.random() < self.mood.pauses and left > 20_000:
            self.guided_ms += left // 2
            left -= left // 2
            self._send("paused", why="asked", lost_ms=0)
            self.mono_ms += self.chance.randint(5_000, 60_000)
            self._send("resumed")
        if step["check"] and left > 5_000:
            self.guided_ms += left // 2
            left -= left // 2
            scale = step["check"]["scale"]
            expected = self.mood.pain if scale == "pain" else self.mood.anxiety
            self._send("answered", scale=scale, value=self._rating(expected), moment="during", check=step["id"])
            if self._now()["status"] == "paused":  # something easier is offered
                self._send("smaller")
                if self._now()["status"] == "paused":
                    self._send("continued")
            if not self._goes_on() or self._stage()["step"] != index:
                return
            if self._stage()["type"] == "gate":
                return
        self.guided_ms += max(0, left)

    def _limit(self, step: Mapping[str, Any]) -> int:
        """How long a step at her own pace may take, in ms; ten minutes where it does not say."""
        return max(
            (round((cue.get("at_most_s") or 600) * 1000) for cue in step["cues"] if cue["for_s"] is None), default=0
        )

    def _stop(self) -> None:
        if self.mood.stop_reason == "pain":
            self._send("answered", scale="pain", value=max(7, self._rating(7.5)), moment="during")
        if self._goes_on():
            reason = self.mood.stop_reason
            self._send("stopped", **({"reason": reason} if reason else {"reason": None}))
