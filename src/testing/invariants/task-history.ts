/**
 * What the log of a plan says of its tasks: when each was granted a slot, gave it back, and reached its outcome. Read
 * from the letters that were delivered, not from the scheduler's state: that is what it is to be compared with.
 */

import type { LogRecord } from "../../actors/log/port.ts";
import type { Node, SchedulerInput } from "../../machines/scheduler/state.ts";
import type { ChildSpec } from "../../machines/supervisor.ts";
import { parseAddress, taskAt } from "../../protocol/address.ts";
import { readRecord } from "../../protocol/records.ts";

/** One thing that happened to a task. `released` may be told of a task that held nothing. */
export type TaskEvent =
  | { kind: "granted"; seq: number; task: string }
  | { kind: "released"; seq: number; task: string }
  | { kind: "ended"; seq: number; task: string; outcome: string }
  /** The task's commit is on the integration branch. */
  | { kind: "landed"; seq: number; task: string; commit: string }
  /** The scheduler said that the run is over. */
  | { kind: "over"; seq: number }
  /** It was opened again for these tasks. */
  | { kind: "retried"; seq: number; tasks: string[] }
  /** A person changed it before it began. */
  | { kind: "edited"; seq: number; task: string; node: Node };

export interface TaskHistory {
  scheduler: SchedulerInput;
  /** Whether commits had to pass required gates before they landed. */
  hasGates: boolean;
  /** As the run began with them. */
  nodes: ReadonlyMap<string, Node>;
  events: TaskEvent[];
}

/** What the records say; null when they are not of a plan. */
export function readTaskHistory(records: readonly LogRecord[]): TaskHistory | null {
  const root = records.find(({ actor, type }) => actor === "run" && type === "actor.started");
  const children = (root?.data as { input?: { children?: ChildSpec[] } } | undefined)?.input?.children ?? [];
  const inputOf = (id: string): unknown => children.find((child) => child.id === id)?.input;
  const scheduler = inputOf("scheduler") as SchedulerInput | undefined;
  if (scheduler === undefined || !Array.isArray(scheduler.nodes)) return null;
  const nodes = new Map(scheduler.nodes.map((node) => [node.input.id, node]));
  const hasGates = (inputOf("merge") as { hasGates?: boolean } | undefined)?.hasGates === true;
  const begun = new Set<string>();
  const events = records.flatMap((record) => {
    const read = readEdit(record, { nodes, begun }) ?? readTaskEvents(record, nodes);
    for (const event of read) if (event.kind === "granted" || event.kind === "ended") begun.add(event.task);
    return read;
  });
  return { scheduler, hasGates, nodes, events };
}

/** What a person changed, of tasks that had not begun; null for any other record. */
function readEdit(
  record: LogRecord,
  { nodes, begun }: { nodes: ReadonlyMap<string, Node>; begun: ReadonlySet<string> },
): TaskEvent[] | null {
  const { seq, type, data } = readRecord(record);
  if (type !== "task.edited") return null;
  const at = new Map([...nodes.keys()].map((id, index) => [id, index]));
  return data.tasks.flatMap((task): TaskEvent[] => {
    const before = nodes.get(task.id);
    if (before === undefined || begun.has(task.id)) return [];
    const indexes = (ids: readonly string[]): number[] => ids.flatMap((id) => at.get(id) ?? []);
    const needs = indexes(task.needs);
    const agent = task.work.kind === "agent" ? task.work.agent : null;
    const node: Node = {
      ...before,
      ...{ needs, min: task.join?.min ?? needs.length, require: indexes(task.join?.require ?? []) },
      ...{ uses: task.uses, continueOnError: task.continueOnError, input: { ...before.input, agent } },
    };
    return [{ kind: "edited", seq, task: task.id, node }];
  });
}

function readTaskEvents(record: LogRecord, nodes: ReadonlyMap<string, Node>): TaskEvent[] {
  const { seq, actor, type, data } = readRecord(record);
  const of = (stream: string): string[] =>
    [...nodes.values()].filter(({ input }) => input.stream === stream).map(({ input }) => input.id);
  switch (type) {
    case "task.start":
      return data.hasNoSlot === true ? [] : [{ kind: "granted", seq, task: data.input.id }];
    case "merge.landed":
      return [{ kind: "landed", seq, task: taskAt(actor) ?? "", commit: data.commit }];
    case "run.finished":
      return [{ kind: "over", seq }];
    case "actor.started": {
      const { retried } = (data.input ?? {}) as { retried?: string[] };
      return retried === undefined ? [] : [{ kind: "retried", seq, tasks: retried }];
    }
    case "task.retried":
      return [{ kind: "retried", seq, tasks: data.tasks }];
    case "slot.release":
    case "slot.request":
    case "task.waiting":
      return [{ kind: "released", seq, task: data.task }];
    case "task.finished":
      return [
        { kind: "released", seq, task: data.task },
        { kind: "ended", seq, task: data.task, outcome: data.outcome },
      ];
    case "task.crashed":
      return [
        { kind: "released", seq, task: data.task },
        ...(data.again ? [] : [{ kind: "ended" as const, seq, task: data.task, outcome: "failed" }]),
      ];
    // A stream that starts again has lost its tasks' actors.
    case "stream.started":
      return of(data.stream).map((id) => ({ kind: "released", seq, task: id }));
    case "child.lost":
      return of(parseAddress(data.child).id).flatMap((id): TaskEvent[] => [
        { kind: "released", seq, task: id },
        { kind: "ended", seq, task: id, outcome: "failed" },
      ]);
    default:
      return [];
  }
}
