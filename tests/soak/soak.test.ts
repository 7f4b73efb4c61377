/** The soak's plans are plans, and its judge finds what is wrong; the rounds themselves are run by `npm run soak`. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LogRecord } from "../../src/actors/log/index.ts";
import { type Expected, findTaskViolations, findViolations, listOpen } from "../helpers/killed-run.ts";
import { read } from "../plan/read-text.ts";
import { randomSoakPlan } from "./random-plan.ts";
import { countFailures, findLostOutput, LARGE } from "./soak-run.ts";

const SEEDS = Array.from({ length: 40 }, (_, seed) => seed);

describe("a random plan", () => {
  it("is valid, the same for the same seed, and in all of them everything happens", () => {
    const draw = () => SEEDS.map((seed) => randomSoakPlan(seed, LARGE.tasks));
    const drawn = draw();
    expect(drawn).toEqual(draw());
    for (const { yaml, tasks } of drawn) {
      const { plan, errors } = read(yaml, "yaml");
      expect(errors, yaml).toEqual([]);
      expect(plan?.tasks.map(({ id }) => id)).toEqual(tasks);
    }
    const all = drawn.map(({ yaml }) => yaml).join("\n");
    for (const part of ["isolation: none", "needs: [t", "setsid", "not yet", "gates: [check]", ">> shared/"]) {
      expect(all).toContain(part);
    }
    expect(Math.min(...drawn.map(({ tasks }) => tasks.length))).toBeGreaterThanOrEqual(10);
  });
});

let seq = 0;
const record = (type: string, data: unknown = {}, effects: string[] = [], actor = "task:a"): LogRecord => ({
  v: 1,
  seq: ++seq,
  time: 0,
  actor,
  type,
  data,
  effects: effects.map((name) => ({ id: `${actor}/1/${seq}/0`, name, hash: "" })),
  cause: null,
  crc: "",
});
const numbered = (make: () => LogRecord[]): LogRecord[] => {
  seq = 0;
  return make();
};

describe("the judge of a run", () => {
  const isolated: Expected = { tasks: ["a"], isIsolated: true };
  const begun = () => record("actor.started", {}, ["startAgent"]);
  const finished = () => record("agent.exited", { ok: true });
  const landed = () => record("merge.landed");

  it.each([
    ["nothing", isolated, () => [begun(), finished(), landed()], []],
    ["a task that finished twice", isolated, () => [begun(), finished(), finished(), landed()], ["a finished 2 times"]],
    ["a task that never landed", isolated, () => [begun(), finished()], ["a landed 0 times"]],
    [
      "a task that was run again",
      isolated,
      () => [begun(), finished(), begun(), landed()],
      ["a was run again after it had finished"],
    ],
    ["a task that never finished", { ...isolated, mayRerun: ["a"] }, () => [begun(), landed()], ["a never finished"]],
    ["nothing in a re-run", { ...isolated, mayRerun: ["a"] }, () => [finished(), begun(), finished(), landed()], []],
  ] as const)("finds %s", (_what, expected, make, wrong) => {
    expect(
      findTaskViolations(
        numbered(() => [...make()]),
        expected,
      ),
    ).toEqual(wrong);
  });

  it("finds what was said before a kill and is not in the log, and passes over a line that the kill cut off", () => {
    const records = numbered(() => [record("actor.started", { kind: "task" }), finished()]);
    const said = (at: number, type: string) => `${JSON.stringify({ seq: at, actor: "task:a", type })}\n`;
    expect(findLostOutput([`${said(1, "task.started")}{"seq":9,"ac`, said(2, "agent.exited")], records)).toEqual([]);
    expect(findLostOutput([said(3, "merge.landed")], records)).toEqual([
      "merge.landed of task:a (3) was said, and is lost",
    ]);
    expect(findLostOutput([said(2, "merge.landed")], records)).toHaveLength(1);
  });

  it("tells failures that were planned from faults of the program, and a task that they ended", () => {
    const failed = (faultOf: "work" | "agent") => record("agent.exited", { ok: false, faultOf });
    expect(countFailures([begun(), failed("work"), finished(), landed()])).toEqual({
      tries: 1,
      faults: 0,
      endedByFault: false,
    });
    const unset = () => record("workspace.failed", { reason: "no space left" });
    expect(countFailures([unset(), unset(), failed("work"), finished()])).toEqual({
      tries: 1,
      faults: 2,
      endedByFault: false,
    });
    expect(countFailures([unset(), unset(), failed("agent")])).toEqual({ tries: 0, faults: 3, endedByFault: true });
  });

  it("finds what others may read", () => {
    const root = mkdtempSync(join(tmpdir(), "pleach-soak-test-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    writeFileSync(join(root, "log"), "", { mode: 0o600 });
    expect(listOpen(root)).toEqual([]);
    chmodSync(join(root, "log"), 0o640);
    expect(listOpen(root)).toEqual([join(root, "log")]);
  });

  it("finds a process that is left, also one that nobody's child is any more", async () => {
    const root = mkdtempSync(join(tmpdir(), "pleach-soak-test-"));
    onTestFinished(() => rmSync(root, { recursive: true, force: true }));
    const run = `orphan-${process.pid}`;
    const orphan = spawn("sleep", ["60"], {
      env: { ...process.env, PLEACH_RUN: run, PLEACH_TASK: "a" },
      detached: true,
    });
    await once(orphan, "spawn");
    const end = { code: 0, signal: null, stdout: "", stderr: "" };
    const judge = () => findViolations({ root, run }, end, { tasks: [], isIsolated: false });
    expect(await judge()).toEqual([`processes are left: ${orphan.pid}`]);
    orphan.kill();
    await once(orphan, "exit");
    expect(await judge()).toEqual([]);
  });
});

describe("npm run soak", () => {
  it("refuses what it does not know", () => {
    const script = fileURLToPath(new URL("../../scripts/soak.mjs", import.meta.url));
    for (const args of [["--minutes", "x"], ["--seed", "-1"], ["--runs", "0"], ["--speed"]]) {
      const { status, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: "utf8" });
      expect(status, args.join(" ")).toBe(2);
      expect(stderr).toMatch(/^soak: /);
    }
  });
});
