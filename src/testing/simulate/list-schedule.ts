/**
 * List schedules of a plan whose durations are known: a yardstick for a scheduler that only expects them. A list schedule
 * never lets a slot idle that a ready task could use, and takes ready tasks in the order of a list. Nothing fails, merging
 * takes no time, and soft needs are not waited for.
 */
import type { Plan, Task } from "../../plan/model.ts";
import { createSeededRandom } from "../determinism/seeded-random.ts";
import { measurePaths } from "./paths.ts";

/** Random orders tried beside the ones with a reason. */
const RANDOM_ORDERS = 8;

/** The shortest makespan of several list schedules, ms, the name of the rule that made it, and the longest makespan. */
export function bestListSchedule(
  plan: Plan,
  durationOf: (task: Task) => number,
  seed = 1,
): { makespanMs: number; rule: string; longestMs: number } {
  const random = createSeededRandom(seed);
  const paths = measurePaths(plan.tasks, durationOf);
  const successors = countSuccessors(plan.tasks);
  const rules: Record<string, (task: Task) => number> = {
    "longest remaining path": ({ id }) => paths.get(id) ?? 0,
    "longest task": durationOf,
    "shortest task": (task) => -durationOf(task),
    "most successors": ({ id }) => successors.get(id) ?? 0,
    "order of the plan": () => 0,
  };
  for (let order = 1; order <= RANDOM_ORDERS; order++) {
    rules[`random order ${order}`] = ({ id }) => random.whole(0, 1_000_000, "order", order, id);
  }
  const made = Object.entries(rules).map(([rule, urgencyOf]) => ({
    rule,
    makespanMs: listSchedule(plan, durationOf, urgencyOf),
  }));
  const longestMs = Math.max(...made.map(({ makespanMs }) => makespanMs));
  return { ...made.reduce((best, each) => (each.makespanMs < best.makespanMs ? each : best)), longestMs };
}

/**
 * Milliseconds of the list schedule that starts the most urgent ready task first, in the order of the plan where two are as
 * urgent. Infinity for a plan that cannot be finished.
 */
export function listSchedule(
  plan: Plan,
  durationOf: (task: Task) => number,
  urgencyOf: (task: Task) => number,
): number {
  const waiting = plan.tasks
    .map((task, at) => ({ task, at, urgency: urgencyOf(task) }))
    .sort((a, b) => b.urgency - a.urgency || a.at - b.at)
    .map(({ task }) => task);
  const done = new Set<string>();
  let running: { task: Task; endsMs: number }[] = [];
  let nowMs = 0;
  while (waiting.length + running.length > 0) {
    for (let at = 0; at < waiting.length; ) {
      const task = waiting[at] as Task;
      const mayStart =
        isReady(task, done) &&
        fits(
          plan,
          task,
          running.map((each) => each.task),
        );
      if (mayStart) {
        running.push({ task, endsMs: nowMs + durationOf(task) });
        waiting.splice(at, 1);
      } else at++;
    }
    if (running.length === 0) return Number.POSITIVE_INFINITY;
    nowMs = Math.min(...running.map(({ endsMs }) => endsMs));
    for (const { task, endsMs } of running) if (endsMs <= nowMs) done.add(task.id);
    running = running.filter(({ endsMs }) => endsMs > nowMs);
  }
  return nowMs;
}

function isReady({ needs, join }: Task, done: ReadonlySet<string>): boolean {
  const met = needs.filter((need) => done.has(need)).length;
  return met >= (join?.min ?? needs.length) && (join?.require ?? []).every((need) => done.has(need));
}

function fits({ concurrency, streams, agents, resources }: Plan, task: Task, running: readonly Task[]): boolean {
  if (running.length >= concurrency) return false;
  const stream = streams.find(({ name }) => name === task.stream);
  if (running.filter((other) => other.stream === task.stream).length >= (stream?.concurrency ?? 1)) return false;
  const agentOf = ({ work }: Task): string | null => (work.kind === "agent" ? work.agent : null);
  const agent = agents.find(({ name }) => name === agentOf(task));
  const most = agent?.concurrency ?? Number.POSITIVE_INFINITY;
  if (agent !== undefined && running.filter((other) => agentOf(other) === agent.name).length >= most) return false;
  return Object.entries(task.uses).every(
    ([name, units]) => running.reduce((sum, { uses }) => sum + (uses[name] ?? 0), 0) + units <= (resources[name] ?? 0),
  );
}

/** How many tasks come after each, directly or not. */
function countSuccessors(tasks: readonly Task[]): Map<string, number> {
  const behind = new Map<string, Set<string>>(tasks.map(({ id }) => [id, new Set()]));
  for (let hasChanged = true; hasChanged; ) {
    hasChanged = false;
    for (const { id, needs } of tasks) {
      for (const need of needs) {
        const known = behind.get(need);
        if (known === undefined) continue;
        const before = known.size;
        known.add(id);
        for (const other of behind.get(id) ?? []) known.add(other);
        hasChanged ||= known.size > before;
      }
    }
  }
  return new Map([...behind].map(([id, set]) => [id, set.size]));
}
