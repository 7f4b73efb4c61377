/**
 * What the reports of a gate say of files of the repository: which of them it looked at, which of their lines ran, how many tests
 * there were. A file is named only by its own path; what might be another's is nobody's.
 */
import { posix } from "node:path";
import type { KeptReport } from "../../protocol/gate-values.ts";
import { readJunit } from "./junit.ts";
import { type CoveredLines, readLcov } from "./lcov.ts";
import { readSarif } from "./sarif.ts";
import { isTest } from "./test-texts.ts";

/** Paths are relative to the worktree. */
export interface ReportFacts {
  by: "coverage" | "tests" | "findings";
  named: ReadonlySet<string>;
  /** Of coverage; else none. */
  lines: CoveredLines;
  /** Of tests; null where it counts none. */
  tests: { count: number; skipped: number } | null;
}

/** Where a gate ran: its folder in the worktree, and where the worktree lay then, absolute. */
export interface ReportPlace {
  cwd: string;
  roots: readonly string[];
}

const NO_LINES: CoveredLines = new Map();

/** Reads a kept report; null where it cannot be used. Never rejects. */
export async function readReportFacts(
  kind: KeptReport["kind"],
  bytes: Buffer,
  place: ReportPlace,
): Promise<ReportFacts | null> {
  const inside = (path: string): string | null => placeInside(path, place);
  if (kind === "junit") {
    const read = await readJunit(bytes);
    if (read.kind === "malformed") return null;
    const { tests: count, skipped } = read.report;
    const files = [...read.places.files].flatMap((path) => listOf(inside(path)));
    // Whoever writes a test names it: after a file that it never reads, too. Only of its own file it may be believed.
    const tests = [...read.places.names].flatMap((name) => [...listOf(inside(name)), ...listModules(name, place)]);
    const named = new Set([...files, ...tests.filter(isTest)]);
    return { by: "tests", named, lines: NO_LINES, tests: { count, skipped } };
  }
  if (kind === "lcov") {
    const read = await readLcov(bytes);
    if (read.kind === "malformed") return null;
    const lines = new Map<string, Map<number, boolean>>();
    for (const [path, covered] of read.lines) {
      const at = inside(path);
      if (at === null) continue;
      const known = lines.get(at) ?? new Map<number, boolean>();
      for (const [line, isHit] of covered) known.set(line, isHit || known.get(line) === true);
      lines.set(at, known);
    }
    const reached = [...lines].filter(([, covered]) => [...covered.values()].includes(true));
    return { by: "coverage", named: new Set(reached.map(([path]) => path)), lines, tests: null };
  }
  const read = readSarif(bytes);
  if (read.kind === "malformed") return null;
  return {
    by: "findings",
    named: new Set(read.analysed.flatMap((path) => listOf(inside(path)))),
    lines: NO_LINES,
    tests: null,
  };
}

/** A path of a report, relative to the worktree; null where it leads elsewhere. */
function placeInside(path: string, { cwd, roots }: ReportPlace): string | null {
  if (path === "" || path.includes("\0")) return null;
  if (!path.startsWith("/")) return keepInside(posix.join(cwd, path));
  const root = roots.find((each) => each !== "" && path.startsWith(`${each}/`));
  return root === undefined ? null : keepInside(path.slice(root.length + 1));
}

function keepInside(path: string): string | null {
  const place = posix.normalize(path);
  return place === "." || place === ".." || place.startsWith("../") || place.startsWith("/") ? null : place;
}

/** The files of tests that a Python module or class of such a name lies in: `tests.test_a.TestB` is in `tests/test_a.py`. */
function listModules(name: string, place: ReportPlace): string[] {
  if (!/^\w{1,100}(?:\.\w{1,100}){0,20}$/.test(name)) return [];
  const parts = name.split(".");
  const at = parts.findIndex((part) => /^test_|_test$/.test(part));
  return at < 0 ? [] : listOf(placeInside(`${parts.slice(0, at + 1).join("/")}.py`, place));
}

const listOf = <T>(value: T | null): T[] => (value === null ? [] : [value]);
