/** What is taken for left over of worktrees and branches, and what stays: all that holds work, and all that is somebody else's. */
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { noteSetUp, openRepository, type Repository } from "../../../src/actors/git/index.ts";
import { addWorktree, prepareWorktree } from "../../../src/actors/git/worktree.ts";
import { type Fixed, findLeftovers, fixLeftovers } from "../../../src/cli/leftovers/find-leftovers.ts";
import { findPlace } from "../../../src/cli/place.ts";
import { commitAll, initRepository, runGit, writeFiles } from "../../actors/git/temp-repository.ts";

const GONE = "20260102-030405-abcd";
const LOG = fileURLToPath(new URL("../../fixtures/logs/v1-plan-run/log", import.meta.url));

let root: string;
let repo: Repository;

beforeEach(async () => {
  root = initRepository({ "a.txt": "one\n", "b.txt": "two\n", ".gitignore": "dist/\n" });
  repo = await openRepository(root);
});

const placeOf = (label: string, run = GONE): string => join(`${root}.worktrees`, run, label);

/** A worktree as an attempt of a run gets it; what is set up stands there before its worker comes. */
async function attempt(label: string, { run = GONE, setUp = {} as Record<string, string> } = {}): Promise<string> {
  const [task = "", name = ""] = label.split(".");
  const path = placeOf(label, run);
  await prepareWorktree(repo, {
    run,
    task,
    attempt: name,
    base: repo.head.commit,
    path,
    config: { copy: [], link: [] },
  });
  writeFiles(path, setUp);
  // Dates of files have grains.
  await setTimeout(20);
  await noteSetUp(repo, path);
  return path;
}

/** `worktree a.1: kept`, of what is in this repository. */
async function fix(): Promise<string[]> {
  const fixed: Fixed[] = [];
  await fixLeftovers(await findPlace(root), (each) => void fixed.push(each));
  return fixed
    .filter(({ leftover: { kind } }) => kind === "worktree" || kind === "branch" || kind === "scrap")
    .map(({ leftover: { kind, path }, outcome }) => `${kind} ${kind === "branch" ? path : basename(path)}: ${outcome}`)
    .sort();
}

describe("what a run left of which nothing else is there", () => {
  it("goes when it holds nothing, whatever set-up made", async () => {
    const plain = await attempt("plain.1");
    await attempt("prepared.1", { setUp: { "b.txt": "by set-up\n", "new.txt": "1", "dist/x": "1" } });
    rmSync(await attempt("lacking.1"), { recursive: true });
    // A host that was killed while it made them has told nobody that they are there.
    await addWorktree(repo, placeOf("begun.1"), repo.head.commit, null);
    writeFiles(placeOf("begun.1"), { "a.txt": "one\n" });
    runGit(root, "worktree", "add", "-q", "--no-checkout", "--detach", placeOf("earlier.1"));
    await addWorktree(repo, placeOf("@merge"), repo.head.commit, null);
    writeFiles(placeOf("@merge"), { "a.txt": "a gate wrote this\n" });
    mkdirSync(placeOf(".pleach-trash-1"));
    runGit(root, "branch", `pleach/${GONE}`);
    const tasks = ["lacking", "plain", "prepared"];
    expect(await fix()).toEqual([
      ...tasks.map((task) => `branch pleach-tasks/${GONE}/${task}/1: mended`),
      `branch pleach/${GONE}: mended`,
      "scrap .pleach-trash-1: mended",
      ...["@merge", "begun.1", "earlier.1", ...tasks.map((task) => `${task}.1`)].map(
        (name) => `worktree ${name}: mended`,
      ),
    ]);
    expect([plain, `${root}.worktrees`].map(existsSync)).toEqual([false, false]);
    expect(runGit(root, "worktree", "list").split("\n")).toHaveLength(1);
    expect(await fix()).toEqual([]);
  });

  it("stays when it holds work", async () => {
    writeFiles(await attempt("changed.1"), { "a.txt": "changed\n" });
    writeFiles(await attempt("added.1"), { "new.txt": "new\n" });
    writeFiles(await attempt("ignored.1"), { "dist/report": "found\n" });
    writeFiles(await attempt("nested.1"), { "app/x": "1", "app/.git/HEAD": "ref: refs/heads/main\n" });
    rmSync(join(await attempt("removed.1"), "b.txt"));
    symlinkSync("b.txt", join(await attempt("linked.1"), "c.txt"));
    const detached = await attempt("detached.1");
    runGit(detached, "checkout", "-q", "--detach");
    commitAll(detached, "on no branch");
    const locked = await attempt("locked.1");
    runGit(root, "worktree", "unlock", locked);
    runGit(root, "worktree", "lock", locked);
    await addWorktree(repo, placeOf("begun.1"), repo.head.commit, null);
    writeFiles(placeOf("begun.1"), { "c.txt": "by hand\n" });
    const kept = ["added", "begun", "changed", "detached", "ignored", "linked", "locked", "nested", "removed"];
    const used = await attempt("used.1");
    const person = spawn("sleep", ["300"], { cwd: used });
    onTestFinished(() => void person.kill("SIGKILL"));
    const said = (await fix()).filter((line) => line.startsWith("worktree"));
    expect(said).toEqual([...kept, "used"].map((task) => `worktree ${task}.1: kept`));
    expect(kept.map((task) => existsSync(placeOf(`${task}.1`))).every(Boolean)).toBe(true);
    expect(runGit(placeOf("changed.1"), "status", "--porcelain")).toBe(" M a.txt");
  });

  it("keeps the branches that alone hold commits, though their worktrees go", async () => {
    const path = await attempt("worked.1");
    writeFiles(path, { "a.txt": "worked\n" });
    const tip = commitAll(path, "work");
    runGit(root, "branch", `pleach/${GONE}`, tip);
    // Of the same commit, one is enough.
    runGit(root, "branch", `pleach-tasks/${GONE}/worked/1-saved`, tip);
    runGit(root, "branch", `pleach-tasks/${GONE}/other/1`, commitAll(root, "more"));
    runGit(root, "reset", "-q", "--hard", "HEAD~");
    expect(await fix()).toEqual([
      `branch pleach-tasks/${GONE}/other/1: kept`,
      `branch pleach-tasks/${GONE}/worked/1-saved: mended`,
      `branch pleach-tasks/${GONE}/worked/1: mended`,
      `branch pleach/${GONE}: kept`,
      "worktree worked.1: mended",
    ]);
    expect(runGit(root, "rev-parse", `pleach/${GONE}`)).toBe(tip);
    runGit(root, "merge", "-q", `pleach/${GONE}`);
    expect(await fix()).toContain(`branch pleach/${GONE}: mended`);
  });
});

