/** Where a run's worktrees lie, what is run to prepare them, and how those go that nobody needs any more. */
import { existsSync } from "node:fs";
import { mkdir, rmdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ProjectConfig } from "../../plan/model.ts";
import type { Workspace } from "../../protocol/values.ts";
import { type RunFolder, WORKSPACE } from "../control/run-folder.ts";
import { prepareGateWorktree, removeWorktree } from "../git/index.ts";
import { type CheckContext, environmentOf, repositoryOf } from "./run-context.ts";

/** The merge queue's gate worktree. No task can have the name of a gate worktree: ids begin otherwise. */
export const MERGE_WORKTREE = "@merge";
/** The gate worktree for what is about to be shipped. */
export const SHIP_WORKTREE = "@ship";
export const GATE_WORKTREES: ReadonlySet<string> = new Set([MERGE_WORKTREE, SHIP_WORKTREE]);

const SETUP_TIMEOUT_MS = 10 * 60_000;

/** Folder of all worktrees of a run. */
export function worktreeFolder({ run, root }: RunFolder, { worktree }: ProjectConfig): string {
  return join(root, worktree.path ?? join(WORKSPACE, "worktrees"), run);
}

/** Folder of a worktree that is no attempt's workspace. */
export function worktreePath(run: CheckContext, name: string): string {
  return join(worktreeFolder(run.folder, run.config), name);
}

/** Where a workspace is now: its repository may have been moved since it was prepared. */
export function findWorkspace(run: CheckContext, workspace: Workspace): Workspace {
  if (workspace.path === "" || existsSync(workspace.path)) return workspace;
  return { ...workspace, path: join(worktreeFolder(run.folder, run.config), basename(workspace.path)) };
}

/** Who something is run for in a worktree. */
export interface Worker {
  task: string;
  stream: string;
  port?: number;
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
    env: environmentOf(run, worker, worktree),
    transcript: file,
    timeoutMs: SETUP_TIMEOUT_MS,
    signal,
    identity: { run: run.manifest.run, task: worker.task },
  });
  if (outcome.kind === "notStarted") return `${command} could not be started: ${outcome.reason}`;
  if (outcome.code === 0) return null;
  return `${command} exited with ${outcome.code ?? outcome.signal}: ${outcome.tail.trim().split("\n").at(-1) ?? ""}`;
}

/** Puts the gate worktree of this name at a commit, set up; resolves with its path, or with why it cannot be used. */
export async function openGateWorktree(
  run: CheckContext,
  { name, commit }: { name: string; commit: string },
  signal: AbortSignal,
): Promise<{ kind: "open"; path: string } | { kind: "failed"; reason: string }> {
  const path = worktreePath(run, name);
  const { isFresh } = await prepareGateWorktree(repositoryOf(run), { path, commit, config: run.config.worktree });
  if (!isFresh) return { kind: "open", path };
  const worker = { task: name, stream: name };
  const failed = await runHook(run, "setup", { path, worker, transcript: `${name.slice(1)}.setup.log` }, signal);
  if (failed === null) return { kind: "open", path };
  // Without what setup prepares, gates would blame the work; made anew, the worktree is set up again.
  await removeWorktree(repositoryOf(run), { path }, "landed");
  return { kind: "failed", reason: `setup of the gate worktree failed: ${failed}` };
}

/** Takes a gate worktree away, if it is there. Never rejects: what cannot be removed is made anew the next time. */
export async function removeGateWorktree(run: CheckContext, name: string): Promise<void> {
  const path = worktreePath(run, name);
  if ((await stat(path).catch(() => null)) === null) return;
  await removeWorktree(repositoryOf(run), { path }, "landed").catch(() => null);
  await rmdir(dirname(path)).catch(() => {});
}
