/**
 * An agent that says nothing while its model is at work. Some ask a service that fails again and again without a word, for
 * minutes: whoever looks at the screen is told how long it has been silent, ever more rarely. Pure.
 */

/** No model thinks for so long without a word, as a rule. */
const FIRST_MS = 60_000;

export class Silence {
  #since: number;
  #nextMs = FIRST_MS;

  constructor(now: number) {
    this.#since = now;
  }

  /** It said something, or was told something. */
  heard(now: number): void {
    this.#since = now;
    this.#nextMs = FIRST_MS;
  }

  /** What to tell of it now; null: nothing. */
  lookAt(now: number): string | null {
    const silentMs = now - this.#since;
    if (silentMs < this.#nextMs) return null;
    while (this.#nextMs <= silentMs) this.#nextMs *= 2;
    const minutes = Math.floor(silentMs / 60_000);
    const long = minutes === 1 ? "a minute" : `${minutes} minutes`;
    return `has said nothing for ${long}: its model takes long, or its service fails and is asked again`;
  }
}
