/** The chapter on adding an effect: it names all files, they are there, and its example compiles, is asked for and performed. */
import { beforeAll, describe, expect, it } from "vitest";
import { type AnyStateMachine, initialTransition, transition } from "xstate";
import type { mergePerformers as MergePerformers } from "../../src/actors/perform/merge-performers.ts";
import { openTemp, runGit } from "../actors/git/temp-repository.ts";
import { expectMissed, expectNamed, plant, readChapter } from "./chapter.ts";

const chapter = readChapter("adding-an-effect.md");

describe("the chapter on adding an effect", () => {
  it("names files that are there", () => expectNamed(chapter, 10));

  it("names every file that does not compile once the types have it, and shows what to do", () => {
    expectMissed(chapter, {
      roots: ["src/cli.ts", "src/index.ts", "src/testing/simulate/index.ts", "src/testing/faults/index.ts"],
      planted: ["src/protocol/effects.ts"],
      missed: [
        "src/actors/perform/merge-performers.ts",
        "src/machines/effects.ts",
        "src/testing/faults/fake-world.ts",
        "src/testing/simulate/merge-performers.ts",
      ],
    });
  });
});

describe("its example", () => {
  let load: ReturnType<typeof plant>["load"];
  beforeAll(() => {
    ({ load } = plant(chapter, ["src/protocol", "src/machines", "src/actors", "src/plan", "src/vault", "src/setup"]));
  });

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
    expect(chapter.text).toContain("`refs/pleach/RUN/1`");
    expect(runGit(repo.root, "rev-parse", "refs/pleach/r1/1")).toBe(commit);
    expect(await keepPlace?.({ commit: "not one", number: 2 })).toBeUndefined();
  });
});
