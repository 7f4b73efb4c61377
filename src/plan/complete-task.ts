/** One task with everything filled in, and checked against what its plan declares. */
import { DEFAULT_RETRIES, DEFAULT_STREAM, DEFAULT_TASK_TIMEOUT_MS } from "./defaults.ts";
import type { Listed } from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import type { GateStage, Task } from "./model.ts";
import { isPlanning } from "./planning.ts";
import type { RawTask } from "./raw.ts";
import { adviseOn, resolveWork, type Workers } from "./resolve-work.ts";

/** What a task may name. */
export interface Declared extends Workers {
  /** Gate -> where it is run. */
  gates: ReadonlyMap<string, readonly GateStage[]>;
  /** Resource name -> capacity. */
  resources: Readonly<Record<string, number>>;
}

/** The task; null when something is wrong with it, which is then among `issues`. */
export function completeTask(task: RawTask, declared: Declared, issues: IssueList): Task | null {
  checkGates(task, declared, issues);
  checkResources(task, declared, issues);
  const stream = streamOf(task);
  const work = resolveWork(task, stream, declared, issues);
  if (work === null) return null;
  const { budget, join } = task;
  // Who plans has no business with files; whoever means it otherwise names them.
  const scope = task.scope ?? (isPlanning(task) ? [] : undefined);
  return {
    id: task.id.text,
    title: task.title,
    stream,
    needs: textsOf(task.needs),
    prefers: textsOf(task.prefers),
    uses: Object.fromEntries(task.uses.map(({ name, value }) => [name, value])),
    feeds: textsOf(task.feeds),
    ...(scope === undefined ? {} : { scope }),
    work,
    gates: textsOf(task.gates),
    artifacts: task.artifacts,
    retries: task.retries ?? DEFAULT_RETRIES,
    timeoutMs: task.timeoutMs ?? DEFAULT_TASK_TIMEOUT_MS,
    ...(budget === undefined ? {} : { budget }),
    onConflict: task.onConflict ?? (work.kind === "run" ? "ask" : "rerun"),
    ...(join === undefined
      ? {}
      : { join: { min: join.min ?? Math.max(1, join.require.length), require: textsOf(join.require) } }),
    continueOnError: task.continueOnError ?? false,
    ...(task.git === undefined ? {} : { git: task.git }),
    at: { file: task.file, line: task.line },
  };
}

/** Name of the stream that a task belongs to. */
export function streamOf(task: RawTask): string {
  return task.stream?.text ?? DEFAULT_STREAM;
}

function checkGates(task: RawTask, declared: Declared, issues: IssueList): void {
  const known = declared.gates;
  for (const gate of task.gates) {
    const stages = known.get(gate.text);
    if (stages?.includes("task")) continue;
    const label = `task ${quote(task.id.text)} names the gate ${quote(gate.text)}, which is`;
    if (stages === undefined) {
      const names = [...known.keys()];
      const hint = issues.suggest(gate.text, names) + adviseOn(declared, names, "Declare it under `gates`.");
      issues.fail("plan.unknownGate", gate.line, `${label} not declared`, hint, task.file);
    } else {
      const hint = "Take it out of the task's `gates`, or add `task` to its `at`.";
      issues.fail("plan.badValue", gate.line, `${label} only run at: ${stages.join(", ")}`, hint, task.file);
    }
  }
}

function checkResources(task: RawTask, declared: Declared, issues: IssueList): void {
  const { resources } = declared;
  const known = Object.keys(resources);
  for (const { name, line, value } of task.uses) {
    const capacity = Object.hasOwn(resources, name) ? resources[name] : undefined;
    const label = `task ${quote(task.id.text)}`;
    if (capacity === undefined) {
      const hint = issues.suggest(name, known) + adviseOn(declared, known, `Declare it: resources: {${name}: 1}.`);
      issues.fail("plan.unknownResource", line, `${label} uses ${quote(name)}, which is not declared`, hint, task.file);
    } else if (value > capacity) {
      const message = `${label} uses ${value} of ${quote(name)}, which has ${capacity}`;
      const hint = "Raise the capacity, or use less; it could never start.";
      issues.fail("plan.overCapacity", line, message, hint, task.file);
    }
  }
}

function textsOf(listed: readonly Listed[]): string[] {
  return listed.map(({ text }) => text);
}
