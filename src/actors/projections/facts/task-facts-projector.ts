/**
 * Follows one task through the log: its attempts, how each came about, and what ended it. An attempt that was cut off
 * with its host goes on as the same one. What a task's agent says of itself is never a fact; its exit, its commit, its
 * gates, its review and the merge are.
 */

import type { Task } from "../../../plan/model.ts";
import type { GateOutcome } from "../../../protocol/values.ts";
import type { AttemptFact, FailureFact, FailureKind } from "../../../vault/index.ts";
import type { LogRecord } from "../../log/port.ts";

/** The end of a kept output, or "" when it is gone; the path is relative to the run's folder. */
export type ReadTail = (path: string) => string;

const MAX_TEXT_CHARS = 8192;

type Facts = Record<string, unknown>;

/** The attempts of one task. */
export class TaskFactsProjector {
  readonly attempts: AttemptFact[] = [];
  /** The attempt under way: the last of `attempts`. */
  #open: AttemptFact | null = null;
  #next: Pick<AttemptFact, "begun" | "choice"> = { begun: "first", choice: null };
  /** The last choice of a person about its work, null while there was none. */
  decided: string | null = null;
  readonly #task: Task;
  readonly #agent: string | null;
  readonly #readTail: ReadTail;

  constructor(task: Task, readTail: ReadTail) {
    this.#task = task;
    this.#agent = task.work.kind === "agent" ? task.work.agent : null;
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
  follow({ type, time, data }: LogRecord, gateOf: (report: string) => string | null): void {
    const facts = data as Facts;
    switch (type) {
      case "actor.started":
      case "attempt.start":
        this.#begin(time);
        break;
      case "cost.reported":
        this.#spend(facts);
        break;
      case "task.exited":
        this.#noteExit(time, facts);
        break;
      case "agent.notStarted":
        this.#fail(time, "agent", this.#agent ?? "agent", String(facts.reason));
        break;
      case "workspace.failed":
        this.#fail(time, "setup", "setup", String(facts.reason));
        break;
      case "work.failed":
        this.#fail(time, "setup", "commit", String(facts.reason));
        break;
      case "work.committed":
        this.#noteCommit(facts);
        break;
      case "work.outOfScope":
        this.#fail(time, "scope", "scope", "changed files outside its scope", listTexts(facts.files));
        break;
      case "gates.finished":
        this.#noteGates(time, facts);
        break;
      case "review.finished":
        this.#noteReview(time, facts);
        break;
      case "merge.landed":
        this.succeed(time);
        break;
      case "merge.conflicted":
        this.#noteConflict(time, listTexts(facts.files));
        break;
      case "merge.rejected":
        this.#noteRejection(time, facts, gateOf);
        break;
      case "conflict.decided":
        this.#noteDecision(facts, time);
        break;
      case "child.crashed":
        this.crash(time, String(facts.reason));
        break;
      default:
    }
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

  #spend({ usd = 0, tokens = 0 }: Facts): void {
    const last = this.attempts.at(-1);
    if (last === undefined) return;
    last.costUsd += Number(usd);
    last.tokens += Number(tokens);
  }

  #work(ms: unknown): void {
    const last = this.attempts.at(-1);
    if (last !== undefined && Number.isFinite(ms)) last.ms += Number(ms);
  }

  #fail(
    time: number,
    kind: FailureKind,
    by: string,
    text: string,
    files: readonly string[] = this.#open?.files ?? [],
    next: AttemptFact["begun"] = "retry",
  ): void {
    const open = this.#open;
    if (open === null) return;
    const { id: task, stream } = this.#task;
    const { attempt } = open;
    open.failure = { task, stream, attempt, kind, by, text: text.slice(-MAX_TEXT_CHARS), files: [...files] };
    this.#next = { begun: next, choice: null };
    this.end(time);
  }

  #noteExit(time: number, facts: Facts): void {
    this.#work(facts.durationMs);
    if (facts.ok === true) return;
    const reason = String(facts.reason ?? "");
    const report = typeof facts.feedback === "string" ? this.#readTail(facts.feedback) : "";
    const tail = typeof facts.tail === "string" ? facts.tail : "";
    const text = report.trim() !== "" ? report : tail.trim() !== "" ? tail : reason;
    if (facts.timedOut === true) this.#fail(time, "timeout", "timeout", text);
    else if (facts.blame !== "agent") this.#fail(time, "work", "work", text);
    // What an agent says last is about its work; why it failed, its adapter says.
    else this.#fail(time, "agent", this.#agent ?? "agent", reason.trim() === "" ? text : reason);
  }

  #noteCommit(facts: Facts): void {
    if (this.#open === null) return;
    this.#open.files = listTexts(facts.files);
    this.#open.tree = typeof facts.tree === "string" ? facts.tree : null;
  }

  #noteGates(time: number, facts: Facts): void {
    this.#work(facts.durationMs);
    const results = (facts.results ?? []) as GateOutcome[];
    const red = results.find(({ required, status }) => required && status !== "passed");
    if (red) this.#fail(time, "gate", red.name, (red.report && this.#readTail(red.report)) || red.summary);
  }

  #noteReview(time: number, facts: Facts): void {
    this.#work(facts.durationMs);
    if (facts.approved === true) return;
    this.#fail(time, "review", "review", String(facts.summary ?? ""), undefined, "review");
  }

  #noteConflict(time: number, files: readonly string[]): void {
    this.#fail(time, "merge", "merge", `merge conflict in ${files.join(", ")}`, files, "rerun");
  }

  #noteRejection(time: number, { report, reason }: Facts, gateOf: (report: string) => string | null): void {
    const told = typeof report === "string" ? this.#readTail(report) : "";
    const gate = typeof report === "string" ? gateOf(report) : null;
    this.#fail(time, "gate", gate ?? "merge", told || String(reason));
  }

  /** Answers to what an agent asked while it worked change nothing about the attempt. */
  #noteDecision({ choice, ask }: Facts, time: number): void {
    if (typeof ask === "string") return;
    this.decided = String(choice);
    this.#next = { begun: "decision", choice: this.decided };
    if (this.decided !== "accept") this.end(time);
  }
}

/** The failures of a task's attempts, in order. */
export function failuresOf(attempts: readonly AttemptFact[]): FailureFact[] {
  return attempts.flatMap(({ failure }) => (failure === null ? [] : [failure]));
}

function listTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}
