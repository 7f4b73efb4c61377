/** What is said of a run's end is known again, and nothing else is taken for it. */
import { expect, it } from "vitest";
import { emptyMeta, noteRecord } from "../../src/actors/projections/run-view.ts";
import { isLeftWork, isPassing, wordBroken, wordKept, wordOnBranch } from "../../src/protocol/left-words.ts";

const ended = [
  wordKept("/work trees/a.1", "it holds changes"),
  wordOnBranch("a", "pleach-tasks/r/a/1"),
  wordBroken("git"),
];
const lasting = [
  "gate test is red on the base",
  "what an earlier attempt of a had done is on pleach-tasks/r/a/1-saved",
];

it("knows its own words", () => {
  expect(ended.map(isPassing)).toEqual([true, true, true]);
  expect(lasting.map(isPassing)).toEqual([false, false]);
  expect([...ended, ...lasting].map(isLeftWork)).toEqual([true, true, false, false, false]);
});

it("is no warning of a run any more that is opened again", () => {
  const meta = emptyMeta();
  const record = (actor: string, type: string, data: object) =>
    noteRecord(meta, { actor, type, data, time: 1, effects: [], cause: null } as never);
  for (const text of [...ended, ...lasting]) record("host", "run.warned", { text });
  expect(meta.warnings).toEqual([...ended, ...lasting]);
  record("run", "actor.started", { kind: "supervisor", incarnation: 2, input: { retried: ["a"] } });
  expect(meta.warnings).toEqual(lasting);
});
