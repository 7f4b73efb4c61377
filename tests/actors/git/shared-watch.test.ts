/** What all worktrees share is watched around whatever runs for a run: who is told what, and what is put back. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  findForeignWork,
  openRepository,
  type Repository,
  removeWorktree,
  SharedWatch,
  type SharedWindow,
} from "../../../src/actors/git/index.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { commitAll, initRepository, listFiles, openTemp, runGit, writeFiles } from "./temp-repository.ts";

const watches: SharedWatch[] = [];
afterEach(async () => {
  for (const each of watches.splice(0)) await each.close();
});

function watchOver(repo: Repository, run = "r1"): SharedWatch {
  const made = new SharedWatch(repo, run);
  watches.push(made);
  return made;
}

const windowOf = (task: string, branch?: string): SharedWindow => ({
  who: `task ${task}`,
  task,
  ...(branch === undefined ? {} : { branch }),
});

/** Does something in a window of its own; resolves with all that is told of it. */
async function within(watch: SharedWatch, window: SharedWindow, work: () => Promise<void> | void): Promise<string[]> {
  await watch.begin(window);
  await work();
  return (await watch.end(window)).flatMap(({ changes }) => changes);
}

/** Waits until a test holds: what is seen at once is seen by events of the file system. */
async function eventually(test: () => boolean): Promise<void> {
  for (let tries = 0; tries < 500 && !test(); tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(test()).toBe(true);
}

const configOf = (root: string, key: string): string => {
  try {
    return runGit(root, "config", "--file", ".git/config", "--get-all", key);
  } catch {
    return "";
  }
};

describe("settings", () => {
  it("that break every checkout are put back at once, and told with their values", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1"), async () => {
      writeFileSync(
        join(repo.commonDir, "config"),
        readFileSync(join(repo.commonDir, "config"), "utf8").replace("bare = false", "bare = true"),
      );
      await eventually(() => configOf(repo.root, "core.bare") === "false");
      runGit(made.path, "config", "core.worktree", "/nowhere");
      await eventually(() => configOf(repo.root, "core.worktree") === "");
    });
    expect(told).toEqual([
      "config core.bare: false -> true, put back",
      "config core.worktree: unset -> /nowhere, put back",
    ]);
    expect(runGit(repo.root, "status", "--porcelain")).toBe("?? .ce-workspace/");
  });

  it("that git cannot read are put back whole", async () => {
    const repo = await openTemp();
    runGit(repo.root, "config", "core.abbrev", "9");
    const before = readFileSync(join(repo.commonDir, "config"), "utf8");
    const watch = watchOver(repo);
    for (const broken of ["[core\n", "[core]\n\trepositoryformatversion = 99\n"]) {
      const told = await within(watch, windowOf("t1"), () => writeFileSync(join(repo.commonDir, "config"), broken));
      expect(told).toEqual(["config made unreadable, put back"]);
      expect(readFileSync(join(repo.commonDir, "config"), "utf8")).toBe(before);
    }
  });

  it("of a person's identity and of programs are put back at the end; others stay, and all are told", async () => {
    const repo = await openTemp();
    runGit(repo.root, "config", "user.name", "Person");
    runGit(repo.root, "config", "remote.origin.url", "https://user:secret@example.org/x");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1"), async () => {
      for (const [key, value] of [
        ["user.name", "Agent"],
        ["user.email", "agent@example.org"],
        ["core.hooksPath", ".husky"],
        ["alias.st", "!evil"],
        ["lfs.concurrenttransfers", "3"],
        ["remote.origin.url", "https://user:other@example.org/y"],
      ] as const) {
        runGit(repo.root, "config", key, value);
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
      // A suite that commits goes on being able to.
      expect(configOf(repo.root, "user.name")).toBe("Agent");
    });
    expect(told).toEqual([
      "config alias.st: unset -> !evil, put back",
      "config core.hooksPath: unset -> .husky, put back",
      "config lfs.concurrenttransfers: unset -> 3, left as it is (to undo: git config --unset-all lfs.concurrenttransfers)",
      "config remote.origin.url changed, put back",
      "config user.email: unset -> agent@example.org, put back",
      "config user.name: Person -> Agent, put back",
    ]);
    expect(configOf(repo.root, "user.name")).toBe("Person");
    for (const key of ["user.email", "core.hooksPath", "alias.st"]) expect(configOf(repo.root, key)).toBe("");
    expect(configOf(repo.root, "lfs.concurrenttransfers")).toBe("3");
    expect(configOf(repo.root, "remote.origin.url")).toBe("https://user:secret@example.org/x");
  });

  it("lead nowhere else afterwards; what a person may have set stays, and is told with what takes it back", async () => {
    const repo = await openTemp();
    const at = (key: string, ...value: string[]): string => runGit(repo.root, "config", key, ...value);
    at("remote.origin.url", "https://example.org/x");
    at("branch.main.merge", "refs/heads/main");
    at("format.signature", "it's\n mine");
    at("format.pretty", "a b");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1"), () => {
      at("remote.origin.pushurl", "/elsewhere");
      at("remote.origin.fetch", "+refs/heads/*:refs/heads/*");
      runGit(repo.root, "remote", "add", "more", "/more");
      at("branch.main.merge", "refs/heads/other");
      at("format.signature", "x");
      at("format.pretty", "y");
      runGit(repo.root, "config", "--add", "format.pretty", "z");
    });
    const undo = (command: string): string => `left as it is (to undo: git config ${command})`;
    expect(told).toEqual([
      `config branch.main.merge: refs/heads/main -> refs/heads/other, ${undo("branch.main.merge refs/heads/main")}`,
      `config format.pretty: a b -> y, z, ${undo("format.pretty 'a b'")}`,
      `config format.signature: it's mine -> x, ${undo("--edit")}`,
      `config remote.more.fetch: unset -> +refs/heads/*:refs/remotes/more/*, ${undo("--unset-all remote.more.fetch")}`,
      `config remote.more.url changed, ${undo("--unset-all remote.more.url")}`,
      "config remote.origin.fetch: unset -> +refs/heads/*:refs/heads/*, put back",
      "config remote.origin.pushurl changed, put back",
    ]);
    expect(runGit(repo.root, "remote", "get-url", "--push", "origin")).toBe("https://example.org/x");
  });

  it("of a worker's own branch, and what a fetch brings, are nobody's matter; they go with the branch", async () => {
    const from = initRepository();
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1", made.branch), () => {
      runGit(made.path, "config", `branch.${made.branch}.remote`, "origin");
      runGit(made.path, "config", `branch.${made.branch}.merge`, "refs/heads/main");
      runGit(made.path, "fetch", "-q", "--no-tags", from, "main:refs/remotes/origin/main");
    });
    expect(told).toEqual([]);
    expect(await removeWorktree(repo, made, "landed")).toMatchObject({ kind: "removed" });
    expect(readFileSync(join(repo.commonDir, "config"), "utf8")).not.toContain("pleach-tasks");
  });

  it("with several values are put back as they were; what is undone meanwhile is not told", async () => {
    const repo = await openTemp();
    runGit(repo.root, "config", "--add", "credential.helper", "");
    runGit(repo.root, "config", "--add", "credential.helper", "store");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1"), () => {
      runGit(repo.root, "config", "--unset-all", "credential.helper");
      runGit(repo.root, "config", "user.email", "suite@example.org");
      runGit(repo.root, "config", "--unset", "user.email");
    });
    expect(told).toEqual(["config credential.helper changed, put back"]);
    expect(configOf(repo.root, "credential.helper")).toBe("\nstore");
  });
});

