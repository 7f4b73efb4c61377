/** A merge queue whose git and gates are played: commits are lists of what they hold, and any order of answers may be given. */
import fc from "fast-check";
import { expect } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import type { RequestedEffect } from "../../../src/actors/runtime/step.ts";
import { mergeQueueMachine } from "../../../src/machines/merge/merge-queue.ts";
import type { QueueItem } from "../../../src/protocol/values.ts";

/** What a task's commit does: turns the gates red, or conflicts with what other tasks changed. */
interface Nature {
  isRed: boolean;
  conflictsWith: number[];
}

export interface Move {
  /** Which task acts, or which open effect is answered. */
  pick: number;
  act: "enqueue" | "withdraw" | "again" | "answer" | "fail" | "foreign" | "performLost";
  nature: Nature;
}

const nature: fc.Arbitrary<Nature> = fc.record({
  isRed: fc.oneof({ weight: 3, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
  conflictsWith: fc.array(fc.nat({ max: 5 }), { maxLength: 2 }),
});
export const move: fc.Arbitrary<Move> = fc.record({
  pick: fc.nat({ max: 5 }),
  act: fc.oneof(
    { weight: 6, arbitrary: fc.constant("answer" as const) },
    { weight: 5, arbitrary: fc.constant("enqueue" as const) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        "withdraw" as const,
        "again" as const,
        "fail" as const,
        "foreign" as const,
        "performLost" as const,
      ),
    },
  ),
  nature,
});

/** Commits are lists of what they hold; the branch is one of them. */
export class Simulation {
  readonly driver = createDriver(mergeQueueMachine);
  snapshot: AnyMachineSnapshot;
  readonly natures = new Map<string, Nature>();
  readonly holds = new Map<string, string[]>([["base", []]]);
  head = "base";
  /** Commit of each task that waits for its answer. */
  readonly waiting = new Map<string, string>();
  readonly landed = new Map<string, string>();
  readonly leaving = new Set<string>();
  open: RequestedEffect[] = [];
  isBroken = false;
  /** Whether a gate is red the first time that it is run on any tree, for a reason that is known to mean nothing. */
  isFlaky = false;
  /** Commits that were turned down as red. */
  readonly rejected: string[] = [];
  /** Whether what is red on the base is excused. */
  isRatchet = false;
  at = 0;
  serial = 0;

  constructor(hasGates: boolean) {
    const { snapshot, effects } = this.driver.start({ base: "base", hasGates, longest: 3, seed: 1, at: 0 });
    this.snapshot = snapshot;
    this.take(effects);
  }

  send(event: { type: string } & Record<string, unknown>): void {
    const { snapshot, effects } = this.driver.step(this.snapshot, { ...event, at: this.at++ } as never);
    this.snapshot = snapshot;
    this.take(effects);
  }

  /** Hears what the queue tells; what it asks for stays open until it is answered. */
  take(effects: RequestedEffect[]): void {
    for (const effect of effects) {
      const { name } = effect.params as { name?: string };
      if (effect.name === "withdraw") this.open = this.open.filter((open) => open.name !== name);
      else if (effect.name !== "tell") this.open.push(effect);
      else this.hear(effect.params as { to: string; event: { type: string; commit?: string } });
    }
  }

  hear({ to, event }: { to: string; event: { type: string; commit?: string } }): void {
    if (to === "scheduler") {
      if (event.type === "merge.broken") this.isBroken = true;
      return;
    }
    if (event.type === "gate.excused") return;
    const task = to.slice("task:".length);
    if (event.type === "merge.rejected") this.rejected.push(this.waiting.get(task) ?? "");
    expect(this.waiting.has(task), `${task} is told ${event.type}, but waits for nothing`).toBe(true);
    this.waiting.delete(task);
    this.leaving.delete(task);
    if (event.type === "merge.landed") {
      expect(this.onBranch(task), `${task} is told that it landed`).toBe(1);
      this.landed.set(task, event.commit ?? "");
    }
  }

  onBranch(task: string): number {
    return (this.holds.get(this.head) ?? []).filter((held) => held.split("@")[0] === task).length;
  }

  isRed(commit: string): boolean {
    return (this.holds.get(commit) ?? []).some((held) => this.natures.get(held)?.isRed === true);
  }

  /** Whether something else than the base is red in it. */
  isRedder(commit: string): boolean {
    return (this.holds.get(commit) ?? []).some((held) => held !== "base@0" && this.natures.get(held)?.isRed === true);
  }

  gate(commit: string, isExcused: boolean) {
    const status = this.isRed(commit) ? "failed" : "passed";
    const gate = { name: "test", required: true, status, durationMs: 1, summary: "", report: "r", sha256: "" };
    return { ...gate, ...(status === "failed" && isExcused ? { excused: "as on the base" } : {}) };
  }

  flake() {
    const doubt = { known: ["a test"], touched: [] };
    return {
      name: "test",
      required: true,
      status: "failed",
      durationMs: 1,
      summary: "",
      report: "r",
      sha256: "",
      doubt,
    };
  }

  enqueue(task: string, does: Nature): void {
    const commit = `${task}@${this.serial++}`;
    this.natures.set(commit, does);
    this.waiting.set(task, commit);
    this.send({ type: "merge.enqueue", task, commit });
  }

  withdraw(task: string): void {
    this.leaving.add(task);
    this.send({ type: "merge.withdraw", task });
  }

  /** Performs an open effect on the simulated git; null when a timer has to fire instead. */
  perform({ name, params }: RequestedEffect): { type: string } & Record<string, unknown> {
    const given = params as {
      onto: string;
      items: QueueItem[];
      commit: string;
      from: string;
      to: string;
      timer: string;
      standing: object;
      again?: string[];
    };
    switch (name) {
      case "createBranch":
        return { type: "branch.created", commit: this.head };
      case "buildChain":
        return this.buildChain(given.onto, given.items);
      case "gateBase":
        return { type: "base.gated", results: [this.gate(given.commit, this.isRatchet && this.isRed(given.commit))] };
      case "gateTip": {
        if (this.isFlaky && given.again === undefined) return { type: "tip.gated", results: [this.flake()] };
        const stands = Object.hasOwn(given.standing, "test");
        return { type: "tip.gated", results: [this.gate(given.commit, stands && !this.isRedder(given.commit))] };
      }
      case "advanceBranch":
        // Moved already, before the host died; perhaps somebody else has moved it on since.
        if (this.contains(given.to)) return { type: "branch.advanced", to: this.head };
        if (this.head !== given.from) return { type: "branch.diverged", found: this.head };
        this.head = given.to;
        for (const held of this.holds.get(this.head) ?? []) {
          expect(this.onBranch(held.split("@")[0] as string), `${held} is on the branch`).toBe(1);
        }
        return { type: "branch.advanced", to: given.to };
      default:
        return { type: "timer.fired", timer: given.timer };
    }
  }

  contains(commit: string): boolean {
    const held = this.holds.get(this.head) ?? [];
    return (this.holds.get(commit) ?? []).every((each) => held.includes(each));
  }

  buildChain(onto: string, items: QueueItem[]): { type: string } & Record<string, unknown> {
    const links: { task: string; commit: string }[] = [];
    const conflicts: { task: string; files: string[] }[] = [];
    let tip = onto;
    for (const { task, commit } of items) {
      const held = this.holds.get(tip) ?? [];
      const enemies = this.natures.get(commit)?.conflictsWith ?? [];
      if (held.some((other) => enemies.includes(Number(other.split("@")[0])))) conflicts.push({ task, files: ["f"] });
      else {
        const link = `link${this.serial++}`;
        this.holds.set(link, [...held, commit]);
        links.push({ task, commit: link });
        tip = link;
      }
    }
    return { type: "chain.built", links, conflicts };
  }

  answer(index: number): void {
    const [effect] = this.open.splice(index % this.open.length, 1);
    if (effect) this.send(this.perform(effect));
  }
}

export function play(simulation: Simulation, { pick, act, nature: does }: Move): void {
  const task = String(pick);
  const isWaiting = simulation.waiting.has(task);
  const isOver = simulation.landed.has(task) || simulation.isBroken;
  if (act === "answer") {
    if (simulation.open.length > 0) simulation.answer(pick);
  } else if (act === "enqueue") {
    if (!isWaiting && !isOver) simulation.enqueue(task, does);
  } else if (act === "again") {
    // Its actor crashed while it waited; the next attempt has another commit.
    if (isWaiting && !isOver && !simulation.leaving.has(task)) simulation.enqueue(task, does);
  } else if (act === "withdraw") {
    if (isWaiting && !simulation.leaving.has(task)) simulation.withdraw(task);
  } else if (act === "foreign") {
    const commit = `foreign${simulation.serial++}`;
    simulation.holds.set(commit, [...(simulation.holds.get(simulation.head) ?? []), `x${simulation.serial}@0`]);
    if (simulation.open[0]?.name === "advanceBranch") simulation.head = commit;
  } else if (act === "performLost") {
    // The host dies between performing and recording; recovery performs again.
    if (simulation.open[0]) simulation.perform(simulation.open[0]);
  } else {
    const [effect] = simulation.open;
    if (effect === undefined || effect.name === "setTimer") return;
    simulation.open.shift();
    simulation.send({ type: "git.failed", reason: "planted" });
  }
}

/** With a base on which the gate is red. */
export function beginRed(): Simulation {
  const simulation = new Simulation(true);
  simulation.natures.set("base@0", { isRed: true, conflictsWith: [] });
  simulation.holds.set("base", ["base@0"]);
  return simulation;
}
