/**
 * What a person asks for tasks while the run goes on: checked against how they stand, then told to the scheduler. The same
 * check serves a host, and a command line that looks before it takes a run over.
 */
import { findNearest } from "../../arguments/nearest.ts";
import { hasEnded } from "../../machines/scheduler/settle.ts";
import { isPaused, type SchedulerContext } from "../../machines/scheduler/state.ts";
import { refuseStep, type Step, type StepRefusal } from "../../machines/scheduler/step-in.ts";
import { rowAt } from "../../machines/table.ts";
import { taskActor } from "../../protocol/address.ts";
import { type CommandAnswer, type Refusal, type RunCommand, refuse } from "../../protocol/commands.ts";
import type { Letter } from "../../protocol/mail.ts";
import { cut, few, plural } from "../../protocol/words.ts";
import { schedulerOf } from "../projections/run-view.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";

/** What a person may ask for tasks that the scheduler sees to. */
export type StepCommand = RunCommand & { command: Step };

/** What is to be told whom, and what the person is answered then. */
export interface PlannedStep {
  letter: Letter<"person">;
  message: string;
}

/** Carries it out; resolves when it is durable, or with why it cannot be done. */
export async function stepIn(runtime: Runtime, command: StepCommand): Promise<CommandAnswer> {
  const planned = planStep(runtime.system, command);
  if ("ok" in planned) return planned;
  await sendLetter(runtime, planned.letter);
  return { ok: true, message: planned.message };
}

/** What a command comes to as things stand, without doing it. */
export function planStep(system: ActorSystem, command: StepCommand): PlannedStep | Refusal {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return STARTING;
  if (scheduler.outcome !== null) return refuseOver(scheduler.outcome);
  switch (command.command) {
    case "pause":
    case "continue":
      return planForSeveral(system, scheduler, command);
    case "stop":
    case "skip": {
      const { task } = command;
      const refused = refuseStep(scheduler, command.command, task);
      if (refused !== null) return wordRefusal(scheduler, { step: command.command, task, refused });
      const to = "scheduler" as const;
      if (command.command === "skip")
        return { letter: { to, event: { type: "task.skipped", task } }, message: wordSkip(scheduler, task) };
      return { letter: { to, event: { type: "task.stopped", task } }, message: wordStop(system, scheduler, task) };
    }
  }
}

/** There is nothing yet that could be told. */
export const STARTING: Refusal = {
  ok: false,
  code: "run.busy",
  message: "the run is only starting",
  hint: "try again in a moment",
};

/** Nobody works on a run that is over. */
export function refuseOver(outcome: string): Refusal {
  const hint = "what failed, was stopped or skipped can be tried again: pleach retry TASK";
  return { ok: false, code: "run.over", message: `the run is over: ${outcome}`, hint };
}

/** There is no such task. */
export function refuseUnknown({ index }: SchedulerContext, task: string): Refusal {
  const known = Object.keys(index);
  const near = findNearest(task, known);
  const hint = near === undefined ? `its tasks: ${few(known)}` : `did you mean ${near}? pleach status shows all`;
  return { ok: false, code: "step.unknownTask", message: `the run has no task ${JSON.stringify(cut(task))}`, hint };
}

function planForSeveral(
  system: ActorSystem,
  scheduler: SchedulerContext,
  { command: step, tasks, all }: StepCommand & { command: "pause" | "continue" },
): PlannedStep | Refusal {
  for (const task of tasks) {
    const refused = refuseStep(scheduler, step, task);
    if (refused !== null) return wordRefusal(scheduler, { step, task, refused });
  }
  const chosen = all === true ? listAll(scheduler, step) : [...new Set(tasks)];
  if (chosen.length === 0) {
    const message = step === "pause" ? "nothing is left to be paused" : "no task of the run is paused";
    return { ok: false, code: "step.nothing", message, hint: "pleach status shows how each task stands" };
  }
  const event = { tasks: chosen, ...(all === true ? { all } : {}) };
  const letter: Letter<"person"> =
    step === "pause"
      ? { to: "scheduler", event: { type: "task.paused", ...event } }
      : { to: "scheduler", event: { type: "task.continued", ...event } };
  const message =
    step === "pause" ? wordPause(system, scheduler, chosen) : `${wordTasks(chosen)} ${verb(chosen, "go")} on`;
  return { letter, message };
}

