/** Settings of a person by which git looks less closely, or elsewhere: none may make work vanish. */
import {
  appendFileSync,
  chmodSync,
  lstatSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { openRepository, type Repository, shipBranch } from "../../../src/actors/git/index.ts";
import { pooledWorktrees } from "../../../src/actors/git/worktree-pool.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, initRepository, makeFolder, runGit, writeFiles } from "./temp-repository.ts";

const FILES = {
  "same-size.txt": "one\n",
  "same-time.txt": "one\n",
  "tool.sh": "#!/bin/sh\n",
  "gone.txt": "g\n",
  "moved.txt": "m\n",
  "dir/deep.txt": "d\n",
  "UPPER.txt": "u\n",
  "linked.txt": "l\n",
};

/** What a worker may do to files; each of it has to be in the commit. */
function work(path: string): void {
  writeFileSync(join(path, "same-size.txt"), "two\n");
  const { atime, mtime } = statSync(join(path, "same-time.txt"));
  writeFileSync(join(path, "same-time.txt"), "two\n");
  utimesSync(join(path, "same-time.txt"), atime, mtime);
  chmodSync(join(path, "tool.sh"), 0o755);
  rmSync(join(path, "gone.txt"));
  renameSync(join(path, "moved.txt"), join(path, "moved-to.txt"));
  rmSync(join(path, "link"));
  writeFileSync(join(path, "link"), "no link any more\n");
  rmSync(join(path, "linked.txt"));
  symlinkSync("same-size.txt", join(path, "linked.txt"));
  writeFiles(path, {
    "dir/deep.txt": "e\n",
    "upper.txt": "another file\n",
    "new/ünï.txt": "n\n",
    "nfd/u\u0308.txt": "n\n",
  });
}

function makeRepository(): string {
  const root = initRepository(FILES);
  symlinkSync("gone.txt", join(root, "link"));
  commitAll(root, "link");
  return root;
}

/** The tree that the work makes where nobody set anything. */
async function treeOf(repo: Repository, task: string, through?: string): Promise<{ tree: string; files: string[] }> {
  const made = await startAttempt(repo, task);
  work(made.path);
  if (through !== undefined) runGit(made.path, ...through.split(" "));
  const { tree, files } = expectCommitted(await finishAttempt(repo, made));
  return { tree, files };
}

const SETTINGS: Record<string, string>[] = [
  { "core.ignoreStat": "true" },
  { "core.trustctime": "false" },
  { "core.checkStat": "minimal" },
  { "core.trustctime": "false", "core.checkStat": "minimal", "core.ignoreStat": "true" },
  { "core.ignoreCase": "true" },
  { "core.fileMode": "false" },
  { "core.symlinks": "false" },
  { "core.precomposeUnicode": "true" },
  { "core.untrackedCache": "true" },
  { "core.splitIndex": "true" },
  { "core.fsmonitor": "/bin/false" },
  { "core.preloadIndex": "false" },
  { "index.skipHash": "true" },
  { "index.version": "4" },
  { "index.sparse": "true" },
  { "feature.manyFiles": "true", "feature.experimental": "true" },
  { "status.showUntrackedFiles": "no", "status.relativePaths": "false" },
  { "diff.ignoreSubmodules": "all", "diff.renames": "copies", "diff.noprefix": "true", "diff.orderFile": "/nowhere" },
  { "core.bigFileThreshold": "1" },
  { "core.autocrlf": "true", "core.safecrlf": "true" },
  { "core.quotePath": "true", "core.attributesFile": "/nowhere", "core.excludesFile": "/nowhere" },
  { "core.worktree": "/nowhere-at-all" },
  { "submodule.recurse": "true", "submodule.active": "." },
  { "sparse.expectFilesOutsideOfPatterns": "true" },
];

describe("work in a worktree is taken exactly", () => {
  it.each(SETTINGS.map((settings) => [Object.keys(settings).join(", "), settings] as const))(
    "whatever a person set: %s",
    async (_, settings) => {
      const root = makeRepository();
      const repo = await openRepository(root);
      const plain = await treeOf(repo, "plain");
      const config = join(makeFolder(), "config");
      for (const [key, value] of Object.entries(settings)) runGit(root, "config", "--file", config, key, value);
      process.env.GIT_CONFIG_GLOBAL = config;
      // The repository's own settings of these go before those of a person.
      for (const key of Object.keys(settings)) {
        try {
          runGit(root, "config", "--local", "--unset-all", key);
        } catch {
          // It has none of its own.
        }
      }
      expect(await treeOf(repo, "set")).toEqual(plain);
    },
  );
  afterEach(() => {
    process.env.GIT_CONFIG_GLOBAL = "/dev/null";
  });

  it.each(["--assume-unchanged", "--skip-worktree"])(
    "though a worker told its index to look away: %s",
    async (flag) => {
      const repo = await openRepository(makeRepository());
      const plain = await treeOf(repo, "plain");
      const away = `update-index ${flag} same-size.txt same-time.txt tool.sh dir/deep.txt`;
      expect(await treeOf(repo, "away", away)).toEqual(plain);
    },
  );

  it.each(["--assume-unchanged", "--skip-worktree"])("though the checkout's index looks away: %s", async (flag) => {
    const root = makeRepository();
    const repo = await openRepository(root);
    const plain = await treeOf(repo, "plain");
    runGit(root, "update-index", flag, "same-size.txt", "same-time.txt", "tool.sh", "dir/deep.txt");
    expect(await treeOf(repo, "away")).toEqual(plain);
  });

  it("in a sparse checkout, also outside of what is checked out", async () => {
    const root = initRepository({ "in/a.txt": "a", "out/b.txt": "b", "out/c.txt": "c" });
    runGit(root, "sparse-checkout", "set", "--cone", "in");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "out/b.txt": "changed", "out/new.txt": "n", "other/x.txt": "x", "in/a.txt": "changed" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["in/a.txt", "other/x.txt", "out/b.txt", "out/new.txt"]);
  });

  it("in a worktree of a pool that is used again", async () => {
    const root = makeRepository();
    runGit(root, "config", "core.ignoreStat", "true");
    runGit(root, "config", "core.fileMode", "false");
    const repo = await openRepository(root);
    const pool = pooledWorktrees(repo, { folder: join(root, ".ce-workspace/pool"), config: { copy: [], link: [] } });
    const base = repo.head.commit;
    const first = await pool.acquire({ run: "r1", task: "one", attempt: "1", base });
    work(first.path);
    await pool.release(first, "superseded");
    const second = await pool.acquire({ run: "r1", task: "two", attempt: "1", base });
    expect(second.path).toBe(first.path);
    expect(lstatSync(join(second.path, "tool.sh")).mode & 0o100).toBe(0);
    expect(runGit(second.path, "-c", "core.fileMode=true", "diff", "--stat", base)).toBe("");
  });

  it("through a filter of a person's that fails, or not at all", async () => {
    const root = makeRepository();
    const repo = await openRepository(root);
    const attributes = join(makeFolder(), "attributes");
    writeFileSync(attributes, "*.txt filter=broken\n");
    runGit(root, "config", "core.attributesFile", attributes);
    runGit(root, "config", "filter.broken.clean", "exit 1");
    runGit(root, "config", "filter.broken.smudge", "cat");
    runGit(root, "config", "filter.broken.required", "true");
    const made = await startAttempt(repo, "t1");
    work(made.path);
    await expect(finishAttempt(repo, made)).rejects.toMatchObject({ code: "git.failed" });
  });
});

describe("shipping overwrites nothing that a person changed", () => {
  it.each(["core.ignoreStat", "--assume-unchanged", "--skip-worktree"])("though it is hidden by %s", async (hidden) => {
    const root = initRepository({ "a.txt": "a\n", "b.txt": "b\n" });
    if (hidden.startsWith("core.")) {
      runGit(root, "config", hidden, "true");
      rmSync(join(root, ".git/index"));
      runGit(root, "reset", "-q", "--hard");
    } else runGit(root, "update-index", hidden, "a.txt");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "by the task\n" });
    const done = expectCommitted(await finishAttempt(repo, made));
    runGit(root, "branch", "pleach/r1", done.commit);
    appendFileSync(join(root, "a.txt"), "by the person\n");
    await expect(shipBranch(repo, { run: "r1" })).rejects.toMatchObject({ code: "git.dirtyOverlap" });
    expect(runGit(root, "cat-file", "-p", "HEAD:a.txt")).toBe("a");
    expect(statSync(join(root, "a.txt")).size).toBe("a\nby the person\n".length);
  });
});
