/** What can be wrong between tasks: ids given twice, ids that nobody has, cycles, joins that cannot come true. */

import { buildDag, findCycles } from "../dag/dag.ts";
import type { Listed } from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import type { RawTask } from "./raw.ts";

const MAX_SHOWN = 20;

/** What these checks look at. */
export type LinkedTask = Pick<RawTask, "file" | "line" | "id" | "needs" | "prefers" | "feeds" | "join">;

/** Ids must differ even where case does not count: they become folders and branches. */
export function checkIds(tasks: readonly LinkedTask[], issues: IssueList): void {
  const seen = new Map<string, LinkedTask>();
  for (const task of tasks) {
    const key = task.id.text.toLowerCase();
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, task);
      continue;
    }
    const place = `${first.file === task.file ? "" : `${first.file} `}line ${first.id.line}`;
    const isSame = first.id.text === task.id.text;
    const message = isSame
      ? `the id ${quote(task.id.text)} is already taken (${place})`
      : `the id ${quote(task.id.text)} differs from ${quote(first.id.text)} (${place}) in case only`;
    issues.fail("plan.duplicateId", task.id.line, message, "Give one of the two tasks another `id`.", task.file);
  }
}

/** Needs, prefers, feeds and joins name tasks that exist, and no chain of needs and prefers leads back to its start. */
export function checkGraph(tasks: readonly LinkedTask[], issues: IssueList): void {
  const ids = new Set(tasks.map(({ id }) => id.text));
  for (const task of tasks) {
    for (const key of ["needs", "prefers", "feeds"] as const) {
      for (const other of task[key]) if (!ids.has(other.text)) refuseMissing(task, key, other, ids, issues);
    }
    for (const other of task.feeds) {
      if (other.text !== task.id.text) continue;
      issues.fail(
        "plan.badValue",
        other.line,
        `task ${quote(task.id.text)} feeds itself`,
        "Remove it from `feeds`.",
        task.file,
      );
    }
    checkJoin(task, issues);
  }
  checkCycles(tasks, issues);
}

function refuseMissing(
  task: LinkedTask,
  key: string,
  other: Listed,
  ids: ReadonlySet<string>,
  issues: IssueList,
): void {
  const message = `task ${quote(task.id.text)} ${key} ${quote(other.text)}, but no task has that id`;
  const hint = `${issues.suggest(other.text, ids)}Ids are compared exactly, upper and lower case too.`;
  issues.fail("plan.missingNeed", other.line, message, hint, task.file);
}

function checkJoin(task: LinkedTask, issues: IssueList): void {
  const { join } = task;
  if (join === undefined) return;
  const label = `task ${quote(task.id.text)}`;
  const needs = new Set(task.needs.map(({ text }) => text));
  if (needs.size === 0) {
    issues.fail(
      "plan.badJoin",
      join.line,
      `${label} has a \`join\` and no \`needs\``,
      "Add `needs`, or remove `join`.",
      task.file,
    );
    return;
  }
  if (join.min !== undefined && join.min > needs.size) {
    const message = `${label} joins at least ${join.min} of its needs, but has ${needs.size}`;
    issues.fail("plan.badJoin", join.line, message, `Use a number from 1 to ${needs.size}.`, task.file);
  }
  for (const required of join.require) {
    if (needs.has(required.text)) continue;
    const message = `${label} requires ${quote(required.text)} in its \`join\`, but does not need it`;
    const hint = `${issues.suggest(required.text, needs)}Add it to \`needs\`.`;
    issues.fail("plan.badJoin", required.line, message, hint, task.file);
  }
}

function checkCycles(tasks: readonly LinkedTask[], issues: IssueList): void {
  const edges = tasks.map((task) => [...task.needs, ...task.prefers]);
  const { ids, needs } = buildDag(
    tasks.map((task, index) => ({ id: task.id.text, needs: (edges[index] ?? []).map(({ text }) => text) })),
  );
  for (const found of findCycles(needs)) {
    // Told from its first task in the order given, so that it is placed where it was written last.
    const start = found.indexOf(Math.min(...found));
    const cycle = [...found.slice(start), ...found.slice(0, start)];
    const names = cycle.map((index) => ids[index] ?? "");
    const shown =
      names.length > MAX_SHOWN ? [...names.slice(0, MAX_SHOWN), `… ${names.length - MAX_SHOWN} more`] : names;
    const first = tasks[cycle[0] ?? 0];
    const next = names[1] ?? names[0];
    const line = edges[cycle[0] ?? 0]?.find(({ text }) => text === next)?.line ?? first?.line ?? 1;
    const message = `these tasks wait for each other: ${[...shown, names[0]].join(" -> ")}`;
    issues.fail("plan.cycle", line, message, "Remove one of the needs in this circle.", first?.file);
  }
}
