/**
 * Events as people and other programs see them: the facts among the records. What actors tell each other to get there
 * (slots, queue places, ends of children) is left to `events --records`.
 */
import { parseAddress } from "../../protocol/address.ts";
import type { RunEvent } from "../../protocol/client.ts";
import type { RunManifest } from "../../protocol/values.ts";
import type { LogRecord } from "../log/port.ts";

/** Types that are machinery rather than facts about the run. */
const MACHINERY: ReadonlySet<string> = new Set([
  "actor.stopped",
  "agent.succeeded",
  "attempt.start",
  "branch.ready",
  "chain.built",
  "child.done",
  "conflict.decided",
  "cost.added",
  "decision.applied",
  "effect.done",
  "merge.enqueue",
  "merge.withdraw",
  "merge.withdrawn",
  "resource.claim",
  "resource.release",
  "resource.renew",
  "resource.return",
  "review.ended",
  "review.start",
  "review.wanted",
  "slot.released",
  "slot.wanted",
  "stream.started",
  "task.closed",
  "task.crashed",
  "task.resumed",
  "task.start",
  "task.stop",
  "task.waiting",
  "timer.fired",
  "workspace.released",
]);

/** The event of a record, or null when the record is machinery. */
export function eventOf(record: LogRecord): RunEvent | null {
  const { seq, actor } = record;
  const named = nameFact(record);
  if (named === null) return null;
  return { seq, time: new Date(record.time).toISOString(), actor, ...named };
}

function nameFact({ actor, type, data }: LogRecord): { type: string; data: Record<string, unknown> } | null {
  const facts = data as Record<string, unknown>;
  if (MACHINERY.has(type)) return null;
  if (type === "actor.started") {
    if (actor === "run") {
      const { run, plan, base, branch } = ((facts.input as { manifest?: RunManifest })?.manifest ?? {}) as RunManifest;
      return { type: "run.started", data: { run, goal: plan?.goal, tasks: plan?.tasks.length, base, branch } };
    }
    if (facts.kind === "task") return { type: "task.started", data: { task: parseAddress(actor).id } };
    if (facts.kind === "conflict") return { type: "conflict.raised", data: { conflict: parseAddress(actor).id } };
    return null;
  }
  if (type === "event.emitted") {
    const { event_type, payload, task, key } = facts;
    return { type: String(event_type), data: { payload: payload ?? null, task: task ?? null, key } };
  }
  if (type === "plan.extended") {
    const { by, version, tasks } = facts as { by: string; version: number; tasks: { id: string }[] };
    return { type, data: { by, version, tasks: tasks.map(({ id }) => id) } };
  }
  if (type === "review.finished") {
    const { approved, ...told } = facts;
    return { type: approved === true ? "review.approved" : "review.rejected", data: told };
  }
  return { type, data: facts };
}
