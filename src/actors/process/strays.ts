/**
 * Finds processes that a worker left at work in its folder after they threw their environment away (`env -i setsid …`):
 * nothing but the place tells whose they are. Linux only, where /proc says it.
 *
 * STRAY-1 Found is only what a worker can have started and nobody looks after any more: without a terminal, its parent gone,
 *    its working directory or a file that it writes in the folder, and no sign in its environment of a person's session.
 */
import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { isWithin } from "../../safe-files/index.ts";
import { hasProc, readProcStat } from "./process-start.ts";

/** Generations that are looked through. */
const MAX_DEPTH = 64;
/** Programs that take over processes whose parent is gone. */
const REAPERS = new Set(["systemd", "init", "tini", "dumb-init", "docker-init", "catatonit", "conmon", "s6-svscan"]);
/** Variables that sessions of people, and services of the system, have and workers have not. */
const OF_PERSONS =
  /(?:^|\0)(?:DISPLAY|WAYLAND_DISPLAY|XDG_SESSION_ID|DBUS_SESSION_BUS_ADDRESS|SSH_CONNECTION|SSH_TTY|TERM_PROGRAM|TERM_SESSION_ID|WINDOWID|TMUX|STY|VSCODE_\w+|INVOCATION_ID)=/;

/** The pids of processes that were left at work in a folder; none where the system does not tell. */
export function findStrays(folder: string): number[] {
  if (!hasProc()) return [];
  const candidates = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid <= 1) continue;
    const stat = readProcStat(pid);
    if (stat === null || stat.terminal !== 0) continue;
    if (isOwn(pid) && worksIn(pid, folder) && !isOfPerson(pid)) candidates.set(pid, stat.parent);
  }
  const isLeft = (pid: number, depth: number): boolean => {
    const parent = candidates.get(pid);
    if (parent === undefined || depth > MAX_DEPTH) return false;
    return parent <= 1 || isReaper(parent) || isLeft(parent, depth + 1);
  };
  return [...candidates.keys()].filter((pid) => isLeft(pid, 0));
}

function isOwn(pid: number): boolean {
  try {
    return statSync(`/proc/${pid}`).uid === process.getuid?.();
  } catch {
    return false;
  }
}

function worksIn(pid: number, folder: string): boolean {
  if (isInside(`/proc/${pid}/cwd`, folder)) return true;
  try {
    const files = readdirSync(`/proc/${pid}/fd`);
    return files.some((file) => isInside(`/proc/${pid}/fd/${file}`, folder) && isWritten(pid, file));
  } catch {
    return false;
  }
}

function isInside(link: string, folder: string): boolean {
  try {
    return isWithin(folder, readlinkSync(link).replace(/ \(deleted\)$/, ""));
  } catch {
    return false;
  }
}

/** A backup reads files anywhere; who writes one has to do with it. */
function isWritten(pid: number, file: string): boolean {
  const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(join("/proc", String(pid), "fdinfo", file), "latin1"))?.[1];
  return flags !== undefined && (Number.parseInt(flags, 8) & 3) !== 0;
}

/** True also when its environment cannot be read. */
function isOfPerson(pid: number): boolean {
  try {
    return OF_PERSONS.test(readFileSync(`/proc/${pid}/environ`, "latin1"));
  } catch {
    return true;
  }
}

/** Whether it is a program that takes over processes whose parent is gone. */
export function isReaper(pid: number): boolean {
  try {
    return REAPERS.has(readFileSync(`/proc/${pid}/comm`, "latin1").trim());
  } catch {
    return false;
  }
}
