/**
 * What a run shows about one thing worth knowing, before it is known whether the vault has a note on it. Each
 * observer of this folder makes some; all of them are pure, and all texts in an observation are safe to be put into a
 * note.
 */

import type { PatternKindName } from "../../patterns/kinds.ts";
import type { PatternRecord } from "../../patterns/pattern-record.ts";
import type { Fingerprint } from "../../patterns/similarity.ts";
import { toInline, toPlainLine } from "../../text/untrusted.ts";

/** What one run says: one entry of the note's list of occurrences. */
export interface Evidence {
  /**
   * How often it was seen, how often that ended well, how often badly: counted in tasks unless `words` say otherwise.
   */
  seen: number;
  good: number;
  bad: number;
  /** One line of markdown: where. */
  about: string;
  /** Lines of markdown below it, in one of the forms that `generated-section.ts` adds up. */
  details: string[];
}

export interface Observation {
  kind: PatternKindName;
  /** 16 hexadecimal digits, equal for the same thing in any run. */
  signature: string;
  /** Signatures of what turned out to be nearly the same thing. */
  also: string[];
  title: string;
  fingerprint: Fingerprint;
  /** Markdown that opens the note: what happens, with an example. */
  head: string;
  /** What to do about it, where that does not depend on what helped so far; markdown, one line each. */
  advice: string[];
  /** What the three counts of its evidence are called. */
  words: readonly [seen: string, good: string, bad: string];
  /** Ids of this run's tasks that had it. */
  tasks: string[];
  evidence: Evidence;
  /** What earlier runs had said about it, by the names of their notes; taken when a new note is made. */
  earlier: { run: string; ended: string; evidence: Evidence }[];
  /** Plain lines: `gate NAME`, `task ID: TITLE`, `stream NAME`. */
  appliesWhen: string[];
  symptoms: string[];
  scope: string[];
  /** As the compound-engineering plugin sorts its solutions. */
  problemType: string;
}

/** What observers are told of a note that exists. */
export interface KnownPattern extends Pick<PatternRecord, "kind" | "signatures" | "fingerprint"> {
  /** Whether the run that is learned began it, when it was learned before. */
  isNew: boolean;
}

/** Entries of a list in the frontmatter. */
const MAX_LISTED = 10;
const MAX_NAMED = 5;

/** A list for the frontmatter: plain lines, without repetition, the first ten. */
export function toPlainList(lines: readonly string[], maxChars: number): string[] {
  return [...new Set(lines.map((line) => toPlainLine(line, maxChars)).filter((line) => line !== ""))].slice(
    0,
    MAX_LISTED,
  );
}

/** Some names in one line of markdown, "and 3 more" behind the first five. */
export function nameSome(names: readonly string[], maxChars = 100): string {
  const few = names.slice(0, MAX_NAMED).map((name) => toInline(name, maxChars));
  const more = names.length - few.length;
  return more > 0 ? `${few.join(", ")} and ${more} more` : few.join(", ");
}

/** A task in one line of markdown. */
export function nameTask({ id, title, stream }: { id: string; title: string; stream: string }): string {
  return `task ${toInline(id, 60)} "${toInline(title, 80)}" of ${toInline(stream, 40)}`;
}

/** Some tasks in one line of markdown. */
export function nameTasks(tasks: readonly { id: string; title: string; stream: string }[]): string {
  const few = tasks.slice(0, MAX_NAMED).map(nameTask);
  const more = tasks.length - few.length;
  return more > 0 ? `${few.join(", ")} and ${more} more` : few.join(", ");
}

/** Orders texts by code units, so that the order is the same on every machine and in every language. */
export function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The value below which `share` of the values lie, by nearest rank; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Milliseconds as seconds with one decimal. */
export function toSeconds(ms: number): string {
  return (Math.max(0, Number.isFinite(ms) ? ms : 0) / 1000).toFixed(1);
}
