import fc from "fast-check";
import { expect, it } from "vitest";
import { workerEnvironment } from "../../../src/actors/process/environment.ts";
import { databaseOf, slugOf } from "../../../src/actors/process/worktree-names.ts";

const named = fc.record({ project: fc.string(), repo: fc.string(), run: fc.string(), worktree: fc.string() });

it("gives each worktree a name that containers and databases take, and no two the same", () => {
  fc.assert(
    fc.property(named, named, (one, other) => {
      expect(slugOf(one)).toMatch(/^[a-z][a-z0-9]*(?:-[a-z0-9]+)+$/);
      expect(databaseOf(one)).toMatch(/^[a-z][a-z0-9_]+$/);
      expect(slugOf(one).length).toBeLessThanOrEqual(50);
      expect(slugOf(one)).toBe(slugOf({ ...one }));
      const isSame = one.repo === other.repo && one.run === other.run && one.worktree === other.worktree;
      if (!isSame) expect(slugOf({ ...other, project: one.project })).not.toBe(slugOf(one));
    }),
  );
});

it("tells whoever works in a worktree its names, and lets a name of the person's own for containers win", () => {
  const worktree = { project: "My App", repo: "r", run: "20261201", worktree: "@tree-1" };
  const worker = { run: "20261201", task: "t", stream: "s", worktree };
  const env = workerEnvironment({ parent: {}, worker });
  expect(env.PLEACH_SLUG).toMatch(/^my-app-20261201-tree-1-[0-9a-f]{6}$/);
  expect(env.COMPOSE_PROJECT_NAME).toBe(env.PLEACH_SLUG);
  expect(env.PLEACH_DATABASE).toBe(env.PLEACH_SLUG?.replaceAll("-", "_"));
  const set = { COMPOSE_PROJECT_NAME: "mine" };
  expect(workerEnvironment({ parent: {}, worker, set }).COMPOSE_PROJECT_NAME).toBe("mine");
  expect(workerEnvironment({ parent: set, worker, pass: Object.keys(set) }).COMPOSE_PROJECT_NAME).toBe("mine");
  const { worktree: _, ...outside } = worker;
  expect(Object.keys(workerEnvironment({ parent: {}, worker: outside }))).not.toContain("COMPOSE_PROJECT_NAME");
});
