/** What every store of verdicts must do (VERDICT-1 to 4 of the port). */
import { beforeEach, describe, expect, it } from "vitest";
import type { Verdict, VerdictKey, VerdictStore } from "../../../src/actors/gates/verdict-store.ts";

export const KEY: VerdictKey = {
  tree: "1f7a7a472abf3dd9643fd615f6da379c4acb3e3a",
  command: "npm test",
  folder: "",
  variables: { PATH: "/usr/bin", TZ: "UTC" },
  setup: "s1",
  platform: "linux x64",
};

export const passed = (at: number, stage: Verdict["stage"] = "merge"): Verdict => ({
  status: "passed",
  summary: "215 tests passed",
  at,
  run: "r1",
  stage,
});

/** Runs the suite on stores that `open` makes, empty each time. */
export function describeVerdicts(name: string, open: () => VerdictStore): void {
  describe(`${name} keep the promises of a store`, () => {
    let store: VerdictStore;
    beforeEach(() => {
      store = open();
    });

    it("finds what was kept, under an equal key whose variables come in another order", async () => {
      expect(await store.find(KEY, "merge")).toBeNull();
      await store.keep(KEY, passed(1));
      expect(await store.find({ ...KEY, variables: { TZ: "UTC", PATH: "/usr/bin" } }, "merge")).toEqual(passed(1));
    });

    const others: [keyof VerdictKey, VerdictKey][] = [
      ["tree", { ...KEY, tree: "4b825dc642cb6eb9a060e54bf8d69288fbee4904" }],
      ["command", { ...KEY, command: "npm test -- --all" }],
      ["folder", { ...KEY, folder: "packages/a" }],
      ["variables", { ...KEY, variables: { ...KEY.variables, TZ: "CET" } }],
      ["variables", { ...KEY, variables: { PATH: "/usr/bin" } }],
      ["setup", { ...KEY, setup: "s2" }],
      ["platform", { ...KEY, platform: "darwin arm64" }],
    ];
    it.each(others)("finds nothing where the %s is another", async (_part, key) => {
      await store.keep(KEY, passed(1));
      expect(await store.find(key, "merge")).toBeNull();
    });

    it("does not take parts of one member for another", async () => {
      await store.keep({ ...KEY, command: "a", folder: "b" }, passed(1));
      expect(await store.find({ ...KEY, command: "ab", folder: "" }, "merge")).toBeNull();
    });

    it("never lets a task's own verdict stand in for one on commits, nor take its place", async () => {
      await store.keep(KEY, passed(1, "task"));
      expect(await store.find(KEY, "merge")).toBeNull();
      expect(await store.find(KEY, "ship")).toBeNull();
      expect(await store.find(KEY, "task")).toEqual(passed(1, "task"));
      await store.keep(KEY, { ...passed(2), status: "failed" });
      await store.keep(KEY, passed(3, "task"));
      expect(await store.find(KEY, "ship")).toEqual({ ...passed(2), status: "failed" });
    });

    it("lets verdicts on commits stand in for each other and for a task's, the newest first", async () => {
      await store.keep(KEY, passed(1, "task"));
      await store.keep(KEY, passed(2, "merge"));
      expect(await store.find(KEY, "task")).toEqual(passed(2, "merge"));
      await store.keep(KEY, { ...passed(3, "ship"), status: "failed" });
      for (const stage of ["task", "merge", "ship"] as const) {
        expect(await store.find(KEY, stage)).toEqual({ ...passed(3, "ship"), status: "failed" });
      }
    });

    it("takes what is kept at the same time, each whole", async () => {
      const keys = Array.from({ length: 20 }, (_, index) => ({ ...KEY, tree: `tree ${index}` }));
      await Promise.all(keys.flatMap((key, index) => [store.keep(key, passed(index)), store.keep(key, passed(index))]));
      const found = await Promise.all(keys.map((key) => store.find(key, "ship")));
      expect(found.map((verdict) => verdict?.at)).toEqual(keys.map((_, index) => index));
    });
  });
}
