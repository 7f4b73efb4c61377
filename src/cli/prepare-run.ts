/** From a plan on disk to what a host begins with: checked, with the patterns that fit its tasks. */
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
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
import {
  analyzePlan,
  type Concurrency,
  loadPlan,
  type Plan,
  type PlanAnalysis,
  type PlanIssue,
  remainingPathMs,
} from "../plan/index.ts";
import { mostAtOnce } from "../protocol/machine-room.ts";
import type { RunManifest } from "../protocol/values.ts";
import type { PatternMatch, UsualTime } from "../vault/index.ts";
import { type Place, worktreeWishes } from "./place.ts";
import { vaultFolders } from "./vault-folders.ts";

/** Patterns shown for one task. */
const MAX_PATTERNS = 3;
/** A task's duration when nobody knows better, ms. */
const UNKNOWN_MS = 60_000;

export interface PlanOptions {
  concurrency?: Concurrency;
  agent?: string;
  vault?: string;
}

export interface CheckedPlan {
  plan: Plan | null;
  errors: PlanIssue[];
  warnings: PlanIssue[];
  analysis: PlanAnalysis | null;
  predictions: { task: string; patterns: PatternMatch[] }[];
  /** What earlier runs say of how long it takes. */
  usual: UsualRun;
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
    mostAtOnce: mostAtOnce(availableParallelism()),
    ...(options.agent === undefined ? {} : { agent: options.agent }),
  });
  const errors = [...place.errors, ...issues.errors];
  const warnings = [...place.warnings, ...issues.warnings];
  if (plan === null || errors.length > 0)
    return { plan: null, errors, warnings, analysis: null, predictions: [], usual: NOTHING_USUAL, files: [] };
  const files =
    place.isRepository && plan.isolation === "worktree" ? await listTrackedFiles(await openRepository(root)) : [];
  const vaults = vaultFolders(place, options.vault);
  const usual = await findUsual(plan, vaults);
  const analysis = analyzePlan(plan, { files, durationsMs: middleOf(usual) });
  const predictions = await predict(plan, root, vaults);
  return { plan, errors, warnings: [...warnings, ...analysis.warnings], analysis, predictions, usual, files };
}

/** What earlier runs took, for tasks of which that is known. */
export interface UsualRun {
  tasks: Record<string, UsualTime>;
  gates: Record<string, number>;
}

const NOTHING_USUAL: UsualRun = { tasks: {}, gates: {} };

/** How long tasks and gates of a plan took before, as the vaults tell. */
export async function findUsual(plan: Plan, vaults: readonly string[]): Promise<UsualRun> {
  if (!vaults.some((folder) => existsSync(folder))) return NOTHING_USUAL;
  const { readUsualTimes } = await import("../vault/index.ts");
  const times = readUsualTimes(vaults);
  if (times === null) return NOTHING_USUAL;
  const tasks = plan.tasks.flatMap(({ id, stream, work }) => {
    const usual = times.task({ id, stream, agent: work.kind === "agent" ? work.agent : null });
    return usual === null ? [] : [[id, usual] as const];
  });
  const names = new Set(plan.gates.map(({ name }) => name));
  const gates = Object.entries(times.gates).filter(([name]) => names.has(name));
  return { tasks: Object.fromEntries(tasks), gates: Object.fromEntries(gates) };
}

/** Tests of the plan's gates that earlier runs saw red and green on one tree, as the vaults tell. */
export async function findFlaky(plan: Plan, vaults: readonly string[]): Promise<Record<string, string[]>> {
  if (plan.gates.length === 0 || !vaults.some((folder) => existsSync(folder))) return {};
  const { readFlakyTests } = await import("../vault/index.ts");
  const names = new Set(plan.gates.map(({ name }) => name));
  return Object.fromEntries(Object.entries(readFlakyTests(vaults)).filter(([gate]) => names.has(gate)));
}

const middleOf = ({ tasks }: UsualRun): Record<string, number> =>
  Object.fromEntries(Object.entries(tasks).map(([id, { mid }]) => [id, mid]));

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
  /** What earlier runs took. */
  usual?: UsualRun;
  /** Tests that earlier runs saw red and green on one tree, by gate. */
  flaky?: Record<string, string[]>;
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
  { runId, predictions, usual = NOTHING_USUAL, flaky = {}, unattended = false }: PrepareOptions,
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
  if (Object.keys(usual.tasks).length > 0 || Object.keys(usual.gates).length > 0) manifest.usual = usual;
  if (Object.keys(flaky).length > 0) manifest.flaky = flaky;
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
  const expectedMs = middleOf(usual);
  const options = { seed, expectedMs, unknownMs: UNKNOWN_MS, pathMs: remainingPathMs(plan, expectedMs) };
  return { run, manifest, options, notes };
}
