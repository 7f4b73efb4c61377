/**
 * Turns a recorded run into a regression test: `<name>.test.ts` and, beside it, `<name>.records/` with the log and the
 * states at its end. Only what is its own is replaced; both are whole or not there. What comes from a run is untrusted: it
 * gets into the code of the test as string literals only, and into comments not at all.
 */
import { randomBytes } from "node:crypto";
import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { createEpochLease } from "../../actors/control/epoch-lease.ts";
import { openLogFolder } from "../../actors/control/local-engine.ts";
import { ROOT } from "../../actors/library/run-streams.ts";
import { type LogRecord, type LogStore, readRecords } from "../../actors/log/index.ts";

import { codeOf, PleachError } from "../../errors.ts";
import { moveToSync, writeAtomicallySync } from "../../safe-files/index.ts";
import { type HandWritten, printFingerprint, printPart, readHandWritten } from "./hand-written.ts";
import { printLiteral, printString } from "./print-literal.ts";
import { type ReplayedRun, replayRecorded, STATES_FILE } from "./recorded-run.ts";

/** Endings that Vitest looks for. */
const TEST_FILE = /^(.+)\.(?:test|spec)\.[cm]?[jt]sx?$/;
const SEGMENT = /^[1-9]\d*\.jsonl$/;

/** Parts of the file that people write: imports and helpers above the tests, and tests of their own. */
const PARTS = { head: "yours: imports and helpers", tests: "yours: tests about `recorded` and `replayed`" };

export interface WrittenTest {
  /** Path of the test. */
  test: string;
  /** Path of the folder with the log. */
  folder: string;
  records: number;
  /** Bytes in that folder. */
  bytes: number;
  /** Whether there was a test before, whose own region was kept. */
  replaced: boolean;
}

/**
 * Writes the test of a run that is over, wherever its log is kept. Rejects with `replay.notTest` for a file that Vitest
 * would not run, `replay.notOurs` for files that were not made here, `replay.edited` and `replay.badMarks` for a test whose
 * changes would be lost, `run.unfinished`, `log.differs` or `log.incompatible` for a log that replays otherwise, and as reading a
 * log does (`log.missing`, `log.damaged`).
 */
export async function writeReplayTest({
  run,
  log,
  file,
}: {
  run: string;
  log: LogStore;
  file: string;
}): Promise<WrittenTest> {
  const name = TEST_FILE.exec(basename(file))?.[1];
  if (name === undefined) {
    throw new PleachError("replay.notTest", `${file} is no name of a test`, {
      hint: "end it in .test.ts (or .test.js, .spec.ts, …), so that Vitest runs it",
      file,
    });
  }
  const records = await readRecords(log);
  if (records.length === 0) {
    throw new PleachError("log.missing", `the log of run ${run} holds no record`, {
      hint: "name a run that was begun",
    });
  }
  const replayed = await replayRecorded({ log, records });
  requireSameReplay(run, replayed);
  await requireFinished(run, log, replayed);
  const folder = join(dirname(file), `${name}.records`);
  const parts = readOwnTest(file);
  requireOwnFolder(folder, parts !== null);
  const { crc, bytes } = await replaceFolder(folder, (dir) => fillFolder(dir, records, replayed.states));
  const facts = { run, folder: basename(folder), records: records.length, crc, replayed };
  const text = printReplayTest(parts === null ? facts : { ...facts, parts });
  writeAtomicallySync(file, text, { durability: "whole" });
  return { test: file, folder, records: records.length, bytes, replaced: parts !== null };
}

async function requireFinished(run: string, log: LogStore, { states }: ReplayedRun): Promise<void> {
  const { status } = (states[ROOT] ?? {}) as { status?: string };
  if (status === "done" && (await createEpochLease(log, { saysClosed: true }).findHolder()) === null) return;
  throw new PleachError("run.unfinished", `run ${run} is not over, so that its log is no whole record of it`, {
    hint: `wait for its end (pleach attach ${run}), or go on with it (pleach resume ${run})`,
  });
}

/** A log that the machines of today fold otherwise would make a test that is red from the beginning. */
function requireSameReplay(run: string, { differences, incompatible }: ReplayedRun): void {
  const [first] = differences;
  if (first === undefined) return;
  const code = incompatible === null ? "log.differs" : "log.incompatible";
  const why = incompatible ?? `record ${first.seq} of ${first.actor} asks for other effects than are recorded`;
  throw new PleachError(code, `run ${run} does not replay: ${why}`, {
    hint: "use the pleach that wrote the log; pleach replay --verify shows the differences",
  });
}

/** What people wrote into the test that is there; null when there is none. */
function readOwnTest(file: string): Map<string, HandWritten> | null {
  let text: string;
  try {
    if (!lstatSync(file).isFile()) throw notOwnError(file, "it is no plain file");
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return null;
    throw thrown;
  }
  const { parts, isEdited } = readHandWritten(text, file, "replay");
  if (!isEdited) return parts;
  throw new PleachError("replay.edited", "the test was changed outside the parts that are kept", {
    hint: "move what you wrote between the marks // <yours …> and // </yours>, or move the file away",
    file,
  });
}

