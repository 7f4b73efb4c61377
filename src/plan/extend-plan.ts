/**
 * What a planner wrote, as tasks that join a plan which is being carried out. The text is a plan of any format; it is
 * read like any other and its tasks are checked against the whole plan so far. Nothing but tasks comes in: gates, limits,
 * streams and agents are the run's own, so keys that would set them are told to have no effect.
 *
 * All or nothing: one error, and no task of the text joins. Pure but for the links that scopes may pass through.
 */

import { agentsOf, firstChoice } from "./agent-choice.ts";
import { checkGraph, checkIds, type LinkedTask } from "./check-graph.ts";
import { completeTask, type Declared, streamOf } from "./complete-task.ts";
import { MAX_TASKS, MAX_TASKS_A_TEXT } from "./defaults.ts";
import { type Listed, type Read, readText } from "./fields.ts";
import { IssueList, quote } from "./issues.ts";
import { hintOfMisplaced, leaveOf } from "./key-sources.ts";
import { type PlanFormat, parseText } from "./load-plan.ts";
import type { AgentChoice, Plan, PlanIssue, ProjectConfig, Task } from "./model.ts";
import type { RawPlan, RawTask } from "./raw.ts";
import { HEADER_READERS, type HeaderFormat } from "./read-header.ts";
import { adviseOn } from "./resolve-work.ts";
import { checkSize } from "./text-file.ts";

export interface ExtendContext {
  /** For messages, and where the new tasks say that they come from. */
  file: string;
  /** The repository, for scopes that pass through symbolic links. */
  root: string;
  config: ProjectConfig;
  /** The whole plan so far. */
  plan: Plan;
  /** Ids of tasks that have not started: only these may be changed. */
  unstarted: ReadonlySet<string>;
}

/** Tasks that are new or changed, in the order of the text; none when there are errors. */
export interface PlanExtension {
  tasks: Task[];
  errors: PlanIssue[];
  warnings: PlanIssue[];
}

/** Reads a planner's text. Never throws; a text that only repeats what the plan holds adds no tasks. */
export function extendPlan(text: string, context: ExtendContext): PlanExtension {
  const issues = new IssueList(context.file);
  const isSmall = checkSize(Buffer.byteLength(text), issues, context.file);
  const raw = isSmall ? parseText(text, detectFormat(text), context, issues, EXTENSION_HEADER) : null;
  const tasks = raw === null ? [] : checkTasks(raw, context, issues);
  const { errors, warnings } = issues.close();
  return { tasks: errors.length > 0 ? [] : tasks, errors, warnings };
}

const HEADER_HINT = "Write tasks only; the plan that the run began with, or pleach.yaml, holds the rest.";

const ignoreKey: Read<never> = ({ issues, line, label }) => {
  issues.warn(
    "plan.ignoredKey",
    line,
    `${label} has no effect: a planner adds tasks to a run that goes on`,
    HEADER_HINT,
  );
  return undefined;
};

const READERS: HeaderFormat["readers"] = { goal: readText, ...HEADER_READERS };
const IGNORED = Object.fromEntries(
  Object.keys(READERS)
    .filter((key) => leaveOf(key, "planner") === "no")
    .map((key) => [key, ignoreKey]),
);

const EXTENSION_HEADER: HeaderFormat = {
  readers: { ...READERS, ...IGNORED },
  unknown: (key, line, issues) => {
    if (hintOfMisplaced(key, "planner") === null) return false;
    const message = `\`${key}\` has no effect: no planner sets it`;
    issues.warn("plan.ignoredKey", line, message, "Leave it out; people set it where it belongs.");
    return true;
  },
};

