"""The table that a run leaves behind."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

_HEAD = """\
# Performance

Written by `python3 run bench`; no figure here is typed by hand. Each piece of work is measured beside its limit in one
run, round by round in turn, as processor time a request (of one gunicorn worker, SQLite with `synchronous=FULL`) or a
call. The limit is the least that the libraries below can do for the same answer (`benchmarks/limits.py`). The share is
the limit's time over ours: 100 % would be as fast as the limit. A ratio holds when the machine is busy; a single time
does not.

| work | ours (median, spread) | limit | share (median, spread) | goal | met | on any machine |
|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    """One piece of work: CPU in milliseconds a request, ours and the limit's, one figure a round."""

    work: str
    ours_ms: Sequence[float]
    limit_ms: Sequence[float]
    goal_share: float  # of the limit's requests in the same processor time
    goal_ms: float | None
    counts: str  # statements, commits, bytes: what does not depend on the machine

    @property
    def shares(self) -> list[float]:
        return [limit / ours for ours, limit in zip(self.ours_ms, self.limit_ms, strict=True)]

    @property
    def share(self) -> float:
        return statistics.median(self.shares)

    @property
    def milliseconds(self) -> float:
        return statistics.median(self.ours_ms)

    @property
    def is_met(self) -> bool:
        return self.share >= self.goal_share and (self.goal_ms is None or self.milliseconds <= self.goal_ms)


def line(row: Row) -> str:
    return (
        f"{row.work}: {row.milliseconds:.2f} ms, limit {statistics.median(row.limit_ms):.2f} ms, "
        f"{row.share:.0%} of the limit (goal {row.goal_share:.0%}), {row.counts}"
    )


def render(rows: Sequence[Row], *, rounds: int, requests: int) -> str:
    lines = [_HEAD]
    for row in rows:
        goal = f">= {row.goal_share:.0%}" + (f" and <= {row.goal_ms:g} ms" if row.goal_ms else "")
        lines.append(
            f"| {row.work} | {row.milliseconds:.2f} ms ({min(row.ours_ms):.2f}-{max(row.ours_ms):.2f}) "
            f"| {statistics.median(row.limit_ms):.2f} ms "
            f"| {row.share:.0%} ({min(row.shares):.0%}-{max(row.shares):.0%}) "
            f"| {goal} | {'yes' if row.is_met else 'not yet'} | {row.counts} |"
        )
    where = f"Python {platform.python_version()}, {os.cpu_count()} cores, {platform.system()}"
    lines += ["", f"{rounds} rounds of {requests} requests each; {where}.", ""]
    return "\n".join(lines)
