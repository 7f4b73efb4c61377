/** Shipping a run: gates on the commit that the branch is about to get, and what is told of it. */
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runFolder } from "../../../src/actors/control/run-folder.ts";
import { memoryVerdicts } from "../../../src/actors/gates/index.ts";
import { advanceBranch, createIntegrationBranch } from "../../../src/actors/git/index.ts";
import { checkCommit } from "../../../src/actors/perform/check-commit.ts";
import { PortRanges } from "../../../src/actors/perform/port-ranges.ts";
import type { CheckContext } from "../../../src/actors/perform/run-context.ts";
import { refuseShip, type ShipFact, ship } from "../../../src/actors/perform/ship.ts";
import { MERGE_WORKTREE } from "../../../src/actors/perform/worktrees.ts";
import { localExecutor } from "../../../src/actors/process/local-executor.ts";
import type { RunStatus } from "../../../src/protocol/states.ts";
import type { TaskView } from "../../../src/protocol/status.ts";
import { read } from "../../plan/read-text.ts";
import { expectCommitted, finishAttempt, startAttempt } from "../git/attempt.ts";
import { commitAll, fingerprint, openTemp, runGit, writeFiles } from "../git/temp-repository.ts";

/** A run whose one task wrote `new.txt`, with these gates. */
async function makeRun(gates: object, worktree: Partial<CheckContext["config"]["worktree"]> = {}) {
  const repo = await openTemp({ "a.txt": "a\n", "sub/a.txt": "a\n", ".gitignore": "seen*\n" });
  await createIntegrationBranch(repo, "r1", repo.head.commit);
  const made = await startAttempt(repo, "t1");
  writeFiles(made.path, { "new.txt": "new\n" });
  const tip = expectCommitted(await finishAttempt(repo, made)).commit;
  await advanceBranch(repo, { run: "r1", from: repo.head.commit, to: tip });
  const { plan } = read(JSON.stringify({ goal: "g", gates, tasks: [{ id: "t1", run: "true" }] }), "json");
  if (plan === null) throw new Error("the plan does not hold");
  const context: CheckContext = {
    manifest: { run: "r1", plan, base: repo.head.commit, baseBranch: "main", branch: "pleach/r1", patterns: {} },
    folder: runFolder(repo.root, "r1"),
    config: { defaults: {}, vault: "vault", vaults: [], worktree: { copy: [], link: [], ...worktree } },
    repo,
    worktrees: join(repo.root, ".ce-workspace/worktrees/r1"),
    executor: localExecutor,
    verdicts: memoryVerdicts(),
    ports: new PortRanges(repo.root),
    parentEnv: { PATH: process.env.PATH },
    gateConcurrency: 2,
  };
  const facts: ShipFact[] = [];
  const stop = new AbortController();
  const order = {
    into: null,
    merged: { head: tip, next: null },
    signal: stop.signal,
    record: async (fact: ShipFact) => facts.push(fact),
  };
  const count = (name: string): number => {
    const file = join(repo.root, ".git", name);
    return existsSync(file) ? readFileSync(file, "utf8").length : 0;
  };
  return { repo, tip, context, facts, stop, order, count };
}

/** For a gate's command: says in a file beside the objects of git that it was run. */
const note = (name: string): string => `printf x >> "$(git rev-parse --git-common-dir)"/${name}`;
const on = (stages: string[], run: string, more: object = {}) => ({ run, at: stages, ...more });

