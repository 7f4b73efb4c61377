/** Which gates say less of a change than that they passed, and why. Pure. */
import type { Gate } from "../../../plan/model.ts";
import type { DoubtfulGate, GateRun } from "../../../protocol/evidence.ts";
import type { Baseline } from "../../../protocol/gate-values.ts";
import { few } from "../../../protocol/words.ts";

export interface Doubts {
  /** Those of the change. */
  runs: readonly GateRun[];
  /** The plan's. */
  gates: readonly Gate[];
  baseline: readonly Baseline[];
  commit: string;
  /** The tip that gates judged; null where they judged none. */
  tip: { commit: string; tasks: readonly string[] } | null;
}

/** In the order of how much is in doubt. */
export function doubtGates({ runs, gates, baseline, commit, tip }: Doubts): DoubtfulGate[] {
  const merged = runs.filter(({ at }) => at === "merge");
  const hasPassed = (name: string): boolean =>
    merged.some(({ gate, status, excused }) => gate === name && status === "passed" && excused === null);
  const none: DoubtfulGate[] = merged.some(({ required, status }) => required && status !== "skipped")
    ? []
    : [{ gate: "", why: "none", text: "no required gate judged the merged tree" }];
  const together: DoubtfulGate[] =
    tip === null || tip.commit === commit
      ? []
      : [
          {
            gate: "",
            why: "together",
            text: `gates judged the tree of ${few(tip.tasks)} together, and not that of this commit alone`,
          },
        ];
  const bare = baseline
    .filter(({ gate, protecting }) => !protecting && !hasPassed(gate))
    .map(({ gate, summary }): DoubtfulGate => {
      return { gate, why: "notProtecting", text: `it was red on the base, and refuses nothing: ${summary}` };
    });
  const idle = gates
    .filter(({ name }) => !runs.some(({ gate }) => gate === name))
    .map(({ name, at }): DoubtfulGate => {
      return { gate: name, why: "notRun", text: `it was not run on this change: it is run at ${at.join(", ")}` };
    });
  return [...none, ...together, ...bare, ...runs.flatMap(doubtRun), ...idle];
}

function doubtRun({ gate, at, required, status, summary, reused, excused }: GateRun): DoubtfulGate[] {
  const where = at === "task" ? "in the task's worktree" : "on the merged tree";
  if (excused !== null) return [{ gate, why: "excused", text: `${where} it was let through: ${excused}` }];
  if (status === "skipped") return [{ gate, why: "skipped", text: `${where} it was not run: ${summary}` }];
  if (status !== "passed") {
    return [{ gate, why: "red", text: `${where} it ${status}${required ? "" : ", and is advisory"}: ${summary}` }];
  }
  if (!reused) return [];
  return [{ gate, why: "reused", text: `${where} it was not run again: it passed on the same tree before` }];
}
