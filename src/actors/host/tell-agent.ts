/**
 * A text of a person for a task: given at once to an agent that listens, else kept with the task until its agent calls a tool
 * of pleach or begins or goes on. The answer says which. What is heard is on disk before it is said.
 */
import { hasEnded } from "../../machines/scheduler/settle.ts";
import { hasStarted } from "../../machines/scheduler/step-in.ts";
import { rowAt } from "../../machines/table.ts";
import { type TaskContext, workerOf } from "../../machines/task/task-state.ts";
import { taskActor } from "../../protocol/address.ts";
import { type CommandAnswer, type Refusal, refuse } from "../../protocol/commands.ts";
import { sanitizeText } from "../../terminal-text/index.ts";
import { type AgentAdapter, adapterOf } from "../agents/index.ts";
import type { Messages } from "../perform/messages.ts";
import { manifestOf, schedulerOf } from "../projections/run-view.ts";
import { sendLetter } from "../run-actors/send-letter.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { ActorSystem } from "../runtime/system.ts";
import { refuseOver, refuseUnknown, STARTING } from "./step-in.ts";

/** The longest text that is passed on, bytes. */
export const MAX_TOLD_BYTES = 16 * 1024;
/** Texts that one task keeps until somebody hears them. */
const MAX_KEPT = 20;

/** Resolves when the text is on its way or kept, or with why nobody will hear it. `messages` reaches who is at work. */
export async function tellAgent(
  runtime: Runtime,
  messages: Messages,
  { task, text: given }: { task: string; text: string },
): Promise<CommandAnswer> {
  const { system } = runtime;
  const refused = refuseTell(system, { task, text: given });
  if (refused !== null) return refused;
  const text = sanitizeText(given).trim();
  const to = taskActor(task);
  const state = String(system.actors.get(to)?.snapshot.value);
  const adapter = adapterOfTask(system, task);
  // In a review it is the reviewer that listens.
  if (state === "running" && messages.isListening(task)) {
    await sendLetter(runtime, { to, event: { type: "agent.messaged", text } });
    const when = adapter?.abilities.message === "nextTurn" ? "as its next turn" : "now";
    if (messages.send(task, text)) return { ok: true, message: `the agent of ${task} hears it ${when}` };
  }
  await sendLetter(runtime, { to, event: { type: "task.told", text } });
  return { ok: true, message: `the agent of ${task} hears it ${wordLater(state, adapter)}` };
}

/** Why a text is heard by nobody, or null. */
export function refuseTell(system: ActorSystem, { task, text }: { task: string; text: string }): Refusal | null {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_TOLD_BYTES) {
    const most = `${MAX_TOLD_BYTES / 1024} KiB`;
    const hint = "put it into a file of the repository or of the task's worktree, and tell its path";
    return refuse(
      "step.textTooLong",
      `the text has ${Math.ceil(bytes / 1024)} KiB, and ${most} are passed on at most`,
      hint,
    );
  }
  if (sanitizeText(text).trim() === "")
    return refuse("step.noText", "there is nothing to tell", `pleach tell ${task} "..."`);
  const scheduler = schedulerOf(system);
  if (scheduler === null) return STARTING;
  if (scheduler.outcome !== null) return refuseOver(scheduler.outcome);
  const at = scheduler.index[task];
  if (at === undefined) return refuseUnknown(scheduler, task);
  const { phase } = rowAt(scheduler.rows, at);
  if (hasEnded(phase)) {
    const hint =
      phase === "merged" || phase === "done"
        ? "more work on it is a task of a new plan"
        : `to try it again: pleach retry ${task}`;
    return refuse("step.over", `${task} is over: ${phase}`, hint);
  }
  const actor = system.actors.get(taskActor(task));
  if (!hasStarted(scheduler, at) || actor?.status !== "active")
    return refuse(
      "step.notStarted",
      `${task} has not begun`,
      "tell its agent once it is at work: pleach status shows that",
    );
  if (scheduler.nodes[at]?.input.agent === null)
    return refuse(
      "step.hearsNothing",
      `${task} is done by a command, which hears nothing`,
      `end it: pleach stop ${task}`,
    );
  if (((actor.snapshot.context as TaskContext).told?.length ?? 0) >= MAX_KEPT)
    return refuse(
      "step.toldEnough",
      `${MAX_KEPT} texts wait for the agent of ${task} already`,
      "they are heard when it goes on",
    );
  return null;
}

function wordLater(state: string, adapter: AgentAdapter | null): string {
  const callsTools = adapter !== null && adapter.tools !== "none";
  if (state === "running")
    return callsTools
      ? "when it calls a tool of pleach, or works on the task again"
      : "when it works on the task again";
  return ["suspended", "awaitingSlot", "backingOff", "starting", "preparing"].includes(state)
    ? "when it goes on"
    : "if the task is sent back to it: its work is done as far as it knows";
}

/** The kind of agent that does a task. */
function adapterOfTask(system: ActorSystem, task: string): AgentAdapter | null {
  const context = system.actors.get(taskActor(task))?.snapshot.context as TaskContext | undefined;
  const name = context === undefined ? null : workerOf(context);
  const spec = manifestOf(system)?.plan.agents.find((agent) => agent.name === name);
  return spec === undefined ? null : adapterOf(spec.kind);
}
