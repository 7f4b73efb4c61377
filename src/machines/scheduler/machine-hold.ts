/**
 * The machine's room: while disk or memory are short nothing new starts, and what runs is left alone. A run that leaves it to
 * the machine how many tasks run at once (`concurrency: auto`) starts as many as it was measured to have room for.
 */
import type { Events } from "../../protocol/events.ts";
import type { AutoRoom, DiskShortage, MemoryShortage } from "../../protocol/machine-events.ts";
import { countSlots, type Draft, type SchedulerContext } from "./state.ts";

/** What is short, and how much of it is needed. */
export type MachineHold = { kind: "disk"; shortage: DiskShortage } | { kind: "memory"; shortage: MemoryShortage };

/** Why nothing starts on this machine now; null when there is room. */
export function holdOfMachine({ short = {} }: Pick<SchedulerContext, "short">): MachineHold | null {
  if (short.disk !== undefined) return { kind: "disk", shortage: short.disk };
  return short.memory === undefined ? null : { kind: "memory", shortage: short.memory };
}

/** Until the machine was measured. */
const UNMEASURED: AutoRoom = { agents: 4, commands: 4 };

/** What whoever measures the machine has to know. */
export type AutoNeed = Pick<SchedulerContext, "short" | "auto" | "room" | "runningIn" | "runningBy">;

/** How many agents, and commands, are at work now; a review is an agent's. */
export function countAtWork(context: Pick<SchedulerContext, "runningIn" | "runningBy">): AutoRoom {
  const agents = Object.values(context.runningBy).reduce((sum, count) => sum + count, 0);
  return { agents, commands: countSlots(context) - agents };
}

/** How many of its kind the machine has room for, when they are at work already; null when another one may start. */
export function findNoRoom(context: SchedulerContext, kind: keyof AutoRoom): number | null {
  if (context.auto !== true) return null;
  const { [kind]: most } = context.room ?? UNMEASURED;
  return countAtWork(context)[kind] >= most ? most : null;
}

export function noteRoom({ context }: Draft, { agents, commands }: AutoRoom): void {
  context.room = { agents, commands };
}

export function noteDisk(
  { context }: Draft,
  { place, freeBytes, needsBytes, freeFiles, needsFiles }: DiskShortage,
): void {
  context.short = { ...context.short, disk: { place, freeBytes, needsBytes, freeFiles, needsFiles } };
}

export function noteMemory({ context }: Draft, { availableBytes, needsBytes }: MemoryShortage): void {
  context.short = { ...context.short, memory: { availableBytes, needsBytes } };
}

/** What was not short stays as it was. */
export function easeMachine({ context }: Draft, { what }: Events["machine.eased"]): void {
  if (context.short === undefined) return;
  const { [what]: _eased, ...short } = context.short;
  context.short = short;
}
