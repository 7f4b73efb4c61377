/** Plans carried out by the built program, and what their logs say about how they went. */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { LogRecord } from "../../src/actors/log/index.ts";
import type { RunEvent } from "../../src/protocol/client.ts";
import type { StatusDocument, TaskView } from "../../src/protocol/status.ts";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { type Ended, git, makeRepository, runProgram, scratchFolder, startProgram } from "../helpers/program.ts";
import { readLogFolder } from "../helpers/read-log-folder.ts";

/** Of its own for each test file: left-over workers are looked for by the name of their run. */
export const RUN = `e2e-${process.pid}`;
/** For the shell of a worker: a folder that all worktrees of a repository share, and the test sees as `.git`. */
export const SHARED = '"$(git rev-parse --git-common-dir)"';
/** Generous: the machine that runs this may be busy with other things. */
export const PATIENCE_MS = 120_000;

export interface Finished {
  end: Ended;
  status: StatusDocument;
  events: RunEvent[];
}

/** Folders that are removed with `clean`. */
export class Workshop {
  readonly #scratch: ReturnType<typeof scratchFolder>;
  #count = 0;

  constructor(name: string) {
    this.#scratch = scratchFolder(`pleach ${name}`);
  }

  /** A fresh repository with these files and a plan. */
  repository(plan: object, files: Readonly<Record<string, string>> = {}): string {
    const root = this.#next();
    makeRepository(root, { "README.md": "a repository\n", ...files });
    writeFileSync(join(root, "plan.json"), JSON.stringify(plan));
    return root;
  }

  /** A folder that is no repository, with a plan. */
  folder(plan: object): string {
    const root = this.#next();
    mkdirSync(root, { recursive: true });
    writeFileSync(join(root, "plan.json"), JSON.stringify(plan));
    return root;
  }

  /** A repository of a folder's content. */
  copyOf(source: string): string {
    const root = this.#next();
    cpSync(source, root, { recursive: true });
    git(root, "init", "-q");
    git(root, "add", "-A");
    git(root, "commit", "-q", "-m", "first");
    return root;
  }

  clean(): void {
    this.#scratch.remove();
  }

  #next(): string {
    this.#count += 1;
    return join(this.#scratch.path, `repo ${this.#count}`);
  }
}

/** The pleach.yaml of a test is the test's own. */
const RUN_ARGS = ["run", "plan.json", "--run-id", RUN, "--json", "--no-learn", "--trust"];

/** Runs `plan.json` to its end; its log has to keep what every run promises. */
export async function carryOut(root: string, env: Record<string, string> = {}): Promise<Finished> {
  const end = await runProgram(root, RUN_ARGS, env);
  expectSound(root);
  return readEnd(end);
}

function expectSound(root: string): void {
  expect(checkInvariants(readLog(root))).toEqual([]);
}

/** Starts `plan.json`; the program goes on. */
export function begin(root: string, env: Record<string, string> = {}) {
  return startProgram(root, RUN_ARGS, env);
}

export async function resume(root: string): Promise<Finished> {
  const end = await runProgram(root, ["resume", RUN, "--json", "--no-learn", "--trust"]);
  expectSound(root);
  return readEnd(end);
}

/** The events of a program that ended, and the status that its last line holds. */
export function readEnd(end: Ended): Finished {
  const lines = end.stdout.split("\n").filter((line) => line !== "");
  const events = lines.map((line) => JSON.parse(line) as RunEvent);
  const last = events.at(-1);
  if (last?.data === undefined || !("tasks" in last.data))
    throw new Error(`no status at the end of:\n${end.stdout}\n${end.stderr}`);
  return { end, status: last.data as unknown as StatusDocument, events };
}

export async function readStatus(root: string): Promise<StatusDocument> {
  const { stdout, stderr } = await runProgram(root, ["status", "--json"]);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout) as StatusDocument;
}

export function taskOf(status: StatusDocument, id: string): TaskView {
  const found = status.tasks.find((task) => task.id === id);
  if (found === undefined) throw new Error(`no task ${id}`);
  return found;
}

/** Status of each task, by id. */
export function fates(status: StatusDocument): Record<string, string> {
  return Object.fromEntries(status.tasks.map(({ id, status: state }) => [id, state]));
}

export function readLog(root: string, run = RUN): LogRecord[] {
  return readLogFolder(join(root, ".ce-workspace", run, "log"));
}

export interface Span {
  task: string;
  from: number;
  to: number;
}

const ENDS: ReadonlySet<string> = new Set(["agent.exited", "agent.lost", "agent.notStarted", "agent.suspended"]);

/** When each attempt's agent was at work, by sequence number: no clock is asked. */
export function workSpans(records: readonly LogRecord[]): Span[] {
  const open = new Map<string, number>();
  const spans: Span[] = [];
  for (const { actor, seq, type, effects } of records) {
    if (!actor.startsWith("task:")) continue;
    const task = actor.slice("task:".length);
    const from = open.get(task);
    if (from !== undefined && ENDS.has(type)) {
      spans.push({ task, from, to: seq });
      open.delete(task);
    }
    if (effects.some(({ name }) => name === "startAgent")) open.set(task, seq);
  }
  return spans;
}

/** Most spans that hold at one moment. */
export function mostAtOnce(spans: readonly Span[]): number {
  return Math.max(0, ...spans.map(({ from }) => spans.filter((other) => other.from <= from && from < other.to).length));
}

/** Sequence number of a task's first record of this type. */
export function seqOf(records: readonly LogRecord[], task: string, type: string): number {
  return (
    records.find(({ actor, type: each }) => actor === `task:${task}` && each === type)?.seq ?? Number.POSITIVE_INFINITY
  );
}

/** Content of a file on the run's branch. */
export function show(root: string, path: string, run = RUN): string {
  return git(root, "show", `pleach/${run}:${path}`);
}

/** All files of the run's branch. */
export function listFiles(root: string, run = RUN): string[] {
  return git(root, "ls-tree", "-r", "--name-only", `pleach/${run}`).trim().split("\n");
}

/** Where the worktree of a task's attempt is, told by its branch; null when it has none. */
export function worktreeOf(root: string, task: string, run = RUN): string | null {
  const blocks = git(root, "worktree", "list", "--porcelain").split("\n\n");
  const held = blocks.find((block) => block.includes(`\nbranch refs/heads/pleach-tasks/${run}/${task}/`));
  return held?.match(/^worktree (.*)$/m)?.[1] ?? null;
}

/** Text of a file, or null while there is none. */
export function readIf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Waits until `look` finds something; throws with `what` when it never does. */
export async function until<Found>(what: string, look: () => Found | Promise<Found>): Promise<NonNullable<Found>> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Found>;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** For the shell of a worker: waits until so many tasks have come this far, so that all of them began on one base. */
export function meet(tasks: number): string {
  return `touch ${SHARED}/here-$PLEACH_TASK; while [ "$(ls ${SHARED}/here-* | wc -l)" -lt ${tasks} ]; do sleep 0.05; done`;
}
