/** A run that nobody attends asks nobody: it answers by its table, and every answer is recorded as that. */
import { afterAll, expect, it } from "vitest";
import { checkInvariants } from "../../src/testing/machines/index.ts";
import { git, runProgram } from "../helpers/program.ts";
import { fates, PATIENCE_MS, RUN, readEnd, readLog, show, Workshop } from "./runs.ts";

const workshop = new Workshop("unattended");
afterAll(() => workshop.clean());

it("a run that is unattended tries a conflict again, stops at its budget, and comes to an end", {
  timeout: PATIENCE_MS,
}, async () => {
  const paid = { agent: "scripted", script: [{ cost: { usd: 2 } }] };
  const root = workshop.repository({
    goal: "alone",
    concurrency: 2,
    budget: { usd: 1, mode: "soft" },
    tasks: [
      { id: "one", scope: ["f.txt"], run: "echo one > f.txt" },
      { id: "two", scope: ["f.txt"], run: "sleep 1; echo two >> f.txt" },
      { id: "paid", scope: ["p.txt"], needs: ["two"], ...paid },
      { id: "unpaid", scope: ["u.txt"], needs: ["paid"], ...paid },
    ],
  });
  const end = await runProgram(root, ["run", "plan.json", "--run-id", RUN, "--json", "--no-learn", "--unattended"]);
  const { status, events } = readEnd(end);
  expect([end.code, status.status]).toEqual([1, "partial"]);
  expect(fates(status)).toEqual({ one: "merged", two: "merged", paid: "done", unpaid: "skipped" });
  expect(show(root, "f.txt")).toBe("one\ntwo\n");
  const decided = events.filter(({ type }) => type === "decision.made").map(({ data }) => data);
  expect(decided).toEqual([
    { choice: "rerun", by: "unattended" },
    { choice: "stop", by: "unattended" },
  ]);
  expect(status.conflicts).toMatchObject([
    { id: "two-1", choice: "rerun", by: "unattended" },
    { id: "budget-1", choice: "stop", by: "unattended" },
  ]);
  expect(checkInvariants(readLog(root))).toEqual([]);
  expect(git(root, "status", "--porcelain")).toBe("?? plan.json\n");
});
