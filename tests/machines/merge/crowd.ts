/** A real merge queue between tasks that work, are sent back and work again; git, gates and the scheduler are played. */
import { expect } from "vitest";
import type { AnyMachineSnapshot } from "xstate";
import { createDriver } from "../../../src/actors/runtime/driver.ts";
import type { RequestedEffect } from "../../../src/actors/runtime/step.ts";
import type { MergeContext } from "../../../src/machines/merge/merge-decisions.ts";
import { mergeQueueMachine } from "../../../src/machines/merge/merge-queue.ts";
import type { QueueItem } from "../../../src/protocol/values.ts";

/** The files that a task changes, and what comes of it when another has changed them since its base. */
export interface Nature {
  files: string[];
  clash: "conflicts" | "turns red";
}

export interface Move {
  /** `finish`: its work; `ask`: a person, `decide`: who says that it runs again; `end`: it fails; `fail`: git does. */
  act: "finish" | "answer" | "ask" | "decide" | "end" | "crash" | "fail";
  /** Which of those that can. */
  pick: number;
}

type State = "working" | "leaving" | "queued" | "asking" | "over";

interface Letter {
  to: string;
  event: { type: string };
}

/** A commit holds tasks, in order; a task's own commit knows how many of them it was made on. */
interface Commit {
  holds: number[];
  base: number;
}

export class Crowd {
  readonly landed: number[] = [];
  readonly attempts: number[];
  ended = 0;
  readonly #driver = createDriver(mergeQueueMachine);
  readonly #natures: readonly Nature[];
  readonly #states: State[];
  /** How much was merged when each began its work. */
  readonly #bases: number[];
  readonly #commits = new Map<string, Commit>([["base", { holds: [], base: 0 }]]);
  readonly #red = new Set<string>();
  #snapshot: AnyMachineSnapshot;
  #open: RequestedEffect[] = [];
  #letters: Letter[] = [];
  #head = "base";
  #serial = 0;
  #failures = 0;

  constructor(natures: readonly Nature[]) {
    this.#natures = natures;
    this.#states = natures.map(() => "working");
    this.#bases = natures.map(() => 0);
    this.attempts = natures.map(() => 1);
    const input = { base: "base", hasGates: true, longest: 4, seed: 1, at: 0 };
    const { snapshot, effects } = this.#driver.start(input);
    this.#snapshot = snapshot;
    this.#take(effects);
  }

  get isOver(): boolean {
    return this.#states.every((state) => state === "over") && this.#open.length === 0;
  }

  play({ act, pick }: Move): void {
    if (act === "answer") this.#answer(pick);
    else if (act === "fail") this.#failGit();
    else if (act === "finish") this.#choose("working", pick, (task) => this.#enqueue(task));
    else if (act === "ask") this.#choose("working", pick, (task) => this.#giveUpTurn(task, "asking"));
    else if (act === "end") this.#choose("working", pick, (task) => this.#end(task));
    else if (act === "decide") this.#choose("asking", pick, (task) => this.#work(task));
    // One that stands in for it takes back what was queued, and begins anew.
    else this.#choose("queued", pick, (task) => this.#withdraw(task));
  }

  #choose(state: State, pick: number, act: (task: number) => void): void {
    const some = [...this.#states.keys()].filter((task) => this.#states[task] === state);
    const task = some[pick % Math.max(1, some.length)];
    if (task !== undefined) act(task);
  }

