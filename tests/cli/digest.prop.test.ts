/** What closes a run is short, whatever has happened. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { summary } from "../../src/cli/print-status.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";

const text = fc.string({ maxLength: 30, unit: "binary" });
const task = fc.record({
  id: fc.stringMatching(/^[a-z]{1,8}$/),
  status: fc.constantFrom("merged", "done", "failed", "waiting", "skipped", "cancelled"),
  reason: fc.option(text),
  attempts: fc.nat(3),
  unchanged: fc.constantFrom(true, undefined),
  log: fc.constantFrom("out/x.log", undefined),
});
const conflict = fc.record({
  id: fc.stringMatching(/^[a-z]{1,8}$/),
  status: fc.constantFrom("open", "applied"),
  task: fc.constantFrom("", "a"),
  why: text,
});
const lost = fc.record({
  why: fc.constantFrom("limit", "outage", "agent", "backoff", "retry", "person", "host", "whatever"),
  ms: fc.nat(10_000_000),
  times: fc.nat(9),
});

it("at most a dozen lines say how a run ended, with what waits for a person before what failed, and that before warnings", () => {
  const status = fc.constantFrom("succeeded", "partial", "failed", "cancelled", "waiting", "interrupted");
  const many = { maxLength: 30 };
  fc.assert(
    fc.property(
      status,
      fc.array(task, many),
      fc.array(conflict, many),
      fc.array(text, many),
      fc.array(lost),
      (state, tasks, conflicts, warnings, times) => {
        const said = summary({
          ...{ run: "r", goal: "g", status: state, branch: "pleach/r", head: "c".repeat(40), warnings },
          host: { alive: false, pid: null, epoch: 1 },
          tasks: tasks.map((each) => ({ ...each, needs: [], transcript: null })),
          conflicts: conflicts.map((each) => ({ ...each, choices: [{ name: "drop", does: "" }], choice: null })),
          cost: { usd: 1, tokens: 1, reserved: { usd: 0, tokens: 0 } },
          timing: { wall_ms: 1, work_ms: 1, critical_path_ms: 1, speedup: 1, lost: times },
        } as unknown as StatusDocument);
        const lines = said.trim().split("\n");
        expect(lines.length).toBeLessThanOrEqual(12);
        const marks = lines.flatMap((line) => /^ {2}([▲✖!]) /.exec(line)?.[1] ?? []);
        expect(marks).toEqual(marks.toSorted((a, b) => "▲✖!".indexOf(a) - "▲✖!".indexOf(b)));
      },
    ),
  );
});
