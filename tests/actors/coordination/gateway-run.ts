/**
 * A run whose coordination is real, over a memory log and a clock that the test moves, and whose agents are the test:
 * tasks run until the test ends them.
 */

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import type { Caller, ToolAnswer } from "../../../src/actors/coordination/call.ts";
import { callerOfTask } from "../../../src/actors/coordination/coordination.ts";
import { dispatchToolCall } from "../../../src/actors/coordination/dispatch-tool-call.ts";
import { EmittedEvents } from "../../../src/actors/coordination/emitted-events.ts";
import { ToolGateway } from "../../../src/actors/coordination/tool-gateway.ts";
import { decide } from "../../../src/actors/host/decide.ts";
import { createMemoryLog, type MemoryLog } from "../../../src/actors/log/index.ts";
import { openPerformers } from "../../../src/actors/run-actors/open-performers.ts";
import { rootInput, runLogics } from "../../../src/actors/run-actors/root.ts";
import { sendLetter } from "../../../src/actors/run-actors/send-letter.ts";
import { openRuntime } from "../../../src/actors/runtime/open-runtime.ts";
import { createFoldCheck, replayLog } from "../../../src/actors/runtime/replay.ts";
import { type Runtime, toMachines } from "../../../src/actors/runtime/runtime.ts";
import type { Plan, Task } from "../../../src/plan/model.ts";
import type { Letter } from "../../../src/protocol/mail.ts";
import { createFakeClock, type FakeClock } from "../../../src/testing/determinism/fake-clock.ts";
import { drain } from "../../helpers/drain.ts";

const task = (id: string, stream: string, change: Partial<Task> = {}): Task => ({
  id,
  title: id,
  stream,
  needs: [],
  prefers: [],
  uses: {},
  feeds: [],
  scope: [`${id}/**`],
  work: { kind: "agent", agent: "helper", instruction: "work" },
  gates: [],
  artifacts: [],
  retries: 1,
  timeoutMs: 1_000,
  onConflict: "ask",
  continueOnError: false,
  ...change,
});

/** Two builders and a reviewer that run at once; `later` waits for `build`. */
const PLAN: Plan = {
  goal: "g",
  concurrency: 9,
  isolation: "worktree",
  budget: { mode: "warn" },
  gates: [],
  resources: { db: 1, seats: 2 },
  streams: ["builders", "reviewers"].map((name) => ({ name, concurrency: 9, restart: "permanent" })),
  agents: [{ name: "helper", kind: "command", command: "x" }],
  tasks: [
    task("build", "builders", { artifacts: ["api"] }),
    task("other", "builders", { uses: { seats: 1 } }),
    task("review", "reviewers"),
  ],
};

export interface GatewayRun {
  readonly root: string;
  readonly gateway: ToolGateway;
  readonly runtime: Runtime;
  readonly log: MemoryLog;
  readonly clock: FakeClock;
  /** Commits that were asked for: task -> widened scope. */
  readonly commits: Map<string, string[]>;
  caller(task: string): Caller;
  /** Calls a tool as the agent of a task; does not wait unless told to. */
  call(task: string, tool: string, args?: Record<string, unknown>, options?: Partial<CallOptions>): Promise<ToolAnswer>;
  /** Ends the attempt of a task. */
  end(task: string, ok?: boolean): Promise<void>;
  decide(conflict: string, choice: string): Promise<{ ok: boolean }>;
  /** Records so far, as `actor type`. */
  lines(): string[];
  close(): Promise<void>;
}

interface CallOptions {
  key: string;
  patienceMs: number;
  signal: AbortSignal;
}

