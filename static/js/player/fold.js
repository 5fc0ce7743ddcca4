// What a session's events add up to: the rules of coach/domain/fold.py, where each of them is explained.
// Pure: no page, no clock. Times are whole milliseconds.

export const WORK = new Set(["hold", "contract", "relax", "in", "out", "pause", "block"]);
const REASONS = ["pain", "fear", "safety", "interrupted", "time", "other"];
const AWAY = ["hidden", "gap", "sleep", "state", "reload"];
const ATTENDED = [null, "pain", "fear", "safety", "instead"];
const NONE = { before: null, last: null, peak: null, after: null };

const whole = (value) => (Number.isSafeInteger(value) && value >= 0 ? value : 0);
export const ms = (seconds) => Math.floor(seconds * 1000 + 0.5);
export const atMost = (cue) => (cue.at_most_s == null ? 2 ** 53 : ms(cue.at_most_s));
const isMap = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const copy = (state) => JSON.parse(JSON.stringify(state));

export function initial(script) {
  const each = (value) => script.steps.map(() => value);
  return {
    seq: 0, status: "new", stage: 0, cue: 0, cue_ms: 0, step_ms: 0, checked: 0, asked: [],
    limit_mm: null, declined: false, offer: null, instead: null, stop_reason: null, by_rule: false,
    red_flag: false, stayed: false, guided_ms: 0, lost_ms: 0,
    work_ms: each(0), marks: each(null), sizes: each(null), ratings: {}, since: {},
  };
}

export function fold(script, events) {
  const run = new Run(script, initial(script));
  events.filter((event) => isMap(event) && whole(event.seq)).sort((a, b) => a.seq - b.seq)
    .forEach((event) => run.apply(event));
  return run.state;
}

export function apply(script, state, event) {
  const run = new Run(script, copy(state));
  run.apply(event);
  return run.state;
}

export function advance(script, state, guided_ms) {
  const run = new Run(script, copy(state));
  run.advance(guided_ms);
  return run.state;
}

const ways = new WeakMap();

export function stages(script) {
  if (ways.has(script)) return ways.get(script);
  const found = [];
  const add = (type, moment, step) => found.push({ type, moment, step });
  if (script.safety?.length) add("ask", "safety", null);
  if (script.ask_before?.length) add("ask", "before", null);
  script.steps.forEach((step, index) => {
    if (step.gate) add("gate", null, index);
    add("step", null, index);
  });
  if (script.ask_after?.length) add("ask", "after", null);
  add("end", null, null);
  ways.set(script, found);
  return found;
}

export const currentStage = (script, state) => stages(script)[state.stage];

export function questions(script, moment) {
  if (moment === "safety") {
    return (script.safety ?? []).map((check) => ({ scale: check.id, answer: "yes_no", ...check }));
  }
  return script[{ before: "ask_before", after: "ask_after", during: "during" }[moment]] ?? [];
}

export const isUrgent = (check) => check.urgency !== "routine";

export const sizes = (step) => (step.size_mm == null ? [] : [step, ...(step.smaller ?? [])]);

export function sizeOf(script, state, index) {
  const fits = (rung) => state.limit_mm === null || rung.size_mm <= state.limit_mm;
  return sizes(script.steps[index]).find(fits)?.size_mm ?? null;
}

export function cueOf(script, state) {
  const stage = currentStage(script, state);
  return stage.type === "step" ? script.steps[stage.step].cues[state.cue] : null;
}

export function waits(script, state) {
  const cue = cueOf(script, state);
  return cue !== null && cue.for_s === null && state.cue_ms >= atMost(cue);
}

export function result(script, state) {
  const dose = {};
  const asked = {};
  const held = new Map(); // how long each size was worked with
  const rungs = new Map();
  const steps = script.steps.map((step, index) => {
    const want = step.cues.reduce((sum, c) => sum + (WORK.has(c.do) && c.for_s !== null ? ms(c.for_s) : 0), 0);
    const done = Math.min(state.work_ms[index], want);
    if (step.dose) {
      asked[step.dose] = (asked[step.dose] ?? 0) + want;
      dose[step.dose] = (dose[step.dose] ?? 0) + done;
    }
    const size = state.sizes[index];
    if (size !== null) {
      held.set(size, (held.get(size) ?? 0) + done);
      rungs.set(size, sizes(step).find((r) => r.size_mm === size)?.rung ?? null);
    }
    return { id: step.id, kind: step.kind, asked_ms: want, done_ms: done, size_mm: size, mark: state.marks[index] };
  });
  const bySize = ([a, longA], [b, longB]) => longB - longA || b - a;
  const size_mm = [...held].sort(bySize)[0]?.[0] ?? null;
  const rung = rungs.get(size_mm) ?? null;
  const sum = (of) => Object.values(of).reduce((a, b) => a + b, 0);
  const through = state.marks.filter((mark) => mark === "done" || mark === "stayed").length;
  const share = sum(asked) ? sum(dose) / sum(asked) : steps.length ? through / steps.length : 0;
  const counts = script.counts ?? 1;
  const enough = share >= (script.counts_when ?? 0.8);
  const { status, stop_reason, ratings: { pain = NONE, anxiety = NONE } } = state;
  const attended = enough || ((state.stayed || state.declined) && status === "finished");
  const outcome = { stopped: "stopped", finished: enough ? "complete" : "partial" }[status] ?? "open";
  const stopped = outcome === "stopped" && ATTENDED.includes(stop_reason);
  return {
    outcome, stop_reason, share, credit: stopped ? 1 : attended ? counts : share * counts,
    dose_ms: dose, asked_ms: asked, size_mm, rung,
    pain_before: pain.before, pain_peak: pain.peak, pain_after: pain.after,
    anxiety_before: anxiety.before, anxiety_peak: anxiety.peak, anxiety_after: anxiety.after,
    guided_ms: state.guided_ms, lost_ms: state.lost_ms, red_flag: state.red_flag, stayed: state.stayed,
    instead: state.instead, steps,
  };
}

