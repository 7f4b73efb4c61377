/** The chapter on adding a key of plans: it names all files, they are there, and its example compiles and is read. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { Ajv2020 } from "ajv/dist/2020.js";
import { afterAll, describe, expect, it } from "vitest";
import type * as PlanRoom from "../../src/plan/load-plan.ts";
import { checkTypes } from "../helpers/check-types.ts";
import { compileInto, compileText, LEAVES, ROOT } from "../helpers/compile-src.ts";
import { applyEdits, covers, listNamedFiles, listTableFiles } from "../helpers/doc-edits.ts";
import { makeContext } from "../plan/read-text.ts";

const CHAPTER = readFileSync(join(ROOT, "docs/adding-a-plan-key.md"), "utf8");
const edits = applyEdits(CHAPTER);
const sources = [...edits.keys()].filter((file) => file.endsWith(".ts"));

const folder = mkdtempSync(join(tmpdir(), "pleach-adding-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the chapter on adding a key of plans", () => {
  it("names files that are there, and shows what to do with those that it edits", () => {
    const named = listNamedFiles(CHAPTER);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
    const table = listTableFiles(CHAPTER, "## All files to touch");
    expect([...edits.keys()].filter((file) => !covers(table, file))).toEqual([]);
  });

  it("has an example that compiles whole, and not without each of its parts", () => {
    const roots = sources.filter((file) => file.startsWith("src/"));
    const { problems, program } = checkTypes(roots, edits, { only: sources.filter((file) => roots.includes(file)) });
    expect(problems).toEqual([]);
    const without = new Map(edits);
    without.delete("src/plan/raw.ts");
    const missed = checkTypes(roots, without, { only: ["src/plan/complete-task.ts"], before: program });
    expect(missed.problems.map(({ file }) => file)).toContain("src/plan/complete-task.ts");
  });

  it("has an example that reader and schema take and refuse alike", async () => {
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    compileInto(folder, [...LEAVES, "src/plan"]);
    for (const file of sources.filter((each) => each.startsWith("src/plan/"))) {
      writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), compileText(edits.get(file) ?? ""));
    }
    const room = (await import(pathToFileURL(join(folder, "src/plan/load-plan.js")).href)) as typeof PlanRoom;
    const schema: object = JSON.parse(edits.get("schema/plan.schema.json") ?? "{}");
    const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
    const read = (env: unknown) => {
      const plan = { goal: "g", tasks: [{ id: "a", run: "true", ...(env === undefined ? {} : { env }) }] };
      const loaded = room.parsePlan(JSON.stringify(plan), { ...makeContext(), file: "plan.json", format: "json" });
      expect(validate(plan)).toBe(loaded.plan !== null);
      return loaded;
    };
    const [, shown = ""] = /`env: (\{.*?\})`/.exec(CHAPTER) ?? [];
    expect(shown).toBe('{PORT_OFFSET: "7"}');
    expect(read({ PORT_OFFSET: "7" }).plan?.tasks).toMatchObject([{ env: { PORT_OFFSET: "7" } }]);
    expect(read(undefined).plan?.tasks[0]).not.toHaveProperty("env");
    for (const bad of [["A"], "A", { "A B": "1" }, { PLEACH_RUN: "x" }]) {
      expect(read(bad).errors[0], JSON.stringify(bad)).toMatchObject({ code: "plan.badValue" });
    }
  });
});