describe("hooks", () => {
  it("are put back, whether added, changed, removed or linked", async () => {
    const repo = await openTemp();
    const at = (name: string): string => join(repo.commonDir, "hooks", name);
    writeFiles(repo.commonDir, { "hooks/pre-commit": "#!/bin/sh\nmine\n", "hooks/pre-push": "#!/bin/sh\n" });
    chmodSync(at("pre-commit"), 0o755);
    symlinkSync("../../script.sh", at("post-merge"));
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1"), () => {
      writeFileSync(at("pre-commit"), "#!/bin/sh\ncd /worktree/that/goes\n");
      rmSync(at("pre-push"));
      rmSync(at("post-merge"));
      writeFileSync(at("post-merge"), "x");
      symlinkSync("/somewhere", at("commit-msg"));
    });
    expect(told).toEqual([
      "hooks/commit-msg added, put back",
      "hooks/post-merge changed, put back",
      "hooks/pre-commit changed, put back",
      "hooks/pre-push removed, put back",
    ]);
    expect(readFileSync(at("pre-commit"), "utf8")).toContain("mine");
    expect(lstatSync(at("pre-commit")).mode & 0o777).toBe(0o755);
    expect(readlinkSync(at("post-merge"))).toBe("../../script.sh");
    expect(existsSync(at("pre-push"))).toBe(true);
    expect(() => lstatSync(at("commit-msg"))).toThrow();
  });
});

