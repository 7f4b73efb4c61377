/** Runs `setup` and `teardown` of pleach.yaml, and says who commands in a worktree are run for. */
import { mkdir } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import type { SaidOutput } from "../../protocol/values.ts";
import { WORKSPACE } from "../control/run-folder.ts";
import { explainOutput } from "../gates/index.ts";
import { makeRedactor, redactOutput } from "../process/index.ts";
import { type CheckContext, environmentOf } from "./run-context.ts";

const SETUP_TIMEOUT_MS = 10 * 60_000;

/** Who something is run for in a worktree. */
export interface Worker {
  task: string;
  stream: string;
  port?: number;
  /** Name of the worktree's folder; absent in the checkout itself. */
  worktree?: string;
}

/** The environment of `setup` and `teardown`. */
export function setupEnvironment(run: CheckContext, worker: Worker): Record<string, string> {
  return environmentOf(run, worker, run.config.worktree, { fetches: true });
}

/** Why a hook went wrong, and where what it said is kept. */
export type HookFailure = { reason: string } & SaidOutput;

/**
 * Runs `setup` or `teardown` of pleach.yaml in a worktree; null when it went well, or none is configured, else why not.
 * `transcript` is the path of what it says, relative to the folder of transcripts.
 */
export async function runHook(
  run: CheckContext,
  hook: "setup" | "teardown",
  { path, worker, transcript }: { path: string; worker: Worker; transcript: string },
  signal: AbortSignal,
): Promise<HookFailure | null> {
  const { worktree } = run.config;
  const command = worktree[hook];
  if (command === undefined) return null;
  const file = join(run.folder.out, transcript);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const env = setupEnvironment(run, worker);
  const outcome = await run.executor.run({
    command,
    cwd: path,
    env,
    ...redactOutput({ env }),
    transcript: file,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal,
    identity: { run: run.manifest.run, task: worker.task },
  });
  const shown = makeRedactor(env)(command);
  if (outcome.kind === "notStarted") return { reason: `${shown} could not be started: ${outcome.reason}` };
  if (outcome.code === 0) return null;
  const log = relative(run.folder.path, file);
  const { reason, evidence } = explainOutput(outcome.tail);
  const why = outcome.timedOut
    ? `was ended after ${SETUP_TIMEOUT_MS / 60_000} minutes`
    : `exited with ${outcome.code ?? outcome.signal}`;
  return { reason: `${shown} ${why}: ${reason ?? "it said nothing"}`, log, evidence };
}

/** The path of a kept output at the end of a line, as a person finds it from the root; "" without one. */
export function nameLog({ manifest }: CheckContext, log: string | undefined): string {
  return log === undefined ? "" : ` (${WORKSPACE}/${manifest.run}/${log})`;
}
