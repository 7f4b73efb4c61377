/**
 * What git and pleach keep about one linked worktree, in its admin folder `<common>/worktrees/<name>`. A worker may have
 * moved HEAD, damaged the index or removed `.git` in its worktree; so the runtime never asks the worktree where it
 * belongs, but finds the admin folder from git's list and works with an index of its own:
 * - `pleach-index`: the index as the checkout wrote it, with its file times;
 * - `pleach.json`: written last, so its presence says that the worktree was ready for a worker;
 * - `pleach-ready`: its change time is when `setup` had been run, too;
 * - `pleach-made`: written first; a worktree without it is somebody else's;
 * - `pleach-setup.json`: for whom set-up was begun that nobody has torn down yet;
 * - `locked`: git's own lock, with the reason that git quotes to whoever would remove, move or prune the worktree.
 */
import { randomUUID } from "node:crypto";
import { copyFile, lstat, realpath, rm, stat, utimes, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import { moveTo, readUntrustedFile, writeAtomically } from "../../safe-files/index.ts";
import { listIfThere, lstatIfThere } from "./presence.ts";
import type { Repository } from "./repository.ts";

/** What a worktree was prepared with. */
export interface WorktreeMark {
  branch: string | null;
  base: string;
  /** Paths that were copied or linked in: outside commits and scope. */
  excluded: string[];
  /** Of a worktree that is used again and again: id of the workspace that it is now, null when it is free. */
  holder?: string | null;
  /** Of a free one: whether who held it last ended well, so that `worktree.keep` holds for what lies there. */
  endedWell?: boolean;
  /** Of one that is held: it was released with work that nobody wants saved, and stays as it is. */
  isLeft?: boolean;
  /** What decided besides the commit how its files were written, and the mode of its folders; see `checkout-shape.ts`. */
  shape?: CheckoutShape;
}

/** How a worktree's files came out of their commit. */
export interface CheckoutShape {
  /** Digest of settings and attributes. */
  rules: string;
  /** Mode of each folder. */
  mode: number;
}

/** A path, or a mark with some thousand more of them. */
const MAX_BYTES = 4 * 1024 * 1024;
const markName = "pleach.json";
/** The index as it was when the worktree was ready. */
export const KEPT_INDEX = "pleach-index";
/** Its time is when the worktree was set up. */
const READY = "pleach-ready";
/** How folders of worktrees are called that are used again and again; no id of a task begins so. */
export const SLOT = "@tree-";
/** Says that pleach made the worktree. */
export const MADE = "pleach-made";
/** For whom set-up was begun. */
export const SET_UP = "pleach-setup.json";
/** git's own name for it. */
export const LOCKED = "locked";
const OWN_REASON = "pleach: ";

/** Whether a folder of this name is a worktree that is used again and again. */
export const isSlot = (name: string): boolean => name.startsWith(SLOT);

/**
 * Whose worktree the one in this folder is, as `<task>.<attempt>`, or the name of a gate worktree: that of the folder, or of
 * one that is used again as its mark says; null of such a one that nobody has.
 */
export async function holderOf(admin: string | null, name: string): Promise<string | null> {
  if (!isSlot(name)) return name;
  return admin === null ? null : ((await readMark(admin))?.holder ?? null);
}

/** The path with symlinks of its existing part resolved, as git records it. */
export async function canonicalPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) !== "ENOENT" || parent === path) throw error;
    return join(await canonicalPath(parent), basename(path));
  }
}

/** The admin folder of the worktree at `path`, or null when git knows none there. */
export async function findAdminDir(repo: Repository, path: string): Promise<string | null> {
  const folder = join(repo.commonDir, "worktrees");
  const wanted = await canonicalPath(path);
  const names = await listIfThere(folder);
  // git names the admin folder after the worktree's folder: most often the first look finds it.
  names.sort((a, b) => Number(b === basename(path)) - Number(a === basename(path)));
  for (const name of names) {
    const admin = join(folder, name);
    if ((await readPlace(admin)) === wanted) return admin;
  }
  return null;
}

/** The admin folders of all linked worktrees, with where these are. */
export async function listAdminDirs(repo: Repository): Promise<{ admin: string; path: string }[]> {
  const folder = join(repo.commonDir, "worktrees");
  const admins = (await listIfThere(folder)).map((name) => join(folder, name));
  const found = await Promise.all(admins.map(async (admin) => ({ admin, path: await readPlace(admin) })));
  return found.flatMap(({ admin, path }) => (path === null ? [] : [{ admin, path }]));
}

