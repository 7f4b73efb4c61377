/**
 * Waiting for a lock of git's: with growing pauses, as long as it changes hands or somebody may hold it. One that was left
 * behind is waited for a moment, once; who meets it later in this process is told at once.
 */
import { setTimeout as delay } from "node:timers/promises";
import { lookAtLock, readLock } from "./locks.ts";
import { describeLocked } from "./refusals.ts";

/** Waits between tries, in milliseconds. */
const PAUSES_MS = [20, 50, 100, 200, 400, 800, 1600, 1600, 1600];
/** A lock that has outlasted so many pauses and is older than this may have been left behind: not all who take locks are git. */
const PATIENT_PAUSES = 5;
const YOUNG_MS = 3_000;

/** Path -> identity of the lock there that nobody holds. */
const leftBehind = new Map<string, string>();

export class LockWait {
  readonly #signal: AbortSignal | undefined;
  #pauses = 0;
  /** The lock that was met last, and how many pauses it has outlasted. */
  #met = { identity: "", pauses: 0 };

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  /** Resolves when it is time to try again. Rejects with `git.locked` when that is of no use, or when the signal says so. */
  async untilNextTry(path: string): Promise<void> {
    const lock = await readLock(path);
    const pauseMs = PAUSES_MS[this.#pauses++];
    if (lock !== null) {
      if (leftBehind.get(path) === lock.identity) throw describeLocked(path, await lookAtLock(lock));
      this.#met = { identity: lock.identity, pauses: this.#met.identity === lock.identity ? this.#met.pauses + 1 : 0 };
      const isStanding = this.#met.pauses >= PATIENT_PAUSES && Date.now() - lock.madeAtMs > YOUNG_MS;
      if (isStanding || pauseMs === undefined) {
        const looked = await lookAtLock(lock);
        const isLeft = isStanding && looked.makers?.length === 0;
        if (isLeft) leftBehind.set(path, lock.identity);
        if (isLeft || pauseMs === undefined) throw describeLocked(path, looked);
      }
    }
    if (pauseMs === undefined) throw describeLocked(path, null);
    await delay(pauseMs, undefined, this.#signal ? { signal: this.#signal } : {});
  }
}
