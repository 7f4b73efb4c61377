/**
 * A report of paths as a Vitest file that a person can read and fill in: one test a path, named by its steps, which
 * asserts state and effects after every step. The same report gives the same bytes.
 */

import { createHash } from "node:crypto";
import { checkArgument } from "../../arguments/check-arguments.ts";
import { PleachError } from "../../errors.ts";
import { sanitizeLine } from "../../terminal-text/index.ts";
import { checkReport } from "./check-report.ts";
import {
  type HandWritten,
  isWritten,
  printFingerprint,
  printGone,
  printPart,
  readHandWritten,
} from "./hand-written.ts";
import type { MachinePath, PathStep, PathsReport } from "./paths-of.ts";
import { printLiteral, printString } from "./print-literal.ts";

export interface TestFileOptions {
  /** How the generated file names the module: a relative path with `/`. */
  module: string;
  /** The name of the export. */
  exportName: string;
  /** The machine's input, if it has one. */
  input?: unknown;
  /** How to write the file again, one line. */
  command: string;
  /** The file that is there, with its path for messages. */
  previous?: { text: string; file: string };
  /** Also when the file that is there was edited outside the marks. */
  force?: boolean;
}

export interface TestFile {
  text: string;
  /** Names of tests whose hand-written part was kept in its place. */
  kept: string[];
  /** Names of tests that are gone, whose hand-written part is kept as a comment. */
  gone: string[];
}

const HEAD = "head";

/**
 * Writes the file's text. Throws `paths.notOurs`, `paths.badMarks`, and `paths.edited` when the file that is there was
 * changed where it would be lost.
 */
export function writeTests(report: PathsReport, options: TestFileOptions): TestFile {
  checkReport(report);
  checkArgument("what writeTests is told", options, "object", "see TestFileOptions");
  const { previous } = options;
  const old = previous === undefined ? undefined : readHandWritten(previous.text, previous.file);
  if (previous !== undefined && old?.isEdited && !options.force) {
    throw new PleachError("paths.edited", "the file was changed outside the parts that are kept", {
      hint: "move what you wrote between the marks // <yours …> and // </yours>; --force gives it up",
      file: previous.file,
    });
  }
  const parts = old?.parts ?? new Map<string, HandWritten>();
  const keys = report.paths.map(keyOf);
  const tests = report.paths.flatMap((path, index) => ["", ...printTest(path, keys[index] as string, parts, options)]);
  const goneParts = [...parts].filter(([key, part]) => key !== HEAD && !keys.includes(key) && isWritten(part));
  const body = [
    'import { describe, expect, it } from "vitest";',
    'import { startMachine } from "pleach/testing";',
    `import { ${importName(options.exportName)} } from ${printString(encodeModule(options.module))};`,
    "",
    ...printPart(HEAD, parts.get(HEAD), "", "yours: imports and helpers"),
    ...(options.input === undefined ? [] : ["", `const input = ${printLiteral(options.input)};`]),
    "",
    `describe(${printString(report.machine)}, () => {`,
    ...(tests.length === 0 ? ['  it.todo("has no path");'] : tests.slice(1)),
    ...(goneParts.length === 0
      ? []
      : [
          "",
          "  // What was written for paths that are gone. Move what is of use, and delete the rest with its marks.",
        ]),
    ...goneParts.flatMap(([key, part]) => printGone(key, part)),
    "});",
    "",
  ];
  const top = printTop(report, options);
  const nameOf = new Map(report.paths.map(({ name }, index) => [keys[index] as string, name]));
  const kept = [...parts].flatMap(([key, part]) =>
    isWritten(part) && nameOf.has(key) ? [nameOf.get(key) as string] : [],
  );
  return {
    text: [...top, printFingerprint([...top, ...body]), ...body].join("\n"),
    kept,
    gone: goneParts.map(([key, { about }]) => about || key),
  };
}

function printTop({ coverage, problems, notes }: PathsReport, { command }: TestFileOptions): string[] {
  return [
    `// Written by pleach paths: a test for each path (coverage: ${coverage}). To write it again:`,
    `//   ${sanitizeLine(command, 1_000)}`,
    "// What stands between // <yours …> and // </yours> is kept; everything else is written anew.",
    ...notes.map((note) => `// Note: ${sanitizeLine(note, 500)}`),
    ...problems.map(({ kind, message }) => `// Problem (${kind}): ${sanitizeLine(message, 500)}`),
  ];
}

function printTest(
  { name, start, steps }: MachinePath,
  key: string,
  parts: ReadonlyMap<string, HandWritten>,
  { input }: TestFileOptions,
): string[] {
  return [
    `  it(${printString(name)}, async () => {`,
    `    const live = await startMachine(machine${input === undefined ? "" : ", { input }"});`,
    ...printExpected(start),
    ...steps.flatMap((step) => [
      "",
      `    await live.send(${print(step.event, "live.send()")});`,
      ...printExpected(step),
    ]),
    "",
    ...printPart(key, parts.get(key), "    ", sanitizeLine(name)),
    "    await live.stop();",
    "  });",
  ];
}

function printExpected({ state, effects }: Omit<PathStep, "event">): string[] {
  return [
    `    expect(live.state).toEqual(${print(state, "expect(live.state).toEqual()")});`,
    `    expect(live.effects).toEqual(${print(effects, "expect(live.effects).toEqual()")});`,
  ];
}

const print = (value: unknown, around: string): string => printLiteral(value, "    ", around.length + 6);

/** Names a path's hand-written part: by its events, whatever the path is called. */
function keyOf({ steps }: MachinePath): string {
  const events = JSON.stringify(steps.map(({ event }) => event));
  return createHash("sha256").update(events).digest("hex").slice(0, 12);
}

/** The machine under the name that the tests use; export names may be any text. */
function importName(name: string): string {
  if (name === "machine") return name;
  const exported = /^[A-Za-z_$][\w$]*$/.test(name) ? name : printString(name);
  return `${exported} as machine`;
}

/** The specifier of an import is an address: these three would cut it. */
function encodeModule(path: string): string {
  return path.replace(/[%?#]/g, (found) => encodeURIComponent(found));
}
