/** Which tests a run has seen red and green on one tree. */
import { describe, expect, it } from "vitest";
import { emptyFlakyNotes, isKnownFlaky, noteFlaky } from "../../../src/actors/projections/flaky-tests.ts";
import type { GateOutcome } from "../../../src/protocol/gate-values.ts";
import type { RunRecord } from "../../../src/protocol/records.ts";

const gate = (status: GateOutcome["status"], ...tests: string[]): GateOutcome => ({
  ...{ name: "test", required: true, status, durationMs: 1, summary: "", report: null, sha256: null },
  ...(tests.length === 0 ? {} : { tests: tests.map((name) => ({ name })) }),
});

/** Folds what was told whom. */
function fold(...told: [actor: string, type: string, data: object][]) {
  const notes = emptyFlakyNotes();
  for (const [actor, type, data] of told)
    noteFlaky(notes, { seq: 1, time: 1, actor, type, data } as unknown as RunRecord);
  return notes;
}

const tip = (tree: string, ...results: GateOutcome[]): [string, string, object] => [
  "merge",
  "tip.gated",
  { results, tree },
];
const ask = (notes: ReturnType<typeof fold>, test: string, tree = "other") =>
  isKnownFlaky({ gate: "test", tree, test }, { manifest: null, notes });

describe("a test is known to be flaky", () => {
  it("once its gate was red by it and green on one tree, whichever came first and whoever asked", () => {
    expect(ask(fold(tip("t", gate("failed", "a")), tip("t", gate("passed"))), "a")).toBe(true);
    expect(ask(fold(tip("t", gate("passed")), tip("t", gate("failed", "a"))), "a")).toBe(true);
    const own = fold(
      ["task:x", "work.committed", { tree: "t" }],
      ["task:x", "gates.finished", { results: [gate("failed", "a")] }],
      tip("t", gate("passed")),
    );
    expect(ask(own, "a")).toBe(true);
    expect(ask(own, "b")).toBe(false);
  });

  it("while it is red on a tree on which its gate was green, and not for trees that differ or are not known", () => {
    expect(ask(fold(tip("t", gate("passed"))), "a", "t")).toBe(true);
    expect(ask(fold(tip("t", gate("failed", "a")), tip("u", gate("passed"))), "a", "t")).toBe(false);
    expect(ask(fold(["merge", "tip.gated", { results: [gate("failed", "a"), gate("passed")] }]), "a", "t")).toBe(false);
  });

  it("by what earlier runs saw, as the manifest has it; a gate may have any name", () => {
    const manifest = { flaky: { test: ["a"] } } as never;
    const notes = emptyFlakyNotes();
    expect(isKnownFlaky({ gate: "test", tree: "t", test: "a" }, { manifest, notes })).toBe(true);
    expect(isKnownFlaky({ gate: "constructor", tree: "t", test: "a" }, { manifest, notes })).toBe(false);
  });
});
