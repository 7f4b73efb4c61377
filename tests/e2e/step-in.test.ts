/** A person who steps into a run: pauses and continues, stops and skips tasks while the others go on, also over `kill -9`. */
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { git, runProgram } from "../helpers/program.ts";
import {
  begin,
  fates,
  PATIENCE_MS,
  RUN,
  readEnd,
  readIf,
  readLog,
  readStatus,
  resume,
  show,
  taskOf,
  until,
  Workshop,
} from "./runs.ts";

const workshop = new Workshop("stepping in");
afterAll(() => workshop.clean());

/** A repository whose plan knows where it lies. */
function repositoryOf(plan: (root: string) => object): string {
  const root = workshop.repository({});
  writeFileSync(join(root, "plan.json"), JSON.stringify(plan(root)));
  return root;
}

const isThere = (root: string, name: string) => async (): Promise<boolean> => existsSync(join(root, ".git", name));

async function type(root: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runProgram(root, args);
  expect(code, stderr).toBe(0);
  return stdout;
}

/** Works until it is let go: writes how often it began, and waits for a file. */
const patient = (root: string, id: string): object => ({
  id,
  scope: [`${id}.txt`],
  run: `echo begun >> ${id}.txt; touch '${root}/.git/${id}'; until [ -e '${root}/.git/go-${id}' ]; do sleep 0.1; done`,
});
const letGo = (root: string, id: string): void => writeFileSync(join(root, ".git", `go-${id}`), "");

describe("a task that a person pauses", { timeout: PATIENCE_MS }, () => {
  it("is stopped in the midst of its work, and goes on there when it is continued, while others go on", async () => {
    const root = repositoryOf((at) => ({
      goal: "paused",
      concurrency: 1,
      tasks: [patient(at, "long"), { id: "other", scope: ["other.txt"], run: "echo 1 > other.txt" }],
    }));
    const going = begin(root);
    await until("the first at work", isThere(root, "long"));
    expect(await type(root, "pause", "long")).toContain("long is paused; whoever works on long is being stopped");
    await until("the other merged", async () => taskOf(await readStatus(root), "other").status === "merged");
    const paused = await readStatus(root);
    expect(taskOf(paused, "long")).toMatchObject({ status: "paused", waitsFor: { kind: "paused" } });
    expect([paused.status, paused.host.alive]).toEqual(["waiting", true]);
    expect(await findProcesses({ run: RUN, task: "long" })).toEqual([]);
    const again = await runProgram(root, ["pause", "long"]);
    expect([again.code, again.stderr]).toEqual([2, expect.stringContaining("pleach continue long")]);
    letGo(root, "long");
    expect(await type(root, "continue", "long")).toBe("long goes on\n");
    const { end, status } = readEnd(await going.ended);
    expect([end.code, fates(status)]).toEqual([0, { long: "merged", other: "merged" }]);
    // Its workspace was the same: both beginnings are in it, and no attempt was spent.
    expect(show(root, "long.txt")).toBe("begun\nbegun\n");
    expect(taskOf(status, "long").attempts).toBe(1);
  });

  it("stays paused over kill -9 and resume, and nothing of it is lost", async () => {
    const root = repositoryOf((at) => ({ goal: "killed", tasks: [patient(at, "long"), patient(at, "second")] }));
    const going = begin(root);
    await until("both at work", async () => (await isThere(root, "long")()) && (await isThere(root, "second")()));
    await type(root, "pause", "--all");
    await until("both paused", async () => (await readStatus(root)).tasks.every(({ status }) => status === "paused"));
    const { pid } = (await readStatus(root)).host;
    process.kill(pid as number, "SIGKILL");
    await going.ended;
    // Without a host it is written down, and the run goes on with it.
    expect(await type(root, "continue", "long")).toBe(`long goes on; go on with: pleach resume ${RUN}\n`);
    letGo(root, "long");
    const resumed = resume(root);
    await until("the one merged", async () => taskOf(await readStatus(root), "long").status === "merged");
    expect(taskOf(await readStatus(root), "second").status).toBe("paused");
    expect(show(root, "long.txt")).toBe("begun\nbegun\n");
    letGo(root, "second");
    await type(root, "continue", "--all");
    const { end, status } = await resumed;
    expect([end.code, fates(status)]).toEqual([0, { long: "merged", second: "merged" }]);
    expect(show(root, "second.txt")).toBe("begun\nbegun\n");
  });
});

