/** A task that is stopped while the start of its agent is still prepared. */

import { expect, it } from "vitest";
import type { RunContext } from "../../../src/actors/perform/run-context.ts";
import { taskPerformers } from "../../../src/actors/perform/task-performers.ts";
import type { PerformContext } from "../../../src/actors/runtime/ports.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { makeRunContext } from "./run-context.ts";

const root = makeTempFolder("stop", "file");

/** A job whose agent notes whether it was stopped already when it was started. */
function makeJob(started: boolean[]): RunContext {
  return makeRunContext(root, {
    task: "a",
    startAgent: async (_request, { signal }) => {
      started.push(signal.aborted);
      return { kind: "notStarted", aborted: signal.aborted, reason: "it is only a test", hint: "" };
    },
  });
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
