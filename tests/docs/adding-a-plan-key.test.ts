/** The chapter on adding a key of plans: it names all files, they are there, and its example compiles and is read. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import type * as PlanRoom from "../../src/plan/load-plan.ts";
import { checkTypes } from "../helpers/check-types.ts";
import { makeContext } from "../plan/read-text.ts";
import { expectListed, expectNamed, plant, readChapter } from "./chapter.ts";

const chapter = readChapter("adding-a-plan-key.md");
const { edits } = chapter;

describe("the chapter on adding a key of plans", () => {
  it("names files that are there, and shows what to do with those that it edits", () => {
    expectNamed(chapter, 10);
    expectListed(chapter);
  });

  it("has an example that compiles whole, and not without each of its parts", () => {
    const roots = [...edits.keys()].filter((file) => /^src\/.*\.ts$/.test(file));
    const { problems, program } = checkTypes(roots, edits, { only: roots });
    expect(problems).toEqual([]);
    const without = new Map(edits);
    without.delete("src/plan/raw.ts");
    const missed = checkTypes(roots, without, { only: ["src/plan/complete-task.ts"], before: program });
    expect(missed.problems.map(({ file }) => file)).toContain("src/plan/complete-task.ts");
  });

  it("has an example that reader and schema take and refuse alike", async () => {
    const room = (await plant(chapter, ["src/plan"]).load("src/plan/load-plan.js")) as typeof PlanRoom;
    const schema: object = JSON.parse(edits.get("schema/plan.schema.json") ?? "{}");
    const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
    const read = (env: unknown) => {
      const plan = { goal: "g", tasks: [{ id: "a", run: "true", ...(env === undefined ? {} : { env }) }] };
      const loaded = room.parsePlan(JSON.stringify(plan), { ...makeContext(), file: "plan.json", format: "json" });
      expect(validate(plan)).toBe(loaded.plan !== null);
      return loaded;
    };
    const [, shown = ""] = /`env: (\{.*?\})`/.exec(chapter.text) ?? [];
    expect(shown).toBe('{PORT_OFFSET: "7"}');
    expect(read({ PORT_OFFSET: "7" }).plan?.tasks).toMatchObject([{ env: { PORT_OFFSET: "7" } }]);
    expect(read(undefined).plan?.tasks[0]).not.toHaveProperty("env");
    for (const bad of [["A"], "A", { "A B": "1" }, { PLEACH_RUN: "x" }]) {
      expect(read(bad).errors[0], JSON.stringify(bad)).toMatchObject({ code: "plan.badValue" });
    }
  });
});
