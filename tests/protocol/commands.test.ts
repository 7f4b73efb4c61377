/** What senders of commands are told, and how long they wait for it. */
import { describe, expect, it } from "vitest";
import { PleachError } from "../../src/errors.ts";
import { answerTimeoutMs, type RunCommand, toRefusal } from "../../src/protocol/commands.ts";
import { isRunAtWork } from "../../src/protocol/states.ts";
import { tellEvent, warningOf } from "../../src/protocol/tell-event.ts";

describe("what stood in the way of a command", () => {
  it("is told with its code, hint and file, where it has them", () => {
    const words = { code: "run.notOver", message: "it is running", hint: "wait" };
    const thrown = new PleachError(words.code, words.message, { hint: words.hint });
    expect(toRefusal(thrown)).toEqual({ ok: false, ...words });
    const inFile = new PleachError("log.damaged", "torn", { hint: "look", file: "1.jsonl" });
    expect(toRefusal(inFile)).toEqual({
      ok: false,
      code: "log.damaged",
      message: "torn",
      hint: "look",
      file: "1.jsonl",
    });
  });

  it("is told by the system's own code, and as a defect where nobody foresaw it", () => {
    const full = Object.assign(new Error("no space"), { code: "ENOSPC" });
    expect(toRefusal(full)).toEqual({ ok: false, code: "ENOSPC", message: "no space", hint: "" });
    expect(toRefusal(new Error("odd"))).toMatchObject({ code: "internal", message: "odd" });
    expect(toRefusal("thrown as a text")).toMatchObject({ code: "internal", message: "thrown as a text" });
  });
});

describe("the answer to a command", () => {
  it("is waited for some time, and to a ship, whose gates take as long as they take, without end", () => {
    expect(answerTimeoutMs({ command: "ship", into: null, unfinished: false })).toBeNull();
    const quick: RunCommand[] = [{ command: "cancel" }, { command: "interrupt" }];
    for (const command of quick) expect(answerTimeoutMs(command)).toBeGreaterThan(0);
  });
});

it("says of a run by its state alone whether it claims to be at work", () => {
  const states = [
    "running",
    "cancelling",
    "waiting",
    "interrupted",
    "succeeded",
    "partial",
    "failed",
    "cancelled",
  ] as const;
  expect(states.filter(isRunAtWork)).toEqual(["running", "cancelling"]);
});

it.each(["warn", "soft"] as const)("tells of a budget that is used up, and warns of it (%s)", (mode) => {
  const event = { actor: "scheduler", type: "budget.exhausted", data: { mode } };
  const tone = mode === "warn" ? "warn" : "bad";
  expect(tellEvent(event)).toMatchObject({ audience: "person", tone, words: `the budget is exhausted (${mode})` });
  expect(warningOf(event)).toBe(`the budget is exhausted (mode ${mode})`);
});

it.each([
  ["succeeded", null, "good", "succeeded"],
  ["failed", "merging stopped", "bad", "failed: merging stopped"],
  ["cancelled", null, "warn", "cancelled"],
] as const)("tells how a run ended: %s", (outcome, reason, tone, words) => {
  const told = tellEvent({ actor: "run", type: "run.finished", data: { outcome, reason } });
  expect(told).toMatchObject({ tone, words });
});
