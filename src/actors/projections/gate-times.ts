/** Which gates run, since when, and how long they usually take: folded from a run's log beside the actors. */
import { taskAt } from "../../protocol/address.ts";
import type { Events } from "../../protocol/events.ts";
import type { GateOutcome } from "../../protocol/gate-values.ts";
import type { RunRecord } from "../../protocol/records.ts";
import type { GateStatus } from "../../protocol/states.ts";
import type { GateView } from "../../protocol/status.ts";

interface BegunGate {
  gate: string;
  since: number;
  /** What it prints, relative to the run's folder. */
  log: string;
  /** Null while it runs. */
  status: GateOutcome["status"] | null;
}

/** What a gate's status does not say. */
export type BesideGate = Pick<GateView, "reused" | "excused">;

/** JSON, so that it goes into snapshots. Times are milliseconds since the Unix epoch. */
export interface GateNotes {
  /** Actor that asked for gates -> those that were begun, as long as not all of them have ended. */
  begun: Record<string, BegunGate[]>;
  /** Gate -> how long it took, the newest last. */
  took: Record<string, number[]>;
  /**
   * Task -> gate -> what is said beside its verdict on what was merged of the task. Absent in snapshots of earlier versions.
   */
  beside?: Record<string, Record<string, BesideGate>>;
  /** How long gates of tasks ran, all together, ms. */
  tasksMs: number;
  /** How long those of merges and of the base did. */
  mergesMs: number;
}

/** Of so many runs of a gate the middle one is usual. */
const MAX_KEPT = 20;

/** Before the first record. */
export const emptyGateNotes = (): GateNotes => ({ begun: {}, took: {}, tasksMs: 0, mergesMs: 0 });

/** Folds one record; mutates `notes`. */
export function noteGates(notes: GateNotes, { actor, type, time, data }: RunRecord): void {
  if (ANEW.has(type)) delete notes.beside?.[taskAt(actor) ?? ""];
  if (type === "gate.started") {
    const { gate, log } = data;
    // One that is run a second time, in another worktree, takes the place of the first.
    const others = (notes.begun[actor] ?? []).filter((one) => one.gate !== gate);
    notes.begun[actor] = [...others, { gate, since: time, log, status: null }];
  } else if (type === "gate.ended") {
    endOne(notes, actor, data);
  } else if (ENDS.has(type)) {
    if (type === "gates.finished") notes.tasksMs += data.durationMs;
    const first = notes.begun[actor]?.[0];
    // They run side by side: from the first that began to the end of all.
    if (first !== undefined && (type === "tip.gated" || type === "base.gated")) notes.mergesMs += time - first.since;
    delete notes.begun[actor];
  } else if (type === "verdict.reused") {
    for (const task of data.tasks) noteBeside(notes, task, { [data.gate]: { reused: true } });
  } else if (type === "gate.excused") {
    noteBeside(notes, taskAt(actor) ?? "", { [data.gate]: { excused: true } });
  } else if (type === "epoch.started") {
    // What ran when a host died runs no more.
    notes.begun = {};
  }
}

/** What follows once no gate of an actor runs any more, whether each of them has told its end or not. */
const ENDS: ReadonlySet<string> = new Set([
  "gates.finished",
  "tip.gated",
  "base.gated",
  "git.failed",
  "task.stop",
  "task.start",
  "attempt.start",
]);

/** What was said of a task's commit is over with it. */
const ANEW: ReadonlySet<string> = new Set(["attempt.start", "merge.rejected", "merge.conflicted", "merge.withdrawn"]);

function noteBeside(notes: GateNotes, task: string, said: Record<string, BesideGate>): void {
  notes.beside = { ...notes.beside, [task]: { ...notes.beside?.[task], ...said } };
}

function endOne(notes: GateNotes, actor: string, { gate, status, durationMs }: Events["gate.ended"]): void {
  notes.begun[actor] = (notes.begun[actor] ?? []).map((one) => (one.gate === gate ? { ...one, status } : one));
  // How long a gate takes that could not be judged, or was stopped, says nothing.
  if (status !== "passed" && status !== "failed") return;
  notes.took[gate] = [...(notes.took[gate] ?? []), durationMs].slice(-MAX_KEPT);
}

/** What can be asked of the notes. */
export class GateTimes {
  readonly #notes: GateNotes;
  readonly #known: Readonly<Record<string, number>>;

  /** `known`: what earlier runs took, by gate, where this one has not run it yet. */
  constructor(notes: GateNotes, known: Readonly<Record<string, number>> = {}) {
    this.#notes = notes;
    this.#known = known;
  }

  /** Those that run for an actor now. */
  running(actor: string): BegunGate[] {
    return (this.#notes.begun[actor] ?? []).filter(({ status }) => status === null);
  }

  /** How one stands of those that an actor has asked for and not yet heard of. */
  statusOf(actor: string, gate: string): GateStatus {
    const begun = this.#notes.begun[actor]?.find((one) => one.gate === gate);
    return begun === undefined ? "pending" : (begun.status ?? "running");
  }

  /** What is said beside the verdicts on what was merged of a task, by gate. */
  besideOf(task: string): Readonly<Record<string, BesideGate>> {
    return this.#notes.beside?.[task] ?? {};
  }

  /** The middle of what it took in this run, else in earlier ones; null when nobody knows. */
  usualMs(gate: string): number | null {
    const took = [...(this.#notes.took[gate] ?? [])].sort((a, b) => a - b);
    return took[(took.length - 1) >> 1] ?? (Object.hasOwn(this.#known, gate) ? (this.#known[gate] ?? null) : null);
  }
}
