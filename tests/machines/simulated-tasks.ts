/** Tasks as the scheduler hears of them: they work, wait, fail, crash and stop, by the letters that real ones send. */
import { expect } from "vitest";
import type { WithdrawParams } from "../../src/actors/runtime/internal-effects.ts";
import type { RequestedEffect } from "../../src/actors/runtime/step.ts";
import { holdOf } from "../../src/machines/scheduler/dispatch.ts";
import { listMiscounts } from "../../src/machines/scheduler/recount.ts";
import { countSlots, type Node } from "../../src/machines/scheduler/state.ts";
import { rowAt, rowsOf } from "../../src/machines/table.ts";

import { type Limits, type NodeDraft, type Phase, SCHEDULER, WatchedScheduler } from "./scheduler/watched-scheduler.ts";

export type { Limits, NodeDraft } from "./scheduler/watched-scheduler.ts";

/** A task of one stream that needs, costs and shares nothing, but for what is given. */
export const draftNode = (change: Partial<NodeDraft> = {}): NodeDraft => ({
  needs: [],
  prefers: [],
  min: change.needs?.length ?? 0,
  require: [],
  stream: "x",
  agent: null,
  uses: {},
  continueOnError: false,
  reserve: { usd: 0, tokens: 0 },
  expectedMs: 100,
  pathMs: 100,
  ...change,
});

/** A scheduler at work on these, with room for two at once in streams x and y unless the limits say otherwise. */
export function beginSimulation(drafts: NodeDraft[], limits: Partial<Limits> = {}, isIsolated = false): Simulation {
  const given: Limits = {
    concurrency: 2,
    streams: { x: 9, y: 9 },
    agents: {},
    resources: {},
    budget: { mode: "warn" },
    ...limits,
  };
  const simulation = new Simulation(drafts, given, isIsolated);
  simulation.begin();
  return simulation;
}

interface LeaseEvent {
  type: "resource.granted" | "resource.expired";
  claim: string;
  resource: string;
  units: number;
  fence: number;
}

const LEASING = ["claim", "renew", "giveBack", "giveAllBack"];

interface TellParams {
  to: string;
  event: { type: string; input: { id: string }; hasNoSlot?: boolean; task?: string; outcome?: string; reason?: string };
}

export class Simulation extends WatchedScheduler {
  get isOver(): boolean {
    return this.snapshot.status === "done";
  }

  begin(): void {
    for (const stream of ["x", "y"]) this.send({ type: "stream.started", stream });
    if (this.context.dispatchBlockedBy === "branch") {
      expect(this.started).toEqual([]);
      this.send({ type: "branch.ready", head: "h" });
    }
  }

  send(event: { type: string } & Record<string, unknown>): void {
    if (this.isOver) return;
    this.forgetLeases();
    if (event.type === "resource.release") this.leases.delete(event.claim as string);
    if (event.type === "resource.return") this.returnLeases(event.holder as string);
    const { snapshot, effects } = this.driver.step(this.snapshot, { ...event, at: this.at } as never);
    this.snapshot = snapshot;
    for (const effect of effects) this.onEffect(effect);
    this.expectLeaseTimers();
    this.expectTurns();
    expect(listMiscounts(this.context)).toEqual([]);
  }

  onEffect({ name, params }: RequestedEffect): void {
    if (name === "setTimer") {
      this.open.add({ id: String(++this.effects), actor: SCHEDULER, name, params, seq: this.effects });
      return;
    }
    if (name === "withdraw") {
      this.open.withdraw(SCHEDULER, params as WithdrawParams);
      return;
    }
    if (name === "spawnActor" || name === "stopActor") {
      this.question = name === "spawnActor" ? (params as { id: string }).id : null;
      this.why = (params as { input?: { why: string } }).input?.why ?? null;
      return;
    }
    const { to, event } = params as TellParams;
    if (event.type.startsWith("resource.")) this.onLeaseEvent(to, event as unknown as LeaseEvent);
    else if (event.type === "task.start" && event.hasNoSlot === true) this.asking.push(this.indexOf(event.input.id));
    else if (event.type === "task.start") this.start(this.indexOf(event.input.id));
    else if (event.type === "task.stop") this.stopping.push(this.indexOf(to.slice("task:".length)));
    else if (event.type === "attempt.suspend") this.suspending.push(this.indexOf(to.slice("task:".length)));
    else if (event.type === "turn.end") this.turns.delete(this.indexOf(event.task ?? ""));
    else if (event.type === "run.finished") this.endings.push(event.outcome ?? "");
    this.obey();
  }

