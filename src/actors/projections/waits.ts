/**
 * What a task waits for that does not go on: projected from the scheduler, the merge queue and the timers that are open.
 * Nothing is guessed: where the reason is not known, nothing is said.
 */
import { type MergeContext, partWaiting } from "../../machines/merge/merge-decisions.ts";
import { isReviewHeld } from "../../machines/scheduler/budget-question.ts";
import { type Hold, holdOf } from "../../machines/scheduler/dispatch.ts";
import { hasEnded, isEnding } from "../../machines/scheduler/settle.ts";
import type { SchedulerContext } from "../../machines/scheduler/state.ts";
import { rowAt, rowsOf } from "../../machines/table.ts";
import { lastConflict, type TaskContext } from "../../machines/task/task-state.ts";
import type { Task } from "../../plan/model.ts";
import { breakerActor, parseAddress, taskActor } from "../../protocol/address.ts";
import type { Params } from "../../protocol/effects.ts";
import type { WaitKind, WaitsFor } from "../../protocol/status.ts";
import { few, plural } from "../../protocol/words.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { isoTime } from "./iso-time.ts";
import type { RunMeta } from "./run-view.ts";

/** Times are milliseconds since the Unix epoch. */
interface Wait {
  kind: WaitKind;
  on?: string[];
  since: number | null;
  until?: number | null;
  text: string;
}

/** Projects what tasks of one run wait for, at one moment. */
export class WaitProjector {
  readonly #system: ActorSystem;
  readonly #scheduler: SchedulerContext;
  readonly #meta: RunMeta;
  readonly #now: number;
  readonly #added: ReadonlySet<string>;

  constructor(system: ActorSystem, scheduler: SchedulerContext, { meta, now }: { meta: RunMeta; now: number }) {
    this.#system = system;
    this.#scheduler = scheduler;
    this.#meta = meta;
    this.#now = now;
    this.#added = new Set(scheduler.added.map(({ id }) => id));
  }

  /** What this task waits for; null when it is at work or over, or nobody knows. */
  waitOf(task: Task): WaitsFor | null {
    const wait = this.#find(task);
    if (wait === null) return null;
    const { kind, on = [], since, until = null, text } = wait;
    return { kind, on, since: isoTime(since), until: isoTime(until), text };
  }

