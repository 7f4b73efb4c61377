/** Gates, as frontmatter and pleach.yaml declare them: what is run, where, in which environment, and what it reports. */
import { posix } from "node:path";
import { DEFAULT_GATE_TIMEOUT_MS, GATE_STAGES } from "./defaults.ts";
import {
  type Field,
  type Read,
  readChoice,
  readDuration,
  readEntries,
  readFields,
  readFlag,
  readList,
  readNumber,
  readText,
  refuse,
} from "./fields.ts";
import type { CoverageThresholds, Gate, GateReport, GateStage, Variables } from "./model.ts";
import { readPath } from "./read-script.ts";
import { VARIABLE_READERS } from "./read-variables.ts";

interface WrittenGate extends Required<Variables> {
  run: string;
  at: GateStage[];
  level: "advisory" | "required";
  baseline: "ratchet" | "strict";
  flaky: "retry";
  /** `true` is `level: required`. */
  required: boolean;
  timeout: number;
  cwd: string;
  /** What `reports` was before it was a list. */
  report: GateReport[];
  reports: GateReport[];
}

interface WrittenReport extends CoverageThresholds {
  junit: string;
  lcov: string;
  sarif: string;
}

const readPerCent = readNumber({ min: 0, max: 100, isWhole: false });

const readWrittenReport: Read<Partial<WrittenReport>> = (field) => {
  const report = readFields<WrittenReport>({
    junit: readPath,
    lcov: readPath,
    sarif: readPath,
    lines: readPerCent,
    branches: readPerCent,
    functions: readPerCent,
  })(field);
  if (report === undefined) return undefined;
  const threshold = (["lines", "branches", "functions"] as const).find((key) => report[key] !== undefined);
  if (threshold === undefined || report.lcov !== undefined) return report;
  return refuse(field, `has \`${threshold}\` without \`lcov\``, "Name the LCOV file that the coverage is read from.");
};

function splitReport({ junit, lcov, sarif, ...thresholds }: Partial<WrittenReport>): GateReport[] {
  return [
    ...(junit === undefined ? [] : [{ junit }]),
    ...(lcov === undefined ? [] : [{ lcov, ...thresholds }]),
    ...(sarif === undefined ? [] : [{ sarif }]),
  ];
}

/** Reads the reports of a gate; one entry may name one of each kind, as `report` does. */
const readReports: Read<GateReport[]> = (field) =>
  readList((entry) => {
    const report = readWrittenReport(entry);
    if (report === undefined || splitReport(report).length > 0) return report;
    return refuse(entry, "names no report", "Give it `junit`, `lcov` or `sarif` with the path of a file.");
  })(field)?.flatMap(splitReport);

const readStages: Read<GateStage[]> = (field) => {
  const stages = readList(readChoice(GATE_STAGES))(field) ?? [];
  if (stages.length > 0) return GATE_STAGES.filter((stage) => stages.includes(stage));
  // What is no stage has been told already.
  const isEmpty = field.value.kind === "list" && field.value.items.length === 0;
  return isEmpty ? refuse(field, "is an empty list, so the gate is never run", "Remove the gate, or `at`.") : undefined;
};

const readWrittenGate: Read<Partial<WrittenGate>> = readFields<WrittenGate>({
  run: readText,
  at: readStages,
  level: readChoice(["advisory", "required"]),
  baseline: readChoice(["ratchet", "strict"]),
  flaky: readChoice(["retry"]),
  required: readFlag,
  timeout: readDuration(),
  cwd: (field) => {
    const path = readPath(field);
    return path === undefined ? undefined : posix.normalize(path).replace(/\/$/, "");
  },
  ...VARIABLE_READERS,
  report: (field) => {
    const report = readWrittenReport(field);
    return report === undefined ? undefined : splitReport(report);
  },
  reports: readReports,
});

/** Reads a gate; a text is shorthand for `{run: text}`. */
export const readGate: Read<Omit<Gate, "name">> = (field) => {
  const written = field.value.kind === "scalar" ? { run: readText(field) } : readWrittenGate(field);
  if (written === undefined) return undefined;
  if (written.run === undefined) {
    const isMissing = field.value.kind === "map" && !field.value.entries.has("run");
    return isMissing ? refuse(field, "has no `run`", "Add `run:` with the shell command of the gate.") : undefined;
  }
  return completeGate(field, written as Partial<WrittenGate> & { run: string });
};

function completeGate(field: Field, written: Partial<WrittenGate> & { run: string }): Omit<Gate, "name"> | undefined {
  const { level, required = level !== "advisory", timeout = DEFAULT_GATE_TIMEOUT_MS } = written;
  if (level !== undefined && required !== (level === "required")) {
    return refuse(field, `is \`required: ${required}\` and \`level: ${level}\``, "Keep `level`.");
  }
  const { baseline, flaky } = written;
  const { run, at = required ? ["task", "merge"] : ["task"], cwd, env, pass, report, reports } = written;
  if (report !== undefined && reports !== undefined) {
    return refuse(field, "has both `report` and `reports`", "Keep `reports`, a list.");
  }
  const all = reports ?? report ?? [];
  return {
    ...{ run, required, at: [...at], timeoutMs: timeout },
    ...(baseline === undefined ? {} : { baseline }),
    ...(flaky === undefined ? {} : { flaky }),
    ...(cwd === undefined || cwd === "." ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(pass === undefined ? {} : { pass }),
    ...(all.length === 0 ? {} : { reports: all }),
  };
}

/** Reads all gates. */
export const readGates: Read<Gate[]> = (field) =>
  readEntries(readGate)(field)?.map(({ name, value }) => ({ name, ...value }));
