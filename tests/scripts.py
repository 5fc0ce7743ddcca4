"""Random session scripts and random logs of them, for laws about folding. Seeded: the same seed, the same log."""

from __future__ import annotations

import random
from typing import Any

from coach.domain import fold as rules

SIZES = (10.0, 13, 15.5, 18, 22, 25, 28.5, 32)
SCALES = ("pain", "anxiety", "control")


def question(scale: str) -> dict[str, Any]:
    yes_no = scale == "let_go"
    return {"scale": scale, "ask": scale, "low": None, "high": None, "answer": "yes_no" if yes_no else "0-10"}


def random_script(rng: random.Random) -> dict[str, Any]:
    """A script with every kind of step, cue and rule that a program can give."""
    steps = [_step(rng, number) for number in range(rng.randint(0 if rng.random() < 0.02 else 1, 6))]
    asks_before = rng.sample((*SCALES, "let_go"), rng.randint(0, 3))
    return {
        "version": 1,
        "program": "generated",
        "session": "generated",
        "counts_when": rng.choice((0.8, 0.5, 1, 0)),
        "counts": rng.choice((1.0, 1, 0.5)),
        "ask_before": [question(scale) for scale in asks_before],
        "ask_after": [question(scale) for scale in rng.sample(SCALES, rng.randint(0, 3))],
        "during": [question("pain"), question("anxiety")],
        "safety": [
            {"id": f"check{n}", "ask": "?", "urgency": rng.choice(("emergency", "same_day", "routine")), "say": "."}
            for n in range(rng.choice((0, 0, 1, 2)))
        ],
        "stop_when": [_condition(rng, 6) for _ in range(rng.randint(0, 2))],
        "ease_when": [_condition(rng, 3) for _ in range(rng.randint(0, 2))],
        "instead": [{"scale": "let_go", "answer": rng.choice((False, 0, 1)), "session": "calm"}]
        if "let_go" in asks_before and rng.random() < 0.5
        else [],
        "steps": steps,
    }


def _condition(rng: random.Random, value: int) -> dict[str, Any]:
    tests = ("at_least", "at_least", "at_least", "at_most", "never_above", "rises_by")
    clauses = [
        {"scale": rng.choice(SCALES), "test": rng.choice(tests), "value": value + rng.randint(0, 2)}
        for _ in range(rng.choice((1, 1, 2)))
    ]
    return {"all": clauses, "still_after_s": rng.choice((0, 0, 30, 120.5))}


def _cue(rng: random.Random, do: str) -> dict[str, Any]:
    return {
        "at_s": 0,
        "for_s": rng.choice((0.1, 3, 4, 5.5, 10, 60)),
        "do": do,
        "rep": 1,
        "of": 1,
        "set": 1,
        "side": None,
        "label": None,
    }


def _step(rng: random.Random, number: int) -> dict[str, Any]:
    kind = rng.choice(("relaxation", "stretching", "strengthening", "dilator", "dilator", "preparation"))
    shape = rng.choice(
        ("tap", "breath", "contract", "hold", "block", "block", "nothing" if rng.random() < 0.1 else "hold")
    )
    cues: list[dict[str, Any]] = [_cue(rng, "get_ready")] if rng.random() < 0.5 else []
    if shape == "tap":
        tap = {**_cue(rng, "tap"), "for_s": None, "at_most_s": rng.choice((180, 60, 0.5, None))}
        cues.append(tap)
        if rng.random() < 0.2:
            cues += [_cue(rng, "switch"), tap]
    elif shape != "nothing":
        parts = {"breath": ("in", "hold", "out", "pause"), "contract": ("contract", "relax"), "hold": ("hold", "rest")}
        for _ in range(rng.randint(1, 5)):
            cues += [_cue(rng, do) for do in parts.get(shape, ("block",))]
    else:
        cues = []
    at = 0.0
    for cue in cues:
        cue["at_s"] = round(at, 1)
        at += cue["for_s"] or 0
    size = rng.choice((None, *SIZES)) if kind == "dilator" else None
    smaller = [s for s in sorted(SIZES, reverse=True) if size is not None and s < size]
    return {
        "id": f"step_{number}",
        "exercise": f"step_{number}",
        "kind": kind,
        "title": "Step",
        "cue": None,
        "size_mm": size,
        "rung": None if size is None else f"d{SIZES.index(size)}",
        "ladder": None,
        "smaller": [{"rung": f"d{SIZES.index(s)}", "size_mm": s} for s in smaller],
        "gate": kind == "dilator",
        "dose": None if kind == "preparation" or rng.random() < 0.1 else kind,
        "check": {"scale": "pain", "every_s": rng.choice((2, 30))} if rng.random() < 0.3 else None,
        "captions": [],
        "length_s": None if shape == "tap" else round(at, 1),
        "cues": cues,
    }


