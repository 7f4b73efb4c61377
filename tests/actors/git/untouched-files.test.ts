/** What differs in a worktree though no worker touched it is no work: neither committed, nor against a scope, nor kept. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { noteSetUp, type Repository } from "../../../src/actors/git/index.ts";
import { noteReadyState } from "../../../src/actors/git/ready-state.ts";
import { removeWorktree } from "../../../src/actors/git/worktree.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { openTemp, runGit, writeFiles } from "./temp-repository.ts";

const FILES = { "lock.json": "{}\n", "old.txt": "old\n", "src/a.txt": "a\n", "run.sh": "#!/bin/sh\n" };

/** Commits nothing else: what the attributes make of other files stays to be done. */
function commitAttributes({ root }: Repository): string {
  runGit(root, "add", ".gitattributes");
  runGit(root, "commit", "-q", "-m", "attributes");
  return runGit(root, "rev-parse", "HEAD");
}

/** An attempt whose set-up did this. */
async function afterSetUp(repo: Repository, setUp: (path: string) => void, carry?: string) {
  const made = await startAttempt(repo, "t1");
  setUp(made.path);
  const place = { path: made.path, base: repo.head.commit, excluded: [] };
  const changed = await noteReadyState(repo, { ...place, ...(carry === undefined ? {} : { carry }) });
  return { ...made, changed };
}

const setUp = (path: string): void => {
  writeFiles(path, { "lock.json": '{"made": "by set-up"}\n', "gen/made.txt": "made\n" });
  rmSync(join(path, "old.txt"));
  chmodSync(join(path, "run.sh"), 0o755);
};
const ALL = ["gen/made.txt", "lock.json", "old.txt", "run.sh"];

describe("what set-up changed", () => {
  it("is told, and is no work: neither committed, nor outside the scope, nor kept", async () => {
    const repo = await openTemp(FILES);
    const made = await afterSetUp(repo, setUp);
    expect(made.changed).toEqual(ALL);
    expect(await finishAttempt(repo, made, { scope: ["src/**"] })).toEqual({ kind: "empty" });
    writeFiles(made.path, { "src/a.txt": "changed\n" });
    const { files, commit } = expectCommitted(await finishAttempt(repo, made, { scope: ["src/**"] }));
    expect(files).toEqual(["src/a.txt"]);
    expect(runGit(repo.root, "diff", "--name-only", `${commit}^`, commit)).toBe("src/a.txt");
    expect(readFileSync(join(made.path, "gen/made.txt"), "utf8")).toBe("made\n");
  });

  it("does not keep a worktree in which nothing else is", async () => {
    const repo = await openTemp(FILES);
    const { path, branch } = await afterSetUp(repo, setUp);
    expect(await removeWorktree(repo, { path, branch }, "kept")).toEqual({ kind: "removed", saved: null });
    expect(existsSync(path)).toBe(false);
  });

  it("is work as soon as it is changed again", async () => {
    const repo = await openTemp(FILES);
    const made = await afterSetUp(repo, setUp);
    writeFiles(made.path, { "lock.json": '{"made": "by the task"}\n', "old.txt": "new\n", "gen/more.txt": "more\n" });
    chmodSync(join(made.path, "gen/made.txt"), 0o755);
    const { files } = expectCommitted(await finishAttempt(repo, made));
    expect(files).toEqual(["gen/made.txt", "gen/more.txt", "lock.json", "old.txt"]);
  });

  it("is gone without a trace where the worker takes it back", async () => {
    const repo = await openTemp(FILES);
    const made = await afterSetUp(repo, setUp);
    rmSync(join(made.path, "gen"), { recursive: true });
    writeFiles(made.path, { "lock.json": FILES["lock.json"], "old.txt": FILES["old.txt"] });
    expect(await finishAttempt(repo, made)).toEqual({ kind: "empty" });
  });

  it("costs no work where it made a folder of a file, and the worker put something there", async () => {
    const repo = await openTemp(FILES);
    const made = await afterSetUp(repo, (path) => {
      rmSync(join(path, "old.txt"));
      writeFiles(path, { "old.txt/made.txt": "made\n" });
    });
    expect(await finishAttempt(repo, made)).toEqual({ kind: "empty" });
    writeFiles(made.path, { "old.txt/work.txt": "work\n" });
    expect(expectCommitted(await finishAttempt(repo, made)).files).toContain("old.txt/work.txt");
  });

  it("is not taken for the work that the attempt began with", async () => {
    const repo = await openTemp(FILES);
    const first = await afterSetUp(repo, setUp);
    writeFiles(first.path, { "src/a.txt": "carried\n", "lock.json": "{1}\n" });
    const carry = expectCommitted(await finishAttempt(repo, first)).commit;
    const made = await startAttempt(repo, "t2");
    runGit(made.path, "cherry-pick", "--no-commit", carry);
    setUp(made.path);
    const place = { path: made.path, base: repo.head.commit, excluded: [], carry };
    expect(await noteReadyState(repo, place)).toEqual(["gen/made.txt", "old.txt", "run.sh"]);
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["lock.json", "src/a.txt"]);
  });
});

