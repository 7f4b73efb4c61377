/** What a run must leave alone, what workers may spoil, and many at once. */
import { chmodSync, existsSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { setPatterns } from "../../../src/actors/git/exclude.ts";
import {
  advanceBranch,
  buildChain,
  createIntegrationBranch,
  excludeLocally,
  prepareGateWorktree,
  removeWorktree,
  resolveBase,
} from "../../../src/actors/git/index.ts";
import { compareShared, snapshotShared } from "../../../src/actors/git/shared-snapshot.ts";
import { expectCommitted, finishAttempt, plain, startAttempt } from "./attempt.ts";
import { commitAll, fingerprint, listFiles, openTemp, runGit, writeFiles } from "./temp-repository.ts";

describe("the user's checkout", () => {
  it("is byte for byte what it was after a whole run: dirty files, index, stash, hooks, configuration, HEAD", async () => {
    const repo = await openTemp({ "a.txt": "a", "b.txt": "b", "c.txt": "c", ".gitattributes": "*.txt text\n" });
    writeFiles(repo.root, { "c.txt": "stashed" });
    runGit(repo.root, "stash");
    writeFiles(repo.root, { "a.txt": "dirty", "b.txt": "staged", "new\nline": "untracked", ".env": "E=1" });
    runGit(repo.root, "add", "b.txt");
    for (const hook of [
      "pre-commit",
      "post-checkout",
      "post-commit",
      "reference-transaction",
      "post-merge",
      "post-index-change",
    ]) {
      writeFileSync(join(repo.commonDir, "hooks", hook), `#!/bin/sh\ntouch '${repo.root}/hook-ran'\nexit 1\n`);
      chmodSync(join(repo.commonDir, "hooks", hook), 0o755);
    }
    runGit(repo.root, "config", "commit.gpgSign", "true");
    runGit(repo.root, "config", "merge.autoStash", "true");
    const before = fingerprint(repo.root);
    const shared = await snapshotShared(repo);

    const { commit: base } = await resolveBase(repo);
    await createIntegrationBranch(repo, "r1", base);
    const config = { copy: [".env"], link: [] };
    const made = await startAttempt(repo, "t1", { config });
    writeFiles(made.path, { "d.txt": "d" });
    const { commit } = expectCommitted(await finishAttempt(repo, made));
    const trailers = { run: "r1", task: "t1", effect: "e" };
    const chain = await buildChain(repo, { onto: base, items: [{ task: "t1", commit, message: "m", trailers }] });
    const tip = chain.links[0]?.commit ?? "";
    const gateTree = join(repo.root, ".ce-workspace/worktrees/gate");
    await prepareGateWorktree(repo, { path: gateTree, commit: tip, config, setupKey: "" });
    await advanceBranch(repo, { run: "r1", from: base, to: tip });
    await startAttempt(repo, "t2", { base: tip });
    await removeWorktree(repo, made, "landed");

    expect(fingerprint(repo.root)).toEqual(before);
    expect(compareShared(shared, await snapshotShared(repo))).toEqual([]);
    expect(existsSync(join(repo.root, "hook-ran"))).toBe(false);
  });
});

describe("snapshotShared", () => {
  it("tells of branches, the stash, configuration and hooks that a worker changed, and not of ours", async () => {
    const repo = await openTemp();
    const made = await startAttempt(repo, "t1");
    const before = await snapshotShared(repo);
    writeFiles(made.path, { "a.txt": "stash me" });
    runGit(made.path, "stash");
    runGit(made.path, "branch", "-f", "mine");
    runGit(made.path, "config", "alias.x", "!true");
    writeFileSync(join(repo.commonDir, "hooks", "pre-push"), "#!/bin/sh\n");
    writeFiles(repo.commonDir, { "objects/info/alternates": "/nowhere\n" });
    writeFiles(made.path, { "b.txt": "b" });
    commitAll(made.path, "own branch");
    const changes = compareShared(before, await snapshotShared(repo));
    expect(changes.map((change) => change.name)).toEqual([
      "config alias.x",
      "file objects/info/alternates",
      "hook pre-push",
      "ref refs/heads/mine",
      expect.stringMatching(/^stash [0-9a-f]{40}$/),
    ]);
    expect(changes.at(-1)).toMatchObject({
      before: null,
      after: expect.stringContaining("WIP on pleach-tasks/r1/t1/1"),
    });
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["b.txt"]);
  });
});

