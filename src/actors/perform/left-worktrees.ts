/**
 * When a run is over: what is left of its worktrees and of attempts' branches goes. Most went when they were released; what
 * an attempt left whose actor crashed, or whose removal was cut off, went to nobody. Its work is saved first where its task
 * was done by another attempt. Of tasks that were not done all stays that holds work, for a person.
 */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Told } from "../../protocol/events.ts";
import { wordKept } from "../../protocol/left-words.ts";
import type { Disposition } from "../../protocol/values.ts";
import {
  emptyTrash,
  findAdminDir,
  holderOf,
  isSlot,
  isTrash,
  listAttemptBranches,
  type Repository,
  readBranch,
  removeWorktree,
  taskBranch,
  unlockWorktree,
} from "../git/index.ts";
import { type CheckContext, sweepPlace } from "./run-context.ts";
import { tearDownLeft } from "./tear-down.ts";
import { isGateWorktree, removeEmptyFolders } from "./worktrees.ts";

/** How a task ended of which something is left. */
export interface EndedTask {
  /** Whether its work is where it belongs. */
  isDone: boolean;
  /** The commit of the attempt that did it. */
  commit: string | null;
}

interface Cleaning {
  endOf: (task: string) => EndedTask | null;
  tell: (fact: Told<"run.warned">) => Promise<unknown>;
}

/** Removes what nobody needs, and says what stays, and where. Rejects only when that cannot be said. */
export async function removeLeftWorktrees(run: CheckContext, { endOf, tell }: Cleaning): Promise<void> {
  const { repo } = run;
  if (repo === null) return;
  const folder = run.worktrees;
  await sweepPlace(run, folder);
  const say = (text: string): Promise<unknown> => tell({ type: "run.warned", text });
  for (const name of await listLeft(run, repo, { folder, endOf })) {
    const path = join(folder, name);
    try {
      const admin = await findAdminDir(repo, path);
      if (admin !== null) await tearDownLeft(run, path, say);
      const { task, ...place } = await placeOf(run, repo, { name: await holderOf(admin, name), endOf });
      const removed = await removeWorktree(repo, { path, ...place }, place.disposition);
      if (removed.kind === "kept") {
        await handOver(repo, path);
        await say(wordKept(path, removed.why, isSlot(name) ? task : null));
      } else if (removed.saved !== null)
        await say(`what an earlier attempt of ${task} had done is on ${removed.saved}`);
      if (removed.kind === "removed" && removed.left !== undefined) await say(removed.left);
    } catch (thrown) {
      await say(wordKept(path, messageOf(thrown)));
    }
  }
  await emptyTrash(folder).catch(() => {});
  await removeEmptyFolders(run);
}

/** The run is over: what is kept of it is a person's to remove. */
async function handOver(repo: Repository, path: string): Promise<void> {
  const admin = await findAdminDir(repo, path);
  if (admin !== null) await unlockWorktree(admin);
}

/** Names of worktrees that are there, and those of attempts of tasks that are done of which only the branch is. */
async function listLeft(
  run: CheckContext,
  repo: Repository,
  { folder, endOf }: { folder: string; endOf: Cleaning["endOf"] },
): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => !isTrash(name));
  const attempts = await listAttemptBranches(repo, run.manifest.run).catch(() => []);
  const done = attempts.filter(({ task }) => endOf(task)?.isDone).map(({ task, attempt }) => `${task}.${attempt}`);
  return [...new Set([...names, ...done])];
}

/** What to do with a worktree, and its branch where it is an attempt's. */
async function placeOf(
  { manifest: { run } }: CheckContext,
  repo: Repository,
  { name, endOf }: { name: string | null; endOf: Cleaning["endOf"] },
): Promise<{ task: string; branch?: string; disposition: Disposition }> {
  if (name === null || isGateWorktree(name)) return { task: name ?? "", disposition: "landed" };
  const dot = name.lastIndexOf(".");
  const task = name.slice(0, Math.max(0, dot));
  const end = endOf(task);
  if (end === null || !end.isDone) return { task, disposition: "kept" };
  const branch = taskBranch({ run, task, attempt: name.slice(dot + 1) });
  const hasLanded = end.commit !== null && (await readBranch(repo, branch)) === end.commit;
  return { task, branch, disposition: hasLanded ? "landed" : "superseded" };
}
