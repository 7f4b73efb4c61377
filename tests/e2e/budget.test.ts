/** What is spent, as scripted agents report it, against what may be. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { runProgram } from "../helpers/program.ts";
import {
  begin,
  carryOut,
  fates,
  mostAtOnce,
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
  workSpans,
} from "./runs.ts";

const workshop = new Workshop("budget");
afterAll(() => workshop.clean());

/** See its head. */
const SPENDING_AGENT = resolve("tests/fixtures/agents/spending-agent.mjs");

const doneIn = (root: string): string[] => (readIf(join(root, "done.txt")) ?? "").split("\n").filter(Boolean);

describe("a budget", { timeout: PATIENCE_MS }, () => {
  const spender = (id: string, more: object = {}): { id: string } & Record<string, unknown> => ({
    id,
    agent: "scripted",
    script: [{ cost: { usd: 1, tokens: 100 } }, { run: `echo ${id} >> done.txt` }],
    ...more,
  });
  const plan = (mode: string, tasks: object[], more: object = {}): object => ({
    goal: "spending",
    isolation: "none",
    concurrency: 1,
    budget: { usd: 2, mode, ...more },
    tasks,
  });

  it("that is soft starts nothing new once it is spent, asks, and goes on when it is raised", async () => {
    const root = workshop.folder(
      plan("soft", [...["a", "b", "c", "d"].map((id) => spender(id)), { id: "free", needs: ["b"], run: "true" }]),
    );
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(3);
    expect(doneIn(root)).toHaveLength(2);
    expect(fates(status)).toEqual({ a: "done", b: "done", c: "ready", d: "ready", free: "done" });
    expect(status.cost).toMatchObject({ usd: 2, tokens: 200, reserved: { usd: 0, tokens: 0 } });
    expect(status.conflicts).toMatchObject([{ id: "budget-1", task: "", kind: "resource", status: "open" }]);
    expect(status.warnings.join("\n")).toContain("budget is exhausted");
    const said = (await runProgram(root, ["status"])).stdout;
    expect(said).toContain("not started for want of budget: c, d");
    expect(said).toContain(`next   pleach decide ${RUN} budget-1 raise N|stop`);
    // An answer that changes nothing is none.
    for (const words of [
      ["decide", "budget-1", "raise", "2"],
      ["resume", "--budget", "usd=1"],
    ]) {
      const refused = await runProgram(root, words);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is spent already")]);
    }
    expect((await runProgram(root, ["decide", "budget-1", "raise", "3"])).code).toBe(0);
    const third = await resume(root);
    expect([third.end.code, fates(third.status)]).toEqual([3, { ...fates(status), c: "done" }]);
    expect((await runProgram(root, ["decide", RUN, "budget-2", "stop"])).code).toBe(0);
    const stopped = await resume(root);
    expect([stopped.status.status, fates(stopped.status)]).toEqual([
      "failed",
      { ...fates(third.status), d: "skipped" },
    ]);
    expect((await runProgram(root, ["status"])).stdout).toContain(`pleach retry --run ${RUN} --budget usd=N`);
    const last = await runProgram(root, ["retry", "--budget", "usd=4", "--json", "--no-learn"]);
    expect([last.code, readEnd(last).status.status]).toEqual([0, "succeeded"]);
    expect(doneIn(root).sort()).toEqual(["a", "b", "c", "d"]);
    expect(checkInvariants(readLog(root))).toEqual([]);
  });

  it("is reserved when a task starts: what could not be paid for does not start beside another", async () => {
    const costly = (id: string) => spender(id, { budget: { usd: 1.5 } });
    const root = workshop.folder({ ...plan("soft", [costly("a"), costly("b")]), concurrency: 2 });
    const { status } = await carryOut(root);
    expect(mostAtOnce(workSpans(readLog(root)))).toBe(1);
    // After the first has cost 1 of 2, the 1.5 of the second are not there.
    expect(Object.values(fates(status)).sort()).toEqual(["done", "ready"]);
  });

  it("that is hard stops what works in the midst of it, asks, and lets it go on where it was", async () => {
    const root = workshop.repository({});
    const told = join(root, ".git/told.jsonl");
    const agents = {
      mine: {
        kind: "claude",
        command: SPENDING_AGENT,
        env: { SPENDING_TOLD: told, SPENDING_TURNS: "2" },
        timeout: "10m",
      },
    };
    const task = { id: "costly", agent: "mine", scope: ["work.txt"], instruction: "Work.", retries: 0 };
    const wide = { goal: "spending", concurrency: 2, budget: { usd: 2, mode: "hard" }, tasks: [task] };
    writeFileSync(join(root, "plan.json"), JSON.stringify(wide));
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents, agent: "mine" }));
    const { end, status, events } = await carryOut(root);
    expect(end.code, end.stderr).toBe(3);
    expect(taskOf(status, "costly")).toMatchObject({ status: "ready", attempts: 1, waitsFor: { kind: "budget" } });
    // What the turn had cost that was cut off is counted, too.
    const spent = status.cost.usd;
    expect(Math.round(spent * 100) % 50).toBe(10);
    expect([spent >= 2, spent < 5, taskOf(status, "costly").cost?.usd]).toEqual([true, true, spent]);
    expect(events.map(({ type }) => type)).toContain("agent.suspended");
    const said = (await runProgram(root, ["decide"])).stdout;
    expect(said).toMatch(/budget of \$2\.00 is exhausted .*stopped in the midst of their work: costly/);
    expect((await runProgram(root, ["status"])).stdout).toContain("cannot go on for want of budget: costly");
    const last = await runProgram(root, ["resume", RUN, "--budget", "usd=20", "--json", "--no-learn", "--trust"]);
    expect([last.code, fates(readEnd(last).status)]).toEqual([0, { costly: "merged" }]);
    const [first, then] = (readIf(told) ?? "")
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect([first.resumed, then.resumed]).toEqual([null, "a-session"]);
    expect(then.told).toContain("go on where you stopped");
    expect(show(root, "work.txt")).toMatch(/^(first\n)+then\nthen\n$/);
    expect(checkInvariants(readLog(root))).toEqual([]);
  });

  it("counts what was spent when the run is interrupted: what its agents say while they are stopped is recorded", async () => {
    const root = workshop.repository({});
    const env = { SPENDING_TOLD: join(root, ".git/told.jsonl") };
    const agents = { mine: { kind: "claude", command: SPENDING_AGENT, env } };
    const task = { id: "costly", agent: "mine", scope: ["work.txt"], instruction: "Work." };
    writeFileSync(join(root, "plan.json"), JSON.stringify({ goal: "spending", tasks: [task] }));
    writeFileSync(join(root, "pleach.yaml"), JSON.stringify({ agents, agent: "mine" }));
    const going = begin(root);
    await until("costs", async () => ((await readStatus(root).catch(() => null))?.cost?.usd ?? 0) > 0);
    going.child.kill("SIGINT");
    const { end, status } = readEnd(await going.ended);
    expect([end.code, status.status]).toEqual([130, "interrupted"]);
    expect(Math.round(status.cost.usd * 100) % 50).toBe(10);
    const types = readLog(root).map(({ type }) => type);
    expect(types.lastIndexOf("cost.reported")).toBeGreaterThan(types.indexOf("run.interrupted"));
    expect(checkInvariants(readLog(root))).toEqual([]);
  });

  it("that only warns stops nothing", async () => {
    const root = workshop.folder(
      plan(
        "warn",
        ["a", "b", "c"].map((id) => spender(id)),
      ),
    );
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(0);
    expect(status.cost.usd).toBe(3);
    expect(status.warnings.join("\n")).toContain("budget");
  });
});
