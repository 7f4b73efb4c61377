/**
 * Finds the learned patterns for the agents of one run. The vault's notes are read when the first agent is started, and
 * looked at again before each further one: what a person edits, pins or retires meanwhile counts at once.
 *
 * PATTERNS-1 No start fails because of the vault, and none waits for it longer than `PATIENCE_MS`: then what is known by then is
 *    all there is. Reading goes on in the background, for the next start.
 * PATTERNS-2 What is wrong with the vault is said once a run.
 */
import { join } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Plan, Task } from "../../plan/model.ts";
import { isPlanning } from "../../plan/planning.ts";
import type { PatternLibrary, PatternMatch, TaskToMatch } from "../../vault/index.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { readReportTail } from "../gates/report-tail.ts";
import type { LastFailure } from "../projections/last-failure.ts";
import type { RunMeta } from "../projections/run-view.ts";
import { describeTask } from "./describe-task.ts";
import { loadPatterns } from "./load-patterns.ts";

/** An agent works for minutes; a vault of thousands of notes is read within a second. */
const PATIENCE_MS = 2_000;
/** Candidates for the part of a prompt that has room for about five. */
const MAX_FOUND = 12;
export interface FoundPatterns {
  /** Best first; those that know the failure of the attempt before lead. */
  patterns: PatternMatch[];
  /** One line for the run's warnings; null when all is well, or was said before. */
  trouble: string | null;
}

export interface RunPatternsOptions {
  /** Loads and opens what reads the vaults; null while there is nothing to read. */
  open: () => Promise<PatternLibrary | null>;
  /** Folder of the run. */
  folder: string;
  /** How the newest attempt of a task that failed did so. */
  lastFailure: (task: string) => LastFailure | undefined;
  patienceMs?: number;
}

/** The patterns for a run, from these vaults and its repository; `meta` is the run's own and is asked when it is needed. */
export function openRunPatterns(vaults: readonly string[], folder: RunFolder, meta: RunMeta): RunPatterns {
  return new RunPatterns({
    open: () => loadPatterns(vaults, folder.root),
    folder: folder.path,
    lastFailure: (task) => meta.failures[task],
  });
}

/** See `openRunPatterns`, and the file's head. */
export class RunPatterns {
  readonly #options: RunPatternsOptions;
  #library: PatternLibrary | null = null;
  #hasComplained = false;

  constructor(options: RunPatternsOptions) {
    this.#options = options;
  }

  /** Patterns for a worker of the task. `signal` ends the waiting. Never rejects. */
  forWork(plan: Plan, task: Task, signal: AbortSignal): Promise<FoundPatterns> {
    const failure = this.#readFailure(task.id);
    const reader = isPlanning(task) ? "planner" : "builder";
    return this.#find({ ...describeTask(plan, task), reader, ...(failure && { failure }) }, signal);
  }

  /** Patterns for who reviews a change of these files. */
  forReview(plan: Plan, task: Task, files: readonly string[], signal: AbortSignal): Promise<FoundPatterns> {
    const { others: _none, ...asked } = describeTask(plan, task);
    return this.#find({ ...asked, scope: files, reader: "reviewer" }, signal);
  }

  async #find(asked: TaskToMatch, signal: AbortSignal): Promise<FoundPatterns> {
    try {
      this.#library ??= await this.#options.open();
      const library = this.#library;
      if (library === null) return { patterns: [], trouble: null };
      const isFresh = await isDoneWithin(library.refresh(), this.#options.patienceMs ?? PATIENCE_MS, signal);
      const patterns = library.find(asked, MAX_FOUND);
      return { patterns, trouble: this.#complain(describeTrouble(library, isFresh || signal.aborted)) };
    } catch (thrown) {
      return { patterns: [], trouble: this.#complain(`the vault cannot be read: ${messageOf(thrown)}`) };
    }
  }

  #complain(trouble: string | null): string | null {
    if (trouble === null || this.#hasComplained) return null;
    this.#hasComplained = true;
    return trouble;
  }

  #readFailure(task: string): TaskToMatch["failure"] {
    const failure = this.#options.lastFailure(task);
    if (failure === undefined) return undefined;
    const { kind, by, text, files, report } = failure;
    const kept = report === null ? "" : readReportTail(join(this.#options.folder, report));
    return { kind, by, files, text: kept.trim() === "" ? text : kept };
  }
}

function describeTrouble({ warnings }: PatternLibrary, isFresh: boolean): string | null {
  if (!isFresh) return "the vault takes long to read: agents start without what is not read yet";
  const [first, ...others] = warnings;
  if (first === undefined) return null;
  return `the vault: ${first}${others.length === 0 ? "" : ` (and ${others.length} more; pleach vault check lists them)`}`;
}

/** Whether the work ended before the time or the signal did; it goes on in any case. */
async function isDoneWithin(work: Promise<void>, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return new Promise((resolve, reject) => {
    const end = (isDone: boolean): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", aborted);
      resolve(isDone);
    };
    const aborted = (): void => end(false);
    const timer = setTimeout(aborted, ms);
    signal.addEventListener("abort", aborted);
    work.then(() => end(true), reject);
  });
}
