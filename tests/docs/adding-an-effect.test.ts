/** The chapter on adding an effect: it names all files, they are there, and its example compiles, is asked for and performed. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AnyStateMachine, initialTransition, transition } from "xstate";
import type { mergePerformers as MergePerformers } from "../../src/actors/perform/merge-performers.ts";
import { openTemp, runGit } from "../actors/git/temp-repository.ts";
import { checkTypes } from "../helpers/check-types.ts";
import { compileLibrary, compileText, ROOT } from "../helpers/compile-src.ts";
import { applyEdits, covers, listNamedFiles, listTableFiles } from "../helpers/doc-edits.ts";

const CHAPTER = readFileSync(join(ROOT, "docs/adding-an-effect.md"), "utf8");
const TYPES = "src/protocol/effects.ts";
const edits = applyEdits(CHAPTER);
const table = listTableFiles(CHAPTER, "## All files to touch");

describe("the chapter on adding an effect", () => {
  it("names files that are there", () => {
    const named = listNamedFiles(CHAPTER);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("names every file that does not compile once the types have it, and shows what to do", () => {
    const roots = ["src/cli.ts", "src/index.ts", "src/testing/simulate/index.ts"];
    const { problems, program } = checkTypes(roots, new Map([[TYPES, edits.get(TYPES) ?? ""]]));
    const missed = [...new Set(problems.map(({ file }) => file))].sort();
    expect(missed).toEqual([
      "src/actors/perform/merge-performers.ts",
      "src/machines/effects.ts",
      "src/testing/simulate/merge-performers.ts",
    ]);
    for (const file of [...missed, ...edits.keys()]) {
      expect(edits.has(file), file).toBe(true);
      expect(covers(table, file), file).toBe(true);
    }
    expect(checkTypes(roots, edits, { only: [...edits.keys()], before: program }).problems).toEqual([]);
  });
});

describe("its example", () => {
  const folder = mkdtempSync(join(tmpdir(), "pleach-adding-"));
  const load = async (file: string) => await import(pathToFileURL(join(folder, file)).href);
  beforeAll(() => {
    compileLibrary(folder, ["src/plan", "src/vault"]);
    if (!existsSync(join(folder, "node_modules")))
      symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const [file, text] of edits) {
      if (existsSync(join(folder, file.replace(/\.ts$/, ".js")))) {
        writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), compileText(text));
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is asked for when the branch has moved, and when it has not, not", async () => {
    const machine = (await load("src/machines/merge/merge-queue.js")).mergeQueueMachine as AnyStateMachine;
    const events = [
      { type: "branch.created", commit: "h0" },
      { type: "merge.enqueue", task: "a", commit: "a" },
      { type: "chain.built", links: [{ task: "a", commit: "h1" }], conflicts: [] },
      { type: "branch.advanced", from: "h0", to: "h1" },
    ];
    let [state] = initialTransition(machine, { base: "h0", hasGates: false, longest: 1, seed: 1 });
    const asked: unknown[] = [];
    for (const event of events) {
      const [next, effects] = transition(machine, state, { ...event, at: 1 });
      state = next;
      for (const { type, params } of effects) if (String(type) === "keepPlace") asked.push([event.type, params]);
    }
    expect(asked).toEqual([["branch.advanced", { commit: "h1", number: 1 }]]);
  });

  it("is performed, twice without harm, and fails nobody", async () => {
    const repo = await openTemp();
    const make = (await load("src/actors/perform/merge-performers.js")).mergePerformers as typeof MergePerformers;
    const context = { repo, manifest: { run: "r1" } } as unknown as Parameters<typeof MergePerformers>[0];
    const { keepPlace } = make(context) as unknown as Record<
      string,
      (params: { commit: string; number: number }) => Promise<undefined>
    >;
    const { commit } = repo.head;
    for (const _time of ["first", "again"]) expect(await keepPlace?.({ commit, number: 1 })).toBeUndefined();
    expect(CHAPTER).toContain("`refs/pleach/RUN/1`");
    expect(runGit(repo.root, "rev-parse", "refs/pleach/r1/1")).toBe(commit);
    expect(await keepPlace?.({ commit: "not one", number: 2 })).toBeUndefined();
  });
});