describe("several at once", () => {
  it("prepares, commits and removes eight attempts side by side", async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`d${n % 9}/f${n}.txt`, `${n}\n`]));
    const repo = await openTemp(files);
    await createIntegrationBranch(repo, "r1", repo.head.commit);
    const tasks = Array.from({ length: 8 }, (_, n) => `t${n}`);
    const items = await Promise.all(
      tasks.map(async (task) => {
        const made = await startAttempt(repo, task);
        writeFiles(made.path, { [`${task}.txt`]: task });
        const { commit, files: changed } = expectCommitted(await finishAttempt(repo, made));
        expect(changed).toEqual([`${task}.txt`]);
        return { task, commit, message: task, trailers: { run: "r1", task, effect: task }, made };
      }),
    );
    const chain = await buildChain(repo, { onto: repo.head.commit, items });
    expect(chain.conflicts).toEqual([]);
    expect(listFiles(repo.root, chain.links.at(-1)?.commit ?? "")).toHaveLength(308);
    const removed = await Promise.all(items.map(({ made }) => removeWorktree(repo, made, "landed")));
    expect(removed.every(({ kind }) => kind === "removed")).toBe(true);
    expect(runGit(repo.root, "worktree", "list").split("\n")).toHaveLength(1);
    expect(runGit(repo.root, "branch", "--list", "pleach-tasks/*")).toBe("");
  });
});

describe("excludeLocally", () => {
  it("keeps its patterns in a marked block, and every other byte as it was", async () => {
    const repo = await openTemp();
    const file = join(repo.commonDir, "info", "exclude");
    const own = Buffer.from([...Buffer.from("# mine\n*.swp\r\n"), 0xff, 0x0a, ...Buffer.from("last without newline")]);
    writeFileSync(file, own);
    expect(await excludeLocally(repo, ["/.ce-workspace/", "/vault/"])).toBe(true);
    expect(await excludeLocally(repo, ["/.ce-workspace/", "/vault/"])).toBe(false);
    const once = readFileSync(file);
    expect(once.subarray(0, own.length).equals(own)).toBe(true);
    expect(once.subarray(own.length).toString()).toBe("\n# >>> pleach\n/.ce-workspace/\n/vault/\n# <<< pleach\n");
    writeFileSync(file, Buffer.concat([once, Buffer.from("after\n")]));
    expect(await excludeLocally(repo, ["/.ce-workspace/"])).toBe(true);
    expect(readFileSync(file, "latin1")).toContain("# >>> pleach\n/.ce-workspace/\n# <<< pleach\nafter\n");
    await startAttempt(repo, "t1", { config: plain });
    expect(runGit(repo.root, "status", "--porcelain")).toBe("");
  });

  it.each(["640", "664", "600"])("leaves the file the mode %s that the user gave it", async (octal) => {
    const mode = Number.parseInt(octal, 8);
    const repo = await openTemp();
    const file = join(repo.commonDir, "info", "exclude");
    writeFileSync(file, "*.swp\n");
    chmodSync(file, mode);
    expect(await excludeLocally(repo, ["/.ce-workspace/"])).toBe(true);
    expect(statSync(file).mode & 0o777).toBe(mode);
  });

  it("leaves a link to the user's own list a link, and adds to that list", async () => {
    const repo = await openTemp();
    const file = join(repo.commonDir, "info", "exclude");
    writeFiles(repo.root, { "my-excludes": "*.swp\n" });
    rmSync(file, { force: true });
    symlinkSync(join(repo.root, "my-excludes"), file);
    expect(await excludeLocally(repo, ["/.ce-workspace/"])).toBe(true);
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(repo.root, "my-excludes"), "utf8")).toMatch(/^\*\.swp\n# >>> pleach\n/);
  });

  it("starts the file, and a block whose end is missing is left alone", () => {
    expect(setPatterns("", ["/x/"])).toBe("# >>> pleach\n/x/\n# <<< pleach\n");
    expect(setPatterns("# >>> pleach\n/x/\n", ["/x/"])).toBe("# >>> pleach\n/x/\n# >>> pleach\n/x/\n# <<< pleach\n");
  });
});
