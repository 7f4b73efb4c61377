/** What is run to prepare a run's worktrees, those of gates, and how those go that nobody needs any more. */
import { mkdir, readdir, rmdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Told } from "../../protocol/events.ts";
import { foldersAbove } from "../control/worktree-place.ts";
import { emptyTrash, isTrash, keepPreparedState, prepareGateWorktree, removeWorktree } from "../git/index.ts";
import { type CheckContext, environmentOf, repositoryOf, sweepPlace } from "./run-context.ts";
import { setupKeyOf } from "./setup-key.ts";

/** The merge queue's gate worktree. No task can have the name of a gate worktree: ids begin otherwise. */
export const MERGE_WORKTREE = "@merge";
/** The gate worktree for what is about to be shipped. */
export const SHIP_WORKTREE = "@ship";
const GATE_WORKTREES: ReadonlySet<string> = new Set([MERGE_WORKTREE, SHIP_WORKTREE]);

const SETUP_TIMEOUT_MS = 10 * 60_000;

/** Folder of a worktree that is no attempt's workspace. */
export function worktreePath(run: CheckContext, name: string): string {
  return join(run.worktrees, name);
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

/**
 * Runs `setup` or `teardown` of pleach.yaml in a worktree; null when it went well, or none is configured, else why not.
 * `transcript` is the path of what it says, relative to the folder of transcripts.
 */
export async function runHook(
  run: CheckContext,
  hook: "setup" | "teardown",
  { path, worker, transcript }: { path: string; worker: Worker; transcript: string },
  signal: AbortSignal,
): Promise<string | null> {
  const { worktree } = run.config;
  const command = worktree[hook];
  if (command === undefined) return null;
  const file = join(run.folder.out, transcript);
  await mkdir(dirname(file), { recursive: true });
  const outcome = await run.executor.run({
    command,
    cwd: path,
    env: setupEnvironment(run, worker),
    transcript: file,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal,
    identity: { run: run.manifest.run, task: worker.task },
  });
  if (outcome.kind === "notStarted") return `${command} could not be started: ${outcome.reason}`;
  if (outcome.code === 0) return null;
  return `${command} exited with ${outcome.code ?? outcome.signal}: ${outcome.tail.trim().split("\n").at(-1) ?? ""}`;
}

/**
 * Puts the gate worktree of this name at a commit, set up; resolves with its path and whether it is fresh, or with why it
 * cannot be used. `afresh` asks for one that nobody has used.
 */
export async function openGateWorktree(
  run: CheckContext,
  { name, commit, afresh = false }: { name: string; commit: string; afresh?: boolean },
  signal: AbortSignal,
): Promise<{ kind: "open"; path: string; isFresh: boolean } | { kind: "failed"; reason: string }> {
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
  return { kind: "failed", reason: `setup of the gate worktree failed: ${failed}` };
}

/** Takes a gate worktree away, if it is there. Never rejects: what cannot be removed is made anew the next time. */
export async function removeGateWorktree(run: CheckContext, name: string): Promise<void> {
  const path = worktreePath(run, name);
  if ((await stat(path).catch(() => null)) === null) return;
  await removeWorktree(repositoryOf(run), { path }, "landed").catch(() => null);
  await removeEmptyFolders(run);
}

/**
 * When a run is over: worktrees that nobody needs any more go, and what is left of removals that were cut off; one that holds
 * work stays, and so does what cannot be removed, which is said. Rejects only when that cannot be said.
 */
export async function removeLeftWorktrees(
  run: CheckContext,
  tell: (fact: Told<"run.warned">) => Promise<unknown>,
): Promise<void> {
  if (run.repo === null) return;
  await sweepPlace(run, run.worktrees);
  const names = await readdir(run.worktrees).catch(() => []);
  for (const name of names.filter((each) => !isTrash(each))) {
    const path = join(run.worktrees, name);
    const disposition = GATE_WORKTREES.has(name) ? "landed" : "kept";
    const kept = await removeWorktree(run.repo, { path }, disposition).then(
      (removed) => (removed.kind === "kept" ? removed.why : null),
      messageOf,
    );
    if (kept !== null) await tell({ type: "run.warned", text: `kept ${path}: ${kept}` });
  }
  await emptyTrash(run.worktrees).catch(() => {});
  await removeEmptyFolders(run);
}

async function removeEmptyFolders({ worktrees }: CheckContext): Promise<void> {
  for (const folder of [worktrees, ...foldersAbove(worktrees)]) await rmdir(folder).catch(() => {});
}
