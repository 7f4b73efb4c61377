/** The machine's room: while disk or memory are short nothing new starts, and what runs is left alone. */
import type { Events } from "../../protocol/events.ts";
import type { DiskShortage, MemoryShortage } from "../../protocol/machine-events.ts";
import type { Draft, SchedulerContext } from "./state.ts";

/** What is short, and how much of it is needed. */
export type MachineHold = { kind: "disk"; shortage: DiskShortage } | { kind: "memory"; shortage: MemoryShortage };

/** Why nothing starts on this machine now; null when there is room. */
export function holdOfMachine({ short = {} }: Pick<SchedulerContext, "short">): MachineHold | null {
  if (short.disk !== undefined) return { kind: "disk", shortage: short.disk };
  return short.memory === undefined ? null : { kind: "memory", shortage: short.memory };
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
