/** What a caller of `simulate` may give, and what is refused. */
import { PleachError } from "../../errors.ts";
import type { Plan, Task } from "../../plan/model.ts";

/** Milliseconds by task id, or by task. */
export type Durations = Readonly<Record<string, number>> | ((task: Task) => number);

/** Durations of all tasks as a function; throws `simulate.badDuration` for one that is no number of milliseconds. */
export function readDurations(
  tasks: readonly Task[],
  given: Durations | undefined,
  otherwise: (task: Task) => number,
): (task: Task) => number {
  const known = new Map<string, number>();
  for (const task of tasks) {
    const listed = typeof given === "object" && Object.hasOwn(given, task.id) ? given[task.id] : undefined;
    const ms = typeof given === "function" ? given(task) : (listed ?? otherwise(task));
    requireAmount("simulate.badDuration", `the duration of ${JSON.stringify(task.id)}`, ms);
    known.set(task.id, ms);
  }
  return ({ id }) => known.get(id) ?? 0;
}

/** Refuses what is no amount of time or money: everything but finite numbers that are not below 0. */
export function requireAmount(code: string, what: string, value: number): void {
  if (Number.isFinite(value) && value >= 0) return;
  throw new PleachError(code, `${what} is ${value}`, { hint: "give a number that is finite and not below 0" });
}

/** A plan that was validated has none of these; one that was written by hand in a test may. */
export function requireValidPlan({ tasks, streams, resources }: Plan): void {
  const ids = new Set(tasks.map(({ id }) => id));
  const names = new Set(streams.map(({ name }) => name));
  const refuse = (message: string): never => {
    throw new PleachError("simulate.badPlan", message, {
      hint: "give a plan that was validated, or one that buildPlan makes",
    });
  };
  if (ids.size < tasks.length) refuse("two tasks have the same id");
  for (const { id, needs, prefers, join, stream, uses } of tasks) {
    const unknown = [...needs, ...prefers, ...(join?.require ?? [])].find((need) => !ids.has(need));
    if (unknown !== undefined) refuse(`task ${JSON.stringify(id)} names ${JSON.stringify(unknown)}, which is no task`);
    if (!names.has(stream))
      refuse(`task ${JSON.stringify(id)} is of the stream ${JSON.stringify(stream)}, which is none`);
    for (const [name, units] of Object.entries(uses)) {
      if (!Object.hasOwn(resources, name) || (resources[name] ?? 0) < units) {
        refuse(`task ${JSON.stringify(id)} uses ${units} of ${JSON.stringify(name)}, and there is not so much`);
      }
    }
  }
}
