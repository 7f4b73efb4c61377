/** What is spent, as scripted agents report it, against what may be. */
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { carryOut, fates, mostAtOnce, PATIENCE_MS, readIf, readLog, taskOf, Workshop, workSpans } from "./runs.ts";

const workshop = new Workshop("budget");
afterAll(() => workshop.clean());

const doneIn = (root: string): string[] => (readIf(join(root, "done.txt")) ?? "").split("\n").filter(Boolean);

describe("a budget", { timeout: PATIENCE_MS }, () => {
  const spender = (id: string, more: object = {}): { id: string } & Record<string, unknown> => ({
    id,
    agent: "scripted",
    script: [{ cost: { usd: 1, tokens: 100 } }, { run: `echo ${id} >> done.txt` }],
    ...more,
  });
  const plan = (mode: string, tasks: object[], more: object = {}): object => ({
    goal: "spending",
    isolation: "none",
    concurrency: 1,
    budget: { usd: 2, mode, ...more },
    tasks,
  });

  it("that is soft starts nothing new once it is spent, and lets finish what works", async () => {
    const root = workshop.folder(
      plan(
        "soft",
        ["a", "b", "c", "d"].map((id) => spender(id)),
      ),
    );
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(doneIn(root)).toHaveLength(2);
    expect(Object.values(fates(status)).sort()).toEqual(["done", "done", "skipped", "skipped"]);
    expect(status.cost).toMatchObject({ usd: 2, tokens: 200, reserved: { usd: 0, tokens: 0 } });
    expect(status.tasks.find(({ status: state }) => state === "skipped")?.reason).toBe("the budget is exhausted");
    expect(status.warnings.join("\n")).toContain("budget is exhausted");
  });

  it("is reserved when a task starts: what could not be paid for does not start beside another", async () => {
    const costly = (id: string) => spender(id, { budget: { usd: 1.5 } });
    const root = workshop.folder({ ...plan("soft", [costly("a"), costly("b")]), concurrency: 2 });
    const { status } = await carryOut(root);
    expect(mostAtOnce(workSpans(readLog(root)))).toBe(1);
    // After the first has cost 1 of 2, the 1.5 of the second are not there.
    expect(Object.values(fates(status)).sort()).toEqual(["done", "skipped"]);
  });

  it("that is hard stops what works", async () => {
    const endless = { id: "endless", agent: "scripted", script: [{ sleep: 600 }] };
    const twice = spender("twice", { script: [{ cost: { usd: 1 } }, { cost: { usd: 1.5 } }, { sleep: 600 }] });
    const root = workshop.folder({ ...plan("hard", [endless, twice]), concurrency: 2 });
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(fates(status)).toEqual({ endless: "cancelled", twice: "cancelled" });
    expect(taskOf(status, "endless").reason).toMatch(/budget/);
    expect(status.cost.usd).toBe(2.5);
  });

  it("that only warns stops nothing", async () => {
    const root = workshop.folder(
      plan(
        "warn",
        ["a", "b", "c"].map((id) => spender(id)),
      ),
    );
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(0);
    expect(status.cost.usd).toBe(3);
    expect(status.warnings.join("\n")).toContain("budget");
  });
});
