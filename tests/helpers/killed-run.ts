/** A run that is killed and resumed, again and again, and what must hold of it when it has come through. */
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listLocks } from "../../src/actors/git/locks.ts";
import { openFileLog } from "../../src/actors/log/file-log.ts";
import { type LogRecord, readRecords } from "../../src/actors/log/index.ts";
import { hasProc, readProcStat } from "../../src/actors/process/process-start.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { type Ended, git, runProgram, startProgram } from "./program.ts";

/** A run in a repository, with the plan in `plan.yaml` there. */
export interface KilledRun {
  root: string;
  run: string;
}

/** What a run that came through must have done. */
export interface Expected {
  tasks: readonly string[];
  /** Tasks that may be run again after they finished: those in a conflict. Default: none. */
  mayRerun?: readonly string[];
  /** Whether its tasks land on a branch. */
  isIsolated: boolean;
}

/** Starts the program on the run, for the first time or again, and waits for its end. */
export type Life = (isFirst: boolean) => Promise<Ended>;

function argsOf({ root, run }: KilledRun, isFirst: boolean): string[] {
  const how = ["--json", "--no-learn", "-C", root];
  return isFirst ? ["run", "plan.yaml", "--run-id", run, ...how] : ["resume", run, ...how];
}

/** A life that ends by itself; with `PLEACH_CRASH_AT` at that point, if it is given. */
export const liveUntil =
  (killed: KilledRun, crashAt?: string): Life =>
  (isFirst) =>
    runProgram(killed.root, argsOf(killed, isFirst), crashAt === undefined ? {} : { PLEACH_CRASH_AT: crashAt });

/**
 * A life that SIGKILL ends so many ms after its start, or after its first word, unless it is over before; `withGit`: every
 * git that it has at work is killed, too, as by a machine that runs out of memory.
 */
export const liveFor =
  (killed: KilledRun, lifeMs: number, from: "start" | "firstWord" = "start", withGit = false): Life =>
  async (isFirst) => {
    const { child, ended } = startProgram(killed.root, argsOf(killed, isFirst));
    let timer: NodeJS.Timeout | undefined;
    const begin = (): void => {
      timer = setTimeout(() => {
        const gits = withGit ? listGitsOf(child.pid ?? 0) : [];
        child.kill("SIGKILL");
        for (const pid of gits) killIfThere(pid);
      }, lifeMs);
    };
    if (from === "start") begin();
    else child.stdout?.once("data", begin);
    const result = await ended;
    clearTimeout(timer);
    return result;
  };

function killIfThere(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** The gits that a process has started; none where the system does not tell. */
function listGitsOf(parent: number): number[] {
  if (!hasProc()) return [];
  const pids = readdirSync("/proc").map(Number).filter(Number.isInteger);
  return pids.filter((pid) => {
    if (readProcStat(pid)?.parent !== parent) return false;
    try {
      return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "git";
    } catch {
      return false;
    }
  });
}

/** Whether a run was begun: a start that died before its first record left none to resume. */
async function isBegun({ root, run }: KilledRun): Promise<boolean> {
  return (await openFileLog(logOf({ root, run })).newestEpoch()) !== null;
}

function logOf({ root, run }: KilledRun): string {
  return join(root, ".ce-workspace", run, "log");
}

/** Lives one life after the other, until the run is done, and a last one to its end. */
export async function surviveKills(
  killed: KilledRun,
  lives: readonly Life[],
): Promise<{ end: Ended; kills: number; said: string[] }> {
  let kills = 0;
  const said: string[] = [];
  for (const live of [...lives, liveUntil(killed)]) {
    const end = await live(!(await isBegun(killed)));
    if (end.signal === "SIGKILL") kills += 1;
    said.push(end.stdout);
    const isLast = said.length > lives.length;
    if (isLast || (end.signal === null && end.code === 0)) return { end, kills, said };
  }
  throw new Error("the last life has an end");
}

/** What is wrong with a run that came through; nothing, if all promises were kept. */
export async function findViolations(killed: KilledRun, end: Ended, expected: Expected): Promise<string[]> {
  const { root, run } = killed;
  if (end.code !== 0) return [`it ended with ${end.code ?? end.signal}: ${end.stderr}${end.stdout.slice(-2000)}`];
  const records = await readRecords(openFileLog(logOf(killed)));
  const breaches = checkInvariants(records).map((breach) => JSON.stringify(breach));
  const wrong = [...breaches, ...findTaskViolations(records, expected)];
  const left = await findProcesses({ run });
  if (left.length > 0) wrong.push(`processes are left: ${left.map(({ pid }) => pid).join(", ")}`);
  const open = listOpen(join(root, ".ce-workspace", run));
  if (open.length > 0) wrong.push(`others may read: ${open.join(", ")}`);
  if (!expected.isIsolated) return wrong;
  const trailers = "--format=%(trailers:key=Pleach-Task,valueonly,separator=)";
  const landed = git(root, "log", trailers, `main..pleach/${run}`).trim().split("\n").sort();
  if (landed.join() !== [...expected.tasks].sort().join()) wrong.push(`on the branch are: ${landed.join(", ")}`);
  const locks = await listLocks(join(root, ".git"));
  if (locks.length > 0) wrong.push(`locks of git are left: ${locks.join(", ")}`);
  if (existsSync(join(root, ".git", "pleach.writes"))) wrong.push("notes of changes with git are left");
  const worktrees = git(root, "worktree", "list", "--porcelain").match(/^worktree .*$/gm) ?? [];
  if (worktrees.length !== 1) wrong.push(`worktrees are left: ${worktrees.join(", ")}`);
  const changes = git(root, "status", "--porcelain").trim();
  if (changes !== "") wrong.push(`the user's checkout was changed: ${changes}`);
  const folder = `${root}.worktrees`;
  const folders = existsSync(folder) ? readdirSync(folder, { recursive: true }) : [];
  if (folders.some((name) => existsSync(join(folder, String(name), ".git")))) wrong.push("a worktree's folder is left");
  if (folders.some((name) => String(name).includes("pleach-trash"))) wrong.push("what a removal threw away is left");
  return wrong;
}

/** A folder and what is in it, as far as anybody but its user may read or change it. */
export function listOpen(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = [folder, ...entries.map((entry) => join(entry.parentPath, entry.name))];
  return paths.filter((path) => (lstatSync(path).mode & 0o077) !== 0);
}

/** Every task finished once, landed once, and was not started again after it had finished. */
export function findTaskViolations(records: readonly LogRecord[], expected: Expected): string[] {
  const wrong: string[] = [];
  for (const task of expected.tasks) {
    const own = records.filter(({ actor }) => actor === `task:${task}`);
    const exits = own.filter(({ type, data }) => type === "agent.exited" && (data as { ok: boolean }).ok);
    const landed = own.filter(({ type }) => type === "merge.landed");
    if (expected.isIsolated && landed.length !== 1) wrong.push(`${task} landed ${landed.length} times`);
    if (expected.mayRerun?.includes(task)) {
      if (exits.length === 0) wrong.push(`${task} never finished`);
      continue;
    }
    if (exits.length !== 1) wrong.push(`${task} finished ${exits.length} times`);
    const after = exits[0]?.seq ?? Number.POSITIVE_INFINITY;
    const again = own.filter(({ seq, effects }) => seq > after && effects.some(({ name }) => name === "startAgent"));
    if (again.length > 0) wrong.push(`${task} was run again after it had finished`);
  }
  return wrong;
}
