/** A plan's errors, warnings and predictions in words. */
import { relative } from "node:path";
import { sanitizeLine } from "../actors/process/index.ts";
import type { PlanIssue } from "../plan/index.ts";
import type { CheckedPlan } from "./prepare-run.ts";

export function printIssues(out: NodeJS.WritableStream, errors: readonly PlanIssue[], warnings: readonly PlanIssue[]): void {
  const print = (word: string, { file, line, message, hint }: PlanIssue): void => {
    const where = sanitizeLine(relative(".", file) || file);
    out.write(`${where}:${line}: ${word}: ${sanitizeLine(message)}\n    ${sanitizeLine(hint)}\n`);
  };
  for (const issue of errors) print("error", issue);
  for (const issue of warnings) print("warning", issue);
}

/** What happened before with tasks like these. */
export function printPredictions(out: NodeJS.WritableStream, predictions: CheckedPlan["predictions"]): void {
  for (const { task, patterns } of predictions) {
    for (const { title, evidence, advice, path } of patterns) {
      const seen = `seen ${evidence.support} time${evidence.support === 1 ? "" : "s"}`;
      out.write(`▲ ${task}: ${sanitizeLine(title)} (${seen}${evidence.lastSeen ? `, last ${evidence.lastSeen.slice(0, 10)}` : ""})\n`);
      if (advice) out.write(`    ${sanitizeLine(advice)}\n`);
      out.write(`    ${sanitizeLine(relative(".", path))}\n`);
    }
  }
}
