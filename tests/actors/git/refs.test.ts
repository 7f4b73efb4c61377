/** Branches of ours and what may keep git from moving them: an answer is told from an error, and merged work is not lost. */
import { spawn } from "node:child_process";
import { chmodSync, existsSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { advanceBranch, type Repository, readBranch, restoreBranch } from "../../../src/actors/git/index.ts";
import { moveBranch } from "../../../src/actors/git/refs.ts";
import { removeWorktree } from "../../../src/actors/git/worktree.ts";
import { asOrdinaryUser } from "../../helpers/ordinary-user.ts";
import { finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, openTemp, runGit, writeFiles } from "./temp-repository.ts";

const BRANCH = "pleach/r1";

/** Some commits in a row on `main`, the first of them the run's base. */
async function makeCommits(count: number): Promise<{ repo: Repository; commits: string[] }> {
  const repo = await openTemp();
  const commits = [repo.head.commit];
  for (let number = 1; number < count; number++) {
    writeFiles(repo.root, { "n.txt": `${number}` });
    commits.push(commitAll(repo.root, `number ${number}`));
  }
  return { repo, commits };
}

/** A lock that somebody left long ago. */
function leaveLock(repo: Repository, name: string): string {
  const path = join(repo.commonDir, name);
  writeFiles(repo.commonDir, { [name]: "" });
  const hourAgo = new Date(Date.now() - 3_600_000);
  utimesSync(path, hourAgo, hourAgo);
  return path;
}

describe("moving a branch", () => {
  it("answers no only where the branch is not where it was expected", async () => {
    const { repo, commits } = await makeCommits(3);
    const [one = "", two = "", three = ""] = commits;
    expect(await moveBranch(repo, BRANCH, null, one)).toBe(true);
    expect(await moveBranch(repo, BRANCH, null, two)).toBe(false);
    expect(await moveBranch(repo, BRANCH, two, three)).toBe(false);
    expect(await moveBranch(repo, BRANCH, two, null)).toBe(false);
    expect(await moveBranch(repo, "pleach/none", one, two)).toBe(false);
    expect(await moveBranch(repo, "pleach/none", one, null)).toBe(false);
    expect(await readBranch(repo, BRANCH)).toBe(one);
    expect(await moveBranch(repo, BRANCH, one, null)).toBe(true);
    expect(readdirSync(join(repo.commonDir, "pleach.writes"))).toEqual([]);
  });

  it.each([
    ["a branch of the person", "refs/heads/mine.lock", "mine", "two"],
    ["the packed refs", "packed-refs.lock", BRANCH, null],
    ["the packed refs, half written", "packed-refs.new", BRANCH, null],
  ] as const)("says of a lock on %s that it is there, how old it is, and that nobody holds it", async (...given) => {
    const [, lock, branch, to] = given;
    const { repo, commits } = await makeCommits(2);
    const [one = "", two = ""] = commits;
    await moveBranch(repo, branch, null, one);
    runGit(repo.root, "pack-refs", "--all");
    const path = leaveLock(repo, lock);
    const locked = {
      code: "git.locked",
      message: expect.stringMatching(/\.(?:lock|new) \(made 1h 00m ago; no git is at work in this repository/),
      hint: expect.stringContaining(`rm '${path}'`),
      file: path,
    };
    await expect(moveBranch(repo, branch, one, to === null ? null : two)).rejects.toMatchObject(locked);
    expect([await readBranch(repo, branch), existsSync(path)]).toEqual([one, true]);
  });

  it("takes away a lock on a branch of ours that nobody can hold, and goes on", async () => {
    const { repo, commits } = await makeCommits(2);
    const [one = "", two = ""] = commits;
    await moveBranch(repo, BRANCH, null, one);
    leaveLock(repo, `refs/heads/${BRANCH}.lock`);
    expect(await moveBranch(repo, BRANCH, one, two)).toBe(true);
  });

  it("names a folder that may not be written, whatever git says of it", async () => {
    const { repo, commits } = await makeCommits(2);
    const [one = "", two = ""] = commits;
    await moveBranch(repo, BRANCH, null, one);
    const heads = join(repo.commonDir, "refs/heads");
    await asOrdinaryUser(repo.root, async () => {
      for (const folder of [join(heads, "pleach"), heads]) chmodSync(folder, 0o555);
      await expect(moveBranch(repo, BRANCH, one, two)).rejects.toMatchObject({ code: "git.denied" });
      await expect(moveBranch(repo, "pleach-tasks/r1/t/1", null, one)).rejects.toMatchObject({ code: "git.denied" });
      chmodSync(join(heads, "pleach"), 0o000);
      await expect(readBranch(repo, BRANCH)).rejects.toMatchObject({ code: "git.denied" });
      for (const folder of [heads, join(heads, "pleach")]) chmodSync(folder, 0o755);
    });
    expect(await readBranch(repo, BRANCH)).toBe(one);
  });

  it.each([
    ["pleach", "pleach/r1"],
    ["pleach-tasks/r1", "pleach-tasks/r1/t/1"],
    ["pleach/r1/deeper", "pleach/r1"],
  ])("names the branch %s that leaves no place for %s", async (taken, wanted) => {
    const { repo, commits } = await makeCommits(1);
    runGit(repo.root, "branch", taken);
    await expect(moveBranch(repo, wanted, null, commits[0] ?? "")).rejects.toMatchObject({
      code: "git.nameTaken",
      message: `the branch ${taken} leaves no place for a branch ${wanted}`,
      hint: expect.stringContaining(`git branch -m ${taken} `),
    });
  });

  it("does not take a branch that cannot be read for one that is not there", async () => {
    const { repo, commits } = await makeCommits(1);
    await moveBranch(repo, BRANCH, null, commits[0] ?? "");
    writeFileSync(join(repo.commonDir, "refs/heads", BRANCH), "");
    const broken = { code: "git.brokenBranch", file: join(repo.commonDir, "refs/heads", BRANCH) };
    await expect(readBranch(repo, BRANCH)).rejects.toMatchObject(broken);
    await expect(moveBranch(repo, BRANCH, null, commits[0] ?? "")).rejects.toMatchObject(broken);
  });
});

describe("the branch of a run", () => {
  const advance = (repo: Repository, from: string, to: string) => advanceBranch(repo, { run: "r1", from, to });

  it("is made again at what is merged when somebody deleted it", async () => {
    const { repo, commits } = await makeCommits(2);
    const [one = "", two = ""] = commits;
    const restored = { branch: BRANCH, found: null, kept: null };
    expect(await advance(repo, one, two)).toEqual({ kind: "moved", restored });
    expect(await readBranch(repo, BRANCH)).toBe(two);
    runGit(repo.root, "branch", "-D", BRANCH);
    expect(await restoreBranch(repo, { run: "r1", merged: two })).toEqual(restored);
    expect(await restoreBranch(repo, { run: "r1", merged: two })).toBeNull();
    expect(await readBranch(repo, BRANCH)).toBe(two);
  });

  it("is put back when somebody moved it to before what was merged", async () => {
    const { repo, commits } = await makeCommits(3);
    const [one = "", two = "", three = ""] = commits;
    await moveBranch(repo, BRANCH, null, one);
    const restored = { branch: BRANCH, found: one, kept: null };
    expect(await advance(repo, two, three)).toEqual({ kind: "moved", restored });
    expect(await readBranch(repo, BRANCH)).toBe(three);
  });

  it("is put back when somebody rewrote it, and what they made of it is kept", async () => {
    const { repo, commits } = await makeCommits(3);
    const [one = "", two = "", three = ""] = commits;
    runGit(repo.root, "checkout", "-q", "-b", "elsewhere", one);
    const theirs = commitAll(repo.root, "amended");
    await moveBranch(repo, BRANCH, null, theirs);
    const kept = `pleach-tasks/r1/@found/${theirs.slice(0, 12)}`;
    expect(await advance(repo, two, three)).toEqual({
      kind: "moved",
      restored: { branch: BRANCH, found: theirs, kept },
    });
    expect([await readBranch(repo, BRANCH), await readBranch(repo, kept)]).toEqual([three, theirs]);
    await moveBranch(repo, BRANCH, three, theirs);
    expect(await restoreBranch(repo, { run: "r1", merged: three })).toMatchObject({ found: theirs, kept });
  });

  it("is left where somebody put more on top of what was merged", async () => {
    const { repo, commits } = await makeCommits(3);
    const [one = "", two = "", three = ""] = commits;
    await moveBranch(repo, BRANCH, null, two);
    runGit(repo.root, "checkout", "-q", "-b", "elsewhere", one);
    const mine = commitAll(repo.root, "chained");
    expect(await advance(repo, one, mine)).toEqual({ kind: "diverged", found: two });
    expect(await restoreBranch(repo, { run: "r1", merged: one })).toBeNull();
    expect([await readBranch(repo, BRANCH), three]).toEqual([two, commits[2]]);
  });

  it("is no longer there, and cannot be made again: the lock is what is said", async () => {
    const { repo, commits } = await makeCommits(2);
    const path = leaveLock(repo, `refs/heads/${BRANCH}.lock`);
    // As if another program had just made it.
    const tomorrow = new Date(Date.now() + 86_400_000);
    utimesSync(path, tomorrow, tomorrow);
    const holder = holdGit(repo.root);
    await expect(advance(repo, commits[0] ?? "", commits[1] ?? "")).rejects.toMatchObject({ code: "git.locked" });
    holder();
    rmSync(path);
    expect(await advance(repo, commits[0] ?? "", commits[1] ?? "")).toMatchObject({ kind: "moved" });
  });
});

describe("the branch of an attempt that landed", () => {
  it("stays when it cannot be deleted, which is said; its worktree goes all the same", async () => {
    const { repo } = await makeCommits(1);
    const [first, second] = [await startAttempt(repo, "t1"), await startAttempt(repo, "t2")];
    for (const made of [first, second]) {
      writeFiles(made.path, { "b.txt": "b" });
      await finishAttempt(repo, made);
    }
    const lock = leaveLock(repo, "packed-refs.lock");
    for (const made of [first, second]) {
      const removed = await removeWorktree(repo, made, "landed");
      expect(removed).toEqual({
        kind: "removed",
        saved: null,
        left: expect.stringMatching(
          /^the branch pleach-tasks\/r1\/t\d\/1 stays: git is locked by .*packed-refs\.lock /,
        ),
      });
      expect(existsSync(made.path)).toBe(false);
    }
    expect(readdirSync(join(repo.root, ".ce-workspace/worktrees"))).toEqual([]);
    rmSync(lock);
    expect(await removeWorktree(repo, first, "landed")).toEqual({ kind: "removed", saved: null });
  });
});

/** A git of somebody else that stays at work in the repository until it is let go. */
function holdGit(root: string): () => void {
  const held = spawn("git", ["hash-object", "--stdin"], { cwd: root, stdio: ["pipe", "ignore", "ignore"] });
  const stop = (): void => void held.kill();
  onTestFinished(stop);
  return stop;
}
