/**
 * The text of the test that a recorded run is turned into. Pure. What comes from a run is untrusted: it gets into the
 * code as string literals only, and into comments not at all.
 */
import { type HandWritten, printFingerprint, printPart } from "./hand-written.ts";
import { printLiteral, printString } from "./print-literal.ts";
import type { ReplayedRun } from "./recorded-run.ts";

/** Parts of the file that people write: imports and helpers above the tests, and tests of their own. */
const PARTS = { head: "yours: imports and helpers", tests: "yours: tests about `recorded` and `replayed`" };

export interface TestFacts {
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
export function writeTestText({ run, folder, records, crc, replayed, parts = new Map() }: TestFacts): string {
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
    `const recorded = openLogFixture(new URL(${printString(`./${encodeURIComponent(folder)}/`)}, import.meta.url));`,
    "const replayed = replayRecorded(recorded);",
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
    ...(outcome === null ? [] : ["", ...writeEnds({ outcome, tasks, landed })]),
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

function writeEnds({ outcome, tasks, landed }: Pick<ReplayedRun, "outcome" | "tasks" | "landed">): string[] {
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
