/** How a task gives back the slot that it holds. */
import { type Effect, tellAs } from "../effects.ts";
import type { TaskContext } from "./task-state.ts";

const tell = tellAs<"task">();

/** Tells the scheduler, where there is a slot to give back. */
export function giveBackSlot(context: TaskContext): Effect<"task">[] {
  return context.hasSlot ? [tell({ to: "scheduler", event: { type: "slot.release", task: context.id } })] : [];
}
