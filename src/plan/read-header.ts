/** The keys that frontmatter and pleach.yaml share: gates, resources, streams, budget and the rest. */

import { DEFAULT_GATE_TIMEOUT_MS, MAX_CONCURRENCY } from "./defaults.ts";
import {
  type Field,
  type Read,
  readChoice,
  readDuration,
  readEntries,
  readFields,
  readFlag,
  readList,
  readName,
  readNumber,
  readText,
  refuse,
} from "./fields.ts";
import { type IssueList, quote } from "./issues.ts";
import type { CoverageThresholds, Gate, GateReport } from "./model.ts";
import type { RawBudget, RawHeader, RawStream } from "./raw.ts";
import { readAmount, readPath } from "./read-script.ts";

/** Reads a number of things that may run at once. */
export const readConcurrency: Read<number> = readNumber({ min: 1, max: MAX_CONCURRENCY, isWhole: true });

const readPerCent = readNumber({ min: 0, max: 100, isWhole: false });

interface WrittenReport extends CoverageThresholds {
  junit: string;
  lcov: string;
}

const readWrittenReport: Read<Partial<WrittenReport>> = (field) => {
  const report = readFields<WrittenReport>({
    junit: readPath,
    lcov: readPath,
    lines: readPerCent,
    branches: readPerCent,
    functions: readPerCent,
  })(field);
  if (report === undefined) return undefined;
  const threshold = (["lines", "branches", "functions"] as const).find((key) => report[key] !== undefined);
  if (threshold === undefined || report.lcov !== undefined) return report;
  return refuse(field, `has \`${threshold}\` without \`lcov\``, "Name the LCOV file that the coverage is read from.");
};

function splitReport({ junit, lcov, ...thresholds }: Partial<WrittenReport>): GateReport[] {
  return [...(junit === undefined ? [] : [{ junit }]), ...(lcov === undefined ? [] : [{ lcov, ...thresholds }])];
}

/** Reads the reports of a gate; one entry may name one of each kind, as `report` does. */
const readReports: Read<GateReport[]> = (field) =>
  readList((entry) => {
    const report = readWrittenReport(entry);
    if (report === undefined || report.junit !== undefined || report.lcov !== undefined) return report;
    return refuse(entry, "names no report", "Give it `junit` or `lcov` with the path of a file.");
  })(field)?.flatMap(splitReport);

interface WrittenGate {
  run: string;
  required: boolean;
  timeout: number;
  /** What `reports` was before it was a list. */
  report: GateReport[];
  reports: GateReport[];
}

/** Reads a gate; a text is shorthand for `{run: text}`. */
export const readGate: Read<Omit<Gate, "name">> = (field) => {
  const shorthand = field.value.kind === "scalar";
  const written = shorthand
    ? { run: readText(field) }
    : readFields<WrittenGate>({
        run: readText,
        required: readFlag,
        timeout: readDuration(),
        report: (report) => {
          const one = readWrittenReport(report);
          return one === undefined ? undefined : splitReport(one);
        },
        reports: readReports,
      })(field);
  if (written === undefined) return undefined;
  if (written.run === undefined) {
    const isMissing = field.value.kind === "map" && !field.value.entries.has("run");
    return isMissing ? refuse(field, "has no `run`", "Add `run:` with the shell command of the gate.") : undefined;
  }
  return completeGate(field, written as Partial<WrittenGate> & { run: string });
};

function completeGate(field: Field, written: Partial<WrittenGate> & { run: string }): Omit<Gate, "name"> | undefined {
  const { run, required = true, timeout = DEFAULT_GATE_TIMEOUT_MS, report, reports } = written;
  if (report !== undefined && reports !== undefined) {
    return refuse(field, "has both `report` and `reports`", "Keep `reports`, a list.");
  }
  const all = reports ?? report ?? [];
  return { run, required, timeoutMs: timeout, ...(all.length === 0 ? {} : { reports: all }) };
}

const readGates: Read<Gate[]> = (field) => readEntries(readGate)(field)?.map(({ name, value }) => ({ name, ...value }));

type WrittenStream = Omit<RawStream, "name" | "line">;

const readStreams: Read<RawStream[]> = (field) =>
  readEntries(
    readFields<WrittenStream>({
      concurrency: readConcurrency,
      agent: readName,
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
  resources: (field: Field) => readEntries(readNumber({ min: 1, max: 1e6, isWhole: true }))(field),
  streams: readStreams,
  agent: readName,
};

/** How the keys beside the tasks are read. */
export interface HeaderFormat {
  readers: typeof HEADER_READERS & { goal: Read<string> };
  /** Takes a key that has no reader; false if nobody knows it. */
  unknown: (key: string, line: number, issues: IssueList) => boolean;
}

/** The header of a plan. */
export const PLAN_HEADER: HeaderFormat = { readers: { goal: readText, ...HEADER_READERS }, unknown: refuseConfigKey };

/** Keys that only pleach.yaml has. */
export const CONFIG_KEYS: readonly string[] = ["agents", "vault", "vaults", "worktree"];

/** Says where a key belongs that is known in pleach.yaml only; true if it was one. */
function refuseConfigKey(key: string, line: number, issues: IssueList): boolean {
  if (!CONFIG_KEYS.includes(key)) return false;
  const hint = "Move it to pleach.yaml: it belongs to the repository.";
  issues.fail("plan.unknownKey", line, `a plan cannot set \`${key}\``, hint);
  return true;
}