describe("what set-up made where a rule ignored it", () => {
  const RULES = { ...FILES, ".gitignore": "node_modules/\n*.log\n", "packages/a/.gitignore": "build\n" };
  const MADE = {
    "node_modules/.lock": "lock\n",
    "node_modules/x/index.js": "x\n",
    "packages/a/build/a.js": "a\n",
    "setup.log": "log\n",
  };
  const open = async (carry?: string) => {
    const repo = await openTemp(RULES);
    const setUpAll = (path: string): void => writeFiles(path, MADE);
    const made = await afterSetUp(repo, setUpAll, carry);
    await noteSetUp(repo, made.path);
    return { repo, made };
  };
  const dropRules = (path: string): void => {
    rmSync(join(path, ".gitignore"));
    rmSync(join(path, "packages/a/.gitignore"));
  };

  it("is no work where the worker takes the rules away, and that is told", async () => {
    const { repo, made } = await open();
    expect(made.changed).toEqual([]);
    dropRules(made.path);
    runGit(made.path, "add", "-A");
    runGit(made.path, "commit", "-qm", "everything");
    const outcome = expectCommitted(await finishAttempt(repo, made));
    expect(outcome.files).toEqual([".gitignore", "packages/a/.gitignore"]);
    expect(outcome.notes).toEqual([
      "not taken, for set-up had made it, and it was ignored then: node_modules/, packages/a/build/, setup.log",
    ]);
  });

  it("is work as far as the worker wrote it, also beside what it did not", async () => {
    const { repo, made } = await open();
    dropRules(made.path);
    writeFiles(made.path, { "node_modules/new.js": "new\n", "node_modules/.lock": "mine\n", "setup.log": "mine\n" });
    const { files } = expectCommitted(await finishAttempt(repo, made));
    expect(files).toEqual([
      ".gitignore",
      "node_modules/.lock",
      "node_modules/new.js",
      "packages/a/.gitignore",
      "setup.log",
    ]);
  });

  it("is work where the worker renamed a folder or file into its place", async () => {
    const { repo, made } = await open();
    dropRules(made.path);
    renameSync(join(made.path, "src"), join(made.path, "node_modules/src"));
    rmSync(join(made.path, "packages/a/build"), { recursive: true });
    renameSync(join(made.path, "node_modules/x"), join(made.path, "packages/a/build"));
    renameSync(join(made.path, "old.txt"), join(made.path, "setup.log"));
    const { files } = expectCommitted(await finishAttempt(repo, made));
    expect(files).toEqual([
      ".gitignore",
      "node_modules/src/a.txt",
      "old.txt",
      "packages/a/.gitignore",
      "packages/a/build/index.js",
      "setup.log",
      "src/a.txt",
    ]);
  });

  it("is no work for a link to it that a package store got elsewhere", async () => {
    const { repo, made } = await open();
    dropRules(made.path);
    linkSync(join(made.path, "node_modules/x/index.js"), join(repo.root, "store"));
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual([".gitignore", "packages/a/.gitignore"]);
  });

  it("does not keep a worktree in which nothing else is", async () => {
    const { repo, made } = await open();
    writeFiles(made.path, { "src/a.txt": "changed\n" });
    dropRules(made.path);
    const { path, branch } = made;
    const { commit } = expectCommitted(await finishAttempt(repo, made));
    expect(await removeWorktree(repo, { path, branch }, "superseded")).toMatchObject({ kind: "removed" });
    expect(runGit(repo.root, "show", "--stat", "--format=", commit)).not.toContain("node_modules");
  });

  it("is work where it was brought from an earlier attempt", async () => {
    const { repo, made: first } = await open();
    dropRules(first.path);
    writeFiles(first.path, { "node_modules/x/index.js": "mine\n" });
    const carry = expectCommitted(await finishAttempt(repo, first)).commit;
    const made = await startAttempt(repo, "t2");
    runGit(made.path, "cherry-pick", "--no-commit", carry);
    runGit(made.path, "reset", "-q", "--", ".");
    writeFiles(made.path, { ".gitignore": RULES[".gitignore"], "node_modules/y.js": "y\n" });
    await noteReadyState(repo, { path: made.path, base: repo.head.commit, excluded: [], carry });
    await noteSetUp(repo, made.path);
    rmSync(join(made.path, ".gitignore"));
    const { files } = expectCommitted(await finishAttempt(repo, made));
    expect(files).toEqual([".gitignore", "node_modules/x/index.js", "packages/a/.gitignore"]);
  });
});

