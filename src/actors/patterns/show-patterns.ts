/** Decides which of the patterns found an agent is told, and puts that on record before it starts. */

import type { Reporter } from "../../protocol/effects.ts";
import type { Advice } from "../../protocol/values.ts";
import type { PatternMatch } from "../../vault/index.ts";
import { fitPatterns } from "../prompt/tell-patterns.ts";
import type { FoundPatterns } from "./run-patterns.ts";

/** `predicted`: ids that were found for the task before the run; that they fit no more is on record, too. */
export async function showPatterns(
  { patterns: found, trouble }: FoundPatterns,
  showing: Pick<Advice, "attempt" | "role"> & { predicted: readonly string[] },
  context: Reporter<"advice.shown" | "run.warned">,
): Promise<PatternMatch[]> {
  if (trouble !== null) await context.report({ type: "run.warned", text: trouble });
  const patterns = await fitPatterns(found);
  if (patterns.length === 0 && showing.predicted.length === 0) return patterns;
  const { attempt, role } = showing;
  const failure = patterns.filter(({ because }) => because === "failure").map(({ id }) => id);
  await context.report({ type: "advice.shown", attempt, role, patterns: patterns.map(({ id }) => id), failure });
  return patterns;
}
