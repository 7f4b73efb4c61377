/**
 * What was not enough: time limits of tasks, budgets of tasks and of the run, and durations beyond all that was
 * expected. One note for each stream and agent and kind of limit, since a task of the same name rarely comes again.
 */
import type { RunFacts, TaskFact } from "../../facts/run-facts.ts";
import { whenTask } from "../../patterns/labels.ts";
import { signParts } from "../../patterns/signatures.ts";
import { toFence, toInline, toPlainLine } from "../../text/untrusted.ts";
import { isGood, type RememberedRun } from "../run-memory.ts";
import { endingOf } from "./failures.ts";
import { nameTasks, type Observation, quantile, toPlainList, toSeconds } from "./observation.ts";
import { strategyAfter, tellStrategies } from "./strategies.ts";

/** An agent is told of its costs turn by turn: the last turn may end a little above what was allowed. */
const BUDGET_FACTOR = 1.1;
/**
 * Durations of tasks of one kind spread over a factor of two or three by themselves; beyond that something is wrong.
 */
const DURATION_FACTOR = 3;
/** A task that takes seconds may take some more: nobody would plan otherwise for it. */
const MIN_EXCESS_MS = 60_000;
/** Tasks of its kind that have to be known before one is called slow. */
const MIN_KNOWN = 5;

type Limit = "time" | "budget" | "expectation";

/** The overruns of a run; what was expected of a kind of task is what earlier runs took. */
export function observeOverruns(facts: RunFacts, memory: readonly RememberedRun[]): Observation[] {
  const groups = new Map<string, { limit: Limit; tasks: TaskFact[] }>();
  for (const task of facts.tasks) {
    for (const limit of limitsOver(task, memory)) {
      const key = signParts("overrun", limit, task.stream, task.agent ?? "");
      const group = groups.get(key) ?? { limit, tasks: [] };
      groups.set(key, group);
      group.tasks.push(task);
    }
  }
  const overruns = [...groups].map(([signature, { limit, tasks }]) => describe(signature, limit, tasks));
  return facts.budget.isExhausted ? [...overruns, describeRun(facts)] : overruns;
}

function limitsOver(task: TaskFact, memory: readonly RememberedRun[]): Limit[] {
  const limits: Limit[] = [];
  if (task.failures.some(({ kind }) => kind === "timeout")) limits.push("time");
  const isOver = (spent: number, limit: number | null) => limit !== null && limit > 0 && spent > limit * BUDGET_FACTOR;
  if (isOver(task.costUsd, task.budgetUsd) || isOver(task.tokens, task.budgetTokens)) limits.push("budget");
  const expectedMs = task.expectedMs ?? usualMs(task, memory);
  const longestMs = Math.max(0, ...task.tries.filter(({ ok }) => ok).map(({ ms }) => ms));
  if (expectedMs !== null && longestMs > expectedMs * DURATION_FACTOR && longestMs > expectedMs + MIN_EXCESS_MS) {
    limits.push("expectation");
  }
  return limits;
}

/** What four of five tasks of this stream and agent took at most; null while too few are known. */
function usualMs({ stream, agent }: TaskFact, memory: readonly RememberedRun[]): number | null {
  const [inStream, by] = [toInline(stream, 40), agent === null ? "" : toInline(agent, 40)];
  const known = memory
    .flatMap(({ tasks }) => tasks)
    .filter((task) => isGood(task) && task.stream === inStream && task.agent === by)
    .map(({ seconds }) => seconds * 1000);
  return known.length < MIN_KNOWN ? null : quantile(known, 0.8);
}

