/**
 * Processes that workers of dead hosts left at work.
 *
 * LEFT-1 A process is listed first, and then it is looked whether its run has a host: what was there before a host cannot be
 *    that host's. Just these are ended, each known by its start, and only while their run has none.
 */
import {
  endProcesses,
  type FoundProcess,
  findAttended,
  findProcesses,
  findPrograms,
  listWorkers,
  type RunningProgram,
} from "../../actors/process/index.ts";
import { type Leftover, MENDED, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

const GRACE_MS = 3_000;
/** How far start times of processes and dates of files may be apart. */
const BLUR_MS = 2_000;

/** A worktree of a run, made at some moment. */
export interface OwnFolder {
  run: string;
  path: string;
  madeAtMs: number;
}

type Programs = ReadonlyMap<number, RunningProgram>;

/** Those that carry the identity of a run, and those that hid it and work in one of the folders. */
export async function findLeftProcesses(runs: Runs, folders: readonly OwnFolder[]): Promise<Leftover[]> {
  const { repo } = runs.folderOf("any");
  const workers = await listWorkers(repo);
  const left: Leftover[] = [];
  const programs = new Map(((await findPrograms(() => true)) ?? []).map((each) => [each.pid, each]));
  for (const run of new Set([...(await runs.list()), ...workers.map((each) => each.run)])) {
    const found = await findProcesses({ run, repo });
    if (found.length === 0 || (await runs.findHolder(run)) !== null) continue;
    const isGone = (await runs.standingOf(run)).kind === "gone";
    const parent = isGone ? findAttended(found.map(({ pid }) => pid)) : null;
    const why = isGone ? `nothing is left of its run ${run}` : `the host of its run ${run} is dead`;
    const held = parent === null ? null : `${why}, but who started process ${parent} lives`;
    for (const each of found)
      left.push(describe(runs, each, { run, why: held ?? why, programs, isHeld: held !== null }));
  }
  const known = new Set([...workers, ...left].map(({ pid }) => pid));
  for (const { run, path, madeAtMs } of folders) {
    const found = await findProcesses({ run, repo, place: path });
    if (found.length === 0 || (await runs.findHolder(run)) !== null) continue;
    for (const each of found.filter(({ pid }) => !known.has(pid))) {
      known.add(each.pid);
      const startedAtMs = programs.get(each.pid)?.startedAtMs ?? 0;
      const isHeld = startedAtMs < madeAtMs - BLUR_MS;
      const why = `it works in a worktree of run ${run}, whose host is dead`;
      left.push(describe(runs, each, { run, why: isHeld ? `${why}, but is older than that` : why, programs, isHeld }));
    }
  }
  return left;
}

function describe(
  runs: Runs,
  process: FoundProcess,
  { run, why, programs, isHeld }: { run: string; why: string; programs: Programs; isHeld: boolean },
): Leftover {
  const program = programs.get(process.pid);
  const about = {
    kind: "process" as const,
    path: program?.folder ?? runs.folderOf(run).path,
    pid: process.pid,
    run,
    why: program === undefined ? why : `${program.name}: ${why}`,
  };
  if (isHeld) return { ...about, mend: null };
  return mendable(about, "end", async () => {
    const held = await runs.findHolder(run);
    if (held !== null) return { kind: "kept", why: held };
    const survivors = await endProcesses([process], { graceMs: GRACE_MS });
    return survivors.length === 0 ? MENDED : { kind: "kept", why: "it lives on in spite of SIGKILL" };
  });
}