describe("a file that git always shows as modified", () => {
  const CRLF = "one\r\ntwo\r\n";
  const openCrlf = async (attributes = "*.cs text\n") => {
    const repo = await openTemp({ "win.cs": CRLF, "a.txt": "a\n" });
    writeFiles(repo.root, { ".gitattributes": attributes });
    const commit = commitAttributes(repo);
    return { ...repo, head: { ...repo.head, commit } };
  };
  /** Has git look at its content. */
  const touch = (path: string): void => utimesSync(join(path, "win.cs"), 1_000_000, 1_000_000);

  it.each(["*.cs text\n", "*.cs text eol=crlf\n", "* text=auto\n*.cs text eol=lf\n"])(
    "by %j is no work",
    async (text) => {
      const repo = await openCrlf(text);
      const made = await startAttempt(repo, "t1");
      touch(made.path);
      expect(await finishAttempt(repo, made, { scope: ["a.txt"] })).toEqual({ kind: "empty" });
      writeFiles(made.path, { "a.txt": "changed\n" });
      expect(expectCommitted(await finishAttempt(repo, made, { scope: ["a.txt"] })).files).toEqual(["a.txt"]);
      expect(await removeWorktree(repo, made, "superseded")).toMatchObject({ kind: "removed" });
    },
  );

  it("is no work either when the worker stages everything, and it is outside the scope", async () => {
    const repo = await openCrlf();
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "a.txt": "changed\n" });
    touch(made.path);
    runGit(made.path, "add", "-A");
    expect(expectCommitted(await finishAttempt(repo, made, { scope: ["a.txt"] })).files).toEqual(["a.txt"]);
  });

  it("is work where its lines are changed", async () => {
    const repo = await openCrlf();
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { "win.cs": `${CRLF}three\r\n` });
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual(["win.cs"]);
  });

  it.each(["add --renormalize .", "commit -aqm own"])("is set right by git %s", async (command) => {
    const repo = await openCrlf();
    const made = await startAttempt(repo, "t1");
    touch(made.path);
    runGit(made.path, ...command.split(" "));
    const { files, commit } = expectCommitted(await finishAttempt(repo, made, { scope: ["win.cs"] }));
    expect(files).toEqual(["win.cs"]);
    expect(runGit(repo.root, "show", `${commit}:win.cs`)).toBe("one\ntwo");
  });

  it("is set right by whoever changes the attributes", async () => {
    const repo = await openTemp({ "win.cs": CRLF });
    const made = await startAttempt(repo, "t1");
    writeFiles(made.path, { ".gitattributes": "*.cs text\n" });
    touch(made.path);
    expect(expectCommitted(await finishAttempt(repo, made)).files).toEqual([".gitattributes", "win.cs"]);
  });

  it("does no harm by a strange name", async () => {
    const repo = await openTemp({ '"quoted".cs': CRLF, "line\nbreak.cs": CRLF, "ü.cs": CRLF });
    writeFiles(repo.root, { ".gitattributes": "*.cs text\n" });
    const commit = commitAttributes(repo);
    const made = await startAttempt(repo, "t1", { base: commit });
    for (const name of ['"quoted".cs', "line\nbreak.cs", "ü.cs"])
      utimesSync(join(made.path, name), 1_000_000, 1_000_000);
    mkdirSync(join(made.path, "src"));
    writeFileSync(join(made.path, "src/new.txt"), "new\n");
    const { files } = expectCommitted(await finishAttempt(repo, made, { base: commit }));
    expect(files).toContain("src/new.txt");
    expect(files).not.toContain("ü.cs");
  });
});
