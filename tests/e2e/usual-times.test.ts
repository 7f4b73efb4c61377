/** What runs took is known before the next one: by the dry run, by the scheduler, and while it goes on. */
import { afterAll, describe, expect, it } from "vitest";
import { expectValid } from "../cli/program.ts";
import { runProgram } from "../helpers/program.ts";
import { PATIENCE_MS, Workshop } from "./runs.ts";

const workshop = new Workshop("usual times");
afterAll(() => workshop.clean());

describe("a plan that was carried out before", { timeout: PATIENCE_MS }, () => {
  it("is checked with what its tasks took, and not with a minute a task", async () => {
    const task = (id: string, needs: string[] = []) => ({
      id,
      needs,
      scope: [`${id}.txt`],
      run: `sleep 0.3; echo 1 > ${id}.txt`,
    });
    const root = workshop.repository({
      goal: "again",
      gates: { test: { run: "true", required: true } },
      tasks: [task("a"), task("b", ["a"])],
    });
    const check = async () => {
      const json = await runProgram(root, ["plan", "check", "plan.json", "--json"]);
      const { stdout } = await runProgram(root, ["plan", "check", "plan.json"]);
      return { document: expectValid<Check>("plan-check", JSON.parse(json.stdout)), stdout };
    };
    type Check = { estimates: { task: string; lo: number; mid: number; hi: number }[]; critical_path: { ms: number } };
    const before = await check();
    expect(before.document).toMatchObject({ estimates: [], critical_path: { ms: 120_000 } });
    expect(before.stdout).toContain("these times: guessed, a minute a task: no earlier run tells");

    const first = await runProgram(root, ["run", "plan.json", "--no-tui"]);
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toMatch(
      /time {3}.*; one after the other [\d.]+s \((?:slower|\d+\.\dx as fast(?:: slower)?)\)/,
    );
    const after = await check();
    expect(after.document.estimates.map(({ task: id }) => id)).toEqual(["a", "b"]);
    for (const { lo, mid, hi } of after.document.estimates) {
      expect(lo).toBeLessThanOrEqual(mid);
      expect(mid).toBeLessThanOrEqual(hi);
      expect(mid).toBeGreaterThanOrEqual(300);
    }
    expect(after.document.critical_path.ms).toBeLessThan(60_000);
    expect(after.stdout).toContain("these times: from earlier runs for 2 tasks");

    const second = await runProgram(root, ["run", "plan.json", "--json"]);
    expect(second.code, second.stderr).toBe(0);
    const begun = JSON.parse(second.stdout.split("\n")[0] ?? "");
    expect(begun.type).toBe("epoch.started");
  });
});
