/** The chapter on adding an event: it names all files, they are there, and its example compiles, is told and moves a machine. */
import { beforeAll, describe, expect, it } from "vitest";
import type { AnyMachineSnapshot, AnyStateMachine } from "xstate";
import { initialTransition, transition } from "xstate";
import type { tellEvent } from "../../src/protocol/tell-event.ts";
import { expectMissed, expectNamed, plant, readChapter } from "./chapter.ts";

const chapter = readChapter("adding-an-event.md");

describe("the chapter on adding an event", () => {
  it("names files that are there", () => expectNamed(chapter, 10));

  it("names every file that does not compile once the types have it, and shows what to do", () => {
    expectMissed(chapter, {
      roots: ["src/cli.ts", "src/index.ts", "src/testing/simulate/index.ts", "tests/machines/examples/index.ts"],
      planted: ["src/protocol/events.ts", "src/protocol/mail.ts"],
      missed: ["src/protocol/facts.ts", "tests/machines/examples/merge-queue.ts"],
    });
  });
});

describe("its example", () => {
  let load: ReturnType<typeof plant>["load"];
  beforeAll(() => {
    ({ load } = plant(chapter, ["src/protocol", "src/machines", "src/plan/model.ts", "src/plan/planning.ts"]));
  });

  it("is told as the chapter says", async () => {
    const tell = (await load("src/protocol/tell-event.js")).tellEvent as typeof tellEvent;
    const told = tell({ actor: "merge", type: "merge.hasten", data: { task: "parser" } });
    expect(told).toMatchObject({ audience: "watcher", tone: "plain" });
    expect(chapter.text).toContain(`here \`${told?.about}: ${told?.words}\``);
  });

  it("moves the machine that takes it, and is not missed by any", async () => {
    const machine = (await load("src/machines/merge/merge-queue.js")).mergeQueueMachine as AnyStateMachine;
    expect(machine.events).toContain("merge.hasten");
    const events = [
      { type: "branch.created", commit: "h0" },
      { type: "base.gated", results: [] },
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
