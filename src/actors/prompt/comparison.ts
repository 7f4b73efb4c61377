/**
 * A review that compares candidates for one task: what the reviewer is told, and how its answer is read. The candidates go by
 * numbers, so that nobody is preferred for whose work it is. Pure.
 */
import type { Task } from "../../plan/model.ts";
import { sanitizeLine, sanitizeText, showUnseen } from "../../terminal-text/index.ts";
import { instructionOf, joinSections } from "./prompt-parts.ts";
import { codeBlock, inlineCode } from "./quote-untrusted.ts";
import { findAnswers } from "./review-answer.ts";
import { cutDiff, DATA, type GateSaid, tellGates } from "./review-prompt.ts";
import { type PromptPlace, tellPrepared } from "./tell-place.ts";

/** Of all diffs together. */
const MAX_DIFFS_BYTES = 200 * 1024;
const MAX_FILES = 100;
const MAX_ANSWER_CHARS = 64 * 1024;
const MAX_WHY_CHARS = 300;

export interface ComparedChange {
  commit: string;
  base: string;
  /** As a unified diff. */
  diff: string;
  files: readonly string[];
  gates: readonly GateSaid[];
}

export interface ComparisonParts {
  /** Text of the reviewing stream's role; null when it has none. */
  role: string | null;
  goal: string;
  task: Task;
  place: Pick<PromptPlace, "cwd" | "prepared">;
  /** The candidates; the first lies in the current folder. */
  changes: readonly ComparedChange[];
}

/** The prompt of a reviewer that compares. */
export function composeComparison({ role, goal, task, place, changes }: ComparisonParts): string {
  const most = Math.floor(MAX_DIFFS_BYTES / Math.max(1, changes.length));
  const ready = tellPrepared(place.prepared, false);
  return joinSections([
    role === null ? null : sanitizeText(role).trim(),
    `# Your choice\n\n${changes.length} agents did the same task, each for itself. All of their gates are green, and one change is merged: ` +
      `say which is best. You wrote none of them. Change no file but the answer below. ${DATA}`,
    `# What the run is for\n\n${codeBlock(goal)}`,
    `# What was asked for\n\n${inlineCode(task.title)}\n\n${codeBlock(instructionOf(task))}`,
    `# Where they are\n\nThe current folder, ${inlineCode(place.cwd, 1000)}, holds change 1; the others are commits of this repository: ` +
      `\`git diff BASE COMMIT\` shows each in full.${ready === null ? "" : ` ${ready}`}`,
    ...changes.map((change, at) => tellChange(change, at + 1, most)),
    tellAnswer(changes.length),
  ]);
}

function tellChange({ commit, base, diff, files, gates }: ComparedChange, number: number, most: number): string {
  const named = files.slice(0, MAX_FILES).map((file) => `- ${inlineCode(file, 500)}`);
  if (files.length > MAX_FILES) named.push(`- and ${files.length - MAX_FILES} more`);
  const { shown, missing } = cutDiff(diff, most);
  return joinSections([
    `# Change ${number}\n\nThe commit ${inlineCode(commit)} on ${inlineCode(base)}.${named.length === 0 ? "" : ` It changes:\n\n${named.join("\n")}`}`,
    tellGates(gates),
    codeBlock(showUnseen(shown), "diff"),
    missing,
  ]);
}

const tellAnswer = (count: number): string => `# Your answer

Write one JSON object, and nothing else, to the file \`pleach-review.json\` in the current folder:

${codeBlock(JSON.stringify({ best: 1, why: "It handles an empty list, and needs no new dependency." }, null, 2), "json")}

- \`best\`: the number of the best change, from 1 to ${count}; null if you cannot tell.
- \`why\`: one line. No other keys.`;

export type ComparisonAnswer = { kind: "ok"; best: number | null; why: string } | { kind: "bad"; reason: string };

/** Reads an answer of a comparison of so many. Never throws. */
export function parseComparison(text: string, count: number): ComparisonAnswer {
  const bad = (reason: string): ComparisonAnswer => ({ kind: "bad", reason });
  if (text.length > MAX_ANSWER_CHARS) return bad(`the answer has more than ${MAX_ANSWER_CHARS} characters`);
  const found = findAnswers(text, "best") ?? [];
  const [first, ...others] = found;
  if (first === undefined) return bad("there is no JSON object with `best` in it");
  if (others.some((other) => JSON.stringify(other) !== JSON.stringify(first)))
    return bad("there is more than one answer");
  const { best, why } = first;
  const said = typeof why === "string" ? sanitizeLine(why, MAX_WHY_CHARS) : "";
  if (best === null) return { kind: "ok", best: null, why: said };
  const isNumber = typeof best === "number" && Number.isInteger(best) && best >= 1 && best <= count;
  return isNumber ? { kind: "ok", best, why: said } : bad(`\`best\` is no number from 1 to ${count}, and not null`);
}
