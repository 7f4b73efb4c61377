/** The checks of `pleach doctor`. Each looks at one thing that runs rely on; none leaves anything behind. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { createSocketChannel } from "../actors/control/control-socket.ts";
import { runFolder, WORKSPACE } from "../actors/control/run-folder.ts";
import { chooseWorktreePlace } from "../actors/control/worktree-place.ts";
import { checkGit, describeLock, lookAtLocks, openRepository, quoteForShell } from "../actors/git/index.ts";
import { probeSweep } from "../actors/process/index.ts";
import { messageOf, PleachError } from "../errors.ts";
import { plural } from "../protocol/words.ts";
import { isDumb } from "../tui/index.ts";
import { diagnoseNotify } from "./diagnose-notify.ts";
import type { Leftover, LeftoverKind } from "./leftovers/leftover.ts";
import { type Place, worktreeWishes } from "./place.ts";
import { vaultFolders, warnOfWithheld } from "./vault-folders.ts";

export interface Check {
  name: string;
  status: "ok" | "warn" | "fail";
  message: string;
  /** What to do; null when all is well. */
  hint: string | null;
}

type Finding = Omit<Check, "name">;

const GIGABYTE = 2 ** 30;
/** Below this a run with worktrees soon fills the disk. */
const LITTLE_SPACE = GIGABYTE;
const FEW_WATCHES = 8192;
/** Longest path of a socket: 104 bytes on macOS, 108 on Linux, with the closing zero. */
const MAX_SOCKET_BYTES = 103;
const MIN_COLUMNS = 60;

const fine = (message: string): Finding => ({ status: "ok", message, hint: null });
const warn = (message: string, hint: string): Finding => ({ status: "warn", message, hint });
const fail = (message: string, hint: string): Finding => ({ status: "fail", message, hint });

export const LEFT_OVER = "left over";

/** How leftovers are counted: one, and more. */
const COUNTED: Record<LeftoverKind, readonly [string, string]> = {
  process: ["process", "processes"],
  socket: ["socket", "sockets"],
  lock: ["lock of git", "locks of git"],
  note: ["note of a change with git", "notes of changes with git"],
  scrap: ["scrap folder", "scrap folders"],
  worktree: ["worktree", "worktrees"],
  branch: ["branch", "branches"],
  ref: ["ref that holds a candidate", "refs that hold candidates"],
  files: ["folder that others may read", "folders that others may read"],
  outputs: ["run's outputs", "runs' outputs"],
  run: ["run's folder", "runs' folders"],
};

/**
 * All checks, in the order in which they are told. A check that throws has failed. `leftovers`: what was left behind, which has
 * been looked for already.
 */
export async function diagnose(place: Place, leftovers: readonly Leftover[] = []): Promise<Check[]> {
  const checks: [string, () => Finding | Promise<Finding>][] = [
    ["node", checkNode],
    ["git", () => checkGitVersion(place.dir)],
    ["repository", () => checkRepository(place)],
    ["locks", () => checkLocks(place, leftovers)],
    ["configuration", () => checkConfig(place)],
    ["notices", () => diagnoseNotify(place.own, { env: process.env, root: place.root })],
    ["workspace", () => checkWorkspace(place.root)],
    ["processes", checkProcesses],
    ["worktrees", () => checkWorktrees(place)],
    ["disk", () => checkDisk(place.root)],
    ["file watching", checkWatching],
    ["socket", () => checkSocket(place.root)],
    ["terminal", checkTerminal],
    ["vault", () => checkVault(place)],
    [LEFT_OVER, () => checkLeftovers(leftovers)],
  ];
  return Promise.all(checks.map(async ([name, check]) => ({ name, ...(await attempt(check)) })));
}

async function attempt(check: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await check();
  } catch (thrown) {
    return fail(messageOf(thrown), (thrown instanceof PleachError && thrown.hint) || "set this right, then look again");
  }
}

function checkNode(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isEnough = major > 20 || (major === 20 && minor >= 19);
  const message = `Node ${process.versions.node} on ${process.platform} ${process.arch}`;
  return isEnough ? fine(message) : fail(message, "install Node 20.19 or newer");
}

async function checkGitVersion(dir: string): Promise<Finding> {
  return fine(`git ${await checkGit(dir)}`);
}

function checkRepository({ root, trouble }: Place): Finding {
  if (trouble === null) return fine(root);
  return warn(trouble.message, `${trouble.hint ?? "mend the repository"} (plans with isolation: none run without one)`);
}

/** Of git's locks, those that nobody is known to hold: sooner or later they are in somebody's way. Ours are leftovers. */
async function checkLocks({ root, trouble }: Place, leftovers: readonly Leftover[]): Promise<Finding> {
  if (trouble !== null) return fine("no repository, so nothing of git's is locked");
  const ours = new Set(leftovers.flatMap(({ kind, path }) => (kind === "lock" ? [path] : [])));
  const locks = (await lookAtLocks(await openRepository(root))).filter(({ path }) => !ours.has(path));
  const left = locks.filter(({ makers }) => makers === null || makers.length === 0);
  const held = locks.filter((lock) => !left.includes(lock));
  const [first, ...more] = left.length > 0 ? left : held;
  if (first === undefined) return fine("nothing of git's is locked");
  const message = `${first.path}: ${describeLock(first)}${more.length > 0 ? ` (and ${more.length} more)` : ""}`;
  if (left.length === 0) return fine(message);
  const files = left.map(({ path }) => quoteForShell(path)).join(" ");
  return warn(message, `if nothing else works on this repository, remove what was left behind: rm ${files}`);
}