describe("a task that a person stops or skips", { timeout: PATIENCE_MS }, () => {
  it("is over, its work on a branch that ends in -saved, and the rest goes on", async () => {
    const root = repositoryOf((at) => ({
      goal: "stopped",
      concurrency: 2,
      tasks: [
        patient(at, "long"),
        patient(at, "good"),
        { id: "after", needs: ["long"], run: "true" },
        { id: "unwanted", needs: ["good"], run: "echo 1 > unwanted.txt" },
      ],
    }));
    const going = begin(root);
    await until("both at work", async () => (await isThere(root, "long")()) && (await isThere(root, "good")()));
    const skipped = await runProgram(root, ["skip", "long"]);
    expect([skipped.code, skipped.stderr]).toEqual([2, expect.stringContaining("pleach stop long")]);
    expect(await type(root, "skip", "unwanted")).toBe("unwanted is skipped\n");
    expect(await type(root, "stop", "long")).toContain(
      "what needs it is not done either, unless its join lets it: after",
    );
    const unknown = await runProgram(root, ["stop", "lonk"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("did you mean long?")]);
    letGo(root, "good");
    const { end, status } = readEnd(await going.ended);
    expect(end.code).toBe(1);
    expect(fates(status)).toEqual({ long: "cancelled", good: "merged", after: "cancelled", unwanted: "skipped" });
    expect(git(root, "show", `pleach-tasks/${RUN}/long/1-saved:long.txt`)).toBe("begun\n");
    expect(git(root, "worktree", "list")).not.toContain("long");
    expect(readIf(join(root, "long.txt"))).toBe(null);
    const late = await runProgram(root, ["pause", "good"]);
    expect([late.code, late.stderr]).toEqual([2, expect.stringContaining("the run is over: partial")]);
  });
});

describe("a task that a person has tried again while the run goes on", { timeout: PATIENCE_MS }, () => {
  it("is merged in the same run, and so is what waits for it, named with it", async () => {
    const root = repositoryOf((at) => ({
      goal: "again",
      concurrency: 2,
      tasks: [
        patient(at, "long"),
        { id: "weak", scope: ["weak.txt"], retries: 0, run: `[ -e '${at}/.git/better' ] && echo 1 > weak.txt` },
        { id: "after", needs: ["weak"], scope: ["after.txt"], run: "cat weak.txt > after.txt" },
      ],
    }));
    const going = begin(root);
    await until("the run at work", isThere(root, "long"));
    await until("the one skipped", async () => taskOf(await readStatus(root), "after").status === "skipped");
    const early = await runProgram(root, ["retry", "long"]);
    expect([early.code, early.stderr]).toEqual([2, expect.stringContaining("long is not over")]);
    const unknown = await runProgram(root, ["retry", "weak", "--agent", "claude"]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("the run has no agent")]);
    writeFileSync(join(root, ".git/better"), "");
    expect(await type(root, "retry", "after", "--fresh")).toBe("tried again, afresh: weak, after\n");
    await until("both merged", async () => taskOf(await readStatus(root), "after").status === "merged");
    letGo(root, "long");
    const { end, status } = readEnd(await going.ended);
    expect([end.code, fates(status)]).toEqual([0, { long: "merged", weak: "merged", after: "merged" }]);
    expect(taskOf(status, "weak").attempts).toBe(2);
    expect(show(root, "after.txt")).toBe("1\n");
    expect(checkInvariants(readLog(root))).toEqual([]);
  });
});
