/**
 * The text of the test that a recorded run is turned into. Pure. What comes from a run is untrusted: it gets into the
 * code as string literals only, and into comments not at all.
 */
import { emptyOwnRegion } from "./own-region.ts";
import type { ReplayedRun } from "./recorded-run.ts";

/** First line of every file that is made here; one that begins otherwise is not overwritten. */
export const MADE_BY = "// Made by `pleach replay --to-test`.";

export interface TestFacts {
  /** Id of the run. */
  run: string;
  /** Folder of the log, relative to the test, without a slash at its end. */
  folder: string;
  records: number;
  crc: string;
  replayed: Pick<ReplayedRun, "outcome" | "tasks" | "landed">;
}

/** A module for Vitest, valid as JavaScript and as TypeScript. */
export function writeTestText({ run, folder, records, crc, replayed }: TestFacts): string {
  const { outcome, tasks, landed } = replayed;
  const lines = [
    `${MADE_BY} Made again, it is replaced, but for what stands between the two own lines.`,
    "//",
    "// A run that was recorded, as a regression test: its log is folded again by the machines of the pleach that is",
    "// installed. Every record has to ask for the effects that were asked for then, every actor has to come to the same",
    "// state, and what a run promises has to hold. Nothing is performed.",
    "//",
    "// The log lies beside this file. It holds what pleach recorded: the plan with its instructions and commands, ids,",
    "// paths and process ids of the machine that it ran on, names of changed files, the last lines that failing workers",
    "// wrote, and the states of all actors at the end. Look through it before you commit it: it may hold a secret that",
    "// one of these showed. It cannot be edited: each record's checksum covers the one before.",
    'import { describe, expect, it } from "vitest";',
    'import { openLogFixture, replayRecorded, runInvariants } from "pleach/testing";',
    "",
    `const recorded = openLogFixture(new URL(${quote(`./${encodeURIComponent(folder)}/`)}, import.meta.url));`,
    "const replayed = replayRecorded(recorded);",
    "",
    `describe(${quote(`run ${run}`)}, () => {`,
    '  it("is the one that was recorded", () => {',
    "    const { records, crc } = recorded;",
    `    expect({ records: records.length, crc }).toEqual({ records: ${records}, crc: ${quote(crc)} });`,
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
    '  it.each(runInvariants)("keeps the promise: $name", ({ find }) => {',
    "    expect(find(recorded.records)).toEqual([]);",
    "  });",
    "",
    ...emptyOwnRegion("  ", "Tests of your own about `recorded` and `replayed` go here; they are kept."),
    "});",
    "",
  ];
  return lines.join("\n");
}

function writeEnds({ outcome, tasks, landed }: Pick<ReplayedRun, "outcome" | "tasks" | "landed">): string[] {
  return [
    '  it("brings the plan and each task to the same end", () => {',
    `    expect(replayed.outcome).toBe(${quote(outcome ?? "")});`,
    "    expect(replayed.tasks).toEqual([",
    ...tasks.map(({ id, outcome: end, attempts }) => {
      return `      { id: ${quote(id)}, outcome: ${quote(end)}, attempts: ${Number(attempts)} },`;
    }),
    "    ]);",
    "  });",
    "",
    '  it("lands the same commits in the same order", () => {',
    ...(landed.length === 0
      ? ["    expect(replayed.landed).toEqual([]);"]
      : ["    expect(replayed.landed).toEqual([", ...landed.map((id) => `      ${quote(id)},`), "    ]);"]),
    "  });",
  ];
}

/** A string literal; the two line separators end a line in older readers of JavaScript. */
function quote(text: string): string {
  return JSON.stringify(text).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}
