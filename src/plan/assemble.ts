/**
 * Makes the Plan of a raw plan: fills in defaults (see defaults.ts for the order), resolves names, and checks what can
 * only be seen of the whole. A Plan is returned only when nothing is wrong.
 */

import { basename, extname } from "node:path";
import { checkGraph, checkIds } from "./check-graph.ts";
import {
  BUILTIN_AGENTS,
  DEFAULT_BUDGET_MODE,
  DEFAULT_CONCURRENCY,
  DEFAULT_ISOLATION,
  DEFAULT_RESTART,
  DEFAULT_RETRIES,
  DEFAULT_STREAM,
  DEFAULT_TASK_TIMEOUT_MS,
  KNOWN_STREAMS,
  MAX_TASKS,
} from "./defaults.ts";
import type { Listed } from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import type { AgentSpec, Plan, ProjectConfig, StreamSpec, Task, Work } from "./model.ts";
import type { RawPlan, RawTask } from "./raw.ts";
import { AGENT_KINDS } from "./read-agents.ts";

/** What a plan is completed with. */
export interface PlanContext {
  /** The repository, for scopes that pass through symbolic links. */
  root: string;
  config: ProjectConfig;
  /** Overrides the plan's `concurrency`. */
  concurrency?: number;
  /** Overrides the agent of streams, frontmatter and pleach.yaml, for tasks that name none. */
  agent?: string;
}

/** The Plan, or null when `issues` has errors. */
export function assemblePlan(raw: RawPlan, context: PlanContext, issues: IssueList): Plan | null {
  if (raw.tasks.length === 0) {
    if (issues.errors.length === 0) {
      const hint = "Put a ```yaml task block under a heading, or list `tasks:` in YAML.";
      issues.fail("plan.empty", 1, "the plan holds no task", hint, raw.file);
    }
    return null;
  }
  if (raw.tasks.length > MAX_TASKS) {
    const message = `the plan holds ${raw.tasks.length} tasks; it may hold ${MAX_TASKS}`;
    issues.fail("plan.tooLarge", 1, message, "Split it into several plans.", raw.file);
    return null;
  }
  const { header } = raw;
  const { defaults } = context.config;
  const concurrency = context.concurrency ?? header.concurrency ?? defaults.concurrency ?? DEFAULT_CONCURRENCY;
  const gates = mergeByName(defaults.gates ?? [], header.gates ?? []);
  const resources = {
    ...defaults.resources,
    ...Object.fromEntries((header.resources ?? []).map(({ name, value }) => [name, value])),
  };
  const agents = mergeByName(BUILTIN_AGENTS, defaults.agents ?? []);
  const streams = declareStreams(raw, context.config, concurrency, issues);
  const resolve = makeAgentResolver(raw, context, streams, agents, issues);
  checkIds(raw.tasks, issues);
  checkGraph(raw.tasks, issues);
  const gateNames = new Set(gates.map(({ name }) => name));
  for (const task of raw.tasks) {
    checkGates(task, gateNames, issues);
    checkResources(task, resources, issues);
  }
  const tasks = raw.tasks.map((task) => completeTask(task, resolve(task)));
  if (issues.errors.length > 0) return null;
  const used = new Set(tasks.map(({ work }) => (work.kind === "agent" ? work.agent : "")));
  const base = header.base ?? defaults.base;
  return {
    goal: raw.goal ?? basename(raw.file, extname(raw.file)),
    ...(base === undefined ? {} : { base }),
    concurrency,
    isolation: header.isolation ?? defaults.isolation ?? DEFAULT_ISOLATION,
    budget: { mode: DEFAULT_BUDGET_MODE, ...defaults.budget, ...header.budget },
    gates,
    resources,
    streams: streams.map(({ line: _line, ...stream }) => stream),
    agents: agents.filter(({ name }) => used.has(name) || defaults.agents?.some((agent) => agent.name === name)),
    tasks: tasks.map((task) => task as Task),
  };
}

type LocatedStream = StreamSpec & { line: number | null };

