/** What the reports of a gate say about it: good, bad, or nothing that can be relied on. */
import { join } from "node:path";
import type { GateReport } from "../../plan/model.ts";
import type { KeptReport } from "../../protocol/gate-values.ts";
import { plural } from "../../protocol/words.ts";
import { readJunit, type TestFailure } from "./junit.ts";
import { type CoverageMetric, percentOf, readLcov } from "./lcov.ts";
import { type GatePlace, nameComplaints } from "./places.ts";
import { type FileStamp, keepReport, readReport, stampReport } from "./report-file.ts";
import { readSarif } from "./sarif.ts";

export interface ReportVerdict {
  status: "passed" | "failed" | "error";
  /** One part of a line each. */
  summary: string[];
  failures: TestFailure[];
  /** All that the reports complain of, so that two verdicts can be compared; null when they do not tell. */
  problems: string[] | null;
  /** Whether `failures` are all tests that failed, each with its name. */
  areAllNamed: boolean;
  /** Paths are relative to the folder of the gates' results. */
  kept: KeptReport[];
}

/** As of one report. */
const MAX_FAILURES = 20;
const METRICS: readonly CoverageMetric[] = ["lines", "branches", "functions"];
const KEPT_NAMES: Record<KeptReport["kind"], { stem: string; extension: string }> = {
  junit: { stem: "junit", extension: "xml" },
  lcov: { stem: "lcov", extension: "info" },
  sarif: { stem: "findings", extension: "sarif" },
};

function kindOf(report: GateReport): { kind: KeptReport["kind"]; path: string } {
  if ("junit" in report) return { kind: "junit", path: report.junit };
  return "lcov" in report ? { kind: "lcov", path: report.lcov } : { kind: "sarif", path: report.sarif };
}

/** Looks at the reports before the gate starts: one stamp each. */
export function stampReports(reports: readonly GateReport[], cwd: string): FileStamp[] {
  return reports.map((report) => stampReport(cwd, kindOf(report).path));
}

export interface ReportPlace {
  /** The worktree. */
  cwd: string;
  /** Where the gate ran. */
  folder: string;
  outDir: string;
  /** Begin of the names of kept files. */
  baseName: string;
  /** What `stampReports` saw. */
  before: readonly FileStamp[];
}

/** Reads, keeps and judges the reports that a gate names. Rejects only when a copy cannot be kept. */
export async function judgeReports(reports: readonly GateReport[], place: ReportPlace): Promise<ReportVerdict> {
  const verdict: ReportVerdict = {
    status: "passed",
    summary: [],
    failures: [],
    problems: [],
    areAllNamed: true,
    kept: [],
  };
  for (const [index, report] of reports.entries()) {
    const { kind, path } = kindOf(report);
    const bytes = await take(kind, path, { ...place, before: place.before[index] ?? null }, verdict);
    if (bytes === null) continue;
    if ("junit" in report) await judgeJunit(bytes, path, verdict);
    else if ("lcov" in report) await judgeLcov(bytes, report, { root: place.cwd, folder: place.folder }, verdict);
    else await judgeSarif(bytes, path, { root: place.cwd, folder: place.folder }, verdict);
  }
  return verdict;
}

async function judgeJunit(bytes: Buffer, path: string, verdict: ReportVerdict): Promise<void> {
  const parsed = await readJunit(bytes);
  if (parsed.kind === "malformed") {
    complain(verdict, "error", `the JUnit report ${JSON.stringify(path)} cannot be used: ${parsed.reason}`);
    return;
  }
  const { tests, failed, skipped, failures, failing } = parsed.report;
  const all = [...verdict.failures, ...failures];
  verdict.areAllNamed &&= failing !== null && failures.length === failed && all.length <= MAX_FAILURES;
  verdict.failures = all.slice(0, MAX_FAILURES);
  addProblems(verdict, failing === null ? null : failing.map((name) => `test ${name}`));
  if (failed > 0) complain(verdict, "failed", `${failed} of ${tests} tests failed`);
  else if (tests === 0) verdict.summary.push("no tests ran");
  else verdict.summary.push(`${tests - skipped} tests passed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
}

async function judgeLcov(
  bytes: Buffer,
  { lcov, ...thresholds }: Extract<GateReport, { lcov: string }>,
  place: GatePlace,
  verdict: ReportVerdict,
): Promise<void> {
  const parsed = await readLcov(bytes);
  if (parsed.kind === "malformed") {
    complain(verdict, "error", `the LCOV report ${JSON.stringify(lcov)} cannot be used: ${parsed.reason}`);
    return;
  }
  for (const metric of METRICS) {
    const counted = parsed.coverage[metric];
    const least = thresholds[metric];
    if (counted === null) {
      if (least !== undefined) complain(verdict, "error", `the LCOV report says nothing about ${metric}`);
      continue;
    }
    const percent = percentOf(counted);
    if (least === undefined) {
      if (metric === "lines") verdict.summary.push(`${metric} ${formatPercent(percent)}`);
    } else if (percent < least) {
      complain(verdict, "failed", `${metric} ${formatPercent(percent)} < ${least} %`);
      // Of branches and functions there is no telling which are missed.
      const uncovered = parsed.uncovered?.map((each) => ({ what: "uncovered line in", ...each }));
      const tells = metric === "lines" && uncovered !== undefined;
      addProblems(verdict, tells ? await nameComplaints(place, uncovered) : null);
    } else verdict.summary.push(`${metric} ${formatPercent(percent)}`);
  }
}

async function judgeSarif(bytes: Buffer, path: string, place: GatePlace, verdict: ReportVerdict): Promise<void> {
  const parsed = readSarif(bytes);
  if (parsed.kind === "malformed") {
    complain(verdict, "error", `the SARIF report ${JSON.stringify(path)} cannot be used: ${parsed.reason}`);
    return;
  }
  if (parsed.count === 0) {
    verdict.summary.push("no findings");
    return;
  }
  complain(verdict, "failed", plural(parsed.count, "finding"));
  addProblems(verdict, parsed.findings === null ? null : await nameComplaints(place, parsed.findings));
}

function addProblems(verdict: ReportVerdict, problems: string[] | null): void {
  verdict.problems = verdict.problems === null || problems === null ? null : [...verdict.problems, ...problems];
}

async function take(
  kind: KeptReport["kind"],
  path: string,
  { cwd, outDir, baseName, before }: Omit<ReportPlace, "before"> & { before: FileStamp },
  verdict: ReportVerdict,
): Promise<Buffer | null> {
  const read = await readReport(cwd, path, before);
  if (read.kind === "unusable") {
    complain(verdict, "error", read.reason);
    return null;
  }
  const { stem, extension } = KEPT_NAMES[kind];
  const number = verdict.kept.filter((each) => each.kind === kind).length + 1;
  const name = `${baseName}.${stem}${number === 1 ? "" : `-${number}`}.${extension}`;
  const sha256 = keepReport(join(outDir, name), read.bytes);
  verdict.kept.push({ kind, path: name, sha256 });
  return read.bytes;
}

/** A report that cannot be used says less than a bad one: once something failed, it stays failed. */
function complain(verdict: ReportVerdict, status: "failed" | "error", why: string): void {
  if (verdict.status !== "failed") verdict.status = status;
  if (status === "error") verdict.problems = null;
  verdict.summary.push(why);
}

/** Rounded down: 89.96 % must not read as the 90 % that it misses. */
const formatPercent = (percent: number) => `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
