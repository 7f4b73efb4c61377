/** PREPARED-1: a gate worktree that is used again holds what set-up left, or is made anew. */
import { existsSync, linkSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { keepPreparedState, prepareGateWorktree } from "../../../src/actors/git/index.ts";
import { makeFolder, openTemp, writeFiles } from "./temp-repository.ts";

/** A worktree that was set up with `installed/tool` (ignored) and `made.txt` (not), and how it is used again. */
async function setUp(keep: string[] = []) {
  const repo = await openTemp({ "a.txt": "a", ".gitignore": "installed/\ncache/\n" });
  const config = { copy: [], link: [], keep };
  const request = { path: join(repo.root, ".ce-workspace/worktrees/gate"), config, commit: repo.head.commit };
  const prepare = (setupKey = "1") => prepareGateWorktree(repo, { ...request, setupKey });
  const { path } = await prepare();
  writeFiles(path, { "installed/tool": "whole", "installed/deep/er": "e", "made.txt": "made" });
  await keepPreparedState(repo, { ...request, setupKey: "1" });
  return { repo, path, prepare };
}

it("keeps what set-up left, and deletes what came since, however it is called", async () => {
  const { path, prepare } = await setUp();
  const left = ["left.txt", "installed/left", "installed/deep/left", "cache/c/c", "new line\n", "-f"];
  writeFiles(path, Object.fromEntries(left.map((file) => [file, "left"])));
  writeFiles(path, { "a.txt": "spoilt" });
  symlinkSync("/", join(path, "cache/root"));
  expect(await prepare()).toMatchObject({ isFresh: false });
  expect([...left, "cache"].filter((file) => existsSync(join(path, file)))).toEqual([]);
  const files = ["a.txt", "installed/tool", "installed/deep/er", "made.txt"];
  expect(files.map((file) => readFileSync(join(path, file), "utf8"))).toEqual(["a", "whole", "e", "made"]);
  expect(await prepare()).toMatchObject({ isFresh: false });
});

it.each<[string, (path: string) => void]>([
  [
    "was changed, its dates put back",
    (path) => {
      writeFileSync(join(path, "installed/tool"), "spoil");
      utimesSync(join(path, "installed/tool"), new Date(0), new Date(0));
    },
  ],
  ["was deleted", (path) => rmSync(join(path, "made.txt"))],
  [
    "became a link",
    (path) => {
      rmSync(join(path, "installed"), { recursive: true });
      symlinkSync(makeFolder("elsewhere"), join(path, "installed"));
    },
  ],
])("makes the worktree anew where something of set-up %s", async (_what, spoil) => {
  const { path, prepare } = await setUp();
  spoil(path);
  expect(await prepare()).toMatchObject({ isFresh: true });
  expect(existsSync(join(path, "installed"))).toBe(false);
});

it("makes it anew for another set-up, where set-up never ended, and where it had changed tracked files", async () => {
  const { repo, path, prepare } = await setUp();
  expect(await prepare("2")).toMatchObject({ isFresh: true });
  expect(await prepare("2")).toMatchObject({ isFresh: true });
  writeFiles(path, { "a.txt": "changed by set-up" });
  await keepPreparedState(repo, { path, config: { copy: [], link: [] }, setupKey: "2" });
  expect(await prepare("2")).toMatchObject({ isFresh: true });
});

it("does not mind that a package has another name elsewhere, as stores of packages give them", async () => {
  const { path, prepare } = await setUp();
  linkSync(join(path, "installed/tool"), join(makeFolder("store"), "tool"));
  expect(await prepare()).toMatchObject({ isFresh: false });
});

it("leaves what is to be kept as it is", async () => {
  const { path, prepare } = await setUp(["cache", "**/*.cached"]);
  writeFiles(path, { "cache/c": "c", "installed/x.cached": "x", "installed/left": "l" });
  expect(await prepare()).toMatchObject({ isFresh: false });
  expect(["cache/c", "installed/x.cached", "installed/left"].map((file) => existsSync(join(path, file)))).toEqual([
    true,
    true,
    false,
  ]);
});

it("makes it anew where git has lost track of it: nobody's work lies there", async () => {
  const { repo, path, prepare } = await setUp();
  rmSync(join(repo.commonDir, "worktrees"), { recursive: true });
  expect(await prepare()).toMatchObject({ isFresh: true });
  expect(existsSync(join(path, "made.txt"))).toBe(false);
  expect(readFileSync(join(path, "a.txt"), "utf8")).toBe("a");
});
