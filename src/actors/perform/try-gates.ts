/**
 * Tries gates without a run: one worktree is made at a commit and set up as the gates of a run have it, each gate is run in
 * it, and everything is taken away again. Settings, hooks and stashed work of the repository are watched meanwhile as in a run.
 */
import { cp, lstat, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Gate, Plan, ProjectConfig, Variables } from "../../plan/model.ts";
import type { Told } from "../../protocol/events.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import { confinePath } from "../../safe-files/index.ts";
import { newRunId, runFolder } from "../control/run-folder.ts";
import { chooseWorktreePlace, type PlaceWishes } from "../control/worktree-place.ts";
import { memoryVerdicts } from "../gates/index.ts";
import { openRepository, SharedWatch } from "../git/index.ts";
import type { Executor } from "../process/index.ts";
import { checkTree } from "./check-tree.ts";
import { inWindow } from "./in-window.ts";
import { PortRanges } from "./port-ranges.ts";
import type { CheckContext } from "./run-context.ts";
import { gateWorker, openGateWorktree, removeEmptyFolders, removeGateWorktree } from "./worktrees.ts";

export interface TrialOptions {
  root: string;
  /** What the gates are run on. */
  commit: string;
  /** How worktrees are prepared. */
  config: ProjectConfig;
  /** Variables of all commands. */
  variables: Variables;
  executor: Executor;
  wishes: PlaceWishes;
  /** Gates that run at once. */
  gateConcurrency: number;
  /** Told in words what changed that all worktrees share, and what was done about it. */
  onWarning: (text: string) => void;
}

export interface TriedGate extends Pick<GateOutcome, "name" | "required" | "status" | "durationMs" | "summary"> {
  timedOut: boolean;
  /** Of a red one: its failing tests, or the last lines that it wrote. */
  evidence: string[];
}

/** A worktree that is prepared, for as long as somebody tries things in it. */
export interface Trial {
  /** What preparing it took, ms. */
  setupMs: number;
  run(gates: readonly Gate[], onProgress?: (gate: string, status: string) => void): Promise<TriedGate[]>;
  /** Copies files of the checkout into it; resolves with those that could be copied. */
  bring(paths: readonly string[]): Promise<string[]>;
}

export type TrialEnd<T> = { kind: "tried"; result: T } | { kind: "notPrepared"; reason: string; evidence: string[] };

const NAME = "@merge";

/** Prepares a worktree, has it used, and takes it away. Rejects with an error of git. */
export async function withTrial<T>(
  options: TrialOptions,
  signal: AbortSignal,
  use: (trial: Trial) => Promise<T>,
): Promise<TrialEnd<T>> {
  const outside = await mkdtemp(join(tmpdir(), "pleach-try-"));
  const run = await openContext(options, outside);
  try {
    const began = performance.now();
    const warn = async ({ changes }: { changes: string[] }): Promise<void> => {
      for (const change of changes) options.onWarning(change);
    };
    return await inWindow(run, { who: "the trial", task: NAME }, warn, async () => {
      const place = await openGateWorktree(run, { name: NAME, commit: options.commit, afresh: true }, signal);
      if (place.kind === "failed") {
        return { kind: "notPrepared", reason: place.reason, evidence: place.evidence ?? [] };
      }
      const setupMs = Math.round(performance.now() - began);
      let times = 0;
      const trial: Trial = {
        setupMs,
        run: async (gates, onProgress) => {
          const worker = await gateWorker(run, NAME);
          const reports = `try.${++times}`;
          const report = async (fact: Told<"gate.started" | "gate.ended">): Promise<void> =>
            onProgress?.(fact.gate, fact.type === "gate.started" ? "running" : fact.status);
          const results = await checkTree(run, { gates, path: place.path, worker, reports, report }, signal);
          return results.map(describe);
        },
        bring: (paths) => bring(options.root, place.path, paths),
      };
      return { kind: "tried", result: await use(trial) };
    });
  } finally {
    await removeGateWorktree(run, NAME);
    // A worktree that could not be prepared is gone already, its folders are not.
    await removeEmptyFolders(run);
    await run.shared?.close().catch(() => undefined);
    await rm(outside, { recursive: true, force: true });
  }
}

async function openContext(options: TrialOptions, outside: string): Promise<CheckContext> {
  const { root, commit, config, variables, executor, wishes, gateConcurrency } = options;
  const id = newRunId(Date.now(), Math.random());
  const place = runFolder(root, id);
  const plan: Plan = {
    goal: "try the gates",
    ...{ concurrency: 1, isolation: "worktree", budget: { mode: "soft" }, gates: [], resources: {} },
    ...{ streams: [], agents: [], tasks: [] },
    ...variables,
  };
  const repo = await openRepository(root);
  return {
    manifest: { run: id, plan, base: commit, baseBranch: null, branch: null, patterns: {} },
    folder: { ...place, path: outside, out: join(outside, "out"), events: join(outside, ".ce-events") },
    config,
    repo,
    worktrees: chooseWorktreePlace(place, wishes).folder,
    shared: new SharedWatch(repo, id),
    executor,
    verdicts: memoryVerdicts(),
    parentEnv: wishes.env,
    ports: new PortRanges(id),
    gateConcurrency,
  };
}

function describe({
  name,
  required,
  status,
  durationMs,
  summary,
  timedOut = false,
  evidence = [],
}: GateOutcome): TriedGate {
  return { name, required, status, durationMs, summary, timedOut, evidence };
}

async function bring(root: string, worktree: string, paths: readonly string[]): Promise<string[]> {
  const brought: string[] = [];
  for (const path of paths) {
    const [source, target] = [confinePath(root, path), confinePath(worktree, path)];
    if (source.kind === "refused" || target.kind === "refused" || !source.exists || target.exists) continue;
    if ((await lstat(source.path)).isSymbolicLink()) continue;
    await mkdir(dirname(target.path), { recursive: true });
    await cp(source.path, target.path, { recursive: true, verbatimSymlinks: true });
    brought.push(path);
  }
  return brought;
}
