/** What is run to prepare a run's worktrees, and those of gates. */
import { existsSync } from "node:fs";
import { mkdir, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import type { SaidOutput, Workspace } from "../../protocol/values.ts";
import { WORKSPACE } from "../control/run-folder.ts";
import { foldersAbove } from "../control/worktree-place.ts";
import { explainOutput } from "../gates/index.ts";
import { keepPreparedState, prepareGateWorktree, removeWorktree } from "../git/index.ts";
import { makeRedactor, redactOutput } from "../process/index.ts";
import { type CheckContext, environmentOf, repositoryOf } from "./run-context.ts";
import { setupKeyOf } from "./setup-key.ts";

/** The merge queue's gate worktree. No task can have the name of a gate worktree: ids begin otherwise. */
export const MERGE_WORKTREE = "@merge";
/** The gate worktree for what is about to be shipped. */
export const SHIP_WORKTREE = "@ship";
export const GATE_WORKTREES: ReadonlySet<string> = new Set([MERGE_WORKTREE, SHIP_WORKTREE]);

const SETUP_TIMEOUT_MS = 10 * 60_000;

/** Folder of a worktree that is no attempt's workspace. */
export function worktreePath(run: CheckContext, name: string): string {
  return join(run.worktrees, name);
}

/** Where a workspace is now: its repository may have been moved since it was prepared. */
export function findWorkspace(run: CheckContext, workspace: Workspace): Workspace {
  if (workspace.path === "" || existsSync(workspace.path)) return workspace;
  return { ...workspace, path: join(run.worktrees, basename(workspace.path)) };
}

/** Who something is run for in a worktree. */
export interface Worker {
  task: string;
  stream: string;
  port?: number;
}

/** Who works in the gate worktree of this name. */
export async function gateWorker(run: CheckContext, name: string): Promise<Worker> {
  return { task: name, stream: name, port: await run.ports.of(name) };
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

/**
 * Puts the gate worktree of this name at a commit, set up; resolves with its path and whether it is fresh, or with why it
 * cannot be used. `afresh` asks for one that nobody has used.
 */
export async function openGateWorktree(
  run: CheckContext,
  { name, commit, afresh = false }: { name: string; commit: string; afresh?: boolean },
  signal: AbortSignal,
): Promise<{ kind: "open"; path: string; isFresh: boolean } | ({ kind: "failed" } & HookFailure)> {
  const repo = repositoryOf(run);
  const { worktree: config } = run.config;
  const worker = await gateWorker(run, name);
  const path = worktreePath(run, name);
  const setupKey = await setupKeyOf(run, { commit, env: setupEnvironment(run, worker) });
  const request = { path, commit, config, setupKey, afresh: afresh || config.pristine === true };
  const { isFresh } = await prepareGateWorktree(repo, request);
  if (!isFresh) return { kind: "open", path, isFresh };
  const failed = await runHook(run, "setup", { path, worker, transcript: `${name.slice(1)}.setup.log` }, signal);
  if (failed === null) {
    await keepPreparedState(repo, { path, config, setupKey });
    return { kind: "open", path, isFresh };
  }
  // Without what setup prepares, gates would blame the work; made anew, the worktree is set up again.
  await removeWorktree(repo, { path }, "landed");
  return { ...failed, kind: "failed", reason: `setup of the gate worktree failed: ${failed.reason}` };
}

/** Takes a gate worktree away, if it is there. Never rejects: what cannot be removed is made anew the next time. */
export async function removeGateWorktree(run: CheckContext, name: string): Promise<void> {
  const path = worktreePath(run, name);
  if ((await stat(path).catch(() => null)) === null) return;
  await removeWorktree(repositoryOf(run), { path }, "landed").catch(() => null);
  await removeEmptyFolders(run);
}

/** Removes the folders of the run's worktrees that are empty. Never rejects. */
export async function removeEmptyFolders({ worktrees }: Pick<CheckContext, "worktrees">): Promise<void> {
  for (const folder of [worktrees, ...foldersAbove(worktrees)]) await rmdir(folder).catch(() => {});
}
