/**
 * The Executor port: whatever carries out the commands of a run. Agents, gates and the commands that prepare a worktree
 * get theirs handed in, and know nothing of where it runs them. On this machine it is `local-executor.ts`; what wraps
 * another one (a sandbox) or speaks with another machine (a worker there) stands in the same place.
 *
 * What a request holds is data, but for its signal and its callbacks: those stay with the caller, as does the transcript,
 * a file on the caller's machine. Paths (`cwd`, and those in `env`) are as this executor finds them.
 *
 * EXECUTOR-1 `run` never rejects. It resolves once the command and all of its descendants that can be found are gone, or
 *    have survived SIGKILL, which is counted; what keeps a command from starting is `notStarted`.
 * EXECUTOR-2 A command gets the environment of its request and the variables of its identity, and nothing else that the
 *    executor's own program has.
 * EXECUTOR-3 What the signal, a timeout or silence ends gets a warning first (by its own protocol if it is talked to, then
 *    SIGTERM), and `graceMs` for it.
 * EXECUTOR-4 `sweep` ends every process of the query, whichever epoch of the run started it, and no other.
 */
import type { ProcessQuery, WorkerIdentity } from "./identity.ts";
import type { Transcript, TranscriptSummary } from "./transcript.ts";

/** Shell text for `sh -c`, or a file and its arguments without any shell. */
export type ProcessCommand = string | { file: string; args: readonly string[] };

/**
 * The program that carries a command out, with its arguments. One pipe keeps the order of a shell command's stdout and
 * stderr; the shell's own syntax errors still have stderr.
 */
export function programOf(command: ProcessCommand): { file: string; args: readonly string[] } {
  return typeof command === "string" ? { file: "/bin/sh", args: ["-c", `exec 2>&1; ${command}`] } : command;
}

/** A command that never ran. `code` is stable; `reason` and `hint` are for people. */
export interface NotStarted {
  kind: "notStarted";
  code: "aborted" | "cwd" | "command" | "notFound" | "notExecutable" | "transcript" | "limit" | "system";
  reason: string;
  hint: string;
}

/** Stdin of a command that is talked to. Once the command is gone, what is written goes nowhere and fails nobody. */
export interface CommandInput {
  /** Whether anybody may still read it. */
  readonly writable: boolean;
  write(text: string): unknown;
  end(text?: string): unknown;
}

/** A command that runs, as its talker has it. */
export interface TalkedCommand {
  readonly stdin: CommandInput;
  /** Nothing more is wanted of it: stdin is closed, and it is ended when it does not exit within the grace. */
  finish(): void;
  /** Says whether it waits for an answer of ours: its silence is then not its fault, and begins anew afterwards. */
  setOwing(isOwing: boolean): void;
}

/** How a command is talked to while it runs; what of it gets into the transcript is then the talker's to decide. */
export interface ProcessTalk {
  /** The command runs. */
  begin(command: TalkedCommand): void;
  /** Sees each chunk as it arrives, raw and hostile; false asks to pause until the transcript is drained. */
  hear(chunk: Buffer, from: "stdout" | "stderr"): boolean;
  /** Asks the command by its protocol to stop what it does; absent when its protocol cannot. */
  interrupt?: () => void;
}

/** One command to be run. */
export interface ProcessRequest {
  command: ProcessCommand;
  cwd: string;
  identity: WorkerIdentity;
  /** Ends the command when it is aborted. */
  signal: AbortSignal;
  /** The whole environment (see environment.ts); the identity is added. */
  env: Readonly<Record<string, string>>;
  /** File that gets stdout and stderr in order of arrival, or an open transcript that others write to as well. */
  transcript: string | Transcript;
  /** Given to the command on stdin; without it stdin is empty. */
  input?: string;
  timeoutMs?: number;
  /** Ends the command when it has written nothing for so long. */
  inactivityMs?: number;
  /** Default 16 MB. */
  maxTranscriptBytes?: number;
  /** Between SIGTERM and SIGKILL; default 5 s. */
  graceMs?: number;
  /** Sees each chunk as it arrives; raw and hostile. Must not keep the buffer. */
  onOutput?: (chunk: Buffer) => void;
  /** Makes for each stream what decides on what of it the transcript gets; called with null at its end. */
  makeFilter?: (from: "stdout" | "stderr") => (chunk: Buffer | null) => Buffer;
  /** Keeps stdin open and talks to the command; instead of `input`. */
  talk?: ProcessTalk;
}

/** How a command ended. */
export interface ProcessExited {
  kind: "exited";
  /** Exit code; null when a signal ended it. */
  code: number | null;
  signal: NodeJS.Signals | null;
  durationMs: number;
  timedOut: boolean;
  aborted: boolean;
  /** It was ended because it wrote nothing for `inactivityMs`. */
  inactive: boolean;
  transcript: TranscriptSummary;
  /** The last 8 kB of output, without escapes. */
  tail: string;
  /** Descendants that were still there after the main process and were ended. */
  swept: number;
  /** Descendants that live on in spite of SIGKILL. */
  survivors: number;
}

export type ProcessOutcome = ProcessExited | NotStarted;

/** What a sweep did. */
export interface SweepResult {
  /** Processes that were found and are gone. */
  ended: number;
  /** Processes that live on in spite of SIGKILL. */
  survivors: number;
}

/** Carries out commands, and ends what is left of them. */
export interface Executor {
  /** See EXECUTOR-1 to 3. */
  run(request: ProcessRequest): Promise<ProcessOutcome>;
  /** See EXECUTOR-4; gently for `graceMs`. Never rejects. */
  sweep(query: ProcessQuery, options: { graceMs: number }): Promise<SweepResult>;
}

/** Between SIGTERM and SIGKILL. */
export const DEFAULT_GRACE_MS = 5_000;
/** Kept of one transcript: half from its beginning, the rest from its end. */
export const DEFAULT_MAX_TRANSCRIPT_BYTES = 16 * 1024 * 1024;
