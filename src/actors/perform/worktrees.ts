/** What is run to prepare a run's worktrees, and those of gates. */
import { existsSync } from "node:fs";
import { rmdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Workspace } from "../../protocol/values.ts";
import { foldersAbove } from "../control/worktree-place.ts";
import { keepPreparedState, prepareGateWorktree, removeWorktree } from "../git/index.ts";
import { type CheckContext, repositoryOf, taskOf } from "./run-context.ts";
import { type HookFailure, runHook, setupEnvironment, type Worker } from "./run-hook.ts";
import { setupKeyOf } from "./setup-key.ts";
import { noteSetUpBegun, tearDownLeft } from "./tear-down.ts";

/** The merge queue's gate worktree. No task can have the name of a gate worktree: ids begin otherwise. */
export const MERGE_WORKTREE = "@merge";
/** The gate worktree for what is about to be shipped. */
export const SHIP_WORKTREE = "@ship";
/** Gate worktrees of tasks that have no worktree any more; a task's id follows. */
export const AGAIN_WORKTREE = "@again-";

/** Whether a worktree of this name is one of gates: nothing in it is anybody's work. */
export const isGateWorktree = (name: string): boolean =>
  name === MERGE_WORKTREE || name === SHIP_WORKTREE || name.startsWith(AGAIN_WORKTREE);

/** Folder of a worktree that is no attempt's workspace. */
export function worktreePath(run: CheckContext, name: string): string {
  return join(run.worktrees, name);
}

/** Where a workspace is now: its repository may have been moved since it was prepared. */
export function findWorkspace(run: CheckContext, workspace: Workspace): Workspace {
  if (workspace.path === "" || existsSync(workspace.path)) return workspace;
  return { ...workspace, path: join(run.worktrees, basename(workspace.path)) };
}

/** Who works for a task in its workspace; `path` is empty in the checkout itself. */
export function workerIn(run: CheckContext, task: string, { path, port }: Pick<Workspace, "path" | "port">): Worker {
  const { stream } = taskOf(run, task);
  return { task, stream, port, ...(path === "" ? {} : { worktree: basename(path) }) };
}

/** Who works in the gate worktree of this name. */
export async function gateWorker(run: CheckContext, name: string): Promise<Worker> {
  return { task: name, stream: name, port: await run.ports.of(name), worktree: name };
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
  const request = {
    ...{ path, commit, config, setupKey, afresh: afresh || config.pristine === true },
    beforeRemoval: () => tearDownLeft(run, path),
  };
  const { isFresh } = await prepareGateWorktree(repo, request);
  if (!isFresh) return { kind: "open", path, isFresh };
  await noteSetUpBegun(run, { path, worker });
  const failed = await runHook(run, "setup", { path, worker, transcript: `${name.slice(1)}.setup.log` }, signal);
  if (failed === null) {
    await keepPreparedState(repo, { path, config, setupKey });
    return { kind: "open", path, isFresh };
  }
  await tearDownLeft(run, path);
  // Without what setup prepares, gates would blame the work; made anew, the worktree is set up again.
  await removeWorktree(repo, { path }, "landed");
  return { ...failed, kind: "failed", reason: `setup of the gate worktree failed: ${failed.reason}` };
}

/** Takes a gate worktree away, if it is there. Never rejects: what cannot be removed is made anew the next time. */
export async function removeGateWorktree(run: CheckContext, name: string): Promise<void> {
  const path = worktreePath(run, name);
  if ((await stat(path).catch(() => null)) === null) return;
  await tearDownLeft(run, path);
  await removeWorktree(repositoryOf(run), { path }, "landed").catch(() => null);
  await removeEmptyFolders(run);
}

/** Removes the folders of the run's worktrees that are empty. Never rejects. */
export async function removeEmptyFolders({ worktrees }: Pick<CheckContext, "worktrees">): Promise<void> {
  for (const folder of [worktrees, ...foldersAbove(worktrees)]) await rmdir(folder).catch(() => {});
}
