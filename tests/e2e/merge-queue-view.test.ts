/** What is seen of the merge queue while it works: which gate, on whose work, and who waits. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { progressLine } from "../../src/cli/report.ts";
import { runProgram } from "../helpers/program.ts";
import { begin, PATIENCE_MS, readEnd, readStatus, SHARED, until, Workshop } from "./runs.ts";

const workshop = new Workshop("queue view");
afterAll(() => workshop.clean());

const wait = (file: string): string => `until test -e ${SHARED}/${file}; do sleep 0.05; done`;

describe("the merge queue at work", { timeout: PATIENCE_MS }, () => {
  it("says which gate runs, on what, since when, how long it takes, and who waits", async () => {
    const root = workshop.repository({
      goal: "a slow gate",
      concurrency: 2,
      gates: {
        fast: { run: "true", required: true },
        slow: { run: `if test -e a.txt; then ${wait("tip")}; else ${wait("base")}; fi`, required: true },
      },
      tasks: [
        { id: "a", scope: ["a.txt"], run: "echo 1 > a.txt" },
        { id: "b", needs: [], scope: ["b.txt"], run: `${wait("b")}; echo 1 > b.txt` },
      ],
    });
    const going = begin(root);
    const seen = (what: string, look: (queue: Queue) => boolean): Promise<Status> =>
      until(what, async () => {
        const status = await readStatus(root);
        return status.queue !== undefined && look(status.queue) ? status : null;
      });
    type Status = Awaited<ReturnType<typeof readStatus>>;
    type Queue = NonNullable<Status["queue"]>;

    const base = await seen("a to wait", ({ waiting, gates }) => waiting.length === 1 && gates.length === 1);
    expect(base.queue).toMatchObject({
      state: "base",
      gates: [{ name: "slow", usualMs: null, log: "out/base.gates/slow.log" }],
      tasks: [],
      waiting: ["a"],
      text: "slow runs on the base; 1 task waits",
    });
    expect(Date.parse(base.queue?.gates[0]?.since ?? "")).toBeGreaterThan(Date.parse(base.tasks[0]?.started ?? ""));
    expect(base.tasks[0]?.waitsFor).toMatchObject({ kind: "queue" });
    expect(progressLine(base)).toMatch(
      /0\/2 tasks, 1 running \(b\), merge queue: slow runs on the base; 1 task waits; for /,
    );

    writeFileSync(join(root, ".git/base"), "");
    await seen("a at the gates", ({ state, gates }) => state === "gating" && gates.length === 1);
    writeFileSync(join(root, ".git/b"), "");
    const tip = await seen("b to wait", ({ waiting }) => waiting.length === 1);
    expect(tip.queue).toMatchObject({
      state: "gating",
      gates: [{ name: "slow", usualMs: expect.any(Number), log: "out/merge.1.gates/slow.log" }],
      tasks: ["a"],
      waiting: ["b"],
    });
    expect((await runProgram(root, ["status"])).stdout).toMatch(
      /^ {2}merge {2}slow runs on a; 1 task waits; for [\d.]+s, usually [\d.]+m?s$/m,
    );

    writeFileSync(join(root, ".git/tip"), "");
    const { end, status } = readEnd(await going.ended);
    expect(end.code, end.stderr).toBe(0);
    expect(status).not.toHaveProperty("queue");
  });
});
