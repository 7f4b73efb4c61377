/**
 * The Agent port: whatever does a task's work is started by `startAgent`, reports on the way, asks for permissions, gets
 * messages, is interrupted by its signal, can go on with a session of its own, and ends with one outcome.
 * What an agent says (output, events, texts) is untrusted; its exit says nothing of the work's quality: gates do.
 */
import type { AgentSpec, Work } from "../../plan/model.ts";
import type { AgentFailure, FaultOf } from "../../protocol/values.ts";
import type { Executor, NotStarted, ProcessExited, WorkerIdentity } from "../process/index.ts";
import type { WindowUse } from "./usage-windows.ts";

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
  /** The whole prompt of an agent: its role, the task's instruction, findings of earlier attempts. Empty for a command. */
  prompt: string;
  /** What one is told that goes on with `session`; absent: the whole prompt. */
  resumePrompt?: string;
  /** Said after the prompt to one that does not reach the tools, or may not; absent: nothing. */
  dropBox?: string;
  /** A session of the agent's own, of an earlier attempt, to go on with where that can be done; null starts a new one. */
  session: string | null;
  /** Absolute folder of this run for what agents keep (configuration, sessions); made by the adapter that uses it. */
  home: string;
  /** Where the agent reaches the coordination tools (MCP over loopback HTTP); null when there are none. */
  tools: AgentTools | null;
  /** Absolute folder of the recorded sessions that an agent of kind `recorded` plays from. */
  recordings?: string;
  /** The task's worktree, absolute. */
  cwd: string;
  /** Absolute path of the file that gets everything the agent says. */
  transcript: string;
  timeoutMs: number;
  /** The whole environment (`workerEnvironment`). */
  env: Readonly<Record<string, string>>;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  graceMs?: number;
}

/** An MCP server on loopback, and the bearer token by which it knows the agent. The token is a secret of the attempt. */
export interface AgentTools {
  url: string;
  token: string;
  /** What the prompt of an agent that reaches them says of them; empty: nothing. */
  instructions: string;
}

/** The prompt of an agent that begins anew, with how it reaches the others: by its tools, or without them. */
export function promptWithTools({
  prompt,
  tools,
  dropBox = "",
}: Pick<AgentRequest, "prompt" | "tools" | "dropBox">): string {
  const others = tools === null || tools.instructions === "" ? dropBox : tools.instructions;
  return others === "" ? prompt : `${prompt.trimEnd()}\n\n${others}`;
}

/** What an agent reports while it works. */
export type AgentReport =
  /**
   * A change of what it has used, as it becomes known; `estimatedUsd` of `usd` are estimated. When the true figure comes, the
   * estimate is taken back in the same report: then both may be negative.
   */
  | { kind: "cost"; usd: number; tokens: number; estimatedUsd?: number }
  /** Its account may not be used until then (ms since the epoch; null: nobody knows); `source` is what said so. */
  | { kind: "limit"; until: number | null; account: string | null; source: string }
  /** Its service is down or has too much to do, as far as is known until then (ms since the epoch). */
  | { kind: "outage"; what: "overloaded" | "down"; until: number | null }
  /** So much of a window of its account's usage limit is used, and when that begins anew. */
  | WindowUse
  /** A coordination event. */
  | { kind: "emit"; type: string; payload: unknown }
  /** One line for the screen. */
  | { kind: "progress"; text: string }
  /** Something that a person ought to know, one line; `isPassing`: now, and not at the end of the run. */
  | { kind: "warning"; text: string; isPassing?: true }
  /** The id under which the agent keeps this conversation. */
  | { kind: "session"; id: string };

/** What an agent wants to do and asks for. Everything in it is the agent's word. */
export interface PermissionRequest {
  /** The agent's name of the tool. */
  tool: string;
  /** Files concerned, as the agent names them; empty when unknown. */
  paths: string[];
  /** Shell text to be run, when it is that. */
  command: string | null;
  /** It only reads: a scope says what may be changed, not what may be read. */
  reads: boolean;
  /** Address of a page that it wants to see. */
  url?: string;
}

/** `reason` is a clause without its end, `advice` a sentence: what to do instead. */
export type PermissionAnswer = { allow: true } | { allow: false; reason: string; advice?: string };

/** A refusal, for the agent. */
export function wordRefusal({ reason, advice }: { reason: string; advice?: string }): string {
  return advice === undefined ? reason : `${reason}. ${advice}`;
}

/** What an agent may ask of the runtime. */
export interface AgentContext {
  /** Aborted when the attempt is to stop. */
  signal: AbortSignal;
  /** Runs the agent's programs. */
  executor: Executor;
  report(event: AgentReport): void;
  /** Resolves true once a coordination event of this type came, false after `timeoutMs` or on abort. */
  waitFor(wanted: { type: string; stream?: string; timeoutMs: number; signal: AbortSignal }): Promise<boolean>;
  /** Decides on what the agent asks for; never rejects. */
  requestPermission(asked: PermissionRequest): Promise<PermissionAnswer>;
  /** Calls back with each text that somebody sends the agent while it works; returns how to stop listening. */
  onMessage(deliver: (text: string) => void): () => void;
  /** Calls a coordination tool, for agents that live in this process; absent where there are none. Never rejects. */
  call?(tool: string, args: unknown): Promise<{ kind: string; text: string }>;
}

/** How an attempt ended; its `code` and `signal` are those of the agent's program. */
export interface AgentExited extends ProcessExited {
  ok: boolean;
  /** One safe line that says why it is not ok; null when it is. */
  reason: string | null;
  /** Who is at fault when it is not ok: `agent` counts against the agent's circuit breaker. */
  faultOf: FaultOf;
  /** Set by agents that can tell; null for commands and scripts, and when it is ok. */
  failure: AgentFailure | null;
  /** What is kept of its last message (`last-message.ts`), when it is ok; absent or null: nothing. */
  said?: string | null;
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

/** The outcome of an attempt whose command, or transcript, cannot begin. */
export function toNotStarted({ reason, hint, code }: NotStarted): AgentNotStarted {
  return notStarted(reason, hint, code === "aborted");
}

/** The outcome of an attempt that cannot begin. */
export function notStarted(reason: string, hint: string, aborted = false): AgentNotStarted {
  return { kind: "notStarted", aborted, reason, hint };
}
