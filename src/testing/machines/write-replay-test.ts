/**
 * Turns a recorded run into a regression test: `<name>.test.ts` and, beside it, `<name>.records/` with the log and the
 * states at its end. Only what is its own is replaced; both are whole or not there.
 */
import { randomBytes } from "node:crypto";
import {
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { findHostPid } from "../../actors/control/host-lock.ts";
import { ROOT } from "../../actors/library/run-streams.ts";

import { codeOf, PleachError } from "../../errors.ts";
import { type HandWritten, readHandWritten } from "./hand-written.ts";
import { openLogFixture, type RecordedRun, type ReplayedRun, replayRecorded, STATES_FILE } from "./recorded-run.ts";
import { writeTestText } from "./replay-test-text.ts";

/** Endings that Vitest looks for. */
const TEST_FILE = /^(.+)\.(?:test|spec)\.[cm]?[jt]sx?$/;
const SEGMENT = /^[1-9]\d*\.jsonl$/;

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
 * Writes the test of a run that is over. `logDir` holds its log. Throws `replay.notTest` for a file that Vitest would not
 * run, `replay.notOurs` for files that were not made here, `replay.edited` and `replay.badMarks` for a test whose changes
 * would be lost, `run.unfinished`, `log.differs` or `log.incompatible` for a log that replays otherwise, and as reading a
 * log does (`log.missing`, `log.damaged`).
 */
export function writeReplayTest({ run, logDir, file }: { run: string; logDir: string; file: string }): WrittenTest {
  const name = TEST_FILE.exec(basename(file))?.[1];
  if (name === undefined) {
    throw new PleachError("replay.notTest", `${file} is no name of a test`, {
      hint: "end it in .test.ts (or .test.js, .spec.ts, …), so that Vitest runs it",
      file,
    });
  }
  const recorded = openLogFixture(logDir);
  const replayed = replayRecorded(recorded);
  refuseOther(run, replayed);
  refuseUnfinished(run, recorded, replayed);
  const folder = join(dirname(file), `${name}.records`);
  const parts = readOwn(file);
  refuseForeign(folder, parts !== null);
  const { records, crc } = recorded;
  const facts = { run, folder: basename(folder), records: records.length, crc, replayed };
  const text = writeTestText(parts === null ? facts : { ...facts, parts });
  const bytes = replaceFolder(folder, (dir) => fillFolder(dir, { logDir, crc, states: replayed.states }));
  writeWhole(file, text);
  return { test: file, folder, records: records.length, bytes, replaced: parts !== null };
}

function refuseUnfinished(run: string, { log }: RecordedRun, { states }: ReplayedRun): void {
  const { status } = (states[ROOT] ?? {}) as { status?: string };
  if (status === "done" && findHostPid(log) === null) return;
  throw new PleachError("run.unfinished", `run ${run} is not over, so that its log is no whole record of it`, {
    hint: `wait for its end (pleach attach ${run}), or go on with it (pleach resume ${run})`,
  });
}

/** A log that the machines of today fold otherwise would make a test that is red from the beginning. */
function refuseOther(run: string, { differences, incompatible }: ReplayedRun): void {
  const [first] = differences;
  if (first === undefined) return;
  const code = incompatible === null ? "log.differs" : "log.incompatible";
  const why = incompatible ?? `record ${first.seq} of ${first.actor} asks for other effects than are recorded`;
  throw new PleachError(code, `run ${run} does not replay: ${why}`, {
    hint: "use the pleach that wrote the log; pleach replay --verify shows the differences",
  });
}

/** What people wrote into the test that is there; null when there is none. */
function readOwn(file: string): Map<string, HandWritten> | null {
  let text: string;
  try {
    if (!lstatSync(file).isFile()) throw notOwn(file, "it is no plain file");
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
function refuseForeign(folder: string, hasTest: boolean): void {
  let names: string[];
  try {
    if (!lstatSync(folder).isDirectory()) throw notOwn(folder, "it is no folder");
    names = readdirSync(folder);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT") return;
    throw thrown;
  }
  const foreign = names.find((name) => !hasTest || !(SEGMENT.test(name) || name === STATES_FILE));
  if (foreign !== undefined) throw notOwn(folder, `it holds ${JSON.stringify(foreign)}`);
}

function notOwn(file: string, why: string): PleachError {
  return new PleachError("replay.notOurs", `${file} is not overwritten: ${why}`, {
    hint: "choose another name, or move it away",
    file,
  });
}

/** Copies the log and keeps the states; the copy is read back, so that it is known to be the log that was replayed. */
function fillFolder(
  dir: string,
  { logDir, crc, states }: { logDir: string; crc: string; states: Record<string, unknown> },
): void {
  for (const name of readdirSync(logDir).filter((each) => SEGMENT.test(each))) {
    copyFileSync(join(logDir, name), join(dir, name));
  }
  writeFileSync(join(dir, STATES_FILE), `${JSON.stringify(states, null, 1)}\n`);
  if (openLogFixture(dir).crc === crc) return;
  throw new PleachError("run.unfinished", "the run's log has grown while it was copied", {
    hint: "wait until its host has ended",
  });
}

/** Fills a folder aside and puts it in the place of the one that is there; resolves to the bytes in it. */
function replaceFolder(folder: string, fill: (dir: string) => void): number {
  const aside = `${folder}.${randomBytes(4).toString("hex")}.tmp`;
  mkdirSync(aside, { recursive: true });
  try {
    fill(aside);
    const bytes = readdirSync(aside).reduce((sum, name) => sum + statSync(join(aside, name)).size, 0);
    rmSync(folder, { recursive: true, force: true });
    renameSync(aside, folder);
    return bytes;
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function writeWhole(file: string, text: string): void {
  const aside = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    writeFileSync(aside, text, { flag: "wx" });
    renameSync(aside, file);
  } finally {
    rmSync(aside, { force: true });
  }
}
