/**
 * Holds a change against what gates said: which of its files something names, which of its lines ran, and what is left that nobody
 * checked. Pure.
 *
 * EVIDENCE-1 A changed file is named by a gate that passed and was not excused, or it is among those that nobody checked.
 * EVIDENCE-2 A report says something of a file only where the file it saw is the one that landed, or became part of what landed.
 */
import type { ChangedPath, CheckedBy, GateRun, LineRange, UncoveredLines } from "../../../protocol/evidence.ts";
import type { ReportFacts } from "../../gates/index.ts";

/** A gate that was run on a tree that holds the change, or on the change alone. */
export interface GateWitness {
  run: GateRun;
  /** What its command line names. */
  names: ReadonlySet<string>;
  reports: { path: string; facts: ReportFacts }[];
  /** Where a line of a changed file is in what the gate saw; null: not there. Undefined: it saw another file. */
  follow(path: string): ((line: number) => number | null) | undefined;
}

/** A changed file, and what is known of it beside its name. */
export type FoundPath = Omit<ChangedPath, "checkedBy"> & {
  /** Whether its name is one that reports can be compared with. */
  isText: boolean;
  /** New lines, in order; null where they were not looked for. */
  lines: LineRange[] | null;
};

/** What of the changed files was looked at, and what was not. */
export function weighFiles(
  found: readonly FoundPath[],
  witnesses: readonly GateWitness[],
): { files: ChangedPath[]; unnamed: string[]; lines: UncoveredLines[] } {
  const sound = witnesses.filter(({ run }) => run.status === "passed" && run.excused === null);
  const files = found.map(({ isText, lines: _lines, ...file }): ChangedPath => {
    return { ...file, checkedBy: isText ? listChecks(file, sound) : [] };
  });
  const lines = found.flatMap(({ path, isText, lines: changed }) => {
    const ranges = isText && changed !== null ? listUncovered(path, changed, sound) : [];
    return ranges.length === 0 ? [] : [{ path, ranges }];
  });
  return { files, unnamed: files.filter(({ checkedBy }) => checkedBy.length === 0).map(({ path }) => path), lines };
}

function listChecks(
  { path, change }: Pick<ChangedPath, "path" | "change">,
  sound: readonly GateWitness[],
): CheckedBy[] {
  return sound.flatMap(({ run, names, reports, follow }): CheckedBy[] => {
    if (follow(path) === undefined) return [];
    const { gate, at } = run;
    const byCommand: CheckedBy[] = names.has(path) ? [{ gate, at, by: "command", report: null }] : [];
    // Nothing looked at a file that was not there.
    const naming = change === "deleted" ? [] : reports.filter(({ facts }) => facts.named.has(path));
    return [...byCommand, ...naming.map(({ path: report, facts: { by } }): CheckedBy => ({ gate, at, by, report }))];
  });
}

/** Changed lines that a report knows, and that ran in none of them. */
function listUncovered(path: string, changed: readonly LineRange[], sound: readonly GateWitness[]): LineRange[] {
  const seen = sound.flatMap(({ reports, follow }) => {
    const place = follow(path);
    if (place === undefined) return [];
    return reports.flatMap(({ facts }) => {
      const covered = facts.lines.get(path);
      return covered === undefined ? [] : [(line: number) => covered.get(place(line) ?? -1)];
    });
  });
  const ranges: LineRange[] = [];
  if (seen.length === 0) return ranges;
  for (const { first, last } of changed) {
    for (let line = first; line <= last; line += 1) {
      const said = seen.map((ran) => ran(line));
      if (said.includes(true) || !said.includes(false)) continue;
      const open = ranges.at(-1);
      if (open?.last === line - 1) open.last = line;
      else ranges.push({ first: line, last: line });
    }
  }
  return ranges;
}
