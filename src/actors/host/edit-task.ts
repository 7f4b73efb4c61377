/**
 * A task that has not started and that a person changes: laid over how it stands, checked against the whole plan, and told to
 * the scheduler. The same check serves a command line that looks before it takes a run over.
 */
import { listUnstarted } from "../../machines/scheduler/extend-plan.ts";
import { hasEnded, isEnding } from "../../machines/scheduler/settle.ts";
import { hasStarted } from "../../machines/scheduler/step-in.ts";
import { rowAt } from "../../machines/table.ts";
import type { PlanIssue, ProjectConfig, Task } from "../../plan/model.ts";
import { type CommandAnswer, type Edited, type Refusal, type RunCommand, refuse } from "../../protocol/commands.ts";
import type { Events } from "../../protocol/events.ts";
import { cut, few } from "../../protocol/words.ts";
import { manifestOf, schedulerOf } from "../projections/run-view.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { refuseOver, refuseUnknown, STARTING } from "./step-in.ts";

export type EditCommand = RunCommand & { command: "edit" };

/** What tasks are read with. */
export interface EditPlace {
  /** The repository, for scopes that pass through symbolic links. */
  root: string;
  config: ProjectConfig;
}

/** The task as it is to be, and what is said of it; null when it is that already. */
export interface PlannedEdit {
  event: Events["task.edited"] | null;
  warnings: PlanIssue[];
}

/** Carries it out; resolves when it is durable, or with why it cannot be done. */
export async function editTask(runtime: Runtime, place: EditPlace, command: EditCommand): Promise<CommandAnswer> {
  const { system } = runtime;
  const planned = await planEdit(system, place, command);
  if ("ok" in planned) return planned;
  const { event } = planned;
  const warnings = planned.warnings.map(({ message, hint }) => `${message}. ${hint}`);
  const answer = (message: string, changed: string[]): CommandAnswer => ({
    ok: true,
    message,
    data: { changed, warnings } satisfies Edited,
  });
  const { task } = command;
  if (event === null) return answer(`${task} is like that already: nothing is changed`, []);
  await sendLetter(runtime, { to: "scheduler", event: { type: "task.edited", ...event } });
  // It may have begun between the two.
  const isSo = (schedulerOf(system)?.added ?? []).some((each) => isSame(each, event.tasks[0]));
  if (!isSo)
    return explainStarted(system, task) ?? refuse("run.busy", `${task} was not changed`, "try again in a moment");
  return answer(`${task} is changed: ${few(event.changed)}`, event.changed);
}

const isSame = (task: Task, other: Task | undefined): boolean => JSON.stringify(task) === JSON.stringify(other);

/** What a command comes to as things stand, without doing it. */
export async function planEdit(
  system: ActorSystem,
  { root, config }: EditPlace,
  { task, changes }: EditCommand,
): Promise<PlannedEdit | Refusal> {
  const refused = refuseEdit(system, task);
  if (refused !== null) return refused;
  // Loaded when a task is changed, as what planners write is: parsers are a large part of what the program could load.
  const plans = await import("../../plan/edit-task.ts");
  const { writeTask } = await import("../../plan/write-task.ts");
  const [scheduler, plan] = [schedulerOf(system), manifestOf(system)?.plan];
  const before = plans.tasksNamed(plan?.tasks ?? [], task);
  const [first, ...others] = before;
  if (scheduler === null || plan === undefined || first === undefined) return STARTING;
  const written = writeTask([first, ...others], plan.tasks);
  const text = JSON.stringify(plans.layOver(written, changes));
  const context = { root, config, plan, file: task, unstarted: listUnstarted(scheduler) };
  const { tasks, errors, warnings } = plans.editTask({ name: task, text, format: "json" }, context);
  if (errors.length > 0) return refuseIssues(errors);
  if (tasks.length === 0) return { event: null, warnings };
  const all = plan.tasks.map((each) => tasks.find(({ id }) => id === each.id) ?? each);
  const [after, ...rest] = plans.tasksNamed(all, task);
  const changed = after === undefined ? [] : plans.listChanged(written, writeTask([after, ...rest], all));
  return { event: { task, tasks, changed }, warnings };
}

const MAX_TOLD = 3;

function refuseIssues(errors: readonly PlanIssue[]): Refusal {
  const told = errors.slice(0, MAX_TOLD).map(({ message }) => message);
  const more = errors.length > MAX_TOLD ? `; and ${errors.length - MAX_TOLD} more` : "";
  const [first] = errors;
  return refuse(first?.code ?? "plan.badValue", `${told.join("; ")}${more}`, first?.hint ?? "");
}

/** Why a task cannot be changed as things stand, whatever is wanted of it; or null. */
export function refuseEdit(system: ActorSystem, name: string): Refusal | null {
  const scheduler = schedulerOf(system);
  const plan = manifestOf(system)?.plan;
  if (scheduler === null || plan === undefined) return STARTING;
  if (scheduler.outcome !== null) return refuseOver(scheduler.outcome);
  if (isEnding(scheduler)) return refuse("run.over", "the run is ending", "pleach status shows how each task stands");
  const group = plan.tasks.find(({ id }) => id === name)?.candidateOf;
  if (group !== undefined) {
    const hint = `they are changed together: pleach edit ${group}`;
    return refuse("step.candidate", `${cut(name)} is one of the candidates for ${group}`, hint);
  }
  if (!plan.tasks.some(({ id, candidateOf }) => (candidateOf ?? id) === name)) return refuseUnknown(scheduler, name);
  return explainStarted(system, name);
}

/** Why a task is past being changed, or null. */
function explainStarted(system: ActorSystem, name: string): Refusal | null {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return STARTING;
  const ids = (manifestOf(system)?.plan.tasks ?? []).flatMap(({ id, candidateOf }) =>
    (candidateOf ?? id) === name ? [id] : [],
  );
  const begun = ids.find((id) => hasStarted(scheduler, scheduler.index[id] as number));
  if (begun === undefined) return null;
  const row = rowAt(scheduler.rows, scheduler.index[begun] as number);
  if (row.phase === "merged" || row.phase === "done")
    return refuse("step.over", `${begun} is over: ${row.phase}`, "more work on the same files is a task of a new plan");
  if (hasEnded(row.phase)) {
    const hint = `to try it again: pleach retry ${begun}, by another agent: --agent A; what is skipped can be changed then`;
    return refuse("step.over", `${begun} is over: ${row.phase}`, hint);
  }
  const ways = `tell its agent: pleach tell ${begun} "..."; or end it, and have another do it: pleach stop ${begun}, pleach retry ${begun} --agent A`;
  return refuse("step.started", `${begun} has begun, and cannot be changed`, ways);
}
