/** What the performers of one run share: its plan, its folder, its repository, and how its workers are started. */
import { basename, isAbsolute } from "node:path";
import { PleachError } from "../../errors.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import type { AgentSpec, ProjectConfig, Task, Variables } from "../../plan/model.ts";
import { mergeVariables } from "../../plan/variables.ts";
import type { RunManifest } from "../../protocol/values.ts";
import type { Agent } from "../agents/index.ts";
import { type RunFolder, WORKSPACE } from "../control/run-folder.ts";
import type { EmittedEvents } from "../coordination/emitted-events.ts";
import type { ToolGateway } from "../coordination/index.ts";
import type { VerdictStore } from "../gates/index.ts";
import { type CheckoutWatch, listCarried, type Repository, type SharedWatch, type Workspaces } from "../git/index.ts";
import type { RunPatterns } from "../patterns/run-patterns.ts";
import { DEFAULT_GRACE_MS, type Executor, workerEnvironment } from "../process/index.ts";
import type { RedTest } from "../projections/flaky-tests.ts";
import type { KnownTests } from "../prompt/tell-gates.ts";
import type { Messages } from "./messages.ts";
import type { PortRanges } from "./port-ranges.ts";

/** What it takes to run gates and the commands that prepare worktrees. */
export interface CheckContext {
  /** The plan as it is now: planning tasks add to it. */
  readonly manifest: RunManifest;
  folder: RunFolder;
  config: ProjectConfig;
  /** Null without isolation. */
  repo: Repository | null;
  /** Absolute folder of the run's worktrees. */
  worktrees: string;
  /** Watches what its worktrees share with the checkout; absent where nothing is to be told of that. */
  shared?: SharedWatch;
  /** Watches the person's own checkout while agents work; absent likewise. */
  checkout?: CheckoutWatch;
  /** Runs every command of the run. */
  executor: Executor;
  /** Verdicts of gates that outlive the run. */
  verdicts: VerdictStore;
  /** Environment of the program, from which workers get an allow-list. */
  parentEnv: NodeJS.ProcessEnv;
  /** Ports of workers. */
  ports: PortRanges;
  /** Gates that run at once. */
  gateConcurrency: number;
}

export interface RunContext extends CheckContext {
  /** The scheduler's newest state. */
  readonly scheduler: SchedulerContext;
  /** Where attempts work; null without isolation. */
  workspaces: Workspaces | null;
  /** Starts what does a task; a port, so that a test or a simulation can stand in. */
  startAgent: Agent;
  emittedEvents: EmittedEvents;
  /** The coordination tools; null where there are none (a simulation). */
  toolGateway: ToolGateway | null;
  messages: Messages;
  /** What agents of a stream are told of their role; the same as long as the host lives, whatever workers write. */
  roleOf: (stream: string) => string | null;
  /** What the newest actor of a task knows; null before it has one. */
  taskState: (id: string) => TaskContext | null;
  /** Whether a test that failed has been red and green on one tree. Absent where nobody knows. */
  isKnownFlaky?: (red: RedTest) => boolean;
  /** How the repository is tested, as its files tell: for tasks without gates. Absent where nobody knows. */
  findTests?: () => Promise<readonly KnownTests[]>;
  /** What the vault knows; null where there is none (a simulation). */
  patterns: RunPatterns | null;
}

/** The task with this id; a log that names another is not of this plan. */
export function taskOf(run: CheckContext, id: string): Task {
  const task = run.manifest.plan.tasks.find((each) => each.id === id);
  if (task) return task;
  throw new PleachError("log.incompatible", `the plan of run ${run.manifest.run} has no task ${id}`);
}

/** The agent with this name; null when the plan has none. */
export function agentNamed(run: RunContext, name: string): AgentSpec | null {
  return run.manifest.plan.agents.find((agent) => agent.name === name) ?? null;
}

/** Globs that a task may change now: its own, and those that a person added for this attempt. */
export function scopeOf(run: RunContext, { id, scope }: Task): readonly string[] | undefined {
  const widened = run.toolGateway?.coordination.runningTask(id)?.widened ?? [];
  return scope === undefined ? undefined : [...scope, ...widened];
}

/** The repository; throws when the run has none. */
export function repositoryOf(run: CheckContext): Repository {
  if (run.repo) return run.repo;
  throw new PleachError("run.noRepository", `run ${run.manifest.run} has no isolation and so no repository`, {
    hint: "Run the plan with isolation: worktree.",
  });
}

/** What gives attempts a place to work; throws when the run has no isolation. */
export function workspacesOf(run: RunContext): Workspaces {
  if (run.workspaces) return run.workspaces;
  throw new PleachError("run.noRepository", `run ${run.manifest.run} has no isolation and so no worktrees`);
}

/** Paths in a worktree that belong to no task. */
export function excludedPaths(run: RunContext): string[] {
  const { vault, worktree } = run.config;
  return [WORKSPACE, ...(isAbsolute(vault) ? [] : [vault]), ...listCarried(worktree)];
}

/** Ends what is left of this run's workers, of one task or of all; resolves with how many there were. */
export async function sweepWorkers(
  { executor, folder }: Pick<RunContext, "executor" | "folder">,
  task?: string,
): Promise<number> {
  const { run, repo } = folder;
  const query = task === undefined ? { run, repo } : { run, repo, task };
  return (await executor.sweep(query, { graceMs: DEFAULT_GRACE_MS })).ended;
}

/**
 * Ends what hid whose it is and was left at work in a folder in which nobody works any more; resolves with how many there
 * were.
 */
export async function sweepPlace(
  { executor, folder }: Pick<CheckContext, "executor" | "folder">,
  place: string,
): Promise<number> {
  const { run, repo } = folder;
  return (await executor.sweep({ run, repo, place }, { graceMs: DEFAULT_GRACE_MS })).ended;
}

/**
 * The whole environment of a worker of this run. What is said of variables for it alone wins over what the plan says for
 * all, and that over `usual`, names that are let through unasked. `fetches`: it prepares a worktree, or clears one up.
 * `isAgent`: it works with a service on the network.
 */
export function environmentOf(
  run: CheckContext,
  { worktree, ...worker }: { task: string; stream: string; port?: number; worktree?: string },
  variables: Variables = {},
  {
    usual = [],
    fetches = false,
    isAgent = false,
  }: { usual?: readonly string[]; fetches?: boolean; isAgent?: boolean } = {},
): Record<string, string> {
  const forAll = mergeVariables({ pass: [...usual] }, run.manifest.plan);
  const { env: set = {}, pass = [] } = mergeVariables(forAll, variables);
  const { root, repo, events } = run.folder;
  const { run: id } = run.manifest;
  const place = worktree === undefined ? {} : { worktree: { project: basename(root), repo, run: id, worktree } };
  const facts = { run: id, repo, events, ...worker, ...place };
  return workerEnvironment({ parent: run.parentEnv, pass, set, fetches, isAgent, worker: facts });
}
