/** Time as the vault's files see it; tests bring their own. */
import { setTimeout as sleep } from "node:timers/promises";

export interface Clock {
  /** Milliseconds, as the times of files are given. */
  now(): number;
  /** Resolves after so many milliseconds. */
  wait(ms: number): Promise<void>;
}

/** The machine's own time. */
export const systemClock: Clock = { now: () => Date.now(), wait: (ms) => sleep(ms) };
