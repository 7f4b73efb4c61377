/**
 * Events as people and other programs see them: the facts among the records. What actors tell each other to get there
 * (slots, queue places, ends of children) is left to `events --records`.
 */
import { type ParsedAddress, parseAddress } from "../../protocol/address.ts";
import type { RunEvent } from "../../protocol/client.ts";
import type { Events } from "../../protocol/events.ts";
import type { Fact } from "../../protocol/facts.ts";
import { type RunRecord, readRecord } from "../../protocol/records.ts";
import { isMachinery } from "../../protocol/tell-event.ts";
import type { RunManifest } from "../../protocol/values.ts";
import type { LogRecord } from "../log/port.ts";

/** The event of a record, or null when the record is machinery. */
export function eventOf(record: LogRecord): RunEvent | null {
  const { seq, actor } = record;
  const named = nameFact(readRecord(record));
  if (named === null) return null;
  return { seq, time: new Date(record.time).toISOString(), actor, ...named };
}

function nameFact({ actor, type, data }: RunRecord): { type: string; data: Record<string, unknown> } | null {
  if (isMachinery(type)) return null;
  switch (type) {
    case "actor.started":
      return nameStart(parseAddress(actor), data);
    case "event.emitted": {
      const { name, payload, task, key } = data;
      return { type: name, data: { payload: payload ?? null, task: task ?? null, key } };
    }
    case "plan.extended": {
      const { by, version, tasks } = data;
      return { type, data: { by, version, tasks: tasks.map(({ id }) => id) } };
    }
    case "task.edited": {
      const { task, changed } = data;
      return { type, data: { task, changed } };
    }
    case "review.finished": {
      const { approved, ...told } = data;
      return { type: approved ? "review.approved" : "review.rejected", data: told };
    }
    default:
      return { type, data };
  }
}

function nameStart({ kind, id }: ParsedAddress, { input }: Events["actor.started"]): Fact | null {
  switch (kind) {
    case "supervisor": {
      const { manifest, retried } = (input ?? {}) as { manifest?: RunManifest; retried?: string[] };
      if (manifest === undefined) return null;
      if (retried !== undefined) return { type: "run.retried", data: { run: manifest.run, tasks: retried } };
      const { run, plan, base, branch } = manifest;
      return { type: "run.started", data: { run, goal: plan.goal, tasks: plan.tasks.length, base, branch } };
    }
    case "task":
      return { type: "task.started", data: { task: id } };
    case "conflict":
      return { type: "conflict.raised", data: { conflict: id } };
    default:
      return null;
  }
}
