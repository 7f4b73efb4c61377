/**
 * What was tried after a trouble, and whether it helped: the attempt after the one that failed, how that came about,
 * and which files it changed that the failed one had not. It helped when the next attempt did not fail the same way.
 * Pure.
 */
import type { AttemptFact, TaskFact } from "../../facts/run-facts.ts";
import { nameSome } from "./observation.ts";

export interface Strategy {
  /** One line of markdown without files: "retry", "decision: accept". */
  how: string;
  helped: boolean;
  files: string[];
}

/** What came right after attempt number `attempt`; undefined when nothing was tried. */
export function strategyAfter(
  task: TaskFact,
  attempt: number,
  isSame: (failure: NonNullable<AttemptFact["failure"]>) => boolean,
): Strategy | undefined {
  const failed = task.tries.find((one) => one.attempt === attempt);
  if (failed === undefined) return undefined;
  const next = task.tries.find((one) => one.attempt === attempt + 1);
  if (next === undefined) {
    // A person took the work as it was: the attempt that failed is the one that was merged.
    return failed.ok ? { how: "decision: accept", helped: true, files: [] } : undefined;
  }
  const isUnderWay = next.failure === null && !next.ok;
  if (isUnderWay) return undefined;
  const helped = next.failure === null || !isSame(next.failure);
  return { how: howOf(failed, next), helped, files: helped ? fixedFiles(failed, next) : [] };
}

function howOf(failed: AttemptFact, next: AttemptFact): string {
  if (next.agent !== null && failed.agent !== null && next.agent !== failed.agent) return `agent ${next.agent}`;
  switch (next.begun) {
    case "rerun":
      return "rerun on the new base";
    case "review":
      return "another round after its review";
    case "decision":
      return `decision: ${next.choice ?? ""}`;
    default:
      return "retry";
  }
}

/**
 * Files of the fix: those that only the later attempt changed; where it changed the same ones otherwise, these. After
 * an attempt that changed nothing, what the next one changes is its work and no fix.
 */
function fixedFiles(failed: AttemptFact, next: AttemptFact): string[] {
  if (failed.files.length === 0) return [];
  const added = next.files.filter((file) => !failed.files.includes(file));
  if (added.length > 0) return added;
  const isOther = failed.tree !== null && next.tree !== null && failed.tree !== next.tree;
  return isOther ? next.files : [];
}

/** The lines of a occurrence that tell what was tried, one for each way: `retry: helped 1 of 2, changing src/a.ts`. */
export function tellStrategies(strategies: readonly Strategy[]): string[] {
  const ways = new Map<string, { tried: number; helped: number; files: Set<string> }>();
  for (const { how, helped, files } of strategies) {
    const name = nameSome([how], 120);
    const way = ways.get(name) ?? { tried: 0, helped: 0, files: new Set() };
    ways.set(name, way);
    way.tried += 1;
    if (helped) way.helped += 1;
    for (const file of files) way.files.add(file);
  }
  return [...ways].map(([name, { tried, helped, files }]) => {
    const changing = files.size === 0 ? "" : `, changing ${nameSome([...files])}`;
    return `${name}: helped ${helped} of ${tried}${changing}`;
  });
}
