/**
 * Makes the Plan of a raw plan: fills in defaults (see defaults.ts for the order), resolves names, and checks what can
 * only be seen of the whole. A Plan is returned only when nothing is wrong.
 */

import { basename, extname } from "node:path";
import { agentsOf, choiceOf, firstChoice, parseChoice } from "./agent-choice.ts";
import { BUILTIN_AGENTS, followsScript } from "./agent-kinds.ts";
import { checkGraph, checkIds } from "./check-graph.ts";
import { completeTask, streamOf } from "./complete-task.ts";
import { DEFAULT_BUDGET_MODE, DEFAULT_CONCURRENCY, DEFAULT_ISOLATION, MAX_TASKS } from "./defaults.ts";
import type { IssueList } from "./issues.ts";
import type { AgentChoice, AgentSpec, Plan, ProjectConfig, Task } from "./model.ts";
import { isPlanning } from "./planning.ts";
import type { RawPlan } from "./raw.ts";
import { refuseAgent } from "./resolve-work.ts";
import { checkReviews, declareStreams } from "./streams.ts";
import { mergeVariables } from "./variables.ts";

/** What a plan is completed with. */
export interface PlanContext {
  /** The repository, for scopes that pass through symbolic links. */
  root: string;
  config: ProjectConfig;
  /** Overrides the plan's `concurrency`. */
  concurrency?: number;
  /** Overrides the agent of streams, frontmatter and pleach.yaml, for tasks that name none; several with commas between them. */
  agent?: string;
}

/** The Plan, or null when `issues` has errors. */
export function assemblePlan(raw: RawPlan, context: Omit<PlanContext, "root">, issues: IssueList): Plan | null {
  if (!checkSize(raw, issues)) return null;
  const { header } = raw;
  const { defaults } = context.config;
  const concurrency = context.concurrency ?? header.concurrency ?? defaults.concurrency ?? DEFAULT_CONCURRENCY;
  const isolation = header.isolation ?? defaults.isolation ?? DEFAULT_ISOLATION;
  const gates = [...mapByName([...(defaults.gates ?? []), ...(header.gates ?? [])]).values()];
  const resources = {
    ...defaults.resources,
    ...Object.fromEntries((header.resources ?? []).map(({ name, value }) => [name, value])),
  };
  const agents = mapByName([...BUILTIN_AGENTS, ...(defaults.agents ?? [])]);
  const override = context.agent === undefined ? undefined : parseChoice(context.agent);
  checkAgentNames(raw, override, agents, issues);
  const streams = declareStreams(raw, context.config, concurrency, issues).map((stream) => {
    const { agent: _agent, fallback: _fallback, ...spec } = stream.spec;
    const usual = header.agent === undefined ? context.config : choiceOf(header.agent);
    return { ...stream, spec: { ...spec, ...firstChoice(override, stream.spec, usual) } };
  });
  const choices = new Map(streams.map(({ spec }) => [spec.name, firstChoice(spec)]));
  checkIds(raw.tasks, issues);
  checkGraph(raw.tasks, issues);
  const declared = {
    agents,
    agentOf: (stream: string) => choices.get(stream),
    gates: new Map(gates.map(({ name, at }) => [name, at])),
    resources,
    isFixed: false,
  };
  const tasks = raw.tasks.map((task) => completeTask(task, declared, issues));
  const used = new Set(raw.tasks.map(streamOf));
  checkReviews(streams, { file: raw.file, isolation, agents, used }, issues);
  if (issues.errors.length > 0) return null;
  const base = header.base ?? defaults.base;
  const plan: Plan = {
    goal: raw.goal ?? basename(raw.file, extname(raw.file)),
    ...(base === undefined ? {} : { base }),
    concurrency,
    isolation,
    budget: { mode: DEFAULT_BUDGET_MODE, ...defaults.budget, ...header.budget },
    gates,
    ...mergeVariables(defaults, header),
    resources,
    streams: streams.map(({ spec }) => spec),
    agents: [],
    tasks: tasks.map((task) => task as Task),
  };
  return { ...plan, agents: keepAgents(plan, agents, defaults.agents ?? []) };
}

function checkSize(raw: RawPlan, issues: IssueList): boolean {
  if (raw.tasks.length === 0) {
    if (issues.errors.length === 0) {
      const hint =
        'Under the heading of each task put a block ```yaml task with its keys, such as scope: [src/**] or run: make (or list `tasks:` in YAML). To have an agent plan: pleach run "what is to be done".';
      issues.fail("plan.empty", 1, "the plan holds no task", hint, raw.file);
    }
    return false;
  }
  if (raw.tasks.length <= MAX_TASKS) return true;
  const message = `the plan holds ${raw.tasks.length} tasks; it may hold ${MAX_TASKS}`;
  issues.fail("plan.tooLarge", 1, message, "Split it into several plans.", raw.file);
  return false;
}

/** Agents that the command line, the frontmatter or its streams name; those of pleach.yaml are checked there. */
function checkAgentNames(
  { header, file }: RawPlan,
  override: AgentChoice | undefined,
  agents: ReadonlyMap<string, AgentSpec>,
  issues: IssueList,
): void {
  const named = [
    ...(header.streams ?? []).flatMap(({ agent }) => agent ?? []),
    ...(header.agent ?? []),
    ...(override === undefined ? [] : agentsOf(override).map((text) => ({ text, line: 1 }))),
  ];
  for (const name of named) {
    if (!agents.has(name.text)) refuseAgent(name.text, name.line, file, { agents, isFixed: false }, issues);
  }
}

/** The agents of pleach.yaml, those that tasks and streams use, and scripts where tasks may come that bring one. */
function keepAgents(plan: Plan, agents: ReadonlyMap<string, AgentSpec>, configured: readonly AgentSpec[]): AgentSpec[] {
  const choices = [
    ...plan.tasks.flatMap(({ work }) => (work.kind === "agent" ? [work] : [])),
    ...plan.streams.flatMap((stream) => firstChoice(stream) ?? []),
  ];
  const kept = new Set([...configured.map(({ name }) => name), ...choices.flatMap(agentsOf)]);
  const mayGrow = plan.tasks.some(isPlanning);
  return [...agents.values()].filter((agent) => kept.has(agent.name) || (mayGrow && followsScript(agent)));
}

/** Later entries replace earlier ones of the same name, in place. */
function mapByName<T extends { name: string }>(items: readonly T[]): Map<string, T> {
  return new Map(items.map((item) => [item.name, item]));
}
