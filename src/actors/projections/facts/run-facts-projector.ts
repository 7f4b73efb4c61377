/**
 * Follows a run's log once, from its first record, and keeps what the vault may learn of it beside each task's attempts:
 * gates, reviews, insights, the plan's growth, and who waited for whom.
 */

import { reviewersOf } from "../../../machines/scheduler/begin.ts";
import type { Plan, Task } from "../../../plan/model.ts";
import { parseAddress, taskAt } from "../../../protocol/address.ts";
import type { Events } from "../../../protocol/events.ts";
import { type RunRecord, readRecord } from "../../../protocol/records.ts";
import type { GateOutcome, Reviewer, RunManifest } from "../../../protocol/values.ts";
import type { GateFact, GrowthFact, InsightFact, ReviewFact } from "../../../vault/index.ts";
import type { LogRecord } from "../../log/port.ts";
import { type ReadTail, TaskFactsProjector } from "./task-facts-projector.ts";

/** A task's change that became part of the integration branch. */
interface Landing {
  task: string;
  seq: number;
  files: readonly string[];
}

/** See the file's head; records have to come in the log's order. */
export class RunFactsProjector {
  readonly gates: GateFact[] = [];
  readonly reviews: ReviewFact[] = [];
  readonly insights: InsightFact[] = [];
  readonly growth: GrowthFact[] = [];
  isExhausted = false;
  readonly #tasks = new Map<string, TaskFactsProjector>();
  readonly #byId: ReadonlyMap<string, Task>;
  readonly #reviewers: Readonly<Record<string, Reviewer>>;
  /** Ids of the tasks that the run had so far. */
  readonly #known = new Set<string>();
  readonly #readTail: ReadTail;
  readonly #landings: Landing[] = [];
  /** Sequence number of the record that began the newest attempt, by task. */
  readonly #begun = new Map<string, number>();
  /** When a task could first have started: its needs were met, or it joined the run. */
  readonly #readyAt = new Map<string, number>();
  readonly #startedAt = new Map<string, number>();
  readonly #endedAt = new Map<string, number>();
  /** Report of a gate on the merged tree -> the gate's name. */
  readonly #reports = new Map<string, string>();
  /** Tasks whose merged changes stood in the way, by task and count of its conflicts. */
  readonly #others = new Map<string, string[][]>();
  /** Who stands in for the first agent, by task: for what it begins or goes on with next, and for its reviews. */
  readonly #standIns = { work: new Map<string, string>(), review: new Map<string, string>() };
  #tips = 0;
  #firstTime = 0;

  constructor(plan: Plan, readTail: ReadTail) {
    this.#readTail = readTail;
    this.#byId = new Map(plan.tasks.map((task) => [task.id, task]));
    this.#reviewers = reviewersOf(plan);
  }

  /** The trail of a task; undefined for one that never began. */
  taskOf(id: string): TaskFactsProjector | undefined {
    return this.#tasks.get(id);
  }

  /** For each merge conflict of a task, in order: the tasks whose changes it ran into. */
  othersOf(task: string): readonly string[][] {
    return this.#others.get(task) ?? [];
  }

