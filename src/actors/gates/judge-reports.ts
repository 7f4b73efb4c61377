/** What the reports of a gate say about it: good, bad, or nothing that can be relied on. */
import { join } from "node:path";
import type { GateReport } from "../../plan/model.ts";
import type { TestFailure } from "./junit.ts";
import type { CoverageMetric } from "./lcov.ts";
import { type FileStamp, keepReport, readReport, stampReport } from "./report-file.ts";

/** A report that was kept; `path` is relative to the folder of the gates' results. */
export interface KeptReport {
  kind: "junit" | "lcov";
  path: string;
  sha256: string;
}

export interface ReportVerdict {
  status: "passed" | "failed" | "error";
  /** One part of a line each. */
  summary: string[];
  failures: TestFailure[];
  kept: KeptReport[];
}

export interface ReportStamps {
  junit: FileStamp;
  lcov: FileStamp;
}

const METRICS: readonly CoverageMetric[] = ["lines", "branches", "functions"];

/** Looks at the reports before the gate starts. */
export function stampReports(report: GateReport | undefined, cwd: string): ReportStamps {
  return {
    junit: report?.junit === undefined ? null : stampReport(cwd, report.junit),
    lcov: report?.lcov === undefined ? null : stampReport(cwd, report.lcov),
  };
}

export interface ReportPlace {
  cwd: string;
  outDir: string;
  /** Begin of the names of kept files. */
  baseName: string;
  before: ReportStamps;
}

/** Reads, keeps and judges the reports that a gate names. Rejects only when a copy cannot be kept. */
export async function judgeReports(report: GateReport | undefined, place: ReportPlace): Promise<ReportVerdict> {
  const verdict: ReportVerdict = { status: "passed", summary: [], failures: [], kept: [] };
  if (report?.junit !== undefined) await judgeJunit(report.junit, place, verdict);
  if (report?.lcov !== undefined) await judgeLcov(report.lcov, report, place, verdict);
  const thresholds = METRICS.filter((metric) => report?.[metric] !== undefined);
  if (report?.lcov === undefined && thresholds.length > 0) {
    complain(verdict, "error", `a threshold for ${thresholds.join(", ")} needs a report in LCOV format`);
  }
  return verdict;
}

async function judgeJunit(path: string, place: ReportPlace, verdict: ReportVerdict): Promise<void> {
  const bytes = await take("junit", path, place, verdict);
  if (bytes === null) return;
  // Here, since the parser is the largest thing that most runs never need.
  const { parseJunit } = await import("./junit.ts");
  const parsed = parseJunit(bytes);
  if (parsed.kind === "malformed") {
    complain(verdict, "error", `the JUnit report ${JSON.stringify(path)} cannot be used: ${parsed.reason}`);
    return;
  }
  const { tests, failed, skipped, failures } = parsed.report;
  verdict.failures = failures;
  if (failed > 0) complain(verdict, "failed", `${failed} of ${tests} tests failed`);
  else if (tests === 0) verdict.summary.push("no tests ran");
  else verdict.summary.push(`${tests - skipped} tests passed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
}

async function judgeLcov(path: string, report: GateReport, place: ReportPlace, verdict: ReportVerdict): Promise<void> {
  const bytes = await take("lcov", path, place, verdict);
  if (bytes === null) return;
  const { parseLcov, percentOf } = await import("./lcov.ts");
  const parsed = parseLcov(bytes);
  if (parsed.kind === "malformed") {
    complain(verdict, "error", `the LCOV report ${JSON.stringify(path)} cannot be used: ${parsed.reason}`);
    return;
  }
  for (const metric of METRICS) {
    const counted = parsed.coverage[metric];
    const least = report[metric];
    if (counted === null) {
      if (least !== undefined) complain(verdict, "error", `the LCOV report says nothing about ${metric}`);
      continue;
    }
    const percent = percentOf(counted);
    if (least === undefined) {
      if (metric === "lines") verdict.summary.push(`${metric} ${formatPercent(percent)}`);
    } else if (percent < least) complain(verdict, "failed", `${metric} ${formatPercent(percent)} < ${least} %`);
    else verdict.summary.push(`${metric} ${formatPercent(percent)}`);
  }
}

async function take(
  kind: KeptReport["kind"],
  path: string,
  place: ReportPlace,
  verdict: ReportVerdict,
): Promise<Buffer | null> {
  const read = await readReport(place.cwd, path, place.before[kind]);
  if (read.kind === "unusable") {
    complain(verdict, "error", read.reason);
    return null;
  }
  const name = `${place.baseName}.${kind === "junit" ? "junit.xml" : "lcov.info"}`;
  const sha256 = keepReport(join(place.outDir, name), read.bytes);
  verdict.kept.push({ kind, path: name, sha256 });
  return read.bytes;
}

/** A report that cannot be used says less than a bad one: once something failed, it stays failed. */
function complain(verdict: ReportVerdict, status: "failed" | "error", why: string): void {
  if (verdict.status !== "failed") verdict.status = status;
  verdict.summary.push(why);
}

/** Rounded down: 89.96 % must not read as the 90 % that it misses. */
const formatPercent = (percent: number) => `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
