/** Tells a file of a directory of workstream bundles (see parse-bundles.ts) from a plan. */
import type { IssueList } from "./issues.ts";
import type { Located } from "./located.ts";

/** Keys that bundles have and plans do not. */
const TELLING = ["depends_on", "files_scope", "test_gates", "estimated_context_tokens", "max_cost_usd"];

/** Whether it is one, which is then said, once, instead of one error a key. */
export function refuseBundle(value: Located, line: number, issues: IssueList): boolean {
  if (value.kind !== "map" || !value.entries.has("id")) return false;
  if (!TELLING.some((key) => value.entries.has(key))) return false;
  const hint = "Give the folder in which the bundles lie: pleach plan check DIR.";
  issues.fail("plan.oneBundle", line, "this is one workstream bundle, not a plan", hint);
  return true;
}
