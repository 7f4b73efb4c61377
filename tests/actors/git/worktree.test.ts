import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRepository, prepareGateWorktree, readBranch, removeWorktree } from "../../../src/actors/git/index.ts";
import { prepareWorktree } from "../../../src/actors/git/worktree.ts";
import { expectCommitted, finishAttempt, plain, startAttempt } from "./attempt.ts";
import { commitAll, initRepository, listFiles, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("prepareWorktree", () => {
  it("makes a clean checkout of the base on the attempt's own branch", async () => {
    const repo = await openTemp({ "a.txt": "a", "dir/ünï.txt": "u", "new\nline": "n" });
    const made = await startAttempt(repo, "t1");
    expect(made).toMatchObject({ branch: "pleach-tasks/r1/t1/1", notes: [], saved: null });
    expect(runGit(made.path, "symbolic-ref", "HEAD")).toBe("refs/heads/pleach-tasks/r1/t1/1");
    expect(runGit(made.path, "status", "--porcelain")).toBe("");
    expect(readFileSync(join(made.path, "new\nline"), "utf8")).toBe("n");
  });

  it("works on its branch also where a tag has the same name", async () => {
    const repo = await openTemp();
    const base = commitAll(repo.root, "later");
    runGit(repo.root, "tag", "pleach-tasks/r1/t1/1", repo.head.commit);
    const made = await startAttempt(repo, "t1", { base });
    expect(runGit(made.path, "symbolic-ref", "HEAD")).toBe("refs/heads/pleach-tasks/r1/t1/1");
    expect(runGit(made.path, "rev-parse", "HEAD")).toBe(base);
  });

  it("works from a detached HEAD and beside a submodule, which stays uninitialised", async () => {
    const inner = initRepository({ "inner.txt": "i" });
    const root = initRepository();
    runGit(root, "submodule", "add", "-q", inner, "sub");
    commitAll(root, "with submodule");
    runGit(root, "checkout", "-q", "--detach");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    expect(existsSync(join(made.path, "sub", "inner.txt"))).toBe(false);
    writeFiles(made.path, { "b.txt": "b" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["b.txt"]);
    expect(runGit(root, "ls-tree", done.commit, "sub")).toContain("160000 commit");
  });

  it("is locked from the beginning: another worker neither removes, moves nor prunes it by mistake", async () => {
    const repo = await openTemp();
    const [victim, other] = [await startAttempt(repo, "t1"), await startAttempt(repo, "t2")];
    writeFiles(victim.path, { "work.txt": "not committed" });
    const attempts = [
      ["remove", "--force", victim.path],
      ["move", victim.path, `${victim.path}-away`],
    ];
    for (const args of attempts) {
      expect(() => runGit(other.path, "worktree", ...args)).toThrow(
        "lock reason: pleach: r1-t1-1 of run worktrees works here",
      );
    }
    rmSync(other.path, { recursive: true });
    runGit(repo.root, "worktree", "prune", "--expire", "now");
    expect(readFileSync(join(victim.path, "work.txt"), "utf8")).toBe("not committed");
    expect(runGit(repo.root, "worktree", "list")).toContain("r1-t2-1");
    // Ours go on: made anew, and taken away.
    expect((await startAttempt(repo, "t2")).saved).toBeNull();
    expect(await removeWorktree(repo, { path: other.path, branch: other.branch }, "kept")).toMatchObject({
      kind: "removed",
    });
    expect(await removeWorktree(repo, victim, "superseded")).toMatchObject({ saved: `${victim.branch}-saved` });
  });

  it("copies and links from the checkout, and says what it left out", async () => {
    const repo = await openTemp({ "a.txt": "a", "taken/x": "tracked" });
    writeFiles(repo.root, { ".env": "SECRET=1", "node_modules/p/index.js": "p", "conf/deep/local.json": "{}" });
    const outside = makeFolder();
    symlinkSync(outside, join(repo.root, "escape"));
    const config = { copy: [".env", "conf/deep/local.json", "missing", "escape"], link: ["node_modules/", "taken"] };
    const made = await startAttempt(repo, "t1", { config });
    expect(readFileSync(join(made.path, ".env"), "utf8")).toBe("SECRET=1");
    expect(readFileSync(join(made.path, "conf/deep/local.json"), "utf8")).toBe("{}");
    expect(lstatSync(join(made.path, "node_modules")).isSymbolicLink()).toBe(true);
    expect(lstatSync(join(made.path, "taken")).isDirectory()).toBe(true);
    expect(made.notes).toEqual([
      expect.stringContaining("not copied: missing"),
      expect.stringContaining("not copied: escape"),
      expect.stringContaining("not linked: taken"),
    ]);
    writeFileSync(join(made.path, ".env"), "SECRET=2");
    expect(await finishAttempt(repo, made)).toEqual({ kind: "empty" });
  });

  it("copies nothing through a symlink that the base holds in its way", async () => {
    const outside = makeFolder();
    const root = initRepository({ "a.txt": "a" });
    symlinkSync(outside, join(root, "way"));
    commitAll(root, "link");
    rmSync(join(root, "way"));
    writeFiles(root, { "way/file": "x" });
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1", { config: { copy: ["way/file"], link: [] } });
    expect(made.notes).toHaveLength(1);
    expect(existsSync(join(outside, "file"))).toBe(false);
  });

  it("refuses configured paths outside the repository and ids that are no ref names", async () => {
    const repo = await openTemp();
    for (const path of ["../x", "/etc/passwd", ".", "", ".git/config", "a/../.."]) {
      const config = { copy: [path], link: [] };
      await expect(startAttempt(repo, "t1", { config })).rejects.toMatchObject({ code: "git.outsideRoot" });
    }
    for (const task of ["--help", "a/b", "a..b", "a b", "x.lock", "@{1}", "-d", ".hid", "a:b", "a\nb", ""]) {
      await expect(startAttempt(repo, task)).rejects.toMatchObject({ code: "git.badName" });
    }
    await expect(startAttempt(repo, "t1", { attempt: "1-saved" })).rejects.toMatchObject({ code: "git.badName" });
  });

  it("refuses a folder that holds something git does not know", async () => {
    const repo = await openTemp();
    const path = join(makeFolder(), "mine");
    writeFiles(path, { "precious.txt": "p" });
    const request = { run: "r1", task: "t1", attempt: "1", base: repo.head.commit, path, config: plain };
    await expect(prepareWorktree(repo, request)).rejects.toMatchObject({
      code: "git.pathTaken",
      file: path,
      hint: "Move it out of the way.",
    });
    expect(readFileSync(join(path, "precious.txt"), "utf8")).toBe("p");
  });

  it("gives a fresh start when performed twice, without a copy when nothing was done", async () => {
    const repo = await openTemp();
    await startAttempt(repo, "t1");
    const again = await startAttempt(repo, "t1");
    expect(again.saved).toBeNull();
    expect(runGit(again.path, "status", "--porcelain")).toBe("");
    expect(await readBranch(repo, "pleach-tasks/r1/t1/1-saved")).toBeNull();
  });

  it("saves changes, commits and a detached HEAD of the earlier worktree before it starts afresh", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "committed.txt": "c" });
    const own = commitAll(made.path, "worker's own");
    runGit(made.path, "checkout", "-q", "--detach");
    writeFiles(made.path, { "detached.txt": "d" });
    const detached = commitAll(made.path, "detached");
    writeFiles(made.path, { "loose.txt": "l" });
    const again = await startAttempt(repo, "t1");
    expect(again.saved).toBe("pleach-tasks/r1/t1/1-saved");
    expect(listFiles(repo.root, "pleach-tasks/r1/t1/1-saved")).toEqual([
      "a.txt",
      "committed.txt",
      "detached.txt",
      "loose.txt",
    ]);
    const history = runGit(repo.root, "rev-list", "pleach-tasks/r1/t1/1-saved");
    expect(history).toContain(own);
    expect(history).toContain(detached);
    expect(existsSync(join(again.path, "loose.txt"))).toBe(false);
    writeFiles(again.path, { "second.txt": "s" });
    await startAttempt(repo, "t1");
    expect(runGit(repo.root, "rev-list", "pleach-tasks/r1/t1/1-saved")).toContain(detached);
    expect(listFiles(repo.root, "pleach-tasks/r1/t1/1-saved")).toContain("second.txt");
  });

  it("starts over after a crash at any step of making it", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    const admin = join(repo.commonDir, "worktrees", "r1-t1-1");
    // Before the mark was written: an unfinished checkout is no work.
    rmSync(join(admin, "pleach.json"));
    rmSync(join(made.path, "a.txt"));
    expect((await startAttempt(repo, "t1")).saved).toBeNull();
    // The folder gone, git still listing it.
    rmSync(made.path, { recursive: true });
    await startAttempt(repo, "t1");
    // The branch made, nothing else.
    await removeWorktree(repo, { path: made.path }, "kept");
    await startAttempt(repo, "t1");
    expect(runGit(made.path, "status", "--porcelain")).toBe("");
  });
});

