// <session-player>: draws where the session stands and writes down what the patient does. fold.js decides what follows.

import { choice, choose } from "./choice.js";
import { Clock } from "./clock.js";
import { advance, apply, atMost, cueOf, currentStage, fold, isUrgent, ms, questions, result, sizeOf, sizes, waits } from "./fold.js";
import { Queue } from "./queue.js";
import { AHEAD_MS, Sound } from "./sound.js";
import { Vibration, Voice } from "./speech.js";

const TICK_MS = 250;
const REFILL_MS = 30_000;
const QUIET_MS = 3000; // between two texts for a screen reader
const LONG_AWAY_MS = 20 * 60_000;
const SMALL = 0.5;
const KEPT = "daily.at";
// From which openness to which: 0 is gathered, 1 is wide.
const LEVELS = {
  in: [0, 1], out: [1, 0], contract: [0.9, 0.1], relax: [0.1, 1], hold: [0.8, 0.8], block: [0.8, 0.8], tap: [0.6, 0.6],
  rest: [0.35, 0.35], get_ready: [0.35, 0.35], switch: [0.35, 0.35],
};
const BREATHS = [...Array(6)].flatMap(() => [["in", 4000], ["out", 6000]]);

function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== false) element.setAttribute(name, value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const clockText = (left, always = false) => {
  const seconds = Math.ceil(left / 1000);
  return seconds < 60 && !always ? `${seconds}` : `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
};

class SessionPlayer extends HTMLElement {
  async connectedCallback() {
    const data = JSON.parse(document.getElementById("session-data").textContent);
    Object.assign(this, { data, script: data.script, words: data.words, shown: null, said: "", saidAt: 0, note: "" });
    this.sound = new Sound();
    this.voice = new Voice(data.script.language);
    this.vibration = new Vibration();
    this.guide(choice());
    this.queue = new Queue({ token: document.querySelector("meta[name=csrf-token]").content });
    this.queue.onchange = () => this.drawSync();
    this.frame();
    const mine = await this.alone();
    const waiting = await this.queue.start(data.session);
    const seqs = new Set(data.log.map((event) => event.seq));
    this.log = [...data.log, ...waiting.filter((event) => !seqs.has(event.seq))].sort((a, b) => a.seq - b.seq);
    this.state = fold(this.script, this.log);
    const last = this.log.at(-1);
    const began = last ? last.mono_ms + Math.max(0, Date.now() - last.at) : 0;
    this.clock = new Clock({ rate: data.rate, began });
    this.elsewhere = !mine;
    if (mine) this.comeBack(last);
    addEventListener("pagehide", () => this.keep());
    addEventListener("leaving", () => this.pause("left"));
    document.addEventListener("visibilitychange", () => this.seen());
    document.addEventListener("keydown", (event) => this.key(event));
    this.sound.onlost = () => this.pause("state");
    (globalThis.requestIdleCallback ?? setTimeout)(() => this.sound.on && this.sound.prepare());
    setInterval(() => this.tick(), TICK_MS);
    this.follow();
  }

  // One tab at a time writes; another may take over.
  alone() {
    if (!navigator.locks) return Promise.resolve(true);
    return new Promise((resolve) => {
      const name = `daily.${this.data.session}`;
      navigator.locks.request(name, { ifAvailable: true }, (lock) => {
        resolve(Boolean(lock));
        return lock && new Promise(() => {});
      }).catch(() => {
        this.pause("elsewhere");
        this.elsewhere = true;
        this.draw();
      });
      this.takeOver = () => {
        navigator.locks.request(name, { steal: true }, () => new Promise(() => {}));
        setTimeout(() => location.reload(), 300); // the other tab writes its pause first
      };
    });
  }

  comeBack(last) {
    if (!last || !["running", "paused"].includes(this.state.status)) return;
    let kept = {};
    try {
      kept = JSON.parse(localStorage.getItem(KEPT)) ?? {};
    } catch {
      // nothing kept
    }
    this.note = this.words.kept;
    this.long = Date.now() - last.at > LONG_AWAY_MS;
    const guided = kept.session === this.data.session && kept.seq === this.state.seq ? kept.guided_ms : 0;
    if (this.state.status === "running") this.clock.hold(guided);
    if (currentStage(this.script, this.state).type === "step") {
      this.write("paused", { why: "reload", lost_ms: Math.max(0, Date.now() - last.at - guided) });
    }
  }

  // -- facts ---------------------------------------------------------------------------------------------------------

  live() {
    return this.state.status === "running" ? advance(this.script, this.state, Math.floor(this.clock.elapsed)) : this.state;
  }

  write(kind, body = {}) {
    const live = this.live();
    if (live.guided_ms - this.state.guided_ms < Math.floor(this.clock.elapsed)) {
      this.clock.hold(live.guided_ms - this.state.guided_ms); // what ran on at a gate is nobody's time
    }
    const event = {
      id: crypto.randomUUID(), seq: this.state.seq + 1, kind, guided_ms: this.clock.take(),
      mono_ms: this.clock.mono, at: Date.now(), body,
    };
    this.clock.hold(0);
    this.state = apply(this.script, this.state, event);
    this.log.push(event);
    const saved = this.queue.add(this.data.session, event);
    this.follow();
    return saved;
  }

  // Clock, sound and screen follow the state.
  follow() {
    const runs = this.state.status === "running" && currentStage(this.script, this.state).type === "step";
    if (runs) {
      this.note = "";
      this.clock.run();
      this.clock.look(this.sound.heard);
      this.fill();
      this.wakeLock();
    } else {
      this.clock.hold(0);
      this.hush();
      this.moving = null;
    }
    this.draw();
  }

  pause(why) {
    if (this.elsewhere || this.state?.status !== "running" || !this.clock.elapsed) return;
    this.note = ["choice", "feel", "left"].includes(why) ? "" : this.words.away;
    this.write("paused", { why, lost_ms: 0 });
  }

  resume() {
    this.wake();
    this.write("resumed");
  }

  answer(question, moment, value) {
    const wasRunning = this.feeling?.wasRunning;
    const inDialog = moment === "during" && this.feeling;
    this.feeling = null;
    const check = moment === "safety" ? question.id : this.stepOf(this.state)?.id;
    this.write("answered", { scale: question.scale, value, moment, ...(check && moment !== "before" ? { check } : {}) });
    if (!inDialog || this.state.status !== "paused" || this.state.offer) return;
    if (wasRunning && !this.rechecks().length) this.resume();
  }

  // Questions that come again: a rule waits to see whether it stays.
  rechecks() {
    return Object.entries(this.state.since).map(([key, since]) => {
      const [name, number] = key.split(" ");
      const rule = this.script[name][number];
      const scale = rule.all[0].scale;
      const question = questions(this.script, "during").find((each) => each.scale === scale);
      return { question, due: since + ms(rule.still_after_s ?? 0) };
    }).filter(({ question }) => question);
  }

  keep() {
    if (this.state?.status !== "running") return;
    try {
      const guided_ms = Math.floor(this.live().guided_ms - this.state.guided_ms);
      localStorage.setItem(KEPT, JSON.stringify({ session: this.data.session, seq: this.state.seq, guided_ms }));
    } catch {
      // no storage: a reload loses what ran since the last event
    }
  }

  // -- time ----------------------------------------------------------------------------------------------------------

  tick() {
    if (this.state.status === "running" && this.clock.elapsed) {
      const gap = this.clock.look(this.sound.heard);
      if (gap) {
        this.note = this.words.away;
        this.write("paused", gap);
        return;
      }
      if (this.live().status === "finished") {
        this.write("finished");
        return;
      }
      if (!this.kept || Date.now() - this.kept > 1000) {
        this.kept = Date.now();
        this.keep();
      }
      if (performance.now() - this.filled > REFILL_MS) this.fill();
    }
    this.draw();
  }

  seen() {
    if (!document.hidden) {
      this.tick();
      if (this.moving) this.wakeLock();
    } else if (this.sound.heard === null) {
      this.pause("hidden");
    }
  }

  // The tones of the next minute and a half, up to where something waits for her.
  fill() {
    this.filled = performance.now();
    let state = this.live();
    const cues = [];
    let at = 0;
    while (at < AHEAD_MS * this.data.rate && state.status === "running") {
      const cue = cueOf(this.script, state);
      if (!cue) {
        cues.push({ in_ms: at / this.data.rate, do: "end" });
        break;
      }
      if (state.cue_ms < 200) cues.push({ in_ms: at / this.data.rate, do: cue.do });
      if (cue.for_s === null) break;
      const left = ms(cue.for_s) - state.cue_ms;
      at += left;
      state = advance(this.script, state, left);
    }
    this.sound.plan(cues);
  }

  wake() {
    if (this.sound.on) this.sound.wake().then((works) => works && this.fill());
    this.voice.wake();
  }

  hush() {
    this.sound.hush();
    this.voice.hush();
    this.vibration.hush();
  }

  async wakeLock() {
    if (this.lock && !this.lock.released) return;
    try {
      this.lock = await navigator.wakeLock.request("screen");
    } catch {
      if (this.lockSaid || document.hidden) return;
      this.lockSaid = true;
      this.parts.hint.textContent = this.words.no_wake_lock;
    }
  }

  guide(chosen) {
    this.sound.on = chosen.tones;
    this.voice.on = chosen.voice;
    this.vibration.on = chosen.vibration;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("textarea, input")) return;
    const find = { " ": "main", ArrowRight: "skip", Escape: "stop", f: "feel", F: "feel" }[event.key];
    if (!find || (event.key === " " && event.target.closest("button, a"))) return;
    const button = this.querySelector(`[data-act=${find}]`);
    if (!button) return;
    event.preventDefault();
    button.click();
  }

  // -- the screen ----------------------------------------------------------------------------------------------------

  frame() {
    const { words } = this;
    const parts = {
      bar: h("div", { class: "player-bar" }), title: h("p", { class: "player-title" }),
      tones: h("button", { type: "button", class: "player-tones", onclick: () => this.switchTones() }),
      stage: h("div", { class: "player-stage" }), hint: h("p", { class: "player-hint" }),
      dock: h("div", { class: "player-dock" }),
      live: h("p", { class: "visually-hidden", "aria-live": "polite", "aria-atomic": "true" }),
    };
    this.parts = parts;
    this.replaceChildren(
      h("div", { class: "player-top" }, parts.title, parts.tones, document.querySelector("[data-leave]")),
      h("div", { class: "player-progress", "aria-hidden": "true" }, parts.bar),
      parts.stage, parts.hint, parts.dock, parts.live,
    );
    parts.stage.append(h("p", { class: "quiet" }, words.opening));
    this.drawTones();
  }

  drawTones() {
    this.parts.tones.textContent = this.words.tones;
    this.parts.tones.setAttribute("aria-pressed", this.sound.on);
  }

  switchTones() {
    this.guide(choose({ tones: !this.sound.on }));
    this.drawTones();
    if (!this.sound.on) this.sound.hush();
    else if (this.moving) this.wake();
    if (this.moving) this.clock.look(null);
  }

  pane(live) {
    const stage = currentStage(this.script, live);
    if (this.elsewhere) return ["elsewhere"];
    if (this.minute) return ["minute"];
    if (live.status === "new") return ["begin"];
    if (this.asking) return ["ask", "after", this.asking];
    if (live.status === "stopped") return ["stopped", live.stop_reason];
    if (live.status === "finished") return ["done"];
    if (live.offer) return ["offer"];
    if (this.feeling) return ["feel", this.feeling.scale];
    if (stage.type === "ask") {
      const open = questions(this.script, stage.moment).find((each) => !live.asked.includes(each.scale));
      return ["ask", stage.moment, open.scale];
    }
    if (stage.type === "gate") return ["gate", live.stage, live.limit_mm];
    return ["step", live.stage, live.status];
  }

  draw() {
    const live = this.live();
    const pane = this.pane(live);
    const key = pane.join(" ");
    const { parts } = this;
    const step = this.stepOf(live);
    if (key !== this.shown) {
      this.shown = key;
      this.dataset.pane = pane[0];
      parts.hint.textContent = "";
      parts.stage.scrollTop = 0;
      parts.stage.replaceChildren(...[this[`show_${pane[0]}`](live, pane)].flat());
      this.cueKey = this.inline = null;
      this.classList.remove("player-asks");
      const heading = parts.stage.querySelector("[tabindex='-1']");
      if (heading && (this.drawn || pane[0] !== "begin")) heading.focus();
      this.drawn = true;
    }
    parts.title.textContent = step && pane[0] === "step" ? step.title : this.script.title;
    const lengths = this.script.steps.map((each) => each.cues.reduce((sum, cue) => sum + ms(cue.for_s ?? cue.at_most_s ?? 0), 0));
    const all = lengths.reduce((sum, length) => sum + length, 0);
    const upTo = stageIndex(this.script, live);
    const past = lengths.slice(0, upTo).reduce((sum, length) => sum + length, 0) + live.step_ms;
    parts.bar.style.setProperty("--done", live.status === "finished" ? 1 : all ? Math.min(1, past / all) : 0);
    if (pane[0] === "step") this.drawCue(live, step);
  }

  stepOf(live) {
    const { step } = currentStage(this.script, live);
    return step === null ? null : this.script.steps[step];
  }

  heading(text, small) {
    return h("h1", { tabindex: "-1", class: small ? "player-question" : "" }, text);
  }

  button(text, act, kind = "button-equal", name = null) {
    return h("button", { type: "button", class: `button ${kind}`, onclick: act, "data-act": name }, text);
  }

  // The row that never moves. Stop is always its first.
  dock(main, ...others) {
    const stop = this.button(this.words.stop, () => this.stop(), "button-quiet player-stop", "stop");
    this.parts.dock.replaceChildren(...(main ? [main] : []), h("div", { class: "player-row" }, stop, others));
  }

  nothing() {
    this.parts.dock.replaceChildren();
  }

  stop() {
    this.feeling = null;
    this.write("stopped", { reason: null });
  }

  say(text, always = false) {
    if (!text || (text === this.said && !always)) return;
    this.said = text;
    if (this.voice.on) {
      this.voice.say(text);
      return; // one voice at a time: a screen reader and ours would speak over each other
    }
    if (!always && performance.now() - this.saidAt < QUIET_MS) return;
    this.saidAt = performance.now();
    this.parts.live.textContent = text;
  }

  show_elsewhere() {
    this.nothing();
    const { words } = this;
    return [this.heading(words.elsewhere), h("p", {}, words.elsewhere_text), this.button(words.use_here, () => this.takeOver(), "")];
  }

  // The page may be old: the plan is asked again, where there is a network.
  async begin() {
    if (this.beginning) return;
    this.beginning = true;
    this.wake();
    const { changed, today } = this.data;
    const answer = await fetch(location.href, { method: "HEAD", signal: AbortSignal.timeout(3000) }).catch(() => null);
    if (answer?.redirected && new URL(answer.url).pathname === today) return location.replace(changed);
    this.beginning = false;
    if (this.state.status === "new" && !this.elsewhere) this.write("started");
  }

  show_begin() {
    const { words } = this;
    this.parts.dock.replaceChildren(this.button(words.begin, () => this.begin(), "player-main", "main"));
    return [
      this.shape(), this.heading(this.script.title), h("p", { class: "quiet" }, this.data.length),
      h("p", {}, words.stop_any_moment),
    ];
  }

  show_step(live) {
    const { words } = this;
    const step = this.stepOf(live);
    const tap = cueOf(this.script, live).for_s === null;
    const paused = live.status === "paused";
    this.face = {
      word: h("p", { class: "player-word" }), left: h("p", { class: "player-left", role: "timer" }),
      label: h("p", { class: "player-label" }), count: h("p", { class: "player-count" }), cue: h("p", { class: "player-cue" }),
      next: h("p", { class: "player-next quiet" }), ask: h("div", { class: "player-check" }),
    };
    const { word, left, label, count, cue, next, ask } = this.face;
    const main = paused
      ? this.button(words.continue, () => this.resume(), "player-main", "main")
      : this.button(words.pause, () => this.pause("choice"), tap ? "button-equal player-main" : "player-main", "main");
    this.dock(
      main,
      this.button(words.feel, () => this.feel(), "button-quiet", "feel"),
      this.button(words.skip, () => this.write("skipped"), "button-quiet", "skip"),
    );
    if (paused) cue.textContent = this.note;
    const taps = tap && !paused ? [
      this.button(words.tapped, () => this.write("tapped"), ""),
      step.gate ? this.button(words.stayed, () => this.write("stayed")) : null,
    ] : paused && this.note ? [this.button(words.finish_here, () => this.write("finished"), this.long ? "" : "button-quiet")] : [];
    return [
      h("h1", { class: "visually-hidden" }, step.title),
      h("div", { class: "player-face" }, this.shape(), h("div", { class: "player-words" }, label, word, left)),
      count, cue, h("div", { class: "player-choices player-pair" }, taps.filter(Boolean)), ask, next,
    ];
  }

  shape() {
    this.disc = h("div", { class: "player-disc" });
    return h("div", { class: "player-shape", "aria-hidden": "true" }, h("div", { class: "player-halo" }), this.disc);
  }

  drawCue(live, step) {
    const { words, face } = this;
    const cue = cueOf(this.script, live);
    const length = cue.for_s === null ? atMost(cue) : ms(cue.for_s);
    const paused = live.status === "paused";
    const key = `${live.stage} ${live.cue} ${paused}`;
    if (key !== this.cueKey) {
      this.cueKey = key;
      this.moving = paused ? null : this.move(cue.do, length, live.cue_ms, step, live.cue);
      const word = paused ? words.paused : cue.do === "block" ? step.title : words.cues[cue.do];
      face.word.textContent = word;
      face.word.classList.toggle("player-word-long", word.length > 14);
      face.label.textContent = [cue.label, words.sides[cue.side]].filter(Boolean).join(" · ");
      face.count.textContent = cue.of > 1 ? words.of.replace("{rep}", cue.rep).replace("{of}", cue.of) : "";
      face.next.textContent = this.nextLine(live, step);
      if (!paused) {
        if (live.cue_ms < 1000) this.vibration.cue(cue.do);
        const first = live.cue === 0 || (live.cue === 1 && step.cues[0].do === "get_ready");
        if (first && cue.do !== "get_ready") this.say([cue.label, word, step.cue].filter(Boolean).join(". "), true);
        else if (cue.label && cue.do === "contract") this.say(cue.label);
        else if (this.kind !== cue.do && (cue.rep === null || cue.rep <= 2 || cue.rep % 4 === 0)) this.say(word);
      }
      this.kind = cue.do;
    }
    face.left.textContent = cue.for_s === null ? "" : clockText(length - live.cue_ms);
    const soon = (length - live.cue_ms) / this.data.rate;
    clearTimeout(this.boundary);
    if (!paused && soon < TICK_MS) this.boundary = setTimeout(() => this.tick(), soon + 1);
    const late = waits(this.script, live);
    if (!paused) {
      const caption = step.captions.filter((each) => ms(each.at_s) <= live.step_ms && live.step_ms < ms(each.at_s) + 8000).at(-1)?.text;
      const text = late && step.gate ? words.enough : caption ?? step.cue;
      if (face.cue.textContent !== text) {
        face.cue.textContent = text;
        if (caption || late) this.say(text);
      }
    }
    this.drawCheck(live, step);
  }

  // What comes after this: the next part by its name, else the next step.
  nextLine(live, step) {
    const { label } = step.cues[live.cue];
    const part = step.cues.slice(live.cue).find((cue) => cue.label && cue.label !== label)?.label;
    const next = part ?? this.script.steps[this.script.steps.indexOf(step) + 1]?.title;
    return next ? this.words.next.replace("{next}", next) : "";
  }

  // One animation a cue, run by the compositor; with less motion it is light that swells, not size.
  move(kind, length, at, step, index) {
    const before = step.cues[index - 1]?.do;
    const [from, to] = kind === "pause" ? Array(2).fill(LEVELS[before]?.[1] ?? 0) : LEVELS[kind];
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const frame = (level) => still
      ? { opacity: 0.35 + 0.65 * level }
      : { transform: `scale(${SMALL + (1 - SMALL) * level})` };
    const frames = kind === "contract"
      ? [frame(from), { ...frame(to), offset: 0.25 }, frame(to)]
      : kind === "relax" ? [frame(from), { ...frame(to), offset: 0.7 }, frame(to)] : [frame(from), frame(to)];
    this.disc.getAnimations().forEach((animation) => animation.cancel());
    const animation = this.disc.animate(frames, { duration: Math.min(length, 2 ** 31), easing: "ease-in-out", fill: "both" });
    animation.playbackRate = this.data.rate;
    animation.currentTime = at;
    return animation;
  }

  drawCheck(live, step) {
    const mono = this.clock.mono;
    const again = this.rechecks().find(({ due }) => due <= mono);
    const due = step.check && Math.floor(live.step_ms / ms(step.check.every_s)) > live.checked;
    const question = again?.question ?? (due ? questions(this.script, "during").find((q) => q.scale === step.check.scale) : null);
    const key = question ? `${question.scale} ${again ? "again" : live.checked}` : null;
    if (key !== this.inline) {
      this.inline = key;
      this.classList.toggle("player-asks", Boolean(key));
      this.face.ask.replaceChildren(...(key ? this.grid(question, "during") : []));
      if (key) this.say(question.ask);
    }
    const until = this.rechecks().map(({ due: at }) => at - mono).filter((left) => left > 0);
    if (live.status === "paused" && until.length) {
      this.face.cue.textContent = this.words.again.replace("{time}", clockText(Math.min(...until), true));
    }
  }

  grid(question, moment) {
    const { words } = this;
    const id = `q-${question.scale}`;
    const tell = (value) => () => {
      this.answer(question, moment, value);
      if (this.asking) this.askNext();
    };
    const yesNo = question.answer === "yes_no";
    const options = yesNo ? [[words.yes, 1], [words.no, 0]] : [...Array(11).keys()].map((n) => [`${n}`, n]);
    const named = (n) => (n === 0 && question.low ? `0, ${question.low}` : n === 10 && question.high ? `10, ${question.high}` : null);
    return [
      moment === "during" && !this.feeling ? h("p", { id, class: "player-ask" }, question.ask) : h("h1", { id, tabindex: "-1", class: "player-question" }, question.ask),
      h("div", { class: yesNo ? "player-yes-no" : "player-grid", role: "group", "aria-labelledby": id },
        options.map(([text, value]) => h("button", {
          type: "button", class: "player-answer", onclick: tell(value), "aria-label": yesNo ? null : named(value),
        }, text))),
      yesNo ? null : h("p", { class: "player-anchors" }, h("span", {}, question.low ? `0 ${question.low}` : ""), h("span", {}, question.high ? `10 ${question.high}` : "")),
      h("button", { type: "button", class: "button button-plain", onclick: tell(null) }, words.rather_not),
    ].filter(Boolean);
  }

  show_ask(live, [, moment, scale]) {
    const question = questions(this.script, moment).find((each) => each.scale === scale);
    if (this.asking) this.nothing();
    else this.dock(null);
    return moment === "before" ? [this.grid(question, moment), this.routine()].flat() : this.grid(question, moment);
  }

  feel() {
    const wasRunning = this.state.status === "running";
    this.feeling = { wasRunning, scale: questions(this.script, "during")[0].scale };
    if (wasRunning && this.clock.elapsed) this.pause("feel");
    else this.draw();
  }

  show_feel() {
    const { words, feeling } = this;
    const asked = questions(this.script, "during");
    const back = () => {
      this.feeling = null;
      if (feeling.wasRunning) this.resume();
      else this.draw();
    };
    this.dock(this.button(words.back, back, "player-main", "main"));
    const others = asked.filter((each) => each.scale !== feeling.scale).map((each) => this.button(each.ask, () => {
      this.feeling = { ...feeling, scale: each.scale };
      this.draw();
    }, "button-quiet button-small"));
    const [heading, grid, anchors] = this.grid(asked.find((each) => each.scale === feeling.scale), "during");
    return [heading, grid, anchors, h("div", { class: "player-choices" }, others)];
  }

  show_gate(live) {
    const { words } = this;
    const { step: index } = currentStage(this.script, live);
    const step = this.script.steps[index];
    const size = sizeOf(this.script, live, index);
    const less = sizes(step).some((rung) => rung.size_mm < size);
    this.dock(null, this.button(words.feel, () => this.feel(), "button-quiet", "feel"), this.button(words.skip, () => this.write("skipped"), "button-quiet", "skip"));
    return [
      this.note ? h("p", { class: "notice" }, this.note) : null,
      h("p", { class: "quiet" }, words.gate), this.heading(step.title),
      size === null ? null : h("p", { class: "player-size" }, words.size.replace("{size}", size.toLocaleString(this.script.language))),
      h("p", { class: "player-cue" }, step.cue),
      h("div", { class: "player-choices" },
        this.button(words.ready, () => { this.wake(); this.write("ready"); }),
        less ? this.button(words.smaller, () => this.write("smaller")) : null,
        this.button(words.not_today, () => this.write("declined"))),
    ].filter(Boolean);
  }

  show_offer(live) {
    const { words } = this;
    const target = this.stepOf(live);
    const size = target && sizeOf(this.script, live, this.script.steps.indexOf(target));
    const less = target && sizes(target).some((rung) => rung.size_mm < size);
    const go = (kind) => () => { this.wake(); this.write(kind); };
    this.dock(null);
    return [
      this.heading(words.offer), h("p", {}, words.offer_text),
      h("div", { class: "player-choices" },
        less ? this.button(words.smaller, go("smaller")) : null,
        target ? this.button(words.leave_step, go("skipped")) : null,
        this.button(words.go_on, go("continued"))),
    ];
  }

  show_stopped(live) {
    const { words, data } = this;
    this.links();
    this.parts.live.textContent = live.red_flag ? words.warning : words.stopped;
    if (live.instead) {
      return [this.heading(words.instead), h("p", {}, words.instead_text), h("a", { class: "button", href: data.instead[live.instead] ?? data.today }, words.instead_open)];
    }
    const come = result(this.script, live);
    const calls = live.red_flag ? this.told(isUrgent) : [];
    const call = calls.length || Math.max(come.pain_before ?? 0, come.pain_peak ?? 0) >= 7;
    const emergency = live.red_flag && this.isEmergency;
    const ended = live.by_rule ? words.ended_why[live.stop_reason] ?? words.ended_why.other : words.stopped_text;
    return [
      this.heading(live.red_flag ? words.warning : live.by_rule ? words.ended : words.stopped),
      this.inUse(live) ? h("p", {}, words.out) : null,
      live.red_flag ? null : h("p", {}, ended),
      call ? h("div", { class: "notice notice-attention" }, calls.map((text) => h("p", { class: "player-say" }, text)),
        emergency && data.emergency ? h("a", { class: "button", href: data.emergency.call }, data.emergency.words) : null,
        emergency && data.contact ? h("p", {}, words.after_that) : null,
        calls.length ? null : h("p", {}, words.if_hurts), data.contact || calls.length ? h("p", {}, data.contact ?? words.call) : null,
        data.call ? h("a", { class: emergency ? null : "button button-equal", href: data.call }, words.call_now) : null,
        calls.length ? h("p", {}, words.not_at_once) : null) : null,
      h("div", { class: "player-choices player-pair" }, [live.red_flag ? null : this.button(words.minute, () => this.breathe()), this.afterButton()].filter(Boolean)),
      ...this.routine(), live.by_rule ? null : this.reasons(live),
    ].filter(Boolean);
  }

  // Whether something may still be in: its step is on, or it was the last one that had one.
  inUse(live) {
    const { step, type } = currentStage(this.script, live);
    const gated = (index) => this.script.steps[index]?.gate;
    if (step === null || (gated(step) && type === "step")) return step !== null;
    let last = gated(step) ? step : step - 1;
    while (gated(last) && live.sizes[last] === null) last -= 1;
    return Boolean(gated(last)) && live.marks[last] !== "stayed";
  }

  // What the clinic says to what she answered with yes.
  told(which) {
    const yes = this.log.filter(({ body }) => body.moment === "safety" && body.value === 1).map(({ body }) => body.check);
    return this.script.safety.filter((check) => yes.includes(check.id) && which(check)).map((check) => check.say);
  }

  get isEmergency() {
    return this.told((check) => check.urgency === "emergency").length > 0;
  }

  // Harmless alone, not beside an emergency.
  routine() {
    if (this.isEmergency) return [];
    return this.told((check) => !isUrgent(check)).map((text) => h("p", { class: "notice" }, text));
  }

  reasons(live) {
    return h("div", { class: "player-reasons", role: "group", "aria-labelledby": "why" },
      h("p", { id: "why", class: "quiet" }, this.words.why),
      this.words.reasons.map(([reason, text]) => h("button", {
        type: "button", class: "player-reason", "aria-pressed": live.stop_reason === reason,
        onclick: () => this.write("reasoned", { reason }),
      }, text)));
  }

  afterButton() {
    const open = questions(this.script, "after").filter((each) => this.state.ratings[each.scale]?.after === undefined || this.state.ratings[each.scale].after === null);
    if (!open.length || this.askedAfter) return null;
    return this.button(this.words.tell_after, () => {
      this.queueOfQuestions = open.map((each) => each.scale);
      this.askedAfter = true;
      this.askNext();
    });
  }

  askNext() {
    this.asking = this.queueOfQuestions.shift() ?? null;
    this.shown = null;
    this.draw();
  }

  // Where to go from here, under the thumb.
  links() {
    const { words, data, parts } = this;
    parts.dock.replaceChildren(
      h("a", { class: "button player-main", href: data.today }, words.today),
      h("a", { class: "button button-quiet", href: data.summary }, words.what),
      h("a", { class: "button button-plain button-small", href: data.check }, words.check),
    );
    this.drawSync();
  }

  drawSync() {
    const { words, queue } = this;
    const text = !queue.stored && queue.waiting ? words.not_stored : words.sync[queue.state];
    const over = ["stopped", "finished"].includes(this.state?.status);
    if (over || ["waiting", "signed_out"].includes(queue.state)) this.parts.hint.textContent = text;
  }

  show_done(live) {
    const { words } = this;
    this.links();
    this.parts.live.textContent = words.thanks;
    const minutes = Math.round(live.guided_ms / 60_000);
    const note = h("textarea", { id: "note", rows: "3", maxlength: "2000" });
    const sent = h("p", { class: "quiet", role: "status" });
    const send = this.button(words.note_send, async () => {
      if (!note.value.trim()) return;
      await this.write("noted", { text: note.value.trim() });
      note.value = "";
      sent.textContent = words.note_sent;
    }, "button-quiet");
    return [
      this.shape(), this.heading(words.thanks),
      h("p", {}, (minutes === 1 ? words.minutes_one : words.minutes_many).replace("{minutes}", minutes)),
      ...this.routine(),
      h("details", {}, h("summary", {}, words.note), h("label", { for: "note" }, words.note_label), note, send, sent),
    ];
  }

  // A minute of breathing after a stop: offered, outside the session, counted nowhere.
  breathe() {
    this.minute = true;
    this.draw();
    let index = 0;
    const next = () => {
      if (!this.minute) return;
      if (index >= BREATHS.length) {
        this.minute = false;
        this.draw();
        return;
      }
      const [kind, length] = BREATHS[index];
      index += 1;
      this.face.word.textContent = this.words.cues[kind];
      this.move(kind, length, 0, { cues: [] }, 0);
      setTimeout(next, length / this.data.rate);
    };
    next();
  }

  show_minute() {
    const word = h("p", { class: "player-word" });
    this.face = { word };
    const end = () => {
      this.minute = false;
      this.draw();
    };
    this.parts.dock.replaceChildren(this.button(this.words.enough_now, end, "player-main", "main"));
    return [
      h("h1", { class: "visually-hidden" }, this.words.minute),
      h("div", { class: "player-face" }, this.shape(), h("div", { class: "player-words" }, word)),
    ];
  }
}

function stageIndex(script, live) {
  const { step, type, moment } = currentStage(script, live);
  if (step !== null) return step;
  return type === "end" || moment === "after" ? script.steps.length : 0;
}

customElements.define("session-player", SessionPlayer);
