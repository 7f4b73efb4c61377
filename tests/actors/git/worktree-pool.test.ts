/** What a pool of worktrees promises beyond what all workspaces do: set-up, what is kept, how many there are, and bad luck. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { openRepository, type Repository, readBranch } from "../../../src/actors/git/index.ts";
import type { Standing, Workspaces, WorkspacesOptions } from "../../../src/actors/git/workspaces.ts";
import { pooledWorktrees } from "../../../src/actors/git/worktree-pool.ts";
import { plain } from "./attempt.ts";
import { commitAll, openTemp, runGit, writeFiles } from "./temp-repository.ts";

interface Opened {
  repo: Repository;
  pool: Workspaces;
  folder: string;
  acquire: (task: string, more?: { base?: string; key?: string }) => ReturnType<Workspaces["acquire"]>;
}

async function open(options: Partial<WorkspacesOptions> = {}, files: Record<string, string> = {}): Promise<Opened> {
  const repo = await openTemp({ "a.txt": "a\n", "dir/b.txt": "b\n", ".gitignore": "packages/\n", ...files });
  const folder = join(repo.root, "../trees/r1");
  const pool = pooledWorktrees(repo, { folder, config: plain, ...options });
  const acquire: Opened["acquire"] = (task, { base = repo.head.commit, key = "" } = {}) =>
    pool.acquire({ run: "r1", task, attempt: "1", base, begin: async () => key });
  return { repo, pool, folder, acquire };
}

/** What set-up does. */
function setUp(path: string): void {
  writeFiles(path, { "packages/p/index.js": "p", "generated.txt": "g" });
}

describe("set-up in a pool", () => {
  it("is not wanted again where its key is the same and all that it left is there; what came since is gone", async () => {
    const { pool, acquire } = await open();
    const first = await acquire("t1", { key: "k" });
    expect(first.isSetUp).toBe(false);
    setUp(first.path);
    await pool.noteSetUp(first.id, "k");
    writeFiles(first.path, { "packages/added/index.js": "x", "more.txt": "m" });
    mkdirSync(join(first.path, "empty/inner"), { recursive: true });
    await pool.release(first, "landed");
    const second = await acquire("t2", { key: "k" });
    expect(second).toMatchObject({ path: first.path, isSetUp: true });
    expect(readdirSync(join(second.path, "packages"))).toEqual(["p"]);
    expect(existsSync(join(second.path, "generated.txt"))).toBe(true);
    expect(["more.txt", "empty"].filter((name) => existsSync(join(second.path, name)))).toEqual([]);
    await pool.release(second, "superseded");
    // An attempt that failed changed nothing of it either: that can be told.
    expect(await acquire("t3", { key: "k" })).toMatchObject({ path: first.path, isSetUp: true });
  });

  it("is wanted again, in a clean worktree, where its key differs, or something that it left was changed or removed", async () => {
    const { pool, acquire } = await open();
    const spoil: Record<string, (path: string) => void> = {
      nothing: () => {},
      "a file was changed": (path) => writeFileSync(join(path, "packages/p/index.js"), "q"),
      "a file was removed": (path) => rmSync(join(path, "generated.txt")),
    };
    for (const [what, act] of Object.entries(spoil)) {
      const first = await acquire("t1", { key: "k" });
      if (!first.isSetUp) setUp(first.path);
      await pool.noteSetUp(first.id, "k");
      act(first.path);
      await pool.release(first, "landed");
      const second = await acquire("t2", { key: what === "nothing" ? "other" : "k" });
      expect(second.isSetUp, what).toBe(false);
      expect(runGit(second.path, "status", "--porcelain", "--ignored"), what).toBe("");
      await pool.release(second, "landed");
    }
  });

  it("that did not come to its end leaves nothing behind, and holds no slot", async () => {
    const { pool, acquire, repo } = await open({ config: { ...plain, keep: ["packages"] } });
    const first = await acquire("t1", { key: "k" });
    setUp(first.path);
    await pool.abandon(first);
    expect(await readBranch(repo, first.branch)).toBeNull();
    const second = await acquire("t2", { key: "k" });
    expect(second).toMatchObject({ path: first.path, isSetUp: false });
    expect(existsSync(join(second.path, "packages"))).toBe(false);
  });
});

