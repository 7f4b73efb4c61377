/** Two attempts of one task: the second worker does not begin before the first is gone, however its actor ended. */
import { afterAll, describe, expect, it } from "vitest";
import type { AgentOutcome } from "../../../src/actors/agents/index.ts";
import { Board } from "../../../src/actors/job/board.ts";
import type { Job } from "../../../src/actors/job/job.ts";
import { Messages } from "../../../src/actors/job/messages.ts";
import { PortRanges } from "../../../src/actors/job/port-ranges.ts";
import { type AgentJob, type RunningAgents, runAgent } from "../../../src/actors/job/run-agent.ts";
import type { PerformContext } from "../../../src/actors/ports.ts";
import { runFolder } from "../../../src/actors/run-folder.ts";
import type { SchedulerContext } from "../../../src/machines/schedule/state.ts";
import type { Task } from "../../../src/plan/model.ts";
import { scratchFolder } from "../../helpers/program.ts";
import { readValid } from "../../plan/read-text.ts";

const scratch = scratchFolder("pleach run-agent");
afterAll(scratch.remove);

const stopped: AgentOutcome = { kind: "notStarted", aborted: true, reason: "it was stopped", hint: "" };

/** A job whose agents say when they begin, and end when the test lets them. */
function makeJob(): { job: Job; begun: number[]; letGo: (attempt: number) => void } {
  const plan = readValid(JSON.stringify({ goal: "g", isolation: "none", tasks: [{ id: "t", run: "true" }] }), "json");
  const begun: number[] = [];
  const ends = new Map<number, () => void>();
  const job: Job = {
    about: { run: "r", plan, base: null, baseBranch: null, branch: null, patterns: {} },
    scheduler: {} as SchedulerContext,
    folder: runFolder(scratch.path, "r"),
    config: { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [] } },
    repo: null,
    startAgent: ({ attempt }) => {
      begun.push(attempt);
      return new Promise((resolve) => ends.set(attempt, () => resolve(stopped)));
    },
    desk: null,
    board: new Board(),
    messages: new Messages(),
    ports: new PortRanges(),
    parentEnv: {},
    gateConcurrency: 1,
  };
  return { job, begun, letGo: (attempt) => ends.get(attempt)?.() };
}

const contextOf = (effect: string, signal: AbortSignal): PerformContext => ({
  effect,
  actor: "task:t",
  signal,
  recovering: false,
  report: async () => {},
});

const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe("the next attempt's agent", () => {
  it("begins when the one before is gone, not when that was only told to go", async () => {
    const { job, begun, letGo } = makeJob();
    const running: RunningAgents = new Map();
    const task = job.about.plan.tasks[0] as Task;
    const work = (attempt: number): AgentJob => ({
      task,
      attempt,
      stream: task.stream,
      work: task.work,
      agent: null,
      prompt: "",
      toldOfTools: "",
      cwd: scratch.path,
      port: 0,
      scope: () => undefined,
      session: task.id,
      transcript: `out/t.${attempt}.log`,
      timeoutMs: 1_000,
      env: {},
    });
    const crashed = new AbortController();
    const first = runAgent(job, running, work(1), contextOf("task:t/1/0/0", crashed.signal));
    await turns();
    crashed.abort();
    const second = runAgent(job, running, work(2), contextOf("task:t/2/0/0", new AbortController().signal));
    await turns();
    expect(begun).toEqual([1]);
    letGo(1);
    await first;
    await turns();
    expect(begun).toEqual([1, 2]);
    expect(running.has("t")).toBe(true);
    letGo(2);
    await second;
    expect(running.size).toBe(0);
  });
});
