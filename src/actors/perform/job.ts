/** What the performers of one run share: its plan, its folder, its repository, and how its workers are started. */
import { join } from "node:path";
import { PleachError } from "../../errors.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import type { AgentSpec, ProjectConfig, Task } from "../../plan/model.ts";
import type { Agent } from "../agents/index.ts";
import { type RunFolder, WORKSPACE } from "../control/run-folder.ts";
import type { Board } from "../coordination/board.ts";
import type { ToolDesk } from "../coordination/index.ts";
import { listCarried, type Repository } from "../git/index.ts";
import type { RunPatterns } from "../patterns/run-patterns.ts";
import { DEFAULT_GRACE_MS, sweepProcesses, workerEnvironment } from "../process/index.ts";
import type { RunAbout } from "../projections/run-view.ts";
import type { Messages } from "./messages.ts";
import type { PortRanges } from "./port-ranges.ts";

export interface Job {
  /** The plan as it is now: planning tasks add to it. */
  readonly about: RunAbout;
  /** The scheduler's newest state. */
  readonly scheduler: SchedulerContext;
  folder: RunFolder;
  config: ProjectConfig;
  /** Null without isolation. */
  repo: Repository | null;
  /** Starts what does a task; a port, so that a test or a simulation can stand in. */
  startAgent: Agent;
  board: Board;
  /** The coordination tools; null where there are none (a simulation). */
  desk: ToolDesk | null;
  messages: Messages;
  /** What the vault knows; null where there is none (a simulation). */
  patterns: RunPatterns | null;
  ports: PortRanges;
  /** Environment of the program, from which workers get an allow-list. */
  parentEnv: NodeJS.ProcessEnv;
  /** Gates that run at once. */
  gateConcurrency: number;
}

/** The task with this id; a log that names another is not of this plan. */
export function taskOf(job: Job, id: string): Task {
  const task = job.about.plan.tasks.find((each) => each.id === id);
  if (task) return task;
  throw new PleachError("log.incompatible", `the plan of run ${job.about.run} has no task ${id}`);
}

/** The agent with this name; null when the plan has none. */
export function agentNamed(job: Job, name: string): AgentSpec | null {
  return job.about.plan.agents.find((agent) => agent.name === name) ?? null;
}

/** Globs that a task may change now: its own, and those that a person added for this attempt. */
export function scopeOf(job: Job, { id, scope }: Task): readonly string[] | undefined {
  const widened = job.desk?.coordination.runningTask(id)?.widened ?? [];
  return scope === undefined ? undefined : [...scope, ...widened];
}

/** The repository; throws when the run has none. */
export function repositoryOf(job: Job): Repository {
  if (job.repo) return job.repo;
  throw new PleachError("run.noRepository", `run ${job.about.run} has no isolation and so no repository`);
}

/** Folder of an attempt's worktree. */
export function worktreePath(job: Job, name: string): string {
  const { root, run } = job.folder;
  return join(root, job.config.worktree.path ?? join(WORKSPACE, "worktrees"), run, name);
}

/** Paths in a worktree that belong to no task. */
export function excludedPaths(job: Job): string[] {
  return [WORKSPACE, job.config.vault, ...listCarried(job.config.worktree)];
}

/** Ends what is left of this run's workers, of one task or of all; resolves with how many there were. */
export async function sweepWorkers({ run, repo }: RunFolder, task?: string): Promise<number> {
  const query = task === undefined ? { run, repo } : { run, repo, task };
  return (await sweepProcesses(query, { graceMs: DEFAULT_GRACE_MS })).ended;
}

/** The whole environment of a worker of this run. */
export function environmentOf(
  job: Job,
  worker: { task: string; stream: string; port?: number },
  { set = {}, pass = [] }: { set?: Readonly<Record<string, string>>; pass?: readonly string[] } = {},
): Record<string, string> {
  const facts = { run: job.about.run, repo: job.folder.repo, events: job.folder.events, ...worker };
  return workerEnvironment({ parent: job.parentEnv, pass, set, worker: facts });
}
