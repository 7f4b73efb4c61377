/**
 * How long git took, and how long finished work waited to be merged: folded from a run's log beside the actors. Sums, as the
 * work itself is one: what several tasks do at the same time counts several times. Time in which no host worked counts nowhere.
 */

import { taskAt } from "../../protocol/address.ts";
import type { EffectName } from "../../protocol/effects.ts";
import type { RunRecord } from "../../protocol/records.ts";

/** JSON, so that it goes into snapshots. Times are milliseconds since the Unix epoch. */
export interface TimeParts {
  /** Effects of git that are being performed -> since when. */
  begun: Record<string, number>;
  /** Tasks whose work waits to be merged -> since when. */
  queued: Record<string, number>;
  gitMs: number;
  queueMs: number;
}

/** Before the first record. */
export const emptyTimeParts = (): TimeParts => ({ begun: {}, queued: {}, gitMs: 0, queueMs: 0 });

/** Making worktrees (with their set-up), committing, merging, taking worktrees away. */
const OF_GIT: ReadonlySet<string> = new Set<EffectName>([
  "prepareWorkspace",
  "commitWork",
  "releaseWorkspace",
  "createBranch",
  "buildChain",
  "advanceBranch",
]);

/** How a task's work leaves the merge queue. */
const DEQUEUED: ReadonlySet<RunRecord["type"]> = new Set([
  "merge.landed",
  "merge.conflicted",
  "merge.rejected",
  "merge.withdrawn",
]);

/** Folds one record; mutates `parts`. `before` is the time of the record before. */
export function noteTimeParts(
  parts: TimeParts,
  record: RunRecord,
  { effects, before }: { effects: readonly { id: string; name: string }[]; before: number },
): void {
  const { type, time, actor, cause } = record;
  if (type === "epoch.started") {
    // What a host was at died with it; what waited went on waiting when the next one came.
    parts.begun = {};
    for (const [task, since] of Object.entries(parts.queued)) {
      parts.queueMs += Math.max(0, before - since);
      parts.queued[task] = time;
    }
  }
  const since = cause === null ? undefined : parts.begun[cause];
  if (cause !== null && since !== undefined) {
    parts.gitMs += time - since;
    delete parts.begun[cause];
  }
  for (const { id, name } of effects) if (OF_GIT.has(name)) parts.begun[id] = time;
  if (type === "merge.enqueue") parts.queued[record.data.task] ??= time;
  const task = DEQUEUED.has(type) ? taskAt(actor) : null;
  const queuedAt = task === null ? undefined : parts.queued[task];
  if (task !== null && queuedAt !== undefined) {
    parts.queueMs += time - queuedAt;
    delete parts.queued[task];
  }
}
