/**
 * Takes what a planning task hands in while it works: each version of its plan that is sound joins the run's plan at
 * once, so that others start before planning ends. A version that is not sound changes nothing; the planner is told why.
 *
 * INTAKE-1 What the planner writes is read once two looks in a row agree, and never beyond a size.
 * INTAKE-2 The scheduler has the last word: what was sound when it was read may have been overtaken.
 */
import { messageOf } from "../../errors.ts";
import { listUnstarted } from "../../machines/scheduler/extend-plan.ts";
import type { PlanIssue } from "../../plan/model.ts";
import type { Performing } from "../../protocol/effects.ts";
import { readUntrustedFile } from "../../safe-files/index.ts";
import type { RunContext } from "./run-context.ts";

/** The plan's file in a planning task's worktree. */
export const PLAN_FILE = "pleach-plan.md";

const LOOK_MS = 500;
const MAX_BYTES = 1024 * 1024;

/** What became of the newest version. */
export type Intake =
  | { kind: "none" }
  | { kind: "taken"; tasks: number }
  /** One line an error, with its hint. */
  | { kind: "refused"; errors: string[] };

/** The plan of one attempt of a planning task. */
export class PlanIntake {
  readonly #run: RunContext;
  readonly #task: string;
  readonly #file: string;
  readonly #context: Performing<"startAgent">;
  #before: string | null = null;
  /** What the file held when it was taken last: what was handed in otherwise since then is newer. */
  #taken: string | null = null;
  #seen: string | null = null;
  #version = 0;
  #newest: Intake = { kind: "none" };
  #work: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  /** `file` is where the planner writes, absolute. */
  constructor(
    run: RunContext,
    { task, file, context }: { task: string; file: string; context: Performing<"startAgent"> },
  ) {
    this.#run = run;
    this.#task = task;
    this.#file = file;
    this.#context = context;
  }

  /** Looks at the file again and again. */
  start(): void {
    this.#timer = setTimeout(() => {
      void this.#look().then(() => {
        if (!this.#isOver) this.start();
      });
    }, LOOK_MS);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const text = await readText(this.#file);
    const isStable = text !== null && text === this.#before;
    this.#before = text;
    if (isStable && !this.#isOver) await this.#offerFile(text);
  }

  /**
   * Takes a version of the plan, after those before; the same text twice in a row is one version, null is none. Never
   * rejects: what goes wrong is told like a plan that is not sound.
   */
  offer(given: string | Promise<string | null>): Promise<void> {
    this.#work = this.#work.then(async () => {
      const newest = await this.#take(given).catch(
        (thrown: unknown): Intake => ({ kind: "refused", errors: [`it could not be taken: ${messageOf(thrown)}`] }),
      );
      if (newest === null) return;
      this.#newest = newest;
      if (newest.kind !== "refused") return;
      const told = `Your plan was not taken:\n${newest.errors.join("\n")}\nCorrect it; nothing of this version has been started.`;
      this.#run.messages.send(this.#task, told);
    });
    return this.#work;
  }

  /** Takes the last version, and says what became of it. */
  async finish(): Promise<Intake> {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    const read = await readUntrustedFile(this.#file, { maxBytes: MAX_BYTES });
    if (read.kind === "read") await this.#offerFile(read.bytes.toString("utf8"));
    await this.#work;
    // A plan that cannot be read is there, and is not taken for none.
    if (read.kind === "refused") return { kind: "refused", errors: [`${PLAN_FILE} is not read: ${read.reason}`] };
    return this.#newest;
  }

  async #offerFile(text: string): Promise<void> {
    if (text === this.#taken) return;
    this.#taken = text;
    await this.offer(text);
  }

  /** Null when there is nothing new. */
  async #take(given: string | Promise<string | null>): Promise<Intake | null> {
    const text = await given;
    if (text === null || text === this.#seen || text.trim() === "") return null;
    this.#seen = text;
    return this.#extend(text);
  }

  async #extend(text: string): Promise<Intake> {
    // Loaded when a plan comes: parsing Markdown is a large part of what the program could load.
    const { extendPlan } = await import("../../plan/extend-plan.ts");
    const { folder, config, manifest, scheduler } = this.#run;
    const unstarted = listUnstarted(scheduler);
    const { tasks, errors } = extendPlan(text, {
      file: PLAN_FILE,
      root: folder.root,
      config,
      plan: manifest.plan,
      unstarted,
    });
    if (errors.length > 0) return { kind: "refused", errors: errors.map(wordIssue) };
    if (tasks.length === 0) return { kind: "taken", tasks: 0 };
    this.#version += 1;
    await this.#context.report({ type: "plan.extended", by: this.#task, version: this.#version, tasks }, "scheduler");
    const answer = this.#run.scheduler.planned[this.#task];
    if (answer?.refused != null) return { kind: "refused", errors: [answer.refused] };
    return { kind: "taken", tasks: tasks.length };
  }
}

function wordIssue({ file, line, message, hint }: PlanIssue): string {
  return `${file}:${line}: ${message}. ${hint}`;
}

/** The text of a regular file that is not too large; null when there is none. */
export async function readText(path: string): Promise<string | null> {
  const read = await readUntrustedFile(path, { maxBytes: MAX_BYTES });
  return read.kind === "read" ? read.bytes.toString("utf8") : null;
}
