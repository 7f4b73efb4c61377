/** What a run is doing at one moment, as far as it says whose silence means something (`src/machines/notices/silence.ts`). */
import type { Standing } from "../../machines/notices/silence.ts";
import { hasEnded } from "../../machines/scheduler/settle.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { rowAt } from "../../machines/table.ts";
import type { Task } from "../../plan/model.ts";
import { parseAddress, taskAt, taskOfConflict } from "../../protocol/address.ts";
import type { EffectName, Params } from "../../protocol/effects.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { manifestOf, type RunMeta, schedulerOf } from "./run-view.ts";
import { WaitProjector } from "./waits.ts";

/** Effects of a task that a process carries out, and what it then waits for. */
const WORK: Partial<Record<EffectName, string>> = {
  prepareWorkspace: "its worktree is set up",
  startAgent: "is at work",
  startReview: "is reviewed",
  runGates: "its gates run",
};
const MAX_LISTED = 20;

/** `now`: the log's time, ms. */
export function standingOf(system: ActorSystem, { meta, now }: { meta: RunMeta; now: number }): Standing {
  const asking = new Set<string>();
  for (const { kind, id, status, snapshot } of system.actors.values()) {
    if (kind === "conflict" && status === "active" && snapshot.value === "open")
      asking.add(taskOfConflict(parseAddress(id).id));
  }
  const work = new Map<string, string>();
  let isTimed = false;
  for (const { actor, name, params } of system.open.values()) {
    const task = taskAt(actor);
    const words = WORK[name as EffectName];
    if (task !== null && words !== undefined) work.set(task, words);
    if (name === "setTimer" && (params as Params<"setTimer">).dueAt > now) isTimed = true;
  }
  return {
    atWork: [...work.keys()].filter((task) => !asking.has(task)),
    unfinished: listUnfinished(system, { meta, now, work }),
    isAwaited: isTimed || asking.size > 0,
  };
}

function listUnfinished(
  system: ActorSystem,
  { meta, now, work }: { meta: RunMeta; now: number; work: ReadonlyMap<string, string> },
): string[] {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return [];
  const waits = new WaitProjector(system, scheduler, { meta, now });
  const listed: string[] = [];
  for (const task of manifestOf(system)?.plan.tasks ?? []) {
    if (!isUnfinished(scheduler, task)) continue;
    listed.push(`${task.id}: ${work.get(task.id) ?? waits.waitOf(task)?.text ?? "is not over"}`);
    if (listed.length >= MAX_LISTED) break;
  }
  return listed;
}

function isUnfinished({ index, rows, outcome }: SchedulerContext, { id }: Task): boolean {
  const at = index[id];
  return outcome === null && at !== undefined && !hasEnded(rowAt(rows, at).phase);
}