describe("what worktree.keep names", () => {
  const keep = { config: { ...plain, keep: ["packages", "deep/cache"] } };

  it("stays where the attempt before ended well, and nothing else does", async () => {
    const { pool, acquire } = await open(keep);
    const first = await acquire("t1");
    setUp(first.path);
    writeFiles(first.path, { "deep/cache/c": "c", "deep/other": "o" });
    await pool.release(first, "landed");
    const { path } = await acquire("t2");
    expect(path).toBe(first.path);
    expect(["packages/p/index.js", "deep/cache/c"].map((name) => existsSync(join(path, name)))).toEqual([true, true]);
    expect(["generated.txt", "deep/other"].map((name) => existsSync(join(path, name)))).toEqual([false, false]);
  });

  it("goes after an attempt that failed, or that its host lost, and so does what set-up left: it is run again", async () => {
    const { pool, acquire, folder, repo } = await open(keep);
    const first = await acquire("t1", { key: "k" });
    setUp(first.path);
    await pool.noteSetUp(first.id, "k");
    await pool.release(first, "superseded");
    const second = await acquire("t2", { key: "k" });
    expect(second).toMatchObject({ path: first.path, isSetUp: false });
    expect(existsSync(join(second.path, "packages"))).toBe(false);
    setUp(second.path);
    await pool.noteSetUp(second.id, "k");
    // Another host knows nothing of how that one did.
    const later = pooledWorktrees(repo, { folder, ...keep });
    const again = await later.acquire({ run: "r1", task: "t2", attempt: "1", base: repo.head.commit });
    expect(again.path).toBe(first.path);
    expect(existsSync(join(again.path, "packages"))).toBe(false);
  });

  it("stays only where it is what it seems: a link in its place goes", async () => {
    const { pool, acquire, folder } = await open(keep);
    const first = await acquire("t1");
    mkdirSync(join(folder, "../elsewhere"));
    symlinkSync(join(folder, "../elsewhere"), join(first.path, "packages"));
    await pool.release(first, "landed");
    const { path } = await acquire("t2");
    expect(readdirSync(path).sort()).toEqual([".git", ".gitignore", "a.txt", "dir"]);
    expect(existsSync(join(folder, "../elsewhere"))).toBe(true);
  });
});

describe("a worktree that would be another if it were made now", () => {
  it("is made anew where attributes say otherwise how files are written that did not change", async () => {
    const { pool, acquire, repo } = await open();
    const first = await acquire("t1");
    await pool.release(first, "landed");
    writeFiles(repo.root, { ".gitattributes": "*.txt eol=crlf\n" });
    const base = commitAll(repo.root, "attributes");
    const second = await acquire("t2", { base });
    expect(readFileSync(join(second.path, "a.txt"), "utf8")).toBe("a\r\n");
    await pool.release(second, "landed");
    const third = await acquire("t3");
    expect(readFileSync(join(third.path, "dir/b.txt"), "utf8")).toBe("b\n");
  });

  it("is made anew where settings say so, or attributes that no commit holds", async () => {
    const { pool, acquire, repo } = await open({}, { ".gitattributes": "dir/** filter=upper\n" });
    await pool.release(await acquire("t1"), "landed");
    runGit(repo.root, "config", "filter.upper.smudge", "tr a-z A-Z");
    const second = await acquire("t2");
    expect(readFileSync(join(second.path, "dir/b.txt"), "utf8")).toBe("B\n");
    await pool.release(second, "landed");
    writeFileSync(join(repo.commonDir, "info/attributes"), "a.txt filter=upper\n");
    const third = await acquire("t3");
    expect(readFileSync(join(third.path, "a.txt"), "utf8")).toBe("A\n");
  });

  it("is made anew where folders have other modes, all of them alike, or may not be read", async () => {
    const { pool, acquire } = await open();
    const fresh = await acquire("t1");
    const mode = lstatSync(join(fresh.path, "dir")).mode;
    for (const folder of [fresh.path, join(fresh.path, "dir")]) chmodSync(folder, 0o711);
    await pool.release(fresh, "landed");
    const second = await acquire("t2");
    expect(["", "dir"].map((name) => lstatSync(join(second.path, name)).mode)).toEqual([mode, mode]);
    chmodSync(join(second.path, "dir"), 0);
    await pool.release(second, "landed");
    const third = await acquire("t3");
    expect(lstatSync(join(third.path, "dir")).mode).toBe(mode);
    expect(runGit(third.path, "status", "--porcelain", "--ignored")).toBe("");
  });
});

