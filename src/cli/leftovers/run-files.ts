/**
 * Files of runs that are over: what was printed, and whole folders with their logs.
 *
 * RUNFILE-1 A run's folder goes only as its host would take it: who removes it has begun an epoch of its own, so that nobody else
 *    begins one, or is refused because somebody has.
 * RUNFILE-2 The folder of a run of which anything is left in git stays: it tells why that did not land.
 */
import { lstat, readdir, rm, rmdir } from "node:fs/promises";
import { join } from "node:path";
import { describeSelf } from "../../actors/control/epoch-lease.ts";
import { readProgram } from "../../actors/control/program.ts";
import { isRunId, type RunFolder, refuseLinkedFolders } from "../../actors/control/run-folder.ts";
import { listRefs, moveToTrash, type Repository } from "../../actors/git/index.ts";
import { runLogics } from "../../actors/run-actors/root.ts";
import { hashMachines } from "../../actors/runtime/machine-hash.ts";
import { toMachines } from "../../actors/runtime/runtime.ts";
import { HOST } from "../../protocol/address.ts";
import type { RunPlace } from "../place.ts";
import { type Leftover, MENDED, type Mended, mendable } from "./leftover.ts";
import type { Runs } from "./runs.ts";

/** How long after its end a run may still write, ms. */
const MARGIN_MS = 60_000;

/** A run that is over, and when it was. */
export interface EndedRun {
  run: string;
  endedAt: number;
}

interface FoundFile {
  path: string;
  bytes: number;
}

/** What these runs printed. */
export async function findOutputs(runs: Runs, ended: readonly EndedRun[]): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const { run, endedAt } of ended) {
    const { out } = runs.folderOf(run);
    const list = () => listFiles(out, endedAt + MARGIN_MS);
    const files = await list();
    if (files.length === 0) continue;
    const about = { kind: "outputs" as const, path: out, run, why: wordEnd(run, endedAt) };
    const remove = async (): Promise<Mended> => {
      const held = await runs.findHolder(run);
      if (held !== null) return { kind: "kept", why: held };
      for (const { path } of await list()) await rm(path, { force: true });
      await removeEmpty(out);
      return MENDED;
    };
    left.push({ ...mendable(about, "remove", remove), bytes: sumOf(files) });
  }
  return left;
}

/** The folders of these runs; `isLeft` says of which of them something stays. */
export async function findRunFolders(
  place: RunPlace,
  {
    runs,
    repo,
    ended,
    isLeft,
  }: { runs: Runs; repo: Repository | null; ended: readonly EndedRun[]; isLeft: (run: string) => boolean },
): Promise<Leftover[]> {
  const left: Leftover[] = [];
  for (const { run, endedAt } of ended) {
    const folder = runs.folderOf(run);
    const about = { kind: "run" as const, path: folder.path, run };
    const act = () => removeFolder(place, runs, { folder, repo });
    if (isLeft(run)) {
      const why = `${wordEnd(run, endedAt)}, but it tells of work that is on no branch of yours (pleach recover)`;
      left.push({ ...about, why, mend: null, force: act });
      continue;
    }
    const bytes = sumOf(await listFiles(folder.path, Number.POSITIVE_INFINITY));
    const why = `${wordEnd(run, endedAt)}, and all that it made is on your branches`;
    left.push({ ...mendable({ ...about, why }, "remove", act), bytes });
  }
  return left;
}

async function removeFolder(
  { engine }: RunPlace,
  runs: Runs,
  { folder, repo }: { folder: RunFolder; repo: Repository | null },
): Promise<Mended> {
  const { run } = folder;
  const held = (await runs.findHolder(run)) ?? (await findRest(repo, run));
  if (held !== null) return { kind: "kept", why: held };
  refuseLinkedFolders(folder.path);
  const log = engine.openLog(folder);
  const self = describeSelf();
  const begin = () =>
    log.beginEpoch((epoch) => {
      const machines = hashMachines(toMachines(runLogics));
      const data = { epoch, ...self, program: readProgram(), machines, purpose: "ship", socket: null };
      return { time: Date.now(), actor: HOST, type: "epoch.started", data, effects: [], cause: null };
    });
  const taken = await engine.openLease(folder).acquire(self, begin);
  if (taken.kind === "held") return { kind: "kept", why: `run ${run} is at work (process ${taken.by.pid})` };
  try {
    await taken.begun.close();
    // Somebody may have worked on it just before.
    const rest = await findRest(repo, run);
    if (rest !== null) return { kind: "kept", why: rest };
    await (await moveToTrash(folder.path))();
    return MENDED;
  } finally {
    await taken.release();
  }
}

async function findRest(repo: Repository | null, run: string): Promise<string | null> {
  const own = repo === null ? [] : (await listRefs(repo, isRunId)).own.filter((each) => each.run === run);
  const [first] = own;
  return first === undefined ? null : `${first.branch ?? first.ref} is left of it`;
}

const wordEnd = (run: string, endedAt: number): string =>
  `its run ${run} is over since ${new Date(endedAt).toISOString().slice(0, 10)}`;

const sumOf = (files: readonly FoundFile[]): number => files.reduce((sum, { bytes }) => sum + bytes, 0);

/** Files in a folder that are not younger than that; no link is followed. */
async function listFiles(folder: string, untilMs: number): Promise<FoundFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const files: FoundFile[] = [];
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) files.push(...(await listFiles(path, untilMs)));
    else {
      const found = await lstat(path).catch(() => null);
      if (found !== null && found.mtimeMs <= untilMs) files.push({ path, bytes: found.size });
    }
  }
  return files;
}

/** Folders in it that are empty, not itself. */
async function removeEmpty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (!entry.isDirectory()) continue;
    await removeEmpty(join(folder, entry.name));
    await rmdir(join(folder, entry.name)).catch(() => {});
  }
}