  /** How long a task could have started and did not, ms. */
  queuedMs(id: string): number {
    const started = this.#startedAt.get(id);
    return started === undefined ? 0 : Math.max(0, started - (this.#readyAt.get(id) ?? this.#firstTime));
  }

  follow(logged: LogRecord): void {
    const record = readRecord(logged);
    const { actor, type, time, data } = record;
    const { kind, id } = parseAddress(actor);
    if (this.#firstTime === 0) this.#firstTime = time;
    if (type === "insight.recorded") this.#noteInsight(time, data);
    else if (kind === "task") this.#followTask(id, record);
    else if (type === "actor.started" && kind === "supervisor") this.#noteBeginning(data);
    else if (type === "task.finished") this.#noteEnd(time, data);
    else if (type === "plan.extended") this.#noteGrowth(time, data);
    else if (type === "tip.gated") this.#noteTip(data);
    else if (type === "branch.created") this.#firstTime = time;
    else if (type === "budget.exhausted") this.isExhausted = true;
    else if (type === "agent.stoodIn") this.#standIns[data.role].set(data.task, data.agent);
    else if (type === "child.crashed") this.#tasks.get(taskAt(data.child) ?? "")?.crash(time, data.reason);
  }

  #noteBeginning({ input }: Events["actor.started"]): void {
    const { manifest } = (input ?? {}) as { manifest?: RunManifest };
    for (const { id } of manifest?.plan.tasks ?? []) this.#known.add(id);
  }

  #followTask(id: string, record: RunRecord): void {
    const task = this.#byId.get(id);
    if (task === undefined) return;
    const { type, seq, time, data } = record;
    const trail = this.#tasks.get(id) ?? new TaskFactsProjector(task, this.#readTail);
    this.#tasks.set(id, trail);
    if (type === "actor.started" || type === "attempt.start") {
      this.#begun.set(id, seq);
      trail.choose(take(this.#standIns.work, id));
      if (!this.#startedAt.has(id)) this.#noteStart(task, time);
    } else if (type === "gates.finished") {
      this.#noteGates(data.results, { task: id, attempt: trail.attempt, tree: trail.tree });
    } else if (type === "review.finished") {
      const verdict = data.approved ? "approved" : "sentBack";
      const findings = readFindings(this.#readTail(data.findings));
      this.#noteReview(task, trail.attempt, time, { verdict, words: data.summary, findings, ms: data.durationMs });
    } else if (type === "review.failed") {
      this.#noteReview(task, trail.attempt, time, { verdict: "failed", words: data.reason, findings: [], ms: 0 });
    } else if (type === "merge.landed") {
      this.#landings.push({ task: id, seq, files: trail.attempts.at(-1)?.files ?? [] });
    } else if (type === "merge.conflicted") {
      this.#noteConflict(id, data.files);
    }
    trail.follow(record, (report) => this.#reports.get(report) ?? null);
  }

  #noteEnd(time: number, { task, outcome }: Events["task.finished"]): void {
    this.#endedAt.set(task, time);
    if (outcome === "done") this.#tasks.get(task)?.succeed(time);
    else this.#tasks.get(task)?.end(time);
  }

  #noteStart({ id, needs }: Task, time: number): void {
    this.#startedAt.set(id, time);
    const ends = needs.flatMap((need) => this.#endedAt.get(need) ?? []);
    const joined = this.#readyAt.get(id) ?? this.#firstTime;
    this.#readyAt.set(id, Math.max(joined, ...ends));
  }

  #noteGates(results: readonly GateOutcome[], where: Pick<GateFact, "task" | "attempt" | "tree">): void {
    for (const { name, required, status, durationMs, timedOut = false, excused } of results) {
      // What was red before is nobody's trouble of this run.
      if (status !== "skipped" && excused === undefined)
        this.gates.push({ ...where, gate: name, status, required, ms: durationMs, timedOut });
    }
  }

  #noteTip({ results, tree }: Events["tip.gated"]): void {
    this.#tips += 1;
    this.#noteGates(results, { task: null, attempt: this.#tips, tree: tree ?? null });
    for (const { name, report } of results) if (report !== null) this.#reports.set(report, name);
  }

  #noteReview(
    task: Task,
    attempt: number,
    at: number,
    answer: Pick<ReviewFact, "verdict" | "words" | "findings" | "ms">,
  ): void {
    const { stream = "", agent: first = "" } = this.#reviewers[task.stream] ?? {};
    const agent = take(this.#standIns.review, task.id) ?? first;
    this.reviews.push({ task: task.id, attempt, stream, agent, ...answer, at });
  }

  #noteInsight(at: number, { text, tags, task, stream }: Events["insight.recorded"]): void {
    this.insights.push({ task, stream, text, tags, at });
  }

  /** A version that was refused brings no task that the run has; a changed one was there before. */
  #noteGrowth(time: number, { by, version, tasks }: Events["plan.extended"]): void {
    const ids = tasks.map(({ id }) => id);
    const added = ids.filter((id) => this.#byId.has(id) && !this.#known.has(id));
    for (const id of added) {
      this.#known.add(id);
      this.#readyAt.set(id, time);
    }
    this.growth.push({ planner: by, version, added, at: time });
  }

  #noteConflict(id: string, files: readonly string[]): void {
    const since = this.#begun.get(id) ?? 0;
    const others = this.#landings
      .filter((landing) => landing.seq > since && landing.files.some((file) => files.includes(file)))
      .map(({ task }) => task);
    this.#others.set(id, [...(this.#others.get(id) ?? []), [...new Set(others)]]);
  }
}

/** The findings of a kept answer; none when it is gone, or cut because it was too long. */
function take<Key, Value>(values: Map<Key, Value>, key: Key): Value | null {
  const value = values.get(key) ?? null;
  values.delete(key);
  return value;
}

function readFindings(text: string): ReviewFact["findings"] {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    return [];
  }
  const findings: unknown = (answer as { findings?: unknown } | null)?.findings;
  if (!Array.isArray(findings)) return [];
  return findings.flatMap((finding: Record<string, unknown> | null) => {
    const { severity, file, text: words } = finding ?? {};
    if (typeof words !== "string") return [];
    return [{ severity: String(severity ?? ""), file: typeof file === "string" ? file : null, text: words }];
  });
}
