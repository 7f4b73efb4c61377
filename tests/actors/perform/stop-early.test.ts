/** A task that is stopped while the start of its agent is still prepared. */

import { join } from "node:path";
import { expect, it } from "vitest";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { EmittedEvents } from "../../../src/actors/coordination/emitted-events.ts";
import { memoryVerdicts } from "../../../src/actors/gates/index.ts";
import { Messages } from "../../../src/actors/perform/messages.ts";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";
import type { RunContext } from "../../../src/actors/perform/run-context.ts";
import { taskPerformers } from "../../../src/actors/perform/task-performers.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { PerformContext } from "../../../src/actors/runtime/ports.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { read } from "../../plan/read-text.ts";

const root = makeTempFolder("stop", "file");

/** A job whose agent notes whether it was stopped already when it was started. */
function makeJob(started: boolean[]): RunContext {
  const { plan } = read('{"goal": "g", "isolation": "none", "tasks": [{"id": "a", "run": "true"}]}', "json");
  if (plan === null) throw new Error("the plan does not hold");
  return {
    manifest: { run: "r", plan, base: null, baseBranch: null, branch: null, patterns: {} },
    get scheduler(): never {
      throw new Error("nobody asks for it here");
    },
    folder: runFolder(root, "r"),
    config: { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } },
    repo: null,
    worktrees: join(root, "worktrees"),
    workspaces: null,
    executor: localExecutor,
    startAgent: async (_request, { signal }) => {
      started.push(signal.aborted);
      return { kind: "notStarted", aborted: signal.aborted, reason: "it is only a test", hint: "" };
    },
    emittedEvents: new EmittedEvents(),
    toolGateway: null,
    messages: new Messages(),
    patterns: null,
    ports: new PortRanges("r"),
    parentEnv: {},
    gateConcurrency: 1,
    verdicts: memoryVerdicts(),
  };
}

const context: PerformContext = {
  effect: "task:a/1/1/0",
  actor: "task:a",
  signal: new AbortController().signal,
  recovering: false,
  report: async () => {},
};

it("has its agent started as stopped, and the next attempt as not", async () => {
  const started: boolean[] = [];
  const { startAgent, stopAgent } = taskPerformers(makeJob(started));
  const attempt = (number: number) => ({
    task: "a",
    attempt: String(number),
    number,
    workspace: { id: "", path: "", branch: null, port: 1 },
    feedback: null,
  });
  const first = startAgent?.(attempt(1) as never, context);
  await stopAgent?.({ task: "a", reason: "cancelled" } as never, context);
  // Not as a failure, which would be tried again.
  expect(await first).toEqual({ type: "agent.lost", killed: 0, stopped: true });
  expect(await startAgent?.(attempt(2) as never, context)).toMatchObject({ type: "agent.notStarted" });
  expect(started).toEqual([true, false]);
});