describe("a ship", () => {
  it("runs the gates of its stage on what the branch is about to get, and then moves it", async () => {
    const { repo, context, order, facts, count } = await makeRun({
      whole: on(["ship"], `test -f new.txt && test -f theirs.txt && ${note("seen")}`),
      merged: on(["merge"], note("seen-merged")),
      advisory: on(["ship"], "exit 1", { level: "advisory" }),
    });
    writeFiles(repo.root, { "theirs.txt": "meanwhile\n" });
    const mine = commitAll(repo.root, "meanwhile");
    const answer = await ship(context, order);
    const head = runGit(repo.root, "rev-parse", "main");
    const gates = [
      expect.objectContaining({ name: "whole", status: "passed", report: "out/ship.1.gates/whole.log" }),
      expect.objectContaining({ name: "advisory", required: false, status: "failed" }),
    ];
    const done = { how: "merge", from: mine, commit: head, files: ["new.txt"], gates };
    expect(answer).toMatchObject({ ok: true, data: { kind: "shipped", branch: "main", ...done } });
    expect(facts).toEqual([
      { type: "ship.started", into: "main" },
      { type: "ship.finished", into: "main", ...done },
    ]);
    expect([count("seen"), count("seen-merged")]).toEqual([1, 0]);
    expect(readdirSync(context.folder.out)).toEqual(["ship.1.gates"]);
    expect(existsSync(join(repo.root, ".ce-workspace/worktrees/r1/@ship"))).toBe(false);
    expect(runGit(repo.root, "worktree", "list")).not.toContain("@ship");
  });

  it("leaves branch and checkout alone when a required gate is red, and says which", async () => {
    const { repo, context, order, facts } = await makeRun({ whole: on(["ship"], "echo no; exit 3") });
    const before = fingerprint(repo.root);
    const answer = await ship(context, order);
    expect(answer).toMatchObject({ ok: false, code: "ship.gateRed", message: expect.stringContaining("gate whole") });
    expect(fingerprint(repo.root)).toEqual(before);
    expect(facts).toEqual([
      { type: "ship.started", into: "main" },
      {
        type: "ship.failed",
        into: "main",
        code: "ship.gateRed",
        reason: expect.stringContaining("exited with code 3"),
        gates: [expect.objectContaining({ name: "whole", status: "failed" })],
      },
    ]);
  });

  it("asks no gate where git refuses anyway, and tells why", async () => {
    const { repo, context, order, facts, count } = await makeRun({ whole: on(["ship"], note("seen")) });
    writeFiles(repo.root, { "new.txt": "mine\n" });
    const answer = await ship(context, order);
    expect(answer).toMatchObject({ ok: false, code: "git.dirtyOverlap", file: "new.txt" });
    expect(facts[1]).toMatchObject({ type: "ship.failed", code: "git.dirtyOverlap", gates: [] });
    const nowhere = await ship(context, { ...order, into: "nowhere" });
    expect(nowhere).toMatchObject({ ok: false, code: "git.noBranch" });
    expect(facts[3]).toMatchObject({ type: "ship.failed", into: "nowhere", code: "git.noBranch" });
    expect(count("seen")).toBe(0);
  });

  it("does not move the branch when it is stopped, also where there is no gate", async () => {
    for (const gates of [{ slow: on(["ship"], "sleep 60") }, {}]) {
      const { repo, context, order, facts, stop } = await makeRun(gates);
      stop.abort();
      expect(await ship(context, order)).toMatchObject({ ok: false, code: "ship.stopped" });
      expect(runGit(repo.root, "rev-parse", "main")).toBe(repo.head.commit);
      expect(facts.map(({ type }) => type)).toEqual(["ship.started", "ship.failed"]);
    }
  });

  it("fails when the worktree of its gates cannot be set up", async () => {
    const { repo, context, order } = await makeRun({ whole: on(["ship"], "true") }, { setup: "echo broken; exit 1" });
    expect(await ship(context, order)).toMatchObject({
      ok: false,
      code: "ship.unchecked",
      message: expect.stringContaining("broken"),
    });
    expect(runGit(repo.root, "rev-parse", "main")).toBe(repo.head.commit);
  });

  it("tells as shipped what the branch holds already, when it is asked for again", async () => {
    const { tip, context, order, facts, count } = await makeRun({ whole: on(["ship"], note("seen")) });
    await ship(context, order);
    expect(await ship(context, order)).toMatchObject({ ok: true, data: { kind: "already", commit: tip, gates: [] } });
    expect(facts[3]).toEqual({
      type: "ship.finished",
      into: "main",
      how: "already",
      from: tip,
      commit: tip,
      files: [],
      gates: [],
    });
    expect(count("seen")).toBe(1);
  });
});