/** The folder may be missing, empty, or hold what a test of ours put there. */
function requireOwnFolder(folder: string, hasTest: boolean): void {
  let names: string[];
  try {
    if (!lstatSync(folder).isDirectory()) throw notOwnError(folder, "it is no folder");
    names = readdirSync(folder);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return;
    throw thrown;
  }
  const foreign = names.find((name) => !hasTest || !(SEGMENT.test(name) || name === STATES_FILE));
  if (foreign !== undefined) throw notOwnError(folder, `it holds ${JSON.stringify(foreign)}`);
}

function notOwnError(file: string, why: string): PleachError {
  return new PleachError("replay.notOurs", `${file} is not overwritten: ${why}`, {
    hint: "choose another name, or move it away",
    file,
  });
}

/** Keeps the records that were replayed, and the states; all epochs in one segment. Resolves to the crc of the last one. */
async function fillFolder(
  dir: string,
  records: readonly LogRecord[],
  states: Record<string, unknown>,
): Promise<string> {
  const writer = await openLogFolder(dir).beginEpoch(() => records);
  await writer.close();
  writeFileSync(join(dir, STATES_FILE), `${JSON.stringify(states, null, 1)}\n`);
  return (writer.begun.at(-1) as LogRecord).crc;
}

/** Fills a folder aside and puts it in the place of the one that is there; resolves to its last crc and the bytes in it. */
async function replaceFolder(
  folder: string,
  fill: (dir: string) => Promise<string>,
): Promise<{ crc: string; bytes: number }> {
  const aside = `${folder}.${randomBytes(4).toString("hex")}.tmp`;
  mkdirSync(aside, { recursive: true });
  try {
    const crc = await fill(aside);
    const bytes = readdirSync(aside).reduce((sum, name) => sum + statSync(join(aside, name)).size, 0);
    rmSync(folder, { recursive: true, force: true });
    moveToSync(aside, folder);
    return { crc, bytes };
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

interface TestFacts {
  /** Id of the run. */
  run: string;
  /** Folder of the log, relative to the test, without a slash at its end. */
  folder: string;
  records: number;
  crc: string;
  replayed: Pick<ReplayedRun, "outcome" | "tasks" | "landed">;
  /** What people wrote into the file that is there. */
  parts?: ReadonlyMap<string, HandWritten>;
}

/** A module for Vitest, valid as JavaScript and as TypeScript. */
function printReplayTest({ run, folder, records, crc, replayed, parts = new Map() }: TestFacts): string {
  const { outcome, tasks, landed } = replayed;
  const part = (name: keyof typeof PARTS, indent: string): string[] =>
    printPart(name, parts.get(name), indent, PARTS[name]);
  const lines = [
    "// Made by `pleach replay --to-test`. Made again, it is replaced, but for the parts that are marked as yours.",
    "//",
    "// A run that was recorded, as a regression test: its log is folded again by the machines of the pleach that is",
    "// installed. Every record has to ask for the effects that were asked for then, every actor has to come to the same",
    "// state, and what a run promises has to hold. Nothing is performed.",
    "//",
    "// The log lies beside this file. It holds what pleach recorded: the plan with its instructions and commands, ids,",
    "// paths and process ids of the machine that it ran on, names of changed files, the last lines that failing workers",
    "// wrote, and the states of all actors at the end. Look through it before you commit it: it may hold a secret that",
    "// one of these showed. It cannot be edited: each record's checksum covers the one before.",
    "",
    'import { openLogFixture, replayRecorded, runInvariants } from "pleach/testing";',
    'import { describe, expect, it } from "vitest";',
    "",
    ...part("head", ""),
    "",
    `const recorded = await openLogFixture(new URL(${printString(`./${encodeURIComponent(folder)}/`)}, import.meta.url));`,
    "const replayed = await replayRecorded(recorded);",
    "",
    `describe(${printString(`run ${run}`)}, () => {`,
    '  it("is the one that was recorded", () => {',
    "    const { records, crc } = recorded;",
    `    expect({ records: records.length, crc }).toEqual({ records: ${records}, crc: ${printString(crc)} });`,
    "  });",
    "",
    '  it("asks for the same effects at every record", () => {',
    '    expect(replayed.differences, replayed.incompatible ?? "").toEqual([]);',
    "  });",
    "",
    '  it("leaves every actor in the same state", () => {',
    "    expect(replayed.states).toEqual(recorded.states);",
    "  });",
    ...(outcome === null ? [] : ["", ...printOutcomes({ outcome, tasks, landed })]),
    "",
    "  // What every run promises.",
    "  for (const { name, find } of runInvariants) {",
    "    it(name, () => expect(find(recorded.records)).toEqual([]));",
    "  }",
    "",
    ...part("tests", "  "),
    "});",
    "",
  ];
  return [printFingerprint(lines, "replay"), ...lines].join("\n");
}

function printOutcomes({ outcome, tasks, landed }: Pick<ReplayedRun, "outcome" | "tasks" | "landed">): string[] {
  return [
    '  it("brings the plan and each task to the same end", () => {',
    `    expect(replayed.outcome).toBe(${printString(outcome ?? "")});`,
    "    expect(replayed.tasks).toEqual([",
    ...tasks.map(({ id, outcome: end, attempts }) => {
      return `      { id: ${printString(id)}, outcome: ${printString(end)}, attempts: ${Number(attempts)} },`;
    }),
    "    ]);",
    "  });",
    "",
    '  it("lands the same commits in the same order", () => {',
    `    expect(replayed.landed).toEqual(${printLiteral(landed, "    ", "    expect(replayed.landed).toEqual(".length)});`,
    "  });",
  ];
}