function describe(signature: string, limit: Limit, tasks: TaskFact[]): Observation {
  const [first] = tasks;
  const stream = first?.stream ?? "";
  const agent = first?.agent ?? null;
  const who = agent === null ? `stream ${stream}` : `stream ${stream} with agent ${agent}`;
  const title = toPlainLine(`Overrun: tasks of ${who} ${TITLES[limit]}`, 140);
  const timeout = tasks.flatMap(({ failures }) => failures).find(({ kind }) => kind === "timeout");
  const example = limit === "time" && timeout !== undefined && timeout.text.trim() !== "" ? timeout.text : null;
  const strategies = tasks.flatMap((task) =>
    task.failures
      .filter(({ kind }) => limit === "time" && kind === "timeout")
      .flatMap(({ attempt }) => strategyAfter(task, attempt, (next) => next.kind === "timeout") ?? []),
  );
  return {
    kind: "overrun",
    signature,
    also: [],
    title,
    fingerprint: { gate: "", test: "", lines: [], files: [] },
    head: [
      `### What happens\n\nTasks of ${toInline(who, 120)} ${TITLES[limit]}.`,
      ...(example === null ? [] : [toFence(example, 1_000)]),
    ].join("\n\n"),
    advice: [ADVICE[limit]],
    words: ["seen", "fixed", "failed"],
    tasks: tasks.map(({ id }) => id),
    evidence: {
      seen: tasks.length,
      good: tasks.filter((task) => endingOf(task) === "fixed").length,
      bad: tasks.filter((task) => endingOf(task) === "failed").length,
      about: nameTasks(tasks),
      details: [...tellStrategies(strategies), ...tasks.slice(0, 5).map((task) => measure(task, limit))],
    },
    earlier: [],
    appliesWhen: toPlainList([`stream ${stream}`, ...tasks.map(whenTask)], 200),
    symptoms: [title],
    scope: toPlainList(
      tasks.flatMap(({ scope, files }) => [...scope, ...files]),
      160,
    ),
    problemType: "performance_issue",
  };
}

const TITLES: Record<Limit, string> = {
  time: "run out of their time limit",
  budget: "cost far more than their budget",
  expectation: "take far longer than expected",
};

const ADVICE: Record<Limit, string> = {
  time: "Split such tasks, or give them a longer time limit.",
  budget: "Split such tasks, or plan with a larger budget.",
  expectation: "Split such tasks, and let nothing urgent wait for them.",
};

function measure(task: TaskFact, limit: Limit): string {
  const id = toInline(task.id, 60);
  if (limit === "time") return `${id} had ${toSeconds(task.timeoutMs)} s`;
  if (limit === "expectation") return `${id} took ${toSeconds(Math.max(...task.tries.map(({ ms }) => ms)))} s`;
  const usd = task.budgetUsd === null ? "" : ` ${task.costUsd.toFixed(4)} of ${task.budgetUsd.toFixed(4)} USD`;
  const tokens = task.budgetTokens === null ? "" : ` ${Math.round(task.tokens)} of ${task.budgetTokens} tokens`;
  return `${id} used${usd}${tokens}`;
}

/** The budget of the whole run. */
function describeRun(facts: RunFacts): Observation {
  const { budget, repo, tasks } = facts;
  const undone = tasks.filter(({ outcome }) => outcome !== "merged" && outcome !== "done");
  const title = toPlainLine(`Overrun: runs on ${repo} use up their budget`, 140);
  const limits = [
    ...(budget.usd === null ? [] : [`${facts.costUsd.toFixed(4)} of ${budget.usd.toFixed(4)} USD`]),
    ...(budget.tokens === null ? [] : [`${Math.round(facts.costTokens)} of ${budget.tokens} tokens`]),
  ];
  const rest = undone.length === 0 ? "all tasks were done" : `left undone: ${nameTasks(undone)}`;
  return {
    kind: "overrun",
    signature: signParts("overrun", "run", repo),
    also: [],
    title,
    fingerprint: { gate: "", test: "", lines: [], files: [] },
    head: "### What happens\n\nThe budget is exhausted before all that was planned is done, or just when it is.",
    advice: ["Plan fewer tasks for the budget, or the important ones first."],
    words: ["seen", "finished", "cut"],
    tasks: [],
    evidence: {
      seen: 1,
      good: undone.length === 0 ? 1 : 0,
      bad: undone.length === 0 ? 0 : 1,
      about: `used ${limits.join(" and ")} (mode ${budget.mode}); ${rest}`,
      details: [],
    },
    earlier: [],
    appliesWhen: toPlainList(undone.map(whenTask), 200),
    symptoms: [title],
    scope: [],
    problemType: "workflow_issue",
  };
}
