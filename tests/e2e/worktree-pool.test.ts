/** Worktrees that are used again, in whole runs: what a task finds, whatever was done there and whoever was killed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { git, startProgram } from "../helpers/program.ts";
import { begin, carryOut, fates, PATIENCE_MS, RUN, resume, SHARED, until, Workshop } from "./runs.ts";

const workshop = new Workshop("pool");
afterAll(() => workshop.clean());

/** Writes down what is there, then makes a mess of it besides its work. */
const LOOKS = [
  `d=${SHARED}/found`,
  'find . -path ./.git -prune -o -print | sort > "$d/$PLEACH_TASK.$PLEACH_ATTEMPT.files"',
  'git status --porcelain --ignored > "$d/$PLEACH_TASK.$PLEACH_ATTEMPT.status"',
  'pwd >> "$d/places"',
  "mkdir -p cache/deep empty/inner && echo c > cache/deep/c",
  "git update-index --assume-unchanged src/a.txt",
  'echo x > "made-$PLEACH_TASK.txt"',
].join("; ");

function repository(tasks: number, worktree: object = {}, after = "true"): string {
  const plan = {
    ...{ goal: "make files", concurrency: 2, streams: { builders: { concurrency: 2 } } },
    tasks: Array.from({ length: tasks }, (_, at) => ({
      ...{ id: `t${at}`, stream: "builders", retries: 3, scope: [`made-t${at}.txt`] },
      run: `${LOOKS}; ${after}`,
    })),
  };
  const files = { ".gitignore": "cache/\npackages/\n", "src/a.txt": "a\n", "src/deep/b.txt": "b\n" };
  const root = workshop.repository(plan, files);
  writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ worktree }));
  mkdirSync(join(root, ".git/found"));
  return root;
}

const readFound = (root: string, name: string): string => readFileSync(join(root, ".git/found", name), "utf8");

/** What each attempt found that was not of its base; the work of others may be. */
function listOdd(root: string): string[] {
  const own = [
    ".",
    "./.gitignore",
    "./README.md",
    "./plan.json",
    "./src",
    "./src/a.txt",
    "./src/deep",
    "./src/deep/b.txt",
  ];
  return readdirSync(join(root, ".git/found")).flatMap((name) => {
    if (name.endsWith(".status"))
      return readFound(root, name)
        .split("\n")
        .filter((line) => line !== "" && !/packages\/$/.test(line));
    if (!name.endsWith(".files")) return [];
    const lines = readFound(root, name).trimEnd().split("\n");
    return lines.filter((line) => !own.includes(line) && !/^\.\/(?:made-t\d+\.txt|packages(?:\/p)?)$/.test(line));
  });
}

describe("worktrees that are used again", { timeout: PATIENCE_MS }, () => {
  it("show each task what a fresh one would, are few, are set up as often, and are gone at the end", async () => {
    const setup = `mkdir packages && echo p > packages/p && echo x >> ${SHARED}/found/setups`;
    const root = repository(8, { setup, setupWhen: ["package.json"], keep: ["packages"] });
    const { status } = await carryOut(root);
    expect(new Set(Object.values(fates(status)))).toEqual(new Set(["merged"]));
    expect(listOdd(root)).toEqual([]);
    const places = new Set(
      readFound(root, "places")
        .trimEnd()
        .split("\n")
        .map((path) => basename(path)),
    );
    expect(places.size).toBeLessThanOrEqual(4);
    expect(readFound(root, "setups").split("\n").length - 1).toBeLessThanOrEqual(places.size);
    expect(existsSync(`${root}.worktrees`)).toBe(false);
  });

  it("show each attempt that as well when pleach was killed again and again", async () => {
    const root = repository(5, {}, "chmod 700 src; sleep 0.2");
    let going = begin(root);
    for (const task of [1, 3]) {
      if (task !== 1) going = startProgram(root, ["resume", RUN, "--json", "--no-learn", "--trust"]);
      await until(`task ${task} was begun`, async () =>
        readdirSync(join(root, ".git/found")).some((name) => name.startsWith(`t${task}.`)),
      );
      going.child.kill("SIGKILL");
      await going.ended;
    }
    const { status } = await resume(root);
    expect(new Set(Object.values(fates(status)))).toEqual(new Set(["merged"]));
    expect(listOdd(root)).toEqual([]);
    expect(existsSync(`${root}.worktrees`)).toBe(false);
    expect(git(root, "worktree", "list", "--porcelain").match(/^worktree /gm)).toHaveLength(1);
  });

  it("are fresh ones for each attempt, called as the task, where worktree.pristine asks for that", async () => {
    const root = repository(3, { pristine: true });
    await carryOut(root);
    const places = readFound(root, "places")
      .trimEnd()
      .split("\n")
      .map((path) => basename(path));
    expect(places.sort()).toEqual(["t0.1", "t1.1", "t2.1"]);
  });
});
