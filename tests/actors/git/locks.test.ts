/** git's locks, held by real gits that live or were killed: who may hold them is found, and only what is ours is removed. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { git } from "../../../src/actors/git/git.ts";
import { prepareGateWorktree, type Repository } from "../../../src/actors/git/index.ts";
import { clearLeftLocks, lookAtLocks } from "../../../src/actors/git/left-locks.ts";
import { describeLock, listLocks } from "../../../src/actors/git/locks.ts";
import { moveBranch } from "../../../src/actors/git/refs.ts";
import { findTrouble } from "../../../src/actors/git/refusals.ts";
import { findPrograms, findWithPs, readElapsedMs } from "../../../src/actors/process/programs.ts";
import { compileInto, listImported } from "../../helpers/compile-src.ts";
import { makeTempFolder } from "../../helpers/temp-folders.ts";
import { startAttempt } from "./attempt.ts";
import { openTemp } from "./temp-repository.ts";

const PLACES = (repo: Repository) => ({ run: "r1", worktrees: join(repo.root, ".ce-workspace/worktrees") });
/** What a git that takes locks is told, before it is told to let go of them. */
const DELETE = (branch: string) => `start\ndelete refs/heads/${branch}\nprepare\n`;

/** Waits until a git of somebody else has taken the locks of a transaction, which it keeps until it ends. */
async function holdLocks(cwd: string, transaction: string, options: string[] = []): Promise<ChildProcess> {
  const held = spawn("git", [...options, "update-ref", "--stdin"], { cwd, stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void held.kill("SIGKILL"));
  held.stdin.write(transaction);
  let said = "";
  for await (const chunk of held.stdout) {
    said += String(chunk);
    if (said.includes("prepare: ok")) break;
  }
  return held;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, "exit");
  child.kill("SIGKILL");
  await gone;
}

const namesIn = async (repo: Repository): Promise<string[]> =>
  (await listLocks(repo.commonDir)).map((path) => path.slice(repo.commonDir.length + 1));

async function openWithBranches(...branches: string[]): Promise<Repository> {
  const repo = await openTemp();
  for (const branch of branches) await moveBranch(repo, branch, null, repo.head.commit);
  return repo;
}

describe("a lock", () => {
  it("is told with the program that holds it, as long as that lives", async () => {
    const repo = await openWithBranches("mine");
    const holder = await holdLocks(repo.root, DELETE("mine"));
    const names = ["packed-refs.lock", "packed-refs.new", "refs/heads/mine.lock"];
    expect(await namesIn(repo)).toEqual(names.filter((name) => existsSync(join(repo.commonDir, name))));
    const [lock] = await lookAtLocks(repo);
    expect(lock?.makers).toEqual([{ pid: holder.pid, name: "git update-ref" }]);
    expect(lock && describeLock(lock)).toMatch(/^made \d\.\ds ago; git update-ref \(process \d+\) may hold it$/);
    await expect(moveBranch(repo, "mine", repo.head.commit, null)).rejects.toMatchObject({
      code: "git.locked",
      message: expect.stringContaining(`git update-ref (process ${holder.pid}) may hold it`),
      hint: expect.stringContaining("Wait"),
    });
    await kill(holder);
    expect((await lookAtLocks(repo)).every(({ makers }) => makers?.length === 0)).toBe(true);
  });

  it("is told with what its maker does, whatever options that has, also where the repository is reached by a link", async () => {
    const repo = await openWithBranches("mine");
    const link = `${repo.root} link`;
    symlinkSync(repo.root, link);
    const holder = await holdLocks(link, DELETE("mine"), ["-c", "color.ui=false", "--literal-pathspecs"]);
    expect((await lookAtLocks(repo))[0]?.makers).toEqual([{ pid: holder.pid, name: "git update-ref" }]);
  });

  it("is not held by a git of another repository, nor by one that only reads", async () => {
    const [repo, other] = [await openWithBranches("mine"), await openWithBranches("mine")];
    await holdLocks(other.root, DELETE("mine"));
    const reader = spawn("git", ["-c", "color.ui=false", "cat-file", "--batch"], {
      cwd: repo.root,
      stdio: ["pipe", "ignore", "ignore"],
    });
    onTestFinished(() => void reader.kill());
    await kill(await holdLocks(repo.root, DELETE("mine")));
    for (const { makers } of await lookAtLocks(repo)) expect(makers).toEqual([]);
  });

  it("may be held by a git that works in a linked worktree elsewhere", async () => {
    const repo = await openWithBranches("mine");
    const place = join(makeTempFolder("git", "test"), "linked");
    await git(repo.root, ["worktree", "add", "--quiet", "--detach", place]);
    const holder = await holdLocks(place, DELETE("mine"));
    expect((await lookAtLocks(repo))[0]?.makers).toMatchObject([{ pid: holder.pid }]);
  });
});

