/** Reads LCOV coverage and holds it against thresholds. The one file that knows the parsing library. */
import { lcovParser } from "@friedemannsommer/lcov-parser/sync";
import { messageOf } from "../../errors.ts";

export type CoverageMetric = "lines" | "branches" | "functions";

/** Covered and found over all files; null when the report says nothing about the metric. */
export type Coverage = Record<CoverageMetric, { hit: number; found: number } | null>;

/** `uncovered`: lines that no test reaches, as `path:line`; null when the report names no lines, or there are too many. */
export type LcovRead =
  | { kind: "read"; coverage: Coverage; uncovered: string[] | null }
  | { kind: "malformed"; reason: string };

type Section = ReturnType<typeof lcovParser>[number];

/** The tag that says how many were found, by metric: its presence tells "none" from "not measured". */
const FOUND_TAGS = { lines: /^LF:/m, branches: /^BRF:/m, functions: /^FNF:/m };

/** Parses a report; never throws. */
export function parseLcov(bytes: Buffer): LcovRead {
  const text = bytes
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .replaceAll("\r\n", "\n");
  if (text.trim() === "") return { kind: "malformed", reason: "it is empty" };
  if (!/^end_of_record\s*$/m.test(text)) return { kind: "malformed", reason: "it holds no complete LCOV record" };
  let sections: Section[];
  try {
    sections = lcovParser({ from: text });
  } catch (error) {
    return { kind: "malformed", reason: messageOf(error) };
  }
  if (!sections.some((section) => section.path !== "")) return { kind: "malformed", reason: "it names no file" };
  const count = (metric: CoverageMetric) => countMetric(sections, metric, FOUND_TAGS[metric].test(text));
  return {
    kind: "read",
    coverage: { lines: count("lines"), branches: count("branches"), functions: count("functions") },
    uncovered: listUncovered(sections),
  };
}

const MAX_UNCOVERED = 20_000;

function listUncovered(sections: readonly Section[]): string[] | null {
  const reached = new Map<string, boolean>();
  for (const { path, lines } of sections) {
    if (lines.details.length === 0 && lines.instrumented > 0) return null;
    for (const { line, hit } of lines.details) {
      const key = `${path}:${line}`;
      reached.set(key, reached.get(key) === true || hit > 0);
    }
  }
  const uncovered = [...reached].filter(([, isReached]) => !isReached).map(([key]) => key);
  return uncovered.length > MAX_UNCOVERED ? null : uncovered.sort();
}

function countMetric(sections: Section[], metric: CoverageMetric, isMeasured: boolean) {
  // A file may have several sections, one for each test: what any of them covered is covered.
  const files = new Map<string, Map<string | number, boolean>>();
  let hit = 0;
  let found = 0;
  for (const section of sections) {
    const { details, ...summary } = section[metric];
    if (details.length === 0) {
      found += clampCount(summary.instrumented);
      hit += Math.min(clampCount(summary.hit), clampCount(summary.instrumented));
      continue;
    }
    const covered = files.get(section.path) ?? new Map<string | number, boolean>();
    files.set(section.path, covered);
    for (const detail of details) {
      const key = keyOf(detail);
      covered.set(key, covered.get(key) === true || detail.hit > 0);
    }
  }
  for (const covered of files.values()) {
    found += covered.size;
    for (const isCovered of covered.values()) if (isCovered) hit++;
  }
  return found === 0 && !isMeasured ? null : { hit, found };
}

/** What tells one line, branch or function of a file from the others. */
function keyOf(detail: Section[CoverageMetric]["details"][number]): string | number {
  if ("branch" in detail) return `${detail.line} ${detail.block} ${detail.branch}`;
  return "name" in detail ? `${detail.line} ${detail.name}` : detail.line;
}

const clampCount = (count: number) => (Number.isSafeInteger(count) && count > 0 ? count : 0);

/** Coverage in per cent; where nothing is to be covered, all of it is. */
export function percentOf(counted: { hit: number; found: number }): number {
  return counted.found === 0 ? 100 : (100 * counted.hit) / counted.found;
}
