/** How people are told of candidates. */
import type { Events } from "./events.ts";
import { cut, few, whole } from "./words.ts";

/** `is chosen for api; stopped, and kept: api-claude-2, api-codex-1`. */
export function wordChosen({ of, others }: Events["candidate.chosen"]): string {
  return `is chosen for ${cut(of)}${others.length === 0 ? "" : `; stopped, and kept: ${few(others)}`}`;
}

/** What a review that compares candidates came to. */
export function wordCompared({ best, summary }: Events["review.compared"]): string {
  return `compared: ${best === null ? "none is best" : `${cut(best)} is best`}: ${whole(summary)}`;
}
