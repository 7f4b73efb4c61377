/** Repositories inside a worktree go with it: whatever they hold has to be somewhere else first. */
import { appendFileSync, chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { removeWorktree } from "../../../src/actors/git/index.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { isHeld, landed, makeNested, noteReady } from "./nested.ts";
import { commitAll, initRepository, listFiles, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("a repository that a worker made in its worktree", () => {
  it("leaves its files in the task's commit and its commits on a ref", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    const inner = makeNested(join(made.path, "app"), { "index.js": "1", "src/deep.js": "2" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(listFiles(repo.root, done.commit)).toEqual(["a.txt", "app/index.js", "app/src/deep.js"]);
    expect(done.notes).toEqual([expect.stringMatching(/^app is a repository.*refs\/pleach\/nested\/r1\/t1\/1\/app-/)]);
    await landed(repo, made);
    expect(isHeld(repo.root, inner)).toBe(true);
    expect(runGit(repo.root, "status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  it("is taken the same when it is looked at again", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    makeNested(join(made.path, "app"), { "index.js": "1" });
    const [first, again] = [await finishAttempt(repo, made), await finishAttempt(repo, made)];
    expect(again).toEqual(first);
    expect(runGit(repo.root, "for-each-ref", "--format=%(refname)", "refs/pleach").split("\n")).toHaveLength(1);
  });

  it("keeps changes that were not committed, work put aside and branches", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    const app = join(made.path, "app");
    makeNested(app, { "index.js": "1" });
    runGit(app, "switch", "-q", "-c", "side");
    writeFiles(app, { "side.js": "s" });
    const side = commitAll(app, "side");
    runGit(app, "switch", "-q", "main");
    const stashed = ["one", "two"].map((text) => {
      writeFiles(app, { "index.js": text });
      runGit(app, "stash", "-q");
      return runGit(app, "rev-parse", "refs/stash");
    });
    writeFiles(app, { "index.js": "edited", "new.js": "new" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(runGit(repo.root, "show", `${done.commit}:app/index.js`)).toBe("edited");
    expect(listFiles(repo.root, done.commit)).toEqual(["a.txt", "app/index.js", "app/new.js"]);
    for (const commit of [side, ...stashed]) expect(isHeld(repo.root, commit)).toBe(true);
  });

  it("is saved with its worktree when the attempt failed", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    const inner = makeNested(join(made.path, "app"), { "index.js": "1" });
    expect(await removeWorktree(repo, made, "kept")).toMatchObject({ kind: "kept" });
    expect(await removeWorktree(repo, made, "superseded")).toEqual({ kind: "removed", saved: `${made.branch}-saved` });
    expect(listFiles(repo.root, `${made.branch}-saved`)).toEqual(["a.txt", "app/index.js"]);
    expect(isHeld(repo.root, inner)).toBe(true);
  });

  it("is found in another one, with the files that either ignores left out", async () => {
    const repo = await openTemp({ ".gitignore": "*.log\n" });
    const made = await startAttempt(repo, "t1");
    const outer = makeNested(join(made.path, "one"), { "1.txt": "1", "1.log": "ignored by us, tracked by it" });
    const deep = makeNested(join(made.path, "one/two"), { "2.txt": "2", ".gitignore": "tmp/\n" });
    writeFiles(made.path, { "one/two/tmp/x": "x", "one/two/x.log": "x" });
    // Not a tracked file of anybody: it goes.
    writeFiles(made.path, { "one/two.log": "x" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(expect.arrayContaining(["one/1.txt", "one/two/.gitignore", "one/two/2.txt"]));
    expect(done.files).not.toContain("one/two/tmp/x");
    expect(done.files).not.toContain("one/two.log");
    for (const commit of [outer, deep]) expect(isHeld(repo.root, commit)).toBe(true);
  });

  it("may have no commit, no file, or nothing but a stray .git", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "init", "-q", "unborn");
    writeFiles(made.path, {
      "unborn/x.txt": "x",
      "unborn/staged.txt": "s",
      "stray/.git": "gitdir: /nowhere\n",
      "stray/y": "y",
    });
    runGit(join(made.path, "unborn"), "add", "staged.txt");
    runGit(made.path, "init", "-q", "empty");
    mkdirSync(join(made.path, "hollow/.git"), { recursive: true });
    writeFiles(made.path, { "hollow/z": "z" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["hollow/z", "stray/y", "unborn/staged.txt", "unborn/x.txt"]);
    expect(runGit(repo.root, "for-each-ref", "refs/pleach")).toBe("");
  });

  it("may have taken the place of a tracked folder, or of a tracked file", async () => {
    const repo = await openTemp({ "lib/a.js": "a", "lib/gone.js": "g", file: "f" });
    const made = await startAttempt(repo, "t1");
    rmSync(join(made.path, "lib/gone.js"));
    const lib = makeNested(join(made.path, "lib"), { "b.js": "b" });
    rmSync(join(made.path, "file"));
    const file = makeNested(join(made.path, "file"), { inside: "i" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(listFiles(repo.root, done.commit)).toEqual(["file/inside", "lib/a.js", "lib/b.js"]);
    for (const commit of [lib, file]) expect(isHeld(repo.root, commit)).toBe(true);
  });

  it("is kept by its commits alone where .gitignore names it", async () => {
    const repo = await openTemp({ ".gitignore": "vendor/\n" });
    const made = await startAttempt(repo, "t1");
    const inner = makeNested(join(made.path, "vendor/deep/lib"), { "x.js": "x" });
    writeFiles(made.path, { "use.txt": "u" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["use.txt"]);
    expect(isHeld(repo.root, inner)).toBe(true);
    expect(done.notes?.join()).toContain("vendor/deep/lib");
  });

  it("may be bare, be a worktree of another, or have its git directory elsewhere", async () => {
    const repo = await openTemp({ ".gitignore": "store/\n" });
    const made = await startAttempt(repo, "t1");
    const store = join(made.path, "store/main");
    const first = makeNested(store, { "m.txt": "m" });
    runGit(store, "worktree", "add", "-q", "--detach", "../../linked");
    writeFiles(made.path, { "linked/l.txt": "l" });
    const linked = commitAll(join(made.path, "linked"), "on no branch");
    runGit(made.path, "clone", "-q", "--bare", store, "bare.git");
    const outside = join(makeFolder(), "elsewhere.git");
    makeNested(join(made.path, "apart"), { "p.txt": "p" }, `--separate-git-dir=${outside}`);
    makeNested(join(made.path, "near"), { "n.txt": "n" }, `--separate-git-dir=${join(made.path, "store/near.git")}`);
    const near = runGit(join(made.path, "near"), "rev-parse", "HEAD");
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(
      expect.arrayContaining(["apart/p.txt", "bare.git/HEAD", "linked/l.txt", "linked/m.txt", "near/n.txt"]),
    );
    for (const commit of [first, linked, near]) expect(isHeld(repo.root, commit)).toBe(true);
    await landed(repo, made);
    expect(runGit(outside, "log", "-1", "--format=%s", "main")).toBe("nested");
  });

  it("may be another worktree of the repository itself", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "worktree", "add", "-q", "--detach", "inner");
    writeFiles(made.path, { "inner/new.txt": "n" });
    const lone = commitAll(join(made.path, "inner"), "on no branch");
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["inner/a.txt", "inner/new.txt"]);
    await landed(repo, made);
    expect(isHeld(repo.root, lone)).toBe(true);
  });

  it("may have loops of links, folders that are closed, and names with every byte", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    const inner = makeNested(join(made.path, "ünï\n -x"), { "f\n.js": "f" });
    symlinkSync("..", join(made.path, "ünï\n -x", "loop"));
    symlinkSync(".", join(made.path, "self"));
    writeFiles(made.path, { "closed/x": "x" });
    chmodSync(join(made.path, "closed"), 0);
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["closed/x", "self", "ünï\n -x/f\n.js", "ünï\n -x/loop"]);
    expect(isHeld(repo.root, inner)).toBe(true);
  });

  it("keeps its worktree, and says why, where its commits cannot be kept", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    makeNested(join(made.path, "app"), { "index.js": "1" }, "--object-format=sha256");
    await expect(finishAttempt(repo, made)).rejects.toMatchObject({
      code: "git.notKept",
      message: expect.stringContaining('"app"'),
    });
    for (const disposition of ["kept", "superseded"] as const) {
      await expect(removeWorktree(repo, made, disposition)).rejects.toMatchObject({ code: "git.notKept" });
    }
    expect(readFileSync(join(made.path, "app/index.js"), "utf8")).toBe("1");
  });

  it("runs nothing that its settings name", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    const app = join(made.path, "app");
    makeNested(app, { "index.js": "1", ".gitattributes": "* filter=trap diff=trap\n" });
    const trap = `sh -c 'touch "${join(repo.root, "sprung")}"'`;
    appendFileSync(
      join(app, ".git/config"),
      [
        "[core]",
        `fsmonitor = ${trap}`,
        `sshCommand = ${trap}`,
        `pager = ${trap}`,
        `hooksPath = ${app}/hooks`,
        '[filter "trap"]',
        `clean = ${trap}`,
        `process = ${trap}`,
        "[uploadpack]",
        `packObjectsHook = ${trap}`,
        '[diff "trap"]',
        `command = ${trap}`,
      ].join("\n"),
    );
    writeFiles(app, { "index.js": "2" });
    expectCommitted(await finishAttempt(repo, made));
    expect(existsSync(join(repo.root, "sprung"))).toBe(false);
  });
});

describe("a repository that a worker cloned into its worktree", () => {
  it("leaves its files, and commits of its own", async () => {
    const lib = initRepository({ "lib.js": "l" });
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "clone", "-q", lib, "vendor/lib");
    writeFiles(made.path, { "use.txt": "u", "vendor/lib/own.js": "o" });
    const own = commitAll(join(made.path, "vendor/lib"), "own");
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["use.txt", "vendor/lib/lib.js", "vendor/lib/own.js"]);
    expect(isHeld(repo.root, own)).toBe(true);
  });

  it("may be shallow: what was made in it is kept, and the repository stays whole", async () => {
    const lib = initRepository({ "lib.js": "l" });
    writeFiles(lib, { "lib.js": "m" });
    commitAll(lib, "second");
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "clone", "-q", "--depth=1", `file://${lib}`, "lib");
    writeFiles(made.path, { "lib/own.js": "o" });
    commitAll(join(made.path, "lib"), "own work");
    rmSync(join(made.path, "lib/own.js"));
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["lib/lib.js"]);
    await landed(repo, made);
    const [ref = ""] = runGit(repo.root, "for-each-ref", "--format=%(refname)", "refs/pleach").split("\n");
    expect(runGit(repo.root, "log", "--format=%s", ref).split("\n")).toEqual(
      expect.arrayContaining(["own work", "second"]),
    );
    expect(existsSync(join(repo.commonDir, "shallow"))).toBe(false);
    runGit(repo.root, "fsck", "--connectivity-only");
  });

  it("may have submodules of its own", async () => {
    const deep = initRepository({ "deep.js": "d" });
    const lib = initRepository({ "lib.js": "l" });
    runGit(lib, "submodule", "add", "-q", deep, "deep");
    commitAll(lib, "with submodule");
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "clone", "-q", "--recurse-submodules", lib, "lib");
    writeFiles(made.path, { "lib/deep/own.js": "o" });
    const own = commitAll(join(made.path, "lib/deep"), "own");
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["lib/.gitmodules", "lib/deep/deep.js", "lib/deep/own.js", "lib/lib.js"]);
    expect(isHeld(repo.root, own)).toBe(true);
  });
});

