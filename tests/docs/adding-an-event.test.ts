/** The chapter on adding an event: it names all files, they are there, and its example compiles, is told and moves a machine. */
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { initialTransition, transition } from "xstate";
import type { tellEvent } from "../../src/protocol/tell-event.ts";
import { checkTypes } from "../helpers/check-types.ts";
import { compileInto, compileText, LEAVES, ROOT } from "../helpers/compile-src.ts";
import { applyEdits, covers, listNamedFiles, listTableFiles } from "../helpers/doc-edits.ts";

const CHAPTER = readFileSync(join(ROOT, "docs/adding-an-event.md"), "utf8");
const edits = applyEdits(CHAPTER);
const TYPES = ["src/protocol/events.ts", "src/protocol/mail.ts"];
const table = listTableFiles(CHAPTER, "## All files to touch");

describe("the chapter on adding an event", () => {
  it("names files that are there", () => {
    const named = listNamedFiles(CHAPTER);
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it("names every file that does not compile once the types have it, and shows what to do", () => {
    const roots = ["src/cli.ts", "src/index.ts", "src/testing/simulate/index.ts", "tests/machines/examples/index.ts"];
    const planted = new Map(TYPES.map((file) => [file, edits.get(file) ?? ""]));
    const { problems, program } = checkTypes(roots, planted);
    const missed = [...new Set(problems.map(({ file }) => file))];
    expect(missed.sort()).toEqual(["src/protocol/facts.ts", "tests/machines/examples/merge-queue.ts"]);
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
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
    compileInto(folder, [...LEAVES, "src/protocol", "src/machines", "src/plan/model.ts", "src/plan/planning.ts"]);
    for (const [file, text] of edits) {
      if (file.startsWith("src/")) writeFileSync(join(folder, file.replace(/\.ts$/, ".js")), compileText(text));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("is told as the chapter says", async () => {
    const tell = (await load("src/protocol/tell-event.js")).tellEvent as typeof tellEvent;
    const told = tell({ actor: "merge", type: "merge.hasten", data: { task: "parser" } });
    expect(told).toMatchObject({ audience: "watcher", tone: "plain" });
    expect(CHAPTER).toContain(`here \`${told?.about}: ${told?.words}\``);
  });

  it("moves the machine that takes it, and is not missed by any", async () => {
    const machine = (await load("src/machines/merge/merge-queue.js")).mergeQueueMachine as AnyStateMachine;
    expect(machine.events).toContain("merge.hasten");
    const events = [
      { type: "branch.created", commit: "h0" },
      ...["a", "b", "c", "d"].map((task) => ({ type: "merge.enqueue", task, commit: task })),
      { type: "merge.hasten", task: "c" },
    ];
    let [state] = initialTransition(machine, { base: "h0", hasGates: true, longest: 1, seed: 1 });
    for (const event of events) [state] = transition(machine, state, { ...event, at: 1 });
    const { batch, queue } = (state as AnyMachineSnapshot).context;
    expect([batch, queue].map((items: { task: string }[]) => items.map(({ task }) => task))).toEqual([
      ["a"],
      ["c", "b", "d"],
    ]);
  });

  it("is told by a task whose work a person took", async () => {
    const machine = (await load("src/machines/task/task.js")).taskMachine as AnyStateMachine;
    const input = { id: "t", stream: "s", agent: null, isolation: "worktree", gates: [], attempt: "1", base: "h0" };
    const [begun] = initialTransition(machine, { ...input, retries: 0, onConflict: "ask", seed: 1 });
    const tellsOf = (isAccepted: boolean): unknown[] => {
      const state = machine.resolveState({
        value: "committing",
        context: { ...begun.context, isAccepted, workspace: { path: "w", branch: "b", port: 0 } },
      });
      const [, effects] = transition(machine, state, {
        ...{ type: "work.committed", at: 1, commit: "c1" },
        ...{ files: ["f"], removesMerged: [] },
      });
      return effects.flatMap(({ params }) => (params as { event?: { type: string } } | undefined)?.event?.type ?? []);
    };
    expect(tellsOf(true)).toContain("merge.hasten");
    expect(tellsOf(false)).not.toContain("merge.hasten");
  });
});
