/**
 * A task that a person takes over, and gives back: checked against how it stands, told to the task, and answered when it is
 * so, or with what is still being done. The person gets a place and, where the agent's program has one, its very session.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { hasEnded } from "../../machines/scheduler/settle.ts";
import { hasStarted } from "../../machines/scheduler/step-in.ts";
import { rowAt } from "../../machines/table.ts";
import { TAKEABLE } from "../../machines/task/person-states.ts";
import { type TaskContext, workerOf } from "../../machines/task/task-state.ts";
import { taskActor } from "../../protocol/address.ts";
import { type CommandAnswer, type Refusal, refuse, type TakenPlace } from "../../protocol/commands.ts";
import type { Events } from "../../protocol/events.ts";
import { typed } from "../../protocol/words.ts";
import { adapterOf } from "../agents/index.ts";
import type { RunFolder } from "../control/run-folder.ts";
import { sessionNote } from "../perform/agent-sessions.ts";
import { manifestOf, schedulerOf } from "../projections/run-view.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { refuseOver, refuseUnknown, STARTING } from "./step-in.ts";

/** How long an answer waits for what it asked for, ms: an agent has its grace to stop. */
const PATIENCE_MS = 20_000;
const LOOK_MS = 25;

/** Stops the agent and hands its worktree to the person. */
export async function takeOver(runtime: Runtime, folder: RunFolder, task: string): Promise<CommandAnswer> {
  const { system } = runtime;
  const refused = await refuseTakeOver(system, folder, task);
  if (refused !== null) return refused;
  await sendLetter(runtime, { to: taskActor(task), event: { type: "task.takeOver" } });
  await until(() => stateOf(system, task) === "takenOver");
  if (stateOf(system, task) !== "takenOver")
    return {
      ok: true,
      message: `${task} is yours as soon as its agent has stopped: pleach takeover ${task} says where`,
    };
  const place = await placeOf(system, folder, task);
  return { ok: true, message: `${task} is yours: ${place.path}`, data: place };
}

/** Takes back what a person did, or takes it as it is. `performs`: whether the host carries on with the run. */
export async function giveBack(
  runtime: Runtime,
  { task, discard }: { task: string; discard?: true },
  performs: boolean,
): Promise<CommandAnswer> {
  const { system } = runtime;
  const refused = refuseGiveBack(system, { task, ...(discard === true ? { discard } : {}) });
  if (refused !== null) return refused;
  const path = contextOf(system, task)?.workspace?.path ?? "";
  const isGone = !existsSync(path);
  let why: string | undefined;
  const stop = runtime.watch((records) => {
    for (const { type, data } of records) {
      const told = data as Events["task.takenOver"];
      if (type === "task.takenOver" && told.task === task) why = told.why;
    }
  });
  try {
    const event = {
      ...(discard === true ? { discards: true as const } : {}),
      ...(isGone ? { gone: true as const } : {}),
    };
    await sendLetter(runtime, { to: taskActor(task), event: { type: "task.giveBack", ...event } });
    if (performs) await until(() => !UNDER_WAY.has(stateOf(system, task)));
  } finally {
    stop();
  }
  if (performs && stateOf(system, task) === "takenOver") {
    const hint = `it is still yours: change it in ${path}, or leave it to its agent: pleach giveback ${task} --discard`;
    return refuse("step.notTakenBack", `${task} cannot be given back: ${why ?? "it could not be taken"}`, hint);
  }
  if (isGone) return { ok: true, message: `${task} begins anew: its worktree is gone` };
  return {
    ok: true,
    message:
      discard === true
        ? `${task} is as it was, and its agent goes on`
        : `${task} is committed, and goes on to its gates and the merge`,
  };
}

/** States in which what was given back is not judged yet. */
const UNDER_WAY: ReadonlySet<string> = new Set(["committing", "resetting"]);

