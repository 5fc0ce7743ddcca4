"""The prose of the reference page. `{{...}}` stands for what is made from the models.

`{{table exercise.say}}` is the table of the keys under `say` of an exercise, and every model has a table. The tests
check every block of YAML, one that shows a part with what it leaves out put beside it.
"""

from __future__ import annotations

PAGE = r"""
# The language of programs

This page is made from the models that check a program: `coach programs schema --for reading` writes it. The examples
on it show how things are written. They are nobody's prescription, and no clinician has reviewed them.

A program is a text, like a hand-out: what there is to do, in which sessions, in which weeks, and what happens when it
hurts. One file is one program. Its name is its id, in small letters with hyphens: `five-quiet-minutes.yaml`. Imported
files lie in `programs/` too.

## A first program

`coach programs new five-quiet-minutes.yaml` writes a starter with comments. This is a whole one:

```yaml
title: Five quiet minutes
language: en
summary: Breathing and letting go, once a day for two weeks and then as you like.
cautions: [Leave out any part that hurts. You can stop at any moment, and stopping counts.]

exercises:
  breathing:
    kind: relaxation
    title: Breathing
    cue: Let the breath widen your ribs and your belly. Breathe out slowly.
    breathe: {in: 4s, out: 6s}
    for: 3min
  resting:
    kind: relaxation
    title: Rest
    cue: Lie as you like. There is nothing to do now.
    for: 2min

sessions:
  calm:
    title: Calm
    steps: [breathing, resting]
    ask_before: [pain, anxiety]
    ask_after: [pain, anxiety]
    stop_when: {pain_at_least: 7}

phases:
  - id: daily
    title: Every day
    from: start
    to: start + 13d
    do: {calm: 1 per day}
  - id: on
    title: Going on
    do: {calm: 3-5 per week}
```

Read it from below: phases say in which weeks which sessions are due; sessions say which exercises make one sitting;
exercises say what to do and for how long. The ids (`calm`, `breathing`) are yours, everything else is on this page.
Then look at what you wrote:

```
coach programs check five-quiet-minutes.yaml          what is wrong, at its line, and how to mend it
coach programs explain five-quiet-minutes.yaml        the program in plain sentences
coach programs script five-quiet-minutes.yaml calm    what the player plays in that session
```

## How the text is written

- A line is `key: value`: a name, a colon, **a space**, the value. What belongs to a key stands under it, indented by
  two spaces. A list has one entry a line, each after `- `.
- Short groups fit on one line: `{in: 4s, out: 6s}` is a group of keys, `[pain, anxiety]` a list.
- `#` after two spaces begins a comment. With one space before it, it cuts a text off, and you are told so.
- A text that holds `: ` or ` #`, or begins with a sign such as `-`, `*`, `&`, `>`, `|`, `@`, `%`, `{` or `[`, stands
  in quotes: `"Note: breathe out"`. Inside braces a comma needs quotes as well: `{half: "Half way, soften."}`.
- Nothing is guessed. Digits, with a decimal point or a minus if need be, are a number; `true`, `false` and `null` are
  themselves; all else is text. `18:30`, `no`, `012` and `2026-03-29` stay what you wrote.
- No tabs at the beginning of a line, no tags (`!`), no anchors and aliases (`&`, `*`), no merge keys (`<<`). To reuse
  something there are imports, parameters, and what a step says differently.
- A key that is not known, or that stands twice, is an error. A key with nothing after it is as if it were not there.
- One program in a file, in UTF-8, at most {{most kib}} KiB, {{most lines}} lines, {{most values}} values and
  {{most levels}} levels.
- A text has at most {{most letters}} letters, a duration at most 2 hours, a session at most 200 steps and 2 hours.

## Values

{{values}}

Some more about these:

- **References** stand where a duration, a number, a size or a frequency stands. A parameter has no fields and no
  neighbours; only a rung itself has neighbours, not one of its values. A step that refers to a neighbour which does
  not exist (`$dilator + 1` on the highest rung) is left out of that session.
- **Frequencies** allow at most 6 a day and 42 a week. A day belongs to the patient's own calendar, and her week goes
  from Monday to Sunday. Where a phase covers only a part of a week, a weekly number is taken in part, to the nearest
  whole number. `every 2 days` counts from the first day of the phase.
- **Conditions** take the scales `pain` and `anxiety`, which every program has, and those under `scales:`. A map means
  that all of it has to hold; a list of maps, any of them:

```yaml
sessions:
  calm:
    title: Calm
    steps: [breathing]
    stop_when:
      - {pain_at_least: 7}
      - {anxiety_at_least: 7, still_after: 2min}
```

- **Who**: `therapist` decides on every change herself, `patient` is asked, `automatic` asks nobody.

## The whole program

The keys at the very left. Only `title` has to be there, though without sessions there is nothing to do.

{{table program}}

## Reviewed

{{table reviewed}}

```yaml
title: T
reviewed: {by: Dr. A. Example, date: 2026-03-01}
```

## Parameters

{{table parameter}}

```yaml
parameters:
  still: {type: duration, default: 10min, min: 3min, max: 30min, label: Staying still}
exercises:
  resting: {kind: relaxation, title: Rest, for: $still}
```

## Scales

{{table scale}}

```yaml
scales:
  control: {ask: How much in control did you feel?, low: not at all, high: completely}
  let_go: {ask: Could you let go today?, answer: yes_no}
```

## Exercises

{{table exercise}}

```yaml
exercises:
  squat:
    kind: stretching
    title: Supported deep squat
    cue: Sit into the support; on each breath in, soften.
    hold: 30s
    reps: 3
    rest: 30s
    not_before: injection + 7d
    swap: breathing       # an equal that the patient may choose
  release:
    kind: relaxation
    title: Quick release
    cue: Tighten a little, then let go completely.
    contract: 5s
    relax: 15s
    parts: [feet and calves, thighs, belly, shoulders, face and jaw]
  stay_still:
    kind: dilator
    title: Stay still
    size: $dilator
    for: [3min, 5min, 10min]      # the first time at a rung, the second, and every further one
    say: {half: Half way., 10s left: Ten more seconds.}
    check: {pain: every 2min}
```

### What is spoken

What stands under `say`.

{{table exercise.say}}

### A breath

{{table breath}}

## Ladders

{{table ladder}}

```yaml
ladders:
  dilator:
    kind: dilator
    rungs: own set
    start: chosen at assignment
    stay_at_least: 2d
    up: {after: 3 of 4 sessions, completed: 100%, pain_at_most: 2}
    down:
      - {after: 2 sessions in a row, pain_at_least: 4}
      - {after: 1 session, stayed_at_opening: true}
    after_gap: {of: 3d, down: 1}
  strength:
    rungs:
      - {id: l1, hold: 3s, rest: 6s, reps: 5, per_day: 2}
      - {id: l2, hold: 5s, rest: 10s, reps: 6, per_day: 2}
    up: {after: 8 of 10 sessions, completed: 80%, pain_at_most: 2}
    locked: [can let go fully after a squeeze]
```

### After a gap

What stands under `after_gap`.

{{table ladder.after_gap}}

### Not up while

What stands under `not_up_while`.

{{table ladder.not_up_while}}

### A rung

{{table rung}}

## Sessions

{{table session}}

```yaml
sessions:
  practice:
    title: Practice
    warm_up: [breathing]
    steps:
      - held: {for: 2min}      # with something different in this step
      - held
    finish: [breathing]
    ask_before: [pain, anxiety]
    ask_after: [pain, anxiety]
    variants:
      short: {title: Short, scale: 50%, counts: 50%}
      gentle: {title: Gentle, leave_out: [held], counts: 100%}
    ease_when: {pain_at_least: 4, still_after: 30s}
    stop_when: [{pain_at_least: 7}]
  calm:
    title: Calm
    steps: [breathing]
```

### What a step does differently

{{table override}}

These are the keys of an exercise without `kind`, `not_before` and `swap`. A step with nothing different is the name of
the exercise alone.

### Variants

{{table variant}}

### Another session instead

{{table instead}}

## Phases

{{table phase}}

```yaml
phases:
  - {id: settle, title: Settling, from: injection, to: insertion - 1d, do: {calm: 2 per day}}
  - {id: begin, title: Beginning, from: insertion, to: injection + 20d, at_least: 5d, do: {calm: 1-2 per day}}
  - id: on
    title: Going on
    from: injection + 21d
    do: {calm: 2 per day on any 5 days}
    until: {after: 6 of 8 sessions, pain_at_most: 2}
    then: maintenance
```

## Safety checks

{{table safety_check}}

```yaml
safety_checks:
  - id: spreading
    from: injection
    to: injection + 6w
    every: 1d
    ask: Any trouble swallowing, speaking or breathing?
    on_yes: {urgency: emergency, say: Call the emergency number now.}
```

### What a yes does

{{table answer}}

## Alerts

{{table alert}}

```yaml
alerts:
  - {id: silent, when: {no_session_for: 3d}}
  - {id: sore, when: {pain_at_least: 7, times: 2, within: 7d}}
  - {id: slipping, when: {comfort_down: 1, in_checks: 2}, not_before: injection + 12w}
```

### What an alert watches

What stands under `when`.

{{table alert.when}}

## What it means

### Time

- `rest` lies between repetitions, `set_rest` between sets; neither comes after the last one.
- With `contract` and `relax` every repetition is a contraction and its whole release, the last one too.
- `breathe` with `for` takes as many whole breaths as fit into the time, at least one.
- `sides: both` does all sets on the left, then `switch`, then all on the right.
- `get_ready` is 3 seconds before `hold`, `contract` and `for`, and none before `breathe`, `until` and any
  `preparation`. You may set it, to `0s` too, and then it stands before these as well.
- `until: tap` counts nothing in the shortest length of a session and `at_most` in the longest. The questions before
  and after, the question before each dilator step, and pauses count in no length. Lengths are worked out, never
  written.
- A list under `for` goes by how often the session was completed at the rungs that hold now; a variant, or a session
  at a smaller size, does not move it on.
- Times are exact to a tenth of a second. A session is never shortened to nothing: scaled blocks keep at least that
  much.

### Dose

Dose is seconds of work by kind: holds, contractions with their releases, breaths and blocks. Rests, getting ready,
changing sides, questions, `preparation`, taps and `dose: none` are not dose. Of the dose that was asked for, the
share done decides by `counts_when` whether a session is complete or partial. Stopping for pain, for fear or without a
reason counts as attended in full, and so does waiting at the opening.

### Sizes

A dilator step opens with a question without a clock: ready, a smaller one, or not today. Within a session a size only
goes down. Nothing in a session asks for more than the largest size that it names at the rung. A size written in
millimetres stands on no ladder. A step at `$dilator + 1` is there for its own sake: nothing smaller takes its place,
and it is left out where the patient has limited the size.

### Variants

A variant changes what is done on that day. `counts` is what it gives to attendance; it never gives anything to a
ladder. `leave_out` takes exercises out of the whole session, warm-up and finish too; `steps` replaces the main steps
only. `scale` shortens `for` and rounds repetitions up; it shortens no hold, no contraction, no release and no rest.

### Sessions in turn

The turn moves on with each session of that name that was credited. A session that may not be done yet, because all of
its main steps have a later `not_before`, is passed over. Sessions that take turns cannot take turns inside each
other.

### Phases

- Both days are inside. Without `from` a phase begins on the day after the one above ends. Without `to` and `until` it
  goes on; a later phase that has a `from` of its own ends it on the day before.
- A phase that comes out empty for a patient is passed over without a word. One whose `to` lies before its `from`,
  counted from the same day, is an error.
- `at_least` lengthens a phase that would come out shorter. What is lacking moves its end and every later phase, and
  such moves add up. Phases are moved, they are not skipped. Safety checks, alerts and the typical effect of an
  injection stay on their days.
- While the insertion day is not charted, the phase before it goes on and the therapist is asked for the day.
- From the day of an injection until the insertion day nothing is inserted, whatever the program says. A session that
  holds a dilator step waits, and the others of the phase go on. That is so after any injection, also one that the
  assignment does not go by.
- `until` looks at the phase's own sessions in which its ratings are asked: whole ones, the latest first. A session
  without the question, and a variant, speak neither for the end nor against it. The days of `at_least` come first.
  Then the therapist finds it on the review, or the patient is asked on Today, or it ends with that day by itself; the
  next phase begins on the day after. The therapist may end such a phase earlier, and take an end back.
- A pause moves no phase. On its days nothing is due; of a week that leaves the days to the patient its part is.
- What was due on a day stays once the day has begun, whatever is changed of the program or its assignment later.
- `then` belongs to the end of its phase: the program is proposed once `to` is over or `until` is met. In a phase with
  neither it is proposed when the therapist ends the phase, which is how "for as long as it helps, and then ..." is
  written. It is never given by itself, and a phase below goes on all the same.
- A further injection begins a new cycle when the program is given again for it. It never changes what was.
- The value of a parameter comes from the program's `default`, over that from the assignment, over that from the
  phase's `set`.

### Ladders

- The lowest rung stands first. Without `start` a ladder begins there. The patient's own set is sorted by millimetres.
- `up` looks at sessions in which every prescribed step on the ladder was done, and at their highest rating during and
  after. It goes up one rung at a time and is never made up for later. A rating can only hold or lower.
- `down` goes down one rung. `after_gap` lowers the first session back only; the rung itself is kept. A gap is days
  without any session on this ladder. Where the phase asks for fewer sessions, say one a week, the gap is measured from
  what the phase leaves free: a spacing that was planned is never a gap.
- `not_up_while` has two keys, and the patient stays on her rung while either of them holds: in one of the phases
  named, or while that scale is rising. Only where both are absent nothing keeps her.
- What is `locked` waits until the therapist places the patient on a rung.
- The ids of ladders, rungs, sessions and phases stay when the file changes, and with them the patient's place.
- A step up holds from the day after the session that earned it, a step down at once. A sitting counts at the rung that
  was asked for in it. Variants, the first session after a gap and a smaller size chosen on the day count for no step
  up; a smaller size is never a step down. Two sittings in a row that a stop rule ended hold the rung until one was not.
- What the therapist says stands: she may place the patient on another rung, hold a ladder or lock it, with a reason.
  The patient may always go smaller, on the day or from then on, and never above what she is allowed.
- A ladder that the program locks, and a therapist opened, locks again on a flare. What a flare is stands in the
  clinic's defaults. For strengthening the rung is proposed from PERFECT where it was examined: the highest one whose
  `hold` and `reps` (and `quick_reps`) ask for no more.
- What the alerts watch for stands on the therapist's review as long as it holds: `no_session_for` without paused days,
  ratings by the strongest of each session, `comfort_down` by the largest comfortable size of each week, as the
  ladder's own `up` understands comfortable.

### Safety checks

A check is asked before the first session of its days. It begins on the planned day of an injection, charted or not,
and goes on while its last day is not known. It is asked after a further injection too. A yes that is not `routine`
shows its text at once, ends practice for that day and tells the therapist. The most urgent is
asked first. Between its days a check also stands on a page of its own, at any time and however often a session asks
it; there the clinic's usual checks stand for each urgency that no program of the patient asks about. A `routine` yes is
written down, and beside a sign of an emergency only the emergency's text is shown.

### Imports

A file that is imported lies under `programs/` and holds `exercises:` and `sessions:` only. What the program writes
itself goes before an imported entry of the same name, whole. The same name from two imports is an error. What an
import offers and nobody uses is no problem. References, scales and ladders that it uses have to be in the program
that imports it.

### Revisions

What is published is numbered and never changes. What is due on a day is fixed when the day opens on the patient's
calendar, or when its session starts, whichever comes first. A patient's assignment moves to a newer revision on
purpose only. The same text published twice is one revision.

## Problems

All problems of a file are told at once, in order of line, each with its place, why it matters and how to mend it.
Errors keep a program from being published; warnings do not, they are what a careful colleague would say. What only
follows from another problem is not said again. These are the codes:

{{problems}}

## On the command line

- `coach programs new FILE [--title TEXT] [--language en|es]`: writes a starter with comments; never over a file that
  is there; `-` prints it
- `coach programs check FILE... [--strict] [--format json]`: every problem at its line; `--strict` counts warnings as
  errors
- `coach programs explain FILE [--language en|es] [--format json]`: the program in plain sentences
- `coach programs script FILE SESSION [--rung LADDER=RUNG] [--set PARAMETER=VALUE] [--variant ID] [--nth N]
  [--language CODE]`: what the player plays, as JSON
- `coach programs calendar FILE [--start DATE] [--injection DATE] [--insertion DATE] [--ends PHASE=DATE]
  [--pause WHY=FIRST..LAST] [--rung LADDER=RUNG] [--set PARAMETER=VALUE] [--weeks N] [--language en|es]
  [--format json]`: week by week: what is due, minutes a day; `--ends` ends an open phase as the therapist would, and
  `--pause` leaves days out
- `coach programs simulate FILE --patient KIND [--days N] [--seed K] [--start DATE] [--injection DATE]
  [--insertion DATE] [--ends PHASE=DATE] [--rung LADDER=RUNG] [--set PARAMETER=VALUE] [--locked]
  [--second-injection DAYS] [--language en|es] [--format json]`: an invented patient who practises it, day by day, with
  her rungs and the reason of each change; `--locked` leaves locked ladders locked, `--second-injection` gives the
  program again for an injection so many days after the first
- `coach programs diff OLD NEW [--affects] [--format json]`: what changed, in your terms; with `--affects` how many
  assignments each change reaches, by the clinic's database
- `coach programs schema [--for program|library|editor|reading]`: the JSON Schema, the data for an editor, or this
  page

A command ends with 0 when it is done, with 1 when the program has errors, with 2 when it was wrongly asked or a file
cannot be read.

### In your own editor

An editor that knows YAML (Visual Studio Code with its YAML extension, and any other with yaml-language-server) offers
the keys, explains them and marks slips while you write:

```
coach programs schema > coach.schema.json
```

Then put this at the top of the program, with the path from the program to that file:

```yaml
# yaml-language-server: $schema=coach.schema.json
title: My program
```

For a file that only offers exercises and sessions take `coach programs schema --for library >
coach-library.schema.json`.

The schema sees less than `coach programs check`. It cannot see whether a name leads anywhere, whether a text is there
in the program's own language, whether a range goes upwards (`4-3 per week`, `4 of 3 sessions`, a phase backwards),
how long a duration is, or what only shows when a session is played through. It takes `2.0` for a whole number. In a
few things it is stricter: a key with nothing after it, an empty `for` list, or spaces around a value in quotes are
marked. And an editor reads by YAML's own rules, in which `012` is a number. What `check` says holds.
"""