describe("removeWorktree", () => {
  it("keeps what holds changes or commits, and removes what has landed", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "b.txt": "b" });
    expect(await removeWorktree(repo, made, "kept")).toMatchObject({ kind: "kept" });
    expectCommitted(await finishAttempt(repo, made));
    expect(await removeWorktree(repo, made, "kept")).toMatchObject({ kind: "kept" });
    expect(existsSync(join(made.path, "b.txt"))).toBe(true);
    expect(await removeWorktree(repo, made, "landed")).toEqual({ kind: "removed", saved: null });
    expect(existsSync(made.path)).toBe(false);
    expect(await readBranch(repo, made.branch)).toBeNull();
    expect(runGit(repo.root, "worktree", "list").split("\n")).toHaveLength(1);
    expect(await removeWorktree(repo, made, "kept")).toEqual({ kind: "removed", saved: null });
  });

  it("keeps a commit that only a detached HEAD of the worktree holds", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "checkout", "-q", "--detach");
    writeFiles(made.path, { "b.txt": "b" });
    commitAll(made.path, "detached");
    expect(await removeWorktree(repo, made, "kept")).toMatchObject({ kind: "kept" });
  });

  it("saves the work aside and removes when it is superseded", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "b.txt": "b" });
    expect(await removeWorktree(repo, made, "superseded")).toEqual({
      kind: "removed",
      saved: `${made.branch}-saved`,
    });
    expect(listFiles(repo.root, `${made.branch}-saved`)).toEqual(["a.txt", "b.txt"]);
    expect(existsSync(made.path)).toBe(false);
  });

  it("removes an untouched worktree, write-protected ignored folders and all, and no worktree of the user", async () => {
    const repo = await openTemp({ "a.txt": "a", ".gitignore": "cache/\n" });
    const users = join(repo.root, "..", "users");
    runGit(repo.root, "worktree", "add", "-q", "-b", "users", users);
    rmSync(users, { recursive: true });
    const made = await startAttempt(repo, "t1");
    mkdirSync(join(made.path, "cache/mod"), { recursive: true });
    writeFileSync(join(made.path, "cache/mod/file"), "x");
    chmodSync(join(made.path, "cache/mod"), 0o555);
    expect(await removeWorktree(repo, made, "kept")).toEqual({ kind: "removed", saved: null });
    expect(await readBranch(repo, made.branch)).toBeNull();
    expect(readdirSync(join(repo.root, ".ce-workspace/worktrees"))).toEqual([]);
    expect(runGit(repo.root, "worktree", "list", "--porcelain")).toContain(users);
  });
});

