/** Submodules of a worktree have repositories of their own there, which go with it. */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRepository, prepareGateWorktree, type Repository, removeWorktree } from "../../../src/actors/git/index.ts";
import { expectCommitted, finishAttempt, plain, startAttempt } from "./attempt.ts";
import { isHeld, landed, makeNested, noteReady } from "./nested.ts";
import { commitAll, initRepository, listFiles, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("a submodule of the repository", () => {
  /** A repository with a submodule, which its checkout has or has not. */
  async function openWithSubmodule(isCheckedOut: boolean): Promise<Repository> {
    const inner = initRepository({ "inner.txt": "i" });
    const origin = initRepository({ "a.txt": "a" });
    runGit(origin, "submodule", "add", "-q", "--name", "the lib", inner, "sub");
    commitAll(origin, "with submodule");
    if (isCheckedOut) return openRepository(origin);
    const clone = join(makeFolder(), "clone");
    runGit(origin, "clone", "-q", origin, clone);
    return openRepository(clone);
  }

  async function startWithSubmodule(repo: Repository): Promise<Awaited<ReturnType<typeof startAttempt>>> {
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "submodule", "--quiet", "update", "--init");
    return made;
  }

  it.each([true, false])(
    "has its new commits in the checkout's repository of it (checked out there: %s)",
    async (isCheckedOut) => {
      const repo = await openWithSubmodule(isCheckedOut);
      const made = await startWithSubmodule(repo);
      writeFiles(made.path, { "sub/new.txt": "n" });
      const own = commitAll(join(made.path, "sub"), "own");
      const done = expectCommitted(await finishAttempt(repo, made));
      expect(done.files).toEqual(["sub"]);
      expect(runGit(repo.root, "rev-parse", `${done.commit}:sub`)).toBe(own);
      await landed(repo, made);
      runGit(repo.root, "merge", "-q", "--ff-only", done.commit);
      runGit(repo.root, "submodule", "--quiet", "update", "--init");
      expect(readFileSync(join(repo.root, "sub/new.txt"), "utf8")).toBe("n");
    },
  );

  it("is there with its new commits for the next worktree, where nobody can fetch them, and for gates", async () => {
    const repo = await openWithSubmodule(true);
    const made = await startWithSubmodule(repo);
    writeFiles(made.path, { "sub/new.txt": "n" });
    commitAll(join(made.path, "sub"), "own");
    const done = expectCommitted(await finishAttempt(repo, made));
    await landed(repo, made);
    const module = join(repo.commonDir, "modules/the lib");
    const refs = runGit(module, "for-each-ref");

    const next = await startAttempt(repo, "t2", { base: done.commit });
    const path = join(makeFolder(), "gates");
    await prepareGateWorktree(repo, { path, commit: done.commit, config: plain, setupKey: "" });
    for (const worktree of [next.path, path]) {
      runGit(worktree, "submodule", "--quiet", "update", "--init");
      expect(readFileSync(join(worktree, "sub/new.txt"), "utf8")).toBe("n");
    }
    writeFiles(next.path, { "sub/second.txt": "s" });
    commitAll(join(next.path, "sub"), "second");
    expect(runGit(module, "for-each-ref")).toBe(refs);
    const second = expectCommitted(await finishAttempt(repo, next, { base: done.commit }));
    await landed(repo, next);
    const commit = runGit(repo.root, "rev-parse", `${second.commit}:sub`);
    expect(listFiles(module, commit)).toEqual(["inner.txt", "new.txt", "second.txt"]);
  });

  it("has changes committed that nobody committed there, but not what set-up built", async () => {
    const repo = await openWithSubmodule(true);
    const made = await startWithSubmodule(repo);
    writeFiles(made.path, { "sub/built.o": "by set-up" });
    await noteReady(repo, made.path);
    expect(await finishAttempt(repo, made)).toEqual({ kind: "empty" });
    writeFiles(made.path, { "sub/inner.txt": "edited", "sub/more/new.txt": "n" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(await finishAttempt(repo, made)).toEqual(done);
    await landed(repo, made);
    const module = join(repo.commonDir, "modules/the lib");
    const commit = runGit(repo.root, "rev-parse", `${done.commit}:sub`);
    expect(listFiles(module, commit)).toEqual(["inner.txt", "more/new.txt"]);
    expect(isHeld(module, commit)).toBe(true);
  });

  it("keeps branches and stashed work beside what the tree names", async () => {
    const repo = await openWithSubmodule(true);
    const made = await startWithSubmodule(repo);
    const sub = join(made.path, "sub");
    writeFiles(sub, { "inner.txt": "aside" });
    runGit(sub, "stash", "-q");
    const aside = runGit(sub, "rev-parse", "refs/stash");
    await finishAttempt(repo, made);
    expect(isHeld(join(repo.commonDir, "modules/the lib"), aside)).toBe(true);
  });

  it("may be added by the worker", async () => {
    const other = initRepository({ "other.txt": "o" });
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "submodule", "--quiet", "add", other, "deps/other");
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual([".gitmodules", "deps/other"]);
    await landed(repo, made);
    runGit(repo.root, "merge", "-q", "--ff-only", done.commit);
    rmSync(other, { recursive: true });
    runGit(repo.root, "submodule", "--quiet", "update", "--init");
    expect(readFileSync(join(repo.root, "deps/other/other.txt"), "utf8")).toBe("o");
  });

  it("may hold another submodule", async () => {
    const deepest = initRepository({ "deepest.txt": "d" });
    const middle = initRepository({ "middle.txt": "m" });
    runGit(middle, "submodule", "add", "-q", deepest, "deepest");
    commitAll(middle, "with submodule");
    const root = initRepository({ "a.txt": "a" });
    runGit(root, "submodule", "add", "-q", middle, "middle");
    commitAll(root, "with submodule");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "submodule", "--quiet", "update", "--init", "--recursive");
    await noteReady(repo, made.path);
    writeFiles(made.path, { "middle/deepest/new.txt": "n" });
    const done = expectCommitted(await finishAttempt(repo, made));
    await landed(repo, made);
    runGit(root, "merge", "-q", "--ff-only", done.commit);
    const next = await startAttempt(repo, "t2", { base: done.commit });
    for (const place of [next.path, root]) {
      runGit(place, "submodule", "--quiet", "update", "--init", "--recursive");
      expect(readFileSync(join(place, "middle/deepest/new.txt"), "utf8")).toBe("n");
    }
  });

  it("is seen though .gitmodules asks to ignore it", async () => {
    const repo = await openWithSubmodule(true);
    const made = await startWithSubmodule(repo);
    for (const file of [".gitmodules"]) runGit(made.path, "config", "--file", file, "submodule.the lib.ignore", "all");
    writeFiles(made.path, { "sub/new.txt": "n" });
    commitAll(join(made.path, "sub"), "own");
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual([".gitmodules", "sub"]);
  });

  it("may be replaced by ordinary files", async () => {
    const repo = await openWithSubmodule(true);
    const made = await startWithSubmodule(repo);
    rmSync(join(made.path, "sub/.git"));
    writeFiles(made.path, { ".gitmodules": "", "sub/more.txt": "m" });
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual([".gitmodules", "sub", "sub/inner.txt", "sub/more.txt"]);
  });

  it("that is not checked out takes no files: their worktree stays", async () => {
    const repo = await openWithSubmodule(true);
    const made = await startAttempt(repo, "t1");
    await noteReady(repo, made.path);
    writeFileSync(join(made.path, "sub/lost.txt"), "l");
    await expect(finishAttempt(repo, made)).rejects.toMatchObject({ code: "git.notKept" });
    expect(readFileSync(join(made.path, "sub/lost.txt"), "utf8")).toBe("l");
  });

  it.each(["../../hooks", "/abs", "a/../../b", ".git", "-x"])("of the name %s gets no repository", async (name) => {
    const repo = await openWithSubmodule(true);
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "config", "--file", ".gitmodules", `submodule.${name}.path`, "fresh");
    makeNested(join(made.path, "fresh"), { "f.txt": "f" });
    await expect(finishAttempt(repo, made)).rejects.toMatchObject({ code: "git.notKept" });
  });
});

describe("a submodule of an attempt that failed", () => {
  it("is saved with it", async () => {
    const inner = initRepository({ "inner.txt": "i" });
    const root = initRepository({ "a.txt": "a" });
    runGit(root, "submodule", "add", "-q", inner, "sub");
    commitAll(root, "with submodule");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    runGit(made.path, "submodule", "--quiet", "update", "--init");
    writeFiles(made.path, { "sub/inner.txt": "edited" });
    expect(await removeWorktree(repo, made, "superseded")).toEqual({ kind: "removed", saved: `${made.branch}-saved` });
    const commit = runGit(root, "rev-parse", `${made.branch}-saved:sub`);
    expect(runGit(join(root, "sub"), "show", `${commit}:inner.txt`)).toBe("edited");
  });
});
