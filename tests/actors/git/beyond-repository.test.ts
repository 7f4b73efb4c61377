/** What workers do to what is not the repository's: the person's own settings of git, and worktrees of others. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { SharedWatch, type SharedWindow } from "../../../src/actors/git/index.ts";
import { openTemp, runGit } from "./temp-repository.ts";

const windowOf = (task: string): SharedWindow => ({ who: `task ${task}`, task });

/** Does something in a window of its own; resolves with all that is told of it. */
async function within(watch: SharedWatch, window: SharedWindow, work: () => unknown): Promise<string[]> {
  await watch.begin(window);
  await work();
  return (await watch.end(window)).flatMap(({ changes }) => changes);
}

describe("what a worker does beyond the repository", () => {
  it("is told of the person's own settings, by key, and left as it is", async () => {
    const repo = await openTemp({ "a.txt": "a\n" });
    const file = join(repo.root, "..", "own-config");
    writeFileSync(file, "[user]\n\tname = me\n[http]\n\textraheader = secret-1\n");
    const before = process.env.GIT_CONFIG_GLOBAL;
    process.env.GIT_CONFIG_GLOBAL = file;
    try {
      const watch = new SharedWatch(repo, "r1");
      const told = await within(watch, windowOf("a"), () => {
        runGit(repo.root, "config", "--file", file, "user.name", "evil");
        runGit(repo.root, "config", "--file", file, "http.extraheader", "secret-2");
        runGit(repo.root, "config", "--file", file, "url.https://me:secret-3@host/.insteadof", "gh:");
      });
      expect(told).toEqual([
        "your ~/.gitconfig http.extraheader changed, left as it is (to undo: git config --global --edit)",
        "your ~/.gitconfig url.https://…@host/.insteadof changed, left as it is (to undo: git config --global --edit)",
        "your ~/.gitconfig user.name: me -> evil, left as it is (to undo: git config --global user.name me)",
      ]);
      expect(await within(watch, windowOf("b"), () => undefined)).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
      else process.env.GIT_CONFIG_GLOBAL = before;
    }
  });

  it("names all who were at work when a worktree that one of them works in is taken away", async () => {
    const repo = await openTemp({ "a.txt": "a\n" });
    const watch = new SharedWatch(repo, "r1");
    const path = join(repo.root, "..", "work-a");
    runGit(repo.root, "worktree", "add", "-q", path);
    const [a, b] = [{ ...windowOf("a"), worktree: path }, windowOf("b")];
    await watch.begin(a);
    await watch.begin(b);
    runGit(repo.root, "worktree", "lock", path);
    runGit(repo.root, "worktree", "remove", "-f", "-f", path);
    expect(await watch.end(a)).toEqual([]);
    const news = await watch.end(b);
    expect(news.flatMap(({ changes }) => changes)).toContain(`the worktree of a was removed (${path})`);
    expect(news.flatMap(({ others }) => others)).toContain("task a");
    expect(await within(watch, windowOf("c"), () => undefined)).toEqual([]);
  });
});
