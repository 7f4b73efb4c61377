/** What goes by itself where a disk is all but full: what takes room, of runs that are over, and holds nothing. */
import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { noteSetUp, openRepository } from "../../../src/actors/git/index.ts";
import { prepareWorktree } from "../../../src/actors/git/worktree.ts";
import { removeLeft } from "../../../src/cli/leftovers/remove-left.ts";
import { findPlace } from "../../../src/cli/place.ts";
import { commitAll, initRepository, runGit, writeFiles } from "../../actors/git/temp-repository.ts";

const LOGS = fileURLToPath(new URL("../../fixtures/logs", import.meta.url));
const OVER = "v1-plan-run";

it("takes worktrees whose work is on a branch; what is nowhere else, branches, logs and a run that can be gone on with stay", async () => {
  const root = initRepository();
  const repo = await openRepository(root);
  cpSync(join(LOGS, OVER, "log"), join(root, ".ce-workspace", OVER, "log"), { recursive: true });
  // Of a run that was cut off, its log says nothing of an end.
  const open = "cut-off";
  writeFiles(join(root, ".ce-workspace", open), { "log/1.jsonl": "" });
  const make = async (run: string, name: string): Promise<string> => {
    const [task = "", attempt = ""] = name.split(".");
    const path = join(`${root}.worktrees`, run, name);
    await prepareWorktree(repo, { run, task, attempt, base: repo.head.commit, path, config: { copy: [], link: [] } });
    await noteSetUp(repo, path);
    return path;
  };
  const empty = await make(OVER, "empty.1");
  const dirty = await make(OVER, "dirty.1");
  const ahead = await make(OVER, "ahead.1");
  const going = await make(open, "going.1");
  writeFiles(dirty, { "new.txt": "work\n" });
  writeFiles(ahead, { "new.txt": "work\n" });
  const tip = commitAll(ahead, "work");
  const gone = await removeLeft(await findPlace(root));
  expect(gone).toEqual([`worktree ${ahead}`, `worktree ${empty}`]);
  expect([empty, dirty, ahead, going].map((path) => existsSync(path))).toEqual([false, true, false, true]);
  // The commit stays where it is.
  expect(runGit(root, "rev-parse", `pleach-tasks/${OVER}/ahead/1`)).toBe(tip);
  expect(existsSync(join(root, ".ce-workspace", OVER, "log"))).toBe(true);
  expect(await removeLeft(await findPlace(root))).toEqual([]);
});
