"""Texts that the tests of the language share: the sample of its description, a small program, the library."""

from __future__ import annotations

import re
from pathlib import Path

_MARK = re.compile(r"‹([a-z0-9-]+)›")

PROGRAMS = Path(__file__).parents[2] / "programs"


def library(name: str) -> bytes | None:
    """The reader of imports, over the programs that come with the product."""
    path = PROGRAMS / f"{name}.yaml"
    return path.read_bytes() if path.is_file() else None


def nothing(name: str) -> None:
    """A reader that has no files."""


def marked(text: str) -> tuple[str, list[tuple[int, int, str]]]:
    """The text without its marks, and where they stood: a `‹code›` stands right before the place of a problem."""
    expected = []
    for number, line in enumerate(text.split("\n"), 1):
        column = 1
        at = 0
        for mark in _MARK.finditer(line):
            column += mark.start() - at
            at = mark.end()
            expected.append((number, column, mark[1]))
    return _MARK.sub("", text), expected


SAMPLE = """\
title: Dilator progression after injection
language: en
summary: Relaxation first, then dilators, in step with the weeks after a botulinum toxin injection.
author: Example clinic
reviewed: {by: null, date: null}        # until a clinician has reviewed it, every page says "example, not reviewed"
evidence: ["Pacik & Geletta 2017, Sex Med 5:e114"]
equipment: [dilator set, water-based lubricant, two pillows]
cautions:
  - Do not use dilators with fever, an open sore or an infection, or before your clinician's earliest day.

import: [library/relaxation, library/stretches]   # files under programs/ that hold only `exercises:` and `sessions:`

parameters:
  still: {type: duration, default: 10min, min: 3min, max: 30min, label: Staying still}

scales:
  control: {ask: "How much in control did you feel?", low: not at all, high: completely}
  let_go: {ask: Could you let go today?, answer: yes_no}

exercises:
  advance:
    kind: dilator                  # stretching | strengthening | relaxation | dilator | preparation
    title: Let it come to you
    cue: Rest the tip at the opening. Breathe out and let it come; if your body closes, wait and breathe.
    size: $dilator
    until: tap                     # the patient's own pace
    at_most: 5min                  # then: stay at the opening, or finish; never a failure
    dose: none
  stay_still:
    kind: dilator
    title: Stay still
    cue: Nothing to do now. Notice one place that can soften.
    size: $dilator
    for: $still                    # or [3min, 5min, 10min]: first, second, every further session at this rung
    say:                           # start, half, end, `at 2min`, `10s left`
      half: Half way.
      10s left: Ten more seconds.
    check: {pain: every 2min}      # one tap, skippable
  muscle_release:
    kind: relaxation
    title: Quick release
    cue: Tighten a little, about half your strength, and let it go completely.
    contract: 5s
    relax: 15s
    parts: [feet and calves, thighs, belly, hands and arms, shoulders, face and jaw]   # instead of reps: one each
  deep_squat:
    kind: stretching
    title: Supported deep squat
    cue: Sit into the support; on each breath in, soften between the sit bones.
    hold: 30s
    reps: 3
    rest: 30s
    not_before: injection + 7d
    swap: childs_pose              # an equal that the patient may choose instead
  slow_lifts:
    kind: strengthening
    title: Slow close and lift
    cue: Gently close and lift, keep breathing, then let it drop all the way.
    contract: $strength.hold
    relax: $strength.rest
    reps: $strength.reps
    sets: 2
    set_rest: 60s

ladders:
  dilator:
    kind: dilator
    rungs: own set                 # the patient's dilators by mm; or a list: [{id: d1, size: 13mm}, ...]
    start: chosen at assignment
    stay_at_least: 2d
    up: {after: 3 of 4 sessions, completed: 100%, pain_at_most: 2, pain_never_above: 3, anxiety_at_most: 3}
    down:
      - {after: 2 sessions in a row, pain_at_least: 4}
      - {after: 1 session, stayed_at_opening: true}
    after_gap: {of: 3d, down: 1}   # the first session back only; the rung is not lost
    up_needs: therapist            # therapist | patient | automatic
    not_up_while: {phase: [waning], rising: pain}
  strength:
    rungs:                         # a rung may carry any values
      - {id: l1, hold: 3s, rest: 6s, reps: 5, per_day: 2}
      - {id: l2, hold: 5s, rest: 10s, reps: 6, per_day: 2}
    stay_at_least: 10d
    up: {after: 8 of 10 sessions, completed: 80%, pain_at_most: 2}
    up_needs: therapist
    locked: [can let go fully after a squeeze, pain at rest 2 or less, no trouble emptying the bladder]   # or true

sessions:
  calm:
    title: Calm
    steps: [settle, belly_breathing: {for: 3min}, muscle_release]
  dilate:
    title: Practice
    warm_up: [belly_breathing]
    steps:
      - advance: {size: $dilator - 1, at_most: 3min}
      - stay_still: {size: $dilator - 1, for: 2min}
      - advance
      - stay_still
    finish: [rest]
    ask_before: [pain, anxiety]
    ask_after: [pain, anxiety, control]
    counts_when: 80%               # of the dose seconds; below it the session is partial, with its share
    variants:
      gentle: {title: Gentle, leave_out: [advance, stay_still], counts: 100%}
      short: {title: Short, scale: 50%, counts: 50%}      # or `steps:` of its own
    ease_when: {pain_at_least: 4, still_after: 30s}        # offers one rung down, or a shorter dose
    stop_when:
      - {pain_at_least: 7}
      - {anxiety_at_least: 7, still_after: 2min}
  stretch:
    title: Stretching
    alternate: [hips, squat_day]   # hips comes from the library
  squat_day:
    title: Stretching
    steps: [childs_pose, deep_squat]
  strengthen:
    title: Strength
    warm_up: [belly_breathing]
    steps: [slow_lifts]
    finish: [rest]
    ask_before: [let_go]
    ask_after: [pain]
    instead_when: {let_go: "no", do: calm}

phases:                            # days from and to are both inside
  - {id: before,  title: Before,   from: injection - 14d, to: injection - 1d,   do: {calm: 1 per day}}
  - {id: settle,  title: Settling, from: injection,       to: insertion - 1d,   do: {calm: 2 per day}}
  - {id: start,   title: Starting, from: insertion,       to: injection + 7d,   at_least: 5d, do: {calm: 1 per day, dilate: 1-2 per day}}
  - {id: build,   title: Building, from: injection + 8d,  to: injection + 28d,  set: {still: 12min}, do: {dilate: 2 per day, stretch: 5 per week}}
  - {id: hold,    title: Keeping,  from: injection + 29d, to: injection + 83d,  set: {still: 15min}, do: {dilate: 1-2 per day on any 6 days}}
  - {id: waning,  title: Waning,   from: injection + 84d, until: {after: 6 of 8 sessions, pain_at_most: 2}, until_needs: therapist, do: {dilate: 4 per week, strengthen: $strength.per_day per day}, then: maintenance}

safety_checks:
  - id: spreading
    from: injection
    to: injection + 6w
    every: 1d
    ask: Any trouble swallowing, speaking or breathing, double vision, drooping eyelids or weakness all over?
    on_yes: {urgency: emergency, say: Call the emergency number now.}

alerts:                            # items in the therapist's review queue, never extra messages to the patient
  - {id: silent, when: {no_session_for: 3d}}
  - {id: sore,   when: {pain_at_least: 7, times: 2, within: 7d}}
  - {id: slipping, when: {comfort_down: 1, in_checks: 2}, not_before: injection + 12w}
"""  # noqa: E501 - written as authors write it

# A small program without problems but that nobody has reviewed it; parts of it are replaced in tests.
SMALL = """\
title: Calm
exercises:
  breathing:
    kind: relaxation
    title: Breathing
    breathe: {in: 4s, out: 6s}
    reps: 10
sessions:
  calm:
    title: Calm
    steps: [breathing]
phases:
  - id: daily
    title: Every day
    do: {calm: 1 per day}
"""
