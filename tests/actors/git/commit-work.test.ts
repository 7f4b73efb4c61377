import { readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openRepository, readBranch } from "../../../src/actors/git/index.ts";
import { findEffect } from "../../../src/actors/git/refs.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, initRepository, listFiles, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("commitWork", () => {
  it("makes one commit on the base, with trailers, on the attempt's branch", async () => {
    const repo = await openTemp({ "a.txt": "a", "gone.txt": "g", ".gitignore": "*.log\n" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "changed", "new/b.txt": "b", "debug.log": "ignored" });
    unlinkSync(join(made.path, "gone.txt"));
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["a.txt", "gone.txt", "new/b.txt"]);
    expect(listFiles(repo.root, done.commit)).toEqual([".gitignore", "a.txt", "new/b.txt"]);
    expect(runGit(repo.root, "rev-parse", `${done.commit}^`)).toBe(repo.head.commit);
    expect(await readBranch(repo, made.branch)).toBe(done.commit);
    expect(runGit(repo.root, "log", "-1", "--format=%an <%ae>%n%B", done.commit)).toBe(
      "pleach <pleach@localhost>\nDo t1\n\nPleach-Run: r1\nPleach-Task: t1\nPleach-Effect: task:t1/1/2/0\n",
    );
    expect(await findEffect(repo, made.branch, "task:t1/1/2/0")).toBe(done.commit);
    expect(await findEffect(repo, made.branch, "task:t1/1/2/1")).toBeNull();
    expect(await findEffect(repo, "pleach/none", "task:t1/1/2/0")).toBeNull();
  });

  it("loses nothing that was committed before, whatever a person who took it over took out or committed", async () => {
    for (const commits of [false, true]) {
      const repo = await openTemp({ "a.txt": "a" });
      const made = await startAttempt(repo, "t1");
      writeFiles(made.path, { "own.txt": "o", "more.txt": "m" });
      const first = expectCommitted(await finishAttempt(repo, made));
      const byPerson = { before: first.commit, trailers: { run: "r1", task: "t1", effect: "task:t1/1/5/0" } };
      const unchanged = expectCommitted(await finishAttempt(repo, made, byPerson));
      expect([unchanged.commit, unchanged.notes]).toEqual([first.commit, undefined]);
      unlinkSync(join(made.path, "own.txt"));
      if (commits) commitAll(made.path, "without it");
      const second = expectCommitted(await finishAttempt(repo, made, byPerson));
      expect(listFiles(repo.root, second.commit)).toEqual(["a.txt", "more.txt"]);
      expect(runGit(repo.root, "rev-parse", `${second.commit}^`)).toBe(repo.head.commit);
      expect(second.notes?.join()).toContain(`${made.branch}-saved`);
      expect(runGit(repo.root, "for-each-ref", "--contains", first.commit, "--format=%(refname:short)")).toBe(
        `${made.branch}-saved`,
      );
      expect(expectCommitted(await finishAttempt(repo, made, byPerson)).commit).toBe(second.commit);
    }
  });

  it("lets no title act on the terminal of who reads the history", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "changed" });
    const message = "good \u001b[31mred\u001b]0;title\u0007 \u202eend\n\nbody";
    const done = expectCommitted(await finishAttempt(repo, made, { message }));
    const written = runGit(repo.root, "log", "-1", "--format=%B", done.commit);
    expect(written).toContain("good red");
    expect(written).not.toMatch(/[\u001b\u0007\u202e]/);
  });

  it("takes what the worker gave to git though .gitignore names it", async () => {
    const root = initRepository({ ".gitignore": "dist/\n", "a.txt": "a" });
    writeFiles(root, { "dist/old.js": "o", "dist/moved.js": "m" });
    runGit(root, "add", "-f", "dist");
    commitAll(root, "with dist");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "dist/added.js": "a", "dist/left.js": "l", "x.txt": "x" });
    runGit(made.path, "add", "-f", "dist/added.js");
    commitAll(made.path, "own commit");
    runGit(made.path, "mv", "dist/moved.js", "dist/here.js");
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(listFiles(repo.root, done.commit)).toEqual([
      ".gitignore",
      "a.txt",
      "dist/added.js",
      "dist/here.js",
      "dist/old.js",
      "x.txt",
    ]);
  });

  it.each([
    ["its branch", ["reset", "-q", "--hard", "HEAD~1"]],
    ["its HEAD", ["checkout", "-q", "--detach", "HEAD~1"]],
  ])(
    "refuses work whose %s was moved back to before where it began: it would take out what others merged",
    async (_what, back) => {
      const root = initRepository({ "a.txt": "a" });
      writeFiles(root, { "theirs.txt": "t" });
      commitAll(root, "merged by others");
      const repo = await openRepository(root);
      const made = await startAttempt(repo, "t1");
      runGit(made.path, ...back);
      writeFiles(made.path, { "mine.txt": "m" });
      await expect(finishAttempt(repo, made)).rejects.toMatchObject({ code: "git.wentBack" });
      commitAll(made.path, "own commit there");
      await expect(finishAttempt(repo, made)).rejects.toMatchObject({ code: "git.wentBack" });
      runGit(made.path, "checkout", "-q", made.branch);
      runGit(made.path, "reset", "-q", "--hard", repo.head.commit);
      writeFiles(made.path, { "mine.txt": "m" });
      commitAll(made.path, "own commit");
      runGit(made.path, "reset", "-q", "--soft", "HEAD~1");
      expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["mine.txt"]);
    },
  );

  it("takes nothing from an index that names what is no file of the worktree, or is damaged", async () => {
    const root = initRepository({ "a.txt": "a" });
    writeFiles(root, { ".gitignore": "*\n" });
    runGit(root, "add", "-f", ".gitignore");
    commitAll(root, "ignore everything");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "changed" });
    const index = runGit(made.path, "rev-parse", "--path-format=absolute", "--git-path", "index");
    // The name a.txt as another program would have to write it: of the same length, and leading out.
    const bytes = readFileSync(index);
    for (let at = bytes.indexOf("a.txt"); at >= 0; at = bytes.indexOf("a.txt", at + 1)) bytes.write("../ab", at);
    writeFileSync(index, bytes);
    writeFileSync(join(made.path, "../ab"), "outside");
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["a.txt"]);
    writeFileSync(index, "no index");
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["a.txt"]);
  });

  it("notices a change of the same size made right after the checkout", async () => {
    const repo = await openTemp({ "a.txt": "before" });
    const made = await startAttempt(repo, "t1");
    writeFileSync(join(made.path, "a.txt"), "after!");
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["a.txt"]);
  });

  it("gives the same commit when performed twice, also when the worktree is gone by then", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "b.txt": "b" });
    const first = await finishAttempt(repo, made);
    expect(await finishAttempt(repo, made)).toEqual(first);
    rmSync(made.path, { recursive: true });
    expect(await finishAttempt(repo, made)).toEqual(first);
    const other = { trailers: { run: "r1", task: "t1", effect: "another" } };
    await expect(finishAttempt(repo, made, other)).rejects.toMatchObject({ code: "git.noWorktree" });
  });

  it("says empty when nothing changed, whatever was touched", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    writeFileSync(join(made.path, "a.txt"), "one\ntwo\nthree\n");
    expect(await finishAttempt(repo, made)).toEqual({ kind: "empty" });
  });

  it("counts trailers only where it wrote them, not in a worker's message", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "b.txt": "b" });
    const message = "Work\n\nPleach-Effect: forged\0\nPleach-Task: other";
    const trailers = { run: "r1", task: "t1\nPleach-Effect: forged too", effect: "real" };
    expectCommitted(await finishAttempt(repo, made, { message, trailers }));
    expect(await findEffect(repo, made.branch, "real")).not.toBeNull();
    expect(await findEffect(repo, made.branch, "forged")).toBeNull();
    expect(await findEffect(repo, made.branch, "forged too")).toBeNull();
  });

  it("leaves excluded paths as they are in the base, also where repositories were made in them", async () => {
    const repo = await openTemp({ "a.txt": "a", "vault/note.md": "n" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, {
      "vault/note.md": "changed",
      "vault/new.md": "n",
      ".ce-workspace/x": "x",
      "vaulted.txt": "v",
    });
    writeFiles(made.path, { "vault/nested/inner.txt": "i" });
    runGit(join(made.path, "vault/nested"), "init", "-q");
    commitAll(join(made.path, "vault/nested"), "inner");
    const done = expectCommitted(await finishAttempt(repo, made, { excluded: ["vault/"], scope: ["*.txt"] }));
    expect(done.files).toEqual(["vaulted.txt"]);
    expect(runGit(repo.root, "show", `${done.commit}:vault/note.md`)).toBe("n");
  });

  it("keeps any file name: newline, quote, leading dash, glob characters, bytes that are no UTF-8", async () => {
    const repo = await openTemp({ "a.txt": "a", "-gone\n": "g" });
    const made = await startAttempt(repo, "t1");
    const names = ["new\nline", '"quoted"', "-rf", ":(top)x", "a*[b]?", "ünï", "tab\there"];
    for (const name of names) writeFileSync(join(made.path, name), name);
    unlinkSync(join(made.path, "-gone\n"));
    if (process.platform === "linux") {
      writeFileSync(Buffer.concat([Buffer.from(`${made.path}/`), Buffer.from([0x66, 0xff])]), "raw");
      names.push("f\ufffd");
    }
    const done = expectCommitted(await finishAttempt(repo, made, { scope: ["*"] }));
    expect(done.files).toEqual([...names, "-gone\n"].sort());
  });

  it("takes the files of a worker that committed, switched branch, damaged the index and lost .git", async () => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "one.txt": "1" });
    commitAll(made.path, "my own commit");
    runGit(made.path, "checkout", "-q", "-b", "my-branch");
    writeFiles(made.path, { "two.txt": "2" });
    commitAll(made.path, "elsewhere");
    writeFiles(made.path, { "a.txt": "hidden" });
    runGit(made.path, "update-index", "--assume-unchanged", "a.txt");
    writeFileSync(join(repo.commonDir, "worktrees/r1-t1-1/index"), "garbage");
    rmSync(join(made.path, ".git"));
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(done.files).toEqual(["a.txt", "one.txt", "two.txt"]);
    expect(runGit(repo.root, "rev-parse", `${done.commit}^`)).toBe(repo.head.commit);
  });

  it("follows files that become folders, folders that become links, and programs", async () => {
    const repo = await openTemp({ file: "f", "dir/x": "x", "other/y": "y" });
    const made = await startAttempt(repo, "t1");
    unlinkSync(join(made.path, "file"));
    writeFiles(made.path, { "file/inside": "i" });
    rmSync(join(made.path, "dir"), { recursive: true });
    symlinkSync("other", join(made.path, "dir"));
    const done = expectCommitted(await finishAttempt(repo, made));
    expect(listFiles(repo.root, done.commit)).toEqual(["dir", "file/inside", "other/y"]);
    expect(runGit(repo.root, "ls-tree", done.commit, "dir")).toContain("120000 blob");
  });

  it("works in a SHA-256 repository", async () => {
    const root = initRepository({ "a.txt": "a" }, "--object-format=sha256");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "b.txt": "b" });
    expect(expectCommitted(await finishAttempt(repo, made)).commit).toHaveLength(64);
  });
});

