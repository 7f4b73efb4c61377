import { describe, expect, it } from "vitest";
import type { ChainItem } from "../../../src/actors/git/chain.ts";
import {
  advanceBranch,
  buildChain,
  createIntegrationBranch,
  type Repository,
  readBranch,
} from "../../../src/actors/git/index.ts";
import { findEffect } from "../../../src/actors/git/refs.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { openTemp, runGit, writeFiles } from "./temp-repository.ts";

async function makeItem(repo: Repository, task: string, files: Record<string, string>): Promise<ChainItem> {
  const made = await startAttempt(repo, task);
  writeFiles(made.path, files);
  const { commit } = expectCommitted(await finishAttempt(repo, made));
  return { task, commit, message: `Merge ${task}`, trailers: { run: "r1", task, effect: `merge/1/1/${task}` } };
}

describe("buildChain", () => {
  it("lines candidates up with single parents, and leaves out what conflicts with the files named", async () => {
    const repo = await openTemp({ "a.txt": "1\n2\n3\n4\n5\n6\n7\n", "b\nb.txt": "b\n" });
    const items = [
      await makeItem(repo, "one", { "a.txt": "one\n2\n3\n4\n5\n6\n7\n" }),
      await makeItem(repo, "clash", { "a.txt": "clash\n2\n3\n4\n5\n6\n7\n", "b\nb.txt": "c\n" }),
      await makeItem(repo, "two", { "a.txt": "1\n2\n3\n4\n5\n6\ntwo\n", "new.txt": "n" }),
    ];
    const chain = await buildChain(repo, { onto: repo.head.commit, items });
    expect(chain.conflicts).toEqual([{ task: "clash", files: ["a.txt"] }]);
    expect(chain.links.map((link) => link.task)).toEqual(["one", "two"]);
    const [one, two] = chain.links.map((link) => link.commit);
    expect(runGit(repo.root, "rev-list", "--parents", "-1", two ?? "")).toBe(`${two} ${one}`);
    expect(runGit(repo.root, "rev-list", "--parents", "-1", one ?? "")).toBe(`${one} ${repo.head.commit}`);
    expect(runGit(repo.root, "show", `${two}:a.txt`)).toBe("one\n2\n3\n4\n5\n6\ntwo");
    expect(await findEffect(repo, two ?? "", "merge/1/1/one")).toBe(one);
    expect(await findEffect(repo, two ?? "", "merge/1/1/one", 1)).toBeNull();
  });

  it("gives the same commits whenever it is built: people and dates are those of the items", async () => {
    const repo = await openTemp();
    const item = await makeItem(repo, "one", { "x.txt": "x" });
    const date = "1000000000 +0200";
    process.env.GIT_AUTHOR_DATE = date;
    process.env.GIT_COMMITTER_DATE = date;
    try {
      item.commit = runGit(repo.root, "commit-tree", `${item.commit}^{tree}`, "-p", repo.head.commit, "-m", "old work");
    } finally {
      delete process.env.GIT_AUTHOR_DATE;
      delete process.env.GIT_COMMITTER_DATE;
    }
    const { links } = await buildChain(repo, { onto: repo.head.commit, items: [item] });
    expect(runGit(repo.root, "log", "-1", "--date=raw", "--format=%an %ad, %cn %cd", links[0]?.commit ?? "")).toBe(
      `Tess Ter ${date}, Tess Ter ${date}`,
    );
    expect((await buildChain(repo, { onto: repo.head.commit, items: [item] })).links).toEqual(links);
  });

  it("keeps a link for work that the base holds already, and handles no items", async () => {
    const repo = await openTemp();
    const one = await makeItem(repo, "one", { "x.txt": "x" });
    const twin = await makeItem(repo, "twin", { "x.txt": "x" });
    const chain = await buildChain(repo, { onto: repo.head.commit, items: [one, twin] });
    expect(chain.links).toHaveLength(2);
    expect(await buildChain(repo, { onto: repo.head.commit, items: [] })).toEqual({ links: [], conflicts: [] });
  });

  it("reports a file deleted on one side and changed on the other", async () => {
    const repo = await openTemp({ "a.txt": "a\n", "b.txt": "b\n" });
    const change = await makeItem(repo, "change", { "a.txt": "changed\n" });
    const made = await startAttempt(repo, "delete");
    runGit(made.path, "rm", "-q", "a.txt");
    const { commit } = expectCommitted(await finishAttempt(repo, made));
    const trailers = { run: "r1", task: "delete", effect: "e" };
    const chain = await buildChain(repo, {
      onto: repo.head.commit,
      items: [change, { task: "delete", commit, message: "d", trailers }],
    });
    expect(chain.conflicts).toEqual([{ task: "delete", files: ["a.txt"] }]);
  });
});

describe("the integration branch", () => {
  it("is made once, and moves only from where it was", async () => {
    const repo = await openTemp();
    const start = repo.head.commit;
    expect(await createIntegrationBranch(repo, "r1", start)).toMatchObject({ kind: "created", branch: "pleach/r1" });
    const items = [await makeItem(repo, "one", { "x.txt": "x" }), await makeItem(repo, "two", { "y.txt": "y" })];
    const { links } = await buildChain(repo, { onto: start, items });
    const [one = "", two = ""] = links.map((link) => link.commit);
    expect(await advanceBranch(repo, { run: "r1", from: start, to: one })).toEqual({ kind: "moved" });
    expect(await advanceBranch(repo, { run: "r1", from: start, to: one })).toEqual({ kind: "already", commit: one });
    expect(await advanceBranch(repo, { run: "r1", from: start, to: two })).toEqual({ kind: "diverged", found: one });
    expect(await readBranch(repo, "pleach/r1")).toBe(one);
    expect(await createIntegrationBranch(repo, "r1", start)).toMatchObject({ kind: "already", commit: one });
  });

  it("is not moved again to a commit that it holds already, under what somebody put on top", async () => {
    const repo = await openTemp();
    const start = repo.head.commit;
    await createIntegrationBranch(repo, "r1", start);
    const items = [await makeItem(repo, "one", { "x.txt": "x" }), await makeItem(repo, "two", { "y.txt": "y" })];
    const { links } = await buildChain(repo, { onto: start, items });
    const [one = "", two = ""] = links.map((link) => link.commit);
    await advanceBranch(repo, { run: "r1", from: start, to: two });
    expect(await advanceBranch(repo, { run: "r1", from: start, to: one })).toEqual({ kind: "already", commit: two });
    expect(await readBranch(repo, "pleach/r1")).toBe(two);
  });
});
