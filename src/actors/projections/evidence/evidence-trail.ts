/**
 * What was run on each task's commit and on what was merged, and who judged it: followed through a run's log beside the actors.
 * What landed is what the run's branch was moved to; what a task or its agent says of itself is nowhere.
 */
import type { MergeContext } from "../../../machines/merge/merge-decisions.ts";
import { taskAt } from "../../../protocol/address.ts";
import type { Params } from "../../../protocol/effects.ts";
import type { Events } from "../../../protocol/events.ts";
import type { Baseline, GateOutcome } from "../../../protocol/gate-values.ts";
import { type RunRecord, readRecord } from "../../../protocol/records.ts";
import type { LogRecord } from "../../log/port.ts";
import type { ActorSystem } from "../../runtime/system.ts";

/** A commit of a task, before it is put on the run's branch. */
export interface WorkCommit {
  commit: string;
  tree: string | null;
  /** Absolute path of the worktree that it was made in; null without one. */
  worktree: string | null;
}

export interface TaskTrail {
  /** Its newest commit. */
  work: WorkCommit | null;
  /** What its own gates said of that commit; none where they were not run on it. */
  gates: GateOutcome[];
  reviews: (Events["review.finished"] & { of: WorkCommit | null })[];
}

/** Gates on a merged tree. */
export interface TipRun {
  commit: string;
  tree: string | null;
  /** Whose work was in it that was not merged before. */
  tasks: string[];
  results: GateOutcome[];
}

/** A commit that is on the run's branch. */
export interface Landing {
  task: string;
  commit: string;
  /** The attempt's commit that it was made of. */
  work: WorkCommit | null;
  /** When the branch moved, ms. */
  atMs: number;
  /** What was run on the tip that the branch moved to; null where no gate was. */
  tip: TipRun | null;
  /** What was run on what the branch was at before; null where no gate was, or nobody knows. */
  before: readonly GateOutcome[] | null;
}

type OpenTrail = TaskTrail & { worktree: string | null };

/** Follows records; `follow` is called with each of them before it is applied to the system. */
export class EvidenceTrail {
  readonly baseline: Baseline[] = [];
  /** In the order in which they landed. */
  readonly landings: Landing[] = [];
  readonly #tasks = new Map<string, OpenTrail>();
  /** Tips by their commits: the newest verdict on each. */
  readonly #tips = new Map<string, TipRun>();
  /** What gates said of where the branch is now. */
  #head: readonly GateOutcome[] | null = null;

  /** What was found of a task; nothing of one that never began. */
  taskOf(id: string): TaskTrail {
    return this.#tasks.get(id) ?? { work: null, gates: [], reviews: [] };
  }

  follow(system: ActorSystem, logged: LogRecord): void {
    const record = readRecord(logged);
    const { type, data, time } = record;
    const task = taskAt(record.actor);
    if (task !== null) this.#followTask(task, record);
    else if (type === "base.gated") this.#head = data.results;
    else if (type === "gate.baseline") this.#noteBaseline(data);
    else if (type === "tip.gated") this.#noteTip(system, record, data);
    else if (type === "branch.advanced") this.#land(mergeOf(system), time);
    else if (type === "branch.diverged") this.#head = null;
  }

  #followTask(id: string, { type, data }: RunRecord): void {
    const known = this.#tasks.get(id);
    const trail: OpenTrail = known ?? { work: null, gates: [], reviews: [], worktree: null };
    if (known === undefined) this.#tasks.set(id, trail);
    if (type === "workspace.prepared") trail.worktree = data.workspace.path === "" ? null : data.workspace.path;
    else if (type === "work.committed") {
      trail.work = { commit: data.commit, tree: data.tree ?? null, worktree: trail.worktree };
      trail.gates = [];
    } else if (type === "attempt.start" || type === "work.empty") trail.gates = [];
    else if (type === "gates.finished") trail.gates = data.results;
    else if (type === "review.finished") trail.reviews.push({ ...data, of: trail.work });
  }

  #noteBaseline(data: Baseline): void {
    const at = this.baseline.findIndex(({ gate }) => gate === data.gate);
    if (at >= 0) this.baseline[at] = data;
    else this.baseline.push(data);
  }

  #noteTip(system: ActorSystem, { cause }: RunRecord, { results, tree }: Events["tip.gated"]): void {
    const asked = cause === null ? undefined : system.open.get(cause);
    if (asked === undefined) return;
    const { commit, tasks } = asked.params as Params<"gateTip">;
    this.#tips.set(commit, { commit, tree: tree ?? null, tasks, results });
  }

  #land(merge: MergeContext | null, atMs: number): void {
    const links = merge?.chain.slice(0, merge.good) ?? [];
    const last = links.at(-1);
    if (last === undefined) return;
    const tip = this.#tips.get(last.commit) ?? null;
    for (const { task, commit } of links) {
      const work = this.#tasks.get(task)?.work ?? null;
      this.landings.push({ task, commit, work, atMs, tip, before: this.#head });
    }
    this.#head = tip === null ? null : tip.results;
    this.#tips.clear();
  }
}

function mergeOf(system: ActorSystem): MergeContext | null {
  return (system.actors.get("merge")?.snapshot.context as MergeContext | undefined) ?? null;
}
