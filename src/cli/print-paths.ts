/** What `pleach paths` tells a person. */
import type { PathsReport, PathsRun } from "../testing/machines/index.ts";
import { line } from "./words.ts";

const MAX_PATHS = 50;
const MAX_PROBLEMS = 50;
const MAX_FAILURES = 20;

/** The report as lines of text. */
export function printReport(out: NodeJS.WritableStream, report: PathsReport): void {
  const { states, transitions, paths, problems, notes } = report;
  const reached = states.reachable.length;
  const all = reached + states.unreachable.length;
  const taken = transitions.filter(({ reachable }) => reachable).length;
  const covered = transitions.filter((transition) => transition.covered).length;
  out.write(
    `${line(report.machine)}: ${reached} of ${all} states, ${taken} of ${transitions.length} transitions reached\n`,
  );
  const count = paths.length === 1 ? "1 path" : `${paths.length} paths`;
  out.write(`${count} (${report.coverage}), through ${covered} of them\n`);
  for (const { name } of paths.slice(0, MAX_PATHS)) out.write(`  ${line(name)}\n`);
  if (paths.length > MAX_PATHS) out.write(`  and ${paths.length - MAX_PATHS} more: --format json lists them\n`);
  const missed = transitions.filter((transition) => transition.reachable && !transition.covered);
  if (missed.length > 0) out.write("reached, but on none of these paths:\n");
  for (const { name } of missed.slice(0, MAX_PROBLEMS)) out.write(`  ${line(name)}\n`);
  if (problems.length > 0) out.write("problems:\n");
  for (const { kind, message } of problems.slice(0, MAX_PROBLEMS)) out.write(`  ${kind}: ${line(message)}\n`);
  if (problems.length > MAX_PROBLEMS) out.write(`  and ${problems.length - MAX_PROBLEMS} more: --format json\n`);
  if (notes.length > 0) out.write("treated, for finding paths only:\n");
  for (const note of notes) out.write(`  ${line(note)}\n`);
}

/** What came of walking the paths. */
export function printRun(out: NodeJS.WritableStream, { passed, failed }: PathsRun): void {
  const all = passed + failed.length;
  out.write(`walked in the runtime: ${passed} of ${all} paths, replay equal to live after every step\n`);
  for (const { name, message } of failed.slice(0, MAX_FAILURES)) out.write(`✖ ${line(name)}\n    ${line(message)}\n`);
  if (failed.length > MAX_FAILURES) out.write(`  and ${failed.length - MAX_FAILURES} more\n`);
}
