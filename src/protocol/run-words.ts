/** The words of facts of a run that take more than a line (`facts.ts`). */
import { parseAddress } from "./address.ts";
import type { Events } from "./events.ts";
import { shortCommit, whole } from "./words.ts";

export function wordEpoch({ epoch, purpose }: Events["epoch.started"]): string {
  if (purpose === "ship") return "is opened to be shipped";
  if (purpose === "notify") return "is opened to tell how it ended";
  if (purpose === "record") return "is opened to write down what a person wants";
  return epoch > 1 ? `resumed (start ${epoch})` : "begins";
}

export function wordRaised({ usd, tokens }: Events["budget.raised"]): string {
  const limits = [...(usd === null ? [] : [`$${usd.toFixed(2)}`]), ...(tokens === null ? [] : [`${tokens} tokens`])];
  return `its budget is now ${limits.join(" and ")}`;
}

export function wordRestored({ branch, found, to, kept }: Events["branch.restored"]): string {
  const back = `${shortCommit(to)}, which holds what was merged`;
  if (found === null) return `somebody deleted the branch ${branch}: it was made again at ${back}`;
  const theirs = kept === null ? "" : `; what was there is kept as ${kept}`;
  return `somebody moved the branch ${branch} to ${shortCommit(found)}: it was put back to ${back}${theirs}`;
}

export function wordLost({ child, reason }: Events["child.lost"]): string {
  const { kind, id } = parseAddress(child);
  return `${kind === "stream" ? `stream ${id}` : child} crashed too often and is given up: ${whole(reason)}`;
}
