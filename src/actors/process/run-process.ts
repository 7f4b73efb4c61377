/**
 * Runs one command of a worker from start to the last of its descendants: own process group, bounded transcript,
 * timeouts, and an ending that leaves nothing behind.
 *
 * PROCESS-1 The outcome comes after the main process and all found descendants are gone (or have survived SIGKILL: counted).
 * PROCESS-2 Ending goes SIGTERM to the group, `graceMs` later SIGKILL to the group, then a sweep by identity; also after a
 *    normal exit, for what the command left behind. A command that is talked to is first asked by its own protocol,
 *    then with SIGINT.
 * PROCESS-3 An open pipe never holds up the outcome: after the main process is gone, output is read for a bounded time.
 * PROCESS-4 A group is signalled only while it is known to have members, so never one that took over its number.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { Writable } from "node:stream";
import { messageOf } from "../../errors.ts";
import { sanitizeOutput } from "../../terminal-text/index.ts";
import { IDENTITY_VARIABLES } from "./identity.ts";
import { endGroup, signalGroup } from "./process-group.ts";
import { describeStartFailure, findStartObstacle, type NotStarted, type StartRequest } from "./start-failure.ts";
import { sweepProcesses } from "./sweep.ts";
import { type EndStage, type Termination, watchTermination } from "./termination.ts";
import { Transcript, type TranscriptSummary } from "./transcript.ts";

/** How a command is talked to while it runs; what of it gets into the transcript is then the talker's to decide. */
export interface ProcessTalk {
  /**
   * The command runs: here is its stdin, and how to say that nothing more is wanted of it: stdin is closed, and it is
   * ended when it does not exit within the grace.
   */
  begin(stdin: Writable, finish: () => void): void;
  /** Sees each chunk as it arrives, raw and hostile; false asks to pause until the transcript is drained. */
  hear(chunk: Buffer, from: "stdout" | "stderr"): boolean;
  /** Asks the command by its protocol to stop what it does; absent when its protocol cannot. */
  interrupt?: () => void;
  /** Whether the command waits for an answer of ours, so that its silence is not its fault. */
  owesAnswer(): boolean;
}

export interface RunProcessOptions extends StartRequest {
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
  makeFilter?: () => (chunk: Buffer | null) => Buffer;
  /** Keeps stdin open and talks to the command; instead of `input`. */
  talk?: ProcessTalk;
}

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

/** Between SIGTERM and SIGKILL. */
export const DEFAULT_GRACE_MS = 5_000;
/** Kept of one transcript: half from its beginning, the rest from its end. */
export const DEFAULT_MAX_TRANSCRIPT_BYTES = 16 * 1024 * 1024;
/** A command that is talked to has so long to obey its protocol, and then SIGINT; never longer than the grace. */
const INTERRUPT_MS = 3_000;
/** How long output is still read after every known process is gone (PROCESS-3). */
const DRAIN_MS = 1_000;

/** Runs a command to its end (PROCESS-1). Never rejects: what keeps it from starting is `notStarted`. */
export async function runProcess(options: RunProcessOptions): Promise<ProcessOutcome> {
  const obstacle = findStartObstacle(options);
  if (obstacle !== null) return obstacle;
  const { transcript: target } = options;
  if (typeof target !== "string") return runInto(target, options, () => Promise.resolve(describeShared(target)));
  let transcript: Transcript;
  try {
    transcript = await Transcript.open(target, options.maxTranscriptBytes ?? DEFAULT_MAX_TRANSCRIPT_BYTES);
  } catch (error) {
    const hint = "Make room on the disk and check that the run's folder can be written.";
    return {
      kind: "notStarted",
      code: "transcript",
      reason: `the transcript ${target} cannot be created: ${messageOf(error)}`,
      hint,
    };
  }
  return runInto(transcript, options, () => transcript.finish());
}

function describeShared(transcript: Transcript): TranscriptSummary {
  return { bytes: transcript.bytes, keptBytes: transcript.bytes, sha256: "", truncated: false, problem: null };
}