class Run {
  constructor(script, state) {
    this.script = script;
    this.state = state;
    this.ways = stages(script);
  }

  get stage() {
    return this.ways[this.state.stage];
  }

  advance(guided_ms) {
    const { script, state } = this;
    let left = whole(guided_ms);
    let cue;
    while (state.status === "running" && (cue = cueOf(script, state))) {
      const tap = cue.for_s === null;
      const length = tap ? atMost(cue) : ms(cue.for_s);
      const taken = Math.min(left, length - state.cue_ms);
      left -= taken;
      state.cue_ms += taken;
      state.step_ms += taken;
      state.guided_ms += taken;
      if (WORK.has(cue.do) && !tap) state.work_ms[this.stage.step] += taken;
      if (tap || state.cue_ms < length) return;
      this.nextCue();
    }
  }

  nextCue() {
    const { state } = this;
    state.cue += 1;
    state.cue_ms = 0;
    if (state.cue >= this.script.steps[this.stage.step].cues.length) this.leave("done");
  }

  enter(stage) {
    const { script, state } = this;
    state.asked = [];
    state.cue = state.cue_ms = state.step_ms = state.checked = 0;
    for (; this.ways[stage].step !== null; stage += 1) {
      const index = this.ways[stage].step;
      const step = script.steps[index];
      const sized = sizes(step).length > 0;
      const tooLarge = sized && sizeOf(script, state, index) === null;
      if ((step.gate && (state.declined || (state.stayed && sized))) || tooLarge) state.marks[index] = "declined";
      else if (!step.cues.length) state.marks[index] = "done";
      else break;
    }
    state.stage = stage;
    if (this.stage.type === "end") state.status = "finished";
  }

  leave(mark) {
    const { step, type } = this.stage;
    this.state.marks[step] = mark;
    this.enter(this.state.stage + (type === "gate" ? 2 : 1));
  }

  chosen() {
    const { state } = this;
    if (state.offer === null) return;
    state.offer = null;
    if (state.status === "paused") state.status = "running";
  }

  apply(event) {
    const { state } = this;
    const seq = whole(event.seq);
    if (seq <= state.seq) return;
    state.seq = seq;
    this.advance(event.guided_ms);
    const { kind } = event;
    const body = isMap(event.body) ? event.body : {};
    if (kind === "started") {
      if (state.status !== "new") return;
      state.status = "running";
      this.enter(0);
    } else if (state.status === "new") {
      return;
    } else if (kind === "answered") {
      this.answer(body, whole(event.mono_ms));
    } else if (kind === "reasoned") {
      if (state.status === "stopped" && !state.by_rule && REASONS.includes(body.reason)) state.stop_reason = body.reason;
    } else if (state.status === "running" || state.status === "paused") {
      this.act(kind, body);
    }
  }

  act(kind, body) {
    const { script, state } = this;
    const { step: index, type } = this.stage;
    const step = index === null ? null : script.steps[index];
    if (kind === "paused") {
      const away = AWAY.includes(body.why);
      if (state.status !== "running" && !away) return;
      state.status = "paused";
      state.lost_ms += whole(body.lost_ms);
      if (away && step?.gate) this.backToGate();
    } else if (kind === "resumed") {
      if (state.offer === null) state.status = "running";
    } else if (kind === "continued") {
      this.chosen();
    } else if (kind === "ready") {
      if (type !== "gate" || state.offer !== null) return;
      state.sizes[index] = sizeOf(script, state, index);
      state.stage += 1;
      state.status = "running";
    } else if (kind === "smaller") {
      this.smaller();
    } else if (kind === "declined") {
      if (step && !step.gate && state.offer === null) return;
      state.declined = true;
      this.chosen();
      if (step?.gate) this.leave("declined");
    } else if (kind === "skipped") {
      this.chosen();
      if (step) this.leave("skipped");
      else this.endQuestions();
    } else if (kind === "tapped" || kind === "stayed") {
      if (cueOf(script, state)?.for_s !== null || state.offer !== null) return;
      if (kind === "tapped") this.nextCue();
      else {
        state.stayed = true;
        this.leave("stayed");
      }
    } else if (kind === "stopped") {
      this.stop(REASONS.includes(body.reason) ? body.reason : null, false);
    } else if (kind === "finished") {
      state.offer = null;
      state.status = "finished";
    }
  }

