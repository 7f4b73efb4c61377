/** The chapter on adding a kind of pattern: it names all files, and its example is learned from runs and found again. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Vault from "../../src/vault/index.ts";
import type { PatternKind } from "../../src/vault/patterns/kinds.ts";
import { checkTypes } from "../helpers/check-types.ts";
import { compileInto, compileText, LEAVES, ROOT } from "../helpers/compile-src.ts";
import { applyEdits, covers, listNamedFiles, listTableFiles } from "../helpers/doc-edits.ts";
import { makeFacts, makeTask } from "../vault/temp-vault.ts";

const CHAPTER = readFileSync(join(ROOT, "docs/adding-a-pattern-kind.md"), "utf8");
const KINDS = "src/vault/patterns/kinds.ts";
const edits = applyEdits(CHAPTER);
const planted = [...edits.keys()];

describe("the chapter on adding a kind of pattern", () => {
  it("names files that are there", () => {
    const named = listNamedFiles(CHAPTER);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("names every file that does not compile once a kind is added, and shows what to do", () => {
    const table = listTableFiles(CHAPTER, "## All files to touch");
    const roots = ["src/vault/open-vault.ts", "src/vault/index.ts", "src/vault/library/worker.ts"];
    const { problems, program } = checkTypes(roots, new Map([[KINDS, edits.get(KINDS) ?? ""]]));
    expect([...new Set(problems.map(({ file }) => file))]).toEqual(["src/vault/learn/observe/observe.ts"]);
    expect(planted).toContain("src/vault/learn/observe/observe.ts");
    for (const file of planted) expect(covers(table, file), file).toBe(true);
    const only = planted.filter((file) => file.endsWith(".ts"));
    expect(checkTypes(roots, edits, { only, before: program }).problems).toEqual([]);
  });
});

describe("its example", () => {
  const folder = mkdtempSync(join(tmpdir(), "pleach-adding-"));
  const load = async (file: string) => await import(pathToFileURL(join(folder, file)).href);
  let vault: typeof Vault;
  let kind: PatternKind;
  beforeAll(async () => {
    for (const name of ["node_modules", "vault-template"]) symlinkSync(join(ROOT, name), join(folder, name));
    writeFileSync(join(folder, "package.json"), '{"name": "pleach", "type": "module"}');
    compileInto(folder, [...LEAVES, "src/vault"]);
    for (const file of planted.filter((each) => each.endsWith(".ts"))) {
      writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), compileText(edits.get(file) ?? ""));
    }
    vault = await load("src/vault/index.js");
    kind = (await load("src/vault/patterns/kinds.js")).kindOf("long-queue");
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const waiting = (id: string, queuedMs: number, stream = "builders") =>
    makeTask({ id, title: id, stream, failures: [], files: [], fixedBy: null, workMs: 90_000, queuedMs });
  const run = (started: number) =>
    makeFacts({ tasks: [waiting("a", 91_000), waiting("b", 200_000), waiting("c", 90_000, "writers")] }, started);

  it("is learned from runs, one note for each stream, and listed in their notes", async () => {
    const dir = join(folder, "learned");
    const first = await vault.learnFromRun(dir, run(0));
    expect(first.created).toEqual([expect.stringMatching(/-long-queue-tasks-of-stream-builders/)]);
    const second = await vault.learnFromRun(dir, run(60));
    expect(second).toMatchObject({ created: [], updated: first.created });
    const note = readFileSync(join(dir, first.created[0] ?? ""), "utf8");
    expect(note).toContain("kind/long-queue\n");
    expect(note).toContain("support: 4\n");
    expect(readFileSync(join(dir, first.runNote), "utf8")).toMatch(/^### Overruns\n\n- \[\[[^\]]*-long-queue-/m);
  });

  it("is not learned of one task, of a moment, or again from the same run", async () => {
    const dir = join(folder, "not-learned");
    const few = makeFacts({ tasks: [waiting("a", 91_000), waiting("b", 90_000)] });
    expect((await vault.learnFromRun(dir, few)).created).toEqual([]);
    await vault.learnFromRun(dir, run(60));
    expect((await vault.learnFromRun(dir, run(60))).updated).toEqual([]);
    const notes = readdirSync(join(dir, "patterns")).filter((name) => name.includes("long-queue"));
    expect(notes).toHaveLength(1);
  });

  it("is found again by those that it is for, with its advice", async () => {
    const dir = join(folder, "asked");
    await vault.learnFromRun(dir, run(0));
    const library = vault.openPatternLibrary([dir]);
    await library.refresh();
    const task = { id: "t", title: "Cut the tasks", instruction: "", stream: "builders", scope: [], gates: [] };
    const [found, ...more] = library.find({ ...task, reader: "planner" }, 5);
    expect(found).toMatchObject({ kind: "long-queue", advice: kind.usualAdvice, why: ["what tasks take"] });
    expect(more).toEqual([]);
    expect(library.find({ ...task, reader: "builder" }, 5)).toEqual([]);
  });

  it("is documented as it is", () => {
    expect(edits.get("docs/vault.md")).toContain(`\n| \`long-queue\` | ${kind.says} | you, planners | no |\n`);
    expect(kind).toMatchObject({ readers: ["person", "planner"], predicted: false });
  });
});
