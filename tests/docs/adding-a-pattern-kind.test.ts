/** The chapter on adding a kind of pattern: it names all files, and its example is learned from runs and found again. */
import { readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type * as Vault from "../../src/vault/index.ts";
import type { PatternKind } from "../../src/vault/patterns/kinds.ts";
import { ROOT } from "../helpers/compile-src.ts";
import { makeFacts, makeTask } from "../vault/temp-vault.ts";
import { expectMissed, expectNamed, plant, readChapter } from "./chapter.ts";

const chapter = readChapter("adding-a-pattern-kind.md");

describe("the chapter on adding a kind of pattern", () => {
  it("names files that are there", () => expectNamed(chapter, 5));

  it("names every file that does not compile once a kind is added, and shows what to do", () => {
    expectMissed(chapter, {
      roots: ["src/vault/open-vault.ts", "src/vault/index.ts", "src/vault/library/worker.ts"],
      planted: ["src/vault/patterns/kinds.ts"],
      missed: ["src/vault/learn/observe/observe.ts"],
    });
  });
});

describe("its example", () => {
  let folder: string;
  let vault: typeof Vault;
  let kind: PatternKind;
  beforeAll(async () => {
    const planted = plant(chapter, ["src/vault"]);
    folder = planted.folder;
    symlinkSync(join(ROOT, "vault-template"), join(folder, "vault-template"));
    vault = await planted.load("src/vault/index.js");
    kind = (await planted.load("src/vault/patterns/kinds.js")).kindOf("long-queue");
  });

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
    expect(chapter.edits.get("docs/vault.md")).toContain(`\n| \`long-queue\` | ${kind.says} | you, planners | no |\n`);
    expect(kind).toMatchObject({ readers: ["person", "planner"], predicted: false });
  });
});
