/** The merge queue at work, in a line. */
import { expect, it } from "vitest";
import { wordQueue } from "../../src/protocol/queue-words.ts";
import type { QueueView } from "../../src/protocol/status.ts";

const NOW = Date.parse("2026-11-30T10:00:00Z");
const goneMs = (since: string): number => NOW - Date.parse(since);
const queue = (more: Partial<QueueView>): string | null =>
  wordQueue({ state: "gating", gates: [], tasks: ["a"], waiting: [], text: "test runs on a", ...more }, goneMs);
const gate = (name: string, since: string | null, usualMs: number | null = null) => ({ name, since, usualMs, log: "" });

it("says nothing when nothing is done and nobody waits", () => {
  expect(queue({ state: "idle" })).toBeNull();
  expect(queue({ state: "idle", waiting: ["b"] })).toBe("test runs on a");
});

it("says for how long a gate runs, and how long it usually takes where somebody knows", () => {
  expect(queue({ gates: [gate("test", "2026-11-30T09:57:50Z")] })).toBe("test runs on a; for 2m 10s");
  expect(queue({ gates: [gate("test", "2026-11-30T09:57:50Z", 240_000)] })).toBe(
    "test runs on a; for 2m 10s, usually 4m 00s",
  );
});

it("speaks of the gate that is waited for longest, and never of less than no time", () => {
  const gates = [gate("late", "2026-11-30T09:59:50Z", 1_000), gate("early", "2026-11-30T09:59:30Z", 60_000)];
  expect(queue({ gates })).toBe("test runs on a; for 30s, usually 1m 00s");
  expect(queue({ gates: [gate("test", "2026-11-30T10:00:09Z")] })).toBe("test runs on a; for 0.0s");
  expect(queue({ gates: [gate("test", null)] })).toBe("test runs on a");
});
