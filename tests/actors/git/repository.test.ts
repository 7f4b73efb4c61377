import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listTrackedFiles, openRepository, resolveBase } from "../../../src/actors/git/index.ts";
import { explainRefusal } from "../../../src/actors/git/repository.ts";
import { commitAll, initRepository, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("a refusal of git", () => {
  it("tells a repository of another user from none at all, with git's own way out", () => {
    const said = "fatal: detected dubious ownership in repository at '/srv/a b'\nTo add an exception …";
    expect(explainRefusal("/srv/a b/c", said)).toMatchObject({
      code: "git.notYours",
      hint: "If you do, say so to git: git config --global --add safe.directory '/srv/a b'",
    });
    const none = explainRefusal("/srv", "fatal: not a git repository (or any of the parent directories): .git\n");
    expect(none).toMatchObject({ code: "git.notRepository", hint: expect.stringContaining("git init") });
  });
});

describe("openRepository", () => {
  it("finds root, branch and commit from a folder below the root, with a space and non-ASCII in the path", async () => {
    const root = initRepository({ "sub/a.txt": "a" });
    const repo = await openRepository(join(root, "sub"));
    expect(repo.root).toBe(root);
    expect(repo.commonDir).toBe(join(root, ".git"));
    expect(repo.head).toEqual({ commit: runGit(root, "rev-parse", "HEAD"), branch: "main" });
  });

  it("refuses a folder that is no repository, a missing folder, and the inside of .git", async () => {
    const folder = makeFolder();
    await expect(openRepository(folder)).rejects.toMatchObject({ code: "git.notRepository" });
    await expect(openRepository(join(folder, "none"))).rejects.toMatchObject({ code: "git.noDirectory" });
    await expect(openRepository(join(initRepository(), ".git"))).rejects.toMatchObject({ code: "git.notRepository" });
  });

  it("refuses a bare repository and one without a commit, each with a hint", async () => {
    const bare = makeFolder();
    runGit(bare, "init", "-q", "--bare");
    await expect(openRepository(bare)).rejects.toMatchObject({ code: "git.bare", hint: expect.any(String) });
    const fresh = makeFolder();
    runGit(fresh, "init", "-q");
    await expect(openRepository(fresh)).rejects.toMatchObject({ code: "git.empty", hint: expect.any(String) });
  });

  it("says that HEAD is detached by giving no branch", async () => {
    const root = initRepository();
    runGit(root, "checkout", "-q", "--detach");
    expect((await openRepository(root)).head.branch).toBeNull();
  });

  it("works in a linked worktree, also of a bare repository", async () => {
    const root = initRepository();
    const linked = join(root, "..", "linked");
    runGit(root, "worktree", "add", "-q", "-b", "side", linked);
    expect(await openRepository(linked)).toMatchObject({
      root: linked,
      commonDir: join(root, ".git"),
      head: { branch: "side" },
    });
    const bare = join(root, "..", "bare.git");
    runGit(root, "clone", "-q", "--bare", root, bare);
    const ofBare = join(root, "..", "of-bare");
    runGit(bare, "worktree", "add", "-q", ofBare, "main");
    expect(await openRepository(ofBare)).toMatchObject({ root: ofBare, commonDir: bare });
  });

  it("gives commits an author only where none is configured", async () => {
    const root = initRepository();
    expect((await openRepository(root)).identity).toMatchObject({
      GIT_AUTHOR_NAME: "pleach",
      GIT_COMMITTER_EMAIL: "pleach@localhost",
    });
    runGit(root, "config", "user.name", "Ann");
    runGit(root, "config", "user.email", "ann@example.org");
    expect((await openRepository(root)).identity).toEqual({});
  });

  it("ignores what the parent process exports about another repository", async () => {
    const [root, other] = [initRepository(), initRepository()];
    process.env.GIT_DIR = join(other, ".git");
    process.env.GIT_WORK_TREE = other;
    try {
      expect((await openRepository(root)).root).toBe(root);
    } finally {
      delete process.env.GIT_DIR;
      delete process.env.GIT_WORK_TREE;
    }
  });

  it("opens a repository through a symlink under its real path", async () => {
    const root = initRepository();
    const link = join(makeFolder(), "link");
    symlinkSync(root, link);
    expect((await openRepository(link)).root).toBe(root);
  });
});

describe("resolveBase", () => {
  it("resolves branches, tags and commits, and names the branch only if it is one", async () => {
    const repo = await openTemp();
    runGit(repo.root, "tag", "v1");
    const commit = repo.head.commit;
    expect(await resolveBase(repo)).toEqual({ commit, branch: "main" });
    expect(await resolveBase(repo, "main")).toEqual({ commit, branch: "main" });
    expect(await resolveBase(repo, "refs/heads/main")).toEqual({ commit, branch: "main" });
    expect(await resolveBase(repo, "v1")).toEqual({ commit, branch: null });
    expect(await resolveBase(repo, commit)).toEqual({ commit, branch: null });
  });

  it("takes the branch where a tag has the same name, however the branch is written", async () => {
    const repo = await openTemp();
    const { root, head } = repo;
    runGit(root, "tag", "rel");
    runGit(root, "tag", "refs/heads/rel");
    runGit(root, "checkout", "-q", "-b", "rel");
    const commit = commitAll(root, "on the branch");
    for (const base of ["rel", "refs/heads/rel"]) {
      expect(await resolveBase(repo, base)).toEqual({ commit, branch: "rel" });
    }
    expect(await resolveBase(repo, "rel~1")).toEqual({ commit: head.commit, branch: null });
    expect(await resolveBase(repo, "rel^0")).toEqual({ commit, branch: null });
    expect(await resolveBase(repo, "rel@{0}")).toEqual({ commit, branch: null });
    expect(await resolveBase(repo, "refs/tags/rel")).toEqual({ commit: head.commit, branch: null });
    runGit(root, "update-ref", `refs/heads/${head.commit}`, commit);
    expect(await resolveBase(repo, head.commit)).toEqual({ commit: head.commit, branch: null });
  });

  it("never takes a base for an option", async () => {
    const repo = await openTemp();
    for (const base of ["--help", "-h", "--all", "--git-dir", "", "no such", "a\0b", "main..main"]) {
      await expect(resolveBase(repo, base)).rejects.toMatchObject({ code: "git.badBase" });
    }
  });
});

describe("reading a commit", () => {
  it("lists the files of a commit, not of the checkout, whatever they are called", async () => {
    const repo = await openTemp({ "a.txt": "committed", "-dash": "d", "new\nline": "n", "dir/ünï.txt": "u" });
    writeFiles(repo.root, { "a.txt": "dirty", "other.txt": "untracked" });
    expect(await listTrackedFiles(repo)).toEqual(["-dash", "a.txt", "dir/ünï.txt", "new\nline"]);
  });

  it("lists all files also when the repository was opened below its root", async () => {
    const root = initRepository({ "a.txt": "a", "sub/b.txt": "b" });
    mkdirSync(join(root, "sub/deep"));
    const repo = await openRepository(join(root, "sub/deep"));
    rmSync(join(root, "a.txt"));
    expect(await listTrackedFiles(repo)).toEqual(["a.txt", "sub/b.txt"]);
    expect(await listTrackedFiles(repo, commitAll(root, "without a"))).toEqual(["sub/b.txt"]);
  });
});
