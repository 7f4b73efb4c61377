/**
 * The world outside a run, played by hand: a branch, worktrees, agents. Its performers do nothing of themselves; each waits
 * until it is let go, in whatever order. One may break once, one may come back long after its effect is over (withdrawn, or
 * its host dead) and answer then, and each may say again what it has said already.
 */
import type { Outcome, PerformContext, Performers } from "../../actors/runtime/ports.ts";
import type { GateOutcome } from "../../protocol/values.ts";
import { demand } from "./broken.ts";
import type { Random } from "./random.ts";

/** One effect that a host has begun to perform. */
export interface Performance {
  name: string;
  effect: string;
  recovering: boolean;
}

/** One that waits to be let go. */
interface Waiting {
  act: () => Outcome;
  answer: (outcome: Outcome) => void;
  crash: (why: Error) => void;
  context: PerformContext;
  name: string;
}

/** Outlives all hosts of one run. */
export class PlayedWorld {
  /** The integration branch: its first commit and the tasks on it, in the order in which they landed. */
  head: string;
  readonly performed: Performance[] = [];
  readonly #random: Random;
  readonly #failsFirst: ReadonlySet<string>;
  readonly #hasFailed = new Set<string>();
  readonly #hasBroken = new Set<string>();
  #waiting: Waiting[] = [];
  /** Effects that are over, whose worker may still come back. */
  #late: Waiting[] = [];

  /** `base`: the commit that the branch is cut from; the agents of `failsFirst` fail the first time. */
  constructor(base: string, failsFirst: readonly string[], random: Random) {
    this.head = base;
    this.#failsFirst = new Set(failsFirst);
    this.#random = random;
  }

  get tasksOnBranch(): string[] {
    return this.head.split(" ").slice(1);
  }

  /** Lets one of those that wait go, any of them; false when none waits. */
  release(): boolean {
    if (this.#late.length > 0 && this.#random.chance(0.3)) {
      this.#answerLate(this.#take(this.#late));
      return true;
    }
    if (this.#waiting.length === 0) return false;
    const next = this.#take(this.#waiting);
    if (next.context.signal.aborted) {
      // Withdrawn: it does not heed that, and comes back later.
      this.#late.push(next);
      return true;
    }
    const task = next.context.actor;
    const mayBreak = next.name === "prepareWorkspace" || next.name === "startAgent";
    if (mayBreak && !this.#hasBroken.has(task) && this.#random.chance(0.2)) {
      this.#hasBroken.add(task);
      next.crash(new Error("this performer broke"));
      this.#late.push(next);
      return true;
    }
    next.answer(next.act());
    if (this.#random.chance(0.3)) this.#late.push(next);
    return true;
  }

  /** The host is gone: some of what it had begun was done, and its workers may come back while the next host runs. */
  loseHost(): void {
    for (const each of this.#waiting) {
      const outcome = this.#random.chance(0.5) ? each.act() : null;
      if (outcome !== null && this.#random.chance(0.5)) this.#late.push({ ...each, act: () => outcome });
    }
    this.#waiting = [];
  }

  /** The host stops in good order: whoever still waits answers now, and nobody comes back. */
  dismiss(): void {
    for (const each of [...this.#waiting, ...this.#late]) this.#answerLate(each);
    this.#waiting = [];
    this.#late = [];
  }

  performers(): Performers {
    const perform =
      (name: string, act: (params: never, context: PerformContext) => Outcome) =>
      (params: never, context: PerformContext): Promise<Outcome> => {
        this.performed.push({ name, effect: context.effect, recovering: context.recovering });
        return new Promise((answer, crash) => {
          this.#waiting.push({ act: () => act(params, context), answer, crash, context, name });
        });
      };
    return {
      createBranch: perform("createBranch", ({ base }: { base: string }) => ({
        type: "branch.created",
        branch: "x",
        commit: base,
      })),
      prepareWorkspace: perform("prepareWorkspace", ({ task, attempt }: { task: string; attempt: string }) => ({
        type: "workspace.prepared",
        workspace: { path: `/${task}/${attempt}`, branch: `${task}-${attempt}`, port: 1 },
      })),
      startAgent: perform("startAgent", ({ task }: { task: string }, { recovering }) =>
        recovering ? { type: "agent.lost", killed: 0 } : this.#exit(task),
      ),
      stopAgent: perform("stopAgent", () => ({ type: "effect.done" })),
      commitWork: perform("commitWork", ({ task }: { task: string }) => ({
        type: "work.committed",
        commit: `commit of ${task}`,
        files: [task],
        removesMerged: [],
      })),
      runGates: perform("runGates", ({ gates }: { gates: string[] }) => ({
        type: "gates.finished",
        results: gates.map(toPassed),
        durationMs: 1,
      })),
      buildChain: perform("buildChain", ({ onto, items }: { onto: string; items: { task: string }[] }) => {
        let commit = onto;
        const links = items.map(({ task }) => {
          commit = `${commit} ${task}`;
          return { task, commit };
        });
        return { type: "chain.built", links, conflicts: [] };
      }),
      gateTip: perform("gateTip", () => ({ type: "tip.gated", results: [] })),
      advanceBranch: perform("advanceBranch", ({ from, to }: { from: string; to: string }) => this.#advance(from, to)),
      releaseWorkspace: perform("releaseWorkspace", ({ workspace }: { workspace: { path: string } }) => ({
        type: "workspace.released",
        path: workspace.path,
      })),
    };
  }

  #exit(task: string): Outcome {
    const ok = !this.#failsFirst.has(task) || this.#hasFailed.has(task);
    this.#hasFailed.add(task);
    const end = { ok, code: ok ? 0 : 1, signal: null, reason: null, blame: "work", timedOut: false };
    return { type: "task.exited", ...end, durationMs: 5, transcript: { path: "t" } };
  }

  /** By compare-and-swap; a second time it finds what it did before. */
  #advance(from: string, to: string): Outcome {
    if (this.head === from) this.head = to;
    const landed = this.tasksOnBranch;
    demand(new Set(landed).size === landed.length, () => `a task landed twice on the branch: ${this.head}`);
    if (!this.head.startsWith(to)) return { type: "branch.diverged", found: this.head };
    return { type: "branch.advanced", from, to: this.head };
  }

  /** The worker of an effect that is over comes back: with an answer, and with what it would have told on the way. */
  #answerLate({ act, answer, context, name }: Waiting): void {
    // What changes the world is not done again; of the rest the answer is said once more.
    const outcome = name === "advanceBranch" ? { type: "branch.advanced", from: "", to: this.head } : act();
    answer(outcome);
    void context.report(outcome).catch(() => undefined);
    if (name === "startAgent") void context.report({ type: "cost.reported", usd: 1, tokens: 1 }).catch(() => undefined);
  }

  #take(from: Waiting[]): Waiting {
    return from.splice(this.#random.below(from.length), 1)[0] as Waiting;
  }
}

function toPassed(name: string): GateOutcome {
  return { name, required: true, status: "passed", durationMs: 1, summary: "", report: null, sha256: null };
}
