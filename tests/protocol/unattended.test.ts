/** What a run that nobody attends answers itself. */
import { describe, expect, it } from "vitest";
import { describeConflict } from "../../src/machines/task/task-words.ts";
import { answerUnattended, UNATTENDED_ANSWERS } from "../../src/protocol/unattended.ts";
import type { ConflictInput } from "../../src/protocol/values.ts";

const ask = (question: ConflictInput["question"], ...names: string[]): ConflictInput => ({
  kind: "merge",
  ...(question === undefined ? {} : { question }),
  task: "t",
  why: "",
  files: [],
  choices: names.map((name) => ({ name, does: "" })),
});

describe("the unattended answers", () => {
  it.each([
    ["mergeConflict", ["rerun", "drop"], ["rerun", "drop", "drop"]],
    ["removesMerged", ["rerun", "accept", "drop"], ["drop", "drop", "drop"]],
    ["review", ["rerun", "accept", "drop"], ["drop", "drop", "drop"]],
    ["scope", ["allow", "refuse"], ["refuse", "refuse", "refuse"]],
    ["budget", ["raise", "stop"], ["stop", "stop", "stop"]],
    ["decision", ["left", "right"], ["left", "left", "left"]],
  ] as const)("of %s among %j are %j in turn", (question, choices, expected) => {
    expect([0, 1, 2].map((before) => answerUnattended(ask(question, ...choices), before))).toEqual(expected);
  });

  it("have one row a kind of question, and never widen, accept or raise", () => {
    const kinds = UNATTENDED_ANSWERS.map(({ question }) => question);
    expect(new Set(kinds).size).toBe(kinds.length);
    const answers = UNATTENDED_ANSWERS.flatMap((row) => row.answers);
    for (const yes of ["accept", "allow", "raise"]) expect(answers).not.toContain(yes);
  });

  it("fit what tasks really ask", () => {
    const context = { id: "t", files: [] } as unknown as Parameters<typeof describeConflict>[0];
    const asked = [
      describeConflict(context, { type: "merge.conflicted", at: 0, files: ["f"], head: "h" }),
      describeConflict(context, { type: "work.committed", at: 0, commit: "c", files: [], removesMerged: ["f"] }),
      describeConflict(context, { type: "review.failed", at: 0, reason: "r", faultOf: "agent" }),
    ];
    expect(asked.map((each) => [each.question, answerUnattended(each, 0)])).toEqual([
      ["mergeConflict", "rerun"],
      ["removesMerged", "drop"],
      ["review", "drop"],
    ]);
  });
});
