/** What a dry run of a clean-up lists is exactly what the clean-up takes away, whatever runs have left; and no work goes with it. */
import { cpSync, existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { expect, it } from "vitest";
import { noteSetUp, openRepository } from "../../../src/actors/git/index.ts";
import { prepareWorktree } from "../../../src/actors/git/worktree.ts";
import { findCleanable } from "../../../src/cli/leftovers/find-cleanable.ts";
import { fix } from "../../../src/cli/leftovers/find-leftovers.ts";
import type { Leftover } from "../../../src/cli/leftovers/leftover.ts";
import { findPlace } from "../../../src/cli/place.ts";
import { findWork } from "../../../src/cli/recover/find-work.ts";
import { commitAll, initRepository, runGit, writeFiles } from "../../actors/git/temp-repository.ts";

const LOG = fileURLToPath(new URL("../../fixtures/logs/v1-plan-run/log", import.meta.url));
/** One has a log that says that it is over, of the other nothing is left but in git. */
const RUNS = ["v1-plan-run", "20260102-030405-abcd"] as const;

/** What an attempt left: a worktree or not, with changes or not, and commits that are nowhere else, merged, or the person's. */
const pieces = fc.array(
  fc.record({
    run: fc.constantFrom(...RUNS),
    hasWorktree: fc.boolean(),
    isDirty: fc.boolean(),
    commits: fc.constantFrom("none", "alone", "merged", "shipped"),
    isSaved: fc.boolean(),
    isNested: fc.boolean(),
  }),
  { maxLength: 4 },
);
const scenes = fc.record({ pieces, hasOutputs: fc.boolean(), hasLog: fc.boolean(), isOlder: fc.boolean() });

type Scene = typeof scenes extends fc.Arbitrary<infer T> ? T : never;

async function lay(root: string, { pieces: all, hasOutputs, hasLog }: Scene): Promise<void> {
  const repo = await openRepository(root);
  const [over] = RUNS;
  if (hasLog) cpSync(LOG, join(root, ".ce-workspace", over, "log"), { recursive: true });
  if (hasLog && hasOutputs)
    writeFiles(join(root, ".ce-workspace", over), { "out/a.1.log": "said\n", "out/g/b.log": "x" });
  for (const [at, { run, hasWorktree, isDirty, commits, isSaved, isNested }] of all.entries()) {
    const name = { run, task: `t${at}`, attempt: "1" };
    const path = join(`${root}.worktrees`, run, `t${at}.1`);
    const branch = `pleach-tasks/${run}/t${at}/1`;
    await prepareWorktree(repo, { ...name, base: repo.head.commit, path, config: { copy: [], link: [] } });
    await noteSetUp(repo, path);
    if (commits !== "none") {
      writeFiles(path, { [`t${at}.txt`]: "work\n" });
      const tip = commitAll(path, `work of t${at}`);
      if (commits === "merged") mergeInto(root, `pleach/${run}`, tip);
      if (commits === "shipped") mergeInto(root, "main", tip);
      if (isNested) runGit(root, "update-ref", `refs/pleach/nested/${run}/t${at}/1/x-0`, tip);
      if (isSaved) runGit(root, "branch", `${branch}-saved`, tip);
    }
    if (isDirty) writeFiles(path, { "dirty.txt": "dirty\n" });
    if (!hasWorktree) runGit(root, "worktree", "remove", "-f", "-f", path);
  }
}

/** As a merge would, without a checkout; what the checkout has stays as it is. */
function mergeInto(root: string, branch: string, tip: string): void {
  if (runGit(root, "branch", "--list", branch) === "") runGit(root, "branch", branch, "main");
  const merge = runGit(root, "commit-tree", `${tip}^{tree}`, "-p", branch, "-p", tip, "-m", "merge");
  runGit(root, "update-ref", `refs/heads/${branch}`, merge);
}

/** Refs and files, by where they are. */
function look(root: string): Map<string, string> {
  const seen = new Map<string, string>();
  for (const line of runGit(root, "for-each-ref", "--format=%(refname) %(objectname)").split("\n").filter(Boolean)) {
    const [ref = "", id = ""] = line.split(" ");
    seen.set(ref, id);
  }
  for (const folder of [root, `${root}.worktrees`]) walk(folder, seen);
  return seen;
}

function walk(folder: string, seen: Map<string, string>): void {
  for (const entry of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : []) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== ".git") walk(path, seen);
    else if (!entry.isDirectory()) seen.set(path, `${lstatSync(path).mode} ${readFileSync(path, "latin1")}`);
  }
}

/** Whether something that was there is part of what was listed. */
const isPart = ({ kind, path }: Leftover, key: string): boolean => {
  if (kind === "branch") return key === `refs/heads/${path}`;
  return kind === "ref" ? key === path : key.startsWith(`${path}${sep}`);
};

it("takes away exactly what the dry run lists, changes nothing else, and loses no work", {
  timeout: 300_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(scenes, async (scene) => {
      const root = initRepository({ "a.txt": "one\n" });
      await lay(root, scene);
      const wishes = { olderMs: scene.isOlder ? 0 : null, now: Date.now() };
      const works = async () => (await findWork(await findPlace(root))).map(({ id, commits }) => ({ id, commits }));
      const [before, worksBefore] = [look(root), await works()];
      const { left } = await findCleanable(await findPlace(root), wishes);
      expect(look(root)).toEqual(before);
      const going = left.filter(({ mend }) => mend !== null);
      for (const each of (await findCleanable(await findPlace(root), wishes)).left)
        if (each.mend !== null) expect(await fix(each)).toMatchObject({ outcome: "mended" });
      const after = look(root);
      const gone = [...before.keys()].filter((key) => !after.has(key));
      expect(gone.filter((key) => !going.some((each) => isPart(each, key)))).toEqual([]);
      expect([...after].filter(([key, value]) => before.get(key) !== value)).toEqual([]);
      expect([...after.keys()].filter((key) => going.some((each) => isPart(each, key)))).toEqual([]);
      expect(going.filter(({ kind, path }) => kind === "worktree" && existsSync(path))).toEqual([]);
      expect(await works()).toEqual(worksBefore);
      const again = await findCleanable(await findPlace(root), wishes);
      expect(again.left.filter(({ mend }) => mend !== null)).toEqual([]);
    }),
    { numRuns: 12, examples: EXAMPLES },
  );
});

const whole = {
  run: RUNS[0],
  hasWorktree: true,
  isDirty: false,
  commits: "shipped",
  isSaved: true,
  isNested: true,
} as const;
const EXAMPLES: [Scene][] = [
  [{ pieces: [whole], hasOutputs: true, hasLog: true, isOlder: true }],
  [{ pieces: [{ ...whole, commits: "alone", isDirty: true }], hasOutputs: true, hasLog: true, isOlder: true }],
  [{ pieces: [{ ...whole, run: RUNS[1], commits: "merged" }], hasOutputs: false, hasLog: false, isOlder: false }],
];