describe("how many worktrees a pool has", () => {
  it("is bounded: more are removed when they are released, and those that hold work, or are apart, come on top", async () => {
    const apart = new Set<string>();
    const standingOf = (id: string): Standing => (apart.has(id) ? "apart" : "working");
    const { pool, acquire, folder } = await open({ capacity: () => 3, standingOf });
    const all = await Promise.all(["a", "b", "c", "d", "e", "f"].map((task) => acquire(task)));
    const [kept, waiting, ...others] = all;
    if (kept === undefined || waiting === undefined) throw new Error("six");
    writeFiles(kept.path, { "own.txt": "o" });
    expect(await pool.release(kept, "kept")).toMatchObject({ kind: "kept" });
    apart.add(waiting.id);
    for (const each of others) await pool.release(each, "landed");
    const left = readdirSync(folder).map((name) => join(folder, name));
    expect(left).toHaveLength(5);
    for (const { path } of [kept, waiting]) expect(left).toContain(path);
    expect(readFileSync(join(kept.path, "own.txt"), "utf8")).toBe("o");
  });

  it("grows no further where an attempt only waits for its merge: another gets its worktree, and its commit stays", async () => {
    const settled = new Set<string>();
    const standingOf = (id: string): Standing => (settled.has(id) ? "settled" : "working");
    const { pool, acquire, repo, folder } = await open({ capacity: () => 3, standingOf });
    const first = await acquire("a");
    writeFiles(first.path, { "own.txt": "o" });
    const commit = commitAll(first.path, "work");
    settled.add(first.id);
    const second = await acquire("b");
    expect(second.path).toBe(first.path);
    expect(existsSync(join(second.path, "own.txt"))).toBe(false);
    expect(await pool.locate(first.id)).toBeNull();
    expect(await readBranch(repo, first.branch)).toBe(commit);
    // It was turned down: what it had is saved as ever, and nothing is done to who works there now.
    writeFiles(second.path, { "mine.txt": "m" });
    expect(await pool.release(first, "superseded")).toEqual({ kind: "removed", saved: `${first.branch}-saved` });
    expect(await readBranch(repo, `${first.branch}-saved`)).not.toBeNull();
    expect(existsSync(join(second.path, "mine.txt"))).toBe(true);
    expect(readdirSync(folder)).toEqual([basename(second.path)]);
  });

  it("goes on with what was set up and kept there, where it takes one from an attempt that waits for its merge", async () => {
    const config = { ...plain, keep: ["packages"] };
    const { pool, acquire } = await open({ config, capacity: () => 3, standingOf: () => "settled" });
    const first = await acquire("a", { key: "k" });
    setUp(first.path);
    await pool.noteSetUp(first.id, "k");
    writeFiles(first.path, { "own.txt": "o" });
    runGit(first.path, "add", "own.txt");
    runGit(first.path, "commit", "-q", "-m", "work");
    expect(await acquire("b", { key: "k" })).toMatchObject({ path: first.path, isSetUp: true });
    expect(existsSync(join(first.path, "packages/p/index.js"))).toBe(true);
  });

  it("takes none from an attempt whose work no commit holds", async () => {
    const { acquire } = await open({ capacity: () => 3, standingOf: () => "settled" });
    const first = await acquire("a");
    writeFiles(first.path, { "own.txt": "o" });
    expect((await acquire("b")).path).not.toBe(first.path);
    runGit(first.path, "checkout", "-q", "--detach");
    commitAll(first.path, "beside its branch");
    expect((await acquire("c")).path).not.toBe(first.path);
  });
});

