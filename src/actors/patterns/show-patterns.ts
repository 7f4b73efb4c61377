/** Decides which of the patterns found an agent is told, and puts that on record before it starts. */
import type { PatternMatch } from "../../vault/index.ts";
import type { PatternsShown } from "../projections/run-view.ts";
import { fitPatterns } from "../prompt/tell-patterns.ts";
import type { PerformContext } from "../runtime/ports.ts";
import type { FoundPatterns } from "./run-patterns.ts";

/** `predicted`: ids that were found for the task before the run; that they fit no more is on record, too. */
export async function showPatterns(
  { patterns: found, trouble }: FoundPatterns,
  showing: Pick<PatternsShown, "attempt" | "role"> & { predicted: readonly string[] },
  context: PerformContext,
): Promise<PatternMatch[]> {
  if (trouble !== null) await context.report({ type: "workspace.noted", note: trouble });
  const patterns = await fitPatterns(found);
  if (patterns.length === 0 && showing.predicted.length === 0) return patterns;
  const { attempt, role } = showing;
  const failure = patterns.filter(({ because }) => because === "failure").map(({ id }) => id);
  const shown: PatternsShown = { attempt, role, patterns: patterns.map(({ id }) => id), failure };
  await context.report({ type: "patterns.shown", ...shown });
  return patterns;
}
