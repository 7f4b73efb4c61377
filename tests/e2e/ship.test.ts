/** Shipping as part of a run's own story: recorded, checked by the gates of its stage, told by its status. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { listLocks } from "../../src/actors/git/locks.ts";
import { findPrograms } from "../../src/actors/process/programs.ts";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import type { RunEvent } from "../../src/protocol/client.ts";
import type { StatusDocument } from "../../src/protocol/status.ts";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { type Ended, git, runProgram, startProgram } from "../helpers/program.ts";
import { begin, carryOut, PATIENCE_MS, RUN, readLog, readStatus, resume, SHARED, until, Workshop } from "./runs.ts";

const workshop = new Workshop("ship");
afterAll(() => workshop.clean());

const writer = (id: string) => ({ id, agent: "scripted", script: [{ write: `${id}.txt`, content: id }] });

/** A run that is over, with one gate before it is shipped. */
async function makeRun(gate: string, gates: object = {}): Promise<string> {
  const root = workshop.repository({
    goal: "one file",
    gates: { whole: { run: gate, at: ["ship"] }, ...gates },
    tasks: [writer("one")],
  });
  const { end } = await carryOut(root);
  expect(end.code, end.stderr).toBe(0);
  return root;
}

const ship = (root: string, ...args: string[]): Promise<Ended> => runProgram(root, ["ship", "--json", ...args]);
const tipOf = (root: string, branch: string): string => git(root, "rev-parse", branch).trim();

async function readEvents(root: string): Promise<RunEvent[]> {
  const { stdout } = await runProgram(root, ["events", "--json"]);
  return stdout
    .trim()
    .split("\n")
    .map((each) => JSON.parse(each) as RunEvent);
}

const model = (root: string): StatusDocument =>
  JSON.parse(readFileSync(join(root, ".ce-workspace", RUN, ".ce-state/run.json"), "utf8")) as StatusDocument;

describe("a run that failed", { timeout: PATIENCE_MS }, () => {
  it("in part is offered, told as such, and shipped once that is wanted", async () => {
    const tasks = [writer("one"), { id: "two", run: "exit 3", retries: 0 }];
    const root = workshop.repository({ goal: "two", tasks });
    const { end, status } = await carryOut(root);
    expect([end.code, status.status]).toEqual([1, "partial"]);
    const told = await runProgram(root, ["status"]);
    expect(told.stdout).toContain(`next   pleach ship ${RUN}`);
    const refused = await ship(root);
    expect(refused.code).toBe(1);
    expect(JSON.parse(refused.stdout)).toMatchObject({
      error: { code: "ship.unfinished", message: expect.stringContaining("1 of its 2 tasks are merged") },
    });
    expect(existsSync(join(root, "one.txt"))).toBe(false);
    expect((await ship(root, "--yes")).code).toBe(0);
    expect(existsSync(join(root, "one.txt"))).toBe(true);
  });

  it.each([false, true])(
    "as a whole has nothing to ship, whether or not its failures were let be (%s)",
    async (lax) => {
      const root = workshop.repository({
        goal: "none",
        tasks: [{ id: "one", run: "exit 3", retries: 0, continueOnError: lax }],
      });
      const { end, status } = await carryOut(root);
      expect([end.code, status.status]).toEqual([1, "failed"]);
      expect((await runProgram(root, ["status"])).stdout).not.toContain("pleach ship");
      expect(JSON.parse((await ship(root, "--yes")).stdout)).toMatchObject({ error: { code: "ship.nothing" } });
    },
  );
});

