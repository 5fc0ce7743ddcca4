// How she wants to be guided, kept on this device: {tones, voice, vibration}.

const KEY = "daily.guide";
const FIRST = { tones: true, voice: false, vibration: true };

export function choice() {
  try {
    return { ...FIRST, ...JSON.parse(localStorage.getItem(KEY)) };
  } catch {
    return FIRST;
  }
}

export function choose(changes) {
  const chosen = { ...choice(), ...changes };
  try {
    localStorage.setItem(KEY, JSON.stringify(chosen));
  } catch {
    // no storage: the choice holds for this page
  }
  return chosen;
}
