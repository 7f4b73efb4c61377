/** Whether a worktree holds work is found out without starting what the repository names. */
import { chmodSync, existsSync, linkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeEach, expect, it } from "vitest";
import {
  findAdminDir,
  lookForWork,
  noteSetUp,
  openRepository,
  type Repository,
} from "../../../src/actors/git/index.ts";
import { prepareWorktree } from "../../../src/actors/git/worktree.ts";
import { commitAll, initRepository, runGit, writeFiles } from "./temp-repository.ts";

let root: string;
let repo: Repository;
let path: string;

beforeEach(async () => {
  root = initRepository({
    "a.txt": "one\n",
    "src/b.sh": "two\n",
    ".gitignore": "dist/\n",
    ".gitattributes": "*.f filter=trap\n",
  });
  repo = await openRepository(root);
  path = join(root, "../trees/r/t.1");
  const config = { copy: [], link: [] };
  await prepareWorktree(repo, { run: "r", task: "t", attempt: "1", base: repo.head.commit, path, config });
  writeFiles(path, { "store/x": "linked from elsewhere\n" });
  await setTimeout(20);
  await noteSetUp(repo, path);
});

const look = async (isDone = false) =>
  lookForWork(repo, { path, admin: (await findAdminDir(repo, path)) ?? "", isDone });

it("takes what is as in a commit, or as it was set up, for none", async () => {
  expect(await look()).toBeNull();
  // Written again, but the same; and moved about with the folder that it lies in.
  writeFileSync(join(path, "a.txt"), "one\n");
  writeFiles(path, { "src/c.sh": "three\n" });
  expect(await look()).toBe("it holds changes: src/c.sh");
  commitAll(path, "work");
  expect(await look()).toBeNull();
  linkSync(join(path, "store/x"), join(root, "another link"));
  expect(await look()).toBeNull();
});

it("sees what is changed, whatever a person's settings have git overlook", async () => {
  runGit(root, "config", "core.fileMode", "false");
  chmodSync(join(path, "src/b.sh"), 0o755);
  expect(await look()).toBe("it holds changes: src/b.sh");
  runGit(path, "update-index", "--assume-unchanged", "a.txt");
  writeFileSync(join(path, "a.txt"), "two\n");
  expect(await look()).toBe("it holds changes: a.txt, src/b.sh");
});

it("counts what is ignored only where nobody is known to have taken the work over", async () => {
  writeFiles(path, { "dist/report": "found\n" });
  expect(await look()).toBe("it holds changes: dist/report");
  expect(await look(true)).toBeNull();
  writeFiles(path, { report: "found\n" });
  expect(await look(true)).toBe("it holds changes: report");
});

it("runs no filter", async () => {
  const ran = join(root, "../ran");
  for (const way of ["clean", "smudge", "process"]) runGit(root, "config", `filter.trap.${way}`, `touch '${ran}'; cat`);
  writeFiles(path, { "new.f": "1\n" });
  expect(await look(true)).toBe("it holds changes: new.f");
  expect(existsSync(ran)).toBe(false);
});
