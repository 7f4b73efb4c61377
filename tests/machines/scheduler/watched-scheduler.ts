/** What the scheduler must keep to, asserted at every start: limits, needs, budget, breakers. */
import { expect } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import { OpenEffects } from "../../../src/actors/runtime/open-effects.ts";
import { defaultBackoff } from "../../../src/machines/backoff.ts";
import { schedulerMachine } from "../../../src/machines/scheduler/scheduler.ts";
import type { Node, SchedulerContext, SchedulerInput } from "../../../src/machines/scheduler/state.ts";
import { rowsOf } from "../../../src/machines/table.ts";

export type NodeDraft = Omit<Node, "input"> & { stream: string; agent: string | null };
export type Limits = Pick<SchedulerInput, "concurrency" | "streams" | "agents" | "resources" | "budget">;
/** Where a task is: `working` holds a slot, the others are alive without one. */
export type Phase = "none" | "working" | "queued" | "backoff" | "awaitingSlot" | "waitingForHuman" | "closing";

/** The scheduler's actor id. */
export const SCHEDULER = "scheduler";

/** The scheduler, and what is known of its tasks. */
export class WatchedScheduler {
  readonly driver = createDriver(schedulerMachine);
  readonly nodes: Node[];
  readonly limits: Limits;
  readonly phases: Phase[];
  readonly outcomes: (string | null)[];
  readonly failures: number[];
  readonly lost = new Set<string>();
  /** Agent -> `open`, or starts that are left on trial. */
  readonly breakers = new Map<string, { openings: number; trials: number; isOpen: boolean }>();
  /** Agent -> the task that tries it, of which nothing is known yet. */
  readonly onTrial = new Map<string, number>();
  /** Order in which tasks were started. */
  readonly started: string[] = [];
  /** What agents were granted, by claim; `task` is null for one that works on none. */
  readonly leases = new Map<string, { resource: string; units: number; task: number | null }>();
  lastFence = 0;
  /** Its open effects, by the rules of the runtime; only timers stay open here. */
  readonly open = new OpenEffects();
  effects = 0;
  spent = { usd: 0, tokens: 0 };
  at = 1_000;
  endings: string[] = [];
  isCancelled = false;
  isMergeBroken = false;
  snapshot: AnyMachineSnapshot;

  constructor(drafts: NodeDraft[], limits: Limits, isIsolated: boolean) {
    const isolation = isIsolated ? "worktree" : "none";
    const common = { isolation, gates: [], retries: 2, onConflict: "ask", backoff: defaultBackoff, seed: 1 } as const;
    this.nodes = drafts.map(({ stream, agent, ...node }, at) => ({
      ...node,
      input: { ...common, gates: [], id: `t${at}`, stream, agent },
    }));
    this.limits = limits;
    this.phases = drafts.map(() => "none");
    this.outcomes = drafts.map(() => null);
    this.failures = drafts.map(() => 0);
    const { snapshot } = this.driver.start({
      run: "r",
      nodes: this.nodes,
      isolation,
      ...limits,
      at: this.at,
    });
    this.snapshot = snapshot;
  }

  /** Timers that are armed, in the order asked for. */
  openTimers(): { id: string; timer: string; dueAt: number }[] {
    return this.open.of(SCHEDULER).map(({ id, params }) => ({ id, ...(params as { timer: string; dueAt: number }) }));
  }

  /** Every claim and lease has a timer that ends it. */
  expectLeaseTimers(): void {
    const timers = this.openTimers().map(({ timer }) => timer);
    for (const { claim } of this.context.leases) expect(timers, `the timer of ${claim}`).toContain(`lease ${claim}`);
  }

  get context(): SchedulerContext {
    return this.snapshot.context as SchedulerContext;
  }

  indexOf(id: string): number {
    return Number(id.slice(1));
  }

  phaseOf(task: number): Phase {
    return this.phases[task] ?? "none";
  }

  working(): number[] {
    return [...this.phases.keys()].filter((task) => this.phases[task] === "working");
  }

