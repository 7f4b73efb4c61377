/** Who surrounds a task: what it builds on, who works beside it, who waits; however many and whatever they say. */
import { describe, expect, it } from "vitest";
import {
  findOthersWork,
  findSurroundings,
  NOT_BEGUN,
  quoteMessage,
  type Standing,
  tellOthersWork,
  tellSurroundings,
} from "../../../src/actors/prompt/surroundings.ts";
import type { Plan, Task } from "../../../src/plan/model.ts";
import { readValid } from "../../plan/read-text.ts";

/** A plan of tasks `id: needs`. */
function planOf(needs: Readonly<Record<string, readonly string[]>>, more: object = {}): Plan {
  const tasks = Object.entries(needs).map(([id, of]) => ({ id, run: "true", scope: [`${id}/**`], needs: of, ...more }));
  return readValid(JSON.stringify({ goal: "g", tasks }), "json");
}
const taskOf = (plan: Plan, id: string): Task => plan.tasks.find((task) => task.id === id) as Task;
const idsOf = (tasks: readonly { id: string }[]): string[] => tasks.map(({ id }) => id);

const PLAN = planOf({ far: [], near: ["far"], me: ["near"], next: ["me"], last: ["next"], other: ["far"], alone: [] });

describe("the surroundings of a task", () => {
  it("are what it needs, who has no need between, and who waits for it: the nearest only", () => {
    const { needed, beside, waiting } = findSurroundings(PLAN, taskOf(PLAN, "me"), NOT_BEGUN);
    expect([needed, beside, waiting].map(idsOf)).toEqual([["near"], ["other", "alone"], ["next"]]);
  });

  it("leave out what is over, and name first who is at work", () => {
    const standing: Standing = {
      phase: (id) => (id === "other" || id === "next" ? "over" : id === "alone" ? "works" : "waits"),
      made: () => null,
    };
    const plan = planOf({ me: [], later: [], other: [], next: ["me"], alone: [] });
    const { beside, waiting } = findSurroundings(plan, taskOf(plan, "me"), standing);
    expect([beside, waiting].map(idsOf)).toEqual([["alone", "later"], []]);
  });

  it("name of a quorum only those that made something", () => {
    const plan = planOf({ a: [], b: [], me: ["a", "b"] });
    const standing: Standing = {
      phase: () => "over",
      made: (id) => (id === "a" ? { files: ["a/x"], said: null } : null),
    };
    expect(idsOf(findSurroundings(plan, taskOf(plan, "me"), standing).needed)).toEqual(["a"]);
  });

  it("are nobody for a task that the plan does not have, and tell nothing then", () => {
    const around = findSurroundings(PLAN, { ...taskOf(PLAN, "me"), id: "gone" }, NOT_BEGUN);
    expect(tellSurroundings(around)).toBeNull();
  });

  it("stay a few lines in a plan of a thousand", () => {
    const plan = planOf(Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [`t${at}`, []])));
    const told = tellSurroundings(findSurroundings(plan, taskOf(plan, "t0"), NOT_BEGUN)) ?? "";
    expect(told).toContain("  t8: t8 (t8/**)".replace("t8: t8", "t8"));
    expect(told).toContain("  and 991 more");
    expect(told.split("\n").length).toBeLessThan(20);
  });

  it("bound what each of them says and changed", () => {
    const made = {
      files: Array.from({ length: 500 }, (_, at) => `${"d".repeat(300)}/${at}.ts`),
      said: "ä".repeat(3_000_000),
    };
    const plan = planOf({ near: [], me: ["near"] });
    const told =
      tellSurroundings(findSurroundings(plan, taskOf(plan, "me"), { phase: () => "over", made: () => made })) ?? "";
    expect(told.length).toBeLessThan(5_000);
    expect(told).toContain("and 488 more");
  });
});

describe("the work of others", () => {
  it("is what is not finished, first what waits for the change", () => {
    const standing: Pick<Standing, "phase"> = { phase: (id) => (id === "far" ? "over" : "waits") };
    expect(idsOf(findOthersWork(PLAN, taskOf(PLAN, "me"), standing))).toEqual([
      "next",
      "near",
      "last",
      "other",
      "alone",
    ]);
  });

  it("is told in at most twenty lines, and not at all where there is none", () => {
    expect(tellOthersWork([])).toBeNull();
    const many = Array.from({ length: 25 }, (_, at) => ({ id: `t${at}`, title: `T ${at}` }));
    expect(tellOthersWork(many)).toContain("t19: T 19\nand 5 more\n");
  });
});

describe("a quoted message", () => {
  const most = { chars: 100, lines: 3 };
  it("has a bar before each line, and no empty ones", () => {
    expect(quoteMessage("one\n\n two  three \n", most)).toEqual(["| one", "| two three"]);
    expect(quoteMessage(" \n", most)).toEqual([]);
  });

  it("is cut at a line, and says so", () => {
    expect(quoteMessage("a\nb\nc\nd", most)).toEqual(["| a", "| b", "| c", "| […]"]);
    expect(quoteMessage(`a\n${"b".repeat(99)}\nc`, most)).toEqual(["| a", `| ${"b".repeat(99)}`, "| […]"]);
    expect(quoteMessage("日".repeat(1000), most)).toEqual([`| ${"日".repeat(99)}…`]);
  });
});