/** Puts something aside in the checkout; returns the entry's commit. */
function putAside(root: string, files: Record<string, string>, message: string): string {
  writeFiles(root, files);
  runGit(root, "stash", "push", "-q", "-u", "-m", message);
  return runGit(root, "rev-parse", "refs/stash");
}

describe("the stash", () => {
  it("gets a person's entries back in their places, and nothing is held afterwards", async () => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b" });
    const made = await startAttempt(repo, "t1");
    const entries = [putAside(repo.root, { "b.txt": "one" }, "one"), putAside(repo.root, { "b.txt": "two" }, "two")];
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1", made.branch), () => {
      runGit(made.path, "stash", "drop", "-q", "stash@{1}");
      writeFiles(made.path, { "a.txt": "put aside and left" });
      runGit(made.path, "stash", "-q");
    });
    const kept = runGit(repo.root, "rev-parse", "refs/stash");
    expect(told).toHaveLength(2);
    expect(told.join("\n")).toMatch(/On main: one\) taken out, held by refs\/pleach\/stash\/r1\/[0-9a-f]+, put back/);
    expect(told.join("\n")).toMatch(/WIP on pleach-tasks\/r1\/t1\/1: .*\) left behind/);
    expect(runGit(repo.root, "stash", "list", "--format=%H %gs").split("\n")).toEqual([
      expect.stringContaining(kept),
      `${entries[1]} On main: two`,
      `${entries[0]} On main: one`,
    ]);
    await watch.close();
    expect(runGit(repo.root, "for-each-ref", "refs/pleach")).toBe("");
  });

  it("gives back a person's only entry that a task popped, and the task's work counts as another's", async () => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b" });
    const made = await startAttempt(repo, "t1");
    const entry = putAside(repo.root, { "b.txt": "private", "new.txt": "n" }, "mine");
    const watch = watchOver(repo);
    await within(watch, windowOf("t1", made.branch), () => {
      writeFiles(made.path, { "a.txt": "work" });
      runGit(made.path, "stash", "pop", "-q");
    });
    expect(runGit(repo.root, "rev-parse", "refs/stash")).toBe(entry);
    const { tree } = expectCommitted(await finishAttempt(repo, made));
    const entries = watch.takenBy("t1");
    expect(await findForeignWork(repo, { base: repo.head.commit, tree, entries })).toEqual(["b.txt", "new.txt"]);
    watch.forget("t1");
    expect(watch.takenBy("t1")).toEqual([]);
  });

  it("tells apart what two tasks put aside and take out of each other's", async () => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b" });
    const [one, two] = [await startAttempt(repo, "one"), await startAttempt(repo, "two")];
    const third = await startAttempt(repo, "three");
    const watch = watchOver(repo);
    const windows = [
      windowOf("one", one.branch),
      windowOf("two", two.branch),
      windowOf("three", third.branch),
    ] as const;
    for (const window of windows) await watch.begin(window);
    writeFiles(one.path, { "a.txt": "of one" });
    runGit(one.path, "stash", "-q");
    const [first] = [runGit(repo.root, "rev-parse", "refs/stash")];
    await eventually(() => runGit(repo.root, "for-each-ref", "refs/pleach/stash").includes(first));
    writeFiles(two.path, { "b.txt": "of two" });
    runGit(two.path, "stash", "-q");
    const second = runGit(repo.root, "rev-parse", "refs/stash");
    await eventually(() => runGit(repo.root, "for-each-ref", "refs/pleach/stash").includes(second));
    runGit(one.path, "stash", "pop", "-q");
    runGit(two.path, "stash", "pop", "-q");
    writeFiles(third.path, { "c.txt": "of three" });
    const told = [];
    for (const window of windows) told.push(...(await watch.end(window)));
    expect(told).toEqual([]);
    const foreign = async (task: string, made: typeof one): Promise<string[]> => {
      const { tree } = expectCommitted(await finishAttempt(repo, made));
      return findForeignWork(repo, { base: repo.head.commit, tree, entries: watch.takenBy(task) });
    };
    expect(await foreign("one", one)).toEqual(["b.txt"]);
    expect(await foreign("two", two)).toEqual(["a.txt"]);
    expect(await foreign("three", third)).toEqual([]);
  });

  it("leaves alone what a task put aside and took out itself", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1", made.branch), async () => {
      writeFiles(made.path, { "a.txt": "own" });
      runGit(made.path, "stash", "-q");
      await eventually(() => runGit(repo.root, "for-each-ref", "refs/pleach/stash") !== "");
      runGit(made.path, "stash", "pop", "-q");
    });
    expect(told).toEqual([]);
    expect(watch.takenBy("t1")).toEqual([]);
  });

  it("gets back what an earlier host held when it was killed", async () => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b" });
    const entry = putAside(repo.root, { "b.txt": "private" }, "mine");
    await new SharedWatch(repo, "r1").begin(windowOf("t1"));
    runGit(repo.root, "stash", "drop", "-q");
    const watch = watchOver(repo);
    expect(await within(watch, windowOf("t1"), () => undefined)).toEqual([]);
    expect(runGit(repo.root, "stash", "list", "--format=%H %gs")).toBe(`${entry} On main: mine`);
  });
});

