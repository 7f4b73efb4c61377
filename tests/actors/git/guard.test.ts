/** A worker's git under a guard: real git in a real worktree. What is refused says what to do instead, all else works. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { withSettings } from "../../../src/actors/git/guard.ts";
import { SharedWatch } from "../../../src/actors/git/index.ts";
import { startAttempt } from "./attempt.ts";
import { guard, guardPlace, openBare, type Said } from "./guarded-worker.ts";
import { commitAll, fingerprint, makeFolder, openTemp, runGit, writeFiles } from "./temp-repository.ts";

const listRefs = (root: string): string => runGit(root, "for-each-ref");

describe("refs under a guard", () => {
  it("refuses whatever all worktrees share, with what to do instead, and leaves it as it was", async () => {
    const repo = await openTemp();
    runGit(repo.root, "branch", "other");
    runGit(repo.root, "tag", "v1");
    const worker = await guard(repo);
    const [refs, before] = [listRefs(repo.root), fingerprint(repo.root)];
    writeFiles(worker.path, { "a.txt": "changed\n" });
    const tries: [string[], string][] = [
      [["stash"], "put work aside as a commit"],
      [["stash", "push", "-u"], "put work aside as a commit"],
      [["branch", "mine"], `stay on ${worker.branch} and commit there`],
      [["checkout", "-b", "mine"], `stay on ${worker.branch} and commit there`],
      [["switch", "-c", "mine"], "refs/heads/mine is not yours to change"],
      [["branch", "-f", "other", "HEAD"], "refs/heads/other is not yours to change"],
      [["update-ref", "refs/heads/main", "HEAD~0"], "refs/heads/main is not yours to change"],
      [["branch", "-D", "other"], "refs/heads/other is not yours to change"],
      [["branch", "-m", "mine"], "has to keep its name"],
      [["branch", "-m", "other", "mine"], "refs/heads/other is not yours to change"],
      [["update-ref", "-d", `refs/heads/${worker.branch}`], "has to keep its name"],
      [["tag", "v2"], "refs/tags/v2 is everybody's"],
      [["tag", "-d", "v1"], "refs/tags/v1 is everybody's"],
      [["notes", "add", "-m", "n"], "refs/notes/commits is everybody's"],
      [["update-ref", "refs/heads/pleach/r1", "HEAD"], "refs/heads/pleach/r1 is not yours to change"],
      [["worktree", "add", "--detach", join(makeFolder(), "w")], "this worktree is not yours to change"],
      [["-C", repo.root, "commit", "--allow-empty", "-qm", "there"], "this worktree is not yours to change"],
      [["-C", repo.root, "reset", "-q", "--soft", "HEAD"], "this worktree is not yours to change"],
      [["-C", repo.root, "checkout", "--detach"], "this worktree is not yours to change"],
    ];
    for (const [args, words] of tries) {
      const { code, text } = worker.git(args);
      expect([args, code === 0, text.includes(words)]).toEqual([args, false, true]);
      expect(text.match(/^pleach: /gm)).toHaveLength(1);
    }
    expect(listRefs(repo.root)).toBe(refs);
    expect(fingerprint(repo.root)).toEqual(before);
    expect(readFileSync(join(worker.path, "a.txt"), "utf8")).toBe("changed\n");
    expect(runGit(worker.path, "status", "--porcelain")).toBe(" M a.txt");
  });

  it("lets a worker commit, amend, reset, merge, pick, revert, rebase and bisect on its own branch", async () => {
    const repo = await openTemp();
    writeFiles(repo.root, { "main.txt": "m" });
    const base = repo.head.commit;
    const newer = commitAll(repo.root, "newer");
    const worker = await guard(repo);
    runGit(worker.path, "reset", "-q", "--hard", base);
    const all = worker.sh(`set -e
      echo 1 > own.txt; git add own.txt; git commit -qm own
      echo 2 > own.txt; git commit -qam two; git commit -q --amend -m better
      git reset -q --hard HEAD~1; git reset -q --hard ORIG_HEAD
      git -c rebase.autoStash=true rebase -q main; echo 3 > own.txt
      git -c rebase.autoStash=true rebase -q --force-rebase HEAD~1
      git commit -qam three; git revert --no-edit HEAD; git cherry-pick HEAD~1
      git checkout -q --detach HEAD~1; git checkout -q ${worker.branch}
      git merge -q --no-ff -m merged main
      git bisect start -q HEAD HEAD~2; git bisect reset
      git gc -q; git -C . status -s; git worktree list; git fetch -q . ; git log --oneline -1`);
    expect(all).toMatchObject({ code: 0 });
    expect(runGit(worker.path, "symbolic-ref", "HEAD")).toBe(`refs/heads/${worker.branch}`);
    expect(runGit(worker.path, "merge-base", "HEAD", newer)).toBe(newer);
    expect(runGit(worker.path, "show", "HEAD:own.txt")).toBe("3");
  });

  it("lets it fetch, which brings no tags and no branches, and the like of a checkout where it would commit is refused", async () => {
    const repo = await openTemp();
    const bare = openBare(repo);
    writeFiles(repo.root, { "b.txt": "b" });
    commitAll(repo.root, "later");
    runGit(repo.root, "tag", "v9");
    runGit(repo.root, "push", "-q", bare, "HEAD:main", "v9");
    runGit(repo.root, "tag", "-d", "v9");
    runGit(repo.root, "branch", "other");
    const worker = await guard(repo);
    expect(worker.git(["fetch"])).toMatchObject({ code: 0 });
    expect(runGit(repo.root, "rev-parse", "origin/main")).toBe(runGit(repo.root, "rev-parse", "main"));
    expect(runGit(repo.root, "tag")).toBe("");
    expect(worker.git(["fetch", "origin", "main:mine"]).text).toContain("refs/heads/mine is not yours");
    worker.git(["checkout", "-q", "other"]);
    expect(worker.git(["commit", "--allow-empty", "-qm", "x"]).text).toContain("refs/heads/other is not yours");
  });

  it("refuses what newer versions of git ask of HEAD: to be on another branch", async () => {
    const repo = await openTemp();
    const worker = await guard(repo);
    const hook = worker.git(["config", "core.hooksPath"]).text.trimEnd();
    const ask = (state: string, line: string): Said =>
      worker.sh(
        `echo '${line}' | GIT_DIR="$(git rev-parse --absolute-git-dir)" '${hook.replace("'", "'\\''")}/reference-transaction' ${state}`,
      );
    const own = `ref:refs/heads/${worker.branch}`;
    expect(ask("prepared", `${own} ref:refs/heads/main HEAD`).code).toBe(1);
    expect(ask("preparing", `${own} ref:refs/heads/main HEAD`).code).toBe(1);
    expect(ask("prepared", `ref:refs/heads/main ${own} HEAD`).code).toBe(0);
    expect(ask("committed", `${own} ref:refs/heads/main HEAD`).code).toBe(0);
  });

  it("has no branch for who only reads", async () => {
    const repo = await openTemp();
    const path = join(makeFolder(), "review");
    runGit(repo.root, "worktree", "add", "-q", "--detach", path);
    const worker = await guardPlace(repo, { path, branch: null });
    expect(worker.git(["commit", "--allow-empty", "-qm", "x"]).code).toBe(0);
    expect(worker.git(["branch", "mine"]).text).toContain("you are here to read");
    writeFiles(path, { "a.txt": "x" });
    expect(worker.git(["stash"]).text).toContain("leave the files as they are");
  });

  it("is gone when it was closed, and gets in the way of nothing", async () => {
    const repo = await openTemp();
    const worker = await guard(repo);
    await worker.close();
    expect(worker.git(["branch", "mine"])).toEqual({ code: 0, text: "" });
    expect(readdirSync(join(repo.root, ".ce-workspace", "it's a guard"), { recursive: true }).join()).not.toContain(
      "hooks",
    );
  });

  it("keeps nobody from seeing what comes out of the stash: its files come before git asks", async () => {
    const repo = await openTemp();
    writeFiles(repo.root, { "a.txt": "a person's\n" });
    runGit(repo.root, "stash", "-q");
    const watch = new SharedWatch(repo, "r1");
    const worker = await guard(repo);
    const window = { who: "task t1", task: "t1", branch: worker.branch };
    await watch.begin(window);
    const entry = runGit(repo.root, "rev-parse", "refs/stash");
    expect(worker.git(["stash", "pop"]).text).toContain("the stash is everybody's");
    const news = await watch.end(window);
    expect(news.flatMap(({ changes }) => changes).join()).toContain("put back");
    expect(watch.takenBy("t1")).toEqual([entry]);
    expect(runGit(repo.root, "stash", "list", "--format=%H")).toBe(entry);
    await watch.close();
  });

  it("leaves what gets around it to be found by who watches", async () => {
    const repo = await openTemp();
    const worker = await guard(repo);
    const watch = new SharedWatch(repo, "r1");
    const window = { who: "task t1", task: "t1", branch: worker.branch };
    await watch.begin(window);
    worker.sh("unset GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS; git branch mine");
    const news = await watch.end(window);
    await watch.close();
    expect(news.flatMap(({ changes }) => changes).join()).toContain("refs/heads/mine added");
  });
});

describe("hooks of the project under a guard", () => {
  /** A hook that notes how it was called, and answers. */
  function writeHook(folder: string, name: string, code = 0): void {
    mkdirSync(folder, { recursive: true });
    const note = '{ echo "$0 $*"; cat; } >> "$NOTES"';
    writeFileSync(join(folder, name), `#!/bin/sh\n${note}\nexit ${code}\n`);
    chmodSync(join(folder, name), 0o755);
  }

  const commit = ["commit", "--allow-empty", "-qm", "x"];

  it("are called with what git gives them, and refuse as they would", async () => {
    const repo = await openTemp();
    const notes = join(makeFolder(), "notes");
    const hooks = join(repo.commonDir, "hooks");
    for (const name of ["commit-msg", "post-rewrite", "reference-transaction", "post-index-change"])
      writeHook(hooks, name);
    writeFileSync(join(hooks, "pre-commit"), "#!/bin/sh\nexit 1\n", { mode: 0o644 });
    const worker = await guard(repo, { env: { NOTES: notes } });
    writeFiles(worker.path, { "a.txt": "changed" });
    expect(worker.git(["commit", "-qam", "x"])).toMatchObject({ code: 0 });
    expect(worker.git([...commit, "--amend"])).toMatchObject({ code: 0 });
    const [tip, told] = [runGit(worker.path, "rev-parse", "HEAD"), readFileSync(notes, "utf8")];
    expect(told).toContain(`${hooks}/commit-msg ${repo.commonDir}/worktrees/r1-t1-1/COMMIT_EDITMSG\n`);
    expect(told).toMatch(new RegExp(`post-rewrite amend\\n[0-9a-f]{40} ${tip}`));
    expect(told).toMatch(new RegExp(`reference-transaction prepared\\n[0-9a-f]{40} ${tip} HEAD\\n`));
    expect(told).toContain(`reference-transaction committed\n`);
    expect(told).toContain(`post-index-change `);
    writeHook(hooks, "pre-commit", 3);
    expect(worker.git(commit).code).toBe(1);
    rmSync(join(hooks, "pre-commit"));
    writeHook(hooks, "reference-transaction", 1);
    expect(worker.git(commit).text).toContain("ref updates aborted by hook");
    expect(runGit(worker.path, "rev-parse", "HEAD")).toBe(tip);
    // Its own answer does not lift what is refused.
    writeHook(hooks, "reference-transaction", 0);
    expect(worker.git(["branch", "mine"]).text).toContain("pleach: refs/heads/mine");
  });

  it.each([
    ["the repository's settings", "config"],
    ["the worker's environment", "env"],
  ])("are found in a folder that %s name, relative to the worktree", async (_, where) => {
    const repo = await openTemp({ ".hus ky/h": "" });
    if (where === "config") runGit(repo.root, "config", "core.hooksPath", ".hus ky/_");
    const variables = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "core.hooksPath", GIT_CONFIG_VALUE_0: ".hus ky/_" };
    const env = { NOTES: join(makeFolder(), "notes"), ...(where === "env" ? variables : {}) };
    const { path, branch } = await startAttempt(repo, "t1");
    writeHook(join(path, ".hus ky/_"), "reference-transaction");
    const worker = await guardPlace(repo, { path, branch, env });
    writeHook(join(path, ".hus ky/_"), "pre-commit");
    writeHook(join(repo.commonDir, "hooks"), "pre-commit", 1);
    mkdirSync(join(path, "deep"));
    expect(worker.git(commit, join(path, "deep"))).toMatchObject({ code: 0 });
    const told = readFileSync(env.NOTES, "utf8");
    expect(told).toContain(".hus ky/_/pre-commit \n");
    expect(told).toContain(".hus ky/_/reference-transaction prepared\n");
  });

  it("are found where somebody named another folder while the worker was at work", async () => {
    const repo = await openTemp();
    const worker = await guard(repo, { env: { NOTES: join(makeFolder(), "notes") } });
    writeHook(join(worker.path, ".husky"), "pre-commit");
    runGit(repo.root, "config", "core.hooksPath", ".husky");
    const later = new Date(Date.now() + 5_000);
    utimesSync(join(repo.commonDir, "config"), later, later);
    expect(worker.git(commit)).toMatchObject({ code: 0 });
    expect(readFileSync(worker.env.NOTES ?? "", "utf8")).toBe(".husky/pre-commit \n");
  });

  it("stay off where a program puts an empty folder after what the environment counts, and the guard stays on", async () => {
    const repo = await openTemp();
    writeHook(join(repo.commonDir, "hooks"), "pre-commit", 1);
    const worker = await guard(repo);
    const at = worker.env.GIT_CONFIG_COUNT;
    Object.assign(worker.env, {
      ...{ GIT_CONFIG_COUNT: `${Number(at) + 1}`, [`GIT_CONFIG_KEY_${at}`]: "core.hooksPath" },
      ...{ [`GIT_CONFIG_VALUE_${at}`]: "", GIT_CONFIG_GLOBAL: "/dev/null" },
    });
    expect(worker.git(commit)).toMatchObject({ code: 0 });
    expect(worker.git(["branch", "mine"]).text).toContain("pleach: refs/heads/mine");
  });
});

describe("settings in an environment", () => {
  it("come after those that are there", () => {
    const counted = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "a.b", GIT_CONFIG_VALUE_0: "c" };
    expect(withSettings(counted, "/x's!")).toEqual({
      ...counted,
      ...{ GIT_CONFIG_COUNT: "2", GIT_CONFIG_KEY_1: "include.path", GIT_CONFIG_VALUE_1: "/x's!" },
      GIT_CONFIG_PARAMETERS: "'include.path'='/x'\\''s'\\!''",
    });
    expect(withSettings({ GIT_CONFIG_PARAMETERS: "'a.b'='c'" }, "/x").GIT_CONFIG_PARAMETERS).toBe(
      "'a.b'='c' 'include.path'='/x'",
    );
    expect(withSettings({ GIT_CONFIG_COUNT: "no" }, "/x").GIT_CONFIG_COUNT).toBe("no");
  });
});
