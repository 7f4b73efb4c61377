/**
 * A ship that is killed while git writes files: whatever it had written, the next ship goes through, and what a person
 * changed meanwhile is refused as ever. The git that is killed is a real one, at a place where a filter of the repository
 * holds it up.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { advanceBranch, createIntegrationBranch, type Repository, shipBranch } from "../../../src/actors/git/index.ts";
import { readShipRecord, takeBackShip, writeShipRecord } from "../../../src/actors/git/ship-record.ts";
import { findPrograms } from "../../../src/actors/process/programs.ts";
import { expectCommitted, finishAttempt, startAttempt } from "./attempt.ts";
import { openTemp, runGit, writeFiles } from "./temp-repository.ts";

const OLD = {
  "a.txt": "old a\n",
  "b.txt": "old b\n",
  "gone.txt": "g\n",
  "turned/in.txt": "in\n",
  plain: "file\n",
  "mine.txt": "m\n",
};

/** A run that changed a.txt and b.txt, deleted gone.txt, added some, and turned a folder into a file and a file into a folder. */
async function makeRun(): Promise<{ repo: Repository; tip: string; from: string }> {
  const repo = await openTemp(OLD);
  await createIntegrationBranch(repo, "r1", repo.head.commit);
  const made = await startAttempt(repo, "t1");
  for (const file of ["gone.txt", "plain"]) unlinkSync(join(made.path, file));
  rmSync(join(made.path, "turned"), { recursive: true });
  writeFiles(made.path, {
    "a.txt": "new and longer a\n",
    "b.txt": "new b\n",
    "new/deep/c.txt": "new c\n",
    turned: "t\n",
  });
  writeFiles(made.path, { "plain/in.txt": "in\n" });
  symlinkSync("a.txt", join(made.path, "link"));
  const tip = expectCommitted(await finishAttempt(repo, made)).commit;
  await advanceBranch(repo, { run: "r1", from: repo.head.commit, to: tip });
  return { repo, tip, from: repo.head.commit };
}

const begin = ({ repo, tip, from }: { repo: Repository; tip: string; from: string }) =>
  writeShipRecord(repo.gitDir, { run: "r1", branch: "main", from, to: tip, settled: [] });
const statusOf = (repo: Repository): string => runGit(repo.root, "status", "--porcelain", "--", ".", ":!.ce-workspace");

describe("a ship that was cut off", () => {
  it.each<[string, (root: string, tip: string) => void]>([
    ["before it wrote anything", () => {}],
    ["between removing a file and writing it", (root) => unlinkSync(join(root, "a.txt"))],
    ["in the midst of a file", (root) => writeFileSync(join(root, "a.txt"), "new and lo")],
    ["when it had made an empty file", (root) => writeFileSync(join(root, "b.txt"), "")],
    [
      "in the midst of a new file",
      (root) => {
        unlinkSync(join(root, "gone.txt"));
        writeFiles(root, { "new/deep/c.txt": "ne" });
      },
    ],
    [
      "when a file and a folder had changed places",
      (root) => {
        rmSync(join(root, "turned"), { recursive: true });
        unlinkSync(join(root, "plain"));
        writeFiles(root, { turned: "", "plain/in.txt": "i" });
      },
    ],
    ["when all files were written", (root, tip) => void runGit(root, "read-tree", "-m", "-u", "HEAD", tip)],
    [
      "when all files were written, and the index was not",
      (root, tip) => {
        runGit(root, "read-tree", "-m", "-u", "HEAD", tip);
        runGit(root, "read-tree", "HEAD");
      },
    ],
  ])("%s is taken back, and the next one goes through", async (_when, cut) => {
    const run = await makeRun();
    const { repo, tip, from } = run;
    await begin(run);
    cut(repo.root, tip);
    await takeBackShip(repo, repo.root, repo.gitDir);
    expect([statusOf(repo), runGit(repo.root, "rev-parse", "HEAD")]).toEqual(["", from]);
    expect(readFileSync(join(repo.root, "plain"), "utf8")).toBe("file\n");

    await begin(run);
    cut(repo.root, tip);
    expect(await shipBranch(repo, { run: "r1" })).toMatchObject({ kind: "shipped", commit: tip });
    expect([statusOf(repo), await readShipRecord(repo.gitDir)]).toEqual(["", null]);
  });

  it("leaves what a person changed since, which stands in the way of the next one as ever", async () => {
    const run = await makeRun();
    const { repo } = run;
    await begin(run);
    writeFiles(repo.root, {
      "a.txt": "new and",
      "b.txt": "mine\n",
      "mine.txt": "mine\n",
      "new/deep/c.txt": "mine too\n",
    });
    await expect(shipBranch(repo, { run: "r1" })).rejects.toMatchObject({
      code: "git.dirtyOverlap",
      message: expect.stringMatching(/overwritten: "b\.txt", "new\/deep\/c\.txt"$/),
    });
    expect(readFileSync(join(repo.root, "a.txt"), "utf8")).toBe(OLD["a.txt"]);
    expect(statusOf(repo).split("\n")).toEqual([" M b.txt", " M mine.txt", "?? new/"]);
  });

  it("leaves files that were as it wants them before it began", async () => {
    const run = await makeRun();
    const { repo, tip, from } = run;
    writeFiles(repo.root, { "new/deep/c.txt": "new c\n", "b.txt": "new b\n" });
    const settled = ["new/deep/c.txt", "b.txt"] as never[];
    await writeShipRecord(repo.gitDir, { run: "r1", branch: "main", from, to: tip, settled });
    writeFiles(repo.root, { "a.txt": "new" });
    await takeBackShip(repo, repo.root, repo.gitDir);
    expect(statusOf(repo).split("\n")).toEqual([" M b.txt", "?? new/"]);
  });

  it("says nothing any more when the branch has moved since", async () => {
    const run = await makeRun();
    const { repo } = run;
    await begin(run);
    writeFiles(repo.root, { "mine.txt": "mine\n" });
    runGit(repo.root, "commit", "-qam", "mine");
    writeFiles(repo.root, { "a.txt": "new" });
    await takeBackShip(repo, repo.root, repo.gitDir);
    expect(statusOf(repo)).toBe(" M a.txt");
    expect(await readShipRecord(repo.gitDir)).toBeNull();
  });
});