describe("a change", () => {
  it("is laid to all who were at work, told once, and not to who came later or to nobody", async () => {
    const repo = await openTemp();
    const watch = watchOver(repo);
    const [one, two, late] = [windowOf("one"), windowOf("two"), windowOf("late")];
    runGit(repo.root, "tag", "before-all");
    await watch.begin(one);
    await watch.begin(two);
    runGit(repo.root, "tag", "between");
    await watch.begin(late);
    expect(await watch.end(one)).toEqual([]);
    const commit = runGit(repo.root, "rev-parse", "--short=12", "HEAD");
    expect(await watch.end(two)).toEqual([{ changes: [`refs/tags/between added at ${commit}`], others: ["task one"] }]);
    expect(await watch.end(late)).toEqual([]);
    runGit(repo.root, "tag", "after-all");
    expect(await within(watch, windowOf("next"), () => undefined)).toEqual([]);
  });

  it("that is put back after one has ended is not laid to who is still at work", async () => {
    const repo = await openTemp();
    const watch = watchOver(repo);
    const [one, two] = [windowOf("one"), windowOf("two")];
    await watch.begin(one);
    runGit(repo.root, "config", "user.email", "agent@example.org");
    writeFiles(repo.commonDir, { "hooks/pre-push": "x" });
    await watch.begin(two);
    expect(await watch.end(one)).toHaveLength(1);
    expect(await watch.end(two)).toEqual([]);
    expect(configOf(repo.root, "user.email")).toBe("");
    expect(existsSync(join(repo.commonDir, "hooks/pre-push"))).toBe(false);
  });

  it("of a branch is no news where somebody was granted it, or pleach made it; settings are put back all the same", async () => {
    const repo = await openTemp();
    const watch = watchOver(repo);
    const [free, other] = [{ ...windowOf("free"), isFree: true }, windowOf("other")];
    await watch.begin(free);
    await watch.begin(other);
    runGit(repo.root, "branch", "more");
    runGit(repo.root, "config", "alias.st", "!evil");
    const told = [...(await watch.end(other)), ...(await watch.end(free))].flatMap(({ changes }) => changes);
    expect(told).toEqual(["config alias.st: unset -> !evil, put back"]);
    const shipped = await within(watch, other, async () => {
      const to = commitAll(repo.root, "shipped");
      await watch.moved("main", to);
      runGit(repo.root, "branch", "late");
    });
    expect(shipped).toEqual([expect.stringMatching(/^refs\/heads\/late added at /)]);
  });

  it("of a branch is told as the checkout's own where it was made there", async () => {
    const repo = await openRepository(initRepository());
    const made = await startAttempt(repo, "t1");
    const watch = watchOver(repo);
    const told = await within(watch, windowOf("t1"), () => {
      writeFiles(repo.root, { "b.txt": "b" });
      runGit(repo.root, "add", "b.txt");
      runGit(repo.root, "commit", "-q", "-m", "by the person");
      runGit(made.path, "branch", "other");
    });
    expect(told).toEqual([
      expect.stringMatching(/^refs\/heads\/main from .* to .*, made in your checkout$/),
      expect.stringMatching(/^refs\/heads\/other added at [0-9a-f]+$/),
    ]);
    expect(listFiles(repo.root, "main")).toContain("b.txt");
    commitAll(repo.root, "later");
  });
});
