/**
 * `.ce-state/*.json`: read models for any program. Written whole and by rename, at most a few times
 * a second, and only of states that are durable.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../errors.ts";
import type { StatusDocument } from "../../protocol/status.ts";
import { writeAtomicallySync } from "../../safe-files/index.ts";

const EVERY_MS = 250;
/** Writing is given at most about this part of the host's time: with thousands of tasks one write takes a while. */
const SHARE = 1 / 20;

export interface StateFiles {
  /** Something changed; written soon. */
  touch(): void;
  /** Writes now and stops. */
  close(): void;
  /** Stops without writing. */
  stop(): void;
}

/** `read` gives the newest status, or null while none that is durable can be had. */
export function openStateFiles(folder: string, read: () => StatusDocument | null): StateFiles {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let timer: NodeJS.Timeout | null = null;
  let restMs = EVERY_MS;
  const write = (): void => {
    timer = null;
    const begunAt = performance.now();
    const status = read();
    if (status === null) {
      schedule();
      return;
    }
    const { tasks, conflicts, cost, ...run } = status;
    writeWhole(folder, "run.json", run);
    writeWhole(folder, "tasks.json", { schema: 1, run: run.run, seq: run.seq, tasks });
    writeWhole(folder, "conflicts.json", { schema: 1, run: run.run, seq: run.seq, conflicts });
    writeWhole(folder, "budget.json", { schema: 1, run: run.run, seq: run.seq, cost });
    restMs = Math.max(EVERY_MS, (performance.now() - begunAt) / SHARE);
  };
  const schedule = (): void => {
    timer ??= setTimeout(write, restMs);
  };
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    touch: schedule,
    close() {
      stop();
      write();
      stop();
    },
    stop,
  };
}

/** No fsync: after a crash these are projected anew from the log. */
function writeWhole(folder: string, name: string, value: unknown): void {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  try {
    writeAtomicallySync(join(folder, name), text, { durability: "none", mode: 0o600 });
  } catch (thrown) {
    // Somebody took the folder away: so they did the log, whose writer says what that means.
    if (codeOf(thrown) !== "ENOENT") throw thrown;
  }
}
