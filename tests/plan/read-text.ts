/** Shared by the tests of this room: a context without a pleach.yaml, and plans from text. */

import { tmpdir } from "node:os";
import type { Plan, PlanIssue } from "../../src/plan/index.ts";
import { type LoadedPlan, type PlanFormat, parsePlan } from "../../src/plan/load-plan.ts";
import { parseConfig } from "../../src/plan/read-config.ts";

/** What pleach.yaml with this text means for a plan. */
export function makeContext(configText = "", root = tmpdir()) {
  const { config, errors } = parseConfig(configText, "pleach.yaml");
  if (errors.length > 0) throw new Error(JSON.stringify(errors));
  return { root, config };
}

export function read(text: string, format: PlanFormat = "markdown", context = makeContext()): LoadedPlan {
  const extension = { markdown: "md", yaml: "yaml", json: "json" }[format];
  return parsePlan(text, { ...context, file: `plan.${extension}`, format });
}

/** The plan of a text that must be right. */
export function readValid(text: string, format: PlanFormat = "markdown", context = makeContext()): Plan {
  const { plan, errors } = read(text, format, context);
  if (plan === null) throw new Error(JSON.stringify(errors, null, 2));
  return plan;
}

/** `code@line` of each issue. */
export function places(issues: readonly PlanIssue[]): string[] {
  return issues.map(({ code, line }) => `${code}@${line}`);
}
