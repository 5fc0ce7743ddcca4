// Guided time: what passed by the monotonic clock while somebody could see or hear it. Never a count of ticks.
// Phones stop the monotonic clock in sleep and browsers slow hidden pages, so each look compares it with the wall
// clock and with the sound that was really played.

const GAP_MS = 3000;
const LOSS_MS = 1500;

export class Clock {
  #on = false;
  #kept = 0;
  #zero = 0;
  #seen = null;

  // `began`: the monotonic time, in ms, that earlier visits of this session have used.
  constructor({ now = () => performance.now(), wall = () => Date.now(), rate = 1, began = 0 } = {}) {
    Object.assign(this, { now, wall, rate });
    this.origin = now() - began;
  }

  get mono() {
    return Math.round(this.now() - this.origin);
  }

  get elapsed() {
    return this.#kept + (this.#on ? (this.now() - this.#zero) * this.rate : 0);
  }

  run() {
    if (this.#on) return;
    this.#on = true;
    this.#zero = this.now();
    this.#seen = null;
  }

  // Stops; of what has run, `kept` ms count (all of it where nothing is said).
  hold(kept = this.elapsed) {
    this.#kept = kept;
    this.#on = false;
  }

  // Whole ms since the last taking; the fraction stays for the next one.
  take() {
    const all = this.elapsed;
    this.#kept = all - Math.floor(all);
    this.#zero = this.now();
    return Math.floor(all);
  }

  // What was lost since the last look, or null. `heard`: ms on the audio clock, null where no sound is running.
  look(heard) {
    const before = this.#seen;
    const seen = { mono: this.now(), wall: this.wall(), heard };
    this.#seen = seen;
    if (!this.#on || !before) return null;
    const mono = seen.mono - before.mono;
    const gap = Math.max(mono, seen.wall - before.wall);
    if (gap <= GAP_MS) return null;
    const sounded = heard === null || before.heard === null ? 0 : heard - before.heard;
    const got = Math.max(0, Math.min(mono, sounded));
    if (gap - got <= LOSS_MS) return null;
    this.#zero += mono - got;
    return { why: gap - mono > LOSS_MS ? "sleep" : "gap", lost_ms: Math.round(gap - got) };
  }
}