  #find(task: Task): Wait | null {
    const at = this.#scheduler.index[task.id];
    if (at === undefined || isEnding(this.#scheduler)) return null;
    switch (rowAt(this.#scheduler.rows, at).phase) {
      case "blocked":
        return this.#needs(task);
      case "ready": {
        const hold = holdOf(this.#scheduler, at, this.#now);
        return hold === null ? null : this.#hold(task, hold);
      }
      case "parked":
        return this.#parked(task);
      case "waitingForHuman":
        return this.#person(task);
      default:
        return null;
    }
  }

  #needs({ id, needs }: Task): Wait {
    const { index, rows } = this.#scheduler;
    const on = needs.filter((need) => {
      const at = index[need];
      return at !== undefined && !hasEnded(rowAt(rows, at).phase);
    });
    const since = this.#added.has(id) ? null : this.#meta.startedAt;
    return { kind: "need", on, since, text: `waits for ${few(on)}` };
  }

  #hold(task: Task, hold: Hold): Wait {
    const { concurrency, streams, agents } = this.#scheduler;
    const since = this.#readySince(task);
    switch (hold.kind) {
      case "slot":
        return { kind: "slot", since, text: `waits for a slot: ${wordTaken(concurrency)}` };
      case "streamSlot": {
        const { stream } = hold;
        const text = `waits for a slot of stream ${stream}: ${wordTaken(streams[stream] ?? 1)}`;
        return { kind: "streamSlot", on: [stream], since, text };
      }
      case "agentSlot": {
        const { agent } = hold;
        return { kind: "slot", on: [agent], since, text: `waits for agent ${agent}: ${wordTaken(agents[agent] ?? 1)}` };
      }
      case "outage": {
        const text = `agent ${hold.agent} is paused: it failed again and again`;
        return { kind: "outage", on: [hold.agent], since, until: this.#timerOf(breakerActor(hold.agent)), text };
      }
      case "account": {
        const { account, what, until } = hold;
        const asked = this.#scheduler.creditQuestions?.[account];
        if (asked !== undefined) {
          const text = `${account} has no credit left: pleach decide`;
          return { kind: "person", on: [parseAddress(asked).id], since, text };
        }
        const why =
          what === "limit" ? `waits for the usage limit of ${account}` : `waits for ${account} to be served again`;
        const text = until === null ? `${why}: another task goes first` : why;
        return { kind: what === "credit" ? "person" : what, on: [account], since: this.#scheduler.held?.[account]?.since ?? since, until, text };
      }
      case "near": {
        const { account, used } = hold;
        const text = `${Math.floor(used * 100)} % of the usage limit of ${account} is used: fewer at once`;
        return { kind: "limit", on: [account], since, text };
      }
      case "resource": {
        const holders = this.#holdersOf(hold.resource);
        const held = holders.length === 0 ? "" : `, held by ${few(holders)}`;
        return { kind: "resource", on: [hold.resource], since, text: `waits for ${hold.resource}${held}` };
      }
      case "budget": {
        const at = this.#scheduler.index[task.id];
        const isCut = at !== undefined && this.#scheduler.suspended.includes(at);
        const text = isCut
          ? "was stopped in the midst of its work, and goes on when the budget is raised"
          : "the budget has no room for it now";
        return { kind: "budget", since, text };
      }
      case "prefer": {
        const on = hold.tasks.map((other) => this.#scheduler.nodes[other]?.input.id ?? "");
        return {
          kind: "prefer",
          on,
          since,
          until: hold.until,
          text: `waits a little for ${few(on)}, which it prefers`,
        };
      }
    }
  }

  #parked({ id }: Task): Wait | null {
    const actor = this.#system.actors.get(taskActor(id));
    const since = this.#meta.movedAt[id] ?? null;
    if (actor === undefined) return null;
    switch (actor.snapshot.value) {
      case "queued":
        return { kind: "queue", since, ...this.#placeInQueue(id) };
      case "awaitingReview": {
        const stream = this.#reviewerOf(id);
        if (isReviewHeld(this.#scheduler, this.#scheduler.index[id] ?? -1))
          return { kind: "budget", on: [stream], since, text: "its review waits until the budget is raised" };
        return { kind: "review", on: [stream], since, text: `waits for a review by ${stream}` };
      }
      case "backingOff":
        return { kind: "backoff", since, until: this.#timerOf(taskActor(id)), text: "waits before it is tried again" };
      default:
        return null;
    }
  }

  #person({ id }: Task): Wait {
    const context = this.#system.actors.get(taskActor(id))?.snapshot.context as TaskContext | undefined;
    const on = context === undefined ? [] : [parseAddress(lastConflict(context)).id];
    return { kind: "person", on, since: this.#meta.movedAt[id] ?? null, text: "waits for a person: pleach decide" };
  }

  /** Since when a ready task could start: its actor's last move, or the end of the last of its needs. */
  #readySince({ id, needs }: Task): number | null {
    const movedAt = this.#meta.movedAt[id];
    if (movedAt !== undefined) return movedAt;
    const ends = needs.flatMap((need) => {
      const context = this.#system.actors.get(taskActor(need))?.snapshot.context as TaskContext | undefined;
      return context?.finishedAt ?? [];
    });
    if (ends.length === 0 && this.#added.has(id)) return null;
    return Math.max(this.#meta.startedAt, ...ends);
  }

  #timerOf(actor: string): number | null {
    const timer = this.#system.open.of(actor).find(({ name }) => name === "setTimer");
    return timer === undefined ? null : (timer.params as Params<"setTimer">).dueAt;
  }

  /** Tasks that use the resource as long as they run, and holders of leases. */
  #holdersOf(resource: string): string[] {
    const { nodes, rows, leases } = this.#scheduler;
    const tasks = rowsOf(rows).flatMap(({ phase }, at) =>
      phase === "running" && (nodes[at]?.uses[resource] ?? 0) > 0 ? [nodes[at]?.input.id ?? ""] : [],
    );
    const leased = leases.flatMap((lease) =>
      lease.resource === resource && lease.fence !== null ? [parseAddress(lease.holder).id] : [],
    );
    return [...new Set([...tasks, ...leased])];
  }

  #placeInQueue(id: string): Pick<Wait, "on" | "text"> {
    const merge = this.#system.actors.get("merge")?.snapshot.context as MergeContext | undefined;
    if (merge === undefined) return { text: "waits to be merged" };
    const { free, held } = partWaiting(merge);
    const wait = held.find(({ item }) => item.task === id);
    if (wait !== undefined) {
      const { item, turn } = wait;
      const shared = few(turn.files.filter((file) => item.files.includes(file)));
      return { on: [turn.task], text: `waits for ${turn.task}, which goes first: both change ${shared}` };
    }
    const place = free.findIndex(({ task }) => task === id);
    return { text: place < 0 ? "waits to be merged" : `is number ${place + 1} of ${free.length} to be merged` };
  }

  #reviewerOf(id: string): string {
    return this.#scheduler.nodes[this.#scheduler.index[id] ?? -1]?.input.reviewer?.stream ?? "";
  }
}

const wordTaken = (slots: number): string =>
  slots === 1 ? "the only one is taken" : `all ${plural(slots, "slot")} are taken`;
