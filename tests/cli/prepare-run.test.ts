/** What keeps a run from being begun, before anything of it is on the disk. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { findPlace } from "../../src/cli/place.ts";
import { prepareRun } from "../../src/cli/prepare-run.ts";
import { initRepository, runGit } from "../actors/git/temp-repository.ts";
import { readValid } from "../plan/read-text.ts";

it.each([
  ["pleach", "pleach/r1"],
  ["pleach/r1/mine", "pleach/r1"],
  ["pleach-tasks", "pleach-tasks/r1/any/1"],
  ["pleach-tasks/r1", "pleach-tasks/r1/any/1"],
])("names the branch %s that is in the way of the run's branches", async (taken, wanted) => {
  const root = initRepository();
  const plan = readValid('{goal: g, tasks: [{id: t, run: "true"}]}', "yaml");
  const begin = async () => prepareRun(await findPlace(root), plan, { runId: "r1", predictions: [] });
  runGit(root, "branch", taken);
  await expect(begin()).rejects.toMatchObject({
    code: "git.nameTaken",
    message: `the branch ${taken} leaves no place for a branch ${wanted}`,
    hint: expect.stringContaining(`git branch -m ${taken} `),
  });
  expect(existsSync(join(root, ".ce-workspace"))).toBe(false);
  runGit(root, "branch", "-m", taken, "renamed");
  await expect(begin()).resolves.toMatchObject({ run: "r1" });
});