const listAll = (context: SchedulerContext, step: "pause" | "continue"): string[] =>
  context.nodes.flatMap(({ input }, task) =>
    !hasEnded(rowAt(context.rows, task).phase) && isPaused(context, task) === (step === "continue") ? [input.id] : [],
  );

const wordTasks = (tasks: readonly string[]): string => (tasks.length <= 4 ? few(tasks) : plural(tasks.length, "task"));
const verb = (tasks: readonly string[], word: string): string =>
  tasks.length === 1 ? `${word}${word.endsWith("o") ? "es" : "s"}` : word;

/** Where the state of a task's actor is one in which its work is done. */
const PAST_WORK: ReadonlySet<string> = new Set(["committing", "checking", "gating", "routing", "queued", "resumed"]);

function wordPause(system: ActorSystem, context: SchedulerContext, tasks: readonly string[]): string {
  const isPastWork = (id: string): boolean => {
    const actor = system.actors.get(taskActor(id));
    return actor?.status === "active" && PAST_WORK.has(String(actor.snapshot.value));
  };
  const isAtWork = (id: string): boolean => {
    const task = context.index[id] as number;
    return !isPastWork(id) && (rowAt(context.rows, task).phase === "running" || context.underReview.includes(task));
  };
  const [done, stopped] = [tasks.filter(isPastWork), tasks.filter(isAtWork)];
  const parts = [
    `${wordTasks(tasks)} ${tasks.length === 1 ? "is" : "are"} paused`,
    ...(stopped.length === 0
      ? []
      : [`whoever works on ${wordTasks(stopped)} is being stopped, and goes on there later`]),
    ...(done.length === 0 ? [] : [`the work of ${wordTasks(done)} is done, and goes on to its gates and the merge`]),
  ];
  return parts.join("; ");
}

function wordStop(system: ActorSystem, context: SchedulerContext, task: string): string {
  const isAlive = system.isActive(taskActor(task));
  const work = isAlive ? "; what it has done is kept on a branch that ends in -saved" : "";
  return `${task} is ${isAlive ? "being stopped" : "stopped before it began"}${work}${wordDependents(context, task)}`;
}

const wordSkip = (context: SchedulerContext, task: string): string =>
  `${task} is skipped${wordDependents(context, task)}`;

/** What it means for those that need it. */
function wordDependents(context: SchedulerContext, task: string): string {
  const dependents = (context.dependents[context.index[task] as number] ?? []).filter(
    (each) => !hasEnded(rowAt(context.rows, each).phase),
  );
  if (dependents.length === 0) return "";
  const names = few(dependents.map((each) => context.nodes[each]?.input.id ?? ""));
  return `; what needs it is not done either, unless its join lets it: ${names}`;
}

function wordRefusal(
  context: SchedulerContext,
  { step, task, refused }: { step: Step; task: string; refused: StepRefusal },
): Refusal {
  switch (refused) {
    case "unknown":
      return refuseUnknown(context, task);
    case "over": {
      const { phase } = rowAt(context.rows, context.index[task] as number);
      const hint =
        phase === "merged" || phase === "done"
          ? "there is nothing left to do for it"
          : `to do it after all: pleach retry ${task}`;
      return refuse("step.over", `${task} is over: ${phase}`, hint);
    }
    case "paused":
      return refuse("step.paused", `${task} is paused already`, `let it go on: pleach continue ${task}`);
    case "taken":
      return refuse("step.taken", `${task} is in a person's hands`, `give it back first: pleach giveback ${task}`);
    case "notPaused":
      return refuse("step.notPaused", `${task} is not paused`, "pleach status shows how each task stands");
    case "started":
      return refuse(
        "step.started",
        `${task} has begun, and cannot be ${step === "skip" ? "skipped" : "changed"}`,
        `end it, its work saved: pleach stop ${task}`,
      );
  }
}
