/** What the merge queue is at: which gates run, on whose work, since when, and who waits behind. */
import type { MergeContext } from "../../machines/merge/merge-decisions.ts";
import type { QueueState, QueueView } from "../../protocol/status.ts";
import { few, plural } from "../../protocol/words.ts";
import type { ActorSystem } from "../runtime/system.ts";
import type { GateTimes } from "./gate-times.ts";
import { isoTime } from "./iso-time.ts";

/** Null for a run that merges nothing. */
export function viewQueue(system: ActorSystem, times: GateTimes): QueueView | null {
  const queue = system.actors.get("merge")?.snapshot;
  if (queue === undefined) return null;
  const context = queue.context as MergeContext;
  const state = stateOf(String(queue.value), context);
  const isGating = state === "gating" || state === "bisecting" || state === "base";
  const gates = isGating ? times.running("merge") : [];
  const tried = context.chain.slice(0, context.testing + 1).map(({ task }) => task);
  const tasks = state === "gating" || state === "bisecting" ? tried : context.batch.map(({ task }) => task);
  const held = new Set(tasks);
  const waiting = [...context.batch, ...context.queue].map(({ task }) => task).filter((task) => !held.has(task));
  const view = {
    state,
    gates: gates.map(({ gate, since, log }) => ({
      name: gate,
      since: isoTime(since),
      usualMs: times.usualMs(gate),
      log,
    })),
    tasks,
    waiting,
  };
  return { ...view, text: describe(view) };
}

function stateOf(state: string, { chain, bad }: MergeContext): QueueState {
  switch (state) {
    case "gatingBase":
      return "base";
    case "gating":
      // The whole chain was red: whose fault it is is being found out.
      return bad < chain.length ? "bisecting" : "gating";
    case "retrying":
    case "advancingLater":
      return "retrying";
    case "broken":
      return "stopped";
    case "idle":
      return "idle";
    default:
      return "merging";
  }
}

function describe({ state, gates, tasks, waiting }: Omit<QueueView, "text">): string {
  const behind =
    waiting.length === 0 ? "" : `; ${plural(waiting.length, "task")} ${waiting.length === 1 ? "waits" : "wait"}`;
  const names = gates.map(({ name }) => name);
  const run =
    names.length === 0 ? "the gate worktree is prepared" : `${few(names)} ${names.length === 1 ? "runs" : "run"}`;
  const on = tasks.length === 0 ? "what is merged" : few(tasks);
  switch (state) {
    case "base":
      return `${run} on the base${behind}`;
    case "gating":
      return `${run} on ${on}${behind}`;
    case "bisecting":
      return `${run} on ${on}, to find who made the tree red${behind}`;
    case "merging":
      return `puts ${on} together${behind}`;
    case "retrying":
      return `git failed, and is tried again${behind}`;
    case "stopped":
      return `has stopped${behind}`;
    default:
      return waiting.length === 0 ? "nothing waits" : `${behind.slice(2)} for others that go first`;
  }
}