/** Why a task cannot be given back, or null. */
export function refuseGiveBack(
  system: ActorSystem,
  { task, discard }: { task: string; discard?: true },
): Refusal | null {
  const refused = refuseAny(system, task);
  if (refused !== null) return refused;
  if (stateOf(system, task) !== "takenOver")
    return refuse("step.notTaken", `${task} is in nobody's hands`, `take it over first: pleach takeover ${task}`);
  const path = contextOf(system, task)?.workspace?.path ?? "";
  if (discard !== true && !existsSync(path))
    return refuse(
      "step.worktreeGone",
      `the worktree of ${task} is gone: ${path}`,
      `have it begin anew: pleach giveback ${task} --discard`,
    );
  return null;
}

async function refuseTakeOver(system: ActorSystem, folder: RunFolder, task: string): Promise<Refusal | null> {
  const refused = refuseAny(system, task);
  if (refused !== null) return refused;
  const scheduler = schedulerOf(system);
  const state = stateOf(system, task);
  if (state === "takenOver") {
    const { path, open } = await placeOf(system, folder, task);
    const how = open === null ? "" : `, its session: ${typed(open)}`;
    return refuse(
      "step.taken",
      `${task} is in a person's hands already`,
      `it lies in ${path}${how}; give it back: pleach giveback ${task}`,
    );
  }
  if (state === "waiting") return refuse("step.waits", `${task} waits for a decision`, "answer it: pleach decide");
  if (scheduler?.isolation === "none")
    return refuse(
      "step.noWorktree",
      `${task} works in your own checkout`,
      `stop its agent there: pleach pause ${task}`,
    );
  if (!TAKEABLE.has(state) && state !== "takingOver")
    return refuse(
      "step.tooLate",
      `the work of ${task} is done, and on its way to be merged`,
      "pleach status shows where it is",
    );
  return null;
}

/** What stands in the way of anything that is done to a task. */
function refuseAny(system: ActorSystem, task: string): Refusal | null {
  const scheduler = schedulerOf(system);
  if (scheduler === null) return STARTING;
  if (scheduler.outcome !== null) return refuseOver(scheduler.outcome);
  const at = scheduler.index[task];
  if (at === undefined) return refuseUnknown(scheduler, task);
  const { phase } = rowAt(scheduler.rows, at);
  if (hasEnded(phase))
    return refuse("step.over", `${task} is over: ${phase}`, "pleach status shows how each task stands");
  if (!hasStarted(scheduler, at) || !system.isActive(taskActor(task)))
    return refuse(
      "step.notStarted",
      `${task} has not begun`,
      `there is nothing yet to take over; leave it out: pleach skip ${task}`,
    );
  return null;
}

const stateOf = (system: ActorSystem, task: string): string =>
  String(system.actors.get(taskActor(task))?.snapshot.value);

const contextOf = (system: ActorSystem, task: string): TaskContext | undefined =>
  system.actors.get(taskActor(task))?.snapshot.context as TaskContext | undefined;

async function until(isSo: () => boolean): Promise<void> {
  for (let waited = 0; waited < PATIENCE_MS && !isSo(); waited += LOOK_MS) await setTimeout(LOOK_MS);
}

/** Where a task lies that a person has, and how its agent's session is opened there. */
async function placeOf(system: ActorSystem, folder: RunFolder, task: string): Promise<TakenPlace> {
  const context = contextOf(system, task);
  const name = context === undefined ? null : workerOf(context);
  const spec = manifestOf(system)?.plan.agents.find((agent) => agent.name === name);
  const home = join(folder.path, "agents", spec?.name ?? "");
  const session = spec === undefined ? null : await sessionNote(home, task).find();
  const open =
    spec === undefined || session === null ? null : (adapterOf(spec.kind).openSession?.(spec, session, home) ?? null);
  return { path: context?.workspace?.path ?? "", branch: context?.workspace?.branch ?? null, session, open };
}