describe("prepareGateWorktree", () => {
  it("moves one worktree from commit to commit, cleaned of what gates left", async () => {
    const repo = await openTemp({ "a.txt": "a", ".gitignore": "cache/\n" });
    writeFiles(repo.root, { "node_modules/p.js": "p" });
    const request = {
      path: join(repo.root, ".ce-workspace/worktrees/gate"),
      config: { copy: [], link: ["node_modules"] },
      setupKey: null,
    };
    const first = await prepareGateWorktree(repo, { ...request, commit: repo.head.commit });
    expect(first.isFresh).toBe(true);
    runGit(repo.root, "branch", "bystander");
    writeFiles(first.path, { "a.txt": "spoilt", "left.txt": "l", "cache/c": "c", "nested/x": "x" });
    runGit(join(first.path, "nested"), "init", "-q");
    runGit(first.path, "checkout", "-q", "bystander");
    writeFileSync(join(repo.commonDir, "worktrees/gate/index.lock"), "");
    writeFiles(repo.root, { "b.txt": "b" });
    runGit(repo.root, "add", "b.txt");
    runGit(repo.root, "commit", "-q", "-m", "next");
    const next = runGit(repo.root, "rev-parse", "HEAD");
    const second = await prepareGateWorktree(repo, { ...request, commit: next });
    expect(second).toMatchObject({ path: first.path, isFresh: false });
    expect(runGit(first.path, "rev-parse", "HEAD")).toBe(next);
    expect(runGit(first.path, "status", "--porcelain").replace("?? node_modules", "")).toBe("");
    expect(readFileSync(join(first.path, "a.txt"), "utf8")).toBe("a");
    expect(
      ["b.txt", "left.txt", "cache/c", "nested", "node_modules/p.js"].map((f) => existsSync(join(first.path, f))),
    ).toEqual([true, false, false, false, true]);
    expect(runGit(repo.root, "rev-parse", "bystander")).toBe(repo.head.commit);
  });

  it("makes the worktree anew when it is broken or half gone", async () => {
    const repo = await openTemp();
    const request = {
      path: join(repo.root, ".ce-workspace/worktrees/gate"),
      config: plain,
      commit: repo.head.commit,
      setupKey: null,
    };
    const { path } = await prepareGateWorktree(repo, request);
    writeFileSync(join(repo.commonDir, "worktrees/gate/index"), "garbage");
    expect(await prepareGateWorktree(repo, request)).toMatchObject({ isFresh: false });
    expect(runGit(path, "status", "--porcelain")).toBe("");
    writeFileSync(join(repo.commonDir, "worktrees/gate/pleach-index"), "garbage");
    expect(await prepareGateWorktree(repo, request)).toMatchObject({ isFresh: true });
    rmSync(path, { recursive: true });
    expect(await prepareGateWorktree(repo, request)).toMatchObject({ isFresh: true });
    expect(runGit(path, "status", "--porcelain")).toBe("");
  });
});
