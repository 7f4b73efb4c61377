/**
 * Opens where attempts of a run work: worktrees that are used again, or a fresh one for each where `worktree.pristine` asks
 * for that. Tells them how the attempts stand, from the states of the tasks' actors.
 */
import type { TaskContext } from "../../machines/task/task-state.ts";
import { taskActor } from "../../protocol/address.ts";
import {
  attemptWorktrees,
  pooledWorktrees,
  type Repository,
  SPARE,
  type Standing,
  type Workspaces,
  type WorkspacesOptions,
} from "../git/index.ts";
import type { CheckContext } from "../perform/run-context.ts";
import { schedulerOf } from "../projections/run-view.ts";
import type { ActorSystem } from "../runtime/system.ts";
import type { HostOptions } from "./host-options.ts";

/** States of a task that may last until a person, a budget, an account, a reviewer or another candidate lets it go on. */
const APART: ReadonlySet<string> = new Set([
  ...["waiting", "suspended", "takingOver", "takenOver", "resetting"],
  ...["candidate", "comparing", "awaitingReview"],
]);

/** `open`: as the host's opener wants it, if it does. */
export function openWorkspaces(
  repo: Repository,
  { worktrees, config, manifest }: Pick<CheckContext, "worktrees" | "config" | "manifest">,
  system: ActorSystem,
  open: HostOptions["openWorkspaces"],
): Workspaces {
  const { worktree } = config;
  const options: WorkspacesOptions = {
    folder: worktrees,
    config: worktree,
    capacity: () => (schedulerOf(system)?.concurrency ?? manifest.plan.concurrency) + SPARE,
    standingOf: (id) => standingOf(system, id, worktree.teardown !== undefined),
  };
  return (open ?? (worktree.pristine === true ? attemptWorktrees : pooledWorktrees))(repo, options);
}

/** How the attempt stands whose workspace has this id; what is to be torn down is not taken from it before it ends. */
function standingOf(system: ActorSystem, id: string, isTornDown: boolean): Standing {
  const actor = system.actors.get(taskActor(id.slice(0, id.lastIndexOf("."))));
  if (actor === undefined || actor.status !== "active") return "working";
  const { value, context } = actor.snapshot;
  const { workspace, commit } = context as TaskContext;
  if (workspace?.id !== id || typeof value !== "string") return "working";
  if (APART.has(value)) return "apart";
  return value === "queued" && commit !== null && !isTornDown ? "settled" : "working";
}
