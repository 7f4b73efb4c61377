/**
 * Runs gates: named commands in a worktree, in parallel, each with its transcript and the reports it names.
 *
 * A gate passes when its command exits with 0 and its reports agree. An exit code other than 0 is a failure whatever
 * the reports say; failed tests or a missed threshold are one whatever the exit code says; a report that is missing,
 * left from before or malformed makes a gate that exited with 0 an error, never a success.
 */
import { createHash } from "node:crypto";
import { join, posix } from "node:path";
import { messageOf } from "../../errors.ts";
import type { Gate, GateReport } from "../../plan/model.ts";
import { type FailedTest, isRedGate, type KeptReport } from "../../protocol/gate-values.ts";
import { confinePath } from "../../safe-files/index.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import {
  type Executor,
  makeRedactedOutput,
  makeRedactor,
  type ProcessExited,
  type ProcessOutcome,
  type WorkerIdentity,
} from "../process/index.ts";
import { judgeReports, type ReportVerdict, stampReports } from "./judge-reports.ts";
import type { TestFailure } from "./junit.ts";
import { listEvidence } from "./list-evidence.ts";
import { MAX_SUMMARY_CHARS } from "./verdict-store.ts";

export interface GateResult {
  name: string;
  required: boolean;
  /** `error`: could not be judged; `skipped`: the run was stopped before it was known. */
  status: "passed" | "failed" | "error" | "skipped";
  code: number | null;
  durationMs: number;
  timedOut: boolean;
  /** The transcript, relative to `outDir`; null when the gate did not start. */
  report: string | null;
  reportSha256: string | null;
  /** Copies of the reports that the gate named; their paths are relative to `outDir`. */
  kept: KeptReport[];
  /** One safe line, such as `3 of 215 tests failed`. */
  summary: string;
  /** The first tests that failed. */
  failures: TestFailure[];
  /** All tests that failed; null when it is red and its reports do not name each, or they are many. */
  tests: FailedTest[] | null;
  /** All that its reports complain of; null when it is red and they do not tell why. */
  problems: string[] | null;
  /** The last 8 kB of output, without escapes. */
  tail: string;
  /** Why it is red, a few safe lines; none of a gate that passed or was stopped. */
  evidence: string[];
}

export interface RunGatesOptions {
  executor: Executor;
  gates: readonly Gate[];
  /** The worktree. */
  cwd: string;
  /** The whole environment of a gate. */
  env: (gate: Gate) => Readonly<Record<string, string>>;
  /** Absolute folder for transcripts and copies of reports; one folder for each time that gates are run. */
  outDir: string;
  identity: WorkerIdentity;
  signal: AbortSignal;
  /** Gates that run at once. */
  concurrency: number;
  graceMs?: number;
  /** Called as a gate starts; `report` is where its transcript will be, relative to `outDir`. */
  onStart?: (gate: string, report: string) => void;
  /** Called as each ends, whether it had started or not. */
  onEnd?: (result: GateResult) => void;
}

/** Problems that evidence may be made of. */
const MAX_SHOWN = 10;

/** Runs all gates and resolves with one result each, in the order given. Never rejects. */
export async function runGates(options: RunGatesOptions): Promise<GateResult[]> {
  const { gates, concurrency, onEnd } = options;
  const results: GateResult[] = [];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < gates.length; index = next++) {
      const gate = gates[index];
      if (gate === undefined) continue;
      const result = await runGate(gate, options);
      results[index] = result;
      onEnd?.(result);
    }
  };
  const workers = Math.max(1, Math.min(Math.floor(concurrency) || 1, gates.length));
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

async function runGate(gate: Gate, options: RunGatesOptions): Promise<GateResult> {
  const { executor, cwd, env, outDir, identity, signal } = options;
  const baseName = nameFiles(gate.name);
  const reports = (gate.reports ?? []).map((report) => inFolder(report, gate.cwd));
  const folder = findFolder(cwd, gate.cwd);
  if (folder.kind === "refused") return describeUnstarted(gate, { status: "error", summary: folder.reason });
  const before = stampReports(reports, cwd);
  const given = env(gate);
  const redact = makeRedactor(given);
  const report = `${baseName}.log`;
  if (!signal.aborted) options.onStart?.(gate.name, report);
  const outcome = await executor.run({
    command: gate.run,
    cwd: folder.path,
    env: given,
    makeFilter: () => makeRedactedOutput(redact),
    transcript: join(outDir, report),
    timeoutMs: gate.timeoutMs,
    signal,
    identity,
    ...(options.graceMs === undefined ? {} : { graceMs: options.graceMs }),
  });
  if (outcome.kind === "notStarted") return describeNotStarted(gate, outcome);
  let verdict: ReportVerdict;
  try {
    verdict = await judgeReports(reports, { cwd, folder: folder.path, outDir, baseName, before });
  } catch (error) {
    const why = `its reports cannot be kept: ${messageOf(error)}`;
    verdict = { status: "error", summary: [why], failures: [], problems: null, areAllNamed: false, kept: [] };
  }
  const { code, durationMs, timedOut, transcript, tail } = outcome;
  const failures = verdict.failures.map((failure) => redactMembers(failure, redact));
  const { kept } = verdict;
  const facts = { code, durationMs, timedOut, report, reportSha256: transcript.sha256, tail };
  const judged = judge(gate, outcome, verdict);
  // Red for a reason that no report tells of cannot be compared.
  const tells = judged.status === "passed" || (verdict.status === "failed" && !timedOut);
  const problems = tells ? verdict.problems : null;
  const isRed = isRedGate(judged);
  const names = tells && verdict.areAllNamed && failures.length > 0;
  const tests = isRed && names ? failures.map(({ message: _message, ...test }) => test) : null;
  const grounds = { failures, problems: problems?.slice(0, MAX_SHOWN).map(redact) ?? null, tail };
  const evidence = isRed ? listEvidence(grounds) : [];
  return { name: gate.name, required: gate.required, ...facts, ...judged, failures, tests, problems, kept, evidence };
}

