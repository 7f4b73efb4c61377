/** A task of a plan with nothing special about it, for tests of machines. */
import type { Task } from "../../src/plan/model.ts";

/** A builders' task that runs `true`, but for what is changed. */
export function makeTask(id: string, change: Partial<Task> = {}): Task {
  return {
    id,
    title: id,
    stream: "builders",
    needs: [],
    prefers: [],
    uses: {},
    feeds: [],
    work: { kind: "run", command: "true" },
    gates: [],
    artifacts: [],
    retries: 0,
    timeoutMs: 1_000,
    onConflict: "ask",
    continueOnError: false,
    ...change,
  };
}