function checkConfig(place: Place): Finding {
  const { root, errors } = place;
  const [first] = [...errors, ...place.warnings, ...warnOfWithheld(place)];
  if (first)
    return (errors.length > 0 ? fail : warn)(`${basename(first.file)}:${first.line}: ${first.message}`, first.hint);
  return fine(existsSync(join(root, "pleach.yaml")) ? "pleach.yaml is sound" : "no pleach.yaml: defaults are used");
}

/** Logs need to be synced, and are begun by hard links where there are any. */
function checkWorkspace(root: string): Finding {
  const parent = existsSync(join(root, WORKSPACE)) ? join(root, WORKSPACE) : root;
  const folder = mkdtempSync(join(parent, ".pleach-probe-"));
  try {
    const file = openSync(join(folder, "a"), "wx");
    try {
      writeSync(file, "probe");
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    try {
      linkSync(join(folder, "a"), join(folder, "b"));
    } catch {
      return warn(`${parent} has no hard links`, "runs work, but promise less when two are begun at the same moment");
    }
    return fine(`${parent} can be written, synced and linked`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Where those of a run that began now would lie. */
function checkWorktrees(place: Place): Finding {
  const { folder, note } = chooseWorktreePlace(runFolder(place.root, "next"), worktreeWishes(place));
  const hint = "name a folder for them in your own configuration: worktrees: DIR in ~/.config/pleach/config.yaml";
  return note === null ? fine(dirname(folder)) : warn(note, hint);
}

async function checkProcesses(): Promise<Finding> {
  const found = await probeSweep();
  if (found.kind === "notAvailable") return warn(found.reason, found.hint);
  return fine(`left-over workers are found by ${found.method === "proc" ? "/proc" : "ps"}`);
}

async function checkDisk(root: string): Promise<Finding> {
  const { bavail, bsize, files, ffree } = await statfs(root);
  const free = bavail * bsize;
  const message = `${(free / GIGABYTE).toFixed(1)} GB free`;
  if (files > 0 && ffree < 1000)
    return warn(`${message}, but only ${ffree} more files`, "remove files: the file system has no inodes left");
  return free < LITTLE_SPACE
    ? warn(message, "free some space: every task that runs has a worktree of its own")
    : fine(message);
}

function checkWatching(): Finding {
  const setting = "/proc/sys/fs/inotify/max_user_watches";
  if (process.platform !== "linux" || !existsSync(setting)) return fine("no limits to look at on this system");
  const watches = Number(readFileSync(setting, "utf8"));
  const message = `inotify watches: ${watches}`;
  return watches < FEW_WATCHES
    ? warn(message, "raise it: sysctl fs.inotify.max_user_watches=65536 (until then folders are polled)")
    : fine(message);
}

function checkSocket(root: string): Finding {
  const path = createSocketChannel(root).addressOf(1);
  if (Buffer.byteLength(path) <= MAX_SOCKET_BYTES) return fine(`commands reach a run in ${tmpdir()}`);
  return fail(`the path ${path} is too long for a socket`, "set TMPDIR to a short path");
}

function checkTerminal(): Finding {
  const { stdout } = process;
  if (!stdout.isTTY) return fine("none: runs are told in plain lines");
  if (isDumb(process.env)) return fine(`TERM is ${process.env.TERM || "not set"}: runs are told in plain lines`);
  const colours = process.env.NO_COLOR ? "no colours" : `${2 ** stdout.getColorDepth()} colours`;
  const message = `${stdout.columns}x${stdout.rows}, ${colours}`;
  return stdout.columns < MIN_COLUMNS
    ? warn(message, `make it ${MIN_COLUMNS} columns wide, or use --no-tui`)
    : fine(message);
}

function checkVault(place: Place): Finding {
  const vault = vaultFolders(place, undefined)[0];
  return fine(existsSync(vault) ? vault : `none yet at ${vault}: the first run lays it down`);
}

/** What dead processes of pleach left, in numbers: all of it is listed after the checks. */
function checkLeftovers(leftovers: readonly Leftover[]): Finding {
  const left = leftovers.filter(({ mend }) => mend !== null);
  const stays = leftovers.length - left.length;
  const kept =
    stays === 0 ? "" : `${plural(stays, "thing")} of runs that are over or gone ${stays === 1 ? "stays" : "stay"}`;
  if (left.length === 0) return fine(kept || "nothing was left behind");
  const counts = [...new Set(left.map(({ kind }) => kind))].map((kind) => {
    const { length } = left.filter((each) => each.kind === kind);
    return `${length} ${COUNTED[kind][length === 1 ? 0 : 1]}`;
  });
  return warn(`left by processes that are dead: ${counts.join(", ")}${kept && `; ${kept}`}`, "pleach doctor --fix");
}