  /** Tasks that the merge queue lets others wait for; it knows of those that land. */
  readonly turns = new Set<number>();

  /** Nobody is waited for that cannot go on by itself (TURN-4), and the merge queue hears of each that it need not wait for. */
  expectTurns(): void {
    for (const task of this.turns) if (rowAt(this.context.rows, task).phase === "merged") this.turns.delete(task);
    expect(this.context.turns).toEqual([...this.turns]);
    for (const task of this.turns) {
      expect(["running", "parked", "ready"], `t${task} has a turn`).toContain(rowAt(this.context.rows, task).phase);
      const hold = rowAt(this.context.rows, task).phase === "ready" ? holdOf(this.context, task, this.at)?.kind : null;
      expect(["budget", "outage"], `t${task} has a turn`).not.toContain(hold);
    }
  }

  /** The merge queue sends a commit back: the task wants to run again. */
  sendBack(task: number): void {
    if (this.context.isolation === "worktree") {
      this.turns.add(task);
      this.tell({ type: "turn.given", task: `t${task}` });
    }
    this.phases[task] = "awaitingSlot";
    this.tell({ type: "slot.request", task: `t${task}` });
  }

  onLeaseEvent(to: string, { type, claim, resource, units, fence }: LeaseEvent): void {
    const task = to.startsWith("task:") ? this.indexOf(to.slice("task:".length)) : null;
    if (type === "resource.granted") this.grantLease(claim, { resource, units, task }, fence);
    else this.leases.delete(claim);
  }

  /** What asks whether the budget is to be raised. */
  question: string | null = null;
  /** What it says. */
  why: string | null = null;

  /** A person answers that. */
  answer(choice: string): void {
    if (this.question === null) return;
    this.question = null;
    this.tell({ type: "conflict.decided", choice });
  }

  claims = 0;
  /** An agent of a working task (or one that works on none) claims, renews, or gives back. */
  lease(what: string, pick: number): void {
    const working = this.working();
    const task = working[pick % (working.length + 1)] ?? null;
    const holder = task === null ? "guest" : `t${task}`;
    const claim = [...this.leases.keys()][pick % Math.max(1, this.leases.size)];
    if (what === "claim") {
      const actor = task === null ? "stream:x" : `task:t${task}`;
      const asked = { resource: pick % 2 === 0 ? "db" : "gpu", units: 1 + (pick % 3), ttlMs: 50 + pick };
      const at = task === null ? null : `t${task}`;
      this.tell({ type: "resource.claim", claim: `c${this.claims++}`, holder, task: at, actor, ...asked });
    } else if (what === "renew" && claim) this.tell({ type: "resource.renew", claim });
    else if (what === "giveBack" && claim) this.tell({ type: "resource.release", claim });
    else if (what === "giveAllBack") this.tell({ type: "resource.return", holder });
  }

  returnLeases(holder: string): void {
    const task = holder === "guest" ? null : this.indexOf(holder);
    for (const [claim, lease] of this.leases) if (lease.task === task) this.leases.delete(claim);
  }

  /** Tasks that stand in for one that crashed without a slot, and have found nothing of it in the merge queue. */
  asking: number[] = [];
  /** Tasks whose agents were told to stop in the midst of their work. */
  suspending: number[] = [];
  /** Tasks that were told to stop; they answer after the scheduler's step, as letters do. */
  stopping: number[] = [];
  isObeying = false;
  obey(): void {
    if (this.isObeying) return;
    this.isObeying = true;
    queueAfter(() => {
      for (let task = this.stopping.shift(); task !== undefined; task = this.stopping.shift()) {
        const phase = this.phases[task];
        if (phase !== "none" && phase !== "closing") this.end(task, "cancelled");
      }
      while (this.suspending.length > 0) this.suspendNext();
      for (let task = this.asking.shift(); task !== undefined; task = this.asking.shift()) {
        this.phases[task] = "awaitingSlot";
        this.tell({ type: "slot.request", task: `t${task}` });
      }
      this.isObeying = false;
    }, this.after);
  }
  after: (() => void)[] = [];

