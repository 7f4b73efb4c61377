/**
 * Follows one task through the log: its attempts, how each came about, and what ended it. An attempt that was cut off
 * with its host goes on as the same one. What a task's agent says of itself is never a fact; its exit, its commit, its
 * gates, its review and the merge are.
 */

import type { Task } from "../../../plan/model.ts";
import type { Events } from "../../../protocol/events.ts";
import type { RunRecord } from "../../../protocol/records.ts";
import { type AgentFailure, firstRed } from "../../../protocol/values.ts";
import { wordOutside } from "../../../protocol/words.ts";
import type { AttemptFact, FailureFact, FailureKind } from "../../../vault/index.ts";

/** The end of a kept output, or "" when it is gone; the path is relative to the run's folder. */
export type ReadTail = (path: string) => string;

const MAX_TEXT_CHARS = 8192;

/** Failures of an agent that say something of the person's machine or account, of the program, or of its service. */
const OUTSIDE: ReadonlySet<AgentFailure["kind"]> = new Set([
  "auth",
  "credit",
  "rateLimit",
  "overloaded",
  "unreached",
  "api",
  "protocol",
]);

interface More {
  files?: readonly string[];
  next?: AttemptFact["begun"];
  isOutside?: boolean;
}

/** The attempts of one task. */
export class TaskFactsProjector {
  readonly attempts: AttemptFact[] = [];
  /** The attempt under way: the last of `attempts`. */
  #open: AttemptFact | null = null;
  #isSuspended = false;
  #next: Pick<AttemptFact, "begun" | "choice"> = { begun: "first", choice: null };
  /** The last choice of a person about its work, null while there was none. */
  decided: string | null = null;
  readonly #task: Task;
  /** Who does its attempts, where nobody stands in. */
  readonly #first: string | null;
  #agent: string | null;
  readonly #readTail: ReadTail;

  constructor(task: Task, readTail: ReadTail) {
    this.#task = task;
    this.#first = task.work.kind === "agent" ? task.work.agent : null;
    this.#agent = this.#first;
    this.#readTail = readTail;
  }

  /** Number of the attempt under way, or of the last one. */
  get attempt(): number {
    return Math.max(1, this.attempts.length);
  }

  /** Tree of the newest commit; null when there is none. */
  get tree(): string | null {
    return this.attempts.at(-1)?.tree ?? null;
  }

  /** Follows a record of the task's own actor. `gateOf` names the gate that a report of the merged tree is of. */
  follow({ type, time, data }: RunRecord, gateOf: (report: string) => string | null): void {
    switch (type) {
      case "actor.started":
        this.#begin(time);
        break;
      case "attempt.start":
        // One that was cut short goes on as the same.
        if (!this.#isSuspended) this.#begin(time);
        this.#isSuspended = false;
        break;
      case "agent.suspended":
        this.#work(data.durationMs);
        // A review has no attempt of its own.
        this.#isSuspended = data.transcript !== undefined;
        break;
      case "cost.reported":
        this.#spend(data);
        break;
      case "agent.exited":
        this.#noteExit(time, data);
        break;
      case "agent.notStarted":
        this.#fail(time, "agent", this.#agent ?? "agent", data.reason, { isOutside: true });
        break;
      case "workspace.failed":
        this.#fail(time, "setup", "setup", data.reason);
        break;
      case "work.failed":
        this.#fail(time, "setup", "commit", data.reason);
        break;
      case "work.committed":
        this.#noteCommit(data);
        break;
      case "work.outOfScope":
        this.#fail(time, "scope", "scope", wordOutside(data.why), { files: data.files });
        break;
      case "gates.finished":
        this.#noteGates(time, data);
        break;
      case "review.finished":
        this.#noteReview(time, data);
        break;
      case "merge.landed":
        this.succeed(time);
        break;
      case "merge.conflicted":
        this.#noteConflict(time, data.files);
        break;
      case "merge.rejected":
        this.#noteRejection(time, data, gateOf);
        break;
      case "conflict.decided":
        this.#noteDecision(data, time);
        break;
      case "child.crashed":
        this.crash(time, data.reason);
        break;
      default:
    }
  }

  /** Who does the attempt that begins or goes on with the next record; null: the first agent that its plan names. */
  choose(standIn: string | null): void {
    this.#agent = standIn ?? this.#first;
    if (this.#isSuspended && this.#open !== null) this.#open.agent = this.#agent;
  }

  /** Its actor crashed, or what it asked a person did. */
  crash(time: number, reason: string): void {
    this.#fail(time, "crash", "crash", reason);
  }

  /** The task reached its goal: merged, done, or taken as it was by a person. */
  succeed(time: number): void {
    const last = this.attempts.at(-1);
    if (last !== undefined) last.ok = true;
    this.end(time);
  }

  /** The attempt under way ends, however it does. */
  end(time: number): void {
    if (this.#open !== null) this.#open.endedAt = time;
    this.#open = null;
  }

  #begin(time: number): void {
    this.#isSuspended = false;
    // A person had the work done again that nothing was wrong with by itself, or its actor began anew.
    this.end(time);
    const attempt: AttemptFact = {
      attempt: this.attempts.length + 1,
      ...this.#next,
      agent: this.#agent,
      ok: false,
      startedAt: time,
      endedAt: time,
      ms: 0,
      costUsd: 0,
      tokens: 0,
      files: [],
      tree: null,
      failure: null,
    };
    this.attempts.push(attempt);
    this.#open = attempt;
    this.#next = { begun: "retry", choice: null };
  }

  #spend({ usd = 0, tokens = 0 }: Events["cost.reported"]): void {
    const last = this.attempts.at(-1);
    if (last === undefined) return;
    last.costUsd += usd;
    last.tokens += tokens;
  }

  #work(ms: number): void {
    const last = this.attempts.at(-1);
    if (last !== undefined) last.ms += ms;
  }

