/** What is told of gates: whether they are green, why they are red, and where the whole of it is kept. */
import { describe, expect, it } from "vitest";
import type { GateOutcome } from "../../src/protocol/gate-values.ts";
import {
  explainGates,
  gateTone,
  logsOfGates,
  warnOfGates,
  wordBaseline,
  wordGates,
} from "../../src/protocol/gate-words.ts";
import { tellEvent, warningOf } from "../../src/protocol/tell-event.ts";

const gate = (name: string, more: Partial<GateOutcome> = {}): GateOutcome => ({
  ...{ name, required: true, status: "failed", durationMs: 1, summary: "1 failed", report: `out/${name}.log` },
  ...{ sha256: null, evidence: [`${name}: a is red`] },
  ...more,
});
const passed = (name: string): GateOutcome => ({ ...gate(name, { status: "passed" }), evidence: [] });

describe("the results of gates", () => {
  it("are told each with its name, and with why it did not pass or why that stops nothing", () => {
    expect(wordGates([])).toBe("none");
    const results = [passed("lint"), gate("test"), gate("slow", { excused: "as on the base" })];
    expect(wordGates(results)).toBe("lint passed, test failed (1 failed), slow failed (as on the base)");
  });

  it("are good, bad, or bad for nothing that has to pass", () => {
    expect(gateTone({ results: [passed("a"), gate("b", { excused: "as on the base" })] })).toBe("good");
    expect(gateTone({ results: [passed("a"), gate("b", { status: "error" })] })).toBe("bad");
    expect(gateTone({ results: [passed("a"), gate("b", { required: false })] })).toBe("warn");
  });

  it("are explained by the evidence of those that are red, named where there are several", () => {
    expect(explainGates({ results: [passed("a"), gate("b")] })).toEqual(["b: a is red"]);
    expect(explainGates({ results: [gate("a"), gate("b", { status: "error" })] })).toEqual([
      ...["gate a:", "a: a is red"],
      ...["gate b:", "b: a is red"],
    ]);
    const { evidence: _evidence, ...silent } = gate("c");
    expect(explainGates({ results: [silent, gate("d", { excused: "as on the base" })] })).toEqual([]);
  });

  it("lie in the logs of those that are red and were started", () => {
    const excused = gate("c", { excused: "as on the base" });
    expect(logsOfGates({ results: [passed("a"), gate("b"), excused, gate("d", { report: null })] })).toEqual([
      "out/b.log",
    ]);
  });

  it("are warned of where an advisory one is red, which stops nothing", () => {
    expect(warnOfGates({ results: [passed("a"), gate("b")] })).toBeNull();
    const results = [gate("a", { required: false }), gate("b", { required: false, status: "error", summary: "boom" })];
    expect(warnOfGates({ results })).toBe("advisory gate a: 1 failed; advisory gate b: boom");
  });
});

describe("a gate on the base", () => {
  const data = { gate: "test", verdict: "failed", protecting: true, summary: "1 failed", report: "out/t.log" } as const;

  it("is told with what its red means", () => {
    const evidence: string[] = [];
    expect(wordBaseline({ ...data, evidence, verdict: "passed" })).toBe("gate test is green on the base");
    expect(wordBaseline({ ...data, evidence, verdict: "skipped" })).toBe("gate test was not run on the base");
    expect(wordBaseline({ ...data, evidence })).toMatch(/before any task: 1 failed; what makes it no worse may land$/);
    expect(wordBaseline({ ...data, evidence, protecting: false })).toMatch(/; it is not protecting: only a task that/);
  });

  it("is warned of only where it is red, and has a log then", () => {
    const tell = (verdict: "passed" | "failed" | "skipped") => ({
      actor: "merge",
      type: "gate.baseline" as const,
      data: { ...data, verdict, evidence: ["a is red"] },
    });
    expect(warningOf(tell("failed"))).toContain("is red on the base");
    expect([warningOf(tell("passed")), warningOf(tell("skipped"))]).toEqual([null, null]);
    expect(tellEvent(tell("failed"))).toMatchObject({ tone: "bad", audience: "person", details: ["a is red"] });
    expect(tellEvent(tell("passed"))).toMatchObject({ tone: "good", audience: "watcher" });
    expect(tellEvent(tell("skipped"))).toMatchObject({ tone: "plain", audience: "watcher" });
  });
});

describe("what a run is told of", () => {
  const words = (type: "budget.raised", data: { usd: number | null; tokens: number | null }) =>
    tellEvent({ actor: "scheduler", type, data })?.words;

  it("names the limits of a budget that was raised", () => {
    expect(words("budget.raised", { usd: 5, tokens: null })).toBe("its budget is now $5.00");
    expect(words("budget.raised", { usd: 5, tokens: 1000 })).toBe("its budget is now $5.00 and 1000 tokens");
  });

  it("says what became of its branch, and of what others had put there", () => {
    const tell = (found: string | null, kept: string | null) => {
      const data = { branch: "pleach/r", found, to: "0123456789ab", kept };
      return tellEvent({ actor: "merge", type: "branch.restored", data })?.words;
    };
    expect(tell(null, null)).toMatch(/^somebody deleted the branch pleach\/r: it was made again at 0123456789,/);
    expect(tell("ab", null)).toMatch(/^somebody moved the branch pleach\/r to ab: .* what was merged$/);
    expect(tell("ab", "refs/kept")).toMatch(/; what was there is kept as refs\/kept$/);
  });
});