/** A heading of a unit, or the fence of a task block. */
const MARKDOWN = /^ {0,3}(?:(?:`{3,}|~{3,})[ \t]*ya?ml[ \t]+task\b|#{1,6}[ \t]+U\d)/im;

/** JSON is known by how it begins, YAML by its `tasks:` at the margin; all else is Markdown. */
function detectFormat(text: string): PlanFormat {
  if (/^\s*\{/.test(text)) return "json";
  return !MARKDOWN.test(text) && /^tasks[ \t]*:/m.test(text) ? "yaml" : "markdown";
}

function checkTasks(raw: RawPlan, context: ExtendContext, issues: IssueList): Task[] {
  const { plan, unstarted } = context;
  if (raw.tasks.length === 0) {
    if (issues.errors.length > 0) return [];
    const hint = "Put a ```yaml task block under a heading, or list `tasks:` in YAML.";
    issues.fail("plan.empty", 1, "the plan holds no task", hint);
    return [];
  }
  if (raw.tasks.length > MAX_TASKS_A_TEXT) {
    const message = `the text holds ${raw.tasks.length} tasks; a planner may write ${MAX_TASKS_A_TEXT}`;
    issues.fail("plan.tooLarge", 1, message, "Plan larger tasks, or leave parts to further planning tasks.");
    return [];
  }
  const known = new Map(plan.tasks.map((task) => [task.id, task]));
  const written = new Set(raw.tasks.map(({ id }) => id.text));
  const others = plan.tasks.filter(({ id }) => !written.has(id)).map(toLinked);
  if (others.length + raw.tasks.length > MAX_TASKS) {
    issues.fail("plan.tooLarge", 1, `the plan may hold ${MAX_TASKS} tasks`, "Plan fewer tasks.");
    return [];
  }
  checkIds([...others, ...raw.tasks], issues);
  // The text's own tasks come first: what is wrong between the two is told of them.
  checkGraph([...raw.tasks, ...others], issues);
  checkStreams(raw, plan, issues);
  const declared = declare(context);
  return raw.tasks.flatMap((each) => {
    const written = completeTask(each, declared, issues);
    if (written === null) return [];
    const before = known.get(written.id);
    const task = keepGuard(written, before, each, issues);
    if (before === undefined) return [task];
    if (describe(before) === describe(task)) return [];
    if (!unstarted.has(task.id)) {
      const hint = "Leave it as it was, and put what is missing into a new task.";
      issues.fail("plan.startedTask", each.id.line, `task ${quote(task.id)} has started and cannot change`, hint);
    } else if (before.at?.file !== task.at?.file) {
      const message = `task ${quote(task.id)}, which somebody else wrote, is changed`;
      issues.warn("plan.changedTask", each.id.line, message, "Use another `id` if it is meant to be a new task.");
    }
    return [task];
  });
}

/** What a task may do to what all worktrees share is a person's to say: a planner's word of it has no effect. */
function keepGuard({ git, ...task }: Task, before: Task | undefined, raw: RawTask, issues: IssueList): Task {
  if (git !== undefined && git !== before?.git) {
    const message = `\`git\` of task ${quote(task.id)} has no effect: no planner sets it`;
    issues.warn("plan.ignoredKey", raw.id.line, message, "Leave it out; people set it where it belongs.");
  }
  return before?.git === undefined ? task : { ...task, git: before.git };
}

function declare({ plan, config }: ExtendContext): Declared {
  const agents = new Map(plan.agents.map((agent) => [agent.name, agent]));
  const streams = new Map(plan.streams.map((stream) => [stream.name, stream]));
  const agentOf = (stream: string): AgentChoice | undefined => {
    const choice = firstChoice(streams.get(stream), config);
    return choice !== undefined && agentsOf(choice).every((name) => agents.has(name)) ? choice : undefined;
  };
  return {
    agents,
    agentOf,
    gates: new Map(plan.gates.map(({ name, at }) => [name, at])),
    resources: plan.resources,
    isFixed: true,
  };
}

function checkStreams(raw: RawPlan, plan: Plan, issues: IssueList): void {
  const known = new Set(plan.streams.map(({ name }) => name));
  for (const task of raw.tasks) {
    const name = streamOf(task);
    if (known.has(name)) continue;
    const message = `task ${quote(task.id.text)} names the stream ${quote(name)}, which the run does not have`;
    const hint = issues.suggest(name, known) + adviseOn({ isFixed: true }, known, "");
    issues.fail("plan.unknownStream", task.stream?.line ?? task.line, message, hint);
  }
}

/** A task of the plan so far as the checks between tasks see it. */
function toLinked(task: Task): LinkedTask {
  const { file, line } = task.at ?? { file: "the plan", line: 1 };
  const list = (ids: readonly string[]): Listed[] => ids.map((text) => ({ text, line }));
  return {
    ...{ file, line, id: { text: task.id, line } },
    ...{ needs: list(task.needs), prefers: list(task.prefers), feeds: list(task.feeds) },
    ...(task.join === undefined ? {} : { join: { line, min: task.join.min, require: list(task.join.require) } }),
  };
}

/** What a task says, whatever the order of its keys and wherever it was written. */
function describe({ at: _at, ...task }: Task): string {
  return JSON.stringify(task, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
