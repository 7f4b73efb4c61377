/** Where work is, how it comes back, and what of it a clean-up leaves alone: with the built program, on real runs. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { pleach, readDocument, readError, start } from "./program.ts";
import { fingerprint, git, makeRepository, planText } from "./repositories.ts";

interface Work {
  id: string;
  kind: string;
  why: string;
  back: string | null;
  files: string[];
  uncommitted: string[];
}

const TASKS = [
  { id: "good", run: "echo g > g.txt; echo said" },
  { id: "red", run: "echo $PLEACH_ATTEMPT > bad.txt", more: ["gates: [ok]", "retries: 1"] },
  { id: "dirty", run: "echo d > d.txt; exit 1" },
];

async function makeRun(run: string): Promise<string> {
  const root = makeRepository({});
  const plan = join(root, "..", "plan.md");
  writeFileSync(plan, planText(TASKS, ['gates: {ok: {run: "test ! -f bad.txt", required: true}}']));
  expect((await pleach(root, "run", plan, "--run-id", run, "--no-tui", "--no-learn")).code).toBe(1);
  return root;
}

const list = async (root: string): Promise<Work[]> =>
  readDocument<{ work: Work[] }>("recover", await pleach(root, "recover", "--json")).work;

const clean = async (root: string, ...args: string[]) =>
  readDocument<{ things: { kind: string; path: string; outcome: string }[]; spared: { run: string }[] }>(
    "clean",
    await pleach(root, "clean", "--json", ...args),
  );

it("says where all work is, why it did not land and how it comes back, also when its log is gone", {
  timeout: 120_000,
}, async () => {
  const root = await makeRun("r1");
  const before = fingerprint(root);
  const found = await list(root);
  expect(found.map(({ id, kind, back }) => [id, kind, back])).toEqual([
    ["r1", "merged", "pleach ship r1"],
    ["r1/dirty/1", "attempt", "pleach recover r1/dirty/1"],
    ["r1/red/2", "attempt", "pleach recover r1/red/2"],
    ["r1/red/1-saved", "saved", "pleach recover r1/red/1-saved"],
  ]);
  expect(found.map(({ files, uncommitted }) => [...files, ...uncommitted])).toEqual([
    ["g.txt"],
    ["d.txt"],
    ["bad.txt"],
    ["bad.txt"],
  ]);
  expect(found.map(({ why }) => why).join("\n")).toMatch(/not shipped\n.*exited with code 1\n.*gate ok.*\nan earlier/);
  expect((await pleach(root, "recover")).stdout).toContain("back      pleach recover r1/dirty/1");
  rmSync(join(root, ".ce-workspace"), { recursive: true });
  const left = await list(root);
  expect(left.map(({ id }) => id)).toEqual(found.map(({ id }) => id));
  expect(new Set(left.map(({ why }) => why))).toEqual(new Set(["the log of its run r1 is gone"]));
  expect(fingerprint(root)).toEqual(before);
});

it("brings back what was committed and what was not, and never touches the checkout", {
  timeout: 120_000,
}, async () => {
  const root = await makeRun("r1");
  git(root, "branch", "theirs");
  const said = await pleach(root, "recover", "dirty", "--json");
  expect(readDocument("recover", said)).toMatchObject({
    id: "r1/dirty/1",
    branch: "recovered/r1/dirty/1",
    how: "branch",
  });
  expect(git(root, "show", "recovered/r1/dirty/1:d.txt")).toBe("d");
  const onto = readDocument("recover", await pleach(root, "recover", "r1/red/2", "--onto", "theirs", "--json"));
  expect(onto).toMatchObject({ branch: "theirs" });
  expect(git(root, "show", "theirs:bad.txt")).toBe("2");
  const refs = git(root, "for-each-ref");
  expect(readError(await pleach(root, "recover", "red", "--onto", "theirs", "--json"), 2).error.code).toBe(
    "recover.conflict",
  );
  expect(readError(await pleach(root, "recover", "red", "--onto", "main", "--json"), 2).error.code).toBe(
    "recover.checkedOut",
  );
  expect(readError(await pleach(root, "recover", "nothing", "--json"), 2).error.code).toBe("recover.unknown");
  expect(git(root, "for-each-ref")).toBe(refs);
  expect((await list(root)).map(({ id }) => id)).toEqual(["r1", "r1/red/1-saved"]);
  expect([git(root, "status", "--porcelain"), existsSync(join(root, "d.txt"))]).toEqual(["", false]);
});

it("cleans up what holds nothing, the rest by its name, and the whole run once all of it is the person's", {
  timeout: 180_000,
}, async () => {
  const root = await makeRun("r1");
  expect(readError(await pleach(root, "clean", "gone", "--json"), 2).error.code).toBe("clean.unknown");
  // Nothing of it is elsewhere yet.
  const planned = await clean(root, "--dry-run", "--older", "0m");
  expect(planned.things.filter(({ outcome }) => outcome === "planned").map(({ kind }) => kind)).toEqual(["outputs"]);
  expect(readError(await pleach(root, "clean", "--older", "0m", "--json"), 2).error.code).toBe("clean.notAsked");
  await pleach(root, "recover", "dirty");
  await pleach(root, "clean", "r1/dirty/1", "r1/red", "--yes");
  expect((await list(root)).map(({ id }) => id)).toEqual(["r1"]);
  expect((await pleach(root, "ship", "r1", "--yes")).code).toBe(0);
  expect(await list(root)).toEqual([]);
  const last = await clean(root, "--dry-run", "--older", "0m");
  const done = await clean(root, "--yes", "--older", "0m");
  expect(last.things.map(({ kind }) => kind)).toContain("run");
  expect(done.things.map(({ kind, path }) => [kind, path])).toEqual(last.things.map(({ kind, path }) => [kind, path]));
  expect(new Set(done.things.map(({ outcome }) => outcome))).toEqual(new Set(["removed"]));
  expect([existsSync(join(root, ".ce-workspace", "r1")), existsSync(`${root}.worktrees`)]).toEqual([false, false]);
  expect(git(root, "for-each-ref", "--format=%(refname)").split("\n")).toEqual([
    "refs/heads/main",
    "refs/heads/recovered/r1/dirty/1",
  ]);
});

it("leaves a run alone that goes on, and one that can be gone on with", { timeout: 120_000 }, async () => {
  const root = makeRepository({});
  const plan = join(root, "..", "plan.md");
  writeFileSync(plan, planText([{ id: "slow", run: "echo begun > a.txt; exec sleep 300" }]));
  const host = start(["run", plan, "--run-id", "live", "--json", "--no-learn"], { cwd: root });
  await host.says(/task\.started/);
  const held = await clean(root, "--yes", "--older", "0m");
  expect([held.things, held.spared.map(({ run }) => run)]).toEqual([[], ["live"]]);
  expect(readError(await pleach(root, "clean", "live", "--yes", "--json"), 2).error.code).toBe("clean.held");
  host.child.kill("SIGINT");
  await host.ended;
  const open = await clean(root, "--yes", "--older", "0m");
  expect([open.things, open.spared.map(({ run }) => run)]).toEqual([[], ["live"]]);
  expect(readFileSync(join(`${root}.worktrees`, "live", "@tree-1", "a.txt"), "utf8")).toBe("begun\n");
});
