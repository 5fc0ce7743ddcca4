// Tones, told apart with eyes closed: in rises, out falls, contract is two short notes, relax one long low one.
// They are written ahead on the audio thread, because a hidden page's timers may fire once a minute.

export const AHEAD_MS = 100_000;
const LEAD_S = 0.05;
const SETTLED_S = 0.25; // notes this near are left as they are when the rest is written anew
const LOUD = 0.16;

// [start Hz, end Hz, seconds, delay]
const NOTES = {
  in: [[196, 294, 1.4, 0]],
  out: [[294, 175, 2, 0]],
  pause: [[262, 262, 0.25, 0]],
  contract: [[392, 392, 0.16, 0], [392, 392, 0.22, 0.24]],
  relax: [[220, 147, 2.4, 0]],
  hold: [[330, 330, 0.9, 0]],
  rest: [[247, 220, 0.8, 0]],
  get_ready: [[294, 294, 0.12, 0]],
  switch: [[330, 330, 0.2, 0], [262, 262, 0.3, 0.3]],
  block: [[262, 262, 1.2, 0], [392, 392, 1.6, 0.12]],
  tap: [[262, 262, 0.6, 0]],
  end: [[392, 392, 1, 0], [294, 294, 1.6, 0.3]],
};

export class Sound {
  on = true;
  #context = null;
  #bus = null;
  #notes = [];
  onlost = () => {};

  // Made ready ahead of the tap, so that the tap only has to resume it.
  prepare() {
    if (this.#context?.state === "closed") this.#context = null;
    if (this.#context || !globalThis.AudioContext) return;
    this.#context = new AudioContext();
    this.#context.onstatechange = () => this.#context.state !== "running" && this.onlost();
  }

  // Within a tap, or browsers keep silent.
  async wake() {
    this.prepare();
    if (!this.#context) return false;
    await this.#context.resume().catch(() => {});
    return this.#context.state === "running";
  }

  get heard() {
    return this.on && this.#context?.state === "running" ? this.#context.currentTime * 1000 : null;
  }

  get available() {
    return Boolean(globalThis.AudioContext);
  }

  // cues: [{in_ms, do}] from now; the earlier plan is replaced.
  plan(cues) {
    if (this.heard === null) return;
    const now = this.#context.currentTime;
    this.#notes = this.#notes.filter((note) => note.at < now + SETTLED_S || note.stop());
    const settled = this.#notes.some((note) => note.at > now - SETTLED_S) ? SETTLED_S : 0;
    for (const cue of cues) {
      const at = now + Math.max(LEAD_S, cue.in_ms / 1000);
      if (at >= now + settled) this.#play(cue.do, at);
    }
  }

  hush() {
    this.#notes = [];
    if (!this.#bus) return;
    const bus = this.#bus;
    this.#bus = null;
    bus.gain.setTargetAtTime(0, this.#context.currentTime, 0.03);
    setTimeout(() => bus.disconnect(), 300);
  }

  async test() {
    if (!(await this.wake())) return false;
    this.#play("in", this.#context.currentTime + LEAD_S);
    this.#play("out", this.#context.currentTime + 1.8);
    return true;
  }

  #play(kind, at) {
    const context = this.#context;
    if (!this.#bus) {
      this.#bus = new GainNode(context, { gain: LOUD });
      this.#bus.connect(context.destination);
      // Never quite silent: a silent output is put to sleep, and its clock with it.
      const bed = new OscillatorNode(context, { frequency: 55 });
      bed.connect(new GainNode(context, { gain: 0.01 })).connect(this.#bus);
      bed.start();
    }
    for (const [from, to, seconds, delay] of NOTES[kind] ?? []) {
      const start = at + delay;
      const tone = new OscillatorNode(context, { type: "sine", frequency: from });
      const shape = new GainNode(context, { gain: 0 });
      tone.frequency.setValueAtTime(from, start);
      tone.frequency.linearRampToValueAtTime(to, start + seconds);
      shape.gain.setValueAtTime(0, start);
      shape.gain.linearRampToValueAtTime(1, start + Math.min(0.12, seconds / 3));
      shape.gain.exponentialRampToValueAtTime(0.001, start + seconds);
      tone.connect(shape).connect(this.#bus);
      tone.start(start);
      tone.stop(start + seconds + 0.05);
      this.#notes.push({ at: start, stop: () => { tone.stop(); } });
    }
  }
}
