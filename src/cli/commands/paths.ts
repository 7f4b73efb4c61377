/** `pleach paths MODULE`: what a machine can do, as text, JSON, a diagram, a file of tests, or walked at once. */
import { readFileSync } from "node:fs";
import { dirname, relative, resolve, sep } from "node:path";
import { codeOf, PleachError } from "../../errors.ts";
import { writeAtomicallySync } from "../../safe-files/index.ts";
import {
  type Coverage,
  checkCoverage,
  type PathsOptions,
  type PathsReport,
  type PathsRun,
  pathsOf,
  renderDot,
  renderMermaid,
  renderReport,
  runPaths,
  writeTests,
} from "../../testing/machines/index.ts";
import { EXIT } from "../exit.ts";
import { type LoadedMachine, loadMachine } from "../load-machine.ts";
import type { CommonOptions } from "../options.ts";
import { findFolder } from "../place.ts";
import { printReport, printRun } from "../print-paths.ts";
import { readExamples, readValue } from "../read-values.ts";
import { printJson } from "../streams.ts";
import { line } from "../words.ts";

interface PathsArguments extends CommonOptions {
  export?: string;
  coverage: string;
  seed: number;
  bound: Record<string, number>;
  maxStates: number;
  events?: string;
  input?: string;
  out?: string;
  force?: boolean;
  run?: boolean;
  format?: "text" | "json" | "mermaid" | "dot" | "md";
}

interface Written {
  file: string;
  kept: string[];
  gone: string[];
}

/** Resolves with 0, or 1 when `--run` finds a path that fails or a machine that throws. */
export async function paths(module: string, options: PathsArguments): Promise<number> {
  const dir = findFolder(options.C);
  const coverage = checkCoverage(options.coverage);
  const events = options.events === undefined ? {} : readExamples(dir, options.events);
  const input = options.input === undefined ? undefined : readValue(dir, options.input);
  keepStdoutClean();
  const loaded = await loadMachine(dir, module, options.export);
  const { seed, bound: bounds, maxStates } = options;
  const chosen: PathsOptions = { coverage, events, seed, bounds, maxStates, ...(input === undefined ? {} : { input }) };
  const found = options.run
    ? await runPaths(loaded.machine, chosen)
    : { report: pathsOf(loaded.machine, chosen), run: null };
  const { report, run } = found;
  const written = options.out === undefined ? null : write(dir, options.out, report, loaded, input, options);
  print(dir, loaded, report, run, written, options);
  leaveSoon();
  const failed = run !== null && (run.failed.length > 0 || report.problems.some(({ kind }) => kind === "throws"));
  return failed ? EXIT.failed : EXIT.done;
}

function print(
  dir: string,
  { machine, file, exportName }: LoadedMachine,
  report: PathsReport,
  run: PathsRun | null,
  written: Written | null,
  options: PathsArguments,
): void {
  const format = options.json ? "json" : (options.format ?? "text");
  if (format === "json") {
    const out = written === null ? null : { ...written, file: relative(dir, written.file) };
    printJson({ schema: 1, module: relative(dir, file), export: exportName, ...report, run, out });
    return;
  }
  if (format === "mermaid") process.stdout.write(renderMermaid(machine));
  else if (format === "dot") process.stdout.write(renderDot(machine));
  else if (format === "md") process.stdout.write(renderReport(report));
  else printReport(process.stdout, report);
  // A diagram or a document on stdout is all of it.
  const out = format === "text" ? process.stdout : process.stderr;
  if (run !== null) printRun(out, run);
  if (written !== null) {
    out.write(`wrote ${line(relative(dir, written.file))}: ${report.paths.length} tests\n`);
    if (written.kept.length > 0) out.write(`kept what you wrote in ${written.kept.length} of them\n`);
    for (const name of written.gone) out.write(`gone, with what you wrote kept as a comment: ${line(name)}\n`);
  }
}

function write(
  dir: string,
  out: string,
  report: PathsReport,
  { file: module, exportName }: LoadedMachine,
  input: unknown,
  options: PathsArguments,
): Written {
  const file = resolve(dir, out);
  const previous = readPrevious(file);
  const specifier = relative(dirname(file), module).split(sep).join("/");
  const { text, kept, gone } = writeTests(report, {
    module: specifier.startsWith(".") ? specifier : `./${specifier}`,
    exportName,
    ...(input === undefined ? {} : { input }),
    command: commandOf(dir, module, exportName, file, report.coverage, options),
    ...(previous === null ? {} : { previous: { text: previous, file } }),
    force: options.force ?? false,
  });
  if (text !== previous) replaceFile(file, text);
  return { file, kept, gone };
}

function readPrevious(file: string): string | null {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return null;
    throw thrown;
  }
}

/** Whole or not at all. */
function replaceFile(file: string, text: string): void {
  try {
    writeAtomicallySync(file, text, { durability: "whole" });
  } catch (thrown) {
    if (codeOf(thrown) !== "ENOENT") throw thrown;
    throw new PleachError("paths.noFolder", "there is no folder for the file", { hint: "create it first", file });
  }
}

/** How the file is written again, from the folder that it lies in: the same wherever it was called. */
function commandOf(
  dir: string,
  module: string,
  exportName: string,
  file: string,
  coverage: Coverage,
  { seed, bound, maxStates, events, input }: PathsArguments,
): string {
  const from = (path: string): string => quote(relative(dirname(file), resolve(dir, path)).split(sep).join("/"));
  const words = ["pleach paths", from(module), "--export", quote(exportName), "--coverage", coverage];
  if (coverage.startsWith("random:")) words.push("--seed", String(seed));
  for (const [path, most] of Object.entries(bound)) words.push("--bound", quote(`${path}=${most}`));
  if (maxStates !== 2_000) words.push("--max-states", String(maxStates));
  if (events !== undefined) words.push("--events", from(events));
  if (input !== undefined) words.push("--input", from(input));
  return [...words, "--out", from(file)].join(" ");
}

const quote = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replace(/'/g, "'\\''")}'`);

/** What a module, or a guard of it, prints goes to stderr: stdout is for the result. */
function keepStdoutClean(): void {
  for (const name of ["log", "info", "debug"] as const) console[name] = console.error;
}

/** A module may have left something open, such as a timer; it does not keep this command. */
function leaveSoon(): void {
  setTimeout(() => process.stdout.write("", () => process.exit()), 200).unref();
}