/** Makes git wait at b.txt, with the index locked and a.txt written, until it is let go. */
function holdUp(repo: Repository): { isHeld: () => boolean; letGo: () => void } {
  const flag = join(repo.gitDir, "held");
  const filter = `touch '${flag}'; while [ -e '${flag}.on' ]; do sleep 0.02; done; cat`;
  runGit(repo.root, "config", "filter.slow.smudge", filter);
  mkdirSync(join(repo.gitDir, "info"), { recursive: true });
  writeFileSync(join(repo.gitDir, "info/attributes"), "b.txt filter=slow\n");
  writeFileSync(`${flag}.on`, "");
  return { isHeld: () => existsSync(flag), letGo: () => rmSync(`${flag}.on`) };
}

describe("a git that is killed while it writes", () => {
  it("leaves nothing that keeps the next ship from going through", async () => {
    const { repo, tip } = await makeRun();
    const { isHeld, letGo } = holdUp(repo);
    const shipping = shipBranch(repo, { run: "r1" });
    const outcome = expect(shipping).rejects.toMatchObject({ code: "git.killed" });
    await expect.poll(isHeld, { timeout: 60_000 }).toBe(true);
    expect(existsSync(join(repo.gitDir, "index.lock"))).toBe(true);
    const gits = await findPrograms((name) => name === "git");
    const merge = gits?.find(({ args, folder }) => args.includes("merge") && folder === repo.root);
    process.kill(merge?.pid ?? Number.NaN, "SIGKILL");
    letGo();
    await outcome;
    expect(existsSync(join(repo.gitDir, "index.lock"))).toBe(false);
    expect(statusOf(repo)).toBe("");
    expect(await shipBranch(repo, { run: "r1" })).toMatchObject({ kind: "shipped", commit: tip });
    expect(statusOf(repo)).toBe("");
  });

  it("is waited for when only its ship was killed", async () => {
    const run = await makeRun();
    const { repo, tip } = run;
    const { isHeld, letGo } = holdUp(repo);
    await begin(run);
    const orphan = spawn("git", ["merge", "-q", "--ff-only", tip], { cwd: repo.root, stdio: "ignore" });
    await expect.poll(isHeld, { timeout: 60_000 }).toBe(true);
    const shipping = shipBranch(repo, { run: "r1" });
    setTimeout(letGo, 300);
    expect(await shipping).toMatchObject({ kind: "already", commit: tip });
    expect(orphan.exitCode ?? (await once(orphan, "exit"))[0]).toBe(0);
    expect(statusOf(repo)).toBe("");
  });
});