describe("scope", () => {
  it("names every file changed, deleted or renamed outside it, and commits nothing then", async () => {
    const repo = await openTemp({ "src/a.ts": "a\nlong enough to be a rename\n", "lib/b.ts": "b", "lib/c.ts": "c" });
    const made = await startAttempt(repo, "t1");
    renameSync(join(made.path, "src/a.ts"), join(made.path, "lib/a.ts"));
    unlinkSync(join(made.path, "lib/c.ts"));
    writeFiles(made.path, { "src/.hidden/x": "x", "lib/b.ts": "bb", "src/new\nline.ts": "n" });
    expect(await finishAttempt(repo, made, { scope: ["src/**"] })).toEqual({
      kind: "outsideScope",
      files: ["lib/a.ts", "lib/b.ts", "lib/c.ts"],
      why: "scope",
    });
    expect(await finishAttempt(repo, made, { scope: ["lib/**"] })).toMatchObject({
      files: ["src/.hidden/x", "src/a.ts", "src/new\nline.ts"],
    });
    expect(await readBranch(repo, made.branch)).toBe(repo.head.commit);
    expect(await finishAttempt(repo, made, { scope: ["src", "lib/"] })).toMatchObject({ kind: "committed" });
  });

  it("leaves the configuration of pleach alone where it does not name it", async () => {
    const repo = await openTemp({ "a.txt": "a", "pleach.yaml": "gates: {}\n" });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "b", "pleach.yaml": "", ".pleach/roles/builders.md": "be kind" });
    const files = [".pleach/roles/builders.md", "pleach.yaml"];
    const refused = { kind: "outsideScope", files, why: "configuration" };
    expect(await finishAttempt(repo, made)).toEqual(refused);
    expect(await finishAttempt(repo, made, { scope: ["**"] })).toEqual(refused);
    expect(await finishAttempt(repo, made, { scope: ["*.md"] })).toEqual({
      kind: "outsideScope",
      files: [...files, "a.txt"].sort(),
      why: "scope",
    });
    expect(await finishAttempt(repo, made, { scope: ["*.txt", ...files] })).toMatchObject({ kind: "committed" });
  });

  it("reports symlinks that lead out of the repository, also through another link", async () => {
    const repo = await openTemp({ "a.txt": "a" });
    const made = await startAttempt(repo, "t1");
    const outside = makeFolder();
    writeFiles(made.path, { "deep/er/x": "x" });
    symlinkSync(outside, join(made.path, "absolute"));
    symlinkSync("../../../../etc/passwd", join(made.path, "deep/climbs"));
    symlinkSync(".git/config", join(made.path, "git"));
    symlinkSync("../a.txt", join(made.path, "deep/fine"));
    symlinkSync("../absolute", join(made.path, "deep/chained"));
    expect(await finishAttempt(repo, made)).toEqual({
      kind: "outsideScope",
      files: ["absolute", "deep/chained", "deep/climbs", "git"],
      why: "link",
    });
  });
});

