import { mkdirSync, readFileSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  advanceBranch,
  createIntegrationBranch,
  openRepository,
  type Repository,
  shipBranch,
} from "../../../src/actors/git/index.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, fingerprint, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

const start = { "a.txt": "1\n2\n3\n4\n5\n", "b.txt": "b\n", "c.txt": "c\n", "gone.txt": "g\n" };

/** A run whose one task changed a.txt, added new.txt and deleted gone.txt. */
async function makeRun(): Promise<{ repo: Repository; tip: string }> {
  const repo = await openTemp(start);
  await createIntegrationBranch(repo, "r1", repo.head.commit);
  const made = await startAttempt(repo, "t1");
  writeFiles(made.path, { "a.txt": "1\n2\n3\n4\nfive\n", "new/new.txt": "new\n" });
  unlinkSync(join(made.path, "gone.txt"));
  const tip = expectCommitted(await finishAttempt(repo, made)).commit;
  await advanceBranch(repo, { run: "r1", from: repo.head.commit, to: tip });
  return { repo, tip };
}

const read = (repo: Repository, file: string): string => readFileSync(join(repo.root, file), "utf8");

describe("shipBranch", () => {
  it("fast-forwards the checked out branch and keeps dirty files that it does not touch", async () => {
    const { repo, tip } = await makeRun();
    writeFiles(repo.root, { "b.txt": "dirty\n", "c.txt": "staged\n", "untracked.txt": "u" });
    runGit(repo.root, "add", "c.txt");
    const outcome = await shipBranch(repo, { run: "r1" });
    expect(outcome).toMatchObject({ kind: "shipped", how: "fastForward", branch: "main", commit: tip });
    expect(runGit(repo.root, "rev-parse", "HEAD")).toBe(tip);
    expect(runGit(repo.root, "status", "--porcelain", "--", ".", ":!.ce-workspace")).toBe(
      " M b.txt\nM  c.txt\n?? untracked.txt",
    );
    expect(read(repo, "a.txt")).toContain("five");
    expect(await shipBranch(repo, { run: "r1" })).toEqual({ kind: "already", branch: "main", commit: tip });
  });

  it("merges when the branch went on meanwhile", async () => {
    const { repo, tip } = await makeRun();
    writeFiles(repo.root, { "a.txt": "one\n2\n3\n4\n5\n" });
    runGit(repo.root, "commit", "-q", "-am", "mine");
    const mine = runGit(repo.root, "rev-parse", "HEAD");
    const outcome = await shipBranch(repo, { run: "r1" });
    expect(outcome).toMatchObject({ kind: "shipped", how: "merge", files: ["a.txt", "gone.txt", "new/new.txt"] });
    expect(runGit(repo.root, "log", "-1", "--format=%P")).toBe(`${mine} ${tip}`);
    expect(read(repo, "a.txt")).toBe("one\n2\n3\n4\nfive\n");
    expect(await shipBranch(repo, { run: "r1" })).toMatchObject({ kind: "already" });
  });

  it("has the commit checked that the branch gets, and changes nothing when that rejects", async () => {
    const { repo, tip } = await makeRun();
    writeFiles(repo.root, { "a.txt": "one\n2\n3\n4\n5\n" });
    runGit(repo.root, "commit", "-q", "-am", "mine");
    const before = fingerprint(repo.root);
    const asked: string[] = [];
    const check = async (commit: string) => {
      asked.push(commit);
      expect(fingerprint(repo.root)).toEqual(before);
      if (asked.length === 1) throw new Error("not this one");
    };
    await expect(shipBranch(repo, { run: "r1", check })).rejects.toThrow("not this one");
    expect(fingerprint(repo.root)).toEqual(before);
    await shipBranch(repo, { run: "r1", check });
    expect(runGit(repo.root, "rev-parse", "HEAD")).toBe(asked[1]);
    expect(runGit(repo.root, "log", "-1", "--format=%P", asked[0] ?? "")).toContain(tip);
  });

  const meanwhile: [string, (repo: Repository) => void, string][] = [
    ["a commit on the branch", (repo) => void commitAll(repo.root, "meanwhile"), "git.branchMoved"],
    ["a change that would be lost", (repo) => writeFiles(repo.root, { "a.txt": "dirty" }), "git.dirtyOverlap"],
  ];
  it.each(meanwhile)("notices %s that was made while the commit was checked", async (_what, change, code) => {
    const { repo } = await makeRun();
    let before: unknown;
    const check = async () => {
      change(repo);
      before = fingerprint(repo.root);
    };
    await expect(shipBranch(repo, { run: "r1", check })).rejects.toMatchObject({ code });
    expect(fingerprint(repo.root)).toEqual(before);
  });

  it("asks for no check of what would be refused, or is there already", async () => {
    const { repo } = await makeRun();
    const check = async () => expect.fail("nobody is to be asked");
    writeFiles(repo.root, { "a.txt": "dirty" });
    await expect(shipBranch(repo, { run: "r1", check })).rejects.toMatchObject({ code: "git.dirtyOverlap" });
    runGit(repo.root, "checkout", "-q", "--", "a.txt");
    await shipBranch(repo, { run: "r1" });
    expect(await shipBranch(repo, { run: "r1", check })).toMatchObject({ kind: "already" });
  });

  it("refuses a conflict with the files named, and changes nothing", async () => {
    const { repo } = await makeRun();
    writeFiles(repo.root, { "a.txt": "1\n2\n3\n4\nmine\n" });
    runGit(repo.root, "commit", "-q", "-am", "mine");
    const before = fingerprint(repo.root);
    await expect(shipBranch(repo, { run: "r1" })).rejects.toMatchObject({
      code: "git.shipConflict",
      message: expect.stringContaining('"a.txt"'),
    });
    expect(fingerprint(repo.root)).toEqual(before);
  });

  const overlaps: [string, (root: string) => void, string][] = [
    ["a changed file", (root) => writeFileSync(join(root, "a.txt"), "dirty"), "a.txt"],
    [
      "a staged file",
      (root) => {
        writeFileSync(join(root, "a.txt"), "dirty");
        runGit(root, "add", "a.txt");
      },
      "a.txt",
    ],
    ["a changed file that would be deleted", (root) => writeFileSync(join(root, "gone.txt"), "dirty"), "gone.txt"],
    [
      "an untracked file in the place of a new one",
      (root) => writeFiles(root, { "new/new.txt": "mine" }),
      "new/new.txt",
    ],
    ["an untracked file in the place of a new folder", (root) => writeFileSync(join(root, "new"), "mine"), "new"],
    [
      "an ignored file in the place of a new one",
      (root) => {
        writeFileSync(join(root, ".git/info/exclude"), "new\n");
        writeFiles(root, { "new/new.txt": "mine" });
      },
      "new/new.txt",
    ],
    [
      "what an ignored folder holds in the place of a new file",
      (root) => {
        writeFileSync(join(root, ".git/info/exclude"), "new/\n");
        writeFiles(root, { "new/new.txt/deep/mine": "mine" });
      },
      "new/new.txt/deep/mine",
    ],
    [
      "an ignored repository in the place of a new file",
      (root) => {
        writeFileSync(join(root, ".git/info/exclude"), "new/\n");
        writeFiles(root, { "new/new.txt/.git/HEAD": "ref: refs/heads/main\n" });
      },
      "new/new.txt/.git/HEAD",
    ],
    [
      "a staged version that differs from all others",
      (root) => {
        writeFileSync(join(root, "a.txt"), "staged");
        runGit(root, "add", "a.txt");
        writeFileSync(join(root, "a.txt"), "1\n2\n3\n4\nfive\n");
      },
      "a.txt",
    ],
  ];
  for (const [what, spoil, file] of overlaps) {
    it(`refuses to overwrite ${what}, naming it, and changes nothing`, async () => {
      const { repo } = await makeRun();
      spoil(repo.root);
      const before = fingerprint(repo.root);
      await expect(shipBranch(repo, { run: "r1" })).rejects.toMatchObject({ code: "git.dirtyOverlap", file });
      expect(fingerprint(repo.root)).toEqual(before);
    });
  }

  it.each(["--squash", "--no-commit", "--strategy=ours"])(
    "is not led astray by a branch whose merges have the option %s",
    async (option) => {
      const { repo, tip } = await makeRun();
      runGit(repo.root, "config", "branch.main.mergeOptions", option);
      expect(await shipBranch(repo, { run: "r1" })).toMatchObject({ kind: "shipped", commit: tip });
      expect(runGit(repo.root, "rev-parse", "main")).toBe(tip);
      expect(runGit(repo.root, "status", "--porcelain", "--untracked-files=no")).toBe("");
    },
  );

  it("updates a checkout whose git directory lies elsewhere", async () => {
    const root = makeFolder();
    const apart = join(makeFolder(), "apart.git");
    runGit(root, "init", "-q", "-b", "main", `--separate-git-dir=${apart}`);
    writeFiles(root, { "a.txt": "a" });
    commitAll(root, "first");
    const repo = await openRepository(root);
    await createIntegrationBranch(repo, "r1", repo.head.commit);
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "changed" });
    const { commit } = expectCommitted(await finishAttempt(repo, made));
    await advanceBranch(repo, { run: "r1", from: repo.head.commit, to: commit });
    expect(await shipBranch(repo, { run: "r1" })).toMatchObject({ kind: "shipped", commit });
    expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("changed");
    expect(runGit(root, "status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  it("goes on after an interruption that left some files already written", async () => {
    const { repo, tip } = await makeRun();
    writeFiles(repo.root, { "a.txt": "1\n2\n3\n4\nfive\n", "new/new.txt": "new\n" });
    unlinkSync(join(repo.root, "gone.txt"));
    expect(await shipBranch(repo, { run: "r1" })).toMatchObject({ kind: "shipped", commit: tip });
    expect(runGit(repo.root, "status", "--porcelain", "--untracked-files=no")).toBe("");
  });

  it("moves only the ref of a branch that is not checked out, and needs a name when HEAD is detached", async () => {
    const { repo, tip } = await makeRun();
    runGit(repo.root, "checkout", "-q", "--detach");
    writeFiles(repo.root, { "a.txt": "dirty" });
    const before = fingerprint(repo.root);
    await expect(shipBranch(repo, { run: "r1" })).rejects.toMatchObject({ code: "git.detached" });
    expect(await shipBranch(repo, { run: "r1", into: "main" })).toMatchObject({ kind: "shipped", commit: tip });
    expect(runGit(repo.root, "rev-parse", "main")).toBe(tip);
    expect({ ...fingerprint(repo.root), refs: "" }).toEqual({ ...before, refs: "" });
    await expect(shipBranch(repo, { run: "r1", into: "--help" })).rejects.toMatchObject({ code: "git.noBranch" });
    await expect(shipBranch(repo, { run: "none", into: "main" })).rejects.toMatchObject({ code: "git.noBranch" });
  });

  it("updates the other worktree that has the branch checked out", async () => {
    const { repo, tip } = await makeRun();
    const linked = join(repo.root, "..", "linked");
    runGit(repo.root, "worktree", "add", "-q", "-b", "side", linked, "main");
    expect(await shipBranch(repo, { run: "r1", into: "side" })).toMatchObject({ commit: tip });
    expect(readFileSync(join(linked, "a.txt"), "utf8")).toContain("five");
    expect(runGit(linked, "status", "--porcelain")).toBe("");
    expect(read(repo, "a.txt")).not.toContain("five");
  });

  it.each(["index.lock", "HEAD.lock", "refs/heads/main.lock"])(
    "names %s that somebody left, before any gate is run, and goes through without it",
    async (name) => {
      const { repo, tip } = await makeRun();
      const lock = join(repo.gitDir, name);
      writeFileSync(lock, "");
      const before = fingerprint(repo.root);
      let asked = 0;
      const check = async () => void asked++;
      await expect(shipBranch(repo, { run: "r1", check })).rejects.toMatchObject({
        code: "git.locked",
        message: expect.stringContaining(lock),
        hint: expect.stringContaining(`rm '${lock}'`),
      });
      expect([asked, fingerprint(repo.root)]).toEqual([0, before]);
      unlinkSync(lock);
      expect(await shipBranch(repo, { run: "r1", check })).toMatchObject({ kind: "shipped", commit: tip });
    },
  );

  it("refuses while a merge or a rebase of the branch is under way", async () => {
    const { repo } = await makeRun();
    runGit(repo.root, "checkout", "-q", "-b", "topic");
    writeFiles(repo.root, { "c.txt": "topic\n" });
    commitAll(repo.root, "topic");
    runGit(repo.root, "checkout", "-q", "main");
    writeFiles(repo.root, { "c.txt": "main\n" });
    runGit(repo.root, "commit", "-q", "-am", "main");
    expect(() => runGit(repo.root, "merge", "topic")).toThrow();
    await expect(shipBranch(repo, { run: "r1" })).rejects.toMatchObject({ code: "git.busy" });
    runGit(repo.root, "merge", "--abort");
    expect(() => runGit(repo.root, "rebase", "topic")).toThrow();
    await expect(shipBranch(repo, { run: "r1", into: "main" })).rejects.toMatchObject({ code: "git.busy" });
  });

  it("ships from a repository opened in a linked worktree", async () => {
    const { repo, tip } = await makeRun();
    const linked = join(repo.root, "..", "linked");
    runGit(repo.root, "worktree", "add", "-q", "-b", "side", linked, "main");
    mkdirSync(join(linked, "sub"));
    expect(await shipBranch(await openRepository(join(linked, "sub")), { run: "r1" })).toMatchObject({
      branch: "side",
      commit: tip,
    });
  });
});