function redactMembers(failure: TestFailure, redact: (text: string) => string): TestFailure {
  const { name, message, file, group } = failure;
  return {
    name: redact(name),
    message: redact(message),
    ...(file === undefined ? {} : { file: redact(file) }),
    ...(group === undefined ? {} : { group: redact(group) }),
  };
}

/** Status and summary from the command's end and what its reports say. */
function judge(gate: Gate, outcome: ProcessExited, verdict: ReportVerdict): Pick<GateResult, "status" | "summary"> {
  if (outcome.aborted) return { status: "skipped", summary: "was stopped" };
  if (outcome.timedOut) {
    return { status: "failed", summary: `was ended after its timeout of ${(gate.timeoutMs / 1000).toFixed(1)} s` };
  }
  const parts = verdict.summary;
  if (outcome.code === 0) {
    const summary = parts.length === 0 ? "passed" : parts.join("; ");
    return { status: verdict.status, summary: sanitizeLine(summary, MAX_SUMMARY_CHARS) };
  }
  const end =
    outcome.code === null ? `was killed by ${outcome.signal ?? "a signal"}` : `exited with code ${outcome.code}`;
  const missing = outcome.code === 127 ? ["a command was not found"] : [];
  // A gate that broke off has no report to blame: only what a report does say is worth a word.
  const said = verdict.status === "failed" ? parts : [];
  return { status: "failed", summary: sanitizeLine([...said, end, ...missing].join("; "), MAX_SUMMARY_CHARS) };
}

/** The folder that a gate runs in: below the worktree, whatever links there are. */
function findFolder(
  worktree: string,
  cwd: string | undefined,
): { kind: "found"; path: string } | { kind: "refused"; reason: string } {
  if (cwd === undefined) return { kind: "found", path: worktree };
  const found = confinePath(worktree, cwd);
  if (found.kind === "refused") return { kind: "refused", reason: `its folder cannot be used: ${found.reason}` };
  if (found.exists) return { kind: "found", path: found.path };
  return { kind: "refused", reason: `its folder ${JSON.stringify(cwd)} is not there` };
}

/** A report by its path in the worktree. */
function inFolder(report: GateReport, cwd = ""): GateReport {
  if ("junit" in report) return { junit: posix.join(cwd, report.junit) };
  if ("sarif" in report) return { sarif: posix.join(cwd, report.sarif) };
  return { ...report, lcov: posix.join(cwd, report.lcov) };
}

function describeNotStarted(
  gate: Gate,
  { code, reason, hint }: Extract<ProcessOutcome, { kind: "notStarted" }>,
): GateResult {
  if (code === "aborted") return describeUnstarted(gate, { status: "skipped", summary: "was stopped" });
  return describeUnstarted(gate, { status: "error", summary: `${reason}. ${hint}` });
}

function describeUnstarted(gate: Gate, { status, summary }: Pick<GateResult, "status" | "summary">): GateResult {
  return {
    name: gate.name,
    required: gate.required,
    status,
    code: null,
    durationMs: 0,
    timedOut: false,
    report: null,
    reportSha256: null,
    kept: [],
    summary: sanitizeLine(summary, MAX_SUMMARY_CHARS),
    failures: [],
    tests: null,
    problems: null,
    tail: "",
    evidence: [],
  };
}

/** A file name for a gate whatever it is called; different names never share one. */
function nameFiles(gate: string): string {
  if (/^[a-z0-9][a-z0-9_-]{0,60}$/.test(gate)) return gate;
  const hash = createHash("sha256").update(gate).digest("hex").slice(0, 8);
  return `${gate
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-/, "")
    .slice(0, 40)}.${hash}`;
}