  /** The next agent that was told to stop has done so. */
  suspendNext(): void {
    const task = this.suspending.shift();
    if (task === undefined || this.phases[task] !== "working") return;
    this.phases[task] = "awaitingSlot";
    this.tell({ type: "slot.request", task: `t${task}`, goesOn: true });
  }

  /** Sends, and lets everybody obey what that led to. */
  tell(event: { type: string } & Record<string, unknown>): void {
    this.giveBackTrials(event);
    this.send(event);
    for (let next = this.after.shift(); next !== undefined; next = this.after.shift()) next();
  }

  /** A task reaches its outcome; its actor goes on for a while when it has a worktree to give back. */
  end(task: number, outcome: string): void {
    const id = `t${task}`;
    const isOpen = this.context.isolation === "worktree";
    this.phases[task] = isOpen ? "closing" : "none";
    this.outcomes[task] = outcome;
    this.tell({ type: "task.finished", task: id, outcome, commit: null, head: "h", reason: null, isOpen });
    if (!isOpen) this.tell({ type: "task.closed", task: id });
  }

  release(task: number, phase: Phase): void {
    this.phases[task] = phase;
    this.tell({ type: "slot.release", task: `t${task}` });
  }

  act(what: string, pick: number): void {
    if (this.isOver) return;
    if (this.actOnRun(what, pick)) return;
    if (what === "raise" || what === "stop") {
      this.answer(what === "stop" ? what : "raise usd=99,tokens=99999");
      return;
    }
    if (LEASING.includes(what)) {
      this.lease(what, pick);
      return;
    }
    const living = [...this.phases.keys()].filter((task) => this.phases[task] !== "none");
    const task = living[pick % Math.max(1, living.length)];
    if (task === undefined) return;
    const id = `t${task}`;
    if (what === "cost" || what === "correct") {
      const sign = what === "cost" ? 1 : -1;
      const cost = { usd: sign * (pick % 3), tokens: sign * (pick % 200) };
      const { usd, tokens } = this.spent;
      this.spent = { usd: Math.max(0, usd + cost.usd), tokens: Math.max(0, tokens + cost.tokens) };
      this.tell({ type: "cost.added", task: id, ...cost });
    } else if (what.startsWith("crash")) this.crash(task, what === "crash");
    else this.goOn(task, what);
  }

  crash(task: number, again: boolean): void {
    const mayGoOn = again && this.outcomes[task] === null && !this.isCancelled && !this.isMergeBroken;
    this.phases[task] = "none";
    if (!mayGoOn) this.outcomes[task] ??= "failed";
    this.tell({ type: "task.crashed", task: `t${task}`, reason: "r", again });
  }

  goOn(task: number, what: string): void {
    switch (this.phases[task]) {
      case "working":
        if (what === "queue" || what === "send back") this.release(task, "queued");
        else if (what === "fail" && (this.failures[task] as number)++ < 2) this.release(task, "backoff");
        else if (what === "fail") this.end(task, "failed");
        else if (what === "ask") {
          this.release(task, "waitingForHuman");
          if (this.phaseOf(task) === "waitingForHuman")
            this.tell({ type: "task.waiting", task: `t${task}`, conflict: "c" });
        } else this.end(task, "done");
        return;
      case "queued":
        if (what === "send back") this.sendBack(task);
        else this.end(task, what === "fail" ? "failed" : "merged");
        return;
      case "backoff":
      case "waitingForHuman":
        if (this.phases[task] === "waitingForHuman" && what === "queue") {
          this.phases[task] = "queued";
          this.tell({ type: "task.resumed", task: `t${task}` });
          return;
        }
        this.phases[task] = "awaitingSlot";
        this.tell({ type: "slot.request", task: `t${task}` });
        return;
      case "closing":
        this.phases[task] = "none";
        this.tell({ type: "task.closed", task: `t${task}` });
        return;
      default:
        return;
    }
  }

