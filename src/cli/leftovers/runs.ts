/**
 * How the runs of a repository stand, for whoever tidies up after them: none is touched that has a host, or of which it cannot
 * be told.
 */
import { lstatSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readRun } from "../../actors/client/attach.ts";
import type { Engine } from "../../actors/control/engine.ts";
import { isRunId, type RunFolder, runFolder, WORKSPACE } from "../../actors/control/run-folder.ts";
import { listAdminDirs, type Repository } from "../../actors/git/index.ts";
import { endOfTask } from "../../actors/projections/run-view.ts";
import { messageOf } from "../../errors.ts";

/**
 * `held`: it has a host, or may have one, or a person works in it. `open`: it can be gone on with. `gone`: no checkout has a folder of it.
 */
export type Standing =
  | { kind: "held"; why: string }
  | { kind: "open" }
  | { kind: "over"; endedAt: number | null; endOf: (task: string) => { isDone: boolean; commit: string | null } | null }
  | { kind: "gone" };

export class Runs {
  readonly root: string;
  readonly #engine: Engine;
  readonly #repo: Repository | null;
  readonly #ends = new Map<string, Promise<Standing>>();

  constructor({ root, engine }: { root: string; engine: Engine }, repo: Repository | null) {
    this.root = root;
    this.#engine = engine;
    this.#repo = repo;
  }

  /** Ids of the runs that have a log in this checkout. */
  list(): Promise<string[]> {
    return this.#engine.listRuns(this.root);
  }

  folderOf(run: string): RunFolder {
    return runFolder(this.root, run);
  }

  /** The number of its newest epoch; null when that cannot be read. */
  async newestEpochOf(run: string): Promise<number | null> {
    const record = await this.#engine
      .openLog(this.folderOf(run))
      .newestEpoch()
      .catch(() => null);
    const epoch = (record?.data as { epoch?: unknown } | null | undefined)?.epoch;
    return Number.isSafeInteger(epoch) ? Number(epoch) : null;
  }

  /** Why nothing of the run may be touched now; null when it has no host. Looked for afresh each time. */
  async findHolder(run: string): Promise<string | null> {
    if (!isRunId(run)) return "it is no run of pleach";
    if (!isThere(this.folderOf(run).path)) {
      const other = await this.#findElsewhere(run);
      return other === null ? null : `it is a run of ${other}`;
    }
    try {
      const holder = await this.#engine.openLease(this.folderOf(run)).findHolder();
      return holder === null ? null : `run ${run} is at work (process ${holder.pid})`;
    } catch (thrown) {
      return `whether run ${run} is at work cannot be told: ${messageOf(thrown)}`;
    }
  }

  /** How it stands; asked once, for what is found. */
  standingOf(run: string): Promise<Standing> {
    const known = this.#ends.get(run) ?? this.#look(run);
    this.#ends.set(run, known);
    return known;
  }

  async #look(run: string): Promise<Standing> {
    const why = await this.findHolder(run);
    if (why !== null) return { kind: "held", why };
    const folder = this.folderOf(run);
    if (!isThere(folder.path)) return { kind: "gone" };
    try {
      const reader = await readRun(this.#engine, folder);
      const { system } = reader;
      const taken = reader.status().tasks.find(({ status }) => status === "takenOver");
      if (taken !== undefined) return { kind: "held", why: `a person has taken over ${taken.id} of run ${run}` };
      if (system.actors.get("run")?.status !== "done") return { kind: "open" };
      const { endedAt } = reader.meta;
      return { kind: "over", endedAt, endOf: (task) => endOfTask(system, task) };
    } catch (thrown) {
      return { kind: "held", why: `the log of run ${run} cannot be read: ${messageOf(thrown)}` };
    }
  }

  /** Another checkout of the repository that has a folder of the run; null when none has. */
  async #findElsewhere(run: string): Promise<string | null> {
    if (this.#repo === null) return null;
    const { commonDir } = this.#repo;
    const main = basename(commonDir) === ".git" ? [dirname(commonDir)] : [];
    const checkouts = [...main, ...(await listAdminDirs(this.#repo)).map(({ path }) => path)];
    return checkouts.find((path) => isThere(join(path, WORKSPACE, run))) ?? null;
  }
}

/** Also of a folder that may not be looked into it is not said that it is gone. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}
