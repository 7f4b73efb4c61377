/**
 * Runs one command on this machine, from start to the last of its descendants: own process group, bounded transcript,
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
import { CommandOutput } from "./command-output.ts";
import {
  DEFAULT_GRACE_MS,
  type NotStarted,
  type ProcessOutcome,
  type ProcessRequest,
  type ProcessTalk,
  programOf,
  type TalkedCommand,
} from "./executor.ts";
import { IDENTITY_VARIABLES } from "./identity.ts";
import { endGroup, signalGroup } from "./process-group.ts";
import { describeStartFailure, findStartObstacle } from "./start-failure.ts";
import { sweepProcesses } from "./sweep.ts";
import { type EndStage, type Termination, watchTermination } from "./termination.ts";

/** A command that is talked to has so long to obey its protocol, and then SIGINT; never longer than the grace. */
const INTERRUPT_MS = 3_000;
/** How long output is still read after every known process is gone (PROCESS-3). */
const DRAIN_MS = 1_000;

/** Runs a command to its end (PROCESS-1). Never rejects: what keeps it from starting is `notStarted`. */
export async function runProcess(request: ProcessRequest): Promise<ProcessOutcome> {
  const obstacle = findStartObstacle(request);
  if (obstacle !== null) return obstacle;
  const output = await CommandOutput.open(request);
  return output instanceof CommandOutput ? runInto(output, request) : output;
}

async function runInto(output: CommandOutput, request: ProcessRequest): Promise<ProcessOutcome> {
  const { identity, talk, graceMs = DEFAULT_GRACE_MS } = request;
  const worker = randomUUID();
  const startedAt = performance.now();
  const started = await startChild(request, worker);
  if (started.kind === "notStarted") {
    await output.finish();
    return started;
  }
  const { child, pid } = started;
  let lastOutputAt = startedAt;
  let isOwing = false;
  const wake = () => {
    lastOutputAt = performance.now();
  };
  const drained = readOutput(child, output, wake);
  const ending = watchTermination(pid, {
    ...request,
    graceMs,
    lastOutputAt: () => (isOwing ? performance.now() : lastOutputAt),
    gentle: talk === undefined ? [] : gentleStages(pid, talk, Math.min(graceMs, INTERRUPT_MS)),
  });
  if (talk !== undefined) {
    beginTalk(child, talk, ending, (owes) => {
      isOwing = owes;
      wake();
    });
  }
  const exit = await Promise.race([started.exited, ending.givenUp]);
  ending.stop();
  const durationMs = Math.round(performance.now() - startedAt);
  // One deadline for all that is left; the group may have had its SIGTERM already when the command was ended.
  const killAt = ending.killAt() ?? performance.now() + graceMs;
  const group = await endGroup(pid, { killAt, warned: ending.isWarned() });
  const query = { run: identity.run, task: identity.task, worker };
  const left = await sweepProcesses(query, { graceMs: Math.max(0, killAt - performance.now()) });
  await drained.within(DRAIN_MS);
  return {
    kind: "exited",
    code: exit?.code ?? null,
    signal: exit?.signal ?? (exit === null ? "SIGKILL" : null),
    durationMs,
    timedOut: ending.why() === "timeout",
    aborted: ending.why() === "abort",
    inactive: ending.why() === "inactivity",
    ...(await output.finish()),
    swept: left.ended + group.ended,
    survivors: left.survivors + group.survivors + (exit === null ? 1 : 0),
  };
}

function gentleStages(pid: number, talk: ProcessTalk, waitMs: number): EndStage[] {
  const sigint = { ask: () => void signalGroup(pid, "SIGINT"), waitMs };
  return talk.interrupt === undefined ? [sigint] : [{ ask: talk.interrupt, waitMs }, sigint];
}

function beginTalk(
  child: ChildProcess,
  talk: ProcessTalk,
  ending: Termination,
  setOwing: TalkedCommand["setOwing"],
): void {
  const { stdin } = child;
  if (stdin === null) return;
  // A command that went away is noticed by its exit.
  stdin.on("error", () => undefined);
  const finish = () => {
    stdin.end();
    ending.finish();
  };
  talk.begin({ stdin, finish, setOwing });
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

type Started = { kind: "started"; child: ChildProcess; pid: number; exited: Promise<Exit> } | NotStarted;

async function startChild(request: ProcessRequest, worker: string): Promise<Started> {
  const { file, args } = programOf(request.command);
  const { run, task } = request.identity;
  const own = {
    [IDENTITY_VARIABLES.run]: run,
    [IDENTITY_VARIABLES.task]: task,
    [IDENTITY_VARIABLES.worker]: worker,
  };
  try {
    const child = spawn(file, args, {
      cwd: request.cwd,
      env: { ...request.env, ...own },
      detached: true,
      stdio: [request.input === undefined && request.talk === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    const exited = new Promise<Exit>((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
    const { pid } = child;
    if (pid === undefined) {
      const error = await new Promise<unknown>((resolve) => child.once("error", resolve));
      return describeStartFailure(error, file);
    }
    // Without a listener a failed kill would end this program.
    child.on("error", () => undefined);
    giveInput(child, request.input);
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

/** Hands both streams on; while the transcript is behind, reading pauses. */
function readOutput(child: ChildProcess, output: CommandOutput, onChunk: () => void) {
  const streams = [child.stdout, child.stderr].filter((stream) => stream !== null);
  const ended = streams.map((stream) => new Promise<void>((resolve) => stream.once("close", () => resolve())));
  for (const stream of streams) {
    stream.on("error", () => undefined);
    stream.on("data", (chunk: Buffer) => {
      onChunk();
      if (output.take(chunk, stream === child.stdout ? "stdout" : "stderr")) return;
      for (const each of streams) each.pause();
      output.whenDrained(() => {
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
