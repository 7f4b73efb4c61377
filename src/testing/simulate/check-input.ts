/** What a caller of `simulate` may give, and what is refused. */
import { checkArgument, checkNames, checkOptions } from "../../arguments/check-arguments.ts";
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

/** Options of `simulate`: a task, or a stream, that the plan does not have is a slip. Throws `usage.unknownName` and the like. */
export function checkSimulateOptions({ tasks, streams }: Plan, given: unknown): void {
  checkOptions("simulate", given, {
    seed: "number?",
    faults: "object?",
    durations: "any?",
    estimates: "any?",
    agents: "object?",
    overheads: "object?",
    person: "function?",
  });
  const { agents = {}, ...rest } = given as { agents?: object } & Record<string, unknown>;
  const ids = tasks.map(({ id }) => id);
  checkOptions("agents of simulate", agents, { tasks: "object?", streams: "object?" });
  const own = agents as { tasks?: object; streams?: object };
  checkNames("agents of simulate names a task that the plan does not have:", Object.keys(own.tasks ?? {}), ids);
  const names = streams.map(({ name }) => name);
  checkNames("agents of simulate names a stream that the plan does not have:", Object.keys(own.streams ?? {}), names);
  for (const what of ["durations", "estimates"]) {
    const times = rest[what];
    if (times === undefined || typeof times === "function") continue;
    checkArgument(`${what} of simulate`, times, "object", "give milliseconds by task id, or a function of the task");
    checkNames(`${what} of simulate names a task that the plan does not have:`, Object.keys(times as object), ids);
  }
}

/** A plan that was validated has none of these; one that was written by hand in a test may. */
export function requireValidPlan(plan: Plan): void {
  const given: Partial<Plan> | null = typeof plan === "object" ? plan : null;
  if (!Array.isArray(given?.tasks) || !Array.isArray(given.streams) || typeof given.resources !== "object") {
    throw new PleachError("simulate.badPlan", "what simulate was given is no plan", {
      hint: "give the plan itself, not the name of its file: buildPlan makes one",
    });
  }
  const { tasks, streams, resources } = plan;
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
