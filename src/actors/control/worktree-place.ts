/**
 * Where the worktrees of a run lie: beside the checkout, since tools that look through the checkout would find them inside
 * of it, and some programs treat what lies below a folder with a dot in a way of their own. Decided when the run begins, and
 * kept in its manifest. Only looks: no folder is left behind.
 */
import { accessSync, constants, existsSync, lstatSync, mkdirSync, realpathSync, rmdirSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import { confinePath, holdsDotGit, isWithin, readUntrustedFileSync } from "../../safe-files/index.ts";
import { type RunFolder, WORKSPACE } from "./run-folder.ts";
import { homeFolder } from "./state-folder.ts";

export interface WorktreePlace {
  /** Absolute folder of the run's worktrees. It need not be there. */
  folder: string;
  /** Why they lie elsewhere than beside the checkout, when nobody asked for that. */
  note: string | null;
}

export interface PlaceWishes {
  /** Folder inside the repository, as pleach.yaml names it. */
  inRepository?: string;
  /** Absolute folder that the person keeps the worktrees of all repositories in; it wins. */
  ofPerson?: string;
  env: NodeJS.ProcessEnv;
}

/** How often a look is begun anew that another start, which looks at the same folder, may have crossed. */
const LOOKS = 20;
/** A file of git's settings has some thousand. */
const MAX_BYTES = 1024 * 1024;
/** Folder in the home where there is no place beside the checkout. */
const HOME_FOLDER = "pleach-worktrees";

/** Folders that programs keep the same on several machines, by their usual names. */
const SYNCED_NAMES =
  /^(?:dropbox(?: \(.*\))?|onedrive(?: - .*)?|google ?drive|my drive|icloud ?drive|mobile documents|cloudstorage|nextcloud|owncloud|pcloud ?drive|megasync|seafile|syncthing|proton ?drive)$/i;
/** What such programs leave in the folder that they keep the same. */
const SYNC_MARKS = [".stfolder", ".dropbox", ".dropbox.cache", ".owncloudsync.log", ".nextcloudsync.log"];

/** Chooses the place of a new run. Throws `worktrees.unusable` when a folder that somebody named cannot be used. */
export function chooseWorktreePlace(folder: RunFolder, wishes: PlaceWishes): WorktreePlace {
  const { root, run } = folder;
  const { inRepository, ofPerson, env } = wishes;
  if (ofPerson !== undefined) return { folder: join(requireFolder(ofPerson), nameWithHash(folder), run), note: null };
  if (inRepository !== undefined) return { folder: join(requireInside(root, inRepository), run), note: null };
  const beside = join(dirname(root), `${nameOf(root)}.worktrees`);
  const why = explainNoPlaceBeside(root) ?? explainUnusable(beside, root, run);
  if (why === null) return { folder: join(beside, run), note: null };
  const home = realHome(env);
  const inHome = join(home, HOME_FOLDER, nameWithHash(folder));
  const place = existsSync(home) && explainUnusable(inHome, root, run) === null ? inHome : oldPlace(root);
  return { folder: join(place, run), note: `worktrees lie in ${place}, not beside the checkout: ${why}` };
}

/**
 * The place of a run that goes on: the one that was recorded, as long as it can be used. Runs that recorded none have their
 * worktrees in the folder of all runs.
 */
export function findWorktreeFolder(folder: RunFolder, recorded: string | undefined, wishes: PlaceWishes): string {
  const { root, run } = folder;
  if (recorded === undefined)
    return join(wishes.inRepository === undefined ? oldPlace(root) : resolve(root, wishes.inRepository), run);
  if (isAbsolute(recorded) && explainUnusable(dirname(recorded), root, null) === null) return recorded;
  return chooseWorktreePlace(folder, wishes).folder;
}

/** Folders that a run made for its worktrees, beside the one of its own, which may go when they are empty. */
export function foldersAbove(worktrees: string): string[] {
  const above = dirname(worktrees);
  if (basename(above).endsWith(".worktrees")) return [above];
  return basename(dirname(above)) === HOME_FOLDER ? [above, dirname(above)] : [];
}

const oldPlace = (root: string): string => join(root, WORKSPACE, "worktrees");

/** The checkout's name, without dots in front: its worktrees have no dot that it has not. */
const nameOf = (root: string): string => basename(root).replace(/^\.+/, "") || "checkout";

const nameWithHash = ({ root, repo }: RunFolder): string => `${nameOf(root)}-${repo.slice(0, 8)}`;

function realHome(env: NodeJS.ProcessEnv): string {
  const home = homeFolder(env);
  try {
    return realpathSync(home);
  } catch {
    return home;
  }
}

function requireFolder(folder: string): string {
  try {
    makeMissing(folder);
    accessSync(folder, constants.W_OK | constants.X_OK);
    return realpathSync(folder);
  } catch (thrown) {
    throw new PleachError("worktrees.unusable", `worktrees cannot lie in ${folder}: ${codeOf(thrown)}`, {
      hint: "name a folder that can be written under worktrees in pleach/config.yaml of your own configuration",
      file: folder,
      cause: thrown,
    });
  }
}

function requireInside(root: string, path: string): string {
  const found = confinePath(root, path);
  if (found.kind === "inside") return found.path;
  throw new PleachError("worktrees.unusable", `worktrees cannot lie where worktree.path says: ${found.reason}`, {
    hint: "worktree.path names a folder inside the repository; one elsewhere is named in your own configuration",
    file: root,
  });
}

/** What speaks against the folder that the checkout lies in; null when nothing does. */
function explainNoPlaceBeside(root: string): string | null {
  const parent = dirname(root);
  if (parent === root) return "the checkout is the root of the file system";
  for (const folder of listUpwards(parent)) {
    if (isCheckout(folder)) return `it lies inside another checkout, ${folder}`;
    if (isSynced(folder)) return `it lies in ${folder}, which another program keeps the same on several machines`;
  }
  return null;
}

function listUpwards(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...listUpwards(parent)];
}

