/** One attempt of a task in a temp folder, with what it reported, and coordination events that a test sends by hand. */
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type AgentContext,
  type AgentExited,
  type AgentOutcome,
  type AgentReport,
  type AgentRequest,
  startAgent,
} from "../../../src/actors/agents/index.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { AgentSpec, ScriptStep } from "../../../src/plan/model.ts";

export interface Attempt {
  /** The worktree. */
  cwd: string;
  base: string;
  reports: AgentReport[];
  /** Resolves with the next report. */
  nextReport(): Promise<void>;
  stop: AbortController;
  start(request: Partial<AgentRequest>): Promise<AgentOutcome>;
  /** Runs a script to its end. */
  script(steps: ScriptStep[], request?: Partial<AgentRequest>): Promise<AgentExited>;
  waitFor: AgentContext["waitFor"];
  requestPermission: AgentContext["requestPermission"];
  call: NonNullable<AgentContext["call"]>;
  /** Sends the agent a text while it works. */
  send(text: string): void;
  transcript(): string;
  remove(): void;
}

export const SCRIPTED: AgentSpec = { name: "scripted", kind: "scripted" };

export function makeAttempt(parent = tmpdir()): Attempt {
  const base = realpathSync(mkdtempSync(join(parent, "pleach agents ü-")));
  const cwd = join(base, "tree");
  mkdirSync(cwd);
  let waiting: (() => void)[] = [];
  const attempt: Attempt = {
    cwd,
    base,
    reports: [],
    nextReport: () => new Promise((resolve) => waiting.push(resolve)),
    stop: new AbortController(),
    waitFor: () => Promise.resolve(false),
    requestPermission: () => Promise.resolve({ allow: true }),
    call: () => Promise.resolve({ kind: "refused", text: "there are none" }),
    send: () => {},
    start: (request) =>
      startAgent(
        {
          run: "run-1",
          task: "task-1",
          attempt: 1,
          stream: "builders",
          work: { kind: "run", command: "true" },
          agent: null,
          prompt: request.work?.kind === "agent" ? request.work.instruction : "",
          session: null,
          home: join(base, "home"),
          tools: null,
          cwd,
          transcript: join(base, "out", "t.log"),
          timeoutMs: 60_000,
          env: { PATH: process.env.PATH ?? "" },
          graceMs: 200,
          ...request,
        },
        {
          signal: attempt.stop.signal,
          executor: localExecutor,
          report: (event) => {
            attempt.reports.push(event);
            for (const wake of waiting) wake();
            waiting = [];
          },
          waitFor: (wanted) => attempt.waitFor(wanted),
          requestPermission: (asked) => attempt.requestPermission(asked),
          call: (tool, args) => attempt.call(tool, args),
          onMessage: (deliver) => {
            attempt.send = deliver;
            return () => {
              attempt.send = () => {};
            };
          },
        },
      ),
    async script(steps, request = {}) {
      const work = { kind: "agent", agent: "scripted", script: steps, instruction: "" } as const;
      const outcome = await attempt.start({ work, agent: SCRIPTED, ...request });
      if (outcome.kind !== "exited") throw new Error(`did not start: ${outcome.reason}`);
      return outcome;
    },
    transcript: () => readFileSync(join(base, "out", "t.log"), "utf8"),
    remove: () => rmSync(base, { recursive: true, force: true }),
  };
  return attempt;
}