describe("locks that were left behind", () => {
  it("are removed where they are those of this run's branches and worktrees, and named where they are not", async () => {
    const attempt = "pleach-tasks/r1/t/1";
    const repo = await openWithBranches("pleach/r1", attempt, "pleach-tasks/r10/t/1", "mine");
    const made = await startAttempt(repo, "t2");
    const admin = join(repo.commonDir, "worktrees", readdirSync(join(repo.commonDir, "worktrees"))[0] ?? "");
    for (const branch of ["pleach/r1", attempt, "pleach-tasks/r10/t/1", "mine"]) {
      const { commit } = repo.head;
      const killed = await holdLocks(repo.root, `start\nupdate refs/heads/${branch} ${commit} ${commit}\nprepare\n`);
      await kill(killed);
      // That of a branch that does not move, git takes all the same.
      if (!existsSync(join(repo.commonDir, `refs/heads/${branch}.lock`)))
        writeFileSync(join(repo.commonDir, `refs/heads/${branch}.lock`), "");
    }
    writeFileSync(join(admin, "index.lock"), "");
    expect(made.path).toContain("r1-t2-1");
    const cleared = await clearLeftLocks(repo, PLACES(repo));
    expect(cleared.removed.sort()).toEqual([
      "refs/heads/pleach-tasks/r1/t/1.lock",
      "refs/heads/pleach/r1.lock",
      `worktrees/${admin.slice(admin.lastIndexOf("/") + 1)}/index.lock`,
    ]);
    expect(cleared.others).toEqual([
      expect.stringMatching(/refs\/heads\/mine\.lock: made .* ago; no git is at work/),
      expect.stringMatching(/refs\/heads\/pleach-tasks\/r10\/t\/1\.lock: made/),
    ]);
    expect(await namesIn(repo)).toEqual(["refs/heads/mine.lock", "refs/heads/pleach-tasks/r10/t/1.lock"]);
  });

  it("are not touched while somebody may hold them", async () => {
    const repo = await openWithBranches("pleach/r1");
    await holdLocks(repo.root, DELETE("pleach/r1"));
    const before = await namesIn(repo);
    expect(await clearLeftLocks(repo, PLACES(repo))).toEqual({ removed: [], others: [] });
    expect(await namesIn(repo)).toEqual(before);
  });

  describe("by a process of ours", () => {
    let compiled = "";
    beforeAll(() => {
      compiled = makeTempFolder("git-notes", "file");
      writeFileSync(join(compiled, "package.json"), '{"type":"module"}');
      compileInto(compiled, listImported("src/actors/git/write-notes.ts"));
    });

    /** A process that notes what it does, and is killed with its git in the midst of it. */
    async function dieWithNote(repo: Repository, locks: string[]): Promise<void> {
      const module = pathToFileURL(join(compiled, "src/actors/git/write-notes.js")).href;
      const script = `
        import { spawn } from "node:child_process";
        import { withWriteNote } from ${JSON.stringify(module)};
        const { commonDir, root, locks, transaction } = JSON.parse(process.argv[1]);
        await withWriteNote(commonDir, locks, () => new Promise(() => {
          const git = spawn("git", ["update-ref", "--stdin"], { cwd: root, stdio: ["pipe", "pipe", "inherit"] });
          git.stdin.write(transaction);
          let said = "";
          git.stdout.on("data", (chunk) => {
            said += chunk;
            if (!said.includes("prepare: ok")) return;
            git.kill("SIGKILL");
            git.on("exit", () => process.kill(process.pid, "SIGKILL"));
          });
        }));`;
      const { commonDir, root } = repo;
      const given = JSON.stringify({ commonDir, root, locks, transaction: DELETE("mine") });
      const child = spawn(process.execPath, ["--input-type=module", "-e", script, given], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      expect(await once(child, "exit")).toEqual([null, "SIGKILL"]);
    }

    it("are removed, also those that any git may make, and its notes are gone", async () => {
      const repo = await openWithBranches("mine");
      await dieWithNote(
        repo,
        ["packed-refs.lock", "packed-refs.new"].map((name) => join(repo.commonDir, name)),
      );
      const left = await namesIn(repo);
      expect(left).toContain("packed-refs.lock");
      const cleared = await clearLeftLocks(repo, PLACES(repo));
      expect(cleared.removed).toEqual(left.filter((name) => name.startsWith("packed-refs")));
      expect(cleared.others).toEqual([expect.stringContaining("refs/heads/mine.lock")]);
      await git(repo.root, ["update-ref", "--no-deref", "refs/heads/other", repo.head.commit]);
    });

    it("are not looked for where it noted nothing: what another program made is named", async () => {
      const repo = await openWithBranches("mine");
      await dieWithNote(repo, [join(repo.commonDir, "refs/heads/mine.lock")]);
      const cleared = await clearLeftLocks(repo, PLACES(repo));
      expect(cleared.removed).toEqual(["refs/heads/mine.lock"]);
      expect(cleared.others).toEqual([expect.stringContaining("packed-refs.lock")]);
    });
  });

  it("do not keep the worktree in which gates are run from being used again", async () => {
    const repo = await openTemp();
    const request = {
      path: join(PLACES(repo).worktrees, "@merge"),
      commit: repo.head.commit,
      config: { copy: [], link: [] },
      setupKey: null,
    };
    await prepareGateWorktree(repo, request);
    for (const name of ["HEAD.lock", "index.lock"]) writeFileSync(join(repo.commonDir, "worktrees/@merge", name), "");
    expect(await prepareGateWorktree(repo, request)).toMatchObject({ isFresh: false });
  });
});

describe("what git says of trouble", () => {
  const denied = { kind: "denied" };
  it.each([
    ["fatal: Unable to create '/r/.git/index.lock': File exists.", { kind: "lock", path: "/r/.git/index.lock" }],
    [
      "error: unable to create file .git/packed-refs.new: File exists",
      { kind: "lock", path: "/r/.git/packed-refs.new" },
    ],
    ["fatal: Unable to create '/r/it's/index.lock': File exists.", { kind: "lock", path: "/r/it's/index.lock" }],
    ["fatal: cannot lock ref 'a': Unable to create '/r/.git/a.lock': Permission denied", denied],
    ["error: insufficient permission for adding an object to repository database .git/objects", denied],
    ["fatal: Unable to create '/r/.git/index.lock': Read-only file system", denied],
    ["error: file write error: No space left on device", { kind: "full" }],
    ["fatal: write error: Disk quota exceeded", { kind: "full" }],
    ["error: unable to open loose object: Too many open files", { kind: "machine" }],
    ["warning: unable to access '/root/.gitconfig': Permission denied", null],
    ["error: patch failed: Permission denied.txt:1", null],
    ["fatal: not a valid ref", null],
  ])("%s", (words, trouble) => {
    expect(findTrouble("/r", `warning: first\n${words}\n\nAnother git process seems to be running\n`)).toEqual(trouble);
  });

  it("is read in one go from a megabyte of it", () => {
    const crafted = "error: unable to create '".repeat(40_000);
    expect(findTrouble("/r", crafted)).toBeNull();
  });

  it("is that it was killed, when it was", async () => {
    const repo = await openTemp();
    const killed = git(repo.root, ["-c", "alias.die=!kill -9 $PPID; sleep 1", "die"]);
    await expect(killed).rejects.toMatchObject({ code: "git.killed", message: expect.stringContaining("SIGKILL") });
  });
});

describe("running programs", () => {
  it("are found by their names, with where they work and since when", async () => {
    const folder = makeTempFolder("programs", "test");
    mkdirSync(join(folder, "in"));
    const child = spawn("sleep", ["60"], { cwd: join(folder, "in"), stdio: "ignore" });
    onTestFinished(() => void child.kill());
    await once(child, "spawn");
    for (const find of [findPrograms, findWithPs]) {
      const found = (await find((name) => name === "sleep"))?.find(({ pid }) => pid === child.pid);
      expect(Math.abs((found?.startedAtMs ?? 0) - Date.now())).toBeLessThan(60_000);
      if (find === findPrograms) expect(found).toMatchObject({ args: ["sleep", "60"], folder: join(folder, "in") });
    }
  });

  it.each([
    ["00:07", 7_000],
    ["12:00", 720_000],
    ["01:00:01", 3_601_000],
    ["2-00:00:00", 172_800_000],
    ["soon", null],
  ])("%s is a time that has passed", (text, ms) => {
    expect(readElapsedMs(text)).toBe(ms);
  });
});
