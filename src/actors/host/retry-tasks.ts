/** Tasks that a person has tried again while the run goes on: chosen as for a run that is over, then told to the scheduler. */

import { hasEnded } from "../../machines/scheduler/settle.ts";
import { chosenInstead, isOfLostStream, mayRetryNow } from "../../machines/scheduler/step-in.ts";
import { rowAt } from "../../machines/table.ts";
import type { TaskContext } from "../../machines/task/task-state.ts";
import { taskActor } from "../../protocol/address.ts";
import { type CommandAnswer, type Refusal, type RunCommand, refuse } from "../../protocol/commands.ts";
import { cut, few } from "../../protocol/words.ts";
import { manifestOf, schedulerOf } from "../projections/run-view.ts";
import { findRetried } from "../run-actors/reopen-root.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { refuseOver, refuseUnknown, STARTING } from "./step-in.ts";

type RetryCommand = RunCommand & { command: "retry" };

/** Resolves when they are to be tried again, or with why not. */
export async function retryTasks(runtime: Runtime, command: RetryCommand): Promise<CommandAnswer> {
  const { system } = runtime;
  const chosen = chooseTasks(system, command);
  if ("ok" in chosen) return chosen;
  const { tasks } = chosen;
  const feedback = Object.fromEntries(
    tasks.flatMap((task) => {
      const context = system.actors.get(taskActor(task))?.snapshot.context as TaskContext | undefined;
      return context?.feedback == null ? [] : [[task, context.feedback]];
    }),
  );
  const { agent, fresh } = command;
  const how = { ...(agent === undefined ? {} : { agent }), ...(fresh === true ? { fresh } : {}) };
  await sendLetter(runtime, { to: "scheduler", event: { type: "task.retried", tasks, ...how, feedback } });
  const by = agent === undefined ? "" : ` by ${agent}`;
  return { ok: true, message: `tried again${by}${fresh === true ? ", afresh" : ""}: ${few(tasks)}` };
}

/** What is tried again, or why nothing is. */
export function chooseTasks(system: ActorSystem, { tasks: asked, agent }: RetryCommand): { tasks: string[] } | Refusal {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return STARTING;
  if (scheduler.outcome !== null) return refuseOver(scheduler.outcome);
  for (const task of asked) {
    const at = scheduler.index[task];
    if (at === undefined) return refuseUnknown(scheduler, task);
    const { phase } = rowAt(scheduler.rows, at);
    if (!hasEnded(phase))
      return refuse(
        "retry.notOver",
        `${task} is not over`,
        `end it first: pleach stop ${task}; or tell its agent: pleach tell ${task}`,
      );
  }
  const agents = manifestOf(system)?.plan.agents.map(({ name }) => name) ?? [];
  if (agent !== undefined && !agents.includes(agent)) {
    const hint = agents.length === 0 ? "its plan has none" : `its agents: ${few(agents)}`;
    return refuse("retry.unknownAgent", `the run has no agent ${JSON.stringify(cut(agent))}`, hint);
  }
  const found = findRetried(system, asked);
  if (found.kind === "done")
    return refuse(
      "retry.done",
      `${found.task} is ${found.phase}, and is not done again`,
      "more work on the same files is a task of a new plan",
    );
  if (found.kind !== "retried")
    return refuse("retry.nothing", "nothing is left to be tried again", "no task of it failed or was skipped");
  const ended = found.tasks.filter((task) => hasEnded(rowAt(scheduler.rows, scheduler.index[task] as number).phase));
  const insteadOf = (task: string): number | undefined => chosenInstead(scheduler, scheduler.index[task] as number);
  const overtaken = asked.find((task) => insteadOf(task) !== undefined);
  if (overtaken !== undefined) {
    const chosen = scheduler.nodes[insteadOf(overtaken) as number]?.input.id ?? "";
    const hint = `where that is not wanted: pleach stop ${chosen}`;
    return refuse("retry.chosen", `${overtaken} is not tried again: ${chosen} was chosen, and goes on`, hint);
  }
  const orphan = asked.find((task) => isOfLostStream(scheduler, scheduler.index[task] as number));
  if (orphan !== undefined)
    return refuse(
      "retry.lostStream",
      `${orphan} is not tried again now: its stream crashed too often`,
      "when the run has ended: pleach retry",
    );
  const isStartable = (task: string): boolean =>
    insteadOf(task) === undefined && !isOfLostStream(scheduler, scheduler.index[task] as number);
  const tasks = ended.filter(isStartable);
  const closing = tasks.filter((task) => !mayRetryNow(scheduler, scheduler.index[task] as number));
  if (closing.length > 0)
    return refuse("run.busy", `${few(closing)} is only being cleaned up`, "try again in a moment");
  if (tasks.length === 0)
    return refuse(
      "retry.nothing",
      "nothing has failed or was skipped so far",
      "pleach status shows how each task stands",
    );
  return { tasks };
}
