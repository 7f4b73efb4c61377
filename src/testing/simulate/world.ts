/** What all parts of a simulated world share. */
import type { Clock, Outcome } from "../../actors/runtime/ports.ts";
import type { Plan, Task } from "../../plan/model.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import type { SeededRandom } from "../determinism/seeded-random.ts";
import type { FakeBranch } from "./fake-branch.ts";
import type { FaultRates } from "./fault-rates.ts";
import type { RunOracle } from "./run-oracle.ts";
import type { SimulatedAgent } from "./scripted-agent.ts";
import type { ReportViolation } from "./violations.ts";

/** Virtual time that is no agent's work, ms. */
export interface Overheads {
  /** Preparing a workspace. */
  prepareMs: number;
  /** A task's own gates, if it has some. */
  gatesMs: number;
  /** A review. */
  reviewMs: number;
  /** Building a chain of commits. */
  chainMs: number;
  /** The required gates at the tip of a chain. */
  tipMs: number;
}

export interface World {
  /** As it is now: a task that a person changes is changed in place, once the change is durable. */
  plan: Plan;
  random: SeededRandom;
  faults: FaultRates;
  clock: Clock;
  overheads: Overheads;
  durationOf: (task: Task) => number;
  agentOf: (task: Task) => SimulatedAgent;
  branch: FakeBranch;
  oracle: RunOracle;
  report: ReportViolation;
  /** The task of this id; throws when the plan has none. */
  taskOf: (id: string) => Task;
  /** The files that a task's commits change: its scope, or one that nobody names. */
  filesOf: (id: string) => string[];
  /** A number that was not given before: tells apart random values that are for the same thing. */
  count: () => number;
  mailbox: Mailbox;
}

/** How outcomes reach the host besides the answers of its performers. */
export class Mailbox {
  /** Hands an outcome to the host that is alive; null while none is. */
  host: ((effect: string, outcome: Outcome) => void) | null = null;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Delivers an outcome so many milliseconds from now, to the host that is alive then. */
  deliver(effect: string, outcome: Outcome, delayMs: number): void {
    this.#clock.setTimer(this.#clock.now() + delayMs, () => this.host?.(effect, outcome));
  }
}

/** Resolves after so many virtual milliseconds, or when the effect is not wanted any more. */
export function wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (ms === 0) return Promise.resolve();
  return new Promise((resolve) => {
    const cancel = clock.setTimer(clock.now() + ms, resolve);
    signal.addEventListener("abort", () => {
      cancel();
      resolve();
    });
  });
}

/** A gate's result. */
export function gateOutcome(name: string, required: boolean, isGreen: boolean, durationMs: number): GateOutcome {
  const status = isGreen ? "passed" : "failed";
  return { name, required, status, durationMs, summary: status, report: null, sha256: null };
}
