/** Worktrees of runs that are over or gone. One that holds work stays, and one that pleach did not make is not looked at. */
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { isRunId } from "../../actors/control/run-folder.ts";
import {
  canonicalPath,
  detach,
  findAdminDir,
  holderOf,
  isLockedByOther,
  isMade,
  isSlot,
  listAdminDirs,
  lookForWork,
  type Repository,
  readBranch,
  readMark,
  taskBranch,
  wasMade,
} from "../../actors/git/index.ts";
import { isGateWorktree, removeEmptyFolders } from "../../actors/perform/worktrees.ts";
import { findPrograms } from "../../actors/process/index.ts";
import { messageOf } from "../../errors.ts";
import { isWithin } from "../../safe-files/index.ts";
import { isGivenId } from "./given-id.ts";
import { type Leftover, MENDED, type Mended, mendable } from "./leftover.ts";
import type { OwnFolder } from "./processes.ts";
import type { Runs, Standing } from "./runs.ts";

/** A worktree that pleach made for a run. */
export interface OwnWorktree extends OwnFolder {
  admin: string;
  /** `<task>.<attempt>`, or that of a gate worktree; null of one that nobody has. */
  name: string | null;
}

/** All of them, whatever became of their runs. */
export async function listOwnWorktrees(runs: Runs, repo: Repository): Promise<OwnWorktree[]> {
  const known = new Set(await runs.list());
  const found: OwnWorktree[] = [];
  for (const { admin, path } of await listAdminDirs(repo)) {
    const [run, folder] = [basename(dirname(path)), basename(path)];
    const isNamed = isGateWorktree(folder) || isSlot(folder) || /^.+\.[A-Za-z0-9-]+$/.test(folder);
    if (!isRunId(run) || !isNamed) continue;
    const name = await holderOf(admin, folder);
    const madeAtMs = await wasMade(admin);
    // A host that was killed while it made it has noted nothing, and there is nothing in it.
    const isBegun = madeAtMs === null && (known.has(run) || isGivenId(run)) && (await isMade(admin, path));
    if (madeAtMs !== null || isBegun) found.push({ run, name, path, admin, madeAtMs: madeAtMs ?? Date.now() });
  }
  return found;
}

/** `going`: processes that are left over themselves. */
export async function findLeftWorktrees(
  runs: Runs,
  repo: Repository,
  { worktrees, going }: { worktrees: readonly OwnWorktree[]; going: ReadonlySet<number> },
): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const worktree of worktrees) {
    const standing = await runs.standingOf(worktree.run);
    if (standing.kind === "held" || standing.kind === "open") continue;
    left.push(await describe(runs, repo, { worktree, standing, going }));
  }
  return left;
}

interface Judged {
  worktree: OwnWorktree;
  standing: Standing;
  going: ReadonlySet<number>;
  /** Whether a person wants it removed with what it holds. */
  isForced?: boolean;
}

async function describe(runs: Runs, repo: Repository, judged: Judged): Promise<Leftover> {
  const { worktree, standing } = judged;
  const { run, path, name } = worktree;
  const story = standing.kind === "gone" ? `nothing is left of its run ${run}` : `its run ${run} is over`;
  const reason = await explainStay(repo, judged);
  const about = { kind: "worktree" as const, path, run, ...(name === null ? {} : { attempt: name }) };
  const force = () => remove(runs, repo, { ...judged, going: new Set(), isForced: true });
  if (reason !== null) return { ...about, why: `${story}, but ${reason}`, mend: null, force };
  return mendable({ ...about, why: `${story}, and it holds nothing that is not elsewhere` }, "remove", () =>
    remove(runs, repo, { ...judged, going: new Set() }),
  );
}

async function remove(runs: Runs, repo: Repository, judged: Judged): Promise<Mended> {
  const { run, path, admin } = judged.worktree;
  if ((await findAdminDir(repo, path)) === null) return MENDED;
  const held = (await runs.findHolder(run)) ?? (await explainStay(repo, judged));
  if (held !== null) return { kind: "kept", why: held };
  await (await detach(repo, path, admin))();
  await removeEmptyFolders({ worktrees: dirname(path) });
  return MENDED;
}

/** Why it may not go; null when nothing is lost with it. */
async function explainStay(
  repo: Repository,
  { worktree, standing, going, isForced = false }: Judged,
): Promise<string | null> {
  const { run, name, path, admin } = worktree;
  try {
    const moved = await findMoved(repo, path, run);
    if (moved !== null) return `it seems to have been moved to ${moved}`;
    const user = await findUser(path, going);
    if (user !== null) return `process ${user} works in it`;
    if (isForced && (await isLockedByOther(admin))) return "somebody locked it (git worktree lock)";
    if (isForced || name === null || isGateWorktree(name)) return null;
    const isDone = await hasLanded(repo, { run, name, admin, standing });
    return await lookForWork(repo, { path, admin, isDone });
  } catch (thrown) {
    return `it cannot be told what it holds: ${messageOf(thrown)}`;
  }
}

/** Whether it is of the attempt that did its task. */
export async function hasLanded(
  repo: Repository,
  { run, name, admin, standing }: { run: string; name: string; admin: string; standing: Standing },
): Promise<boolean> {
  const dot = name.lastIndexOf(".");
  const end = standing.kind === "over" ? standing.endOf(name.slice(0, dot)) : null;
  if (end === null || !end.isDone || end.commit === null) return false;
  const branch = taskBranch({ run, task: name.slice(0, dot), attempt: name.slice(dot + 1) });
  if ((await readMark(admin))?.branch !== branch) return false;
  const tip = await readBranch(repo, branch);
  return tip === null || tip === end.commit;
}

/** Where a worktree lies that is not where git thinks, since its repository was moved; null when there is none. */
async function findMoved({ root }: Repository, path: string, run: string): Promise<string | null> {
  if (existsSync(path)) return null;
  const here = join(`${await canonicalPath(root)}.worktrees`, run, basename(path));
  return here !== path && existsSync(here) ? here : null;
}

async function findUser(path: string, going: ReadonlySet<number>): Promise<number | null> {
  const programs = (await findPrograms(() => true)) ?? [];
  const user = programs.find(({ pid, folder }) => folder !== null && isWithin(path, folder) && !going.has(pid));
  return user?.pid ?? null;
}
