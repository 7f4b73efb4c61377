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

interface Timer {
  dueAt: number;
  fire: () => void;
}

/** A clock that shows `start` (ms since the Unix epoch) until it is moved. */
export function createFakeClock(start = 1_000_000): FakeClock {
  let time = start;
  /** Soonest first; of those that are due at one time, the one that was armed first. */
  const timers: Timer[] = [];
  let waiting: { count: number; resolve: () => void }[] = [];
  return {
    now: () => time,
    setTimer(dueAt, fire) {
      const timer = { dueAt, fire };
      timers.splice(placeOf(timers, dueAt), 0, timer);
      for (const { resolve } of waiting.filter(({ count }) => count <= timers.length)) resolve();
      waiting = waiting.filter(({ count }) => count > timers.length);
      return () => {
        const at = timers.indexOf(timer);
        if (at >= 0) timers.splice(at, 1);
      };
    },
    advance(ms) {
      const until = time + ms;
      for (let [next] = timers; next !== undefined && next.dueAt <= until; [next] = timers) {
        timers.shift();
        time = Math.max(time, next.dueAt);
        next.fire();
      }
      time = until;
    },
    armed: () => timers.map(({ dueAt }) => dueAt),
    whenArmed: (count = 1) =>
      timers.length >= count ? Promise.resolve() : new Promise((resolve) => waiting.push({ count, resolve })),
  };
}

/** The place behind all timers that are due then or before. */
function placeOf(timers: readonly Timer[], dueAt: number): number {
  let low = 0;
  for (let high = timers.length; low < high; ) {
    const middle = (low + high) >> 1;
    if ((timers[middle] as Timer).dueAt <= dueAt) low = middle + 1;
    else high = middle;
  }
  return low;
}