function declareStreams(raw: RawPlan, config: ProjectConfig, concurrency: number, issues: IssueList): LocatedStream[] {
  const declared = new Map<string, LocatedStream>();
  for (const stream of config.defaults.streams ?? []) declared.set(stream.name, { ...stream, line: null });
  for (const { name, line, agent, ...given } of raw.header.streams ?? []) {
    const before = declared.get(name) ?? { name, concurrency, restart: DEFAULT_RESTART };
    declared.set(name, { ...before, ...given, ...(agent === undefined ? {} : { agent: agent.text }), line });
  }
  const known = [...declared.keys(), ...KNOWN_STREAMS];
  for (const task of raw.tasks) {
    const name = task.stream?.text ?? DEFAULT_STREAM;
    if (declared.has(name)) continue;
    declared.set(name, { name, concurrency, restart: DEFAULT_RESTART, line: null });
    if (known.includes(name)) continue;
    const hint = `${issues.suggest(name, known)}Declare it under \`streams\` if it is meant.`;
    const message = `task ${quote(task.id.text)} names the stream ${quote(name)}, which is not declared`;
    issues.warn("plan.unknownStream", task.stream?.line ?? task.line, message, hint, task.file);
  }
  return [...declared.values()].map((stream) => ({
    ...stream,
    concurrency: Math.min(stream.concurrency, concurrency),
  }));
}

type AgentResolver = (task: RawTask) => Work | null;

function makeAgentResolver(
  raw: RawPlan,
  context: PlanContext,
  streams: readonly LocatedStream[],
  agents: readonly AgentSpec[],
  issues: IssueList,
): AgentResolver {
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  const streamAgents = new Map(streams.map(({ name, agent }) => [name, agent]));
  const refuseAgent = (name: string, line: number, file: string): void => {
    const kind = AGENT_KINDS.find((each) => each === name);
    const hint = kind
      ? `Declare it in pleach.yaml: agents: {${kind}: {kind: ${kind}}}.`
      : `${issues.suggest(name, byName.keys())}Declare it in pleach.yaml under \`agents\`.`;
    issues.fail("plan.unknownAgent", line, `there is no agent ${quote(name)}`, hint, file);
  };
  for (const { agent, line } of raw.header.streams ?? []) {
    if (agent !== undefined && !byName.has(agent.text)) refuseAgent(agent.text, agent.line ?? line, raw.file);
  }
  const planAgent = raw.header.agent;
  if (planAgent !== undefined && !byName.has(planAgent.text)) refuseAgent(planAgent.text, planAgent.line, raw.file);
  if (context.agent !== undefined && !byName.has(context.agent)) refuseAgent(context.agent, 1, raw.file);
  return (task) => {
    if (task.hasBadWork) return null;
    const label = `task ${quote(task.id.text)}`;
    const given: Listed | undefined =
      task.agent ?? (task.script ? { text: "scripted", line: task.scriptLine ?? 1 } : undefined);
    if (task.run !== undefined) {
      if (given === undefined) return { kind: "run", command: task.run.text };
      const message = `${label} has both \`run\` and \`${task.agent ? "agent" : "script"}\``;
      issues.fail(
        "plan.badValue",
        Math.max(task.run.line, given.line),
        message,
        "Keep the one that does the work.",
        task.file,
      );
      return null;
    }
    const inherited =
      context.agent ?? streamAgents.get(task.stream?.text ?? DEFAULT_STREAM) ?? planAgent?.text ?? context.config.agent;
    const name = given?.text ?? inherited;
    if (name === undefined) {
      const hint = "Add `run:` with a command or `agent:`, or set a default `agent` in pleach.yaml.";
      issues.fail("plan.noWork", task.line, `${label} has neither \`run\` nor \`agent\``, hint, task.file);
      return null;
    }
    const agent = byName.get(name);
    if (agent === undefined) {
      // A bad name that was inherited has been reported where it was written.
      if (given !== undefined) refuseAgent(name, given.line, task.file);
      return null;
    }
    return checkScript(task, agent, label, issues);
  };
}

