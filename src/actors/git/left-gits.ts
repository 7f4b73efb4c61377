/**
 * Gits that a killed pleach left at work: each outlives who started it (GIT-3), and would change under the next one's hands what
 * that has just made. They end by themselves; so they are waited for.
 */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { isWithin } from "../../safe-files/index.ts";
import { findPrograms, processStartToken, type RunningProgram } from "../process/index.ts";

/** A setting that means nothing to git and says, in its arguments, which process started it. */
const STARTER = "pleach.startedBy=";
/** How git's process is called, and what may be one that starts it: a node, by its own name or that of its first thread. */
const STARTING = /^git$|node|MainThread/i;
const LONGEST_MS = 60_000;
const POLL_MS = 20;

let own: string | undefined;

/** Arguments for git by which it is found again when this process has died. */
export function startedByUs(): string[] {
  own ??= markOf(process.pid) ?? String(process.pid);
  return ["-c", `${STARTER}${own}`];
}

/**
 * Waits until no git of a dead pleach is at work in these folders, a minute at most. Resolves with the pids of those that still
 * are.
 */
export async function waitForLeftGits(places: readonly string[]): Promise<number[]> {
  const until = performance.now() + LONGEST_MS;
  for (;;) {
    const left = await findLeftGits(places);
    if (left.length === 0 || performance.now() > until) return left;
    await delay(POLL_MS);
  }
}

/** The pids of those that are at work in these folders now, and of what still starts some. */
export async function findLeftGits(places: readonly string[]): Promise<number[]> {
  const programs = (await findPrograms((name) => STARTING.test(name))) ?? [];
  return programs.filter((program) => isLeft(program, places)).map(({ pid }) => pid);
}

function isLeft({ args, folder }: RunningProgram, places: readonly string[]): boolean {
  const starter = args.find((arg) => arg.startsWith(STARTER))?.slice(STARTER.length);
  if (starter === undefined || starter === markOf(Number.parseInt(starter, 10))) return false;
  return folder === null || places.some((place) => isWithin(place, folder));
}

/** A pid with what tells its process from a later one; null when there is none. */
function markOf(pid: number): string | null {
  const token = processStartToken(pid);
  return token === null ? null : `${pid}-${createHash("sha256").update(token).digest("hex").slice(0, 16)}`;
}
