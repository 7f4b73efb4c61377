/**
 * What the paths of a machine cover, summed up over several explorations of it: a machine whose input decides where it may
 * go needs one for each kind of input. As numbers, and as a table for people.
 */
import { checkArgument } from "../../arguments/check-arguments.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { checkReport } from "./check-report.ts";
import type { PathsReport } from "./paths-of.ts";

export interface MachineCoverage {
  machine: string;
  /** `all` of them, and the names of those that nothing reaches, or no path takes. */
  states: { all: number; missing: string[] };
  transitions: { all: number; missing: string[] };
  paths: number;
}

/** Sums up reports about one machine. `machine` names it; the states and transitions of all reports count. */
export function sumCoverage(machine: string, reports: readonly PathsReport[]): MachineCoverage {
  checkArgument("the list of reports", reports, "list", "call it as sumCoverage(name, [pathsOf(…), …])");
  for (const report of reports) checkReport(report);
  const states = new Map<string, boolean>();
  const transitions = new Map<string, boolean>();
  const note = (seen: Map<string, boolean>, name: string, isCovered: boolean): void => {
    seen.set(name, isCovered || seen.get(name) === true);
  };
  for (const report of reports) {
    for (const state of report.states.reachable) note(states, state, true);
    for (const state of report.states.unreachable) note(states, state, false);
    for (const { name, covered } of report.transitions) note(transitions, name, covered);
  }
  const sum = (seen: Map<string, boolean>): { all: number; missing: string[] } => ({
    all: seen.size,
    missing: [...seen].filter(([, isCovered]) => !isCovered).map(([name]) => name),
  });
  const paths = reports.reduce((total, report) => total + report.paths.length, 0);
  return { machine, states: sum(states), transitions: sum(transitions), paths };
}

/** A table with a line for each machine, and below it what is missing. */
export function formatCoverage(coverages: readonly MachineCoverage[]): string {
  const hint = "give a list of what sumCoverage returns";
  checkArgument("the list of coverages", coverages, "list", hint);
  for (const coverage of coverages) {
    checkArgument("a coverage", coverage, "object", hint);
    checkArgument("the states of a coverage", coverage.states, "object", hint);
  }
  const rows = coverages.map(({ machine, states, transitions, paths }) => [
    sanitizeLine(machine),
    `${states.all - states.missing.length}/${states.all}`,
    `${transitions.all - transitions.missing.length}/${transitions.all}`,
    String(paths),
  ]);
  const table = [["machine", "states", "transitions", "paths"], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => (row[column] ?? "").length)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
  const missing = coverages.flatMap(({ machine, states, transitions }) => [
    ...states.missing.map((state) => `${machine}: state ${state} is never reached`),
    ...transitions.missing.map((transition) => `${machine}: ${transition} is never taken`),
  ]);
  return [...lines, ...missing.map((each) => sanitizeLine(each))].join("\n");
}
