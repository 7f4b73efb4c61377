/**
 * Finds and ends the processes of a run, a task or one command, wherever in the process tree they went. Never ends this
 * program or one of its ancestors, and re-reads a process's start token just before each signal, so that a pid that
 * came to belong to another process is left alone.
 *
 * A process that threw its environment away (`env -i`) after leaving its group is found by where it works (strays.ts), once
 * nobody else is to be there.
 */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import type { SweepResult } from "./executor.ts";
import { IDENTITY_VARIABLES, type ProcessQuery } from "./identity.ts";
import { hasProc, isSameProcess, processStartToken, readProcStat } from "./process-start.ts";
import { matchProcesses, readProcessTable } from "./process-table.ts";
import { findStrays } from "./strays.ts";

export interface FoundProcess {
  pid: number;
  /** Start token (process-start.ts). */
  startedAt: string;
}

/** Whether left-over workers can be found on this machine. */
export type SweepAvailability =
  | { kind: "available"; method: "proc" | "ps" }
  | { kind: "notAvailable"; reason: string; hint: string };

/** Between two looks at whether signalled processes are gone. */
const POLL_MS = 20;
/** After SIGKILL a process is gone in moments, unless the kernel holds it (a dead network disk). */
const AFTER_KILL_MS = 2_000;

/** Finds live processes whose environment carries the identity; none when the system does not tell. */
export async function findProcesses(query: ProcessQuery): Promise<FoundProcess[]> {
  if (query.place !== undefined) return chooseTargets(findStrays(query.place));
  return chooseTargets(matchProcesses(await readProcessTable(), query));
}

/** Keeps the pids of live processes that may be ended: not this program, nor one above it. */
export function chooseTargets(pids: readonly number[]): FoundProcess[] {
  if (pids.length === 0) return [];
  const spared = listAncestors();
  return pids.flatMap((pid) => {
    if (spared.has(pid)) return [];
    const startedAt = processStartToken(pid);
    return startedAt === null ? [] : [{ pid, startedAt }];
  });
}

/**
 * Ends every process that carries the identity: SIGTERM, after `graceMs` SIGKILL, until none is found. Children that
 * appear meanwhile are ended too. Never rejects.
 */
export async function sweepProcesses(query: ProcessQuery, options: { graceMs: number }): Promise<SweepResult> {
  const ended = new Set<string>();
  const warned = new Set<string>();
  const killAt = performance.now() + options.graceMs;
  let before: FoundProcess[] = [];
  for (;;) {
    const found = addDying(await findProcesses(query), before);
    before = found;
    if (found.length === 0) return { ended: ended.size, survivors: 0 };
    const now = performance.now();
    if (now > killAt + AFTER_KILL_MS) {
      for (const each of found) ended.delete(nameOf(each));
      return { ended: ended.size, survivors: found.length };
    }
    for (const each of found) {
      const name = nameOf(each);
      ended.add(name);
      if (now >= killAt) signalProcess(each, "SIGKILL");
      else if (!warned.has(name)) {
        warned.add(name);
        signalProcess(each, "SIGTERM");
        // A stopped process gets its SIGTERM only once it goes on.
        signalProcess(each, "SIGCONT");
      }
    }
    await waitUntilGone(found, Math.max(killAt, now + POLL_MS));
  }
}

/**
 * Those that are seen now, and those that were seen before and are not gone: a process that is dying has lost its
 * environment, and may take a while to die with all its memory.
 */
export function addDying(seen: readonly FoundProcess[], before: readonly FoundProcess[]): FoundProcess[] {
  const names = new Set(seen.map(nameOf));
  return [...seen, ...before.filter((each) => !names.has(nameOf(each)) && isSameProcess(each.pid, each.startedAt))];
}

const nameOf = (each: FoundProcess) => `${each.pid} ${each.startedAt}`;

/**
 * Ends just these: SIGTERM, after `graceMs` SIGKILL, each only as long as it is the process that was found. Resolves with
 * those that live on. Never rejects.
 */
export async function endProcesses(
  targets: readonly FoundProcess[],
  { graceMs }: { graceMs: number },
): Promise<FoundProcess[]> {
  const isLeft = (each: FoundProcess): boolean => isSameProcess(each.pid, each.startedAt);
  for (const [signals, waitMs] of [[["SIGTERM", "SIGCONT"], graceMs] as const, [["SIGKILL"], AFTER_KILL_MS] as const]) {
    const left = targets.filter(isLeft);
    for (const each of left) for (const signal of signals) signalProcess(each, signal);
    await waitUntilGone(left, performance.now() + waitMs);
  }
  return targets.filter(isLeft);
}

function signalProcess(target: FoundProcess, signal: NodeJS.Signals): void {
  if (!isSameProcess(target.pid, target.startedAt)) return;
  try {
    process.kill(target.pid, signal);
  } catch {
    // Gone between the look and the signal, or not ours to end: the next look tells.
  }
}

async function waitUntilGone(found: FoundProcess[], until: number): Promise<void> {
  let left = found;
  // The first looks are close together: most programs obey at once.
  for (let waitMs = 1; left.length > 0 && performance.now() < until; waitMs = Math.min(waitMs * 2, POLL_MS)) {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    left = left.filter((each) => isSameProcess(each.pid, each.startedAt));
  }
}

/** This process and those above it. Without /proc only the parent is known. */
function listAncestors(): Set<number> {
  const pids = new Set([process.pid, process.ppid]);
  if (!hasProc()) return pids;
  for (let pid = process.ppid; pid > 1; ) {
    const parent = readProcStat(pid)?.parent ?? 0;
    if (pids.has(parent)) break;
    pids.add(parent);
    pid = parent;
  }
  return pids;
}

/** Tries to find a process of our own by its environment: what `doctor` reports. Takes some ten milliseconds. */
export async function probeSweep(): Promise<SweepAvailability> {
  const run = `probe-${randomUUID()}`;
  // The shell waits for its standard input: it ends with the pipe, even when it is not found.
  const child = spawn("/bin/sh", ["-c", "echo ready; read line"], {
    env: { [IDENTITY_VARIABLES.run]: run },
    stdio: ["pipe", "pipe", "ignore"],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      child.once("error", reject);
      child.stdout.once("data", () => resolve());
    });
    const table = await readProcessTable();
    if (matchProcesses(table, { run }).includes(child.pid ?? -1)) {
      return { kind: "available", method: hasProc() ? "proc" : "ps" };
    }
    const reason =
      table.kind === "notAvailable" ? table.reason : "the system hides the environment of protected programs";
    return notAvailable(reason);
  } catch (error) {
    return notAvailable(`/bin/sh cannot be started: ${String(error)}`);
  } finally {
    child.kill("SIGKILL");
  }
}

function notAvailable(reason: string): SweepAvailability {
  return {
    kind: "notAvailable",
    reason,
    hint: "Workers are still ended with their process group; a child that leaves its group may outlive its task.",
  };
}
