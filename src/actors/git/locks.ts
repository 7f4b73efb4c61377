/**
 * git's lock files: files beside what is about to change, which git removes when it has changed it, and leaves when it is
 * killed. They do not say who made them. What tells is the time: a lock is nobody's any more when no git works on the
 * repository that began before the lock was made.
 *
 * LOCK-1 Only a lock that is nobody's any more, and that one of our own processes made, is removed. Of any other it is said
 *    where it lies, how old it is, and who may hold it.
 */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { readdir, realpath, rm, stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { duration } from "../../protocol/words.ts";
import { findPrograms, type RunningProgram } from "../process/index.ts";
import { listIfThere, nullIfAbsent } from "./presence.ts";

/** A lock file as it is now. */
export interface Lock {
  path: string;
  /** Milliseconds since the Unix epoch: when it was written last. */
  madeAtMs: number;
  /** Differs from that of any other file that was there before, or will be. */
  identity: string;
}

/** A lock, and who may hold it. */
export interface LookedAtLock extends Lock {
  /**
   * Programs at work in the repository that began before the lock was made. None: it was left behind. Null: the system does
   * not tell.
   */
  makers: { pid: number; name: string }[] | null;
}

/** What people leave open for hours, and what takes no lock. */
const READERS: ReadonlySet<string> = new Set([
  "blame",
  "cat-file",
  "credential-cache--daemon",
  "diff",
  "fsmonitor--daemon",
  "grep",
  "help",
  "log",
  "rev-list",
  "shortlog",
  "show",
]);

const LOOKS = 3;
const BETWEEN_LOOKS_MS = 100;

/** How far start times of processes and dates of files may be apart. */
const BLUR_MS = 2_000;

/** The lock at the path; null when there is none. */
export async function readLock(path: string): Promise<Lock | null> {
  const found = await stat(path).catch(nullIfAbsent);
  if (found === null) return null;
  return { path, madeAtMs: found.mtimeMs, identity: `${found.dev}:${found.ino}:${found.mtimeMs}` };
}

/** Looks for who may hold a lock. One whose maker cannot be told apart from a git elsewhere is taken to be held. */
export async function lookAtLock(lock: Lock): Promise<LookedAtLock> {
  const [looked] = await lookAtAll([lock]);
  return looked as LookedAtLock;
}

/** As `lookAtLock`. Whoever is seen is looked for again: most gits end in a moment, with or without a lock. */
export async function lookAtAll(locks: readonly Lock[]): Promise<LookedAtLock[]> {
  let looked = await lookOnce(locks);
  for (let looks = 1; looks < LOOKS && looked.some(({ makers }) => (makers?.length ?? 0) > 0); looks += 1) {
    await delay(BETWEEN_LOOKS_MS);
    const again = await lookOnce(locks);
    looked = looked.map((lock, at) => ({ ...lock, makers: keepCommon(lock.makers, again[at]?.makers ?? null) }));
  }
  return looked;
}

type Makers = LookedAtLock["makers"];

const keepCommon = (before: Makers, now: Makers): Makers =>
  before === null || now === null ? null : before.filter(({ pid }) => now.some((each) => each.pid === pid));

async function lookOnce(locks: readonly Lock[]): Promise<LookedAtLock[]> {
  const programs = locks.length === 0 ? [] : await findPrograms((name) => name === "git" || name.startsWith("git-"));
  return locks.map((lock) => {
    if (programs === null) return { ...lock, makers: null };
    const place = realPath(dirname(lock.path));
    const makers = programs.filter((program) => mayHold(program, lock, place));
    return { ...lock, makers: makers.map(({ pid, args }) => ({ pid, name: `git ${verbOf(args)}`.trimEnd() })) };
  });
}

/** `place`: the lock's folder, without links. */
function mayHold({ args, folder, startedAtMs }: RunningProgram, lock: Lock, place: string): boolean {
  if (READERS.has(verbOf(args))) return false;
  if (startedAtMs !== null && startedAtMs > lock.madeAtMs + BLUR_MS) return false;
  if (folder === null) return true;
  const commonDir = findCommonDir(folder);
  return commonDir !== null && `${place}${sep}`.startsWith(`${realPath(commonDir)}${sep}`);
}

/** What git was told to do; "" when that is not to be seen. */
function verbOf(args: readonly string[]): string {
  for (let at = 1; at < args.length; at += 1) {
    const arg = args[at] ?? "";
    if (!arg.startsWith("-")) return arg;
    if (arg === "-c" || arg === "-C") at += 1;
  }
  return "";
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The git directory of the repository that a folder lies in, or is the inside of; null when there is none. */
function findCommonDir(start: string): string | null {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isThere(join(folder, "HEAD")) && isThere(join(folder, "objects"))) return folder;
    const git = join(folder, ".git");
    if (isThere(join(git, "objects"))) return git;
    const target = /^gitdir: (.+?)\n*$/.exec(readIfThere(git) ?? "")?.[1];
    if (target !== undefined) {
      const admin = resolve(folder, target);
      return resolve(admin, (readIfThere(join(admin, "commondir")) ?? ".").trim());
    }
    if (dirname(folder) === folder) return null;
  }
}

