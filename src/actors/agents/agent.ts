/**
 * The Agent port: whatever does a task's work is started by `startAgent`, reports on the way, and ends with one outcome.
 * What an agent says (output, events, texts) is untrusted; its exit says nothing of the work's quality: gates do.
 */
import type { AgentSpec, Work } from "../../plan/model.ts";
import type { TranscriptSummary, WorkerIdentity } from "../process/index.ts";

/** What is to be done, where, and with what. */
export interface AgentRequest {
  run: string;
  task: string;
  /** One-based. */
  attempt: number;
  stream: string;
  work: Work;
  /** The agent that `work` names; null for a shell command. */
  agent: AgentSpec | null;
  /** The task's worktree, absolute. */
  cwd: string;
  /** Absolute path of the file that gets everything the agent says. */
  transcript: string;
  timeoutMs: number;
  /** The whole environment (`workerEnvironment`). */
  env: Readonly<Record<string, string>>;
  /** Default 16 MB. */
  maxTranscriptBytes?: number;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  graceMs?: number;
}

/** What an agent reports while it works. */
export type AgentReport =
  | { kind: "cost"; usd: number; tokens: number }
  /** A coordination event. */
  | { kind: "emit"; type: string; payload: unknown }
  /** One line for the screen. */
  | { kind: "progress"; text: string };

/** What an agent may ask of the runtime. */
export interface AgentContext {
  /** Aborted when the attempt is to stop. */
  signal: AbortSignal;
  report(event: AgentReport): void;
  /** Resolves true once a coordination event of this type came, false after `timeoutMs` or on abort. */
  waitFor(wanted: { type: string; stream?: string; timeoutMs: number; signal: AbortSignal }): Promise<boolean>;
}

export interface AgentExited {
  kind: "exited";
  ok: boolean;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** One safe line that says why it is not ok; null when it is. */
  reason: string | null;
  /** Who is at fault when it is not ok: `agent` counts against the agent's circuit breaker. */
  blame: "work" | "agent";
  durationMs: number;
  timedOut: boolean;
  aborted: boolean;
  inactive: boolean;
  transcript: TranscriptSummary;
  /** The last 8 kB of the transcript, without escapes. */
  tail: string;
  /** Left-over processes that were ended. */
  swept: number;
  survivors: number;
}

export interface AgentNotStarted {
  kind: "notStarted";
  /** It was stopped before it could start; nothing is wrong with it. */
  aborted: boolean;
  reason: string;
  hint: string;
}

export type AgentOutcome = AgentExited | AgentNotStarted;

/** One kind of agent. Never rejects. */
export type Agent = (request: AgentRequest, context: AgentContext) => Promise<AgentOutcome>;

/** The identity that the agent's processes carry. */
export function identityOf(request: AgentRequest): WorkerIdentity {
  return { run: request.run, task: request.task };
}
