/** What a task asks for it has: a step that would ask without a base, a commit or a workspace throws, and the actor crashes. */
import { describe, expect, it } from "vitest";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import { taskMachine } from "../../../src/machines/task/task.ts";
import type { TaskStart } from "../../../src/machines/task/task-state.ts";

const input: TaskStart = {
  id: "a",
  stream: "builders",
  agent: null,
  isolation: "worktree",
  gates: [],
  retries: 0,
  onConflict: "ask",
  backoff: { baseMs: 1, factor: 1, maxMs: 1 },
  seed: 1,
  attempt: "1",
  base: "m1",
  at: 0,
};

describe("a task in a worktree", () => {
  it("asks for a workspace on its base", () => {
    const { effects } = createDriver(taskMachine).start(input);
    expect(effects).toMatchObject([{ name: "prepareWorkspace", params: { task: "a", attempt: "1", base: "m1" } }]);
  });

  it("does not ask for one without a base", () => {
    expect(() => createDriver(taskMachine).start({ ...input, base: null })).toThrow("the task has no base");
  });

  it("asks for none without isolation", () => {
    const { effects } = createDriver(taskMachine).start({ ...input, isolation: "none", base: null });
    expect(effects.map(({ name }) => name)).toEqual(["startAgent"]);
  });
});