/**
 * Finds worktrees again that were moved together with their repository, by the last two parts of their paths: those of
 * `folder`, each under its name. `git worktree repair` would believe what a worker may have written into its worktree.
 * Resolves with their names.
 */
export async function adoptMovedWorktrees(repo: Repository, folder: string): Promise<string[]> {
  const admins = await listAdminDirs(repo);
  const known = new Set(admins.map(({ path }) => path));
  const place = await canonicalPath(folder);
  const adopted: string[] = [];
  for (const { admin, path } of admins) {
    const here = join(place, basename(path));
    if (basename(dirname(path)) !== basename(place) || known.has(here)) continue;
    if ((await lstatIfThere(path)) !== null || (await lstatIfThere(here))?.isDirectory() !== true) continue;
    await linkWorktree(here, admin);
    adopted.push(basename(path));
  }
  return adopted;
}

/** Writes down on both sides where a worktree and its admin folder are. */
export async function linkWorktree(path: string, admin: string): Promise<void> {
  await noteInAdmin(admin, "gitdir", `${join(path, ".git")}\n`);
  await rm(join(path, ".git"), { recursive: true, force: true });
  await writeFile(join(path, ".git"), `gitdir: ${admin}\n`);
}

/** Writes what git reads in an admin folder: whole, or not at all. Whatever lies in its place goes, with its rights. */
export async function noteInAdmin(admin: string, name: "HEAD" | "commondir" | "gitdir", text: string): Promise<void> {
  const [place, aside] = [join(admin, name), join(admin, `${name}.${randomUUID()}`)];
  if ((await lstatIfThere(place))?.isDirectory()) await rm(place, { recursive: true });
  await writeFile(aside, text, { flag: "wx" });
  await moveTo(aside, place);
}

/** Where the worktree of an admin folder is; null when git never came to noting it. */
async function readPlace(admin: string): Promise<string | null> {
  const target = await readText(join(admin, "gitdir"));
  return target === null ? null : dirname(resolve(admin, target.replace(/\n$/, "")));
}

/** Notes that the worktree is one of pleach's, as soon as git lists it. */
export async function noteMade(admin: string): Promise<void> {
  await writeFile(join(admin, MADE), "");
}

/** Why the worktree at this path is locked: whose it is, as its place says. */
export function lockReason(path: string): string {
  return `${OWN_REASON}${basename(path)} of run ${basename(dirname(path))} works here`;
}

/** Whether somebody else locked it, who wants it to stay. */
export async function isLockedByOther(admin: string): Promise<boolean> {
  const reason = await readText(join(admin, LOCKED));
  if (reason === null) return (await lstatIfThere(join(admin, LOCKED))) !== null;
  return !reason.startsWith(OWN_REASON);
}

/** Locks a worktree that git lists already, as a fresh one is from the beginning. */
export async function lockWorktree(admin: string, path: string): Promise<void> {
  if (!(await isLockedByOther(admin))) await writeFile(join(admin, LOCKED), `${lockReason(path)}\n`);
}

/** From now on git removes and moves the worktree for whoever asks, unless somebody else has locked it. */
export async function unlockWorktree(admin: string): Promise<void> {
  if (!(await isLockedByOther(admin))) await rm(join(admin, LOCKED), { force: true });
}

/** Whether pleach made the worktree. Between git's listing it and its note there is nothing in it. */
export async function isMade(admin: string, path: string): Promise<boolean> {
  if ((await wasMade(admin)) !== null) return true;
  return (await listIfThere(path)).every((name) => name === ".git");
}

/** When pleach made the worktree, ms; null where it has not noted that it did. */
export async function wasMade(admin: string): Promise<number | null> {
  for (const name of [MADE, markName]) {
    const found = await lstatIfThere(join(admin, name));
    if (found !== null) return found.ctimeMs;
  }
  return null;
}

/** Notes that the worktree is ready: keeps its index, then writes the mark. */
export async function markReady(admin: string, mark: WorktreeMark): Promise<void> {
  await rm(join(admin, READY), { force: true });
  await copyIndex(join(admin, "index"), join(admin, KEPT_INDEX));
  await writeMark(admin, mark);
}