describe("a gate that passed when the tree was merged", () => {
  const gates = { both: on(["merge", "ship"], note("seen")), own: on(["ship"], note("seen-own")) };
  const merged = { stage: "merge", worktree: MERGE_WORKTREE, reports: "merge.1.gates", reuse: false } as const;

  it("is not run again on the same tree, and what is told of it says so", async () => {
    const { tip, context, order, count } = await makeRun(gates);
    await checkCommit(context, { commit: tip, ...merged }, order.signal);
    const answer = await ship(context, order);
    expect(answer).toMatchObject({
      ok: true,
      data: {
        gates: [
          { name: "both", status: "passed", reused: true, report: null },
          { name: "own", status: "passed", report: "out/ship.1.gates/own.log" },
        ],
      },
    });
    expect([count("seen"), count("seen-own")]).toEqual([1, 1]);
  });

  const changes: [string, (context: CheckContext) => CheckContext][] = [
    ["a variable that it is let have", (run) => ({ ...run, parentEnv: { ...run.parentEnv, TZ: "CET" } })],
    ["its command", (run) => withGate(run, { run: `${note("seen")}; true` })],
    ["its folder", (run) => withGate(run, { cwd: "sub" })],
    ["what sets worktrees up", (run) => withWorktree(run, { setup: "true" })],
    ["a copied file", (run) => withWorktree(run, { copy: [".env"] })],
    ["what is linked into the checkout", (run) => withWorktree(run, { link: ["node_modules"] })],
  ];
  it.each(changes)("is run again when another is: %s", async (_what, change) => {
    const { tip, context, order, count } = await makeRun(gates);
    await checkCommit(context, { commit: tip, ...merged }, order.signal);
    await ship(change(context), order);
    expect(count("seen")).toBe(2);
  });

  it("is run again on a tree that it has not seen", async () => {
    const { repo, tip, context, order, count } = await makeRun(gates);
    await checkCommit(context, { commit: tip, ...merged }, order.signal);
    writeFiles(repo.root, { "theirs.txt": "meanwhile\n" });
    commitAll(repo.root, "meanwhile");
    await ship(context, order);
    expect(count("seen")).toBe(2);
  });

  it("is run again when it has failed on the same tree since", async () => {
    const { repo, tip, context, order, count } = await makeRun({
      both: on(["merge", "ship"], `${note("seen")}; test ! -e "$(git rev-parse --git-common-dir)"/red`),
    });
    const red = join(repo.root, ".git", "red");
    await checkCommit(context, { commit: tip, ...merged }, order.signal);
    writeFileSync(red, "");
    await checkCommit(context, { commit: tip, ...merged }, order.signal);
    rmSync(red);
    await ship(context, order);
    // Green; red, in a worktree in which nothing may be left; and when it is shipped.
    expect(count("seen")).toBe(3);
  });

  it("is run again when it was only stopped", async () => {
    const { tip, context, order, count } = await makeRun(gates);
    await checkCommit(context, { commit: tip, ...merged }, AbortSignal.abort());
    await ship(context, order);
    expect(count("seen")).toBe(1);
  });
});

function withGate(run: CheckContext, change: object): CheckContext {
  const { plan } = run.manifest;
  const gates = plan.gates.map((gate) => (gate.name === "both" ? { ...gate, ...change } : gate));
  return { ...run, manifest: { ...run.manifest, plan: { ...plan, gates } } };
}

function withWorktree(run: CheckContext, change: object): CheckContext {
  return { ...run, config: { ...run.config, worktree: { ...run.config.worktree, ...change } } };
}

describe("a run", () => {
  const refusals: [RunStatus, { branch?: null; merged: number }, boolean, string | null][] = [
    ["succeeded", { merged: 2 }, false, null],
    ["succeeded", { merged: 0 }, false, null],
    ["partial", { merged: 1 }, false, "ship.unfinished"],
    ["partial", { merged: 1 }, true, null],
    ["cancelled", { merged: 1 }, false, "ship.unfinished"],
    ["failed", { merged: 0 }, true, "ship.nothing"],
    ["running", { merged: 1 }, false, "run.notOver"],
    ["interrupted", { merged: 0 }, false, "run.notOver"],
    ["interrupted", { merged: 0 }, true, null],
    ["succeeded", { branch: null, merged: 0 }, true, "run.noBranch"],
  ];
  it.each(refusals)("that is %s with %o is shipped or not (unfinished: %s): %s", (status, end, unfinished, code) => {
    const { branch = "pleach/r", merged } = end;
    const states = [...Array.from({ length: merged }, () => "merged" as const), "failed" as const];
    const tasks = states.map((state, at) => ({ id: `t${at}`, status: state }) as TaskView);
    expect(refuseShip({ run: "r", status, branch, tasks }, unfinished)?.code ?? null).toBe(code);
  });
});
