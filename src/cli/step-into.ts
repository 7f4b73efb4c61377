/** Stepping into a run of a plan from a program: what the commands `pleach tell`, `pause`, `edit`, `takeover` and the like do. */
import { checkOptions } from "../arguments/check-arguments.ts";
import type { TaskChanges } from "../plan/edit-task.ts";
import type { Edited, TakenPlace } from "../protocol/commands.ts";

export type { Edited, TakenPlace, TaskChanges };

/** Which run. */
export interface StepIntoOptions {
  /** A folder of the repository; default: the current one. */
  dir?: string;
  /** The run's id, or the beginning of it; default: the newest. */
  run?: string;
}

/** What was done, and what comes of it, in a line. */
export interface Stepped {
  message: string;
}

/**
 * What a person, or a program for them, can do to the tasks of a run while it goes on. Each resolves once it is durable, and
 * rejects with a `PleachError` whose code says why it cannot be done and whose hint says what to do instead. Where no process
 * carries on with the run, all but `retry` and `takeover` are recorded, and count once it goes on.
 */
export interface SteppingIn {
  /** The run's id. */
  readonly run: string;
  /** Tells the agent of a task something, at most 16 KiB: at once where it listens, else when it next can hear. */
  tell(task: string, text: string): Promise<Stepped>;
  /** Nobody works on these tasks, or on any, until they go on. */
  pause(tasks: readonly string[] | "all"): Promise<Stepped>;
  /** They go on, each where it was. */
  continue(tasks: readonly string[] | "all"): Promise<Stepped>;
  /** It is over for a task; its work is kept on a branch that ends in `-saved`. */
  stop(task: string): Promise<Stepped>;
  /** A task that has not begun is not done. */
  skip(task: string): Promise<Stepped>;
  /** Tries again what failed, was stopped or skipped, while the run goes on. */
  retry(tasks: readonly string[], how?: { agent?: string; fresh?: boolean }): Promise<Stepped>;
  /** A task that has not begun is done otherwise: `changes` by the keys of a task in a plan, null takes a key away. */
  edit(task: string, changes: TaskChanges): Promise<Stepped & Edited>;
  /** Stops a task's agent; its worktree is the person's. `taken` is null while the agent is still stopping: ask again. */
  takeover(task: string): Promise<Stepped & { taken: TakenPlace | null }>;
  /** What the person did is committed, judged and merged like any work; or it is discarded, and the agent goes on. */
  giveback(task: string, how?: { discard?: boolean }): Promise<Stepped>;
}

/** Finds a run of a plan. Rejects with `run.notFound`, `run.ambiguous`, `usage.noDirectory`, `usage.badArgument`, `usage.unknownName`. */
export async function stepInto(which: StepIntoOptions = {}): Promise<SteppingIn> {
  checkOptions("stepInto", which, { dir: "string?", run: "string?" });
  const { dir, run: wanted } = which;
  // Loaded when it is asked for: it is most of the program.
  const [{ findPlace, findRun }, { carryOutNow, carryOutStep }] = await Promise.all([
    import("./place.ts"),
    import("./carry-out-step.ts"),
  ]);
  const place = await findPlace(dir);
  const folder = await findRun(place, wanted);
  const told = async (answer: Promise<{ message: string }>): Promise<Stepped> => ({ message: (await answer).message });
  const step = (command: Parameters<typeof carryOutStep>[2]) => told(carryOutStep(place, folder, command));
  const several = (tasks: readonly string[] | "all") =>
    tasks === "all" ? { tasks: [], all: true as const } : { tasks };
  return {
    run: folder.run,
    tell: (task, text) => step({ command: "tell", task, text }),
    pause: (tasks) => step({ command: "pause", ...several(tasks) }),
    continue: (tasks) => step({ command: "continue", ...several(tasks) }),
    stop: (task) => step({ command: "stop", task }),
    skip: (task) => step({ command: "skip", task }),
    retry: (tasks, { agent, fresh } = {}) => {
      const how = { ...(agent === undefined ? {} : { agent }), ...(fresh === true ? { fresh: true as const } : {}) };
      return told(carryOutNow(place, folder, { command: "retry", tasks, ...how }));
    },
    edit: async (task, changes) => {
      const { message, data } = await carryOutStep(place, folder, { command: "edit", task, changes });
      return { message, ...(data as Edited) };
    },
    takeover: async (task) => {
      const { message, data } = await carryOutNow(place, folder, { command: "takeover", task });
      return { message, taken: (data as TakenPlace | undefined) ?? null };
    },
    giveback: (task, { discard } = {}) =>
      step({ command: "giveback", task, ...(discard === true ? { discard: true as const } : {}) }),
  };
}