describe("a ship", { timeout: PATIENCE_MS }, () => {
  it("does not move the branch while its gate is red, and is told as it went, until it is green", async () => {
    const root = await makeRun(`echo looked; test -f ${SHARED}/mended`);
    const before = await readStatus(root);
    expect(before.shipped).toBeNull();
    const main = tipOf(root, "main");

    const red = await ship(root);
    expect(red.code).toBe(1);
    expect(JSON.parse(red.stdout)).toMatchObject({
      error: { code: "ship.gateRed", message: expect.stringContaining("gate whole is red: exited with code 1") },
    });
    expect([tipOf(root, "main"), existsSync(join(root, "one.txt"))]).toEqual([main, false]);
    expect(await readStatus(root)).toMatchObject({ status: "succeeded", shipped: null });

    writeFileSync(join(root, ".git/mended"), "");
    const green = await ship(root);
    expect(green.code, green.stderr).toBe(0);
    const shipped = JSON.parse(green.stdout);
    expect(shipped).toMatchObject({ kind: "shipped", how: "fastForward", branch: "main", files: ["one.txt"] });
    expect(shipped.gates).toMatchObject([{ name: "whole", status: "passed" }]);
    expect([tipOf(root, "main"), readFileSync(join(root, "one.txt"), "utf8")]).toEqual([shipped.commit, "one"]);

    const told = (await readEvents(root)).filter(({ type }) => type.startsWith("ship."));
    expect(told.map(({ actor, type, data }) => [actor, type, data.code ?? data.how ?? null])).toEqual([
      ["host", "ship.started", null],
      ["host", "ship.failed", "ship.gateRed"],
      ["host", "ship.started", null],
      ["host", "ship.finished", "fastForward"],
    ]);
    const [gate] = (told[1]?.data.gates ?? []) as { report: string }[];
    expect(readFileSync(join(root, ".ce-workspace", RUN, gate?.report ?? ""), "utf8")).toBe("looked\n");
    const after = await readStatus(root);
    expect(after).toMatchObject({ status: "succeeded", recoveries: 0, host: { alive: false, epoch: 3 } });
    expect(after.shipped).toEqual({ into: "main", commit: shipped.commit, at: told[3]?.time });
    expect([after.timing, after.hash]).toEqual([before.timing, before.hash]);
    expect(model(root)).toMatchObject({ shipped: after.shipped, host: { alive: false } });
    expect((await runProgram(root, ["status"])).stdout).toMatch(/shipped into main at [0-9a-f]{10}\n(?!.*next)/);
    expect(checkInvariants(readLog(root))).toEqual([]);
    expect((await runProgram(root, ["replay", "--verify"])).code).toBe(0);
  });

  it("that was killed leaves nothing running and nothing moved, and is made again", async () => {
    const root = await makeRun(`test -f ${SHARED}/again || { touch ${SHARED}/begun; exec sleep 600; }`);
    const main = tipOf(root, "main");
    const killed = startProgram(root, ["ship"]);
    await until("the gate", () => existsSync(join(root, ".git/begun")));
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(tipOf(root, "main")).toBe(main);
    writeFileSync(join(root, ".git/again"), "");
    expect((await ship(root)).code).toBe(0);
    expect(await findProcesses({ run: RUN, task: "@ship" })).toEqual([]);
    expect(await readStatus(root)).toMatchObject({ shipped: { into: "main", commit: tipOf(root, "main") } });
    expect(checkInvariants(readLog(root))).toEqual([]);
  });

  it("that was killed with its git while files were written is made again, and leaves no lock", async () => {
    const root = workshop.repository({
      goal: "some files",
      tasks: [
        { id: "one", run: "for n in 1 2 3 4 5 6 7 8 9; do echo $n > file$n.txt; done; echo changed > README.md" },
      ],
    });
    expect((await carryOut(root)).end.code).toBe(0);
    // Holds git up at one of the files, in the checkout alone.
    const filter = `test "$PWD" != '${root}' || { touch .git/held; while [ ! -e .git/go ]; do sleep 0.02; done; }; cat`;
    git(root, "config", "filter.slow.smudge", filter);
    writeFileSync(join(root, ".git/info/attributes"), "file5.txt filter=slow\n");
    const killed = startProgram(root, ["ship"]);
    await until("the filter", () => existsSync(join(root, ".git/held")));
    const gits = (await findPrograms((name) => name === "git")) ?? [];
    const merge = gits.find(({ args, folder }) => folder === root && args.includes("merge"));
    killed.child.kill("SIGKILL");
    process.kill(merge?.pid ?? Number.NaN, "SIGKILL");
    writeFileSync(join(root, ".git/go"), "");
    await killed.ended;
    expect(existsSync(join(root, ".git/index.lock"))).toBe(true);
    const changes = (): string => git(root, "status", "--porcelain", "--", ".", ":!plan.json");
    expect(changes()).not.toBe("");

    const again = await ship(root);
    expect(again.code, again.stdout).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({ kind: "shipped", commit: tipOf(root, "main") });
    expect(changes()).toBe("");
    expect(await listLocks(join(root, ".git"))).toEqual([]);
    expect((await readStatus(root)).warnings).toEqual([
      "removed 1 lock of git that a killed process of pleach had left: index.lock",
    ]);
  });

  it("ends with 130 on SIGINT, told as stopped", async () => {
    const root = await makeRun(`touch ${SHARED}/begun; exec sleep 600`);
    const main = tipOf(root, "main");
    const going = startProgram(root, ["ship", "--json"]);
    await until("the gate", () => existsSync(join(root, ".git/begun")));
    going.child.kill("SIGINT");
    const { code, stdout } = await going.ended;
    expect([code, JSON.parse(stdout).error.code]).toEqual([130, "ship.stopped"]);
    expect(await findProcesses({ run: RUN, task: "@ship" })).toEqual([]);
    expect(tipOf(root, "main")).toBe(main);
    expect((await readEvents(root)).at(-1)).toMatchObject({ type: "ship.failed", data: { code: "ship.stopped" } });
  });

  it("whose end nobody heard of is told when it is asked for again, and again changes nothing", async () => {
    const root = await makeRun("true");
    git(root, "merge", "-q", "--ff-only", `pleach/${RUN}`);
    expect(JSON.parse((await ship(root)).stdout)).toMatchObject({ kind: "already", gates: [] });
    const { shipped } = await readStatus(root);
    expect(shipped).toMatchObject({ into: "main", commit: tipOf(root, "main") });
    expect(JSON.parse((await ship(root)).stdout)).toMatchObject({ kind: "already" });
    expect((await readStatus(root)).shipped).toEqual(shipped);
  });

  it("of what was merged so far is made by the host that is at work, and more is shipped later", async () => {
    const root = workshop.repository({
      goal: "two files",
      gates: { whole: { run: `ls *.txt >> ${SHARED}/looked`, at: ["ship"] } },
      tasks: [
        writer("one"),
        {
          ...writer("two"),
          needs: ["one"],
          script: [{ run: `until test -f ${SHARED}/go; do sleep 0.05; done; echo two > two.txt` }],
        },
      ],
    });
    const going = begin(root);
    await until("the first task", () => readLog(root).some(({ type }) => type === "merge.landed"));
    expect(JSON.parse((await ship(root)).stdout).error.code).toBe("run.notOver");
    const early = await ship(root, "--yes");
    expect(JSON.parse(early.stdout), early.stderr).toMatchObject({ kind: "shipped", files: ["one.txt"] });
    expect(await readStatus(root)).toMatchObject({ status: "running", shipped: { into: "main" } });
    writeFileSync(join(root, ".git/go"), "");
    expect((await going.ended).code).toBe(0);
    expect(await readStatus(root)).toMatchObject({ status: "succeeded", shipped: null, recoveries: 0 });
    expect(JSON.parse((await ship(root)).stdout)).toMatchObject({ kind: "shipped", files: ["two.txt"] });
    expect(readFileSync(join(root, ".git/looked"), "utf8")).toBe("one.txt\none.txt\ntwo.txt\n");
    expect(checkInvariants(readLog(root))).toEqual([]);
  });

  it("of a run that was interrupted leaves it so, to be resumed", async () => {
    const root = workshop.repository({
      goal: "two files",
      tasks: [
        writer("one"),
        { id: "two", needs: ["one"], run: `until test -f ${SHARED}/go; do sleep 0.05; done; echo two > two.txt` },
      ],
    });
    const going = begin(root);
    await until("the first task", () => readLog(root).some(({ type }) => type === "merge.landed"));
    going.child.kill("SIGINT");
    expect((await going.ended).code).toBe(130);
    expect((await ship(root, "--yes")).code).toBe(0);
    expect(await readStatus(root)).toMatchObject({ status: "interrupted", recoveries: 0, shipped: { into: "main" } });
    writeFileSync(join(root, ".git/go"), "");
    expect((await resume(root)).status).toMatchObject({ status: "succeeded", recoveries: 1, shipped: null });
  });
});