_RUBBISH: tuple[Any, ...] = (None, -1, 1.5, "5", True, [], {}, 2**60, "pain", "constructor")


def random_log(rng: random.Random, script: dict[str, Any], most: int = 60) -> list[dict[str, Any]]:
    """A log as a patient, a dying phone and a hostile client between them might write it."""
    state = rules.initial(script)
    events: list[dict[str, Any]] = []
    mono = 0
    nonsense = rng.choice((0.0, 0.02, 0.3))
    for seq in range(1, rng.randint(2, most)):
        kind, body = _next(rng, script, state)
        guided = rng.choice((0, 1, 250, 3_000, 10_000, 61_234, 400_000))
        mono += guided + rng.choice((0, 5, 30_000, 130_000))
        event: dict[str, Any] = {
            "seq": seq, "kind": kind, "guided_ms": guided, "mono_ms": mono, "at": 1_772_000_000_000 + mono, "body": body
        }  # fmt: skip
        if rng.random() < nonsense:
            event[rng.choice(list(event))] = rng.choice(_RUBBISH)
        if rng.random() < nonsense and isinstance(event["body"], dict):
            event["body"] = {**event["body"], rng.choice(("moment", "value", "scale", "reason")): rng.choice(_RUBBISH)}
        events.append(event)
        state = rules.apply(script, state, event)
    return events


def _next(rng: random.Random, script: dict[str, Any], state: rules.State) -> tuple[str, dict[str, Any]]:
    if state["status"] == "new" and rng.random() < 0.95:
        return "started", {}
    if rng.random() < 0.15:
        kind = rng.choice((*rules.KINDS, "unheard_of"))
        return kind, {
            "reason": rng.choice((None, *rules.STOP_REASONS, "instead", "odd")),
            "lost_ms": rng.randint(0, 9000),
        }
    stage = rules.current_stage(script, state)
    if stage["type"] == "ask" and rng.random() < 0.9:
        asked = rng.choice(rules.questions(script, str(stage["moment"])))
        value = rng.choice((None, 0, 1, 2, 4, 7, 10)) if asked["answer"] == "0-10" else rng.choice((0, 0, 0, 1, None))
        return "answered", {"moment": stage["moment"], "scale": asked["scale"], "check": asked["scale"], "value": value}
    if state["offer"]:
        return rng.choice(("continued", "smaller", "declined", "skipped", "resumed")), {}
    if stage["type"] == "gate" and rng.random() < 0.9:
        return rng.choice(("ready", "ready", "ready", "smaller", "declined", "skipped")), {}
    if state["status"] == "paused" and rng.random() < 0.8:
        return "resumed", {}
    kind = rng.choice(("answered", "paused", "smaller", "skipped", "tapped", "tapped", "stayed", "noted", "noted"))
    body: dict[str, Any] = {"lost_ms": 1200, "why": rng.choice(("hidden", "choice"))} if kind == "paused" else {}
    if kind == "answered":
        step = None if stage["step"] is None else script["steps"][stage["step"]]["id"]
        moment = rng.choice(("during", "during", "during", "after"))
        value = rng.choice((None, 0, 3, 4, 5, 8))
        body = {"moment": moment, "scale": rng.choice(SCALES), "value": value, "check": step}
    return kind, body