describe("work that only rules hide", () => {
  it("is named when it is all that there is, without what set-up made", async () => {
    const repo = await openTemp({ ".gitignore": "out/\nnode_modules/\n*.tmp\n" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "node_modules/dep/index.js": "d", "setup.tmp": "s" });
    await noteReady(repo, made.path);
    expect(await finishAttempt(repo, made)).toEqual({ kind: "empty" });
    writeFiles(made.path, { "out/report.html": "r", "later.tmp": "t" });
    const outcome = await finishAttempt(repo, made);
    expect(outcome.notes).toEqual([expect.stringMatching(/\.gitignore names.*: later\.tmp, out\/$/)]);
    writeFiles(made.path, { "real.txt": "r" });
    expect(expectCommitted(await finishAttempt(repo, made)).notes).toBeUndefined();
  });

  it("is named whenever the rules are a person's own", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const rules = join(makeFolder(), "ignore");
    writeFiles(makeFolder(), {});
    writeFiles(join(rules, ".."), { ignore: "*.sql\n" });
    runGit(repo.root, "config", "core.excludesFile", rules);
    writeFiles(repo.root, { ".git/info/exclude": "notes/\n" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "schema.sql": "s", "notes/n.md": "n", "real.txt": "r" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["real.txt"]);
    expect(done.notes).toEqual([expect.stringMatching(/your own rules.*: notes\/, schema\.sql$/)]);
  });
});
