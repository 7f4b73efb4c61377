/**
 * A task that has not started, as a person writes it anew while its plan is carried out: read and checked against the whole plan
 * as what planners add is. It keeps its name, its stream, its candidates, and whether it plans: others count on these.
 *
 * All or nothing: one error, and the task is as it was. Pure but for the links that scopes may pass through.
 */
import { checkTasks, type ExtendContext, type PlanExtension } from "./extend-plan.ts";
import { IssueList, quote } from "./issues.ts";
import { type Located, locateJson, locateYaml, type MapValue, toPlain } from "./located.ts";
import type { PlanIssue, Task } from "./model.ts";
import { isPlanning } from "./planning.ts";
import { readTask } from "./read-task.ts";
import { makeLinkCheck } from "./scope.ts";
import { checkSize } from "./text-file.ts";
import type { WrittenTask } from "./write-task.ts";

/** What a person wants changed, by the keys of a task in a plan; null takes a key away. JSON. */
export type TaskChanges = Readonly<Record<string, unknown>>;

/** The tasks that a person means by a name: one, or the candidates for it; none when the plan has none of it. */
export function tasksNamed(tasks: readonly Task[], name: string): Task[] {
  return tasks.filter(({ id, candidateOf }) => (candidateOf ?? id) === name);
}

/** The task with changes laid over it, as it would be written. */
export function layOver(written: WrittenTask, changes: TaskChanges): WrittenTask {
  return Object.fromEntries(Object.entries({ ...written, ...changes }).filter(([, value]) => value !== null));
}

/** Reads a task as it is to be: YAML, or JSON, with the keys of a task. Never throws; what says the same adds no tasks. */
export function editTask(
  { name, text, format }: { name: string; text: string; format: "yaml" | "json" },
  context: Omit<ExtendContext, "by">,
): PlanExtension {
  const issues = new IssueList(context.file);
  const isSmall = checkSize(Buffer.byteLength(text), issues, context.file);
  const value = !isSmall ? null : format === "json" ? locateJson(text, issues) : locateYaml(text, issues);
  const tasks = value === null ? [] : readEdited(value, { name, issues, context });
  const { errors, warnings } = issues.close();
  return { tasks: errors.length > 0 ? [] : tasks, errors, warnings };
}

/** The keys of a text and what they say, unread; null, with what is wrong, for a text that is no map. Never throws. */
export function readTaskKeys(text: string, file: string): { keys: WrittenTask | null; errors: PlanIssue[] } {
  const issues = new IssueList(file);
  const value = checkSize(Buffer.byteLength(text), issues, file) ? locateYaml(text, issues) : null;
  if (value !== null && value.kind !== "map") refuseNoMap(value, issues);
  const keys = value?.kind === "map" ? (toPlain(value) as WrittenTask) : null;
  return { keys, errors: issues.close().errors };
}

function readEdited(
  value: Located,
  { name, issues, context }: { name: string; issues: IssueList; context: Omit<ExtendContext, "by"> },
): Task[] {
  const before = tasksNamed(context.plan.tasks, name);
  const map = keepName(value, name, issues);
  const raw = map === null ? undefined : readTask(map, { issues, line: 1, checkLink: makeLinkCheck(context.root) });
  if (raw === undefined) return [];
  const tasks = checkTasks({ file: issues.file, header: {}, tasks: [raw] }, { ...context, by: "person" }, issues);
  const stream = before[0]?.stream;
  for (const task of tasks) {
    if (task.stream !== stream && stream !== undefined) {
      const hint =
        "Who works beside it and who reviews it follow from its stream: skip it, and put it into another plan.";
      issues.fail("plan.badValue", raw.stream?.line ?? 1, `the stream of ${quote(name)} stays ${quote(stream)}`, hint);
    }
    if (before.some((each) => isPlanning(each) !== isPlanning(task))) {
      const hint = "Leave its `artifacts` with or without `plan`, as they were.";
      issues.fail("plan.badValue", 1, `whether ${quote(name)} plans cannot be changed any more`, hint);
    }
  }
  // It stands where it stood.
  return tasks.map((task) => {
    const { at } = before.find(({ id }) => id === task.id) ?? {};
    return at === undefined ? task : { ...task, at };
  });
}

const refuseNoMap = ({ line }: Located, issues: IssueList): void =>
  issues.fail("plan.badValue", line, "a task is a map of its keys", "Write lines such as `instruction: …`.");

/** The map with the task's id in it; null, with its issue, for another id or what is no map. */
function keepName(value: Located, name: string, issues: IssueList): MapValue | null {
  if (value.kind !== "map") {
    refuseNoMap(value, issues);
    return null;
  }
  const id = value.entries.get("id");
  const isSame = id === undefined || (id.value.kind === "scalar" && id.value.value === name);
  if (!isSame) {
    const hint = "Others of the plan and the log know it by its id: leave that out.";
    issues.fail("plan.badId", id.line, `the id of ${quote(name)} stays`, hint);
    return null;
  }
  const entries = new Map(value.entries);
  entries.set("id", { line: id?.line ?? 1, value: { kind: "scalar", value: name, line: id?.line ?? 1 } });
  return { ...value, entries };
}

/** The keys in which two writings of a task differ. */
export function listChanged(before: WrittenTask, after: WrittenTask): string[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]));
}

/** What lies between two writings of a task, as changes. */
export function changesBetween(before: WrittenTask, after: WrittenTask): TaskChanges {
  return Object.fromEntries(listChanged(before, after).map((key) => [key, after[key] ?? null]));
}