/** Of a repository that is somebody else's, it may not even be allowed to look. */
function isThere(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return false;
  }
}

function readIfThere(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** `made 3m 02s ago; no git is at work in this repository` */
export function describeLock({ madeAtMs, makers }: LookedAtLock, now: number = Date.now()): string {
  const age = `made ${duration(Math.max(0, now - madeAtMs))} ago`;
  if (makers === null) return `${age}; who may hold it, this system does not tell`;
  if (makers.length === 0) return `${age}; no git is at work in this repository that could hold it`;
  return `${age}; ${makers.map(({ pid, name }) => `${name} (process ${pid})`).join(", ")} may hold it`;
}

/** Folders of a git directory that hold locks; those of refs have folders of their own. */
const PLACES = ["", "objects/info", "objects/pack", "reftable"];

/** Paths of all locks in a git directory, sorted. */
export async function listLocks(commonDir: string): Promise<string[]> {
  const common = await realpath(commonDir);
  const admins = (await listIfThere(join(common, "worktrees"))).map((name) => join("worktrees", name));
  const found = await Promise.all([
    ...[...PLACES, ...admins].map((place) => listLocksIn(join(common, place))),
    ...["refs", ...admins.map((admin) => join(admin, "refs"))].map((place) => listBelow(join(common, place))),
  ]);
  return found.flat().sort();
}

const isLockName = (name: string): boolean => name.endsWith(".lock") || name === "packed-refs.new";

/** Locks that lie in a folder itself. */
export async function listLocksIn(folder: string): Promise<string[]> {
  return (await listIfThere(folder)).filter(isLockName).map((name) => join(folder, name));
}

/** No ref ends in `.lock`, so that a folder of that name is none of refs. */
async function listBelow(folder: string): Promise<string[]> {
  const entries = (await readdir(folder, { withFileTypes: true }).catch(nullIfAbsent)) ?? [];
  const locks = entries.filter(({ name }) => isLockName(name)).map(({ name }) => join(folder, name));
  const folders = entries.filter((entry) => entry.isDirectory() && !isLockName(entry.name));
  const inner = await Promise.all(folders.map(({ name }) => listBelow(join(folder, name))));
  return [...locks, ...inner.flat()];
}

/** Removes a lock that is still the one that was looked at; resolves with whether it did. */
export async function removeLock({ path, identity }: Lock): Promise<boolean> {
  if ((await readLock(path))?.identity !== identity) return false;
  await rm(path, { force: true });
  return true;
}

/** How a lock is called for people: its path in the git directory. */
export function nameLock(commonDir: string, path: string): string {
  return relative(commonDir, path);
}