/** `artifacts` are those of the task `other`. */
export async function openGatewayRun(artifacts: string[] = []): Promise<GatewayRun> {
  const plan = { ...PLAN, tasks: PLAN.tasks.map((each) => (each.id === "other" ? { ...each, artifacts } : each)) };
  const root = realpathSync(mkdtempSync(join(tmpdir(), "pleach tools ü-")));
  const log = createMemoryLog();
  const clock = createFakeClock();
  const emittedEvents = new EmittedEvents();
  const ending = new Map<string, (ok: boolean) => void>();
  const commits = new Map<string, string[]>();
  const about = { run: "r", plan, base: "B", baseBranch: null, branch: "pleach/r", patterns: {} };
  const runtime = await openRuntime({
    log,
    logics: runLogics,
    clock,
    root: {
      id: "run",
      kind: "supervisor",
      input: rootInput(about, { seed: 1, expectedMs: {}, unknownMs: 1_000, pathMs: {} }),
    },
    epoch: (epoch) => ({ epoch }),
    check: createFoldCheck({}),
    perform: openPerformers({
      createBranch: async ({ base }) => ({ type: "branch.created", branch: "x", commit: base }),
      prepareWorkspace: async ({ task: id, attempt }) => {
        const path = join(root, `${id}.${attempt}`);
        mkdirSync(path);
        return {
          type: "workspace.prepared",
          workspace: { id: `${id}.${attempt}`, path, branch: `${id}-${attempt}`, port: 1 },
        };
      },
      startAgent: async ({ task: id }) => {
        const ok = await new Promise<boolean>((resolve) => ending.set(id, resolve));
        const end = { ok, code: ok ? 0 : 1, signal: null, reason: null, timedOut: false, durationMs: 5 };
        return {
          type: "agent.exited",
          faultOf: "work",
          ...end,
          transcript: { path: "t", bytes: 0, sha256: "", truncated: false },
        };
      },
      commitWork: async ({ task: id, widened = [] }) => {
        commits.set(id, widened);
        return { type: "work.committed", commit: `c-${id}`, files: [id], removesMerged: [] };
      },
      buildChain: async ({ items }) => ({
        type: "chain.built",
        links: items.map((item) => ({ task: item.task, commit: `L${item.commit}` })),
        conflicts: [],
      }),
      advanceBranch: async ({ from, to }) => ({ type: "branch.advanced", from, to }),
      releaseWorkspace: async ({ workspace }) => ({
        type: "workspace.released",
        id: workspace.id,
      }),
    }),
  });
  const port = {
    plan,
    folder: runFolder(root, "r"),
    vaults: [join(root, "vault")],
    emittedEvents,
    system: runtime.system,
    send: (letter: Letter<"tools">) => sendLetter(runtime, letter),
    now: () => clock.now(),
    readLog: () => log.read(),
  };
  const gateway = new ToolGateway(port, { committed: runtime.system.seq, program: "pleach 0" });
  runtime.watch((records) => {
    emittedEvents.note(records);
    gateway.note(records);
  });
  runtime.start();
  await drain(runtime);
  let keys = 0;
  const caller = (id: string): Caller => {
    const stream = PLAN.tasks.find((each) => each.id === id)?.stream ?? "";
    return callerOfTask({ id, stream }, gateway.coordination.runningTask(id)?.attempt ?? "over");
  };
  return {
    root,
    gateway,
    runtime,
    log,
    clock,
    commits,
    caller,
    call: (id, tool, args = {}, options = {}) =>
      dispatchToolCall(gateway.coordination, {
        caller: caller(id),
        tool,
        args,
        key: `k${++keys}`,
        patienceMs: 0,
        signal: new AbortController().signal,
        ...options,
      }),
    end: async (id, ok = true) => {
      ending.get(id)?.(ok);
      ending.delete(id);
      await drain(runtime);
    },
    decide: (conflict, choice) => decide(runtime, { conflict, choice }),
    lines: () => log.records().map(({ actor, type }) => `${actor} ${type}`),
    close: async () => {
      await gateway.close();
      for (const end of ending.values()) end(true);
      await drain(runtime);
      const machines = toMachines(runLogics);
      const { verified } = await replayLog(log, machines);
      await runtime.stop();
      rmSync(root, { recursive: true, force: true });
      if (!verified) throw new Error("the log does not replay");
    },
  };
}
