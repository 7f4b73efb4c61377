/** The keys that frontmatter and pleach.yaml share: gates, resources, streams, budget and the rest. */

import { readAgentChoice } from "./agent-choice.ts";
import { MAX_CONCURRENCY } from "./defaults.ts";
import {
  type Read,
  readChoice,
  readEntries,
  readFields,
  readName,
  readNumber,
  readText,
  readUnits,
  refuse,
} from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import { refuseMisplaced } from "./key-sources.ts";
import type { RawBudget, RawHeader, RawStream } from "./raw.ts";
import { readGates } from "./read-gate.ts";
import { readAmount } from "./read-script.ts";
import { VARIABLE_READERS } from "./read-variables.ts";

/** Reads a number of things that may run at once. */
export const readConcurrency: Read<number> = readNumber({ min: 1, max: MAX_CONCURRENCY, isWhole: true });

type WrittenStream = Omit<RawStream, "name" | "line">;

const readStreams: Read<RawStream[]> = (field) =>
  readEntries(
    readFields<WrittenStream>({
      concurrency: readConcurrency,
      agent: readAgentChoice,
      reviewedBy: readName,
      restart: readChoice(["permanent", "transient", "temporary"]),
    }),
  )(field)?.map(({ name, line, value }) => {
    const { reviewedBy, ...rest } = value;
    if (reviewedBy?.text !== name) return { name, line, ...value };
    const place = { ...field, line: reviewedBy.line, label: `\`reviewedBy\` of ${quote(name)}` };
    refuse(place, "is the stream itself", "Name another stream, such as reviewers: nobody reviews their own change.");
    return { name, line, ...rest };
  });

const readBudget: Read<RawBudget> = readFields<RawBudget>({
  usd: readNumber({ min: 0, max: 1e9, isWhole: false }),
  tokens: readNumber({ min: 0, max: 1e12, isWhole: true }),
  perTask: readAmount,
  mode: readChoice(["warn", "soft", "hard"]),
});

/** A branch, tag or commit; never something that git could take for an option. */
const readBase: Read<string> = (field) => {
  const base = readText(field);
  if (base === undefined) return undefined;
  if (/^[^\s-][^\s\p{C}]*$/u.test(base)) return base;
  return refuse(field, `is ${quote(base)}, which is no branch, tag or commit`, "Write a name such as main.");
};

/** The readers of all shared keys, to be put into a `readFields`. */
export const HEADER_READERS: { [K in keyof RawHeader]-?: Read<NonNullable<RawHeader[K]>> } = {
  base: readBase,
  concurrency: readConcurrency,
  isolation: readChoice(["worktree", "none"]),
  budget: readBudget,
  gates: readGates,
  ...VARIABLE_READERS,
  resources: readUnits,
  streams: readStreams,
  agent: readAgentChoice,
};

/** How the keys beside the tasks are read. */
export interface HeaderFormat {
  readers: typeof HEADER_READERS & { goal: Read<string> };
  /** Takes a key that has no reader; false if nobody knows it. */
  unknown: (key: string, line: number, issues: IssueList) => boolean;
}

/** The header of a plan. */
export const PLAN_HEADER: HeaderFormat = {
  readers: { goal: readText, ...HEADER_READERS },
  unknown: refuseMisplaced("plan", "a plan"),
};