  /** Events that concern more than one task; false when this is none of them. */
  actOnRun(what: string, pick: number): boolean {
    const stream = pick % 2 === 0 ? "x" : "y";
    const agent = pick % 2 === 0 ? "p" : "q";
    const breaker = this.breakers.get(agent);
    const killStream = (): void => {
      for (const [task, { input }] of this.nodes.entries()) if (input.stream === stream) this.phases[task] = "none";
    };
    if (what === "advance") this.advance();
    else if (what === "cancel") {
      this.isCancelled = true;
      this.tell({ type: "run.cancel" });
    } else if (what === "break") {
      if (this.context.isolation !== "worktree") return true;
      this.isMergeBroken = true;
      this.tell({ type: "merge.broken", reason: "r" });
    } else if (what === "stream") {
      if (this.lost.has(stream)) return true;
      killStream();
      this.tell({ type: "stream.started", stream });
    } else if (what === "lose") {
      this.lost.add(stream);
      for (const [task, { input }] of this.nodes.entries()) {
        if (input.stream === stream && this.phases[task] !== "none") this.outcomes[task] ??= "failed";
      }
      killStream();
      this.tell({ type: "child.lost", child: `stream:${stream}`, reason: "r" });
    } else if (what === "open") {
      if (breaker?.isOpen) return true;
      const openings = (breaker?.openings ?? 0) + 1;
      this.onTrial.delete(agent);
      this.breakers.set(agent, { openings, trials: 0, isOpen: true });
      this.tell({ type: "breaker.opened", agent, openings, until: this.at + 10 });
    } else if (what === "halfOpen") {
      if (!breaker?.isOpen) return true;
      this.onTrial.delete(agent);
      this.breakers.set(agent, { ...breaker, trials: 1, isOpen: false });
      this.tell({ type: "breaker.halfOpened", agent });
    } else if (what === "close") {
      if (breaker === undefined || breaker.isOpen) return true;
      this.onTrial.delete(agent);
      this.breakers.delete(agent);
      this.tell({ type: "breaker.closed", agent });
    } else return false;
    return true;
  }

  /** On to the next timer. */
  advance(): void {
    const [next] = this.openTimers().sort((a, b) => a.dueAt - b.dueAt);
    if (next === undefined) return;
    this.open.close(next.id);
    this.at = Math.max(this.at, next.dueAt);
    this.tell({ type: "timer.fired", timer: next.timer });
  }

  /** Lets everything that lives come to its end, and expects the run to end with it. */
  finish(): void {
    for (let rounds = 0; !this.isOver; rounds++) {
      const phases = rowsOf(this.context.rows).map(({ phase }) => phase);
      expect(rounds, `the run does not end: ${phases.join()}`).toBeLessThan(500);
      for (const agent of [0, 1]) {
        this.act("halfOpen", agent);
        this.act("close", agent);
      }
      for (const task of this.phases.keys()) this.goOn(task, "done");
      this.answer("stop");
      this.advance();
    }
    expect(this.endings).toHaveLength(1);
    const good = this.outcomes.every((outcome) => outcome === "done" || outcome === "merged");
    if (this.isCancelled) expect(good ? ["succeeded", "cancelled"] : ["cancelled"]).toContain(this.endings[0]);
    else if (this.isMergeBroken) expect(this.endings[0]).toBe(this.outcomes.includes("merged") ? "partial" : "failed");
    else if (good) expect(this.endings[0]).toBe("succeeded");
    for (const [task, { phase }] of rowsOf(this.context.rows).entries()) {
      // What never started was skipped or cancelled; nobody but the scheduler says so.
      const isLost = this.lost.has((this.nodes[task] as Node).input.stream);
      const silent = isLost ? ["skipped", "cancelled", "failed"] : ["skipped", "cancelled"];
      if (this.outcomes[task] === null) expect(silent, `t${task}`).toContain(phase);
      else expect(phase, `t${task}`).toBe(this.outcomes[task]);
    }
    const { used, reserved, busy, waitingForHuman } = this.context;
    expect({ running: countSlots(this.context), busy, waitingForHuman, reserved }).toEqual({
      running: 0,
      busy: 0,
      waitingForHuman: 0,
      reserved: { usd: 0, tokens: 0 },
    });
    this.forgetLeases();
    for (const [resource, units] of Object.entries(used)) {
      const leased = [...this.leases.values()].filter((lease) => lease.resource === resource);
      expect(units).toBe(leased.reduce((sum, lease) => sum + lease.units, 0));
    }
  }
}

function queueAfter(work: () => void, queue: (() => void)[]): void {
  queue.push(work);
}
