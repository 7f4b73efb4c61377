/** A clock that is set back and forth while time itself goes on: a timer that is armed keeps its distance, as a real one does. */
import type { Clock } from "../../actors/runtime/ports.ts";

export interface SkewedClock extends Clock {
  /** Sets the clock back (or, with more than 0, forth) by so many ms. */
  skew(ms: number): void;
  /** Lets time pass until the next timer fires; false when none is armed. */
  advanceToNextTimer(): boolean;
  /** Ms of real time that have passed. */
  elapsedMs(): number;
}

/** Shows `start` (ms since the Unix epoch) at first. */
export function createSkewedClock(start = 1_000_000_000): SkewedClock {
  let passed = 0;
  let shown = start;
  const timers = new Set<{ at: number; fire: () => void }>();
  return {
    now: () => shown,
    setTimer: (dueAt, fire) => {
      const timer = { at: passed + Math.max(0, dueAt - shown), fire };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    skew: (ms) => {
      shown += ms;
    },
    advanceToNextTimer: () => {
      const next = [...timers].sort((a, b) => a.at - b.at)[0];
      if (next === undefined) return false;
      timers.delete(next);
      shown += next.at - passed;
      passed = next.at;
      next.fire();
      return true;
    },
    elapsedMs: () => passed,
  };
}
