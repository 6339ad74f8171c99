// Follows the road: events as they come, how old what we know is, and saying so when it is too old.

const SILENCE_MS = 20_000; // four heartbeats without a word: the line is dead, whatever the browser believes
const RETRY_MS = 3_000;

/** Follows events from a number on, and calls back. */
export class Live {
  #source = null;
  #timer = null;
  #last = 0;
  #heardAt = performance.now();
  #isConnected = false;
  #health = null;

  constructor({ onChange, onReset }) {
    this.onChange = onChange;
    this.onReset = onReset;
  }

  /** Goes on from what the page has just read. */
  follow(sequence, health) {
    this.#last = sequence;
    this.#hear(health);
    if (!this.#source) this.#open();
  }

  /** Takes note of how the watching goes. */
  #hear(health) {
    this.#heardAt = performance.now();
    if (health) this.#health = health;
  }

  #open() {
    clearTimeout(this.#timer);
    const source = new EventSource(`api/v1/events?after=${this.#last}`);
    this.#source = source;
    source.addEventListener("open", () => { this.#isConnected = true; this.#hear(null); });
    source.addEventListener("health", (event) => { this.#isConnected = true; this.#hear(JSON.parse(event.data)); });
    source.addEventListener("reset", () => { this.#hear(null); this.onReset(); });
    for (const name of ["status", "ticket"]) {
      source.addEventListener(name, (event) => {
        this.#hear(null);
        this.#last = Math.max(this.#last, Number(event.lastEventId));
        this.onChange(JSON.parse(event.data));
      });
    }
    source.addEventListener("error", () => {
      this.#isConnected = false;
      // The browser comes back by itself after a cut; after a refusal it does not.
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
  }

  #again() {
    this.#source?.close();
    this.#source = null;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => { this.#open(); this.onReset(); }, RETRY_MS);
  }

  /** Looks at the clock: what may be said about the freshness of the page. */
  look() {
    const silence = performance.now() - this.#heardAt;
    if (silence > SILENCE_MS && this.#source) {
      this.#isConnected = false;
      this.#again();
      this.#heardAt = performance.now() - SILENCE_MS; // still silent, but try again only after a while
    }
    const health = this.#health;
    if (!health) return { state: "waiting" };
    const at = Date.parse(health.at) + silence;
    const knownUntil = health.known_until ? Date.parse(health.known_until) : null;
    const age = knownUntil === null ? null : Math.max(0, at - knownUntil);
    const troubles = health.troubles;
    if (!this.#isConnected) return { state: "cut", at, knownUntil, age, troubles };
    if (age === null || age > health.stale_after_ms) return { state: "stale", at, knownUntil, age, troubles };
    return { state: "live", at, knownUntil, age, troubles };
  }
}