async function runInto(
  transcript: Transcript,
  options: RunProcessOptions,
  finish: () => Promise<TranscriptSummary>,
): Promise<ProcessOutcome> {
  const { identity, talk, graceMs = DEFAULT_GRACE_MS } = options;
  const worker = randomUUID();
  const startedAt = performance.now();
  const started = await startChild(options, worker);
  if (started.kind === "notStarted") {
    await finish();
    return started;
  }
  const { child, pid } = started;
  let lastOutputAt = startedAt;
  const keep = (chunk: Buffer | null) => chunk ?? Buffer.alloc(0);
  const filters = { stdout: options.makeFilter?.() ?? keep, stderr: options.makeFilter?.() ?? keep };
  const drained = readOutput(child, transcript, (chunk, from) => {
    lastOutputAt = performance.now();
    options.onOutput?.(chunk);
    return talk === undefined ? transcript.write(filters[from](chunk)) : talk.hear(chunk, from);
  });
  const ending = watchTermination(pid, {
    ...options,
    graceMs,
    lastOutputAt: () => (talk?.owesAnswer() ? performance.now() : lastOutputAt),
    gentle: talk === undefined ? [] : gentleStages(pid, talk, Math.min(graceMs, INTERRUPT_MS)),
  });
  if (talk !== undefined) beginTalk(child, talk, ending);
  const exit = await Promise.race([started.exited, ending.givenUp]);
  ending.stop();
  const durationMs = Math.round(performance.now() - startedAt);
  // One deadline for all that is left; the group may have had its SIGTERM already when the command was ended.
  const killAt = ending.killAt() ?? performance.now() + graceMs;
  const group = await endGroup(pid, { killAt, warned: ending.isWarned() });
  const query = { run: identity.run, task: identity.task, worker };
  const left = await sweepProcesses(query, { graceMs: Math.max(0, killAt - performance.now()) });
  await drained.within(DRAIN_MS);
  transcript.write(filters.stdout(null));
  transcript.write(filters.stderr(null));
  const tail = sanitizeOutput(transcript.tail);
  return {
    kind: "exited",
    code: exit?.code ?? null,
    signal: exit?.signal ?? (exit === null ? "SIGKILL" : null),
    durationMs,
    timedOut: ending.why() === "timeout",
    aborted: ending.why() === "abort",
    inactive: ending.why() === "inactivity",
    transcript: await finish(),
    tail,
    swept: left.ended + group.ended,
    survivors: left.survivors + group.survivors + (exit === null ? 1 : 0),
  };
}

function gentleStages(pid: number, talk: ProcessTalk, waitMs: number): EndStage[] {
  const sigint = { ask: () => void signalGroup(pid, "SIGINT"), waitMs };
  return talk.interrupt === undefined ? [sigint] : [{ ask: talk.interrupt, waitMs }, sigint];
}

function beginTalk(child: ChildProcess, talk: ProcessTalk, ending: Termination): void {
  const { stdin } = child;
  if (stdin === null) return;
  // A command that went away is noticed by its exit.
  stdin.on("error", () => undefined);
  talk.begin(stdin, () => {
    stdin.end();
    ending.finish();
  });
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

type Started = { kind: "started"; child: ChildProcess; pid: number; exited: Promise<Exit> } | NotStarted;

async function startChild(options: RunProcessOptions, worker: string): Promise<Started> {
  const { command, identity } = options;
  const shell = typeof command === "string";
  // One pipe keeps the order of a shell command's stdout and stderr; the shell's own syntax errors still have stderr.
  const [file, args] = shell ? ["/bin/sh", ["-c", `exec 2>&1; ${command}`]] : [command.file, command.args];
  const { run, task } = identity;
  const own = {
    [IDENTITY_VARIABLES.run]: run,
    [IDENTITY_VARIABLES.task]: task,
    [IDENTITY_VARIABLES.worker]: worker,
  };
  try {
    const child = spawn(file, args, {
      cwd: options.cwd,
      env: { ...options.env, ...own },
      detached: true,
      stdio: [options.input === undefined && options.talk === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<unknown>((resolve) => child.once("error", resolve));
      return describeStartFailure(error, file);
    }
    // Without a listener a failed kill would end this program.
    child.on("error", () => undefined);
    giveInput(child, options.input);
    return { kind: "started", child, pid, exited };
  } catch (error) {
    return describeStartFailure(error, file);
  }
}

function giveInput(child: ChildProcess, input: string | undefined): void {
  if (input === undefined || child.stdin === null) return;
  // A command that does not read its input is not at fault.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
}

/** Hands both streams on; while `take` says that the transcript is behind, reading pauses. */
function readOutput(
  child: ChildProcess,
  transcript: Transcript,
  take: (chunk: Buffer, from: "stdout" | "stderr") => boolean,
) {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const ended = streams.map((stream) => new Promise<void>((resolve) => stream.once("close", () => resolve())));
  for (const stream of streams) {
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => {
      if (take(chunk, stream === child.stdout ? "stdout" : "stderr")) return;
      for (const each of streams) each.pause();
      transcript.whenDrained(() => {
        for (const each of streams) each.resume();
      });
    });
  }
  return {
    /** Waits for the end of both streams, and closes them when it does not come. */
    async within(waitMs: number): Promise<void> {
      let timer: NodeJS.Timeout | undefined;
      const expired = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, waitMs);
      });
      await Promise.race([Promise.all(ended), expired]);
      clearTimeout(timer);
      for (const stream of streams) stream.destroy();
    },
  };
}
