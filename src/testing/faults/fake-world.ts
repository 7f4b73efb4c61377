/**
 * A fake of the world outside a run: a branch, worktrees, agents. Its performers do nothing of themselves; each effect is
 * pending until it is completed, in random order. A performer may throw once, may answer long after its effect is over
 * (withdrawn, or its host dead), and may answer again what it has answered already.
 */
import { openPerformers } from "../../actors/run-actors/open-performers.ts";
import type { OpenPerformers, Outcome, PerformContext } from "../../actors/runtime/ports.ts";
import type { Answer, EffectName, Performers } from "../../protocol/effects.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import type { RandomSequence } from "../determinism/seeded-random.ts";
import { assertGuarantee } from "./assert-guarantee.ts";

/** One effect that a host has begun to perform. */
export interface PerformedEffect {
  name: string;
  effect: string;
  recovering: boolean;
}

/** One that waits to be completed. */
interface PendingEffect {
  /** What it does at once, and what it says of that. */
  act: () => Promise<Outcome | undefined>;
  answer: (outcome: Promise<Outcome | undefined>) => void;
  crash: (why: Error) => void;
  context: PerformContext;
  name: string;
}

/** Outlives all hosts of one run. */
export class FakeWorld {
  /** The integration branch: its first commit and the tasks on it, in the order in which they landed. */
  head: string;
  readonly performed: PerformedEffect[] = [];
  readonly #random: RandomSequence;
  readonly #failsFirst: ReadonlySet<string>;
  readonly #hasFailed = new Set<string>();
  readonly #hasThrown = new Set<string>();
  #pending: PendingEffect[] = [];
  /** Effects that are over, whose worker may still answer. */
  #late: PendingEffect[] = [];

  /** `base`: the commit that the branch is cut from; the agents of `failsFirst` fail the first time. */
  constructor(base: string, failsFirst: readonly string[], random: RandomSequence) {
    this.head = base;
    this.#failsFirst = new Set(failsFirst);
    this.#random = random;
  }

  get tasksOnBranch(): string[] {
    return this.head.split(" ").slice(1);
  }

  /** Completes one of the pending effects, any of them; false when there is none. */
  completeNext(): boolean {
    if (this.#late.length > 0 && this.#random.chance(0.3)) {
      this.#answerLate(this.#take(this.#late));
      return true;
    }
    if (this.#pending.length === 0) return false;
    const next = this.#take(this.#pending);
    if (next.context.signal.aborted) {
      // Withdrawn: it does not heed that, and answers later.
      this.#late.push(next);
      return true;
    }
    const task = next.context.actor;
    const mayThrow = next.name === "prepareWorkspace" || next.name === "startAgent";
    if (mayThrow && !this.#hasThrown.has(task) && this.#random.chance(0.2)) {
      this.#hasThrown.add(task);
      next.crash(new Error("this performer broke"));
      this.#late.push(next);
      return true;
    }
    next.answer(next.act());
    if (this.#random.chance(0.3)) this.#late.push(next);
    return true;
  }

  /** The host is gone: some of what it had begun was done, and its workers may answer while the next host runs. */
  loseHost(): void {
    for (const each of this.#pending) {
      const outcome = this.#random.chance(0.5) ? each.act() : null;
      if (outcome !== null && this.#random.chance(0.5)) this.#late.push({ ...each, act: () => outcome });
    }
    this.#pending = [];
  }

  /** The host stops in good order: whatever is pending is answered now, and nothing later. */
  completeAll(): void {
    for (const each of [...this.#pending, ...this.#late]) this.#answerLate(each);
    this.#pending = [];
    this.#late = [];
  }

  performers(): OpenPerformers {
    const honest: Performers<Exclude<EffectName, "startReview" | "setTimer">> = {
      createBranch: async ({ base }) => ({ type: "branch.created", branch: "x", commit: base }),
      prepareWorkspace: async ({ task, attempt }) => ({
        type: "workspace.prepared",
        workspace: { id: `${task}.${attempt}`, path: `/${task}/${attempt}`, branch: `${task}-${attempt}`, port: 1 },
      }),
      startAgent: async ({ task }, { recovering }) =>
        recovering ? { type: "agent.lost", killed: 0 } : this.#exit(task),
      stopAgent: async () => undefined,
      commitWork: async ({ task }) => ({
        type: "work.committed",
        commit: `commit of ${task}`,
        files: [task],
        removesMerged: [],
      }),
      markWork: async ({ base }) => ({ type: "work.marked", taken: { commit: base, tip: base } }),
      resetWork: async () => ({ type: "work.reset", saved: null }),
      runGates: async ({ gates }) => ({ type: "gates.finished", results: gates.map(passedGate), durationMs: 1 }),
      buildChain: async ({ onto, items }) => {
        let commit = onto;
        const links = items.map(({ task }) => {
          commit = `${commit} ${task}`;
          return { task, commit };
        });
        return { type: "chain.built", links, conflicts: [] };
      },
      gateBase: async () => ({ type: "base.gated", results: [] }),
      gateTip: async () => ({ type: "tip.gated", results: [] }),
      advanceBranch: async ({ from, to }) => this.#advance(from, to),
      releaseWorkspace: async ({ workspace }) => ({ type: "workspace.released", id: workspace.id }),
    };
    const pending = Object.entries(openPerformers(honest)).map(([name, perform]) => [
      name,
      (params: unknown, context: PerformContext): Promise<Outcome | undefined> => {
        this.performed.push({ name, effect: context.effect, recovering: context.recovering });
        return new Promise((answer, crash) => {
          this.#pending.push({ act: () => perform(params, context), answer, crash, context, name });
        });
      },
    ]);
    return Object.fromEntries(pending);
  }

  #exit(task: string): Answer<"startAgent"> {
    const ok = !this.#failsFirst.has(task) || this.#hasFailed.has(task);
    this.#hasFailed.add(task);
    const end = { ok, code: ok ? 0 : 1, signal: null, reason: null, timedOut: false, durationMs: 5 };
    const transcript = { path: "t", bytes: 0, sha256: "", truncated: false };
    return { type: "agent.exited", faultOf: "work", ...end, transcript };
  }

  /** By compare-and-swap; a second time it finds what it did before. */
  #advance(from: string, to: string): Answer<"advanceBranch"> {
    if (this.head === from) this.head = to;
    const landed = this.tasksOnBranch;
    assertGuarantee(new Set(landed).size === landed.length, () => `a task landed twice on the branch: ${this.head}`);
    if (!this.head.startsWith(to)) return { type: "branch.diverged", found: this.head };
    return { type: "branch.advanced", from, to: this.head };
  }

  /** The worker of an effect that is over answers, and reports what it would have reported on the way. */
  #answerLate({ act, answer, context, name }: PendingEffect): void {
    // What changes the world is not done again; of the rest the answer is said once more.
    const again: Answer<"advanceBranch"> = { type: "branch.advanced", from: "", to: this.head };
    const said = name === "advanceBranch" ? Promise.resolve(again) : act();
    answer(said);
    void said.then((outcome) => outcome && context.report(outcome)).catch(() => undefined);
    if (name === "startAgent") void context.report({ type: "cost.reported", usd: 1, tokens: 1 }).catch(() => undefined);
  }

  #take(from: PendingEffect[]): PendingEffect {
    return from.splice(this.#random.below(from.length), 1)[0] as PendingEffect;
  }
}

function passedGate(name: string): GateOutcome {
  return { name, required: true, status: "passed", durationMs: 1, summary: "", report: null, sha256: null };
}
