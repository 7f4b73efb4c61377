/** From a plan on disk to what a host begins with: checked, with the patterns that fit its tasks. */
import { resolve } from "node:path";
import { integrationBranch, listTrackedFiles, openRepository, resolveBase } from "../actors/git/index.ts";
import type { RootOptions } from "../actors/job/root.ts";
import { newRunId, runFolder } from "../actors/run-folder.ts";
import type { RunAbout } from "../actors/view/run-view.ts";
import { PleachError } from "../errors.ts";
import { analyzePlan, loadPlan, type Plan, type PlanAnalysis, type PlanIssue, remainingPathMs, type Task } from "../plan/index.ts";
import { openPatterns, type PatternMatch } from "../vault/index.ts";
import type { Place } from "./place.ts";

/** Patterns shown for one task. */
const MOST_PATTERNS = 3;
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
}

/** Folders of the vaults that are read, the one that is written first. */
export function vaultFolders({ root, config }: Place, vault: string | undefined): string[] {
  return [vault === undefined ? resolve(root, config.vault) : resolve(vault), ...config.vaults.map((path) => resolve(root, path))];
}

/** Everything that can be said of a plan without running it. */
export async function checkPlan(place: Place, path: string, options: PlanOptions): Promise<CheckedPlan> {
  const { root, config } = place;
  const { plan, errors, warnings } = loadPlan(path, {
    root,
    config,
    ...(options.concurrency === undefined ? {} : { concurrency: options.concurrency }),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
  });
  const all = [...place.warnings, ...warnings];
  if (plan === null) return { plan, errors, warnings: all, analysis: null, predictions: [] };
  const files = place.isRepository && plan.isolation === "worktree" ? await listTrackedFiles(await openRepository(root)) : [];
  const analysis = analyzePlan(plan, { files });
  const predictions = await predict(plan.tasks, vaultFolders(place, options.vault));
  return { plan, errors, warnings: [...all, ...analysis.warnings], analysis, predictions };
}

async function predict(tasks: readonly Task[], vaults: string[]): Promise<CheckedPlan["predictions"]> {
  const patterns = await openPatterns(vaults);
  return tasks
    .map((task) => {
      const { id, title, stream, scope = [], gates, work } = task;
      const words = work.kind === "run" ? { instruction: "", command: work.command } : { instruction: work.instruction };
      return { task: id, patterns: patterns.find({ id, title, stream, scope, gates, ...words }, MOST_PATTERNS) };
    })
    .filter(({ patterns: found }) => found.length > 0);
}

export interface Beginning {
  run: string;
  about: RunAbout;
  options: RootOptions;
}

/** What a new run starts with. Throws an error of git when the plan needs a repository that is not there. */
export async function prepareRun(
  place: Place,
  plan: Plan,
  { runId, predictions }: { runId: string | undefined; predictions: CheckedPlan["predictions"] },
): Promise<Beginning> {
  const run = runId ?? newRunId(Date.now(), Math.random());
  runFolder(place.root, run);
  const patterns = Object.fromEntries(predictions.map(({ task, patterns: found }) => [task, found.map(({ id }) => id)]));
  const about: RunAbout = { run, plan, base: null, baseBranch: null, branch: null, patterns };
  if (plan.isolation === "worktree") {
    const repo = await openRepository(place.root);
    const base = await resolveBase(repo, plan.base);
    Object.assign(about, { base: base.commit, baseBranch: base.branch, branch: integrationBranch(run) });
  }
  const seed = Math.floor(Math.random() * 2 ** 32);
  const options = { seed, expectedMs: {}, unknownMs: UNKNOWN_MS, pathMs: remainingPathMs(plan, {}) };
  return { run, about, options };
}

/** The error for a plan that does not hold, naming the first thing wrong. */
export function badPlan(path: string, errors: readonly PlanIssue[]): PleachError {
  const [first] = errors;
  return new PleachError(first?.code ?? "plan.invalid", `${path} is no valid plan: ${first?.message ?? ""}`, {
    ...(first ? { hint: first.hint, file: first.file, line: first.line } : {}),
  });
}
