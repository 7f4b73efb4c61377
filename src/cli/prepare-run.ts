/** From a plan on disk to what a host begins with: checked, with the patterns that fit its tasks. */
import { resolve } from "node:path";
import { newRunId, runFolder } from "../actors/control/run-folder.ts";
import { chooseWorktreePlace } from "../actors/control/worktree-place.ts";
import {
  integrationBranch,
  listTrackedFiles,
  openRepository,
  readBranch,
  requireFreeNames,
  resolveBase,
} from "../actors/git/index.ts";
import { describeTask } from "../actors/patterns/describe-task.ts";
import { loadPatterns } from "../actors/patterns/load-patterns.ts";
import type { RootOptions } from "../actors/run-actors/root.ts";
import { PleachError } from "../errors.ts";
import { analyzePlan, loadPlan, type Plan, type PlanAnalysis, type PlanIssue, remainingPathMs } from "../plan/index.ts";
import type { RunManifest } from "../protocol/values.ts";
import type { PatternMatch } from "../vault/index.ts";
import { type Place, worktreeWishes } from "./place.ts";
import { vaultFolders } from "./vault-folders.ts";

/** Patterns shown for one task. */
const MAX_PATTERNS = 3;
/** A task's duration when nobody knows better, ms. */
const UNKNOWN_MS = 60_000;

export interface PlanOptions {
  concurrency?: number;
  agent?: string;
  vault?: string;
}

export interface CheckedPlan {
  plan: Plan | null;
  errors: PlanIssue[];
  warnings: PlanIssue[];
  analysis: PlanAnalysis | null;
  predictions: { task: string; patterns: PatternMatch[] }[];
  /** Files that git tracks, where tasks work on those. */
  files: readonly string[];
}

/** Everything that can be said of a plan, and of pleach.yaml, without running it. `name` is as the person gave it. */
export async function checkPlan(place: Place, name: string, options: PlanOptions): Promise<CheckedPlan> {
  const { root, config } = place;
  const { plan, ...issues } = loadPlan(resolve(place.dir, name), {
    root,
    config,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
  });
  const errors = [...place.errors, ...issues.errors];
  const warnings = [...place.warnings, ...issues.warnings];
  if (plan === null || errors.length > 0)
    return { plan: null, errors, warnings, analysis: null, predictions: [], files: [] };
  const files =
    place.isRepository && plan.isolation === "worktree" ? await listTrackedFiles(await openRepository(root)) : [];
  const analysis = analyzePlan(plan, { files });
  const predictions = await predict(plan, root, vaultFolders(place, options.vault));
  return { plan, errors, warnings: [...warnings, ...analysis.warnings], analysis, predictions, files };
}

/** Patterns that fit tasks, from the vaults that there are. */
export async function predict(plan: Plan, root: string, vaults: string[]): Promise<CheckedPlan["predictions"]> {
  const library = await loadPatterns(vaults, root);
  if (library === null) return [];
  await library.refresh();
  return plan.tasks
    .map((task) => ({ task: task.id, patterns: library.find(describeTask(plan, task), MAX_PATTERNS) }))
    .filter(({ patterns }) => patterns.length > 0);
}

export interface Beginning {
  run: string;
  manifest: RunManifest;
  options: RootOptions;
  /** What a person should know before all else, a line each. */
  notes: string[];
}

interface PrepareOptions {
  runId: string | undefined;
  predictions: CheckedPlan["predictions"];
  /** Whether its questions are answered by the table of unattended answers. */
  unattended?: boolean;
}

/**
 * What a new run starts with. Throws `run.exists`, `usage.badRunId`, or an error of git when the plan needs a repository
 * that is not there.
 */
export async function prepareRun(
  place: Place,
  plan: Plan,
  { runId, predictions, unattended = false }: PrepareOptions,
): Promise<Beginning> {
  const run = runId ?? newRunId(Date.now(), Math.random());
  if ((await place.engine.openLog(runFolder(place.root, run)).newestEpoch()) !== null) {
    throw new PleachError("run.exists", `there is a run ${run} already`, {
      hint: `choose another --run-id, or go on with it: pleach resume ${run}`,
    });
  }
  const patterns = Object.fromEntries(
    predictions.map(({ task, patterns: found }) => [task, found.map(({ id }) => id)]),
  );
  const notes: string[] = [];
  const manifest: RunManifest = { run, plan, base: null, baseBranch: null, branch: null, patterns };
  if (unattended) manifest.unattended = true;
  if (plan.isolation === "worktree") {
    const repo = await openRepository(place.root);
    const base = await resolveBase(repo, plan.base);
    if ((await readBranch(repo, integrationBranch(run))) !== null) {
      throw new PleachError("run.exists", `the branch ${integrationBranch(run)} exists already`, {
        hint: "choose another --run-id, or delete the branch if nothing on it is needed",
      });
    }
    await requireFreeNames(repo, run);
    const { folder, note } = chooseWorktreePlace(runFolder(place.root, run), worktreeWishes(place));
    if (note !== null) notes.push(note);
    const { commit, branch } = base;
    Object.assign(manifest, { base: commit, baseBranch: branch, branch: integrationBranch(run), worktrees: folder });
  }
  const seed = Math.floor(Math.random() * 2 ** 32);
  const options = { seed, expectedMs: {}, unknownMs: UNKNOWN_MS, pathMs: remainingPathMs(plan, {}) };
  return { run, manifest, options, notes };
}
