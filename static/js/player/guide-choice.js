// <guide-choice>: tones, voice, vibration, kept on this device, with a sound to try.

import { choice, choose } from "./choice.js";
import { Sound } from "./sound.js";
import { Vibration, Voice } from "./speech.js";

class GuideChoice extends HTMLElement {
  connectedCallback() {
    const chosen = choice();
    const sound = new Sound();
    const has = { tones: sound.available, voice: new Voice("").available, vibration: new Vibration().available };
    for (const box of this.querySelectorAll("[data-guide]")) {
      const name = box.dataset.guide;
      box.checked = chosen[name] && has[name];
      box.closest("label").hidden = !has[name];
      box.addEventListener("change", () => choose({ [name]: box.checked }));
    }
    this.querySelector("button").addEventListener("click", async () => {
      const played = await sound.test();
      this.querySelector("[role=status]").textContent = played ? this.dataset.heard : this.dataset.unheard;
    });
    this.hidden = false;
  }
}

customElements.define("guide-choice", GuideChoice);
