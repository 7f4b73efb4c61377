/** Bringing work back: on a branch of its own, or onto one that is checked out nowhere; else nothing changes. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import {
  branchOff,
  bringOnto,
  findBase,
  openRepository,
  type Repository,
  snapshotFolder,
} from "../../../src/actors/git/index.ts";
import { codeOf } from "../../../src/errors.ts";
import { commitAll, initRepository, makeFolder, runGit, writeFiles } from "./temp-repository.ts";

let root: string;
let repo: Repository;

beforeEach(async () => {
  root = initRepository({ "a.txt": "one\ntwo\nthree\n" });
  repo = await openRepository(root);
  runGit(root, "branch", "theirs");
});

const refs = (): string => runGit(root, "for-each-ref");
const show = (name: string): string => runGit(root, "show", name);

/** A commit on a branch of a name, from where another one is. */
function work(branch: string, from: string, files: Record<string, string>): string {
  runGit(root, "checkout", "-q", "-b", branch, from);
  writeFiles(root, files);
  const commit = commitAll(root, `work on ${branch}`);
  runGit(root, "checkout", "-q", "main");
  return commit;
}

async function codeOfRefusal(promise: Promise<unknown>): Promise<string | undefined> {
  return promise.then(
    () => undefined,
    (thrown: unknown) => codeOf(thrown),
  );
}

it("makes a branch of its own, the same one again, and another name for other work", async () => {
  const commit = work("w", "main", { "b.txt": "b\n" });
  expect(await branchOff(repo, "recovered/r/t/1", commit)).toBe("recovered/r/t/1");
  expect(await branchOff(repo, "recovered/r/t/1", commit)).toBe("recovered/r/t/1");
  const other = work("v", "main", { "c.txt": "c\n" });
  expect(await branchOff(repo, "recovered/r/t/1", other)).toBe("recovered/r/t/1-2");
});

it("merges what was made on what the branch holds, and brings nothing else over otherwise", async () => {
  const first = work("w", "main", { "b.txt": "b\n" });
  const brought = await bringOnto(repo, { commit: first, base: repo.head.commit, branch: "theirs", name: "t" });
  expect([brought.how, brought.commit]).toEqual(["fastForward", first]);
  // Made on work of another that nobody wants there.
  const other = work("other", "main", { "other.txt": "o\n" });
  const second = work("x", "other", { "c.txt": "c\n" });
  const picked = await bringOnto(repo, { commit: second, base: other, branch: "theirs", name: "t" });
  expect(picked.how).toBe("pick");
  expect(runGit(root, "ls-tree", "--name-only", "theirs").split("\n")).toEqual(["a.txt", "b.txt", "c.txt"]);
  expect(runGit(root, "log", "-1", "--format=%(trailers:key=Pleach-Recovered,valueonly)", "theirs").trim()).toBe(
    second,
  );
  const again = await bringOnto(repo, { commit: second, base: other, branch: "theirs", name: "t" });
  expect([again.how, again.commit]).toEqual(["already", picked.commit]);
  expect(runGit(root, "status", "--porcelain")).toBe("");
});

it.each([
  ["what does not fit", "recover.conflict", "theirs"],
  ["a branch that is checked out", "recover.checkedOut", "main"],
  ["a branch that is not there", "recover.noBranch", "none"],
] as const)("refuses %s, and leaves all as it was", async (_what, code, branch) => {
  const commit = work("w", "main", { "a.txt": "ours\n" });
  runGit(root, "branch", "-f", "theirs", work("v", "main", { "a.txt": "theirs\n" }));
  const before = refs();
  const base = repo.head.commit;
  expect(await codeOfRefusal(bringOnto(repo, { commit, base, branch, name: "t" }))).toBe(code);
  expect(refs()).toBe(before);
  expect(readFileSync(join(root, "a.txt"), "utf8")).toBe("one\ntwo\nthree\n");
});

it("takes for the base of a commit of ours its parent, of others where they left the trunk", async () => {
  const made = work("w", "main", { "b.txt": "b\n" });
  expect(await findBase(repo, made, repo.head.commit)).toBe(repo.head.commit);
  runGit(root, "checkout", "-q", "-b", "more", "w");
  runGit(root, "commit", "-q", "--allow-empty", "-m", "m\n\nPleach-Run: r\nPleach-Task: t\nPleach-Effect: e/1");
  expect(await findBase(repo, runGit(root, "rev-parse", "more"), repo.head.commit)).toBe(made);
});

it("makes a commit of a folder that git knows nothing of, and changes neither", async () => {
  const folder = makeFolder("lost");
  mkdirSync(join(folder, "in"));
  writeFileSync(join(folder, ".git"), "gitdir: /nowhere\n");
  writeFileSync(join(folder, "in", "x.txt"), "x\n");
  const commit = await snapshotFolder(repo, folder, { base: repo.head.commit, message: "m\n" });
  expect(show(`${commit}:in/x.txt`)).toBe("x");
  expect(runGit(root, "status", "--porcelain")).toBe("");
});