function checkScript(task: RawTask, agent: AgentSpec, label: string, issues: IssueList): Work {
  const isScripted = agent.kind === "scripted";
  if (isScripted && task.script === undefined) {
    const hint = "Add `script:` with a list of steps.";
    issues.fail(
      "plan.badValue",
      task.agent?.line ?? task.line,
      `${label} is scripted and has no \`script\``,
      hint,
      task.file,
    );
  }
  if (!isScripted && task.script !== undefined) {
    const message = `${label} has a \`script\`, but its agent ${quote(agent.name)} is of kind ${agent.kind}`;
    issues.fail("plan.badValue", task.scriptLine ?? task.line, message, "Use `agent: scripted`.", task.file);
  }
  if (!isScripted && task.instruction.trim() === "") {
    const hint = "Write what the agent is to do under the heading (or in `instruction`).";
    issues.warn("plan.noInstruction", task.line, `${label} tells its agent nothing but the title`, hint, task.file);
  }
  const script = task.script === undefined ? {} : { script: task.script };
  return { kind: "agent", agent: agent.name, ...script, instruction: task.instruction };
}

function checkGates(task: RawTask, known: ReadonlySet<string>, issues: IssueList): void {
  for (const gate of task.gates) {
    if (known.has(gate.text)) continue;
    const hint = `${issues.suggest(gate.text, known)}Declare it under \`gates\`.`;
    issues.fail(
      "plan.unknownGate",
      gate.line,
      `task ${quote(task.id.text)} names the gate ${quote(gate.text)}, which is not declared`,
      hint,
      task.file,
    );
  }
}

function checkResources(task: RawTask, resources: Readonly<Record<string, number>>, issues: IssueList): void {
  for (const { name, line, value } of task.uses) {
    const capacity = Object.hasOwn(resources, name) ? resources[name] : undefined;
    const label = `task ${quote(task.id.text)}`;
    if (capacity === undefined) {
      const hint = `${issues.suggest(name, Object.keys(resources))}Declare it: resources: {${name}: 1}.`;
      issues.fail("plan.unknownResource", line, `${label} uses ${quote(name)}, which is not declared`, hint, task.file);
    } else if (value > capacity) {
      const message = `${label} uses ${value} of ${quote(name)}, which has ${capacity}`;
      issues.fail(
        "plan.overCapacity",
        line,
        message,
        "Raise the capacity, or use less; it could never start.",
        task.file,
      );
    }
  }
}

function completeTask(task: RawTask, work: Work | null): Omit<Task, "work"> & { work: Work } {
  const { scope, budget, join } = task;
  const resolved: Work = work ?? { kind: "run", command: "" };
  return {
    id: task.id.text,
    title: task.title,
    stream: task.stream?.text ?? DEFAULT_STREAM,
    needs: textsOf(task.needs),
    prefers: textsOf(task.prefers),
    uses: Object.fromEntries(task.uses.map(({ name, value }) => [name, value])),
    feeds: textsOf(task.feeds),
    ...(scope === undefined ? {} : { scope }),
    work: resolved,
    gates: textsOf(task.gates),
    artifacts: task.artifacts,
    retries: task.retries ?? DEFAULT_RETRIES,
    timeoutMs: task.timeoutMs ?? DEFAULT_TASK_TIMEOUT_MS,
    ...(budget === undefined ? {} : { budget }),
    onConflict: task.onConflict ?? (resolved.kind === "run" ? "ask" : "rerun"),
    ...(join === undefined
      ? {}
      : { join: { min: join.min ?? Math.max(1, join.require.length), require: textsOf(join.require) } }),
    continueOnError: task.continueOnError ?? false,
    at: { file: task.file, line: task.line },
  };
}

function textsOf(listed: readonly Listed[]): string[] {
  return listed.map(({ text }) => text);
}

/** Later entries replace earlier ones of the same name, in place. */
function mergeByName<T extends { name: string }>(first: readonly T[], second: readonly T[]): T[] {
  return [...new Map([...first, ...second].map((item) => [item.name, item])).values()];
}
