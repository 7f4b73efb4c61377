/** Situations into which a program cannot be brought, or that it cannot stand, each with the reason: cells of the table. */
import type { ProgramId } from "./programs.ts";

const REASONS: Readonly<Partial<Record<ProgramId, Readonly<Record<string, string>>>>> = {};

/** Why a situation is not tried with this program; null when it is. */
export function whyNot(id: ProgramId, situation: string): string | null {
  return REASONS[id]?.[situation] ?? null;
}
