/** What every kind of workspaces must do (WORKSPACE-1 to 4 of the port), in real repositories. */
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openRepository, type Repository, readBranch } from "../../../src/actors/git/index.ts";
import type { AcquiredWorkspace, Workspaces, WorkspacesOptions } from "../../../src/actors/git/workspaces.ts";
import { plain } from "./attempt.ts";
import { commitAll, initRepository, listFiles, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

/** Opens workspaces in a folder; opened again, they are those of a host that stands in for one that died. */
export type OpenWorkspaces = (repo: Repository, options: WorkspacesOptions) => Workspaces;

const FILES = {
  "a.txt": "a",
  "dir/b.txt": "b",
  "dir/deep/c.txt": "c",
  "run.sh": "#!/bin/sh",
  ".gitignore": "cache/\n*.log\n",
};

/** Things that are done in a worktree, by honest workers and clumsy ones. */
const MISCHIEF: Readonly<Record<string, (path: string) => void>> = {
  "changes a file": (path) => writeFileSync(join(path, "a.txt"), "spoilt"),
  "changes files and hides them from git": (path) => {
    runGit(path, "update-index", "--assume-unchanged", "a.txt");
    runGit(path, "update-index", "--skip-worktree", "dir/b.txt");
    writeFiles(path, { "a.txt": "x", "dir/b.txt": "x" });
  },
  "changes a file without changing its size or date": (path) => {
    const { atime, mtime } = lstatSync(join(path, "a.txt"));
    writeFileSync(join(path, "a.txt"), "z");
    utimesSync(join(path, "a.txt"), atime, mtime);
  },
  "removes files": (path) => rmSync(join(path, "dir"), { recursive: true }),
  "adds files, some of them ignored": (path) =>
    writeFiles(path, { "new/x.txt": "x", "cache/c": "c", "out.log": "l", "dir/deep/cache/d": "d" }),
  "ignores more": (path) => writeFiles(path, { ".gitignore": "*\n", "hidden.txt": "h" }),
  "leaves empty folders": (path) => void mkdirSync(join(path, "empty/inside"), { recursive: true }),
  "makes a repository inside": (path) => {
    writeFiles(path, { "inner/x": "x" });
    runGit(join(path, "inner"), "init", "-q");
    commitAll(join(path, "inner"), "inner");
  },
  "makes a repository in the place of a file": (path) => {
    rmSync(join(path, "a.txt"));
    mkdirSync(join(path, "a.txt"));
    runGit(join(path, "a.txt"), "init", "-q");
  },
  "puts a folder in the place of a file, and a file in that of a folder": (path) => {
    rmSync(join(path, "dir"), { recursive: true });
    rmSync(join(path, "a.txt"));
    writeFiles(path, { dir: "file", "a.txt/inside": "x" });
  },
  "moves a folder and links to it": (path) => {
    renameSync(join(path, "dir"), join(path, "elsewhere"));
    symlinkSync("elsewhere", join(path, "dir"));
  },
  "changes modes": (path) => {
    chmodSync(join(path, "run.sh"), 0o755);
    chmodSync(join(path, "a.txt"), 0o400);
    chmodSync(join(path, "dir/deep"), 0o555);
  },
  "stages what it does not have": (path) => {
    writeFileSync(join(path, "staged.txt"), "s");
    runGit(path, "add", "staged.txt");
    rmSync(join(path, "staged.txt"));
    runGit(path, "rm", "-q", "--cached", "a.txt");
  },
  commits: (path) => {
    writeFileSync(join(path, "own.txt"), "o");
    commitAll(path, "worker's own");
  },
  "leaves its branch": (path) => {
    runGit(path, "checkout", "-q", "-B", "elsewhere");
    writeFileSync(join(path, "there.txt"), "t");
    commitAll(path, "elsewhere");
  },
  "is in the middle of a merge": (path) => {
    writeFileSync(join(path, "a.txt"), "ours");
    commitAll(path, "ours");
    runGit(path, "checkout", "-q", "-B", "theirs", "HEAD~1");
    writeFileSync(join(path, "a.txt"), "theirs");
    commitAll(path, "theirs");
    attemptTo(() => runGit(path, "merge", "-q", "-"));
  },
  "looks at parts only": (path) => void runGit(path, "sparse-checkout", "set", "--no-cone", "/a.txt"),
  "leaves a lock": (path) => writeFileSync(join(runGit(path, "rev-parse", "--absolute-git-dir"), "index.lock"), ""),
  "spoils git's own file": (path) => writeFileSync(join(path, ".git"), "gitdir: /nowhere\n"),
  "has a repository instead of git's own file": (path) => {
    rmSync(join(path, ".git"));
    runGit(path, "init", "-q");
  },
  "removes the folder": (path) => rmSync(path, { recursive: true }),
};

/** All that is below a folder, but what is git's: kind, mode, content. */
function look(folder: string, prefix = ""): Record<string, string> {
  const seen: Record<string, string> = {};
  for (const name of readdirSync(folder).sort()) {
    if (prefix === "" && name === ".git") continue;
    const path = join(folder, name);
    const stat = lstatSync(path);
    if (stat.isSymbolicLink()) seen[prefix + name] = `-> ${readlinkSync(path)}`;
    else {
      seen[prefix + name] = `${stat.mode.toString(8)} ${stat.isFile() ? readFileSync(path, "latin1") : ""}`;
      if (stat.isDirectory()) Object.assign(seen, look(path, `${prefix}${name}/`));
    }
  }
  return seen;
}

/** What an attempt finds: files, branch, how its index sees them, and what git is in the middle of. */
function find({ path }: AcquiredWorkspace): unknown {
  return {
    files: look(path),
    branch: runGit(path, "symbolic-ref", "HEAD"),
    status: runGit(path, "status", "--ignored"),
    flags: runGit(path, "ls-files", "-v"),
    sparse: runGit(path, "config", "--get", "--default", "no", "core.sparseCheckout"),
  };
}

/** Runs the suite. */
export function describeWorkspaces(name: string, open: OpenWorkspaces): void {
  const openIn = (repo: Repository, config: WorkspacesOptions["config"] = plain): Workspaces =>
    open(repo, { folder: join(repo.root, ".ce-workspace", "worktrees", "r1"), config });
  const openRepo = async (): Promise<Repository> => {
    const repo = await openTemp(FILES);
    writeFileSync(join(repo.commonDir, "info/exclude"), ".ce-workspace/\n");
    return repo;
  };
  const request = (repo: Repository, task: string, attempt = "1") => ({
    ...{ run: "r1", task, attempt },
    base: repo.head.commit,
  });
  /** What an attempt finds where nobody was before. */
  const findFresh = async (
    repo: Repository,
    config: WorkspacesOptions["config"] = plain,
    task = "late",
  ): Promise<unknown> => {
    const elsewhere = join(makeFolder(), "clone");
    runGit(repo.root, "clone", "-q", repo.root, elsewhere);
    for (const path of [...config.copy, ...config.link]) runCopy(join(repo.root, path), join(elsewhere, path));
    const clone = await openRepository(elsewhere);
    const found = find(await openIn(clone, config).acquire(request(repo, task)));
    return JSON.parse(JSON.stringify(found).replaceAll(elsewhere, repo.root));
  };

  describe(`${name} keep the promises of workspaces`, () => {
    it("give each attempt a checkout of its base on a branch of its own, with what is brought in", async () => {
      const repo = await openRepo();
      writeFiles(repo.root, { ".env": "SECRET=1", "node_modules/p.js": "p" });
      const workspaces = openIn(repo, { copy: [".env", "missing"], link: ["node_modules"] });
      const made = await workspaces.acquire(request(repo, "t1"));
      expect(made).toMatchObject({ id: "t1.1", branch: "pleach-tasks/r1/t1/1" });
      expect(made.notes).toEqual([expect.stringContaining("not copied: missing")]);
      expect(runGit(made.path, "symbolic-ref", "HEAD")).toBe("refs/heads/pleach-tasks/r1/t1/1");
      expect(readFileSync(join(made.path, "dir/b.txt"), "utf8")).toBe("b");
      expect(readFileSync(join(made.path, ".env"), "utf8")).toBe("SECRET=1");
      expect(readlinkSync(join(made.path, "node_modules"))).toBe(join(repo.root, "node_modules"));
    });

    it("give attempts at the same time different places", async () => {
      const repo = await openRepo();
      const workspaces = openIn(repo);
      const made = await Promise.all(
        Array.from({ length: 12 }, (_, at) => workspaces.acquire(request(repo, `t${at}`))),
      );
      expect(new Set(made.map(({ path }) => path)).size).toBe(12);
      expect(new Set(made.map(({ id }) => id)).size).toBe(12);
      for (const each of made) writeFileSync(join(each.path, "mine.txt"), each.id);
      expect(made.map(({ path }) => readFileSync(join(path, "mine.txt"), "utf8"))).toEqual(made.map(({ id }) => id));
    });

    it("begin with the changes that an attempt carries, where they fit, and say when they do not", async () => {
      const repo = await openRepo();
      const workspaces = openIn(repo);
      const first = await workspaces.acquire(request(repo, "t1"));
      writeFiles(first.path, { "a.txt": "better", "n.txt": "n" });
      const carry = commitAll(first.path, "work");
      const second = await workspaces.acquire({ ...request(repo, "t1", "2"), carry });
      expect(second.notes).toEqual([]);
      expect(runGit(second.path, "status", "--porcelain")).toBe("M  a.txt\nA  n.txt");
      writeFiles(repo.root, { "a.txt": "other" });
      const base = commitAll(repo.root, "meanwhile");
      const third = await workspaces.acquire({ ...request(repo, "t1", "3"), base, carry });
      expect(third.notes).toEqual(["t1 begins anew: what it had no longer fits what was merged meanwhile"]);
      expect(runGit(third.path, "status", "--porcelain")).toBe("");
      expect(readFileSync(join(third.path, "a.txt"), "utf8")).toBe("other");
    });

    it("show an attempt nothing of the one before, whatever that one did", async () => {
      const repo = await openRepo();
      const fresh = await findFresh(repo);
      const workspaces = openIn(repo);
      for (const [what, act] of Object.entries(MISCHIEF)) {
        const first = await workspaces.acquire(request(repo, "early"));
        act(first.path);
        await workspaces.release(first, "superseded");
        const second = await workspaces.acquire(request(repo, "late"));
        expect(find(second), `one before ${what}`).toEqual(fresh);
        await workspaces.release(second, "landed");
      }
    });

    it("show an attempt nothing of those before, whatever these did in turn, on another base", async () => {
      // Without a folder, what comes after would be done to the repository of the test.
      const names = Object.keys(MISCHIEF).filter((name) => name !== "removes the folder");
      const acts = fc.array(fc.constantFrom(...names), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(acts, acts, async (...attempts) => {
          const repo = await openRepo();
          const workspaces = openIn(repo);
          for (const each of attempts) {
            const made = await workspaces.acquire(request(repo, "early"));
            // What one thing makes impossible for the next is left out.
            for (const what of each) attemptTo(() => MISCHIEF[what]?.(made.path));
            await workspaces.release(made, "landed");
          }
          writeFiles(repo.root, { "dir/b.txt": "other", "more/m.txt": "m" });
          const now = { ...repo, head: { ...repo.head, commit: commitAll(repo.root, "meanwhile") } };
          expect(find(await workspaces.acquire(request(now, "late")))).toEqual(await findFresh(now));
        }),
        { numRuns: 3, seed: 20261201 },
      );
    });

    it("show nothing of what was brought in for an attempt before, or changed in it", async () => {
      const repo = await openRepo();
      writeFiles(repo.root, { ".env": "SECRET=1", "conf/local.json": "{}", "node_modules/p.js": "p" });
      const config = { copy: [".env", "conf"], link: ["node_modules"] };
      const workspaces = openIn(repo, config);
      const first = await workspaces.acquire(request(repo, "early"));
      writeFiles(first.path, { ".env": "SECRET=2", "conf/more.json": "{}" });
      rmSync(join(first.path, "node_modules"));
      writeFiles(first.path, { "node_modules/own.js": "o" });
      await workspaces.release(first, "landed");
      writeFiles(repo.root, { ".env": "SECRET=3" });
      expect(find(await workspaces.acquire(request(repo, "late")))).toEqual(await findFresh(repo, config));
      expect(existsSync(join(repo.root, "node_modules/p.js"))).toBe(true);
    });

    it("leave a submodule's folder empty for the next, whatever was checked out there", async () => {
      const inner = initRepository({ "inner.txt": "i" });
      const root = initRepository(FILES);
      runGit(root, "submodule", "add", "-q", inner, "sub");
      commitAll(root, "with submodule");
      const repo = await openRepository(root);
      const workspaces = openIn(repo);
      const first = await workspaces.acquire(request(repo, "early"));
      runGit(first.path, "submodule", "update", "-q", "--init");
      expect(existsSync(join(first.path, "sub/inner.txt"))).toBe(true);
      await workspaces.release(first, "landed");
      const second = await workspaces.acquire(request(repo, "late"));
      expect(readdirSync(join(second.path, "sub"))).toEqual([]);
    });

    it("begin afresh when they are acquired again, after saving what was there", async () => {
      const repo = await openRepo();
      await openIn(repo).acquire(request(repo, "t1"));
      const made = await openIn(repo).acquire(request(repo, "t1"));
      expect(await readBranch(repo, `${made.branch}-saved`)).toBeNull();
      writeFiles(made.path, { "own.txt": "o" });
      commitAll(made.path, "own");
      writeFiles(made.path, { "loose.txt": "l" });
      const again = await openIn(repo).acquire(request(repo, "t1"));
      expect(again).toMatchObject({ id: made.id, branch: made.branch });
      expect(look(again.path)).not.toHaveProperty("loose.txt");
      expect(runGit(again.path, "rev-parse", "HEAD")).toBe(repo.head.commit);
      expect(listFiles(repo.root, `${made.branch}-saved`)).toEqual(
        [...Object.keys(FILES), "loose.txt", "own.txt"].sort(),
      );
    });

    it("keep work that nobody else holds, and say what it is; what was kept is nobody else's", async () => {
      const repo = await openRepo();
      const workspaces = openIn(repo);
      const [changed, committed, untouched] = await Promise.all(
        ["changed", "committed", "untouched"].map((task) => workspaces.acquire(request(repo, task))),
      );
      if (!changed || !committed || !untouched) throw new Error("three");
      writeFiles(changed.path, { "own.txt": "o" });
      writeFiles(committed.path, { "own.txt": "o" });
      commitAll(committed.path, "own");
      expect(await workspaces.release(changed, "kept")).toEqual({ kind: "kept", why: "it holds changes" });
      const why = "it holds commits that nothing else does";
      expect(await workspaces.release(committed, "kept")).toEqual({ kind: "kept", why });
      expect(await workspaces.release(untouched, "kept")).toEqual({ kind: "removed", saved: null });
      expect(await readBranch(repo, untouched.branch)).toBeNull();
      const later = openIn(repo);
      const next = await Promise.all(["x", "y"].map((task) => later.acquire(request(repo, task))));
      for (const { path } of next) expect([changed.path, committed.path]).not.toContain(path);
      expect([changed, committed].map(({ path }) => readFileSync(join(path, "own.txt"), "utf8"))).toEqual(["o", "o"]);
    });

    it("save what is superseded on a branch, and let go of what has landed", async () => {
      const repo = await openRepo();
      const workspaces = openIn(repo);
      const old = await workspaces.acquire(request(repo, "t1"));
      writeFiles(old.path, { "own.txt": "o" });
      const saved = `${old.branch}-saved`;
      expect(await workspaces.release(old, "superseded")).toEqual({ kind: "removed", saved });
      expect(listFiles(repo.root, saved)).toContain("own.txt");
      const done = await workspaces.acquire(request(repo, "t2"));
      writeFiles(done.path, { "own.txt": "o" });
      commitAll(done.path, "own");
      expect(await workspaces.release(done, "landed")).toEqual({ kind: "removed", saved: null });
      expect(await readBranch(repo, done.branch)).toBeNull();
      expect(await readBranch(repo, `${done.branch}-saved`)).toBeNull();
    });

    it("bear being released twice, and an id that nobody has, also when another holds the place by now", async () => {
      const repo = await openRepo();
      const workspaces = openIn(repo);
      const first = await workspaces.acquire(request(repo, "early"));
      await workspaces.release(first, "landed");
      const second = await workspaces.acquire(request(repo, "late"));
      writeFiles(second.path, { "own.txt": "o" });
      expect(await workspaces.release(first, "landed")).toEqual({ kind: "removed", saved: null });
      expect(await openIn(repo).release(first, "superseded")).toEqual({ kind: "removed", saved: null });
      const nobody = { id: "never.1", branch: "pleach-tasks/r1/never/1" };
      expect(await workspaces.release(nobody, "kept")).toEqual({ kind: "removed", saved: null });
      expect(readFileSync(join(second.path, "own.txt"), "utf8")).toBe("o");
      expect(runGit(second.path, "symbolic-ref", "HEAD")).toBe(`refs/heads/${second.branch}`);
      expect(await workspaces.release(second, "kept")).toMatchObject({ kind: "kept" });
    });

    it("are held on when a host dies, and one that was only being made is not taken for work", async () => {
      const repo = await openRepo();
      const held = await openIn(repo).acquire(request(repo, "held"));
      writeFiles(held.path, { "own.txt": "o" });
      const unready = await openIn(repo).acquire(request(repo, "unready"));
      rmSync(join(runGit(unready.path, "rev-parse", "--absolute-git-dir"), "pleach.json"));
      rmSync(join(unready.path, "a.txt"));
      const next = openIn(repo);
      const again = await next.acquire(request(repo, "unready"));
      expect(await readBranch(repo, `${again.branch}-saved`)).toBeNull();
      expect(find(again)).toEqual(await findFresh(repo, plain, "unready"));
      expect((await next.acquire(request(repo, "other"))).path).not.toBe(held.path);
      expect(await next.release(held, "superseded")).toEqual({ kind: "removed", saved: `${held.branch}-saved` });
      expect(listFiles(repo.root, `${held.branch}-saved`)).toContain("own.txt");
    });

    it("refuse names that are none of branches, and what leads out of the repository", async () => {
      const repo = await openRepo();
      await expect(openIn(repo).acquire(request(repo, "--help"))).rejects.toMatchObject({ code: "git.badName" });
      const escaping = openIn(repo, { copy: ["../x"], link: [] });
      await expect(escaping.acquire(request(repo, "t1"))).rejects.toMatchObject({ code: "git.outsideRoot" });
      // Nothing is held by what failed.
      expect(find(await openIn(repo).acquire(request(repo, "late")))).toEqual(await findFresh(repo));
    });
  });
}

function runCopy(from: string, to: string): void {
  if (existsSync(from)) cpSync(from, to, { recursive: true });
}

function attemptTo(act: () => void): void {
  try {
    act();
  } catch {
    // Such as to change a file that was removed.
  }
}