  #fail(
    time: number,
    kind: FailureKind,
    by: string,
    text: string,
    { files = this.#open?.files ?? [], next = "retry", isOutside = false }: More = {},
  ): void {
    const open = this.#open;
    if (open === null) return;
    const { id: task, stream } = this.#task;
    const { attempt } = open;
    const told = { task, stream, attempt, kind, by, text: text.slice(-MAX_TEXT_CHARS), files: [...files] };
    open.failure = isOutside ? { ...told, isOutside } : told;
    this.#next = { begun: next, choice: null };
    this.end(time);
  }

  #noteExit(time: number, data: Events["agent.exited"]): void {
    const { ok, durationMs, feedback, tail = "", timedOut, faultOf, failure } = data;
    this.#work(durationMs);
    if (ok) return;
    const reason = data.reason ?? "";
    const report = feedback === undefined ? "" : this.#readTail(feedback);
    const text = report.trim() !== "" ? report : tail.trim() !== "" ? tail : reason;
    if (timedOut) this.#fail(time, "timeout", "timeout", text);
    else if (faultOf === "work") this.#fail(time, "work", "work", text);
    // What an agent says last is about its work; why it failed, its adapter says.
    else {
      const isOutside = failure != null && OUTSIDE.has(failure.kind);
      this.#fail(time, "agent", this.#agent ?? "agent", reason.trim() === "" ? text : reason, { isOutside });
    }
  }

  #noteCommit({ files, tree }: Events["work.committed"]): void {
    if (this.#open === null) return;
    this.#open.files = files;
    this.#open.tree = tree ?? null;
  }

  #noteGates(time: number, { results, durationMs }: Events["gates.finished"]): void {
    this.#work(durationMs);
    const red = firstRed(results);
    if (red) this.#fail(time, "gate", red.name, (red.report && this.#readTail(red.report)) || red.summary);
  }

  #noteReview(time: number, { approved, summary, durationMs }: Events["review.finished"]): void {
    this.#work(durationMs);
    if (!approved) this.#fail(time, "review", "review", summary, { next: "review" });
  }

  #noteConflict(time: number, files: readonly string[]): void {
    this.#fail(time, "merge", "merge", `merge conflict in ${files.join(", ")}`, { files, next: "rerun" });
  }

  #noteRejection(
    time: number,
    { report, reason }: Events["merge.rejected"],
    gateOf: (report: string) => string | null,
  ): void {
    const told = report === null ? "" : this.#readTail(report);
    const gate = report === null ? null : gateOf(report);
    this.#fail(time, "gate", gate ?? "merge", told || reason);
  }

  /** Answers to what an agent asked while it worked change nothing about the attempt. */
  #noteDecision({ choice, ask }: Events["conflict.decided"], time: number): void {
    if (ask !== undefined) return;
    this.decided = choice;
    this.#next = { begun: "decision", choice };
    if (this.decided !== "accept") this.end(time);
  }
}

/** The failures of a task's attempts, in order. */
export function failuresOf(attempts: readonly AttemptFact[]): FailureFact[] {
  return attempts.flatMap(({ failure }) => (failure === null ? [] : [failure]));
}
