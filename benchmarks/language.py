"""The check of a program of 300 lines, beside PyYAML's C composer on the same texts."""

from __future__ import annotations

import time
from collections.abc import Callable

import yaml

from benchmarks.report import Row
from coach import resource
from coach.language.check import check

PROGRAM, REPEATED, LINES = "after-injection-dilation", "familiar", 300
_CALLS = 5  # a round


def measure(*, rounds: int) -> Row:
    text = _text()
    imported: dict[str, bytes] = {}

    def read(name: str) -> bytes:
        imported[name] = (resource("programs") / f"{name}.yaml").read_bytes()
        return imported[name]

    def ours() -> None:
        if check(text, file=f"{PROGRAM}.yaml", read=read).program is None:
            raise RuntimeError("the program does not pass its check")

    def limit() -> None:
        texts: list[str | bytes] = [text, *imported.values()]
        for each in texts:
            yaml.compose(each, Loader=yaml.CSafeLoader)

    ours()
    limit()
    times = [(_milliseconds(ours), _milliseconds(limit)) for _ in range(rounds)]
    lines = len(text.splitlines()), sum(len(each.splitlines()) for each in imported.values())
    return Row(
        "check of a program",
        [ours_ms for ours_ms, _ in times],
        [limit_ms for _, limit_ms in times],
        goal_share=0.1,
        goal_ms=30,
        counts=f"{lines[0]} lines, and {lines[1]} that it imports",
    )


def _text() -> str:
    """The shipped program, longer by copies of one session under other names."""
    text = (resource("programs") / f"{PROGRAM}.yaml").read_text()
    before, name, rest = text.partition(f"\n  {REPEATED}:\n")
    body = []
    for line in rest.splitlines():
        if not line.startswith("    "):
            break
        body.append(line)
    copies = -(-(LINES - len(text.splitlines())) // (len(body) + 1))
    added = "".join(f"\n  {REPEATED}_{number}:\n" + "\n".join(body) for number in range(copies))
    return before + added + name + rest


def _milliseconds(work: Callable[[], None]) -> float:
    began = time.process_time()
    for _ in range(_CALLS):
        work()
    return (time.process_time() - began) * 1000 / _CALLS