describe("bad luck", () => {
  it("makes a worktree anew that somebody deleted, alone or with what git knew of it", async () => {
    const { pool, acquire, repo } = await open();
    for (const withGit of [false, true]) {
      const first = await acquire("a");
      await pool.release(first, "landed");
      rmSync(first.path, { recursive: true });
      if (withGit) rmSync(join(repo.commonDir, "worktrees"), { recursive: true });
      const second = await acquire("b");
      expect(second.path).toBe(first.path);
      expect(runGit(second.path, "status", "--porcelain", "--ignored")).toBe("");
      await pool.release(second, "landed");
    }
  });

  it("has what git finds a worktree by at every moment, so that whoever is killed leaves none that nobody knows", async () => {
    const { pool, acquire } = await open();
    const first = await acquire("a");
    const admin = runGit(first.path, "rev-parse", "--absolute-git-dir");
    await pool.release(first, "landed");
    const missing = new Set<string>();
    let isOver = false;
    const again = acquire("b").finally(() => (isOver = true));
    for (let looks = 0; !isOver || looks === 0; looks++) {
      for (const name of ["HEAD", "commondir", "gitdir"]) if (!existsSync(join(admin, name))) missing.add(name);
      await setImmediate();
    }
    expect((await again).path).toBe(first.path);
    expect([...missing]).toEqual([]);
  });

  it("leaves alone what is somebody else's in its place", async () => {
    const { acquire, repo, folder } = await open();
    mkdirSync(join(folder, "@tree-1"), { recursive: true });
    writeFileSync(join(folder, "@tree-1", "mine.txt"), "m");
    runGit(repo.root, "worktree", "add", "-q", "--detach", join(folder, "@tree-2"));
    expect((await acquire("a")).path).toBe(join(folder, "@tree-3"));
    expect(existsSync(join(folder, "@tree-1", "mine.txt"))).toBe(true);
    expect(existsSync(join(folder, "@tree-2", "a.txt"))).toBe(true);
  });

  it("gives nobody a worktree of which it cannot be told how it was checked out, or whose kept index is damaged", async () => {
    const { pool, acquire, repo, folder } = await open();
    const damage: ((admin: string) => void)[] = [
      (admin) => writeFileSync(join(admin, "pleach-index"), "no index"),
      (admin) => {
        const mark = JSON.parse(readFileSync(join(admin, "pleach.json"), "utf8")) as Record<string, unknown>;
        writeFileSync(join(admin, "pleach.json"), JSON.stringify({ ...mark, shape: undefined }));
      },
      (admin) => rmSync(join(admin, "pleach.json")),
    ];
    for (const act of damage) {
      const first = await acquire("a");
      const admin = runGit(first.path, "rev-parse", "--absolute-git-dir");
      writeFileSync(join(first.path, "a.txt"), "spoilt");
      await pool.release(first, "landed");
      act(admin);
      const { path } = await pooledWorktrees(await openRepository(repo.root), { folder, config: plain }).acquire({
        ...{ run: "r1", task: "b", attempt: "1" },
        base: repo.head.commit,
      });
      expect(readFileSync(join(path, "a.txt"), "utf8")).toBe("a\n");
      await pool.release({ id: "b.1", branch: "pleach-tasks/r1/b/1" }, "landed");
    }
  });
});