/** Whether git takes this for a checkout's root. What only points at a bare repository, as a folder of worktrees may, is none. */
function isCheckout(folder: string): boolean {
  if (!holdsDotGit(folder)) return false;
  const git = join(folder, ".git");
  try {
    const target = statSync(git).isFile() ? /^gitdir: (.+?)\n*$/.exec(readText(git))?.[1] : git;
    return (
      target === undefined ||
      !/^[ \t]*bare[ \t]*=[ \t]*true[ \t]*$/im.test(readText(join(resolve(folder, target), "config")))
    );
  } catch {
    return true;
  }
}

function isSynced(folder: string): boolean {
  return SYNCED_NAMES.test(basename(folder)) || SYNC_MARKS.some((mark) => isThere(join(folder, mark)));
}

/** Why a folder cannot hold worktrees of a checkout; with `run`, of a new run of that name. Null when it can. */
function explainUnusable(folder: string, root: string, run: string | null, looks = LOOKS): string | null {
  let made: string | undefined;
  try {
    made = makeMissing(folder);
    if (!statSync(folder).isDirectory()) return `${folder} is no folder`;
    accessSync(folder, constants.W_OK | constants.X_OK);
    // In a folder that everybody may write, others could have been there first.
    if (![folder, realpathSync(folder)].every((path) => isOwn(path, root))) return `${folder} belongs to somebody else`;
    if (run !== null && isThere(join(folder, run))) return `${join(folder, run)} is there already`;
    return null;
  } catch (thrown) {
    // Another start has just removed what it had made to look at, and would do so at the same moment but once or twice.
    if (codeOf(thrown) === "ENOENT" && looks > 1) return explainUnusable(folder, root, run, looks - 1);
    return `${folder} cannot be made or written (${codeOf(thrown)})`;
  } finally {
    if (made !== undefined) removeEmpty(folder, made);
  }
}

/**
 * Makes a folder and those above it that are missing; returns the first that it made. (Node's own way of doing so never
 * ends where a file system, such as /proc, says of a folder that is there that it is not.)
 */
function makeMissing(folder: string): string | undefined {
  if (existsSync(folder)) return undefined;
  const first = makeMissing(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (thrown) {
    // Another start was faster.
    if (codeOf(thrown) !== "EEXIST") throw thrown;
  }
  return first ?? folder;
}

/** Removes a folder, and those above it up to `first`, unless somebody has put something there meanwhile. */
function removeEmpty(folder: string, first: string): void {
  try {
    for (let each = folder; isWithin(first, each); each = dirname(each)) rmdirSync(each);
  } catch {
    // It is in use.
  }
}

/** Whether it is this user's, or whose the checkout is. */
function isOwn(path: string, root: string): boolean {
  const { uid } = lstatSync(path);
  return uid === process.getuid?.() || uid === statSync(root).uid;
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;

/** The text of a small file; "" when there is none. */
function readText(path: string): string {
  const read = readUntrustedFileSync(path, { maxBytes: MAX_BYTES });
  return read.kind === "read" ? read.bytes.toString("utf8") : "";
}