  start(task: number): void {
    const node = this.nodes[task] as Node;
    const { id, stream, agent } = node.input;
    expect(["none", "awaitingSlot"], `${id} is started`).toContain(this.phases[task]);
    expect(this.outcomes[task], `${id} has an outcome`).toBeNull();
    expect(this.isCancelled || this.isMergeBroken, `${id} is started after the run was ended`).toBe(false);
    expect(this.lost.has(stream), `${id} is started in a lost stream`).toBe(false);
    this.expectNeedsMet(node);
    this.expectBudget(node);
    this.phases[task] = "working";
    this.started.push(id);
    const breaker = agent === null ? undefined : this.breakers.get(agent);
    if (breaker) {
      expect(breaker.isOpen, `${id} is started although the breaker of ${agent} is open`).toBe(false);
      expect(--breaker.trials, `${id} is one too many on trial`).toBeGreaterThanOrEqual(0);
      if (agent !== null) this.onTrial.set(agent, task);
    }
    const working = this.working();
    expect(working.length).toBeLessThanOrEqual(this.limits.concurrency);
    const alike = (is: (other: Node) => boolean): number =>
      working.filter((other) => is(this.nodes[other] as Node)).length;
    expect(alike((other) => other.input.stream === stream)).toBeLessThanOrEqual(this.limits.streams[stream] ?? 1);
    if (agent !== null) {
      expect(alike((other) => other.input.agent === agent)).toBeLessThanOrEqual(this.limits.agents[agent] ?? 99);
    }
    this.expectCapacity();
  }

  /** What asks for a slot again, or is over, has shown nothing of an agent that it tried: another task may. */
  giveBackTrials({ type, task }: { type: string; task?: unknown }): void {
    if (!["slot.request", "task.finished", "task.crashed"].includes(type)) return;
    for (const [agent, other] of this.onTrial) {
      const breaker = this.breakers.get(agent);
      if (`t${other}` !== task || breaker === undefined) continue;
      this.onTrial.delete(agent);
      this.breakers.set(agent, { ...breaker, trials: 1 });
    }
  }

  /** The scheduler says that a claim was granted. */
  grantLease(claim: string, lease: { resource: string; units: number; task: number | null }, fence: number): void {
    expect(fence, "a fencing number larger than all before").toBeGreaterThan(this.lastFence);
    this.lastFence = fence;
    this.leases.set(claim, lease);
    this.expectCapacity();
  }

  /** What a task's agent leased is over once the task has left its slot. */
  forgetLeases(): void {
    for (const [claim, { task }] of this.leases) {
      if (task !== null && this.phases[task] !== "working") this.leases.delete(claim);
    }
  }

  expectCapacity(): void {
    const working = this.working();
    for (const [resource, capacity] of Object.entries(this.limits.resources)) {
      const used = working.reduce((sum, other) => sum + ((this.nodes[other] as Node).uses[resource] ?? 0), 0);
      const leased = [...this.leases.values()].filter((lease) => lease.resource === resource);
      const total = leased.reduce((sum, { units }) => sum + units, used);
      expect(total, resource).toBeLessThanOrEqual(capacity);
      expect(this.context.used[resource] ?? 0, `${resource} in use`).toBeLessThanOrEqual(capacity);
    }
  }

  isMet(need: number): boolean {
    // A task of a lost stream that never started has its outcome from the scheduler alone.
    const isLost = this.lost.has((this.nodes[need] as Node).input.stream);
    const outcome = this.outcomes[need] ?? (isLost ? rowsOf(this.context.rows)[need]?.phase : null);
    const tolerated = outcome === "failed" && this.nodes[need]?.continueOnError === true;
    return outcome === "done" || outcome === "merged" || tolerated;
  }

  expectNeedsMet({ input, needs, min, require }: Node): void {
    expect(needs.filter((need) => this.isMet(need)).length, `needs of ${input.id}`).toBeGreaterThanOrEqual(min);
    for (const need of require) expect(this.isMet(need), `${input.id} requires t${need}`).toBe(true);
  }

  expectBudget({ input, reserve }: Node): void {
    const { mode, usd, tokens } = this.context.budget;
    if (mode === "warn" || (input.agent === null && reserve.usd + reserve.tokens === 0)) return;
    const reserved = this.working().map((task) => (this.nodes[task] as Node).reserve);
    const sum = (of: "usd" | "tokens"): number =>
      reserved.reduce((total, each) => total + each[of], this.spent[of] + reserve[of]);
    if (usd !== undefined) expect(sum("usd"), `usd with ${input.id}`).toBeLessThanOrEqual(usd);
    if (tokens !== undefined) expect(sum("tokens"), `tokens with ${input.id}`).toBeLessThanOrEqual(tokens);
  }
}
