/** A clock that only a test moves. Timers fire in order of their due time, each at exactly that time. */
import type { Clock } from "../../actors/runtime/ports.ts";

export interface FakeClock extends Clock {
  /** Moves the time on by so many milliseconds, firing what is due on the way. */
  advance(ms: number): void;
  /** Due times of the timers that are armed, soonest first. */
  armed(): number[];
  /** Resolves once at least this many timers are armed. */
  whenArmed(count?: number): Promise<void>;
}

/** A clock that shows `start` (ms since the Unix epoch) until it is moved. */
export function createFakeClock(start = 1_000_000): FakeClock {
  let time = start;
  const timers = new Set<{ dueAt: number; fire: () => void }>();
  let waiting: { count: number; resolve: () => void }[] = [];
  const soonest = (): { dueAt: number; fire: () => void } | undefined =>
    [...timers].sort((a, b) => a.dueAt - b.dueAt)[0];
  return {
    now: () => time,
    setTimer(dueAt, fire) {
      const timer = { dueAt, fire };
      timers.add(timer);
      for (const { resolve } of waiting.filter(({ count }) => count <= timers.size)) resolve();
      waiting = waiting.filter(({ count }) => count > timers.size);
      return () => timers.delete(timer);
    },
    advance(ms) {
      const until = time + ms;
      for (let next = soonest(); next !== undefined && next.dueAt <= until; next = soonest()) {
        timers.delete(next);
        time = Math.max(time, next.dueAt);
        next.fire();
      }
      time = until;
    },
    armed: () => [...timers].map(({ dueAt }) => dueAt).sort((a, b) => a - b),
    whenArmed: (count = 1) =>
      timers.size >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
  };
}