it("lets go of what a killed host held for the merge queue, once its run is gone", async () => {
  const held = `refs/pleach/merge/${GONE}`;
  runGit(root, "update-ref", held, repo.head.commit);
  runGit(root, "update-ref", `refs/pleach/nested/${GONE}/a/1/sub`, repo.head.commit);
  const found = (await findLeftovers(await findPlace(root))).filter(({ kind }) => kind === "ref");
  expect(found).toMatchObject([{ path: held, run: GONE, why: expect.stringContaining("nothing is left of its run") }]);
  await fix();
  expect(runGit(root, "for-each-ref", "--format=%(refname)", "refs/pleach/")).toBe(
    `refs/pleach/nested/${GONE}/a/1/sub`,
  );
});

it("loses no commit where two tidy up at the same time", async () => {
  const tip = commitAll(root, "merged by the run");
  for (const name of [`pleach/${GONE}`, `pleach-tasks/${GONE}/a/1`, `pleach-tasks/${GONE}/b/1`]) {
    runGit(root, "branch", name, tip);
  }
  runGit(root, "reset", "-q", "--hard", "HEAD~");
  const found = await findLeftovers(await findPlace(root));
  await Promise.all(found.map(({ mend }) => mend?.act()));
  expect(runGit(root, "branch", "--contains", tip).trim()).toBe(`pleach/${GONE}`);
});

it("leaves alone what is somebody else's, and what another checkout goes on with", async () => {
  const mine = placeOf("mine.1");
  runGit(root, "worktree", "add", "-q", "-b", `pleach-tasks/${GONE}/mine/2`, mine);
  runGit(root, "branch", "pleach/my-own");
  runGit(root, "branch", "pleach-tasks/my/own");
  const second = join(root, "../second");
  runGit(root, "worktree", "add", "-q", "--detach", second);
  const elsewhere = "20260102-030405-efgh";
  mkdirSync(join(second, ".ce-workspace", elsewhere), { recursive: true });
  await attempt("a.1", { run: elsewhere });
  runGit(root, "branch", `pleach/${elsewhere}`);
  const before = runGit(root, "for-each-ref") + runGit(root, "worktree", "list");
  expect(await fix()).toEqual([`branch pleach-tasks/${GONE}/mine/2: kept`]);
  expect(runGit(root, "for-each-ref") + runGit(root, "worktree", "list")).toBe(before);
});

it("takes what a run that is over left, and keeps what nobody took over", async () => {
  const run = "v1-plan-run";
  cpSync(LOG, join(root, ".ce-workspace", run, "log"), { recursive: true });
  runGit(root, "branch", `pleach/${run}`);
  const [failed, empty] = [await attempt("parse.1", { run }), await attempt("parse.2", { run })];
  writeFiles(failed, { "a.txt": "tried\n" });
  writeFileSync(join(empty, "a.txt"), "one\n");
  expect(await fix()).toEqual([
    `branch pleach-tasks/${run}/parse/2: mended`,
    "worktree parse.1: kept",
    "worktree parse.2: mended",
  ]);
  expect(runGit(root, "branch", "--list", `pleach/${run}`)).not.toBe("");
});