  #enqueue(task: number): void {
    const commit = `work ${this.#serial++}`;
    this.#commits.set(commit, { holds: [task], base: this.#bases[task] ?? 0 });
    this.#states[task] = "queued";
    this.#send({ type: "merge.enqueue", task: String(task), commit, files: this.#natures[task]?.files });
  }

  #withdraw(task: number): void {
    this.#states[task] = "leaving";
    this.#send({ type: "merge.withdraw", task: String(task) });
  }

  #giveUpTurn(task: number, state: State): void {
    this.#states[task] = state;
    this.#send({ type: "turn.end", task: String(task) });
  }

  #end(task: number): void {
    this.ended++;
    this.#giveUpTurn(task, "over");
  }

  #work(task: number): void {
    this.#states[task] = "working";
    this.#bases[task] = this.landed.length;
    this.attempts[task] = (this.attempts[task] ?? 0) + 1;
  }

  #send(event: { type: string } & Record<string, unknown>): void {
    const { snapshot, effects } = this.#driver.step(this.#snapshot, { ...event, at: this.#serial++ } as never);
    this.#snapshot = snapshot;
    this.#take(effects);
    for (let next = this.#letters.shift(); next !== undefined; next = this.#letters.shift()) this.#hear(next);
    this.#expectSomebodyGoes();
  }

  /** Whoever waits, somebody can go on: in the queue, or on the way back to it. */
  #expectSomebodyGoes(): void {
    if (this.#open.length > 0 || !this.#states.includes("queued")) return;
    const { turns } = this.#snapshot.context as MergeContext;
    const away = turns.filter(({ task }) => this.#states[Number(task)] === "working");
    expect(away.length, "all wait for each other").toBeGreaterThan(0);
  }

  #take(effects: readonly RequestedEffect[]): void {
    for (const effect of effects) {
      const { name } = effect.params as { name?: string };
      if (effect.name === "withdraw") this.#open = this.#open.filter((open) => open.name !== name);
      else if (effect.name === "tell") this.#letters.push(effect.params as Letter);
      else this.#open.push(effect);
    }
  }

  #hear({ to, event }: Letter): void {
    expect(event.type, "git fails too seldom for that").not.toBe("merge.broken");
    if (to === "scheduler") return;
    const task = Number(to.slice("task:".length));
    expect(["queued", "leaving"], `${task} is told ${event.type}`).toContain(this.#states[task]);
    if (event.type !== "merge.landed") this.#work(task);
    else {
      this.#states[task] = "over";
      expect(this.landed, `${task} lands`).toContain(task);
    }
  }

  #failGit(): void {
    const [effect] = this.#open;
    if (effect === undefined || effect.name === "setTimer" || effect.name === "createBranch") return;
    if (++this.#failures > 3) return;
    this.#open.shift();
    this.#send({ type: "git.failed", reason: "planted" });
  }

  #answer(pick: number): void {
    const [effect] = this.#open.splice(pick % Math.max(1, this.#open.length), 1);
    if (effect !== undefined) this.#send(this.#perform(effect));
  }

  #perform({ name, params }: RequestedEffect): { type: string } & Record<string, unknown> {
    const given = params as { onto: string; items: QueueItem[]; commit: string; to: string; timer: string };
    switch (name) {
      case "createBranch":
        return { type: "branch.created", commit: "base" };
      case "gateBase":
        return { type: "base.gated", results: [gate(false)] };
      case "buildChain":
        return this.#build(given.onto, given.items);
      case "gateTip":
        return { type: "tip.gated", results: [gate(this.#isRed(given.commit))] };
      case "advanceBranch":
        this.#head = given.to;
        this.landed.splice(0, Number.POSITIVE_INFINITY, ...this.#holds(this.#head));
        expect(new Set(this.landed).size, "nothing lands twice").toBe(this.landed.length);
        return { type: "branch.advanced", to: given.to };
      default:
        return { type: "timer.fired", timer: given.timer };
    }
  }

  #holds(commit: string): number[] {
    return this.#commits.get(commit)?.holds ?? [];
  }

  /** Files of a task that others have changed since its base, in what is below it. */
  #changedSince(task: number, base: number, below: readonly number[]): string[] {
    const theirs = new Set(below.slice(base).flatMap((other) => this.#natures[other]?.files ?? []));
    return (this.#natures[task]?.files ?? []).filter((file) => theirs.has(file));
  }

  #build(onto: string, items: readonly QueueItem[]): { type: string } & Record<string, unknown> {
    const links: { task: string; commit: string }[] = [];
    const conflicts: { task: string; files: string[] }[] = [];
    let tip = this.#holds(onto);
    for (const { task, commit } of items) {
      const at = Number(task);
      const base = this.#commits.get(commit)?.base ?? 0;
      const files = this.#changedSince(at, base, tip);
      if (files.length > 0 && this.#natures[at]?.clash === "conflicts") {
        conflicts.push({ task, files });
        continue;
      }
      const link = `link ${this.#serial++}`;
      tip = [...tip, at];
      this.#commits.set(link, { holds: tip, base });
      // Red is what was made without knowing of what is below it, and all that is put on it.
      if (files.length > 0 || this.#isRed(links.at(-1)?.commit ?? onto)) this.#red.add(link);
      links.push({ task, commit: link });
    }
    return { type: "chain.built", links, conflicts };
  }

  #isRed(commit: string): boolean {
    return this.#red.has(commit);
  }
}

function gate(isRed: boolean) {
  const status = isRed ? "failed" : "passed";
  return { name: "test", required: true, status, durationMs: 1, summary: "", report: null, sha256: null };
}