/** Notes something else about a worktree that is ready. */
export async function writeMark(admin: string, mark: WorktreeMark): Promise<void> {
  await writeAtomically(join(admin, markName), JSON.stringify(mark), { durability: "none" });
}

/**
 * The mark of a worktree that was ready for a worker; null when preparing it never came to an end. Rejects when there is
 * one that cannot be read: work must not be thrown away for that.
 */
export async function readMark(admin: string): Promise<WorktreeMark | null> {
  const text = await readText(join(admin, markName));
  if (text === null) return null;
  try {
    const mark: unknown = JSON.parse(text);
    return isMark(mark) ? mark : null;
  } catch {
    return null;
  }
}

/** Notes that everything is there that the worktree is given before its worker: what is written later is work. */
export async function noteSetUp(repo: Repository, path: string): Promise<void> {
  const admin = await findAdminDir(repo, path);
  if (admin !== null) await writeFile(join(admin, READY), "");
}

/** The moment of that, by the clock of the file system, in nanoseconds; 0 when nobody noted it. */
export async function readReadyTime(admin: string): Promise<bigint> {
  for (const name of [READY, markName]) {
    const found = await lstat(join(admin, name), { bigint: true }).catch(() => null);
    if (found !== null) return found.ctimeNs;
  }
  return 0n;
}

/** Notes for whom set-up begins in a worktree, or that it was torn down (null). */
export async function noteSetUpFor(repo: Repository, path: string, worker: object | null): Promise<void> {
  const admin = await findAdminDir(repo, path);
  if (admin === null) return;
  const file = join(admin, SET_UP);
  await (worker === null
    ? rm(file, { force: true })
    : writeAtomically(file, JSON.stringify(worker), { durability: "none" }));
}

/** For whom set-up was begun in a worktree that nobody has torn down, as it was noted; null when there is nothing to do. */
export async function readSetUpFor(repo: Repository, path: string): Promise<unknown> {
  const admin = await findAdminDir(repo, path);
  const text = admin === null ? null : await readText(join(admin, SET_UP));
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** From now on the worktree is not ready. */
export function removeMark(admin: string): Promise<void> {
  return rm(join(admin, markName), { force: true });
}

/** Puts the index that was kept in the place of the worktree's own; false when none was. */
export async function copyKeptIndex(admin: string): Promise<boolean> {
  const found = await lstat(join(admin, KEPT_INDEX)).catch(() => null);
  if (!found?.isFile()) return false;
  await copyIndex(join(admin, KEPT_INDEX), join(admin, "index"));
  return true;
}

/** Gives `work` a throw-away index file in `admin`: a copy of the one kept when the worktree was made, if there is one. */
export async function withIndexCopy<T>(
  admin: string,
  work: (index: string, isFilled: boolean) => Promise<T>,
): Promise<T> {
  const index = join(admin, `${KEPT_INDEX}.${randomUUID()}`);
  try {
    const isFilled = await copyIndex(join(admin, KEPT_INDEX), index).then(
      () => true,
      () => false,
    );
    return await work(index, isFilled);
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

/**
 * Copies an index with its modification time: git takes a file that is not older than the index for possibly changed,
 * and would miss a change made right after the checkout if the copy looked younger.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  const { mtime } = await stat(from);
  await copyFile(from, to);
  await utimes(to, mtime, mtime);
}

/** Null when there is no such file, or something else in its place. */
async function readText(path: string): Promise<string | null> {
  const read = await readUntrustedFile(path, { maxBytes: MAX_BYTES });
  if (read.kind === "refused" && read.why === "unreadable") {
    throw new PleachError("git.noWorktree", `${path} cannot be read: ${read.reason}`, {
      hint: "Set that right, then try again.",
      file: path,
    });
  }
  return read.kind === "read" ? read.bytes.toString("utf8") : null;
}

function isMark(value: unknown): value is WorktreeMark {
  if (typeof value !== "object" || value === null) return false;
  if (!("branch" in value) || !("base" in value) || !("excluded" in value)) return false;
  const hasBranch = value.branch === null || typeof value.branch === "string";
  return hasBranch && typeof value.base === "string" && Array.isArray(value.excluded);
}
