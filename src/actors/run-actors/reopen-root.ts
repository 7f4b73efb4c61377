/** Opening a run again that is over: what its root is started with once more, made of how the run ended (RETRY-1 to 3). */
import type { ArtifactsContext } from "../../machines/artifacts.ts";
import type { ConflictContext } from "../../machines/conflict.ts";
import { type MergeContext, progressOf } from "../../machines/merge/merge-decisions.ts";
import { chooseRetried, type Retried, type RetryRefusal, retryInput } from "../../machines/scheduler/retry.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import type { StreamContext } from "../../machines/stream.ts";
import type { ChildSpec, SupervisorContext, SupervisorInput } from "../../machines/supervisor.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import { taskActor } from "../../protocol/address.ts";
import { DROP, UNATTENDED } from "../../protocol/values.ts";
import type { ActorSystem } from "../runtime/system.ts";

/** What a run that is over may try again: `asked`, or where none is named whatever failed or was skipped. */
export function findRetried(system: ActorSystem, asked: readonly string[]): Retried | RetryRefusal {
  const scheduler = contextOf<SchedulerContext>(system, "scheduler");
  if (scheduler === undefined) return { kind: "nothing", dropped: [] };
  return chooseRetried(scheduler, asked, listDropped(system));
}

/** Input of a root that ended, to be started again for these tasks; undefined for one that has no scheduler to go on from. */
export function reopenInput(system: ActorSystem, tasks: readonly string[]): SupervisorInput | undefined {
  const scheduler = contextOf<SchedulerContext>(system, "scheduler");
  const root = contextOf<SupervisorContext>(system, "run");
  if (scheduler === undefined || root === undefined) return undefined;
  const { strategy, intensity, degrade, seed, report, manifest } = root;
  const feedback = (task: string): string | null => contextOf<TaskContext>(system, taskActor(task))?.feedback ?? null;
  const inputOf = ({ id, kind, input }: ChildSpec): unknown => {
    if (kind === "scheduler") return retryInput(scheduler, tasks, feedback);
    if (kind === "merge") {
      const queue = contextOf<MergeContext>(system, id);
      return queue === undefined ? input : { ...(input as object), progress: progressOf(queue) };
    }
    if (kind === "artifacts") {
      const { owners, versions } = contextOf<ArtifactsContext>(system, id) ?? {};
      return owners === undefined ? input : { owners, versions };
    }
    if (kind === "stream") {
      const { emissions = [] } = contextOf<StreamContext>(system, id) ?? {};
      return { ...(input as object), ...(emissions.length === 0 ? {} : { emissions }) };
    }
    return input;
  };
  const children = root.children.map((child): ChildSpec => {
    const { id, kind, restart, significant } = child;
    return { id, kind, input: inputOf(child), restart, ...(significant === undefined ? {} : { significant }) };
  });
  return {
    strategy,
    intensity,
    degrade,
    seed,
    ...(report === undefined ? {} : { report }),
    manifest,
    children,
    retried: tasks,
  };
}

/** Tasks that a person gave up: what was decided because nobody was there is open to be tried again. */
function listDropped(system: ActorSystem): Set<string> {
  const dropped = new Set<string>();
  for (const { kind, snapshot } of system.actors.values()) {
    if (kind !== "conflict") continue;
    const { task, choice, by = null } = snapshot.context as ConflictContext;
    if (choice === DROP && by !== UNATTENDED) dropped.add(task);
    else dropped.delete(task);
  }
  return dropped;
}

function contextOf<Context>(system: ActorSystem, id: string): Context | undefined {
  return system.actors.get(id)?.snapshot.context as Context | undefined;
}