describe("removesMerged", () => {
  async function rerun(change: (path: string) => void): Promise<string[]> {
    const root = initRepository({ "a.txt": "1\n2\n3\n4\n5\n", "old.txt": "o\n", bin: "\0a" });
    const since = runGit(root, "rev-parse", "HEAD");
    writeFiles(root, { "a.txt": "1\n2\nmerged x\nmerged y\n3\n4\n5\n", "added.txt": "whole\nfile\n", bin: "\0b" });
    const base = commitAll(root, "merged meanwhile");
    const repo = await openRepository(root);
    const made = await startAttempt(repo, "t1", { base });
    change(made.path);
    return expectCommitted(await finishAttempt(repo, made, { base, since })).removesMerged;
  }

  it("is empty for additions beside merged lines and for changes of older ones", async () => {
    const files = { "a.txt": "1\nmine\n2\nmerged x\nmerged y\nmine\n3\n4\nfive\n", "added.txt": "whole\nfile\nmore\n" };
    expect(await rerun((path) => writeFiles(path, { ...files, "old.txt": "changed\n" }))).toEqual([]);
  });

  it("names files in which merged lines are removed or rewritten", async () => {
    expect(await rerun((path) => writeFiles(path, { "a.txt": "1\n2\nmerged x\n3\n4\n5\n" }))).toEqual(["a.txt"]);
    expect(await rerun((path) => writeFiles(path, { "a.txt": "1\n2\nmerged x\nmine\n3\n4\n5\n" }))).toEqual(["a.txt"]);
  });

  it("names merged files that are deleted, and binary files changed on both sides", async () => {
    expect(
      await rerun((path) => {
        unlinkSync(join(path, "added.txt"));
        writeFiles(path, { bin: "\0c" });
      }),
    ).toEqual(["added.txt", "bin"]);
  });
});
