/** A run that failed is tried again: on its branch, without what is merged, and its log stays the story of one run. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { runProgram, startProgram } from "../helpers/program.ts";
import {
  carryOut,
  fates,
  PATIENCE_MS,
  RUN,
  readEnd,
  readLog,
  resume,
  show,
  until,
  Workshop,
  workSpans,
} from "./runs.ts";

const workshop = new Workshop("retry");
afterAll(() => workshop.clean());

describe("a run that is tried again", { timeout: PATIENCE_MS }, () => {
  it("does what failed or was skipped, also after a kill, and leaves what is merged or was given up", async () => {
    // `two` writes what `one` has written: a conflict that a person answers.
    const root = workshop.repository({
      goal: "again",
      concurrency: 1,
      tasks: [
        { id: "one", scope: ["f.txt"], run: "echo one > f.txt" },
        {
          id: "red",
          scope: ["red.txt"],
          run: 'echo >> "$(git rev-parse --git-common-dir)/red"; test -e "$(git rev-parse --git-common-dir)/go" && sleep 1 && echo red > red.txt',
        },
        { id: "later", scope: ["later.txt"], needs: ["red"], run: "echo later > later.txt" },
        { id: "two", scope: ["f.txt"], prefers: [], run: "sleep 0.3; echo two > f.txt" },
      ],
    });
    expect((await carryOut(root)).status.status).toBe("waiting");
    expect((await runProgram(root, ["retry"])).stderr).toContain(`pleach decide ${RUN}`);
    await runProgram(root, ["decide", "two-1", "drop"]);
    expect((await resume(root)).status.status).toBe("partial");
    expect((await runProgram(root, ["status"])).stdout).toContain(`next   pleach retry --run ${RUN}\n`);
    const records = readLog(root).length;
    for (const [words, hint] of [
      [["latr"], "did you mean later?"],
      [["one"], "is merged"],
      [[RUN], "pleach retry --run"],
    ] as const) {
      const refused = await runProgram(root, ["retry", ...words]);
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(hint)]);
    }
    expect(readLog(root), "a refusal costs no epoch").toHaveLength(records);
    writeFileSync(join(root, ".git/go"), "");
    const going = startProgram(root, ["retry", "--json", "--no-learn"]);
    await until("a second attempt at work", () =>
      readLog(root).some(
        ({ actor, type, data }) =>
          actor === "task:red" && type === "workspace.prepared" && JSON.stringify(data).includes("red/2"),
      ),
    );
    going.child.kill("SIGKILL");
    await going.ended;
    const { status, end } = await resume(root);
    expect([end.code, status.status]).toEqual([1, "partial"]);
    expect(fates(status)).toEqual({ one: "merged", red: "merged", later: "merged", two: "failed" });
    expect(workSpans(readLog(root)).filter(({ task }) => task === "one")).toHaveLength(1);
    expect([show(root, "red.txt"), show(root, "later.txt")]).toEqual(["red\n", "later\n"]);
    expect((await runProgram(root, ["replay", "--verify"])).code).toBe(0);
    expect((await runProgram(root, ["log", "verify"])).code).toBe(0);
    // A person gave it up, and takes that back.
    const nothing = await runProgram(root, ["retry", "--json"]);
    expect([nothing.code, JSON.parse(nothing.stdout).error]).toEqual([
      2,
      expect.objectContaining({ code: "retry.nothing", hint: expect.stringContaining("pleach retry two") }),
    ]);
    const last = await runProgram(root, ["retry", `${RUN}/two`, "--json", "--no-learn"]);
    expect([last.code, readEnd(last).status.status]).toEqual([0, "succeeded"]);
    expect([show(root, "f.txt"), checkInvariants(readLog(root))]).toEqual(["two\n", []]);
  });
});
