/** How long to wait before trying again. */
import type { Backoff } from "../protocol/values.ts";
import { randomFrom } from "./random.ts";

/** Repeats of a task, a git operation or a restart: soon at first, a minute at most. */
export const defaultBackoff: Backoff = { baseMs: 200, factor: 2, maxMs: 60_000 };

/**
 * Milliseconds before repeat number `repeat` (1-based). Between half and the whole of the exponential wait ("equal
 * jitter", Brooker, AWS Architecture Blog, "Exponential Backoff And Jitter"), so that repeats spread but never hurry.
 */
export function backoffMs(backoff: Backoff, repeat: number, seed: number, who: string): number {
  const whole = Math.min(backoff.maxMs, backoff.baseMs * backoff.factor ** (repeat - 1));
  return Math.round(whole / 2 + (whole / 2) * randomFrom(seed, who, repeat));
}