  smaller() {
    const { script, state } = this;
    const target = this.ways.slice(state.stage).find(
      ({ step }) => step !== null && script.steps[step].gate && sizeOf(script, state, step) !== null,
    );
    if (!target) return;
    const size = sizeOf(script, state, target.step);
    const less = sizes(script.steps[target.step]).find((rung) => rung.size_mm < size);
    if (!less) return;
    state.limit_mm = less.size_mm;
    this.chosen();
    if (this.stage.step === target.step) this.backToGate();
  }

  backToGate() {
    const { state } = this;
    const cue = cueOf(this.script, state);
    if (!cue) return;
    if (cue.for_s === null) state.cue_ms = 0;
    state.stage -= 1;
  }

  stop(reason, byRule) {
    Object.assign(this.state, { status: "stopped", offer: null, stop_reason: reason, by_rule: byRule });
  }

  answer(body, mono_ms) {
    const { script, state } = this;
    const { moment } = body;
    let { value = null } = body;
    if (typeof value === "boolean") value = Number(value);
    if (value !== null && !(Number.isInteger(value) && value >= 0 && value <= 10)) return;
    const scale = moment === "safety" ? body.check : body.scale;
    if (!["safety", "before", "during", "after"].includes(moment) || typeof scale !== "string") return;
    const ended = state.status === "stopped" || state.status === "finished";
    if (moment === "during" || (moment === "after" && ended)) {
      if ((moment === "during" && ended) || !this.knows(scale)) return;
    } else if (ended || this.stage.moment !== moment || !questions(script, moment).some((q) => q.scale === scale)) {
      return;
    }
    if (moment === "safety") {
      if (value === 1 && questions(script, moment).some((q) => q.scale === scale && isUrgent(q))) {
        state.red_flag = true;
        this.stop("safety", true);
        return;
      }
    } else {
      const rating = (state.ratings[scale] ??= { ...NONE });
      if (moment === "before") rating.before = value;
      if (moment === "after") rating.after = value;
      else rating.last = value;
      if (moment !== "before" && value !== null && (rating.peak === null || value > rating.peak)) rating.peak = value;
    }
    const step = this.stage.type === "step" && script.steps[this.stage.step];
    if (moment === "during" && step && step.check && body.check === step.id) {
      state.checked = Math.floor(state.step_ms / Math.max(1, ms(step.check.every_s)));
    }
    if (moment === "before" || moment === "during") this.weigh(scale, mono_ms);
    if (moment !== "during" && !ended && state.status !== "stopped") {
      if (!state.asked.includes(scale)) state.asked.push(scale);
      if (questions(script, moment).every((q) => state.asked.includes(q.scale))) this.endQuestions();
    }
  }

  endQuestions() {
    const { script, state } = this;
    if (this.stage.moment === "before") {
      for (const rule of script.instead ?? []) {
        const { before } = state.ratings[rule.scale] ?? NONE;
        if (before !== null && before === Number(rule.answer)) {
          state.instead = rule.session;
          this.stop("instead", true);
          return;
        }
      }
    }
    this.enter(state.stage + 1);
  }

  knows(scale) {
    const { script } = this;
    return ["before", "during", "after"].some((moment) => questions(script, moment).some((q) => q.scale === scale))
      || script.steps.some((step) => step.check?.scale === scale);
  }

  weigh(scale, mono_ms) {
    const { script, state } = this;
    for (const name of ["stop_when", "ease_when"]) {
      for (const [number, condition] of (script[name] ?? []).entries()) {
        if (condition.all.every((clause) => clause.scale !== scale)) continue;
        const key = `${name} ${number}`;
        if (!meets(condition, state.ratings)) {
          delete state.since[key];
          continue;
        }
        state.since[key] = Math.min(state.since[key] ?? mono_ms, mono_ms);
        if (mono_ms - state.since[key] < ms(condition.still_after_s ?? 0)) continue;
        if (name === "stop_when") {
          this.stop({ pain: "pain", anxiety: "fear" }[scale] ?? "safety", true);
          return;
        }
        delete state.since[key];
        state.offer = "ease";
        state.status = "paused";
      }
    }
  }
}

function meets(condition, ratings) {
  return condition.all.every(({ scale, test, value }) => {
    const { last, before, peak } = ratings[scale] ?? NONE;
    if (last === null) return false;
    if (test === "at_least") return last >= value;
    if (test === "at_most") return last <= value;
    if (test === "rises_by") return before !== null && last - before >= value;
    return Math.max(last, peak ?? last) <= value;
  });
}
