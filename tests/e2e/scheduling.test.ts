/** When tasks start: needs, quorums, soft needs, limits and urgency; and what happens when they fail or take too long. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { findProcesses } from "../../src/actors/process/sweep.ts";
import { carryOut, fates, mostAtOnce, PATIENCE_MS, RUN, readIf, readLog, taskOf, Workshop, workSpans } from "./runs.ts";

const workshop = new Workshop("scheduling");
afterAll(() => workshop.clean());

/** Work in a folder that leaves no trace but its name. */
const mark = (id: string, more = ""): { id: string; run: string } => ({ id, run: `${more}echo ${id} >> done.txt` });
const doneIn = (root: string): string[] => (readIf(join(root, "done.txt")) ?? "").split("\n").filter(Boolean);

describe("without isolation, in a folder that is no repository", { timeout: PATIENCE_MS }, () => {
  it("tasks work in the folder itself, in the order of their needs, and git is not asked", async () => {
    const plan = {
      goal: "plain",
      isolation: "none",
      gates: { there: { run: "test -s done.txt", required: true } },
      tasks: [{ ...mark("c"), needs: ["b"] }, { ...mark("b"), needs: ["a"], gates: ["there"] }, mark("a")],
    };
    const root = workshop.folder(plan);
    const { end, status } = await carryOut(root, { GIT_CEILING_DIRECTORIES: root });
    expect(end.code, end.stderr).toBe(0);
    expect(doneIn(root)).toEqual(["a", "b", "c"]);
    expect(fates(status)).toEqual({ a: "done", b: "done", c: "done" });
    expect(status).toMatchObject({ branch: null, base: null, head: null });
    expect(existsSync(join(root, ".git"))).toBe(false);
  });

  it("a quorum is enough: a task starts when enough of its needs, and those that it requires, have succeeded", async () => {
    const plan = {
      goal: "quorum",
      isolation: "none",
      tasks: [
        mark("good"),
        mark("better"),
        { id: "bad", run: "exit 1" },
        { ...mark("two-of-three"), needs: ["good", "better", "bad"], join: { min: 2 } },
        { ...mark("needs-bad"), needs: ["good", "better", "bad"], join: { min: 2, require: ["bad"] } },
        { ...mark("all"), needs: ["good", "bad"] },
        { ...mark("after-all"), needs: ["all"] },
      ],
    };
    const root = workshop.folder(plan);
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(fates(status)).toEqual({
      good: "done",
      better: "done",
      bad: "failed",
      "two-of-three": "done",
      "needs-bad": "skipped",
      all: "skipped",
      "after-all": "skipped",
    });
    expect(taskOf(status, "all").reason).toContain("bad");
  });

  it("continueOnError lets those go on that need a task that failed", async () => {
    const plan = {
      goal: "go on",
      isolation: "none",
      tasks: [
        { id: "shaky", run: "exit 1", continueOnError: true },
        { ...mark("after"), needs: ["shaky"] },
      ],
    };
    const root = workshop.folder(plan);
    const { end, status } = await carryOut(root);
    expect(fates(status)).toEqual({ shaky: "failed", after: "done" });
    expect(end.code).toBe(status.status === "succeeded" ? 0 : 1);
  });

  it("a failed attempt is tried again after a while, which grows, and no more often than the plan says", async () => {
    const plan = {
      goal: "again",
      isolation: "none",
      tasks: [
        { id: "third-time", retries: 3, run: 'echo x >> tries; [ "$(wc -l < tries)" -ge 3 ]' },
        { id: "never", retries: 1, run: "echo x >> nevers; exit 4" },
      ],
    };
    const root = workshop.folder(plan);
    const { status } = await carryOut(root);
    expect(taskOf(status, "third-time")).toMatchObject({ status: "done", attempts: 3 });
    expect(taskOf(status, "never")).toMatchObject({ status: "failed", attempts: 2, reason: "exited with code 4" });
    expect(readIf(join(root, "nevers"))).toBe("x\nx\n");
    const records = readLog(root).filter(({ actor }) => actor === "task:third-time");
    const waits = records
      .filter(({ type, data }) => type === "agent.exited" && !(data as { ok: boolean }).ok)
      .map(
        ({ seq, time }) => (records.find((later) => later.seq > seq && later.type === "timer.fired")?.time ?? 0) - time,
      );
    expect(waits).toHaveLength(2);
    // Half of 200 ms, doubled, is the least there is; clocks may be a little apart.
    expect(waits[0]).toBeGreaterThanOrEqual(95);
    expect(waits[1]).toBeGreaterThanOrEqual(195);
  });

  it("a task that takes longer than its timeout is ended with all that it has started, and the others go on", async () => {
    const plan = {
      goal: "too long",
      isolation: "none",
      tasks: [
        { id: "stuck", timeout: "400ms", run: "trap '' TERM; sleep 600 & echo $! > child; wait; sleep 600" },
        mark("other"),
        { ...mark("after"), needs: ["stuck"] },
      ],
    };
    const root = workshop.folder(plan);
    const { end, status } = await carryOut(root);
    expect(end.code).toBe(1);
    expect(fates(status)).toEqual({ stuck: "failed", other: "done", after: "skipped" });
    expect(taskOf(status, "stuck").reason).toMatch(/ended after its timeout/);
    expect(await findProcesses({ run: RUN })).toEqual([]);
  });

  it("a task waits for a soft need that is under way, but not for one that failed or comes to nothing", async () => {
    const plan = {
      goal: "preferences",
      isolation: "none",
      tasks: [
        mark("first"),
        mark("slow", "sleep 0.8; "),
        { ...mark("eager"), needs: ["first"], prefers: ["slow"] },
        { id: "failing", run: "exit 1" },
        { ...mark("bold"), prefers: ["failing"] },
      ],
    };
    const root = workshop.folder(plan);
    const { status } = await carryOut(root);
    expect(fates(status)).toMatchObject({ slow: "done", eager: "done", failing: "failed", bold: "done" });
    const order = doneIn(root);
    expect(order.indexOf("eager")).toBeGreaterThan(order.indexOf("slow"));
  });

  it("a stream, a resource and the plan each limit what works at once, and a free slot is used", async () => {
    const tasks = ["narrow", "wide"].flatMap((stream) =>
      Array.from({ length: 5 }, (_, index) => ({
        id: `${stream}-${index}`,
        stream,
        run: "sleep 0.15",
        ...(stream === "wide" && index < 4 ? { uses: { desk: 2 } } : {}),
      })),
    );
    const plan = {
      goal: "limits",
      isolation: "none",
      concurrency: 4,
      resources: { desk: 4 },
      streams: { narrow: { concurrency: 1 }, wide: { concurrency: 10 } },
      tasks,
    };
    const root = workshop.folder(plan);
    const { end } = await carryOut(root);
    expect(end.code).toBe(0);
    const spans = workSpans(readLog(root));
    expect(spans).toHaveLength(10);
    expect(mostAtOnce(spans.filter(({ task }) => task.startsWith("narrow")))).toBe(1);
    expect(mostAtOnce(spans.filter(({ task }) => /^wide-[0-3]/.test(task)))).toBe(2);
    expect(mostAtOnce(spans)).toBe(4);
  });

  it("what has the longest way to go starts first", async () => {
    const chain = ["c1", "c2", "c3"].map((id, index, ids) => ({
      ...mark(id),
      needs: index === 0 ? [] : [ids[index - 1]],
    }));
    const plan = { goal: "longest first", isolation: "none", concurrency: 1, tasks: [mark("short"), ...chain] };
    const root = workshop.folder(plan);
    await carryOut(root);
    expect(doneIn(root).at(0)).toBe("c1");
    expect(doneIn(root).indexOf("c2")).toBe(1);
  });
});