describe("verdicts that are kept", { timeout: PATIENCE_MS }, () => {
  it("save the second run of a gate, by the run that merged or by any other of the same tree", async () => {
    const count = `echo x >> ${SHARED}/looked`;
    const state = { XDG_STATE_HOME: join(workshop.repository({}), "state") };
    const root = workshop.repository({
      goal: "one file",
      gates: { both: { run: count, at: ["merge", "ship"] } },
      tasks: [writer("one")],
    });
    expect((await carryOut(root, state)).end.code).toBe(0);
    const shipped = await runProgram(root, ["ship", "--json"], state);
    expect(JSON.parse(shipped.stdout).gates).toMatchObject([{ name: "both", status: "passed", reused: true }]);
    // On the base, and on what was merged.
    expect(readFileSync(join(root, ".git/looked"), "utf8")).toBe("x\nx\n");
    git(root, "reset", "-q", "--hard", "HEAD~1");
    rmSync(state.XDG_STATE_HOME, { recursive: true });
    expect(JSON.parse((await runProgram(root, ["ship", "--json"], state)).stdout).gates[0]).not.toHaveProperty(
      "reused",
    );
    expect(readFileSync(join(root, ".git/looked"), "utf8")).toBe("x\nx\nx\n");
  });

  it("are none of a merge with what the branch got meanwhile: gates that are not asked before a ship are named", async () => {
    const root = workshop.repository({
      goal: "one file",
      gates: {
        both: { run: "true", at: ["merge", "ship"], required: true },
        unit: { run: "true", required: true },
      },
      tasks: [writer("one")],
    });
    expect((await carryOut(root)).end.code).toBe(0);
    const ahead = await runProgram(root, ["ship"]);
    expect(ahead.stdout).not.toContain("not tested");
    git(root, "reset", "-q", "--hard", "HEAD~1");
    git(root, "commit", "-q", "--allow-empty", "-m", "meanwhile");
    const beside = await runProgram(root, ["ship"]);
    expect(beside.stdout).toMatch(/^ {2}not tested with what main had got meanwhile: unit /m);
  });
});
