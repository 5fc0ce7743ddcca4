// The device's own voice and its vibration: beside the picture and the tones, never instead of them.

const PATTERNS = { in: [60], out: [40, 90, 40], contract: [90], relax: [260], switch: [60, 60, 60], block: [120], hold: [120] };

export class Voice {
  on = false;

  constructor(language) {
    this.language = language;
  }

  get available() {
    return Boolean(globalThis.speechSynthesis);
  }

  // iOS speaks later only if it spoke within a tap.
  wake() {
    if (this.on && this.available) this.#speak("", 0);
  }

  say(text) {
    if (!this.on || !this.available || !text) return;
    speechSynthesis.cancel();
    this.#speak(text, 1);
  }

  hush() {
    if (this.available) speechSynthesis.cancel();
  }

  #speak(text, volume) {
    speechSynthesis.speak(Object.assign(new SpeechSynthesisUtterance(text), { lang: this.language, rate: 0.92, volume }));
  }
}

export class Vibration {
  on = false;
  #buzzed = false;

  get available() {
    return Boolean(navigator.vibrate) && matchMedia("(pointer: coarse)").matches;
  }

  cue(kind) {
    if (this.on && PATTERNS[kind]) this.#buzzed = navigator.vibrate?.(PATTERNS[kind]);
  }

  hush() {
    if (this.#buzzed) navigator.vibrate(0);
    this.#buzzed = false;
  }
}
