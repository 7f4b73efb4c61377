/** A run of the library over a memory log and a fake clock, with a way to wait for what it records. */

import { createMemoryLog, type LibraryRun, type LogStore, type OpenRunOptions, openRun } from "../../src/index.ts";
import type { RunEvent } from "../../src/protocol/client.ts";
import { createFakeClock, type FakeClock } from "../../src/testing/determinism/fake-clock.ts";

export interface TestRun {
  run: LibraryRun;
  log: LogStore;
  clock: FakeClock;
  /** Every event seen so far. */
  events: RunEvent[];
  /** Resolves with the first event (past ones count) for which this is true. */
  until(is: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Resolves when this is true, asked after each event. */
  untilTrue(is: () => boolean): Promise<void>;
}

export async function openTestRun(
  options: Omit<OpenRunOptions, "dir" | "onEvent"> & { log?: LogStore; clock?: FakeClock; dir?: string },
): Promise<TestRun> {
  const log = options.log ?? createMemoryLog();
  const clock = options.clock ?? createFakeClock();
  const events: RunEvent[] = [];
  const waiting = new Set<() => void>();
  const run = await openRun({
    dir: "memory",
    ...options,
    log,
    clock,
    onEvent: (event) => {
      events.push(event);
      for (const look of waiting) look();
    },
  });
  const wait = <T>(find: () => T | undefined): Promise<T> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      run.failed.catch(reject);
      look();
    });
  return {
    run,
    log,
    clock,
    events,
    until: (is) => wait(() => events.find(is)),
    untilTrue: async (is) => {
      await wait(() => (is() ? true : undefined));
    },
  };
}

/** What was recorded, as short lines: `actor type`. */
export function linesOf(events: readonly RunEvent[]): string[] {
  return events.map(({ actor, type }) => `${actor} ${type}`);
}
