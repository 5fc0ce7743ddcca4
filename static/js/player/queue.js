// Events on their way: each is frozen as text when it is written, kept on the device until the server has answered for
// it by its id, and sent as often as that takes. However often it is sent, it is one event there.

const MOST = 200;
const BACK_OFF_MS = [2000, 8000, 30_000];
const KEEPALIVE_CHARACTERS = 60_000;

// Under a session's id, or `check/` and whose answers they are: on a shared device none goes to another's record.
const addressOf = (session) => (session.startsWith("check/") ? `/${session}/answers` : `/sessions/${session}/events`);

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function open() {
  const request = indexedDB.open("daily", 1);
  request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "id" });
  return asked(request);
}

export class Queue {
  #store = null;
  #memory = new Map(); // all that waits; the only copy where the device keeps nothing
  #sending = null;
  #again = false;
  #behind = new Set(); // those that the server failed at
  #failures = 0;
  #timer = 0;
  state = "saved"; // saved | sending | waiting | signed_out | refused
  stored = true;
  onchange = () => {};

  constructor({ token }) {
    this.token = token;
  }

  // The events of this session that wait on the device.
  async start(session) {
    try {
      this.#store = await open();
      for (const row of await asked(this.#store.transaction("waiting").objectStore("waiting").getAll())) {
        this.#memory.set(row.id, row);
      }
    } catch {
      this.stored = false;
    }
    addEventListener("online", () => this.flush());
    addEventListener("pageshow", () => this.flush());
    addEventListener("pagehide", () => this.#leave());
    document.addEventListener("visibilitychange", () => (document.hidden ? this.#leave() : this.flush()));
    this.flush();
    return this.#of(session).map((row) => JSON.parse(row.text));
  }

  // Resolves once the device has it.
  async add(session, event) {
    const row = { id: event.id, session, seq: event.seq, text: JSON.stringify(event) };
    this.#memory.set(row.id, row);
    this.#become("sending");
    await this.#write((store) => store.put(row));
    this.flush();
  }

  get waiting() {
    return this.#memory.size;
  }

  flush() {
    clearTimeout(this.#timer);
    this.#again = Boolean(this.#sending);
    this.#sending ??= this.#send().finally(() => {
      this.#sending = null;
      if (this.#again) this.flush();
    });
  }

  #of(session) {
    return [...this.#memory.values()].filter((row) => row.session === session).sort((a, b) => a.seq - b.seq);
  }

  async #write(change) {
    if (!this.#store) return;
    try {
      const transaction = this.#store.transaction("waiting", "readwrite", { durability: "strict" });
      change(transaction.objectStore("waiting"));
      await new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = transaction.onerror = () => reject(transaction.error);
      });
    } catch {
      this.stored = false;
      this.onchange();
    }
  }

  #become(state) {
    this.state = state;
    this.onchange();
  }

  async #send() {
    const refused = new Set();
    this.#behind.clear();
    for (;;) {
      const next = [...this.#memory.values()].find((row) => !refused.has(row.id) && !this.#behind.has(row.session));
      if (!next) break;
      const { session } = next;
      const rows = this.#of(session).slice(0, MOST);
      this.#become("sending");
      let answer;
      try {
        answer = await this.#post(session, rows, false);
      } catch {
        return this.#later();
      }
      if (answer.status === 429) return this.#later();
      if (answer.status >= 500) {
        this.#behind.add(session); // it holds up no other
        continue;
      }
      const { answers, error } = await answer.json().catch(() => ({}));
      // The page's token ends with the sign-in that it was made for, and is looked at first.
      const ended = [400, 401, 403].includes(answer.status) && error?.code !== "bad_upload";
      if (ended) return this.#become("signed_out");
      if (!answers?.length) {
        rows.forEach((row) => refused.add(row.id)); // of another account, perhaps: kept, not tried again now
        continue;
      }
      this.#failures = 0;
      answers.forEach(({ id }) => this.#memory.delete(id));
      await this.#write((store) => answers.forEach(({ id }) => store.delete(id)));
    }
    if (this.#behind.size) return this.#later();
    this.#become(refused.size ? "refused" : "saved");
  }

  #post(session, rows, keepalive) {
    return fetch(addressOf(session), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.token },
      body: `{"client_now":${Date.now()},"events":[${rows.map((row) => row.text).join(",")}]}`,
      keepalive,
    });
  }

  #later() {
    this.#become("waiting");
    if (navigator.onLine === false) return;
    this.#timer = setTimeout(() => this.flush(), BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)]);
    this.#failures += 1;
  }

  // The page may be gone before an answer comes: sent once more then, and known for what it is there.
  #leave() {
    if (!this.#memory.size || navigator.onLine === false) return;
    const waiting = [...this.#memory.values()];
    const { session } = waiting.find((row) => !this.#behind.has(row.session)) ?? waiting[0];
    let left = KEEPALIVE_CHARACTERS;
    const rows = this.#of(session).slice(0, MOST).filter((row) => (left -= row.text.length) > 0);
    if (rows.length) this.#post(session, rows, true).catch(() => {});
  }
}
