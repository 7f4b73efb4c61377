import { spawn } from "node:child_process";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isSameProcess, probeSweep, processStartToken } from "../../../src/actors/process/index.ts";
import { readStartWithPs } from "../../../src/actors/process/process-start.ts";
import { matchProcesses, scanWithPs } from "../../../src/actors/process/process-table.ts";
import { addDying, chooseTargets, findProcesses, sweepProcesses } from "../../../src/actors/process/sweep.ts";
import { isRunning, waitUntil } from "./worker.ts";

const pids: number[] = [];
let run: string;

/** Starts a node process of its own group, with the identity, that lives until it is ended. */
async function startIdle(identity: Record<string, string>, code = ""): Promise<number> {
  const child = spawn(process.execPath, ["-e", `${code}; setInterval(() => {}, 1e3); console.log("ready")`], {
    env: { PATH: process.env.PATH, ...identity },
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const pid = child.pid ?? 0;
  pids.push(pid);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return pid;
}

beforeEach(() => {
  run = `run-${process.pid}-${Math.random()}`;
});
afterEach(() => {
  for (const pid of pids.splice(0)) if (isRunning(pid)) process.kill(pid, "SIGKILL");
});

describe("finding processes by identity", () => {
  it("finds those of a run, or of one of its tasks, and tells when each started", async () => {
    const one = await startIdle({ PLEACH_RUN: run, PLEACH_TASK: "one" });
    const two = await startIdle({ PLEACH_RUN: run, PLEACH_TASK: "two" });
    const all = await findProcesses({ run });
    expect(all.map((each) => each.pid).sort()).toEqual([one, two].sort());
    expect(await findProcesses({ run, task: "two" })).toEqual([{ pid: two, startedAt: processStartToken(two) }]);
  });

  it("compares whole values, so that no id is found by a part of it", async () => {
    await startIdle({ PLEACH_RUN: `${run}-more`, PLEACH_TASK: "one" });
    await startIdle({ X: `PLEACH_RUN=${run}`, PLEACH_RUN: "other" });
    expect(await findProcesses({ run })).toEqual([]);
  });

  it.each(["--help", "$(reboot); `x` '\"", "a\nPLEACH_TASK=b", "ü ☃ 𝕏", "../..", "a b=c"])(
    "finds the odd id %j",
    async (odd) => {
      const pid = await startIdle({ PLEACH_RUN: run + odd, PLEACH_TASK: odd });
      expect((await findProcesses({ run: run + odd, task: odd })).map((each) => each.pid)).toEqual([pid]);
      expect(await findProcesses({ run: run + odd, task: `${odd}x` })).toEqual([]);
    },
  );

  it("finds the same with ps, which other systems than Linux are read with", async () => {
    const pid = await startIdle({ PLEACH_RUN: run, PLEACH_TASK: "with space", PLEACH_WORKER: "w" });
    const table = await scanWithPs();
    expect(matchProcesses(table, { run, task: "with space" })).toEqual([pid]);
    expect(matchProcesses(table, { run, task: "with" })).toEqual([]);
  });

  it("can say whether it works on this machine", async () => {
    expect((await probeSweep()).kind).toBe("available");
  });
});

describe("sweeping", () => {
  it("ends every process of the identity, also one that ignores SIGTERM, and no other", async () => {
    const meek = await startIdle({ PLEACH_RUN: run, PLEACH_TASK: "one" });
    const stubborn = await startIdle({ PLEACH_RUN: run, PLEACH_TASK: "one" }, "process.on('SIGTERM', () => {})");
    const other = await startIdle({ PLEACH_RUN: run, PLEACH_TASK: "two" });
    expect(await sweepProcesses({ run, task: "one" }, { graceMs: 100 })).toEqual({ ended: 2, survivors: 0 });
    expect([meek, stubborn, other].map(isRunning)).toEqual([false, false, true]);
  });

  it("ends what a dying process starts", async () => {
    const heir =
      "require('child_process').spawn(process.execPath,['-e','setInterval(()=>{},1e3)'],{detached:true,stdio:'ignore'}).unref()";
    await startIdle({ PLEACH_RUN: run }, `process.on('SIGTERM', () => { ${heir}; process.exit() })`);
    expect(await sweepProcesses({ run }, { graceMs: 5_000 })).toEqual({ ended: 2, survivors: 0 });
    expect(await findProcesses({ run })).toEqual([]);
  });

  it("waits for a process that is dying, whose environment cannot be read any more", async () => {
    const pid = await startIdle({});
    const dying = { pid, startedAt: processStartToken(pid) ?? "" };
    const other = { pid: process.pid, startedAt: processStartToken(process.pid) ?? "" };
    const earlier = { pid, startedAt: "another process that had this pid" };
    expect(addDying([other], [dying, earlier])).toEqual([other, dying]);
    expect(addDying([dying], [dying])).toEqual([dying]);
    process.kill(pid, "SIGKILL");
    await waitUntil(() => !isRunning(pid), "the end of the process");
    expect(addDying([], [dying])).toEqual([]);
  });

  it("spares the program that sweeps and those above it, whatever they carry", async () => {
    const idle = await startIdle({ PLEACH_RUN: run });
    const chosen = chooseTargets([process.pid, process.ppid, idle]);
    expect(chosen.map((each) => each.pid)).toEqual([idle]);
  });
});

describe("start tokens", () => {
  it("are the same for as long as a process lives, and null afterwards", async () => {
    const pid = await startIdle({});
    const token = processStartToken(pid);
    expect(token).not.toBeNull();
    expect(isSameProcess(pid, token ?? "")).toBe(true);
    expect(isSameProcess(pid, `${token}1`)).toBe(false);
    process.kill(pid, "SIGKILL");
    await waitUntil(() => !isSameProcess(pid, token ?? ""), "the end of the process");
    expect(processStartToken(pid)).toBeNull();
  });

  it("are null for what is no pid", () => {
    expect([0, -1, 1.5, Number.NaN, 2 ** 40].map(processStartToken)).toEqual([null, null, null, null, null]);
  });

  it("can be read with ps as well", async () => {
    const pid = await startIdle({});
    const token = readStartWithPs(pid);
    expect(token).toMatch(/\d{2}:\d{2}:\d{2}/);
    expect(readStartWithPs(pid)).toBe(token);
    expect(readStartWithPs(2 ** 22 + 1)).toBeNull();
  });
});
