/** Pushes under a guard, and repositories beside the one that is guarded. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startAttempt } from "./attempt.ts";
import { guard, guardPlace, openBare } from "./guarded-worker.ts";
import { commitAll, initRepository, makeFolder, openTemp, runGit } from "./temp-repository.ts";

describe("pushes under a guard", () => {
  const SENTENCE = "pleach refuses this push: commit on your own branch";

  it("refuses every one, to whatever address, and moves nothing there", async () => {
    const repo = await openTemp();
    const bare = openBare(repo);
    const [apart, both] = [openBare(repo, "apart"), openBare(repo, "both")];
    runGit(repo.root, "config", "remote.apart.pushurl", apart);
    runGit(repo.root, "config", "remote.apart.url", "https://example.invalid/a.git");
    runGit(repo.root, "config", "remote.both.pushurl", both);
    const worker = await guard(repo);
    worker.git(["commit", "--allow-empty", "-qm", "own"]);
    const clone = join(makeFolder(), "clone");
    runGit(repo.root, "clone", "-q", bare, clone);
    worker.git(["commit", "--allow-empty", "-qm", "own"], clone);
    const twin = join(makeFolder(), "twin");
    runGit(repo.root, "clone", "-q", repo.root, twin);
    const tries: [string[], string?][] = [
      [["push", "origin", "HEAD:main"]],
      [["push", "--force", "--no-verify", "origin", "HEAD:main"]],
      [["push", bare, "HEAD:main"]],
      [["push", `file://${bare}`, "HEAD:main"]],
      [["push", "--mirror", "origin"]],
      [["push", "apart", "HEAD:main"]],
      [["push", "--no-verify", "apart", "HEAD:main"]],
      [["push", "both", "HEAD:main"]],
      [["-c", "remote.new.url=../bare.git", "push", "new", "HEAD:main"]],
      [["-C", repo.root, "push", "origin", "--delete", "main"]],
      // From clones of what is guarded.
      [["push", "origin", "HEAD:main"], clone],
      [["push", "origin", "HEAD:new"], twin],
    ];
    const tips = (): string[] => [bare, apart, both].map((each) => runGit(each, "rev-parse", "main"));
    const before = tips();
    for (const [args, cwd] of tries) {
      const { code, text } = worker.git(args, cwd);
      expect([args, code === 0, text.includes(SENTENCE)]).toEqual([args, false, true]);
      // What git quotes is a whole sentence.
      const quoted = /^fatal: '([^']*)' does not appear/m.exec(text)?.[1];
      if (quoted !== undefined) expect(quoted).toMatch(/leave it there, pleach merges it; not pushed to \S/);
    }
    expect(tips()).toEqual(before);
    expect(runGit(repo.root, "branch", "--list", "new")).toBe("");
  });
});

describe("other repositories under a guard", () => {
  it("are untouched outside of the worktree: branches, tags, stash, hooks and pushes", async () => {
    const repo = await openTemp();
    const worker = await guard(repo);
    const done = worker.sh(
      `set -e; git init -q --bare bare.git; git init -q -b main one; cd one; echo a > a; git add a; git commit -qm 1
       printf '#!/bin/sh\\ntouch hooked\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit
       git remote add origin ../bare.git; git push -q origin main; git push -q "$PWD/../bare.git" main:two
       git branch b; git checkout -qb c; git tag t; echo b >> a; git stash -q; git stash pop -q; git commit -qam 2
       test -f hooked; git push -q --all; test "$(git config core.hooksPath)" = ""`,
      makeFolder(),
    );
    expect(done).toEqual({ code: 0, text: expect.not.stringContaining("pleach") });
  });

  it("are their own inside of the worktree, too, and may be pushed to places in there alone", async () => {
    const repo = await openTemp();
    const outside = join(makeFolder(), "outside.git");
    const worker = await guard(repo);
    const done = worker.sh(
      `set -e; mkdir test; cd test; git init -q --bare bare.git; git init -q -b main one; cd one; git commit -q --allow-empty -m 1
       git branch b; git tag t; echo a > a; git add a; git stash -q; git push -q ../bare.git main; git push -q "$PWD/../bare.git" b
       git init -q --bare '${outside}'`,
    );
    expect(done).toMatchObject({ code: 0 });
    const { code, text } = worker.git(["push", outside, "main"], join(worker.path, "test/one"));
    expect([code === 0, text.includes("pleach refuses this push")]).toEqual([false, true]);
    expect(existsSync(join(outside, "refs/heads/main"))).toBe(false);
  });

  it("are their own as submodules, which may not be pushed", async () => {
    const inner = initRepository({ "inner.txt": "i" });
    runGit(inner, "config", "receive.denyCurrentBranch", "ignore");
    const repo = await openTemp();
    runGit(repo.root, "submodule", "add", "-q", inner, "sub");
    const base = commitAll(repo.root, "with submodule");
    const { path, branch } = await startAttempt(repo, "t1", { base });
    runGit(path, "submodule", "--quiet", "update", "--init");
    const worker = await guardPlace(repo, { path, branch });
    const sub = join(path, "sub");
    expect(worker.sh("git checkout -qb mine && git commit -q --allow-empty -m 1 && git tag t", sub).code).toBe(0);
    const tip = runGit(inner, "rev-parse", "main");
    expect(worker.git(["push", "origin", "HEAD:main"], sub).text).toContain("pleach refuses this push");
    expect(worker.git(["submodule", "foreach", "git push origin HEAD:main"]).code).not.toBe(0);
    expect(runGit(inner, "rev-parse", "main")).toBe(tip);
    expect(worker.git(["commit", "-qam", "moves sub"])).toMatchObject({ code: 0 });
  });
});
